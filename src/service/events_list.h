/* The one list of events: every line that kzgd logs is one of these. docs/logging.md is made from it (gen/events.py),
 * and tests/support/tidy.py fails on a line that does not name one.
 *
 * EVENTS_LIST(X): X(NAME, "name", LEVEL, "meaning", "fields")
 *   NAME    makes EVENT_NAME for SERVICE_LOG
 *   LEVEL   DEBUG, INFO, WARN or ERROR
 *   fields  in the order of the line, separated by blanks
 */
#ifndef SERVICE_EVENTS_LIST_H
#define SERVICE_EVENTS_LIST_H

/* Of the daemon's life. */
#define EVENTS_LIFE(X)                                                                                              \
    X(STARTING, "starting", INFO, "the addresses are bound; the setup is being loaded", "version commit api admin") \
    X(PREVIOUS_END, "previous_end", WARN,                                                                           \
      "how the previous process in --state-dir ended; at info when it stopped in order",                            \
      "reason certainty text in_flight advice")                                                                     \
    X(RECORDER_OFF, "recorder_off", WARN, "the flight recorder has no file", "folder reason")                       \
    X(LOG_LEVEL, "log_level", WARN, "the level was changed over the administration address", "to")                  \
    X(MAX_CONNECTIONS_LOWERED, "max_connections_lowered", WARN,                                                     \
      "the limit on open files is too low for --max-connections", "asked used descriptors")                         \
    X(SELF_TEST_PASSED, "self_test_passed", INFO,                                                                   \
      "every known answer came out right; at debug when it was in service", "backend passed total")                 \
    X(SELF_TEST_FAILED, "self_test_failed", ERROR,                                                                  \
      "a known answer came out wrong or could not be computed: the arithmetic is used no more",                     \
      "backend passed total failed")                                                                                \
    X(CALIBRATED, "calibrated", INFO, "the self-test has measured what operations cost on this machine",            \
      "backend commitment_ms verification_ms")                                                                      \
    X(TABLE_CACHE_USED, "table_cache_used", INFO, "the tables are those of --table-cache: none are computed",       \
      "path bytes")                                                                                                 \
    X(TABLE_CACHE_WRITTEN, "table_cache_written", INFO, "the tables are kept in --table-cache for the next start",  \
      "path bytes")                                                                                                 \
    X(TABLE_CACHE_REFUSED, "table_cache_refused", WARN,                                                             \
      "what is in --table-cache is not used: the tables are computed, and replace it", "path reason error")         \
    X(TABLE_CACHE_NOT_WRITTEN, "table_cache_not_written", WARN,                                                     \
      "the tables could not be kept: the next start computes them again", "path error")                             \
    X(METRICS_FAILED, "metrics_failed", ERROR, "the registry of metrics could not be made", "reason metric")        \
    X(WORKER_FAILED, "worker_failed", ERROR, "a worker could not be started", "worker scratch_bytes reason")        \
    X(READY, "ready", INFO, "requests are served",                                                                  \
      "version api admin backend setup setup_sha256 precompute workers scratch_bytes")                              \
    X(DRAINING, "draining", INFO, "a signal to end came: what was accepted is finished",                            \
      "connections queued in_flight")                                                                               \
    X(DRAIN_TIMED_OUT, "drain_timed_out", ERROR, "--drain-timeout was over before everything was finished",         \
      "connections queued in_flight")                                                                               \
    X(STOPPED_AT_ONCE, "stopped_at_once", WARN, "ended without finishing what was accepted", "reason")              \
    X(STOPPED, "stopped", INFO, "the end of a clean life", "reason")

/* Of replacing it by another process (--control). */
#define EVENTS_HANDOVER(X)                                                                                       \
    X(SUCCESSOR_STARTED, "successor_started", INFO, "a process was started that can take this one's place",      \
      "instance pid binary")                                                                                     \
    X(SUCCESSOR_ENDED, "successor_ended", WARN, "it has ended; at info when it was told to", "instance pid end") \
    X(SERVES_NOW, "serves_now", INFO, "this process accepts connections from now on", "instance reason")         \
    X(STANDS_ASIDE, "stands_aside", INFO, "another process accepts connections; this one finishes what it has",  \
      "instance role connections")                                                                               \
    X(PREDECESSOR_LOST, "predecessor_lost", WARN,                                                                \
      "the process that this one was to replace ended before it was retired", "instance role")                   \
    X(END_ASKED, "end_asked", INFO, "the process ends because it is not needed any more", "instance reason")     \
    X(TAP_BEGUN, "tap_begun", INFO, "live requests are copied, to compare another version with",                 \
      "client requests seconds")                                                                                 \
    X(TAP_ENDED, "tap_ended", INFO, "the copies are dropped", "client requests bytes dropped")                   \
    X(CALIBRATION_TAKEN_OVER, "calibration_taken_over", INFO,                                                    \
      "what operations cost was measured by the same program, which this one replaces",                          \
      "backend commitment_ms verification_ms")                                                                   \
    X(CONTROL_LINK_FAILED, "control_link_failed", ERROR, "the path of --control does not lead to this process",  \
      "path reason")

/* Of its state. */
#define EVENTS_STATE(X)                                                                                           \
    X(CPU_HIGH, "cpu_high", WARN, "CPU use rose above its threshold", "figure percent threshold_percent")         \
    X(CPU_NORMAL, "cpu_normal", INFO, "it fell below it again", "figure percent threshold_percent")               \
    X(CPU_DRIFT_HIGH, "cpu_drift_high", WARN, "operations take much more CPU time than the calibration measured", \
      "drift threshold")                                                                                          \
    X(CPU_DRIFT_NORMAL, "cpu_drift_normal", INFO, "they are as calibrated again", "drift threshold")              \
    X(WORKER_STUCK, "worker_stuck", ERROR, "a worker is far beyond the time that its operation may take",         \
      "operation duration_ms request_id trace_id worker allowed_ms stack")                                        \
    X(ERROR_SPIKE, "error_spike", WARN, "one kind of error suddenly comes a lot; with its latest request",        \
      "status error request_id place last_minute usual_a_minute")

/* Of its health, and of the trust in its own arithmetic. */
#define EVENTS_HEALTH(X)                                                                                          \
    X(HEALTH_CHANGED, "health_changed", WARN,                                                                     \
      "a check says something else than before; at info when it is well again or was planned, at error when the " \
      "instance cannot serve",                                                                                    \
      "check severity from to message")                                                                           \
    X(OUT_OF_ROTATION, "out_of_rotation", WARN, "POST /drain: not ready, and serving on", "reason")               \
    X(IN_ROTATION, "in_rotation", INFO, "POST /undrain: ready again", "reason")                                   \
    X(RESULT_WRONG, "result_wrong", ERROR,                                                                        \
      "a result did not pass its check (--verify-results) and was not returned", "operation request_id backend")  \
    X(BACKEND_QUARANTINED, "backend_quarantined", ERROR, "an arithmetic gave a wrong answer and is used no more", \
      "backend fallback")                                                                                         \
    X(INTEGRITY_RESTORED, "integrity_restored", WARN,                                                             \
      "the arithmetic in use has proved itself; requests are served again", "backend")                            \
    X(INTEGRITY_LOST, "integrity_lost", ERROR, "this instance computes nothing any more; restart it",             \
      "reason wrong backend advice")

/* Of its memory. */
#define EVENTS_MEMORY(X)                                                                                 \
    X(MEMORY_CRITICAL, "memory_critical", ERROR,                                                         \
      "memory rose above --memory-critical: load is shed, memory given back",                            \
      "from value value_bytes threshold_bytes limit_bytes limit_source")                                 \
    X(MEMORY_WARN, "memory_warn", WARN,                                                                  \
      "memory crossed --memory-warn upwards, or fell from critical to between the two",                  \
      "from value value_bytes threshold_bytes limit_bytes limit_source")                                 \
    X(MEMORY_OK, "memory_ok", INFO, "memory fell below --memory-warn",                                   \
      "from value value_bytes threshold_bytes limit_bytes limit_source")                                 \
    X(MEMORY_GIVEN_BACK, "memory_given_back", INFO, "idle request memory went back to the system",       \
      "request_bytes kept_bytes")                                                                        \
    X(MEMORY_RESIDUAL, "memory_residual", WARN,                                                          \
      "with nothing in flight more is held than after the start: a leak; 0 when it is gone again",       \
      "residual_bytes request_bytes")                                                                    \
    X(MEMORY_LEAK_SUSPECTED, "memory_leak_suspected", WARN, "a tag grows although the load is the same", \
      "tag window_s growth_bytes bytes_per_operation live_bytes confidence site site_bytes")             \
    X(MEMORY_GROWTH_ENDED, "memory_growth_ended", INFO, "a suspected tag grows no more", "tag")          \
    X(CAPTURES_OFF, "captures_off", WARN, "nothing can be kept in --state-dir", "folder reason")

/* Of profiles. */
#define EVENTS_PROFILES(X)                                                                                          \
    X(PROFILE_STARTED, "profile_started", INFO, "somebody on the administration's address asked for a CPU profile", \
      "client seconds hz format")                                                                                   \
    X(PROFILE_TAKEN, "profile_taken", INFO, "it is done, or ended early, or a heap profile was asked for",          \
      "duration_ms kind client samples signals dropped bytes ended")                                                \
    X(PROFILE_FAILED, "profile_failed", WARN, "it could not be taken", "duration_ms error kind client")             \
    X(PROFILE_CAPTURED, "profile_captured", INFO, "a profile was kept by itself; kept says what there is of it",    \
      "trigger reason kept path")                                                                                   \
    X(PROFILE_CAPTURE_FAILED, "profile_capture_failed", WARN, "it could not be taken or written",                   \
      "error trigger reason path")

/* Of requests. */
#define EVENTS_REQUESTS(X)                                                                                \
    X(OPERATION_STARTED, "operation_started", DEBUG, "a worker begins an operation",                      \
      "operation request_id trace_id items wait_ms")                                                      \
    X(OPERATION_COMPLETED, "operation_completed", DEBUG,                                                  \
      "an operation gave a result, a proof that is not valid included",                                   \
      "operation duration_ms status request_id trace_id items wait_ms")                                   \
    X(OPERATION_FAILED, "operation_failed", ERROR,                                                        \
      "an operation gave no result; at info when the client's input is why",                              \
      "operation duration_ms status error request_id trace_id items wait_ms")                             \
    X(SLOW_REQUEST, "slow_request", INFO, "a request took --slow-request or longer, from its first byte", \
      "operation duration_ms request_id trace_id queue_ms read_ms cpu_ms")                                \
    X(REFUSED, "refused", DEBUG, "a request was answered with an error before an operation ran",          \
      "operation status error request_id trace_id")                                                       \
    X(REQUEST, "request", DEBUG, "a request is over: answered, refused, cut off or abandoned",            \
      "operation duration_ms status request_id trace_id")                                                 \
    X(HTTP, "http", DEBUG, "what the HTTP library has to say about a connection", "listener message")

/* Of the log itself: written by libkzgops. */
#define EVENTS_LOG(X)                                                                                          \
    X(LOG_DROPPED, "log_dropped", WARN,                                                                        \
      "so many lines were lost since the last line like this, by level: the output was too slow or failed",    \
      "lines debug info warn errors")                                                                          \
    X(LOG_REPEATED, "log_repeated", INFO,                                                                      \
      "lines of one event above --log-rate that were not written in the second before; at that event's level", \
      "of repeated")                                                                                           \
    X(LOG_REOPENED, "log_reopened", INFO, "SIGHUP came: the first line in the new file", "file")               \
    X(LOG_FAILED, "log_failed", ERROR,                                                                         \
      "on standard error: the log file or the journal takes nothing; tried again every second", "error file")

#define EVENTS_LIST(X) \
    EVENTS_LIFE(X)     \
    EVENTS_HANDOVER(X) \
    EVENTS_STATE(X)    \
    EVENTS_HEALTH(X)   \
    EVENTS_MEMORY(X)   \
    EVENTS_PROFILES(X) \
    EVENTS_REQUESTS(X) \
    EVENTS_LOG(X)

#endif
