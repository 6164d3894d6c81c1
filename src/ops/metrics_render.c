/* The registry as text. Both formats have the same lines in the same order; OpenMetrics adds to them. Written by hand
 * and not by printf: a page has a thousand lines, and may be asked for a thousand times a second. */
#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "ops/metrics.h"

#define EXEMPLAR_TRIES 100

struct page {
    const kzgops_metrics *metrics;
    bool open; /* OpenMetrics */
    char *out;
    size_t size;
    size_t used; /* what was asked for, also past the end */
};

static inline void put(struct page *page, const char *text, size_t length) {
    if (page->used < page->size) {
        size_t room = page->size - page->used;
        memcpy(page->out + page->used, text, length < room ? length : room);
    }
    page->used += length;
}

static void put_text(struct page *page, const char *text) {
    put(page, text, strlen(text));
}

static void put_piece(struct page *page, const struct metrics_piece *piece) {
    put(page, piece->text, piece->length);
}

static void put_number(struct page *page, uint64_t value) {
    char digits[20];
    size_t at = sizeof digits;
    do digits[--at] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    put(page, digits + at, sizeof digits - at);
}

/* Nanoseconds as seconds, exactly. */
static void put_seconds(struct page *page, uint64_t nanoseconds) {
    char digits[10] = ".";
    uint64_t rest = nanoseconds % 1000000000;
    size_t length = sizeof digits;
    put_number(page, nanoseconds / 1000000000);
    if (rest == 0) return;
    for (size_t i = 9; i > 0; i--, rest /= 10) digits[i] = (char)('0' + rest % 10);
    while (digits[length - 1] == '0') length--;
    put(page, digits, length);
}

static void put_counted(struct page *page, const struct metrics_family *family, uint64_t value) {
    if (family->per_unit == 1) {
        put_number(page, value);
    } else {
        put_seconds(page, value);
    }
}

static void put_double(struct page *page, double value) {
    char text[KZGOPS__DOUBLE_MAX];
    if (value >= 0 && value < 1e15 && value == floor(value)) {
        put_number(page, (uint64_t)value);
        return;
    }
    kzgops__double_text(text, value);
    put_text(page, text);
}

static void put_time(struct page *page, int64_t ns) {
    int64_t ms = ns > 0 ? ns / 1000000 : 0;
    put_seconds(page, (uint64_t)ms * 1000000);
}

/* Escaped as it goes: help and the values of an info, which may be long. */
static void put_escaped(struct page *page, const char *text, bool quotes) {
    while (*text != '\0') {
        size_t plain = strcspn(text, quotes ? "\n\\\"" : "\n\\");
        put(page, text, plain);
        text += plain;
        if (*text == '\0') return;
        char pair[2] = {'\\', *text == '\n' ? 'n' : *text};
        put(page, pair, sizeof pair);
        text++;
    }
}

/* ---- Lines --------------------------------------------------------------------------------------------------- */

/* OpenMetrics describes the family, 0.0.4 the series that it will see; it has no type for an info, and quotes are not
 * escaped in its help. */
static void put_head(struct page *page, const struct metrics_family *family) {
    static const char *const types[] = {"counter", "gauge", "histogram", "info"};
    const kzgops_metric *metric = family->metric;
    size_t length = page->open ? kzgops__metrics_family_length(metric) : strlen(metric->name);
    const char *type = family->type == KZGOPS_INFO && !page->open ? "gauge" : types[family->type];
    put_text(page, "# HELP ");
    put(page, metric->name, length);
    put_text(page, " ");
    put_escaped(page, metric->help, page->open);
    put_text(page, "\n# TYPE ");
    put(page, metric->name, length);
    put_text(page, " ");
    put_text(page, type);
    put_text(page, "\n");
    if (!page->open || metric->unit == NULL || metric->unit[0] == '\0') return;
    put_text(page, "# UNIT ");
    put(page, metric->name, length);
    put_text(page, " ");
    put_text(page, metric->unit);
    put_text(page, "\n");
}

/* name{a="x",b="y",le="z"} and a space: a family's name and a suffix, series s of it. */
static void put_series(struct page *page, const struct metrics_family *family, const char *suffix, size_t s,
                       const struct metrics_piece *bound) {
    const struct metrics_piece *pairs = family->pairs;
    size_t labels = family->metric->label_count, below = family->series_count;
    put(page, family->metric->name, kzgops__metrics_family_length(family->metric));
    put_text(page, suffix);
    if (labels > 0 || bound != NULL) put_text(page, "{");
    for (size_t i = 0; i < labels; i++) {
        below /= family->count[i];
        if (i > 0) put_text(page, ",");
        put_piece(page, &pairs[s / below % family->count[i]]);
        pairs += family->count[i];
    }
    if (bound != NULL) {
        put_text(page, labels > 0 ? ",le=\"" : "le=\"");
        put_piece(page, bound);
        put_text(page, "\"");
    }
    put_text(page, labels > 0 || bound != NULL ? "} " : " ");
}

static void put_created(struct page *page, const struct metrics_family *family, size_t s) {
    if (!page->open) return;
    put_series(page, family, "_created", s, NULL);
    put_time(page, page->metrics->created_ns);
    put_text(page, "\n");
}

/* Left out when others keep it busy: it is gone at the next page, or there. */
static void put_exemplar(struct page *page, const struct metrics_family *family, struct metrics_exemplar *exemplar) {
    struct metrics_exemplar copy = {.length = 0};
    for (int i = 0; i < EXEMPLAR_TRIES; i++) {
        if (atomic_exchange_explicit(&exemplar->busy, true, memory_order_acquire)) continue;
        copy.length = exemplar->length;
        copy.value = exemplar->value;
        copy.at_ns = exemplar->at_ns;
        memcpy(copy.trace_id, exemplar->trace_id, copy.length);
        atomic_store_explicit(&exemplar->busy, false, memory_order_release);
        break;
    }
    if (copy.length == 0) return;
    char escaped[2 * KZGOPS_TRACE_ID_MAX];
    put_text(page, " # {trace_id=\"");
    put(page, escaped, kzgops__metrics_escape(escaped, copy.trace_id, copy.length));
    put_text(page, "\"} ");
    put_counted(page, family, copy.value);
    put_text(page, " ");
    put_time(page, copy.at_ns);
}

static void put_histogram(struct page *page, const struct metrics_family *family, size_t s) {
    size_t cell = family->cell + s * family->stride;
    uint64_t count = 0;
    for (size_t b = 0; b < family->buckets; b++) {
        count += kzgops__metrics_sum(page->metrics, cell + b);
        put_series(page, family, "_bucket", s, &family->bounds[b]);
        put_number(page, count);
        if (page->open && family->exemplars != NULL) {
            put_exemplar(page, family, &family->exemplars[s * family->buckets + b]);
        }
        put_text(page, "\n");
    }
    put_series(page, family, "_sum", s, NULL);
    put_counted(page, family, kzgops__metrics_sum(page->metrics, cell + family->buckets));
    put_text(page, "\n");
    put_series(page, family, "_count", s, NULL);
    put_number(page, count);
    put_text(page, "\n");
    put_created(page, family, s);
}

static double set_value(const struct page *page, const struct metrics_family *family, size_t s) {
    uint64_t bits = atomic_load_explicit(&page->metrics->values[family->series + s], memory_order_relaxed);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* When a copied counter began, whoever keeps it knows. */
static void put_counter(struct page *page, const struct metrics_family *family, size_t s) {
    uint64_t added = kzgops__metrics_sum(page->metrics, family->cell + s);
    bool copied = atomic_load_explicit(&family->copied, memory_order_relaxed);
    put_series(page, family, "_total", s, NULL);
    if (copied) {
        put_double(page, set_value(page, family, s) + (double)added / (double)family->per_unit);
    } else {
        put_counted(page, family, added);
    }
    put_text(page, "\n");
    if (!copied) put_created(page, family, s);
}

static void put_gauge(struct page *page, const struct metrics_family *family, size_t s) {
    put_series(page, family, "", s, NULL);
    put_double(page, set_value(page, family, s));
    put_text(page, "\n");
}

static void put_info(struct page *page, const struct metrics_family *family) {
    const char *const *values = atomic_load_explicit(&family->info, memory_order_acquire);
    put_text(page, family->metric->name);
    for (size_t i = 0; i < family->metric->label_count; i++) {
        put_text(page, i == 0 ? "{" : ",");
        put_text(page, family->metric->labels[i].name);
        put_text(page, "=\"");
        put_escaped(page, values[i], true);
        put_text(page, "\"");
    }
    put_text(page, "} 1\n");
}

static void put_one(struct page *page, const struct metrics_family *family, size_t s) {
    switch (family->type) {
    case KZGOPS_COUNTER: put_counter(page, family, s); break;
    case KZGOPS_GAUGE: put_gauge(page, family, s); break;
    case KZGOPS_HISTOGRAM: put_histogram(page, family, s); break;
    case KZGOPS_INFO: put_info(page, family); break;
    }
}

static void put_family(struct page *page, const struct metrics_family *family) {
    bool begun = false;
    for (size_t s = 0; s < family->series_count; s++) {
        if (!atomic_load_explicit(&page->metrics->shown[family->series + s], memory_order_acquire)) continue;
        if (!begun) put_head(page, family);
        begun = true;
        put_one(page, family, s);
    }
}

size_t kzgops_metrics_render(const kzgops_metrics *metrics, kzgops_metrics_format format, char *out, size_t size) {
    struct page page = {.metrics = metrics, .open = format == KZGOPS_METRICS_OPENMETRICS, .out = out, .size = size};
    for (size_t i = 0; i < metrics->config.metric_count; i++) put_family(&page, &metrics->family[i]);
    if (page.open) put_text(&page, "# EOF\n");
    if (size > 0) out[page.used < size ? page.used : size - 1] = '\0';
    return page.used;
}
