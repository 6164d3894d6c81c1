/* Sums of products over G1 with any bases: r = sum k[i] p[i]; g1_table.h has those with fixed ones. All points in the
 * subgroup; infinity, zero scalars and repeated points are fine. */
#ifndef CURVE_MSM_H
#define CURVE_MSM_H

#include <stddef.h>

#include "base/arena.h"
#include "curve/g1.h"

/* Working memory that g1_msm and g1_msm_short take from the arena for up to n terms: 65 MiB at most. */
size_t g1_msm_scratch_bytes(size_t n);

/* scalars in Montgomery form as everywhere; n = 0 gives infinity. */
void g1_msm(g1 *r, const g1_affine *points, const fr *scalars, size_t n, struct arena *arena);
/* The same for scalars whose halves (glv_split) are short: half of the additions. */
void g1_msm_short(g1 *r, const g1_affine *points, const fr *scalars, size_t n, struct arena *arena);

/* How a sum by buckets is made: windows of width bits, 2 to G1_MSM_WIDTH_MAX; of up to block points at a time, and
 * where that is all of them of up to `together` windows at a time. g1_msm chooses it by n; to choose it oneself is
 * for tests and measurements. The result is the same. n not 0. */
#define G1_MSM_WIDTH_MAX 20

struct g1_msm_way {
    int width;
    size_t block, together;
};

size_t g1_msm_by_scratch_bytes(const struct g1_msm_way *way, size_t n);
void g1_msm_by(g1 *r, const struct g1_msm_way *way, const g1_affine *points, const fr *scalars, size_t n,
               struct arena *arena);

#endif
