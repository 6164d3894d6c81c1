/* kzg log level: the level of kzgd's log, while it runs. */
#include <string.h>

#include "cli/remote.h"

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    if (args->operand_count == 0 || strcmp(args->operands[0], "level") != 0)
        return cli_usage(cli, "expected 'log level' or 'log level LEVEL'");
    if (args->operand_count == 1) return remote_show(cli, args, NULL, "/debug/log-level", NULL);
    return remote_show(cli, args, "PUT", "/debug/log-level", args->operands[1]);
}

const struct cli_command cli_log = {
    .name = "log",
    .operands = "level [LEVEL]",
    .summary = "the log's level, or another one from now on",
    .text = "Levels: debug, info, warn, error. The new level holds until it is changed again or kzgd ends.\n",
    .examples = "kzg log level\nkzg log level debug\n",
    .options = CLI_BITS_CLIENT,
    .operands_max = 2,
    .remote = true,
    .run = run,
};
