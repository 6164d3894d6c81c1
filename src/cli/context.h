/* The libkzg context that a command works with, by --trusted-setup, --backend, --precompute and --table-cache. */
#ifndef CLI_CONTEXT_H
#define CLI_CONTEXT_H

#include "cli/cli.h"

/* Makes it; precompute is the level when neither --precompute nor --table-cache is given. The caller gives it to
 * kzg_free. Once in a process: what it maps stays. */
enum cli_exit context_open(struct cli *cli, const struct cli_args *args, int precompute, kzg_ctx **ret_ctx);

/* Applies --backend alone, for commands that need no context. */
enum cli_exit context_backend(const struct cli *cli, const struct cli_args *args);

#endif
