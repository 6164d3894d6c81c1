#include "service/memory.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/assert.h"
#include "service/observe.h"

const char *const memory_tag_names[MEMORY_TAGS] = {
#define X(NAME, name) name,
    MEMORY_TAGS_LIST(X)
#undef X
};

_Static_assert((int)MEMORY_TAG_SETUP == (int)KZG_MEMORY_SETUP && (int)MEMORY_TAG_TABLES == (int)KZG_MEMORY_TABLES &&
                   (int)MEMORY_TAG_SCRATCH == (int)KZG_MEMORY_SCRATCH && KZG_MEMORY_TAGS == 3,
               "libkzg's tags are ours");

/* ---- Tracker ------------------------------------------------------------------------------------------------- */

static kzgops_memory *tracker;
static atomic_size_t mapped_bytes; /* of what the tags hold, what is not jemalloc's */

bool memory_begin(size_t threads) {
    const kzgops_memory_config config = {
        .tags = memory_tag_names, .tag_count = MEMORY_TAGS, .threads = threads, .sources = NULL};
    const char *why = "";
    if (tracker == NULL) tracker = kzgops_memory_new(&config, &why);
    if (tracker == NULL) fprintf(stderr, "kzgd: memory cannot be tracked: %s\n", why);
    return tracker != NULL;
}

void memory_end(void) {
    tracker = kzgops_memory_free(tracker);
}

kzgops_memory *memory_tracker(void) {
    KZG_ASSERT(tracker != NULL);
    return tracker;
}

static void count_map(enum memory_tag tag, size_t bytes) {
    if (!OBSERVED) return;
    kzgops_memory_add(memory_tracker(), tag, bytes);
    atomic_fetch_add(&mapped_bytes, bytes);
}

static void count_unmap(enum memory_tag tag, size_t bytes) {
    if (!OBSERVED) return;
    kzgops_memory_sub(memory_tracker(), tag, bytes);
    atomic_fetch_sub(&mapped_bytes, bytes);
}

void *memory_take(enum memory_tag tag, size_t bytes) {
    if (!OBSERVED) return calloc(1, bytes);
    return kzgops_memory_calloc(memory_tracker(), tag, 1, bytes);
}

void memory_give(void *block) {
    if (!OBSERVED) {
        free(block);
    } else if (block != NULL) {
        kzgops_memory_drop(memory_tracker(), block);
    }
}

/* ---- Mappings ---- */

#ifndef MADV_POPULATE_WRITE /* of Linux 5.14 */
#define MADV_POPULATE_WRITE 23
#endif

#define PAGE      ((size_t)4096)
#define HUGE_PAGE ((size_t)2 << 20)
#define HUGE_FROM (2 * HUGE_PAGE)

/* Not backed; what is large begins at a huge page and asks for such. */
static void *map_bare(size_t bytes) {
    size_t spare = bytes < HUGE_FROM ? 0 : HUGE_PAGE;
    if (bytes > SIZE_MAX / 2) return NULL;
    bytes = (bytes + PAGE - 1) / PAGE * PAGE;
    uint8_t *room = mmap(NULL, bytes + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) return NULL;
    if (spare == 0) return room;
    size_t before = (HUGE_PAGE - (uintptr_t)room % HUGE_PAGE) % HUGE_PAGE;
    if (before > 0) munmap(room, before);
    if (before < spare) munmap(room + before + bytes, spare - before);
    (void)madvise(room + before, bytes, MADV_HUGEPAGE); /* only a wish */
    return room + before;
}

void *memory_map_bare(enum memory_tag tag, size_t bytes) {
    void *memory = map_bare(bytes);
    if (memory != NULL) count_map(tag, bytes);
    return memory;
}

/* As a write of what is there, so that whoever uses the memory already loses nothing. */
static void touch(void *memory, size_t bytes) {
    for (size_t i = 0; i < bytes; i += PAGE) {
        _Atomic uint8_t *at = (_Atomic uint8_t *)memory + i;
        uint8_t value = atomic_load_explicit(at, memory_order_relaxed);
        (void)atomic_compare_exchange_strong_explicit(at, &value, value, memory_order_relaxed, memory_order_relaxed);
    }
}

bool memory_back(void *memory, size_t bytes) {
    if (madvise(memory, (bytes + PAGE - 1) / PAGE * PAGE, MADV_POPULATE_WRITE) == 0) return true;
    if (errno != EINVAL) return false;
    touch(memory, bytes); /* Linux below 5.14 */
    return true;
}

void *memory_map(enum memory_tag tag, size_t bytes) {
    void *memory = memory_map_bare(tag, bytes);
    if (memory == NULL || memory_back(memory, bytes)) return memory;
    memory_unmap(tag, memory, bytes);
    return NULL;
}

void memory_unmap(enum memory_tag tag, void *memory, size_t bytes) {
    if (memory == NULL) return;
    munmap(memory, bytes);
    count_unmap(tag, bytes);
}

kzgops_allocator memory_allocator(enum memory_tag tag) {
    if (!OBSERVED) return (kzgops_allocator){0};
    return kzgops_memory_allocator(memory_tracker(), tag);
}

uint64_t memory_live(enum memory_tag tag) {
    kzgops_memory_snapshot snapshot;
    kzgops_memory_report(memory_tracker(), &snapshot);
    return snapshot.tag[tag].live_bytes;
}

uint64_t memory_outside(const kzgops_memory_snapshot *snapshot, uint64_t allocated) {
    uint64_t mapped = atomic_load(&mapped_bytes), live = snapshot->all.live_bytes;
    uint64_t blocks = live > mapped ? live - mapped : 0;
    if (allocated == KZGOPS_MEMORY_UNKNOWN) return KZGOPS_MEMORY_UNKNOWN;
    return allocated > blocks ? allocated - blocks : 0;
}

/* ---- libkzg's allocator -------------------------------------------------------------------------------------- */

static _Thread_local struct arena *thread_arena;

void memory_use_arena(struct arena *arena) {
    thread_arena = arena;
}

static bool in_arena(const void *memory) {
    return thread_arena != NULL && (const uint8_t *)memory >= thread_arena->base &&
           (const uint8_t *)memory < thread_arena->base + thread_arena->size;
}

static bool is_large(size_t bytes, kzg_memory_tag tag) {
    return tag == KZG_MEMORY_TABLES && bytes >= HUGE_FROM && bytes <= SIZE_MAX / 2;
}

static size_t large_size(size_t bytes) {
    return (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
}

static void *kzg_alloc(void *user, size_t bytes, size_t alignment, kzg_memory_tag tag) {
    (void)user;
    KZG_ASSERT((unsigned)tag < KZG_MEMORY_TAGS && alignment <= ARENA_ALIGN);
    if (tag == KZG_MEMORY_SCRATCH && thread_arena != NULL) {
        if (bytes > thread_arena->size || arena_size(bytes) > thread_arena->size - thread_arena->used) return NULL;
        return arena_take(thread_arena, bytes);
    }
    /* Tables are read all over: in huge pages, where the kernel has some to give, they need few entries of the TLB.
     */
    if (is_large(bytes, tag)) return memory_map_bare(MEMORY_TAG_TABLES, large_size(bytes));
    if (!OBSERVED) return aligned_alloc(ARENA_ALIGN, (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN);
    return kzgops_memory_alloc(memory_tracker(), (size_t)tag, bytes, ARENA_ALIGN);
}

/* An operation has one scratch block at a time, so giving it back empties the arena. */
static void kzg_release(void *user, void *memory, size_t bytes, kzg_memory_tag tag) {
    (void)user;
    if (memory == NULL) return;
    if (in_arena(memory)) {
        arena_release(thread_arena, (size_t)((uint8_t *)memory - thread_arena->base));
        return;
    }
    if (is_large(bytes, tag)) {
        memory_unmap(MEMORY_TAG_TABLES, memory, large_size(bytes));
        return;
    }
    if (!OBSERVED) {
        free(memory);
        return;
    }
    kzgops_memory_release(memory_tracker(), (size_t)tag, memory, bytes, ARENA_ALIGN);
}

kzg_allocator memory_kzg_allocator(void) {
    return (kzg_allocator){.alloc = kzg_alloc, .release = kzg_release};
}
