/* Tables of multiples: 64 points at a time are doubled on, and share the inversions that make each column affine. */
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
    }
}

/* 1/z of all points; 0 for infinity. */
static void invert(struct filling *f) {
    fp8 one;
    fp8_set_one(&one);
    for (size_t v = 0; v < VECTORS; v++) fp8_mul(&f->inverses[v], &f->multiples[v].z, &one); /* below 2p */
    fp8_inv_batch(f->inverses, VECTORS, f->scratch);
}

static void store_column(struct filling *f, int column) {
    invert(f);
    for (size_t v = 0; v < VECTORS && v * FP8_LANES < f->n; v++) {
        const struct g1_jac8 *m = &f->multiples[v];
        struct g1_table_entry nobody;
        fp *x[FP8_LANES], *y[FP8_LANES], *beta_x[FP8_LANES];
        fp8 square, cube, ax, ay, bx;
        for (size_t lane = 0; lane < FP8_LANES; lane++) {
            size_t i = v * FP8_LANES + lane;
            struct g1_table_entry *entry =
                i < f->n ? &f->table->entries[(size_t)column * f->table->bases + f->at + i] : &nobody;
            x[lane] = &entry->x;
            y[lane] = &entry->y;
            beta_x[lane] = &entry->beta_x;
        }
        fp8_sqr(&square, &f->inverses[v]);
        fp8_mul2(&ax, &m->x, &square, &cube, &square, &f->inverses[v]);
        fp8_mul2(&ay, &m->y, &cube, &bx, &ax, &f->beta);
        fp8_store_scaled_x(x, &ax);
        fp8_store_scaled_y(y, &ay);
        fp8_store_scaled_x(beta_x, &bx);
    }
}

size_t g1_lanes_table_scratch_bytes(void) {
    return arena_size(sizeof(struct g1_jac8) * VECTORS) + 2 * arena_size(sizeof(fp8) * VECTORS);
}

void g1_lanes_table_fill(struct g1_table *table, const g1_affine *points, size_t first, size_t count,
                         struct arena *arena) {
    size_t mark = arena->used;
    const fp *at[FP8_LANES];
    struct filling f = {.table = table};
    f.multiples = ARENA_ARRAY(arena, struct g1_jac8, VECTORS);
    f.inverses = ARENA_ARRAY(arena, fp8, VECTORS);
    f.scratch = ARENA_ARRAY(arena, fp8, VECTORS);
    for (int i = 0; i < FP8_LANES; i++) at[i] = &G1_BETA;
    fp8_load(&f.beta, at);
    for (size_t done = 0; done < count; done += BLOCK) {
        f.at = first + done;
        f.n = count - done < BLOCK ? count - done : BLOCK;
        load_points(&f, points);
        for (int column = 0; column < table->columns; column++) {
            if (column > 0) {
                for (int bit = 0; bit < table->width * table->stride; bit++) {
                    for (size_t v = 0; v < VECTORS; v += 2) g1_jac8_dbl2(&f.multiples[v]);
                }
            }
            store_column(&f, column);
        }
    }
    arena_release(arena, mark);
}
