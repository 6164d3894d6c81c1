/* Weighted sums of cells (kzg/verify_cells.c): a sum's values stay in vectors, in leaf order, below 2r, until they
 * are interpolated. */
#include "kzg/ifma/tree8.h"
#include "kzg/lanes.h"

#define CELL    FIELD_ELEMENTS_PER_CELL
#define VECTORS (CELL / FR8_LANES)

_Static_assert(CELL == LANES_BLOCK, "a cell is a block");

/* v += a for both below 2r. */
static void accumulate(fr8 *v, const fr8 *a) {
    fr8_add(v, v, a);
    fr8_fold(v, v);
}

void lanes_cell_clear(void *sum) {
    fr8 *v = sum;
    for (size_t i = 0; i < VECTORS; i++) fr8_set_zero(&v[i]);
}

size_t lanes_cell_add_weighted(void *sum, const uint8_t *cell, const fr *weight) {
    fr8 *v = sum, factor, to_fr;
    size_t good = lanes_canonical(cell, CELL);
    if (good < CELL) return good;
    tree8_broadcast(&factor, weight);
    fr8_set(&to_fr, FR8_PLAIN_TO_FR);
    fr8_mul(&factor, &factor, &to_fr);
    for (size_t i = 0; i < VECTORS; i++) {
        fr8 t;
        (void)fr8_load_be(&t, cell + 32 * i, 32 * FR8_LANES);
        FR8_SET_BOUNDS(&t, 1, 1);
        fr8_mul(&t, &t, &factor);
        accumulate(&v[i], &t);
    }
    return CELL;
}

void lanes_cell_add(void *sum, const void *other) {
    fr8 *v = sum;
    const fr8 *a = other;
    for (size_t i = 0; i < VECTORS; i++) accumulate(&v[i], &a[i]);
}

void lanes_cell_interpolate(fr *total, void *sums, const bool used[CELLS_PER_EXT_BLOB], const struct domain *domain) {
    fr8 coefficients[VECTORS], *v = sums;
    lanes_cell_clear(coefficients);
    for (size_t column = 0; column < CELLS_PER_EXT_BLOB; column++, v += VECTORS) {
        if (!used[column]) continue;
        tree8_up(v, CELL, column, &domain->lanes_inv);
        for (size_t i = 0; i < VECTORS; i++) {
            fr8_carry(&v[i], &v[i]);
            fr8_fold(&v[i], &v[i]);
            accumulate(&coefficients[i], &v[i]);
        }
    }
    for (size_t i = 0; i < VECTORS; i++) fr8_store(total + FR8_LANES * i, 1, &coefficients[i]);
}
