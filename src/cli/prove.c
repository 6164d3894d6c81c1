#include "cli/blobs.h"

static enum cli_exit write_result(struct blob_job *job, const kzg_bytes48 *proof, const kzg_bytes32 *y,
                                  const kzg_bytes48 *commitment) {
    struct output *output = &job->output;
    if (!job->cli->json && (y == NULL || output->form == OUTPUT_RAW)) {
        output_item(output, proof->bytes, sizeof proof->bytes);
        if (y != NULL) output_item(output, y->bytes, sizeof y->bytes);
        return CLI_OK;
    }
    if (!job->cli->json) {
        output_hex(output, proof->bytes, sizeof proof->bytes);
        fputc(' ', output->stream);
        output_item(output, y->bytes, sizeof y->bytes);
        return CLI_OK;
    }
    blobs_json_head(job);
    if (commitment != NULL) {
        fprintf(output->stream, ",\"commitment\":");
        output_json_hex(output, commitment->bytes, sizeof commitment->bytes);
    }
    fprintf(output->stream, ",\"proof\":");
    output_json_hex(output, proof->bytes, sizeof proof->bytes);
    if (y != NULL) {
        fprintf(output->stream, ",\"y\":");
        output_json_hex(output, y->bytes, sizeof y->bytes);
    }
    fprintf(output->stream, "}\n");
    return CLI_OK;
}

static enum cli_exit prove_at_z(struct blob_job *job, const kzg_blob *blob) {
    const kzg_bytes32 *z = job->state;
    kzg_bytes48 proof;
    kzg_bytes32 y;
    kzg_status status = kzg_compute_kzg_proof(job->ctx, &proof, &y, blob, z);
    if (status.code == KZG_OK) return write_result(job, &proof, &y, NULL);
    if (status.argument == KZG_ARG_Z) {
        struct cli_place place = {.file = cli_option_name(CLI_OPT_Z)};
        return element_error(job->cli, status, &place, z->bytes);
    }
    return blobs_error(job, status, blob);
}

static enum cli_exit prove_blob(struct blob_job *job, const kzg_blob *blob) {
    kzg_bytes48 commitment, proof;
    kzg_status status = {0};
    if (job->commitments != NULL)
        commitment = blobs_commitment(job);
    else
        status = kzg_blob_to_kzg_commitment(job->ctx, &commitment, blob);
    if (status.code == KZG_OK) status = kzg_compute_blob_kzg_proof(job->ctx, &proof, blob, &commitment);
    if (status.code != KZG_OK) return blobs_error(job, status, blob);
    return write_result(job, &proof, NULL, &commitment);
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    bool at_z = cli_given(args, CLI_OPT_Z);
    bool with_commitments = cli_given(args, CLI_OPT_COMMITMENT);
    kzg_bytes32 z;
    struct items commitments = {0};
    struct blob_job job = {.cli = cli,
                           .args = args,
                           .context = BLOBS_TABLES,
                           .commitments = with_commitments ? &commitments : NULL,
                           .work = at_z ? prove_at_z : prove_blob,
                           .state = &z};
    if (at_z && with_commitments)
        return cli_usage(cli, "--commitment is for blob proofs; a proof at --z does not depend on it");
    if (at_z) CLI_TRY(value_of_option(cli, args, CLI_OPT_Z, z.bytes, sizeof z.bytes));
    enum cli_exit result = items_of_option(&commitments, cli, args, CLI_OPT_COMMITMENT, &kind_commitment);
    if (result == CLI_OK) result = blobs_run(&job);
    items_free(&commitments);
    return result;
}

const struct cli_command cli_prove = {
    .name = "prove",
    .operands = "[FILE...]",
    .summary = "proofs of blobs: at a point, or blob proofs",
    .text = "With --z: for every blob the proof (48 bytes) of its value at z, and that value y (32 bytes), on one\n"
            "line. Spec: compute_kzg_proof.\n"
            "\n"
            "Without --z: the blob proof of every blob. Its commitment is computed, unless --commitment gives one\n"
            "for each blob, which saves that time. Spec: compute_blob_kzg_proof.\n",
    .examples = "kzg prove blob.bin\n"
                "kzg prove --z 0x0000000000000000000000000000000000000000000000000000000000000002 blob.bin\n",
    .options =
        CLI_BIT(COMMITMENT) | CLI_BIT(Z) | CLI_BITS_TABLES | CLI_BITS_INPUT | CLI_BITS_OUTPUT | CLI_BITS_ALWAYS,
    .operands_max = -1,
    .run = run,
};
