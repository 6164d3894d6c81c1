/* Batches of every small size, where the ways to add up their points change: right ones, ones with something wrong at
 * each place in turn, points at infinity, and which of two lists a fault is in. Cells of one column and of several.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "curve/constants.h"
#include "curve/encoding.h"
#include "kzg/decode.h"
#include "kzg/kzg.h"
#include "unit/curve/curve_support.h"
#include "unit/curve/vectors.h"
#include "unit/kzg/kzg_support.h"

#define BLOBS 18 /* across the sizes that are added up otherwise */
#define CELLS KZG_CELLS_PER_EXT_BLOB

static kzg_ctx *ctx;
static struct {
    kzg_blob blobs[BLOBS];
    kzg_bytes48 commitments[BLOBS], proofs[BLOBS];
    kzg_cell cells[2][CELLS];
    kzg_bytes48 cell_proofs[2][CELLS];
} data;

/* Zeros, whose commitment is infinity, constants, whose proof is, and few random elements. */
static void make_blob(kzg_blob *blob, size_t i) {
    memset(blob, 0, sizeof *blob);
    for (size_t k = 0; k < KZG_FIELD_ELEMENTS_PER_BLOB; k++) {
        if (i % 4 == 1) blob->bytes[32 * k + 31] = (uint8_t)(i + 1);
        if (i % 4 > 1 && k % 512 == i) random_bytes(blob->bytes + 32 * k + 1, 31);
    }
}

static int make_data(void **state) {
    (void)state;
    kzg_options options;
    kzg_options_init(&options);
    options.precompute = 0;
    must(kzg_new(&ctx, &options));
    for (size_t i = 0; i < BLOBS; i++) {
        make_blob(&data.blobs[i], i);
        must(kzg_blob_to_kzg_commitment(ctx, &data.commitments[i], &data.blobs[i]));
        must(kzg_compute_blob_kzg_proof(ctx, &data.proofs[i], &data.blobs[i], &data.commitments[i]));
    }
    for (size_t i = 0; i < 2; i++)
        must(kzg_compute_cells_and_kzg_proofs(ctx, data.cells[i], data.cell_proofs[i], &data.blobs[1 + i]));
    return 0;
}

static int free_data(void **state) {
    (void)state;
    ctx = kzg_free(ctx);
    return 0;
}

/* ---- Blobs ---- */

static bool blobs_valid(size_t first, size_t n) {
    bool valid = false;
    must(kzg_verify_blob_kzg_proof_batch(ctx, &valid, data.blobs + first, data.commitments + first,
                                         data.proofs + first, n));
    return valid;
}

static void swap(kzg_bytes48 *a, kzg_bytes48 *b) {
    kzg_bytes48 t = *a;
    *a = *b;
    *b = t;
}

static void batches_of_every_size__are_valid(void **state) {
    (void)state;
    for (size_t n = 0; n <= BLOBS; n++) {
        for (size_t first = 0; first < 4 && first + n <= BLOBS; first++) assert_true(blobs_valid(first, n));
    }
}

static void batches_with_one_wrong_proof_or_commitment__are_not(void **state) {
    (void)state;
    for (size_t n = 2; n <= BLOBS; n += n < 4 ? 1 : 5) {
        for (size_t at = 0; at < n; at++) {
            kzg_bytes48 *lists[2] = {data.proofs, data.commitments};
            for (size_t k = 0; k < 2; k++) {
                size_t other = (at + 1) % n;
                if (memcmp(&lists[k][at], &lists[k][other], sizeof *lists[k]) == 0) continue;
                kzg_bytes48 right = lists[k][at];
                lists[k][at] = lists[k][other];
                assert_false(blobs_valid(0, n));
                lists[k][at] = right;
            }
        }
    }
}

static void batches_of_the_same__are_valid(void **state) {
    (void)state;
    static kzg_blob blobs[5];
    kzg_bytes48 commitments[5], proofs[5];
    bool valid = false;
    for (size_t i = 0; i < 5; i++) {
        blobs[i] = data.blobs[2];
        commitments[i] = data.commitments[2];
        proofs[i] = data.proofs[2];
    }
    must(kzg_verify_blob_kzg_proof_batch(ctx, &valid, blobs, commitments, proofs, 5));
    assert_true(valid);
}

/* A fault in both lists is the commitments'; the index is that of its own list. */
static void faults__are_told_with_their_list_and_index(void **state) {
    (void)state;
    for (size_t n = 1; n <= BLOBS; n += 8) {
        for (size_t at = 0; at < n; at++) {
            kzg_bytes48 *lists[2] = {data.proofs, data.commitments}, right[2];
            const kzg_argument arguments[2] = {KZG_ARG_PROOF, KZG_ARG_COMMITMENT};
            for (size_t k = 0; k < 2; k++) {
                bool valid = true;
                right[k] = lists[k][at];
                lists[k][at].bytes[0] ^= 0x80;
                kzg_status status =
                    kzg_verify_blob_kzg_proof_batch(ctx, &valid, data.blobs, data.commitments, data.proofs, n);
                assert_int_not_equal(status.code, KZG_OK);
                assert_int_equal(status.argument, arguments[k]);
                assert_int_equal(status.index, at);
                assert_false(valid);
            }
            for (size_t k = 0; k < 2; k++) lists[k][at] = right[k];
        }
    }
}

/* ---- Cells ---- */

#define ENTRIES (3 * CELLS) /* enough to have their proofs' subgroup checked together */

struct entries {
    kzg_bytes48 commitments[ENTRIES], proofs[ENTRIES];
    uint64_t indices[ENTRIES];
    kzg_cell cells[ENTRIES];
    size_t n;
};

static struct entries e;

static void add_entry(size_t blob, size_t cell) {
    e.commitments[e.n] = data.commitments[1 + blob];
    e.proofs[e.n] = data.cell_proofs[blob][cell];
    e.cells[e.n] = data.cells[blob][cell];
    e.indices[e.n++] = cell;
}

static bool cells_valid(void) {
    bool valid = false;
    must(kzg_verify_cell_kzg_proof_batch(ctx, &valid, e.commitments, e.indices, e.cells, e.proofs, e.n));
    return valid;
}

/* Valid as it is; not with another index, another's proof or cell in the last place. */
static void check_entries(void) {
    size_t at = e.n - 1;
    assert_true(cells_valid());
    uint64_t index = e.indices[at];
    e.indices[at] = (index + 1) % CELLS;
    bool constant = memcmp(&e.commitments[at], &data.commitments[1], sizeof *e.commitments) == 0;
    assert_int_equal(cells_valid(), constant); /* all cells of a constant are the same */
    e.indices[at] = index;
    swap(&e.proofs[at], &data.commitments[2]);
    assert_false(cells_valid());
    swap(&e.proofs[at], &data.commitments[2]);
    e.cells[at].bytes[31] ^= 1;
    assert_false(cells_valid());
    e.cells[at].bytes[31] ^= 1;
}

static void single_cells__are_checked(void **state) {
    (void)state;
    for (size_t cell = 0; cell < CELLS; cell += 9) {
        for (size_t blob = 0; blob < 2; blob++) {
            e.n = 0;
            add_entry(blob, cell);
            check_entries();
        }
    }
}

static void columns__are_checked(void **state) {
    (void)state;
    for (size_t n = 2; n <= 40; n = 2 * n + 1) {
        e.n = 0;
        for (size_t k = 0; k < n; k++) add_entry(k % 3 == 0, n);
        check_entries();
    }
}

static void cells_of_several_columns__are_checked(void **state) {
    (void)state;
    for (size_t n = 2; n <= CELLS; n = 2 * n + 1) {
        e.n = 0;
        for (size_t k = 0; k < n; k++) add_entry(k % 2, (k * 7 + 1) % CELLS);
        check_entries();
    }
    e.n = 0;
    for (size_t k = 0; k < CELLS; k++) add_entry(1, k);
    check_entries();
}

/* The point and one of a small order: no pairing notices. */
static void add_torsion(kzg_bytes48 *bytes, size_t order, bool negative) {
    g1_affine point, t;
    g1 sum;
    assert_int_equal(g1_decompress(&point, bytes->bytes), ST_OK);
    g1_of_order(&t, G1_SMALL_ORDERS[order].q, G1_SMALL_ORDERS[order].power, G1_SMALL_ORDERS[order].rest);
    if (negative) g1_affine_neg(&t, &t);
    g1_from_affine(&sum, &t);
    g1_add_affine(&sum, &sum, &point);
    g1_to_affine(&point, &sum);
    g1_compress(bytes->bytes, &point);
}

static void expect_proof_fault(kzg_code code, size_t index) {
    bool valid = true;
    kzg_status status =
        kzg_verify_cell_kzg_proof_batch(ctx, &valid, e.commitments, e.indices, e.cells, e.proofs, e.n);
    assert_int_equal(status.code, code);
    assert_int_equal(status.argument, KZG_ARG_PROOF);
    assert_int_equal(status.index, index);
    assert_false(valid);
}

static void many_cells__are_checked(void **state) {
    (void)state;
    static const size_t lengths[] = {255, 256, 257, ENTRIES};
    for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
        e.n = 0;
        while (e.n < lengths[l]) add_entry(e.n % 2, (e.n * 7 + 1) % CELLS);
        check_entries();
        size_t at = random_below(e.n - 1);
        kzg_bytes48 right = e.proofs[at];
        add_torsion(&e.proofs[at], l, false);
        expect_proof_fault(KZG_ERR_POINT_NOT_IN_SUBGROUP, at);
        kzg_bytes48 last = e.proofs[e.n - 1]; /* behind it, one that is worse */
        memset(&e.proofs[e.n - 1], 0, sizeof last);
        expect_proof_fault(KZG_ERR_POINT_NOT_IN_SUBGROUP, at);
        e.proofs[at] = right;
        expect_proof_fault(KZG_ERR_POINT_ENCODING, e.n - 1);
        e.proofs[e.n - 1] = last;
        assert_true(cells_valid());
    }
}

/* ---- Points outside of the subgroup ----
 *
 * Batches long enough for their sums to check the points, of each shape that they can have. */

#define LONG      70
#define VERY_LONG 200 /* with other digits */

/* The constant k: commitment k G, and the same in all cells. */
static void set_constant(kzg_bytes48 *commitment, kzg_bytes48 *proof, uint8_t *elements, size_t count, uint64_t k) {
    g1 sum;
    g1_affine point;
    fr scalar;
    fr_from_u64(&scalar, k);
    g1_mul(&sum, &G1_GENERATOR, &scalar);
    g1_to_affine(&point, &sum);
    g1_compress(commitment->bytes, &point);
    point = (g1_affine){{{0}}, {{0}}};
    g1_compress(proof->bytes, &point);
    memset(elements, 0, 32 * count);
    for (size_t i = 0; i < count; i++) elements[32 * i + 31] = (uint8_t)k;
}

/* Some entries are those of a random polynomial, the others constants. */
static void add_mixed(size_t n, size_t commitments, size_t columns) {
    while (e.n < n) {
        size_t k = e.n % commitments, cell = e.n % columns * 5 + 3;
        if (k == 1) {
            add_entry(1, cell);
            continue;
        }
        set_constant(&e.commitments[e.n], &e.proofs[e.n], e.cells[e.n].bytes, KZG_FIELD_ELEMENTS_PER_CELL, 1 + k);
        e.indices[e.n++] = cell;
    }
}

/* One batch of those that are tested, and the lists in which a point can be wrong. */
struct batch {
    kzg_status (*verify)(bool *ret_valid);
    kzg_bytes48 *commitments, *proofs;
    size_t n;
};

static kzg_status verify_entries(bool *ret_valid) {
    return kzg_verify_cell_kzg_proof_batch(ctx, ret_valid, e.commitments, e.indices, e.cells, e.proofs, e.n);
}

static struct {
    kzg_blob blobs[LONG];
    kzg_bytes48 commitments[LONG], proofs[LONG];
} many;

static kzg_status verify_many(bool *ret_valid) {
    return kzg_verify_blob_kzg_proof_batch(ctx, ret_valid, many.blobs, many.commitments, many.proofs, LONG);
}

static void expect_outside(const struct batch *b, kzg_argument argument, size_t index) {
    bool valid = true;
    kzg_status status = b->verify(&valid);
    assert_int_equal(status.code, KZG_ERR_POINT_NOT_IN_SUBGROUP);
    assert_int_equal(status.argument, argument);
    assert_int_equal(status.index, index);
    assert_false(valid);
}

/* All entries with that entry's commitment, so that the number of distinct ones stays. */
static void spoil_commitment(const struct batch *b, size_t at, size_t order, bool negative) {
    const kzg_bytes48 before = b->commitments[at];
    kzg_bytes48 after = before;
    add_torsion(&after, order, negative);
    for (size_t i = 0; i < b->n; i++) {
        if (memcmp(&b->commitments[i], &before, sizeof before) == 0) b->commitments[i] = after;
    }
}

static size_t first_with(const struct batch *b, size_t at) {
    size_t i = 0;
    while (memcmp(&b->commitments[i], &b->commitments[at], sizeof *b->commitments) != 0) i++;
    return i;
}

static void check_outside(const struct batch *b) {
    bool valid = false;
    static kzg_bytes48 commitments[VERY_LONG], proofs[VERY_LONG];
    const size_t bytes = sizeof *proofs * b->n;
    must(b->verify(&valid));
    assert_true(valid);
    memcpy(commitments, b->commitments, bytes);
    memcpy(proofs, b->proofs, bytes);
    for (size_t order = 0; order < COUNT(G1_SMALL_ORDERS); order++) {
        size_t at = order == 1 ? 0 : random_below(b->n), other = (at + 1 + random_below(b->n - 1)) % b->n;
        add_torsion(&b->proofs[at], order, false);
        expect_outside(b, KZG_ARG_PROOF, at);
        add_torsion(&b->proofs[other], order, true); /* the sum of all is in the subgroup again */
        expect_outside(b, KZG_ARG_PROOF, at < other ? at : other);
        memcpy(b->proofs, proofs, bytes);
        spoil_commitment(b, at, order, false);
        expect_outside(b, KZG_ARG_COMMITMENT, first_with(b, at));
        add_torsion(&b->proofs[at], order, true);
        expect_outside(b, KZG_ARG_COMMITMENT, first_with(b, at));
        memcpy(b->proofs, proofs, bytes);
        memcpy(b->commitments, commitments, bytes);
    }
}

static void check_cells_outside(size_t n, size_t commitments, size_t columns) {
    e.n = 0;
    add_mixed(n, commitments, columns);
    check_outside(&(struct batch){verify_entries, e.commitments, e.proofs, n});
}

/* Few commitments and more than are checked each, of several columns and of one, and a column with one for each
 * entry; of lengths on both sides of where something changes. */
static void cells_with_points_outside__are_refused(void **state) {
    (void)state;
    static const struct {
        size_t n, commitments, columns;
    } shapes[] = {{31, 2, 20}, {32, 2, 20},     {LONG, 11, 20}, {LONG, 33, 20}, {LONG, 11, 1},
                  {32, 32, 1}, {LONG, LONG, 1}, {LONG, 50, 1},  {192, 192, 1},  {VERY_LONG, VERY_LONG, 1}};
    for (size_t i = 0; i < COUNT(shapes); i++)
        check_cells_outside(shapes[i].n, shapes[i].commitments, shapes[i].columns);
}

static void one_after_the_other(void *user, size_t n, void (*task)(void *argument, size_t i), void *argument) {
    (void)user;
    for (size_t i = 0; i < n; i++) task(argument, i);
}

/* Each sum is made by itself. */
static void cells_with_points_outside__are_refused_by_parts(void **state) {
    (void)state;
    kzg_ctx *whole = ctx;
    kzg_options options;
    kzg_options_init(&options);
    options.precompute = 0;
    options.executor = (kzg_executor){one_after_the_other, NULL, 3};
    must(kzg_new(&ctx, &options));
    check_cells_outside(LONG, 11, 20);
    check_cells_outside(LONG, LONG, 1);
    kzg_free(ctx);
    ctx = whole;
}

static void blobs_with_points_outside__are_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < LONG; i++)
        set_constant(&many.commitments[i], &many.proofs[i], many.blobs[i].bytes, KZG_FIELD_ELEMENTS_PER_BLOB, 1 + i);
    for (size_t i = 0; i < BLOBS; i++) {
        many.blobs[3 * i] = data.blobs[i];
        many.commitments[3 * i] = data.commitments[i];
        many.proofs[3 * i] = data.proofs[i];
    }
    check_outside(&(struct batch){verify_many, many.commitments, many.proofs, LONG});
}

/* Which the sums may not: they are drawn for what is left. */
static void decompress__finds_parts_of_order_3(void **state) {
    (void)state;
    static const kzg_argument argument = KZG_ARG_PROOF;
    static g1_affine points[2 * LONG];
    const struct point_list commitments = {many.commitments, NULL, LONG, argument},
                            proofs = {many.proofs, NULL, LONG, argument};
    assert_int_equal(G1_SMALL_ORDERS[0].q, 3);
    for (size_t order = 0; order < 2; order++) {
        for (size_t at = 0; at < LONG; at += 1 + random_below(20)) {
            kzg_bytes48 *point = at % 2 == 0 ? &many.proofs[at] : &many.commitments[at];
            const kzg_bytes48 before = *point;
            assert_true(decompress_two_lists(ctx, points, &commitments, &proofs));
            add_torsion(point, order, false);
            assert_int_equal(decompress_two_lists(ctx, points, &commitments, &proofs), order != 0);
            *point = before;
        }
    }
}

/* Whatever comes of the sums, the first fault in the order of the arguments is told. */
static void faults_beside_points_outside__are_told_in_order(void **state) {
    (void)state;
    bool valid;
    e.n = 0;
    add_mixed(LONG, LONG, 1);
    add_torsion(&e.proofs[5], 1, false);
    memset(e.cells[9].bytes, 0xff, 32);
    kzg_status status = verify_entries(&valid);
    assert_int_equal(status.code, KZG_ERR_FIELD_ELEMENT_NOT_CANONICAL);
    assert_int_equal(status.index, 9);
    e.indices[12] = CELLS;
    status = verify_entries(&valid);
    assert_int_equal(status.code, KZG_ERR_CELL_INDEX_RANGE);
    assert_int_equal(status.index, 12);
    add_torsion(&e.commitments[60], 1, false);
    expect_outside(&(struct batch){verify_entries, e.commitments, e.proofs, e.n}, KZG_ARG_COMMITMENT, 60);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_of_every_size__are_valid),
        cmocka_unit_test(batches_with_one_wrong_proof_or_commitment__are_not),
        cmocka_unit_test(batches_of_the_same__are_valid),
        cmocka_unit_test(faults__are_told_with_their_list_and_index),
        cmocka_unit_test(single_cells__are_checked),
        cmocka_unit_test(columns__are_checked),
        cmocka_unit_test(cells_of_several_columns__are_checked),
        cmocka_unit_test(many_cells__are_checked),
        cmocka_unit_test(cells_with_points_outside__are_refused),
        cmocka_unit_test(cells_with_points_outside__are_refused_by_parts),
        cmocka_unit_test(blobs_with_points_outside__are_refused),
        cmocka_unit_test(decompress__finds_parts_of_order_3),
        cmocka_unit_test(faults_beside_points_outside__are_told_in_order),
    };
    int skip = test_start();
    return skip != 0 ? skip : cmocka_run_group_tests(tests, make_data, free_data);
}
