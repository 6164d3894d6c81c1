/* Sums of groups of points: what sums by buckets are made of. */
#ifndef CURVE_G1_GROUPS_H
#define CURVE_G1_GROUPS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "curve/g1.h"

/* A point with the other x of its multiples by powers of zeta = x^2, a sixth root of unity (hexagon.h): zeta^j times
 * it is (x, y), (beta x, -y), (beta^2 x, y), (x, -y), (beta x, y), (beta^2 x, -y) for j from 0 to 5. Three lines of
 * 64 bytes, of which such a multiple takes two or, for beta x, three. */
struct g1_table_entry {
    fp beta2_x, beta_x;
    g1_affine point;
};

void g1_table_entry_set(struct g1_table_entry *entry, const g1_affine *p); /* infinity: zeros */

/* Where terms come from: points that are stride bytes apart. Terms other than points and their negatives must be of
 * the points of table entries. */
struct g1_points {
    const g1_affine *first;
    size_t stride;
};

static inline struct g1_points g1_plain_points(const g1_affine *points) {
    return (struct g1_points){points, sizeof *points};
}

static inline struct g1_points g1_entry_points(const struct g1_table_entry *entries) {
    return (struct g1_points){&entries->point, sizeof *entries};
}

/* A term of a sum: a point's index, shifted left, and the j of zeta^j that multiplies it. */
#define G1_REF_SHIFT    3
#define G1_REF_UNIT     7u
#define G1_REF_NEGATIVE 3u /* zeta^3 = -1 */
#define G1_REF_MAX      ((size_t)1 << (32 - G1_REF_SHIFT))

/* out[g] = the sum over i in [starts[g], starts[g + 1]) of the terms refs[i]; infinity for no terms. All groups
 * together share their inversions. Terms and groups below 2^30, points below G1_REF_MAX. */
size_t g1_groups_scratch_bytes(size_t terms, size_t groups);
void g1_groups(g1_affine *out, struct g1_points points, const uint32_t *refs, const uint32_t *starts, size_t groups,
               struct arena *arena);

/* r = sum (i + 1) p[i] over i < n, one after the other. */
void g1_weighted_sum(g1 *r, const g1_affine *p, size_t n);

#endif
