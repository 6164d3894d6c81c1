/* The fast subgroup checks against [r] P = 0, at points of every small order, their sums with points of the subgroup
 * and with each other. A pairing does not notice such an addend, so a proof with one would verify. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "curve/constants.h"
#include "unit/curve/curve_support.h"
#include "unit/curve/vectors.h"

static void assert_g1_outside(const g1_affine *p) {
    assert_true(g1_affine_on_curve(p));
    assert_false(slow_g1_in_subgroup(p));
    assert_false(g1_affine_in_subgroup(p));
}

static void assert_g2_outside(const g2_affine *p) {
    assert_true(g2_affine_on_curve(p));
    assert_false(slow_g2_in_subgroup(p));
    assert_false(g2_affine_in_subgroup(p));
}

static void g1_sum(g1_affine *r, const g1_affine *a, const g1_affine *b) {
    g1 t;
    g1_from_affine(&t, a);
    g1_add_affine(&t, &t, b);
    g1_to_affine(r, &t);
}

static void g2_sum(g2_affine *r, const g2_affine *a, const g2_affine *b) {
    g2 t;
    g2_from_affine(&t, a);
    g2_add_affine(&t, &t, b);
    g2_to_affine(r, &t);
}

static void g1_points_of_the_subgroup__are_accepted(void **unused) {
    (void)unused;
    const g1_affine infinity = {{{0}}, {{0}}};
    assert_true(g1_affine_in_subgroup(&infinity));
    assert_true(g1_affine_in_subgroup(&G1_GENERATOR));
    for (int i = 0; i < 50; i++) {
        g1_affine p;
        random_g1(&p);
        assert_true(g1_affine_in_subgroup(&p));
        g1_affine_neg(&p, &p);
        assert_true(g1_affine_in_subgroup(&p));
    }
}

static void g2_points_of_the_subgroup__are_accepted(void **unused) {
    (void)unused;
    const g2_affine infinity = {{{{0}}, {{0}}}, {{{0}}, {{0}}}};
    assert_true(g2_affine_in_subgroup(&infinity));
    assert_true(g2_affine_in_subgroup(&G2_GENERATOR));
    for (int i = 0; i < 50; i++) {
        g2_affine p;
        random_g2(&p);
        assert_true(g2_affine_in_subgroup(&p));
        g2_affine_neg(&p, &p);
        assert_true(g2_affine_in_subgroup(&p));
    }
}

/* T, -T, k T, and all of them added to points of the subgroup. */
static void g1_small_orders__are_refused(void **unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(G1_SMALL_ORDERS); i++) {
        g1_affine t, multiple, c, sum;
        g1_of_order(&t, G1_SMALL_ORDERS[i].q, G1_SMALL_ORDERS[i].power, G1_SMALL_ORDERS[i].rest);
        assert_g1_outside(&t);
        for (int k = 0; k < 8; k++) {
            g1 m;
            uint64_t factor = k == 0   ? 1
                              : k == 1 ? G1_SMALL_ORDERS[i].q - 1
                                       : 1 + random_below(G1_SMALL_ORDERS[i].q - 1);
            slow_g1_mul(&m, &t, &factor, 1);
            g1_to_affine(&multiple, &m);
            assert_g1_outside(&multiple);
            random_g1(&c);
            g1_sum(&sum, &multiple, &c);
            assert_g1_outside(&sum);
            g1_sum(&sum, &multiple, &G1_GENERATOR);
            assert_g1_outside(&sum);
        }
    }
}

static void g2_small_orders__are_refused(void **unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(G2_SMALL_ORDERS); i++) {
        g2_affine t, multiple, c, sum;
        g2_of_order(&t, G2_SMALL_ORDERS[i].q, G2_SMALL_ORDERS[i].power, G2_SMALL_ORDERS[i].rest);
        assert_g2_outside(&t);
        for (int k = 0; k < 8; k++) {
            g2 m;
            uint64_t factor = k == 0   ? 1
                              : k == 1 ? G2_SMALL_ORDERS[i].q - 1
                                       : 1 + random_below(G2_SMALL_ORDERS[i].q - 1);
            slow_g2_mul(&m, &t, &factor, 1);
            g2_to_affine(&multiple, &m);
            assert_g2_outside(&multiple);
            random_g2(&c);
            g2_sum(&sum, &multiple, &c);
            assert_g2_outside(&sum);
            g2_sum(&sum, &multiple, &G2_GENERATOR);
            assert_g2_outside(&sum);
        }
    }
}

/* All residues of the smallest orders, so that a check that is right modulo some of them only is found. */
static void every_multiple_of_the_smallest_orders__is_refused(void **unused) {
    (void)unused;
    for (size_t i = 0; i < 2; i++) {
        g1_affine t, p;
        g1_of_order(&t, G1_SMALL_ORDERS[i].q, G1_SMALL_ORDERS[i].power, G1_SMALL_ORDERS[i].rest);
        random_g1(&p);
        for (uint64_t k = 1; k < G1_SMALL_ORDERS[i].q; k++) {
            g1_sum(&p, &p, &t);
            assert_g1_outside(&p);
        }
        g1_sum(&p, &p, &t);
        assert_true(g1_affine_in_subgroup(&p));
        g2_affine s, q;
        g2_of_order(&s, G2_SMALL_ORDERS[i].q, G2_SMALL_ORDERS[i].power, G2_SMALL_ORDERS[i].rest);
        random_g2(&q);
        for (uint64_t k = 1; k < G2_SMALL_ORDERS[i].q; k++) {
            g2_sum(&q, &q, &s);
            assert_g2_outside(&q);
        }
        g2_sum(&q, &q, &s);
        assert_true(g2_affine_in_subgroup(&q));
    }
}

/* The eigenspaces of the endomorphism: for a prime q = 1 mod 3 of the cofactor, phi has two on the q-torsion, of
 * which a check with the wrong root would accept one. T - phi(T) and T - phi(phi(T)) lie in them. */
static void g1_eigenvectors_of_the_endomorphism__are_refused(void **unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(G1_SMALL_ORDERS); i++) {
        g1_affine t, image, difference;
        g1_of_order(&t, G1_SMALL_ORDERS[i].q, G1_SMALL_ORDERS[i].power, G1_SMALL_ORDERS[i].rest);
        image = t;
        for (int k = 0; k < 2; k++) {
            fp_mul(&image.x, &image.x, &G1_BETA);
            g1_affine_neg(&difference, &image);
            g1_sum(&difference, &difference, &t);
            if (!g1_affine_is_infinity(&difference)) assert_g1_outside(&difference);
            g1_sum(&difference, &image, &t);
            if (!g1_affine_is_infinity(&difference)) assert_g1_outside(&difference);
        }
    }
}

static void sums_of_different_orders__are_refused(void **unused) {
    (void)unused;
    g1_affine p = G1_GENERATOR, t;
    g2_affine q = G2_GENERATOR, s;
    for (size_t i = 0; i < COUNT(G1_SMALL_ORDERS); i++) {
        g1_of_order(&t, G1_SMALL_ORDERS[i].q, G1_SMALL_ORDERS[i].power, G1_SMALL_ORDERS[i].rest);
        g1_sum(&p, &p, &t);
        assert_g1_outside(&p);
        g2_of_order(&s, G2_SMALL_ORDERS[i].q, G2_SMALL_ORDERS[i].power, G2_SMALL_ORDERS[i].rest);
        g2_sum(&q, &q, &s);
        assert_g2_outside(&q);
    }
}

/* Points of the whole curve, and with the subgroup's part taken away. */
static void random_curve_points__are_judged_as_the_slow_way_does(void **unused) {
    (void)unused;
    for (int i = 0; i < 100; i++) {
        g1_affine p;
        g1 t;
        random_g1_curve(&p);
        assert_int_equal(g1_affine_in_subgroup(&p), slow_g1_in_subgroup(&p));
        g1_mul_plain(&t, &p, FR_MODULUS);
        g1_to_affine(&p, &t);
        assert_int_equal(g1_affine_in_subgroup(&p), g1_is_infinity(&t));
        g2_affine q;
        g2 s;
        random_g2_curve(&q);
        assert_int_equal(g2_affine_in_subgroup(&q), slow_g2_in_subgroup(&q));
        g2_mul_plain(&s, &q, FR_MODULUS);
        g2_to_affine(&q, &s);
        assert_int_equal(g2_affine_in_subgroup(&q), g2_is_infinity(&s));
    }
}

static void cofactor_multiples__are_accepted(void **unused) {
    (void)unused;
    for (int i = 0; i < 20; i++) {
        g1_affine p;
        g1 t;
        random_g1_curve(&p);
        slow_g1_mul(&t, &p, G1_COFACTOR, COUNT(G1_COFACTOR));
        g1_to_affine(&p, &t);
        assert_true(g1_affine_in_subgroup(&p));
        g2_affine q;
        g2 s;
        random_g2_curve(&q);
        slow_g2_mul(&s, &q, G2_COFACTOR, COUNT(G2_COFACTOR));
        g2_to_affine(&q, &s);
        assert_true(g2_affine_in_subgroup(&q));
    }
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g1_points_of_the_subgroup__are_accepted),
        cmocka_unit_test(g2_points_of_the_subgroup__are_accepted),
        cmocka_unit_test(g1_small_orders__are_refused),
        cmocka_unit_test(g2_small_orders__are_refused),
        cmocka_unit_test(every_multiple_of_the_smallest_orders__is_refused),
        cmocka_unit_test(g1_eigenvectors_of_the_endomorphism__are_refused),
        cmocka_unit_test(sums_of_different_orders__are_refused),
        cmocka_unit_test(random_curve_points__are_judged_as_the_slow_way_does),
        cmocka_unit_test(cofactor_multiples__are_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
