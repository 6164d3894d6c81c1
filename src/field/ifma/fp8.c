/* Products in eight lanes: see fp8.h for the ranges. */
#include "field/ifma/fp8.h"

#include <stdbool.h>

#define INLINE static inline __attribute__((always_inline))

static const uint64_t N0 = FP8_N0, ROUNDING = FP8_MASK, ROUNDING_FIRST = FP8_MASK + (1ull << 52),
                      ROUNDING_LAST = FP8_MASK >> 1;

INLINE __m512i broadcast(uint64_t x) {
    return _mm512_set1_epi64((long long)x);
}

/* A constant in all lanes, from memory: what the compiler sees it moves from a scalar register, which takes the ports
 * that multiply. */
INLINE __m512i from_memory(const uint64_t *constant) {
    __asm__("" : "+r"(constant));
    return _mm512_set1_epi64((long long)*constant);
}

/* Nothing read before this is kept: operands of a row come from memory once more. Else the compiler keeps all of both
 * products' operands, runs out of registers, and moves them to the stack and back: 970 instructions instead of 740.
 */
INLINE void forget_memory(void) {
    __asm__ volatile("" ::: "memory");
}

/* ---- One limb of b after the other ---- */

/* The accumulators of one product. Each starts with 2^52 - 1 more than its value, so that the limb that is shifted
 * out is rounded up by that.
 *
 * Bounds: a limb takes at most 4 terms below 2^52 in each of 8 rounds, carries below 2^12 and what it starts with, so
 * it stays below 2^58. */
typedef struct sum {
    __m512i t[FP8_LIMBS];
} sum;

INLINE void start(sum *s) {
    const __m512i rounding = from_memory(&ROUNDING);
#pragma GCC unroll 8
    for (int j = 0; j < FP8_LIMBS; j++) s->t[j] = rounding;
}

/* t = (t + q p) / 2^52 with q such that the division is exact. The lowest limb's low product is not computed: it is
 * what lacks t[0] to a multiple of 2^52, so that what is carried is t[0] / 2^52, rounded up. The new top limb starts
 * with top. t[0] is one less than it should be modulo 2^52, so q starts with what that takes off; bits of q above the
 * 52nd do not count. */
INLINE void reduce_limb(sum *s, __m512i top) {
    const __m512i n0 = from_memory(&N0);
    __m512i q = _mm512_madd52lo_epu64(n0, s->t[0], n0);
    __m512i carry = _mm512_srli_epi64(s->t[0], 52);
    /* Two chains to the next lowest limb, for it alone is waited for. */
    __m512i low = _mm512_madd52lo_epu64(s->t[1], q, from_memory(&FP8_P[1]));
    __m512i high = _mm512_madd52hi_epu64(carry, q, from_memory(&FP8_P[0]));
    s->t[0] = _mm512_add_epi64(low, high);
#pragma GCC unroll 8
    for (int j = 1; j < FP8_LIMBS - 1; j++) {
        __m512i t = _mm512_madd52lo_epu64(s->t[j + 1], q, from_memory(&FP8_P[j + 1]));
        s->t[j] = _mm512_madd52hi_epu64(t, q, from_memory(&FP8_P[j]));
    }
    s->t[7] = _mm512_madd52hi_epu64(top, q, from_memory(&FP8_P[7]));
}

/* The multiplication takes its last operand from memory. */
INLINE void add_low(sum *s, const fp8 *a, __m512i b) {
#pragma GCC unroll 8
    for (int j = 0; j < FP8_LIMBS; j++) s->t[j] = _mm512_madd52lo_epu64(s->t[j], b, a->l[j]);
}

INLINE void add_high(sum *s, const fp8 *a, __m512i b) {
#pragma GCC unroll 8
    for (int j = 0; j < FP8_LIMBS; j++) s->t[j] = _mm512_madd52hi_epu64(s->t[j], b, a->l[j]);
}

/* Two at a time; if asked, each with c more, else c is not read. */
INLINE void multiply2(sum *s, const fp8 *a0, const fp8 *b0, const fp8 *c0, sum *u, const fp8 *a1, const fp8 *b1,
                      const fp8 *c1, bool add) {
    KZG_CHECK((uint64_t)FP8_BOUND(a0) * FP8_BOUND(b0) <= FP8_BOUND_OF_PRODUCT);
    KZG_CHECK((uint64_t)FP8_BOUND(a1) * FP8_BOUND(b1) <= FP8_BOUND_OF_PRODUCT);
    start(s);
    start(u);
#pragma GCC unroll 8
    for (int i = 0; i < FP8_LIMBS; i++) {
        forget_memory();
        add_low(s, a0, b0->l[i]);
        add_low(u, a1, b1->l[i]);
        reduce_limb(s, add ? c0->l[i] : _mm512_setzero_si512());
        reduce_limb(u, add ? c1->l[i] : _mm512_setzero_si512());
        add_high(s, a0, b0->l[i]);
        add_high(u, a1, b1->l[i]);
    }
}

/* ---- What a product ends as ---- */

/* To a tight value, or to a factor. */
INLINE void settle(fp8 *r, const __m512i t[FP8_LIMBS], bool tight) {
    const __m512i mask = _mm512_set1_epi64((long long)FP8_MASK);
    __m512i carry = _mm512_setzero_si512();
#pragma GCC unroll 8
    for (int j = 0; j < FP8_LIMBS - 1; j++) {
        __m512i limb = j == 0 ? t[j] : _mm512_add_epi64(t[j], carry);
        carry = _mm512_srli_epi64(limb, 52);
        r->l[j] = tight ? _mm512_and_si512(limb, mask) : limb;
    }
    r->l[FP8_LIMBS - 1] = _mm512_add_epi64(t[FP8_LIMBS - 1], carry);
    FP8_SET_BOUND(r, 2);
    if (!tight) FP8_SET_FACTOR(r);
}

INLINE void leave_loose(fp8 *r, const __m512i t[FP8_LIMBS], unsigned bound) {
#pragma GCC unroll 8
    for (int j = 0; j < FP8_LIMBS; j++) r->l[j] = t[j];
    FP8_SET_BOUND(r, bound);
    (void)bound;
}

void fp8_mul2(fp8 *r0, const fp8 *a0, const fp8 *b0, fp8 *r1, const fp8 *a1, const fp8 *b1) {
    sum s, u;
    multiply2(&s, a0, b0, NULL, &u, a1, b1, NULL, false);
    settle(r0, s.t, true);
    settle(r1, u.t, true);
}

void fp8_mul2_factor(fp8 *r0, const fp8 *a0, const fp8 *b0, fp8 *r1, const fp8 *a1, const fp8 *b1) {
    sum s, u;
    multiply2(&s, a0, b0, NULL, &u, a1, b1, NULL, false);
    settle(r0, s.t, false);
    settle(r1, u.t, false);
}

void fp8_mul2_add_loose(fp8 *r0, const fp8 *a0, const fp8 *b0, const fp8 *c0, fp8 *r1, const fp8 *a1, const fp8 *b1,
                        const fp8 *c1) {
    sum s, u;
    multiply2(&s, a0, b0, c0, &u, a1, b1, c1, true);
    unsigned bound0 = 2 + FP8_BOUND(c0), bound1 = 2 + FP8_BOUND(c1);
    leave_loose(r0, s.t, bound0);
    leave_loose(r1, u.t, bound1);
}

/* ---- Column by column ---- */

/* All sixteen columns of a^2: the products of different limbs once, doubled, then the squares. A column takes at most
 * 8 doubled terms and 2 more, all below 2^52.
 *
 * The lower eight also have what rounds them up when they are shifted out (start), 2^52 - 1, and 2^52 more, that is
 * one more for the next column, which lacks it then: twice 2^52 - 1, and that is what doubling makes of 2^52 - 1. The
 * first has no column before it, and the last must not give to the next. */
INLINE void start_square(__m512i t[2 * FP8_LIMBS], const fp8 *a) {
    const __m512i rounding = from_memory(&ROUNDING);
    KZG_CHECK((uint64_t)FP8_BOUND(a) * FP8_BOUND(a) <= FP8_BOUND_OF_PRODUCT);
    (void)a;
    t[0] = from_memory(&ROUNDING_FIRST);
#pragma GCC unroll 8
    for (int k = 1; k < FP8_LIMBS - 1; k++) t[k] = rounding;
    t[FP8_LIMBS - 1] = from_memory(&ROUNDING_LAST);
#pragma GCC unroll 8
    for (int k = FP8_LIMBS; k < 2 * FP8_LIMBS; k++) t[k] = _mm512_setzero_si512();
}

/* Limb i times those above it. */
INLINE void square_row(__m512i t[2 * FP8_LIMBS], const fp8 *a, int i) {
    const __m512i limb = a->l[i];
#pragma GCC unroll 8
    for (int j = i + 1; j < FP8_LIMBS; j++) {
        t[i + j] = _mm512_madd52lo_epu64(t[i + j], limb, a->l[j]);
        t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], limb, a->l[j]);
    }
}

INLINE void end_square(__m512i t[2 * FP8_LIMBS], const fp8 *a) {
#pragma GCC unroll 16
    for (int k = 1; k < 2 * FP8_LIMBS - 1; k++) t[k] = _mm512_add_epi64(t[k], t[k]);
#pragma GCC unroll 8
    for (int i = 0; i < FP8_LIMBS; i++) {
        t[2 * i] = _mm512_madd52lo_epu64(t[2 * i], a->l[i], a->l[i]);
        t[2 * i + 1] = _mm512_madd52hi_epu64(t[2 * i + 1], a->l[i], a->l[i]);
    }
}

INLINE void square_columns(__m512i t[2 * FP8_LIMBS], const fp8 *a) {
    start_square(t, a);
#pragma GCC unroll 8
    for (int i = 0; i < FP8_LIMBS - 1; i++) square_row(t, a, i);
    end_square(t, a);
}

/* Column c and the eight above it: the quotient q p is added so that column c becomes a multiple of 2^52, which is
 * carried up (reduce_limb). */
INLINE void reduce_column(__m512i *t) {
    const __m512i n0 = from_memory(&N0);
    __m512i q = _mm512_madd52lo_epu64(n0, t[0], n0);
    __m512i carry = _mm512_srli_epi64(t[0], 52);
    __m512i low = _mm512_madd52lo_epu64(t[1], q, from_memory(&FP8_P[1]));
    __m512i high = _mm512_madd52hi_epu64(carry, q, from_memory(&FP8_P[0]));
    t[1] = _mm512_add_epi64(low, high);
#pragma GCC unroll 8
    for (int j = 2; j < FP8_LIMBS; j++) {
        t[j] = _mm512_madd52lo_epu64(t[j], q, from_memory(&FP8_P[j]));
        t[j] = _mm512_madd52hi_epu64(t[j], q, from_memory(&FP8_P[j - 1]));
    }
    t[8] = _mm512_madd52hi_epu64(t[8], q, from_memory(&FP8_P[7]));
}

/* One product alone is waited for: by columns a step of the reduction is shorter than by rows, which add to a limb
 * that has just been shifted down. Rows wait for nothing and run ahead by as many as measured best; a column is whole
 * when its row is done. A column takes 16 terms below 2^52, and as many when it is reduced. */
#define ROWS_AHEAD 3

void fp8_mul(fp8 *r, const fp8 *a, const fp8 *b) {
    const __m512i rounding = from_memory(&ROUNDING);
    __m512i t[2 * FP8_LIMBS];
    KZG_CHECK((uint64_t)FP8_BOUND(a) * FP8_BOUND(b) <= FP8_BOUND_OF_PRODUCT);
#pragma GCC unroll 16
    for (int k = 0; k < 2 * FP8_LIMBS; k++) t[k] = k < FP8_LIMBS ? rounding : _mm512_setzero_si512();
#pragma GCC unroll 16
    for (int i = 0; i < FP8_LIMBS + ROWS_AHEAD; i++) {
#pragma GCC unroll 8
        for (int j = 0; i < FP8_LIMBS && j < FP8_LIMBS; j++) {
            t[i + j] = _mm512_madd52lo_epu64(t[i + j], b->l[i], a->l[j]);
            t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], b->l[i], a->l[j]);
        }
        if (i >= ROWS_AHEAD) reduce_column(t + i - ROWS_AHEAD);
    }
    settle(r, t + FP8_LIMBS, true);
}

/* The upper eight columns are left. */
INLINE void square(__m512i t[2 * FP8_LIMBS], const fp8 *a) {
    square_columns(t, a);
#pragma GCC unroll 8
    for (int i = 0; i < FP8_LIMBS; i++) reduce_column(t + i);
}

void fp8_sqr(fp8 *r, const fp8 *a) {
    __m512i t[2 * FP8_LIMBS];
    square(t, a);
    settle(r, t + FP8_LIMBS, true);
}

/* The reduction of t, whose steps wait for each other, among the rows of a^2. */
INLINE void reduce_and_square(__m512i t[2 * FP8_LIMBS], __m512i u[2 * FP8_LIMBS], const fp8 *a) {
    forget_memory();
    start_square(u, a);
#pragma GCC unroll 8
    for (int i = 0; i < FP8_LIMBS; i++) {
        reduce_column(t + i);
        if (i < FP8_LIMBS - 1) square_row(u, a, i);
    }
    end_square(u, a);
}

/* Two squarings done one after the other wait for their reductions, which fill the CPU's window: here each reduction
 * is told with the other value's next columns. */
void fp8_sqr2_times(fp8 a[2], size_t n) {
    __m512i t[2 * FP8_LIMBS], u[2 * FP8_LIMBS];
    if (n == 0) return;
    square_columns(t, &a[0]);
    for (; n > 1; n--) {
        reduce_and_square(t, u, &a[1]);
        settle(&a[0], t + FP8_LIMBS, true);
        reduce_and_square(u, t, &a[0]);
        settle(&a[1], u + FP8_LIMBS, true);
    }
    reduce_and_square(t, u, &a[1]);
    settle(&a[0], t + FP8_LIMBS, true);
#pragma GCC unroll 8
    for (int i = 0; i < FP8_LIMBS; i++) reduce_column(u + i);
    settle(&a[1], u + FP8_LIMBS, true);
}

/* Two squares, the second's columns among the first's reduction. */
INLINE void square2(__m512i t[2 * FP8_LIMBS], const fp8 *a0, __m512i u[2 * FP8_LIMBS], const fp8 *a1) {
    square_columns(t, a0);
    reduce_and_square(t, u, a1);
#pragma GCC unroll 8
    for (int i = 0; i < FP8_LIMBS; i++) reduce_column(u + i);
}

void fp8_sqr2(fp8 *r0, const fp8 *a0, fp8 *r1, const fp8 *a1) {
    __m512i t[2 * FP8_LIMBS], u[2 * FP8_LIMBS];
    square2(t, a0, u, a1);
    settle(r0, t + FP8_LIMBS, true);
    settle(r1, u + FP8_LIMBS, true);
}

void fp8_sqr2_loose(fp8 *r0, const fp8 *a0, fp8 *r1, const fp8 *a1) {
    __m512i t[2 * FP8_LIMBS], u[2 * FP8_LIMBS];
    square2(t, a0, u, a1);
    leave_loose(r0, t + FP8_LIMBS, 2);
    leave_loose(r1, u + FP8_LIMBS, 2);
}

void fp8_mul_n(fp8 *r, const fp8 *a, const fp8 *b, size_t n) {
    size_t i = 0;
    for (; i + 2 <= n; i += 2) fp8_mul2(&r[i], &a[i], &b[i], &r[i + 1], &a[i + 1], &b[i + 1]);
    if (i < n) fp8_mul(&r[i], &a[i], &b[i]);
}

void fp8_sqr_n(fp8 *r, const fp8 *a, size_t n) {
    size_t i = 0;
    for (; i + 2 <= n; i += 2) fp8_sqr2(&r[i], &a[i], &r[i + 1], &a[i + 1]);
    if (i < n) fp8_sqr(&r[i], &a[i]);
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

/* The quotient q from the top limb t: a / p is below (t + 1) 2^364 / p, and q = floor(t floor(2^416 / p) / 2^52) is
 * smaller than that by at most 1 + t / 2^52 + 2^364 / p < 1 + 2^-5 + 2^-16, and never too large. Then q (2^416 - p)
 * is added, and the q that the top limb carries out is cut off. */
void fp8_reduce(fp8 *r, const fp8 *a) {
    KZG_CHECK(!FP8_IS_FACTOR(a));
    __m512i q = _mm512_madd52hi_epu64(_mm512_setzero_si512(), a->l[FP8_LIMBS - 1], broadcast(FP8_RECIPROCAL));
    fp8 t;
    for (int i = 0; i < FP8_LIMBS; i++) t.l[i] = _mm512_madd52lo_epu64(a->l[i], q, broadcast(FP8_MINUS_P[i]));
    for (int i = 1; i < FP8_LIMBS; i++) t.l[i] = _mm512_madd52hi_epu64(t.l[i], q, broadcast(FP8_MINUS_P[i - 1]));
    FP8_SET_BOUND(&t, 2);
    fp8_carry(r, &t);
    r->l[FP8_LIMBS - 1] = _mm512_and_si512(r->l[FP8_LIMBS - 1], broadcast(FP8_MASK));
}
