/* Compressed points, up to sixteen at a time: one square root and one subgroup check for one or two vectors; of one
 * or two points the check goes across the lanes (g1_two8.h). What is one vector is, in what comes of it, in both. */
#include <stdbool.h>
#include <string.h>

#include "curve/constants.h"
#include "curve/encoding.h"
#include "curve/g1.h"
#include "curve/ifma/g1_jac8.h"
#include "curve/ifma/g1_two8.h"
#include "curve/lanes.h"

#define POINTS G1_LANES_DECODE
_Static_assert(POINTS == 2 * FP8_LANES, "two vectors");

/* ---- The subgroup ---- */

enum shape { TWO_POINTS, ONE_VECTOR, TWO_VECTORS };

static enum shape shape_of(size_t n) {
    if (n <= 2) return TWO_POINTS;
    return n <= FP8_LANES ? ONE_VECTOR : TWO_VECTORS;
}

/* r = |x| p: |x| has six bits set. Lanes where an addition met a special case have z = 0. */
static void mul_by_x(struct g1_jac8 r[2], const struct g1_affine8 p[2], enum shape shape) {
    const bool one = shape == ONE_VECTOR;
    if (shape == TWO_POINTS) {
        g1_two8_mul_by_x(r, &p[0]);
        return;
    }
    for (int i = 0; i < 2; i++) {
        r[i] = (struct g1_jac8){.x = p[i].x, .y = p[i].y};
        fp8_set_one(&r[i].z);
    }
    for (int bit = 62; bit >= 0; bit--) {
        const bool add = (BLS_X >> bit & 1) != 0;
        if (one) {
            g1_jac8_dbl1(&r[0]);
            if (add) g1_jac8_add1(&r[0], &p[0]);
        } else {
            g1_jac8_dbl2(r);
            if (add) g1_jac8_add2(r, p);
        }
    }
    if (one) r[1] = r[0];
}

/* r = x^2 p. */
static void mul_by_x2(struct g1_jac8 r[2], const struct g1_affine8 p[2], enum shape shape) {
    struct g1_affine8 once[2];
    mul_by_x(r, p, shape);
    g1_jac8_to_affine2(once, r); /* (0, 0) where z = 0, which stays at z = 0 */
    mul_by_x(r, once, shape);
}

/* Lanes where -x^2 p = (beta x, y), and lanes that this cannot tell; as g1_affine_in_subgroup. */
static void check_subgroup(__mmask8 good[2], __mmask8 unknown[2], const struct g1_affine8 p[2], enum shape shape) {
    struct g1_jac8 t[2];
    fp8 beta, zz[2], x[2], y[2];
    mul_by_x2(t, p, shape);
    fp8_broadcast(&beta, &G1_BETA);
    fp8_sqr2(&zz[0], &t[0].z, &zz[1], &t[1].z);
    fp8_mul2(&x[0], &p[0].x, &beta, &x[1], &p[1].x, &beta);
    fp8_mul2(&x[0], &x[0], &zz[0], &x[1], &x[1], &zz[1]);
    fp8_mul2(&y[0], &p[0].y, &t[0].z, &y[1], &p[1].y, &t[1].z);
    fp8_mul2(&y[0], &y[0], &zz[0], &y[1], &y[1], &zz[1]);
    for (int i = 0; i < 2; i++) {
        fp8_add(&y[i], &y[i], &t[i].y); /* y Z^3 + Y */
        unknown[i] = fp8_is_zero(&t[i].z, 26);
        good[i] = (__mmask8)(fp8_equal(&t[i].x, 26, &x[i], 1) & fp8_is_zero(&y[i], 28) & ~unknown[i]);
    }
}

/* ---- Decoding ---- */

/* y^2 = x^3 + 4; the lanes where there is a y. */
static void find_y(struct g1_affine8 p[2], __mmask8 found[2], enum shape shape) {
    const size_t vectors = shape == TWO_VECTORS ? 2 : 1;
    fp8 t[2], y[2], b, scratch[17 * 2];
    fp8_set(&b, FP8_B);
    fp8_sqr2(&t[0], &p[0].x, &t[1], &p[1].x);
    fp8_mul2(&t[0], &t[0], &p[0].x, &t[1], &t[1], &p[1].x);
    for (int i = 0; i < 2; i++) {
        fp8 one;
        fp8_set_one(&one);
        fp8_add(&t[i], &t[i], &b);
        fp8_mul(&t[i], &t[i], &one); /* below 2p */
    }
    fp8_sqrt_n(y, found, t, vectors, scratch);
    for (size_t i = 0; i < 2; i++) p[i].y = y[i < vectors ? i : 0];
}

/* What can be said without a root: the x of the lanes where one is needed, and the others' status. */
static void read_x(fp x[POINTS], bool pending[POINTS], g1_affine *r, status_code *status, const uint8_t *in,
                   size_t n) {
    memset(x, 0, sizeof(fp) * POINTS);
    for (size_t i = 0; i < POINTS; i++) {
        pending[i] = false;
        if (i < n) status[i] = g1_decompress_x(&x[i], &pending[i], in + G1_COMPRESSED_BYTES * i);
        if (i < n && status[i] == ST_OK && !pending[i]) r[i] = (g1_affine){{{0}}, {{0}}};
    }
}

/* Of n points in lanes: is point i in the subgroup? */
struct verdict {
    __mmask8 good[2], unknown[2];
};

static bool is_in_subgroup(const struct verdict *v, size_t i, const g1_affine *a) {
    size_t lane = i % FP8_LANES;
    if ((v->unknown[i / FP8_LANES] >> lane & 1) != 0) return g1_affine_in_subgroup(a);
    return (v->good[i / FP8_LANES] >> lane & 1) != 0;
}

static void decode(g1_affine *r, status_code *status, const uint8_t *in, size_t n, bool check) {
    fp x[POINTS], y[POINTS];
    bool pending[POINTS];
    struct g1_affine8 p[2];
    __mmask8 found[2];
    struct verdict verdict;
    const enum shape shape = shape_of(n);
    KZG_CHECK(n <= POINTS);
    read_x(x, pending, r, status, in, n);
    for (size_t i = 0; i < 2; i++) fp8_load_strided(&p[i].x, x + FP8_LANES * i, sizeof *x, FP8_LANES);
    find_y(p, found, shape);
    if (check) check_subgroup(verdict.good, verdict.unknown, p, shape);
    for (size_t i = 0; i < 2; i++) fp8_store_strided(y + FP8_LANES * i, sizeof *y, FP8_LANES, &p[i].y);
    for (size_t i = 0; i < n; i++) {
        if (!pending[i]) continue;
        g1_affine point = {x[i], y[i]};
        if ((found[i / FP8_LANES] >> i % FP8_LANES & 1) == 0)
            status[i] = ST_POINT_NOT_ON_CURVE;
        else if (check && !is_in_subgroup(&verdict, i, &point))
            status[i] = ST_POINT_NOT_IN_SUBGROUP;
        if (status[i] != ST_OK) continue;
        if (fp_is_large(&point.y) != g1_is_marked_large(in + G1_COMPRESSED_BYTES * i)) fp_neg(&point.y, &point.y);
        r[i] = point;
    }
}

void g1_lanes_decode(g1_affine *r, status_code *status, const uint8_t *in, size_t n) {
    decode(r, status, in, n, true);
}

void g1_lanes_decompress(g1_affine *r, status_code *status, const uint8_t *in, size_t n) {
    decode(r, status, in, n, false);
}

bool g1_lanes_all_in_subgroup(const g1_affine *a, size_t n) {
    struct g1_affine8 p[2];
    struct verdict verdict;
    KZG_CHECK(n <= POINTS);
    for (size_t v = 0; v < 2; v++) { /* where there is no second vector the first one again */
        size_t first = FP8_LANES * v < n ? FP8_LANES * v : 0, used = n - first < FP8_LANES ? n - first : FP8_LANES;
        fp8_load_strided(&p[v].x, &a[first].x, sizeof *a, used);
        fp8_load_strided(&p[v].y, &a[first].y, sizeof *a, used);
    }
    check_subgroup(verdict.good, verdict.unknown, p, shape_of(n));
    for (size_t i = 0; i < n; i++) {
        if (!g1_affine_is_infinity(&a[i]) && !is_in_subgroup(&verdict, i, &a[i])) return false;
    }
    return true;
}

bool g1_lanes_all_cubes(const fp a[G1_LANES_CUBES]) {
    return fp8_all_cubes(a);
}
_Static_assert(G1_LANES_CUBES == FP8_LANES, "a vector");
