/* libkzgops: the metrics registry: its table's rules, counting by many threads, memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ops/metrics.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { CALLS, TIME, DEPTH, BUSY, SIZE, BUILD, METRICS };
static const char *const kinds[] = {"read", "write", "list"}, *const results[] = {"ok", "failed"};
static const char *const rooms[] = {"a", "b", "c", "d"};
static const kzgops_label call_labels[] = {{"kind", kinds, 3}, {"result", results, 2}, {"room", rooms, 4}};
static const kzgops_label build_labels[] = {{"version", NULL, 0}, {"commit", NULL, 0}};
static const double seconds[] = {0.001, 0.01, 1}, bytes[] = {10, 1000};
static const kzgops_metric table[METRICS] = {
    [CALLS] = {"app_calls_total", KZGOPS_COUNTER, "", "Calls.", call_labels, 3, NULL, 0, false},
    [TIME] = {"app_call_seconds", KZGOPS_HISTOGRAM, "seconds", "Time.", call_labels, 2, seconds, 3, true},
    [DEPTH] = {"app_depth", KZGOPS_GAUGE, NULL, "Depth.", NULL, 0, NULL, 0, false},
    [BUSY] = {"app_busy_seconds_total", KZGOPS_COUNTER, "seconds", "Busy.", NULL, 0, NULL, 0, false},
    [SIZE] = {"app_size_bytes", KZGOPS_HISTOGRAM, "bytes", "Size.", NULL, 0, bytes, 2, false},
    [BUILD] = {"app_build_info", KZGOPS_INFO, NULL, "Build.", build_labels, 2, NULL, 0, false},
};

static kzgops_metrics *registry(size_t threads, const kzgops_sources *sources) {
    const char *error = NULL;
    const kzgops_metrics_config config = {
        .metrics = table, .metric_count = METRICS, .threads = threads, .sources = sources};
    kzgops_metrics *metrics = kzgops_metrics_new(&config, &error, NULL);
    assert_null(error);
    assert_non_null(metrics);
    return metrics;
}

/* ---- One thread ---------------------------------------------------------------------------------------------- */

/* Every series has a cell of its own: each gets another amount, and all come back. */
static void counters__keep_every_series_apart(void **state) {
    (void)state;
    kzgops_metrics *metrics = registry(0, NULL);
    uint64_t n = 0;
    for (uint32_t i = 0; i < 24; i++) {
        kzgops_counter_add(metrics, CALLS, KZGOPS_AT(i / 8, i / 4 % 2, i % 4), 100 + ++n);
        kzgops_histogram_observe(metrics, TIME, KZGOPS_AT(i / 8, i / 4 % 2), n * 100000);
    }
    kzgops_counter_add(metrics, BUSY, KZGOPS_ALONE, 7);
    for (uint32_t i = 0; i < 24; i++) {
        assert_int_equal(kzgops_counter_value(metrics, CALLS, KZGOPS_AT(i / 8, i / 4 % 2, i % 4)), 101 + i);
        assert_int_equal(kzgops_histogram_count(metrics, TIME, KZGOPS_AT(i / 8, i / 4 % 2)), 4);
    }
    assert_int_equal(kzgops_counter_value(metrics, BUSY, KZGOPS_ALONE), 7);
    assert_int_equal(kzgops_histogram_count(metrics, SIZE, KZGOPS_ALONE), 0);
    kzgops_metrics_free(metrics);
}

static void gauges__are_unknown_until_set_and_after_unset(void **state) {
    (void)state;
    kzgops_metrics *metrics = registry(0, NULL);
    assert_true(isnan(kzgops_gauge_value(metrics, DEPTH, KZGOPS_ALONE)));
    kzgops_gauge_set(metrics, DEPTH, KZGOPS_ALONE, -2.5);
    kzgops_gauge_add(metrics, DEPTH, KZGOPS_ALONE, 4);
    assert_true(kzgops_gauge_value(metrics, DEPTH, KZGOPS_ALONE) == 1.5);
    kzgops_gauge_unset(metrics, DEPTH, KZGOPS_ALONE);
    assert_true(isnan(kzgops_gauge_value(metrics, DEPTH, KZGOPS_ALONE)));
    kzgops_gauge_add(metrics, DEPTH, KZGOPS_ALONE, 3);
    assert_true(kzgops_gauge_value(metrics, DEPTH, KZGOPS_ALONE) == 3);
    assert_true(isnan(kzgops_gauge_value(metrics, BUSY, KZGOPS_ALONE)));
    kzgops_counter_add(metrics, BUSY, KZGOPS_ALONE, 5);
    assert_true(isnan(kzgops_gauge_value(metrics, BUSY, KZGOPS_ALONE)));
    kzgops_counter_set(metrics, BUSY, KZGOPS_ALONE, 1.25);
    assert_true(kzgops_gauge_value(metrics, BUSY, KZGOPS_ALONE) == 1.25);
    kzgops_metrics_free(metrics);
}

static void record_operation__counts_and_times(void **state) {
    (void)state;
    static const kzgops_label both[] = {{"operation", kinds, 3}, {"status", results, 2}};
    static const kzgops_metric pair[] = {
        {"o_total", KZGOPS_COUNTER, "", "Operations.", both, 2, NULL, 0, false},
        {"o_seconds", KZGOPS_HISTOGRAM, "seconds", "Time.", both, 2, seconds, 3, true},
        {"p_seconds", KZGOPS_HISTOGRAM, "seconds", "Time.", both, 1, seconds, 3, false},
    };
    kzgops_metrics *metrics =
        kzgops_metrics_new(&(kzgops_metrics_config){.metrics = pair, .metric_count = 3}, NULL, NULL);
    assert_non_null(metrics);
    kzgops_operation operation = {.total = 0, .duration = 1, .operation = 2, .status = 1, .nanoseconds = 5000000};
    kzgops_record_operation(metrics, &operation);
    operation.duration = 2;
    kzgops_record_operation(metrics, &operation);
    assert_int_equal(kzgops_counter_value(metrics, 0, KZGOPS_AT(2, 1)), 2);
    assert_int_equal(kzgops_counter_value(metrics, 0, KZGOPS_AT(2, 0)), 0);
    assert_int_equal(kzgops_histogram_count(metrics, 1, KZGOPS_AT(2, 1)), 1);
    assert_int_equal(kzgops_histogram_count(metrics, 2, KZGOPS_AT(2)), 1);
    kzgops_metrics_free(metrics);
}

/* ---- Many threads -------------------------------------------------------------------------------------------- */

#define THREADS 12
#define ROUNDS  20000

struct job {
    kzgops_metrics *metrics;
    pthread_barrier_t *start;
    uint32_t number;
};

static void *count(void *argument) {
    const struct job *job = argument;
    if (job->start != NULL) pthread_barrier_wait(job->start);
    for (uint64_t i = 0; i < ROUNDS; i++) {
        kzgops_counter_add(job->metrics, CALLS, KZGOPS_AT(job->number % 3, 1, 0), 1);
        kzgops_histogram_observe(job->metrics, TIME, KZGOPS_AT(0, 0), i % 3 == 0 ? 1 : 2000000000);
        kzgops_gauge_add(job->metrics, DEPTH, KZGOPS_ALONE, 1);
    }
    return NULL;
}

static uint64_t all_calls(const kzgops_metrics *metrics) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < 3; i++) sum += kzgops_counter_value(metrics, CALLS, KZGOPS_AT(i, 1, 0));
    return sum;
}

/* All run at once, so with cells for three of them the others share; the reader never sees a counter go back. */
static void count_with_cells_for(size_t threads) {
    pthread_t thread[THREADS];
    struct job job[THREADS];
    pthread_barrier_t start;
    kzgops_metrics *metrics = registry(threads, NULL);
    pthread_barrier_init(&start, NULL, THREADS);
    for (uint32_t i = 0; i < THREADS; i++) {
        job[i] = (struct job){metrics, &start, i};
        assert_int_equal(pthread_create(&thread[i], NULL, count, &job[i]), 0);
    }
    uint64_t seen = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t now = all_calls(metrics);
        assert_true(now >= seen);
        seen = now;
    }
    for (size_t i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
    pthread_barrier_destroy(&start);
    assert_int_equal(all_calls(metrics), THREADS * ROUNDS);
    assert_int_equal(kzgops_histogram_count(metrics, TIME, KZGOPS_AT(0, 0)), THREADS * ROUNDS);
    assert_true(kzgops_gauge_value(metrics, DEPTH, KZGOPS_ALONE) == THREADS * ROUNDS);
    kzgops_metrics_free(metrics);
}

static void threads__lose_nothing(void **state) {
    (void)state;
    count_with_cells_for(THREADS + 1);
    count_with_cells_for(3);
    count_with_cells_for(1);
}

static void *count_once(void *argument) {
    const struct job *job = argument;
    kzgops_counter_add(job->metrics, CALLS, KZGOPS_AT(2, 1, 3), 1);
    return NULL;
}

/* One after the other, a thousand threads need one row, and what they counted stays. */
static void threads__that_end_leave_their_row_and_their_counts(void **state) {
    (void)state;
    kzgops_metrics *metrics = registry(5, NULL);
    struct job job = {metrics, NULL, 0};
    for (int i = 0; i < 1000; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, count_once, &job), 0);
        pthread_join(thread, NULL);
    }
    assert_int_equal(kzgops_counter_value(metrics, CALLS, KZGOPS_AT(2, 1, 3)), 1000);
    assert_int_equal(atomic_load(&metrics->rows_used), METRICS_SHARED_ROW + 2);
    kzgops_metrics_free(metrics);
}

static pthread_barrier_t stage;

static void *count_and_stay(void *argument) {
    const struct job *job = argument;
    kzgops_counter_add(job->metrics, CALLS, KZGOPS_ALONE, 1);
    pthread_barrier_wait(&stage);
    pthread_barrier_wait(&stage);
    return NULL; /* its key's destructor must not touch the registry that is gone */
}

static void registries__may_go_before_the_threads_that_used_them(void **state) {
    (void)state;
    pthread_t thread;
    kzgops_metrics *metrics = registry(2, NULL), *other = registry(2, NULL);
    struct job job = {metrics, NULL, 0};
    pthread_barrier_init(&stage, NULL, 2);
    assert_int_equal(pthread_create(&thread, NULL, count_and_stay, &job), 0);
    pthread_barrier_wait(&stage);
    kzgops_counter_add(metrics, CALLS, KZGOPS_ALONE, 1);
    kzgops_counter_add(other, CALLS, KZGOPS_ALONE, 5);
    assert_int_equal(kzgops_counter_value(metrics, CALLS, KZGOPS_ALONE), 2);
    assert_int_equal(kzgops_counter_value(other, CALLS, KZGOPS_ALONE), 5);
    kzgops_metrics_free(metrics);
    kzgops_metrics_free(other);
    pthread_barrier_wait(&stage);
    pthread_join(thread, NULL);
    pthread_barrier_destroy(&stage);
    assert_null(kzgops_metrics_free(NULL));
}

/* ---- The table's rules ---------------------------------------------------------------------------------------- */

struct wrong {
    kzgops_metric metric;
    const char *word; /* of the error */
};

#define COUNTER_OF(name, labels, n) \
    { (name), KZGOPS_COUNTER, "", "Help.", (labels), (n), NULL, 0, false }
#define GAUGE_OF(name, unit, help) \
    { (name), KZGOPS_GAUGE, (unit), (help), NULL, 0, NULL, 0, false }
#define HISTOGRAM_OF(name, unit, buckets, n) \
    { (name), KZGOPS_HISTOGRAM, (unit), "Help.", NULL, 0, (buckets), (n), false }

static const char *const twice[] = {"x", "y", "x"}, *const gap[] = {"x", NULL};
static const kzgops_label double_value[] = {{"a", twice, 3}}, missing_value[] = {{"a", gap, 2}};
static const kzgops_label no_value[] = {{"a", kinds, 0}}, bad_label[] = {{"a-b", kinds, 3}};
static const kzgops_label le_label[] = {{"le", kinds, 3}}, reserved[] = {{"__a", kinds, 3}};
static const kzgops_label same_label[] = {{"a", kinds, 3}, {"a", results, 2}};
static const kzgops_label four[] = {{"a", kinds, 3}, {"b", kinds, 3}, {"c", kinds, 3}, {"d", kinds, 3}};
static const double falling[] = {1, 0.5}, equal[] = {1, 1}, endless[] = {1, HUGE_VAL}, zero[] = {0, 1};
static const double nanosecond[] = {1e-9, 1.2e-9};

static const struct wrong wrongs[] = {
    {GAUGE_OF(NULL, "", "Help."), "name is missing"},
    {GAUGE_OF("", "", "Help."), "name is missing"},
    {GAUGE_OF("1a", "", "Help."), "other characters"},
    {GAUGE_OF("a b", "", "Help."), "other characters"},
    {GAUGE_OF("a\xc3\xa4", "", "Help."), "other characters"},
    {GAUGE_OF("a", "", ""), "no help"},
    {GAUGE_OF("a", "", NULL), "no help"},
    {GAUGE_OF("a", "bytes", "Help."), "does not end in its unit"},
    {GAUGE_OF("abytes", "bytes", "Help."), "does not end in its unit"},
    {GAUGE_OF("a_total", "", "Help."), "suffix of another type"},
    {GAUGE_OF("a_info", "", "Help."), "suffix of another type"},
    {GAUGE_OF("a_bucket", "", "Help."), "suffix of another type"},
    {COUNTER_OF("a_count_total", NULL, 0), "suffix of another type"},
    {COUNTER_OF("a", NULL, 0), "not end in _total"},
    {COUNTER_OF("_total", NULL, 0), "not end in _total"},
    {COUNTER_OF("a_total", four, 4), "too many labels"},
    {COUNTER_OF("a_total", NULL, 1), "labels are missing"},
    {COUNTER_OF("a_total", bad_label, 1), "label's name"},
    {COUNTER_OF("a_total", le_label, 1), "label's name"},
    {COUNTER_OF("a_total", reserved, 1), "label's name"},
    {COUNTER_OF("a_total", same_label, 2), "same label twice"},
    {COUNTER_OF("a_total", double_value, 1), "same value twice"},
    {COUNTER_OF("a_total", missing_value, 1), "value is missing"},
    {COUNTER_OF("a_total", no_value, 1), "no values"},
    {COUNTER_OF("a_total", build_labels, 1), "no values"},
    {HISTOGRAM_OF("a", "", NULL, 0), "no buckets"},
    {HISTOGRAM_OF("a", "", falling, 2), "ascending"},
    {HISTOGRAM_OF("a", "", equal, 2), "ascending"},
    {HISTOGRAM_OF("a", "", endless, 2), "finite"},
    {HISTOGRAM_OF("a", "", zero, 2), "positive"},
    {HISTOGRAM_OF("a", "", seconds, KZGOPS_METRIC_BUCKETS_MAX + 1), "too many buckets"},
    {{"a", KZGOPS_GAUGE, "", "Help.", NULL, 0, seconds, 3, false}, "has buckets"},
    {{"a", KZGOPS_GAUGE, "", "Help.", NULL, 0, NULL, 0, true}, "has exemplars"},
    {{"a", (kzgops_metric_type)4, "", "Help.", NULL, 0, NULL, 0, false}, "not one of the four"},
    {{"a", KZGOPS_INFO, "", "Help.", build_labels, 2, NULL, 0, false}, "not end in _info"},
    {{"a_info", KZGOPS_INFO, "", "Help.", NULL, 0, NULL, 0, false}, "no labels"},
    {{"a_info", KZGOPS_INFO, "", "Help.", call_labels, 2, NULL, 0, false}, "has values"},
    {{"a_s_info", KZGOPS_INFO, "s", "Help.", build_labels, 2, NULL, 0, false}, "has a unit"},
    {GAUGE_OF("app_calls", "", "Help."), "same name"}, /* the counter's family in OpenMetrics */
};

static void refused(const kzgops_metrics_config *config, const char *word, size_t metric) {
    const char *error = NULL;
    size_t where = 12345;
    assert_null(kzgops_metrics_new(config, &error, &where));
    assert_non_null(error);
    if (strstr(error, word) == NULL) fail_msg("'%s' does not say '%s'", error, word);
    assert_int_equal(where, metric);
    assert_null(kzgops_metrics_new(config, NULL, NULL));
}

static void tables__that_break_a_rule_are_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < LENGTH(wrongs); i++) {
        const kzgops_metric pair[] = {table[CALLS], wrongs[i].metric};
        refused(&(kzgops_metrics_config){.metrics = pair, .metric_count = 2}, wrongs[i].word, 1);
    }
    refused(&(kzgops_metrics_config){.metrics = NULL, .metric_count = 2}, "without metrics", 2);
    refused(&(kzgops_metrics_config){.metrics = table, .metric_count = 0}, "without metrics", 0);
    refused(&(kzgops_metrics_config){.metrics = table, .metric_count = KZGOPS_METRICS_MAX + 1}, "more metrics",
            KZGOPS_METRICS_MAX + 1);
    refused(
        &(kzgops_metrics_config){.metrics = table, .metric_count = METRICS, .threads = KZGOPS_METRIC_THREADS_MAX + 1},
        "more threads", METRICS);
}

static void tables__with_too_many_series_are_refused(void **state) {
    (void)state;
    enum { MANY = 110 };
    static char text[MANY][8];
    static const char *values[MANY];
    for (int i = 0; i < MANY; i++) {
        snprintf(text[i], sizeof text[i], "%d", i);
        values[i] = text[i];
    }
    const kzgops_label cube[] = {{"a", values, MANY}, {"b", values, MANY}, {"c", values, MANY}};
    const kzgops_metric metric = COUNTER_OF("a_total", cube, 3), square = COUNTER_OF("a_total", cube, 2);
    refused(&(kzgops_metrics_config){.metrics = &metric, .metric_count = 1}, "more series", 0);
    kzgops_metrics *metrics =
        kzgops_metrics_new(&(kzgops_metrics_config){.metrics = &square, .metric_count = 1}, NULL, NULL);
    assert_non_null(metrics);
    assert_int_equal(kzgops_metrics_series_max(metrics), MANY * MANY * 2);
    kzgops_metrics_free(metrics);
}

/* Bounds below a nanosecond apart would become one. They are checked before they are rounded, so this is allowed, and
 * must not lose a value. */
static void buckets__may_be_closer_than_what_is_counted(void **state) {
    (void)state;
    const kzgops_metric metric = HISTOGRAM_OF("a_seconds", "seconds", nanosecond, 2);
    kzgops_metrics *metrics =
        kzgops_metrics_new(&(kzgops_metrics_config){.metrics = &metric, .metric_count = 1}, NULL, NULL);
    assert_non_null(metrics);
    for (uint64_t i = 0; i < 4; i++) kzgops_histogram_observe(metrics, 0, KZGOPS_ALONE, i);
    assert_int_equal(kzgops_histogram_count(metrics, 0, KZGOPS_ALONE), 4);
    kzgops_metrics_free(metrics);
}

/* ---- Memory --------------------------------------------------------------------------------------------------- */

/* An allocator that knows what is out, aligns only just, fills with rubbish, and can be told to fail. */
struct book {
    size_t blocks;
    size_t bytes;
    size_t calls;
    size_t fail_at; /* that call fails; 0: none */
};

static void *book_alloc(void *user, size_t size) {
    struct book *book = user;
    if (++book->calls == book->fail_at) return NULL;
    unsigned char *raw = aligned_alloc(128, (size + 16 + 127) / 128 * 128);
    if (raw == NULL) return NULL;
    memset(raw, 0xa5, size + 16);
    book->blocks++;
    book->bytes += size;
    return raw + 16;
}

static void book_release(void *user, void *memory, size_t size) {
    struct book *book = user;
    book->blocks--;
    book->bytes -= size;
    free((unsigned char *)memory - 16);
}

static void memory__is_taken_when_made_and_all_given_back(void **state) {
    (void)state;
    struct book book = {0};
    const kzgops_sources sources = {.allocator = {book_alloc, book_release, &book}};
    static char text[8192];
    kzgops_metrics *metrics = registry(2, &sources);
    size_t calls = book.calls;
    struct job job = {metrics, NULL, 0};
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, count_once, &job), 0);
        pthread_join(thread, NULL);
    }
    count(&job);
    kzgops_metrics_render(metrics, KZGOPS_METRICS_OPENMETRICS, text, sizeof text);
    assert_int_equal(kzgops_counter_value(metrics, CALLS, KZGOPS_AT(2, 1, 3)), 3);
    assert_int_equal(kzgops_counter_value(metrics, CALLS, KZGOPS_AT(1, 1, 3)), 0);
    assert_int_equal(book.calls, calls);
    kzgops_metrics_free(metrics);
    assert_int_equal(book.blocks, 0);
    assert_int_equal(book.bytes, 0);
}

static void memory__that_is_missing_is_an_error_and_no_leak(void **state) {
    (void)state;
    struct book book = {0};
    const kzgops_sources sources = {.allocator = {book_alloc, book_release, &book}};
    const kzgops_metrics_config config = {.metrics = table, .metric_count = METRICS, .sources = &sources};
    kzgops_metrics *metrics = NULL;
    for (book.fail_at = 1; metrics == NULL; book.fail_at++) {
        const char *error = NULL;
        size_t where = 0;
        book.calls = 0;
        metrics = kzgops_metrics_new(&config, &error, &where);
        if (metrics != NULL) break;
        assert_string_equal(error, "no memory for the metrics");
        assert_int_equal(where, METRICS);
        assert_int_equal(book.blocks, 0);
    }
    assert_true(book.fail_at > 3);
    kzgops_metrics_free(metrics);
    assert_int_equal(book.blocks, 0);
}

/* ---- Errors of the program ------------------------------------------------------------------------------------ */

static void first_position(kzgops_metrics *metrics) {
    kzgops_counter_add(metrics, CALLS, KZGOPS_AT(3, 0, 0), 1);
}

static void third_position(kzgops_metrics *metrics) {
    kzgops_counter_add(metrics, CALLS, KZGOPS_AT(0, 0, 4), 1);
}

static void label_that_is_not_there(kzgops_metrics *metrics) {
    kzgops_histogram_observe(metrics, TIME, KZGOPS_AT(0, 0, 1), 1);
}

static void metric_that_is_not_there(kzgops_metrics *metrics) {
    kzgops_counter_add(metrics, METRICS, KZGOPS_ALONE, 1);
}

static void gauge_as_counter(kzgops_metrics *metrics) {
    kzgops_counter_add(metrics, DEPTH, KZGOPS_ALONE, 1);
}

static void counter_as_gauge(kzgops_metrics *metrics) {
    kzgops_gauge_set(metrics, BUSY, KZGOPS_ALONE, 1);
}

static void info_without_a_value(kzgops_metrics *metrics) {
    static const char *const values[] = {"1", NULL};
    kzgops_info_set(metrics, BUILD, values);
}

static int signal_of(void (*body)(kzgops_metrics *), kzgops_metrics *metrics) {
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL) _exit(3);
        struct sigaction usual = {.sa_handler = SIG_DFL};
        sigaction(SIGABRT, &usual, NULL);
        body(metrics);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void misuse__asserts(void **state) {
    (void)state;
    static void (*const bodies[])(kzgops_metrics *) = {
        first_position,   third_position,   label_that_is_not_there, metric_that_is_not_there,
        gauge_as_counter, counter_as_gauge, info_without_a_value};
    kzgops_metrics *metrics = registry(0, NULL);
    for (size_t i = 0; i < LENGTH(bodies); i++) assert_int_equal(signal_of(bodies[i], metrics), SIGABRT);
    kzgops_metrics_free(metrics);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters__keep_every_series_apart),
        cmocka_unit_test(gauges__are_unknown_until_set_and_after_unset),
        cmocka_unit_test(record_operation__counts_and_times),
        cmocka_unit_test(threads__lose_nothing),
        cmocka_unit_test(threads__that_end_leave_their_row_and_their_counts),
        cmocka_unit_test(registries__may_go_before_the_threads_that_used_them),
        cmocka_unit_test(tables__that_break_a_rule_are_refused),
        cmocka_unit_test(tables__with_too_many_series_are_refused),
        cmocka_unit_test(buckets__may_be_closer_than_what_is_counted),
        cmocka_unit_test(memory__is_taken_when_made_and_all_given_back),
        cmocka_unit_test(memory__that_is_missing_is_an_error_and_no_leak),
        cmocka_unit_test(misuse__asserts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
