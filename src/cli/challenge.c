#include "cli/blobs.h"

static enum cli_exit challenge_blob(struct blob_job *job, const kzg_blob *blob) {
    kzg_bytes32 challenge;
    kzg_bytes48 commitment = blobs_commitment(job);
    kzg_status status = kzg_compute_challenge(&challenge, blob, &commitment);
    if (status.code != KZG_OK) return blobs_error(job, status, blob);
    if (!job->cli->json) {
        output_item(&job->output, challenge.bytes, sizeof challenge.bytes);
        return CLI_OK;
    }
    blobs_json_head(job);
    fprintf(job->output.stream, ",\"challenge\":");
    output_json_hex(&job->output, challenge.bytes, sizeof challenge.bytes);
    fprintf(job->output.stream, "}\n");
    return CLI_OK;
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    struct items commitments = {0};
    struct blob_job job = {.cli = cli, .args = args, .commitments = &commitments, .work = challenge_blob};
    if (!cli_given(args, CLI_OPT_COMMITMENT)) return cli_usage(cli, "--commitment is missing");
    enum cli_exit result = items_of_option(&commitments, cli, args, CLI_OPT_COMMITMENT, &kind_commitment);
    if (result == CLI_OK) result = blobs_run(&job);
    items_free(&commitments);
    return result;
}

const struct cli_command cli_challenge = {
    .name = "challenge",
    .operands = "[FILE...]",
    .summary = "Fiat-Shamir challenges of blobs and their commitments",
    .text = "Writes for every blob the point at which its blob proof opens it (32 bytes). There must be as many\n"
            "commitments as blobs; they are hashed as they are and need not be valid. Spec: compute_challenge.\n",
    .examples = "kzg challenge --commitment 0x8f59...52b7 blob.bin\n",
    .options = CLI_BIT(COMMITMENT) | CLI_BITS_INPUT | CLI_BITS_OUTPUT | CLI_BITS_ALWAYS,
    .operands_max = -1,
    .run = run,
};
