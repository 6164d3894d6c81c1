/* Fp6 = Fp2[v]/(v^3 - (1 + u)) and Fp12 = Fp6[w]/(w^2 - v). Any aliasing; reduced in and out. */
#ifndef CURVE_FP12_H
#define CURVE_FP12_H

#include "curve/fp2.h"

void fp6_add(fp6 *r, const fp6 *a, const fp6 *b);
void fp6_sub(fp6 *r, const fp6 *a, const fp6 *b);
void fp6_neg(fp6 *r, const fp6 *a);
void fp6_mul(fp6 *r, const fp6 *a, const fp6 *b);
void fp6_sqr(fp6 *r, const fp6 *a);
void fp6_mul_v(fp6 *r, const fp6 *a); /* r = a v */
void fp6_inv(fp6 *r, const fp6 *a);   /* 0 for 0 */
bool fp6_equal(const fp6 *a, const fp6 *b);

void fp12_set_one(fp12 *r);
bool fp12_is_one(const fp12 *a);
bool fp12_equal(const fp12 *a, const fp12 *b);
void fp12_mul(fp12 *r, const fp12 *a, const fp12 *b);
void fp12_sqr(fp12 *r, const fp12 *a);
void fp12_conj(fp12 *r, const fp12 *a);                 /* the p^6 Frobenius; the inverse for elements of norm 1 */
void fp12_inv(fp12 *r, const fp12 *a);                  /* 0 for 0 */
void fp12_frobenius(fp12 *r, const fp12 *a, int power); /* a^(p^power), power 1 or 2 */

/* r = a (l0 + l1 v + v w): a line of the pairing, scaled to a last coefficient of 1. 10 Fp2 multiplications. */
void fp12_mul_monic_line(fp12 *r, const fp12 *a, const fp2 *l0, const fp2 *l1);

/* r = a^2 for a in the cyclotomic subgroup (a^(p^4 - p^2 + 1) = 1). Source: R. Granger, M. Scott, "Faster squaring in
 * the cyclotomic subgroup of sixth degree extensions" (2010). */
void fp12_cyclotomic_sqr(fp12 *r, const fp12 *a);

/* r = a^|x| for a in the cyclotomic subgroup, x the curve's parameter. Source for the squarings without a third of
 * the coefficients: K. Karabina, "Squaring in cyclotomic subgroups" (2010). */
void fp12_cyclotomic_pow_x(fp12 *r, const fp12 *a);

#endif
