#include "curve/g1_program.h"

#include <string.h>

#include "base/assert.h"
#include "curve/lanes.h"

/* ---- Drafts ---- */

void g1_draft_begin(struct g1_draft *draft, struct g1_program *program, size_t inputs) {
    draft->program = program;
    program->inputs = program->points = (uint16_t)inputs;
    program->steps_used = program->groups_used = 0;
}

struct g1_ref g1_draft_sum(struct g1_draft *draft, struct g1_ref x, int shift, struct g1_ref y) {
    struct g1_program *program = draft->program;
    bool alone = y.point == G1_NO_POINT;
    if (x.point == G1_NO_POINT) return y;
    if (alone && shift == 0) return x;
    KZG_ASSERT(program->steps_used < G1_PROGRAM_STEPS_MAX && shift <= G1_PROGRAM_SHIFT_MAX);
    const size_t i = program->steps_used++;
    program->steps[i] = (struct g1_step){program->points++, x.point, alone ? x.point : y.point, x.minus != y.minus};
    draft->shift[i] = (uint8_t)shift;
    draft->alone[i] = alone;
    return (struct g1_ref){program->steps[i].r, x.minus};
}

/* What a draft's end knows of its steps. */
struct schedule {
    const struct g1_draft *draft;
    const struct g1_step *steps;
    uint16_t inputs;
    uint16_t *height; /* of the longest chain that begins with the step, in products */
    uint16_t *left;   /* steps that are in no group yet, the highest first */
    size_t left_used;
    bool *there; /* by point */
};

/* Steps of one kind can be in a group. */
#define KINDS   (2 * (G1_PROGRAM_SHIFT_MAX + 1))
#define HEIGHTS 4096

static size_t kind_of(const struct schedule *s, size_t step) {
    return 2 * (size_t)s->draft->shift[step] + s->draft->alone[step];
}

static uint16_t step_cost(const struct schedule *s, size_t step) {
    return (uint16_t)(7 * s->draft->shift[step] + (s->draft->alone[step] ? 0 : 16));
}

/* From the last step to the first: whoever reads a step's result stands behind it. */
static void find_heights(struct schedule *s, size_t steps) {
    memset(s->height, 0, sizeof *s->height * steps);
    for (size_t i = steps; i-- > 0;) {
        const uint16_t reads[2] = {s->steps[i].a, s->steps[i].b};
        s->height[i] = (uint16_t)(s->height[i] + step_cost(s, i));
        for (int k = 0; k < 2; k++) {
            if (reads[k] < s->inputs) continue;
            uint16_t *below = &s->height[reads[k] - s->inputs];
            if (*below < s->height[i]) *below = s->height[i];
        }
    }
}

static bool is_ready(const struct schedule *s, size_t step) {
    return s->there[s->steps[step].a] && s->there[s->steps[step].b];
}

static size_t low_height(const struct schedule *s, size_t step) {
    return s->height[step] < HEIGHTS ? s->height[step] : HEIGHTS - 1;
}

/* By height, the highest first, those of one height in order: what a step reads stands before it. */
static void sort_by_height(struct schedule *s, uint16_t *starts) {
    size_t at = 0;
    memset(starts, 0, sizeof *starts * HEIGHTS);
    for (size_t i = 0; i < s->left_used; i++) starts[low_height(s, i)]++;
    for (size_t h = HEIGHTS; h-- > 0;) {
        size_t n = starts[h];
        starts[h] = (uint16_t)at;
        at += n;
    }
    for (size_t i = 0; i < s->left_used; i++) s->left[starts[low_height(s, i)]++] = (uint16_t)i;
}

/* Steps that wait for others are seldom far behind those: no need to look at all. The first of those left waits for
 * none. */
#define LOOK 640

static size_t look(const struct schedule *s) {
    return s->left_used < LOOK ? s->left_used : LOOK;
}

/* The kind of the highest ready step, of kinds that fill a group if there is one. */
static size_t choose_kind(const struct schedule *s) {
    size_t ready[KINDS] = {0}, first = KINDS;
    for (size_t j = 0; j < look(s); j++) {
        if (!is_ready(s, s->left[j])) continue;
        size_t kind = kind_of(s, s->left[j]);
        if (first == KINDS) first = kind;
        if (++ready[kind] == G1_PROGRAM_GROUP) return kind;
    }
    return first;
}

/* The first up to G1_PROGRAM_GROUP ready steps of that kind. How many. */
static size_t choose_steps(uint16_t chosen[G1_PROGRAM_GROUP], const struct schedule *s, size_t kind) {
    size_t n = 0;
    for (size_t j = 0; j < look(s) && n < G1_PROGRAM_GROUP; j++) {
        uint16_t i = s->left[j];
        if (kind_of(s, i) == kind && is_ready(s, i)) chosen[n++] = i;
    }
    return n;
}

static void take_out(struct schedule *s, const uint16_t *chosen, size_t n) {
    size_t kept = 0, looked = look(s);
    for (size_t k = 0; k < n; k++) s->there[s->steps[chosen[k]].r] = true;
    for (size_t j = 0; j < looked; j++) {
        if (!s->there[s->steps[s->left[j]].r]) s->left[kept++] = s->left[j];
    }
    memmove(s->left + kept, s->left + looked, sizeof *s->left * (s->left_used - looked));
    s->left_used -= n;
}

#define POINTS_MAX (2 * G1_PROGRAM_STEPS_MAX)

size_t g1_draft_end_scratch_bytes(void) {
    return arena_size(sizeof(struct g1_step) * G1_PROGRAM_STEPS_MAX) +
           2 * arena_size(sizeof(uint16_t) * G1_PROGRAM_STEPS_MAX) + arena_size(sizeof(bool) * POINTS_MAX) +
           arena_size(sizeof(uint16_t) * HEIGHTS);
}

void g1_draft_end(struct g1_draft *draft, struct arena *arena) {
    struct g1_program *program = draft->program;
    size_t mark = arena->used, steps = program->steps_used, sorted = 0;
    struct g1_step *copy = ARENA_ARRAY(arena, struct g1_step, steps);
    struct schedule s = {.draft = draft, .steps = copy, .inputs = program->inputs, .left_used = steps};
    KZG_ASSERT(program->points <= POINTS_MAX);
    memcpy(copy, program->steps, sizeof *copy * steps);
    s.height = ARENA_ARRAY(arena, uint16_t, steps);
    s.left = ARENA_ARRAY(arena, uint16_t, steps);
    s.there = ARENA_ARRAY(arena, bool, program->points);
    find_heights(&s, steps);
    sort_by_height(&s, ARENA_ARRAY(arena, uint16_t, HEIGHTS));
    for (size_t p = 0; p < program->points; p++) s.there[p] = p < program->inputs;
    while (s.left_used > 0) {
        uint16_t chosen[G1_PROGRAM_GROUP];
        size_t kind = choose_kind(&s), n = choose_steps(chosen, &s, kind);
        KZG_ASSERT(program->groups_used < G1_PROGRAM_GROUPS_MAX);
        program->groups[program->groups_used++] =
            (struct g1_group){(uint16_t)sorted, (uint8_t)n, (uint8_t)(kind / 2), kind % 2 != 0};
        for (size_t k = 0; k < n; k++) program->steps[sorted++] = copy[chosen[k]];
        take_out(&s, chosen, n);
    }
    arena_release(arena, mark);
}

/* ---- Running ---- */

static void run_step(g1 *points, const struct g1_step *step, const struct g1_group *group) {
    g1 sum = points[step->a], b;
    for (int i = 0; i < group->shift; i++) g1_dbl(&sum, &sum);
    if (!group->alone) {
        b = points[step->b];
        if (step->minus) g1_neg(&b, &b);
        g1_add(&sum, &sum, &b);
    }
    points[step->r] = sum;
}

size_t g1_program_run_scratch_bytes(const struct g1_program *program) {
    size_t bytes = arena_size(sizeof(g1) * program->points);
#if G1_LANES
    bytes = arena_larger(bytes, g1_lanes_program_scratch_bytes(program));
#endif
    return bytes;
}

void g1_program_run(g1 *out, const struct g1_ref *wanted, size_t n, const g1 *in, const struct g1_program *program,
                    struct arena *arena) {
#if G1_LANES
    if (g1_lanes_usable()) {
        g1_lanes_program(out, wanted, n, in, program, arena);
        return;
    }
#endif
    size_t mark = arena->used;
    g1 *points = ARENA_ARRAY(arena, g1, program->points);
    memcpy(points, in, sizeof *in * program->inputs);
    for (size_t g = 0; g < program->groups_used; g++) {
        const struct g1_group *group = &program->groups[g];
        for (size_t i = 0; i < group->count; i++) run_step(points, &program->steps[group->first + i], group);
    }
    for (size_t i = 0; i < n; i++) {
        if (wanted[i].point == G1_NO_POINT)
            g1_set_infinity(&out[i]);
        else if (wanted[i].minus)
            g1_neg(&out[i], &points[wanted[i].point]);
        else
            out[i] = points[wanted[i].point];
    }
    arena_release(arena, mark);
}
