/* The weights of equations that are checked as one sum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "curve/glv.h"
#include "kzg/challenge.h"
#include "unit/curve/curve_support.h"

#define MOST 300

static void weights__are_short_and_all_different(void **state) {
    (void)state;
    fr w[MOST], challenge;
    random_fr(&challenge);
    draw_weights(w, MOST, &challenge);
    assert_true(fr_equal(&w[0], &FR_ONE));
    uint64_t ones[2] = {0, 0}, zeros[2] = {0, 0}; /* bits that were seen */
    for (size_t i = 1; i < MOST; i++) {
        struct glv_half halves[2];
        glv_split(halves, &w[i]);
        for (int h = 0; h < 2; h++) {
            assert_int_equal(halves[h].l[1], 0);
            assert_true(halves[h].l[0] <= (uint64_t)1 << 63);
            uint64_t bits = halves[h].negative ? 0 - halves[h].l[0] : halves[h].l[0];
            ones[h] |= bits;
            zeros[h] |= ~bits;
        }
        for (size_t k = 0; k < i; k++) assert_false(fr_equal(&w[i], &w[k]));
    }
    for (int h = 0; h < 2; h++) {
        assert_int_equal(ones[h], UINT64_MAX); /* each bit takes both values */
        assert_int_equal(zeros[h], UINT64_MAX);
    }
}

/* A longer batch begins as a shorter one does, and nothing is written behind its end. */
static void weights__do_not_depend_on_their_number(void **state) {
    (void)state;
    fr all[20], w[20], challenge;
    random_fr(&challenge);
    draw_weights(all, 20, &challenge);
    for (size_t n = 0; n < 20; n++) {
        memset(w, 0xa5, sizeof w);
        draw_weights(w, n, &challenge);
        assert_memory_equal(w, all, sizeof w[0] * n);
        for (size_t i = 0; i < sizeof w[0] * (20 - n); i++) assert_int_equal(((uint8_t *)&w[n])[i], 0xa5);
    }
}

static void weights__depend_on_the_challenge(void **state) {
    (void)state;
    fr a[20], b[20], challenge;
    random_fr(&challenge);
    draw_weights(a, 20, &challenge);
    fr_add(&challenge, &challenge, &FR_ONE);
    draw_weights(b, 20, &challenge);
    for (size_t i = 1; i < 20; i++) assert_false(fr_equal(&a[i], &b[i]));
}

/* ---- What the weights of cells follow from -----------------------------------------------------------------------
 */

#define CELLS_MOST 5

struct batch {
    kzg_bytes48 commitments[CELLS_MOST], proofs[CELLS_MOST];
    uint32_t which[CELLS_MOST];
    uint64_t commitment_indices[CELLS_MOST], cell_indices[CELLS_MOST];
    kzg_cell cells[CELLS_MOST];
};

static fr seed_of(const struct batch *b, size_t commitments, size_t n) {
    fr seed;
    compute_cells_seed(&seed, b->commitments, b->which, commitments, b->commitment_indices, b->cell_indices, b->cells,
                       b->proofs, n);
    return seed;
}

static void expect_change(struct batch *b, uint8_t *byte, size_t n) {
    fr before = seed_of(b, n, n), after;
    *byte ^= 0x10;
    after = seed_of(b, n, n);
    assert_false(fr_equal(&before, &after));
    *byte ^= 0x10;
    after = seed_of(b, n, n);
    assert_true(fr_equal(&before, &after));
}

/* Of an even number of cells and of an odd one, whose last is in no half. */
static void cells_seed__depends_on_every_input(void **state) {
    (void)state;
    static struct batch b;
    random_bytes(&b, sizeof b);
    for (size_t k = 0; k < CELLS_MOST; k++) b.which[k] = (uint32_t)k;
    for (size_t n = 1; n <= CELLS_MOST; n++) {
        for (size_t k = 0; k < n; k++) {
            for (size_t at = 0; at < sizeof b.cells[k]; at += 31) expect_change(&b, &b.cells[k].bytes[at], n);
            expect_change(&b, &b.cells[k].bytes[sizeof b.cells[k] - 1], n);
            for (size_t at = 0; at < 48; at++) {
                expect_change(&b, &b.proofs[k].bytes[at], n);
                expect_change(&b, &b.commitments[k].bytes[at], n);
            }
            for (size_t at = 0; at < 8; at++) {
                expect_change(&b, (uint8_t *)&b.cell_indices[k] + at, n);
                expect_change(&b, (uint8_t *)&b.commitment_indices[k] + at, n);
            }
        }
        fr all = seed_of(&b, n, n), fewer = seed_of(&b, n - 1, n);
        assert_false(fr_equal(&all, &fewer));
    }
}

static void cells_seed__is_the_same_for_every_arithmetic(void **state) {
    (void)state;
    static struct batch b;
    const char *const chosen = field_ops.name;
    random_bytes(&b, sizeof b);
    for (size_t k = 0; k < CELLS_MOST; k++) b.which[k] = (uint32_t)k;
    for (size_t n = 1; n <= CELLS_MOST; n++) {
        assert_true(field_select("portable"));
        fr plain = seed_of(&b, n, n);
        assert_true(field_select(chosen));
        fr seed = seed_of(&b, n, n);
        assert_true(fr_equal(&plain, &seed));
    }
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights__are_short_and_all_different),
        cmocka_unit_test(weights__do_not_depend_on_their_number),
        cmocka_unit_test(weights__depend_on_the_challenge),
        cmocka_unit_test(cells_seed__depends_on_every_input),
        cmocka_unit_test(cells_seed__is_the_same_for_every_arithmetic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
