#include <inttypes.h>
#include <stdlib.h>

#include "cli/blobs.h"
#include "cli/context.h"
#include "cli/progress.h"
#include "cli/verdict.h"

/* Blobs that are held and checked together: 8 MiB. */
#define BATCH 64

/* ---- A proof at a point ------------------------------------------------------------------------------------- */

struct point_claim {
    kzg_bytes48 commitment;
    kzg_bytes32 z;
    kzg_bytes32 y;
    kzg_bytes48 proof;
};

static enum cli_exit read_point_claim(struct cli *cli, const struct cli_args *args, struct point_claim *claim) {
    CLI_TRY(value_of_option(cli, args, CLI_OPT_COMMITMENT, claim->commitment.bytes, sizeof claim->commitment.bytes));
    CLI_TRY(value_of_option(cli, args, CLI_OPT_Z, claim->z.bytes, sizeof claim->z.bytes));
    CLI_TRY(value_of_option(cli, args, CLI_OPT_Y, claim->y.bytes, sizeof claim->y.bytes));
    return value_of_option(cli, args, CLI_OPT_PROOF, claim->proof.bytes, sizeof claim->proof.bytes);
}

static enum cli_exit point_error(const struct cli *cli, kzg_status status, const struct point_claim *claim) {
    struct cli_place place = {.file = NULL};
    switch (status.argument) {
    case KZG_ARG_COMMITMENT: place.file = cli_option_name(CLI_OPT_COMMITMENT); break;
    case KZG_ARG_Z: place.file = cli_option_name(CLI_OPT_Z); break;
    case KZG_ARG_Y: place.file = cli_option_name(CLI_OPT_Y); break;
    case KZG_ARG_PROOF: place.file = cli_option_name(CLI_OPT_PROOF); break;
    default: break;
    }
    return element_error(cli, status, &place, status.argument == KZG_ARG_Y ? claim->y.bytes : claim->z.bytes);
}

static enum cli_exit verify_point(struct cli *cli, const struct cli_args *args) {
    struct point_claim claim;
    struct verdict verdict = {.total = 1};
    kzg_ctx *ctx = NULL;
    bool valid = false;
    if (args->operand_count > 0) return cli_usage(cli, "with --z and --y no blob is read: '%s'", args->operands[0]);
    CLI_TRY(read_point_claim(cli, args, &claim));
    CLI_TRY(context_open(cli, args, KZG_PRECOMPUTE_MIN, &ctx));
    kzg_status status = kzg_verify_kzg_proof(ctx, &valid, &claim.commitment, &claim.z, &claim.y, &claim.proof);
    kzg_free(ctx);
    if (status.code != KZG_OK) return point_error(cli, status, &claim);
    enum cli_exit result = valid ? CLI_OK : verdict_add_invalid(cli, &verdict, 0);
    if (result == CLI_OK) result = verdict_write(cli, &verdict, "claim", "claims");
    verdict_free(&verdict);
    return result;
}

/* ---- Blob proofs --------------------------------------------------------------------------------------------- */

struct blob_check {
    struct cli *cli;
    kzg_ctx *ctx;
    struct items commitments;
    struct items proofs;
    struct reader reader;
    struct verdict verdict;
    kzg_blob *blobs;         /* BATCH */
    struct item_mark *marks; /* where each came from */
    size_t held;
    size_t base; /* number of blobs[0] */
};

static enum cli_exit check_error(const struct blob_check *check, kzg_status status, size_t first) {
    size_t i = first + (size_t)status.index;
    struct cli_place place = {.item = kzg_argument_name((kzg_argument)status.argument), .index = check->base + i};
    switch (status.argument) {
    case KZG_ARG_BLOB: return item_error(check->cli, status, &check->marks[i], check->blobs[i].bytes);
    case KZG_ARG_COMMITMENT: place.file = cli_option_name(CLI_OPT_COMMITMENT); break;
    case KZG_ARG_PROOF: place.file = cli_option_name(CLI_OPT_PROOF); break;
    default: return cli_status_error(check->cli, status, NULL);
    }
    return cli_status_error(check->cli, status, &place);
}

static enum cli_exit check_blobs(void *state, size_t first, size_t n, bool *ret_valid) {
    struct blob_check *check = state;
    const kzg_bytes48 *commitments = (const kzg_bytes48 *)check->commitments.bytes + check->base + first;
    const kzg_bytes48 *proofs = (const kzg_bytes48 *)check->proofs.bytes + check->base + first;
    const kzg_blob *blobs = check->blobs + first;
    kzg_status status = n == 1
                            ? kzg_verify_blob_kzg_proof(check->ctx, ret_valid, blobs, commitments, proofs)
                            : kzg_verify_blob_kzg_proof_batch(check->ctx, ret_valid, blobs, commitments, proofs, n);
    return status.code == KZG_OK ? CLI_OK : check_error(check, status, first);
}

static enum cli_exit check_held(struct blob_check *check) {
    CLI_TRY(verdict_batch(check->cli, &check->verdict, check->base, check->held, check_blobs, check));
    check->base += check->held;
    check->held = 0;
    progress_step(check->base);
    return CLI_OK;
}

static enum cli_exit check_counts(const struct blob_check *check, bool at_end) {
    uint64_t blobs = check->reader.items;
    const struct items *lists[] = {&check->commitments, &check->proofs};
    for (int i = 0; i < 2; i++) {
        if (lists[i]->count == blobs || (!at_end && lists[i]->count > blobs)) continue;
        return cli_error(check->cli, CLI_BAD_INPUT, status_code_name(ST_LENGTH_MISMATCH), NULL,
                         "%zu %s, but %s%" PRIu64 " blobs: expected one for each", lists[i]->count,
                         lists[i]->kind->plural, at_end ? "" : "at least ", blobs);
    }
    return CLI_OK;
}

static enum cli_exit check_all(struct blob_check *check) {
    bool got;
    progress_start(check->cli, check->reader.kind->plural, check->commitments.count);
    for (;;) {
        if (check->held == BATCH) CLI_TRY(check_held(check));
        CLI_TRY(reader_next(&check->reader, check->blobs[check->held].bytes, &got));
        CLI_TRY(check_counts(check, !got));
        if (!got) return check_held(check);
        check->marks[check->held++] = reader_mark(&check->reader);
    }
}

static enum cli_exit prepare(struct blob_check *check, const struct cli_args *args) {
    struct cli *cli = check->cli;
    CLI_TRY(items_of_option(&check->commitments, cli, args, CLI_OPT_COMMITMENT, &kind_commitment));
    CLI_TRY(items_of_option(&check->proofs, cli, args, CLI_OPT_PROOF, &kind_proof));
    CLI_TRY(reader_open(&check->reader, cli, &kind_blob, args->operands, args->operand_count, input_form_of(args)));
    check->blobs = malloc(BATCH * sizeof *check->blobs);
    check->marks = malloc(BATCH * sizeof *check->marks);
    if (check->blobs == NULL || check->marks == NULL) return cli_out_of_memory(cli);
    return context_open(cli, args, KZG_PRECOMPUTE_MIN, &check->ctx);
}

static enum cli_exit verify_blobs(struct cli *cli, const struct cli_args *args) {
    struct blob_check check = {.cli = cli, .reader = {.fd = -1}};
    enum cli_exit result = prepare(&check, args);
    if (result == CLI_OK) result = check_all(&check);
    progress_stop();
    if (result == CLI_OK) result = verdict_write(cli, &check.verdict, "blob", "blobs");
    verdict_free(&check.verdict);
    kzg_free(check.ctx);
    reader_close(&check.reader);
    items_free(&check.commitments);
    items_free(&check.proofs);
    free(check.blobs);
    free(check.marks);
    return result;
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    bool z = cli_given(args, CLI_OPT_Z), y = cli_given(args, CLI_OPT_Y);
    if (!cli_given(args, CLI_OPT_COMMITMENT)) return cli_usage(cli, "--commitment is missing");
    if (!cli_given(args, CLI_OPT_PROOF)) return cli_usage(cli, "--proof is missing");
    if (z != y) return cli_usage(cli, "%s is missing: --z and --y go together", z ? "--y" : "--z");
    return z ? verify_point(cli, args) : verify_blobs(cli, args);
}

const struct cli_command cli_verify = {
    .name = "verify",
    .operands = "[FILE...]",
    .summary = "check proofs of blobs, one or many, or a proof at a point",
    .text = "With --z and --y: is the value of the committed polynomial at z equal to y? No blob is read.\n"
            "Spec: verify_kzg_proof.\n"
            "\n"
            "Without them: are these blobs the ones committed to? There must be as many commitments and proofs as\n"
            "blobs. Several are checked in batches, and one by one only to name those that are not valid.\n"
            "Spec: verify_blob_kzg_proof, verify_blob_kzg_proof_batch.\n"
            "\n"
            "Prints 'valid' or 'not valid'; the exit status says the same: 0 or 1.\n",
    .examples = "kzg verify --commitment 0x8f59...52b7 --proof 0xa1b0...77c3 blob.bin\n"
                "kzg verify --commitment @commitments.hex --proof @proofs.hex archive.bin\n"
                "kzg verify --commitment 0x8f59...52b7 --z 0x00...02 --y 0x1f...00 --proof 0xb30b...1e43\n",
    .options = CLI_BIT(COMMITMENT) | CLI_BIT(PROOF) | CLI_BIT(Z) | CLI_BIT(Y) | CLI_BITS_CONTEXT | CLI_BITS_INPUT |
               CLI_BITS_ALWAYS,
    .operands_max = -1,
    .run = run,
};
