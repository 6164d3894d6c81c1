#include "cli/help.h"

#include <string.h>

#include "cli/output.h"

const struct cli_command *cli_find_command(const char *name) {
    for (size_t i = 0; i < cli_command_count; i++)
        if (strcmp(cli_commands[i]->name, name) == 0) return cli_commands[i];
    return NULL;
}

static void put_commands(FILE *out, bool remote) {
    for (size_t i = 0; i < cli_command_count; i++)
        if (cli_commands[i]->remote == remote)
            fprintf(out, "  %-14s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
}

void cli_help_list(FILE *out) {
    fputs("kzg: KZG commitments to blobs (EIP-4844) and cells (EIP-7594), offline, and a look at a running kzgd\n"
          "\n"
          "Usage: kzg COMMAND [OPTION...] [FILE...]\n"
          "\n"
          "Commands:\n",
          out);
    put_commands(out, false);
    fputs("\nCommands for a running kzgd:\n", out);
    put_commands(out, true);
    fputs(
        "\n"
        "Input: files, or standard input without a file or for '-'. Blobs are 131072 bytes, raw and end to end, or\n"
        "hexadecimal.\n"
        "\n"
        "Exit status: 0 done, valid; 1 not valid; 2 bad input or usage; 3 failed. health: 0 healthy, 1 degraded,\n"
        "2 failed or not reachable. doctor: 0 nothing, 1 warnings, 2 something critical.\n"
        "\n"
        "'kzg COMMAND --help' tells more about a command.\n",
        out);
}

static void write_option(FILE *out, const char *name, char letter, const char *value, const char *help) {
    char left[64];
    const char *separator = value == NULL ? "" : " ";
    if (letter != 0)
        snprintf(left, sizeof left, "-%c, --%s%s%s", letter, name, separator, value == NULL ? "" : value);
    else
        snprintf(left, sizeof left, "    --%s%s%s", name, separator, value == NULL ? "" : value);
    fprintf(out, "  %-26s %s\n", left, help);
}

static void write_options(FILE *out, uint64_t options) {
    fputs("\nOptions:\n", out);
#define X(id, name, letter, value, repeatable, help) \
    if ((options & CLI_BIT(id)) != 0) write_option(out, name, letter, value, help);
    CLI_OPTION_LIST(X)
#undef X
}

/* Each line of text behind two blanks. */
static void write_indented(FILE *out, const char *text) {
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        fprintf(out, "  %.*s\n", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

enum cli_exit cli_help_command(const struct cli *cli, const struct cli_command *command) {
    struct output output;
    CLI_TRY(output_open(&output, cli, NULL, OUTPUT_HEX));
    FILE *out = output.stream;
    fprintf(out, "kzg %s: %s\n\nUsage: kzg %s [OPTION...]%s%s\n\n%s", command->name, command->summary, command->name,
            command->operands[0] == '\0' ? "" : " ", command->operands, command->text);
    write_options(out, command->options);
    fputs("\nExamples:\n", out);
    write_indented(out, command->examples);
    return output_close(&output, CLI_OK);
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    struct output output;
    if (args->operand_count > 0) {
        const struct cli_command *command = cli_find_command(args->operands[0]);
        if (command == NULL) return cli_usage(cli, "there is no command '%s'", args->operands[0]);
        return cli_help_command(cli, command);
    }
    CLI_TRY(output_open(&output, cli, NULL, OUTPUT_HEX));
    cli_help_list(output.stream);
    return output_close(&output, CLI_OK);
}

const struct cli_command cli_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .summary = "this list, or a command's help",
    .text = "Without a command: all commands.\n",
    .examples = "kzg help recover\n",
    .options = CLI_BIT(HELP),
    .operands_max = 1,
    .run = run,
};
