/* Fp2, Fp6 and Fp12 are fields, and Frobenius is an automorphism of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "property/rounds.h"
#include "unit/curve/curve_support.h"

static void fp12_add(fp12 *r, const fp12 *a, const fp12 *b) {
    fp6_add(&r->c0, &a->c0, &b->c0);
    fp6_add(&r->c1, &a->c1, &b->c1);
}

static void fp12_neg(fp12 *r, const fp12 *a) {
    fp6_neg(&r->c0, &a->c0);
    fp6_neg(&r->c1, &a->c1);
}

/* The laws of a ring, the square and the inverse, for a type with its functions named alike. */
#define FIELD_LAWS(type)                                                                  \
    static void type##_is_a_field(void **unused) {                                        \
        (void)unused;                                                                     \
        for (size_t i = 0; i < rounds(2000); i++) {                                       \
            type a, b, c, s, t, u;                                                        \
            random_##type(&a);                                                            \
            random_##type(&b);                                                            \
            random_##type(&c);                                                            \
            type##_mul(&s, &a, &b);                                                       \
            type##_mul(&t, &b, &a);                                                       \
            assert_memory_equal(&s, &t, sizeof s);                                        \
            type##_mul(&s, &s, &c);                                                       \
            type##_mul(&t, &b, &c);                                                       \
            type##_mul(&t, &a, &t);                                                       \
            assert_memory_equal(&s, &t, sizeof s); /* associative */                      \
            type##_add(&s, &b, &c);                                                       \
            type##_mul(&s, &a, &s);                                                       \
            type##_mul(&t, &a, &b);                                                       \
            type##_mul(&u, &a, &c);                                                       \
            type##_add(&t, &t, &u);                                                       \
            assert_memory_equal(&s, &t, sizeof s); /* distributive */                     \
            type##_add(&s, &a, &b);                                                       \
            type##_sqr(&s, &s);                                                           \
            type##_sqr(&t, &a);                                                           \
            type##_sqr(&u, &b);                                                           \
            type##_add(&t, &t, &u);                                                       \
            type##_mul(&u, &a, &b);                                                       \
            type##_add(&u, &u, &u);                                                       \
            type##_add(&t, &t, &u);                                                       \
            assert_memory_equal(&s, &t, sizeof s); /* (a + b)^2 = a^2 + b^2 + 2 a b */    \
            type##_neg(&s, &a);                                                           \
            type##_mul(&s, &s, &b);                                                       \
            type##_mul(&t, &a, &b);                                                       \
            type##_neg(&t, &t);                                                           \
            assert_memory_equal(&s, &t, sizeof s);                                        \
            if (i % 16 != 0) continue;                                                    \
            type##_inv(&s, &a);                                                           \
            type##_inv(&t, &b);                                                           \
            type##_mul(&s, &s, &t);                                                       \
            type##_mul(&t, &a, &b);                                                       \
            type##_inv(&t, &t);                                                           \
            assert_memory_equal(&s, &t, sizeof s); /* 1/a 1/b = 1/(a b), zero included */ \
        }                                                                                 \
    }

FIELD_LAWS(fp2)
FIELD_LAWS(fp6)
FIELD_LAWS(fp12)

static void frobenius_is_an_automorphism(void **unused) {
    (void)unused;
    for (size_t i = 0; i < rounds(500); i++) {
        fp12 a, b, fa, fb, s, t;
        random_fp12(&a);
        random_fp12(&b);
        int power = 1 + (int)random_below(2);
        fp12_frobenius(&fa, &a, power);
        fp12_frobenius(&fb, &b, power);
        fp12_add(&s, &fa, &fb);
        fp12_add(&t, &a, &b);
        fp12_frobenius(&t, &t, power);
        assert_memory_equal(&s, &t, sizeof s);
        fp12_mul(&s, &fa, &fb);
        fp12_mul(&t, &a, &b);
        fp12_frobenius(&t, &t, power);
        assert_memory_equal(&s, &t, sizeof s);
        for (int k = 1; k < power; k++) fp12_frobenius(&a, &a, 1);
        fp12_frobenius(&a, &a, 1);
        assert_memory_equal(&a, &fa, sizeof a);
    }
}

static void roots_square_back(void **unused) {
    (void)unused;
    size_t found = 0, n = rounds(400);
    for (size_t i = 0; i < n; i++) {
        fp2 a, root, check;
        random_fp2(&a);
        if (!fp2_sqrt(&root, &a)) continue;
        fp2_sqr(&check, &root);
        assert_memory_equal(&check, &a, sizeof a);
        found++;
    }
    assert_in_range(found, n / 4, n - n / 4); /* half of all */
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fp2_is_a_field),    cmocka_unit_test(fp6_is_a_field),
        cmocka_unit_test(fp12_is_a_field),   cmocka_unit_test(frobenius_is_an_automorphism),
        cmocka_unit_test(roots_square_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
