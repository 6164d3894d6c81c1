/* Fp: the base field of BLS12-381, integers modulo
 *   p = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab (381
 * bits).
 *
 * Representation: a * 2^384 mod p (Montgomery), six 64-bit limbs, least significant first, fully reduced: every
 * function takes and gives values in [0, p), but those called lazy. So equality is limb equality and zero is all
 * limbs zero. fp_mul and fp_sqr also take lazy values, which are in [0, 2 p). Outputs may alias inputs everywhere. No
 * function fails, allocates or branches on anything but public data.
 *
 * fp_mul, fp_sqr, fp_mul_lazy and fp_chord go through the variant chosen in field/dispatch.c; the rest is inline or
 * portable.
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

/* Lazy: r = a b in [0, 2 p) for a, b in [0, 2 p). */
static inline void fp_mul_lazy(fp *r, const fp *a, const fp *b) {
    field_ops.fp_mul_lazy(r, a, b);
}

/* Lazy: r = a + b as integers. */
static inline void fp_add_lazy(fp *r, const fp *a, const fp *b) {
    limbs6_add(r->l, a->l, b->l);
}

/* Lazy: r = a - b + p as integers, for a, b in [0, p): in (0, 2 p), and p for equal ones. */
static inline void fp_sub_lazy(fp *r, const fp *a, const fp *b) {
    limbs6_sub_add(r->l, a->l, b->l, FP_MODULUS);
}

/* Lazy: r = a or p - a, without a branch, for a in [0, p): in [0, p]. */
static inline void fp_sign_lazy(fp *r, const fp *a, bool negative) {
    limbs6_sign(r->l, a->l, negative, FP_MODULUS);
}

/* r = fp reduced, of a lazy one in [0, 2 p). */
static inline void fp_reduce(fp *r, const fp *a) {
    limbs_reduce_once(r->l, a->l, FP_MODULUS, FP_LIMBS);
}

/* The sum of two points of a curve y^2 = x^3 + b, a and another of that x, by their chord (or by a tangent, with
 * x = a[0]), and one step back through a batch inversion:
 *   s = rise * (product * step[1]);  r[0] = s^2 - a[0] - x;  r[1] = s (r[0] - a[0]) - a[1];  product *= step[0].
 * So product * step[1] is 1 / (x - a[0]), rise is a[1] minus the other y, and step[0] is x - a[0], made 1 by what
 * product has become. product, step and rise are lazy, a[0] and x in [0, p), a[1] in [0, p], r in [0, p). r may alias
 * a and x; product stands alone. */
static inline void fp_chord(fp *r, fp *product, const fp step[2], const fp *rise, const fp *a, const fp *x) {
    field_ops.fp_chord(r, product, step, rise, a, x);
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

/* Is a the cube of something, and not 0? About 460 multiplications. */
bool fp_is_cube(const fp *a);

/* Plain integer (not Montgomery), 48 bytes big-endian. false, r untouched, if it is not below p. */
bool fp_from_be(fp *r, const uint8_t in[48]);
void fp_to_be(uint8_t out[48], const fp *a);

/* Plain integer limbs, least significant first. */
void fp_to_plain(uint64_t out[FP_LIMBS], const fp *a);
void fp_from_plain(fp *r, const uint64_t in[FP_LIMBS]); /* in below p */

/* Is the plain integer above (p-1)/2? The sign of the point encodings. */
bool fp_is_large(const fp *a);

#endif
