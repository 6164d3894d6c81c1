#include <stdlib.h>

#include "cli/blobs.h"
#include "cli/cells_output.h"

struct cells_state {
    kzg_cell *cells;
    kzg_bytes48 *proofs; /* NULL with --cells-only */
    struct output proofs_output;
};

static enum cli_exit cells_of_blob(struct blob_job *job, const kzg_blob *blob) {
    struct cells_state *state = job->state;
    kzg_status status = state->proofs == NULL
                            ? kzg_compute_cells(job->ctx, state->cells, blob)
                            : kzg_compute_cells_and_kzg_proofs(job->ctx, state->cells, state->proofs, blob);
    if (status.code != KZG_OK) return blobs_error(job, status, blob);
    if (job->cli->json) {
        blobs_json_head(job);
        fputc(',', job->output.stream);
    }
    return cells_write(&job->output, &state->proofs_output, state->cells, state->proofs);
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    bool cells_only = cli_given(args, CLI_OPT_CELLS_ONLY);
    kzg_bytes48 proofs[KZG_CELLS_PER_EXT_BLOB];
    struct cells_state state = {.proofs = cells_only ? NULL : proofs};
    struct blob_job job = {.cli = cli,
                           .args = args,
                           .context = cells_only ? BLOBS_SMALL_CONTEXT : BLOBS_TABLES,
                           .work = cells_of_blob,
                           .state = &state};
    state.cells = malloc(KZG_CELLS_PER_EXT_BLOB * sizeof *state.cells);
    enum cli_exit result = state.cells == NULL ? cli_out_of_memory(cli) : CLI_OK;
    if (result == CLI_OK) result = cells_proofs_open(&state.proofs_output, cli, args);
    if (result == CLI_OK) result = blobs_run(&job);
    result = output_close(&state.proofs_output, result);
    free(state.cells);
    return result;
}

const struct cli_command cli_cells = {
    .name = "cells",
    .operands = "[FILE...]",
    .summary = "the 128 cells of blobs, and their proofs",
    .text = "Writes for every blob its extension: 128 cells of 2048 bytes (the first 64 are the blob), and then a\n"
            "proof of 48 bytes for each. Spec: compute_cells_and_kzg_proofs; with --cells-only: compute_cells.\n",
    .examples = "kzg cells --format raw --output cells.bin --proofs-output proofs.bin blob.bin\n"
                "kzg cells --json blob.bin\n",
    .options = CLI_BIT(CELLS_ONLY) | CLI_BIT(PROOFS_OUTPUT) | CLI_BITS_TABLES | CLI_BITS_INPUT | CLI_BITS_OUTPUT |
               CLI_BITS_ALWAYS,
    .operands_max = -1,
    .run = run,
};
