/* Fr in eight lanes: AVX-512 IFMA. Only files compiled with KZG_IFMA_FLAGS (cmake/compiler.cmake) include this, and
 * only field_ops.lanes says that such code may run.
 *
 * Representation: eight values, one in each 64-bit lane; l[i] holds limb i of all eight, radix 2^52, least
 * significant first. Products are Montgomery products with 2^260: a b 2^-260. Nothing here knows which form a value
 * is in; sums and products with a constant keep whatever it is (plain, times 2^256 as in fr, times 2^260), so most
 * data is never converted: a transform of plain integers by roots in the form 2^260 gives plain integers.
 *
 *   tight  every limb in [0, 2^52), the value in [0, B r) for a bound B <= 35 that the code at hand knows: 35 r <
 * 2^260, so that 260 bits always hold it. What every function takes and gives where nothing else is said. loose limbs
 * signed, |l[i]| < E 2^52 for an E <= 2^10, the value as a whole not negative and below B r: what fr8_*_loose gives.
 * Loose values can be added and subtracted, and fr8_carry makes them tight.
 *
 * Products of tight values below A r and B r are below (A B r^2 + 2^260 r)/2^260 < (A B/35 + 1) r: below 2r as long
 * as A B
 * <= 35. A constant is below r, so a product with one is below 2r whatever the other was.
 *
 * In KZG_CHECKED builds each value carries its B and its E, every function follows them, and one too large asserts.
 * Outputs may alias inputs everywhere. */
#ifndef FIELD_IFMA_FR8_H
#define FIELD_IFMA_FR8_H

#ifndef __AVX512IFMA__
#error "field/ifma is for files compiled with KZG_IFMA_FLAGS"
#endif

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "field/ifma/fr8_constants.h"
#include "field/types.h"

#define FR8_LANES      8
#define FR8_LIMBS      5
#define FR8_MASK       ((1ull << 52) - 1)
#define FR8_BOUND_MAX  35u
#define FR8_EXCESS_MAX 1024u

typedef struct fr8 {
    __m512i l[FR8_LIMBS];
#ifdef KZG_CHECKED
    uint32_t bound;  /* B */
    uint32_t excess; /* E; 1 means tight */
#endif
} fr8;

#ifdef KZG_CHECKED
#define FR8_BOUND(a)  ((a)->bound)
#define FR8_EXCESS(a) ((a)->excess)
#define FR8_SET_BOUNDS(r, b, e) \
    ((r)->bound = (b), (r)->excess = (e), KZG_ASSERT((r)->bound <= FR8_BOUND_MAX && (r)->excess <= FR8_EXCESS_MAX))
#else
#define FR8_BOUND(a)            0u
#define FR8_EXCESS(a)           0u
#define FR8_SET_BOUNDS(r, b, e) ((void)0)
#endif

#define FR8_INLINE static inline __attribute__((always_inline))

/* ---- Whole values ---- */

FR8_INLINE __m512i fr8_word(uint64_t word) {
    return _mm512_set1_epi64((long long)word);
}

/* The same value, below r, in all lanes. */
FR8_INLINE void fr8_set(fr8 *r, const uint64_t value[FR8_LIMBS]) {
    for (int i = 0; i < FR8_LIMBS; i++) r->l[i] = fr8_word(value[i]);
    FR8_SET_BOUNDS(r, 1, 1);
}

FR8_INLINE void fr8_set_zero(fr8 *r) {
    for (int i = 0; i < FR8_LIMBS; i++) r->l[i] = _mm512_setzero_si512();
    FR8_SET_BOUNDS(r, 1, 1);
}

/* Lanes of b where the mask has a bit, else of a. */
FR8_INLINE void fr8_select(fr8 *r, __mmask8 mask, const fr8 *a, const fr8 *b) {
    FR8_SET_BOUNDS(r, FR8_BOUND(a) > FR8_BOUND(b) ? FR8_BOUND(a) : FR8_BOUND(b),
                   FR8_EXCESS(a) > FR8_EXCESS(b) ? FR8_EXCESS(a) : FR8_EXCESS(b));
    for (int i = 0; i < FR8_LIMBS; i++) r->l[i] = _mm512_mask_mov_epi64(a->l[i], mask, b->l[i]);
}

/* ---- Sums ---- */

/* Loose to tight. The value is not negative and below 2^260, so the top limb ends in [0, 2^52). */
FR8_INLINE void fr8_carry(fr8 *r, const fr8 *a) {
    const __m512i mask = fr8_word(FR8_MASK);
    __m512i carry = _mm512_setzero_si512();
    for (int i = 0; i < FR8_LIMBS - 1; i++) {
        __m512i t = i == 0 ? a->l[0] : _mm512_add_epi64(a->l[i], carry);
        carry = _mm512_srai_epi64(t, 52);
        r->l[i] = _mm512_and_si512(t, mask);
    }
    r->l[FR8_LIMBS - 1] = _mm512_add_epi64(a->l[FR8_LIMBS - 1], carry);
    FR8_SET_BOUNDS(r, FR8_BOUND(a), 1);
}

/* r = a + b, loose; a and b tight or loose. */
FR8_INLINE void fr8_add_loose(fr8 *r, const fr8 *a, const fr8 *b) {
    FR8_SET_BOUNDS(r, FR8_BOUND(a) + FR8_BOUND(b), FR8_EXCESS(a) + FR8_EXCESS(b));
    for (int i = 0; i < FR8_LIMBS; i++) r->l[i] = _mm512_add_epi64(a->l[i], b->l[i]);
}

/* r = a - b + k r, loose; a and b tight or loose, b below k r. k is a constant below 35. */
FR8_INLINE void fr8_sub_loose(fr8 *r, const fr8 *a, const fr8 *b, unsigned k) {
    KZG_CHECK(FR8_BOUND(b) <= k);
    FR8_SET_BOUNDS(r, FR8_BOUND(a) + k, FR8_EXCESS(a) + FR8_EXCESS(b) + 1);
    for (int i = 0; i < FR8_LIMBS; i++)
        r->l[i] = _mm512_add_epi64(_mm512_sub_epi64(a->l[i], b->l[i]), fr8_word(FR8_R_TIMES[k][i]));
}

/* r = a + b, below (A + B) r. */
FR8_INLINE void fr8_add(fr8 *r, const fr8 *a, const fr8 *b) {
    fr8_add_loose(r, a, b);
    fr8_carry(r, r);
}

/* r = a - b + k r, for b below k r; below (A + k) r. k is a constant below 35. */
FR8_INLINE void fr8_sub(fr8 *r, const fr8 *a, const fr8 *b, unsigned k) {
    fr8_sub_loose(r, a, b, k);
    fr8_carry(r, r);
}

/* r = k r - a, for a below k r: at most k r, so B = k + 1. k is a constant below 35. */
FR8_INLINE void fr8_neg(fr8 *r, const fr8 *a, unsigned k) {
    fr8 zero;
    fr8_set_zero(&zero);
    fr8_sub(r, &zero, a, k);
}

/* ---- Products ---- */

/* One step of a reduction: makes column i of t a multiple of 2^52 by adding a multiple of r, and carries it over. Its
 * lowest limb need not be computed: column i ends at its old value rounded up to a multiple of 2^52. */
FR8_INLINE void fr8_reduce_column(__m512i t[2 * FR8_LIMBS], int i) {
    const __m512i zero = _mm512_setzero_si512();
    __m512i q = _mm512_madd52lo_epu64(zero, t[i], fr8_word(FR8_N0));
    t[i + 1] = _mm512_add_epi64(t[i + 1], _mm512_srli_epi64(_mm512_add_epi64(t[i], fr8_word(FR8_MASK)), 52));
    for (int j = 1; j < FR8_LIMBS; j++) t[i + j] = _mm512_madd52lo_epu64(t[i + j], q, fr8_word(FR8_R[j]));
    for (int j = 0; j < FR8_LIMBS; j++) t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], q, fr8_word(FR8_R[j]));
}

/* r = a b 2^-260, loose: column 5 collects most, 9 low or high halves of limb products of a b and as many of q r and
 * a carry. 50 + 50 multiply-adds and 15 other instructions for eight products. */
FR8_INLINE void fr8_mul_loose(fr8 *r, const fr8 *a, const fr8 *b) {
    KZG_CHECK(FR8_EXCESS(a) == 1 && FR8_EXCESS(b) == 1);
    __m512i t[2 * FR8_LIMBS];
    for (int i = 0; i < 2 * FR8_LIMBS; i++) t[i] = _mm512_setzero_si512();
    for (int i = 0; i < FR8_LIMBS; i++) {
        for (int j = 0; j < FR8_LIMBS; j++) t[i + j] = _mm512_madd52lo_epu64(t[i + j], a->l[j], b->l[i]);
        for (int j = 0; j < FR8_LIMBS; j++) t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], a->l[j], b->l[i]);
        fr8_reduce_column(t, i);
    }
    FR8_SET_BOUNDS(r, (FR8_BOUND(a) * FR8_BOUND(b) + 34) / 35 + 1, 19);
    for (int i = 0; i < FR8_LIMBS; i++) r->l[i] = t[FR8_LIMBS + i];
}

/* r = a b 2^-260. */
FR8_INLINE void fr8_mul(fr8 *r, const fr8 *a, const fr8 *b) {
    fr8_mul_loose(r, a, b);
    fr8_carry(r, r);
}

/* r = a^2 2^-260: the products of different limbs are computed once and doubled. */
FR8_INLINE void fr8_sqr(fr8 *r, const fr8 *a) {
    KZG_CHECK(FR8_EXCESS(a) == 1);
    __m512i t[2 * FR8_LIMBS];
    for (int i = 0; i < 2 * FR8_LIMBS; i++) t[i] = _mm512_setzero_si512();
    for (int i = 0; i < FR8_LIMBS; i++) {
        for (int j = i + 1; j < FR8_LIMBS; j++) {
            t[i + j] = _mm512_madd52lo_epu64(t[i + j], a->l[j], a->l[i]);
            t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], a->l[j], a->l[i]);
        }
    }
    for (int i = 1; i < 2 * FR8_LIMBS; i++) t[i] = _mm512_add_epi64(t[i], t[i]);
    for (int i = 0; i < FR8_LIMBS; i++) {
        t[2 * i] = _mm512_madd52lo_epu64(t[2 * i], a->l[i], a->l[i]);
        t[2 * i + 1] = _mm512_madd52hi_epu64(t[2 * i + 1], a->l[i], a->l[i]);
    }
    for (int i = 0; i < FR8_LIMBS; i++) fr8_reduce_column(t, i);
    FR8_SET_BOUNDS(r, (FR8_BOUND(a) * FR8_BOUND(a) + 34) / 35 + 1, 19);
    for (int i = 0; i < FR8_LIMBS; i++) r->l[i] = t[FR8_LIMBS + i];
    fr8_carry(r, r);
}

/* ---- Reduction ---- */

/* r = a mod r, plus r at most: below 2r. With q = floor(35 l[4] / 2^52) and 35 < 2^260/r < 35.34: q <= a/r, and a/r -
 * q < 0.34 + 1 + 2^-46. q (2^260 - r) is added, and the q that the top limb carries out is cut off. */
FR8_INLINE void fr8_fold(fr8 *r, const fr8 *a) {
    KZG_CHECK(FR8_EXCESS(a) == 1);
    __m512i q = _mm512_madd52hi_epu64(_mm512_setzero_si512(), a->l[FR8_LIMBS - 1], fr8_word(35));
    fr8 t;
    for (int i = 0; i < FR8_LIMBS; i++) t.l[i] = _mm512_madd52lo_epu64(a->l[i], q, fr8_word(FR8_MINUS_R[i]));
    for (int i = 1; i < FR8_LIMBS; i++) t.l[i] = _mm512_madd52hi_epu64(t.l[i], q, fr8_word(FR8_MINUS_R[i - 1]));
    FR8_SET_BOUNDS(&t, 2, 3);
    fr8_carry(r, &t);
    r->l[FR8_LIMBS - 1] = _mm512_and_si512(r->l[FR8_LIMBS - 1], fr8_word(FR8_MASK));
}

/* a - r into d (where it is not negative); the lanes where a is below r come back. */
FR8_INLINE __mmask8 fr8_subtract_modulus(fr8 *d, const fr8 *a) {
    KZG_CHECK(FR8_EXCESS(a) == 1);
    fr8 t;
    for (int i = 0; i < FR8_LIMBS; i++) t.l[i] = _mm512_sub_epi64(a->l[i], fr8_word(FR8_R[i]));
    FR8_SET_BOUNDS(&t, FR8_BOUND(a), 1);
    fr8_carry(d, &t);
    return _mm512_movepi64_mask(d->l[FR8_LIMBS - 1]);
}

/* r in [0, r): the only form in which equal values have equal limbs. */
FR8_INLINE void fr8_canonical(fr8 *r, const fr8 *a) {
    fr8 t, d;
    fr8_fold(&t, a);
    __mmask8 below = fr8_subtract_modulus(&d, &t);
    fr8_select(r, below, &d, &t);
    FR8_SET_BOUNDS(r, 1, 1);
}

/* Lanes whose value is zero, for a canonical one. */
FR8_INLINE __mmask8 fr8_is_zero(const fr8 *a) {
    KZG_CHECK(FR8_BOUND(a) == 1 && FR8_EXCESS(a) == 1);
    __m512i any = a->l[0];
    for (int i = 1; i < FR8_LIMBS; i++) any = _mm512_or_si512(any, a->l[i]);
    return _mm512_testn_epi64_mask(any, any);
}

/* ---- Between lanes and 32-byte integers ---- */

/* Eight 64-bit words at a time: w[k] lane i is word k (least significant first) of the i-th integer. */
FR8_INLINE void fr8_from_words(fr8 *r, const __m512i w[4]) {
    const __m512i mask = fr8_word(FR8_MASK);
    r->l[0] = _mm512_and_si512(w[0], mask);
    for (int i = 1; i < 4; i++)
        r->l[i] = _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64(w[i - 1], (unsigned)(64 - 12 * i)),
                                                   _mm512_slli_epi64(w[i], (unsigned)(12 * i))),
                                   mask);
    r->l[4] = _mm512_srli_epi64(w[3], 16);
    FR8_SET_BOUNDS(r, 3, 1); /* 2^256 < 3 r */
}

/* The other way, for values below 2^256. */
FR8_INLINE void fr8_to_words(__m512i w[4], const fr8 *a) {
    KZG_CHECK(FR8_BOUND(a) <= 2 && FR8_EXCESS(a) == 1);
    for (int i = 0; i < 4; i++)
        w[i] = _mm512_or_si512(i == 0 ? a->l[0] : _mm512_srli_epi64(a->l[i], (unsigned)(12 * i)),
                               _mm512_slli_epi64(a->l[i + 1], (unsigned)(52 - 12 * i)));
}

/* Eight rows of four words, `stride` bytes apart, to four vectors, and back: 4x4 transpositions in both halves. */
FR8_INLINE void fr8_gather_words(__m512i w[4], const void *rows, size_t stride) {
    const uint8_t *p = rows;
    const __m512i low = _mm512_set_epi64(13, 12, 5, 4, 9, 8, 1, 0),
                  high = _mm512_set_epi64(15, 14, 7, 6, 11, 10, 3, 2);
    __m512i z[4];
    for (size_t i = 0; i < 4; i++)
        z[i] = _mm512_inserti64x4(
            _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)(const void *)(p + i * stride))),
            _mm256_loadu_si256((const __m256i *)(const void *)(p + (i + 4) * stride)), 1);
    __m512i a = _mm512_unpacklo_epi64(z[0], z[1]), b = _mm512_unpackhi_epi64(z[0], z[1]);
    __m512i c = _mm512_unpacklo_epi64(z[2], z[3]), d = _mm512_unpackhi_epi64(z[2], z[3]);
    w[0] = _mm512_permutex2var_epi64(a, low, c);
    w[1] = _mm512_permutex2var_epi64(b, low, d);
    w[2] = _mm512_permutex2var_epi64(a, high, c);
    w[3] = _mm512_permutex2var_epi64(b, high, d);
}

FR8_INLINE void fr8_scatter_words(void *rows, size_t stride, const __m512i w[4]) {
    uint8_t *p = rows;
    const __m512i low = _mm512_set_epi64(13, 12, 5, 4, 9, 8, 1, 0),
                  high = _mm512_set_epi64(15, 14, 7, 6, 11, 10, 3, 2);
    __m512i a = _mm512_unpacklo_epi64(w[0], w[1]), b = _mm512_unpackhi_epi64(w[0], w[1]);
    __m512i c = _mm512_unpacklo_epi64(w[2], w[3]), d = _mm512_unpackhi_epi64(w[2], w[3]);
    __m512i z[4] = {_mm512_permutex2var_epi64(a, low, c), _mm512_permutex2var_epi64(b, low, d),
                    _mm512_permutex2var_epi64(a, high, c), _mm512_permutex2var_epi64(b, high, d)};
    for (size_t i = 0; i < 4; i++) {
        _mm256_storeu_si256((__m256i *)(void *)(p + i * stride), _mm512_castsi512_si256(z[i]));
        _mm256_storeu_si256((__m256i *)(void *)(p + (i + 4) * stride), _mm512_extracti64x4_epi64(z[i], 1));
    }
}

FR8_INLINE __m512i fr8_swap_bytes(__m512i words) {
    const __m128i order = _mm_set_epi8(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    return _mm512_shuffle_epi8(words, _mm512_broadcast_i32x4(order));
}

/* Lane i is in[i * stride], limbs as they are: below r, in the form that they are in. */
FR8_INLINE void fr8_load(fr8 *r, const fr *in, size_t stride) {
    __m512i w[4];
    fr8_gather_words(w, in, stride * sizeof *in);
    fr8_from_words(r, w);
    FR8_SET_BOUNDS(r, 1, 1);
}

/* out[i * stride] is lane i, made canonical. */
FR8_INLINE void fr8_store(fr *out, size_t stride, const fr8 *a) {
    fr8 t;
    __m512i w[4];
    fr8_canonical(&t, a);
    fr8_to_words(w, &t);
    fr8_scatter_words(out, stride * sizeof *out, w);
}

/* Lane i is the plain integer of 32 bytes, big-endian, at in + i * stride. The lanes where it is below r come back;
 * the others hold what is there, below 2^256. */
FR8_INLINE __mmask8 fr8_load_be(fr8 *r, const uint8_t *in, size_t stride) {
    __m512i swapped[4], w[4];
    fr8 drop;
    fr8_gather_words(swapped, in, stride);
    for (int k = 0; k < 4; k++) w[k] = fr8_swap_bytes(swapped[3 - k]);
    fr8_from_words(r, w);
    return fr8_subtract_modulus(&drop, r);
}

/* The other way, for plain integers; made canonical. */
FR8_INLINE void fr8_store_be(uint8_t *out, size_t stride, const fr8 *a) {
    fr8 t;
    __m512i swapped[4], w[4];
    fr8_canonical(&t, a);
    fr8_to_words(w, &t);
    for (int k = 0; k < 4; k++) swapped[k] = fr8_swap_bytes(w[3 - k]);
    fr8_scatter_words(out, stride, swapped);
}

/* ---- Between vectors ---- */

/* Lane i of vector j goes to lane j of vector i. */
FR8_INLINE void fr8_transpose_words(__m512i v[8]) {
    const __m512i low = _mm512_set_epi64(13, 12, 5, 4, 9, 8, 1, 0),
                  high = _mm512_set_epi64(15, 14, 7, 6, 11, 10, 3, 2);
    __m512i a[8], b[8];
    for (int i = 0; i < 8; i += 2) {
        a[i] = _mm512_unpacklo_epi64(v[i], v[i + 1]);
        a[i + 1] = _mm512_unpackhi_epi64(v[i], v[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        for (int k = 0; k < 2; k++) {
            b[i + k] = _mm512_permutex2var_epi64(a[i + k], low, a[i + k + 2]);
            b[i + k + 2] = _mm512_permutex2var_epi64(a[i + k], high, a[i + k + 2]);
        }
    }
    for (int i = 0; i < 4; i++) {
        v[i] = _mm512_shuffle_i64x2(b[i], b[i + 4], 0x44);
        v[i + 4] = _mm512_shuffle_i64x2(b[i], b[i + 4], 0xee);
    }
}

FR8_INLINE void fr8_transpose(fr8 v[8]) {
    for (int limb = 0; limb < FR8_LIMBS; limb++) {
        __m512i w[8];
        for (int i = 0; i < 8; i++) w[i] = v[i].l[limb];
        fr8_transpose_words(w);
        for (int i = 0; i < 8; i++) v[i].l[limb] = w[i];
    }
#ifdef KZG_CHECKED
    for (int i = 1; i < 8; i++) {
        if (v[i].bound > v[0].bound) v[0].bound = v[i].bound;
        if (v[i].excess > v[0].excess) v[0].excess = v[i].excess;
    }
    for (int i = 1; i < 8; i++) v[i].bound = v[0].bound, v[i].excess = v[0].excess;
#endif
}

#endif
