/* FK20's circulants (kzg/fk20.c): eight of them at a time, one in each lane. */
#include "kzg/ifma/tree8.h"

#define N     FIELD_ELEMENTS_PER_BLOB
#define CELL  FIELD_ELEMENTS_PER_CELL
#define CELLS CELLS_PER_EXT_BLOB
#define BITS  (__builtin_ctz(CELLS))
_Static_assert(sizeof(fr8[CELLS]) <= LANES_CIRCULANT_BYTES, "room for the columns");

/* Lane l is at[7 - l] times the factor; tight, below 2r. */
static void load_downwards(fr8 *r, const fr *at, const fr8 *factor) {
    const __m512i order = _mm512_setr_epi64(7, 6, 5, 4, 3, 2, 1, 0);
    fr8_load(r, at, 1);
    for (int i = 0; i < FR8_LIMBS; i++) r->l[i] = _mm512_permutexvar_epi64(order, r->l[i]);
    fr8_mul(r, r, factor);
}

void lanes_circulants(fr *rows, size_t i, const fr *coefficients, const fr *scale, const struct domain *domain,
                      void *scratch) {
    fr8 *v = scratch, factor;
    tree8_broadcast(&factor, scale);
    const fr *last = coefficients + (CELL - 1 - i) - (FR8_LANES - 1); /* of the first cell, for the last lane */
    load_downwards(&v[0], last + (N - CELL), &factor);
    for (size_t j = 1; j < CELLS / 2 + 2; j++) fr8_set_zero(&v[j]);
    for (size_t j = CELLS / 2 + 2; j < CELLS; j++) load_downwards(&v[j], last + (j - CELLS / 2 - 1) * CELL, &factor);
    tree8_down_columns(v, CELLS, 1, 0, &domain->lanes);
    for (size_t k = 0; k < CELLS; k++) {
        fr8_carry(&v[k], &v[k]);
        fr8_store(rows + bit_reverse(k, BITS) * CELL + i, 1, &v[k]);
    }
}
