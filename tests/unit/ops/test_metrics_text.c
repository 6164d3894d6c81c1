/* libkzgops: the metrics registry as text: both formats to the letter, escaping, numbers, exemplars, negotiation.
 *
 *   test_metrics_text --page text|openmetrics    prints a page with everything in it, for parsers that are not ours
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kzgops/metrics.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT          KZGOPS_METRICS_TEXT
#define OPEN          KZGOPS_METRICS_OPENMETRICS

enum { CALLS, TIME, DEPTH, BUSY, SIZE, BUILD, IDLE, METRICS };
static const char *const kinds[] = {"read", "wr\"ite\\\n\xc3\xa9"}, *const results[] = {"ok", "failed"};
static const kzgops_label labels[] = {{"kind", kinds, 2}, {"result", results, 2}};
static const kzgops_label build_labels[] = {{"version", NULL, 0}, {"name", NULL, 0}};
static const double seconds[] = {0.00001, 0.25, 1}, bytes[] = {10, 2500};
static const kzgops_metric table[METRICS] = {
    [CALLS] = {"app_calls_total", KZGOPS_COUNTER, "", "Calls, by \"kind\" and \\ or\nresult.", labels, 2, NULL, 0,
               false},
    [TIME] = {"app_call_seconds", KZGOPS_HISTOGRAM, "seconds", "Time of a call.", labels, 1, seconds, 3, true},
    [DEPTH] = {"app_depth", KZGOPS_GAUGE, NULL, "Depth.", NULL, 0, NULL, 0, false},
    [BUSY] = {"app_busy_seconds_total", KZGOPS_COUNTER, "seconds", "Busy.", &labels[1], 1, NULL, 0, false},
    [SIZE] = {"app_size_bytes", KZGOPS_HISTOGRAM, "bytes", "Size.", NULL, 0, bytes, 2, false},
    [BUILD] = {"app_build_info", KZGOPS_INFO, NULL, "Build.", build_labels, 2, NULL, 0, false},
    [IDLE] = {"app_idle_seconds_total", KZGOPS_COUNTER, "seconds", "Idle.", NULL, 0, NULL, 0, false},
};
static const char *const build[] = {"1.2", "a \"b\" \\\n"};

static _Atomic int64_t now_ns = INT64_C(1700000000123456789);

static int64_t read_clock(void *user) {
    (void)user;
    return atomic_load(&now_ns);
}

static const kzgops_sources fake = {.clock = {read_clock, read_clock, NULL}};

static kzgops_metrics *registry(void) {
    atomic_store(&now_ns, INT64_C(1700000000123456789));
    kzgops_metrics *metrics = kzgops_metrics_new(
        &(kzgops_metrics_config){.metrics = table, .metric_count = METRICS, .sources = &fake}, NULL, NULL);
    assert_non_null(metrics);
    return metrics;
}

static char page[65536];

static const char *render(const kzgops_metrics *metrics, kzgops_metrics_format format) {
    size_t length = kzgops_metrics_render(metrics, format, page, sizeof page);
    assert_true(length < sizeof page);
    assert_int_equal(strlen(page), length);
    return page;
}

/* A page with something in every metric. */
static void fill(kzgops_metrics *metrics) {
    kzgops_counter_add(metrics, CALLS, KZGOPS_AT(0, 1), 41);
    kzgops_counter_add(metrics, CALLS, KZGOPS_AT(1, 0), UINT64_MAX);
    kzgops_metrics_show(metrics, CALLS, KZGOPS_AT(0, 0));
    kzgops_histogram_observe(metrics, TIME, KZGOPS_AT(0), 10000);
    atomic_store(&now_ns, INT64_C(1700000001000999999));
    kzgops_histogram_observe_exemplar(metrics, TIME, KZGOPS_AT(0), 10001, "4bf92f3577b34da6a3ce929d0e0e4736");
    kzgops_histogram_observe_exemplar(metrics, TIME, KZGOPS_AT(0), 3000000000, "\"x\\");
    kzgops_gauge_set(metrics, DEPTH, KZGOPS_ALONE, -0.5);
    kzgops_counter_add(metrics, BUSY, KZGOPS_AT(0), 1234567890);
    kzgops_counter_add(metrics, BUSY, KZGOPS_AT(1), 3000000000);
    kzgops_histogram_observe(metrics, SIZE, KZGOPS_ALONE, 2500);
    kzgops_info_set(metrics, BUILD, build);
    kzgops_counter_set(metrics, IDLE, KZGOPS_ALONE, 12.75);
}

/* ---- To the letter -------------------------------------------------------------------------------------------- */

static const char text_page[] =
    "# HELP app_calls_total Calls, by \"kind\" and \\\\ or\\nresult.\n"
    "# TYPE app_calls_total counter\n"
    "app_calls_total{kind=\"read\",result=\"ok\"} 0\n"
    "app_calls_total{kind=\"read\",result=\"failed\"} 41\n"
    "app_calls_total{kind=\"wr\\\"ite\\\\\\n\xc3\xa9\",result=\"ok\"} 18446744073709551615\n"
    "# HELP app_call_seconds Time of a call.\n"
    "# TYPE app_call_seconds histogram\n"
    "app_call_seconds_bucket{kind=\"read\",le=\"1e-05\"} 1\n"
    "app_call_seconds_bucket{kind=\"read\",le=\"0.25\"} 2\n"
    "app_call_seconds_bucket{kind=\"read\",le=\"1.0\"} 2\n"
    "app_call_seconds_bucket{kind=\"read\",le=\"+Inf\"} 3\n"
    "app_call_seconds_sum{kind=\"read\"} 3.000020001\n"
    "app_call_seconds_count{kind=\"read\"} 3\n"
    "# HELP app_depth Depth.\n"
    "# TYPE app_depth gauge\n"
    "app_depth -0.5\n"
    "# HELP app_busy_seconds_total Busy.\n"
    "# TYPE app_busy_seconds_total counter\n"
    "app_busy_seconds_total{result=\"ok\"} 1.23456789\n"
    "app_busy_seconds_total{result=\"failed\"} 3\n"
    "# HELP app_size_bytes Size.\n"
    "# TYPE app_size_bytes histogram\n"
    "app_size_bytes_bucket{le=\"10.0\"} 0\n"
    "app_size_bytes_bucket{le=\"2500.0\"} 1\n"
    "app_size_bytes_bucket{le=\"+Inf\"} 1\n"
    "app_size_bytes_sum 2500\n"
    "app_size_bytes_count 1\n"
    "# HELP app_build_info Build.\n"
    "# TYPE app_build_info gauge\n"
    "app_build_info{version=\"1.2\",name=\"a \\\"b\\\" \\\\\\n\"} 1\n"
    "# HELP app_idle_seconds_total Idle.\n"
    "# TYPE app_idle_seconds_total counter\n"
    "app_idle_seconds_total 12.75\n";

static const char open_page[] =
    "# HELP app_calls Calls, by \\\"kind\\\" and \\\\ or\\nresult.\n"
    "# TYPE app_calls counter\n"
    "app_calls_total{kind=\"read\",result=\"ok\"} 0\n"
    "app_calls_created{kind=\"read\",result=\"ok\"} 1700000000.123\n"
    "app_calls_total{kind=\"read\",result=\"failed\"} 41\n"
    "app_calls_created{kind=\"read\",result=\"failed\"} 1700000000.123\n"
    "app_calls_total{kind=\"wr\\\"ite\\\\\\n\xc3\xa9\",result=\"ok\"} 18446744073709551615\n"
    "app_calls_created{kind=\"wr\\\"ite\\\\\\n\xc3\xa9\",result=\"ok\"} 1700000000.123\n"
    "# HELP app_call_seconds Time of a call.\n"
    "# TYPE app_call_seconds histogram\n"
    "# UNIT app_call_seconds seconds\n"
    "app_call_seconds_bucket{kind=\"read\",le=\"1e-05\"} 1\n"
    "app_call_seconds_bucket{kind=\"read\",le=\"0.25\"} 2"
    " # {trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\"} 0.000010001 1700000001\n"
    "app_call_seconds_bucket{kind=\"read\",le=\"1.0\"} 2\n"
    "app_call_seconds_bucket{kind=\"read\",le=\"+Inf\"} 3 # {trace_id=\"\\\"x\\\\\"} 3 1700000001\n"
    "app_call_seconds_sum{kind=\"read\"} 3.000020001\n"
    "app_call_seconds_count{kind=\"read\"} 3\n"
    "app_call_seconds_created{kind=\"read\"} 1700000000.123\n"
    "# HELP app_depth Depth.\n"
    "# TYPE app_depth gauge\n"
    "app_depth -0.5\n"
    "# HELP app_busy_seconds Busy.\n"
    "# TYPE app_busy_seconds counter\n"
    "# UNIT app_busy_seconds seconds\n"
    "app_busy_seconds_total{result=\"ok\"} 1.23456789\n"
    "app_busy_seconds_created{result=\"ok\"} 1700000000.123\n"
    "app_busy_seconds_total{result=\"failed\"} 3\n"
    "app_busy_seconds_created{result=\"failed\"} 1700000000.123\n"
    "# HELP app_size_bytes Size.\n"
    "# TYPE app_size_bytes histogram\n"
    "# UNIT app_size_bytes bytes\n"
    "app_size_bytes_bucket{le=\"10.0\"} 0\n"
    "app_size_bytes_bucket{le=\"2500.0\"} 1\n"
    "app_size_bytes_bucket{le=\"+Inf\"} 1\n"
    "app_size_bytes_sum 2500\n"
    "app_size_bytes_count 1\n"
    "app_size_bytes_created 1700000000.123\n"
    "# HELP app_build Build.\n"
    "# TYPE app_build info\n"
    "app_build_info{version=\"1.2\",name=\"a \\\"b\\\" \\\\\\n\"} 1\n"
    "# HELP app_idle_seconds Idle.\n"
    "# TYPE app_idle_seconds counter\n"
    "# UNIT app_idle_seconds seconds\n"
    "app_idle_seconds_total 12.75\n"
    "# EOF\n";

static void pages__are_to_the_letter(void **state) {
    (void)state;
    kzgops_metrics *metrics = registry();
    assert_string_equal(render(metrics, TEXT), "");
    assert_string_equal(render(metrics, OPEN), "# EOF\n");
    fill(metrics);
    assert_string_equal(render(metrics, TEXT), text_page);
    assert_string_equal(render(metrics, OPEN), open_page);
    kzgops_metrics_free(metrics);
}

static void render__never_writes_past_its_room(void **state) {
    (void)state;
    kzgops_metrics *metrics = registry();
    fill(metrics);
    for (size_t size = 0; size <= sizeof open_page; size++) {
        char *out = malloc(size + 1);
        assert_non_null(out);
        memset(out, '~', size + 1);
        assert_int_equal(kzgops_metrics_render(metrics, OPEN, out, size), sizeof open_page - 1);
        assert_int_equal(out[size], '~');
        if (size > 0) assert_int_equal(out[size - 1], '\0');
        if (size > 0) assert_memory_equal(out, open_page, size - 1);
        free(out);
    }
    assert_int_equal(kzgops_metrics_render(metrics, TEXT, NULL, 0), sizeof text_page - 1);
    kzgops_metrics_free(metrics);
}

static size_t series_lines(const char *text) {
    size_t n = 0;
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) n += *line != '#';
    return n;
}

/* The figures are those of the page, and the most is what is there when everything has happened. */
static void series__are_counted_and_bounded(void **state) {
    (void)state;
    kzgops_metrics *metrics = registry();
    assert_int_equal(kzgops_metrics_series(metrics), 0);
    size_t most = kzgops_metrics_series_max(metrics);
    fill(metrics);
    assert_int_equal(kzgops_metrics_series(metrics), series_lines(render(metrics, OPEN)));
    assert_true(kzgops_metrics_series(metrics) < most);
    kzgops_gauge_unset(metrics, DEPTH, KZGOPS_ALONE);
    assert_int_equal(kzgops_metrics_series(metrics), series_lines(render(metrics, OPEN)));
    kzgops_metrics_free(metrics);

    metrics = registry();
    for (uint32_t i = 0; i < 2; i++) {
        for (uint32_t k = 0; k < 2; k++) kzgops_metrics_show(metrics, CALLS, KZGOPS_AT(i, k));
        kzgops_metrics_show(metrics, TIME, KZGOPS_AT(i));
        kzgops_metrics_show(metrics, BUSY, KZGOPS_AT(i));
    }
    kzgops_gauge_set(metrics, DEPTH, KZGOPS_ALONE, 0);
    kzgops_metrics_show(metrics, SIZE, KZGOPS_ALONE);
    kzgops_metrics_show(metrics, IDLE, KZGOPS_ALONE);
    kzgops_info_set(metrics, BUILD, build);
    assert_int_equal(series_lines(render(metrics, OPEN)), most);
    assert_int_equal(kzgops_metrics_series(metrics), most);
    kzgops_metrics_free(metrics);
}

/* ---- Numbers -------------------------------------------------------------------------------------------------- */

static void expect_depth(kzgops_metrics *metrics, double value, const char *wanted) {
    char line[128];
    snprintf(line, sizeof line, "\napp_depth %s\n", wanted);
    kzgops_gauge_set(metrics, DEPTH, KZGOPS_ALONE, value);
    if (strstr(render(metrics, TEXT), line) == NULL) fail_msg("no '%s' in '%s'", wanted, page);
}

static void numbers__are_prometheus_numbers_in_any_locale(void **state) {
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "nl_NL.UTF-8"};
    const char *set = NULL;
    for (size_t i = 0; set == NULL && i < LENGTH(names); i++) set = setlocale(LC_NUMERIC, names[i]);
    if (set == NULL) print_message("  no locale with a decimal comma is installed: tried in the usual one only\n");
    kzgops_metrics *metrics = registry();
    expect_depth(metrics, 0, "0");
    expect_depth(metrics, 42, "42");
    expect_depth(metrics, -1, "-1");
    expect_depth(metrics, 0.1, "0.1");
    expect_depth(metrics, 1.5e-9, "1.5e-09");
    expect_depth(metrics, 1795758728.25, "1795758728.25");
    expect_depth(metrics, 1e18, "1e+18");
    expect_depth(metrics, 123456789012345.0, "123456789012345");
    expect_depth(metrics, (double)NAN, "NaN");
    expect_depth(metrics, HUGE_VAL, "+Inf");
    expect_depth(metrics, -HUGE_VAL, "-Inf");
    kzgops_metrics_free(metrics);
    setlocale(LC_NUMERIC, "C");
}

static void expect_busy(uint64_t ns, const char *wanted) {
    char line[128];
    kzgops_metrics *metrics = registry();
    kzgops_counter_add(metrics, BUSY, KZGOPS_AT(0), ns);
    snprintf(line, sizeof line, "app_busy_seconds_total{result=\"ok\"} %s\n", wanted);
    if (strstr(render(metrics, TEXT), line) == NULL) fail_msg("no '%s' in '%s'", wanted, page);
    kzgops_metrics_free(metrics);
}

static void nanoseconds__become_seconds_exactly(void **state) {
    (void)state;
    expect_busy(0, "0");
    expect_busy(1, "0.000000001");
    expect_busy(1000000000, "1");
    expect_busy(1100000000, "1.1");
    expect_busy(100000000001, "100.000000001");
    expect_busy(UINT64_MAX, "18446744073.709551615");
}

/* Bounds belong to their bucket. */
static void buckets__hold_their_upper_bound(void **state) {
    (void)state;
    static const struct {
        uint64_t value;
        size_t bucket;
    } cases[] = {{0, 0},         {9999, 0},       {10000, 0},      {10001, 1},     {250000000, 1},
                 {250000001, 2}, {1000000000, 2}, {1000000001, 3}, {UINT64_MAX, 3}};
    static const char *const bounds[] = {"1e-05", "0.25", "1.0", "+Inf"};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        kzgops_metrics *metrics = registry();
        kzgops_histogram_observe(metrics, TIME, KZGOPS_AT(0), cases[i].value);
        render(metrics, TEXT);
        for (size_t b = 0; b < LENGTH(bounds); b++) {
            char line[128];
            snprintf(line, sizeof line, "_bucket{kind=\"read\",le=\"%s\"} %d\n", bounds[b], b >= cases[i].bucket);
            if (strstr(page, line) == NULL) fail_msg("no '%s' for %llu", line, (unsigned long long)cases[i].value);
        }
        kzgops_metrics_free(metrics);
    }
}

/* ---- Exemplars ------------------------------------------------------------------------------------------------ */

static void exemplars__are_the_latest_of_their_bucket(void **state) {
    (void)state;
    kzgops_metrics *metrics = registry();
    kzgops_histogram_observe_exemplar(metrics, TIME, KZGOPS_AT(0), 1, "first");
    kzgops_histogram_observe_exemplar(metrics, TIME, KZGOPS_AT(0), 2, "second");
    kzgops_histogram_observe_exemplar(metrics, TIME, KZGOPS_AT(1), 3, "other");
    render(metrics, OPEN);
    assert_null(strstr(page, "first"));
    assert_non_null(strstr(page, "{kind=\"read\",le=\"1e-05\"} 2 # {trace_id=\"second\"} 0.000000002 "));
    assert_non_null(strstr(page, "le=\"1e-05\"} 1 # {trace_id=\"other\"} 0.000000003 "));
    assert_null(strstr(render(metrics, TEXT), "trace_id"));
    kzgops_metrics_free(metrics);
}

static void exemplars__without_a_usable_id_are_not_kept(void **state) {
    (void)state;
    char longest[KZGOPS_TRACE_ID_MAX + 1], longer[KZGOPS_TRACE_ID_MAX + 2];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    memset(longer, 'b', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    const char *const bad[] = {NULL, "", longer, "a b", "a\n", "a\x7f", "\xc3\xa9"};
    kzgops_metrics *metrics = registry();
    for (size_t i = 0; i < LENGTH(bad); i++) {
        kzgops_histogram_observe_exemplar(metrics, TIME, KZGOPS_AT(0), 1, bad[i]);
        assert_null(strstr(render(metrics, OPEN), "trace_id"));
    }
    kzgops_histogram_observe_exemplar(metrics, SIZE, KZGOPS_ALONE, 1, "unasked");
    assert_null(strstr(render(metrics, OPEN), "trace_id"));
    assert_int_equal(kzgops_histogram_count(metrics, TIME, KZGOPS_AT(0)), LENGTH(bad));
    kzgops_histogram_observe_exemplar(metrics, TIME, KZGOPS_AT(0), 1, longest);
    assert_non_null(strstr(render(metrics, OPEN), longest));
    kzgops_metrics_free(metrics);
}

struct writer {
    kzgops_metrics *metrics;
    uint64_t value;
    const char *trace_id;
    atomic_bool *stop;
};

static void *write_exemplars(void *argument) {
    const struct writer *writer = argument;
    while (!atomic_load(writer->stop)) {
        kzgops_histogram_observe_exemplar(writer->metrics, TIME, KZGOPS_AT(0), writer->value, writer->trace_id);
    }
    return NULL;
}

/* Value and id of what is read belong together, whatever is written meanwhile. */
static void exemplars__are_whole_while_others_write(void **state) {
    (void)state;
    static const char one[] = "1111111111111111111111111111111111111111", two[] = "22";
    pthread_t thread[2];
    atomic_bool stop = false;
    kzgops_metrics *metrics = registry();
    struct writer writer[2] = {{metrics, 1, one, &stop}, {metrics, 2, two, &stop}};
    for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&thread[i], NULL, write_exemplars, &writer[i]), 0);
    for (int seen = 0, turn = 0; seen < 200 && turn < 1000000; turn++) {
        const char *found = strstr(render(metrics, OPEN), "trace_id=\"");
        if (found == NULL) continue;
        seen++;
        bool first = strncmp(found + 10, "1111111111111111111111111111111111111111\"} 0.000000001 ", 55) == 0;
        bool second = strncmp(found + 10, "22\"} 0.000000002 ", 17) == 0;
        if (!first && !second) fail_msg("torn: %.80s", found);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++) pthread_join(thread[i], NULL);
    kzgops_metrics_free(metrics);
}

/* ---- Negotiation ---------------------------------------------------------------------------------------------- */

static void negotiation__follows_the_header(void **state) {
    (void)state;
    static const struct {
        const char *accept;
        kzgops_metrics_format format;
    } cases[] = {
        {NULL, TEXT},
        {"", TEXT},
        {"*/*", TEXT},
        {"text/plain", TEXT},
        {"text/html", TEXT},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", TEXT}, /* a browser */
        {"application/openmetrics-text", OPEN},
        {"Application/OpenMetrics-Text; Version=1.0.0; charset=utf-8", OPEN},
        {"application/openmetrics-text;version=\"1.0.0\"", OPEN},
        {"application/openmetrics-text;version=0.0.1", TEXT},
        {"application/openmetrics-text;version=2.0.0", TEXT},
        /* Prometheus 2.42, 2.2 and 3 */
        {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
         "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
         OPEN},
        {"application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", TEXT},
        {"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,"
         "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
         "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
         "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
         OPEN},
        {"application/openmetrics-text;q=0.5,text/plain;q=0.6", TEXT},
        {"application/openmetrics-text;q=0.6,text/plain;q=0.5", OPEN},
        {"application/openmetrics-text;q=0.501 , text/plain;q=0.5", OPEN},
        {"text/plain,application/openmetrics-text", TEXT}, /* equally welcome */
        {"application/openmetrics-text,*/*", OPEN},
        {"application/openmetrics-text;q=0", TEXT},
        {"application/openmetrics-text;q=0,*/*", TEXT},
        {"*/*;q=0.9,text/plain;q=0.1", OPEN}, /* text is less than anything else */
        {"application/*", OPEN},
        {"text/*,application/openmetrics-text;q=0.9", TEXT},
        {"application/openmetrics-text;q=2", TEXT},
        {"application/openmetrics-text;q=", TEXT},
        {"application/openmetrics-text;q=1.001", TEXT},
        {"application/openmetrics-text;q=0.1234", TEXT},
        {"application/openmetrics-text;q=x,text/plain;q=0.1", TEXT},
        {"application/openmetrics-textual", TEXT},
        {"x/y;a=\",application/openmetrics-text\"", TEXT}, /* inside a string */
        {",, ;;,=;q, application/openmetrics-text ;q=1.000,", OPEN},
        {"\"", TEXT},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        if (kzgops_metrics_negotiate(cases[i].accept) != cases[i].format) fail_msg("'%s'", cases[i].accept);
    }
    assert_string_equal(kzgops_metrics_content_type(TEXT), "text/plain; version=0.0.4; charset=utf-8");
    assert_string_equal(kzgops_metrics_content_type(OPEN),
                        "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

static int print_page(const char *format) {
    kzgops_metrics *metrics = registry();
    fill(metrics);
    fputs(render(metrics, strcmp(format, "openmetrics") == 0 ? OPEN : TEXT), stdout);
    kzgops_metrics_free(metrics);
    return 0;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages__are_to_the_letter),
        cmocka_unit_test(render__never_writes_past_its_room),
        cmocka_unit_test(series__are_counted_and_bounded),
        cmocka_unit_test(numbers__are_prometheus_numbers_in_any_locale),
        cmocka_unit_test(nanoseconds__become_seconds_exactly),
        cmocka_unit_test(buckets__hold_their_upper_bound),
        cmocka_unit_test(exemplars__are_the_latest_of_their_bucket),
        cmocka_unit_test(exemplars__without_a_usable_id_are_not_kept),
        cmocka_unit_test(exemplars__are_whole_while_others_write),
        cmocka_unit_test(negotiation__follows_the_header),
    };
    if (argc == 3 && strcmp(argv[1], "--page") == 0) return print_page(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
