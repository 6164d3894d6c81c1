/* Sums of the buckets of digits in a hexagon (hexagon.h), each bucket with its weight a + b zeta: made of the sums of
 * all buckets of one a and of all of one b, two additions a bucket; what is left are sums with weights 1, 2, 3, ....
 */
#ifndef CURVE_G1_WEIGH_H
#define CURVE_G1_WEIGH_H

#include <stddef.h>

#include "base/arena.h"
#include "curve/g1.h"
#include "curve/hexagon.h"

/* r[s] = sum of (a + b zeta) buckets[s per_digit + row[a] + b]. Any points of the curve: zeta is (x, y) -> (beta x,
 * -y).
 */
size_t g1_weigh_scratch_bytes(const struct hexagon *h, size_t sets);
void g1_weigh(g1 *r, const struct hexagon *h, const g1_affine *buckets, size_t sets, struct arena *arena);

#endif
