/* Claims of many callers in one pairing check, with an answer for each. Claim i says that e(C_i - y_i G1, G2) =
 * e(proof_i, tau G2 - z_i G2). Errors e_i of single equations are fixed by what is hashed into the challenge r, so a
 * sum of w_i e_i over any subset, with the weights that r gives (draw_weights), is zero only if they are all zero,
 * but for a chance of 2^-128: a subset that does not come out is halved until the bad ones stand alone.
 *
 * Source of the combination: spec, verify_kzg_proof_batch, whose weights are powers of r. */
#include "curve/g1.h"
#include "curve/msm.h"
#include "kzg/challenge.h"
#include "kzg/context.h"
#include "kzg/decode.h"
#include "kzg/pairing_check.h"
#include "kzg/polynomial.h"

#define N FIELD_ELEMENTS_PER_BLOB

/* The well-formed claims, end to end. */
struct claims {
    struct operation *op;
    kzg_claim *all;
    size_t n;
    uint32_t *index; /* of claim i in all */
    fr *z, *y, *weights;
    g1_affine *commitments, *proofs;
    kzg_bytes48 *bytes;
    g1_affine *points; /* room for a sum's 2 n */
    fr *scalars;
};

static size_t scratch_bytes(size_t n) {
    size_t terms = 2 * n;
    size_t evaluate = arena_size(sizeof(fr) * N) + arena_size(sizeof(fr) * N / 2);
    size_t sums =
        arena_size(sizeof(g1_affine) * terms) + arena_size(sizeof(fr) * terms) + g1_msm_scratch_bytes(terms);
    return arena_size(sizeof(uint32_t) * n) + 3 * arena_size(sizeof(fr) * n) + 2 * arena_size(sizeof(g1_affine) * n) +
           arena_size(sizeof(kzg_bytes48) * n) + (evaluate > sums ? evaluate : sums);
}

/* ---- Decoding ---- */

/* All points of one kind together, which is fast; where one is malformed, one by one, so that each claim has its own
 * status. Claims that have a status already keep it: the first argument's. */
static void decode_all(struct claims *c, g1_affine *r, kzg_argument argument) {
    for (size_t i = 0; i < c->n; i++)
        c->bytes[i] = argument == KZG_ARG_PROOF ? *c->all[i].proof : *c->all[i].commitment;
    if (decode_points(c->op->ctx, r, c->bytes, c->n, argument).code == KZG_OK) return;
    for (size_t i = 0; i < c->n; i++) {
        kzg_status status = decode_point(&r[i], &c->bytes[i], argument, 0);
        if (c->all[i].status.code == KZG_OK) c->all[i].status = status;
    }
}

static kzg_status decode_scalars(struct claims *c, const kzg_claim *claim, size_t i, fr *memory, fr *scratch) {
    struct blob_values values;
    if (claim->blob == NULL) {
        KZG_TRY(decode_element(&c->z[i], claim->z, KZG_ARG_Z));
        return decode_element(&c->y[i], claim->y, KZG_ARG_Y);
    }
    KZG_TRY(blob_values_take(&values, claim->blob, memory, 0));
    compute_challenge(&c->z[i], claim->blob, claim->commitment);
    blob_evaluate(&c->y[i], &values, &c->z[i], &c->op->ctx->domain, scratch);
    return ok_status();
}

static kzg_status check_pointers(const kzg_claim *claim) {
    KZG_REQUIRE(claim->commitment, KZG_ARG_COMMITMENT);
    KZG_REQUIRE(claim->proof, KZG_ARG_PROOF);
    if (claim->blob != NULL) return ok_status();
    KZG_REQUIRE(claim->z, KZG_ARG_Z);
    KZG_REQUIRE(claim->y, KZG_ARG_Y);
    return ok_status();
}

/* In the order in which verify_kzg_proof and verify_blob_kzg_proof look at their arguments. */
static void decode(struct claims *c) {
    size_t mark = c->op->arena.used;
    fr *memory = ARENA_ARRAY(&c->op->arena, fr, N), *scratch = ARENA_ARRAY(&c->op->arena, fr, N / 2);
    kzg_status scalars;
    operation_phase(c->op->ctx, KZG_PHASE_DECODE);
    for (size_t i = 0; i < c->n; i++) {
        kzg_claim *claim = &c->all[i];
        claim->status = ok_status();
        if (claim->blob != NULL) claim->status = decode_scalars(c, claim, i, memory, scratch);
    }
    decode_all(c, c->commitments, KZG_ARG_COMMITMENT);
    for (size_t i = 0; i < c->n; i++) {
        if (c->all[i].blob != NULL) continue;
        scalars = decode_scalars(c, &c->all[i], i, memory, scratch);
        if (c->all[i].status.code == KZG_OK) c->all[i].status = scalars;
    }
    decode_all(c, c->proofs, KZG_ARG_PROOF);
    arena_release(&c->op->arena, mark);
}

/* Closes the gaps that malformed claims leave. */
static void gather(struct claims *c) {
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (c->all[i].status.code != KZG_OK) continue;
        c->index[n] = (uint32_t)i;
        c->z[n] = c->z[i];
        c->y[n] = c->y[i];
        c->commitments[n] = c->commitments[i];
        c->proofs[n] = c->proofs[i];
        n++;
    }
    c->n = n;
}

/* ---- Checking ---- */

static void weigh(struct claims *c) {
    struct sha256_stream hash;
    uint8_t scalars[64], digest[32];
    fr challenge;
    operation_phase(c->op->ctx, KZG_PHASE_HASH);
    sha256_start(&hash);
    sha256_add(&hash, "kzgd verify_claims", 18);
    for (size_t i = 0; i < c->n; i++) {
        const kzg_claim *claim = &c->all[c->index[i]];
        fr_to_be(scalars, &c->z[i]);
        fr_to_be(scalars + 32, &c->y[i]);
        sha256_add(&hash, claim->commitment->bytes, sizeof claim->commitment->bytes);
        sha256_add(&hash, scalars, sizeof scalars);
        sha256_add(&hash, claim->proof->bytes, sizeof claim->proof->bytes);
    }
    sha256_finish(digest, &hash);
    fr_from_be_reduced(&challenge, digest);
    draw_weights(c->weights, c->n, &challenge);
}

/* Do all of [first, first + n) hold? The sum over them of weights[i] times: C_i + z_i proof_i - y_i G1, against
 * proof_i. */
static bool hold(struct claims *c, size_t first, size_t n) {
    g1 sum;
    g1_affine left, proofs;
    fr minus_y, t;
    operation_phase(c->op->ctx, KZG_PHASE_MSM);
    fr_set_zero(&minus_y);
    for (size_t i = 0; i < n; i++) {
        const fr *weight = &c->weights[first + i];
        c->points[i] = c->proofs[first + i];
        c->points[n + i] = c->commitments[first + i];
        fr_mul(&c->scalars[i], weight, &c->z[first + i]);
        c->scalars[n + i] = *weight;
        fr_mul(&t, weight, &c->y[first + i]);
        fr_sub(&minus_y, &minus_y, &t);
    }
    g1_msm(&sum, c->points, c->scalars, 2 * n, &c->op->arena);
    g1_comb_add(&sum, &c->op->ctx->g1_one, &minus_y);
    g1_to_affine(&left, &sum);
    g1_msm_short(&sum, c->points, c->scalars + n, n, &c->op->arena);
    g1_to_affine(&proofs, &sum);
    return pairing_check(c->op->ctx, &left, &proofs, &c->op->ctx->g2_tau);
}

static void settle(struct claims *c, size_t first, size_t n, bool valid) {
    for (size_t i = 0; i < n; i++) c->all[c->index[first + i]].valid = valid;
}

/* [first, first + n) is known to have a bad one unless that is what is asked. Depth: log2 n. */
static void search(struct claims *c, size_t first, size_t n, bool known_bad) {
    if (!known_bad && hold(c, first, n)) {
        settle(c, first, n, true);
    } else if (n == 1) {
        settle(c, first, n, false);
    } else {
        size_t half = n / 2;
        bool left = hold(c, first, half);
        if (left)
            settle(c, first, half, true);
        else
            search(c, first, half, true);
        /* With a good left half the bad one is in the right. */
        search(c, first + half, n - half, left);
    }
}

static void verify(struct operation *op, kzg_claim *claims, size_t n) {
    struct claims c = {.op = op, .all = claims, .n = n};
    struct arena *arena = &op->arena;
    c.index = ARENA_ARRAY(arena, uint32_t, n);
    c.z = ARENA_ARRAY(arena, fr, n);
    c.y = ARENA_ARRAY(arena, fr, n);
    c.weights = ARENA_ARRAY(arena, fr, n);
    c.commitments = ARENA_ARRAY(arena, g1_affine, n);
    c.proofs = ARENA_ARRAY(arena, g1_affine, n);
    c.bytes = ARENA_ARRAY(arena, kzg_bytes48, n);
    decode(&c);
    gather(&c);
    if (c.n == 0) return;
    c.points = ARENA_ARRAY(arena, g1_affine, 2 * c.n);
    c.scalars = ARENA_ARRAY(arena, fr, 2 * c.n);
    weigh(&c);
    search(&c, 0, c.n, false);
}

size_t kzg_verify_claims_scratch_bytes(const kzg_ctx *ctx, size_t n) {
    (void)ctx; /* the same for all as yet */
    return n == 0 || n > KZG_MAX_BATCH ? 0 : scratch_bytes(n);
}

kzg_status kzg_verify_claims(const kzg_ctx *ctx, kzg_claim *claims, size_t n) {
    struct operation op;
    KZG_REQUIRE(ctx, KZG_ARG_CONTEXT);
    if (n > KZG_MAX_BATCH) return fault_status(ST_COUNT_TOO_LARGE, KZG_ARG_COUNT, n);
    if (n == 0) return ok_status();
    KZG_REQUIRE(claims, KZG_ARG_OUTPUT);
    for (size_t i = 0; i < n; i++) {
        claims[i].valid = false;
        kzg_status pointers = check_pointers(&claims[i]);
        pointers.index = i;
        KZG_TRY(pointers);
    }
    KZG_TRY(operation_start(&op, ctx, scratch_bytes(n)));
    verify(&op, claims, n);
    return operation_end(&op, ok_status());
}
