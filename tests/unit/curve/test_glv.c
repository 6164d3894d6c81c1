/* The scalar's split and its digits: they must add up to the scalar again and stay in their bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "curve/constants.h"
#include "curve/glv.h"
#include "unit/curve/curve_support.h"

#define ROUNDS 3000

static void fr_of_half(fr *r, const struct glv_half *half) {
    const uint64_t plain[4] = {half->l[0], half->l[1]};
    fr_of_plain(r, plain);
    if (half->negative) fr_neg(r, r);
}

/* sum digits[i] 2^(width i). */
static void fr_of_digits(fr *r, const int32_t *digits, int windows, int width) {
    fr t, d;
    fr_set_zero(&t);
    for (int i = windows - 1; i >= 0; i--) {
        for (int k = 0; k < width; k++) fr_add(&t, &t, &t);
        fr_from_u64(&d, (uint64_t)(digits[i] < 0 ? -digits[i] : digits[i]));
        if (digits[i] < 0) fr_neg(&d, &d);
        fr_add(&t, &t, &d);
    }
    *r = t;
}

/* a <= floor(x^2 / 2) + 1 */
static void assert_small(const struct glv_half *a) {
    uint64_t bound[2] = {GLV_X2_HALF[0] + 1, GLV_X2_HALF[1]};
    assert_true(a->l[1] < bound[1] || (a->l[1] == bound[1] && a->l[0] <= bound[0]));
}

static void check_split(const fr *k) {
    struct glv_half halves[2];
    fr x2, low, high;
    glv_split(halves, k);
    assert_small(&halves[0]);
    assert_small(&halves[1]);
    edge_fr(&x2, 12);
    fr_of_half(&low, &halves[0]);
    fr_of_half(&high, &halves[1]);
    fr_mul(&high, &high, &x2);
    fr_add(&low, &low, &high);
    assert_true(fr_equal(&low, k));
}

/* Edges, their neighbours and opposites, then random ones. */
static void each_scalar(void (*check)(const fr *k)) {
    const fr one = FR_ONE;
    fr k, t, x2;
    for (size_t i = 0; i < EDGE_FR_COUNT; i++) {
        edge_fr(&k, i);
        check(&k);
        fr_add(&t, &k, &one);
        check(&t);
        fr_sub(&t, &k, &one);
        check(&t);
        fr_neg(&t, &k);
        check(&t);
    }
    fr_set_one(&k);
    for (int i = 0; i < 256; i++) {
        check(&k);
        fr_neg(&t, &k);
        check(&t);
        fr_add(&k, &k, &k);
    }
    edge_fr(&x2, 12);
    for (size_t i = 0; i < ROUNDS; i++) {
        random_fr(&k);
        check(&k);
        fr_from_u64(&k, random_u64()); /* around multiples of x^2, where the quotient changes */
        if ((i & 1) != 0) fr_mul(&k, &k, &k);
        fr_mul(&k, &k, &x2);
        check(&k);
        fr_sub(&t, &k, &one);
        check(&t);
        fr_from_plain(&t, (const uint64_t[4]){GLV_X2_HALF[0], GLV_X2_HALF[1]});
        fr_add(&k, &k, &t); /* where the remainder changes its sign */
        check(&k);
        fr_add(&k, &k, &one);
        check(&k);
    }
}

static void glv_split__adds_up(void **unused) {
    (void)unused;
    each_scalar(check_split);
}

static void check_digits(const fr *k) {
    struct glv_half halves[2];
    glv_split(halves, k);
    for (int h = 0; h < 2; h++) {
        fr expected, got;
        fr_of_half(&expected, &halves[h]);
        int width = 1 + (int)random_below(30), windows = glv_windows(GLV_BITS, width);
        int32_t digits[128 + 1];
        digits[windows] = 0x1234;
        glv_digits(digits, 1, &halves[h], width, windows);
        assert_int_equal(digits[windows], 0x1234);
        for (int i = 0; i < windows; i++) {
            int magnitude = digits[i] < 0 ? -digits[i] : digits[i];
            assert_true(magnitude <= 1 << (width - 1));
        }
        fr_of_digits(&got, digits, windows, width);
        assert_true(fr_equal(&got, &expected));
    }
}

static void glv_digits__add_up_in_random_widths(void **unused) {
    (void)unused;
    each_scalar(check_digits);
}

/* Halves made of one digit repeated: the largest, the one above it (a carry into every window), all ones. */
static void glv_digits__carry_through_every_width(void **unused) {
    (void)unused;
    for (int width = 1; width <= 30; width++) {
        assert_int_equal(glv_windows(GLV_BITS, width), (128 + width - 1) / width);
        const uint64_t middle = (uint64_t)1 << (width - 1);
        const uint64_t repeated[] = {middle, middle + 1, middle - 1, ((uint64_t)1 << width) - 1, 1};
        for (size_t p = 0; p < COUNT(repeated) * 2; p++) {
            struct glv_half half = {{0, 0}, p % 2 != 0};
            for (int bit = 0; bit < 127; bit++) {
                if ((repeated[p / 2] >> (bit % width) & 1) != 0) half.l[bit / 64] |= (uint64_t)1 << (bit % 64);
            }
            half.l[1] &= 0x5fffffffffffffffu; /* below x^2 / 2 */
            fr expected, got;
            int32_t digits[128];
            fr_of_half(&expected, &half);
            glv_digits(digits, 1, &half, width, glv_windows(GLV_BITS, width));
            fr_of_digits(&got, digits, glv_windows(GLV_BITS, width), width);
            assert_true(fr_equal(&got, &expected));
        }
    }
}

/* Short halves, the longest among them: back from glv_join, and in digits of half the number. */
static void short_halves__survive(void **unused) {
    (void)unused;
    for (int round = 0; round < 400; round++) {
        struct glv_half halves[2], again[2];
        fr k;
        for (int h = 0; h < 2; h++) {
            const uint64_t magnitudes[] = {random_u64() >> 1, (uint64_t)1 << 63, ((uint64_t)1 << 63) - 1, 1, 0};
            halves[h] = (struct glv_half){{magnitudes[random_below(COUNT(magnitudes))], 0}, random_below(2) != 0};
            if (halves[h].l[0] == 0) halves[h].negative = false;
        }
        glv_join(&k, halves);
        glv_split(again, &k);
        for (int h = 0; h < 2; h++) {
            int width = 1 + (int)random_below(30), windows = glv_windows(GLV_SHORT_BITS, width);
            int32_t digits[GLV_SHORT_BITS];
            fr expected, got;
            assert_int_equal(again[h].l[0], halves[h].l[0]);
            assert_int_equal(again[h].l[1], 0);
            if (halves[h].l[0] != 0) assert_int_equal(again[h].negative, halves[h].negative);
            glv_digits(digits, 1, &halves[h], width, windows);
            fr_of_half(&expected, &halves[h]);
            fr_of_digits(&got, digits, windows, width);
            assert_true(fr_equal(&got, &expected));
        }
    }
}

static void check_wnaf(const fr *k) {
    struct glv_half halves[2];
    struct glv_wnaf naf;
    glv_split(halves, k);
    glv_wnaf(&naf, k);
    assert_in_range(naf.length, 0, GLV_WNAF_LENGTH);
    for (int h = 0; h < 2; h++) {
        int32_t wide[GLV_WNAF_LENGTH];
        int last = -GLV_WNAF_WIDTH;
        for (int i = 0; i < GLV_WNAF_LENGTH; i++) {
            int digit = naf.digits[h][i];
            wide[i] = digit;
            if (digit == 0) continue;
            assert_true(digit % 2 != 0 && digit > -16 && digit < 16);
            assert_true(i < naf.length && i - last >= GLV_WNAF_WIDTH);
            last = i;
        }
        fr expected, got;
        fr_of_half(&expected, &halves[h]);
        fr_of_digits(&got, wide, GLV_WNAF_LENGTH, 1);
        assert_true(fr_equal(&got, &expected));
    }
}

static void glv_wnaf__adds_up_and_is_sparse(void **unused) {
    (void)unused;
    each_scalar(check_wnaf);
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(glv_split__adds_up),
        cmocka_unit_test(glv_digits__add_up_in_random_widths),
        cmocka_unit_test(glv_digits__carry_through_every_width),
        cmocka_unit_test(short_halves__survive),
        cmocka_unit_test(glv_wnaf__adds_up_and_is_sparse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
