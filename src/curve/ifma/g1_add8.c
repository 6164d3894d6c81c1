#include "curve/ifma/g1_add8.h"

#include <stdbool.h>

size_t g1_add8_scratch_bytes(void) {
    return 2 * arena_size(sizeof(fp8) * G1_ADD8_SLOTS) + arena_size(G1_ADD8_SLOTS) +
           2 * arena_size(sizeof(fp8) * G1_ADD8_PAIRS) + arena_size(sizeof(struct g1_pair8) * G1_ADD8_PAIRS) +
           arena_size(sizeof(struct g1_move8) * G1_ADD8_SLOTS) + 2 * arena_size(G1_ADD8_PAIRS) +
           arena_size(sizeof(const char *) * G1_ADD8_AHEAD);
}

void g1_add8_start(struct g1_add8 *w, struct arena *arena) {
    w->x = ARENA_ARRAY(arena, fp8, G1_ADD8_SLOTS);
    w->y = ARENA_ARRAY(arena, fp8, G1_ADD8_SLOTS);
    w->infinite = ARENA_ARRAY(arena, uint8_t, G1_ADD8_SLOTS);
    w->pairs = ARENA_ARRAY(arena, struct g1_pair8, G1_ADD8_PAIRS);
    w->moves = ARENA_ARRAY(arena, struct g1_move8, G1_ADD8_SLOTS);
    w->divisors = ARENA_ARRAY(arena, fp8, G1_ADD8_PAIRS);
    w->products = ARENA_ARRAY(arena, fp8, G1_ADD8_PAIRS);
    w->equal = ARENA_ARRAY(arena, uint8_t, G1_ADD8_PAIRS);
    w->opposite = ARENA_ARRAY(arena, uint8_t, G1_ADD8_PAIRS);
    w->ahead = ARENA_ARRAY(arena, const char *, G1_ADD8_AHEAD);
    w->pairs_used = w->moves_used = w->ahead_used = 0;
}

/* ---- Differences ---- */

/* r = a - b - c for values below 2p: 5p more lies between p and 7p. */
static inline void sub_sub(fp8 *r, const fp8 *a, const fp8 *b, const fp8 *c) {
    fp8 t;
    KZG_CHECK(FP8_BOUND(a) <= 2 && FP8_BOUND(b) <= 2 && FP8_BOUND(c) <= 2);
    for (int i = 0; i < FP8_LIMBS; i++) {
        __m512i five = _mm512_set1_epi64((long long)FP8_P_SMALL[i][5]);
        t.l[i] = _mm512_sub_epi64(_mm512_add_epi64(a->l[i], five), _mm512_add_epi64(b->l[i], c->l[i]));
    }
    FP8_SET_BOUND(&t, 7);
    fp8_reduce_small(r, &t);
}

/* r = a - b for a below 2p and b below 5p: 6p more lies between p and 8p. */
static inline void sub_small(fp8 *r, const fp8 *a, const fp8 *b) {
    fp8 t;
    KZG_CHECK(FP8_BOUND(a) <= 2 && FP8_BOUND(b) <= 5);
    for (int i = 0; i < FP8_LIMBS; i++) {
        __m512i six = _mm512_set1_epi64((long long)FP8_P_SMALL[i][6]);
        t.l[i] = _mm512_add_epi64(_mm512_sub_epi64(a->l[i], b->l[i]), six);
    }
    FP8_SET_BOUND(&t, 8);
    fp8_reduce_small(r, &t);
}

/* ---- Divisors and their inverses ---- */

static __mmask8 infinite_in(const struct g1_add8 *w, const struct g1_pair8 *p) {
    return (__mmask8)(w->infinite[p->a] | w->infinite[p->b]);
}

/* x2 - x1, and 1 where one of the two is infinity. */
static inline void divisor(const struct g1_add8 *w, size_t j) {
    const struct g1_pair8 *p = &w->pairs[j];
    fp8 *d = &w->divisors[j];
    fp8_sub(d, &w->x[p->b], &w->x[p->a], 1);
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
    __mmask8 zero = fp8_is_zero(d, 4);
    w->equal[j] = w->opposite[j] = 0;
    if (zero == 0) return;
    w->equal[j] = (uint8_t)(zero & fp8_equal(&w->y[p->a], 5, &w->y[p->b], 3));
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
        run[0] = w->divisors[j];
    }
    while (j > 0) {
        j -= 2;
        if (!careful) {
            divisor(w, j);
            divisor(w, j + 1);
        }
        w->products[j] = run[0];
        w->products[j + 1] = run[1];
        fp8_mul2(&run[0], &run[0], &w->divisors[j], &run[1], &run[1], &w->divisors[j + 1]);
    }
}

/* run = the inverses of both products. Whether it took a careful look. */
static bool invert_divisors(struct g1_add8 *w, fp8 run[2]) {
    fp8 one, scratch[2];
    multiply_divisors(w, run, false);
    bool careful = (fp8_is_zero(&run[0], 4) | fp8_is_zero(&run[1], 4)) != 0;
    if (careful) multiply_divisors(w, run, true);
    fp8_set_one(&one);
    fp8_mul2(&run[0], &run[0], &one, &run[1], &run[1], &one);
    fp8_inv_batch(run, 2, scratch);
    return careful;
}

/* ---- Additions ---- */

/* What is divided: y2 - y1, and 3 x^2 where the points are equal. */
static inline void dividend(const struct g1_add8 *w, size_t j, fp8 *r, bool careful) {
    const struct g1_pair8 *p = &w->pairs[j];
    fp8_sub(r, &w->y[p->b], &w->y[p->a], 3);
    if (__builtin_expect(careful, 0) && w->equal[j] != 0) {
        fp8 square, t;
        fp8_sqr(&square, &w->x[p->a]);
        fp8_dbl(&t, &square);
        fp8_add(&t, &t, &square);
        fp8_select(r, w->equal[j], r, &t);
    }
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
    }
    return moved;
}

/* Pairs j and k = j + 1; or the last one alone, k = j, whose second computation comes to nothing. */
static inline void add_two(struct g1_add8 *w, fp8 run[2], size_t j, size_t k, bool careful, size_t *moved) {
    const struct g1_pair8 *p = &w->pairs[j], *q = &w->pairs[k];
    fp8 slope[2], s[2], x[2], y[2];
    fp8_mul2(&s[0], &run[0], &w->products[j], &s[1], &run[1], &w->products[k]);
    fp8_mul2(&run[0], &run[0], &w->divisors[j], &run[1], &run[1], &w->divisors[k]);
    dividend(w, j, &slope[0], careful);
    dividend(w, k, &slope[1], careful);
    fp8_mul2(&slope[0], &slope[0], &s[0], &slope[1], &slope[1], &s[1]);
    fp8_sqr2(&x[0], &slope[0], &x[1], &slope[1]);
    sub_sub(&x[0], &x[0], &w->x[p->a], &w->x[p->b]);
    sub_sub(&x[1], &x[1], &w->x[q->a], &w->x[q->b]);
    fp8_sub(&s[0], &w->x[p->a], &x[0], 1);
    fp8_sub(&s[1], &w->x[q->a], &x[1], 1);
    fp8_mul2(&y[0], &slope[0], &s[0], &y[1], &slope[1], &s[1]);
    sub_small(&y[0], &y[0], &w->y[p->a]);
    sub_small(&y[1], &y[1], &w->y[q->a]);
    uint8_t first = patch(w, j, &x[0], &y[0], careful), second = patch(w, k, &x[1], &y[1], careful);
    *moved = move_until(w, *moved, k);
    w->x[p->to] = x[0];
    w->y[p->to] = y[0];
    w->infinite[p->to] = first;
    if (k == j) return;
    w->x[q->to] = x[1];
    w->y[q->to] = y[1];
    w->infinite[q->to] = second;
}

/* Into the second level: the first is smaller than what a round looks at. */
static inline size_t fetch_ahead(const struct g1_add8 *w, size_t from, size_t count) {
    size_t end = from + count < w->ahead_used ? from + count : w->ahead_used;
    for (; from < end; from++) {
        __builtin_prefetch(w->ahead[from], 0, 2);
        __builtin_prefetch(w->ahead[from] + 64, 0, 2);
        __builtin_prefetch(w->ahead[from] + G1_ADD8_AHEAD_BYTES - 1, 0, 2);
    }
    return end;
}

void g1_add8_run(struct g1_add8 *w) {
    fp8 run[2];
    size_t n = w->pairs_used, j = 0, moved = 0, fetched = 0, step = n == 0 ? 0 : 2 * w->ahead_used / n + 1;
    KZG_CHECK(n <= G1_ADD8_PAIRS);
    bool careful = n > 0 && invert_divisors(w, run);
    for (; j + 1 < n; j += 2) {
        fetched = fetch_ahead(w, fetched, step);
        add_two(w, run, j, j + 1, careful, &moved);
    }
    if (j < n) add_two(w, run, j, j, careful, &moved);
    move_until(w, moved, n);
    w->pairs_used = w->moves_used = w->ahead_used = 0;
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
    fp8_load_scaled_x(&w->x[slot], x);
    fp8_load_scaled_y(to, y);
    w->infinite[slot] = all_zero(&w->x[slot], to);
    /* 4p - y, left loose. */
    for (int i = 0; i < FP8_LIMBS; i++)
        to->l[i] =
            _mm512_mask_sub_epi64(to->l[i], negative, _mm512_set1_epi64((long long)FP8_P_TIMES[2][i]), to->l[i]);
    FP8_SET_BOUND(to, 5);
}

void g1_add8_store(const struct g1_add8 *w, size_t slot, fp *const x[FP8_LANES], fp *const y[FP8_LANES]) {
    fp8 zero, t;
    fp8_set_zero(&zero);
    fp8_select(&t, w->infinite[slot], &w->x[slot], &zero);
    fp8_store_scaled_x(x, &t);
    fp8_carry(&t, &w->y[slot]);
    fp8_select(&t, w->infinite[slot], &t, &zero);
    fp8_store_scaled_y(y, &t);
}
