/* glv_split (curve/glv.h) of eight scalars, one a lane, with the same halves: numbers in three limbs of 52 bits,
 * whose limbs may be negative. */
#ifndef CURVE_IFMA_GLV8_H
#define CURVE_IFMA_GLV8_H

#include <immintrin.h>
#include <stdint.h>

#include "curve/constants.h"
#include "field/fr.h"
#include "field/ifma/fr8.h"

#define GLV8_LIMBS 3

/* A number of up to 192 bits in limbs of 52 bits. */
static inline void glv8_limbs(uint64_t limbs[4], const uint64_t words[3]) {
    limbs[0] = words[0] & FR8_MASK;
    limbs[1] = (words[0] >> 52 | words[1] << 12) & FR8_MASK;
    limbs[2] = (words[1] >> 40 | words[2] << 24) & FR8_MASK;
    limbs[3] = words[2] >> 28;
}

/* What a split takes: x^2, its half, and the estimate of the quotient. */
struct glv8 {
    __m512i x2[GLV8_LIMBS], half[GLV8_LIMBS], reciprocal[GLV8_LIMBS];
    fr8 to_plain; /* from fr's form */
};

static inline void glv8_set_number(__m512i r[GLV8_LIMBS], uint64_t low, uint64_t middle, uint64_t high) {
    uint64_t limbs[4];
    glv8_limbs(limbs, (const uint64_t[3]){low, middle, high});
    for (int i = 0; i < GLV8_LIMBS; i++) r[i] = fr8_word(limbs[i]);
}

static inline void glv8_init(struct glv8 *g) {
    glv8_set_number(g->x2, GLV_X2[0], GLV_X2[1], 0);
    glv8_set_number(g->half, GLV_X2_HALF[0], GLV_X2_HALF[1], 0);
    glv8_set_number(g->reciprocal, GLV_RECIPROCAL[0], GLV_RECIPROCAL[1], GLV_RECIPROCAL[2]);
    fr8_set(&g->to_plain, FR8_FR_TO_PLAIN);
}

/* Limbs but the top one into [0, 2^52). */
static inline void glv8_carry(__m512i *limbs, int n) {
    for (int i = 0; i + 1 < n; i++) {
        limbs[i + 1] = _mm512_add_epi64(limbs[i + 1], _mm512_srai_epi64(limbs[i], 52));
        limbs[i] = _mm512_and_si512(limbs[i], fr8_word(FR8_MASK));
    }
}

/* r = a - b with carries; the lanes where it is negative. */
static inline __mmask8 glv8_sub(__m512i r[GLV8_LIMBS], const __m512i a[GLV8_LIMBS], const __m512i b[GLV8_LIMBS]) {
    for (int i = 0; i < GLV8_LIMBS; i++) r[i] = _mm512_sub_epi64(a[i], b[i]);
    glv8_carry(r, GLV8_LIMBS);
    return _mm512_movepi64_mask(r[GLV8_LIMBS - 1]);
}

static inline void glv8_increment(__m512i r[GLV8_LIMBS], __mmask8 lanes) {
    r[0] = _mm512_mask_add_epi64(r[0], lanes, r[0], fr8_word(1));
    glv8_carry(r, GLV8_LIMBS);
}

/* q = floor(k reciprocal / 2^256), the quotient by x^2 or one less. */
static inline void glv8_quotient(__m512i q[GLV8_LIMBS], const struct glv8 *g, const fr8 *k) {
    __m512i t[FR8_LIMBS + GLV8_LIMBS];
    for (int i = 0; i < FR8_LIMBS + GLV8_LIMBS; i++) t[i] = _mm512_setzero_si512();
    for (int i = 0; i < FR8_LIMBS; i++) {
        for (int j = 0; j < GLV8_LIMBS; j++) {
            t[i + j] = _mm512_madd52lo_epu64(t[i + j], k->l[i], g->reciprocal[j]);
            t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], k->l[i], g->reciprocal[j]);
        }
    }
    glv8_carry(t, FR8_LIMBS + GLV8_LIMBS);
    /* From bit 256 on: limb 4, bit 48. */
    for (int i = 0; i < GLV8_LIMBS; i++)
        q[i] = _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64(t[i + 4], 48), _mm512_slli_epi64(t[i + 5], 4)),
                                fr8_word(FR8_MASK));
}

/* rem = k - q x^2, in [0, 2 x^2): the lower limbs are enough, the rest cancels. */
static inline void glv8_remainder(__m512i rem[GLV8_LIMBS], const struct glv8 *g, const fr8 *k,
                                  const __m512i q[GLV8_LIMBS]) {
    __m512i t[GLV8_LIMBS];
    for (int i = 0; i < GLV8_LIMBS; i++) t[i] = _mm512_setzero_si512();
    for (int i = 0; i < GLV8_LIMBS; i++) {
        for (int j = 0; i + j < GLV8_LIMBS; j++) t[i + j] = _mm512_madd52lo_epu64(t[i + j], q[i], g->x2[j]);
        for (int j = 0; i + j + 1 < GLV8_LIMBS; j++)
            t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], q[i], g->x2[j]);
    }
    for (int i = 0; i < GLV8_LIMBS; i++) rem[i] = _mm512_sub_epi64(k->l[i], t[i]);
    glv8_carry(rem, GLV8_LIMBS);
    rem[GLV8_LIMBS - 1] = _mm512_and_si512(rem[GLV8_LIMBS - 1], fr8_word(FR8_MASK));
}

/* k[i] = r[0] + r[1] x^2 mod r. */
static inline void glv8_split(__m512i r[2][GLV8_LIMBS], const struct glv8 *g, const fr *k) {
    __m512i *rem = r[0], *q = r[1], t[GLV8_LIMBS];
    fr8 plain;
    fr8_load(&plain, k, 1);
    fr8_mul(&plain, &plain, &g->to_plain);
    fr8_canonical(&plain, &plain);
    glv8_quotient(q, g, &plain);
    glv8_remainder(rem, g, &plain, q);

    __mmask8 over = (__mmask8)~glv8_sub(t, rem, g->x2);
    for (int i = 0; i < GLV8_LIMBS; i++) rem[i] = _mm512_mask_mov_epi64(rem[i], over, t[i]);
    glv8_increment(q, over);

    /* The remainder into [-x^2/2, x^2/2]. */
    over = glv8_sub(t, g->half, rem);
    for (int i = 0; i < GLV8_LIMBS; i++) rem[i] = _mm512_mask_sub_epi64(rem[i], over, rem[i], g->x2[i]);
    glv8_increment(q, over);

    /* The quotient: r = (x^2 - 1) x^2 + 1, so that taking x^2 - 1 from it takes 1 from the remainder. */
    over = glv8_sub(t, g->half, q);
    for (int i = 0; i < GLV8_LIMBS; i++) q[i] = _mm512_mask_sub_epi64(q[i], over, q[i], g->x2[i]);
    q[0] = _mm512_mask_add_epi64(q[0], over, q[0], fr8_word(1));
    rem[0] = _mm512_mask_sub_epi64(rem[0], over, rem[0], fr8_word(1));
}

#endif
