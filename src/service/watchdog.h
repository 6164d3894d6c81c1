/* The watchdog: what each worker is at, since when, and until when it should be done. The monitor looks once a
 * second; a worker past its time is named once, with its operation, its request and where its thread stands.
 *
 * The time is the operation's measured cost times a factor that no honest machine reaches, and never below some
 * seconds: it says that something is stuck, not that it is slow. */
#ifndef SERVICE_WATCHDOG_H
#define SERVICE_WATCHDOG_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "service/request.h"

#define WATCHDOG_FACTOR     30
#define WATCHDOG_MIN_NS     ((int64_t)5000000000) /* least time that kzgd allows */
#define WATCHDOG_FRAMES_MAX 32
#define WATCHDOG_STACK_MAX  2048

struct watchdog;

/* What was found; strings live as long as the call. */
struct watchdog_finding {
    size_t worker;
    const char *operation;
    const char *request_id;
    const char *trace_id;
    int64_t spent_ns, allowed_ns;
    const char *stack; /* "function+0x12 < caller+0x34 < ...", innermost first; "" when it could not be taken */
};

/* For that many workers, each with at least min_ns for anything; takes SIGRTMIN for looking at stacks. NULL when
 * there is no memory. */
struct watchdog *watchdog_new(size_t workers, int64_t min_ns);
struct watchdog *watchdog_free(struct watchdog *watchdog); /* no worker runs any more; NULL is fine; returns NULL */

/* By the worker's own thread. */
void watchdog_attach(struct watchdog *watchdog, size_t worker);
void watchdog_begin(struct watchdog *watchdog, size_t worker, const struct request *request, int64_t cost_ns);
void watchdog_end(struct watchdog *watchdog, size_t worker);

/* Looks at all workers and calls found for each that is newly past its time. Returns how many are past it. One thread
 * at a time. */
size_t watchdog_look(struct watchdog *watchdog, void (*found)(void *user, const struct watchdog_finding *finding),
                     void *user);

/* Any thread: workers past their time at the last look, and findings since the start. */
size_t watchdog_stuck(const struct watchdog *watchdog);
uint64_t watchdog_fired(const struct watchdog *watchdog);

/* Any thread: time that a worker has spent on operations, with the one it is at. */
int64_t watchdog_busy_ns(const struct watchdog *watchdog, size_t worker);

/* Any thread: what a worker is at. */
struct watchdog_state {
    int64_t busy_ns;
    const char *operation; /* NULL: idle; static */
    char request_id[REQUEST_ID_MAX + 1];
    char trace_id[TRACE_ID_LENGTH + 1];
    int64_t spent_ns;
    bool stuck; /* past its time */
};
void watchdog_read(const struct watchdog *watchdog, size_t worker, struct watchdog_state *ret);

#endif
