#include "vectors/c_call.h"

#include <kzg/kzg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PATTERN 0xa5

/* SHARED lists have one length; OWN has another one. INDICES are a SHARED list of integers. */
typedef enum shape { NOTHING, ITEM, SHARED, OWN, INDICES } shape;

typedef struct input {
    const char *key;
    shape shape;
    size_t bytes; /* of one item */
} input;

typedef struct output {
    size_t bytes;
    size_t n; /* 1: not a list */
} output;

/* A function with no output returns a verdict. */
typedef struct signature {
    const char *name;
    input in[C_INPUTS];
    output out[C_OUTPUTS];
} signature;

#define BLOB KZG_BYTES_PER_BLOB
#define CELL KZG_BYTES_PER_CELL
#define G1   KZG_BYTES_PER_G1
#define FR   KZG_BYTES_PER_FIELD_ELEMENT
#define ALL  KZG_CELLS_PER_EXT_BLOB

static const signature signatures[C_FUNCTIONS] = {
    [C_BLOB_TO_KZG_COMMITMENT] = {"blob_to_kzg_commitment", {{"blob", ITEM, BLOB}}, {{G1, 1}}},
    [C_COMPUTE_KZG_PROOF] = {"compute_kzg_proof", {{"blob", ITEM, BLOB}, {"z", ITEM, FR}}, {{G1, 1}, {FR, 1}}},
    [C_COMPUTE_BLOB_KZG_PROOF] = {"compute_blob_kzg_proof",
                                  {{"blob", ITEM, BLOB}, {"commitment", ITEM, G1}},
                                  {{G1, 1}}},
    [C_VERIFY_KZG_PROOF] = {"verify_kzg_proof",
                            {{"commitment", ITEM, G1}, {"z", ITEM, FR}, {"y", ITEM, FR}, {"proof", ITEM, G1}},
                            {{0, 0}}},
    [C_VERIFY_BLOB_KZG_PROOF] = {"verify_blob_kzg_proof",
                                 {{"blob", ITEM, BLOB}, {"commitment", ITEM, G1}, {"proof", ITEM, G1}},
                                 {{0, 0}}},
    [C_VERIFY_BLOB_KZG_PROOF_BATCH] = {"verify_blob_kzg_proof_batch",
                                       {{"blobs", SHARED, BLOB}, {"commitments", SHARED, G1}, {"proofs", SHARED, G1}},
                                       {{0, 0}}},
    [C_COMPUTE_CELLS] = {"compute_cells", {{"blob", ITEM, BLOB}}, {{CELL, ALL}}},
    [C_COMPUTE_CELLS_AND_KZG_PROOFS] = {"compute_cells_and_kzg_proofs",
                                        {{"blob", ITEM, BLOB}},
                                        {{CELL, ALL}, {G1, ALL}}},
    [C_RECOVER_CELLS_AND_KZG_PROOFS] = {"recover_cells_and_kzg_proofs",
                                        {{"cell_indices", INDICES, 8}, {"cells", SHARED, CELL}},
                                        {{CELL, ALL}, {G1, ALL}}},
    [C_VERIFY_CELL_KZG_PROOF_BATCH] =
        {"verify_cell_kzg_proof_batch",
         {{"commitments", SHARED, G1}, {"cell_indices", INDICES, 8}, {"cells", SHARED, CELL}, {"proofs", SHARED, G1}},
         {{0, 0}}},
    [C_COMPUTE_CHALLENGE] = {"compute_challenge", {{"blob", ITEM, BLOB}, {"commitment", ITEM, G1}}, {{FR, 1}}},
    [C_COMPUTE_VERIFY_CELL_KZG_PROOF_BATCH_CHALLENGE] = {"compute_verify_cell_kzg_proof_batch_challenge",
                                                         {{"commitments", OWN, G1},
                                                          {"commitment_indices", INDICES, 8},
                                                          {"cell_indices", INDICES, 8},
                                                          {"cosets_evals", SHARED, CELL},
                                                          {"proofs", SHARED, G1}},
                                                         {{FR, 1}}},
};

c_function c_function_by_name(const char *name) {
    int i = 0;
    while (i < C_FUNCTIONS && strcmp(signatures[i].name, name) != 0) i++;
    return (c_function)i;
}

/* ---- Memory ---------------------------------------------------------------------------------------------------- */

static c_buffer take_buffer(size_t bytes, placement place) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t inside = (bytes + 1 + page - 1) / page * page;
    c_buffer buffer = {.map_bytes = inside + 2 * page, .bytes = bytes};
    buffer.map = mmap(NULL, buffer.map_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (buffer.map == MAP_FAILED || mprotect(buffer.map + page, inside, PROT_READ | PROT_WRITE) != 0) {
        vec_die("no memory for %zu guarded bytes", bytes);
    }
    buffer.data = place == PLACE_MISALIGNED ? buffer.map + page + 1 : buffer.map + page + inside - bytes;
    return buffer;
}

static void drop_buffer(c_buffer *buffer) {
    if (buffer->map != NULL) (void)munmap(buffer->map, buffer->map_bytes);
    *buffer = (c_buffer){0};
}

/* ---- Arguments ------------------------------------------------------------------------------------------------- */

static bool place_items(c_buffer *buffer, const vec_node *list, const input *in, placement place, char *ret_note) {
    *buffer = take_buffer(list->n * in->bytes, place);
    for (size_t i = 0; i < list->n; i++) {
        uint8_t *bytes, *to = buffer->data + i * in->bytes;
        size_t n;
        if (in->shape == INDICES) {
            if (list->items[i].kind != VEC_INT) vec_die("%s is not a list of integers", in->key);
            memcpy(to, &list->items[i].integer, sizeof list->items[i].integer);
            continue;
        }
        if (!vec_bytes(&list->items[i], &bytes, &n)) n = 0;
        if (n == in->bytes) memcpy(to, bytes, n);
        if (n > 0) free(bytes);
        if (n != in->bytes) {
            (void)snprintf(ret_note, 256, "%s: an item of %zu bytes is given, the type has %zu", in->key, n,
                           in->bytes);
            return false;
        }
    }
    return true;
}

/* The lengths of lists that the function takes one n for. */
static bool same_lengths(c_call *call, const vec_case *c, char *ret_note) {
    bool known = false;
    const input *in = signatures[call->function].in;
    for (size_t i = 0; i < C_INPUTS && in[i].key != NULL; i++) {
        const vec_node *value = vec_get(&c->input, in[i].key);
        if (value == NULL) vec_die("%s: no argument '%s'", c->name, in[i].key);
        if ((in[i].shape == ITEM) == (value->kind == VEC_LIST)) vec_die("%s: '%s' is odd", c->name, in[i].key);
        if (in[i].shape == OWN) call->n_first = value->n;
        if (in[i].shape == ITEM || in[i].shape == OWN) continue;
        if (known && value->n != call->n) {
            (void)snprintf(ret_note, 256, "%s: a list of %zu beside one of %zu, the function takes one n", in[i].key,
                           value->n, call->n);
            return false;
        }
        known = true;
        call->n = value->n;
    }
    return true;
}

/* The items of a challenge are lists of field elements: 64 for a cell. */
static vec_node join_elements(const vec_node *list) {
    vec_node joined = {.kind = VEC_LIST};
    for (size_t i = 0; i < list->n; i++) {
        uint8_t *bytes;
        size_t n;
        if (!vec_flatten(&list->items[i], &bytes, &n)) vec_die("not hexadecimal");
        vec_append(&joined, vec_hex(bytes, n));
        free(bytes);
    }
    return joined;
}

static bool place_input(c_call *call, size_t i, const vec_case *c, placement place, char *ret_note) {
    const input *in = &signatures[call->function].in[i];
    const vec_node *value = vec_get(&c->input, in->key);
    vec_node single = {.kind = VEC_LIST, .n = 1};
    bool ok;
    if (in->shape == ITEM) {
        vec_node copy = *value;
        single.items = &copy;
        ok = place_items(&call->buffers[i], &single, in, place, ret_note);
    } else if (value->n > 0 && value->items[0].kind == VEC_LIST) {
        vec_node joined = join_elements(value);
        ok = place_items(&call->buffers[i], &joined, in, place, ret_note);
        vec_node_free(&joined);
    } else {
        ok = place_items(&call->buffers[i], value, in, place, ret_note);
    }
    call->in[i] = call->buffers[i].data;
    return ok;
}

static void drop_buffers(c_call *call) {
    for (size_t i = 0; i < C_INPUTS + C_OUTPUTS; i++) drop_buffer(&call->buffers[i]);
}

bool c_call_begin(c_call *call, const vec_case *c, placement place, char *ret_note) {
    *call = (c_call){.function = c_function_by_name(c->function), .valid = true};
    if (call->function == C_FUNCTIONS) vec_die("unknown function %s", c->function);
    const signature *s = &signatures[call->function];
    bool ok = same_lengths(call, c, ret_note);
    for (size_t i = 0; ok && i < C_INPUTS && s->in[i].key != NULL; i++) ok = place_input(call, i, c, place, ret_note);
    for (size_t i = 0; ok && i < C_OUTPUTS && s->out[i].n > 0; i++) {
        c_buffer *buffer = &call->buffers[C_INPUTS + i];
        *buffer = take_buffer(s->out[i].bytes * s->out[i].n, place);
        memset(buffer->data, PATTERN, buffer->bytes);
        call->out[i] = buffer->data;
    }
    if (!ok) drop_buffers(call);
    return ok;
}

/* ---- Outcome --------------------------------------------------------------------------------------------------- */

static bool untouched(const c_buffer *buffer) {
    for (size_t i = 0; i < buffer->bytes; i++) {
        if (buffer->data[i] != PATTERN) return false;
    }
    return true;
}

static vec_node read_output(const c_buffer *buffer, const output *out) {
    vec_node list = {.kind = VEC_LIST};
    if (out->n == 1) return vec_hex(buffer->data, out->bytes);
    for (size_t i = 0; i < out->n; i++) vec_append(&list, vec_hex(buffer->data + i * out->bytes, out->bytes));
    return list;
}

static vec_node read_outputs(const c_call *call) {
    const signature *s = &signatures[call->function];
    vec_node pair = {.kind = VEC_LIST};
    if (s->out[0].n == 0) return (vec_node){.kind = VEC_BOOL, .boolean = call->valid};
    vec_node first = read_output(&call->buffers[C_INPUTS], &s->out[0]);
    if (s->out[1].n == 0) return first;
    vec_append(&pair, first);
    vec_append(&pair, read_output(&call->buffers[C_INPUTS + 1], &s->out[1]));
    return pair;
}

outcome c_call_end(c_call *call, bool is_error) {
    const signature *s = &signatures[call->function];
    outcome result = {.kind = is_error ? OUTCOME_ERROR : OUTCOME_OUTPUT};
    if (!is_error) result.output = read_outputs(call);
    for (size_t i = 0; is_error && i < C_OUTPUTS && s->out[i].n > 0; i++) {
        if (untouched(&call->buffers[C_INPUTS + i])) continue;
        result.kind = OUTCOME_BROKEN;
        (void)snprintf(result.note, sizeof result.note, "an error, but output %zu was written", i);
    }
    if (is_error && s->out[0].n == 0 && call->valid) {
        result.kind = OUTCOME_BROKEN;
        (void)snprintf(result.note, sizeof result.note, "an error, but *ret_valid was left true");
    }
    drop_buffers(call);
    return result;
}
