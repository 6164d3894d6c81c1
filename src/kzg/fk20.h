/* The proofs of all cells of a polynomial at once. Source: D. Feist, D. Khovratovich, "Fast amortized KZG proofs"
 * (2023). spec: compute_cells_and_kzg_proofs_polynomialcoeff computes the same points one by one. */
#ifndef KZG_FK20_H
#define KZG_FK20_H

#include "kzg/context.h"

size_t compute_cell_proofs_bytes(const kzg_ctx *ctx);

/* coefficients of a polynomial of degree below FIELD_ELEMENTS_PER_BLOB. proofs in the order of cells. */
void compute_cell_proofs(const kzg_ctx *ctx, g1_affine proofs[CELLS_PER_EXT_BLOB], const fr *coefficients,
                         struct arena *arena);

#endif
