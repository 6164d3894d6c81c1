/* The service's decoders on arbitrary bodies, without HTTP.
 *
 * Input: operation; form and edits; most items; then the body as a recipe, since fuzzers do not invent blobs.
 *   SSZ (form even): two bytes of item count, then edits of the container that is laid out for it: where (2), what
 * (1); with bit 1 of form, instead, the rest as it is. JSON (form odd): text, in which bytes from 0x80 on stand for
 * longer pieces (expand_token). Properties: no access outside the buffers (exact sizes, so that a sanitizer sees it);
 * what is accepted has the shape that the operation's table says and is within the limits; it encodes back to the
 * same SSZ body, and as minimal JSON decodes to the same; JSON gives the same answer in pieces of any size; a fault
 * has a place in the operation and makes a problem document that fits. */
#include "base/bytes.h"
#include "base/hex.h"
#include "fuzz/fuzz.h"
#include "wire/wire.h"

#define TEXT_MAX  (1u << 20)
#define ITEMS_MAX 5u

static char text[TEXT_MAX];
static size_t text_length;

/* ---- What must hold of any answer ---- */

static void check_fault(const struct wire_operation *op, const struct wire_fault *fault) {
    char problem[WIRE_PROBLEM_MAX];
    FUZZ_HOLDS(fault->code != ST_OK && strcmp(status_code_name(fault->code), "unknown") != 0);
    FUZZ_HOLDS(status_code_http(fault->code) >= 400 && status_code_http(fault->code) < 500);
    FUZZ_HOLDS(fault->argument == WIRE_NO_ARGUMENT || (fault->argument >= 0 && (size_t)fault->argument < op->count));
    FUZZ_HOLDS(memchr(fault->detail, 0, sizeof fault->detail) != NULL && fault->detail[0] != '\0');
    size_t length = wire_problem(problem, op, fault, "fuzz");
    FUZZ_HOLDS(length < sizeof problem && strlen(problem) == length && problem[0] == '{' &&
               problem[length - 1] == '}');
    for (size_t i = 0; i < length; i++) FUZZ_HOLDS((unsigned char)problem[i] >= 0x20);
}

static void check_args(const struct wire_operation *op, const struct wire_args *args, size_t items_max,
                       const uint8_t *buffer, size_t size) {
    for (size_t i = 0; i < op->count; i++) {
        const struct wire_argument *a = &op->argument[i];
        const struct wire_value *v = &args->value[i];
        FUZZ_HOLDS(v->count <= (a->list ? items_max : 1));
        FUZZ_HOLDS(a->own_count || v->count == (a->list ? args->n : 1));
        FUZZ_HOLDS(v->data >= buffer && v->count * a->item_bytes <= (size_t)(buffer + size - v->data));
        if (a->form == WIRE_UINT64) FUZZ_HOLDS((uintptr_t)v->data % 8 == 0);
    }
}

static void same_args(const struct wire_operation *op, const struct wire_args *a, const struct wire_args *b) {
    FUZZ_HOLDS(a->n == b->n);
    for (size_t i = 0; i < op->count; i++) {
        size_t bytes = a->value[i].count * op->argument[i].item_bytes;
        FUZZ_HOLDS(a->value[i].count == b->value[i].count);
        FUZZ_HOLDS(bytes == 0 || memcmp(a->value[i].data, b->value[i].data, bytes) == 0);
    }
}

/* ---- Encoders of our own ---- */

static void put(const char *piece, size_t n) {
    if (n > TEXT_MAX - text_length) n = TEXT_MAX - text_length;
    memcpy(text + text_length, piece, n);
    text_length += n;
}

static void put_hex(const uint8_t *bytes, size_t n) {
    static char digits[2 * KZG_BYTES_PER_BLOB];
    hex_encode(digits, bytes, n);
    put("\"0x", 3);
    put(digits, 2 * n);
    put("\"", 1);
}

static void put_item(const struct wire_argument *a, const uint8_t *item) {
    char number[24];
    if (a->form == WIRE_BYTES) {
        put_hex(item, a->item_bytes);
    } else if (a->form == WIRE_UINT64) {
        uint64_t value;
        memcpy(&value, item, 8);
        put(number, (size_t)snprintf(number, sizeof number, "%llu", (unsigned long long)value));
    } else {
        for (size_t i = 0; i < KZG_FIELD_ELEMENTS_PER_CELL; i++) {
            put(i == 0 ? "[" : ",", 1);
            put_hex(item + 32 * i, 32);
        }
        put("]", 1);
    }
}

static void put_args(const struct wire_operation *op, const struct wire_args *args) {
    text_length = 0;
    for (size_t i = 0; i < op->count; i++) {
        const struct wire_argument *a = &op->argument[i];
        put(i == 0 ? "{\"" : ",\"", 2);
        put(a->name, strlen(a->name));
        put("\":", 2);
        if (a->list) put("[", 1);
        for (size_t k = 0; k < args->value[i].count; k++) {
            if (k > 0) put(",", 1);
            put_item(a, args->value[i].data + k * a->item_bytes);
        }
        if (a->list) put("]", 1);
    }
    put("}", 1);
}

static size_t ssz_fixed(const struct wire_operation *op) {
    return wire_ssz_max(op, 0);
}

/* The canonical container of n zero items in each list; or, with args, of these (little-endian machines only). */
static size_t ssz_build(const struct wire_operation *op, const struct wire_args *args, size_t n, uint8_t *out) {
    size_t at = 0, tail = ssz_fixed(op);
    for (size_t i = 0; i < op->count; i++) {
        const struct wire_argument *a = &op->argument[i];
        size_t bytes = (args ? args->value[i].count : a->list ? n : 1) * a->item_bytes;
        uint8_t *to = a->list ? out + tail : out + at;
        if (args && bytes > 0) memcpy(to, args->value[i].data, bytes);
        if (!args) memset(to, 0, bytes);
        for (int b = 0; a->list && b < 4; b++) out[at + (size_t)b] = (uint8_t)(tail >> 8 * b);
        at += a->list ? 4 : bytes;
        tail += a->list ? bytes : 0;
    }
    return tail;
}

/* ---- JSON ---- */

/* Decodes text in pieces of that size (0: all at once) into a buffer that the caller frees. */
static bool json_decode(const struct wire_operation *op, size_t items_max, size_t piece, struct wire_args *ret_args,
                        struct wire_fault *ret_fault, uint8_t **ret_buffer) {
    size_t capacity = wire_json_decoded_max(op, items_max, text_length);
    uint8_t *buffer = aligned_alloc(8, (capacity + 7) / 8 * 8);
    struct wire_json json;
    bool ok = true;
    FUZZ_HOLDS(buffer != NULL);
    *ret_buffer = buffer;
    wire_json_begin(&json, op, items_max, buffer, capacity);
    for (size_t at = 0, n; at < text_length && ok; at += n) {
        n = piece == 0 || piece > text_length - at ? text_length - at : piece;
        char *exact = malloc(n);
        FUZZ_HOLDS(exact != NULL);
        memcpy(exact, text + at, n);
        ok = wire_json_feed(&json, exact, n);
        free(exact);
    }
    ok = ok && wire_json_end(&json, ret_args);
    FUZZ_HOLDS(json.used <= capacity);
    *ret_fault = json.fault;
    if (ok) check_args(op, ret_args, items_max, buffer, capacity);
    return ok;
}

/* One byte of the recipe: itself, or a valid value of some kind. */
static void expand_token(const struct wire_operation *op, uint8_t c, struct fuzz_input *in) {
    static uint8_t zeros[KZG_BYTES_PER_BLOB];
    struct wire_argument any = {.form = WIRE_COSET, .item_bytes = KZG_BYTES_PER_CELL};
    const char ascii = (char)c;
    if (c < 0x80) {
        put(&ascii, 1);
    } else if (c < 0x90) { /* an argument's name with its colon */
        const char *name = op->argument[c % op->count].name;
        put("\"", 1), put(name, strlen(name)), put("\":", 2);
    } else if (c < 0xa0) { /* an argument's item */
        put_item(&op->argument[c % op->count], zeros);
    } else if (c < 0xb0) { /* many field elements of a coset, without the brackets */
        for (unsigned i = 0, n = fuzz_u8(in); i < n; i++)
            put_item(&(struct wire_argument){.item_bytes = 32}, zeros), put(",", 1);
    } else if (c < 0xc0) { /* hex digits */
        for (unsigned i = 0, n = fuzz_u16(in); i < n; i++) put("5", 1);
    } else if (c < 0xd0) { /* a list of items */
        put("[", 1);
        for (unsigned i = 0, n = fuzz_u8(in) % 8u; i < n; i++) {
            if (i > 0) put(",", 1);
            put_item(&op->argument[c % op->count], zeros);
        }
        put("]", 1);
    } else if (c < 0xe0) {
        put_item(&any, zeros);
    } else {
        put("[[[[", c % 5u);
    }
}

static void fuzz_json(const struct wire_operation *op, size_t items_max, struct fuzz_input *in) {
    struct wire_args whole, pieces;
    struct wire_fault fault, piece_fault;
    uint8_t *buffer, *piece_buffer;
    size_t piece = 1 + fuzz_u8(in);
    text_length = 0;
    while (in->size > 0) expand_token(op, fuzz_u8(in), in);
    bool ok = json_decode(op, items_max, 0, &whole, &fault, &buffer);
    FUZZ_HOLDS(ok == json_decode(op, items_max, piece, &pieces, &piece_fault, &piece_buffer));
    if (ok) {
        same_args(op, &whole, &pieces);
        free(piece_buffer);
        put_args(op, &whole);
        FUZZ_HOLDS(json_decode(op, items_max, 0, &pieces, &piece_fault, &piece_buffer));
        same_args(op, &whole, &pieces);
    } else {
        check_fault(op, &fault);
        FUZZ_HOLDS(fault.code == piece_fault.code && fault.argument == piece_fault.argument &&
                   fault.index == piece_fault.index && fault.element == piece_fault.element &&
                   strcmp(fault.detail, piece_fault.detail) == 0);
    }
    free(buffer);
    free(piece_buffer);
}

/* ---- SSZ ---- */

static void fuzz_ssz(const struct wire_operation *op, size_t items_max, bool as_it_is, struct fuzz_input *in) {
    size_t n = fuzz_u16(in) % (ITEMS_MAX + 2), length = as_it_is ? in->size : wire_ssz_max(op, n);
    size_t skew = wire_ssz_skew(op);
    uint8_t *memory = aligned_alloc(8, (skew + length + 8) / 8 * 8), *body = memory + skew;
    uint8_t *again = malloc(wire_ssz_max(op, items_max));
    struct wire_args args, from_json;
    struct wire_fault fault;
    FUZZ_HOLDS(memory != NULL && again != NULL);
    if (as_it_is) {
        fuzz_take(in, body, length);
    } else {
        FUZZ_HOLDS(ssz_build(op, NULL, n, body) == length);
        while (in->size >= 3) {
            size_t where = fuzz_u16(in);
            uint8_t what = fuzz_u8(in);
            if (where >= 0xff00)
                length = length > what ? length - what : 0;
            else if (where < length)
                body[where] = what;
        }
    }
    if (wire_ssz_decode(op, body, length, items_max, &args, &fault)) {
        uint8_t *buffer;
        check_args(op, &args, items_max, body, length);
        if (load_le64((const uint8_t *)&(uint64_t){1}) == 1) /* else the integers have been turned */
            FUZZ_HOLDS(ssz_build(op, &args, 0, again) == length && memcmp(again, body, length) == 0);
        put_args(op, &args);
        FUZZ_HOLDS(json_decode(op, items_max, 0, &from_json, &fault, &buffer));
        same_args(op, &args, &from_json);
        free(buffer);
    } else {
        check_fault(op, &fault);
    }
    free(memory);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input in = {data, size};
    const struct wire_operation *op = wire_operation((wire_operation_id)(fuzz_u8(&in) % WIRE_OPERATIONS));
    uint8_t form = fuzz_u8(&in);
    struct wire_limits limits = {.blobs = 1 + form / 4 % (ITEMS_MAX - 2), .cells = 1 + form / 4 % ITEMS_MAX};
    size_t items_max = wire_items_max(op, &limits);
    if (form & 1)
        fuzz_json(op, items_max, &in);
    else
        fuzz_ssz(op, items_max, form & 2, &in);
    return 0;
}
