/* The embedded mainnet setup, checked without the code that loads it: framing and digests, every point, powers of one
 * secret by pairing, the Lagrange form by transform, the cell points by transform. KZG_SEED repeats the random
 * combinations of a run. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/hex.h"
#include "curve/encoding.h"
#include "curve/msm.h"
#include "curve/pairing.h"
#include "field/dispatch.h"
#include "kzg/embedded.h"
#include "support/random.h"
#include "unit/setup/plain_transform.h"
#include "unit/setup/setup_support.h"

#include <openssl/sha.h>

#define CELLS (CELLS_DATA_ROWS * CELLS_DATA_COLUMNS)

static g1_affine monomial[G1_POINTS], lagrange[G1_POINTS], cells[CELLS];
static g2_affine g2_monomial[G2_POINTS];
static uint64_t seed = 1;

static uint64_t random_u64(void) {
    return random_next(&seed);
}

static fr random_fr(void) {
    uint8_t bytes[32];
    fr r;
    for (int i = 0; i < 4; i++) store_be64(bytes + 8 * i, random_u64());
    fr_from_be_reduced(&r, bytes);
    return r;
}

static g1_affine msm(const g1_affine *points, const fr *scalars, size_t n) {
    struct arena arena;
    size_t size = g1_msm_scratch_bytes(n);
    void *memory = aligned_alloc(ARENA_ALIGN, arena_size(size));
    assert_non_null(memory);
    arena_init(&arena, memory, size);
    g1 sum;
    g1_affine r;
    g1_msm(&sum, points, scalars, n, &arena);
    g1_to_affine(&r, &sum);
    free(memory);
    return r;
}

static int decode_all(void **state) {
    (void)state;
    for (size_t i = 0; i < G1_POINTS; i++) {
        assert_int_equal(g1_deserialize(&monomial[i], kzg__mainnet_setup + SETUP_DATA_G1_MONOMIAL + 96 * i), ST_OK);
        assert_int_equal(g1_deserialize(&lagrange[i], kzg__mainnet_setup + SETUP_DATA_G1_LAGRANGE + 96 * i), ST_OK);
    }
    for (size_t i = 0; i < G2_POINTS; i++)
        assert_int_equal(g2_deserialize(&g2_monomial[i], kzg__mainnet_setup + SETUP_DATA_G2_MONOMIAL + 192 * i),
                         ST_OK);
    for (size_t i = 0; i < CELLS; i++)
        assert_int_equal(g1_deserialize(&cells[i], kzg__mainnet_cells + CELLS_DATA_POINTS + 96 * i), ST_OK);
    return 0;
}

/* ---- Framing --------------------------------------------------------------------------------------------------- */

static void expect_frame(const uint8_t *data, size_t size, const char *magic, const char *counts) {
    uint8_t digest[32];
    assert_int_equal((uintptr_t)data % 64, 0);
    assert_memory_equal(data, magic, 8);
    assert_memory_equal(data + 8, counts, 8);
    SHA256(data, size - 32, digest);
    assert_memory_equal(digest, data + size - 32, 32);
}

static void data__is_framed(void **state) {
    (void)state;
    assert_int_equal(kzg__mainnet_setup_end - kzg__mainnet_setup, SETUP_DATA_BYTES);
    assert_int_equal(kzg__mainnet_cells_end - kzg__mainnet_cells, CELLS_DATA_BYTES);
    expect_frame(kzg__mainnet_setup, SETUP_DATA_BYTES, "KZGSETUP", "\0\1\x10\0\0\x41\0\0");
    expect_frame(kzg__mainnet_cells, CELLS_DATA_BYTES, "KZGCELLS", "\0\1\0\x80\0\x40\0\0");
}

/* What is built in is what data/ holds and what its README gives the digests of. */
static void data__is_what_readme_says(void **state) {
    (void)state;
    static const struct {
        const char *file;
        const uint8_t *data;
        size_t size;
    } files[] = {{"mainnet_setup.bin", kzg__mainnet_setup, SETUP_DATA_BYTES},
                 {"mainnet_cells.bin", kzg__mainnet_cells, CELLS_DATA_BYTES}};
    struct text readme = read_file(KZG_SOURCE_DIR "/data/README.md");
    text_append(&readme, "", 1);
    for (size_t i = 0; i < 2; i++) {
        uint8_t digest[32];
        char hex[65] = {0}, path[1024];
        SHA256(files[i].data, files[i].size, digest);
        hex_encode(hex, digest, 32);
        assert_non_null(strstr(readme.data, hex));
        snprintf(path, sizeof(path), "%s/data/%s", KZG_SOURCE_DIR, files[i].file);
        struct text file = read_file(path);
        assert_int_equal(file.length, files[i].size);
        assert_memory_equal(file.data, files[i].data, files[i].size);
        text_free(&file);
    }
    text_free(&readme);
}

/* ---- Points ---------------------------------------------------------------------------------------------------- */

static void expect_g1_points(const g1_affine *points, size_t n) {
    for (size_t i = 0; i < n; i++) {
        assert_false(g1_affine_is_infinity(&points[i]));
        assert_true(g1_affine_on_curve(&points[i]));
        assert_true(g1_affine_in_subgroup(&points[i]));
    }
}

static void points__are_in_their_groups(void **state) {
    (void)state;
    expect_g1_points(monomial, G1_POINTS);
    expect_g1_points(lagrange, G1_POINTS);
    expect_g1_points(cells, CELLS);
    for (size_t i = 0; i < G2_POINTS; i++) {
        assert_false(g2_affine_is_infinity(&g2_monomial[i]));
        assert_true(g2_affine_on_curve(&g2_monomial[i]));
        assert_true(g2_affine_in_subgroup(&g2_monomial[i]));
    }
}

/* ---- Powers of one secret -------------------------------------------------------------------------------------- */

/* e(a, p) = e(b, q)? */
static bool pairings_equal(const g1_affine *a, const struct g2_prepared *p, const g1_affine *b,
                           const struct g2_prepared *q) {
    g1_affine pair[2] = {*a, *b};
    const struct g2_prepared *lines[2] = {p, q};
    g1_affine_neg(&pair[1], &pair[1]);
    return pairing_product_is_one(pair, lines, 2);
}

static void powers__begin_with_the_generators(void **state) {
    (void)state;
    assert_true(g1_affine_equal(&monomial[0], &G1_GENERATOR));
    assert_true(g2_affine_equal(&g2_monomial[0], &G2_GENERATOR));
    assert_false(g1_affine_equal(&monomial[1], &G1_GENERATOR));
}

static struct g2_prepared one_lines, tau_lines;

static bool follows(const g1_affine *next, const g1_affine *point) {
    return pairings_equal(next, &one_lines, point, &tau_lines);
}

static void powers__of_g1_neighbours(void **state) {
    (void)state;
    for (size_t i = 0; i + 1 < G1_POINTS; i += i < 32 || i + 34 > G1_POINTS ? 1 : 31)
        assert_true(follows(&monomial[i + 1], &monomial[i]));
    assert_false(follows(&monomial[1], &monomial[1]));
    assert_false(follows(&monomial[4094], &monomial[4095]));
}

/* All neighbours in one equation: a wrong point passes with a chance of 2^-255. */
static void powers__of_g1_in_one_combination(void **state) {
    (void)state;
    static fr weights[G1_POINTS - 1];
    for (size_t i = 0; i < G1_POINTS - 1; i++) weights[i] = random_fr();
    g1_affine low = msm(monomial, weights, G1_POINTS - 1), high = msm(monomial + 1, weights, G1_POINTS - 1);
    assert_true(follows(&high, &low));
    g1_affine saved = monomial[2048];
    g1_affine_neg(&monomial[2048], &monomial[2048]);
    low = msm(monomial, weights, G1_POINTS - 1), high = msm(monomial + 1, weights, G1_POINTS - 1);
    monomial[2048] = saved;
    assert_false(follows(&high, &low));
}

static void powers__of_g2_neighbours(void **state) {
    (void)state;
    struct g2_prepared point, next;
    g2_prepare(&point, &g2_monomial[0]);
    for (size_t i = 0; i + 1 < G2_POINTS; i++, point = next) {
        g2_prepare(&next, &g2_monomial[i + 1]);
        assert_true(pairings_equal(&monomial[0], &next, &monomial[1], &point));
        assert_false(pairings_equal(&monomial[1], &next, &monomial[0], &point));
    }
}

static int prepare_lines(void **state) {
    (void)state;
    g2_prepare(&one_lines, &g2_monomial[0]);
    g2_prepare(&tau_lines, &g2_monomial[1]);
    return 0;
}

/* ---- Lagrange form --------------------------------------------------------------------------------------------- */

/* lagrange[rev(i)] = 1/n sum_j w^(-i j) monomial[j]: the whole inverse transform, the plain way. */
static void lagrange__is_the_transform_of_monomial(void **state) {
    (void)state;
    static g1 points[G1_POINTS];
    fr root = plain_root(G1_POINTS), n_inv;
    fr_inv(&root, &root);
    fr_from_u64(&n_inv, G1_POINTS);
    fr_inv(&n_inv, &n_inv);
    for (size_t i = 0; i < G1_POINTS; i++) g1_from_affine(&points[i], &monomial[i]);
    plain_transform(points, G1_POINTS, &root);
    for (size_t i = 0; i < G1_POINTS; i++) {
        g1_affine affine;
        g1_to_affine(&affine, &points[i]);
        g1_mul(&points[i], &affine, &n_inv);
        g1_to_affine(&affine, &points[i]);
        assert_true(g1_affine_equal(&affine, &lagrange[plain_reverse(i, G1_POINTS)]));
    }
}

/* For a random s: sum_i s^i L_i = sum_j c_j m_j with c_j = 1/n sum_i (s w^-j)^i = (s^n - 1) / (n (s w^-j - 1)). */
static void lagrange__agrees_in_a_combination(void **state) {
    (void)state;
    static fr values[G1_POINTS], coefficients[G1_POINTS], scratch[G1_POINTS];
    fr s = random_fr(), step = plain_root(G1_POINTS), power = FR_ONE, factor, n;
    fr_inv(&step, &step);
    for (size_t i = 0; i < G1_POINTS; i++) {
        values[plain_reverse(i, G1_POINTS)] = power;
        fr_mul(&power, &power, &s);
    }
    fr_sub(&factor, &power, &FR_ONE); /* s^n - 1 */
    fr_from_u64(&n, G1_POINTS);
    power = s;
    for (size_t j = 0; j < G1_POINTS; j++) {
        fr_sub(&coefficients[j], &power, &FR_ONE);
        fr_mul(&coefficients[j], &coefficients[j], &n);
        fr_mul(&power, &power, &step);
    }
    fr_inv_batch(coefficients, G1_POINTS, scratch);
    for (size_t j = 0; j < G1_POINTS; j++) fr_mul(&coefficients[j], &coefficients[j], &factor);
    g1_affine a = msm(lagrange, values, G1_POINTS), b = msm(monomial, coefficients, G1_POINTS);
    assert_true(g1_affine_equal(&a, &b));
}

/* The values of p(x) = x in the blob's order commit to the secret times the generator. */
static void lagrange__stands_in_blob_order(void **state) {
    (void)state;
    static fr values[G1_POINTS];
    fr root = plain_root(G1_POINTS), power = FR_ONE;
    for (size_t i = 0; i < G1_POINTS; i++) {
        values[plain_reverse(i, G1_POINTS)] = power;
        fr_mul(&power, &power, &root);
    }
    g1_affine sum = msm(lagrange, values, G1_POINTS);
    assert_true(g1_affine_equal(&sum, &monomial[1]));
}

/* ---- Cell points ----------------------------------------------------------------------------------------------- */

/* Column i: the transform of m[4095 - 64 - i - 64 j], j = 0 to 62, and 65 zeros. */
static void cells__are_transforms_of_monomial(void **state) {
    (void)state;
    fr root = plain_root(CELLS_DATA_ROWS);
    for (size_t i = 0; i < CELLS_DATA_COLUMNS; i++) {
        g1 column[CELLS_DATA_ROWS];
        for (size_t j = 0; j < CELLS_DATA_ROWS; j++) g1_set_infinity(&column[j]);
        for (size_t j = 0; j < 63; j++) g1_from_affine(&column[j], &monomial[4095 - 64 - i - 64 * j]);
        plain_transform(column, CELLS_DATA_ROWS, &root);
        for (size_t k = 0; k < CELLS_DATA_ROWS; k++) {
            g1_affine affine;
            g1_to_affine(&affine, &column[k]);
            assert_true(g1_affine_equal(&affine, &cells[k * CELLS_DATA_COLUMNS + i]));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data__is_framed),
        cmocka_unit_test(data__is_what_readme_says),
        cmocka_unit_test(points__are_in_their_groups),
        cmocka_unit_test(powers__begin_with_the_generators),
        cmocka_unit_test_setup(powers__of_g1_neighbours, prepare_lines),
        cmocka_unit_test_setup(powers__of_g1_in_one_combination, prepare_lines),
        cmocka_unit_test(powers__of_g2_neighbours),
        cmocka_unit_test(lagrange__is_the_transform_of_monomial),
        cmocka_unit_test(lagrange__agrees_in_a_combination),
        cmocka_unit_test(lagrange__stands_in_blob_order),
        cmocka_unit_test(cells__are_transforms_of_monomial),
    };
    const char *text = getenv("KZG_SEED");
    if (text != NULL) seed = strtoull(text, NULL, 0);
    printf("KZG_SEED=%" PRIu64 "\n", seed);
    return cmocka_run_group_tests_name("embedded", tests, decode_all, NULL);
}
