/* The pairing is linear on both sides, and products of pairings are one exactly when their exponents add up to zero.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "curve/pairing.h"
#include "property/rounds.h"
#include "unit/curve/curve_support.h"

static void random_scalar(fr *k) {
    if (random_below(4) == 0)
        edge_fr(k, random_below(EDGE_FR_COUNT));
    else
        random_fr(k);
}

static void products_are_one_exactly_when_exponents_cancel(void **unused) {
    (void)unused;
    enum { MOST = 8 };
    struct g2_prepared *prepared = malloc(sizeof *prepared * MOST);
    for (size_t i = 0; i < rounds(60); i++) {
        size_t n = 1 + random_below(MOST);
        g1_affine p[MOST];
        const struct g2_prepared *list[MOST];
        fr sum, a, b, t;
        fr_set_zero(&sum);
        for (size_t k = 0; k < n; k++) {
            g2_affine q;
            random_scalar(&b);
            g2_mul_fr(&q, &G2_GENERATOR, &b);
            g2_prepare(&prepared[k], &q);
            list[k] = &prepared[k];
            random_scalar(&a);
            if (k + 1 == n && i % 2 == 0 && !fr_is_zero(&b)) { /* make it fit */
                fr_inv(&t, &b);
                fr_mul(&a, &sum, &t);
                fr_neg(&a, &a);
            }
            g1_mul_fr(&p[k], &G1_GENERATOR, &a);
            fr_mul(&t, &a, &b);
            fr_add(&sum, &sum, &t);
        }
        assert_int_equal(pairing_product_is_one(p, list, n), fr_is_zero(&sum));
    }
    free(prepared);
}

static void the_pairing_is_linear_on_both_sides(void **unused) {
    (void)unused;
    struct g2_prepared *prepared = malloc(sizeof *prepared * 3);
    for (size_t i = 0; i < rounds(20); i++) {
        fr k, minus;
        g1_affine p, pairs[2];
        g2_affine q, scaled;
        random_scalar(&k);
        fr_neg(&minus, &k);
        random_g1(&p);
        random_g2(&q);
        g2_prepare(&prepared[0], &q);
        g2_mul_fr(&scaled, &q, &k);
        g2_prepare(&prepared[1], &scaled);
        const struct g2_prepared *list[2] = {&prepared[0], &prepared[1]};
        g1_mul_fr(&pairs[0], &p, &minus);
        pairs[1] = p;
        assert_true(pairing_product_is_one(pairs, list, 2)); /* e(-k P, Q) e(P, k Q) = 1 */
        g1_mul_fr(&pairs[0], &p, &k);
        assert_int_equal(pairing_product_is_one(pairs, list, 2), fr_is_zero(&k));
    }
    free(prepared);
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_one_exactly_when_exponents_cancel),
        cmocka_unit_test(the_pairing_is_linear_on_both_sides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
