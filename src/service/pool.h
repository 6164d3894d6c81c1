/* Request memory: one pool for bodies and answers, made and backed before the daemon is ready; it never grows. What
 * is free can be lent back to the system, and what was lent is taken again only as far as pool_confine lets it. */
#ifndef SERVICE_POOL_H
#define SERVICE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool;

struct pool_state {
    size_t bytes;
    size_t allowed;   /* the part from the start that blocks are taken from */
    size_t used;      /* reserved by requests in progress */
    size_t used_peak; /* the most that ever was */
    size_t lent;      /* bytes that the system has back; they come again when they are used */
    size_t largest;   /* the longest piece that could be taken now */
    uint64_t refused; /* takes that found no room */
};

/* A pool of that many bytes (rounded up to whole units); NULL when there is no memory. */
struct pool *pool_new(size_t bytes);
/* Has the system give all of its memory now, unless some was lent already. Any thread; false: there is not enough. */
bool pool_back(struct pool *pool);
struct pool *pool_free(struct pool *pool);

/* A block of at least that many bytes, aligned to 64, or NULL when the pool has no such piece left. Any thread. */
void *pool_take(struct pool *pool, size_t bytes);

/* Gives a block back; NULL is fine. Any thread. */
void pool_give(struct pool *pool, void *block);

/* What a block of that many bytes takes from the pool. */
size_t pool_block_bytes(size_t bytes);

/* Lends what is free behind the first keep bytes to the system; returns how many bytes that freed. Any thread. */
size_t pool_lend(struct pool *pool, size_t keep);

/* From now on blocks come from a part with at most that many lent bytes in it; what is in use elsewhere stays.
 * SIZE_MAX: from all. */
void pool_confine(struct pool *pool, size_t lent);

void pool_read(struct pool *pool, struct pool_state *ret);
size_t pool_bytes(const struct pool *pool);
size_t pool_bytes_used(const struct pool *pool);

#endif
