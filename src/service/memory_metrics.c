#include "service/memory_metrics.h"

#include <math.h>

#include "service/leak.h"
#include "service/memory_report.h"
#include "service/metrics.h"
#include "service/service.h"

#define X(NAME, name) \
    _Static_assert((int)AT_TAG_##NAME == (int)MEMORY_TAG_##NAME, "the metrics' tags are memory's, in its order");
MEMORY_TAGS_LIST(X)
#undef X
_Static_assert((int)AT_TAG_OUTSIDE == (int)MEMORY_TAGS, "and what is outside of them");

/* What is not known is not exported. */
static double figure(uint64_t bytes) {
    return bytes == KZGOPS_MEMORY_UNKNOWN || bytes == KZGOPS_MEMORY_UNLIMITED ? (double)NAN : (double)bytes;
}

static void set(struct service *service, enum metric metric, double value) {
    service_metrics_set(service, metric, KZGOPS_AT(0), value);
}

static void set_at(struct service *service, enum metric metric, size_t position, double value) {
    service_metrics_set(service, metric, KZGOPS_AT((uint32_t)position), value);
}

static void read_tags(struct service *service, const kzgops_machine_memory *machine) {
    kzgops_memory_snapshot snapshot;
    kzgops_memory_report(memory_tracker(), &snapshot);
    for (size_t i = 0; i < MEMORY_TAGS; i++) {
        set_at(service, METRIC_MEMORY_USAGE, i, figure(snapshot.tag[i].live_bytes));
        set_at(service, METRIC_MEMORY_PEAK, i, figure(snapshot.tag[i].peak_bytes));
        set_at(service, METRIC_MEMORY_ALLOCATIONS, i, figure(snapshot.tag[i].allocations));
    }
    set_at(service, METRIC_MEMORY_USAGE, AT_TAG_OUTSIDE,
           figure(memory_outside(&snapshot, machine->jemalloc.allocated)));
    set(service, METRIC_MEMORY_RESERVED, (double)pool_bytes_used(service->pool));
    set(service, METRIC_MEMORY_RESERVABLE, (double)pool_bytes(service->pool));
}

static void read_state(struct service *service) {
    struct memory_state state;
    memory_state(service, &state);
    set(service, METRIC_MEMORY_LEVEL, state.level);
    set(service, METRIC_MEMORY_LIMIT, figure(state.limit));
    set(service, METRIC_MEMORY_WORKING_SET, figure(state.value));
    set_at(service, METRIC_MEMORY_THRESHOLD, AT_THRESHOLD_WARN, figure(state.warn_bytes));
    set_at(service, METRIC_MEMORY_THRESHOLD, AT_THRESHOLD_CRITICAL, figure(state.critical_bytes));
    set(service, METRIC_MEMORY_RESIDUAL, state.residual_known ? (double)state.residual_bytes : (double)NAN);
}

/* Without a window that could be judged nothing is known. */
static void read_leaks(struct service *service) {
    struct leak_state leak;
    leak_read(service->leak, &leak);
    for (size_t i = 0; i < LEAK_TAGS; i++) {
        double suspected = leak.suspected[i] ? 1 : 0;
        set_at(service, METRIC_MEMORY_LEAK, i, leak.judged[i] ? suspected : (double)NAN);
    }
}

static void read_jemalloc(struct service *service, const kzgops_jemalloc_memory *heap) {
    const enum metric metric = METRIC_JEMALLOC;
    if (!heap->available) return;
    set_at(service, metric, AT_JEMALLOC_ALLOCATED, figure(heap->allocated));
    set_at(service, metric, AT_JEMALLOC_ACTIVE, figure(heap->active));
    set_at(service, metric, AT_JEMALLOC_RESIDENT, figure(heap->resident));
    set_at(service, metric, AT_JEMALLOC_RETAINED, figure(heap->retained));
    set_at(service, metric, AT_JEMALLOC_MAPPED, figure(heap->mapped));
    set_at(service, metric, AT_JEMALLOC_METADATA, figure(heap->metadata));
}

/* Version 1 counts the times that usage has met the limit under another name, and no high. */
static void read_cgroup(struct service *service, const kzgops_cgroup_memory *group) {
    const enum metric metric = METRIC_CGROUP_MEMORY_EVENTS;
    bool v1 = group->version == KZGOPS_CGROUP_V1;
    set_at(service, metric, AT_CGROUP_EVENT_HIGH, figure(group->events_high));
    set_at(service, metric, AT_CGROUP_EVENT_MAX, figure(v1 ? group->failcnt : group->events_max));
    set_at(service, metric, AT_CGROUP_EVENT_OOM, figure(group->events_oom));
    set_at(service, metric, AT_CGROUP_EVENT_OOM_KILL, figure(group->oom_kills));
}

/* The group's own pressure where the kernel keeps it: the machine's may be others'. */
static void read_pressure(struct service *service, const kzgops_machine_memory *machine) {
    const kzgops_pressure *pressure =
        machine->cgroup.pressure.known ? &machine->cgroup.pressure : &machine->system.pressure;
    double some = pressure->known ? pressure->some_avg10 : (double)NAN;
    double full = pressure->known && pressure->full_known ? pressure->full_avg10 : (double)NAN;
    service_metrics_set(service, METRIC_PRESSURE, KZGOPS_AT(AT_RESOURCE_MEMORY, AT_PRESSURE_SOME), some / 100);
    service_metrics_set(service, METRIC_PRESSURE, KZGOPS_AT(AT_RESOURCE_MEMORY, AT_PRESSURE_FULL), full / 100);
}

void memory_metrics_read(struct service *service) {
    kzgops_machine_memory machine;
    memory_machine(service, &machine);
    read_tags(service, &machine);
    read_state(service);
    read_leaks(service);
    read_jemalloc(service, &machine.jemalloc);
    read_cgroup(service, &machine.cgroup);
    read_pressure(service, &machine);
}
