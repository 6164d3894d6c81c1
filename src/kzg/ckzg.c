/* c-kzg-4844's API on kzg.h. */
#include "kzg/ckzg.h"

#include <stdlib.h>

static C_KZG_RET result(kzg_status status) {
    switch (status.code) {
    case KZG_OK: return C_KZG_OK;
    case KZG_ERR_OUT_OF_MEMORY: return C_KZG_MALLOC;
    case KZG_ERR_BACKEND_UNAVAILABLE: return C_KZG_ERROR;
    default: return C_KZG_BADARGS;
    }
}

/* The context of settings, or NULL, which every operation refuses. */
static const kzg_ctx *context(const KZGSettings *s) {
    return s == NULL ? NULL : s->ctx;
}

/* ---- Setup ---- */

#define PRECOMPUTE_MAX 15

static bool options_for(kzg_options *options, uint64_t precompute) {
    kzg_options_init(options);
    if (precompute > PRECOMPUTE_MAX) return false;
    options->precompute = precompute == 0 ? 0 : precompute < 6 ? 1 : precompute < 8 ? 2 : 3;
    return true;
}

C_KZG_RET load_trusted_setup(KZGSettings *out, const uint8_t *g1_monomial_bytes, uint64_t num_g1_monomial_bytes,
                             const uint8_t *g1_lagrange_bytes, uint64_t num_g1_lagrange_bytes,
                             const uint8_t *g2_monomial_bytes, uint64_t num_g2_monomial_bytes, uint64_t precompute) {
    kzg_options options;
    if (out == NULL) return C_KZG_BADARGS;
    out->ctx = NULL;
    if (!options_for(&options, precompute) || num_g1_monomial_bytes != NUM_G1_POINTS * BYTES_PER_G1 ||
        num_g1_lagrange_bytes != NUM_G1_POINTS * BYTES_PER_G1 ||
        num_g2_monomial_bytes != NUM_G2_POINTS * BYTES_PER_G2)
        return C_KZG_BADARGS;
    return result(kzg_new_from_points(&out->ctx, g1_monomial_bytes, g1_lagrange_bytes, g2_monomial_bytes, &options));
}

/* Larger than any setup in either format. */
#define SETUP_FILE_BYTES_MAX (4u << 20)

C_KZG_RET load_trusted_setup_file(KZGSettings *out, FILE *in, uint64_t precompute) {
    kzg_options options;
    if (out == NULL) return C_KZG_BADARGS;
    out->ctx = NULL;
    if (in == NULL || !options_for(&options, precompute)) return C_KZG_BADARGS;
    char *text = malloc(SETUP_FILE_BYTES_MAX);
    if (text == NULL) return C_KZG_MALLOC;
    size_t length = fread(text, 1, SETUP_FILE_BYTES_MAX, in);
    C_KZG_RET ret = C_KZG_BADARGS;
    if (!ferror(in) && length < SETUP_FILE_BYTES_MAX)
        ret = result(kzg_new_from_setup(&out->ctx, text, length, &options));
    free(text);
    return ret;
}

void free_trusted_setup(KZGSettings *s) {
    if (s != NULL) s->ctx = kzg_free(s->ctx);
}

/* ---- Operations ---- */

C_KZG_RET blob_to_kzg_commitment(KZGCommitment *out, const Blob *blob, const KZGSettings *s) {
    return result(kzg_blob_to_kzg_commitment(context(s), out, blob));
}

C_KZG_RET compute_kzg_proof(KZGProof *proof_out, Bytes32 *y_out, const Blob *blob, const Bytes32 *z_bytes,
                            const KZGSettings *s) {
    return result(kzg_compute_kzg_proof(context(s), proof_out, y_out, blob, z_bytes));
}

C_KZG_RET compute_blob_kzg_proof(KZGProof *out, const Blob *blob, const Bytes48 *commitment_bytes,
                                 const KZGSettings *s) {
    return result(kzg_compute_blob_kzg_proof(context(s), out, blob, commitment_bytes));
}

C_KZG_RET verify_kzg_proof(bool *ok, const Bytes48 *commitment_bytes, const Bytes32 *z_bytes, const Bytes32 *y_bytes,
                           const Bytes48 *proof_bytes, const KZGSettings *s) {
    return result(kzg_verify_kzg_proof(context(s), ok, commitment_bytes, z_bytes, y_bytes, proof_bytes));
}

C_KZG_RET verify_blob_kzg_proof(bool *ok, const Blob *blob, const Bytes48 *commitment_bytes,
                                const Bytes48 *proof_bytes, const KZGSettings *s) {
    return result(kzg_verify_blob_kzg_proof(context(s), ok, blob, commitment_bytes, proof_bytes));
}

C_KZG_RET verify_blob_kzg_proof_batch(bool *ok, const Blob *blobs, const Bytes48 *commitments_bytes,
                                      const Bytes48 *proofs_bytes, uint64_t n, const KZGSettings *s) {
    return result(kzg_verify_blob_kzg_proof_batch(context(s), ok, blobs, commitments_bytes, proofs_bytes, n));
}

/* Proofs without cells: the cells go to memory of our own. */
static C_KZG_RET proofs_alone(KZGProof *proofs, const Blob *blob, const kzg_ctx *ctx) {
    Cell *cells = malloc(sizeof(Cell) * CELLS_PER_EXT_BLOB);
    if (cells == NULL) return C_KZG_MALLOC;
    C_KZG_RET ret = result(kzg_compute_cells_and_kzg_proofs(ctx, cells, proofs, blob));
    free(cells);
    return ret;
}

C_KZG_RET compute_cells_and_kzg_proofs(Cell *cells, KZGProof *proofs, const Blob *blob, const KZGSettings *s) {
    if (cells == NULL && proofs == NULL) return C_KZG_BADARGS;
    if (cells == NULL) return proofs_alone(proofs, blob, context(s));
    if (proofs == NULL) return result(kzg_compute_cells(context(s), cells, blob));
    return result(kzg_compute_cells_and_kzg_proofs(context(s), cells, proofs, blob));
}

C_KZG_RET recover_cells_and_kzg_proofs(Cell *recovered_cells, KZGProof *recovered_proofs,
                                       const uint64_t *cell_indices, const Cell *cells, uint64_t num_cells,
                                       const KZGSettings *s) {
    return result(kzg_recover_cells_and_kzg_proofs(context(s), recovered_cells, recovered_proofs, cell_indices, cells,
                                                   num_cells));
}

C_KZG_RET verify_cell_kzg_proof_batch(bool *ok, const Bytes48 *commitments_bytes, const uint64_t *cell_indices,
                                      const Cell *cells, const Bytes48 *proofs_bytes, uint64_t num_cells,
                                      const KZGSettings *s) {
    return result(kzg_verify_cell_kzg_proof_batch(context(s), ok, commitments_bytes, cell_indices, cells,
                                                  proofs_bytes, num_cells));
}
