/* The API listener: POST /kzg/v1/<operation>. Route, decode, admit, queue, answer. */
#ifndef SERVICE_API_H
#define SERVICE_API_H

#include "service/service.h"

/* Starts the listener's server on service->listeners[LISTENER_API]; NULL on failure. */
struct server *api_start(struct service *service);

#endif
