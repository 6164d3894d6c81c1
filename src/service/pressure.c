#include "service/pressure.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "service/cost.h"
#include "service/events.h"
#include "service/jemalloc.h"
#include "service/leak.h"
#include "service/memory.h"
#include "service/memory_capture.h"
#include "service/pool.h"
#include "service/service.h"

#define UNKNOWN   KZGOPS_MEMORY_UNKNOWN
#define UNLIMITED KZGOPS_MEMORY_UNLIMITED

/* Of the dearest operation's cost: just above the critical threshold it and its like are refused. */
#define BOUND_SHARE 0.8

/* What a daemon without precomputed tables holds beside its request memory, and each worker's arena: less than was
 * seen (19 MiB, 10.4 MiB), so that nothing is refused that could start. */
#define BASE_BYTES   ((uint64_t)16 << 20)
#define WORKER_BYTES ((uint64_t)10 << 20)

/* This much of the request memory always stays: an eighth. */
#define KEEP_SHARE 8
/* As far below the critical threshold as a level needs to end (kzgops/memory.h), so that request memory that is used
 * again does not bring it back. */
#define CALM_PERCENT 95

struct pressure {
    struct service *service;
    kzgops_memory_watch *watch;
    struct memory_capture *capture;
    atomic_uint bound_us;
    atomic_uint_fast64_t refused;
    bool confined; /* request memory was given back, and not all of it is allowed again */
    pthread_mutex_t lock;
    kzgops_machine_memory machine; /* this and the next two: under lock */
    const char *value_name;
    const char *limit_source;
};

/* ---- What counts --------------------------------------------------------------------------------------------- */

struct reading {
    uint64_t value, limit;
    const char *value_name, *limit_source;
};

static bool is_bytes(uint64_t value) {
    return value != UNKNOWN && value != UNLIMITED;
}

/* Against a control group's limit counts what the group holds, whoever in it holds it; against another limit, what
 * this process does. */
static struct reading read_figures(const struct config *config, const kzgops_machine_memory *machine) {
    struct reading reading = {machine->process.rss, machine->limit, "resident memory", "unknown"};
    if (machine->limit_source == KZGOPS_LIMIT_MACHINE) reading.limit_source = "machine";
    if (machine->limit_source == KZGOPS_LIMIT_CGROUP) {
        reading.limit_source = "cgroup";
        reading.value = machine->cgroup.working_set;
        reading.value_name = "cgroup working set";
    }
    bool smaller = config->memory_limit_bytes != CONFIG_AUTO &&
                   (!is_bytes(machine->limit) || (uint64_t)config->memory_limit_bytes < machine->limit);
    if (!smaller) return reading;
    return (struct reading){machine->process.rss, (uint64_t)config->memory_limit_bytes, "resident memory", "option"};
}

static struct reading look(struct pressure *pressure) {
    kzgops_machine_memory machine;
    kzgops_machine_memory_read(&pressure->service->sources, 0, &machine);
    struct reading reading = read_figures(&pressure->service->config, &machine);
    pthread_mutex_lock(&pressure->lock);
    pressure->machine = machine;
    pressure->value_name = reading.value_name;
    pressure->limit_source = reading.limit_source;
    pthread_mutex_unlock(&pressure->lock);
    return reading;
}

static void on_crossing(void *user, const kzgops_memory_crossing *crossing) {
    const struct pressure *pressure = user;
    const char *from = kzgops_memory_level_name(crossing->from);
    switch (crossing->to) {
    case KZGOPS_MEMORY_CRITICAL:
        SERVICE_LOG(EVENT_MEMORY_CRITICAL, KZGOPS_STR("from", from), KZGOPS_STR("value", pressure->value_name),
                    KZGOPS_U64("value_bytes", crossing->value), KZGOPS_U64("threshold_bytes", crossing->threshold),
                    KZGOPS_U64("limit_bytes", crossing->limit), KZGOPS_STR("limit_source", pressure->limit_source));
        break;
    case KZGOPS_MEMORY_WARN:
        SERVICE_LOG(EVENT_MEMORY_WARN, KZGOPS_STR("from", from), KZGOPS_STR("value", pressure->value_name),
                    KZGOPS_U64("value_bytes", crossing->value), KZGOPS_U64("threshold_bytes", crossing->threshold),
                    KZGOPS_U64("limit_bytes", crossing->limit), KZGOPS_STR("limit_source", pressure->limit_source));
        break;
    case KZGOPS_MEMORY_OK:
        SERVICE_LOG(EVENT_MEMORY_OK, KZGOPS_STR("from", from), KZGOPS_STR("value", pressure->value_name),
                    KZGOPS_U64("value_bytes", crossing->value), KZGOPS_U64("threshold_bytes", crossing->threshold),
                    KZGOPS_U64("limit_bytes", crossing->limit), KZGOPS_STR("limit_source", pressure->limit_source));
        break;
    }
}

/* ---- Shedding ------------------------------------------------------------------------------------------------ */

/* How far from the critical threshold (0) to the limit (1). Without a limit to reach, a tenth above the threshold. */
static double excess(const kzgops_memory_watch_state *watch) {
    double over = (double)watch->value - (double)watch->critical_bytes;
    bool limited = is_bytes(watch->limit) && watch->limit > watch->critical_bytes;
    double room = limited ? (double)(watch->limit - watch->critical_bytes) : (double)watch->critical_bytes / 10;
    return fmin(fmax(over / fmax(room, 1), 0), 1);
}

/* At the limit itself the verification of one proof is left. From the threshold to there the bound falls by the same
 * factor for the same excess. */
static uint32_t bound_of(const struct service *service, const kzgops_memory_watch_state *watch) {
    const struct cost *cost = service->cost;
    bool measuring = service_phase(service) == PHASE_STARTING; /* costs are not to be read, and nothing is admitted */
    if (measuring || watch->level != KZGOPS_MEMORY_CRITICAL) return UINT32_MAX;
    uint32_t most = 0, least = cost_us(cost, OP_VERIFY_KZG_PROOF, 1);
    for (size_t i = 0; i < WIRE_OPERATIONS; i++) {
        uint32_t us = cost_us(cost, (wire_operation_id)i, 1);
        if (us > most) most = us;
    }
    return (uint32_t)ceil(BOUND_SHARE * most * pow(least / (BOUND_SHARE * most), excess(watch)));
}

bool pressure_admits(struct pressure *pressure, uint32_t cost_us, char *why, size_t size) {
    uint32_t bound_us = atomic_load_explicit(&pressure->bound_us, memory_order_relaxed);
    kzgops_memory_watch_state watch;
    if (cost_us <= bound_us) return true;
    atomic_fetch_add(&pressure->refused, 1);
    kzgops_memory_watch_read(pressure->watch, &watch);
    snprintf(why, size,
             "%s of %s are in use, critical from %s: no operation above %.1f ms of work is taken, this one needs "
             "%.1f ms",
             kzgops__size_text(watch.value).text, kzgops__size_text(watch.limit).text,
             kzgops__size_text(watch.critical_bytes).text, bound_us / 1e3, cost_us / 1e3);
    return false;
}

/* ---- Giving back --------------------------------------------------------------------------------------------- */

/* Everything that is idle goes, and is not used again before allow_again. */
static void give_back(struct pressure *pressure) {
    struct pool *pool = pressure->service->pool;
    bool first = !pressure->confined;
    jemalloc_purge();
    size_t lent = pool_lend(pool, pool_bytes(pool) / KEEP_SHARE);
    pool_confine(pool, 0);
    pressure->confined = true;
    if (lent == 0 || !first) return;
    SERVICE_LOG(EVENT_MEMORY_GIVEN_BACK, KZGOPS_U64("request_bytes", lent),
                KZGOPS_U64("kept_bytes", pool_bytes(pool) - lent));
}

/* Request memory comes back by half of what there is room for, so that no look finds more used than the last allowed.
 */
static void allow_again(struct pressure *pressure, const kzgops_memory_watch_state *watch) {
    struct pool *pool = pressure->service->pool;
    struct pool_state state;
    uint64_t calm = watch->critical_bytes / 100 * CALM_PERCENT, room = 0;
    if (!pressure->confined) return;
    pool_read(pool, &state);
    if (!is_bytes(watch->critical_bytes)) {
        room = UINT64_MAX;
    } else if (watch->value < calm) {
        room = calm - watch->value;
    }
    pressure->confined = room / 2 < state.lent;
    pool_confine(pool, pressure->confined ? (size_t)(room / 2) : SIZE_MAX);
}

/* ---- A turn -------------------------------------------------------------------------------------------------- */

static void update(struct pressure *pressure, kzgops_memory_watch_state *ret) {
    struct reading reading = look(pressure);
    (void)kzgops_memory_watch_update(pressure->watch, reading.value, reading.limit);
    kzgops_memory_watch_read(pressure->watch, ret);
}

void pressure_turn(struct pressure *pressure) {
    kzgops_memory_watch_state watch;
    update(pressure, &watch);
    memory_capture_turn(pressure->capture, watch.level, watch.value);
    if (watch.level == KZGOPS_MEMORY_CRITICAL) {
        atomic_store(&pressure->bound_us, bound_of(pressure->service, &watch)); /* giving back takes a while */
        give_back(pressure);
        update(pressure, &watch);
        memory_capture_turn(pressure->capture, watch.level, watch.value);
    }
    atomic_store(&pressure->bound_us, bound_of(pressure->service, &watch));
    if (watch.level != KZGOPS_MEMORY_CRITICAL) allow_again(pressure, &watch);
    leak_turn(pressure->service->leak, &pressure->machine);
}

/* ---- Reading ------------------------------------------------------------------------------------------------- */

void memory_machine(const struct service *service, kzgops_machine_memory *ret) {
    struct pressure *pressure = service->pressure;
    pthread_mutex_lock(&pressure->lock);
    *ret = pressure->machine;
    pthread_mutex_unlock(&pressure->lock);
}

static void read_leak(const struct service *service, struct memory_state *ret) {
    struct leak_state leak;
    leak_read(service->leak, &leak);
    ret->residual_known = leak.residual_known;
    ret->residual_bytes = leak.residual_bytes;
    ret->suspects = leak.suspect_count;
    snprintf(ret->suspect, sizeof ret->suspect, "%s", leak.suspect_count > 0 ? leak.suspect[0].name : "");
}

void memory_state(const struct service *service, struct memory_state *ret) {
    struct pressure *pressure = service->pressure;
    kzgops_memory_watch_state watch;
    kzgops_memory_watch_read(pressure->watch, &watch);
    *ret = (struct memory_state){.level = watch.level,
                                 .value = watch.value,
                                 .limit = watch.limit,
                                 .warn_bytes = watch.warn_bytes,
                                 .critical_bytes = watch.critical_bytes,
                                 .since_ns = watch.since_ns,
                                 .crossings = watch.crossings,
                                 .cost_bound_us = atomic_load(&pressure->bound_us),
                                 .refused = atomic_load(&pressure->refused)};
    pthread_mutex_lock(&pressure->lock);
    ret->value_name = pressure->value_name;
    ret->limit_source = pressure->limit_source;
    ret->oom_kills = pressure->machine.cgroup.oom_kills;
    pthread_mutex_unlock(&pressure->lock);
    read_leak(service, ret);
}

/* ---- Life ---------------------------------------------------------------------------------------------------- */

static kzgops_memory_threshold threshold(const struct config_portion *portion) {
    return (kzgops_memory_threshold){.bytes = (uint64_t)portion->bytes, .percent = portion->percent};
}

/* Request memory is touched before the tables are made, so too much of it would get the daemon killed while it
 * starts.
 */
static bool fits(const struct pressure *pressure, const struct reading *reading) {
    const struct service *service = pressure->service;
    uint64_t pool = (uint64_t)service->config.request_memory << 20;
    uint64_t rest = BASE_BYTES + service->worker_count * WORKER_BYTES;
    if (!is_bytes(reading->limit) || !is_bytes(reading->value)) return true;
    if (reading->value < reading->limit && pool + rest < reading->limit - reading->value) return true;
    fprintf(stderr,
            "kzgd: --request-memory: %" PRId64
            " MiB, and %s for tables and workers, do not fit: %s of %s (%s) are in "
            "use already\n",
            service->config.request_memory, kzgops__size_text(rest).text, kzgops__size_text(reading->value).text,
            kzgops__size_text(reading->limit).text, reading->limit_source);
    return false;
}

struct pressure *pressure_new(struct service *service) {
    const char *why = "there is no memory";
    struct pressure *pressure = memory_take(MEMORY_TAG_OTHER, sizeof *pressure);
    if (pressure == NULL) return NULL;
    const kzgops_memory_watch_config config = {.warn = threshold(&service->config.memory_warn),
                                               .critical = threshold(&service->config.memory_critical),
                                               .crossed = on_crossing,
                                               .user = pressure,
                                               .sources = &service->sources};
    pthread_mutex_init(&pressure->lock, NULL);
    pressure->service = service;
    atomic_store(&pressure->bound_us, UINT32_MAX);
    pressure->capture = memory_capture_new(service);
    pressure->watch = kzgops_memory_watch_new(&config, &why);
    if (pressure->watch == NULL || pressure->capture == NULL) {
        fprintf(stderr, "kzgd: --memory-warn, --memory-critical: %s\n", why);
        return pressure_free(pressure);
    }
    struct reading reading = look(pressure);
    return fits(pressure, &reading) ? pressure : pressure_free(pressure);
}

struct pressure *pressure_free(struct pressure *pressure) {
    if (pressure == NULL) return NULL;
    kzgops_memory_watch_free(pressure->watch);
    memory_capture_free(pressure->capture);
    pthread_mutex_destroy(&pressure->lock);
    memory_give(pressure);
    return NULL;
}
