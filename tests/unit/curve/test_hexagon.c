/* Digits in the endomorphism's ring: they add up to the scalar again, whatever the base, and stay in the hexagon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "curve/constants.h"
#include "curve/hexagon.h"
#include "unit/curve/curve_support.h"

static void fr_of_code(fr *r, const struct hexagon *h, uint16_t code) {
    fr zeta;
    if (code == HEXAGON_ZERO) {
        fr_set_zero(r);
        return;
    }
    int bucket = code >> HEXAGON_BUCKET, a = 1;
    assert_true(bucket < h->per_digit);
    while (h->row[a + 1] <= bucket) a++;
    fr_of_weight(r, a, bucket - h->row[a]);
    fr_from_plain(&zeta, (const uint64_t[4]){GLV_X2[0], GLV_X2[1]});
    assert_true((code & HEXAGON_UNIT) < 6);
    for (unsigned j = 0; j < (code & HEXAGON_UNIT); j++) fr_mul(r, r, &zeta);
}

static void check(const struct hexagon *h, const fr *k, size_t n) {
    size_t codes_n = (size_t)h->digits * n;
    uint16_t *codes = malloc(sizeof *codes * (codes_n + 1));
    fr sum, base, digit;
    codes[codes_n] = 0x1234;
    hexagon_recode(codes, h, k, n);
    assert_int_equal(codes[codes_n], 0x1234);
    fr_from_u64(&base, (uint64_t)h->base);
    for (size_t j = 0; j < n; j++) {
        fr_set_zero(&sum);
        for (size_t i = (size_t)h->digits; i-- > 0;) {
            fr_of_code(&digit, h, codes[i * n + j]);
            fr_mul(&sum, &sum, &base);
            fr_add(&sum, &sum, &digit);
        }
        assert_true(fr_equal(&sum, &k[j]));
    }
    free(codes);
}

/* Halves in the corners of what glv_split gives, and around the middles of digits. */
static void corner(fr *r, const struct hexagon *h, size_t kind) {
    const uint64_t limit[4] = {GLV_X2_HALF[0], GLV_X2_HALF[1]};
    fr a, b, x2, base;
    fr_from_plain(&x2, (const uint64_t[4]){GLV_X2[0], GLV_X2[1]});
    fr_from_u64(&base, (uint64_t)h->base);
    fr_from_plain(&a, limit);
    b = a;
    if (kind / 4 % 2 != 0) { /* all digits in a corner of the square */
        fr middle;
        fr_from_u64(&middle, (uint64_t)h->base / 2);
        fr_set_zero(&a);
        for (int i = 0; i < h->digits - 2; i++) {
            fr_mul(&a, &a, &base);
            fr_add(&a, &a, &middle);
        }
        b = a;
    }
    if (kind / 8 != 0) fr_sub(&b, &b, &base);
    if (kind % 2 != 0) fr_neg(&a, &a);
    if (kind / 2 % 2 != 0) fr_neg(&b, &b);
    fr_mul(&b, &b, &x2);
    fr_add(r, &a, &b);
}

/* Around a multiple of x^2, where a quotient is estimated one too small. */
static void near_multiple(fr *r, size_t kind) {
    fr x2, quotient, rest;
    fr_from_plain(&x2, (const uint64_t[4]){GLV_X2[0], GLV_X2[1]});
    fr_from_plain(&quotient, (const uint64_t[4]){random_u64(), random_u64() % GLV_X2[1]});
    if (kind / 3 == 0) quotient = x2;
    fr_from_u64(&rest, 1);
    fr_mul(r, &quotient, &x2);
    if (kind % 3 == 1) fr_add(r, r, &rest);
    if (kind % 3 == 2) fr_sub(r, r, &rest);
}

/* As many scalars as the lanes take twice, and some more. */
static void hexagon_recode__adds_up_to_every_base(void **unused) {
    (void)unused;
    enum { N = 2 * EDGE_FR_COUNT + 16 + 12 + 40 };
    static fr k[N];
    for (int base = HEXAGON_BASE_MIN; base <= HEXAGON_BASE_MAX; base++) {
        struct hexagon h;
        size_t n = 0;
        hexagon_init(&h, base);
        for (size_t i = 0; i < EDGE_FR_COUNT; i++) {
            edge_fr(&k[n++], i);
            fr_neg(&k[n], &k[n - 1]);
            n++;
        }
        for (size_t kind = 0; kind < 16; kind++) corner(&k[n++], &h, kind);
        for (size_t kind = 0; kind < 12; kind++) near_multiple(&k[n++], kind);
        while (n < N) random_fr(&k[n++]);
        for (size_t i = N; i-- > 1;) { /* every kind in every lane */
            size_t j = random_below(i + 1);
            fr t = k[i];
            k[i] = k[j];
            k[j] = t;
        }
        check(&h, k, N);
        check(&h, k, 1 + random_below(40));
    }
}

/* The buckets are all (a, b) with a > 0, b >= 0 in the hexagon, each once, and nearly a sixth of all digits. */
static void hexagon_init__lists_the_sector(void **unused) {
    (void)unused;
    for (int base = HEXAGON_BASE_MIN; base <= HEXAGON_BASE_MAX; base++) {
        struct hexagon h;
        int buckets = 0;
        hexagon_init(&h, base);
        assert_int_equal(h.row[1], 0);
        for (int a = 1; a <= base; a++) {
            int row = 0;
            for (int b = 0; b <= base; b++) row += 2 * a + b <= base && a + 2 * b <= base;
            if (row > 0) assert_true(a <= h.rows && h.row[a + 1] - h.row[a] == row && row - 1 <= h.rows);
            buckets += row;
        }
        assert_int_equal(h.per_digit, buckets);
        assert_true(6 * buckets >= base * base - 1 && 6 * buckets <= base * base + 2 * base + 6);
    }
}

/* a + b zeta, of any sign. */
static void fr_of_number(fr *r, int a, int b) {
    fr zeta, of_b;
    fr_from_plain(&zeta, (const uint64_t[4]){GLV_X2[0], GLV_X2[1]});
    fr_from_u64(r, (uint64_t)abs(a));
    fr_from_u64(&of_b, (uint64_t)abs(b));
    if (a < 0) fr_neg(r, r);
    if (b < 0) fr_neg(&of_b, &of_b);
    fr_mul(&of_b, &of_b, &zeta);
    fr_add(r, r, &of_b);
}

/* The digit is the number, or differs from it by the base times a number next to zero. */
static void check_residue(const struct hexagon *h, int a, int b) {
    fr digit, near;
    int found = 0;
    fr_of_code(&digit, h, hexagon_residue(h, a, b));
    for (int k = 0; k < 9; k++) {
        fr_of_number(&near, a + h->base * (k % 3 - 1), b + h->base * (k / 3 - 1));
        found += fr_equal(&digit, &near);
    }
    assert_int_equal(found, 1);
}

static void hexagon_residue__is_the_number_modulo_the_base(void **unused) {
    (void)unused;
    for (int base = HEXAGON_BASE_MIN; base <= 32; base++) {
        struct hexagon h;
        hexagon_init(&h, base);
        for (int a = -(base / 2); a <= base / 2; a++) {
            for (int b = -(base / 2); b <= base / 2; b++) check_residue(&h, a, b);
        }
    }
}

static void check_constant(const struct hexagon *constant, int base) {
    struct hexagon h;
    hexagon_init(&h, base);
    assert_int_equal(h.base, constant->base);
    assert_int_equal(h.digits, constant->digits);
    assert_int_equal(h.digits_short, constant->digits_short);
    assert_int_equal(h.rows, constant->rows);
    assert_int_equal(h.per_digit, constant->per_digit);
    assert_memory_equal(h.row, constant->row, sizeof h.row);
    assert_memory_equal(h.bias, constant->bias, sizeof h.bias);
    assert_memory_equal(h.reciprocal, constant->reciprocal, sizeof h.reciprocal);
}

static void constants__are_what_init_makes(void **unused) {
    (void)unused;
    check_constant(&HEXAGON_8, 8);
    check_constant(&HEXAGON_10, 10);
    check_constant(&HEXAGON_11, 11);
}

static bool in_hexagon(int a, int b, int base) {
    return abs(2 * a + b) <= base && abs(a + 2 * b) <= base && abs(a - b) <= base;
}

/* Do no two digits have the same product with a point of order 11, nor, by the norm, of 10177 or more? */
static bool digits_differ_on_torsion(int base) {
    for (int a = -base; a <= base; a++) {
        for (int b = -base; b <= base; b++) {
            for (int i = 0; i < 4 * base * base; i++) {
                int c = i % (2 * base) - base, d = i / (2 * base) - base, da = a - c, db = b - d;
                if (!in_hexagon(a, b, base) || !in_hexagon(c, d, base) || (da == 0 && db == 0)) continue;
                assert_true(da * da + da * db + db * db < 10177);
                if (da % 11 == 0 && db % 11 == 0) return false;
            }
        }
    }
    return true;
}

/* What checking the subgroup by digits needs (curve/g1_subgroup.h). */
static void digits_to_small_bases__differ_on_torsion(void **unused) {
    (void)unused;
    assert_true(digits_differ_on_torsion(HEXAGON_8.base));
    assert_true(digits_differ_on_torsion(HEXAGON_10.base));
    assert_false(digits_differ_on_torsion(11));
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hexagon_recode__adds_up_to_every_base),
        cmocka_unit_test(hexagon_init__lists_the_sector),
        cmocka_unit_test(hexagon_residue__is_the_number_modulo_the_base),
        cmocka_unit_test(constants__are_what_init_makes),
        cmocka_unit_test(digits_to_small_bases__differ_on_torsion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
