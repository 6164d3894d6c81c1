/* One function a check of checks_list.h. user is the service. Any thread. */
#ifndef SERVICE_HEALTH_CHECKS_H
#define SERVICE_HEALTH_CHECKS_H

#include "kzgops/health.h"
#include "service/checks_list.h"

#define X(name, ...) void check_##name(void *user, kzgops_health_result *ret);
CHECKS_LIST(X)
#undef X

#endif
