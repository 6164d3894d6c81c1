/* Known answers of every operation, and that wrong statements are refused. The blob is made by a rule, so that only
 * short answers stand here; tests/vectors and tests/interop check the same answers against other implementations. */
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

struct memory {
    kzg_blob blob;
    kzg_cell cells[CELLS], recovered[CELLS], half[CELLS / 2];
    kzg_bytes48 proofs[CELLS], recovered_proofs[CELLS], commitments[CELLS];
    uint64_t indices[CELLS];
};

struct run {
    const kzg_ctx *ctx;
    struct memory *m;
    unsigned passed, total;
    const char *failed;
};

static void expect(struct run *t, const char *name, kzg_status status, bool right) {
    t->total++;
    if (status.code == KZG_OK && right) {
        t->passed++;
        return;
    }
    if (t->failed == NULL) t->failed = name;
}

static bool same(const kzg_bytes48 *a, const uint8_t *b) {
    return memcmp(a->bytes, b, 48) == 0;
}

/* On another setup there are no known answers, only statements that must hold. */
static bool known(const struct run *t, const kzg_bytes48 *a, const uint8_t *answer) {
    return !t->ctx->mainnet || same(a, answer);
}

static void test_blob(struct run *t) {
    struct memory *m = t->m;
    kzg_bytes48 commitment, proof;
    kzg_bytes32 z, y;
    bool valid = false;
    make_blob(&m->blob);
    memcpy(z.bytes, m->blob.bytes + 32, 32);
    kzg_status status = kzg_blob_to_kzg_commitment(t->ctx, &commitment, &m->blob);
    expect(t, "blob_to_kzg_commitment", status, known(t, &commitment, answer_commitment));
    m->commitments[0] = commitment;

    status = kzg_compute_kzg_proof(t->ctx, &proof, &y, &m->blob, &z);
    expect(t, "compute_kzg_proof", status, known(t, &proof, answer_proof) && memcmp(y.bytes, answer_y, 32) == 0);
    status = kzg_verify_kzg_proof(t->ctx, &valid, &commitment, &z, &y, &proof);
    expect(t, "verify_kzg_proof", status, valid);
    y.bytes[31] ^= 1;
    status = kzg_verify_kzg_proof(t->ctx, &valid, &commitment, &z, &y, &proof);
    expect(t, "verify_kzg_proof, wrong y", status, !valid);

    status = kzg_compute_blob_kzg_proof(t->ctx, &proof, &m->blob, &commitment);
    expect(t, "compute_blob_kzg_proof", status, known(t, &proof, answer_blob_proof));
    status = kzg_verify_blob_kzg_proof(t->ctx, &valid, &m->blob, &commitment, &proof);
    expect(t, "verify_blob_kzg_proof", status, valid);
    status = kzg_verify_blob_kzg_proof_batch(t->ctx, &valid, &m->blob, &commitment, &proof, 1);
    expect(t, "verify_blob_kzg_proof_batch", status, valid);
    m->blob.bytes[N * 32 - 1] ^= 1;
    status = kzg_verify_blob_kzg_proof(t->ctx, &valid, &m->blob, &commitment, &proof);
    expect(t, "verify_blob_kzg_proof, wrong blob", status, !valid);
    status = kzg_verify_blob_kzg_proof_batch(t->ctx, &valid, &m->blob, &commitment, &proof, 1);
    expect(t, "verify_blob_kzg_proof_batch, wrong blob", status, !valid);
    m->blob.bytes[N * 32 - 1] ^= 1;
}

static bool digest_is(const void *data, size_t length, const uint8_t *answer) {
    uint8_t digest[32];
    sha256(digest, data, length);
    return memcmp(digest, answer, 32) == 0;
}

static void test_cells(struct run *t) {
    struct memory *m = t->m;
    bool valid = false;
    kzg_status status = kzg_compute_cells(t->ctx, m->recovered, &m->blob);
    expect(t, "compute_cells", status, digest_is(m->recovered, sizeof m->recovered, answer_cells_sha256));
    status = kzg_compute_cells_and_kzg_proofs(t->ctx, m->cells, m->proofs, &m->blob);
    expect(t, "compute_cells_and_kzg_proofs", status,
           digest_is(m->cells, sizeof m->cells, answer_cells_sha256) &&
               (!t->ctx->mainnet || digest_is(m->proofs, sizeof m->proofs, answer_proofs_sha256)));

    for (size_t i = 0; i < CELLS; i++) {
        m->indices[i] = i;
        m->commitments[i] = m->commitments[0];
    }
    status = kzg_verify_cell_kzg_proof_batch(t->ctx, &valid, m->commitments, m->indices, m->cells, m->proofs, CELLS);
    expect(t, "verify_cell_kzg_proof_batch", status, valid);
    m->indices[0] = 1;
    m->indices[1] = 0;
    status = kzg_verify_cell_kzg_proof_batch(t->ctx, &valid, m->commitments, m->indices, m->cells, m->proofs, CELLS);
    expect(t, "verify_cell_kzg_proof_batch, wrong columns", status, !valid);

    for (size_t i = 0; i < CELLS / 2; i++) {
        m->indices[i] = 2 * i + 1;
        m->half[i] = m->cells[2 * i + 1];
    }
    status =
        kzg_recover_cells_and_kzg_proofs(t->ctx, m->recovered, m->recovered_proofs, m->indices, m->half, CELLS / 2);
    expect(t, "recover_cells_and_kzg_proofs", status,
           memcmp(m->recovered, m->cells, sizeof m->cells) == 0 &&
               memcmp(m->recovered_proofs, m->proofs, sizeof m->proofs) == 0);
}

kzg_status kzg_self_test(const kzg_ctx *ctx, unsigned *ret_passed, unsigned *ret_total, const char **ret_failed) {
    KZG_REQUIRE(ctx, KZG_ARG_CONTEXT);
    KZG_REQUIRE(ret_passed, KZG_ARG_OUTPUT);
    KZG_REQUIRE(ret_total, KZG_ARG_OUTPUT);
    struct run t = {.ctx = ctx};
    t.m = ctx->allocator.alloc(ctx->allocator.user, sizeof *t.m, ARENA_ALIGN, KZG_MEMORY_SCRATCH);
    if (t.m == NULL) return fault_status(ST_OUT_OF_MEMORY, KZG_ARG_NONE, 0);
    memset(t.m, 0, sizeof *t.m);
    test_blob(&t);
    test_cells(&t);
    ctx->allocator.release(ctx->allocator.user, t.m, sizeof *t.m, KZG_MEMORY_SCRATCH);
    *ret_passed = t.passed;
    *ret_total = t.total;
    if (ret_failed != NULL) *ret_failed = t.failed;
    return ok_status();
}

#endif
