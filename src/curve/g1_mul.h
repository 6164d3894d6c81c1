/* Points times scalars by the endomorphism and odd multiples: for a few points, or for many with a scalar each. All
 * points in the subgroup. */
#ifndef CURVE_G1_MUL_H
#define CURVE_G1_MUL_H

#include "base/arena.h"
#include "curve/g1.h"
#include "field/fr.h"

/* r[i] = k[i] a[i]; the multiples of all points share their inversions. r and a must not overlap. */
size_t g1_mul_batch_scratch_bytes(size_t n);
void g1_mul_batch(g1 *r, const g1_affine *a, const fr *k, size_t n, struct arena *arena);

/* r = sum k[i] a[i] with shared doublings: the way for few terms. n = 0 gives infinity. */
size_t g1_sum_small_scratch_bytes(size_t n);
void g1_sum_small(g1 *r, const g1_affine *a, const fr *k, size_t n, struct arena *arena);

#endif
