#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

struct option_entry {
    const char *name; /* with the dashes */
    char letter;
    bool has_value;
    bool repeatable;
};

static const struct option_entry entries[CLI_OPTIONS] = {
#define X(id, name, letter, value, repeatable, help) {"--" name, letter, (value) != NULL, repeatable},
    CLI_OPTION_LIST(X)
#undef X
};

const char *cli_option_name(enum cli_option option) {
    return entries[option].name;
}

bool cli_number(const char *text, size_t length, uint64_t *ret_number) {
    uint64_t number = 0;
    if (length == 0) return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        unsigned digit = (unsigned)(text[i] - '0');
        if (number > (UINT64_MAX - digit) / 10) return false;
        number = number * 10 + digit;
    }
    *ret_number = number;
    return true;
}

/* The option that argument names (its first length characters), or CLI_OPTIONS. */
static enum cli_option find_option(const char *argument, size_t length) {
    for (int i = 0; i < CLI_OPTIONS; i++) {
        const struct option_entry *entry = &entries[i];
        if (strlen(entry->name) == length && memcmp(entry->name, argument, length) == 0) return (enum cli_option)i;
        if (length == 2 && argument[1] == entry->letter && entry->letter != 0) return (enum cli_option)i;
    }
    return CLI_OPTIONS;
}

static enum cli_exit add_option(const struct cli *cli, struct cli_args *args, enum cli_option option,
                                const char *value) {
    bool again = cli_given(args, option);
    if (again && !entries[option].repeatable && entries[option].has_value)
        return cli_usage(cli, "%s is given twice", entries[option].name);
    args->given |= UINT64_C(1) << option;
    if (!again) args->value[option] = value;
    args->list[args->list_count++] = (struct cli_arg){option, value};
    return CLI_OK;
}

/* One argument that starts with a dash. *i moves on when its value is the next one. */
static enum cli_exit parse_option(const struct cli *cli, const struct cli_command *command, char **argv, int argc,
                                  int *i, struct cli_args *args) {
    const char *argument = argv[*i];
    const char *equals = argument[1] == '-' ? strchr(argument, '=') : NULL;
    size_t length = equals != NULL ? (size_t)(equals - argument) : strlen(argument);
    enum cli_option option = find_option(argument, length);
    if (option == CLI_OPTIONS) return cli_usage(cli, "there is no option %.*s", (int)length, argument);
    if ((command->options >> option & 1) == 0)
        return cli_usage(cli, "%s does not take %s", command->name, entries[option].name);
    if (!entries[option].has_value) {
        if (equals != NULL) return cli_usage(cli, "%s takes no value", entries[option].name);
        return add_option(cli, args, option, NULL);
    }
    if (equals != NULL) return add_option(cli, args, option, equals + 1);
    if (*i + 1 >= argc) return cli_usage(cli, "%s needs a value", entries[option].name);
    *i += 1;
    return add_option(cli, args, option, argv[*i]);
}

static enum cli_exit check_operands(const struct cli *cli, const struct cli_command *command,
                                    const struct cli_args *args) {
    if (command->operands_max >= 0 && args->operand_count > (size_t)command->operands_max)
        return cli_usage(cli, "%s takes %s; '%s' is too many", command->name,
                         command->operands_max == 0 ? "no operands" : command->operands,
                         args->operands[command->operands_max]);
    for (size_t i = 0; i < args->operand_count; i++)
        if (args->operands[i][0] == '\0')
            return cli_usage(cli, "a file name is empty (operand %zu); standard input is written as -", i + 1);
    return CLI_OK;
}

static enum cli_exit check_combination(const struct cli *cli, const struct cli_args *args) {
    if (cli_given(args, CLI_OPT_RAW) && cli_given(args, CLI_OPT_HEX))
        return cli_usage(cli, "--raw and --hex exclude each other");
    if (cli_given(args, CLI_OPT_JSON) && cli_given(args, CLI_OPT_FORMAT))
        return cli_usage(cli, "--json and --format exclude each other");
    return CLI_OK;
}

enum cli_exit cli_args_parse(struct cli *cli, const struct cli_command *command, char **argv, int argc,
                             struct cli_args *args) {
    bool options_end = false;
    *args = (struct cli_args){0};
    args->list = calloc((size_t)argc + 1, sizeof *args->list);
    args->operands = calloc((size_t)argc + 1, sizeof *args->operands);
    if (args->list == NULL || args->operands == NULL) return cli_out_of_memory(cli);
    /* First, so that the errors that follow come in the form that was asked for. */
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0 || strcmp(argv[i], "-j") == 0) cli->json = true;
    for (int i = 0; i < argc; i++) {
        if (options_end || argv[i][0] != '-' || argv[i][1] == '\0') {
            args->operands[args->operand_count++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            options_end = true;
        } else {
            CLI_TRY(parse_option(cli, command, argv, argc, &i, args));
            if (cli_given(args, CLI_OPT_HELP)) return CLI_OK;
        }
    }
    cli->quiet = cli_given(args, CLI_OPT_QUIET);
    CLI_TRY(check_operands(cli, command, args));
    return check_combination(cli, args);
}

void cli_args_free(struct cli_args *args) {
    free(args->list);
    free((void *)args->operands);
    *args = (struct cli_args){0};
}

enum cli_exit cli_args_number(const struct cli *cli, const struct cli_args *args, enum cli_option option,
                              uint64_t low, uint64_t high, uint64_t fallback, uint64_t *ret_number) {
    uint64_t number = fallback;
    if (cli_given(args, option)) {
        const char *text = args->value[option];
        if (!cli_number(text, strlen(text), &number) || number < low || number > high)
            return cli_usage(cli, "%s is '%s': expected a number from %llu to %llu", entries[option].name, text,
                             (unsigned long long)low, (unsigned long long)high);
    }
    *ret_number = number;
    return CLI_OK;
}
