/* Decoding of G1 points: an encoding that is accepted is the only one of its point; the point lies on the curve; the
 * fast subgroup check agrees with [r]P = 0, on the point itself, on its part of small order and on its part in the
 * subgroup. */
#include "curve/encoding.h"
#include "curve/g1.h"
#include "field/fr_constants.h"
#include "fuzz/fuzz.h"

/* (x - 1)^2 / 3 for the curve's x: the order of the curve over that of the subgroup. */
static const uint64_t G1_COFACTOR[4] = {0x8c00aaab0000aaabull, 0x396c8c005555e156ull, 0, 0};

static bool killed_by_r(const g1_affine *p) {
    g1 t;
    g1_mul_plain(&t, p, FR_MODULUS);
    return g1_is_infinity(&t);
}

static void check_subgroup(const g1_affine *p) {
    g1 t;
    g1_affine part;
    FUZZ_HOLDS(g1_affine_in_subgroup(p) == killed_by_r(p));
    g1_mul_plain(&t, p, FR_MODULUS);
    g1_to_affine(&part, &t);
    FUZZ_HOLDS(g1_affine_in_subgroup(&part) == g1_affine_is_infinity(&part));
    g1_mul_plain(&t, p, G1_COFACTOR);
    g1_to_affine(&part, &t);
    FUZZ_HOLDS(g1_affine_in_subgroup(&part) && killed_by_r(&part));
}

static void compressed(const uint8_t in[48], bool deep) {
    static const g1_affine untouched = {{{1, 2, 3, 4, 5, 6}}, {{7, 8, 9, 10, 11, 12}}};
    g1_affine p = untouched, decoded = untouched;
    uint8_t out[48];
    status_code status = g1_decompress(&p, in), full = g1_decode(&decoded, in);
    if (status != ST_OK) {
        FUZZ_HOLDS(full == status);
        FUZZ_HOLDS(memcmp(&p, &untouched, sizeof p) == 0 && memcmp(&decoded, &untouched, sizeof p) == 0);
        return;
    }
    FUZZ_HOLDS(g1_affine_on_curve(&p));
    g1_compress(out, &p);
    FUZZ_HOLDS(memcmp(in, out, 48) == 0);
    FUZZ_HOLDS(full == (g1_affine_in_subgroup(&p) ? ST_OK : ST_POINT_NOT_IN_SUBGROUP));
    if (deep) check_subgroup(&p);
}

static void uncompressed(const uint8_t in[96]) {
    g1_affine p, q;
    uint8_t out[96], small[48];
    if (g1_deserialize(&p, in) != ST_OK) return;
    FUZZ_HOLDS(g1_affine_on_curve(&p));
    g1_serialize(out, &p);
    FUZZ_HOLDS(memcmp(in, out, 96) == 0);
    g1_compress(small, &p);
    FUZZ_HOLDS(g1_decompress(&q, small) == ST_OK && g1_affine_equal(&p, &q));
}

/* The compressed point's uncompressed form, with the input's rest mixed in: random bytes alone are never on the
 * curve. */
static void uncompressed_of(const uint8_t in[48], struct fuzz_input *rest) {
    g1_affine p;
    uint8_t bytes[96];
    if (g1_decompress(&p, in) != ST_OK) return;
    g1_serialize(bytes, &p);
    for (size_t at = fuzz_u8(rest); rest->size != 0; at += fuzz_u8(rest)) bytes[at % 96] ^= fuzz_u8(rest);
    uncompressed(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input in = {data, size};
    uint8_t bytes[96];
    fuzz_take(&in, bytes, 48);
    compressed(bytes, bytes[47] % 4 == 0);
    uncompressed_of(bytes, &in);
    in = (struct fuzz_input){data, size};
    fuzz_take(&in, bytes, 96);
    uncompressed(bytes);
    return 0;
}
