/* Fiat-Shamir challenges. All hash bytes as given; none checks them. */
#ifndef KZG_CHALLENGE_H
#define KZG_CHALLENGE_H

#include <stddef.h>
#include <stdint.h>

#include "field/fr.h"
#include "kzg/kzg.h"

/* SHA-256 in pieces, without allocation. */
struct sha256_stream {
    uint32_t state[32]; /* libcrypto's SHA256_CTX */
};

void sha256_start(struct sha256_stream *hash);
void sha256_add(struct sha256_stream *hash, const void *data, size_t length);
void sha256_finish(uint8_t out[32], struct sha256_stream *hash);
void sha256(uint8_t out[32], const void *data, size_t length);

/* spec: compute_challenge */
void compute_challenge(fr *r, const kzg_blob *blob, const kzg_bytes48 *commitment);

/* r[i] = compute_challenge of blobs[i] and commitments[i], i < n; the lanes take two at once. */
void compute_challenges(fr *r, const kzg_blob *blobs, const kzg_bytes48 *commitments, size_t n);

/* spec: the challenge of verify_kzg_proof_batch. z and y are encoded in it again. */
void compute_batch_challenge(fr *r, const kzg_bytes48 *commitments, const fr *z, const fr *y,
                             const kzg_bytes48 *proofs, size_t n);

/* Weights for n equations that are checked as one sum, from their challenge: w[0] = 1, the others from SHA-256 of
 * challenge and number: a + b x^2 with a and b from [-2^63, 2^63), 2^128 different values. If equations are
 * wrong, the sum holds for at most one value of the last one's weight, a chance of 2^-128; the specification's powers
 * of the challenge leave n / 2^255, and twice the work, as their halves (curve/glv.h) are not short. That the points
 * are in the subgroup is seen by these weights too (kzg/batch_sums.h): so the challenge follows from all points, and
 * every value is as likely. */
void draw_weights(fr *w, size_t n, const fr *challenge);

/* spec: compute_verify_cell_kzg_proof_batch_challenge */
void compute_cells_challenge(fr *r, const kzg_bytes48 *commitments, size_t num_commitments,
                             const uint64_t *commitment_indices, const uint64_t *cell_indices, const kzg_cell *cells,
                             const kzg_bytes48 *proofs, size_t n);

/* What else follows from all of the same inputs: the weights of a verification, which nobody else computes, are drawn
 * from this one. Cells and proofs are hashed in two halves, which the lanes take at once. The u-th of num_commitments
 * is commitments[which[u]]. */
void compute_cells_seed(fr *r, const kzg_bytes48 *commitments, const uint32_t *which, size_t num_commitments,
                        const uint64_t *commitment_indices, const uint64_t *cell_indices, const kzg_cell *cells,
                        const kzg_bytes48 *proofs, size_t n);

#endif
