/* Random and edge inputs for the tests of the curve layer, and the slow ways to compute what it computes. */
#ifndef UNIT_CURVE_SUPPORT_H
#define UNIT_CURVE_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "curve/fp12.h"
#include "curve/g1.h"
#include "curve/g2.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* First thing in main: selects the backend (77 to skip where this machine lacks it, else 0), seeds from KZG_SEED or
 * the clock, prints both. */
int test_start(void);

/* ---- Random values, from the seed ---- */

uint64_t random_u64(void);
size_t random_below(size_t n);
void random_bytes(void *out, size_t n);
void random_fp(fp *r); /* one in four shaped like an edge: few limbs, all ones, close below p */
void random_fp2(fp2 *r);
void random_fp6(fp6 *r);
void random_fp12(fp12 *r);
void random_fr(fr *r);
void random_g1_curve(g1_affine *r); /* any point of the curve, not of the subgroup */
void random_g2_curve(g2_affine *r);
void random_g1(g1_affine *r); /* of the subgroup */
void random_g2(g2_affine *r);
void random_scale_g1(g1 *r, const g1_affine *a); /* the same point with a random Z */
void random_scale_g2(g2 *r, const g2_affine *a);

/* n points (start + i step) G with their scalars; no infinities. */
void g1_sequence(g1_affine *points, fr *scalars, size_t n);

/* Edge values of Fp and Fr as the index runs from 0 to the count. */
#define EDGE_FP_COUNT 12
void edge_fp(fp *r, size_t i);
#define EDGE_FR_COUNT 24
void edge_fr(fr *r, size_t i);

void fr_of_weight(fr *r, int a, int b); /* a + b zeta (curve/hexagon.h), neither negative */

/* ---- Slow ways ---- */

void slow_g1_mul(g1 *r, const g1_affine *a, const uint64_t *k, size_t limbs); /* by g1_add alone */
void slow_g2_mul(g2 *r, const g2_affine *a, const uint64_t *k, size_t limbs);
bool slow_g1_in_subgroup(const g1_affine *a); /* [r] a = 0 */
bool slow_g2_in_subgroup(const g2_affine *a);
void slow_fp12_pow(fp12 *r, const fp12 *a, const uint64_t *e, size_t limbs);
void g1_mul_fr(g1_affine *r, const g1_affine *a, const fr *k); /* by g1_mul_plain */
void g2_mul_fr(g2_affine *r, const g2_affine *a, const fr *k);
void g2_affine_neg(g2_affine *r, const g2_affine *a);

/* A point of exactly prime order q, where order = q^power rest. */
void g1_of_order(g1_affine *r, uint64_t q, unsigned power, const uint64_t rest[6]);
void g2_of_order(g2_affine *r, uint64_t q, unsigned power, const uint64_t rest[12]);

/* ---- Parsing the tables ---- */

void bytes_of_hex(uint8_t *out, const char *hex, size_t n);
void fp_of_hex(fp *r, const char *hex);
void fp12_of_hex(fp12 *r, const char *hex);
void fr_of_plain(fr *r, const uint64_t k[4]); /* reduced */

/* ---- Memory ---- */

/* An arena of exactly that size with unreadable pages around it; free with test_arena_free. */
struct test_arena {
    struct arena arena;
    void *map;
    size_t map_bytes;
};
void test_arena_take(struct test_arena *r, size_t bytes);
void test_arena_free(struct test_arena *r);

#endif
