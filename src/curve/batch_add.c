#include "curve/batch_add.h"

#include "base/assert.h"

#define PAIRS (BATCH_ADD_POINTS / 2)

size_t batch_add_scratch_bytes(void) {
    return arena_size(sizeof(g1_affine) * BATCH_ADD_POINTS) * 2 + arena_size(sizeof(fp) * PAIRS) * 2 +
           arena_size(sizeof(struct batch_group) * BATCH_ADD_POINTS);
}

void batch_add_start(struct batch_add *b, g1_affine *out, struct arena *arena) {
    b->out = out;
    b->points = ARENA_ARRAY(arena, g1_affine, BATCH_ADD_POINTS);
    b->next = ARENA_ARRAY(arena, g1_affine, BATCH_ADD_POINTS);
    b->denominators = ARENA_ARRAY(arena, fp, PAIRS);
    b->prefixes = ARENA_ARRAY(arena, fp, PAIRS);
    b->groups = ARENA_ARRAY(arena, struct batch_group, BATCH_ADD_POINTS);
    b->points_used = b->groups_used = 0;
}

/* What the addition of a pair divides by: x2 - x1, 2 y for a doubling, and 0 where nothing is divided: one of the two
 * is infinity, or they are opposite. */
static void denominator(fp *d, const g1_affine *a, const g1_affine *b) {
    fp_sub(d, &b->x, &a->x);
    bool special = fp_is_zero(d) || g1_affine_is_infinity(a) || g1_affine_is_infinity(b);
    if (__builtin_expect(!special, 1)) return;
    if (g1_affine_equal(a, b) && !g1_affine_is_infinity(a))
        fp_dbl(d, &a->y);
    else
        fp_set_zero(d);
}

/* r = a + b, given the inverse of the denominator (0 for 0). */
static void add_pair(g1_affine *r, const g1_affine *a, const g1_affine *b, const fp *inverse) {
    fp slope, x, y;
    if (__builtin_expect(fp_is_zero(inverse), 0)) {
        if (g1_affine_is_infinity(a))
            *r = *b;
        else if (g1_affine_is_infinity(b))
            *r = *a;
        else
            *r = (g1_affine){{{0}}, {{0}}};
        return;
    }
    if (__builtin_expect(fp_equal(&a->x, &b->x), 0)) {
        fp_sqr(&slope, &a->x);
        fp_add(&x, &slope, &slope);
        fp_add(&slope, &slope, &x);
    } else {
        fp_sub(&slope, &b->y, &a->y);
    }
    fp_mul(&slope, &slope, inverse);
    fp_sqr(&x, &slope);
    fp_sub(&x, &x, &a->x);
    fp_sub(&x, &x, &b->x);
    fp_sub(&y, &a->x, &x);
    fp_mul(&y, &y, &slope);
    fp_sub(&r->y, &y, &a->y);
    r->x = x;
}

/* Halves every group. True if one of more than one point is left. */
static bool round_of_additions(struct batch_add *b) {
    size_t pairs = 0, from = 0;
    for (size_t g = 0; g < b->groups_used; g++) {
        uint32_t count = b->groups[g].count;
        for (uint32_t i = 0; i + 1 < count; i += 2) {
            denominator(&b->denominators[pairs], &b->points[from + i], &b->points[from + i + 1]);
            pairs++;
        }
        from += count;
    }
    fp_inv_batch(b->denominators, pairs, b->prefixes);

    size_t to = 0;
    bool more = false;
    from = pairs = 0;
    for (size_t g = 0; g < b->groups_used; g++) {
        uint32_t count = b->groups[g].count, i;
        for (i = 0; i + 1 < count; i += 2)
            add_pair(&b->next[to++], &b->points[from + i], &b->points[from + i + 1], &b->denominators[pairs++]);
        if (i < count) b->next[to++] = b->points[from + i];
        from += count;
        b->groups[g].count = (count + 1) / 2;
        more |= b->groups[g].count > 1;
    }
    g1_affine *swap = b->points;
    b->points = b->next;
    b->next = swap;
    return more;
}

static void flush(struct batch_add *b) {
    while (round_of_additions(b)) {
    }
    for (size_t g = 0; g < b->groups_used; g++) b->out[b->groups[g].index] = b->points[g];
    b->points_used = 0;
}

void batch_add_point(struct batch_add *b, uint32_t index, const g1_affine *p) {
    if (b->points_used == BATCH_ADD_POINTS) {
        flush(b);
        /* The last group may go on: its sum so far is then the first point of the next batch. */
        uint32_t last = b->groups[b->groups_used - 1].index;
        b->groups_used = 0;
        if (last == index) {
            b->groups[b->groups_used++] = (struct batch_group){index, 1};
            b->points[b->points_used++] = b->out[index];
        }
    }
    if (b->groups_used == 0 || b->groups[b->groups_used - 1].index != index)
        b->groups[b->groups_used++] = (struct batch_group){index, 0};
    b->groups[b->groups_used - 1].count++;
    b->points[b->points_used++] = *p;
}

void batch_add_finish(struct batch_add *b) {
    flush(b);
    b->groups_used = 0;
}
