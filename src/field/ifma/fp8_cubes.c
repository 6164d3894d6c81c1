/* Are eight values cubes? By Euclid's way through the ring Z[w], w^2 + w + 1 = 0, with cubic reciprocity.
 *
 * p is the norm of a prime pi = c0 - c1 w, so a is a cube mod p just if the cubic residue symbol [a / pi] is 1. a is
 * first made small: g = a - q pi, hardly longer than pi. Then, with f = pi at the start:
 *
 *   g divisible by 1 - w:  [g / f] = [1 - w / f] [g / (1 - w) / f]
 *   else                   g is multiplied by that unit with which it is 1 mod 3, as f is; then [g / f] = [f / g], so
 *                          the smaller of both may go on as f; and [g - f / f] = [3 / f] [(g - f) / 3 / f]
 *
 * The symbols of w, 1 - w and 3 over f = 1 - 3 m - 3 n w are w^(m + n), w^2m and w^2n; -1 is a cube. At the end g is
 * 0 and f is 1. max(|f|, 2 |g|) never grows, and an exchange with the step after it takes a third of it; between two
 * exchanges g gets smaller with each step. So the end comes, after some 310 steps.
 *
 * Source: K. Ireland, M. Rosen, "A classical introduction to modern number theory", chapter 9; I. Damgard, G.
 * Frandsen, "Efficient algorithms for gcd and cubic residuosity in the ring of Eisenstein integers" (2005).
 *
 * A number has up to five signed limbs to the base 2^42, which is 1 mod 9: so the sum of the limbs tells a number mod
 * 3 and mod 9, and limbs are divided by 3 side by side. No step carries. Limbs stay below 2^44: the limbs of one
 * place of a number a + b w are a number of the ring themselves, of which a step makes at most (|g| + |f|) / 3 or |g|
 * / sqrt(3), plus a third of what the place above leaves over, 2^42 / 3 in both numbers. */
#include "field/fp.h"
#include "field/fp_constants.h"
#include "field/ifma/fp8.h"
#include "field/limbs.h"

#define INLINE static inline __attribute__((always_inline))

#define BITS      42
#define LIMBS_MAX 5
#define WORDS     4 /* of 64 bits, of a signed number before it is in limbs */

/* ---- a to g, one by one ---- */

/* r += a b, or r -= a b, modulo 2^256: what is left in the end is signed and shorter. */
static void multiply_add(uint64_t r[WORDS], const uint64_t a[3], const uint64_t b[3], bool negative) {
    uint64_t product[WORDS + 2] = {0}, carry = 0;
    for (int i = 0; i < 3; i++) {
        carry = 0;
        for (int j = 0; j < 3; j++) carry = limbs_mac(&product[i + j], product[i + j], a[i], b[j], carry);
        product[i + 3] = carry;
    }
    carry = 0;
    for (int i = 0; i < WORDS; i++)
        carry = negative ? limbs_sbb(&r[i], r[i], product[i], carry) : limbs_adc(&r[i], r[i], product[i], carry);
}

/* q = a factor / 2^382, at most 2 too small: the low 128 bits of a are left out. */
static void quotient(uint64_t q[3], const fp *a, const uint64_t factor[3]) {
    uint64_t t[7] = {0};
    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < 3; j++) carry = limbs_mac(&t[i + j], t[i + j], a->l[2 + i], factor[j], carry);
        t[i + 3] = carry;
    }
    for (int i = 0; i < 3; i++) q[i] = t[3 + i] >> 62 | t[4 + i] << 2; /* 2^382 / 2^128 = 2^254 */
}

/* A signed number below 2^209. */
static void to_limbs(int64_t r[LIMBS_MAX], const uint64_t words[WORDS]) {
    const uint64_t mask = (1ull << BITS) - 1;
    r[0] = (int64_t)(words[0] & mask);
    r[1] = (int64_t)((words[0] >> 42 | words[1] << 22) & mask);
    r[2] = (int64_t)(words[1] >> 20 & mask);
    r[3] = (int64_t)((words[1] >> 62 | words[2] << 2) & mask);
    r[4] = (int64_t)(words[2] >> 40 | words[3] << 24);
}

/* Both numbers of g, in limbs. (q0 + q1 w) (c0 - c1 w) = q0 c0 + q1 c1 + (q1 (c0 + c1) - q0 c1) w. */
static void make_small(int64_t g[2][LIMBS_MAX], const fp *a) {
    uint64_t q0[3], q1[3], part[2][WORDS] = {{a->l[0], a->l[1], a->l[2], a->l[3]}, {0}};
    quotient(q0, a, FP_PRIME_Q0);
    quotient(q1, a, FP_PRIME_Q1);
    multiply_add(part[0], q0, FP_PRIME_C0, true);
    multiply_add(part[0], q1, FP_PRIME_C1, true);
    multiply_add(part[1], q0, FP_PRIME_C1, false);
    multiply_add(part[1], q1, FP_PRIME_C0, true);
    multiply_add(part[1], q1, FP_PRIME_C1, true);
    to_limbs(g[0], part[0]);
    to_limbs(g[1], part[1]);
}

/* ---- Steps in lanes ---- */

/* a + b w of eight lanes. */
struct number {
    __m512i a[LIMBS_MAX], b[LIMBS_MAX];
};

struct state {
    struct number f, g;
    __m512i f9[2];        /* f's two numbers mod 9, with any sign */
    __m512i log_f, log_g; /* about: sizes, in tenths of a power of 3 */
    __m512i power;        /* of w, so far, with any sign */
};

INLINE __m512i all(int64_t x) {
    return _mm512_set1_epi64(x);
}

/* table[index], index below 32; table[0] = 0 for the words above. */
INLINE __m512i look_up(const uint16_t table[32], __m512i index) {
    return _mm512_permutexvar_epi16(index, _mm512_loadu_si512(table));
}

/* x mod 9 for |x| < 2^49. */
INLINE __m512i mod_9(__m512i x) {
    const __m512i ninth = all((1ll << 52) / 9 + 1), bias = all(9ll << 46);
    __m512i t = _mm512_add_epi64(x, bias);
    __m512i q = _mm512_madd52hi_epu64(_mm512_setzero_si512(), t, ninth);
    return _mm512_sub_epi64(t, _mm512_add_epi64(q, _mm512_slli_epi64(q, 3)));
}

/* a[0 .. limbs), divisible by 3 as a whole, over 3. From the top, with the limbs' sums t: what a place leaves over,
 * -1, 0 or 1, is 2^42 = 3 third + 1 times as much for the one below. */
INLINE void divide_by_3(__m512i *a, int limbs) {
    const __m512i reciprocal = all((1ll << 52) / 3 + 1), zero = _mm512_setzero_si512();
    const int64_t third = ((1ll << BITS) - 1) / 3, bias = 1ll << 47;
    __m512i t = all(3 * bias + 1), above = all(bias), left = all(1);
    for (int i = limbs; i-- > 0;) {
        t = _mm512_add_epi64(t, a[i]);
        __m512i q = _mm512_madd52hi_epu64(zero, t, reciprocal);
        __m512i here = _mm512_sub_epi64(_mm512_sub_epi64(q, above), all(third));
        a[i] = i == limbs - 1 ? _mm512_sub_epi64(q, above) : _mm512_madd52lo_epu64(here, left, all(third));
        left = _mm512_sub_epi64(t, _mm512_add_epi64(q, _mm512_add_epi64(q, q))); /* one more than what is left over */
        above = q;
    }
}

/* What is to be done with g, by its two numbers mod 3: a + 3 b is the index, less 1. */
#define KIND_ROOT  1u /* divisible by 1 - w */
#define KIND_W     2u /* times w^-1 */
#define KIND_WW    4u /* times w^-2 */
#define KIND_NEG_A 8u /* and the sign of what stands for a */
#define KIND_NEG_B 16u

/* b - a stands for a, and a for b, where w^-1 is taken: (a + b w) / w = b - a - a w; b and b - a where w^-2 is:
 * (a + b w) w = -b + (a - b) w. */
static const uint16_t KIND[32] = {
    [1 + 0] = KIND_ROOT,                         /* 0 */
    [1 + 1] = 0,                                 /* 1 */
    [1 + 2] = KIND_NEG_A | KIND_NEG_B,           /* -1 */
    [1 + 3] = KIND_W | KIND_NEG_B,               /* w */
    [1 + 4] = KIND_WW,                           /* 1 + w = -w^2 */
    [1 + 5] = KIND_ROOT,                         /* 2 + w */
    [1 + 6] = KIND_W | KIND_NEG_A,               /* -w */
    [1 + 7] = KIND_ROOT,                         /* 1 + 2 w */
    [1 + 8] = KIND_WW | KIND_NEG_A | KIND_NEG_B, /* 2 + 2 w = w^2 */
};

/* By a number mod 9, plus 1: mod 3 plus 1, and three times mod 3. */
static const uint16_t MOD_3_AND_1[32] = {0, 1, 2, 3, 1, 2, 3, 1, 2, 3},
                      MOD_3_TIMES_3[32] = {0, 0, 3, 6, 0, 3, 6, 0, 3, 6};

/* By a number from -8 to 8 plus 16: (1 - x) / 3 mod 3 and -x / 3 mod 3, where they are whole. */
static const uint16_t M_OF[32] = {[16 - 8] = 0, [16 - 5] = 2, [16 - 2] = 1, [16 + 1] = 0, [16 + 4] = 2, [16 + 7] = 1},
                      N_OF[32] = {[16 - 6] = 2, [16 - 3] = 1, [16] = 0, [16 + 3] = 2, [16 + 6] = 1};

INLINE __m512i sum_of(const __m512i *a, int limbs) {
    __m512i sum = a[0];
    for (int i = 1; i < limbs; i++) sum = _mm512_add_epi64(sum, a[i]);
    return sum;
}

struct masks {
    __mmask8 root, w, ww, neg_a, neg_b;
};

/* a + b w times the unit that its kind says. */
INLINE void times_unit(__m512i *a, __m512i *b, const struct masks *m) {
    const __m512i zero = _mm512_setzero_si512();
    __m512i d = _mm512_sub_epi64(*b, *a);
    __m512i u = _mm512_mask_mov_epi64(_mm512_mask_mov_epi64(*a, m->w, d), m->ww, *b);
    __m512i v = _mm512_mask_mov_epi64(_mm512_mask_mov_epi64(*b, m->w, *a), m->ww, d);
    *a = _mm512_mask_sub_epi64(u, m->neg_a, zero, u);
    *b = _mm512_mask_sub_epi64(v, m->neg_b, zero, v);
}

INLINE void step(struct state *s, int limbs) {
    const __m512i one = all(1), sixteen = all(16);
    /* Of f = 1 - 3 m - 3 n w. */
    __m512i m = look_up(M_OF, _mm512_add_epi64(s->f9[0], sixteen));
    __m512i n = look_up(N_OF, _mm512_add_epi64(s->f9[1], sixteen));
    __m512i g9[2] = {mod_9(sum_of(s->g.a, limbs)), mod_9(sum_of(s->g.b, limbs))};
    __m512i index = _mm512_add_epi64(look_up(MOD_3_AND_1, _mm512_add_epi64(g9[0], one)),
                                     look_up(MOD_3_TIMES_3, _mm512_add_epi64(g9[1], one)));
    __m512i kind = look_up(KIND, index);
    const struct masks k = {
        _mm512_test_epi64_mask(kind, all(KIND_ROOT)),  _mm512_test_epi64_mask(kind, all(KIND_W)),
        _mm512_test_epi64_mask(kind, all(KIND_WW)),    _mm512_test_epi64_mask(kind, all(KIND_NEG_A)),
        _mm512_test_epi64_mask(kind, all(KIND_NEG_B)),
    };
    __m512i units = _mm512_add_epi64(m, n);
    s->power = _mm512_mask_add_epi64(s->power, k.w | k.ww, s->power, units);
    s->power = _mm512_mask_add_epi64(s->power, k.ww, s->power, units);
    s->power = _mm512_mask_sub_epi64(s->power, k.root, s->power, m);

    times_unit(&g9[0], &g9[1], &k);
    __mmask8 exchange = _mm512_mask_cmplt_epi64_mask((__mmask8)~k.root, s->log_g, s->log_f);
    s->f9[0] = _mm512_mask_mov_epi64(s->f9[0], exchange, g9[0]);
    s->f9[1] = _mm512_mask_mov_epi64(s->f9[1], exchange, g9[1]);
    n = look_up(N_OF, _mm512_add_epi64(s->f9[1], sixteen));
    s->power = _mm512_mask_sub_epi64(s->power, (__mmask8)~k.root, s->power, n);

    /* g - f has either sign, and either is right. (a + b w) / (1 - w) = (2 a - b + (a + b) w) / 3. */
    for (int i = 0; i < limbs; i++) {
        __m512i a = s->g.a[i], b = s->g.b[i], c = s->f.a[i], d = s->f.b[i];
        __m512i minus_a = _mm512_mask_sub_epi64(d, k.root, _mm512_setzero_si512(), a);
        __m512i b_less_a = _mm512_mask_sub_epi64(c, k.root, b, a);
        times_unit(&a, &b, &k);
        s->f.a[i] = _mm512_mask_mov_epi64(c, exchange, a);
        s->f.b[i] = _mm512_mask_mov_epi64(d, exchange, b);
        s->g.a[i] = _mm512_sub_epi64(a, b_less_a);
        s->g.b[i] = _mm512_sub_epi64(b, minus_a);
    }
    divide_by_3(s->g.a, limbs);
    divide_by_3(s->g.b, limbs);

    /* A quotient by 1 - w is half a power of 3 smaller; a difference a whole one, but for a tenth, than the larger.
     */
    __m512i larger = _mm512_max_epi64(s->log_f, s->log_g);
    s->log_f = _mm512_mask_mov_epi64(s->log_f, exchange, s->log_g);
    s->log_g = _mm512_sub_epi64(_mm512_mask_mov_epi64(larger, k.root, s->log_g),
                                _mm512_mask_mov_epi64(all(9), k.root, all(5)));
}

/* Limbs from -2^41 to 2^41, but for the top one: 0 just where the others hold the number. */
INLINE __m512i carry_limbs(__m512i *a, int limbs) {
    __m512i carry = _mm512_setzero_si512();
    for (int i = 0; i < limbs - 1; i++) {
        __m512i t = _mm512_add_epi64(a[i], carry);
        carry = _mm512_srai_epi64(_mm512_add_epi64(t, all(1ll << (BITS - 1))), BITS);
        a[i] = _mm512_sub_epi64(t, _mm512_slli_epi64(carry, BITS));
    }
    a[limbs - 1] = _mm512_add_epi64(a[limbs - 1], carry);
    return a[limbs - 1];
}

INLINE bool fits_in_less(struct state *s, int limbs) {
    __m512i f = _mm512_or_si512(carry_limbs(s->f.a, limbs), carry_limbs(s->f.b, limbs));
    __m512i g = _mm512_or_si512(carry_limbs(s->g.a, limbs), carry_limbs(s->g.b, limbs));
    __m512i tops = _mm512_or_si512(f, g);
    return _mm512_test_epi64_mask(tops, tops) == 0;
}

/* Steps until all is in one limb less. */
INLINE void steps(struct state *s, int limbs) {
    do {
        for (int i = 0; i < 16; i++) step(s, limbs);
    } while (!fits_in_less(s, limbs));
}

/* Word by word of c, which is positive, to limbs in all lanes. */
static void set_number(__m512i r[LIMBS_MAX], const uint64_t c[3], bool negative) {
    const uint64_t words[WORDS] = {c[0], c[1], c[2], 0};
    int64_t limbs[LIMBS_MAX];
    to_limbs(limbs, words);
    for (int i = 0; i < LIMBS_MAX; i++) r[i] = all(negative ? -limbs[i] : limbs[i]);
}

bool fp8_all_cubes(const fp a[FP8_LANES]) {
    struct state s;
    _Alignas(64) int64_t limbs[2][LIMBS_MAX][FP8_LANES];
    for (int lane = 0; lane < FP8_LANES; lane++) {
        int64_t g[2][LIMBS_MAX];
        if (fp_is_zero(&a[lane])) return false;
        make_small(g, &a[lane]);
        for (int k = 0; k < 2; k++) {
            for (int i = 0; i < LIMBS_MAX; i++) limbs[k][i][lane] = g[k][i];
        }
    }
    for (int i = 0; i < LIMBS_MAX; i++) {
        s.g.a[i] = _mm512_load_si512(limbs[0][i]);
        s.g.b[i] = _mm512_load_si512(limbs[1][i]);
    }
    set_number(s.f.a, FP_PRIME_C0, false);
    set_number(s.f.b, FP_PRIME_C1, true);
    s.f9[0] = all((int64_t)FP_PRIME_MOD_9[0]);
    s.f9[1] = all(-(int64_t)FP_PRIME_MOD_9[1]);
    s.log_f = s.log_g = s.power = _mm512_setzero_si512();
    steps(&s, 5);
    steps(&s, 4);
    steps(&s, 3);
    steps(&s, 2);
    __m512i any;
    do {
        step(&s, 1);
        any = _mm512_or_si512(s.g.a[0], s.g.b[0]);
    } while (_mm512_test_epi64_mask(any, any) != 0);
    __m512i power = mod_9(s.power);
    __mmask8 third = _mm512_cmpeq_epi64_mask(power, all(3)) | _mm512_cmpeq_epi64_mask(power, all(6));
    return (third | _mm512_testn_epi64_mask(power, power)) == 0xff;
}
