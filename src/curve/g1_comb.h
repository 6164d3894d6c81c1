/* Products of a point that never changes. */
#ifndef CURVE_G1_COMB_H
#define CURVE_G1_COMB_H

#include "base/arena.h"
#include "curve/g1.h"
#include "field/fr.h"

/* To the base 8 (curve/hexagon.h), whose digits are 12 up to powers of zeta. */
#define G1_COMB_DIGITS  44
#define G1_COMB_BUCKETS 12

/* For every digit's place the point times every digit that can stand there, up to powers of zeta: a product is one
 * affine addition a digit, and no doubling. 50 KiB. */
struct g1_comb {
    g1_affine multiples[G1_COMB_DIGITS][G1_COMB_BUCKETS]; /* (a + b zeta) 8^i times the point */
};

/* a in the subgroup. Takes the time of some ten products. */
size_t g1_comb_init_scratch_bytes(void);
void g1_comb_init(struct g1_comb *comb, const g1_affine *a, struct arena *arena);

/* r += k times the point. */
void g1_comb_add(g1 *r, const struct g1_comb *comb, const fr *k);

#endif
