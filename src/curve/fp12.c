/* Elements of Fp12 are polynomials in w with w^6 = xi = 1 + u. In this basis c0 holds the coefficients of 1, w^2, w^4
 * and c1 those of w, w^3, w^5. */
#include "curve/fp12.h"

#include "base/assert.h"
#include "curve/constants.h"

/* ---- Fp6 ---- */

void fp6_add(fp6 *r, const fp6 *a, const fp6 *b) {
    fp2_add(&r->c0, &a->c0, &b->c0);
    fp2_add(&r->c1, &a->c1, &b->c1);
    fp2_add(&r->c2, &a->c2, &b->c2);
}

void fp6_sub(fp6 *r, const fp6 *a, const fp6 *b) {
    fp2_sub(&r->c0, &a->c0, &b->c0);
    fp2_sub(&r->c1, &a->c1, &b->c1);
    fp2_sub(&r->c2, &a->c2, &b->c2);
}

void fp6_neg(fp6 *r, const fp6 *a) {
    fp2_neg(&r->c0, &a->c0);
    fp2_neg(&r->c1, &a->c1);
    fp2_neg(&r->c2, &a->c2);
}

/* r = (a + b)(c + d) - ac - bd = ad + bc, the cross term of Karatsuba. r may be none of the others. */
static void cross(fp2 *r, const fp2 *a, const fp2 *b, const fp2 *c, const fp2 *d, const fp2 *ac, const fp2 *bd) {
    fp2 t;
    fp2_add(&t, a, b);
    fp2_add(r, c, d);
    fp2_mul(r, r, &t);
    fp2_sub(r, r, ac);
    fp2_sub(r, r, bd);
}

/* Karatsuba: six products. */
void fp6_mul(fp6 *r, const fp6 *a, const fp6 *b) {
    fp2 v0, v1, v2, t0, t1, t2;
    fp2_mul(&v0, &a->c0, &b->c0);
    fp2_mul(&v1, &a->c1, &b->c1);
    fp2_mul(&v2, &a->c2, &b->c2);
    cross(&t0, &a->c1, &a->c2, &b->c1, &b->c2, &v1, &v2);
    cross(&t1, &a->c0, &a->c1, &b->c0, &b->c1, &v0, &v1);
    cross(&t2, &a->c0, &a->c2, &b->c0, &b->c2, &v0, &v2);
    fp2_mul_xi(&t0, &t0);
    fp2_add(&r->c0, &t0, &v0);
    fp2_add(&r->c2, &t2, &v1);
    fp2_mul_xi(&v2, &v2);
    fp2_add(&r->c1, &t1, &v2);
}

/* Source: J. Chung, A. Hasan, "Asymmetric squaring formulae" (2007), SQR2: two products and three squares. */
void fp6_sqr(fp6 *r, const fp6 *a) {
    fp2 s0, s1, s2, s3, s4;
    fp2_sqr(&s0, &a->c0);
    fp2_mul(&s1, &a->c0, &a->c1);
    fp2_dbl(&s1, &s1);
    fp2_sub(&s2, &a->c0, &a->c1);
    fp2_add(&s2, &s2, &a->c2);
    fp2_sqr(&s2, &s2);
    fp2_mul(&s3, &a->c1, &a->c2);
    fp2_dbl(&s3, &s3);
    fp2_sqr(&s4, &a->c2);
    fp2_add(&s2, &s2, &s1);
    fp2_add(&s2, &s2, &s3);
    fp2_sub(&s2, &s2, &s0);
    fp2_sub(&r->c2, &s2, &s4);
    fp2_mul_xi(&s3, &s3);
    fp2_add(&r->c0, &s0, &s3);
    fp2_mul_xi(&s4, &s4);
    fp2_add(&r->c1, &s1, &s4);
}

void fp6_mul_v(fp6 *r, const fp6 *a) {
    fp2 top;
    fp2_mul_xi(&top, &a->c2);
    r->c2 = a->c1;
    r->c1 = a->c0;
    r->c0 = top;
}

/* The adjoint (A, B, C) = (a0^2 - xi a1 a2, xi a2^2 - a0 a1, a1^2 - a0 a2) times a is a0 A + xi (a2 B + a1 C). */
void fp6_inv(fp6 *r, const fp6 *a) {
    fp2 ca, cb, cc, t, norm;
    fp2_mul(&t, &a->c1, &a->c2);
    fp2_mul_xi(&t, &t);
    fp2_sqr(&ca, &a->c0);
    fp2_sub(&ca, &ca, &t);
    fp2_mul(&t, &a->c0, &a->c1);
    fp2_sqr(&cb, &a->c2);
    fp2_mul_xi(&cb, &cb);
    fp2_sub(&cb, &cb, &t);
    fp2_mul(&t, &a->c0, &a->c2);
    fp2_sqr(&cc, &a->c1);
    fp2_sub(&cc, &cc, &t);
    fp2_mul(&norm, &a->c2, &cb);
    fp2_mul(&t, &a->c1, &cc);
    fp2_add(&norm, &norm, &t);
    fp2_mul_xi(&norm, &norm);
    fp2_mul(&t, &a->c0, &ca);
    fp2_add(&norm, &norm, &t);
    fp2_inv(&norm, &norm);
    fp2_mul(&r->c0, &ca, &norm);
    fp2_mul(&r->c1, &cb, &norm);
    fp2_mul(&r->c2, &cc, &norm);
}

bool fp6_equal(const fp6 *a, const fp6 *b) {
    return fp2_equal(&a->c0, &b->c0) && fp2_equal(&a->c1, &b->c1) && fp2_equal(&a->c2, &b->c2);
}

/* r = a (b0 + b1 v): five products. r is not a. */
static void fp6_mul_01(fp6 *r, const fp6 *a, const fp2 *b0, const fp2 *b1) {
    fp2 v0, v1, t;
    fp2_mul(&v0, &a->c0, b0);
    fp2_mul(&v1, &a->c1, b1);
    fp2_mul(&t, &a->c2, b1);
    fp2_mul_xi(&t, &t);
    fp2_add(&r->c0, &t, &v0);
    cross(&r->c1, &a->c0, &a->c1, b0, b1, &v0, &v1);
    fp2_mul(&t, &a->c2, b0);
    fp2_add(&r->c2, &t, &v1);
}

/* ---- Fp12 ---- */

void fp12_set_one(fp12 *r) {
    *r = (fp12){0};
    fp2_set_one(&r->c0.c0);
}

bool fp12_is_one(const fp12 *a) {
    fp12 one;
    fp12_set_one(&one);
    return fp12_equal(a, &one);
}

bool fp12_equal(const fp12 *a, const fp12 *b) {
    return fp6_equal(&a->c0, &b->c0) && fp6_equal(&a->c1, &b->c1);
}

void fp12_mul(fp12 *r, const fp12 *a, const fp12 *b) {
    fp6 v0, v1, sa, sb;
    fp6_mul(&v0, &a->c0, &b->c0);
    fp6_mul(&v1, &a->c1, &b->c1);
    fp6_add(&sa, &a->c0, &a->c1);
    fp6_add(&sb, &b->c0, &b->c1);
    fp6_mul(&sa, &sa, &sb);
    fp6_sub(&sa, &sa, &v0);
    fp6_sub(&r->c1, &sa, &v1);
    fp6_mul_v(&v1, &v1);
    fp6_add(&r->c0, &v0, &v1);
}

/* With m = a0 a1: a0^2 + v a1^2 = (a0 + a1)(a0 + v a1) - m - v m, 2 a0 a1 = 2 m. */
void fp12_sqr(fp12 *r, const fp12 *a) {
    fp6 m, s, t;
    fp6_mul(&m, &a->c0, &a->c1);
    fp6_add(&s, &a->c0, &a->c1);
    fp6_mul_v(&t, &a->c1);
    fp6_add(&t, &t, &a->c0);
    fp6_mul(&s, &s, &t);
    fp6_sub(&s, &s, &m);
    fp6_add(&r->c1, &m, &m);
    fp6_mul_v(&m, &m);
    fp6_sub(&r->c0, &s, &m);
}

void fp12_conj(fp12 *r, const fp12 *a) {
    r->c0 = a->c0;
    fp6_neg(&r->c1, &a->c1);
}

/* (a0 - a1 w) / (a0^2 - v a1^2). */
void fp12_inv(fp12 *r, const fp12 *a) {
    fp6 norm, t;
    fp6_sqr(&norm, &a->c0);
    fp6_sqr(&t, &a->c1);
    fp6_mul_v(&t, &t);
    fp6_sub(&norm, &norm, &t);
    fp6_inv(&norm, &norm);
    fp6_mul(&r->c0, &a->c0, &norm);
    fp6_mul(&t, &a->c1, &norm);
    fp6_neg(&r->c1, &t);
}

/* The map raises each Fp2 coefficient to p^power, a conjugation if power is 1, and multiplies w^i by
 * xi^(i (p^power - 1)/6), which for power 2 lies in Fp. */
static void frobenius_coefficient(fp2 *r, const fp2 *a, int power, const fp2 *factor) {
    if (power == 2) {
        fp2_mul_fp(r, a, &factor->c0);
        return;
    }
    fp2_conj(r, a);
    fp2_mul(r, r, factor);
}

void fp12_frobenius(fp12 *r, const fp12 *a, int power) {
    KZG_ASSERT(power == 1 || power == 2);
    const fp2 *factor = power == 1 ? FP12_FROBENIUS_1 : FP12_FROBENIUS_2;
    if (power == 2)
        r->c0.c0 = a->c0.c0;
    else
        fp2_conj(&r->c0.c0, &a->c0.c0);
    frobenius_coefficient(&r->c1.c0, &a->c1.c0, power, &factor[1]);
    frobenius_coefficient(&r->c0.c1, &a->c0.c1, power, &factor[2]);
    frobenius_coefficient(&r->c1.c1, &a->c1.c1, power, &factor[3]);
    frobenius_coefficient(&r->c0.c2, &a->c0.c2, power, &factor[4]);
    frobenius_coefficient(&r->c1.c2, &a->c1.c2, power, &factor[5]);
}

/* a0 L + v^2 a1 and a1 L + v a0. */
void fp12_mul_monic_line(fp12 *r, const fp12 *a, const fp2 *l0, const fp2 *l1) {
    fp6 t0, t1, s;
    fp6_mul_01(&t0, &a->c0, l0, l1);
    fp6_mul_01(&t1, &a->c1, l0, l1);
    fp6_mul_v(&s, &a->c1);
    fp6_mul_v(&s, &s);
    fp6 shifted;
    fp6_mul_v(&shifted, &a->c0);
    fp6_add(&r->c0, &t0, &s);
    fp6_add(&r->c1, &t1, &shifted);
}

/* ---- The cyclotomic subgroup ----
 *
 * Over Fp4 = Fp2[s]/(s^2 - xi) with s = w^3 an element is A + B w + C w^2 with A = g0 + h1 s, B = h0 + g2 s,
 * C = g1 + h2 s (g and h the coefficients of c0 and c1). Where a^(p^4 - p^2 + 1) = 1,
 *   a^2 = (3 A^2 - 2 A') + (3 s C^2 + 2 B') w + (3 B^2 - 2 C') w^2,   x' the conjugate of x in Fp4,
 * and A^2 - s B C = A', A B - s C^2 = B', B^2 - A C = C'. */

/* (c0 + c1 s) = (a + b s)^2 = (a^2 + xi b^2) + 2 a b s. c0, c1 are not a, b. */
static void fp4_sqr(fp2 *c0, fp2 *c1, const fp2 *a, const fp2 *b) {
    fp2 aa, bb;
    fp2_sqr(&aa, a);
    fp2_sqr(&bb, b);
    fp2_add(c1, a, b);
    fp2_sqr(c1, c1);
    fp2_sub(c1, c1, &aa);
    fp2_sub(c1, c1, &bb);
    fp2_mul_xi(&bb, &bb);
    fp2_add(c0, &aa, &bb);
}

/* r = 3 t - 2 a. */
static void triple_minus(fp2 *r, const fp2 *t, const fp2 *a) {
    fp2 d;
    fp2_sub(&d, t, a);
    fp2_dbl(&d, &d);
    fp2_add(r, &d, t);
}

/* r = 3 t + 2 a. */
static void triple_plus(fp2 *r, const fp2 *t, const fp2 *a) {
    fp2 d;
    fp2_add(&d, t, a);
    fp2_dbl(&d, &d);
    fp2_add(r, &d, t);
}

/* B and C of the square, which depend on B and C alone. */
static void square_bc(fp12 *r, const fp12 *a) {
    fp2 b0, b1, c0, c1;
    fp4_sqr(&b0, &b1, &a->c1.c0, &a->c0.c2);
    fp4_sqr(&c0, &c1, &a->c0.c1, &a->c1.c2);
    fp2_mul_xi(&c1, &c1);
    triple_plus(&r->c1.c0, &c1, &a->c1.c0);
    triple_minus(&r->c0.c2, &c0, &a->c0.c2);
    triple_minus(&r->c0.c1, &b0, &a->c0.c1);
    triple_plus(&r->c1.c2, &b1, &a->c1.c2);
}

void fp12_cyclotomic_sqr(fp12 *r, const fp12 *a) {
    fp2 a0, a1;
    fp4_sqr(&a0, &a1, &a->c0.c0, &a->c1.c1);
    square_bc(r, a);
    triple_minus(&r->c0.c0, &a0, &a->c0.c0);
    triple_plus(&r->c1.c1, &a1, &a->c1.c1);
}

/* b0^2 - xi b1^2, the norm of B over Fp2. Zero only for B = 0, and then a = 1: B = 0 makes C^2 = 0 and A^2 = A', so a
 * would lie in Fp4, whose order p^4 - 1 has no factor in common with p^4 - p^2 + 1. */
static void norm_b(fp2 *r, const fp12 *a) {
    fp2 t;
    fp2_sqr(&t, &a->c0.c2);
    fp2_mul_xi(&t, &t);
    fp2_sqr(r, &a->c1.c0);
    fp2_sub(r, r, &t);
}

/* Sets A = (B' + s C^2) B' / norm from B and C. */
static void restore_a(fp12 *a, const fp2 *norm_inverse) {
    fp2 d0, d1, u, b0, b1;
    if (fp2_is_zero(norm_inverse)) {
        fp12_set_one(a);
        return;
    }
    fp4_sqr(&u, &d0, &a->c0.c1, &a->c1.c2);
    fp2_mul_xi(&d0, &d0);
    fp2_add(&d0, &d0, &a->c1.c0);
    fp2_sub(&d1, &u, &a->c0.c2);
    fp2_mul(&b0, &a->c1.c0, norm_inverse);
    fp2_mul(&b1, &a->c0.c2, norm_inverse);
    fp2_neg(&b1, &b1);
    fp2 v0, v1;
    fp2_mul(&v0, &d0, &b0);
    fp2_mul(&v1, &d1, &b1);
    cross(&a->c1.c1, &d0, &d1, &b0, &b1, &v0, &v1);
    fp2_mul_xi(&v1, &v1);
    fp2_add(&a->c0.c0, &v0, &v1);
}

/* Both A with one inversion. */
static void restore_two(fp12 *a, fp12 *b) {
    fp2 na, nb, t;
    norm_b(&na, a);
    norm_b(&nb, b);
    fp2_mul(&t, &na, &nb);
    if (fp2_is_zero(&t)) {
        fp2_inv(&na, &na);
        fp2_inv(&nb, &nb);
    } else {
        fp2_inv(&t, &t);
        fp2_mul(&nb, &nb, &t);
        fp2_mul(&t, &na, &t);
        na = nb;
        nb = t;
    }
    restore_a(a, &na);
    restore_a(b, &nb);
}

static void square_times(fp12 *a, int times) {
    for (int i = 0; i < times; i++) fp12_cyclotomic_sqr(a, a);
}

/* |x| = 2^63 + 2^62 + 2^60 + 2^57 + 2^48 + 2^16. Up to 2^48 the squares are taken without A, which is restored where
 * a power is needed; for the short steps above that does not pay. */
void fp12_cyclotomic_pow_x(fp12 *r, const fp12 *a) {
    _Static_assert(BLS_X == (13ull << 60 | 1ull << 57 | 1ull << 48 | 1ull << 16), "the chain is made for this |x|");
    fp12 low = *a, high;
    for (int i = 0; i < 16; i++) square_bc(&low, &low);
    high = low;
    for (int i = 16; i < 48; i++) square_bc(&high, &high);
    restore_two(&low, &high);
    fp12_mul(&low, &low, &high);
    square_times(&high, 9);
    fp12_mul(&low, &low, &high);
    square_times(&high, 3);
    fp12_mul(&low, &low, &high);
    square_times(&high, 2);
    fp12_mul(&low, &low, &high);
    square_times(&high, 1);
    fp12_mul(r, &low, &high);
}
