/* Sums by digits in a hexagon (hexagon.h): terms are sorted by the buckets of their digits, the buckets added up
 * (g1_groups.h), each digit's with its weights, and the digits joined. */
#ifndef CURVE_G1_DIGITS_H
#define CURVE_G1_DIGITS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "curve/g1.h"
#include "curve/hexagon.h"

/* What is sorted: digit j of number i is codes[j n + i], and belongs to set j mod sets; it names the entry
 * first + i + step (j / sets). */
struct g1_digits {
    const uint16_t *codes;
    size_t n;
    int digits, sets;
    uint32_t first, step;
};

/* starts[s per_digit + b] is where the refs of bucket b of set s start, of so many sets, and one more where the last
 * one ends; the first one, starts[0], is given. Refs are those of g1_groups. */
void g1_digits_sort(uint32_t *refs, uint32_t *starts, const struct g1_digits *d, const struct hexagon *h);

/* r[s] = sum of (a + b zeta) buckets[s per_digit + row[a] + b]. Any points of the curve: zeta is (x, y) -> (beta x,
 * -y). Made of the sums of all buckets of one a and of all of one b, two additions a bucket; what is left are sums
 * with weights 1, 2, 3, .... */
size_t g1_digits_weigh_scratch_bytes(const struct hexagon *h, size_t sets);
void g1_digits_weigh(g1 *r, const struct hexagon *h, const g1_affine *buckets, size_t sets, struct arena *arena);

/* r = sum over s of m^s sets[s], m being the base; n not 0. */
void g1_digits_join(g1 *r, const struct hexagon *h, const g1 *sets, size_t n);

#endif
