/* The equation that every verification ends with. */
#ifndef KZG_PAIRING_CHECK_H
#define KZG_PAIRING_CHECK_H

#include "kzg/context.h"

/* e(a, g2_one) = e(b, q)? */
bool pairing_check(const kzg_ctx *ctx, const g1_affine *a, const g1_affine *b, const struct g2_prepared *q);

#endif
