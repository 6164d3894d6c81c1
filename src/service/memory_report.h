/* Everything that is known about this process's memory, at one moment: the page, and what a capture keeps. */
#ifndef SERVICE_MEMORY_REPORT_H
#define SERVICE_MEMORY_REPORT_H

#include "kzgops/machine_memory.h"
#include "service/leak.h"
#include "service/memory.h"
#include "service/pool.h"
#include "service/pressure.h"
#include "wire/wire.h"

struct memory_report {
    struct memory_state state;
    kzgops_memory_snapshot tags;
    kzgops_machine_memory machine;
    struct leak_state leak;
    struct pool_state pool;
    uint64_t outside; /* of the tags; UNKNOWN without jemalloc */
    bool heap_profile;
    size_t scratch[WIRE_OPERATIONS]; /* what one operation takes at most of a worker's arena; 0 before the start */
    size_t request[WIRE_OPERATIONS]; /* and of the request memory */
    size_t items[WIRE_OPERATIONS];   /* with a list of so many */
    size_t in_progress[WIRE_OPERATIONS];
    uint64_t operations;         /* that workers have done */
    uint64_t hot_path_allocated; /* bytes that they allocated doing them: 0 */
    kzgops_growth *growth;       /* borrowed: every finding, judged when it is written */
};

struct service;

void memory_report_read(const struct service *service, struct memory_report *ret);

/* snprintf's semantics. */
size_t memory_report_text(const struct memory_report *report, char *out, size_t size);
size_t memory_report_json(const struct memory_report *report, char *out, size_t size);

#endif
