/* What only jemalloc can do. In a build without it (KZG_JEMALLOC=OFF, sanitizers) every function says so. */
#ifndef SERVICE_JEMALLOC_H
#define SERVICE_JEMALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool jemalloc_present(void);

/* Gives pages that hold nothing back to the system. */
void jemalloc_purge(void);

/* Bytes that the calling thread has ever allocated, exact; 0 without jemalloc. Some nanoseconds after the first call
 * of a thread. */
uint64_t jemalloc_thread_allocated(void);

/* Heap profiling: one allocation of about every half MiB is kept with its call stack. It costs nothing measurable
 * while off. False when jemalloc cannot: it is not there, was built without, or MALLOC_CONF forbids it. */
bool jemalloc_profile_switch(bool on);
/* Writes the profile to a file, as text. Any thread; milliseconds. */
bool jemalloc_profile_dump(const char *path);

/* The same into memory, until jemalloc_profile_give. False, and *ret_error a static text, when that fails. */
struct jemalloc_profile {
    const char *text;
    size_t length;
};
bool jemalloc_profile_take(struct jemalloc_profile *ret, const char **ret_error);
void jemalloc_profile_give(struct jemalloc_profile *profile);

#endif
