#include "curve/ifma/g1_jac8.h"

/* r = a - 2^shift b + 2^k p, for 2^shift b below 2^k p; shift at most 3. */
static inline void sub_shifted(fp8 *r, const fp8 *a, const fp8 *b, unsigned shift, unsigned k) {
    fp8 t;
    KZG_CHECK(FP8_BOUND(b) << shift <= 1u << k);
    for (int i = 0; i < FP8_LIMBS; i++) {
        __m512i d = _mm512_sub_epi64(a->l[i], _mm512_slli_epi64(b->l[i], shift));
        t.l[i] = _mm512_add_epi64(d, fp8_p_times(k, i));
    }
    FP8_SET_BOUND(&t, FP8_BOUND(a) + (1u << k));
    fp8_carry(r, &t);
}

/* r = 2^shift a - b + 2^k p, for b below 2^k p. */
static inline void shifted_sub(fp8 *r, const fp8 *a, unsigned shift, const fp8 *b, unsigned k) {
    fp8 t;
    KZG_CHECK(FP8_BOUND(b) <= 1u << k);
    for (int i = 0; i < FP8_LIMBS; i++) {
        __m512i d = _mm512_sub_epi64(_mm512_slli_epi64(a->l[i], shift), b->l[i]);
        t.l[i] = _mm512_add_epi64(d, fp8_p_times(k, i));
    }
    FP8_SET_BOUND(&t, (FP8_BOUND(a) << shift) + (1u << k));
    fp8_carry(r, &t);
}

static inline void triple(fp8 *r, const fp8 *a) {
    fp8 t;
    fp8_add_loose(&t, a, a);
    fp8_add_loose(&t, &t, a);
    fp8_carry(r, &t);
}

/* Source: the Explicit-Formulas Database, dbl-2009-l, with X B for ((X + B)^2 - A - C) / 2. */
void g1_jac8_dbl2(struct g1_jac8 v[2]) {
    fp8 e[2], b[2], c[2], d[2], f[2], t[2];
    fp8_mul2(&v[0].z, &v[0].y, &v[0].z, &v[1].z, &v[1].y, &v[1].z);
    fp8_sqr2(&e[0], &v[0].x, &e[1], &v[1].x);
    fp8_sqr2(&b[0], &v[0].y, &b[1], &v[1].y);
    fp8_mul2(&d[0], &v[0].x, &b[0], &d[1], &v[1].x, &b[1]);
    fp8_sqr2(&c[0], &b[0], &c[1], &b[1]);
    for (int i = 0; i < 2; i++) {
        fp8_dbl(&v[i].z, &v[i].z);
        triple(&e[i], &e[i]);
    }
    fp8_sqr2(&f[0], &e[0], &f[1], &e[1]);
    for (int i = 0; i < 2; i++) {
        sub_shifted(&v[i].x, &f[i], &d[i], 3, 4);
        shifted_sub(&t[i], &d[i], 2, &v[i].x, 5);
    }
    fp8_mul2(&t[0], &e[0], &t[0], &t[1], &e[1], &t[1]);
    for (int i = 0; i < 2; i++) sub_shifted(&v[i].y, &t[i], &c[i], 3, 4);
}

/* One vector: its independent products go side by side in place of the second vector's. */
void g1_jac8_dbl1(struct g1_jac8 *v) {
    fp8 e, b, c, d, f, t;
    fp8_sqr2(&e, &v->x, &b, &v->y);
    fp8_mul2(&v->z, &v->y, &v->z, &d, &v->x, &b);
    fp8_dbl(&v->z, &v->z);
    triple(&e, &e);
    fp8_sqr2(&c, &b, &f, &e);
    sub_shifted(&v->x, &f, &d, 3, 4);
    shifted_sub(&t, &d, 2, &v->x, 5);
    fp8_mul(&t, &e, &t);
    sub_shifted(&v->y, &t, &c, 3, 4);
}

/* x = a - b - 2 c + 8p for products. */
static inline void sub_sub_twice(fp8 *x, const fp8 *a, const fp8 *b, const fp8 *c) {
    fp8 t;
    fp8_add_loose(&t, c, c);
    fp8_add_loose(&t, &t, b);
    fp8_sub(x, a, &t, 3);
}

/* The sum, where both points have been brought to one z: v has x and y of the first and, as z, the common one; h and
 * s are the second one's x and y less those. */
static inline __attribute__((always_inline)) void finish_add2(struct g1_jac8 v[2], fp8 h[2], const fp8 s[2]) {
    fp8 hh[2], w[2], rr[2];
    fp8_sqr2(&hh[0], &h[0], &hh[1], &h[1]);
    fp8_mul2(&v[0].z, &v[0].z, &h[0], &v[1].z, &v[1].z, &h[1]);
    fp8_mul2(&h[0], &h[0], &hh[0], &h[1], &h[1], &hh[1]);       /* H^3 */
    fp8_mul2(&w[0], &v[0].x, &hh[0], &w[1], &v[1].x, &hh[1]);   /* X1 H^2 */
    fp8_mul2(&v[0].y, &v[0].y, &h[0], &v[1].y, &v[1].y, &h[1]); /* Y1 H^3 */
    fp8_sqr2(&rr[0], &s[0], &rr[1], &s[1]);
    for (int i = 0; i < 2; i++) {
        sub_sub_twice(&v[i].x, &rr[i], &h[i], &w[i]);
        fp8_sub(&w[i], &w[i], &v[i].x, 4);
    }
    fp8_mul2(&w[0], &w[0], &s[0], &w[1], &w[1], &s[1]);
    for (int i = 0; i < 2; i++) fp8_sub(&v[i].y, &w[i], &v[i].y, 1);
}

/* Source: the Explicit-Formulas Database, madd. */
void g1_jac8_add2(struct g1_jac8 v[2], const struct g1_affine8 p[2]) {
    fp8 zz[2], h[2], s[2];
    fp8_sqr2(&zz[0], &v[0].z, &zz[1], &v[1].z);
    fp8_mul2(&s[0], &p[0].y, &v[0].z, &s[1], &p[1].y, &v[1].z);
    fp8_mul2(&h[0], &p[0].x, &zz[0], &h[1], &p[1].x, &zz[1]);
    fp8_mul2(&s[0], &s[0], &zz[0], &s[1], &s[1], &zz[1]);
    for (int i = 0; i < 2; i++) {
        fp8_sub(&h[i], &h[i], &v[i].x, 5);
        fp8_sub(&s[i], &s[i], &v[i].y, 5);
    }
    finish_add2(v, h, s);
}

void g1_jac8_add1(struct g1_jac8 *v, const struct g1_affine8 *p) {
    fp8 zz, h, s, hh, rr, hhh, w;
    fp8_sqr(&zz, &v->z);
    fp8_mul2(&s, &p->y, &v->z, &h, &p->x, &zz);
    fp8_mul(&s, &s, &zz);
    fp8_sub(&h, &h, &v->x, 5);
    fp8_sub(&s, &s, &v->y, 5);
    fp8_sqr2(&hh, &h, &rr, &s);
    fp8_mul2(&hhh, &h, &hh, &w, &v->x, &hh);
    fp8_mul(&v->z, &v->z, &h);
    sub_sub_twice(&v->x, &rr, &hhh, &w);
    fp8_sub(&w, &w, &v->x, 4);
    fp8_mul2(&w, &w, &s, &v->y, &v->y, &hhh);
    fp8_sub(&v->y, &w, &v->y, 1);
}

/* One vector: where nothing has been added yet, the first point takes the place of a sum. */
static void settle(struct g1_jac8 *r, __mmask8 *empty, __mmask8 chosen, const struct g1_jac8 *sum,
                   const struct g1_affine8 *p) {
    const __mmask8 more = (__mmask8)(chosen & ~*empty), first = (__mmask8)(chosen & *empty);
    fp8 one;
    fp8_set_one(&one);
    fp8_select(&r->x, more, &r->x, &sum->x);
    fp8_select(&r->y, more, &r->y, &sum->y);
    fp8_select(&r->z, more, &r->z, &sum->z);
    fp8_select(&r->x, first, &r->x, &p->x);
    fp8_select(&r->y, first, &r->y, &p->y);
    fp8_select(&r->z, first, &r->z, &one);
    *empty = (__mmask8)(*empty & ~chosen);
}

void g1_jac8_accumulate2(struct g1_jac8 v[2], __mmask8 empty[2], const struct g1_affine8 p[2],
                         const __mmask8 chosen[2]) {
    struct g1_jac8 sum[2] = {v[0], v[1]};
    if ((chosen[0] | chosen[1]) == 0) return;
    g1_jac8_add2(sum, p);
    for (int i = 0; i < 2; i++) settle(&v[i], &empty[i], chosen[i], &sum[i], &p[i]);
}

void g1_jac8_accumulate1(struct g1_jac8 *v, __mmask8 *empty, const struct g1_affine8 *p, __mmask8 chosen) {
    struct g1_jac8 sum = *v;
    if (chosen == 0) return;
    g1_jac8_add1(&sum, p);
    settle(v, empty, chosen, &sum, p);
}

__mmask8 g1_jac8_store_scaled(g1 *r, size_t n, const struct g1_jac8 *v, __mmask8 empty) {
    g1 nobody;
    fp *x[FP8_LANES], *y[FP8_LANES], *z[FP8_LANES];
    for (size_t lane = 0; lane < FP8_LANES; lane++) {
        g1 *to = lane < n ? &r[lane] : &nobody;
        x[lane] = &to->x;
        y[lane] = &to->y;
        z[lane] = &to->z;
    }
    fp8_store_scaled_x(x, &v->x);
    fp8_store_scaled_y(y, &v->y);
    fp8_store(z, &v->z);
    for (size_t lane = 0; lane < n && lane < FP8_LANES; lane++) {
        if ((empty >> lane & 1) != 0) r[lane] = (g1){{{0}}, {{0}}, {{0}}};
    }
    return (__mmask8)(fp8_is_zero(&v->z, 4) & ~empty);
}

/* Source: the Explicit-Formulas Database, add-1998-cmo-2. */
void g1_jac8_add_jac2(struct g1_jac8 v[2], const struct g1_jac8 w[2]) {
    fp8 zz[2], ww[2], h[2], s[2];
    fp8_sqr2(&zz[0], &v[0].z, &zz[1], &v[1].z);
    fp8_sqr2(&ww[0], &w[0].z, &ww[1], &w[1].z);
    fp8_mul2(&v[0].x, &v[0].x, &ww[0], &v[1].x, &v[1].x, &ww[1]); /* U1 */
    fp8_mul2(&h[0], &w[0].x, &zz[0], &h[1], &w[1].x, &zz[1]);     /* U2 */
    fp8_mul2(&v[0].y, &v[0].y, &w[0].z, &v[1].y, &v[1].y, &w[1].z);
    fp8_mul2(&s[0], &w[0].y, &v[0].z, &s[1], &w[1].y, &v[1].z);
    fp8_mul2(&v[0].y, &v[0].y, &ww[0], &v[1].y, &v[1].y, &ww[1]); /* S1 */
    fp8_mul2(&s[0], &s[0], &zz[0], &s[1], &s[1], &zz[1]);         /* S2 */
    fp8_mul2(&v[0].z, &v[0].z, &w[0].z, &v[1].z, &v[1].z, &w[1].z);
    for (int i = 0; i < 2; i++) {
        fp8_sub(&h[i], &h[i], &v[i].x, 1);
        fp8_sub(&s[i], &s[i], &v[i].y, 1);
    }
    finish_add2(v, h, s);
}

void g1_jac8_to_affine2(struct g1_affine8 r[2], const struct g1_jac8 v[2]) {
    fp8 inverse[2], square[2], one, scratch[2];
    fp8_set_one(&one);
    fp8_mul2(&inverse[0], &v[0].z, &one, &inverse[1], &v[1].z, &one);
    fp8_inv_batch(inverse, 2, scratch);
    fp8_sqr2(&square[0], &inverse[0], &square[1], &inverse[1]);
    fp8_mul2(&r[0].x, &v[0].x, &square[0], &r[1].x, &v[1].x, &square[1]);
    fp8_mul2(&square[0], &square[0], &inverse[0], &square[1], &square[1], &inverse[1]);
    fp8_mul2(&r[0].y, &v[0].y, &square[0], &r[1].y, &v[1].y, &square[1]);
}
