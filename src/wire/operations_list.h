/* The one list of operations: routes, metric labels, body limits, decoders, encoders and cost estimates come from it.
 *
 * OPERATIONS_LIST(X): X(NAME, name, ITEMS, RESULT, base_us, item_us, arguments...)
 *   NAME       makes OP_NAME
 *   name       the specification's function name: the path, the metric label, and run_<name> in call.c
 *   ITEMS      which limit bounds the lists: ONE (there is none), BLOBS, CELLS or RECOVERY
 *   RESULT     what comes back: POINT, POINT_SCALAR, BOOL, CELLS, CELLS_PROOFS or SCALAR
 *   base_us, item_us   rough CPU cost on one core, for admission: base plus items times item
 *   arguments  in the specification's order: what JSON calls them, and the SSZ container's fields
 *
 * An argument is ONE(name, KZG_ARG_..., bytes), LIST(name, KZG_ARG_..., bytes), INDICES(name, KZG_ARG_...) for a list
 * of uint64, COSETS(name, KZG_ARG_...) for a list of cells written as lists of field elements, or OWN_LIST for a list
 * whose length is its own (the others of an operation must all have one length).
 */
#ifndef WIRE_OPERATIONS_LIST_H
#define WIRE_OPERATIONS_LIST_H

#define OPERATIONS_LIST(X)                                                                                           \
    X(BLOB_TO_KZG_COMMITMENT, blob_to_kzg_commitment, ONE, POINT, 15000, 0,                                          \
      ONE(blob, KZG_ARG_BLOB, KZG_BYTES_PER_BLOB))                                                                   \
    X(COMPUTE_KZG_PROOF, compute_kzg_proof, ONE, POINT_SCALAR, 16000, 0,                                             \
      ONE(blob, KZG_ARG_BLOB, KZG_BYTES_PER_BLOB), ONE(z, KZG_ARG_Z, KZG_BYTES_PER_FIELD_ELEMENT))                   \
    X(COMPUTE_BLOB_KZG_PROOF, compute_blob_kzg_proof, ONE, POINT, 16000, 0,                                          \
      ONE(blob, KZG_ARG_BLOB, KZG_BYTES_PER_BLOB), ONE(commitment, KZG_ARG_COMMITMENT, KZG_BYTES_PER_G1))            \
    X(VERIFY_KZG_PROOF, verify_kzg_proof, ONE, BOOL, 1000, 0, ONE(commitment, KZG_ARG_COMMITMENT, KZG_BYTES_PER_G1), \
      ONE(z, KZG_ARG_Z, KZG_BYTES_PER_FIELD_ELEMENT), ONE(y, KZG_ARG_Y, KZG_BYTES_PER_FIELD_ELEMENT),                \
      ONE(proof, KZG_ARG_PROOF, KZG_BYTES_PER_G1))                                                                   \
    X(VERIFY_BLOB_KZG_PROOF, verify_blob_kzg_proof, ONE, BOOL, 1600, 0, ONE(blob, KZG_ARG_BLOB, KZG_BYTES_PER_BLOB), \
      ONE(commitment, KZG_ARG_COMMITMENT, KZG_BYTES_PER_G1), ONE(proof, KZG_ARG_PROOF, KZG_BYTES_PER_G1))            \
    X(VERIFY_BLOB_KZG_PROOF_BATCH, verify_blob_kzg_proof_batch, BLOBS, BOOL, 1000, 900,                              \
      LIST(blobs, KZG_ARG_BLOB, KZG_BYTES_PER_BLOB), LIST(commitments, KZG_ARG_COMMITMENT, KZG_BYTES_PER_G1),        \
      LIST(proofs, KZG_ARG_PROOF, KZG_BYTES_PER_G1))                                                                 \
    X(COMPUTE_CELLS, compute_cells, ONE, CELLS, 2000, 0, ONE(blob, KZG_ARG_BLOB, KZG_BYTES_PER_BLOB))                \
    X(COMPUTE_CELLS_AND_KZG_PROOFS, compute_cells_and_kzg_proofs, ONE, CELLS_PROOFS, 120000, 0,                      \
      ONE(blob, KZG_ARG_BLOB, KZG_BYTES_PER_BLOB))                                                                   \
    X(RECOVER_CELLS_AND_KZG_PROOFS, recover_cells_and_kzg_proofs, RECOVERY, CELLS_PROOFS, 140000, 0,                 \
      INDICES(cell_indices, KZG_ARG_CELL_INDEX), LIST(cells, KZG_ARG_CELL, KZG_BYTES_PER_CELL))                      \
    X(VERIFY_CELL_KZG_PROOF_BATCH, verify_cell_kzg_proof_batch, CELLS, BOOL, 2500, 100,                              \
      LIST(commitments, KZG_ARG_COMMITMENT, KZG_BYTES_PER_G1), INDICES(cell_indices, KZG_ARG_CELL_INDEX),            \
      LIST(cells, KZG_ARG_CELL, KZG_BYTES_PER_CELL), LIST(proofs, KZG_ARG_PROOF, KZG_BYTES_PER_G1))                  \
    X(COMPUTE_CHALLENGE, compute_challenge, ONE, SCALAR, 200, 0, ONE(blob, KZG_ARG_BLOB, KZG_BYTES_PER_BLOB),        \
      ONE(commitment, KZG_ARG_COMMITMENT, KZG_BYTES_PER_G1))                                                         \
    X(COMPUTE_VERIFY_CELL_KZG_PROOF_BATCH_CHALLENGE, compute_verify_cell_kzg_proof_batch_challenge, CELLS, SCALAR,   \
      100, 3, OWN_LIST(commitments, KZG_ARG_COMMITMENT, KZG_BYTES_PER_G1),                                           \
      INDICES(commitment_indices, KZG_ARG_COMMITMENT_INDEX), INDICES(cell_indices, KZG_ARG_CELL_INDEX),              \
      COSETS(cosets_evals, KZG_ARG_COSET_EVALS), LIST(proofs, KZG_ARG_PROOF, KZG_BYTES_PER_G1))

#endif
