/* What is known of one request, by its id: the slow log's entry and the errors whose sample it is. */
#include <string.h>

#include "base/text.h"
#include "service/page.h"
#include "service/slow.h"

#define GROUPS_MAX 256

struct known {
    const char *id;
    const struct slow_entry *slow; /* NULL: not among them */
    const kzgops_errors_group *error;
};

static size_t write_text(const void *what, char *out, size_t size) {
    const struct known *known = what;
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__text_add(&text, "request %s\n", known->id);
    if (known->slow != NULL) slow_entry_text(&text, known->slow);
    if (known->error != NULL) {
        kzgops__text_add(&text, "%s at %s (%llu of the kind): %s\n", known->error->code, known->error->place,
                         (unsigned long long)known->error->count, known->error->message);
    }
    return text.used;
}

static size_t write_json(const void *what, char *out, size_t size) {
    const struct known *known = what;
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__json_open(&text, "{");
    kzgops__json_text(&text, "request_id", known->id);
    if (known->slow != NULL) {
        kzgops__json_key(&text, "slow");
        slow_entry_json(&text, known->slow);
    }
    if (known->error != NULL) {
        kzgops__json_key(&text, "error");
        kzgops__json_open(&text, "{");
        kzgops__json_text(&text, "code", known->error->code);
        kzgops__json_text(&text, "place", known->error->place);
        kzgops__json_text(&text, "message", known->error->message);
        kzgops__json_bytes(&text, "count", known->error->count);
        kzgops__json_close(&text, "}");
    }
    kzgops__json_close(&text, "}");
    return text.used;
}

enum MHD_Result page_request(struct page *page) {
    static struct slow_view view;
    static kzgops_errors_group groups[GROUPS_MAX];
    kzgops_errors_snapshot errors;
    struct known known = {.id = page->rest};
    slow_read(page->service->slow, &view);
    kzgops_errors_report(page->service->errors, groups, GROUPS_MAX, &errors);
    for (size_t i = 0; i < view.count; i++) {
        if (strcmp(view.entry[i].request_id, page->rest) == 0) known.slow = &view.entry[i];
    }
    for (size_t i = 0; i < errors.group_count; i++) {
        if (strcmp(groups[i].request_id, page->rest) == 0) known.error = &groups[i];
    }
    if (page->rest[0] == '\0' || (known.slow == NULL && known.error == NULL)) {
        return page_problem(
            page, ST_NOT_FOUND,
            "of that request nothing is kept: it was neither slow nor the latest of its kind of error");
    }
    return page_report(page, write_text, write_json, &known);
}
