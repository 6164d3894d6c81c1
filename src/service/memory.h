/* The daemon's memory: one pool for request bodies and answers, one arena a worker for libkzg's scratch, and the
 * allocator that libkzg gets. All of it is taken and touched before the daemon is ready; nothing here grows later. */
#ifndef SERVICE_MEMORY_H
#define SERVICE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "kzg/kzg.h"

/* ---- Request memory ------------------------------------------------------------------------------------------ */

struct pool;

/* A pool of that many bytes (rounded up to whole units), already backed by memory; NULL when there is none. */
struct pool *pool_new(size_t bytes);
struct pool *pool_free(struct pool *pool);

/* A block of at least that many bytes, aligned to 64, or NULL when the pool has no such piece left. Any thread. */
void *pool_take(struct pool *pool, size_t bytes);

/* Gives a block back; NULL is fine. Any thread. */
void pool_give(struct pool *pool, void *block);

size_t pool_bytes(const struct pool *pool);
size_t pool_bytes_used(const struct pool *pool);

/* ---- Scratch and libkzg's allocator -------------------------------------------------------------------------- */

/* Memory for an arena, backed from the start; NULL when there is none. */
void *memory_map(size_t bytes);
void memory_unmap(void *memory, size_t bytes);

/* From now on libkzg's scratch allocations on this thread come from the arena (borrowed; NULL ends it). A thread
 * without one gets heap memory. */
void memory_use_arena(struct arena *arena);

/* The allocator to give to libkzg. */
kzg_allocator memory_kzg_allocator(void);

/* Bytes that libkzg holds now, by tag (scratch: only what came from the heap). */
size_t memory_kzg_bytes(kzg_memory_tag tag);

#endif
