/* Memory: near its limit, and why: what the options fix, requests, a leak, what the heap holds and nobody uses, or
 * only a peak that is past. In bytes, never as a bare ratio; what is harmless is called so. */
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "diagnose/rules.h"

#define KIB 1024.0
#define MIB (1024 * KIB)

#define RESIDUAL_SMALL (64 * KIB) /* that stay constant are no danger */
#define HEAP_SMALL     (64 * MIB) /* that the heap holds and nobody uses */
#define STALL_SOME     10.0       /* per cent of the time that some task waited */
#define STALL_FULL     5.0        /* and that all did */
#define MACHINE_LOW    0.05       /* of the machine's memory that is left */

static double number(const struct facts *facts, const char *path) {
    return facts_number(facts, PAGE_MEMORY, path);
}

/* NAN when the tag is not there. */
static double tag_bytes(const struct facts *facts, const char *tag) {
    char path[64];
    snprintf(path, sizeof path, "tags.tags.%s.live_bytes", tag);
    return number(facts, path);
}

/* What is known of these; NAN when nothing is. */
static double sum_of_tags(const struct facts *facts, const char *const *tags) {
    double sum = NAN;
    for (; *tags != NULL; tags++) {
        double bytes = tag_bytes(facts, *tags);
        if (!isnan(bytes)) sum = isnan(sum) ? bytes : sum + bytes;
    }
    return sum;
}

/* Taken at start, whatever the load. */
static const char *const fixed_tags[] = {"setup", "tables", "scratch", "request", NULL};
static const char *const load_tags[] = {"queue", "http", NULL};

static double fixed_bytes(const struct facts *facts) {
    return sum_of_tags(facts, fixed_tags);
}

static double load_bytes(const struct facts *facts) {
    return sum_of_tags(facts, load_tags);
}

static double unused_bytes(const struct facts *facts) {
    return number(facts, "machine.jemalloc.resident_bytes") - number(facts, "machine.jemalloc.allocated_bytes");
}

static void add_tags(struct finding *finding, const struct facts *facts, const char *const *tags) {
    char path[64], what[64];
    for (; *tags != NULL; tags++) {
        snprintf(path, sizeof path, "tags.tags.%s.live_bytes", *tags);
        snprintf(what, sizeof what, "for '%s'", *tags);
        evidence_bytes(finding, facts, PAGE_MEMORY, path, what);
    }
}

/* ---- Level
 * --------------------------------------------------------------------------------------------------------- */

enum cause { CAUSE_LEAK, CAUSE_FIXED, CAUSE_LOAD, CAUSE_HEAP, CAUSE_OTHER };

/* What holds the most of it. */
static enum cause cause_of(const struct facts *facts, double value) {
    if (number(facts, "suspects") > 0) return CAUSE_LEAK;
    if (fixed_bytes(facts) >= 0.6 * value) return CAUSE_FIXED;
    if (load_bytes(facts) >= 0.4 * value) return CAUSE_LOAD;
    if (unused_bytes(facts) >= 0.25 * value) return CAUSE_HEAP;
    return CAUSE_OTHER;
}

static void explain(struct finding *finding, const struct facts *facts, double value) {
    switch (cause_of(facts, value)) {
    case CAUSE_LEAK:
        find_means(finding, "Something grows without more load: a leak, which the finding 'memory_leak' names.");
        return;
    case CAUSE_FIXED:
        find_means(
            finding,
            "%s of it is setup, tables, scratch and request memory, which --precompute, --workers and "
            "--request-memory fix at the start: the limit is too small for them. It is no leak and does not grow.",
            BYTES(fixed_bytes(facts)));
        return;
    case CAUSE_LOAD:
        find_means(finding,
                   "%s of it is held for connections and waiting requests. It goes when they go; it is no leak.",
                   BYTES(load_bytes(facts)));
        return;
    case CAUSE_HEAP:
        find_means(
            finding,
            "%s of it is held by the heap and used by nobody (fragmentation). It is given back under pressure; it "
            "is no leak.",
            BYTES(unused_bytes(facts)));
        return;
    case CAUSE_OTHER:
        find_means(finding,
                   "Of it, %s was fixed at the start, and %s is held for connections; the rest is libraries, the "
                   "kernel's part, or other processes of the control group.",
                   BYTES(fixed_bytes(facts)), BYTES(load_bytes(facts)));
        return;
    }
}

static void advise(struct finding *finding, const struct facts *facts, double value, const char *runbook) {
    static const char *const next[] = {
        [CAUSE_LEAK] = "see the finding 'memory_leak'",
        [CAUSE_FIXED] = "raise the limit, or lower --precompute, --workers or --request-memory",
        [CAUSE_LOAD] = "lower --max-connections, or add an instance",
        [CAUSE_HEAP] = "nothing now; raise the limit if it comes back at every peak of load",
        [CAUSE_OTHER] = "look at what else is in the control group: systemd-cgtop, or memory.stat",
    };
    find_next(finding, runbook, "%s; %s", next[cause_of(facts, value)], COMMAND("kzg memory"));
}

static void add_level_evidence(struct finding *finding, const struct facts *facts) {
    const char *value = facts_text(facts, PAGE_MEMORY, "state.value");
    evidence_bytes(finding, facts, PAGE_MEMORY, "state.value_bytes", value == NULL ? "in use" : value);
    evidence_bytes(finding, facts, PAGE_MEMORY, "state.limit_bytes", "limit");
    evidence_text(finding, facts, PAGE_MEMORY, "state.limit_source", "the limit is by");
    evidence_bytes(finding, facts, PAGE_MEMORY, "state.warn_bytes", "warning from");
    evidence_bytes(finding, facts, PAGE_MEMORY, "state.critical_bytes", "critical from");
}

void rule_memory_level(const struct facts *facts, struct findings *findings) {
    const char *level = facts_text(facts, PAGE_MEMORY, "state.level");
    double value = number(facts, "state.value_bytes"), limit = number(facts, "state.limit_bytes");
    if (level == NULL || isnan(value)) {
        find_unknown(findings, NULL, "how much memory is in use: /debug/memory does not say it");
        return;
    }
    bool critical = strcmp(level, "critical") == 0, warn = strcmp(level, "warn") == 0;
    if (!critical && !warn) {
        struct finding *well =
            find(findings, SEVERITY_OK, NULL, "memory: %s in use, limit %s", BYTES(value), BYTES(limit));
        add_level_evidence(well, facts);
        return;
    }
    struct finding *finding =
        find(findings, critical ? SEVERITY_CRITICAL : SEVERITY_WARNING, level,
             "memory is near its limit: %s of %s, %s left", BYTES(value), BYTES(limit), BYTES(limit - value));
    add_level_evidence(finding, facts);
    add_tags(finding, facts, fixed_tags);
    add_tags(finding, facts, load_tags);
    explain(finding, facts, value);
    if (critical) {
        evidence_number(finding, facts, PAGE_MEMORY, "state.refused", "requests refused for it", "");
        find_means_more(finding, "Costly operations are refused with 503 so that the kernel does not kill it.");
    }
    advise(finding, facts, value, critical ? "KzgMemoryCritical" : "KzgMemoryWarn");
}

/* ---- Leak, residual
 * ------------------------------------------------------------------------------------------------ */

static void add_sites(struct finding *finding, const struct facts *facts) {
    json_object *list = facts_member(facts, PAGE_MEMORY, "sites");
    for (size_t i = 0; i < object_list(list) && i < 4; i++) {
        json_object *site = json_object_array_get_idx(list, i);
        const char *stack = object_text(site, "stack");
        double bytes = object_number(site, "growth_bytes");
        if (stack != NULL)
            evidence_say(finding, facts->page[PAGE_MEMORY].source, "sites", bytes, "%s more held by %s", BYTES(bytes),
                         stack);
    }
}

static void leak_of(const struct facts *facts, struct findings *findings, json_object *growth) {
    const char *tag = object_text(growth, "tag");
    double bytes = object_number(growth, "growth_bytes"), window = object_number(growth, "window_seconds");
    double each = object_number(growth, "bytes_per_operation");
    if (tag == NULL) return;
    struct finding *finding =
        find(findings, SEVERITY_WARNING, tag, "memory for '%s' grew by %s in %s at comparable load: a suspected leak",
             tag, BYTES(bytes), SPAN(window));
    evidence_say(finding, facts->page[PAGE_MEMORY].source, "growth", bytes, "'%s' grew by %.0f bytes in %.0f s", tag,
                 bytes, window);
    if (!isnan(each))
        evidence_say(finding, facts->page[PAGE_MEMORY].source, "growth", each, "%.1f bytes for each operation", each);
    evidence_say(finding, facts->page[PAGE_MEMORY].source, "growth", object_number(growth, "live_bytes"), "to %s",
                 BYTES(object_number(growth, "live_bytes")));
    add_sites(finding, facts);
    find_means(finding,
               "An operation keeps no state, so nothing should grow with the number of operations. It is no peak: "
               "a peak falls again.");
    find_next(finding, "KzgMemoryLeakSuspected", "%s%s",
              facts_flag(facts, PAGE_MEMORY, "heap_profile")
                  ? ""
                  : "start one instance with --heap-profile on, and wait for the suspicion there; then ",
              COMMAND("kzg profile heap --pprof heap.pb.gz"));
}

static void no_leak(const struct facts *facts, struct findings *findings, bool judged) {
    struct finding *finding = judged
                                  ? find(findings, SEVERITY_OK, NULL, "no purpose's memory grows at comparable load")
                                  : find_unknown(findings, NULL, "whether memory leaks: too early to tell");
    evidence_number(finding, facts, PAGE_MEMORY, "suspects", "suspects", "");
    evidence_number(finding, facts, PAGE_MEMORY, "operations_done", "operations so far", "");
    if (!judged) find_means(finding, "Growth is judged over a minute, ten minutes and an hour of comparable load.");
}

void rule_memory_leak(const struct facts *facts, struct findings *findings) {
    json_object *list = facts_member(facts, PAGE_MEMORY, "growth");
    bool any = false, judged = false;
    if (!json_object_is_type(list, json_type_array)) {
        find_unknown(findings, NULL, "whether memory leaks: /debug/memory has no growth");
        return;
    }
    for (size_t i = 0; i < object_list(list); i++) {
        json_object *growth = json_object_array_get_idx(list, i);
        const char *verdict = object_text(growth, "verdict");
        if (verdict == NULL || strcmp(verdict, "too_early") == 0) continue;
        judged = true;
        if (strcmp(verdict, "suspect") != 0) continue;
        leak_of(facts, findings, growth);
        any = true;
    }
    if (!any) no_leak(facts, findings, judged);
}

void rule_memory_residual(const struct facts *facts, struct findings *findings) {
    double residual = number(facts, "residual_bytes");
    if (isnan(residual)) {
        struct finding *finding =
            find_unknown(findings, NULL, "memory of finished requests: kzgd was never idle yet");
        find_means(finding, "It is measured when nothing runs and nothing waits.");
        find_next(finding, "KzgMemoryResidual", "%s, and look again when it is idle", COMMAND("kzg drain"));
        return;
    }
    bool small = fabs(residual) < RESIDUAL_SMALL;
    struct finding *finding = residual == 0
                                  ? find(findings, SEVERITY_OK, NULL, "no memory of finished requests is held")
                                  : find(findings, small ? SEVERITY_INFO : SEVERITY_WARNING, NULL,
                                         "%s of finished requests are still held", BYTES(residual));
    evidence_bytes(finding, facts, PAGE_MEMORY, "residual_bytes", "beyond the idle baseline");
    if (residual == 0) return;
    find_means(finding, small ? "So little is harmless as long as it stays constant; bytes that grow are a leak."
                              : "Anything beyond the idle baseline is a leak: an operation keeps nothing.");
    find_next(finding, "KzgMemoryResidual", "%s again in an hour, and compare", COMMAND("kzg memory"));
}

/* ---- Shape
 * --------------------------------------------------------------------------------------------------------- */

void rule_memory_setup(const struct facts *facts, struct findings *findings) {
    double fixed = fixed_bytes(facts), warn = number(facts, "state.warn_bytes");
    if (isnan(fixed)) {
        find_unknown(findings, NULL, "how much memory is taken at start: /debug/memory does not say it");
        return;
    }
    bool tight = fixed >= 0.7 * warn;
    struct finding *finding =
        tight ? find(findings, SEVERITY_WARNING, NULL,
                     "setup, tables, scratch and request memory alone take %s, of %s up to the warning", BYTES(fixed),
                     BYTES(warn))
              : find(findings, SEVERITY_OK, NULL,
                     "setup, tables, scratch and request memory take %s, and do not grow", BYTES(fixed));
    add_tags(finding, facts, fixed_tags);
    evidence_bytes(finding, facts, PAGE_MEMORY, "state.warn_bytes", "warning from");
    evidence_number(finding, facts, PAGE_VERSION, "precompute", "--precompute", "");
    evidence_text(finding, facts, PAGE_CONFIG, "request-memory.value", "--request-memory, in MiB:");
    evidence_number(finding, facts, PAGE_VERSION, "workers", "--workers", "");
    if (!tight) return;
    find_means(finding,
               "%s are left for everything else before the warning comes. This is what was configured, not a leak.",
               BYTES(warn - fixed > 0 ? warn - fixed : 0));
    find_next(finding, "KzgMemoryWarn",
              "raise the limit, or lower --precompute (tables), --workers (scratch) or --request-memory");
}

void rule_memory_fragmentation(const struct facts *facts, struct findings *findings) {
    double unused = unused_bytes(facts), warn = number(facts, "state.warn_bytes");
    const char *level = facts_text(facts, PAGE_MEMORY, "state.level");
    if (isnan(unused)) {
        find_unknown(findings, NULL, "memory that the heap holds unused: this kzgd has no jemalloc");
        return;
    }
    if (unused < 0) unused = 0;
    bool little = unused < HEAP_SMALL || (isfinite(warn) && unused < 0.1 * warn);
    bool pressed = level != NULL && strcmp(level, "ok") != 0 && !little;
    struct finding *finding =
        find(findings,
             pressed  ? SEVERITY_WARNING
             : little ? SEVERITY_OK
                      : SEVERITY_INFO,
             NULL, "the heap holds %s that nobody uses%s", BYTES(unused), pressed ? "" : ": harmless");
    evidence_bytes(finding, facts, PAGE_MEMORY, "machine.jemalloc.allocated_bytes", "allocated");
    evidence_bytes(finding, facts, PAGE_MEMORY, "machine.jemalloc.resident_bytes", "resident");
    evidence_bytes(finding, facts, PAGE_MEMORY, "machine.jemalloc.retained_bytes",
                   "retained (no memory, addresses only)");
    if (little) return;
    find_means(finding, pressed
                            ? "It is given back under pressure, and pressure is here: it should be falling. If it "
                              "does not, allocations that live long keep pages occupied."
                            : "It comes from a peak of load and is given back as soon as memory gets short.");
    find_next(finding, "KzgMemoryWarn", "%s again in a minute", COMMAND("kzg memory"));
}

/* The highest of the group, else of the process. */
static const char *peak_path(const struct facts *facts) {
    static const char *const group = "machine.cgroup.peak_bytes";
    const char *source = facts_text(facts, PAGE_MEMORY, "state.limit_source");
    bool by_group = source != NULL && strstr(source, "cgroup") != NULL && !isnan(number(facts, group));
    return by_group ? group : "machine.process.rss_peak_bytes";
}

void rule_memory_peak(const struct facts *facts, struct findings *findings) {
    const char *path = peak_path(facts), *level = facts_text(facts, PAGE_MEMORY, "state.level");
    double peak = number(facts, path), critical = number(facts, "state.critical_bytes");
    double value = number(facts, "state.value_bytes");
    if (isnan(peak)) {
        find_unknown(findings, NULL, "the highest that memory has been: /debug/memory does not say it");
        return;
    }
    bool past = peak >= critical && level != NULL && strcmp(level, "ok") == 0;
    struct finding *finding =
        past ? find(findings, SEVERITY_INFO, NULL, "memory once was %s and is %s now: harmless, a peak that is past",
                    BYTES(peak), BYTES(value))
             : find(findings, SEVERITY_OK, NULL, "the highest that memory has been is %s", BYTES(peak));
    evidence_bytes(finding, facts, PAGE_MEMORY, path, "highest");
    evidence_bytes(finding, facts, PAGE_MEMORY, "state.value_bytes", "now");
    evidence_bytes(finding, facts, PAGE_MEMORY, "state.critical_bytes", "critical from");
    if (!past) return;
    find_means(finding,
               "It was above the critical threshold and fell again, so it is no leak. In a control group page "
               "cache counts too, which the kernel drops by itself.");
    find_next(finding, "KzgMemoryCritical", "nothing, unless requests were refused then: see the finding 'shedding'");
}

/* ---- Pressure, machine
 * --------------------------------------------------------------------------------------------- */

static bool stalls(const struct facts *facts, const char *where) {
    char some[96], full[96];
    snprintf(some, sizeof some, "machine.%s.pressure.some_avg60", where);
    snprintf(full, sizeof full, "machine.%s.pressure.full_avg60", where);
    return number(facts, some) >= STALL_SOME || number(facts, full) >= STALL_FULL;
}

static void add_stalls(struct finding *finding, const struct facts *facts) {
    evidence_number(finding, facts, PAGE_MEMORY, "machine.cgroup.pressure.some_avg60", "group: some task waited",
                    "% of the last minute");
    evidence_number(finding, facts, PAGE_MEMORY, "machine.cgroup.pressure.full_avg60", "group: all tasks waited",
                    "% of the last minute");
    evidence_number(finding, facts, PAGE_MEMORY, "machine.system.pressure.some_avg60", "machine: some task waited",
                    "% of the last minute");
    evidence_number(finding, facts, PAGE_MEMORY, "machine.cgroup.oom_kills", "kills in the group since it was made",
                    "");
}

void rule_memory_stall(const struct facts *facts, struct findings *findings) {
    double kills = number(facts, "machine.cgroup.oom_kills");
    bool group = stalls(facts, "cgroup"), system = stalls(facts, "system");
    if (group || system) {
        struct finding *finding =
            find(findings, SEVERITY_WARNING, group ? "group" : "machine", "tasks %s wait for memory",
                 group ? "of kzgd's control group" : "of the machine");
        add_stalls(finding, facts);
        find_means(finding, "The kernel takes pages away and reads them again: everything is slower, and a kill may "
                            "follow.");
        find_next(finding, "KzgMemoryCritical", "raise the limit, or move load away: %s", COMMAND("kzg drain"));
    } else if (kills > 0) {
        struct finding *finding =
            find(findings, SEVERITY_INFO, "kills",
                 "the kernel has killed %.0f processes of kzgd's control group for memory", kills);
        add_stalls(finding, facts);
        find_means(finding, "This process lives; it was its predecessor, or another one of the group.");
        find_next(finding, "KzgOomKilled", "%s", CURL("/debug/ending"));
    } else {
        add_stalls(find(findings, SEVERITY_OK, NULL, "no task waits for memory"), facts);
    }
}

/* The daemon's figures, else the tool's own of the same machine. */
void rule_machine_memory(const struct facts *facts, struct findings *findings) {
    const kzgops_system_memory *system = &facts->machine.memory.system;
    double available = number(facts, "machine.system.available_bytes"),
           total = number(facts, "machine.system.total_bytes");
    const char *source = facts->page[PAGE_MEMORY].source, *path = "machine.system.available_bytes";
    char own[300];
    if (isnan(available) && facts->machine.here && system->available != KZGOPS_BYTES_UNKNOWN) {
        available = (double)system->available;
        total = system->total == KZGOPS_BYTES_UNKNOWN ? NAN : (double)system->total;
        snprintf(own, sizeof own, "%.200s/meminfo", facts->machine.proc_root);
        source = own;
        path = "MemAvailable";
    }
    if (isnan(available)) {
        if (facts->machine.here) find_unknown(findings, NULL, "the machine's memory: nothing says what is available");
        return;
    }
    bool low = available < MACHINE_LOW * total;
    struct finding *finding = find(findings, low ? SEVERITY_WARNING : SEVERITY_OK, NULL,
                                   low ? "the machine has only %s of %s left" : "the machine has %s of %s left",
                                   BYTES(available), BYTES(total));
    evidence_say(finding, source, path, available, "available %s (%.0f bytes)", BYTES(available), available);
    if (!low) return;
    find_means(finding, "When it is used up the kernel kills the largest process, whatever kzgd's own limit says.");
    find_next(finding, "KzgOomKilled", "ps -eo rss,comm --sort=-rss | head");
}
