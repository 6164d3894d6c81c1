/* The naive answers for the toy instance: polynomials by Lagrange interpolation and Horner's rule, commitments and
 * proofs as multiples of the generator, since this setup's secret is known. Shares nothing with src/kzg but the field
 * and the curve. Field elements are in natural terms: point(i) is the place of the i-th value of an extended blob. */
#ifndef TESTS_TOY_ORACLE_H
#define TESTS_TOY_ORACLE_H

#include "curve/g1.h"
#include "curve/g2.h"
#include "kzg/kzg.h"

#define TOY_ELEMENTS    8u
#define TOY_EXTENDED    16u
#define TOY_CELL        2u
#define TOY_CELLS       8u
#define TOY_CELLS_LEAST 4u
#define TOY_G2_POINTS   3u

struct toy {
    fr tau;
    fr point[TOY_EXTENDED];
    uint8_t g1_monomial[TOY_ELEMENTS][48];
    uint8_t g1_lagrange[TOY_ELEMENTS][48]; /* natural order */
    uint8_t g2_monomial[TOY_G2_POINTS][96];
};

/* coefficients[i] of x^i */
typedef struct poly {
    fr c[TOY_EXTENDED];
    unsigned n;
} poly;

void toy_init(struct toy *toy, const fr *tau);

/* The polynomial of degree below n through (x[i], y[i]), i < n; the x distinct. */
void toy_interpolate(poly *r, const fr *x, const fr *y, unsigned n);
void toy_evaluate(fr *y, const poly *p, const fr *x);

/* k G, compressed */
void toy_multiple(kzg_bytes48 *r, const fr *k);

/* What the library must give for the blob with these values. */
void toy_blob_polynomial(poly *r, const struct toy *toy, const fr values[TOY_ELEMENTS]);
void toy_commitment(kzg_bytes48 *r, const struct toy *toy, const poly *p);
void toy_proof(kzg_bytes48 *r, fr *y, const struct toy *toy, const poly *p, const fr *z);
void toy_cell(kzg_cell *r, const struct toy *toy, const poly *p, unsigned cell);
void toy_cell_proof(kzg_bytes48 *r, const struct toy *toy, const poly *p, unsigned cell);

/* A blob's or cell's bytes; what the toy does not use is left as it is. */
void toy_put(uint8_t *bytes, const fr *values, unsigned n);

#endif
