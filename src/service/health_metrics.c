#include "service/health_metrics.h"

#include <string.h>

#include "service/health.h"
#include "service/integrity.h"
#include "service/service.h"
#include "service/verify_results.h"

static bool ends_in(const char *text, const char *end) {
    size_t length = strlen(text), end_length = strlen(end);
    return length > end_length && strcmp(text + length - end_length, end) == 0;
}

/* Checks that come in any number share a value. */
static uint32_t position_of(const char *check) {
    if (strncmp(check, "peer_", 5) == 0) return AT_CHECK_PEERS;
    if (ends_in(check, "_space") || ends_in(check, "_inodes")) return AT_CHECK_DISK;
    return metrics_check(check);
}

static void set_checks(struct service *service, const kzgops_health_snapshot *snapshot) {
    int worst[METRIC_CHECKS];
    for (size_t i = 0; i < METRIC_CHECKS; i++) worst[i] = -1;
    for (size_t i = 0; i < snapshot->count; i++) {
        uint32_t position = position_of(snapshot->check[i].name);
        int state = (int)snapshot->check[i].result.state;
        if (position < METRIC_CHECKS && state > worst[position]) worst[position] = state;
    }
    for (uint32_t i = 0; i < METRIC_CHECKS; i++) {
        if (worst[i] >= 0) service_metrics_set(service, METRIC_HEALTH_CHECK_STATE, KZGOPS_AT(i), worst[i]);
    }
}

static void set_verdicts(struct service *service, const kzgops_health_snapshot *snapshot) {
    const kzgops_health_view readiness = {.classes = KZGOPS_HEALTH_READINESS};
    kzgops_health_verdict all, ready;
    kzgops_health_judge(snapshot, NULL, &all);
    kzgops_health_judge(snapshot, &readiness, &ready);
    service_metrics_set(service, METRIC_HEALTH_STATE, KZGOPS_ALONE, all.state);
    service_metrics_set(service, METRIC_READY, KZGOPS_ALONE, ready.state != KZGOPS_HEALTH_FAILED);
}

static void set_backend(struct service *service, const char *backend, bool quarantined) {
    uint32_t position = backend == NULL ? METRIC_BACKENDS : metrics_backend(backend);
    if (position == METRIC_BACKENDS) return;
    service_metrics_set(service, METRIC_QUARANTINED, KZGOPS_AT(position), quarantined);
}

static void set_integrity(struct service *service) {
    struct integrity_view view;
    integrity_read(service->integrity, &view);
    set_backend(service, view.backend, view.state == INTEGRITY_NO_ARITHMETIC);
    set_backend(service, view.quarantined, true);
    if (service->config.parsed_verify_results == VERIFY_OFF) return;
    service_metrics_set(service, METRIC_RESULTS_VERIFIED, KZGOPS_AT(AT_RESULT_PASSED),
                        (double)verify_results_passed(service->verify));
    uint64_t failed = verify_results_failed(service->verify);
    if (failed == 0) return; /* the first one makes the series */
    service_metrics_set(service, METRIC_RESULTS_VERIFIED, KZGOPS_AT(AT_RESULT_FAILED), (double)failed);
}

void health_metrics(struct service *service) {
    kzgops_health_snapshot snapshot;
    health_report(service->health, &snapshot);
    set_checks(service, &snapshot);
    set_verdicts(service, &snapshot);
    set_integrity(service);
}
