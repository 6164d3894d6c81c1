#include "fault/counting_allocator.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

enum { EDGE = 64, FILL = 0xc7 };

/* Stands in the EDGE bytes before a block; behind the block come EDGE bytes of FILL. */
struct head {
    size_t bytes;
    kzg_memory_tag tag;
    uint64_t live;
};

#define LIVE 0x6b7a672d6c697665u

static void *count_alloc(void *user, size_t bytes, size_t alignment, kzg_memory_tag tag) {
    struct counting *c = user;
    KZG_ASSERT(alignment > 0 && alignment <= EDGE && (alignment & (alignment - 1)) == 0);
    KZG_ASSERT((unsigned)tag < KZG_MEMORY_TAGS);
    size_t n = atomic_fetch_add(&c->allocations, 1) + 1;
    if (n == atomic_load(&c->fail_at)) return NULL;
    size_t size = (bytes + EDGE - 1) / EDGE * EDGE;
    uint8_t *memory = aligned_alloc(EDGE, EDGE + size + EDGE);
    KZG_ASSERT(memory != NULL);
    memset(memory, FILL, EDGE + size + EDGE);
    *(struct head *)(void *)memory = (struct head){bytes, tag, LIVE};
    size_t live = atomic_fetch_add(&c->live[tag], bytes) + bytes, peak = atomic_load(&c->peak[tag]);
    while (live > peak && !atomic_compare_exchange_weak(&c->peak[tag], &peak, live)) {
    }
    atomic_fetch_add(&c->blocks, 1);
    return memory + EDGE;
}

static void count_release(void *user, void *memory, size_t bytes, kzg_memory_tag tag) {
    struct counting *c = user;
    uint8_t *block = memory;
    struct head *head = (struct head *)(void *)(block - EDGE);
    KZG_ASSERT(memory != NULL && head->live == LIVE);
    KZG_ASSERT(head->bytes == bytes && head->tag == tag);
    for (size_t i = sizeof(*head); i < EDGE; i++) KZG_ASSERT(block[i - EDGE] == FILL);
    for (size_t i = 0; i < EDGE; i++) KZG_ASSERT(block[bytes + i] == FILL);
    head->live = 0;
    atomic_fetch_sub(&c->live[tag], bytes);
    atomic_fetch_sub(&c->blocks, 1);
    free(head);
}

kzg_allocator counting_allocator(struct counting *counting) {
    return (kzg_allocator){count_alloc, count_release, counting};
}

void counting_fail_at(struct counting *counting, size_t n) {
    atomic_store(&counting->allocations, 0);
    atomic_store(&counting->fail_at, n);
}

bool counting_is_empty(const struct counting *counting) {
    for (int tag = 0; tag < KZG_MEMORY_TAGS; tag++)
        if (atomic_load(&counting->live[tag]) != 0) return false;
    return atomic_load(&counting->blocks) == 0;
}
