#include "fault/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

typedef const kzg_ctx *context;
typedef struct call_outputs *outputs;
typedef const struct call_inputs *inputs;

static kzg_status blob_to_kzg_commitment(context ctx, outputs out, inputs in) {
    return kzg_blob_to_kzg_commitment(ctx, &out->point, in->blobs);
}

static kzg_status compute_kzg_proof(context ctx, outputs out, inputs in) {
    return kzg_compute_kzg_proof(ctx, &out->point, &out->scalar, in->blobs, in->z);
}

static kzg_status compute_blob_kzg_proof(context ctx, outputs out, inputs in) {
    return kzg_compute_blob_kzg_proof(ctx, &out->point, in->blobs, in->commitments);
}

static kzg_status verify_kzg_proof(context ctx, outputs out, inputs in) {
    return kzg_verify_kzg_proof(ctx, &out->valid, in->commitments, in->z, in->y, in->proof);
}

static kzg_status verify_blob_kzg_proof(context ctx, outputs out, inputs in) {
    return kzg_verify_blob_kzg_proof(ctx, &out->valid, in->blobs, in->commitments, in->blob_proofs);
}

static kzg_status verify_blob_kzg_proof_batch(context ctx, outputs out, inputs in) {
    return kzg_verify_blob_kzg_proof_batch(ctx, &out->valid, in->blobs, in->commitments, in->blob_proofs, CALL_BLOBS);
}

static kzg_status compute_cells(context ctx, outputs out, inputs in) {
    return kzg_compute_cells(ctx, out->cells, in->blobs);
}

static kzg_status compute_cells_and_kzg_proofs(context ctx, outputs out, inputs in) {
    return kzg_compute_cells_and_kzg_proofs(ctx, out->cells, out->proofs, in->blobs);
}

static kzg_status recover_cells_and_kzg_proofs(context ctx, outputs out, inputs in) {
    return kzg_recover_cells_and_kzg_proofs(ctx, out->cells, out->proofs, in->half_indices, in->half, CALL_HALF);
}

static kzg_status recover_cells(context ctx, outputs out, inputs in) {
    return kzg_recover_cells_and_kzg_proofs(ctx, out->cells, NULL, in->half_indices, in->half, CALL_HALF);
}

static kzg_status verify_cell_kzg_proof_batch(context ctx, outputs out, inputs in) {
    return kzg_verify_cell_kzg_proof_batch(ctx, &out->valid, in->cell_commitments, in->cell_indices, in->cells,
                                           in->cell_proofs, CALL_CELLS);
}

static kzg_status compute_challenge(context ctx, outputs out, inputs in) {
    (void)ctx;
    return kzg_compute_challenge(&out->scalar, in->blobs, in->commitments);
}

static kzg_status compute_cells_challenge(context ctx, outputs out, inputs in) {
    (void)ctx;
    return kzg_compute_verify_cell_kzg_proof_batch_challenge(&out->scalar, in->commitments, CALL_BLOBS,
                                                             in->commitment_indices, in->cell_indices, in->cells,
                                                             in->cell_proofs, CALL_CELLS);
}

const struct call calls[CALLS] = {
    {"blob_to_kzg_commitment", true, false, KZG_OPERATION_BLOB_TO_KZG_COMMITMENT, 1, blob_to_kzg_commitment},
    {"compute_kzg_proof", true, false, KZG_OPERATION_COMPUTE_KZG_PROOF, 1, compute_kzg_proof},
    {"compute_blob_kzg_proof", true, false, KZG_OPERATION_COMPUTE_BLOB_KZG_PROOF, 1, compute_blob_kzg_proof},
    {"verify_kzg_proof", true, true, KZG_OPERATION_VERIFY_KZG_PROOF, 1, verify_kzg_proof},
    {"verify_blob_kzg_proof", true, true, KZG_OPERATION_VERIFY_BLOB_KZG_PROOF, 1, verify_blob_kzg_proof},
    {"verify_blob_kzg_proof_batch", true, true, KZG_OPERATION_VERIFY_BLOB_KZG_PROOF_BATCH, CALL_BLOBS,
     verify_blob_kzg_proof_batch},
    {"compute_cells", true, false, KZG_OPERATION_COMPUTE_CELLS, 1, compute_cells},
    {"compute_cells_and_kzg_proofs", true, false, KZG_OPERATION_COMPUTE_CELLS_AND_KZG_PROOFS, 1,
     compute_cells_and_kzg_proofs},
    {"recover_cells_and_kzg_proofs", true, false, KZG_OPERATION_RECOVER_CELLS_AND_KZG_PROOFS, CALL_HALF,
     recover_cells_and_kzg_proofs},
    {"recover_cells", true, false, KZG_OPERATION_RECOVER_CELLS_AND_KZG_PROOFS, CALL_HALF, recover_cells},
    {"verify_cell_kzg_proof_batch", true, true, KZG_OPERATION_VERIFY_CELL_KZG_PROOF_BATCH, CALL_CELLS,
     verify_cell_kzg_proof_batch},
    {"compute_challenge", false, false, KZG_OPERATIONS, 0, compute_challenge},
    {"compute_verify_cell_kzg_proof_batch_challenge", false, false, KZG_OPERATIONS, 0, compute_cells_challenge},
};

static void must(const char *name, kzg_status status) {
    char text[300];
    if (status.code == KZG_OK) return;
    kzg_status_format(status, text, sizeof(text));
    fprintf(stderr, "%s: %s\n", name, text);
    abort();
}

static void fill_blob(kzg_blob *blob, uint64_t *x) {
    for (size_t i = 0; i < sizeof(blob->bytes); i++) {
        *x ^= *x << 13, *x ^= *x >> 7, *x ^= *x << 17;
        blob->bytes[i] = i % 32 == 0 ? 0x2a : (uint8_t)(*x >> 24);
    }
}

static void put_index(uint8_t out[8], uint64_t index) {
    memcpy(out, &index, 8);
}

static void make_cells(struct call_data *data, const kzg_ctx *ctx) {
    static kzg_cell cells[CALL_BLOBS][KZG_CELLS_PER_EXT_BLOB];
    static kzg_bytes48 proofs[CALL_BLOBS][KZG_CELLS_PER_EXT_BLOB];
    for (size_t i = 0; i < CALL_BLOBS; i++)
        must("compute_cells_and_kzg_proofs",
             kzg_compute_cells_and_kzg_proofs(ctx, cells[i], proofs[i], &data->blobs[i]));
    for (size_t i = 0; i < CALL_CELLS; i++) {
        size_t row = i % CALL_BLOBS, column = i / 3 * 51;
        data->cell_commitments[i] = data->commitments[row];
        data->cells[i] = cells[row][column];
        data->cell_proofs[i] = proofs[row][column];
        put_index(data->cell_indices[i], column);
        put_index(data->commitment_indices[i], row);
    }
    for (size_t i = 0; i < CALL_HALF; i++) {
        data->half[i] = cells[0][2 * i + 1];
        put_index(data->half_indices[i], 2 * i + 1);
    }
}

void call_data_make(struct call_data *data, const kzg_ctx *ctx, uint64_t seed) {
    uint64_t x = seed * 2 + 1;
    for (size_t i = 0; i < CALL_BLOBS; i++) {
        fill_blob(&data->blobs[i], &x);
        must("blob_to_kzg_commitment", kzg_blob_to_kzg_commitment(ctx, &data->commitments[i], &data->blobs[i]));
        must("compute_blob_kzg_proof",
             kzg_compute_blob_kzg_proof(ctx, &data->blob_proofs[i], &data->blobs[i], &data->commitments[i]));
    }
    memcpy(data->z.bytes, data->blobs[1].bytes + 32, 32);
    must("compute_kzg_proof", kzg_compute_kzg_proof(ctx, &data->proof, &data->y, &data->blobs[0], &data->z));
    make_cells(data, ctx);
}

struct call_inputs call_inputs_of(const struct call_data *data) {
    return (struct call_inputs){
        .blobs = data->blobs,
        .commitments = data->commitments,
        .blob_proofs = data->blob_proofs,
        .z = &data->z,
        .y = &data->y,
        .proof = &data->proof,
        .cell_commitments = data->cell_commitments,
        .cell_proofs = data->cell_proofs,
        .cells = data->cells,
        .cell_indices = (const uint64_t *)(const void *)data->cell_indices,
        .commitment_indices = (const uint64_t *)(const void *)data->commitment_indices,
        .half = data->half,
        .half_indices = (const uint64_t *)(const void *)data->half_indices,
    };
}

void call_outputs_clear(struct call_outputs *out) {
    memset(out, 0xa5, sizeof(*out));
    out->valid = true;
}

bool call_outputs_untouched(const struct call_outputs *out, const struct call *call) {
    struct call_outputs *expected = malloc(sizeof(*expected));
    KZG_ASSERT(expected != NULL);
    call_outputs_clear(expected);
    if (call->verifies) expected->valid = false;
    bool same = memcmp(out, expected, sizeof(*out)) == 0;
    free(expected);
    return same;
}

void call_answers(struct call_outputs out[CALLS], const kzg_ctx *ctx, const struct call_inputs *in) {
    const struct call_outputs *computed = NULL;
    for (size_t i = 0; i < CALLS; i++) {
        call_outputs_clear(&out[i]);
        must(calls[i].name, calls[i].run(ctx, &out[i], in));
        KZG_ASSERT(out[i].valid);
        if (calls[i].operation == KZG_OPERATION_COMPUTE_CELLS_AND_KZG_PROOFS) computed = &out[i];
        if (calls[i].operation == KZG_OPERATION_RECOVER_CELLS_AND_KZG_PROOFS)
            KZG_ASSERT(computed != NULL && memcmp(out[i].cells, computed->cells, sizeof(computed->cells)) == 0);
    }
}
