/* The one-shot SHA-256 functions of libcrypto need no allocation, unlike its EVP interface, and no operation may
 * allocate outside its scratch. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "kzg/challenge.h"

#include <string.h>

#include <openssl/sha.h>

#include "base/bytes.h"
#include "curve/glv.h"
#include "kzg/lanes.h"
#include "kzg/params.h"

_Static_assert(sizeof(struct sha256_stream) >= sizeof(SHA256_CTX), "the opaque state holds libcrypto's");
_Static_assert(_Alignof(struct sha256_stream) >= _Alignof(SHA256_CTX), "and is aligned for it");

void sha256_start(struct sha256_stream *hash) {
    SHA256_Init((SHA256_CTX *)hash->state);
}

void sha256_add(struct sha256_stream *hash, const void *data, size_t length) {
    SHA256_Update((SHA256_CTX *)hash->state, data, length);
}

void sha256_finish(uint8_t out[32], struct sha256_stream *hash) {
    SHA256_Final(out, (SHA256_CTX *)hash->state);
}

void sha256(uint8_t out[32], const void *data, size_t length) {
    struct sha256_stream hash;
    sha256_start(&hash);
    sha256_add(&hash, data, length);
    sha256_finish(out, &hash);
}

static void add_u64(struct sha256_stream *hash, uint64_t v) {
    uint8_t bytes[8];
    store_be64(bytes, v);
    sha256_add(hash, bytes, sizeof bytes);
}

static void add_fr(struct sha256_stream *hash, const fr *v) {
    uint8_t bytes[32];
    fr_to_be(bytes, v);
    sha256_add(hash, bytes, sizeof bytes);
}

static void finish(fr *r, struct sha256_stream *hash) {
    uint8_t digest[32];
    sha256_finish(digest, hash);
    fr_from_be_reduced(r, digest); /* spec: hash_to_bls_field */
}

/* What stands before the blob. */
#define BLOB_PREFIX 32

static void blob_prefix(uint8_t out[BLOB_PREFIX]) {
    memcpy(out, "FSBLOBVERIFY_V1_", 16); /* spec: FIAT_SHAMIR_PROTOCOL_DOMAIN */
    store_be64(out + 16, 0);             /* the degree is 16 bytes wide */
    store_be64(out + 24, FIELD_ELEMENTS_PER_BLOB);
}

void compute_challenge(fr *r, const kzg_blob *blob, const kzg_bytes48 *commitment) {
    struct sha256_stream hash;
    uint8_t prefix[BLOB_PREFIX];
    blob_prefix(prefix);
    sha256_start(&hash);
    sha256_add(&hash, prefix, sizeof prefix);
    sha256_add(&hash, blob->bytes, BYTES_PER_BLOB);
    sha256_add(&hash, commitment->bytes, 48);
    finish(r, &hash);
}

/* The digests of two messages of the same length, each the n pieces one after the other. */
static void sha256_two(uint8_t digest[2][32], const struct lanes_piece *pieces, size_t n) {
#if KZG_LANES
    if (lanes_usable()) {
        lanes_sha256_two(digest, pieces, n);
        return;
    }
#endif
    for (int k = 0; k < 2; k++) {
        struct sha256_stream hash;
        sha256_start(&hash);
        for (size_t i = 0; i < n; i++) sha256_add(&hash, pieces[i].of[k], pieces[i].length);
        sha256_finish(digest[k], &hash);
    }
}

static void compute_two(fr r[2], const kzg_blob blobs[2], const kzg_bytes48 commitments[2]) {
    uint8_t prefix[BLOB_PREFIX], digest[2][32];
    const struct lanes_piece pieces[3] = {{{prefix, prefix}, sizeof prefix},
                                          {{blobs[0].bytes, blobs[1].bytes}, BYTES_PER_BLOB},
                                          {{commitments[0].bytes, commitments[1].bytes}, 48}};
    blob_prefix(prefix);
    sha256_two(digest, pieces, 3);
    for (int k = 0; k < 2; k++) fr_from_be_reduced(&r[k], digest[k]); /* spec: hash_to_bls_field */
}

void compute_challenges(fr *r, const kzg_blob *blobs, const kzg_bytes48 *commitments, size_t n) {
    size_t i = 0;
    for (; i + 2 <= n; i += 2) compute_two(&r[i], &blobs[i], &commitments[i]);
    if (i < n) compute_challenge(&r[i], &blobs[i], &commitments[i]);
}

void compute_batch_challenge(fr *r, const kzg_bytes48 *commitments, const fr *z, const fr *y,
                             const kzg_bytes48 *proofs, size_t n) {
    struct sha256_stream hash;
    sha256_start(&hash);
    sha256_add(&hash, "RCKZGBATCH___V1_", 16); /* spec: RANDOM_CHALLENGE_KZG_BATCH_DOMAIN */
    add_u64(&hash, FIELD_ELEMENTS_PER_BLOB);
    add_u64(&hash, n);
    for (size_t i = 0; i < n; i++) {
        sha256_add(&hash, commitments[i].bytes, 48);
        add_fr(&hash, &z[i]);
        add_fr(&hash, &y[i]);
        sha256_add(&hash, proofs[i].bytes, 48);
    }
    finish(r, &hash);
}

void compute_cells_challenge(fr *r, const kzg_bytes48 *commitments, size_t num_commitments,
                             const uint64_t *commitment_indices, const uint64_t *cell_indices, const kzg_cell *cells,
                             const kzg_bytes48 *proofs, size_t n) {
    struct sha256_stream hash;
    sha256_start(&hash);
    sha256_add(&hash, "RCKZGCBATCH__V1_", 16); /* spec: RANDOM_CHALLENGE_KZG_CELL_BATCH_DOMAIN */
    add_u64(&hash, FIELD_ELEMENTS_PER_BLOB);
    add_u64(&hash, FIELD_ELEMENTS_PER_CELL);
    add_u64(&hash, num_commitments);
    add_u64(&hash, n);
    for (size_t u = 0; u < num_commitments; u++) sha256_add(&hash, commitments[u].bytes, 48);
    for (size_t k = 0; k < n; k++) {
        add_u64(&hash, load_u64_at(commitment_indices, k));
        add_u64(&hash, load_u64_at(cell_indices, k));
        sha256_add(&hash, cells[k].bytes, BYTES_PER_CELL);
        sha256_add(&hash, proofs[k].bytes, 48);
    }
    finish(r, &hash);
}

void compute_cells_seed(fr *r, const kzg_bytes48 *commitments, const uint32_t *which, size_t num_commitments,
                        const uint64_t *commitment_indices, const uint64_t *cell_indices, const kzg_cell *cells,
                        const kzg_bytes48 *proofs, size_t n) {
    const size_t half = n / 2; /* cells stand one after the other, with all that the toy instance leaves of them */
    const struct lanes_piece pieces[2] = {{{cells[0].bytes, cells[half].bytes}, sizeof *cells * half},
                                          {{proofs[0].bytes, proofs[half].bytes}, sizeof *proofs * half}};
    uint8_t halves[2][32];
    struct sha256_stream hash;
    sha256_two(halves, pieces, 2);
    sha256_start(&hash);
    sha256_add(&hash, "kzg cells", 9);
    add_u64(&hash, num_commitments);
    add_u64(&hash, n);
    for (size_t u = 0; u < num_commitments; u++) sha256_add(&hash, commitments[which[u]].bytes, 48);
    for (size_t k = 0; k < n; k++) {
        add_u64(&hash, load_u64_at(commitment_indices, k));
        add_u64(&hash, load_u64_at(cell_indices, k));
    }
    sha256_add(&hash, halves, sizeof halves);
    if (n % 2 != 0) {
        sha256_add(&hash, &cells[n - 1], sizeof *cells);
        sha256_add(&hash, &proofs[n - 1], sizeof *proofs);
    }
    finish(r, &hash);
}

/* In [-2^63, 2^63). */
static struct glv_half short_half(uint64_t bits) {
    bool negative = bits >> 63 != 0;
    return (struct glv_half){{negative ? 0 - bits : bits, 0}, negative};
}

void draw_weights(fr *w, size_t n, const fr *challenge) {
    if (n > 0) w[0] = FR_ONE;
    for (size_t i = 1; i < n; i += 2) {
        struct sha256_stream hash;
        uint8_t digest[32];
        sha256_start(&hash);
        sha256_add(&hash, "kzg weights", 11);
        add_fr(&hash, challenge);
        add_u64(&hash, i);
        sha256_finish(digest, &hash);
        for (size_t k = 0; k < 2 && i + k < n; k++) {
            const struct glv_half halves[2] = {short_half(load_be64(digest + 16 * k)),
                                               short_half(load_be64(digest + 16 * k + 8))};
            glv_join(&w[i + k], halves);
        }
    }
}
