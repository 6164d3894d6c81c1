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
 * Sums of products by digits (msm_digits.h) check their points as they go. Let a point's scalar be one of 2^128 short
 * ones, each as likely, and let the point have a part T of an order q other than 3. With all other scalars given, the
 * sum of digit 0 is in the subgroup for one digit 0 of this scalar at most, then that of digit 1 for one digit 1, and
 * so on: all of them are for one scalar at most. It takes a base up to 10: two digits to that base do not differ by a
 * multiple of 11, where to the base 11 two on opposite sides of the hexagon do, and the norm of their difference is
 * far below 10177. Two sums with the same scalars are looked at together, digit j of the first with digit j + 1 of
 * the second, and digit 0 of the second alone: the digits of a scalar with a bad point in the second sum follow from
 * each other, whatever its point in the first one is; where no point of the second is bad, those of the first do. A
 * scalar that is known to be 1 does no harm: if its point is the only bad one, digit 0 tells, else another's scalar
 * does. */
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

/* Are the points of sums by digits, to a base up to 10, all in the subgroup, if none has a part of order 3? digits
 * are the sums of the digits of one, second of another with the same scalars or NULL. Some points besides, of any
 * kind, are looked at each. */
size_t g1_digits_in_subgroup_scratch_bytes(size_t length, size_t besides);
bool g1_digits_in_subgroup(const g1 *digits, const g1 *second, size_t length, const g1_affine *besides,
                           size_t n_besides, struct arena *arena);

#endif
