/* G2: every addition form against the chord and tangent rule on affine points, with every pair of special points. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "curve/constants.h"
#include "curve/encoding.h"
#include "unit/curve/curve_support.h"
#include "unit/curve/vectors.h"

static const g2_affine INFINITY_G2 = {{{{0}}, {{0}}}, {{{0}}, {{0}}}};

static void assert_g2_affine(const g2_affine *a, const g2_affine *b) {
    assert_memory_equal(a, b, sizeof *a);
}

static void assert_g2_is(const g2 *a, const g2_affine *expected) {
    g2_affine t;
    g2_to_affine(&t, a);
    assert_g2_affine(&t, expected);
}

/* The textbook rule. */
static void slow_add(g2_affine *r, const g2_affine *a, const g2_affine *b) {
    fp2 m, t, x, y;
    if (g2_affine_is_infinity(a) || g2_affine_is_infinity(b)) {
        *r = g2_affine_is_infinity(a) ? *b : *a;
        return;
    }
    if (fp2_equal(&a->x, &b->x)) {
        if (!fp2_equal(&a->y, &b->y)) {
            *r = INFINITY_G2;
            return;
        }
        fp2_sqr(&t, &a->x);
        fp2_add(&m, &t, &t);
        fp2_add(&m, &m, &t);
        fp2_add(&t, &a->y, &a->y);
    } else {
        fp2_sub(&m, &b->y, &a->y);
        fp2_sub(&t, &b->x, &a->x);
    }
    fp2_inv(&t, &t);
    fp2_mul(&m, &m, &t);
    fp2_sqr(&x, &m);
    fp2_sub(&x, &x, &a->x);
    fp2_sub(&x, &x, &b->x);
    fp2_sub(&t, &a->x, &x);
    fp2_mul(&y, &m, &t);
    fp2_sub(&y, &y, &a->y);
    *r = (g2_affine){x, y};
}

/* Infinity, P, -P, 2 P, -2 P, another, one outside the subgroup, two of order 13 and one of order 23. */
#define SPECIAL 11

static void special_points(g2_affine s[SPECIAL]) {
    s[0] = INFINITY_G2;
    random_g2(&s[1]);
    g2_affine_neg(&s[2], &s[1]);
    slow_add(&s[3], &s[1], &s[1]);
    g2_affine_neg(&s[4], &s[3]);
    random_g2(&s[5]);
    random_g2_curve(&s[6]);
    g2_of_order(&s[7], G2_SMALL_ORDERS[0].q, G2_SMALL_ORDERS[0].power, G2_SMALL_ORDERS[0].rest);
    g2_affine_neg(&s[8], &s[7]);
    g2_of_order(&s[9], G2_SMALL_ORDERS[1].q, G2_SMALL_ORDERS[1].power, G2_SMALL_ORDERS[1].rest);
    s[10] = G2_GENERATOR;
}

static void check_addition(const g2_affine *a, const g2_affine *b) {
    g2_affine expected;
    g2 ja, jb, r;
    slow_add(&expected, a, b);
    random_scale_g2(&ja, a);
    random_scale_g2(&jb, b);
    g2_add(&r, &ja, &jb);
    assert_g2_is(&r, &expected);
    r = ja;
    g2_add(&r, &r, &jb);
    assert_g2_is(&r, &expected);
    r = jb;
    g2_add(&r, &ja, &r);
    assert_g2_is(&r, &expected);
    g2_add_affine(&r, &ja, b);
    assert_g2_is(&r, &expected);
    r = ja;
    g2_add_affine(&r, &r, b);
    assert_g2_is(&r, &expected);
    g2_from_affine(&ja, a);
    g2_from_affine(&jb, b);
    g2_add(&r, &ja, &jb);
    assert_g2_is(&r, &expected);
}

static void g2_add__is_complete(void **unused) {
    (void)unused;
    for (int round = 0; round < 4; round++) {
        g2_affine s[SPECIAL];
        special_points(s);
        for (size_t i = 0; i < SPECIAL; i++) {
            for (size_t j = 0; j < SPECIAL; j++) check_addition(&s[i], &s[j]);
        }
    }
}

static void g2_dbl__is_the_sum_with_itself(void **unused) {
    (void)unused;
    g2_affine s[SPECIAL], expected;
    special_points(s);
    for (size_t i = 0; i < SPECIAL; i++) {
        g2 a, r;
        random_scale_g2(&a, &s[i]);
        slow_add(&expected, &s[i], &s[i]);
        g2_dbl(&r, &a);
        assert_g2_is(&r, &expected);
        g2_add(&r, &a, &a);
        assert_g2_is(&r, &expected);
        g2_add(&a, &a, &a); /* everything the same object */
        assert_g2_is(&a, &expected);
        random_scale_g2(&a, &s[i]);
        g2_dbl(&a, &a);
        assert_g2_is(&a, &expected);
    }
}

static void g2_equal__ignores_z_and_nothing_else(void **unused) {
    (void)unused;
    g2_affine s[SPECIAL];
    special_points(s);
    for (size_t i = 0; i < SPECIAL; i++) {
        for (size_t j = 0; j < SPECIAL; j++) {
            g2 a, b;
            random_scale_g2(&a, &s[i]);
            random_scale_g2(&b, &s[j]);
            assert_int_equal(g2_equal(&a, &b), i == j);
            assert_int_equal(g2_affine_equal(&s[i], &s[j]), i == j);
        }
    }
}

static void g2_neg__is_the_opposite(void **unused) {
    (void)unused;
    g2_affine s[SPECIAL], n;
    special_points(s);
    for (size_t i = 0; i < SPECIAL; i++) {
        g2 a, b, sum;
        random_scale_g2(&a, &s[i]);
        g2_neg(&b, &a);
        g2_add(&sum, &a, &b);
        assert_true(g2_is_infinity(&sum));
        g2_neg(&b, &b);
        assert_true(g2_equal(&a, &b));
        g2_affine_neg(&n, &s[i]);
        g2_add_affine(&sum, &a, &n);
        assert_true(g2_is_infinity(&sum));
        assert_int_equal(g2_affine_equal(&n, &s[i]), i == 0);
    }
}

static void g2_from_and_to_affine__are_inverse(void **unused) {
    (void)unused;
    g2_affine s[SPECIAL], back;
    special_points(s);
    for (size_t i = 0; i < SPECIAL; i++) {
        g2 a;
        g2_from_affine(&a, &s[i]);
        assert_int_equal(g2_is_infinity(&a), i == 0);
        g2_to_affine(&back, &a);
        assert_g2_affine(&back, &s[i]);
        random_scale_g2(&a, &s[i]);
        g2_to_affine(&back, &a);
        assert_g2_affine(&back, &s[i]);
    }
}

static void g2_mul_plain__agrees_with_known_answers(void **unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(MULTIPLES); i++) {
        uint8_t expected[96], got[96];
        g2 r;
        g2_affine a;
        bytes_of_hex(expected, MULTIPLES[i].g2, sizeof expected);
        g2_mul_plain(&r, &G2_GENERATOR, MULTIPLES[i].k);
        g2_to_affine(&a, &r);
        g2_compress(got, &a);
        assert_memory_equal(got, expected, sizeof got);
    }
}

static void g2_mul_plain__takes_any_point(void **unused) {
    (void)unused;
    g2_affine s[SPECIAL];
    special_points(s);
    for (size_t i = 0; i < SPECIAL; i++) {
        uint64_t k[4];
        g2 fast, slow;
        for (int j = 0; j < 4; j++) k[j] = random_u64();
        g2_mul_plain(&fast, &s[i], k);
        slow_g2_mul(&slow, &s[i], k, 4);
        assert_true(g2_equal(&fast, &slow));
    }
}

static void g2_generator__has_order_r(void **unused) {
    (void)unused;
    g2 t;
    assert_true(g2_affine_on_curve(&G2_GENERATOR));
    assert_false(g2_affine_is_infinity(&G2_GENERATOR));
    g2_mul_plain(&t, &G2_GENERATOR, FR_MODULUS);
    assert_true(g2_is_infinity(&t));
}

static void g2_affine_on_curve__refuses_everything_else(void **unused) {
    (void)unused;
    g2_affine s[SPECIAL], wrong;
    const fp2 one = {FP_ONE, {{0}}};
    special_points(s);
    for (size_t i = 0; i < SPECIAL; i++) {
        assert_true(g2_affine_on_curve(&s[i]));
        wrong = s[i];
        fp2_add(&wrong.y, &wrong.y, &one);
        assert_false(g2_affine_on_curve(&wrong));
        wrong = s[i];
        fp2_add(&wrong.x, &wrong.x, &one);
        assert_false(g2_affine_on_curve(&wrong));
        if (fp2_is_zero(&s[i].x)) continue; /* (0, 0) stands for infinity */
        wrong = s[i];
        wrong.y = (fp2){0};
        assert_false(g2_affine_on_curve(&wrong));
        wrong = (g2_affine){s[i].y, s[i].x};
        assert_false(g2_affine_on_curve(&wrong));
    }
    for (size_t i = 0; i < 50; i++) {
        random_fp2(&wrong.x);
        random_fp2(&wrong.y);
        assert_false(g2_affine_on_curve(&wrong));
    }
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g2_add__is_complete),
        cmocka_unit_test(g2_dbl__is_the_sum_with_itself),
        cmocka_unit_test(g2_equal__ignores_z_and_nothing_else),
        cmocka_unit_test(g2_neg__is_the_opposite),
        cmocka_unit_test(g2_from_and_to_affine__are_inverse),
        cmocka_unit_test(g2_mul_plain__agrees_with_known_answers),
        cmocka_unit_test(g2_mul_plain__takes_any_point),
        cmocka_unit_test(g2_generator__has_order_r),
        cmocka_unit_test(g2_affine_on_curve__refuses_everything_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
