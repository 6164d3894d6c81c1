/* Recovery of several blobs with the same missing cells: the answers of each alone, whatever the executor, one
 * scratch allocation of the told size, and faults by blob and cell, with outputs as they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fault/counting_allocator.h"
#include "kzg/kzg.h"
#include "unit/curve/curve_support.h"
#include "unit/kzg/kzg_support.h"
#include "unit/kzg/thread_executor.h"

#define BLOBS 5
#define CELLS KZG_CELLS_PER_EXT_BLOB
#define GIVEN (CELLS / 2 + 3)

static struct {
    kzg_cell cells[BLOBS][CELLS];
    kzg_bytes48 proofs[BLOBS][CELLS];
    uint64_t indices[CELLS];
} data;

static kzg_cell given[BLOBS * CELLS], out_cells[BLOBS][CELLS];
static kzg_bytes48 out_proofs[BLOBS][CELLS];
static struct counting counting;

static int make_data(void **state) {
    (void)state;
    kzg_ctx *ctx = NULL;
    kzg_options options;
    kzg_blob blob;
    kzg_options_init(&options);
    options.precompute = 0;
    must(kzg_new(&ctx, &options));
    for (size_t b = 0; b < BLOBS; b++) {
        random_blob(&blob);
        if (b == 1) memset(&blob, 0, sizeof blob);
        must(kzg_compute_cells_and_kzg_proofs(ctx, data.cells[b], data.proofs[b], &blob));
    }
    kzg_free(ctx);
    return 0;
}

/* n of the cells of each blob, drawn anew. */
static void give(size_t n) {
    for (size_t k = 0, have = 0; k < CELLS; k++) {
        if (random_below(CELLS - k) < n - have) data.indices[have++] = k;
    }
    for (size_t b = 0; b < BLOBS; b++) {
        for (size_t i = 0; i < n; i++) given[n * b + i] = data.cells[b][data.indices[i]];
    }
}

static void mark_outputs(void) {
    memset(out_cells, 0x5a, sizeof out_cells);
    memset(out_proofs, 0x5a, sizeof out_proofs);
}

static void assert_marked(const void *memory, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) assert_int_equal(((const uint8_t *)memory)[i], 0x5a);
}

static kzg_ctx *context(size_t concurrency) {
    kzg_ctx *ctx = NULL;
    kzg_options options;
    kzg_options_init(&options);
    memset(&counting, 0, sizeof counting);
    options.precompute = 0;
    options.allocator = counting_allocator(&counting);
    options.executor = (kzg_executor){threads, NULL, concurrency};
    must(kzg_new(&ctx, &options));
    return ctx;
}

/* The first blobs, with proofs or without; nothing of the others is written. */
static void check(const kzg_ctx *ctx, size_t n, size_t blobs, bool proofs) {
    give(n);
    mark_outputs();
    counting_fail_at(&counting, 0);
    counting.peak[KZG_MEMORY_SCRATCH] = 0;
    must(kzg_recover_cells_and_kzg_proofs_batch(ctx, out_cells[0], proofs ? out_proofs[0] : NULL, data.indices, given,
                                                n, blobs));
    assert_int_equal(counting.allocations, blobs > 0);
    assert_int_equal(counting.peak[KZG_MEMORY_SCRATCH],
                     kzg_recover_cells_and_kzg_proofs_batch_scratch_bytes(ctx, blobs));
    assert_memory_equal(out_cells, data.cells, sizeof out_cells[0] * blobs);
    assert_marked(out_cells + blobs, sizeof out_cells[0] * (BLOBS - blobs));
    if (proofs) assert_memory_equal(out_proofs, data.proofs, sizeof out_proofs[0] * blobs);
    if (!proofs) blobs = 0;
    assert_marked(out_proofs + blobs, sizeof out_proofs[0] * (BLOBS - blobs));
}

static void blobs__come_back_as_each_alone(void **state) {
    (void)state;
    static const size_t concurrency[] = {0, 3, 1000};
    for (size_t i = 0; i < sizeof concurrency / sizeof concurrency[0]; i++) {
        kzg_ctx *ctx = context(concurrency[i]);
        for (size_t blobs = 0; blobs <= BLOBS; blobs++)
            check(ctx, CELLS / 2 + random_below(CELLS / 2 + 1), blobs, false);
        check(ctx, CELLS, BLOBS, false);
        check(ctx, CELLS / 2, 2, true);
        kzg_free(ctx);
        assert_true(counting_is_empty(&counting));
    }
}

static void assert_refused(const kzg_ctx *ctx, kzg_code code, kzg_argument argument, uint64_t index, size_t n,
                           size_t blobs) {
    mark_outputs();
    kzg_status status =
        kzg_recover_cells_and_kzg_proofs_batch(ctx, out_cells[0], out_proofs[0], data.indices, given, n, blobs);
    assert_int_equal(status.code, code);
    assert_int_equal(status.argument, argument);
    assert_int_equal(status.index, index);
    assert_marked(out_cells, sizeof out_cells);
    assert_marked(out_proofs, sizeof out_proofs);
}

static void faults__are_those_of_the_first_faulty_blob(void **state) {
    (void)state;
    for (size_t concurrency = 0; concurrency <= BLOBS; concurrency += BLOBS) {
        kzg_ctx *ctx = context(concurrency);
        for (size_t b = 0; b < BLOBS; b++) {
            give(GIVEN);
            size_t i = random_below(GIVEN);
            given[GIVEN * b + i].bytes[31] ^= 1;
            for (size_t later = b + 1; later < BLOBS; later++) memset(&given[GIVEN * later], 0xff, sizeof given[0]);
            assert_refused(ctx, KZG_ERR_CELLS_INCONSISTENT, KZG_ARG_CELL, GIVEN * b, GIVEN, BLOBS);
            memset(given[GIVEN * b + i].bytes + 64, 0xff, 32);
            assert_refused(ctx, KZG_ERR_FIELD_ELEMENT_NOT_CANONICAL, KZG_ARG_CELL, GIVEN * b + i, GIVEN, BLOBS);
        }
        kzg_free(ctx);
    }
}

static void arguments__are_checked_first(void **state) {
    (void)state;
    kzg_ctx *ctx = context(0);
    const size_t many = KZG_MAX_BATCH / CELLS + 1;
    give(GIVEN);
    assert_refused(ctx, KZG_ERR_COUNT_TOO_LARGE, KZG_ARG_COUNT, many, GIVEN, many);
    assert_refused(ctx, KZG_ERR_TOO_FEW_CELLS, KZG_ARG_COUNT, CELLS / 2 - 1, CELLS / 2 - 1, 1);
    assert_refused(ctx, KZG_ERR_TOO_MANY_CELLS, KZG_ARG_COUNT, CELLS + 1, CELLS + 1, 1);
    data.indices[3] = data.indices[2];
    assert_refused(ctx, KZG_ERR_CELL_INDEX_DUPLICATE, KZG_ARG_CELL_INDEX, 3, GIVEN, BLOBS);
    data.indices[3] = CELLS;
    assert_refused(ctx, KZG_ERR_CELL_INDEX_RANGE, KZG_ARG_CELL_INDEX, 3, GIVEN, BLOBS);
    must(kzg_recover_cells_and_kzg_proofs_batch(ctx, NULL, NULL, NULL, NULL, 0, 0));
    assert_int_equal(kzg_recover_cells_and_kzg_proofs_batch_scratch_bytes(ctx, many), 0);
    counting_fail_at(&counting, 1);
    give(GIVEN);
    assert_refused(ctx, KZG_ERR_OUT_OF_MEMORY, KZG_ARG_NONE, 0, GIVEN, BLOBS);
    kzg_free(ctx);
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blobs__come_back_as_each_alone),
        cmocka_unit_test(faults__are_those_of_the_first_faulty_blob),
        cmocka_unit_test(arguments__are_checked_first),
    };
    return cmocka_run_group_tests(tests, make_data, NULL);
}
