/* EIP-7594: specs/fulu/polynomial-commitments-sampling.md: cells, their proofs, recovery. Verification is in
 * verify_cells.c. */
#include "kzg/eip7594.h"

#include <string.h>

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

size_t recover_cells_and_kzg_proofs_bytes(const kzg_ctx *ctx) {
    size_t proofs = compute_cell_proofs_bytes(ctx), recovery = recover_coefficients_bytes();
    return arena_size(sizeof(fr) * CELLS * CELL) + arena_size(sizeof(fr) * N) +
           arena_size(sizeof(g1_affine) * CELLS) + (proofs > recovery ? proofs : recovery);
}

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

static kzg_status recover(struct operation *op, kzg_cell *ret_cells, kzg_bytes48 *ret_proofs, const uint64_t *indices,
                          const kzg_cell *cells, size_t n) {
    const struct domain *domain = &op->ctx->domain;
    fr *rows = ARENA_ARRAY(&op->arena, fr, CELLS * CELL), *coefficients = ARENA_ARRAY(&op->arena, fr, N);
    g1_affine *proofs = ARENA_ARRAY(&op->arena, g1_affine, CELLS);
    bool present[CELLS];
    KZG_TRY(check_indices(present, indices, n));
    for (size_t i = 0; i < n; i++)
        KZG_TRY(decode_elements(rows + load_u64_at(indices, i) * CELL, cells[i].bytes, CELL, KZG_ARG_CELL, i));
    operation_phase(op->ctx, KZG_PHASE_TRANSFORM);
    if (!recover_coefficients(coefficients, rows, present, domain, &op->arena))
        return fault_status(ST_CELLS_INCONSISTENT, KZG_ARG_CELL, 0);
    evaluate_cells(rows, coefficients, present, domain);
    if (ret_proofs != NULL) compute_cell_proofs(op->ctx, proofs, coefficients, &op->arena);
    operation_phase(op->ctx, KZG_PHASE_ENCODE);
    for (size_t k = 0; k < CELLS; k++) {
        if (!present[k]) encode_cell(&ret_cells[k], rows + k * CELL);
    }
    for (size_t i = 0; i < n; i++) memcpy(ret_cells[load_u64_at(indices, i)].bytes, cells[i].bytes, BYTES_PER_CELL);
    if (ret_proofs != NULL) encode_proofs(ret_proofs, proofs);
    return ok_status();
}

/* spec: recover_cells_and_kzg_proofs */
kzg_status kzg_recover_cells_and_kzg_proofs(const kzg_ctx *ctx, kzg_cell *ret_cells, kzg_bytes48 *ret_proofs,
                                            const uint64_t *cell_indices, const kzg_cell *cells, size_t n) {
    struct operation op;
    KZG_REQUIRE(ctx, KZG_ARG_CONTEXT);
    KZG_REQUIRE(ret_cells, KZG_ARG_OUTPUT);
    if (n > CELLS) return fault_status(ST_TOO_MANY_CELLS, KZG_ARG_COUNT, n);
    if (n < CELLS / 2) return fault_status(ST_TOO_FEW_CELLS, KZG_ARG_COUNT, n);
    KZG_REQUIRE(cell_indices, KZG_ARG_CELL_INDEX);
    KZG_REQUIRE(cells, KZG_ARG_CELL);
    KZG_TRY(operation_start(&op, ctx, recover_cells_and_kzg_proofs_bytes(ctx)));
    return operation_end(&op, recover(&op, ret_cells, ret_proofs, cell_indices, cells, n));
}
