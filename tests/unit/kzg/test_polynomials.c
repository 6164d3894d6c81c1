/* kzg/: transforms, evaluation, quotients, recovery, against the definitions written out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "field/fr.h"
#include "kzg/polynomial.h"
#include "kzg/recovery.h"
#include "kzg/transform.h"
#include "unit/curve/curve_support.h"

#define N     FIELD_ELEMENTS_PER_BLOB
#define EXT   FIELD_ELEMENTS_PER_EXT_BLOB
#define CELL  FIELD_ELEMENTS_PER_CELL
#define CELLS CELLS_PER_EXT_BLOB

static struct domain domain;

static fr any_fr(void) {
    fr r;
    random_fr(&r);
    return r;
}

/* Horner's rule. */
static fr value_at(const fr *coefficients, size_t n, const fr *x) {
    fr y = {{0}};
    for (size_t i = n; i-- > 0;) {
        fr_mul(&y, &y, x);
        fr_add(&y, &y, &coefficients[i]);
    }
    return y;
}

static void domain__points_are_powers_of_the_root_in_reversed_order(void **state) {
    (void)state;
    fr power = FR_ONE, one;
    for (size_t k = 0; k < EXT; k++) {
        fr point;
        domain_point(&point, &domain, bit_reverse(k, 13));
        assert_true(fr_equal(&point, &power));
        fr_mul(&power, &power, &FR_ROOT_8192);
    }
    assert_true(fr_equal(&power, &FR_ONE));
    for (size_t j = 0; j < N; j++) {
        fr_mul(&one, &domain.root[j], &domain.root_inv[j]);
        assert_true(fr_equal(&one, &FR_ONE));
    }
}

/* Every kind of subtree: the blob, the other half, cells, the short code's. */
static void transform__gives_the_values_at_the_leaves(void **state) {
    (void)state;
    static const struct {
        size_t n, node;
    } trees[] = {{1, 5},      {2, 0},     {2, 4095}, {CELL, 0}, {CELL, 1}, {CELL, 77},
                 {CELL, 127}, {CELLS, 0}, {N, 0},    {N, 1},    {EXT, 0}};
    static fr coefficients[EXT], v[EXT];
    for (size_t t = 0; t < sizeof trees / sizeof trees[0]; t++) {
        size_t n = trees[t].n;
        for (size_t i = 0; i < n; i++) v[i] = coefficients[i] = any_fr();
        fr_transform(v, n, trees[t].node, &domain);
        for (size_t probe = 0; probe < 16; probe++) {
            size_t leaf = probe < n ? (probe < 8 ? probe : n - 1 - (probe - 8) % n) : 0;
            fr point, want;
            domain_point(&point, &domain, trees[t].node * n + leaf);
            want = value_at(coefficients, n, &point);
            assert_true(fr_equal(&v[leaf], &want));
        }
        fr scale;
        fr_from_u64(&scale, n);
        fr_transform_inverse(v, n, trees[t].node, &domain);
        for (size_t i = 0; i < n; i++) {
            fr want;
            fr_mul(&want, &coefficients[i], &scale);
            assert_true(fr_equal(&v[i], &want));
        }
    }
}

static fr p[N], q[N], coefficients[N], scratch[N];

static void random_polynomial(void) {
    for (size_t i = 0; i < N; i++) p[i] = coefficients[i] = any_fr();
    fr_transform(p, N, 0, &domain);
}

static void evaluation__agrees_with_the_coefficients_anywhere(void **state) {
    (void)state;
    random_polynomial();
    for (int i = 0; i < 24; i++) {
        fr z, y, want;
        if (i == 0)
            fr_set_zero(&z);
        else if (i == 1)
            fr_set_one(&z);
        else if (i < 8)
            domain_point(&z, &domain, (size_t)i * 1021 % EXT); /* some of the blob's domain, some outside */
        else
            z = any_fr();
        evaluate_polynomial(&y, p, &z, &domain, scratch);
        want = value_at(coefficients, N, &z);
        assert_true(fr_equal(&y, &want));
    }
}

static void evaluation__in_the_domain_is_the_blob_itself(void **state) {
    (void)state;
    random_polynomial();
    for (size_t i = 0; i < 32; i++) {
        size_t k = i < 8 ? i : i < 16 ? N - 1 - (i - 8) : random_below(N);
        fr z, y;
        domain_point(&z, &domain, k);
        evaluate_polynomial(&y, p, &z, &domain, scratch);
        assert_true(fr_equal(&y, &p[k]));
    }
}

/* (p - y) = q (x - z) at every point of the domain and at random ones. */
static void check_quotient(const fr *z) {
    fr y, x, left, right, t;
    evaluate_polynomial(&y, p, z, &domain, scratch);
    quotient_polynomial(q, p, z, &y, &domain, scratch);
    for (size_t k = 0; k < N; k++) {
        domain_point(&x, &domain, k);
        fr_sub(&x, &x, z);
        fr_mul(&right, &q[k], &x);
        fr_sub(&left, &p[k], &y);
        assert_true(fr_equal(&left, &right));
    }
    for (int i = 0; i < 3; i++) {
        x = any_fr();
        evaluate_polynomial(&left, p, &x, &domain, scratch);
        fr_sub(&left, &left, &y);
        evaluate_polynomial(&right, q, &x, &domain, scratch);
        fr_sub(&t, &x, z);
        fr_mul(&right, &right, &t);
        assert_true(fr_equal(&left, &right));
    }
}

static void quotient__of_random_and_domain_points(void **state) {
    (void)state;
    static const size_t in_domain[] = {0, 1, 2, N / 2 - 1, N / 2, N - 2, N - 1};
    random_polynomial();
    for (int i = 0; i < 3; i++) {
        fr z = any_fr();
        check_quotient(&z);
    }
    for (size_t i = 0; i < sizeof in_domain / sizeof in_domain[0]; i++) {
        fr z;
        domain_point(&z, &domain, in_domain[i]);
        check_quotient(&z);
    }
    fr zero = {{0}};
    check_quotient(&zero);
}

static void quotient__of_a_constant_is_zero(void **state) {
    (void)state;
    fr c = any_fr(), z, y;
    for (size_t i = 0; i < N; i++) p[i] = c;
    for (int in_domain = 0; in_domain < 2; in_domain++) {
        z = any_fr();
        if (in_domain) domain_point(&z, &domain, 1234);
        evaluate_polynomial(&y, p, &z, &domain, scratch);
        assert_true(fr_equal(&y, &c));
        quotient_polynomial(q, p, &z, &y, &domain, scratch);
        for (size_t i = 0; i < N; i++) assert_true(fr_is_zero(&q[i]));
    }
}

/* ---- Recovery ---- */

static fr rows[CELLS * CELL], recovered[N];

static bool recover_with(const bool *present) {
    size_t bytes = recover_coefficients_bytes();
    void *memory = aligned_alloc(ARENA_ALIGN, bytes + ARENA_ALIGN);
    struct arena arena;
    assert_non_null(memory);
    struct erasures erasures;
    arena_init(&arena, memory, bytes);
    erasures_init(&erasures, present, &domain);
    bool ok = recover_coefficients(recovered, rows, &erasures, &arena);
    assert_int_equal(arena.used, 0);
    assert_int_equal(arena.peak, bytes);
    free(memory);
    return ok;
}

static void extended_values(void) {
    memcpy(rows, coefficients, sizeof coefficients);
    memset(rows + N, 0, sizeof(fr) * (EXT - N));
    fr_transform(rows, EXT, 0, &domain);
}

static void recovery__from_any_half_and_more(void **state) {
    (void)state;
    for (int round = 0; round < 12; round++) {
        bool present[CELLS] = {false};
        size_t want = round < 6 ? CELLS / 2 : CELLS / 2 + (size_t)round * 5, have = 0;
        random_polynomial();
        extended_values();
        while (have < want) {
            size_t k = round == 0   ? have
                       : round == 1 ? CELLS - 1 - have
                       : round == 2 ? 2 * have
                                    : random_below(CELLS);
            if (present[k]) continue;
            present[k] = true;
            have++;
        }
        for (size_t k = 0; k < CELLS; k++) {
            if (!present[k]) memset(rows + k * CELL, 0xff, sizeof(fr) * CELL); /* must not be looked at */
        }
        assert_true(recover_with(present));
        assert_memory_equal(recovered, coefficients, sizeof coefficients);
    }
}

static void recovery__one_wrong_element_is_noticed(void **state) {
    (void)state;
    for (size_t n = CELLS / 2 + 1; n <= CELLS; n += 21) {
        bool present[CELLS] = {false};
        random_polynomial();
        extended_values();
        for (size_t k = 0; k < n; k++) present[CELLS - 1 - k] = true;
        size_t at = (CELLS - 1 - random_below(n)) * CELL + random_below(CELL);
        fr_add(&rows[at], &rows[at], &FR_ONE);
        assert_false(recover_with(present));
    }
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    domain_init(&domain);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(domain__points_are_powers_of_the_root_in_reversed_order),
        cmocka_unit_test(transform__gives_the_values_at_the_leaves),
        cmocka_unit_test(evaluation__agrees_with_the_coefficients_anywhere),
        cmocka_unit_test(evaluation__in_the_domain_is_the_blob_itself),
        cmocka_unit_test(quotient__of_random_and_domain_points),
        cmocka_unit_test(quotient__of_a_constant_is_zero),
        cmocka_unit_test(recovery__from_any_half_and_more),
        cmocka_unit_test(recovery__one_wrong_element_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
