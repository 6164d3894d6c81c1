/* Scratch of EIP-7594's operations, for kzg_scratch_bytes. */
#ifndef KZG_EIP7594_H
#define KZG_EIP7594_H

#include "kzg/context.h"

size_t compute_cells_bytes(void);
size_t compute_cells_and_kzg_proofs_bytes(const kzg_ctx *ctx);
size_t recover_cells_and_kzg_proofs_bytes(const kzg_ctx *ctx, size_t blobs);
size_t verify_cell_kzg_proof_batch_bytes(const kzg_ctx *ctx, size_t n);

#endif
