/* Test vectors: official ones (a YAML file a case) and the hostile set (one JSON file), as one kind of case.
 *
 * A case's input and output are trees of plain values. Text is kept as it stands in the file, so what is not valid
 * hexadecimal or has the wrong length reaches the doors that can take it. Everything here ends the process with a
 * message where a file is damaged or memory is gone: a test that cannot read its vectors has nothing to say.
 */
#ifndef SUPPORT_VECTORS_H
#define SUPPORT_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum vec_kind { VEC_NULL, VEC_BOOL, VEC_INT, VEC_TEXT, VEC_LIST, VEC_MAP } vec_kind;

/* A list has items; a map has items and as many keys; VEC_INT has its value in integer, VEC_BOOL in boolean. */
typedef struct vec_node {
    vec_kind kind;
    bool boolean;
    uint64_t integer;
    char *text;
    size_t n;
    struct vec_node *items;
    char **keys;
} vec_node;

/* What must come out. Official vectors give VEC_EXPECT_ERROR without details (code == NULL). */
typedef enum vec_expect_kind { VEC_EXPECT_ERROR, VEC_EXPECT_OUTPUT, VEC_EXPECT_DIGEST } vec_expect_kind;

typedef struct vec_expect {
    vec_expect_kind kind;
    vec_node output;      /* OUTPUT: as the specification's function returns it */
    uint8_t digest[32];   /* DIGEST: SHA-256 of the output's bytes, end to end */
    const char *code;     /* ERROR: name of the status, or NULL: any */
    const char *argument; /* ERROR: name of the argument, or NULL: any */
    bool has_index;       /* ERROR: index is meant */
    uint64_t index;
} vec_expect;

typedef struct vec_case {
    char *function; /* the specification's name */
    char *name;
    vec_node input; /* a map */
    vec_expect expect;
} vec_case;

typedef struct vec_set {
    vec_case *cases;
    size_t n;
} vec_set;

/* ---- Trees ---- */

void vec_node_free(vec_node *node);

/* The value of a key, or NULL. */
const vec_node *vec_get(const vec_node *map, const char *key);

/* Bytes of a text of the form 0x and pairs of digits; owned by the caller. False: it is not of that form. */
bool vec_bytes(const vec_node *text, uint8_t **ret_bytes, size_t *ret_n);

/* All bytes of all texts in a tree, in order, end to end; owned by the caller. False: something is not hexadecimal.
 */
bool vec_flatten(const vec_node *node, uint8_t **ret_bytes, size_t *ret_n);

/* Equal in shape and content; hexadecimal digits without regard to case. */
bool vec_equal(const vec_node *a, const vec_node *b);

/* As JSON text, or from it; owned by the caller. vec_parse_json returns false for text that is not JSON. */
char *vec_to_json(const vec_node *node);
bool vec_parse_json(const char *text, size_t length, vec_node *ret_node);

/* Leaves of trees; text is copied. */
vec_node vec_text(const char *text);
vec_node vec_hex(const uint8_t *bytes, size_t n);
void vec_append(vec_node *list, vec_node item);
void vec_put(vec_node *map, const char *key, vec_node value);

/* ---- Sets ---- */

/* Where the official vectors are: KZG_VECTORS, or ../shared/vectors beside the project; NULL if neither is there. */
const char *vec_official_folder(void);

/* Reads <folder>/<function>/<case>/data.yaml, in the order of their names. */
vec_set vec_load_official(const char *folder);

void vec_set_free(vec_set *set);

/* ---- Help ---- */

/* Prints a message and exits with status 1. */
_Noreturn void vec_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* malloc and realloc that end the process when there is no memory. */
void *vec_alloc(size_t bytes);
void *vec_grow(void *memory, size_t bytes);

/* A whole file with a terminator behind it. */
char *vec_read_file(const char *path, size_t *ret_length);

#endif
