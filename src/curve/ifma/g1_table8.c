/* Tables of multiples: 64 points at a time are multiplied by the digits' base, and share the inversions that make
 * each column affine. */
#include "curve/constants.h"
#include "curve/g1.h"
#include "curve/ifma/g1_jac8.h"
#include "curve/lanes.h"

#define VECTORS 8
#define BLOCK   (VECTORS * FP8_LANES)

struct filling {
    struct g1_table *table;
    size_t at, n; /* bases [at, at + n) */
    struct g1_jac8 *multiples;
    struct g1_affine8 *points, *negatives; /* what the multiples were when they were last normalised */
    uint8_t infinite[VECTORS];
    fp8 *inverses, *scratch;
    fp8 beta;
};

static void load_points(struct filling *f, const g1_affine *points) {
    static const g1_affine infinity;
    fp8 one, zero;
    fp8_set_one(&one);
    fp8_set_zero(&zero);
    for (size_t v = 0; v < VECTORS; v++) {
        const fp *x[FP8_LANES], *y[FP8_LANES];
        __mmask8 infinite = 0;
        for (size_t lane = 0; lane < FP8_LANES; lane++) {
            size_t i = v * FP8_LANES + lane;
            const g1_affine *p = i < f->n ? &points[f->at + i] : &infinity;
            x[lane] = &p->x;
            y[lane] = &p->y;
            infinite |= (__mmask8)(g1_affine_is_infinity(p) << lane);
        }
        fp8_load_scaled_x(&f->multiples[v].x, x);
        fp8_load_scaled_y(&f->multiples[v].y, y);
        fp8_select(&f->multiples[v].z, infinite, &one, &zero);
        f->infinite[v] = infinite;
    }
}

/* 1/z of all points; 0 for infinity. */
static void invert(struct filling *f) {
    fp8 one;
    fp8_set_one(&one);
    for (size_t v = 0; v < VECTORS; v++) fp8_mul(&f->inverses[v], &f->multiples[v].z, &one); /* below 2p */
    fp8_inv_batch(f->inverses, VECTORS, f->scratch);
}

/* The multiples as affine points, and their negatives. */
static void normalise(struct filling *f) {
    invert(f);
    for (size_t v = 0; v < VECTORS; v++) {
        const struct g1_jac8 *m = &f->multiples[v];
        struct g1_affine8 *p = &f->points[v];
        fp8 square, cube;
        fp8_sqr(&square, &f->inverses[v]);
        fp8_mul2(&p->x, &m->x, &square, &cube, &square, &f->inverses[v]);
        fp8_mul(&p->y, &m->y, &cube);
        f->negatives[v].x = p->x;
        fp8_neg(&f->negatives[v].y, &p->y, 1);
    }
}

static void store_column(const struct filling *f, int column) {
    for (size_t v = 0; v < VECTORS && v * FP8_LANES < f->n; v++) {
        const struct g1_affine8 *p = &f->points[v];
        struct g1_table_entry nobody;
        fp *x[FP8_LANES], *y[FP8_LANES], *beta_x[FP8_LANES], *beta2_x[FP8_LANES];
        fp8 second, third;
        for (size_t lane = 0; lane < FP8_LANES; lane++) {
            size_t i = v * FP8_LANES + lane;
            struct g1_table_entry *entry =
                i < f->n ? &f->table->entries[(size_t)column * f->table->bases + f->at + i] : &nobody;
            x[lane] = &entry->point.x;
            y[lane] = &entry->point.y;
            beta_x[lane] = &entry->beta_x;
            beta2_x[lane] = &entry->beta2_x;
        }
        fp8_mul(&second, &p->x, &f->beta);
        fp8_add(&third, &p->x, &second); /* 1 + beta + beta^2 = 0 */
        fp8_neg(&third, &third, 2);
        fp8_store_scaled_x(x, &p->x);
        fp8_store_scaled_y(y, &p->y);
        fp8_store_scaled_x(beta_x, &second);
        fp8_store_scaled_x(beta2_x, &third);
    }
}

/* The points times m. No addition meets equal or opposite points, and infinity stays. */
static void times_base(struct filling *f, int m) {
    fp8 one, zero;
    fp8_set_one(&one);
    fp8_set_zero(&zero);
    for (size_t v = 0; v < VECTORS; v++) {
        f->multiples[v].x = f->points[v].x;
        f->multiples[v].y = f->points[v].y;
        fp8_select(&f->multiples[v].z, f->infinite[v], &one, &zero);
    }
    for (int bit = hexagon_base_top(m); bit-- > 0;) {
        int digit = hexagon_base_digit(m, bit);
        for (size_t v = 0; v < VECTORS; v += 2) {
            g1_jac8_dbl2(&f->multiples[v]);
            if (digit != 0) g1_jac8_add2(&f->multiples[v], digit > 0 ? &f->points[v] : &f->negatives[v]);
        }
    }
    normalise(f);
}

size_t g1_lanes_table_scratch_bytes(void) {
    return arena_size(sizeof(struct g1_jac8) * VECTORS) + 2 * arena_size(sizeof(struct g1_affine8) * VECTORS) +
           2 * arena_size(sizeof(fp8) * VECTORS);
}

void g1_lanes_table_fill(struct g1_table *table, const g1_affine *points, size_t first, size_t count,
                         struct arena *arena) {
    size_t mark = arena->used;
    struct filling f = {.table = table};
    f.multiples = ARENA_ARRAY(arena, struct g1_jac8, VECTORS);
    f.points = ARENA_ARRAY(arena, struct g1_affine8, VECTORS);
    f.negatives = ARENA_ARRAY(arena, struct g1_affine8, VECTORS);
    f.inverses = ARENA_ARRAY(arena, fp8, VECTORS);
    f.scratch = ARENA_ARRAY(arena, fp8, VECTORS);
    fp8_broadcast(&f.beta, &G1_BETA);
    for (size_t done = 0; done < count; done += BLOCK) {
        f.at = first + done;
        f.n = count - done < BLOCK ? count - done : BLOCK;
        load_points(&f, points);
        normalise(&f);
        store_column(&f, 0);
        for (int column = 1; column < table->columns; column++) {
            for (int k = 0; k < table->stride; k++) times_base(&f, table->digits.base);
            store_column(&f, column);
        }
    }
    arena_release(arena, mark);
}
