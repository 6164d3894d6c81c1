/* Are many points all in the subgroup of order r? Some sums of them are checked instead of each.
 *
 * A sum's coefficients are drawn evenly from a set of s endomorphisms. Let a point have a part T outside the
 * subgroup, of some prime order q. If no two of the s multiples of T are the same, then, with all other coefficients
 * given, the sum is in the subgroup for at most one of them: so k sums miss T with s^-k. The cofactor is 3 11^2
 * 10177^2 859267^2 52437899^2.
 *
 * Many points: 85 sums with coefficients -1, 0 and 1, which differ for every odd q; 3^-85 < 2^-134. Five sums at a
 * time: a point goes into the one of 121 buckets, or its negative, that its five coefficients name, and the buckets
 * are added up for each sum. So a point costs 17 additions, where a check of its own has 127 doublings.
 *
 * Fewer: 19 sums, so that there are fewer to be checked, with coefficients in the ring of zeta (hexagon.h): the 121
 * digits to the base 11. The difference of two has a norm below 169. 11, a prime of the ring, does not divide it, nor
 * does a divisor of a larger q, whose norm is 10177 or more: so they differ for every q but 3. 121^-19 < 2^-131.
 * Whether a point P has a part of order 3 is told by itself: y - 2 has its three zeros at the point (0, 2) of order
 * 3, so it is a cube just if P is three times another point; and 9 does not divide the number of the curve's points,
 * so that three times a point has no part of order 3. Source: S. Galbraith, "Mathematics of public key cryptography",
 * chapter 26.3, for the reduced Tate pairing, which this is with (0, 2).
 *
 * Sums of products by digits (msm_digits.h) check their points as they go: where a point's scalar is drawn from 2^128
 * that are short, and its part T is of an order other than 3, then, with all other scalars given, that the sum of
 * digit 0 is in the subgroup leaves one digit 0 of it, with that the sum of digit 1 one digit 1, and so on: for one
 * scalar of 2^128 all are. The digits are those to a base of at most 11, of which no two differ by a multiple of a
 * divisor of q. Two sums with the same scalars are checked at once: that of digit j of the first and that of digit
 * j + 1 of the second are added, so that the second one's digits follow from each other, and where nothing is wrong
 * with its points, the first one's. */
#ifndef CURVE_G1_SUBGROUP_H
#define CURVE_G1_SUBGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "curve/types.h"

/* From so many points on they are many: with lanes, and without. */
#define G1_SUBGROUP_MANY_LANES  1024
#define G1_SUBGROUP_MANY_SCALAR 256

/* What a point's coefficients are made of: bits that nobody who knows the points can choose, each even and
 * independent of the others. Many: 17 times 15 bits, the coefficients plus one of five sums as ternary digits of a
 * number modulo 243. Fewer: 19 times 13 bits, a + 5 + 11 (b + 5) modulo 121 for a + b zeta modulo 11. The lowest bits
 * first. So none is more than 2^-7.9 or 2^-6.9 likely. */
typedef uint8_t g1_subgroup_random[32];

size_t g1_all_in_subgroup_scratch_bytes(size_t n);
/* Points of the curve, infinity among them if you like; n below 2^20. True for points that all are; false but with
 * that chance, if one is not. */
bool g1_all_in_subgroup(const g1_affine *points, const g1_subgroup_random *random, size_t n, struct arena *arena);

/* Has none of these points of the curve a part of order 3? */
bool g1_none_of_order_3(const g1_affine *points, size_t n);

/* Are the points of sums by digits all in the subgroup, of which none has a part of order 3? digits are those of a
 * sum, second of another with the same scalars or NULL; and some points besides, of any kind, are looked at each. */
size_t g1_digits_in_subgroup_scratch_bytes(size_t length, size_t besides);
bool g1_digits_in_subgroup(const g1 *digits, const g1 *second, size_t length, const g1_affine *besides,
                           size_t n_besides, struct arena *arena);

#endif
