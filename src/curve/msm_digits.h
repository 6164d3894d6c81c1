/* Sums of products over G1 by digits in a hexagon (hexagon.h), a set of buckets for each digit, which leave the sum
 * of each digit: what sums of other points than the subgroup's can be checked by (g1_subgroup.h). */
#ifndef CURVE_MSM_DIGITS_H
#define CURVE_MSM_DIGITS_H

#include <stdbool.h>

#include "base/arena.h"
#include "curve/g1.h"
#include "curve/hexagon.h"

/* A sum over points [first, first + n) of a list. */
struct g1_digit_sum {
    size_t first, n;
    const fr *scalars; /* the first one is point first's */
    bool is_short;     /* their halves (glv_split) are short */
    g1 *digits;        /* out, if not NULL: for each digit j the sum of the points by their scalars' digit j */
};

/* How many digits a sum has. */
static inline size_t g1_digit_sum_length(const struct hexagon *h, const struct g1_digit_sum *sum) {
    return (size_t)(sum->is_short ? h->digits_short : h->digits);
}

/* r[i] = sum i of scalars times points, for count sums over one list of n points of the subgroup; they share their
 * inversions. The sums of digits, which give r when they are multiplied by powers of the base, are right for any
 * points of the curve. */
size_t g1_msm_digits_scratch_bytes(const struct hexagon *h, size_t n, const struct g1_digit_sum *sums, size_t count);
void g1_msm_digits(g1 *r, const struct hexagon *h, const g1_affine *points, size_t n, const struct g1_digit_sum *sums,
                   size_t count, struct arena *arena);

#endif
