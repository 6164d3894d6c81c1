#include "base/arena.h"

#include "base/assert.h"

void arena_init(struct arena *arena, void *memory, size_t size) {
    KZG_ASSERT((uintptr_t)memory % ARENA_ALIGN == 0);
    *arena = (struct arena){.base = memory, .size = size};
}

void *arena_take(struct arena *arena, size_t bytes) {
    size_t take = arena_size(bytes);
    KZG_ASSERT(take >= bytes && take <= arena->size - arena->used);
    void *memory = arena->base + arena->used;
    arena->used += take;
    if (arena->used > arena->peak) arena->peak = arena->used;
    return memory;
}

void arena_release(struct arena *arena, size_t mark) {
    KZG_ASSERT(mark <= arena->used);
    arena->used = mark;
}
