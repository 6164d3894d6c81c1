/* Door 1: kzg/kzg.h. */
#include <kzg/kzg.h>
#include <stdio.h>

#include "vectors/c_call.h"
#include "vectors/door.h"

static kzg_ctx *ctx;

static bool door_open(const door_options *options) {
    char text[256];
    (void)options;
    kzg_status status = kzg_new(&ctx, NULL);
    if (status.code == KZG_OK) return true;
    (void)kzg_status_format(status, text, sizeof text);
    vec_die("kzg_new: %s", text);
}

static bool door_offers(const char *function) {
    return c_function_by_name(function) != C_FUNCTIONS;
}

static kzg_status invoke(c_call *c) {
    const void *const *in = c->in;
    void *const *out = c->out;
    switch (c->function) {
    case C_BLOB_TO_KZG_COMMITMENT: return kzg_blob_to_kzg_commitment(ctx, out[0], in[0]);
    case C_COMPUTE_KZG_PROOF: return kzg_compute_kzg_proof(ctx, out[0], out[1], in[0], in[1]);
    case C_COMPUTE_BLOB_KZG_PROOF: return kzg_compute_blob_kzg_proof(ctx, out[0], in[0], in[1]);
    case C_VERIFY_KZG_PROOF: return kzg_verify_kzg_proof(ctx, &c->valid, in[0], in[1], in[2], in[3]);
    case C_VERIFY_BLOB_KZG_PROOF: return kzg_verify_blob_kzg_proof(ctx, &c->valid, in[0], in[1], in[2]);
    case C_VERIFY_BLOB_KZG_PROOF_BATCH:
        return kzg_verify_blob_kzg_proof_batch(ctx, &c->valid, in[0], in[1], in[2], c->n);
    case C_COMPUTE_CELLS: return kzg_compute_cells(ctx, out[0], in[0]);
    case C_COMPUTE_CELLS_AND_KZG_PROOFS: return kzg_compute_cells_and_kzg_proofs(ctx, out[0], out[1], in[0]);
    case C_RECOVER_CELLS_AND_KZG_PROOFS:
        return kzg_recover_cells_and_kzg_proofs(ctx, out[0], out[1], in[0], in[1], c->n);
    case C_VERIFY_CELL_KZG_PROOF_BATCH:
        return kzg_verify_cell_kzg_proof_batch(ctx, &c->valid, in[0], in[1], in[2], in[3], c->n);
    case C_COMPUTE_CHALLENGE: return kzg_compute_challenge(out[0], in[0], in[1]);
    case C_COMPUTE_VERIFY_CELL_KZG_PROOF_BATCH_CHALLENGE:
        return kzg_compute_verify_cell_kzg_proof_batch_challenge(out[0], in[0], c->n_first, in[1], in[2], in[3],
                                                                 in[4], c->n);
    case C_FUNCTIONS: break;
    }
    vec_die("no such function");
}

static outcome door_run(const vec_case *c, placement place) {
    c_call call;
    outcome result = {.kind = OUTCOME_INEXPRESSIBLE};
    if (!c_call_begin(&call, c, place, result.note)) return result;
    kzg_status status = invoke(&call);
    result = c_call_end(&call, status.code != KZG_OK);
    if (result.kind != OUTCOME_ERROR) return result;
    (void)snprintf(result.code, sizeof result.code, "%s", kzg_code_name((kzg_code)status.code));
    (void)snprintf(result.argument, sizeof result.argument, "%s", kzg_argument_name((kzg_argument)status.argument));
    result.has_index = true;
    result.index = status.index;
    return result;
}

static void door_close(void) {
    ctx = kzg_free(ctx);
}

const door door_kzg = {"kzg/kzg.h", door_open, door_offers, door_run, door_close, true};
