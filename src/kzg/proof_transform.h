/* From FK20's sums to the proofs of all cells: one linear map, in few multiplications of points.
 *
 * The sums v are the values of h at all n = CELLS_PER_EXT_BLOB roots w^i; h has n/2 coefficients, and the proofs p
 * are its values again. As sums of a geometric series, with p_j = sum over i of v_i (1/n) sum over k < n/2 of
 * w^(k(j-i)),
 *
 *     p_j = v_j / 2 + sum over odd m of v_(j-m) 2 / (n (1 - w^m)),
 *
 * so that those at even places are, but for the halves, the cyclic convolution e * u of those v at odd places, and
 * the other way round, with one e for both: e_i = 4 / (n (1 - w^(2i-1))) where v comes halved.
 *
 * Modulo x^(n/2) - 1 = (x - 1) (x + 1) (x^2 + 1) (x^4 + 1) ... the convolution falls into products modulo x^(2m) + 1.
 * e is antisymmetric there: e = (1 - x) K with K = sum K_i x^i and K_(-i) = K_i, a polynomial in y = x + 1/x. x^2 = y
 * x - 1 makes u = P(y) + x Q(y), and K P and K Q are products of polynomials in y with m coefficients. One whose left
 * factor is fixed is a sum over 2m - 1 points y_t:
 *
 *     coefficient of x^b in K P = sum over t of c_t P(y_t) (x^b + x^-b)(y_t),
 *
 * with c_t such that it is right for all monomials. With y_t = 0 and powers of two, positive and negative, all but
 * the products with c_t are additions and doublings. For n = 128 that makes 232 products of points instead of 642 of
 * two fast Fourier transforms. Sources: S. Winograd, "On computing the discrete Fourier transform" (1978), for
 * convolutions modulo factors; A. L. Toom (1963), for products by values at small points; C. M. Fiduccia (1972), on
 * transposing such an algorithm. */
#ifndef KZG_PROOF_TRANSFORM_H
#define KZG_PROOF_TRANSFORM_H

#include "base/arena.h"
#include "curve/g1_program.h"
#include "kzg/kzg.h"
#include "kzg/params.h"

#define PROOF_PRODUCTS_MAX (2 * CELLS_PER_EXT_BLOB)

struct proof_transform {
    struct g1_program before; /* inputs: the sums */
    struct g1_program after;  /* inputs: the sums, then the products */
    struct g1_ref factors[PROOF_PRODUCTS_MAX], proofs[CELLS_PER_EXT_BLOB];
    fr constants[PROOF_PRODUCTS_MAX];
    uint16_t products;
};

size_t proof_transform_init_scratch_bytes(void);
void proof_transform_init(struct proof_transform *map, struct arena *arena);

/* proofs in the order of cells, from the sums in natural order, each of them halved. proofs and sums may not overlap.
 * The products are split among the context's threads. */
size_t proof_transform_scratch_bytes(const kzg_ctx *ctx, const struct proof_transform *map);
void proof_transform_run(const kzg_ctx *ctx, g1_affine proofs[CELLS_PER_EXT_BLOB],
                         const g1_affine sums[CELLS_PER_EXT_BLOB], const struct proof_transform *map,
                         struct arena *arena);

#endif
