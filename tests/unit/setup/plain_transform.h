/* Fourier transforms over G1, the plain way, as the tests' own oracle. */
#ifndef TESTS_UNIT_SETUP_PLAIN_TRANSFORM_H
#define TESTS_UNIT_SETUP_PLAIN_TRANSFORM_H

#include "curve/g1.h"

/* The primitive n-th root of unity, for n a power of two up to 8192. */
fr plain_root(size_t n);

size_t plain_reverse(size_t i, size_t n); /* i < n, n a power of two */

/* a[i] = sum over j < n of root^(i j) a[j], natural order in and out; root has order n, a power of two. */
void plain_transform(g1 *a, size_t n, const fr *root);

#endif
