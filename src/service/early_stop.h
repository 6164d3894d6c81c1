/* A signal that comes while the daemon starts. It has accepted nothing yet, so the signal may end it at once; a
 * thread waits for that, and unlike a signal handler it may write to the log and to the flight recorder first. */
#ifndef SERVICE_EARLY_STOP_H
#define SERVICE_EARLY_STOP_H

#include <signal.h>

struct service;

/* From now to early_stop_end a signal of the set, which is blocked in every thread, ends the process with status 0.
 * Without a thread or descriptors for it the signal waits until the start is over. One at a time. */
void early_stop_begin(struct service *service, const sigset_t *set);
void early_stop_end(void); /* fine without a beginning */

#endif
