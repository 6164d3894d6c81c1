/* Each allocation failing in turn, for making a context and for every operation: OUT_OF_MEMORY, outputs untouched,
 * nothing leaked; after it the same call succeeds. And errors of other kinds leak nothing either. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fault/calls.h"
#include "fault/counting_allocator.h"
#include "unit/setup/make_points.h"

static struct counting counting;
static kzg_options options;
static kzg_ctx *ctx;
static struct call_data data;
static struct call_inputs in;
static struct call_outputs answers[CALLS], out;

static int start(void **state) {
    (void)state;
    kzg_options_init(&options);
    options.precompute = KZG_PRECOMPUTE_MIN;
    options.allocator = counting_allocator(&counting);
    if (kzg_new(&ctx, &options).code != KZG_OK) return -1;
    call_data_make(&data, ctx, 1);
    in = call_inputs_of(&data);
    call_answers(answers, ctx, &in);
    return 0;
}

static int stop(void **state) {
    (void)state;
    ctx = kzg_free(ctx);
    return counting_is_empty(&counting) ? 0 : -1;
}

/* ---- Making a context ------------------------------------------------------------------------------------------ */

static struct points points;
static struct text text;
static struct counting other_counting;

static kzg_status new_embedded(kzg_ctx **ret, const kzg_options *o) {
    return kzg_new(ret, o);
}

static kzg_status new_from_points(kzg_ctx **ret, const kzg_options *o) {
    return kzg_new_from_points(ret, points.g1_monomial[0], points.g1_lagrange[0], points.g2_monomial[0], o);
}

static kzg_status new_from_text(kzg_ctx **ret, const kzg_options *o) {
    return kzg_new_from_setup(ret, text.data, text.length, o);
}

static void expect_every_failure(const char *name, kzg_status (*make)(kzg_ctx **, const kzg_options *),
                                 size_t at_least) {
    kzg_options o = options;
    o.allocator = counting_allocator(&other_counting);
    kzg_ctx *const sentinel = (kzg_ctx *)(void *)&out;
    for (size_t n = 1;; n++) {
        kzg_ctx *made = sentinel;
        counting_fail_at(&other_counting, n);
        kzg_status status = make(&made, &o);
        if (status.code == KZG_OK) {
            assert_true(n > at_least);
            printf("%s: %zu allocations failed in turn\n", name, n - 1);
            made = kzg_free(made);
            assert_null(made);
            assert_true(counting_is_empty(&other_counting));
            return;
        }
        assert_int_equal(status.code, KZG_ERR_OUT_OF_MEMORY);
        assert_int_equal(status.element, KZG_NO_ELEMENT);
        assert_ptr_equal(made, sentinel);
        assert_true(counting_is_empty(&other_counting));
        assert_true(n < 1000);
    }
}

static void context__embedded(void **state) {
    (void)state;
    expect_every_failure("kzg_new", new_embedded, 2);
}

static void context__from_points(void **state) {
    (void)state;
    points_of_mainnet(&points);
    expect_every_failure("kzg_new_from_points", new_from_points, 2);
}

static void context__from_setup(void **state) {
    (void)state;
    points_of_mainnet(&points);
    text = points_to_text(&points, "\n");
    expect_every_failure("kzg_new_from_setup", new_from_text, 3);
    text_free(&text);
}

/* ---- Operations ------------------------------------------------------------------------------------------------ */

static void operation__each_failure(void **state) {
    (void)state;
    size_t setup = counting.live[KZG_MEMORY_SETUP], tables = counting.live[KZG_MEMORY_TABLES];
    for (size_t i = 0; i < CALLS; i++) {
        const struct call *call = &calls[i];
        if (call->operation == KZG_OPERATIONS) continue;
        size_t n = 1;
        for (;; n++) {
            call_outputs_clear(&out);
            counting_fail_at(&counting, n);
            kzg_status status = call->run(ctx, &out, &in);
            assert_int_equal(counting.live[KZG_MEMORY_SCRATCH], 0);
            if (status.code == KZG_OK) break;
            assert_int_equal(status.code, KZG_ERR_OUT_OF_MEMORY);
            assert_true(call_outputs_untouched(&out, call));
            assert_true(n <= 1); /* the header promises one allocation */
        }
        assert_int_equal(n, 2);
        assert_memory_equal(&out, &answers[i], sizeof(out));
    }
    counting_fail_at(&counting, 0);
    assert_int_equal(counting.live[KZG_MEMORY_SETUP], setup);
    assert_int_equal(counting.live[KZG_MEMORY_TABLES], tables);
}

static void self_test__each_failure(void **state) {
    (void)state;
    kzg_status status;
    unsigned passed = 0, total = 0;
    const char *failed = NULL;
    for (size_t n = 1; n < 100; n++) {
        counting_fail_at(&counting, n);
        status = kzg_self_test(ctx, &passed, &total, &failed);
        assert_int_equal(counting.live[KZG_MEMORY_SCRATCH], 0);
        bool failure_came = counting.allocations >= n;
        counting_fail_at(&counting, 0);
        if (!failure_came) {
            assert_int_equal(status.code, KZG_OK);
            assert_int_equal(passed, total);
            return;
        }
        /* Either refused, or told by the answers: never passed. */
        assert_true(status.code == KZG_ERR_OUT_OF_MEMORY ||
                    (status.code == KZG_OK && passed < total && failed != NULL));
    }
    fail();
}

/* An input made wrong somewhere: an error of its own, outputs untouched, nothing leaked. */
static void operation__other_errors_leak_nothing(void **state) {
    (void)state;
    struct call_data bad = data;
    struct call_inputs bad_in = call_inputs_of(&bad);
    memset(bad.blobs[0].bytes + 32 * 4095, 0xff, 32);
    memset(bad.commitments[1].bytes, 0xff, 48);
    memset(bad.proof.bytes, 0, 48);
    memset(bad.cell_proofs[7].bytes, 0x11, 48);
    memset(bad.cells[7].bytes + 2016, 0xff, 32);
    memset(bad.half[63].bytes + 2016, 0xff, 32);
    for (size_t i = 0; i < CALLS; i++) {
        call_outputs_clear(&out);
        kzg_status status = calls[i].run(ctx, &out, &bad_in);
        assert_int_not_equal(status.code, KZG_OK);
        assert_int_not_equal(status.code, KZG_ERR_OUT_OF_MEMORY);
        assert_int_not_equal(status.argument, KZG_ARG_NONE);
        assert_true(call_outputs_untouched(&out, &calls[i]));
        assert_int_equal(counting.live[KZG_MEMORY_SCRATCH], 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(context__embedded),       cmocka_unit_test(context__from_points),
        cmocka_unit_test(context__from_setup),     cmocka_unit_test(operation__each_failure),
        cmocka_unit_test(self_test__each_failure), cmocka_unit_test(operation__other_errors_leak_nothing),
    };
    return cmocka_run_group_tests_name("no_memory", tests, start, stop);
}
