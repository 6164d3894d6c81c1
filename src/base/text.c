#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"

#define UNKNOWN   UINT64_MAX
#define UNLIMITED (UINT64_MAX - 1)

void kzgops__text_begin(struct kzgops__text *text, char *out, size_t size) {
    *text = (struct kzgops__text){.out = out, .size = size};
    if (size > 0) out[0] = '\0';
}

void kzgops__text_add(struct kzgops__text *text, const char *format, ...) {
    va_list args;
    va_start(args, format);
    size_t room = text->used < text->size ? text->size - text->used : 0;
    int n = vsnprintf(room > 0 ? text->out + text->used : NULL, room, format, args);
    va_end(args);
    KZG_ASSERT(n >= 0);
    text->used += (size_t)n;
}

/* The C library writes the locale's decimal sign, of any number of bytes. */
void kzgops__double_text(char out[KZGOPS__DOUBLE_MAX], double value) {
    char digits[KZGOPS__DOUBLE_MAX];
    if (!isfinite(value)) {
        snprintf(out, KZGOPS__DOUBLE_MAX, "%s", isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
        return;
    }
    snprintf(digits, sizeof digits, "%.15g", value);
    size_t whole = strspn(digits, "0123456789-"), rest = whole + strcspn(digits + whole, "0123456789e");
    snprintf(out, KZGOPS__DOUBLE_MAX, "%.*s%s%s", (int)whole, digits, rest > whole ? "." : "", digits + rest);
}

static void spell(struct kzgops__size *size, const char *sign, uint64_t bytes) {
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes / 1024;
    size_t unit = 0;
    if (bytes < 1024) {
        snprintf(size->text, sizeof size->text, "%s%" PRIu64 " B", sign, bytes);
        return;
    }
    for (; value >= 1023.95 && unit + 1 < sizeof units / sizeof units[0]; unit++) value /= 1024;
    snprintf(size->text, sizeof size->text, "%s%.1f %s", sign, value, units[unit]);
}

struct kzgops__size kzgops__size_text(uint64_t bytes) {
    struct kzgops__size size;
    if (bytes == UNKNOWN || bytes == UNLIMITED) {
        snprintf(size.text, sizeof size.text, "%s", bytes == UNKNOWN ? "unknown" : "none");
    } else {
        spell(&size, "", bytes);
    }
    return size;
}

struct kzgops__size kzgops__size_signed_text(int64_t bytes) {
    struct kzgops__size size;
    spell(&size, bytes < 0 ? "-" : bytes > 0 ? "+" : "", bytes < 0 ? 0 - (uint64_t)bytes : (uint64_t)bytes);
    return size;
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

/* Length of the valid UTF-8 sequence at s, 0 when there is none (RFC 3629: no overlong forms, no surrogates). */
static size_t utf8_length(const unsigned char *s) {
    static const struct {
        unsigned char first, last, low, high;
        size_t length;
    } forms[] = {{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
                 {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
                 {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
    if (s[0] < 0x80) return 1;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (s[0] < forms[i].first || s[0] > forms[i].last) continue;
        if (s[1] < forms[i].low || s[1] > forms[i].high) return 0;
        for (size_t k = 2; k < forms[i].length; k++) {
            if ((s[k] & 0xc0) != 0x80) return 0;
        }
        return forms[i].length;
    }
    return 0;
}

void kzgops__json_string(struct kzgops__text *text, const char *value) {
    const unsigned char *s = (const unsigned char *)value;
    kzgops__text_add(text, "\"");
    while (*s != '\0') {
        size_t length = utf8_length(s);
        if (length == 0) {
            kzgops__text_add(text, "\xef\xbf\xbd");
            length = 1;
        } else if (*s < 0x20 || *s == 0x7f) {
            kzgops__text_add(text, "\\u%04x", *s);
        } else if (*s == '"' || *s == '\\') {
            kzgops__text_add(text, "\\%c", *s);
        } else {
            kzgops__text_add(text, "%.*s", (int)length, (const char *)s);
        }
        s += length;
    }
    kzgops__text_add(text, "\"");
}

void kzgops__json_open(struct kzgops__text *text, const char *bracket) {
    kzgops__text_add(text, "%s%s", text->comma ? "," : "", bracket);
    text->comma = false;
}

void kzgops__json_close(struct kzgops__text *text, const char *bracket) {
    kzgops__text_add(text, "%s", bracket);
    text->comma = true;
}

void kzgops__json_key(struct kzgops__text *text, const char *key) {
    if (text->comma) kzgops__text_add(text, ",");
    kzgops__json_string(text, key);
    kzgops__text_add(text, ":");
    text->comma = false;
}

void kzgops__json_bytes(struct kzgops__text *text, const char *key, uint64_t bytes) {
    kzgops__json_key(text, key);
    if (bytes == UNKNOWN) {
        kzgops__text_add(text, "null");
    } else if (bytes == UNLIMITED) {
        kzgops__text_add(text, "\"unlimited\"");
    } else {
        kzgops__text_add(text, "%" PRIu64, bytes);
    }
    text->comma = true;
}

void kzgops__json_signed(struct kzgops__text *text, const char *key, int64_t value) {
    kzgops__json_key(text, key);
    kzgops__text_add(text, "%" PRId64, value);
    text->comma = true;
}

void kzgops__json_double(struct kzgops__text *text, const char *key, double value) {
    char digits[KZGOPS__DOUBLE_MAX];
    kzgops__json_key(text, key);
    kzgops__double_text(digits, value);
    kzgops__text_add(text, "%s", isfinite(value) ? digits : "null");
    text->comma = true;
}

void kzgops__json_bool(struct kzgops__text *text, const char *key, bool value) {
    kzgops__json_key(text, key);
    kzgops__text_add(text, value ? "true" : "false");
    text->comma = true;
}

void kzgops__json_text(struct kzgops__text *text, const char *key, const char *value) {
    kzgops__json_key(text, key);
    kzgops__json_string(text, value);
    text->comma = true;
}
