/* Damaged trusted setups, each refused with its own status, argument and index; nothing leaked, *ret_ctx untouched.
 * Threats 24, 35 and 39. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "curve/encoding.h"
#include "fault/counting_allocator.h"
#include "field/dispatch.h"
#include "kzg/kzg.h"
#include "kzg/setup.h"
#include "unit/setup/make_points.h"
#include "unit/setup/plain_transform.h"

static struct points mainnet, damaged;
static struct counting counting;
static unsigned refused;

static int start(void **state) {
    (void)state;
    if (!field_select(NULL)) return -1;
    points_of_mainnet(&mainnet);
    return 0;
}

static int count(void **state) {
    (void)state;
    printf("%u damaged setups refused\n", refused);
    return 0;
}

static kzg_options options(void) {
    kzg_options o;
    kzg_options_init(&o);
    o.precompute = KZG_PRECOMPUTE_MIN;
    o.allocator = counting_allocator(&counting);
    return o;
}

static void expect_status(const char *name, kzg_status status, kzg_code code, kzg_argument argument, uint64_t index) {
    if (status.code != code || status.argument != argument || status.index != index) {
        char text[300];
        kzg_status_format(status, text, sizeof(text));
        fail_msg("%s: got %s, %s %" PRIu64 " (%s); expected %s, %s %" PRIu64, name,
                 kzg_code_name((kzg_code)status.code), kzg_argument_name((kzg_argument)status.argument), status.index,
                 text, kzg_code_name(code), kzg_argument_name(argument), index);
    }
    assert_int_equal(status.element, KZG_NO_ELEMENT);
    assert_true(counting_is_empty(&counting));
    refused++;
}

static void expect_text_refused(const char *name, const struct text *text, kzg_code code, kzg_argument argument,
                                uint64_t index) {
    kzg_options o = options();
    kzg_ctx *const sentinel = (kzg_ctx *)(void *)&damaged, *ctx = sentinel;
    kzg_status status = kzg_new_from_setup(&ctx, text->length ? text->data : "", text->length, &o);
    assert_ptr_equal(ctx, sentinel);
    expect_status(name, status, code, argument, index);
}

static void expect_points_refused(const char *name, kzg_code code, kzg_argument argument, uint64_t index) {
    kzg_options o = options();
    kzg_ctx *const sentinel = (kzg_ctx *)(void *)&damaged, *ctx = sentinel;
    kzg_status status =
        kzg_new_from_points(&ctx, damaged.g1_monomial[0], damaged.g1_lagrange[0], damaged.g2_monomial[0], &o);
    assert_ptr_equal(ctx, sentinel);
    expect_status(name, status, code, argument, index);
}

static uint8_t *point_of(struct points *points, kzg_argument list, size_t index) {
    switch (list) {
    case KZG_ARG_G1_MONOMIAL: return points->g1_monomial[index];
    case KZG_ARG_G1_LAGRANGE: return points->g1_lagrange[index];
    default: return points->g2_monomial[index];
    }
}

/* ---- Text ------------------------------------------------------------------------------------------------------ */

/* Replaces length bytes at offset (from the end where it is negative) of the whole text. */
struct text_damage {
    const char *name;
    long offset;
    size_t length;
    const char *by;
    kzg_code code;
    kzg_argument argument;
    uint64_t index;
};

#define END  807177
#define REST SIZE_MAX

static const struct text_damage text_damages[] = {
    {"empty", 0, REST, "", KZG_ERR_SETUP_TRUNCATED, KZG_ARG_SETUP, 0},
    {"only a line end", 0, REST, "\n", KZG_ERR_SETUP_TRUNCATED, KZG_ARG_SETUP, 1},
    {"only the first count", 4, REST, "", KZG_ERR_SETUP_TRUNCATED, KZG_ARG_SETUP, 4},
    {"only the counts", 8, REST, "", KZG_ERR_SETUP_TRUNCATED, KZG_ARG_G1_LAGRANGE, 0},
    {"cut in the first point", 50, REST, "", KZG_ERR_SETUP_TRUNCATED, KZG_ARG_G1_LAGRANGE, 0},
    {"cut in the middle", END / 4, REST, "", KZG_ERR_SETUP_TRUNCATED, KZG_ARG_G1_LAGRANGE, 2080},
    {"cut before G2", 8 + 4096 * 97, REST, "", KZG_ERR_SETUP_TRUNCATED, KZG_ARG_G2_MONOMIAL, 0},
    {"cut before G1 monomial", 8 + 4096 * 97 + 65 * 193, REST, "", KZG_ERR_SETUP_TRUNCATED, KZG_ARG_G1_MONOMIAL, 0},
    {"last digit cut", -2, REST, "", KZG_ERR_SETUP_TRUNCATED, KZG_ARG_G1_MONOMIAL, 4095},
    {"last digit cut before the line end", -2, 1, "", KZG_ERR_SETUP_MALFORMED, KZG_ARG_G1_MONOMIAL, 4095},
    {"last point cut", -97, REST, "", KZG_ERR_SETUP_TRUNCATED, KZG_ARG_G1_MONOMIAL, 4095},
    {"empty line at the end", END, 0, "\n", KZG_ERR_SETUP_TRAILING, KZG_ARG_SETUP, END},
    {"text behind the end", END, 0, "# end", KZG_ERR_SETUP_TRAILING, KZG_ARG_SETUP, END},
    {"digits behind the last point", -1, 0, "00", KZG_ERR_SETUP_MALFORMED, KZG_ARG_G1_MONOMIAL, 4095},
    {"empty line before the points", 8, 0, "\n", KZG_ERR_SETUP_MALFORMED, KZG_ARG_G1_LAGRANGE, 0},
    {"a Lagrange point missing", 8, 97, "", KZG_ERR_SETUP_MALFORMED, KZG_ARG_G1_LAGRANGE, 4095},
    {"a monomial point missing", -194, 97, "", KZG_ERR_SETUP_TRUNCATED, KZG_ARG_G1_MONOMIAL, 4095},
    {"a G2 point missing", 8 + 4096 * 97, 193, "", KZG_ERR_SETUP_MALFORMED, KZG_ARG_G2_MONOMIAL, 64},
    {"one point fewer announced", 0, 4, "4095", KZG_ERR_SETUP_MALFORMED, KZG_ARG_SETUP, 3},
    {"one point more announced", 0, 4, "4097", KZG_ERR_SETUP_MALFORMED, KZG_ARG_SETUP, 3},
    {"no points announced", 0, 4, "0", KZG_ERR_SETUP_MALFORMED, KZG_ARG_SETUP, 0},
    {"2^64 + 4096 points announced", 0, 4, "18446744073709555712", KZG_ERR_SETUP_MALFORMED, KZG_ARG_SETUP, 0},
    {"negative count", 0, 4, "-4096", KZG_ERR_SETUP_MALFORMED, KZG_ARG_SETUP, 0},
    {"2^63 G2 points announced", 5, 2, "9223372036854775808", KZG_ERR_SETUP_MALFORMED, KZG_ARG_SETUP, 5},
    {"a digit that is none", 8 + 97 * 9 + 3, 1, "g", KZG_ERR_SETUP_MALFORMED, KZG_ARG_G1_LAGRANGE, 9},
    {"a prefix", 8 + 97 * 9, 2, "0x", KZG_ERR_SETUP_MALFORMED, KZG_ARG_G1_LAGRANGE, 9},
    {"a point with a digit less", 8 + 97 * 9, 1, "", KZG_ERR_SETUP_MALFORMED, KZG_ARG_G1_LAGRANGE, 9},
    {"a point with a digit more", 8 + 97 * 9, 0, "8", KZG_ERR_SETUP_MALFORMED, KZG_ARG_G1_LAGRANGE, 9},
    {"two points on a line", 8 + 97 * 10 - 1, 1, " ", KZG_ERR_SETUP_MALFORMED, KZG_ARG_G1_LAGRANGE, 9},
    {"byte order mark", 0, 0, "\xef\xbb\xbf", KZG_ERR_SETUP_MALFORMED, KZG_ARG_SETUP, 0},
    {"bytes of an executable", 0, REST,
     "\x7f"
     "ELF\x02\x01\x01",
     KZG_ERR_SETUP_MALFORMED, KZG_ARG_SETUP, 0},
    {"JSON of something else", 0, REST, "{\"jsonrpc\": \"2.0\"}", KZG_ERR_SETUP_MALFORMED, KZG_ARG_SETUP, 1},
    {"empty JSON", 0, REST, "{}", KZG_ERR_SETUP_TRUNCATED, KZG_ARG_G1_MONOMIAL, 0},
    {"JSON with an empty list", 0, REST, "{\"g2_monomial\": []}", KZG_ERR_SETUP_TRUNCATED, KZG_ARG_G2_MONOMIAL, 0},
    {"JSON array", 0, REST, "[]", KZG_ERR_SETUP_MALFORMED, KZG_ARG_SETUP, 0},
};

static void text__damaged(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(text_damages) / sizeof(text_damages[0]); i++) {
        const struct text_damage *d = &text_damages[i];
        struct text text = points_to_text(&mainnet, "\n");
        assert_int_equal(text.length, END);
        size_t offset = d->offset < 0 ? END - (size_t)-d->offset : (size_t)d->offset;
        text_replace(&text, offset, d->length == REST ? END - offset : d->length, d->by, strlen(d->by));
        expect_text_refused(d->name, &text, d->code, d->argument, d->index);
        text_free(&text);
    }
}

static void text__binary_garbage(void **state) {
    (void)state;
    struct text noise = {0};
    text_append(&noise, (const char *)&mainnet, sizeof(mainnet));
    expect_text_refused("the points as bytes", &noise, KZG_ERR_SETUP_MALFORMED, KZG_ARG_SETUP, 0);
    memset(noise.data, 0, noise.length);
    expect_text_refused("zeros", &noise, KZG_ERR_SETUP_MALFORMED, KZG_ARG_SETUP, 0);
    text_free(&noise);
}

/* The lists' order of c-kzg's first format, and the monomial points where the Lagrange points belong. */
static void text__lists_in_another_order(void **state) {
    (void)state;
    struct text text = points_to_text(&mainnet, "\n");
    size_t g2_start = text_offset(ARG_G2_MONOMIAL, 0), monomial = text_offset(ARG_G1_MONOMIAL, 0);
    struct text moved = {0};
    text_append(&moved, text.data, 8);
    text_append(&moved, text.data + g2_start, monomial - g2_start);
    text_append(&moved, text.data + 8, g2_start - 8);
    text_append(&moved, text.data + monomial, text.length - monomial);
    expect_text_refused("G2 first", &moved, KZG_ERR_SETUP_MALFORMED, KZG_ARG_G1_LAGRANGE, 0);
    text_free(&moved);

    text_append(&moved, text.data, 8);
    text_append(&moved, text.data + monomial, text.length - monomial);
    text_append(&moved, text.data + g2_start, monomial - g2_start);
    text_append(&moved, text.data + 8, g2_start - 8);
    expect_text_refused("monomial and Lagrange exchanged", &moved, KZG_ERR_SETUP_INCONSISTENT, KZG_ARG_G1_MONOMIAL,
                        0);
    text_free(&moved);
    text_free(&text);
}

static void json__point_and_framing_damaged(void **state) {
    (void)state;
    struct text text = points_to_json(&mainnet);
    text.length -= 3;
    expect_text_refused("JSON without its end", &text, KZG_ERR_SETUP_TRUNCATED, KZG_ARG_SETUP, text.length);
    text.length += 3;
    text_append_string(&text, "{}");
    expect_text_refused("two JSON texts", &text, KZG_ERR_SETUP_TRAILING, KZG_ARG_SETUP, text.length - 2);
    text_free(&text);

    damaged = mainnet;
    make_not_on_curve_g1(damaged.g1_monomial[3]);
    text = points_to_json(&damaged);
    expect_text_refused("JSON with a point that is none", &text, KZG_ERR_POINT_NOT_ON_CURVE, KZG_ARG_G1_MONOMIAL, 3);
    text_free(&text);
}

/* ---- One point ------------------------------------------------------------------------------------------------- */

static void flags_off(uint8_t *point) {
    point[0] &= 0x1f;
}

static void compressed_flag_off(uint8_t *point) {
    point[0] &= 0x7f;
}

static void infinity_flag_on(uint8_t *point) {
    point[0] |= 0x40;
}

static void g1_zeros(uint8_t *point) {
    memset(point, 0, 48);
}

static void g1_infinity(uint8_t *point) {
    memset(point, 0, 48);
    point[0] = 0xc0;
}

static void g1_infinity_signed(uint8_t *point) {
    g1_infinity(point);
    point[0] = 0xe0;
}

static void g1_infinity_with_a_bit(uint8_t *point) {
    g1_infinity(point);
    point[47] = 1;
}

static const uint8_t modulus[48] = {0x1a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x9a, 0x4b, 0x1b, 0xa7, 0xb6,
                                    0x43, 0x4b, 0xac, 0xd7, 0x64, 0x77, 0x4b, 0x84, 0xf3, 0x85, 0x12, 0xbf,
                                    0x67, 0x30, 0xd2, 0xa0, 0xf6, 0xb0, 0xf6, 0x24, 0x1e, 0xab, 0xff, 0xfe,
                                    0xb1, 0x53, 0xff, 0xff, 0xb9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xab};

static void x_is_p(uint8_t *point) {
    memcpy(point, modulus, 48);
    point[0] |= 0x80;
}

static void x_is_all_ones(uint8_t *point) {
    memset(point, 0xff, 48);
    point[0] = 0x9f;
}

static void g1_order_3(uint8_t *point) {
    memset(point, 0, 48);
    point[0] = 0x80;
}

static void g2_infinity(uint8_t *point) {
    memset(point, 0, 96);
    point[0] = 0xc0;
}

static void g2_zeros(uint8_t *point) {
    memset(point, 0, 96);
}

static void g2_second_is_p(uint8_t *point) {
    memcpy(point + 48, modulus, 48);
}

static const struct point_damage {
    const char *name;
    void (*damage)(uint8_t *point);
    kzg_argument list;
    size_t index;
    kzg_code code;
} point_damages[] = {
    {"flags off", flags_off, KZG_ARG_G1_MONOMIAL, 0, KZG_ERR_POINT_ENCODING},
    {"compressed flag off", compressed_flag_off, KZG_ARG_G1_MONOMIAL, 1, KZG_ERR_POINT_ENCODING},
    {"infinity flag on a finite point", infinity_flag_on, KZG_ARG_G1_MONOMIAL, 2, KZG_ERR_POINT_ENCODING},
    {"48 zeros", g1_zeros, KZG_ARG_G1_MONOMIAL, 3, KZG_ERR_POINT_ENCODING},
    {"infinity with a sign", g1_infinity_signed, KZG_ARG_G1_MONOMIAL, 4, KZG_ERR_POINT_ENCODING},
    {"infinity with a bit more", g1_infinity_with_a_bit, KZG_ARG_G1_MONOMIAL, 5, KZG_ERR_POINT_ENCODING},
    {"x = p", x_is_p, KZG_ARG_G1_MONOMIAL, 6, KZG_ERR_POINT_NOT_CANONICAL},
    {"x all ones", x_is_all_ones, KZG_ARG_G1_MONOMIAL, 7, KZG_ERR_POINT_NOT_CANONICAL},
    {"not on the curve, first", make_not_on_curve_g1, KZG_ARG_G1_MONOMIAL, 0, KZG_ERR_POINT_NOT_ON_CURVE},
    {"not on the curve, last", make_not_on_curve_g1, KZG_ARG_G1_MONOMIAL, 4095, KZG_ERR_POINT_NOT_ON_CURVE},
    {"not in the subgroup, first", make_not_in_subgroup_g1, KZG_ARG_G1_MONOMIAL, 0, KZG_ERR_POINT_NOT_IN_SUBGROUP},
    {"not in the subgroup", make_not_in_subgroup_g1, KZG_ARG_G1_MONOMIAL, 100, KZG_ERR_POINT_NOT_IN_SUBGROUP},
    {"of order 3", g1_order_3, KZG_ARG_G1_MONOMIAL, 8, KZG_ERR_POINT_NOT_IN_SUBGROUP},
    {"the right point plus one of order 3", add_torsion_g1, KZG_ARG_G1_MONOMIAL, 9, KZG_ERR_POINT_NOT_IN_SUBGROUP},
    {"infinity in the powers", g1_infinity, KZG_ARG_G1_MONOMIAL, 17, KZG_ERR_SETUP_INCONSISTENT},
    {"Lagrange flags off", flags_off, KZG_ARG_G1_LAGRANGE, 0, KZG_ERR_POINT_ENCODING},
    {"Lagrange x = p", x_is_p, KZG_ARG_G1_LAGRANGE, 1, KZG_ERR_POINT_NOT_CANONICAL},
    {"Lagrange not on the curve", make_not_on_curve_g1, KZG_ARG_G1_LAGRANGE, 2, KZG_ERR_POINT_NOT_ON_CURVE},
    {"Lagrange not in the subgroup", make_not_in_subgroup_g1, KZG_ARG_G1_LAGRANGE, 3, KZG_ERR_POINT_NOT_IN_SUBGROUP},
    {"Lagrange plus torsion, last", add_torsion_g1, KZG_ARG_G1_LAGRANGE, 4095, KZG_ERR_POINT_NOT_IN_SUBGROUP},
    {"Lagrange infinity", g1_infinity, KZG_ARG_G1_LAGRANGE, 77, KZG_ERR_SETUP_INCONSISTENT},
    {"G2 flags off", flags_off, KZG_ARG_G2_MONOMIAL, 0, KZG_ERR_POINT_ENCODING},
    {"G2 zeros", g2_zeros, KZG_ARG_G2_MONOMIAL, 1, KZG_ERR_POINT_ENCODING},
    {"G2 first coordinate = p", x_is_p, KZG_ARG_G2_MONOMIAL, 2, KZG_ERR_POINT_NOT_CANONICAL},
    {"G2 second coordinate = p", g2_second_is_p, KZG_ARG_G2_MONOMIAL, 3, KZG_ERR_POINT_NOT_CANONICAL},
    {"G2 not on the curve", make_not_on_curve_g2, KZG_ARG_G2_MONOMIAL, 1, KZG_ERR_POINT_NOT_ON_CURVE},
    {"G2 not in the subgroup", make_not_in_subgroup_g2, KZG_ARG_G2_MONOMIAL, 64, KZG_ERR_POINT_NOT_IN_SUBGROUP},
    {"G2 generator infinity", g2_infinity, KZG_ARG_G2_MONOMIAL, 0, KZG_ERR_SETUP_INCONSISTENT},
    {"G2 tau infinity", g2_infinity, KZG_ARG_G2_MONOMIAL, 1, KZG_ERR_SETUP_INCONSISTENT},
    {"G2 tau^64 infinity", g2_infinity, KZG_ARG_G2_MONOMIAL, 64, KZG_ERR_SETUP_INCONSISTENT},
    {"opposite generator", negate_point, KZG_ARG_G1_MONOMIAL, 0, KZG_ERR_SETUP_INCONSISTENT},
    {"opposite power, last", negate_point, KZG_ARG_G1_MONOMIAL, 4095, KZG_ERR_SETUP_INCONSISTENT},
    {"opposite Lagrange point", negate_point, KZG_ARG_G1_LAGRANGE, 1234, KZG_ERR_SETUP_INCONSISTENT},
    {"opposite G2 power", negate_point, KZG_ARG_G2_MONOMIAL, 64, KZG_ERR_SETUP_INCONSISTENT},
};

static void point__damaged(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(point_damages) / sizeof(point_damages[0]); i++) {
        const struct point_damage *d = &point_damages[i];
        damaged = mainnet;
        d->damage(point_of(&damaged, d->list, d->index));
        expect_points_refused(d->name, d->code, d->list, d->index);
    }
}

/* Any digit of the text: never taken, always this point. What it becomes is the decoder's to say. */
static void point__one_digit_flipped(void **state) {
    (void)state;
    static const struct {
        kzg_argument list;
        size_t index, digit;
    } flips[] = {{KZG_ARG_G1_MONOMIAL, 0, 95},    {KZG_ARG_G1_MONOMIAL, 1, 0},    {KZG_ARG_G1_MONOMIAL, 2, 1},
                 {KZG_ARG_G1_MONOMIAL, 40, 47},   {KZG_ARG_G1_MONOMIAL, 500, 48}, {KZG_ARG_G1_LAGRANGE, 0, 95},
                 {KZG_ARG_G1_LAGRANGE, 1000, 60}, {KZG_ARG_G2_MONOMIAL, 1, 191},  {KZG_ARG_G2_MONOMIAL, 30, 100}};
    for (size_t i = 0; i < sizeof(flips) / sizeof(flips[0]); i++) {
        damaged = mainnet;
        uint8_t *point = point_of(&damaged, flips[i].list, flips[i].index);
        point[flips[i].digit / 2] ^= flips[i].digit % 2 ? 0x01 : 0x10;
        g1_affine g1_point;
        g2_affine g2_point;
        status_code code =
            flips[i].list == KZG_ARG_G2_MONOMIAL ? g2_decode(&g2_point, point) : g1_decode(&g1_point, point);
        assert_int_not_equal(code, ST_OK);
        struct text text = points_to_text(&damaged, "\n");
        expect_text_refused("one digit", &text, (kzg_code)code, flips[i].list, flips[i].index);
        text_free(&text);
    }
}

/* Two faults: the first list in parameter order, the lowest index in it. */
static void point__first_fault_is_named(void **state) {
    (void)state;
    damaged = mainnet;
    make_not_on_curve_g1(damaged.g1_lagrange[0]);
    make_not_on_curve_g2(damaged.g2_monomial[0]);
    make_not_in_subgroup_g1(damaged.g1_monomial[60]);
    make_not_on_curve_g1(damaged.g1_monomial[61]);
    expect_points_refused("four faults", KZG_ERR_POINT_NOT_IN_SUBGROUP, KZG_ARG_G1_MONOMIAL, 60);
}

/* ---- All points good, but not powers of one secret ------------------------------------------------------------- */

static struct setup_points setup, good_setup;
static struct domain domain;
static struct points other; /* of another secret */

static void expect_inconsistent(const char *name, status_argument argument, uint64_t index) {
    struct setup_fault fault = {ARG_NONE, UINT64_MAX};
    struct arena arena;
    size_t bytes = arena_size(setup_check_scratch_bytes());
    void *memory = aligned_alloc(ARENA_ALIGN, bytes);
    assert_non_null(memory);
    arena_init(&arena, memory, bytes);
    status_code status = setup_check(&setup, &domain, &fault, &arena);
    assert_int_equal(arena.used, 0);
    free(memory);
    if (status != ST_SETUP_INCONSISTENT || fault.argument != argument || fault.index != index)
        fail_msg("%s: got %s, %s %" PRIu64 "; expected %s %" PRIu64, name, status_code_name(status),
                 status_argument_name(fault.argument), fault.index, status_argument_name(argument), index);
    setup = good_setup;
    refused++;
}

static int prepare_check(void **state) {
    (void)state;
    struct setup_fault fault;
    domain_init(&domain);
    assert_int_equal(
        setup_decode(&good_setup, mainnet.g1_monomial[0], mainnet.g1_lagrange[0], mainnet.g2_monomial[0], &fault),
        ST_OK);
    setup = good_setup;
    return 0;
}

static g1_affine *natural(size_t i) {
    return &setup.lagrange[plain_reverse(i, G1_POINTS)];
}

static void swap_g1(g1_affine *a, g1_affine *b) {
    g1_affine t = *a;
    *a = *b;
    *b = t;
}

static void check__single_points(void **state) {
    (void)state;
    static const size_t g1_places[] = {1, 2, 2048, 4094};
    for (size_t i = 0; i < sizeof(g1_places) / sizeof(g1_places[0]); i++) {
        size_t at = g1_places[i];
        g1_affine_neg(&setup.monomial[at], &setup.monomial[at]);
        expect_inconsistent("opposite power", ARG_G1_MONOMIAL, at);
    }
    static const size_t lagrange_places[] = {0, 1, 4095};
    for (size_t i = 0; i < sizeof(lagrange_places) / sizeof(lagrange_places[0]); i++) {
        g1_affine *point = natural(lagrange_places[i]);
        g1_affine_neg(point, point);
        expect_inconsistent("opposite Lagrange point", ARG_G1_LAGRANGE, lagrange_places[i]);
    }
    static const size_t g2_places[] = {0, 2, 33};
    for (size_t i = 0; i < sizeof(g2_places) / sizeof(g2_places[0]); i++) {
        g2_affine *point = &setup.g2[g2_places[i]];
        fp2_neg(&point->y, &point->y);
        expect_inconsistent("opposite G2 power", ARG_G2_MONOMIAL, g2_places[i]);
    }
}

static void check__swapped_points(void **state) {
    (void)state;
    swap_g1(&setup.monomial[0], &setup.monomial[1]);
    expect_inconsistent("generator and tau", ARG_G1_MONOMIAL, 0);
    swap_g1(&setup.monomial[5], &setup.monomial[6]);
    expect_inconsistent("neighbours", ARG_G1_MONOMIAL, 5);
    swap_g1(&setup.monomial[1000], &setup.monomial[4095]);
    expect_inconsistent("far powers", ARG_G1_MONOMIAL, 1000);
    swap_g1(natural(0), natural(4095));
    expect_inconsistent("first and last Lagrange point", ARG_G1_LAGRANGE, 0);
    swap_g1(natural(1), natural(2));
    expect_inconsistent("Lagrange neighbours", ARG_G1_LAGRANGE, 1);
    g2_affine t = setup.g2[40];
    setup.g2[40] = setup.g2[41];
    setup.g2[41] = t;
    expect_inconsistent("G2 neighbours", ARG_G2_MONOMIAL, 40);
}

static void check__repeated_points(void **state) {
    (void)state;
    setup.monomial[4095] = setup.monomial[4094];
    expect_inconsistent("a power twice", ARG_G1_MONOMIAL, 4095);
    *natural(10) = *natural(9);
    expect_inconsistent("a Lagrange point twice", ARG_G1_LAGRANGE, 10);
    setup.g2[64] = setup.g2[63];
    expect_inconsistent("a G2 power twice", ARG_G2_MONOMIAL, 64);
    setup.g2[1] = setup.g2[0];
    expect_inconsistent("tau of G2 is one", ARG_G1_MONOMIAL, 1); /* whose tau is wrong cannot be said */
}

static void check__lists_in_the_wrong_place(void **state) {
    (void)state;
    for (size_t i = 0; i < G1_POINTS; i++) *natural(i) = setup.monomial[i];
    expect_inconsistent("monomial as Lagrange", ARG_G1_LAGRANGE, 0);
    for (size_t i = 0; i < G1_POINTS; i++) setup.monomial[i] = *natural(i);
    expect_inconsistent("Lagrange as monomial", ARG_G1_MONOMIAL, 0);
    for (size_t i = 0; i < G1_POINTS; i++) setup.lagrange[i] = good_setup.lagrange[plain_reverse(i, G1_POINTS)];
    expect_inconsistent("Lagrange already bit-reversed", ARG_G1_LAGRANGE, 1);
    for (size_t i = 0; i + 1 < G1_POINTS; i++) setup.monomial[i] = good_setup.monomial[i + 1];
    expect_inconsistent("powers from tau on", ARG_G1_MONOMIAL, 0);
    for (size_t i = 0; i + 1 < G1_POINTS; i++) *natural(i + 1) = good_setup.lagrange[plain_reverse(i, G1_POINTS)];
    *natural(0) = good_setup.lagrange[G1_POINTS - 1];
    expect_inconsistent("Lagrange points turned by one", ARG_G1_LAGRANGE, 0);
}

static void decode_other(const fr *g1_monomial, const fr *g1_lagrange, const fr *g2_monomial) {
    struct setup_fault fault;
    points_of_secrets(&other, g1_monomial, g1_lagrange, g2_monomial);
    assert_int_equal(setup_decode(&setup, other.g1_monomial[0], other.g1_lagrange[0], other.g2_monomial[0], &fault),
                     ST_OK);
}

/* Another secret, consistent in itself, in one list only. */
static void check__another_secret_in_one_list(void **state) {
    (void)state;
    fr secret;
    fr_from_u64(&secret, 0x123456789);
    decode_other(&secret, &secret, &secret);
    static struct setup_points whole;
    whole = setup;
    setup = good_setup;
    memcpy(setup.monomial, whole.monomial, sizeof(setup.monomial));
    expect_inconsistent("another secret in monomial form", ARG_G1_MONOMIAL, 1);
    memcpy(setup.lagrange, whole.lagrange, sizeof(setup.lagrange));
    expect_inconsistent("another secret in Lagrange form", ARG_G1_LAGRANGE, 0);
    memcpy(setup.g2, whole.g2, sizeof(setup.g2));
    expect_inconsistent("another secret in G2", ARG_G1_MONOMIAL, 1);
    memcpy(setup.monomial, whole.monomial, sizeof(setup.monomial));
    memcpy(setup.g2, whole.g2, sizeof(setup.g2));
    expect_inconsistent("another secret in all but the Lagrange form", ARG_G1_LAGRANGE, 0);
}

/* Secrets that are consistent but give infinity somewhere: 0, and the domain's points. */
static void check__degenerate_secrets(void **state) {
    (void)state;
    fr zero = {{0}}, one = FR_ONE, root = plain_root(G1_POINTS);
    decode_other(&zero, &zero, &zero);
    expect_inconsistent("secret 0", ARG_G1_MONOMIAL, 1);
    decode_other(&one, &one, &one);
    expect_inconsistent("secret 1", ARG_G1_LAGRANGE, 1);
    decode_other(&root, &root, &root);
    expect_inconsistent("secret in the domain", ARG_G1_LAGRANGE, 0);
}

/* ---- What must be taken ---------------------------------------------------------------------------------------- */

/* A commitment to the polynomial x: the first power of the secret. */
static void expect_usable(const kzg_ctx *ctx, const uint8_t tau[48]) {
    static kzg_blob blob;
    kzg_bytes48 commitment;
    fr root = plain_root(G1_POINTS), power = FR_ONE;
    for (size_t i = 0; i < G1_POINTS; i++) {
        fr_to_be(blob.bytes + 32 * plain_reverse(i, G1_POINTS), &power);
        fr_mul(&power, &power, &root);
    }
    assert_int_equal(kzg_blob_to_kzg_commitment(ctx, &commitment, &blob).code, KZG_OK);
    assert_memory_equal(commitment.bytes, tau, 48);
}

static void good__setups_are_taken(void **state) {
    (void)state;
    fr secret;
    kzg_info embedded, info;
    kzg_options o = options();
    kzg_ctx *ctx = NULL;
    assert_int_equal(kzg_new(&ctx, &o).code, KZG_OK);
    assert_int_equal(kzg_get_info(ctx, &embedded).code, KZG_OK);
    ctx = kzg_free(ctx);

    struct text text = points_to_text(&mainnet, "\r\n");
    assert_int_equal(kzg_new_from_setup(&ctx, text.data, text.length, &o).code, KZG_OK);
    assert_int_equal(kzg_get_info(ctx, &info).code, KZG_OK);
    assert_string_equal(info.setup_name, "custom");
    assert_memory_equal(info.setup_sha256, embedded.setup_sha256, 32);
    expect_usable(ctx, mainnet.g1_monomial[1]);
    ctx = kzg_free(ctx);
    text_free(&text);

    fr_from_u64(&secret, 0x123456789);
    points_of_secrets(&other, &secret, &secret, &secret);
    text = points_to_json(&other);
    assert_int_equal(kzg_new_from_setup(&ctx, text.data, text.length, &o).code, KZG_OK);
    assert_int_equal(kzg_get_info(ctx, &info).code, KZG_OK);
    assert_memory_not_equal(info.setup_sha256, embedded.setup_sha256, 32);
    expect_usable(ctx, other.g1_monomial[1]);
    ctx = kzg_free(ctx);
    text_free(&text);
    assert_true(counting_is_empty(&counting));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text__damaged),
        cmocka_unit_test(text__binary_garbage),
        cmocka_unit_test(text__lists_in_another_order),
        cmocka_unit_test(json__point_and_framing_damaged),
        cmocka_unit_test(point__damaged),
        cmocka_unit_test(point__one_digit_flipped),
        cmocka_unit_test(point__first_fault_is_named),
        cmocka_unit_test_setup(check__single_points, prepare_check),
        cmocka_unit_test_setup(check__swapped_points, prepare_check),
        cmocka_unit_test_setup(check__repeated_points, prepare_check),
        cmocka_unit_test_setup(check__lists_in_the_wrong_place, prepare_check),
        cmocka_unit_test_setup(check__another_secret_in_one_list, prepare_check),
        cmocka_unit_test_setup(check__degenerate_secrets, prepare_check),
        cmocka_unit_test(good__setups_are_taken),
    };
    return cmocka_run_group_tests_name("damaged_setups", tests, start, count);
}
