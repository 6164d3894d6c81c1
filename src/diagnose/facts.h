/* What is known of a kzgd and its machine when it is diagnosed: its pages, as they were answered or why not, and
 * figures of the machine. A fact that is missing is missing: never zero. */
#ifndef DIAGNOSE_FACTS_H
#define DIAGNOSE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diagnose/machine.h"
#include "diagnose/pages_list.h"

struct json_object;

enum page_id {
#define X(NAME, name, path, form) PAGE_##NAME,
    PAGES_LIST(X)
#undef X
        PAGES,
    PAGE_NONE = PAGES
};

enum page_form { PAGE_FORM_BOTH, PAGE_FORM_JSON, PAGE_FORM_TEXT };

struct page_entry {
    const char *name, *path;
    enum page_form form;
};

extern const struct page_entry page_entries[PAGES];

struct page {
    bool asked;
    long status;              /* HTTP; 0: no answer */
    char trouble[200];        /* why it cannot be used; "" when it can */
    char source[256];         /* where it is from; what evidence names */
    char *body;               /* as it came, with a NUL behind it; NULL: none */
    size_t length;            /* of body */
    struct json_object *json; /* NULL: none, or not JSON */
};

enum answer {
    ANSWER_NONE,  /* nothing listens */
    ANSWER_LATE,  /* no answer in time */
    ANSWER_OTHER, /* something, but not kzgd's administration */
    ANSWER_GOOD,
};

struct facts {
    const char *address;      /* of the administration; borrowed */
    const char *tool_version; /* borrowed */
    enum answer answer;
    char trouble[512];       /* why there is no answer */
    int64_t now_s;           /* seconds since the epoch */
    char state_dir[1024];    /* "": not known, or none */
    char state_trouble[128]; /* why it cannot be looked into; "" when it can */
    bool state_dir_none;     /* kzgd says that it has none */
    struct page page[PAGES];
    struct machine machine;
};

void facts_free(struct facts *facts);

/* Puts down an answer; body is taken, and needs a NUL behind its length bytes. type is the media type without
 * parameters. 503 is an answer like 200, as probes have it. */
void facts_take(struct facts *facts, enum page_id page, long status, const char *type, char *body, size_t length);
/* Puts down that there was none. */
void facts_miss(struct facts *facts, enum page_id page, const char *why);

/* Is the page there, and readable? */
bool facts_has(const struct facts *facts, enum page_id page);

/* Members of a page in JSON by their path: "state.value_bytes". NULL, NAN or false when there is none or it is of
 * another type; "unlimited" is INFINITY. */
struct json_object *facts_member(const struct facts *facts, enum page_id page, const char *path);
double facts_number(const struct facts *facts, enum page_id page, const char *path);
const char *facts_text(const struct facts *facts, enum page_id page, const char *path);
bool facts_flag(const struct facts *facts, enum page_id page, const char *path);

/* The same below any object. object_list: the length of an array, 0 for anything else. */
struct json_object *object_member(struct json_object *object, const char *path);
double object_number(struct json_object *object, const char *path);
const char *object_text(struct json_object *object, const char *path);
bool object_flag(struct json_object *object, const char *path);
size_t object_list(struct json_object *list);

/* The sum of a metric's series, of those that have the label (such as reason="deadline"; NULL: all). NAN: none. */
double facts_metric(const struct facts *facts, const char *name, const char *label);

/* Seconds since the epoch of a text such as 2026-11-27T06:47:00.123Z; -1 when it is none. */
int64_t facts_when(const char *text);

#endif
