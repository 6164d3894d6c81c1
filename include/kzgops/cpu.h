/* libkzgops, CPU monitor: how busy the machine, this process and each of its threads are, what stands in their way
 * (steal, run queues, quota, pressure), and a call when the CPU crosses a threshold.
 *
 * A tick reads the kernel's counters and makes a sample of what has changed since the tick before. The caller ticks,
 * or a helper thread does. Samples stand in a ring of fixed size with their times.
 *
 * Per cent and seconds are doubles, NaN when the kernel's file is missing, holds something else than the kernel
 * writes, or has begun to count anew: unknown is never zero. Counts that are unknown are KZGOPS_CPU_UNKNOWN. Windows
 * go by the monotonic clock; a step of the real-time clock is counted and changes no figure.
 *
 * All functions may be called from any thread. Memory is taken once. A tick, seen on an AMD EPYC of a cloud machine,
 * two CPUs: 0.15 ms with 4 threads, and 20 us for each thread more. */
#ifndef KZGOPS_CPU_H
#define KZGOPS_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/sources.h"

#define KZGOPS_CPU_UNKNOWN    UINT64_MAX
#define KZGOPS_CPU_PATH_MAX   1024
#define KZGOPS_CPU_THREAD_MAX 64 /* of a thread's name, with the terminator */

/* What is watched, and reported by window. */
typedef enum kzgops_cpu_figure {
    KZGOPS_CPU_SYSTEM = 0, /* of all CPUs of the machine, 0 to 100 */
    KZGOPS_CPU_PROCESS = 1 /* of what this process can have (limits.available), 0 to 100 */
} kzgops_cpu_figure;
#define KZGOPS_CPU_FIGURES 2

typedef enum kzgops_cpu_span {
    KZGOPS_CPU_MINUTE = 0,
    KZGOPS_CPU_TEN_MINUTES = 1,
    KZGOPS_CPU_ALL = 2 /* since the monitor was made */
} kzgops_cpu_span;
#define KZGOPS_CPU_SPANS 3

/* What happened between two ticks. */
typedef struct kzgops_cpu_sample {
    int64_t when_ns;     /* realtime, at its end */
    int64_t at_ns;       /* monotonic */
    int64_t interval_ns; /* how long */

    /* per cent of all CPUs; busy is all but idle and waiting for I/O, so steal counts as busy */
    double busy, user, kernel, iowait, steal;
    double core_busiest; /* per cent of one CPU */

    /* per cent of one CPU: two busy threads are 200 */
    double process, process_user, process_kernel;
    double process_share; /* per cent of what the process can have */
    double run_wait;  /* time that its threads were ready and did not run; per cent of one CPU, sum of all threads */
    double throttled; /* per cent of the quota's periods in which it ran out */
    double load1;
    double pressure; /* per cent of the last 10 s in which some task of the machine waited for a CPU */
} kzgops_cpu_sample;

typedef struct kzgops_cpu_crossing {
    uint64_t sequence; /* 1, 2, ... */
    kzgops_cpu_figure figure;
    bool above;       /* has reached the threshold; else has fallen below it by the hysteresis */
    double value;     /* per cent */
    double threshold; /* per cent */
    int64_t when_ns;  /* realtime */
} kzgops_cpu_crossing;

typedef struct kzgops_cpu_config {
    double threshold_percent;  /* of either figure; above 0, up to 100. 0: 80 */
    double hysteresis_percent; /* percentage points, below the threshold. 0: 10 */
    int64_t interval_ns;       /* of the helper thread. 0: 1 s */
    size_t samples;            /* in the ring; up to a million. 0: 1024 */
    size_t cores, threads;     /* how many are kept; up to 65536. 0: 256 each. More are counted, not kept */
    /* Once a crossing, from the thread that ticks, without a lock held. NULL: none. */
    void (*crossed)(void *user, const kzgops_cpu_crossing *crossing);
    void *user;
    const kzgops_sources *sources; /* borrowed; NULL: the real ones */
} kzgops_cpu_config;

typedef struct kzgops_cpu kzgops_cpu;

/* config NULL: all defaults. NULL when a number is out of range or there is no memory; *ret_error (unless NULL) then
 * says which, in words. */
kzgops_cpu *kzgops_cpu_new(const kzgops_cpu_config *config, const char **ret_error);
/* Stops the helper thread. No other thread may use the monitor any more. NULL is fine; returns NULL. */
kzgops_cpu *kzgops_cpu_free(kzgops_cpu *cpu);

/* Reads the counters. False, and *ret untouched, when there is nothing to compare with: the first time, and when the
 * monotonic clock has not gone on. ret may be NULL. */
bool kzgops_cpu_tick(kzgops_cpu *cpu, kzgops_cpu_sample *ret);

/* A helper thread that ticks every interval. NULL, or why there is none. */
const char *kzgops_cpu_start(kzgops_cpu *cpu);
/* Waits for it to end; without one it does nothing. Not from crossed. */
void kzgops_cpu_stop(kzgops_cpu *cpu);

/* The newest samples, oldest first; returns how many. */
size_t kzgops_cpu_samples(kzgops_cpu *cpu, kzgops_cpu_sample *out, size_t max);

/* ---- Report -------------------------------------------------------------------------------------------------- */

typedef struct kzgops_cpu_window {
    uint64_t count;                   /* samples in which the figure is known */
    double average, minimum, maximum; /* per cent; NaN without samples */
    double above;                     /* share of samples at or above the threshold, 0 to 1; NaN without samples */
    int64_t covered_ns;               /* less than the window when the ring or the monitor's life is shorter */
} kzgops_cpu_window;

typedef struct kzgops_cpu_core {
    unsigned number;
    double busy, user, kernel, iowait, steal; /* per cent of it, in the last sample */
} kzgops_cpu_core;

typedef struct kzgops_cpu_thread {
    int64_t id;
    char name[KZGOPS_CPU_THREAD_MAX];
    char state;           /* as the kernel has it: 'R', 'S', 'D', ... */
    double busy;          /* per cent of one CPU, in the last sample */
    double run_wait;      /* ready, but not running; per cent of the last sample's time */
    double cpu_s, wait_s; /* since the thread began */
} kzgops_cpu_thread;

typedef enum kzgops_cpu_cgroup {
    KZGOPS_CPU_CGROUP_UNKNOWN = 0,
    KZGOPS_CPU_CGROUP_NONE = 1, /* this kernel has no CPU controller */
    KZGOPS_CPU_CGROUP_V1 = 2,
    KZGOPS_CPU_CGROUP_V2 = 3
} kzgops_cpu_cgroup;

typedef struct kzgops_cpu_limits {
    uint64_t online;  /* CPUs of the machine */
    uint64_t allowed; /* this process's affinity */
    double quota;     /* CPUs; the smallest of the group's and of all above it. INFINITY: none. NaN: unknown */
    double available; /* CPUs: the smallest of the three, of those known */

    kzgops_cpu_cgroup cgroup;
    char path[KZGOPS_CPU_PATH_MAX];       /* the group's folder, "" when not found */
    bool path_guessed;                    /* /proc says another group than is visible: the nearest visible one */
    char quota_path[KZGOPS_CPU_PATH_MAX]; /* the folder that sets the quota, "" when none does */
    bool quota_incomplete;                /* a quota on the way up could not be read: the true one may be smaller */
    /* Of the folder that sets the quota, else of the group. */
    uint64_t periods, throttled_periods, throttled_ns;
} kzgops_cpu_limits;

/* Of the time up to now, per cent in which some, or all, tasks waited for a CPU. */
typedef struct kzgops_cpu_pressure {
    bool known;
    double some_avg10, some_avg60, some_avg300, full_avg10;
    uint64_t some_total_us;
} kzgops_cpu_pressure;

typedef struct kzgops_cpu_report_data {
    int64_t when_ns;
    kzgops_cpu_sample last; /* all NaN before the first */
    kzgops_cpu_window window[KZGOPS_CPU_FIGURES][KZGOPS_CPU_SPANS];
    double threshold;
    bool above[KZGOPS_CPU_FIGURES];       /* now, with hysteresis */
    int64_t since_ns[KZGOPS_CPU_FIGURES]; /* of the last crossing; 0: none yet */
    uint64_t crossings;

    double process_user_s, process_kernel_s; /* since the process began */
    double load1, load5, load15;
    uint64_t runnable, tasks; /* of the machine */
    kzgops_cpu_limits limits;
    kzgops_cpu_pressure machine_pressure, group_pressure;

    uint64_t ticks, samples;
    uint64_t resets;      /* times that a counter went back */
    uint64_t clock_steps; /* of either clock, by more than half a second against the other, or backwards */

    kzgops_cpu_core *cores; /* the caller's array */
    size_t core_count, core_total;
    kzgops_cpu_thread *threads; /* the caller's array, busiest first */
    size_t thread_count, thread_total;
} kzgops_cpu_report_data;

/* Fills in everything of the last tick; reads no file. The arrays may be NULL with 0. */
void kzgops_cpu_report(kzgops_cpu *cpu, kzgops_cpu_core *cores, size_t cores_max, kzgops_cpu_thread *threads,
                       size_t threads_max, kzgops_cpu_report_data *ret);

/* For people, and as one JSON object (unknown figures are null, no quota is "unlimited"). At most size bytes with a
 * terminator are written; returns the length that it would have had, as snprintf does. */
size_t kzgops_cpu_report_text(const kzgops_cpu_report_data *report, char *out, size_t size);
size_t kzgops_cpu_report_json(const kzgops_cpu_report_data *report, char *out, size_t size);

/* Names as the reports spell them; static strings. */
const char *kzgops_cpu_figure_name(kzgops_cpu_figure figure);

/* The same for spans of time. */
const char *kzgops_cpu_span_name(kzgops_cpu_span span);

#endif
