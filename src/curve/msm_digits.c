#include "curve/msm_digits.h"

#include <string.h>

#include "curve/g1_digits.h"
#include "curve/g1_groups.h"

/* Of all sums. */
struct extent {
    size_t terms, sets, buckets;
    size_t codes; /* of the longest one */
};

static struct extent extent_of(const struct hexagon *h, const struct g1_digit_sum *sums, size_t count) {
    struct extent e = {0};
    for (size_t i = 0; i < count; i++) {
        size_t sets = g1_digit_sum_length(h, &sums[i]), codes = sums[i].n * (size_t)h->digits;
        e.sets += sets;
        e.terms += sums[i].n * sets;
        if (codes > e.codes) e.codes = codes;
    }
    e.buckets = e.sets * (size_t)h->per_digit;
    return e;
}

size_t g1_msm_digits_scratch_bytes(const struct hexagon *h, size_t n, const struct g1_digit_sum *sums, size_t count) {
    const struct extent e = extent_of(h, sums, count);
    return arena_size(sizeof(struct g1_table_entry) * n) + arena_size(sizeof(uint16_t) * e.codes) +
           arena_size(sizeof(uint32_t) * e.terms) + arena_size(sizeof(uint32_t) * (e.buckets + 1)) +
           arena_size(sizeof(g1_affine) * e.buckets) + arena_size(sizeof(g1) * e.sets) +
           arena_larger(g1_groups_scratch_bytes(e.terms, e.buckets), g1_digits_weigh_scratch_bytes(h, e.sets));
}

void g1_msm_digits(g1 *r, const struct hexagon *h, const g1_affine *points, size_t n, const struct g1_digit_sum *sums,
                   size_t count, struct arena *arena) {
    const size_t mark = arena->used;
    const struct extent e = extent_of(h, sums, count);
    struct g1_table_entry *entries = ARENA_ARRAY(arena, struct g1_table_entry, n);
    uint16_t *codes = ARENA_ARRAY(arena, uint16_t, e.codes);
    uint32_t *refs = ARENA_ARRAY(arena, uint32_t, e.terms);
    uint32_t *starts = ARENA_ARRAY(arena, uint32_t, e.buckets + 1), *next = starts;
    g1_affine *buckets = ARENA_ARRAY(arena, g1_affine, e.buckets);
    g1 *digits = ARENA_ARRAY(arena, g1, e.sets);
    for (size_t i = 0; i < n; i++) g1_table_entry_set(&entries[i], &points[i]);
    *next = 0;
    for (size_t i = 0; i < count; i++) {
        const int length = (int)g1_digit_sum_length(h, &sums[i]);
        const struct g1_digits d = {
            .codes = codes, .n = sums[i].n, .digits = length, .sets = length, .first = (uint32_t)sums[i].first};
        hexagon_recode(codes, h, sums[i].scalars, sums[i].n);
        g1_digits_sort(refs, next, &d, h);
        next += (size_t)length * (size_t)h->per_digit;
    }
    g1_groups(buckets, g1_entry_points(entries), refs, starts, e.buckets, arena);
    g1_digits_weigh(digits, h, buckets, e.sets, arena);
    for (size_t i = 0; i < count; i++) {
        const size_t length = g1_digit_sum_length(h, &sums[i]);
        g1_digits_join(&r[i], h, digits, length);
        if (sums[i].digits != NULL) memcpy(sums[i].digits, digits, sizeof *digits * length);
        digits += length;
    }
    arena_release(arena, mark);
}
