/* A round adds neighbours of each group and divides once, by the product of all its denominators. It walks over its
 * pairs from the last to the first, to multiply the denominators, and back, to divide by one after the other and to
 * add: what a sum needs is in the cache then, and a sum may be written over points that have been added. */
#include "curve/batch_add.h"

#define PAIRS (BATCH_ADD_POINTS / 2)

struct batch_group {
    uint32_t index; /* of its sum in out */
    uint32_t count;
};

/* Groups that go through rounds together. */
struct batch_add {
    g1_affine *out;
    g1_affine *points; /* of the groups, one group after the other, from the second round on */
    struct batch_step *steps;
    struct batch_group *groups;
    size_t points_used, groups_used;
};

/* Of a pair the denominator and the product of those before it, lazy: fp_chord's step. */
struct batch_step {
    fp step[2];
};

size_t batch_add_scratch_bytes(void) {
    return arena_size(sizeof(g1_affine) * BATCH_ADD_POINTS) + arena_size(sizeof(struct batch_step) * (PAIRS + 1)) +
           arena_size(sizeof(struct batch_group) * BATCH_ADD_POINTS);
}

/* ---- Terms ---- */

/* A batch's terms where they stand; refs is NULL in later rounds, whose points are in the batch. */
struct terms {
    struct g1_points source;
    const uint32_t *refs;
};

static inline const g1_affine *point_at(const struct terms *terms, size_t i) {
    size_t offset = terms->source.stride * (terms->refs[i] >> G1_REF_SHIFT);
    return (const g1_affine *)(const void *)((const uint8_t *)terms->source.first + offset);
}

/* The x of zeta^j times an entry's point. */
static inline const fp *term_x(const struct terms *terms, size_t i) {
    size_t back = (terms->refs[i] & G1_REF_UNIT) % 3 * sizeof(fp);
    return (const fp *)(const void *)((const uint8_t *)point_at(terms, i) - back);
}
_Static_assert(offsetof(struct g1_table_entry, point) == 2 * sizeof(fp), "beta^2 x, beta x, and the point");
_Static_assert(offsetof(struct g1_table_entry, beta_x) == sizeof(fp), "beta x before the point");

static inline bool term_negative(const struct terms *terms, size_t i) {
    return (terms->refs[i] & G1_REF_UNIT) % 2 != 0;
}

static void load_term(g1_affine *p, const struct terms *terms, size_t i) {
    p->x = *term_x(terms, i);
    p->y = point_at(terms, i)->y;
    if (term_negative(terms, i)) fp_neg(&p->y, &p->y);
}

#define PREFETCH_AHEAD 16

static inline void prefetch_term(const struct terms *terms, size_t i) {
    const char *x = (const char *)term_x(terms, i);
    __builtin_prefetch(x);
    __builtin_prefetch(x + sizeof(fp) - 1);
    __builtin_prefetch(&point_at(terms, i)->y);
}

/* ---- Pairs ---- */

enum kind { CHORD, TANGENT, FIRST, SECOND, NOTHING };

static enum kind kind_of(const g1_affine *a, const g1_affine *b) {
    if (g1_affine_is_infinity(a)) return SECOND;
    if (g1_affine_is_infinity(b)) return FIRST;
    if (!fp_equal(&a->x, &b->x)) return CHORD;
    return fp_equal(&a->y, &b->y) ? TANGENT : NOTHING;
}

static inline const fp *x_at(const struct batch_add *b, const struct terms *terms, size_t i) {
    return terms->refs != NULL ? term_x(terms, i) : &b->points[i].x;
}

static void load(g1_affine *p, const struct batch_add *b, const struct terms *terms, size_t i) {
    if (terms->refs != NULL)
        load_term(p, terms, i);
    else
        *p = b->points[i];
}

/* The denominator of a pair that may be special: 1 where nothing is divided. */
static __attribute__((noinline)) bool special_denominator(fp *d, const struct batch_add *b, const struct terms *terms,
                                                          size_t i) {
    g1_affine p, q;
    load(&p, b, terms, i);
    load(&q, b, terms, i + 1);
    enum kind kind = kind_of(&p, &q);
    if (kind == CHORD) return false;
    if (kind == TANGENT)
        fp_dbl(d, &p.y);
    else
        fp_set_one(d);
    return true;
}

/* A pair's denominator, x2 - x1. Equal points have none such, opposite ones neither, and infinity is not on the
 * curve: one limb says that a pair is none of these, or almost never that it may be one. True if it is. */
static inline bool denominator(fp *d, const struct batch_add *b, const struct terms *terms, size_t i) {
    const fp *x1 = x_at(b, terms, i), *x2 = x_at(b, terms, i + 1);
    fp_sub_lazy(d, x2, x1);
    if (__builtin_expect((d->l[0] == FP_MODULUS[0]) | (x1->l[0] == 0) | (x2->l[0] == 0), 0))
        return special_denominator(d, b, terms, i);
    return false;
}

/* points[to] = the sum of a pair that is not special. */
static inline void add_chord(struct batch_add *b, const struct terms *terms, size_t to, size_t i, fp *product,
                             const struct batch_step *step) {
    g1_affine first;
    fp rise;
    if (terms->refs != NULL) {
        first.x = *term_x(terms, i);
        fp_sign_lazy(&first.y, &point_at(terms, i)->y, term_negative(terms, i));
        fp_sign_lazy(&rise, &point_at(terms, i + 1)->y, !term_negative(terms, i + 1));
        fp_add_lazy(&rise, &rise, &first.y);
        fp_chord(&b->points[to].x, product, step->step, &rise, &first.x, term_x(terms, i + 1));
    } else {
        const g1_affine *p = &b->points[i];
        fp_sub_lazy(&rise, &p[0].y, &p[1].y);
        fp_chord(&b->points[to].x, product, step->step, &rise, &p[0].x, &p[1].x);
    }
}

/* points[to] = the sum of any pair. */
static __attribute__((noinline)) void add_any(struct batch_add *b, const struct terms *terms, size_t to, size_t i,
                                              fp *product, const struct batch_step *step) {
    g1_affine p, q;
    fp rise, square;
    load(&p, b, terms, i);
    load(&q, b, terms, i + 1);
    switch (kind_of(&p, &q)) {
    case CHORD:
        fp_sub_lazy(&rise, &p.y, &q.y);
        fp_chord(&b->points[to].x, product, step->step, &rise, &p.x, &q.x);
        return;
    case TANGENT: /* by 2 y, the rise is -3 x^2 */
        fp_sqr(&square, &p.x);
        fp_dbl(&rise, &square);
        fp_add(&rise, &rise, &square);
        fp_neg(&rise, &rise);
        fp_chord(&b->points[to].x, product, step->step, &rise, &p.x, &p.x);
        return;
    case FIRST: b->points[to] = p; return;
    case SECOND: b->points[to] = q; return;
    case NOTHING: b->points[to] = (g1_affine){{{0}}, {{0}}}; return;
    }
}

/* ---- Rounds ---- */

/* The steps of all pairs, from the last to the first: gives back how many, and whether any is special. */
static inline __attribute__((always_inline)) size_t take_steps(struct batch_add *b, const struct terms *terms,
                                                               bool *special) {
    size_t k = 0, first = b->points_used;
    *special = false;
    b->steps[0].step[1] = FP_ONE;
    for (size_t g = b->groups_used; g-- > 0;) {
        uint32_t count = b->groups[g].count;
        first -= count;
        for (size_t i = first + (count & ~1u); i > first; k++) {
            fp *step = b->steps[k].step;
            i -= 2;
            if (terms->refs != NULL && i >= PREFETCH_AHEAD) {
                prefetch_term(terms, i - PREFETCH_AHEAD);
                prefetch_term(terms, i + 1 - PREFETCH_AHEAD);
            }
            *special |= denominator(&step[0], b, terms, i);
            fp_mul_lazy(&b->steps[k + 1].step[1], &step[1], &step[0]);
        }
    }
    return k;
}

/* Back from the first pair to the last, given 1 / the product of all. True if a group of more than one is left. */
static inline __attribute__((always_inline)) bool add_pairs(struct batch_add *b, const struct terms *terms, size_t k,
                                                            fp *product, bool special) {
    size_t to = 0, i = 0;
    bool more = false;
    for (size_t g = 0; g < b->groups_used; g++) {
        uint32_t count = b->groups[g].count;
        for (uint32_t pairs = count / 2; pairs > 0; pairs--, i += 2, to++) {
            k--;
            if (special)
                add_any(b, terms, to, i, product, &b->steps[k]);
            else
                add_chord(b, terms, to, i, product, &b->steps[k]);
        }
        if (count % 2 != 0) load(&b->points[to++], b, terms, i++);
        b->groups[g].count = count = (count + 1) / 2;
        more |= count > 1;
    }
    b->points_used = to;
    return more;
}

static inline __attribute__((always_inline)) bool add_round(struct batch_add *b, const struct terms *terms) {
    bool special;
    fp product = FP_ONE;
    size_t pairs = take_steps(b, terms, &special);
    if (pairs > 0) {
        fp_reduce(&product, &b->steps[pairs].step[1]);
        fp_inv(&product, &product);
    }
    return special ? add_pairs(b, terms, pairs, &product, true) : add_pairs(b, terms, pairs, &product, false);
}

/* All rounds, the first one on the terms. */
static void flush(struct batch_add *b, const struct terms *terms) {
    static const struct terms none = {.refs = NULL};
    bool more = add_round(b, terms);
    while (more) more = add_round(b, &none);
    for (size_t g = 0; g < b->groups_used; g++) b->out[b->groups[g].index] = b->points[g];
    b->points_used = b->groups_used = 0;
}

/* ---- Terms of groups ---- */

/* A group that fills batches of its own. */
static void add_long_group(struct batch_add *b, uint32_t index, struct terms terms, uint32_t count) {
    g1 sum;
    g1_set_infinity(&sum);
    while (count > 0) {
        uint32_t some = count < BATCH_ADD_POINTS ? count : BATCH_ADD_POINTS;
        b->groups[b->groups_used++] = (struct batch_group){index, some};
        b->points_used = some;
        flush(b, &terms);
        g1_add_affine(&sum, &sum, &b->out[index]);
        terms.refs += some;
        count -= some;
    }
    g1_to_affine(&b->out[index], &sum);
}

void batch_add_terms(g1_affine *out, struct g1_points points, const uint32_t *refs, const uint32_t *starts,
                     size_t groups, struct arena *arena) {
    size_t mark = arena->used;
    struct terms terms = {.source = points, .refs = refs + starts[0]};
    struct batch_add b = {
        .out = out,
        .points = ARENA_ARRAY(arena, g1_affine, BATCH_ADD_POINTS),
        .steps = ARENA_ARRAY(arena, struct batch_step, PAIRS + 1),
        .groups = ARENA_ARRAY(arena, struct batch_group, BATCH_ADD_POINTS),
    };
    for (size_t g = 0; g < groups; g++) {
        uint32_t count = starts[g + 1] - starts[g];
        if (b.points_used + count > BATCH_ADD_POINTS) {
            flush(&b, &terms);
            terms.refs = refs + starts[g];
        }
        if (count > BATCH_ADD_POINTS) {
            add_long_group(&b, (uint32_t)g, terms, count);
            terms.refs = refs + starts[g + 1];
        } else if (count > 0) {
            b.groups[b.groups_used++] = (struct batch_group){(uint32_t)g, count};
            b.points_used += count;
        } else {
            out[g] = (g1_affine){{{0}}, {{0}}};
        }
    }
    flush(&b, &terms);
    arena_release(arena, mark);
}

/* ---- Doublings ---- */

static void double_some(g1_affine *points, size_t n, struct batch_step *steps) {
    fp product, rise, square;
    steps[0].step[1] = FP_ONE;
    for (size_t i = 0; i < n; i++) { /* by -2 y, for a rise of 3 x^2 */
        fp *d = &steps[i].step[0];
        fp_sign_lazy(d, &points[i].y, true);
        fp_add_lazy(d, d, d);
        if (g1_affine_is_infinity(&points[i])) fp_set_one(d);
        fp_mul_lazy(&steps[i + 1].step[1], &steps[i].step[1], d);
    }
    fp_reduce(&product, &steps[n].step[1]);
    fp_inv(&product, &product);
    for (size_t i = n; i-- > 0;) {
        if (g1_affine_is_infinity(&points[i])) continue;
        fp_sqr(&square, &points[i].x);
        fp_dbl(&rise, &square);
        fp_add_lazy(&rise, &rise, &square);
        fp_chord(&points[i].x, &product, steps[i].step, &rise, &points[i].x, &points[i].x);
    }
}

void batch_double(g1_affine *points, size_t n, struct arena *arena) {
    size_t mark = arena->used;
    struct batch_step *steps = ARENA_ARRAY(arena, struct batch_step, PAIRS + 1);
    for (size_t i = 0; i < n; i += PAIRS) double_some(points + i, n - i < PAIRS ? n - i : PAIRS, steps);
    arena_release(arena, mark);
}
