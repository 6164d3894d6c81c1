#include "ops/log_writer.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 1000 /* between looks for what was not told yet; without any, the thread sleeps */
#define GONE_MS 1000 /* beyond the time for stopping: the thread hangs in a system call */

static int64_t real_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- Waking -------------------------------------------------------------------------------------------------- */

static void ring_bell(struct kzgops__log_writer *writer) {
    uint64_t one = 1;
    int error = errno;
    ssize_t n = write(writer->wake_fd, &one, sizeof one);
    (void)n; /* full means that it is awake already */
    errno = error;
}

void kzgops__log_writer_wake(struct kzgops__log_writer *writer) {
    if (atomic_load(&writer->sleeping) && atomic_exchange(&writer->sleeping, false)) ring_bell(writer);
}

void kzgops__log_writer_reopen(struct kzgops__log_writer *writer) {
    atomic_store(&writer->reopen, true);
    ring_bell(writer);
}

bool kzgops__log_writer_flush(struct kzgops__log_writer *writer, int max_ms) {
    uint64_t mine = atomic_fetch_add(&writer->flush_asked, 1) + 1;
    int64_t until_ns = real_now_ns() + (int64_t)max_ms * 1000000;
    ring_bell(writer);
    while (atomic_load(&writer->flush_done) < mine) {
        if (real_now_ns() > until_ns) return false;
        poll(NULL, 0, 1);
    }
    return true;
}

static void quiet_bell(struct kzgops__log_writer *writer) {
    uint64_t count;
    ssize_t n = read(writer->wake_fd, &count, sizeof count);
    (void)n; /* nothing to read means that nobody rang */
}

/* ---- The thread ---------------------------------------------------------------------------------------------- */

/* For the output: until there is room, or the time for stopping is over. A bell that rings cuts the wait short and is
 * left for the loop unless it has to do with stopping. */
static bool wait_for_room(void *user, int fd) {
    struct kzgops__log_writer *writer = user;
    struct pollfd fds[2] = {{.fd = fd, .events = POLLOUT}, {.fd = writer->wake_fd, .events = POLLIN}};
    int timeout_ms = -1;
    if (atomic_load(&writer->stopping)) {
        int64_t left_ns = atomic_load(&writer->stop_by_ns) - real_now_ns();
        if (left_ns <= 0) return false;
        timeout_ms = (int)(left_ns / 1000000) + 1;
        fds[1].fd = -1;
    }
    if (poll(fds, 2, timeout_ms) > 0 && fds[1].revents != 0) quiet_bell(writer);
    return true;
}

static bool has_demand(struct kzgops__log_writer *writer) {
    return atomic_load(&writer->reopen) || atomic_load(&writer->stopping) ||
           atomic_load(&writer->flush_asked) != atomic_load(&writer->flush_done);
}

static void sleep_until_rung(struct kzgops__log_writer *writer) {
    struct pollfd bell = {.fd = writer->wake_fd, .events = POLLIN};
    uint8_t tag;
    size_t length;
    bool look = kzgops__log_out_has_untold(writer->out) || writer->reopen_ns != 0;
    atomic_store(&writer->sleeping, true);
    if (kzgops__log_ring_front(&writer->ring, &tag, &length) == NULL && !has_demand(writer)) {
        poll(&bell, 1, look ? LOOK_MS : -1);
        quiet_bell(writer);
    }
    atomic_store(&writer->sleeping, false);
}

static void look_after_file(struct kzgops__log_writer *writer) {
    bool due = writer->reopen_ns != 0 && kzgops__log_out_now_ns(writer->out) >= writer->reopen_ns;
    if (!atomic_exchange(&writer->reopen, false) && !due) return;
    bool done = kzgops__log_out_reopen(writer->out);
    writer->reopen_ns = done ? 0 : kzgops__log_out_now_ns(writer->out) + (int64_t)KZGOPS_LOG_RETRY_MS * 1000000;
}

/* The lines that are in the ring now; more may come meanwhile. Drops are told when half of the ring is free: then
 * there is room again. False when one of them is not complete yet. */
static bool write_some(struct kzgops__log_writer *writer) {
    uint64_t until = kzgops__log_ring_head(&writer->ring);
    while (kzgops__log_ring_before(&writer->ring, until)) {
        uint8_t tag;
        size_t length;
        const char *text = kzgops__log_ring_front(&writer->ring, &tag, &length);
        if (text == NULL) return false;
        if (kzgops__log_ring_used(&writer->ring) <= writer->ring_bytes / 2) kzgops__log_out_tell_dropped(writer->out);
        kzgops__log_out_write(writer->out, (kzgops_log_level)tag, text, length);
        kzgops__log_ring_pop(&writer->ring);
    }
    return true;
}

/* A place that was reserved and is never completed must not keep the program from ending. */
static bool is_over(struct kzgops__log_writer *writer, bool complete) {
    if (!atomic_load(&writer->stopping)) return false;
    if (kzgops__log_ring_used(&writer->ring) == 0) return true;
    return !complete && real_now_ns() > atomic_load(&writer->stop_by_ns);
}

static void *writer_main(void *user) {
    struct kzgops__log_writer *writer = user;
    while (true) {
        uint64_t asked = atomic_load(&writer->flush_asked);
        look_after_file(writer);
        bool complete = write_some(writer);
        kzgops__log_out_tell_repeated(writer->out, false);
        kzgops__log_out_tell_dropped(writer->out);
        if (complete) atomic_store(&writer->flush_done, asked);
        if (is_over(writer, complete)) break;
        sleep_until_rung(writer);
    }
    kzgops__log_out_tell_repeated(writer->out, true);
    kzgops__log_out_tell_dropped(writer->out);
    pthread_mutex_lock(&writer->lock);
    writer->ended = true;
    pthread_cond_signal(&writer->end);
    pthread_mutex_unlock(&writer->lock);
    return NULL;
}

/* ---- Start and stop ------------------------------------------------------------------------------------------- */

static bool spawn(struct kzgops__log_writer *writer) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    bool ok = pthread_create(&writer->thread, NULL, writer_main, writer) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (ok) pthread_setname_np(writer->thread, "log");
    return ok;
}

static void init_end(struct kzgops__log_writer *writer) {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&writer->end, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&writer->lock, NULL);
}

static void let_stop(struct kzgops__log_writer *writer) {
    kzgops__log_ring_close(&writer->ring);
    atomic_store(&writer->stop_by_ns, real_now_ns() + (int64_t)KZGOPS_LOG_STOP_MS * 1000000);
    atomic_store(&writer->stopping, true);
}

bool kzgops__log_writer_start(struct kzgops__log_writer *writer, char *memory, size_t bytes) {
    if (writer->wake_fd < 0) {
        writer->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (writer->wake_fd < 0) return false;
        init_end(writer);
    }
    writer->ended = false;
    writer->ring_bytes = bytes;
    writer->reopen_ns = 0;
    writer->out->wait = wait_for_room;
    writer->out->user = writer;
    atomic_store(&writer->stopping, false);
    kzgops__log_ring_open(&writer->ring, memory, bytes);
    bool ok = spawn(writer);
    if (!ok) { /* what came in since the ring was opened is written by this thread */
        let_stop(writer);
        writer_main(writer);
        writer->out->wait = NULL;
    }
    return ok;
}

static bool wait_ended(struct kzgops__log_writer *writer) {
    int64_t until_ns = real_now_ns() + (int64_t)(KZGOPS_LOG_STOP_MS + GONE_MS) * 1000000;
    struct timespec until = {.tv_sec = until_ns / 1000000000, .tv_nsec = until_ns % 1000000000};
    int error = 0;
    pthread_mutex_lock(&writer->lock);
    while (!writer->ended && error == 0) error = pthread_cond_timedwait(&writer->end, &writer->lock, &until);
    bool ended = writer->ended;
    pthread_mutex_unlock(&writer->lock);
    return ended;
}

bool kzgops__log_writer_stop(struct kzgops__log_writer *writer) {
    let_stop(writer);
    ring_bell(writer);
    if (!wait_ended(writer)) {
        pthread_detach(writer->thread);
        return false;
    }
    pthread_join(writer->thread, NULL);
    writer->out->wait = NULL;
    return true;
}
