#include "cli/json_scan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

struct scan {
    const struct cli *cli;
    const char *file;
    const char *text;
    size_t length;
    size_t at;
};

static enum cli_exit fail_at(const struct scan *scan, status_code code, size_t at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static enum cli_exit fail_at(const struct scan *scan, status_code code, size_t at, const char *format, ...) {
    char message[512];
    struct cli_place place = {.file = scan->file, .has_offset = true, .offset = at};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return cli_error(scan->cli, CLI_BAD_INPUT, status_code_name(code), &place, "%s", message);
}

/* ---- Tokens -------------------------------------------------------------------------------------------------- */

/* The next character behind white space, or -1 at the end. */
static int next_char(struct scan *scan) {
    for (; scan->at < scan->length; scan->at++) {
        char c = scan->text[scan->at];
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return (unsigned char)c;
    }
    return -1;
}

static enum cli_exit unexpected(struct scan *scan, const char *expected) {
    int c = next_char(scan);
    if (c < 0) return fail_at(scan, ST_JSON_MALFORMED, scan->at, "the text ends: expected %s", expected);
    if (c < 0x20 || c > 0x7e)
        return fail_at(scan, ST_JSON_MALFORMED, scan->at, "found byte 0x%02x: expected %s", (unsigned)c, expected);
    return fail_at(scan, ST_JSON_MALFORMED, scan->at, "found '%c': expected %s", c, expected);
}

/* Takes c if it is next. */
static bool take(struct scan *scan, char c) {
    if (next_char(scan) != (unsigned char)c) return false;
    scan->at++;
    return true;
}

/* A string without its quotes. None of the names and values that are valid here has an escape or a control character
 * in it, so such a string is only looked at for its end. */
static enum cli_exit take_string(struct scan *scan, const char *expected, const char **ret_start,
                                 size_t *ret_length) {
    if (!take(scan, '"')) return unexpected(scan, expected);
    size_t start = scan->at;
    for (; scan->at < scan->length; scan->at++) {
        unsigned char c = (unsigned char)scan->text[scan->at];
        if (c == '"') {
            *ret_start = scan->text + start;
            *ret_length = scan->at - start;
            scan->at++;
            return CLI_OK;
        }
        if (c < 0x20)
            return fail_at(scan, ST_JSON_MALFORMED, scan->at, "control character 0x%02x inside a string", c);
        if (c == '\\')
            return fail_at(scan, ST_JSON_MALFORMED, scan->at, "escapes are not accepted in names or hexadecimal");
    }
    return fail_at(scan, ST_JSON_MALFORMED, start - 1, "the string that begins here does not end");
}

/* ---- Values -------------------------------------------------------------------------------------------------- */

/* Room for one more item; doubling keeps it linear. */
static bool reserve(void **memory, size_t count, size_t size) {
    if (count != 0 && (count & (count - 1)) != 0) return true;
    size_t capacity = count == 0 ? 1 : 2 * count;
    void *moved = capacity > SIZE_MAX / size ? NULL : realloc(*memory, capacity * size);
    if (moved == NULL) return false;
    *memory = moved;
    return true;
}

/* "cells[3]", or "blob" for a single value. */
static void describe(char *out, size_t size, const struct json_argument *argument, size_t index) {
    if (argument->type == JSON_HEX)
        snprintf(out, size, "%s", argument->name);
    else
        snprintf(out, size, "%s[%zu]", argument->name, index);
}

static enum cli_exit decode_hex(struct scan *scan, const char *what, const char *text, size_t length, uint8_t *out,
                                size_t size) {
    size_t start = (size_t)(text - scan->text);
    if (length < 2 || text[0] != '0' || text[1] != 'x')
        return fail_at(scan, ST_HEX_MALFORMED, start, "%s: expected 0x and %zu hexadecimal digits", what, 2 * size);
    for (size_t i = 2; i < length; i++)
        if (hex_digit(text[i]) < 0)
            return fail_at(scan, ST_HEX_MALFORMED, start + i, "%s: this is not a hexadecimal digit", what);
    if (length - 2 != 2 * size)
        return fail_at(scan, ST_BYTES_LENGTH, start, "%s: %zu hexadecimal digits%s: expected %zu (%zu bytes)", what,
                       length - 2, length % 2 != 0 ? ", an odd number" : "", 2 * size, size);
    (void)hex_decode(out, size, text + 2, NULL);
    return CLI_OK;
}

/* A string of size bytes; what names it. */
static enum cli_exit take_bytes(struct scan *scan, const char *what, uint8_t *out, size_t size) {
    const char *text;
    size_t length;
    if (next_char(scan) >= 0 && next_char(scan) != '"')
        return fail_at(scan, ST_FIELD_TYPE, scan->at, "%s: expected a string of hexadecimal digits", what);
    CLI_TRY(take_string(scan, "a string", &text, &length));
    return decode_hex(scan, what, text, length, out, size);
}

/* ["0x..", ...]: size bytes in field elements. */
static enum cli_exit take_coset(struct scan *scan, const char *what, uint8_t *out, size_t size) {
    size_t count = size / KZG_BYTES_PER_FIELD_ELEMENT;
    if (next_char(scan) >= 0 && next_char(scan) != '[')
        return fail_at(scan, ST_FIELD_TYPE, scan->at, "%s: expected a list of %zu field elements", what, count);
    if (!take(scan, '[')) return unexpected(scan, "a list");
    for (size_t i = 0; i < count; i++) {
        char element[96];
        snprintf(element, sizeof element, "%s[%zu]", what, i);
        if (next_char(scan) == ']' || (i > 0 && !take(scan, ',')))
            return next_char(scan) == ']' ? fail_at(scan, ST_LENGTH_MISMATCH, scan->at,
                                                    "%s: %zu field elements: expected %zu", what, i, count)
                                          : unexpected(scan, "',' or ']' in a list");
        CLI_TRY(take_bytes(scan, element, out + i * KZG_BYTES_PER_FIELD_ELEMENT, KZG_BYTES_PER_FIELD_ELEMENT));
    }
    if (take(scan, ']')) return CLI_OK;
    return fail_at(scan, ST_LENGTH_MISMATCH, scan->at, "%s: more than %zu field elements", what, count);
}

/* Item number value->count, as a string or as a list of field elements. */
static enum cli_exit take_hex(struct scan *scan, const struct json_argument *argument, struct json_value *value) {
    char what[64];
    void *bytes = value->bytes;
    if (!reserve(&bytes, value->count, argument->size)) return cli_out_of_memory(scan->cli);
    value->bytes = bytes;
    describe(what, sizeof what, argument, value->count);
    uint8_t *out = value->bytes + value->count * argument->size;
    if (argument->type == JSON_COSET_LIST)
        CLI_TRY(take_coset(scan, what, out, argument->size));
    else
        CLI_TRY(take_bytes(scan, what, out, argument->size));
    value->count++;
    return CLI_OK;
}

/* JSON's number, as far as it is a whole one that fits: no sign, fraction, exponent or leading zero. */
static enum cli_exit take_number(struct scan *scan, const struct json_argument *argument, struct json_value *value) {
    char what[64];
    void *numbers = value->numbers;
    describe(what, sizeof what, argument, value->count);
    if (next_char(scan) < 0) return unexpected(scan, "a number");
    size_t start = scan->at, end = start;
    while (end < scan->length && scan->text[end] != '\0' && strchr("+-.0123456789eE", scan->text[end]) != NULL) end++;
    if (end == start) return fail_at(scan, ST_FIELD_TYPE, start, "%s: expected a number", what);
    if (!reserve(&numbers, value->count, sizeof(uint64_t))) return cli_out_of_memory(scan->cli);
    value->numbers = numbers;
    bool leading_zero = end - start > 1 && scan->text[start] == '0';
    if (leading_zero || !cli_number(scan->text + start, end - start, &value->numbers[value->count]))
        return fail_at(scan, ST_FIELD_TYPE, start,
                       "%s is %.*s: expected a whole number from 0 to 18446744073709551615", what,
                       end - start > 40 ? 40 : (int)(end - start), scan->text + start);
    scan->at = end;
    value->count++;
    return CLI_OK;
}

static enum cli_exit take_item(struct scan *scan, const struct json_argument *argument, struct json_value *value) {
    return argument->type == JSON_NUMBER_LIST ? take_number(scan, argument, value) : take_hex(scan, argument, value);
}

/* An empty list has memory too: a function must not mistake it for one that is missing. */
static enum cli_exit make_empty(struct scan *scan, const struct json_argument *argument, struct json_value *value) {
    if (argument->type == JSON_NUMBER_LIST)
        value->numbers = malloc(sizeof(uint64_t));
    else
        value->bytes = malloc(argument->size);
    return value->numbers == NULL && value->bytes == NULL ? cli_out_of_memory(scan->cli) : CLI_OK;
}

static enum cli_exit take_list(struct scan *scan, const struct json_argument *argument, struct json_value *value) {
    if (!take(scan, '[')) {
        if (next_char(scan) < 0) return unexpected(scan, "a list");
        return fail_at(scan, ST_FIELD_TYPE, scan->at, "%s: expected a list", argument->name);
    }
    if (take(scan, ']')) return make_empty(scan, argument, value);
    for (;;) {
        CLI_TRY(take_item(scan, argument, value));
        if (take(scan, ']')) return CLI_OK;
        if (!take(scan, ',')) return unexpected(scan, "',' or ']' in a list");
    }
}

/* ---- The object ------------------------------------------------------------------------------------------------ */

static enum cli_exit take_member(struct scan *scan, const struct json_argument *arguments, size_t argument_count,
                                 struct json_value *values) {
    const char *name;
    size_t length, i = 0;
    CLI_TRY(take_string(scan, "the name of an argument, in quotes", &name, &length));
    size_t at = (size_t)(name - scan->text);
    while (i < argument_count &&
           (strlen(arguments[i].name) != length || memcmp(arguments[i].name, name, length) != 0))
        i++;
    if (i == argument_count)
        return fail_at(scan, ST_FIELD_UNKNOWN, at, "there is no argument \"%.*s\" here",
                       length > 100 ? 100 : (int)length, name);
    if (values[i].present) return fail_at(scan, ST_FIELD_DUPLICATE, at, "%s is given twice", arguments[i].name);
    values[i].present = true;
    if (!take(scan, ':')) return unexpected(scan, "':'");
    if (arguments[i].type == JSON_HEX) return take_hex(scan, &arguments[i], &values[i]);
    return take_list(scan, &arguments[i], &values[i]);
}

static enum cli_exit take_object(struct scan *scan, const struct json_argument *arguments, size_t argument_count,
                                 struct json_value *values) {
    if (!take(scan, '{')) return unexpected(scan, "a JSON object, '{'");
    if (take(scan, '}')) return CLI_OK;
    for (;;) {
        CLI_TRY(take_member(scan, arguments, argument_count, values));
        if (take(scan, '}')) return CLI_OK;
        if (!take(scan, ',')) return unexpected(scan, "',' or '}'");
    }
}

enum cli_exit json_parse(const struct cli *cli, const char *file, const char *text, size_t length,
                         const struct json_argument *arguments, size_t argument_count, struct json_value *values) {
    struct scan scan = {.cli = cli, .file = file, .text = text, .length = length};
    memset(values, 0, argument_count * sizeof *values);
    CLI_TRY(take_object(&scan, arguments, argument_count, values));
    if (next_char(&scan) >= 0) return unexpected(&scan, "nothing behind the object");
    for (size_t i = 0; i < argument_count; i++)
        if (!values[i].present)
            return fail_at(&scan, ST_FIELD_MISSING, scan.at, "the argument \"%s\" is missing", arguments[i].name);
    return CLI_OK;
}

void json_values_free(struct json_value *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(values[i].bytes);
        free(values[i].numbers);
        values[i] = (struct json_value){0};
    }
}
