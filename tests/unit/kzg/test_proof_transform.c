/* From FK20's sums to proofs: on known multiples of the generator, against the two transforms that define it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kzg/context.h"
#include "kzg/proof_transform.h"
#include "kzg/transform.h"
#include "unit/curve/curve_support.h"

#define CELLS CELLS_PER_EXT_BLOB

static struct domain domain;
static struct proof_transform map;
static const kzg_ctx alone; /* one thread */

/* values: of h at all roots, in natural order. */
static void check(const fr values[CELLS]) {
    fr expected[CELLS], two, half, share;
    g1_affine sums[CELLS], proofs[CELLS], proof;
    struct test_arena memory;
    fr_from_u64(&two, 2);
    fr_inv(&half, &two);
    fr_from_u64(&share, CELLS);
    fr_inv(&share, &share);
    for (size_t i = 0; i < CELLS; i++) {
        fr halved;
        fr_mul(&halved, &values[i], &half);
        g1_mul_fr(&sums[i], &G1_GENERATOR, &halved);
        fr_mul(&expected[bit_reverse(i, __builtin_ctz(CELLS))], &values[i], &share);
    }
    fr_transform_inverse(expected, CELLS, 0, &domain);
    for (size_t i = CELLS / 2; i < CELLS; i++) fr_set_zero(&expected[i]);
    fr_transform(expected, CELLS, 0, &domain);
    test_arena_take(&memory, proof_transform_scratch_bytes(&alone, &map));
    proof_transform_run(&alone, proofs, sums, &map, &memory.arena);
    assert_int_equal(memory.arena.used, 0);
    test_arena_free(&memory);
    for (size_t cell = 0; cell < CELLS; cell++) {
        g1_mul_fr(&proof, &G1_GENERATOR, &expected[cell]);
        assert_memory_equal(&proofs[cell], &proof, sizeof proof);
    }
}

static void proofs__of_random_sums(void **state) {
    (void)state;
    fr values[CELLS];
    for (size_t i = 0; i < CELLS; i++) random_fr(&values[i]);
    check(values);
}

/* Every column of the map. */
static void proofs__of_one_sum(void **state) {
    (void)state;
    for (size_t at = 0; at < CELLS; at += 1 + random_below(16)) {
        fr values[CELLS];
        for (size_t i = 0; i < CELLS; i++) fr_set_zero(&values[i]);
        random_fr(&values[at]);
        check(values);
    }
}

/* Sums that cancel and meet at every step. */
static void proofs__of_sums_that_are_alike(void **state) {
    (void)state;
    for (int kind = 0; kind < 5; kind++) {
        fr values[CELLS];
        for (size_t i = 0; i < CELLS; i++) {
            fr_from_u64(&values[i], kind == 0 ? 0 : kind == 4 ? random_below(3) : 5);
            if ((kind == 2 && i % 2 != 0) || (kind == 3 && i >= CELLS / 2)) fr_neg(&values[i], &values[i]);
        }
        check(values);
    }
}

/* h of low degree, as blobs that are nearly empty have it. */
static void proofs__of_few_coefficients(void **state) {
    (void)state;
    for (size_t degree = 0; degree < 3; degree++) {
        fr values[CELLS], natural[CELLS];
        for (size_t i = 0; i < CELLS; i++) fr_set_zero(&values[i]);
        for (size_t i = 0; i <= degree; i++) random_fr(&values[i]);
        fr_transform(values, CELLS, 0, &domain);
        for (size_t i = 0; i < CELLS; i++) natural[i] = values[bit_reverse(i, __builtin_ctz(CELLS))];
        check(natural);
    }
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    struct test_arena memory;
    domain_init(&domain);
    test_arena_take(&memory, proof_transform_init_scratch_bytes());
    proof_transform_init(&map, &memory.arena);
    test_arena_free(&memory);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proofs__of_random_sums),
        cmocka_unit_test(proofs__of_one_sum),
        cmocka_unit_test(proofs__of_sums_that_are_alike),
        cmocka_unit_test(proofs__of_few_coefficients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
