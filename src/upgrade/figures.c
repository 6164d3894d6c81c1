#include "upgrade/figures.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "diagnose/prometheus.h"

#define RESPONSES "kzg_http_responses_total"
#define RUNS      "kzg_operations_total"
#define CPU       "kzg_operation_cpu_seconds_total"
#define RESIDENT  "process_resident_memory_bytes"

static double sum(const char *text, const char *name, const char *label) {
    double value = text == NULL ? 0 : prometheus_sum(text, name, label);
    return isnan(value) ? 0 : value;
}

static double between(const char *before, const char *after, const char *name, const char *label) {
    return sum(after, name, label) - sum(before, name, label);
}

/* Of answers whose status begins with 5, by the label that kzgd gives it. */
static double failures(const char *text) {
    struct prometheus_sample sample;
    double count = 0;
    while (text != NULL && prometheus_next(&text, RESPONSES, &sample)) {
        char status[16];
        prometheus_label(&sample, "code", status, sizeof status);
        if (status[0] == '5') count += sample.value;
    }
    return count;
}

double figures_error_ratio(const char *before, const char *after) {
    double all = between(before, after, RESPONSES, NULL);
    return all > 0 ? (failures(after) - failures(before)) / all : NAN;
}

double figures_cpu(const char *before, const char *after, const char *operation, double *ret_runs) {
    char label[128];
    snprintf(label, sizeof label, "operation=\"%s\"", operation);
    *ret_runs = between(before, after, RUNS, label);
    return *ret_runs > 0 ? between(before, after, CPU, label) / *ret_runs : NAN;
}

double figures_slope(const double *values, size_t count) {
    double x_mean = ((double)count - 1) / 2, y_mean = 0, up = 0, down = 0;
    if (count < 2) return 0;
    for (size_t i = 0; i < count; i++) y_mean += values[i] / (double)count;
    for (size_t i = 0; i < count; i++) {
        up += ((double)i - x_mean) * (values[i] - y_mean);
        down += ((double)i - x_mean) * ((double)i - x_mean);
    }
    return up / down;
}

__attribute__((format(printf, 3, 4))) static bool worse(struct upgrade_failure *failure, const char *code,
                                                        const char *format, ...) {
    va_list arguments;
    *failure = (struct upgrade_failure){0};
    snprintf(failure->code, sizeof failure->code, "%s", code);
    va_start(arguments, format);
    vsnprintf(failure->message, sizeof failure->message, format, arguments);
    va_end(arguments);
    return false;
}

bool figures_judge(const struct upgrade_settings *settings, const char *baseline, const char *before,
                   const char *after, const char *const *operations, size_t operation_count,
                   struct upgrade_failure *failure) {
    double errors = figures_error_ratio(before, after), old_errors = figures_error_ratio(NULL, baseline);
    if (isnan(old_errors)) old_errors = 0;
    if (!isnan(errors) && errors > old_errors + settings->error_ratio)
        return worse(failure, "errors_rose",
                     "%.3f%% of the answers are 5xx, the baseline has %.3f%% (error-ratio %g)", errors * 100,
                     old_errors * 100, settings->error_ratio);
    for (size_t i = 0; i < operation_count; i++) {
        double runs, old_runs, cpu = figures_cpu(before, after, operations[i], &runs);
        double old_cpu = figures_cpu(NULL, baseline, operations[i], &old_runs);
        if (runs < settings->samples || old_runs < settings->samples) continue;
        if (cpu > old_cpu * settings->cpu_ratio)
            return worse(failure, "cpu_rose", "%s takes %.2f ms of CPU, the baseline %.2f ms (cpu-ratio %g)",
                         operations[i], cpu * 1000, old_cpu * 1000, settings->cpu_ratio);
    }
    double memory = sum(after, RESIDENT, NULL), old_memory = sum(baseline, RESIDENT, NULL);
    if (old_memory > 0 && memory > old_memory * settings->memory_ratio &&
        memory > old_memory + settings->memory_floor)
        return worse(failure, "memory_rose", "%.0f MiB resident, the baseline has %.0f MiB (memory-ratio %g)",
                     memory / 1048576, old_memory / 1048576, settings->memory_ratio);
    return true;
}
