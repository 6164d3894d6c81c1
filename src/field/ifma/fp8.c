/* Products in eight lanes: see fp8.h for the ranges. */
#include "field/ifma/fp8.h"

#define INLINE static inline __attribute__((always_inline))

INLINE __m512i broadcast(uint64_t x) {
    return _mm512_set1_epi64((long long)x);
}

/* The accumulators of one product. Bounds: a limb takes at most 4 terms below 2^52 in each of 8 rounds and carries
 * below 2^12, so it stays below 2^58. */
typedef struct sum {
    __m512i t[FP8_LIMBS];
} sum;

/* t = (t + q p) / 2^52 with q such that the division is exact. The lowest limb's low product is not computed: it is
 * what lacks t[0] to a multiple of 2^52, so that what is carried is t[0] / 2^52, rounded up. With high it also takes
 * the high halves of a b, which belong one limb further up. */
INLINE void reduce_limb(sum *s) {
    const __m512i zero = _mm512_setzero_si512();
    __m512i q = _mm512_madd52lo_epu64(zero, s->t[0], broadcast(FP8_N0));
    __m512i carry = _mm512_srli_epi64(_mm512_add_epi64(s->t[0], broadcast(FP8_MASK)), 52);
    /* Two chains to the next lowest limb, for it alone is waited for. */
    __m512i low = _mm512_madd52lo_epu64(s->t[1], q, broadcast(FP8_P[1]));
    __m512i high = _mm512_madd52hi_epu64(carry, q, broadcast(FP8_P[0]));
    s->t[0] = _mm512_add_epi64(low, high);
#pragma GCC unroll 8
    for (int j = 1; j < FP8_LIMBS - 1; j++) {
        __m512i t = _mm512_madd52lo_epu64(s->t[j + 1], q, broadcast(FP8_P[j + 1]));
        s->t[j] = _mm512_madd52hi_epu64(t, q, broadcast(FP8_P[j]));
    }
    s->t[7] = _mm512_madd52hi_epu64(zero, q, broadcast(FP8_P[7]));
}

INLINE void add_low(sum *s, const fp8 *a, __m512i b) {
#pragma GCC unroll 8
    for (int j = 0; j < FP8_LIMBS; j++) s->t[j] = _mm512_madd52lo_epu64(s->t[j], a->l[j], b);
}

INLINE void add_high(sum *s, const fp8 *a, __m512i b) {
#pragma GCC unroll 8
    for (int j = 0; j < FP8_LIMBS; j++) s->t[j] = _mm512_madd52hi_epu64(s->t[j], a->l[j], b);
}

INLINE void clear(sum *s) {
#pragma GCC unroll 8
    for (int j = 0; j < FP8_LIMBS; j++) s->t[j] = _mm512_setzero_si512();
}

/* To a tight value. */
INLINE void settle(fp8 *r, const sum *s) {
    const __m512i mask = broadcast(FP8_MASK);
    __m512i carry = _mm512_setzero_si512();
#pragma GCC unroll 8
    for (int j = 0; j < FP8_LIMBS - 1; j++) {
        __m512i t = _mm512_add_epi64(s->t[j], carry);
        carry = _mm512_srli_epi64(t, 52);
        r->l[j] = _mm512_and_si512(t, mask);
    }
    r->l[FP8_LIMBS - 1] = _mm512_add_epi64(s->t[FP8_LIMBS - 1], carry);
    FP8_SET_BOUND(r, 2);
}

void fp8_mul(fp8 *r, const fp8 *a, const fp8 *b) {
    sum s;
    clear(&s);
#pragma GCC unroll 8
    for (int i = 0; i < FP8_LIMBS; i++) {
        add_low(&s, a, b->l[i]);
        reduce_limb(&s);
        add_high(&s, a, b->l[i]);
    }
    settle(r, &s);
}

void fp8_mul2(fp8 *r0, const fp8 *a0, const fp8 *b0, fp8 *r1, const fp8 *a1, const fp8 *b1) {
    sum s, u;
    clear(&s);
    clear(&u);
#pragma GCC unroll 8
    for (int i = 0; i < FP8_LIMBS; i++) {
        add_low(&s, a0, b0->l[i]);
        add_low(&u, a1, b1->l[i]);
        reduce_limb(&s);
        reduce_limb(&u);
        add_high(&s, a0, b0->l[i]);
        add_high(&u, a1, b1->l[i]);
    }
    settle(r0, &s);
    settle(r1, &u);
}

/* All sixteen columns of a^2: the products of different limbs once, doubled, then the squares. A column takes at most
 * 8 doubled terms and 2 more, all below 2^52. */
INLINE void square_columns(__m512i t[2 * FP8_LIMBS], const fp8 *a) {
#pragma GCC unroll 16
    for (int k = 0; k < 2 * FP8_LIMBS; k++) t[k] = _mm512_setzero_si512();
#pragma GCC unroll 8
    for (int i = 0; i < FP8_LIMBS - 1; i++) {
#pragma GCC unroll 8
        for (int j = i + 1; j < FP8_LIMBS; j++) {
            t[i + j] = _mm512_madd52lo_epu64(t[i + j], a->l[i], a->l[j]);
            t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], a->l[i], a->l[j]);
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < FP8_LIMBS; i++) {
        t[2 * i] = _mm512_madd52lo_epu64(_mm512_add_epi64(t[2 * i], t[2 * i]), a->l[i], a->l[i]);
        t[2 * i + 1] = _mm512_madd52hi_epu64(_mm512_add_epi64(t[2 * i + 1], t[2 * i + 1]), a->l[i], a->l[i]);
    }
}

/* Column c and the eight above it: the quotient q p is added so that column c becomes a multiple of 2^52, which is
 * carried up (reduce_limb). */
INLINE void reduce_column(__m512i *t) {
    __m512i q = _mm512_madd52lo_epu64(_mm512_setzero_si512(), t[0], broadcast(FP8_N0));
    __m512i carry = _mm512_srli_epi64(_mm512_add_epi64(t[0], broadcast(FP8_MASK)), 52);
    __m512i low = _mm512_madd52lo_epu64(t[1], q, broadcast(FP8_P[1]));
    __m512i high = _mm512_madd52hi_epu64(carry, q, broadcast(FP8_P[0]));
    t[1] = _mm512_add_epi64(low, high);
#pragma GCC unroll 8
    for (int j = 2; j < FP8_LIMBS; j++) {
        t[j] = _mm512_madd52lo_epu64(t[j], q, broadcast(FP8_P[j]));
        t[j] = _mm512_madd52hi_epu64(t[j], q, broadcast(FP8_P[j - 1]));
    }
    t[8] = _mm512_madd52hi_epu64(t[8], q, broadcast(FP8_P[7]));
}

void fp8_sqr(fp8 *r, const fp8 *a) {
    __m512i t[2 * FP8_LIMBS];
    square_columns(t, a);
#pragma GCC unroll 8
    for (int i = 0; i < FP8_LIMBS; i++) reduce_column(t + i);
    sum s;
#pragma GCC unroll 8
    for (int j = 0; j < FP8_LIMBS; j++) s.t[j] = t[FP8_LIMBS + j];
    settle(r, &s);
}

/* Sixteen columns of one square fill the registers: one after the other, the CPU looks far enough ahead. */
void fp8_sqr2(fp8 *r0, const fp8 *a0, fp8 *r1, const fp8 *a1) {
    fp8 t;
    fp8_sqr(&t, a0);
    fp8_sqr(r1, a1);
    *r0 = t;
}

void fp8_mul_n(fp8 *r, const fp8 *a, const fp8 *b, size_t n) {
    size_t i = 0;
    for (; i + 2 <= n; i += 2) fp8_mul2(&r[i], &a[i], &b[i], &r[i + 1], &a[i + 1], &b[i + 1]);
    if (i < n) fp8_mul(&r[i], &a[i], &b[i]);
}

void fp8_sqr_n(fp8 *r, const fp8 *a, size_t n) {
    for (size_t i = 0; i < n; i++) fp8_sqr(&r[i], &a[i]);
}

__mmask8 fp8_zero_among(const fp8 *a, unsigned bound, __mmask8 candidates) {
    __mmask8 zero = 0;
    uint64_t multiple[FP8_LIMBS] = {0};
    for (unsigned k = 0; k < bound; k++) {
        __mmask8 same = candidates;
        uint64_t carry = 0;
        for (int i = 0; i < FP8_LIMBS; i++) {
            same = _mm512_mask_cmpeq_epi64_mask(same, a->l[i], broadcast(multiple[i]));
            uint64_t t = multiple[i] + FP8_P[i] + carry;
            multiple[i] = t & FP8_MASK;
            carry = t >> 52;
        }
        zero |= same;
    }
    return zero;
}

/* The quotient from the top limb as in fp8_reduce_small, too small by at most 2^12 (0.88 / 106513 + 2^-32) + 1. Then
 * q (2^416 - p) is added, and the q that the top limb carries out is cut off. */
void fp8_reduce(fp8 *r, const fp8 *a) {
    KZG_CHECK(FP8_BOUND(a) <= 1u << 12);
    __m512i q =
        _mm512_madd52hi_epu64(_mm512_setzero_si512(), a->l[FP8_LIMBS - 1], broadcast((1ull << 52) / FP8_TOP_ABOVE));
    fp8 t;
    for (int i = 0; i < FP8_LIMBS; i++) t.l[i] = _mm512_madd52lo_epu64(a->l[i], q, broadcast(FP8_MINUS_P[i]));
    for (int i = 1; i < FP8_LIMBS; i++) t.l[i] = _mm512_madd52hi_epu64(t.l[i], q, broadcast(FP8_MINUS_P[i - 1]));
    FP8_SET_BOUND(&t, 2);
    fp8_carry(r, &t);
    r->l[FP8_LIMBS - 1] = _mm512_and_si512(r->l[FP8_LIMBS - 1], broadcast(FP8_MASK));
}
