#include "service/cpu_capture.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "service/captures.h"
#include "service/cost.h"
#include "service/events.h"
#include "service/monitor.h"
#include "service/objective.h"
#include "service/pressure.h"
#include "service/profiling.h"
#include "service/service.h"
#include "service/spans.h"
#include "service/workers.h"

#define REPORT_BYTES 8192 /* twelve operations and a reason: 3 KB */
#define ENTRIES      ((size_t)WIRE_OPERATIONS * (SPANS + 1))
#define P50          0
#define P99          3

static const struct {
    const char *name;
    uint32_t metric;
} triggers[CPU_TRIGGERS] = {
    [CPU_TRIGGER_OBJECTIVE] = {"objective", AT_TRIGGER_OBJECTIVE},
    [CPU_TRIGGER_CPU_PRESSURE] = {"cpu_pressure", AT_TRIGGER_CPU_PRESSURE},
    [CPU_TRIGGER_MEMORY_PRESSURE] = {"memory_pressure", AT_TRIGGER_MEMORY_PRESSURE},
    [CPU_TRIGGER_WATCHDOG] = {"watchdog", AT_TRIGGER_WATCHDOG},
};

/* What is told of the moment; doubles are NaN where it is not known. */
struct figures {
    double cpu_system, cpu_process, cpu_pressure, memory_pressure;
    uint64_t memory_bytes, memory_limit_bytes;
    size_t queued, in_flight;
    double drift;
};

struct work {
    enum cpu_trigger trigger;
    char reason[CPU_CAPTURE_REASON_MAX];
    struct figures figures;
};

struct cpu_capture {
    struct service *service;
    struct cpu_capture_times times; /* the monitor's, as are the next two */
    uint64_t turns;
    kzgops_profile_entry entry[ENTRIES]; /* of the last minute */
    pthread_t thread;
    bool started;
    atomic_bool stop;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool wanted; /* under lock, as is the work */
    struct work work;
};

bool cpu_capture_due(const struct cpu_capture_times *times, enum cpu_trigger trigger, int64_t now_ns) {
    return times->last_ns[trigger] == 0 || now_ns - times->last_ns[trigger] >= CPU_CAPTURE_PAUSE_NS;
}

bool cpu_capture_over(uint64_t count, uint64_t p50_ns, uint64_t p99_ns, uint64_t objective_ns) {
    if (p99_ns <= objective_ns) return false;
    return count >= CPU_CAPTURE_OPERATIONS || (count >= CPU_CAPTURE_OPERATIONS_FEW && p50_ns > objective_ns);
}

/* ---- Figures --------------------------------------------------------------------------------------------------- */

static double pressure_of_cpu(const kzgops_cpu_report_data *report) {
    if (report->group_pressure.known) return report->group_pressure.some_avg10;
    return report->machine_pressure.known ? report->machine_pressure.some_avg10 : (double)NAN;
}

static double pressure_of_memory(struct service *service) {
    kzgops_machine_memory machine;
    memory_machine(service, &machine);
    if (machine.cgroup.pressure.known) return machine.cgroup.pressure.some_avg10;
    return machine.system.pressure.known ? machine.system.pressure.some_avg10 : (double)NAN;
}

static void read_figures(struct service *service, struct figures *ret) {
    kzgops_cpu_report_data cpu;
    struct memory_state memory;
    kzgops_cpu_report(monitor_cpu(service->monitor), NULL, 0, NULL, 0, &cpu);
    memory_state(service, &memory);
    *ret = (struct figures){.cpu_system = cpu.last.busy,
                            .cpu_process = cpu.last.process_share,
                            .cpu_pressure = pressure_of_cpu(&cpu),
                            .memory_pressure = pressure_of_memory(service),
                            .memory_bytes = memory.value,
                            .memory_limit_bytes = memory.limit,
                            .queued = queue_depth(service->queue),
                            .in_flight = workers_busy(service->workers),
                            .drift = cost_drift(service->cost)};
}

/* ---- Writing --------------------------------------------------------------------------------------------------- */

/* What was done in the last minute, by operation. Not the monitor's entries: this is the capture's thread. */
static void write_mix(struct kzgops__text *text, struct service *service) {
    kzgops_profile_entry *entry = calloc(ENTRIES, sizeof *entry);
    kzgops_profile_snapshot snapshot = {0};
    if (entry != NULL) kzgops_profile_report(service->profile, KZGOPS_PROFILE_MINUTE, entry, ENTRIES, &snapshot);
    kzgops__json_key(text, "last_minute");
    kzgops__json_open(text, "{");
    for (size_t i = 0; i < snapshot.entry_count; i++) {
        if (entry[i].phase != KZGOPS_PROFILE_WHOLE) continue;
        kzgops__json_key(text, entry[i].operation_name);
        kzgops__json_open(text, "{");
        kzgops__json_bytes(text, "count", entry[i].count);
        kzgops__json_double(text, "p50_ms", (double)entry[i].quantile_ns[P50] / 1e6);
        kzgops__json_double(text, "p99_ms", (double)entry[i].quantile_ns[P99] / 1e6);
        kzgops__json_double(text, "objective_ms",
                            (double)objective_ns(service, (wire_operation_id)entry[i].operation) / 1e6);
        kzgops__json_close(text, "}");
    }
    kzgops__json_close(text, "}");
    free(entry);
}

static void write_figures(struct kzgops__text *text, const struct service *service, const struct figures *figures) {
    kzgops__json_key(text, "figures");
    kzgops__json_open(text, "{");
    kzgops__json_double(text, "cpu_system_percent", figures->cpu_system);
    kzgops__json_double(text, "cpu_process_percent", figures->cpu_process);
    kzgops__json_double(text, "cpu_pressure_percent", figures->cpu_pressure);
    kzgops__json_double(text, "memory_pressure_percent", figures->memory_pressure);
    kzgops__json_bytes(text, "memory_bytes", figures->memory_bytes);
    kzgops__json_bytes(text, "memory_limit_bytes", figures->memory_limit_bytes);
    kzgops__json_bytes(text, "queued", figures->queued);
    kzgops__json_bytes(text, "in_flight", figures->in_flight);
    kzgops__json_bytes(text, "workers", service->worker_count);
    kzgops__json_double(text, "drift", figures->drift);
    kzgops__json_close(text, "}");
}

static size_t write_report(struct service *service, const struct work *work, const struct profiling_result *result,
                           const char *file, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__json_open(&text, "{");
    kzgops__json_text(&text, "trigger", triggers[work->trigger].name);
    kzgops__json_text(&text, "reason", work->reason);
    kzgops__json_signed(&text, "when_ns", service_realtime_ns());
    kzgops__json_text(&text, "version", service_version());
    kzgops__json_text(&text, "commit", service_commit());
    kzgops__json_text(&text, "cpu", file);
    kzgops__json_double(&text, "seconds", (double)result->stats.duration_ns / 1e9);
    kzgops__json_bytes(&text, "hz", PROFILING_HERTZ);
    kzgops__json_bytes(&text, "samples", result->stats.samples);
    kzgops__json_bytes(&text, "signals", result->stats.signals);
    write_figures(&text, service, &work->figures);
    write_mix(&text, service);
    kzgops__json_close(&text, "}");
    return text.used;
}

static bool keep(struct service *service, const struct work *work, const struct profiling_result *result,
                 const char *base) {
    char report[REPORT_BYTES], file[CAPTURES_PATH_MAX];
    snprintf(file, sizeof file, "%s.cpu.pb.gz", strrchr(base, '/') + 1);
    size_t length = write_report(service, work, result, file, report, sizeof report);
    return captures_write(base, "cpu.pb.gz", result->data, result->size) && length < sizeof report &&
           captures_write(base, "json", report, length);
}

/* ---- Taking one ------------------------------------------------------------------------------------------------ */

static bool is_stopped(void *user) {
    struct cpu_capture *capture = user;
    return atomic_load(&capture->stop) || service_phase(capture->service) == PHASE_DRAINING || profiling_asked();
}

static void log_kept(const struct work *work, const struct profiling_result *result, const char *base, bool ok) {
    const char *trigger = triggers[work->trigger].name;
    if (ok) {
        SERVICE_LOG(EVENT_PROFILE_CAPTURED, KZGOPS_STR("trigger", trigger), KZGOPS_STR("reason", work->reason),
                    KZGOPS_STR("kept", "cpu, report"), KZGOPS_STR("path", base));
    } else {
        const char *error = result->error != NULL ? result->error : "the captures' folder cannot be written";
        SERVICE_LOG(EVENT_PROFILE_CAPTURE_FAILED, KZGOPS_STR("error", error), KZGOPS_STR("trigger", trigger),
                    KZGOPS_STR("reason", work->reason), KZGOPS_STR("path", base));
    }
}

static void take(struct cpu_capture *capture, const struct work *work) {
    struct service *service = capture->service;
    const char *trigger = triggers[work->trigger].name;
    struct profiling_result result;
    char base[CAPTURES_PATH_MAX];
    const struct profiling_wanted wanted = {.seconds = CPU_CAPTURE_SECONDS,
                                            .hertz = PROFILING_HERTZ,
                                            .form = PROFILING_PPROF,
                                            .cancelled = is_stopped,
                                            .user = capture};
    captures_path(service->captures, trigger, base);
    profiling_cpu(service, &wanted, &result);
    profiling_release();
    bool ok = result.error == NULL && keep(service, work, &result, base);
    free(result.data);
    captures_trim(service->captures, trigger);
    if (ok) service_metrics_add(service, METRIC_PROFILES, KZGOPS_AT(triggers[work->trigger].metric), 1);
    log_kept(work, &result, base, ok);
}

static bool wait_work(struct cpu_capture *capture, struct work *ret) {
    pthread_mutex_lock(&capture->lock);
    while (!capture->wanted && !atomic_load(&capture->stop)) pthread_cond_wait(&capture->changed, &capture->lock);
    bool found = capture->wanted;
    *ret = capture->work;
    capture->wanted = false;
    pthread_mutex_unlock(&capture->lock);
    return found;
}

static void *run(void *user) {
    struct cpu_capture *capture = user;
    struct work work;
    (void)kzgops_sampler_attach("capture");
    while (wait_work(capture, &work)) take(capture, &work);
    return NULL;
}

/* ---- When ------------------------------------------------------------------------------------------------------ */

/* The claim goes from here to the thread, which gives it back. */
void cpu_capture_ask(struct cpu_capture *capture, enum cpu_trigger trigger, const char *reason) {
    int64_t now_ns = service_now_ns();
    struct work work = {.trigger = trigger};
    if (!capture->started || service_phase(capture->service) != PHASE_READY) return;
    if (!cpu_capture_due(&capture->times, trigger, now_ns)) return;
    if (!profiling_claim_own()) return;
    capture->times.last_ns[trigger] = now_ns;
    snprintf(work.reason, sizeof work.reason, "%s", reason);
    read_figures(capture->service, &work.figures);
    pthread_mutex_lock(&capture->lock);
    capture->work = work;
    capture->wanted = true;
    pthread_cond_signal(&capture->changed);
    pthread_mutex_unlock(&capture->lock);
}

/* The operation that is furthest over its objective; NULL: none is. */
static const kzgops_profile_entry *furthest_over(const struct service *service, const kzgops_profile_entry *entry,
                                                 size_t count) {
    const kzgops_profile_entry *furthest = NULL;
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        if (entry[i].phase != KZGOPS_PROFILE_WHOLE) continue;
        uint64_t limit_ns = (uint64_t)objective_ns(service, (wire_operation_id)entry[i].operation);
        uint64_t p50_ns = entry[i].quantile_ns[P50], p99_ns = entry[i].quantile_ns[P99];
        double over = (double)p99_ns / (double)limit_ns;
        if (!cpu_capture_over(entry[i].count, p50_ns, p99_ns, limit_ns) || over < most) continue;
        most = over;
        furthest = &entry[i];
    }
    return furthest;
}

static void look_at_objectives(struct cpu_capture *capture) {
    struct service *service = capture->service;
    kzgops_profile_snapshot snapshot;
    char reason[CPU_CAPTURE_REASON_MAX];
    kzgops_profile_report(service->profile, KZGOPS_PROFILE_MINUTE, capture->entry, ENTRIES, &snapshot);
    const kzgops_profile_entry *entry = furthest_over(service, capture->entry, snapshot.entry_count);
    if (entry == NULL) return;
    snprintf(reason, sizeof reason,
             "p99 of %s in the last minute is %.3f ms, over its objective of %.3f ms (%" PRIu64 " operations)",
             entry->operation_name, (double)entry->quantile_ns[P99] / 1e6,
             (double)objective_ns(service, (wire_operation_id)entry->operation) / 1e6, entry->count);
    cpu_capture_ask(capture, CPU_TRIGGER_OBJECTIVE, reason);
}

static void look_at_pressure(struct cpu_capture *capture, enum cpu_trigger trigger, const char *what, double percent,
                             double threshold) {
    char reason[CPU_CAPTURE_REASON_MAX];
    if (isnan(percent) || percent < threshold) return;
    snprintf(reason, sizeof reason, "some task waited for %s in %.1f %% of the last 10 s (high from %.0f %%)", what,
             percent, threshold);
    cpu_capture_ask(capture, trigger, reason);
}

void cpu_capture_turn(struct cpu_capture *capture) {
    struct service *service = capture->service;
    kzgops_cpu_report_data cpu;
    if (!capture->started || service_phase(service) != PHASE_READY) return;
    kzgops_cpu_report(monitor_cpu(service->monitor), NULL, 0, NULL, 0, &cpu);
    look_at_pressure(capture, CPU_TRIGGER_CPU_PRESSURE, "a CPU", pressure_of_cpu(&cpu), CPU_CAPTURE_CPU_PRESSURE);
    look_at_pressure(capture, CPU_TRIGGER_MEMORY_PRESSURE, "memory", pressure_of_memory(service),
                     CPU_CAPTURE_MEMORY_PRESSURE);
    if (capture->turns++ % CPU_CAPTURE_OBJECTIVE_TURNS == 0) look_at_objectives(capture);
}

/* ---- Life ------------------------------------------------------------------------------------------------------ */

struct cpu_capture *cpu_capture_new(struct service *service) {
    struct cpu_capture *capture = memory_take(MEMORY_TAG_PROFILER, sizeof *capture);
    if (capture == NULL) {
        fprintf(stderr, "kzgd: no memory for captures of profiles\n");
        return NULL;
    }
    capture->service = service;
    pthread_mutex_init(&capture->lock, NULL);
    pthread_cond_init(&capture->changed, NULL);
    return capture;
}

bool cpu_capture_start(struct cpu_capture *capture) {
    if (!OBSERVED || capture->service->captures == NULL) return true;
    capture->started = pthread_create(&capture->thread, NULL, run, capture) == 0;
    if (capture->started) pthread_setname_np(capture->thread, "kzgd-capture");
    return capture->started;
}

void cpu_capture_stop(struct cpu_capture *capture) {
    if (capture == NULL || !capture->started) return;
    pthread_mutex_lock(&capture->lock);
    atomic_store(&capture->stop, true);
    pthread_cond_signal(&capture->changed);
    pthread_mutex_unlock(&capture->lock);
    pthread_join(capture->thread, NULL);
    capture->started = false;
}

struct cpu_capture *cpu_capture_free(struct cpu_capture *capture) {
    if (capture == NULL) return NULL;
    pthread_cond_destroy(&capture->changed);
    pthread_mutex_destroy(&capture->lock);
    memory_give(capture);
    return NULL;
}
