/* Choosing the variant: by name, by environment, and what is refused. Order matters: the first test sees a process
 * that has not chosen yet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cpu.h"
#include "field/dispatch.h"

static void nothing_chosen__is_portable(void **state) {
    (void)state;
    assert_string_equal(field_ops.name, "portable");
    assert_ptr_equal(field_ops.fp_mul, field_ops_portable.fp_mul);
}

static void unknown_name_in_environment__is_refused_and_changes_nothing(void **state) {
    (void)state;
    struct field_ops before = field_ops;
    assert_int_equal(setenv("KZG_BACKEND", "sse9", 1), 0);
    assert_false(field_select(NULL));
    assert_memory_equal(&field_ops, &before, sizeof before);
    /* The environment is asked once: what it says later does not matter. */
    assert_int_equal(setenv("KZG_BACKEND", "portable", 1), 0);
    assert_false(field_select(NULL));
    assert_memory_equal(&field_ops, &before, sizeof before);
}

static void chosen_by_name__is_kept_whatever_the_environment_says(void **state) {
    (void)state;
    assert_true(field_select("portable"));
    assert_int_equal(setenv("KZG_BACKEND", "sse9", 1), 0);
    assert_true(field_select(NULL));
    assert_string_equal(field_ops.name, "portable");
    assert_int_equal(unsetenv("KZG_BACKEND"), 0);
    assert_true(field_select(NULL));
    assert_string_equal(field_ops.name, "portable");
}

static void unknown_name__is_refused_and_changes_nothing(void **state) {
    (void)state;
    const char *names[] = {"", "ADX", "adx ", "adx2", "portabl", "portable ", "auto,adx", "ifma512", "0"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct field_ops before = field_ops;
        assert_false(field_select(names[i]));
        assert_memory_equal(&field_ops, &before, sizeof before);
    }
}

static void adx__is_there_exactly_where_built_and_run(void **state) {
    (void)state;
    struct field_ops before = field_ops;
#ifdef KZG_HAVE_ADX
    bool want = cpu_detect().adx;
#else
    bool want = false;
#endif
    assert_int_equal(field_select("adx"), want);
    assert_string_equal(field_ops.name, want ? "adx" : before.name);
    assert_true(field_select("portable"));
    assert_string_equal(field_ops.name, "portable");
    assert_true(field_select("auto"));
    if (want) assert_string_not_equal(field_ops.name, "portable");
}

static void ifma__is_there_exactly_where_built_and_run_and_then_chosen(void **state) {
    (void)state;
    assert_true(field_select("portable"));
#ifdef KZG_HAVE_IFMA
    bool want = cpu_detect().ifma && cpu_detect().adx;
#else
    bool want = false;
#endif
    assert_int_equal(field_select("ifma"), want);
    assert_string_equal(field_ops.name, want ? "ifma" : "portable");
    assert_true(field_select("auto"));
    assert_int_equal(strcmp(field_ops.name, "ifma") == 0, want);
    assert_int_equal(field_ops.lanes, want);
    assert_true(field_select("portable"));
    assert_false(field_ops.lanes);
}

static void every_table__is_complete(void **state) {
    (void)state;
    const char *names[] = {"portable", "adx", "ifma", "auto"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!field_select(names[i])) continue;
        assert_non_null(field_ops.name);
        assert_true(field_ops.fp_mul && field_ops.fp_sqr && field_ops.fp2_mul && field_ops.fp2_sqr &&
                    field_ops.fr_mul && field_ops.fr_sqr);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_chosen__is_portable),
        cmocka_unit_test(unknown_name_in_environment__is_refused_and_changes_nothing),
        cmocka_unit_test(chosen_by_name__is_kept_whatever_the_environment_says),
        cmocka_unit_test(unknown_name__is_refused_and_changes_nothing),
        cmocka_unit_test(adx__is_there_exactly_where_built_and_run),
        cmocka_unit_test(ifma__is_there_exactly_where_built_and_run_and_then_chosen),
        cmocka_unit_test(every_table__is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
