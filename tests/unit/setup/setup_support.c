#include "unit/setup/setup_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/hex.h"

static void reserve(struct text *text, size_t more) {
    if (text->capacity - text->length >= more) return;
    text->capacity = (text->length + more) * 2;
    text->data = realloc(text->data, text->capacity);
    KZG_ASSERT(text->data != NULL);
}

void text_append(struct text *text, const char *bytes, size_t length) {
    if (length == 0) return; /* text->data may still be NULL */
    reserve(text, length);
    memcpy(text->data + text->length, bytes, length);
    text->length += length;
}

void text_append_string(struct text *text, const char *string) {
    text_append(text, string, strlen(string));
}

void text_append_hex(struct text *text, const uint8_t *bytes, size_t length) {
    reserve(text, 2 * length);
    hex_encode(text->data + text->length, bytes, length);
    text->length += 2 * length;
}

void text_free(struct text *text) {
    free(text->data);
    *text = (struct text){0};
}

void text_replace(struct text *text, size_t offset, size_t length, const char *by, size_t by_length) {
    KZG_ASSERT(offset <= text->length && length <= text->length - offset);
    reserve(text, by_length);
    memmove(text->data + offset + by_length, text->data + offset + length, text->length - offset - length);
    memcpy(text->data + offset, by, by_length);
    text->length += by_length - length;
}

static void append_lines(struct text *text, const uint8_t *points, size_t n, size_t bytes, const char *line_end) {
    for (size_t i = 0; i < n; i++) {
        text_append_hex(text, points + i * bytes, bytes);
        text_append_string(text, line_end);
    }
}

struct text points_to_text(const struct points *points, const char *line_end) {
    struct text text = {0};
    text_append_string(&text, "4096");
    text_append_string(&text, line_end);
    text_append_string(&text, "65");
    text_append_string(&text, line_end);
    append_lines(&text, points->g1_lagrange[0], G1_POINTS, 48, line_end);
    append_lines(&text, points->g2_monomial[0], G2_POINTS, 96, line_end);
    append_lines(&text, points->g1_monomial[0], G1_POINTS, 48, line_end);
    return text;
}

static void append_json_list(struct text *text, const char *name, const uint8_t *points, size_t n, size_t bytes) {
    text_append_string(text, "  \"");
    text_append_string(text, name);
    text_append_string(text, "\": [");
    for (size_t i = 0; i < n; i++) {
        text_append_string(text, i == 0 ? "\n    \"0x" : ",\n    \"0x");
        text_append_hex(text, points + i * bytes, bytes);
        text_append_string(text, "\"");
    }
    text_append_string(text, "\n  ]");
}

struct text points_to_json(const struct points *points) {
    struct text text = {0};
    text_append_string(&text, "{\n");
    append_json_list(&text, "g1_monomial", points->g1_monomial[0], G1_POINTS, 48);
    text_append_string(&text, ",\n");
    append_json_list(&text, "g1_lagrange", points->g1_lagrange[0], G1_POINTS, 48);
    text_append_string(&text, ",\n");
    append_json_list(&text, "g2_monomial", points->g2_monomial[0], G2_POINTS, 96);
    text_append_string(&text, "\n}\n");
    return text;
}

size_t text_offset(status_argument list, size_t index) {
    const size_t head = sizeof("4096\n65\n") - 1, g1_line = 97, g2_line = 193;
    size_t g2_start = head + G1_POINTS * g1_line;
    switch (list) {
    case ARG_G1_LAGRANGE: return head + index * g1_line;
    case ARG_G2_MONOMIAL: return g2_start + index * g2_line;
    default: return g2_start + G2_POINTS * g2_line + index * g1_line;
    }
}

struct text read_file(const char *path) {
    struct text text = {0};
    FILE *file = fopen(path, "rb");
    if (file == NULL) return text;
    char block[65536];
    for (size_t n; (n = fread(block, 1, sizeof(block), file)) > 0;) text_append(&text, block, n);
    fclose(file);
    return text;
}

struct text read_reference_setup(void) {
    const char *path = getenv("KZG_TRUSTED_SETUP");
    if (path == NULL || *path == '\0') path = KZG_SOURCE_DIR "/../shared/trusted_setup.txt";
    struct text text = read_file(path);
    if (text.length == 0)
        fprintf(stderr,
                "SKIPPED: no reference setup at %s (set KZG_TRUSTED_SETUP to a file in c-kzg's text format):\n"
                "SKIPPED: the embedded setup was NOT compared with it\n",
                path);
    return text;
}
