#include "curve/g1.h"

#include "curve/constants.h"

const g1_affine G1_GENERATOR = G1_GENERATOR_INIT;

void g1_from_affine(g1 *r, const g1_affine *a) {
    if (g1_affine_is_infinity(a)) {
        g1_set_infinity(r);
        return;
    }
    *r = (g1){a->x, a->y, FP_ONE};
}

/* x = X / Z^2, y = Y / Z^3, given 1/Z. */
static void scale_down(g1_affine *r, const g1 *a, const fp *z_inv) {
    fp z2, z3;
    fp_sqr(&z2, z_inv);
    fp_mul(&z3, &z2, z_inv);
    fp_mul(&r->x, &a->x, &z2);
    fp_mul(&r->y, &a->y, &z3);
}

void g1_to_affine(g1_affine *r, const g1 *a) {
    fp z_inv;
    fp_inv(&z_inv, &a->z);
    scale_down(r, a, &z_inv); /* Z = 0 gives 1/Z = 0 and so (0, 0) */
}

void g1_to_affine_batch(g1_affine *r, const g1 *a, size_t n, fp *scratch) {
    /* The prefix products live in scratch, the running inverse in one element: r is written from the back. */
    fp product = FP_ONE;
    for (size_t i = 0; i < n; i++) {
        scratch[i] = product;
        if (!g1_is_infinity(&a[i])) fp_mul(&product, &product, &a[i].z);
    }
    fp_inv(&product, &product);
    for (size_t i = n; i-- > 0;) {
        if (g1_is_infinity(&a[i])) {
            r[i] = (g1_affine){{{0}}, {{0}}};
            continue;
        }
        fp z_inv;
        fp_mul(&z_inv, &product, &scratch[i]);
        fp_mul(&product, &product, &a[i].z);
        scale_down(&r[i], &a[i], &z_inv);
    }
}

bool g1_affine_equal(const g1_affine *a, const g1_affine *b) {
    return fp_equal(&a->x, &b->x) && fp_equal(&a->y, &b->y);
}

bool g1_equal(const g1 *a, const g1 *b) {
    bool a_inf = g1_is_infinity(a), b_inf = g1_is_infinity(b);
    if (a_inf || b_inf) return a_inf && b_inf;
    fp az2, bz2, l, r;
    fp_sqr(&az2, &a->z);
    fp_sqr(&bz2, &b->z);
    fp_mul(&l, &a->x, &bz2);
    fp_mul(&r, &b->x, &az2);
    if (!fp_equal(&l, &r)) return false;
    fp_mul(&az2, &az2, &a->z);
    fp_mul(&bz2, &bz2, &b->z);
    fp_mul(&l, &a->y, &bz2);
    fp_mul(&r, &b->y, &az2);
    return fp_equal(&l, &r);
}

/* 2M + 5S. Source: the Explicit-Formulas Database, dbl-2009-l. Infinity (Z = 0) stays infinity; points of order two
 * do not exist on y^2 = x^3 + 4 over Fp, whose order is odd. */
void g1_dbl(g1 *r, const g1 *a) {
    fp aa, b, c, d, e, f, z;
    fp_sqr(&aa, &a->x);
    fp_sqr(&b, &a->y);
    fp_sqr(&c, &b);
    fp_add(&d, &a->x, &b);
    fp_sqr(&d, &d);
    fp_sub(&d, &d, &aa);
    fp_sub(&d, &d, &c);
    fp_dbl(&d, &d);
    fp_dbl(&e, &aa);
    fp_add(&e, &e, &aa);
    fp_sqr(&f, &e);
    fp_mul(&z, &a->y, &a->z);
    fp_dbl(&r->z, &z);
    fp_sub(&f, &f, &d);
    fp_sub(&r->x, &f, &d);
    fp_sub(&d, &d, &r->x);
    fp_mul(&d, &d, &e);
    fp_dbl(&c, &c);
    fp_dbl(&c, &c);
    fp_dbl(&c, &c);
    fp_sub(&r->y, &d, &c);
}

/* The common end of both additions: with h = U2 - U1 and s = 2 (S2 - S1), both not zero together. */
static void add_finish(g1 *r, const fp *u1, const fp *s1, const fp *h, const fp *s, const fp *z) {
    fp i, j, v, x;
    fp_dbl(&i, h);
    fp_sqr(&i, &i);
    fp_mul(&j, h, &i);
    fp_mul(&v, u1, &i);
    fp_sqr(&x, s);
    fp_sub(&x, &x, &j);
    fp_sub(&x, &x, &v);
    fp_sub(&x, &x, &v);
    fp_mul(&j, &j, s1);
    fp_dbl(&j, &j);
    fp_sub(&v, &v, &x);
    fp_mul(&v, &v, s);
    fp_sub(&r->y, &v, &j);
    r->x = x;
    r->z = *z;
}

/* 11M + 5S. Source: the Explicit-Formulas Database, add-2007-bl. */
void g1_add(g1 *r, const g1 *a, const g1 *b) {
    if (g1_is_infinity(a)) {
        *r = *b;
        return;
    }
    if (g1_is_infinity(b)) {
        *r = *a;
        return;
    }
    fp az2, bz2, u1, u2, s1, s2, z;
    fp_sqr(&az2, &a->z);
    fp_sqr(&bz2, &b->z);
    fp_mul(&u1, &a->x, &bz2);
    fp_mul(&u2, &b->x, &az2);
    fp_mul(&s1, &a->y, &b->z);
    fp_mul(&s1, &s1, &bz2);
    fp_mul(&s2, &b->y, &a->z);
    fp_mul(&s2, &s2, &az2);
    fp_sub(&u2, &u2, &u1);
    fp_sub(&s2, &s2, &s1);
    if (fp_is_zero(&u2)) {
        if (fp_is_zero(&s2))
            g1_dbl(r, a);
        else
            g1_set_infinity(r);
        return;
    }
    fp_dbl(&s2, &s2);
    fp_add(&z, &a->z, &b->z);
    fp_sqr(&z, &z);
    fp_sub(&z, &z, &az2);
    fp_sub(&z, &z, &bz2);
    fp_mul(&z, &z, &u2);
    add_finish(r, &u1, &s1, &u2, &s2, &z);
}

/* 7M + 4S. Source: the Explicit-Formulas Database, madd-2007-bl. */
void g1_add_affine(g1 *r, const g1 *a, const g1_affine *b) {
    if (g1_affine_is_infinity(b)) {
        *r = *a;
        return;
    }
    if (g1_is_infinity(a)) {
        g1_from_affine(r, b);
        return;
    }
    fp az2, h, s, z, x1 = a->x, y1 = a->y;
    fp_sqr(&az2, &a->z);
    fp_mul(&h, &b->x, &az2);
    fp_mul(&s, &b->y, &a->z);
    fp_mul(&s, &s, &az2);
    fp_sub(&h, &h, &x1);
    fp_sub(&s, &s, &y1);
    if (fp_is_zero(&h)) {
        if (fp_is_zero(&s))
            g1_dbl(r, a);
        else
            g1_set_infinity(r);
        return;
    }
    fp_dbl(&s, &s);
    fp_mul(&z, &a->z, &h);
    fp_dbl(&z, &z);
    add_finish(r, &x1, &y1, &h, &s, &z);
}

void g1_mul_plain(g1 *r, const g1_affine *a, const uint64_t k[4]) {
    g1 t;
    g1_affine base = *a;
    g1_set_infinity(&t);
    for (int i = 255; i >= 0; i--) {
        g1_dbl(&t, &t);
        if ((k[i / 64] >> (i % 64) & 1) != 0) g1_add_affine(&t, &t, &base);
    }
    *r = t;
}

bool g1_affine_on_curve(const g1_affine *a) {
    if (g1_affine_is_infinity(a)) return true;
    fp l, r;
    fp_sqr(&l, &a->y);
    fp_sqr(&r, &a->x);
    fp_mul(&r, &r, &a->x);
    fp_add(&r, &r, &G1_B);
    return fp_equal(&l, &r);
}

/* r = |x| a for any curve point: |x| has six bits set. */
static void mul_by_x(g1 *r, const g1 *a) {
    g1 t = *a;
    for (int i = 62; i >= 0; i--) {
        g1_dbl(&t, &t);
        if ((BLS_X >> i & 1) != 0) g1_add(&t, &t, a);
    }
    *r = t;
}

bool g1_affine_in_subgroup(const g1_affine *a) {
    if (g1_affine_is_infinity(a)) return true;
    g1 t, phi;
    g1_from_affine(&phi, a);
    mul_by_x(&t, &phi);
    mul_by_x(&t, &t);
    g1_neg(&t, &t);
    fp_mul(&phi.x, &phi.x, &G1_BETA);
    return g1_equal(&t, &phi);
}
