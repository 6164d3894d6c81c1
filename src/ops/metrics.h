/* What the files of the metrics registry share: the table with all that is derived from it, and the cells. */
#ifndef OPS_METRICS_H
#define OPS_METRICS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "kzgops/metrics.h"

#define METRICS_SHARED_ROW 0 /* of all threads that found no other */
#define METRICS_SERIES_MAX ((size_t)1 << 20)

/* Written by one thread (the shared one by several), read by any. Cells only grow. */
struct metrics_row {
    kzgops_metrics *metrics;
    bool taken; /* under the registry's lock */
    bool shared;
    _Alignas(64) _Atomic uint64_t cell[];
};

/* Of one bucket. Whoever turns busy from false to true may read and write the rest. */
struct metrics_exemplar {
    atomic_bool busy;
    size_t length; /* 0: none yet */
    uint64_t value;
    int64_t at_ns;
    char trace_id[KZGOPS_TRACE_ID_MAX];
};

struct metrics_piece {
    const char *text;
    size_t length;
};

struct metrics_family {
    const kzgops_metric *metric;
    kzgops_metric_type type;
    uint32_t count[KZGOPS_METRIC_LABELS_MAX]; /* of each label's values; 1 for one that is not there */
    uint32_t stride;                          /* cells of a series: 1, or the buckets and the sum */
    uint32_t buckets;                         /* of a histogram, with the one to infinity */
    size_t series;                            /* number of the first */
    size_t series_count;
    size_t cell; /* in a row, of the first series */
    uint64_t per_unit;
    const uint64_t *limits;             /* of the buckets but the last, in what is counted */
    const struct metrics_piece *pairs;  /* name="value", escaped: every value of the first label, of the second ... */
    const struct metrics_piece *bounds; /* of the buckets, as le has them */
    struct metrics_exemplar *exemplars; /* one a series and bucket, or NULL */
    atomic_bool copied;                 /* a counter that is kept elsewhere */
    _Atomic(const char *const *) info;  /* values of an info */
};

struct kzgops_metrics {
    kzgops_metrics_config config;
    struct metrics_family *family;
    size_t series_count;
    size_t cell_count; /* in a row */
    size_t row_count;
    size_t row_bytes;
    unsigned char *rows;
    _Atomic uint64_t *values; /* one a series: the bits of a double, what was set */
    atomic_bool *shown;       /* one a series */
    void *block;
    size_t block_bytes;
    int64_t created_ns; /* since the epoch */
    pthread_key_t key;  /* of a thread's row */
    pthread_mutex_t lock;
    atomic_size_t rows_used; /* those from here on were never taken, and are not cleared */
};

static inline struct metrics_row *metrics_row_at(const kzgops_metrics *metrics, size_t i) {
    return (struct metrics_row *)(void *)(metrics->rows + i * metrics->row_bytes);
}

/* Why the table cannot be used, and *ret_metric where; NULL when it can. */
const char *kzgops__metrics_table_error(const kzgops_metrics_config *config, size_t *ret_metric);

/* Length of a metric's name without the suffix of its type: what OpenMetrics calls the family. */
size_t kzgops__metrics_family_length(const kzgops_metric *metric);

/* Escapes as label values are, into out unless it is NULL. The length, without a terminator. */
size_t kzgops__metrics_escape(char *out, const char *value, size_t length);

/* A series' cell, added up over all rows. */
uint64_t kzgops__metrics_sum(const kzgops_metrics *metrics, size_t cell);

#endif
