#include "cli/blobs.h"

static enum cli_exit commit_blob(struct blob_job *job, const kzg_blob *blob) {
    kzg_bytes48 commitment;
    kzg_status status = kzg_blob_to_kzg_commitment(job->ctx, &commitment, blob);
    if (status.code != KZG_OK) return blobs_error(job, status, blob);
    if (!job->cli->json) {
        output_item(&job->output, commitment.bytes, sizeof commitment.bytes);
        return CLI_OK;
    }
    blobs_json_head(job);
    fprintf(job->output.stream, ",\"commitment\":");
    output_json_hex(&job->output, commitment.bytes, sizeof commitment.bytes);
    fprintf(job->output.stream, "}\n");
    return CLI_OK;
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    struct blob_job job = {.cli = cli, .args = args, .context = BLOBS_TABLES, .work = commit_blob};
    return blobs_run(&job);
}

const struct cli_command cli_commit = {
    .name = "commit",
    .operands = "[FILE...]",
    .summary = "commitments to blobs",
    .text = "Writes the KZG commitment (48 bytes) of every blob of the files, in order. Without a file, or for -,\n"
            "standard input is read. Spec: blob_to_kzg_commitment.\n",
    .examples = "kzg commit blob.bin\n"
                "kzg make-blob < report.pdf | kzg commit --json\n",
    .options = CLI_BITS_TABLES | CLI_BITS_INPUT | CLI_BITS_OUTPUT | CLI_BITS_ALWAYS,
    .operands_max = -1,
    .run = run,
};
