/* The command line: options anywhere, values as "--name value" or "--name=value", "--" ends them, "-" is an operand.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/exit.h"
#include "cli/options_list.h"

enum cli_option {
#define X(id, name, letter, value, repeatable, help) CLI_OPT_##id,
    CLI_OPTION_LIST(X)
#undef X
        CLI_OPTIONS
};

#define CLI_BIT(id) (UINT64_C(1) << CLI_OPT_##id)

/* What most commands take. */
#define CLI_BITS_CONTEXT (CLI_BIT(TRUSTED_SETUP) | CLI_BIT(BACKEND) | CLI_BIT(PRECOMPUTE))
#define CLI_BITS_TABLES  (CLI_BITS_CONTEXT | CLI_BIT(TABLE_CACHE))
#define CLI_BITS_INPUT   (CLI_BIT(RAW) | CLI_BIT(HEX))
#define CLI_BITS_OUTPUT  (CLI_BIT(OUTPUT) | CLI_BIT(FORMAT))
#define CLI_BITS_ALWAYS  (CLI_BIT(JSON) | CLI_BIT(QUIET) | CLI_BIT(HELP))

struct cli;
struct cli_command;

/* A parsed command line. Strings are those of argv. */
struct cli_args {
    uint64_t given;                 /* CLI_BIT of each option that is there */
    const char *value[CLI_OPTIONS]; /* of options with one; of a repeatable one the first */
    struct cli_arg {
        enum cli_option option; /* every option in order, for the repeatable ones */
        const char *value;
    } * list;
    size_t list_count;
    const char **operands;
    size_t operand_count;
};

static inline bool cli_given(const struct cli_args *args, enum cli_option option) {
    return (args->given >> option & 1) != 0;
}

/* Parses argv[0..argc) (behind the command's name) by what the command takes; tells what is wrong. The lists need
 * cli_args_free, also after an error. With --help found, nothing else is checked. */
enum cli_exit cli_args_parse(struct cli *cli, const struct cli_command *command, char **argv, int argc,
                             struct cli_args *ret_args);
void cli_args_free(struct cli_args *args);

/* An option's number in [low, high], or fallback when the option is not given. Decimal digits only. */
enum cli_exit cli_args_number(const struct cli *cli, const struct cli_args *args, enum cli_option option,
                              uint64_t low, uint64_t high, uint64_t fallback, uint64_t *ret_number);

/* Decimal digits, all of text[0..length), without overflow. */
bool cli_number(const char *text, size_t length, uint64_t *ret_number);

/* "--name" */
const char *cli_option_name(enum cli_option option);

#endif
