/* Sums of products over G1 with fixed bases: many sums over the same points, of which multiples are kept. */
#ifndef CURVE_G1_TABLE_H
#define CURVE_G1_TABLE_H

#include "curve/g1_groups.h"
#include "curve/hexagon.h"

/* Holds for every base P the multiples m^(stride t) P for t in [0, columns), m being the base of the scalars' digits
 * (hexagon.h). All bases in the subgroup. */
struct g1_table {
    size_t bases; /* points of one sum times sums */
    int columns;  /* multiples of each base */
    int stride;   /* digits that share one multiple, each with a set of buckets of its own: ceil(digits / columns) */
    struct hexagon digits;
    struct g1_table_entry *entries; /* bases * columns: base i, multiple t at [t * bases + i] */
};

/* Shapes a table without memory: sets all but entries. base as for hexagon_init; columns from 1 to the digits. */
void g1_table_shape(struct g1_table *table, size_t bases, int base, int columns);
size_t g1_table_bytes(const struct g1_table *table);

/* Fills the entries of bases [first, first + count); parts may be filled by different threads. points holds all the
 * bases. Scratch for count bases is taken from the arena. */
size_t g1_table_fill_scratch_bytes(size_t count);
void g1_table_fill(struct g1_table *table, const g1_affine *points, size_t first, size_t count, struct arena *arena);

/* sums sums of points terms each: r[s] = sum over i < points of scalars[s * points + i] * base[first + s * points +
 * i], affine. All sums of one call share their inversions. */
size_t g1_table_sums_scratch_bytes(const struct g1_table *table, size_t points, size_t sums);
void g1_table_sums(g1_affine *r, const struct g1_table *table, size_t first, const fr *scalars, size_t points,
                   size_t sums, struct arena *arena);

#endif
