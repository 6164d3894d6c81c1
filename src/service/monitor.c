#include "service/monitor.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "kzgops/sampler.h"
#include "service/cost.h"
#include "service/cpu_capture.h"
#include "service/events.h"
#include "service/pressure.h"
#include "service/recorder.h"
#include "service/service.h"
#include "service/tap.h"
#include "service/watchdog.h"

#define TURN_S 1

/* A worker's busy time as it stood at each turn of the last minute. Written by the monitor's thread. */
#define BUSY_TURNS 60
struct busy {
    int64_t at_turn_ns[BUSY_TURNS];
    _Atomic double share;
};

struct monitor {
    struct service *service;
    struct busy *busy; /* one a worker */
    int64_t turned_ns[BUSY_TURNS];
    size_t turns;
    kzgops_cpu *cpu;
    pthread_t thread;
    bool started;
    bool slow; /* the drift is high */
    pthread_mutex_t lock;
    pthread_cond_t stopped;
    bool stop; /* under lock */
};

/* ---- What is told ------------------------------------------------------------------------------------------------
 */

static void on_cpu_crossing(void *user, const kzgops_cpu_crossing *crossing) {
    (void)user;
    const char *figure = kzgops_cpu_figure_name(crossing->figure);
    if (crossing->above) {
        SERVICE_LOG(EVENT_CPU_HIGH, KZGOPS_STR("figure", figure), KZGOPS_F64("percent", crossing->value),
                    KZGOPS_F64("threshold_percent", crossing->threshold));
    } else {
        SERVICE_LOG(EVENT_CPU_NORMAL, KZGOPS_STR("figure", figure), KZGOPS_F64("percent", crossing->value),
                    KZGOPS_F64("threshold_percent", crossing->threshold));
    }
}

static void on_stuck(void *user, const struct watchdog_finding *finding) {
    const struct monitor *monitor = user;
    kzgops_recorder_event(monitor->service->recorder, "worker_stuck", finding->request_id);
    char reason[CPU_CAPTURE_REASON_MAX];
    snprintf(reason, sizeof reason, "worker %zu is at %s for %.0f ms, and %.0f ms were allowed; request_id %s",
             finding->worker, finding->operation, (double)finding->spent_ns / 1e6, (double)finding->allowed_ns / 1e6,
             finding->request_id);
    cpu_capture_ask(monitor->service->cpu_capture, CPU_TRIGGER_WATCHDOG, reason);
    SERVICE_LOG(EVENT_WORKER_STUCK, KZGOPS_STR("operation", finding->operation),
                KZGOPS_MS("duration_ms", finding->spent_ns), KZGOPS_STR("request_id", finding->request_id),
                KZGOPS_STR("trace_id", finding->trace_id), KZGOPS_U64("worker", finding->worker),
                KZGOPS_MS("allowed_ms", finding->allowed_ns), KZGOPS_STR("stack", finding->stack));
}

/* Once when the machine has become slow, once when it is itself again. */
static void watch_drift(struct monitor *monitor) {
    double drift = cost_drift(monitor->service->cost);
    bool high = drift >= COST_DRIFT_HIGH, low = drift < COST_DRIFT_HIGH * 0.9;
    if (high == monitor->slow || (monitor->slow && !low)) return;
    monitor->slow = high;
    if (high) {
        SERVICE_LOG(EVENT_CPU_DRIFT_HIGH, KZGOPS_F64("drift", drift), KZGOPS_F64("threshold", COST_DRIFT_HIGH));
    } else {
        SERVICE_LOG(EVENT_CPU_DRIFT_NORMAL, KZGOPS_F64("drift", drift), KZGOPS_F64("threshold", COST_DRIFT_HIGH));
    }
}

/* ---- A turn ------------------------------------------------------------------------------------------------------
 */

static void watch_busy(struct monitor *monitor) {
    size_t at = monitor->turns % BUSY_TURNS, oldest = monitor->turns < BUSY_TURNS ? 0 : at;
    int64_t now_ns = service_now_ns(), since_ns = now_ns - monitor->turned_ns[oldest];
    for (size_t i = 0; i < monitor->service->worker_count; i++) {
        struct busy *busy = &monitor->busy[i];
        int64_t busy_ns = watchdog_busy_ns(monitor->service->watchdog, i);
        if (monitor->turns > 0 && since_ns > 0) {
            double share = (double)(busy_ns - busy->at_turn_ns[oldest]) / (double)since_ns;
            atomic_store(&busy->share, share > 1 ? 1 : share);
        }
        busy->at_turn_ns[at] = busy_ns;
    }
    monitor->turned_ns[at] = now_ns;
    monitor->turns++;
}

static void turn(struct monitor *monitor) {
    struct service *service = monitor->service;
    (void)kzgops_cpu_tick(monitor->cpu, NULL);
    kzgops_profile_tick(service->profile);
    watch_busy(monitor);
    cost_turn(service->cost);
    watch_drift(monitor);
    (void)watchdog_look(service->watchdog, on_stuck, monitor);
    pressure_turn(service->pressure);
    tap_turn(service->tap);
    recorder_turn(service);
    cpu_capture_turn(service->cpu_capture);
    service_metrics_turn(service);
}

/* False when it is to stop. */
static bool wait_turn(struct monitor *monitor) {
    struct timespec until;
    int result = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += TURN_S;
    pthread_mutex_lock(&monitor->lock);
    while (!monitor->stop && result != ETIMEDOUT) {
        result = pthread_cond_timedwait(&monitor->stopped, &monitor->lock, &until);
    }
    bool go_on = !monitor->stop;
    pthread_mutex_unlock(&monitor->lock);
    return go_on;
}

static void *run(void *user) {
    struct monitor *monitor = user;
    kzgops_recorder_thread_begin(monitor->service->recorder, SIZE_MAX);
    (void)kzgops_sampler_attach("monitor");
    do turn(monitor);
    while (wait_turn(monitor));
    kzgops_recorder_thread_end(monitor->service->recorder);
    return NULL;
}

/* ---- Life --------------------------------------------------------------------------------------------------------
 */

static void init_condition(struct monitor *monitor) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&monitor->lock, NULL);
    pthread_cond_init(&monitor->stopped, &attributes);
    pthread_condattr_destroy(&attributes);
}

struct monitor *monitor_new(struct service *service) {
    struct monitor *monitor = memory_take(MEMORY_TAG_OTHER, sizeof *monitor);
    const char *why = "there is no memory";
    if (monitor == NULL) return NULL;
    init_condition(monitor);
    monitor->busy = memory_take(MEMORY_TAG_OTHER, service->worker_count * sizeof *monitor->busy);
    monitor->service = service;
    const kzgops_cpu_config cpu = {.threshold_percent = (double)service->config.cpu_threshold,
                                   .crossed = on_cpu_crossing,
                                   .user = monitor,
                                   .sources = &service->sources};
    monitor->cpu = kzgops_cpu_new(&cpu, &why);
    if (monitor->cpu != NULL && monitor->busy != NULL) return monitor;
    fprintf(stderr, "kzgd: no CPU monitor: %s\n", monitor->cpu == NULL ? why : "there is no memory");
    return monitor_free(monitor);
}

bool monitor_start(struct monitor *monitor) {
    if (!OBSERVED) return true;
    monitor->started = pthread_create(&monitor->thread, NULL, run, monitor) == 0;
    if (monitor->started) pthread_setname_np(monitor->thread, "kzgd-monitor");
    return monitor->started;
}

void monitor_stop(struct monitor *monitor) {
    if (monitor == NULL || !monitor->started) return;
    pthread_mutex_lock(&monitor->lock);
    monitor->stop = true;
    pthread_cond_signal(&monitor->stopped);
    pthread_mutex_unlock(&monitor->lock);
    pthread_join(monitor->thread, NULL);
    monitor->started = false;
}

struct monitor *monitor_free(struct monitor *monitor) {
    if (monitor == NULL) return NULL;
    kzgops_cpu_free(monitor->cpu);
    pthread_cond_destroy(&monitor->stopped);
    pthread_mutex_destroy(&monitor->lock);
    memory_give(monitor->busy);
    memory_give(monitor);
    return NULL;
}

kzgops_cpu *monitor_cpu(struct monitor *monitor) {
    return monitor->cpu;
}

double monitor_busy_share(const struct monitor *monitor, size_t worker) {
    return atomic_load(&monitor->busy[worker].share);
}
