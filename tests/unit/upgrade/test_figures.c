/* From where on metrics count as worse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "upgrade/figures.h"

static const char *const operations[] = {"compute_cells"};

static void page(char out[512], double good, double bad, double runs, double cpu_s, double memory) {
    snprintf(out, 512,
             "kzg_http_responses_total{code=\"200\"} %.0f\nkzg_http_responses_total{code=\"503\"} %.0f\n"
             "kzg_operations_total{operation=\"compute_cells\",status=\"ok\"} %.0f\n"
             "kzg_operation_cpu_seconds_total{operation=\"compute_cells\",backend=\"adx\"} %.6f\n"
             "process_resident_memory_bytes %.0f\n",
             good, bad, runs, cpu_s, memory);
}

/* Against a baseline of 1000 answers, 1 of them 503, 100 runs of 2 ms, 100 MiB. */
static void expect(double good, double bad, double runs, double cpu_s, double memory, const char *code) {
    char baseline[512], before[512], after[512];
    struct upgrade_settings settings;
    struct upgrade_failure failure = {0};
    settings_init(&settings);
    page(baseline, 999, 1, 100, 0.2, 100e6);
    page(before, 50, 40, 10, 5, 100e6); /* what was before the comparison does not count */
    page(after, 50 + good, 40 + bad, 10 + runs, 5 + cpu_s, memory);
    bool fine = figures_judge(&settings, baseline, before, after, operations, 1, &failure);
    if (fine != (code[0] == '\0') || strcmp(failure.code, code) != 0)
        fail_msg("%d '%s' (%s), expected '%s'", fine, failure.code, failure.message, code);
}

static void judge__each_threshold_from_both_sides(void **state) {
    (void)state;
    expect(0, 0, 0, 0, 100e6, "");
    expect(10000, 19, 0, 0, 100e6, "");
    expect(10000, 21, 0, 0, 100e6, "errors_rose");
    expect(0, 1, 0, 0, 100e6, "errors_rose");
    expect(100, 0, 20, 0.063, 100e6, "");
    expect(100, 0, 20, 0.065, 100e6, "cpu_rose");
    expect(100, 0, 19, 0.5, 100e6, ""); /* too few to say */
    expect(100, 0, 0, 0, 149e6, "");
    expect(100, 0, 0, 0, 151e6, "memory_rose");
}

static void slope__line_of_least_squares(void **state) {
    (void)state;
    const double rising[] = {1, 3, 5, 7}, flat[] = {4, 6, 6, 4};
    assert_true(fabs(figures_slope(rising, 4) - 2) < 1e-12);
    assert_true(fabs(figures_slope(flat, 4)) < 1e-12);
    assert_true(figures_slope(rising, 1) == 0 && figures_slope(rising, 0) == 0);
}

/* Buckets in the order of kzgd, two statuses of the operation and another operation between them. */
static void histogram(char out[1024], double fast, double slow, double beyond) {
    snprintf(out, 1024,
             "kzg_operation_duration_seconds_bucket{operation=\"compute_cells\",status=\"ok\",le=\"0.01\"} %.0f\n"
             "kzg_operation_duration_seconds_bucket{operation=\"compute_cells\",status=\"ok\",le=\"0.1\"} %.0f\n"
             "kzg_operation_duration_seconds_bucket{operation=\"compute_cells\",status=\"ok\",le=\"+Inf\"} %.0f\n"
             "kzg_operation_duration_seconds_bucket{operation=\"verify\",status=\"ok\",le=\"10.0\"} 7\n"
             "kzg_operation_duration_seconds_bucket{operation=\"compute_cells\",status=\"x\",le=\"0.1\"} %.0f\n"
             "kzg_operation_duration_seconds_bucket{operation=\"compute_cells\",status=\"x\",le=\"+Inf\"} %.0f\n",
             fast, fast + slow - 5, fast + slow + beyond - 5, 5.0, 5.0);
}

static void expect_p99(double fast, double slow, double beyond, double expected_s) {
    char before[1024], after[1024];
    double runs;
    histogram(before, 500, 300, 100);
    histogram(after, 500 + fast, 300 + slow, 100 + beyond);
    double p99_s = figures_p99(before, after, "compute_cells", &runs);
    if (!(fabs(p99_s - expected_s) < 1e-9) || runs != fast + slow + beyond)
        fail_msg("%.0f %.0f %.0f: p99 %.9f of %.0f runs, expected %.9f", fast, slow, beyond, p99_s, runs, expected_s);
}

static void p99__within_its_bucket(void **state) {
    (void)state;
    expect_p99(100, 0, 0, 0.0099);
    expect_p99(98, 2, 0, 0.01 + 0.09 / 2);
    expect_p99(0, 100, 0, 0.01 + 0.09 * 0.99);
    expect_p99(50, 0, 50, 0.1); /* at least */
    double runs = 1;
    assert_true(isnan(figures_p99(NULL, "kzg_ready 1\n", "compute_cells", &runs)) && runs == 0);
}

static void judge_p99(double slow, double fast, double p99_ratio, double floor_s, const char *code) {
    char baseline[1024], after[1024];
    struct upgrade_settings settings;
    struct upgrade_failure failure = {0};
    settings_init(&settings);
    settings.p99_ratio = p99_ratio;
    settings.p99_floor_s = floor_s;
    histogram(baseline, 500, 0, 0); /* 9.9 ms */
    histogram(after, fast, slow, 0);
    bool fine = figures_judge_p99(&settings, baseline, NULL, after, operations, 1, &failure);
    if (fine != (code[0] == '\0') || strcmp(failure.code, code) != 0)
        fail_msg("%d '%s' (%s), expected '%s'", fine, failure.code, failure.message, code);
}

static void judge__p99_by_ratio_and_floor(void **state) {
    (void)state;
    judge_p99(500, 0, 2, 0.02, "p99_rose"); /* 99.1 ms */
    judge_p99(500, 0, 11, 0.02, "");
    judge_p99(500, 0, 2, 0.1, "");
    judge_p99(0, 1000, 1.01, 0, "");
    judge_p99(499, 0, 2, 0.02, ""); /* too few */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p99__within_its_bucket),
        cmocka_unit_test(judge__p99_by_ratio_and_floor),
        cmocka_unit_test(judge__each_threshold_from_both_sides),
        cmocka_unit_test(slope__line_of_least_squares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
