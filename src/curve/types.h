#ifndef CURVE_TYPES_H
#define CURVE_TYPES_H

#include "field/types.h"

/* c0 + c1 u with u^2 = -1. Laid out as fp[2], which the field kernels take. */
typedef struct fp2 {
    fp c0, c1;
} fp2;

/* c0 + c1 v + c2 v^2 with v^3 = 1 + u. */
typedef struct fp6 {
    fp2 c0, c1, c2;
} fp6;

/* c0 + c1 w with w^2 = v. */
typedef struct fp12 {
    fp6 c0, c1;
} fp12;

/* Affine points. Infinity is (0, 0), which lies on neither curve. */
typedef struct g1_affine {
    fp x, y;
} g1_affine;

typedef struct g2_affine {
    fp2 x, y;
} g2_affine;

/* Jacobian points: x = X/Z^2, y = Y/Z^3; infinity is Z = 0. */
typedef struct g1 {
    fp x, y, z;
} g1;

typedef struct g2 {
    fp2 x, y, z;
} g2;

#endif
