/* libkzg for node: every operation of kzg/kzg.h as a synchronous function, for tests and benchmarks in one process
 * with other implementations.
 *
 *   const addon = require(".../kzg_addon.node");
 *   addon.backend                          "portable", "adx", ... as kzg_backend_name()
 *   const kzg = new addon.Context();       the embedded setup; or
 *   const kzg = new addon.Context({precompute: 2, setup: Buffer});   a level, and the text of another trusted setup
 *   kzg.info()                             {version, backend, setup_name, setup_sha256, precompute, setup_bytes,
 *                                           tables_bytes}
 *   kzg.self_test()                        {passed, total, failed}
 *
 *   kzg.blob_to_kzg_commitment(blob)                          -> commitment
 *   kzg.compute_kzg_proof(blob, z)                            -> [proof, y]
 *   kzg.compute_blob_kzg_proof(blob, commitment)              -> proof
 *   kzg.verify_kzg_proof(commitment, z, y, proof)             -> boolean
 *   kzg.verify_blob_kzg_proof(blob, commitment, proof)        -> boolean
 *   kzg.verify_blob_kzg_proof_batch(blobs, commitments, proofs) -> boolean
 *   kzg.compute_cells(blob)                                   -> cells
 *   kzg.compute_cells_and_kzg_proofs(blob)                    -> [cells, proofs]
 *   kzg.recover_cells_and_kzg_proofs(cell_indices, cells)     -> [cells, proofs]
 *   kzg.recover_cells(cell_indices, cells)                    -> cells, without the cost of proofs
 *   kzg.verify_cell_kzg_proof_batch(commitments, cell_indices, cells, proofs) -> boolean
 *   kzg.compute_challenge(blob, commitment)                   -> challenge
 *   kzg.compute_verify_cell_kzg_proof_batch_challenge(commitments, commitment_indices, cell_indices, cosets_evals,
 *                                                     proofs) -> challenge
 *
 * One item is a Uint8Array (or Buffer) of its exact size. A list is an Array of such items, copied end to end before
 * the call, or one Uint8Array that holds them end to end, which is passed on as it is: benchmarks that want no copy
 * use that. Indices are an Array of integers (number or bigint) or a BigUint64Array. Results are Buffers; 128 cells
 * or proofs are one Buffer, end to end.
 *
 * A status other than KZG_OK is thrown: an Error with the status in words, .code (its stable name), .argument, .index
 * and .element (undefined where there is none). What the C function cannot even be asked is thrown with the same
 * fields and .addon = true: code "length_mismatch" (lists of different length), "bytes_length_invalid",
 * "field_type_invalid".
 */
#include <kzg/kzg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAPI_VERSION 6
#include <node_api.h>

#define ARGS_MAX     5
#define CELLS_BYTES  ((size_t)KZG_CELLS_PER_EXT_BLOB * KZG_BYTES_PER_CELL)
#define PROOFS_BYTES ((size_t)KZG_CELLS_PER_EXT_BLOB * KZG_BYTES_PER_G1)

/* One call from JavaScript. An exception that was thrown ends it: helpers then return false or NULL. */
typedef struct call {
    napi_env env;
    const kzg_ctx *ctx;
    napi_value args[ARGS_MAX];
    void *owned[ARGS_MAX]; /* copies, freed by finish() */
} call;

typedef struct list {
    const void *items;
    size_t n;
} list;

/* ---- Exceptions ------------------------------------------------------------------------------------------------ */

static void set_string(napi_env env, napi_value object, const char *key, const char *text) {
    napi_value value;
    if (napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value) == napi_ok) {
        (void)napi_set_named_property(env, object, key, value);
    }
}

static void set_number(napi_env env, napi_value object, const char *key, double number) {
    napi_value value;
    if (napi_create_double(env, number, &value) == napi_ok) (void)napi_set_named_property(env, object, key, value);
}

static napi_value make_error(napi_env env, const char *message, const char *code, const char *argument) {
    napi_value text, error;
    (void)napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &text);
    (void)napi_create_error(env, NULL, text, &error);
    set_string(env, error, "code", code);
    set_string(env, error, "argument", argument);
    return error;
}

static void throw_status(napi_env env, kzg_status status) {
    char message[256];
    (void)kzg_status_format(status, message, sizeof message);
    napi_value error = make_error(env, message, kzg_code_name((kzg_code)status.code),
                                  kzg_argument_name((kzg_argument)status.argument));
    set_number(env, error, "index", (double)status.index);
    if (status.element != KZG_NO_ELEMENT) set_number(env, error, "element", status.element);
    (void)napi_throw(env, error);
}

/* The addon's own refusal. */
static void refuse(napi_env env, const char *code, const char *argument, const char *why) {
    char message[128];
    (void)snprintf(message, sizeof message, "%s: %s", argument, why);
    napi_value error = make_error(env, message, code, argument), yes;
    (void)napi_get_boolean(env, true, &yes);
    (void)napi_set_named_property(env, error, "addon", yes);
    (void)napi_throw(env, error);
}

/* ---- Arguments ------------------------------------------------------------------------------------------------- */

/* The bytes of a Uint8Array, borrowed. A NULL argument name asks without throwing. */
static bool get_bytes(napi_env env, napi_value value, const char *name, const uint8_t **ret_bytes,
                      size_t *ret_length) {
    bool typed = false;
    napi_typedarray_type type = napi_int8_array;
    void *data = NULL;
    if (napi_is_typedarray(env, value, &typed) == napi_ok && typed) {
        napi_value buffer;
        size_t offset;
        (void)napi_get_typedarray_info(env, value, &type, ret_length, &data, &buffer, &offset);
    }
    if (type != napi_uint8_array) {
        if (name != NULL) refuse(env, "field_type_invalid", name, "not a Uint8Array");
        return false;
    }
    *ret_bytes = data;
    return true;
}

static const void *get_item(call *c, unsigned arg, const char *name, size_t size) {
    const uint8_t *bytes;
    size_t length;
    if (!get_bytes(c->env, c->args[arg], name, &bytes, &length)) return NULL;
    if (length != size) {
        refuse(c->env, "bytes_length_invalid", name, "wrong number of bytes");
        return NULL;
    }
    return bytes;
}

static void *own(call *c, unsigned arg, size_t bytes) {
    c->owned[arg] = malloc(bytes > 0 ? bytes : 1);
    if (c->owned[arg] == NULL) refuse(c->env, "out_of_memory", "addon", "no memory for a copy");
    return c->owned[arg];
}

static bool copy_array(call *c, unsigned arg, const char *name, size_t size, list *ret_list) {
    uint32_t n = 0;
    (void)napi_get_array_length(c->env, c->args[arg], &n);
    uint8_t *copy = own(c, arg, n * size);
    if (copy == NULL) return false;
    for (uint32_t i = 0; i < n; i++) {
        napi_handle_scope scope;
        napi_value value;
        const uint8_t *bytes;
        size_t length;
        (void)napi_open_handle_scope(c->env, &scope);
        (void)napi_get_element(c->env, c->args[arg], i, &value);
        bool ok = get_bytes(c->env, value, name, &bytes, &length);
        if (ok && length != size) {
            refuse(c->env, "bytes_length_invalid", name, "wrong number of bytes");
            ok = false;
        }
        if (ok) memcpy(copy + i * size, bytes, size);
        (void)napi_close_handle_scope(c->env, scope);
        if (!ok) return false;
    }
    *ret_list = (list){copy, n};
    return true;
}

static bool get_list(call *c, unsigned arg, const char *name, size_t size, list *ret_list) {
    bool is_array = false;
    const uint8_t *bytes;
    size_t length;
    (void)napi_is_array(c->env, c->args[arg], &is_array);
    if (is_array) return copy_array(c, arg, name, size, ret_list);
    if (!get_bytes(c->env, c->args[arg], name, &bytes, &length)) return false;
    if (length % size != 0) {
        refuse(c->env, "bytes_length_invalid", name, "not a whole number of items");
        return false;
    }
    *ret_list = (list){bytes, length / size};
    return true;
}

/* An integer in [0, 2^64). Numbers only where they are exact. */
static bool get_index(napi_env env, napi_value value, uint64_t *ret_index) {
    napi_valuetype type;
    bool lossless = false;
    double number = -1;
    if (napi_typeof(env, value, &type) != napi_ok) return false;
    if (type == napi_bigint) {
        return napi_get_value_bigint_uint64(env, value, ret_index, &lossless) == napi_ok && lossless;
    }
    if (type != napi_number || napi_get_value_double(env, value, &number) != napi_ok) return false;
    if (!(number >= 0 && number <= 9007199254740991.0)) return false;
    *ret_index = (uint64_t)number;
    return (double)*ret_index == number;
}

static bool get_indices(call *c, unsigned arg, const char *name, list *ret_list) {
    bool typed = false;
    uint32_t n = 0;
    (void)napi_is_typedarray(c->env, c->args[arg], &typed);
    if (typed) {
        napi_typedarray_type type;
        napi_value buffer;
        void *data;
        size_t length, offset;
        (void)napi_get_typedarray_info(c->env, c->args[arg], &type, &length, &data, &buffer, &offset);
        *ret_list = (list){data, length};
        if (type == napi_biguint64_array) return true;
    }
    if (typed || napi_get_array_length(c->env, c->args[arg], &n) != napi_ok) {
        refuse(c->env, "field_type_invalid", name, "neither an Array of integers nor a BigUint64Array");
        return false;
    }
    uint64_t *copy = own(c, arg, n * sizeof *copy);
    for (uint32_t i = 0; copy != NULL && i < n; i++) {
        napi_value value;
        (void)napi_get_element(c->env, c->args[arg], i, &value);
        if (!get_index(c->env, value, &copy[i])) {
            refuse(c->env, "field_type_invalid", name, "not an integer of 64 bits");
            return false;
        }
    }
    *ret_list = (list){copy, n};
    return copy != NULL;
}

static bool same_length(call *c, const char *name, size_t a, size_t b) {
    if (a != b) refuse(c->env, "length_mismatch", name, "lists that belong together differ in length");
    return a == b;
}

/* ---- Results --------------------------------------------------------------------------------------------------- */

static napi_value make_buffer(napi_env env, size_t bytes, void **ret_data) {
    napi_value buffer = NULL;
    *ret_data = NULL;
    if (napi_create_buffer(env, bytes, ret_data, &buffer) != napi_ok) {
        refuse(env, "out_of_memory", "addon", "no memory for a result");
    }
    return buffer;
}

static napi_value make_pair(napi_env env, napi_value first, napi_value second) {
    napi_value pair = NULL;
    (void)napi_create_array_with_length(env, 2, &pair);
    (void)napi_set_element(env, pair, 0, first);
    (void)napi_set_element(env, pair, 1, second);
    return pair;
}

static napi_value finish(call *c, kzg_status status, napi_value result) {
    for (unsigned i = 0; i < ARGS_MAX; i++) free(c->owned[i]);
    if (status.code == KZG_OK) return result;
    throw_status(c->env, status);
    return NULL;
}

/* Ends a call whose exception has been thrown. */
static napi_value give_up(call *c) {
    return finish(c, (kzg_status){0}, NULL);
}

static napi_value finish_bool(call *c, kzg_status status, bool valid) {
    napi_value result = NULL;
    (void)napi_get_boolean(c->env, valid, &result);
    return finish(c, status, result);
}

static bool begin(call *c, napi_env env, napi_callback_info info, size_t expected) {
    napi_value self;
    void *data = NULL;
    size_t n = ARGS_MAX;
    *c = (call){.env = env};
    (void)napi_get_cb_info(env, info, &n, c->args, &self, NULL);
    if (napi_unwrap(env, self, &data) != napi_ok) {
        (void)napi_throw_type_error(env, NULL, "not called on a Context");
        return false;
    }
    c->ctx = data;
    if (n < expected) (void)napi_throw_type_error(env, NULL, "too few arguments");
    return n >= expected;
}

/* ---- EIP-4844 -------------------------------------------------------------------------------------------------- */

static napi_value blob_to_kzg_commitment(napi_env env, napi_callback_info info) {
    call c;
    void *out;
    if (!begin(&c, env, info, 1)) return NULL;
    const kzg_blob *blob = get_item(&c, 0, "blob", KZG_BYTES_PER_BLOB);
    if (blob == NULL) return give_up(&c);
    napi_value result = make_buffer(env, KZG_BYTES_PER_G1, &out);
    if (out == NULL) return give_up(&c);
    return finish(&c, kzg_blob_to_kzg_commitment(c.ctx, out, blob), result);
}

static napi_value compute_kzg_proof(napi_env env, napi_callback_info info) {
    call c;
    void *proof, *y;
    if (!begin(&c, env, info, 2)) return NULL;
    const kzg_blob *blob = get_item(&c, 0, "blob", KZG_BYTES_PER_BLOB);
    const kzg_bytes32 *z = blob == NULL ? NULL : get_item(&c, 1, "z", 32);
    if (z == NULL) return give_up(&c);
    napi_value proof_buffer = make_buffer(env, KZG_BYTES_PER_G1, &proof), y_buffer = make_buffer(env, 32, &y);
    if (proof == NULL || y == NULL) return give_up(&c);
    return finish(&c, kzg_compute_kzg_proof(c.ctx, proof, y, blob, z), make_pair(env, proof_buffer, y_buffer));
}

static napi_value compute_blob_kzg_proof(napi_env env, napi_callback_info info) {
    call c;
    void *out;
    if (!begin(&c, env, info, 2)) return NULL;
    const kzg_blob *blob = get_item(&c, 0, "blob", KZG_BYTES_PER_BLOB);
    const kzg_bytes48 *commitment = blob == NULL ? NULL : get_item(&c, 1, "commitment", KZG_BYTES_PER_G1);
    if (commitment == NULL) return give_up(&c);
    napi_value result = make_buffer(env, KZG_BYTES_PER_G1, &out);
    if (out == NULL) return give_up(&c);
    return finish(&c, kzg_compute_blob_kzg_proof(c.ctx, out, blob, commitment), result);
}

static napi_value verify_kzg_proof(napi_env env, napi_callback_info info) {
    call c;
    bool valid;
    if (!begin(&c, env, info, 4)) return NULL;
    const kzg_bytes48 *commitment = get_item(&c, 0, "commitment", KZG_BYTES_PER_G1);
    const kzg_bytes32 *z = commitment == NULL ? NULL : get_item(&c, 1, "z", 32);
    const kzg_bytes32 *y = z == NULL ? NULL : get_item(&c, 2, "y", 32);
    const kzg_bytes48 *proof = y == NULL ? NULL : get_item(&c, 3, "proof", KZG_BYTES_PER_G1);
    if (proof == NULL) return give_up(&c);
    kzg_status status = kzg_verify_kzg_proof(c.ctx, &valid, commitment, z, y, proof);
    return finish_bool(&c, status, valid);
}

static napi_value verify_blob_kzg_proof(napi_env env, napi_callback_info info) {
    call c;
    bool valid;
    if (!begin(&c, env, info, 3)) return NULL;
    const kzg_blob *blob = get_item(&c, 0, "blob", KZG_BYTES_PER_BLOB);
    const kzg_bytes48 *commitment = blob == NULL ? NULL : get_item(&c, 1, "commitment", KZG_BYTES_PER_G1);
    const kzg_bytes48 *proof = commitment == NULL ? NULL : get_item(&c, 2, "proof", KZG_BYTES_PER_G1);
    if (proof == NULL) return give_up(&c);
    kzg_status status = kzg_verify_blob_kzg_proof(c.ctx, &valid, blob, commitment, proof);
    return finish_bool(&c, status, valid);
}

static napi_value verify_blob_kzg_proof_batch(napi_env env, napi_callback_info info) {
    call c;
    list blobs, commitments, proofs;
    bool valid;
    if (!begin(&c, env, info, 3)) return NULL;
    if (!get_list(&c, 0, "blob", KZG_BYTES_PER_BLOB, &blobs) ||
        !get_list(&c, 1, "commitment", KZG_BYTES_PER_G1, &commitments) ||
        !get_list(&c, 2, "proof", KZG_BYTES_PER_G1, &proofs) ||
        !same_length(&c, "commitment", blobs.n, commitments.n) || !same_length(&c, "proof", blobs.n, proofs.n)) {
        return give_up(&c);
    }
    kzg_status status =
        kzg_verify_blob_kzg_proof_batch(c.ctx, &valid, blobs.items, commitments.items, proofs.items, blobs.n);
    return finish_bool(&c, status, valid);
}

static napi_value compute_challenge(napi_env env, napi_callback_info info) {
    call c;
    void *out;
    if (!begin(&c, env, info, 2)) return NULL;
    const kzg_blob *blob = get_item(&c, 0, "blob", KZG_BYTES_PER_BLOB);
    const kzg_bytes48 *commitment = blob == NULL ? NULL : get_item(&c, 1, "commitment", KZG_BYTES_PER_G1);
    if (commitment == NULL) return give_up(&c);
    napi_value result = make_buffer(env, 32, &out);
    if (out == NULL) return give_up(&c);
    return finish(&c, kzg_compute_challenge(out, blob, commitment), result);
}

/* ---- EIP-7594 -------------------------------------------------------------------------------------------------- */

static napi_value compute_cells(napi_env env, napi_callback_info info) {
    call c;
    void *cells;
    if (!begin(&c, env, info, 1)) return NULL;
    const kzg_blob *blob = get_item(&c, 0, "blob", KZG_BYTES_PER_BLOB);
    if (blob == NULL) return give_up(&c);
    napi_value result = make_buffer(env, CELLS_BYTES, &cells);
    if (cells == NULL) return give_up(&c);
    return finish(&c, kzg_compute_cells(c.ctx, cells, blob), result);
}

static napi_value compute_cells_and_kzg_proofs(napi_env env, napi_callback_info info) {
    call c;
    void *cells, *proofs;
    if (!begin(&c, env, info, 1)) return NULL;
    const kzg_blob *blob = get_item(&c, 0, "blob", KZG_BYTES_PER_BLOB);
    if (blob == NULL) return give_up(&c);
    napi_value cells_buffer = make_buffer(env, CELLS_BYTES, &cells);
    napi_value proofs_buffer = make_buffer(env, PROOFS_BYTES, &proofs);
    if (cells == NULL || proofs == NULL) return give_up(&c);
    kzg_status status = kzg_compute_cells_and_kzg_proofs(c.ctx, cells, proofs, blob);
    return finish(&c, status, make_pair(env, cells_buffer, proofs_buffer));
}

static bool get_recover_arguments(call *c, list *indices, list *cells) {
    return get_indices(c, 0, "cell_index", indices) && get_list(c, 1, "cell", KZG_BYTES_PER_CELL, cells) &&
           same_length(c, "cell", indices->n, cells->n);
}

static napi_value recover_cells_and_kzg_proofs(napi_env env, napi_callback_info info) {
    call c;
    list indices, cells;
    void *out_cells, *out_proofs;
    if (!begin(&c, env, info, 2)) return NULL;
    if (!get_recover_arguments(&c, &indices, &cells)) return give_up(&c);
    napi_value cells_buffer = make_buffer(env, CELLS_BYTES, &out_cells);
    napi_value proofs_buffer = make_buffer(env, PROOFS_BYTES, &out_proofs);
    if (out_cells == NULL || out_proofs == NULL) return give_up(&c);
    kzg_status status =
        kzg_recover_cells_and_kzg_proofs(c.ctx, out_cells, out_proofs, indices.items, cells.items, indices.n);
    return finish(&c, status, make_pair(env, cells_buffer, proofs_buffer));
}

static napi_value recover_cells(napi_env env, napi_callback_info info) {
    call c;
    list indices, cells;
    void *out;
    if (!begin(&c, env, info, 2)) return NULL;
    if (!get_recover_arguments(&c, &indices, &cells)) return give_up(&c);
    napi_value result = make_buffer(env, CELLS_BYTES, &out);
    if (out == NULL) return give_up(&c);
    return finish(&c, kzg_recover_cells_and_kzg_proofs(c.ctx, out, NULL, indices.items, cells.items, indices.n),
                  result);
}

static napi_value verify_cell_kzg_proof_batch(napi_env env, napi_callback_info info) {
    call c;
    list commitments, indices, cells, proofs;
    bool valid;
    if (!begin(&c, env, info, 4)) return NULL;
    if (!get_list(&c, 0, "commitment", KZG_BYTES_PER_G1, &commitments) ||
        !get_indices(&c, 1, "cell_index", &indices) || !get_list(&c, 2, "cell", KZG_BYTES_PER_CELL, &cells) ||
        !get_list(&c, 3, "proof", KZG_BYTES_PER_G1, &proofs) ||
        !same_length(&c, "cell_index", commitments.n, indices.n) ||
        !same_length(&c, "cell", commitments.n, cells.n) || !same_length(&c, "proof", commitments.n, proofs.n)) {
        return give_up(&c);
    }
    kzg_status status = kzg_verify_cell_kzg_proof_batch(c.ctx, &valid, commitments.items, indices.items, cells.items,
                                                        proofs.items, commitments.n);
    return finish_bool(&c, status, valid);
}

static napi_value compute_verify_cell_kzg_proof_batch_challenge(napi_env env, napi_callback_info info) {
    call c;
    list commitments, rows, columns, cells, proofs;
    void *out;
    if (!begin(&c, env, info, 5)) return NULL;
    if (!get_list(&c, 0, "commitment", KZG_BYTES_PER_G1, &commitments) ||
        !get_indices(&c, 1, "commitment_index", &rows) || !get_indices(&c, 2, "cell_index", &columns) ||
        !get_list(&c, 3, "cosets_evals", KZG_BYTES_PER_CELL, &cells) ||
        !get_list(&c, 4, "proof", KZG_BYTES_PER_G1, &proofs) || !same_length(&c, "cell_index", rows.n, columns.n) ||
        !same_length(&c, "cosets_evals", rows.n, cells.n) || !same_length(&c, "proof", rows.n, proofs.n)) {
        return give_up(&c);
    }
    napi_value result = make_buffer(env, 32, &out);
    if (out == NULL) return give_up(&c);
    kzg_status status = kzg_compute_verify_cell_kzg_proof_batch_challenge(
        out, commitments.items, commitments.n, rows.items, columns.items, cells.items, proofs.items, rows.n);
    return finish(&c, status, result);
}

/* ---- Context --------------------------------------------------------------------------------------------------- */

static napi_value get_info(napi_env env, napi_callback_info cb_info) {
    call c;
    kzg_info info;
    char digest[65];
    napi_value object;
    if (!begin(&c, env, cb_info, 0)) return NULL;
    kzg_status status = kzg_get_info(c.ctx, &info);
    if (status.code != KZG_OK) return finish(&c, status, NULL);
    for (unsigned i = 0; i < 32; i++) (void)snprintf(digest + 2 * i, 3, "%02x", (unsigned)info.setup_sha256[i]);
    (void)napi_create_object(env, &object);
    set_string(env, object, "version", info.version);
    set_string(env, object, "backend", info.backend);
    set_string(env, object, "setup_name", info.setup_name);
    set_string(env, object, "setup_sha256", digest);
    set_number(env, object, "precompute", info.precompute);
    set_number(env, object, "setup_bytes", (double)info.setup_bytes);
    set_number(env, object, "tables_bytes", (double)info.tables_bytes);
    return object;
}

static napi_value self_test(napi_env env, napi_callback_info info) {
    call c;
    unsigned passed, total;
    const char *failed = NULL;
    napi_value object;
    if (!begin(&c, env, info, 0)) return NULL;
    kzg_status status = kzg_self_test(c.ctx, &passed, &total, &failed);
    if (status.code != KZG_OK) return finish(&c, status, NULL);
    (void)napi_create_object(env, &object);
    set_number(env, object, "passed", passed);
    set_number(env, object, "total", total);
    if (failed != NULL) set_string(env, object, "failed", failed);
    return object;
}

static void release_context(napi_env env, void *data, void *hint) {
    (void)env;
    (void)hint;
    (void)kzg_free(data);
}

/* A property of an options object that may be missing or undefined. */
static bool get_option(napi_env env, napi_value options, const char *key, napi_value *ret_value) {
    napi_valuetype type = napi_undefined;
    if (napi_typeof(env, options, &type) != napi_ok || type != napi_object) return false;
    if (napi_get_named_property(env, options, key, ret_value) != napi_ok) return false;
    return napi_typeof(env, *ret_value, &type) == napi_ok && type != napi_undefined;
}

static napi_value construct(napi_env env, napi_callback_info info) {
    napi_value self, args[1] = {NULL}, value;
    size_t n = 1, length = 0;
    const uint8_t *text = NULL;
    int32_t precompute = KZG_PRECOMPUTE_DEFAULT;
    kzg_options options;
    kzg_ctx *ctx = NULL;
    (void)napi_get_cb_info(env, info, &n, args, &self, NULL);
    if (n > 0 && get_option(env, args[0], "precompute", &value)) (void)napi_get_value_int32(env, value, &precompute);
    if (n > 0 && get_option(env, args[0], "setup", &value) && !get_bytes(env, value, "setup", &text, &length)) {
        return NULL;
    }
    kzg_options_init(&options);
    options.precompute = precompute;
    kzg_status status =
        text == NULL ? kzg_new(&ctx, &options) : kzg_new_from_setup(&ctx, (const char *)text, length, &options);
    if (status.code != KZG_OK) {
        throw_status(env, status);
        return NULL;
    }
    (void)napi_wrap(env, self, ctx, release_context, NULL, NULL);
    return self;
}

#define METHOD(name, function) \
    { (name), NULL, (function), NULL, NULL, NULL, napi_default, NULL }

NAPI_MODULE_EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports);

/* The entry point that node looks up by this name. */
NAPI_MODULE_EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
    const napi_property_descriptor methods[] = {
        METHOD("info", get_info),
        METHOD("self_test", self_test),
        METHOD("blob_to_kzg_commitment", blob_to_kzg_commitment),
        METHOD("compute_kzg_proof", compute_kzg_proof),
        METHOD("compute_blob_kzg_proof", compute_blob_kzg_proof),
        METHOD("verify_kzg_proof", verify_kzg_proof),
        METHOD("verify_blob_kzg_proof", verify_blob_kzg_proof),
        METHOD("verify_blob_kzg_proof_batch", verify_blob_kzg_proof_batch),
        METHOD("compute_challenge", compute_challenge),
        METHOD("compute_cells", compute_cells),
        METHOD("compute_cells_and_kzg_proofs", compute_cells_and_kzg_proofs),
        METHOD("recover_cells_and_kzg_proofs", recover_cells_and_kzg_proofs),
        METHOD("recover_cells", recover_cells),
        METHOD("verify_cell_kzg_proof_batch", verify_cell_kzg_proof_batch),
        METHOD("compute_verify_cell_kzg_proof_batch_challenge", compute_verify_cell_kzg_proof_batch_challenge),
    };
    napi_value constructor;
    if (napi_define_class(env, "Context", NAPI_AUTO_LENGTH, construct, NULL, sizeof methods / sizeof methods[0],
                          methods, &constructor) != napi_ok) {
        return NULL;
    }
    (void)napi_set_named_property(env, exports, "Context", constructor);
    set_string(env, exports, "backend", kzg_backend_name());
    return exports;
}
