/* kzg run: any specification function on the JSON of the official vectors. */
#include <stdlib.h>
#include <string.h>

#include "cli/blobs.h"
#include "cli/context.h"
#include "cli/json_scan.h"
#include "cli/output.h"

/* What a function has to work with. */
struct call {
    struct cli *cli;
    const kzg_ctx *ctx;
    const char *file;
    const struct json_value *in; /* in the order of the function's arguments */
    struct output *output;
    const struct json_argument *arguments;
};

struct function {
    const char *name;
    struct json_argument arguments[JSON_ARGUMENTS_MAX];
    size_t argument_count;
    bool needs_context;
    enum cli_exit (*run)(struct call *call);
};

/* ---- Errors -------------------------------------------------------------------------------------------------- */

/* Which JSON argument the library means: its own names are in the singular. */
static const struct json_argument *find_argument(const struct call *call, const char *singular, size_t *ret_i) {
    size_t length = strlen(singular);
    for (size_t i = 0; i < JSON_ARGUMENTS_MAX && call->arguments[i].name != NULL; i++) {
        const char *name = call->arguments[i].name;
        /* blob/blobs, cell/cells, cell_index/cell_indices, cosets_evals */
        bool same =
            strcmp(name, singular) == 0 ||
            (strncmp(name, singular, length) == 0 && strcmp(name + length, "s") == 0) ||
            (length > 2 && strncmp(name, singular, length - 2) == 0 && strcmp(name + length - 2, "ices") == 0);
        if (same) {
            *ret_i = i;
            return &call->arguments[i];
        }
    }
    return NULL;
}

static enum cli_exit call_error(const struct call *call, kzg_status status) {
    size_t i = 0;
    const struct json_argument *argument = find_argument(call, kzg_argument_name((kzg_argument)status.argument), &i);
    struct cli_place place = {.file = call->file};
    if (argument == NULL) return cli_status_error(call->cli, status, &place);
    place.item = argument->name;
    place.index = status.index;
    if (status.element != KZG_NO_ELEMENT) {
        place.has_element = true;
        place.element = status.element;
    }
    if (argument->type == JSON_NUMBER_LIST || status.index >= call->in[i].count)
        return cli_status_error(call->cli, status, &place);
    size_t element = status.element == KZG_NO_ELEMENT ? 0 : status.element;
    return element_error(call->cli, status, &place,
                         call->in[i].bytes + (size_t)status.index * argument->size +
                             element * KZG_BYTES_PER_FIELD_ELEMENT);
}

/* Lists a and b (and c and d: negative for none) must be of the same length. */
static enum cli_exit same_length(const struct call *call, int a, int b, int c, int d) {
    const int lists[] = {b, c, d};
    for (int i = 0; i < 3; i++) {
        if (lists[i] < 0 || call->in[a].count == call->in[lists[i]].count) continue;
        struct cli_place place = {.file = call->file};
        return cli_error(call->cli, CLI_BAD_INPUT, status_code_name(ST_LENGTH_MISMATCH), &place,
                         "%s has %zu items, but %s has %zu", call->arguments[a].name, call->in[a].count,
                         call->arguments[lists[i]].name, call->in[lists[i]].count);
    }
    return CLI_OK;
}

/* ---- Results ------------------------------------------------------------------------------------------------- */

static enum cli_exit put_bytes(struct call *call, kzg_status status, const uint8_t *bytes, size_t size) {
    if (status.code != KZG_OK) return call_error(call, status);
    fputs("{\"output\":", call->output->stream);
    output_json_hex(call->output, bytes, size);
    fputs("}\n", call->output->stream);
    return CLI_OK;
}

static enum cli_exit put_bool(struct call *call, kzg_status status, bool valid) {
    if (status.code != KZG_OK) return call_error(call, status);
    fprintf(call->output->stream, "{\"output\":%s}\n", valid ? "true" : "false");
    return valid ? CLI_OK : CLI_NOT_VALID;
}

static void put_cells(struct call *call, const kzg_cell *cells, const kzg_bytes48 *proofs) {
    fputs(proofs != NULL ? "{\"output\":[" : "{\"output\":", call->output->stream);
    output_json_list(call->output, cells->bytes, sizeof *cells, KZG_CELLS_PER_EXT_BLOB);
    if (proofs != NULL) {
        fputc(',', call->output->stream);
        output_json_list(call->output, proofs->bytes, sizeof *proofs, KZG_CELLS_PER_EXT_BLOB);
        fputc(']', call->output->stream);
    }
    fputs("}\n", call->output->stream);
}

/* ---- Functions ------------------------------------------------------------------------------------------------- */

#define BLOB(i)        ((const kzg_blob *)call->in[i].bytes)
#define POINT(i)       ((const kzg_bytes48 *)call->in[i].bytes)
#define SCALAR(i)      ((const kzg_bytes32 *)call->in[i].bytes)
#define CELLS(i)       ((const kzg_cell *)call->in[i].bytes)
#define NUMBERS(i)     (call->in[i].numbers)
#define COUNT(i)       (call->in[i].count)
#define OUT_BYTES(out) (out).bytes, sizeof(out).bytes

static enum cli_exit run_commitment(struct call *call) {
    kzg_bytes48 out;
    kzg_status status = kzg_blob_to_kzg_commitment(call->ctx, &out, BLOB(0));
    return put_bytes(call, status, OUT_BYTES(out));
}

static enum cli_exit run_kzg_proof(struct call *call) {
    kzg_bytes48 proof;
    kzg_bytes32 y;
    kzg_status status = kzg_compute_kzg_proof(call->ctx, &proof, &y, BLOB(0), SCALAR(1));
    if (status.code != KZG_OK) return call_error(call, status);
    fputs("{\"output\":[", call->output->stream);
    output_json_hex(call->output, OUT_BYTES(proof));
    fputc(',', call->output->stream);
    output_json_hex(call->output, OUT_BYTES(y));
    fputs("]}\n", call->output->stream);
    return CLI_OK;
}

static enum cli_exit run_blob_proof(struct call *call) {
    kzg_bytes48 out;
    kzg_status status = kzg_compute_blob_kzg_proof(call->ctx, &out, BLOB(0), POINT(1));
    return put_bytes(call, status, OUT_BYTES(out));
}

static enum cli_exit run_verify_kzg_proof(struct call *call) {
    bool valid = false;
    kzg_status status = kzg_verify_kzg_proof(call->ctx, &valid, POINT(0), SCALAR(1), SCALAR(2), POINT(3));
    return put_bool(call, status, valid);
}

static enum cli_exit run_verify_blob(struct call *call) {
    bool valid = false;
    kzg_status status = kzg_verify_blob_kzg_proof(call->ctx, &valid, BLOB(0), POINT(1), POINT(2));
    return put_bool(call, status, valid);
}

static enum cli_exit run_verify_blob_batch(struct call *call) {
    bool valid = false;
    CLI_TRY(same_length(call, 0, 1, 2, -1));
    kzg_status status = kzg_verify_blob_kzg_proof_batch(call->ctx, &valid, BLOB(0), POINT(1), POINT(2), COUNT(0));
    return put_bool(call, status, valid);
}

static enum cli_exit run_challenge(struct call *call) {
    kzg_bytes32 out;
    kzg_status status = kzg_compute_challenge(&out, BLOB(0), POINT(1));
    return put_bytes(call, status, OUT_BYTES(out));
}

/* 128 cells and, right behind them, 128 proofs. */
static kzg_cell *take_cells(kzg_bytes48 **ret_proofs) {
    kzg_cell *cells = malloc(KZG_CELLS_PER_EXT_BLOB * (sizeof(kzg_cell) + sizeof(kzg_bytes48)));
    if (cells != NULL) *ret_proofs = (kzg_bytes48 *)(void *)(cells + KZG_CELLS_PER_EXT_BLOB);
    return cells;
}

static enum cli_exit run_cells_function(struct call *call, bool with_proofs, bool recover) {
    kzg_bytes48 *proofs = NULL;
    kzg_cell *cells = take_cells(&proofs);
    kzg_status status;
    if (cells == NULL) return cli_out_of_memory(call->cli);
    if (recover)
        status = kzg_recover_cells_and_kzg_proofs(call->ctx, cells, proofs, NUMBERS(0), CELLS(1), COUNT(0));
    else if (with_proofs)
        status = kzg_compute_cells_and_kzg_proofs(call->ctx, cells, proofs, BLOB(0));
    else
        status = kzg_compute_cells(call->ctx, cells, BLOB(0));
    if (status.code == KZG_OK) put_cells(call, cells, with_proofs ? proofs : NULL);
    free(cells);
    return status.code == KZG_OK ? CLI_OK : call_error(call, status);
}

static enum cli_exit run_cells(struct call *call) {
    return run_cells_function(call, false, false);
}

static enum cli_exit run_cells_and_proofs(struct call *call) {
    return run_cells_function(call, true, false);
}

static enum cli_exit run_recover(struct call *call) {
    CLI_TRY(same_length(call, 0, 1, -1, -1));
    return run_cells_function(call, true, true);
}

static enum cli_exit run_verify_cells(struct call *call) {
    bool valid = false;
    CLI_TRY(same_length(call, 0, 1, 2, 3));
    kzg_status status =
        kzg_verify_cell_kzg_proof_batch(call->ctx, &valid, POINT(0), NUMBERS(1), CELLS(2), POINT(3), COUNT(0));
    return put_bool(call, status, valid);
}

static enum cli_exit run_cells_challenge(struct call *call) {
    kzg_bytes32 out;
    CLI_TRY(same_length(call, 1, 2, 3, 4));
    kzg_status status = kzg_compute_verify_cell_kzg_proof_batch_challenge(&out, POINT(0), COUNT(0), NUMBERS(1),
                                                                          NUMBERS(2), CELLS(3), POINT(4), COUNT(1));
    return put_bytes(call, status, OUT_BYTES(out));
}

/* ---- The table ---------------------------------------------------------------------------------------------------
 */

#define A_BLOB \
    { "blob", JSON_HEX, KZG_BYTES_PER_BLOB }
#define A_BLOBS \
    { "blobs", JSON_HEX_LIST, KZG_BYTES_PER_BLOB }
#define A_POINT(name) \
    { name, JSON_HEX, KZG_BYTES_PER_G1 }
#define A_POINTS(name) \
    { name, JSON_HEX_LIST, KZG_BYTES_PER_G1 }
#define A_SCALAR(name) \
    { name, JSON_HEX, KZG_BYTES_PER_FIELD_ELEMENT }
#define A_CELLS(name) \
    { name, JSON_HEX_LIST, KZG_BYTES_PER_CELL }
#define A_COSETS(name) \
    { name, JSON_COSET_LIST, KZG_BYTES_PER_CELL }
#define A_NUMBERS(name) \
    { name, JSON_NUMBER_LIST, 0 }

static const struct function functions[] = {
    {"blob_to_kzg_commitment", {A_BLOB}, 1, true, run_commitment},
    {"compute_kzg_proof", {A_BLOB, A_SCALAR("z")}, 2, true, run_kzg_proof},
    {"compute_blob_kzg_proof", {A_BLOB, A_POINT("commitment")}, 2, true, run_blob_proof},
    {"verify_kzg_proof",
     {A_POINT("commitment"), A_SCALAR("z"), A_SCALAR("y"), A_POINT("proof")},
     4,
     true,
     run_verify_kzg_proof},
    {"verify_blob_kzg_proof", {A_BLOB, A_POINT("commitment"), A_POINT("proof")}, 3, true, run_verify_blob},
    {"verify_blob_kzg_proof_batch",
     {A_BLOBS, A_POINTS("commitments"), A_POINTS("proofs")},
     3,
     true,
     run_verify_blob_batch},
    {"compute_challenge", {A_BLOB, A_POINT("commitment")}, 2, false, run_challenge},
    {"compute_cells", {A_BLOB}, 1, true, run_cells},
    {"compute_cells_and_kzg_proofs", {A_BLOB}, 1, true, run_cells_and_proofs},
    {"recover_cells_and_kzg_proofs", {A_NUMBERS("cell_indices"), A_CELLS("cells")}, 2, true, run_recover},
    {"verify_cell_kzg_proof_batch",
     {A_POINTS("commitments"), A_NUMBERS("cell_indices"), A_CELLS("cells"), A_POINTS("proofs")},
     4,
     true,
     run_verify_cells},
    {"compute_verify_cell_kzg_proof_batch_challenge",
     {A_POINTS("commitments"), A_NUMBERS("commitment_indices"), A_NUMBERS("cell_indices"), A_COSETS("cosets_evals"),
      A_POINTS("proofs")},
     5,
     false,
     run_cells_challenge},
};

static const struct function *find_function(const char *name) {
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(functions[i].name, name) == 0) return &functions[i];
    return NULL;
}

static enum cli_exit parse_and_call(const struct function *function, struct call *call, const char *text,
                                    size_t length) {
    struct json_value in[JSON_ARGUMENTS_MAX];
    enum cli_exit result =
        json_parse(call->cli, call->file, text, length, function->arguments, function->argument_count, in);
    call->in = in;
    call->arguments = function->arguments;
    if (result == CLI_OK) result = function->run(call);
    call->in = NULL;
    json_values_free(in, function->argument_count);
    return result;
}

/* Bad input has an answer of its own in the vectors: null. */
static enum cli_exit answer(const struct function *function, struct call *call, const struct cli_args *args) {
    char *text = NULL;
    size_t length = 0;
    const char *file = args->operand_count > 1 ? args->operands[1] : "-";
    call->file = strcmp(file, "-") == 0 ? "standard input" : file;
    CLI_TRY(read_whole(call->cli, file, JSON_BYTES_MAX, &text, &length));
    enum cli_exit result = parse_and_call(function, call, text, length);
    free(text);
    if (result == CLI_BAD_INPUT) fputs("{\"output\":null}\n", call->output->stream);
    return result;
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    struct output output;
    kzg_ctx *ctx = NULL;
    if (args->operand_count == 0) return cli_usage(cli, "the name of a specification function is missing");
    const struct function *function = find_function(args->operands[0]);
    if (function == NULL) return cli_usage(cli, "there is no specification function '%s'", args->operands[0]);
    if (function->needs_context) CLI_TRY(context_open(cli, args, KZG_PRECOMPUTE_MIN, &ctx));
    enum cli_exit result = output_open(&output, cli, args->value[CLI_OPT_OUTPUT], OUTPUT_HEX);
    struct call call = {.cli = cli, .ctx = ctx, .output = &output};
    if (result == CLI_OK) result = answer(function, &call, args);
    /* null is a result: it must get out, though a file is only replaced by a success. */
    result = output_close(&output, result);
    kzg_free(ctx);
    return result;
}

const struct cli_command cli_run = {
    .name = "run",
    .operands = "FUNCTION [FILE.json]",
    .summary = "any specification function on JSON arguments, as in the official test vectors",
    .text =
        "Reads one JSON object with the function's arguments by their names in the specification (what the\n"
        "official vectors have under 'input'): 0x-hexadecimal strings, lists of them, lists of whole numbers.\n"
        "Writes {\"output\": ...} in the shape that the vectors have under 'output'; for bad input that is null,\n"
        "with the reason on standard error and exit status 2. A verification that gives false exits with 1.\n"
        "\n"
        "Functions: blob_to_kzg_commitment, compute_kzg_proof, compute_blob_kzg_proof, verify_kzg_proof,\n"
        "verify_blob_kzg_proof, verify_blob_kzg_proof_batch, compute_challenge, compute_cells,\n"
        "compute_cells_and_kzg_proofs, recover_cells_and_kzg_proofs, verify_cell_kzg_proof_batch,\n"
        "compute_verify_cell_kzg_proof_batch_challenge.\n",
    .examples = "kzg run blob_to_kzg_commitment input.json\n"
                "echo '{\"blobs\":[],\"commitments\":[],\"proofs\":[]}' | kzg run verify_blob_kzg_proof_batch\n",
    .options = CLI_BIT(OUTPUT) | CLI_BITS_CONTEXT | CLI_BITS_ALWAYS,
    .operands_max = 2,
    .run = run,
};
