/* The service manager's notification protocol: one datagram to the socket in NOTIFY_SOCKET. */
#ifndef SERVICE_NOTIFY_H
#define SERVICE_NOTIFY_H

#include <stdint.h>

/* Sends e.g. "READY=1"; does nothing when no manager listens. */
void notify_manager(const char *state);

/* How often the manager wants to hear WATCHDOG=1, half of what it waits for (WATCHDOG_USEC, WATCHDOG_PID); -1: it
 * does not want to. */
int64_t notify_watchdog_ms(void);

#endif
