/* The page of the log's level, which can be changed while the daemon runs. */
#include <stdio.h>
#include <string.h>

#include "service/events.h"
#include "service/page.h"

static enum MHD_Result show(struct page *page) {
    char text[64];
    const char *level = kzgops_log_level_name(kzgops_log_get_level());
    int n = snprintf(text, sizeof text, page->json ? "{\"level\":\"%s\"}\n" : "%s\n", level);
    return page_send(page, 200, page->json ? PAGE_JSON : PAGE_TEXT, text, (size_t)n);
}

enum MHD_Result page_log_level(struct page *page) {
    return show(page);
}

/* A word, with or without a line end behind it. */
enum MHD_Result page_log_level_set(struct page *page) {
    kzgops_log_level level;
    page->body[strcspn(page->body, "\r\n")] = '\0';
    if (page->body_too_long || !kzgops_log_level_parse(page->body, &level)) {
        return page_problem(page, ST_QUERY_INVALID, "the body is one of: debug, info, warn, error");
    }
    kzgops_log_set_level(level);
    SERVICE_LOG(EVENT_LOG_LEVEL, KZGOPS_STR("to", kzgops_log_level_name(level)));
    return show(page);
}
