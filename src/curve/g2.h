/* G2: y^2 = x^3 + 4 (1 + u) over Fp2. Rules as in curve/g1.h. */
#ifndef CURVE_G2_H
#define CURVE_G2_H

#include "curve/fp2.h"
#include "curve/types.h"
#include "field/fr.h"

extern const g2_affine G2_GENERATOR;

bool g2_is_infinity(const g2 *a);
bool g2_affine_is_infinity(const g2_affine *a);
void g2_set_infinity(g2 *r);
void g2_neg(g2 *r, const g2 *a);
void g2_from_affine(g2 *r, const g2_affine *a);
void g2_to_affine(g2_affine *r, const g2 *a);
bool g2_equal(const g2 *a, const g2 *b);
bool g2_affine_equal(const g2_affine *a, const g2_affine *b);
void g2_dbl(g2 *r, const g2 *a);
void g2_add(g2 *r, const g2 *a, const g2 *b);
void g2_add_affine(g2 *r, const g2 *a, const g2_affine *b);
void g2_mul_plain(g2 *r, const g2_affine *a, const uint64_t k[4]); /* any curve point, any k */
bool g2_affine_on_curve(const g2_affine *a);                       /* infinity counts */
bool g2_affine_in_subgroup(const g2_affine *a);                    /* of a curve point: psi(P) = x P (Scott 2021) */

#endif
