#include "service/recorder.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "service/events.h"
#include "service/pressure.h"
#include "service/service.h"

#define OTHER_THREADS 8 /* with a stack of their own for a crash: listeners, monitor, health */

/* Too long for a stack, and there is one of it: read before any other thread is there, never changed. */
static kzgops_ending ending;

const kzgops_ending *recorder_ending(void) {
    return &ending;
}

static void tell_ending(void) {
    bool bad = ending.reason != KZGOPS_ENDING_NONE && ending.reason != KZGOPS_ENDING_CLEAN;
    size_t in_flight = ending.has_recording ? ending.recording.operation_count : 0;
    if (ending.reason == KZGOPS_ENDING_NONE) return;
    SERVICE_LOG_AT(bad ? KZGOPS_LOG_WARN : KZGOPS_LOG_INFO, EVENT_PREVIOUS_END,
                   KZGOPS_STR("reason", kzgops_ending_reason_name(ending.reason)),
                   KZGOPS_STR("certainty", kzgops_ending_certainty_name(ending.certainty)),
                   KZGOPS_STR("text", ending.text), KZGOPS_U64("in_flight", in_flight),
                   KZGOPS_STR("advice", ending.advice));
}

static void read_ending(struct service *service, const char *folder) {
    const kzgops_ending_config config = {
        .directory = folder, .kernel_log = service->config.kernel_log, .sources = &service->sources};
    kzgops_ending_read(&config, &ending);
    tell_ending();
}

void recorder_open(struct service *service) {
    const char *folder = service->config.state_dir, *why = NULL;
    size_t slots =
        service->worker_count < KZGOPS_RECORDER_SLOTS_MAX ? service->worker_count : KZGOPS_RECORDER_SLOTS_MAX;
    const kzgops_recorder_config config = {.directory = folder,
                                           .service = "kzgd",
                                           .version = service_version(),
                                           .commit = service_commit(),
                                           .slots = slots,
                                           .threads = OTHER_THREADS,
                                           .sources = &service->sources};
    if (folder[0] != '\0') {
        (void)mkdir(folder, 0750); /* the opening says what is wrong with it */
        read_ending(service, folder);
    }
    service->recorder = kzgops_recorder_open(&config, &why);
    if (why != NULL) SERVICE_LOG(EVENT_RECORDER_OFF, KZGOPS_STR("folder", folder), KZGOPS_STR("reason", why));
    if (folder[0] != '\0') (void)kzgops_recorder_crash_install(service->recorder, NULL);
}

void recorder_turn(struct service *service) {
    kzgops_machine_memory machine;
    memory_machine(service, &machine);
    const kzgops_recorder_sample sample = kzgops_recorder_sample_of(&machine);
    kzgops_recorder_memory(service->recorder, &sample);
}

void recorder_phase(struct service *service, int phase) {
    atomic_store(&service->phase, phase);
    switch ((enum service_phase)phase) {
    case PHASE_STARTING: kzgops_recorder_state(service->recorder, KZGOPS_RECORDER_STARTING); break;
    case PHASE_READY: kzgops_recorder_state(service->recorder, KZGOPS_RECORDER_READY); break;
    case PHASE_DRAINING: kzgops_recorder_state(service->recorder, KZGOPS_RECORDER_DRAINING); break;
    case PHASE_FAILED: kzgops_recorder_event(service->recorder, "failed", "the start did not come to its end"); break;
    }
}

#define AT_END(name, NAME)                                                                          \
    _Static_assert((int)AT_END_##NAME == (int)KZGOPS_ENDING_##NAME, "the metric's endings are the " \
                                                                    "library's: " name);
AT_END("none", NONE)
AT_END("clean", CLEAN)
AT_END("crash", CRASH)
AT_END("killed", KILLED)
AT_END("oom_killed", OOM_KILLED)
AT_END("unknown", UNKNOWN)
#undef AT_END

void recorder_metrics(struct service *service) {
    kzgops_recorder_condition condition;
    kzgops_recorder_status(service->recorder, &condition);
    service_metrics_set(service, METRIC_RECORDER_FAILURES, KZGOPS_AT(0), (double)condition.write_failures);
    if (service->config.state_dir[0] == '\0') return;
    service_metrics_set(service, METRIC_PREVIOUS_END, KZGOPS_AT((uint32_t)ending.reason), 1);
    service_metrics_set(service, METRIC_PREVIOUS_END_TIME, KZGOPS_AT(0), (double)ending.when_ns / 1e9);
}
