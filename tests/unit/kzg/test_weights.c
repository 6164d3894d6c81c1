/* The weights of equations that are checked as one sum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "curve/glv.h"
#include "kzg/challenge.h"
#include "unit/curve/curve_support.h"

#define MOST 300

static void weights__are_short_and_all_different(void **state) {
    (void)state;
    fr w[MOST], challenge;
    random_fr(&challenge);
    draw_weights(w, MOST, &challenge);
    assert_true(fr_equal(&w[0], &FR_ONE));
    uint64_t ones[2] = {0, 0}, zeros[2] = {0, 0}; /* bits that were seen */
    for (size_t i = 1; i < MOST; i++) {
        struct glv_half halves[2];
        glv_split(halves, &w[i]);
        for (int h = 0; h < 2; h++) {
            assert_int_equal(halves[h].l[1], 0);
            assert_true(halves[h].l[0] <= (uint64_t)1 << 63);
            uint64_t bits = halves[h].negative ? 0 - halves[h].l[0] : halves[h].l[0];
            ones[h] |= bits;
            zeros[h] |= ~bits;
        }
        for (size_t k = 0; k < i; k++) assert_false(fr_equal(&w[i], &w[k]));
    }
    for (int h = 0; h < 2; h++) {
        assert_int_equal(ones[h], UINT64_MAX); /* each bit takes both values */
        assert_int_equal(zeros[h], UINT64_MAX);
    }
}

/* A longer batch begins as a shorter one does, and nothing is written behind its end. */
static void weights__do_not_depend_on_their_number(void **state) {
    (void)state;
    fr all[20], w[20], challenge;
    random_fr(&challenge);
    draw_weights(all, 20, &challenge);
    for (size_t n = 0; n < 20; n++) {
        memset(w, 0xa5, sizeof w);
        draw_weights(w, n, &challenge);
        assert_memory_equal(w, all, sizeof w[0] * n);
        for (size_t i = 0; i < sizeof w[0] * (20 - n); i++) assert_int_equal(((uint8_t *)&w[n])[i], 0xa5);
    }
}

static void weights__depend_on_the_challenge(void **state) {
    (void)state;
    fr a[20], b[20], challenge;
    random_fr(&challenge);
    draw_weights(a, 20, &challenge);
    fr_add(&challenge, &challenge, &FR_ONE);
    draw_weights(b, 20, &challenge);
    for (size_t i = 1; i < 20; i++) assert_false(fr_equal(&a[i], &b[i]));
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights__are_short_and_all_different),
        cmocka_unit_test(weights__do_not_depend_on_their_number),
        cmocka_unit_test(weights__depend_on_the_challenge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
