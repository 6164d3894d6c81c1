/* G1: y^2 = x^3 + 4 over Fp. Additions and doublings are complete: infinity, equal and opposite points are handled.
 * Points need not be in the subgroup unless said. Any aliasing. */
#ifndef CURVE_G1_H
#define CURVE_G1_H

#include "curve/types.h"
#include "field/fp.h"
#include "field/fr.h"

extern const g1_affine G1_GENERATOR;

static inline bool g1_is_infinity(const g1 *a) {
    return fp_is_zero(&a->z);
}

static inline bool g1_affine_is_infinity(const g1_affine *a) {
    return fp_is_zero(&a->x) && fp_is_zero(&a->y);
}

static inline void g1_set_infinity(g1 *r) {
    *r = (g1){{{0}}, {{0}}, {{0}}};
}

static inline void g1_neg(g1 *r, const g1 *a) {
    *r = *a;
    fp_neg(&r->y, &a->y);
}

static inline void g1_affine_neg(g1_affine *r, const g1_affine *a) {
    *r = *a;
    fp_neg(&r->y, &a->y);
}

void g1_from_affine(g1 *r, const g1_affine *a);
void g1_to_affine(g1_affine *r, const g1 *a);
/* n points with one inversion. scratch holds n. r and a must not overlap. */
void g1_to_affine_batch(g1_affine *r, const g1 *a, size_t n, fp *scratch);

bool g1_equal(const g1 *a, const g1 *b);
bool g1_affine_equal(const g1_affine *a, const g1_affine *b);
void g1_dbl(g1 *r, const g1 *a);
void g1_add(g1 *r, const g1 *a, const g1 *b);
void g1_add_affine(g1 *r, const g1 *a, const g1_affine *b);

/* r = k a for a plain 256-bit k, bit by bit: any curve point, any k. The oracle for the faster ones. */
void g1_mul_plain(g1 *r, const g1_affine *a, const uint64_t k[4]);

/* r = k a by the endomorphism. a in the subgroup. */
void g1_mul(g1 *r, const g1_affine *a, const fr *k);

bool g1_affine_on_curve(const g1_affine *a); /* infinity counts */

/* Is a point of the curve in the subgroup of order r? phi(P) = -x^2 P, which only the subgroup's points satisfy.
 * Source: M. Scott, "A note on group membership tests for G1, G2 and GT on BLS pairing-friendly curves" (2021). */
bool g1_affine_in_subgroup(const g1_affine *a);

#endif
