#include "curve/g1_digits.h"

#include "curve/constants.h"
#include "curve/g1_groups.h"
#include "curve/lanes.h"

/* ---- Sorting ---- */

void g1_digits_sort(uint32_t *refs, uint32_t *starts, const struct g1_digits *d, const struct hexagon *h) {
    const size_t per_digit = (size_t)h->per_digit, all = per_digit * (size_t)d->sets;
    uint32_t sum = starts[0];
    for (size_t b = 0; b <= all; b++) starts[b] = 0;
    for (int j = 0; j < d->digits; j++) {
        const uint16_t *codes = d->codes + (size_t)j * d->n;
        uint32_t *set = starts + (size_t)(j % d->sets) * per_digit;
        for (size_t i = 0; i < d->n; i++) {
            if (codes[i] != HEXAGON_ZERO) set[codes[i] >> HEXAGON_BUCKET]++;
        }
    }
    for (size_t b = 0; b <= all; b++) {
        sum += starts[b];
        starts[b] = sum;
    }
    for (int j = 0; j < d->digits; j++) { /* from each bucket's end to its start */
        const uint16_t *codes = d->codes + (size_t)j * d->n;
        uint32_t *set = starts + (size_t)(j % d->sets) * per_digit;
        uint32_t entry = d->first + d->step * (uint32_t)(j / d->sets);
        for (size_t i = 0; i < d->n; i++) {
            if (codes[i] != HEXAGON_ZERO)
                refs[--set[codes[i] >> HEXAGON_BUCKET]] =
                    (entry + (uint32_t)i) << G1_REF_SHIFT | (codes[i] & HEXAGON_UNIT);
        }
    }
}
_Static_assert(HEXAGON_UNIT == G1_REF_UNIT, "a digit's power of zeta is its term's");

/* ---- Weighing ---- */

/* Of each set the sums R_a and C_b of the buckets of one a and of one b, as a line for a and one for b of so many
 * places that the lanes can fold them: R_1 and C_1 come first. */
static int line_bits(const struct hexagon *h) {
    int bits = 1;
    while (1 << bits < h->rows) bits++;
    return bits;
}

static size_t line_terms(const struct hexagon *h) {
    return 2 * (size_t)h->per_digit;
}

/* All lines' terms, set by set; starts has one more than there are places. */
static void list_lines(uint32_t *refs, uint32_t *starts, const struct hexagon *h, size_t sets) {
    uint32_t used = 0, place = 0, width = 1u << line_bits(h);
    for (uint32_t set = 0; set < sets; set++) {
        uint32_t first = set * (uint32_t)h->per_digit;
        for (uint32_t a = 1; a <= width; a++) {
            starts[place++] = used;
            if (a > (uint32_t)h->rows) continue;
            for (uint32_t k = h->row[a]; k < h->row[a + 1]; k++) refs[used++] = (first + k) << G1_REF_SHIFT;
        }
        for (uint32_t b = 1; b <= width; b++) {
            starts[place++] = used;
            for (int a = 1; a <= h->rows && h->row[a] + b < h->row[a + 1]; a++)
                refs[used++] = (first + h->row[a] + b) << G1_REF_SHIFT;
        }
    }
    starts[place] = used;
}

size_t g1_digits_weigh_scratch_bytes(const struct hexagon *h, size_t sets) {
    int bits = line_bits(h);
    size_t places = 2 * sets << bits, terms = line_terms(h) * sets;
    size_t bytes = g1_groups_scratch_bytes(terms, places);
#if G1_LANES
    bytes = arena_larger(bytes, g1_lanes_weighted_scratch_bytes(2 * sets, bits));
#endif
    return arena_size(sizeof(uint32_t) * terms) + arena_size(sizeof(uint32_t) * (places + 1)) +
           arena_size(sizeof(g1_affine) * places) + arena_size(sizeof(g1) * 2 * sets) + bytes;
}

/* r[i] = sum of k times place k of line i. */
static void weigh_lines(g1 *r, const g1_affine *lines, size_t n, const struct hexagon *h, struct arena *arena) {
    int bits = line_bits(h);
#if G1_LANES
    if (g1_lanes_worth(n << bits)) {
        g1_lanes_weighted(r, lines, n, bits, arena);
        return;
    }
#endif
    (void)arena;
    for (size_t i = 0; i < n; i++) g1_weighted_sum(&r[i], lines + (i << bits), (size_t)h->rows);
}

void g1_digits_weigh(g1 *r, const struct hexagon *h, const g1_affine *buckets, size_t sets, struct arena *arena) {
    size_t mark = arena->used, places = 2 * sets << line_bits(h);
    uint32_t *refs = ARENA_ARRAY(arena, uint32_t, line_terms(h) * sets);
    uint32_t *starts = ARENA_ARRAY(arena, uint32_t, places + 1);
    g1_affine *lines = ARENA_ARRAY(arena, g1_affine, places);
    g1 *weighted = ARENA_ARRAY(arena, g1, 2 * sets);
    list_lines(refs, starts, h, sets);
    g1_groups(lines, g1_plain_points(buckets), refs, starts, places, arena);
    weigh_lines(weighted, lines, 2 * sets, h, arena);
    for (size_t s = 0; s < sets; s++) {
        g1 *b = &weighted[2 * s + 1];
        fp_mul(&b->x, &b->x, &G1_BETA);
        fp_neg(&b->y, &b->y);
        g1_add(&r[s], &weighted[2 * s], b);
    }
    arena_release(arena, mark);
}

/* ---- Joining ---- */

/* r = m r. */
static void times_base(g1 *r, int m) {
    g1 one = *r, minus;
    g1_neg(&minus, r);
    for (int i = hexagon_base_top(m); i-- > 0;) {
        int digit = hexagon_base_digit(m, i);
        g1_dbl(r, r);
        if (digit != 0) g1_add(r, r, digit > 0 ? &one : &minus);
    }
}

void g1_digits_join(g1 *r, const struct hexagon *h, const g1 *sets, size_t n) {
    *r = sets[n - 1];
    for (size_t s = n - 1; s-- > 0;) {
        times_base(r, h->base);
        g1_add(r, r, &sets[s]);
    }
}
