/* The page about the workers: how busy each is, what it is at, and what operations cost here. */
#include <math.h>

#include "base/text.h"
#include "service/cost.h"
#include "service/monitor.h"
#include "service/page.h"
#include "service/watchdog.h"

static const struct service *service_of(const void *what) {
    return what;
}

static double ms(int64_t ns) {
    return (double)ns / 1e6;
}

static void worker_text(struct kzgops__text *text, const struct service *service, size_t i) {
    struct watchdog_state state;
    watchdog_read(service->watchdog, i, &state);
    kzgops__text_add(text, "%6zu %9.1f %12.1f  ", i, 100 * monitor_busy_share(service->monitor, i),
                     (double)state.busy_ns / 1e9);
    if (state.operation == NULL) {
        kzgops__text_add(text, "idle\n");
    } else {
        kzgops__text_add(text, "%s for %.1f ms%s, request_id %s\n", state.operation, ms(state.spent_ns),
                         state.stuck ? " STUCK" : "", state.request_id);
    }
}

static size_t write_text(const void *what, char *out, size_t size) {
    const struct service *service = service_of(what);
    struct kzgops__text text;
    double drift = cost_drift(service->cost);
    kzgops__text_begin(&text, out, size);
    kzgops__text_add(&text, "worker  busy %%    busy s in all  at\n");
    for (size_t i = 0; i < service->worker_count; i++) worker_text(&text, service, i);
    kzgops__text_add(&text, "\nCPU time of an operation, %s\n%-48s %10s %10s\n",
                     cost_calibrated(service->cost) ? "measured at start" : "not measured yet: the built-in model",
                     "operation", "base ms", "item ms");
    for (size_t i = 0; i < WIRE_OPERATIONS; i++) {
        int64_t base_ns = cost_ns(service->cost, (wire_operation_id)i, 0);
        kzgops__text_add(&text, "%-48s %10.3f %10.3f\n", wire_operation((wire_operation_id)i)->name, ms(base_ns),
                         ms(cost_ns(service->cost, (wire_operation_id)i, 1) - base_ns));
    }
    if (isnan(drift)) {
        kzgops__text_add(&text, "\ndrift: unknown, too little work in the last minute\n");
    } else {
        kzgops__text_add(&text, "\ndrift: %.2f times the measured CPU time (high from %.1f)\n", drift,
                         COST_DRIFT_HIGH);
    }
    return text.used;
}

static void worker_json(struct kzgops__text *text, const struct service *service, size_t i) {
    struct watchdog_state state;
    watchdog_read(service->watchdog, i, &state);
    kzgops__json_open(text, "{");
    kzgops__json_bytes(text, "worker", i);
    kzgops__json_double(text, "busy_share", monitor_busy_share(service->monitor, i));
    kzgops__json_double(text, "busy_seconds", (double)state.busy_ns / 1e9);
    if (state.operation != NULL) {
        kzgops__json_text(text, "operation", state.operation);
        kzgops__json_text(text, "request_id", state.request_id);
        kzgops__json_double(text, "spent_ms", ms(state.spent_ns));
        kzgops__json_bool(text, "stuck", state.stuck);
    }
    kzgops__json_close(text, "}");
}

static void cost_json(struct kzgops__text *text, const struct service *service) {
    kzgops__json_key(text, "operations");
    kzgops__json_open(text, "[");
    for (size_t i = 0; i < WIRE_OPERATIONS; i++) {
        int64_t base_ns = cost_ns(service->cost, (wire_operation_id)i, 0);
        kzgops__json_open(text, "{");
        kzgops__json_text(text, "operation", wire_operation((wire_operation_id)i)->name);
        kzgops__json_double(text, "base_ms", ms(base_ns));
        kzgops__json_double(text, "item_ms", ms(cost_ns(service->cost, (wire_operation_id)i, 1) - base_ns));
        kzgops__json_close(text, "}");
    }
    kzgops__json_close(text, "]");
}

static size_t write_json(const void *what, char *out, size_t size) {
    const struct service *service = service_of(what);
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__json_open(&text, "{");
    kzgops__json_key(&text, "workers");
    kzgops__json_open(&text, "[");
    for (size_t i = 0; i < service->worker_count; i++) worker_json(&text, service, i);
    kzgops__json_close(&text, "]");
    kzgops__json_bool(&text, "calibrated", cost_calibrated(service->cost));
    cost_json(&text, service);
    kzgops__json_double(&text, "drift", cost_drift(service->cost));
    kzgops__json_double(&text, "drift_threshold", COST_DRIFT_HIGH);
    kzgops__json_close(&text, "}");
    return text.used;
}

enum MHD_Result page_workers(struct page *page) {
    return page_report(page, write_text, write_json, page->service);
}
