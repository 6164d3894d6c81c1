#include "service/service.h"

#include <stdio.h>
#include <time.h>

#include "base/assert.h"
#include "kzgops/log.h"
#include "service/spans.h"
#include "service/workers.h"

#ifndef KZGD_COMMIT
#define KZGD_COMMIT "unknown"
#endif

static const char *const operation_names[] = {
#define X(NAME, name, ...) #name,
    OPERATIONS_LIST(X)
#undef X
};

static const char *const status_names[] = {
#define X(name, value, code, http, retryable, text) code,
    STATUS_LIST(X)
#undef X
};

enum status_position {
#define X(name, value, code, http, retryable, text) POSITION_##name,
    STATUS_LIST(X)
#undef X
};

static const int http_codes[] = {200, 400, 404, 405, 408, 409, 411, 413, 415, 429, 500, 501, 503};
static const char *const http_names[] = {"200", "400", "404", "405", "408", "409", "411",
                                         "413", "415", "429", "500", "501", "503"};
static const char *const memory_names[] = {"setup", "tables", "scratch", "requests"};
static const char *const listener_names[] = {"api", "admin"};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

size_t service_status_position(status_code code) {
    switch (code) {
#define X(name, value, text_code, http, retryable, text) \
    case ST_##name: return POSITION_##name;
        STATUS_LIST(X)
#undef X
    }
    return POSITION_INTERNAL;
}

size_t service_http_position(int http_status) {
    for (size_t i = 0; i < LENGTH(http_codes); i++) {
        if (http_codes[i] == http_status) return i;
    }
    KZG_ASSERT(!"an HTTP status that the list above lacks");
    return 0;
}

const char *service_commit(void) {
    return KZGD_COMMIT;
}

const char *service_version_line(void) {
    static char line[160];
    snprintf(line, sizeof line, "kzgd %s (commit %s, arithmetic %s)", KZG_VERSION_STRING, KZGD_COMMIT,
             kzg_backend_name());
    return line;
}

int64_t service_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t service_thread_cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The build's label values are read when the registry is rendered, so they are pointers into service that are filled
 * in when the context is there. */
kzgops_metrics *service_metrics_new(struct service *service) {
    static const char *version[] = {KZG_VERSION_STRING}, *commit[] = {KZGD_COMMIT};
    static const char *backend[1], *setup[1], *sha256[1], *precompute[1];
    backend[0] = kzg_backend_name();
    setup[0] = service->config.trusted_setup[0] == '\0' ? "mainnet" : "custom";
    sha256[0] = service->setup_sha256;
    precompute[0] = service->precompute;
    const kzgops_label labels[] = {
        {"operation", operation_names, LENGTH(operation_names)},
        {"status", status_names, LENGTH(status_names)},
        {"reason", status_names, LENGTH(status_names)},
        {"code", http_names, LENGTH(http_names)},
        {"tag", memory_names, LENGTH(memory_names)},
        {"listener", listener_names, LENGTH(listener_names)},
        {"version", version, 1},
        {"commit", commit, 1},
        {"backend", backend, 1},
        {"setup", setup, 1},
        {"setup_sha256", sha256, 1},
        {"precompute", precompute, 1},
    };
    kzgops_metrics *metrics = kzgops_metrics_new(labels, LENGTH(labels));
    if (metrics == NULL) return NULL;
    for (size_t i = 0; i < WIRE_OPERATIONS; i++) {
        kzgops_metrics_show(metrics, KZGOPS_METRIC_OPERATIONS, i, POSITION_OK);
        kzgops_metrics_show(metrics, KZGOPS_METRIC_OPERATION_DURATION, i, POSITION_OK);
    }
    kzgops_metrics_show(metrics, KZGOPS_METRIC_HTTP_RESPONSES, service_http_position(200), 0);
    kzgops_metrics_show(metrics, KZGOPS_METRIC_REJECTED, POSITION_QUEUE_FULL, 0);
    for (size_t i = 0; i < LISTENERS; i++) {
        kzgops_metrics_show(metrics, KZGOPS_METRIC_REFUSED, i, 0);
        kzgops_metrics_show(metrics, KZGOPS_METRIC_TIMED_OUT, i, 0);
        kzgops_metrics_show(metrics, KZGOPS_METRIC_ACCEPTED, i, 0);
    }
    return metrics;
}

kzgops_profile *service_profile_new(struct service *service) {
    const kzgops_profile_config config = {.operations = operation_names,
                                          .operation_count = WIRE_OPERATIONS,
                                          .phases = span_names,
                                          .phase_count = SPANS,
                                          .threads = service->worker_count,
                                          .sources = &service->sources};
    return kzgops_profile_new(&config, NULL);
}

static void on_spike(void *user, const kzgops_errors_spike *spike) {
    (void)user;
    KZGOPS_LOG(KZGOPS_LOG_WARN, "error_spike", KZGOPS_STR("error", spike->code), KZGOPS_STR("place", spike->place),
               KZGOPS_U64("last_minute", spike->last_minute), KZGOPS_F64("usual_a_minute", spike->usual),
               KZGOPS_STR("request_id", spike->request_id), KZGOPS_STR("detail", spike->message));
}

kzgops_errors *service_errors_new(struct service *service) {
    const kzgops_errors_config config = {.spiked = on_spike, .user = service, .sources = &service->sources};
    return kzgops_errors_new(&config, NULL);
}

static void set(struct service *service, kzgops_metric metric, size_t position, double value) {
    kzgops_gauge_set(service->metrics, metric, position, 0, value);
}

static void read_memory(struct service *service) {
    set(service, KZGOPS_METRIC_MEMORY_USAGE, MEMORY_SETUP, (double)memory_kzg_bytes(KZG_MEMORY_SETUP));
    set(service, KZGOPS_METRIC_MEMORY_USAGE, MEMORY_TABLES, (double)memory_kzg_bytes(KZG_MEMORY_TABLES));
    set(service, KZGOPS_METRIC_MEMORY_USAGE, MEMORY_REQUESTS, (double)pool_bytes_used(service->pool));
    set(service, KZGOPS_METRIC_MEMORY_LIMIT, MEMORY_REQUESTS, (double)pool_bytes(service->pool));
}

void service_metrics_read(struct service *service) {
    enum service_phase phase = service_phase(service);
    read_memory(service);
    set(service, KZGOPS_METRIC_READY, 0, phase == PHASE_READY);
    set(service, KZGOPS_METRIC_WORKERS, 0, (double)service->worker_count);
    set(service, KZGOPS_METRIC_QUEUE_CAPACITY, 0, (double)service->config.queue_length);
    set(service, KZGOPS_METRIC_QUEUE_DEPTH, 0, (double)queue_depth(service->queue));
    set(service, KZGOPS_METRIC_CONNECTIONS, LISTENER_API, (double)server_connections(service->api));
    set(service, KZGOPS_METRIC_CONNECTIONS_LIMIT, LISTENER_API, (double)service->config.max_connections);
    set(service, KZGOPS_METRIC_CONNECTIONS, LISTENER_ADMIN, (double)server_connections(service->admin));
    set(service, KZGOPS_METRIC_LOG_DROPPED, 0, (double)kzgops_log_dropped());
    if (phase != PHASE_STARTING) {
        set(service, KZGOPS_METRIC_BUILD_INFO, 0, 1);
        set(service, KZGOPS_METRIC_MEMORY_USAGE, MEMORY_SCRATCH,
            (double)(service->scratch_bytes + memory_kzg_bytes(KZG_MEMORY_SCRATCH)));
        set(service, KZGOPS_METRIC_IN_FLIGHT, 0, (double)workers_busy(service->workers));
    }
    kzgops_metrics_read_process(service->metrics);
}
