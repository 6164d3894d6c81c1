/* libkzgops, metrics: a registry of counters, gauges and histograms that are all known at compile time
 * (src/ops/metrics_list.h) and whose label values are all known when the registry is made: nothing that a client
 * sends can make a new series. Updates are lock-free and from any thread; reading sees each cell at some moment of
 * the read. */
#ifndef KZGOPS_METRICS_H
#define KZGOPS_METRICS_H

#include <stddef.h>
#include <stdint.h>

typedef enum kzgops_metric {
    KZGOPS_METRIC_OPERATIONS = 0,
    KZGOPS_METRIC_OPERATION_DURATION,
    KZGOPS_METRIC_MEMORY_USAGE,
    KZGOPS_METRIC_MEMORY_LIMIT,
    KZGOPS_METRIC_HTTP_RESPONSES,
    KZGOPS_METRIC_REJECTED,
    KZGOPS_METRIC_ABANDONED,
    KZGOPS_METRIC_QUEUE_WAIT,
    KZGOPS_METRIC_QUEUE_DEPTH,
    KZGOPS_METRIC_QUEUE_CAPACITY,
    KZGOPS_METRIC_IN_FLIGHT,
    KZGOPS_METRIC_WORKERS,
    KZGOPS_METRIC_CONNECTIONS,
    KZGOPS_METRIC_CONNECTIONS_LIMIT,
    KZGOPS_METRIC_ACCEPTED,
    KZGOPS_METRIC_REFUSED,
    KZGOPS_METRIC_TIMED_OUT,
    KZGOPS_METRIC_READY,
    KZGOPS_METRIC_LOG_DROPPED,
    KZGOPS_METRIC_BUILD_INFO,
    KZGOPS_METRIC_PROCESS_CPU,
    KZGOPS_METRIC_PROCESS_START,
    KZGOPS_METRIC_PROCESS_RSS,
    KZGOPS_METRIC_PROCESS_VIRTUAL,
    KZGOPS_METRIC_PROCESS_FDS,
    KZGOPS_METRIC_PROCESS_MAX_FDS,
    KZGOPS_METRICS
} kzgops_metric;

/* All values that one label can have; a label of the list that is missing here has the single value "". Strings are
 * borrowed until the registry is freed. */
typedef struct kzgops_label {
    const char *name;
    const char *const *values;
    size_t count;
} kzgops_label;

typedef struct kzgops_metrics kzgops_metrics;

/* NULL when there is no memory. The caller owns the registry. */
kzgops_metrics *kzgops_metrics_new(const kzgops_label *labels, size_t n);
kzgops_metrics *kzgops_metrics_free(kzgops_metrics *metrics); /* NULL is fine; returns NULL */

/* The series of a metric by the positions of its first two labels' values; further labels have one value. A position
 * out of range, or a metric of another type, asserts. */
void kzgops_counter_add(kzgops_metrics *metrics, kzgops_metric metric, size_t first, size_t second, uint64_t n);
void kzgops_histogram_observe(kzgops_metrics *metrics, kzgops_metric metric, size_t first, size_t second,
                              uint64_t nanoseconds);

/* Also for counters that are kept elsewhere (the kernel's CPU time) and copied here before a read. */
void kzgops_gauge_set(kzgops_metrics *metrics, kzgops_metric metric, size_t first, size_t second, double value);

/* Makes a series show before its first event. */
void kzgops_metrics_show(kzgops_metrics *metrics, kzgops_metric metric, size_t first, size_t second);

/* What a counter stands at: the sum over all threads. */
uint64_t kzgops_counter_value(const kzgops_metrics *metrics, kzgops_metric metric, size_t first, size_t second);

/* Reads the process's own figures (CPU, memory, descriptors) into the registry. */
void kzgops_metrics_read_process(kzgops_metrics *metrics);

/* Prometheus text format 0.0.4. Writes at most size bytes with a terminator and returns the length it would have had,
 * as snprintf does. Series without labels are always written, others once they were set, shown or counted. */
size_t kzgops_metrics_render(const kzgops_metrics *metrics, char *out, size_t size);

#endif
