/* Commitments to polynomials in evaluation form. */
#ifndef KZG_COMMIT_H
#define KZG_COMMIT_H

#include "kzg/context.h"

/* r = sum values[i] L_i(tau) G1. spec: g1_lincomb over KZG_SETUP_G1_LAGRANGE. */
size_t commit_scratch_bytes(const kzg_ctx *ctx);
void commit_values(const kzg_ctx *ctx, g1_affine *r, const fr *values, struct arena *arena);

#endif
