#include "field/fp.h"

#include <string.h>

#include "base/bytes.h"
#include "field/modinv.h"

void fp_from_plain(fp *r, const uint64_t in[FP_LIMBS]) {
    fp t;
    memcpy(t.l, in, sizeof t.l);
    fp_mul(r, &t, &FP_R2);
}

void fp_to_plain(uint64_t out[FP_LIMBS], const fp *a) {
    static const fp plain_one = {{1}};
    fp t;
    fp_mul(&t, a, &plain_one);
    memcpy(out, t.l, sizeof t.l);
}

void fp_from_u64(fp *r, uint64_t a) {
    uint64_t plain[FP_LIMBS] = {a};
    fp_from_plain(r, plain);
}

bool fp_from_be(fp *r, const uint8_t in[48]) {
    uint64_t t[FP_LIMBS], drop, borrow = 0;
    for (int i = 0; i < FP_LIMBS; i++) t[i] = load_be64(in + 8 * (FP_LIMBS - 1 - i));
    for (int i = 0; i < FP_LIMBS; i++) borrow = limbs_sbb(&drop, t[i], FP_MODULUS[i], borrow);
    if (borrow == 0) return false;
    fp_from_plain(r, t);
    return true;
}

void fp_to_be(uint8_t out[48], const fp *a) {
    uint64_t t[FP_LIMBS];
    fp_to_plain(t, a);
    for (int i = 0; i < FP_LIMBS; i++) store_be64(out + 8 * (FP_LIMBS - 1 - i), t[i]);
}

bool fp_is_large(const fp *a) {
    uint64_t t[FP_LIMBS], drop, borrow = 0;
    fp_to_plain(t, a);
    for (int i = 0; i < FP_LIMBS; i++) borrow = limbs_sbb(&drop, FP_MODULUS_HALF[i], t[i], borrow);
    return borrow != 0;
}

void fp_inv(fp *r, const fp *a) {
    fp t;
    /* a holds v 2^384; its inverse as a plain integer is 1/(v 2^384), which lacks 2^768. */
    modinv(t.l, a->l, FP_MODULUS, FP_INV62, FP_LIMBS);
    fp_mul(r, &t, &FP_R3);
}

void fp_inv_batch(fp *a, size_t n, fp *scratch) {
    fp product = FP_ONE;
    for (size_t i = 0; i < n; i++) {
        scratch[i] = product;
        if (!fp_is_zero(&a[i])) fp_mul(&product, &product, &a[i]);
    }
    fp_inv(&product, &product);
    for (size_t i = n; i-- > 0;) {
        if (fp_is_zero(&a[i])) continue;
        fp t;
        fp_mul(&t, &product, &scratch[i]);
        fp_mul(&product, &product, &a[i]);
        a[i] = t;
    }
}

void fp_pow(fp *r, const fp *a, const uint64_t *exponent, size_t limbs) {
    /* Windows of four bits, from the top. */
    fp table[16], t = FP_ONE;
    table[0] = FP_ONE;
    table[1] = *a;
    for (int i = 2; i < 16; i++) fp_mul(&table[i], &table[i - 1], a);
    bool started = false;
    for (size_t i = 16 * limbs; i-- > 0;) {
        unsigned digit = (unsigned)(exponent[i / 16] >> (4 * (i % 16))) & 15;
        if (started) {
            for (int k = 0; k < 4; k++) fp_sqr(&t, &t);
        }
        if (digit != 0) {
            fp_mul(&t, &t, &table[digit]);
            started = true;
        }
    }
    *r = t;
}

bool fp_sqrt(fp *r, const fp *a) {
    fp t, check;
    fp_pow(&t, a, FP_SQRT_EXPONENT, FP_LIMBS);
    fp_sqr(&check, &t);
    if (!fp_equal(&check, a)) return false;
    *r = t;
    return true;
}

bool fp_is_cube(const fp *a) {
    fp t;
    fp_pow(&t, a, FP_CUBE_EXPONENT, FP_LIMBS);
    return fp_equal(&t, &FP_ONE);
}
