/* libkzgops, metrics: counters, gauges, histograms and info, from a table of the program's, in the text formats that
 * Prometheus reads.
 *
 * The table names every metric with its unit, labels and buckets, and every label with all its values; so the number
 * of series is known and bounded when the registry is made, and nothing that a client sends can add one. A series is
 * found by its metric's place in the table and the positions of its labels' values:
 *
 *   kzgops_counter_add(metrics, OPERATIONS, KZGOPS_AT(operation, status), 1);
 *
 * Every thread counts in cells of its own, without locked instructions; a read adds them up. Nothing is lost when a
 * thread ends: its cells go on under the next thread. Nothing is allocated after the registry is made.
 *
 * What is written: a counter or histogram from its first event, or from kzgops_metrics_show; a gauge, an info and a
 * counter that is copied from elsewhere once they were set. No zero stands for what is not known.
 *
 * Integers and seconds: a counter or histogram whose unit is "seconds" counts nanoseconds and is written in seconds;
 * any other counts in its unit. Gauges, copied counters and buckets are in the unit.
 *
 * Cost, seen with bench/ops/metrics.c on a Xeon of a cloud machine, gcc 12 -O2, on one thread and on two alike: 6 to
 * 7 ns for an increment, 9 ns for an observation in the first bucket and 23 ns in the last of 17, 65 ns with an
 * exemplar; 11 to 12 ns for an increment where threads share cells. A page of 1000 series takes 60 us, 80 us as
 * OpenMetrics.
 *
 * All functions may be called from any thread unless they say otherwise. A metric that is not in the table, or of
 * another type than the function's, and a position out of range assert. */
#ifndef KZGOPS_METRICS_H
#define KZGOPS_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/sources.h"

#define KZGOPS_METRIC_LABELS_MAX  3  /* of one that is not an info */
#define KZGOPS_INFO_LABELS_MAX    16 /* of an info */
#define KZGOPS_METRIC_BUCKETS_MAX 64
#define KZGOPS_METRIC_VALUES_MAX  65535 /* of a label */
#define KZGOPS_METRICS_MAX        4096
#define KZGOPS_METRIC_THREADS_MAX 4096
#define KZGOPS_TRACE_ID_MAX       64

/* ---- The table ----------------------------------------------------------------------------------------------- */

typedef enum kzgops_metric_type {
    KZGOPS_COUNTER,
    KZGOPS_GAUGE,
    KZGOPS_HISTOGRAM,
    KZGOPS_INFO /* one series whose labels' values come with kzgops_info_set */
} kzgops_metric_type;

typedef struct kzgops_label {
    const char *name;          /* [a-zA-Z_][a-zA-Z0-9_]*, not with two underscores first */
    const char *const *values; /* UTF-8, each once; NULL for an info */
    size_t count;              /* 1 to KZGOPS_METRIC_VALUES_MAX; 0 for an info */
} kzgops_label;

typedef struct kzgops_metric {
    const char *name; /* as Prometheus has it: a counter ends in _total, an info in _info */
    kzgops_metric_type type;
    const char *unit; /* in full ("seconds", "bytes", "ratio"), and the name's end; NULL or "": none */
    const char *help; /* one sentence */
    const kzgops_label *labels;
    size_t label_count;
    const double *buckets; /* of a histogram: upper bounds, ascending and finite; one to infinity is added */
    size_t bucket_count;
    bool exemplars; /* of a histogram: keep the latest trace of each bucket */
} kzgops_metric;

/* Positions of the labels' values in the order of the table's labels, one to three: KZGOPS_AT(first, second). Packed,
 * since a structure of three would go through memory. */
typedef struct kzgops_at {
    uint64_t packed;
} kzgops_at;

static inline uint64_t kzgops__position(size_t position) {
    return position < 0xffff ? position : 0xffff; /* beyond any label's last */
}

#define KZGOPS_AT(...) KZGOPS__AT(__VA_ARGS__, 0, 0, 0)
#define KZGOPS_ALONE   ((kzgops_at){0}) /* of a metric without labels */
#define KZGOPS__AT(first, second, third, ...)                                                   \
    ((kzgops_at){kzgops__position((size_t)(first)) | kzgops__position((size_t)(second)) << 16 | \
                 kzgops__position((size_t)(third)) << 32})

/* ---- Registry ------------------------------------------------------------------------------------------------ */

typedef struct kzgops_metrics kzgops_metrics;

typedef struct kzgops_metrics_config {
    const kzgops_metric *metrics; /* the table and all it points to: borrowed until the registry is freed */
    size_t metric_count;          /* 1 to KZGOPS_METRICS_MAX */
    size_t threads; /* cells for that many threads at one time, 0: 32. A thread that finds none free shares one set
                     * with others of its kind as long as it lives: as exact, with locked instructions */
    const kzgops_sources *sources; /* borrowed; NULL: malloc and the system's clock */
} kzgops_metrics_config;

/* NULL when the table breaks a rule above, a number is out of range, or there is no memory; *ret_error (unless NULL)
 * then says which, in words, and *ret_metric (unless NULL) which metric, or metric_count. */
kzgops_metrics *kzgops_metrics_new(const kzgops_metrics_config *config, const char **ret_error, size_t *ret_metric);
/* No other thread may use it any more; threads that did may live on. NULL is fine; returns NULL. */
kzgops_metrics *kzgops_metrics_free(kzgops_metrics *metrics);

/* Most series that the table allows, and those that would be written now, as a Prometheus server counts them in the
 * OpenMetrics form: each bucket, sum and count is one, and so is each _created. Without _created it is fewer. */
size_t kzgops_metrics_series_max(const kzgops_metrics *metrics);
size_t kzgops_metrics_series(const kzgops_metrics *metrics);

/* ---- Recording ----------------------------------------------------------------------------------------------- */

/* Adds to a counter, or one value to a histogram. */
void kzgops_counter_add(kzgops_metrics *metrics, size_t metric, kzgops_at at, uint64_t n);
void kzgops_histogram_observe(kzgops_metrics *metrics, size_t metric, kzgops_at at, uint64_t value);
/* The same, and keeps the trace id (copied) as the latest of its bucket. NULL, "", one longer than
 * KZGOPS_TRACE_ID_MAX and one that comes while another thread writes to the same bucket are not kept. */
void kzgops_histogram_observe_exemplar(kzgops_metrics *metrics, size_t metric, kzgops_at at, uint64_t value,
                                       const char *trace_id);

/* A gauge stands at what it was last set to. */
void kzgops_gauge_set(kzgops_metrics *metrics, size_t metric, kzgops_at at, double value);
void kzgops_gauge_add(kzgops_metrics *metrics, size_t metric, kzgops_at at, double by); /* from 0 if it was not set */
/* The value is not known any more: the series is left out until it is set again. */
void kzgops_gauge_unset(kzgops_metrics *metrics, size_t metric, kzgops_at at);

/* For a counter that somebody else keeps (the kernel's CPU time): copies where it stands. What was added here comes
 * on top; a metric has usually one or the other. */
void kzgops_counter_set(kzgops_metrics *metrics, size_t metric, kzgops_at at, double value);

/* Values of the info's labels, in the table's order: borrowed until the registry is freed or others are set. */
void kzgops_info_set(kzgops_metrics *metrics, size_t metric, const char *const *values);

/* Makes a counter or histogram show at zero, before its first event. */
void kzgops_metrics_show(kzgops_metrics *metrics, size_t metric, kzgops_at at);

/* All that a program says about an operation that has ended, in one call. */
typedef struct kzgops_operation {
    size_t total;    /* counter with the labels operation and status */
    size_t duration; /* histogram in seconds with the label operation, or operation and status */
    uint32_t operation;
    uint32_t status;
    uint64_t nanoseconds;
    const char *trace_id; /* NULL: none */
} kzgops_operation;
void kzgops_record_operation(kzgops_metrics *metrics, const kzgops_operation *operation);

/* ---- Reading ------------------------------------------------------------------------------------------------- */

/* What was added to a counter by all threads, in what it counts; not what was copied into it. */
uint64_t kzgops_counter_value(const kzgops_metrics *metrics, size_t metric, kzgops_at at);
/* A gauge, or what was copied into a counter; NAN when it was not set. */
double kzgops_gauge_value(const kzgops_metrics *metrics, size_t metric, kzgops_at at);
/* How often a histogram was given a value. */
uint64_t kzgops_histogram_count(const kzgops_metrics *metrics, size_t metric, kzgops_at at);

typedef enum kzgops_metrics_format {
    KZGOPS_METRICS_TEXT,       /* Prometheus text format 0.0.4 */
    KZGOPS_METRICS_OPENMETRICS /* OpenMetrics 1.0: with units, times of creation and exemplars */
} kzgops_metrics_format;

/* The form that an Accept header asks for. Text when there is none (NULL), when it asks for neither, and when both
 * are equally welcome, unless OpenMetrics is named and text is not. */
kzgops_metrics_format kzgops_metrics_negotiate(const char *accept);
/* Of the Content-Type header; static. */
const char *kzgops_metrics_content_type(kzgops_metrics_format format);

/* Writes at most size bytes with a terminator and returns the length it would have had, as snprintf does. Sees each
 * cell at some moment of the call; counters never go back from one call to the next, and a histogram's count is
 * that of its buckets. Any number of threads may write at once. */
size_t kzgops_metrics_render(const kzgops_metrics *metrics, kzgops_metrics_format format, char *out, size_t size);

#endif
