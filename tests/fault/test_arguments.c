/* Statuses and their texts; NULL in each place of each function; counts that are too large, refused before anything
 * is read: every list then points to unreadable memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/mman.h>

#include "base/status.h"
#include "fault/calls.h"
#include "fault/counting_allocator.h"

static struct counting counting;
static kzg_ctx *ctx;
static struct call_data data;
static struct call_inputs in;
static struct call_outputs out;

static int start(void **state) {
    (void)state;
    kzg_options o;
    kzg_options_init(&o);
    o.precompute = KZG_PRECOMPUTE_MIN;
    o.allocator = counting_allocator(&counting);
    if (kzg_new(&ctx, &o).code != KZG_OK) return -1;
    call_data_make(&data, ctx, 4);
    in = call_inputs_of(&data);
    return 0;
}

static int stop(void **state) {
    (void)state;
    ctx = kzg_free(ctx);
    return counting_is_empty(&counting) ? 0 : -1;
}

/* ---- Statuses -------------------------------------------------------------------------------------------------- */

static void code__names_and_texts(void **state) {
    (void)state;
#define X(name, value, code, http, retryable, text)              \
    assert_string_equal(kzg_code_name((kzg_code)(value)), code); \
    assert_string_equal(kzg_code_text((kzg_code)(value)), text);
    STATUS_LIBRARY_LIST(X)
#undef X
    assert_string_equal(kzg_code_name(KZG_OK), "ok");
    assert_string_equal(kzg_code_name((kzg_code)99), "unknown");
    assert_string_equal(kzg_code_name((kzg_code)-1), "unknown");
    assert_string_equal(kzg_code_name((kzg_code)65535), "unknown");
    assert_string_equal(kzg_code_text((kzg_code)99), "unknown");
}

static void code__values_are_the_abi(void **state) {
    (void)state;
    static const struct {
        kzg_code code;
        const char *name;
    } codes[] = {{KZG_ERR_FIELD_ELEMENT_NOT_CANONICAL, "field_element_not_canonical"},
                 {KZG_ERR_POINT_ENCODING, "point_encoding_invalid"},
                 {KZG_ERR_POINT_NOT_CANONICAL, "point_coordinate_not_canonical"},
                 {KZG_ERR_POINT_NOT_ON_CURVE, "point_not_on_curve"},
                 {KZG_ERR_POINT_NOT_IN_SUBGROUP, "point_not_in_subgroup"},
                 {KZG_ERR_CELL_INDEX_RANGE, "cell_index_out_of_range"},
                 {KZG_ERR_CELL_INDEX_DUPLICATE, "cell_index_duplicate"},
                 {KZG_ERR_CELL_INDEX_UNSORTED, "cell_index_unsorted"},
                 {KZG_ERR_TOO_FEW_CELLS, "too_few_cells"},
                 {KZG_ERR_TOO_MANY_CELLS, "too_many_cells"},
                 {KZG_ERR_CELLS_INCONSISTENT, "cells_inconsistent"},
                 {KZG_ERR_LENGTH_MISMATCH, "length_mismatch"},
                 {KZG_ERR_COUNT_TOO_LARGE, "count_too_large"},
                 {KZG_ERR_NULL_ARGUMENT, "null_argument"},
                 {KZG_ERR_OPTION_INVALID, "option_invalid"},
                 {KZG_ERR_COMMITMENT_INDEX_RANGE, "commitment_index_out_of_range"},
                 {KZG_ERR_OUT_OF_MEMORY, "out_of_memory"},
                 {KZG_ERR_SETUP_MALFORMED, "setup_malformed"},
                 {KZG_ERR_SETUP_TRUNCATED, "setup_truncated"},
                 {KZG_ERR_SETUP_TRAILING, "setup_trailing_data"},
                 {KZG_ERR_SETUP_INCONSISTENT, "setup_inconsistent"},
                 {KZG_ERR_SETUP_CHECKSUM, "setup_checksum"},
                 {KZG_ERR_IO, "io_error"},
                 {KZG_ERR_BACKEND_UNAVAILABLE, "backend_unavailable"}};
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        assert_int_equal(codes[i].code, i + 1);
        assert_string_equal(kzg_code_name(codes[i].code), codes[i].name);
    }
}

static void argument__names(void **state) {
    (void)state;
#define X(name, value, text) assert_string_equal(kzg_argument_name((kzg_argument)(value)), text);
    ARGUMENT_LIST(X)
#undef X
    assert_string_equal(kzg_argument_name(KZG_ARG_G2_MONOMIAL), "g2_monomial");
    assert_string_equal(kzg_argument_name((kzg_argument)18), "unknown");
    assert_string_equal(kzg_argument_name((kzg_argument)-1), "unknown");
}

static void expect_text(kzg_status status, const char *text) {
    char whole[300], cut[20];
    size_t n = strlen(text);
    assert_int_equal(kzg_status_format(status, whole, sizeof(whole)), n);
    assert_string_equal(whole, text);
    assert_int_equal(kzg_status_format(status, NULL, 0), n);
    memset(cut, 0x55, sizeof(cut));
    assert_int_equal(kzg_status_format(status, cut, 10), n);
    assert_int_equal(strlen(cut), n < 9 ? n : 9);
    assert_memory_equal(cut, text, strlen(cut));
    for (size_t i = 10; i < sizeof(cut); i++) assert_int_equal(cut[i], 0x55);
}

static void status__as_a_sentence(void **state) {
    (void)state;
    expect_text((kzg_status){KZG_OK, KZG_ARG_NONE, KZG_NO_ELEMENT, 0}, "success");
    expect_text((kzg_status){KZG_ERR_OUT_OF_MEMORY, KZG_ARG_NONE, KZG_NO_ELEMENT, 0},
                "memory could not be allocated");
    expect_text((kzg_status){KZG_ERR_POINT_NOT_ON_CURVE, KZG_ARG_G1_LAGRANGE, KZG_NO_ELEMENT, 4095},
                "g1_lagrange 4095: a point is not on the curve");
    expect_text((kzg_status){KZG_ERR_FIELD_ELEMENT_NOT_CANONICAL, KZG_ARG_BLOB, 17, 3},
                "blob 3, field element 17: a field element is not below the BLS12-381 scalar modulus");
    expect_text((kzg_status){KZG_ERR_COUNT_TOO_LARGE, KZG_ARG_COUNT, KZG_NO_ELEMENT, UINT64_MAX},
                "n 18446744073709551615: a list is longer than can be processed");
    expect_text((kzg_status){65535, 65535, 0, 0}, "unknown 0, field element 0: unknown");
}

/* ---- NULL ------------------------------------------------------------------------------------------------------ */

static void expect_null(kzg_status status, kzg_argument argument) {
    assert_int_equal(status.code, KZG_ERR_NULL_ARGUMENT);
    assert_string_equal(kzg_argument_name((kzg_argument)status.argument), kzg_argument_name(argument));
    assert_int_equal(status.element, KZG_NO_ELEMENT);
    assert_int_equal(counting.live[KZG_MEMORY_SCRATCH], 0);
}

/* Every call with one of its inputs NULL. */
static void null__inputs_of_operations(void **state) {
    (void)state;
    static const struct {
        size_t offset; /* of the pointer in struct call_inputs */
        kzg_argument argument;
    } pointers[] = {
        {offsetof(struct call_inputs, blobs), KZG_ARG_BLOB},
        {offsetof(struct call_inputs, commitments), KZG_ARG_COMMITMENT},
        {offsetof(struct call_inputs, blob_proofs), KZG_ARG_PROOF},
        {offsetof(struct call_inputs, z), KZG_ARG_Z},
        {offsetof(struct call_inputs, y), KZG_ARG_Y},
        {offsetof(struct call_inputs, proof), KZG_ARG_PROOF},
        {offsetof(struct call_inputs, cell_commitments), KZG_ARG_COMMITMENT},
        {offsetof(struct call_inputs, cell_proofs), KZG_ARG_PROOF},
        {offsetof(struct call_inputs, cells), KZG_ARG_CELL},
        {offsetof(struct call_inputs, cell_indices), KZG_ARG_CELL_INDEX},
        {offsetof(struct call_inputs, commitment_indices), KZG_ARG_COMMITMENT_INDEX},
        {offsetof(struct call_inputs, half), KZG_ARG_CELL},
        {offsetof(struct call_inputs, half_indices), KZG_ARG_CELL_INDEX},
    };
    static const unsigned inputs_of_call[CALLS] = {1, 2, 2, 4, 3, 3, 1, 1, 2, 2, 4, 2, 5};
    for (size_t c = 0; c < CALLS; c++) {
        unsigned refused = 0;
        for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++) {
            struct call_inputs one_null = in;
            memset((uint8_t *)&one_null + pointers[i].offset, 0, sizeof(void *));
            call_outputs_clear(&out);
            kzg_status status = calls[c].run(ctx, &out, &one_null);
            if (status.code == KZG_OK) continue; /* not an input of this one */
            bool cosets = strcmp(calls[c].name, "compute_verify_cell_kzg_proof_batch_challenge") == 0 &&
                          pointers[i].argument == KZG_ARG_CELL;
            expect_null(status, cosets ? KZG_ARG_COSET_EVALS : pointers[i].argument);
            assert_true(call_outputs_untouched(&out, &calls[c]));
            refused++;
        }
        assert_int_equal(refused, inputs_of_call[c]);
    }
}

static void null__context(void **state) {
    (void)state;
    for (size_t c = 0; c < CALLS; c++) {
        if (!calls[c].needs_context) continue;
        call_outputs_clear(&out);
        expect_null(calls[c].run(NULL, &out, &in), KZG_ARG_CONTEXT);
        assert_true(call_outputs_untouched(&out, &calls[c]));
    }
    unsigned passed = 7, total = 7;
    kzg_info info;
    expect_null(kzg_get_info(NULL, &info), KZG_ARG_CONTEXT);
    expect_null(kzg_self_test(NULL, &passed, &total, NULL), KZG_ARG_CONTEXT);
}

static void null__outputs(void **state) {
    (void)state;
    kzg_bytes48 point;
    kzg_bytes32 y;
    unsigned n;
    const kzg_bytes48 *c = in.commitments;
    expect_null(kzg_blob_to_kzg_commitment(ctx, NULL, in.blobs), KZG_ARG_OUTPUT);
    expect_null(kzg_compute_kzg_proof(ctx, NULL, &y, in.blobs, in.z), KZG_ARG_OUTPUT);
    expect_null(kzg_compute_kzg_proof(ctx, &point, NULL, in.blobs, in.z), KZG_ARG_OUTPUT);
    expect_null(kzg_compute_blob_kzg_proof(ctx, NULL, in.blobs, c), KZG_ARG_OUTPUT);
    expect_null(kzg_verify_kzg_proof(ctx, NULL, c, in.z, in.y, in.proof), KZG_ARG_OUTPUT);
    expect_null(kzg_verify_blob_kzg_proof(ctx, NULL, in.blobs, c, in.blob_proofs), KZG_ARG_OUTPUT);
    expect_null(kzg_verify_blob_kzg_proof_batch(ctx, NULL, in.blobs, c, in.blob_proofs, 1), KZG_ARG_OUTPUT);
    expect_null(kzg_verify_blob_kzg_proof_batch(ctx, NULL, NULL, NULL, NULL, 0), KZG_ARG_OUTPUT);
    expect_null(kzg_compute_cells(ctx, NULL, in.blobs), KZG_ARG_OUTPUT);
    expect_null(kzg_compute_cells_and_kzg_proofs(ctx, NULL, out.proofs, in.blobs), KZG_ARG_OUTPUT);
    expect_null(kzg_compute_cells_and_kzg_proofs(ctx, out.cells, NULL, in.blobs), KZG_ARG_OUTPUT);
    expect_null(kzg_recover_cells_and_kzg_proofs(ctx, NULL, out.proofs, in.half_indices, in.half, CALL_HALF),
                KZG_ARG_OUTPUT);
    expect_null(kzg_verify_cell_kzg_proof_batch(ctx, NULL, in.cell_commitments, in.cell_indices, in.cells,
                                                in.cell_proofs, CALL_CELLS),
                KZG_ARG_OUTPUT);
    expect_null(kzg_compute_challenge(NULL, in.blobs, c), KZG_ARG_OUTPUT);
    expect_null(kzg_compute_verify_cell_kzg_proof_batch_challenge(NULL, c, CALL_BLOBS, in.commitment_indices,
                                                                  in.cell_indices, in.cells, in.cell_proofs,
                                                                  CALL_CELLS),
                KZG_ARG_OUTPUT);
    expect_null(kzg_get_info(ctx, NULL), KZG_ARG_OUTPUT);
    expect_null(kzg_self_test(ctx, NULL, &n, NULL), KZG_ARG_OUTPUT);
    expect_null(kzg_self_test(ctx, &n, NULL, NULL), KZG_ARG_OUTPUT);
}

static void null__making_a_context(void **state) {
    (void)state;
    static uint8_t points[4096 * 48];
    kzg_ctx *const sentinel = (kzg_ctx *)(void *)&out, *made = sentinel;
    expect_null(kzg_new(NULL, NULL), KZG_ARG_OUTPUT);
    expect_null(kzg_new_from_setup(NULL, "", 0, NULL), KZG_ARG_OUTPUT);
    expect_null(kzg_new_from_setup(&made, NULL, 0, NULL), KZG_ARG_SETUP);
    expect_null(kzg_new_from_setup(&made, NULL, SIZE_MAX, NULL), KZG_ARG_SETUP);
    expect_null(kzg_new_from_points(NULL, points, points, points, NULL), KZG_ARG_OUTPUT);
    expect_null(kzg_new_from_points(&made, NULL, points, points, NULL), KZG_ARG_G1_MONOMIAL);
    expect_null(kzg_new_from_points(&made, points, NULL, points, NULL), KZG_ARG_G1_LAGRANGE);
    expect_null(kzg_new_from_points(&made, points, points, NULL, NULL), KZG_ARG_G2_MONOMIAL);
    assert_ptr_equal(made, sentinel);
}

/* ---- Counts ---------------------------------------------------------------------------------------------------- */

/* Reading here ends the program. */
static const void *unreadable(void) {
    void *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(page != MAP_FAILED);
    return page;
}

static const size_t large[] = {(size_t)KZG_MAX_BATCH + 1, (size_t)1 << 32, (size_t)1 << 60, SIZE_MAX / 48 + 1,
                               SIZE_MAX};

static void expect_count(kzg_status status, kzg_code code, kzg_argument argument, uint64_t n) {
    assert_string_equal(kzg_code_name((kzg_code)status.code), kzg_code_name(code));
    assert_string_equal(kzg_argument_name((kzg_argument)status.argument), kzg_argument_name(argument));
    assert_int_equal(status.index, n);
}

static void count__too_large_is_refused_unread(void **state) {
    (void)state;
    const void *no = unreadable();
    for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
        size_t n = large[i];
        bool valid = true;
        counting_fail_at(&counting, 0);
        expect_count(kzg_verify_blob_kzg_proof_batch(ctx, &valid, no, no, no, n), KZG_ERR_COUNT_TOO_LARGE,
                     KZG_ARG_COUNT, n);
        assert_false(valid);
        valid = true;
        expect_count(kzg_verify_cell_kzg_proof_batch(ctx, &valid, no, no, no, no, n), KZG_ERR_COUNT_TOO_LARGE,
                     KZG_ARG_COUNT, n);
        assert_false(valid);
        call_outputs_clear(&out);
        expect_count(kzg_compute_verify_cell_kzg_proof_batch_challenge(&out.scalar, no, 1, no, no, no, no, n),
                     KZG_ERR_COUNT_TOO_LARGE, KZG_ARG_COUNT, n);
        expect_count(kzg_compute_verify_cell_kzg_proof_batch_challenge(&out.scalar, no, n, no, no, no, no, 1),
                     KZG_ERR_COUNT_TOO_LARGE, KZG_ARG_COMMITMENT, n);
        expect_count(kzg_recover_cells_and_kzg_proofs(ctx, out.cells, out.proofs, no, no, n), KZG_ERR_TOO_MANY_CELLS,
                     KZG_ARG_COUNT, n);
        assert_true(call_outputs_untouched(&out, &calls[0]));
        assert_int_equal(counting.allocations, 0);
    }
    expect_count(kzg_recover_cells_and_kzg_proofs(ctx, out.cells, out.proofs, no, no, 129), KZG_ERR_TOO_MANY_CELLS,
                 KZG_ARG_COUNT, 129);
    expect_count(kzg_recover_cells_and_kzg_proofs(ctx, out.cells, out.proofs, no, no, 63), KZG_ERR_TOO_FEW_CELLS,
                 KZG_ARG_COUNT, 63);
    expect_count(kzg_recover_cells_and_kzg_proofs(ctx, out.cells, out.proofs, no, no, 0), KZG_ERR_TOO_FEW_CELLS,
                 KZG_ARG_COUNT, 0);
}

/* The first argument in parameter order, though the fault in the other one has the lower index. */
static void faults__the_first_argument_is_named(void **state) {
    (void)state;
    uint64_t indices[2] = {0, 1};
    kzg_cell cells[2] = {in.cells[0], in.cells[1]};
    memset(cells[0].bytes, 0xff, 32);
    kzg_status status = kzg_compute_verify_cell_kzg_proof_batch_challenge(&out.scalar, in.commitments, 1, indices,
                                                                          in.cell_indices, cells, in.cell_proofs, 2);
    assert_int_equal(status.code, KZG_ERR_COMMITMENT_INDEX_RANGE);
    assert_int_equal(status.argument, KZG_ARG_COMMITMENT_INDEX);
    assert_int_equal(status.index, 1);
}

static void count__zero_reads_nothing(void **state) {
    (void)state;
    const void *lists[] = {NULL, unreadable()};
    for (size_t i = 0; i < 2; i++) {
        const void *no = lists[i];
        bool valid = false;
        assert_int_equal(kzg_verify_blob_kzg_proof_batch(ctx, &valid, no, no, no, 0).code, KZG_OK);
        assert_true(valid);
        valid = false;
        assert_int_equal(kzg_verify_cell_kzg_proof_batch(ctx, &valid, no, no, no, no, 0).code, KZG_OK);
        assert_true(valid);
        assert_int_equal(
            kzg_compute_verify_cell_kzg_proof_batch_challenge(&out.scalar, no, 0, no, no, no, no, 0).code, KZG_OK);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code__names_and_texts),
        cmocka_unit_test(code__values_are_the_abi),
        cmocka_unit_test(argument__names),
        cmocka_unit_test(status__as_a_sentence),
        cmocka_unit_test(null__inputs_of_operations),
        cmocka_unit_test(null__context),
        cmocka_unit_test(null__outputs),
        cmocka_unit_test(null__making_a_context),
        cmocka_unit_test(count__too_large_is_refused_unread),
        cmocka_unit_test(count__zero_reads_nothing),
        cmocka_unit_test(faults__the_first_argument_is_named),
    };
    return cmocka_run_group_tests_name("arguments", tests, start, stop);
}
