/* The sums over a batch's points, which check the points as well. */
#ifndef KZG_BATCH_SUMS_H
#define KZG_BATCH_SUMS_H

#include "curve/msm_digits.h"
#include "kzg/context.h"

#define BATCH_SUMS_MAX 3
#define BATCH_DIGITS   22 /* of a short scalar to the least base in use, 8 */

/* Sums over one list of points. Those that are short have the batch's weights as scalars (draw_weights), all of them:
 * the first one is, or the first two. */
struct batch_sums {
    const g1_affine *points;
    size_t n; /* points */
    struct g1_digit_sum sums[BATCH_SUMS_MAX];
    size_t count;
    const struct hexagon *base; /* of the digits by which short sums are made; NULL: all points are good already */
    g1 r[BATCH_SUMS_MAX];       /* out */
    g1 digits[2][BATCH_DIGITS];
};

/* The base for a batch of n, whose points are then decoded without the subgroup (decompress_two_lists). NULL where
 * checking each is faster. */
const struct hexagon *batch_base(size_t n);

/* What is to be done at the same time, with scratch of its own. */
struct batch_also {
    void (*work)(void *user, struct arena *arena);
    void *user;
    size_t bytes; /* 0: nothing is */
};

/* Makes all sums: each a task where the context's executor has threads, else together if they are short. The scratch
 * is that for sums of such numbers of points, whatever the base. */
size_t batch_sums_scratch_bytes(const kzg_ctx *ctx, const struct batch_sums *s, const struct batch_also *also);
void batch_sums_make(const kzg_ctx *ctx, struct batch_sums *s, const struct batch_also *also, struct arena *arena);

/* When all sums are made, with a base: are the points of the short sums, of which none has a part of order 3, and the
 * first n_besides of the list in the subgroup? Wrong with a chance of 2^-128 (curve/g1_subgroup.h). */
size_t batch_sums_check_scratch_bytes(size_t n_besides);
bool batch_sums_check(const struct batch_sums *s, size_t n_besides, struct arena *arena);

#endif
