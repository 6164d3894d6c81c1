/* The registry: made from the table, and recording. */
#include "ops/metrics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "ops/sources.h"

#define LINE          ((size_t)128) /* two lines: neighbours are fetched in pairs */
#define THREADS_USUAL 32

/* ---- Making -------------------------------------------------------------------------------------------------- */

size_t kzgops__metrics_escape(char *out, const char *value, size_t length) {
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        bool special = value[i] == '\n' || value[i] == '"' || value[i] == '\\';
        if (special && out != NULL) out[used] = '\\';
        used += special;
        if (out != NULL) out[used] = (char)(value[i] == '\n' ? 'n' : value[i]);
        used++;
    }
    return used;
}

/* What is placed in the registry's one block: with base NULL it is only measured. */
struct room {
    unsigned char *base;
    size_t used;
};

static void *carve(struct room *room, size_t bytes, size_t align) {
    room->used = (room->used + align - 1) / align * align;
    void *here = room->base != NULL ? room->base + room->used : NULL;
    room->used += bytes;
    return here;
}

static void place_text(struct room *room, struct metrics_piece *piece, const char *name, const char *value) {
    size_t n = name == NULL ? 0 : strlen(name), quotes = name == NULL ? 0 : 3;
    size_t length = n + quotes + kzgops__metrics_escape(NULL, value, strlen(value));
    char *text = carve(room, length, 1);
    if (text == NULL) return;
    *piece = (struct metrics_piece){text, length};
    if (name == NULL) {
        kzgops__metrics_escape(text, value, strlen(value));
        return;
    }
    memcpy(text, name, n);
    memcpy(text + n, "=\"", 2);
    kzgops__metrics_escape(text + n + 2, value, strlen(value));
    text[length - 1] = '"';
}

static void place_pairs(struct room *room, struct metrics_family *family) {
    size_t n = 0, at = 0;
    for (size_t i = 0; i < family->metric->label_count; i++) n += family->count[i];
    struct metrics_piece *pairs = carve(room, n * sizeof *pairs, _Alignof(struct metrics_piece));
    family->pairs = pairs;
    for (size_t i = 0; i < family->metric->label_count; i++) {
        const kzgops_label *label = &family->metric->labels[i];
        for (size_t v = 0; v < label->count; v++, at++) {
            place_text(room, pairs == NULL ? NULL : &pairs[at], label->name, label->values[v]);
        }
    }
}

/* le is the same in both formats, and as OpenMetrics wants it: "1.0", not "1". */
static void place_bounds(struct room *room, struct metrics_family *family) {
    size_t n = family->buckets - 1;
    uint64_t *limits = carve(room, n * sizeof *limits, _Alignof(uint64_t));
    struct metrics_piece *bounds = carve(room, family->buckets * sizeof *bounds, _Alignof(struct metrics_piece));
    family->limits = limits;
    family->bounds = bounds;
    for (size_t i = 0; i <= n; i++) {
        char digits[KZGOPS__DOUBLE_MAX] = "+Inf", text[KZGOPS__DOUBLE_MAX + 2];
        if (i < n) kzgops__double_text(digits, family->metric->buckets[i]);
        snprintf(text, sizeof text, "%s%s", digits, i == n || strpbrk(digits, ".e") != NULL ? "" : ".0");
        if (limits != NULL && i < n) {
            limits[i] = (uint64_t)llround(family->metric->buckets[i] * (double)family->per_unit);
        }
        place_text(room, bounds == NULL ? NULL : &bounds[i], NULL, text);
    }
}

/* The rows come last: they are cleared when a thread takes them, so that those which nobody takes never become real
 * memory. */
static size_t place(struct kzgops_metrics *metrics, unsigned char *base) {
    struct room room = {.base = base};
    metrics->values = carve(&room, metrics->series_count * sizeof *metrics->values, LINE);
    metrics->shown = carve(&room, metrics->series_count * sizeof *metrics->shown, LINE);
    for (size_t i = 0; i < metrics->config.metric_count; i++) {
        struct metrics_family *family = &metrics->family[i];
        if (family->type == KZGOPS_HISTOGRAM) place_bounds(&room, family);
        if (family->type != KZGOPS_INFO) place_pairs(&room, family);
        if (!family->metric->exemplars) continue;
        size_t n = family->series_count * family->buckets;
        family->exemplars = carve(&room, n * sizeof *family->exemplars, _Alignof(struct metrics_exemplar));
    }
    metrics->rows = carve(&room, metrics->row_bytes, LINE);
    if (base != NULL) memset(metrics->rows, 0, metrics->row_bytes);
    (void)carve(&room, (metrics->row_count - 1) * metrics->row_bytes, 1);
    return room.used;
}

static void plan_family(struct kzgops_metrics *metrics, struct metrics_family *family, const kzgops_metric *metric) {
    bool seconds = metric->unit != NULL && strcmp(metric->unit, "seconds") == 0;
    *family = (struct metrics_family){.metric = metric, .type = metric->type, .per_unit = seconds ? 1000000000 : 1};
    family->series = metrics->series_count;
    family->cell = metrics->cell_count;
    family->series_count = 1;
    for (size_t i = 0; i < KZGOPS_METRIC_LABELS_MAX; i++) {
        bool there = metric->type != KZGOPS_INFO && i < metric->label_count;
        family->count[i] = there ? (uint32_t)metric->labels[i].count : 1;
        family->series_count *= family->count[i];
    }
    if (metric->type == KZGOPS_HISTOGRAM) family->buckets = (uint32_t)metric->bucket_count + 1;
    if (metric->type == KZGOPS_HISTOGRAM) family->stride = family->buckets + 1;
    if (metric->type == KZGOPS_COUNTER) family->stride = 1;
    metrics->series_count += family->series_count;
    metrics->cell_count += family->series_count * family->stride;
}

static void plan(struct kzgops_metrics *metrics) {
    const kzgops_metrics_config *config = &metrics->config;
    for (size_t i = 0; i < config->metric_count; i++) {
        plan_family(metrics, &metrics->family[i], &config->metrics[i]);
    }
    size_t bytes = sizeof(struct metrics_row) + metrics->cell_count * sizeof(uint64_t);
    metrics->row_bytes = (bytes + LINE - 1) / LINE * LINE;
    metrics->row_count = 1 + (config->threads > 0 ? config->threads : THREADS_USUAL);
}

static void release(struct kzgops_metrics *metrics) {
    kzgops_allocator allocator = kzgops__allocator(metrics->config.sources);
    size_t families = metrics->config.metric_count * sizeof *metrics->family;
    if (metrics->block != NULL) allocator.release(allocator.user, metrics->block, metrics->block_bytes);
    if (metrics->family != NULL) allocator.release(allocator.user, metrics->family, families);
    allocator.release(allocator.user, metrics, sizeof *metrics);
}

/* The C library gives no alignment to a cache line, so the block has one to spare. */
static struct kzgops_metrics *make(const kzgops_metrics_config *config) {
    kzgops_allocator allocator = kzgops__allocator(config->sources);
    struct kzgops_metrics *metrics = allocator.alloc(allocator.user, sizeof *metrics);
    if (metrics == NULL) return NULL;
    *metrics = (struct kzgops_metrics){.config = *config};
    metrics->family = allocator.alloc(allocator.user, config->metric_count * sizeof *metrics->family);
    if (metrics->family != NULL) {
        plan(metrics);
        metrics->block_bytes = place(metrics, NULL) + LINE;
        metrics->block = allocator.alloc(allocator.user, metrics->block_bytes);
    }
    if (metrics->block == NULL) {
        release(metrics);
        return NULL;
    }
    unsigned char *base = metrics->block;
    base += (LINE - (uintptr_t)base % LINE) % LINE;
    memset(base, 0, metrics->block_bytes - LINE - metrics->row_count * metrics->row_bytes);
    (void)place(metrics, base);
    return metrics;
}

/* A thread ends: its row keeps what it has counted, and goes to the next thread that needs one. */
static void give_back(void *value) {
    struct metrics_row *row = value;
    if (row->shared) return;
    pthread_mutex_lock(&row->metrics->lock);
    row->taken = false;
    pthread_mutex_unlock(&row->metrics->lock);
}

kzgops_metrics *kzgops_metrics_new(const kzgops_metrics_config *config, const char **ret_error, size_t *ret_metric) {
    size_t where = 0;
    struct kzgops_metrics *metrics = NULL;
    const char *error = kzgops__metrics_table_error(config, &where);
    if (error == NULL) {
        metrics = make(config);
        if (metrics == NULL) error = "no memory for the metrics";
    }
    if (metrics != NULL && pthread_key_create(&metrics->key, give_back) != 0) {
        error = "this process has no thread-specific key left for the metrics";
        release(metrics);
        metrics = NULL;
    }
    if (metrics == NULL) {
        if (ret_error != NULL) *ret_error = error;
        if (ret_metric != NULL) *ret_metric = where;
        return NULL;
    }
    pthread_mutex_init(&metrics->lock, NULL);
    metrics->created_ns = kzgops__realtime_ns(config->sources);
    struct metrics_row *shared = metrics_row_at(metrics, METRICS_SHARED_ROW);
    shared->metrics = metrics;
    shared->shared = shared->taken = true;
    atomic_store(&metrics->rows_used, METRICS_SHARED_ROW + 1);
    return metrics;
}

kzgops_metrics *kzgops_metrics_free(kzgops_metrics *metrics) {
    if (metrics == NULL) return NULL;
    pthread_key_delete(metrics->key);
    pthread_mutex_destroy(&metrics->lock);
    release(metrics);
    return NULL;
}

/* ---- Rows ---------------------------------------------------------------------------------------------------- */

/* The first free row; they are cleared in order, so those below rows_used are the ones that hold figures. */
static struct metrics_row *take_row(kzgops_metrics *metrics) {
    struct metrics_row *found = NULL;
    pthread_mutex_lock(&metrics->lock);
    size_t used = atomic_load(&metrics->rows_used);
    for (size_t i = METRICS_SHARED_ROW + 1; i < used && found == NULL; i++) {
        if (!metrics_row_at(metrics, i)->taken) found = metrics_row_at(metrics, i);
    }
    if (found == NULL && used < metrics->row_count) {
        found = metrics_row_at(metrics, used);
        memset(found, 0, metrics->row_bytes);
        found->metrics = metrics;
        atomic_store(&metrics->rows_used, used + 1);
    }
    if (found == NULL) found = metrics_row_at(metrics, METRICS_SHARED_ROW);
    if (pthread_setspecific(metrics->key, found) != 0) found = metrics_row_at(metrics, METRICS_SHARED_ROW);
    found->taken = true;
    pthread_mutex_unlock(&metrics->lock);
    return found;
}

static inline struct metrics_row *own_row(kzgops_metrics *metrics) {
    struct metrics_row *row = pthread_getspecific(metrics->key);
    return row != NULL ? row : take_row(metrics);
}

uint64_t kzgops__metrics_sum(const kzgops_metrics *metrics, size_t cell) {
    size_t rows = atomic_load_explicit(&metrics->rows_used, memory_order_acquire);
    uint64_t sum = 0;
    for (size_t i = 0; i < rows; i++) {
        sum += atomic_load_explicit(&metrics_row_at(metrics, i)->cell[cell], memory_order_relaxed);
    }
    return sum;
}

/* ---- Recording ----------------------------------------------------------------------------------------------- */

static inline struct metrics_family *family_at(const kzgops_metrics *metrics, size_t metric) {
    KZG_ASSERT(metric < metrics->config.metric_count);
    return &metrics->family[metric];
}

/* The series' number within its family. */
static inline size_t series_at(const struct metrics_family *family, kzgops_at at) {
    size_t first = at.packed & 0xffff, second = at.packed >> 16 & 0xffff, third = at.packed >> 32;
    KZG_ASSERT(first < family->count[0] && second < family->count[1] && third < family->count[2]);
    return (first * family->count[1] + second) * family->count[2] + third;
}

/* Looked at first, so that the line stays in all caches. */
static inline void show(kzgops_metrics *metrics, size_t series) {
    if (!atomic_load_explicit(&metrics->shown[series], memory_order_relaxed)) {
        atomic_store_explicit(&metrics->shown[series], true, memory_order_release);
    }
}

/* Nobody else writes to an own row, so a load and a store do; they are atomic for those who read. */
static inline void grow(struct metrics_row *row, size_t cell, uint64_t by) {
    _Atomic uint64_t *value = &row->cell[cell];
    if (row->shared) {
        atomic_fetch_add_explicit(value, by, memory_order_relaxed);
    } else {
        atomic_store_explicit(value, atomic_load_explicit(value, memory_order_relaxed) + by, memory_order_relaxed);
    }
}

void kzgops_counter_add(kzgops_metrics *metrics, size_t metric, kzgops_at at, uint64_t n) {
    const struct metrics_family *family = family_at(metrics, metric);
    KZG_ASSERT(family->type == KZGOPS_COUNTER);
    size_t series = series_at(family, at);
    grow(own_row(metrics), family->cell + series, n);
    show(metrics, family->series + series);
}

static inline size_t observe(kzgops_metrics *metrics, const struct metrics_family *family, size_t series,
                             uint64_t value) {
    size_t bucket = 0, cell = family->cell + series * family->stride;
    while (bucket + 1 < family->buckets && value > family->limits[bucket]) bucket++;
    struct metrics_row *row = own_row(metrics);
    grow(row, cell + bucket, 1);
    grow(row, cell + family->buckets, value);
    show(metrics, family->series + series);
    return bucket;
}

void kzgops_histogram_observe(kzgops_metrics *metrics, size_t metric, kzgops_at at, uint64_t value) {
    const struct metrics_family *family = family_at(metrics, metric);
    KZG_ASSERT(family->type == KZGOPS_HISTOGRAM);
    (void)observe(metrics, family, series_at(family, at), value);
}

static bool is_trace_id(const char *text, size_t *ret_length) {
    size_t n = 0;
    while (text != NULL && n <= KZGOPS_TRACE_ID_MAX && text[n] > ' ' && text[n] <= '~') n++;
    *ret_length = n;
    return n > 0 && n <= KZGOPS_TRACE_ID_MAX && text[n] == '\0';
}

static void keep(const kzgops_metrics *metrics, struct metrics_exemplar *exemplar, uint64_t value,
                 const char *trace_id, size_t length) {
    int64_t now = kzgops__realtime_ns(metrics->config.sources);
    if (atomic_exchange_explicit(&exemplar->busy, true, memory_order_acquire)) return;
    memcpy(exemplar->trace_id, trace_id, length);
    exemplar->length = length;
    exemplar->value = value;
    exemplar->at_ns = now;
    atomic_store_explicit(&exemplar->busy, false, memory_order_release);
}

void kzgops_histogram_observe_exemplar(kzgops_metrics *metrics, size_t metric, kzgops_at at, uint64_t value,
                                       const char *trace_id) {
    const struct metrics_family *family = family_at(metrics, metric);
    size_t length;
    KZG_ASSERT(family->type == KZGOPS_HISTOGRAM);
    size_t series = series_at(family, at), bucket = observe(metrics, family, series, value);
    if (family->exemplars == NULL || !is_trace_id(trace_id, &length)) return;
    keep(metrics, &family->exemplars[series * family->buckets + bucket], value, trace_id, length);
}

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double value_of(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void set(kzgops_metrics *metrics, const struct metrics_family *family, kzgops_at at, double value) {
    size_t series = family->series + series_at(family, at);
    atomic_store_explicit(&metrics->values[series], bits_of(value), memory_order_relaxed);
    show(metrics, series);
}

void kzgops_gauge_set(kzgops_metrics *metrics, size_t metric, kzgops_at at, double value) {
    const struct metrics_family *family = family_at(metrics, metric);
    KZG_ASSERT(family->type == KZGOPS_GAUGE);
    set(metrics, family, at, value);
}

void kzgops_gauge_add(kzgops_metrics *metrics, size_t metric, kzgops_at at, double by) {
    const struct metrics_family *family = family_at(metrics, metric);
    KZG_ASSERT(family->type == KZGOPS_GAUGE);
    size_t series = family->series + series_at(family, at);
    uint64_t old = atomic_load_explicit(&metrics->values[series], memory_order_relaxed);
    while (!atomic_compare_exchange_weak(&metrics->values[series], &old, bits_of(value_of(old) + by))) continue;
    show(metrics, series);
}

void kzgops_gauge_unset(kzgops_metrics *metrics, size_t metric, kzgops_at at) {
    const struct metrics_family *family = family_at(metrics, metric);
    KZG_ASSERT(family->type == KZGOPS_GAUGE);
    size_t series = family->series + series_at(family, at);
    atomic_store_explicit(&metrics->shown[series], false, memory_order_release);
    atomic_store_explicit(&metrics->values[series], 0, memory_order_relaxed);
}

void kzgops_counter_set(kzgops_metrics *metrics, size_t metric, kzgops_at at, double value) {
    struct metrics_family *family = family_at(metrics, metric);
    KZG_ASSERT(family->type == KZGOPS_COUNTER);
    atomic_store_explicit(&family->copied, true, memory_order_relaxed);
    set(metrics, family, at, value);
}

void kzgops_info_set(kzgops_metrics *metrics, size_t metric, const char *const *values) {
    struct metrics_family *family = family_at(metrics, metric);
    KZG_ASSERT(family->type == KZGOPS_INFO && values != NULL);
    for (size_t i = 0; i < family->metric->label_count; i++) KZG_ASSERT(values[i] != NULL);
    atomic_store_explicit(&family->info, values, memory_order_release);
    show(metrics, family->series);
}

void kzgops_metrics_show(kzgops_metrics *metrics, size_t metric, kzgops_at at) {
    const struct metrics_family *family = family_at(metrics, metric);
    KZG_ASSERT(family->type == KZGOPS_COUNTER || family->type == KZGOPS_HISTOGRAM);
    show(metrics, family->series + series_at(family, at));
}

void kzgops_record_operation(kzgops_metrics *metrics, const kzgops_operation *operation) {
    kzgops_at at = KZGOPS_AT(operation->operation, operation->status), duration = at;
    if (family_at(metrics, operation->duration)->metric->label_count < 2) duration = KZGOPS_AT(operation->operation);
    kzgops_counter_add(metrics, operation->total, at, 1);
    kzgops_histogram_observe_exemplar(metrics, operation->duration, duration, operation->nanoseconds,
                                      operation->trace_id);
}

/* ---- Reading ------------------------------------------------------------------------------------------------- */

uint64_t kzgops_counter_value(const kzgops_metrics *metrics, size_t metric, kzgops_at at) {
    const struct metrics_family *family = family_at(metrics, metric);
    KZG_ASSERT(family->type == KZGOPS_COUNTER);
    return kzgops__metrics_sum(metrics, family->cell + series_at(family, at));
}

double kzgops_gauge_value(const kzgops_metrics *metrics, size_t metric, kzgops_at at) {
    const struct metrics_family *family = family_at(metrics, metric);
    KZG_ASSERT(family->type == KZGOPS_GAUGE || family->type == KZGOPS_COUNTER);
    size_t series = family->series + series_at(family, at);
    bool copied = family->type == KZGOPS_GAUGE || atomic_load_explicit(&family->copied, memory_order_relaxed);
    if (!copied || !atomic_load_explicit(&metrics->shown[series], memory_order_acquire)) return NAN;
    return value_of(atomic_load_explicit(&metrics->values[series], memory_order_relaxed));
}

uint64_t kzgops_histogram_count(const kzgops_metrics *metrics, size_t metric, kzgops_at at) {
    const struct metrics_family *family = family_at(metrics, metric);
    KZG_ASSERT(family->type == KZGOPS_HISTOGRAM);
    size_t cell = family->cell + series_at(family, at) * family->stride;
    uint64_t count = 0;
    for (size_t b = 0; b < family->buckets; b++) count += kzgops__metrics_sum(metrics, cell + b);
    return count;
}

/* Series as the OpenMetrics form has them, of one set of labels. */
static size_t series_lines(const struct metrics_family *family) {
    if (family->type == KZGOPS_HISTOGRAM) return (size_t)family->buckets + 3;
    bool created = family->type == KZGOPS_COUNTER && !atomic_load_explicit(&family->copied, memory_order_relaxed);
    return created ? 2 : 1;
}

size_t kzgops_metrics_series(const kzgops_metrics *metrics) {
    size_t n = 0;
    for (size_t i = 0; i < metrics->config.metric_count; i++) {
        const struct metrics_family *family = &metrics->family[i];
        size_t shown = 0;
        for (size_t s = 0; s < family->series_count; s++) {
            shown += atomic_load_explicit(&metrics->shown[family->series + s], memory_order_relaxed);
        }
        n += shown * series_lines(family);
    }
    return n;
}

size_t kzgops_metrics_series_max(const kzgops_metrics *metrics) {
    size_t n = 0;
    for (size_t i = 0; i < metrics->config.metric_count; i++) {
        const struct metrics_family *family = &metrics->family[i];
        n += family->series_count * (family->type == KZGOPS_COUNTER ? 2 : series_lines(family));
    }
    return n;
}
