/* The one list of kzgd's metrics. Positions and texts of label values, the registry's table (service/metrics.c) and
 * docs/metrics.md (gen/metrics_doc.py) are made from it.
 *
 * METRICS_LIST(X): X(NAME, TYPE, "name", "unit", (labels), BUCKETS, "help")
 *   NAME     makes METRIC_NAME
 *   TYPE     COUNTER, GAUGE, HISTOGRAM, EXEMPLARS (a histogram that keeps trace ids) or INFO
 *   "unit"   base unit in full, which the name ends in (before _total); "" for none. Seconds are counted in
 * nanoseconds labels   up to three of LABEL_..., or NO_LABELS; as many as wanted for INFO BUCKETS  of a histogram:
 * one of METRIC_BUCKETS, else NONE "help"   one sentence; what is measured, not what to do about it
 *
 * METRIC_LABELS(L): L(NAME, "name", VALUES): VALUES is a list of all values, V(POSITION, "text"), and POSITION a name
 * for the place of one; FREE where the values are known only when the daemon starts. Lists that stand elsewhere are
 * taken from there: their entries come as V_OPERATION and V_STATUS with the arguments that they have there.
 *
 * Names follow Prometheus: base units last, _total for counters; process_* and beacon_* are what dashboards elsewhere
 * expect.
 */
#ifndef SERVICE_METRICS_LIST_H
#define SERVICE_METRICS_LIST_H

#include "base/status_list.h"
#include "wire/operations_list.h"

/* ---- Label values -------------------------------------------------------------------------------------------- */

#define METRIC_OPERATION_VALUES(V) OPERATIONS_LIST(V##_OPERATION)
#define METRIC_CODE_VALUES(V)      STATUS_LIBRARY_LIST(V##_STATUS) STATUS_SERVICE_LIST(V##_STATUS)

/* The library's statuses that an operation can end with, and our own failure. */
#define METRIC_STATUS_VALUES(V)                                             \
    V(AT_STATUS_OK, "ok")                                                   \
    V(AT_STATUS_FIELD_ELEMENT_NOT_CANONICAL, "field_element_not_canonical") \
    V(AT_STATUS_POINT_ENCODING, "point_encoding_invalid")                   \
    V(AT_STATUS_POINT_NOT_CANONICAL, "point_coordinate_not_canonical")      \
    V(AT_STATUS_POINT_NOT_ON_CURVE, "point_not_on_curve")                   \
    V(AT_STATUS_POINT_NOT_IN_SUBGROUP, "point_not_in_subgroup")             \
    V(AT_STATUS_CELL_INDEX_RANGE, "cell_index_out_of_range")                \
    V(AT_STATUS_CELL_INDEX_DUPLICATE, "cell_index_duplicate")               \
    V(AT_STATUS_CELL_INDEX_UNSORTED, "cell_index_unsorted")                 \
    V(AT_STATUS_TOO_FEW_CELLS, "too_few_cells")                             \
    V(AT_STATUS_TOO_MANY_CELLS, "too_many_cells")                           \
    V(AT_STATUS_CELLS_INCONSISTENT, "cells_inconsistent")                   \
    V(AT_STATUS_LENGTH_MISMATCH, "length_mismatch")                         \
    V(AT_STATUS_COUNT_TOO_LARGE, "count_too_large")                         \
    V(AT_STATUS_COMMITMENT_INDEX_RANGE, "commitment_index_out_of_range")    \
    V(AT_STATUS_OUT_OF_MEMORY, "out_of_memory")                             \
    V(AT_STATUS_INTERNAL, "internal_error")

#define METRIC_OUTCOME_VALUES(V)                 \
    V(AT_OUTCOME_OK, "ok")                       \
    V(AT_OUTCOME_INVALID_PROOF, "invalid_proof") \
    V(AT_OUTCOME_CLIENT_ERROR, "client_error")   \
    V(AT_OUTCOME_SERVER_ERROR, "server_error")

#define METRIC_PHASE_VALUES(V)         \
    V(AT_PHASE_READ, "read")           \
    V(AT_PHASE_DECODE, "decode")       \
    V(AT_PHASE_QUEUE, "queue")         \
    V(AT_PHASE_HASH, "hash")           \
    V(AT_PHASE_TRANSFORM, "transform") \
    V(AT_PHASE_MSM, "msm")             \
    V(AT_PHASE_PAIRING, "pairing")     \
    V(AT_PHASE_ENCODE, "encode")

#define METRIC_BACKEND_VALUES(V)       \
    V(AT_BACKEND_PORTABLE, "portable") \
    V(AT_BACKEND_ADX, "adx")           \
    V(AT_BACKEND_IFMA, "ifma")

#define METRIC_HTTP_VALUES(V) \
    V(AT_HTTP_200, "200")     \
    V(AT_HTTP_400, "400")     \
    V(AT_HTTP_404, "404")     \
    V(AT_HTTP_405, "405")     \
    V(AT_HTTP_408, "408")     \
    V(AT_HTTP_409, "409")     \
    V(AT_HTTP_411, "411")     \
    V(AT_HTTP_413, "413")     \
    V(AT_HTTP_415, "415")     \
    V(AT_HTTP_429, "429")     \
    V(AT_HTTP_500, "500")     \
    V(AT_HTTP_501, "501")     \
    V(AT_HTTP_503, "503")

#define METRIC_DIRECTION_VALUES(V) \
    V(AT_DIRECTION_IN, "in")       \
    V(AT_DIRECTION_OUT, "out")

#define METRIC_SHED_VALUES(V)                     \
    V(AT_SHED_QUEUE_FULL, "queue_full")           \
    V(AT_SHED_MEMORY_RESERVED, "memory_reserved") \
    V(AT_SHED_MEMORY_PRESSURE, "memory_pressure") \
    V(AT_SHED_DEADLINE, "deadline")               \
    V(AT_SHED_PEER_LIMIT, "peer_limit")           \
    V(AT_SHED_DRAINING, "draining")               \
    V(AT_SHED_NOT_READY, "not_ready")

#define METRIC_LISTENER_VALUES(V) \
    V(AT_LISTENER_API, "api")     \
    V(AT_LISTENER_ADMIN, "admin")

#define METRIC_TAG_VALUES(V)       \
    V(AT_TAG_SETUP, "setup")       \
    V(AT_TAG_TABLES, "tables")     \
    V(AT_TAG_SCRATCH, "scratch")   \
    V(AT_TAG_REQUEST, "request")   \
    V(AT_TAG_QUEUE, "queue")       \
    V(AT_TAG_HTTP, "http")         \
    V(AT_TAG_LOG, "log")           \
    V(AT_TAG_PROFILER, "profiler") \
    V(AT_TAG_OTHER, "other")       \
    V(AT_TAG_OUTSIDE, "outside")

#define METRIC_THRESHOLD_VALUES(V) \
    V(AT_THRESHOLD_WARN, "warn")   \
    V(AT_THRESHOLD_CRITICAL, "critical")

#define METRIC_JEMALLOC_VALUES(V)         \
    V(AT_JEMALLOC_ALLOCATED, "allocated") \
    V(AT_JEMALLOC_ACTIVE, "active")       \
    V(AT_JEMALLOC_RESIDENT, "resident")   \
    V(AT_JEMALLOC_RETAINED, "retained")   \
    V(AT_JEMALLOC_MAPPED, "mapped")       \
    V(AT_JEMALLOC_METADATA, "metadata")

#define METRIC_CGROUP_EVENT_VALUES(V) \
    V(AT_CGROUP_EVENT_HIGH, "high")   \
    V(AT_CGROUP_EVENT_MAX, "max")     \
    V(AT_CGROUP_EVENT_OOM, "oom")     \
    V(AT_CGROUP_EVENT_OOM_KILL, "oom_kill")

#define METRIC_SCOPE_VALUES(V)   \
    V(AT_SCOPE_SYSTEM, "system") \
    V(AT_SCOPE_PROCESS, "process")

#define METRIC_RESOURCE_VALUES(V) \
    V(AT_RESOURCE_CPU, "cpu")     \
    V(AT_RESOURCE_MEMORY, "memory")

#define METRIC_PRESSURE_VALUES(V) \
    V(AT_PRESSURE_SOME, "some")   \
    V(AT_PRESSURE_FULL, "full")

#define METRIC_RESULT_VALUES(V)   \
    V(AT_RESULT_PASSED, "passed") \
    V(AT_RESULT_FAILED, "failed")

#define METRIC_LEVEL_VALUES(V) \
    V(AT_LEVEL_DEBUG, "debug") \
    V(AT_LEVEL_INFO, "info")   \
    V(AT_LEVEL_WARN, "warn")   \
    V(AT_LEVEL_ERROR, "error")

/* Those of checks_list.h; a folder's two and the peers are one each. */
#define METRIC_CHECK_VALUES(V)             \
    V(AT_CHECK_ACCEPTING, "accepting")     \
    V(AT_CHECK_STARTUP, "startup")         \
    V(AT_CHECK_ARITHMETIC, "arithmetic")   \
    V(AT_CHECK_SETUP, "setup")             \
    V(AT_CHECK_SELF_TEST, "self_test")     \
    V(AT_CHECK_RESULTS, "results")         \
    V(AT_CHECK_WORKERS, "workers")         \
    V(AT_CHECK_LISTENERS, "listeners")     \
    V(AT_CHECK_QUEUE, "queue")             \
    V(AT_CHECK_CPU, "cpu")                 \
    V(AT_CHECK_CALIBRATION, "calibration") \
    V(AT_CHECK_LOOPBACK, "loopback")       \
    V(AT_CHECK_MEMORY, "memory")           \
    V(AT_CHECK_DESCRIPTORS, "descriptors") \
    V(AT_CHECK_CLOCK, "clock")             \
    V(AT_CHECK_DISK, "disk")               \
    V(AT_CHECK_PEERS, "peers")

#define METRIC_TRIGGER_VALUES(V)                     \
    V(AT_TRIGGER_OBJECTIVE, "objective")             \
    V(AT_TRIGGER_MEMORY_HIGH, "memory_high")         \
    V(AT_TRIGGER_MEMORY_PRESSURE, "memory_pressure") \
    V(AT_TRIGGER_CPU_PRESSURE, "cpu_pressure")       \
    V(AT_TRIGGER_WATCHDOG, "watchdog")               \
    V(AT_TRIGGER_REQUEST, "request")

#define METRIC_END_VALUES(V)           \
    V(AT_END_NONE, "none")             \
    V(AT_END_CLEAN, "clean")           \
    V(AT_END_CRASH, "crash")           \
    V(AT_END_KILLED, "killed")         \
    V(AT_END_OOM_KILLED, "oom_killed") \
    V(AT_END_UNKNOWN, "unknown")

#define METRIC_DIRECTORY_VALUES(V) \
    V(AT_DIRECTORY_LOG, "log")     \
    V(AT_DIRECTORY_STATE, "state")

#define METRIC_FREE_VALUES(V)

#define METRIC_LABELS(L)                   \
    L(OPERATION, "operation", OPERATION)   \
    L(STATUS, "status", STATUS)            \
    L(OUTCOME, "outcome", OUTCOME)         \
    L(PHASE, "phase", PHASE)               \
    L(BACKEND, "backend", BACKEND)         \
    L(WORKER, "worker", FREE)              \
    L(HTTP, "code", HTTP)                  \
    L(CODE, "code", CODE)                  \
    L(DIRECTION, "direction", DIRECTION)   \
    L(REJECTED, "reason", CODE)            \
    L(SHED, "reason", SHED)                \
    L(LISTENER, "listener", LISTENER)      \
    L(TAG, "tag", TAG)                     \
    L(THRESHOLD, "level", THRESHOLD)       \
    L(JEMALLOC, "kind", JEMALLOC)          \
    L(CGROUP_EVENT, "event", CGROUP_EVENT) \
    L(SCOPE, "scope", SCOPE)               \
    L(RESOURCE, "resource", RESOURCE)      \
    L(PRESSURE, "kind", PRESSURE)          \
    L(RESULT, "result", RESULT)            \
    L(LEVEL, "level", LEVEL)               \
    L(CHECK, "check", CHECK)               \
    L(TRIGGER, "trigger", TRIGGER)         \
    L(END, "reason", END)                  \
    L(DIRECTORY, "directory", DIRECTORY)   \
    L(VERSION, "version", FREE)            \
    L(COMMIT, "commit", FREE)              \
    L(BUILD_BACKEND, "backend", FREE)      \
    L(ISA, "isa", FREE)                    \
    L(SETUP, "setup", FREE)                \
    L(SETUP_SHA256, "setup_sha256", FREE)  \
    L(PRECOMPUTE, "precompute", FREE)

/* ---- Buckets: upper bounds in the metric's unit -----------------------------------------------------------------
 */

/* DURATION: a verification takes about 1 ms, a commitment about 15 ms, all cells with proofs 100 to 200 ms; the rest
 * is for queues and throttled machines. An objective is best one of these bounds: only there its share is exact. */
#define METRIC_BUCKETS(B)                                                                                          \
    B(DURATION, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, \
      10)                                                                                                          \
    B(PHASE, 0.00001, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 10)                                   \
    B(TOGETHER, 1, 2, 4, 8, 16, 32, 64)                                                                            \
    B(WAIT, 0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

/* ---- Metrics ------------------------------------------------------------------------------------------------- */

#define NO_LABELS (LABEL_NONE)

#define METRICS_OPERATIONS(X)                                                                                        \
    X(OPERATIONS, COUNTER, "kzg_operations_total", "", (LABEL_OPERATION, LABEL_STATUS), NONE,                        \
      "KZG operations run, by status; ok includes proofs that are not valid.")                                       \
    X(OPERATION_DURATION, EXEMPLARS, "kzg_operation_duration_seconds", "seconds", (LABEL_OPERATION, LABEL_STATUS),   \
      DURATION, "Time from a worker's start of an operation to its encoded answer.")                                 \
    X(OPERATION_OUTCOMES, COUNTER, "kzg_operation_outcomes_total", "", (LABEL_OPERATION, LABEL_OUTCOME), NONE,       \
      "Requests for an operation by how they ended, run or refused; invalid_proof is an answer, not an error.")      \
    X(PHASE_DURATION, HISTOGRAM, "kzg_phase_duration_seconds", "seconds", (LABEL_OPERATION, LABEL_PHASE), PHASE,     \
      "Time that requests spent in a phase.")                                                                        \
    X(OPERATION_CPU, COUNTER, "kzg_operation_cpu_seconds_total", "seconds", (LABEL_OPERATION, LABEL_BACKEND), NONE,  \
      "CPU time of the workers' threads by operation, with taking it from the queue and answering.")                 \
    X(OPERATIONS_IN_FLIGHT, GAUGE, "kzg_operations_in_flight", "", NO_LABELS, NONE,                                  \
      "Operations that workers run now.")                                                                            \
    X(OBJECTIVE, GAUGE, "kzg_objective_seconds", "seconds", (LABEL_OPERATION), NONE,                                 \
      "Time within which 99 of 100 operations should end.")                                                          \
    X(BLOBS, COUNTER, "kzg_blobs_processed_total", "", NO_LABELS, NONE,                                              \
      "Blobs given to operations that ended well.")                                                                  \
    X(CELLS, COUNTER, "kzg_cells_processed_total", "", NO_LABELS, NONE,                                              \
      "Cells computed, recovered or checked by operations that ended well.")                                         \
    X(BEACON_VERIFY, HISTOGRAM, "beacon_kzg_verification_data_column_batch_seconds", "seconds", NO_LABELS, DURATION, \
      "Time of a verify_cell_kzg_proof_batch that ended well, under the name of the beacon metrics.")                \
    X(BEACON_COMPUTE, HISTOGRAM, "beacon_data_column_sidecar_computation_seconds", "seconds", NO_LABELS, DURATION,   \
      "Time of a compute_cells_and_kzg_proofs that ended well, under the name of the beacon metrics.")

#define METRICS_WORKERS(X)                                                                                      \
    X(WORKERS, GAUGE, "kzg_workers", "", NO_LABELS, NONE, "Worker threads.")                                    \
    X(WORKER_BUSY, COUNTER, "kzg_worker_busy_seconds_total", "seconds", (LABEL_WORKER), NONE,                   \
      "Time that a worker spent on requests.")                                                                  \
    X(QUEUE_WAIT, HISTOGRAM, "kzg_queue_wait_seconds", "seconds", NO_LABELS, WAIT,                              \
      "Time that a request waited for a worker.")                                                               \
    X(COALESCED, HISTOGRAM, "kzg_coalesced_requests", "", NO_LABELS, TOGETHER,                                  \
      "Single verifications that a worker took together, by how many they were; nothing with --coalesce 1.")    \
    X(QUEUE_DEPTH, GAUGE, "kzg_queue_depth", "", NO_LABELS, NONE, "Requests waiting for a worker now.")         \
    X(QUEUE_CAPACITY, GAUGE, "kzg_queue_capacity", "", NO_LABELS, NONE, "Requests that may wait for a worker.") \
    X(WATCHDOG_STUCK, GAUGE, "kzg_watchdog_stuck_workers", "", NO_LABELS, NONE,                                 \
      "Workers that are past the deadline of their operation now.")                                             \
    X(WATCHDOG_FIRED, COUNTER, "kzg_watchdog_fired_total", "", NO_LABELS, NONE,                                 \
      "Operations that were found past their deadline.")

#define METRICS_REQUESTS(X)                                                                                          \
    X(HTTP_RESPONSES, COUNTER, "kzg_http_responses_total", "", (LABEL_HTTP), NONE,                                   \
      "Answers of the API listener, by HTTP status.")                                                                \
    X(HTTP_BODY, COUNTER, "kzg_http_body_bytes_total", "bytes", (LABEL_DIRECTION), NONE,                             \
      "Bytes of bodies that the API listener read and answered with.")                                               \
    X(REJECTED, COUNTER, "kzg_requests_rejected_total", "", (LABEL_REJECTED), NONE,                                  \
      "API requests that ended before an operation ran, by status code name.")                                       \
    X(SHED, COUNTER, "kzg_requests_shed_total", "", (LABEL_SHED), NONE,                                              \
      "API requests refused because of this instance's state or load, not because of what they ask.")                \
    X(ABANDONED, COUNTER, "kzg_requests_abandoned_total", "", NO_LABELS, NONE,                                       \
      "API requests whose client left before its answer was made.")                                                  \
    X(ERRORS, COUNTER, "kzg_errors_total", "", (LABEL_CODE), NONE,                                                   \
      "API requests that ended with an error, refused or run, by status code name.")                                 \
    X(ERROR_SPIKES, COUNTER, "kzg_error_spikes_total", "", NO_LABELS, NONE, "Sudden rises in the rate of an error.") \
    X(CONNECTIONS, GAUGE, "kzg_connections", "", (LABEL_LISTENER), NONE, "Open client connections.")                 \
    X(CONNECTIONS_LIMIT, GAUGE, "kzg_connections_limit", "", (LABEL_LISTENER), NONE,                                 \
      "Most client connections at a time.")                                                                          \
    X(ACCEPTED, COUNTER, "kzg_connections_accepted_total", "", (LABEL_LISTENER), NONE,                               \
      "Client connections accepted.")                                                                                \
    X(REFUSED, COUNTER, "kzg_connections_refused_total", "", (LABEL_LISTENER), NONE,                                 \
      "Client connections closed at once: the peer had too many, or there was no descriptor.")                       \
    X(TIMED_OUT, COUNTER, "kzg_connections_timed_out_total", "", (LABEL_LISTENER), NONE,                             \
      "Client connections closed because the client was too slow or idle.")

#define METRICS_MEMORY(X)                                                                                    \
    X(MEMORY_USAGE, GAUGE, "kzg_memory_usage_bytes", "bytes", (LABEL_TAG), NONE, "Memory held, by purpose.") \
    X(MEMORY_PEAK, GAUGE, "kzg_memory_peak_bytes", "bytes", (LABEL_TAG), NONE,                               \
      "Most memory held at a time since the start, by purpose.")                                             \
    X(MEMORY_ALLOCATIONS, COUNTER, "kzg_memory_allocations_total", "", (LABEL_TAG), NONE,                    \
      "Allocations, by purpose.")                                                                            \
    X(MEMORY_RESIDUAL, GAUGE, "kzg_memory_residual_bytes", "bytes", NO_LABELS, NONE,                         \
      "Memory held beyond the idle baseline; anything but 0 at idle is a leak.")                             \
    X(MEMORY_RESERVED, GAUGE, "kzg_memory_reserved_bytes", "bytes", NO_LABELS, NONE,                         \
      "Memory reserved for requests that were let in.")                                                      \
    X(MEMORY_RESERVABLE, GAUGE, "kzg_memory_reservable_bytes", "bytes", NO_LABELS, NONE,                     \
      "Memory that may be reserved for requests (--request-memory).")                                        \
    X(MEMORY_LIMIT, GAUGE, "kzg_memory_limit_bytes", "bytes", NO_LABELS, NONE,                               \
      "Memory that the process may use: of its cgroup, or of the machine.")                                  \
    X(MEMORY_WORKING_SET, GAUGE, "kzg_memory_working_set_bytes", "bytes", NO_LABELS, NONE,                   \
      "Memory in use that counts towards that limit and cannot be dropped.")                                 \
    X(MEMORY_THRESHOLD, GAUGE, "kzg_memory_threshold_bytes", "bytes", (LABEL_THRESHOLD), NONE,               \
      "Working set from which memory is called high.")                                                       \
    X(MEMORY_LEVEL, GAUGE, "kzg_memory_level", "", NO_LABELS, NONE,                                          \
      "Threshold that the working set has crossed: 0 none, 1 warn, 2 critical.")                             \
    X(MEMORY_LEAK, GAUGE, "kzg_memory_leak_suspected", "", (LABEL_TAG), NONE,                                \
      "1 while a purpose grows at comparable load.")                                                         \
    X(JEMALLOC, GAUGE, "kzg_jemalloc_bytes", "bytes", (LABEL_JEMALLOC), NONE, "Memory as the heap sees it.") \
    X(CGROUP_MEMORY_EVENTS, COUNTER, "kzg_cgroup_memory_events_total", "", (LABEL_CGROUP_EVENT), NONE,       \
      "Events of the memory cgroup, as the kernel counts them.")

#define METRICS_CPU(X)                                                                                            \
    X(CPU_USAGE, GAUGE, "kzg_cpu_usage_ratio", "ratio", (LABEL_SCOPE), NONE,                                      \
      "CPU in use: of the machine's CPUs, and by this process of those that it may use.")                         \
    X(CPU_THRESHOLD, GAUGE, "kzg_cpu_threshold_ratio", "ratio", NO_LABELS, NONE,                                  \
      "CPU use from which it is called high (--cpu-threshold).")                                                  \
    X(CPU_AVAILABLE, GAUGE, "kzg_cpu_available_cores", "cores", NO_LABELS, NONE,                                  \
      "CPUs that this process may use: allowed ones, or the cgroup's quota.")                                     \
    X(CPU_STEAL, GAUGE, "kzg_cpu_steal_ratio", "ratio", NO_LABELS, NONE, "CPU time that the hypervisor took.")    \
    X(CPU_RUN_WAIT, GAUGE, "kzg_cpu_run_wait_ratio", "ratio", NO_LABELS, NONE,                                    \
      "Time that this process's threads waited for a CPU, of the time that they ran or waited.")                  \
    X(CPU_THROTTLED_PERIODS, COUNTER, "kzg_cpu_throttled_periods_total", "", NO_LABELS, NONE,                     \
      "Periods of the cgroup's quota in which it was used up.")                                                   \
    X(CPU_PERIODS, COUNTER, "kzg_cpu_periods_total", "", NO_LABELS, NONE, "Periods of the cgroup's quota.")       \
    X(CPU_THROTTLED, COUNTER, "kzg_cpu_throttled_seconds_total", "seconds", NO_LABELS, NONE,                      \
      "Time that threads were kept from running by the cgroup's quota.")                                          \
    X(PRESSURE, GAUGE, "kzg_pressure_ratio", "ratio", (LABEL_RESOURCE, LABEL_PRESSURE), NONE,                     \
      "Time of the last 10 seconds in which some or all tasks waited for the resource.")                          \
    X(CALIBRATION, GAUGE, "kzg_calibration_operation_seconds", "seconds", (LABEL_OPERATION, LABEL_BACKEND), NONE, \
      "CPU time of an operation as measured at the start.")                                                       \
    X(CPU_DRIFT, GAUGE, "kzg_cpu_drift_ratio", "ratio", NO_LABELS, NONE,                                          \
      "CPU time of operations now over that at the start; 1 is as calibrated.")

#define METRICS_HEALTH(X)                                                                                   \
    X(READY, GAUGE, "kzg_ready", "", NO_LABELS, NONE, "1 when this instance takes work.")                   \
    X(HEALTH_STATE, GAUGE, "kzg_health_state", "", NO_LABELS, NONE,                                         \
      "Worst state of all checks: 0 ok, 1 degraded, 2 failed, 3 pending.")                                  \
    X(HEALTH_CHECK_STATE, GAUGE, "kzg_health_check_state", "", (LABEL_CHECK), NONE,                         \
      "State of a check: 0 ok, 1 degraded, 2 failed, 3 pending.")                                           \
    X(SELF_TEST_RUNS, COUNTER, "kzg_self_test_runs_total", "", (LABEL_RESULT), NONE,                        \
      "Runs of the known answers of all operations.")                                                       \
    X(SELF_TEST_SUCCESS, GAUGE, "kzg_self_test_last_success_timestamp_seconds", "seconds", NO_LABELS, NONE, \
      "When the known answers last came out right, seconds since the epoch.")                               \
    X(QUARANTINED, GAUGE, "kzg_backend_quarantined", "", (LABEL_BACKEND), NONE,                             \
      "1 when this arithmetic gave a wrong answer and is not used any more.")                               \
    X(RESULTS_VERIFIED, COUNTER, "kzg_results_verified_total", "", (LABEL_RESULT), NONE,                    \
      "Results checked before they were returned (--verify-results).")                                      \
    X(DISK_FREE, GAUGE, "kzg_disk_free_bytes", "bytes", (LABEL_DIRECTORY), NONE,                            \
      "Free space where the log or the state is written.")                                                  \
    X(DISK_SIZE, GAUGE, "kzg_disk_size_bytes", "bytes", (LABEL_DIRECTORY), NONE,                            \
      "Size of the file system where the log or the state is written.")

#define METRICS_DIAGNOSIS(X)                                                                                    \
    X(LOG_LINES, COUNTER, "kzg_log_lines_total", "", (LABEL_LEVEL), NONE, "Log lines written.")                 \
    X(LOG_DROPPED, COUNTER, "kzg_log_lines_dropped_total", "", NO_LABELS, NONE,                                 \
      "Log lines lost because their reader or disk was too slow.")                                              \
    X(LOG_SUPPRESSED, COUNTER, "kzg_log_lines_suppressed_total", "", NO_LABELS, NONE,                           \
      "Log lines left out because there were too many of the same (--log-rate).")                               \
    X(PROFILES, COUNTER, "kzg_profiles_captured_total", "", (LABEL_TRIGGER), NONE, "Profiles taken, by cause.") \
    X(PREVIOUS_END, GAUGE, "kzg_previous_end", "", (LABEL_END), NONE,                                           \
      "1 for the way in which the previous process in this state directory ended.")                             \
    X(PREVIOUS_END_TIME, GAUGE, "kzg_previous_end_timestamp_seconds", "seconds", NO_LABELS, NONE,               \
      "When the previous process was last seen, seconds since the epoch.")                                      \
    X(TABLE_CACHE_USED, GAUGE, "kzg_table_cache_used", "", NO_LABELS, NONE,                                     \
      "1 while the precomputed tables are those of --table-cache, 0 while they were computed at the start.")    \
    X(RECORDER_FAILURES, COUNTER, "kzg_recorder_write_failures_total", "", NO_LABELS, NONE,                     \
      "Entries that the flight recorder could not write.")                                                      \
    X(SERIES, GAUGE, "kzg_series", "", NO_LABELS, NONE,                                                         \
      "Series of this page, those of the OpenMetrics form included.")                                           \
    X(SCRAPES, COUNTER, "kzg_scrapes_total", "", NO_LABELS, NONE, "Requests for this page.")                    \
    X(SCRAPE_DURATION, GAUGE, "kzg_scrape_duration_seconds", "seconds", NO_LABELS, NONE,                        \
      "Time that making this page took the last time.")

#define METRICS_PROCESS(X)                                                                                  \
    X(BUILD_INFO, INFO, "kzg_build_info", "",                                                               \
      (LABEL_VERSION, LABEL_COMMIT, LABEL_BUILD_BACKEND, LABEL_ISA, LABEL_SETUP, LABEL_SETUP_SHA256,        \
       LABEL_PRECOMPUTE),                                                                                   \
      NONE, "What is running: version, arithmetic in use, instruction sets of the machine, trusted setup.") \
    X(PROCESS_CPU, COUNTER, "process_cpu_seconds_total", "seconds", NO_LABELS, NONE,                        \
      "User and system CPU time of the process.")                                                           \
    X(PROCESS_START, GAUGE, "process_start_time_seconds", "seconds", NO_LABELS, NONE,                       \
      "Start of the process, seconds since the epoch.")                                                     \
    X(PROCESS_RESIDENT, GAUGE, "process_resident_memory_bytes", "bytes", NO_LABELS, NONE,                   \
      "Resident memory of the process.")                                                                    \
    X(PROCESS_VIRTUAL, GAUGE, "process_virtual_memory_bytes", "bytes", NO_LABELS, NONE,                     \
      "Virtual memory of the process.")                                                                     \
    X(PROCESS_FDS, GAUGE, "process_open_fds", "", NO_LABELS, NONE, "Open file descriptors of the process.") \
    X(PROCESS_MAX_FDS, GAUGE, "process_max_fds", "", NO_LABELS, NONE,                                       \
      "Most file descriptors that the process may open.")                                                   \
    X(PROCESS_THREADS, GAUGE, "process_threads", "", NO_LABELS, NONE, "Threads of the process.")

/* S(LIST, "title"): the sections of docs/metrics.md. */
#define METRICS_SECTIONS(S)                         \
    S(METRICS_OPERATIONS, "Operations")             \
    S(METRICS_WORKERS, "Workers and queue")         \
    S(METRICS_REQUESTS, "Requests and connections") \
    S(METRICS_MEMORY, "Memory")                     \
    S(METRICS_CPU, "CPU")                           \
    S(METRICS_HEALTH, "Health")                     \
    S(METRICS_DIAGNOSIS, "Diagnosis")               \
    S(METRICS_PROCESS, "Process")

#define METRICS_LIST(X)   \
    METRICS_OPERATIONS(X) \
    METRICS_WORKERS(X)    \
    METRICS_REQUESTS(X)   \
    METRICS_MEMORY(X)     \
    METRICS_CPU(X)        \
    METRICS_HEALTH(X)     \
    METRICS_DIAGNOSIS(X)  \
    METRICS_PROCESS(X)

#endif
