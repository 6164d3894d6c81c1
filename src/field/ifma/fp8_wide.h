/* Sums of products in eight lanes, with one reduction for the whole sum: half of a product's multiply-adds are its
 * reduction. A sum is sixteen columns of 52 bits, not carried, which the compiler keeps in registers while the
 * functions here are inlined one after the other.
 *
 * Bounds: the factors are tight; over all products of a sum, A B (fp8.h) adds up to at most 2^34, so that what comes
 * out is below 2p. A column takes up to 16 terms below 2^52 from each product and 16 from the reduction: up to 14
 * products stay below 2^60, which is loose. Checked builds follow both. */
#ifndef FIELD_IFMA_FP8_WIDE_H
#define FIELD_IFMA_FP8_WIDE_H

#include "field/ifma/fp8.h"

#define FP8_WIDE_INLINE       static inline __attribute__((always_inline))
#define FP8_WIDE_PRODUCTS_MAX 14
#define FP8_WIDE_BOUND_MAX    (1ull << 34)

typedef struct fp8_wide {
    __m512i t[2 * FP8_LIMBS];
#ifdef KZG_CHECKED
    uint64_t bound; /* the sum of the A B */
    unsigned products;
#endif
} fp8_wide;

#ifdef KZG_CHECKED
#define FP8_WIDE_COUNT(w, a, b)                                        \
    ((w)->bound += (uint64_t)(a)->bound * (b)->bound, (w)->products++, \
     KZG_ASSERT((w)->bound <= FP8_WIDE_BOUND_MAX && (w)->products <= FP8_WIDE_PRODUCTS_MAX))
#define FP8_WIDE_CLEAR(w) ((w)->bound = 0, (w)->products = 0)
#else
#define FP8_WIDE_COUNT(w, a, b) ((void)0)
#define FP8_WIDE_CLEAR(w)       ((void)0)
#endif

FP8_WIDE_INLINE void fp8_wide_clear(fp8_wide *w) {
#pragma GCC unroll 16
    for (int i = 0; i < 2 * FP8_LIMBS; i++) w->t[i] = _mm512_setzero_si512();
    FP8_WIDE_CLEAR(w);
}

/* One row: a b_i, at limb i. */
FP8_WIDE_INLINE void fp8_wide_row(__m512i t[FP8_LIMBS + 1], const fp8 *a, __m512i b) {
#pragma GCC unroll 8
    for (int j = 0; j < FP8_LIMBS; j++) t[j] = _mm512_madd52lo_epu64(t[j], a->l[j], b);
#pragma GCC unroll 8
    for (int j = 0; j < FP8_LIMBS; j++) t[j + 1] = _mm512_madd52hi_epu64(t[j + 1], a->l[j], b);
}

/* w += a b. */
FP8_WIDE_INLINE void fp8_wide_add(fp8_wide *w, const fp8 *a, const fp8 *b) {
#pragma GCC unroll 8
    for (int i = 0; i < FP8_LIMBS; i++) fp8_wide_row(w->t + i, a, b->l[i]);
    FP8_WIDE_COUNT(w, a, b);
}

/* w += a (b's value in that lane), in every lane. The value is read from memory, which costs no permutation. */
FP8_WIDE_INLINE void fp8_wide_add_lane(fp8_wide *w, const fp8 *a, const fp8 *b, int lane) {
    const long long *limbs = (const long long *)b->l;
#pragma GCC unroll 8
    for (int i = 0; i < FP8_LIMBS; i++) fp8_wide_row(w->t + i, a, _mm512_set1_epi64(limbs[FP8_LANES * i + lane]));
    FP8_WIDE_COUNT(w, a, b);
}

/* r = w / 2^416, loose; below 2p. Column by column as in fp8.c. */
FP8_WIDE_INLINE void fp8_wide_reduce(fp8 *r, fp8_wide *w) {
#pragma GCC unroll 8
    for (int i = 0; i < FP8_LIMBS; i++) {
        __m512i *t = w->t + i;
        __m512i q = _mm512_madd52lo_epu64(_mm512_setzero_si512(), t[0], _mm512_set1_epi64((long long)FP8_N0));
        __m512i carry = _mm512_srli_epi64(_mm512_add_epi64(t[0], _mm512_set1_epi64((long long)FP8_MASK)), 52);
        __m512i low = _mm512_madd52lo_epu64(t[1], q, _mm512_set1_epi64((long long)FP8_P[1]));
        __m512i high = _mm512_madd52hi_epu64(carry, q, _mm512_set1_epi64((long long)FP8_P[0]));
        t[1] = _mm512_add_epi64(low, high);
#pragma GCC unroll 8
        for (int j = 2; j < FP8_LIMBS; j++) {
            t[j] = _mm512_madd52lo_epu64(t[j], q, _mm512_set1_epi64((long long)FP8_P[j]));
            t[j] = _mm512_madd52hi_epu64(t[j], q, _mm512_set1_epi64((long long)FP8_P[j - 1]));
        }
        t[FP8_LIMBS] = _mm512_madd52hi_epu64(t[FP8_LIMBS], q, _mm512_set1_epi64((long long)FP8_P[FP8_LIMBS - 1]));
    }
#pragma GCC unroll 8
    for (int i = 0; i < FP8_LIMBS; i++) r->l[i] = w->t[FP8_LIMBS + i];
    FP8_SET_BOUND(r, 2);
}

/* r = a mod p, plus a little: below 2p, for a between 0 and 2^12 p whose limbs are signed, in (-2^61, 2^61). The same
 * as fp8_reduce, but the limbs below the top one carry up to 2^9 either way. So 2^9 + 1 is taken from the top limb
 * first, which makes the quotient too small by at most another 2^10 / 106513. */
FP8_WIDE_INLINE void fp8_reduce_loose(fp8 *r, const fp8 *a) {
    const __m512i slack = _mm512_set1_epi64((1 << 9) + 1), zero = _mm512_setzero_si512();
    __m512i top = _mm512_max_epi64(_mm512_sub_epi64(a->l[FP8_LIMBS - 1], slack), zero);
    __m512i q = _mm512_madd52hi_epu64(zero, top, _mm512_set1_epi64((long long)FP8_RECIPROCAL));
    fp8 t;
    KZG_CHECK(FP8_BOUND(a) <= 1u << 12);
    for (int i = 0; i < FP8_LIMBS; i++)
        t.l[i] = _mm512_madd52lo_epu64(a->l[i], q, _mm512_set1_epi64((long long)FP8_MINUS_P[i]));
    for (int i = 1; i < FP8_LIMBS; i++)
        t.l[i] = _mm512_madd52hi_epu64(t.l[i], q, _mm512_set1_epi64((long long)FP8_MINUS_P[i - 1]));
    FP8_SET_BOUND(&t, 2);
    fp8_carry(r, &t);
    r->l[FP8_LIMBS - 1] = _mm512_and_si512(r->l[FP8_LIMBS - 1], _mm512_set1_epi64((long long)FP8_MASK));
}

#endif
