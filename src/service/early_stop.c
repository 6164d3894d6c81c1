#include "service/early_stop.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "service/events.h"
#include "service/recorder.h"
#include "service/service.h"

static struct {
    struct service *service;
    int signals, over;
    pthread_t thread;
    bool started;
} early;

static void *run(void *argument) {
    (void)argument;
    struct pollfd fds[] = {{early.over, POLLIN, 0}, {early.signals, POLLIN, 0}};
    while (poll(fds, 2, -1) < 0) continue; /* EINTR */
    if (fds[0].revents != 0) return NULL;
    SERVICE_LOG(EVENT_STOPPED, KZGOPS_STR("reason", "a signal before it was ready"));
    kzgops_recorder_state(early.service->recorder, KZGOPS_RECORDER_STOPPED);
    kzgops_log_stop();
    _exit(0);
}

static void close_both(void) {
    if (early.signals >= 0) close(early.signals);
    if (early.over >= 0) close(early.over);
}

void early_stop_begin(struct service *service, const sigset_t *set) {
    early.service = service;
    early.signals = signalfd(-1, set, SFD_CLOEXEC);
    early.over = eventfd(0, EFD_CLOEXEC);
    if (early.signals >= 0 && early.over >= 0) early.started = pthread_create(&early.thread, NULL, run, NULL) == 0;
    if (!early.started) close_both();
}

void early_stop_end(void) {
    if (!early.started) return;
    const uint64_t one = 1;
    while (write(early.over, &one, sizeof one) < 0) continue;
    pthread_join(early.thread, NULL);
    close_both();
    early.started = false;
}
