/* The worker pool: threads that take requests from the queue, each with its own scratch arena. */
#ifndef SERVICE_WORKERS_H
#define SERVICE_WORKERS_H

#include <stddef.h>
#include <stdint.h>

struct service;
struct workers;

/* Starts service->worker_count threads with scratch_bytes of arena each, all memory touched. NULL, with a log line,
 * when something is missing. */
struct workers *workers_start(struct service *service, size_t scratch_bytes);

/* Waits for the threads to end, after queue_close. NULL is fine; returns NULL. */
struct workers *workers_join(struct workers *workers);

/* Workers that run an operation now. NULL is fine. */
size_t workers_busy(const struct workers *workers);

/* Operations that workers have run, and the bytes that they allocated on the heap while they did, their recording
 * included: none, since all that an operation needs is reserved before. Counted by jemalloc, or by the tracker in a
 * build without it. NULL is fine. */
uint64_t workers_operations(const struct workers *workers);
uint64_t workers_allocated(const struct workers *workers);

#endif
