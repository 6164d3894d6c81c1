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

/* Takes groups of points and leaves out[index] = the sum of each. */
struct batch_add {
    g1_affine *out;
    g1_affine *points; /* of the groups, one group after the other */
    struct batch_step *steps;
    struct batch_group *groups;
    size_t points_used, groups_used;
};

struct batch_group {
    uint32_t index;
    uint32_t count;
};

size_t batch_add_scratch_bytes(void);

/* out must stay valid until batch_add_finish; entries that get no point are not written. */
void batch_add_start(struct batch_add *b, g1_affine *out, struct arena *arena);

/* All points of one index come one after the other. */
void batch_add_point(struct batch_add *b, uint32_t index, const g1_affine *p);
void batch_add_finish(struct batch_add *b);

/* out[g] = the sum of group g's terms, infinity for none, as in g1_groups: pairs of terms are added where they stand,
 * without being copied. In place of all the above. out may be the points, where out[g] is no group's term but g's. */
void batch_add_terms(g1_affine *out, struct g1_points points, const uint32_t *refs, const uint32_t *starts,
                     size_t groups, struct arena *arena);

/* points[i] = 2 points[i]. */
void batch_double(g1_affine *points, size_t n, struct arena *arena);

#endif
