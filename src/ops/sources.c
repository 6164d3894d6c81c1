#include "ops/sources.h"

#include <stdlib.h>
#include <time.h>

static int64_t read_clock(clockid_t id) {
    struct timespec now = {0};
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

const char *kzgops__proc_root(const kzgops_sources *sources) {
    return sources != NULL && sources->proc_root != NULL ? sources->proc_root : "/proc";
}

const char *kzgops__cgroup_root(const kzgops_sources *sources) {
    return sources != NULL && sources->cgroup_root != NULL ? sources->cgroup_root : "/sys/fs/cgroup";
}

int64_t kzgops__monotonic_ns(const kzgops_sources *sources) {
    if (sources == NULL || sources->clock.monotonic_ns == NULL) return read_clock(CLOCK_MONOTONIC);
    return sources->clock.monotonic_ns(sources->clock.user);
}

int64_t kzgops__realtime_ns(const kzgops_sources *sources) {
    if (sources == NULL || sources->clock.realtime_ns == NULL) return read_clock(CLOCK_REALTIME);
    return sources->clock.realtime_ns(sources->clock.user);
}

static void *heap_alloc(void *user, size_t bytes) {
    (void)user;
    return malloc(bytes > 0 ? bytes : 1);
}

static void heap_release(void *user, void *memory, size_t bytes) {
    (void)user;
    (void)bytes;
    free(memory);
}

kzgops_allocator kzgops__allocator(const kzgops_sources *sources) {
    kzgops_allocator allocator = {0};
    if (sources != NULL) allocator = sources->allocator;
    if (allocator.alloc == NULL) allocator.alloc = heap_alloc;
    if (allocator.release == NULL) allocator.release = heap_release;
    return allocator;
}
