/* Trusted setups as bytes and as text, for the tests of their reader and their checks. */
#ifndef TESTS_UNIT_SETUP_SUPPORT_H
#define TESTS_UNIT_SETUP_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define G1_POINTS 4096
#define G2_POINTS 65

/* Compressed points; Lagrange in the files' (natural) order. */
struct points {
    uint8_t g1_monomial[G1_POINTS][48];
    uint8_t g1_lagrange[G1_POINTS][48];
    uint8_t g2_monomial[G2_POINTS][96];
};

/* Text that grows; owned by whoever made it. */
struct text {
    char *data;
    size_t length;
    size_t capacity;
};

void text_append(struct text *text, const char *bytes, size_t length);
void text_append_string(struct text *text, const char *string);
void text_append_hex(struct text *text, const uint8_t *bytes, size_t length);
void text_free(struct text *text);

/* Replaces length bytes at offset by others. */
void text_replace(struct text *text, size_t offset, size_t length, const char *by, size_t by_length);

/* The formats' writers: lines end in line_end. */
struct text points_to_text(const struct points *points, const char *line_end);
struct text points_to_json(const struct points *points);

/* Where a point's digits begin in what points_to_text(.., "\n") writes. */
size_t text_offset(status_argument list, size_t index);

/* The file's bytes, or an empty text if it cannot be read. */
struct text read_file(const char *path);

/* The reference copy of the mainnet setup in c-kzg's text format: KZG_TRUSTED_SETUP, else ../shared/trusted_setup.txt
 * beside the source tree. Says loudly that it is missing and returns an empty text. */
struct text read_reference_setup(void);

#endif
