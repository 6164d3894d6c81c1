/* G1: every addition form against the chord and tangent rule on affine points, with every pair of special points. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "curve/constants.h"
#include "curve/encoding.h"
#include "unit/curve/curve_support.h"
#include "unit/curve/vectors.h"

static const g1_affine INFINITY_G1 = {{{0}}, {{0}}};

static void assert_g1_affine(const g1_affine *a, const g1_affine *b) {
    assert_memory_equal(a, b, sizeof *a);
}

static void assert_g1_is(const g1 *a, const g1_affine *expected) {
    g1_affine t;
    g1_to_affine(&t, a);
    assert_g1_affine(&t, expected);
}

/* The textbook rule. */
static void slow_add(g1_affine *r, const g1_affine *a, const g1_affine *b) {
    fp m, t, x, y;
    if (g1_affine_is_infinity(a) || g1_affine_is_infinity(b)) {
        *r = g1_affine_is_infinity(a) ? *b : *a;
        return;
    }
    if (fp_equal(&a->x, &b->x)) {
        if (!fp_equal(&a->y, &b->y)) {
            *r = INFINITY_G1;
            return;
        }
        fp_sqr(&t, &a->x);
        fp_add(&m, &t, &t);
        fp_add(&m, &m, &t);
        fp_add(&t, &a->y, &a->y);
    } else {
        fp_sub(&m, &b->y, &a->y);
        fp_sub(&t, &b->x, &a->x);
    }
    fp_inv(&t, &t);
    fp_mul(&m, &m, &t);
    fp_sqr(&x, &m);
    fp_sub(&x, &x, &a->x);
    fp_sub(&x, &x, &b->x);
    fp_sub(&t, &a->x, &x);
    fp_mul(&y, &m, &t);
    fp_sub(&y, &y, &a->y);
    *r = (g1_affine){x, y};
}

/* Infinity, P, -P, 2 P, -2 P, another, one outside the subgroup, the points of order 3 (x = 0) and of order 11. */
#define SPECIAL 11

static void special_points(g1_affine s[SPECIAL]) {
    s[0] = INFINITY_G1;
    random_g1(&s[1]);
    g1_affine_neg(&s[2], &s[1]);
    slow_add(&s[3], &s[1], &s[1]);
    g1_affine_neg(&s[4], &s[3]);
    random_g1(&s[5]);
    random_g1_curve(&s[6]);
    fp_set_zero(&s[7].x);
    fp_from_u64(&s[7].y, 2);
    g1_affine_neg(&s[8], &s[7]);
    g1_of_order(&s[9], G1_SMALL_ORDERS[1].q, G1_SMALL_ORDERS[1].power, G1_SMALL_ORDERS[1].rest);
    s[10] = G1_GENERATOR;
}

static void check_addition(const g1_affine *a, const g1_affine *b) {
    g1_affine expected;
    g1 ja, jb, r;
    slow_add(&expected, a, b);
    random_scale_g1(&ja, a);
    random_scale_g1(&jb, b);
    g1_add(&r, &ja, &jb);
    assert_g1_is(&r, &expected);
    r = ja;
    g1_add(&r, &r, &jb);
    assert_g1_is(&r, &expected);
    r = jb;
    g1_add(&r, &ja, &r);
    assert_g1_is(&r, &expected);
    g1_add_affine(&r, &ja, b);
    assert_g1_is(&r, &expected);
    r = ja;
    g1_add_affine(&r, &r, b);
    assert_g1_is(&r, &expected);
    g1_from_affine(&ja, a);
    g1_from_affine(&jb, b);
    g1_add(&r, &ja, &jb);
    assert_g1_is(&r, &expected);
}

static void g1_add__is_complete(void **unused) {
    (void)unused;
    for (int round = 0; round < 4; round++) {
        g1_affine s[SPECIAL];
        special_points(s);
        for (size_t i = 0; i < SPECIAL; i++) {
            for (size_t j = 0; j < SPECIAL; j++) check_addition(&s[i], &s[j]);
        }
    }
}

static void g1_dbl__is_the_sum_with_itself(void **unused) {
    (void)unused;
    g1_affine s[SPECIAL], expected;
    special_points(s);
    for (size_t i = 0; i < SPECIAL; i++) {
        g1 a, r;
        random_scale_g1(&a, &s[i]);
        slow_add(&expected, &s[i], &s[i]);
        g1_dbl(&r, &a);
        assert_g1_is(&r, &expected);
        g1_add(&r, &a, &a);
        assert_g1_is(&r, &expected);
        g1_add(&a, &a, &a); /* everything the same object */
        assert_g1_is(&a, &expected);
        random_scale_g1(&a, &s[i]);
        g1_dbl(&a, &a);
        assert_g1_is(&a, &expected);
    }
}

static void g1_equal__ignores_z_and_nothing_else(void **unused) {
    (void)unused;
    g1_affine s[SPECIAL];
    special_points(s);
    for (size_t i = 0; i < SPECIAL; i++) {
        for (size_t j = 0; j < SPECIAL; j++) {
            g1 a, b;
            random_scale_g1(&a, &s[i]);
            random_scale_g1(&b, &s[j]);
            assert_int_equal(g1_equal(&a, &b), i == j);
            assert_int_equal(g1_affine_equal(&s[i], &s[j]), i == j);
        }
    }
}

static void g1_neg__is_the_opposite(void **unused) {
    (void)unused;
    g1_affine s[SPECIAL], n;
    special_points(s);
    for (size_t i = 0; i < SPECIAL; i++) {
        g1 a, b, sum;
        random_scale_g1(&a, &s[i]);
        g1_neg(&b, &a);
        g1_add(&sum, &a, &b);
        assert_true(g1_is_infinity(&sum));
        g1_neg(&b, &b);
        assert_true(g1_equal(&a, &b));
        g1_affine_neg(&n, &s[i]);
        g1_add_affine(&sum, &a, &n);
        assert_true(g1_is_infinity(&sum));
        assert_int_equal(g1_affine_equal(&n, &s[i]), i == 0);
    }
}

static void g1_from_and_to_affine__are_inverse(void **unused) {
    (void)unused;
    g1_affine s[SPECIAL], back;
    special_points(s);
    for (size_t i = 0; i < SPECIAL; i++) {
        g1 a;
        g1_from_affine(&a, &s[i]);
        assert_int_equal(g1_is_infinity(&a), i == 0);
        g1_to_affine(&back, &a);
        assert_g1_affine(&back, &s[i]);
        random_scale_g1(&a, &s[i]);
        g1_to_affine(&back, &a);
        assert_g1_affine(&back, &s[i]);
    }
}

static void check_batch(const g1 *a, const g1_affine *expected, size_t n) {
    g1_affine *r = malloc(sizeof *r * (n + 1));
    fp *scratch = malloc(sizeof *scratch * (n + 1));
    memset(&r[n], 0x5a, sizeof *r);
    g1_to_affine_batch(r, a, n, scratch);
    assert_memory_equal(r, expected, sizeof *r * n);
    for (size_t i = 0; i < sizeof *r; i++) assert_int_equal(((uint8_t *)&r[n])[i], 0x5a);
    free(scratch);
    free(r);
}

/* The batches of other libraries were all zero from one infinity on, at some sizes only. */
static void g1_to_affine_batch__survives_infinity_anywhere(void **unused) {
    (void)unused;
    static const size_t sizes[] = {0, 1, 2, 3, 7, 8, 9, 31, 32, 33, 63, 64, 65, 127, 128, 129};
    enum { MOST = 129 };
    g1 points[MOST], batch[MOST];
    g1_affine affine[MOST], expected[MOST];
    fr scalars[MOST];
    g1_sequence(affine, scalars, MOST);
    for (size_t i = 0; i < MOST; i++) random_scale_g1(&points[i], &affine[i]);
    for (size_t s = 0; s < COUNT(sizes); s++) {
        size_t n = sizes[s];
        /* no infinity; each position in turn; first and last; random; all */
        for (size_t at = 0; at <= n + 3; at++) {
            for (size_t i = 0; i < n; i++) {
                bool infinity = at < n        ? i == at
                                : at == n + 1 ? i == 0 || i == n - 1
                                : at == n + 2 ? random_below(3) == 0
                                              : at == n + 3;
                batch[i] = points[i];
                expected[i] = affine[i];
                if (infinity) {
                    fp_set_zero(&batch[i].z); /* X and Y stay: any belong to infinity */
                    expected[i] = INFINITY_G1;
                }
            }
            check_batch(batch, expected, n);
        }
    }
}

static void g1_mul_plain__agrees_with_known_answers(void **unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(MULTIPLES); i++) {
        uint8_t expected[48], got[48];
        g1 r;
        g1_affine a;
        bytes_of_hex(expected, MULTIPLES[i].g1, sizeof expected);
        g1_mul_plain(&r, &G1_GENERATOR, MULTIPLES[i].k);
        g1_to_affine(&a, &r);
        g1_compress(got, &a);
        assert_memory_equal(got, expected, sizeof got);
    }
}

static void g1_mul_plain__takes_any_point(void **unused) {
    (void)unused;
    g1_affine s[SPECIAL];
    special_points(s);
    for (size_t i = 0; i < SPECIAL; i++) {
        uint64_t k[4];
        g1 fast, slow;
        for (int j = 0; j < 4; j++) k[j] = random_u64();
        g1_mul_plain(&fast, &s[i], k);
        slow_g1_mul(&slow, &s[i], k, 4);
        assert_true(g1_equal(&fast, &slow));
    }
}

static void check_mul(const g1_affine *a, const fr *k) {
    g1 r;
    g1_affine expected;
    g1_mul_fr(&expected, a, k);
    g1_mul(&r, a, k);
    assert_g1_is(&r, &expected);
}

static void g1_mul__agrees_with_the_plain_one_on_edges(void **unused) {
    (void)unused;
    g1_affine p;
    random_g1(&p);
    for (size_t i = 0; i < EDGE_FR_COUNT; i++) {
        fr k, n;
        edge_fr(&k, i);
        fr_neg(&n, &k);
        check_mul(&p, &k);
        check_mul(&p, &n);
        check_mul(&G1_GENERATOR, &k);
        check_mul(&INFINITY_G1, &k);
    }
}

/* 2^k, 2^k - 1 and multiples of x^2 close to a change of the quotient. */
static void g1_mul__agrees_with_the_plain_one_near_powers(void **unused) {
    (void)unused;
    g1_affine p;
    fr k = FR_ONE, one = FR_ONE, t, x2;
    random_g1(&p);
    edge_fr(&x2, 12);
    for (int i = 0; i < 256; i++) {
        check_mul(&p, &k);
        fr_sub(&t, &k, &one);
        check_mul(&p, &t);
        fr_add(&k, &k, &k);
    }
    for (size_t i = 0; i < 40; i++) {
        fr_from_u64(&t, random_u64());
        fr_mul(&t, &t, &x2);
        check_mul(&p, &t);
        fr_sub(&k, &t, &one);
        check_mul(&p, &k);
        fr_add(&k, &t, &one);
        check_mul(&p, &k);
    }
}

static void g1_generator__has_order_r(void **unused) {
    (void)unused;
    g1 t;
    assert_true(g1_affine_on_curve(&G1_GENERATOR));
    assert_false(g1_affine_is_infinity(&G1_GENERATOR));
    g1_mul_plain(&t, &G1_GENERATOR, FR_MODULUS);
    assert_true(g1_is_infinity(&t));
}

static void g1_affine_on_curve__refuses_everything_else(void **unused) {
    (void)unused;
    g1_affine s[SPECIAL], wrong;
    const fp one = FP_ONE;
    special_points(s);
    for (size_t i = 0; i < SPECIAL; i++) {
        assert_true(g1_affine_on_curve(&s[i]));
        wrong = s[i];
        fp_add(&wrong.y, &wrong.y, &one);
        assert_false(g1_affine_on_curve(&wrong));
        wrong = s[i];
        fp_add(&wrong.x, &wrong.x, &one);
        assert_false(g1_affine_on_curve(&wrong));
        if (fp_is_zero(&s[i].x)) continue; /* (0, 0) stands for infinity */
        wrong = s[i];
        fp_set_zero(&wrong.y);
        assert_false(g1_affine_on_curve(&wrong));
        wrong = (g1_affine){s[i].y, s[i].x};
        assert_false(g1_affine_on_curve(&wrong));
    }
    for (size_t i = 0; i < 50; i++) {
        random_fp(&wrong.x);
        random_fp(&wrong.y);
        assert_false(g1_affine_on_curve(&wrong));
    }
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g1_add__is_complete),
        cmocka_unit_test(g1_dbl__is_the_sum_with_itself),
        cmocka_unit_test(g1_equal__ignores_z_and_nothing_else),
        cmocka_unit_test(g1_neg__is_the_opposite),
        cmocka_unit_test(g1_from_and_to_affine__are_inverse),
        cmocka_unit_test(g1_to_affine_batch__survives_infinity_anywhere),
        cmocka_unit_test(g1_mul_plain__agrees_with_known_answers),
        cmocka_unit_test(g1_mul_plain__takes_any_point),
        cmocka_unit_test(g1_mul__agrees_with_the_plain_one_on_edges),
        cmocka_unit_test(g1_mul__agrees_with_the_plain_one_near_powers),
        cmocka_unit_test(g1_generator__has_order_r),
        cmocka_unit_test(g1_affine_on_curve__refuses_everything_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
