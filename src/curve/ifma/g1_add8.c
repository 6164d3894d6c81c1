#include "curve/ifma/g1_add8.h"

#include <stdbool.h>

size_t g1_add8_scratch_bytes(void) {
    return 2 * arena_size(sizeof(fp8) * G1_ADD8_SLOTS) + 2 * arena_size(G1_ADD8_SLOTS) +
           2 * arena_size(sizeof(fp8) * G1_ADD8_PAIRS) + arena_size(sizeof(struct g1_pair8) * G1_ADD8_PAIRS) +
           arena_size(sizeof(struct g1_move8) * G1_ADD8_SLOTS) + 2 * arena_size(G1_ADD8_PAIRS) +
           arena_size(sizeof(const void *) * G1_ADD8_AHEAD);
}

void g1_add8_start(struct g1_add8 *w, struct arena *arena) {
    w->x = ARENA_ARRAY(arena, fp8, G1_ADD8_SLOTS);
    w->y = ARENA_ARRAY(arena, fp8, G1_ADD8_SLOTS);
    w->infinite = ARENA_ARRAY(arena, uint8_t, G1_ADD8_SLOTS);
    w->depth = ARENA_ARRAY(arena, uint8_t, G1_ADD8_SLOTS);
    w->pairs = ARENA_ARRAY(arena, struct g1_pair8, G1_ADD8_PAIRS);
    w->moves = ARENA_ARRAY(arena, struct g1_move8, G1_ADD8_SLOTS);
    w->divisors = ARENA_ARRAY(arena, fp8, G1_ADD8_PAIRS);
    w->products = ARENA_ARRAY(arena, fp8, G1_ADD8_PAIRS);
    w->equal = ARENA_ARRAY(arena, uint8_t, G1_ADD8_PAIRS);
    w->opposite = ARENA_ARRAY(arena, uint8_t, G1_ADD8_PAIRS);
    w->ahead = ARENA_ARRAY(arena, const void *, G1_ADD8_AHEAD);
    w->pairs_used = w->moves_used = w->ahead_used = 0;
}

/* ---- Ranges ---- */

/* What a slot holds is not reduced, and mostly not even carried; its bounds follow from its depth d, the longest way
 * back to slots that were loaded:
 *
 *   x   below 2^12 p as it was loaded. As x3 = slope^2 - (x1 + x2) + 2^(13 + 2d) p, with the larger depth d of both
 *       and slope^2 below 2p, it is below 2^(11 + 2d) p + 2p at depth d; so 2^(12 + 2d) p is enough to take it off,
 *       and twice that for two of that depth.
 *   y   below 5p as it was loaded; y3 = 2^(3 + d) p - (slope (x3 - x1) + y1) is at most 2^(2 + d) p at depth d.
 *
 * Limbs are below 2^54 in size as they were loaded. A product's are below 2^58, and so y's are below (d + 1) 2^58. x
 * is carried at every third depth. In units of 2^58 its limbs are, with a term of any lower depth beside one of the
 * depth before, or that term alone where the other is infinity, at depths
 *
 *     1        2         3          4         5         6           7         8
 *     0 to 1   -2 to 1   -2 to 5    -2 to 3   -6 to 5   -10 to 13   -6 to 7   -14 to 13
 *                        (carried)                      (carried)             (reduced)
 *
 * since a sum's are those of slope^2, 0 to 1, less those of both terms. So all are loose, below 16 units, and a
 * difference of two, which is carried as soon as it is made, fits in 64 bits. At depth DEPTH_END a slot is reduced
 * and begins anew. */
#define DEPTH_END  8
#define CARRY_EACH 3

static unsigned x_room(unsigned depth) {
    return 12 + 2 * depth;
}

static unsigned y_room(unsigned depth) {
    return 3 + depth;
}

static void reduce(fp8 *r) {
    fp8_carry(r, r);
    fp8_reduce(r, r);
}

void g1_add8_reduce(struct g1_add8 *w, size_t slot) {
    reduce(&w->x[slot]);
    reduce(&w->y[slot]);
    w->depth[slot] = 0;
}

/* ---- Divisors and their inverses ---- */

static __mmask8 infinite_in(const struct g1_add8 *w, const struct g1_pair8 *p) {
    return (__mmask8)(w->infinite[p->a] | w->infinite[p->b]);
}

/* x2 - x1, and 1 where one of the two is infinity. */
static inline void divisor(const struct g1_add8 *w, size_t j) {
    const struct g1_pair8 *p = &w->pairs[j];
    fp8 *d = &w->divisors[j];
    fp8_sub_factor(d, &w->x[p->b], &w->x[p->a], x_room(w->depth[p->a]));
    __mmask8 infinite = infinite_in(w, p);
    if (__builtin_expect(infinite != 0, 0)) {
        fp8 one;
        fp8_set_one(&one);
        fp8_select(d, infinite, d, &one);
    }
}

/* The same where some x may be equal: 2 y for equal points, 1 for opposite ones. */
static void careful_divisor(struct g1_add8 *w, size_t j) {
    const struct g1_pair8 *p = &w->pairs[j];
    fp8 *d = &w->divisors[j], t;
    divisor(w, j);
    fp8_sub_loose(&t, &w->x[p->b], &w->x[p->a], x_room(w->depth[p->a]));
    reduce(&t);
    __mmask8 zero = (__mmask8)(fp8_is_zero(&t, 2) & ~infinite_in(w, p));
    w->equal[j] = w->opposite[j] = 0;
    if (zero == 0) return;
    fp8_sub_loose(&t, &w->y[p->b], &w->y[p->a], y_room(w->depth[p->a]));
    reduce(&t);
    w->equal[j] = (uint8_t)(zero & fp8_is_zero(&t, 2));
    w->opposite[j] = (uint8_t)(zero & ~w->equal[j]);
    fp8_dbl(&t, &w->y[p->a]);
    fp8_select(d, w->equal[j], d, &t);
    fp8_set_one(&t);
    fp8_select(d, w->opposite[j], d, &t);
}

/* Products of the divisors from the last pair to the first: those of even pairs in run[0], those of odd ones in
 * run[1], so that two multiplications go side by side. */
static void multiply_divisors(struct g1_add8 *w, fp8 run[2], bool careful) {
    size_t j = w->pairs_used;
    fp8_set_one(&run[0]);
    fp8_set_one(&run[1]);
    for (size_t i = 0; careful && i < j; i++) careful_divisor(w, i);
    if (j % 2 != 0) {
        j--;
        if (!careful) divisor(w, j);
        w->products[j] = run[0];
        fp8_mul(&run[0], &run[0], &w->divisors[j]); /* not as it is: two divisors would be too large for a product */
    }
    while (j > 0) {
        j -= 2;
        if (!careful) {
            divisor(w, j);
            divisor(w, j + 1);
        }
        w->products[j] = run[0];
        w->products[j + 1] = run[1];
        fp8_mul2_factor(&run[0], &run[0], &w->divisors[j], &run[1], &run[1], &w->divisors[j + 1]);
    }
}

/* run = the inverses of both products. Whether it took a careful look. */
static bool invert_divisors(struct g1_add8 *w, fp8 run[2]) {
    multiply_divisors(w, run, false);
    if (fp8_inv_two(run)) return false;
    multiply_divisors(w, run, true);
    bool there = fp8_inv_two(run);
    KZG_ASSERT(there);
    return true;
}

/* ---- Additions ---- */

/* What is divided: y2 - y1, and 3 x^2 where the points are equal. A factor. */
static inline void dividend(const struct g1_add8 *w, size_t j, fp8 *r, bool careful) {
    const struct g1_pair8 *p = &w->pairs[j];
    fp8_sub_factor(r, &w->y[p->b], &w->y[p->a], y_room(w->depth[p->a]));
    if (__builtin_expect(careful, 0) && w->equal[j] != 0) {
        fp8 square, t;
        t = w->x[p->a];
        reduce(&t);
        fp8_sqr(&square, &t);
        fp8_dbl(&t, &square);
        fp8_add(&t, &t, &square);
        fp8_select(r, w->equal[j], r, &t);
    }
}

static inline unsigned depth_of(const struct g1_add8 *w, const struct g1_pair8 *p) {
    uint8_t a = w->depth[p->a], b = w->depth[p->b];
    return a > b ? a : b;
}

/* x = x - (x1 + x2), for x = slope^2, loose. */
static inline void third_x(const struct g1_add8 *w, const struct g1_pair8 *p, fp8 *x) {
    fp8 t;
    fp8_add_loose(&t, &w->x[p->a], &w->x[p->b]);
    fp8_sub_loose(x, x, &t, x_room(depth_of(w, p)) + 1);
}

/* x - x1, a factor. */
static inline void way_from_first(const struct g1_add8 *w, const struct g1_pair8 *p, const fp8 *x, fp8 *r) {
    fp8_sub_factor(r, x, &w->x[p->a], x_room(w->depth[p->a]));
}

/* y = -y. */
static inline void third_y(const struct g1_add8 *w, const struct g1_pair8 *p, fp8 *y) {
    fp8 zero;
    fp8_set_zero(&zero);
    fp8_sub_loose(y, &zero, y, y_room(depth_of(w, p)));
}

/* Of a sum: which lanes are not what the formula says. */
static inline uint8_t patch(const struct g1_add8 *w, size_t j, fp8 *x, fp8 *y, bool careful) {
    const struct g1_pair8 *p = &w->pairs[j];
    uint8_t a = w->infinite[p->a], b = w->infinite[p->b], opposite = careful ? w->opposite[j] : 0;
    if (__builtin_expect((a | b) != 0, 0)) {
        fp8_select(x, b, x, &w->x[p->a]);
        fp8_select(y, b, y, &w->y[p->a]);
        fp8_select(x, a, x, &w->x[p->b]);
        fp8_select(y, a, y, &w->y[p->b]);
    }
    return (uint8_t)((a & b) | opposite);
}

static size_t move_until(struct g1_add8 *w, size_t moved, size_t pair) {
    for (; moved < w->moves_used && w->moves[moved].after <= pair; moved++) {
        const struct g1_move8 *m = &w->moves[moved];
        w->x[m->to] = w->x[m->from];
        w->y[m->to] = w->y[m->from];
        w->infinite[m->to] = w->infinite[m->from];
        w->depth[m->to] = w->depth[m->from];
    }
    return moved;
}

static inline void write_sum(struct g1_add8 *w, uint32_t to, const fp8 *x, const fp8 *y, uint8_t infinite,
                             unsigned depth) {
    if (depth % CARRY_EACH == 0)
        fp8_carry(&w->x[to], x);
    else
        w->x[to] = *x;
    w->y[to] = *y;
    w->infinite[to] = infinite;
    w->depth[to] = (uint8_t)depth;
    if (__builtin_expect(depth == DEPTH_END, 0)) g1_add8_reduce(w, to);
}

/* Some of what the next jobs load, into the second level: the first is smaller than what a round looks at. A few
 * lines at a time, between products: a core waits for no more than sixteen, and then for anything that is not in its
 * first level. */
static inline void fetch_some(struct g1_add8 *w) {
    size_t end = w->fetched + w->fetch_step;
    if (end > w->ahead_used) end = w->ahead_used;
    for (; w->fetched < end; w->fetched++) {
        const char *at = w->ahead[w->fetched];
        __builtin_prefetch(at, 0, 2);
        if (w->fetched / FP8_LANES % 2 == 0) __builtin_prefetch(at + sizeof(fp) - 1, 0, 2); /* of x, on two lines */
    }
}

#define FETCHES 5 /* of two additions */

/* Pairs j and k = j + 1; or the last one alone, k = j, whose second computation comes to nothing. */
static inline void add_two(struct g1_add8 *w, fp8 run[2], size_t j, size_t k, bool careful, size_t *moved) {
    const struct g1_pair8 *p = &w->pairs[j], *q = &w->pairs[k];
    fp8 slope[2], s[2], x[2], y[2];
    fp8_mul2_factor(&s[0], &run[0], &w->products[j], &s[1], &run[1], &w->products[k]);
    fetch_some(w);
    fp8_mul2_factor(&run[0], &run[0], &w->divisors[j], &run[1], &run[1], &w->divisors[k]);
    fetch_some(w);
    dividend(w, j, &slope[0], careful);
    dividend(w, k, &slope[1], careful);
    fp8_mul2_factor(&slope[0], &slope[0], &s[0], &slope[1], &slope[1], &s[1]);
    fetch_some(w);
    fp8_sqr2_loose(&x[0], &slope[0], &x[1], &slope[1]);
    fetch_some(w);
    third_x(w, p, &x[0]);
    third_x(w, q, &x[1]);
    way_from_first(w, p, &x[0], &s[0]);
    way_from_first(w, q, &x[1], &s[1]);
    fp8_mul2_add_loose(&y[0], &slope[0], &s[0], &w->y[p->a], &y[1], &slope[1], &s[1], &w->y[q->a]);
    fetch_some(w);
    third_y(w, p, &y[0]);
    third_y(w, q, &y[1]);
    uint8_t first = patch(w, j, &x[0], &y[0], careful), second = patch(w, k, &x[1], &y[1], careful);
    unsigned depth[2] = {depth_of(w, p) + 1, depth_of(w, q) + 1};
    *moved = move_until(w, *moved, k);
    write_sum(w, p->to, &x[0], &y[0], first, depth[0]);
    if (k != j) write_sum(w, q->to, &x[1], &y[1], second, depth[1]);
}

void g1_add8_run(struct g1_add8 *w) {
    fp8 run[2];
    size_t n = w->pairs_used, j = 0, moved = 0;
    w->fetched = 0;
    w->fetch_step = n == 0 ? 0 : 2 * w->ahead_used / (FETCHES * n) + 1;
    KZG_CHECK(n <= G1_ADD8_PAIRS);
    bool careful = n > 0 && invert_divisors(w, run);
    for (; j + 1 < n; j += 2) add_two(w, run, j, j + 1, careful, &moved);
    if (j < n) add_two(w, run, j, j, careful, &moved);
    move_until(w, moved, n);
    w->pairs_used = w->moves_used = 0;
}

/* ---- From and to memory ---- */

static __mmask8 all_zero(const fp8 *x, const fp8 *y) {
    __m512i any = _mm512_setzero_si512();
    for (int i = 0; i < FP8_LIMBS; i++) any = _mm512_or_si512(any, _mm512_or_si512(x->l[i], y->l[i]));
    return _mm512_testn_epi64_mask(any, any);
}

void g1_add8_load(struct g1_add8 *w, size_t slot, const fp *const x[FP8_LANES], const fp *const y[FP8_LANES],
                  __mmask8 negative) {
    fp8 *to = &w->y[slot];
    fp8_load_scaled_x_unreduced(&w->x[slot], x);
    fp8_load_scaled_y(to, y);
    w->depth[slot] = 0;
    w->infinite[slot] = all_zero(&w->x[slot], to);
    /* 4p - y, left loose. */
    for (int i = 0; i < FP8_LIMBS; i++)
        to->l[i] = _mm512_mask_sub_epi64(to->l[i], negative, fp8_p_times(2, i), to->l[i]);
    FP8_SET_BOUND(to, 5);
}

void g1_add8_store(const struct g1_add8 *w, size_t slot, fp *const x[FP8_LANES], fp *const y[FP8_LANES]) {
    fp8 zero, t;
    fp8_set_zero(&zero);
    fp8_carry(&t, &w->x[slot]);
    fp8_select(&t, w->infinite[slot], &t, &zero);
    fp8_store_scaled_x(x, &t);
    fp8_carry(&t, &w->y[slot]);
    fp8_select(&t, w->infinite[slot], &t, &zero);
    fp8_store_scaled_y(y, &t);
}
