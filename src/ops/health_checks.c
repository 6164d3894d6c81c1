/* Ready-made checks of the machine: file systems, descriptors, memory, clocks, workers. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "ops/health.h"
#include "ops/sources.h"

#define FILE_BYTES 8192
#define PATH_BYTES 1024

struct bounds {
    double degraded, failed; /* per cent */
};

struct disk {
    const char *path;
    struct bounds bounds;
    bool inodes;
};

struct machine {
    struct bounds bounds;
    const kzgops_sources *sources;
};

struct clock_state {
    int64_t step_ns, hold_ns;
    const kzgops_sources *sources;
    bool known, stepped;
    int64_t offset_ns;  /* real time less monotonic time, at the last run */
    int64_t stepped_ns; /* monotonic */
    int64_t by_ns;
};

struct beats {
    const kzgops_heartbeat *beats;
    size_t count;
    int64_t stuck_ns;
    const kzgops_sources *sources;
};

/* ---- Shared -------------------------------------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static void say(kzgops_health_result *ret, kzgops_health_state state,
                                                      const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(ret->message, sizeof ret->message, format, args);
    va_end(args);
    ret->state = state;
}

static void put_value(kzgops_health_result *ret, double value, double limit, const char *unit) {
    ret->has_value = ret->has_limit = true;
    ret->value = value;
    ret->limit = limit;
    snprintf(ret->unit, sizeof ret->unit, "%s", unit);
}

/* Less is worse: per cent that are left. */
static kzgops_health_state state_of_left(const struct bounds *bounds, double percent) {
    if (percent < bounds->failed) return KZGOPS_HEALTH_FAILED;
    return percent < bounds->degraded ? KZGOPS_HEALTH_DEGRADED : KZGOPS_HEALTH_OK;
}

static const char *bounds_error(struct bounds *bounds, double degraded, double failed, bool left) {
    if (bounds->degraded == 0) bounds->degraded = degraded;
    if (bounds->failed == 0) bounds->failed = failed;
    if (!(bounds->degraded > 0 && bounds->degraded <= 100 && bounds->failed > 0 && bounds->failed <= 100)) {
        return "a threshold is above 0 and at most 100 per cent";
    }
    if (left ? bounds->failed > bounds->degraded : bounds->failed < bounds->degraded) {
        return "the threshold of failed is not beyond the one of degraded";
    }
    return NULL;
}

static const char *add(kzgops_health *health, const kzgops_health_check *check,
                       void (*run)(void *, kzgops_health_result *), const void *state, size_t bytes) {
    kzgops_health_check full = *check;
    full.run = run;
    return kzgops__health_add_owned(health, &full, state, bytes);
}

/* The begin of a small file. 0, or errno. */
static int read_file(const char *root, const char *path, char *out, size_t size) {
    char name[PATH_BYTES];
    int n = snprintf(name, sizeof name, "%s/%s", root, path);
    if (n < 0 || (size_t)n >= sizeof name) return ENAMETOOLONG;
    FILE *file = fopen(name, "re");
    if (file == NULL) return errno;
    size_t length = fread(out, 1, size - 1, file);
    int error = ferror(file) ? EIO : 0;
    fclose(file);
    out[length] = '\0';
    return error;
}

/* The number after a line's begin; its unit, if any, is not looked at. False when it is not there. */
static bool number_after(const char *text, const char *begin, uint64_t *ret) {
    size_t length = strlen(begin);
    for (const char *line = text; line != NULL && *line != '\0';) {
        if (strncmp(line, begin, length) == 0) {
            const char *digits = line + length + strspn(line + length, " \t");
            if (*digits < '0' || *digits > '9') return false;
            errno = 0;
            *ret = strtoull(digits, NULL, 10);
            return errno == 0;
        }
        line = strchr(line, '\n');
        if (line != NULL) line++;
    }
    return false;
}

/* ---- File systems -------------------------------------------------------------------------------------------- */

static void check_disk(void *user, kzgops_health_result *ret) {
    const struct disk *disk = user;
    const char *what = disk->inodes ? "inodes" : "space";
    struct statvfs fs;
    if (statvfs(disk->path, &fs) != 0) {
        char reason[64];
        const char *text = strerror_r(errno, reason, sizeof reason);
        say(ret, KZGOPS_HEALTH_FAILED, "cannot read the %s of %s: %s", what, disk->path, text);
        return;
    }
    uint64_t all = disk->inodes ? fs.f_files : fs.f_blocks, left = disk->inodes ? fs.f_favail : fs.f_bavail;
    if (all == 0) {
        say(ret, KZGOPS_HEALTH_OK, "the file system of %s has no number of %s of its own", disk->path, what);
        return;
    }
    double percent = 100.0 * (double)left / (double)all;
    put_value(ret, percent, disk->bounds.failed, "% free");
    kzgops_health_state state = state_of_left(&disk->bounds, percent);
    if (disk->inodes) {
        say(ret, state, "%" PRIu64 " of %" PRIu64 " inodes free at %s", left, all, disk->path);
    } else {
        double gib = (double)fs.f_frsize / (1024.0 * 1024 * 1024);
        say(ret, state, "%.2f of %.2f GiB free at %s", (double)left * gib, (double)all * gib, disk->path);
    }
}

static const char *add_disk(kzgops_health *health, const kzgops_health_check *check, struct disk disk) {
    if (disk.path == NULL || disk.path[0] == '\0') return "a check of a file system needs a path";
    const char *error = bounds_error(&disk.bounds, 10, 5, true);
    return error != NULL ? error : add(health, check, check_disk, &disk, sizeof disk);
}

const char *kzgops_health_add_disk_space(kzgops_health *health, const kzgops_health_check *check, const char *path,
                                         double degraded_below, double failed_below) {
    return add_disk(health, check, (struct disk){.path = path, .bounds = {degraded_below, failed_below}});
}

const char *kzgops_health_add_disk_inodes(kzgops_health *health, const kzgops_health_check *check, const char *path,
                                          double degraded_below, double failed_below) {
    return add_disk(health, check,
                    (struct disk){.path = path, .bounds = {degraded_below, failed_below}, .inodes = true});
}

/* ---- Descriptors --------------------------------------------------------------------------------------------- */

/* Entries of a folder but those that begin with a dot; -1 with errno. The one that reads the real /proc counts too.
 */
static int64_t count_entries(const char *root, const char *path) {
    char name[PATH_BYTES];
    int64_t count = 0;
    snprintf(name, sizeof name, "%s/%s", root, path);
    DIR *dir = opendir(name);
    if (dir == NULL) return -1;
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (entry->d_name[0] != '.') count++;
    }
    closedir(dir);
    return count;
}

static void check_descriptors(void *user, kzgops_health_result *ret) {
    const struct machine *machine = user;
    const char *root = kzgops__proc_root(machine->sources);
    char text[FILE_BYTES];
    uint64_t limit = 0;
    int64_t used = count_entries(root, "self/fd");
    if (used < 0) {
        say(ret, KZGOPS_HEALTH_FAILED, "cannot read %s/self/fd", root);
        return;
    }
    if (read_file(root, "self/limits", text, sizeof text) != 0 || strstr(text, "Max open files") == NULL) {
        say(ret, KZGOPS_HEALTH_FAILED, "cannot read the limit of descriptors in %s/self/limits", root);
        return;
    }
    if (!number_after(text, "Max open files", &limit)) {
        bool none = strstr(text, "Max open files            unlimited") != NULL;
        say(ret, none ? KZGOPS_HEALTH_OK : KZGOPS_HEALTH_FAILED,
            none ? "%" PRId64 " descriptors in use, no limit"
                 : "%" PRId64 " descriptors in use, of a limit that is no number",
            used);
        return;
    }
    double percent = limit > 0 ? 100.0 * (double)used / (double)limit : 100;
    put_value(ret, percent, machine->bounds.failed, "% used");
    say(ret,
        percent > machine->bounds.failed     ? KZGOPS_HEALTH_FAILED
        : percent > machine->bounds.degraded ? KZGOPS_HEALTH_DEGRADED
                                             : KZGOPS_HEALTH_OK,
        "%" PRId64 " of %" PRIu64 " descriptors in use", used, limit);
}

const char *kzgops_health_add_descriptors(kzgops_health *health, const kzgops_health_check *check,
                                          double degraded_above, double failed_above) {
    struct machine machine = {{degraded_above, failed_above}, kzgops__health_sources(health)};
    const char *error = bounds_error(&machine.bounds, 80, 95, false);
    return error != NULL ? error : add(health, check, check_descriptors, &machine, sizeof machine);
}

/* ---- Memory -------------------------------------------------------------------------------------------------- */

/* A file of one number; false for "max", for none and for garbage. */
static bool read_number(const char *root, const char *folder, const char *name, uint64_t *ret) {
    char path[PATH_BYTES], text[64];
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (n < 0 || (size_t)n >= sizeof path) return false;
    return read_file(root, path, text, sizeof text) == 0 && number_after(text, "", ret);
}

/* The path behind "begin" in self/cgroup, without its first slash. */
static bool group_path(const char *text, const char *begin, char *out, size_t size) {
    const char *line = strstr(text, begin);
    if (line == NULL) return false;
    line += strlen(begin);
    while (*line == '/') line++;
    int length = (int)strcspn(line, "\n");
    return snprintf(out, size, "%.*s", length, line) < (int)size;
}

/* The process's group, or the root that a container sees in its stead. */
static bool read_group(const kzgops_sources *sources, uint64_t *ret_limit, uint64_t *ret_used) {
    static const struct {
        const char *begin, *folder, *limit, *used;
    } kinds[] = {{"0::", ".", "memory.max", "memory.current"},
                 {":memory:", "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"}};
    const char *root = kzgops__cgroup_root(sources);
    char text[FILE_BYTES], path[PATH_BYTES / 2], folder[PATH_BYTES];
    if (read_file(kzgops__proc_root(sources), "self/cgroup", text, sizeof text) != 0) return false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!group_path(text, kinds[i].begin, path, sizeof path)) continue;
        snprintf(folder, sizeof folder, "%s/%s", kinds[i].folder, path);
        for (int k = 0; k < 2; k++) {
            if (read_number(root, folder, kinds[i].limit, ret_limit) &&
                read_number(root, folder, kinds[i].used, ret_used)) {
                return true;
            }
            snprintf(folder, sizeof folder, "%s", kinds[i].folder);
        }
    }
    return false;
}

static void check_memory(void *user, kzgops_health_result *ret) {
    const struct machine *machine = user;
    const char *root = kzgops__proc_root(machine->sources), *whose = "the machine";
    char text[FILE_BYTES];
    uint64_t total = 0, available = 0, limit = 0, used = 0;
    if (read_file(root, "meminfo", text, sizeof text) != 0 || !number_after(text, "MemTotal:", &total) ||
        !number_after(text, "MemAvailable:", &available) || total == 0 || available > total ||
        total > UINT64_MAX / 1024) {
        say(ret, KZGOPS_HEALTH_FAILED, "cannot read the available memory in %s/meminfo", root);
        return;
    }
    double percent = 100.0 * (double)available / (double)total, mib = (double)available / 1024;
    if (read_group(machine->sources, &limit, &used) && limit < total * 1024) {
        uint64_t left = used < limit ? limit - used : 0;
        double share = limit > 0 ? 100.0 * (double)left / (double)limit : 0;
        if (share < percent) {
            percent = share;
            mib = (double)left / (1024 * 1024);
            whose = "the control group";
        }
    }
    put_value(ret, percent, machine->bounds.failed, "% available");
    say(ret, state_of_left(&machine->bounds, percent), "%.1f MiB of %s's memory available", mib, whose);
}

const char *kzgops_health_add_memory(kzgops_health *health, const kzgops_health_check *check, double degraded_below,
                                     double failed_below) {
    struct machine machine = {{degraded_below, failed_below}, kzgops__health_sources(health)};
    const char *error = bounds_error(&machine.bounds, 10, 5, true);
    return error != NULL ? error : add(health, check, check_memory, &machine, sizeof machine);
}

/* ---- Clocks -------------------------------------------------------------------------------------------------- */

static int64_t distance(int64_t a, int64_t b) {
    return a > b ? a - b : b - a;
}

static void check_clock(void *user, kzgops_health_result *ret) {
    struct clock_state *clock = user;
    int64_t now = kzgops__monotonic_ns(clock->sources);
    int64_t offset = kzgops__realtime_ns(clock->sources) - now;
    if (clock->known && distance(offset, clock->offset_ns) >= clock->step_ns) {
        clock->stepped = true;
        clock->stepped_ns = now;
        clock->by_ns = offset - clock->offset_ns;
    }
    clock->known = true;
    clock->offset_ns = offset;
    if (clock->stepped && now - clock->stepped_ns >= clock->hold_ns) clock->stepped = false;
    put_value(ret, clock->stepped ? (double)clock->by_ns / 1e9 : 0, (double)clock->step_ns / 1e9, "s");
    if (clock->stepped) {
        say(ret, KZGOPS_HEALTH_DEGRADED, "the clock was set by %+.3f s, %.0f s ago", (double)clock->by_ns / 1e9,
            (double)(now - clock->stepped_ns) / 1e9);
    }
}

const char *kzgops_health_add_clock(kzgops_health *health, const kzgops_health_check *check, int64_t step_ns,
                                    int64_t hold_ns) {
    if (step_ns < 0 || hold_ns < 0) return "a clock's step and how long it is shown are not below 0";
    struct clock_state state = {.step_ns = step_ns > 0 ? step_ns : 500000000,
                                .hold_ns = hold_ns > 0 ? hold_ns : 600 * (int64_t)1000000000,
                                .sources = kzgops__health_sources(health)};
    return add(health, check, check_clock, &state, sizeof state);
}

/* ---- Workers ------------------------------------------------------------------------------------------------- */

void kzgops_heartbeat_working(kzgops_heartbeat *beat, const kzgops_sources *sources) {
    int64_t now = kzgops__monotonic_ns(sources);
    __atomic_store_n(&beat->since_ns, now != 0 ? now : 1, __ATOMIC_RELAXED);
}

void kzgops_heartbeat_idle(kzgops_heartbeat *beat) {
    __atomic_store_n(&beat->since_ns, 0, __ATOMIC_RELAXED);
}

static void check_beats(void *user, kzgops_health_result *ret) {
    const struct beats *beats = user;
    int64_t now = kzgops__monotonic_ns(beats->sources), longest = 0;
    size_t stuck = 0, length = 0;
    char names[KZGOPS_HEALTH_MESSAGE_MAX / 2] = "";
    for (size_t i = 0; i < beats->count; i++) {
        int64_t since = __atomic_load_n(&beats->beats[i].since_ns, __ATOMIC_RELAXED);
        int64_t busy = since != 0 && now > since ? now - since : 0;
        if (busy > longest) longest = busy;
        if (busy <= beats->stuck_ns) continue;
        stuck++;
        if (length >= sizeof names) continue;
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", stuck > 1 ? ", " : "",
                                   beats->beats[i].name);
    }
    put_value(ret, (double)longest / 1e9, (double)beats->stuck_ns / 1e9, "s");
    if (stuck == 0) {
        say(ret, KZGOPS_HEALTH_OK, "%zu workers", beats->count);
    } else {
        say(ret, stuck == beats->count ? KZGOPS_HEALTH_FAILED : KZGOPS_HEALTH_DEGRADED,
            "%zu of %zu workers stuck: %s%s", stuck, beats->count, names, length >= sizeof names ? "..." : "");
    }
}

const char *kzgops_health_add_heartbeats(kzgops_health *health, const kzgops_health_check *check,
                                         const kzgops_heartbeat *beats, size_t count, int64_t stuck_ns) {
    if (beats == NULL || count == 0) return "a check of workers needs a worker";
    if (stuck_ns < 0) return "the time after which a worker is stuck is not below 0";
    for (size_t i = 0; i < count; i++) {
        if (beats[i].name == NULL) return "a worker needs a name";
    }
    struct beats state = {.beats = beats,
                          .count = count,
                          .stuck_ns = stuck_ns > 0 ? stuck_ns : 30 * (int64_t)1000000000,
                          .sources = kzgops__health_sources(health)};
    return add(health, check, check_beats, &state, sizeof state);
}
