/* How many CPUs this process may use: the least of its scheduling affinity and its control groups' quotas. */
#ifndef SERVICE_CPUS_H
#define SERVICE_CPUS_H

#include <stddef.h>

/* At least 1. cgroup_root is where the control group file systems are mounted (/sys/fs/cgroup); version 1, version 2
 * and both at once are understood. proc_cgroup is this process's list of groups (/proc/self/cgroup). */
size_t cpus_allowed(const char *cgroup_root, const char *proc_cgroup);

#endif
