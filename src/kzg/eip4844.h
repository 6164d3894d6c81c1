/* The scratch of EIP-4844's operations, for kzg_scratch_bytes. */
#ifndef KZG_EIP4844_H
#define KZG_EIP4844_H

#include "kzg/context.h"

size_t blob_to_kzg_commitment_bytes(const kzg_ctx *ctx);
size_t compute_kzg_proof_bytes(const kzg_ctx *ctx);
size_t verify_kzg_proof_bytes(const kzg_ctx *ctx);
size_t verify_blob_kzg_proof_bytes(const kzg_ctx *ctx);
size_t verify_blob_kzg_proof_batch_bytes(const kzg_ctx *ctx, size_t n);

#endif
