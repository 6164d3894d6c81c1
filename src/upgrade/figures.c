#include "upgrade/figures.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnose/prometheus.h"

#define RESPONSES "kzg_http_responses_total"
#define RUNS      "kzg_operations_total"
#define CPU       "kzg_operation_cpu_seconds_total"
#define DURATION  "kzg_operation_duration_seconds_bucket"
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

/* ---- 99th percentile ---------------------------------------------------------------------------------------------
 */

#define BUCKETS_MAX 64

/* Cumulative: how many runs took at most that long. */
struct histogram {
    double bound_s[BUCKETS_MAX], count[BUCKETS_MAX];
    size_t buckets;
};

/* Upper bounds come in ascending order, and in the same one for every series. */
static void add_buckets(struct histogram *histogram, const char *text, const char *operation, double sign) {
    struct prometheus_sample sample;
    while (text != NULL && prometheus_next(&text, DURATION, &sample)) {
        char label[64], *end;
        prometheus_label(&sample, "operation", label, sizeof label);
        if (strcmp(label, operation) != 0) continue;
        prometheus_label(&sample, "le", label, sizeof label);
        double bound_s = strtod(label, &end); /* knows +Inf */
        if (end == label) continue;
        size_t at = 0;
        while (at < histogram->buckets && histogram->bound_s[at] < bound_s) at++;
        if (at == histogram->buckets || histogram->bound_s[at] != bound_s) {
            if (histogram->buckets == BUCKETS_MAX) continue;
            memmove(histogram->bound_s + at + 1, histogram->bound_s + at,
                    (histogram->buckets - at) * sizeof *histogram->bound_s);
            memmove(histogram->count + at + 1, histogram->count + at,
                    (histogram->buckets - at) * sizeof *histogram->count);
            histogram->bound_s[at] = bound_s;
            histogram->count[at] = 0;
            histogram->buckets++;
        }
        histogram->count[at] += sign * sample.value;
    }
}

double figures_p99(const char *before, const char *after, const char *operation, double *ret_runs) {
    struct histogram histogram = {.buckets = 0};
    add_buckets(&histogram, after, operation, 1);
    add_buckets(&histogram, before, operation, -1);
    *ret_runs = histogram.buckets == 0 ? 0 : histogram.count[histogram.buckets - 1];
    if (!(*ret_runs > 0)) return NAN;
    double wanted = 0.99 * *ret_runs, low_s = 0, below = 0;
    for (size_t i = 0; i < histogram.buckets; i++) {
        if (histogram.count[i] >= wanted) {
            if (isinf(histogram.bound_s[i])) break;
            return low_s + (histogram.bound_s[i] - low_s) * (wanted - below) / (histogram.count[i] - below);
        }
        low_s = histogram.bound_s[i];
        below = histogram.count[i];
    }
    return low_s; /* beyond the last bound: at least that */
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

static bool judge_p99(const struct upgrade_settings *settings, const char *baseline, const char *before,
                      const char *after, const char *operation, struct upgrade_failure *failure) {
    double runs, old_runs, p99_s = figures_p99(before, after, operation, &runs);
    double old_p99_s = figures_p99(NULL, baseline, operation, &old_runs),
           least = FIGURES_P99_TIMES * settings->samples;
    if (runs < least || old_runs < least) return true;
    if (p99_s <= old_p99_s * settings->p99_ratio || p99_s <= settings->p99_floor_s) return true;
    return worse(failure, "p99_rose", "%s: p99 is %.2f ms, the baseline's %.2f ms (p99-ratio %g)", operation,
                 p99_s * 1000, old_p99_s * 1000, settings->p99_ratio);
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

bool figures_judge_p99(const struct upgrade_settings *settings, const char *baseline, const char *before,
                       const char *after, const char *const *operations, size_t operation_count,
                       struct upgrade_failure *failure) {
    for (size_t i = 0; i < operation_count; i++)
        if (!judge_p99(settings, baseline, before, after, operations[i], failure)) return false;
    return true;
}
