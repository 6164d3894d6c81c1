/* Every operation of the public API as a table, with one set of valid inputs: for tests that do the same to each.
 * All types of the API but the lists of indices are bytes, so inputs may stand at any address. */
#ifndef TESTS_FAULT_CALLS_H
#define TESTS_FAULT_CALLS_H

#include "kzg/kzg.h"

#define CALL_BLOBS 2
#define CALL_CELLS 8
#define CALL_HALF  64

/* Indices are uint64_t in the machine's byte order. */
struct call_data {
    kzg_blob blobs[CALL_BLOBS];
    kzg_bytes48 commitments[CALL_BLOBS], blob_proofs[CALL_BLOBS];
    kzg_bytes32 z, y;
    kzg_bytes48 proof; /* of y = p(z), p the first blob */
    kzg_bytes48 cell_commitments[CALL_CELLS], cell_proofs[CALL_CELLS];
    kzg_cell cells[CALL_CELLS];
    uint8_t cell_indices[CALL_CELLS][8], commitment_indices[CALL_CELLS][8];
    kzg_cell half[CALL_HALF];
    uint8_t half_indices[CALL_HALF][8];
};

struct call_inputs {
    const kzg_blob *blobs;
    const kzg_bytes48 *commitments, *blob_proofs;
    const kzg_bytes32 *z, *y;
    const kzg_bytes48 *proof;
    const kzg_bytes48 *cell_commitments, *cell_proofs;
    const kzg_cell *cells;
    const uint64_t *cell_indices, *commitment_indices;
    const kzg_cell *half;
    const uint64_t *half_indices;
};

struct call_outputs {
    kzg_bytes48 point;
    kzg_bytes32 scalar;
    bool valid;
    kzg_cell cells[KZG_CELLS_PER_EXT_BLOB];
    kzg_bytes48 proofs[KZG_CELLS_PER_EXT_BLOB];
};

struct call {
    const char *name;
    bool needs_context, verifies;
    kzg_operation operation; /* KZG_OPERATIONS where the context takes no scratch for it */
    size_t n;
    kzg_status (*run)(const kzg_ctx *ctx, struct call_outputs *out, const struct call_inputs *in);
};

#define CALLS 13
extern const struct call calls[CALLS];

/* Valid inputs made from a seed. Ends the program with a message if an operation fails. */
void call_data_make(struct call_data *data, const kzg_ctx *ctx, uint64_t seed);

/* Pointers into data, which may stand at any address. */
struct call_inputs call_inputs_of(const struct call_data *data);

/* The answers of every call into out, all outputs 0xa5 beforehand. Ends the program unless each is OK, verifications
 * are true, and what was recovered is what was computed. */
void call_answers(struct call_outputs out[CALLS], const kzg_ctx *ctx, const struct call_inputs *in);

/* Fills all outputs with 0xa5 (valid with true). */
void call_outputs_clear(struct call_outputs *out);

/* Are they as call_outputs_clear left them, but valid false where the call verifies? */
bool call_outputs_untouched(const struct call_outputs *out, const struct call *call);

#endif
