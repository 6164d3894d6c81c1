#include <inttypes.h>
#include <pthread.h>

#include "base/assert.h"
#include "kzgops/memory.h"
#include "ops/sources.h"

#define WARN_PERCENT       80.0
#define CRITICAL_PERCENT   90.0
#define HYSTERESIS_PERCENT 5.0

struct kzgops_memory_watch {
    kzgops_memory_watch_config config; /* defaults put in */
    pthread_mutex_t lock;
    kzgops_memory_watch_state state;
};

static bool is_bytes(uint64_t value) {
    return value != KZGOPS_MEMORY_UNKNOWN && value != KZGOPS_MEMORY_UNLIMITED;
}

static const char *threshold_error(const kzgops_memory_threshold *threshold) {
    if (threshold->bytes != 0 && threshold->percent != 0)
        return "a threshold is given in bytes or in per cent, not both";
    if (!is_bytes(threshold->bytes)) return "a threshold of that many bytes cannot be reached";
    if (!(threshold->percent >= 0 && threshold->percent <= 100)) return "a threshold is between 0 and 100 per cent";
    return NULL;
}

static void put_default(kzgops_memory_threshold *threshold, double percent) {
    if (threshold->bytes == 0 && threshold->percent == 0) threshold->percent = percent;
}

/* Of one in bytes and one in per cent nothing can be said before the limit is known; the critical one wins then. */
static const char *config_error(const kzgops_memory_watch_config *config) {
    const kzgops_memory_threshold *warn = &config->warn, *critical = &config->critical;
    const char *error = threshold_error(warn);
    if (error == NULL) error = threshold_error(critical);
    if (error != NULL) return error;
    if (!(config->hysteresis_percent >= 0 && config->hysteresis_percent < 100)) {
        return "hysteresis is at least 0 and below 100 per cent";
    }
    if (warn->percent > 0 && critical->percent > 0 && warn->percent >= critical->percent) {
        return "the warning threshold is not below the critical one";
    }
    if (warn->bytes > 0 && critical->bytes > 0 && warn->bytes >= critical->bytes) {
        return "the warning threshold is not below the critical one";
    }
    return NULL;
}

kzgops_memory_watch *kzgops_memory_watch_new(const kzgops_memory_watch_config *config, const char **ret_error) {
    kzgops_memory_watch_config full = *config;
    put_default(&full.warn, WARN_PERCENT);
    put_default(&full.critical, CRITICAL_PERCENT);
    if (full.hysteresis_percent == 0) full.hysteresis_percent = HYSTERESIS_PERCENT;
    const char *error = config_error(&full);
    kzgops_allocator allocator = kzgops__allocator(full.sources);
    kzgops_memory_watch *watch = error == NULL ? allocator.alloc(allocator.user, sizeof *watch) : NULL;
    if (watch == NULL) {
        if (ret_error != NULL) *ret_error = error != NULL ? error : "no memory for the memory watch";
        return NULL;
    }
    *watch = (kzgops_memory_watch){.config = full};
    pthread_mutex_init(&watch->lock, NULL);
    watch->state = (kzgops_memory_watch_state){.value = KZGOPS_MEMORY_UNKNOWN,
                                               .limit = KZGOPS_MEMORY_UNKNOWN,
                                               .warn_bytes = KZGOPS_MEMORY_UNKNOWN,
                                               .critical_bytes = KZGOPS_MEMORY_UNKNOWN};
    if (full.warn.bytes > 0) watch->state.warn_bytes = full.warn.bytes;
    if (full.critical.bytes > 0) watch->state.critical_bytes = full.critical.bytes;
    return watch;
}

kzgops_memory_watch *kzgops_memory_watch_free(kzgops_memory_watch *watch) {
    if (watch == NULL) return NULL;
    kzgops_allocator allocator = kzgops__allocator(watch->config.sources);
    pthread_mutex_destroy(&watch->lock);
    allocator.release(allocator.user, watch, sizeof *watch);
    return NULL;
}

static uint64_t resolve(const kzgops_memory_threshold *threshold, uint64_t limit) {
    if (threshold->bytes > 0) return threshold->bytes;
    return is_bytes(limit) ? (uint64_t)((double)limit * threshold->percent / 100) : limit;
}

/* Whether a value is at a level: from below when it reaches the threshold, from above until it is well under it. */
static bool holds(const kzgops_memory_watch *watch, kzgops_memory_level level, uint64_t threshold, uint64_t value) {
    if (!is_bytes(threshold)) return false;
    if (watch->state.level < level) return value >= threshold;
    return (double)value >= (double)threshold * (1 - watch->config.hysteresis_percent / 100);
}

static kzgops_memory_level decide(const kzgops_memory_watch *watch, uint64_t value) {
    if (holds(watch, KZGOPS_MEMORY_CRITICAL, watch->state.critical_bytes, value)) return KZGOPS_MEMORY_CRITICAL;
    return holds(watch, KZGOPS_MEMORY_WARN, watch->state.warn_bytes, value) ? KZGOPS_MEMORY_WARN : KZGOPS_MEMORY_OK;
}

/* The threshold between the two levels that is nearer to the new one. */
static uint64_t crossed_threshold(const kzgops_memory_watch_state *state, kzgops_memory_level from,
                                  kzgops_memory_level to) {
    if (to > from) return to == KZGOPS_MEMORY_CRITICAL ? state->critical_bytes : state->warn_bytes;
    return to == KZGOPS_MEMORY_WARN || !is_bytes(state->warn_bytes) ? state->critical_bytes : state->warn_bytes;
}

static void enter(kzgops_memory_watch *watch, kzgops_memory_level to, uint64_t limit, kzgops_memory_crossing *ret) {
    kzgops_memory_watch_state *state = &watch->state;
    *ret = (kzgops_memory_crossing){.from = state->level,
                                    .to = to,
                                    .value = state->value,
                                    .threshold = crossed_threshold(state, state->level, to),
                                    .limit = limit,
                                    .when_ns = kzgops__realtime_ns(watch->config.sources),
                                    .sequence = ++state->crossings};
    if (to == KZGOPS_MEMORY_CRITICAL) state->criticals++;
    if (to == KZGOPS_MEMORY_WARN && ret->from == KZGOPS_MEMORY_OK) state->warnings++;
    state->since_ns = ret->when_ns;
    state->level = to;
}

kzgops_memory_level kzgops_memory_watch_update(kzgops_memory_watch *watch, uint64_t value, uint64_t limit) {
    kzgops_memory_crossing crossing = {0};
    kzgops_memory_watch_state *state = &watch->state;
    pthread_mutex_lock(&watch->lock);
    if (limit != KZGOPS_MEMORY_UNKNOWN) state->limit = limit;
    state->warn_bytes = resolve(&watch->config.warn, state->limit);
    state->critical_bytes = resolve(&watch->config.critical, state->limit);
    if (!is_bytes(value)) {
        state->unknown_updates++;
    } else {
        state->value = value;
        kzgops_memory_level level = decide(watch, value);
        if (level != state->level) enter(watch, level, limit, &crossing);
    }
    kzgops_memory_level now = state->level;
    pthread_mutex_unlock(&watch->lock);
    if (crossing.sequence > 0 && watch->config.crossed != NULL) watch->config.crossed(watch->config.user, &crossing);
    return now;
}

void kzgops_memory_watch_read(kzgops_memory_watch *watch, kzgops_memory_watch_state *ret) {
    pthread_mutex_lock(&watch->lock);
    *ret = watch->state;
    pthread_mutex_unlock(&watch->lock);
}

const char *kzgops_memory_level_name(kzgops_memory_level level) {
    static const char *const names[] = {"ok", "warn", "critical"};
    KZG_ASSERT((unsigned)level < sizeof names / sizeof names[0]);
    return names[level];
}
