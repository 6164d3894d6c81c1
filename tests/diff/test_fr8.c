/* Fr in eight lanes against the portable field: edges with each other, at random, at the bounds that the type allows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cpu.h"
#include "field/fr.h"
#include "field/ifma/fr8.h"
#include "unit/field/values.h"

#define RANDOM_ROUNDS 20000

static value edges[EDGES_MAX];
static size_t edge_count;

static void same(const char *what, const fr got[8], const fr want[8]) {
    for (int i = 0; i < 8; i++) {
        if (memcmp(&got[i], &want[i], sizeof *got) != 0) print_error("%s, lane %d differs\n", what, i);
        assert_memory_equal(&got[i], &want[i], sizeof *got);
    }
}

/* A product of values in the form of fr, back in that form: one factor 2^260 / 2^256 is lost. */
static void leave_product(fr out[8], const fr8 *a) {
    fr8 enter, t;
    fr8_set(&enter, FR8_ENTER);
    fr8_mul(&t, a, &enter);
    fr8_store(out, 1, &t);
}

static void check_products(const fr a[8], const fr b[8]) {
    fr8 x, y, t;
    fr got[8], want[8];
    fr8_load(&x, a, 1);
    fr8_load(&y, b, 1);
    fr8_mul(&t, &x, &y);
    leave_product(got, &t);
    for (int i = 0; i < 8; i++) field_ops_portable.fr_mul(&want[i], &a[i], &b[i]);
    same("fr8_mul", got, want);
    fr8_sqr(&t, &x);
    leave_product(got, &t);
    for (int i = 0; i < 8; i++) field_ops_portable.fr_sqr(&want[i], &a[i]);
    same("fr8_sqr", got, want);
    /* The same with an operand that is as large as it may be: a + 34 r, and b - a + 17 r - ... = small bounds
     * below 35. */
    fr8 zero, large;
    fr8_set_zero(&zero);
    fr8_sub(&large, &x, &zero, 34);
    fr8_mul(&t, &large, &y);
    leave_product(got, &t);
    for (int i = 0; i < 8; i++) field_ops_portable.fr_mul(&want[i], &a[i], &b[i]);
    same("fr8_mul of a + 34 r", got, want);
}

static void check_sums(const fr a[8], const fr b[8]) {
    fr8 x, y, t;
    fr got[8], want[8];
    fr8_load(&x, a, 1);
    fr8_load(&y, b, 1);
    fr8_add(&t, &x, &y);
    fr8_store(got, 1, &t);
    for (int i = 0; i < 8; i++) fr_add(&want[i], &a[i], &b[i]);
    same("fr8_add", got, want);
    for (unsigned k = 1; k < 35; k += 11) {
        fr8_sub(&t, &x, &y, k);
        fr8_store(got, 1, &t);
        for (int i = 0; i < 8; i++) fr_sub(&want[i], &a[i], &b[i]);
        same("fr8_sub", got, want);
    }
    fr8_neg(&t, &x, 1);
    fr8_store(got, 1, &t);
    for (int i = 0; i < 8; i++) fr_neg(&want[i], &a[i]);
    same("fr8_neg", got, want);
    __mmask8 zeros = 0;
    for (int i = 0; i < 8; i++) zeros |= (__mmask8)((unsigned)fr_is_zero(&a[i]) << i);
    assert_int_equal(fr8_is_zero(&x), zeros);
    fr8_select(&t, 0x5a, &x, &y);
    fr8_store(got, 1, &t);
    for (int i = 0; i < 8; i++) want[i] = (0x5a >> i & 1) != 0 ? b[i] : a[i];
    same("fr8_select", got, want);
    /* fr8_fold at each multiple of r: a + k r for k < 34. */
    for (unsigned k = 0; k < 34; k++) {
        fr8 zero;
        fr8_set_zero(&zero);
        if (k == 0)
            t = x;
        else
            fr8_sub(&t, &x, &zero, k);
        fr8_store(got, 1, &t);
        same("fr8_store of a + k r", got, a);
    }
}

static void fr8__agrees_on_edges(void **state) {
    (void)state;
    for (size_t i = 0; i < edge_count; i++) {
        for (size_t j = 0; j < edge_count; j += 8) {
            fr a[8], b[8];
            for (size_t lane = 0; lane < 8; lane++) {
                memcpy(a[lane].l, edges[(i + lane / 4) % edge_count], sizeof a->l);
                memcpy(b[lane].l, edges[(j + lane) % edge_count], sizeof b->l);
            }
            check_products(a, b);
            check_sums(a, b);
        }
    }
}

static void fr8__agrees_at_random(void **state) {
    (void)state;
    for (int round = 0; round < RANDOM_ROUNDS; round++) {
        fr a[8], b[8];
        for (int lane = 0; lane < 8; lane++) {
            values_random(a[lane].l, FR_MODULUS, FR_LIMBS);
            values_random(b[lane].l, FR_MODULUS, FR_LIMBS);
        }
        check_products(a, b);
        if (round % 16 == 0) check_sums(a, b);
    }
}

/* Bytes of every edge, of the modulus and its neighbours, of 2^256 - 1. */
static void bytes__agree_and_what_is_not_canonical_is_found(void **state) {
    (void)state;
    for (size_t i = 0; i < edge_count; i++) {
        uint8_t in[8][40], out[8][40];
        fr8 t;
        unsigned want = 0;
        for (size_t lane = 0; lane < 8; lane++) {
            fr a, drop;
            memcpy(a.l, edges[(i + lane) % edge_count], sizeof a.l);
            fr_to_be(in[lane], &a);
            if (lane == i % 8) memset(in[lane], 0xff, 32);
            if (lane == (i + 3) % 8) {
                uint64_t m[4];
                memcpy(m, FR_MODULUS, sizeof m);
                m[0] += i % 3 - 1;
                for (int k = 0; k < 32; k++) in[lane][k] = (uint8_t)(m[3 - k / 8] >> (56 - 8 * (k % 8)));
            }
            want |= (unsigned)fr_from_be(&drop, in[lane]) << lane;
        }
        assert_int_equal(fr8_load_be(&t, in[0], sizeof in[0]), want);
        FR8_SET_BOUNDS(&t, 3, 1);
        fr8_store_be(out[0], sizeof out[0], &t);
        for (size_t lane = 0; lane < 8; lane++) {
            fr reduced;
            uint8_t bytes[32];
            fr_from_be_reduced(&reduced, in[lane]);
            fr_to_be(bytes, &reduced);
            assert_memory_equal(out[lane], bytes, 32);
        }
    }
}

static void transpose__is_one(void **state) {
    (void)state;
    fr8 v[8];
    fr in[64], out[64];
    for (int i = 0; i < 64; i++) values_random(in[i].l, FR_MODULUS, FR_LIMBS);
    for (int i = 0; i < 8; i++) fr8_load(&v[i], in + 8 * i, 1);
    fr8_transpose(v);
    for (int i = 0; i < 8; i++) fr8_store(out + i, 8, &v[i]);
    assert_memory_equal(out, in, sizeof in);
    fr8_store(out, 1, &v[3]);
    for (int i = 0; i < 8; i++) assert_memory_equal(&out[i], &in[8 * i + 3], sizeof *out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fr8__agrees_on_edges),
        cmocka_unit_test(fr8__agrees_at_random),
        cmocka_unit_test(bytes__agree_and_what_is_not_canonical_is_found),
        cmocka_unit_test(transpose__is_one),
    };
    if (!cpu_detect().ifma) {
        puts("!! SKIPPED: this CPU has no AVX-512 IFMA");
        return 77;
    }
    values_seed();
    edge_count = values_edges(edges, FR_MODULUS, FR_ONE.l, FR_LIMBS);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
