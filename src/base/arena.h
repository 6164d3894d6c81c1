/* A bump allocator over memory that somebody else owns. One thread at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#define ARENA_ALIGN 64

struct arena {
    uint8_t *base; /* aligned to ARENA_ALIGN */
    size_t size;
    size_t used;
    size_t peak;
};

/* Bytes that arena_take(bytes) uses up. */
static inline size_t arena_size(size_t bytes) {
    return (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
}

/* Bytes for two uses of the same memory, one after the other. */
static inline size_t arena_larger(size_t a, size_t b) {
    return a > b ? a : b;
}

void arena_init(struct arena *arena, void *memory, size_t size);

/* Uninitialised memory of that size, aligned to ARENA_ALIGN. Asking for more than was planned is a programmer's
 * error and asserts. */
void *arena_take(struct arena *arena, size_t bytes);

#define ARENA_ARRAY(arena, type, n) ((type *)arena_take((arena), sizeof(type) * (n)))

/* Frees everything taken since mark (an earlier value of arena->used). */
void arena_release(struct arena *arena, size_t mark);

#endif
