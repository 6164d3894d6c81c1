#include <inttypes.h>
#include <stdlib.h>

#include "cli/blobs.h"
#include "cli/context.h"
#include "cli/indices.h"
#include "cli/progress.h"
#include "cli/verdict.h"

/* Cells that are held and checked together: 2 MiB. */
#define BATCH 1024

struct cell_check {
    struct cli *cli;
    kzg_ctx *ctx;
    struct items commitments;
    struct items proofs;
    struct indices indices; /* none: 0 to 127, again and again */
    struct reader reader;
    struct verdict verdict;
    kzg_cell *cells; /* BATCH of each of these */
    struct item_mark *marks;
    kzg_bytes48 *batch_commitments;
    uint64_t *batch_indices;
    size_t held;
    size_t base; /* number of cells[0] */
};

static enum cli_exit check_error(const struct cell_check *check, kzg_status status, size_t first) {
    size_t i = first + (size_t)status.index;
    struct cli_place place = {.item = kzg_argument_name((kzg_argument)status.argument), .index = check->base + i};
    switch (status.argument) {
    case KZG_ARG_CELL: return item_error(check->cli, status, &check->marks[i], check->cells[i].bytes);
    case KZG_ARG_COMMITMENT: place.file = cli_option_name(CLI_OPT_COMMITMENT); break;
    case KZG_ARG_PROOF: place.file = cli_option_name(CLI_OPT_PROOF); break;
    case KZG_ARG_CELL_INDEX:
        place.file = cli_option_name(CLI_OPT_INDICES);
        return cli_error(check->cli, CLI_BAD_INPUT, kzg_code_name((kzg_code)status.code), &place, "%" PRIu64 ": %s",
                         check->batch_indices[i], kzg_code_text((kzg_code)status.code));
    default: return cli_status_error(check->cli, status, NULL);
    }
    return cli_status_error(check->cli, status, &place);
}

static enum cli_exit check_cells(void *state, size_t first, size_t n, bool *ret_valid) {
    struct cell_check *check = state;
    const kzg_bytes48 *proofs = (const kzg_bytes48 *)check->proofs.bytes + check->base + first;
    kzg_status status =
        kzg_verify_cell_kzg_proof_batch(check->ctx, ret_valid, check->batch_commitments + first,
                                        check->batch_indices + first, check->cells + first, proofs, n);
    return status.code == KZG_OK ? CLI_OK : check_error(check, status, first);
}

static enum cli_exit check_held(struct cell_check *check) {
    CLI_TRY(verdict_batch(check->cli, &check->verdict, check->base, check->held, check_cells, check));
    check->base += check->held;
    check->held = 0;
    progress_step(check->base);
    return CLI_OK;
}

/* Which commitment and index belong to cell number; the counts have been checked. */
static void claim_of(const struct cell_check *check, uint64_t number, kzg_bytes48 *ret_commitment,
                     uint64_t *ret_index) {
    const kzg_bytes48 *commitments = (const kzg_bytes48 *)check->commitments.bytes;
    size_t count = check->commitments.count, cells = check->proofs.count;
    *ret_commitment = count == 1       ? commitments[0]
                      : count == cells ? commitments[number]
                                       : commitments[number / KZG_CELLS_PER_EXT_BLOB];
    *ret_index = check->indices.count == 0   ? number % KZG_CELLS_PER_EXT_BLOB
                 : check->indices.count == 1 ? check->indices.numbers[0]
                                             : check->indices.numbers[number];
}

/* There is a proof for each cell, so their number says how many of everything there must be. */
static enum cli_exit check_counts(const struct cell_check *check) {
    size_t cells = check->proofs.count, commitments = check->commitments.count, indices = check->indices.count;
    bool rows = indices == 0;
    if (rows && cells % KZG_CELLS_PER_EXT_BLOB != 0)
        return cli_error(check->cli, CLI_BAD_INPUT, status_code_name(ST_LENGTH_MISMATCH), NULL,
                         "%zu proofs: without --indices, expected all 128 of each blob", cells);
    if (!rows && indices != 1 && indices != cells)
        return cli_error(check->cli, CLI_BAD_INPUT, status_code_name(ST_LENGTH_MISMATCH), NULL,
                         "%zu indices, but %zu proofs: expected one for each, or one for all", indices, cells);
    if (commitments == 1 || commitments == cells || (rows && commitments == cells / KZG_CELLS_PER_EXT_BLOB))
        return CLI_OK;
    return cli_error(check->cli, CLI_BAD_INPUT, status_code_name(ST_LENGTH_MISMATCH), NULL,
                     "%zu commitments, but %zu proofs: expected one for each, one for all%s", commitments, cells,
                     rows ? ", or one for each 128" : "");
}

static enum cli_exit cell_count_error(const struct cell_check *check, bool at_end) {
    return cli_error(check->cli, CLI_BAD_INPUT, status_code_name(ST_LENGTH_MISMATCH), NULL,
                     "%zu proofs, but %s%" PRIu64 " cells: expected one for each", check->proofs.count,
                     at_end ? "" : "at least ", check->reader.items);
}

static enum cli_exit check_all(struct cell_check *check) {
    bool got;
    progress_start(check->cli, kind_cell.plural, check->proofs.count);
    for (;;) {
        if (check->held == BATCH) CLI_TRY(check_held(check));
        CLI_TRY(reader_next(&check->reader, check->cells[check->held].bytes, &got));
        if (got ? check->reader.items > check->proofs.count : check->reader.items != check->proofs.count)
            return cell_count_error(check, !got);
        if (!got) return check_held(check);
        claim_of(check, check->reader.items - 1, &check->batch_commitments[check->held],
                 &check->batch_indices[check->held]);
        check->marks[check->held++] = reader_mark(&check->reader);
    }
}

static enum cli_exit prepare(struct cell_check *check, const struct cli_args *args) {
    struct cli *cli = check->cli;
    CLI_TRY(items_of_option(&check->commitments, cli, args, CLI_OPT_COMMITMENT, &kind_commitment));
    CLI_TRY(items_of_option(&check->proofs, cli, args, CLI_OPT_PROOF, &kind_proof));
    if (cli_given(args, CLI_OPT_INDICES)) CLI_TRY(indices_parse(cli, args->value[CLI_OPT_INDICES], &check->indices));
    CLI_TRY(check_counts(check));
    CLI_TRY(reader_open(&check->reader, cli, &kind_cell, args->operands, args->operand_count, input_form_of(args)));
    check->cells = malloc(BATCH * sizeof *check->cells);
    check->marks = malloc(BATCH * sizeof *check->marks);
    check->batch_commitments = malloc(BATCH * sizeof *check->batch_commitments);
    check->batch_indices = malloc(BATCH * sizeof *check->batch_indices);
    if (check->cells == NULL || check->marks == NULL || check->batch_commitments == NULL ||
        check->batch_indices == NULL)
        return cli_out_of_memory(cli);
    return context_open(cli, args, KZG_PRECOMPUTE_MIN, &check->ctx);
}

static void release(struct cell_check *check) {
    verdict_free(&check->verdict);
    kzg_free(check->ctx);
    reader_close(&check->reader);
    items_free(&check->commitments);
    items_free(&check->proofs);
    indices_free(&check->indices);
    free(check->cells);
    free(check->marks);
    free(check->batch_commitments);
    free(check->batch_indices);
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    struct cell_check check = {.cli = cli, .reader = {.fd = -1}};
    if (!cli_given(args, CLI_OPT_COMMITMENT)) return cli_usage(cli, "--commitment is missing");
    if (!cli_given(args, CLI_OPT_PROOF)) return cli_usage(cli, "--proof is missing");
    enum cli_exit result = prepare(&check, args);
    if (result == CLI_OK) result = check_all(&check);
    progress_stop();
    if (result == CLI_OK) result = verdict_write(cli, &check.verdict, "cell", "cells");
    release(&check);
    return result;
}

const struct cli_command cli_verify_cells = {
    .name = "verify-cells",
    .operands = "[FILE...]",
    .summary = "check cells against commitments",
    .text = "The files hold cells end to end; there is one proof for each. --indices says which of the 128 each one\n"
            "is, or one number for all (a column); without it they are whole rows, 0 to 127 for each blob.\n"
            "Commitments: one for each cell, one for all, or without --indices one for each blob.\n"
            "Spec: verify_cell_kzg_proof_batch.\n"
            "\n"
            "Prints 'valid' or 'not valid' and which are not; the exit status says the same: 0 or 1.\n",
    .examples = "kzg verify-cells --commitment 0x8f59...52b7 --proof @proofs.bin cells.bin\n"
                "kzg verify-cells --commitment @rows.hex --indices 17 --proof @proofs.bin column17.bin\n",
    .options =
        CLI_BIT(COMMITMENT) | CLI_BIT(PROOF) | CLI_BIT(INDICES) | CLI_BITS_CONTEXT | CLI_BITS_INPUT | CLI_BITS_ALWAYS,
    .operands_max = -1,
    .run = run,
};
