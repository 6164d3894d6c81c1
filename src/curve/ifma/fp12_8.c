/* See fp12_8.h. In terms of Fp6, with w^2 = v and v^3 = xi = 1 + u: a row of the sums below is one part of one
 * coefficient of the right factor, in all lanes, times the left factor times v^j or u v^j. */
#include "curve/ifma/fp12_8.h"

#include "curve/constants.h"
#include "field/ifma/fp8_wide.h"

#define INLINE FP8_WIDE_INLINE

#define RE  ((__mmask8)0x55) /* lanes of real parts */
#define SIX ((__mmask8)0x3f) /* lanes that hold something */

/* 2^BOUND_LOG p is what negations add: every value that is subtracted is below that. */
#define BOUND_LOG 3
_Static_assert(FP12_8_BOUND == 1 << BOUND_LOG, "the power of two that elements are below");

/* Parts of each coefficient exchanged. */
INLINE __m512i swap_parts(__m512i a) {
    return _mm512_castpd_si512(_mm512_permute_pd(_mm512_castsi512_pd(a), 0x55));
}

INLINE __m512i indices(int a, int b, int c, int d, int e, int f, int g, int h) {
    return _mm512_set_epi64(h, g, f, e, d, c, b, a);
}

/* Lane i of the other vector of a permutation of two. */
#define OTHER(i) (8 + (i))

/* ---- Fp6 ---- */

/* u a = (-im, re), loose; the a subtracted is below 2^k p. */
INLINE void mul_u_loose(fp8 *r, const fp8 *a, unsigned k) {
    KZG_CHECK(FP8_BOUND(a) <= 1u << k);
    for (int i = 0; i < FP8_LIMBS; i++) {
        __m512i s = swap_parts(a->l[i]);
        r->l[i] = _mm512_mask_sub_epi64(s, RE, fp8_p_times(k, i), s);
    }
    FP8_SET_BOUND(r, FP8_BOUND(a) > 1u << k ? FP8_BOUND(a) : (1u << k) + 1);
}

/* a times 1, u, and xi times both: what all multiples of a by v^j and u v^j are made of. */
struct factors {
    fp8 one, u, xi, u_xi;
};

INLINE void find_factors(struct factors *f, const fp8 *a, unsigned k) {
    fp8 u;
    mul_u_loose(&u, a, k);
    f->one = *a;
    fp8_carry(&f->u, &u);
    fp8_add(&f->xi, a, &u);
    for (int i = 0; i < FP8_LIMBS; i++)
        u.l[i] = _mm512_add_epi64(_mm512_sub_epi64(u.l[i], a->l[i]), fp8_p_times(k, i));
    FP8_SET_BOUND(&u, FP8_BOUND(&u) + (1u << k));
    fp8_carry(&f->u_xi, &u);
}

/* v a, from a and xi a; any lanes of limbs, tight or loose. */
INLINE void times_v(fp8 *r, const fp8 *a, const fp8 *xi_a) {
    const __m512i from = indices(OTHER(4), OTHER(5), 0, 1, 2, 3, 6, 7);
    FP8_SET_BOUND(r, FP8_BOUND(a) > FP8_BOUND(xi_a) ? FP8_BOUND(a) : FP8_BOUND(xi_a));
    for (int i = 0; i < FP8_LIMBS; i++) r->l[i] = _mm512_permutex2var_epi64(a->l[i], from, xi_a->l[i]);
}

/* v^2 a. */
INLINE void times_v2(fp8 *r, const fp8 *a, const fp8 *xi_a) {
    const __m512i from = indices(OTHER(2), OTHER(3), OTHER(4), OTHER(5), 0, 1, 6, 7);
    FP8_SET_BOUND(r, FP8_BOUND(a) > FP8_BOUND(xi_a) ? FP8_BOUND(a) : FP8_BOUND(xi_a));
    for (int i = 0; i < FP8_LIMBS; i++) r->l[i] = _mm512_permutex2var_epi64(a->l[i], from, xi_a->l[i]);
}

/* r = v a, loose. */
INLINE void mul_v_loose(fp8 *r, const fp8 *a, unsigned k) {
    fp8 xi;
    mul_u_loose(&xi, a, k);
    fp8_add_loose(&xi, &xi, a);
    times_v(r, a, &xi);
}

/* r = a b, below 2p; a below 2^k p. */
static void fp6_8_mul(fp8 *r, const fp8 *a, const fp8 *b, unsigned k) {
    struct factors f;
    fp8 v[4];
    fp8_wide w;
    find_factors(&f, a, k);
    times_v(&v[0], &f.one, &f.xi);
    times_v(&v[1], &f.u, &f.u_xi);
    times_v2(&v[2], &f.one, &f.xi);
    times_v2(&v[3], &f.u, &f.u_xi);
    fp8_wide_clear(&w);
    fp8_wide_add_lane(&w, &f.one, b, 0);
    fp8_wide_add_lane(&w, &f.u, b, 1);
    for (int j = 0; j < 4; j++) fp8_wide_add_lane(&w, &v[j], b, 2 + j);
    fp8_wide_reduce(r, &w);
    fp8_carry(r, r);
}

/* ---- Fp12 ---- */

void fp12_8_set_one(struct fp12_8 *r) {
    fp8 one;
    fp8_set_one(&one);
    for (int c = 0; c < 2; c++) fp8_set_zero(&r->c[c]);
    for (int i = 0; i < FP8_LIMBS; i++) r->c[0].l[i] = _mm512_maskz_mov_epi64(1, one.l[i]);
}

/* The parts of an element of Fp6 are its six fp in order. */
void fp12_8_from(struct fp12_8 *r, const fp12 *a) {
    _Static_assert(sizeof(fp6) == 6 * sizeof(fp), "laid out as fp[6]");
    fp8_load_strided(&r->c[0], &a->c0.c0.c0, sizeof(fp), 6);
    fp8_load_strided(&r->c[1], &a->c1.c0.c0, sizeof(fp), 6);
}

void fp12_8_to(fp12 *r, const struct fp12_8 *a) {
    fp8_store_strided(&r->c0.c0.c0, sizeof(fp), 6, &a->c[0]);
    fp8_store_strided(&r->c1.c0.c0, sizeof(fp), 6, &a->c[1]);
}

/* Karatsuba. Products are below 2p; what is multiplied below 16. */
void fp12_8_mul(struct fp12_8 *r, const struct fp12_8 *a, const struct fp12_8 *b) {
    fp8 v0, v1, s, sa, sb;
    fp8_add(&sa, &a->c[0], &a->c[1]);
    fp8_add(&sb, &b->c[0], &b->c[1]);
    fp6_8_mul(&v0, &a->c[0], &b->c[0], BOUND_LOG);
    fp6_8_mul(&v1, &a->c[1], &b->c[1], BOUND_LOG);
    fp6_8_mul(&s, &sa, &sb, BOUND_LOG + 1);
    fp8_sub_loose(&s, &s, &v0, 1);
    fp8_sub(&r->c[1], &s, &v1, 1); /* 6 */
    mul_v_loose(&v1, &v1, 1);      /* 5 */
    fp8_add(&r->c[0], &v0, &v1);   /* 7 */
}

/* As fp12_sqr. */
void fp12_8_sqr(struct fp12_8 *r, const struct fp12_8 *a) {
    fp8 m, s, t;
    mul_v_loose(&t, &a->c[1], BOUND_LOG); /* 17 */
    fp8_add(&t, &t, &a->c[0]);
    fp8_add(&s, &a->c[0], &a->c[1]);
    fp6_8_mul(&m, &a->c[0], &a->c[1], BOUND_LOG);
    fp6_8_mul(&s, &s, &t, BOUND_LOG + 1);
    fp8_dbl(&r->c[1], &m);
    mul_v_loose(&t, &m, 1); /* 5 */
    fp8_add_loose(&t, &t, &m);
    fp8_sub_loose(&t, &s, &t, BOUND_LOG); /* 10 */
    fp8_reduce_loose(&r->c[0], &t);
}

void fp12_8_conj(struct fp12_8 *r, const struct fp12_8 *a) {
    r->c[0] = a->c[0];
    fp8_neg(&r->c[1], &a->c[1], BOUND_LOG - 1);
}

/* a0 L + v^2 a1 and a1 L + v a0. */
void fp12_8_mul_monic_line(struct fp12_8 *r, const struct fp12_8 *a, const fp8 *line, int first) {
    fp8 moved[2], out[2];
    for (int c = 0; c < 2; c++) {
        struct factors f;
        fp8 v, u_v;
        fp8_wide w;
        find_factors(&f, &a->c[c], BOUND_LOG);
        times_v(&v, &f.one, &f.xi);
        times_v(&u_v, &f.u, &f.u_xi);
        if (c == 0)
            moved[1] = v;
        else
            times_v2(&moved[0], &f.one, &f.xi);
        fp8_wide_clear(&w);
        fp8_wide_add_lane(&w, &f.one, line, first);
        fp8_wide_add_lane(&w, &f.u, line, first + 1);
        fp8_wide_add_lane(&w, &v, line, first + 2);
        fp8_wide_add_lane(&w, &u_v, line, first + 3);
        fp8_wide_reduce(&out[c], &w);
    }
    for (int c = 0; c < 2; c++) {
        fp8_add_loose(&out[c], &out[c], &moved[c]);
        fp8_reduce_loose(&r->c[c], &out[c]);
    }
}

/* ---- Frobenius ---- */

/* The coefficients' factors, of w^0, w^2, w^4 or of w^1, w^3, w^5: their real parts in both lanes of each, or their
 * imaginary parts. */
static void load_factors(fp8 *r, const fp2 factors[6], int c, bool imaginary) {
    const fp *at[FP8_LANES];
    for (int i = 0; i < FP8_LANES; i++) {
        const fp2 *factor = &factors[i < 6 ? i / 2 * 2 + c : c];
        at[i] = imaginary ? &factor->c1 : &factor->c0;
    }
    fp8_load(r, at);
}

/* As fp12_frobenius: each coefficient to the power p, if power is 1, and times its factor, which lies in Fp for
 * power 2. */
void fp12_8_frobenius(struct fp12_8 *r, const struct fp12_8 *a, int power) {
    const fp2 *factors = power == 1 ? FP12_FROBENIUS_1 : FP12_FROBENIUS_2;
    for (int c = 0; c < 2; c++) {
        fp8 t, u, real, imaginary;
        fp8_wide w;
        load_factors(&real, factors, c, false);
        if (power == 2) {
            fp8_mul(&r->c[c], &a->c[c], &real);
            continue;
        }
        load_factors(&imaginary, factors, c, true);
        fp8_neg_where(&t, (__mmask8)~RE, &a->c[c], BOUND_LOG);
        mul_u_loose(&u, &t, BOUND_LOG + 1);
        fp8_carry(&u, &u);
        fp8_wide_clear(&w);
        fp8_wide_add(&w, &t, &real);
        fp8_wide_add(&w, &u, &imaginary);
        fp8_wide_reduce(&t, &w);
        fp8_carry(&r->c[c], &t);
    }
}

/* ---- The cyclotomic subgroup ----
 *
 * With A, B, C as in curve/fp12.c, each x + y s with x and y in Fp2: c[0] holds x of A, x of C, y of B, and c[1] x of
 * B, y of A, y of C. In the square c[0] is 3 t - 2 old, t the first parts of A^2, B^2, C^2; c[1] is 3 t + 2 old, t
 * the second parts of C^2 (times xi), A^2, B^2. By real and imaginary part
 *
 *   x^2 + xi y^2:  (x0 + x1)(x0 - x1) - (y0 + y1)^2 + 2 y0^2,   2 x0 x1 - (y0 - y1)^2 + 2 y0^2
 *   2 x y:         2 (x0 y0 - x1 y1),                            2 (x0 y1 + x1 y0)
 * which are two products in each lane, but for the y0^2: those are three, and stand in lanes 6 and 7 of the first
 * sum (of A and C) and 6 of the second (of B). */

/* t = 3 of first parts' squares before 2 y0^2, with the y0^2 of A and C in lanes 6 and 7. xi_y gets xi y. */
INLINE void first_parts(fp8 *t, fp8 *y, fp8 *xi_y, const struct fp12_8 *a) {
    const __m512i take_x = indices(0, 1, OTHER(0), OTHER(1), 2, 3, OTHER(2), OTHER(4));
    const __m512i take_y = indices(OTHER(2), OTHER(3), 4, 5, OTHER(4), OTHER(5), 6, 7);
    fp8 p, q, e, minus_e;
    fp8_wide w;
    for (int i = 0; i < FP8_LIMBS; i++) {
        __m512i x = _mm512_permutex2var_epi64(a->c[0].l[i], take_x, a->c[1].l[i]);
        __m512i s = _mm512_mask_mov_epi64(x, SIX, swap_parts(x));
        __m512d d = _mm512_castsi512_pd(x);
        __m512i both = _mm512_castpd_si512(_mm512_mask_movedup_pd(d, SIX, d));
        /* x0 + x1, 2 x0; in lanes 6 and 7 2 y0 */
        p.l[i] = _mm512_add_epi64(both, s);
        /* x0 - x1, x1; in lanes 6 and 7 y0 */
        q.l[i] = _mm512_mask_sub_epi64(x, RE & SIX, _mm512_add_epi64(x, fp8_p_times(1, i)), s);
        /* xi y = (y0 - y1, y0 + y1) */
        __m512i yi = _mm512_maskz_permutex2var_epi64(SIX, a->c[0].l[i], take_y, a->c[1].l[i]);
        __m512i ys = swap_parts(yi);
        __m512i sum = _mm512_add_epi64(yi, ys);
        y->l[i] = yi;
        xi_y->l[i] = _mm512_mask_sub_epi64(sum, RE, _mm512_add_epi64(yi, fp8_p_times(1, i)), ys);
    }
    FP8_SET_BOUND(&p, 4);
    FP8_SET_BOUND(&q, 4);
    FP8_SET_BOUND(y, 2);
    FP8_SET_BOUND(xi_y, 4);
    fp8_carry(&p, &p);
    fp8_carry(&q, &q);
    fp8_carry(xi_y, xi_y);
    for (int i = 0; i < FP8_LIMBS; i++) {
        e.l[i] = _mm512_maskz_mov_epi64(SIX, swap_parts(xi_y->l[i]));
        minus_e.l[i] = _mm512_sub_epi64(fp8_p_times(2, i), e.l[i]);
    }
    FP8_SET_BOUND(&e, 4);
    FP8_SET_BOUND(&minus_e, 5);
    fp8_carry(&minus_e, &minus_e);
    fp8_wide_clear(&w);
    fp8_wide_add(&w, &p, &q);
    fp8_wide_add(&w, &e, &minus_e);
    fp8_wide_reduce(t, &w);
}

/* t = second parts' products x y, with xi for C, and y0^2 of B in lane 6. */
INLINE void second_parts(fp8 *t, const fp8 *y, const fp8 *xi_y, const struct fp12_8 *a) {
    const __m512i take_x = indices(2, 3, 0, 1, OTHER(0), OTHER(1), 4, 7);
    const __m512i take_y = indices(OTHER(4), OTHER(5), 0, 1, 2, 3, 2, 6);
    fp8 z, x0, x1, u;
    fp8_wide w;
    for (int i = 0; i < FP8_LIMBS; i++) {
        __m512i x = _mm512_permutex2var_epi64(a->c[0].l[i], take_x, a->c[1].l[i]);
        __m512d d = _mm512_castsi512_pd(x);
        x0.l[i] = _mm512_castpd_si512(_mm512_movedup_pd(d));
        x1.l[i] = _mm512_castpd_si512(_mm512_maskz_permute_pd(SIX, d, 0xff));
        z.l[i] = _mm512_permutex2var_epi64(y->l[i], take_y, xi_y->l[i]);
    }
    FP8_SET_BOUND(&x0, 2);
    FP8_SET_BOUND(&x1, 2);
    FP8_SET_BOUND(&z, 4);
    mul_u_loose(&u, &z, 2);
    fp8_carry(&u, &u);
    fp8_wide_clear(&w);
    fp8_wide_add(&w, &z, &x0);
    fp8_wide_add(&w, &u, &x1);
    fp8_wide_reduce(t, &w);
}

INLINE void square(struct fp12_8 *r, const struct fp12_8 *a) {
    const __m512i take_square = indices(6, 6, OTHER(6), OTHER(6), 7, 7, 7, 7);
    fp8 t[2], y, xi_y;
    first_parts(&t[0], &y, &xi_y, a);
    second_parts(&t[1], &y, &xi_y, a);
    /* 3 (t0 + 2 y0^2) - 2 old, where y0^2 came with a 2 from the first sum; 6 t1 + 2 old. Limbs of t are below 2^58.
     */
    const __m512i single = _mm512_set_epi64(0, 0, 0, 0, 1, 1, 0, 0);
    for (int i = 0; i < FP8_LIMBS; i++) {
        __m512i squares = _mm512_permutex2var_epi64(t[0].l[i], take_square, t[1].l[i]);
        __m512i first = _mm512_add_epi64(t[0].l[i], _mm512_sllv_epi64(squares, single));
        __m512i second = t[1].l[i], old0 = a->c[0].l[i], old1 = a->c[1].l[i];
        first = _mm512_add_epi64(first, _mm512_slli_epi64(first, 1));
        first = _mm512_sub_epi64(first, _mm512_slli_epi64(old0, 1));
        t[0].l[i] = _mm512_add_epi64(first, fp8_p_times(2, i));
        second = _mm512_add_epi64(_mm512_add_epi64(second, _mm512_slli_epi64(second, 1)), old1);
        t[1].l[i] = _mm512_slli_epi64(second, 1);
    }
    FP8_SET_BOUND(&t[0], 3 * (2 + 4) + 4);
    FP8_SET_BOUND(&t[1], 6 * 2 + 2 * 2);
    for (int c = 0; c < 2; c++) fp8_reduce_loose(&r->c[c], &t[c]);
}

void fp12_8_cyclotomic_sqr(struct fp12_8 *r, const struct fp12_8 *a) {
    KZG_CHECK(FP8_BOUND(&a->c[0]) <= 2 && FP8_BOUND(&a->c[1]) <= 2);
    square(r, a);
}

static void reduce(struct fp12_8 *a) {
    for (int c = 0; c < 2; c++) fp8_reduce_loose(&a->c[c], &a->c[c]);
}

void fp12_8_cyclotomic_pow_x(struct fp12_8 *r, const struct fp12_8 *a) {
    struct fp12_8 t = *a, base = *a;
    reduce(&t);
    for (int bit = 62; bit >= 0; bit--) {
        square(&t, &t);
        if ((BLS_X >> bit & 1) == 0) continue;
        fp12_8_mul(&t, &t, &base);
        reduce(&t);
    }
    *r = t;
}
