/* Additions and sums over G1 in eight lanes. Points are small multiples of the generator, so that what has to come
 * out is known, and equal, opposite and infinite operands meet in every lane. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "curve/ifma/g1_add8.h"
#include "curve/lanes.h"
#include "unit/curve/curve_support.h"

#define MOST 40 /* multiples from -MOST to MOST are at hand */

static g1_affine multiples[2 * MOST + 1];

static const g1_affine *multiple(int k) {
    return &multiples[k + MOST];
}

/* k G for any k. */
static void any_multiple(g1_affine *r, long long k) {
    const uint64_t plain[4] = {(uint64_t)(k < 0 ? -k : k)};
    g1 p;
    g1_mul_plain(&p, &G1_GENERATOR, plain);
    g1_to_affine(r, &p);
    if (k < 0) g1_affine_neg(r, r);
}

static int random_multiple(int most) {
    return (int)random_below((size_t)(2 * most) + 1) - most;
}

static int open_all(void **state) {
    (void)state;
    for (int k = -MOST; k <= MOST; k++) any_multiple(&multiples[k + MOST], k);
    return 0;
}

/* ---- Rounds of additions ---- */

#define SLOTS 24

struct bench {
    struct test_arena memory;
    struct g1_add8 adder;
    int held[SLOTS][FP8_LANES]; /* what the slots hold */
};

static void open_bench(struct bench *b) {
    test_arena_take(&b->memory, g1_add8_scratch_bytes());
    g1_add8_start(&b->adder, &b->memory.arena);
}

static void put(struct bench *b, size_t slot, const int k[FP8_LANES], __mmask8 negative) {
    const fp *x[FP8_LANES], *y[FP8_LANES];
    for (int i = 0; i < FP8_LANES; i++) {
        x[i] = &multiple(k[i])->x;
        y[i] = &multiple(k[i])->y;
        b->held[slot][i] = negative >> i & 1 ? -k[i] : k[i];
    }
    g1_add8_load(&b->adder, slot, x, y, negative);
}

static void assert_slot(const struct bench *b, size_t slot) {
    g1_affine got[FP8_LANES];
    fp *x[FP8_LANES], *y[FP8_LANES];
    memset(got, 0x3c, sizeof got);
    for (int i = 0; i < FP8_LANES; i++) {
        x[i] = &got[i].x;
        y[i] = &got[i].y;
    }
    g1_add8_store(&b->adder, slot, x, y);
    for (int i = 0; i < FP8_LANES; i++) assert_memory_equal(&got[i], multiple(b->held[slot][i]), sizeof got[i]);
}

static void pair(struct bench *b, size_t left, size_t right, size_t to) {
    b->adder.pairs[b->adder.pairs_used++] = (struct g1_pair8){(uint32_t)left, (uint32_t)right, (uint32_t)to};
    for (int i = 0; i < FP8_LANES; i++) b->held[to][i] = b->held[left][i] + b->held[right][i];
}

static void slots__hold_what_was_loaded(void **state) {
    (void)state;
    struct bench b;
    open_bench(&b);
    for (int round = 0; round < 200; round++) {
        int k[FP8_LANES];
        for (int i = 0; i < FP8_LANES; i++) k[i] = random_multiple(MOST);
        put(&b, 0, k, (__mmask8)random_u64());
        assert_slot(&b, 0);
    }
    test_arena_free(&b.memory);
}

/* Every kind of pair in one lane, sums of the ordinary kind in the others; then the lane of another kind moves on. */
static void additions__take_every_special_pair_in_every_lane(void **state) {
    (void)state;
    static const int kinds[][2] = {{0, 0}, {0, 7}, {7, 0}, {5, 5}, {-5, -5}, {5, -5}, {-5, 5}, {3, 9}, {9, 3}};
    struct bench b;
    open_bench(&b);
    for (size_t kind = 0; kind < COUNT(kinds); kind++) {
        for (int lane = 0; lane < FP8_LANES; lane++) {
            for (unsigned signs = 0; signs < 4; signs++) {
                int left[FP8_LANES], right[FP8_LANES];
                for (int i = 0; i < FP8_LANES; i++) {
                    left[i] = 1 + i;
                    right[i] = 10 + 2 * i;
                }
                left[lane] = kinds[kind][0];
                right[lane] = kinds[kind][1];
                put(&b, 0, left, signs & 1 ? 0xff : 0);
                put(&b, 1, right, signs & 2 ? 0xff : 0);
                pair(&b, 0, 1, 2);
                g1_add8_run(&b.adder);
                assert_slot(&b, 2);
            }
        }
    }
    test_arena_free(&b.memory);
}

/* Any number of pairs in a round, any mixture of kinds, results in the place of operands; round after round. */
static void rounds__of_any_length_agree(void **state) {
    (void)state;
    struct bench b;
    open_bench(&b);
    for (int round = 0; round < 400; round++) {
        size_t n = random_below(SLOTS / 2 + 1), most = round % 3 == 0 ? 2 : 8;
        for (size_t s = 0; s < SLOTS; s++) {
            int k[FP8_LANES];
            for (int i = 0; i < FP8_LANES; i++) k[i] = random_multiple((int)most);
            put(&b, s, k, (__mmask8)random_u64());
        }
        for (int depth = 0; depth < 2; depth++) { /* sums of sums: no longer as loaded */
            for (size_t j = 0; j < n; j++) pair(&b, 2 * j, 2 * j + 1, j);
            g1_add8_run(&b.adder);
            for (size_t j = 0; j < n; j++) assert_slot(&b, j);
            n /= 2;
        }
    }
    test_arena_free(&b.memory);
}

static void put_random(struct bench *b, size_t slot, int most) {
    int k[FP8_LANES];
    for (int i = 0; i < FP8_LANES; i++) k[i] = random_multiple(most);
    put(b, slot, k, (__mmask8)random_u64());
}

/* Sums of sums of sums, whose coordinates are reduced only now and then: chains of any length and every pair of
 * lengths, also where a sum meets itself. */
static void additions__go_on_for_any_depth(void **state) {
    (void)state;
    enum { DEEP = 24 };
    struct bench b;
    open_bench(&b);
    for (int most = 1; most <= 3; most++) {
        for (size_t first = 0; first < DEEP; first++) {
            for (size_t s = 0; s < 2; s++) put_random(&b, 2 * s, 1);
            for (size_t depth = 0; depth < DEEP; depth++) { /* slot 0 to the full depth, slot 2 to `first` */
                int back[2][FP8_LANES];
                for (int i = 0; i < FP8_LANES; i++) { /* towards 0, or it would leave what is at hand */
                    back[0][i] = b.held[0][i] > 0 ? -random_multiple(most) - most : random_multiple(most) + most;
                    back[1][i] = b.held[2][i] > 0 ? -random_multiple(most) - most : random_multiple(most) + most;
                }
                put(&b, 1, back[0], 0);
                put(&b, 3, back[1], 0);
                pair(&b, 0, 1, 0);
                if (depth < first) pair(&b, 3, 2, 2);
                g1_add8_run(&b.adder);
                pair(&b, 0, 2, 4);
                pair(&b, 2, 2, 5);
                g1_add8_run(&b.adder);
                for (size_t s = 0; s <= 5; s++) assert_slot(&b, s);
            }
        }
    }
    test_arena_free(&b.memory);
}

static void moves__come_between_the_pairs_they_stand_between(void **state) {
    (void)state;
    struct bench b;
    open_bench(&b);
    for (size_t n = 1; n < 6; n++) {
        for (size_t s = 0; s < SLOTS; s++) {
            int k[FP8_LANES];
            for (int i = 0; i < FP8_LANES; i++) k[i] = (int)(s + (size_t)i) % 5 - 2;
            put(&b, s, k, 0);
        }
        /* runs of three: a pair and one left over, moved up */
        for (size_t j = 0; j < n; j++) {
            pair(&b, 3 * j, 3 * j + 1, 2 * j);
            b.adder.moves[b.adder.moves_used++] =
                (struct g1_move8){(uint32_t)j + 1, (uint32_t)(3 * j + 2), (uint32_t)(2 * j + 1)};
            memcpy(b.held[2 * j + 1], b.held[3 * j + 2], sizeof b.held[0]);
        }
        g1_add8_run(&b.adder);
        for (size_t s = 0; s < 2 * n; s++) assert_slot(&b, s);
    }
    test_arena_free(&b.memory);
}

/* ---- Sums of groups ---- */

static void fill_entry(struct g1_table_entry *entry, int k) {
    g1_table_entry_set(entry, multiple(k));
}

/* Groups of these lengths; the terms' multiples are drawn from [-most, most], their signs too. */
static void check_groups(const uint32_t *lengths, size_t groups, int most) {
    size_t terms = 0;
    for (size_t g = 0; g < groups; g++) terms += lengths[g];
    struct g1_table_entry entries[2 * MOST + 1];
    uint32_t *refs = malloc(sizeof *refs * (terms + 1)), *starts = malloc(sizeof *starts * (groups + 1));
    g1_affine *out = malloc(sizeof *out * groups), want;
    long long *sums = calloc(groups, sizeof *sums);
    struct test_arena memory;
    for (int k = -MOST; k <= MOST; k++) fill_entry(&entries[k + MOST], k);
    uint32_t at = 0;
    for (size_t g = 0; g < groups; g++) {
        starts[g] = at;
        for (uint32_t i = 0; i < lengths[g]; i++) {
            int k = random_multiple(most);
            bool negative = random_below(2) == 0;
            refs[at++] = (uint32_t)(k + MOST) << G1_REF_SHIFT | (negative ? G1_REF_NEGATIVE : 0);
            sums[g] += negative ? -k : k;
        }
    }
    starts[groups] = at;
    memset(out, 0x3c, sizeof *out * groups);
    test_arena_take(&memory, g1_lanes_groups_scratch_bytes(terms, groups));
    g1_lanes_groups(out, g1_entry_points(entries), refs, starts, groups, &memory.arena);
    assert_int_equal(memory.arena.used, 0);
    test_arena_free(&memory);
    for (size_t g = 0; g < groups; g++) {
        any_multiple(&want, sums[g]);
        assert_memory_equal(&out[g], &want, sizeof want);
    }
    free(refs);
    free(starts);
    free(out);
    free(sums);
}

static void groups__of_any_lengths_agree(void **state) {
    (void)state;
    for (size_t groups = 1; groups <= 40; groups++) {
        uint32_t lengths[40];
        for (size_t g = 0; g < groups; g++) lengths[g] = (uint32_t)random_below(groups % 2 == 0 ? 5 : 100);
        check_groups(lengths, groups, groups % 3 == 0 ? 1 : MOST);
    }
    static const uint32_t edges[] = {0, 1, 2, 63, 64, 65, 127, 128, 129, 0, 641, 4096, 4097, 9000};
    check_groups(edges, COUNT(edges), MOST);
    check_groups(edges, COUNT(edges), 0); /* infinities alone */
    for (size_t g = 0; g < COUNT(edges); g++) check_groups(&edges[g], 1, 1);
}

/* All terms alike, so that every addition but the leftovers' is a doubling; and such that every one cancels. */
static void groups__of_equal_and_of_cancelling_terms_agree(void **state) {
    (void)state;
    enum { TERMS = 4500 };
    struct g1_table_entry entry;
    static uint32_t refs[TERMS];
    const uint32_t starts[] = {0, TERMS};
    g1_affine out, want;
    fill_entry(&entry, 3);
    for (int cancelling = 0; cancelling < 2; cancelling++) {
        for (size_t i = 0; i < TERMS; i++) refs[i] = cancelling && i % 2 != 0 ? G1_REF_NEGATIVE : 0;
        struct test_arena memory;
        test_arena_take(&memory, g1_lanes_groups_scratch_bytes(TERMS, 1));
        g1_lanes_groups(&out, g1_entry_points(&entry), refs, starts, 1, &memory.arena);
        test_arena_free(&memory);
        any_multiple(&want, cancelling ? 0 : 3 * TERMS);
        assert_memory_equal(&out, &want, sizeof want);
    }
}

static void groups__take_multiples_by_units(void **state) {
    (void)state;
    /* Coordinates of three points, of which it shows which are taken. */
    struct g1_table_entry entries[2] = {{multiple(9)->x, multiple(12)->x, *multiple(7)}};
    enum { UNITS = 6 };
    uint32_t refs[2 * UNITS], starts[UNITS + 1];
    g1_affine out[UNITS], want;
    struct test_arena memory;
    entries[1].point = *multiple(0);
    for (uint32_t j = 0; j < UNITS; j++) {
        starts[j] = 2 * j;
        refs[2 * j] = j;
        refs[2 * j + 1] = 1u << G1_REF_SHIFT | j; /* infinity, however it is multiplied */
    }
    entries[1].beta_x = entries[1].beta2_x = multiple(0)->x;
    starts[UNITS] = 2 * UNITS;
    test_arena_take(&memory, g1_lanes_groups_scratch_bytes(2 * UNITS, UNITS));
    g1_lanes_groups(out, g1_entry_points(entries), refs, starts, UNITS, &memory.arena);
    test_arena_free(&memory);
    for (uint32_t j = 0; j < UNITS; j++) {
        const fp *const x[] = {&entries->point.x, &entries->beta_x, &entries->beta2_x};
        want = (g1_affine){*x[j % 3], entries->point.y};
        if (j % 2 != 0) g1_affine_neg(&want, &want);
        assert_memory_equal(&out[j], &want, sizeof want);
    }
}

/* ---- Weighted sums ---- */

static void check_weighted(size_t sets, int bits, int most) {
    size_t size = (size_t)1 << bits;
    g1_affine *buckets = malloc(sizeof *buckets * sets * size), want, got;
    g1 *r = malloc(sizeof *r * (sets + 1));
    long long *sums = calloc(sets, sizeof *sums);
    struct test_arena memory;
    memset(r, 0x3c, sizeof *r * (sets + 1));
    for (size_t i = 0; i < sets * size; i++) {
        int k = random_multiple(most);
        buckets[i] = *multiple(k);
        sums[i / size] += (long long)(i % size + 1) * k;
    }
    test_arena_take(&memory, g1_lanes_weighted_scratch_bytes(sets, bits));
    g1_lanes_weighted(r, buckets, sets, bits, &memory.arena);
    assert_int_equal(memory.arena.used, 0);
    test_arena_free(&memory);
    for (size_t s = 0; s < sets; s++) {
        any_multiple(&want, sums[s]);
        g1_to_affine(&got, &r[s]);
        assert_memory_equal(&got, &want, sizeof want);
    }
    for (size_t i = 0; i < sizeof *r; i++) assert_int_equal(((uint8_t *)&r[sets])[i], 0x3c);
    free(buckets);
    free(r);
    free(sums);
}

static void weighted_sums__of_every_shape_agree(void **state) {
    (void)state;
    for (int bits = 1; bits <= 14; bits++) {
        static const size_t sets[] = {1, 2, 7, 8, 9, 20, 33};
        for (size_t k = 0; k < COUNT(sets) && (sets[k] << bits) <= 1 << 14; k++) {
            check_weighted(sets[k], bits, MOST);
            check_weighted(sets[k], bits, 1);
        }
    }
    check_weighted(128, 7, MOST);
    check_weighted(3, 5, 0);
    for (int bits = 15; bits <= 16; bits++) check_weighted(1, bits, MOST);
    for (int bits = 1; bits <= 19; bits++) {
        for (size_t n = 2; n <= 20; n++)
            assert_true(g1_lanes_weighted_scratch_bytes(n, bits) >= g1_lanes_weighted_scratch_bytes(n - 1, bits));
    }
}

/* ---- Tables ---- */

/* Filled in parts by either variant: the same bytes, so that each can compute with the other's. */
static void tables__are_the_portable_ones(void **state) {
    (void)state;
    enum { BASES = 150 };
    g1_affine points[BASES];
    for (int i = 0; i < BASES; i++) points[i] = *multiple(i % 7 == 3 ? 0 : i % (MOST + 1));
    struct g1_table tables[2];
    for (int lanes = 0; lanes < 2; lanes++) {
        static const size_t parts[] = {0, 1, 64, 80, BASES};
        struct g1_table *t = &tables[lanes];
        g1_table_shape(t, BASES, 31, 5);
        t->entries = malloc(g1_table_bytes(t));
        memset(t->entries, 0x3c + lanes, g1_table_bytes(t));
        assert_true(field_select(lanes ? "ifma" : "portable"));
        for (size_t k = 0; k + 1 < COUNT(parts); k++) {
            size_t count = parts[k + 1] - parts[k];
            struct test_arena memory;
            test_arena_take(&memory, g1_table_fill_scratch_bytes(count));
            g1_table_fill(t, points, parts[k], count, &memory.arena);
            assert_int_equal(memory.arena.used, 0);
            test_arena_free(&memory);
        }
    }
    assert_memory_equal(tables[0].entries, tables[1].entries, g1_table_bytes(&tables[0]));
    free(tables[0].entries);
    free(tables[1].entries);
}

int main(void) {
    if (!field_select("ifma")) {
        fprintf(stderr, "SKIPPED: this machine cannot run the variant 'ifma'\n");
        return 77;
    }
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots__hold_what_was_loaded),
        cmocka_unit_test(additions__take_every_special_pair_in_every_lane),
        cmocka_unit_test(rounds__of_any_length_agree),
        cmocka_unit_test(additions__go_on_for_any_depth),
        cmocka_unit_test(moves__come_between_the_pairs_they_stand_between),
        cmocka_unit_test(groups__of_any_lengths_agree),
        cmocka_unit_test(groups__of_equal_and_of_cancelling_terms_agree),
        cmocka_unit_test(groups__take_multiples_by_units),
        cmocka_unit_test(weighted_sums__of_every_shape_agree),
        cmocka_unit_test(tables__are_the_portable_ones),
    };
    return cmocka_run_group_tests(tests, open_all, NULL);
}
