/* Erasure decoding: a polynomial from at least half of its cells. */
#ifndef KZG_RECOVERY_H
#define KZG_RECOVERY_H

#include "kzg/context.h"

size_t recover_coefficients_bytes(void);

/* rows holds CELLS_PER_EXT_BLOB rows of FIELD_ELEMENTS_PER_CELL values, those of the cells where present says so (at
 * least half); the others are ignored. rows is destroyed. spec: recover_polynomialcoeff. False if the present cells
 * fit no polynomial of degree below FIELD_ELEMENTS_PER_BLOB. */
bool recover_coefficients(fr *coefficients, fr *rows, const bool present[CELLS_PER_EXT_BLOB],
                          const struct domain *domain, struct arena *arena);

#endif
