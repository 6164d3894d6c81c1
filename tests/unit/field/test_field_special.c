/* What only one of the two fields has: roots, powers, signs, reduction of any 32 bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "field/fp.h"
#include "field/fr.h"
#include "unit/field/subjects.h"

static struct trial trials[SUBJECTS];

static int open_all(void **state) {
    (void)state;
    trials_open(trials);
    return 0;
}

static int close_all(void **state) {
    (void)state;
    trials_close(trials);
    return 0;
}

/* Counts squares, so that the caller sees both kinds came by. */
static int check_root(const uint64_t *limbs) {
    fp a, root, square, before;
    memcpy(a.l, limbs, sizeof a.l);
    memset(&root, 0x5a, sizeof root);
    before = root;
    bool found = fp_sqrt(&root, &a);
    assert_int_equal(found, oracle_is_square(trials[0].oracle, a.l));
    if (!found) {
        assert_memory_equal(&root, &before, sizeof root);
        return 0;
    }
    oracle_mul(trials[0].oracle, square.l, root.l, root.l);
    assert_memory_equal(&square, &a, sizeof a);
    assert_true(fp_sqrt(&a, &a));
    assert_true(fp_equal(&a, &root));
    return 1;
}

static void square_root__exists_exactly_for_squares(void **state) {
    (void)state;
    int squares = 0, total = 0;
    value v;
    for (size_t i = 0; i < trials[0].count; i++, total++) squares += check_root(trials[0].edges[i]);
    for (int i = 0; i < 1000; i++, total++) {
        values_random(v, FP_MODULUS, FP_LIMBS);
        squares += check_root(v);
    }
    assert_in_range(squares, total / 3, 2 * total / 3);
    for (int i = 0; i < 200; i++) {
        value square;
        values_random(v, FP_MODULUS, FP_LIMBS);
        oracle_mul(trials[0].oracle, square, v, v);
        assert_int_equal(check_root(square), 1);
        /* -1 is no square here, so the negative of a square is none, but for 0. */
        if (fp_is_zero(&(fp){{v[0], v[1], v[2], v[3], v[4], v[5]}})) continue;
        values_sub(square, FP_MODULUS, square, FP_LIMBS);
        assert_int_equal(check_root(square), 0);
    }
}

static void square_root__of_zero_is_zero(void **state) {
    (void)state;
    fp zero, root = FP_ONE;
    fp_set_zero(&zero);
    assert_true(fp_sqrt(&root, &zero));
    assert_true(fp_is_zero(&root));
}

/* Of a, a g and a g^2 with a g that is no cube, just one is a cube. */
static void cubes__are_a_third(void **state) {
    (void)state;
    fp g, a, b;
    int cubes = 0;
    fp_set_one(&g);
    assert_true(fp_is_cube(&g));
    while (fp_is_cube(&g)) fp_add(&g, &g, &FP_ONE);
    fp_set_zero(&a);
    assert_false(fp_is_cube(&a));
    for (int i = 0; i < 300; i++) {
        value v;
        values_random(v, FP_MODULUS, FP_LIMBS);
        memcpy(a.l, v, sizeof a.l);
        if (fp_is_zero(&a)) continue;
        fp_sqr(&b, &a);
        fp_mul(&b, &b, &a);
        assert_true(fp_is_cube(&b));
        int found = 0;
        for (int k = 0; k < 3; k++) {
            bool cube = fp_is_cube(&a);
            found += cube;
            cubes += cube && k == 0;
            fp_mul(&a, &a, &g);
        }
        assert_int_equal(found, 1);
    }
    assert_in_range(cubes, 60, 140);
}

static void power__agrees_with_big_numbers(void **state) {
    (void)state;
    const struct trial *t = &trials[0];
    value exponents[] = {
        {0}, {1}, {2}, {15}, {16}, {0, 1}, {UINT64_MAX, UINT64_MAX, UINT64_MAX}, {0, 0, 0, 0, 0, 1u << 31}};
    for (size_t i = 0; i < t->count; i++) {
        for (size_t j = 0; j < sizeof exponents / sizeof *exponents; j++) {
            fp a, got, want;
            memcpy(a.l, t->edges[i], sizeof a.l);
            oracle_pow(t->oracle, want.l, a.l, exponents[j], FP_LIMBS);
            fp_pow(&got, &a, exponents[j], FP_LIMBS);
            assert_memory_equal(&got, &want, sizeof got);
            fp_pow(&a, &a, exponents[j], FP_LIMBS);
            assert_memory_equal(&a, &want, sizeof a);
        }
        value e;
        fp a, got, want;
        memcpy(a.l, t->edges[i], sizeof a.l);
        values_random(e, FP_MODULUS, FP_LIMBS);
        oracle_pow(t->oracle, want.l, a.l, e, FP_LIMBS);
        fp_pow(&got, &a, e, FP_LIMBS);
        assert_memory_equal(&got, &want, sizeof got);
    }
    fp one;
    fp_pow(&one, &FP_R2, NULL, 0);
    assert_true(fp_equal(&one, &FP_ONE));
}

static void power_of_fr__agrees_with_big_numbers(void **state) {
    (void)state;
    const struct trial *t = &trials[1];
    const uint64_t exponents[] = {0, 1, 2, 3, 64, 4096, 0x8000000000000000, UINT64_MAX, values_random_u64()};
    for (size_t i = 0; i < t->count; i++) {
        for (size_t j = 0; j < sizeof exponents / sizeof *exponents; j++) {
            fr a, want;
            memcpy(a.l, t->edges[i], sizeof a.l);
            oracle_pow(t->oracle, want.l, a.l, &exponents[j], 1);
            fr_pow_u64(&a, &a, exponents[j]);
            assert_memory_equal(&a, &want, sizeof a);
        }
    }
}

static void is_large__is_above_half(void **state) {
    (void)state;
    const struct trial *t = &trials[0];
    for (size_t i = 0; i < t->count + 500; i++) {
        value plain, drop;
        if (i < t->count) memcpy(plain, t->edges[i], sizeof plain);
        if (i >= t->count) values_random(plain, FP_MODULUS, FP_LIMBS);
        /* above (p-1)/2 exactly where twice the value is at least p */
        value doubled;
        assert_int_equal(values_add(doubled, plain, plain, FP_LIMBS), 0);
        bool want = values_sub(drop, doubled, FP_MODULUS, FP_LIMBS) == 0;
        fp a;
        fp_from_plain(&a, plain);
        assert_int_equal(fp_is_large(&a), want);
    }
}

static void check_reduced(const uint64_t plain[4]) {
    uint8_t in[32];
    fr got, want;
    for (int i = 0; i < 32; i++) in[31 - i] = (uint8_t)(plain[i / 8] >> (8 * (i % 8)));
    fr_from_be_reduced(&got, in);
    oracle_enter(trials[1].oracle, want.l, plain);
    assert_memory_equal(&got, &want, sizeof got);
}

static void any_32_bytes__are_reduced(void **state) {
    (void)state;
    const struct trial *t = &trials[1];
    uint64_t v[4], twice[4];
    for (size_t i = 0; i < t->count; i++) {
        check_reduced(t->edges[i]);
        if (values_add(v, t->edges[i], FR_MODULUS, 4) == 0) check_reduced(v);
        values_add(twice, FR_MODULUS, FR_MODULUS, 4);
        if (values_add(v, t->edges[i], twice, 4) == 0) check_reduced(v);
        values_sub(v, twice, t->edges[i], 4);
        check_reduced(v);
    }
    memset(v, 0xff, sizeof v);
    check_reduced(v);
    for (int i = 0; i < 1000; i++) {
        for (int j = 0; j < 4; j++) v[j] = values_random_u64();
        check_reduced(v);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(square_root__exists_exactly_for_squares),
        cmocka_unit_test(square_root__of_zero_is_zero),
        cmocka_unit_test(cubes__are_a_third),
        cmocka_unit_test(power__agrees_with_big_numbers),
        cmocka_unit_test(power_of_fr__agrees_with_big_numbers),
        cmocka_unit_test(is_large__is_above_half),
        cmocka_unit_test(any_32_bytes__are_reduced),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
