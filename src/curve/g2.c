#include "curve/g2.h"

#include "curve/constants.h"

const g2_affine G2_GENERATOR = G2_GENERATOR_INIT;

bool g2_is_infinity(const g2 *a) {
    return fp2_is_zero(&a->z);
}

bool g2_affine_is_infinity(const g2_affine *a) {
    return fp2_is_zero(&a->x) && fp2_is_zero(&a->y);
}

void g2_set_infinity(g2 *r) {
    *r = (g2){{{{0}}, {{0}}}, {{{0}}, {{0}}}, {{{0}}, {{0}}}};
}

void g2_neg(g2 *r, const g2 *a) {
    *r = *a;
    fp2_neg(&r->y, &a->y);
}

void g2_from_affine(g2 *r, const g2_affine *a) {
    if (g2_affine_is_infinity(a)) {
        g2_set_infinity(r);
        return;
    }
    r->x = a->x;
    r->y = a->y;
    fp2_set_one(&r->z);
}

/* Infinity needs no case of its own: 1/Z comes back as 0. */
void g2_to_affine(g2_affine *r, const g2 *a) {
    fp2 zi, zi2;
    fp2_inv(&zi, &a->z);
    fp2_sqr(&zi2, &zi);
    fp2_mul(&r->x, &a->x, &zi2);
    fp2_mul(&zi2, &zi2, &zi);
    fp2_mul(&r->y, &a->y, &zi2);
}

/* X1 Z2^2 = X2 Z1^2 and Y1 Z2^3 = Y2 Z1^3. */
bool g2_equal(const g2 *a, const g2 *b) {
    if (g2_is_infinity(a) || g2_is_infinity(b)) return g2_is_infinity(a) && g2_is_infinity(b);
    fp2 za, zb, l, m;
    fp2_sqr(&za, &a->z);
    fp2_sqr(&zb, &b->z);
    fp2_mul(&l, &a->x, &zb);
    fp2_mul(&m, &b->x, &za);
    if (!fp2_equal(&l, &m)) return false;
    fp2_mul(&za, &za, &a->z);
    fp2_mul(&zb, &zb, &b->z);
    fp2_mul(&l, &a->y, &zb);
    fp2_mul(&m, &b->y, &za);
    return fp2_equal(&l, &m);
}

bool g2_affine_equal(const g2_affine *a, const g2_affine *b) {
    return fp2_equal(&a->x, &b->x) && fp2_equal(&a->y, &b->y);
}

/* Formulas dbl-2009-l: M = 3 X^2, S = 4 X Y^2, X3 = M^2 - 2 S, Y3 = M (S - X3) - 8 Y^4, Z3 = 2 Y Z. Infinity stays
 * infinity, and no finite point of the twist has Y = 0, as its order is odd. */
void g2_dbl(g2 *r, const g2 *a) {
    fp2 xx, yy, yyyy, s, m, z;
    fp2_sqr(&xx, &a->x);
    fp2_sqr(&yy, &a->y);
    fp2_sqr(&yyyy, &yy);
    fp2_add(&s, &a->x, &yy);
    fp2_sqr(&s, &s);
    fp2_sub(&s, &s, &xx);
    fp2_sub(&s, &s, &yyyy);
    fp2_dbl(&s, &s);
    fp2_dbl(&m, &xx);
    fp2_add(&m, &m, &xx);
    fp2_mul(&z, &a->y, &a->z);
    fp2_dbl(&r->z, &z);
    fp2_sqr(&r->x, &m);
    fp2_sub(&r->x, &r->x, &s);
    fp2_sub(&r->x, &r->x, &s);
    fp2_sub(&s, &s, &r->x);
    fp2_mul(&s, &m, &s);
    fp2_dbl(&yyyy, &yyyy);
    fp2_dbl(&yyyy, &yyyy);
    fp2_dbl(&yyyy, &yyyy);
    fp2_sub(&r->y, &s, &yyyy);
}

/* The end that both additions share: with H = U2 - U1 and R = S2 - S1, X3 = R^2 - H^3 - 2 U1 H^2,
 * Y3 = R (U1 H^2 - X3) - S1 H^3. */
static void finish_add(g2 *r, const fp2 *u1, const fp2 *s1, const fp2 *h, const fp2 *rr) {
    fp2 hh, hhh, v, y;
    fp2_sqr(&hh, h);
    fp2_mul(&hhh, &hh, h);
    fp2_mul(&v, u1, &hh);
    fp2_mul(&y, s1, &hhh);
    fp2_sqr(&r->x, rr);
    fp2_sub(&r->x, &r->x, &hhh);
    fp2_sub(&r->x, &r->x, &v);
    fp2_sub(&r->x, &r->x, &v);
    fp2_sub(&v, &v, &r->x);
    fp2_mul(&r->y, rr, &v);
    fp2_sub(&r->y, &r->y, &y);
}

void g2_add(g2 *r, const g2 *a, const g2 *b) {
    if (g2_is_infinity(a)) {
        *r = *b;
        return;
    }
    if (g2_is_infinity(b)) {
        *r = *a;
        return;
    }
    fp2 za, zb, u1, u2, s1, s2;
    fp2_sqr(&za, &a->z);
    fp2_sqr(&zb, &b->z);
    fp2_mul(&u1, &a->x, &zb);
    fp2_mul(&u2, &b->x, &za);
    fp2_mul(&zb, &zb, &b->z);
    fp2_mul(&za, &za, &a->z);
    fp2_mul(&s1, &a->y, &zb);
    fp2_mul(&s2, &b->y, &za);
    fp2_sub(&u2, &u2, &u1);
    fp2_sub(&s2, &s2, &s1);
    if (fp2_is_zero(&u2)) {
        if (fp2_is_zero(&s2))
            g2_dbl(r, a);
        else
            g2_set_infinity(r);
        return;
    }
    fp2_mul(&za, &a->z, &b->z);
    fp2_mul(&r->z, &za, &u2);
    finish_add(r, &u1, &s1, &u2, &s2);
}

void g2_add_affine(g2 *r, const g2 *a, const g2_affine *b) {
    if (g2_affine_is_infinity(b)) {
        *r = *a;
        return;
    }
    if (g2_is_infinity(a)) {
        g2_from_affine(r, b);
        return;
    }
    fp2 zz, h, rr, u1 = a->x, s1 = a->y;
    fp2_sqr(&zz, &a->z);
    fp2_mul(&h, &b->x, &zz);
    fp2_mul(&zz, &zz, &a->z);
    fp2_mul(&rr, &b->y, &zz);
    fp2_sub(&h, &h, &a->x);
    fp2_sub(&rr, &rr, &a->y);
    if (fp2_is_zero(&h)) {
        if (fp2_is_zero(&rr))
            g2_dbl(r, a);
        else
            g2_set_infinity(r);
        return;
    }
    fp2_mul(&r->z, &a->z, &h);
    finish_add(r, &u1, &s1, &h, &rr);
}

/* r = k a, bit by bit from the top bit of the given limbs. */
static void mul_limbs(g2 *r, const g2_affine *a, const uint64_t *k, int limbs) {
    g2_affine base = *a;
    g2 t;
    g2_set_infinity(&t);
    for (int i = 64 * limbs - 1; i >= 0; i--) {
        g2_dbl(&t, &t);
        if (k[i / 64] >> (i % 64) & 1) g2_add_affine(&t, &t, &base);
    }
    *r = t;
}

void g2_mul_plain(g2 *r, const g2_affine *a, const uint64_t k[4]) {
    mul_limbs(r, a, k, 4);
}

bool g2_affine_on_curve(const g2_affine *a) {
    if (g2_affine_is_infinity(a)) return true;
    fp2 l, m;
    fp2_sqr(&l, &a->y);
    fp2_sqr(&m, &a->x);
    fp2_mul(&m, &m, &a->x);
    fp2_add(&m, &m, &G2_B);
    return fp2_equal(&l, &m);
}

/* psi(x, y) = (conj(x) G2_PSI_X, conj(y) G2_PSI_Y). Compared with x P = -|x| P. */
bool g2_affine_in_subgroup(const g2_affine *a) {
    static const uint64_t x_abs[1] = {BLS_X};
    g2_affine psi;
    fp2_conj(&psi.x, &a->x);
    fp2_mul(&psi.x, &psi.x, &G2_PSI_X);
    fp2_conj(&psi.y, &a->y);
    fp2_mul(&psi.y, &psi.y, &G2_PSI_Y);
    g2 left, right;
    g2_from_affine(&left, &psi);
    mul_limbs(&right, a, x_abs, 1);
    g2_neg(&right, &right);
    return g2_equal(&left, &right);
}
