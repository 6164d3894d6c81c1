/* Recovery (kzg/recovery.c): the cells' inverse transforms, and eight of the CELL columns at a time, one in each
 * lane. Field elements keep fr's form throughout; what they are multiplied by has the form 2^260. */
#include "kzg/ifma/tree8.h"

#define CELL  FIELD_ELEMENTS_PER_CELL
#define CELLS CELLS_PER_EXT_BLOB
_Static_assert(CELL == LANES_BLOCK, "a cell is a block");
_Static_assert(sizeof(struct { fr8 factors[4][CELLS / 8], v[CELLS]; }) <= LANES_RECOVER_BYTES, "room for both");

void lanes_cell_coefficients(fr *row, size_t cell, const struct domain *domain) {
    fr8 v[8];
    for (size_t i = 0; i < 8; i++) fr8_load(&v[i], row + i, 8);
    tree8_up(v, CELL, cell, &domain->lanes_inv);
    for (size_t i = 0; i < 8; i++) {
        fr8_carry(&v[i], &v[i]);
        fr8_store(row + 8 * i, 1, &v[i]);
    }
}

/* The four factors of each place, in the form 2^260: eight places in a vector. */
struct factors {
    fr8 v[CELLS / 8];
};

static void enter(struct factors *r, const fr f[CELLS]) {
    fr8 constant;
    fr8_set(&constant, FR8_ENTER);
    for (size_t i = 0; i < CELLS / 8; i++) {
        fr8_load(&r->v[i], f + 8 * i, 1);
        fr8_mul(&r->v[i], &r->v[i], &constant);
    }
}

/* v[j], loose, times the factor of place j; tight and below 2r. */
static void scale(fr8 v[CELLS], const struct factors *f) {
    for (size_t j = 0; j < CELLS; j++) {
        const fr8 *from = &f->v[j / 8];
        const __m512i lane = _mm512_set1_epi64((long long)(j % 8));
        fr8 factor;
        for (int i = 0; i < FR8_LIMBS; i++) factor.l[i] = _mm512_permutexvar_epi64(lane, from->l[i]);
        FR8_SET_BOUNDS(&factor, 2, 1);
        fr8_carry(&v[j], &v[j]);
        fr8_mul(&v[j], &v[j], &factor);
    }
}

/* Columns i to i + 7. The lanes whose upper half is not zero come back. */
static __mmask8 recover_columns(fr *coefficients, fr8 v[CELLS], const struct factors factors[4], const fr *rows,
                                const bool *present, size_t i, const struct domain *domain) {
    unsigned wrong = 0;
    for (size_t k = 0; k < CELLS; k++) {
        if (present[k])
            fr8_load(&v[k], rows + k * CELL + i, 1);
        else
            fr8_set_zero(&v[k]);
    }
    scale(v, &factors[0]);
    tree8_up_columns(v, CELLS, 1, 0, &domain->lanes_inv);
    scale(v, &factors[1]);
    tree8_down_columns(v, CELLS, 1, 0, &domain->lanes);
    scale(v, &factors[2]);
    tree8_up_columns(v, CELLS, 1, 0, &domain->lanes_inv);
    scale(v, &factors[3]);
    for (size_t j = 0; j < CELLS / 2; j++) fr8_store(coefficients + j * CELL + i, 1, &v[j]);
    for (size_t j = CELLS / 2; j < CELLS; j++) {
        fr8_canonical(&v[j], &v[j]);
        wrong |= (unsigned)(__mmask8)~fr8_is_zero(&v[j]);
    }
    return (__mmask8)wrong;
}

bool lanes_recover_columns(fr *coefficients, const fr *rows, const bool present[CELLS], const fr *const factors[4],
                           const struct domain *domain, void *scratch) {
    struct factors *f = scratch;
    fr8 *v = (fr8 *)(f + 4);
    for (int k = 0; k < 4; k++) enter(&f[k], factors[k]);
    for (size_t i = 0; i < CELL; i += FR8_LANES) {
        if (recover_columns(coefficients, v, f, rows, present, i, domain) != 0) return false;
    }
    return true;
}
