/* Jacobian points in eight lanes, mostly two vectors at a time: additions without branches. Needs field_ops.lanes.
 *
 * Any curve y^2 = x^3 + b: with points as they are (fp8_load), or scaled (g1_add8.h). z = 0 is infinity. Where an
 * addition meets equal or opposite points, or infinity, z becomes 0, and stays so whatever follows: a z that is not 0
 * in the end proves that every step was right, and a lane where it is 0 is the caller's to compute in another way. */
#ifndef CURVE_IFMA_G1_JAC8_H
#define CURVE_IFMA_G1_JAC8_H

#include "curve/types.h"
#include "field/ifma/fp8.h"

/* Tight; below 18p, 18p and 4p. */
struct g1_jac8 {
    fp8 x, y, z;
};

/* Tight; x below 2p, y below 18p. */
struct g1_affine8 {
    fp8 x, y;
};

/* v = 2 v, infinity for infinity. 3M + 4S each. */
void g1_jac8_dbl2(struct g1_jac8 v[2]);

/* v = v + p; z = 0 unless v is finite and neither p nor -p. 8M + 3S each. */
void g1_jac8_add2(struct g1_jac8 v[2], const struct g1_affine8 p[2]);

/* The same for one vector. */
void g1_jac8_dbl1(struct g1_jac8 *v);
void g1_jac8_add1(struct g1_jac8 *v, const struct g1_affine8 *p);

/* v = v + p in the lanes that are chosen, where p is finite; empty are the lanes in which nothing has been added yet:
 * there v becomes p. z = 0 where v was finite and p or -p. */
void g1_jac8_accumulate2(struct g1_jac8 v[2], __mmask8 empty[2], const struct g1_affine8 p[2],
                         const __mmask8 chosen[2]);

void g1_jac8_accumulate1(struct g1_jac8 *v, __mmask8 *empty, const struct g1_affine8 *p, __mmask8 chosen);

/* The points to memory from scaled ones (g1_add8.h), the first n of them, infinity where a lane is empty. The lanes
 * with z = 0 that are not come back. */
__mmask8 g1_jac8_store_scaled(g1 *r, size_t n, const struct g1_jac8 *v, __mmask8 empty);

/* v = v + w; z = 0 unless both are finite and w is neither v nor -v. y of w below 2^17 p. 12M + 4S each. */
void g1_jac8_add_jac2(struct g1_jac8 v[2], const struct g1_jac8 w[2]);

/* The affine points; lanes where z = 0 come back with (0, 0). */
void g1_jac8_to_affine2(struct g1_affine8 r[2], const struct g1_jac8 v[2]);

#endif
