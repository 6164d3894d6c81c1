/* Memory with an unreadable page directly behind or before it: a read or write one byte outside ends the program. */
#ifndef SUPPORT_GUARD_H
#define SUPPORT_GUARD_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum guard_side { GUARD_BEHIND, GUARD_BEFORE };

struct guard {
    uint8_t *data; /* bytes bytes, filled with 0xa5 */
    size_t bytes;
    void *map;
    size_t map_bytes;
};

/* Ends the program if there is no memory. bytes may be 0. */
static inline struct guard guard_take(size_t bytes, enum guard_side side) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), body = (bytes + page - 1) / page * page;
    struct guard g = {.bytes = bytes, .map_bytes = body + 2 * page};
    g.map = mmap(NULL, g.map_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (g.map == MAP_FAILED) {
        perror("guard_take: mmap");
        exit(1);
    }
    uint8_t *start = (uint8_t *)g.map + page;
    if (body != 0 && mprotect(start, body, PROT_READ | PROT_WRITE) != 0) {
        perror("guard_take: mprotect");
        exit(1);
    }
    memset(start, 0xa5, body);
    g.data = side == GUARD_BEHIND ? start + body - bytes : start;
    return g;
}

/* The same with a copy of what is there. */
static inline struct guard guard_copy(const void *from, size_t bytes, enum guard_side side) {
    struct guard g = guard_take(bytes, side);
    if (bytes != 0) memcpy(g.data, from, bytes);
    return g;
}

/* No more writes: for inputs that must stay as they are. */
static inline void guard_freeze(const struct guard *g) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (g->map_bytes == 2 * page) return;
    if (mprotect((uint8_t *)g->map + page, g->map_bytes - 2 * page, PROT_READ) != 0) {
        perror("guard_freeze: mprotect");
        exit(1);
    }
}

static inline void guard_free(struct guard *g) {
    (void)munmap(g->map, g->map_bytes);
    *g = (struct guard){0};
}

#endif
