#include <stdlib.h>
#include <string.h>

#include "cli/blobs.h"
#include "cli/cells_output.h"
#include "cli/context.h"
#include "cli/indices.h"
#include "cli/json_args.h"

/* Cells and their numbers, however they came in. */
struct given {
    const char *file;
    struct items cells;
    struct indices indices;
    struct json_args json; /* owns them instead when they came as JSON */
    const uint64_t *numbers;
    const kzg_cell *list;
    size_t number_count;
    size_t count;
};

static enum cli_exit read_cells(struct cli *cli, const struct cli_args *args, struct given *given) {
    CLI_TRY(indices_parse(cli, args->value[CLI_OPT_INDICES], &given->indices));
    CLI_TRY(items_read(&given->cells, cli, &kind_cell, args->operands, args->operand_count, input_form_of(args)));
    given->numbers = given->indices.numbers;
    given->number_count = given->indices.count;
    given->list = (const kzg_cell *)given->cells.bytes;
    given->count = given->cells.count;
    return CLI_OK;
}

static enum cli_exit read_json(struct cli *cli, const struct cli_args *args, struct given *given) {
    char *text;
    size_t length;
    if (args->operand_count > 1) return cli_usage(cli, "without --indices one JSON file is read, not several");
    if ((args->given & CLI_BITS_INPUT) != 0)
        return cli_usage(cli, "--raw and --hex go with --indices; JSON is neither");
    CLI_TRY(read_whole(cli, args->operand_count > 0 ? args->operands[0] : "-", JSON_ARGS_BYTES_MAX, &text, &length));
    size_t blank = strspn(text, " \t\r\n");
    enum cli_exit result;
    struct cli_place place = {.file = given->file};
    if (length == 0 || text[blank] != '{')
        result = cli_error(cli, CLI_BAD_INPUT, status_code_name(ST_JSON_MALFORMED), &place,
                           "without --indices, expected JSON: {\"cell_indices\": [...], \"cells\": [...]}");
    else
        result = json_args_decode(cli, given->file, wire_operation(OP_RECOVER_CELLS_AND_KZG_PROOFS), text, length,
                                  &given->json);
    free(text);
    const struct wire_value *value = given->json.args.value;
    given->numbers = (const uint64_t *)(const void *)value[0].data;
    given->number_count = value[0].count;
    given->list = (const kzg_cell *)value[1].data;
    given->count = value[1].count;
    return result;
}

static enum cli_exit read_given(struct cli *cli, const struct cli_args *args, struct given *given) {
    bool standard = args->operand_count == 0 || strcmp(args->operands[0], "-") == 0;
    struct cli_place place = {.file = NULL};
    given->file = standard ? "standard input" : args->operands[0];
    CLI_TRY(cli_given(args, CLI_OPT_INDICES) ? read_cells(cli, args, given) : read_json(cli, args, given));
    place.file = given->file;
    if (given->number_count != given->count)
        return cli_error(cli, CLI_BAD_INPUT, status_code_name(ST_LENGTH_MISMATCH), &place,
                         "%zu cells, but %zu indices: expected one for each", given->count, given->number_count);
    return CLI_OK;
}

static enum cli_exit recover_error(const struct cli *cli, kzg_status status, const struct given *given) {
    struct cli_place place = {.file = given->file, .index = status.index};
    switch (status.argument) {
    case KZG_ARG_CELL:
        place.item = kind_cell.name;
        if (status.element == KZG_NO_ELEMENT) return cli_status_error(cli, status, &place);
        place.has_element = true;
        place.element = status.element;
        return element_error(cli, status, &place,
                             given->list[status.index].bytes + (size_t)status.element * KZG_BYTES_PER_FIELD_ELEMENT);
    case KZG_ARG_CELL_INDEX:
        if (status.index >= given->count) return cli_status_error(cli, status, &place);
        place.item = kzg_argument_name(KZG_ARG_CELL_INDEX);
        return cli_error(cli, CLI_BAD_INPUT, kzg_code_name((kzg_code)status.code), &place, "%llu: %s",
                         (unsigned long long)given->numbers[status.index], kzg_code_text((kzg_code)status.code));
    default: return cli_status_error(cli, status, &place);
    }
}

static enum cli_exit write_result(const struct cli_args *args, struct output *output, struct output *proofs_output,
                                  const kzg_cell *cells, const kzg_bytes48 *proofs) {
    bool json = output->cli->json;
    if (!cli_given(args, CLI_OPT_BLOB)) {
        if (json) fputc('{', output->stream);
        return cells_write(output, proofs_output, cells, proofs);
    }
    if (json) fputs("{\"blob\":", output->stream);
    if (json)
        output_json_hex(output, cells->bytes, KZG_BYTES_PER_BLOB);
    else
        output_item(output, cells->bytes, KZG_BYTES_PER_BLOB);
    if (json) fputs("}\n", output->stream);
    return output_check(output);
}

static enum cli_exit recover(struct cli *cli, const struct cli_args *args, const struct given *given) {
    bool cells_only = cli_given(args, CLI_OPT_CELLS_ONLY) || cli_given(args, CLI_OPT_BLOB);
    kzg_bytes48 proofs[KZG_CELLS_PER_EXT_BLOB];
    kzg_cell *cells = malloc(KZG_CELLS_PER_EXT_BLOB * sizeof *cells);
    struct output output = {0}, proofs_output = {0};
    kzg_ctx *ctx = NULL;
    enum output_form form;
    enum cli_exit result = cells == NULL ? cli_out_of_memory(cli) : output_form_of(cli, args, OUTPUT_HEX, &form);
    if (result == CLI_OK) result = context_open(cli, args, KZG_PRECOMPUTE_MIN, &ctx);
    if (result == CLI_OK) {
        kzg_status status = kzg_recover_cells_and_kzg_proofs(ctx, cells, cells_only ? NULL : proofs, given->numbers,
                                                             given->list, given->count);
        if (status.code != KZG_OK) result = recover_error(cli, status, given);
    }
    if (result == CLI_OK) result = cells_proofs_open(&proofs_output, cli, args);
    if (result == CLI_OK) result = output_open(&output, cli, args->value[CLI_OPT_OUTPUT], form);
    if (result == CLI_OK) result = write_result(args, &output, &proofs_output, cells, cells_only ? NULL : proofs);
    result = output_close(&output, result);
    result = output_close(&proofs_output, result);
    kzg_free(ctx);
    free(cells);
    return result;
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    struct given given = {.file = NULL};
    if (cli_given(args, CLI_OPT_BLOB) && (args->given & (CLI_BIT(CELLS_ONLY) | CLI_BIT(PROOFS_OUTPUT))) != 0)
        return cli_usage(cli,
                         "--blob writes no cells and no proofs: --cells-only and --proofs-output do not go with it");
    enum cli_exit result = read_given(cli, args, &given);
    if (result == CLI_OK) result = recover(cli, args, &given);
    json_args_free(&given.json);
    indices_free(&given.indices);
    items_free(&given.cells);
    return result;
}

const struct cli_command cli_recover = {
    .name = "recover",
    .operands = "[FILE...]",
    .summary = "all cells, proofs or the blob, from any 64 cells",
    .text = "With --indices: the files hold cells end to end, of which LIST says the numbers, in ascending order.\n"
            "Without: one JSON file {\"cell_indices\": [...], \"cells\": [\"0x...\", ...]}.\n"
            "\n"
            "Writes all 128 cells and proofs, as the command cells does; with --blob the blob. Cells that do not\n"
            "belong together are an error. Spec: recover_cells_and_kzg_proofs.\n",
    .examples = "kzg recover --indices 0-31,96-127 --blob --format raw --output blob.bin half.bin\n"
                "kzg recover --json cells.json\n",
    .options = CLI_BIT(INDICES) | CLI_BIT(CELLS_ONLY) | CLI_BIT(BLOB) | CLI_BIT(PROOFS_OUTPUT) | CLI_BITS_TABLES |
               CLI_BITS_INPUT | CLI_BITS_OUTPUT | CLI_BITS_ALWAYS,
    .operands_max = -1,
    .run = run,
};
