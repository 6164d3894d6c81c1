/* Fp: the base field of BLS12-381, integers modulo
 *   p = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab (381
 * bits).
 *
 * Representation: a * 2^384 mod p (Montgomery), six 64-bit limbs, least significant first, always fully reduced:
 * every function takes and gives values in [0, p). So equality is limb equality and zero is all limbs zero.
 * Outputs may alias inputs everywhere. No function fails, allocates or branches on anything but public data.
 *
 * fp_mul, fp_sqr and fp_mul2 go through the variant chosen in field/dispatch.c; the rest is inline or portable.
 */
#ifndef FIELD_FP_H
#define FIELD_FP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "field/dispatch.h"
#include "field/fp_constants.h"
#include "field/limbs.h"

static inline void fp_mul(fp *r, const fp *a, const fp *b) {
    field_ops.fp_mul(r, a, b);
}

static inline void fp_sqr(fp *r, const fp *a) {
    field_ops.fp_sqr(r, a);
}

static inline void fp_add(fp *r, const fp *a, const fp *b) {
    limbs6_add_mod(r->l, a->l, b->l, FP_MODULUS);
}

static inline void fp_sub(fp *r, const fp *a, const fp *b) {
    limbs6_sub_mod(r->l, a->l, b->l, FP_MODULUS);
}

static inline void fp_dbl(fp *r, const fp *a) {
    fp_add(r, a, a);
}

static inline bool fp_is_zero(const fp *a) {
    return (a->l[0] | a->l[1] | a->l[2] | a->l[3] | a->l[4] | a->l[5]) == 0;
}

static inline bool fp_equal(const fp *a, const fp *b) {
    uint64_t d = 0;
    for (int i = 0; i < FP_LIMBS; i++) d |= a->l[i] ^ b->l[i];
    return d == 0;
}

static inline void fp_neg(fp *r, const fp *a) {
    fp zero = {{0}};
    fp_sub(r, &zero, a);
}

static inline void fp_set_zero(fp *r) {
    *r = (fp){{0}};
}

static inline void fp_set_one(fp *r) {
    *r = FP_ONE;
}

void fp_from_u64(fp *r, uint64_t a);

/* r = 1/a, and 0 for 0. About 60 multiplications. */
void fp_inv(fp *r, const fp *a);

/* a[i] = 1/a[i] for each i < n, zeros stay zero. One inversion and 3 multiplications an element. scratch holds n. */
void fp_inv_batch(fp *a, size_t n, fp *scratch);

/* r = a^exponent; exponent is a plain integer of that many limbs. */
void fp_pow(fp *r, const fp *a, const uint64_t *exponent, size_t limbs);

/* A square root of a into r and true, or false (r untouched) if there is none. Which root is unspecified. */
bool fp_sqrt(fp *r, const fp *a);

/* Plain integer (not Montgomery), 48 bytes big-endian. false, r untouched, if it is not below p. */
bool fp_from_be(fp *r, const uint8_t in[48]);
void fp_to_be(uint8_t out[48], const fp *a);

/* Plain integer limbs, least significant first. */
void fp_to_plain(uint64_t out[FP_LIMBS], const fp *a);
void fp_from_plain(fp *r, const uint64_t in[FP_LIMBS]); /* in below p */

/* Is the plain integer above (p-1)/2? The sign of the point encodings. */
bool fp_is_large(const fp *a);

#endif
