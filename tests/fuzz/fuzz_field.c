/* Decoding of field elements: accepted exactly when below the modulus, by comparison of bytes; encoding gives the
 * bytes back; the reducing decoder agrees; a few laws of arithmetic hold on what was decoded. */
#include "field/fp.h"
#include "field/fr.h"
#include "fuzz/fuzz.h"

/* limbs to bytes, most significant first */
static void modulus_bytes(uint8_t *out, const uint64_t *limbs, int n) {
    for (int i = 0; i < 8 * n; i++) out[8 * n - 1 - i] = (uint8_t)(limbs[i / 8] >> 8 * (i % 8));
}

static bool decode_fr(fr *r, const uint8_t in[32]) {
    static const fr untouched = {{1, 2, 3, 4}};
    uint8_t modulus[32], out[32];
    fr reduced;
    modulus_bytes(modulus, FR_MODULUS, FR_LIMBS);
    *r = untouched;
    bool accepted = fr_from_be(r, in);
    FUZZ_HOLDS(accepted == (memcmp(in, modulus, 32) < 0));
    fr_from_be_reduced(&reduced, in);
    fr_to_be(out, &reduced);
    FUZZ_HOLDS(memcmp(out, modulus, 32) < 0);
    FUZZ_HOLDS((memcmp(out, in, 32) == 0) == accepted);
    if (accepted)
        FUZZ_HOLDS(fr_equal(r, &reduced));
    else
        FUZZ_HOLDS(memcmp(r, &untouched, sizeof *r) == 0);
    *r = reduced;
    return accepted;
}

static void fr_laws(const fr *a, const fr *b) {
    fr sum, product, left, right, inverse;
    fr_add(&sum, a, b);
    fr_sub(&left, &sum, b);
    FUZZ_HOLDS(fr_equal(&left, a));
    fr_mul(&product, a, b); /* (a + b) b = a b + b^2 */
    fr_mul(&left, &sum, b);
    fr_sqr(&right, b);
    fr_add(&right, &right, &product);
    FUZZ_HOLDS(fr_equal(&left, &right));
    fr_inv(&inverse, a);
    fr_mul(&left, &inverse, a);
    FUZZ_HOLDS(fr_is_zero(a) ? fr_is_zero(&inverse) : fr_equal(&left, &FR_ONE));
}

static bool decode_fp(fp *r, const uint8_t in[48]) {
    static const fp untouched = {{1, 2, 3, 4, 5, 6}};
    uint8_t modulus[48], out[48];
    modulus_bytes(modulus, FP_MODULUS, FP_LIMBS);
    *r = untouched;
    bool accepted = fp_from_be(r, in);
    FUZZ_HOLDS(accepted == (memcmp(in, modulus, 48) < 0));
    if (!accepted) {
        FUZZ_HOLDS(memcmp(r, &untouched, sizeof *r) == 0);
        return false;
    }
    fp_to_be(out, r);
    FUZZ_HOLDS(memcmp(out, in, 48) == 0);
    return true;
}

static void fp_laws(const fp *a, const fp *b) {
    fp sum, product, left, right, t;
    fp_add(&sum, a, b);
    fp_mul(&product, a, b);
    fp_mul(&left, &sum, b);
    fp_sqr(&right, b);
    fp_add(&right, &right, &product);
    FUZZ_HOLDS(fp_equal(&left, &right));
    fp_inv(&t, a);
    fp_mul(&left, &t, a);
    FUZZ_HOLDS(fp_is_zero(a) ? fp_is_zero(&t) : fp_equal(&left, &FP_ONE));
    if (fp_sqrt(&t, a)) {
        fp_sqr(&left, &t);
        FUZZ_HOLDS(fp_equal(&left, a));
    } else { /* -1 is no square modulo p, so -a must be one */
        fp_neg(&left, a);
        FUZZ_HOLDS(fp_sqrt(&t, &left));
    }
    fp_neg(&t, a);
    FUZZ_HOLDS(fp_is_zero(a) || fp_is_large(a) != fp_is_large(&t));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input in = {data, size};
    uint8_t bytes[48];
    fr a, b;
    fp c, d;
    fuzz_take(&in, bytes, 32);
    (void)decode_fr(&a, bytes);
    fuzz_take(&in, bytes, 32);
    (void)decode_fr(&b, bytes);
    fr_laws(&a, &b);
    fuzz_take(&in, bytes, 48);
    bool both = decode_fp(&c, bytes);
    fuzz_take(&in, bytes, 48);
    if (decode_fp(&d, bytes) && both) fp_laws(&c, &d);
    return 0;
}
