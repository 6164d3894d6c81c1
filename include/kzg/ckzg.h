/* The public C API of c-kzg-4844 (2.1), by name and meaning, on libkzg: a program written for it recompiles with this
 * header and links with -lkzg. New programs use kzg/kzg.h, whose statuses say what is wrong and where.
 *
 * Everything that c-kzg-4844 documents holds here. What differs, all of it stricter:
 *   - load_trusted_setup and load_trusted_setup_file check every point's subgroup, that the points are powers of one
 *     secret in both forms, and that nothing stands behind the end of the file.
 *   - recover_cells_and_kzg_proofs refuses cells that fit no polynomial (C_KZG_BADARGS).
 *   - A verification sets *ok to false whenever it does not return C_KZG_OK.
 *   - precompute (0 to 15) chooses libkzg's own tables: 0 the smallest, 1 to 5 level 1, 6 and 7 level 2, 8 and more
 *     level 3.
 * Errors: C_KZG_BADARGS for anything wrong with an input, C_KZG_MALLOC for lack of memory, C_KZG_ERROR otherwise.
 * Settings are immutable once loaded: any number of threads may use them. */
#ifndef KZG_CKZG_H
#define KZG_CKZG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "kzg/kzg.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BYTES_PER_FIELD_ELEMENT     KZG_BYTES_PER_FIELD_ELEMENT
#define BYTES_PER_COMMITMENT        KZG_BYTES_PER_G1
#define BYTES_PER_PROOF             KZG_BYTES_PER_G1
#define BYTES_PER_G1                KZG_BYTES_PER_G1
#define BYTES_PER_G2                KZG_BYTES_PER_G2
#define NUM_G1_POINTS               KZG_NUM_G1_POINTS
#define NUM_G2_POINTS               KZG_NUM_G2_POINTS
#define FIELD_ELEMENTS_PER_BLOB     KZG_FIELD_ELEMENTS_PER_BLOB
#define BYTES_PER_BLOB              KZG_BYTES_PER_BLOB
#define FIELD_ELEMENTS_PER_EXT_BLOB KZG_FIELD_ELEMENTS_PER_EXT_BLOB
#define FIELD_ELEMENTS_PER_CELL     KZG_FIELD_ELEMENTS_PER_CELL
#define BYTES_PER_CELL              KZG_BYTES_PER_CELL
#define CELLS_PER_EXT_BLOB          KZG_CELLS_PER_EXT_BLOB
#define CELLS_PER_BLOB              (KZG_CELLS_PER_EXT_BLOB / 2)

typedef enum {
    C_KZG_OK = 0,
    C_KZG_BADARGS, /* an input is not valid */
    C_KZG_ERROR,   /* internal error */
    C_KZG_MALLOC,  /* no memory */
} C_KZG_RET;

typedef kzg_bytes32 Bytes32;
typedef kzg_bytes48 Bytes48;
typedef kzg_bytes48 KZGCommitment;
typedef kzg_bytes48 KZGProof;
typedef kzg_blob Blob;
typedef kzg_cell Cell;

/* Filled by a load function, emptied by free_trusted_setup. Nothing in it is the caller's business. */
typedef struct {
    kzg_ctx *ctx;
} KZGSettings;

/* Points compressed, end to end; the Lagrange ones in natural order. The counts are in bytes. */
KZG_API C_KZG_RET load_trusted_setup(KZGSettings *out, const uint8_t *g1_monomial_bytes,
                                     uint64_t num_g1_monomial_bytes, const uint8_t *g1_lagrange_bytes,
                                     uint64_t num_g1_lagrange_bytes, const uint8_t *g2_monomial_bytes,
                                     uint64_t num_g2_monomial_bytes, uint64_t precompute);

/* From the file's current position to its end, in any format that kzg_new_from_setup takes. */
KZG_API C_KZG_RET load_trusted_setup_file(KZGSettings *out, FILE *in, uint64_t precompute);

/* s may be NULL, empty or freed before. */
KZG_API void free_trusted_setup(KZGSettings *s);

/* The operations of EIP-4844: each does what the function kzg_ and its name does, whose contract stands in kzg.h. */
KZG_API C_KZG_RET blob_to_kzg_commitment(KZGCommitment *out, const Blob *blob, const KZGSettings *s);
KZG_API C_KZG_RET compute_kzg_proof(KZGProof *proof_out, Bytes32 *y_out, const Blob *blob, const Bytes32 *z_bytes,
                                    const KZGSettings *s);
KZG_API C_KZG_RET compute_blob_kzg_proof(KZGProof *out, const Blob *blob, const Bytes48 *commitment_bytes,
                                         const KZGSettings *s);
KZG_API C_KZG_RET verify_kzg_proof(bool *ok, const Bytes48 *commitment_bytes, const Bytes32 *z_bytes,
                                   const Bytes32 *y_bytes, const Bytes48 *proof_bytes, const KZGSettings *s);
KZG_API C_KZG_RET verify_blob_kzg_proof(bool *ok, const Blob *blob, const Bytes48 *commitment_bytes,
                                        const Bytes48 *proof_bytes, const KZGSettings *s);
KZG_API C_KZG_RET verify_blob_kzg_proof_batch(bool *ok, const Blob *blobs, const Bytes48 *commitments_bytes,
                                              const Bytes48 *proofs_bytes, uint64_t n, const KZGSettings *s);

/* Either output may be NULL when it is not wanted, but not both. */
KZG_API C_KZG_RET compute_cells_and_kzg_proofs(Cell *cells, KZGProof *proofs, const Blob *blob, const KZGSettings *s);

/* recovered_proofs may be NULL. */
KZG_API C_KZG_RET recover_cells_and_kzg_proofs(Cell *recovered_cells, KZGProof *recovered_proofs,
                                               const uint64_t *cell_indices, const Cell *cells, uint64_t num_cells,
                                               const KZGSettings *s);
KZG_API C_KZG_RET verify_cell_kzg_proof_batch(bool *ok, const Bytes48 *commitments_bytes,
                                              const uint64_t *cell_indices, const Cell *cells,
                                              const Bytes48 *proofs_bytes, uint64_t num_cells, const KZGSettings *s);

#ifdef __cplusplus
}
#endif

#endif
