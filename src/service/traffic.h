/* How many API requests are on their way, and which. Counted by the listener's thread, read by any. */
#ifndef SERVICE_TRAFFIC_H
#define SERVICE_TRAFFIC_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "service/request.h"

struct traffic {
    atomic_uint_fast64_t begun;
    atomic_size_t in_progress;
    atomic_size_t by_operation[WIRE_OPERATIONS]; /* of those in progress, where the path named one */
};

static inline void traffic_begin(struct traffic *traffic) {
    atomic_fetch_add_explicit(&traffic->begun, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&traffic->in_progress, 1, memory_order_relaxed);
}

/* Once the request's operation is known. */
static inline void traffic_is(struct traffic *traffic, const struct request *request) {
    if (request->operation == NULL) return;
    atomic_fetch_add_explicit(&traffic->by_operation[request->operation_id], 1, memory_order_relaxed);
}

static inline void traffic_end(struct traffic *traffic, const struct request *request) {
    if (request->operation != NULL) {
        atomic_fetch_sub_explicit(&traffic->by_operation[request->operation_id], 1, memory_order_relaxed);
    }
    atomic_fetch_sub_explicit(&traffic->in_progress, 1, memory_order_relaxed);
}

#endif
