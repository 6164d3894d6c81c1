#include "unit/setup/make_points.h"

#include <stdlib.h>

#include "base/assert.h"
#include "curve/encoding.h"
#include "curve/g1.h"
#include "curve/g2.h"
#include "kzg/embedded.h"
#include "unit/setup/plain_transform.h"

void points_of_mainnet(struct points *points) {
    g1_affine g1_point;
    g2_affine g2_point;
    for (size_t i = 0; i < G1_POINTS; i++) {
        KZG_ASSERT(g1_deserialize(&g1_point, kzg__mainnet_setup + SETUP_DATA_G1_MONOMIAL + 96 * i) == ST_OK);
        g1_compress(points->g1_monomial[i], &g1_point);
        KZG_ASSERT(g1_deserialize(&g1_point, kzg__mainnet_setup + SETUP_DATA_G1_LAGRANGE + 96 * i) == ST_OK);
        g1_compress(points->g1_lagrange[plain_reverse(i, G1_POINTS)], &g1_point);
    }
    for (size_t i = 0; i < G2_POINTS; i++) {
        KZG_ASSERT(g2_deserialize(&g2_point, kzg__mainnet_setup + SETUP_DATA_G2_MONOMIAL + 192 * i) == ST_OK);
        g2_compress(points->g2_monomial[i], &g2_point);
    }
}

static void put_g1_multiple(uint8_t out[48], const fr *k) {
    g1 point;
    g1_affine affine;
    g1_mul(&point, &G1_GENERATOR, k);
    g1_to_affine(&affine, &point);
    g1_compress(out, &affine);
}

static void put_g2_multiple(uint8_t out[96], const fr *k) {
    uint64_t plain[4];
    g2 point;
    g2_affine affine;
    fr_to_plain(plain, k);
    g2_mul_plain(&point, &G2_GENERATOR, plain);
    g2_to_affine(&affine, &point);
    g2_compress(out, &affine);
}

/* L_i(t) = w^i (t^n - 1) / (n (t - w^i)); where t is in the domain, 1 for its own i and 0 elsewhere. */
static void lagrange_at(fr *values, const fr *t) {
    static fr scratch[G1_POINTS];
    fr root = plain_root(G1_POINTS), power = FR_ONE, n, numerator;
    fr_from_u64(&n, G1_POINTS);
    fr_pow_u64(&numerator, t, G1_POINTS);
    fr_sub(&numerator, &numerator, &FR_ONE);
    bool in_domain = fr_is_zero(&numerator);
    for (size_t i = 0; i < G1_POINTS; i++) {
        fr_sub(&values[i], t, &power);
        fr_mul(&values[i], &values[i], &n);
        if (in_domain) values[i] = fr_is_zero(&values[i]) ? FR_ONE : (fr){{0}};
        fr_mul(&power, &power, &root);
    }
    if (in_domain) return;
    fr_inv_batch(values, G1_POINTS, scratch);
    for (size_t i = 0; i < G1_POINTS; i++) {
        fr_mul(&values[i], &values[i], &numerator);
        fr_mul(&numerator, &numerator, &root);
    }
}

void points_of_secrets(struct points *points, const fr *g1_monomial, const fr *g1_lagrange, const fr *g2_monomial) {
    static fr values[G1_POINTS];
    fr power = FR_ONE;
    lagrange_at(values, g1_lagrange);
    for (size_t i = 0; i < G1_POINTS; i++) {
        put_g1_multiple(points->g1_monomial[i], &power);
        put_g1_multiple(points->g1_lagrange[i], &values[i]);
        fr_mul(&power, &power, g1_monomial);
    }
    power = FR_ONE;
    for (size_t i = 0; i < G2_POINTS; i++) {
        put_g2_multiple(points->g2_monomial[i], &power);
        fr_mul(&power, &power, g2_monomial);
    }
}

/* x + 1; the tests' points are far from p. */
static void count_up(uint8_t *point, size_t bytes) {
    for (size_t i = bytes; i-- > 0 && ++point[i] == 0;) {
    }
}

static void count_to_g1(uint8_t point[48], status_code wanted) {
    g1_affine unused;
    do count_up(point, 48);
    while (g1_decode(&unused, point) != wanted);
}

static void count_to_g2(uint8_t point[96], status_code wanted) {
    g2_affine unused;
    do count_up(point, 96);
    while (g2_decode(&unused, point) != wanted);
}

void make_not_on_curve_g1(uint8_t point[48]) {
    count_to_g1(point, ST_POINT_NOT_ON_CURVE);
}

void make_not_in_subgroup_g1(uint8_t point[48]) {
    count_to_g1(point, ST_POINT_NOT_IN_SUBGROUP);
}

void make_not_on_curve_g2(uint8_t point[96]) {
    count_to_g2(point, ST_POINT_NOT_ON_CURVE);
}

void make_not_in_subgroup_g2(uint8_t point[96]) {
    count_to_g2(point, ST_POINT_NOT_IN_SUBGROUP);
}

void add_torsion_g1(uint8_t point[48]) {
    /* (0, 2) has order 3 on y^2 = x^3 + 4. */
    g1_affine torsion = {{{0}}, {{0}}}, affine;
    g1 sum;
    fp_from_u64(&torsion.y, 2);
    KZG_ASSERT(g1_decode(&affine, point) == ST_OK);
    g1_from_affine(&sum, &affine);
    g1_add_affine(&sum, &sum, &torsion);
    g1_to_affine(&affine, &sum);
    g1_compress(point, &affine);
}

void negate_point(uint8_t *point) {
    point[0] ^= 0x20;
}
