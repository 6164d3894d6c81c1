/* How the machine calls a driver, waits, and looks at an instance. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "upgrade/command.h"
#include "upgrade/machine_run.h"

#define PIECE_S    0.5 /* of a sleep, for the progress line */
#define SCRAPE_MAX TRANSPORT_BYTES_MAX

/* ---- Words ----------------------------------------------------------------------------------------------------- */

bool run_save(struct run *run) {
    if (!journal_save(run->journal, run->machine->folder, run->why)) {
        run->stopped = true;
        return false;
    }
    run->machine->reporter->saved(run->machine->reporter->user, run->journal);
    return true;
}

bool run_fail(struct run *run, const char *code, const char *format, ...) {
    va_list arguments;
    if (run->failure.code[0] != '\0') return false;
    run->failure = (struct upgrade_failure){0};
    snprintf(run->failure.code, sizeof run->failure.code, "%s", code);
    va_start(arguments, format);
    vsnprintf(run->failure.message, sizeof run->failure.message, format, arguments);
    va_end(arguments);
    return false;
}

void run_check(struct run *run, const char *name, enum upgrade_verdict verdict, const char *format, ...) {
    const struct machine_reporter *reporter = run->machine->reporter;
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    reporter->check(reporter->user, name, verdict, text);
    if (verdict != UPGRADE_REFUSE || run->refusal.code[0] != '\0') return;
    snprintf(run->refusal.code, sizeof run->refusal.code, "refused_%.38s", name);
    snprintf(run->refusal.message, sizeof run->refusal.message, "%.500s", text);
}

int64_t run_now(const struct run *run) {
    return run->machine->clock->now_ms(run->machine->clock->user);
}

double run_seconds(const struct run *run, int64_t since_ms) {
    return (double)(run_now(run) - since_ms) / 1000;
}

bool run_step(struct run *run, const char *what, bool (*function)(struct run *run, size_t slot), size_t slot) {
    const struct machine_reporter *reporter = run->machine->reporter;
    int64_t began_ms = run_now(run);
    if (reporter->interrupted(reporter->user)) {
        snprintf(run->why, JOURNAL_WHY_MAX, "it was interrupted before: %.300s", what);
        run->stopped = true;
        return false;
    }
    reporter->step_begins(reporter->user, what);
    bool good = function(run, slot);
    reporter->step_ends(reporter->user, what, run_seconds(run, began_ms),
                        good || run->stopped ? NULL : &run->failure);
    return good;
}

/* ---- The driver ------------------------------------------------------------------------------------------------ */

void run_call(struct run *run, struct upgrade_call *ret, char *notes) {
    struct journal *journal = run->journal;
    memcpy(notes, journal->remembered, UPGRADE_REMEMBERED_MAX);
    *ret = (struct upgrade_call){.id = journal->id,
                                 .folder = run->folder,
                                 .from_version = journal->from_version,
                                 .to_version = journal->to_version,
                                 .options = run->machine->driver->options,
                                 .values = run->values.value,
                                 .deadline_ms = command_now_ms() + (int64_t)(journal->settings.timeout_s * 1000),
                                 .sink = &run->sink,
                                 .failure = &run->failure,
                                 .remembered = notes,
                                 .undone = journal->undoes ? journal->undone : NULL};
}

/* Keeps what the driver noted; a call that failed has a failure afterwards. */
static bool settle_call(struct run *run, const char *notes, enum upgrade_status status) {
    if (status != UPGRADE_OK) (void)run_fail(run, "driver_failed", "the driver did not say why it failed");
    if (strcmp(notes, run->journal->remembered) != 0) {
        snprintf(run->journal->remembered, sizeof run->journal->remembered, "%s", notes);
        if (!run_save(run)) return false;
    }
    return status == UPGRADE_OK;
}

bool run_driver(struct run *run, enum upgrade_status (*function)(struct upgrade_call *call)) {
    char notes[UPGRADE_REMEMBERED_MAX];
    struct upgrade_call call;
    run_call(run, &call, notes);
    return settle_call(run, notes, function(&call));
}

bool run_driver_slot(struct run *run, enum upgrade_status (*function)(struct upgrade_call *call, size_t slot),
                     size_t slot) {
    char notes[UPGRADE_REMEMBERED_MAX];
    struct upgrade_call call;
    run_call(run, &call, notes);
    return settle_call(run, notes, function(&call, slot));
}

bool run_describe(struct run *run) {
    char notes[UPGRADE_REMEMBERED_MAX];
    struct upgrade_call call;
    struct upgrade_description found = {0};
    run_call(run, &call, notes);
    if (!settle_call(run, notes, run->machine->driver->describe(&call, &found))) return false;
    if (found.slots < 1 || found.slots > UPGRADE_SLOTS_MAX)
        return run_fail(run, "slots_wrong", "%.200s has %zu instances: expected 1 to %d", found.target, found.slots,
                        UPGRADE_SLOTS_MAX);
    run->description = found;
    return true;
}

bool run_inspect(struct run *run, size_t slot, enum upgrade_side side, struct upgrade_instance *ret) {
    char notes[UPGRADE_REMEMBERED_MAX];
    struct upgrade_call call;
    *ret = (struct upgrade_instance){0};
    run_call(run, &call, notes);
    return settle_call(run, notes, run->machine->driver->inspect(&call, slot, side, ret));
}

static const char *side_name(enum upgrade_side side) {
    return side == UPGRADE_OLD ? "old" : "new";
}

/* What an instance that is not as it should be says about itself. */
static bool fail_instance(struct run *run, const char *code, size_t slot, enum upgrade_side side,
                          const struct upgrade_instance *instance, const char *how) {
    if (run->failure.code[0] != '\0') return false;
    (void)run_fail(run, code, "slot %zu: the %s instance %.200s %s%s%.200s", slot, side_name(side), instance->name,
                   how, instance->detail[0] == '\0' ? "" : ": ", instance->detail);
    snprintf(run->failure.output, sizeof run->failure.output, "%s", instance->output);
    return false;
}

static bool reach(struct run *run, size_t slot, enum upgrade_side side, struct upgrade_instance *instance) {
    char notes[UPGRADE_REMEMBERED_MAX];
    struct upgrade_call call;
    if (run->machine->driver->reach == NULL) return true;
    run_call(run, &call, notes);
    return settle_call(run, notes, run->machine->driver->reach(&call, slot, side, instance));
}

bool run_open(struct run *run, size_t slot, enum upgrade_side side, struct upgrade_instance *ret) {
    if (!run_inspect(run, slot, side, ret)) return false;
    switch (ret->state) {
    case UPGRADE_RUNNING: return reach(run, slot, side, ret);
    case UPGRADE_BROKEN: return fail_instance(run, "instance_broken", slot, side, ret, "is broken");
    case UPGRADE_STARTING: return fail_instance(run, "instance_starting", slot, side, ret, "is still starting");
    default: return fail_instance(run, "instance_absent", slot, side, ret, "is not there");
    }
}

void run_close(struct run *run, size_t slot, enum upgrade_side side) {
    char notes[UPGRADE_REMEMBERED_MAX];
    struct upgrade_call call;
    if (run->machine->driver->unreach == NULL) return;
    run_call(run, &call, notes);
    run->machine->driver->unreach(&call, slot, side);
}

/* ---- Waiting --------------------------------------------------------------------------------------------------- */

bool run_sleep(struct run *run, const char *what, double seconds, double passed_s, double most_s) {
    const struct machine_reporter *reporter = run->machine->reporter;
    int64_t began_ms = run_now(run);
    for (double left = seconds; left > 0; left = seconds - run_seconds(run, began_ms)) {
        double piece = left < PIECE_S ? left : PIECE_S;
        reporter->waits(reporter->user, what, passed_s + seconds - left, most_s);
        run->machine->clock->sleep_ms(run->machine->clock->user, (int64_t)(piece * 1000) + 1);
        if (reporter->interrupted(reporter->user)) {
            snprintf(run->why, JOURNAL_WHY_MAX, "it was interrupted while it waited: %.300s", what);
            run->stopped = true;
            return false;
        }
    }
    return true;
}

struct verify run_verify(struct run *run) {
    return (struct verify){run->machine->transport, run->machine->answers, &run->journal->settings, &run->failure};
}

enum look { LOOK_THERE, LOOK_NOT_YET, LOOK_NEVER };

/* A look that fails may do better next time; an instance that is broken will not. */
static enum look look_up(struct run *run, size_t slot, enum upgrade_side side) {
    struct upgrade_instance instance;
    struct verify verify = run_verify(run);
    bool up = run_open(run, slot, side, &instance) && verify_ready(&verify, &instance);
    run_close(run, slot, side);
    if (up) return LOOK_THERE;
    return strcmp(run->failure.code, "instance_broken") == 0 ? LOOK_NEVER : LOOK_NOT_YET;
}

static enum look look_absent(struct run *run, size_t slot, enum upgrade_side side) {
    struct upgrade_instance instance;
    if (!run_inspect(run, slot, side, &instance)) return LOOK_NOT_YET;
    if (instance.state == UPGRADE_ABSENT) return LOOK_THERE;
    (void)fail_instance(run, "instance_remains", slot, side, &instance, "is still there");
    return LOOK_NOT_YET;
}

static bool poll_until(struct run *run, size_t slot, enum upgrade_side side, const char *what,
                       enum look (*look)(struct run *run, size_t slot, enum upgrade_side side)) {
    const struct upgrade_settings *settings = &run->journal->settings;
    int64_t began_ms = run_now(run);
    for (;;) {
        run->failure = (struct upgrade_failure){0};
        enum look found = look(run, slot, side);
        if (found == LOOK_THERE) return true;
        double passed = run_seconds(run, began_ms), left = settings->timeout_s - passed;
        if (run->stopped || found == LOOK_NEVER || left <= 0) break;
        double pause = left < settings->poll_s ? left : settings->poll_s;
        if (!run_sleep(run, what, pause, passed, settings->timeout_s)) return false;
    }
    return false;
}

bool run_wait_up(struct run *run, size_t slot, enum upgrade_side side) {
    char what[RUN_WHAT_MAX];
    snprintf(what, sizeof what, "until the %s instance of slot %zu is ready", side_name(side), slot);
    return poll_until(run, slot, side, what, look_up);
}

bool run_wait_absent(struct run *run, size_t slot, enum upgrade_side side) {
    char what[RUN_WHAT_MAX];
    snprintf(what, sizeof what, "until the %s instance of slot %zu is gone", side_name(side), slot);
    return poll_until(run, slot, side, what, look_absent);
}

/* ---- Scrapes --------------------------------------------------------------------------------------------------- */

static void scrape_path(const struct run *run, const char *name, size_t slot, char out[RUN_FOLDER_MAX + 64]) {
    snprintf(out, RUN_FOLDER_MAX + 64, "%s/%s-%zu.prom", run->folder, name, slot);
}

static bool write_whole(const char *path, const char *text) {
    char beside[RUN_FOLDER_MAX + 80];
    snprintf(beside, sizeof beside, "%s.new", path);
    FILE *file = fopen(beside, "we");
    if (file == NULL) return false;
    bool good = fputs(text, file) >= 0 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    good = fclose(file) == 0 && good;
    return good && rename(beside, path) == 0;
}

bool run_keep_scrape(struct run *run, const char *name, size_t slot, enum upgrade_side side) {
    char path[RUN_FOLDER_MAX + 64];
    struct upgrade_instance instance;
    struct verify verify = run_verify(run);
    char *text = run_open(run, slot, side, &instance) ? verify_scrape(&verify, &instance) : NULL;
    run_close(run, slot, side);
    if (text == NULL) return false;
    scrape_path(run, name, slot, path);
    bool good = write_whole(path, text);
    if (!good) (void)run_fail(run, "scrape_not_kept", "'%.300s' cannot be written: %s", path, strerror(errno));
    free(text);
    return good;
}

char *run_kept_scrape(struct run *run, const char *name, size_t slot) {
    char path[RUN_FOLDER_MAX + 64];
    char *text = NULL;
    struct stat facts;
    scrape_path(run, name, slot, path);
    FILE *file = fopen(path, "re");
    if (file != NULL && fstat(fileno(file), &facts) == 0 && facts.st_size >= 0 && (size_t)facts.st_size < SCRAPE_MAX)
        text = calloc(1, (size_t)facts.st_size + 1);
    if (text != NULL && fread(text, 1, (size_t)facts.st_size, file) != (size_t)facts.st_size) {
        free(text);
        text = NULL;
    }
    if (text == NULL)
        (void)run_fail(run, "scrape_missing", "what was kept in '%.300s' cannot be read: %s", path, strerror(errno));
    if (file != NULL) fclose(file);
    return text;
}

size_t run_touched(const struct run *run) {
    return run->journal->first + run->journal->count;
}

bool run_peer(const struct run *run, size_t *ret_slot) {
    if (run_touched(run) >= run->journal->slots) return false;
    *ret_slot = run->journal->slots - 1;
    return true;
}
