/* The work over Fr in eight lanes against the portable code that it stands for: same field elements, same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cpu.h"
#include "kzg/lanes.h"
#include "kzg/polynomial.h"
#include "kzg/recovery.h"
#include "unit/field/values.h"

#define N FIELD_ELEMENTS_PER_BLOB

static struct domain domain;
static uint8_t blob[BYTES_PER_BLOB], second_half[BYTES_PER_BLOB];
static fr p[N], got[N], want[N], scratch[N];
static _Alignas(64) uint8_t work[LANES_BYTES(N)];

/* Kinds of blobs: random, zeros, r - 1 everywhere, one element that is not zero. */
enum { KINDS = 4 };

static void fill_blob(int kind) {
    for (size_t i = 0; i < N; i++) {
        fr a = {{0}};
        if (kind == 0) values_random(a.l, FR_MODULUS, FR_LIMBS);
        if (kind == 2) fr_neg(&a, &FR_ONE);
        if (kind == 3 && i == N - 3) fr_from_u64(&a, 5);
        fr_to_be(blob + 32 * i, &a);
        p[i] = a;
    }
}

static void choose_z(fr *z, int round) {
    if (round == 0)
        fr_set_zero(z);
    else if (round == 1)
        domain_point(z, &domain, N - 1); /* of the domain */
    else if (round == 2)
        domain_point(z, &domain, N + 1); /* not of the blob's */
    else
        values_random(z->l, FR_MODULUS, FR_LIMBS);
}

static void decode__agrees_and_finds_the_first_that_is_not_canonical(void **state) {
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        fill_blob(kind);
        assert_int_equal(lanes_canonical(blob, N), N);
        assert_int_equal(lanes_decode(got, blob, N), N);
        assert_memory_equal(got, p, sizeof p);
    }
    for (size_t i = 0; i < 24; i++) {
        size_t bad = i < 12 ? i : N - 24 + i;
        fill_blob(0);
        memset(blob + 32 * bad, 0xff, 32);
        memset(blob + 32 * (N - 1), 0xff, 32);
        assert_int_equal(lanes_canonical(blob, N), bad);
        assert_int_equal(lanes_decode(got, blob, N), bad);
        assert_memory_equal(got, p, sizeof(fr) * bad);
    }
}

static void evaluation_and_quotient__agree(void **state) {
    (void)state;
    for (int round = 0; round < 4 * KINDS; round++) {
        fr z, y, y_want;
        fill_blob(round % KINDS);
        choose_z(&z, round / KINDS);
        evaluate_polynomial(&y_want, p, &z, &domain, scratch);
        lanes_evaluate(&y, blob, &z, &domain, work);
        assert_memory_equal(&y, &y_want, sizeof y);
        quotient_polynomial(want, p, &z, &y, &domain, scratch);
        bool in_domain = round / KINDS == 1;
        assert_int_equal(lanes_quotient(got, blob, &z, &y, &domain, work), !in_domain);
        if (!in_domain) assert_memory_equal(got, want, sizeof want);
    }
}

static void extension__agrees(void **state) {
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        fill_blob(kind);
        lanes_extend(second_half, got, blob, &domain, work);
        fr_transform_inverse(p, N, 0, &domain);
        for (size_t i = 0; i < N; i++) fr_mul(&p[i], &p[i], &domain.blob_inv);
        assert_memory_equal(got, p, sizeof p);
        fr_transform(p, N, 1, &domain);
        for (size_t i = 0; i < N; i++) {
            uint8_t bytes[32];
            fr_to_be(bytes, &p[i]);
            assert_memory_equal(second_half + 32 * i, bytes, 32);
        }
        memset(got, 0, sizeof got);
        memset(second_half, 0, 32);
        lanes_extend(second_half, NULL, blob, &domain, work);
        uint8_t bytes[32];
        fr_to_be(bytes, &p[0]);
        assert_memory_equal(second_half, bytes, 32);
    }
}

/* Half of the cells and more, here and there; with one wrong value no polynomial is left. */
static void recovery__agrees(void **state) {
    (void)state;
    static fr rows[2][2 * N], coefficients[2][N];
    size_t bytes = recover_coefficients_bytes();
    void *memory = aligned_alloc(ARENA_ALIGN, bytes);
    assert_non_null(memory);
    for (int round = 0; round < 12; round++) {
        bool present[CELLS_PER_EXT_BLOB] = {false}, good[2];
        size_t wrong = round % 3 == 2 ? (size_t)(values_random_u64() % (2 * N)) : SIZE_MAX;
        for (size_t i = 0; i < N; i++) values_random(rows[0][i].l, FR_MODULUS, FR_LIMBS);
        memset(rows[0] + N, 0, sizeof(fr) * N);
        fr_transform(rows[0], 2 * N, 0, &domain);
        for (size_t k = 0, have = 0; have < CELLS_PER_EXT_BLOB / 2 + 5 * (size_t)round;
             k = (k + 5 + (size_t)round) % CELLS_PER_EXT_BLOB) {
            while (present[k]) k = (k + 1) % CELLS_PER_EXT_BLOB;
            present[k] = true;
            have++;
        }
        if (wrong != SIZE_MAX) {
            present[wrong / FIELD_ELEMENTS_PER_CELL] = true;
            present[(wrong / FIELD_ELEMENTS_PER_CELL + 1) % CELLS_PER_EXT_BLOB] = true; /* more than half */
            fr_add(&rows[0][wrong], &rows[0][wrong], &FR_ONE);
        }
        memcpy(rows[1], rows[0], sizeof rows[0]);
        for (int lanes = 0; lanes < 2; lanes++) {
            struct arena arena;
            struct erasures erasures;
            arena_init(&arena, memory, bytes);
            assert_true(field_select(lanes ? "ifma" : "portable"));
            erasures_init(&erasures, present, &domain);
            good[lanes] = recover_coefficients(coefficients[lanes], rows[lanes], &erasures, &arena);
            assert_int_equal(arena.used, 0);
        }
        assert_true(field_select("portable"));
        assert_int_equal(good[0], good[1]);
        if (good[0]) assert_memory_equal(coefficients[0], coefficients[1], sizeof coefficients[0]);
        assert_int_equal(good[0], wrong == SIZE_MAX);
    }
    free(memory);
}

static void cells__are_the_values_at_the_leaves(void **state) {
    (void)state;
    static fr values[2 * N];
    static uint8_t cells[32 * 2 * N];
    for (int kind = 0; kind < KINDS; kind++) {
        fill_blob(kind);
        memcpy(values, p, sizeof p);
        memset(values + N, 0, sizeof(fr) * N);
        fr_transform(values, 2 * N, 0, &domain);
        lanes_evaluate_cells(cells, p, &domain, work);
        for (size_t i = 0; i < 2 * N; i++) {
            uint8_t bytes[32];
            fr_to_be(bytes, &values[i]);
            assert_memory_equal(cells + 32 * i, bytes, 32);
        }
    }
}

/* Every column of FK20's circulants, which start with the coefficients of one place in each cell, from the last. */
static void circulants__agree(void **state) {
    (void)state;
    enum { CELL = FIELD_ELEMENTS_PER_CELL, CELLS = CELLS_PER_EXT_BLOB };
    static fr rows[2 * N];
    for (int kind = 0; kind < KINDS; kind++) {
        fr factor;
        fill_blob(kind);
        values_random(factor.l, FR_MODULUS, FR_LIMBS);
        memset(rows, 0x5a, sizeof rows);
        for (size_t i = 0; i < CELL; i += 8) lanes_circulants(rows, i, p, &factor, &domain, work);
        for (size_t i = 0; i < CELL; i++) {
            fr v[CELLS] = {{{0}}};
            fr_mul(&v[0], &p[N - 1 - i], &factor);
            for (size_t j = CELLS / 2 + 2; j < CELLS; j++) fr_mul(&v[j], &p[(j - CELLS / 2) * CELL - i - 1], &factor);
            fr_transform(v, CELLS, 0, &domain);
            for (size_t k = 0; k < CELLS; k++)
                assert_memory_equal(&rows[bit_reverse(k, __builtin_ctz(CELLS)) * CELL + i], &v[k], sizeof v[k]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode__agrees_and_finds_the_first_that_is_not_canonical),
        cmocka_unit_test(evaluation_and_quotient__agree),
        cmocka_unit_test(extension__agrees),
        cmocka_unit_test(recovery__agrees),
        cmocka_unit_test(cells__are_the_values_at_the_leaves),
        cmocka_unit_test(circulants__agree),
    };
    if (!cpu_detect().ifma) {
        puts("!! SKIPPED: this CPU has no AVX-512 IFMA");
        return 77;
    }
    values_seed();
    if (!field_select("portable")) return 1;
    domain_init(&domain);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
