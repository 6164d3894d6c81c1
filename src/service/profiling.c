#include "service/profiling.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kzgops/flame.h"
#include "service/jemalloc.h"
#include "service/service.h"

#define STEP_NS   50000000
#define SECOND_NS ((int64_t)1000000000)
#define NOTE_MAX  256

static const char own[] = "a CPU profile that kzgd keeps by itself";

static const char *_Atomic holder;
static atomic_bool asked;

bool profiling_claim(const char *what, const char **ret_holder) {
    const char *found = NULL;
    if (atomic_compare_exchange_strong(&holder, &found, what)) return true;
    if (found == own) atomic_store(&asked, true);
    if (ret_holder != NULL) *ret_holder = found;
    return false;
}

bool profiling_claim_own(void) {
    const char *nobody = NULL;
    if (!atomic_compare_exchange_strong(&holder, &nobody, own)) return false;
    atomic_store(&asked, false);
    return true;
}

bool profiling_asked(void) {
    return atomic_load(&asked);
}

bool profiling_is_own(void) {
    return atomic_load(&holder) == own;
}

bool profiling_claim_after_own(const char *what, const char **ret_holder) {
    int64_t until_ns = service_now_ns() + 2 * SECOND_NS;
    const struct timespec step = {.tv_nsec = STEP_NS / 5};
    while (!profiling_claim(what, ret_holder)) {
        if (!profiling_is_own() || service_now_ns() > until_ns) return false;
        (void)nanosleep(&step, NULL);
    }
    return true;
}

void profiling_release(void) {
    atomic_store(&holder, (const char *)NULL);
}

/* ---- CPU ------------------------------------------------------------------------------------------------------- */

static void wait_end(const struct profiling_wanted *wanted, bool *ret_shortened) {
    int64_t until_ns = service_now_ns() + wanted->seconds * SECOND_NS, left_ns;
    *ret_shortened = false;
    while (!*ret_shortened && (left_ns = until_ns - service_now_ns()) > 0) {
        const struct timespec step = {.tv_nsec = left_ns < STEP_NS ? (long)left_ns : STEP_NS};
        (void)nanosleep(&step, NULL);
        *ret_shortened = wanted->cancelled(wanted->user);
    }
}

/* What was made with the service's allocator becomes a block for free(). */
static void hand_over(struct profiling_result *ret, const void *data, size_t size) {
    ret->data = malloc(size + 1);
    ret->size = size;
    if (ret->data == NULL) {
        ret->error = "there is no memory for the profile";
        return;
    }
    if (size > 0) memcpy(ret->data, data, size);
}

static const char *draw(const struct service *service, const struct profiling_wanted *wanted,
                        const kzgops_sampler_bytes *folded, struct profiling_result *ret) {
    char note[NOTE_MAX], when[32];
    time_t now = time(NULL);
    struct tm utc;
    kzgops_flame flame = {0};
    gmtime_r(&now, &utc);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    snprintf(note, sizeof note, "version %s, %s, %zu workers; %s, %.1f s, %u samples a second of CPU time",
             service_version(), kzg_backend_name(), service->worker_count, when, (double)ret->stats.duration_ns / 1e9,
             wanted->hertz);
    const kzgops_flame_config config = {
        .title = "kzgd, CPU profile", .note = note, .sources = &service->profiler_sources};
    const char *error = kzgops_flame_svg(&config, folded->data, folded->size, &flame);
    if (error == NULL) hand_over(ret, flame.data, flame.size);
    kzgops_flame_release(&flame);
    return error;
}

static const char *encode(const struct service *service, kzgops_sampler *sampler,
                          const struct profiling_wanted *wanted, struct profiling_result *ret) {
    kzgops_sampler_bytes bytes = {0};
    kzgops_sampler_format format = wanted->form == PROFILING_PPROF ? KZGOPS_SAMPLER_PPROF : KZGOPS_SAMPLER_FOLDED;
    const char *error = kzgops_sampler_encode(sampler, format, &bytes);
    if (error != NULL) return error;
    if (wanted->form == PROFILING_SVG) {
        error = draw(service, wanted, &bytes, ret);
    } else {
        hand_over(ret, bytes.data, bytes.size);
    }
    kzgops_sampler_release(&bytes);
    return error == NULL ? ret->error : error;
}

void profiling_cpu(const struct service *service, const struct profiling_wanted *wanted,
                   struct profiling_result *ret) {
    *ret = (struct profiling_result){0};
    const kzgops_sampler_config config = {
        .hertz = wanted->hertz, .limit_ns = (wanted->seconds + 1) * SECOND_NS, .sources = &service->profiler_sources};
    kzgops_sampler *sampler = kzgops_sampler_start(&config, &ret->error);
    if (sampler == NULL) return;
    wait_end(wanted, &ret->shortened);
    kzgops_sampler_stop(sampler);
    kzgops_sampler_read(sampler, &ret->stats);
    ret->error = encode(service, sampler, wanted, ret);
    (void)kzgops_sampler_free(sampler);
}

/* ---- Heap ------------------------------------------------------------------------------------------------------ */

void profiling_heap_convert(const struct service *service, const char *text, size_t length,
                            struct profiling_result *ret) {
    kzgops_sampler_bytes bytes = {0};
    *ret = (struct profiling_result){0};
    ret->error = kzgops_sampler_heap(&service->profiler_sources, text, length, &bytes, NULL);
    if (ret->error != NULL) return;
    hand_over(ret, bytes.data, bytes.size);
    kzgops_sampler_release(&bytes);
}

void profiling_heap(const struct service *service, struct profiling_result *ret) {
    struct jemalloc_profile profile;
    *ret = (struct profiling_result){0};
    if (!jemalloc_profile_take(&profile, &ret->error)) return;
    profiling_heap_convert(service, profile.text, profile.length, ret);
    jemalloc_profile_give(&profile);
}
