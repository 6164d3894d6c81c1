/* Roll back, and its verification. */
#include <stdio.h>
#include <string.h>

#include "upgrade/machine_run.h"

static bool go_back(struct run *run, size_t slot) {
    return run_driver_slot(run, run->machine->driver->go_back, slot);
}

/* Last slot first. A slot that cannot be brought back is no reason to leave the others on the new version: each is
 * tried, once. The first failure is told. */
bool run_go_back(struct run *run) {
    struct upgrade_failure first = {0};
    for (size_t slot = run_touched(run); slot-- > 0;) {
        char what[RUN_WHAT_MAX];
        snprintf(what, sizeof what, "go back in slot %zu", slot);
        run->failure = (struct upgrade_failure){0};
        bool good = run_step(run, what, go_back, slot);
        if (run->stopped) return false;
        if (!good && first.code[0] == '\0') first = run->failure;
    }
    run->failure = first;
    return first.code[0] == '\0';
}

static bool wait_up(struct run *run, size_t slot) {
    return run_wait_up(run, slot, UPGRADE_OLD);
}

static bool wait_absent(struct run *run, size_t slot) {
    return run_wait_absent(run, slot, UPGRADE_NEW);
}

static bool prove(struct run *run, size_t slot) {
    struct upgrade_instance old;
    struct verify verify = run_verify(run);
    bool good = run_open(run, slot, UPGRADE_OLD, &old) && verify_instance(&verify, &old, run->journal->from_version);
    run_close(run, slot, UPGRADE_OLD);
    return good;
}

static bool each(struct run *run, const char *what, bool (*function)(struct run *run, size_t slot), size_t count) {
    for (size_t slot = 0; slot < count; slot++) {
        char text[RUN_WHAT_MAX];
        snprintf(text, sizeof text, "%s slot %zu", what, slot);
        if (!run_step(run, text, function, slot)) return false;
    }
    return true;
}

bool run_verify_back(struct run *run) {
    bool good = each(run, "wait for the old instance of", wait_up, run->journal->slots) &&
                each(run, "verify the old instance of", prove, run->journal->slots) &&
                each(run, "look that no new instance is left in", wait_absent, run_touched(run));
    if (good) run_clean(run);
    return good && !run->stopped;
}
