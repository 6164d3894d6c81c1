/* EIP-4844: specs/deneb/polynomial-commitments.md. */
#include "kzg/eip4844.h"

#include "curve/encoding.h"
#include "curve/g1_mul.h"
#include "curve/lanes.h"
#include "kzg/batch_sums.h"
#include "kzg/challenge.h"
#include "kzg/commit.h"
#include "kzg/decode.h"
#include "kzg/pairing_check.h"
#include "kzg/polynomial.h"

#define N FIELD_ELEMENTS_PER_BLOB

/* ---- Commitments and proofs ---- */

size_t blob_to_kzg_commitment_bytes(const kzg_ctx *ctx) {
    return arena_size(sizeof(fr) * N) + commit_scratch_bytes(ctx);
}

static kzg_status commit_blob(struct operation *op, kzg_bytes48 *ret_commitment, const kzg_blob *blob) {
    fr *values = ARENA_ARRAY(&op->arena, fr, N);
    g1_affine commitment;
    KZG_TRY(decode_elements(values, blob->bytes, N, KZG_ARG_BLOB, 0));
    operation_phase(op->ctx, KZG_PHASE_MSM);
    commit_values(op->ctx, &commitment, values, &op->arena);
    operation_phase(op->ctx, KZG_PHASE_ENCODE);
    g1_compress(ret_commitment->bytes, &commitment);
    return ok_status();
}

/* spec: blob_to_kzg_commitment */
kzg_status kzg_blob_to_kzg_commitment(const kzg_ctx *ctx, kzg_bytes48 *ret_commitment, const kzg_blob *blob) {
    struct operation op;
    KZG_REQUIRE(ctx, KZG_ARG_CONTEXT);
    KZG_REQUIRE(ret_commitment, KZG_ARG_OUTPUT);
    KZG_REQUIRE(blob, KZG_ARG_BLOB);
    KZG_TRY(operation_start(&op, ctx, blob_to_kzg_commitment_bytes(ctx)));
    return operation_end(&op, commit_blob(&op, ret_commitment, blob));
}

size_t compute_kzg_proof_bytes(const kzg_ctx *ctx) {
    return 3 * arena_size(sizeof(fr) * N) + commit_scratch_bytes(ctx);
}

/* spec: compute_kzg_proof_impl */
static void prove(struct operation *op, g1_affine *proof, fr *y, const struct blob_values *values, const fr *z) {
    fr *quotient = ARENA_ARRAY(&op->arena, fr, N), *scratch = ARENA_ARRAY(&op->arena, fr, N);
    operation_phase(op->ctx, KZG_PHASE_TRANSFORM);
    blob_evaluate(y, values, z, &op->ctx->domain, scratch);
    blob_quotient(quotient, values, z, y, &op->ctx->domain, scratch);
    operation_phase(op->ctx, KZG_PHASE_MSM);
    commit_values(op->ctx, proof, quotient, &op->arena);
}

static kzg_status prove_at(struct operation *op, kzg_bytes48 *ret_proof, kzg_bytes32 *ret_y, const kzg_blob *blob,
                           const kzg_bytes32 *z_bytes) {
    fr *memory = ARENA_ARRAY(&op->arena, fr, N), z, y;
    struct blob_values values;
    g1_affine proof;
    KZG_TRY(blob_values_take(&values, blob, memory, 0));
    KZG_TRY(decode_element(&z, z_bytes, KZG_ARG_Z));
    prove(op, &proof, &y, &values, &z);
    operation_phase(op->ctx, KZG_PHASE_ENCODE);
    g1_compress(ret_proof->bytes, &proof);
    fr_to_be(ret_y->bytes, &y);
    return ok_status();
}

/* spec: compute_kzg_proof */
kzg_status kzg_compute_kzg_proof(const kzg_ctx *ctx, kzg_bytes48 *ret_proof, kzg_bytes32 *ret_y, const kzg_blob *blob,
                                 const kzg_bytes32 *z) {
    struct operation op;
    KZG_REQUIRE(ctx, KZG_ARG_CONTEXT);
    KZG_REQUIRE(ret_proof, KZG_ARG_OUTPUT);
    KZG_REQUIRE(ret_y, KZG_ARG_OUTPUT);
    KZG_REQUIRE(blob, KZG_ARG_BLOB);
    KZG_REQUIRE(z, KZG_ARG_Z);
    KZG_TRY(operation_start(&op, ctx, compute_kzg_proof_bytes(ctx)));
    return operation_end(&op, prove_at(&op, ret_proof, ret_y, blob, z));
}

static kzg_status prove_blob(struct operation *op, kzg_bytes48 *ret_proof, const kzg_blob *blob,
                             const kzg_bytes48 *commitment) {
    fr *memory = ARENA_ARRAY(&op->arena, fr, N), z, y;
    struct blob_values values;
    g1_affine drop, proof;
    KZG_TRY(blob_values_take(&values, blob, memory, 0));
    KZG_TRY(decode_point(&drop, commitment, KZG_ARG_COMMITMENT, 0));
    operation_phase(op->ctx, KZG_PHASE_HASH);
    compute_challenge(&z, blob, commitment);
    prove(op, &proof, &y, &values, &z);
    operation_phase(op->ctx, KZG_PHASE_ENCODE);
    g1_compress(ret_proof->bytes, &proof);
    return ok_status();
}

/* spec: compute_blob_kzg_proof */
kzg_status kzg_compute_blob_kzg_proof(const kzg_ctx *ctx, kzg_bytes48 *ret_proof, const kzg_blob *blob,
                                      const kzg_bytes48 *commitment) {
    struct operation op;
    KZG_REQUIRE(ctx, KZG_ARG_CONTEXT);
    KZG_REQUIRE(ret_proof, KZG_ARG_OUTPUT);
    KZG_REQUIRE(blob, KZG_ARG_BLOB);
    KZG_REQUIRE(commitment, KZG_ARG_COMMITMENT);
    KZG_TRY(operation_start(&op, ctx, compute_kzg_proof_bytes(ctx)));
    return operation_end(&op, prove_blob(&op, ret_proof, blob, commitment));
}

/* ---- Verification of one ---- */

/* e(C - y G1, G2) = e(proof, tau G2 - z G2), written with fixed points of G2: e(C - y G1 + z proof, G2) = e(proof,
 * tau G2). spec: verify_kzg_proof_impl */
static bool verify(struct operation *op, const g1_affine *commitment, const fr *z, const fr *y,
                   const g1_affine *proof) {
    g1_affine left;
    g1 sum;
    fr minus_y;
    operation_phase(op->ctx, KZG_PHASE_MSM);
    fr_neg(&minus_y, y);
    g1_sum_small(&sum, proof, z, 1, &op->arena);
    g1_comb_add(&sum, &op->ctx->g1_one, &minus_y);
    g1_add_affine(&sum, &sum, commitment);
    g1_to_affine(&left, &sum);
    return pairing_check(op->ctx, &left, proof, &op->ctx->g2_tau);
}

size_t verify_kzg_proof_bytes(const kzg_ctx *ctx) {
    (void)ctx;
    return g1_sum_small_scratch_bytes(1);
}

static kzg_status verify_at(struct operation *op, bool *ret_valid, const kzg_bytes48 *commitment_bytes,
                            const kzg_bytes32 *z_bytes, const kzg_bytes32 *y_bytes, const kzg_bytes48 *proof_bytes) {
    g1_affine points[2];
    status_code status[2];
    fr z, y;
    decode_two_points(points, status, commitment_bytes, proof_bytes);
    if (status[0] != ST_OK) return fault_status(status[0], KZG_ARG_COMMITMENT, 0);
    KZG_TRY(decode_element(&z, z_bytes, KZG_ARG_Z));
    KZG_TRY(decode_element(&y, y_bytes, KZG_ARG_Y));
    if (status[1] != ST_OK) return fault_status(status[1], KZG_ARG_PROOF, 0);
    *ret_valid = verify(op, &points[0], &z, &y, &points[1]);
    return ok_status();
}

/* spec: verify_kzg_proof */
kzg_status kzg_verify_kzg_proof(const kzg_ctx *ctx, bool *ret_valid, const kzg_bytes48 *commitment,
                                const kzg_bytes32 *z, const kzg_bytes32 *y, const kzg_bytes48 *proof) {
    struct operation op;
    KZG_REQUIRE(ret_valid, KZG_ARG_OUTPUT);
    *ret_valid = false;
    KZG_REQUIRE(ctx, KZG_ARG_CONTEXT);
    KZG_REQUIRE(commitment, KZG_ARG_COMMITMENT);
    KZG_REQUIRE(z, KZG_ARG_Z);
    KZG_REQUIRE(y, KZG_ARG_Y);
    KZG_REQUIRE(proof, KZG_ARG_PROOF);
    KZG_TRY(operation_start(&op, ctx, verify_kzg_proof_bytes(ctx)));
    return operation_end(&op, verify_at(&op, ret_valid, commitment, z, y, proof));
}

size_t verify_blob_kzg_proof_bytes(const kzg_ctx *ctx) {
    return arena_size(sizeof(fr) * N) + arena_size(sizeof(fr) * N / 2) + verify_kzg_proof_bytes(ctx);
}

static kzg_status verify_blob(struct operation *op, bool *ret_valid, const kzg_blob *blob,
                              const kzg_bytes48 *commitment_bytes, const kzg_bytes48 *proof_bytes) {
    fr *memory = ARENA_ARRAY(&op->arena, fr, N), *scratch = ARENA_ARRAY(&op->arena, fr, N / 2), z, y;
    struct blob_values values;
    g1_affine points[2];
    status_code status[2];
    KZG_TRY(blob_values_take(&values, blob, memory, 0));
    decode_two_points(points, status, commitment_bytes, proof_bytes);
    if (status[0] != ST_OK) return fault_status(status[0], KZG_ARG_COMMITMENT, 0);
    if (status[1] != ST_OK) return fault_status(status[1], KZG_ARG_PROOF, 0);
    operation_phase(op->ctx, KZG_PHASE_HASH);
    compute_challenge(&z, blob, commitment_bytes);
    operation_phase(op->ctx, KZG_PHASE_TRANSFORM);
    blob_evaluate(&y, &values, &z, &op->ctx->domain, scratch);
    *ret_valid = verify(op, &points[0], &z, &y, &points[1]);
    return ok_status();
}

/* spec: verify_blob_kzg_proof */
kzg_status kzg_verify_blob_kzg_proof(const kzg_ctx *ctx, bool *ret_valid, const kzg_blob *blob,
                                     const kzg_bytes48 *commitment, const kzg_bytes48 *proof) {
    struct operation op;
    KZG_REQUIRE(ret_valid, KZG_ARG_OUTPUT);
    *ret_valid = false;
    KZG_REQUIRE(ctx, KZG_ARG_CONTEXT);
    KZG_REQUIRE(blob, KZG_ARG_BLOB);
    KZG_REQUIRE(commitment, KZG_ARG_COMMITMENT);
    KZG_REQUIRE(proof, KZG_ARG_PROOF);
    KZG_TRY(operation_start(&op, ctx, verify_blob_kzg_proof_bytes(ctx)));
    return operation_end(&op, verify_blob(&op, ret_valid, blob, commitment, proof));
}

/* ---- Verification of a batch ---- */

/* The blobs of a batch are evaluated in parts, each with its own decoded blob. */
struct evaluations {
    const kzg_ctx *ctx;
    const kzg_blob *blobs;
    const kzg_bytes48 *commitments;
    size_t n, parts;
    fr *z, *y;   /* n */
    fr *values;  /* N a part */
    fr *scratch; /* N / 2 a part */
    kzg_status status[SPLIT_MAX];
};

/* A blob's value at its challenge. */
static kzg_status evaluate_blob(const struct evaluations *e, size_t i, fr *memory, fr *scratch) {
    struct blob_values values;
    KZG_TRY(blob_values_take(&values, &e->blobs[i], memory, i));
    blob_evaluate(&e->y[i], &values, &e->z[i], &e->ctx->domain, scratch);
    return ok_status();
}

/* Two blobs are hashed together, and then evaluated while the cache still has them. */
static void evaluate_part(void *argument, size_t part) {
    struct evaluations *e = argument;
    size_t end = part_start(e->n, e->parts, part + 1);
    e->status[part] = ok_status();
    for (size_t i = part_start(e->n, e->parts, part), next; i < end; i = next) {
        next = i + 2 < end ? i + 2 : end;
        compute_challenges(&e->z[i], &e->blobs[i], &e->commitments[i], next - i);
        for (size_t k = i; k < next; k++) {
            e->status[part] = evaluate_blob(e, k, e->values + N * part, e->scratch + N / 2 * part);
            if (e->status[part].code != KZG_OK) return;
        }
    }
}

static kzg_status evaluate_blobs(struct operation *op, fr *z, fr *y, const kzg_blob *blobs,
                                 const kzg_bytes48 *commitments, size_t n) {
    size_t mark = op->arena.used;
    struct evaluations e = {.ctx = op->ctx, .blobs = blobs, .commitments = commitments, .n = n, .z = z, .y = y};
    e.parts = split_count(op->ctx, n);
    e.values = ARENA_ARRAY(&op->arena, fr, N * e.parts);
    e.scratch = ARENA_ARRAY(&op->arena, fr, N / 2 * e.parts);
    run_tasks(op->ctx, e.parts, evaluate_part, &e);
    arena_release(&op->arena, mark);
    for (size_t part = 0; part < e.parts; part++) KZG_TRY(e.status[part]);
    return ok_status();
}

/* Up to so many blobs' points are multiplied each in a lane. */
#define FEW_BLOBS 16

/* The products of both sums, but for those with one. */
static size_t few_terms(size_t n) {
    return 3 * n - 2;
}

static size_t sum_few_bytes(size_t n) {
    size_t terms = few_terms(n);
    return arena_size(sizeof(fr) * terms) + arena_size(sizeof(g1_affine) * terms) + arena_size(sizeof(g1) * terms) +
           g1_mul_batch_scratch_bytes(terms);
}

/* Points and scalars as in verify_points: left = all of them, right = the proofs by the first n scalars. With a base
 * the sums check the points. */
struct sums {
    const kzg_ctx *ctx;
    const g1_affine *points;
    const fr *scalars;
    size_t n;
    const struct hexagon *base;
    g1 left, right;
};

/* Where they check the points, proofs and commitments by their weights, and proofs by weight and z. */
static const struct batch_sums *checking_shape(struct batch_sums *r, size_t n) {
    *r = (struct batch_sums){
        .n = 2 * n,
        .sums = {{.first = n, .n = n, .is_short = true}, {.n = n, .is_short = true}, {.first = n, .n = n}},
        .count = 3};
    return r;
}

/* Else the last two as one. */
static const struct batch_sums *plain_shape(struct batch_sums *r, size_t n) {
    *r = (struct batch_sums){.n = 2 * n, .sums = {{.first = n, .n = n, .is_short = true}, {.n = 2 * n}}, .count = 2};
    return r;
}

static const struct batch_also NOTHING_ALSO = {.bytes = 0};

static size_t sum_many_bytes(const kzg_ctx *ctx, size_t n) {
    struct batch_sums shape;
    size_t bytes = arena_larger(batch_sums_scratch_bytes(ctx, checking_shape(&shape, n), &NOTHING_ALSO),
                                batch_sums_check_scratch_bytes(0));
    return arena_larger(bytes, batch_sums_scratch_bytes(ctx, plain_shape(&shape, n), &NOTHING_ALSO));
}

size_t verify_blob_kzg_proof_batch_bytes(const kzg_ctx *ctx, size_t n) {
    size_t parts = split_count(ctx, n), terms = 2 * n;
    size_t evaluate = arena_size(sizeof(fr) * N * parts) + arena_size(sizeof(fr) * N / 2 * parts);
    size_t sums = n <= FEW_BLOBS ? arena_larger(sum_few_bytes(n), sum_many_bytes(ctx, n)) : sum_many_bytes(ctx, n);
    return 2 * arena_size(sizeof(fr) * n) + arena_size(sizeof(g1_affine) * terms) + arena_size(sizeof(fr) * terms) +
           arena_larger(arena_larger(evaluate, sums), decode_two_lists_scratch_bytes(ctx, terms));
}

/* False if a point is found to be a bad one. */
static bool sum_many(struct sums *s, struct arena *arena) {
    struct batch_sums sums;
    if (s->base != NULL)
        checking_shape(&sums, s->n);
    else
        plain_shape(&sums, s->n);
    sums.points = s->points;
    sums.base = s->base;
    for (size_t i = 0; i < sums.count; i++) sums.sums[i].scalars = s->scalars;
    if (s->base != NULL) sums.sums[2].scalars = s->scalars + s->n;
    batch_sums_make(s->ctx, &sums, &NOTHING_ALSO, arena);
    if (s->base != NULL && !batch_sums_check(&sums, 0, arena)) return false;
    s->right = sums.r[0];
    s->left = sums.r[1];
    if (s->base != NULL) g1_add(&s->left, &s->left, &sums.r[2]);
    return true;
}

#if G1_LANES
/* All products at once: proofs and commitments but the first by their weights, whose first is one, and proofs by
 * weight and z. */
static void sum_few(struct sums *s, struct arena *arena) {
    size_t mark = arena->used, n = s->n, terms = 0;
    fr *k = ARENA_ARRAY(arena, fr, few_terms(n));
    g1_affine *a = ARENA_ARRAY(arena, g1_affine, few_terms(n));
    g1 *products = ARENA_ARRAY(arena, g1, few_terms(n));
    for (size_t i = 1; i < n; i++) a[terms] = s->points[n + i], k[terms++] = s->scalars[i];
    for (size_t i = 1; i < n; i++) a[terms] = s->points[i], k[terms++] = s->scalars[i];
    for (size_t i = n; i < 2 * n; i++) a[terms] = s->points[i], k[terms++] = s->scalars[i];
    g1_mul_batch(products, a, k, terms, arena);
    g1_from_affine(&s->right, &s->points[n]);
    g1_from_affine(&s->left, &s->points[0]);
    for (size_t i = 0; i < n - 1; i++) g1_add(&s->right, &s->right, &products[i]);
    for (size_t i = n - 1; i < terms; i++) g1_add(&s->left, &s->left, &products[i]);
    arena_release(arena, mark);
}
#endif

static bool sum_both(struct sums *s, struct arena *arena) {
#if G1_LANES
    if (g1_lanes_usable() && s->base == NULL && s->n > 1 && s->n <= FEW_BLOBS) {
        sum_few(s, arena);
        return true;
    }
#endif
    return sum_many(s, arena);
}

/* spec: verify_kzg_proof_batch, with other weights (draw_weights). points holds the commitments, then the proofs;
 * with a base for batch_sums they are checked by the way. False if one is found to be a bad one. */
static bool verify_points(struct operation *op, bool *ret_valid, const g1_affine *points, const fr *z, const fr *y,
                          const fr *challenge, size_t n, const struct hexagon *base) {
    size_t mark = op->arena.used;
    fr *scalars = ARENA_ARRAY(&op->arena, fr, 2 * n), minus_y, t;
    struct sums sums = {.ctx = op->ctx, .points = points, .scalars = scalars, .n = n, .base = base};
    g1_affine left, proof_sum;
    operation_phase(op->ctx, KZG_PHASE_MSM);
    draw_weights(scalars, n, challenge);
    fr_set_zero(&minus_y);
    for (size_t i = 0; i < n; i++) {
        fr_mul(&scalars[n + i], &scalars[i], &z[i]);
        fr_mul(&t, &scalars[i], &y[i]);
        fr_sub(&minus_y, &minus_y, &t);
    }
    bool good = sum_both(&sums, &op->arena);
    arena_release(&op->arena, mark);
    if (!good) return false;
    g1_comb_add(&sums.left, &op->ctx->g1_one, &minus_y);
    g1_to_affine(&proof_sum, &sums.right);
    g1_to_affine(&left, &sums.left);
    *ret_valid = pairing_check(op->ctx, &left, &proof_sum, &op->ctx->g2_tau);
    return true;
}

static kzg_status verify_blobs(struct operation *op, bool *ret_valid, const kzg_blob *blobs,
                               const kzg_bytes48 *commitments, const kzg_bytes48 *proofs, size_t n) {
    fr *z = ARENA_ARRAY(&op->arena, fr, n), *y = ARENA_ARRAY(&op->arena, fr, n), challenge;
    g1_affine *points = ARENA_ARRAY(&op->arena, g1_affine, 2 * n);
    KZG_TRY(evaluate_blobs(op, z, y, blobs, commitments, n));
    const struct point_list lists[2] = {{commitments, NULL, n, KZG_ARG_COMMITMENT}, {proofs, NULL, n, KZG_ARG_PROOF}};
    const struct hexagon *base = batch_base(n);
    bool decompressed = base != NULL && decompress_two_lists(op->ctx, points, &lists[0], &lists[1]);
    if (!decompressed) KZG_TRY(decode_two_lists(op->ctx, points, &lists[0], &lists[1], &op->arena));
    operation_phase(op->ctx, KZG_PHASE_HASH);
    compute_batch_challenge(&challenge, commitments, z, y, proofs, n);
    if (verify_points(op, ret_valid, points, z, y, &challenge, n, decompressed ? base : NULL)) return ok_status();
    operation_phase(op->ctx, KZG_PHASE_DECODE);
    KZG_TRY(decode_two_lists(op->ctx, points, &lists[0], &lists[1], &op->arena));
    (void)verify_points(op, ret_valid, points, z, y, &challenge, n, NULL);
    return ok_status();
}

/* spec: verify_blob_kzg_proof_batch */
kzg_status kzg_verify_blob_kzg_proof_batch(const kzg_ctx *ctx, bool *ret_valid, const kzg_blob *blobs,
                                           const kzg_bytes48 *commitments, const kzg_bytes48 *proofs, size_t n) {
    struct operation op;
    KZG_REQUIRE(ret_valid, KZG_ARG_OUTPUT);
    *ret_valid = false;
    KZG_REQUIRE(ctx, KZG_ARG_CONTEXT);
    if (n > KZG_MAX_BATCH) return fault_status(ST_COUNT_TOO_LARGE, KZG_ARG_COUNT, n);
    if (n == 0) {
        *ret_valid = true;
        return ok_status();
    }
    KZG_REQUIRE(blobs, KZG_ARG_BLOB);
    KZG_REQUIRE(commitments, KZG_ARG_COMMITMENT);
    KZG_REQUIRE(proofs, KZG_ARG_PROOF);
    KZG_TRY(operation_start(&op, ctx, verify_blob_kzg_proof_batch_bytes(ctx, n)));
    return operation_end(&op, verify_blobs(&op, ret_valid, blobs, commitments, proofs, n));
}

/* spec: compute_challenge */
kzg_status kzg_compute_challenge(kzg_bytes32 *ret_challenge, const kzg_blob *blob, const kzg_bytes48 *commitment) {
    fr challenge;
    KZG_REQUIRE(ret_challenge, KZG_ARG_OUTPUT);
    KZG_REQUIRE(blob, KZG_ARG_BLOB);
    KZG_REQUIRE(commitment, KZG_ARG_COMMITMENT);
    KZG_TRY(backend_chosen());
    KZG_TRY(check_elements(blob->bytes, N, KZG_ARG_BLOB, 0));
    compute_challenge(&challenge, blob, commitment);
    fr_to_be(ret_challenge->bytes, &challenge);
    return ok_status();
}
