/* Pages that show what the monitor and the recording of operations have gathered. */
#include <stdlib.h>
#include <string.h>

#include "service/monitor.h"
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

static size_t profile_text(const void *snapshot, char *out, size_t size) {
    return kzgops_profile_report_text(snapshot, out, size);
}

static size_t profile_json(const void *snapshot, char *out, size_t size) {
    return kzgops_profile_report_json(snapshot, out, size);
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
    kzgops_profile_snapshot snapshot;
    kzgops_profile_window window;
    if (!read_window(page_query(page, "window"), &window)) {
        return page_problem(page, ST_QUERY_INVALID, "window is 1m, 10m or all");
    }
    kzgops_profile_report(page->service->profile, window, entries, sizeof entries / sizeof entries[0], &snapshot);
    return page_report(page, profile_text, profile_json, &snapshot);
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
