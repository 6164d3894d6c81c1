#include "support/vectors.h"

#include <dirent.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <yaml.h>

#ifndef KZG_PROJECT_FOLDER
#error "KZG_PROJECT_FOLDER: the project's root, set by CMake"
#endif

/* ---- Help ------------------------------------------------------------------------------------------------------ */

_Noreturn void vec_die(const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
    exit(1);
}

void *vec_grow(void *memory, size_t bytes) {
    void *grown = realloc(memory, bytes > 0 ? bytes : 1);
    if (grown == NULL) vec_die("no memory for %zu bytes", bytes);
    return grown;
}

void *vec_alloc(size_t bytes) {
    return vec_grow(NULL, bytes);
}

static char *copy_text(const char *text, size_t length) {
    char *copy = vec_alloc(length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *vec_read_file(const char *path, size_t *ret_length) {
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t length = 0, room = 0;
    if (file == NULL) vec_die("cannot open %s", path);
    for (size_t got = 1; got > 0; length += got) {
        if (room - length < 65536) text = vec_grow(text, room = room * 2 + 131072);
        got = fread(text + length, 1, room - length - 1, file);
    }
    if (ferror(file)) vec_die("cannot read %s", path);
    (void)fclose(file);
    text[length] = '\0';
    *ret_length = length;
    return text;
}

/* ---- Trees ----------------------------------------------------------------------------------------------------- */

void vec_node_free(vec_node *node) {
    for (size_t i = 0; i < node->n; i++) {
        vec_node_free(&node->items[i]);
        if (node->keys != NULL) free(node->keys[i]);
    }
    free(node->items);
    free(node->keys);
    free(node->text);
    *node = (vec_node){.kind = VEC_NULL};
}

const vec_node *vec_get(const vec_node *map, const char *key) {
    for (size_t i = 0; map->kind == VEC_MAP && i < map->n; i++) {
        if (strcmp(map->keys[i], key) == 0) return &map->items[i];
    }
    return NULL;
}

vec_node vec_text(const char *text) {
    return (vec_node){.kind = VEC_TEXT, .text = copy_text(text, strlen(text))};
}

vec_node vec_hex(const uint8_t *bytes, size_t n) {
    static const char digits[] = "0123456789abcdef";
    char *text = vec_alloc(2 * n + 3);
    text[0] = '0';
    text[1] = 'x';
    for (size_t i = 0; i < n; i++) {
        text[2 + 2 * i] = digits[bytes[i] >> 4];
        text[3 + 2 * i] = digits[bytes[i] & 15];
    }
    text[2 * n + 2] = '\0';
    return (vec_node){.kind = VEC_TEXT, .text = text};
}

void vec_append(vec_node *list, vec_node item) {
    if ((list->n & (list->n - 1)) == 0) {
        list->items = vec_grow(list->items, (list->n == 0 ? 1 : 2 * list->n) * sizeof item);
    }
    list->items[list->n++] = item;
}

void vec_put(vec_node *map, const char *key, vec_node value) {
    map->keys = vec_grow(map->keys, (map->n + 1) * sizeof *map->keys);
    map->keys[map->n] = copy_text(key, strlen(key));
    vec_append(map, value);
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static bool append_hex(const char *text, uint8_t **bytes, size_t *n) {
    size_t digits = strlen(text);
    if (digits < 2 || digits % 2 != 0 || text[0] != '0' || text[1] != 'x') return false;
    *bytes = vec_grow(*bytes, *n + digits / 2);
    for (size_t i = 2; i < digits; i += 2) {
        int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0) return false;
        (*bytes)[(*n)++] = (uint8_t)(high * 16 + low);
    }
    return true;
}

bool vec_bytes(const vec_node *text, uint8_t **ret_bytes, size_t *ret_n) {
    *ret_bytes = NULL;
    *ret_n = 0;
    if (text->kind == VEC_TEXT && append_hex(text->text, ret_bytes, ret_n)) return true;
    free(*ret_bytes);
    *ret_bytes = NULL;
    return false;
}

static bool flatten(const vec_node *node, uint8_t **bytes, size_t *n) {
    if (node->kind == VEC_TEXT) return append_hex(node->text, bytes, n);
    if (node->kind != VEC_LIST) return false;
    for (size_t i = 0; i < node->n; i++) {
        if (!flatten(&node->items[i], bytes, n)) return false;
    }
    return true;
}

bool vec_flatten(const vec_node *node, uint8_t **ret_bytes, size_t *ret_n) {
    *ret_bytes = NULL;
    *ret_n = 0;
    if (flatten(node, ret_bytes, ret_n)) return true;
    free(*ret_bytes);
    *ret_bytes = NULL;
    return false;
}

bool vec_equal(const vec_node *a, const vec_node *b) {
    if (a->kind != b->kind || a->n != b->n) return false;
    switch (a->kind) {
    case VEC_NULL: return true;
    case VEC_BOOL: return a->boolean == b->boolean;
    case VEC_INT: return a->integer == b->integer;
    case VEC_TEXT: return strcasecmp(a->text, b->text) == 0;
    case VEC_LIST:
    case VEC_MAP: break;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (a->kind == VEC_MAP && strcmp(a->keys[i], b->keys[i]) != 0) return false;
        if (!vec_equal(&a->items[i], &b->items[i])) return false;
    }
    return true;
}

/* ---- JSON ------------------------------------------------------------------------------------------------------ */

static struct json_object *to_json(const vec_node *node) {
    struct json_object *object = NULL;
    switch (node->kind) {
    case VEC_NULL: return NULL;
    case VEC_BOOL: return json_object_new_boolean(node->boolean);
    case VEC_INT: return json_object_new_uint64(node->integer);
    case VEC_TEXT: return json_object_new_string(node->text);
    case VEC_LIST:
        object = json_object_new_array_ext((int)node->n);
        for (size_t i = 0; i < node->n; i++) (void)json_object_array_add(object, to_json(&node->items[i]));
        return object;
    case VEC_MAP:
        object = json_object_new_object();
        for (size_t i = 0; i < node->n; i++) {
            (void)json_object_object_add(object, node->keys[i], to_json(&node->items[i]));
        }
    }
    return object;
}

char *vec_to_json(const vec_node *node) {
    struct json_object *object = to_json(node);
    const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
    char *copy = copy_text(text, strlen(text));
    (void)json_object_put(object);
    return copy;
}

static vec_node from_json(struct json_object *object) {
    vec_node node = {.kind = VEC_NULL};
    switch (json_object_get_type(object)) {
    case json_type_null: break;
    case json_type_boolean: return (vec_node){.kind = VEC_BOOL, .boolean = json_object_get_boolean(object) != 0};
    case json_type_int: return (vec_node){.kind = VEC_INT, .integer = json_object_get_uint64(object)};
    case json_type_double:
    case json_type_string: return vec_text(json_object_get_string(object));
    case json_type_array:
        node.kind = VEC_LIST;
        for (size_t i = 0; i < json_object_array_length(object); i++) {
            vec_append(&node, from_json(json_object_array_get_idx(object, i)));
        }
        break;
    case json_type_object:
        node.kind = VEC_MAP;
        json_object_object_foreach(object, key, value) {
            vec_put(&node, key, from_json(value));
        }
        break;
    }
    return node;
}

bool vec_parse_json(const char *text, size_t length, vec_node *ret_node) {
    enum json_tokener_error error;
    struct json_tokener *tokener = json_tokener_new();
    if (tokener == NULL) vec_die("no memory");
    struct json_object *object = json_tokener_parse_ex(tokener, text, (int)length);
    error = json_tokener_get_error(tokener);
    /* A number or literal at the very end of the text is only known to be complete by its terminator. */
    if (error == json_tokener_continue) {
        object = json_tokener_parse_ex(tokener, "", 1);
        error = json_tokener_get_error(tokener);
    }
    if (error == json_tokener_success) *ret_node = from_json(object);
    (void)json_object_put(object);
    json_tokener_free(tokener);
    return error == json_tokener_success;
}

/* ---- YAML ------------------------------------------------------------------------------------------------------ */

static vec_node from_yaml_scalar(const yaml_node_t *scalar) {
    const char *text = (const char *)scalar->data.scalar.value;
    size_t length = scalar->data.scalar.length;
    if (strlen(text) != length) vec_die("a scalar holds a zero byte");
    if (scalar->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
        if (strcmp(text, "null") == 0 || length == 0) return (vec_node){.kind = VEC_NULL};
        if (strcmp(text, "true") == 0) return (vec_node){.kind = VEC_BOOL, .boolean = true};
        if (strcmp(text, "false") == 0) return (vec_node){.kind = VEC_BOOL};
        if (strspn(text, "0123456789") == length) {
            return (vec_node){.kind = VEC_INT, .integer = strtoull(text, NULL, 10)};
        }
    }
    return vec_text(text);
}

static vec_node from_yaml(yaml_document_t *document, int id) {
    const yaml_node_t *source = yaml_document_get_node(document, id);
    vec_node node = {.kind = VEC_LIST};
    if (source == NULL) vec_die("a YAML file is empty");
    if (source->type == YAML_SCALAR_NODE) return from_yaml_scalar(source);
    if (source->type == YAML_SEQUENCE_NODE) {
        const yaml_node_item_t *item = source->data.sequence.items.start;
        for (; item < source->data.sequence.items.top; item++) vec_append(&node, from_yaml(document, *item));
        return node;
    }
    node.kind = VEC_MAP;
    for (const yaml_node_pair_t *pair = source->data.mapping.pairs.start; pair < source->data.mapping.pairs.top;
         pair++) {
        const yaml_node_t *key = yaml_document_get_node(document, pair->key);
        if (key->type != YAML_SCALAR_NODE) vec_die("a YAML key is not a scalar");
        vec_put(&node, (const char *)key->data.scalar.value, from_yaml(document, pair->value));
    }
    return node;
}

static vec_node read_yaml(const char *path) {
    yaml_parser_t parser;
    yaml_document_t document;
    FILE *file = fopen(path, "rb");
    if (file == NULL) vec_die("cannot open %s", path);
    if (!yaml_parser_initialize(&parser)) vec_die("no memory");
    yaml_parser_set_input_file(&parser, file);
    if (!yaml_parser_load(&parser, &document)) vec_die("%s is not valid YAML: %s", path, parser.problem);
    vec_node node = from_yaml(&document, 1);
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
    (void)fclose(file);
    return node;
}

/* ---- Official sets --------------------------------------------------------------------------------------------- */

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

const char *vec_official_folder(void) {
    const char *named = getenv("KZG_VECTORS");
    const char *beside = KZG_PROJECT_FOLDER "/../shared/vectors";
    if (named != NULL && named[0] != '\0') return is_folder(named) ? named : NULL;
    return is_folder(beside) ? beside : NULL;
}

static int visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* Moves a child out of a map. */
static vec_node take(vec_node *map, const char *key, const char *path) {
    for (size_t i = 0; i < map->n; i++) {
        if (strcmp(map->keys[i], key) != 0) continue;
        vec_node value = map->items[i];
        map->items[i] = (vec_node){.kind = VEC_NULL};
        return value;
    }
    vec_die("%s has no '%s'", path, key);
}

static vec_case load_case(const char *folder, const char *function, const char *name) {
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/%s/%s/data.yaml", folder, function, name) >= sizeof path) {
        vec_die("the path of %s is too long", name);
    }
    vec_node file = read_yaml(path);
    vec_case c = {.function = copy_text(function, strlen(function)), .name = copy_text(name, strlen(name))};
    c.input = take(&file, "input", path);
    c.expect.output = take(&file, "output", path);
    c.expect.kind = c.expect.output.kind == VEC_NULL ? VEC_EXPECT_ERROR : VEC_EXPECT_OUTPUT;
    if (c.input.kind != VEC_MAP) vec_die("%s: 'input' is not a map", path);
    vec_node_free(&file);
    return c;
}

static void load_function(vec_set *set, const char *folder, const char *function) {
    char path[4096];
    struct dirent **entries = NULL;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, function) >= sizeof path)
        vec_die("%s: too long", folder);
    int n = scandir(path, &entries, visible, alphasort);
    if (n < 0) vec_die("cannot list %s", path);
    set->cases = vec_grow(set->cases, (set->n + (size_t)n) * sizeof *set->cases);
    for (int i = 0; i < n; i++) {
        set->cases[set->n++] = load_case(folder, function, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

vec_set vec_load_official(const char *folder) {
    vec_set set = {0};
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, visible, alphasort);
    if (n < 0) vec_die("cannot list %s", folder);
    for (int i = 0; i < n; i++) {
        load_function(&set, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return set;
}

void vec_set_free(vec_set *set) {
    for (size_t i = 0; i < set->n; i++) {
        free(set->cases[i].function);
        free(set->cases[i].name);
        vec_node_free(&set->cases[i].input);
        vec_node_free(&set->cases[i].expect.output);
    }
    free(set->cases);
    *set = (vec_set){0};
}
