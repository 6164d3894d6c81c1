#include "cli/context.h"
#include "cli/json_write.h"
#include "cli/output.h"

static void write_result(struct output *output, unsigned passed, unsigned total, const char *failed) {
    FILE *out = output->stream;
    if (!output->cli->json) {
        fprintf(out, "self-test %s: %u of %u answers right, backend %s\n", passed == total ? "passed" : "failed",
                passed, total, kzg_backend_name());
        return;
    }
    fprintf(out, "{\"passed\":%u,\"total\":%u,\"backend\":\"%s\",\"failed\":", passed, total, kzg_backend_name());
    if (failed == NULL)
        fputs("null", out);
    else
        json_write_string(out, failed);
    fputs("}\n", out);
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    struct output output;
    kzg_ctx *ctx = NULL;
    unsigned passed = 0, total = 0;
    const char *failed = NULL;
    CLI_TRY(context_open(cli, args, KZG_PRECOMPUTE_DEFAULT, &ctx));
    kzg_status status = kzg_self_test(ctx, &passed, &total, &failed);
    kzg_free(ctx);
    /* Its inputs are our own: whatever is wrong with them is not the user's. */
    if (status.code != KZG_OK)
        return cli_error(cli, CLI_FAILED, kzg_code_name((kzg_code)status.code), NULL, "the self-test broke off: %s",
                         kzg_code_text((kzg_code)status.code));
    if (!cli->quiet) {
        CLI_TRY(output_open(&output, cli, NULL, OUTPUT_HEX));
        write_result(&output, passed, total, failed);
        CLI_TRY(output_close(&output, CLI_OK));
    }
    if (total > 0 && passed == total && failed == NULL) return CLI_OK;
    return cli_error(cli, CLI_FAILED, status_code_name(ST_INTERNAL), NULL,
                     "%u of %u answers are right; the first wrong one: %s", passed, total,
                     failed == NULL ? "not named" : failed);
}

const struct cli_command cli_selftest = {
    .name = "selftest",
    .operands = "",
    .summary = "compute and verify known answers on this machine",
    .text =
        "Runs every operation, with the arithmetic in use, on embedded inputs and compares with the answers that\n"
        "are known; also wrong proofs must be refused. With --trusted-setup: what is computed must verify.\n"
        "Exit status 0: all right. 3: something is wrong with this build or this machine; do not use it.\n",
    .examples = "kzg selftest\n"
                "kzg selftest --backend portable\n",
    .options = CLI_BITS_TABLES | CLI_BITS_ALWAYS,
    .operands_max = 0,
    .run = run,
};
