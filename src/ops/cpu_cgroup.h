/* Where a controller's files for this process's control group are. */
#ifndef OPS_CPU_CGROUP_H
#define OPS_CPU_CGROUP_H

#include <stdbool.h>

#include "kzgops/cpu.h"

struct cgroup_place {
    kzgops_cpu_cgroup version;
    bool guessed;
    char top[KZGOPS_CPU_PATH_MAX];  /* where the hierarchy is mounted */
    char path[KZGOPS_CPU_PATH_MAX]; /* the group's folder: top or below it */
};

/* Version 1 has the controller when a line of /proc/self/cgroup names it, else version 2 does. */
void kzgops__cgroup_find(const kzgops_sources *sources, const char *controller, struct cgroup_place *ret);

/* The folder above, never above top; false at top. */
bool kzgops__cgroup_up(const struct cgroup_place *place, char *path);

#endif
