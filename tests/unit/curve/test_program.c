/* Programs over points: random ones, whose points meet, cancel and vanish on the way, against the same steps on known
 * multiples of the generator. Working memory ends at an unreadable page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "curve/g1_program.h"
#include "unit/curve/curve_support.h"

#define INPUTS     20
#define STEPS      300
#define POINTS_MAX (INPUTS + STEPS)

static struct g1_program program;
static struct g1_draft draft;
static fr logs[POINTS_MAX]; /* of the points, by number */

static struct g1_ref random_ref(void) {
    if (random_below(20) == 0) return G1_NOTHING;
    return (struct g1_ref){(uint16_t)random_below(program.points), random_below(2) != 0};
}

static void log_of(fr *r, struct g1_ref x) {
    fr_set_zero(r);
    if (x.point == G1_NO_POINT) return;
    *r = logs[x.point];
    if (x.minus) fr_neg(r, r);
}

/* One more sum, with its logarithm where it is a new point. What comes back stands for 2^shift x + y. */
static struct g1_ref add_sum(struct g1_ref x, int shift, struct g1_ref y) {
    size_t points = program.points;
    struct g1_ref r = g1_draft_sum(&draft, x, shift, y);
    fr sum, other;
    log_of(&sum, x);
    log_of(&other, y);
    for (int i = 0; i < shift; i++) fr_add(&sum, &sum, &sum);
    fr_add(&sum, &sum, &other);
    if (program.points > points) {
        logs[r.point] = sum;
        if (r.minus) fr_neg(&logs[r.point], &sum);
    }
    log_of(&other, r);
    assert_true(fr_equal(&other, &sum));
    return r;
}

/* Runs the program on multiples of the generator and compares every point of it, once each way. */
static void check_program(void) {
    static g1 in[INPUTS], out[2 * POINTS_MAX + 1];
    static struct g1_ref wanted[2 * POINTS_MAX + 1];
    size_t n = 2 * (size_t)program.points + 1;
    struct test_arena memory;
    for (size_t i = 0; i < INPUTS; i++) {
        g1_affine p;
        g1_mul_fr(&p, &G1_GENERATOR, &logs[i]);
        random_scale_g1(&in[i], &p);
    }
    for (size_t i = 0; i < n; i++)
        wanted[i] = i + 1 == n ? G1_NOTHING : (struct g1_ref){(uint16_t)(i / 2), i % 2 != 0};
    test_arena_take(&memory, g1_program_run_scratch_bytes(&program));
    g1_program_run(out, wanted, n, in, &program, &memory.arena);
    for (size_t i = 0; i < n; i++) {
        g1_affine expected, got;
        fr log;
        log_of(&log, wanted[i]);
        g1_mul_fr(&expected, &G1_GENERATOR, &log);
        g1_to_affine(&got, &out[i]);
        assert_memory_equal(&got, &expected, sizeof got);
    }
    assert_int_equal(memory.arena.used, 0);
    test_arena_free(&memory);
}

static void finish_draft(void) {
    struct test_arena memory;
    size_t steps = program.steps_used, grouped = 0;
    test_arena_take(&memory, g1_draft_end_scratch_bytes());
    g1_draft_end(&draft, &memory.arena);
    assert_int_equal(memory.arena.used, 0);
    test_arena_free(&memory);
    for (size_t g = 0; g < program.groups_used; g++) {
        assert_int_equal(program.groups[g].first, grouped);
        assert_in_range(program.groups[g].count, 1, G1_PROGRAM_GROUP);
        grouped += program.groups[g].count;
    }
    assert_int_equal(grouped, steps);
}

/* Inputs as they come, and such that many steps meet the cases apart: all the same, opposite, or nothing. */
enum inputs { INPUTS_RANDOM, INPUTS_SMALL, INPUTS_SAME, INPUTS_NOTHING };

static void set_inputs(enum inputs kind) {
    for (size_t i = 0; i < INPUTS; i++) {
        if (kind == INPUTS_RANDOM)
            random_fr(&logs[i]);
        else
            fr_from_u64(&logs[i], kind == INPUTS_SMALL ? random_below(4) : kind == INPUTS_SAME ? 7 : 0);
        if (kind != INPUTS_RANDOM && random_below(2) != 0) fr_neg(&logs[i], &logs[i]);
    }
}

static void program__random_steps(void **state) {
    (void)state;
    for (int kind = INPUTS_RANDOM; kind <= INPUTS_NOTHING; kind++) {
        set_inputs((enum inputs)kind);
        g1_draft_begin(&draft, &program, INPUTS);
        while (program.steps_used < STEPS - 1) { /* two at most */
            struct g1_ref x = random_ref(), y = random_ref();
            switch (random_below(8)) {
            case 0: y = x; break; /* the same point */
            case 1: y = g1_ref_minus(x); break;
            case 2: x = add_sum(x, 0, y), y = g1_ref_minus(y); break; /* back again */
            default: break;
            }
            (void)add_sum(x, random_below(3) == 0 ? (int)random_below(G1_PROGRAM_SHIFT_MAX + 1) : 0, y);
        }
        finish_draft();
        check_program();
    }
}

static void program__without_steps(void **state) {
    (void)state;
    set_inputs(INPUTS_SMALL);
    g1_draft_begin(&draft, &program, INPUTS);
    finish_draft();
    assert_int_equal(program.groups_used, 0);
    check_program();
}

/* Sixteen chains of the same shape, begun one after the other: their steps go side by side. */
static void program__chains_share_groups(void **state) {
    (void)state;
    set_inputs(INPUTS_RANDOM);
    g1_draft_begin(&draft, &program, INPUTS);
    for (uint16_t i = 0; i < G1_PROGRAM_GROUP; i++) {
        struct g1_ref x = {i, false};
        for (int k = 0; k < 5; k++) x = add_sum(x, k, (struct g1_ref){(uint16_t)(i + 1), false});
    }
    finish_draft();
    assert_int_equal(program.groups_used, 5);
    check_program();
}

int main(void) {
    int skip = test_start();
    if (skip != 0) return skip;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program__random_steps),
        cmocka_unit_test(program__without_steps),
        cmocka_unit_test(program__chains_share_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
