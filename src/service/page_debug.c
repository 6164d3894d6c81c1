/* Pages that show what the monitor and the recording of operations have gathered. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "service/monitor.h"
#include "service/objective.h"
#include "service/page.h"
#include "service/slow.h"

#define CORES_MAX    256
#define THREADS_MAX  512
#define ERRORS_SHOWN 256

/* ---- CPU ------------------------------------------------------------------------------------------------------- */

static size_t cpu_text(const void *report, char *out, size_t size) {
    return kzgops_cpu_report_text(report, out, size);
}

static size_t cpu_json(const void *report, char *out, size_t size) {
    return kzgops_cpu_report_json(report, out, size);
}

/* Static: only the administration's thread is here, and the arrays are too long for its stack. */
enum MHD_Result page_cpu(struct page *page) {
    static kzgops_cpu_core cores[CORES_MAX];
    static kzgops_cpu_thread threads[THREADS_MAX];
    kzgops_cpu_report_data report;
    kzgops_cpu_report(monitor_cpu(page->service->monitor), cores, CORES_MAX, threads, THREADS_MAX, &report);
    return page_report(page, cpu_text, cpu_json, &report);
}

/* ---- Operation profile -------------------------------------------------------------------------------------------
 */

#define P99 3

struct profile_page {
    const struct service *service;
    kzgops_profile_snapshot snapshot;
    bool objectives; /* they are known */
};

/* The whole of the i-th entry's operation; NULL when it is a phase. */
static const kzgops_profile_entry *whole(const struct profile_page *page, size_t i) {
    const kzgops_profile_entry *entry = &page->snapshot.entries[i];
    return entry->phase == KZGOPS_PROFILE_WHOLE ? entry : NULL;
}

static double objective_seconds(const struct profile_page *page, const kzgops_profile_entry *entry) {
    return (double)objective_ns(page->service, (wire_operation_id)entry->operation) / 1e9;
}

static size_t profile_text(const void *what, char *out, size_t size) {
    const struct profile_page *page = what;
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    text.used = kzgops_profile_report_text(&page->snapshot, out, size);
    if (!page->objectives || page->snapshot.entry_count == 0) return text.used;
    kzgops__text_add(&text, "\n%-48s %12s %12s\n", "p99 against its objective (--objective)", "p99 ms",
                     "objective ms");
    for (size_t i = 0; i < page->snapshot.entry_count; i++) {
        const kzgops_profile_entry *entry = whole(page, i);
        if (entry == NULL) continue;
        double p99_ms = (double)entry->quantile_ns[P99] / 1e6, objective_ms = 1000 * objective_seconds(page, entry);
        kzgops__text_add(&text, "%-48s %12.3f %12.3f%s\n", entry->operation_name, p99_ms, objective_ms,
                         p99_ms > objective_ms ? "  OVER" : "");
    }
    return text.used;
}

/* The report's object, with a member more before its last brace. */
static size_t profile_json(const void *what, char *out, size_t size) {
    const struct profile_page *page = what;
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    text.used = kzgops_profile_report_json(&page->snapshot, out, size);
    if (!page->objectives) return text.used;
    text.used--;
    text.comma = true;
    kzgops__json_key(&text, "objective_seconds");
    kzgops__json_open(&text, "{");
    for (size_t i = 0; i < page->snapshot.entry_count; i++) {
        const kzgops_profile_entry *entry = whole(page, i);
        if (entry != NULL) kzgops__json_double(&text, entry->operation_name, objective_seconds(page, entry));
    }
    kzgops__json_close(&text, "}");
    kzgops__json_close(&text, "}");
    return text.used;
}

static bool read_window(const char *text, kzgops_profile_window *ret) {
    *ret = KZGOPS_PROFILE_TEN_MINUTES;
    if (text == NULL) return true;
    for (int i = 0; i < KZGOPS_PROFILE_WINDOWS; i++) {
        *ret = (kzgops_profile_window)i;
        if (strcmp(text, kzgops_profile_window_name(*ret)) == 0) return true;
    }
    return false;
}

enum MHD_Result page_profile(struct page *page) {
    static kzgops_profile_entry entries[WIRE_OPERATIONS * (SPANS + 1)];
    enum service_phase phase = service_phase(page->service);
    struct profile_page shown = {.service = page->service,
                                 .objectives = phase == PHASE_READY || phase == PHASE_DRAINING};
    kzgops_profile_window window;
    if (!read_window(page_query(page, "window"), &window)) {
        return page_problem(page, ST_QUERY_INVALID, "window is 1m, 10m or all");
    }
    kzgops_profile_report(page->service->profile, window, entries, sizeof entries / sizeof entries[0],
                          &shown.snapshot);
    return page_report(page, profile_text, profile_json, &shown);
}

enum MHD_Result page_profile_reset(struct page *page) {
    kzgops_profile_reset(page->service->profile);
    return page_send(page, 200, PAGE_TEXT, "the operation profile begins anew\n", 34);
}

/* ---- Errors ------------------------------------------------------------------------------------------------------
 */

static size_t errors_text(const void *snapshot, char *out, size_t size) {
    return kzgops_errors_report_text(snapshot, out, size);
}

static size_t errors_json(const void *snapshot, char *out, size_t size) {
    return kzgops_errors_report_json(snapshot, out, size);
}

enum MHD_Result page_errors(struct page *page) {
    static kzgops_errors_group groups[ERRORS_SHOWN];
    kzgops_errors_snapshot snapshot;
    kzgops_errors_report(page->service->errors, groups, ERRORS_SHOWN, &snapshot);
    return page_report(page, errors_text, errors_json, &snapshot);
}

/* ---- Slow requests, configuration --------------------------------------------------------------------------------
 */

static size_t slow_as_text(const void *view, char *out, size_t size) {
    return slow_text(view, out, size);
}

static size_t slow_as_json(const void *view, char *out, size_t size) {
    return slow_json(view, out, size);
}

enum MHD_Result page_slow(struct page *page) {
    static struct slow_view view;
    slow_read(page->service->slow, &view);
    return page_report(page, slow_as_text, slow_as_json, &view);
}

static size_t config_as_text(const void *config, char *out, size_t size) {
    return config_text(config, out, size);
}

static size_t config_as_json(const void *config, char *out, size_t size) {
    return config_json(config, out, size);
}

enum MHD_Result page_config(struct page *page) {
    return page_report(page, config_as_text, config_as_json, &page->service->config);
}
