/* The streaming scanner: a state machine over single bytes, with one fast loop for runs of hex digits. It knows which
 * argument it is in, so each value goes to its place as it is read, and a value of another type is a fault at its
 * first byte: there is no nesting to follow and nothing to skip. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "wire/wire.h"

enum state {
    BEFORE,     /* the object's opening brace */
    FIRST_KEY,  /* a key or the closing brace */
    NEXT_KEY,   /* a key */
    KEY,        /* inside a key */
    COLON,      /* between key and value */
    VALUE,      /* a value, or an item behind a comma */
    FIRST_ITEM, /* an item, or the end of an empty list */
    ZERO,       /* the 0 of 0x */
    PREFIX,     /* the x of 0x */
    HEX,        /* digits or the closing quote */
    NUMBER,     /* digits of an integer */
    AFTER_ITEM, /* comma or the end of the list */
    AFTER,      /* comma or the closing brace */
    DONE        /* blanks only */
};

static bool blank(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool digit(char c) {
    return c >= '0' && c <= '9';
}

static const struct wire_argument *current(const struct wire_json *json) {
    return &json->operation->argument[json->argument];
}

static struct wire_value *current_value(struct wire_json *json) {
    return &json->args.value[json->argument];
}

static size_t element_bytes(const struct wire_argument *argument) {
    return argument->form == WIRE_COSET ? KZG_BYTES_PER_FIELD_ELEMENT : argument->item_bytes;
}

static unsigned list_depth(const struct wire_argument *argument) {
    return argument->form == WIRE_COSET ? 2 : argument->list ? 1 : 0;
}

static uint64_t place(struct wire_json *json) {
    if (json->argument == WIRE_NO_ARGUMENT || !current(json)->list || json->depth == 0) return WIRE_NO_INDEX;
    return current_value(json)->count;
}

/* "cells[3]: ", "cosets_evals[3][5]: ", or nothing outside the arguments. */
static void describe(struct wire_json *json, char *out, size_t size) {
    int n = 0;
    out[0] = '\0';
    if (json->argument == WIRE_NO_ARGUMENT) return;
    n += snprintf(out, size, "%s", current(json)->name);
    if (json->depth >= 1) n += snprintf(out + n, size - (size_t)n, "[%zu]", current_value(json)->count);
    if (json->depth == 2) n += snprintf(out + n, size - (size_t)n, "[%zu]", json->inner);
    snprintf(out + n, size - (size_t)n, ": ");
}

/* The fault is at the byte read last. Of the text no more is quoted back than one character or a key. */
__attribute__((format(printf, 3, 4))) static void fail(struct wire_json *json, status_code code, const char *format,
                                                       ...) {
    char where[96], what[128];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    describe(json, where, sizeof where);
    wire_fault_at(&json->fault, code, json->argument, place(json), "%s%s", where, what);
    json->fault.offset = json->position - 1;
    if (json->argument != WIRE_NO_ARGUMENT && json->depth == 2) json->fault.element = (uint32_t)json->inner;
    json->failed = true;
}

static const char *const expected[] = {
    [BEFORE] = "a JSON object, '{'",
    [FIRST_KEY] = "the name of an argument, in quotes",
    [NEXT_KEY] = "the name of an argument, in quotes",
    [COLON] = "':'",
    [VALUE] = "a value",
    [FIRST_ITEM] = "a value or ']'",
    [NUMBER] = "',' or ']' in a list",
    [AFTER_ITEM] = "',' or ']' in a list",
    [AFTER] = "',' or '}'",
    [DONE] = "nothing behind the object",
};

static void unexpected(struct wire_json *json, char c) {
    if (c < 0x20 || c > 0x7e) {
        fail(json, ST_JSON_MALFORMED, "found byte 0x%02x: expected %s", (uint8_t)c, expected[json->state]);
    } else {
        fail(json, ST_JSON_MALFORMED, "found '%c': expected %s", c, expected[json->state]);
    }
}

static void text_ends(struct wire_json *json) {
    json->position++; /* the fault is behind the last byte */
    if (json->state == KEY || json->state == ZERO || json->state == PREFIX || json->state == HEX) {
        fail(json, ST_JSON_MALFORMED, "the text ends inside a string, which does not end");
    } else {
        fail(json, ST_JSON_MALFORMED, "the text ends: expected %s", expected[json->state]);
    }
}

/* ---- Keys ---------------------------------------------------------------------------------------------------- */

static void key_done(struct wire_json *json) {
    const struct wire_operation *operation = json->operation;
    for (size_t i = 0; i < operation->count; i++) {
        if (strlen(operation->argument[i].name) != json->key_len ||
            memcmp(operation->argument[i].name, json->key, json->key_len) != 0) {
            continue;
        }
        json->argument = (int)i;
        json->depth = 0;
        if (json->seen & 1u << i) {
            json->argument = WIRE_NO_ARGUMENT;
            fail(json, ST_FIELD_DUPLICATE, "%s is given twice", operation->argument[i].name);
            json->fault.argument = (int)i;
            return;
        }
        json->seen |= 1u << i;
        json->used = (json->used + 7) / 8 * 8;
        json->args.value[i] = (struct wire_value){.data = json->out + json->used, .count = 0};
        json->state = COLON;
        return;
    }
    fail(json, ST_FIELD_UNKNOWN, "there is no argument \"%.*s\" here", (int)json->key_len, json->key);
}

static void in_key(struct wire_json *json, char c) {
    if (c == '"') {
        key_done(json);
    } else if ((unsigned char)c < 0x20) {
        fail(json, ST_JSON_MALFORMED, "control character 0x%02x inside a string", (uint8_t)c);
    } else if (c == '\\') {
        fail(json, ST_FIELD_UNKNOWN, "escapes are not accepted in names or hexadecimal");
    } else if (json->key_len == sizeof json->key) {
        fail(json, ST_FIELD_UNKNOWN, "there is no argument with so long a name");
    } else {
        json->key[json->key_len++] = c;
    }
}

/* ---- Values -------------------------------------------------------------------------------------------------- */

/* Room for one more item of the current argument. The buffer was sized from the text's length (two digits a byte), so
 * a list that is longer than allowed is found first. */
static bool room(struct wire_json *json, size_t bytes) {
    bool item_starts = current(json)->form != WIRE_COSET || json->inner == 0;
    if (item_starts && current(json)->list && current_value(json)->count >= json->items_max) {
        fail(json, ST_COUNT_TOO_LARGE, "the list is longer than is taken");
        return false;
    }
    if (bytes > json->capacity - json->used) {
        fail(json, ST_BODY_LENGTH, "more data than the body's length can hold");
        return false;
    }
    return true;
}

static void value_type_fault(struct wire_json *json) {
    if (json->depth == 0 && list_depth(current(json)) > 0) {
        fail(json, ST_FIELD_TYPE, "expected a list");
    } else if (json->depth < list_depth(current(json))) {
        fail(json, ST_FIELD_TYPE, "expected a list of %d field elements", KZG_FIELD_ELEMENTS_PER_CELL);
    } else if (current(json)->form == WIRE_UINT64) {
        fail(json, ST_FIELD_TYPE, "expected a whole number from 0 to 18446744073709551615");
    } else {
        fail(json, ST_FIELD_TYPE, "expected a string of 0x and hexadecimal digits");
    }
}

static void value_start(struct wire_json *json, char c) {
    const struct wire_argument *argument = current(json);
    bool scalar_due = json->depth == list_depth(argument);
    if (strchr("\"[{-0123456789tfn", c) == NULL || c == '\0') {
        unexpected(json, c);
    } else if (c == '[' && !scalar_due) {
        if (json->depth == 1) {
            json->inner = 0;
            if (!room(json, 0)) return;
        }
        json->depth++;
        json->state = FIRST_ITEM;
    } else if (argument->form == WIRE_COSET && scalar_due && json->inner == KZG_FIELD_ELEMENTS_PER_CELL) {
        json->depth = 1; /* the item is at fault, before it can fill the buffer */
        fail(json, ST_BYTES_LENGTH, "more than %d field elements", KZG_FIELD_ELEMENTS_PER_CELL);
    } else if (c == '"' && scalar_due && argument->form != WIRE_UINT64) {
        json->filled = 0;
        json->digits = 0;
        json->half = false;
        json->state = ZERO;
    } else if (digit(c) && scalar_due && argument->form == WIRE_UINT64) {
        json->number = (uint64_t)(c - '0');
        json->state = NUMBER;
    } else {
        value_type_fault(json);
    }
}

/* A value or item is complete. */
static void item_done(struct wire_json *json) {
    const struct wire_argument *argument = current(json);
    if (argument->form == WIRE_COSET && json->depth == 2) {
        json->inner++;
    } else {
        current_value(json)->count++;
    }
    json->state = json->depth == 0 ? AFTER : AFTER_ITEM;
}

static void list_done(struct wire_json *json) {
    if (json->depth == 2) {
        json->depth = 1;
        if (json->inner != KZG_FIELD_ELEMENTS_PER_CELL) {
            fail(json, ST_BYTES_LENGTH, "%zu field elements: expected %d", json->inner, KZG_FIELD_ELEMENTS_PER_CELL);
            return;
        }
        json->inner = 0;
        item_done(json);
        return;
    }
    json->depth = 0;
    json->state = AFTER;
}

/* ---- Hexadecimal --------------------------------------------------------------------------------------------- */

#define __ 255
static const uint8_t hex_value[256] = {
    __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __,
    __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, 0,  1,  2,  3,
    4,  5,  6,  7,  8,  9,  __, __, __, __, __, __, __, 10, 11, 12, 13, 14, 15, __, __, __, __, __, __, __,
    __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, 10, 11, 12, 13, 14, 15, __,
    __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __,
    __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __,
    __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __,
    __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __,
    __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __,
    __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __};
#undef __

/* Whole bytes as long as there are pairs of digits, room in the value and text. Returns how much text that was. */
static size_t hex_run(struct wire_json *json, const uint8_t *text, size_t length) {
    size_t want = element_bytes(current(json));
    size_t n = want - json->filled < length / 2 ? want - json->filled : length / 2;
    KZG_ASSERT(n <= json->capacity - json->used - json->filled);
    uint8_t *out = json->out + json->used + json->filled;
    size_t i = 0;
    for (; i < n; i++) {
        uint8_t high = hex_value[text[2 * i]];
        uint8_t low = hex_value[text[2 * i + 1]];
        if ((high | low) == 255) break;
        out[i] = (uint8_t)(high << 4 | low);
    }
    json->filled += i;
    return 2 * i;
}

static void hex_end(struct wire_json *json) {
    size_t want = element_bytes(current(json));
    size_t digits = 2 * json->filled + json->half + json->digits;
    if (digits != 2 * want) {
        fail(json, json->half ? ST_HEX_MALFORMED : ST_BYTES_LENGTH,
             "%zu hexadecimal digits%s: expected %zu (%zu bytes)", digits, digits % 2 != 0 ? ", an odd number" : "",
             2 * want, want);
    } else {
        json->used += want;
        item_done(json);
    }
}

static void not_hex(struct wire_json *json, char c, const char *what) {
    if (c == '\\') {
        fail(json, ST_HEX_MALFORMED, "escapes are not accepted in names or hexadecimal");
    } else if ((unsigned char)c < 0x20) {
        fail(json, ST_HEX_MALFORMED, "control character 0x%02x inside a string", (uint8_t)c);
    } else {
        fail(json, ST_HEX_MALFORMED, "%s", what);
    }
}

static void in_prefix(struct wire_json *json, char c) {
    if (c != (json->state == ZERO ? '0' : 'x')) {
        char what[64];
        snprintf(what, sizeof what, "expected 0x and %zu hexadecimal digits", 2 * element_bytes(current(json)));
        not_hex(json, c, what);
    } else if (json->state == ZERO) {
        json->state = PREFIX;
    } else if (room(json, 0)) {
        json->state = HEX;
    }
}

static void in_hex(struct wire_json *json, char c) {
    size_t want = element_bytes(current(json));
    uint8_t value = hex_value[(uint8_t)c];
    if (c == '"') {
        hex_end(json);
    } else if (value == 255) {
        not_hex(json, c, "this is not a hexadecimal digit");
    } else if (json->filled == want) {
        json->digits++; /* too many: only how many */
    } else if (!json->half) {
        KZG_ASSERT(json->filled < json->capacity - json->used);
        json->nibble = value;
        json->half = true;
    } else {
        json->out[json->used + json->filled++] = (uint8_t)(json->nibble << 4 | value);
        json->half = false;
    }
}

/* ---- Numbers ------------------------------------------------------------------------------------------------- */

static void step(struct wire_json *json, char c);

static void number_end(struct wire_json *json, char c) {
    if (!room(json, sizeof json->number)) return;
    memcpy(json->out + json->used, &json->number, sizeof json->number);
    json->used += sizeof json->number;
    item_done(json);
    step(json, c);
}

static void in_number(struct wire_json *json, char c) {
    if (c == '.' || c == 'e' || c == 'E') {
        fail(json, ST_FIELD_TYPE, "expected a whole number, without fraction or exponent");
    } else if (!digit(c)) {
        number_end(json, c);
    } else if (json->number == 0) {
        fail(json, ST_JSON_MALFORMED, "a number with a leading zero");
    } else if (json->number > (UINT64_MAX - (uint64_t)(c - '0')) / 10) {
        fail(json, ST_FIELD_TYPE, "an integer above 2^64 - 1");
    } else {
        json->number = 10 * json->number + (uint64_t)(c - '0');
    }
}

/* ---- The machine --------------------------------------------------------------------------------------------- */

static void expect(struct wire_json *json, char c, char wanted, int next) {
    if (c == wanted) {
        json->state = next;
    } else if (!blank(c)) {
        unexpected(json, c);
    }
}

static void begin_key(struct wire_json *json, char c) {
    if (json->state == FIRST_KEY && c == '}') {
        json->state = DONE;
    } else if (c == '"') {
        json->argument = WIRE_NO_ARGUMENT;
        json->key_len = 0;
        json->state = KEY;
    } else if (!blank(c)) {
        unexpected(json, c);
    }
}

static void after(struct wire_json *json, char c) {
    bool item = json->state == AFTER_ITEM;
    if (blank(c)) return;
    if (c == ',') {
        json->state = item ? VALUE : NEXT_KEY;
    } else if (item && c == ']') {
        list_done(json);
    } else if (!item && c == '}') {
        json->argument = WIRE_NO_ARGUMENT;
        json->state = DONE;
    } else {
        unexpected(json, c);
    }
}

static void step(struct wire_json *json, char c) {
    switch ((enum state)json->state) {
    case BEFORE: expect(json, c, '{', FIRST_KEY); break;
    case FIRST_KEY:
    case NEXT_KEY: begin_key(json, c); break;
    case KEY: in_key(json, c); break;
    case COLON: expect(json, c, ':', VALUE); break;
    case FIRST_ITEM:
        if (c == ']') {
            list_done(json);
            break;
        }
        /* fall through */
    case VALUE:
        if (!blank(c)) value_start(json, c);
        break;
    case ZERO:
    case PREFIX: in_prefix(json, c); break;
    case HEX: in_hex(json, c); break;
    case NUMBER: in_number(json, c); break;
    case AFTER_ITEM:
    case AFTER: after(json, c); break;
    case DONE:
        if (!blank(c)) unexpected(json, c);
        break;
    }
}

size_t wire_json_decoded_max(const struct wire_operation *operation, size_t items_max, size_t text_length) {
    /* Two digits make a byte; an index is eight bytes for as little as two characters; arguments are aligned. */
    size_t bytes = text_length / 2, most = wire_ssz_max(operation, items_max);
    for (size_t i = 0; i < operation->count; i++) {
        if (operation->argument[i].form == WIRE_UINT64) bytes += 8 * items_max;
    }
    return (bytes < most ? bytes : most) + 8 * operation->count;
}

void wire_json_begin(struct wire_json *json, const struct wire_operation *operation, size_t items_max, uint8_t *out,
                     size_t capacity) {
    KZG_ASSERT((uintptr_t)out % 8 == 0);
    *json = (struct wire_json){.operation = operation,
                               .items_max = items_max,
                               .out = out,
                               .capacity = capacity,
                               .state = BEFORE,
                               .argument = WIRE_NO_ARGUMENT};
}

bool wire_json_feed(struct wire_json *json, const char *text, size_t length) {
    if (json->failed) return false;
    if (text == NULL) {
        json->argument = json->state == DONE ? WIRE_NO_ARGUMENT : json->argument;
        if (json->state != DONE) text_ends(json);
        return !json->failed;
    }
    size_t i = 0;
    while (i < length && !json->failed) {
        if (json->state == HEX && !json->half) {
            size_t run = hex_run(json, (const uint8_t *)text + i, length - i);
            i += run;
            json->position += run;
            if (i == length) break;
        }
        json->position++;
        step(json, text[i++]);
    }
    return !json->failed;
}
