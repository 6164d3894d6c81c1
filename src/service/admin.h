/* The administration listener: GET /livez, /readyz, /version, /metrics. On a loop of its own, so that it answers
 * whatever the API has to do. */
#ifndef SERVICE_ADMIN_H
#define SERVICE_ADMIN_H

#include "service/service.h"

struct server *admin_new(struct service *service);

#endif
