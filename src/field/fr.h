/* Fr: the scalar field of BLS12-381, integers modulo
 *   r = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001 (255 bits; r - 1 is divisible by 2^32).
 *
 * Representation and rules as in field/fp.h: Montgomery with 2^256, four 64-bit limbs, always in [0, r). Outputs may
 * alias inputs.
 */
#ifndef FIELD_FR_H
#define FIELD_FR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "field/dispatch.h"
#include "field/fr_constants.h"
#include "field/limbs.h"

static inline void fr_mul(fr *r, const fr *a, const fr *b) {
    field_ops.fr_mul(r, a, b);
}

static inline void fr_sqr(fr *r, const fr *a) {
    field_ops.fr_sqr(r, a);
}

static inline void fr_add(fr *r, const fr *a, const fr *b) {
    limbs4_add_mod(r->l, a->l, b->l, FR_MODULUS);
}

static inline void fr_sub(fr *r, const fr *a, const fr *b) {
    limbs4_sub_mod(r->l, a->l, b->l, FR_MODULUS);
}

static inline void fr_neg(fr *r, const fr *a) {
    fr zero = {{0}};
    fr_sub(r, &zero, a);
}

static inline bool fr_is_zero(const fr *a) {
    return (a->l[0] | a->l[1] | a->l[2] | a->l[3]) == 0;
}

static inline bool fr_equal(const fr *a, const fr *b) {
    return ((a->l[0] ^ b->l[0]) | (a->l[1] ^ b->l[1]) | (a->l[2] ^ b->l[2]) | (a->l[3] ^ b->l[3])) == 0;
}

static inline void fr_set_zero(fr *r) {
    *r = (fr){{0}};
}

static inline void fr_set_one(fr *r) {
    *r = FR_ONE;
}

void fr_from_u64(fr *r, uint64_t a);

/* r = 1/a, and 0 for 0. */
void fr_inv(fr *r, const fr *a);

/* a[i] = 1/a[i] for each i < n, zeros stay zero. scratch holds n. */
void fr_inv_batch(fr *a, size_t n, fr *scratch);

/* r = a^e. */
void fr_pow_u64(fr *r, const fr *a, uint64_t e);

/* Plain integer, 32 bytes big-endian. false, r untouched, if it is not below the modulus. */
bool fr_from_be(fr *r, const uint8_t in[32]);
/* Any 32 bytes, reduced modulo r (spec: hash_to_bls_field). */
void fr_from_be_reduced(fr *r, const uint8_t in[32]);
void fr_to_be(uint8_t out[32], const fr *a);

/* Plain integer limbs, least significant first: what the scalar multiplications take. */
void fr_to_plain(uint64_t out[FR_LIMBS], const fr *a);
void fr_from_plain(fr *r, const uint64_t in[FR_LIMBS]); /* in below the modulus */

#endif
