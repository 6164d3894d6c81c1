/* One function an operation: decoded arguments to raw result. */
#include "base/assert.h"
#include "wire/wire.h"

/* Blobs, points, scalars and cells are byte arrays, so the buffer can be seen as them; the only wider type is the
 * indices', and the decoder has aligned those. */
#define ARG(type, i) ((const type *)(const void *)args->value[i].data)

static kzg_status run_blob_to_kzg_commitment(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    return kzg_blob_to_kzg_commitment(ctx, (kzg_bytes48 *)raw, ARG(kzg_blob, 0));
}

static kzg_status run_compute_kzg_proof(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    return kzg_compute_kzg_proof(ctx, (kzg_bytes48 *)raw, (kzg_bytes32 *)(raw + KZG_BYTES_PER_G1), ARG(kzg_blob, 0),
                                 ARG(kzg_bytes32, 1));
}

static kzg_status run_compute_blob_kzg_proof(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    return kzg_compute_blob_kzg_proof(ctx, (kzg_bytes48 *)raw, ARG(kzg_blob, 0), ARG(kzg_bytes48, 1));
}

static kzg_status run_verify_kzg_proof(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    bool valid = false;
    kzg_status status = kzg_verify_kzg_proof(ctx, &valid, ARG(kzg_bytes48, 0), ARG(kzg_bytes32, 1),
                                             ARG(kzg_bytes32, 2), ARG(kzg_bytes48, 3));
    raw[0] = valid;
    return status;
}

static kzg_status run_verify_blob_kzg_proof(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    bool valid = false;
    kzg_status status =
        kzg_verify_blob_kzg_proof(ctx, &valid, ARG(kzg_blob, 0), ARG(kzg_bytes48, 1), ARG(kzg_bytes48, 2));
    raw[0] = valid;
    return status;
}

static kzg_status run_verify_blob_kzg_proof_batch(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    bool valid = false;
    kzg_status status = kzg_verify_blob_kzg_proof_batch(ctx, &valid, ARG(kzg_blob, 0), ARG(kzg_bytes48, 1),
                                                        ARG(kzg_bytes48, 2), args->n);
    raw[0] = valid;
    return status;
}

static kzg_status run_compute_cells(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    return kzg_compute_cells(ctx, (kzg_cell *)raw, ARG(kzg_blob, 0));
}

#define PROOFS(raw) ((kzg_bytes48 *)((raw) + (size_t)KZG_CELLS_PER_EXT_BLOB * KZG_BYTES_PER_CELL))

static kzg_status run_compute_cells_and_kzg_proofs(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    return kzg_compute_cells_and_kzg_proofs(ctx, (kzg_cell *)raw, PROOFS(raw), ARG(kzg_blob, 0));
}

static kzg_status run_recover_cells_and_kzg_proofs(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    return kzg_recover_cells_and_kzg_proofs(ctx, (kzg_cell *)raw, PROOFS(raw), ARG(uint64_t, 0), ARG(kzg_cell, 1),
                                            args->n);
}

static kzg_status run_verify_cell_kzg_proof_batch(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    bool valid = false;
    kzg_status status = kzg_verify_cell_kzg_proof_batch(ctx, &valid, ARG(kzg_bytes48, 0), ARG(uint64_t, 1),
                                                        ARG(kzg_cell, 2), ARG(kzg_bytes48, 3), args->n);
    raw[0] = valid;
    return status;
}

static kzg_status run_compute_challenge(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    (void)ctx;
    return kzg_compute_challenge((kzg_bytes32 *)raw, ARG(kzg_blob, 0), ARG(kzg_bytes48, 1));
}

static kzg_status run_compute_verify_cell_kzg_proof_batch_challenge(const kzg_ctx *ctx, const struct wire_args *args,
                                                                    uint8_t *raw) {
    (void)ctx;
    return kzg_compute_verify_cell_kzg_proof_batch_challenge((kzg_bytes32 *)raw, ARG(kzg_bytes48, 0),
                                                             args->value[0].count, ARG(uint64_t, 1), ARG(uint64_t, 2),
                                                             ARG(kzg_cell, 3), ARG(kzg_bytes48, 4), args->n);
}

#undef ARG
#undef PROOFS

typedef kzg_status (*run_function)(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw);

static const run_function run_functions[WIRE_OPERATIONS] = {
#define X(NAME, name, ...) [OP_##NAME] = run_##name,
    OPERATIONS_LIST(X)
#undef X
};

kzg_status wire_call(wire_operation_id id, const kzg_ctx *ctx, const struct wire_args *args, uint8_t *ret_raw) {
    KZG_ASSERT((unsigned)id < WIRE_OPERATIONS);
    return run_functions[id](ctx, args, ret_raw);
}

/* The library's list has the two hashes missing, which stand behind the others here and need no context. */
bool wire_needs_context(wire_operation_id id) {
    return (unsigned)id < KZG_OPERATIONS;
}

#define X(name, value, text) \
    _Static_assert((int)OP_##name == (int)KZG_OPERATION_##name, "the two lists' orders differ");
KZG_OPERATION_LIST(X)
#undef X
