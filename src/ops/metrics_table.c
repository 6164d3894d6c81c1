/* Whether a table of metrics can be used: what Prometheus and OpenMetrics ask of names, and what fits. */
#include <math.h>
#include <string.h>

#include "ops/metrics.h"

#define NANOSECONDS_MAX 9.2e18 /* below 2^63 */

static bool ends_in(const char *text, size_t length, const char *end) {
    size_t n = strlen(end);
    return length > n && memcmp(text + length - n, end, n) == 0;
}

size_t kzgops__metrics_family_length(const kzgops_metric *metric) {
    size_t length = strlen(metric->name);
    if (metric->type == KZGOPS_COUNTER) return length - strlen("_total");
    return metric->type == KZGOPS_INFO ? length - strlen("_info") : length;
}

static bool is_name(const char *text) {
    if (text == NULL || text[0] == '\0' || (text[0] >= '0' && text[0] <= '9')) return false;
    for (; *text != '\0'; text++) {
        bool letter = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') || *text == '_';
        if (!letter && (*text < '0' || *text > '9')) return false;
    }
    return true;
}

/* Without its type's suffix a name must not end in one, so no two metrics can have a series' name in common. */
static const char *name_error(const kzgops_metric *metric) {
    static const char *const suffixes[] = {"_total", "_created", "_info", "_bucket", "_count", "_sum"};
    if (!is_name(metric->name)) return "a metric's name is missing or has other characters than letters, digits, _";
    size_t length = strlen(metric->name);
    if (metric->type == KZGOPS_COUNTER && !ends_in(metric->name, length, "_total")) {
        return "a counter's name does not end in _total";
    }
    if (metric->type == KZGOPS_INFO && !ends_in(metric->name, length, "_info")) {
        return "an info's name does not end in _info";
    }
    length = kzgops__metrics_family_length(metric);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        if (ends_in(metric->name, length, suffixes[i])) return "a metric's name ends in the suffix of another type";
    }
    return NULL;
}

static const char *unit_error(const kzgops_metric *metric) {
    const char *unit = metric->unit;
    if (unit == NULL || unit[0] == '\0') return NULL;
    if (metric->type == KZGOPS_INFO) return "an info has a unit";
    size_t length = kzgops__metrics_family_length(metric), n = strlen(unit);
    bool there = is_name(unit) && ends_in(metric->name, length, unit) && metric->name[length - n - 1] == '_';
    return there ? NULL : "a metric's name does not end in its unit";
}

static const char *values_error(const kzgops_label *label) {
    if (label->values == NULL || label->count == 0) return "a label has no values";
    if (label->count > KZGOPS_METRIC_VALUES_MAX) return "a label has too many values";
    for (size_t i = 0; i < label->count; i++) {
        if (label->values[i] == NULL) return "a label's value is missing";
        for (size_t k = 0; k < i; k++) {
            if (strcmp(label->values[i], label->values[k]) == 0) return "a label has the same value twice";
        }
    }
    return NULL;
}

static const char *label_error(const kzgops_metric *metric, size_t i) {
    const kzgops_label *label = &metric->labels[i];
    if (!is_name(label->name) || strncmp(label->name, "__", 2) == 0 || strcmp(label->name, "le") == 0) {
        return "a label's name is missing, reserved, or has other characters than letters, digits, _";
    }
    for (size_t k = 0; k < i; k++) {
        if (strcmp(label->name, metric->labels[k].name) == 0) return "a metric has the same label twice";
    }
    if (metric->type != KZGOPS_INFO) return values_error(label);
    return label->values != NULL || label->count != 0 ? "an info's label has values in the table" : NULL;
}

static const char *labels_error(const kzgops_metric *metric) {
    size_t most = metric->type == KZGOPS_INFO ? KZGOPS_INFO_LABELS_MAX : KZGOPS_METRIC_LABELS_MAX;
    if (metric->label_count > most) return "a metric has too many labels";
    if (metric->label_count > 0 && metric->labels == NULL) return "a metric's labels are missing";
    if (metric->type == KZGOPS_INFO && metric->label_count == 0) return "an info has no labels";
    const char *error = NULL;
    for (size_t i = 0; i < metric->label_count && error == NULL; i++) error = label_error(metric, i);
    return error;
}

static const char *buckets_error(const kzgops_metric *metric) {
    if (metric->type != KZGOPS_HISTOGRAM) {
        if (metric->exemplars) return "a metric that is no histogram has exemplars";
        return metric->bucket_count > 0 ? "a metric that is no histogram has buckets" : NULL;
    }
    if (metric->bucket_count == 0 || metric->buckets == NULL) return "a histogram has no buckets";
    if (metric->bucket_count > KZGOPS_METRIC_BUCKETS_MAX) return "a histogram has too many buckets";
    double before = 0, scale = metric->unit != NULL && strcmp(metric->unit, "seconds") == 0 ? 1e9 : 1;
    for (size_t i = 0; i < metric->bucket_count; i++) {
        double bound = metric->buckets[i] * scale;
        if (!(bound <= NANOSECONDS_MAX) || !(bound > before)) {
            return "a histogram's buckets are not positive, ascending and finite";
        }
        before = bound;
    }
    return NULL;
}

static const char *metric_error(const kzgops_metric *metric) {
    if ((unsigned)metric->type > KZGOPS_INFO) return "a metric's type is not one of the four";
    const char *error = name_error(metric);
    if (error == NULL) error = unit_error(metric);
    if (error == NULL && (metric->help == NULL || metric->help[0] == '\0')) error = "a metric has no help";
    if (error == NULL) error = labels_error(metric);
    return error != NULL ? error : buckets_error(metric);
}

static bool same_family(const kzgops_metric *a, const kzgops_metric *b) {
    size_t n = kzgops__metrics_family_length(a);
    return n == kzgops__metrics_family_length(b) && memcmp(a->name, b->name, n) == 0;
}

/* Series of one metric, or more than there may be. */
static size_t series_of(const kzgops_metric *metric) {
    size_t n = 1;
    for (size_t i = 0; i < metric->label_count && metric->type != KZGOPS_INFO; i++) {
        n *= metric->labels[i].count;
        if (n > METRICS_SERIES_MAX) break;
    }
    return n * (metric->bucket_count + 1);
}

const char *kzgops__metrics_table_error(const kzgops_metrics_config *config, size_t *ret_metric) {
    size_t series = 0;
    *ret_metric = config->metric_count;
    if (config->metrics == NULL || config->metric_count == 0) return "a registry without metrics";
    if (config->metric_count > KZGOPS_METRICS_MAX) return "more metrics than a registry can have";
    if (config->threads > KZGOPS_METRIC_THREADS_MAX) return "more threads than a registry can have";
    for (size_t i = 0; i < config->metric_count; i++) {
        const kzgops_metric *metric = &config->metrics[i];
        *ret_metric = i;
        const char *error = metric_error(metric);
        if (error != NULL) return error;
        for (size_t k = 0; k < i; k++) {
            if (same_family(metric, &config->metrics[k])) return "two metrics have the same name";
        }
        series += series_of(metric);
        if (series > METRICS_SERIES_MAX) return "more series than a registry can have";
    }
    *ret_metric = config->metric_count;
    return NULL;
}
