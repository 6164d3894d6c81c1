#include "service/leak.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "service/events.h"
#include "service/jemalloc.h"
#include "service/memory.h"
#include "service/pool.h"
#include "service/service.h"
#include "service/workers.h"

#ifdef KZG_PLANT_LEAK /* for a test that has not got a minute */
#define INTERVAL_S 1
#define WINDOWS \
    { 12, 60, 600 }
#else
#define INTERVAL_S 5
#define WINDOWS \
    { 60, 600, 3600 }
#endif

struct leak {
    struct service *service;
    kzgops_growth *growth;
    kzgops_heap_sites *sites; /* NULL: heap profiling is off */
    bool baseline;
    unsigned turns;
    bool idle_before;
    uint64_t idle_begun;
    int64_t reported; /* the residual that was logged last */
    bool suspected[LEAK_TAGS];
    pthread_mutex_t lock;
    struct leak_state state; /* under lock */
};

/* Between who wants memory and who has it. */
static const char *const wrappers[] = {"memory_take", "take", NULL};

static const char *const tag_names[LEAK_TAGS] = {
#define X(NAME, name) name,
    MEMORY_TAGS_LIST(X)
#undef X
        "outside"};

const char *leak_tag_name(size_t tag) {
    return tag_names[tag];
}

/* ---- At idle ------------------------------------------------------------------------------------------------- */

/* Nothing is in flight, nor was at the turn before: the listener's last steps for a request are then over, too. */
static bool is_idle(struct leak *leak) {
    struct service *service = leak->service;
    uint64_t begun = atomic_load(&service->traffic.begun);
    bool idle = service_phase(service) == PHASE_READY && atomic_load(&service->traffic.in_progress) == 0 &&
                workers_busy(service->workers) == 0;
    bool still = idle && leak->idle_before && begun == leak->idle_begun;
    leak->idle_before = idle;
    leak->idle_begun = begun;
    return still;
}

/* A profile that is being taken holds memory for its while. */
static int64_t read_residual(struct leak *leak) {
    int64_t all = 0, profiler = 0;
    (void)kzgops_memory_residual(memory_tracker(), SIZE_MAX, &all);
    (void)kzgops_memory_residual(memory_tracker(), MEMORY_TAG_PROFILER, &profiler);
    return all - profiler + (int64_t)pool_bytes_used(leak->service->pool);
}

static void set_residual(struct leak *leak, int64_t bytes) {
    pthread_mutex_lock(&leak->lock);
    leak->state.residual_known = true;
    leak->state.residual_bytes = bytes;
    leak->state.residual_when_ns = service_realtime_ns();
    pthread_mutex_unlock(&leak->lock);
}

/* What is held now is what is not grown later. */
static void mark_sites(struct leak *leak) {
    struct jemalloc_profile profile;
    const char *error;
    if (leak->sites == NULL || !jemalloc_profile_take(&profile, &error)) return;
    (void)kzgops_heap_sites_mark(leak->sites, profile.text, profile.length);
    jemalloc_profile_give(&profile);
}

static void look_at_idle(struct leak *leak) {
    if (!is_idle(leak)) return;
    if (!leak->baseline) {
        kzgops_memory_baseline(memory_tracker());
        mark_sites(leak);
        leak->baseline = true;
    }
    int64_t residual = read_residual(leak);
    set_residual(leak, residual);
    if (residual == leak->reported) return;
    leak->reported = residual;
    SERVICE_LOG(EVENT_MEMORY_RESIDUAL, KZGOPS_I64("residual_bytes", residual),
                KZGOPS_U64("request_bytes", pool_bytes_used(leak->service->pool)));
}

/* ---- Under load ---------------------------------------------------------------------------------------------- */

static void sample(struct leak *leak, const kzgops_machine_memory *machine) {
    kzgops_memory_snapshot snapshot;
    uint64_t live[LEAK_TAGS];
    kzgops_memory_report(memory_tracker(), &snapshot);
    for (size_t i = 0; i < MEMORY_TAGS; i++) live[i] = snapshot.tag[i].live_bytes;
    live[MEMORY_TAGS] =
        machine->jemalloc.available ? memory_outside(&snapshot, machine->jemalloc.allocated) : KZGOPS_GROWTH_UNKNOWN;
    kzgops_growth_sample(leak->growth, live, workers_operations(leak->service->workers));
}

static void log_suspect(const struct leak *leak, const kzgops_growth_finding *finding) {
    const struct leak_state *state = &leak->state;
    SERVICE_LOG(EVENT_MEMORY_LEAK_SUSPECTED, KZGOPS_STR("tag", finding->name),
                KZGOPS_U64("window_s", finding->window_s), KZGOPS_I64("growth_bytes", finding->growth_bytes),
                KZGOPS_F64("bytes_per_operation", finding->bytes_per_operation),
                KZGOPS_U64("live_bytes", finding->live_bytes), KZGOPS_F64("confidence", finding->confidence),
                KZGOPS_STR("site", state->site_count > 0 ? state->site[0].stack : ""),
                KZGOPS_I64("site_bytes", state->site_count > 0 ? state->site[0].bytes : 0));
}

/* The sites cost milliseconds: they are looked up when a suspicion is new. */
static void find_sites(struct leak *leak) {
    struct jemalloc_profile profile;
    kzgops_heap_site site[LEAK_SITES];
    size_t count = 0;
    const char *error;
    if (leak->sites == NULL || !jemalloc_profile_take(&profile, &error)) return;
    (void)kzgops_heap_sites_grown(leak->sites, profile.text, profile.length, site, LEAK_SITES, &count);
    jemalloc_profile_give(&profile);
    pthread_mutex_lock(&leak->lock);
    leak->state.site_count = count;
    memcpy(leak->state.site, site, count * sizeof site[0]);
    pthread_mutex_unlock(&leak->lock);
}

static void tell(struct leak *leak, const kzgops_growth_finding *found, size_t count) {
    bool now[LEAK_TAGS] = {false}, fresh = false;
    for (size_t i = 0; i < count; i++) {
        now[found[i].tag] = true;
        fresh = fresh || !leak->suspected[found[i].tag];
    }
    if (fresh) find_sites(leak);
    for (size_t i = 0; i < count; i++) {
        if (!leak->suspected[found[i].tag]) log_suspect(leak, &found[i]);
    }
    for (size_t i = 0; i < LEAK_TAGS; i++) {
        if (leak->suspected[i] && !now[i]) {
            SERVICE_LOG(EVENT_MEMORY_GROWTH_ENDED, KZGOPS_STR("tag", tag_names[i]));
        }
        leak->suspected[i] = now[i];
    }
}

/* The shortest window is covered first. */
static bool is_judged(struct leak *leak, size_t tag) {
    kzgops_growth_finding finding;
    kzgops_growth_judge(leak->growth, 0, tag, &finding);
    return finding.verdict != KZGOPS_GROWTH_TOO_EARLY;
}

static void judge(struct leak *leak) {
    kzgops_growth_finding found[LEAK_TAGS];
    size_t count = kzgops_growth_suspects(leak->growth, found, LEAK_TAGS);
    size_t kept = count < LEAK_SUSPECTS ? count : LEAK_SUSPECTS;
    bool judged[LEAK_TAGS];
    for (size_t i = 0; i < LEAK_TAGS; i++) judged[i] = is_judged(leak, i);
    tell(leak, found, count);
    pthread_mutex_lock(&leak->lock);
    memcpy(leak->state.judged, judged, sizeof judged);
    memcpy(leak->state.suspected, leak->suspected, sizeof leak->suspected);
    leak->state.suspect_count = count;
    memcpy(leak->state.suspect, found, kept * sizeof found[0]);
    if (count == 0) leak->state.site_count = 0;
    pthread_mutex_unlock(&leak->lock);
}

void leak_turn(struct leak *leak, const kzgops_machine_memory *machine) {
    look_at_idle(leak);
    if (service_phase(leak->service) == PHASE_STARTING || leak->turns++ % INTERVAL_S != 0) return;
    sample(leak, machine);
    judge(leak);
}

/* ---- Reading, life ------------------------------------------------------------------------------------------- */

void leak_read(struct leak *leak, struct leak_state *ret) {
    pthread_mutex_lock(&leak->lock);
    *ret = leak->state;
    pthread_mutex_unlock(&leak->lock);
}

kzgops_growth *leak_growth(struct leak *leak) {
    return leak->growth;
}

struct leak *leak_new(struct service *service) {
    const kzgops_growth_config config = {.tags = tag_names,
                                         .tag_count = LEAK_TAGS,
                                         .interval_s = INTERVAL_S,
                                         .windows_s = WINDOWS,
                                         .sources = &service->sources};
    const char *why = "there is no memory";
    struct leak *leak = memory_take(MEMORY_TAG_OTHER, sizeof *leak);
    if (leak == NULL) return NULL;
    pthread_mutex_init(&leak->lock, NULL);
    leak->service = service;
    leak->growth = kzgops_growth_new(&config, &why);
    if (leak->growth != NULL && service->config.heap_profile_on) {
        leak->sites = kzgops_heap_sites_new(&service->profiler_sources, wrappers);
    }
    if (leak->growth != NULL && (!service->config.heap_profile_on || leak->sites != NULL)) return leak;
    fprintf(stderr, "kzgd: memory growth cannot be watched: %s\n", why);
    return leak_free(leak);
}

struct leak *leak_free(struct leak *leak) {
    if (leak == NULL) return NULL;
    kzgops_growth_free(leak->growth);
    kzgops_heap_sites_free(leak->sites);
    pthread_mutex_destroy(&leak->lock);
    memory_give(leak);
    return NULL;
}
