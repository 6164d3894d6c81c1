/* kzg: finds the command, reads its options, runs it. */
#include <stdio.h>
#include <string.h>

#include "cli/help.h"
#include "cli/output.h"

const struct cli_command *const cli_commands[] = {
    &cli_commit,    &cli_prove,     &cli_verify,  &cli_cells,   &cli_recover,  &cli_verify_cells,
    &cli_challenge, &cli_make_blob, &cli_unpack,  &cli_run,     &cli_selftest, &cli_bench,
    &cli_version,   &cli_help,      &cli_doctor,  &cli_health,  &cli_watch,    &cli_profile,
    &cli_slow,      &cli_explain,   &cli_errors,  &cli_memory,  &cli_cpu,      &cli_metrics,
    &cli_log,       &cli_drain,     &cli_undrain, &cli_upgrade, &cli_rollback,
};
const size_t cli_command_count = sizeof cli_commands / sizeof *cli_commands;

/* "kzg commit", for messages. */
static void name_command(struct cli *cli, const struct cli_command *command, char *name, size_t size) {
    snprintf(name, size, "kzg %s", command->name);
    cli->command = name;
}

static enum cli_exit run_command(struct cli *cli, const struct cli_command *command, char **argv, int argc) {
    char name[64];
    struct cli_args args;
    name_command(cli, command, name, sizeof name);
    enum cli_exit result = cli_args_parse(cli, command, argv, argc, &args);
    if (result == CLI_OK)
        result = cli_given(&args, CLI_OPT_HELP) ? cli_help_command(cli, command) : command->run(cli, &args);
    cli_args_free(&args);
    return result;
}

static enum cli_exit print_version(const struct cli *cli) {
    struct output output;
    CLI_TRY(output_open(&output, cli, NULL, OUTPUT_HEX));
    fprintf(output.stream, "kzg %s\n", KZG_VERSION_STRING);
    return output_close(&output, CLI_OK);
}

int main(int argc, char **argv) {
    struct cli cli = {.command = "kzg"};
    output_install_signals();
    if (argc < 2) {
        cli_help_list(stderr);
        return CLI_BAD_INPUT;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) return (int)print_version(&cli);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) name = cli_help.name;
    const struct cli_command *command = cli_find_command(name);
    if (command == NULL && name[0] == '-')
        return (int)cli_usage(&cli, "there is no option '%s' before a command", name);
    if (command == NULL) return (int)cli_usage(&cli, "there is no command '%s'", name);
    return (int)run_command(&cli, command, argv + 2, argc - 2);
}
