/* Sums of products over G1: r = sum k[i] p[i]. All points in the subgroup; infinity, zero scalars and repeated points
 * are fine. */
#ifndef CURVE_MSM_H
#define CURVE_MSM_H

#include <stddef.h>

#include "base/arena.h"
#include "curve/g1.h"

/* ---- Variable base ---- */

/* Working memory that g1_msm and g1_msm_short take from the arena for n terms. */
size_t g1_msm_scratch_bytes(size_t n);

/* scalars in Montgomery form as everywhere; n = 0 gives infinity. */
void g1_msm(g1 *r, const g1_affine *points, const fr *scalars, size_t n, struct arena *arena);
/* The same for scalars whose halves (glv_split) are short: half of the additions. */
void g1_msm_short(g1 *r, const g1_affine *points, const fr *scalars, size_t n, struct arena *arena);

/* ---- Fixed bases ----
 *
 * Many sums over the same points, precomputed. A table holds for every base P the multiples 2^(width stride t) P for
 * t in [0, columns); scalars are split by the endomorphism into two halves of 128 bits and each half into signed
 * digits of width bits. */

struct g1_table_entry {
    fp x, y, beta_x; /* P and, with -y, x^2 P = (beta x, -y): the other half's base */
};

struct g1_table {
    size_t bases; /* points of one sum times sums */
    int width;    /* bits of a digit */
    int windows;  /* digits of a half scalar */
    int columns;  /* precomputed multiples of each base */
    int stride; /* windows that share one precomputed multiple, each a round of doublings: ceil(windows / columns) */
    struct g1_table_entry *entries; /* bases * columns: entry of base i, multiple t at [t * bases + i] */
};

/* Shapes a table without memory: sets all but entries. columns between 1 and windows. */
void g1_table_shape(struct g1_table *table, size_t bases, int width, int columns);
size_t g1_table_bytes(const struct g1_table *table);

/* Fills the entries of bases [first, first + count); parts may be filled by different threads. points holds all the
 * bases. Scratch for count bases is taken from the arena. */
size_t g1_table_fill_scratch_bytes(size_t count);
void g1_table_fill(struct g1_table *table, const g1_affine *points, size_t first, size_t count, struct arena *arena);

/* A term of a sum: which entry, which of its two bases, and whether it is subtracted. */
#define G1_REF_NEGATIVE   1u
#define G1_REF_OTHER_HALF 2u
#define G1_REF_SHIFT      2

/* out[g] = the sum over i in [starts[g], starts[g + 1]) of what refs[i] says of the entries; infinity for no terms.
 * All groups together share their inversions. Terms, groups and entries below 2^30. */
size_t g1_groups_scratch_bytes(size_t terms, size_t groups);
void g1_groups(g1_affine *out, const struct g1_table_entry *entries, const uint32_t *refs, const uint32_t *starts,
               size_t groups, struct arena *arena);

/* sums sums of points terms each: r[s] = sum over i < points of scalars[s * points + i] * base[first + s * points +
 * i], affine. All sums of one call share their inversions. */
size_t g1_table_sums_scratch_bytes(const struct g1_table *table, size_t points, size_t sums);
void g1_table_sums(g1_affine *r, const struct g1_table *table, size_t first, const fr *scalars, size_t points,
                   size_t sums, struct arena *arena);

#endif
