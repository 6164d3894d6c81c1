#include "service/cpus.h"

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_first_line(const char *path, char *out, size_t size) {
    FILE *file = fopen(path, "re");
    if (file == NULL) return false;
    bool ok = fgets(out, (int)size, file) != NULL;
    fclose(file);
    return ok;
}

/* Whole CPUs of quota/period microseconds, rounded up; 0 for no limit. */
static size_t whole_cpus(long long quota, long long period) {
    if (quota <= 0 || period <= 0) return 0;
    return (size_t)((quota + period - 1) / period);
}

/* cpu.max is "max 100000" or "150000 100000". */
static size_t read_v2(const char *dir) {
    char path[PATH_MAX], text[64];
    long long quota, period;
    snprintf(path, sizeof path, "%.4000s/cpu.max", dir);
    if (!read_first_line(path, text, sizeof text)) return 0;
    return sscanf(text, "%lld %lld", &quota, &period) == 2 ? whole_cpus(quota, period) : 0;
}

/* cpu.cfs_quota_us is -1 for no limit. */
static size_t read_v1(const char *dir) {
    char path[PATH_MAX], quota[64], period[64];
    snprintf(path, sizeof path, "%.4000s/cpu.cfs_quota_us", dir);
    if (!read_first_line(path, quota, sizeof quota)) return 0;
    snprintf(path, sizeof path, "%.4000s/cpu.cfs_period_us", dir);
    if (!read_first_line(path, period, sizeof period)) return 0;
    return whole_cpus(strtoll(quota, NULL, 10), strtoll(period, NULL, 10));
}

static size_t least(size_t a, size_t b) {
    if (a == 0 || b == 0) return a + b;
    return a < b ? a : b;
}

/* A group's quota bounds all groups under it, so the whole way up to the mount counts. A container sees its own group
 * at the mount, whatever /proc says: missing folders are passed over. */
static size_t walk_up(const char *mount, const char *group, size_t (*read)(const char *dir)) {
    char path[PATH_MAX];
    size_t limit = 0;
    int n = snprintf(path, sizeof path, "%.2000s%.2000s", mount, strcmp(group, "/") == 0 ? "" : group);
    size_t floor = strlen(mount), at = n < 0 ? 0 : (size_t)n;
    for (;;) {
        limit = least(limit, read(path));
        if (at <= floor) return limit;
        while (at > floor && path[at - 1] != '/') at--;
        if (at > floor) at--;
        path[at] = '\0';
    }
}

static bool has_controller(const char *list, const char *name) {
    size_t len = strlen(name);
    while (*list != '\0') {
        size_t n = strcspn(list, ",");
        if (n == len && memcmp(list, name, n) == 0) return true;
        list += n + (list[n] == ',');
    }
    return false;
}

/* One line "hierarchy:controllers:path". */
static size_t group_limit(const char *cgroup_root, char *line) {
    char mount[PATH_MAX];
    char *controllers = strchr(line, ':');
    char *path = controllers == NULL ? NULL : strchr(controllers + 1, ':');
    if (path == NULL) return 0;
    *controllers++ = '\0';
    *path++ = '\0';
    path[strcspn(path, "\n")] = '\0';
    if (*controllers == '\0') {
        snprintf(mount, sizeof mount, "%.2000s/unified", cgroup_root);
        return least(walk_up(cgroup_root, path, read_v2), walk_up(mount, path, read_v2));
    }
    if (!has_controller(controllers, "cpu")) return 0;
    snprintf(mount, sizeof mount, "%.2000s/%.1000s", cgroup_root, controllers);
    size_t joined = walk_up(mount, path, read_v1);
    snprintf(mount, sizeof mount, "%.2000s/cpu", cgroup_root);
    return least(joined, walk_up(mount, path, read_v1));
}

size_t cpus_allowed(const char *cgroup_root, const char *proc_cgroup) {
    char line[PATH_MAX];
    cpu_set_t set;
    size_t limit = 1;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) limit = (size_t)CPU_COUNT(&set);
    FILE *file = fopen(proc_cgroup, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        limit = least(limit, group_limit(cgroup_root, line));
    if (file != NULL) fclose(file);
    return limit;
}
