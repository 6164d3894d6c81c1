/* Probes: what the checks say, in the grammar of the Kubernetes API server or as JSON; and rotation by hand. */
#include <string.h>

#include "service/health.h"
#include "service/page.h"

#define EXCLUDES_MAX 32

struct probe {
    kzgops_health_snapshot snapshot;
    kzgops_health_view view;
    const char *exclude[EXCLUDES_MAX];
    const kzgops_health_status *one; /* NULL: all */
};

/* ---- Writers ------------------------------------------------------------------------------------------------------
 */

static size_t probe_text(const void *what, char *out, size_t size) {
    const struct probe *probe = what;
    return kzgops_health_text(&probe->snapshot, &probe->view, out, size);
}

static size_t probe_json(const void *what, char *out, size_t size) {
    const struct probe *probe = what;
    return probe->one != NULL ? kzgops_health_check_json(probe->one, out, size)
                              : kzgops_health_json(&probe->snapshot, &probe->view, out, size);
}

/* ---- Reading the request
 * ------------------------------------------------------------------------------------------- */

/* ?verbose and ?verbose=1 are one; exclude may come often. Others are nobody's. */
static enum MHD_Result take_argument(void *user, enum MHD_ValueKind kind, const char *key, const char *value) {
    struct probe *probe = user;
    (void)kind;
    if (strcmp(key, "verbose") == 0) probe->view.verbose = true;
    if (strcmp(key, "exclude") == 0 && value != NULL && probe->view.exclude_count < EXCLUDES_MAX) {
        probe->exclude[probe->view.exclude_count++] = value;
    }
    return MHD_YES;
}

/* One check is judged alone: the snapshot becomes that one. False: the probe has none of that name. */
static bool narrow(struct probe *probe, const char *name) {
    const kzgops_health_status *status = kzgops_health_find(&probe->snapshot, name);
    if (status == NULL) return false;
    if (probe->view.classes != KZGOPS_HEALTH_ALL && (status->classes & probe->view.classes) == 0) return false;
    probe->snapshot.check[0] = *status;
    probe->snapshot.count = 1;
    probe->one = &probe->snapshot.check[0];
    return true;
}

/* Static: only the administration's thread is here. */
static enum MHD_Result answer(struct page *page, const char *title, unsigned classes) {
    static struct probe probe;
    kzgops_health_verdict verdict;
    probe.one = NULL;
    probe.view = (kzgops_health_view){.title = title, .classes = classes, .exclude = probe.exclude};
    MHD_get_connection_values(page->conn->handle, MHD_GET_ARGUMENT_KIND, take_argument, &probe);
    health_report(page->service->health, &probe.snapshot);
    if (page->rest[0] != '\0' && !narrow(&probe, page->rest)) {
        return page_problem(page, ST_NOT_FOUND, "this probe has no check of that name; ?verbose lists them");
    }
    kzgops_health_judge(&probe.snapshot, &probe.view, &verdict);
    return page_write(page, verdict.state == KZGOPS_HEALTH_FAILED ? 503 : 200, page->json ? PAGE_JSON : PAGE_TEXT,
                      page->json ? probe_json : probe_text, &probe);
}

enum MHD_Result page_livez(struct page *page) {
    return answer(page, "livez", KZGOPS_HEALTH_LIVENESS);
}

enum MHD_Result page_readyz(struct page *page) {
    return answer(page, "readyz", KZGOPS_HEALTH_READINESS);
}

enum MHD_Result page_startupz(struct page *page) {
    return answer(page, "startupz", KZGOPS_HEALTH_STARTUP);
}

enum MHD_Result page_healthz(struct page *page) {
    return answer(page, "healthz", KZGOPS_HEALTH_ALL);
}

/* ---- Rotation
 * -------------------------------------------------------------------------------------------------------- */

static enum MHD_Result say(struct page *page, bool out, const char *text) {
    const char *json = out ? "{\"in_rotation\":false}\n" : "{\"in_rotation\":true}\n";
    return page->json ? page_send(page, 200, PAGE_JSON, json, strlen(json))
                      : page_send(page, 200, PAGE_TEXT, text, strlen(text));
}

enum MHD_Result page_drain(struct page *page) {
    bool changed = health_drain(page->service);
    if (changed) server_share(page->service->api, NULL);
    return say(page, true,
               changed ? "out of rotation: not ready, and serving who comes\n" : "out of rotation already\n");
}

enum MHD_Result page_undrain(struct page *page) {
    struct service *service = page->service;
    bool starting = service_phase(service) == PHASE_STARTING; /* then it is for the start to join */
    bool joins = atomic_load(&service->out_since_ns) != 0 && !starting;
    if (joins && !service_join(service))
        return page_problem(page, ST_NOT_AVAILABLE,
                            "the address of --shared-listen cannot be had: standard error says why");
    bool changed = health_undrain(service);
    return say(page, false, changed ? "in rotation\n" : "in rotation already\n");
}
