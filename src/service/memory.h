/* The daemon's memory: one tracker, which knows what all of it is for; mappings and blocks that it counts; the
 * allocator that libkzg gets, with one arena a worker for its scratch.
 *
 * What libmicrohttpd and the C library take for themselves is in no tag: it shows as the difference to what jemalloc
 * has given out (memory_outside). */
#ifndef SERVICE_MEMORY_H
#define SERVICE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "kzg/kzg.h"
#include "kzgops/memory.h"

/* MEMORY_TAGS_LIST(X): X(NAME, "name"): what memory is for. The first three are libkzg's, in its order. */
#define MEMORY_TAGS_LIST(X)                                 \
    X(SETUP, "setup")     /* context and setup */           \
    X(TABLES, "tables")   /* precomputed multiples */       \
    X(SCRATCH, "scratch") /* workers' arenas */             \
    X(REQUEST, "request") /* the pool of bodies, answers */ \
    X(QUEUE, "queue")                                       \
    X(HTTP, "http") /* connections, our side */             \
    X(LOG, "log")                                           \
    X(PROFILER, "profiler") /* profiles, slow log */        \
    X(OTHER, "other")

enum memory_tag {
#define X(NAME, name) MEMORY_TAG_##NAME,
    MEMORY_TAGS_LIST(X)
#undef X
        MEMORY_TAGS
};

extern const char *const memory_tag_names[MEMORY_TAGS];

/* ---- Tracker ------------------------------------------------------------------------------------------------- */

/* Makes the process's tracker, with cells for that many threads, before anything below is used. False: no memory.
 * Twice is fine. */
bool memory_begin(size_t threads);
/* After everything was given back, and the threads that took it have ended. */
void memory_end(void);

kzgops_memory *memory_tracker(void); /* borrowed */

/* A block of zeroes, or NULL; given back by memory_give, which takes NULL. Any thread. */
void *memory_take(enum memory_tag tag, size_t bytes);
void memory_give(void *block);

/* Pages of their own, zeroed and backed from the start, or NULL; from 4 MiB on huge ones where the kernel has some.
 */
void *memory_map(enum memory_tag tag, size_t bytes);
/* The same in two steps: each page is backed when it is used first, or all are by memory_back. That changes no byte,
 * so others may use the memory meanwhile; false: there is not enough, and who uses it may be killed for it. */
void *memory_map_bare(enum memory_tag tag, size_t bytes);
bool memory_back(void *memory, size_t bytes);
void memory_unmap(enum memory_tag tag, void *memory, size_t bytes);

/* For parts of libkzgops: their memory counts under the tag. */
kzgops_allocator memory_allocator(enum memory_tag tag);

uint64_t memory_live(enum memory_tag tag);

/* What jemalloc has given out beyond the tags: libraries, and what rounding up to its sizes costs. allocated is
 * jemalloc's figure; KZGOPS_MEMORY_UNKNOWN gives KZGOPS_MEMORY_UNKNOWN. */
uint64_t memory_outside(const kzgops_memory_snapshot *snapshot, uint64_t allocated);

/* ---- libkzg's allocator -------------------------------------------------------------------------------------- */

/* From now on libkzg's scratch allocations on this thread come from the arena (borrowed; NULL ends it). A thread
 * without one gets heap memory. */
void memory_use_arena(struct arena *arena);

/* The allocator to give to libkzg. */
kzg_allocator memory_kzg_allocator(void);

#endif
