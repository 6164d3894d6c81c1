/* The fast subgroup checks against [r] P = 0, at points of every small order, their sums with points of the subgroup
 * and with each other. A pairing does not notice such an addend, so a proof with one would verify. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "curve/constants.h"
#include "curve/g1_subgroup.h"
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

/* ---- Many points together ---- */

#define MANY 600

static struct {
    g1_affine points[MANY];
    fr logs[MANY];
    g1_subgroup_patterns patterns[MANY];
} many;

static void fill_many(size_t n) {
    g1_sequence(many.points, many.logs, n);
    if (n > 3) many.points[2] = (g1_affine){{{0}}, {{0}}};
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < G1_SUBGROUP_ROUNDS; k++)
            many.patterns[i][k] = (uint8_t)random_below(G1_SUBGROUP_PATTERNS);
    }
}

static bool many_in_subgroup(size_t n) {
    struct test_arena memory;
    test_arena_take(&memory, g1_all_in_subgroup_scratch_bytes(n));
    bool r = g1_all_in_subgroup(many.points, (const g1_subgroup_patterns *)many.patterns, n, &memory.arena);
    assert_int_equal(memory.arena.used, 0);
    test_arena_free(&memory);
    return r;
}

static void many_points__of_the_subgroup_are_accepted(void **unused) {
    (void)unused;
    static const size_t lengths[] = {1, 2, 7, 16, 17, 100, 256, MANY};
    for (size_t i = 0; i < COUNT(lengths); i++) {
        fill_many(lengths[i]);
        assert_true(many_in_subgroup(lengths[i]));
    }
    for (size_t i = 0; i < MANY; i++) many.points[i] = i % 2 != 0 ? many.points[1] : many.points[0];
    assert_true(many_in_subgroup(MANY));
}

/* Somewhere among them a point of the subgroup and one of a small order; then that order's negative somewhere else.
 */
static void many_points__with_one_outside_are_refused(void **unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(G1_SMALL_ORDERS); i++) {
        size_t n = i % 2 != 0 ? MANY : 20, at = random_below(n), other = (at + 1 + random_below(n - 1)) % n;
        g1_affine t;
        fill_many(n);
        g1_of_order(&t, G1_SMALL_ORDERS[i].q, G1_SMALL_ORDERS[i].power, G1_SMALL_ORDERS[i].rest);
        g1_sum(&many.points[at], &many.points[at], &t);
        assert_false(many_in_subgroup(n));
        g1_affine_neg(&t, &t);
        g1_sum(&many.points[other], &many.points[other], &t);
        assert_false(many_in_subgroup(n));
    }
}

/* The point outside is in one of the 85 sums alone, with either sign, and the sum is checked. */
static void many_points__every_sum_is_checked(void **unused) {
    (void)unused;
    const size_t n = 20;
    g1_affine t;
    fill_many(n);
    g1_of_order(&t, G1_SMALL_ORDERS[0].q, G1_SMALL_ORDERS[0].power, G1_SMALL_ORDERS[0].rest);
    g1_sum(&many.points[7], &many.points[7], &t);
    for (size_t round = 0; round < G1_SUBGROUP_ROUNDS; round++) {
        int power = 1;
        for (int k = 0; k < 5; k++, power *= 3) {
            for (size_t i = 0; i < G1_SUBGROUP_ROUNDS; i++) many.patterns[7][i] = G1_SUBGROUP_PATTERNS / 2;
            assert_true(many_in_subgroup(n)); /* it is in none */
            int sign = random_below(2) != 0 ? 1 : -1;
            many.patterns[7][round] = (uint8_t)(G1_SUBGROUP_PATTERNS / 2 + sign * power);
            assert_false(many_in_subgroup(n));
        }
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
        cmocka_unit_test(many_points__of_the_subgroup_are_accepted),
        cmocka_unit_test(many_points__with_one_outside_are_refused),
        cmocka_unit_test(many_points__every_sum_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
