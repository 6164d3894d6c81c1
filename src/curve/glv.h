/* Scalars for G1's endomorphism: phi(x, y) = (beta x, y) multiplies the subgroup's points by -x^2, so that
 * x^2 (x, y) = (beta x, -y) costs one multiplication, and k P = k1 P + k2 (x^2 P) needs half the doublings.
 * Source: R. Gallant, R. Lambert, S. Vanstone (2001); r = x^4 - x^2 + 1 makes the split a division by x^2. */
#ifndef CURVE_GLV_H
#define CURVE_GLV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "field/fr.h"

/* A signed number of at most 127 bits: at most floor(x^2 / 2) + 1 in absolute value. */
struct glv_half {
    uint64_t l[2];
    bool negative;
};

/* k = k[0] + k[1] x^2 mod r. */
void glv_split(struct glv_half halves[2], const fr *k);

/* k = halves[0] + halves[1] x^2 mod r. Those that glv_split gives come back from it. */
void glv_join(fr *k, const struct glv_half halves[2]);

#define GLV_BITS       128 /* of any half, with the last carry */
#define GLV_SHORT_BITS 64  /* of a short one: at most 2^63 in absolute value */

/* Signed digits of width bits, least significant first: sum digits[i] 2^(width i) is the half's value, each digit in
 * [-2^(width-1), 2^(width-1)]. glv_windows(bits, width) of them, stride apart; the top one takes the last carry.
 * width 1 to 30. */
void glv_digits(int32_t *digits, size_t stride, const struct glv_half *half, int width, int windows);
int glv_windows(int bits, int width);

#define GLV_WNAF_WIDTH  5
#define GLV_WNAF_LENGTH 129

/* Both halves of a scalar in non-adjacent form of width 5: digits are zero or odd, below 16 in absolute value, and
 * any five neighbours hold at most one that is not zero. */
struct glv_wnaf {
    int8_t digits[2][GLV_WNAF_LENGTH];
    int length; /* digits from here on are zero in both */
};

void glv_wnaf(struct glv_wnaf *r, const fr *k);

#endif
