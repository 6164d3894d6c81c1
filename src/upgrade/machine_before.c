/* Plan, preflight, prepare: nothing that serves is changed here. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnose/prometheus.h"
#include "upgrade/machine_run.h"
#include "upgrade/names.h"

#define MIB           1048576.0
#define MEMORY_MARGIN 1.25       /* of an instance's resident memory, for a new one beside it */
#define DISK_LEAST    (64 * MIB) /* for journals, scrapes and logs */
#define DISK_LITTLE   (1024 * MIB)
#define LOAD_HIGH     0.9 /* runnable tasks for each CPU */

/* ---- Plan ------------------------------------------------------------------------------------------------------ */

/* All of them have one version, or there is none to go back to. */
static bool look_at_version(struct run *run, size_t slot) {
    struct journal *journal = run->journal;
    struct upgrade_instance instance;
    struct verify_version found;
    struct verify verify = run_verify(run);
    bool good = run_open(run, slot, UPGRADE_OLD, &instance) && verify_get_version(&verify, &instance, &found);
    run_close(run, slot, UPGRADE_OLD);
    if (!good) return false;
    if (!name_is_version(found.version))
        return run_fail(run, "version_unknown", "%.200s says that its version is '%.60s'", instance.name,
                        found.version);
    if (journal->from_version[0] == '\0')
        snprintf(journal->from_version, sizeof journal->from_version, "%s", found.version);
    if (strcmp(journal->from_version, found.version) == 0) return true;
    return run_fail(run, "versions_differ",
                    "%.200s has version %s, another instance %s: bring them to one version first", instance.name,
                    found.version, journal->from_version);
}

static bool plan(struct run *run, size_t slot) {
    (void)slot;
    if (!run_describe(run)) return false;
    run->journal->from_version[0] = '\0';
    run->journal->slots = run->description.slots;
    for (size_t i = 0; i < run->journal->slots; i++)
        if (!look_at_version(run, i)) return false;
    return true;
}

bool run_plan(struct run *run) {
    return run_step(run, "look at the service", plan, 0);
}

/* ---- Preflight ------------------------------------------------------------------------------------------------- */

static void check_version(struct run *run) {
    const struct journal *journal = run->journal;
    const struct upgrade_settings *settings = &journal->settings;
    const char *from = journal->from_version, *to = journal->to_version;
    int order;
    if (strcmp(from, to) == 0)
        run_check(run, "version", settings->reinstall != 0 ? UPGRADE_PASS : UPGRADE_REFUSE, "%s runs already%s", to,
                  settings->reinstall != 0 ? "; it is installed again" : ": --set reinstall=1 installs it again");
    else if (journal->undoes)
        run_check(run, "version", UPGRADE_PASS, "back from %s to %s", from, to);
    else if (!name_compare_versions(from, to, &order))
        run_check(run, "version", UPGRADE_WARN, "%s and %s have no order: it may be a downgrade", from, to);
    else if (order > 0)
        run_check(run, "version", settings->allow_downgrade != 0 ? UPGRADE_WARN : UPGRADE_REFUSE,
                  "%s is lower than %s%s", to, from,
                  settings->allow_downgrade != 0 ? "" : ": --set allow-downgrade=1 lets it be");
    else
        run_check(run, "version", UPGRADE_PASS, "%s to %s", from, to);
}

/* An old one that is not well can be no baseline, and no way back. */
static double check_health(struct run *run, size_t slot) {
    struct upgrade_instance instance;
    struct verify verify = run_verify(run);
    char *text = NULL;
    bool good = run_open(run, slot, UPGRADE_OLD, &instance) &&
                verify_instance(&verify, &instance, run->journal->from_version) &&
                (text = verify_scrape(&verify, &instance)) != NULL;
    run_close(run, slot, UPGRADE_OLD);
    if (good)
        run_check(run, "health", UPGRADE_PASS, "%s is ready, and its answers are right", instance.name);
    else if (!run->stopped)
        run_check(run, "health", UPGRADE_REFUSE, "%.400s%s%.400s", run->failure.message,
                  run->failure.output[0] == '\0' ? "" : ": ", run->failure.output);
    run->failure = (struct upgrade_failure){0};
    double resident = text == NULL ? NAN : prometheus_sum(text, "process_resident_memory_bytes", NULL);
    free(text);
    return resident;
}

static void check_room(struct run *run, double resident_bytes) {
    struct machine_room room;
    double at_once = run->journal->settings.max_unavailable;
    if (at_once > (double)run->journal->slots) at_once = (double)run->journal->slots;
    /* Old instances stay warm until all is done: in the end there are twice as many. */
    if (!run->description.old_ends_at_take_over) at_once = (double)run->journal->slots;
    double needed = resident_bytes * MEMORY_MARGIN * at_once;
    const char *folder = run->machine->disk_folder != NULL ? run->machine->disk_folder : run->machine->folder;
    run->machine->room(folder, &room);
    if (isnan(needed) || isnan(room.memory_bytes))
        run_check(run, "memory", UPGRADE_WARN, "it is not known whether memory suffices");
    else
        run_check(run, "memory", needed <= room.memory_bytes ? UPGRADE_PASS : UPGRADE_REFUSE,
                  "%.0f MiB are available, %.0f more instances need %.0f MiB", room.memory_bytes / MIB, at_once,
                  needed / MIB);
    if (isnan(room.disk_bytes))
        run_check(run, "disk", UPGRADE_WARN, "it is not known how much of the disk is free");
    else
        run_check(run, "disk",
                  room.disk_bytes < DISK_LEAST    ? UPGRADE_REFUSE
                  : room.disk_bytes < DISK_LITTLE ? UPGRADE_WARN
                                                  : UPGRADE_PASS,
                  "%.0f MiB are free where journals are (%.300s)", room.disk_bytes / MIB, folder);
    if (isnan(room.cpus) || isnan(room.load))
        run_check(run, "cpu", UPGRADE_WARN, "it is not known how busy the CPUs are");
    else
        run_check(run, "cpu", room.load > LOAD_HIGH * room.cpus ? UPGRADE_WARN : UPGRADE_PASS,
                  "%.1f tasks run on %.0f CPUs%s", room.load, room.cpus,
                  room.load > LOAD_HIGH * room.cpus
                      ? ": a new instance competes with the old ones, and times are hard to judge"
                      : "");
}

static bool preflight(struct run *run, size_t slot) {
    (void)slot;
    double resident = NAN;
    run->refusal = (struct upgrade_failure){0};
    check_version(run);
    for (size_t i = 0; i < run->journal->slots; i++) {
        double bytes = check_health(run, i);
        if (run->stopped) return false;
        if (isnan(resident) || bytes > resident) resident = bytes;
    }
    if (run->description.local) check_room(run, resident);
    if (!run_driver(run, run->machine->driver->preflight)) return false;
    if (run->refusal.code[0] == '\0') return true;
    run->failure = run->refusal;
    return false;
}

static bool confirm(struct run *run, const struct upgrade_instance *instances) {
    const struct machine_reporter *reporter = run->machine->reporter;
    const char *names[UPGRADE_SLOTS_MAX];
    for (size_t i = 0; i < run->journal->slots; i++) names[i] = instances[i].name;
    const struct machine_plan plan = {run->journal, run->description.target, names};
    if (reporter->confirm(reporter->user, &plan)) return true;
    return run_fail(run, "declined", "it was not confirmed");
}

bool run_preflight(struct run *run) {
    struct journal *journal = run->journal;
    if (!run_step(run, "preflight", preflight, 0)) return false;
    struct upgrade_instance *instances = calloc(journal->slots, sizeof *instances);
    bool good = instances != NULL || run_fail(run, "out_of_memory", "no memory for %zu instances", journal->slots);
    for (size_t i = 0; good && i < journal->slots; i++) good = run_inspect(run, i, UPGRADE_OLD, &instances[i]);
    good = good && confirm(run, instances);
    free(instances);
    return good;
}

/* ---- Prepare --------------------------------------------------------------------------------------------------- */

static bool keep_baseline(struct run *run, size_t slot) {
    return run_keep_scrape(run, SCRAPE_BASELINE, slot, UPGRADE_OLD);
}

static bool prepare(struct run *run, size_t slot) {
    (void)slot;
    return run_driver(run, run->machine->driver->prepare);
}

bool run_prepare(struct run *run) {
    for (size_t i = 0; i < run->journal->slots; i++) {
        char what[RUN_WHAT_MAX];
        snprintf(what, sizeof what, "keep the metrics of slot %zu as baseline", i);
        if (!run_step(run, what, keep_baseline, i)) return false;
    }
    return run_step(run, "prepare", prepare, 0);
}

static bool clean(struct run *run, size_t slot) {
    (void)slot;
    return run_driver(run, run->machine->driver->clean);
}

void run_clean(struct run *run) {
    struct upgrade_failure cause = run->failure;
    run->failure = (struct upgrade_failure){0};
    (void)!run_step(run, "remove what is left over", clean, 0);
    run->failure = cause;
}
