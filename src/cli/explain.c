/* kzg explain: one request. */
#include "cli/remote.h"

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    if (args->operand_count == 0)
        return cli_usage(cli, "the request id is missing: it is in the answer's X-Request-Id and in the log");
    return remote_show_named(cli, args, "/debug/requests/", args->operands[0]);
}

const struct cli_command cli_explain = {
    .name = "explain",
    .operands = "REQUEST_ID",
    .summary = "what kzgd knows of one request: where its time went, or why it was refused",
    .text =
        "From the slow log and the samples of errors; a request that was neither slow nor refused is not there.\n",
    .examples = "kzg explain 5c0b1dc3fcdab41e-0000002a\n",
    .options = CLI_BITS_CLIENT,
    .operands_max = 1,
    .remote = true,
    .run = run,
};
