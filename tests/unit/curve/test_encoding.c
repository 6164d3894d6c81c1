/* Point encodings: one encoding for each point, everything else refused with the right reason and no output. Two
 * libraries that differ here split a chain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "curve/encoding.h"
#include "unit/curve/curve_support.h"
#include "unit/curve/vectors.h"

/* One group's functions, so that both go through the same tests. */
struct group {
    size_t compressed, uncompressed, point;
    status_code (*decompress)(void *r, const uint8_t *in);
    status_code (*deserialize)(void *r, const uint8_t *in);
    status_code (*decode)(void *r, const uint8_t *in);
    void (*compress)(uint8_t *out, const void *a);
    void (*serialize)(uint8_t *out, const void *a);
    void (*random_curve)(void *r);
    void (*random_subgroup)(void *r);
    void (*negate)(void *r);
};

#define GROUP_FUNCTIONS(g)                                               \
    static status_code g##_decompress_any(void *r, const uint8_t *in) {  \
        return g##_decompress(r, in);                                    \
    }                                                                    \
    static status_code g##_deserialize_any(void *r, const uint8_t *in) { \
        return g##_deserialize(r, in);                                   \
    }                                                                    \
    static status_code g##_decode_any(void *r, const uint8_t *in) {      \
        return g##_decode(r, in);                                        \
    }                                                                    \
    static void g##_compress_any(uint8_t *out, const void *a) {          \
        g##_compress(out, a);                                            \
    }                                                                    \
    static void g##_serialize_any(uint8_t *out, const void *a) {         \
        g##_serialize(out, a);                                           \
    }                                                                    \
    static void g##_random_curve_any(void *r) {                          \
        random_##g##_curve(r);                                           \
    }                                                                    \
    static void g##_random_any(void *r) {                                \
        random_##g(r);                                                   \
    }                                                                    \
    static void g##_negate_any(void *r) {                                \
        g##_affine_neg(r, r);                                            \
    }

GROUP_FUNCTIONS(g1)
GROUP_FUNCTIONS(g2)

#define GROUP(g, bytes)                                                                                  \
    {                                                                                                    \
        bytes, 2 * (bytes), sizeof(g##_affine), g##_decompress_any, g##_deserialize_any, g##_decode_any, \
            g##_compress_any, g##_serialize_any, g##_random_curve_any, g##_random_any, g##_negate_any    \
    }

static const struct group GROUPS[2] = {GROUP(g1, 48), GROUP(g2, 96)};

typedef union {
    g1_affine g1;
    g2_affine g2;
    uint8_t bytes[sizeof(g2_affine)];
} any_point;

typedef status_code (*decoder)(void *r, const uint8_t *in);

/* Expects a refusal with that reason, nothing written, at every alignment of the input. */
static void assert_refused(const struct group *g, decoder decode, const uint8_t *in, size_t n, status_code why) {
    uint8_t shifted[192 + 8];
    for (size_t shift = 0; shift < 2; shift++) {
        any_point r, before;
        memset(&r, 0x3c, sizeof r);
        before = r;
        memcpy(shifted + 7 * shift, in, n);
        assert_int_equal(decode(&r, shifted + 7 * shift), why);
        assert_memory_equal(&r, &before, g->point);
    }
}

static void assert_decodes(const struct group *g, decoder decode, const uint8_t *in, const any_point *expected) {
    any_point r;
    memset(&r, 0x3c, sizeof r);
    assert_int_equal(decode(&r, in), ST_OK);
    assert_memory_equal(&r, expected, g->point);
}

static void add_modulus(uint8_t *number) {
    static const char p[] =
        "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";
    uint8_t bytes[48];
    unsigned carry = 0;
    bytes_of_hex(bytes, p, sizeof bytes);
    for (size_t i = 48; i-- > 0; carry >>= 8) {
        carry += (unsigned)number[i] + bytes[i];
        number[i] = (uint8_t)carry;
    }
    assert_int_equal(carry, 0);
}

/* ---- Round trips ---- */

static void check_round_trip(const struct group *g, const any_point *p, bool subgroup) {
    uint8_t out[192 + 1], again[192];
    out[g->compressed] = 0x77;
    g->compress(out, p);
    assert_int_equal(out[g->compressed], 0x77);
    assert_decodes(g, g->decompress, out, p);
    if (subgroup)
        assert_decodes(g, g->decode, out, p);
    else
        assert_refused(g, g->decode, out, g->compressed, ST_POINT_NOT_IN_SUBGROUP);
    any_point r;
    assert_int_equal(g->decompress(&r, out), ST_OK);
    g->compress(again, &r);
    assert_memory_equal(again, out, g->compressed);

    out[g->uncompressed] = 0x77;
    g->serialize(out, p);
    assert_int_equal(out[g->uncompressed], 0x77);
    assert_decodes(g, g->deserialize, out, p);
}

static void points__come_back(void **state) {
    const struct group *g = *state;
    any_point p = {.bytes = {0}};
    check_round_trip(g, &p, true);
    for (int i = 0; i < 60; i++) {
        g->random_subgroup(&p);
        check_round_trip(g, &p, true);
        g->negate(&p);
        check_round_trip(g, &p, true);
        g->random_curve(&p);
        check_round_trip(g, &p, false);
        g->negate(&p);
        check_round_trip(g, &p, false);
    }
}

static void points_of_order_three__are_not_in_the_subgroup(void **unused) {
    (void)unused;
    uint8_t in[48] = {0x80}, out[48];
    for (int sign = 0; sign < 2; sign++) {
        g1_affine p;
        in[0] = sign != 0 ? 0xa0 : 0x80;
        assert_int_equal(g1_decompress(&p, in), ST_OK);
        assert_true(fp_is_zero(&p.x));
        g1_compress(out, &p);
        assert_memory_equal(out, in, sizeof in);
        assert_refused(&GROUPS[0], GROUPS[0].decode, in, sizeof in, ST_POINT_NOT_IN_SUBGROUP);
    }
}

static void known_multiples__decode(void **unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(MULTIPLES); i++) {
        uint8_t in[96];
        any_point expected;
        g1 t1;
        g2 t2;
        g1_mul_plain(&t1, &G1_GENERATOR, MULTIPLES[i].k);
        g1_to_affine(&expected.g1, &t1);
        bytes_of_hex(in, MULTIPLES[i].g1, 48);
        assert_decodes(&GROUPS[0], GROUPS[0].decode, in, &expected);
        g2_mul_plain(&t2, &G2_GENERATOR, MULTIPLES[i].k);
        g2_to_affine(&expected.g2, &t2);
        bytes_of_hex(in, MULTIPLES[i].g2, 96);
        assert_decodes(&GROUPS[1], GROUPS[1].decode, in, &expected);
    }
}

static void the_sign_flag__chooses_the_opposite_point(void **state) {
    const struct group *g = *state;
    for (int i = 0; i < 40; i++) {
        any_point p;
        uint8_t in[96];
        g->random_subgroup(&p);
        g->compress(in, &p);
        in[0] ^= 0x20;
        g->negate(&p);
        assert_decodes(g, g->decode, in, &p);
    }
}

/* ---- First bytes ---- */

static status_code status_of(char letter) {
    return letter == 'O'   ? ST_OK
           : letter == 'E' ? ST_POINT_ENCODING
           : letter == 'C' ? ST_POINT_NOT_CANONICAL
                           : ST_POINT_NOT_ON_CURVE;
}

static void check_first_bytes(const struct group *g, const char *tail, const char *status) {
    uint8_t in[96], back[96];
    bytes_of_hex(in + 1, tail, g->compressed - 1);
    for (unsigned first = 0; first < 256; first++) {
        in[0] = (uint8_t)first;
        status_code expected = status_of(status[first]);
        any_point p;
        if (expected != ST_OK) {
            assert_refused(g, g->decompress, in, g->compressed, expected);
            assert_refused(g, g->decode, in, g->compressed, expected);
            continue;
        }
        assert_int_equal(g->decompress(&p, in), ST_OK);
        g->compress(back, &p);
        assert_memory_equal(back, in, g->compressed);
        bool subgroup = g == &GROUPS[0] ? slow_g1_in_subgroup(&p.g1) : slow_g2_in_subgroup(&p.g2);
        if (subgroup)
            assert_decodes(g, g->decode, in, &p);
        else
            assert_refused(g, g->decode, in, g->compressed, ST_POINT_NOT_IN_SUBGROUP);
    }
}

static void every_first_byte__is_judged_as_the_oracle_does(void **unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(G1_FIRST_BYTES); i++)
        check_first_bytes(&GROUPS[0], G1_FIRST_BYTES[i].tail, G1_FIRST_BYTES[i].status);
    for (size_t i = 0; i < COUNT(G2_FIRST_BYTES); i++)
        check_first_bytes(&GROUPS[1], G2_FIRST_BYTES[i].tail, G2_FIRST_BYTES[i].status);
}

/* Uncompressed: no flag at all for a finite point, 0x40 alone for infinity. */
static void every_first_byte_of_the_long_form__is_judged(void **state) {
    const struct group *g = *state;
    uint8_t in[192];
    any_point p;
    g->random_subgroup(&p);
    g->serialize(in, &p);
    uint8_t good = in[0];
    for (unsigned first = 0; first < 256; first++) {
        in[0] = (uint8_t)first;
        if (first == good)
            assert_decodes(g, g->deserialize, in, &p);
        else if ((first & 0xe0) != 0)
            assert_refused(g, g->deserialize, in, g->uncompressed, ST_POINT_ENCODING);
        else if (first > 0x1a)
            assert_refused(g, g->deserialize, in, g->uncompressed, ST_POINT_NOT_CANONICAL);
        else if (first < 0x1a)
            assert_refused(g, g->deserialize, in, g->uncompressed, ST_POINT_NOT_ON_CURVE);
    }
    memset(in, 0, sizeof in);
    for (unsigned first = 0; first < 256; first++) {
        in[0] = (uint8_t)first;
        any_point zero = {.bytes = {0}};
        if (first == 0x40)
            assert_decodes(g, g->deserialize, in, &zero);
        else if ((first & 0xe0) != 0)
            assert_refused(g, g->deserialize, in, g->uncompressed, ST_POINT_ENCODING);
        else if (first > 0x1a)
            assert_refused(g, g->deserialize, in, g->uncompressed, ST_POINT_NOT_CANONICAL);
        else
            assert_refused(g, g->deserialize, in, g->uncompressed, ST_POINT_NOT_ON_CURVE);
    }
}

/* ---- Infinity ---- */

static void infinity_with_a_bit_set__is_refused(void **state) {
    const struct group *g = *state;
    for (size_t bit = 3; bit < 8 * g->compressed; bit++) {
        uint8_t in[96] = {0xc0};
        in[bit / 8] |= (uint8_t)(0x80u >> (bit % 8));
        assert_refused(g, g->decompress, in, g->compressed, ST_POINT_ENCODING);
        assert_refused(g, g->decode, in, g->compressed, ST_POINT_ENCODING);
    }
    for (size_t bit = 3; bit < 8 * g->uncompressed; bit++) {
        uint8_t in[192] = {0x40};
        in[bit / 8] |= (uint8_t)(0x80u >> (bit % 8));
        assert_refused(g, g->deserialize, in, g->uncompressed, ST_POINT_ENCODING);
    }
}

static void infinity_with_other_flags__is_refused(void **state) {
    const struct group *g = *state;
    static const uint8_t flags[] = {0xe0, 0x60, 0x40, 0x20, 0x00};
    for (size_t i = 0; i < COUNT(flags); i++) {
        uint8_t in[192] = {flags[i]};
        assert_refused(g, g->decompress, in, g->compressed, ST_POINT_ENCODING);
        assert_refused(g, g->decode, in, g->compressed, ST_POINT_ENCODING);
    }
    static const uint8_t long_flags[] = {0xe0, 0x60, 0xc0, 0x80, 0xa0, 0x20};
    for (size_t i = 0; i < COUNT(long_flags); i++) {
        uint8_t in[192] = {long_flags[i]};
        assert_refused(g, g->deserialize, in, g->uncompressed, ST_POINT_ENCODING);
    }
}

/* Forty-eight zero bytes are neither infinity nor a compressed point. */
static void zero_bytes__are_no_point(void **state) {
    const struct group *g = *state;
    const uint8_t zero[192] = {0};
    assert_refused(g, g->decompress, zero, g->compressed, ST_POINT_ENCODING);
    assert_refused(g, g->decode, zero, g->compressed, ST_POINT_ENCODING);
    assert_refused(g, g->deserialize, zero, g->uncompressed, ST_POINT_NOT_ON_CURVE);
}

static void a_finite_point_with_the_infinity_flag__is_refused(void **state) {
    const struct group *g = *state;
    for (int i = 0; i < 20; i++) {
        any_point p;
        uint8_t in[192];
        g->random_subgroup(&p);
        g->compress(in, &p);
        in[0] |= 0x40;
        assert_refused(g, g->decode, in, g->compressed, ST_POINT_ENCODING);
        g->serialize(in, &p);
        in[0] |= 0x40;
        assert_refused(g, g->deserialize, in, g->uncompressed, ST_POINT_ENCODING);
    }
}

/* ---- Coordinates that are not reduced ---- */

/* A coordinate plus p: a second name of the same point. The first one keeps its flags, so it must stay below 2^381.
 */
static void a_coordinate_plus_p__is_refused(void **state) {
    const struct group *g = *state;
    unsigned firsts = 0;
    for (int i = 0; i < 400 && firsts < 10; i++) {
        any_point p;
        uint8_t in[192], changed[192];
        g->random_subgroup(&p);
        g->serialize(in, &p);
        for (size_t at = 0; at < g->uncompressed && i < 20; at += 48) {
            if (at == 0 && in[0] > 0x05) continue;
            memcpy(changed, in, sizeof changed);
            add_modulus(changed + at);
            assert_refused(g, g->deserialize, changed, g->uncompressed, ST_POINT_NOT_CANONICAL);
        }
        g->compress(in, &p);
        if (g->compressed == 96 && i < 20) {
            memcpy(changed, in, sizeof changed);
            add_modulus(changed + 48);
            assert_refused(g, g->decode, changed, g->compressed, ST_POINT_NOT_CANONICAL);
        }
        if ((in[0] & 0x1f) < 0x05) {
            uint8_t flags = in[0] & 0xe0;
            memcpy(changed, in, sizeof changed);
            changed[0] &= 0x1f;
            add_modulus(changed);
            assert_true(changed[0] < 0x20);
            changed[0] |= flags;
            assert_refused(g, g->decompress, changed, g->compressed, ST_POINT_NOT_CANONICAL);
            assert_refused(g, g->decode, changed, g->compressed, ST_POINT_NOT_CANONICAL);
            firsts++;
        }
    }
    assert_true(firsts >= 5);
}

/* p itself, p + 1, p + 2 and everything above, in each coordinate of each form. */
static void a_coordinate_of_p_or_more__is_refused(void **state) {
    const struct group *g = *state;
    for (size_t at = 0; at < g->uncompressed; at += 48) {
        for (unsigned offset = 0; offset < 6; offset++) {
            any_point p;
            uint8_t in[192], number[48] = {0};
            g->random_subgroup(&p);
            if (offset < 5) {
                number[47] = (uint8_t)offset;
                add_modulus(number);
            } else {
                memset(number, 0xff, sizeof number);
                if (at == 0) number[0] = 0x1f;
            }
            g->serialize(in, &p);
            memcpy(in + at, number, 48);
            assert_refused(g, g->deserialize, in, g->uncompressed, ST_POINT_NOT_CANONICAL);
            if (at >= g->compressed) continue;
            for (unsigned sign = 0; sign < 2; sign++) {
                g->compress(in, &p);
                memcpy(in + at, number, 48);
                if (at == 0) in[0] |= (uint8_t)(0x80 | sign << 5);
                assert_refused(g, g->decompress, in, g->compressed, ST_POINT_NOT_CANONICAL);
            }
        }
    }
}

/* ---- Off the curve ---- */

static void points_off_the_curve__are_refused(void **state) {
    const struct group *g = *state;
    unsigned on = 0, off = 0;
    for (int i = 0; i < 200; i++) {
        any_point p;
        uint8_t in[192];
        g->random_subgroup(&p);
        g->serialize(in, &p);
        in[g->uncompressed - 1] ^= (uint8_t)(1u << (i % 8)); /* y moves by little */
        status_code status = g->deserialize(&p, in);
        assert_true(status == ST_POINT_NOT_ON_CURVE);
        g->compress(in, &p);
        in[g->compressed - 1] ^= (uint8_t)(1u << (i % 8));
        status = g->decode(&p, in);
        assert_true(status == ST_POINT_NOT_ON_CURVE || status == ST_POINT_NOT_IN_SUBGROUP);
        if (status == ST_POINT_NOT_ON_CURVE)
            off++;
        else
            on++;
    }
    assert_true(on > 50 && off > 50); /* half of all x have a y */
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    void *g1_state = (void *)(uintptr_t)&GROUPS[0], *g2_state = (void *)(uintptr_t)&GROUPS[1];
#define BOTH(test)                                                           \
    {.name = #test " (G1)", .test_func = test, .initial_state = g1_state}, { \
        .name = #test " (G2)", .test_func = test, .initial_state = g2_state  \
    }
    const struct CMUnitTest tests[] = {
        BOTH(points__come_back),
        cmocka_unit_test(points_of_order_three__are_not_in_the_subgroup),
        cmocka_unit_test(known_multiples__decode),
        BOTH(the_sign_flag__chooses_the_opposite_point),
        cmocka_unit_test(every_first_byte__is_judged_as_the_oracle_does),
        BOTH(every_first_byte_of_the_long_form__is_judged),
        BOTH(infinity_with_a_bit_set__is_refused),
        BOTH(infinity_with_other_flags__is_refused),
        BOTH(zero_bytes__are_no_point),
        BOTH(a_finite_point_with_the_infinity_flag__is_refused),
        BOTH(a_coordinate_plus_p__is_refused),
        BOTH(a_coordinate_of_p_or_more__is_refused),
        BOTH(points_off_the_curve__are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
