/* Points times scalars, each its own: signed windows of four bits, both halves of the endomorphism, no branches on
 * digits. Multiples 1 to 8 of all points are made in three rounds of affine additions; then two vectors at a time go
 * through the windows. */
#include <string.h>

#include "curve/constants.h"
#include "curve/ifma/g1_add8.h"
#include "curve/ifma/g1_jac8.h"
#include "curve/lanes.h"

#define BLOCK     64 /* points whose multiples are made together */
#define VECTORS   (BLOCK / FP8_LANES)
#define MULTIPLES 8
#define WINDOWS   ((GLV_WNAF_LENGTH + 3) / 4)
_Static_assert(VECTORS *MULTIPLES <= G1_ADD8_SLOTS, "all multiples have a slot");

struct multiples {
    struct g1_add8 adder; /* multiple d of vector v in slot_of(v, d) */
    fp8 *beta_x;          /* by slot: beta times its x */
};

static uint32_t slot_of(size_t v, int d) {
    return (uint32_t)(v * MULTIPLES) + (uint32_t)d - 1;
}

/* ---- Multiples ---- */

static void load_points(struct multiples *m, size_t v, const g1_affine *a, size_t n) {
    static const g1_affine infinity;
    const fp *x[FP8_LANES], *y[FP8_LANES];
    for (size_t lane = 0; lane < FP8_LANES; lane++) {
        const g1_affine *p = v * FP8_LANES + lane < n ? &a[v * FP8_LANES + lane] : &infinity;
        x[lane] = &p->x;
        y[lane] = &p->y;
    }
    g1_add8_load(&m->adder, slot_of(v, 1), x, y, 0);
}

/* Multiples from + 1 to 2 from, each a sum of two that are there. */
static void double_multiples(struct multiples *m, size_t vectors, int from) {
    struct g1_add8 *w = &m->adder;
    for (size_t v = 0; v < vectors; v++) {
        for (int d = 1; d <= from; d++)
            w->pairs[w->pairs_used++] = (struct g1_pair8){slot_of(v, from), slot_of(v, d), slot_of(v, from + d)};
    }
    g1_add8_run(w);
}

static void make_multiples(struct multiples *m, const g1_affine *a, size_t n) {
    size_t vectors = (n + 2 * FP8_LANES - 1) / (2 * FP8_LANES) * 2; /* run_windows takes two */
    fp8 beta;
    const fp *at[FP8_LANES];
    for (int i = 0; i < FP8_LANES; i++) at[i] = &G1_BETA;
    fp8_load(&beta, at);
    for (size_t v = 0; v < vectors; v++) load_points(m, v, a, n);
    for (int from = 1; from < MULTIPLES; from *= 2) double_multiples(m, vectors, from);
    for (size_t i = 0; i < vectors * MULTIPLES; i++) {
        g1_add8_reduce(&m->adder, i);
        fp8_mul(&m->beta_x[i], &m->adder.x[i], &beta);
    }
}

/* ---- Digits ---- */

/* Of one vector's scalars: absolute values up to 8, lane by lane, and lanes where the digit is negative. */
struct digits {
    uint8_t value[WINDOWS][2][FP8_LANES];
    uint8_t negative[WINDOWS][2];
};

/* From digits for single bits to digits in [-8, 7] for windows of four. */
static void recode_half(struct digits *r, const int8_t bits[GLV_WNAF_LENGTH], int half, size_t lane) {
    int carry = 0;
    for (int w = 0; w < WINDOWS; w++) {
        int t = carry;
        for (int i = 0; i < 4 && 4 * w + i < GLV_WNAF_LENGTH; i++) t += bits[4 * w + i] * (1 << i);
        int digit = ((t + 8) & 15) - 8;
        carry = (t - digit) / 16;
        r->value[w][half][lane] = (uint8_t)(digit < 0 ? -digit : digit);
        r->negative[w][half] |= (uint8_t)((digit < 0) << lane);
    }
    KZG_CHECK(carry == 0);
}

static void recode(struct digits *r, const struct glv_wnaf *const *k, size_t n) {
    memset(r, 0, sizeof *r);
    for (size_t lane = 0; lane < n && lane < FP8_LANES; lane++) {
        for (int half = 0; half < 2; half++) recode_half(r, k[lane]->digits[half], half, lane);
    }
}

/* ---- Windows ---- */

static __m128i load_values(const uint8_t value[FP8_LANES]) {
    return _mm_loadl_epi64((const __m128i *)(const void *)value);
}

/* The multiple that each lane's digit asks for; the lanes with one. Half 1 has (beta x, -y). */
static __mmask8 choose(struct g1_affine8 *r, const struct multiples *m, size_t v, const struct digits *d, int w,
                       int half) {
    const __m128i values = load_values(d->value[w][half]);
    const fp8 *x = half == 0 ? m->adder.x : m->beta_x, *y = m->adder.y;
    __mmask8 chosen = 0;
    fp8_set_zero(&r->x);
    fp8_set_zero(&r->y);
    for (int k = 1; k <= MULTIPLES; k++) {
        __mmask8 lanes = (__mmask8)(_mm_cmpeq_epi8_mask(values, _mm_set1_epi8((char)k)) & 0xff);
        fp8_select(&r->x, lanes, &r->x, &x[slot_of(v, k)]);
        fp8_select(&r->y, lanes, &r->y, &y[slot_of(v, k)]);
        chosen |= lanes;
    }
    __mmask8 negative = (__mmask8)(half == 0 ? d->negative[w][half] : ~d->negative[w][half]);
    fp8_neg_where(&r->y, negative, &r->y, 3);
    return (__mmask8)(chosen & ~m->adder.infinite[slot_of(v, 1)]);
}

/* Vectors v and v + 1. The lanes that stay at infinity come back in empty. */
static void run_windows(struct g1_jac8 r[2], __mmask8 empty[2], const struct multiples *m, size_t v,
                        const struct digits d[2]) {
    for (int i = 0; i < 2; i++) {
        empty[i] = 0xff;
        fp8_set_zero(&r[i].x);
        fp8_set_zero(&r[i].y);
        fp8_set_zero(&r[i].z);
    }
    for (int w = WINDOWS - 1; w >= 0; w--) {
        for (int k = 0; k < 4 && (empty[0] & empty[1]) != 0xff; k++) g1_jac8_dbl2(r);
        for (int half = 0; half < 2; half++) {
            struct g1_affine8 p[2];
            __mmask8 chosen[2];
            for (size_t i = 0; i < 2; i++) chosen[i] = choose(&p[i], m, v + i, &d[i], w, half);
            g1_jac8_accumulate2(r, empty, p, chosen);
        }
    }
}

/* ---- All of it ---- */

size_t g1_lanes_mul_scratch_bytes(void) {
    return g1_add8_scratch_bytes() + arena_size(sizeof(fp8) * VECTORS * MULTIPLES);
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

size_t g1_lanes_mul(g1 *r, uint32_t *left, const g1_affine *a, const struct glv_wnaf *const *k, size_t n,
                    struct arena *arena) {
    size_t mark = arena->used, spoilt = 0;
    struct multiples m = {.beta_x = ARENA_ARRAY(arena, fp8, VECTORS * MULTIPLES)};
    g1_add8_start(&m.adder, arena);
    for (size_t first = 0; first < n; first += BLOCK) {
        size_t count = smaller(n - first, BLOCK);
        make_multiples(&m, a + first, count);
        for (size_t at = 0; at < count; at += 2 * FP8_LANES) {
            struct digits d[2];
            struct g1_jac8 v[2];
            __mmask8 empty[2];
            size_t here[2] = {smaller(count - at, FP8_LANES), 0};
            here[1] = smaller(count - at - here[0], FP8_LANES);
            for (size_t i = 0; i < 2; i++) recode(&d[i], k + first + at + FP8_LANES * i, here[i]);
            run_windows(v, empty, &m, at / FP8_LANES, d);
            for (size_t i = 0; i < 2; i++) {
                size_t base = first + at + FP8_LANES * i;
                __mmask8 bad = here[i] == 0 ? 0 : g1_jac8_store_scaled(r + base, here[i], &v[i], empty[i]);
                for (size_t lane = 0; lane < here[i]; lane++) {
                    if ((bad >> lane & 1) != 0) left[spoilt++] = (uint32_t)(base + lane);
                }
            }
        }
    }
    arena_release(arena, mark);
    return spoilt;
}
