/* Points times scalars, each its own, by digits in the endomorphism's ring to the base 8 (curve/hexagon.h): 44 of
 * them, each but the first one addition, where signed windows of four bits for both halves would take 66. Twelve
 * multiples of all points are made in three rounds of affine additions; a digit is one of them turned by a power of
 * zeta, which is another x and the sign of y. Then two vectors at a time go through the digits, but for those that
 * one of them does not have. */
#include <string.h>

#include "curve/constants.h"
#include "curve/hexagon.h"
#include "curve/ifma/g1_add8.h"
#include "curve/ifma/g1_jac8.h"
#include "curve/lanes.h"

#define BLOCK   64 /* points whose multiples are made together */
#define VECTORS (BLOCK / FP8_LANES)
#define TURNS   3 /* zeta^j (x, y) has the x of one of three, and (-1)^j y */

/* The slots of a vector: the multiple a + b zeta of each bucket, in the buckets' order; then three that are only made
 * to be added, zeta, 1 - zeta and 2 - zeta. */
enum { M10, M11, M12, M13, M20, M21, M22, M23, M30, M31, M32, M40, BUCKETS, M01 = BUCKETS, M1_1, M2_1, MULTIPLES };
_Static_assert(VECTORS *MULTIPLES <= G1_ADD8_SLOTS, "all multiples have a slot");

/* No sum has equal or opposite terms, unless the point's order is small. */
struct step {
    uint8_t a, b, to;
};
static const struct step FIRST[] = {{M10, M01, M11}}, SECOND[] = {{M11, M1_1, M20}, {M10, M11, M21}, {M11, M01, M12}},
                         THIRD[] = {{M20, M10, M30}, {M20, M11, M31}, {M21, M01, M22}, {M12, M01, M13},
                                    {M11, M12, M23}, {M11, M21, M32}, {M21, M2_1, M40}};

/* A multiple of one point, for a lane to load. */
struct multiple {
    struct fp8_lane x[TURNS], y; /* beta^t x; all below 2p */
};

struct multiples {
    struct g1_add8 adder;
    struct multiple *of;      /* [vector][lane][bucket] */
    __mmask8 finite[VECTORS]; /* lanes with a point */
    __mmask8 wrong[VECTORS];  /* of these, lanes where a multiple is infinity */
    fp8 beta, beta2;
};

static uint32_t slot_of(size_t v, int multiple) {
    return (uint32_t)(v * MULTIPLES) + (uint32_t)multiple;
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
    g1_add8_load(&m->adder, slot_of(v, M10), x, y, 0);
}

/* to = -(beta x, y): zeta times the point; with beta^2, 1 - zeta times it. */
static void turn(struct multiples *m, size_t v, int from, int to, const fp8 *beta) {
    struct g1_add8 *w = &m->adder;
    uint32_t a = slot_of(v, from), b = slot_of(v, to);
    g1_add8_reduce(w, a);
    fp8_mul(&w->x[b], &w->x[a], beta);
    fp8_neg(&w->y[b], &w->y[a], 1);
    w->depth[b] = 0;
    w->infinite[b] = w->infinite[a];
}

static void run_steps(struct multiples *m, size_t vectors, const struct step *steps, size_t n) {
    struct g1_add8 *w = &m->adder;
    for (size_t v = 0; v < vectors; v++) {
        for (size_t i = 0; i < n; i++) {
            w->pairs[w->pairs_used++] =
                (struct g1_pair8){slot_of(v, steps[i].a), slot_of(v, steps[i].b), slot_of(v, steps[i].to)};
        }
    }
    g1_add8_run(w);
}

/* The bucket's multiple to each lane's place. */
static void scatter(struct multiples *m, size_t v, int bucket) {
    struct g1_add8 *w = &m->adder;
    struct multiple *of = m->of + v * FP8_LANES * BUCKETS + bucket;
    struct fp8_lane *at[FP8_LANES];
    uint32_t slot = slot_of(v, bucket);
    fp8 x[TURNS], sum;
    g1_add8_reduce(w, slot);
    x[0] = w->x[slot];
    fp8_mul(&x[1], &x[0], &m->beta);
    fp8_add(&sum, &x[0], &x[1]); /* 1 + beta + beta^2 = 0 */
    fp8_neg(&sum, &sum, 2);
    fp8_reduce(&x[2], &sum);
    for (int t = 0; t < TURNS; t++) {
        for (size_t lane = 0; lane < FP8_LANES; lane++) at[lane] = &of[lane * BUCKETS].x[t];
        fp8_scatter(at, &x[t]);
    }
    for (size_t lane = 0; lane < FP8_LANES; lane++) at[lane] = &of[lane * BUCKETS].y;
    fp8_scatter(at, &w->y[slot]);
    m->wrong[v] |= w->infinite[slot] & m->finite[v];
}

#define COUNT(steps) (sizeof(steps) / sizeof(steps)[0])

static void make_multiples(struct multiples *m, const g1_affine *a, size_t n) {
    size_t vectors = (n + 2 * FP8_LANES - 1) / (2 * FP8_LANES) * 2; /* run_digits takes two */
    for (size_t v = 0; v < vectors; v++) {
        load_points(m, v, a, n);
        m->finite[v] = (__mmask8)~m->adder.infinite[slot_of(v, M10)];
        m->wrong[v] = 0;
        turn(m, v, M10, M01, &m->beta);
        turn(m, v, M10, M1_1, &m->beta2);
    }
    run_steps(m, vectors, FIRST, COUNT(FIRST));
    for (size_t v = 0; v < vectors; v++) turn(m, v, M11, M2_1, &m->beta2);
    run_steps(m, vectors, SECOND, COUNT(SECOND));
    run_steps(m, vectors, THIRD, COUNT(THIRD));
    for (size_t v = 0; v < vectors; v++) {
        for (int bucket = 0; bucket < BUCKETS; bucket++) scatter(m, v, bucket);
    }
}

/* ---- Digits ---- */

/* What each lane's digit asks for; the lanes with one. */
static __mmask8 choose(struct g1_affine8 *r, const struct multiples *m, size_t v, const uint16_t codes[FP8_LANES]) {
    static const uint8_t turn_of[HEXAGON_UNIT + 1] = {0, 1, 2, 0, 1, 2};
    const struct multiple *of = m->of + v * FP8_LANES * BUCKETS;
    const struct fp8_lane *x[FP8_LANES], *y[FP8_LANES];
    unsigned chosen = 0, negative = 0;
    for (size_t lane = 0; lane < FP8_LANES; lane++, of += BUCKETS) {
        unsigned code = codes[lane] == HEXAGON_ZERO ? 0 : codes[lane], unit = code & HEXAGON_UNIT;
        const struct multiple *multiple = &of[code >> HEXAGON_BUCKET];
        x[lane] = &multiple->x[turn_of[unit]];
        y[lane] = &multiple->y;
        chosen |= (unsigned)(codes[lane] != HEXAGON_ZERO) << lane;
        negative |= (unit & 1) << lane;
    }
    fp8_gather(&r->x, x, 2);
    fp8_gather(&r->y, y, 2);
    fp8_neg_where(&r->y, (__mmask8)negative, &r->y, 1);
    return (__mmask8)(chosen & m->finite[v]);
}

/* Doubles the vectors in which something has been added: one with short scalars alone waits for half of the digits.
 */
static void double_begun(struct g1_jac8 r[2], const __mmask8 empty[2]) {
    if (empty[0] != 0xff && empty[1] != 0xff) {
        g1_jac8_dbl2(r);
        return;
    }
    for (int i = 0; i < 2; i++) {
        if (empty[i] != 0xff) g1_jac8_dbl1(&r[i]);
    }
}

/* Vectors v and v + 1; codes of the first's first lane on. The lanes that stay at infinity come back in empty. */
static void run_digits(struct g1_jac8 r[2], __mmask8 empty[2], const struct multiples *m, size_t v,
                       const uint16_t *codes, size_t stride) {
    for (int i = 0; i < 2; i++) {
        empty[i] = 0xff;
        fp8_set_zero(&r[i].x);
        fp8_set_zero(&r[i].y);
        fp8_set_zero(&r[i].z);
    }
    for (int digit = HEXAGON_8.digits - 1; digit >= 0; digit--) {
        struct g1_affine8 p[2];
        __mmask8 chosen[2];
        for (int k = 0; k < 3; k++) double_begun(r, empty);
        for (size_t i = 0; i < 2; i++)
            chosen[i] = choose(&p[i], m, v + i, codes + (size_t)digit * stride + FP8_LANES * i);
        if (chosen[0] != 0 && chosen[1] != 0) {
            g1_jac8_accumulate2(r, empty, p, chosen);
        } else {
            for (int i = 0; i < 2; i++) g1_jac8_accumulate1(&r[i], &empty[i], &p[i], chosen[i]);
        }
    }
}

/* ---- All of it ---- */

_Static_assert(BLOCK % G1_LANES_RECODE == 0, "a block's scalars fill the lanes");

size_t g1_lanes_mul_scratch_bytes(void) {
    return g1_add8_scratch_bytes() + arena_size(sizeof(struct multiple) * BLOCK * BUCKETS) +
           arena_size(sizeof(fr) * BLOCK) + arena_size(sizeof(uint16_t) * BLOCK * HEXAGON_DIGITS_MAX);
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* The stride of the codes. */
static size_t recode(uint16_t *codes, fr *padded, const fr *k, size_t n) {
    size_t stride = (n + G1_LANES_RECODE - 1) / G1_LANES_RECODE * G1_LANES_RECODE;
    memcpy(padded, k, sizeof *k * n);
    memset(padded + n, 0, sizeof *k * (stride - n));
    hexagon_recode(codes, &HEXAGON_8, padded, stride);
    return stride;
}

/* What came out for n points from vector v on; left gets base plus the place of each that is left over. */
static size_t store(g1 *r, uint32_t *left, size_t base, const struct multiples *m, size_t v,
                    const struct g1_jac8 *sum, __mmask8 empty, size_t n) {
    size_t spoilt = 0;
    if (n == 0) return 0;
    __mmask8 bad = (__mmask8)(g1_jac8_store_scaled(r, n, sum, empty) | m->wrong[v]);
    for (size_t lane = 0; lane < n; lane++) {
        if ((bad >> lane & 1) != 0) left[spoilt++] = (uint32_t)(base + lane);
    }
    return spoilt;
}

size_t g1_lanes_mul(g1 *r, uint32_t *left, const g1_affine *a, const fr *k, size_t n, struct arena *arena) {
    size_t mark = arena->used, spoilt = 0;
    struct multiples m = {.of = ARENA_ARRAY(arena, struct multiple, BLOCK * BUCKETS)};
    fr *padded = ARENA_ARRAY(arena, fr, BLOCK);
    uint16_t *codes = ARENA_ARRAY(arena, uint16_t, BLOCK * HEXAGON_DIGITS_MAX);
    g1_add8_start(&m.adder, arena);
    fp8_broadcast(&m.beta, &G1_BETA);
    fp8_mul(&m.beta2, &m.beta, &m.beta);
    for (size_t first = 0; first < n; first += BLOCK) {
        size_t count = smaller(n - first, BLOCK), stride = recode(codes, padded, k + first, count);
        make_multiples(&m, a + first, count);
        for (size_t at = 0; at < count; at += 2 * FP8_LANES) {
            struct g1_jac8 sum[2];
            __mmask8 empty[2];
            run_digits(sum, empty, &m, at / FP8_LANES, codes + at, stride);
            for (size_t i = 0; i < 2; i++) {
                size_t here = at + FP8_LANES * i, base = first + here;
                size_t some = here < count ? smaller(count - here, FP8_LANES) : 0;
                spoilt += store(r + base, left + spoilt, base, &m, here / FP8_LANES, &sum[i], empty[i], some);
            }
        }
    }
    arena_release(arena, mark);
    return spoilt;
}
