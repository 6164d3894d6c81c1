/* The API listener: POST /kzg/v1/<operation>. Route, decode, admit, queue, answer. */
#ifndef SERVICE_API_H
#define SERVICE_API_H

#include "service/service.h"

/* The server of service->listeners[LISTENER_API], not running yet; NULL on failure. */
struct server *api_new(struct service *service);

#endif
