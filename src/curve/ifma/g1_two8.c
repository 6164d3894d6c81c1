/* A pair of points is a vector with X, Y, Z of the first in lanes 0 to 2 and of the second in 4 to 6; lanes 3 and 7
 * hold nothing, but stay below the bound. A doubling is three products in a row, as its seven depend on each other.
 */
#include "curve/ifma/g1_two8.h"

#include "curve/constants.h"

#define LANE(i) ((__mmask8)(0x11 << (i))) /* of both points */
/* Lane i takes lane a, b, c, d of its point. */
#define TAKE(a, b, c, d) ((a) | (b) << 2 | (c) << 4 | (d) << 6)

/* Source: as g1_jac8_dbl2. By lanes: (A, B, YZ), then (E^2, C, XB) with E = 3A and C = B^2, then
 * X3 = E^2 - 8 XB, and E (12 XB - E^2) - 8 C = Y3. v is below 32p before and after. */
static inline void double_both(fp8 *v) {
    fp8 left, right, t, u, s;
    for (int i = 0; i < FP8_LIMBS; i++) left.l[i] = _mm512_permutex_epi64(v->l[i], TAKE(0, 1, 1, 3));
    FP8_SET_BOUND(&left, FP8_BOUND(v));
    fp8_mul(&t, &left, v);
    for (int i = 0; i < FP8_LIMBS; i++) {
        __m512i twice = _mm512_add_epi64(t.l[i], t.l[i]);
        __m512i e = _mm512_mask_add_epi64(t.l[i], LANE(0), twice, t.l[i]);
        t.l[i] = _mm512_mask_mov_epi64(e, LANE(2), twice);
    }
    FP8_SET_BOUND(&t, 6);
    fp8_carry(&t, &t); /* E, B, Z3 */
    for (int i = 0; i < FP8_LIMBS; i++) {
        left.l[i] = _mm512_mask_permutex_epi64(t.l[i], LANE(2), v->l[i], TAKE(0, 0, 0, 0));
        right.l[i] = _mm512_permutex_epi64(t.l[i], TAKE(0, 1, 1, 3));
    }
    FP8_SET_BOUND(&left, 32);
    FP8_SET_BOUND(&right, 6);
    fp8_mul(&u, &left, &right); /* E^2, C, XB */
    for (int i = 0; i < FP8_LIMBS; i++) {
        __m512i other = _mm512_permutex_epi64(u.l[i], TAKE(2, 0, 2, 3)); /* XB, E^2 */
        __m512i xb = _mm512_permutex_epi64(u.l[i], TAKE(0, 2, 2, 3));    /* in lane 1 */
        __m512i x = _mm512_add_epi64(_mm512_sub_epi64(u.l[i], _mm512_slli_epi64(other, 3)), fp8_p_times(4, i));
        __m512i twelve = _mm512_add_epi64(_mm512_slli_epi64(xb, 3), _mm512_slli_epi64(xb, 2));
        __m512i y = _mm512_add_epi64(_mm512_sub_epi64(twelve, other), fp8_p_times(1, i));
        s.l[i] = _mm512_mask_mov_epi64(x, LANE(1), y);
        right.l[i] = _mm512_permutex_epi64(t.l[i], TAKE(0, 0, 0, 0)); /* E */
    }
    FP8_SET_BOUND(&s, 26);
    FP8_SET_BOUND(&right, 6);
    fp8_carry(&s, &s);
    fp8_mul(&right, &right, &s);
    for (int i = 0; i < FP8_LIMBS; i++) {
        __m512i y = _mm512_sub_epi64(right.l[i], _mm512_slli_epi64(u.l[i], 3));
        right.l[i] = _mm512_add_epi64(y, fp8_p_times(4, i));
    }
    FP8_SET_BOUND(&right, 18);
    fp8_carry(&right, &right);
    for (int i = 0; i < FP8_LIMBS; i++) {
        __m512i xz = _mm512_mask_mov_epi64(t.l[i], LANE(0), s.l[i]);
        v->l[i] = _mm512_mask_mov_epi64(xz, LANE(1), right.l[i]);
    }
    FP8_SET_BOUND(v, 26);
}

/* To points one a lane, in lanes 0 and 1 of both vectors, and back. */
static inline void spread(struct g1_jac8 r[2], const fp8 *v) {
    const __m512i first = _mm512_set_epi64(4, 0, 4, 0, 4, 0, 4, 0), one = _mm512_set1_epi64(1);
    for (int i = 0; i < FP8_LIMBS; i++) {
        __m512i y = _mm512_add_epi64(first, one), z = _mm512_add_epi64(y, one);
        r[0].x.l[i] = _mm512_permutexvar_epi64(first, v->l[i]);
        r[0].y.l[i] = _mm512_permutexvar_epi64(y, v->l[i]);
        r[0].z.l[i] = _mm512_permutexvar_epi64(z, v->l[i]);
    }
    FP8_SET_BOUND(&r[0].x, FP8_BOUND(v));
    FP8_SET_BOUND(&r[0].y, FP8_BOUND(v));
    FP8_SET_BOUND(&r[0].z, FP8_BOUND(v));
    r[1] = r[0];
}

static inline void join(fp8 *v, const struct g1_jac8 *a) {
    const __m512i from = _mm512_set_epi64(1, 1, 1, 1, 0, 0, 0, 0);
    for (int i = 0; i < FP8_LIMBS; i++) {
        __m512i x = _mm512_permutexvar_epi64(from, a->x.l[i]);
        x = _mm512_mask_permutexvar_epi64(x, LANE(1), from, a->y.l[i]);
        v->l[i] = _mm512_mask_permutexvar_epi64(x, LANE(2), from, a->z.l[i]);
    }
    FP8_SET_BOUND(v, 32);
    KZG_CHECK(FP8_BOUND(&a->x) <= 32 && FP8_BOUND(&a->y) <= 32 && FP8_BOUND(&a->z) <= 32);
}

void g1_two8_mul_by_x(struct g1_jac8 r[2], const struct g1_affine8 *p) {
    const struct g1_affine8 both[2] = {*p, *p};
    struct g1_jac8 start = {.x = p->x, .y = p->y};
    fp8 v;
    fp8_set_one(&start.z);
    join(&v, &start);
    for (int bit = 62; bit >= 0; bit--) {
        double_both(&v);
        if ((BLS_X >> bit & 1) == 0) continue;
        spread(r, &v);
        g1_jac8_add2(r, both);
        join(&v, &r[0]);
    }
    spread(r, &v);
}
