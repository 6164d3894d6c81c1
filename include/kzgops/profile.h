/* libkzgops, operation profiler: how long each operation and each phase of it took: count, average, extremes and
 * quantiles, in the last minute, in the last ten, and since the start.
 *
 * Durations go into histograms of fixed size with 64 buckets to a doubling. A quantile is off by at most 1/128 of
 * itself (0.8 %), from 1 ns to 18 minutes (2^40 ns); up to 127 ns it is exact. Longer durations count as 18 minutes
 * in the quantiles, and as what they are in the rest. Count, total and average are exact; so are the extremes since
 * the start, while those of a window are off as quantiles are.
 *
 * Each thread has histograms of its own, so that recording takes no lock and shares no cache line; a report adds them
 * up. When more threads record than were planned for, the others share one set under a lock. All memory is taken when
 * the profiler is made, about 120 KB for each pair of operation and phase and 18 KB more for each thread, and of
 * that only what is used is ever touched.
 *
 * All functions may be called from any thread. Seen with the bench in tests/unit/ops/test_profile.c on an AMD EPYC of
 * a cloud machine, gcc 12 -O2: recording takes 6 ns, on one thread as on two; with both readings of the clock 60 ns;
 * a report 20 us for each pair that is used. */
#ifndef KZGOPS_PROFILE_H
#define KZGOPS_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/sources.h"

#define KZGOPS_PROFILE_WHOLE          SIZE_MAX /* in place of a phase: the operation from begin to end */
#define KZGOPS_PROFILE_OPERATIONS_MAX 256
#define KZGOPS_PROFILE_PHASES_MAX     64
#define KZGOPS_PROFILE_THREADS_MAX    1024

typedef enum kzgops_profile_window {
    KZGOPS_PROFILE_MINUTE = 0,
    KZGOPS_PROFILE_TEN_MINUTES = 1,
    KZGOPS_PROFILE_ALL = 2 /* since the start or the last reset */
} kzgops_profile_window;
#define KZGOPS_PROFILE_WINDOWS 3

/* 50, 90, 95, 99 and 99.9 per cent */
#define KZGOPS_PROFILE_QUANTILES 5

typedef struct kzgops_profile_config {
    const char *const *operations; /* names, borrowed as the profiler lives; at least one */
    size_t operation_count;
    const char *const *phases; /* the same for all operations; those that an operation has not stay empty */
    size_t phase_count;
    size_t threads;                /* that record at a time without sharing. 0: 16 */
    const kzgops_sources *sources; /* borrowed; NULL: the real ones */
} kzgops_profile_config;

typedef struct kzgops_profile kzgops_profile;

/* NULL when the tables are wrong or there is no memory; *ret_error (unless NULL) then says which, in words. */
kzgops_profile *kzgops_profile_new(const kzgops_profile_config *config, const char **ret_error);
/* No other thread may use it any more; threads that have recorded may live on. NULL is fine; returns NULL. */
kzgops_profile *kzgops_profile_free(kzgops_profile *profile);

/* ---- Recording: profile NULL records nothing ------------------------------------------------------------------- */

/* operation and phase are places in the tables, or KZGOPS_PROFILE_WHOLE for the phase; another is a programmer's
 * error and asserts. */
void kzgops_profile_record(kzgops_profile *profile, size_t operation, size_t phase, uint64_t ns);

typedef struct kzgops_profile_span {
    size_t operation, phase;
    int64_t begin_ns;
} kzgops_profile_span;

/* Both may be called in different threads. end records the time between and returns it; a clock that went back is
 * counted, not recorded, and gives 0. */
kzgops_profile_span kzgops_profile_begin(const kzgops_profile *profile, size_t operation, size_t phase);
uint64_t kzgops_profile_end(kzgops_profile *profile, const kzgops_profile_span *span);

/* Runs the body and records its time by name; phase NULL: the whole. False when a name is in no table: the body is
 * run all the same. Looking the names up costs a walk through the tables. */
bool kzgops_profile_measure(kzgops_profile *profile, const char *operation, const char *phase, void (*body)(void *),
                            void *user);

/* ---- Reading --------------------------------------------------------------------------------------------------- */

/* To be called every 15 s or so: the windows are counted from these moments. Later is fine, and makes a window cover
 * more or less than its name says; covered_ns tells. Reports call it too. */
void kzgops_profile_tick(kzgops_profile *profile);

/* Everything begins anew. A record at the same moment may fall on either side. */
void kzgops_profile_reset(kzgops_profile *profile);

typedef struct kzgops_profile_entry {
    size_t operation, phase; /* WHOLE or a place in the table */
    const char *operation_name;
    const char *phase_name; /* NULL: the whole */
    uint64_t count;
    uint64_t total_ns;
    double average_ns;
    double per_second;
    uint64_t minimum_ns, maximum_ns;
    uint64_t quantile_ns[KZGOPS_PROFILE_QUANTILES];
} kzgops_profile_entry;

typedef struct kzgops_profile_snapshot {
    kzgops_profile_window window;
    int64_t when_ns; /* realtime */
    int64_t covered_ns;
    kzgops_profile_entry
        *entries;       /* the caller's array: by operation, the whole before its phases, without empty ones */
    size_t entry_count; /* of them filled */
    size_t entry_total; /* more than fitted in the array, perhaps */
    uint64_t clock_steps;
} kzgops_profile_snapshot;

/* Records that come while it is made may be in it or not. */
void kzgops_profile_report(kzgops_profile *profile, kzgops_profile_window window, kzgops_profile_entry *entries,
                           size_t max, kzgops_profile_snapshot *ret);

/* As a table for people, and as one JSON object with nanoseconds. At most size bytes with a terminator are written;
 * returns the length that it would have had, as snprintf does. */
size_t kzgops_profile_report_text(const kzgops_profile_snapshot *snapshot, char *out, size_t size);
size_t kzgops_profile_report_json(const kzgops_profile_snapshot *snapshot, char *out, size_t size);

/* "1m", "10m", "all"; "p50" to "p999". */
const char *kzgops_profile_window_name(kzgops_profile_window window);
const char *kzgops_profile_quantile_name(size_t quantile);

#endif
