/* Products of a fixed point against products of any point. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "curve/constants.h"
#include "curve/g1_comb.h"
#include "unit/curve/curve_support.h"

static void init(struct g1_comb *comb, const g1_affine *a) {
    struct arena arena;
    size_t bytes = g1_comb_init_scratch_bytes();
    void *memory = aligned_alloc(ARENA_ALIGN, bytes);
    assert_non_null(memory);
    arena_init(&arena, memory, bytes);
    g1_comb_init(comb, a, &arena);
    assert_int_equal(arena.used, 0);
    free(memory);
}

static void check(const struct g1_comb *comb, const g1_affine *a, const fr *k) {
    g1 sum, expected_sum;
    g1_affine got, expected, other;
    g1_set_infinity(&sum);
    g1_comb_add(&sum, comb, k);
    g1_to_affine(&got, &sum);
    g1_mul_fr(&expected, a, k);
    assert_true(g1_affine_equal(&got, &expected));
    random_g1(&other);
    random_scale_g1(&sum, &other);
    g1_from_affine(&expected_sum, &other);
    g1_add_affine(&expected_sum, &expected_sum, &expected);
    g1_comb_add(&sum, comb, k);
    assert_true(g1_equal(&sum, &expected_sum));
}

static void products__are_those_of_any_point(void **state) {
    static struct g1_comb comb;
    (void)state;
    for (int points = 0; points < 3; points++) {
        g1_affine a = G1_GENERATOR;
        if (points > 0) random_g1(&a);
        init(&comb, &a);
        for (size_t i = 0; i < EDGE_FR_COUNT; i++) {
            fr k;
            edge_fr(&k, i);
            check(&comb, &a, &k);
        }
        for (int i = 0; i < 100; i++) {
            fr k;
            random_fr(&k);
            check(&comb, &a, &k);
        }
    }
}

/* Each digit at each place, alone: all multiples are looked at. */
static void products__of_single_digits(void **state) {
    static struct g1_comb comb;
    fr eight, place = FR_ONE;
    (void)state;
    init(&comb, &G1_GENERATOR);
    fr_from_u64(&eight, 8);
    for (int i = 0; i < G1_COMB_DIGITS; i++) {
        for (int a = 0; a <= 4; a++) {
            for (int b = 0; b <= 4; b++) {
                fr k;
                fr_of_weight(&k, a, b);
                fr_mul(&k, &k, &place);
                check(&comb, &G1_GENERATOR, &k);
            }
        }
        fr_mul(&place, &place, &eight);
    }
}

static void infinity__stays(void **state) {
    static struct g1_comb comb;
    g1_affine infinity = {0};
    fr k;
    (void)state;
    init(&comb, &infinity);
    random_fr(&k);
    check(&comb, &infinity, &k);
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products__are_those_of_any_point),
        cmocka_unit_test(products__of_single_digits),
        cmocka_unit_test(infinity__stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
