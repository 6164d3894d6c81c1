#include "kzg/default_memory.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#define ALIGNMENT 64
#define HUGE_PAGE ((size_t)2 << 20)

static size_t round_up(size_t bytes, size_t to) {
    return (bytes + to - 1) / to * to;
}

static void *default_alloc(void *user, size_t bytes, size_t alignment, kzg_memory_tag tag) {
    (void)user;
    (void)tag;
    if (bytes < 2 * HUGE_PAGE) return aligned_alloc(alignment, round_up(bytes, alignment));
    void *memory = aligned_alloc(HUGE_PAGE, round_up(bytes, HUGE_PAGE));
#ifdef MADV_HUGEPAGE
    if (memory != NULL) (void)madvise(memory, round_up(bytes, HUGE_PAGE), MADV_HUGEPAGE); /* only a wish */
#endif
    return memory;
}

static void default_release(void *user, void *memory, size_t bytes, kzg_memory_tag tag) {
    (void)user;
    (void)bytes;
    (void)tag;
    free(memory);
}

const kzg_allocator default_allocator = {default_alloc, default_release, NULL};

/* ---- Spare scratch ---- */

/* In front of the memory that is handed out. */
struct block {
    _Alignas(ALIGNMENT) size_t bytes;
};

struct spare_scratch {
    _Atomic(struct block *) slots[SPARE_BLOCKS];
};

struct spare_scratch *spare_scratch_new(void) {
    return calloc(1, sizeof(struct spare_scratch));
}

struct spare_scratch *spare_scratch_free(struct spare_scratch *spare) {
    for (size_t i = 0; spare != NULL && i < SPARE_BLOCKS; i++) free(atomic_load(&spare->slots[i]));
    free(spare);
    return NULL;
}

static struct block *new_block(size_t bytes) {
    struct block *block = aligned_alloc(ALIGNMENT, round_up(sizeof *block + bytes, ALIGNMENT));
    if (block != NULL) block->bytes = bytes;
    return block;
}

void *spare_scratch_take(struct spare_scratch *spare, size_t bytes) {
    struct block *found = NULL;
    for (size_t i = 0; i < SPARE_BLOCKS && found == NULL; i++) {
        struct block *block = atomic_exchange(&spare->slots[i], NULL);
        if (block == NULL) continue;
        if (block->bytes >= bytes)
            found = block;
        else
            free(block); /* a larger one takes its place when it comes back */
    }
    if (found == NULL) found = new_block(bytes);
    return found == NULL ? NULL : found + 1;
}

void spare_scratch_give(struct spare_scratch *spare, void *memory) {
    struct block *block = (struct block *)memory - 1;
    for (size_t i = 0; i < SPARE_BLOCKS && block->bytes <= SPARE_BYTES_MAX; i++) {
        struct block *empty = NULL;
        if (atomic_compare_exchange_strong(&spare->slots[i], &empty, block)) return;
    }
    free(block);
}
