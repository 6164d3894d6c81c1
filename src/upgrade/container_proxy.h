/* HAProxy by its administration socket ("stats socket ... level admin"): who of a backend's servers gets requests. A
 * server has the name of the container that stands behind it. Every function is one or a few exchanges, to the call's
 * deadline; what fails fills call->failure. */
#ifndef UPGRADE_CONTAINER_PROXY_H
#define UPGRADE_CONTAINER_PROXY_H

#include <stdbool.h>
#include <stddef.h>

#include "upgrade/driver.h"

/* The options proxy and backend say where; is there one? */
bool proxy_is_used(const struct upgrade_call *call);

enum proxy_state {
    PROXY_READY, /* gets requests while its health checks are well */
    PROXY_DRAIN, /* gets no new ones */
    PROXY_MAINT, /* gets none, and is not looked at */
};

UPGRADE_MUST_USE enum upgrade_status proxy_set(struct upgrade_call *call, const char *server, enum proxy_state state);

struct proxy_server {
    bool known; /* the backend has a server of that name */
    bool up;    /* gets requests */
    bool down;  /* its health checks found it gone */
    long busy;  /* sessions it has */
};
UPGRADE_MUST_USE enum upgrade_status proxy_look(struct upgrade_call *call, const char *server,
                                                struct proxy_server *ret);

/* Until it gets requests. */
UPGRADE_MUST_USE enum upgrade_status proxy_wait_up(struct upgrade_call *call, const char *server);

/* Out of it for good: what stood behind the name has ended. Once health checks have seen that, the name is ready
 * again for whatever comes there; until then nothing would be worse than requests. */
UPGRADE_MUST_USE enum upgrade_status proxy_forget(struct upgrade_call *call, const char *server);

/* Until it has no session any more, or most_ms are over, which is no failure: what is left goes on. */
UPGRADE_MUST_USE enum upgrade_status proxy_wait_idle(struct upgrade_call *call, const char *server, int most_ms);

#endif
