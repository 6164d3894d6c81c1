/* The daemon's health: its checks, and what probes read. checks_list.h is the list.
 *
 * Checks of kinds that cost something (files, sockets) run in the background on the checker's threads, and probes
 * read what they said last. Checks of what the daemon knows anyway are read at the moment of the probe, so that a
 * change (drain, a wrong answer) shows at once. No probe waits for anything but the administration's own thread. */
#ifndef SERVICE_HEALTH_H
#define SERVICE_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "kzgops/health.h"

struct health;
struct service;

/* Makes the checker and registers every check; nothing runs. The other rooms must be there. NULL, with a line on
 * standard error, when there is no memory or an option makes no sense (--health-peers). */
struct health *health_new(struct service *service);
/* Starts the threads. Liveness has been looked at once when it returns. */
bool health_start(struct health *health);
/* Begins no more checks; one that hangs is left behind. NULL is fine. */
void health_stop(struct health *health);
struct health *health_free(struct health *health); /* returns NULL; also on one that hangs, which is then kept */

/* A folder that the daemon writes to: space and inodes of its file system are watched as <name>_space and
 * <name>_inodes. name and path are borrowed. Before health_start. */
bool health_watch_folder(struct health *health, const char *name, const char *path);

/* Any thread: every check as of now. */
void health_report(struct health *health, kzgops_health_snapshot *ret);
/* Any thread: what /readyz would say. */
bool health_is_ready(struct health *health);
/* The same of /livez. */
bool health_is_alive(struct health *health);

/* Takes this instance out of rotation, or back: it stays as it is otherwise, and serves who comes. False: it was so
 * already. */
bool health_drain(struct service *service);
bool health_undrain(struct service *service);

#endif
