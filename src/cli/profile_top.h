/* The table of a CPU profile. */
#ifndef CLI_PROFILE_TOP_H
#define CLI_PROFILE_TOP_H

#include "cli/cli.h"

/* Prints the functions of folded stacks ("main;work;mul 12", one a line) by the samples taken in them, most first, on
 * standard output; with --json as one object. folded is changed. */
enum cli_exit profile_top(const struct cli *cli, char *folded);

#endif
