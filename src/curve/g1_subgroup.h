/* Are many points all in the subgroup of order r? Instead of each, 85 sums of them with coefficients -1, 0 and 1.
 *
 * Let a point have a part T outside the subgroup. The order of T divides the cofactor, which is odd, so -T, 0 and T
 * are three different points, and with all other coefficients given, a sum is in the subgroup for at most one of the
 * three values of T's. With coefficients drawn evenly, 85 sums miss it with 3^-85 < 2^-134. Five sums at a time: a
 * point goes into the one of 121 buckets, or its negative, that its five coefficients name, and the buckets are added
 * up for each sum. So a point costs 17 additions, where a check of its own has 127 doublings. */
#ifndef CURVE_G1_SUBGROUP_H
#define CURVE_G1_SUBGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "curve/types.h"

#define G1_SUBGROUP_ROUNDS   17
#define G1_SUBGROUP_PATTERNS 243

/* Of each point, for each five sums: their coefficients plus one as a number of five ternary digits, drawn evenly
 * below G1_SUBGROUP_PATTERNS by what nobody who knows the points can choose. */
typedef uint8_t g1_subgroup_patterns[G1_SUBGROUP_ROUNDS];

size_t g1_all_in_subgroup_scratch_bytes(size_t n);
/* Points of the curve, infinity among them if you like; n below 2^20. True for points that all are; false but with
 * that chance, if one is not. */
bool g1_all_in_subgroup(const g1_affine *points, const g1_subgroup_patterns *patterns, size_t n, struct arena *arena);

#endif
