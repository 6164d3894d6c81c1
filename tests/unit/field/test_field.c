/* Every function that Fp and Fr share, on edges and random values, against big numbers and against each other's laws.
 *
 * KZG_FIELD_INVERSIONS: how many random inversions (10^6; 10^7 for a long run). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/field/subjects.h"

#define RANDOM_PAIRS 20000

static struct trial trials[SUBJECTS];

static int open_all(void **state) {
    (void)state;
    trials_open(trials);
    return 0;
}

static int close_all(void **state) {
    (void)state;
    trials_close(trials);
    return 0;
}

static void check(const struct subject *s, const char *what, const uint64_t *got, const uint64_t *want,
                  const uint64_t *a, const uint64_t *b) {
    if (memcmp(got, want, sizeof(uint64_t) * (size_t)s->n) == 0) return;
    print_error("%s: %s differs\n", s->name, what);
    for (int i = 0; i < s->n; i++) {
        print_error("  limb %d: got %016llx want %016llx  a %016llx b %016llx\n", i, (unsigned long long)got[i],
                    (unsigned long long)want[i], (unsigned long long)a[i], (unsigned long long)b[i]);
    }
    fail();
}

static void check_pair(struct trial *t, const uint64_t *a, const uint64_t *b) {
    const struct subject *s = t->s;
    value got, want;
    s->mul(got, a, b);
    oracle_mul(t->oracle, want, a, b);
    check(s, "mul", got, want, a, b);
    s->add(got, a, b);
    oracle_add(t->oracle, want, a, b);
    check(s, "add", got, want, a, b);
    s->sub(got, a, b);
    oracle_sub(t->oracle, want, a, b);
    check(s, "sub", got, want, a, b);
}

static void check_one(struct trial *t, const uint64_t *a) {
    static const value zero = {0};
    const struct subject *s = t->s;
    value got, want;
    s->sqr(got, a);
    oracle_mul(t->oracle, want, a, a);
    check(s, "sqr", got, want, a, a);
    s->neg(got, a);
    oracle_sub(t->oracle, want, zero, a);
    check(s, "neg", got, want, a, a);
    s->inv(got, a);
    oracle_inv(t->oracle, want, a);
    check(s, "inv", got, want, a, a);
    s->to_plain(got, a);
    oracle_leave(t->oracle, want, a);
    check(s, "to_plain", got, want, a, a);
    s->from_plain(got, a);
    oracle_enter(t->oracle, want, a);
    check(s, "from_plain", got, want, a, a);
}

static void arithmetic__agrees_with_big_numbers_on_edges(void **state) {
    (void)state;
    for (int k = 0; k < SUBJECTS; k++) {
        struct trial *t = &trials[k];
        assert_true(t->count > 40);
        for (size_t i = 0; i < t->count; i++) {
            check_one(t, t->edges[i]);
            for (size_t j = 0; j < t->count; j++) check_pair(t, t->edges[i], t->edges[j]);
        }
    }
}

static void arithmetic__agrees_with_big_numbers_on_random_values(void **state) {
    (void)state;
    for (int k = 0; k < SUBJECTS; k++) {
        struct trial *t = &trials[k];
        const struct subject *s = t->s;
        for (int i = 0; i < RANDOM_PAIRS; i++) {
            value a, b;
            values_random(a, s->modulus, s->n);
            values_random(b, s->modulus, s->n);
            check_pair(t, a, b);
            check_pair(t, t->edges[(size_t)i % t->count], b);
            if (i % 4 == 0) check_one(t, a);
        }
    }
}

/* r = a, r = b, a = b, all three, for two operands; r = a for one. */
static void check_aliases(const struct subject *s, const uint64_t *a, const uint64_t *b) {
    void (*const two[])(uint64_t *, const uint64_t *, const uint64_t *) = {s->mul, s->add, s->sub};
    void (*const one[])(uint64_t *, const uint64_t *) = {s->sqr, s->neg, s->inv};
    value want, x;
    for (int i = 0; i < 3; i++) {
        two[i](want, a, b);
        memcpy(x, a, sizeof x);
        two[i](x, x, b);
        check(s, "r = a", x, want, a, b);
        memcpy(x, b, sizeof x);
        two[i](x, a, x);
        check(s, "r = b", x, want, a, b);
        value copy;
        memcpy(copy, a, sizeof copy);
        two[i](want, a, copy);
        two[i](x, a, a);
        check(s, "a = b", x, want, a, a);
        memcpy(x, a, sizeof x);
        two[i](x, x, x);
        check(s, "r = a = b", x, want, a, a);
        one[i](want, a);
        memcpy(x, a, sizeof x);
        one[i](x, x);
        check(s, "r = a of one operand", x, want, a, a);
    }
}

static void operands__may_alias_in_every_way(void **state) {
    (void)state;
    for (int k = 0; k < SUBJECTS; k++) {
        const struct trial *t = &trials[k];
        for (size_t i = 0; i < t->count; i++) {
            value b;
            values_random(b, t->s->modulus, t->s->n);
            check_aliases(t->s, t->edges[i], b);
            check_aliases(t->s, b, t->edges[i]);
            check_aliases(t->s, t->edges[i], t->edges[(i * 7 + 3) % t->count]);
        }
    }
}

/* sqr(a) = a a; (a+b)^2 = a^2 + 2ab + b^2; (a+b)(a-b) = a^2 - b^2; a(b+c) = ab + ac. */
static void check_laws(const struct subject *s, const uint64_t *a, const uint64_t *b, const uint64_t *c) {
    value aa, bb, ab, sum, difference, left, right;
    s->sqr(aa, a);
    s->mul(right, a, a);
    check(s, "sqr(a) = a a", aa, right, a, a);
    s->sqr(bb, b);
    s->mul(ab, a, b);
    s->mul(right, b, a);
    check(s, "a b = b a", ab, right, a, b);
    s->add(sum, a, b);
    s->sub(difference, a, b);
    s->sqr(left, sum);
    s->add(right, ab, ab);
    s->add(right, right, aa);
    s->add(right, right, bb);
    check(s, "(a+b)^2", left, right, a, b);
    s->mul(left, sum, difference);
    s->sub(right, aa, bb);
    check(s, "(a+b)(a-b)", left, right, a, b);
    s->add(left, b, c);
    s->mul(left, a, left);
    s->mul(right, a, c);
    s->add(right, right, ab);
    check(s, "a(b+c)", left, right, a, b);
}

static void laws__hold_on_edges_and_random_values(void **state) {
    (void)state;
    for (int k = 0; k < SUBJECTS; k++) {
        const struct trial *t = &trials[k];
        value a, b, c;
        for (size_t i = 0; i < t->count; i++) {
            values_random(c, t->s->modulus, t->s->n);
            for (size_t j = 0; j < t->count; j++) check_laws(t->s, t->edges[i], t->edges[j], c);
        }
        for (int i = 0; i < RANDOM_PAIRS; i++) {
            values_random(a, t->s->modulus, t->s->n);
            values_random(b, t->s->modulus, t->s->n);
            values_random(c, t->s->modulus, t->s->n);
            check_laws(t->s, a, b, c);
        }
    }
}

static size_t inversions_wanted(void) {
    const char *text = getenv("KZG_FIELD_INVERSIONS");
    if (text != NULL && text[0] != '\0') return strtoull(text, NULL, 10);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__) || defined(__aarch64__)
    return 50000; /* slow builds and emulated machines */
#else
    return 1000000;
#endif
}

static void inverse__times_value_is_one(void **state) {
    (void)state;
    size_t count = inversions_wanted();
    for (int k = 0; k < SUBJECTS; k++) {
        const struct trial *t = &trials[k];
        value a, inverse, product;
        for (size_t i = 0; i < count; i++) {
            values_random(a, t->s->modulus, t->s->n);
            if (t->s->is_zero(a)) continue;
            t->s->inv(inverse, a);
            t->s->mul(product, a, inverse);
            check(t->s, "a / a", product, t->s->one, a, inverse);
        }
    }
}

/* Montgomery forms that are small, near the modulus, or near a power of two: where batches of divsteps end early or
 * late, and where a top limb is dropped. */
static void inverse__of_every_power_of_two_and_its_neighbours(void **state) {
    (void)state;
    for (int k = 0; k < SUBJECTS; k++) {
        struct trial *t = &trials[k];
        const struct subject *s = t->s;
        int bits = 64 * s->n - __builtin_clzll(s->modulus[s->n - 1]) - 1;
        for (int bit = 0; bit < bits; bit++) {
            for (uint64_t offset = 0; offset < 3; offset++) {
                value power = {0}, one = {1}, a, got, want;
                power[bit / 64] = (uint64_t)1 << (bit % 64);
                memcpy(a, power, sizeof a);
                if (offset == 1) values_sub(a, power, one, s->n);
                if (offset == 2) values_sub(a, s->modulus, power, s->n);
                s->inv(got, a);
                oracle_inv(t->oracle, want, a);
                check(s, "inv near a power of two", got, want, a, a);
                s->inv(got, got);
                check(s, "inverse of the inverse", got, a, a, a);
            }
        }
    }
}

static void inverse__of_zero_is_zero(void **state) {
    (void)state;
    for (int k = 0; k < SUBJECTS; k++) {
        value a = {0}, got;
        memset(got, 0xff, sizeof got);
        trials[k].s->inv(got, a);
        assert_true(trials[k].s->is_zero(got));
    }
}

/* zeros has a bit for each entry. */
static void check_batch(struct trial *t, size_t n, uint64_t zeros) {
    uint64_t got[17 * VALUE_LIMBS_MAX] = {0}, in[17 * VALUE_LIMBS_MAX] = {0};
    size_t limbs = (size_t)t->s->n;
    for (size_t i = 0; i < n; i++) {
        if ((zeros >> i & 1) == 0) values_random(in + limbs * i, t->s->modulus, t->s->n);
    }
    memcpy(got, in, sizeof got);
    t->s->inv_batch(got, n);
    for (size_t i = 0; i < n; i++) {
        value want;
        oracle_inv(t->oracle, want, in + limbs * i);
        check(t->s, "batch inverse", got + limbs * i, want, in + limbs * i, in + limbs * i);
    }
}

static void batch_inverse__leaves_zeros_and_inverts_the_rest(void **state) {
    (void)state;
    for (int k = 0; k < SUBJECTS; k++) {
        struct trial *t = &trials[k];
        check_batch(t, 0, 0);
        for (size_t n = 1; n <= 4; n++) {
            for (uint64_t zeros = 0; zeros < (uint64_t)1 << n; zeros++) check_batch(t, n, zeros);
        }
        uint64_t all = ((uint64_t)1 << 17) - 1;
        const uint64_t patterns[] = {0, 1, (uint64_t)1 << 16, (uint64_t)1 << 8, all, all - 1, all >> 1, 0x15555};
        for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) check_batch(t, 17, patterns[i]);
    }
}

static void zero_and_equality__compare_reduced_values(void **state) {
    (void)state;
    for (int k = 0; k < SUBJECTS; k++) {
        const struct trial *t = &trials[k];
        const struct subject *s = t->s;
        value zero, one, last, x;
        s->set_zero(zero);
        s->set_one(one);
        assert_true(s->is_zero(zero));
        assert_false(s->is_zero(one));
        check(s, "one", one, s->one, one, one);
        /* -1 + 1 and a - a are the zero that is_zero knows, not the modulus. */
        s->neg(last, one);
        s->add(x, last, one);
        assert_true(s->is_zero(x));
        s->neg(x, zero);
        assert_true(s->is_zero(x));
        for (size_t i = 0; i < t->count; i++) {
            s->sub(x, t->edges[i], t->edges[i]);
            assert_true(s->is_zero(x));
            for (size_t j = 0; j < t->count; j++) assert_int_equal(s->equal(t->edges[i], t->edges[j]), i == j);
            for (int limb = 0; limb < s->n; limb++) {
                memcpy(x, t->edges[i], sizeof x);
                x[limb] ^= (uint64_t)1 << (7 * limb % 64);
                assert_false(s->equal(x, t->edges[i]));
            }
        }
        for (int bit = 0; bit < 64 * s->n; bit++) {
            memset(x, 0, sizeof x);
            x[bit / 64] = (uint64_t)1 << (bit % 64);
            assert_false(s->is_zero(x));
        }
    }
}

static void from_u64__is_the_integer(void **state) {
    (void)state;
    const uint64_t integers[] = {0, 1, 2, 0xffffffff, 0x100000000, 0x8000000000000000, UINT64_MAX};
    for (int k = 0; k < SUBJECTS; k++) {
        for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
            value plain = {integers[i]}, got, want;
            trials[k].s->from_u64(got, integers[i]);
            oracle_enter(trials[k].oracle, want, plain);
            check(trials[k].s, "from_u64", got, want, plain, plain);
        }
    }
}

static void to_bytes(uint8_t *out, const uint64_t *plain, int n) {
    for (int i = 0; i < 8 * n; i++) out[8 * n - 1 - i] = (uint8_t)(plain[i / 8] >> (8 * (i % 8)));
}

static void check_refused(const struct subject *s, const uint8_t *in) {
    value out, before;
    memset(out, 0x5a, sizeof out);
    memcpy(before, out, sizeof out);
    assert_false(s->from_be(out, in));
    assert_memory_equal(out, before, sizeof out);
}

static void bytes__round_trip_below_the_modulus(void **state) {
    (void)state;
    for (int k = 0; k < SUBJECTS; k++) {
        struct trial *t = &trials[k];
        const struct subject *s = t->s;
        for (size_t i = 0; i < t->count + 200; i++) {
            value plain, got, want;
            if (i < t->count) memcpy(plain, t->edges[i], sizeof plain);
            if (i >= t->count) values_random(plain, s->modulus, s->n);
            uint8_t in[48], out[48];
            to_bytes(in, plain, s->n);
            assert_true(s->from_be(got, in));
            oracle_enter(t->oracle, want, plain);
            check(s, "from_be", got, want, plain, plain);
            s->to_be(out, got);
            assert_memory_equal(in, out, (size_t)s->bytes);
        }
    }
}

static void bytes__refuse_the_modulus_and_above(void **state) {
    (void)state;
    for (int k = 0; k < SUBJECTS; k++) {
        const struct trial *t = &trials[k];
        const struct subject *s = t->s;
        uint8_t in[48];
        value v = {0};
        to_bytes(in, s->modulus, s->n);
        check_refused(s, in);
        memset(in, 0xff, sizeof in);
        check_refused(s, in);
        for (int bit = 64 * s->n - __builtin_clzll(s->modulus[s->n - 1]); bit < 64 * s->n; bit++) {
            memset(v, 0, sizeof v);
            v[bit / 64] = (uint64_t)1 << (bit % 64);
            to_bytes(in, v, s->n);
            check_refused(s, in);
        }
        /* The modulus plus every edge; and with one limb larger, the ones below it zero. */
        for (size_t i = 0; i < t->count; i++) {
            values_add(v, s->modulus, t->edges[i], s->n);
            to_bytes(in, v, s->n);
            check_refused(s, in);
        }
        for (int limb = 0; limb < s->n; limb++) {
            memcpy(v, s->modulus, sizeof(uint64_t) * (size_t)s->n);
            if (v[limb] == UINT64_MAX) continue;
            v[limb]++;
            for (int i = 0; i < limb; i++) v[i] = 0;
            to_bytes(in, v, s->n);
            check_refused(s, in);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic__agrees_with_big_numbers_on_edges),
        cmocka_unit_test(arithmetic__agrees_with_big_numbers_on_random_values),
        cmocka_unit_test(operands__may_alias_in_every_way),
        cmocka_unit_test(laws__hold_on_edges_and_random_values),
        cmocka_unit_test(inverse__times_value_is_one),
        cmocka_unit_test(inverse__of_every_power_of_two_and_its_neighbours),
        cmocka_unit_test(inverse__of_zero_is_zero),
        cmocka_unit_test(batch_inverse__leaves_zeros_and_inverts_the_rest),
        cmocka_unit_test(zero_and_equality__compare_reduced_values),
        cmocka_unit_test(from_u64__is_the_integer),
        cmocka_unit_test(bytes__round_trip_below_the_modulus),
        cmocka_unit_test(bytes__refuse_the_modulus_and_above),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
