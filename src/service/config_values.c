#include "service/config_values.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DECIMAL_MAX 12 /* characters: far from what a double cannot hold */

static const struct unit {
    const char *name;
    unsigned shift;
} units[] = {{"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"", 0}};
#define UNITS (sizeof units / sizeof units[0])

static bool parse_digits(const char *text, int64_t *ret, char **ret_end) {
    if (!isdigit((unsigned char)text[0])) return false;
    errno = 0;
    int64_t value = strtoll(text, ret_end, 10);
    if (errno != 0) return false;
    *ret = value;
    return true;
}

bool config_parse_count(const char *text, int64_t *ret) {
    int64_t value;
    char *end;
    if (!parse_digits(text, &value, &end) || *end != '\0') return false;
    *ret = value;
    return true;
}

/* The first length characters. */
static bool parse_decimal(const char *text, size_t length, double *ret) {
    char copy[DECIMAL_MAX + 1], *end;
    if (length == 0 || length > DECIMAL_MAX || strspn(text, "0123456789.") < length) return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    double value = strtod(copy, &end);
    if (*end != '\0' || end == copy) return false;
    *ret = value;
    return true;
}

bool config_parse_seconds(const char *text, int64_t *ret_ms) {
    double seconds;
    if (!parse_decimal(text, strlen(text), &seconds)) return false;
    *ret_ms = (int64_t)(seconds * 1000 + 0.5);
    return true;
}

bool config_parse_bytes(const char *text, int64_t *ret) {
    int64_t value;
    char *end;
    if (!parse_digits(text, &value, &end)) return false;
    for (size_t i = 0; i < UNITS; i++) {
        if (strcmp(end, units[i].name) != 0) continue;
        if (value > INT64_MAX >> units[i].shift) return false;
        *ret = value << units[i].shift;
        return true;
    }
    return false;
}

bool config_parse_portion(const char *text, struct config_portion *ret) {
    struct config_portion portion = {0};
    size_t length = strlen(text);
    bool share = length > 0 && text[length - 1] == '%';
    bool ok = share ? parse_decimal(text, length - 1, &portion.percent) : config_parse_bytes(text, &portion.bytes);
    if (ok) *ret = portion;
    return ok;
}

void config_spell_bytes(int64_t bytes, char *out, size_t size) {
    size_t unit = 0;
    while (unit + 1 < UNITS && (bytes == 0 || bytes % ((int64_t)1 << units[unit].shift) != 0)) unit++;
    snprintf(out, size, "%" PRId64 "%s", bytes >> units[unit].shift, units[unit].name);
}

void config_spell_portion(const struct config_portion *portion, char *out, size_t size) {
    if (portion->bytes != 0) {
        config_spell_bytes(portion->bytes, out, size);
    } else {
        snprintf(out, size, "%g%%", portion->percent);
    }
}
