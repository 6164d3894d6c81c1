/* The optimal ate pairing e: G1 x G2 -> Fp12. */
#ifndef CURVE_PAIRING_H
#define CURVE_PAIRING_H

#include "curve/fp12.h"
#include "curve/g1.h"
#include "curve/g2.h"

/* 63 doubling steps and 5 addition steps for the bits of |x|. */
#define PAIRING_LINES 68

/* The lines of the Miller loop for one G2 point, to be evaluated at many G1 points. Each is (l0, l1, l2) to be used as
 * (l0, l1 x_P, l2 y_P). 19 KiB. */
struct g2_prepared {
    bool infinity;
    fp2 lines[PAIRING_LINES][3];
};

void g2_prepare(struct g2_prepared *r, const g2_affine *q);

/* r = product of the Miller loops of (p[i], *q[i]); pairs with infinity contribute 1. n = 0 gives 1. The result still
 * needs the final exponentiation. */
void pairing_miller_loop(fp12 *r, const g1_affine *p, const struct g2_prepared *const *q, size_t n);

/* r = f^(3 (p^12 - 1)/r): the third power of the reduced pairing, which is one exactly where the pairing is. Source: D.
 * Hayashida, K. Hayasaka, T. Teruya, "Efficient final exponentiation via cyclotomic structure" (2020). */
void pairing_final_exponentiation(fp12 *r, const fp12 *f);

/* Is the product of e(p[i], q[i]) one? All points in their subgroups. True for n = 0. */
bool pairing_product_is_one(const g1_affine *p, const struct g2_prepared *const *q, size_t n);

#endif
