/* What a context promises whatever the operation: results do not depend on the executor or the tables, one scratch
 * allocation of the told size, phases in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fault/counting_allocator.h"
#include "kzg/context.h"
#include "unit/curve/curve_support.h"
#include "unit/kzg/kzg_support.h"
#include "unit/kzg/thread_executor.h"

#define BLOBS 5
#define CELLS KZG_CELLS_PER_EXT_BLOB

/* Inputs, and the answers of a plain context, which everything else is compared with. */
static struct {
    kzg_blob blobs[BLOBS];
    kzg_bytes32 z, y;
    kzg_bytes48 commitments[BLOBS], proofs[BLOBS], proof_at_z;
    kzg_cell cells[CELLS], half[CELLS / 2];
    kzg_bytes48 cell_proofs[CELLS], same_commitment[CELLS];
    uint64_t indices[CELLS], half_indices[CELLS / 2];
} data;

static struct counting counting;

static int make_data(void **state) {
    (void)state;
    kzg_ctx *ctx = NULL;
    must(kzg_new(&ctx, NULL));
    random_bytes(data.z.bytes, sizeof data.z.bytes);
    data.z.bytes[0] &= 0x3f;
    for (size_t b = 0; b < BLOBS; b++) {
        random_blob(&data.blobs[b]);
        must(kzg_blob_to_kzg_commitment(ctx, &data.commitments[b], &data.blobs[b]));
        must(kzg_compute_blob_kzg_proof(ctx, &data.proofs[b], &data.blobs[b], &data.commitments[b]));
    }
    must(kzg_compute_kzg_proof(ctx, &data.proof_at_z, &data.y, &data.blobs[0], &data.z));
    must(kzg_compute_cells_and_kzg_proofs(ctx, data.cells, data.cell_proofs, &data.blobs[0]));
    for (size_t k = 0; k < CELLS; k++) {
        data.indices[k] = k;
        data.same_commitment[k] = data.commitments[0];
    }
    for (size_t k = 0; k < CELLS / 2; k++) {
        data.half_indices[k] = 2 * k + (k % 3 == 0);
        data.half[k] = data.cells[data.half_indices[k]];
    }
    kzg_free(ctx);
    return 0;
}

/* ---- Every operation, with a look before and after each ---- */

static kzg_cell out_cells[CELLS];
static kzg_bytes48 out_proofs[CELLS];

static void run_operation(const kzg_ctx *ctx, kzg_operation operation) {
    kzg_bytes48 point;
    kzg_bytes32 y;
    bool valid = false;
    memset(out_cells, 0, sizeof out_cells);
    memset(out_proofs, 0, sizeof out_proofs);
    switch (operation) {
    case KZG_OPERATION_BLOB_TO_KZG_COMMITMENT:
        must(kzg_blob_to_kzg_commitment(ctx, &point, &data.blobs[0]));
        assert_memory_equal(&point, &data.commitments[0], sizeof point);
        break;
    case KZG_OPERATION_COMPUTE_KZG_PROOF:
        must(kzg_compute_kzg_proof(ctx, &point, &y, &data.blobs[0], &data.z));
        assert_memory_equal(&point, &data.proof_at_z, sizeof point);
        assert_memory_equal(&y, &data.y, sizeof y);
        break;
    case KZG_OPERATION_COMPUTE_BLOB_KZG_PROOF:
        must(kzg_compute_blob_kzg_proof(ctx, &point, &data.blobs[1], &data.commitments[1]));
        assert_memory_equal(&point, &data.proofs[1], sizeof point);
        break;
    case KZG_OPERATION_VERIFY_KZG_PROOF:
        must(kzg_verify_kzg_proof(ctx, &valid, &data.commitments[0], &data.z, &data.y, &data.proof_at_z));
        assert_true(valid);
        break;
    case KZG_OPERATION_VERIFY_BLOB_KZG_PROOF:
        must(kzg_verify_blob_kzg_proof(ctx, &valid, &data.blobs[2], &data.commitments[2], &data.proofs[2]));
        assert_true(valid);
        break;
    case KZG_OPERATION_VERIFY_BLOB_KZG_PROOF_BATCH:
        must(kzg_verify_blob_kzg_proof_batch(ctx, &valid, data.blobs, data.commitments, data.proofs, BLOBS));
        assert_true(valid);
        break;
    case KZG_OPERATION_COMPUTE_CELLS:
        must(kzg_compute_cells(ctx, out_cells, &data.blobs[0]));
        assert_memory_equal(out_cells, data.cells, sizeof data.cells);
        break;
    case KZG_OPERATION_COMPUTE_CELLS_AND_KZG_PROOFS:
        must(kzg_compute_cells_and_kzg_proofs(ctx, out_cells, out_proofs, &data.blobs[0]));
        assert_memory_equal(out_cells, data.cells, sizeof data.cells);
        assert_memory_equal(out_proofs, data.cell_proofs, sizeof data.cell_proofs);
        break;
    case KZG_OPERATION_RECOVER_CELLS_AND_KZG_PROOFS:
        must(kzg_recover_cells_and_kzg_proofs(ctx, out_cells, out_proofs, data.half_indices, data.half, CELLS / 2));
        assert_memory_equal(out_cells, data.cells, sizeof data.cells);
        assert_memory_equal(out_proofs, data.cell_proofs, sizeof data.cell_proofs);
        break;
    case KZG_OPERATION_VERIFY_CELL_KZG_PROOF_BATCH:
        must(kzg_verify_cell_kzg_proof_batch(ctx, &valid, data.same_commitment, data.indices, data.cells,
                                             data.cell_proofs, CELLS));
        assert_true(valid);
        break;
    case KZG_OPERATIONS: fail();
    }
}

static size_t batch_size(kzg_operation operation) {
    return operation == KZG_OPERATION_VERIFY_BLOB_KZG_PROOF_BATCH   ? BLOBS
           : operation == KZG_OPERATION_VERIFY_CELL_KZG_PROOF_BATCH ? CELLS
                                                                    : 1;
}

/* ---- Executors ---- */

static void executor__does_not_change_results(void **state) {
    (void)state;
    static const size_t concurrency[] = {0, 2, 7, 1000};
    for (size_t i = 0; i < sizeof concurrency / sizeof concurrency[0]; i++) {
        kzg_options options;
        kzg_ctx *ctx = NULL;
        kzg_options_init(&options);
        options.precompute = 1;
        options.executor = (kzg_executor){threads, NULL, concurrency[i]};
        must(kzg_new(&ctx, &options));
        for (int o = 0; o < KZG_OPERATIONS; o++) run_operation(ctx, (kzg_operation)o);
        kzg_free(ctx);
    }
}

static void precomputation__does_not_change_results(void **state) {
    (void)state;
    size_t bytes = 0;
    for (int level = KZG_PRECOMPUTE_MIN; level <= KZG_PRECOMPUTE_MAX; level++) {
        kzg_options options;
        kzg_ctx *ctx = NULL;
        kzg_info info;
        kzg_options_init(&options);
        options.precompute = level;
        must(kzg_new(&ctx, &options));
        must(kzg_get_info(ctx, &info));
        assert_int_equal(info.precompute, level);
        assert_true(info.tables_bytes > bytes);
        bytes = info.tables_bytes;
        for (int o = 0; o < KZG_OPERATIONS; o++) run_operation(ctx, (kzg_operation)o);
        kzg_free(ctx);
    }
}

/* ---- Memory ---- */

static void scratch__is_one_allocation_of_the_told_size(void **state) {
    (void)state;
    for (size_t threads_wanted = 1; threads_wanted <= 4; threads_wanted += 3) {
        kzg_options options;
        kzg_ctx *ctx = NULL;
        kzg_options_init(&options);
        memset(&counting, 0, sizeof counting);
        options.precompute = 0;
        options.allocator = counting_allocator(&counting);
        options.executor = (kzg_executor){threads, NULL, threads_wanted};
        must(kzg_new(&ctx, &options));
        assert_int_equal(counting.live[KZG_MEMORY_SCRATCH], 0);
        for (int o = 0; o < KZG_OPERATIONS; o++) {
            kzg_operation operation = (kzg_operation)o;
            counting_fail_at(&counting, 0);
            counting.peak[KZG_MEMORY_SCRATCH] = 0;
            run_operation(ctx, operation);
            assert_int_equal(counting.allocations, 1);
            assert_int_equal(counting.peak[KZG_MEMORY_SCRATCH],
                             kzg_scratch_bytes(ctx, operation, batch_size(operation)));
            assert_int_equal(counting.live[KZG_MEMORY_SCRATCH], 0);
        }
        kzg_info info;
        must(kzg_get_info(ctx, &info));
        assert_int_equal(counting.live[KZG_MEMORY_SETUP], info.setup_bytes);
        assert_int_equal(counting.live[KZG_MEMORY_TABLES], info.tables_bytes);
        kzg_free(ctx);
        assert_true(counting_is_empty(&counting));
    }
}

static void scratch__grows_with_the_batch_and_is_zero_outside(void **state) {
    (void)state;
    static const kzg_operation batches[] = {KZG_OPERATION_VERIFY_BLOB_KZG_PROOF_BATCH,
                                            KZG_OPERATION_VERIFY_CELL_KZG_PROOF_BATCH};
    kzg_ctx *ctx = NULL;
    must(kzg_new(&ctx, NULL));
    for (size_t i = 0; i < 2; i++) {
        size_t before = 0;
        for (size_t n = 1; n <= 4096; n *= 4) {
            size_t bytes = kzg_scratch_bytes(ctx, batches[i], n);
            assert_true(bytes >= before);
            before = bytes;
        }
        assert_int_equal(kzg_scratch_bytes(ctx, batches[i], 0), 0);
        assert_int_equal(kzg_scratch_bytes(ctx, batches[i], KZG_MAX_BATCH + 1), 0);
    }
    assert_int_equal(kzg_scratch_bytes(ctx, KZG_OPERATIONS, 1), 0);
    kzg_free(ctx);
}

/* ---- Observer ---- */

static struct {
    kzg_phase phases[64];
    size_t count;
} seen;

static void see(void *user, kzg_phase phase) {
    assert_ptr_equal(user, &seen);
    if (seen.count < 64) seen.phases[seen.count++] = phase;
}

static bool saw(kzg_phase phase) {
    for (size_t i = 0; i < seen.count; i++) {
        if (seen.phases[i] == phase) return true;
    }
    return false;
}

static void observer__sees_the_phases_and_the_end(void **state) {
    (void)state;
    kzg_options options;
    kzg_ctx *ctx = NULL;
    kzg_options_init(&options);
    options.observer = (kzg_observer){see, &seen};
    must(kzg_new(&ctx, &options));
    assert_int_equal(seen.count, 0);
    for (int o = 0; o < KZG_OPERATIONS; o++) {
        seen.count = 0;
        run_operation(ctx, (kzg_operation)o);
        assert_true(seen.count >= 3);
        assert_int_equal(seen.phases[0], KZG_PHASE_DECODE);
        assert_int_equal(seen.phases[seen.count - 1], KZG_PHASES);
        for (size_t i = 0; i + 1 < seen.count; i++) assert_true(seen.phases[i] != KZG_PHASES);
    }
    run_operation(ctx, KZG_OPERATION_COMPUTE_BLOB_KZG_PROOF);
    assert_true(saw(KZG_PHASE_HASH) && saw(KZG_PHASE_TRANSFORM) && saw(KZG_PHASE_MSM) && saw(KZG_PHASE_ENCODE));
    seen.count = 0;
    run_operation(ctx, KZG_OPERATION_VERIFY_CELL_KZG_PROOF_BATCH);
    assert_true(saw(KZG_PHASE_PAIRING));

    seen.count = 0;
    static kzg_blob bad;
    kzg_bytes48 point;
    bad = data.blobs[0];
    memset(bad.bytes + 32 * 99, 0xff, 32);
    kzg_status status = kzg_blob_to_kzg_commitment(ctx, &point, &bad);
    assert_int_equal(status.code, KZG_ERR_FIELD_ELEMENT_NOT_CANONICAL);
    assert_int_equal(status.element, 99);
    assert_int_equal(seen.phases[seen.count - 1], KZG_PHASES);
    kzg_free(ctx);
}

/* ---- Self-test ---- */

static void self_test__passes_and_frees_what_it_took(void **state) {
    (void)state;
    kzg_options options;
    kzg_ctx *ctx = NULL;
    unsigned passed = 0, total = 0;
    const char *failed = "unset";
    kzg_options_init(&options);
    memset(&counting, 0, sizeof counting);
    options.allocator = counting_allocator(&counting);
    must(kzg_new(&ctx, &options));
    must(kzg_self_test(ctx, &passed, &total, &failed));
    assert_true(total >= 14);
    assert_int_equal(passed, total);
    assert_null(failed);
    kzg_free(ctx);
    assert_true(counting_is_empty(&counting));
}

static void self_test__in_steps_is_the_same(void **state) {
    (void)state;
    kzg_ctx *ctx = NULL;
    kzg_self_test_run *run = NULL;
    unsigned passed = 0, total = 0, whole = 0;
    const char *failed = "unset";
    size_t steps = 0;
    must(kzg_new(&ctx, NULL));
    must(kzg_self_test(ctx, &passed, &whole, NULL));
    must(kzg_self_test_begin(&run, ctx));
    kzg_self_test_result(run, &passed, &total, &failed);
    assert_int_equal(total, 0);
    assert_null(failed);
    while (kzg_self_test_step(run)) steps++;
    assert_false(kzg_self_test_step(run));
    assert_int_equal(steps, kzg_self_test_steps());
    kzg_self_test_result(run, &passed, &total, NULL);
    assert_int_equal(total, whole);
    assert_int_equal(passed, whole);
    assert_null(kzg_self_test_end(run));
    assert_null(kzg_self_test_end(NULL));
    kzg_free(ctx);
}

#define STEPPERS 3

static void *take_steps(void *user) {
    while (kzg_self_test_step(user)) continue;
    return NULL;
}

static void self_test__may_be_shared_by_threads(void **state) {
    (void)state;
    kzg_ctx *ctx = NULL;
    unsigned passed = 0, whole = 0;
    kzg_options options;
    kzg_options_init(&options);
    options.precompute = 0;
    must(kzg_new(&ctx, &options));
    must(kzg_self_test(ctx, &passed, &whole, NULL));
    for (int round = 0; round < 3; round++) {
        kzg_self_test_run *run = NULL;
        pthread_t threads[STEPPERS];
        unsigned total = 0;
        const char *failed = "unset";
        must(kzg_self_test_begin(&run, ctx));
        for (size_t i = 0; i < STEPPERS; i++) assert_int_equal(pthread_create(&threads[i], NULL, take_steps, run), 0);
        for (size_t i = 0; i < STEPPERS; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_false(kzg_self_test_step(run));
        kzg_self_test_result(run, &passed, &total, &failed);
        assert_null(failed);
        assert_int_equal(total, whole);
        assert_int_equal(passed, whole);
        assert_null(kzg_self_test_end(run));
    }
    kzg_free(ctx);
}

struct heard {
    unsigned begun, ended;
    size_t shortest[32], longest[32];
    const char *names[32];
    size_t count;
};

static void on_begin(void *user) {
    struct heard *heard = user;
    assert_int_equal(heard->begun++, heard->ended);
}

static void on_end(void *user, const char *name, size_t n) {
    struct heard *heard = user;
    size_t i = 0;
    assert_int_equal(++heard->ended, heard->begun);
    while (i < heard->count && strcmp(heard->names[i], name) != 0) i++;
    assert_true(i < sizeof heard->names / sizeof heard->names[0]);
    heard->names[i] = name;
    if (i == heard->count || n < heard->shortest[i]) heard->shortest[i] = n;
    if (i == heard->count || n > heard->longest[i]) heard->longest[i] = n;
    if (i == heard->count) heard->count++;
}

static void self_test__tells_of_every_operation(void **state) {
    (void)state;
    static const char *const names[] = {
#define X(name, value, text) text,
        KZG_OPERATION_LIST(X)
#undef X
            "compute_challenge",
        "compute_verify_cell_kzg_proof_batch_challenge"};
    struct heard heard = {0};
    const kzg_self_test_observer observer = {&heard, on_begin, on_end}, deaf = {0};
    kzg_ctx *ctx = NULL;
    kzg_self_test_run *run = NULL;
    kzg_options options;
    kzg_options_init(&options);
    options.precompute = 0;
    must(kzg_new(&ctx, &options));
    must(kzg_self_test_begin(&run, ctx));
    kzg_self_test_observe(run, &observer);
    while (kzg_self_test_step(run)) continue;
    assert_int_equal(heard.begun, heard.ended);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t at = 0;
        while (at < heard.count && strcmp(heard.names[at], names[i]) != 0) at++;
        assert_true(at < heard.count);
        bool list = strstr(names[i], "batch") != NULL, recovery = strstr(names[i], "recover") != NULL;
        assert_int_equal(heard.shortest[at], recovery ? 64 : 1);
        assert_true(list ? heard.longest[at] > 1 : heard.longest[at] == heard.shortest[at]);
    }
    assert_int_equal(heard.count, sizeof names / sizeof names[0]);
    assert_null(kzg_self_test_end(run));
    must(kzg_self_test_begin(&run, ctx)); /* it need not hear anything */
    kzg_self_test_observe(run, &deaf);
    assert_true(kzg_self_test_step(run));
    assert_null(kzg_self_test_end(run));
    kzg_free(ctx);
}

static void self_test__holds_no_more_scratch_than_it_says(void **state) {
    (void)state;
    kzg_options options;
    kzg_ctx *ctx = NULL;
    unsigned passed, total;
    kzg_options_init(&options);
    memset(&counting, 0, sizeof counting);
    options.allocator = counting_allocator(&counting);
    must(kzg_new(&ctx, &options));
    counting.peak[KZG_MEMORY_SCRATCH] = 0;
    must(kzg_self_test(ctx, &passed, &total, NULL));
    assert_true(counting.peak[KZG_MEMORY_SCRATCH] > 0);
    assert_true(counting.peak[KZG_MEMORY_SCRATCH] <= kzg_self_test_scratch_bytes(ctx));
    kzg_free(ctx);
}

/* ---- Another arithmetic ---- */

static void select_backend__changes_the_name_and_no_result(void **state) {
    (void)state;
    const char *before = kzg_backend_name();
    kzg_ctx *ctx = NULL;
    unsigned passed = 0, total = 0;
    kzg_info info;
    must(kzg_new(&ctx, NULL));
    must(kzg_select_backend("portable"));
    assert_string_equal(kzg_backend_name(), "portable");
    must(kzg_get_info(ctx, &info));
    assert_string_equal(info.backend, "portable");
    must(kzg_self_test(ctx, &passed, &total, NULL)); /* tables made by one arithmetic, used by the other */
    assert_int_equal(passed, total);
    must(kzg_select_backend(before));
    assert_string_equal(kzg_backend_name(), before);
    must(kzg_self_test(ctx, &passed, &total, NULL));
    assert_int_equal(passed, total);
    kzg_free(ctx);
}

static void select_backend__refuses_what_is_not_there(void **state) {
    (void)state;
    const char *before = kzg_backend_name();
    assert_int_equal(kzg_select_backend("abacus").code, KZG_ERR_BACKEND_UNAVAILABLE);
    assert_int_equal(kzg_select_backend("").code, KZG_ERR_BACKEND_UNAVAILABLE);
    assert_int_equal(kzg_select_backend(NULL).code, KZG_ERR_NULL_ARGUMENT);
    assert_string_equal(kzg_backend_name(), before);
}

/* ---- Memory check ---- */

static size_t damaged_pieces(const kzg_ctx *ctx, const char **ret_what) {
    size_t damaged = 0;
    for (size_t i = 0; i < kzg_check_pieces(ctx); i++) {
        bool intact = false;
        const char *what = NULL;
        must(kzg_check_piece(ctx, &intact, &what, i));
        if (intact) continue;
        damaged++;
        *ret_what = what;
    }
    return damaged;
}

static void expect_found(const kzg_ctx *ctx, void *byte, const char *wanted) {
    const char *what = NULL;
    for (int bit = 0; bit < 8; bit += 7) {
        *(uint8_t *)byte ^= (uint8_t)(1 << bit);
        assert_int_equal(damaged_pieces(ctx, &what), 1);
        assert_string_equal(what, wanted);
        *(uint8_t *)byte ^= (uint8_t)(1 << bit);
    }
    assert_int_equal(damaged_pieces(ctx, &what), 0);
}

static void check_piece__finds_any_flipped_bit(void **state) {
    (void)state;
    for (int level = KZG_PRECOMPUTE_MIN; level <= KZG_PRECOMPUTE_MAX; level += KZG_PRECOMPUTE_MAX) {
        kzg_options options;
        kzg_ctx *ctx = NULL;
        kzg_options_init(&options);
        options.precompute = level;
        must(kzg_new(&ctx, &options));
        uint8_t *tables = (uint8_t *)ctx->commit.entries;
        expect_found(ctx, tables, "tables");
        expect_found(ctx, tables + ctx->tables_bytes - 1, "tables");
        expect_found(ctx, tables + ctx->tables_bytes / 2 + 13, "tables");
        expect_found(ctx, &ctx->g2_tau_cell.lines[3], "setup");
        expect_found(ctx, &ctx->domain.root_inv[FIELD_ELEMENTS_PER_BLOB - 1], "setup");
        expect_found(ctx, &ctx->setup_sha256[31], "setup");
        expect_found(ctx, &ctx->digests[kzg_check_pieces(ctx) - 1][31], "tables");
        kzg_free(ctx);
    }
}

static void check_piece__is_not_disturbed_by_use(void **state) {
    (void)state;
    kzg_ctx *ctx = NULL;
    unsigned passed, total;
    const char *what = NULL;
    must(kzg_new(&ctx, NULL));
    must(kzg_self_test(ctx, &passed, &total, NULL));
    assert_int_equal(damaged_pieces(ctx, &what), 0);
    kzg_free(ctx);
}

static void check_piece__refuses_what_is_not_there(void **state) {
    (void)state;
    kzg_ctx *ctx = NULL;
    bool intact = true;
    must(kzg_new(&ctx, NULL));
    assert_int_equal(kzg_check_piece(ctx, &intact, NULL, kzg_check_pieces(ctx)).code, KZG_ERR_COUNT_TOO_LARGE);
    assert_int_equal(kzg_check_piece(NULL, &intact, NULL, 0).argument, KZG_ARG_CONTEXT);
    assert_int_equal(kzg_check_piece(ctx, NULL, NULL, 0).argument, KZG_ARG_OUTPUT);
    assert_int_equal(kzg_check_pieces(NULL), 0);
    kzg_free(ctx);
}

/* ---- Loading ---- */

static char loaded[64];

static void on_loading(void *user, const char *name) {
    (void)user;
    size_t used = strlen(loaded);
    (void)snprintf(loaded + used, sizeof loaded - used, "%s ", name);
}

static void loading__tells_the_steps_in_order(void **state) {
    (void)state;
    kzg_options options;
    kzg_ctx *ctx = NULL;
    kzg_options_init(&options);
    options.loading.step = on_loading;
    loaded[0] = '\0';
    must(kzg_new(&ctx, &options));
    assert_string_equal(loaded, "setup tables checksums ");
    kzg_free(ctx);
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(executor__does_not_change_results),
        cmocka_unit_test(precomputation__does_not_change_results),
        cmocka_unit_test(scratch__is_one_allocation_of_the_told_size),
        cmocka_unit_test(scratch__grows_with_the_batch_and_is_zero_outside),
        cmocka_unit_test(observer__sees_the_phases_and_the_end),
        cmocka_unit_test(self_test__passes_and_frees_what_it_took),
        cmocka_unit_test(self_test__in_steps_is_the_same),
        cmocka_unit_test(self_test__may_be_shared_by_threads),
        cmocka_unit_test(self_test__tells_of_every_operation),
        cmocka_unit_test(self_test__holds_no_more_scratch_than_it_says),
        cmocka_unit_test(select_backend__changes_the_name_and_no_result),
        cmocka_unit_test(select_backend__refuses_what_is_not_there),
        cmocka_unit_test(check_piece__finds_any_flipped_bit),
        cmocka_unit_test(check_piece__is_not_disturbed_by_use),
        cmocka_unit_test(check_piece__refuses_what_is_not_there),
        cmocka_unit_test(loading__tells_the_steps_in_order),
    };
    return cmocka_run_group_tests(tests, make_data, NULL);
}
