#include "service/memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/assert.h"

/* A blob with its arguments fills nine units; a pool of 64 MiB has 4096, few enough to search one by one. */
#define UNIT_BYTES ((size_t)16384)

struct pool {
    pthread_mutex_t lock;
    uint8_t *base;
    size_t units;
    size_t hint; /* every unit before it is taken */
    atomic_size_t units_used;
    uint32_t run[]; /* at a block's first unit its length, at its others UINT32_MAX, 0 where free */
};

void *memory_map(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void memory_unmap(void *memory, size_t bytes) {
    if (memory != NULL) munmap(memory, bytes);
}

struct pool *pool_new(size_t bytes) {
    size_t units = (bytes + UNIT_BYTES - 1) / UNIT_BYTES;
    struct pool *pool = calloc(1, sizeof *pool + units * sizeof pool->run[0]);
    if (pool == NULL) return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pool->units = units;
    pool->base = memory_map(units * UNIT_BYTES);
    return pool->base == NULL ? pool_free(pool) : pool;
}

struct pool *pool_free(struct pool *pool) {
    if (pool == NULL) return NULL;
    memory_unmap(pool->base, pool->units * UNIT_BYTES);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
    return NULL;
}

/* First fit. Returns the first unit of a free run of that length, or pool->units. */
static size_t find_run(const struct pool *pool, size_t want) {
    size_t at = pool->hint, found = 0;
    while (at < pool->units) {
        if (pool->run[at] != 0) {
            KZG_ASSERT(pool->run[at] != UINT32_MAX);
            at += pool->run[at];
            found = 0;
        } else if (++found == want) {
            return at + 1 - want;
        } else {
            at++;
        }
    }
    return pool->units;
}

void *pool_take(struct pool *pool, size_t bytes) {
    size_t want = bytes / UNIT_BYTES + (bytes % UNIT_BYTES != 0);
    void *block = NULL;
    if (want == 0) want = 1;
    if (want > pool->units) return NULL;
    pthread_mutex_lock(&pool->lock);
    size_t first = find_run(pool, want);
    if (first < pool->units) {
        pool->run[first] = (uint32_t)want;
        for (size_t i = 1; i < want; i++) pool->run[first + i] = UINT32_MAX;
        if (first == pool->hint) pool->hint += want;
        atomic_fetch_add(&pool->units_used, want);
        block = pool->base + first * UNIT_BYTES;
    }
    pthread_mutex_unlock(&pool->lock);
    return block;
}

void pool_give(struct pool *pool, void *block) {
    if (block == NULL) return;
    size_t first = (size_t)((uint8_t *)block - pool->base) / UNIT_BYTES;
    pthread_mutex_lock(&pool->lock);
    KZG_ASSERT(first < pool->units && pool->run[first] != 0 && pool->run[first] != UINT32_MAX);
    size_t length = pool->run[first];
    memset(&pool->run[first], 0, length * sizeof pool->run[0]);
    if (first < pool->hint) pool->hint = first;
    atomic_fetch_sub(&pool->units_used, length);
    pthread_mutex_unlock(&pool->lock);
}

size_t pool_bytes(const struct pool *pool) {
    return pool->units * UNIT_BYTES;
}

size_t pool_bytes_used(const struct pool *pool) {
    return atomic_load(&pool->units_used) * UNIT_BYTES;
}

/* ---- libkzg's allocator -------------------------------------------------------------------------------------- */

static _Thread_local struct arena *thread_arena;
static atomic_size_t kzg_bytes[KZG_MEMORY_TAGS];

void memory_use_arena(struct arena *arena) {
    thread_arena = arena;
}

static bool in_arena(const void *memory) {
    return thread_arena != NULL && (const uint8_t *)memory >= thread_arena->base &&
           (const uint8_t *)memory < thread_arena->base + thread_arena->size;
}

static void *kzg_alloc(void *user, size_t bytes, size_t alignment, kzg_memory_tag tag) {
    (void)user;
    KZG_ASSERT((unsigned)tag < KZG_MEMORY_TAGS && alignment <= ARENA_ALIGN);
    if (tag == KZG_MEMORY_SCRATCH && thread_arena != NULL) {
        if (bytes > thread_arena->size || arena_size(bytes) > thread_arena->size - thread_arena->used) return NULL;
        return arena_take(thread_arena, bytes);
    }
    size_t rounded = arena_size(bytes);
    void *memory = rounded < bytes ? NULL : aligned_alloc(ARENA_ALIGN, rounded);
    if (memory != NULL) atomic_fetch_add(&kzg_bytes[tag], bytes);
    return memory;
}

/* An operation has one scratch block at a time, so giving it back empties the arena. */
static void kzg_release(void *user, void *memory, size_t bytes, kzg_memory_tag tag) {
    (void)user;
    if (memory == NULL) return;
    if (in_arena(memory)) {
        arena_release(thread_arena, (size_t)((uint8_t *)memory - thread_arena->base));
        return;
    }
    atomic_fetch_sub(&kzg_bytes[tag], bytes);
    free(memory);
}

kzg_allocator memory_kzg_allocator(void) {
    return (kzg_allocator){.alloc = kzg_alloc, .release = kzg_release};
}

size_t memory_kzg_bytes(kzg_memory_tag tag) {
    return atomic_load(&kzg_bytes[tag]);
}
