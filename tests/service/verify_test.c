/* Checks of results: right ones pass, for every operation that has a check; any change is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/memory.h"
#include "service/verify_results.h"

#define CELLS KZG_CELLS_PER_EXT_BLOB
#define HALF  (CELLS / 2)

static kzg_ctx *ctx;
static struct verify_results *always;
static kzg_blob blob;
static kzg_bytes48 commitment, foreign; /* foreign: a valid point that is not the blob's commitment */
static kzg_bytes32 z;
static kzg_cell cells[CELLS], half[HALF];
static uint64_t half_indices[HALF];
static uint8_t *raw;

static void must(kzg_status status) {
    assert_int_equal(status.code, KZG_OK);
}

static int make(void **state) {
    (void)state;
    static kzg_blob other;
    for (size_t i = 0; i < sizeof blob.bytes; i++) blob.bytes[i] = (uint8_t)(i % 32 == 0 ? i % 61 : i * 7 + i / 251);
    memset(z.bytes, 9, sizeof z.bytes);
    other.bytes[31] = 1;
    raw = malloc(wire_result_bytes(WIRE_RESULT_CELLS_PROOFS));
    always = verify_results_new(VERIFY_ALWAYS, 2);
    must(kzg_new(&ctx, NULL));
    must(kzg_blob_to_kzg_commitment(ctx, &commitment, &blob));
    must(kzg_blob_to_kzg_commitment(ctx, &foreign, &other));
    must(kzg_compute_cells(ctx, cells, &blob));
    for (size_t i = 0; i < HALF; i++) {
        half_indices[i] = 2 * i + 1;
        half[i] = cells[2 * i + 1];
    }
    return raw != NULL && always != NULL ? 0 : -1;
}

static int unmake(void **state) {
    (void)state;
    verify_results_free(always);
    kzg_free(ctx);
    free(raw);
    return 0;
}

static struct wire_args args_of(const void *first, const void *second, size_t n) {
    return (struct wire_args){.value = {{first, n}, {second, n}}, .n = n};
}

static bool check(wire_operation_id operation, const struct wire_args *args) {
    return verify_results_check(always, ctx, operation, args, raw, 1);
}

/* The operation's own result passes; with any of these bytes changed it does not. */
static void expect_checked(wire_operation_id operation, const struct wire_args *args, const size_t *at, size_t n) {
    uint64_t passed = verify_results_passed(always), failed = verify_results_failed(always);
    must(wire_call(operation, ctx, args, raw));
    assert_true(check(operation, args));
    for (size_t i = 0; i < n; i++) {
        raw[at[i]] ^= 1;
        if (check(operation, args)) fail_msg("byte %zu of the result was changed and not missed", at[i]);
        raw[at[i]] ^= 1;
    }
    assert_int_equal(verify_results_passed(always), passed + 1);
    assert_int_equal(verify_results_failed(always), failed + n);
}

static void check__of_a_commitment(void **state) {
    (void)state;
    struct wire_args args = args_of(&blob, NULL, 1);
    expect_checked(OP_BLOB_TO_KZG_COMMITMENT, &args, (size_t[]){3, 47}, 2);
    raw[0] ^= 0x20; /* the other y: a valid point */
    assert_false(check(OP_BLOB_TO_KZG_COMMITMENT, &args));
}

static void check__of_a_proof_at_a_point(void **state) {
    (void)state;
    struct wire_args args = args_of(&blob, &z, 1);
    expect_checked(OP_COMPUTE_KZG_PROOF, &args, (size_t[]){5, 47, 48 + 31}, 3);
    raw[0] ^= 0x20;
    assert_false(check(OP_COMPUTE_KZG_PROOF, &args));
}

static void check__of_a_blob_proof(void **state) {
    (void)state;
    struct wire_args args = args_of(&blob, &commitment, 1);
    expect_checked(OP_COMPUTE_BLOB_KZG_PROOF, &args, (size_t[]){7, 47}, 2);
    raw[0] ^= 0x20;
    assert_false(check(OP_COMPUTE_BLOB_KZG_PROOF, &args));
}

/* Such a proof does not verify, and the service has done nothing wrong. */
static void check__of_a_blob_proof_for_a_foreign_commitment(void **state) {
    (void)state;
    struct wire_args args = args_of(&blob, &foreign, 1);
    expect_checked(OP_COMPUTE_BLOB_KZG_PROOF, &args, (size_t[]){7, 47}, 2);
    raw[0] ^= 0x20;
    assert_false(check(OP_COMPUTE_BLOB_KZG_PROOF, &args));
}

static void check__of_cells(void **state) {
    (void)state;
    struct wire_args args = args_of(&blob, NULL, 1);
    const size_t at[] = {31, HALF * sizeof(kzg_cell) - 1, HALF * sizeof(kzg_cell) + 31, CELLS * sizeof(kzg_cell) - 1};
    expect_checked(OP_COMPUTE_CELLS, &args, at, 4);
}

static void check__of_cells_with_proofs(void **state) {
    (void)state;
    struct wire_args args = args_of(&blob, NULL, 1);
    const size_t proofs = CELLS * sizeof(kzg_cell);
    const size_t at[] = {31, proofs - 1, proofs / 2 + 95, proofs + 47, proofs + 128 * 48 - 1};
    expect_checked(OP_COMPUTE_CELLS_AND_KZG_PROOFS, &args, at, 5);
    raw[proofs + 48 * 77] ^= 0x20;
    assert_false(check(OP_COMPUTE_CELLS_AND_KZG_PROOFS, &args));
}

static void check__of_recovered_cells(void **state) {
    (void)state;
    struct wire_args args = args_of(half_indices, half, HALF);
    const size_t proofs = CELLS * sizeof(kzg_cell);
    const size_t at[] = {31, sizeof(kzg_cell) + 31, proofs - 1, proofs + 47};
    expect_checked(OP_RECOVER_CELLS_AND_KZG_PROOFS, &args, at, 4);
}

/* A whole other blob's cells and proofs are consistent in themselves. */
static void check__of_cells_of_another_blob(void **state) {
    (void)state;
    static kzg_blob zeros;
    struct wire_args args = args_of(&zeros, NULL, 1);
    must(wire_call(OP_COMPUTE_CELLS_AND_KZG_PROOFS, ctx, &args, raw));
    args = args_of(&blob, NULL, 1);
    assert_false(check(OP_COMPUTE_CELLS_AND_KZG_PROOFS, &args));
    assert_false(check(OP_COMPUTE_CELLS, &args));
    args = args_of(half_indices, half, HALF);
    assert_false(check(OP_RECOVER_CELLS_AND_KZG_PROOFS, &args));
}

static void due__as_the_mode_says(void **state) {
    (void)state;
    struct verify_results *off = verify_results_new(VERIFY_OFF, 2), *sample = verify_results_new(VERIFY_SAMPLE, 2);
    unsigned due = 0, one_of = verify_results_one_of(OP_COMPUTE_CELLS);
    assert_true(one_of > 1);
    for (unsigned i = 0; i < 10 * one_of; i++) {
        assert_false(verify_results_due(off, OP_COMPUTE_CELLS));
        assert_true(verify_results_due(always, OP_COMPUTE_CELLS));
        assert_false(verify_results_due(always, OP_VERIFY_BLOB_KZG_PROOF));
        assert_false(verify_results_due(always, OP_COMPUTE_CHALLENGE));
        bool first = i == 0, checked = verify_results_due(sample, OP_COMPUTE_CELLS);
        assert_true(checked || !first);
        due += checked;
    }
    assert_int_equal(due, 10);
    assert_int_equal(verify_results_one_of(OP_VERIFY_KZG_PROOF), 0);
    assert_true(verify_results_due(sample, OP_COMPUTE_KZG_PROOF)); /* each operation counts for itself */
    verify_results_free(off);
    verify_results_free(sample);
    assert_null(verify_results_free(NULL));
}

static void mode__has_three_names(void **state) {
    (void)state;
    enum verify_mode mode = VERIFY_SAMPLE;
    assert_true(verify_mode_parse("always", &mode));
    assert_int_equal(mode, VERIFY_ALWAYS);
    assert_true(verify_mode_parse("off", &mode));
    assert_int_equal(mode, VERIFY_OFF);
    assert_false(verify_mode_parse("Always", &mode));
    assert_false(verify_mode_parse("", &mode));
    assert_int_equal(mode, VERIFY_OFF);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check__of_a_commitment),
        cmocka_unit_test(check__of_a_proof_at_a_point),
        cmocka_unit_test(check__of_a_blob_proof),
        cmocka_unit_test(check__of_a_blob_proof_for_a_foreign_commitment),
        cmocka_unit_test(check__of_cells),
        cmocka_unit_test(check__of_cells_with_proofs),
        cmocka_unit_test(check__of_recovered_cells),
        cmocka_unit_test(check__of_cells_of_another_blob),
        cmocka_unit_test(due__as_the_mode_says),
        cmocka_unit_test(mode__has_three_names),
    };
    if (!memory_begin(2)) return 1;
    return cmocka_run_group_tests(tests, make, unmake);
}
