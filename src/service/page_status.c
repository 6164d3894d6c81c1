/* What this instance is. */
#include <stdio.h>
#include <string.h>

#include "service/integrity.h"
#include "service/page.h"

enum MHD_Result page_version(struct page *page) {
    const struct service *service = page->service;
    bool loaded = service_phase(service) != PHASE_STARTING && service->ctx != NULL;
    char text[768];
    int n;
    if (loaded) {
        n = snprintf(
            text, sizeof text,
            "{\"version\":\"%s\",\"commit\":\"%s\",\"backend\":\"%s\",\"isa\":\"%s\",\"setup\":{\"name\":\"%s\","
            "\"sha256\":\"%s\"},\"precompute\":%d,\"tables\":\"%s\",\"workers\":%zu}\n",
            service_version(), service_commit(), integrity_backend(service->integrity), service_isa(),
            service->info.setup_name, service->setup_sha256, service->info.precompute,
            tables_state_name(service->tables), service->worker_count);
    } else {
        n = snprintf(text, sizeof text,
                     "{\"version\":\"%s\",\"commit\":\"%s\",\"backend\":\"%s\",\"isa\":\"%s\",\"setup\":null,"
                     "\"precompute\":null,\"tables\":null,"
                     "\"workers\":%zu}\n",
                     service_version(), service_commit(), integrity_backend(service->integrity), service_isa(),
                     service->worker_count);
    }
    return page_send(page, 200, PAGE_JSON, text, (size_t)n);
}
