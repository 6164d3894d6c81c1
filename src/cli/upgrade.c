/* kzg upgrade and kzg rollback. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/input.h"
#include "cli/json_write.h"
#include "cli/output.h"
#include "cli/upgrade_report.h"
#include "cli/upgrade_session.h"
#include "upgrade/drivers.h"
#include "upgrade/lock.h"
#include "upgrade/names.h"

#define SETTINGS_FILE "settings"
#define SETTINGS_MAX  ((size_t)64 << 10)
#define HISTORY_SHOWN 50

/* What only an upgrade that begins takes. */
#define BITS_BEGIN                                                                                       \
    (CLI_BIT(TO) | CLI_BIT(DRIVER) | CLI_BIT(DRY_RUN) | CLI_BIT(CANARY) | CLI_BIT(MAX_UNAVAILABLE) |     \
     CLI_BIT(TIMEOUT) | CLI_BIT(POLL) | CLI_BIT(SETTLE) | CLI_BIT(BAKE) | CLI_BIT(WITH) | CLI_BIT(SET) | \
     CLI_BIT(YES))

/* ---- Settings ----------------------------------------------------------------------------------------------------
 */

/* name=value, from an option or a line. where is NULL or the file. */
static enum cli_exit set(const struct cli *cli, struct upgrade_settings *settings, const char *assignment,
                         const char *where) {
    char name[64], why[256];
    const char *equals = strchr(assignment, '=');
    if (equals == NULL || equals == assignment || equals - assignment >= (ptrdiff_t)sizeof name)
        snprintf(why, sizeof why, "'%.80s' is no name=value of a setting", assignment);
    else {
        snprintf(name, sizeof name, "%.*s", (int)(equals - assignment), assignment);
        if (settings_set(settings, name, equals + 1, why, sizeof why)) return CLI_OK;
    }
    return where == NULL ? cli_usage(cli, "%s", why)
                         : cli_error(cli, CLI_BAD_INPUT, "settings_invalid", NULL, "%s: %s", where, why);
}

/* <folder>/settings: name=value a line, blank lines and lines with '#'. It need not be there. */
static enum cli_exit read_settings(struct cli *cli, const char *folder, struct upgrade_settings *settings) {
    char path[JOURNAL_FOLDER_MAX + 32], *text, *rest, *line;
    size_t length;
    enum cli_exit result = CLI_OK;
    snprintf(path, sizeof path, "%s/" SETTINGS_FILE, folder);
    FILE *there = fopen(path, "re");
    if (there == NULL) return CLI_OK;
    fclose(there);
    CLI_TRY(read_whole(cli, path, SETTINGS_MAX, &text, &length));
    for (rest = text; result == CLI_OK && (line = strsep(&rest, "\n")) != NULL;)
        if (line[0] != '\0' && line[0] != '#') result = set(cli, settings, line, path);
    free(text);
    return result;
}

static enum cli_exit take_settings(struct cli *cli, const struct cli_args *args, struct upgrade_settings *settings) {
    static const struct {
        enum cli_option option;
        const char *name;
    } own[] = {{CLI_OPT_CANARY, "canary"},   {CLI_OPT_MAX_UNAVAILABLE, "max-unavailable"},
               {CLI_OPT_TIMEOUT, "timeout"}, {CLI_OPT_POLL, "poll"},
               {CLI_OPT_SETTLE, "settle"},   {CLI_OPT_BAKE, "bake"}};
    char folder[JOURNAL_FOLDER_MAX], why[256];
    settings_init(settings);
    CLI_TRY(upgrade_folder(cli, args, folder));
    CLI_TRY(read_settings(cli, folder, settings));
    for (size_t i = 0; i < args->list_count; i++)
        if (args->list[i].option == CLI_OPT_SET) CLI_TRY(set(cli, settings, args->list[i].value, NULL));
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (cli_given(args, own[i].option) &&
            !settings_set(settings, own[i].name, args->value[own[i].option], why, sizeof why))
            return cli_usage(cli, "--%s", why);
    return CLI_OK;
}

/* ---- Begin -------------------------------------------------------------------------------------------------------
 */

static enum cli_exit no_driver(const struct cli *cli, const char *name) {
    char known[512] = "";
    for (size_t i = 0, used = 0; upgrade_drivers[i] != NULL && used < sizeof known; i++)
        used +=
            (size_t)snprintf(known + used, sizeof known - used, "%s%s", i == 0 ? "" : ", ", upgrade_drivers[i]->name);
    if (known[0] == '\0') return cli_usage(cli, "this kzg was built without drivers");
    return cli_usage(cli, "there is no driver '%s': there are %s", name, known);
}

static enum cli_exit take_values(const struct cli *cli, const struct cli_args *args,
                                 const struct upgrade_driver *driver, struct journal *journal) {
    char why[512];
    struct driver_values *values = calloc(1, sizeof *values);
    if (values == NULL) return cli_out_of_memory(cli);
    enum cli_exit result = CLI_OK;
    for (size_t i = 0; result == CLI_OK && i < args->list_count; i++)
        if (args->list[i].option == CLI_OPT_WITH &&
            !drivers_add_value(driver, journal->values, args->list[i].value, why, sizeof why))
            result = cli_usage(cli, "--with: %s", why);
    if (result == CLI_OK && !drivers_values(driver, journal->values, values, why, sizeof why))
        result = cli_usage(cli, "%s", why);
    free(values);
    return result;
}

static void begin_journal(struct journal *journal) {
    journal_new_id(journal->id);
    journal->state = STATE_PLAN;
    journal->began_s = (int64_t)time(NULL);
}

static enum cli_exit check_version(const struct cli *cli, const struct cli_args *args, struct journal *journal) {
    const char *to = args->value[CLI_OPT_TO];
    if (!name_is_version(to))
        return cli_usage(cli,
                         "--to is '%.80s': expected a version of letters, digits and . + _ -, up to %d characters, "
                         "that begins with a letter or digit",
                         to, UPGRADE_VERSION_MAX - 1);
    snprintf(journal->to_version, sizeof journal->to_version, "%s", to);
    return CLI_OK;
}

static enum cli_exit begin(struct cli *cli, const struct cli_args *args, struct journal *journal) {
    const char *name = cli_given(args, CLI_OPT_DRIVER) ? args->value[CLI_OPT_DRIVER]
                       : upgrade_drivers[0] != NULL    ? upgrade_drivers[0]->name
                                                       : "";
    if (!cli_given(args, CLI_OPT_TO)) return cli_usage(cli, "--to VERSION is missing: which version is wanted?");
    CLI_TRY(check_version(cli, args, journal));
    const struct upgrade_driver *driver = drivers_find(name);
    if (driver == NULL) return no_driver(cli, name);
    snprintf(journal->driver, sizeof journal->driver, "%s", driver->name);
    CLI_TRY(take_settings(cli, args, &journal->settings));
    CLI_TRY(take_values(cli, args, driver, journal));
    begin_journal(journal);
    return upgrade_run(cli, args, UPGRADE_BEGIN, NULL, journal);
}

/* ---- Resume and abort --------------------------------------------------------------------------------------------
 */

static const char *given_id(const struct cli_args *args) {
    return args->operand_count > 1 ? args->operands[1] : NULL;
}

static enum cli_exit resume(struct cli *cli, const struct cli_args *args, struct journal *journal) {
    return upgrade_run(cli, args, UPGRADE_RESUME, given_id(args), journal);
}

static enum cli_exit abort_it(struct cli *cli, const struct cli_args *args, struct journal *journal) {
    return upgrade_run(cli, args, UPGRADE_ABORT, given_id(args), journal);
}

/* ---- Status and history ------------------------------------------------------------------------------------------
 */

static void put_json(FILE *out, const struct journal *journal, bool running) {
    char began[32], changed[32];
    fputs("{\"id\":", out);
    json_write_string(out, journal->id);
    report_json_text(out, "driver", journal->driver);
    report_json_text(out, "from_version", journal->from_version);
    report_json_text(out, "to_version", journal->to_version);
    report_json_text(out, "state", state_name(journal->state));
    report_json_text(out, "began", report_time(journal->began_s, began));
    report_json_text(out, "changed", report_time(journal->changed_s, changed));
    fprintf(out, ",\"slots\":%zu,\"first\":%zu,\"count\":%zu,\"rollback\":%s,\"running\":%s", journal->slots,
            journal->first, journal->count, journal->undoes ? "true" : "false", running ? "true" : "false");
    report_json_text(out, "code", journal->failure.code);
    report_json_text(out, "message", journal->failure.message);
    report_json_text(out, "why_stuck", journal->why_stuck);
    report_json_text(out, "next", running ? "" : upgrade_next(journal));
    fputs("}\n", out);
}

/* What the driver would have a person type. */
static void put_by_hand(FILE *out, struct journal *journal) {
    char by_hand[2048] = "", folder[] = "/";
    const struct machine machine = {.driver = drivers_find(journal->driver), .folder = folder};
    if (machine.driver != NULL) machine_by_hand(&machine, journal, by_hand, sizeof by_hand);
    if (by_hand[0] != '\0') fprintf(out, "  to get to %s by hand:\n%s\n", journal->from_version, by_hand);
}

static void put_text(FILE *out, struct journal *journal, bool running, const struct lock_owner *owner) {
    char began[32], changed[32], text[512];
    fprintf(out, "%s %s\n", journal->id, journal->undoes ? "(rollback)" : "");
    fprintf(out, "  %s -> %s, driver %s\n", journal->from_version[0] == '\0' ? "?" : journal->from_version,
            journal->to_version, journal->driver);
    fprintf(out, "  state %s: %s\n", state_name(journal->state), state_help(journal->state));
    if (journal->count > 0 && state_kind(journal->state) != KIND_END)
        fprintf(out, "  slots %zu to %zu of %zu\n", journal->first, journal->first + journal->count - 1,
                journal->slots);
    fprintf(out, "  began %s, changed %s\n", report_time(journal->began_s, began),
            report_time(journal->changed_s, changed));
    if (journal->failure.code[0] != '\0')
        fprintf(out, "  because: %s (%s)\n", journal->failure.message, journal->failure.code);
    if (journal->why_stuck[0] != '\0') fprintf(out, "  going back failed: %s\n", journal->why_stuck);
    if (journal->state == STATE_STUCK) put_by_hand(out, journal);
    if (running) {
        lock_owner_text(owner, text, sizeof text);
        fprintf(out, "  runs: %s\n", text);
    } else if (upgrade_next(journal)[0] != '\0') {
        fprintf(out, "  next: %s\n", upgrade_next(journal));
    }
}

static enum cli_exit status(struct cli *cli, const struct cli_args *args, struct journal *journal) {
    char folder[JOURNAL_FOLDER_MAX];
    struct output output;
    struct lock_owner owner;
    CLI_TRY(upgrade_folder(cli, args, folder));
    CLI_TRY(upgrade_find(cli, folder, given_id(args), journal));
    bool open = upgrade_is_open(journal), running = open && lock_look(folder, &owner);
    CLI_TRY(output_open(&output, cli, NULL, OUTPUT_HEX));
    if (cli->json)
        put_json(output.stream, journal, running);
    else
        put_text(output.stream, journal, running, &owner);
    CLI_TRY(output_close(&output, CLI_OK));
    return open && !running ? CLI_FAILED : CLI_OK;
}

static void put_row(FILE *out, const struct journal *journal) {
    char began[32];
    fprintf(out, "%-28s %-21s %-12s %-15s %s -> %s%s%s\n", journal->id, report_time(journal->began_s, began),
            journal->driver, state_name(journal->state),
            journal->from_version[0] == '\0' ? "?" : journal->from_version, journal->to_version,
            journal->failure.code[0] == '\0' ? "" : "  ", journal->failure.code);
}

static enum cli_exit history(struct cli *cli, const struct cli_args *args, struct journal *journal) {
    char folder[JOURNAL_FOLDER_MAX], why[JOURNAL_WHY_MAX], (*ids)[UPGRADE_ID_MAX] = NULL;
    struct output output;
    size_t count = 0;
    CLI_TRY(upgrade_folder(cli, args, folder));
    if (!journal_list(folder, &ids, &count, why))
        return cli_error(cli, CLI_FAILED, "journal_unusable", NULL, "%s", why);
    enum cli_exit result = output_open(&output, cli, NULL, OUTPUT_HEX);
    for (size_t i = 0; result == CLI_OK && i < count && i < HISTORY_SHOWN; i++) {
        if (!journal_load(journal, folder, ids[i], why))
            fprintf(stderr, "%s: %s\n", cli->command, why);
        else if (cli->json)
            put_json(output.stream, journal, false);
        else
            put_row(output.stream, journal);
    }
    free(ids);
    return output_close(&output, result);
}

/* ---- Drivers
 * ------------------------------------------------------------------------------------------------------- */

static enum cli_exit list_drivers(struct cli *cli, const struct cli_args *args, struct journal *journal) {
    struct output output;
    (void)args;
    (void)journal;
    CLI_TRY(output_open(&output, cli, NULL, OUTPUT_HEX));
    FILE *out = output.stream;
    for (size_t i = 0; upgrade_drivers[i] != NULL; i++) {
        const struct upgrade_driver *driver = upgrade_drivers[i];
        if (!cli->json) fprintf(out, "%s: %s\n", driver->name, driver->summary);
        for (const struct upgrade_option *option = driver->options; option->name != NULL; option++) {
            const char *fallback = option->fallback == NULL ? "must be given" : option->fallback;
            if (!cli->json) {
                fprintf(out, "  --with %s=... (%s): %s\n", option->name,
                        fallback[0] == '\0' ? "may be left out" : fallback, option->help);
                continue;
            }
            fputs("{\"driver\":", out);
            json_write_string(out, driver->name);
            report_json_text(out, "option", option->name);
            report_json_text(out, "default", option->fallback == NULL ? "" : option->fallback);
            fprintf(out, ",\"required\":%s", option->fallback == NULL ? "true" : "false");
            report_json_text(out, "help", option->help);
            fputs("}\n", out);
        }
    }
    return output_close(&output, CLI_OK);
}

/* ---- The command -------------------------------------------------------------------------------------------------
 */

static const struct what {
    const char *name; /* NULL: no operand */
    uint64_t options; /* beside --journal and those of every command */
    size_t operands_max;
    enum cli_exit (*run)(struct cli *cli, const struct cli_args *args, struct journal *journal);
} whats[] = {
    {NULL, BITS_BEGIN | CLI_BITS_UPGRADE_RUN, 0, begin},
    {"status", 0, 2, status},
    {"history", 0, 1, history},
    {"drivers", 0, 1, list_drivers},
    {"resume", CLI_BITS_UPGRADE_RUN | CLI_BIT(YES), 2, resume},
    {"abort", CLI_BITS_UPGRADE_RUN | CLI_BIT(YES), 2, abort_it},
};

static const struct what *find_what(const char *name) {
    if (name == NULL) return &whats[0];
    for (size_t i = 1; i < sizeof whats / sizeof *whats; i++)
        if (strcmp(whats[i].name, name) == 0) return &whats[i];
    return NULL;
}

/* A journal is too large for some stacks. */
static enum cli_exit with_journal(struct cli *cli, const struct cli_args *args,
                                  enum cli_exit (*run)(struct cli *cli, const struct cli_args *args,
                                                       struct journal *journal)) {
    struct journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL) return cli_out_of_memory(cli);
    enum cli_exit result = run(cli, args, journal);
    free(journal);
    return result;
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    const char *name = args->operand_count > 0 ? args->operands[0] : NULL;
    const struct what *what = find_what(name);
    if (what == NULL) return cli_usage(cli, "'%s' is none of status, history, drivers, resume, abort", name);
    if (args->operand_count > what->operands_max)
        return cli_usage(cli, "upgrade %s: '%s' is too many", name, args->operands[what->operands_max]);
    if (args->operand_count == 2 && !name_is_id(args->operands[1]))
        return cli_usage(cli, "'%.80s' is no upgrade's id: see kzg upgrade history", args->operands[1]);
    uint64_t taken = what->options | CLI_BIT(JOURNAL) | CLI_BITS_ALWAYS;
    for (int i = 0; i < CLI_OPTIONS; i++)
        if ((args->given & ~taken) >> i & 1)
            return cli_usage(cli, "upgrade %s does not take %s", name, cli_option_name((enum cli_option)i));
    return with_journal(cli, args, what->run);
}

#define EXIT_STATUS_HELP                                                                                           \
    "Exit status: 0 done; 1 it was rolled back, and the old version is proven healthy; 2 refused before anything " \
    "was\n"                                                                                                        \
    "changed; 3 a person is needed: what to type is printed.\n"

const struct cli_command cli_upgrade = {
    .name = "upgrade",
    .operands = "[status [ID] | history | resume [ID] | abort [ID] | drivers]",
    .summary = "another version of kzgd, proven on every instance, or back; exit status 0, 1, 2, 3",
    .text =
        "Without an operand: looks at the service and whether it can succeed, shows what will be touched and asks;\n"
        "then, the canaries first, starts new instances beside the old ones, proves each one on its own address\n"
        "(version, readiness, known answers of every operation, proofs of one verified by the other, random "
        "requests\n"
        "and requests of clients answered alike), gives it the clients, and compares its errors, times, memory and\n"
        "restarts with what they were. Anything worse goes back by itself; the old instances stay warm until the "
        "end.\n"
        "\n"
        "Every state is written down before it is acted on: after a kill, 'resume' goes on and 'abort' goes back.\n"
        "status: the newest one, or ID. history: all, newest first.\n"
        "drivers: the ways to run kzgd that this kzg knows, and their options (--with NAME=VALUE).\n"
        "\n" EXIT_STATUS_HELP "'status' has 0 when nothing needs to be done and 3 when a person is needed.\n"
        "\n"
        "Settings (--set NAME=VALUE, or lines of the file 'settings' in the folder of upgrades):\n"
#define X(field, name, fallback, min, max, unit, help) "  " name " (" unit ", default " #fallback "): " help "\n"
    SETTINGS_LIST(X)
#undef X
        ,
    .examples = "kzg upgrade --to 1.1.0 --dry-run\n"
                "kzg upgrade --to 1.1.0 --canary 1 --settle 5m\n"
                "kzg upgrade status\n"
                "kzg upgrade resume\n",
    .options = BITS_BEGIN | CLI_BITS_UPGRADE_RUN,
    .operands_max = 2,
    .remote = true,
    .run = run,
};

/* ---- Rollback ----------------------------------------------------------------------------------------------------
 */

/* The newest upgrade that was done, and to a version before it when one is asked for. */
static enum cli_exit find_done(const struct cli *cli, const char *folder, const char *to, struct journal *ret) {
    char why[JOURNAL_WHY_MAX], (*ids)[UPGRADE_ID_MAX] = NULL;
    size_t count = 0;
    bool found = false;
    if (!journal_list(folder, &ids, &count, why))
        return cli_error(cli, CLI_FAILED, "journal_unusable", NULL, "%s", why);
    for (size_t i = 0; !found && i < count; i++)
        found = journal_load(ret, folder, ids[i], why) && ret->state == STATE_DONE &&
                (to == NULL || strcmp(ret->from_version, to) == 0);
    free(ids);
    if (!found)
        return cli_error(cli, CLI_BAD_INPUT, "not_found", NULL, "no upgrade%s%s was done from here: see '%s'",
                         to == NULL ? "" : " from ", to == NULL ? "" : to, folder);
    if (ret->undoes && to == NULL)
        return cli_error(cli, CLI_BAD_INPUT, "not_found", NULL,
                         "the last one was a rollback to %s already: --to VERSION says where to", ret->to_version);
    return CLI_OK;
}

/* The same driver with the same options, to the version before, whose notes the driver gets. */
static enum cli_exit begin_rollback(struct cli *cli, const struct cli_args *args, struct journal *journal) {
    char folder[JOURNAL_FOLDER_MAX];
    const char *to = cli_given(args, CLI_OPT_TO) ? args->value[CLI_OPT_TO] : NULL;
    CLI_TRY(upgrade_folder(cli, args, folder));
    struct journal *done = calloc(1, sizeof *done);
    if (done == NULL) return cli_out_of_memory(cli);
    enum cli_exit result = to == NULL ? CLI_OK : check_version(cli, args, journal);
    if (result == CLI_OK) result = find_done(cli, folder, to, done);
    if (result == CLI_OK) result = take_settings(cli, args, &journal->settings);
    if (result == CLI_OK) {
        journal->undoes = true;
        memcpy(journal->driver, done->driver, sizeof journal->driver);
        memcpy(journal->to_version, done->from_version, sizeof journal->to_version);
        memcpy(journal->values, done->values, sizeof journal->values);
        memcpy(journal->undone, done->remembered, sizeof journal->undone);
        begin_journal(journal);
        result = upgrade_run(cli, args, UPGRADE_BEGIN, NULL, journal);
    }
    free(done);
    return result;
}

static enum cli_exit rollback(struct cli *cli, const struct cli_args *args) {
    return with_journal(cli, args, begin_rollback);
}

const struct cli_command cli_rollback = {
    .name = "rollback",
    .operands = "",
    .summary = "back to the version before the last upgrade; exit status as upgrade",
    .text =
        "The last upgrade that was done is undone: by the same driver, to exactly what ran before, with the same\n"
        "checks and the same proof as an upgrade. With --to: the upgrade that was done from that version.\n"
        "An upgrade that has not ended is not rolled back but aborted: kzg upgrade abort.\n"
        "\n" EXIT_STATUS_HELP,
    .examples = "kzg rollback\n"
                "kzg rollback --to 1.0.0 --yes\n",
    .options = (BITS_BEGIN & ~(CLI_BIT(DRIVER) | CLI_BIT(WITH))) | CLI_BITS_UPGRADE_RUN,
    .operands_max = 0,
    .remote = true,
    .run = rollback,
};
