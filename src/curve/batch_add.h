/* Sums of groups of affine points by rounds of pairwise additions that share one inversion a round: about 5M + 1S an
 * addition. Every case is handled: infinity, equal and opposite points. */
#ifndef CURVE_BATCH_ADD_H
#define CURVE_BATCH_ADD_H

#include "base/arena.h"
#include "curve/g1.h"

/* Points that wait for a round. A round's inversion costs about as much as 20 additions; 4096 points and their
 * intermediate values take 0.9 MiB, which a level 2 cache holds. */
#define BATCH_ADD_POINTS 4096

/* Takes (index, point) pairs and leaves out[index] = the sum of its points. All points of one index come one after
 * the other. */
struct batch_add {
    g1_affine *out;
    g1_affine *points, *next; /* this round's points and the next one's */
    fp *denominators, *prefixes;
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
void batch_add_point(struct batch_add *b, uint32_t index, const g1_affine *p);
void batch_add_finish(struct batch_add *b);

#endif
