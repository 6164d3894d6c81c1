/* Fp12 across lanes: one element in two vectors. A vector is an element of Fp6, c0 + c1 v + c2 v^2, with c0's two
 * parts in lanes 0 and 1, c1's in 2 and 3, c2's in 4 and 5; lanes 6 and 7 hold nothing, but stay below the bound. The
 * coefficients of a product are sums of products of coefficients, so that all of them come out of one sum of products
 * in lanes (fp8_wide.h), with one reduction.
 *
 * Bounds: elements of Fp12 are tight and below FP12_8_BOUND in every lane, of the functions' inputs and outputs. */
#ifndef CURVE_IFMA_FP12_8_H
#define CURVE_IFMA_FP12_8_H

#include "curve/fp12.h"
#include "field/ifma/fp8.h"

#define FP12_8_BOUND 8

struct fp12_8 {
    fp8 c[2]; /* c[0] + c[1] w */
};

void fp12_8_from(struct fp12_8 *r, const fp12 *a);
void fp12_8_to(fp12 *r, const struct fp12_8 *a);

void fp12_8_set_one(struct fp12_8 *r);
void fp12_8_mul(struct fp12_8 *r, const struct fp12_8 *a, const struct fp12_8 *b);
void fp12_8_sqr(struct fp12_8 *r, const struct fp12_8 *a);
void fp12_8_conj(struct fp12_8 *r, const struct fp12_8 *a);                 /* r below 5; a below 4 */
void fp12_8_frobenius(struct fp12_8 *r, const struct fp12_8 *a, int power); /* power 1 or 2 */

/* r = a (l0 + l1 v + v w) as fp12_mul_monic_line. The line's l0 is in lanes first and first + 1 of line, its l1 in
 * the two behind; first is 0 or 4. r below 2. */
void fp12_8_mul_monic_line(struct fp12_8 *r, const struct fp12_8 *a, const fp8 *line, int first);

/* In the cyclotomic subgroup, as curve/fp12.h says of both. a below 2; r below 2. */
void fp12_8_cyclotomic_sqr(struct fp12_8 *r, const struct fp12_8 *a);
void fp12_8_cyclotomic_pow_x(struct fp12_8 *r, const struct fp12_8 *a);

#endif
