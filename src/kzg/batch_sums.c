#include "kzg/batch_sums.h"

#include "base/assert.h"
#include "curve/g1_subgroup.h"
#include "curve/lanes.h"
#include "curve/msm.h"

/* Fewer are sooner checked each. Of more, scratch grows with the terms; and without lanes, checks for order 3 take
 * longer than the sums of curve/g1_subgroup.h for many. */
#define CHECKING_MIN        32
#define CHECKING_MAX_LANES  4096
#define CHECKING_MAX_SCALAR 255
/* Up to so many points fewer digits save less than their buckets cost, and all sums share their rounds. */
#define BASE_8_MAX 192

static const struct hexagon *base_of(size_t n, bool lanes) {
    if (n < CHECKING_MIN || n > (lanes ? CHECKING_MAX_LANES : CHECKING_MAX_SCALAR)) return NULL;
    return n <= BASE_8_MAX ? &HEXAGON_8 : &HEXAGON_10;
}

const struct hexagon *batch_base(size_t n) {
    return base_of(n, g1_lanes_usable());
}

static bool all_together(const struct hexagon *base) {
    return base == &HEXAGON_8;
}

/* Where the digits of short sum i go. */
static g1 *digits_of(struct batch_sums *s, size_t i) {
    if (!s->sums[i].is_short) return NULL;
    KZG_ASSERT(i < 2 && g1_digit_sum_length(s->base, &s->sums[i]) <= BATCH_DIGITS);
    return s->digits[i];
}

static void make_one(struct batch_sums *s, size_t i, struct arena *arena) {
    const struct g1_digit_sum *sum = &s->sums[i];
    const g1_affine *points = s->points + sum->first;
    if (!sum->is_short) {
        g1_msm(&s->r[i], points, sum->scalars, sum->n, arena);
    } else if (s->base != NULL) {
        struct g1_digit_sum alone = *sum;
        alone.first = 0;
        alone.digits = digits_of(s, i);
        g1_msm_digits(&s->r[i], s->base, points, sum->n, &alone, 1, arena);
    } else if (sum->n == 1 && fr_equal(&sum->scalars[0], &FR_ONE)) {
        g1_from_affine(&s->r[i], points);
    } else {
        g1_msm_short(&s->r[i], points, sum->scalars, sum->n, arena);
    }
}

static void make_all(struct batch_sums *s, struct arena *arena) {
    if (!all_together(s->base)) {
        for (size_t i = 0; i < s->count; i++) make_one(s, i, arena);
        return;
    }
    for (size_t i = 0; i < s->count; i++) s->sums[i].digits = digits_of(s, i);
    g1_msm_digits(s->r, s->base, s->points, s->n, s->sums, s->count, arena);
}

/* ---- As tasks ---- */

struct tasks {
    struct batch_sums *sums;
    const struct batch_also *also;
    uint8_t *memory;
    size_t bytes; /* of each */
};

static size_t task_count(const struct batch_sums *s, const struct batch_also *also) {
    return s->count + (also->bytes > 0);
}

/* The longest sum, which is the last one, comes second: so one of two threads has it alone and the other one the
 * rest, whether tasks are dealt out in turn or taken. */
static void run_task(void *argument, size_t i) {
    struct tasks *t = argument;
    struct arena arena;
    arena_init(&arena, t->memory + t->bytes * i, t->bytes);
    if (i < t->sums->count)
        make_one(t->sums, i == 0 ? 0 : t->sums->count - i, &arena);
    else
        t->also->work(t->also->user, &arena);
}

/* Of a task, or of all in turn. The variant may be changed at any time, so there is room for sums without digits too,
 * and with. */
static size_t task_bytes(const struct batch_sums *s, const struct batch_also *also) {
    const struct hexagon *base = base_of(s->sums[0].n, true);
    size_t bytes = also->bytes;
    for (size_t i = 0; i < s->count; i++) {
        bytes = arena_larger(bytes, g1_msm_scratch_bytes(s->sums[i].n));
        if (base != NULL && s->sums[i].is_short)
            bytes = arena_larger(bytes, g1_msm_digits_scratch_bytes(base, s->sums[i].n, &s->sums[i], 1));
    }
    if (!all_together(base)) return bytes;
    return arena_larger(bytes, g1_msm_digits_scratch_bytes(base, s->n, s->sums, s->count));
}

/* Each has its own, or all in turn the same one. */
static size_t scratches(const kzg_ctx *ctx, size_t tasks) {
    return split_count(ctx, tasks) > 1 ? tasks : 1;
}

size_t batch_sums_scratch_bytes(const kzg_ctx *ctx, const struct batch_sums *s, const struct batch_also *also) {
    return arena_size(task_bytes(s, also)) * scratches(ctx, task_count(s, also));
}

void batch_sums_make(const kzg_ctx *ctx, struct batch_sums *s, const struct batch_also *also, struct arena *arena) {
    const size_t mark = arena->used, tasks = task_count(s, also);
    if (scratches(ctx, tasks) == 1) {
        make_all(s, arena);
        if (also->bytes > 0) also->work(also->user, arena);
        return;
    }
    struct tasks t = {.sums = s, .also = also, .bytes = arena_size(task_bytes(s, also))};
    t.memory = arena_take(arena, t.bytes * tasks);
    run_tasks(ctx, tasks, run_task, &t);
    arena_release(arena, mark);
}

/* ---- Checking ---- */

size_t batch_sums_check_scratch_bytes(size_t n_besides) {
    return g1_digits_in_subgroup_scratch_bytes(BATCH_DIGITS, n_besides);
}

bool batch_sums_check(const struct batch_sums *s, size_t n_besides, struct arena *arena) {
    const g1 *second = s->count > 1 && s->sums[1].is_short ? s->digits[1] : NULL;
    KZG_ASSERT(s->base != NULL && s->sums[0].is_short && (second == NULL || s->sums[1].n == s->sums[0].n));
    return g1_digits_in_subgroup(s->digits[0], second, g1_digit_sum_length(s->base, &s->sums[0]), s->points,
                                 n_besides, arena);
}
