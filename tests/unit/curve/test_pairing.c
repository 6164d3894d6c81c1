/* The pairing: known answers of a textbook implementation, bilinearity, products that are one and products that are
 * almost one, infinity, and the final exponentiation against the plain power. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "curve/pairing.h"
#include "unit/curve/curve_support.h"
#include "unit/curve/vectors.h"

static const g1_affine INFINITY_G1 = {{{0}}, {{0}}};
static const g2_affine INFINITY_G2 = {{{{0}}, {{0}}}, {{{0}}, {{0}}}};

static void pair(fp12 *r, const g1_affine *p, const g2_affine *q) {
    struct g2_prepared prepared;
    const struct g2_prepared *list[1] = {&prepared};
    g2_prepare(&prepared, q);
    pairing_miller_loop(r, p, list, 1);
    pairing_final_exponentiation(r, r);
}

static void power_fr(fp12 *r, const fp12 *a, const fr *k) {
    uint64_t plain[4];
    fr_to_plain(plain, k);
    slow_fp12_pow(r, a, plain, 4);
}

static void assert_fp12(const fp12 *a, const fp12 *b) {
    assert_memory_equal(a, b, sizeof *a);
}

/* ---- Single pairings ---- */

static void pairing__agrees_with_known_answers(void **unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(PAIRING_ANSWERS); i++) {
        fr a, b;
        g1_affine p;
        g2_affine q;
        fp12 expected, got;
        fr_of_plain(&a, PAIRING_ANSWERS[i].a);
        fr_of_plain(&b, PAIRING_ANSWERS[i].b);
        g1_mul_fr(&p, &G1_GENERATOR, &a);
        g2_mul_fr(&q, &G2_GENERATOR, &b);
        fp12_of_hex(&expected, PAIRING_ANSWERS[i].value);
        pair(&got, &p, &q);
        assert_fp12(&got, &expected);
    }
}

static void pairing_of_generators__has_order_r(void **unused) {
    (void)unused;
    fp12 e, t;
    pair(&e, &G1_GENERATOR, &G2_GENERATOR);
    assert_false(fp12_is_one(&e));
    slow_fp12_pow(&t, &e, FR_MODULUS, 4);
    assert_true(fp12_is_one(&t));
}

static void pairing__is_bilinear(void **unused) {
    (void)unused;
    fp12 e, expected, got;
    pair(&e, &G1_GENERATOR, &G2_GENERATOR);
    for (size_t i = 0; i < EDGE_FR_COUNT + 16; i++) {
        fr a, b, ab;
        g1_affine p;
        g2_affine q;
        if (i < EDGE_FR_COUNT)
            edge_fr(&a, i);
        else
            random_fr(&a);
        random_fr(&b);
        fr_mul(&ab, &a, &b);
        g1_mul_fr(&p, &G1_GENERATOR, &a);
        g2_mul_fr(&q, &G2_GENERATOR, &b);
        power_fr(&expected, &e, &ab);
        pair(&got, &p, &q);
        assert_fp12(&got, &expected);
        g1_mul_fr(&p, &G1_GENERATOR, &b); /* the factor on the other side */
        g2_mul_fr(&q, &G2_GENERATOR, &a);
        pair(&got, &p, &q);
        assert_fp12(&got, &expected);
    }
}

static void pairing__turns_sums_into_products(void **unused) {
    (void)unused;
    for (int i = 0; i < 10; i++) {
        g1_affine p[3];
        g2_affine q;
        g1 t;
        fp12 e[3];
        random_g1(&p[0]);
        random_g1(&p[1]);
        g1_from_affine(&t, &p[0]);
        g1_add_affine(&t, &t, &p[1]);
        g1_to_affine(&p[2], &t);
        random_g2(&q);
        for (int k = 0; k < 3; k++) pair(&e[k], &p[k], &q);
        fp12_mul(&e[0], &e[0], &e[1]);
        assert_fp12(&e[0], &e[2]);
    }
}

static void pairing__with_infinity_is_one(void **unused) {
    (void)unused;
    g1_affine p;
    g2_affine q;
    fp12 e;
    random_g1(&p);
    random_g2(&q);
    pair(&e, &INFINITY_G1, &q);
    assert_true(fp12_is_one(&e));
    pair(&e, &p, &INFINITY_G2);
    assert_true(fp12_is_one(&e));
    pair(&e, &INFINITY_G1, &INFINITY_G2);
    assert_true(fp12_is_one(&e));
}

/* ---- Final exponentiation ---- */

static void final_exponentiation__is_the_plain_power(void **unused) {
    (void)unused;
    for (int i = 0; i < 12; i++) {
        fp12 f, expected, got;
        random_fp12(&f);
        slow_fp12_pow(&expected, &f, FINAL_EXPONENT, COUNT(FINAL_EXPONENT));
        pairing_final_exponentiation(&got, &f);
        assert_fp12(&got, &expected);
        pairing_final_exponentiation(&f, &f);
        assert_fp12(&f, &expected);
    }
}

/* One exactly on the factors that it must remove, and on nothing of order r. */
static void final_exponentiation__removes_subfields_only(void **unused) {
    (void)unused;
    for (int i = 0; i < 20; i++) {
        fp12 f = {0}, r;
        random_fp6(&f.c0);
        pairing_final_exponentiation(&r, &f);
        assert_true(fp12_is_one(&r));
        random_fp6(&f.c1);
        pairing_final_exponentiation(&r, &f);
        assert_false(fp12_is_one(&r));
    }
    fp12 e, r;
    pair(&e, &G1_GENERATOR, &G2_GENERATOR);
    pairing_final_exponentiation(&r, &e);
    assert_false(fp12_is_one(&r));
}

static void final_exponentiation__of_zero_is_not_one(void **unused) {
    (void)unused;
    fp12 zero = {0}, r;
    pairing_final_exponentiation(&r, &zero);
    assert_false(fp12_is_one(&r));
    assert_fp12(&r, &zero);
}

/* ---- Products ---- */

#define PAIRS_MAX 35

struct product {
    size_t n;
    fr a[PAIRS_MAX], b[PAIRS_MAX];
    g1_affine p[PAIRS_MAX];
    g2_affine q[PAIRS_MAX];
    struct g2_prepared *prepared;
    const struct g2_prepared *list[PAIRS_MAX];
};

static void set_pair(struct product *s, size_t i, const fr *a, const fr *b) {
    s->a[i] = *a;
    s->b[i] = *b;
    g1_mul_fr(&s->p[i], &G1_GENERATOR, a);
    g2_mul_fr(&s->q[i], &G2_GENERATOR, b);
    g2_prepare(&s->prepared[i], &s->q[i]);
    s->list[i] = &s->prepared[i];
}

/* Random pairs with sum a_i b_i = 0. */
static void balanced_product(struct product *s, size_t n) {
    fr sum, t, one = FR_ONE, a, b;
    *s = (struct product){.n = n, .prepared = malloc(sizeof(struct g2_prepared) * PAIRS_MAX)};
    fr_set_zero(&sum);
    for (size_t i = 0; i + 1 < n; i++) {
        random_fr(&a);
        random_fr(&b);
        set_pair(s, i, &a, &b);
        fr_mul(&t, &a, &b);
        fr_add(&sum, &sum, &t);
    }
    if (n > 0) {
        fr_neg(&sum, &sum);
        set_pair(s, n - 1, &sum, &one);
    }
}

static bool product_is_one(const struct product *s) {
    return pairing_product_is_one(s->p, s->list, s->n);
}

static void empty_product__is_one(void **unused) {
    (void)unused;
    fp12 f;
    random_fp12(&f);
    pairing_miller_loop(&f, NULL, NULL, 0);
    assert_true(fp12_is_one(&f));
    assert_true(pairing_product_is_one(NULL, NULL, 0));
}

static void balanced_products__are_one(void **unused) {
    (void)unused;
    static const size_t sizes[] = {1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 31, 32, 33, 35};
    for (size_t k = 0; k < COUNT(sizes); k++) {
        struct product s;
        balanced_product(&s, sizes[k]);
        assert_true(product_is_one(&s));
        free(s.prepared);
    }
}

/* Wrong by one in one factor: a scalar on either side, a sign, a point left out, two points exchanged. */
static void products_wrong_in_one_place__are_not_one(void **unused) {
    (void)unused;
    static const size_t sizes[] = {1, 2, 3, 4, 5, 6, 7, 8, 17};
    const fr one = FR_ONE;
    for (size_t k = 0; k < COUNT(sizes); k++) {
        for (size_t at = 0; at < sizes[k]; at++) {
            struct product s;
            fr t;
            balanced_product(&s, sizes[k]);
            fr a = s.a[at], b = s.b[at];
            fr_add(&t, &a, &one);
            set_pair(&s, at, &t, &b);
            assert_false(product_is_one(&s));
            if (sizes[k] > 1) {
                fr_add(&t, &b, &one);
                set_pair(&s, at, &a, &t);
                assert_false(product_is_one(&s));
                fr_neg(&t, &a);
                set_pair(&s, at, &t, &b);
                assert_false(product_is_one(&s));
                s.p[at] = INFINITY_G1;
                assert_false(product_is_one(&s));
                set_pair(&s, at, &a, &b);
                assert_true(product_is_one(&s));
                s.p[at] = s.p[(at + 1) % s.n];
                assert_false(product_is_one(&s));
            }
            free(s.prepared);
            if (sizes[k] == 17) at += 3;
        }
    }
}

static void infinities_in_a_product__count_as_one(void **unused) {
    (void)unused;
    for (size_t n = 3; n <= 8; n++) {
        struct product s;
        struct g2_prepared infinity;
        balanced_product(&s, n - 1);
        g2_prepare(&infinity, &INFINITY_G2);
        for (size_t at = 0; at < n; at++) {
            g1_affine p[8];
            const struct g2_prepared *list[8];
            for (size_t i = 0, from = 0; i < n; i++) {
                bool extra = i == at;
                p[i] = extra ? G1_GENERATOR : s.p[from];
                list[i] = extra ? &infinity : s.list[from];
                from += !extra;
            }
            assert_true(pairing_product_is_one(p, list, n));
            list[at] = s.list[0];
            assert_false(pairing_product_is_one(p, list, n));
            p[at] = INFINITY_G1;
            assert_true(pairing_product_is_one(p, list, n));
            list[at] = &infinity;
            assert_true(pairing_product_is_one(p, list, n));
        }
        free(s.prepared);
    }
}

/* A verifier's key of infinity must not make everything true. */
static void infinity_on_one_side__does_not_hide_the_other(void **unused) {
    (void)unused;
    struct product s;
    balanced_product(&s, 2);
    s.p[1] = INFINITY_G1;
    assert_false(product_is_one(&s));
    s.p[0] = INFINITY_G1;
    assert_true(product_is_one(&s));
    set_pair(&s, 0, &s.a[0], &s.b[0]);
    g2_prepare(&s.prepared[1], &INFINITY_G2);
    assert_false(product_is_one(&s));
    free(s.prepared);
}

static void infinities_alone__are_one_in_any_number(void **unused) {
    (void)unused;
    struct g2_prepared infinity;
    g2_prepare(&infinity, &INFINITY_G2);
    g1_affine p[40];
    const struct g2_prepared *list[40];
    for (size_t i = 0; i < 40; i++) {
        p[i] = i % 3 == 0 ? INFINITY_G1 : G1_GENERATOR;
        list[i] = &infinity;
    }
    for (size_t n = 0; n <= 40; n++) assert_true(pairing_product_is_one(p, list, n));
}

static void miller_loop__is_the_product_of_single_ones(void **unused) {
    (void)unused;
    struct product s;
    balanced_product(&s, 35);
    fp12 together, single, product;
    for (size_t n = 1; n <= 35; n += n < 18 ? 1 : 17) {
        fp12_set_one(&product);
        for (size_t i = 0; i < n; i++) {
            pairing_miller_loop(&single, &s.p[i], &s.list[i], 1);
            fp12_mul(&product, &product, &single);
        }
        pairing_miller_loop(&together, s.p, s.list, n);
        assert_fp12(&together, &product);
    }
    free(s.prepared);
}

/* The classical equation: e(a P, Q) = e(P, a Q). */
static void e_of_opposites__cancel(void **unused) {
    (void)unused;
    for (int i = 0; i < 10; i++) {
        g1_affine p[2];
        g2_affine q;
        struct g2_prepared prepared;
        const struct g2_prepared *list[2] = {&prepared, &prepared};
        random_g1(&p[0]);
        random_g2(&q);
        g2_prepare(&prepared, &q);
        g1_affine_neg(&p[1], &p[0]);
        assert_true(pairing_product_is_one(p, list, 2));
        p[1] = p[0];
        assert_false(pairing_product_is_one(p, list, 2));
    }
}

/* ---- Preparation ---- */

static void g2_prepare__writes_all_of_it_and_nothing_else(void **unused) {
    (void)unused;
    struct g2_prepared a, b;
    g2_affine q;
    random_g2(&q);
    memset(&a, 0x00, sizeof a);
    memset(&b, 0xff, sizeof b);
    g2_prepare(&a, &q);
    g2_prepare(&b, &q);
    assert_int_equal(a.infinity, b.infinity);
    assert_memory_equal(a.lines, b.lines, sizeof a.lines);
    g2_prepare(&a, &INFINITY_G2);
    assert_true(a.infinity);
}

/* Such points never get here, but must not stop the program or spoil anybody else's product. */
static void points_of_small_order__are_prepared_without_harm(void **unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(G2_SMALL_ORDERS); i++) {
        g2_affine t;
        struct g2_prepared a, b;
        g2_of_order(&t, G2_SMALL_ORDERS[i].q, G2_SMALL_ORDERS[i].power, G2_SMALL_ORDERS[i].rest);
        g2_prepare(&a, &t);
        g2_prepare(&b, &t);
        assert_memory_equal(a.lines, b.lines, sizeof a.lines);
        const struct g2_prepared *list[1] = {&a};
        (void)pairing_product_is_one(&G1_GENERATOR, list, 1);
    }
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairing__agrees_with_known_answers),
        cmocka_unit_test(pairing_of_generators__has_order_r),
        cmocka_unit_test(pairing__is_bilinear),
        cmocka_unit_test(pairing__turns_sums_into_products),
        cmocka_unit_test(pairing__with_infinity_is_one),
        cmocka_unit_test(final_exponentiation__is_the_plain_power),
        cmocka_unit_test(final_exponentiation__removes_subfields_only),
        cmocka_unit_test(final_exponentiation__of_zero_is_not_one),
        cmocka_unit_test(empty_product__is_one),
        cmocka_unit_test(balanced_products__are_one),
        cmocka_unit_test(products_wrong_in_one_place__are_not_one),
        cmocka_unit_test(infinities_in_a_product__count_as_one),
        cmocka_unit_test(infinity_on_one_side__does_not_hide_the_other),
        cmocka_unit_test(infinities_alone__are_one_in_any_number),
        cmocka_unit_test(miller_loop__is_the_product_of_single_ones),
        cmocka_unit_test(e_of_opposites__cancel),
        cmocka_unit_test(g2_prepare__writes_all_of_it_and_nothing_else),
        cmocka_unit_test(points_of_small_order__are_prepared_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
