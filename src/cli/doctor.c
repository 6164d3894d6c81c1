/* kzg doctor: what is wrong with a kzgd, running or dead, by which evidence, and what to do next. */
#include "cli/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "diagnose/report.h"
#include "diagnose/rules.h"

/* This command's exit statuses beside CLI_FAILED. */
#define WELL     CLI_OK
#define WARNINGS CLI_NOT_VALID
#define CRITICAL CLI_BAD_INPUT

char *doctor_report(const struct facts *facts, const struct findings *findings, bool json, size_t *ret_length) {
    size_t (*write)(const struct facts *, const struct findings *, char *, size_t) = json ? report_json : report_text;
    *ret_length = write(facts, findings, NULL, 0);
    char *text = malloc(*ret_length + 1);
    if (text != NULL) write(facts, findings, text, *ret_length + 1);
    return text;
}

static enum cli_exit print(const struct cli *cli, const struct facts *facts, const struct findings *findings) {
    struct output output;
    size_t length;
    char *report = doctor_report(facts, findings, cli->json, &length);
    if (report == NULL) return cli_out_of_memory(cli);
    enum cli_exit result = output_open(&output, cli, NULL, OUTPUT_HEX);
    if (result == CLI_OK) {
        output_bytes(&output, (const uint8_t *)report, length);
        result = output_close(&output, CLI_OK);
    }
    free(report);
    return result;
}

/* The archive first: on standard output it is alone. */
static enum cli_exit tell(struct client *client, const struct cli_args *args, const struct facts *facts,
                          const struct findings *findings) {
    const struct cli *cli = client->cli;
    const char *path = args->value[CLI_OPT_BUNDLE];
    bool to_file = cli_given(args, CLI_OPT_BUNDLE), alone = to_file && strcmp(path, "-") == 0;
    enum cli_exit bundled = CLI_OK;
    size_t files = 0;
    if (to_file) bundled = doctor_bundle(client, facts, findings, path, cli_given(args, CLI_OPT_PROFILE), &files);
    if (!cli->quiet && !alone) CLI_TRY(print(cli, facts, findings));
    if (bundled != CLI_OK) return CLI_FAILED;
    if (to_file && !alone && !cli->quiet && !cli->json) printf("bundle: %s, %zu files\n", path, files);
    return CLI_OK;
}

static enum cli_exit verdict(const struct findings *findings) {
    switch (findings_worst(findings)) {
    case SEVERITY_CRITICAL: return CRITICAL;
    case SEVERITY_WARNING: return WARNINGS;
    default: return WELL;
    }
}

static enum cli_exit examine(struct client *client, const struct cli_args *args, const struct doctor_places *places) {
    struct facts facts;
    struct findings findings;
    enum cli_exit result = doctor_gather(client, places, &facts);
    bool room = findings_new(&findings);
    if (result == CLI_OK && !room) result = cli_out_of_memory(client->cli);
    if (result == CLI_OK) {
        rules_run(&facts, &findings);
        result = tell(client, args, &facts, &findings);
    }
    if (result == CLI_OK) result = verdict(&findings);
    findings_free(&findings);
    facts_free(&facts);
    return result;
}

static const char *value_of(const struct cli_args *args, enum cli_option option, const char *fallback) {
    return cli_given(args, option) ? args->value[option] : fallback;
}

static enum cli_exit check(const struct cli *cli, const struct cli_args *args) {
    static const enum cli_option named[] = {CLI_OPT_STATE_DIR, CLI_OPT_KERNEL_LOG, CLI_OPT_PROC_ROOT,
                                            CLI_OPT_CGROUP_ROOT, CLI_OPT_BUNDLE};
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        if (cli_given(args, named[i]) && args->value[named[i]][0] == '\0')
            return cli_usage(cli, "%s is empty", cli_option_name(named[i]));
    if (cli_given(args, CLI_OPT_PROFILE) && !cli_given(args, CLI_OPT_BUNDLE))
        return cli_usage(cli, "--profile goes into a bundle: --bundle FILE is missing");
    return CLI_OK;
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    struct client client;
    const struct doctor_places places = {
        .state_dir = value_of(args, CLI_OPT_STATE_DIR, NULL),
        .kernel_log = value_of(args, CLI_OPT_KERNEL_LOG, NULL),
        .proc_root = value_of(args, CLI_OPT_PROC_ROOT, "/proc"),
        .cgroup_root = value_of(args, CLI_OPT_CGROUP_ROOT, "/sys/fs/cgroup"),
        .given = cli_given(args, CLI_OPT_STATE_DIR) || cli_given(args, CLI_OPT_PROC_ROOT),
    };
    CLI_TRY(check(cli, args));
    enum cli_exit result = client_open(&client, cli, args);
    if (result == CLI_OK) result = examine(&client, args, &places);
    client_close(&client);
    return result;
}

const struct cli_command cli_doctor = {
    .name = "doctor",
    .operands = "",
    .summary = "what is wrong with a kzgd, running or dead: evidence and next step; exit status 0, 1, 2",
    .text =
        "Asks every page of kzgd's administration and looks at the machine, and prints findings in order of "
        "severity:\n"
        "critical, warning, info, ok; each with the figures that it is drawn from, what it means, and what to do "
        "next.\n"
        "A kzgd that does not answer is a finding; how its process ended is read from --state-dir. What cannot be "
        "read is\n"
        "said to be not known.\n"
        "Exit status: 0 nothing, 1 warnings, 2 something critical or wrong usage, 3 the bundle or the report could "
        "not be\n"
        "written.\n"
        "\n"
        "--bundle collects all that was looked at, for a colleague: no environment, no command lines, no bodies of\n"
        "requests.\n",
    .examples = "kzg doctor\n"
                "kzg doctor --state-dir /var/lib/kzgd\n"
                "kzg doctor --bundle kzgd.tar.gz --profile\n"
                "kzg doctor --json | jq '.findings[] | select(.severity == \"critical\")'\n",
    .options = CLI_BIT(BUNDLE) | CLI_BIT(PROFILE) | CLI_BIT(STATE_DIR) | CLI_BIT(KERNEL_LOG) | CLI_BIT(PROC_ROOT) |
               CLI_BIT(CGROUP_ROOT) | CLI_BITS_CLIENT,
    .remote = true,
    .run = run,
};
