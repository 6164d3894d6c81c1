/* The page about memory. */
#include "service/memory_report.h"
#include "service/page.h"

static size_t as_text(const void *report, char *out, size_t size) {
    return memory_report_text(report, out, size);
}

static size_t as_json(const void *report, char *out, size_t size) {
    return memory_report_json(report, out, size);
}

/* Static: only the administration's thread is here, and the report is long. */
enum MHD_Result page_memory(struct page *page) {
    static struct memory_report report;
    memory_report_read(page->service, &report);
    return page_report(page, as_text, as_json, &report);
}
