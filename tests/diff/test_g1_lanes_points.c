/* Decoding of points in eight lanes against g1_decode: every kind of encoding and of point, in every lane, beside
 * every other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "curve/constants.h"
#include "curve/encoding.h"
#include "curve/g1_mul.h"
#include "curve/glv.h"
#include "curve/lanes.h"
#include "unit/curve/curve_support.h"
#include "unit/curve/vectors.h"

#define POOL 400

static uint8_t pool[POOL][48];
static size_t pool_used;

static void add_point(const g1_affine *p) {
    assert_true(pool_used < POOL);
    g1_compress(pool[pool_used++], p);
}

static void add_sum(const g1_affine *a, const g1_affine *b) {
    g1 t;
    g1_affine r;
    g1_from_affine(&t, a);
    g1_add_affine(&t, &t, b);
    g1_to_affine(&r, &t);
    add_point(&r);
}

/* Points of small order, with a point of the subgroup added, and in the endomorphism's eigenspaces. */
static void add_small_orders(void) {
    for (size_t i = 0; i < COUNT(G1_SMALL_ORDERS); i++) {
        g1_affine t, image, p;
        g1_of_order(&t, G1_SMALL_ORDERS[i].q, G1_SMALL_ORDERS[i].power, G1_SMALL_ORDERS[i].rest);
        random_g1(&p);
        add_point(&t);
        add_sum(&t, &G1_GENERATOR);
        add_sum(&t, &p);
        add_sum(&t, &t);
        image = t;
        for (int k = 0; k < 2; k++) {
            fp_mul(&image.x, &image.x, &G1_BETA);
            g1_affine_neg(&p, &image);
            add_sum(&t, &p);
        }
    }
}

/* Bytes that are no point, or no canonical one. */
static void add_bad_bytes(void) {
    for (int k = 0; k < 24; k++) {
        uint8_t *bytes = pool[pool_used++];
        random_bytes(bytes, 48);
        if (k % 3 != 0) bytes[0] = (uint8_t)(0x80 | (bytes[0] & 0x2f)); /* a coordinate, mostly below p */
        if (k % 6 == 1) memset(bytes + 1, 0xff, 47);                    /* not below p for some */
    }
    for (int k = 0; k < 4; k++) { /* infinity, and not quite */
        uint8_t *bytes = pool[pool_used++];
        memset(bytes, 0, 48);
        bytes[0] = 0xc0;
        if (k == 2) bytes[47] = 1;
        if (k == 3) bytes[0] = 0xe0;
    }
}

static int open_all(void **state) {
    (void)state;
    for (int i = 0; i < 60; i++) {
        g1_affine p;
        random_g1(&p);
        add_point(&p);
        if (i % 3 == 0) {
            random_g1_curve(&p);
            add_point(&p);
        }
    }
    add_small_orders();
    add_bad_bytes();
    return 0;
}

static void check(const uint8_t *in, size_t n) {
    g1_affine got[G1_LANES_DECODE + 1], want[G1_LANES_DECODE + 1];
    status_code status[G1_LANES_DECODE + 1];
    memset(got, 0x3c, sizeof got);
    memset(want, 0x3c, sizeof want);
    status[n] = ST_CELL_INDEX_RANGE;
    g1_lanes_decode(got, status, in, n);
    for (size_t i = 0; i < n; i++) assert_int_equal(status[i], g1_decode(&want[i], in + 48 * i));
    assert_int_equal(status[n], ST_CELL_INDEX_RANGE);
    assert_memory_equal(got, want, sizeof got);
}

static void every_encoding__is_judged_alike_in_every_lane(void **state) {
    (void)state;
    uint8_t in[G1_LANES_DECODE * 48];
    size_t wanted = pool_used < 60 ? pool_used : 60;
    for (size_t k = 0; k < wanted * 4; k++) {
        size_t which = random_below(pool_used), lane = k % G1_LANES_DECODE;
        for (size_t i = 0; i < G1_LANES_DECODE; i++) memcpy(in + 48 * i, pool[i], 48);
        memcpy(in + 48 * lane, pool[which], 48);
        check(in, G1_LANES_DECODE);
    }
}

static void any_mixture_of_any_length__agrees(void **state) {
    (void)state;
    uint8_t in[G1_LANES_DECODE * 48];
    for (size_t at = 0; at + G1_LANES_DECODE <= pool_used; at += G1_LANES_DECODE) /* each of the pool at least once */
        check(pool[at], G1_LANES_DECODE);
    for (int round = 0; round < 120; round++) {
        size_t n = random_below(G1_LANES_DECODE + 1);
        for (size_t i = 0; i < n; i++) memcpy(in + 48 * i, pool[random_below(pool_used)], 48);
        check(in, n);
    }
}

/* One and two points take a way of their own: each alone, and beside others on either side. */
static void each_alone_and_in_pairs__agrees(void **state) {
    (void)state;
    for (size_t at = 0; at < pool_used; at++) {
        uint8_t in[2 * 48];
        check(pool[at], 1);
        if (at + 1 < pool_used) check(pool[at], 2);
        memcpy(in, pool[random_below(pool_used)], 48);
        memcpy(in + 48, pool[at], 48);
        check(in, 2);
        memcpy(in, in + 48, 48);
        check(in, 2);
    }
}

/* ---- Products ---- */

#define PRODUCTS 130

static void check_products(const g1_affine *points, const fr *scalars, size_t n) {
    uint32_t left[PRODUCTS];
    g1 r[PRODUCTS + 1];
    struct test_arena memory;
    memset(r, 0x3c, sizeof r);
    test_arena_take(&memory, g1_lanes_mul_scratch_bytes());
    assert_int_equal(g1_lanes_mul(r, left, points, scalars, n, &memory.arena), 0);
    assert_int_equal(memory.arena.used, 0);
    test_arena_free(&memory);
    for (size_t i = 0; i < n; i++) {
        g1_affine want, got;
        g1_mul_fr(&want, &points[i], &scalars[i]);
        g1_to_affine(&got, &r[i]);
        assert_memory_equal(&got, &want, sizeof want);
    }
    for (size_t i = 0; i < sizeof *r; i++) assert_int_equal(((uint8_t *)&r[n])[i], 0x3c);
}

static void products__agree_for_any_number(void **state) {
    (void)state;
    static g1_affine points[PRODUCTS];
    static fr scalars[PRODUCTS];
    static const size_t sizes[] = {0, 1, 7, 8, 9, 16, 17, 63, 64, 65, 80, 129, PRODUCTS};
    for (size_t s = 0; s < COUNT(sizes); s++) {
        for (size_t i = 0; i < sizes[s]; i++) {
            size_t kind = random_below(6);
            random_g1(&points[i]);
            if (kind == 0) points[i] = (g1_affine){{{0}}, {{0}}};
            if (kind == 1 && i > 0) g1_affine_neg(&points[i], &points[i - 1]);
            if (kind < 4)
                random_fr(&scalars[i]);
            else
                edge_fr(&scalars[i], random_below(EDGE_FR_COUNT));
        }
        check_products(points, scalars, sizes[s]);
    }
}

/* k a as the endomorphism has it, whatever the point's order. */
static void mul_by_halves(g1_affine *r, const g1_affine *a, const fr *k) {
    struct glv_half halves[2];
    g1_affine turned[2] = {*a, *a};
    g1 sum, t;
    glv_split(halves, k);
    fp_mul(&turned[1].x, &turned[1].x, &G1_BETA);
    fp_neg(&turned[1].y, &turned[1].y);
    g1_set_infinity(&sum);
    for (int i = 0; i < 2; i++) {
        if (halves[i].negative) fp_neg(&turned[i].y, &turned[i].y);
        g1_mul_plain(&t, &turned[i], (const uint64_t[4]){halves[i].l[0], halves[i].l[1]});
        g1_add(&sum, &sum, &t);
    }
    g1_to_affine(r, &sum);
}

/* A point of small order, which is in no subgroup, has multiples that meet each other or are infinity. Its lane is
 * left over, its neighbours are not; and whoever asks for products gets this one too. */
static void points_of_small_order__are_left_over(void **state) {
    (void)state;
    enum { N = 20, WHICH = 13 };
    for (size_t order = 0; order < COUNT(G1_SMALL_ORDERS); order++) {
        uint32_t left[N];
        g1_affine points[N], want, got;
        g1 r[N];
        fr scalars[N];
        struct test_arena memory;
        for (size_t i = 0; i < N; i++) {
            random_g1(&points[i]);
            random_fr(&scalars[i]);
        }
        g1_of_order(&points[WHICH], G1_SMALL_ORDERS[order].q, G1_SMALL_ORDERS[order].power,
                    G1_SMALL_ORDERS[order].rest);
        test_arena_take(&memory, g1_lanes_mul_scratch_bytes());
        size_t count = g1_lanes_mul(r, left, points, scalars, N, &memory.arena);
        assert_true(count == 1 || (count == 0 && G1_SMALL_ORDERS[order].q > 3)); /* of order 11 every second */
        if (count == 1) assert_int_equal(left[0], WHICH);
        test_arena_free(&memory);
        test_arena_take(&memory, g1_mul_batch_scratch_bytes(N));
        g1_mul_batch(r, points, scalars, N, &memory.arena);
        test_arena_free(&memory);
        for (size_t i = 0; i < N; i++) {
            mul_by_halves(&want, &points[i], &scalars[i]);
            g1_to_affine(&got, &r[i]);
            assert_memory_equal(&got, &want, sizeof want);
        }
    }
}

int main(void) {
    if (!field_select("ifma")) {
        fprintf(stderr, "SKIPPED: this machine cannot run the variant 'ifma'\n");
        return 77;
    }
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_encoding__is_judged_alike_in_every_lane),
        cmocka_unit_test(any_mixture_of_any_length__agrees),
        cmocka_unit_test(each_alone_and_in_pairs__agrees),
        cmocka_unit_test(products__agree_for_any_number),
        cmocka_unit_test(points_of_small_order__are_left_over),
    };
    return cmocka_run_group_tests(tests, open_all, NULL);
}
