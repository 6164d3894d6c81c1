#include "cli/upgrade_session.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/upgrade_answers.h"
#include "cli/upgrade_report.h"
#include "upgrade/command.h"
#include "upgrade/drivers.h"
#include "upgrade/lock.h"
#include "upgrade/machine.h"

#define VARIABLE "KZG_UPGRADES"

/* This command's exit statuses. */
#define UPGRADED     CLI_OK
#define ROLLED_BACK  CLI_NOT_VALID
#define REFUSED      CLI_BAD_INPUT
#define NEEDS_PERSON CLI_FAILED

/* ---- Where -------------------------------------------------------------------------------------------------------
 */

enum cli_exit upgrade_folder(const struct cli *cli, const struct cli_args *args, char out[JOURNAL_FOLDER_MAX]) {
    const char *given = cli_given(args, CLI_OPT_JOURNAL) ? args->value[CLI_OPT_JOURNAL] : getenv(VARIABLE);
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int n;
    if (given != NULL && given[0] != '/')
        return cli_usage(cli, "the folder of upgrades is '%s': expected an absolute path", given);
    if (given != NULL)
        n = snprintf(out, JOURNAL_FOLDER_MAX, "%s", given);
    else if (geteuid() == 0)
        n = snprintf(out, JOURNAL_FOLDER_MAX, "/var/lib/kzg/upgrades");
    else if (state != NULL && state[0] == '/')
        n = snprintf(out, JOURNAL_FOLDER_MAX, "%s/kzg/upgrades", state);
    else if (home != NULL && home[0] == '/')
        n = snprintf(out, JOURNAL_FOLDER_MAX, "%s/.local/state/kzg/upgrades", home);
    else
        return cli_usage(cli, "it is not known where upgrades are written down: --journal FOLDER, or " VARIABLE);
    /* Names below it are added. */
    if (n >= JOURNAL_FOLDER_MAX - 128) return cli_usage(cli, "the folder of upgrades has a name of %d bytes", n);
    return CLI_OK;
}

static enum cli_exit journal_error(const struct cli *cli, const char *why) {
    return cli_error(cli, NEEDS_PERSON, "journal_unusable", NULL, "%s", why);
}

enum cli_exit upgrade_find(const struct cli *cli, const char *folder, const char *id, struct journal *ret) {
    char why[JOURNAL_WHY_MAX], (*ids)[UPGRADE_ID_MAX] = NULL;
    size_t count = 0;
    char newest[UPGRADE_ID_MAX] = "";
    if (id == NULL) {
        if (!journal_list(folder, &ids, &count, why)) return journal_error(cli, why);
        if (count > 0) memcpy(newest, ids[0], sizeof newest);
        free(ids);
        if (count == 0)
            return cli_error(cli, CLI_BAD_INPUT, "not_found", NULL, "there is no upgrade in '%s'", folder);
        id = newest;
    }
    return journal_load(ret, folder, id, why) ? CLI_OK : journal_error(cli, why);
}

bool upgrade_is_open(const struct journal *journal) {
    return state_kind(journal->state) != KIND_END || journal->state == STATE_UNFINISHED ||
           journal->state == STATE_STUCK;
}

const char *upgrade_next(const struct journal *journal) {
    switch (journal->state) {
    case STATE_DONE:
    case STATE_ROLLED_BACK:
    case STATE_REFUSED: return "";
    case STATE_COMMIT:
    case STATE_UNFINISHED: return "kzg upgrade resume";
    case STATE_STUCK: return "kzg upgrade abort";
    default: return "kzg upgrade resume, or kzg upgrade abort";
    }
}

/* ---- The lock ----------------------------------------------------------------------------------------------------
 */

static enum cli_exit take_lock(const struct cli *cli, const struct cli_args *args, const char *folder,
                               const char *what, struct lock *ret) {
    char why[512] = "", text[512];
    struct lock_owner owner;
    switch (lock_take(ret, folder, what, cli_given(args, CLI_OPT_FORCE), &owner, why, sizeof why)) {
    case LOCK_TAKEN: return CLI_OK;
    case LOCK_TAKEN_OVER:
        lock_owner_text(&owner, text, sizeof text);
        report_stale_lock(cli, text);
        return CLI_OK;
    case LOCK_HELD:
        lock_owner_text(&owner, text, sizeof text);
        return cli_error(cli, REFUSED, "locked", NULL, "another upgrade runs: %s", text);
    case LOCK_ELSEWHERE:
        lock_owner_text(&owner, text, sizeof text);
        return cli_error(cli, REFUSED, "locked", NULL,
                         "the lock is another host's: %s; when that one is gone: --force", text);
    default: return cli_error(cli, REFUSED, "lock_failed", NULL, "%s", why);
    }
}

/* Nothing new is begun while something is half done. */
static enum cli_exit refuse_open_ones(const struct cli *cli, const char *folder) {
    char why[JOURNAL_WHY_MAX], (*ids)[UPGRADE_ID_MAX] = NULL;
    size_t count = 0;
    enum cli_exit result = CLI_OK;
    if (!journal_list(folder, &ids, &count, why)) return journal_error(cli, why);
    struct journal *one = calloc(1, sizeof *one);
    if (one == NULL) result = cli_out_of_memory(cli);
    for (size_t i = 0; result == CLI_OK && i < count; i++) {
        if (!journal_load(one, folder, ids[i], why))
            result = journal_error(cli, why);
        else if (upgrade_is_open(one))
            result = cli_error(cli, REFUSED, "unfinished", NULL, "the upgrade %s to %s is in the state %s: %s first",
                               one->id, one->to_version, state_name(one->state), upgrade_next(one));
    }
    free(one);
    free(ids);
    return result;
}

/* ---- Ends --------------------------------------------------------------------------------------------------------
 */

static enum cli_exit status_of(enum machine_end end, const struct upgrade_report *report,
                               const struct journal *journal) {
    switch (end) {
    case MACHINE_DONE: return UPGRADED;
    case MACHINE_ROLLED_BACK: return ROLLED_BACK;
    case MACHINE_REFUSED: return report->dry_run && strcmp(journal->failure.code, "declined") == 0 ? CLI_OK : REFUSED;
    case MACHINE_TOO_LATE: return REFUSED;
    default: return NEEDS_PERSON;
    }
}

static const char *headline(enum machine_end end, const struct upgrade_report *report,
                            const struct journal *journal) {
    switch (end) {
    case MACHINE_DONE: return journal->undoes ? "rolled back to the version before" : "upgraded";
    case MACHINE_ROLLED_BACK: return "rolled back: the old version serves, and is proven";
    case MACHINE_REFUSED:
        if (strcmp(journal->failure.code, "declined") != 0) return "refused: nothing was changed";
        if (report->dry_run) return "dry run: nothing was changed";
        return report->asked_in_vain ? "refused: nobody could be asked; --yes goes on without. Nothing was changed"
                                     : "not confirmed: nothing was changed";
    case MACHINE_UNFINISHED: return "the new version serves, but an old instance has not ended";
    case MACHINE_STUCK: return "GOING BACK FAILED: a person is needed";
    case MACHINE_TOO_LATE: return "too late to abort: the new version serves and old instances are being ended";
    default: return "stopped on the way";
    }
}

static void tell_end_json(const struct journal *journal, enum cli_exit status, const char *head, const char *why,
                          const char *next, const char *by_hand) {
    fputs("{\"event\":\"end\"", stdout);
    report_json_text(stdout, "id", journal->id);
    report_json_text(stdout, "state", state_name(journal->state));
    report_json_text(stdout, "from_version", journal->from_version);
    report_json_text(stdout, "to_version", journal->to_version);
    report_json_text(stdout, "summary", head);
    report_json_text(stdout, "code", journal->failure.code);
    report_json_text(stdout, "message", journal->failure.message);
    report_json_text(stdout, "why", why);
    report_json_text(stdout, "next", next);
    report_json_text(stdout, "by_hand", by_hand);
    printf(",\"exit_status\":%d}\n", (int)status);
}

static void tell_end(struct upgrade_report *report, const struct machine *machine, struct journal *journal,
                     enum machine_end end, const char *why, enum cli_exit status) {
    char by_hand[2048] = "";
    const char *head = headline(end, report, journal), *next = upgrade_next(journal);
    const char *reason = end == MACHINE_STUCK ? journal->why_stuck : why;
    if (end == MACHINE_STUCK) machine_by_hand(machine, journal, by_hand, sizeof by_hand);
    if (end == MACHINE_TOO_LATE)
        next = journal->state == STATE_DONE ? "kzg rollback" : "kzg upgrade resume, then kzg rollback";
    report_clear(report);
    if (report->cli->json) {
        tell_end_json(journal, status, head, reason, next, by_hand);
        return;
    }
    printf("%s %s\n", journal->id, head);
    if (journal->failure.code[0] != '\0' && strcmp(journal->failure.code, "declined") != 0)
        printf("  because: %s (%s)\n", journal->failure.message, journal->failure.code);
    if (reason[0] != '\0') printf("  %s\n", reason);
    if (by_hand[0] != '\0') printf("  to get to %s by hand:\n%s\n", journal->from_version, by_hand);
    if (next[0] != '\0') printf("  %s: %s\n", by_hand[0] == '\0' ? "next" : "then, to prove it", next);
    fflush(stdout);
}

/* ---- Paging
 * -------------------------------------------------------------------------------------------------------- */

#define PAGE_MS 30000

/* The program is run as it is named, without a shell; that it failed is told, and changes nothing. */
static void page(const struct cli *cli, const struct cli_args *args, const struct journal *journal,
                 const char *summary) {
    const char *program = args->value[CLI_OPT_PAGE];
    const char *const argv[] = {program, journal->id, state_name(journal->state), summary, NULL};
    const struct command command = {.argv = argv, .deadline_ms = command_now_ms() + PAGE_MS};
    struct command_result result;
    if (!command_run(&command, &result))
        (void)cli_error(cli, NEEDS_PERSON, "page_failed", NULL, "--page %s failed: %s", program,
                        result.end == COMMAND_TIMED_OUT   ? "it took more than 30 s"
                        : result.end == COMMAND_NOT_FOUND ? "there is no such program"
                        : result.error[0] != '\0'         ? result.error
                                                          : "it did not end with exit status 0");
    command_result_free(&result);
}

/* ---- A run -------------------------------------------------------------------------------------------------------
 */

struct session {
    struct cli *cli;
    const struct cli_args *args;
    struct machine machine;
    struct machine_reporter reporter;
    struct upgrade_report report;
    struct transport transport;
    struct answers *answers;
};

/* All that stands still while the machine runs. */
static enum cli_exit equip(struct session *session, const struct journal *journal, const char *folder) {
    const struct cli *cli = session->cli;
    const struct upgrade_driver *driver = drivers_find(journal->driver);
    if (driver == NULL)
        return cli_error(cli, REFUSED, "no_driver", NULL, "this kzg has no driver '%s'", journal->driver);
    /* For one that has ended there is nothing to prove. */
    if (upgrade_is_open(journal)) CLI_TRY(answers_open(session->cli, session->args, &session->answers));
    transport_curl_open(&session->transport);
    if (session->transport.user == NULL) return cli_out_of_memory(cli);
    report_open(&session->report, cli, &session->reporter);
    session->report.yes = cli_given(session->args, CLI_OPT_YES);
    session->report.dry_run = cli_given(session->args, CLI_OPT_DRY_RUN);
    session->machine = (struct machine){.driver = driver,
                                        .transport = &session->transport,
                                        .answers = upgrade_is_open(journal) ? answers_get(session->answers) : NULL,
                                        .clock = &machine_clock,
                                        .reporter = &session->reporter,
                                        .folder = folder,
                                        .room = machine_read_room};
    return CLI_OK;
}

static enum cli_exit run_machine(struct session *session, enum upgrade_verb verb, struct journal *journal) {
    char why[JOURNAL_WHY_MAX] = "";
    enum machine_end end = verb == UPGRADE_ABORT ? machine_abort(&session->machine, journal, why)
                                                 : machine_run(&session->machine, journal, why);
    enum cli_exit status = status_of(end, &session->report, journal);
    tell_end(&session->report, &session->machine, journal, end, why, status);
    if (status == NEEDS_PERSON && cli_given(session->args, CLI_OPT_PAGE))
        page(session->cli, session->args, journal, headline(end, &session->report, journal));
    return status;
}

static enum cli_exit run_locked(struct cli *cli, const struct cli_args *args, const char *folder,
                                const char *disk_folder, enum upgrade_verb verb, struct journal *journal) {
    struct session session = {.cli = cli, .args = args};
    enum cli_exit result = equip(&session, journal, folder);
    session.machine.disk_folder = disk_folder;
    if (result == CLI_OK) result = run_machine(&session, verb, journal);
    transport_curl_close(&session.transport);
    answers_close(session.answers);
    return result;
}

/* What a dry run has written, one folder deep. */
static void remove_folder(const char *path) {
    DIR *directory = opendir(path);
    for (struct dirent *entry = directory == NULL ? NULL : readdir(directory); entry != NULL;
         entry = readdir(directory)) {
        char below[JOURNAL_FOLDER_MAX + 300];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (unlink(below) != 0) remove_folder(below);
    }
    if (directory != NULL) closedir(directory);
    (void)rmdir(path);
}

/* A dry run needs no lock and leaves nothing in the history: its journal is in a folder of its own. */
static enum cli_exit run_dry(struct cli *cli, const struct cli_args *args, const char *disk_folder,
                             struct journal *journal) {
    const char *base = getenv("TMPDIR");
    char folder[256];
    int n = snprintf(folder, sizeof folder, "%s/kzg-dry-run-XXXXXX", base != NULL && base[0] == '/' ? base : "/tmp");
    if (n >= (int)sizeof folder || mkdtemp(folder) == NULL)
        return cli_error(cli, REFUSED, "no_folder", NULL, "no folder can be made for the dry run: '%s'", folder);
    enum cli_exit result = run_locked(cli, args, folder, disk_folder, UPGRADE_BEGIN, journal);
    remove_folder(folder);
    return result;
}

enum cli_exit upgrade_run(struct cli *cli, const struct cli_args *args, enum upgrade_verb verb, const char *id,
                          struct journal *journal) {
    char folder[JOURNAL_FOLDER_MAX];
    struct lock lock = {.fd = -1};
    CLI_TRY(upgrade_folder(cli, args, folder));
    if (cli_given(args, CLI_OPT_PAGE) && args->value[CLI_OPT_PAGE][0] != '/')
        return cli_usage(cli, "--page is '%s': expected the absolute path of a program", args->value[CLI_OPT_PAGE]);
    if (cli_given(args, CLI_OPT_DRY_RUN)) return run_dry(cli, args, folder, journal);
    const char *what = verb == UPGRADE_BEGIN    ? journal->id
                       : id != NULL             ? id
                       : verb == UPGRADE_RESUME ? "resume"
                                                : "abort";
    CLI_TRY(take_lock(cli, args, folder, what, &lock));
    enum cli_exit result =
        verb == UPGRADE_BEGIN ? refuse_open_ones(cli, folder) : upgrade_find(cli, folder, id, journal);
    if (result == CLI_OK) result = run_locked(cli, args, folder, folder, verb, journal);
    lock_give(&lock);
    return result;
}
