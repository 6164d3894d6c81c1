/* The service manager's notification protocol: one datagram to the socket in NOTIFY_SOCKET. */
#ifndef SERVICE_NOTIFY_H
#define SERVICE_NOTIFY_H

/* Sends e.g. "READY=1"; does nothing when no manager listens. */
void notify_manager(const char *state);

#endif
