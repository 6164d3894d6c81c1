/* Load and errors: what waits, what is refused, what is slow, and what goes wrong. */
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "diagnose/prometheus.h"
#include "diagnose/rules.h"

#define QUEUE_HIGH       0.8
#define CONNECTIONS_HIGH 0.9
#define GROUPS_SHOWN     3
#define RECENT_S         600

/* ---- Queue, connections
 * -------------------------------------------------------------------------------------------- */

void rule_queue(const struct facts *facts, struct findings *findings) {
    double depth = facts_metric(facts, "kzg_queue_depth", NULL);
    double capacity = facts_metric(facts, "kzg_queue_capacity", NULL);
    if (isnan(depth) || isnan(capacity)) {
        find_unknown(findings, NULL, "how many requests wait: the metrics do not say it");
        return;
    }
    bool full = depth >= capacity, high = depth >= QUEUE_HIGH * capacity;
    struct finding *finding = find(findings,
                                   full   ? SEVERITY_CRITICAL
                                   : high ? SEVERITY_WARNING
                                          : SEVERITY_OK,
                                   NULL,
                                   full ? "the queue is full: %.0f of %.0f requests wait, and more are refused"
                                        : "%.0f of %.0f places in the queue are taken",
                                   depth, capacity);
    evidence_metric(finding, facts, "kzg_queue_depth", NULL, "waiting", "");
    evidence_metric(finding, facts, "kzg_queue_capacity", NULL, "places", "");
    evidence_metric(finding, facts, "kzg_operations_in_flight", NULL, "running", "");
    evidence_metric(finding, facts, "kzg_workers", NULL, "workers", "");
    if (!high) return;
    find_means(finding,
               "More comes than the workers can do. If all of them run, there are too few; if not, one is stuck.");
    find_next(finding, "KzgQueueSaturated", "add instances or CPUs; %s", COMMAND("kzg profile --window 1m"));
}

void rule_connections(const struct facts *facts, struct findings *findings) {
    double open = facts_metric(facts, "kzg_connections", "listener=\"api\"");
    double limit = facts_metric(facts, "kzg_connections_limit", "listener=\"api\"");
    double refused = facts_metric(facts, "kzg_connections_refused_total", "listener=\"api\"");
    if (isnan(open) || isnan(limit)) {
        find_unknown(findings, NULL, "how many connections are open: the metrics do not say it");
        return;
    }
    bool high = open >= CONNECTIONS_HIGH * limit;
    struct finding *finding = find(findings,
                                   high          ? SEVERITY_WARNING
                                   : refused > 0 ? SEVERITY_INFO
                                                 : SEVERITY_OK,
                                   NULL,
                                   high          ? "%.0f of %.0f connections are open"
                                   : refused > 0 ? "connections have been refused; %.0f of %.0f are open"
                                                 : "%.0f of %.0f connections are open",
                                   open, limit);
    evidence_metric(finding, facts, "kzg_connections", "listener=\"api\"", "open", "");
    evidence_metric(finding, facts, "kzg_connections_limit", "listener=\"api\"", "limit", "");
    evidence_metric(finding, facts, "kzg_connections_refused_total", "listener=\"api\"", "refused since the start",
                    "");
    if (!high && !(refused > 0)) return;
    find_means(finding, "At the limit new clients wait to be accepted; one address that has too many is refused.");
    find_next(finding, "KzgShedding", "look for clients that do not reuse connections; or raise --max-connections");
}

/* ---- Shedding
 * ------------------------------------------------------------------------------------------------------ */

/* Errors of a code in a window ("1m", "10m", "1h"), in all groups; NAN when the page is not there. */
static double recent(const struct facts *facts, const char *code, const char *window) {
    json_object *list = facts_member(facts, PAGE_ERRORS, "groups");
    char path[32];
    double count = 0;
    if (!facts_has(facts, PAGE_ERRORS)) return NAN;
    snprintf(path, sizeof path, "windows.%s.count", window);
    for (size_t i = 0; i < object_list(list); i++) {
        json_object *group = json_object_array_get_idx(list, i);
        const char *name = object_text(group, "code");
        double n = object_number(group, path);
        if (name != NULL && strcmp(name, code) == 0 && !isnan(n)) count += n;
    }
    return count;
}

static const struct shed {
    const char *reason, *code, *means, *next, *runbook;
} sheds[] = {
    {"queue_full", "queue_full", "All workers are busy and the queue is full.", "add instances or CPUs",
     "KzgQueueSaturated"},
    {"memory_reserved", "out_of_memory", "The memory set aside for bodies and answers is in use.",
     "raise --request-memory, or look for slow clients", "KzgShedding"},
    {"memory_pressure", "memory_pressure", "Memory is above its critical threshold.",
     "see the finding 'memory_level'", "KzgMemoryCritical"},
    {"deadline", "deadline_unreachable", "What the client allows is less than the queue would take.",
     "add instances, or let clients wait longer", "KzgQueueSaturated"},
    {"peer_limit", "too_many_requests", "One client has too many requests in progress.",
     "talk to that client, or raise --max-requests-per-peer", "KzgShedding"},
    {"draining", "draining", "It was ending.", "nothing", "KzgShedding"},
    {"not_ready", "not_ready", "It had not started yet.", "nothing: load balancers should ask /readyz",
     "KzgShedding"},
};
#define SHEDS (sizeof sheds / sizeof sheds[0])

static bool shed_for(const struct facts *facts, struct findings *findings, const struct shed *shed) {
    char label[64];
    snprintf(label, sizeof label, "reason=\"%s\"", shed->reason);
    double count = facts_metric(facts, "kzg_requests_shed_total", label), now = recent(facts, shed->code, "10m");
    bool planned = strcmp(shed->reason, "draining") == 0 || strcmp(shed->reason, "not_ready") == 0;
    if (!(count > 0)) return false;
    bool past = now == 0 || planned;
    struct finding *finding = find(findings, past ? SEVERITY_INFO : SEVERITY_WARNING, shed->reason,
                                   past ? "%.0f requests were refused since the start (%s), none lately"
                                        : "%.0f requests were refused (%s)",
                                   count, shed->reason);
    evidence_metric(finding, facts, "kzg_requests_shed_total", label, "refused since the start", "");
    if (!isnan(now))
        evidence_say(finding, facts->page[PAGE_ERRORS].source, "groups", now,
                     "%.0f of code %s in the last 10 minutes", now, shed->code);
    find_means(finding, "%s Clients got 503 or 429 with Retry-After, so that the others are served.", shed->means);
    find_next(finding, shed->runbook, "%s", shed->next);
    return true;
}

void rule_shedding(const struct facts *facts, struct findings *findings) {
    bool any = false;
    for (size_t i = 0; i < SHEDS; i++) any |= shed_for(facts, findings, &sheds[i]);
    if (!any) find(findings, SEVERITY_OK, NULL, "no request has been refused for load");
}

/* ---- Slow
 * ---------------------------------------------------------------------------------------------------------- */

static const struct phase {
    const char *name, *means, *next;
} phases[] = {
    {"read", "Bodies come slowly: clients or the network, not kzgd.", "look at the clients' network"},
    {"decode", "Bodies are large or in JSON; SSZ is read faster.", "let clients send application/octet-stream"},
    {"queue", "Requests wait for a worker: there is more load than CPUs.", "add instances or CPUs"},
    {"hash", "Hashing dominates: many blobs in a request.", "smaller batches"},
    {"transform", "Arithmetic of its own dominates: CPU.", "kzg profile cpu --seconds 10"},
    {"msm", "Arithmetic of its own dominates: CPU.", "kzg profile cpu --seconds 10"},
    {"pairing", "Arithmetic of its own dominates: CPU.", "kzg profile cpu --seconds 10"},
    {"encode", "Answers are large; JSON takes longer than SSZ.", "let clients accept application/octet-stream"},
};
#define PHASES (sizeof phases / sizeof phases[0])

/* Milliseconds of each phase in all slow requests; returns the phase that took most, and the time of all. */
static size_t dominating(json_object *list, double ms[PHASES], double *ret_total) {
    size_t most = 0;
    char path[48];
    *ret_total = 0;
    for (size_t p = 0; p < PHASES; p++) {
        ms[p] = 0;
        snprintf(path, sizeof path, "phases_ms.%s", phases[p].name);
        for (size_t i = 0; i < object_list(list); i++) {
            double one = object_number(json_object_array_get_idx(list, i), path);
            if (!isnan(one)) ms[p] += one;
        }
        *ret_total += ms[p];
        if (ms[p] > ms[most]) most = p;
    }
    return most;
}

static int64_t newest_s(json_object *list) {
    int64_t newest = 0;
    for (size_t i = 0; i < object_list(list); i++) {
        double when_ns = object_number(json_object_array_get_idx(list, i), "when_ns");
        if (when_ns < 9e18 && when_ns / 1e9 > (double)newest) newest = (int64_t)(when_ns / 1e9);
    }
    return newest;
}

static void add_slowest(struct finding *finding, const struct facts *facts, json_object *list) {
    json_object *slowest = NULL;
    for (size_t i = 0; i < object_list(list); i++) {
        json_object *one = json_object_array_get_idx(list, i);
        if (slowest == NULL || object_number(one, "duration_ms") > object_number(slowest, "duration_ms"))
            slowest = one;
    }
    const char *operation = object_text(slowest, "operation"), *id = object_text(slowest, "request_id");
    if (operation != NULL && id != NULL)
        evidence_say(finding, facts->page[PAGE_SLOW].source, "requests", object_number(slowest, "duration_ms"),
                     "the slowest: %s, %.1f ms, request %s", operation, object_number(slowest, "duration_ms"), id);
}

void rule_slow(const struct facts *facts, struct findings *findings) {
    json_object *list = facts_member(facts, PAGE_SLOW, "requests");
    double ms[PHASES], total, limit = facts_number(facts, PAGE_SLOW, "limit_ms");
    if (!json_object_is_type(list, json_type_array)) {
        find_unknown(findings, NULL, "slow requests: /debug/slow does not list them");
        return;
    }
    size_t most = dominating(list, ms, &total);
    if (object_list(list) == 0) {
        find(findings, SEVERITY_OK, NULL, "no request took longer than %.0f ms", limit);
        return;
    }
    bool now = facts->now_s - newest_s(list) < RECENT_S;
    struct finding *finding = find(findings, now ? SEVERITY_WARNING : SEVERITY_INFO, phases[most].name,
                                   "requests took longer than %.0f ms%s; most of their time is '%s'", limit,
                                   now ? "" : ", but none lately", phases[most].name);
    evidence_number(finding, facts, PAGE_SLOW, "seen", "slow requests since the start", "");
    for (size_t p = 0; p < PHASES; p++)
        if (ms[p] > 0.05 * total)
            evidence_say(finding, facts->page[PAGE_SLOW].source, "requests.phases_ms", ms[p],
                         "%s: %.1f ms of %.1f ms", phases[p].name, ms[p], total);
    add_slowest(finding, facts, list);
    find_means(finding, "%s", phases[most].means);
    find_next(finding, "KzgLatencyBurnFast", "%s; %s", phases[most].next, COMMAND("kzg slow"));
}

/* The 99th percentile of the last ten minutes, seconds. */
static double p99_of(const struct facts *facts, const char *operation) {
    json_object *list = facts_member(facts, PAGE_PROFILE, "entries");
    for (size_t i = 0; i < object_list(list); i++) {
        json_object *entry = json_object_array_get_idx(list, i);
        const char *name = object_text(entry, "operation");
        if (name == NULL || strcmp(name, operation) != 0 || object_member(entry, "phase") != NULL) continue;
        return object_number(entry, "count") > 0 ? object_number(entry, "p99_ns") / 1e9 : NAN;
    }
    return NAN;
}

void rule_objective(const struct facts *facts, struct findings *findings) {
    struct prometheus_sample sample;
    const char *at = facts->page[PAGE_METRICS].body;
    size_t given = 0, over = 0;
    while (prometheus_next(&at, "kzg_objective_seconds", &sample)) {
        char operation[64], label[96];
        prometheus_label(&sample, "operation", operation, sizeof operation);
        double p99 = p99_of(facts, operation);
        given++;
        if (!(p99 > sample.value)) continue;
        over++;
        struct finding *finding = find(findings, SEVERITY_WARNING, operation,
                                       "%s takes %.3g s at its 99th percentile, above the objective of %.3g s",
                                       operation, p99, sample.value);
        snprintf(label, sizeof label, "operation=\"%s\"", operation);
        evidence_say(finding, facts->page[PAGE_PROFILE].source, "entries.p99_ns", p99 * 1e9,
                     "p99 %.3g s in 10 minutes", p99);
        evidence_metric(finding, facts, "kzg_objective_seconds", label, "objective", "s");
        evidence_metric(finding, facts, "kzg_calibration_operation_seconds", label, "on an idle CPU", "s");
        find_means(finding, "One request in a hundred takes longer than it should. Below what an idle CPU takes, no "
                            "objective can be met.");
        find_next(finding, "KzgLatencyOverObjective", "%s", COMMAND("kzg profile --window 10m"));
    }
    if (given > 0 && over == 0) find(findings, SEVERITY_OK, NULL, "operations keep to their objectives");
}

/* ---- Errors
 * -------------------------------------------------------------------------------------------------------- */

enum fault { FAULT_CLIENT, FAULT_LOAD, FAULT_SERVICE };

/* Whose fault an error of that code is: 4xx are the client's, but too many requests; 503 is load. */
static enum fault fault_of(const char *code) {
#define X(name, value, text_code, http, retryable, text) \
    if (strcmp(code, text_code) == 0)                    \
        return (http) == 429 || (http) == 503 ? FAULT_LOAD : (http) < 500 ? FAULT_CLIENT : FAULT_SERVICE;
    STATUS_LIBRARY_LIST(X)
    STATUS_SERVICE_LIST(X)
#undef X
    return FAULT_SERVICE;
}

static const char *fault_text(enum fault fault) {
    static const char *const texts[] = {"the client's fault", "refused for load", "the service's own fault"};
    return texts[fault];
}

static enum severity severity_of_fault(enum fault fault, double lately) {
    if (fault == FAULT_CLIENT || lately == 0) return SEVERITY_INFO;
    return fault == FAULT_LOAD ? SEVERITY_WARNING : SEVERITY_CRITICAL;
}

static void add_group(struct finding *finding, const struct facts *facts, json_object *group) {
    const char *source = facts->page[PAGE_ERRORS].source, *message = object_text(group, "sample.message");
    const char *id = object_text(group, "sample.request_id"), *last = object_text(group, "last_seen");
    double count = object_number(group, "count"), hour = object_number(group, "windows.1h.count");
    evidence_say(finding, source, "groups.count", count, "%.0f since the start", count);
    if (!isnan(hour)) evidence_say(finding, source, "groups.windows.1h.count", hour, "%.0f in the last hour", hour);
    if (last != NULL) evidence_say(finding, source, "groups.last_seen", NAN, "last at %s", last);
    if (message != NULL && message[0] != '\0')
        evidence_say(finding, source, "groups.sample.message", NAN, "%s", message);
    if (id != NULL && id[0] != '\0') evidence_say(finding, source, "groups.sample.request_id", NAN, "request %s", id);
}

static void report_group(const struct facts *facts, struct findings *findings, json_object *group) {
    const char *code = object_text(group, "code"), *place = object_text(group, "place");
    const char *id = object_text(group, "sample.request_id");
    if (code == NULL) return;
    enum fault fault = fault_of(code);
    struct finding *finding = find(findings, severity_of_fault(fault, object_number(group, "windows.1h.count")), code,
                                   "%s at %s: %s", code, place == NULL ? "?" : place, fault_text(fault));
    add_group(finding, facts, group);
    if (fault == FAULT_CLIENT) {
        find_means(finding,
                   "The service is well; a client sends what cannot be worked on. The problem document in its "
                   "answers says argument and index.");
        find_next(finding, "KzgClientErrorSpike", "tell the client; %s", COMMAND("kzg errors"));
    } else if (fault == FAULT_LOAD) {
        find_means(finding, "Refused so that others can be served; the finding 'shedding' says why.");
        find_next(finding, "KzgShedding", "%s", COMMAND("kzg errors"));
    } else {
        find_means(finding, "Requests failed that should not. That is a fault of kzgd or of this machine.");
        find_next(finding, "KzgServerErrors", "kzg doctor --bundle kzgd.tar.gz; %s %s", COMMAND("kzg explain"),
                  id == NULL ? "REQUEST_ID" : id);
    }
}

struct ranked {
    json_object *group;
    int fault;
    double count;
};

/* The service's own faults first, then by number. */
static int by_rank(const void *a, const void *b) {
    const struct ranked *left = a, *right = b;
    if (left->fault != right->fault) return left->fault < right->fault ? 1 : -1;
    return (left->count < right->count) - (left->count > right->count);
}

void rule_errors(const struct facts *facts, struct findings *findings) {
    json_object *list = facts_member(facts, PAGE_ERRORS, "groups");
    size_t count = object_list(list);
    if (!json_object_is_type(list, json_type_array)) {
        find_unknown(findings, NULL, "errors: /debug/errors does not list them");
        return;
    }
    struct ranked *ranked = calloc(count + 1, sizeof *ranked);
    if (count == 0 || ranked == NULL) {
        if (count == 0) find(findings, SEVERITY_OK, NULL, "no request has ended with an error");
        free(ranked);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        json_object *group = json_object_array_get_idx(list, i);
        const char *code = object_text(group, "code");
        ranked[i] = (struct ranked){group, code == NULL ? -1 : (int)fault_of(code), object_number(group, "count")};
    }
    qsort(ranked, count, sizeof *ranked, by_rank);
    for (size_t i = 0; i < count && i < GROUPS_SHOWN; i++) report_group(facts, findings, ranked[i].group);
    free(ranked);
}

void rule_error_spikes(const struct facts *facts, struct findings *findings) {
    json_object *list = facts_member(facts, PAGE_ERRORS, "groups");
    bool any = false;
    for (size_t i = 0; i < object_list(list); i++) {
        json_object *group = json_object_array_get_idx(list, i);
        const char *code = object_text(group, "code");
        if (code == NULL || !object_flag(group, "spiking")) continue;
        enum fault fault = fault_of(code);
        struct finding *finding =
            find(findings, SEVERITY_WARNING, code, "%s rises far above its usual rate: %s", code, fault_text(fault));
        evidence_say(finding, facts->page[PAGE_ERRORS].source, "groups.windows.1m.count",
                     object_number(group, "windows.1m.count"), "%.0f in the last minute",
                     object_number(group, "windows.1m.count"));
        add_group(finding, facts, group);
        find_means(finding, "Something began a short while ago: a client, an upgrade, or the machine.");
        find_next(finding, fault == FAULT_CLIENT ? "KzgClientErrorSpike" : "KzgErrorSpike", "%s",
                  COMMAND("kzg errors"));
        any = true;
    }
    if (!any) {
        struct finding *well = find(findings, SEVERITY_OK, NULL, "no error is rising now");
        evidence_number(well, facts, PAGE_ERRORS, "spikes", "spikes since the start", "");
    }
}
