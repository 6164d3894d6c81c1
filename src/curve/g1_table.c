/* A base goes into the bucket of its digit, multiplied by the digit's power of zeta, and the buckets are added with
 * their weights (g1_digits.h).
 *
 * Source: E. Brickell, D. Gordon, K. McCurley, D. Wilson, "Fast exponentiation with precomputation" (1992), for
 * windows that share buckets. */
#include "curve/g1_table.h"

#include <string.h>

#include "base/assert.h"
#include "curve/batch_add.h"
#include "curve/g1_digits.h"
#include "curve/lanes.h"

void g1_table_shape(struct g1_table *table, size_t bases, int base, int columns) {
    *table = (struct g1_table){.bases = bases, .columns = columns};
    hexagon_init(&table->digits, base);
    KZG_ASSERT(columns >= 1 && columns <= table->digits.digits);
    table->stride = (table->digits.digits + columns - 1) / columns;
}

size_t g1_table_bytes(const struct g1_table *table) {
    return sizeof(struct g1_table_entry) * table->bases * (size_t)table->columns;
}

/* ---- Filling ---- */

#define FILL_BLOCK (BATCH_ADD_POINTS / 2)

size_t g1_table_fill_scratch_bytes(size_t count) {
    size_t n = count < FILL_BLOCK ? count : FILL_BLOCK;
    size_t bytes = arena_size(sizeof(g1_affine) * 2 * n) + arena_size(sizeof(uint32_t) * 2 * n) +
                   arena_size(sizeof(uint32_t) * (n + 1)) + batch_add_scratch_bytes();
#if G1_LANES
    bytes = arena_larger(bytes, g1_lanes_table_scratch_bytes());
#endif
    return bytes;
}

/* n points, affine, and what they are multiplied by the base from. */
struct multiples {
    g1_affine *points; /* 2 n: the multiples, and the points that are added to them */
    uint32_t *refs, *starts;
};

/* Each multiple += or -= its point. */
static void add_points(const struct multiples *m, size_t n, bool negative, struct arena *arena) {
    for (uint32_t i = 0; i < n; i++) {
        m->starts[i] = 2 * i;
        m->refs[2 * i] = i << G1_REF_SHIFT;
        m->refs[2 * i + 1] = ((uint32_t)n + i) << G1_REF_SHIFT | negative * G1_REF_NEGATIVE;
    }
    m->starts[n] = 2 * (uint32_t)n;
    batch_add_terms(m->points, g1_plain_points(m->points), m->refs, m->starts, n, arena);
}

/* All multiples times the base of the digits, affine all the way: they are wanted so. */
static void times_base_all(const struct multiples *m, size_t n, int base, struct arena *arena) {
    memcpy(m->points + n, m->points, sizeof *m->points * n);
    for (int i = hexagon_base_top(base); i-- > 0;) {
        int digit = hexagon_base_digit(base, i);
        batch_double(m->points, n, arena);
        if (digit != 0) add_points(m, n, digit < 0, arena);
    }
}

void g1_table_fill(struct g1_table *table, const g1_affine *points, size_t first, size_t count, struct arena *arena) {
#if G1_LANES
    if (g1_lanes_usable()) {
        g1_lanes_table_fill(table, points, first, count, arena);
        return;
    }
#endif
    size_t mark = arena->used, block = count < FILL_BLOCK ? count : FILL_BLOCK;
    const struct multiples m = {.points = ARENA_ARRAY(arena, g1_affine, 2 * block),
                                .refs = ARENA_ARRAY(arena, uint32_t, 2 * block),
                                .starts = ARENA_ARRAY(arena, uint32_t, block + 1)};
    for (size_t at = first; at < first + count; at += block) {
        size_t n = first + count - at < block ? first + count - at : block;
        memcpy(m.points, points + at, sizeof *points * n);
        for (int t = 0; t < table->columns; t++) {
            for (int k = 0; t > 0 && k < table->stride; k++) times_base_all(&m, n, table->digits.base, arena);
            for (size_t i = 0; i < n; i++)
                g1_table_entry_set(&table->entries[(size_t)t * table->bases + at + i], &m.points[i]);
        }
    }
    arena_release(arena, mark);
}

/* ---- Sums ---- */

static size_t terms_max(const struct g1_table *table, size_t points) {
    return points * (size_t)table->digits.digits;
}

/* Sums whose buckets are worked on together: enough to fill the batches, few enough for the cache. */
static size_t sums_at_once(const struct g1_table *table, size_t sums) {
    size_t most = 4096 / ((size_t)table->digits.per_digit * (size_t)table->stride);
    if (most == 0) most = 1;
    return most < sums ? most : sums;
}

size_t g1_table_sums_scratch_bytes(const struct g1_table *table, size_t points, size_t sums) {
    size_t at_once = sums_at_once(table, sums), sets = (size_t)table->stride * at_once;
    size_t buckets = (size_t)table->digits.per_digit * sets, terms = terms_max(table, points);
    return arena_size(sizeof(uint16_t) * terms) + arena_size(sizeof(uint32_t) * terms * at_once) +
           arena_size(sizeof(uint32_t) * (buckets + 1)) + arena_size(sizeof(g1_affine) * buckets) +
           arena_size(sizeof(g1) * sets) + arena_size(sizeof(g1) * sums) + arena_size(sizeof(fp) * sums) +
           arena_larger(g1_groups_scratch_bytes(terms * at_once, buckets),
                        g1_digits_weigh_scratch_bytes(&table->digits, sets));
}

static void add_sums(g1 *r, const struct g1_table *table, size_t first, const fr *scalars, size_t points, size_t sums,
                     struct arena *arena) {
    size_t mark = arena->used, at_once = sums_at_once(table, sums);
    KZG_ASSERT(table->bases * (size_t)table->columns < G1_REF_MAX && first + points * sums <= table->bases);
    const size_t sets = (size_t)table->stride, all = (size_t)table->digits.per_digit * sets;
    uint16_t *codes = ARENA_ARRAY(arena, uint16_t, terms_max(table, points)); /* of one sum */
    uint32_t *refs = ARENA_ARRAY(arena, uint32_t, terms_max(table, points) * at_once);
    uint32_t *starts = ARENA_ARRAY(arena, uint32_t, all * at_once + 1);
    g1_affine *buckets = ARENA_ARRAY(arena, g1_affine, all * at_once);
    g1 *weighted = ARENA_ARRAY(arena, g1, sets * at_once);
    for (size_t done = 0; done < sums; done += at_once) {
        size_t n = sums - done < at_once ? sums - done : at_once;
        starts[0] = 0;
        for (size_t i = 0; i < n; i++) {
            const struct g1_digits d = {.codes = codes,
                                        .n = points,
                                        .digits = table->digits.digits,
                                        .sets = table->stride,
                                        .first = (uint32_t)(first + (done + i) * points),
                                        .step = (uint32_t)table->bases};
            hexagon_recode(codes, &table->digits, scalars + (done + i) * points, points);
            g1_digits_sort(refs, starts + i * all, &d, &table->digits);
        }
        g1_groups(buckets, g1_entry_points(table->entries), refs, starts, all * n, arena);
        g1_digits_weigh(weighted, &table->digits, buckets, sets * n, arena);
        for (size_t i = 0; i < n; i++) g1_digits_join(&r[done + i], &table->digits, weighted + i * sets, sets);
    }
    arena_release(arena, mark);
}

void g1_table_sums(g1_affine *r, const struct g1_table *table, size_t first, const fr *scalars, size_t points,
                   size_t sums, struct arena *arena) {
    size_t mark = arena->used;
    g1 *jacobian = ARENA_ARRAY(arena, g1, sums);
    fp *scratch = ARENA_ARRAY(arena, fp, sums);
    add_sums(jacobian, table, first, scalars, points, sums, arena);
    g1_to_affine_batch(r, jacobian, sums, scratch);
    arena_release(arena, mark);
}
