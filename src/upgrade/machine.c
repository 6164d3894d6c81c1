#include "upgrade/machine.h"

#include <stdio.h>
#include <string.h>

#include "upgrade/machine_run.h"

static bool (*const acts[STATES])(struct run *run) = {
    [STATE_PLAN] = run_plan,
    [STATE_PREFLIGHT] = run_preflight,
    [STATE_PREPARE] = run_prepare,
    [STATE_EXECUTE] = run_execute,
    [STATE_VERIFY] = run_prove,
    [STATE_TAKE_OVER] = run_take_over,
    [STATE_SETTLE] = run_settle,
    [STATE_BAKE] = run_bake,
    [STATE_COMMIT] = run_commit,
    [STATE_ROLL_BACK] = run_go_back,
    [STATE_VERIFY_ROLLBACK] = run_verify_back,
};

/* ---- A run ----------------------------------------------------------------------------------------------------- */

static void say(void *user, const char *text) {
    struct run *run = user;
    run->machine->reporter->say(run->machine->reporter->user, text);
}

static void check(void *user, const char *name, enum upgrade_verdict verdict, const char *text) {
    run_check(user, name, verdict, "%s", text);
}

static bool stop(struct run *run, const char *before, const char *what) {
    snprintf(run->why, JOURNAL_WHY_MAX, "%s%.400s", before, what);
    run->stopped = true;
    return false;
}

static bool begin(struct run *run, const struct machine *machine, struct journal *journal, char *why) {
    char wrong[JOURNAL_WHY_MAX];
    *run = (struct run){.machine = machine, .journal = journal, .why = why};
    run->sink = (struct upgrade_sink){run, say, check};
    why[0] = '\0';
    if (!journal_folder(machine->folder, journal->id, run->folder, sizeof run->folder))
        return stop(run, "the state folder's name is too long: ", machine->folder);
    if (!drivers_values(machine->driver, journal->values, &run->values, wrong, sizeof wrong))
        return stop(run, "", wrong);
    return true;
}

/* ---- From state to state --------------------------------------------------------------------------------------- */

/* How many slots come next: the canaries alone, and never more than may be unavailable. */
static size_t next_count(const struct journal *journal, size_t first) {
    size_t left = journal->slots - first, most = (size_t)journal->settings.max_unavailable;
    size_t canary = (size_t)journal->settings.canary;
    size_t count = left < most ? left : most;
    return first < canary && canary - first < count ? canary - first : count;
}

static void next_slots(struct journal *journal, size_t first) {
    journal->first = first;
    journal->count = next_count(journal, first);
}

/* What had failed before it was tried again is over. */
static enum upgrade_state after_success(struct journal *journal) {
    if (journal->state == STATE_COMMIT) journal->failure = (struct upgrade_failure){0};
    if (journal->state == STATE_VERIFY_ROLLBACK) journal->why_stuck[0] = '\0';
    if (journal->state == STATE_PREPARE) next_slots(journal, 0);
    if (journal->state == STATE_SETTLE && journal->first + journal->count < journal->slots) {
        next_slots(journal, journal->first + journal->count);
        return STATE_EXECUTE;
    }
    return state_next(journal->state);
}

/* The cause stays what it was: what fails on the way back is told beside it. */
static enum upgrade_state after_failure(struct run *run) {
    struct journal *journal = run->journal;
    if (state_kind(journal->state) == KIND_BACK)
        snprintf(journal->why_stuck, sizeof journal->why_stuck, "%s", run->failure.message);
    else
        journal->failure = run->failure;
    if (journal->state == STATE_PREPARE) run_clean(run);
    return state_otherwise(journal->state);
}

static enum machine_end end_of(const struct run *run) {
    if (run->stopped) return MACHINE_INTERRUPTED;
    switch (run->journal->state) {
    case STATE_DONE: return MACHINE_DONE;
    case STATE_ROLLED_BACK: return MACHINE_ROLLED_BACK;
    case STATE_REFUSED: return MACHINE_REFUSED;
    case STATE_UNFINISHED: return MACHINE_UNFINISHED;
    default: return MACHINE_STUCK;
    }
}

static enum machine_end go_on(struct run *run) {
    struct journal *journal = run->journal;
    while (state_kind(journal->state) != KIND_END) {
        run->failure = (struct upgrade_failure){0};
        bool good = acts[journal->state](run);
        if (run->stopped) break;
        journal->state = good ? after_success(journal) : after_failure(run);
        if (!run_save(run)) break;
    }
    return end_of(run);
}

/* What the driver has to say about the service is not in the journal: it is asked again. A target that cannot be
 * reached now is no reason to go back, which would not reach it either. */
static bool look_again(struct run *run) {
    if (run->journal->state == STATE_PLAN) return true;
    if (run_describe(run)) {
        say(run, run->description.target); /* never touched without its name being shown first */
        return true;
    }
    if (run->stopped) return false;
    return stop(run, "the service cannot be looked at: ", run->failure.message);
}

static bool enter(struct run *run, enum upgrade_state state) {
    run->journal->state = state;
    return run_save(run);
}

/* ---- Interface ------------------------------------------------------------------------------------------------- */

enum machine_end machine_run(const struct machine *machine, struct journal *journal, char *why) {
    struct run run;
    if (!begin(&run, machine, journal, why)) return MACHINE_INTERRUPTED;
    if (journal->state == STATE_DONE || journal->state == STATE_ROLLED_BACK || journal->state == STATE_REFUSED)
        return end_of(&run);
    /* A new one is written down before anything else is done; for one that goes on it changes nothing. */
    if (!(journal->state == STATE_PLAN ? run_save(&run) : look_again(&run))) return end_of(&run);
    if (journal->state == STATE_UNFINISHED && !enter(&run, STATE_COMMIT)) return end_of(&run);
    if (journal->state == STATE_STUCK && !enter(&run, STATE_ROLL_BACK)) return end_of(&run);
    return go_on(&run);
}

static void note_abort(struct journal *journal) {
    if (journal->failure.code[0] != '\0') return;
    snprintf(journal->failure.code, sizeof journal->failure.code, "aborted");
    snprintf(journal->failure.message, sizeof journal->failure.message, "it was aborted while in the state %s",
             state_name(journal->state));
}

enum machine_end machine_abort(const struct machine *machine, struct journal *journal, char *why) {
    struct run run;
    if (!begin(&run, machine, journal, why)) return MACHINE_INTERRUPTED;
    if (journal->state == STATE_COMMIT || journal->state == STATE_UNFINISHED || journal->state == STATE_DONE)
        return MACHINE_TOO_LATE;
    if (journal->state == STATE_ROLLED_BACK || journal->state == STATE_REFUSED) return end_of(&run);
    note_abort(journal);
    if (state_kind(journal->state) == KIND_BEFORE) {
        if (journal->state == STATE_PREPARE) run_clean(&run);
        (void)(!run.stopped && enter(&run, STATE_REFUSED));
        return end_of(&run);
    }
    if (!look_again(&run)) return end_of(&run);
    if (state_kind(journal->state) != KIND_BACK && !enter(&run, STATE_ROLL_BACK)) return end_of(&run);
    return go_on(&run);
}

void machine_by_hand(const struct machine *machine, struct journal *journal, char *out, size_t size) {
    char why[JOURNAL_WHY_MAX], notes[UPGRADE_REMEMBERED_MAX];
    struct run run;
    struct upgrade_call call;
    out[0] = '\0';
    if (!begin(&run, machine, journal, why)) return;
    run_call(&run, &call, notes);
    machine->driver->by_hand(&call, out, size);
}
