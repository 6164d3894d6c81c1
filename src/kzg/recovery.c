/* With y = x^CELL, the polynomial is a sum of x^i P_i(y), i < CELL, deg P_i < CELLS / 2. Cell k are its values where
 * y = c_k, and the inverse transform of a cell, a walk up from its node, gives the CELL values P_i(c_k). So recovery
 * is CELL decodings of one short code, all with the same erasures: with Z(y) the product of (y - c_k) over the
 * missing k, P_i Z is zero at the missing places and so known everywhere; its quotient by Z is computed on a coset
 * where Z has no root. */
#include "kzg/recovery.h"

#define CELL  FIELD_ELEMENTS_PER_CELL
#define CELLS CELLS_PER_EXT_BLOB

size_t recover_coefficients_bytes(void) {
#if KZG_LANES
    return arena_size(LANES_RECOVER_BYTES);
#else
    return 0;
#endif
}

static void powers(fr *r, const fr *first, const fr *ratio) {
    r[0] = *first;
    for (size_t j = 1; j < CELLS; j++) fr_mul(&r[j], &r[j - 1], ratio);
}

/* Coefficients of Z: multiplied by (y - c) for each missing cell, at most CELLS / 2 of them. */
static void vanishing_coefficients(fr z[CELLS], const bool *present, const struct domain *domain) {
    size_t degree = 0;
    for (size_t j = 0; j < CELLS; j++) fr_set_zero(&z[j]);
    fr_set_one(&z[0]);
    for (size_t k = 0; k < CELLS; k++) {
        if (present[k]) continue;
        fr c, t;
        domain_point(&c, domain, k);
        z[degree + 1] = z[degree];
        for (size_t j = degree; j > 0; j--) {
            fr_mul(&t, &z[j], &c);
            fr_sub(&z[j], &z[j - 1], &t);
        }
        fr_mul(&t, &z[0], &c);
        fr_neg(&z[0], &t);
        degree++;
    }
}

void erasures_init(struct erasures *e, const bool present[CELLS_PER_EXT_BLOB], const struct domain *domain) {
    fr factors, scratch[CELLS];
    e->domain = domain;
    for (size_t k = 0; k < CELLS; k++) e->present[k] = present[k];
    fr_from_u64(&factors, (uint64_t)CELL * CELLS * CELLS);
    fr_inv(&factors, &factors);
    powers(e->shift, &FR_ONE, &FR_GENERATOR);
    powers(e->unshift, &factors, &FR_GENERATOR_INV);
    vanishing_coefficients(e->vanishing, present, domain);
    for (size_t j = 0; j < CELLS; j++) fr_mul(&e->coset_vanishing_inv[j], &e->vanishing[j], &e->shift[j]);
    fr_transform(e->vanishing, CELLS, 0, domain);
    fr_transform(e->coset_vanishing_inv, CELLS, 0, domain);
    fr_inv_batch(e->coset_vanishing_inv, CELLS, scratch);
}

/* v[k] = P(c_k) CELL at the present places becomes P's coefficients. False if the upper half is not zero. */
static bool recover_column(fr v[CELLS], const struct erasures *e) {
    for (size_t k = 0; k < CELLS; k++) fr_mul(&v[k], &v[k], &e->vanishing[k]);
    fr_transform_inverse(v, CELLS, 0, e->domain);
    for (size_t j = 0; j < CELLS; j++) fr_mul(&v[j], &v[j], &e->shift[j]);
    fr_transform(v, CELLS, 0, e->domain);
    for (size_t k = 0; k < CELLS; k++) fr_mul(&v[k], &v[k], &e->coset_vanishing_inv[k]);
    fr_transform_inverse(v, CELLS, 0, e->domain);
    for (size_t j = 0; j < CELLS; j++) fr_mul(&v[j], &v[j], &e->unshift[j]);
    for (size_t j = CELLS / 2; j < CELLS; j++) {
        if (!fr_is_zero(&v[j])) return false;
    }
    return true;
}

#if KZG_LANES
static bool in_lanes(fr *coefficients, fr *rows, const struct erasures *e, void *scratch) {
    const fr *const factors[4] = {e->vanishing, e->shift, e->coset_vanishing_inv, e->unshift};
    for (size_t k = 0; k < CELLS; k++) {
        if (e->present[k]) lanes_cell_coefficients(rows + k * CELL, k, e->domain);
    }
    return lanes_recover_columns(coefficients, rows, e->present, factors, e->domain, scratch);
}
#endif

static bool portably(fr *coefficients, fr *rows, const struct erasures *e) {
    for (size_t k = 0; k < CELLS; k++) {
        if (e->present[k]) fr_transform_inverse(rows + k * CELL, CELL, k, e->domain);
    }
    for (size_t i = 0; i < CELL; i++) {
        fr v[CELLS];
        for (size_t k = 0; k < CELLS; k++) {
            if (e->present[k])
                v[k] = rows[k * CELL + i];
            else
                fr_set_zero(&v[k]);
        }
        if (!recover_column(v, e)) return false;
        for (size_t j = 0; j < CELLS / 2; j++) coefficients[j * CELL + i] = v[j];
    }
    return true;
}

bool recover_coefficients(fr *coefficients, fr *rows, const struct erasures *e, struct arena *arena) {
#if KZG_LANES
    size_t mark = arena->used;
    void *scratch = arena_take(arena, LANES_RECOVER_BYTES); /* whichever way: the lanes may be chosen at any time */
    bool good = lanes_usable() ? in_lanes(coefficients, rows, e, scratch) : portably(coefficients, rows, e);
    arena_release(arena, mark);
    return good;
#else
    (void)arena;
    return portably(coefficients, rows, e);
#endif
}
