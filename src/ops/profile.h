/* What profile.c and profile_read.c share: the histograms of each thread, and those of earlier moments. */
#ifndef OPS_PROFILE_H
#define OPS_PROFILE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "kzgops/profile.h"
#include "ops/profile_histogram.h"

#define PROFILE_FINE         5 /* moments 15 s apart: the last minute */
#define PROFILE_COARSE       6 /* moments 2 min apart: the last ten */
#define PROFILE_FINE_NS      (INT64_C(15) * 1000000000)
#define PROFILE_COARSE_NS    (INT64_C(120) * 1000000000)
#define PROFILE_MOMENTS      (PROFILE_FINE + PROFILE_COARSE)
#define PROFILE_SHARED_SHARD 0 /* of all threads that found no other */

/* Written by one thread, read by any. Counts only grow. Untouched memory until ready. */
struct profile_cell {
    atomic_bool ready;
    _Atomic uint32_t generation; /* of the extremes: they begin anew with each reset */
    _Atomic uint64_t sum, minimum, maximum;
    _Atomic uint64_t count[HISTOGRAM_BUCKETS];
};

struct profile_shard {
    struct kzgops_profile *profile;
    bool taken; /* under the profile's lock */
    struct profile_cell *cells;
};

/* What all shards together had at some moment. Small counts suffice: a window is a difference modulo 2^32. */
struct profile_past {
    bool filled; /* else all zero, and untouched memory */
    uint64_t sum;
    uint32_t count[HISTOGRAM_BUCKETS];
};

struct profile_moment {
    bool taken;
    int64_t at_ns;
    struct profile_past *series;
};

struct profile_sums {
    bool filled;
    uint64_t sum;
    uint64_t count[HISTOGRAM_BUCKETS];
};

struct kzgops_profile {
    kzgops_profile_config config;
    size_t series_count; /* operations times phases and the whole */
    void *block;
    size_t block_bytes;
    pthread_key_t key; /* of a thread's shard */
    _Atomic uint32_t generation;
    _Atomic uint64_t clock_steps;
    pthread_mutex_t shared_lock; /* to write in the shared shard */

    pthread_mutex_t lock; /* of all below */
    struct profile_shard *shards;
    size_t shard_count;
    struct profile_moment moment[PROFILE_MOMENTS]; /* fine ones first */
    size_t next_fine, next_coarse;
    int64_t fine_ns, coarse_ns; /* when the last of each was taken */
    struct profile_sums *base;  /* at the last reset */
    int64_t base_ns;
    struct profile_sums *scratch;
};

/* Whole operation, then its phases. */
static inline size_t profile_series(const struct kzgops_profile *profile, size_t operation, size_t phase) {
    return operation * (profile->config.phase_count + 1) + (phase == KZGOPS_PROFILE_WHOLE ? 0 : phase + 1);
}

#endif
