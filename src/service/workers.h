/* The worker pool: threads that take requests from the queue, each with its own scratch arena. */
#ifndef SERVICE_WORKERS_H
#define SERVICE_WORKERS_H

#include <stddef.h>

struct service;
struct workers;

/* Starts service->worker_count threads with scratch_bytes of arena each, all memory touched. NULL, with a log line,
 * when something is missing. */
struct workers *workers_start(struct service *service, size_t scratch_bytes);

/* Waits for the threads to end, after queue_close. NULL is fine; returns NULL. */
struct workers *workers_join(struct workers *workers);

/* Workers that run an operation now. NULL is fine. */
size_t workers_busy(const struct workers *workers);

#endif
