/* How fast operations should be: the time within which 99 of 100 should end, from a worker's start to the encoded
 * answer. --objective says it for all; else it follows from what each costs on this machine. */
#ifndef SERVICE_OBJECTIVE_H
#define SERVICE_OBJECTIVE_H

#include <stddef.h>
#include <stdint.h>

#include "wire/wire.h"

/* Of the measured cost at a usual size, and no less than the other: below that the scheduler decides. */
#define OBJECTIVE_FACTOR 4
#define OBJECTIVE_MIN_NS ((int64_t)10000000)

/* Usual sizes: the blobs of a block, and a column of it. */
#define OBJECTIVE_BLOBS 6
#define OBJECTIVE_CELLS 128

struct service;

size_t objective_items(wire_operation_id operation);

/* Once the daemon is ready; any thread. */
int64_t objective_ns(const struct service *service, wire_operation_id operation);

#endif
