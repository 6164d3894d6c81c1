#include "kzgops/metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "ops/metrics_list.h"

enum type { COUNTER, GAUGE, HISTOGRAM };

#define LABELS_MAX 6

/* Upper bounds in microseconds. A verification takes about 1 ms, a commitment about 15 ms, all cells with proofs 100
 * ms to 200 ms; the rest is for queues and throttled machines. */
static const uint32_t bucket_us[] = {100,   250,    500,    1000,   2500,    5000,    10000,   25000,
                                     50000, 100000, 250000, 500000, 1000000, 2500000, 10000000};
#define BUCKETS (sizeof bucket_us / sizeof bucket_us[0])

/* One series. value is a count, or the bits of a gauge's double, or a histogram's sum in nanoseconds. */
struct series {
    _Atomic uint64_t value;
    _Atomic uint64_t *buckets; /* BUCKETS + 1, only of a histogram */
    atomic_bool shown;
};

struct family {
    const char *name;
    const char *help;
    enum type type;
    size_t labels;
    kzgops_label label[LABELS_MAX];
    size_t count;
    struct series *series;
};

struct kzgops_metrics {
    struct family family[KZGOPS_METRICS];
};

static const struct {
    const char *name;
    const char *labels;
    const char *help;
    enum type type;
} definitions[] = {
#define X(id, kind, text, label_names, description) \
    {.name = (text), .labels = (label_names), .help = (description), .type = kind},
    METRICS_LIST(X)
#undef X
};

enum list_order {
#define X(id, kind, text, label_names, description) LIST_##id,
    METRICS_LIST(X)
#undef X
        LIST_COUNT
};
#define X(id, kind, text, label_names, description) \
    _Static_assert((int)LIST_##id == (int)KZGOPS_METRIC_##id, "kzgops/metrics.h and metrics_list.h differ: " text);
METRICS_LIST(X)
#undef X
_Static_assert((int)LIST_COUNT == (int)KZGOPS_METRICS, "kzgops/metrics.h and metrics_list.h differ in length");

static kzgops_label find_label(const kzgops_label *labels, size_t n, const char *name, size_t len) {
    static const char *const none[] = {""};
    for (size_t i = 0; i < n; i++) {
        if (strlen(labels[i].name) == len && memcmp(labels[i].name, name, len) == 0) return labels[i];
    }
    return (kzgops_label){.name = NULL, .values = none, .count = 1};
}

/* Label names stay in the definition's string; name is set from there, so it ends at a comma, not at a NUL. */
static void family_labels(struct family *family, const char *names, const kzgops_label *labels, size_t n) {
    family->count = 1;
    while (*names != '\0') {
        size_t len = strcspn(names, ",");
        KZG_ASSERT(family->labels < LABELS_MAX);
        kzgops_label label = find_label(labels, n, names, len);
        label.name = names;
        family->label[family->labels++] = label;
        family->count *= label.count;
        names += len + (names[len] == ',');
    }
}

static bool family_init(struct family *family, size_t i, const kzgops_label *labels, size_t n) {
    family->name = definitions[i].name;
    family->help = definitions[i].help;
    family->type = definitions[i].type;
    family_labels(family, definitions[i].labels, labels, n);
    family->series = calloc(family->count, sizeof *family->series);
    if (family->series == NULL) return false;
    if (family->labels == 0) atomic_store(&family->series[0].shown, true);
    if (family->type != HISTOGRAM) return true;
    _Atomic uint64_t *cells = calloc(family->count * (BUCKETS + 1), sizeof *cells);
    for (size_t s = 0; cells != NULL && s < family->count; s++) family->series[s].buckets = cells + s * (BUCKETS + 1);
    return cells != NULL;
}

kzgops_metrics *kzgops_metrics_new(const kzgops_label *labels, size_t n) {
    kzgops_metrics *metrics = calloc(1, sizeof *metrics);
    if (metrics == NULL) return NULL;
    for (size_t i = 0; i < KZGOPS_METRICS; i++) {
        if (!family_init(&metrics->family[i], i, labels, n)) return kzgops_metrics_free(metrics);
    }
    return metrics;
}

kzgops_metrics *kzgops_metrics_free(kzgops_metrics *metrics) {
    for (size_t i = 0; metrics != NULL && i < KZGOPS_METRICS; i++) {
        struct series *series = metrics->family[i].series;
        if (series != NULL) free(series[0].buckets);
        free(series);
    }
    free(metrics);
    return NULL;
}

static struct series *series_at(const kzgops_metrics *metrics, kzgops_metric metric, size_t first, size_t second) {
    const struct family *family = &metrics->family[metric];
    size_t n0 = family->labels > 0 ? family->label[0].count : 1;
    size_t n1 = family->labels > 1 ? family->label[1].count : 1;
    KZG_ASSERT(first < n0 && second < n1);
    return &family->series[first * n1 + second];
}

static void show(struct series *series) {
    if (!atomic_load_explicit(&series->shown, memory_order_relaxed)) {
        atomic_store_explicit(&series->shown, true, memory_order_relaxed);
    }
}

void kzgops_counter_add(kzgops_metrics *metrics, kzgops_metric metric, size_t first, size_t second, uint64_t n) {
    KZG_ASSERT(metrics->family[metric].type == COUNTER);
    struct series *series = series_at(metrics, metric, first, second);
    atomic_fetch_add_explicit(&series->value, n, memory_order_relaxed);
    show(series);
}

void kzgops_histogram_observe(kzgops_metrics *metrics, kzgops_metric metric, size_t first, size_t second,
                              uint64_t nanoseconds) {
    KZG_ASSERT(metrics->family[metric].type == HISTOGRAM);
    struct series *series = series_at(metrics, metric, first, second);
    size_t bucket = 0;
    while (bucket < BUCKETS && nanoseconds > (uint64_t)bucket_us[bucket] * 1000) bucket++;
    atomic_fetch_add_explicit(&series->buckets[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&series->value, nanoseconds, memory_order_relaxed);
    show(series);
}

/* A counter set from outside is kept as a double too; such a counter is never also added to. */
void kzgops_gauge_set(kzgops_metrics *metrics, kzgops_metric metric, size_t first, size_t second, double value) {
    KZG_ASSERT(metrics->family[metric].type != HISTOGRAM);
    struct series *series = series_at(metrics, metric, first, second);
    uint64_t bits;
    if (metrics->family[metric].type == COUNTER && metric != KZGOPS_METRIC_PROCESS_CPU) {
        bits = (uint64_t)value;
    } else {
        memcpy(&bits, &value, sizeof bits);
    }
    atomic_store_explicit(&series->value, bits, memory_order_relaxed);
    show(series);
}

void kzgops_metrics_show(kzgops_metrics *metrics, kzgops_metric metric, size_t first, size_t second) {
    show(series_at(metrics, metric, first, second));
}

uint64_t kzgops_counter_value(const kzgops_metrics *metrics, kzgops_metric metric, size_t first, size_t second) {
    KZG_ASSERT(metrics->family[metric].type == COUNTER);
    return atomic_load_explicit(&series_at(metrics, metric, first, second)->value, memory_order_relaxed);
}

/* ---- Text ---------------------------------------------------------------------------------------------------- */

struct text {
    char *out;
    size_t size;
    size_t used; /* what was asked for, also past the end */
};

__attribute__((format(printf, 2, 3))) static void text_add(struct text *text, const char *format, ...) {
    va_list args;
    va_start(args, format);
    size_t room = text->used < text->size ? text->size - text->used : 0;
    int n = vsnprintf(room > 0 ? text->out + text->used : NULL, room, format, args);
    va_end(args);
    KZG_ASSERT(n >= 0);
    text->used += (size_t)n;
}

static void text_escaped(struct text *text, const char *value) {
    for (; *value != '\0'; value++) {
        if (*value == '\n') {
            text_add(text, "\\n");
        } else {
            text_add(text, "%s%c", *value == '"' || *value == '\\' ? "\\" : "", *value);
        }
    }
}

/* {a="x",b="y"} of series s, with le="..." behind when le is given; nothing when there is no label. */
static void text_labels(struct text *text, const struct family *family, size_t s, const char *le) {
    size_t position[LABELS_MAX];
    for (size_t i = family->labels; i > 0; i--) {
        position[i - 1] = s % family->label[i - 1].count;
        s /= family->label[i - 1].count;
    }
    if (family->labels == 0 && le == NULL) return;
    text_add(text, "{");
    for (size_t i = 0; i < family->labels; i++) {
        const kzgops_label *label = &family->label[i];
        text_add(text, "%s%.*s=\"", i > 0 ? "," : "", (int)strcspn(label->name, ","), label->name);
        text_escaped(text, label->values[position[i]]);
        text_add(text, "\"");
    }
    if (le != NULL) text_add(text, "%sle=\"%s\"", family->labels > 0 ? "," : "", le);
    text_add(text, "}");
}

static void text_histogram(struct text *text, const struct family *family, size_t s) {
    const struct series *series = &family->series[s];
    uint64_t total = 0;
    for (size_t b = 0; b <= BUCKETS; b++) {
        char le[24] = "+Inf";
        if (b < BUCKETS) snprintf(le, sizeof le, "%g", bucket_us[b] / 1e6);
        total += atomic_load_explicit(&series->buckets[b], memory_order_relaxed);
        text_add(text, "%s_bucket", family->name);
        text_labels(text, family, s, le);
        text_add(text, " %" PRIu64 "\n", total);
    }
    double sum = (double)atomic_load_explicit(&series->value, memory_order_relaxed) / 1e9;
    text_add(text, "%s_sum", family->name);
    text_labels(text, family, s, NULL);
    text_add(text, " %.9g\n%s_count", sum, family->name);
    text_labels(text, family, s, NULL);
    text_add(text, " %" PRIu64 "\n", total);
}

static void text_series(struct text *text, kzgops_metric metric, const struct family *family, size_t s) {
    uint64_t bits = atomic_load_explicit(&family->series[s].value, memory_order_relaxed);
    text_add(text, "%s", family->name);
    text_labels(text, family, s, NULL);
    if (family->type == COUNTER && metric != KZGOPS_METRIC_PROCESS_CPU) {
        text_add(text, " %" PRIu64 "\n", bits);
    } else {
        double value;
        memcpy(&value, &bits, sizeof value);
        text_add(text, " %.15g\n", value);
    }
}

size_t kzgops_metrics_render(const kzgops_metrics *metrics, char *out, size_t size) {
    static const char *const types[] = {"counter", "gauge", "histogram"};
    struct text text = {.out = out, .size = size};
    if (size > 0) out[0] = '\0';
    for (size_t i = 0; i < KZGOPS_METRICS; i++) {
        const struct family *family = &metrics->family[i];
        text_add(&text, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help, family->name,
                 types[family->type]);
        for (size_t s = 0; s < family->count; s++) {
            if (!atomic_load_explicit(&family->series[s].shown, memory_order_relaxed)) continue;
            if (family->type == HISTOGRAM) {
                text_histogram(&text, family, s);
            } else {
                text_series(&text, (kzgops_metric)i, family, s);
            }
        }
    }
    return text.used;
}
