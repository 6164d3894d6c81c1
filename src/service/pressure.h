/* Memory under watch: what this process may have, how much of it is in use, and what is done about it. The monitor
 * looks once a second; admission and reports read what it found.
 *
 * Above the critical threshold memory goes back to the system, request memory that went back is only used again as
 * far as there is room, and operations above a bound on their estimated cost are refused: the further above, the
 * lower the bound, so that verification goes on last. */
#ifndef SERVICE_PRESSURE_H
#define SERVICE_PRESSURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/machine_memory.h"
#include "kzgops/memory.h"

struct service;
struct pressure;

/* ---- Reading ------------------------------------------------------------------------------------------------- */

/* Figures in bytes may be KZGOPS_MEMORY_UNKNOWN, limits and thresholds KZGOPS_MEMORY_UNLIMITED. */
struct memory_state {
    kzgops_memory_level level;
    uint64_t value;           /* what is held against the limit */
    const char *value_name;   /* "cgroup working set" or "resident memory": which that is */
    uint64_t limit;           /* what this process may have */
    const char *limit_source; /* "option", "cgroup", "machine" or "unknown" */
    uint64_t warn_bytes;
    uint64_t critical_bytes;
    int64_t since_ns;       /* realtime of the last change of level; 0: none yet */
    uint64_t crossings;     /* changes of level since the start */
    uint32_t cost_bound_us; /* dearer operations are refused; UINT32_MAX: none is */
    uint64_t refused;       /* requests, for that reason, since the start */
    bool residual_known;    /* false until the service was idle once with a baseline */
    int64_t residual_bytes; /* still held at idle beyond the idle baseline; anything but 0 is a leak */
    size_t suspects;        /* tags that grow at comparable load */
    char suspect[16];       /* the fastest growing one; "" without */
    uint64_t oom_kills;     /* in this control group; UNKNOWN where it does not count them */
};

/* As of the last look. Any thread, from the moment that service->pressure is made. */
void memory_state(const struct service *service, struct memory_state *ret);

/* All that was read of process, control group, machine and allocator at the last look. */
void memory_machine(const struct service *service, kzgops_machine_memory *ret);

/* ---- Admission ----------------------------------------------------------------------------------------------- */

/* Whether work of that estimated cost is taken on now. If not it is counted, and a sentence with the numbers is
 * written to why. Any thread. */
bool pressure_admits(struct pressure *pressure, uint32_t cost_us, char *why, size_t size);

/* ---- Life ---------------------------------------------------------------------------------------------------- */

/* NULL, with a line on standard error, when a threshold makes no sense or there is no memory. Needs service->sources
 * and service->config; service->pool when it turns. */
struct pressure *pressure_new(struct service *service);
struct pressure *pressure_free(struct pressure *pressure); /* NULL is fine; returns NULL */

/* The monitor's turn. */
void pressure_turn(struct pressure *pressure);

#endif
