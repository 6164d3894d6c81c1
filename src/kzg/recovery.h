/* Erasure decoding: a polynomial from at least half of its cells. */
#ifndef KZG_RECOVERY_H
#define KZG_RECOVERY_H

#include "kzg/context.h"

/* What polynomials share whose cells are missing in the same places. Threads may read it at the same time. */
struct erasures {
    const struct domain *domain;
    bool present[CELLS_PER_EXT_BLOB];
    /* For each cell k, with Z(y) the product of (y - c_k) over the missing ones, g = FR_GENERATOR. */
    fr vanishing[CELLS_PER_EXT_BLOB];           /* Z(c_k) */
    fr coset_vanishing_inv[CELLS_PER_EXT_BLOB]; /* 1 / Z(g c_k) */
    fr shift[CELLS_PER_EXT_BLOB];               /* g^k */
    fr unshift[CELLS_PER_EXT_BLOB]; /* g^-k over all the factors that inverse transforms leave: CELL CELLS CELLS */
};

/* present says which cells there are: at least half. */
void erasures_init(struct erasures *e, const bool present[CELLS_PER_EXT_BLOB], const struct domain *domain);

/* rows holds CELLS_PER_EXT_BLOB rows of FIELD_ELEMENTS_PER_CELL values, those of the cells that are present; the
 * others are ignored. rows is destroyed. spec: recover_polynomialcoeff. False if the cells fit no polynomial of
 * degree below FIELD_ELEMENTS_PER_BLOB. */
size_t recover_coefficients_bytes(void);
bool recover_coefficients(fr *coefficients, fr *rows, const struct erasures *e, struct arena *arena);

#endif
