/* Fp2 = Fp[u]/(u^2 + 1). Rules as in field/fp.h: reduced in and out, any aliasing. */
#ifndef CURVE_FP2_H
#define CURVE_FP2_H

#include "curve/types.h"
#include "field/fp.h"

static inline void fp2_mul(fp2 *r, const fp2 *a, const fp2 *b) {
    field_ops.fp2_mul(&r->c0, &a->c0, &b->c0);
}

static inline void fp2_sqr(fp2 *r, const fp2 *a) {
    field_ops.fp2_sqr(&r->c0, &a->c0);
}

static inline void fp2_add(fp2 *r, const fp2 *a, const fp2 *b) {
    fp_add(&r->c0, &a->c0, &b->c0);
    fp_add(&r->c1, &a->c1, &b->c1);
}

static inline void fp2_sub(fp2 *r, const fp2 *a, const fp2 *b) {
    fp_sub(&r->c0, &a->c0, &b->c0);
    fp_sub(&r->c1, &a->c1, &b->c1);
}

static inline void fp2_dbl(fp2 *r, const fp2 *a) {
    fp2_add(r, a, a);
}

static inline void fp2_neg(fp2 *r, const fp2 *a) {
    fp_neg(&r->c0, &a->c0);
    fp_neg(&r->c1, &a->c1);
}

static inline void fp2_conj(fp2 *r, const fp2 *a) {
    r->c0 = a->c0;
    fp_neg(&r->c1, &a->c1);
}

/* r = a (1 + u), the non-residue of Fp6. */
static inline void fp2_mul_xi(fp2 *r, const fp2 *a) {
    fp t;
    fp_sub(&t, &a->c0, &a->c1);
    fp_add(&r->c1, &a->c0, &a->c1);
    r->c0 = t;
}

static inline void fp2_mul_fp(fp2 *r, const fp2 *a, const fp *b) {
    fp t = *b; /* b may lie in r */
    fp_mul(&r->c0, &a->c0, &t);
    fp_mul(&r->c1, &a->c1, &t);
}

static inline bool fp2_is_zero(const fp2 *a) {
    return fp_is_zero(&a->c0) && fp_is_zero(&a->c1);
}

static inline bool fp2_equal(const fp2 *a, const fp2 *b) {
    return fp_equal(&a->c0, &b->c0) && fp_equal(&a->c1, &b->c1);
}

static inline void fp2_set_one(fp2 *r) {
    *r = (fp2){FP_ONE, {{0}}};
}

/* r = 1/a, and 0 for 0. */
void fp2_inv(fp2 *r, const fp2 *a);

/* A square root into r and true, or false (r untouched) if there is none. */
bool fp2_sqrt(fp2 *r, const fp2 *a);

/* Sign of the point encodings: is c1 above (p-1)/2, or c0 where c1 = 0? */
bool fp2_is_large(const fp2 *a);

#endif
