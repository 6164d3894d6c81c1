/* Door 2: kzg/ckzg.h, the C API of c-kzg-4844 by name, used as a program written for that library uses it. */
#include <kzg/ckzg.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit/setup/make_points.h"
#include "vectors/c_call.h"
#include "vectors/door.h"

static KZGSettings settings;

/* The embedded setup as a text file. */
static FILE *embedded_text(void) {
    struct points *points = vec_alloc(sizeof *points);
    FILE *file = tmpfile();
    points_of_mainnet(points);
    struct text text = points_to_text(points, "\n");
    if (file == NULL || fwrite(text.data, 1, text.length, file) != text.length) vec_die("cannot write a file");
    rewind(file);
    text_free(&text);
    free(points);
    return file;
}

static bool door_open(const door_options *options) {
    FILE *file = options->setup == NULL ? NULL : fopen(options->setup, "r");
    if (file == NULL) file = embedded_text();
    C_KZG_RET ret = load_trusted_setup_file(&settings, file, 0);
    (void)fclose(file);
    if (ret != C_KZG_OK) vec_die("load_trusted_setup_file: %d", (int)ret);
    return true;
}

static void door_close(void) {
    free_trusted_setup(&settings);
}

/* The challenges are no part of that API. */
static bool door_offers(const char *function) {
    c_function f = c_function_by_name(function);
    return f != C_FUNCTIONS && f != C_COMPUTE_CHALLENGE && f != C_COMPUTE_VERIFY_CELL_KZG_PROOF_BATCH_CHALLENGE;
}

static C_KZG_RET invoke(c_call *c) {
    const void *const *in = c->in;
    void *const *out = c->out;
    const KZGSettings *s = &settings;
    switch (c->function) {
    case C_BLOB_TO_KZG_COMMITMENT: return blob_to_kzg_commitment(out[0], in[0], s);
    case C_COMPUTE_KZG_PROOF: return compute_kzg_proof(out[0], out[1], in[0], in[1], s);
    case C_COMPUTE_BLOB_KZG_PROOF: return compute_blob_kzg_proof(out[0], in[0], in[1], s);
    case C_VERIFY_KZG_PROOF: return verify_kzg_proof(&c->valid, in[0], in[1], in[2], in[3], s);
    case C_VERIFY_BLOB_KZG_PROOF: return verify_blob_kzg_proof(&c->valid, in[0], in[1], in[2], s);
    case C_VERIFY_BLOB_KZG_PROOF_BATCH: return verify_blob_kzg_proof_batch(&c->valid, in[0], in[1], in[2], c->n, s);
    case C_COMPUTE_CELLS: return compute_cells_and_kzg_proofs(out[0], NULL, in[0], s);
    case C_COMPUTE_CELLS_AND_KZG_PROOFS: return compute_cells_and_kzg_proofs(out[0], out[1], in[0], s);
    case C_RECOVER_CELLS_AND_KZG_PROOFS: return recover_cells_and_kzg_proofs(out[0], out[1], in[0], in[1], c->n, s);
    case C_VERIFY_CELL_KZG_PROOF_BATCH:
        return verify_cell_kzg_proof_batch(&c->valid, in[0], in[1], in[2], in[3], c->n, s);
    case C_COMPUTE_CHALLENGE:
    case C_COMPUTE_VERIFY_CELL_KZG_PROOF_BATCH_CHALLENGE:
    case C_FUNCTIONS: break;
    }
    vec_die("no such function");
}

/* Threads come with misaligned arguments, which that API never allowed: they are placed as usual. */
static outcome door_run(const vec_case *c, placement place) {
    c_call call;
    outcome result = {.kind = OUTCOME_INEXPRESSIBLE};
    (void)place;
    if (!c_call_begin(&call, c, PLACE_BEFORE_GUARD, result.note)) return result;
    C_KZG_RET ret = invoke(&call);
    result = c_call_end(&call, ret != C_KZG_OK);
    if (result.kind == OUTCOME_ERROR && ret != C_KZG_BADARGS) {
        result.kind = OUTCOME_BROKEN;
        (void)snprintf(result.note, sizeof result.note, "returned %d, not C_KZG_BADARGS", (int)ret);
    }
    return result;
}

const door door_ckzg = {"kzg/ckzg.h", door_open, door_offers, door_run, door_close, true};
