/* kzg run: any specification function on the JSON of the official vectors. */
#include <stdlib.h>
#include <string.h>

#include "cli/context.h"
#include "cli/input.h"
#include "cli/json_args.h"
#include "cli/output.h"

/* What one call has to work with. */
struct call {
    struct cli *cli;
    wire_operation_id id;
    const struct wire_operation *operation;
    const kzg_ctx *ctx; /* NULL where the operation needs none */
    struct output *output;
};

static void write_answer(const struct call *call, const uint8_t *raw, char *text) {
    size_t length = wire_result_json(call->operation->result, raw, text);
    text[length] = '\n';
    output_bytes(call->output, (const uint8_t *)text, length + 1);
}

static enum cli_exit compute(const struct call *call, const struct json_args *in) {
    enum wire_result kind = call->operation->result;
    size_t raw_bytes = wire_result_bytes(kind);
    uint8_t *raw = malloc(raw_bytes + wire_result_json_max(kind) + 1); /* the text stands behind it */
    if (raw == NULL) return cli_out_of_memory(call->cli);
    enum cli_exit result = CLI_OK;
    kzg_status status = wire_call(call->id, call->ctx, &in->args, raw);
    if (status.code != KZG_OK) {
        result = json_args_error(call->cli, in, status);
    } else {
        write_answer(call, raw, (char *)raw + raw_bytes);
        if (kind == WIRE_RESULT_BOOL && raw[0] == 0) result = CLI_NOT_VALID;
    }
    free(raw);
    return result;
}

/* Bad input has an answer of its own in the vectors: null. */
static enum cli_exit answer(const struct call *call, const struct cli_args *args) {
    struct json_args in;
    char *text = NULL;
    size_t length = 0;
    const char *file = args->operand_count > 1 ? args->operands[1] : "-";
    const char *name = strcmp(file, "-") == 0 ? "standard input" : file;
    CLI_TRY(read_whole(call->cli, file, JSON_ARGS_BYTES_MAX, &text, &length));
    enum cli_exit result = json_args_decode(call->cli, name, call->operation, text, length, &in);
    free(text);
    if (result == CLI_OK) result = compute(call, &in);
    json_args_free(&in);
    if (result == CLI_BAD_INPUT) fputs("{\"output\":null}\n", call->output->stream);
    return result;
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    struct output output;
    wire_operation_id id;
    kzg_ctx *ctx = NULL;
    if (args->operand_count == 0) return cli_usage(cli, "the name of a specification function is missing");
    if (!wire_operation_find(args->operands[0], &id))
        return cli_usage(cli, "there is no specification function '%s'", args->operands[0]);
    if (wire_needs_context(id)) CLI_TRY(context_open(cli, args, KZG_PRECOMPUTE_MIN, &ctx));
    enum cli_exit result = output_open(&output, cli, args->value[CLI_OPT_OUTPUT], OUTPUT_HEX);
    struct call call = {.cli = cli, .id = id, .operation = wire_operation(id), .ctx = ctx, .output = &output};
    if (result == CLI_OK) result = answer(&call, args);
    /* null is a result: it must get out, though a file is only replaced by a success. */
    result = output_close(&output, result);
    kzg_free(ctx);
    return result;
}

#define X(NAME, name, ...) "  " #name "\n"

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
        "Functions:\n" OPERATIONS_LIST(X),
    .examples = "kzg run blob_to_kzg_commitment input.json\n"
                "echo '{\"blobs\":[],\"commitments\":[],\"proofs\":[]}' | kzg run verify_blob_kzg_proof_batch\n",
    .options = CLI_BIT(OUTPUT) | CLI_BITS_TABLES | CLI_BITS_ALWAYS,
    .operands_max = 2,
    .run = run,
};
