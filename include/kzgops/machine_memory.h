/* libkzgops, memory as the kernel sees it: this process, its control group (v2, v1 or a hybrid of both), the machine,
 * and jemalloc's own figures when the program is linked with it.
 *
 * Every figure that could not be read, because a file is missing, unreadable or holds something else than the kernel
 * writes, is KZGOPS_BYTES_UNKNOWN, never zero. A read opens a dozen small files, allocates nothing and takes about
 * 0.2 ms; PSS costs a walk over the page tables and is read on request only. Any thread; no state is kept. */
#ifndef KZGOPS_MACHINE_MEMORY_H
#define KZGOPS_MACHINE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/sources.h"

#define KZGOPS_BYTES_UNKNOWN   UINT64_MAX       /* also for counts */
#define KZGOPS_BYTES_UNLIMITED (UINT64_MAX - 1) /* of limits */
#define KZGOPS_CGROUP_PATH_MAX 1024

/* /proc/self, bytes */
typedef struct kzgops_process_memory {
    uint64_t rss;
    uint64_t rss_anonymous;
    uint64_t rss_file;
    uint64_t rss_shared;
    uint64_t rss_peak; /* VmHWM */
    uint64_t swap;
    uint64_t virtual_size;
    uint64_t pss;           /* UNKNOWN unless asked for */
    uint64_t virtual_limit; /* RLIMIT_AS; may be UNLIMITED */
} kzgops_process_memory;

/* Share of time in per cent during which some, or all, tasks waited for memory; totals in microseconds. */
typedef struct kzgops_pressure {
    bool known;
    bool full_known;
    double some_avg10, some_avg60, some_avg300;
    double full_avg10, full_avg60, full_avg300;
    uint64_t some_total_us, full_total_us;
} kzgops_pressure;

typedef struct kzgops_system_memory {
    uint64_t total;
    uint64_t available;
    uint64_t free;
    uint64_t swap_total;
    uint64_t swap_free;
    kzgops_pressure pressure;
} kzgops_system_memory;

typedef enum kzgops_cgroup_version {
    KZGOPS_CGROUP_NONE = 0, /* no memory controller found */
    KZGOPS_CGROUP_V1 = 1,
    KZGOPS_CGROUP_V2 = 2
} kzgops_cgroup_version;

/* Counters that only one version has are UNKNOWN with the other. */
typedef struct kzgops_cgroup_memory {
    kzgops_cgroup_version version;
    char path[KZGOPS_CGROUP_PATH_MAX]; /* the folder of the group that accounts for this process; "" when not found */
    bool
        path_guessed; /* /proc says another group than is visible: these are the figures of the nearest visible one */

    uint64_t usage;       /* memory.current, memory.usage_in_bytes: includes page cache */
    uint64_t working_set; /* usage less the file pages that the kernel can drop at once */
    uint64_t peak;        /* memory.peak, memory.max_usage_in_bytes */
    uint64_t anonymous;   /* memory.stat */
    uint64_t file;        /* memory.stat */
    uint64_t max;         /* memory.max, memory.limit_in_bytes of the group itself */
    uint64_t high;        /* memory.high of the group itself: throttled above it */

    uint64_t limit;                          /* smallest of the group and all above it, as far as visible */
    char limit_path[KZGOPS_CGROUP_PATH_MAX]; /* the folder that sets it; "" when none does */
    bool limit_incomplete; /* a limit on the way up could not be read: the true one may be smaller */

    uint64_t events_low, events_high, events_max, events_oom; /* v2 memory.events */
    uint64_t oom_kills;                                       /* v2 memory.events, v1 memory.oom_control */
    uint64_t events_oom_group_kill;                           /* v2 */
    uint64_t failcnt;                                         /* v1: times that usage hit the limit */
    /* v1: of memory and swap together; when both limits are equal this one is hit first, and some kernels count
     * neither */
    uint64_t failcnt_with_swap;
    uint64_t under_oom, oom_kill_disabled; /* v1 memory.oom_control: 0 or 1 */
    kzgops_pressure pressure;              /* v2 memory.pressure */
} kzgops_cgroup_memory;

/* Of mallctl(): stats of the whole process. available is false when the program is not linked with jemalloc. */
typedef struct kzgops_jemalloc_memory {
    bool available;
    uint64_t allocated; /* asked for by the program */
    uint64_t active;    /* in pages that hold something */
    uint64_t resident;  /* those, caches and own data that are in memory */
    uint64_t retained;  /* address space kept back from the kernel */
    uint64_t mapped;
    uint64_t metadata;
} kzgops_jemalloc_memory;

typedef enum kzgops_limit_source {
    KZGOPS_LIMIT_UNKNOWN = 0,
    KZGOPS_LIMIT_CGROUP = 1,
    KZGOPS_LIMIT_MACHINE = 2
} kzgops_limit_source;

typedef struct kzgops_machine_memory {
    int64_t when_ns; /* realtime */
    kzgops_process_memory process;
    kzgops_system_memory system;
    kzgops_cgroup_memory cgroup;
    kzgops_jemalloc_memory jemalloc;
    uint64_t limit; /* what this process can have: the smallest of its control groups' and the machine's */
    kzgops_limit_source limit_source;
    bool limit_incomplete; /* something that could limit it further could not be read */
} kzgops_machine_memory;

#define KZGOPS_READ_PSS 1u /* flags of the read */

/* Fills in everything. sources NULL: the real machine. */
void kzgops_machine_memory_read(const kzgops_sources *sources, unsigned flags, kzgops_machine_memory *ret);

/* For people, and as one JSON object (unknown figures are null, limits that are not there "unlimited"). snprintf's
 * semantics. */
size_t kzgops_machine_memory_text(const kzgops_machine_memory *memory, char *out, size_t size);
size_t kzgops_machine_memory_json(const kzgops_machine_memory *memory, char *out, size_t size);

#endif
