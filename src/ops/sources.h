/* The parameters of kzgops/sources.h with the real ones put in for what is missing. */
#ifndef OPS_SOURCES_H
#define OPS_SOURCES_H

#include <stddef.h>
#include <stdint.h>

#include "kzgops/sources.h"

const char *kzgops__proc_root(const kzgops_sources *sources);
const char *kzgops__cgroup_root(const kzgops_sources *sources);
int64_t kzgops__monotonic_ns(const kzgops_sources *sources);
int64_t kzgops__realtime_ns(const kzgops_sources *sources);

/* A complete allocator. Memory is not cleared. */
kzgops_allocator kzgops__allocator(const kzgops_sources *sources);

#endif
