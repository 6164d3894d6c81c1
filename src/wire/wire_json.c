/* The streaming scanner: a state machine over single bytes, with one fast loop for runs of hex digits. It knows which
 * argument it is in, so each value goes to its place as it is read, and a value of another type is a fault at its
 * first byte: there is no nesting to follow and nothing to skip. */
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

/* Text at the fault is not quoted back, only where it stands. */
static void fail(struct wire_json *json, status_code code, const char *what) {
    const char *name = json->argument == WIRE_NO_ARGUMENT ? NULL : current(json)->name;
    wire_fault_at(&json->fault, code, json->argument, place(json), "%s%s%s (at byte %zu)", name == NULL ? "" : name,
                  name == NULL ? "" : ": ", what, json->position);
    if (json->argument != WIRE_NO_ARGUMENT && current(json)->form == WIRE_COSET && json->depth == 2) {
        json->fault.element = (uint32_t)json->inner;
    }
    json->failed = true;
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
            fail(json, ST_FIELD_DUPLICATE, "given twice");
            return;
        }
        json->seen |= 1u << i;
        json->used = (json->used + 7) / 8 * 8;
        json->args.value[i] = (struct wire_value){.data = json->out + json->used, .count = 0};
        json->state = COLON;
        return;
    }
    wire_fault_at(&json->fault, ST_FIELD_UNKNOWN, WIRE_NO_ARGUMENT, WIRE_NO_INDEX,
                  "\"%.*s\" is not an argument of %s", (int)json->key_len, json->key, operation->name);
    json->failed = true;
}

static void in_key(struct wire_json *json, char c) {
    if (c == '"') {
        key_done(json);
    } else if ((unsigned char)c < 0x20) {
        fail(json, ST_JSON_MALFORMED, "a control character in a key");
    } else if (json->key_len == sizeof json->key || c == '\\') {
        fail(json, ST_FIELD_UNKNOWN, "a key that no operation has");
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
    static const char *const wants[] = {
        [WIRE_BYTES] = "must be a string of 0x and hex digits",
        [WIRE_UINT64] = "must be an integer from 0 to 2^64 - 1",
        [WIRE_COSET] = "must be a list of 64 strings of 0x and hex digits",
    };
    if (json->depth == 0 && list_depth(current(json)) > 0) {
        fail(json, ST_FIELD_TYPE, "must be a list");
    } else {
        fail(json, ST_FIELD_TYPE, wants[current(json)->form]);
    }
}

static void value_start(struct wire_json *json, char c) {
    const struct wire_argument *argument = current(json);
    bool scalar_due = json->depth == list_depth(argument);
    if (strchr("\"[{-0123456789tfn", c) == NULL || c == '\0') {
        fail(json, ST_JSON_MALFORMED, "a value is expected");
    } else if (c == '[' && !scalar_due) {
        if (json->depth == 1) {
            json->inner = 0;
            if (!room(json, 0)) return;
        }
        json->depth++;
        json->state = FIRST_ITEM;
    } else if (argument->form == WIRE_COSET && scalar_due && json->inner == KZG_FIELD_ELEMENTS_PER_CELL) {
        fail(json, ST_BYTES_LENGTH, "an item must have 64 field elements"); /* before it can fill the buffer */
    } else if (c == '"' && scalar_due && argument->form != WIRE_UINT64) {
        json->filled = 0;
        json->half = false;
        json->state = ZERO;
    } else if (digit(c) && scalar_due && argument->form == WIRE_UINT64) {
        json->number = (uint64_t)(c - '0');
        json->digits = 1;
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
            fail(json, ST_BYTES_LENGTH, "an item must have 64 field elements");
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
    if (json->half) {
        fail(json, ST_HEX_MALFORMED, "an odd number of hex digits");
    } else if (json->filled != want) {
        uint64_t index = place(json);
        size_t inner = json->inner;
        bool coset = current(json)->form == WIRE_COSET;
        wire_fault_at(&json->fault, ST_BYTES_LENGTH, json->argument, index, "%s: %zu bytes, %zu are needed",
                      current(json)->name, json->filled, want);
        if (coset) json->fault.element = (uint32_t)inner;
        json->failed = true;
    } else {
        json->used += want;
        item_done(json);
    }
}

static void in_hex(struct wire_json *json, char c) {
    size_t want = element_bytes(current(json));
    uint8_t value = hex_value[(uint8_t)c];
    if (c == '"') {
        hex_end(json);
    } else if (value == 255) {
        fail(json, ST_HEX_MALFORMED, "a character that is not a hex digit");
    } else if (json->filled == want) {
        wire_fault_at(&json->fault, ST_BYTES_LENGTH, json->argument, place(json), "%s: more than %zu bytes",
                      current(json)->name, want);
        json->failed = true;
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
        fail(json, ST_FIELD_TYPE, "must be an integer without fraction or exponent");
    } else if (!digit(c)) {
        number_end(json, c);
    } else if (json->number == 0) {
        fail(json, ST_JSON_MALFORMED, "a number with a leading zero");
    } else if (json->number > (UINT64_MAX - (uint64_t)(c - '0')) / 10) {
        fail(json, ST_FIELD_TYPE, "an integer above 2^64 - 1");
    } else {
        json->number = 10 * json->number + (uint64_t)(c - '0');
        json->digits++;
    }
}

/* ---- The machine --------------------------------------------------------------------------------------------- */

static void expect(struct wire_json *json, char c, char wanted, int next, const char *what) {
    if (c == wanted) {
        json->state = next;
    } else if (!blank(c)) {
        fail(json, ST_JSON_MALFORMED, what);
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
        fail(json, ST_JSON_MALFORMED, "an argument's name in quotes is expected");
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
        fail(json, ST_JSON_MALFORMED, item ? "a comma or ] is expected" : "a comma or } is expected");
    }
}

static void step(struct wire_json *json, char c) {
    switch ((enum state)json->state) {
    case BEFORE: expect(json, c, '{', FIRST_KEY, "the body must be a JSON object"); break;
    case FIRST_KEY:
    case NEXT_KEY: begin_key(json, c); break;
    case KEY: in_key(json, c); break;
    case COLON: expect(json, c, ':', VALUE, "a colon is expected"); break;
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
    case PREFIX:
        if (c != (json->state == ZERO ? '0' : 'x')) {
            fail(json, ST_HEX_MALFORMED, "must start with 0x");
        } else if (json->state == ZERO) {
            json->state = PREFIX;
        } else if (room(json, 0)) {
            json->state = HEX;
        }
        break;
    case HEX: in_hex(json, c); break;
    case NUMBER: in_number(json, c); break;
    case AFTER_ITEM:
    case AFTER: after(json, c); break;
    case DONE:
        if (!blank(c)) fail(json, ST_JSON_MALFORMED, "something stands behind the object");
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
        if (json->state != DONE) fail(json, ST_JSON_MALFORMED, "the text ends too early");
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
