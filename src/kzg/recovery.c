/* With y = x^CELL, the polynomial is a sum of x^i P_i(y), i < CELL, deg P_i < CELLS / 2. Cell k are its values where
 * y = c_k, and the inverse transform of a cell, a walk up from its node, gives the CELL values P_i(c_k). So recovery
 * is CELL decodings of one short code, all with the same erasures: with Z(y) the product of (y - c_k) over the
 * missing k, P_i Z is zero at the missing places and so known everywhere; its quotient by Z is computed on a coset
 * where Z has no root. */
#include "kzg/recovery.h"

#define N     FIELD_ELEMENTS_PER_BLOB
#define CELL  FIELD_ELEMENTS_PER_CELL
#define CELLS CELLS_PER_EXT_BLOB

struct erasures {
    const struct domain *domain;
    fr vanishing[CELLS];           /* Z(c_k) */
    fr coset_vanishing_inv[CELLS]; /* 1 / Z(g c_k), g = FR_GENERATOR */
    fr shift[CELLS];               /* g^j */
    fr unshift[CELLS];             /* g^-j over all the factors that inverse transforms leave: CELL CELLS CELLS */
    fr scratch[CELLS];
};

size_t recover_coefficients_bytes(void) {
#if KZG_LANES
    return arena_size(sizeof(struct erasures)) + arena_size(LANES_RECOVER_BYTES);
#else
    return arena_size(sizeof(struct erasures));
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

static void erasures_init(struct erasures *e, const bool *present, const struct domain *domain) {
    fr factors;
    e->domain = domain;
    fr_from_u64(&factors, (uint64_t)CELL * CELLS * CELLS);
    fr_inv(&factors, &factors);
    powers(e->shift, &FR_ONE, &FR_GENERATOR);
    powers(e->unshift, &factors, &FR_GENERATOR_INV);
    vanishing_coefficients(e->vanishing, present, domain);
    for (size_t j = 0; j < CELLS; j++) fr_mul(&e->coset_vanishing_inv[j], &e->vanishing[j], &e->shift[j]);
    fr_transform(e->vanishing, CELLS, 0, domain);
    fr_transform(e->coset_vanishing_inv, CELLS, 0, domain);
    fr_inv_batch(e->coset_vanishing_inv, CELLS, e->scratch);
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

bool recover_coefficients(fr *coefficients, fr *rows, const bool present[CELLS_PER_EXT_BLOB],
                          const struct domain *domain, struct arena *arena) {
    size_t mark = arena->used;
    struct erasures *e = ARENA_ARRAY(arena, struct erasures, 1);
    erasures_init(e, present, domain);
#if KZG_LANES
    void *scratch = arena_take(arena, LANES_RECOVER_BYTES); /* whichever way: the lanes may be chosen at any time */
    if (lanes_usable()) {
        const fr *const factors[4] = {e->vanishing, e->shift, e->coset_vanishing_inv, e->unshift};
        for (size_t k = 0; k < CELLS; k++) {
            if (present[k]) lanes_cell_coefficients(rows + k * CELL, k, domain);
        }
        bool good = lanes_recover_columns(coefficients, rows, present, factors, domain, scratch);
        arena_release(arena, mark);
        return good;
    }
#endif
    for (size_t k = 0; k < CELLS; k++) {
        if (present[k]) fr_transform_inverse(rows + k * CELL, CELL, k, domain);
    }
    bool consistent = true;
    for (size_t i = 0; i < CELL && consistent; i++) {
        fr v[CELLS];
        for (size_t k = 0; k < CELLS; k++) {
            if (present[k])
                v[k] = rows[k * CELL + i];
            else
                fr_set_zero(&v[k]);
        }
        consistent = recover_column(v, e);
        for (size_t j = 0; j < CELLS / 2; j++) coefficients[j * CELL + i] = v[j];
    }
    arena_release(arena, mark);
    return consistent;
}
