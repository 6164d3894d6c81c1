/* The optimal ate pairing e: G1 x G2 -> Fp12. */
#ifndef CURVE_PAIRING_H
#define CURVE_PAIRING_H

#include "curve/fp12.h"
#include "curve/g1.h"
#include "curve/g2.h"

/* 63 doubling steps and 5 addition steps for the bits of |x|. */
#define PAIRING_LINES 68

/* A line of the Miller loop, scaled by a factor in Fp2 (which the final exponentiation removes) to
 * constant + slope x_P v + y_P v w. */
struct pairing_line {
    fp2 constant, slope;
};

/* The lines of the Miller loop for one G2 point, to be evaluated at many G1 points. 13 KiB. */
struct g2_prepared {
    bool infinity;
    struct pairing_line lines[PAIRING_LINES];
};

/* q in its subgroup. 29 KiB of stack. */
void g2_prepare(struct g2_prepared *r, const g2_affine *q);

/* r = product of the Miller loops of (p[i], *q[i]); pairs with infinity contribute 1. n = 0 gives 1. The result still
 * needs the final exponentiation. Sixteen pairs at a time share their squarings. */
void pairing_miller_loop(fp12 *r, const g1_affine *p, const struct g2_prepared *const *q, size_t n);

/* r = f^(3 (p^12 - 1)/r): the third power of the reduced pairing, which is one exactly where the pairing is. 0 for 0.
 * Source: D. Hayashida, K. Hayasaka, T. Teruya, "Efficient final exponentiation via cyclotomic structure" (2020). */
void pairing_final_exponentiation(fp12 *r, const fp12 *f);

/* Is the product of e(p[i], q[i]) one? All points in their subgroups. True for n = 0. */
bool pairing_product_is_one(const g1_affine *p, const struct g2_prepared *const *q, size_t n);

#endif
