/* The fast subgroup checks against [r] P = 0, at points of every small order, their sums with points of the subgroup
 * and with each other. A pairing does not notice such an addend, so a proof with one would verify. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "curve/constants.h"
#include "curve/g1_subgroup.h"
#include "curve/lanes.h"
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

#define MANY (G1_SUBGROUP_MANY_LANES + 76) /* many for every backend */
#define FEW  20

static struct {
    g1_affine points[MANY];
    fr logs[MANY];
    g1_subgroup_random random[MANY];
} many;

static void fill_many(size_t n) {
    g1_sequence(many.points, many.logs, n);
    if (n > 3) many.points[2] = (g1_affine){{{0}}, {{0}}};
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < sizeof many.random[i]; k++) many.random[i][k] = (uint8_t)random_below(256);
    }
}

static bool many_in_subgroup(size_t n) {
    struct test_arena memory;
    test_arena_take(&memory, g1_all_in_subgroup_scratch_bytes(n));
    bool r = g1_all_in_subgroup(many.points, (const g1_subgroup_random *)many.random, n, &memory.arena);
    assert_int_equal(memory.arena.used, 0);
    test_arena_free(&memory);
    return r;
}

static void set_bits(g1_subgroup_random random, size_t at, size_t count, uint32_t value) {
    for (size_t i = at; i < at + count; i++, value >>= 1)
        random[i / 8] = (uint8_t)((random[i / 8] & ~(1u << i % 8)) | (value & 1) << i % 8);
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
    assert_true(many_in_subgroup(FEW));
}

/* Somewhere among them a point of the subgroup and one of a small order; then that order's negative somewhere else.
 */
static void many_points__with_one_outside_are_refused(void **unused) {
    (void)unused;
    static const size_t lengths[] = {1, FEW, 100, MANY};
    for (size_t i = 0; i < COUNT(G1_SMALL_ORDERS); i++) {
        for (size_t k = 0; k < COUNT(lengths); k++) {
            size_t n = lengths[k], at = random_below(n);
            g1_affine t;
            fill_many(n);
            g1_of_order(&t, G1_SMALL_ORDERS[i].q, G1_SMALL_ORDERS[i].power, G1_SMALL_ORDERS[i].rest);
            g1_sum(&many.points[at], &many.points[at], &t);
            assert_false(many_in_subgroup(n));
            if (n == 1) continue;
            size_t other = (at + 1 + random_below(n - 1)) % n;
            g1_affine_neg(&t, &t);
            g1_sum(&many.points[other], &many.points[other], &t);
            assert_false(many_in_subgroup(n));
        }
    }
}

/* One point has a part of that order; the coefficients of the point in all sums are 0. */
static void fill_but_one(size_t n, size_t order, size_t sums, size_t bits, uint32_t zero) {
    g1_affine t;
    fill_many(n);
    g1_of_order(&t, G1_SMALL_ORDERS[order].q, G1_SMALL_ORDERS[order].power, G1_SMALL_ORDERS[order].rest);
    g1_sum(&many.points[7], &many.points[7], &t);
    for (size_t i = 0; i < sums; i++) set_bits(many.random[7], i * bits, bits, zero);
}

/* The point outside is in one of the 85 sums alone, with either sign, and the sum is checked. */
static void many_points__every_sum_is_checked(void **unused) {
    (void)unused;
    const uint32_t zero = 243 / 2;
    fill_but_one(MANY, 0, 17, 15, zero);
    assert_true(many_in_subgroup(MANY)); /* it is in none */
    for (size_t round = 0; round < 17; round++) {
        uint32_t power = 1;
        for (int k = 0; k < 5; k++, power *= 3) {
            set_bits(many.random[7], 15 * round, 15, random_below(2) != 0 ? zero + power : zero - power);
            assert_false(many_in_subgroup(MANY));
        }
        set_bits(many.random[7], 15 * round, 15, zero);
    }
}

/* The same with 19 sums, and in one of them with each coefficient. */
static void fewer_points__every_sum_is_checked(void **unused) {
    (void)unused;
    const uint32_t residues = 11 * 11, zero = residues / 2;
    assert_int_equal(G1_SMALL_ORDERS[1].q, 11);
    fill_but_one(FEW, 1, 19, 13, zero);
    assert_true(many_in_subgroup(FEW));
    for (size_t sum = 0; sum < 19; sum++) {
        for (uint32_t k = 0; k < residues; k++) {
            if (k == zero || (sum != 5 && random_below(20) != 0)) continue;
            set_bits(many.random[7], 13 * sum, 13, k + residues * (uint32_t)random_below(60));
            assert_false(many_in_subgroup(FEW));
        }
        set_bits(many.random[7], 13 * sum, 13, zero);
    }
}

/* A part of order 3 is found without any sum. */
static void fewer_points__order_3_needs_no_sum(void **unused) {
    (void)unused;
    assert_int_equal(G1_SMALL_ORDERS[0].q, 3);
    fill_but_one(FEW, 0, 19, 13, 11 * 11 / 2);
    assert_false(many_in_subgroup(FEW));
    fill_but_one(FEW, 0, 19, 13, 11 * 11 / 2);
    g1_of_order(&many.points[7], 3, G1_SMALL_ORDERS[0].power, G1_SMALL_ORDERS[0].rest);
    assert_false(many_in_subgroup(FEW)); /* (0, 2) or (0, -2), and then the other */
    g1_affine_neg(&many.points[7], &many.points[7]);
    assert_false(many_in_subgroup(FEW));
}

/* ---- Digits of sums ---- */

#define LENGTH  22
#define BESIDES 9

static g1 digits[2][LENGTH];
static g1_affine besides[BESIDES];

static bool digits_in_subgroup(bool two, size_t length, size_t n_besides) {
    struct test_arena memory;
    test_arena_take(&memory, g1_digits_in_subgroup_scratch_bytes(length, n_besides));
    bool r = g1_digits_in_subgroup(digits[0], two ? digits[1] : NULL, length, besides, n_besides, &memory.arena);
    assert_int_equal(memory.arena.used, 0);
    test_arena_free(&memory);
    return r;
}

static void fill_digits(void) {
    g1_affine p;
    for (size_t i = 0; i < 2 * LENGTH; i++) {
        random_g1(&p);
        random_scale_g1(&digits[i / LENGTH][i % LENGTH], &p);
    }
    for (size_t i = 0; i < BESIDES; i++) random_g1(&besides[i]);
    g1_set_infinity(&digits[0][3]);
    g1_set_infinity(&digits[1][5]);
    besides[1] = (g1_affine){{{0}}, {{0}}};
}

/* Each of them alone; the first one's digit j and the negative of it in the second one's digit j, which do not meet.
 */
static void digits__each_is_looked_at(void **unused) {
    (void)unused;
    for (size_t order = 1; order < COUNT(G1_SMALL_ORDERS); order++) {
        g1_affine t, minus;
        g1_of_order(&t, G1_SMALL_ORDERS[order].q, G1_SMALL_ORDERS[order].power, G1_SMALL_ORDERS[order].rest);
        g1_affine_neg(&minus, &t);
        fill_digits();
        assert_true(digits_in_subgroup(false, LENGTH, 0));
        assert_true(digits_in_subgroup(true, LENGTH, BESIDES));
        for (size_t i = 0; i < 2 * LENGTH; i++) {
            const size_t j = i % LENGTH;
            g1 *digit = &digits[i / LENGTH][j];
            const g1 before = *digit;
            g1_add_affine(digit, digit, &t);
            assert_int_equal(digits_in_subgroup(false, LENGTH, 0), i >= LENGTH);
            assert_false(digits_in_subgroup(true, LENGTH, BESIDES));
            if (i < LENGTH) {
                const g1 other = digits[1][j];
                g1_add_affine(&digits[1][j], &digits[1][j], &minus);
                assert_false(digits_in_subgroup(true, LENGTH, 0));
                digits[1][j] = other;
                assert_int_equal(digits_in_subgroup(true, j, 0), true); /* only so many */
            }
            *digit = before;
        }
        for (size_t i = 0; i < BESIDES; i++) {
            const g1_affine before = besides[i];
            g1_sum(&besides[i], &besides[i], &t);
            assert_int_equal(digits_in_subgroup(false, LENGTH, i), true);
            assert_false(digits_in_subgroup(order % 2 == 0, LENGTH, i + 1));
            besides[i] = before;
        }
    }
}

#if G1_LANES
/* That, with one lane the value and the others 1, the lanes say what the power says. */
static void check_cube(const fp *a) {
    fp lanes[G1_LANES_CUBES];
    for (size_t i = 0; i < G1_LANES_CUBES; i++) lanes[i] = FP_ONE;
    lanes[random_below(G1_LANES_CUBES)] = *a;
    assert_int_equal(g1_lanes_all_cubes(lanes), fp_is_cube(a));
}

/* Also small numbers, those near p, powers of 1 - w, which is divided by again and again, and of w. */
static void cubes_in_lanes__are_those_of_the_power(void **unused) {
    (void)unused;
    if (!g1_lanes_usable()) return;
    fp a, b, minus, root;
    fp_set_zero(&a);
    check_cube(&a);
    for (int i = 0; i < 300; i++) {
        fp_add(&a, &a, &FP_ONE);
        fp_neg(&minus, &a);
        check_cube(&a);
        check_cube(&minus);
        random_fp(&b);
        check_cube(&b);
        b = (fp){{(uint64_t)i}}; /* small as it stands in memory */
        check_cube(&b);
    }
    fp_sub(&root, &FP_ONE, &G1_BETA);
    a = b = FP_ONE;
    for (int i = 0; i < 300; i++) {
        fp_mul(&a, &a, &root);
        check_cube(&a);
        fp_mul(&b, &b, &G1_BETA);
        check_cube(&b);
    }
    for (int i = 0; i < 300; i++) { /* eight cubes, and then not */
        fp lanes[G1_LANES_CUBES], cubed;
        for (size_t k = 0; k < G1_LANES_CUBES; k++) {
            do random_fp(&a);
            while (fp_is_zero(&a)); /* one in 2^15 is, and no cube here */
            fp_sqr(&cubed, &a);
            fp_mul(&lanes[k], &cubed, &a);
        }
        assert_true(g1_lanes_all_cubes(lanes));
        size_t k = random_below(G1_LANES_CUBES);
        random_fp(&a);
        fp_mul(&lanes[k], &lanes[k], &a);
        assert_int_equal(g1_lanes_all_cubes(lanes), fp_is_cube(&a));
    }
}
#endif

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
        cmocka_unit_test(fewer_points__every_sum_is_checked),
        cmocka_unit_test(fewer_points__order_3_needs_no_sum),
        cmocka_unit_test(digits__each_is_looked_at),
#if G1_LANES
        cmocka_unit_test(cubes_in_lanes__are_those_of_the_power),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
