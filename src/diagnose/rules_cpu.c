/* CPU: used up by us, by others, taken away, or not given. */
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "diagnose/rules.h"

#define THROTTLED_HIGH 25.0 /* per cent of the quota's periods; as the alert KzgCpuThrottled has it */
#define STEAL_HIGH     10.0 /* per cent */
#define PRESSURE_HIGH  40.0 /* per cent of the last minute */
#define RUN_WAIT_HIGH  20.0 /* per cent of the time that threads ran or waited */

static double number(const struct facts *facts, const char *path) {
    return facts_number(facts, PAGE_CPU, path);
}

/* ---- High
 * ---------------------------------------------------------------------------------------------------------- */

static void add_averages(struct finding *finding, const struct facts *facts) {
    evidence_number(finding, facts, PAGE_CPU, "process.10m.average", "kzgd, of what it may use, 10 minutes:", "%");
    evidence_number(finding, facts, PAGE_CPU, "system.10m.average", "machine, 10 minutes:", "%");
    evidence_number(finding, facts, PAGE_CPU, "threshold", "high from", "%");
    evidence_number(finding, facts, PAGE_CPU, "limits.available", "kzgd may use", "CPUs");
}

void rule_cpu_high(const struct facts *facts, struct findings *findings) {
    bool process = facts_flag(facts, PAGE_CPU, "process.above_threshold");
    bool system = facts_flag(facts, PAGE_CPU, "system.above_threshold");
    if (isnan(number(facts, "threshold"))) {
        find_unknown(findings, NULL, "CPU use: /debug/cpu does not say it");
        return;
    }
    if (!process && !system) {
        add_averages(find(findings, SEVERITY_OK, NULL, "CPU is below its threshold"), facts);
        return;
    }
    struct finding *finding =
        find(findings, SEVERITY_WARNING, process ? "process" : "machine", "%s is above its threshold",
             process ? "kzgd's CPU" : "the machine's CPU, but not kzgd's,");
    add_averages(finding, facts);
    evidence_metric(finding, facts, "kzg_queue_depth", NULL, "requests waiting", "");
    find_means(finding,
               process ? "With a short queue the instance is well used, and there is nothing to mend; with a long "
                         "one it has too few CPUs for its load."
                       : "Something else works on this machine; kzgd gets what is left.");
    find_next(finding, "KzgCpuHigh", "%s", process ? COMMAND("kzg profile --window 1m") : "top");
}

/* ---- Taken away
 * ---------------------------------------------------------------------------------------------------- */

void rule_cpu_throttled(const struct facts *facts, struct findings *findings) {
    double now = number(facts, "last.throttled"), throttled = number(facts, "limits.throttled_periods");
    double periods = number(facts, "limits.periods"), quota = number(facts, "limits.quota");
    if (isinf(quota) || (isnan(now) && isnan(throttled))) {
        find(findings, SEVERITY_OK, NULL,
             isinf(quota) ? "no quota limits kzgd's CPU" : "no quota on CPU can be seen");
        return;
    }
    double ever = 100 * throttled / periods;
    bool much = now >= THROTTLED_HIGH || ever >= THROTTLED_HIGH;
    struct finding *finding = find(findings,
                                   much            ? SEVERITY_WARNING
                                   : throttled > 0 ? SEVERITY_INFO
                                                   : SEVERITY_OK,
                                   NULL,
                                   much            ? "kzgd stands still because its CPU quota is used up"
                                   : throttled > 0 ? "kzgd's CPU quota was used up now and then"
                                                   : "kzgd's CPU quota has never been used up");
    evidence_number(finding, facts, PAGE_CPU, "last.throttled", "of the periods just now:", "%");
    evidence_number(finding, facts, PAGE_CPU, "limits.throttled_periods", "throttled periods", "");
    evidence_number(finding, facts, PAGE_CPU, "limits.periods", "of periods", "");
    evidence_number(finding, facts, PAGE_CPU, "limits.quota", "quota", "CPUs");
    evidence_text(finding, facts, PAGE_CPU, "limits.quota_path", "set by");
    evidence_number(finding, facts, PAGE_VERSION, "workers", "workers", "");
    if (throttled == 0) return;
    find_means(finding,
               "Every operation takes longer than its CPU time, while CPU looks low. More workers than the quota has "
               "CPUs is the usual cause.");
    find_next(finding, "KzgCpuThrottled", "give --workers as many as the quota has whole CPUs, or raise the quota");
}

/* A figure of the last sample that should be low. */
struct low_figure {
    const char *path, *what, *well, *high, *means, *next, *runbook;
    double limit;
};

static void judge_low(const struct facts *facts, struct findings *findings, const struct low_figure *figure) {
    double value = number(facts, figure->path);
    if (isnan(value)) {
        find_unknown(findings, NULL, "%s: /debug/cpu does not say it", figure->what);
        return;
    }
    bool high = value >= figure->limit;
    struct finding *finding =
        find(findings, high ? SEVERITY_WARNING : SEVERITY_OK, NULL, "%s", high ? figure->high : figure->well);
    evidence_number(finding, facts, PAGE_CPU, figure->path, figure->what, "%");
    if (!high) return;
    find_means(finding, "%s", figure->means);
    find_next(finding, figure->runbook, "%s", figure->next);
}

void rule_cpu_steal(const struct facts *facts, struct findings *findings) {
    static const struct low_figure figure = {
        .path = "last.steal",
        .what = "CPU time that the hypervisor took",
        .well = "the hypervisor leaves the CPUs alone",
        .high = "the hypervisor takes CPU time away",
        .means = "Other machines on the same host use the CPUs: kzgd is slow through no fault of its own.",
        .next = "move the instance to another host, or one with CPUs of its own",
        .runbook = "KzgCpuDrift",
        .limit = STEAL_HIGH,
    };
    judge_low(facts, findings, &figure);
}

void rule_cpu_pressure(const struct facts *facts, struct findings *findings) {
    static const struct low_figure figure = {
        .path = "machine_pressure.some_avg60",
        .what = "time of the last minute in which some task waited for a CPU:",
        .well = "tasks of the machine do not wait for a CPU",
        .high = "tasks of the machine wait for a CPU",
        .means = "More threads want to run than there are CPUs: too many workers, or neighbours.",
        .next = "top; compare --workers with the CPUs that kzgd may use",
        .runbook = "KzgCpuHigh",
        .limit = PRESSURE_HIGH,
    };
    judge_low(facts, findings, &figure);
}

void rule_cpu_run_wait(const struct facts *facts, struct findings *findings) {
    double waited = number(facts, "last.run_wait"), ran = number(facts, "last.process");
    if (isnan(waited) || isnan(ran)) {
        find_unknown(findings, NULL, "how long kzgd's threads wait for a CPU: /debug/cpu does not say it");
        return;
    }
    double share = waited + ran > 0 ? 100 * waited / (waited + ran) : 0;
    bool high = share >= RUN_WAIT_HIGH && waited >= 10;
    struct finding *finding =
        high ? find(findings, SEVERITY_WARNING, NULL,
                    "kzgd's threads were ready, but got no CPU, for %.0f %% of their time", share)
             : find(findings, SEVERITY_OK, NULL, "kzgd's threads get a CPU when they are ready");
    evidence_number(finding, facts, PAGE_CPU, "last.run_wait", "ready and not running, all threads:", "% of one CPU");
    evidence_number(finding, facts, PAGE_CPU, "last.process", "running, all threads:", "% of one CPU");
    if (!high) return;
    find_means(finding, "Others run instead: neighbours on the machine, too many workers, or a quota. It is in every "
                        "operation's time, but not in its CPU time.");
    find_next(finding, "KzgCpuDrift", "top; fewer --workers, or a machine of its own");
}

/* ---- Slower than it was
 * -------------------------------------------------------------------------------------------- */

void rule_cpu_drift(const struct facts *facts, struct findings *findings) {
    double drift = facts_number(facts, PAGE_WORKERS, "drift");
    double high = facts_number(facts, PAGE_WORKERS, "drift_threshold");
    if (isnan(drift)) {
        struct finding *finding = find_unknown(findings, NULL, "drift from the calibration: too little work lately");
        find_means(finding, "It is measured by the operations of the last minute.");
        return;
    }
    bool slow = drift >= high;
    struct finding *finding = find(findings, slow ? SEVERITY_WARNING : SEVERITY_OK, NULL,
                                   slow ? "operations take %.2f times the CPU time that they took at the start"
                                        : "operations take %.2f times the CPU time of the start: as calibrated",
                                   drift);
    evidence_number(finding, facts, PAGE_WORKERS, "drift", "CPU time now over CPU time at the start", "");
    evidence_number(finding, facts, PAGE_WORKERS, "drift_threshold", "high from", "");
    evidence_number(finding, facts, PAGE_CPU, "last.steal", "steal", "%");
    evidence_text(finding, facts, PAGE_VERSION, "backend", "arithmetic");
    if (!slow) return;
    find_means(finding, "The same work costs more: a lower clock, noisy neighbours in cache and memory, or another "
                        "arithmetic. Waiting for a CPU is not in it.");
    find_next(finding, "KzgCpuDrift", "kzg bench --iterations 5 on this machine; compare with other instances");
}

static bool is_stuck(json_object *worker) {
    return object_flag(worker, "stuck");
}

void rule_workers_stuck(const struct facts *facts, struct findings *findings) {
    json_object *list = facts_member(facts, PAGE_WORKERS, "workers");
    size_t count = object_list(list), stuck = 0;
    if (!json_object_is_type(list, json_type_array)) {
        find_unknown(findings, NULL, "the workers: /debug/workers does not list them");
        return;
    }
    for (size_t i = 0; i < count; i++) stuck += is_stuck(json_object_array_get_idx(list, i));
    if (stuck == 0) {
        struct finding *well = find(findings, SEVERITY_OK, NULL, "no worker is stuck");
        evidence_say(well, facts->page[PAGE_WORKERS].source, "workers", (double)count, "%zu workers", count);
        return;
    }
    struct finding *finding = find(findings, SEVERITY_CRITICAL, NULL, "%zu of %zu workers are stuck", stuck, count);
    for (size_t i = 0; i < count; i++) {
        json_object *worker = json_object_array_get_idx(list, i);
        const char *operation = object_text(worker, "operation"), *id = object_text(worker, "request_id");
        if (is_stuck(worker))
            evidence_say(finding, facts->page[PAGE_WORKERS].source, "workers", object_number(worker, "spent_ms"),
                         "worker %.0f at %s for %s, request %s", object_number(worker, "worker"),
                         operation == NULL ? "?" : operation, SPAN(object_number(worker, "spent_ms") / 1e3),
                         id == NULL ? "?" : id);
    }
    find_means(finding,
               "An operation takes far longer than it can: the machine is stopped or swaps, or kzgd is at fault. "
               "The log has the worker's stack.");
    find_next(finding, "KzgWorkerStuck", "kzg doctor --bundle kzgd.tar.gz --profile, then %s and restart",
              COMMAND("kzg drain"));
}
