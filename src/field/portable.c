/* The portable kernels: C on 64-bit limbs, always built, the oracle for every other variant. */
#include "field/dispatch.h"
#include "field/fp_constants.h"
#include "field/fr_constants.h"
#include "field/limbs.h"

/* Montgomery multiplication, one limb of b at a time (coarsely integrated operand scanning).
 *
 * Bounds: with a, b < m and the running value t < 2m before a round, t + a*b[i] + q*m < 2m + (2^64-1)*2m < 2^64 * 2m,
 * so after the shift t < 2m again. Both moduli have their top bit free, so t fits n limbs and one more limb holds the
 * carry during a round only. One conditional subtraction ends in [0, m). */
static inline __attribute__((always_inline)) void mont_mul(uint64_t *r, const uint64_t *a, const uint64_t *b,
                                                           const uint64_t *m, uint64_t n0, int n) {
    uint64_t t[7] = {0};
#pragma GCC unroll 8
    for (int i = 0; i < n; i++) {
        uint64_t carry = 0;
#pragma GCC unroll 8
        for (int j = 0; j < n; j++) carry = limbs_mac(&t[j], t[j], a[j], b[i], carry);
        t[n] = carry;
        uint64_t q = t[0] * n0, drop;
        carry = limbs_mac(&drop, t[0], q, m[0], 0);
#pragma GCC unroll 8
        for (int j = 1; j < n; j++) carry = limbs_mac(&t[j - 1], t[j], q, m[j], carry);
        t[n - 1] = t[n] + carry;
    }
    limbs_reduce_once(r, t, m, n);
}

static void fp_mul_portable(fp *r, const fp *a, const fp *b) {
    mont_mul(r->l, a->l, b->l, FP_MODULUS, FP_N0, FP_LIMBS);
}

static void fp_sqr_portable(fp *r, const fp *a) {
    mont_mul(r->l, a->l, a->l, FP_MODULUS, FP_N0, FP_LIMBS);
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
    .fp2_mul = fp2_mul_portable,
    .fp2_sqr = fp2_sqr_portable,
    .fr_mul = fr_mul_portable,
    .fr_sqr = fr_sqr_portable,
};
