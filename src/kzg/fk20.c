#include "kzg/fk20.h"

#include "kzg/lanes.h"

#define N          FIELD_ELEMENTS_PER_BLOB
#define CELL       FIELD_ELEMENTS_PER_CELL
#define CELLS      CELLS_PER_EXT_BLOB
#define CELLS_BITS (__builtin_ctz(CELLS))

/* The proof of cell k is the value at v^k (v the root of unity of order CELLS) of a polynomial h over G1 with CELLS /
 * 2 coefficients. h is a sum over i < CELL of products of a Toeplitz matrix, made of every CELL-th coefficient, and
 * setup points; embedded in circulants of twice the size, each product is pointwise between transforms. So: transform
 * the circulants (scalars), CELLS sums of CELL terms with the setup's transformed points, and from there to the
 * proofs (proof_transform.h). */
struct work {
    const kzg_ctx *ctx;
    const fr *coefficients;
    fr scale;        /* 1 / 2, as proof_transform.h wants the sums */
    fr *scalars;     /* row by row: row k has the factors of sum k */
    g1_affine *sums; /* in the setup's order: natural */
    size_t parts, bytes;
    uint8_t *memory;
};

/* A part's, of transforms first, then of sums. */
static size_t part_bytes(const kzg_ctx *ctx, size_t parts) {
    return arena_larger(g1_table_sums_scratch_bytes(&ctx->cells, CELL, (CELLS + parts - 1) / parts),
                        LANES_CIRCULANT_BYTES);
}

size_t compute_cell_proofs_bytes(const kzg_ctx *ctx) {
    size_t parts = split_count(ctx, CELLS);
    return arena_size(sizeof(fr) * CELLS * CELL) + arena_size(sizeof(g1_affine) * CELLS) +
           arena_larger(parts * part_bytes(ctx, parts), proof_transform_scratch_bytes(ctx, &ctx->proofs));
}

/* The first column of circulant i, scaled. */
static void circulant(fr v[CELLS], const struct work *w, size_t i) {
    for (size_t j = 0; j < CELLS; j++) fr_set_zero(&v[j]);
    fr_mul(&v[0], &w->coefficients[N - 1 - i], &w->scale);
    for (size_t j = CELLS / 2 + 2; j < CELLS; j++)
        fr_mul(&v[j], &w->coefficients[(j - CELLS / 2) * CELL - i - 1], &w->scale);
}

static void transform_part(void *argument, size_t part) {
    const struct work *w = argument;
#if KZG_LANES
    if (lanes_usable()) {
        const size_t eights = CELL / 8;
        for (size_t i = part_start(eights, w->parts, part); i < part_start(eights, w->parts, part + 1); i++)
            lanes_circulants(w->scalars, 8 * i, w->coefficients, &w->scale, &w->ctx->domain,
                             w->memory + w->bytes * part);
        return;
    }
#endif
    for (size_t i = part_start(CELL, w->parts, part); i < part_start(CELL, w->parts, part + 1); i++) {
        fr v[CELLS];
        circulant(v, w, i);
        fr_transform(v, CELLS, 0, &w->ctx->domain);
        for (size_t k = 0; k < CELLS; k++) w->scalars[bit_reverse(k, CELLS_BITS) * CELL + i] = v[k];
    }
}

static void sum_part(void *argument, size_t part) {
    const struct work *w = argument;
    size_t first = part_start(CELLS, w->parts, part), n = part_start(CELLS, w->parts, part + 1) - first;
    struct arena arena;
    arena_init(&arena, w->memory + w->bytes * part, w->bytes);
    g1_table_sums(w->sums + first, &w->ctx->cells, first * CELL, w->scalars + first * CELL, CELL, n, &arena);
}

void compute_cell_proofs(const kzg_ctx *ctx, g1_affine proofs[CELLS_PER_EXT_BLOB], const fr *coefficients,
                         struct arena *arena) {
    size_t mark = arena->used;
    struct work w = {.ctx = ctx, .coefficients = coefficients, .parts = split_count(ctx, CELLS)};
    w.scalars = ARENA_ARRAY(arena, fr, CELLS * CELL);
    w.sums = ARENA_ARRAY(arena, g1_affine, CELLS);
    size_t shared = arena->used;
    w.bytes = part_bytes(ctx, w.parts);
    w.memory = arena_take(arena, w.bytes * w.parts);
    fr_from_u64(&w.scale, 2);
    fr_inv(&w.scale, &w.scale);
    operation_phase(ctx, KZG_PHASE_TRANSFORM);
    run_tasks(ctx, w.parts, transform_part, &w);
    operation_phase(ctx, KZG_PHASE_MSM);
    run_tasks(ctx, w.parts, sum_part, &w);
    operation_phase(ctx, KZG_PHASE_TRANSFORM);
    arena_release(arena, shared);
    proof_transform_run(ctx, proofs, w.sums, &ctx->proofs, arena);
    arena_release(arena, mark);
}
