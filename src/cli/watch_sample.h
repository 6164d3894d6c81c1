/* One look at a running kzgd: its metrics, the operation profile of the last minute, and its health. */
#ifndef CLI_WATCH_SAMPLE_H
#define CLI_WATCH_SAMPLE_H

#include <stddef.h>

#include "cli/client.h"

#define WATCH_ROWS_MAX 16

/* An operation in the last minute. */
struct watch_row {
    char operation[56];
    double per_second, p50_ms, p99_ms;
};

/* NAN is unknown: the daemon does not say it. */
struct watch_sample {
    double at_s;      /* monotonic */
    char health[16];  /* ok, degraded, failed; "unknown" */
    char unwell[160]; /* names of the checks that are not well */
    double passed, judged;
    /* counters */
    double operations, rejected, cpu_s;
    /* gauges */
    double in_flight, queue, queue_capacity, connections, memory_bytes, memory_limit_bytes, machine_cpu;
    struct watch_row row[WATCH_ROWS_MAX]; /* most calls first */
    size_t rows;
};

/* Asks the daemon. Only the metrics must be there; a failure to get them is told. */
enum cli_exit watch_sample_take(struct client *client, struct watch_sample *ret_sample);

#endif
