/* Digits of scalars in the ring of G1's endomorphism: fewer buckets than signed digits have.
 *
 * zeta = x^2 mod r is a sixth root of unity, zeta^2 = zeta - 1, and zeta (x, y) = (beta x, -y) on the subgroup
 * (glv.h). So a scalar is k[0] + k[1] zeta with two numbers of 127 bits, and to an integer base m
 *
 *     k = sum over i of d_i m^i,   d_i = a + b zeta with |2a + b|, |a + 2b|, |a - b| <= m:
 *
 * a hexagon around zero, which the six powers of zeta turn into itself. Those six multiples d zeta^j of a digit
 * differ for a point in which of three x it has and in the sign of y, so they share a bucket: m^2 / 6 buckets for m^2
 * values, where signed integers have half as many as values. A bucket is the one of the six with a > 0 and b >= 0;
 * its weight in a sum is a + b zeta. */
#ifndef CURVE_HEXAGON_H
#define CURVE_HEXAGON_H

#include <stddef.h>
#include <stdint.h>

#include "field/fr.h"

#define HEXAGON_BASE_MIN   6
#define HEXAGON_BASE_MAX   190 /* 256 times a digit's numbers fit in 16 bits */
#define HEXAGON_ROWS_MAX   (HEXAGON_BASE_MAX / 2)
#define HEXAGON_DIGITS_MAX 51 /* to the least base */

/* A digit: its bucket times 8, and the j of zeta^j, 0 to 5; or nothing, for the digit zero. */
#define HEXAGON_ZERO   0xffffu
#define HEXAGON_UNIT   7u
#define HEXAGON_BUCKET 3 /* to be shifted right by */

struct hexagon {
    int base;                           /* m */
    int digits;                         /* of any scalar */
    int digits_short;                   /* of one whose halves are short (glv.h): the others are zero */
    int rows;                           /* a is 1 to rows, b 0 to rows at most */
    int per_digit;                      /* buckets */
    uint16_t row[HEXAGON_ROWS_MAX + 2]; /* (a, b) is bucket row[a] + b, if that is below row[a + 1]; row[0] = 0 */
    /* For the recoding: what makes all digits of both numbers positive, and 2^320 / m^digits, rounded up. */
    uint64_t bias[3], reciprocal[3];
};

/* base from HEXAGON_BASE_MIN to HEXAGON_BASE_MAX. */
void hexagon_init(struct hexagon *h, int base);
/* What it makes for the bases 8, 10 and 11. */
extern const struct hexagon HEXAGON_8, HEXAGON_10, HEXAGON_11;

/* Digit i of the base m in non-adjacent form, for multiplications by it: the difference of bit i + 1 of 3 m and of m,
 * -1, 0 or 1. */
static inline int hexagon_base_digit(int base, int i) {
    return (3 * base >> (i + 1) & 1) - (base >> (i + 1) & 1);
}

/* The place of its top digit, which is 1. */
static inline int hexagon_base_top(int base) {
    int i = 8; /* of no base up to HEXAGON_BASE_MAX it is higher */
    while (hexagon_base_digit(base, i) == 0) i--;
    return i;
}

/* codes[i n + j] = digit i of k[j], for i below h->digits and j below n. */
void hexagon_recode(uint16_t *codes, const struct hexagon *h, const fr *k, size_t n);

/* The code of the digit that is a + b zeta modulo the base; a and b from -floor(base / 2) to
 * floor(base / 2). */
uint16_t hexagon_residue(const struct hexagon *h, int a, int b);

#endif
