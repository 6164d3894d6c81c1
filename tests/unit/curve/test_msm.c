/* Sums of products: every length around a change of method, every window width, extreme scalars, equal, opposite and
 * infinite points. The points are known multiples of the generator, so that one plain multiplication by
 * sum k_i a_i is the answer. Working memory ends at an unreadable page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "curve/constants.h"
#include "curve/g1_table.h"
#include "curve/glv.h"
#include "curve/msm.h"
#include "curve/msm_digits.h"
#include "unit/curve/curve_support.h"

/* The terms of one sum: point i is logs[i] G. */
struct terms {
    size_t n;
    g1_affine *points;
    fr *logs, *scalars;
};

static struct terms take_terms(size_t n) {
    struct terms t = {.n = n};
    t.points = malloc(sizeof *t.points * (n + 1));
    t.logs = malloc(sizeof *t.logs * (n + 1));
    t.scalars = malloc(sizeof *t.scalars * (n + 1));
    assert_true(t.points != NULL && t.logs != NULL && t.scalars != NULL);
    g1_sequence(t.points, t.logs, n);
    for (size_t i = 0; i < n; i++) random_fr(&t.scalars[i]);
    return t;
}

static void free_terms(struct terms *t) {
    free(t->points);
    free(t->logs);
    free(t->scalars);
}

static void set_infinity(struct terms *t, size_t i) {
    t->points[i] = (g1_affine){{{0}}, {{0}}};
    fr_set_zero(&t->logs[i]);
}

static void set_copy(struct terms *t, size_t i, size_t from, bool negative) {
    t->points[i] = t->points[from];
    t->logs[i] = t->logs[from];
    if (!negative) return;
    g1_affine_neg(&t->points[i], &t->points[i]);
    fr_neg(&t->logs[i], &t->logs[i]);
}

static void expected_sum(g1_affine *r, const fr *logs, const fr *scalars, size_t n) {
    fr sum, product;
    fr_set_zero(&sum);
    for (size_t i = 0; i < n; i++) {
        fr_mul(&product, &logs[i], &scalars[i]);
        fr_add(&sum, &sum, &product);
    }
    g1_mul_fr(r, &G1_GENERATOR, &sum);
}

typedef void sum_function(g1 *r, const g1_affine *points, const fr *scalars, size_t n, struct arena *arena);

static void check_sum(const struct terms *t, sum_function *sum) {
    struct test_arena memory;
    g1_affine expected, got;
    g1 r;
    test_arena_take(&memory, g1_msm_scratch_bytes(t->n));
    expected_sum(&expected, t->logs, t->scalars, t->n);
    random_scale_g1(&r, &G1_GENERATOR);
    sum(&r, t->points, t->scalars, t->n, &memory.arena);
    g1_to_affine(&got, &r);
    assert_memory_equal(&got, &expected, sizeof got);
    assert_int_equal(memory.arena.used, 0);
    test_arena_free(&memory);
}

static void check_msm(const struct terms *t) {
    check_sum(t, g1_msm);
}

/* ---- Variable base ---- */

static void g1_msm__is_right_for_every_small_length(void **unused) {
    (void)unused;
    for (size_t n = 0; n <= 140; n++) {
        struct terms t = take_terms(n);
        check_msm(&t);
        free_terms(&t);
    }
}

/* Each of these lengths chooses another window width. */
static void g1_msm__is_right_for_long_sums(void **unused) {
    (void)unused;
    static const size_t lengths[] = {255, 256, 257, 511, 777, 1024, 2047, 2048, 4095, 4096, 4097, 9000, 20000};
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct terms t = take_terms(lengths[i]);
        check_msm(&t);
        free_terms(&t);
    }
}

/* Short halves of every kind: random, the longest, one of the two alone. */
static void g1_msm_short__is_right_for_every_length(void **unused) {
    (void)unused;
    for (size_t n = 0; n <= 3000; n += n < 12 ? 1 : n) {
        struct terms t = take_terms(n);
        for (int kind = 0; kind < 4; kind++) {
            for (size_t i = 0; i < n; i++) {
                struct glv_half halves[2];
                for (int h = 0; h < 2; h++) {
                    uint64_t magnitude = kind == 1 || kind == 2 ? (uint64_t)1 << 63 : random_u64() >> 1;
                    halves[h] = (struct glv_half){{magnitude, 0}, kind != 2 && random_below(2) != 0};
                }
                if (kind == 3) halves[i % 2] = (struct glv_half){{0, 0}, false};
                glv_join(&t.scalars[i], halves);
            }
            check_sum(&t, g1_msm_short);
        }
        free_terms(&t);
    }
}

/* Ways that g1_msm takes for longer sums only. */

static void check_way(const struct terms *t, const struct g1_msm_way *way) {
    struct test_arena memory;
    g1_affine expected, got;
    g1 r;
    test_arena_take(&memory, g1_msm_by_scratch_bytes(way, t->n));
    expected_sum(&expected, t->logs, t->scalars, t->n);
    g1_msm_by(&r, way, t->points, t->scalars, t->n, &memory.arena);
    g1_to_affine(&got, &r);
    assert_memory_equal(&got, &expected, sizeof got);
    assert_int_equal(memory.arena.used, 0);
    test_arena_free(&memory);
}

/* Half of the scalars are two halves of one digit again and again: the largest of the width, and the one above it,
 * which carries into every window. Some points are infinity, some equal or opposite, in one block or in two. */
static void set_edges(struct terms *t, int width) {
    const uint64_t middle = (uint64_t)1 << (width - 1);
    for (size_t i = 0; i < t->n; i++) {
        random_fr(&t->scalars[i]);
        if (random_below(2) == 0) continue;
        const uint64_t digit = middle + i % 2;
        struct glv_half halves[2] = {{{0, 0}, i % 4 < 2}, {{0, 0}, i % 8 < 4}};
        for (int bit = 0; bit < 126; bit++) {
            if ((digit >> bit % width & 1) != 0) halves[0].l[bit / 64] |= (uint64_t)1 << bit % 64;
        }
        if (i % 3 != 0) memcpy(halves[1].l, halves[0].l, sizeof halves[1].l);
        glv_join(&t->scalars[i], halves);
    }
    set_infinity(t, t->n / 3);
    set_infinity(t, t->n - 1);
    for (size_t i = 0; i + 1 < t->n; i += 1 + random_below(8)) {
        size_t from = random_below(t->n);
        set_copy(t, i, from, random_below(2) == 0);
        if (random_below(2) == 0) t->scalars[i] = t->scalars[from];
    }
}

static void g1_msm_by__is_right_in_blocks(void **unused) {
    (void)unused;
    static const size_t blocks[] = {1, 2, 7, 100, 150, 299, 300, 1000};
    for (size_t b = 0; b < COUNT(blocks); b++) {
        for (int width = 2; width <= 8; width += 3) {
            struct terms t = take_terms(blocks[b] < 7 ? 9 : 300);
            const struct g1_msm_way way = {.width = width, .block = blocks[b], .together = 1 + random_below(70)};
            set_edges(&t, width);
            check_way(&t, &way);
            for (size_t i = 1; i < t.n; i++) t.scalars[i] = t.scalars[0]; /* one bucket of each window */
            check_way(&t, &way);
            free_terms(&t);
        }
    }
}

/* A sum in blocks whose parts cancel: a bucket is infinity, and then takes terms again. */
static void g1_msm_by__takes_blocks_that_cancel(void **unused) {
    (void)unused;
    enum { BLOCK = 40 };
    const struct g1_msm_way way = {.width = 5, .block = BLOCK, .together = 1};
    struct terms t = take_terms(3 * BLOCK);
    for (size_t i = 0; i < BLOCK; i++) {
        set_copy(&t, BLOCK + i, i, true);
        t.scalars[BLOCK + i] = t.scalars[i];
    }
    check_way(&t, &way);
    t.n = 2 * BLOCK;
    check_way(&t, &way);
    free_terms(&t);
}

/* Digits that 16 bits would not hold. */
static void g1_msm_by__is_right_for_wide_windows(void **unused) {
    (void)unused;
    static const struct g1_msm_way ways[] = {
        {.width = 15, .block = 2000, .together = 3},
        {.width = 16, .block = 700, .together = 1},
        {.width = 17, .block = 2000, .together = 1},
    };
    for (size_t w = 0; w < COUNT(ways); w++) {
        struct terms t = take_terms(1500);
        set_edges(&t, ways[w].width);
        check_way(&t, &ways[w]);
        free_terms(&t);
    }
}

/* ---- By digits ---- */

static void set_short(fr *k) {
    struct glv_half halves[2];
    for (int h = 0; h < 2; h++)
        halves[h] = (struct glv_half){{random_below(8) == 0 ? (uint64_t)1 << 63 : random_u64() >> 1, 0},
                                      random_below(2) != 0};
    glv_join(k, halves);
}

/* r = the digits' sums times powers of the base. */
static void join_slowly(g1 *r, const struct hexagon *h, const g1 *digits, size_t length) {
    g1_set_infinity(r);
    for (size_t j = length; j-- > 0;) {
        g1 once = *r;
        for (int i = 1; i < h->base; i++) g1_add(r, r, &once);
        g1_add(r, r, &digits[j]);
    }
}

/* Short scalars, long ones, and short ones again, over ranges that overlap. */
static void check_digit_sums(struct terms *t, const struct hexagon *h) {
    static g1 digits[3][HEXAGON_DIGITS_MAX];
    struct test_arena memory;
    const size_t n = t->n, half = n / 2;
    struct g1_digit_sum sums[3] = {
        {.first = half, .n = n - half, .scalars = t->scalars + half, .is_short = true},
        {.n = half, .scalars = t->scalars, .digits = digits[1]},
        {.first = half / 2, .n = n - half, .scalars = t->scalars + half, .is_short = true}};
    g1 r[3];
    for (size_t i = half; i < n; i++) set_short(&t->scalars[i]);
    sums[0].digits = digits[0];
    sums[2].digits = random_below(2) == 0 ? NULL : digits[2];
    test_arena_take(&memory, g1_msm_digits_scratch_bytes(h, n, sums, 3));
    g1_msm_digits(r, h, t->points, n, sums, 3, &memory.arena);
    assert_int_equal(memory.arena.used, 0);
    for (size_t i = 0; i < 3; i++) {
        g1_affine expected, got;
        g1 joined;
        expected_sum(&expected, t->logs + sums[i].first, sums[i].scalars, sums[i].n);
        g1_to_affine(&got, &r[i]);
        assert_memory_equal(&got, &expected, sizeof got);
        if (sums[i].digits == NULL) continue;
        join_slowly(&joined, h, sums[i].digits, g1_digit_sum_length(h, &sums[i]));
        g1_to_affine(&got, &joined);
        assert_memory_equal(&got, &expected, sizeof got);
    }
    test_arena_free(&memory);
}

static void g1_msm_digits__gives_sums_and_their_digits(void **unused) {
    (void)unused;
    static const size_t lengths[] = {2, 3, 9, 48, 129, 300};
    struct hexagon other;
    hexagon_init(&other, HEXAGON_BASE_MIN + (int)random_below(40));
    const struct hexagon *bases[] = {&HEXAGON_8, &HEXAGON_10, &other};
    for (size_t l = 0; l < COUNT(lengths); l++) {
        for (size_t b = 0; b < COUNT(bases); b++) {
            struct terms t = take_terms(lengths[l]);
            check_digit_sums(&t, bases[b]);
            set_infinity(&t, random_below(t.n));
            set_copy(&t, 0, t.n - 1, random_below(2) == 0);
            check_digit_sums(&t, bases[b]);
            free_terms(&t);
        }
    }
}

static const size_t SOME_LENGTHS[] = {1, 2, 3, 8, 31, 95, 96, 97, 300};

static void g1_msm__is_right_when_all_scalars_are_one_edge(void **unused) {
    (void)unused;
    for (size_t l = 0; l < COUNT(SOME_LENGTHS); l++) {
        struct terms t = take_terms(SOME_LENGTHS[l]);
        for (size_t e = 0; e < EDGE_FR_COUNT; e++) {
            for (size_t i = 0; i < t.n; i++) edge_fr(&t.scalars[i], e);
            check_msm(&t);
        }
        free_terms(&t);
    }
}

static void g1_msm__is_right_for_mixed_edges_and_powers(void **unused) {
    (void)unused;
    struct terms t = take_terms(256);
    t.scalars[0] = FR_ONE;
    for (size_t i = 1; i < t.n; i++) fr_add(&t.scalars[i], &t.scalars[i - 1], &t.scalars[i - 1]);
    check_msm(&t);
    for (size_t i = 0; i < t.n; i++) fr_neg(&t.scalars[i], &t.scalars[i]);
    check_msm(&t);
    for (size_t n = 1; n < t.n; n += 37) {
        struct terms one = {1, &t.points[n], &t.logs[n], &t.scalars[n]};
        check_msm(&one);
    }
    for (size_t i = 0; i < t.n; i++) edge_fr(&t.scalars[i], i % EDGE_FR_COUNT);
    check_msm(&t);
    free_terms(&t);
}

static void g1_msm__takes_equal_points(void **unused) {
    (void)unused;
    for (size_t l = 0; l < COUNT(SOME_LENGTHS); l++) {
        struct terms t = take_terms(SOME_LENGTHS[l]);
        for (size_t i = 1; i < t.n; i++) set_copy(&t, i, 0, false);
        check_msm(&t);
        for (size_t i = 1; i < t.n; i++) t.scalars[i] = t.scalars[0];
        check_msm(&t); /* every bucket holds copies of one point */
        free_terms(&t);
    }
}

static void g1_msm__takes_opposite_points(void **unused) {
    (void)unused;
    for (size_t l = 0; l < COUNT(SOME_LENGTHS); l++) {
        struct terms t = take_terms(SOME_LENGTHS[l]);
        for (size_t i = 1; i < t.n; i++) set_copy(&t, i, 0, i % 2 != 0);
        check_msm(&t);
        for (size_t i = 1; i < t.n; i++) t.scalars[i] = t.scalars[0];
        check_msm(&t); /* all pairs cancel */
        for (size_t i = 0; i < t.n; i++) {
            t.scalars[i] = t.scalars[0];
            if (i % 2 != 0) fr_neg(&t.scalars[i], &t.scalars[i]);
        }
        check_msm(&t);
        free_terms(&t);
    }
}

static void g1_msm__takes_infinity_anywhere(void **unused) {
    (void)unused;
    static const size_t lengths[] = {1, 2, 7, 8, 9, 32, 33, 64, 65, 95, 96, 97, 128};
    for (size_t l = 0; l < COUNT(lengths); l++) {
        size_t n = lengths[l];
        for (size_t at = 0; at < n; at += n < 10 ? 1 : n / 5) {
            struct terms t = take_terms(n);
            set_infinity(&t, at);
            check_msm(&t);
            set_infinity(&t, n - 1);
            check_msm(&t);
            for (size_t i = 0; i < n; i++) {
                if (random_below(2) == 0) set_infinity(&t, i);
            }
            check_msm(&t);
            free_terms(&t);
        }
        struct terms t = take_terms(n);
        for (size_t i = 0; i < n; i++) set_infinity(&t, i);
        check_msm(&t);
        free_terms(&t);
    }
}

static void g1_msm__takes_zero_scalars(void **unused) {
    (void)unused;
    for (size_t l = 0; l < COUNT(SOME_LENGTHS); l++) {
        struct terms t = take_terms(SOME_LENGTHS[l]);
        for (size_t i = 0; i < t.n; i++) {
            if (i != t.n / 2) fr_set_zero(&t.scalars[i]);
        }
        check_msm(&t);
        fr_set_zero(&t.scalars[t.n / 2]);
        check_msm(&t);
        free_terms(&t);
    }
}

static void g1_msm__can_tell_a_wrong_scalar(void **unused) {
    (void)unused;
    const fr one = FR_ONE;
    for (size_t l = 0; l < COUNT(SOME_LENGTHS); l++) {
        struct terms t = take_terms(SOME_LENGTHS[l]);
        struct test_arena memory;
        g1_affine expected, got;
        g1 r;
        test_arena_take(&memory, g1_msm_scratch_bytes(t.n));
        expected_sum(&expected, t.logs, t.scalars, t.n);
        size_t at = random_below(t.n);
        fr_add(&t.scalars[at], &t.scalars[at], &one);
        g1_msm(&r, t.points, t.scalars, t.n, &memory.arena);
        g1_to_affine(&got, &r);
        assert_memory_not_equal(&got, &expected, sizeof got);
        test_arena_free(&memory);
        free_terms(&t);
    }
}

/* ---- Fixed bases ---- */

/* A filled table over the terms' points, of exactly its size. */
static struct g1_table take_table(const struct terms *t, int base, int columns) {
    struct g1_table table;
    g1_table_shape(&table, t->n, base, columns);
    assert_true(table.columns * table.stride >= table.digits.digits);
    assert_int_equal(g1_table_bytes(&table), sizeof(struct g1_table_entry) * t->n * (size_t)columns);
    table.entries = malloc(g1_table_bytes(&table) + 1);
    assert_non_null(table.entries);
    for (size_t first = 0; first < t->n;) { /* in parts, as threads would */
        size_t count = 1 + random_below(t->n - first);
        struct test_arena memory;
        test_arena_take(&memory, g1_table_fill_scratch_bytes(count));
        g1_table_fill(&table, t->points, first, count, &memory.arena);
        assert_int_equal(memory.arena.used, 0);
        test_arena_free(&memory);
        first += count;
    }
    return table;
}

/* sums sums of points terms from base first on. */
static void check_sums(const struct terms *t, const struct g1_table *table, size_t first, size_t points,
                       size_t sums) {
    struct test_arena memory;
    g1_affine *r = malloc(sizeof *r * (sums + 1)), expected;
    memset(r, 0x3c, sizeof *r * (sums + 1));
    test_arena_take(&memory, g1_table_sums_scratch_bytes(table, points, sums));
    g1_table_sums(r, table, first, t->scalars + first, points, sums, &memory.arena);
    for (size_t s = 0; s < sums; s++) {
        size_t from = first + s * points;
        expected_sum(&expected, t->logs + from, t->scalars + from, points);
        assert_memory_equal(&r[s], &expected, sizeof expected);
    }
    for (size_t i = 0; i < sizeof *r; i++) assert_int_equal(((uint8_t *)&r[sums])[i], 0x3c);
    assert_int_equal(memory.arena.used, 0);
    test_arena_free(&memory);
    free(r);
}

/* Digits at the edge of a window: the largest, the first that carries, all ones, in one half or both. */
static void digit_edge(fr *r, const struct hexagon *h, size_t kind) {
    const uint64_t middle = (uint64_t)h->base / 2;
    const uint64_t digits[] = {middle, middle + 1, middle - 1, (uint64_t)h->base - 1};
    fr low, high, x2, base, digit;
    fr_from_u64(&base, (uint64_t)h->base);
    fr_from_u64(&digit, digits[kind % 4]);
    fr_set_zero(&low);
    for (int i = 0; i < h->digits - 2; i++) {
        fr_mul(&low, &low, &base);
        fr_add(&low, &low, &digit);
    }
    edge_fr(&x2, 12);
    fr_mul(&high, &low, &x2);
    switch (kind / 4 % 4) {
    case 0: *r = low; return;
    case 1: *r = high; return;
    case 2: fr_add(r, &low, &high); return;
    default: fr_sub(r, &low, &high); return;
    }
}

static void check_table_scalars(struct terms *t, const struct g1_table *table) {
    bool wide = table->digits.base > 40; /* many buckets: fewer rounds */
    check_sums(t, table, 0, t->n, 1);
    if (!wide) {
        check_sums(t, table, 0, t->n / 2, 2);
        check_sums(t, table, 1, 1, t->n - 1);
    }
    for (size_t i = 0; i < t->n; i++) digit_edge(&t->scalars[i], &table->digits, i);
    check_sums(t, table, 0, wide ? t->n : t->n / 4, wide ? 1 : 4);
    for (size_t e = 0; e < EDGE_FR_COUNT; e += t->n) {
        for (size_t i = 0; i < t->n; i++) edge_fr(&t->scalars[i], (e + i) % EDGE_FR_COUNT);
        check_sums(t, table, 0, wide ? t->n : 1, wide ? 1 : t->n);
    }
    for (size_t i = 0; i < t->n; i++) random_fr(&t->scalars[i]);
}

static void g1_table_sums__is_right_for_every_shape(void **unused) {
    (void)unused;
    struct terms t = take_terms(16);
    set_infinity(&t, 5);
    set_copy(&t, 9, 8, false);
    set_copy(&t, 11, 10, true);
    static const int bases[] = {6, 7, 8, 9, 12, 16, 21, 27, 31, 40, 50, 64, 100, 139, 144, 189, 190};
    for (size_t b = 0; b < COUNT(bases); b++) {
        struct hexagon h;
        hexagon_init(&h, bases[b]);
        const int shapes[] = {1, 2, 3, h.digits / 2, h.digits - 1, h.digits};
        for (size_t k = 0; k < COUNT(shapes); k++) {
            if (bases[b] > 100 && k % 2 == 0) continue;
            struct g1_table table = take_table(&t, bases[b], shapes[k]);
            check_table_scalars(&t, &table);
            free(table.entries);
        }
    }
    free_terms(&t);
}

static void g1_table_fill__holds_the_multiples_it_says(void **unused) {
    (void)unused;
    struct terms t = take_terms(5);
    set_infinity(&t, 2);
    struct g1_table table = take_table(&t, 21, 4);
    const uint64_t x2[4] = {GLV_X2[0], GLV_X2[1]};
    for (size_t i = 0; i < t.n; i++) {
        fr power = FR_ONE, base;
        fr_from_u64(&base, 21);
        for (int column = 0; column < table.columns; column++) {
            const struct g1_table_entry *entry = &table.entries[(size_t)column * t.n + i];
            uint64_t k[4];
            g1 multiple;
            g1_affine expected, other;
            fr_to_plain(k, &power);
            g1_mul_plain(&multiple, &t.points[i], k);
            g1_to_affine(&expected, &multiple);
            assert_true(g1_affine_equal(&entry->point, &expected));
            /* x^2 times it, and once more */
            g1_mul_plain(&multiple, &expected, x2);
            g1_to_affine(&expected, &multiple);
            other = (g1_affine){entry->beta_x, entry->point.y};
            g1_affine_neg(&other, &other);
            assert_true(g1_affine_equal(&other, &expected));
            g1_mul_plain(&multiple, &expected, x2);
            g1_to_affine(&expected, &multiple);
            other = (g1_affine){entry->beta2_x, entry->point.y};
            assert_true(g1_affine_equal(&other, &expected));
            for (int s = 0; s < table.stride; s++) fr_mul(&power, &power, &base);
        }
    }
    free(table.entries);
    free_terms(&t);
}

/* The shape of the cell proofs: many sums at once, some of zeros, some of infinities. */
static void g1_table_sums__takes_many_sums(void **unused) {
    (void)unused;
    enum { POINTS = 8, SUMS = 128 };
    struct terms t = take_terms(POINTS * SUMS);
    for (size_t i = 0; i < POINTS; i++) {
        fr_set_zero(&t.scalars[3 * POINTS + i]);
        set_infinity(&t, 5 * POINTS + i);
        t.scalars[7 * POINTS + i] = FR_ONE;
        if (i > 0) set_copy(&t, 9 * POINTS + i, 9 * POINTS, i % 2 != 0);
        t.scalars[9 * POINTS + i] = t.scalars[9 * POINTS];
    }
    struct g1_table table = take_table(&t, 31, 9);
    for (size_t sums = 0; sums <= SUMS; sums = sums * 2 + 1) check_sums(&t, &table, 0, POINTS, sums);
    check_sums(&t, &table, 0, POINTS, SUMS);
    check_sums(&t, &table, 3, POINTS, SUMS - 1);
    check_sums(&t, &table, 0, POINTS * SUMS, 1);
    free(table.entries);
    free_terms(&t);
}

/* The shape of a commitment: one long sum over a fixed basis, more terms than a round of additions holds. */
static void g1_table_sums__takes_a_long_sum(void **unused) {
    (void)unused;
    static const struct { int base, columns; } shapes[] = {{31, 9}, {144, 18}, {50, 1}};
    struct terms t = take_terms(4096);
    for (size_t k = 0; k < COUNT(shapes); k++) {
        struct g1_table table = take_table(&t, shapes[k].base, shapes[k].columns);
        check_sums(&t, &table, 0, t.n, 1);
        check_sums(&t, &table, 0, t.n / 2, 2);
        free(table.entries);
    }
    /* all terms in one bucket of each window */
    struct g1_table table = take_table(&t, 31, 26);
    for (size_t i = 1; i < t.n; i++) t.scalars[i] = t.scalars[0];
    check_sums(&t, &table, 0, t.n, 1);
    free(table.entries);
    free_terms(&t);
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g1_msm__is_right_for_every_small_length),
        cmocka_unit_test(g1_msm_short__is_right_for_every_length),
        cmocka_unit_test(g1_msm__is_right_for_long_sums),
        cmocka_unit_test(g1_msm_digits__gives_sums_and_their_digits),
        cmocka_unit_test(g1_msm_by__is_right_in_blocks),
        cmocka_unit_test(g1_msm_by__takes_blocks_that_cancel),
        cmocka_unit_test(g1_msm_by__is_right_for_wide_windows),
        cmocka_unit_test(g1_msm__is_right_when_all_scalars_are_one_edge),
        cmocka_unit_test(g1_msm__is_right_for_mixed_edges_and_powers),
        cmocka_unit_test(g1_msm__takes_equal_points),
        cmocka_unit_test(g1_msm__takes_opposite_points),
        cmocka_unit_test(g1_msm__takes_infinity_anywhere),
        cmocka_unit_test(g1_msm__takes_zero_scalars),
        cmocka_unit_test(g1_msm__can_tell_a_wrong_scalar),
        cmocka_unit_test(g1_table_sums__is_right_for_every_shape),
        cmocka_unit_test(g1_table_fill__holds_the_multiples_it_says),
        cmocka_unit_test(g1_table_sums__takes_many_sums),
        cmocka_unit_test(g1_table_sums__takes_a_long_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
