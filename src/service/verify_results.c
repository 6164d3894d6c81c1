#include "service/verify_results.h"

#include <stdatomic.h>
#include <string.h>

#include "service/memory.h"

#define CELLS KZG_CELLS_PER_EXT_BLOB

struct verify_results {
    enum verify_mode mode;
    atomic_uint seen[WIRE_OPERATIONS];
    _Atomic uint64_t passed, failed;
    kzg_cell *rooms; /* CELLS a worker; NULL when nothing is checked */
};

#define ARG(type, i) ((const type *)(const void *)args->value[i].data)

/* ---- One function an operation ---- */

static bool blob_proof_holds(const kzg_ctx *ctx, const kzg_blob *blob, const kzg_bytes48 *commitment,
                             const kzg_bytes48 *proof) {
    bool valid = false;
    return kzg_verify_blob_kzg_proof(ctx, &valid, blob, commitment, proof).code == KZG_OK && valid;
}

static bool check_blob_to_kzg_commitment(const kzg_ctx *ctx, const struct wire_args *args, const uint8_t *raw,
                                         kzg_cell *room) {
    (void)room;
    const kzg_bytes48 *commitment = (const void *)raw;
    kzg_bytes48 proof;
    return kzg_compute_blob_kzg_proof(ctx, &proof, ARG(kzg_blob, 0), commitment).code == KZG_OK &&
           blob_proof_holds(ctx, ARG(kzg_blob, 0), commitment, &proof);
}

static bool proof_holds(const kzg_ctx *ctx, const kzg_blob *blob, const kzg_bytes32 *z, const kzg_bytes32 *y,
                        const kzg_bytes48 *proof) {
    kzg_bytes48 commitment;
    bool valid = false;
    return kzg_blob_to_kzg_commitment(ctx, &commitment, blob).code == KZG_OK &&
           kzg_verify_kzg_proof(ctx, &valid, &commitment, z, y, proof).code == KZG_OK && valid;
}

static bool check_compute_kzg_proof(const kzg_ctx *ctx, const struct wire_args *args, const uint8_t *raw,
                                    kzg_cell *room) {
    (void)room;
    return proof_holds(ctx, ARG(kzg_blob, 0), ARG(kzg_bytes32, 1), (const void *)(raw + KZG_BYTES_PER_G1),
                       (const void *)raw);
}

/* The proof does not verify when the client's commitment is not the blob's, and is right all the same: it opens the
 * blob at the challenge, which hashes that commitment. */
static bool check_compute_blob_kzg_proof(const kzg_ctx *ctx, const struct wire_args *args, const uint8_t *raw,
                                         kzg_cell *room) {
    (void)room;
    const kzg_blob *blob = ARG(kzg_blob, 0);
    const kzg_bytes48 *given = ARG(kzg_bytes48, 1), *proof = (const void *)raw;
    kzg_bytes48 own, again;
    kzg_bytes32 z, y;
    if (blob_proof_holds(ctx, blob, given, proof)) return true;
    if (kzg_blob_to_kzg_commitment(ctx, &own, blob).code != KZG_OK) return false;
    if (memcmp(&own, given, sizeof own) == 0) return false;
    return kzg_compute_challenge(&z, blob, given).code == KZG_OK &&
           kzg_compute_kzg_proof(ctx, &again, &y, blob, &z).code == KZG_OK &&
           memcmp(&again, proof, sizeof again) == 0 && proof_holds(ctx, blob, &z, &y, proof);
}

/* The first half of the cells is the blob. The second half determines it too. */
static bool check_compute_cells(const kzg_ctx *ctx, const struct wire_args *args, const uint8_t *raw,
                                kzg_cell *room) {
    uint64_t indices[CELLS / 2];
    const kzg_cell *cells = (const void *)raw;
    for (size_t i = 0; i < CELLS / 2; i++) indices[i] = CELLS / 2 + i;
    return memcmp(cells, ARG(kzg_blob, 0), KZG_BYTES_PER_BLOB) == 0 &&
           kzg_recover_cells_and_kzg_proofs(ctx, room, NULL, indices, cells + CELLS / 2, CELLS / 2).code == KZG_OK &&
           memcmp(room, cells, sizeof *room * CELLS) == 0;
}

/* All cells lie on the polynomial of the first half, and all proofs are theirs. */
static bool cells_hold(const kzg_ctx *ctx, const uint8_t *raw) {
    const kzg_cell *cells = (const void *)raw;
    const kzg_bytes48 *proofs = (const void *)(cells + CELLS);
    kzg_bytes48 commitments[CELLS];
    uint64_t indices[CELLS];
    bool valid = false;
    if (kzg_blob_to_kzg_commitment(ctx, &commitments[0], (const void *)raw).code != KZG_OK) return false;
    for (size_t i = 0; i < CELLS; i++) {
        commitments[i] = commitments[0];
        indices[i] = i;
    }
    return kzg_verify_cell_kzg_proof_batch(ctx, &valid, commitments, indices, cells, proofs, CELLS).code == KZG_OK &&
           valid;
}

static bool check_compute_cells_and_kzg_proofs(const kzg_ctx *ctx, const struct wire_args *args, const uint8_t *raw,
                                               kzg_cell *room) {
    (void)room;
    return memcmp(raw, ARG(kzg_blob, 0), KZG_BYTES_PER_BLOB) == 0 && cells_hold(ctx, raw);
}

static bool check_recover_cells_and_kzg_proofs(const kzg_ctx *ctx, const struct wire_args *args, const uint8_t *raw,
                                               kzg_cell *room) {
    (void)room;
    for (size_t i = 0; i < args->n; i++) {
        const uint8_t *cell = raw + ARG(uint64_t, 0)[i] * KZG_BYTES_PER_CELL;
        if (memcmp(cell, &ARG(kzg_cell, 1)[i], KZG_BYTES_PER_CELL) != 0) return false;
    }
    return cells_hold(ctx, raw);
}

#undef ARG

/* one_of: of so many results a sample checks one. The check's time over the operation's, divided by it, is half a per
 * cent at most. */
static const struct {
    bool (*holds)(const kzg_ctx *ctx, const struct wire_args *args, const uint8_t *raw, kzg_cell *room);
    unsigned one_of;
} checks[WIRE_OPERATIONS] = {
    [OP_BLOB_TO_KZG_COMMITMENT] = {check_blob_to_kzg_commitment, 256},
    [OP_COMPUTE_KZG_PROOF] = {check_compute_kzg_proof, 256},
    [OP_COMPUTE_BLOB_KZG_PROOF] = {check_compute_blob_kzg_proof, 64},
    [OP_COMPUTE_CELLS] = {check_compute_cells, 1024},
    [OP_COMPUTE_CELLS_AND_KZG_PROOFS] = {check_compute_cells_and_kzg_proofs, 64},
    [OP_RECOVER_CELLS_AND_KZG_PROOFS] = {check_recover_cells_and_kzg_proofs, 64},
};

unsigned verify_results_one_of(wire_operation_id operation) {
    return checks[operation].one_of;
}

/* ---- Around them ---- */

struct verify_results *verify_results_new(enum verify_mode mode, size_t workers) {
    struct verify_results *verify = memory_take(MEMORY_TAG_OTHER, sizeof *verify);
    if (verify == NULL) return NULL;
    verify->mode = mode;
    if (mode == VERIFY_OFF) return verify;
    verify->rooms = memory_take(MEMORY_TAG_OTHER, sizeof verify->rooms[0] * CELLS * workers);
    return verify->rooms != NULL ? verify : verify_results_free(verify);
}

struct verify_results *verify_results_free(struct verify_results *verify) {
    if (verify == NULL) return NULL;
    memory_give(verify->rooms);
    memory_give(verify);
    return NULL;
}

bool verify_results_due(struct verify_results *verify, wire_operation_id operation) {
    if (verify->mode == VERIFY_OFF || checks[operation].holds == NULL) return false;
    unsigned seen = atomic_fetch_add_explicit(&verify->seen[operation], 1, memory_order_relaxed);
    return verify->mode == VERIFY_ALWAYS || seen % checks[operation].one_of == 0;
}

bool verify_results_check(struct verify_results *verify, const kzg_ctx *ctx, wire_operation_id operation,
                          const struct wire_args *args, const uint8_t *raw, size_t worker) {
    bool right = checks[operation].holds(ctx, args, raw, verify->rooms + worker * CELLS);
    atomic_fetch_add_explicit(right ? &verify->passed : &verify->failed, 1, memory_order_relaxed);
    return right;
}

uint64_t verify_results_passed(const struct verify_results *verify) {
    return atomic_load_explicit(&verify->passed, memory_order_relaxed);
}

uint64_t verify_results_failed(const struct verify_results *verify) {
    return atomic_load_explicit(&verify->failed, memory_order_relaxed);
}

bool verify_mode_parse(const char *text, enum verify_mode *ret) {
    static const char *const names[] = {"off", "sample", "always"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) != 0) continue;
        *ret = (enum verify_mode)i;
        return true;
    }
    return false;
}
