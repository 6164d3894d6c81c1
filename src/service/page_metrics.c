/* The page of metrics, in the form that the Accept header asks for. Its length is bounded by the list of metrics, and
 * pages at a time by the connections. */
#include "service/page.h"

#define FIRST_LENGTH ((size_t)65536)

struct form {
    const kzgops_metrics *metrics;
    kzgops_metrics_format format;
};

/* Asked for the length, it gives that of the page before: most pages are then made once and not twice. A wrong guess
 * is asked for again. On the administration's thread only. */
static size_t write_metrics(const void *what, char *out, size_t size) {
    static size_t last_length = FIRST_LENGTH;
    const struct form *form = what;
    if (out == NULL) return last_length;
    return last_length = kzgops_metrics_render(form->metrics, form->format, out, size);
}

/* It counts itself, so it has to be there when it is counted. */
static void read_series(struct service *service) {
    service_metrics_set(service, METRIC_SERIES, KZGOPS_ALONE, 0);
    service_metrics_set(service, METRIC_SERIES, KZGOPS_ALONE, (double)kzgops_metrics_series(service->metrics));
}

enum MHD_Result page_metrics(struct page *page) {
    struct service *service = page->service;
    int64_t begun_ns = service_now_ns();
    const char *accept = MHD_lookup_connection_value(page->conn->handle, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
    const struct form form = {service->metrics, kzgops_metrics_negotiate(accept)};
    service_metrics_add(service, METRIC_SCRAPES, KZGOPS_ALONE, 1);
    service_metrics_read(service);
    read_series(service);
    enum MHD_Result result = page_write(page, 200, kzgops_metrics_content_type(form.format), write_metrics, &form);
    service_metrics_set(service, METRIC_SCRAPE_DURATION, KZGOPS_ALONE, (double)(service_now_ns() - begun_ns) / 1e9);
    return result;
}
