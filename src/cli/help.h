/* The table of commands, and help made from it. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

#include "cli/cli.h"

/* In the order of the help. */
extern const struct cli_command *const cli_commands[];
extern const size_t cli_command_count;

/* The command of that name, or NULL. */
const struct cli_command *cli_find_command(const char *name);

/* A command's help, on standard output. */
enum cli_exit cli_help_command(const struct cli *cli, const struct cli_command *command);

/* The list of all commands, on out. */
void cli_help_list(FILE *out);

#endif
