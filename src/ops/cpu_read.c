#include "ops/cpu_read.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ops/cpu_cgroup.h"
#include "ops/memory_files.h"
#include "ops/sources.h"

#define UNKNOWN    KZGOPS_CPU_UNKNOWN
#define SECOND_NS  UINT64_C(1000000000)
#define STAT_WORDS 22 /* of a thread's or process's stat file, up to its start time */

/* A tick of the counters in /proc is USER_HZ, whatever the kernel's own. */
static uint64_t ticks_ns(uint64_t ticks) {
    long per_second = sysconf(_SC_CLK_TCK);
    uint64_t tick = SECOND_NS / (uint64_t)(per_second > 0 ? per_second : 100);
    return ticks > INT64_MAX / tick ? UNKNOWN : ticks * tick;
}

/* Numbers with blanks between; returns how many, 0 when there is anything else. */
static size_t numbers(char *text, uint64_t *out, size_t max) {
    char *rest = NULL;
    size_t n = 0;
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        uint64_t value;
        if (!kzgops__parse_u64(word, &value)) return 0;
        if (n < max) out[n++] = value;
    }
    return n;
}

/* ---- The machine --------------------------------------------------------------------------------------------- */

/* user nice system idle iowait irq softirq steal; guests' time is part of user and nice. */
static void read_times(char *text, struct cpu_times *ret) {
    uint64_t field[8] = {0};
    size_t n = numbers(text, field, 8);
    *ret = (struct cpu_times){0};
    if (n < 4) return;
    for (size_t i = 0; i < n; i++) {
        field[i] = ticks_ns(field[i]);
        if (field[i] == UNKNOWN) return;
    }
    *ret = (struct cpu_times){.known = true,
                              .steal_known = n >= 8,
                              .user = field[0] + field[1],
                              .kernel = field[2] + field[5] + field[6],
                              .idle = field[3],
                              .iowait = field[4],
                              .steal = field[7]};
}

static void add_core(struct cpu_reading *ret, const char *digits, char *rest) {
    struct cpu_core_times core = {0};
    uint64_t number;
    if (!kzgops__parse_u64(digits, &number) || number > 1u << 20) return;
    ret->core_total++;
    if (ret->core_count == ret->core_max) return;
    core.number = (unsigned)number;
    read_times(rest, &core.times);
    ret->cores[ret->core_count++] = core;
}

static void read_stat(const char *proc, struct cpu_reading *ret) {
    struct lines lines;
    char *line;
    if (!kzgops__lines_open(&lines, proc, "stat")) return;
    while ((line = kzgops__lines_next(&lines)) != NULL) {
        size_t n = strcspn(line, " ");
        if (strncmp(line, "cpu", 3) != 0 || line[n] != ' ') continue;
        line[n] = '\0';
        if (n == 3) {
            read_times(line + n + 1, &ret->all);
        } else {
            add_core(ret, line + 3, line + n + 1);
        }
    }
    kzgops__lines_close(&lines);
}

/* "digits.digits", in any locale. */
static bool decimal(const char *text, double *ret) {
    char whole[24];
    uint64_t units, parts;
    size_t n = strcspn(text, ".");
    if (n >= sizeof whole || text[n] != '.' || strlen(text + n) != 3) return false;
    memcpy(whole, text, n);
    whole[n] = '\0';
    if (!kzgops__parse_u64(whole, &units) || !kzgops__parse_u64(text + n + 1, &parts)) return false;
    *ret = (double)units + (double)parts / 100;
    return true;
}

/* "0.20 0.18 0.12 1/80 11206" */
static void read_load(const char *proc, struct cpu_reading *ret) {
    struct lines lines;
    char *rest = NULL, *words[4] = {NULL};
    double load[3];
    uint64_t runnable, tasks;
    if (!kzgops__lines_open(&lines, proc, "loadavg")) return;
    char *line = kzgops__lines_next(&lines);
    for (size_t i = 0; line != NULL && i < 4; i++) {
        words[i] = strtok_r(i == 0 ? line : NULL, " ", &rest);
        if (words[i] == NULL || (i < 3 && !decimal(words[i], &load[i]))) line = NULL;
    }
    char *slash = line != NULL ? strchr(words[3], '/') : NULL;
    if (slash != NULL) {
        *slash = '\0';
        if (kzgops__parse_u64(words[3], &runnable) && kzgops__parse_u64(slash + 1, &tasks)) {
            ret->load1 = load[0];
            ret->load5 = load[1];
            ret->load15 = load[2];
            ret->runnable = runnable;
            ret->tasks = tasks;
        }
    }
    kzgops__lines_close(&lines);
}

static void read_pressure(const char *folder, const char *name, kzgops_cpu_pressure *ret) {
    kzgops_pressure read;
    kzgops__read_pressure(folder, name, &read);
    *ret = (kzgops_cpu_pressure){.known = read.known,
                                 .some_avg10 = read.known ? read.some_avg10 : NAN,
                                 .some_avg60 = read.known ? read.some_avg60 : NAN,
                                 .some_avg300 = read.known ? read.some_avg300 : NAN,
                                 .full_avg10 = read.full_known ? read.full_avg10 : NAN,
                                 .some_total_us = read.known ? read.some_total_us : UNKNOWN};
}

/* ---- The process and its threads ----------------------------------------------------------------------------- */

struct stat_file {
    char name[KZGOPS_CPU_THREAD_MAX];
    char state;
    uint64_t user_ns, kernel_ns, start;
};

/* The name stands in brackets and may hold anything, so the rest begins behind the last one. Some of the fields up to
 * the start time are negative for some processes. */
static bool read_stat_file(const char *folder, struct stat_file *ret) {
    struct lines lines;
    uint64_t user = 0, kernel = 0;
    bool good = false;
    if (!kzgops__lines_open(&lines, folder, "stat")) return false;
    char *line = kzgops__lines_next(&lines), *end = NULL, *begin = NULL;
    if (line != NULL) begin = strchr(line, '(');
    if (begin != NULL) end = strrchr(begin, ')');
    if (end != NULL && end[1] == ' ') {
        char *rest = NULL, *word = strtok_r(end + 2, " ", &rest);
        *end = '\0';
        snprintf(ret->name, sizeof ret->name, "%s", begin + 1);
        ret->state = word != NULL && strlen(word) == 1 ? word[0] : '?';
        for (int field = 3; word != NULL; word = strtok_r(NULL, " ", &rest), field++) {
            if (field == 14 && !kzgops__parse_u64(word, &user)) break;
            if (field == 15 && !kzgops__parse_u64(word, &kernel)) break;
            if (field == STAT_WORDS) good = kzgops__parse_u64(word, &ret->start);
        }
    }
    kzgops__lines_close(&lines);
    ret->user_ns = ticks_ns(user);
    ret->kernel_ns = ticks_ns(kernel);
    return good && ret->user_ns != UNKNOWN && ret->kernel_ns != UNKNOWN;
}

static uint64_t timeval_ns(const struct timeval *time) {
    return (uint64_t)time->tv_sec * SECOND_NS + (uint64_t)time->tv_usec * 1000;
}

/* The real process's own figures are finer from getrusage than from its file. */
static void read_process(const kzgops_sources *sources, const char *self, struct cpu_reading *ret) {
    struct rusage usage;
    struct stat_file stat;
    if ((sources == NULL || sources->proc_root == NULL) && getrusage(RUSAGE_SELF, &usage) == 0) {
        ret->process_user_ns = timeval_ns(&usage.ru_utime);
        ret->process_kernel_ns = timeval_ns(&usage.ru_stime);
    } else if (read_stat_file(self, &stat)) {
        ret->process_user_ns = stat.user_ns;
        ret->process_kernel_ns = stat.kernel_ns;
    }
}

/* "run wait slices"; a kernel that keeps no such figures writes three zeros. */
static bool read_schedstat(const char *folder, uint64_t *run, uint64_t *wait) {
    struct lines lines;
    uint64_t field[3] = {0};
    if (!kzgops__lines_open(&lines, folder, "schedstat")) return false;
    char *line = kzgops__lines_next(&lines);
    bool good = line != NULL && numbers(line, field, 3) == 3 && (field[0] | field[1] | field[2]) != 0;
    kzgops__lines_close(&lines);
    *run = field[0];
    *wait = field[1];
    return good;
}

static void add_thread(struct cpu_reading *ret, const char *tasks, const char *name) {
    struct memory_path folder;
    struct stat_file stat;
    uint64_t id, run, wait;
    if (!kzgops__parse_u64(name, &id) || !kzgops__path_join(&folder, tasks, name)) return;
    ret->thread_total++;
    if (ret->thread_count == ret->thread_max || !read_stat_file(folder.text, &stat)) return;
    struct cpu_thread_times *thread = &ret->threads[ret->thread_count++];
    *thread = (struct cpu_thread_times){.id = (int64_t)id, .start = stat.start, .state = stat.state};
    memcpy(thread->name, stat.name, sizeof thread->name);
    thread->cpu_ns = stat.user_ns + stat.kernel_ns;
    thread->wait_ns = UNKNOWN;
    if (read_schedstat(folder.text, &run, &wait)) {
        thread->cpu_ns = run;
        thread->wait_ns = wait;
    }
}

static void read_threads(const char *self, struct cpu_reading *ret) {
    struct memory_path tasks;
    struct dirent *entry;
    if (ret->thread_max == 0 || !kzgops__path_join(&tasks, self, "task")) return;
    DIR *folder = opendir(tasks.text);
    if (folder == NULL) return;
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.') add_thread(ret, tasks.text, entry->d_name);
    }
    closedir(folder);
}

/* ---- Limits -------------------------------------------------------------------------------------------------- */

/* How many CPUs a list such as "0-3,8" names; UNKNOWN when it is none. */
static uint64_t count_list(char *list) {
    char *rest = NULL;
    uint64_t count = 0, first, last;
    for (char *word = strtok_r(list, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest)) {
        char *dash = strchr(word, '-');
        if (dash != NULL) *dash = '\0';
        if (!kzgops__parse_u64(word, &first)) return UNKNOWN;
        last = first;
        if (dash != NULL && !kzgops__parse_u64(dash + 1, &last)) return UNKNOWN;
        if (last < first || last > 1u << 20) return UNKNOWN;
        count += last - first + 1;
    }
    return count > 0 ? count : UNKNOWN;
}

static uint64_t read_allowed(const char *self) {
    static const char key[] = "Cpus_allowed_list:\t";
    struct lines lines;
    char *line;
    uint64_t count = UNKNOWN;
    if (!kzgops__lines_open(&lines, self, "status")) return UNKNOWN;
    while ((line = kzgops__lines_next(&lines)) != NULL) {
        if (strncmp(line, key, sizeof key - 1) == 0) count = count_list(line + sizeof key - 1);
    }
    kzgops__lines_close(&lines);
    return count;
}

enum quota { QUOTA_ABSENT, QUOTA_NONE, QUOTA_READ, QUOTA_GARBAGE };

/* The one line of a file. */
static enum quota one_line(const char *folder, const char *name, char *out, size_t size) {
    struct lines lines;
    errno = 0;
    if (!kzgops__lines_open(&lines, folder, name)) return errno == ENOENT ? QUOTA_ABSENT : QUOTA_GARBAGE;
    const char *line = kzgops__lines_next(&lines);
    int n = line != NULL ? snprintf(out, size, "%s", line) : -1;
    bool good = n > 0 && (size_t)n < size && kzgops__lines_next(&lines) == NULL;
    kzgops__lines_close(&lines);
    return good ? QUOTA_READ : QUOTA_GARBAGE;
}

static enum quota divide(const char *quota, const char *period, double *ret) {
    uint64_t above, below;
    if (!kzgops__parse_u64(quota, &above) || !kzgops__parse_u64(period, &below)) return QUOTA_GARBAGE;
    if (above == 0 || below == 0) return QUOTA_GARBAGE;
    *ret = (double)above / (double)below;
    return QUOTA_READ;
}

/* "max 100000" or "150000 100000" */
static enum quota quota_v2(const char *folder, double *ret) {
    char line[64];
    enum quota state = one_line(folder, "cpu.max", line, sizeof line);
    char *blank = state == QUOTA_READ ? strchr(line, ' ') : NULL;
    if (state == QUOTA_ABSENT) return state;
    if (blank == NULL) return QUOTA_GARBAGE;
    *blank = '\0';
    if (strcmp(line, "max") == 0) return strcmp(blank + 1, "") != 0 ? QUOTA_NONE : QUOTA_GARBAGE;
    return divide(line, blank + 1, ret);
}

static enum quota quota_v1(const char *folder, double *ret) {
    char quota[32], period[32];
    enum quota state = one_line(folder, "cpu.cfs_quota_us", quota, sizeof quota);
    if (state != QUOTA_READ) return state;
    if (strcmp(quota, "-1") == 0) return QUOTA_NONE;
    if (one_line(folder, "cpu.cfs_period_us", period, sizeof period) != QUOTA_READ) return QUOTA_GARBAGE;
    return divide(quota, period, ret);
}

/* A version 2 group without cpu.max has no quota of its own: the controller is not switched on there. Its cpu.stat is
 * always there. Version 1 has the file in each group, unless the kernel knows no quotas; then nothing is known. */
static enum quota read_quota(const struct cgroup_place *place, const char *folder, double *ret) {
    char line[64];
    if (place->version == KZGOPS_CPU_CGROUP_V1) return quota_v1(folder, ret);
    enum quota state = quota_v2(folder, ret);
    if (state != QUOTA_ABSENT) return state;
    return one_line(folder, "cpu.stat", line, sizeof line) != QUOTA_ABSENT ? QUOTA_NONE : QUOTA_ABSENT;
}

static void read_chain(const struct cgroup_place *place, kzgops_cpu_limits *ret) {
    char at[KZGOPS_CPU_PATH_MAX];
    bool none = false;
    memcpy(at, place->path, sizeof at);
    do {
        double quota = NAN;
        switch (read_quota(place, at, &quota)) {
        case QUOTA_GARBAGE: ret->quota_incomplete = true; break;
        case QUOTA_NONE: none = true; break;
        case QUOTA_ABSENT: break;
        case QUOTA_READ:
            if (quota >= ret->quota) break;
            ret->quota = quota; /* also when it was unknown so far: NaN compares false */
            memcpy(ret->quota_path, at, sizeof at);
            break;
        }
    } while (kzgops__cgroup_up(place, at));
    if (isnan(ret->quota) && none && !ret->quota_incomplete) ret->quota = INFINITY;
}

static void read_group(const kzgops_sources *sources, struct cpu_reading *ret) {
    struct cgroup_place place;
    kzgops_cpu_limits *limits = &ret->limits;
    uint64_t throttled_us = UNKNOWN;
    kzgops__cgroup_find(sources, "cpu", &place);
    limits->cgroup = place.version;
    if (place.version == KZGOPS_CPU_CGROUP_NONE) limits->quota = INFINITY;
    if (place.version != KZGOPS_CPU_CGROUP_V1 && place.version != KZGOPS_CPU_CGROUP_V2) return;
    memcpy(limits->path, place.path, sizeof limits->path);
    limits->path_guessed = place.guessed;
    read_chain(&place, limits);
    const struct keyed stat[] = {{"nr_periods", &limits->periods},
                                 {"nr_throttled", &limits->throttled_periods},
                                 {"throttled_time", &limits->throttled_ns},
                                 {"throttled_usec", &throttled_us}};
    const char *folder = limits->quota_path[0] != '\0' ? limits->quota_path : limits->path;
    (void)kzgops__read_keyed(folder, "cpu.stat", stat, sizeof stat / sizeof stat[0]);
    if (throttled_us <= INT64_MAX / 1000) limits->throttled_ns = throttled_us * 1000;
    if (place.version == KZGOPS_CPU_CGROUP_V2) read_pressure(place.path, "cpu.pressure", &ret->group_pressure);
}

static void find_available(kzgops_cpu_limits *limits) {
    limits->available = limits->quota; /* NaN compares false below, so it gives way to what is known */
    if (limits->online != UNKNOWN && !(limits->available <= (double)limits->online)) {
        limits->available = (double)limits->online;
    }
    if (limits->allowed != UNKNOWN && !(limits->available <= (double)limits->allowed)) {
        limits->available = (double)limits->allowed;
    }
    if (isinf(limits->available)) limits->available = NAN;
}

/* ---- All ----------------------------------------------------------------------------------------------------- */

static void forget(struct cpu_reading *ret) {
    const kzgops_cpu_pressure none = {false, NAN, NAN, NAN, NAN, UNKNOWN};
    ret->all = (struct cpu_times){0};
    ret->core_count = ret->core_total = ret->thread_count = ret->thread_total = 0;
    ret->process_user_ns = ret->process_kernel_ns = ret->runnable = ret->tasks = UNKNOWN;
    ret->load1 = ret->load5 = ret->load15 = NAN;
    ret->limits = (kzgops_cpu_limits){.online = UNKNOWN,
                                      .allowed = UNKNOWN,
                                      .quota = NAN,
                                      .available = NAN,
                                      .periods = UNKNOWN,
                                      .throttled_periods = UNKNOWN,
                                      .throttled_ns = UNKNOWN};
    ret->machine_pressure = ret->group_pressure = none;
}

void kzgops__cpu_read(const kzgops_sources *sources, struct cpu_reading *ret) {
    const char *proc = kzgops__proc_root(sources);
    struct memory_path self, pressure;
    forget(ret);
    ret->at_ns = kzgops__monotonic_ns(sources);
    ret->when_ns = kzgops__realtime_ns(sources);
    if (!kzgops__path_join(&self, proc, "self") || !kzgops__path_join(&pressure, proc, "pressure")) return;
    read_stat(proc, ret);
    read_load(proc, ret);
    read_pressure(pressure.text, "cpu", &ret->machine_pressure);
    read_process(sources, self.text, ret);
    read_threads(self.text, ret);
    read_group(sources, ret);
    if (ret->core_total > 0) ret->limits.online = ret->core_total;
    ret->limits.allowed = read_allowed(self.text);
    find_available(&ret->limits);
}
