/* A small service with all parts of libkzgops at once: it squares numbers, and knows at its end how much memory, time
 * and CPU that took, what went wrong, whether it is healthy, and how the process before it ended. */
#include <kzgops/cpu.h>
#include <kzgops/errors.h>
#include <kzgops/health.h>
#include <kzgops/log.h>
#include <kzgops/machine_memory.h>
#include <kzgops/memory.h>
#include <kzgops/memory_growth.h>
#include <kzgops/metrics.h>
#include <kzgops/profile.h>
#include <kzgops/recorder.h>
#include <kzgops/sampler.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { OPERATIONS, DURATION, METRICS };
enum { REQUEST, TAGS };

static const char *const names[] = {"square"}, *const statuses[] = {"ok", "bad_number"}, *const tags[] = {"request"};
static const double buckets[] = {0.0001, 0.01, 1};
static const kzgops_label labels[] = {{"operation", names, 1}, {"status", statuses, 2}};
static const kzgops_metric table[METRICS] = {
    [OPERATIONS] = {.name = "squared_operations_total",
                    .type = KZGOPS_COUNTER,
                    .help = "Numbers squared.",
                    .labels = labels,
                    .label_count = 2},
    [DURATION] = {.name = "squared_operation_duration_seconds",
                  .type = KZGOPS_HISTOGRAM,
                  .unit = "seconds",
                  .help = "Time of one.",
                  .labels = labels,
                  .label_count = 1,
                  .buckets = buckets,
                  .bucket_count = 3},
};

static struct {
    kzgops_memory *memory;
    kzgops_growth *growth;
    kzgops_cpu *cpu;
    kzgops_metrics *metrics;
    kzgops_profile *profile;
    kzgops_errors *errors;
    kzgops_health *health;
    kzgops_recorder *recorder;
} parts;

static void check_errors(void *user, kzgops_health_result *ret) {
    kzgops_errors_snapshot errors;
    kzgops_errors_report(user, NULL, 0, &errors);
    if (errors.spiking > 0) ret->state = KZGOPS_HEALTH_DEGRADED;
    snprintf(ret->message, sizeof ret->message, "%llu errors so far", (unsigned long long)errors.count);
}

static const char *start(const char *state) {
    const char *why = NULL;
    parts.memory = kzgops_memory_new(&(kzgops_memory_config){.tags = tags, .tag_count = TAGS}, &why);
    parts.growth = kzgops_growth_new(&(kzgops_growth_config){.tags = tags, .tag_count = TAGS}, &why);
    parts.cpu = kzgops_cpu_new(NULL, &why);
    parts.metrics =
        kzgops_metrics_new(&(kzgops_metrics_config){.metrics = table, .metric_count = METRICS}, &why, NULL);
    parts.profile = kzgops_profile_new(&(kzgops_profile_config){.operations = names, .operation_count = 1}, &why);
    parts.errors = kzgops_errors_new(NULL, &why);
    parts.health = kzgops_health_new(NULL, &why);
    parts.recorder = kzgops_recorder_open(
        &(kzgops_recorder_config){.directory = state, .service = "squared", .version = "1", .slots = 1}, &why);
    bool made = parts.memory != NULL && parts.growth != NULL && parts.cpu != NULL && parts.metrics != NULL &&
                parts.profile != NULL && parts.errors != NULL && parts.health != NULL && parts.recorder != NULL;
    if (!made) return why != NULL ? why : "there is no memory";
    const kzgops_health_check check = {
        .name = "errors", .severity = KZGOPS_HEALTH_WARNING, .run = check_errors, .user = parts.errors};
    why = kzgops_health_add(parts.health, &check);
    return why != NULL ? why : kzgops_health_start(parts.health);
}

static void square(int request) {
    char id[32];
    snprintf(id, sizeof id, "req-%d", request);
    kzgops_recorder_operation_begin(parts.recorder, 0, names[0], id);
    kzgops_profile_span span = kzgops_profile_begin(parts.profile, 0, KZGOPS_PROFILE_WHOLE);
    char *body = kzgops_memory_malloc(parts.memory, REQUEST, 16);
    if (body != NULL) snprintf(body, 16, request % 10 == 0 ? "ten" : "%d", request);
    char *end = body;
    long number = body == NULL ? 0 : strtol(body, &end, 10);
    bool ok = end != body && number * number >= 0;
    kzgops_memory_drop(parts.memory, body);
    uint64_t ns = kzgops_profile_end(parts.profile, &span);
    kzgops_recorder_operation_end(parts.recorder, 0);

    kzgops_operation done = {
        .total = OPERATIONS, .duration = DURATION, .operation = 0, .status = ok ? 0 : 1, .nanoseconds = ns};
    kzgops_record_operation(parts.metrics, &done);
    kzgops_log_operation line = {.operation = names[0], .request_id = id, .duration_ns = (int64_t)ns};
    if (ok) {
        kzgops_log_operation_completed(&line);
        return;
    }
    KZGOPS_ERRORS_HERE(parts.errors, "bad_number", "the body is not a number", id);
    line.status = "bad_number";
    line.client_fault = true;
    kzgops_log_operation_failed(&line);
}

/* What a thread of the service would do once a second. */
static void look(uint64_t operations) {
    kzgops_machine_memory machine;
    kzgops_machine_memory_read(NULL, 0, &machine);
    const kzgops_recorder_sample sample = kzgops_recorder_sample_of(&machine);
    uint64_t live = kzgops_memory_current(parts.memory);
    kzgops_recorder_memory(parts.recorder, &sample);
    kzgops_growth_sample(parts.growth, &live, operations);
    (void)kzgops_cpu_tick(parts.cpu, NULL);
    kzgops_profile_tick(parts.profile);
}

static void report(void) {
    static char text[65536];
    static kzgops_profile_entry entry[4];
    kzgops_memory_snapshot memory;
    kzgops_profile_snapshot profile;
    kzgops_memory_report(parts.memory, &memory);
    kzgops_memory_report_text(&memory, text, sizeof text);
    fputs(text, stdout);
    kzgops_profile_report(parts.profile, KZGOPS_PROFILE_ALL, entry, 4, &profile);
    kzgops_profile_report_text(&profile, text, sizeof text);
    fputs(text, stdout);
    kzgops_metrics_render(parts.metrics, KZGOPS_METRICS_TEXT, text, sizeof text);
    fputs(text, stdout);
    kzgops_health_run(parts.health);
    kzgops_health_summary(parts.health, text, sizeof text);
    puts(text);
}

static void stop(void) {
    kzgops_health_free(parts.health);
    kzgops_recorder_close(parts.recorder, true);
    kzgops_errors_free(parts.errors);
    kzgops_profile_free(parts.profile);
    kzgops_metrics_free(parts.metrics);
    kzgops_cpu_free(parts.cpu);
    kzgops_growth_free(parts.growth);
    kzgops_memory_free(parts.memory);
    kzgops_log_stop();
}

int main(void) {
    const char *why = NULL;
    kzgops_log_init(STDOUT_FILENO, KZGOPS_LOG_AUTO, KZGOPS_LOG_INFO);
    if (!kzgops_log_start(&(kzgops_log_config){.lines_per_second = 5}, &why))
        fprintf(stderr, "the log writes by itself: %s\n", why);
    why = start(NULL); /* a real service gives the recorder a folder, and reads kzgops_ending_read from it */
    if (why != NULL) {
        fprintf(stderr, "a part is missing: %s\n", why);
        return 1;
    }
    kzgops_sampler *sampler = kzgops_sampler_start(NULL, &why);
    for (int request = 1; request <= 1000; request++) square(request);
    look(1000);
    kzgops_sampler_free(sampler);
    report();
    bool healthy = kzgops_health_is_healthy(parts.health);
    stop();
    return healthy ? 0 : 1;
}
