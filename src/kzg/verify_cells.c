/* EIP-7594: verify_cell_kzg_proof_batch by the universal equation of the specification: for entries k with weights
 * r_k (draw_weights), commitments C, proofs pi, interpolation polynomials I and c = (first point of the cell's
 * coset)^CELL,
 *
 *   e(sum r_k pi_k, tau^CELL G2) = e(sum r_k C_k - [sum r_k I_k(tau)] G1 + sum r_k c_k pi_k, G2)
 *
 * Interpolation is linear, so the weighted cells of one column are added first and interpolated once. */
#include <string.h>

#include "base/bytes.h"
#include "curve/g1.h"
#include "kzg/batch_sums.h"
#include "kzg/challenge.h"
#include "kzg/decode.h"
#include "kzg/eip7594.h"
#include "kzg/lanes.h"
#include "kzg/pairing_check.h"

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

    kzg_status indices; /* whether the cells' are in range */
    bool one_column;
    bool left_has_weights; /* one column, with a commitment for each entry: their sum has the entries' weights */
    size_t besides;        /* commitments, of those in no sum by weights, that are checked beside the sums */
};

static kzg_status check_cell_indices(const struct batch *b) {
    for (size_t k = 0; k < b->n; k++) {
        if (load_u64_at(b->cell_indices, k) >= CELLS) return fault_status(ST_CELL_INDEX_RANGE, KZG_ARG_CELL_INDEX, k);
    }
    return ok_status();
}

static void fill_weights(const struct batch *b) {
    fr seed;
    compute_cells_seed(&seed, b->commitments, b->distinct.which, b->distinct.count, b->distinct.indices,
                       b->cell_indices, b->cells, b->proofs, b->n);
    draw_weights(b->weights, b->n, &seed);
}

/* Decodes the cells and leaves the coefficients of sum r_k I_k. */
static kzg_status sum_interpolations(struct operation *op, fr total[CELL], const struct batch *b) {
    size_t mark = op->arena.used;
    struct columns c = {
        .ctx = op->ctx, .cell_indices = b->cell_indices, .cells = b->cells, .weights = b->weights, .n = b->n};
    c.parts = split_count(op->ctx, b->n);
    c.sums = ARENA_ARRAY(&op->arena, char, ROW_BYTES_MAX *CELLS *c.parts);
    run_tasks(op->ctx, c.parts, add_part, &c);
    for (size_t part = 0; part < c.parts; part++) KZG_TRY(c.status[part]);
    interpolate_columns(total, &c);
    arena_release(&op->arena, mark);
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

/* So many commitments that are in no sum by weights are checked each, with the sums' digits; more are before. */
#define BESIDES_MAX 32

static bool is_one_column(const struct batch *b) {
    for (size_t k = 1; k < b->n; k++) {
        if (load_u64_at(b->cell_indices, k) != load_u64_at(b->cell_indices, 0)) return false;
    }
    return true;
}

static void find_shape(struct batch *b) {
    b->indices = check_cell_indices(b);
    b->one_column = is_one_column(b);
    b->left_has_weights = b->one_column && b->distinct.count == b->n;
    b->besides = b->left_has_weights || b->distinct.count > BESIDES_MAX ? 0 : b->distinct.count;
}

/* The equation's sums: of proofs by their weights, the right side; of commitments, and by r_k c_k of proofs, the left
 * side. Of one column that second part is c times the right side, and is added later. */
enum { SUM_RIGHT, SUM_LEFT, SIDES };

static void shape_sums(struct batch_sums *s, const struct batch *b) {
    const size_t distinct = b->distinct.count;
    s->points = b->points;
    s->n = distinct + b->n;
    s->sums[SUM_RIGHT] = (struct g1_digit_sum){.first = distinct, .n = b->n, .scalars = b->weights, .is_short = true};
    s->sums[SUM_LEFT] = (struct g1_digit_sum){
        .n = b->one_column ? distinct : s->n, .scalars = b->scalars, .is_short = b->left_has_weights};
    s->count = SIDES;
}

/* The sum that goes beside them. */
struct interpolation {
    const kzg_ctx *ctx;
    const fr *coefficients; /* of sum r_k I_k */
    g1_affine committed;    /* sum r_k [I_k(tau)] G1 */
};

static void commit_interpolation(void *user, struct arena *arena) {
    struct interpolation *i = user;
    g1_table_sums(&i->committed, &i->ctx->monomial, 0, i->coefficients, CELL, 1, arena);
}

static struct batch_also beside(const kzg_ctx *ctx, struct interpolation *i) {
    return (struct batch_also){commit_interpolation, i, g1_table_sums_scratch_bytes(&ctx->monomial, CELL, 1)};
}

static size_t sum_bytes(const kzg_ctx *ctx, size_t n) {
    const struct batch_sums most = {.n = 2 * n, .sums = {{.n = n, .is_short = true}, {.n = 2 * n}}, .count = SIDES};
    const struct batch_also also = beside(ctx, NULL);
    return batch_sums_scratch_bytes(ctx, &most, &also);
}

/* Both sides' points. base as for batch_sums; false if a point of the batch is found to be a bad one. */
static bool sum_points(struct operation *op, const struct batch *b, const fr coefficients[CELL],
                       const struct hexagon *base, g1_affine *left, g1_affine *right) {
    struct batch_sums sums = {.base = base};
    struct interpolation interpolation = {.ctx = op->ctx, .coefficients = coefficients};
    const struct batch_also also = beside(op->ctx, &interpolation);
    g1 *side = sums.r;
    shape_sums(&sums, b);
    fill_scalars(op, b);
    batch_sums_make(op->ctx, &sums, &also, &op->arena);
    if (base != NULL && !batch_sums_check(&sums, b->besides, &op->arena)) return false;
    g1_to_affine(right, &side[SUM_RIGHT]);
    if (b->one_column) {
        fr c;
        g1 rest;
        domain_point(&c, &op->ctx->domain, load_u64_at(b->cell_indices, 0));
        g1_mul(&rest, right, &c);
        g1_add(&side[SUM_LEFT], &side[SUM_LEFT], &rest);
    }
    g1_affine_neg(&interpolation.committed, &interpolation.committed);
    g1_add_affine(&side[SUM_LEFT], &side[SUM_LEFT], &interpolation.committed);
    g1_to_affine(left, &side[SUM_LEFT]);
    return true;
}

size_t verify_cell_kzg_proof_batch_bytes(const kzg_ctx *ctx, size_t n) {
    size_t slots = arena_size(sizeof(uint32_t) * slot_count(n));
    size_t columns = arena_size(ROW_BYTES_MAX * CELLS * split_count(ctx, n));
    return arena_size(sizeof(uint32_t) * n) + arena_size(sizeof(uint64_t) * n) +
           arena_size(sizeof(g1_affine) * 2 * n) + arena_size(sizeof(fr) * n) + arena_size(sizeof(fr) * 2 * n) +
           arena_larger(arena_larger(slots, columns),
                        arena_larger(arena_larger(decode_two_lists_scratch_bytes(ctx, 2 * n),
                                                  batch_sums_check_scratch_bytes(BESIDES_MAX)),
                                     sum_bytes(ctx, n)));
}

/* For verify_with's caller alone. */
static kzg_status to_be_checked(void) {
    return fault_status(ST_POINT_NOT_IN_SUBGROUP, KZG_ARG_PROOF, 0);
}

/* All points, with a base for batch_sums as far as the sums are to check them. A proof's fault is to be told after
 * those of what comes before it. */
static kzg_status decode_batch(struct operation *op, const struct batch *b, const struct hexagon *base,
                               kzg_status *ret_proofs) {
    struct point_list commitments = {b->commitments, b->distinct.which, b->distinct.count, KZG_ARG_COMMITMENT};
    const struct point_list proofs = {b->proofs, NULL, b->n, KZG_ARG_PROOF}, none = {.n = 0};
    if (base == NULL) {
        kzg_status status = decode_two_lists(op->ctx, b->points, &commitments, &proofs, &op->arena);
        *ret_proofs = status.code != KZG_OK && status.argument == KZG_ARG_PROOF ? status : ok_status();
        return ret_proofs->code != KZG_OK ? ok_status() : status;
    }
    g1_affine *to = b->points;
    if (!b->left_has_weights && b->besides == 0) {
        KZG_TRY(decode_two_lists(op->ctx, to, &commitments, &none, &op->arena));
        to += commitments.n;
        commitments.n = 0;
    }
    *ret_proofs = ok_status();
    return decompress_two_lists(op->ctx, to, &commitments, &proofs) ? ok_status() : to_be_checked();
}

/* With a base the points are checked by the sums, and any other status than OK means only that it is to be done again
 * without. */
static kzg_status verify_with(struct operation *op, bool *ret_valid, const struct batch *b,
                              const struct hexagon *base) {
    kzg_status proofs;
    fr interpolation[CELL];
    g1_affine left, right;
    KZG_TRY(decode_batch(op, b, base, &proofs));
    KZG_TRY(b->indices);

    operation_phase(op->ctx, KZG_PHASE_HASH);
    fill_weights(b);
    operation_phase(op->ctx, KZG_PHASE_TRANSFORM);
    KZG_TRY(sum_interpolations(op, interpolation, b));
    KZG_TRY(proofs);

    operation_phase(op->ctx, KZG_PHASE_MSM);
    if (!sum_points(op, b, interpolation, base, &left, &right)) return to_be_checked();
    *ret_valid = pairing_check(op->ctx, &left, &right, &op->ctx->g2_tau_cell);
    return ok_status();
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
    find_shape(b);
    const struct hexagon *base = b->indices.code == KZG_OK ? batch_base(n) : NULL;
    if (base != NULL) {
        if (verify_with(op, ret_valid, b, base).code == KZG_OK) return ok_status();
        arena_release(&op->arena, mark);
        operation_phase(op->ctx, KZG_PHASE_DECODE);
    }
    return verify_with(op, ret_valid, b, NULL);
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
    }
    KZG_TRY(backend_chosen());
    for (size_t k = 0; k < n; k++) KZG_TRY(check_elements(cosets_evals[k].bytes, CELL, KZG_ARG_COSET_EVALS, k));
    compute_cells_challenge(&challenge, commitments, num_commitments, commitment_indices, cell_indices, cosets_evals,
                            proofs, n);
    fr_to_be(ret_challenge->bytes, &challenge);
    return ok_status();
}
