/* Whether it may be trusted with work: readiness, self-test, arithmetic, and the daemon's own checks. */
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "diagnose/prometheus.h"
#include "diagnose/rules.h"

#define STALE_S 1800 /* as the alert KzgSelfTestStale has it */

/* ---- Ready
 * --------------------------------------------------------------------------------------------------------- */

static bool is_bad(json_object *check) {
    const char *state = object_text(check, "state"), *severity = object_text(check, "severity");
    bool fails = state != NULL && (strcmp(state, "failed") == 0 || strcmp(state, "pending") == 0);
    return fails && severity != NULL && strcmp(severity, "critical") == 0;
}

/* Adds the checks that make it unready, and returns the first one. */
static json_object *add_bad_checks(struct finding *finding, const struct facts *facts) {
    json_object *list = facts_member(facts, PAGE_READYZ, "checks"), *first = NULL;
    char path[96];
    for (size_t i = 0; i < object_list(list); i++) {
        json_object *check = json_object_array_get_idx(list, i);
        const char *name = object_text(check, "name"), *message = object_text(check, "message");
        if (name == NULL || !is_bad(check)) continue;
        if (first == NULL) first = check;
        snprintf(path, sizeof path, "checks.%.60s", name);
        evidence_say(finding, facts->page[PAGE_READYZ].source, path, NAN, "check %s: %s", name,
                     message == NULL || message[0] == '\0' ? "failed" : message);
    }
    return first;
}

static bool starts_with(const char *text, const char *beginning) {
    return text != NULL && strncmp(text, beginning, strlen(beginning)) == 0;
}

/* Standing aside, starting and ending are not faults, but nobody is served. */
static bool is_planned(json_object *check, const struct facts *facts, struct finding *finding) {
    const char *name = object_text(check, "name"), *message = object_text(check, "message");
    if (name == NULL || strcmp(name, "accepting") != 0) return false;
    finding->severity = SEVERITY_WARNING;
    if (starts_with(message, "taken out of rotation")) {
        find_means(finding, "It serves who comes, but load balancers send nothing. Nothing is wrong with it.");
        find_next(finding, "KzgNotReady", "%s", COMMAND("kzg undrain"));
    } else if (starts_with(message, "starting")) {
        find_means(finding, "It has not started yet.");
        find_next(finding, "KzgNotReady", "%s", COMMAND("kzg health --probe startupz --verbose"));
    } else {
        find_means(finding, "It ends, or its start has failed: the log's last lines say why.");
        find_next(finding, "KzgNotReady", "journalctl -u kzgd -n 50");
    }
    return true;
}

static void not_ready(const struct facts *facts, struct findings *findings) {
    struct finding *finding = find(findings, SEVERITY_CRITICAL, NULL, "kzgd is not ready: it takes no work");
    evidence_say(finding, facts->page[PAGE_READYZ].source, "", (double)facts->page[PAGE_READYZ].status,
                 "answered %ld", facts->page[PAGE_READYZ].status);
    json_object *check = add_bad_checks(finding, facts);
    const char *name = object_text(check, "name");
    if (name != NULL) snprintf(finding->subject, sizeof finding->subject, "%s", name);
    if (check != NULL && is_planned(check, facts, finding)) return;
    find_means(finding, "Load balancers send nothing to this instance until that is mended.");
    find_next(finding, "KzgNotReady", "%s", COMMAND("kzg health --probe readyz --verbose"));
}

void rule_ready(const struct facts *facts, struct findings *findings) {
    double ready = facts_metric(facts, "kzg_ready", NULL);
    long status = facts->page[PAGE_READYZ].status;
    if (facts->answer != ANSWER_GOOD) return;
    if (status == 503) {
        not_ready(facts, findings);
    } else if (status == 200) {
        struct finding *finding = find(findings, SEVERITY_OK, NULL, "kzgd is ready");
        evidence_say(finding, facts->page[PAGE_READYZ].source, "", 200, "answered 200");
    } else if (ready == 0) {
        struct finding *finding = find(findings, SEVERITY_CRITICAL, NULL, "kzgd is not ready: it takes no work");
        evidence_metric(finding, facts, "kzg_ready", NULL, "ready", "");
        find_means(finding, "Load balancers send nothing to this instance.");
        find_next(finding, "KzgNotReady", "%s", CURL("/readyz?verbose"));
    } else if (ready == 1) {
        evidence_metric(find(findings, SEVERITY_OK, NULL, "kzgd is ready"), facts, "kzg_ready", NULL, "ready", "");
    } else {
        find_unknown(findings, NULL, "whether kzgd is ready: neither /readyz nor kzg_ready says it");
    }
}

/* ---- Self-test
 * ----------------------------------------------------------------------------------------------------- */

static void advise_wrong(struct finding *finding, const struct facts *facts, const char *runbook) {
    find_means(finding,
               "A wrong answer: damaged memory, a faulty CPU, a broken build, or a fault of kzgd. Results since "
               "the last self-test that passed are suspect.");
    find_next(finding, runbook,
              "%s; kzg doctor --bundle kzgd.tar.gz; kzg selftest on this machine, also with "
              "--backend portable",
              COMMAND("kzg drain"));
}

static void judge_age(const struct facts *facts, struct findings *findings) {
    double last = facts_metric(facts, "kzg_self_test_last_success_timestamp_seconds", NULL);
    const char *interval = facts_text(facts, PAGE_CONFIG, "self-test-interval.value");
    double age = (double)facts->now_s - last;
    if (isnan(last)) {
        find_unknown(findings, NULL, "when the self-test last passed: kzgd does not say it");
        return;
    }
    bool never = interval != NULL && strcmp(interval, "0") == 0, stale = age > STALE_S && !never;
    struct finding *finding =
        find(findings, stale ? SEVERITY_WARNING : SEVERITY_OK, NULL,
             stale ? "the self-test has not passed for %s" : "the self-test passed %s ago", SPAN(age));
    evidence_metric(finding, facts, "kzg_self_test_last_success_timestamp_seconds", NULL, "last success at", "s");
    evidence_text(finding, facts, PAGE_CONFIG, "self-test-interval.value", "--self-test-interval, in seconds:");
    if (!stale) return;
    find_means(finding,
               "It runs when a worker is idle: either none ever is, or the health thread hangs. A wrong answer "
               "would not be noticed now.");
    find_next(finding, "KzgSelfTestStale", "%s", COMMAND("kzg cpu"));
}

void rule_self_test(const struct facts *facts, struct findings *findings) {
    double failed = facts_metric(facts, "kzg_self_test_runs_total", "result=\"failed\"");
    if (failed > 0) {
        struct finding *finding =
            find(findings, SEVERITY_CRITICAL, NULL, "kzgd computed a known answer wrongly, %.0f times", failed);
        evidence_metric(finding, facts, "kzg_self_test_runs_total", "result=\"failed\"", "failed self-tests", "");
        evidence_metric(finding, facts, "kzg_self_test_last_success_timestamp_seconds", NULL, "last success at", "s");
        evidence_text(finding, facts, PAGE_VERSION, "backend", "arithmetic now");
        advise_wrong(finding, facts, "KzgSelfTestFailed");
        return;
    }
    judge_age(facts, findings);
}

void rule_results(const struct facts *facts, struct findings *findings) {
    double failed = facts_metric(facts, "kzg_results_verified_total", "result=\"failed\"");
    double passed = facts_metric(facts, "kzg_results_verified_total", "result=\"passed\"");
    if (failed > 0) {
        struct finding *finding =
            find(findings, SEVERITY_CRITICAL, NULL, "%.0f results were wrong and were not returned", failed);
        evidence_metric(finding, facts, "kzg_results_verified_total", "result=\"failed\"", "wrong", "");
        evidence_metric(finding, facts, "kzg_results_verified_total", "result=\"passed\"", "right", "");
        advise_wrong(finding, facts, "KzgResultVerificationFailed");
    } else if (passed > 0) {
        struct finding *finding =
            find(findings, SEVERITY_OK, NULL, "of %.0f results that were checked all are right", passed);
        evidence_metric(finding, facts, "kzg_results_verified_total", "result=\"passed\"", "right", "");
    } else {
        find_unknown(findings, NULL, "whether results are right: none has been checked yet");
    }
}

/* ---- Arithmetic
 * ---------------------------------------------------------------------------------------------------- */

static bool quarantined(const struct facts *facts, struct findings *findings) {
    struct prometheus_sample sample;
    const char *at = facts_has(facts, PAGE_METRICS) ? facts->page[PAGE_METRICS].body : "";
    bool any = false;
    while (prometheus_next(&at, "kzg_backend_quarantined", &sample)) {
        char name[32], label[64];
        if (sample.value == 0) continue;
        prometheus_label(&sample, "backend", name, sizeof name);
        snprintf(label, sizeof label, "backend=\"%s\"", name);
        struct finding *finding = find(findings, SEVERITY_CRITICAL, name,
                                       "the arithmetic '%s' gave a wrong answer and is in quarantine", name);
        evidence_metric(finding, facts, "kzg_backend_quarantined", label, "quarantined", "");
        evidence_text(finding, facts, PAGE_VERSION, "backend", "serves now:");
        evidence_text(finding, facts, PAGE_VERSION, "isa", "this CPU has");
        advise_wrong(finding, facts, "KzgBackendQuarantined");
        find_means_more(finding, "Until then it answers correctly, but slower.");
        any = true;
    }
    return any;
}

/* What the CPU allows beyond the portable arithmetic: by the daemon's word. NULL: nothing, or not known. */
static const char *better_backend(const struct facts *facts) {
    const char *isa = facts_text(facts, PAGE_VERSION, "isa");
    if (isa == NULL) return NULL;
    return strstr(isa, "ifma") != NULL ? "ifma" : strstr(isa, "adx") != NULL ? "adx" : NULL;
}

void rule_backend(const struct facts *facts, struct findings *findings) {
    const char *backend = facts_text(facts, PAGE_VERSION, "backend"), *better = better_backend(facts);
    const char *asked = facts_text(facts, PAGE_CONFIG, "backend.value");
    if (quarantined(facts, findings)) return;
    if (backend == NULL) {
        find_unknown(findings, NULL, "the arithmetic in use: /version does not say it");
        return;
    }
    bool slow = strcmp(backend, "portable") == 0 && better != NULL;
    bool wanted = slow && asked != NULL && strcmp(asked, "portable") == 0;
    struct finding *finding = slow ? find(findings, wanted ? SEVERITY_INFO : SEVERITY_WARNING, backend,
                                          "the portable arithmetic serves on a CPU that has '%s'", better)
                                   : find(findings, SEVERITY_OK, backend, "the arithmetic '%s' serves", backend);
    evidence_text(finding, facts, PAGE_VERSION, "backend", "serves now:");
    evidence_text(finding, facts, PAGE_VERSION, "isa", "this CPU has");
    evidence_text(finding, facts, PAGE_CONFIG, "backend.value", "--backend is");
    evidence_text(finding, facts, PAGE_CONFIG, "backend.origin", "by");
    if (!slow) return;
    find_means(finding, "Every operation takes about twice the time that it could.%s",
               wanted ? " It was asked for."
                      : " It was not asked for: KZG_BACKEND in kzgd's environment, or a build "
                        "without it.");
    find_next(finding, "KzgCpuDrift", "start kzgd with --backend %s and see what it says", better);
}

/* ---- The daemon's own checks
 * --------------------------------------------------------------------------------------- */

/* Which rule has looked at the same thing by its figures. */
static const char *rule_of_check(const char *check) {
    static const struct {
        const char *check, *rule;
    } pairs[] = {
        {"accepting", "ready"},       {"startup", "ready"},   {"arithmetic", "backend"},
        {"self_test", "self_test"},   {"results", "results"}, {"workers", "workers_stuck"},
        {"queue", "queue"},           {"cpu", "cpu_high"},    {"memory", "memory_level"},
        {"calibration", "cpu_drift"}, {"clock", "clock"},     {"descriptors", "descriptors"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (strcmp(pairs[i].check, check) == 0) return pairs[i].rule;
    size_t length = strlen(check);
    return length > 6 && strcmp(check + length - 6, "_space") == 0 ? "disk" : "";
}

static enum severity severity_of_check(json_object *check) {
    const char *state = object_text(check, "state"), *severity = object_text(check, "severity");
    if (strcmp(state, "pending") == 0 || severity == NULL || strcmp(severity, "info") == 0) return SEVERITY_INFO;
    return strcmp(state, "failed") == 0 && strcmp(severity, "critical") == 0 ? SEVERITY_CRITICAL : SEVERITY_WARNING;
}

static void add_figures(struct finding *finding, const struct facts *facts, json_object *check, const char *name) {
    const char *unit = object_text(check, "unit"), *message = object_text(check, "message");
    double value = object_number(check, "value"), limit = object_number(check, "limit");
    char path[96];
    snprintf(path, sizeof path, "checks.%.60s", name);
    evidence_say(finding, facts->page[PAGE_HEALTHZ].source, path, NAN, "check %s %s: %s", name,
                 object_text(check, "state"), message == NULL || message[0] == '\0' ? "no reason given" : message);
    snprintf(path, sizeof path, "checks.%.60s.value", name);
    if (!isnan(value))
        evidence_say(finding, facts->page[PAGE_HEALTHZ].source, path, value, "value %.6g %s, limit %.6g", value,
                     unit == NULL ? "" : unit, limit);
}

static void judge_check(const struct facts *facts, struct findings *findings, json_object *check) {
    const char *name = object_text(check, "name"), *state = object_text(check, "state");
    if (name == NULL || state == NULL || strcmp(state, "ok") == 0) return;
    enum severity severity = severity_of_check(check);
    struct finding *same = findings_of(findings, rule_of_check(name));
    if (same != NULL && same->severity <= severity) {
        add_figures(same, facts, check, name);
        return;
    }
    struct finding *finding = find(findings, severity, name, "kzgd's check '%s' is %s", name, state);
    add_figures(finding, facts, check, name);
    find_means(finding, "%s",
               severity == SEVERITY_CRITICAL  ? "It makes the instance unready, or will."
               : severity == SEVERITY_WARNING ? "It serves, but something wants attention."
                                              : "Nothing depends on it yet.");
    find_next(finding, "KzgHealthCheckFailed", "%s", COMMAND("kzg health --verbose"));
}

static void judge_age_of_check(const struct facts *facts, struct findings *findings, json_object *check) {
    const char *name = object_text(check, "name");
    if (name == NULL || (!object_flag(check, "stale") && !object_flag(check, "timed_out"))) return;
    struct finding *finding =
        find(findings, SEVERITY_WARNING, name, "kzgd's check '%s' gives no answer: what it says is old", name);
    evidence_say(finding, facts->page[PAGE_HEALTHZ].source, "checks", object_number(check, "age_seconds"),
                 "check %s is %s old%s", name, SPAN(object_number(check, "age_seconds")),
                 object_flag(check, "timed_out") ? " and ran past its time limit" : "");
    find_means(finding, "The health thread is late, or what the check asks hangs (a disk, a peer).");
    find_next(finding, "KzgHealthCheckFailed", "%s", COMMAND("kzg health --verbose"));
}

void rule_checks(const struct facts *facts, struct findings *findings) {
    json_object *list = facts_member(facts, PAGE_HEALTHZ, "checks");
    if (facts->answer != ANSWER_GOOD || !facts_has(facts, PAGE_HEALTHZ)) return;
    for (size_t i = 0; i < object_list(list); i++) {
        judge_check(facts, findings, json_object_array_get_idx(list, i));
        judge_age_of_check(facts, findings, json_object_array_get_idx(list, i));
    }
    struct finding *finding =
        find(findings, SEVERITY_OK, NULL, "%.0f of kzgd's %.0f checks pass",
             facts_number(facts, PAGE_HEALTHZ, "passed"), facts_number(facts, PAGE_HEALTHZ, "judged"));
    evidence_number(finding, facts, PAGE_HEALTHZ, "passed", "passed", "");
    evidence_number(finding, facts, PAGE_HEALTHZ, "judged", "of", "");
}
