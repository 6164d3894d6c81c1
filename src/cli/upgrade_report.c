#include "cli/upgrade_report.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/json_write.h"
#include "upgrade/command.h"

#define SHOWN_INSTANCES 16

static volatile sig_atomic_t stop_signal;

static void on_signal(int number) {
    stop_signal = number;
}

/* ---- JSON ------------------------------------------------------------------------------------------------------ */

const char *report_time(int64_t seconds, char out[32]) {
    time_t when = (time_t)seconds;
    struct tm utc = {0};
    if (gmtime_r(&when, &utc) == NULL || strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) out[0] = '\0';
    return out;
}

void report_json_text(FILE *out, const char *key, const char *text) {
    fprintf(out, ",\"%s\":", key);
    json_write_string(out, text);
}

static void begin_event(const char *event) {
    char when[32];
    printf("{\"event\":\"%s\",\"time\":\"%s\"", event, report_time((int64_t)time(NULL), when));
}

static void end_event(void) {
    fputs("}\n", stdout);
    fflush(stdout);
}

void report_stale_lock(const struct cli *cli, const char *owner) {
    if (cli->json) {
        begin_event("stale_lock");
        report_json_text(stdout, "text", owner);
        end_event();
    } else if (!cli->quiet) {
        fprintf(stderr, "%s: the lock was left behind by %s\n", cli->command, owner);
    }
}

/* ---- The progress line -------------------------------------------------------------------------------------------
 */

void report_clear(struct upgrade_report *report) {
    if (report->drawn) fputs("\r\033[K", stderr);
    report->drawn = false;
}

static void draw(struct upgrade_report *report, const char *what, double passed_s, double most_s) {
    if (!report->terminal) return;
    fprintf(stderr, "\r  ...  %.100s", what);
    if (most_s > 0) fprintf(stderr, ": %.0f of %.0f s", passed_s, most_s);
    fputs("\033[K", stderr);
    report->drawn = true;
}

static void waits(void *user, const char *what, double passed_s, double most_s) {
    draw(user, what, passed_s, most_s);
}

/* ---- Events ---------------------------------------------------------------------------------------------------- */

static void saved(void *user, const struct journal *journal) {
    struct upgrade_report *report = user;
    if (report->state == (int)journal->state && report->first == journal->first) return;
    report->state = (int)journal->state;
    report->first = journal->first;
    report_clear(report);
    if (report->cli->json) {
        begin_event("state");
        report_json_text(stdout, "id", journal->id);
        report_json_text(stdout, "state", state_name(journal->state));
        printf(",\"slots\":%zu,\"first\":%zu,\"count\":%zu", journal->slots, journal->first, journal->count);
        end_event();
    } else if (!report->cli->quiet) {
        printf("%s: %s\n", state_name(journal->state), state_help(journal->state));
        fflush(stdout);
    }
}

static void step_begins(void *user, const char *what) {
    struct upgrade_report *report = user;
    snprintf(report->step, sizeof report->step, "%s", what);
    report->began_ms = command_now_ms();
    draw(report, what, 0, 0);
}

/* Each line of text behind blanks. */
static void put_indented(const char *text, const char *before) {
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        printf("%s%.*s\n", before, (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static void step_ends_json(const char *what, double seconds, const struct upgrade_failure *failure) {
    begin_event("step");
    report_json_text(stdout, "what", what);
    printf(",\"seconds\":%.3f,\"ok\":%s", seconds, failure == NULL ? "true" : "false");
    if (failure != NULL) {
        report_json_text(stdout, "code", failure->code);
        report_json_text(stdout, "message", failure->message);
        report_json_text(stdout, "output", failure->output);
        report_json_text(stdout, "remedy", failure->remedy);
    }
    end_event();
}

static void step_ends(void *user, const char *what, double seconds, const struct upgrade_failure *failure) {
    struct upgrade_report *report = user;
    report_clear(report);
    if (report->cli->json) {
        step_ends_json(what, seconds, failure);
        return;
    }
    if (report->cli->quiet && failure == NULL) return;
    printf("  %-6s %8.2f s  %s\n", failure == NULL ? "ok" : "FAILED", seconds, what);
    if (failure != NULL) {
        printf("    %s (%s)\n", failure->message, failure->code);
        put_indented(failure->output, "    | ");
        put_indented(failure->remedy, "    try: ");
    }
    fflush(stdout);
}

static void say(void *user, const char *text) {
    struct upgrade_report *report = user;
    report_clear(report);
    if (report->cli->json) {
        begin_event("say");
        report_json_text(stdout, "text", text);
        end_event();
    } else if (!report->cli->quiet) {
        printf("         %s\n", text);
        fflush(stdout);
    }
    draw(report, report->step, 0, 0);
}

static void check(void *user, const char *name, enum upgrade_verdict verdict, const char *text) {
    static const char *const words[] = {
        [UPGRADE_PASS] = "pass", [UPGRADE_WARN] = "warn", [UPGRADE_REFUSE] = "refuse"};
    struct upgrade_report *report = user;
    report_clear(report);
    if (report->cli->json) {
        begin_event("check");
        report_json_text(stdout, "name", name);
        report_json_text(stdout, "verdict", words[verdict]);
        report_json_text(stdout, "text", text);
        end_event();
    } else if (!report->cli->quiet || verdict != UPGRADE_PASS) {
        printf("  %-6s %s: %s\n", words[verdict], name, text);
        fflush(stdout);
    }
}

/* ---- Asking ------------------------------------------------------------------------------------------------------
 */

static void show_plan(const struct machine_plan *plan) {
    const struct journal *journal = plan->journal;
    const struct upgrade_settings *settings = &journal->settings;
    printf("This will be touched: %s\n  %s -> %s, %zu instance%s:", plan->target, journal->from_version,
           journal->to_version, journal->slots, journal->slots == 1 ? "" : "s");
    for (size_t i = 0; i < journal->slots && i < SHOWN_INSTANCES; i++) printf(" %s", plan->instances[i]);
    printf(
        "%s\n  %g first, then up to %g at a time; each is watched for %g s, all for %g s before the old ones end\n",
        journal->slots > SHOWN_INSTANCES ? " ..." : "", settings->canary, settings->max_unavailable,
        settings->settle_s, settings->bake_s);
    fflush(stdout);
}

static void show_plan_json(const struct machine_plan *plan) {
    begin_event("plan");
    report_json_text(stdout, "target", plan->target);
    report_json_text(stdout, "from_version", plan->journal->from_version);
    report_json_text(stdout, "to_version", plan->journal->to_version);
    fputs(",\"instances\":[", stdout);
    for (size_t i = 0; i < plan->journal->slots; i++) {
        if (i > 0) fputc(',', stdout);
        json_write_string(stdout, plan->instances[i]);
    }
    fputc(']', stdout);
    end_event();
}

static bool ask(struct upgrade_report *report) {
    char line[16] = "";
    if (isatty(STDIN_FILENO) != 1) {
        report->asked_in_vain = true;
        return false;
    }
    fputs("Go on? [y/N] ", stderr);
    fflush(stderr);
    if (fgets(line, sizeof line, stdin) == NULL) return false;
    return strcmp(line, "y\n") == 0 || strcmp(line, "Y\n") == 0 || strcmp(line, "yes\n") == 0;
}

static bool confirm(void *user, const struct machine_plan *plan) {
    struct upgrade_report *report = user;
    report_clear(report);
    if (report->cli->json)
        show_plan_json(plan);
    else
        show_plan(plan);
    if (report->dry_run) return false;
    return report->yes || ask(report);
}

static bool interrupted(void *user) {
    (void)user;
    return stop_signal != 0;
}

void report_open(struct upgrade_report *ret, const struct cli *cli, struct machine_reporter *ret_reporter) {
    const struct sigaction stops = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    const struct sigaction nothing = {.sa_handler = SIG_IGN};
    *ret = (struct upgrade_report){
        .cli = cli, .terminal = !cli->quiet && !cli->json && isatty(STDERR_FILENO) == 1, .state = -1};
    *ret_reporter =
        (struct machine_reporter){ret, saved, step_begins, step_ends, say, check, waits, confirm, interrupted};
    (void)sigaction(SIGINT, &stops, NULL);
    (void)sigaction(SIGTERM, &stops, NULL);
    (void)sigaction(SIGHUP, &nothing, NULL);
}
