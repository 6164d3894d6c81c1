/* Why a container's process ended. The runtime's own flag for a kill for memory is not asked: it is wrong with some
 * runtimes. */
#ifndef UPGRADE_CONTAINER_ENDING_H
#define UPGRADE_CONTAINER_ENDING_H

#include <stddef.h>

#include "upgrade/container_runtime.h"

#define KERNEL_LOG "/dev/kmsg"

/* One line for people. kernel_log: KERNEL_LOG, or a file of its records. */
void container_ending(const struct container *container, const char *kernel_log, char *out, size_t size);

#endif
