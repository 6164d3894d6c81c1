/* What each operation takes from the allocator: the very numbers that the operations use. */
#include "base/assert.h"
#include "kzg/eip4844.h"
#include "kzg/eip7594.h"

size_t kzg_scratch_bytes(const kzg_ctx *ctx, kzg_operation operation, size_t n) {
    KZG_ASSERT(ctx != NULL);
    switch (operation) {
    case KZG_OPERATION_BLOB_TO_KZG_COMMITMENT: return blob_to_kzg_commitment_bytes(ctx);
    case KZG_OPERATION_COMPUTE_KZG_PROOF:
    case KZG_OPERATION_COMPUTE_BLOB_KZG_PROOF: return compute_kzg_proof_bytes(ctx);
    case KZG_OPERATION_VERIFY_KZG_PROOF: return verify_kzg_proof_bytes(ctx);
    case KZG_OPERATION_VERIFY_BLOB_KZG_PROOF: return verify_blob_kzg_proof_bytes(ctx);
    case KZG_OPERATION_VERIFY_BLOB_KZG_PROOF_BATCH:
        return n == 0 || n > KZG_MAX_BATCH ? 0 : verify_blob_kzg_proof_batch_bytes(ctx, n);
    case KZG_OPERATION_COMPUTE_CELLS: return compute_cells_bytes();
    case KZG_OPERATION_COMPUTE_CELLS_AND_KZG_PROOFS: return compute_cells_and_kzg_proofs_bytes(ctx);
    case KZG_OPERATION_RECOVER_CELLS_AND_KZG_PROOFS: return recover_cells_and_kzg_proofs_bytes(ctx, 1);
    case KZG_OPERATION_VERIFY_CELL_KZG_PROOF_BATCH:
        return n == 0 || n > KZG_MAX_BATCH ? 0 : verify_cell_kzg_proof_batch_bytes(ctx, n);
    case KZG_OPERATIONS: break;
    }
    return 0;
}
