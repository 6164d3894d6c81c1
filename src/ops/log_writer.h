/* The log's thread: takes lines out of the ring and gives them to the output. */
#ifndef OPS_LOG_WRITER_H
#define OPS_LOG_WRITER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ops/log_out.h"
#include "ops/log_ring.h"

struct kzgops__log_writer {
    struct kzgops__log_ring ring;
    struct kzgops__log_out *out;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t end; /* of ended */
    bool ended;         /* under lock */
    int wake_fd;        /* an eventfd, made once and kept: a signal handler may use it at any time */
    uint64_t ring_bytes;
    int64_t reopen_ns; /* when to try again; 0: nothing to try */
    atomic_bool sleeping;
    atomic_bool reopen;
    atomic_bool stopping;
    _Atomic int64_t stop_by_ns; /* real monotonic time */
    _Atomic uint64_t flush_asked;
    _Atomic uint64_t flush_done;
};

/* Opens the ring and starts the thread, with all signals blocked; memory as in kzgops__log_ring_open. The members up
 * to out are the caller's. False when there is no thread or descriptor; then the ring is closed and empty. */
bool kzgops__log_writer_start(struct kzgops__log_writer *writer, char *memory, size_t bytes);

/* Closes the ring, writes what is in it, and waits for the thread. False when it hangs in its output and is left
 * behind with the ring's memory and the output. */
bool kzgops__log_writer_stop(struct kzgops__log_writer *writer);

/* After a push, or with a demand: sees that the thread does not sleep. Async-signal-safe. */
void kzgops__log_writer_wake(struct kzgops__log_writer *writer);
void kzgops__log_writer_reopen(struct kzgops__log_writer *writer);
bool kzgops__log_writer_flush(struct kzgops__log_writer *writer, int max_ms);

#endif
