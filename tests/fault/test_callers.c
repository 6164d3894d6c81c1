/* Ways of calling that must not matter: from many threads at once, from threads with 256 KiB of stack, with buffers
 * at odd addresses and with unreadable memory directly before and behind every one of them. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fault/calls.h"
#include "kzg/ckzg.h"
#include "support/guard.h"
#include "support/small_stack.h"
#include "unit/setup/make_points.h"

static kzg_ctx *ctx;
static struct call_data data;
static struct call_inputs in;
static struct call_outputs answers[CALLS];

/* ---- First use ------------------------------------------------------------------------------------------------- */

#define FIRST 8

static struct first_use {
    kzg_status status;
    const char *backend;
    kzg_bytes48 commitment;
} first_uses[FIRST];

static pthread_barrier_t together;

static void *use_first(void *argument) {
    static const kzg_blob blob = {{[31] = 3, [63] = 5}};
    struct first_use *use = argument;
    kzg_options o;
    kzg_ctx *own = NULL;
    kzg_options_init(&o);
    o.precompute = KZG_PRECOMPUTE_MIN;
    pthread_barrier_wait(&together);
    use->status = kzg_new(&own, &o);
    if (use->status.code == KZG_OK) use->status = kzg_blob_to_kzg_commitment(own, &use->commitment, &blob);
    use->backend = kzg_backend_name();
    own = kzg_free(own);
    return NULL;
}

/* The library's very first calls in this process, all at once: before anything else has chosen a backend. */
static int start_together(void) {
    pthread_t threads[FIRST];
    pthread_barrier_init(&together, NULL, FIRST);
    for (size_t i = 0; i < FIRST; i++)
        if (pthread_create(&threads[i], NULL, use_first, &first_uses[i]) != 0) return -1;
    for (size_t i = 0; i < FIRST; i++) pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&together);
    return 0;
}

static void threads__first_use_together(void **state) {
    (void)state;
    for (size_t i = 0; i < FIRST; i++) {
        assert_int_equal(first_uses[i].status.code, KZG_OK);
        assert_string_equal(first_uses[i].backend, first_uses[0].backend);
        assert_memory_equal(&first_uses[i].commitment, &first_uses[0].commitment, 48);
    }
}

static int start(void **state) {
    (void)state;
    kzg_options o;
    if (start_together() != 0) return -1;
    kzg_options_init(&o);
    o.precompute = KZG_PRECOMPUTE_MIN;
    if (kzg_new(&ctx, &o).code != KZG_OK) return -1;
    call_data_make(&data, ctx, 3);
    in = call_inputs_of(&data);
    call_answers(answers, ctx, &in);
    return 0;
}

static int stop(void **state) {
    (void)state;
    ctx = kzg_free(ctx);
    return 0;
}

/* ---- Threads --------------------------------------------------------------------------------------------------- */

#define THREADS_MAX 12

static atomic_uint wrong;

/* Calls in an order of the thread's own, so that different operations meet. */
static void *run_all(void *argument) {
    size_t first = *(const size_t *)argument;
    struct call_outputs *out = malloc(sizeof(*out));
    if (out == NULL) abort();
    for (size_t i = 0; i < CALLS; i++) {
        size_t call = (first + i * 5) % CALLS; /* 5 and 13 have no common factor */
        call_outputs_clear(out);
        if (calls[call].run(ctx, out, &in).code != KZG_OK || memcmp(out, &answers[call], sizeof(*out)) != 0)
            atomic_fetch_add(&wrong, 1);
    }
    free(out);
    return NULL;
}

static void threads__on_one_context(void **state) {
    (void)state;
    static const size_t counts[] = {2, THREADS_MAX};
    for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
        pthread_t threads[THREADS_MAX];
        size_t first[THREADS_MAX];
        atomic_store(&wrong, 0);
        for (size_t i = 0; i < counts[c]; i++) {
            first[i] = i;
            assert_int_equal(pthread_create(&threads[i], NULL, run_all, &first[i]), 0);
        }
        for (size_t i = 0; i < counts[c]; i++) pthread_join(threads[i], NULL);
        assert_int_equal(atomic_load(&wrong), 0);
    }
}

/* ---- Stack ----------------------------------------------------------------------------------------------------- */

static void small_stack__every_operation(void **state) {
    (void)state;
    size_t first = 0;
    atomic_store(&wrong, 0);
    small_stack_run(run_all, &first);
    assert_int_equal(atomic_load(&wrong), 0);
}

static struct points points;
static struct text text;

static void *make_each_way(void *argument) {
    (void)argument;
    kzg_options o;
    kzg_ctx *made = NULL;
    kzg_info info;
    unsigned passed = 0, total = 0;
    kzg_options_init(&o);
    o.precompute = KZG_PRECOMPUTE_MIN;
    if (kzg_new(&made, &o).code != KZG_OK || kzg_get_info(made, &info).code != KZG_OK ||
        kzg_self_test(made, &passed, &total, NULL).code != KZG_OK || passed != total)
        atomic_fetch_add(&wrong, 1);
    made = kzg_free(made);
    if (kzg_new_from_setup(&made, text.data, text.length, &o).code != KZG_OK) atomic_fetch_add(&wrong, 1);
    made = kzg_free(made);
    if (kzg_new_from_points(&made, points.g1_monomial[0], points.g1_lagrange[0], points.g2_monomial[0], &o).code !=
        KZG_OK)
        atomic_fetch_add(&wrong, 1);
    made = kzg_free(made);
    points.g2_monomial[40][0] ^= 0x20; /* the search for a wrong point */
    if (kzg_new_from_points(&made, points.g1_monomial[0], points.g1_lagrange[0], points.g2_monomial[0], &o).index !=
        40)
        atomic_fetch_add(&wrong, 1);
    return NULL;
}

static void small_stack__every_way_to_make_a_context(void **state) {
    (void)state;
    points_of_mainnet(&points);
    text = points_to_text(&points, "\n");
    atomic_store(&wrong, 0);
    small_stack_run(make_each_way, NULL);
    text_free(&text);
    assert_int_equal(atomic_load(&wrong), 0);
}

static void *run_ckzg(void *argument) {
    (void)argument;
    KZGSettings settings;
    static Cell cells[CELLS_PER_EXT_BLOB];
    static KZGProof proofs[CELLS_PER_EXT_BLOB];
    static Blob blob;
    bool ok = false;
    KZGCommitment commitment, cell_commitments[CALL_CELLS];
    KZGProof proof;
    uint64_t indices[CALL_CELLS];
    memcpy(blob.bytes, data.blobs[0].bytes, sizeof(blob.bytes));
    if (load_trusted_setup(&settings, points.g1_monomial[0], sizeof(points.g1_monomial), points.g1_lagrange[0],
                           sizeof(points.g1_lagrange), points.g2_monomial[0], sizeof(points.g2_monomial),
                           0) != C_KZG_OK)
        abort();
    if (blob_to_kzg_commitment(&commitment, &blob, &settings) != C_KZG_OK ||
        compute_blob_kzg_proof(&proof, &blob, (const Bytes48 *)(const void *)&commitment, &settings) != C_KZG_OK ||
        verify_blob_kzg_proof_batch(&ok, &blob, (const Bytes48 *)(const void *)&commitment,
                                    (const Bytes48 *)(const void *)&proof, 1, &settings) != C_KZG_OK ||
        !ok || memcmp(commitment.bytes, data.commitments[0].bytes, 48) != 0)
        atomic_fetch_add(&wrong, 1);
    if (compute_cells_and_kzg_proofs(cells, proofs, &blob, &settings) != C_KZG_OK) atomic_fetch_add(&wrong, 1);
    for (size_t i = 0; i < CALL_CELLS; i++) {
        indices[i] = i;
        cell_commitments[i] = commitment;
    }
    ok = false;
    if (verify_cell_kzg_proof_batch(&ok, (const Bytes48 *)(const void *)cell_commitments, indices, cells,
                                    (const Bytes48 *)(const void *)proofs, CALL_CELLS, &settings) != C_KZG_OK ||
        !ok)
        atomic_fetch_add(&wrong, 1);
    free_trusted_setup(&settings);
    return NULL;
}

static void small_stack__ckzg(void **state) {
    (void)state;
    points_of_mainnet(&points);
    atomic_store(&wrong, 0);
    small_stack_run(run_ckzg, NULL);
    assert_int_equal(atomic_load(&wrong), 0);
}

/* ---- Addresses ------------------------------------------------------------------------------------------------- */

static void expect_answers(const struct call_inputs *inputs, struct call_outputs *out) {
    for (size_t i = 0; i < CALLS; i++) {
        call_outputs_clear(out);
        assert_int_equal(calls[i].run(ctx, out, inputs).code, KZG_OK);
        assert_memory_equal(out, &answers[i], sizeof(*out));
    }
}

static void buffers__at_odd_addresses(void **state) {
    (void)state;
    static const size_t offsets[] = {1, 3, 7};
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        uint8_t *inputs = aligned_alloc(64, (sizeof(data) + 127) / 64 * 64);
        uint8_t *outputs = aligned_alloc(64, (sizeof(struct call_outputs) + 127) / 64 * 64);
        assert_true(inputs != NULL && outputs != NULL);
        memcpy(inputs + offsets[i], &data, sizeof(data));
        struct call_inputs odd = call_inputs_of((const struct call_data *)(const void *)(inputs + offsets[i]));
        expect_answers(&odd, (struct call_outputs *)(void *)(outputs + offsets[i]));
        free(inputs);
        free(outputs);
    }
}

#define GUARDED 16

/* Copies beside unreadable pages, one for each input. */
struct guards {
    struct guard each[GUARDED];
    size_t used;
    enum guard_side side;
};

/* A read-only copy with an unreadable page beside it. */
static const void *guarded(struct guards *guards, const void *from, size_t bytes) {
    assert_true(guards->used < GUARDED);
    struct guard *guard = &guards->each[guards->used++];
    *guard = guard_copy(from, bytes, guards->side);
    guard_freeze(guard);
    return guard->data;
}

static void with_guards(enum guard_side side) {
    struct guard out = guard_take(sizeof(struct call_outputs), side);
    struct guards g = {.side = side};
    const struct call_data *d = &data;
    struct call_inputs inputs = {0};
    inputs.blobs = guarded(&g, d->blobs, sizeof(d->blobs));
    inputs.commitments = guarded(&g, d->commitments, sizeof(d->commitments));
    inputs.blob_proofs = guarded(&g, d->blob_proofs, sizeof(d->blob_proofs));
    inputs.z = guarded(&g, &d->z, sizeof(d->z));
    inputs.y = guarded(&g, &d->y, sizeof(d->y));
    inputs.proof = guarded(&g, &d->proof, sizeof(d->proof));
    inputs.cell_commitments = guarded(&g, d->cell_commitments, sizeof(d->cell_commitments));
    inputs.cell_proofs = guarded(&g, d->cell_proofs, sizeof(d->cell_proofs));
    inputs.cells = guarded(&g, d->cells, sizeof(d->cells));
    inputs.cell_indices = guarded(&g, d->cell_indices, sizeof(d->cell_indices));
    inputs.commitment_indices = guarded(&g, d->commitment_indices, sizeof(d->commitment_indices));
    inputs.half = guarded(&g, d->half, sizeof(d->half));
    inputs.half_indices = guarded(&g, d->half_indices, sizeof(d->half_indices));
    expect_answers(&inputs, (struct call_outputs *)(void *)out.data);
    for (size_t i = 0; i < g.used; i++) guard_free(&g.each[i]);
    guard_free(&out);
}

static void buffers__with_unreadable_memory_beside(void **state) {
    (void)state;
    with_guards(GUARD_BEHIND);
    with_guards(GUARD_BEFORE);
}

/* Each output alone at the end of its page. */
static void outputs__with_unreadable_memory_behind(void **state) {
    (void)state;
    struct guard point = guard_take(48, GUARD_BEHIND), scalar = guard_take(32, GUARD_BEHIND);
    struct guard valid = guard_take(1, GUARD_BEHIND);
    struct guard cells = guard_take(sizeof(answers[0].cells), GUARD_BEHIND);
    struct guard proofs = guard_take(sizeof(answers[0].proofs), GUARD_BEHIND);
    kzg_bytes48 *p = (kzg_bytes48 *)(void *)point.data, *ps = (kzg_bytes48 *)(void *)proofs.data;
    kzg_bytes32 *s = (kzg_bytes32 *)(void *)scalar.data;
    kzg_cell *c = (kzg_cell *)(void *)cells.data;
    bool *v = (bool *)(void *)valid.data;
    *v = false;
    assert_int_equal(kzg_compute_kzg_proof(ctx, p, s, in.blobs, in.z).code, KZG_OK);
    assert_memory_equal(p, &data.proof, 48);
    assert_int_equal(kzg_verify_kzg_proof(ctx, v, in.commitments, in.z, in.y, in.proof).code, KZG_OK);
    assert_true(*v);
    assert_int_equal(kzg_compute_cells_and_kzg_proofs(ctx, c, ps, in.blobs).code, KZG_OK);
    assert_int_equal(kzg_recover_cells_and_kzg_proofs(ctx, c, ps, in.half_indices, in.half, CALL_HALF).code, KZG_OK);
    guard_free(&point);
    guard_free(&scalar);
    guard_free(&valid);
    guard_free(&cells);
    guard_free(&proofs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads__on_one_context),
        cmocka_unit_test(threads__first_use_together),
        cmocka_unit_test(small_stack__every_operation),
        cmocka_unit_test(small_stack__every_way_to_make_a_context),
        cmocka_unit_test(small_stack__ckzg),
        cmocka_unit_test(buffers__at_odd_addresses),
        cmocka_unit_test(buffers__with_unreadable_memory_beside),
        cmocka_unit_test(outputs__with_unreadable_memory_behind),
    };
    return cmocka_run_group_tests_name("callers", tests, start, stop);
}
