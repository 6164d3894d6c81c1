#include "curve/fp2.h"

#include "curve/constants.h"

/* 1/(a0 + a1 u) = (a0 - a1 u) / (a0^2 + a1^2). The norm is zero only for zero, as -1 is no square in Fp. */
void fp2_inv(fp2 *r, const fp2 *a) {
    fp norm, t;
    fp_sqr(&norm, &a->c0);
    fp_sqr(&t, &a->c1);
    fp_add(&norm, &norm, &t);
    fp_inv(&norm, &norm);
    fp_mul(&r->c0, &a->c0, &norm);
    fp_mul(&t, &a->c1, &norm);
    fp_neg(&r->c1, &t);
}

/* The root of a real number is real or imaginary, as one of a and -a is a square. */
static bool sqrt_real(fp2 *r, const fp *a) {
    fp t;
    if (fp_sqrt(&r->c0, a)) {
        fp_set_zero(&r->c1);
        return true;
    }
    fp_neg(&t, a);
    fp_set_zero(&r->c0);
    return fp_sqrt(&r->c1, &t);
}

/* With x0 + x1 u the root of a0 + a1 u: x0^2 - x1^2 = a0, 2 x0 x1 = a1, and x0^2 + x1^2 is a root n of the norm
 * a0^2 + a1^2, which must therefore be a square. t = (a0 + n)/2 is x0^2 for one sign of n and -x1^2 for the other;
 * s = t^((p+1)/4) has s^2 = t or -t, so it is x0 or x1, and the other follows by division. t is zero only for
 * a1 = 0, which goes its own way. */
bool fp2_sqrt(fp2 *r, const fp2 *a) {
    if (fp_is_zero(&a->c1)) {
        fp real = a->c0;
        return sqrt_real(r, &real);
    }
    fp n, t, s, other;
    fp_sqr(&n, &a->c0);
    fp_sqr(&t, &a->c1);
    fp_add(&n, &n, &t);
    if (!fp_sqrt(&n, &n)) return false;
    fp_add(&t, &a->c0, &n);
    fp_mul(&t, &t, &FP_HALF);
    fp_pow(&s, &t, FP_SQRT_EXPONENT, FP_LIMBS);
    fp_dbl(&other, &s);
    fp_inv(&other, &other);
    fp_mul(&other, &other, &a->c1);
    fp_sqr(&n, &s);
    bool real_part = fp_equal(&n, &t);
    r->c0 = real_part ? s : other;
    r->c1 = real_part ? other : s;
    return true;
}

bool fp2_is_large(const fp2 *a) {
    return fp_is_zero(&a->c1) ? fp_is_large(&a->c0) : fp_is_large(&a->c1);
}
