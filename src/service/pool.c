#include "service/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "base/assert.h"
#include "service/memory.h"

/* A blob with its arguments fills nine units; a pool of 64 MiB has 4096, few enough to search one by one. */
#define UNIT_BYTES ((size_t)16384)

/* Pages come and go in steps, so that nobody waits long for the lock: lending takes the kernel a microsecond for each
 * few. A step is a huge page, since one that is free whole need not be split. */
#define STEP 128

struct pool {
    pthread_mutex_t lock;
    uint8_t *base;
    size_t units;
    size_t allowed; /* blocks are taken from the units before it */
    size_t hint;    /* every unit before it is taken */
    atomic_size_t units_used;
    size_t units_peak;
    size_t units_lent;
    uint64_t refused;
    bool *lent;     /* units that the system has */
    uint32_t run[]; /* at a block's first unit its length, at its others UINT32_MAX, 0 where free */
};

struct pool *pool_new(size_t bytes) {
    size_t units = (bytes + UNIT_BYTES - 1) / UNIT_BYTES;
    struct pool *pool =
        memory_take(MEMORY_TAG_OTHER, sizeof *pool + units * (sizeof pool->run[0] + sizeof pool->lent[0]));
    if (pool == NULL) return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pool->units = pool->allowed = units;
    pool->lent = (bool *)&pool->run[units];
    pool->base = memory_map_bare(MEMORY_TAG_REQUEST, units * UNIT_BYTES);
    return pool->base == NULL ? pool_free(pool) : pool;
}

static size_t step_end(const struct pool *pool, size_t from) {
    size_t to = (from / STEP + 1) * STEP;
    return to < pool->units ? to : pool->units;
}

bool pool_back(struct pool *pool) {
    bool backed = true;
    for (size_t from = 0, to; from < pool->units && backed; from = to) {
        to = step_end(pool, from);
        pthread_mutex_lock(&pool->lock);
        if (pool->units_lent == 0) backed = memory_back(pool->base + from * UNIT_BYTES, (to - from) * UNIT_BYTES);
        pthread_mutex_unlock(&pool->lock);
    }
    return backed;
}

struct pool *pool_free(struct pool *pool) {
    if (pool == NULL) return NULL;
    memory_unmap(MEMORY_TAG_REQUEST, pool->base, pool->units * UNIT_BYTES);
    pthread_mutex_destroy(&pool->lock);
    memory_give(pool);
    return NULL;
}

/* ---- Blocks -------------------------------------------------------------------------------------------------- */

static size_t units_of(size_t bytes) {
    size_t units = bytes / UNIT_BYTES + (bytes % UNIT_BYTES != 0);
    return units == 0 ? 1 : units;
}

size_t pool_block_bytes(size_t bytes) {
    return units_of(bytes) * UNIT_BYTES;
}

/* First fit, so that what is idle is at the end. The first unit of a free run of that length, or pool->units; and the
 * longest free run that was met on the way. */
static size_t find_run(const struct pool *pool, size_t want, size_t *ret_longest) {
    size_t at = pool->hint, found = 0;
    *ret_longest = 0;
    while (at < pool->allowed) {
        if (pool->run[at] != 0) {
            KZG_ASSERT(pool->run[at] != UINT32_MAX);
            at += pool->run[at];
            found = 0;
            continue;
        }
        if (++found > *ret_longest) *ret_longest = found;
        if (found == want) return at + 1 - want;
        at++;
    }
    return pool->units;
}

/* Under the lock. */
static void mark_taken(struct pool *pool, size_t first, size_t want) {
    pool->run[first] = (uint32_t)want;
    for (size_t i = 0; i < want; i++) {
        if (i > 0) pool->run[first + i] = UINT32_MAX;
        if (pool->lent[first + i]) pool->units_lent--;
        pool->lent[first + i] = false;
    }
    if (first == pool->hint) pool->hint += want;
    size_t used = atomic_fetch_add(&pool->units_used, want) + want;
    if (used > pool->units_peak) pool->units_peak = used;
}

void *pool_take(struct pool *pool, size_t bytes) {
    size_t want = units_of(bytes), longest;
    void *block = NULL;
    pthread_mutex_lock(&pool->lock);
    size_t first = want <= pool->units ? find_run(pool, want, &longest) : pool->units;
    if (first < pool->units) {
        mark_taken(pool, first, want);
        block = pool->base + first * UNIT_BYTES;
    } else {
        pool->refused++;
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

/* ---- Lending ------------------------------------------------------------------------------------------------- */

/* Under the lock: the free units of a step that are not lent yet, piece by piece. Returns how many it lent. */
static size_t lend_step(struct pool *pool, size_t from, size_t to) {
    size_t lent = 0;
    for (size_t at = from; at < to; at++) {
        size_t first = at;
        while (at < to && pool->run[at] == 0 && !pool->lent[at]) at++;
        if (at == first) continue;
        if (madvise(pool->base + first * UNIT_BYTES, (at - first) * UNIT_BYTES, MADV_DONTNEED) != 0) continue;
        memset(&pool->lent[first], true, at - first);
        lent += at - first;
    }
    pool->units_lent += lent;
    return lent;
}

size_t pool_lend(struct pool *pool, size_t keep) {
    size_t lent = 0;
    /* Of what comes again only what is used shall come, not a huge page for it. */
    (void)madvise(pool->base, pool->units * UNIT_BYTES, MADV_NOHUGEPAGE);
    for (size_t from = keep / UNIT_BYTES, to; from < pool->units; from = to) {
        to = step_end(pool, from);
        pthread_mutex_lock(&pool->lock);
        lent += lend_step(pool, from, to);
        pthread_mutex_unlock(&pool->lock);
    }
    return lent * UNIT_BYTES;
}

void pool_confine(struct pool *pool, size_t lent) {
    size_t left = lent / UNIT_BYTES, at = 0;
    pthread_mutex_lock(&pool->lock);
    while (at < pool->units && (!pool->lent[at] || left > 0)) {
        if (pool->lent[at]) left--;
        at++;
    }
    pool->allowed = at;
    pthread_mutex_unlock(&pool->lock);
}

/* ---- Figures ------------------------------------------------------------------------------------------------- */

void pool_read(struct pool *pool, struct pool_state *ret) {
    size_t longest;
    pthread_mutex_lock(&pool->lock);
    (void)find_run(pool, SIZE_MAX, &longest);
    *ret = (struct pool_state){.bytes = pool->units * UNIT_BYTES,
                               .allowed = pool->allowed * UNIT_BYTES,
                               .used = atomic_load(&pool->units_used) * UNIT_BYTES,
                               .used_peak = pool->units_peak * UNIT_BYTES,
                               .lent = pool->units_lent * UNIT_BYTES,
                               .largest = longest * UNIT_BYTES,
                               .refused = pool->refused};
    pthread_mutex_unlock(&pool->lock);
}

size_t pool_bytes(const struct pool *pool) {
    return pool->units * UNIT_BYTES;
}

size_t pool_bytes_used(const struct pool *pool) {
    return atomic_load(&pool->units_used) * UNIT_BYTES;
}
