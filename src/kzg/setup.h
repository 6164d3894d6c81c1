/* A trusted setup as points, before it becomes a context: checks, and what is derived from it. */
#ifndef KZG_SETUP_H
#define KZG_SETUP_H

#include "base/arena.h"
#include "base/status.h"
#include "curve/g1.h"
#include "curve/g2.h"
#include "kzg/params.h"
#include "kzg/transform.h"

struct setup_points {
    g1_affine monomial[FIELD_ELEMENTS_PER_BLOB];  /* tau^i G1 */
    g1_affine lagrange[FIELD_ELEMENTS_PER_BLOB];  /* L_i(tau) G1, in the order of blobs (bit-reversed) */
    g1_affine cells[FIELD_ELEMENTS_PER_EXT_BLOB]; /* FK20's columns, see setup_cell_points */
    g2_affine g2[SETUP_G2_POINTS];                /* tau^i G2 */
};

struct setup_fault {
    status_argument argument;
    uint64_t index;
};

/* Decodes compressed points, checking encoding, curve and subgroup of each. g1_lagrange is in natural order. Fills
 * monomial, lagrange and g2. */
status_code setup_decode(struct setup_points *setup, const uint8_t *g1_monomial, const uint8_t *g1_lagrange,
                         const uint8_t *g2_monomial, struct setup_fault *ret_fault);

/* Are the points tau^i for one tau, over both generators, with the Lagrange form of the same tau? Infinity is refused
 * anywhere (tau = 0, or in the domain). By random combinations weighted from a hash of all points; on a failure the
 * first point that breaks it is searched for. ST_OK or ST_SETUP_INCONSISTENT. */
size_t setup_check_scratch_bytes(void);
status_code setup_check(const struct setup_points *setup, const struct domain *domain, struct setup_fault *ret_fault,
                        struct arena *arena);

/* The bases of FK20's sums, from the monomial form. Sum k (0 <= k < CELLS_PER_EXT_BLOB) has FIELD_ELEMENTS_PER_CELL
 * of them at cells[k * FIELD_ELEMENTS_PER_CELL]: base i is the value at v^k (v the root of unity of order
 * CELLS_PER_EXT_BLOB) of the polynomial with coefficients monomial[N - 1 - C - i - C j], j < CELLS_PER_BLOB - 1, for
 * N elements a blob and C a cell. Source: D. Feist, D. Khovratovich, "Fast amortized KZG proofs" (2023), sections 2
 * and 3. */
size_t setup_cell_points_scratch_bytes(void);
void setup_cell_points(struct setup_points *setup, const struct domain *domain, struct arena *arena);

/* SHA-256 of the compressed points: G1 monomial, G1 Lagrange in natural order, G2 monomial. */
void setup_digest(uint8_t out[32], const struct setup_points *setup);

#ifndef KZG_TOY
/* The embedded mainnet setup: all four fields. ST_SETUP_CHECKSUM if its bytes are damaged. */
status_code setup_embedded(struct setup_points *setup);
#endif

#endif
