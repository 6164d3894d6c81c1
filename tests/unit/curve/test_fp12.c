/* Fp6 and Fp12: against known answers, against the schoolbook product over Fp2, and the cyclotomic shortcuts against
 * plain powers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "curve/constants.h"
#include "unit/curve/curve_support.h"
#include "unit/curve/vectors.h"

#define ROUNDS 300

/* Sparse and extreme coefficients now and then. */
static void input6(fp6 *r, size_t i) {
    random_fp6(r);
    fp2 *c[3] = {&r->c0, &r->c1, &r->c2};
    for (size_t k = 0; k < 3; k++) {
        if (i < 8 && (i >> k & 1) == 0) *c[k] = (fp2){0};
        if (i >= 8 && i % 5 == k) edge_fp(&c[k]->c1, random_below(EDGE_FP_COUNT));
    }
}

static void input12(fp12 *r, size_t i) {
    input6(&r->c0, i % 8 + (i >= 64 ? 8 : 0));
    input6(&r->c1, i / 8);
}

static void assert_fp6(const fp6 *a, const fp6 *b) {
    assert_memory_equal(a, b, sizeof *a);
}

static void assert_fp12(const fp12 *a, const fp12 *b) {
    assert_memory_equal(a, b, sizeof *a);
}

/* r = sum a_i b_j w^(i+j) with w^6 = xi, coefficients in the order 1, w, ..., w^5. */
static void schoolbook12(fp12 *r, const fp12 *a, const fp12 *b) {
    const fp2 x[6] = {a->c0.c0, a->c1.c0, a->c0.c1, a->c1.c1, a->c0.c2, a->c1.c2};
    const fp2 y[6] = {b->c0.c0, b->c1.c0, b->c0.c1, b->c1.c1, b->c0.c2, b->c1.c2};
    fp2 sum[6] = {0};
    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 0; j < 6; j++) {
            fp2 t;
            fp2_mul(&t, &x[i], &y[j]);
            if (i + j >= 6) fp2_mul_xi(&t, &t);
            fp2_add(&sum[(i + j) % 6], &sum[(i + j) % 6], &t);
        }
    }
    *r = (fp12){{sum[0], sum[2], sum[4]}, {sum[1], sum[3], sum[5]}};
}

static void schoolbook6(fp6 *r, const fp6 *a, const fp6 *b) {
    fp12 x = {.c0 = *a}, y = {.c0 = *b};
    schoolbook12(&x, &x, &y);
    *r = x.c0;
}

static void fp6_mul__is_the_schoolbook_product(void **unused) {
    (void)unused;
    for (size_t i = 0; i < ROUNDS; i++) {
        fp6 a, b, expected, got;
        input6(&a, i);
        input6(&b, i / 3);
        schoolbook6(&expected, &a, &b);
        fp6_mul(&got, &a, &b);
        assert_fp6(&got, &expected);
        got = a;
        fp6_mul(&got, &got, &b);
        assert_fp6(&got, &expected);
        got = b;
        fp6_mul(&got, &a, &got);
        assert_fp6(&got, &expected);
        schoolbook6(&expected, &a, &a);
        fp6_sqr(&got, &a);
        assert_fp6(&got, &expected);
        fp6_mul(&got, &a, &a);
        assert_fp6(&got, &expected);
        got = a;
        fp6_sqr(&got, &got);
        assert_fp6(&got, &expected);
    }
}

static void fp6_linear_functions__fit_each_other(void **unused) {
    (void)unused;
    fp6 zero = {0}, v = {0};
    fp2_set_one(&v.c1);
    for (size_t i = 0; i < ROUNDS; i++) {
        fp6 a, b, s, t;
        input6(&a, i);
        input6(&b, i + 5);
        fp6_add(&s, &a, &b);
        fp6_sub(&s, &s, &b);
        assert_fp6(&s, &a);
        fp6_neg(&t, &b);
        fp6_sub(&s, &a, &t);
        fp6_add(&t, &a, &b);
        assert_fp6(&s, &t);
        fp6_sub(&s, &b, &b);
        assert_fp6(&s, &zero);
        fp6_mul_v(&s, &a);
        schoolbook6(&t, &a, &v);
        assert_fp6(&s, &t);
        fp6_mul_v(&a, &a);
        assert_fp6(&a, &t);
    }
}

static void fp6_inv__times_itself_is_one(void **unused) {
    (void)unused;
    fp6 zero = {0}, one = {0};
    fp2_set_one(&one.c0);
    for (size_t i = 0; i < ROUNDS; i++) {
        fp6 a, r, product;
        input6(&a, i);
        fp6_inv(&r, &a);
        fp6_mul(&product, &a, &r);
        if (fp6_equal(&a, &zero))
            assert_fp6(&r, &zero);
        else
            assert_fp6(&product, &one);
        fp6_inv(&a, &a);
        assert_fp6(&a, &r);
    }
}

static void fp6_equal__sees_every_coefficient(void **unused) {
    (void)unused;
    fp6 a;
    random_fp6(&a);
    for (size_t byte = 0; byte < sizeof a; byte++) {
        fp6 b = a;
        ((uint8_t *)&b)[byte] ^= 0x10;
        assert_false(fp6_equal(&a, &b));
    }
    assert_true(fp6_equal(&a, &a));
}

static void fp12__agrees_with_known_answers(void **unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(TOWER_ANSWERS); i++) {
        fp12 a, b, expected, got;
        fp12_of_hex(&a, TOWER_ANSWERS[i].a);
        fp12_of_hex(&b, TOWER_ANSWERS[i].b);
        fp12_of_hex(&expected, TOWER_ANSWERS[i].product);
        fp12_mul(&got, &a, &b);
        assert_fp12(&got, &expected);
        fp12_of_hex(&expected, TOWER_ANSWERS[i].square);
        fp12_sqr(&got, &a);
        assert_fp12(&got, &expected);
        fp12_of_hex(&expected, TOWER_ANSWERS[i].inverse);
        fp12_inv(&got, &a);
        assert_fp12(&got, &expected);
        for (int k = 0; k < 2; k++) {
            fp12_of_hex(&expected, TOWER_ANSWERS[i].frobenius[k]);
            fp12_frobenius(&got, &a, k + 1);
            assert_fp12(&got, &expected);
        }
        fp12_of_hex(&expected, TOWER_ANSWERS[i].frobenius[2]);
        fp12_frobenius(&got, &got, 1);
        assert_fp12(&got, &expected);
    }
}

static void fp12_mul__is_the_schoolbook_product(void **unused) {
    (void)unused;
    for (size_t i = 0; i < ROUNDS; i++) {
        fp12 a, b, expected, got;
        input12(&a, i);
        input12(&b, ROUNDS - i);
        schoolbook12(&expected, &a, &b);
        fp12_mul(&got, &a, &b);
        assert_fp12(&got, &expected);
        got = a;
        fp12_mul(&got, &got, &b);
        assert_fp12(&got, &expected);
        got = b;
        fp12_mul(&got, &a, &got);
        assert_fp12(&got, &expected);
        schoolbook12(&expected, &a, &a);
        fp12_sqr(&got, &a);
        assert_fp12(&got, &expected);
        fp12_mul(&got, &a, &a);
        assert_fp12(&got, &expected);
        fp12_sqr(&a, &a);
        assert_fp12(&a, &expected);
    }
}

static void fp12_inv__times_itself_is_one(void **unused) {
    (void)unused;
    fp12 zero = {0};
    for (size_t i = 1; i < ROUNDS; i++) {
        fp12 a, r, product;
        input12(&a, i);
        fp12_inv(&r, &a);
        fp12_mul(&product, &a, &r);
        assert_true(fp12_is_one(&product));
        fp12_inv(&a, &a);
        assert_fp12(&a, &r);
    }
    fp12 r;
    random_fp12(&r);
    fp12_inv(&r, &zero);
    assert_fp12(&r, &zero);
}

static void fp12_frobenius__is_a_homomorphism_of_order_twelve(void **unused) {
    (void)unused;
    for (size_t i = 0; i < 60; i++) {
        fp12 a, b, fa, fb, t, s;
        input12(&a, i);
        input12(&b, i + 20);
        for (int power = 1; power <= 2; power++) {
            fp12_frobenius(&fa, &a, power);
            fp12_frobenius(&fb, &b, power);
            fp12_mul(&t, &fa, &fb);
            fp12_mul(&s, &a, &b);
            fp12_frobenius(&s, &s, power); /* in place */
            assert_fp12(&t, &s);
            t = a;
            for (int k = 0; k < 12; k += power) fp12_frobenius(&t, &t, power);
            assert_fp12(&t, &a);
        }
        t = a;
        for (int k = 0; k < 6; k++) fp12_frobenius(&t, &t, 1);
        fp12_conj(&s, &a);
        assert_fp12(&t, &s);
    }
}

static void fp12_mul_monic_line__is_the_product_with_a_sparse_element(void **unused) {
    (void)unused;
    for (size_t i = 0; i < ROUNDS; i++) {
        fp12 a, line = {0}, sparse = {0}, expected, got;
        input12(&a, i);
        random_fp2(&line.c0.c0);
        random_fp2(&line.c0.c1);
        if ((i & 1) != 0) line.c0.c0 = (fp2){0};
        if ((i & 2) != 0) line.c0.c1 = (fp2){0};
        fp2_set_one(&line.c1.c1);
        schoolbook12(&expected, &a, &line);
        fp12_mul_monic_line(&got, &a, &line.c0.c0, &line.c0.c1);
        assert_fp12(&got, &expected);
        fp12_mul_monic_line(&a, &a, &line.c0.c0, &line.c0.c1);
        assert_fp12(&a, &expected);
        sparse.c0.c0 = a.c0.c0; /* coefficients inside the result */
        sparse.c0.c1 = a.c0.c1;
        fp2_set_one(&sparse.c1.c1);
        schoolbook12(&expected, &a, &sparse);
        fp12_mul_monic_line(&a, &a, &a.c0.c0, &a.c0.c1);
        assert_fp12(&a, &expected);
    }
}

static void random_cyclotomic(fp12 *r) {
    random_fp12(r);
    slow_fp12_pow(r, r, EASY_EXPONENT, COUNT(EASY_EXPONENT));
}

static void fp12_cyclotomic_sqr__is_the_square_in_the_subgroup(void **unused) {
    (void)unused;
    for (size_t i = 0; i < 10; i++) {
        fp12 a, expected, got;
        random_cyclotomic(&a);
        for (int k = 0; k < 20; k++) {
            schoolbook12(&expected, &a, &a);
            fp12_cyclotomic_sqr(&got, &a);
            assert_fp12(&got, &expected);
            fp12_cyclotomic_sqr(&a, &a);
            assert_fp12(&a, &expected);
        }
    }
    fp12 one;
    fp12_set_one(&one);
    fp12_cyclotomic_sqr(&one, &one);
    assert_true(fp12_is_one(&one));
}

/* The shortcut must not be used elsewhere: that it differs there shows that the test above can fail. */
static void fp12_cyclotomic_sqr__is_something_else_outside(void **unused) {
    (void)unused;
    fp12 a, expected, got;
    random_fp12(&a);
    fp12_sqr(&expected, &a);
    fp12_cyclotomic_sqr(&got, &a);
    assert_false(fp12_equal(&got, &expected));
}

static void fp12_cyclotomic_pow_x__is_the_plain_power(void **unused) {
    (void)unused;
    const uint64_t x[1] = {BLS_X};
    fp12 a, expected, got;
    for (size_t i = 0; i < 10; i++) {
        random_cyclotomic(&a);
        slow_fp12_pow(&expected, &a, x, 1);
        fp12_cyclotomic_pow_x(&got, &a);
        assert_fp12(&got, &expected);
        fp12_cyclotomic_pow_x(&a, &a);
        assert_fp12(&a, &expected);
    }
    fp12_set_one(&a);
    fp12_cyclotomic_pow_x(&got, &a);
    assert_true(fp12_is_one(&got));
}

static void fp12_conj__inverts_in_the_subgroup_only(void **unused) {
    (void)unused;
    fp12 a, c;
    random_cyclotomic(&a);
    fp12_conj(&c, &a);
    fp12_mul(&c, &c, &a);
    assert_true(fp12_is_one(&c));
    random_fp12(&a);
    fp12_conj(&c, &a);
    fp12_mul(&c, &c, &a);
    assert_false(fp12_is_one(&c));
}

static void fp12_is_one__sees_every_coefficient(void **unused) {
    (void)unused;
    for (size_t byte = 0; byte < sizeof(fp12); byte++) {
        fp12 a, one;
        fp12_set_one(&one);
        a = one;
        ((uint8_t *)&a)[byte] ^= 0x01;
        assert_false(fp12_is_one(&a));
        assert_false(fp12_equal(&a, &one));
    }
    fp12 zero = {0};
    assert_false(fp12_is_one(&zero));
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fp6_mul__is_the_schoolbook_product),
        cmocka_unit_test(fp6_linear_functions__fit_each_other),
        cmocka_unit_test(fp6_inv__times_itself_is_one),
        cmocka_unit_test(fp6_equal__sees_every_coefficient),
        cmocka_unit_test(fp12__agrees_with_known_answers),
        cmocka_unit_test(fp12_mul__is_the_schoolbook_product),
        cmocka_unit_test(fp12_inv__times_itself_is_one),
        cmocka_unit_test(fp12_frobenius__is_a_homomorphism_of_order_twelve),
        cmocka_unit_test(fp12_mul_monic_line__is_the_product_with_a_sparse_element),
        cmocka_unit_test(fp12_cyclotomic_sqr__is_the_square_in_the_subgroup),
        cmocka_unit_test(fp12_cyclotomic_sqr__is_something_else_outside),
        cmocka_unit_test(fp12_cyclotomic_pow_x__is_the_plain_power),
        cmocka_unit_test(fp12_conj__inverts_in_the_subgroup_only),
        cmocka_unit_test(fp12_is_one__sees_every_coefficient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
