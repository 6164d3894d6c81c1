#include "exhaustive/toy_oracle.h"

#include "base/assert.h"
#include "curve/encoding.h"

static void multiply(fr *r, const fr *a, const fr *b) {
    fr_mul(r, a, b);
}

/* a^e by repeated multiplication over the bits of a plain integer. */
static void power(fr *r, const fr *a, const uint64_t e[4]) {
    fr_set_one(r);
    for (int i = 255; i >= 0; i--) {
        multiply(r, r, r);
        if (e[i / 64] >> i % 64 & 1) multiply(r, r, a);
    }
}

static unsigned reverse4(unsigned i) {
    return (i & 1) << 3 | (i & 2) << 1 | (i & 4) >> 1 | (i & 8) >> 3;
}

/* spec: compute_roots_of_unity: PRIMITIVE_ROOT_OF_UNITY ** ((BLS_MODULUS - 1) / order), then bit-reversed. */
static void make_points(struct toy *toy) {
    uint64_t e[4] = {0};
    fr seven, root, natural[TOY_EXTENDED];
    for (int i = 0; i < 4; i++) /* (r - 1) / 16 */
        e[i] = (FR_MODULUS[i] - (i == 0)) >> 4 | (i < 3 ? FR_MODULUS[i + 1] << 60 : 0);
    fr_from_u64(&seven, 7);
    power(&root, &seven, e);
    fr_set_one(&natural[0]);
    for (unsigned i = 1; i < TOY_EXTENDED; i++) multiply(&natural[i], &natural[i - 1], &root);
    fr minus_one;
    fr_neg(&minus_one, &FR_ONE);
    KZG_ASSERT(fr_equal(&natural[8], &minus_one)); /* so its order is 16 */
    for (unsigned i = 0; i < TOY_EXTENDED; i++) toy->point[i] = natural[reverse4(i)];
}

/* L_i(x) over the first n points given. */
static void lagrange(fr *r, const fr *at, unsigned n, unsigned i, const fr *x) {
    fr above = FR_ONE, below = FR_ONE, t;
    for (unsigned j = 0; j < n; j++) {
        if (j == i) continue;
        fr_sub(&t, x, &at[j]);
        multiply(&above, &above, &t);
        fr_sub(&t, &at[i], &at[j]);
        multiply(&below, &below, &t);
    }
    fr_inv(&below, &below);
    multiply(r, &above, &below);
}

void toy_multiple(kzg_bytes48 *r, const fr *k) {
    uint64_t plain[4];
    g1 sum;
    g1_affine p;
    fr_to_plain(plain, k);
    g1_mul_plain(&sum, &G1_GENERATOR, plain);
    g1_to_affine(&p, &sum);
    g1_compress(r->bytes, &p);
}

static void multiple_g2(uint8_t r[96], const fr *k) {
    uint64_t plain[4];
    g2 sum;
    g2_affine p;
    fr_to_plain(plain, k);
    g2_mul_plain(&sum, &G2_GENERATOR, plain);
    g2_to_affine(&p, &sum);
    g2_compress(r, &p);
}

void toy_init(struct toy *toy, const fr *tau) {
    fr t = FR_ONE;
    kzg_bytes48 g;
    toy->tau = *tau;
    make_points(toy);
    for (unsigned i = 0; i < TOY_ELEMENTS; i++) {
        toy_multiple(&g, &t);
        for (int b = 0; b < 48; b++) toy->g1_monomial[i][b] = g.bytes[b];
        if (i < TOY_G2_POINTS) multiple_g2(toy->g2_monomial[i], &t);
        multiply(&t, &t, tau);
    }
    for (unsigned i = 0; i < TOY_ELEMENTS; i++) { /* natural order: the i-th power of the root of order 8 */
        unsigned at = reverse4(2 * i);
        lagrange(&t, toy->point, TOY_ELEMENTS, at, tau);
        toy_multiple(&g, &t);
        for (int b = 0; b < 48; b++) toy->g1_lagrange[i][b] = g.bytes[b];
    }
}

void toy_evaluate(fr *y, const poly *p, const fr *x) {
    fr sum = {{0}};
    for (unsigned i = p->n; i-- > 0;) {
        multiply(&sum, &sum, x);
        fr_add(&sum, &sum, &p->c[i]);
    }
    *y = sum;
}

void toy_interpolate(poly *r, const fr *x, const fr *y, unsigned n) {
    *r = (poly){.n = n};
    for (unsigned i = 0; i < n; i++) {
        fr term[TOY_EXTENDED + 1] = {FR_ONE}, below = FR_ONE, t;
        unsigned degree = 0;
        for (unsigned j = 0; j < n; j++) {
            if (j == i) continue;
            fr_sub(&t, &x[i], &x[j]);
            multiply(&below, &below, &t);
            for (unsigned k = ++degree; k > 0; k--) { /* times (X - x[j]) */
                multiply(&t, &term[k], &x[j]);
                fr_sub(&term[k], &term[k - 1], &t);
            }
            multiply(&t, &term[0], &x[j]);
            fr_neg(&term[0], &t);
        }
        fr_inv(&below, &below);
        multiply(&below, &below, &y[i]);
        for (unsigned k = 0; k < n; k++) {
            multiply(&t, &term[k], &below);
            fr_add(&r->c[k], &r->c[k], &t);
        }
    }
}

void toy_blob_polynomial(poly *r, const struct toy *toy, const fr values[TOY_ELEMENTS]) {
    toy_interpolate(r, toy->point, values, TOY_ELEMENTS);
}

void toy_commitment(kzg_bytes48 *r, const struct toy *toy, const poly *p) {
    fr y;
    toy_evaluate(&y, p, &toy->tau);
    toy_multiple(r, &y);
}

void toy_proof(kzg_bytes48 *r, fr *y, const struct toy *toy, const poly *p, const fr *z) {
    fr above, below;
    toy_evaluate(y, p, z);
    toy_evaluate(&above, p, &toy->tau);
    fr_sub(&above, &above, y);
    fr_sub(&below, &toy->tau, z);
    KZG_ASSERT(!fr_is_zero(&below));
    fr_inv(&below, &below);
    multiply(&above, &above, &below);
    toy_multiple(r, &above);
}

static void cell_values(fr y[TOY_CELL], const struct toy *toy, const poly *p, unsigned cell) {
    for (unsigned i = 0; i < TOY_CELL; i++) toy_evaluate(&y[i], p, &toy->point[TOY_CELL * cell + i]);
}

void toy_put(uint8_t *bytes, const fr *values, unsigned n) {
    for (unsigned i = 0; i < n; i++) fr_to_be(bytes + 32 * i, &values[i]);
}

void toy_cell(kzg_cell *r, const struct toy *toy, const poly *p, unsigned cell) {
    fr y[TOY_CELL];
    cell_values(y, toy, p, cell);
    toy_put(r->bytes, y, TOY_CELL);
}

/* (p(tau) - I(tau)) / Z(tau), I the interpolation of the cell, Z the product of x - its points. */
void toy_cell_proof(kzg_bytes48 *r, const struct toy *toy, const poly *p, unsigned cell) {
    const fr *x = &toy->point[TOY_CELL * cell];
    fr y[TOY_CELL], above, below = FR_ONE, t;
    poly inside;
    cell_values(y, toy, p, cell);
    toy_interpolate(&inside, x, y, TOY_CELL);
    toy_evaluate(&above, p, &toy->tau);
    toy_evaluate(&t, &inside, &toy->tau);
    fr_sub(&above, &above, &t);
    for (unsigned i = 0; i < TOY_CELL; i++) {
        fr_sub(&t, &toy->tau, &x[i]);
        multiply(&below, &below, &t);
    }
    KZG_ASSERT(!fr_is_zero(&below));
    fr_inv(&below, &below);
    multiply(&above, &above, &below);
    toy_multiple(r, &above);
}
