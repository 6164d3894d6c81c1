/* The portable kernels: C on 64-bit limbs, always built, the oracle for every other variant. */
#include "base/assert.h"
#include "field/dispatch.h"
#include "field/fp_constants.h"
#include "field/fr_constants.h"
#include "field/limbs.h"

/* Montgomery multiplication, one limb of b at a time: product and reduction in one pass over the limbs, each with its
 * own carry, so that no limb is loaded twice and the two chains run side by side. Of the ways tried (a pass for each,
 * product scanning, wide product and reduction, steps by 2^-64 mod m) the one that gcc and clang both make something
 * of; with a pass for each, clang is 1.6 times slower. A squaring of its own gains nothing with gcc.
 *
 * Bounds: let W = 2^64 and a < m. If t < a + m before a round (it starts at 0), then after it
 *   t' = (t + a b[i] + q m) / W < ((a + m) + (W - 1)(a + m)) / W = a + m < 2m.
 * Both moduli leave the top bit free, so 2m < W^n: t fits n limbs, and the sum of the two carries, its top limb, does
 * not overflow. p leaves three bits free: with factors below 2p t < 3p < W^n, and the result is less than
 * 4p^2 / W^n + p < 1.5p. One conditional subtraction ends in [0, m). */
static inline __attribute__((always_inline)) void mont_lazy(uint64_t *r, const uint64_t *a, const uint64_t *b,
                                                            const uint64_t *m, uint64_t n0, int n) {
    uint64_t t[6] = {0};
#pragma GCC unroll 8
    for (int i = 0; i < n; i++) {
        uint64_t zero, a_carry = limbs_mac(&t[0], t[0], a[0], b[i], 0), q = t[0] * n0;
        uint64_t q_carry = limbs_mac(&zero, t[0], q, m[0], 0);
#pragma GCC unroll 8
        for (int j = 1; j < n; j++) {
            a_carry = limbs_mac(&t[j], t[j], a[j], b[i], a_carry);
            q_carry = limbs_mac(&t[j - 1], t[j], q, m[j], q_carry);
        }
        t[n - 1] = a_carry + q_carry;
        KZG_CHECK(t[n - 1] >= a_carry);
    }
    for (int i = 0; i < n; i++) r[i] = t[i];
}

static inline __attribute__((always_inline)) void mont_mul(uint64_t *r, const uint64_t *a, const uint64_t *b,
                                                           const uint64_t *m, uint64_t n0, int n) {
    uint64_t t[6];
    mont_lazy(t, a, b, m, n0, n);
    limbs_reduce_once(r, t, m, n);
}

static void fp_mul_portable(fp *r, const fp *a, const fp *b) {
    mont_mul(r->l, a->l, b->l, FP_MODULUS, FP_N0, FP_LIMBS);
}

static void fp_sqr_portable(fp *r, const fp *a) {
    mont_mul(r->l, a->l, a->l, FP_MODULUS, FP_N0, FP_LIMBS);
}

static void fp_mul_lazy_portable(fp *r, const fp *a, const fp *b) {
    mont_lazy(r->l, a->l, b->l, FP_MODULUS, FP_N0, FP_LIMBS);
}

static void fr_mul_portable(fr *r, const fr *a, const fr *b) {
    mont_mul(r->l, a->l, b->l, FR_MODULUS, FR_N0, FR_LIMBS);
}

static void fr_sqr_portable(fr *r, const fr *a) {
    mont_mul(r->l, a->l, a->l, FR_MODULUS, FR_N0, FR_LIMBS);
}

static inline void add_p(fp *r, const fp *a, const fp *b) {
    limbs6_add_mod(r->l, a->l, b->l, FP_MODULUS);
}

static inline void sub_p(fp *r, const fp *a, const fp *b) {
    limbs6_sub_mod(r->l, a->l, b->l, FP_MODULUS);
}

static void fp_chord_portable(fp *r, fp *product, const fp step[2], const fp *rise, const fp *a, const fp *x) {
    fp slope, third, factor;
    fp_mul_lazy_portable(&factor, product, &step[1]);
    fp_mul_lazy_portable(product, product, &step[0]);
    fp_mul_lazy_portable(&slope, &factor, rise);
    fp_sqr_portable(&third, &slope);
    sub_p(&third, &third, &a[0]);
    sub_p(&third, &third, x);
    sub_p(&factor, &third, &a[0]);
    fp_mul_portable(&factor, &factor, &slope);
    sub_p(&r[1], &factor, &a[1]);
    r[0] = third;
}

/* (a0 + a1 u)(b0 + b1 u) with three products: a0 b0 - a1 b1, (a0 + a1)(b0 + b1) - a0 b0 - a1 b1. */
static void fp2_mul_portable(fp r[2], const fp a[2], const fp b[2]) {
    fp aa, bb, sa, sb;
    add_p(&sa, &a[0], &a[1]);
    add_p(&sb, &b[0], &b[1]);
    fp_mul_portable(&aa, &a[0], &b[0]);
    fp_mul_portable(&bb, &a[1], &b[1]);
    fp_mul_portable(&sa, &sa, &sb);
    sub_p(&r[0], &aa, &bb);
    sub_p(&sa, &sa, &aa);
    sub_p(&r[1], &sa, &bb);
}

/* (a0 + a1)(a0 - a1), 2 a0 a1. */
static void fp2_sqr_portable(fp r[2], const fp a[2]) {
    fp s, d, m;
    add_p(&s, &a[0], &a[1]);
    sub_p(&d, &a[0], &a[1]);
    fp_mul_portable(&m, &a[0], &a[1]);
    fp_mul_portable(&r[0], &s, &d);
    add_p(&r[1], &m, &m);
}

const struct field_ops field_ops_portable = {
    .name = "portable",
    .fp_mul = fp_mul_portable,
    .fp_sqr = fp_sqr_portable,
    .fp_mul_lazy = fp_mul_lazy_portable,
    .fp_chord = fp_chord_portable,
    .fp2_mul = fp2_mul_portable,
    .fp2_sqr = fp2_sqr_portable,
    .fr_mul = fr_mul_portable,
    .fr_sqr = fr_sqr_portable,
};
