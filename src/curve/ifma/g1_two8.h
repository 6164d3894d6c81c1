/* Two points in one vector: the independent products of one doubling in lanes, where there are too few points to give
 * each lane one. */
#ifndef CURVE_IFMA_G1_TWO8_H
#define CURVE_IFMA_G1_TWO8_H

#include "curve/ifma/g1_jac8.h"

/* r = |x| p for the points in lanes 0 and 1; the other lanes' points are anything. Both vectors of r are the same.
 * Where an addition met equal or opposite points, which those of the subgroup do not, z is 0. p is below 2p, r below
 * 32p. */
void g1_two8_mul_by_x(struct g1_jac8 r[2], const struct g1_affine8 *p);

#endif
