/* The part of verify that asks the new instance what clients ask the old one. */
#include <stdio.h>

#include "upgrade/live.h"
#include "upgrade/machine_run.h"

#define LOOK_S 0.25 /* between two looks at how many requests have been copied; poll, where that is less */

struct pair {
    struct upgrade_instance old, new_one;
};

static void say_counts(struct run *run, size_t slot, const struct live_result *result, uint64_t dropped) {
    char text[256];
    const struct machine_reporter *reporter = run->machine->reporter;
    size_t random = run->machine->answers->shadow == NULL ? 0 : (size_t)run->journal->settings.shadow;
    int n = snprintf(text, sizeof text, "slot %zu: compared %zu requests of clients and %zu random ones", slot,
                     result->compared, random);
    if (n > 0 && (dropped > 0 || result->shed > 0))
        snprintf(text + n, sizeof text - (size_t)n, " (%llu were not copied, %zu shed)", (unsigned long long)dropped,
                 result->shed);
    reporter->say(reporter->user, text);
}

static void say_none(struct run *run, size_t slot, const char *why) {
    char text[LIVE_WHY_MAX + 160];
    const struct machine_reporter *reporter = run->machine->reporter;
    snprintf(text, sizeof text, "slot %zu: the old instance copies no requests of clients (%s)", slot, why);
    reporter->say(reporter->user, text);
}

/* Until there are enough, or the time is over. What has been begun gets its answer within that time or not at all. An
 * old instance that cannot be asked once is asked again. False: interrupted. */
static bool wait_for(struct run *run, const struct verify *verify, const struct pair *pair,
                     struct live_progress *ret) {
    const struct upgrade_settings *settings = &run->journal->settings;
    double step = settings->poll_s < LOOK_S ? settings->poll_s : LOOK_S;
    int64_t began_ms = run_now(run);
    *ret = (struct live_progress){0};
    for (;;) {
        struct live_progress found;
        double passed = run_seconds(run, began_ms), left = settings->live_wait_s - passed;
        if (live_look(verify, &pair->old, &found)) {
            *ret = found;
            if (!found.copying && found.filling == 0) return true;
        }
        if (left <= 0) return true;
        if (!run_sleep(run, "requests of clients are copied", step < left ? step : left, passed,
                       settings->live_wait_s))
            return false;
    }
}

static bool compare(struct run *run, size_t slot, const struct verify *verify, const struct pair *pair) {
    char keep[RUN_FOLDER_MAX + 32];
    struct live_progress progress;
    struct live_result result;
    snprintf(keep, sizeof keep, "%s/differs-%zu", run->folder, slot);
    bool good = wait_for(run, verify, pair, &progress) &&
                live_compare(verify, &pair->old, &pair->new_one, progress.begun, keep, &result);
    live_end(verify, &pair->old);
    if (good) say_counts(run, slot, &result, progress.dropped);
    return good;
}

bool run_live(struct run *run, size_t slot) {
    const struct upgrade_settings *settings = &run->journal->settings;
    char why[LIVE_WHY_MAX];
    struct pair pair;
    struct verify verify = run_verify(run);
    bool good = true;
    if (settings->live < 1) {
        say_none(run, slot, "live is 0");
        return true;
    }
    good = run_open(run, slot, UPGRADE_NEW, &pair.new_one) && run_open(run, slot, UPGRADE_OLD, &pair.old);
    if (good && live_begin(&verify, &pair.old, (size_t)settings->live, settings->live_wait_s, why))
        good = compare(run, slot, &verify, &pair);
    else if (good)
        say_none(run, slot, why);
    run_close(run, slot, UPGRADE_OLD);
    run_close(run, slot, UPGRADE_NEW);
    return good;
}
