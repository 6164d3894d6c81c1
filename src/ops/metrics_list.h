/* The one list of metrics: what is exported, in what unit, with which labels.
 *
 * METRICS_LIST(X): X(NAME, TYPE, "name", "labels", "help")
 *   NAME    makes KZGOPS_METRIC_NAME (kzgops/metrics.h; a build fails if the two orders differ)
 *   TYPE    COUNTER, GAUGE or HISTOGRAM
 *   labels  comma-separated; every label's values are fixed when the registry is made, so the number of series is too
 *
 * Names follow Prometheus: base units (seconds, bytes) last, _total for counters. docs/metrics.md is the operators'
 * copy.
 */
#ifndef OPS_METRICS_LIST_H
#define OPS_METRICS_LIST_H

#define METRICS_LIST(X)                                                                                             \
    X(OPERATIONS, COUNTER, "kzg_operations_total", "operation,status",                                              \
      "KZG operations run, by outcome; ok includes proofs that are not valid.")                                     \
    X(OPERATION_DURATION, HISTOGRAM, "kzg_operation_duration_seconds", "operation,status",                          \
      "Time from a worker's start of an operation to its encoded answer.")                                          \
    X(MEMORY_USAGE, GAUGE, "kzg_memory_usage_bytes", "tag",                                                         \
      "Memory held, by purpose: setup, tables, scratch (workers), requests (bodies and answers in use).")           \
    X(MEMORY_LIMIT, GAUGE, "kzg_memory_limit_bytes", "tag",                                                         \
      "Memory set aside, by purpose; 0 where the purpose has no limit of its own.")                                 \
    X(HTTP_RESPONSES, COUNTER, "kzg_http_responses_total", "code", "Answers of the API listener, by HTTP status.")  \
    X(REJECTED, COUNTER, "kzg_requests_rejected_total", "reason",                                                   \
      "API requests that ended before an operation ran, by status code name.")                                      \
    X(ABANDONED, COUNTER, "kzg_requests_abandoned_total", "",                                                       \
      "API requests whose client left before its answer was made.")                                                 \
    X(QUEUE_WAIT, HISTOGRAM, "kzg_queue_wait_seconds", "", "Time that a request waited for a worker.")              \
    X(QUEUE_DEPTH, GAUGE, "kzg_queue_depth", "", "Requests waiting for a worker now.")                              \
    X(QUEUE_CAPACITY, GAUGE, "kzg_queue_capacity", "", "Requests that may wait for a worker.")                      \
    X(IN_FLIGHT, GAUGE, "kzg_operations_in_flight", "", "Operations that workers run now.")                         \
    X(WORKERS, GAUGE, "kzg_workers", "", "Worker threads.")                                                         \
    X(CONNECTIONS, GAUGE, "kzg_connections", "listener", "Open client connections.")                                \
    X(CONNECTIONS_LIMIT, GAUGE, "kzg_connections_limit", "listener", "Most client connections at a time.")          \
    X(ACCEPTED, COUNTER, "kzg_connections_accepted_total", "listener", "Client connections accepted.")              \
    X(REFUSED, COUNTER, "kzg_connections_refused_total", "listener",                                                \
      "Client connections closed at once: the peer had too many, or there was no descriptor.")                      \
    X(TIMED_OUT, COUNTER, "kzg_connections_timed_out_total", "listener",                                            \
      "Client connections closed because the client was too slow or idle.")                                         \
    X(READY, GAUGE, "kzg_ready", "", "1 when this instance takes work: self-test passed and not draining.")         \
    X(LOG_DROPPED, COUNTER, "kzg_log_lines_dropped_total", "", "Log lines lost because their reader was too slow.") \
    X(BUILD_INFO, GAUGE, "kzg_build_info", "version,commit,backend,setup,setup_sha256,precompute",                  \
      "Always 1; the labels say what is running.")                                                                  \
    X(PROCESS_CPU, COUNTER, "process_cpu_seconds_total", "", "User and system CPU time of the process.")            \
    X(PROCESS_START, GAUGE, "process_start_time_seconds", "", "Start of the process, seconds since the epoch.")     \
    X(PROCESS_RSS, GAUGE, "process_resident_memory_bytes", "", "Resident memory of the process.")                   \
    X(PROCESS_VIRTUAL, GAUGE, "process_virtual_memory_bytes", "", "Virtual memory of the process.")                 \
    X(PROCESS_FDS, GAUGE, "process_open_fds", "", "Open file descriptors of the process.")                          \
    X(PROCESS_MAX_FDS, GAUGE, "process_max_fds", "", "Most file descriptors that the process may open.")

#endif
