/* libkzgops: where figures come from. The clocks, the kernel's files and the memory are parameters of every part that
 * uses them, so that a test can feed it a recorded machine, and a service that lives in an unusual place can say so.
 */
#ifndef KZGOPS_SOURCES_H
#define KZGOPS_SOURCES_H

#include <stddef.h>
#include <stdint.h>

/* Nanoseconds. A member that is NULL stands for the system's clock. Both must be callable from any thread. */
typedef struct kzgops_clock {
    int64_t (*monotonic_ns)(void *user);
    int64_t (*realtime_ns)(void *user); /* since the epoch */
    void *user;
} kzgops_clock;

/* alloc returns memory aligned for any type, or NULL. NULL members stand for malloc and free. */
typedef struct kzgops_allocator {
    void *(*alloc)(void *user, size_t bytes);
    void (*release)(void *user, void *memory, size_t bytes);
    void *user;
} kzgops_allocator;

/* NULL members stand for the real ones. Strings are borrowed as long as what was made with them lives. */
typedef struct kzgops_sources {
    const char *proc_root;   /* "/proc" */
    const char *cgroup_root; /* "/sys/fs/cgroup" */
    kzgops_clock clock;
    kzgops_allocator allocator;
} kzgops_sources;

#endif
