/* With B_i for i < 2^m: adding the upper half of the B to the lower half, again and again, leaves their sum T in B_0.
 * Of each upper half that has been added, from 2^b on, the sum S_b of all B whose index has bit b is what is left to
 * find: a tree of pairwise additions, in place, that follows one round behind. Then
 *     sum (i + 1) B_i = T + sum over b of 2^b S_b,
 * with two additions a bucket, all of them in lanes, in m + 1 rounds.
 *
 * A lane has a run of 2^m buckets of one set: the whole set, or one of 2^k equal parts where there are too few sets
 * to fill the lanes, or too many buckets for the slots. The part u of a set has 2^m u T more. */
#include "curve/g1.h"
#include "curve/ifma/g1_add8.h"
#include "curve/ifma/g1_jac8.h"
#include "curve/lanes.h"

#define RUN_BITS_MAX 9
_Static_assert((1 << RUN_BITS_MAX) <= G1_ADD8_SLOTS, "a run fits");

struct fold {
    const g1_affine *buckets;
    size_t runs;   /* of all sets */
    int run_bits;  /* m */
    int part_bits; /* k: runs of a set */
    struct g1_add8 adder;
    g1_affine *sums; /* of run u: T at [u (m + 1)], then S_0, S_1, ... */
};

static struct fold shape(size_t sets, int bits) {
    struct fold f = {.part_bits = 0};
    if (sets < FP8_LANES) f.part_bits = bits < 3 ? bits : 3;
    if (bits - f.part_bits > RUN_BITS_MAX) f.part_bits = bits - RUN_BITS_MAX;
    f.run_bits = bits - f.part_bits;
    f.runs = sets << f.part_bits;
    return f;
}

static size_t sums_of_run(const struct fold *f) {
    return (size_t)f->run_bits + 1;
}

/* Groups of eight runs that the slots hold. */
static size_t groups_at_once(const struct fold *f) {
    return G1_ADD8_SLOTS >> f->run_bits;
}

static const g1_affine infinity;

static void load_group(struct fold *f, size_t slot, size_t first_run) {
    for (size_t i = 0; i < (size_t)1 << f->run_bits; i++) {
        const fp *x[FP8_LANES], *y[FP8_LANES];
        for (size_t lane = 0; lane < FP8_LANES; lane++) {
            size_t run = first_run + lane;
            const g1_affine *p = run < f->runs ? &f->buckets[(run << f->run_bits) + i] : &infinity;
            x[lane] = &p->x;
            y[lane] = &p->y;
        }
        g1_add8_load(&f->adder, slot + i, x, y, 0);
    }
}

/* Pairs (from + i, from + half + i) to from + i. */
static void plan_halving(struct g1_add8 *w, size_t from, size_t half) {
    for (size_t i = 0; i < half; i++)
        w->pairs[w->pairs_used++] =
            (struct g1_pair8){(uint32_t)(from + i), (uint32_t)(from + half + i), (uint32_t)(from + i)};
}

/* The round-th round of one group: the trees come after the additions that read the same slots. */
static void plan_round(struct fold *f, size_t slot, int round) {
    int m = f->run_bits;
    if (round < m) plan_halving(&f->adder, slot, (size_t)1 << (m - 1 - round));
    for (int b = m - 1; b > m - 1 - round; b--) {
        int depth = round - (m - b); /* the upper half from 2^b on was added in round m - 1 - b */
        if (depth < b) plan_halving(&f->adder, slot + ((size_t)1 << b), (size_t)1 << (b - 1 - depth));
    }
}

/* Where a run's T (b = -1) or S_b stands in the end. */
static size_t place_of(int b) {
    return b < 0 ? 0 : (size_t)1 << b;
}

/* A group's sums to memory. */
static void read_sums(struct fold *f, size_t slot, size_t first_run) {
    size_t stride = sums_of_run(f);
    for (int b = -1; b < f->run_bits; b++) {
        fp nobody[2], *x[FP8_LANES], *y[FP8_LANES];
        for (size_t lane = 0; lane < FP8_LANES; lane++) {
            bool used = first_run + lane < f->runs;
            g1_affine *to = &f->sums[used ? (first_run + lane) * stride + (size_t)(b + 1) : 0];
            x[lane] = used ? &to->x : &nobody[0];
            y[lane] = used ? &to->y : &nobody[1];
        }
        g1_add8_store(&f->adder, slot + place_of(b), x, y);
    }
}

/* The sums of a set's runs, weighted. */
static void join_runs(g1 *r, const struct fold *f, const g1_affine *sums) {
    size_t parts = (size_t)1 << f->part_bits, stride = sums_of_run(f);
    g1 run, weighted;
    g1_set_infinity(r);
    for (int b = f->run_bits - 1; b >= 0; b--) {
        g1_dbl(r, r);
        for (size_t u = 0; u < parts; u++) g1_add_affine(r, r, &sums[u * stride + (size_t)b + 1]);
    }
    g1_set_infinity(&run);
    g1_set_infinity(&weighted);
    if (parts == 1) { /* no part stands above another */
        g1_add_affine(r, r, &sums[0]);
        return;
    }
    for (size_t u = parts; u-- > 0;) { /* weighted: sum u T_u; run: sum T_u */
        g1_add(&weighted, &weighted, &run);
        g1_add_affine(&run, &run, &sums[u * stride]);
    }
    for (int b = 0; b < f->run_bits; b++) g1_dbl(&weighted, &weighted);
    g1_add(r, r, &weighted);
    g1_add(r, r, &run);
}

static void take_slot(struct g1_affine8 *p, __mmask8 *finite, struct g1_add8 *w, size_t slot) {
    g1_add8_reduce(w, slot);
    p->x = w->x[slot];
    p->y = w->y[slot];
    *finite = (__mmask8)~w->infinite[slot];
}

/* The runs of two groups, whole sets, weighted where they stand; the second may be the first again. z = 0 where equal
 * or opposite points came together. */
static void join_in_lanes(struct g1_jac8 v[2], __mmask8 empty[2], struct fold *f, const size_t slots[2]) {
    for (int i = 0; i < 2; i++) {
        fp8_set_zero(&v[i].x);
        fp8_set_zero(&v[i].y);
        fp8_set_zero(&v[i].z);
        empty[i] = 0xff;
    }
    for (int b = f->run_bits - 1; b >= -1; b--) {
        struct g1_affine8 p[2];
        __mmask8 finite[2];
        if (b >= 0) g1_jac8_dbl2(v);
        for (int i = 0; i < 2; i++) take_slot(&p[i], &finite[i], &f->adder, slots[i] + place_of(b));
        g1_jac8_accumulate2(v, empty, p, finite);
    }
}

/* Sets of one run each: r[s] for the groups in the slots, the first of which begins with that run. */
static void join_groups(g1 *r, struct fold *f, size_t groups, size_t first_run) {
    size_t size = (size_t)1 << f->run_bits;
    for (size_t g = 0; g < groups; g += 2) {
        struct g1_jac8 v[2];
        __mmask8 empty[2];
        size_t last = g + 1 < groups ? g + 1 : g;
        join_in_lanes(v, empty, f, (const size_t[2]){g * size, last * size});
        for (size_t i = 0; i <= last - g; i++) {
            size_t run = first_run + (g + i) * FP8_LANES, n = f->runs - run < FP8_LANES ? f->runs - run : FP8_LANES;
            __mmask8 left = g1_jac8_store_scaled(r + run, n, &v[i], empty[i]);
            if (left != 0) read_sums(f, (g + i) * size, run);
            for (size_t lane = 0; lane < n; lane++) {
                if ((left >> lane & 1) != 0) join_runs(&r[run + lane], f, f->sums + (run + lane) * sums_of_run(f));
            }
        }
    }
}

static void fold_runs(g1 *r, struct fold *f) {
    size_t size = (size_t)1 << f->run_bits, at_once = groups_at_once(f);
    for (size_t first = 0; first < f->runs; first += at_once * FP8_LANES) {
        size_t groups = (f->runs - first + FP8_LANES - 1) / FP8_LANES;
        if (groups > at_once) groups = at_once;
        for (size_t g = 0; g < groups; g++) load_group(f, g * size, first + g * FP8_LANES);
        for (int round = 0; round <= f->run_bits; round++) {
            for (size_t g = 0; g < groups; g++) plan_round(f, g * size, round);
            g1_add8_run(&f->adder);
        }
        if (f->part_bits == 0) {
            join_groups(r, f, groups, first);
            continue;
        }
        for (size_t g = 0; g < groups; g++) read_sums(f, g * size, first + g * FP8_LANES);
    }
}

static size_t sums_bytes(size_t sets, int bits) {
    struct fold f = shape(sets, bits);
    return arena_size(sizeof(g1_affine) * f.runs * sums_of_run(&f));
}

/* Few sets are cut into more runs: seven may take more than eight. */
size_t g1_lanes_weighted_scratch_bytes(size_t sets, int bits) {
    size_t few = sets < FP8_LANES ? sets : FP8_LANES - 1;
    return arena_larger(sums_bytes(sets, bits), sums_bytes(few, bits)) + g1_add8_scratch_bytes();
}

void g1_lanes_weighted(g1 *r, const g1_affine *buckets, size_t sets, int bits, struct arena *arena) {
    size_t mark = arena->used;
    struct fold f = shape(sets, bits);
    f.buckets = buckets;
    f.sums = ARENA_ARRAY(arena, g1_affine, f.runs * sums_of_run(&f));
    g1_add8_start(&f.adder, arena);
    fold_runs(r, &f);
    for (size_t s = 0; s < sets && f.part_bits > 0; s++)
        join_runs(&r[s], &f, f.sums + (s << f.part_bits) * sums_of_run(&f));
    arena_release(arena, mark);
}
