/* EIP-7594: verify_cell_kzg_proof_batch by the universal equation of the specification: for entries k with weights
 * r_k (draw_weights), commitments C, proofs pi, interpolation polynomials I and c = (first point of the cell's
 * coset)^CELL,
 *
 *   e(sum r_k pi_k, tau^CELL G2) = e(sum r_k C_k - [sum r_k I_k(tau)] G1 + sum r_k c_k pi_k, G2)
 *
 * Interpolation is linear, so the weighted cells of one column are added first and interpolated once. */
#include <string.h>

#include "base/bytes.h"
#include "curve/g1_mul.h"
#include "curve/msm.h"
#include "kzg/challenge.h"
#include "kzg/decode.h"
#include "kzg/eip4844.h"
#include "kzg/eip7594.h"
#include "kzg/lanes.h"

#define CELL  FIELD_ELEMENTS_PER_CELL
#define CELLS CELLS_PER_EXT_BLOB

/* ---- Distinct commitments ---- */

#define EMPTY UINT32_MAX

/* Slots of the hash table for n commitments: at most half full. */
static size_t slot_count(size_t n) {
    size_t slots = 4;
    while (slots < 2 * n) slots *= 2;
    return slots;
}

struct distinct {
    uint32_t *which;   /* which[u]: first entry with the u-th distinct commitment, ascending */
    uint64_t *indices; /* indices[k]: the distinct commitment of entry k */
    size_t count;
};

/* A cryptographic hash, so that nobody can choose commitments that collide and make this quadratic. */
static void find_distinct(struct distinct *d, const kzg_bytes48 *commitments, size_t n, uint32_t *slots) {
    size_t mask = slot_count(n) - 1;
    for (size_t s = 0; s <= mask; s++) slots[s] = EMPTY;
    d->count = 0;
    for (size_t k = 0; k < n; k++) {
        uint8_t digest[32];
        sha256(digest, commitments[k].bytes, 48);
        size_t s = load_be64(digest) & mask;
        while (slots[s] != EMPTY && memcmp(commitments[d->which[slots[s]]].bytes, commitments[k].bytes, 48) != 0)
            s = (s + 1) & mask;
        if (slots[s] == EMPTY) {
            slots[s] = (uint32_t)d->count;
            d->which[d->count++] = (uint32_t)k;
        }
        d->indices[k] = slots[s];
    }
}

/* ---- Weighted cells by column ---- */

struct columns {
    const kzg_ctx *ctx;
    const uint64_t *cell_indices;
    const kzg_cell *cells;
    const fr *weights;
    size_t n, parts;
    char *sums; /* a part: CELLS rows of row_bytes() */
    bool used[SPLIT_MAX][CELLS];
    kzg_status status[SPLIT_MAX];
};

#if KZG_LANES
#define ROW_BYTES_MAX (LANES_CELL_BYTES > sizeof(fr) * CELL ? LANES_CELL_BYTES : sizeof(fr) * CELL)
#else
#define ROW_BYTES_MAX (sizeof(fr) * CELL)
#endif

static void *row_of(const struct columns *c, size_t part, size_t column) {
    return c->sums + ROW_BYTES_MAX * (CELLS * part + column);
}

static void clear_row(void *row) {
#if KZG_LANES
    if (lanes_usable()) {
        lanes_cell_clear(row);
        return;
    }
#endif
    memset(row, 0, sizeof(fr) * CELL);
}

static kzg_status add_cell(const struct columns *c, void *sum, size_t k) {
    fr *row = sum, values[CELL];
#if KZG_LANES
    if (lanes_usable()) {
        size_t good = lanes_cell_add_weighted(sum, c->cells[k].bytes, &c->weights[k]);
        return good == CELL ? ok_status() : check_elements(c->cells[k].bytes, CELL, KZG_ARG_CELL, k);
    }
#endif
    KZG_TRY(decode_elements(values, c->cells[k].bytes, CELL, KZG_ARG_CELL, k));
    for (size_t i = 0; i < CELL; i++) {
        fr_mul(&values[i], &values[i], &c->weights[k]);
        fr_add(&row[i], &row[i], &values[i]);
    }
    return ok_status();
}

static void add_part(void *argument, size_t part) {
    struct columns *c = argument;
    bool *used = c->used[part];
    memset(used, 0, sizeof c->used[part]);
    c->status[part] = ok_status();
    for (size_t k = part_start(c->n, c->parts, part); k < part_start(c->n, c->parts, part + 1); k++) {
        size_t column = load_u64_at(c->cell_indices, k);
        void *row = row_of(c, part, column);
        if (!used[column]) clear_row(row);
        used[column] = true;
        c->status[part] = add_cell(c, row, k);
        if (c->status[part].code != KZG_OK) return;
    }
}

/* sum += other, rows of the same column. */
static void add_row(void *sum, const void *other) {
    fr *row = sum;
    const fr *from = other;
#if KZG_LANES
    if (lanes_usable()) {
        lanes_cell_add(sum, other);
        return;
    }
#endif
    for (size_t i = 0; i < CELL; i++) fr_add(&row[i], &row[i], &from[i]);
}

/* Adds all parts to the first. */
static void join_parts(struct columns *c) {
    for (size_t part = 1; part < c->parts; part++) {
        for (size_t column = 0; column < CELLS; column++) {
            if (!c->used[part][column]) continue;
            if (!c->used[0][column]) clear_row(row_of(c, 0, column));
            c->used[0][column] = true;
            add_row(row_of(c, 0, column), row_of(c, part, column));
        }
    }
}

static void sum_of_inverses(fr total[CELL], const struct columns *c) {
#if KZG_LANES
    if (lanes_usable()) {
        lanes_cell_interpolate(total, c->sums, c->used[0], &c->ctx->domain);
        return;
    }
#endif
    for (size_t i = 0; i < CELL; i++) fr_set_zero(&total[i]);
    for (size_t column = 0; column < CELLS; column++) {
        fr *row = row_of(c, 0, column);
        if (!c->used[0][column]) continue;
        fr_transform_inverse(row, CELL, column, &c->ctx->domain);
        for (size_t i = 0; i < CELL; i++) fr_add(&total[i], &total[i], &row[i]);
    }
}

/* Adds the parts up and interpolates every column that has a cell: total = coefficients of sum r_k I_k. */
static void interpolate_columns(fr total[CELL], struct columns *c) {
    fr scale;
    join_parts(c);
    sum_of_inverses(total, c);
    fr_from_u64(&scale, CELL);
    fr_inv(&scale, &scale);
    for (size_t i = 0; i < CELL; i++) fr_mul(&total[i], &total[i], &scale);
}

/* ---- The equation ---- */

/* Everything that one verification works on; arrays of n unless said. */
struct batch {
    const kzg_bytes48 *commitments;
    const uint64_t *cell_indices;
    const kzg_cell *cells;
    const kzg_bytes48 *proofs;
    size_t n;
    struct distinct distinct;
    g1_affine *points; /* distinct commitments, then the proofs: 2 n */
    fr *weights;       /* r_k */
    fr *scalars;       /* 2 n */
};

size_t verify_cell_kzg_proof_batch_bytes(const kzg_ctx *ctx, size_t n) {
    size_t slots = arena_size(sizeof(uint32_t) * slot_count(n));
    size_t sums = arena_size(ROW_BYTES_MAX * CELLS * split_count(ctx, n));
    return arena_size(sizeof(uint32_t) * n) + arena_size(sizeof(uint64_t) * n) +
           arena_size(sizeof(g1_affine) * 2 * n) + arena_size(sizeof(fr) * n) + arena_size(sizeof(fr) * 2 * n) +
           arena_larger(
               arena_larger(arena_larger(slots, sums), decode_many_points_scratch_bytes(ctx, n)),
               arena_larger(g1_table_sums_scratch_bytes(&ctx->monomial, CELL, 1), g1_msm_scratch_bytes(2 * n)));
}

static kzg_status check_cell_indices(const struct batch *b) {
    for (size_t k = 0; k < b->n; k++) {
        if (load_u64_at(b->cell_indices, k) >= CELLS) return fault_status(ST_CELL_INDEX_RANGE, KZG_ARG_CELL_INDEX, k);
    }
    return ok_status();
}

static void fill_weights(const struct batch *b) {
    fr r;
    compute_cells_challenge(&r, b->commitments, b->distinct.which, b->distinct.count, b->distinct.indices,
                            b->cell_indices, b->cells, b->proofs, b->n);
    draw_weights(b->weights, b->n, &r);
}

/* Decodes the cells and leaves the interpolation polynomial's commitment, sum r_k [I_k(tau)] G1. */
static kzg_status commit_interpolations(struct operation *op, g1_affine *r, const struct batch *b) {
    size_t mark = op->arena.used;
    struct columns c = {
        .ctx = op->ctx, .cell_indices = b->cell_indices, .cells = b->cells, .weights = b->weights, .n = b->n};
    fr total[CELL];
    c.parts = split_count(op->ctx, b->n);
    c.sums = ARENA_ARRAY(&op->arena, char, ROW_BYTES_MAX *CELLS *c.parts);
    run_tasks(op->ctx, c.parts, add_part, &c);
    for (size_t part = 0; part < c.parts; part++) KZG_TRY(c.status[part]);
    interpolate_columns(total, &c);
    arena_release(&op->arena, mark);
    operation_phase(op->ctx, KZG_PHASE_MSM);
    g1_table_sums(r, &op->ctx->monomial, 0, total, CELL, 1, &op->arena);
    return ok_status();
}

/* scalars: of distinct commitment u the sum of its entries' weights, of proof k r_k c_k. */
static void fill_scalars(const struct operation *op, const struct batch *b) {
    size_t distinct = b->distinct.count;
    for (size_t u = 0; u < distinct; u++) fr_set_zero(&b->scalars[u]);
    for (size_t k = 0; k < b->n; k++) {
        fr *sum = &b->scalars[b->distinct.indices[k]], c;
        fr_add(sum, sum, &b->weights[k]);
        domain_point(&c, &op->ctx->domain, load_u64_at(b->cell_indices, k));
        fr_mul(&b->scalars[distinct + k], &b->weights[k], &c);
    }
}

/* Sum with weights; a batch of one entry has the weight one. */
static void sum_weighted(g1 *r, const g1_affine *points, const fr *weights, size_t n, struct arena *arena) {
    if (n == 1 && fr_equal(&weights[0], &FR_ONE))
        g1_from_affine(r, &points[0]);
    else
        g1_msm_short(r, points, weights, n, arena);
}

static bool is_one_column(const struct batch *b) {
    for (size_t k = 1; k < b->n; k++) {
        if (load_u64_at(b->cell_indices, k) != load_u64_at(b->cell_indices, 0)) return false;
    }
    return true;
}

/* left = sum r_k C_k + sum r_k c_k pi_k, right = sum r_k pi_k. The cells of one column have the same c, so that the
 * second sum is c times right. */
static void sum_points(struct operation *op, const struct batch *b, g1 *left, g1_affine *right) {
    const g1_affine *proofs = b->points + b->distinct.count;
    g1 sum;
    fill_scalars(op, b);
    sum_weighted(&sum, proofs, b->weights, b->n, &op->arena);
    g1_to_affine(right, &sum);
    if (is_one_column(b)) {
        fr c;
        domain_point(&c, &op->ctx->domain, load_u64_at(b->cell_indices, 0));
        if (b->distinct.count == b->n) /* each has the weight of its entry */
            sum_weighted(left, b->points, b->scalars, b->n, &op->arena);
        else
            g1_msm(left, b->points, b->scalars, b->distinct.count, &op->arena);
        g1_mul(&sum, right, &c);
        g1_add(left, left, &sum);
    } else {
        g1_msm(left, b->points, b->scalars, b->distinct.count + b->n, &op->arena);
    }
}

static kzg_status verify_batch(struct operation *op, bool *ret_valid, struct batch *b) {
    size_t n = b->n;
    b->distinct.which = ARENA_ARRAY(&op->arena, uint32_t, n);
    b->distinct.indices = ARENA_ARRAY(&op->arena, uint64_t, n);
    b->points = ARENA_ARRAY(&op->arena, g1_affine, 2 * n);
    b->weights = ARENA_ARRAY(&op->arena, fr, n);
    b->scalars = ARENA_ARRAY(&op->arena, fr, 2 * n);
    size_t mark = op->arena.used;
    find_distinct(&b->distinct, b->commitments, n, ARENA_ARRAY(&op->arena, uint32_t, slot_count(n)));
    arena_release(&op->arena, mark);
    KZG_TRY(decode_points_at(op->ctx, b->points, b->commitments, b->distinct.which, b->distinct.count,
                             KZG_ARG_COMMITMENT));
    KZG_TRY(check_cell_indices(b));

    operation_phase(op->ctx, KZG_PHASE_HASH);
    fill_weights(b);
    operation_phase(op->ctx, KZG_PHASE_TRANSFORM);
    g1_affine interpolation, left, right;
    KZG_TRY(commit_interpolations(op, &interpolation, b));
    operation_phase(op->ctx, KZG_PHASE_DECODE);
    KZG_TRY(decode_many_points(op->ctx, b->points + b->distinct.count, b->proofs, n, KZG_ARG_PROOF, &op->arena));

    operation_phase(op->ctx, KZG_PHASE_MSM);
    g1 sum;
    sum_points(op, b, &sum, &right);
    g1_affine_neg(&interpolation, &interpolation);
    g1_add_affine(&sum, &sum, &interpolation);
    g1_to_affine(&left, &sum);
    *ret_valid = pairing_check(op->ctx, &left, &right, &op->ctx->g2_tau_cell);
    return ok_status();
}

/* spec: verify_cell_kzg_proof_batch */
kzg_status kzg_verify_cell_kzg_proof_batch(const kzg_ctx *ctx, bool *ret_valid, const kzg_bytes48 *commitments,
                                           const uint64_t *cell_indices, const kzg_cell *cells,
                                           const kzg_bytes48 *proofs, size_t n) {
    struct operation op;
    struct batch b = {
        .commitments = commitments, .cell_indices = cell_indices, .cells = cells, .proofs = proofs, .n = n};
    KZG_REQUIRE(ret_valid, KZG_ARG_OUTPUT);
    *ret_valid = false;
    KZG_REQUIRE(ctx, KZG_ARG_CONTEXT);
    if (n > KZG_MAX_BATCH) return fault_status(ST_COUNT_TOO_LARGE, KZG_ARG_COUNT, n);
    if (n == 0) {
        *ret_valid = true;
        return ok_status();
    }
    KZG_REQUIRE(commitments, KZG_ARG_COMMITMENT);
    KZG_REQUIRE(cell_indices, KZG_ARG_CELL_INDEX);
    KZG_REQUIRE(cells, KZG_ARG_CELL);
    KZG_REQUIRE(proofs, KZG_ARG_PROOF);
    KZG_TRY(operation_start(&op, ctx, verify_cell_kzg_proof_batch_bytes(ctx, n)));
    return operation_end(&op, verify_batch(&op, ret_valid, &b));
}

/* spec: compute_verify_cell_kzg_proof_batch_challenge */
kzg_status kzg_compute_verify_cell_kzg_proof_batch_challenge(kzg_bytes32 *ret_challenge,
                                                             const kzg_bytes48 *commitments, size_t num_commitments,
                                                             const uint64_t *commitment_indices,
                                                             const uint64_t *cell_indices,
                                                             const kzg_cell *cosets_evals, const kzg_bytes48 *proofs,
                                                             size_t n) {
    fr challenge;
    KZG_REQUIRE(ret_challenge, KZG_ARG_OUTPUT);
    if (n > KZG_MAX_BATCH) return fault_status(ST_COUNT_TOO_LARGE, KZG_ARG_COUNT, n);
    if (num_commitments > KZG_MAX_BATCH) return fault_status(ST_COUNT_TOO_LARGE, KZG_ARG_COMMITMENT, num_commitments);
    if (num_commitments > 0) KZG_REQUIRE(commitments, KZG_ARG_COMMITMENT);
    if (n > 0) {
        KZG_REQUIRE(commitment_indices, KZG_ARG_COMMITMENT_INDEX);
        KZG_REQUIRE(cell_indices, KZG_ARG_CELL_INDEX);
        KZG_REQUIRE(cosets_evals, KZG_ARG_COSET_EVALS);
        KZG_REQUIRE(proofs, KZG_ARG_PROOF);
    }
    for (size_t k = 0; k < n; k++) {
        if (load_u64_at(commitment_indices, k) >= num_commitments)
            return fault_status(ST_COMMITMENT_INDEX_RANGE, KZG_ARG_COMMITMENT_INDEX, k);
        KZG_TRY(check_elements(cosets_evals[k].bytes, CELL, KZG_ARG_COSET_EVALS, k));
    }
    compute_cells_challenge(&challenge, commitments, NULL, num_commitments, commitment_indices, cell_indices,
                            cosets_evals, proofs, n);
    fr_to_be(ret_challenge->bytes, &challenge);
    return ok_status();
}
