/* Profiles of the running process: CPU and heap as they are asked for, and those that were kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "service/captures_list.h"
#include "service/events.h"
#include "service/page.h"

static const struct {
    const char *name, *ending, *type;
} forms[] = {[PROFILING_PPROF] = {"pprof", "pb.gz", PAGE_BINARY},
             [PROFILING_FOLDED] = {"folded", "folded.txt", PAGE_TEXT},
             [PROFILING_SVG] = {"svg", "svg", PAGE_SVG}};
#define FORMS (sizeof forms / sizeof forms[0])

static void name_file(struct page *page, const char *what, const char *ending) {
    char when[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", &utc);
    snprintf(page->result.file_name, sizeof page->result.file_name, "kzgd-%s-%s.%s", what, when, ending);
}

static enum MHD_Result refuse(struct page *page, const char *holder) {
    char detail[160];
    snprintf(detail, sizeof detail, "one profile is taken at a time, and %s is being taken", holder);
    return page_problem(page, ST_PROFILE_RUNNING, detail);
}

/* Before the page's thread is made; work begins with has_claim and gives the claim back. */
static bool claim(struct page *page, const char *what, enum MHD_Result *ret_answer) {
    const char *holder;
    page->profile_for = NULL;
    if (service_phase(page->service) == PHASE_DRAINING) {
        *ret_answer = page_problem(page, ST_DRAINING, "this instance is shutting down");
        return false;
    }
    if (profiling_claim(what, &holder)) return true;
    if (profiling_is_own()) {
        page->profile_for = what;
        return true;
    }
    *ret_answer = refuse(page, holder);
    return false;
}

/* The daemon's own profile makes way; not for a thread that serves. */
static bool has_claim(struct page *page) {
    const char *holder;
    if (page->profile_for == NULL || profiling_claim_after_own(page->profile_for, &holder)) return true;
    page_leave_fault(page, ST_PROFILE_RUNNING, "one profile is taken at a time, and %s is being taken", holder);
    return false;
}

static void log_taken(const struct page *page, const char *kind, const struct profiling_result *result,
                      int64_t from_ns) {
    char client[PAGE_CLIENT_MAX];
    int64_t spent_ns = service_now_ns() - from_ns;
    const char *ended = conn_peer_gone(page->conn) ? "the client left" : result->shortened ? "draining" : "complete";
    page_client(page, client);
    if (result->error == NULL) {
        SERVICE_LOG(EVENT_PROFILE_TAKEN, KZGOPS_MS("duration_ms", spent_ns), KZGOPS_STR("kind", kind),
                    KZGOPS_STR("client", client), KZGOPS_U64("samples", result->stats.samples),
                    KZGOPS_U64("signals", result->stats.signals), KZGOPS_U64("dropped", result->stats.dropped),
                    KZGOPS_U64("bytes", result->size), KZGOPS_STR("ended", ended));
    } else {
        SERVICE_LOG(EVENT_PROFILE_FAILED, KZGOPS_MS("duration_ms", spent_ns), KZGOPS_STR("error", result->error),
                    KZGOPS_STR("kind", kind), KZGOPS_STR("client", client));
    }
}

static void leave(struct page *page, const char *type, const struct profiling_result *result) {
    if (result->error == NULL) {
        service_metrics_add(page->service, METRIC_PROFILES, KZGOPS_AT(AT_TRIGGER_REQUEST), 1);
        page_leave(page, type, result->data, result->size);
    } else {
        free(result->data);
        page_leave_fault(page, ST_INTERNAL, "%s", result->error);
    }
}

/* ---- CPU ------------------------------------------------------------------------------------------------------- */

static bool left_or_draining(void *user) {
    return page_cancelled(user);
}

static void take_cpu(struct page *page) {
    struct profiling_result result;
    char client[PAGE_CLIENT_MAX];
    if (!has_claim(page)) return;
    int64_t from_ns = service_now_ns();
    page_client(page, client);
    SERVICE_LOG(EVENT_PROFILE_STARTED, KZGOPS_STR("client", client), KZGOPS_U64("seconds", page->profile.seconds),
                KZGOPS_U64("hz", page->profile.hertz), KZGOPS_STR("format", forms[page->profile.form].name));
    profiling_cpu(page->service, &page->profile, &result);
    profiling_release();
    log_taken(page, "cpu", &result, from_ns);
    name_file(page, "cpu", forms[page->profile.form].ending);
    leave(page, forms[page->profile.form].type, &result);
}

static bool read_form(const char *text, enum profiling_form *ret) {
    *ret = PROFILING_PPROF;
    if (text == NULL) return true;
    for (size_t i = 0; i < FORMS; i++) {
        *ret = (enum profiling_form)i;
        if (strcmp(text, forms[i].name) == 0) return true;
    }
    return false;
}

enum MHD_Result page_pprof_profile(struct page *page) {
    long seconds, hertz;
    enum profiling_form form;
    enum MHD_Result answer;
    if (!page_query_number(page, "seconds", PROFILING_SECONDS, 1, PROFILING_SECONDS_MAX, &seconds)) {
        return page_problem(page, ST_QUERY_INVALID, "seconds is a whole number from 1 to 60");
    }
    if (!page_query_number(page, "hz", PROFILING_HERTZ, 1, PROFILING_HERTZ_MAX, &hertz)) {
        return page_problem(page, ST_QUERY_INVALID, "hz is a whole number from 1 to 1000");
    }
    if (!read_form(page_query(page, "format"), &form)) {
        return page_problem(page, ST_QUERY_INVALID, "format is pprof, folded or svg");
    }
    if (!claim(page, "a CPU profile that was asked for", &answer)) return answer;
    page->profile = (struct profiling_wanted){.seconds = (unsigned)seconds,
                                              .hertz = (unsigned)hertz,
                                              .form = form,
                                              .cancelled = left_or_draining,
                                              .user = page};
    return page_later(page, take_cpu);
}

/* `go tool pprof` asks the address that it had a profile from for the names that the profile lacks, and fails when
 * nothing answers. A profile has all names that there are. */
enum MHD_Result page_pprof_symbol(struct page *page) {
    static const char none[] = "num_symbols: 0\n";
    return page_send(page, 200, PAGE_TEXT, none, sizeof none - 1);
}

/* ---- Heap ------------------------------------------------------------------------------------------------------ */

static void take_heap(struct page *page) {
    struct profiling_result result;
    if (!has_claim(page)) return;
    int64_t from_ns = service_now_ns();
    profiling_heap(page->service, &result);
    profiling_release();
    log_taken(page, "heap", &result, from_ns);
    name_file(page, "heap", "pb.gz");
    leave(page, PAGE_BINARY, &result);
}

enum MHD_Result page_pprof_heap(struct page *page) {
    enum MHD_Result answer;
    if (!page->service->config.heap_profile_on) {
        return page_problem(page, ST_NOT_AVAILABLE,
                            "heap profiling is off: start kzgd with --heap-profile on (or KZGD_HEAP_PROFILE=on)");
    }
    return claim(page, "a heap profile", &answer) ? page_later(page, take_heap) : answer;
}

/* ---- Captures -------------------------------------------------------------------------------------------------- */

static size_t view_text(const void *view, char *out, size_t size) {
    return captures_view_text(view, out, size);
}

static size_t view_json(const void *view, char *out, size_t size) {
    return captures_view_json(view, out, size);
}

/* jemalloc's text is of no use without the program's symbols, so it goes out as a profile that has them. */
static void leave_heap(struct page *page, void *text, size_t length) {
    struct profiling_result result;
    profiling_heap_convert(page->service, text, length, &result);
    free(text);
    size_t used = strlen(page->result.file_name);
    snprintf(page->result.file_name + used, sizeof page->result.file_name - used, ".pb.gz");
    if (result.error == NULL) {
        page_leave(page, PAGE_BINARY, result.data, result.size);
    } else {
        page_leave_fault(page, ST_INTERNAL, "%s", result.error);
    }
}

static void leave_capture(struct page *page, const struct captures_view *view) {
    const struct capture_entry *entry;
    void *data;
    size_t size;
    if (!captures_view_open(page->service->captures, view, page->rest, &entry, &data, &size)) {
        page_leave_fault(page, ST_NOT_FOUND, "there is no capture of that name; /debug/pprof/captures lists them");
        return;
    }
    snprintf(page->result.file_name, sizeof page->result.file_name, "%s", entry->name);
    if (entry->kind == CAPTURE_HEAP) {
        leave_heap(page, data, size);
    } else {
        page_leave(page, entry->kind == CAPTURE_REPORT ? PAGE_JSON : PAGE_BINARY, data, size);
    }
}

static void show_captures(struct page *page) {
    struct captures_view *view = malloc(sizeof *view);
    if (view == NULL) {
        page_leave_fault(page, ST_OUT_OF_MEMORY, "there is no memory for the list");
        return;
    }
    captures_view_read(page->service->captures, view);
    if (page->rest[0] == '\0') {
        page_leave_report(page, view_text, view_json, view);
    } else {
        leave_capture(page, view);
    }
    free(view);
}

enum MHD_Result page_pprof_captures(struct page *page) {
    if (page->service->captures == NULL) {
        return page_problem(page, ST_NOT_AVAILABLE,
                            "no profiles are kept: start kzgd with --state-dir FOLDER that it may write");
    }
    return page_later(page, show_captures);
}
