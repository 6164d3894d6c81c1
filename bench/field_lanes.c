/* Fp and Fr in eight lanes. Two vectors at a time is what the ports can take; one alone waits for itself. */
#include "bench/field_rows.h"
#include "field/fp.h"
#include "field/fr.h"
#include "field/ifma/fp8.h"
#include "field/ifma/fr8.h"

#define BODY  64u
#define APART 16u /* vectors of independent operands: 8 KiB of Fp */

static struct inputs {
    fp8 p[APART], p_out[APART];
    fr8 r[APART], r_out[APART];
    fp8 roots[2], roots_out[2], scratch[17 * 2];
    __mmask8 square[2];
} in;

#define BODY_OF(name, ...)                                 \
    static void name##_rows(void *argument, size_t call) { \
        (void)argument;                                    \
        (void)call;                                        \
        __VA_ARGS__                                        \
    }

BODY_OF(fp8_mul_chain, for (size_t k = 0; k < BODY; k++) fp8_mul(&in.p_out[0], &in.p_out[0], &in.p[1]);)
BODY_OF(fp8_mul_n, for (size_t k = 0; k < BODY; k += APART) fp8_mul_n(in.p_out, in.p, in.p, APART);)
BODY_OF(fp8_sqr_chain, for (size_t k = 0; k < BODY; k++) fp8_sqr(&in.p_out[0], &in.p_out[0]);)
BODY_OF(fp8_sqr_n, for (size_t k = 0; k < BODY; k += APART) fp8_sqr_n(in.p_out, in.p, APART);)
BODY_OF(fp8_sub,
        for (size_t k = 0; k < BODY; k++) fp8_sub(&in.p_out[k % APART], &in.p[k % APART], &in.p[(k + 1) % APART], 1);)
BODY_OF(fp8_inv, fp8_inv_batch(in.p, APART, in.scratch);)
BODY_OF(fp8_sqrt, fp8_sqrt_n(in.roots_out, in.square, in.roots, 2, in.scratch);)
BODY_OF(fr8_mul_chain, for (size_t k = 0; k < BODY; k++) fr8_mul(&in.r_out[0], &in.r_out[0], &in.r[1]);)
BODY_OF(
    fr8_mul_apart, for (size_t k = 0; k < BODY; k += 2) {
        fr8_mul(&in.r_out[k % APART], &in.r[k % APART], &in.r[0]);
        fr8_mul(&in.r_out[(k + 1) % APART], &in.r[(k + 1) % APART], &in.r[0]);
    })
BODY_OF(
    fr8_sqr_apart, for (size_t k = 0; k < BODY; k += 2) {
        fr8_sqr(&in.r_out[k % APART], &in.r[k % APART]);
        fr8_sqr(&in.r_out[(k + 1) % APART], &in.r[(k + 1) % APART]);
    })

const struct field_row field_lane_rows[] = {
    {"fp8_mul, chain", fp8_mul_chain_rows, 8 * BODY}, {"fp8_mul, apart", fp8_mul_n_rows, 8 * BODY},
    {"fp8_sqr, chain", fp8_sqr_chain_rows, 8 * BODY}, {"fp8_sqr, apart", fp8_sqr_n_rows, 8 * BODY},
    {"fp8_sub, apart", fp8_sub_rows, 8 * BODY},       {"fp8_inv, 16 vectors", fp8_inv_rows, 8 * APART},
    {"fp8_sqrt, two vectors", fp8_sqrt_rows, 8 * 2},  {"fr8_mul, chain", fr8_mul_chain_rows, 8 * BODY},
    {"fr8_mul, apart", fr8_mul_apart_rows, 8 * BODY}, {"fr8_sqr, apart", fr8_sqr_apart_rows, 8 * BODY},
};
const size_t field_lane_rows_count = sizeof field_lane_rows / sizeof *field_lane_rows;

void field_lanes_fill(struct bench_random *random) {
    for (size_t k = 0; k < APART; k++) {
        fp p[FP8_LANES];
        fr r[FR8_LANES];
        for (size_t i = 0; i < FP8_LANES; i++) {
            uint8_t bytes[48] = {0};
            bench_random_field_element(random, bytes + 16);
            (void)fp_from_be(&p[i], bytes);
            (void)fr_from_be(&r[i], bytes + 16);
        }
        fp8_load_strided(&in.p[k], p, sizeof *p, FP8_LANES);
        fr8_load(&in.r[k], r, 1);
        in.p_out[k] = in.p[k];
        in.r_out[k] = in.r[k];
    }
    in.roots[0] = in.p[0];
    in.roots[1] = in.p[1];
}
