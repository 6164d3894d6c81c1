/* Making, describing and freeing contexts. */
#include "kzg/context.h"

#include <string.h>

#include "field/dispatch.h"
#include "kzg/challenge.h"
#include "kzg/check.h"
#include "kzg/default_memory.h"
#include "kzg/setup.h"
#include "kzg/setup_text.h"
#include "kzg/table_image.h"

/* ---- Options ---- */

#define PRECOMPUTE_DEFAULT_LEVEL 3

/* Bases of digits and precomputed multiples of the two large tables. Of the commitment's table and the cells'
 * together: level 0 2.3 MiB, 1 11.3 MiB, 2 27.8 MiB, 3 52.5 MiB. docs/performance.md has the times. */
struct level {
    int commit_base, commit_columns, cells_base, cells_columns;
};

static const struct level levels[] = {
    {41, 1, 9, 1},
    {69, 3, 13, 6},
    {139, 9, 24, 14},
    {139, 18, 31, 26},
};
_Static_assert(sizeof levels / sizeof levels[0] == KZG_PRECOMPUTE_MAX + 1, "a shape for each level");

#define MONOMIAL_BASE    31
#define MONOMIAL_COLUMNS 26

void kzg_options_init(kzg_options *ret_options) {
    *ret_options = (kzg_options){.size = sizeof *ret_options, .precompute = KZG_PRECOMPUTE_DEFAULT};
}

static kzg_status read_options(kzg_options *ret, const kzg_options *options) {
    kzg_options_init(ret);
    if (options != NULL) {
        if (options->size != sizeof *options) return fault_status(ST_OPTION_INVALID, KZG_ARG_OPTIONS, 0);
        *ret = *options;
    }
    if (ret->precompute == KZG_PRECOMPUTE_DEFAULT) ret->precompute = PRECOMPUTE_DEFAULT_LEVEL;
    if (ret->precompute < KZG_PRECOMPUTE_MIN || ret->precompute > KZG_PRECOMPUTE_MAX ||
        (ret->allocator.alloc == NULL) != (ret->allocator.release == NULL))
        return fault_status(ST_OPTION_INVALID, KZG_ARG_OPTIONS, 0);
    if (ret->allocator.alloc == NULL) ret->allocator = default_allocator;
    return ok_status();
}

/* ---- Memory ---- */

static void *take(const kzg_allocator *allocator, size_t bytes, kzg_memory_tag tag) {
    return allocator->alloc(allocator->user, bytes, ARENA_ALIGN, tag);
}

static void give(const kzg_allocator *allocator, void *memory, size_t bytes, kzg_memory_tag tag) {
    if (memory != NULL) allocator->release(allocator->user, memory, bytes, tag);
}

static size_t tables_bytes(const kzg_ctx *ctx) {
    return arena_size(g1_table_bytes(&ctx->commit)) + arena_size(g1_table_bytes(&ctx->cells)) +
           arena_size(g1_table_bytes(&ctx->monomial));
}

/* The tables are where an image has them, or, without one, in memory of the context's own. */
static bool take_tables(kzg_ctx *ctx, const uint8_t *in_image) {
    struct g1_table *tables[] = {&ctx->commit, &ctx->cells, &ctx->monomial};
    size_t own = in_image == NULL ? ctx->tables_bytes : 0;
    ctx->memory_bytes = own + arena_size(check_digests_bytes(ctx));
    ctx->memory = take(&ctx->allocator, ctx->memory_bytes, KZG_MEMORY_TABLES);
    if (ctx->memory == NULL) return false;
    uintptr_t at = (uintptr_t)(in_image == NULL ? ctx->memory : in_image); /* nothing writes through what is const */
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        tables[i]->entries = (struct g1_table_entry *)at;
        at += arena_size(g1_table_bytes(tables[i]));
    }
    ctx->digests = (uint8_t(*)[32])(ctx->memory + own);
    return true;
}

static void give_tables(kzg_ctx *ctx) {
    give(&ctx->allocator, ctx->memory, ctx->memory_bytes, KZG_MEMORY_TABLES);
    ctx->memory = NULL;
}

/* ---- Tasks ---- */

size_t split_count(const kzg_ctx *ctx, size_t n) {
    size_t parts = ctx->executor.parallel_for == NULL ? 1 : ctx->executor.concurrency;
    if (parts > SPLIT_MAX) parts = SPLIT_MAX;
    if (parts > n) parts = n;
    return parts == 0 ? 1 : parts;
}

void run_tasks(const kzg_ctx *ctx, size_t n, void (*task)(void *argument, size_t i), void *argument) {
    if (split_count(ctx, n) > 1) {
        ctx->executor.parallel_for(ctx->executor.user, n, task, argument);
        return;
    }
    for (size_t i = 0; i < n; i++) task(argument, i);
}

/* ---- Building ---- */

/* Working memory of a build, with what parts of it run in parallel. */
struct build {
    kzg_ctx *ctx;
    struct setup_points *setup;
    uint8_t *memory;
    size_t bytes;
    size_t parts;
    struct g1_table *table; /* being filled */
    const g1_affine *points;
};

static void fill_part(void *argument, size_t i) {
    struct build *b = argument;
    size_t n = b->table->bases, first = part_start(n, b->parts, i), end = part_start(n, b->parts, i + 1);
    size_t share = b->bytes / b->parts / ARENA_ALIGN * ARENA_ALIGN;
    struct arena arena;
    arena_init(&arena, b->memory + share * i, share);
    g1_table_fill(b->table, b->points, first, end - first, &arena);
}

static void fill_table(struct build *b, struct g1_table *table, const g1_affine *points) {
    b->table = table;
    b->points = points;
    run_tasks(b->ctx, b->parts, fill_part, b);
}

static void loading(const kzg_ctx *ctx, const char *step) {
    if (ctx->loading.step != NULL) ctx->loading.step(ctx->loading.user, step);
}

static void compute_tables(struct build *b) {
    kzg_ctx *ctx = b->ctx;
    loading(ctx, "tables");
    fill_table(b, &ctx->commit, b->setup->lagrange);
    fill_table(b, &ctx->cells, b->setup->cells);
    fill_table(b, &ctx->monomial, b->setup->monomial);
    loading(ctx, "checksums");
    check_digest_tables(ctx);
}

/* From the image, if it is right in all its pieces. */
static bool adopt_tables(kzg_ctx *ctx, const kzg_table_image *image) {
    const uint8_t *tables = NULL;
    ctx->image = table_image_open(&tables, ctx, image);
    if (ctx->image != KZG_IMAGE_USED) return false;
    if (!take_tables(ctx, tables)) {
        ctx->image = KZG_IMAGE_NONE; /* nor will there be memory for more */
        return false;
    }
    loading(ctx, "checksums");
    check_digest_tables(ctx);
    if (table_image_is_intact(ctx, image)) return true;
    ctx->image = KZG_IMAGE_DAMAGED;
    give_tables(ctx);
    return false;
}

static bool derive(struct build *b, const kzg_table_image *image) {
    kzg_ctx *ctx = b->ctx;
    setup_digest(ctx->setup_sha256, b->setup);
    g2_prepare(&ctx->g2_one, &b->setup->g2[0]);
    g2_prepare(&ctx->g2_tau, &b->setup->g2[1]);
    g2_prepare(&ctx->g2_tau_cell, &b->setup->g2[FIELD_ELEMENTS_PER_CELL]);
    if (!adopt_tables(ctx, image)) {
        if (!take_tables(ctx, NULL)) return false;
        compute_tables(b);
    }
    check_digest_context(ctx);
    return true;
}

/* Where a setup comes from: the embedded one, or compressed points. */
struct source {
    bool embedded;
    const uint8_t *g1_monomial, *g1_lagrange, *g2_monomial;
};

/* What no setup changes. */
static void prepare(struct build *b) {
    struct arena arena;
    arena_init(&arena, b->memory, b->bytes);
    proof_transform_init(&b->ctx->proofs, &arena);
    g1_comb_init(&b->ctx->g1_one, &G1_GENERATOR, &arena);
}

static kzg_status load(struct build *b, const struct source *source) {
    struct setup_fault where = {ARG_SETUP, 0};
    struct arena arena;
    status_code status;
    arena_init(&arena, b->memory, b->bytes);
#ifndef KZG_TOY
    if (source->embedded) {
        status = setup_embedded(b->setup);
        return status == ST_OK ? ok_status() : fault_status(status, KZG_ARG_SETUP, 0);
    }
#endif
    status = setup_decode(b->setup, source->g1_monomial, source->g1_lagrange, source->g2_monomial, &where);
    if (status == ST_OK) status = setup_check(b->setup, &b->ctx->domain, &where, &arena);
    if (status != ST_OK) return fault_status(status, (kzg_argument)where.argument, where.index);
    setup_cell_points(b->setup, &b->ctx->domain, &arena);
    return ok_status();
}

static size_t build_scratch_bytes(size_t parts) {
    const size_t steps[] = {parts * g1_table_fill_scratch_bytes(FIELD_ELEMENTS_PER_EXT_BLOB),
                            proof_transform_init_scratch_bytes(), g1_comb_init_scratch_bytes(),
                            setup_check_scratch_bytes(), setup_cell_points_scratch_bytes()};
    size_t bytes = 0;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) bytes = arena_larger(bytes, steps[i]);
    return bytes;
}

static kzg_status build(kzg_ctx *ctx, const struct source *source, const kzg_table_image *image) {
    struct build b = {.ctx = ctx, .parts = split_count(ctx, SPLIT_MAX)};
    b.bytes = build_scratch_bytes(b.parts);
    b.setup = take(&ctx->allocator, sizeof *b.setup, KZG_MEMORY_SCRATCH);
    b.memory = take(&ctx->allocator, b.bytes, KZG_MEMORY_SCRATCH);
    kzg_status status = fault_status(ST_OUT_OF_MEMORY, KZG_ARG_NONE, 0);
    if (b.setup != NULL && b.memory != NULL) {
        prepare(&b);
        status = load(&b, source);
        if (status.code == KZG_OK && !derive(&b, image)) status = fault_status(ST_OUT_OF_MEMORY, KZG_ARG_NONE, 0);
    }
    give(&ctx->allocator, b.memory, b.bytes, KZG_MEMORY_SCRATCH);
    give(&ctx->allocator, b.setup, sizeof *b.setup, KZG_MEMORY_SCRATCH);
    return status;
}

static kzg_status new_context(kzg_ctx **ret_ctx, const struct source *source, const kzg_options *options) {
    kzg_options o;
    KZG_REQUIRE(ret_ctx, KZG_ARG_OUTPUT);
    KZG_TRY(read_options(&o, options));
    KZG_TRY(backend_chosen());
    kzg_ctx *ctx = take(&o.allocator, sizeof *ctx, KZG_MEMORY_SETUP);
    if (ctx == NULL) return fault_status(ST_OUT_OF_MEMORY, KZG_ARG_NONE, 0);
    memset(ctx, 0, sizeof *ctx);
    ctx->allocator = o.allocator;
    ctx->executor = o.executor;
    ctx->observer = o.observer;
    ctx->loading = o.loading;
    loading(ctx, "setup");
    ctx->precompute = o.precompute;
    ctx->mainnet = source->embedded;
    const struct level *level = &levels[o.precompute];
    g1_table_shape(&ctx->commit, FIELD_ELEMENTS_PER_BLOB, level->commit_base, level->commit_columns);
    g1_table_shape(&ctx->cells, FIELD_ELEMENTS_PER_EXT_BLOB, level->cells_base, level->cells_columns);
    g1_table_shape(&ctx->monomial, FIELD_ELEMENTS_PER_CELL, MONOMIAL_BASE, MONOMIAL_COLUMNS);
    domain_init(&ctx->domain);
    ctx->tables_bytes = tables_bytes(ctx);

    kzg_status status = fault_status(ST_OUT_OF_MEMORY, KZG_ARG_NONE, 0);
    bool keeps_spares = o.allocator.alloc == default_allocator.alloc;
    if (keeps_spares) ctx->spare = spare_scratch_new();
    if (ctx->spare != NULL || !keeps_spares) status = build(ctx, source, &o.image);
    if (status.code == KZG_OK)
        *ret_ctx = ctx;
    else
        kzg_free(ctx);
    return status;
}

#ifndef KZG_TOY
kzg_status kzg_new(kzg_ctx **ret_ctx, const kzg_options *options) {
    struct source source = {.embedded = true};
    return new_context(ret_ctx, &source, options);
}
#endif

kzg_status kzg_new_from_points(kzg_ctx **ret_ctx, const uint8_t *g1_monomial, const uint8_t *g1_lagrange,
                               const uint8_t *g2_monomial, const kzg_options *options) {
    struct source source = {false, g1_monomial, g1_lagrange, g2_monomial};
    KZG_REQUIRE(g1_monomial, KZG_ARG_G1_MONOMIAL);
    KZG_REQUIRE(g1_lagrange, KZG_ARG_G1_LAGRANGE);
    KZG_REQUIRE(g2_monomial, KZG_ARG_G2_MONOMIAL);
    return new_context(ret_ctx, &source, options);
}

#ifndef KZG_TOY
kzg_status kzg_new_from_setup(kzg_ctx **ret_ctx, const char *text, size_t length, const kzg_options *options) {
    kzg_options o;
    KZG_REQUIRE(ret_ctx, KZG_ARG_OUTPUT);
    KZG_REQUIRE(text, KZG_ARG_SETUP);
    KZG_TRY(read_options(&o, options));
    const size_t g1_bytes = (size_t)SETUP_TEXT_G1_POINTS * SETUP_TEXT_G1_BYTES;
    const size_t bytes = 2 * g1_bytes + (size_t)SETUP_TEXT_G2_POINTS * SETUP_TEXT_G2_BYTES;
    uint8_t *points = take(&o.allocator, bytes, KZG_MEMORY_SCRATCH);
    if (points == NULL) return fault_status(ST_OUT_OF_MEMORY, KZG_ARG_NONE, 0);
    status_argument argument = ARG_NONE;
    uint64_t index = 0;
    uint8_t *lagrange = points + g1_bytes, *g2_monomial = lagrange + g1_bytes;
    status_code parsed = setup_text_parse(text, length, points, lagrange, g2_monomial, &argument, &index);
    kzg_status status = parsed == ST_OK ? kzg_new_from_points(ret_ctx, points, lagrange, g2_monomial, options)
                                        : fault_status(parsed, (kzg_argument)argument, index);
    give(&o.allocator, points, bytes, KZG_MEMORY_SCRATCH);
    return status;
}
#endif

kzg_ctx *kzg_free(kzg_ctx *ctx) {
    if (ctx == NULL) return NULL;
    kzg_allocator allocator = ctx->allocator;
    spare_scratch_free(ctx->spare);
    give_tables(ctx);
    give(&allocator, ctx, sizeof *ctx, KZG_MEMORY_SETUP);
    return NULL;
}

kzg_status backend_chosen(void) {
    return field_select(NULL) ? ok_status() : fault_status(ST_BACKEND_UNAVAILABLE, KZG_ARG_NONE, 0);
}

const char *kzg_backend_name(void) {
    return field_select(NULL) ? field_ops.name : "unavailable";
}

kzg_status kzg_select_backend(const char *name) {
    KZG_REQUIRE(name, KZG_ARG_NONE);
    return field_select(name) ? ok_status() : fault_status(ST_BACKEND_UNAVAILABLE, KZG_ARG_NONE, 0);
}

kzg_status kzg_get_info(const kzg_ctx *ctx, kzg_info *ret_info) {
    KZG_REQUIRE(ctx, KZG_ARG_CONTEXT);
    KZG_REQUIRE(ret_info, KZG_ARG_OUTPUT);
    *ret_info = (kzg_info){
        .version = KZG_VERSION_STRING,
        .backend = field_ops.name,
        .setup_name = ctx->mainnet ? "mainnet" : "custom",
        .precompute = ctx->precompute,
        .setup_bytes = sizeof *ctx,
        .tables_bytes = ctx->memory_bytes,
        .image = ctx->image,
        .image_bytes = ctx->image == KZG_IMAGE_USED ? ctx->tables_bytes : 0,
    };
    memcpy(ret_info->setup_sha256, ctx->setup_sha256, sizeof ret_info->setup_sha256);
    return ok_status();
}

/* ---- An operation's frame ---- */

void operation_phase(const kzg_ctx *ctx, kzg_phase phase) {
    if (ctx->observer.phase != NULL) ctx->observer.phase(ctx->observer.user, phase);
}

kzg_status operation_start(struct operation *op, const kzg_ctx *ctx, size_t bytes) {
    void *memory =
        ctx->spare != NULL ? spare_scratch_take(ctx->spare, bytes) : take(&ctx->allocator, bytes, KZG_MEMORY_SCRATCH);
    if (memory == NULL) return fault_status(ST_OUT_OF_MEMORY, KZG_ARG_NONE, 0);
    op->ctx = ctx;
    arena_init(&op->arena, memory, bytes);
    operation_phase(ctx, KZG_PHASE_DECODE);
    return ok_status();
}

kzg_status operation_end(struct operation *op, kzg_status status) {
    const kzg_ctx *ctx = op->ctx;
    operation_phase(ctx, KZG_PHASES);
    if (ctx->spare != NULL)
        spare_scratch_give(ctx->spare, op->arena.base);
    else
        give(&ctx->allocator, op->arena.base, op->arena.size, KZG_MEMORY_SCRATCH);
    return status;
}
