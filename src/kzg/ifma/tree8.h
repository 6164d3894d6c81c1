/* The tree of kzg/transform.h in eight lanes. An array of field elements is an array of vectors in one of two orders:
 *
 *   natural  vector v, lane l: element 8 v + l
 *   leaf     within each block of 64: vector v, lane l: element 8 l + v
 *
 * Coefficients are in natural order, values in leaf order: down to nodes with eight leaves all elements of a vector
 * meet the same root, and from there on, after a transposition of each block, partners are in the same lane again. */
#ifndef KZG_IFMA_TREE8_H
#define KZG_IFMA_TREE8_H

#include "field/fr.h"
#include "field/ifma/fr8.h"
#include "kzg/transform.h"

_Static_assert(sizeof(fr8) == LANES_BYTES(8), "the portable code reserves what a vector takes");

/* Coefficients, natural, tight or loose and below 4r, to values at the leaves below node, leaf order, loose. In
 * place; n elements, LANES_BLOCK <= n <= FIELD_ELEMENTS_PER_BLOB; node as in fr_transform. Each depth adds 2r to the
 * bound. */
void tree8_down(fr8 *v, size_t n, size_t node, const struct lanes_roots *roots);

/* Values, leaf order, tight or loose and below 2r, to coefficients times n, natural, loose, below 16r. roots are
 * the inverses. */
void tree8_up(fr8 *v, size_t n, size_t node, const struct lanes_roots *roots);

/* Eight transforms of length n side by side, one in each lane: element i is v[i * stride]. Any n up to
 * CELLS_PER_EXT_BLOB; the same bounds; no order but the transform's own. */
void tree8_down_columns(fr8 *v, size_t n, size_t stride, size_t node, const struct lanes_roots *roots);
void tree8_up_columns(fr8 *v, size_t n, size_t stride, size_t node, const struct lanes_roots *roots);

/* a in the form 2^260, in all lanes. */
FR8_INLINE void tree8_broadcast(fr8 *r, const fr *a) {
    fr8 enter, t;
    fr same[FR8_LANES];
    for (int i = 0; i < FR8_LANES; i++) same[i] = *a;
    fr8_load(&t, same, 1);
    fr8_set(&enter, FR8_ENTER);
    fr8_mul(r, &t, &enter);
}

/* A vector of the table. */
FR8_INLINE void tree8_root(fr8 *r, const uint64_t limbs[FR8_LIMBS][FR8_LANES]) {
    for (int i = 0; i < FR8_LIMBS; i++) r->l[i] = _mm512_load_si512(limbs[i]);
    FR8_SET_BOUNDS(r, 1, 1);
}

#endif
