/* What lies in the captures' folder: newest first, with what each was kept for. A file is one of them when its name
 * has the form of captures_path and an ending; nothing else there is shown or given out. */
#ifndef SERVICE_CAPTURES_LIST_H
#define SERVICE_CAPTURES_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "service/captures.h"

#define CAPTURES_NAME_MAX 96 /* with the terminator */
#define CAPTURES_LIST_MAX 256
#define CAPTURES_FILE_MAX ((size_t)64 << 20)

enum capture_kind { CAPTURE_CPU, CAPTURE_HEAP, CAPTURE_REPORT };

struct capture_entry {
    char name[CAPTURES_NAME_MAX];
    char trigger[33];
    char time[32]; /* "2026-11-27T05:46:10.123Z" */
    enum capture_kind kind;
    uint64_t bytes;
    char why[256]; /* of the report beside it; "" when that says nothing */
};

struct captures_view {
    struct capture_entry entry[CAPTURES_LIST_MAX];
    size_t count;
};

const char *capture_kind_name(enum capture_kind kind); /* "cpu", "heap", "report" */

/* Reads the folder and the reports: not for a thread that serves. */
void captures_view_read(const struct captures *captures, struct captures_view *ret);

/* The file that the view has under that name, whole; *ret_data is from malloc. False when the view has it not, or it
 * cannot be read. */
bool captures_view_open(const struct captures *captures, const struct captures_view *view, const char *name,
                        const struct capture_entry **ret_entry, void **ret_data, size_t *ret_size);

/* snprintf's semantics. */
size_t captures_view_text(const struct captures_view *view, char *out, size_t size);
size_t captures_view_json(const struct captures_view *view, char *out, size_t size);

#endif
