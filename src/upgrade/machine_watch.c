/* Settle and bake: new instances are watched while clients use them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnose/prometheus.h"
#include "upgrade/figures.h"
#include "upgrade/machine_run.h"
#include "wire/operations_list.h"

#define MISSES_MAX  3 /* looks in a row that get no answer */
#define SAMPLES_MAX 64
#define RESIDENT    "process_resident_memory_bytes"

/* Whose cost does not go with the number of items: of others the averages of two times say nothing. */
static const struct {
    const char *name;
    unsigned item_us;
} operations[] = {
#define X(NAME, name, ITEMS, RESULT, base_us, item_us, ...) {#name, item_us},
    OPERATIONS_LIST(X)
#undef X
};
#define OPERATIONS (sizeof operations / sizeof *operations)

static size_t comparable(const char *ret[OPERATIONS]) {
    size_t count = 0;
    for (size_t i = 0; i < OPERATIONS; i++)
        if (operations[i].item_us == 0) ret[count++] = operations[i].name;
    return count;
}

/* One instance's resident memory, at equal distances; when it is full every second one is dropped and the distance
 * doubles. */
struct memory {
    double bytes[SAMPLES_MAX], at_s[SAMPLES_MAX];
    size_t count;
};

static void remember(struct memory *memory, double bytes, double at_s) {
    if (memory->count == SAMPLES_MAX) {
        for (size_t i = 0; i < SAMPLES_MAX / 2; i++) {
            memory->bytes[i] = memory->bytes[2 * i];
            memory->at_s[i] = memory->at_s[2 * i];
        }
        memory->count = SAMPLES_MAX / 2;
    }
    memory->bytes[memory->count] = bytes;
    memory->at_s[memory->count++] = at_s;
}

/* What a new instance fills once does not count: it must have grown by more than the floor, and still grow in the
 * second half. */
static bool judge_memory(struct run *run, size_t slot, const struct memory *memory) {
    const struct upgrade_settings *settings = &run->journal->settings;
    size_t first = memory->count / 2, count = memory->count - first;
    if (memory->count < 4) return true;
    double grown = memory->bytes[memory->count - 1] - memory->bytes[0];
    double interval_s = (memory->at_s[memory->count - 1] - memory->at_s[first]) / (double)(count - 1);
    if (interval_s <= 0 || grown <= settings->memory_floor) return true;
    double slope = figures_slope(memory->bytes + first, count) / interval_s;
    if (slope <= settings->memory_slope) return true;
    return run_fail(
        run, "memory_grows",
        "slot %zu: resident memory has grown by %.0f MiB and still grows by %.2f MiB/s (memory-slope %.2f)", slot,
        grown / 1048576, slope / 1048576, settings->memory_slope / 1048576);
}

/* ---- One look at one instance ---------------------------------------------------------------------------------- */

/* Slow answers are few among many: they are judged over the whole while, at its end. */
static bool judge(struct run *run, size_t slot, const char *now, bool last) {
    const char *names[OPERATIONS];
    size_t count = comparable(names);
    char *baseline = run_kept_scrape(run, SCRAPE_BASELINE, slot);
    char *before = run_kept_scrape(run, SCRAPE_BEFORE, slot);
    bool good = baseline != NULL && before != NULL &&
                figures_judge(&run->journal->settings, baseline, before, now, names, count, &run->failure);
    if (good && last)
        good = figures_judge_p99(&run->journal->settings, baseline, before, now, names, count, &run->failure);
    free(baseline);
    free(before);
    return good;
}

/* Times that have risen in an old instance too, since the same moment, are the machine's or the load's. (CPU time for
 * each operation is judged before, and has no such excuse.) */
static bool excused(struct run *run) {
    const struct machine_reporter *reporter = run->machine->reporter;
    const struct upgrade_failure cause = run->failure;
    const char *names[OPERATIONS];
    struct upgrade_instance instance;
    struct verify verify = run_verify(run);
    size_t peer, count = comparable(names);
    if (strcmp(cause.code, "p99_rose") != 0 || !run_peer(run, &peer)) return false;
    run->failure = (struct upgrade_failure){0};
    char *baseline = run_kept_scrape(run, SCRAPE_BASELINE, peer), *before = run_kept_scrape(run, SCRAPE_PEER, peer);
    char *now = run_open(run, peer, UPGRADE_OLD, &instance) ? verify_scrape(&verify, &instance) : NULL;
    run_close(run, peer, UPGRADE_OLD);
    bool slow_too = baseline != NULL && before != NULL && now != NULL &&
                    !figures_judge_p99(&run->journal->settings, baseline, before, now, names, count, &run->failure);
    free(baseline);
    free(before);
    free(now);
    if (slow_too)
        memset(&run->failure, 0, sizeof run->failure);
    else
        run->failure = cause;
    if (slow_too && !run->excused) {
        reporter->say(reporter->user, "times have risen, but in an old instance too: that is not the new version");
        run->excused = true;
    }
    return slow_too;
}

enum look { LOOK_GOOD, LOOK_MISSED, LOOK_WORSE };

/* No answer now may be a busy machine's; an instance that ended, or is worse, is an answer. */
static enum look look(struct run *run, size_t slot, struct memory *memory, double at_s, bool last) {
    struct upgrade_instance instance;
    struct verify verify = run_verify(run);
    char *text = NULL;
    enum look found = LOOK_MISSED;
    if (run_open(run, slot, UPGRADE_NEW, &instance)) {
        if ((double)instance.restarts > run->journal->settings.restarts) {
            (void)run_fail(run, "restarted", "slot %zu: %.200s was restarted %llu times: %.100s", slot, instance.name,
                           (unsigned long long)instance.restarts, instance.detail);
            snprintf(run->failure.output, sizeof run->failure.output, "%s", instance.output);
            found = LOOK_WORSE;
        } else if (verify_ready(&verify, &instance)) {
            text = verify_scrape(&verify, &instance);
        }
    } else if (instance.state == UPGRADE_BROKEN || instance.state == UPGRADE_ABSENT) {
        found = strncmp(run->failure.code, "instance_", 9) == 0 ? LOOK_WORSE : LOOK_MISSED;
    }
    run_close(run, slot, UPGRADE_NEW);
    if (text != NULL) {
        remember(memory, prometheus_sum(text, RESIDENT, NULL), at_s);
        found = judge(run, slot, text, last) || excused(run) ? LOOK_GOOD : LOOK_WORSE;
    }
    free(text);
    return found;
}

/* ---- All of them, for a while ---------------------------------------------------------------------------------- */

static enum look look_at_all(struct run *run, size_t first, size_t count, struct memory *memory, double at_s,
                             bool last) {
    enum look worst = LOOK_GOOD;
    for (size_t i = 0; i < count && worst == LOOK_GOOD; i++) {
        run->failure = (struct upgrade_failure){0};
        worst = look(run, first + i, &memory[i], at_s, last);
    }
    return worst;
}

static bool watch(struct run *run, size_t first, size_t count, double seconds, struct memory *memory) {
    const struct upgrade_settings *settings = &run->journal->settings;
    int64_t began_ms = run_now(run);
    for (int misses = 0;;) {
        double passed = run_seconds(run, began_ms), left = seconds - passed;
        enum look found = look_at_all(run, first, count, memory, passed, left <= 0);
        misses = found == LOOK_MISSED ? misses + 1 : 0;
        if (run->stopped || found == LOOK_WORSE || misses == MISSES_MAX) return false;
        if (misses == 0 && left <= 0) break;
        double pause = misses > 0 || settings->poll_s < left ? settings->poll_s : left;
        if (!run_sleep(run, "new instances are watched", pause, passed, seconds)) return false;
    }
    for (size_t i = 0; i < count; i++)
        if (!judge_memory(run, first + i, &memory[i])) return false;
    return true;
}

static bool watch_slots(struct run *run, size_t first, size_t count, double seconds) {
    struct memory *memory = calloc(count, sizeof *memory);
    bool good = memory != NULL ? watch(run, first, count, seconds, memory)
                               : run_fail(run, "out_of_memory", "no memory for %zu instances", count);
    free(memory);
    return good;
}

static bool settle(struct run *run, size_t slot) {
    (void)slot;
    return watch_slots(run, run->journal->first, run->journal->count, run->journal->settings.settle_s);
}

static bool bake(struct run *run, size_t slot) {
    (void)slot;
    return watch_slots(run, 0, run->journal->slots, run->journal->settings.bake_s);
}

bool run_settle(struct run *run) {
    char what[RUN_WHAT_MAX];
    snprintf(what, sizeof what, "watch slot%s %zu to %zu with clients for %g s", run->journal->count == 1 ? "" : "s",
             run->journal->first, run_touched(run) - 1, run->journal->settings.settle_s);
    return run_step(run, what, settle, 0);
}

bool run_bake(struct run *run) {
    char what[RUN_WHAT_MAX];
    snprintf(what, sizeof what, "watch all for %g s, the old ones warm", run->journal->settings.bake_s);
    return run_step(run, what, bake, 0);
}
