/* A check whose state is memory of the checker. */
#ifndef OPS_HEALTH_H
#define OPS_HEALTH_H

#include "kzgops/health.h"

/* As kzgops_health_add with a copy of the state as user, given back when the checker is freed. */
const char *kzgops__health_add_owned(kzgops_health *health, const kzgops_health_check *check, const void *state,
                                     size_t bytes);
const kzgops_sources *kzgops__health_sources(const kzgops_health *health);

#endif
