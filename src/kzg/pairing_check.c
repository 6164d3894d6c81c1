#include "kzg/pairing_check.h"

bool pairing_check(const kzg_ctx *ctx, const g1_affine *a, const g1_affine *b, const struct g2_prepared *q) {
    g1_affine p[2] = {*a, *b};
    const struct g2_prepared *prepared[2] = {&ctx->g2_one, q};
    operation_phase(ctx, KZG_PHASE_PAIRING);
    g1_affine_neg(&p[0], &p[0]);
    return pairing_product_is_one(p, prepared, 2);
}
