/* The functions of curve/ifma/fp12_8.h with operands and results of curve/fp12.h, for tests that run on any CPU. To
 * be called only where g1_lanes_usable(). more: what is added to each operand before, in multiples of p, 0 to 6, so
 * that the operands come close to the bounds. */
#ifndef DIFF_TOWER_LANES_H
#define DIFF_TOWER_LANES_H

#include "curve/pairing.h"

void tower_lanes_copy(fp12 *r, const fp12 *a);
void tower_lanes_mul(fp12 *r, const fp12 *a, const fp12 *b, unsigned more);
void tower_lanes_sqr(fp12 *r, const fp12 *a, unsigned more);
void tower_lanes_conj(fp12 *r, const fp12 *a);
void tower_lanes_frobenius(fp12 *r, const fp12 *a, int power, unsigned more);
void tower_lanes_mul_monic_line(fp12 *r, const fp12 *a, const fp2 *l0, const fp2 *l1, int first, unsigned more);
void tower_lanes_cyclotomic_sqr(fp12 *r, const fp12 *a);
void tower_lanes_cyclotomic_pow_x(fp12 *r, const fp12 *a);

/* Values of any size in lanes, multiple[i] p + a[i], for fp8_reduce_loose: r[i] = a[i], and whether all were below
 * 2p. multiple below 2^11; the limbs are spread as widely as the contract allows. */
bool tower_lanes_reduce(fp r[8], const fp a[8], const uint64_t multiple[8]);

#endif
