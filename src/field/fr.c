#include "field/fr.h"

#include <string.h>

#include "base/bytes.h"
#include "field/modinv.h"

void fr_from_plain(fr *r, const uint64_t in[FR_LIMBS]) {
    fr t;
    memcpy(t.l, in, sizeof t.l);
    fr_mul(r, &t, &FR_R2);
}

void fr_to_plain(uint64_t out[FR_LIMBS], const fr *a) {
    static const fr plain_one = {{1}};
    fr t;
    fr_mul(&t, a, &plain_one);
    memcpy(out, t.l, sizeof t.l);
}

void fr_from_u64(fr *r, uint64_t a) {
    uint64_t plain[FR_LIMBS] = {a};
    fr_from_plain(r, plain);
}

/* t - modulus into out; the borrow is 1 when t is below the modulus. */
static uint64_t subtract_modulus(uint64_t out[FR_LIMBS], const uint64_t t[FR_LIMBS]) {
    uint64_t borrow = 0;
    for (int i = 0; i < FR_LIMBS; i++) borrow = limbs_sbb(&out[i], t[i], FR_MODULUS[i], borrow);
    return borrow;
}

static void load_plain(uint64_t t[FR_LIMBS], const uint8_t in[32]) {
    for (int i = 0; i < FR_LIMBS; i++) t[i] = load_be64(in + 8 * (FR_LIMBS - 1 - i));
}

bool fr_from_be(fr *r, const uint8_t in[32]) {
    uint64_t t[FR_LIMBS], drop[FR_LIMBS];
    load_plain(t, in);
    if (subtract_modulus(drop, t) == 0) return false;
    fr_from_plain(r, t);
    return true;
}

void fr_from_be_reduced(fr *r, const uint8_t in[32]) {
    uint64_t t[FR_LIMBS], d[FR_LIMBS];
    load_plain(t, in);
    /* 2^256 < 3 r: at most two subtractions. */
    while (subtract_modulus(d, t) == 0) memcpy(t, d, sizeof t);
    fr_from_plain(r, t);
}

void fr_to_be(uint8_t out[32], const fr *a) {
    uint64_t t[FR_LIMBS];
    fr_to_plain(t, a);
    for (int i = 0; i < FR_LIMBS; i++) store_be64(out + 8 * (FR_LIMBS - 1 - i), t[i]);
}

void fr_inv(fr *r, const fr *a) {
    fr t;
    modinv(t.l, a->l, FR_MODULUS, FR_INV62, FR_LIMBS);
    fr_mul(r, &t, &FR_R3);
}

void fr_inv_batch(fr *a, size_t n, fr *scratch) {
    fr product = FR_ONE;
    for (size_t i = 0; i < n; i++) {
        scratch[i] = product;
        if (!fr_is_zero(&a[i])) fr_mul(&product, &product, &a[i]);
    }
    fr_inv(&product, &product);
    for (size_t i = n; i-- > 0;) {
        if (fr_is_zero(&a[i])) continue;
        fr t;
        fr_mul(&t, &product, &scratch[i]);
        fr_mul(&product, &product, &a[i]);
        a[i] = t;
    }
}

void fr_pow_u64(fr *r, const fr *a, uint64_t e) {
    fr base = *a, t = FR_ONE;
    for (; e != 0; e >>= 1) {
        if ((e & 1) != 0) fr_mul(&t, &t, &base);
        fr_sqr(&base, &base);
    }
    *r = t;
}
