/* Which control group accounts for this process's memory, and what it says. */
#ifndef OPS_MEMORY_CGROUP_H
#define OPS_MEMORY_CGROUP_H

#include "kzgops/machine_memory.h"

void kzgops__read_cgroup_memory(const kzgops_sources *sources, kzgops_cgroup_memory *ret);

#endif
