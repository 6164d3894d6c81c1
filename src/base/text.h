/* A writer into a caller's buffer with snprintf's semantics, and how bytes are spelled. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kzgops__text {
    char *out;
    size_t size;
    size_t used; /* what was asked for, also past the end */
    bool comma;  /* a JSON value was written here already */
};

void kzgops__text_begin(struct kzgops__text *text, char *out, size_t size);
__attribute__((format(printf, 2, 3))) void kzgops__text_add(struct kzgops__text *text, const char *format, ...);

/* 15 significant digits with a point, whatever the locale says; "NaN", "+Inf" and "-Inf". */
#define KZGOPS__DOUBLE_MAX 64
void kzgops__double_text(char out[KZGOPS__DOUBLE_MAX], double value);

/* "12.3 MiB"; "unknown" and "none" for the two special values; with a sign for the other. */
struct kzgops__size {
    char text[32];
};
struct kzgops__size kzgops__size_text(uint64_t bytes);
struct kzgops__size kzgops__size_signed_text(int64_t bytes);

/* A JSON string with quotes, escaped; invalid UTF-8 becomes U+FFFD. */
void kzgops__json_string(struct kzgops__text *text, const char *value);
/* Objects and arrays; commas come by themselves. A key is followed by one of the others. */
void kzgops__json_open(struct kzgops__text *text, const char *bracket);
void kzgops__json_close(struct kzgops__text *text, const char *bracket);
void kzgops__json_key(struct kzgops__text *text, const char *key);
/* Members: UNKNOWN (UINT64_MAX) is null, UNLIMITED is "unlimited"; a double that is no number is null. */
void kzgops__json_bytes(struct kzgops__text *text, const char *key, uint64_t bytes);
void kzgops__json_signed(struct kzgops__text *text, const char *key, int64_t value);
void kzgops__json_double(struct kzgops__text *text, const char *key, double value);
void kzgops__json_bool(struct kzgops__text *text, const char *key, bool value);
void kzgops__json_text(struct kzgops__text *text, const char *key, const char *value);

#endif
