/* The wire forms of the operations (JSON as in the official test vectors, and SSZ), and the one call from decoded
 * arguments to result. No HTTP here: the daemon and the tool both use it. docs/api.md is the reader's description.
 *
 * Decoding fills a wire_args that points into memory of the caller; libkzg reads it from there. */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "kzg/kzg.h"
#include "wire/operations_list.h"

typedef enum wire_operation_id {
#define X(NAME, name, ...) OP_##NAME,
    OPERATIONS_LIST(X)
#undef X
        WIRE_OPERATIONS
} wire_operation_id;

enum wire_form {
    WIRE_BYTES,  /* 0x-hex; item_bytes raw */
    WIRE_UINT64, /* a JSON integer; 8 bytes little-endian */
    WIRE_COSET   /* a list of 64 field elements in 0x-hex; a cell raw */
};

/* Which limit bounds an operation's lists. */
enum wire_items { WIRE_ITEMS_ONE, WIRE_ITEMS_BLOBS, WIRE_ITEMS_CELLS, WIRE_ITEMS_RECOVERY };

enum wire_result {
    WIRE_RESULT_POINT,        /* 48 bytes */
    WIRE_RESULT_POINT_SCALAR, /* 48 and 32 bytes */
    WIRE_RESULT_BOOL,         /* one byte, 0 or 1 */
    WIRE_RESULT_CELLS,        /* 128 cells */
    WIRE_RESULT_CELLS_PROOFS, /* 128 cells, then 128 proofs */
    WIRE_RESULT_SCALAR        /* 32 bytes */
};

#define WIRE_ARGUMENTS_MAX 5

struct wire_argument {
    const char *name;
    kzg_argument argument;
    enum wire_form form;
    size_t item_bytes;
    bool list;
    bool own_count; /* a list whose length need not be that of the others */
};

struct wire_operation {
    const char *name;
    enum wire_items items;
    enum wire_result result;
    uint32_t base_us;
    uint32_t item_us;
    size_t count;
    struct wire_argument argument[WIRE_ARGUMENTS_MAX];
};

/* Caps on list lengths. Recovery takes a few more cells than exist, so that too many of them get their own status. */
struct wire_limits {
    size_t blobs;
    size_t cells;
};
#define WIRE_RECOVERY_CELLS_MAX 160

/* Borrowed: static tables. */
const struct wire_operation *wire_operation(wire_operation_id id);
bool wire_operation_find(const char *name, wire_operation_id *ret_id);

/* Longest list that the operation takes under these limits; 1 where there are none. */
size_t wire_items_max(const struct wire_operation *operation, const struct wire_limits *limits);

/* Largest body in each form with lists of up to items. The JSON bound leaves room for spaces and line breaks. */
size_t wire_ssz_max(const struct wire_operation *operation, size_t items);
size_t wire_json_max(const struct wire_operation *operation, size_t items);

/* ---- Faults -------------------------------------------------------------------------------------------------- */

#define WIRE_NO_ARGUMENT (-1)
#define WIRE_NO_INDEX    UINT64_MAX
#define WIRE_NO_OFFSET   UINT64_MAX

/* Why a request got no result: a status of ours or the library's, and where. */
struct wire_fault {
    status_code code;
    int argument;     /* position in the operation's list, or WIRE_NO_ARGUMENT */
    uint64_t index;   /* item of a list, or WIRE_NO_INDEX */
    uint32_t element; /* field element inside the item, or KZG_NO_ELEMENT */
    uint64_t offset;  /* byte of the JSON text, or WIRE_NO_OFFSET */
    char detail[200]; /* one sentence; the status's text when there is no more to say */
};

/* A fault with the status's own text, and no place. */
void wire_fault_set(struct wire_fault *ret_fault, status_code code);

/* The same with a place and a printf sentence. */
__attribute__((format(printf, 5, 6))) void wire_fault_at(struct wire_fault *ret_fault, status_code code, int argument,
                                                         uint64_t index, const char *format, ...);

/* Translates a library status: its argument becomes the operation's own name for it. */
void wire_fault_from_status(struct wire_fault *ret_fault, const struct wire_operation *operation, kzg_status status);

/* An RFC 9457 problem document. operation and request_id may be NULL. Always fits WIRE_PROBLEM_MAX with a terminator;
 * returns the length. */
#define WIRE_PROBLEM_MAX 1024
size_t wire_problem(char out[WIRE_PROBLEM_MAX], const struct wire_operation *operation,
                    const struct wire_fault *fault, const char *request_id);

/* ---- Arguments ----------------------------------------------------------------------------------------------- */

struct wire_value {
    const uint8_t *data;
    size_t count; /* items; 1 for a single value */
};

struct wire_args {
    struct wire_value value[WIRE_ARGUMENTS_MAX];
    size_t n; /* length of the lists that share one; 1 where there are none */
};

/* SSZ: an address that is this modulo 8 puts every uint64 list of the operation on its natural alignment. */
size_t wire_ssz_skew(const struct wire_operation *operation);

/* Checks the container's layout; args point into body, which must be placed as wire_ssz_skew says and stays the
 * caller's. On a big-endian machine integers are turned in place. False and *ret_fault on a fault. */
bool wire_ssz_decode(const struct wire_operation *operation, uint8_t *body, size_t length, size_t items_max,
                     struct wire_args *ret_args, struct wire_fault *ret_fault);

/* JSON, a piece at a time, straight into one binary buffer: no tree, no second copy of the text, nothing that grows.
 * Strict: every argument once, no others, exact types and lengths, plain lower-case 0x, no escapes. Nesting cannot be
 * deeper than the argument's type, so there is nothing to recurse into. */
struct wire_json {
    const struct wire_operation *operation;
    size_t items_max;
    uint8_t *out;
    size_t capacity;
    size_t used;
    int state;
    int argument; /* being read, or WIRE_NO_ARGUMENT */
    unsigned depth;
    unsigned seen; /* bit by argument */
    size_t filled; /* bytes of the current hex value */
    size_t inner;  /* field elements of the current coset */
    uint64_t number;
    size_t digits;  /* of a hex value, beyond those that have a place */
    uint8_t nibble; /* first half of a byte that a piece ended in */
    bool half;
    bool failed;
    char key[64];
    size_t key_len;
    size_t position; /* bytes of text read */
    struct wire_args args;
    struct wire_fault fault;
};

/* Bytes of buffer that a text of that length can need. */
size_t wire_json_decoded_max(const struct wire_operation *operation, size_t items_max, size_t text_length);

/* out (8-byte aligned) is borrowed until the arguments are used up. */
void wire_json_begin(struct wire_json *json, const struct wire_operation *operation, size_t items_max, uint8_t *out,
                     size_t capacity);

/* False from the first fault on; json->fault then says what, and out is not touched any more. */
bool wire_json_feed(struct wire_json *json, const char *text, size_t length);
bool wire_json_end(struct wire_json *json, struct wire_args *ret_args);

/* ---- The call ------------------------------------------------------------------------------------------------ */

/* Does the operation compute with a context? Without one, wire_call takes NULL. */
bool wire_needs_context(wire_operation_id id);

/* Calls libkzg: decoded arguments to the raw result, wire_result_bytes long. On a failure ret_raw says nothing. */
kzg_status wire_call(wire_operation_id id, const kzg_ctx *ctx, const struct wire_args *args, uint8_t *ret_raw);

/* ---- Results ------------------------------------------------------------------------------------------------- */

/* Raw bytes of the result: also its SSZ form. */
size_t wire_result_bytes(enum wire_result result);

/* {"output": ...} from the raw bytes, without a line end. Writes exactly wire_result_json_bytes at most; returns the
 * length. */
size_t wire_result_json_max(enum wire_result result);
size_t wire_result_json(enum wire_result result, const uint8_t *raw, char *out);

#endif
