/* EIP-7594: specs/fulu/polynomial-commitments-sampling.md: cells, their proofs, recovery. Verification is in
 * verify_cells.c. */
#include "kzg/eip7594.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "curve/encoding.h"
#include "kzg/decode.h"
#include "kzg/fk20.h"
#include "kzg/recovery.h"

#define N     FIELD_ELEMENTS_PER_BLOB
#define CELL  FIELD_ELEMENTS_PER_CELL
#define CELLS CELLS_PER_EXT_BLOB

/* The tail of a cell array that is wider than the scheme's (only in toy instances) stays as it was. */
static void encode_cell(kzg_cell *cell, const fr *values) {
    for (size_t i = 0; i < CELL; i++) fr_to_be(cell->bytes + 32 * i, &values[i]);
}

static void encode_proofs(kzg_bytes48 *ret_proofs, const g1_affine *proofs) {
    for (size_t k = 0; k < CELLS; k++) g1_compress(ret_proofs[k].bytes, &proofs[k]);
}

/* Values at the blob's domain become coefficients. */
static void interpolate(fr *v, const struct domain *domain) {
    fr_transform_inverse(v, N, 0, domain);
    for (size_t i = 0; i < N; i++) fr_mul(&v[i], &v[i], &domain->blob_inv);
}

/* ---- Cells and proofs of a blob ---- */

size_t compute_cells_bytes(void) {
    return 2 * arena_size(sizeof(fr) * N);
}

#if KZG_LANES
_Static_assert(LANES_BYTES(N) <= 2 * sizeof(fr) * N, "the lanes make do with the same scratch");

static void extend_lanes(const kzg_ctx *ctx, kzg_cell *ret_cells, fr *coefficients, const kzg_blob *blob,
                         struct arena *arena) {
    size_t mark = arena->used;
    lanes_extend(ret_cells[CELLS / 2].bytes, coefficients, blob->bytes, &ctx->domain,
                 arena_take(arena, LANES_BYTES(N)));
    arena_release(arena, mark);
}
#endif

static void extend_portable(const kzg_ctx *ctx, kzg_cell *ret_cells, fr *coefficients, struct arena *arena) {
    size_t mark = arena->used;
    fr *second_half = ARENA_ARRAY(arena, fr, N);
    interpolate(coefficients, &ctx->domain);
    memcpy(second_half, coefficients, sizeof(fr) * N);
    fr_transform(second_half, N, 1, &ctx->domain);
    for (size_t k = 0; k < CELLS / 2; k++) encode_cell(&ret_cells[CELLS / 2 + k], second_half + CELL * k);
    arena_release(arena, mark);
}

/* Cells of a blob, and its coefficients if that is not NULL. The first half of the cells is the blob itself. */
static kzg_status extend(const kzg_ctx *ctx, kzg_cell *ret_cells, fr *coefficients, const kzg_blob *blob,
                         struct arena *arena) {
    size_t mark = arena->used;
    if (lanes_usable()) {
        KZG_TRY(check_elements(blob->bytes, N, KZG_ARG_BLOB, 0));
    } else {
        if (coefficients == NULL) coefficients = ARENA_ARRAY(arena, fr, N);
        KZG_TRY(decode_elements(coefficients, blob->bytes, N, KZG_ARG_BLOB, 0));
    }
    operation_phase(ctx, KZG_PHASE_TRANSFORM);
#if KZG_LANES
    if (lanes_usable())
        extend_lanes(ctx, ret_cells, coefficients, blob, arena);
    else
#endif
        extend_portable(ctx, ret_cells, coefficients, arena);
    operation_phase(ctx, KZG_PHASE_ENCODE);
    for (size_t k = 0; k < CELLS / 2; k++)
        memcpy(ret_cells[k].bytes, blob->bytes + BYTES_PER_CELL * k, BYTES_PER_CELL);
    arena_release(arena, mark);
    return ok_status();
}

static kzg_status cells_of_blob(struct operation *op, kzg_cell *ret_cells, const kzg_blob *blob) {
    return extend(op->ctx, ret_cells, NULL, blob, &op->arena);
}

/* spec: compute_cells */
kzg_status kzg_compute_cells(const kzg_ctx *ctx, kzg_cell *ret_cells, const kzg_blob *blob) {
    struct operation op;
    KZG_REQUIRE(ctx, KZG_ARG_CONTEXT);
    KZG_REQUIRE(ret_cells, KZG_ARG_OUTPUT);
    KZG_REQUIRE(blob, KZG_ARG_BLOB);
    KZG_TRY(operation_start(&op, ctx, compute_cells_bytes()));
    return operation_end(&op, cells_of_blob(&op, ret_cells, blob));
}

size_t compute_cells_and_kzg_proofs_bytes(const kzg_ctx *ctx) {
    return compute_cells_bytes() + arena_size(sizeof(g1_affine) * CELLS) + compute_cell_proofs_bytes(ctx);
}

static kzg_status cells_and_proofs(struct operation *op, kzg_cell *ret_cells, kzg_bytes48 *ret_proofs,
                                   const kzg_blob *blob) {
    fr *coefficients = ARENA_ARRAY(&op->arena, fr, N);
    g1_affine *proofs = ARENA_ARRAY(&op->arena, g1_affine, CELLS);
    KZG_TRY(extend(op->ctx, ret_cells, coefficients, blob, &op->arena));
    compute_cell_proofs(op->ctx, proofs, coefficients, &op->arena);
    operation_phase(op->ctx, KZG_PHASE_ENCODE);
    encode_proofs(ret_proofs, proofs);
    return ok_status();
}

/* spec: compute_cells_and_kzg_proofs */
kzg_status kzg_compute_cells_and_kzg_proofs(const kzg_ctx *ctx, kzg_cell *ret_cells, kzg_bytes48 *ret_proofs,
                                            const kzg_blob *blob) {
    struct operation op;
    KZG_REQUIRE(ctx, KZG_ARG_CONTEXT);
    KZG_REQUIRE(ret_cells, KZG_ARG_OUTPUT);
    KZG_REQUIRE(ret_proofs, KZG_ARG_OUTPUT);
    KZG_REQUIRE(blob, KZG_ARG_BLOB);
    KZG_TRY(operation_start(&op, ctx, compute_cells_and_kzg_proofs_bytes(ctx)));
    return operation_end(&op, cells_and_proofs(&op, ret_cells, ret_proofs, blob));
}

/* ---- Recovery ---- */

#define ROWS      (CELLS * CELL)
#define BLOBS_MAX (KZG_MAX_BATCH / KZG_CELLS_PER_EXT_BLOB)
_Static_assert(!KZG_LANES || LANES_BYTES(N) <= sizeof(fr) * ROWS, "the lanes make do with a part's rows");

size_t recover_cells_and_kzg_proofs_bytes(const kzg_ctx *ctx, size_t blobs) {
    size_t parts = split_count(ctx, blobs);
    return arena_size(sizeof(struct erasures)) + arena_size(sizeof(fr) * N * blobs) +
           arena_size(sizeof(fr) * ROWS * parts) + arena_size(sizeof(g1_affine) * CELLS) +
           arena_larger(compute_cell_proofs_bytes(ctx), arena_size(recover_coefficients_bytes() * parts));
}

/* Blobs whose cells are missing in the same places: first the coefficients of all, in parts, then their cells and
 * proofs, blob by blob. Nothing fails after the first step, so that outputs are written only when all is right. */
struct recovery {
    const kzg_ctx *ctx;
    const uint64_t *indices;
    const kzg_cell *cells; /* n a blob */
    size_t n, blobs, parts;
    struct erasures *erasures;
    fr *coefficients; /* N a blob */
    fr *rows;         /* ROWS a part */
    uint8_t *scratch; /* recover_coefficients_bytes() a part */
    kzg_status status[SPLIT_MAX];
};

static kzg_status check_indices(bool present[CELLS], const uint64_t *indices, size_t n) {
    for (size_t k = 0; k < CELLS; k++) present[k] = false;
    uint64_t index = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t before = index;
        index = load_u64_at(indices, i);
        if (index >= CELLS) return fault_status(ST_CELL_INDEX_RANGE, KZG_ARG_CELL_INDEX, i);
        if (present[index]) return fault_status(ST_CELL_INDEX_DUPLICATE, KZG_ARG_CELL_INDEX, i);
        if (index < before) return fault_status(ST_CELL_INDEX_UNSORTED, KZG_ARG_CELL_INDEX, i);
        present[index] = true;
    }
    return ok_status();
}

/* Coefficients to the values of all cells: down to the cells' nodes with stride CELL, then in each cell. */
static void evaluate_cells(fr *rows, const fr *coefficients, const bool *present, const struct domain *domain) {
    for (size_t i = 0; i < CELL; i++) {
        fr v[CELLS];
        for (size_t j = 0; j < CELLS / 2; j++) v[j] = coefficients[j * CELL + i];
        for (size_t j = CELLS / 2; j < CELLS; j++) fr_set_zero(&v[j]);
        fr_transform(v, CELLS, 0, domain);
        for (size_t k = 0; k < CELLS; k++) rows[k * CELL + i] = v[k];
    }
    for (size_t k = 0; k < CELLS; k++) {
        if (!present[k]) fr_transform(rows + k * CELL, CELL, k, domain);
    }
}

static kzg_status recover_blob(const struct recovery *r, size_t blob, fr *rows, struct arena *arena) {
    const kzg_cell *cells = r->cells + r->n * blob;
    for (size_t i = 0; i < r->n; i++) {
        KZG_TRY(decode_elements(rows + load_u64_at(r->indices, i) * CELL, cells[i].bytes, CELL, KZG_ARG_CELL,
                                r->n * blob + i));
    }
    if (r->parts == 1) operation_phase(r->ctx, KZG_PHASE_TRANSFORM);
    if (!recover_coefficients(r->coefficients + N * blob, rows, r->erasures, arena))
        return fault_status(ST_CELLS_INCONSISTENT, KZG_ARG_CELL, r->n * blob);
    return ok_status();
}

static void recover_part(void *argument, size_t part) {
    struct recovery *r = argument;
    size_t end = part_start(r->blobs, r->parts, part + 1), bytes = recover_coefficients_bytes();
    struct arena arena;
    arena_init(&arena, r->scratch + bytes * part, bytes);
    r->status[part] = ok_status();
    for (size_t blob = part_start(r->blobs, r->parts, part); blob < end && r->status[part].code == KZG_OK; blob++)
        r->status[part] = recover_blob(r, blob, r->rows + ROWS * part, &arena);
}

static kzg_status recover_all(struct recovery *r, struct arena *arena) {
    size_t mark = arena->used;
    r->scratch = arena_take(arena, recover_coefficients_bytes() * r->parts);
    run_tasks(r->ctx, r->parts, recover_part, r);
    arena_release(arena, mark);
    for (size_t part = 0; part < r->parts; part++) KZG_TRY(r->status[part]);
    return ok_status();
}

/* All cells of a blob; those that were given are copied, or come out the same. */
static void write_cells(const struct recovery *r, size_t blob, kzg_cell *ret_cells) {
    const fr *coefficients = r->coefficients + N * blob;
    operation_phase(r->ctx, KZG_PHASE_TRANSFORM);
#if KZG_LANES
    if (lanes_usable()) {
        lanes_evaluate_cells(ret_cells[0].bytes, coefficients, &r->ctx->domain, r->rows);
        return;
    }
#endif
    evaluate_cells(r->rows, coefficients, r->erasures->present, &r->ctx->domain);
    operation_phase(r->ctx, KZG_PHASE_ENCODE);
    for (size_t k = 0; k < CELLS; k++) {
        if (!r->erasures->present[k]) encode_cell(&ret_cells[k], r->rows + k * CELL);
    }
    for (size_t i = 0; i < r->n; i++)
        memcpy(ret_cells[load_u64_at(r->indices, i)].bytes, r->cells[r->n * blob + i].bytes, BYTES_PER_CELL);
}

static kzg_status recover(struct operation *op, kzg_cell *ret_cells, kzg_bytes48 *ret_proofs, struct recovery *r) {
    bool present[CELLS];
    KZG_TRY(check_indices(present, r->indices, r->n));
    r->ctx = op->ctx;
    r->parts = split_count(op->ctx, r->blobs);
    r->erasures = ARENA_ARRAY(&op->arena, struct erasures, 1);
    r->coefficients = ARENA_ARRAY(&op->arena, fr, N * r->blobs);
    r->rows = ARENA_ARRAY(&op->arena, fr, ROWS * r->parts);
    g1_affine *proofs = ARENA_ARRAY(&op->arena, g1_affine, CELLS);
    erasures_init(r->erasures, present, &op->ctx->domain);
    KZG_TRY(recover_all(r, &op->arena));
    for (size_t blob = 0; blob < r->blobs; blob++) {
        write_cells(r, blob, ret_cells + CELLS * blob);
        if (ret_proofs == NULL) continue;
        compute_cell_proofs(op->ctx, proofs, r->coefficients + N * blob, &op->arena);
        operation_phase(op->ctx, KZG_PHASE_ENCODE);
        encode_proofs(ret_proofs + CELLS * blob, proofs);
    }
    return ok_status();
}

kzg_status kzg_recover_cells_and_kzg_proofs_batch(const kzg_ctx *ctx, kzg_cell *ret_cells, kzg_bytes48 *ret_proofs,
                                                  const uint64_t *cell_indices, const kzg_cell *cells, size_t n,
                                                  size_t blobs) {
    struct recovery r = {.indices = cell_indices, .cells = cells, .n = n, .blobs = blobs};
    struct operation op;
    KZG_REQUIRE(ctx, KZG_ARG_CONTEXT);
    if (blobs > BLOBS_MAX) return fault_status(ST_COUNT_TOO_LARGE, KZG_ARG_COUNT, blobs);
    if (blobs == 0) return ok_status();
    KZG_REQUIRE(ret_cells, KZG_ARG_OUTPUT);
    if (n > CELLS) return fault_status(ST_TOO_MANY_CELLS, KZG_ARG_COUNT, n);
    if (n < CELLS / 2) return fault_status(ST_TOO_FEW_CELLS, KZG_ARG_COUNT, n);
    KZG_REQUIRE(cell_indices, KZG_ARG_CELL_INDEX);
    KZG_REQUIRE(cells, KZG_ARG_CELL);
    KZG_TRY(operation_start(&op, ctx, recover_cells_and_kzg_proofs_bytes(ctx, blobs)));
    return operation_end(&op, recover(&op, ret_cells, ret_proofs, &r));
}

size_t kzg_recover_cells_and_kzg_proofs_batch_scratch_bytes(const kzg_ctx *ctx, size_t blobs) {
    KZG_ASSERT(ctx != NULL);
    return blobs == 0 || blobs > BLOBS_MAX ? 0 : recover_cells_and_kzg_proofs_bytes(ctx, blobs);
}

/* spec: recover_cells_and_kzg_proofs */
kzg_status kzg_recover_cells_and_kzg_proofs(const kzg_ctx *ctx, kzg_cell *ret_cells, kzg_bytes48 *ret_proofs,
                                            const uint64_t *cell_indices, const kzg_cell *cells, size_t n) {
    return kzg_recover_cells_and_kzg_proofs_batch(ctx, ret_cells, ret_proofs, cell_indices, cells, n, 1);
}
