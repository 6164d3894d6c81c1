/* G1 and G2 are groups, scalars act on them, and sums of products are linear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "curve/encoding.h"
#include "curve/g1_table.h"
#include "curve/msm.h"
#include "property/rounds.h"
#include "unit/curve/curve_support.h"

/* Points of the whole curve, with repetitions and infinity. */
#define GROUP_LAWS(g)                                                                    \
    static void g##_is_a_group(void **unused) {                                          \
        (void)unused;                                                                    \
        g##_affine pool[8] = {0};                                                        \
        for (size_t i = 0; i < rounds(1500); i++) {                                      \
            if (i % 16 == 0) {                                                           \
                for (size_t k = 1; k < COUNT(pool); k++) random_##g##_curve(&pool[k]);   \
                g##_affine_neg(&pool[7], &pool[6]);                                      \
            }                                                                            \
            const g##_affine *pa = &pool[random_below(8)], *pb = &pool[random_below(8)], \
                             *pc = &pool[random_below(8)];                               \
            g a, b, c, s, t;                                                             \
            random_scale_##g(&a, pa);                                                    \
            random_scale_##g(&b, pb);                                                    \
            random_scale_##g(&c, pc);                                                    \
            g##_add(&s, &a, &b);                                                         \
            g##_add(&t, &b, &a);                                                         \
            assert_true(g##_equal(&s, &t));                                              \
            g##_add(&s, &s, &c);                                                         \
            g##_add(&t, &b, &c);                                                         \
            g##_add(&t, &a, &t);                                                         \
            assert_true(g##_equal(&s, &t)); /* associative */                            \
            g##_add_affine(&t, &a, pb);                                                  \
            g##_add_affine(&t, &t, pc);                                                  \
            assert_true(g##_equal(&s, &t));                                              \
            g##_neg(&t, &a);                                                             \
            g##_add(&t, &t, &s);                                                         \
            g##_add(&s, &b, &c);                                                         \
            assert_true(g##_equal(&s, &t)); /* (a + b + c) - a = b + c */                \
            g##_dbl(&s, &a);                                                             \
            g##_add(&t, &a, &a);                                                         \
            assert_true(g##_equal(&s, &t));                                              \
            g##_affine out;                                                              \
            g##_to_affine(&out, &s);                                                     \
            assert_true(g##_affine_on_curve(&out));                                      \
        }                                                                                \
    }

GROUP_LAWS(g1)
GROUP_LAWS(g2)

static void random_scalar(fr *k) {
    if (random_below(4) == 0)
        edge_fr(k, random_below(EDGE_FR_COUNT));
    else
        random_fr(k);
}

static void scalars_act_on_g1(void **unused) {
    (void)unused;
    for (size_t i = 0; i < rounds(300); i++) {
        fr k, l, t;
        g1_affine p, q;
        g1 a, b, sum;
        random_scalar(&k);
        random_scalar(&l);
        if (i % 8 == 0) random_g1(&p);
        g1_mul(&a, &p, &k);
        g1_mul(&b, &p, &l);
        g1_add(&sum, &a, &b);
        fr_add(&t, &k, &l);
        g1_mul(&b, &p, &t);
        assert_true(g1_equal(&sum, &b)); /* k P + l P = (k + l) P */
        g1_to_affine(&q, &a);
        g1_mul(&a, &q, &l);
        fr_mul(&t, &k, &l);
        g1_mul(&b, &p, &t);
        assert_true(g1_equal(&a, &b)); /* l (k P) = (k l) P */
        uint64_t plain[4];
        fr_to_plain(plain, &t);
        g1_mul_plain(&a, &p, plain);
        assert_true(g1_equal(&a, &b));
    }
}

static void sums_of_products_are_linear(void **unused) {
    (void)unused;
    for (size_t i = 0; i < rounds(30); i++) {
        size_t n = 1 + random_below(i % 4 == 0 ? 600 : 150);
        g1_affine *p = malloc(sizeof *p * n);
        fr *logs = malloc(sizeof(fr) * n), *k = malloc(sizeof(fr) * n), *l = malloc(sizeof(fr) * n);
        struct test_arena memory;
        g1 a, b, c;
        g1_sequence(p, logs, n);
        for (size_t j = 0; j < n; j++) {
            random_scalar(&k[j]);
            random_scalar(&l[j]);
        }
        test_arena_take(&memory, g1_msm_scratch_bytes(n));
        g1_msm(&a, p, k, n, &memory.arena);
        g1_msm(&b, p, l, n, &memory.arena);
        g1_add(&a, &a, &b);
        for (size_t j = 0; j < n; j++) fr_add(&k[j], &k[j], &l[j]);
        g1_msm(&c, p, k, n, &memory.arena);
        assert_true(g1_equal(&a, &c));
        test_arena_free(&memory);

        size_t part = random_below(n); /* and additive in their terms */
        test_arena_take(&memory, g1_msm_scratch_bytes(part));
        g1_msm(&a, p, k, part, &memory.arena);
        test_arena_free(&memory);
        test_arena_take(&memory, g1_msm_scratch_bytes(n - part));
        g1_msm(&b, p + part, k + part, n - part, &memory.arena);
        test_arena_free(&memory);
        g1_add(&a, &a, &b);
        assert_true(g1_equal(&a, &c));
        free(p);
        free(logs);
        free(k);
        free(l);
    }
}

static void tables_agree_with_the_variable_base(void **unused) {
    (void)unused;
    for (size_t i = 0; i < rounds(40); i++) {
        size_t points = 1 + random_below(40), sums = 1 + random_below(6), n = points * sums;
        struct hexagon shape;
        hexagon_init(&shape, HEXAGON_BASE_MIN + (int)random_below(100));
        g1_affine *p = malloc(sizeof *p * n), got[8];
        fr *logs = malloc(sizeof(fr) * n), *k = malloc(sizeof(fr) * n);
        struct g1_table table;
        struct test_arena memory;
        g1_sequence(p, logs, n);
        for (size_t j = 0; j < n; j++) random_scalar(&k[j]);
        g1_table_shape(&table, n, shape.base, 1 + (int)random_below((size_t)shape.digits));
        table.entries = malloc(g1_table_bytes(&table));
        test_arena_take(&memory, g1_table_fill_scratch_bytes(n));
        g1_table_fill(&table, p, 0, n, &memory.arena);
        test_arena_free(&memory);
        test_arena_take(&memory, g1_table_sums_scratch_bytes(&table, points, sums));
        g1_table_sums(got, &table, 0, k, points, sums, &memory.arena);
        test_arena_free(&memory);
        test_arena_take(&memory, g1_msm_scratch_bytes(points));
        for (size_t s = 0; s < sums; s++) {
            g1 expected;
            g1_affine affine;
            g1_msm(&expected, p + s * points, k + s * points, points, &memory.arena);
            g1_to_affine(&affine, &expected);
            assert_true(g1_affine_equal(&affine, &got[s]));
        }
        test_arena_free(&memory);
        free(table.entries);
        free(p);
        free(logs);
        free(k);
    }
}

/* Whatever a decoder accepts, the encoder gives back: there is one encoding of each point. */
static void accepted_bytes_are_the_only_ones(void **unused) {
    (void)unused;
    size_t accepted = 0;
    for (size_t i = 0; i < rounds(4000); i++) {
        uint8_t in[192], out[192];
        g1_affine p;
        g2_affine q;
        random_bytes(in, sizeof in);
        in[0] = (uint8_t)(i % 2 == 0 ? in[0] % 0x1b | (in[0] & 0x20) | 0x80 : in[0]);
        in[48] %= 0x1b;
        if (g1_decompress(&p, in) == ST_OK) {
            g1_compress(out, &p);
            assert_memory_equal(in, out, 48);
            assert_int_equal(g1_decode(&p, in), ST_POINT_NOT_IN_SUBGROUP);
            accepted++;
        }
        if (i % 4 < 2 && g2_decompress(&q, in) == ST_OK) {
            g2_compress(out, &q);
            assert_memory_equal(in, out, 96);
            assert_int_equal(g2_decode(&q, in), ST_POINT_NOT_IN_SUBGROUP);
            accepted++;
        }
        assert_int_not_equal(g1_deserialize(&p, in), ST_OK);
        assert_int_not_equal(g2_deserialize(&q, in), ST_OK);
    }
    assert_true(accepted > 200);
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g1_is_a_group),
        cmocka_unit_test(g2_is_a_group),
        cmocka_unit_test(scalars_act_on_g1),
        cmocka_unit_test(sums_of_products_are_linear),
        cmocka_unit_test(tables_agree_with_the_variable_base),
        cmocka_unit_test(accepted_bytes_are_the_only_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
