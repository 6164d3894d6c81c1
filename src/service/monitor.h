/* The daemon's own watch: one thread that looks at the process and its machine once a second, off every request's
 * way, and tells those that act on it. */
#ifndef SERVICE_MONITOR_H
#define SERVICE_MONITOR_H

#include <stdbool.h>
#include <stddef.h>

#include "kzgops/cpu.h"

struct service;
struct monitor;

/* Makes what is watched; nothing runs yet. NULL, with a line on standard error, when something is missing. */
struct monitor *monitor_new(struct service *service);
/* Starts the thread: a turn at once, then one a second. */
bool monitor_start(struct monitor *monitor);
/* Ends the thread after its turn. Without one, and with NULL, it does nothing. */
void monitor_stop(struct monitor *monitor);
struct monitor *monitor_free(struct monitor *monitor); /* stopped; NULL is fine; returns NULL */

kzgops_cpu *monitor_cpu(struct monitor *monitor);

/* Share of the last minute, or of the monitor's life, that a worker was busy: 0 to 1. Any thread. */
double monitor_busy_share(const struct monitor *monitor, size_t worker);

#endif
