/* Decoding of G2 points: as fuzz_g1.c. */
#include "curve/encoding.h"
#include "curve/g2.h"
#include "field/fr_constants.h"
#include "fuzz/fuzz.h"

static void check_subgroup(const g2_affine *p) {
    g2 t;
    g2_affine small;
    g2_mul_plain(&t, p, FR_MODULUS);
    FUZZ_HOLDS(g2_affine_in_subgroup(p) == g2_is_infinity(&t));
    g2_to_affine(&small, &t); /* without its part in the subgroup */
    FUZZ_HOLDS(g2_affine_in_subgroup(&small) == g2_affine_is_infinity(&small));
}

static void compressed(const uint8_t in[96], bool deep) {
    g2_affine untouched, p, decoded;
    uint8_t out[96];
    memset(&untouched, 1, sizeof untouched);
    p = decoded = untouched;
    status_code status = g2_decompress(&p, in), full = g2_decode(&decoded, in);
    if (status != ST_OK) {
        FUZZ_HOLDS(full == status);
        FUZZ_HOLDS(memcmp(&p, &untouched, sizeof p) == 0 && memcmp(&decoded, &untouched, sizeof p) == 0);
        return;
    }
    FUZZ_HOLDS(g2_affine_on_curve(&p));
    g2_compress(out, &p);
    FUZZ_HOLDS(memcmp(in, out, 96) == 0);
    FUZZ_HOLDS(full == (g2_affine_in_subgroup(&p) ? ST_OK : ST_POINT_NOT_IN_SUBGROUP));
    if (deep) check_subgroup(&p);
}

static void uncompressed(const uint8_t in[192]) {
    g2_affine p, q;
    uint8_t out[192], small[96];
    if (g2_deserialize(&p, in) != ST_OK) return;
    FUZZ_HOLDS(g2_affine_on_curve(&p));
    g2_serialize(out, &p);
    FUZZ_HOLDS(memcmp(in, out, 192) == 0);
    g2_compress(small, &p);
    FUZZ_HOLDS(g2_decompress(&q, small) == ST_OK && g2_affine_equal(&p, &q));
}

static void uncompressed_of(const uint8_t in[96], struct fuzz_input *rest) {
    g2_affine p;
    uint8_t bytes[192];
    if (g2_decompress(&p, in) != ST_OK) return;
    g2_serialize(bytes, &p);
    for (size_t at = fuzz_u8(rest); rest->size != 0; at += fuzz_u8(rest)) bytes[at % 192] ^= fuzz_u8(rest);
    uncompressed(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input in = {data, size};
    uint8_t bytes[192];
    fuzz_take(&in, bytes, 96);
    compressed(bytes, bytes[95] % 8 == 0);
    uncompressed_of(bytes, &in);
    in = (struct fuzz_input){data, size};
    fuzz_take(&in, bytes, 192);
    uncompressed(bytes);
    return 0;
}
