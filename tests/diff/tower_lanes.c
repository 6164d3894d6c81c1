#include "diff/tower_lanes.h"

#include "curve/ifma/fp12_8.h"
#include "field/ifma/fp8_wide.h"

static void raise(struct fp12_8 *a, unsigned more) {
    for (int c = 0; c < 2; c++) {
        for (unsigned i = 0; i < more; i++) {
            fp8 p;
            fp8_set(&p, FP8_P);
            fp8_add(&a->c[c], &a->c[c], &p);
        }
    }
}

static void load(struct fp12_8 *r, const fp12 *a, unsigned more) {
    fp12_8_from(r, a);
    raise(r, more);
}

void tower_lanes_copy(fp12 *r, const fp12 *a) {
    struct fp12_8 t;
    load(&t, a, 0);
    fp12_8_to(r, &t);
}

void tower_lanes_mul(fp12 *r, const fp12 *a, const fp12 *b, unsigned more) {
    struct fp12_8 x, y;
    load(&x, a, more);
    load(&y, b, more);
    fp12_8_mul(&x, &x, &y);
    fp12_8_to(r, &x);
}

void tower_lanes_sqr(fp12 *r, const fp12 *a, unsigned more) {
    struct fp12_8 x;
    load(&x, a, more);
    fp12_8_sqr(&x, &x);
    fp12_8_to(r, &x);
}

void tower_lanes_conj(fp12 *r, const fp12 *a) {
    struct fp12_8 x;
    load(&x, a, 2);
    fp12_8_conj(&x, &x);
    fp12_8_to(r, &x);
}

void tower_lanes_frobenius(fp12 *r, const fp12 *a, int power, unsigned more) {
    struct fp12_8 x;
    load(&x, a, more);
    fp12_8_frobenius(&x, &x, power);
    fp12_8_to(r, &x);
}

void tower_lanes_mul_monic_line(fp12 *r, const fp12 *a, const fp2 *l0, const fp2 *l1, int first, unsigned more) {
    struct fp12_8 x;
    fp8 line;
    const fp lanes[4] = {l0->c0, l0->c1, l1->c0, l1->c1}, *at[FP8_LANES];
    for (int i = 0; i < FP8_LANES; i++) at[i] = &lanes[(i + 8 - first) % 4];
    fp8_load(&line, at);
    for (int i = 0; i < FP8_LIMBS; i++) line.l[i] = _mm512_maskz_mov_epi64((__mmask8)(0xf << first), line.l[i]);
    load(&x, a, more);
    fp12_8_mul_monic_line(&x, &x, &line, first);
    fp12_8_to(r, &x);
}

void tower_lanes_cyclotomic_sqr(fp12 *r, const fp12 *a) {
    struct fp12_8 x;
    load(&x, a, 0);
    fp12_8_cyclotomic_sqr(&x, &x);
    fp12_8_to(r, &x);
}

void tower_lanes_cyclotomic_pow_x(fp12 *r, const fp12 *a) {
    struct fp12_8 x;
    load(&x, a, 0);
    fp12_8_cyclotomic_pow_x(&x, &x);
    fp12_8_to(r, &x);
}

/* Limbs move 2^9 - 2 units from each to the one below, which leaves the value as it was. */
static void spread(fp8 *a, int sign) {
    const long long units = sign * ((1 << 9) - 2);
    for (int i = 1; i < FP8_LIMBS; i++) {
        a->l[i] = _mm512_sub_epi64(a->l[i], _mm512_set1_epi64(units));
        a->l[i - 1] = _mm512_add_epi64(a->l[i - 1], _mm512_set1_epi64(units * (1ll << 52)));
    }
}

bool tower_lanes_reduce(fp r[8], const fp a[8], const uint64_t multiple[8]) {
    fp8 x, twice_p, excess;
    bool below = true;
    fp8_load_strided(&x, a, sizeof(fp), FP8_LANES);
    fp8_canonical(&x, &x);
    __m512i q = _mm512_loadu_si512(multiple);
    for (int i = 0; i < FP8_LIMBS; i++)
        x.l[i] = _mm512_add_epi64(x.l[i], _mm512_mullo_epi64(q, _mm512_set1_epi64((long long)FP8_P[i])));
    FP8_SET_BOUND(&x, 1u << 11);
    fp8_carry(&x, &x);
    for (int sign = -1; sign <= 1; sign++) {
        fp8 t = x;
        spread(&t, sign);
        fp8_reduce_loose(&t, &t);
        fp8_set(&twice_p, FP8_P_TIMES[1]);
        for (int i = 0; i < FP8_LIMBS; i++) excess.l[i] = _mm512_sub_epi64(t.l[i], twice_p.l[i]);
        FP8_SET_BOUND(&excess, 2);
        fp8_carry(&excess, &excess);
        below &= _mm512_movepi64_mask(excess.l[FP8_LIMBS - 1]) == 0xff;
        fp8_store_strided(r, sizeof(fp), FP8_LANES, &t);
        below &= fp8_equal(&t, 2, &x, 11) == 0xff;
    }
    return below;
}
