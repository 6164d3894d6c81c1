#include "base/hex.h"
#include "cli/context.h"
#include "cli/output.h"

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    struct output output;
    kzg_ctx *ctx = NULL;
    kzg_info info;
    char digest[2 * sizeof info.setup_sha256 + 1] = {0};
    CLI_TRY(context_open(cli, args, KZG_PRECOMPUTE_MIN, &ctx));
    kzg_status status = kzg_get_info(ctx, &info);
    enum cli_exit result = status.code == KZG_OK ? CLI_OK : cli_status_error(cli, status, NULL);
    if (result == CLI_OK) result = output_open(&output, cli, NULL, OUTPUT_HEX);
    if (result == CLI_OK) {
        hex_encode(digest, info.setup_sha256, sizeof info.setup_sha256);
        fprintf(output.stream,
                cli->json ? "{\"version\":\"%s\",\"library\":\"%s\",\"backend\":\"%s\",\"setup\":\"%s\","
                            "\"setup_sha256\":\"%s\"}\n"
                          : "kzg %s\nlibrary %s\nbackend %s\nsetup %s\nsetup-sha256 %s\n",
                KZG_VERSION_STRING, info.version, info.backend, info.setup_name, digest);
        result = output_close(&output, CLI_OK);
    }
    kzg_free(ctx);
    return result;
}

const struct cli_command cli_version = {
    .name = "version",
    .operands = "",
    .summary = "versions, arithmetic in use, trusted setup",
    .text =
        "Prints the versions of the tool and its library, the backend (the arithmetic in use on this machine),\n"
        "the name of the trusted setup and the SHA-256 of its points. 'kzg --version' prints one line, at once.\n",
    .examples = "kzg version --json\n",
    .options = CLI_BITS_CONTEXT | CLI_BITS_ALWAYS,
    .operands_max = 0,
    .run = run,
};
