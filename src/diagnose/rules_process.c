/* Whether there is a process, how the one before ended, and whether what runs is what should run. */
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "diagnose/prometheus.h"
#include "diagnose/rules.h"

#define OLD_S          (7 * 86400) /* an ending that need not worry any more */
#define IN_FLIGHT_MOST 4           /* operations that are named */

/* ---- Reachable
 * ----------------------------------------------------------------------------------------------------- */

static const char *state_text(char state) {
    switch (state) {
    case 'R': return "running";
    case 'S': return "sleeping";
    case 'D': return "waiting for a device";
    case 'T':
    case 't': return "stopped by a signal or a debugger";
    case 'Z': return "dead, and not waited for";
    default: return "in an unknown state";
    }
}

static void add_processes(struct finding *finding, const struct machine *machine) {
    size_t kept = machine->process_count < MACHINE_PROCESSES_MAX ? machine->process_count : MACHINE_PROCESSES_MAX;
    char path[64];
    if (!machine->here || !machine->proc_readable) return;
    if (kept == 0) evidence_say(finding, machine->proc_root, "", 0, "no process named kzgd");
    for (size_t i = 0; i < kept; i++) {
        snprintf(path, sizeof path, "%ld/stat", machine->process[i].pid);
        evidence_say(finding, machine->proc_root, path, NAN, "process %ld is kzgd, %s", machine->process[i].pid,
                     state_text(machine->process[i].state));
    }
}

static void advise_running(struct finding *finding, const struct facts *facts) {
    long pid = facts->machine.process[0].pid;
    if (facts->answer == ANSWER_LATE) {
        find_means(finding, "It runs and does not answer: it hangs, is stopped, or the machine is far too busy.");
        find_next(finding, "KzgDown",
                  "kzg doctor --bundle kzgd.tar.gz, then kill -ABRT %ld, so that it leaves a record, and start it",
                  pid);
    } else {
        find_means(finding, "A kzgd runs, but its administration is not at this address.");
        find_next(finding, "KzgDown", "kzg doctor --admin ADDRESS, as kzgd's --admin-listen has it");
    }
}

static void advise(struct finding *finding, const struct facts *facts) {
    const struct machine *machine = &facts->machine;
    if (facts->answer == ANSWER_OTHER) {
        find_means(finding, "Another program has this address, or it is kzgd's API and not its administration.");
        find_next(finding, "KzgNoData", "kzg doctor --admin ADDRESS, as kzgd's --admin-listen has it");
    } else if (machine->here && machine->process_count > 0) {
        advise_running(finding, facts);
    } else if (machine->here && machine->proc_readable) {
        find_means(finding, "It is not running. The finding 'ending', if there is one, says how it ended.");
        find_next(finding, "KzgDown", "journalctl -u kzgd -n 50; systemctl start kzgd");
    } else {
        find_means(finding, "It is not running there, or something is in between.");
        find_next(finding, "KzgDown", "kzg doctor on that machine");
    }
}

void rule_reachable(const struct facts *facts, struct findings *findings) {
    if (facts->answer == ANSWER_GOOD) {
        struct finding *well = find(findings, SEVERITY_OK, NULL, "kzgd answers at %s", facts->address);
        double started = facts_metric(facts, "process_start_time_seconds", NULL);
        if (!isnan(started))
            evidence_say(well, facts->page[PAGE_METRICS].source, "process_start_time_seconds", started, "runs for %s",
                         SPAN((double)facts->now_s - started));
        return;
    }
    struct finding *finding =
        facts->answer == ANSWER_OTHER
            ? find(findings, SEVERITY_CRITICAL, NULL, "what answers at %s is not kzgd's administration",
                   facts->address)
            : find(findings, SEVERITY_CRITICAL, NULL, "kzgd does not answer at %s", facts->address);
    evidence_say(finding, facts->address, "", NAN, "%s", facts->trouble);
    add_processes(finding, &facts->machine);
    advise(finding, facts);
}

/* ---- Ending
 * -------------------------------------------------------------------------------------------------------- */

/* Is there a process now, though it may not answer? */
static bool is_running(const struct facts *facts) {
    return facts->answer == ANSWER_GOOD || (facts->machine.here && facts->machine.process_count > 0);
}

static enum severity severity_of_ending(const struct facts *facts, const char *reason) {
    int64_t when_s = facts_when(facts_text(facts, PAGE_ENDING, "when"));
    bool old = when_s > 0 && facts->now_s - when_s > OLD_S;
    if (strcmp(reason, "none") == 0 || strcmp(reason, "clean") == 0) return SEVERITY_OK;
    if (!is_running(facts)) return strcmp(reason, "unknown") == 0 ? SEVERITY_WARNING : SEVERITY_CRITICAL;
    return old ? SEVERITY_INFO : SEVERITY_WARNING;
}

static void add_ending_evidence(struct finding *finding, const struct facts *facts) {
    json_object *list = facts_member(facts, PAGE_ENDING, "evidence");
    char path[32];
    for (size_t i = 0; i < object_list(list) && i < 6; i++) {
        const char *text = json_object_get_string(json_object_array_get_idx(list, i));
        snprintf(path, sizeof path, "evidence.%zu", i);
        if (text != NULL) evidence_say(finding, facts->page[PAGE_ENDING].source, path, NAN, "%s", text);
    }
    evidence_bytes(finding, facts, PAGE_ENDING, "memory_at_end.used", "memory at the last sample");
    evidence_bytes(finding, facts, PAGE_ENDING, "memory_at_end.limit", "its limit then");
}

static void add_in_flight(struct finding *finding, const struct facts *facts) {
    json_object *list = facts_member(facts, PAGE_ENDING, "recording.in_flight");
    char path[48];
    for (size_t i = 0; i < object_list(list) && i < IN_FLIGHT_MOST; i++) {
        json_object *one = json_object_array_get_idx(list, i);
        const char *operation = object_text(one, "operation"), *id = object_text(one, "request_id");
        snprintf(path, sizeof path, "recording.in_flight.%zu", i);
        evidence_say(finding, facts->page[PAGE_ENDING].source, path, NAN, "was running %s, request %s, for %.3g s",
                     operation == NULL ? "?" : operation, id == NULL ? "?" : id, object_number(one, "age_seconds"));
    }
    if (object_list(list) > IN_FLIGHT_MOST)
        evidence_say(finding, facts->page[PAGE_ENDING].source, "recording.in_flight", (double)object_list(list),
                     "%zu operations were running in all", object_list(list));
}

static void ending_not_known(const struct facts *facts, struct findings *findings) {
    struct finding *finding;
    if (facts->state_trouble[0] != '\0' && facts->answer != ANSWER_GOOD) {
        finding = find_unknown(findings, NULL, "how the last process ended: %s: %s", facts->state_dir,
                               facts->state_trouble);
        find_next(finding, NULL, "kzg doctor --state-dir FOLDER, as a user that may read it");
    } else if (facts->state_dir_none) {
        finding =
            find(findings, SEVERITY_INFO, NULL, "how a process ends is not recorded: kzgd has no state directory");
        evidence_text(finding, facts, PAGE_CONFIG, "state-dir.origin", "--state-dir is empty, by");
        find_means(finding, "After the next crash or kill nobody can tell why.");
        find_next(finding, NULL, "start kzgd with --state-dir FOLDER, or under systemd with StateDirectory=kzgd");
    } else if (facts->state_dir[0] == '\0' && facts->answer != ANSWER_GOOD) {
        finding = find_unknown(findings, NULL, "how the last process ended, without its state directory");
        find_means(finding, "Its flight recorder is in the folder that kzgd has as --state-dir.");
        find_next(finding, NULL, "kzg doctor --state-dir FOLDER");
    }
}

void rule_ending(const struct facts *facts, struct findings *findings) {
    const char *reason = facts_has(facts, PAGE_ENDING) ? facts_text(facts, PAGE_ENDING, "reason") : NULL;
    if (reason != NULL && strcmp(reason, "none") == 0 && facts->answer != ANSWER_GOOD) {
        struct finding *nothing = find_unknown(
            findings, NULL, "how the last process ended: %s has no flight recorder of one", facts->state_dir);
        find_next(nothing, NULL, "kzg doctor --state-dir FOLDER, as kzgd's --state-dir has it");
        return;
    }
    if (reason == NULL) {
        ending_not_known(facts, findings);
        return;
    }
    enum severity severity = severity_of_ending(facts, reason);
    const char *text = facts_text(facts, PAGE_ENDING, "text"), *advice = facts_text(facts, PAGE_ENDING, "advice");
    struct finding *finding = find(findings, severity, reason, "%s", text == NULL ? reason : text);
    evidence_text(finding, facts, PAGE_ENDING, "certainty", "the verdict is");
    evidence_text(finding, facts, PAGE_ENDING, "when", "last sign of life");
    if (severity == SEVERITY_OK) return;
    add_ending_evidence(finding, facts);
    add_in_flight(finding, facts);
    find_means(finding, "%s",
               is_running(facts) ? "That was the process before the one that runs."
                                 : "No process has taken its place, as far as can be seen from here.");
    find_next(finding, strcmp(reason, "oom_killed") == 0 ? "KzgOomKilled" : "KzgCrashed", "%s",
              advice == NULL ? "kzg doctor --bundle kzgd.tar.gz" : advice);
}

/* The kernel's own words; whether it was kzgd is the ending's to say. */
void rule_kernel_oom(const struct facts *facts, struct findings *findings) {
    const struct machine *machine = &facts->machine;
    if (!machine->here) return;
    if (machine->kernel_trouble[0] != '\0') {
        struct finding *finding = find_unknown(findings, NULL, "the kernel's log (%s) cannot be read: %s",
                                               machine->kernel_log, machine->kernel_trouble);
        find_means(finding, "Whether the kernel killed something for memory cannot be seen.");
        find_next(finding, NULL, "dmesg > FILE as root, then kzg doctor --kernel-log FILE");
    } else if (machine->oom_count == 0) {
        find(findings, SEVERITY_OK, NULL, "the kernel's log (%s) tells of no kill for memory", machine->kernel_log);
    } else {
        size_t length = strlen(machine->oom_lines), start = length > 0 ? length - 1 : 0;
        while (start > 0 && machine->oom_lines[start - 1] != '\n') start--;
        struct finding *finding =
            find(findings, SEVERITY_INFO, NULL, "the kernel has killed for memory on this machine since it started");
        evidence_say(finding, machine->kernel_log, "", (double)machine->oom_count,
                     "%zu lines about it; the last: %.*s", machine->oom_count, (int)(length - start - 1),
                     machine->oom_lines + start);
        find_means(finding, "Whether it was kzgd the finding 'ending' says; another process may have been meant, or "
                            "have taken the memory.");
        find_next(finding, "KzgOomKilled", "dmesg -T | grep -i -A1 'out of memory'");
    }
}

/* ---- What runs
 * ----------------------------------------------------------------------------------------------------- */

void rule_version_skew(const struct facts *facts, struct findings *findings) {
    const char *version = facts_text(facts, PAGE_VERSION, "version");
    if (version == NULL) {
        find_unknown(findings, NULL, "the daemon's version: /version does not say it");
        return;
    }
    bool same = strcmp(version, facts->tool_version) == 0;
    struct finding *finding = same ? find(findings, SEVERITY_OK, NULL, "daemon and tool are both version %s", version)
                                   : find(findings, SEVERITY_WARNING, NULL,
                                          "the daemon is version %s and this tool %s", version, facts->tool_version);
    evidence_text(finding, facts, PAGE_VERSION, "version", "daemon");
    evidence_text(finding, facts, PAGE_VERSION, "commit", "its commit");
    evidence_say(finding, "kzg --version", "", NAN, "tool %s", facts->tool_version);
    if (same) return;
    find_means(finding, "Pages may differ from what this tool expects, and an upgrade may have stopped half way: a "
                        "daemon keeps its version until it is restarted.");
    find_next(finding, "KzgVersionSkew", "use the tool of the daemon's version, or finish the upgrade");
}

/* The name of a capture: an item is the name, or an object that has it. */
static const char *capture_name(json_object *item) {
    if (json_object_is_type(item, json_type_string)) return json_object_get_string(item);
    return object_text(item, "name");
}

void rule_captures(const struct facts *facts, struct findings *findings) {
    json_object *list = facts_member(facts, PAGE_CAPTURES, "captures");
    size_t count = object_list(list);
    if (!json_object_is_type(list, json_type_array)) {
        find_unknown(findings, NULL, "captures: %s has no list of them", facts->page[PAGE_CAPTURES].source);
        return;
    }
    if (count == 0) {
        find(findings, SEVERITY_OK, NULL, "kzgd has had no reason to keep a profile");
        return;
    }
    struct finding *finding = find(findings, SEVERITY_INFO, NULL, "kzgd has kept %zu profiles by itself", count);
    for (size_t i = 0; i < count && i < 8; i++) {
        json_object *item = json_object_array_get_idx(list, i);
        const char *name = capture_name(item), *trigger = object_text(item, "trigger");
        if (name != NULL)
            evidence_say(finding, facts->page[PAGE_CAPTURES].source, "captures", NAN, "%s%s%s", name,
                         trigger == NULL ? "" : ", because of ", trigger == NULL ? "" : trigger);
    }
    find_means(finding, "Each was taken at a moment of trouble, which its name tells.");
    find_next(finding, "KzgLatencyOverObjective", "%s", COMMAND("kzg profile captures NAME --pprof FILE"));
}
