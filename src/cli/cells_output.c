#include "cli/cells_output.h"

#include <string.h>

enum cli_exit cells_proofs_open(struct output *proofs, const struct cli *cli, const struct cli_args *args) {
    const char *path = args->value[CLI_OPT_PROOFS_OUTPUT];
    const char *other = args->value[CLI_OPT_OUTPUT];
    enum output_form form;
    if (!cli_given(args, CLI_OPT_PROOFS_OUTPUT)) return CLI_OK;
    if (cli->json)
        return cli_usage(cli, "--proofs-output and --json exclude each other: JSON has both in one object");
    if (cli_given(args, CLI_OPT_CELLS_ONLY))
        return cli_usage(cli, "--proofs-output and --cells-only exclude each other");
    if (strcmp(path, other == NULL ? "-" : other) == 0)
        return cli_usage(cli, "cells and proofs would both go to %s", path);
    CLI_TRY(output_form_of(cli, args, OUTPUT_HEX, &form));
    return output_open(proofs, cli, path, form);
}

static void write_json(struct output *output, const kzg_cell *cells, const kzg_bytes48 *proofs) {
    fputs("\"cells\":", output->stream);
    output_json_list(output, cells->bytes, sizeof *cells, KZG_CELLS_PER_EXT_BLOB);
    if (proofs != NULL) {
        fputs(",\"proofs\":", output->stream);
        output_json_list(output, proofs->bytes, sizeof *proofs, KZG_CELLS_PER_EXT_BLOB);
    }
    fputs("}\n", output->stream);
}

enum cli_exit cells_write(struct output *output, struct output *proofs_output, const kzg_cell *cells,
                          const kzg_bytes48 *proofs) {
    struct output *second = proofs_output->stream != NULL ? proofs_output : output;
    if (output->cli->json) {
        write_json(output, cells, proofs);
        return output_check(output);
    }
    for (int i = 0; i < KZG_CELLS_PER_EXT_BLOB; i++) output_item(output, cells[i].bytes, sizeof cells[i].bytes);
    CLI_TRY(output_check(output));
    if (proofs == NULL) return CLI_OK;
    for (int i = 0; i < KZG_CELLS_PER_EXT_BLOB; i++) output_item(second, proofs[i].bytes, sizeof proofs[i].bytes);
    return output_check(second);
}
