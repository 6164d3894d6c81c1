#include "service/service.h"

#include <stdio.h>
#include <time.h>

#include "base/cpu.h"
#include "service/events.h"
#include "service/spans.h"

#ifndef KZGD_COMMIT
#define KZGD_COMMIT "unknown"
#endif

#ifndef KZGD_VERSION
#define KZGD_VERSION KZG_VERSION_STRING
#endif

static const char *const operation_names[] = {
#define X(NAME, name, ...) #name,
    OPERATIONS_LIST(X)
#undef X
};

const char *service_commit(void) {
    return KZGD_COMMIT;
}

const char *service_version(void) {
    return KZGD_VERSION;
}

const char *service_isa(void) {
    struct cpu_features cpu = cpu_detect();
#if defined(__x86_64__)
    return cpu.adx && cpu.ifma ? "x86-64+adx+ifma" : cpu.adx ? "x86-64+adx" : cpu.ifma ? "x86-64+ifma" : "x86-64";
#elif defined(__aarch64__)
    (void)cpu;
    return "aarch64";
#else
    (void)cpu;
    return "other";
#endif
}

const char *service_version_line(void) {
    static char line[160];
    snprintf(line, sizeof line, "kzgd %s (commit %s, arithmetic %s%s)", KZGD_VERSION, KZGD_COMMIT, kzg_backend_name(),
             OBSERVED ? "" : ", does not watch itself");
    return line;
}

bool service_join(struct service *service) {
    struct listener shared;
    if (service->config.shared_listen[0] == '\0') return true;
    if (!listen_open_shared(&shared, "--shared-listen", service->config.shared_listen)) return false;
    server_share(service->api, &shared);
    return true;
}

static int64_t read_clock(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t service_now_ns(void) {
    return read_clock(CLOCK_MONOTONIC);
}

int64_t service_realtime_ns(void) {
    return read_clock(CLOCK_REALTIME);
}

int64_t service_thread_cpu_ns(void) {
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

kzgops_profile *service_profile_new(struct service *service) {
    const kzgops_profile_config config = {.operations = operation_names,
                                          .operation_count = WIRE_OPERATIONS,
                                          .phases = span_names,
                                          .phase_count = SPANS,
                                          .threads = service->worker_count,
                                          .sources = &service->profiler_sources};
    return kzgops_profile_new(&config, NULL);
}

static void on_spike(void *user, const kzgops_errors_spike *spike) {
    service_metrics_add(user, METRIC_ERROR_SPIKES, KZGOPS_ALONE, 1);
    SERVICE_LOG(EVENT_ERROR_SPIKE, KZGOPS_STR("status", spike->code), KZGOPS_STR("error", spike->message),
                KZGOPS_STR("request_id", spike->request_id), KZGOPS_STR("place", spike->place),
                KZGOPS_U64("last_minute", spike->last_minute), KZGOPS_F64("usual_a_minute", spike->usual));
}

kzgops_errors *service_errors_new(struct service *service) {
    const kzgops_errors_config config = {.spiked = on_spike, .user = service, .sources = &service->sources};
    return kzgops_errors_new(&config, NULL);
}
