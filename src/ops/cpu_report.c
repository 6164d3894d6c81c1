#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "kzgops/cpu.h"

#define UNKNOWN KZGOPS_CPU_UNKNOWN

/* ---- Text ---------------------------------------------------------------------------------------------------- */

/* "12.3 %", "unknown" and so on, in a buffer of its own. */
struct spelt {
    char text[40];
};

static struct spelt number(double value, const char *unit) {
    struct spelt spelt;
    if (isnan(value)) {
        snprintf(spelt.text, sizeof spelt.text, "unknown");
    } else if (isinf(value)) {
        snprintf(spelt.text, sizeof spelt.text, "none");
    } else {
        snprintf(spelt.text, sizeof spelt.text, "%.1f%s", value, unit);
    }
    return spelt;
}

static struct spelt whole(uint64_t value) {
    struct spelt spelt;
    if (value == UNKNOWN) {
        snprintf(spelt.text, sizeof spelt.text, "unknown");
    } else {
        snprintf(spelt.text, sizeof spelt.text, "%" PRIu64, value);
    }
    return spelt;
}

/* A column of a table: right-aligned, a dash for what is not known. */
static struct spelt cell(double value) {
    struct spelt spelt;
    if (isnan(value)) {
        snprintf(spelt.text, sizeof spelt.text, "%8s", "-");
    } else {
        snprintf(spelt.text, sizeof spelt.text, "%8.1f", value);
    }
    return spelt;
}

static void text_row(struct kzgops__text *text, const char *name, const char *value) {
    kzgops__text_add(text, "  %-24s %s\n", name, value);
}

static void text_windows(struct kzgops__text *text, const kzgops_cpu_report_data *report) {
    kzgops__text_add(text, "%-10s %-6s %8s %8s %8s %8s %8s\n", "per cent", "window", "samples", "average", "minimum",
                     "maximum", "above");
    for (size_t f = 0; f < KZGOPS_CPU_FIGURES; f++) {
        for (size_t s = 0; s < KZGOPS_CPU_SPANS; s++) {
            const kzgops_cpu_window *window = &report->window[f][s];
            kzgops__text_add(text, "%-10s %-6s %8" PRIu64 " %s %s %s %s\n",
                             kzgops_cpu_figure_name((kzgops_cpu_figure)f), kzgops_cpu_span_name((kzgops_cpu_span)s),
                             window->count, cell(window->average).text, cell(window->minimum).text,
                             cell(window->maximum).text, cell(100 * window->above).text);
        }
    }
    for (size_t f = 0; f < KZGOPS_CPU_FIGURES; f++) {
        kzgops__text_add(text, "%s is %s the threshold of %.1f %%\n", kzgops_cpu_figure_name((kzgops_cpu_figure)f),
                         report->above[f] ? "ABOVE" : "below", report->threshold);
    }
}

static void text_last(struct kzgops__text *text, const kzgops_cpu_report_data *report) {
    const kzgops_cpu_sample *last = &report->last;
    kzgops__text_add(text, "machine\n");
    text_row(text, "busy", number(last->busy, " %").text);
    text_row(text, "user", number(last->user, " %").text);
    text_row(text, "kernel", number(last->kernel, " %").text);
    text_row(text, "waiting for I/O", number(last->iowait, " %").text);
    text_row(text, "stolen", number(last->steal, " %").text);
    text_row(text, "busiest CPU", number(last->core_busiest, " %").text);
    kzgops__text_add(text, "  %-24s %s %s %s\n", "load (1, 5, 15 min)", number(report->load1, "").text,
                     number(report->load5, "").text, number(report->load15, "").text);
    kzgops__text_add(text, "  %-24s %s of %s\n", "tasks ready to run", whole(report->runnable).text,
                     whole(report->tasks).text);
    text_row(text, "pressure, 10 s", number(report->machine_pressure.some_avg10, " %").text);
    kzgops__text_add(text, "process\n");
    text_row(text, "CPU", number(last->process, " % of one CPU").text);
    text_row(text, "of what it can have", number(last->process_share, " %").text);
    text_row(text, "ready, but not running", number(last->run_wait, " % of one CPU").text);
    text_row(text, "user time", number(report->process_user_s, " s").text);
    text_row(text, "kernel time", number(report->process_kernel_s, " s").text);
}

static void text_limits(struct kzgops__text *text, const kzgops_cpu_report_data *report) {
    static const char *const versions[] = {"unknown", "none", "v1", "v2"};
    const kzgops_cpu_limits *limits = &report->limits;
    bool found = limits->path[0] != '\0';
    kzgops__text_add(text, "limits\n");
    text_row(text, "CPUs available", number(limits->available, "").text);
    text_row(text, "CPUs of the machine", whole(limits->online).text);
    text_row(text, "CPUs by affinity", whole(limits->allowed).text);
    kzgops__text_add(text, "  %-24s %s%s\n", "quota in CPUs", number(limits->quota, "").text,
                     limits->quota_incomplete ? ", perhaps less: one could not be read" : "");
    if (limits->quota_path[0] != '\0') text_row(text, "quota set by", limits->quota_path);
    kzgops__text_add(text, "  %-24s %s%s%s%s\n", "control group", versions[limits->cgroup], found ? ", " : "",
                     limits->path, limits->path_guessed ? " (the process's own is not visible here)" : "");
    if (!found) return;
    kzgops__text_add(text, "  %-24s %s of %s\n", "periods throttled", whole(limits->throttled_periods).text,
                     whole(limits->periods).text);
    text_row(text, "throttled, last sample", number(report->last.throttled, " % of periods").text);
    double seconds = limits->throttled_ns == UNKNOWN ? NAN : (double)limits->throttled_ns / 1e9;
    text_row(text, "time throttled", number(seconds, " s").text);
    if (limits->cgroup == KZGOPS_CPU_CGROUP_V2) {
        text_row(text, "its pressure, 10 s", number(report->group_pressure.some_avg10, " %").text);
    }
}

static void text_arrays(struct kzgops__text *text, const kzgops_cpu_report_data *report) {
    if (report->core_count > 0) {
        kzgops__text_add(text, "%-10s %8s %8s %8s %8s %8s\n", "CPU", "busy", "user", "kernel", "I/O", "stolen");
    }
    for (size_t i = 0; i < report->core_count; i++) {
        const kzgops_cpu_core *core = &report->cores[i];
        kzgops__text_add(text, "%-10u %s %s %s %s %s\n", core->number, cell(core->busy).text, cell(core->user).text,
                         cell(core->kernel).text, cell(core->iowait).text, cell(core->steal).text);
    }
    if (report->thread_count > 0) {
        kzgops__text_add(text, "%-10s %8s %8s %10s %10s %-5s %s\n", "thread", "busy", "waits", "CPU s", "waited s",
                         "state", "name");
    }
    for (size_t i = 0; i < report->thread_count; i++) {
        const kzgops_cpu_thread *thread = &report->threads[i];
        kzgops__text_add(text, "%-10" PRId64 " %s %s   %s   %s %-5c ", thread->id, cell(thread->busy).text,
                         cell(thread->run_wait).text, cell(thread->cpu_s).text, cell(thread->wait_s).text,
                         thread->state);
        for (const char *c = thread->name; *c != '\0'; c++) {
            kzgops__text_add(text, "%c", *c >= 0x20 && *c != 0x7f ? *c : '?'); /* a name must not break the line */
        }
        kzgops__text_add(text, "\n");
    }
}

size_t kzgops_cpu_report_text(const kzgops_cpu_report_data *report, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    text_windows(&text, report);
    text_last(&text, report);
    text_limits(&text, report);
    text_arrays(&text, report);
    if (report->resets > 0 || report->clock_steps > 0) {
        kzgops__text_add(&text, "counters that went back: %" PRIu64 "; clock steps: %" PRIu64 "\n", report->resets,
                         report->clock_steps);
    }
    return text.used;
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

struct member {
    const char *name;
    double value;
};

static void json_members(struct kzgops__text *text, const struct member *member, size_t n) {
    for (size_t i = 0; i < n; i++) kzgops__json_double(text, member[i].name, member[i].value);
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void json_windows(struct kzgops__text *text, const kzgops_cpu_report_data *report, size_t figure) {
    kzgops__json_key(text, kzgops_cpu_figure_name((kzgops_cpu_figure)figure));
    kzgops__json_open(text, "{");
    kzgops__json_bool(text, "above_threshold", report->above[figure]);
    kzgops__json_signed(text, "since_ns", report->since_ns[figure]);
    for (size_t s = 0; s < KZGOPS_CPU_SPANS; s++) {
        const kzgops_cpu_window *window = &report->window[figure][s];
        const struct member members[] = {{"average", window->average},
                                         {"minimum", window->minimum},
                                         {"maximum", window->maximum},
                                         {"share_above", window->above}};
        kzgops__json_key(text, kzgops_cpu_span_name((kzgops_cpu_span)s));
        kzgops__json_open(text, "{");
        kzgops__json_bytes(text, "count", window->count);
        json_members(text, members, COUNT(members));
        kzgops__json_double(text, "covered_seconds", (double)window->covered_ns / 1e9);
        kzgops__json_close(text, "}");
    }
    kzgops__json_close(text, "}");
}

static void json_last(struct kzgops__text *text, const kzgops_cpu_sample *last) {
    const struct member members[] = {{"busy", last->busy},
                                     {"user", last->user},
                                     {"kernel", last->kernel},
                                     {"iowait", last->iowait},
                                     {"steal", last->steal},
                                     {"core_busiest", last->core_busiest},
                                     {"process", last->process},
                                     {"process_user", last->process_user},
                                     {"process_kernel", last->process_kernel},
                                     {"process_share", last->process_share},
                                     {"run_wait", last->run_wait},
                                     {"throttled", last->throttled},
                                     {"load1", last->load1},
                                     {"pressure", last->pressure}};
    kzgops__json_key(text, "last");
    kzgops__json_open(text, "{");
    kzgops__json_signed(text, "when_ns", last->when_ns);
    kzgops__json_double(text, "interval_seconds", (double)last->interval_ns / 1e9);
    json_members(text, members, COUNT(members));
    kzgops__json_close(text, "}");
}

static void json_pressure(struct kzgops__text *text, const char *name, const kzgops_cpu_pressure *pressure) {
    const struct member members[] = {{"some_avg10", pressure->some_avg10},
                                     {"some_avg60", pressure->some_avg60},
                                     {"some_avg300", pressure->some_avg300},
                                     {"full_avg10", pressure->full_avg10}};
    kzgops__json_key(text, name);
    kzgops__json_open(text, "{");
    json_members(text, members, COUNT(members));
    kzgops__json_bytes(text, "some_total_us", pressure->some_total_us);
    kzgops__json_close(text, "}");
}

static void json_limits(struct kzgops__text *text, const kzgops_cpu_limits *limits) {
    static const char *const versions[] = {"unknown", "none", "v1", "v2"};
    kzgops__json_key(text, "limits");
    kzgops__json_open(text, "{");
    kzgops__json_double(text, "available", limits->available);
    kzgops__json_bytes(text, "online", limits->online);
    kzgops__json_bytes(text, "allowed", limits->allowed);
    if (isinf(limits->quota)) {
        kzgops__json_text(text, "quota", "unlimited");
    } else {
        kzgops__json_double(text, "quota", limits->quota);
    }
    kzgops__json_bool(text, "quota_incomplete", limits->quota_incomplete);
    kzgops__json_text(text, "quota_path", limits->quota_path);
    kzgops__json_text(text, "cgroup", versions[limits->cgroup]);
    kzgops__json_text(text, "path", limits->path);
    kzgops__json_bool(text, "path_guessed", limits->path_guessed);
    kzgops__json_bytes(text, "periods", limits->periods);
    kzgops__json_bytes(text, "throttled_periods", limits->throttled_periods);
    kzgops__json_bytes(text, "throttled_ns", limits->throttled_ns);
    kzgops__json_close(text, "}");
}

static void json_cores(struct kzgops__text *text, const kzgops_cpu_report_data *report) {
    kzgops__json_bytes(text, "core_total", report->core_total);
    kzgops__json_key(text, "cores");
    kzgops__json_open(text, "[");
    for (size_t i = 0; i < report->core_count; i++) {
        const kzgops_cpu_core *core = &report->cores[i];
        const struct member members[] = {{"busy", core->busy},
                                         {"user", core->user},
                                         {"kernel", core->kernel},
                                         {"iowait", core->iowait},
                                         {"steal", core->steal}};
        kzgops__json_open(text, "{");
        kzgops__json_bytes(text, "number", core->number);
        json_members(text, members, COUNT(members));
        kzgops__json_close(text, "}");
    }
    kzgops__json_close(text, "]");
}

static void json_threads(struct kzgops__text *text, const kzgops_cpu_report_data *report) {
    kzgops__json_bytes(text, "thread_total", report->thread_total);
    kzgops__json_key(text, "threads");
    kzgops__json_open(text, "[");
    for (size_t i = 0; i < report->thread_count; i++) {
        const kzgops_cpu_thread *thread = &report->threads[i];
        const struct member members[] = {{"busy", thread->busy},
                                         {"run_wait", thread->run_wait},
                                         {"cpu_seconds", thread->cpu_s},
                                         {"wait_seconds", thread->wait_s}};
        char state[2] = {thread->state, '\0'};
        kzgops__json_open(text, "{");
        kzgops__json_signed(text, "id", thread->id);
        kzgops__json_text(text, "name", thread->name);
        kzgops__json_text(text, "state", state);
        json_members(text, members, COUNT(members));
        kzgops__json_close(text, "}");
    }
    kzgops__json_close(text, "]");
}

size_t kzgops_cpu_report_json(const kzgops_cpu_report_data *report, char *out, size_t size) {
    struct kzgops__text text;
    const struct member members[] = {{"process_user_seconds", report->process_user_s},
                                     {"process_kernel_seconds", report->process_kernel_s},
                                     {"load1", report->load1},
                                     {"load5", report->load5},
                                     {"load15", report->load15}};
    kzgops__text_begin(&text, out, size);
    kzgops__json_open(&text, "{");
    kzgops__json_signed(&text, "when_ns", report->when_ns);
    kzgops__json_double(&text, "threshold", report->threshold);
    for (size_t f = 0; f < KZGOPS_CPU_FIGURES; f++) json_windows(&text, report, f);
    json_last(&text, &report->last);
    json_members(&text, members, COUNT(members));
    kzgops__json_bytes(&text, "runnable", report->runnable);
    kzgops__json_bytes(&text, "tasks", report->tasks);
    json_limits(&text, &report->limits);
    json_pressure(&text, "machine_pressure", &report->machine_pressure);
    json_pressure(&text, "group_pressure", &report->group_pressure);
    kzgops__json_bytes(&text, "crossings", report->crossings);
    kzgops__json_bytes(&text, "ticks", report->ticks);
    kzgops__json_bytes(&text, "samples", report->samples);
    kzgops__json_bytes(&text, "resets", report->resets);
    kzgops__json_bytes(&text, "clock_steps", report->clock_steps);
    json_cores(&text, report);
    json_threads(&text, report);
    kzgops__json_close(&text, "}");
    return text.used;
}
