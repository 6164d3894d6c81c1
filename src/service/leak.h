/* Two looks for leaks: at idle, whatever is held beyond the idle baseline; under load, whatever grows with the work
 * done. The monitor turns it; any thread reads. */
#ifndef SERVICE_LEAK_H
#define SERVICE_LEAK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/heap_sites.h"
#include "kzgops/machine_memory.h"
#include "kzgops/memory_growth.h"
#include "service/memory.h"

/* The tags, and what is outside of them. */
#define LEAK_TAGS     (MEMORY_TAGS + 1)
#define LEAK_SITES    3
#define LEAK_SUSPECTS 4

struct service;
struct leak;

struct leak_state {
    bool residual_known; /* there is a baseline, and the service was idle since */
    int64_t residual_bytes;
    int64_t residual_when_ns; /* realtime of that look */
    bool judged[LEAK_TAGS];   /* whether enough is known for a judgement */
    bool suspected[LEAK_TAGS];
    size_t suspect_count; /* all of them; the fastest growing first */
    kzgops_growth_finding suspect[LEAK_SUSPECTS];
    size_t site_count; /* with heap profiling: what has grown since the baseline, seen when suspicion arose */
    kzgops_heap_site site[LEAK_SITES];
};

/* NULL, with a line on standard error, when there is no memory. */
struct leak *leak_new(struct service *service);
struct leak *leak_free(struct leak *leak); /* NULL is fine; returns NULL */

/* machine: as just read. */
void leak_turn(struct leak *leak, const kzgops_machine_memory *machine);

void leak_read(struct leak *leak, struct leak_state *ret);

/* Every tag and window, as kzgops_growth_text and _json. */
kzgops_growth *leak_growth(struct leak *leak);
const char *leak_tag_name(size_t tag);

#endif
