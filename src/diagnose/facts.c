#include "diagnose/facts.h"

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "diagnose/prometheus.h"

#define JSON_DEPTH 32

const struct page_entry page_entries[PAGES] = {
#define X(NAME, name, path, form) {name, path, PAGE_FORM_##form},
    PAGES_LIST(X)
#undef X
};

void facts_free(struct facts *facts) {
    for (int i = 0; i < PAGES; i++) {
        free(facts->page[i].body);
        json_object_put(facts->page[i].json);
    }
    machine_free(&facts->machine);
    *facts = (struct facts){0};
}

/* ---- Taking ------------------------------------------------------------------------------------------------------
 */

/* An object or an array, whole and alone; else NULL. */
static json_object *parse(const char *body, size_t length) {
    json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH);
    if (tokener == NULL || length >= INT32_MAX) return json_tokener_free(tokener), NULL;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    json_object *object = json_tokener_parse_ex(tokener, body, (int)length + 1);
    bool whole = json_tokener_get_error(tokener) == json_tokener_success && strlen(body) == length;
    json_tokener_free(tokener);
    if (whole && (json_object_is_type(object, json_type_object) || json_object_is_type(object, json_type_array)))
        return object;
    json_object_put(object);
    return NULL;
}

/* A status of a problem document: "answered 404 (not_found)". */
static void note_refusal(struct page *page) {
    json_object *problem = parse(page->body, page->length);
    const char *code = object_text(problem, "code");
    snprintf(page->trouble, sizeof page->trouble, "answered %ld%s%.60s%s", page->status, code != NULL ? " (" : "",
             code != NULL ? code : "", code != NULL ? ")" : "");
    json_object_put(problem);
}

void facts_take(struct facts *facts, enum page_id id, long status, const char *type, char *body, size_t length) {
    struct page *page = &facts->page[id];
    enum page_form form = page_entries[id].form;
    *page = (struct page){.asked = true, .status = status, .body = body, .length = length};
    snprintf(page->source, sizeof page->source, "%s", page_entries[id].path);
    if (status != 200 && status != 503) {
        note_refusal(page);
    } else if (form == PAGE_FORM_TEXT) {
        if (strcmp(type, "text/plain") != 0) snprintf(page->trouble, sizeof page->trouble, "came as '%.60s'", type);
    } else if (strcmp(type, "application/json") != 0) {
        snprintf(page->trouble, sizeof page->trouble, "came as '%.60s', not as JSON", type);
        if (status == 503) note_refusal(page);
    } else {
        page->json = parse(body, length);
        if (page->json == NULL) snprintf(page->trouble, sizeof page->trouble, "sent something that is not JSON");
    }
}

void facts_miss(struct facts *facts, enum page_id id, const char *why) {
    struct page *page = &facts->page[id];
    *page = (struct page){.asked = true};
    snprintf(page->source, sizeof page->source, "%s", page_entries[id].path);
    snprintf(page->trouble, sizeof page->trouble, "%s", why);
}

/* ---- Reading -----------------------------------------------------------------------------------------------------
 */

bool facts_has(const struct facts *facts, enum page_id page) {
    const struct page *one = &facts->page[page];
    return one->asked && one->body != NULL && one->trouble[0] == '\0';
}

json_object *object_member(json_object *object, const char *path) {
    char key[64];
    while (object != NULL && *path != '\0') {
        size_t length = strcspn(path, ".");
        if (length >= sizeof key || !json_object_is_type(object, json_type_object)) return NULL;
        memcpy(key, path, length);
        key[length] = '\0';
        object = json_object_object_get(object, key);
        path += length + (path[length] == '.');
    }
    return object;
}

double object_number(json_object *object, const char *path) {
    json_object *member = object_member(object, path);
    if (json_object_is_type(member, json_type_int) || json_object_is_type(member, json_type_double))
        return json_object_get_double(member);
    const char *text = object_text(object, path);
    return text != NULL && strcmp(text, "unlimited") == 0 ? INFINITY : NAN;
}

const char *object_text(json_object *object, const char *path) {
    json_object *member = object_member(object, path);
    return json_object_is_type(member, json_type_string) ? json_object_get_string(member) : NULL;
}

bool object_flag(json_object *object, const char *path) {
    json_object *member = object_member(object, path);
    return json_object_is_type(member, json_type_boolean) && json_object_get_boolean(member) != 0;
}

size_t object_list(json_object *list) {
    return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

json_object *facts_member(const struct facts *facts, enum page_id page, const char *path) {
    return object_member(facts->page[page].json, path);
}

double facts_number(const struct facts *facts, enum page_id page, const char *path) {
    return object_number(facts->page[page].json, path);
}

const char *facts_text(const struct facts *facts, enum page_id page, const char *path) {
    return object_text(facts->page[page].json, path);
}

bool facts_flag(const struct facts *facts, enum page_id page, const char *path) {
    return object_flag(facts->page[page].json, path);
}

double facts_metric(const struct facts *facts, const char *name, const char *label) {
    if (!facts_has(facts, PAGE_METRICS)) return NAN;
    return prometheus_sum(facts->page[PAGE_METRICS].body, name, label);
}

int64_t facts_when(const char *text) {
    struct tm utc = {0};
    if (text == NULL || strptime(text, "%Y-%m-%dT%H:%M:%S", &utc) == NULL) return -1;
    return timegm(&utc);
}
