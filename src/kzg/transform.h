/* Fourier transforms over Fr and over G1, as walks in one binary tree of moduli.
 *
 * Node j of depth d stands for polynomials modulo x^L - c, with L = E / 2^d (E = FIELD_ELEMENTS_PER_EXT_BLOB) and c =
 * w^(E/2^d * rev_d(j)), w the E-th root of unity. With s = sqrt(c), x^L - c = (x^(L/2) - s) (x^(L/2) + s) gives its
 * children 2j and 2j + 1; a leaf is a value. So the leaves of a node are the values of a polynomial at a coset in
 * bit-reversed order, the order of blobs, cells and extended blobs:
 *   depth 1, node 0: the blob's domain; node 1: the other half of the extended blob
 *   depth log2(CELLS_PER_EXT_BLOB), node i: cell i
 * and coefficients are in natural order. s of node j is root[j] at every depth: w^rev(j), rev over log2(E) - 1 bits.
 * Source: the tree view of the fast Fourier transform, D. J. Bernstein, "Multidigit multiplication for
 * mathematicians" (2001), section 4. */
#ifndef KZG_TRANSFORM_H
#define KZG_TRANSFORM_H

#include "base/arena.h"
#include "curve/types.h"
#include "field/fr.h"
#include "kzg/lanes.h"
#include "kzg/params.h"

struct domain {
    fr root[FIELD_ELEMENTS_PER_BLOB];     /* s of node j */
    fr root_inv[FIELD_ELEMENTS_PER_BLOB]; /* 1/s */
    fr blob_inv;                          /* 1 / FIELD_ELEMENTS_PER_BLOB */
    struct lanes_roots lanes, lanes_inv;  /* root and root_inv for eight lanes */
};

void domain_init(struct domain *domain);

/* Position of i with its low bits (bits of them) reversed. */
size_t bit_reverse(size_t i, int bits);

/* w^rev(i), the point of the extended blob's i-th value, i < FIELD_ELEMENTS_PER_EXT_BLOB. */
void domain_point(fr *r, const struct domain *domain, size_t i);

/* Coefficients of length n to values at the leaves below node. In place. n a power of two, n (node + 1) at most
 * FIELD_ELEMENTS_PER_EXT_BLOB where node has the depth of subtrees with n leaves. */
void fr_transform(fr *v, size_t n, size_t node, const struct domain *domain);

/* Values to coefficients times n: the caller divides, once. */
void fr_transform_inverse(fr *v, size_t n, size_t node, const struct domain *domain);

/* fr_transform for one polynomial with points as coefficients: n = CELLS_PER_EXT_BLOB, node 0. The coefficients of
 * the upper half are zero, and not read. */
size_t g1_transform_scratch_bytes(void);
void g1_transform(g1 v[CELLS_PER_EXT_BLOB], const struct domain *domain, struct arena *arena);

#endif
