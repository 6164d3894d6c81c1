/* The tower and the pairing in lanes against the scalar code: each function by itself, with coefficients that are
 * zero or extreme and operands at their bounds, then loops and exponentiations whole, with both backends in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "curve/lanes.h"
#include "diff/tower_lanes.h"
#include "unit/curve/curve_support.h"

#define ROUNDS 128
#define MORE   7 /* operands are raised by 0 to 6 p */

/* Round by round other coefficients are zero, then one part of one is an edge value. */
static void input(fp12 *r, size_t i) {
    fp *parts = &r->c0.c0.c0;
    random_fp12(r);
    for (size_t k = 0; k < 12; k++) {
        if (i < 64 && (i >> k / 2 & 1) == 0) fp_set_zero(&parts[k]);
    }
    if (i >= 64) edge_fp(&parts[i % 12], random_below(EDGE_FP_COUNT));
}

static void assert_fp12(const fp12 *a, const fp12 *b) {
    assert_memory_equal(a, b, sizeof *a);
}

/* A random element of the cyclotomic subgroup; the first one is 1. */
static void cyclotomic(fp12 *r, size_t i) {
    fp12 t, u;
    fp12_set_one(r);
    if (i == 0) return;
    random_fp12(&t);
    fp12_inv(&u, &t);
    fp12_conj(&t, &t);
    fp12_mul(&t, &t, &u);
    fp12_frobenius(&u, &t, 2);
    fp12_mul(r, &t, &u);
}

/* ---- Functions ---- */

static void copies__are_equal(void **unused) {
    (void)unused;
    for (size_t i = 0; i < ROUNDS; i++) {
        fp12 a, got;
        input(&a, i);
        tower_lanes_copy(&got, &a);
        assert_fp12(&got, &a);
    }
}

static void products_and_squares__are_those_of_the_scalar_code(void **unused) {
    (void)unused;
    for (size_t i = 0; i < ROUNDS; i++) {
        fp12 a, b, expected, got;
        input(&a, i);
        input(&b, (5 * i + 3) % ROUNDS);
        fp12_mul(&expected, &a, &b);
        tower_lanes_mul(&got, &a, &b, i % MORE);
        assert_fp12(&got, &expected);
        fp12_sqr(&expected, &a);
        tower_lanes_sqr(&got, &a, i % MORE);
        assert_fp12(&got, &expected);
        tower_lanes_mul(&got, &a, &a, i % MORE);
        assert_fp12(&got, &expected);
    }
}

static void conjugates_and_frobenius__are_those_of_the_scalar_code(void **unused) {
    (void)unused;
    for (size_t i = 0; i < ROUNDS; i++) {
        fp12 a, expected, got;
        input(&a, i);
        fp12_conj(&expected, &a);
        tower_lanes_conj(&got, &a);
        assert_fp12(&got, &expected);
        for (int power = 1; power <= 2; power++) {
            fp12_frobenius(&expected, &a, power);
            tower_lanes_frobenius(&got, &a, power, i % MORE);
            assert_fp12(&got, &expected);
        }
    }
}

static void lines__are_multiplied_from_either_half(void **unused) {
    (void)unused;
    for (size_t i = 0; i < ROUNDS; i++) {
        fp12 a, expected, got;
        fp2 l0, l1;
        input(&a, i);
        random_fp2(&l0);
        random_fp2(&l1);
        if (i % 4 == 1) l0 = (fp2){0};
        if (i % 4 == 2) l1 = (fp2){0};
        fp12_mul_monic_line(&expected, &a, &l0, &l1);
        for (int first = 0; first <= 4; first += 4) {
            tower_lanes_mul_monic_line(&got, &a, &l0, &l1, first, i % MORE);
            assert_fp12(&got, &expected);
        }
    }
}

static void cyclotomic_squares_and_powers__are_those_of_the_scalar_code(void **unused) {
    (void)unused;
    for (size_t i = 0; i < 24; i++) {
        fp12 a, expected, got;
        cyclotomic(&a, i);
        fp12_sqr(&expected, &a);
        tower_lanes_cyclotomic_sqr(&got, &a);
        assert_fp12(&got, &expected);
        fp12_cyclotomic_pow_x(&expected, &a);
        tower_lanes_cyclotomic_pow_x(&got, &a);
        assert_fp12(&got, &expected);
    }
}

static void loose_values__are_reduced_below_2p(void **unused) {
    (void)unused;
    for (size_t i = 0; i < ROUNDS; i++) {
        fp a[8], got[8];
        uint64_t multiple[8];
        for (size_t k = 0; k < 8; k++) {
            edge_fp(&a[k], (i + k) % EDGE_FP_COUNT);
            if (i % 2 == 1) random_fp(&a[k]);
            multiple[k] = i < 16 ? (i + k) % 16 : random_below(1u << 11);
            if (i == 16) multiple[k] = (1u << 11) - 1;
        }
        assert_true(tower_lanes_reduce(got, a, multiple));
        assert_memory_equal(got, a, sizeof a);
    }
}

/* ---- The pairing ---- */

#define PAIRS 18 /* more than share one loop */

static struct g2_prepared prepared[3]; /* the last is infinity */

static void prepare(void) {
    g2_affine q;
    for (size_t i = 0; i < 2; i++) {
        random_g2(&q);
        g2_prepare(&prepared[i], &q);
    }
    memset(&q, 0, sizeof q);
    g2_prepare(&prepared[2], &q);
}

/* n pairs; about one in four has infinity on one side or on both, and now and then one is like the one before. */
static void pairs(g1_affine *p, const struct g2_prepared **q, size_t n) {
    for (size_t i = 0; i < n; i++) {
        random_g1(&p[i]);
        if (random_below(6) == 0) memset(&p[i], 0, sizeof p[i]);
        q[i] = &prepared[random_below(8) == 0 ? 2 : random_below(2)];
        if (i > 0 && random_below(6) == 0) p[i] = p[i - 1];
    }
}

static void use(const char *backend) {
    assert_true(field_select(backend));
    assert_int_equal(g1_lanes_usable(), strcmp(backend, "ifma") == 0);
}

static void loops_and_exponentiations__are_those_of_the_scalar_code(void **unused) {
    (void)unused;
    for (size_t n = 0; n <= PAIRS; n++) {
        g1_affine p[PAIRS];
        const struct g2_prepared *q[PAIRS];
        fp12 loop, power, got;
        pairs(p, q, n);
        use("portable");
        pairing_miller_loop(&loop, p, q, n);
        pairing_final_exponentiation(&power, &loop);
        use("ifma");
        pairing_miller_loop(&got, p, q, n);
        assert_fp12(&got, &loop);
        pairing_final_exponentiation(&got, &loop);
        assert_fp12(&got, &power);
        assert_int_equal(pairing_product_is_one(p, q, n), fp12_is_one(&power));
    }
}

static void exponentiations_of_anything__are_those_of_the_scalar_code(void **unused) {
    (void)unused;
    for (size_t i = 0; i < ROUNDS; i += 3) {
        fp12 a, expected, got;
        input(&a, i); /* the first is 0 */
        use("portable");
        pairing_final_exponentiation(&expected, &a);
        use("ifma");
        pairing_final_exponentiation(&got, &a);
        assert_fp12(&got, &expected);
    }
}

/* e(a P, Q) e(-P, a Q), with one coordinate or factor wrong, and points outside the subgroup on the G1 side. */
static void products__are_one_exactly_where_the_scalar_code_says_so(void **unused) {
    (void)unused;
    g2_affine q;
    struct g2_prepared first, second;
    for (size_t i = 0; i < 12; i++) {
        g1_affine p[2];
        fr a;
        random_g1(&p[1]);
        random_g2(&q);
        random_fr(&a);
        g2_prepare(&first, &q);
        g1_mul_fr(&p[0], &p[1], &a);
        g2_mul_fr(&q, &q, &a);
        g2_prepare(&second, &q);
        if (i % 4 != 1) g1_affine_neg(&p[1], &p[1]);
        if (i % 4 == 2) random_g1(&p[0]);
        if (i % 4 == 3) random_g1_curve(&p[0]);
        const struct g2_prepared *list[2] = {&first, &second};
        use("portable");
        bool expected = pairing_product_is_one(p, list, 2);
        assert_int_equal(expected, i % 4 == 0);
        use("ifma");
        assert_int_equal(pairing_product_is_one(p, list, 2), expected);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies__are_equal),
        cmocka_unit_test(products_and_squares__are_those_of_the_scalar_code),
        cmocka_unit_test(conjugates_and_frobenius__are_those_of_the_scalar_code),
        cmocka_unit_test(lines__are_multiplied_from_either_half),
        cmocka_unit_test(cyclotomic_squares_and_powers__are_those_of_the_scalar_code),
        cmocka_unit_test(loose_values__are_reduced_below_2p),
        cmocka_unit_test(loops_and_exponentiations__are_those_of_the_scalar_code),
        cmocka_unit_test(exponentiations_of_anything__are_those_of_the_scalar_code),
        cmocka_unit_test(products__are_one_exactly_where_the_scalar_code_says_so),
    };
    int skip = test_start();
    if (skip != 0) return skip;
    if (!field_select("ifma")) {
        puts("skipped: this machine has no ifma");
        return 77;
    }
    prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
