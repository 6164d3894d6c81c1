/* What verification does in lanes, against the portable code and libcrypto: hashes of two messages, challenges of
 * lists, weighted sums of cells and their interpolation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cpu.h"
#include "kzg/challenge.h"
#include "kzg/lanes.h"
#include "kzg/transform.h"
#include "unit/field/values.h"

#define CELL  FIELD_ELEMENTS_PER_CELL
#define CELLS CELLS_PER_EXT_BLOB

static struct domain domain;

static void random_bytes(uint8_t *out, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = (uint8_t)values_random_u64();
}

/* ---- Hashing ---- */

#define LENGTH_MAX 400

static void assert_two(const uint8_t *a, const uint8_t *b, const struct lanes_piece *pieces, size_t n,
                       size_t length) {
    uint8_t digest[2][32], expected[32];
    lanes_sha256_two(digest, pieces, n);
    sha256(expected, a, length);
    assert_memory_equal(digest[0], expected, 32);
    sha256(expected, b, length);
    assert_memory_equal(digest[1], expected, 32);
}

static void two_hashes__are_those_of_libcrypto_for_every_length(void **state) {
    (void)state;
    uint8_t a[LENGTH_MAX], b[LENGTH_MAX];
    random_bytes(a, sizeof a);
    random_bytes(b, sizeof b);
    for (size_t length = 0; length <= LENGTH_MAX; length++) {
        const struct lanes_piece whole = {{a, b}, length};
        assert_two(a, b, &whole, 1, length);
    }
    assert_two(a, b, NULL, 0, 0);
}

static void two_hashes__do_not_depend_on_the_pieces(void **state) {
    (void)state;
    uint8_t a[LENGTH_MAX], b[LENGTH_MAX];
    for (int round = 0; round < 2000; round++) {
        struct lanes_piece pieces[8];
        size_t length = 0;
        random_bytes(a, sizeof a);
        random_bytes(b, sizeof b);
        for (size_t i = 0; i < 8; i++) {
            size_t rest = LENGTH_MAX - length, n = values_random_u64() % (1u << values_random_u64() % 9);
            if (n > rest) n = rest;
            pieces[i] = (struct lanes_piece){{a + length, b + length}, n};
            length += n;
        }
        assert_two(a, b, pieces, 8, length);
    }
}

#define BLOBS 5

static void challenges_of_a_list__are_those_of_each(void **state) {
    (void)state;
    kzg_blob *blobs = calloc(BLOBS, sizeof *blobs);
    kzg_bytes48 commitments[BLOBS];
    assert_non_null(blobs);
    random_bytes(blobs[0].bytes, BLOBS * sizeof *blobs);
    random_bytes(commitments[0].bytes, sizeof commitments);
    for (size_t n = 0; n <= BLOBS; n++) {
        fr got[BLOBS + 1], want;
        memset(got, 0xa5, sizeof got);
        assert_true(field_select("ifma"));
        compute_challenges(got, blobs, commitments, n);
        assert_true(field_select("portable"));
        for (size_t i = 0; i < n; i++) {
            compute_challenge(&want, &blobs[i], &commitments[i]);
            assert_memory_equal(&got[i], &want, sizeof want);
        }
        assert_int_equal(got[n].l[0], 0xa5a5a5a5a5a5a5a5);
    }
    free(blobs);
}

/* ---- Cells ---- */

/* Random, zeros, r - 1 everywhere, one that is not zero. */
static void fill_cell(uint8_t cell[BYTES_PER_CELL], fr values[CELL], int kind) {
    for (size_t i = 0; i < CELL; i++) {
        fr_set_zero(&values[i]);
        if (kind == 0) values_random(values[i].l, FR_MODULUS, FR_LIMBS);
        if (kind == 2) fr_neg(&values[i], &FR_ONE);
        if (kind == 3 && i == 41) fr_from_u64(&values[i], 7);
        fr_to_be(cell + 32 * i, &values[i]);
    }
}

static void choose_weight(fr *r, int kind) {
    fr_set_zero(r);
    if (kind == 0) values_random(r->l, FR_MODULUS, FR_LIMBS);
    if (kind == 1) *r = FR_ONE;
    if (kind == 2) fr_neg(r, &FR_ONE);
}

/* Columns with no cell, one, and many; half of them from two sums that are then added. */
static void weighted_cells__are_interpolated_as_by_the_portable_code(void **state) {
    (void)state;
    for (int round = 0; round < 4; round++) {
        uint8_t *sums = aligned_alloc(64, LANES_CELL_BYTES * CELLS),
                other[LANES_CELL_BYTES] __attribute__((aligned(64)));
        fr(*rows)[CELL] = calloc(CELLS, sizeof *rows), want[CELL] = {0}, got[CELL];
        bool used[CELLS];
        assert_non_null(sums);
        assert_non_null(rows);
        for (size_t column = 0; column < CELLS; column++) {
            size_t n = round == 0 ? 0 : column % 5 == 0 ? 40 : column % 3;
            used[column] = n > 0;
            if (n == 0) continue;
            lanes_cell_clear(sums + LANES_CELL_BYTES * column);
            lanes_cell_clear(other);
            for (size_t k = 0; k < n; k++) {
                uint8_t cell[BYTES_PER_CELL];
                fr values[CELL], weight;
                fill_cell(cell, values, round == 1 ? 2 : (int)(k % 4));
                choose_weight(&weight, round == 1 ? 2 : (int)(values_random_u64() % 4));
                uint8_t *sum = column % 2 == 0 && k % 2 == 1 ? other : sums + LANES_CELL_BYTES * column;
                assert_int_equal(lanes_cell_add_weighted(sum, cell, &weight), CELL);
                for (size_t i = 0; i < CELL; i++) {
                    fr_mul(&values[i], &values[i], &weight);
                    fr_add(&rows[column][i], &rows[column][i], &values[i]);
                }
            }
            lanes_cell_add(sums + LANES_CELL_BYTES * column, other);
            fr_transform_inverse(rows[column], CELL, column, &domain);
            for (size_t i = 0; i < CELL; i++) fr_add(&want[i], &want[i], &rows[column][i]);
        }
        lanes_cell_interpolate(got, sums, used, &domain);
        assert_memory_equal(got, want, sizeof want);
        free(sums);
        free(rows);
    }
}

static void bad_element__is_found_and_nothing_added(void **state) {
    (void)state;
    uint8_t sum[LANES_CELL_BYTES] __attribute__((aligned(64))), before[LANES_CELL_BYTES], cell[BYTES_PER_CELL];
    fr values[CELL];
    lanes_cell_clear(sum);
    fill_cell(cell, values, 0);
    assert_int_equal(lanes_cell_add_weighted(sum, cell, &FR_ONE), CELL);
    memcpy(before, sum, sizeof sum);
    for (size_t bad = 0; bad < CELL; bad++) {
        fill_cell(cell, values, 0);
        memset(cell + 32 * bad, 0xff, 32);
        if (bad % 2 == 0) memset(cell + 32 * (CELL - 1), 0xff, 32);
        assert_int_equal(lanes_cell_add_weighted(sum, cell, &FR_ONE), bad);
        assert_memory_equal(sum, before, sizeof sum);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_hashes__are_those_of_libcrypto_for_every_length),
        cmocka_unit_test(two_hashes__do_not_depend_on_the_pieces),
        cmocka_unit_test(challenges_of_a_list__are_those_of_each),
        cmocka_unit_test(weighted_cells__are_interpolated_as_by_the_portable_code),
        cmocka_unit_test(bad_element__is_found_and_nothing_added),
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
