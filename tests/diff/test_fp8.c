/* Fp in eight lanes against the portable code: every lane another value, edges and random, operands at their bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "field/fp.h"
#include "field/ifma/fp8.h"
#include "unit/field/values.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define ROUNDS       20000
#define VECTORS      5

static value edges[EDGES_MAX];
static size_t edge_count;

static void draw(fp v[FP8_LANES]) {
    for (int i = 0; i < FP8_LANES; i++) {
        uint64_t choice = values_random_u64();
        if (choice % 3 == 0) {
            memcpy(v[i].l, edges[choice / 3 % edge_count], sizeof v[i].l);
        } else {
            values_random(v[i].l, FP_MODULUS, FP_LIMBS);
        }
    }
}

static void load(fp8 *r, const fp v[FP8_LANES]) {
    fp8_load_strided(r, v, sizeof *v, FP8_LANES);
}

/* The value, and each limb where it has to be: tight. */
static void same(const char *what, const fp8 *got, const fp want[FP8_LANES]) {
    fp out[FP8_LANES];
    for (int i = 0; i < FP8_LIMBS; i++)
        assert_int_equal(_mm512_cmpgt_epu64_mask(got->l[i], _mm512_set1_epi64((long long)FP8_MASK)), 0);
    fp8_store_strided(out, sizeof *out, FP8_LANES, got);
    if (memcmp(out, want, sizeof out) != 0) print_error("%s differs\n", what);
    assert_memory_equal(out, want, sizeof out);
}

/* a + (bound - 1) p: the same value at the upper end of what a bound allows. */
static void lift(fp8 *r, const fp8 *a, unsigned log2_bound) {
    fp8 zero, top;
    fp8_set_zero(&zero);
    fp8_sub(&top, &zero, &zero, log2_bound); /* 2^k p */
    FP8_SET_BOUND(&top, 1u << log2_bound);
    fp8_canonical(r, a);
    fp8_add(r, r, &top);
}

/* 2^20 and 2^30 times what the scaled forms hold is the value; their own way back gives it too. */
static void scaled__is_there_and_back(const fp *v, const fp *const *from, fp *const *to, fp *out) {
    fp8 x, y;
    fp8_load_scaled_x(&x, from);
    fp8_load_scaled_y(&y, from);
    assert_int_equal(_mm512_cmpgt_epu64_mask(x.l[7], _mm512_set1_epi64(2 * 106514)), 0); /* below 2p */
    fp8_store_scaled_x(to, &x);
    assert_memory_equal(out, v, sizeof(fp) * FP8_LANES);
    fp8_store_scaled_y(to, &y);
    assert_memory_equal(out, v, sizeof(fp) * FP8_LANES);
    for (int k = 0; k < 20; k++) fp8_dbl(&x, &x), fp8_reduce(&x, &x);
    for (int k = 0; k < 30; k++) fp8_dbl(&y, &y), fp8_reduce(&y, &y);
    fp8_store(to, &x);
    assert_memory_equal(out, v, sizeof(fp) * FP8_LANES);
    fp8_store(to, &y);
    assert_memory_equal(out, v, sizeof(fp) * FP8_LANES);
}

/* Not reduced, it is the same value. */
static void unreduced__is_the_same(const fp *const *from) {
    fp8 reduced, unreduced;
    fp8_load_scaled_x(&reduced, from);
    fp8_load_scaled_x_unreduced(&unreduced, from);
    assert_int_equal(fp8_equal(&unreduced, 1u << 12, &reduced, 1), 0xff);
}

static void conversions__give_back_what_went_in(void **state) {
    (void)state;
    for (int round = 0; round < ROUNDS / 4; round++) {
        fp v[FP8_LANES], out[FP8_LANES], single;
        const fp *from[FP8_LANES];
        fp *to[FP8_LANES];
        fp8 a;
        draw(v);
        for (int i = 0; i < FP8_LANES; i++) {
            from[i] = &v[(i * 3 + 1) % FP8_LANES];
            to[i] = &out[(i * 3 + 1) % FP8_LANES];
        }
        fp8_load(&a, from);
        fp8_store(to, &a);
        assert_memory_equal(out, v, sizeof v);
        scaled__is_there_and_back(v, from, to, out);
        if (round % 8 == 0) unreduced__is_the_same(from);
        for (int i = 0; i < FP8_LANES; i++) out[i] = v[round % FP8_LANES];
        fp8_broadcast(&a, &v[round % FP8_LANES]);
        same("broadcast", &a, out);
        size_t n = 1 + (size_t)round % FP8_LANES;
        memset(out, 0xa5, sizeof out);
        single = out[0];
        fp8_load_strided(&a, v, sizeof *v, n);
        fp8_store_strided(out, sizeof *out, n, &a);
        assert_memory_equal(out, v, n * sizeof *v);
        for (size_t i = n; i < FP8_LANES; i++) assert_memory_equal(&out[i], &single, sizeof single);
    }
}

static void products_and_sums__agree(void **state) {
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        fp u[FP8_LANES], v[FP8_LANES], want[FP8_LANES], squares[FP8_LANES];
        fp8 a, b, r, s;
        draw(u);
        draw(v);
        load(&a, u);
        load(&b, v);
        if (round % 2 == 1) { /* as large as is allowed: 2^16 p and more */
            lift(&a, &a, 16);
            lift(&b, &b, 16);
        }
        for (int i = 0; i < FP8_LANES; i++) {
            field_ops_portable.fp_mul(&want[i], &u[i], &v[i]);
            field_ops_portable.fp_sqr(&squares[i], &u[i]);
        }
        fp8_mul(&r, &a, &b);
        same("mul", &r, want);
        fp8_sqr(&s, &a);
        same("sqr", &s, squares);
        r = a;
        fp8_mul2(&r, &r, &b, &s, &r, &r);
        same("mul2, first", &r, want);
        same("mul2, second", &s, squares);
        fp8_sqr2(&s, &b, &r, &a);
        same("sqr2, second", &r, squares);
        load(&a, u);
        load(&b, v);
        for (int i = 0; i < FP8_LANES; i++) fp_add(&want[i], &u[i], &v[i]);
        fp8_add(&r, &a, &b);
        same("add", &r, want);
        for (int i = 0; i < FP8_LANES; i++) fp_sub(&want[i], &u[i], &v[i]);
        fp8_sub(&r, &a, &b, 1);
        same("sub", &r, want);
        for (int i = 0; i < FP8_LANES; i++) fp_neg(&want[i], &u[i]);
        fp8_neg(&r, &a, 1);
        same("neg", &r, want);
        fp8_half(&r, &a);
        fp8_dbl(&r, &r);
        same("half, doubled", &r, u);
        __mmask8 mask = (__mmask8)round;
        for (int i = 0; i < FP8_LANES; i++) want[i] = mask >> i & 1 ? v[i] : u[i];
        fp8_select(&r, mask, &a, &b);
        same("select", &r, want);
    }
}

/* The same value with limbs as uneven as differences leave them: 2^52 times `lend` moved down from each limb. */
static void make_loose(fp8 *r, const fp8 *a, long long lend) {
    *r = *a;
    for (int i = 0; i + 1 < FP8_LIMBS; i++) {
        r->l[i] = _mm512_add_epi64(r->l[i], _mm512_set1_epi64(lend * (1ll << 52)));
        r->l[i + 1] = _mm512_sub_epi64(r->l[i + 1], _mm512_set1_epi64(lend));
    }
}

/* What bits from 2^52 on of a factor mean: nothing. */
static void dirty(fp8 *a) {
    __m512i dirt = _mm512_set1_epi64((long long)(values_random_u64() << 52));
    for (int i = 0; i < FP8_LIMBS; i++) a->l[i] = _mm512_xor_si512(a->l[i], dirt);
    FP8_SET_FACTOR(a);
}

/* A loose value carried. */
static void same_loose(const char *what, const fp8 *got, const fp want[FP8_LANES]) {
    fp8 t;
    fp8_carry(&t, got);
    same(what, &t, want);
}

/* a b + c in the forms that are left for the next step: from factors, to factors, and to loose values with a loose c.
 */
static void products__of_and_to_other_forms_agree(void **state) {
    (void)state;
    static const unsigned lifts[][2] = {{0, 0}, {16, 16}, {28, 4}, {4, 28}};
    for (int round = 0; round < ROUNDS / 4; round++) {
        fp u[FP8_LANES], v[FP8_LANES], x[FP8_LANES], want[FP8_LANES], sum[FP8_LANES], square[FP8_LANES];
        fp8 a, b, c, c_tight, r, s, one;
        draw(u);
        draw(v);
        draw(x);
        load(&a, u);
        load(&b, v);
        load(&c, x);
        const unsigned *lifted = lifts[round % (int)COUNT(lifts)];
        if (lifted[0] > 0) {
            lift(&a, &a, lifted[0]);
            lift(&b, &b, lifted[1]);
        }
        for (int i = 0; i < FP8_LANES; i++) {
            field_ops_portable.fp_mul(&want[i], &u[i], &v[i]);
            fp_add(&sum[i], &want[i], &x[i]);
            field_ops_portable.fp_sqr(&square[i], &x[i]);
        }
        fp8_set_one(&one);
        dirty(&a);
        dirty(&b);
        fp8_mul2_factor(&r, &a, &b, &s, &b, &a);
        dirty(&r);
        fp8_mul2(&r, &r, &one, &s, &one, &s);
        same("mul2_factor, first", &r, want);
        same("mul2_factor, second", &s, want);
        c_tight = c;
        make_loose(&c, &c,
                   (1ll << 9) - 1 - (long long)(values_random_u64() % 1023)); /* limbs up to 2^61 either way */
        fp8_mul2_add_loose(&r, &a, &b, &c, &s, &b, &a, &c);
        same_loose("mul2_add_loose, first", &r, sum);
        same_loose("mul2_add_loose, second", &s, sum);
        r = b;
        s = c;
        fp8_mul2_add_loose(&s, &a, &r, &s, &r, &r, &a, &s); /* in place */
        same_loose("mul2_add_loose, in place, first", &s, sum);
        same_loose("mul2_add_loose, in place, second", &r, sum);
        fp8_carry_factor(&s, &c);
        dirty(&s);
        fp8_sqr2_loose(&r, &s, &s, &c_tight);
        same_loose("sqr2_loose, first", &r, square);
        same_loose("sqr2_loose, second", &s, square);
        for (int i = 0; i < FP8_LANES; i++) fp_sub(&want[i], &sum[i], &x[i]);
        fp8_mul2_add_loose(&r, &a, &b, &c, &s, &b, &a, &c);
        fp8_sub_factor(&r, &r, &c, 1);
        fp8_mul2(&r, &r, &one, &s, &one, &one);
        same("sub_factor", &r, want);
    }
}

/* Limbs whose products leave columns at 0, 1 and -1 modulo 2^52, where what is shifted out is rounded. */
static void products__round_every_column(void **state) {
    (void)state;
    static const uint64_t limbs[] = {
        0, 1, 2, (1ull << 26) - 1, 1ull << 26, (1ull << 26) + 1, 1ull << 51, FP8_MASK - 1, FP8_MASK};
    for (int round = 0; round < ROUNDS; round++) {
        fp u[FP8_LANES], v[FP8_LANES], want[FP8_LANES], squares[FP8_LANES];
        fp8 a, b, r, s;
        for (int i = 0; i < FP8_LIMBS; i++) {
            for (int lane = 0; lane < FP8_LANES; lane++) {
                uint64_t top = i == FP8_LIMBS - 1 ? 0xffff : FP8_MASK; /* below p */
                ((uint64_t *)&a.l[i])[lane] = limbs[values_random_u64() % (round % 2 == 0 ? 2 : COUNT(limbs))] & top;
                ((uint64_t *)&b.l[i])[lane] = limbs[values_random_u64() % COUNT(limbs)] & top;
            }
        }
        FP8_SET_BOUND(&a, 1);
        FP8_SET_BOUND(&b, 1);
        fp8_store_strided(u, sizeof *u, FP8_LANES, &a);
        fp8_store_strided(v, sizeof *v, FP8_LANES, &b);
        for (int i = 0; i < FP8_LANES; i++) {
            field_ops_portable.fp_mul(&want[i], &u[i], &v[i]);
            field_ops_portable.fp_sqr(&squares[i], &u[i]);
        }
        fp8_mul(&r, &a, &b);
        same("mul", &r, want);
        fp8_sqr(&r, &a);
        same("sqr", &r, squares);
        fp8_mul2(&r, &b, &a, &s, &a, &a);
        same("mul2, first", &r, want);
        same("mul2, second", &s, squares);
        fp8_sqr2(&b, &a, &a, &a);
        same("sqr2, first", &b, squares);
        same("sqr2, second", &a, squares);
    }
}

static void assert_below_2p(const fp8 *a) {
    fp8 t;
    for (int i = 0; i < FP8_LIMBS; i++)
        t.l[i] = _mm512_sub_epi64(a->l[i], _mm512_set1_epi64((long long)FP8_P_TIMES[1][i]));
    FP8_SET_BOUND(&t, 2);
    fp8_carry(&t, &t);
    assert_int_equal(_mm512_movepi64_mask(t.l[FP8_LIMBS - 1]), 0xff);
}

/* k p and one less, and k p with edges and random values on top, for every k that the reductions take. */
static void reductions__end_below_2p_with_the_same_value(void **state) {
    (void)state;
    fp8 multiple, p;
    fp8_set_zero(&multiple);
    fp8_set(&p, FP8_P);
    for (unsigned k = 0; k < 1u << 12; k++) {
        fp v[FP8_LANES];
        fp8 a, r;
        draw(v);
        fp_set_zero(&v[0]);
        load(&a, v);
        fp8_canonical(&a, &a);
        for (int i = 0; i < FP8_LIMBS; i++) a.l[i] = _mm512_add_epi64(a.l[i], multiple.l[i]);
        if (k > 0)
            a.l[0] = _mm512_mask_sub_epi64(a.l[0], 2, multiple.l[0], _mm512_set1_epi64(1)); /* lane 1: k p - 1 */
        if (k > 0)
            for (int i = 1; i < FP8_LIMBS; i++) a.l[i] = _mm512_mask_mov_epi64(a.l[i], 2, multiple.l[i]);
        FP8_SET_BOUND(&a, k + 1);
        fp8_carry(&a, &a);
        fp8_store_strided(v, sizeof *v, FP8_LANES, &a);
        fp8_reduce(&r, &a);
        assert_below_2p(&r);
        same("reduce", &r, v);
        for (unsigned more = 14; more <= 28; more += 2) { /* (2^more + k) p and something */
            if (k % 64 != 0) break;
            lift(&r, &a, more);
            fp8_reduce(&r, &r);
            assert_below_2p(&r);
            same("reduce, larger", &r, v);
        }
        for (int i = 0; i < FP8_LIMBS; i++) multiple.l[i] = _mm512_add_epi64(multiple.l[i], p.l[i]);
        FP8_SET_BOUND(&multiple, k + 2);
        fp8_carry(&multiple, &multiple);
    }
}

static void zero_and_equality__are_seen_in_every_form(void **state) {
    (void)state;
    for (int round = 0; round < ROUNDS / 4; round++) {
        fp u[FP8_LANES], v[FP8_LANES];
        fp8 a, b, c;
        unsigned want = (unsigned)values_random_u64() & 0xff, equal = 0;
        draw(u);
        for (int i = 0; i < FP8_LANES; i++) {
            if (want >> i & 1) fp_set_zero(&u[i]);
            if (!(want >> i & 1) && fp_is_zero(&u[i])) fp_set_one(&u[i]);
        }
        load(&a, u);
        assert_int_equal(fp8_is_zero(&a, 2), want);
        lift(&b, &a, 3); /* 0 as 8p */
        assert_int_equal(fp8_is_zero(&b, 9), want);
        draw(v);
        for (int i = 0; i < FP8_LANES; i++) {
            if (round >> i & 1) v[i] = u[i];
            equal |= (unsigned)fp_equal(&u[i], &v[i]) << i;
        }
        load(&c, v);
        assert_int_equal(fp8_equal(&b, 9, &c, 1), equal);
    }
}

static void inverses__agree_for_any_number_of_vectors(void **state) {
    (void)state;
    for (int round = 0; round < 200; round++) {
        size_t n = (size_t)round % (VECTORS + 1);
        fp v[VECTORS][FP8_LANES];
        fp8 a[VECTORS], scratch[VECTORS];
        for (size_t k = 0; k < n; k++) {
            draw(v[k]);
            for (int i = 0; i < FP8_LANES; i++) {
                if (values_random_u64() % 5 == 0) fp_set_zero(&v[k][i]);
            }
            load(&a[k], v[k]);
        }
        fp8_inv_batch(a, n, scratch);
        for (size_t k = 0; k < n; k++) {
            for (int i = 0; i < FP8_LANES; i++) fp_inv(&v[k][i], &v[k][i]);
            same("inv_batch", &a[k], v[k]);
        }
    }
}

/* Exponents of every length with runs of ones and zeros, ends of both kinds; any number of vectors; and squarings
 * alone, which start from operands at their bounds. */
static void powers__agree(void **state) {
    (void)state;
    for (int round = 0; round < 300; round++) {
        size_t n = 1 + (size_t)round % 3, bits = 1 + (size_t)values_random_u64() % 200, times = (size_t)round % 8;
        uint64_t exponent[4] = {0}, random = 0;
        fp v[3][FP8_LANES], want[FP8_LANES];
        fp8 a[3], r[3], scratch[17 * 3];
        for (size_t bit = 0, run = 0; bit < bits; bit++) {
            if (run-- == 0) random = values_random_u64(), run = random / 2 % 9;
            exponent[bit / 64] |= (random & 1) << bit % 64;
        }
        exponent[(bits - 1) / 64] |= 1ull << (bits - 1) % 64;
        for (size_t k = 0; k < n; k++) {
            draw(v[k]);
            load(&a[k], v[k]);
        }
        fp8_pow_n(r, a, n, exponent, COUNT(exponent), scratch);
        for (size_t k = 0; k < n; k++) {
            for (int i = 0; i < FP8_LANES; i++) fp_pow(&want[i], &v[k][i], exponent, COUNT(exponent));
            same("pow_n", &r[k], want);
        }
        for (size_t k = 0; k < 2; k++) {
            if (k >= n) memcpy(v[k], v[0], sizeof v[k]), a[k] = a[0];
            lift(&r[k], &a[k], 16);
            if (times == 0) r[k] = a[k];
        }
        fp8_sqr2_times(r, times);
        for (size_t k = 0; k < 2; k++) {
            for (int i = 0; i < FP8_LANES; i++) {
                want[i] = v[k][i];
                for (size_t t = 0; t < times; t++) fp_sqr(&want[i], &want[i]);
            }
            same("sqr2_times", &r[k], want);
        }
    }
}

/* Two factors of all ranges; and a zero in any one lane of either. */
static void inverses_of_two__agree(void **state) {
    (void)state;
    for (int round = 0; round < 400; round++) {
        fp v[2][FP8_LANES];
        fp8 a[2], before[2];
        for (int k = 0; k < 2; k++) {
            draw(v[k]);
            for (int i = 0; i < FP8_LANES; i++) {
                if (fp_is_zero(&v[k][i])) fp_set_one(&v[k][i]);
            }
            load(&a[k], v[k]);
            if (round % 3 == 1) lift(&a[k], &a[k], 16);
            if (round % 2 == 1) dirty(&a[k]);
        }
        assert_true(fp8_inv_two(a));
        for (int k = 0; k < 2; k++) {
            for (int i = 0; i < FP8_LANES; i++) fp_inv(&v[k][i], &v[k][i]);
            same("inv_two", &a[k], v[k]);
        }
        fp_set_zero(&v[round / FP8_LANES % 2][round % FP8_LANES]);
        for (int k = 0; k < 2; k++) load(&a[k], v[k]);
        memcpy(before, a, sizeof a);
        assert_false(fp8_inv_two(a));
        for (int k = 0; k < 2; k++) assert_memory_equal(a[k].l, before[k].l, sizeof a[k].l);
    }
}

static void square_roots__agree(void **state) {
    (void)state;
    for (int round = 0; round < 60; round++) {
        size_t n = 1 + (size_t)round % 3;
        fp v[3][FP8_LANES], roots[FP8_LANES];
        fp8 a[3], r[3], scratch[17 * 3];
        __mmask8 is_square[3];
        for (size_t k = 0; k < n; k++) {
            draw(v[k]);
            load(&a[k], v[k]);
        }
        fp8_sqrt_n(r, is_square, a, n, scratch);
        for (size_t k = 0; k < n; k++) {
            fp8_store_strided(roots, sizeof *roots, FP8_LANES, &r[k]);
            for (int i = 0; i < FP8_LANES; i++) {
                fp want;
                bool square = fp_sqrt(&want, &v[k][i]);
                assert_int_equal(is_square[k] >> i & 1, square);
                if (square) assert_memory_equal(&roots[i], &want, sizeof want);
            }
        }
    }
}

static int open_all(void **state) {
    (void)state;
    values_seed();
    edge_count = values_edges(edges, FP_MODULUS, FP_ONE.l, FP_LIMBS);
    return 0;
}

int main(void) {
    if (!field_select("ifma")) {
        fprintf(stderr, "SKIPPED: this machine cannot run the variant 'ifma'\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversions__give_back_what_went_in),
        cmocka_unit_test(products_and_sums__agree),
        cmocka_unit_test(products__of_and_to_other_forms_agree),
        cmocka_unit_test(products__round_every_column),
        cmocka_unit_test(reductions__end_below_2p_with_the_same_value),
        cmocka_unit_test(zero_and_equality__are_seen_in_every_form),
        cmocka_unit_test(inverses__agree_for_any_number_of_vectors),
        cmocka_unit_test(powers__agree),
        cmocka_unit_test(inverses_of_two__agree),
        cmocka_unit_test(square_roots__agree),
    };
    return cmocka_run_group_tests(tests, open_all, NULL);
}
