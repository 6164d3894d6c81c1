/* Programs over points, a group of up to sixteen steps at a time. Points stay as the lanes have them, one after the
 * other in memory: a group's operands are gathered from there, whatever lanes they were computed in. */
#include "curve/ifma/g1_jac8.h"
#include "curve/lanes.h"

#define VECTORS (G1_PROGRAM_GROUP / FP8_LANES)
_Static_assert(VECTORS == 2, "what g1_jac8 takes");

/* Within g1_jac8's bounds. */
struct point {
    struct fp8_lane x, y, z;
};

/* The points of eight lanes. */
struct places {
    struct fp8_lane *x[FP8_LANES], *y[FP8_LANES], *z[FP8_LANES];
};

static void place(struct places *r, size_t lane, struct point *p) {
    r->x[lane] = &p->x;
    r->y[lane] = &p->y;
    r->z[lane] = &p->z;
}

static void gather(struct g1_jac8 *r, const struct places *from) {
    fp8_gather(&r->x, (const struct fp8_lane *const *)from->x, 18);
    fp8_gather(&r->y, (const struct fp8_lane *const *)from->y, 18);
    fp8_gather(&r->z, (const struct fp8_lane *const *)from->z, 4);
}

static void scatter(const struct places *to, const struct g1_jac8 *a) {
    fp8_scatter(to->x, &a->x);
    fp8_scatter(to->y, &a->y);
    fp8_scatter(to->z, &a->z);
}

static void select_point(struct g1_jac8 *r, __mmask8 mask, const struct g1_jac8 *a) {
    fp8_select(&r->x, mask, &r->x, &a->x);
    fp8_select(&r->y, mask, &r->y, &a->y);
    fp8_select(&r->z, mask, &r->z, &a->z);
}

/* ---- Between lanes and memory ---- */

/* The first n of eight points; nothing (all zero) in the lanes behind them. */
static void load(struct g1_jac8 *r, const g1 *p, size_t n) {
    fp8_load_strided(&r->x, &p->x, sizeof *p, n);
    fp8_load_strided(&r->y, &p->y, sizeof *p, n);
    fp8_load_strided(&r->z, &p->z, sizeof *p, n);
}

static void store(g1 *p, size_t n, const struct g1_jac8 *a) {
    fp8_store_strided(&p->x, sizeof *p, n, &a->x);
    fp8_store_strided(&p->y, sizeof *p, n, &a->y);
    fp8_store_strided(&p->z, sizeof *p, n, &a->z);
}

/* ---- Steps ---- */

/* sum = a + b in these lanes, where both are the same or opposite. */
static void meet(struct g1_jac8 *sum, __mmask8 lanes, const struct g1_jac8 *a, const struct g1_jac8 *b) {
    g1 p[FP8_LANES], q[FP8_LANES];
    struct g1_jac8 right;
    store(p, FP8_LANES, a);
    store(q, FP8_LANES, b);
    for (size_t lane = 0; lane < FP8_LANES; lane++) {
        if ((lanes >> lane & 1) != 0) g1_add(&p[lane], &p[lane], &q[lane]);
    }
    load(&right, p, FP8_LANES);
    select_point(sum, lanes, &right);
}

/* Where the formula for a + b has z = 0. */
static void put_right(struct g1_jac8 *sum, const struct g1_jac8 *a, const struct g1_jac8 *b) {
    __mmask8 wrong = fp8_is_zero(&sum->z, 2);
    if (__builtin_expect(wrong == 0, 1)) return;
    __mmask8 none_a = (__mmask8)(wrong & fp8_is_zero(&a->z, 4)), none_b = (__mmask8)(wrong & fp8_is_zero(&b->z, 4));
    select_point(sum, none_b, a);
    select_point(sum, none_a, b);
    __mmask8 meets = (__mmask8)(wrong & ~(none_a | none_b));
    if (meets != 0) meet(sum, meets, a, b);
}

/* b, negated where the steps say so. */
static void take_signs(struct g1_jac8 *b, __mmask8 minus) {
    if (minus == 0) return;
    fp8_neg_where(&b->y, minus, &b->y, 5);
    fp8_reduce(&b->y, &b->y);
}

static void run_group(struct point *points, const struct g1_step *steps, const struct g1_group *group) {
    struct places from_a[VECTORS], from_b[VECTORS], to[VECTORS];
    struct g1_jac8 a[VECTORS], b[VECTORS], sum[VECTORS];
    __mmask8 minus[VECTORS] = {0};
    struct point nowhere[VECTORS];
    for (size_t i = 0; i < G1_PROGRAM_GROUP; i++) {
        const size_t v = i / FP8_LANES, lane = i % FP8_LANES;
        const struct g1_step *step = &steps[i < group->count ? i : 0]; /* idle lanes do the first one again */
        place(&from_a[v], lane, &points[step->a]);
        place(&from_b[v], lane, &points[step->b]);
        place(&to[v], lane, i < group->count ? &points[step->r] : &nowhere[v]);
        minus[v] = (__mmask8)(minus[v] | step->minus << lane);
    }
    for (int v = 0; v < VECTORS; v++) gather(&a[v], &from_a[v]);
    for (int i = 0; i < group->shift; i++) g1_jac8_dbl2(a);
    if (!group->alone) {
        for (int v = 0; v < VECTORS; v++) {
            gather(&b[v], &from_b[v]);
            take_signs(&b[v], minus[v]);
            sum[v] = a[v];
        }
        g1_jac8_add_jac2(sum, b);
        for (int v = 0; v < VECTORS; v++) {
            put_right(&sum[v], &a[v], &b[v]);
            a[v] = sum[v];
        }
    }
    for (int v = 0; v < VECTORS; v++) scatter(&to[v], &a[v]);
}

/* ---- All of it ---- */

static size_t lanes_used(size_t left) {
    return left < FP8_LANES ? left : FP8_LANES;
}

static void load_inputs(struct point *points, const g1 *in, size_t n) {
    for (size_t first = 0; first < n; first += FP8_LANES) {
        struct places to;
        struct g1_jac8 v;
        struct point nowhere;
        size_t used = lanes_used(n - first);
        for (size_t lane = 0; lane < FP8_LANES; lane++)
            place(&to, lane, lane < used ? &points[first + lane] : &nowhere);
        load(&v, in + first, used);
        scatter(&to, &v);
    }
}

static void store_outputs(g1 *out, const struct g1_ref *wanted, size_t n, struct point *points) {
    for (size_t first = 0; first < n; first += FP8_LANES) {
        struct places from;
        struct g1_jac8 v;
        __mmask8 minus = 0;
        size_t used = lanes_used(n - first);
        for (size_t lane = 0; lane < FP8_LANES; lane++) {
            const struct g1_ref ref = lane < used ? wanted[first + lane] : G1_NOTHING;
            place(&from, lane, &points[ref.point == G1_NO_POINT ? 0 : ref.point]);
            minus = (__mmask8)(minus | ref.minus << lane);
        }
        gather(&v, &from);
        take_signs(&v, minus);
        store(out + first, used, &v);
        for (size_t lane = 0; lane < used; lane++) {
            if (wanted[first + lane].point == G1_NO_POINT) g1_set_infinity(&out[first + lane]);
        }
    }
}

size_t g1_lanes_program_scratch_bytes(const struct g1_program *program) {
    return arena_size(sizeof(struct point) * program->points);
}

void g1_lanes_program(g1 *out, const struct g1_ref *wanted, size_t n, const g1 *in, const struct g1_program *program,
                      struct arena *arena) {
    size_t mark = arena->used;
    struct point *points = ARENA_ARRAY(arena, struct point, program->points);
    load_inputs(points, in, program->inputs);
    for (size_t g = 0; g < program->groups_used; g++)
        run_group(points, program->steps + program->groups[g].first, &program->groups[g]);
    store_outputs(out, wanted, n, points);
    arena_release(arena, mark);
}
