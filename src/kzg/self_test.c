/* Known answers of every operation, and that wrong statements are refused. The blob is made by a rule, so that only
 * short answers stand here; tests/vectors and tests/interop check the same answers against other implementations. */
#include <stdatomic.h>
#include <string.h>

#include "kzg/challenge.h"
#include "kzg/context.h"

#ifndef KZG_TOY

#define N     FIELD_ELEMENTS_PER_BLOB
#define CELLS CELLS_PER_EXT_BLOB

/* Element i is SHA-256("kzgd self-test" || i as two bytes, big-endian) with its two highest bits clear. */
static void make_blob(kzg_blob *blob) {
    uint8_t input[16] = "kzgd self-test";
    for (size_t i = 0; i < N; i++) {
        input[14] = (uint8_t)(i >> 8);
        input[15] = (uint8_t)i;
        sha256(blob->bytes + 32 * i, input, sizeof input);
        blob->bytes[32 * i] &= 0x3f;
    }
}

/* Answers for that blob with the mainnet setup; z is the blob's element 1. */
#include "kzg/self_test_answers.h"

#define BATCH 4 /* blobs of the longer batch */

/* Steps run at once write nothing that another one reads: what a step leaves is for those that need it. */
struct kzg_self_test_run {
    const kzg_ctx *ctx;
    kzg_self_test_observer observer;
    atomic_uint taken, done; /* steps: a bit each */
    atomic_uint passed, total;
    _Atomic(const char *) failed;
    kzg_bytes48 commitment, proof, blob_proofs[BATCH];
    kzg_bytes32 z, y;
    kzg_blob blobs[BATCH]; /* all the same; but for the first, the steps that verify blobs change them for a while */
    kzg_cell cells[CELLS], half[CELLS / 2];
    kzg_cell recovered[CELLS]; /* first of the extension alone */
    kzg_bytes48 proofs[CELLS], recovered_proofs[CELLS], commitments[CELLS];
    kzg_status recovery;
    uint64_t zeros[CELLS];
};

/* Around an operation, so that nothing else is between them. */
static void begins(const kzg_self_test_run *t) {
    if (t->observer.begins != NULL) t->observer.begins(t->observer.user);
}

static void ended(const kzg_self_test_run *t, const char *operation, size_t n) {
    if (t->observer.ended != NULL) t->observer.ended(t->observer.user, operation, n);
}

static void expect(kzg_self_test_run *t, const char *name, kzg_status status, bool right) {
    const char *none = NULL;
    atomic_fetch_add(&t->total, 1);
    if (status.code == KZG_OK && right)
        atomic_fetch_add(&t->passed, 1);
    else
        (void)atomic_compare_exchange_strong(&t->failed, &none, name);
}

/* On another setup there are no known answers, only statements that must hold. */
static bool known(const kzg_self_test_run *t, const kzg_bytes48 *a, const uint8_t *answer) {
    return !t->ctx->mainnet || memcmp(a->bytes, answer, sizeof a->bytes) == 0;
}

static bool digest_is(const void *data, size_t length, const uint8_t *answer) {
    uint8_t digest[32];
    sha256(digest, data, length);
    return memcmp(digest, answer, 32) == 0;
}

static void in_order(uint64_t indices[CELLS]) {
    for (size_t i = 0; i < CELLS; i++) indices[i] = i;
}

/* ---- Steps, each on what those that it needs have left ---- */

static void commit(kzg_self_test_run *t) {
    begins(t);
    kzg_status status = kzg_blob_to_kzg_commitment(t->ctx, &t->commitment, t->blobs);
    ended(t, "blob_to_kzg_commitment", 1);
    for (size_t i = 0; i < CELLS; i++) t->commitments[i] = t->commitment;
    expect(t, "blob_to_kzg_commitment", status, known(t, &t->commitment, answer_commitment));
}

static void prove(kzg_self_test_run *t) {
    begins(t);
    kzg_status status = kzg_compute_kzg_proof(t->ctx, &t->proof, &t->y, t->blobs, &t->z);
    ended(t, "compute_kzg_proof", 1);
    expect(t, "compute_kzg_proof", status,
           known(t, &t->proof, answer_proof) && memcmp(t->y.bytes, answer_y, 32) == 0);
}

static void verify_one(kzg_self_test_run *t, const kzg_bytes32 *y, const char *name, bool answer) {
    bool valid = !answer;
    begins(t);
    kzg_status status = kzg_verify_kzg_proof(t->ctx, &valid, &t->commitment, &t->z, y, &t->proof);
    ended(t, "verify_kzg_proof", 1);
    expect(t, name, status, valid == answer);
}

static void verify(kzg_self_test_run *t) {
    kzg_bytes32 wrong = t->y;
    wrong.bytes[31] ^= 1;
    verify_one(t, &t->y, "verify_kzg_proof", true);
    verify_one(t, &wrong, "verify_kzg_proof, wrong y", false);
}

/* Of callers that do not know of each other, which kzg_verify_claims takes together: a false one between two true. */
static void verify_claims(kzg_self_test_run *t) {
    kzg_bytes32 wrong = t->y;
    kzg_claim claims[3] = {
        {.commitment = &t->commitment, .proof = &t->proof, .z = &t->z, .y = &t->y},
        {.commitment = &t->commitment, .proof = &t->proof, .z = &t->z, .y = &wrong},
        {.commitment = &t->commitment, .proof = &t->blob_proofs[0], .blob = t->blobs},
    };
    wrong.bytes[31] ^= 1;
    kzg_status status = kzg_verify_claims(t->ctx, claims, 3);
    for (size_t i = 0; i < 3 && status.code == KZG_OK; i++) status = claims[i].status;
    expect(t, "verify_claims", status, claims[0].valid && !claims[1].valid && claims[2].valid);
}

static void prove_blob(kzg_self_test_run *t) {
    begins(t);
    kzg_status status = kzg_compute_blob_kzg_proof(t->ctx, &t->blob_proofs[0], t->blobs, &t->commitment);
    ended(t, "compute_blob_kzg_proof", 1);
    for (size_t i = 1; i < BATCH; i++) t->blob_proofs[i] = t->blob_proofs[0];
    expect(t, "compute_blob_kzg_proof", status, known(t, &t->blob_proofs[0], answer_blob_proof));
}

static void verify_one_blob(kzg_self_test_run *t, size_t i, const char *name, bool answer) {
    bool valid = !answer;
    begins(t);
    kzg_status status = kzg_verify_blob_kzg_proof(t->ctx, &valid, &t->blobs[i], &t->commitment, t->blob_proofs);
    ended(t, "verify_blob_kzg_proof", 1);
    expect(t, name, status, valid == answer);
}

static void change_blob(kzg_self_test_run *t, size_t i) {
    t->blobs[i].bytes[N * 32 - 1] ^= 1;
}

static void verify_blob(kzg_self_test_run *t) {
    verify_one_blob(t, 0, "verify_blob_kzg_proof", true);
    change_blob(t, BATCH - 1);
    verify_one_blob(t, BATCH - 1, "verify_blob_kzg_proof, wrong blob", false);
    change_blob(t, BATCH - 1);
}

static void verify_some_blobs(kzg_self_test_run *t, size_t n, const char *name, bool answer) {
    bool valid = !answer;
    begins(t);
    kzg_status status = kzg_verify_blob_kzg_proof_batch(t->ctx, &valid, t->blobs, t->commitments, t->blob_proofs, n);
    ended(t, "verify_blob_kzg_proof_batch", n);
    expect(t, name, status, valid == answer);
}

static void verify_blobs(kzg_self_test_run *t) {
    verify_some_blobs(t, 1, "verify_blob_kzg_proof_batch, one", true);
    verify_some_blobs(t, BATCH, "verify_blob_kzg_proof_batch", true);
    change_blob(t, BATCH - 1);
    verify_some_blobs(t, BATCH, "verify_blob_kzg_proof_batch, wrong blob", false);
    change_blob(t, BATCH - 1);
}

/* Twice, as what verifies: for who takes its time, caches are cold the first time, and it is short. */
static void extend(kzg_self_test_run *t) {
    for (int i = 0; i < 2; i++) {
        begins(t);
        kzg_status status = kzg_compute_cells(t->ctx, t->recovered, t->blobs);
        ended(t, "compute_cells", 1);
        expect(t, "compute_cells", status, digest_is(t->recovered, sizeof t->recovered, answer_cells_sha256));
    }
    for (size_t i = 0; i < CELLS / 2; i++) t->half[i] = t->recovered[2 * i + 1];
}

static void prove_cells(kzg_self_test_run *t) {
    begins(t);
    kzg_status status = kzg_compute_cells_and_kzg_proofs(t->ctx, t->cells, t->proofs, t->blobs);
    ended(t, "compute_cells_and_kzg_proofs", 1);
    expect(t, "compute_cells_and_kzg_proofs", status,
           digest_is(t->cells, sizeof t->cells, answer_cells_sha256) &&
               (!t->ctx->mainnet || digest_is(t->proofs, sizeof t->proofs, answer_proofs_sha256)));
}

static void verify_some_cells(kzg_self_test_run *t, const uint64_t *indices, size_t n, const char *name,
                              bool answer) {
    bool valid = !answer;
    begins(t);
    kzg_status status =
        kzg_verify_cell_kzg_proof_batch(t->ctx, &valid, t->commitments, indices, t->cells, t->proofs, n);
    ended(t, "verify_cell_kzg_proof_batch", n);
    expect(t, name, status, valid == answer);
}

static void verify_cells(kzg_self_test_run *t) {
    uint64_t indices[CELLS];
    in_order(indices);
    verify_some_cells(t, indices, 1, "verify_cell_kzg_proof_batch, one", true);
    verify_some_cells(t, indices, CELLS, "verify_cell_kzg_proof_batch", true);
    indices[0] = 1;
    indices[1] = 0;
    verify_some_cells(t, indices, CELLS, "verify_cell_kzg_proof_batch, wrong columns", false);
}

static void recover(kzg_self_test_run *t) {
    uint64_t indices[CELLS / 2];
    for (size_t i = 0; i < CELLS / 2; i++) indices[i] = 2 * i + 1;
    begins(t);
    t->recovery =
        kzg_recover_cells_and_kzg_proofs(t->ctx, t->recovered, t->recovered_proofs, indices, t->half, CELLS / 2);
    ended(t, "recover_cells_and_kzg_proofs", CELLS / 2);
}

/* Apart, so that cells may be proven and recovered at once. */
static void compare_recovered(kzg_self_test_run *t) {
    expect(t, "recover_cells_and_kzg_proofs", t->recovery,
           memcmp(t->recovered, t->cells, sizeof t->cells) == 0 &&
               memcmp(t->recovered_proofs, t->proofs, sizeof t->proofs) == 0);
}

static bool challenge_is(const kzg_self_test_run *t, const kzg_bytes32 *challenge, const uint8_t *answer) {
    return !t->ctx->mainnet || memcmp(challenge->bytes, answer, sizeof challenge->bytes) == 0;
}

static void challenge_blob(kzg_self_test_run *t) {
    kzg_bytes32 challenge = {{0}};
    begins(t);
    kzg_status status = kzg_compute_challenge(&challenge, t->blobs, &t->commitment);
    ended(t, "compute_challenge", 1);
    expect(t, "compute_challenge", status, challenge_is(t, &challenge, answer_challenge));
}

static void challenge_some_cells(kzg_self_test_run *t, size_t n, const char *name, const uint8_t *answer) {
    kzg_bytes32 challenge = {{0}};
    uint64_t indices[CELLS];
    in_order(indices);
    begins(t);
    kzg_status status = kzg_compute_verify_cell_kzg_proof_batch_challenge(&challenge, t->commitments, 1, t->zeros,
                                                                          indices, t->cells, t->proofs, n);
    ended(t, "compute_verify_cell_kzg_proof_batch_challenge", n);
    expect(t, name, status, challenge_is(t, &challenge, answer));
}

static void challenge_cells(kzg_self_test_run *t) {
    challenge_some_cells(t, 1, "compute_verify_cell_kzg_proof_batch_challenge, one", answer_cell_challenge);
    challenge_some_cells(t, CELLS, "compute_verify_cell_kzg_proof_batch_challenge", answer_cells_challenge);
}

/* X(NAME, function, steps that it needs): each after those, so that one thread may go down the list; the long ones
 * early, so that two are done about the same time. */
#define STEPS_LIST(X)                                                        \
    X(EXTEND, extend, 0)                                                     \
    X(COMMIT, commit, 0)                                                     \
    X(PROVE_CELLS, prove_cells, 0)                                           \
    X(RECOVER, recover, BIT(EXTEND))                                         \
    X(PROVE, prove, 0)                                                       \
    X(PROVE_BLOB, prove_blob, BIT(COMMIT))                                   \
    X(VERIFY_CELLS, verify_cells, BIT(COMMIT) | BIT(PROVE_CELLS))            \
    X(VERIFY_BLOB, verify_blob, BIT(PROVE_BLOB))                             \
    X(VERIFY_BLOBS, verify_blobs, BIT(VERIFY_BLOB))                          \
    X(VERIFY, verify, BIT(COMMIT) | BIT(PROVE))                              \
    X(VERIFY_CLAIMS, verify_claims, BIT(PROVE) | BIT(PROVE_BLOB))            \
    X(COMPARE_RECOVERED, compare_recovered, BIT(PROVE_CELLS) | BIT(RECOVER)) \
    X(CHALLENGE_BLOB, challenge_blob, BIT(COMMIT))                           \
    X(CHALLENGE_CELLS, challenge_cells, BIT(COMMIT) | BIT(PROVE_CELLS))

enum {
#define X(NAME, function, needs) STEP_##NAME,
    STEPS_LIST(X)
#undef X
        STEPS
};

#define BIT(NAME) (1u << STEP_##NAME)

static const struct step {
    void (*run)(kzg_self_test_run *);
    unsigned needs;
} steps[STEPS] = {
#define X(NAME, function, needs) {function, needs},
    STEPS_LIST(X)
#undef X
};

/* ---- A run ---- */

kzg_status kzg_self_test_begin(kzg_self_test_run **ret_run, const kzg_ctx *ctx) {
    KZG_REQUIRE(ctx, KZG_ARG_CONTEXT);
    KZG_REQUIRE(ret_run, KZG_ARG_OUTPUT);
    kzg_self_test_run *t = ctx->allocator.alloc(ctx->allocator.user, sizeof *t, ARENA_ALIGN, KZG_MEMORY_SCRATCH);
    if (t == NULL) return fault_status(ST_OUT_OF_MEMORY, KZG_ARG_NONE, 0);
    memset(t, 0, sizeof *t);
    t->ctx = ctx;
    make_blob(&t->blobs[0]);
    for (size_t i = 1; i < BATCH; i++) t->blobs[i] = t->blobs[0];
    memcpy(t->z.bytes, t->blobs[0].bytes + 32, 32);
    *ret_run = t;
    return ok_status();
}

void kzg_self_test_observe(kzg_self_test_run *run, const kzg_self_test_observer *observer) {
    run->observer = *observer;
}

size_t kzg_self_test_steps(void) {
    return STEPS;
}

/* The first step that nobody has and whose needs are done, now this thread's; STEPS: there is none. Who ends a step
 * looks again afterwards, so none is left behind. */
static size_t take_step(kzg_self_test_run *run) {
    unsigned done = atomic_load(&run->done);
    for (size_t i = 0; i < STEPS; i++) {
        if ((steps[i].needs & ~done) == 0 && (atomic_fetch_or(&run->taken, 1u << i) >> i & 1) == 0) return i;
    }
    return STEPS;
}

bool kzg_self_test_step(kzg_self_test_run *run) {
    size_t i = take_step(run);
    if (i == STEPS) return false;
    steps[i].run(run);
    atomic_fetch_or(&run->done, 1u << i);
    return true;
}

void kzg_self_test_result(const kzg_self_test_run *run, unsigned *ret_passed, unsigned *ret_total,
                          const char **ret_failed) {
    *ret_passed = atomic_load(&run->passed);
    *ret_total = atomic_load(&run->total);
    if (ret_failed != NULL) *ret_failed = atomic_load(&run->failed);
}

kzg_self_test_run *kzg_self_test_end(kzg_self_test_run *run) {
    if (run == NULL) return NULL;
    const kzg_allocator *allocator = &run->ctx->allocator;
    allocator->release(allocator->user, run, sizeof *run, KZG_MEMORY_SCRATCH);
    return NULL;
}

size_t kzg_self_test_scratch_bytes(const kzg_ctx *ctx) {
    size_t most = 0;
    for (int i = 0; i < KZG_OPERATIONS; i++) {
        size_t n = i == KZG_OPERATION_VERIFY_BLOB_KZG_PROOF_BATCH ? BATCH : CELLS;
        size_t bytes = kzg_scratch_bytes(ctx, (kzg_operation)i, n);
        if (bytes > most) most = bytes;
    }
    return arena_size(sizeof(kzg_self_test_run)) + most;
}

kzg_status kzg_self_test(const kzg_ctx *ctx, unsigned *ret_passed, unsigned *ret_total, const char **ret_failed) {
    kzg_self_test_run *run;
    KZG_REQUIRE(ctx, KZG_ARG_CONTEXT);
    KZG_REQUIRE(ret_passed, KZG_ARG_OUTPUT);
    KZG_REQUIRE(ret_total, KZG_ARG_OUTPUT);
    KZG_TRY(kzg_self_test_begin(&run, ctx));
    while (kzg_self_test_step(run)) continue;
    kzg_self_test_result(run, ret_passed, ret_total, ret_failed);
    kzg_self_test_end(run);
    return ok_status();
}

#endif
