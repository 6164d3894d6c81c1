#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kzgops/machine_memory.h"
#include "ops/memory_cgroup.h"
#include "ops/memory_files.h"
#include "ops/sources.h"

#define UNKNOWN   KZGOPS_BYTES_UNKNOWN
#define UNLIMITED KZGOPS_BYTES_UNLIMITED

/* jemalloc's, when the program has it: then its malloc is the program's, and so is this. */
extern int mallctl(const char *name, void *old, size_t *old_length, void *fresh, size_t fresh_length)
    __attribute__((weak));

/* "Max address space     unlimited    unlimited    bytes": the first, soft, limit. */
static uint64_t read_virtual_limit(const char *proc_self) {
    static const char name[] = "Max address space ";
    uint64_t limit = UNKNOWN;
    struct lines lines;
    char *line;
    if (!kzgops__lines_open(&lines, proc_self, "limits")) return UNKNOWN;
    while ((line = kzgops__lines_next(&lines)) != NULL) {
        if (strncmp(line, name, sizeof name - 1) != 0) continue;
        char *rest = NULL, *word = strtok_r(line + sizeof name - 1, " ", &rest);
        if (word == NULL) break;
        if (strcmp(word, "unlimited") == 0) {
            limit = UNLIMITED;
        } else {
            (void)kzgops__parse_u64(word, &limit);
        }
        break;
    }
    kzgops__lines_close(&lines);
    return limit;
}

static void read_process(const char *proc_self, unsigned flags, kzgops_process_memory *ret) {
    const struct keyed status[] = {{"VmRSS", &ret->rss},          {"RssAnon", &ret->rss_anonymous},
                                   {"RssFile", &ret->rss_file},   {"RssShmem", &ret->rss_shared},
                                   {"VmHWM", &ret->rss_peak},     {"VmSwap", &ret->swap},
                                   {"VmSize", &ret->virtual_size}};
    const struct keyed rollup[] = {{"Pss", &ret->pss}};
    ret->rss = ret->rss_anonymous = ret->rss_file = ret->rss_shared = ret->rss_peak = UNKNOWN;
    ret->swap = ret->virtual_size = ret->pss = UNKNOWN;
    (void)kzgops__read_kib(proc_self, "status", status, sizeof status / sizeof status[0]);
    if ((flags & KZGOPS_READ_PSS) != 0) (void)kzgops__read_kib(proc_self, "smaps_rollup", rollup, 1);
    ret->virtual_limit = read_virtual_limit(proc_self);
}

static void read_system(const char *proc, kzgops_system_memory *ret) {
    const struct keyed meminfo[] = {{"MemTotal", &ret->total},
                                    {"MemAvailable", &ret->available},
                                    {"MemFree", &ret->free},
                                    {"SwapTotal", &ret->swap_total},
                                    {"SwapFree", &ret->swap_free}};
    struct memory_path pressure = {0};
    ret->total = ret->available = ret->free = ret->swap_total = ret->swap_free = UNKNOWN;
    ret->pressure = (kzgops_pressure){0};
    (void)kzgops__read_kib(proc, "meminfo", meminfo, sizeof meminfo / sizeof meminfo[0]);
    if (kzgops__path_join(&pressure, proc, "pressure")) {
        kzgops__read_pressure(pressure.text, "memory", &ret->pressure);
    }
}

static uint64_t jemalloc_figure(const char *name) {
    size_t value = 0, length = sizeof value;
    return mallctl(name, &value, &length, NULL, 0) == 0 && length == sizeof value ? value : UNKNOWN;
}

/* Statistics are of the moment of the last epoch, so one is begun. */
static void read_jemalloc(kzgops_jemalloc_memory *ret) {
    uint64_t epoch = 1;
    *ret = (kzgops_jemalloc_memory){.allocated = UNKNOWN, .active = UNKNOWN, .resident = UNKNOWN};
    ret->retained = ret->mapped = ret->metadata = UNKNOWN;
    if (mallctl == NULL || mallctl("epoch", NULL, NULL, &epoch, sizeof epoch) != 0) return;
    ret->allocated = jemalloc_figure("stats.allocated");
    ret->active = jemalloc_figure("stats.active");
    ret->resident = jemalloc_figure("stats.resident");
    ret->retained = jemalloc_figure("stats.retained");
    ret->mapped = jemalloc_figure("stats.mapped");
    ret->metadata = jemalloc_figure("stats.metadata");
    ret->available = ret->allocated != UNKNOWN; /* a build without statistics has none */
}

static bool is_bytes(uint64_t value) {
    return value != UNKNOWN && value != UNLIMITED;
}

static void find_limit(kzgops_machine_memory *ret) {
    uint64_t group = ret->cgroup.limit, machine = ret->system.total;
    ret->limit = UNKNOWN;
    ret->limit_source = KZGOPS_LIMIT_UNKNOWN;
    ret->limit_incomplete = ret->cgroup.limit_incomplete || group == UNKNOWN || machine == UNKNOWN;
    if (is_bytes(machine)) {
        ret->limit = machine;
        ret->limit_source = KZGOPS_LIMIT_MACHINE;
    }
    if (is_bytes(group) && group < ret->limit) { /* UNKNOWN is larger than any */
        ret->limit = group;
        ret->limit_source = KZGOPS_LIMIT_CGROUP;
    }
}

void kzgops_machine_memory_read(const kzgops_sources *sources, unsigned flags, kzgops_machine_memory *ret) {
    struct memory_path proc_self = {0};
    const char *proc = kzgops__proc_root(sources);
    *ret = (kzgops_machine_memory){.when_ns = kzgops__realtime_ns(sources)};
    if (!kzgops__path_join(&proc_self, proc, "self")) proc_self.text[0] = '\0';
    read_process(proc_self.text, flags, &ret->process);
    read_system(proc, &ret->system);
    kzgops__read_cgroup_memory(sources, &ret->cgroup);
    read_jemalloc(&ret->jemalloc);
    find_limit(ret);
}
