/* Fp in eight lanes: AVX-512 IFMA. Only files compiled with the flags of KZG_IFMA_FLAGS (cmake/compiler.cmake)
 * include this, and only field_ops.lanes says that such code may run.
 *
 * Representation: eight values, one in each 64-bit lane; l[i] holds limb i of all eight, radix 2^52, least
 * significant first. A value stands for v as v 2^416 mod p (Montgomery), and is not kept below p:
 *
 *   tight  every limb in [0, 2^52); the value in [0, B p) for a bound B that the code at hand knows, B <= 2^30. This
 * is what every function takes and gives where nothing else is said. 2^30 p < 2^411, so 416 bits always hold it.
 *   loose  limbs signed, in (-2^62, 2^62), the same bound for the value as a whole, which is not negative: what
 *          fp8_*_loose gives, for fp8_carry and fp8_*_factor, and for more of the same where its limbs have room.
 *   factor tight, but for bits of a limb from 2^52 on, which mean nothing: what fp8_*_factor gives, for products
 * only. The multiplier does not look at those bits, so they need not be cleared.
 *
 * Products are below 2p whatever tight values went in: (A p B p + 2^416 p) / 2^416 < 2p, as A B <= 2^34 and
 * p / 2^416 < 2^-35. So sums and differences need no reduction on their way to the next product; each adds its
 * bounds, and a subtraction names the power of two k that its subtrahend is below in multiples of p.
 *
 * In KZG_CHECKED builds each value carries its B and whether it is a factor, every function follows them, and one too
 * large asserts.
 * Outputs may alias inputs everywhere. Nothing here branches on values but fp8_is_zero and what is built on it. */
#ifndef FIELD_IFMA_FP8_H
#define FIELD_IFMA_FP8_H

#ifndef __AVX512IFMA__
#error "field/ifma is for files compiled with KZG_IFMA_FLAGS"
#endif

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "field/ifma/fp8_constants.h"
#include "field/types.h"

#define FP8_LANES     8
#define FP8_LIMBS     8
#define FP8_MASK      ((1ull << 52) - 1)
#define FP8_BOUND_MAX (1u << 30)

/* The most A B of a product's factors. */
#define FP8_BOUND_OF_PRODUCT (1ull << 34)

typedef struct fp8 {
    __m512i l[FP8_LIMBS];
#ifdef KZG_CHECKED
    uint32_t bound; /* B: each lane's value is below B p */
    bool factor;
#endif
} fp8;

#ifdef KZG_CHECKED
#define FP8_BOUND(a)        ((a)->bound)
#define FP8_SET_BOUND(r, b) ((r)->bound = (b), (r)->factor = false, KZG_ASSERT((r)->bound <= FP8_BOUND_MAX))
#define FP8_SET_FACTOR(r)   ((r)->factor = true)
#define FP8_IS_FACTOR(a)    ((a)->factor)
#else
#define FP8_BOUND(a)        0u
#define FP8_SET_BOUND(r, b) ((void)0)
#define FP8_SET_FACTOR(r)   ((void)0)
#define FP8_IS_FACTOR(a)    false
#endif

/* ---- Products (fp8.c). Two at a time fill the ports: prefer the pairs and the arrays. ---- */

/* r = a b, below 2p. */
void fp8_mul(fp8 *r, const fp8 *a, const fp8 *b);
/* r = a^2, below 2p. */
void fp8_sqr(fp8 *r, const fp8 *a);
/* r0 = a0 b0, r1 = a1 b1; all is read before anything is written, so r0 may be an operand of the second. */
void fp8_mul2(fp8 *r0, const fp8 *a0, const fp8 *b0, fp8 *r1, const fp8 *a1, const fp8 *b1);
void fp8_sqr2(fp8 *r0, const fp8 *a0, fp8 *r1, const fp8 *a1);
/* The same, to factors. */
void fp8_mul2_factor(fp8 *r0, const fp8 *a0, const fp8 *b0, fp8 *r1, const fp8 *a1, const fp8 *b1);
/* r0 = a0 b0 + c0, r1 = a1 b1 + c1, loose, below (2 + C) p: what limbs the loose c has, and up to 2^58 more. The
 * addition costs nothing. */
void fp8_mul2_add_loose(fp8 *r0, const fp8 *a0, const fp8 *b0, const fp8 *c0, fp8 *r1, const fp8 *a1, const fp8 *b1,
                        const fp8 *c1);
/* r0 = a0^2, r1 = a1^2, loose, limbs below 2^58. */
void fp8_sqr2_loose(fp8 *r0, const fp8 *a0, fp8 *r1, const fp8 *a1);
/* a[0] and a[1] are squared n times, below 2p: what both have to wait for is done beside the other. */
void fp8_sqr2_times(fp8 a[2], size_t n);
/* r[i] = a[i] b[i]; r is a or b or apart from both. */
void fp8_mul_n(fp8 *r, const fp8 *a, const fp8 *b, size_t n);
void fp8_sqr_n(fp8 *r, const fp8 *a, size_t n);

/* ---- Whole values ---- */

static inline void fp8_set(fp8 *r, const uint64_t value[FP8_LIMBS]) { /* below p */
    for (int i = 0; i < FP8_LIMBS; i++) r->l[i] = _mm512_set1_epi64((long long)value[i]);
    FP8_SET_BOUND(r, 1);
}

static inline void fp8_set_zero(fp8 *r) {
    for (int i = 0; i < FP8_LIMBS; i++) r->l[i] = _mm512_setzero_si512();
    FP8_SET_BOUND(r, 1);
}

static inline void fp8_set_one(fp8 *r) {
    fp8_set(r, FP8_ONE);
}

/* Lanes of b where the mask has a bit, else of a. */
static inline void fp8_select(fp8 *r, __mmask8 mask, const fp8 *a, const fp8 *b) {
    bool factor = FP8_IS_FACTOR(a) || FP8_IS_FACTOR(b);
    FP8_SET_BOUND(r, FP8_BOUND(a) > FP8_BOUND(b) ? FP8_BOUND(a) : FP8_BOUND(b));
    for (int i = 0; i < FP8_LIMBS; i++) r->l[i] = _mm512_mask_mov_epi64(a->l[i], mask, b->l[i]);
    if (factor) FP8_SET_FACTOR(r);
}

/* ---- Sums ---- */

/* A limb of 2^k p, in all lanes: what a subtraction adds. */
static inline __m512i fp8_p_times(unsigned k, int limb) {
    return _mm512_set1_epi64((long long)FP8_P_TIMES[k][limb]);
}

/* Loose to tight. The value is not negative and below 2^416, so the top limb ends in [0, 2^52). */
static inline void fp8_carry(fp8 *r, const fp8 *a) {
    KZG_CHECK(!FP8_IS_FACTOR(a));
    const __m512i mask = _mm512_set1_epi64((long long)FP8_MASK);
    __m512i carry = _mm512_setzero_si512();
    for (int i = 0; i < FP8_LIMBS - 1; i++) {
        __m512i t = _mm512_add_epi64(a->l[i], carry);
        carry = _mm512_srai_epi64(t, 52);
        r->l[i] = _mm512_and_si512(t, mask);
    }
    r->l[FP8_LIMBS - 1] = _mm512_add_epi64(a->l[FP8_LIMBS - 1], carry);
    FP8_SET_BOUND(r, FP8_BOUND(a));
}

/* Loose to factor. */
static inline void fp8_carry_factor(fp8 *r, const fp8 *a) {
    KZG_CHECK(!FP8_IS_FACTOR(a));
    r->l[0] = a->l[0];
    for (int i = 1; i < FP8_LIMBS; i++) r->l[i] = _mm512_add_epi64(a->l[i], _mm512_srai_epi64(r->l[i - 1], 52));
    FP8_SET_BOUND(r, FP8_BOUND(a));
    FP8_SET_FACTOR(r);
}

/* r = a + b, loose; a and b tight or loose. */
static inline void fp8_add_loose(fp8 *r, const fp8 *a, const fp8 *b) {
    KZG_CHECK(!FP8_IS_FACTOR(a) && !FP8_IS_FACTOR(b));
    FP8_SET_BOUND(r, FP8_BOUND(a) + FP8_BOUND(b));
    for (int i = 0; i < FP8_LIMBS; i++) r->l[i] = _mm512_add_epi64(a->l[i], b->l[i]);
}

/* r = a - b + 2^k p, loose; a and b tight or loose, b below 2^k p. */
static inline void fp8_sub_loose(fp8 *r, const fp8 *a, const fp8 *b, unsigned k) {
    KZG_CHECK(!FP8_IS_FACTOR(a) && !FP8_IS_FACTOR(b));
    KZG_CHECK(FP8_BOUND(b) <= 1u << k);
    FP8_SET_BOUND(r, FP8_BOUND(a) + (1u << k));
    for (int i = 0; i < FP8_LIMBS; i++) {
        __m512i t = _mm512_sub_epi64(a->l[i], b->l[i]);
        r->l[i] = _mm512_add_epi64(t, fp8_p_times(k, i));
    }
}

/* r = a + b; below (A + B) p. */
static inline void fp8_add(fp8 *r, const fp8 *a, const fp8 *b) {
    fp8_add_loose(r, a, b);
    fp8_carry(r, r);
}

static inline void fp8_dbl(fp8 *r, const fp8 *a) {
    fp8_add(r, a, a);
}

/* r = a - b + 2^k p, for b below 2^k p; below (A + 2^k) p. */
static inline void fp8_sub(fp8 *r, const fp8 *a, const fp8 *b, unsigned k) {
    fp8_sub_loose(r, a, b, k);
    fp8_carry(r, r);
}

/* The same, to a factor; a and b tight or loose. */
static inline void fp8_sub_factor(fp8 *r, const fp8 *a, const fp8 *b, unsigned k) {
    fp8_sub_loose(r, a, b, k);
    fp8_carry_factor(r, r);
}

/* r = -a + 2^k p, for a below 2^k p; at most 2^k p, so B = 2^k + 1. */
static inline void fp8_neg(fp8 *r, const fp8 *a, unsigned k) {
    fp8 zero;
    fp8_set_zero(&zero);
    fp8_sub(r, &zero, a, k);
}

/* Lanes of -b where the mask has a bit, else of b; for b below 2^k p. */
static inline void fp8_neg_where(fp8 *r, __mmask8 mask, const fp8 *b, unsigned k) {
    fp8 t;
    fp8_neg(&t, b, k);
    fp8_select(r, mask, b, &t);
}

/* r = a / 2 (tight): (a + p)/2 where a is odd; below (A + 1)/2 p, rounded up. */
static inline void fp8_half(fp8 *r, const fp8 *a) {
    const __m512i one = _mm512_set1_epi64(1), mask = _mm512_set1_epi64((long long)FP8_MASK);
    __mmask8 odd = _mm512_test_epi64_mask(a->l[0], one);
    fp8 t;
    for (int i = 0; i < FP8_LIMBS; i++)
        t.l[i] = _mm512_mask_add_epi64(a->l[i], odd, a->l[i], _mm512_set1_epi64((long long)FP8_P[i]));
    FP8_SET_BOUND(&t, FP8_BOUND(a) + 1);
    fp8_carry(&t, &t);
    for (int i = 0; i < FP8_LIMBS - 1; i++) {
        __m512i down = _mm512_and_si512(_mm512_slli_epi64(t.l[i + 1], 51), mask);
        r->l[i] = _mm512_or_si512(_mm512_srli_epi64(t.l[i], 1), down);
    }
    r->l[FP8_LIMBS - 1] = _mm512_srli_epi64(t.l[FP8_LIMBS - 1], 1);
    FP8_SET_BOUND(r, (FP8_BOUND(a) + 2) / 2);
}

/* ---- Questions ---- */

/* Lanes whose value is 0 mod p, for a tight a below bound p. Cheap where none is: one limb is compared with those of
 * the multiples of p, and the others only where it fits. */
__mmask8 fp8_zero_among(const fp8 *a, unsigned bound, __mmask8 candidates);

static inline __mmask8 fp8_is_zero(const fp8 *a, unsigned bound) {
    KZG_CHECK(FP8_BOUND(a) <= bound && !FP8_IS_FACTOR(a));
    __mmask8 fits = 0;
    __m512i low = _mm512_setzero_si512();
    const __m512i p = _mm512_set1_epi64((long long)FP8_P[0]), mask = _mm512_set1_epi64((long long)FP8_MASK);
    for (unsigned k = 0; k < bound; k++) {
        fits |= _mm512_cmpeq_epi64_mask(a->l[0], low);
        low = _mm512_and_si512(_mm512_add_epi64(low, p), mask);
    }
    return fits == 0 ? 0 : fp8_zero_among(a, bound, fits);
}

/* Lanes where a = b mod p; a below bound_a p, b below 2^k p. */
static inline __mmask8 fp8_equal(const fp8 *a, unsigned bound_a, const fp8 *b, unsigned k) {
    fp8 t;
    fp8_sub(&t, a, b, k);
    return fp8_is_zero(&t, bound_a + (1u << k));
}

/* ---- Reductions (fp8.c) ---- */

/* r = a mod p, plus p at most: below 2p. a tight. */
void fp8_reduce(fp8 *r, const fp8 *a);

/* ---- Conversions (fp8_convert.c) ---- */

/* r in [0, p), tight: the only form in which equal values have equal limbs. One multiplication. */
void fp8_canonical(fp8 *r, const fp8 *a);

/* Lane i from *at[i], below 2p / to it. One multiplication for all eight lanes. */
void fp8_load(fp8 *r, const fp *const at[FP8_LANES]);
void fp8_store(fp *const at[FP8_LANES], const fp8 *a);
/* a in all lanes, as fp8_load gives it. */
void fp8_broadcast(fp8 *r, const fp *a);
/* The same for lanes that are stride bytes apart, starting at first; only the first n lanes (1 to 8) are read or
 * written, the others are 0. */
void fp8_load_strided(fp8 *r, const fp *first, size_t stride, size_t n);
void fp8_store_strided(fp *first, size_t stride, size_t n, const fp8 *a);

/* One lane's limbs, for values that change lanes. Lane i from *at[i], which is below bound p / to it. Only loads,
 * stores and reordering. */
struct fp8_lane {
    _Alignas(64) uint64_t l[FP8_LIMBS];
};
void fp8_gather(fp8 *r, const struct fp8_lane *const at[FP8_LANES], unsigned bound);
void fp8_scatter(struct fp8_lane *const at[FP8_LANES], const fp8 *a);

/* r[i] = *at[i] 2^12, and *at[i] 2^2, as integers, so that the lanes hold (with their 2^416) what fp (with its 2^384)
 * calls 2^-20 and 2^-30 times the value. No multiplication. x is below 2p, or below 2^12 p when it stays unreduced, y
 * below 4p. The way back takes one. */
void fp8_load_scaled_x(fp8 *r, const fp *const at[FP8_LANES]);
void fp8_load_scaled_x_unreduced(fp8 *r, const fp *const at[FP8_LANES]);
void fp8_load_scaled_y(fp8 *r, const fp *const at[FP8_LANES]);
void fp8_store_scaled_x(fp *const at[FP8_LANES], const fp8 *a);
void fp8_store_scaled_y(fp *const at[FP8_LANES], const fp8 *a);

/* ---- Powers and inverses (fp8_power.c) ---- */

/* r[i] = a[i]^exponent for i < n: a plain integer of that many 64-bit limbs, not 0. n vectors go side by side, best
 * two; scratch holds 17 n. */
void fp8_pow_n(fp8 *r, const fp8 *a, size_t n, const uint64_t *exponent, size_t limbs, fp8 *scratch);

/* a[0] and a[1], factors, become their inverses in each lane, below 2p. False, with nothing written, where a lane is
 * 0. One scalar inversion and 11 multiplications, each of which waits for the one before. */
bool fp8_inv_two(fp8 a[2]);

/* a[i] = 1/a[i] in each lane, i < n; zeros stay zero. One scalar inversion and about 3 multiplications a vector.
 * a below 2p; scratch holds n. */
void fp8_inv_batch(fp8 *a, size_t n, fp8 *scratch);

/* r[i] = a[i]^((p+1)/4), i < n; the mask says in which lanes it is a square root of a[i]. a below 2p; scratch holds
 * 17 n. */
void fp8_sqrt_n(fp8 *r, __mmask8 *ret_is_square, const fp8 *a, size_t n, fp8 *scratch);

/* ---- Cubes (fp8_cubes.c) ---- */

/* Are all eight cubes, and none 0? Each below p. */
bool fp8_all_cubes(const fp a[FP8_LANES]);

#endif
