/* A program that counts what it does, in one table and one call an operation, and shows it as Prometheus reads it. */
#include <kzgops/metrics.h>
#include <kzgops/process.h>

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { OPERATIONS, DURATION, QUEUE, BUILD, CPU, METRICS };
enum { SQUARE, ROOT };
enum { OK, NEGATIVE };

static const char *const operations[] = {"square", "root"}, *const statuses[] = {"ok", "negative"};
static const kzgops_label labels[] = {{"operation", operations, 2}, {"status", statuses, 2}};
static const kzgops_label build_labels[] = {{.name = "version"}, {.name = "compiler"}};
static const double buckets[] = {0.001, 0.01, 0.1, 1};

static const kzgops_metric table[METRICS] = {
    [OPERATIONS] = {.name = "app_operations_total",
                    .type = KZGOPS_COUNTER,
                    .help = "Operations run.",
                    .labels = labels,
                    .label_count = 2},
    [DURATION] = {.name = "app_operation_duration_seconds",
                  .type = KZGOPS_HISTOGRAM,
                  .unit = "seconds",
                  .help = "Time of an operation.",
                  .labels = labels,
                  .label_count = 1, /* by operation only */
                  .buckets = buckets,
                  .bucket_count = 4,
                  .exemplars = true},
    [QUEUE] = {.name = "app_queue_depth", .type = KZGOPS_GAUGE, .help = "Operations that wait."},
    [BUILD] = {.name = "app_build_info",
               .type = KZGOPS_INFO,
               .help = "What is running.",
               .labels = build_labels,
               .label_count = 2},
    [CPU] = {.name = "process_cpu_seconds_total",
             .type = KZGOPS_COUNTER,
             .unit = "seconds",
             .help = "User and system CPU time."},
};

static void *work(void *user) {
    kzgops_metrics *metrics = user;
    for (uint64_t i = 0; i < 1000; i++) {
        kzgops_operation done = {.total = OPERATIONS,
                                 .duration = DURATION,
                                 .operation = i % 2 == 0 ? SQUARE : ROOT,
                                 .status = i % 100 == 1 ? NEGATIVE : OK,
                                 .nanoseconds = 1000 * i,
                                 .trace_id = i == 998 ? "4bf92f3577b34da6a3ce929d0e0e4736" : NULL};
        kzgops_record_operation(metrics, &done);
    }
    return NULL;
}

int main(void) {
    static const char *const build[] = {"1.0", __VERSION__};
    static char page[16384];
    const char *error = NULL;
    size_t where = 0;
    pthread_t thread[3];
    kzgops_process process = {0};
    kzgops_metrics *metrics = kzgops_metrics_new(
        &(kzgops_metrics_config){.metrics = table, .metric_count = METRICS, .threads = 4}, &error, &where);
    if (metrics == NULL) {
        fprintf(stderr, "no metrics: %s (%s)\n", error, where < METRICS ? table[where].name : "");
        return 1;
    }
    for (int i = 0; i < 3; i++) pthread_create(&thread[i], NULL, work, metrics);
    for (int i = 0; i < 3; i++) pthread_join(thread[i], NULL);

    kzgops_process_read(NULL, &process);
    kzgops_gauge_set(metrics, QUEUE, KZGOPS_ALONE, 0);
    kzgops_info_set(metrics, BUILD, build);
    kzgops_counter_set(metrics, CPU, KZGOPS_ALONE, process.cpu_seconds);

    /* What a Prometheus server asks for. */
    kzgops_metrics_format format =
        kzgops_metrics_negotiate("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5");
    size_t length = kzgops_metrics_render(metrics, format, page, sizeof page);
    printf("Content-Type: %s\n\n%s", kzgops_metrics_content_type(format), page);

    uint64_t roots = kzgops_counter_value(metrics, OPERATIONS, KZGOPS_AT(ROOT, OK));
    bool whole = length < sizeof page && strstr(page, "trace_id=\"4bf92f35") != NULL &&
                 kzgops_metrics_series(metrics) <= kzgops_metrics_series_max(metrics);
    kzgops_metrics_free(metrics);
    return roots == 3 * 490 && whole ? 0 : 1;
}
