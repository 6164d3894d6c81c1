/* Fp2: against the known answers for roots, and against the definition on Fp. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/curve/curve_support.h"
#include "unit/curve/vectors.h"

#define ROUNDS 2000

/* Edges in both coordinates first, then random values. */
static void input(fp2 *r, size_t i) {
    if (i >= EDGE_FP_COUNT * EDGE_FP_COUNT) {
        random_fp2(r);
        return;
    }
    edge_fp(&r->c0, i % EDGE_FP_COUNT);
    edge_fp(&r->c1, i / EDGE_FP_COUNT);
}

static void assert_fp2(const fp2 *a, const fp2 *b) {
    assert_memory_equal(a, b, sizeof *a);
}

/* a0 b0 - a1 b1, a0 b1 + a1 b0, nothing shared. */
static void schoolbook(fp2 *r, const fp2 *a, const fp2 *b) {
    fp t, c0, c1;
    fp_mul(&c0, &a->c0, &b->c0);
    fp_mul(&t, &a->c1, &b->c1);
    fp_sub(&c0, &c0, &t);
    fp_mul(&c1, &a->c0, &b->c1);
    fp_mul(&t, &a->c1, &b->c0);
    fp_add(&c1, &c1, &t);
    r->c0 = c0;
    r->c1 = c1;
}

static void fp2_mul__is_the_schoolbook_product(void **unused) {
    (void)unused;
    for (size_t i = 0; i < ROUNDS; i++) {
        fp2 a, b, expected, got;
        input(&a, i);
        input(&b, i * 5 + 3);
        schoolbook(&expected, &a, &b);
        fp2_mul(&got, &a, &b);
        assert_fp2(&got, &expected);
        got = a;
        fp2_mul(&got, &got, &b);
        assert_fp2(&got, &expected);
        got = b;
        fp2_mul(&got, &a, &got);
        assert_fp2(&got, &expected);
    }
}

static void fp2_sqr__is_the_product_with_itself(void **unused) {
    (void)unused;
    for (size_t i = 0; i < ROUNDS; i++) {
        fp2 a, expected, got;
        input(&a, i);
        schoolbook(&expected, &a, &a);
        fp2_sqr(&got, &a);
        assert_fp2(&got, &expected);
        fp2_mul(&got, &a, &a);
        assert_fp2(&got, &expected);
        fp2_sqr(&a, &a);
        assert_fp2(&a, &expected);
    }
}

static void fp2_linear_functions__fit_each_other(void **unused) {
    (void)unused;
    const fp2 xi = {FP_ONE, FP_ONE};
    for (size_t i = 0; i < ROUNDS; i++) {
        fp2 a, b, t, s;
        input(&a, i);
        input(&b, i * 7 + 1);
        fp2_add(&t, &a, &b);
        fp2_sub(&s, &t, &b);
        assert_fp2(&s, &a);
        fp2_neg(&s, &b);
        fp2_sub(&s, &a, &s);
        assert_fp2(&s, &t);
        fp2_sub(&s, &a, &a);
        assert_true(fp2_is_zero(&s));
        fp2_neg(&s, &a);
        fp2_add(&s, &s, &a);
        assert_true(fp2_is_zero(&s));
        fp2_dbl(&s, &a);
        fp2_add(&t, &a, &a);
        assert_fp2(&s, &t);
        fp2_mul_xi(&s, &a);
        schoolbook(&t, &a, &xi);
        assert_fp2(&s, &t);
        s = a;
        fp2_mul_xi(&s, &s);
        assert_fp2(&s, &t);
    }
}

static void fp2_mul_fp__takes_a_factor_inside_the_result(void **unused) {
    (void)unused;
    for (size_t i = 0; i < ROUNDS; i++) {
        fp2 a, embedded, expected;
        input(&a, i);
        embedded = (fp2){a.c0, {{0}}};
        schoolbook(&expected, &a, &embedded);
        fp2 in_place = a;
        fp2_mul_fp(&in_place, &in_place, &in_place.c0);
        assert_fp2(&in_place, &expected);
    }
}

static void fp2_conj__fixes_the_reals_and_gives_the_norm(void **unused) {
    (void)unused;
    for (size_t i = 0; i < ROUNDS; i++) {
        fp2 a, c, n;
        fp norm, t;
        input(&a, i);
        fp2_conj(&c, &a);
        fp2_mul(&n, &a, &c);
        fp_sqr(&norm, &a.c0);
        fp_sqr(&t, &a.c1);
        fp_add(&norm, &norm, &t);
        assert_true(fp_equal(&n.c0, &norm));
        assert_true(fp_is_zero(&n.c1));
        fp2_conj(&c, &c);
        assert_fp2(&c, &a);
    }
}

static void fp2_inv__times_itself_is_one(void **unused) {
    (void)unused;
    fp2 one;
    fp2_set_one(&one);
    for (size_t i = 0; i < ROUNDS; i++) {
        fp2 a, r;
        input(&a, i);
        fp2_inv(&r, &a);
        if (fp2_is_zero(&a)) {
            assert_true(fp2_is_zero(&r));
            continue;
        }
        fp2 product;
        fp2_mul(&product, &a, &r);
        assert_fp2(&product, &one);
        fp2_inv(&a, &a);
        assert_fp2(&a, &r);
    }
}

static void fp2_sqrt__agrees_with_known_answers(void **unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(SQRT_ANSWERS); i++) {
        fp2 a, r, check;
        fp_of_hex(&a.c0, SQRT_ANSWERS[i].c0);
        fp_of_hex(&a.c1, SQRT_ANSWERS[i].c1);
        const fp2 before = {{{1, 2, 3}}, {{4, 5, 6}}};
        r = before;
        bool found = fp2_sqrt(&r, &a);
        assert_int_equal(found, SQRT_ANSWERS[i].square);
        if (!found) {
            assert_fp2(&r, &before);
            continue;
        }
        fp2_sqr(&check, &r);
        assert_fp2(&check, &a);
    }
}

static void fp2_sqrt__finds_the_root_of_every_square(void **unused) {
    (void)unused;
    for (size_t i = 0; i < 400; i++) {
        fp2 a, square, root, minus;
        input(&a, i);
        fp2_sqr(&square, &a);
        assert_true(fp2_sqrt(&root, &square));
        fp2_neg(&minus, &a);
        assert_true(fp2_equal(&root, &a) || fp2_equal(&root, &minus));
        assert_true(fp2_sqrt(&square, &square)); /* in place */
        assert_fp2(&square, &root);
    }
}

/* 1 + u is no square, so a square times it is none either. */
static void fp2_sqrt__refuses_every_square_times_xi(void **unused) {
    (void)unused;
    for (size_t i = 0; i < 400; i++) {
        fp2 a, r = {{{7}}, {{8}}}, before = r;
        input(&a, i);
        if (fp2_is_zero(&a)) continue;
        fp2_sqr(&a, &a);
        fp2_mul_xi(&a, &a);
        fp2 in_place = a;
        assert_false(fp2_sqrt(&r, &a));
        assert_fp2(&r, &before);
        assert_false(fp2_sqrt(&in_place, &in_place));
        assert_fp2(&in_place, &a);
    }
}

static void fp2_is_large__is_true_for_one_of_a_pair(void **unused) {
    (void)unused;
    for (size_t i = 0; i < ROUNDS; i++) {
        fp2 a, n;
        input(&a, i);
        fp2_neg(&n, &a);
        if (fp2_is_zero(&a))
            assert_false(fp2_is_large(&a) || fp2_is_large(&n));
        else
            assert_true(fp2_is_large(&a) != fp2_is_large(&n));
    }
}

/* (p-1)/2 is the largest small number; the imaginary part decides unless it is zero. */
static void fp2_is_large__looks_at_c1_first(void **unused) {
    (void)unused;
    fp half, above, one = FP_ONE;
    fp_from_plain(&half, FP_MODULUS_HALF);
    fp_add(&above, &half, &one);
    const fp2 small[] = {{{{0}}, {{0}}}, {half, {{0}}}, {above, half}, {above, one}, {{{0}}, half}};
    const fp2 large[] = {{above, {{0}}}, {half, above}, {one, above}, {{{0}}, above}};
    for (size_t i = 0; i < COUNT(small); i++) assert_false(fp2_is_large(&small[i]));
    for (size_t i = 0; i < COUNT(large); i++) assert_true(fp2_is_large(&large[i]));
}

static void fp2_equal__sees_every_limb(void **unused) {
    (void)unused;
    fp2 a, b;
    random_fp2(&a);
    for (size_t bit = 0; bit < 8 * sizeof a; bit++) {
        b = a;
        ((uint8_t *)&b)[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_false(fp2_equal(&a, &b));
        b = (fp2){0};
        ((uint8_t *)&b)[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_false(fp2_is_zero(&b));
    }
    assert_true(fp2_equal(&a, &a));
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fp2_mul__is_the_schoolbook_product),
        cmocka_unit_test(fp2_sqr__is_the_product_with_itself),
        cmocka_unit_test(fp2_linear_functions__fit_each_other),
        cmocka_unit_test(fp2_mul_fp__takes_a_factor_inside_the_result),
        cmocka_unit_test(fp2_conj__fixes_the_reals_and_gives_the_norm),
        cmocka_unit_test(fp2_inv__times_itself_is_one),
        cmocka_unit_test(fp2_sqrt__agrees_with_known_answers),
        cmocka_unit_test(fp2_sqrt__finds_the_root_of_every_square),
        cmocka_unit_test(fp2_sqrt__refuses_every_square_times_xi),
        cmocka_unit_test(fp2_is_large__is_true_for_one_of_a_pair),
        cmocka_unit_test(fp2_is_large__looks_at_c1_first),
        cmocka_unit_test(fp2_equal__sees_every_limb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
