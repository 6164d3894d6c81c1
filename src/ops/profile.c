/* Making and recording. */
#include "ops/profile.h"

#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "ops/sources.h"

#define THREADS 16

/* ---- Making -------------------------------------------------------------------------------------------------- */

static const char *table_error(const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (names == NULL || names[i] == NULL || names[i][0] == '\0')
            return "a name of the profiler's tables is empty";
        for (size_t k = 0; k < i; k++) {
            if (strcmp(names[i], names[k]) == 0) return "a name stands twice in a table of the profiler";
        }
    }
    return NULL;
}

static const char *config_error(const kzgops_profile_config *config) {
    if (config->operation_count == 0) return "a profiler without operations";
    if (config->operation_count > KZGOPS_PROFILE_OPERATIONS_MAX) return "more operations than a profiler can have";
    if (config->phase_count > KZGOPS_PROFILE_PHASES_MAX) return "more phases than a profiler can have";
    if (config->threads > KZGOPS_PROFILE_THREADS_MAX) return "more threads than a profiler can have";
    const char *error = table_error(config->operations, config->operation_count);
    return error != NULL ? error : table_error(config->phases, config->phase_count);
}

static void *carve(unsigned char *block, size_t *used, size_t bytes) {
    void *here = block != NULL ? block + *used : NULL;
    *used += (bytes + 63) / 64 * 64;
    return here;
}

/* Returns the size that is needed; with a block, which has it, places all arrays in it. Only flags are written, so
 * that histograms which are never used never become real memory. */
static size_t place(struct kzgops_profile *profile, unsigned char *block) {
    size_t used = 0, n = profile->series_count;
    profile->scratch = carve(block, &used, sizeof *profile->scratch);
    profile->base = carve(block, &used, n * sizeof *profile->base);
    for (size_t i = 0; block != NULL && i < n; i++) profile->base[i].filled = false;
    for (size_t m = 0; m < PROFILE_MOMENTS; m++) {
        profile->moment[m] = (struct profile_moment){.series = carve(block, &used, n * sizeof(struct profile_past))};
    }
    profile->shards = carve(block, &used, profile->shard_count * sizeof *profile->shards);
    for (size_t s = 0; s < profile->shard_count; s++) {
        struct profile_cell *cells = carve(block, &used, n * sizeof *cells);
        for (size_t i = 0; block != NULL && i < n; i++) atomic_init(&cells[i].ready, false);
        if (block != NULL) profile->shards[s] = (struct profile_shard){.profile = profile, .cells = cells};
    }
    return used;
}

/* A thread ends: its shard keeps what it has counted, and goes to the next thread that needs one. */
static void give_back(void *value) {
    struct profile_shard *shard = value;
    pthread_mutex_lock(&shard->profile->lock);
    shard->taken = false;
    pthread_mutex_unlock(&shard->profile->lock);
}

static struct kzgops_profile *allocate(const struct kzgops_profile *plan) {
    kzgops_allocator allocator = kzgops__allocator(plan->config.sources);
    struct kzgops_profile *profile = allocator.alloc(allocator.user, sizeof *profile);
    if (profile == NULL) return NULL;
    *profile = *plan;
    profile->block_bytes = place(profile, NULL);
    profile->block = allocator.alloc(allocator.user, profile->block_bytes);
    if (profile->block == NULL) {
        allocator.release(allocator.user, profile, sizeof *profile);
        return NULL;
    }
    (void)place(profile, profile->block);
    return profile;
}

static void release(struct kzgops_profile *profile) {
    kzgops_allocator allocator = kzgops__allocator(profile->config.sources);
    allocator.release(allocator.user, profile->block, profile->block_bytes);
    allocator.release(allocator.user, profile, sizeof *profile);
}

kzgops_profile *kzgops_profile_new(const kzgops_profile_config *config, const char **ret_error) {
    const char *error = config_error(config);
    struct kzgops_profile plan = {.config = *config}, *profile = NULL;
    if (plan.config.threads == 0) plan.config.threads = THREADS;
    plan.series_count = config->operation_count * (config->phase_count + 1);
    plan.shard_count = plan.config.threads + 1;
    if (error == NULL) {
        profile = allocate(&plan);
        if (profile == NULL) error = "no memory for the profiler";
    }
    if (profile != NULL && pthread_key_create(&profile->key, give_back) != 0) {
        error = "this process has no thread-specific key left for a profiler";
        release(profile);
        profile = NULL;
    }
    if (profile == NULL) {
        if (ret_error != NULL) *ret_error = error;
        return NULL;
    }
    pthread_mutex_init(&profile->lock, NULL);
    pthread_mutex_init(&profile->shared_lock, NULL);
    atomic_store(&profile->generation, 1);
    profile->shards[PROFILE_SHARED_SHARD].taken = true;
    profile->base_ns = profile->fine_ns = profile->coarse_ns = kzgops__monotonic_ns(profile->config.sources);
    return profile;
}

kzgops_profile *kzgops_profile_free(kzgops_profile *profile) {
    if (profile == NULL) return NULL;
    pthread_key_delete(profile->key);
    pthread_mutex_destroy(&profile->shared_lock);
    pthread_mutex_destroy(&profile->lock);
    release(profile);
    return NULL;
}

/* ---- Recording ----------------------------------------------------------------------------------------------- */

/* The first record of a thread. NULL: all are taken; the thread asks again the next time, one may be free then. */
static struct profile_shard *take_shard(struct kzgops_profile *profile) {
    struct profile_shard *found = NULL;
    pthread_mutex_lock(&profile->lock);
    for (size_t i = PROFILE_SHARED_SHARD + 1; i < profile->shard_count && found == NULL; i++) {
        if (!profile->shards[i].taken) found = &profile->shards[i];
    }
    if (found != NULL && pthread_setspecific(profile->key, found) != 0) found = NULL;
    if (found != NULL) found->taken = true;
    pthread_mutex_unlock(&profile->lock);
    return found;
}

static void make_ready(struct profile_cell *cell) {
    atomic_init(&cell->generation, 0);
    atomic_init(&cell->sum, 0);
    atomic_init(&cell->minimum, 0);
    atomic_init(&cell->maximum, 0);
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) atomic_init(&cell->count[i], 0);
    atomic_store_explicit(&cell->ready, true, memory_order_release);
}

/* Nobody else writes here, so a load and a store do; they are atomic for those who read. */
static void grow(_Atomic uint64_t *value, uint64_t by) {
    atomic_store_explicit(value, atomic_load_explicit(value, memory_order_relaxed) + by, memory_order_relaxed);
}

static void extend(struct profile_cell *cell, uint64_t ns, uint32_t generation) {
    bool fresh = atomic_load_explicit(&cell->generation, memory_order_relaxed) != generation;
    if (fresh || ns < atomic_load_explicit(&cell->minimum, memory_order_relaxed)) {
        atomic_store_explicit(&cell->minimum, ns, memory_order_relaxed);
    }
    if (fresh || ns > atomic_load_explicit(&cell->maximum, memory_order_relaxed)) {
        atomic_store_explicit(&cell->maximum, ns, memory_order_relaxed);
    }
    if (fresh) atomic_store_explicit(&cell->generation, generation, memory_order_release);
}

static void put(struct kzgops_profile *profile, struct profile_cell *cell, uint64_t ns) {
    if (!atomic_load_explicit(&cell->ready, memory_order_relaxed)) make_ready(cell);
    extend(cell, ns, atomic_load_explicit(&profile->generation, memory_order_relaxed));
    grow(&cell->sum, ns);
    grow(&cell->count[histogram_bucket(ns)], 1);
}

void kzgops_profile_record(kzgops_profile *profile, size_t operation, size_t phase, uint64_t ns) {
    if (profile == NULL) return;
    KZG_ASSERT(operation < profile->config.operation_count);
    KZG_ASSERT(phase < profile->config.phase_count || phase == KZGOPS_PROFILE_WHOLE);
    size_t series = profile_series(profile, operation, phase);
    struct profile_shard *shard = pthread_getspecific(profile->key);
    if (shard == NULL) shard = take_shard(profile);
    if (shard != NULL) {
        put(profile, &shard->cells[series], ns);
        return;
    }
    pthread_mutex_lock(&profile->shared_lock);
    put(profile, &profile->shards[PROFILE_SHARED_SHARD].cells[series], ns);
    pthread_mutex_unlock(&profile->shared_lock);
}

kzgops_profile_span kzgops_profile_begin(const kzgops_profile *profile, size_t operation, size_t phase) {
    kzgops_profile_span span = {.operation = operation, .phase = phase};
    if (profile != NULL) span.begin_ns = kzgops__monotonic_ns(profile->config.sources);
    return span;
}

uint64_t kzgops_profile_end(kzgops_profile *profile, const kzgops_profile_span *span) {
    if (profile == NULL) return 0;
    int64_t now = kzgops__monotonic_ns(profile->config.sources);
    if (now < span->begin_ns) {
        atomic_fetch_add_explicit(&profile->clock_steps, 1, memory_order_relaxed);
        return 0;
    }
    uint64_t ns = (uint64_t)now - (uint64_t)span->begin_ns;
    kzgops_profile_record(profile, span->operation, span->phase, ns);
    return ns;
}

static size_t find(const char *const *names, size_t count, const char *name) {
    size_t i = 0;
    while (i < count && strcmp(names[i], name) != 0) i++;
    return i;
}

bool kzgops_profile_measure(kzgops_profile *profile, const char *operation, const char *phase, void (*body)(void *),
                            void *user) {
    if (profile == NULL) {
        body(user);
        return true;
    }
    const kzgops_profile_config *config = &profile->config;
    size_t o = find(config->operations, config->operation_count, operation);
    size_t p = phase == NULL ? KZGOPS_PROFILE_WHOLE : find(config->phases, config->phase_count, phase);
    bool known = o < config->operation_count && (phase == NULL || p < config->phase_count);
    kzgops_profile_span span = kzgops_profile_begin(profile, o, p);
    body(user);
    if (known) (void)kzgops_profile_end(profile, &span);
    return known;
}
