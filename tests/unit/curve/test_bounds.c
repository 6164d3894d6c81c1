/* Memory: every buffer that the curve layer takes stands between unreadable pages, inputs are read-only, and all of
 * it runs on a stack of 256 KiB. A byte too far ends the program. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "curve/encoding.h"
#include "curve/g1_table.h"
#include "curve/msm.h"
#include "curve/pairing.h"
#include "support/guard.h"
#include "support/small_stack.h"
#include "unit/curve/curve_support.h"
#include "unit/curve/vectors.h"

static const enum guard_side SIDES[2] = {GUARD_BEHIND, GUARD_BEFORE};

/* ---- The guards themselves ---- */

/* Does touching this byte end a process? */
static bool is_deadly(const volatile uint8_t *at, bool write) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &no_core);
        struct sigaction plain = {.sa_handler = SIG_DFL}; /* not cmocka's handler */
        (void)sigaction(SIGSEGV, &plain, NULL);
        if (write)
            *(volatile uint8_t *)(uintptr_t)at = 1;
        else
            (void)*at;
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static void guards__stop_what_they_should(void **unused) {
    (void)unused;
    static const size_t sizes[] = {0, 1, 48, 4095, 4096, 4097};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct guard behind = guard_take(sizes[i], GUARD_BEHIND), before = guard_take(sizes[i], GUARD_BEFORE);
        assert_true(is_deadly(behind.data + sizes[i], false));
        assert_true(is_deadly(behind.data + sizes[i], true));
        assert_true(is_deadly(before.data - 1, false));
        if (sizes[i] > 0) {
            assert_false(is_deadly(behind.data + sizes[i] - 1, true));
            assert_false(is_deadly(before.data, true));
            guard_freeze(&before);
            assert_false(is_deadly(before.data, false));
            assert_true(is_deadly(before.data, true));
        }
        guard_free(&behind);
        guard_free(&before);
    }
}

/* ---- Encodings ---- */

static void check_decoding_bounds(const uint8_t *bytes, size_t n, enum guard_side side) {
    struct guard in = guard_copy(bytes, n, side);
    guard_freeze(&in);
    if (n == 48) {
        struct guard r = guard_take(sizeof(g1_affine), side);
        (void)g1_decompress((g1_affine *)(void *)r.data, in.data);
        (void)g1_decode((g1_affine *)(void *)r.data, in.data);
        guard_free(&r);
    } else if (n == 96) {
        struct guard r = guard_take(sizeof(g2_affine), side), r1 = guard_take(sizeof(g1_affine), side);
        (void)g2_decompress((g2_affine *)(void *)r.data, in.data);
        (void)g2_decode((g2_affine *)(void *)r.data, in.data);
        (void)g1_deserialize((g1_affine *)(void *)r1.data, in.data);
        guard_free(&r);
        guard_free(&r1);
    } else {
        struct guard r = guard_take(sizeof(g2_affine), side);
        (void)g2_deserialize((g2_affine *)(void *)r.data, in.data);
        guard_free(&r);
    }
    guard_free(&in);
}

static void decoders__stay_in_their_buffers(void **unused) {
    (void)unused;
    static const size_t sizes[] = {48, 96, 192};
    for (size_t side = 0; side < 2; side++) {
        for (size_t k = 0; k < COUNT(sizes); k++) {
            for (unsigned first = 0; first < 256; first++) {
                uint8_t bytes[192] = {(uint8_t)first};
                if ((first & 0x40) == 0) random_bytes(bytes + 1, sizeof bytes - 1);
                check_decoding_bounds(bytes, sizes[k], SIDES[side]);
            }
        }
    }
}

static void encoders__stay_in_their_buffers(void **unused) {
    (void)unused;
    for (size_t side = 0; side < 2; side++) {
        for (int i = 0; i < 10; i++) {
            g1_affine p = {{{0}}, {{0}}};
            g2_affine q = {{{{0}}, {{0}}}, {{{0}}, {{0}}}};
            if (i > 0) random_g1(&p);
            if (i > 0) random_g2(&q);
            struct guard gp = guard_copy(&p, sizeof p, SIDES[side]), gq = guard_copy(&q, sizeof q, SIDES[side]);
            struct guard b48 = guard_take(48, SIDES[side]), b96 = guard_take(96, SIDES[side]);
            struct guard b192 = guard_take(192, SIDES[side]);
            guard_freeze(&gp);
            guard_freeze(&gq);
            g1_compress(b48.data, (const g1_affine *)(const void *)gp.data);
            g1_serialize(b96.data, (const g1_affine *)(const void *)gp.data);
            g2_compress(b96.data, (const g2_affine *)(const void *)gq.data);
            g2_serialize(b192.data, (const g2_affine *)(const void *)gq.data);
            guard_free(&gp);
            guard_free(&gq);
            guard_free(&b48);
            guard_free(&b96);
            guard_free(&b192);
        }
    }
}

/* ---- Sums and batches ---- */

static void check_msm_bounds(size_t n, enum guard_side side) {
    g1_affine *points = malloc(sizeof *points * (n + 1)), *expected = malloc(sizeof *expected);
    fr *logs = malloc(sizeof *logs * (n + 1)), sum, t;
    g1_sequence(points, logs, n);
    struct guard gp = guard_copy(points, sizeof *points * n, side), gk = guard_take(sizeof(fr) * n, side);
    fr *scalars = (fr *)(void *)gk.data;
    fr_set_zero(&sum);
    for (size_t i = 0; i < n; i++) {
        random_fr(&scalars[i]);
        if (i + 1 == n) fr_neg(&scalars[i], &(fr){{1}}); /* the last scalar has high digits */
        fr_mul(&t, &scalars[i], &logs[i]);
        fr_add(&sum, &sum, &t);
    }
    guard_freeze(&gp);
    guard_freeze(&gk);
    struct test_arena memory;
    test_arena_take(&memory, g1_msm_scratch_bytes(n));
    struct guard gr = guard_take(sizeof(g1), side);
    g1_msm((g1 *)(void *)gr.data, (const g1_affine *)(const void *)gp.data, scalars, n, &memory.arena);
    g1_mul_fr(expected, &G1_GENERATOR, &sum);
    g1_affine got;
    g1_to_affine(&got, (const g1 *)(const void *)gr.data);
    assert_memory_equal(&got, expected, sizeof got);
    test_arena_free(&memory);
    guard_free(&gr);
    guard_free(&gp);
    guard_free(&gk);
    free(points);
    free(expected);
    free(logs);
}

static void g1_msm__stays_in_its_buffers(void **unused) {
    (void)unused;
    static const size_t lengths[] = {0, 1, 2, 3, 5, 16, 64, 95, 96, 97, 128, 513, 3000};
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < COUNT(lengths); i++) check_msm_bounds(lengths[i], SIDES[side]);
    }
}

static void check_table_bounds(int base, int columns, size_t points, size_t sums, enum guard_side side) {
    size_t n = points * sums;
    g1_affine *bases = malloc(sizeof *bases * (n + 1));
    fr *logs = malloc(sizeof *logs * (n + 1));
    g1_sequence(bases, logs, n);
    struct guard gp = guard_copy(bases, sizeof *bases * n, side), gk = guard_copy(logs, sizeof *logs * n, side);
    guard_freeze(&gp);
    guard_freeze(&gk);
    struct g1_table table;
    g1_table_shape(&table, n, base, columns);
    struct guard ge = guard_take(g1_table_bytes(&table), side), gr = guard_take(sizeof(g1_affine) * sums, side);
    table.entries = (struct g1_table_entry *)(void *)ge.data;
    struct test_arena memory;
    test_arena_take(&memory, g1_table_fill_scratch_bytes(n));
    g1_table_fill(&table, (const g1_affine *)(const void *)gp.data, 0, n, &memory.arena);
    test_arena_free(&memory);
    guard_freeze(&ge);
    test_arena_take(&memory, g1_table_sums_scratch_bytes(&table, points, sums));
    g1_table_sums((g1_affine *)(void *)gr.data, &table, 0, (const fr *)(const void *)gk.data, points, sums,
                  &memory.arena);
    test_arena_free(&memory);
    guard_free(&gr);
    guard_free(&ge);
    guard_free(&gp);
    guard_free(&gk);
    free(bases);
    free(logs);
}

static void g1_tables__stay_in_their_buffers(void **unused) {
    (void)unused;
    for (size_t side = 0; side < 2; side++) {
        for (int base = HEXAGON_BASE_MIN; base <= 60; base += base / 4) {
            struct hexagon h;
            hexagon_init(&h, base);
            check_table_bounds(base, 1, 3, 5, SIDES[side]);
            check_table_bounds(base, h.digits, 7, 3, SIDES[side]);
            check_table_bounds(base, 2, 1, 1, SIDES[side]);
        }
        check_table_bounds(31, 7, 300, 2, SIDES[side]);
    }
}

static void g1_to_affine_batch__stays_in_its_buffers(void **unused) {
    (void)unused;
    for (size_t side = 0; side < 2; side++) {
        for (size_t n = 0; n < 70; n++) {
            struct guard ga = guard_take(sizeof(g1) * n, SIDES[side]);
            struct guard gr = guard_take(sizeof(g1_affine) * n, SIDES[side]);
            struct guard gs = guard_take(sizeof(fp) * n, SIDES[side]);
            g1 *a = (g1 *)(void *)ga.data;
            for (size_t i = 0; i < n; i++) {
                if (random_below(3) == 0)
                    g1_set_infinity(&a[i]);
                else
                    random_scale_g1(&a[i], &G1_GENERATOR);
            }
            guard_freeze(&ga);
            g1_to_affine_batch((g1_affine *)(void *)gr.data, a, n, (fp *)(void *)gs.data);
            guard_free(&ga);
            guard_free(&gr);
            guard_free(&gs);
        }
    }
}

/* ---- Multiplications and pairings ---- */

static void g1_and_g2_multiplications__stay_in_their_buffers(void **unused) {
    (void)unused;
    for (size_t side = 0; side < 2; side++) {
        struct guard k = guard_take(32, SIDES[side]), scalar = guard_take(sizeof(fr), SIDES[side]);
        struct guard p = guard_copy(&G1_GENERATOR, sizeof(g1_affine), SIDES[side]);
        struct guard q = guard_copy(&G2_GENERATOR, sizeof(g2_affine), SIDES[side]);
        struct guard r1 = guard_take(sizeof(g1), SIDES[side]), r2 = guard_take(sizeof(g2), SIDES[side]);
        memset(k.data, 0xff, 32);
        random_fr((fr *)(void *)scalar.data);
        guard_freeze(&k);
        guard_freeze(&scalar);
        guard_freeze(&p);
        guard_freeze(&q);
        g1_mul_plain((g1 *)(void *)r1.data, (const g1_affine *)(const void *)p.data,
                     (const uint64_t *)(const void *)k.data);
        g1_mul((g1 *)(void *)r1.data, (const g1_affine *)(const void *)p.data, (const fr *)(const void *)scalar.data);
        g2_mul_plain((g2 *)(void *)r2.data, (const g2_affine *)(const void *)q.data,
                     (const uint64_t *)(const void *)k.data);
        guard_free(&k);
        guard_free(&scalar);
        guard_free(&p);
        guard_free(&q);
        guard_free(&r1);
        guard_free(&r2);
    }
}

static void pairings__stay_in_their_buffers(void **unused) {
    (void)unused;
    for (size_t side = 0; side < 2; side++) {
        for (size_t n = 0; n <= 34; n += n < 3 ? 1 : 15) {
            struct guard prepared = guard_take(sizeof(struct g2_prepared), SIDES[side]);
            g2_prepare((struct g2_prepared *)(void *)prepared.data, &G2_GENERATOR);
            guard_freeze(&prepared);
            struct guard points = guard_take(sizeof(g1_affine) * n, SIDES[side]);
            struct guard list = guard_take(sizeof(struct g2_prepared *) * n, SIDES[side]);
            struct guard r = guard_take(sizeof(fp12), SIDES[side]);
            for (size_t i = 0; i < n; i++) {
                ((g1_affine *)(void *)points.data)[i] = G1_GENERATOR;
                ((const struct g2_prepared **)(void *)list.data)[i] =
                    (const struct g2_prepared *)(const void *)prepared.data;
            }
            guard_freeze(&points);
            guard_freeze(&list);
            pairing_miller_loop((fp12 *)(void *)r.data, (const g1_affine *)(const void *)points.data,
                                (const struct g2_prepared *const *)(const void *)list.data, n);
            pairing_final_exponentiation((fp12 *)(void *)r.data, (const fp12 *)(const void *)r.data);
            guard_free(&prepared);
            guard_free(&points);
            guard_free(&list);
            guard_free(&r);
        }
    }
}

/* ---- Stack ---- */

static void *everything(void *unused) {
    static struct g2_prepared prepared; /* the caller's */
    static struct test_arena memory;
    enum { N = 2048 };
    g1_affine *points = malloc(sizeof *points * N);
    fr *scalars = malloc(sizeof *scalars * N);
    g1_sequence(points, scalars, N);

    test_arena_take(&memory, g1_msm_scratch_bytes(N));
    g1 r;
    for (size_t n = 1; n <= N; n *= 2) g1_msm(&r, points, scalars, n, &memory.arena);
    test_arena_free(&memory);

    struct g1_table table;
    g1_table_shape(&table, N, 100, 20);
    table.entries = malloc(g1_table_bytes(&table));
    test_arena_take(&memory, g1_table_fill_scratch_bytes(N));
    g1_table_fill(&table, points, 0, N, &memory.arena);
    test_arena_free(&memory);
    g1_affine sums[4];
    test_arena_take(&memory, g1_table_sums_scratch_bytes(&table, N / 4, 4));
    g1_table_sums(sums, &table, 0, scalars, N / 4, 4, &memory.arena);
    test_arena_free(&memory);
    free(table.entries);

    uint8_t bytes[192];
    g2_affine q;
    g1_compress(bytes, &sums[0]);
    (void)g1_decode(&sums[1], bytes);
    g2_compress(bytes, &G2_GENERATOR);
    (void)g2_decode(&q, bytes);
    g1_mul(&r, &sums[0], &scalars[0]);
    g2_prepare(&prepared, &q);
    const struct g2_prepared *list[40];
    for (size_t i = 0; i < COUNT(list); i++) list[i] = &prepared;
    (void)pairing_product_is_one(points, list, COUNT(list));
    free(points);
    free(scalars);
    return unused;
}

static void everything__runs_on_a_small_stack(void **unused) {
    (void)unused;
    small_stack_run(everything, NULL);
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guards__stop_what_they_should),
        cmocka_unit_test(decoders__stay_in_their_buffers),
        cmocka_unit_test(encoders__stay_in_their_buffers),
        cmocka_unit_test(g1_msm__stays_in_its_buffers),
        cmocka_unit_test(g1_tables__stay_in_their_buffers),
        cmocka_unit_test(g1_to_affine_batch__stays_in_its_buffers),
        cmocka_unit_test(g1_and_g2_multiplications__stay_in_their_buffers),
        cmocka_unit_test(pairings__stay_in_their_buffers),
        cmocka_unit_test(everything__runs_on_a_small_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
