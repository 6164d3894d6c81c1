/* The tracker. Each thread owns a row of cells, one a tag and one for all tags; only the owner writes to it, with
 * plain loads and stores. What a thread has not yet told the others (pending) is settled into the shared figures of
 * the tag whenever it reaches QUANTUM, and only there a locked instruction is paid and the peak moves. */
#include "kzgops/memory.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "ops/sources.h"

#define LINE          ((size_t)128) /* two lines: neighbours are fetched in pairs */
#define QUANTUM       ((int64_t)16384)
#define THREADS_USUAL 64
#define CACHED        4 /* trackers that a thread finds without a search */
#define MARK_LIVE     0x6d656d21u
#define MARK_FREED    0x66726565u
#define NATURAL_ALIGN alignof(max_align_t)

/* pending lies within +-QUANTUM, top is the highest it was since it was settled: each is off by one QUANTUM at most.
 */
_Static_assert(KZGOPS_MEMORY_PEAK_SLACK == 2 * QUANTUM, "the header promises another bound");

struct cell {
    _Atomic uint64_t allocated;
    _Atomic uint64_t released;
    _Atomic uint64_t allocations;
    _Atomic uint64_t releases;
    _Atomic int64_t pending;
    _Atomic int64_t top;
};

/* One tag's, or all tags'. */
struct total {
    _Atomic int64_t live; /* without what is pending */
    _Atomic int64_t peak;
    _Atomic int64_t baseline;
    _Atomic uint64_t failures;
    char pad[LINE - 4 * sizeof(uint64_t)];
};

struct handle {
    kzgops_memory *memory;
    size_t tag;
};

struct kzgops_memory {
    uint64_t id; /* never used twice, unlike an address */
    const char *const *tags;
    size_t tag_count;
    size_t threads;
    size_t row_bytes;
    uint8_t *rows;           /* threads rows, and one that is shared */
    _Atomic uint64_t *owner; /* of each row: a thread's token, 0 when it is free */
    struct total *totals;    /* tag_count, and one for all */
    kzgops_allocator allocator;
    bool heap; /* the C library's, which aligns by itself */
    void *raw;
    size_t raw_bytes;
    atomic_bool has_baseline;
    atomic_bool sharing;
    kzgops_memory *next;
    struct handle handles[KZGOPS_MEMORY_TAGS_MAX];
};

struct header {
    uint64_t bytes;
    uint32_t tag;
    uint32_t mark;
};
_Static_assert(sizeof(struct header) % alignof(max_align_t) == 0, "blocks behind a header are aligned for any type");

static _Thread_local struct {
    uint64_t id;
    struct cell *row;
} cached[CACHED];
static _Thread_local uint64_t thread_token;

static pthread_mutex_t trackers_lock = PTHREAD_MUTEX_INITIALIZER;
static kzgops_memory *trackers; /* all that live */
static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool has_key;

/* ---- Rows and threads ---------------------------------------------------------------------------------------- */

static struct cell *row_at(const kzgops_memory *memory, size_t i) {
    return (struct cell *)(void *)(memory->rows + i * memory->row_bytes);
}

static struct cell *shared_row(const kzgops_memory *memory) {
    return row_at(memory, memory->threads);
}

/* The rows of a thread that ends are for others; what they counted stays. Destructors that run later may still
 * allocate: they find a row again, and this is called again. */
static void thread_ended(void *unused) {
    (void)unused;
    memset(cached, 0, sizeof cached);
    pthread_mutex_lock(&trackers_lock);
    for (kzgops_memory *memory = trackers; memory != NULL; memory = memory->next) {
        for (size_t i = 0; i < memory->threads; i++) {
            uint64_t mine = thread_token;
            atomic_compare_exchange_strong(&memory->owner[i], &mine, 0);
        }
    }
    pthread_mutex_unlock(&trackers_lock);
}

static void make_key(void) {
    has_key = pthread_key_create(&key, thread_ended) == 0;
}

static struct cell *claim_row(kzgops_memory *memory) {
    for (size_t i = 0; i < memory->threads; i++) {
        if (atomic_load_explicit(&memory->owner[i], memory_order_relaxed) == thread_token) return row_at(memory, i);
    }
    for (size_t i = 0; i < memory->threads; i++) {
        uint64_t none = 0;
        if (atomic_compare_exchange_strong(&memory->owner[i], &none, thread_token)) return row_at(memory, i);
    }
    atomic_store(&memory->sharing, true);
    return shared_row(memory);
}

static struct cell *find_row(kzgops_memory *memory) {
    static _Atomic uint64_t tokens;
    pthread_once(&key_once, make_key);
    if (thread_token == 0) thread_token = atomic_fetch_add(&tokens, 1) + 1;
    if (has_key && pthread_getspecific(key) == NULL) pthread_setspecific(key, &thread_token);
    struct cell *row = claim_row(memory);
    cached[memory->id % CACHED].id = memory->id;
    cached[memory->id % CACHED].row = row;
    return row;
}

static inline struct cell *own_row(kzgops_memory *memory) {
    size_t slot = memory->id % CACHED;
    return cached[slot].id == memory->id ? cached[slot].row : find_row(memory);
}

bool kzgops_memory_thread_begin(kzgops_memory *memory) {
    return own_row(memory) != shared_row(memory);
}

/* ---- Counting ------------------------------------------------------------------------------------------------ */

static void raise_peak(struct total *total, int64_t value) {
    int64_t peak = atomic_load_explicit(&total->peak, memory_order_relaxed);
    while (peak < value && !atomic_compare_exchange_weak(&total->peak, &peak, value)) continue;
}

/* The cell is emptied first: a reader in between misses at most a QUANTUM, and never counts anything twice for good.
 */
static void settle(struct cell *cell, struct total *total, int64_t pending, int64_t top) {
    atomic_store_explicit(&cell->top, 0, memory_order_relaxed);
    atomic_store_explicit(&cell->pending, 0, memory_order_relaxed);
    raise_peak(total, atomic_fetch_add(&total->live, pending) + top);
}

static inline void move(struct cell *cell, struct total *total, int64_t delta) {
    int64_t pending = atomic_load_explicit(&cell->pending, memory_order_relaxed) + delta;
    int64_t top = atomic_load_explicit(&cell->top, memory_order_relaxed);
    if (pending >= QUANTUM || pending <= -QUANTUM) {
        settle(cell, total, pending, pending > top ? pending : top);
        return;
    }
    atomic_store_explicit(&cell->pending, pending, memory_order_relaxed);
    if (pending > top) atomic_store_explicit(&cell->top, pending, memory_order_relaxed);
}

static inline void bump(_Atomic uint64_t *counter, uint64_t by) {
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed) + by;
    atomic_store_explicit(counter, value, memory_order_release);
}

/* With several writers nothing is pending. */
static void move_shared(struct total *total, int64_t delta) {
    raise_peak(total, atomic_fetch_add(&total->live, delta) + delta);
}

void kzgops_memory_add(kzgops_memory *memory, size_t tag, size_t bytes) {
    KZG_ASSERT(tag < memory->tag_count && bytes <= INT64_MAX);
    struct cell *row = own_row(memory);
    if (row == shared_row(memory)) {
        atomic_fetch_add(&row[tag].allocated, bytes);
        atomic_fetch_add(&row[tag].allocations, 1);
        move_shared(&memory->totals[tag], (int64_t)bytes);
        move_shared(&memory->totals[memory->tag_count], (int64_t)bytes);
        return;
    }
    bump(&row[tag].allocated, bytes);
    bump(&row[tag].allocations, 1);
    move(&row[tag], &memory->totals[tag], (int64_t)bytes);
    move(&row[memory->tag_count], &memory->totals[memory->tag_count], (int64_t)bytes);
}

void kzgops_memory_sub(kzgops_memory *memory, size_t tag, size_t bytes) {
    KZG_ASSERT(tag < memory->tag_count && bytes <= INT64_MAX);
    struct cell *row = own_row(memory);
    if (row == shared_row(memory)) {
        atomic_fetch_add(&row[tag].released, bytes);
        atomic_fetch_add(&row[tag].releases, 1);
        move_shared(&memory->totals[tag], -(int64_t)bytes);
        move_shared(&memory->totals[memory->tag_count], -(int64_t)bytes);
        return;
    }
    bump(&row[tag].released, bytes);
    bump(&row[tag].releases, 1);
    move(&row[tag], &memory->totals[tag], -(int64_t)bytes);
    move(&row[memory->tag_count], &memory->totals[memory->tag_count], -(int64_t)bytes);
}

/* ---- Blocks -------------------------------------------------------------------------------------------------- */

static size_t at_least_one(size_t bytes) {
    return bytes > 0 ? bytes : 1;
}

/* A block that the allocator aligns too little: one that is larger, with its true address before the aligned one. */
static void *take_aligned(kzgops_memory *memory, size_t bytes, size_t alignment) {
    size_t whole = at_least_one(bytes) + alignment;
    if (whole < alignment) return NULL;
    if (memory->heap) {
        return whole > SIZE_MAX / 2 ? NULL : aligned_alloc(alignment, (whole - 1) / alignment * alignment);
    }
    uint8_t *raw = memory->allocator.alloc(memory->allocator.user, whole);
    if (raw == NULL) return NULL;
    /* At least NATURAL_ALIGN and so at least a pointer's size lies between the two. */
    uint8_t *block = raw + alignment - (uintptr_t)raw % alignment;
    memcpy(block - sizeof raw, &raw, sizeof raw);
    return block;
}

static void give_aligned(kzgops_memory *memory, void *block, size_t bytes, size_t alignment) {
    if (memory->heap) {
        free(block);
        return;
    }
    void *raw;
    memcpy(&raw, (uint8_t *)block - sizeof raw, sizeof raw);
    memory->allocator.release(memory->allocator.user, raw, at_least_one(bytes) + alignment);
}

static void count_failure(kzgops_memory *memory, size_t tag) {
    atomic_fetch_add(&memory->totals[tag].failures, 1);
    atomic_fetch_add(&memory->totals[memory->tag_count].failures, 1);
}

void *kzgops_memory_alloc(kzgops_memory *memory, size_t tag, size_t bytes, size_t alignment) {
    KZG_ASSERT(tag < memory->tag_count && (alignment & (alignment - 1)) == 0);
    void *block = NULL;
    if (alignment > NATURAL_ALIGN) {
        block = take_aligned(memory, bytes, alignment);
    } else if (bytes <= INT64_MAX) {
        block = memory->allocator.alloc(memory->allocator.user, at_least_one(bytes));
    }
    if (block == NULL) {
        count_failure(memory, tag);
    } else {
        kzgops_memory_add(memory, tag, bytes);
    }
    return block;
}

void kzgops_memory_release(kzgops_memory *memory, size_t tag, void *block, size_t bytes, size_t alignment) {
    KZG_ASSERT(tag < memory->tag_count && (alignment & (alignment - 1)) == 0);
    if (block == NULL) return;
    kzgops_memory_sub(memory, tag, bytes);
    if (alignment > NATURAL_ALIGN) {
        give_aligned(memory, block, bytes, alignment);
    } else {
        memory->allocator.release(memory->allocator.user, block, at_least_one(bytes));
    }
}

void *kzgops_memory_malloc(kzgops_memory *memory, size_t tag, size_t bytes) {
    KZG_ASSERT(tag < memory->tag_count);
    struct header *header = NULL;
    if (bytes <= INT64_MAX - sizeof *header) {
        header = memory->allocator.alloc(memory->allocator.user, bytes + sizeof *header);
    }
    if (header == NULL) {
        count_failure(memory, tag);
        return NULL;
    }
    *header = (struct header){.bytes = bytes, .tag = (uint32_t)tag, .mark = MARK_LIVE};
    kzgops_memory_add(memory, tag, bytes);
    return header + 1;
}

void *kzgops_memory_calloc(kzgops_memory *memory, size_t tag, size_t count, size_t bytes) {
    size_t all;
    if (__builtin_mul_overflow(count, bytes, &all)) all = SIZE_MAX; /* which malloc refuses, and counts */
    void *block = kzgops_memory_malloc(memory, tag, all);
    return block == NULL ? NULL : memset(block, 0, all);
}

static struct header *header_of(const kzgops_memory *memory, void *block) {
    struct header *header = (struct header *)block - 1;
    KZG_ASSERT(header->mark == MARK_LIVE && header->tag < memory->tag_count);
    return header;
}

void kzgops_memory_drop(kzgops_memory *memory, void *block) {
    if (block == NULL) return;
    struct header *header = header_of(memory, block);
    size_t bytes = header->bytes;
    header->mark = MARK_FREED;
    kzgops_memory_sub(memory, header->tag, bytes);
    memory->allocator.release(memory->allocator.user, header, bytes + sizeof *header);
}

void *kzgops_memory_realloc(kzgops_memory *memory, size_t tag, void *block, size_t bytes) {
    if (block == NULL) return kzgops_memory_malloc(memory, tag, bytes);
    size_t old = header_of(memory, block)->bytes;
    void *fresh = kzgops_memory_malloc(memory, tag, bytes);
    if (fresh == NULL) return NULL;
    memcpy(fresh, block, old < bytes ? old : bytes);
    kzgops_memory_drop(memory, block);
    return fresh;
}

static void *handle_alloc(void *user, size_t bytes) {
    const struct handle *handle = user;
    return kzgops_memory_alloc(handle->memory, handle->tag, bytes, 0);
}

static void handle_release(void *user, void *block, size_t bytes) {
    const struct handle *handle = user;
    kzgops_memory_release(handle->memory, handle->tag, block, bytes, 0);
}

kzgops_allocator kzgops_memory_allocator(kzgops_memory *memory, size_t tag) {
    KZG_ASSERT(tag < memory->tag_count);
    return (kzgops_allocator){.alloc = handle_alloc, .release = handle_release, .user = &memory->handles[tag]};
}

/* ---- Figures ------------------------------------------------------------------------------------------------- */

/* Settled bytes and what is pending. Off by what moves during the read, by no more than a QUANTUM a thread. */
static int64_t read_live(const kzgops_memory *memory, size_t tag) {
    int64_t live = 0;
    for (size_t i = 0; i < memory->threads; i++) {
        live += atomic_load_explicit(&row_at(memory, i)[tag].pending, memory_order_relaxed);
    }
    return live + atomic_load(&memory->totals[tag].live);
}

/* Some thread may have been higher since it settled last, and nobody knows at which moment; the highest of them with
 * the others as they are now is within the promised bound. */
static uint64_t read_peak(const kzgops_memory *memory, size_t tag) {
    int64_t pending = 0, above = 0;
    for (size_t i = 0; i < memory->threads; i++) {
        const struct cell *cell = &row_at(memory, i)[tag];
        int64_t now = atomic_load_explicit(&cell->pending, memory_order_relaxed);
        int64_t top = atomic_load_explicit(&cell->top, memory_order_relaxed);
        pending += now;
        if (top - now > above) above = top - now;
    }
    struct total *total = &memory->totals[tag];
    raise_peak(total, atomic_load(&total->live) + pending + above);
    return (uint64_t)atomic_load(&total->peak);
}

/* Releases are read before allocations: a release that is seen has its allocation seen too, so more releases than
 * allocations are a mistake of the caller and not of the moment. */
static void read_counts(const kzgops_memory *memory, size_t tag, kzgops_memory_usage *usage) {
    uint64_t released = 0, releases = 0;
    for (size_t i = 0; i <= memory->threads; i++) {
        const struct cell *cell = &row_at(memory, i)[tag];
        releases += atomic_load_explicit(&cell->releases, memory_order_acquire);
        released += atomic_load_explicit(&cell->released, memory_order_acquire);
    }
    for (size_t i = 0; i <= memory->threads; i++) {
        const struct cell *cell = &row_at(memory, i)[tag];
        usage->allocations += atomic_load_explicit(&cell->allocations, memory_order_acquire);
        usage->total_bytes += atomic_load_explicit(&cell->allocated, memory_order_acquire);
    }
    usage->unbalanced = released > usage->total_bytes || releases > usage->allocations;
    usage->live_blocks = releases > usage->allocations ? 0 : usage->allocations - releases;
}

static void read_state(const kzgops_memory *memory, size_t tag, kzgops_memory_usage *usage) {
    const struct total *total = &memory->totals[tag];
    int64_t live = read_live(memory, tag);
    usage->live_bytes = live > 0 ? (uint64_t)live : 0;
    usage->peak_bytes = read_peak(memory, tag);
    usage->failures = atomic_load(&total->failures);
    if (atomic_load(&memory->has_baseline)) usage->residual_bytes = live - atomic_load(&total->baseline);
}

void kzgops_memory_report(kzgops_memory *memory, kzgops_memory_snapshot *ret) {
    *ret = (kzgops_memory_snapshot){.tag_count = memory->tag_count, .tags = memory->tags};
    ret->has_baseline = atomic_load(&memory->has_baseline);
    ret->shared = atomic_load(&memory->sharing);
    for (size_t i = 0; i < memory->threads; i++) ret->threads += atomic_load(&memory->owner[i]) != 0;
    for (size_t tag = 0; tag < memory->tag_count; tag++) {
        kzgops_memory_usage *usage = &ret->tag[tag];
        read_counts(memory, tag, usage);
        read_state(memory, tag, usage);
        ret->all.allocations += usage->allocations;
        ret->all.total_bytes += usage->total_bytes;
        ret->all.live_blocks += usage->live_blocks;
        ret->all.unbalanced = ret->all.unbalanced || usage->unbalanced;
    }
    read_state(memory, memory->tag_count, &ret->all);
}

uint64_t kzgops_memory_current(kzgops_memory *memory) {
    int64_t live = read_live(memory, memory->tag_count);
    return live > 0 ? (uint64_t)live : 0;
}

uint64_t kzgops_memory_peak(kzgops_memory *memory) {
    return read_peak(memory, memory->tag_count);
}

bool kzgops_memory_thread_report(kzgops_memory *memory, kzgops_memory_thread_usage *ret) {
    const struct cell *row = own_row(memory);
    if (row == shared_row(memory)) return false;
    *ret = (kzgops_memory_thread_usage){0};
    for (size_t tag = 0; tag < memory->tag_count; tag++) {
        ret->allocations += atomic_load_explicit(&row[tag].allocations, memory_order_relaxed);
        ret->allocated_bytes += atomic_load_explicit(&row[tag].allocated, memory_order_relaxed);
        ret->releases += atomic_load_explicit(&row[tag].releases, memory_order_relaxed);
        ret->released_bytes += atomic_load_explicit(&row[tag].released, memory_order_relaxed);
    }
    return true;
}

void kzgops_memory_baseline(kzgops_memory *memory) {
    for (size_t tag = 0; tag <= memory->tag_count; tag++) {
        atomic_store(&memory->totals[tag].baseline, read_live(memory, tag));
    }
    atomic_store(&memory->has_baseline, true);
}

bool kzgops_memory_residual(kzgops_memory *memory, size_t tag, int64_t *ret_bytes) {
    if (tag == SIZE_MAX) tag = memory->tag_count;
    KZG_ASSERT(tag <= memory->tag_count);
    if (!atomic_load(&memory->has_baseline)) return false;
    *ret_bytes = read_live(memory, tag) - atomic_load(&memory->totals[tag].baseline);
    return true;
}

/* ---- The tracker itself -------------------------------------------------------------------------------------- */

static const char *config_error(const kzgops_memory_config *config) {
    const kzgops_sources *sources = config->sources;
    if (config->tags == NULL || config->tag_count == 0) return "a memory tracker needs a table of tags";
    if (config->tag_count > KZGOPS_MEMORY_TAGS_MAX) return "more tags than KZGOPS_MEMORY_TAGS_MAX";
    for (size_t i = 0; i < config->tag_count; i++) {
        if (config->tags[i] == NULL || config->tags[i][0] == '\0') return "a tag without a name";
        for (size_t j = 0; j < i; j++) {
            if (strcmp(config->tags[i], config->tags[j]) == 0) return "two tags with the same name";
        }
    }
    if (config->threads > KZGOPS_MEMORY_THREADS_MAX) return "more threads than KZGOPS_MEMORY_THREADS_MAX";
    if (sources != NULL && (sources->allocator.alloc == NULL) != (sources->allocator.release == NULL)) {
        return "an allocator needs both alloc and release";
    }
    return NULL;
}

static size_t lines(size_t bytes) {
    return (bytes + LINE - 1) / LINE * LINE;
}

/* One block holds it all: the tracker, the totals, the owners, the rows. */
static kzgops_memory *make(const kzgops_memory_config *config) {
    size_t threads = config->threads > 0 ? config->threads : THREADS_USUAL;
    size_t row = lines((config->tag_count + 1) * sizeof(struct cell));
    size_t self = lines(sizeof(kzgops_memory)), totals = lines((config->tag_count + 1) * sizeof(struct total));
    size_t owners = lines(threads * sizeof(uint64_t));
    size_t bytes = LINE + self + totals + owners + (threads + 1) * row;
    kzgops_allocator allocator = kzgops__allocator(config->sources);
    uint8_t *raw = allocator.alloc(allocator.user, bytes);
    if (raw == NULL) return NULL;
    memset(raw, 0, bytes);
    uint8_t *at = raw + (LINE - (uintptr_t)raw % LINE) % LINE;
    kzgops_memory *memory = (kzgops_memory *)(void *)at;
    memory->raw = raw;
    memory->raw_bytes = bytes;
    memory->tags = config->tags;
    memory->tag_count = config->tag_count;
    memory->threads = threads;
    memory->row_bytes = row;
    memory->totals = (struct total *)(void *)(at + self);
    memory->owner = (_Atomic uint64_t *)(void *)(at + self + totals);
    memory->rows = at + self + totals + owners;
    memory->allocator = allocator;
    memory->heap = config->sources == NULL || config->sources->allocator.alloc == NULL;
    for (size_t tag = 0; tag < memory->tag_count; tag++) memory->handles[tag] = (struct handle){memory, tag};
    return memory;
}

kzgops_memory *kzgops_memory_new(const kzgops_memory_config *config, const char **ret_error) {
    static uint64_t ids;
    const char *error = config_error(config);
    kzgops_memory *memory = error == NULL ? make(config) : NULL;
    if (error == NULL && memory == NULL) error = "no memory for the memory tracker";
    if (memory == NULL) {
        if (ret_error != NULL) *ret_error = error;
        return NULL;
    }
    pthread_mutex_lock(&trackers_lock);
    memory->id = ++ids;
    memory->next = trackers;
    trackers = memory;
    pthread_mutex_unlock(&trackers_lock);
    return memory;
}

kzgops_memory *kzgops_memory_free(kzgops_memory *memory) {
    if (memory == NULL) return NULL;
    pthread_mutex_lock(&trackers_lock);
    kzgops_memory **link = &trackers;
    while (*link != memory) link = &(*link)->next;
    *link = memory->next;
    pthread_mutex_unlock(&trackers_lock);
    kzgops_allocator allocator = memory->allocator;
    allocator.release(allocator.user, memory->raw, memory->raw_bytes);
    return NULL;
}
