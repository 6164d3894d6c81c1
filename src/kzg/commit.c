#include "kzg/commit.h"

#define N FIELD_ELEMENTS_PER_BLOB

/* The sum is cut into parts for the executor, each with its own piece of scratch. */
struct parts {
    const kzg_ctx *ctx;
    const fr *values;
    size_t count, bytes;
    uint8_t *memory;
    g1_affine sums[SPLIT_MAX];
};

static size_t part_bytes(const kzg_ctx *ctx, size_t parts) {
    return g1_table_sums_scratch_bytes(&ctx->commit, (N + parts - 1) / parts, 1);
}

size_t commit_scratch_bytes(const kzg_ctx *ctx) {
    size_t parts = split_count(ctx, N);
    return parts * part_bytes(ctx, parts);
}

static void sum_part(void *argument, size_t i) {
    struct parts *p = argument;
    size_t first = part_start(N, p->count, i), n = part_start(N, p->count, i + 1) - first;
    struct arena arena;
    arena_init(&arena, p->memory + p->bytes * i, p->bytes);
    g1_table_sums(&p->sums[i], &p->ctx->commit, first, p->values + first, n, 1, &arena);
}

void commit_values(const kzg_ctx *ctx, g1_affine *r, const fr *values, struct arena *arena) {
    size_t mark = arena->used;
    struct parts p = {.ctx = ctx, .values = values, .count = split_count(ctx, N)};
    p.bytes = part_bytes(ctx, p.count);
    p.memory = arena_take(arena, p.bytes * p.count);
    run_tasks(ctx, p.count, sum_part, &p);
    g1 sum;
    g1_from_affine(&sum, &p.sums[0]);
    for (size_t i = 1; i < p.count; i++) g1_add_affine(&sum, &sum, &p.sums[i]);
    g1_to_affine(r, &sum);
    arena_release(arena, mark);
}
