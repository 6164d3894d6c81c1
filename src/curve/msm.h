/* Sums of products over G1 with any bases: r = sum k[i] p[i]; g1_table.h has those with fixed ones. All points in the
 * subgroup; infinity, zero scalars and repeated points are fine. */
#ifndef CURVE_MSM_H
#define CURVE_MSM_H

#include <stddef.h>

#include "base/arena.h"
#include "curve/g1.h"

/* Working memory that g1_msm and g1_msm_short take from the arena for n terms. */
size_t g1_msm_scratch_bytes(size_t n);

/* scalars in Montgomery form as everywhere; n = 0 gives infinity. */
void g1_msm(g1 *r, const g1_affine *points, const fr *scalars, size_t n, struct arena *arena);
/* The same for scalars whose halves (glv_split) are short: half of the additions. */
void g1_msm_short(g1 *r, const g1_affine *points, const fr *scalars, size_t n, struct arena *arena);

#endif
