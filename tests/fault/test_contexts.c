/* Contexts made and freed again and again, several at a time, at every level of precomputation, and options that are
 * not valid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fault/calls.h"
#include "fault/counting_allocator.h"

static struct counting counting;
static struct call_data data;
static struct call_inputs in;
static struct call_outputs answers[CALLS], out;

static kzg_options level_options(int level) {
    kzg_options o;
    kzg_options_init(&o);
    o.precompute = level;
    o.allocator = counting_allocator(&counting);
    return o;
}

static kzg_ctx *make(int level) {
    kzg_options o = level_options(level);
    kzg_ctx *ctx = NULL;
    assert_int_equal(kzg_new(&ctx, &o).code, KZG_OK);
    assert_non_null(ctx);
    return ctx;
}

static int start(void **state) {
    (void)state;
    kzg_ctx *ctx = make(KZG_PRECOMPUTE_MIN);
    call_data_make(&data, ctx, 2);
    in = call_inputs_of(&data);
    call_answers(answers, ctx, &in);
    ctx = kzg_free(ctx);
    return counting_is_empty(&counting) ? 0 : -1;
}

static void expect_answers(const kzg_ctx *ctx) {
    for (size_t i = 0; i < CALLS; i++) {
        call_outputs_clear(&out);
        assert_int_equal(calls[i].run(ctx, &out, &in).code, KZG_OK);
        assert_memory_equal(&out, &answers[i], sizeof(out));
    }
}

static void context__made_and_freed_often(void **state) {
    (void)state;
    for (int i = 0; i < 20; i++) {
        kzg_ctx *ctx = make(KZG_PRECOMPUTE_MIN);
        if (i % 10 == 9) expect_answers(ctx);
        ctx = kzg_free(ctx);
        assert_null(ctx);
        assert_true(counting_is_empty(&counting));
    }
}

static void context__free_of_null(void **state) {
    (void)state;
    assert_null(kzg_free(NULL));
}

/* Freed in another order than made; the one left over still works. */
static void context__several_at_once(void **state) {
    (void)state;
    kzg_ctx *a = make(KZG_PRECOMPUTE_MIN), *b = make(KZG_PRECOMPUTE_MIN), *c = make(KZG_PRECOMPUTE_MIN + 1);
    assert_ptr_not_equal(a, b);
    expect_answers(c);
    a = kzg_free(a);
    expect_answers(b);
    c = kzg_free(c);
    expect_answers(b);
    b = kzg_free(b);
    assert_true(counting_is_empty(&counting));
}

/* More memory at each level, all of it counted and told; the same answers. */
static void context__every_level(void **state) {
    (void)state;
    size_t before = 0;
    for (int level = KZG_PRECOMPUTE_MIN; level <= KZG_PRECOMPUTE_MAX; level++) {
        kzg_info info;
        kzg_ctx *ctx = make(level);
        assert_int_equal(kzg_get_info(ctx, &info).code, KZG_OK);
        assert_int_equal(info.precompute, level);
        assert_int_equal(info.setup_bytes, counting.live[KZG_MEMORY_SETUP]);
        assert_int_equal(info.tables_bytes, counting.live[KZG_MEMORY_TABLES]);
        assert_int_equal(counting.live[KZG_MEMORY_SCRATCH], 0);
        assert_true(info.setup_bytes + info.tables_bytes > before);
        assert_true(info.setup_bytes + info.tables_bytes < (size_t)64
                                                               << 20); /* a typing mistake costs no gigabytes */
        before = info.setup_bytes + info.tables_bytes;
        expect_answers(ctx);
        ctx = kzg_free(ctx);
        assert_true(counting_is_empty(&counting));
    }
}

static void context__default_level(void **state) {
    (void)state;
    kzg_info chosen, unset;
    kzg_ctx *ctx = make(KZG_PRECOMPUTE_DEFAULT), *plain = NULL;
    assert_int_equal(kzg_new(&plain, NULL).code, KZG_OK);
    assert_int_equal(kzg_get_info(ctx, &chosen).code, KZG_OK);
    assert_int_equal(kzg_get_info(plain, &unset).code, KZG_OK);
    assert_int_equal(chosen.precompute, unset.precompute);
    assert_true(chosen.precompute >= KZG_PRECOMPUTE_MIN && chosen.precompute <= KZG_PRECOMPUTE_MAX);
    assert_string_equal(chosen.version, KZG_VERSION_STRING);
    assert_string_equal(chosen.setup_name, "mainnet");
    assert_string_equal(chosen.backend, kzg_backend_name());
    ctx = kzg_free(ctx);
    plain = kzg_free(plain);
}

/* ---- Options --------------------------------------------------------------------------------------------------- */

static void expect_invalid(const kzg_options *options) {
    kzg_ctx *const sentinel = (kzg_ctx *)(void *)&out, *ctx = sentinel;
    static const uint8_t nothing[65 * 96]; /* not looked at before the options */
    static uint8_t many[4096 * 48];
    kzg_status status[] = {
        kzg_new(&ctx, options),
        kzg_new_from_setup(&ctx, "x", 1, options),
        kzg_new_from_points(&ctx, many, many, nothing, options),
    };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(status[i].code, KZG_ERR_OPTION_INVALID);
        assert_int_equal(status[i].argument, KZG_ARG_OPTIONS);
    }
    assert_ptr_equal(ctx, sentinel);
    assert_true(counting_is_empty(&counting));
}

static void options__levels_outside(void **state) {
    (void)state;
    static const int levels[] = {KZG_PRECOMPUTE_MAX + 1, 8, 15, 64, INT32_MAX, -2, INT32_MIN};
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        kzg_options o = level_options(levels[i]);
        expect_invalid(&o);
    }
}

static void options__other_size(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, sizeof(kzg_options) - 1, sizeof(kzg_options) + 1, SIZE_MAX};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        kzg_options o = level_options(KZG_PRECOMPUTE_MIN);
        o.size = sizes[i];
        expect_invalid(&o);
    }
}

static void options__half_an_allocator(void **state) {
    (void)state;
    kzg_options o = level_options(KZG_PRECOMPUTE_MIN);
    o.allocator.release = NULL;
    expect_invalid(&o);
    o = level_options(KZG_PRECOMPUTE_MIN);
    o.allocator.alloc = NULL;
    expect_invalid(&o);
}

/* Zeros but for the size are valid: level 0, malloc, one thread, nobody watching. */
static void options__zeros_are_valid(void **state) {
    (void)state;
    kzg_options o;
    memset(&o, 0, sizeof(o));
    o.size = sizeof(o);
    kzg_ctx *ctx = NULL;
    kzg_info info;
    assert_int_equal(kzg_new(&ctx, &o).code, KZG_OK);
    assert_int_equal(kzg_get_info(ctx, &info).code, KZG_OK);
    assert_int_equal(info.precompute, 0);
    memset(&o, 0xff, sizeof(o)); /* everything was copied */
    expect_answers(ctx);
    ctx = kzg_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(context__made_and_freed_often), cmocka_unit_test(context__free_of_null),
        cmocka_unit_test(context__several_at_once),      cmocka_unit_test(context__every_level),
        cmocka_unit_test(context__default_level),        cmocka_unit_test(options__levels_outside),
        cmocka_unit_test(options__other_size),           cmocka_unit_test(options__half_an_allocator),
        cmocka_unit_test(options__zeros_are_valid),
    };
    return cmocka_run_group_tests_name("contexts", tests, start, NULL);
}
