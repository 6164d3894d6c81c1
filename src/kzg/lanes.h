/* The work over Fr in eight lanes (src/kzg/ifma/), as the code that runs on any CPU sees it: no vector types here.
 * Each function computes what the portable code computes, to the byte, and may be called only where lanes_usable()
 * says so:
 *
 *     if (lanes_usable()) { lanes_x(...); return; }
 *
 * Scratch is the caller's, aligned to ARENA_ALIGN, of LANES_BYTES(n) for n field elements (n a multiple of 8). */
#ifndef KZG_LANES_H
#define KZG_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "field/dispatch.h"
#include "kzg/params.h"

/* The toy instance is smaller than the lanes' blocks. */
#if defined(KZG_HAVE_IFMA) && !defined(KZG_TOY)
#define KZG_LANES 1
#else
#define KZG_LANES 0
#endif

/* A block: what eight vectors hold. */
#define LANES_BLOCK 64

/* Eight elements are five words in each of eight lanes; checked builds keep bounds beside them. */
#ifdef KZG_CHECKED
#define LANES_BYTES(n) ((n) / 8 * (size_t)384)
#else
#define LANES_BYTES(n) ((n) / 8 * (size_t)320)
#endif

/* The tree's roots (kzg/transform.h) as the lanes read them, times 2^260, in limbs of 52 bits. One for a whole vector
 * down to nodes with 16 leaves; below that, for block b, vector by vector, lane l:
 *   leaf[b][0] root[8b + l], leaf[b][1 + k] root[2 (8b + l) + k], leaf[b][3 + k] root[4 (8b + l) + k]. */
#define LANES_NODES  (FIELD_ELEMENTS_PER_EXT_BLOB / 16)
#define LANES_BLOCKS (FIELD_ELEMENTS_PER_EXT_BLOB / LANES_BLOCK)

struct lanes_roots {
#if KZG_LANES
    _Alignas(64) uint64_t leaf[LANES_BLOCKS][7][5][8];
    uint64_t node[LANES_NODES][5];
#endif
    char none; /* so that it is never empty */
};

struct domain;

static inline bool lanes_usable(void) {
#if KZG_LANES
    return field_ops.lanes;
#else
    return false;
#endif
}

/* Fills them from the domain's roots (or from their inverses, for the way up). Portable code. */
void lanes_roots_init(struct lanes_roots *roots, const fr root[FIELD_ELEMENTS_PER_BLOB]);

/* ---- Bytes ---- */

/* How many of n elements (32 bytes, big-endian) from the start are canonical: n if all are. n a multiple of 8. */
size_t lanes_canonical(const uint8_t *bytes, size_t n);

/* The same, and r[i] is element i for all before that; what stands behind is undefined. */
size_t lanes_decode(fr *r, const uint8_t *bytes, size_t n);

/* ---- A blob in evaluation form, canonical ---- */

/* kzg/polynomial.h: evaluate_polynomial. scratch: LANES_BYTES(FIELD_ELEMENTS_PER_BLOB / 8). */
void lanes_evaluate(fr *y, const uint8_t *blob, const fr *z, const struct domain *domain, void *scratch);

/* kzg/polynomial.h: quotient_polynomial. False, nothing done, if z is in the domain. scratch as above. */
bool lanes_quotient(fr *q, const uint8_t *blob, const fr *z, const fr *y, const struct domain *domain, void *scratch);

/* The values of the extended blob's second half as bytes, and, if coefficients is not NULL, the coefficients.
 * scratch: LANES_BYTES(FIELD_ELEMENTS_PER_BLOB). */
void lanes_extend(uint8_t *second_half, fr *coefficients, const uint8_t *blob, const struct domain *domain,
                  void *scratch);

/* ---- Recovery (kzg/recovery.c) ---- */

/* fr_transform_inverse of one cell's values. */
void lanes_cell_coefficients(fr *row, size_t cell, const struct domain *domain);

/* recover_coefficients from its rows: each column's present places times factors[0], to coefficients, times
 * factors[1], to values, times factors[2], to coefficients, times factors[3]. False if some column's upper half is
 * not zero. */
#define LANES_RECOVER_BYTES LANES_BYTES(12 * CELLS_PER_EXT_BLOB)
bool lanes_recover_columns(fr *coefficients, const fr *rows, const bool present[CELLS_PER_EXT_BLOB],
                           const fr *const factors[4], const struct domain *domain, void *scratch);

/* All cells of a polynomial, as bytes one after the other. scratch: LANES_BYTES(FIELD_ELEMENTS_PER_BLOB). */
void lanes_evaluate_cells(uint8_t *cells, const fr *coefficients, const struct domain *domain, void *scratch);

/* ---- Cell proofs (kzg/fk20.c) ---- */

/* Circulants i to i + 7, transformed, as columns of rows: rows[k CELL + i] is value k. */
#define LANES_CIRCULANT_BYTES LANES_BYTES(8 * CELLS_PER_EXT_BLOB)
void lanes_circulants(fr *rows, size_t i, const fr *coefficients, const fr *scale, const struct domain *domain,
                      void *scratch);

/* ---- Hashing ---- */

/* A piece of two messages of the same length. */
struct lanes_piece {
    const uint8_t *of[2];
    size_t length;
};

/* SHA-256 of two messages, each the n pieces one after the other. */
void lanes_sha256_two(uint8_t digest[2][32], const struct lanes_piece *pieces, size_t n);

/* ---- Verification of cells (kzg/verify_cells.c) ----
 *
 * A sum of cells is LANES_CELL_BYTES, aligned to ARENA_ALIGN, in a form of the lanes' own. */
#define LANES_CELL_BYTES LANES_BYTES(FIELD_ELEMENTS_PER_CELL)

void lanes_cell_clear(void *sum); /* = 0 */

/* sum += weight cell. How many elements from the start are canonical: if not all, nothing is added. */
size_t lanes_cell_add_weighted(void *sum, const uint8_t *cell, const fr *weight);

void lanes_cell_add(void *sum, const void *other); /* sum += other */

/* total = the sum of the columns' fr_transform_inverse, of those that are used; sums holds CELLS_PER_EXT_BLOB one
 * after the other and is spent. */
void lanes_cell_interpolate(fr *total, void *sums, const bool used[CELLS_PER_EXT_BLOB], const struct domain *domain);

#endif
