/* What a metric costs: an increment, an observation, one with an exemplar, on one thread, on two, and on threads that
 * share their cells; and a page of the size of kzgd's. Nanoseconds for one, the best of several rounds.
 *
 *   bench_ops_metrics [--quick] */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kzgops/metrics.h"

#define THREADS_MAX 2
#define ROUNDS      15

enum { CALLS, PLAIN, TIME, DEPTH, METRICS };
enum kind { ADD, ADD_LABELS, OBSERVE_FIRST, OBSERVE_LAST, EXEMPLAR, SET, KINDS };
static const char *const names[KINDS] = {"counter",         "counter, two labels",     "histogram, first of 17",
                                         "histogram, last", "histogram with exemplar", "gauge"};

static const char *const kinds[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
static const char *const results[] = {"ok", "bad", "worse", "worst"};
static const kzgops_label labels[] = {{"operation", kinds, 12}, {"status", results, 4}};
static const double bounds[] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                0.1,    0.15,    0.25,   0.5,   1,      2.5,   5,    10};
static const kzgops_metric table[METRICS] = {
    [CALLS] = {"app_calls_total", KZGOPS_COUNTER, "", "Calls.", labels, 2, NULL, 0, false},
    [PLAIN] = {"app_lines_total", KZGOPS_COUNTER, "", "Lines.", NULL, 0, NULL, 0, false},
    [TIME] = {"app_seconds", KZGOPS_HISTOGRAM, "seconds", "Time.", labels, 2, bounds, 17, true},
    [DEPTH] = {"app_depth", KZGOPS_GAUGE, "", "Depth.", labels, 1, NULL, 0, false},
};

struct job {
    enum kind kind;
    kzgops_metrics *metrics;
    size_t repeats;
    pthread_barrier_t *start;
    double ns; /* for one */
};

static double now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void once(const struct job *job, uint32_t i) {
    static const char id[] = "4bf92f3577b34da6a3ce929d0e0e4736";
    kzgops_metrics *metrics = job->metrics;
    switch (job->kind) {
    case ADD: kzgops_counter_add(metrics, PLAIN, KZGOPS_ALONE, 1); break;
    case ADD_LABELS: kzgops_counter_add(metrics, CALLS, KZGOPS_AT(i % 8, i % 4), 1); break;
    case OBSERVE_FIRST: kzgops_histogram_observe(metrics, TIME, KZGOPS_AT(i % 8, i % 4), 5000); break;
    case OBSERVE_LAST: kzgops_histogram_observe(metrics, TIME, KZGOPS_AT(i % 8, i % 4), 20000000000); break;
    case EXEMPLAR: kzgops_histogram_observe_exemplar(metrics, TIME, KZGOPS_AT(i % 8, i % 4), 1000000, id); break;
    case SET: kzgops_gauge_set(metrics, DEPTH, KZGOPS_AT(i % 8), 1); break;
    case KINDS: break;
    }
}

static void *run(void *argument) {
    struct job *job = argument;
    once(job, 0);
    pthread_barrier_wait(job->start);
    double begin = now_ns();
    for (size_t i = 0; i < job->repeats; i++) once(job, (uint32_t)i);
    job->ns = (now_ns() - begin) / (double)job->repeats;
    return NULL;
}

/* The slowest of the threads, in the best round. */
static double measure(enum kind kind, size_t cells, size_t threads, size_t repeats) {
    double best = 1e18;
    for (int round = 0; round < (repeats > 1000 ? ROUNDS : 1); round++) {
        pthread_t thread[THREADS_MAX];
        struct job job[THREADS_MAX];
        pthread_barrier_t start;
        double slowest = 0;
        kzgops_metrics *metrics = kzgops_metrics_new(
            &(kzgops_metrics_config){.metrics = table, .metric_count = METRICS, .threads = cells}, NULL, NULL);
        if (metrics == NULL) exit(1);
        if (cells == 1) kzgops_counter_add(metrics, PLAIN, KZGOPS_ALONE, 1); /* this thread has the only ones */
        pthread_barrier_init(&start, NULL, (unsigned)threads);
        for (size_t i = 0; i < threads; i++) {
            job[i] = (struct job){kind, metrics, repeats, &start, 0};
            if (pthread_create(&thread[i], NULL, run, &job[i]) != 0) exit(1);
        }
        for (size_t i = 0; i < threads; i++) {
            pthread_join(thread[i], NULL);
            if (job[i].ns > slowest) slowest = job[i].ns;
        }
        pthread_barrier_destroy(&start);
        kzgops_metrics_free(metrics);
        if (slowest < best) best = slowest;
    }
    return best;
}

/* All series of the table, and 20 threads that counted. */
static void measure_page(kzgops_metrics_format format, const char *name, size_t repeats) {
    static char text[1 << 20];
    size_t length = 0;
    double best = 1e18;
    kzgops_metrics *metrics =
        kzgops_metrics_new(&(kzgops_metrics_config){.metrics = table, .metric_count = METRICS}, NULL, NULL);
    pthread_barrier_t start;
    if (metrics == NULL) exit(1);
    pthread_barrier_init(&start, NULL, 1);
    for (uint32_t i = 0; i < 48; i++) kzgops_metrics_show(metrics, TIME, KZGOPS_AT(i / 4, i % 4));
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        struct job job = {EXEMPLAR, metrics, 100, &start, 0};
        if (pthread_create(&thread, NULL, run, &job) != 0) exit(1);
        pthread_join(thread, NULL);
    }
    pthread_barrier_destroy(&start);
    for (size_t round = 0; round < repeats; round++) {
        double begin = now_ns();
        length = kzgops_metrics_render(metrics, format, text, sizeof text);
        double spent = now_ns() - begin;
        if (spent < best) best = spent;
    }
    printf("page of %zu series, %-11s %7zu bytes %10.0f ns\n", kzgops_metrics_series(metrics), name, length, best);
    kzgops_metrics_free(metrics);
}

int main(int argc, char **argv) {
    bool quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
    size_t repeats = quick ? 1000 : 1000000;
    printf("%-26s %12s %12s %12s\n", "", "one thread", "two threads", "two, shared");
    for (int kind = 0; kind < KINDS; kind++) {
        printf("%-26s %12.1f %12.1f %12.1f\n", names[kind], measure((enum kind)kind, 8, 1, repeats),
               measure((enum kind)kind, 8, 2, repeats), measure((enum kind)kind, 1, 2, repeats / 10));
    }
    measure_page(KZGOPS_METRICS_TEXT, "text", quick ? 1 : 200);
    measure_page(KZGOPS_METRICS_OPENMETRICS, "openmetrics", quick ? 1 : 200);
    return 0;
}
