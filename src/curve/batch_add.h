/* Sums of groups of affine points by rounds of pairwise additions that share one inversion a round: about 5M + 1S an
 * addition. Every case is handled: infinity, equal and opposite points. */
#ifndef CURVE_BATCH_ADD_H
#define CURVE_BATCH_ADD_H

#include "base/arena.h"
#include "curve/g1_groups.h"

/* Points that wait for a round. A round's inversion costs about as much as 20 additions; 2048 points, the table
 * entries that they came from and their intermediate values take 0.7 MiB, which a level 2 cache holds beside others'
 * work. */
#define BATCH_ADD_POINTS 2048

/* Scratch of both. */
size_t batch_add_scratch_bytes(void);

/* out[g] = the sum of group g's terms, infinity for none, as in g1_groups: pairs of terms are added where they stand,
 * without being copied. out may be the points, where out[g] is no group's term but g's. */
void batch_add_terms(g1_affine *out, struct g1_points points, const uint32_t *refs, const uint32_t *starts,
                     size_t groups, struct arena *arena);

/* points[i] = 2 points[i]. */
void batch_double(g1_affine *points, size_t n, struct arena *arena);

#endif
