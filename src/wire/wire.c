#include "wire/wire.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/hex.h"

#define OFFSET_BYTES 4

static const struct wire_operation operations[WIRE_OPERATIONS] = {
#define ONE(n, arg, size) \
    { .name = #n, .argument = (arg), .form = WIRE_BYTES, .item_bytes = (size) }
#define LIST(n, arg, size) \
    { .name = #n, .argument = (arg), .form = WIRE_BYTES, .item_bytes = (size), .list = true }
#define OWN_LIST(n, arg, size) \
    { .name = #n, .argument = (arg), .form = WIRE_BYTES, .item_bytes = (size), .list = true, .own_count = true }
#define INDICES(n, arg) \
    { .name = #n, .argument = (arg), .form = WIRE_UINT64, .item_bytes = 8, .list = true }
#define COSETS(n, arg) \
    { .name = #n, .argument = (arg), .form = WIRE_COSET, .item_bytes = KZG_BYTES_PER_CELL, .list = true }
#define X(NAME, text, limit, outcome, base, item, ...)                                               \
    [OP_##NAME] = {                                                                                  \
        .name = #text,                                                                               \
        .items = WIRE_ITEMS_##limit,                                                                 \
        .result = WIRE_RESULT_##outcome,                                                             \
        .base_us = (base),                                                                           \
        .item_us = (item),                                                                           \
        .count = sizeof((const struct wire_argument[]){__VA_ARGS__}) / sizeof(struct wire_argument), \
        .argument = {__VA_ARGS__},                                                                   \
    },
    OPERATIONS_LIST(X)
#undef X
#undef ONE
#undef LIST
#undef OWN_LIST
#undef INDICES
#undef COSETS
};

const struct wire_operation *wire_operation(wire_operation_id id) {
    KZG_ASSERT((unsigned)id < WIRE_OPERATIONS);
    return &operations[id];
}

bool wire_operation_find(const char *name, wire_operation_id *ret_id) {
    for (size_t i = 0; i < WIRE_OPERATIONS; i++) {
        if (strcmp(operations[i].name, name) != 0) continue;
        *ret_id = (wire_operation_id)i;
        return true;
    }
    return false;
}

size_t wire_items_max(const struct wire_operation *operation, const struct wire_limits *limits) {
    switch (operation->items) {
    case WIRE_ITEMS_BLOBS: return limits->blobs;
    case WIRE_ITEMS_CELLS: return limits->cells;
    case WIRE_ITEMS_RECOVERY: return WIRE_RECOVERY_CELLS_MAX;
    case WIRE_ITEMS_ONE: break;
    }
    return 1;
}

size_t wire_ssz_max(const struct wire_operation *operation, size_t items) {
    size_t bytes = 0;
    for (size_t i = 0; i < operation->count; i++) {
        const struct wire_argument *argument = &operation->argument[i];
        bytes += argument->list ? OFFSET_BYTES + items * argument->item_bytes : argument->item_bytes;
    }
    return bytes;
}

/* Text of one item with its comma and some blanks: 24 for twenty digits, 16 around hex digits. */
static size_t json_item_max(const struct wire_argument *argument) {
    switch (argument->form) {
    case WIRE_UINT64: return 24;
    case WIRE_COSET: return 16 + KZG_FIELD_ELEMENTS_PER_CELL * (2 * (size_t)KZG_BYTES_PER_FIELD_ELEMENT + 16);
    case WIRE_BYTES: break;
    }
    return 2 * argument->item_bytes + 16;
}

size_t wire_json_max(const struct wire_operation *operation, size_t items) {
    size_t bytes = 4096;
    for (size_t i = 0; i < operation->count; i++) {
        bytes += (operation->argument[i].list ? items : 1) * json_item_max(&operation->argument[i]);
    }
    return bytes;
}

/* ---- Faults -------------------------------------------------------------------------------------------------- */

void wire_fault_set(struct wire_fault *ret_fault, status_code code) {
    wire_fault_at(ret_fault, code, WIRE_NO_ARGUMENT, WIRE_NO_INDEX, "%s", status_code_text(code));
}

void wire_fault_at(struct wire_fault *ret_fault, status_code code, int argument, uint64_t index, const char *format,
                   ...) {
    va_list args;
    *ret_fault = (struct wire_fault){
        .code = code, .argument = argument, .index = index, .element = KZG_NO_ELEMENT, .offset = WIRE_NO_OFFSET};
    va_start(args, format);
    vsnprintf(ret_fault->detail, sizeof ret_fault->detail, format, args);
    va_end(args);
}

void wire_fault_from_status(struct wire_fault *ret_fault, const struct wire_operation *operation, kzg_status status) {
    wire_fault_set(ret_fault, (status_code)status.code);
    kzg_status_format(status, ret_fault->detail, sizeof ret_fault->detail);
    ret_fault->element = status.element;
    if (status.argument == KZG_ARG_NONE) return;
    for (size_t i = 0; i < operation->count; i++) {
        if (operation->argument[i].argument != status.argument) continue;
        ret_fault->argument = (int)i;
        if (operation->argument[i].list) ret_fault->index = status.index;
    }
}

__attribute__((format(printf, 3, 4))) static size_t put(char out[WIRE_PROBLEM_MAX], size_t at, const char *format,
                                                        ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(out + at, WIRE_PROBLEM_MAX - at, format, args);
    va_end(args);
    KZG_ASSERT(n >= 0 && (size_t)n < WIRE_PROBLEM_MAX - at);
    return at + (size_t)n;
}

/* A JSON string; whatever is not printable ASCII becomes '?': details quote nothing that needs more. */
static size_t put_string(char *out, size_t at, const char *key, const char *value) {
    at = put(out, at, ",\"%s\":\"", key);
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\') out[at++] = '\\';
        out[at++] = *value >= 0x20 && *value < 0x7f ? *value : '?';
    }
    out[at++] = '"';
    out[at] = '\0';
    return at;
}

/* Longest: detail doubled by escapes (400), the status's texts (under 200), the longest argument name (32), numbers
 * (20, 10 and 20 digits), a request id (64), the member names (150). */
size_t wire_problem(char out[WIRE_PROBLEM_MAX], const struct wire_operation *operation,
                    const struct wire_fault *fault, const char *request_id) {
    const char *name = status_code_name(fault->code);
    size_t at = put(out, 0, "{\"type\":\"urn:kzg:status:%s\"", name);
    at = put_string(out, at, "title", status_code_text(fault->code));
    at = put(out, at, ",\"status\":%d", status_code_http(fault->code));
    at = put_string(out, at, "detail", fault->detail);
    at = put_string(out, at, "code", name);
    if (operation != NULL && fault->argument != WIRE_NO_ARGUMENT) {
        at = put_string(out, at, "argument", operation->argument[fault->argument].name);
    }
    if (fault->index != WIRE_NO_INDEX) at = put(out, at, ",\"index\":%" PRIu64, fault->index);
    if (fault->element != KZG_NO_ELEMENT) at = put(out, at, ",\"element\":%" PRIu32, fault->element);
    if (fault->offset != WIRE_NO_OFFSET) at = put(out, at, ",\"offset\":%" PRIu64, fault->offset);
    if (request_id != NULL) at = put_string(out, at, "request_id", request_id);
    out[at++] = '}';
    out[at] = '\0';
    KZG_ASSERT(at < WIRE_PROBLEM_MAX);
    return at;
}

/* ---- SSZ ----------------------------------------------------------------------------------------------------- */

static uint32_t load_le32(const uint8_t in[4]) {
    return (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

static size_t fixed_bytes(const struct wire_operation *operation) {
    size_t bytes = 0;
    for (size_t i = 0; i < operation->count; i++) {
        bytes += operation->argument[i].list ? OFFSET_BYTES : operation->argument[i].item_bytes;
    }
    return bytes;
}

/* Every item is a multiple of eight bytes, so only the offsets can push a list off its alignment. */
size_t wire_ssz_skew(const struct wire_operation *operation) {
    return (8 - fixed_bytes(operation) % 8) % 8;
}

/* Offsets must be the canonical ones: the first is the end of the fixed part, none goes back, none passes the end. */
static bool check_offsets(const struct wire_operation *operation, const uint8_t *body, size_t length,
                          size_t offset[WIRE_ARGUMENTS_MAX + 1], struct wire_fault *ret_fault) {
    size_t at = 0, lists = 0, least = fixed_bytes(operation);
    for (size_t i = 0; i < operation->count; i++) {
        const struct wire_argument *argument = &operation->argument[i];
        if (!argument->list) {
            at += argument->item_bytes;
            continue;
        }
        size_t value = load_le32(body + at);
        at += OFFSET_BYTES;
        if (value > length || value < least || (lists == 0 && value != least)) {
            wire_fault_at(ret_fault, ST_BODY_LENGTH, (int)i, WIRE_NO_INDEX,
                          "%s: the offset %zu is not the end of what stands before it (%zu) or passes the body's "
                          "end (%zu)",
                          argument->name, value, least, length);
            return false;
        }
        least = value;
        offset[lists++] = value;
    }
    offset[lists] = length;
    return true;
}

static bool check_list(const struct wire_operation *operation, size_t i, size_t bytes, size_t items_max,
                       struct wire_fault *ret_fault) {
    const struct wire_argument *argument = &operation->argument[i];
    if (bytes % argument->item_bytes != 0) {
        wire_fault_at(ret_fault, ST_BODY_LENGTH, (int)i, WIRE_NO_INDEX,
                      "%s: %zu bytes are not a whole number of items of %zu bytes", argument->name, bytes,
                      argument->item_bytes);
        return false;
    }
    if (bytes / argument->item_bytes > items_max) {
        wire_fault_at(ret_fault, ST_COUNT_TOO_LARGE, (int)i, WIRE_NO_INDEX, "%s: %zu items, at most %zu are taken",
                      argument->name, bytes / argument->item_bytes, items_max);
        return false;
    }
    return true;
}

/* Lists that go together have one length, which becomes args->n. */
static bool check_counts(const struct wire_operation *operation, struct wire_args *args,
                         struct wire_fault *ret_fault) {
    int first = WIRE_NO_ARGUMENT;
    args->n = 1;
    for (size_t i = 0; i < operation->count; i++) {
        if (!operation->argument[i].list || operation->argument[i].own_count) continue;
        if (first == WIRE_NO_ARGUMENT) {
            first = (int)i;
            args->n = args->value[i].count;
        } else if (args->value[i].count != args->n) {
            wire_fault_at(ret_fault, ST_LENGTH_MISMATCH, (int)i, WIRE_NO_INDEX, "%s has %zu items, but %s has %zu",
                          operation->argument[i].name, args->value[i].count, operation->argument[first].name,
                          args->n);
            return false;
        }
    }
    return true;
}

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
static void to_native(uint8_t *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t value = load_le64(items + 8 * i);
        memcpy(items + 8 * i, &value, 8);
    }
}
#else
static void to_native(uint8_t *items, size_t count) {
    (void)items;
    (void)count;
}
#endif

bool wire_ssz_decode(const struct wire_operation *operation, uint8_t *body, size_t length, size_t items_max,
                     struct wire_args *ret_args, struct wire_fault *ret_fault) {
    size_t offset[WIRE_ARGUMENTS_MAX + 1];
    size_t fixed = fixed_bytes(operation), at = 0, list = 0;
    bool lists = wire_ssz_max(operation, 1) != wire_ssz_max(operation, 0);
    if (length < fixed || (!lists && length != fixed)) {
        wire_fault_at(ret_fault, ST_BODY_LENGTH, WIRE_NO_ARGUMENT, WIRE_NO_INDEX, "the body has %zu bytes, %s is %zu",
                      length, lists ? "the least for this operation" : "this operation's length", fixed);
        return false;
    }
    if (!check_offsets(operation, body, length, offset, ret_fault)) return false;
    for (size_t i = 0; i < operation->count; i++) {
        const struct wire_argument *argument = &operation->argument[i];
        struct wire_value *value = &ret_args->value[i];
        if (!argument->list) {
            *value = (struct wire_value){.data = body + at, .count = 1};
            at += argument->item_bytes;
            continue;
        }
        size_t bytes = offset[list + 1] - offset[list];
        if (!check_list(operation, i, bytes, items_max, ret_fault)) return false;
        *value = (struct wire_value){.data = body + offset[list], .count = bytes / argument->item_bytes};
        if (argument->form == WIRE_UINT64) to_native(body + offset[list], value->count);
        list++;
    }
    return check_counts(operation, ret_args, ret_fault);
}

/* ---- JSON, end of input (the scanner is wire_json.c) ---------------------------------------------------------- */

bool wire_json_end(struct wire_json *json, struct wire_args *ret_args) {
    if (!wire_json_feed(json, NULL, 0)) return false;
    for (size_t i = 0; i < json->operation->count; i++) {
        if (json->seen & 1u << i) continue;
        wire_fault_at(&json->fault, ST_FIELD_MISSING, (int)i, WIRE_NO_INDEX, "the argument \"%s\" is missing",
                      json->operation->argument[i].name);
        json->failed = true;
        return false;
    }
    if (!check_counts(json->operation, &json->args, &json->fault)) {
        json->failed = true;
        return false;
    }
    *ret_args = json->args;
    return true;
}

/* ---- Results ------------------------------------------------------------------------------------------------- */

#define CELLS_BYTES  ((size_t)KZG_CELLS_PER_EXT_BLOB * KZG_BYTES_PER_CELL)
#define PROOFS_BYTES ((size_t)KZG_CELLS_PER_EXT_BLOB * KZG_BYTES_PER_G1)

size_t wire_result_bytes(enum wire_result result) {
    switch (result) {
    case WIRE_RESULT_POINT: return KZG_BYTES_PER_G1;
    case WIRE_RESULT_POINT_SCALAR: return KZG_BYTES_PER_G1 + KZG_BYTES_PER_FIELD_ELEMENT;
    case WIRE_RESULT_BOOL: return 1;
    case WIRE_RESULT_CELLS: return CELLS_BYTES;
    case WIRE_RESULT_CELLS_PROOFS: return CELLS_BYTES + PROOFS_BYTES;
    case WIRE_RESULT_SCALAR: break;
    }
    return KZG_BYTES_PER_FIELD_ELEMENT;
}

/* {"output":[[...],[...]]} around items of 2 * bytes digits, "0x" and two quotes and a comma each. */
size_t wire_result_json_max(enum wire_result result) {
    return 32 + 2 * wire_result_bytes(result) + 2 * (size_t)KZG_CELLS_PER_EXT_BLOB * 5;
}

static char *put_text(char *out, const char *text) {
    size_t n = strlen(text);
    memcpy(out, text, n);
    return out + n;
}

static char *put_hex(char *out, const uint8_t *raw, size_t bytes) {
    out = put_text(out, "\"0x");
    hex_encode(out, raw, bytes);
    return put_text(out + 2 * bytes, "\"");
}

static char *put_list(char *out, const uint8_t *raw, size_t bytes, size_t n) {
    for (size_t i = 0; i < n; i++) {
        *out++ = i == 0 ? '[' : ',';
        out = put_hex(out, raw + i * bytes, bytes);
    }
    return put_text(out, "]");
}

size_t wire_result_json(enum wire_result result, const uint8_t *raw, char *out) {
    char *at = put_text(out, "{\"output\":");
    switch (result) {
    case WIRE_RESULT_POINT: at = put_hex(at, raw, KZG_BYTES_PER_G1); break;
    case WIRE_RESULT_SCALAR: at = put_hex(at, raw, KZG_BYTES_PER_FIELD_ELEMENT); break;
    case WIRE_RESULT_BOOL: at = put_text(at, raw[0] ? "true" : "false"); break;
    case WIRE_RESULT_POINT_SCALAR:
        at = put_hex(put_text(at, "["), raw, KZG_BYTES_PER_G1);
        at = put_hex(put_text(at, ","), raw + KZG_BYTES_PER_G1, KZG_BYTES_PER_FIELD_ELEMENT);
        at = put_text(at, "]");
        break;
    case WIRE_RESULT_CELLS: at = put_list(at, raw, KZG_BYTES_PER_CELL, KZG_CELLS_PER_EXT_BLOB); break;
    case WIRE_RESULT_CELLS_PROOFS:
        at = put_list(put_text(at, "["), raw, KZG_BYTES_PER_CELL, KZG_CELLS_PER_EXT_BLOB);
        at = put_list(put_text(at, ","), raw + CELLS_BYTES, KZG_BYTES_PER_G1, KZG_CELLS_PER_EXT_BLOB);
        at = put_text(at, "]");
        break;
    }
    at = put_text(at, "}");
    KZG_ASSERT((size_t)(at - out) <= wire_result_json_max(result));
    return (size_t)(at - out);
}
