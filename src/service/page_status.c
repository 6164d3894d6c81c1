/* Pages for probes: what this instance is and whether it can serve. */
#include <stdio.h>
#include <string.h>

#include "service/page.h"

enum MHD_Result page_livez(struct page *page) {
    return page_send(page, 200, PAGE_TEXT, "ok\n", 3);
}

enum MHD_Result page_readyz(struct page *page) {
    enum service_phase phase = service_phase(page->service);
    char text[256];
    const char *test = phase == PHASE_STARTING ? "running" : phase == PHASE_FAILED ? "failed" : "ok";
    int n = snprintf(text, sizeof text, "[%c]self_test %s\n[%c]accepting %s\n%s\n", *test == 'o' ? '+' : '-', test,
                     phase == PHASE_READY ? '+' : '-',
                     phase == PHASE_READY      ? "ok"
                     : phase == PHASE_DRAINING ? "draining"
                                               : "not yet",
                     phase == PHASE_READY ? "ready" : "not ready");
    return page_send(page, phase == PHASE_READY ? 200 : 503, PAGE_TEXT, text, (size_t)n);
}

enum MHD_Result page_version(struct page *page) {
    const struct service *service = page->service;
    bool loaded = service_phase(service) != PHASE_STARTING && service->ctx != NULL;
    char text[768];
    int n;
    if (loaded) {
        n = snprintf(text, sizeof text,
                     "{\"version\":\"%s\",\"commit\":\"%s\",\"backend\":\"%s\",\"setup\":{\"name\":\"%s\","
                     "\"sha256\":\"%s\"},\"precompute\":%d,\"workers\":%zu}\n",
                     service->info.version, service_commit(), service->info.backend, service->info.setup_name,
                     service->setup_sha256, service->info.precompute, service->worker_count);
    } else {
        n = snprintf(text, sizeof text,
                     "{\"version\":\"%s\",\"commit\":\"%s\",\"backend\":\"%s\",\"setup\":null,\"precompute\":null,"
                     "\"workers\":%zu}\n",
                     KZG_VERSION_STRING, service_commit(), kzg_backend_name(), service->worker_count);
    }
    return page_send(page, 200, PAGE_JSON, text, (size_t)n);
}
