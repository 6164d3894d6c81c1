/* Execute, verify, take-over, commit. */
#include <stdio.h>
#include <string.h>

#include "upgrade/machine_run.h"

/* One step for each slot that is upgraded now; what: "start slot". */
static bool each(struct run *run, const char *what, bool (*function)(struct run *run, size_t slot)) {
    for (size_t i = 0; i < run->journal->count; i++) {
        char text[RUN_WHAT_MAX];
        size_t slot = run->journal->first + i;
        snprintf(text, sizeof text, "%s slot %zu (%zu of %zu)", what, slot, slot + 1, run->journal->slots);
        if (!run_step(run, text, function, slot)) return false;
    }
    return true;
}

/* ---- Execute --------------------------------------------------------------------------------------------------- */

static bool start(struct run *run, size_t slot) {
    return run_driver_slot(run, run->machine->driver->start, slot);
}

static bool wait_up(struct run *run, size_t slot) {
    return run_wait_up(run, slot, UPGRADE_NEW);
}

bool run_execute(struct run *run) {
    return each(run, "start", start) && each(run, "wait for", wait_up);
}

/* ---- Verify ---------------------------------------------------------------------------------------------------- */

static bool compare(struct run *run, const struct upgrade_instance *old, const struct upgrade_instance *new_one) {
    const struct upgrade_settings *settings = &run->journal->settings;
    struct verify verify = run_verify(run);
    /* One that has clients already is as slow as they make it. */
    bool judge_speed = !run->description.serves_at_once;
    return verify_instance(&verify, new_one, run->journal->to_version) && verify_cross(&verify, old, new_one) &&
           verify_shadow(&verify, old, new_one, (size_t)settings->shadow, judge_speed);
}

static bool prove(struct run *run, size_t slot) {
    struct upgrade_instance old, new_one;
    bool good = run_open(run, slot, UPGRADE_NEW, &new_one) && run_open(run, slot, UPGRADE_OLD, &old) &&
                compare(run, &old, &new_one);
    run_close(run, slot, UPGRADE_OLD);
    run_close(run, slot, UPGRADE_NEW);
    return good;
}

bool run_prove(struct run *run) {
    return each(run, "verify", prove) && each(run, "compare what clients ask, in", run_live);
}

/* ---- Take-over ------------------------------------------------------------------------------------------------- */

static bool keep_before(struct run *run, size_t slot) {
    return run_keep_scrape(run, SCRAPE_BEFORE, slot, UPGRADE_NEW);
}

static bool take_over(struct run *run, size_t slot) {
    return run_driver_slot(run, run->machine->driver->take_over, slot);
}

static bool keep_peer(struct run *run, size_t slot) {
    return run_keep_scrape(run, SCRAPE_PEER, slot, UPGRADE_OLD);
}

/* The peer's metrics are for comparison only: one that cannot be asked is no reason to go back. */
static bool compare_with_peer(struct run *run) {
    size_t peer;
    if (!run_peer(run, &peer)) return true;
    if (run_step(run, "keep the metrics of an old instance, to compare with", keep_peer, peer)) return true;
    run->failure = (struct upgrade_failure){0};
    return !run->stopped;
}

bool run_take_over(struct run *run) {
    return each(run, "keep the metrics of", keep_before) && compare_with_peer(run) &&
           each(run, "give the clients to", take_over);
}

/* ---- Commit ---------------------------------------------------------------------------------------------------- */

static bool retire(struct run *run, size_t slot) {
    return run_driver_slot(run, run->machine->driver->retire, slot);
}

static bool clean(struct run *run, size_t slot) {
    (void)slot;
    return run_driver(run, run->machine->driver->clean);
}

/* One that does not end is no reason to leave the others: each is tried. The first failure is told. */
bool run_commit(struct run *run) {
    struct upgrade_failure first = {0};
    for (size_t slot = 0; slot < run->journal->slots; slot++) {
        char what[RUN_WHAT_MAX];
        snprintf(what, sizeof what, "end the old instance of slot %zu (%zu of %zu)", slot, slot + 1,
                 run->journal->slots);
        run->failure = (struct upgrade_failure){0};
        bool good = run_step(run, what, retire, slot);
        if (run->stopped) return false;
        if (!good && first.code[0] == '\0') first = run->failure;
    }
    run->failure = first;
    if (first.code[0] != '\0') return false;
    return run_step(run, "remove what is left over", clean, 0);
}
