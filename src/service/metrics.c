#include "service/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "kzgops/process.h"
#include "service/cost.h"
#include "service/disk.h"
#include "service/events.h"
#include "service/health_metrics.h"
#include "service/integrity.h"
#include "service/memory_metrics.h"
#include "service/monitor.h"
#include "service/objective.h"
#include "service/recorder.h"
#include "service/service.h"
#include "service/watchdog.h"
#include "service/workers.h"

#define LABELS_MAX    8
#define OTHER_THREADS 16 /* event loops, samplers, writers: all but the workers */
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- The list as tables --------------------------------------------------------------------------------------- */

#define TEXT(POSITION, text)                text,
#define TEXT_OPERATION(NAME, name, ...)     #name,
#define TEXT_STATUS(NAME, value, code, ...) code,

/* The empty text at the end keeps a list of FREE values from having no element. */
#define L(NAME, name, VALUES) static const char *const values_##NAME[] = {METRIC_##VALUES##_VALUES(TEXT) ""};
METRIC_LABELS(L)
#undef L

enum label {
    LABEL_NONE,
#define L(NAME, ...) LABEL_##NAME,
    METRIC_LABELS(L)
#undef L
        LABELS
};

static const kzgops_label labels[LABELS] = {
#define L(NAME, name, VALUES) [LABEL_##NAME] = {(name), values_##NAME, LENGTH(values_##NAME) - 1},
    METRIC_LABELS(L)
#undef L
};

#define B(NAME, ...) static const double buckets_##NAME[] = {__VA_ARGS__};
METRIC_BUCKETS(B)
#undef B

#define COUNTER   KZGOPS_COUNTER, false
#define GAUGE     KZGOPS_GAUGE, false
#define HISTOGRAM KZGOPS_HISTOGRAM, false
#define EXEMPLARS KZGOPS_HISTOGRAM, true
#define INFO      KZGOPS_INFO, false

enum buckets {
    BUCKETS_NONE,
#define B(NAME, ...) BUCKETS_##NAME,
    METRIC_BUCKETS(B)
#undef B
        BUCKETS
};

static const struct {
    const double *bounds;
    size_t count;
} buckets[BUCKETS] = {
#define B(NAME, ...) [BUCKETS_##NAME] = {buckets_##NAME, LENGTH(buckets_##NAME)},
    METRIC_BUCKETS(B)
#undef B
};

#define UNPACK(...) __VA_ARGS__

static const struct {
    kzgops_metric_type type;
    bool exemplars;
    enum buckets buckets;
    enum label labels[LABELS_MAX];
    const char *name;
    const char *unit;
    const char *help;
} definitions[METRICS] = {
#define X(NAME, TYPE, name_text, unit_text, LABELS_OF, BUCKETS_OF, help_text) \
    {TYPE, BUCKETS_##BUCKETS_OF, {UNPACK LABELS_OF}, (name_text), (unit_text), (help_text)},
    METRICS_LIST(X)
#undef X
};

#define BUILD_LABELS 7

/* What the registry borrows, and what a read remembers. */
struct metrics_room {
    kzgops_metric table[METRICS];
    kzgops_label labels[METRICS][LABELS_MAX];
    kzgops_process process;
    const char *build[BUILD_LABELS];
    const char **workers;
    char (*worker_names)[8];
};

/* ---- Positions ------------------------------------------------------------------------------------------------ */

uint32_t metrics_code(status_code code) {
    switch (code) {
#define METRIC_CASE_STATUS(NAME, ...) \
    case ST_##NAME: return AT_CODE_##NAME;
        METRIC_CODE_VALUES(METRIC_CASE)
#undef METRIC_CASE_STATUS
    case ST_OK: break;
    }
    return AT_CODE_INTERNAL;
}

static uint32_t find(const char *const *values, uint32_t count, const char *text, uint32_t otherwise) {
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(values[i], text) == 0) return i;
    }
    return otherwise;
}

uint32_t metrics_status(status_code code) {
    return find(values_STATUS, METRIC_STATUSES, status_code_name(code), AT_STATUS_INTERNAL);
}

uint32_t metrics_outcome(status_code code) {
    if (code == ST_OK) return AT_OUTCOME_OK;
    return status_code_http(code) < 500 ? AT_OUTCOME_CLIENT_ERROR : AT_OUTCOME_SERVER_ERROR;
}

uint32_t metrics_http(int http_status) {
    KZG_ASSERT(http_status >= 100 && http_status <= 999);
    const char text[] = {(char)('0' + http_status / 100), (char)('0' + http_status / 10 % 10),
                         (char)('0' + http_status % 10), '\0'};
    uint32_t position = find(values_HTTP, METRIC_HTTPS, text, METRIC_HTTPS);
    KZG_ASSERT(position < METRIC_HTTPS);
    return position;
}

uint32_t metrics_backend(const char *name) {
    return find(values_BACKEND, METRIC_BACKENDS, name, METRIC_BACKENDS);
}

uint32_t metrics_check(const char *name) {
    return find(values_CHECK, METRIC_CHECKS, name, METRIC_CHECKS);
}

static uint32_t shed_reason(status_code code) {
    switch ((int)code) {
    case ST_QUEUE_FULL: return AT_SHED_QUEUE_FULL;
    case ST_OUT_OF_MEMORY: return AT_SHED_MEMORY_RESERVED;
    case ST_MEMORY_PRESSURE: return AT_SHED_MEMORY_PRESSURE;
    case ST_DEADLINE_UNREACHABLE: return AT_SHED_DEADLINE;
    case ST_TOO_MANY_REQUESTS: return AT_SHED_PEER_LIMIT;
    case ST_DRAINING: return AT_SHED_DRAINING;
    case ST_NOT_READY: return AT_SHED_NOT_READY;
    default: return METRIC_SHEDS;
    }
}

#define X(NAME, label) _Static_assert((int)AT_PHASE_##NAME == (int)SPAN_##NAME, "spans and phases differ: " label);
SPANS_LIST(X)
#undef X
_Static_assert((int)AT_LISTENER_API == (int)LISTENER_API && (int)AT_LISTENER_ADMIN == (int)LISTENER_ADMIN,
               "listeners");

/* ---- Making --------------------------------------------------------------------------------------------------- */

static void name_workers(struct metrics_room *room, size_t count) {
    for (size_t i = 0; i < count; i++) {
        snprintf(room->worker_names[i], sizeof room->worker_names[i], "%u", (unsigned)i);
        room->workers[i] = room->worker_names[i];
    }
}

static void fill_metric(struct metrics_room *room, size_t metric, size_t workers) {
    size_t n = 0;
    for (; n < LABELS_MAX && definitions[metric].labels[n] != LABEL_NONE; n++) {
        kzgops_label *label = &room->labels[metric][n];
        *label = labels[definitions[metric].labels[n]];
        if (definitions[metric].labels[n] == LABEL_WORKER) *label = (kzgops_label){"worker", room->workers, workers};
        if (label->count == 0) label->values = NULL;
    }
    room->table[metric] = (kzgops_metric){
        .name = definitions[metric].name,
        .type = definitions[metric].type,
        .unit = definitions[metric].unit,
        .help = definitions[metric].help,
        .labels = room->labels[metric],
        .label_count = n,
        .buckets = buckets[definitions[metric].buckets].bounds,
        .bucket_count = buckets[definitions[metric].buckets].count,
        .exemplars = definitions[metric].exemplars,
    };
}

/* What is counted from the start stands at zero until then. */
static void show(kzgops_metrics *metrics) {
    static const enum metric alone[] = {METRIC_BLOBS,          METRIC_CELLS,      METRIC_BEACON_VERIFY,
                                        METRIC_BEACON_COMPUTE, METRIC_QUEUE_WAIT, METRIC_ABANDONED,
                                        METRIC_ERROR_SPIKES,   METRIC_SCRAPES};
    for (size_t i = 0; i < LENGTH(alone); i++) kzgops_metrics_show(metrics, alone[i], KZGOPS_ALONE);
    for (uint32_t i = 0; i < WIRE_OPERATIONS; i++) {
        kzgops_metrics_show(metrics, METRIC_OPERATIONS, KZGOPS_AT(i, AT_STATUS_OK));
        kzgops_metrics_show(metrics, METRIC_OPERATION_DURATION, KZGOPS_AT(i, AT_STATUS_OK));
        kzgops_metrics_show(metrics, METRIC_OPERATION_OUTCOMES, KZGOPS_AT(i, AT_OUTCOME_OK));
        kzgops_metrics_show(metrics, METRIC_OPERATION_OUTCOMES, KZGOPS_AT(i, AT_OUTCOME_SERVER_ERROR));
    }
    for (uint32_t i = 0; i < LISTENERS; i++) {
        kzgops_metrics_show(metrics, METRIC_ACCEPTED, KZGOPS_AT(i));
        kzgops_metrics_show(metrics, METRIC_REFUSED, KZGOPS_AT(i));
        kzgops_metrics_show(metrics, METRIC_TIMED_OUT, KZGOPS_AT(i));
    }
    kzgops_metrics_show(metrics, METRIC_HTTP_RESPONSES, KZGOPS_AT(AT_HTTP_200));
    kzgops_metrics_show(metrics, METRIC_HTTP_BODY, KZGOPS_AT(AT_DIRECTION_IN));
    kzgops_metrics_show(metrics, METRIC_HTTP_BODY, KZGOPS_AT(AT_DIRECTION_OUT));
    kzgops_metrics_show(metrics, METRIC_REJECTED, KZGOPS_AT(AT_CODE_QUEUE_FULL));
    kzgops_metrics_show(metrics, METRIC_SHED, KZGOPS_AT(AT_SHED_QUEUE_FULL));
}

bool service_metrics_new(struct service *service) {
    size_t workers = service->worker_count, where = 0;
    const char *error = "no memory for the metrics";
    struct metrics_room *room = memory_take(MEMORY_TAG_OTHER, sizeof *room);
    service->metrics_room = room;
    if (room != NULL) room->workers = memory_take(MEMORY_TAG_OTHER, workers * sizeof *room->workers);
    if (room != NULL) room->worker_names = memory_take(MEMORY_TAG_OTHER, workers * sizeof *room->worker_names);
    if (room != NULL && room->workers != NULL && room->worker_names != NULL) {
        name_workers(room, workers);
        for (size_t i = 0; i < METRICS; i++) fill_metric(room, i, workers);
        const kzgops_metrics_config config = {.metrics = room->table,
                                              .metric_count = METRICS,
                                              .threads = workers + OTHER_THREADS,
                                              .sources = &service->sources};
        service->metrics = kzgops_metrics_new(&config, &error, &where);
    }
    if (service->metrics == NULL) {
        SERVICE_LOG(EVENT_METRICS_FAILED, KZGOPS_STR("reason", error),
                    KZGOPS_STR("metric", where < METRICS ? definitions[where].name : ""));
        return false;
    }
    show(service->metrics);
    return true;
}

void service_metrics_free(struct service *service) {
    struct metrics_room *room = service->metrics_room;
    service->metrics = kzgops_metrics_free(service->metrics);
    if (room == NULL) return;
    memory_give(room->workers);
    memory_give(room->worker_names);
    memory_give(room);
    service->metrics_room = NULL;
}

/* ---- Recording ------------------------------------------------------------------------------------------------ */

void service_metrics_set(struct service *service, enum metric metric, kzgops_at at, double value) {
    if (definitions[metric].type == KZGOPS_COUNTER) {
        if (!isnan(value)) kzgops_counter_set(service->metrics, metric, at, value);
    } else if (isnan(value)) {
        kzgops_gauge_unset(service->metrics, metric, at);
    } else {
        kzgops_gauge_set(service->metrics, metric, at, value);
    }
}

void service_metrics_add(struct service *service, enum metric metric, kzgops_at at, uint64_t n) {
    kzgops_counter_add(service->metrics, metric, at, n);
}

void service_metrics_refused(struct service *service, status_code code) {
    uint32_t shed = shed_reason(code);
    service_metrics_add(service, METRIC_REJECTED, KZGOPS_AT(metrics_code(code)), 1);
    service_metrics_add(service, METRIC_ERRORS, KZGOPS_AT(metrics_code(code)), 1);
    if (shed < METRIC_SHEDS) service_metrics_add(service, METRIC_SHED, KZGOPS_AT(shed), 1);
}

void service_metrics_self_test(struct service *service, bool passed) {
    service_metrics_add(service, METRIC_SELF_TEST_RUNS, KZGOPS_AT(passed ? AT_RESULT_PASSED : AT_RESULT_FAILED), 1);
    if (!passed) return;
    service_metrics_set(service, METRIC_SELF_TEST_SUCCESS, KZGOPS_ALONE, (double)service_realtime_ns() / 1e9);
}

/* ---- Reading -------------------------------------------------------------------------------------------------- */

static void set(struct service *service, enum metric metric, double value) {
    service_metrics_set(service, metric, KZGOPS_ALONE, value);
}

static void read_build(struct service *service) {
    struct metrics_room *room = service->metrics_room;
    const char *const build[BUILD_LABELS] = {
        service_version(),  service_commit(),         integrity_backend(service->integrity),
        service_isa(),      service->info.setup_name, service->setup_sha256,
        service->precompute};
    if (memcmp(room->build, build, sizeof build) == 0) return;
    memcpy(room->build, build, sizeof build);
    kzgops_info_set(service->metrics, METRIC_BUILD_INFO, room->build);
}

static void read_process(struct service *service) {
    kzgops_process *process = &service->metrics_room->process;
    kzgops_process_read(&service->sources, process);
    set(service, METRIC_PROCESS_CPU, process->cpu_seconds);
    set(service, METRIC_PROCESS_START, process->start_time_seconds);
    set(service, METRIC_PROCESS_RESIDENT, process->resident_bytes);
    set(service, METRIC_PROCESS_VIRTUAL, process->virtual_bytes);
    set(service, METRIC_PROCESS_FDS, process->open_fds);
    set(service, METRIC_PROCESS_MAX_FDS, process->max_fds);
    set(service, METRIC_PROCESS_THREADS, process->threads);
}

static void read_connections(struct service *service) {
    service_metrics_set(service, METRIC_CONNECTIONS, KZGOPS_AT(AT_LISTENER_API),
                        (double)server_connections(service->api));
    service_metrics_set(service, METRIC_CONNECTIONS, KZGOPS_AT(AT_LISTENER_ADMIN),
                        (double)server_connections(service->admin));
    service_metrics_set(service, METRIC_CONNECTIONS_LIMIT, KZGOPS_AT(AT_LISTENER_API),
                        (double)service->config.max_connections);
}

static void read_workers(struct service *service) {
    const struct watchdog *watchdog = service->watchdog;
    set(service, METRIC_WORKERS, (double)service->worker_count);
    set(service, METRIC_WATCHDOG_STUCK, (double)watchdog_stuck(watchdog));
    set(service, METRIC_WATCHDOG_FIRED, (double)watchdog_fired(watchdog));
    for (size_t i = 0; i < service->worker_count; i++) {
        service_metrics_set(service, METRIC_WORKER_BUSY, KZGOPS_AT(i), (double)watchdog_busy_ns(watchdog, i) / 1e9);
    }
}

static void read_log(struct service *service) {
    static const uint32_t positions[KZGOPS_LOG_LEVELS] = {AT_LEVEL_DEBUG, AT_LEVEL_INFO, AT_LEVEL_WARN,
                                                          AT_LEVEL_ERROR};
    kzgops_log_figures figures;
    uint64_t dropped = 0, suppressed = 0;
    kzgops_log_stats(&figures);
    for (size_t i = 0; i < KZGOPS_LOG_LEVELS; i++) {
        service_metrics_set(service, METRIC_LOG_LINES, KZGOPS_AT(positions[i]), (double)figures.lines[i]);
        dropped += figures.dropped[i];
        suppressed += figures.suppressed[i];
    }
    set(service, METRIC_LOG_DROPPED, (double)dropped);
    set(service, METRIC_LOG_SUPPRESSED, (double)suppressed);
}

void service_metrics_read(struct service *service) {
    enum service_phase phase = service_phase(service);
    bool loaded = phase != PHASE_STARTING && service->ctx != NULL;
    health_metrics(service);
    set(service, METRIC_QUEUE_CAPACITY, (double)service->config.queue_length);
    set(service, METRIC_QUEUE_DEPTH, (double)queue_depth(service->queue));
    read_log(service);
    if (loaded) set(service, METRIC_OPERATIONS_IN_FLIGHT, (double)workers_busy(service->workers));
    if (loaded) read_build(service);
    memory_metrics_read(service);
    recorder_metrics(service);
    tables_metrics(service);
    disk_metrics(service);
    read_connections(service);
    read_workers(service);
    read_process(service);
}

/* ---- Once a second -------------------------------------------------------------------------------------------- */

static double counted(uint64_t value) {
    return value == KZGOPS_CPU_UNKNOWN ? (double)NAN : (double)value;
}

static void turn_limits(struct service *service, const kzgops_cpu_limits *limits) {
    set(service, METRIC_CPU_AVAILABLE, limits->available);
    set(service, METRIC_CPU_PERIODS, counted(limits->periods));
    set(service, METRIC_CPU_THROTTLED_PERIODS, counted(limits->throttled_periods));
    set(service, METRIC_CPU_THROTTLED, counted(limits->throttled_ns) / 1e9);
}

/* The group's own pressure where the kernel keeps it: the machine's may be others'. */
static void turn_pressure(struct service *service, const kzgops_cpu_report_data *report) {
    const kzgops_cpu_pressure *pressure =
        report->group_pressure.known ? &report->group_pressure : &report->machine_pressure;
    double some = pressure->known ? pressure->some_avg10 : (double)NAN;
    double full = pressure->known ? pressure->full_avg10 : (double)NAN;
    service_metrics_set(service, METRIC_PRESSURE, KZGOPS_AT(AT_RESOURCE_CPU, AT_PRESSURE_SOME), some / 100);
    service_metrics_set(service, METRIC_PRESSURE, KZGOPS_AT(AT_RESOURCE_CPU, AT_PRESSURE_FULL), full / 100);
}

static void turn_cpu(struct service *service) {
    kzgops_cpu_report_data report;
    kzgops_cpu_report(monitor_cpu(service->monitor), NULL, 0, NULL, 0, &report);
    const kzgops_cpu_sample *last = &report.last;
    service_metrics_set(service, METRIC_CPU_USAGE, KZGOPS_AT(AT_SCOPE_SYSTEM), last->busy / 100);
    service_metrics_set(service, METRIC_CPU_USAGE, KZGOPS_AT(AT_SCOPE_PROCESS), last->process_share / 100);
    set(service, METRIC_CPU_THRESHOLD, report.threshold / 100);
    set(service, METRIC_CPU_STEAL, last->steal / 100);
    set(service, METRIC_CPU_RUN_WAIT, last->run_wait / (last->process + last->run_wait));
    turn_limits(service, &report.limits);
    turn_pressure(service, &report);
}

/* The model may be read once the daemon is ready. */
static void turn_cost(struct service *service) {
    enum service_phase phase = service_phase(service);
    uint32_t backend = metrics_backend(integrity_backend(service->integrity));
    if (phase != PHASE_READY && phase != PHASE_DRAINING) return;
    set(service, METRIC_CPU_DRIFT, cost_drift(service->cost));
    for (size_t i = 0; i < WIRE_OPERATIONS; i++) {
        service_metrics_set(service, METRIC_OBJECTIVE, KZGOPS_AT(i),
                            (double)objective_ns(service, (wire_operation_id)i) / 1e9);
    }
    if (!cost_calibrated(service->cost) || backend == METRIC_BACKENDS) return;
    for (size_t i = 0; i < WIRE_OPERATIONS; i++) {
        service_metrics_set(service, METRIC_CALIBRATION, KZGOPS_AT(i, backend),
                            (double)cost_ns(service->cost, (wire_operation_id)i, 1) / 1e9);
    }
}

void service_metrics_turn(struct service *service) {
    turn_cpu(service);
    turn_cost(service);
}
