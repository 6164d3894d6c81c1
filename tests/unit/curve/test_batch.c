/* Batched additions and multiplications: rounds that share an inversion must treat each pair as if it were alone,
 * whatever stands beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "curve/batch_add.h"
#include "curve/constants.h"
#include "curve/g1_mul.h"
#include "unit/curve/curve_support.h"

static const g1_affine INFINITY_G1 = {{{0}}, {{0}}};

/* What a group is made of; each is put between groups of the plain kind. */
enum kind {
    PLAIN,
    EQUAL,
    OPPOSITE,
    ONE_INFINITY,
    ALL_INFINITY,
    INFINITY_FIRST,
    INFINITY_LAST,
    MIXED,
    SUBGROUP_KINDS,
    ALIKE = SUBGROUP_KINDS, /* points that look equal, or like infinity, to whom sees one limb of x; not of the
                               subgroup */
    KINDS
};

/* A point whose x has this lowest limb. */
static void point_with_limb(g1_affine *r, uint64_t limb) {
    fp square;
    do {
        random_fp(&r->x);
        r->x.l[0] = limb;
        fp_sqr(&square, &r->x);
        fp_mul(&square, &square, &r->x);
        fp_add(&square, &square, &G1_B);
    } while (r->x.l[FP_LIMBS - 1] >= FP_MODULUS[FP_LIMBS - 1] || !fp_sqrt(&r->y, &square));
    assert_true(g1_affine_on_curve(r));
}

static void make_group(g1_affine *p, size_t n, enum kind kind) {
    fr *logs = malloc(sizeof *logs * (n + 1));
    g1_sequence(p, logs, n);
    free(logs);
    for (size_t i = 0; i < n; i++) {
        bool infinity = kind == ALL_INFINITY || (kind == INFINITY_FIRST && i == 0) ||
                        (kind == INFINITY_LAST && i == n - 1) || (kind == ONE_INFINITY && i == n / 2);
        if (kind == EQUAL) p[i] = p[0];
        if (kind == OPPOSITE && i % 2 != 0) g1_affine_neg(&p[i], &p[i - 1]);
        if (kind == MIXED) {
            size_t choice = random_below(5);
            infinity = choice == 0;
            if (choice <= 2 && i > 0) p[i] = p[random_below(i)];
            if (choice == 1) g1_affine_neg(&p[i], &p[i]);
        }
        if (kind == ALIKE) {
            static const uint64_t limbs[] = {0, 0x1234567890abcdef};
            point_with_limb(&p[i], limbs[random_below(COUNT(limbs))]);
        }
        if (infinity) p[i] = INFINITY_G1;
    }
}

static void sum_one_by_one(g1_affine *r, const g1_affine *p, size_t n) {
    g1 t, next;
    g1_set_infinity(&t);
    for (size_t i = 0; i < n; i++) {
        g1_from_affine(&next, &p[i]);
        g1_add(&t, &t, &next);
    }
    g1_to_affine(r, &t);
}

/* ---- Terms ---- */

/* Sums of terms of entries: groups of so many of them, drawn from so many points of a kind, each times any power of
 * zeta, or its sign alone where the points are plain ones. */
static void check_terms(const size_t *sizes, size_t groups, size_t points, enum kind kind, bool plain) {
    size_t terms = 0, at = 0;
    for (size_t g = 0; g < groups; g++) terms += sizes[g];
    g1_affine *p = malloc(sizeof *p * points), *term = malloc(sizeof *term * (terms + 1));
    g1_affine *out = malloc(sizeof *out * (groups + 1)), *expected = malloc(sizeof *out * (groups + 1));
    struct g1_table_entry *entries = malloc(sizeof *entries * points);
    uint32_t *refs = malloc(sizeof *refs * (terms + 1)), *starts = malloc(sizeof *starts * (groups + 1));
    make_group(p, points, kind);
    for (size_t i = 0; i < points; i++) g1_table_entry_set(&entries[i], &p[i]);
    for (size_t i = 0; i < terms; i++) {
        size_t index = random_below(points);
        uint32_t unit = (uint32_t)random_below(6);
        if (plain) unit = unit % 2 * G1_REF_NEGATIVE;
        refs[i] = (uint32_t)index << G1_REF_SHIFT | unit;
        term[i] = p[index];
        for (uint32_t j = 0; j < unit; j++) {
            fp_mul(&term[i].x, &term[i].x, &G1_BETA);
            fp_neg(&term[i].y, &term[i].y);
        }
    }
    memset(out, 0x3c, sizeof *out * (groups + 1));
    memset(expected, 0x3c, sizeof *out * (groups + 1));
    for (size_t g = 0; g < groups; g++) {
        starts[g] = (uint32_t)at;
        sum_one_by_one(&expected[g], term + at, sizes[g]);
        at += sizes[g];
    }
    starts[groups] = (uint32_t)at;
    struct test_arena memory;
    test_arena_take(&memory, batch_add_scratch_bytes());
    batch_add_terms(out, plain ? g1_plain_points(p) : g1_entry_points(entries), refs, starts, groups, &memory.arena);
    assert_int_equal(memory.arena.used, 0);
    assert_memory_equal(out, expected, sizeof *out * (groups + 1));
    test_arena_free(&memory);
    free(starts);
    free(refs);
    free(entries);
    free(expected);
    free(out);
    free(term);
    free(p);
}

static void batch_add_terms__takes_special_points_at_every_size(void **unused) {
    (void)unused;
    static const size_t sizes[] = {0, 1, 2, 3, 0, 0, 4, 5, 7, 8, 9, 16, 17, 1, 1, 31, 32, 33, 64, 65, 0};
    for (enum kind kind = PLAIN; kind < KINDS; kind++) {
        for (int plain = 0; plain < 2; plain++) {
            check_terms(sizes, COUNT(sizes), 300, kind, plain != 0);
            check_terms(sizes, COUNT(sizes), 3, kind, plain != 0); /* the same, their negatives and sums of zero */
            check_terms(sizes, 1, 1, kind, plain != 0);
            check_terms(sizes, 0, 1, kind, plain != 0);
        }
    }
}

static void batch_add_terms__mixes_all_kinds(void **unused) {
    (void)unused;
    for (int round = 0; round < 8; round++) {
        size_t sizes[200];
        for (size_t i = 0; i < COUNT(sizes); i++) sizes[i] = random_below(9);
        check_terms(sizes, COUNT(sizes), 1 + random_below(400), (enum kind)random_below(KINDS), round % 2 != 0);
    }
}

/* Groups that fill a batch, that do not fit behind others, and that take several batches. */
static void batch_add_terms__divides_groups_among_batches(void **unused) {
    (void)unused;
    static const size_t all = BATCH_ADD_POINTS;
    const size_t sizes[] = {all, 3, all - 2, 0, 1, all + 1, 2, 2 * all, 2 * all + 3, 0, 5};
    check_terms(sizes, COUNT(sizes), 500, PLAIN, false);
    check_terms(sizes, COUNT(sizes), 40, MIXED, false);
    size_t *ones = malloc(sizeof *ones * (all + 5));
    for (size_t i = 0; i < all + 5; i++) ones[i] = 1;
    check_terms(ones, all + 5, 50, MIXED, false);
    free(ones);
}

static void batch_double__takes_special_points_and_more_than_a_batch(void **unused) {
    (void)unused;
    static const size_t sizes[] = {
        0, 1, 2, 3, 64, BATCH_ADD_POINTS / 2, BATCH_ADD_POINTS / 2 + 1, BATCH_ADD_POINTS + 3};
    for (size_t s = 0; s < COUNT(sizes); s++) {
        for (enum kind kind = PLAIN; kind < KINDS; kind++) {
            size_t n = sizes[s];
            g1_affine *p = malloc(sizeof *p * (n + 1)), *expected = malloc(sizeof *p * (n + 1));
            struct test_arena memory;
            if (n > 64 && kind != MIXED) n = 64;
            make_group(p, n, kind);
            p[n] = G1_GENERATOR;
            for (size_t i = 0; i < n; i++) {
                g1 t;
                g1_from_affine(&t, &p[i]);
                g1_dbl(&t, &t);
                g1_to_affine(&expected[i], &t);
            }
            expected[n] = p[n];
            test_arena_take(&memory, batch_add_scratch_bytes());
            batch_double(p, n, &memory.arena);
            assert_int_equal(memory.arena.used, 0);
            assert_memory_equal(p, expected, sizeof *p * (n + 1));
            test_arena_free(&memory);
            free(expected);
            free(p);
        }
    }
}

/* ---- Multiplications ---- */

static void check_products(const g1_affine *points, const fr *scalars, size_t n) {
    struct test_arena memory;
    g1 *r = malloc(sizeof *r * (n + 1)), sum;
    memset(&r[n], 0x3c, sizeof *r);
    test_arena_take(&memory, g1_mul_batch_scratch_bytes(n));
    g1_mul_batch(r, points, scalars, n, &memory.arena);
    assert_int_equal(memory.arena.used, 0);
    test_arena_free(&memory);
    for (size_t i = 0; i < sizeof *r; i++) assert_int_equal(((uint8_t *)&r[n])[i], 0x3c);

    g1 total;
    g1_set_infinity(&total);
    for (size_t i = 0; i < n; i++) {
        g1_affine expected, got;
        g1_mul_fr(&expected, &points[i], &scalars[i]);
        g1_to_affine(&got, &r[i]);
        assert_memory_equal(&got, &expected, sizeof got);
        g1_add_affine(&total, &total, &expected);
    }
    test_arena_take(&memory, g1_sum_small_scratch_bytes(n));
    random_scale_g1(&sum, &G1_GENERATOR);
    g1_sum_small(&sum, points, scalars, n, &memory.arena);
    assert_true(g1_equal(&sum, &total));
    test_arena_free(&memory);
    free(r);
}

static void products__are_right_for_special_points(void **unused) {
    (void)unused;
    static const size_t sizes[] = {0, 1, 2, 7, 8, 9, 31, 33, 63, 64, 65, 128, 129};
    for (size_t s = 0; s < COUNT(sizes); s++) {
        for (enum kind kind = PLAIN; kind < SUBGROUP_KINDS; kind++) {
            g1_affine points[129];
            fr scalars[129];
            if (sizes[s] > 33 && kind != MIXED && kind != ALL_INFINITY) continue;
            make_group(points, sizes[s], kind);
            for (size_t i = 0; i < sizes[s]; i++) {
                if (random_below(3) == 0)
                    edge_fr(&scalars[i], random_below(EDGE_FR_COUNT));
                else
                    random_fr(&scalars[i]);
            }
            check_products(points, scalars, sizes[s]);
            for (size_t i = 1; i < sizes[s]; i++) scalars[i] = scalars[0];
            check_products(points, scalars, sizes[s]);
        }
    }
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batch_add_terms__takes_special_points_at_every_size),
        cmocka_unit_test(batch_add_terms__mixes_all_kinds),
        cmocka_unit_test(batch_add_terms__divides_groups_among_batches),
        cmocka_unit_test(batch_double__takes_special_points_and_more_than_a_batch),
        cmocka_unit_test(products__are_right_for_special_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
