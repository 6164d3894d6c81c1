/* libkzgops, memory: who holds how much of it, and a warning before there is too much.
 *
 * A tracker counts bytes by tag, a table of names that the program gives. Three ways feed it, and may be mixed:
 * allocating through it with sizes kept by the caller (kzgops_memory_alloc), allocating through it as with malloc
 * (kzgops_memory_malloc: a header of 16 bytes, not counted, remembers size and tag), and accounting for memory that
 * came from elsewhere (kzgops_memory_add: mappings, pools, another library's hooks).
 *
 * Every thread counts in cells of its own, without locked instructions; a read adds them up. Totals and counts
 * are exact, live bytes too as soon as nothing moves; while others allocate, live bytes are off by what they do
 * during the read. Peaks are exact as long as one thread allocates; with more, a peak may be off by
 * KZGOPS_MEMORY_PEAK_SLACK for each thread that has allocated. Nothing is allocated for a new thread: cells are taken
 * when the tracker is made, given back when a thread ends and used again.
 *
 * Cost beside the allocator's own, seen with bench/ops/memory.c on an AMD EPYC of a cloud machine, gcc 12 -O2, on one
 * thread and on two alike: 9 to 11 ns for an allocation with its release when blocks are below 16 KiB, 34 to 38 ns
 * (17 to 19 for each half) when every block is larger and goes to the shared figures at once. A report reads every
 * thread's cells: some microseconds.
 *
 * All functions may be called from any thread unless they say otherwise. The tracker never calls out of an
 * allocation: thresholds are looked at when the program asks (kzgops_memory_watch_update), so a callback may log,
 * and allocate. */
#ifndef KZGOPS_MEMORY_H
#define KZGOPS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/sources.h"

#define KZGOPS_MEMORY_TAGS_MAX    32
#define KZGOPS_MEMORY_THREADS_MAX 4096
#define KZGOPS_MEMORY_PEAK_SLACK  ((uint64_t)32768)

/* Values of a uint64_t that are no number of bytes. */
#define KZGOPS_MEMORY_UNKNOWN   UINT64_MAX       /* could not be read: never treat it as zero */
#define KZGOPS_MEMORY_UNLIMITED (UINT64_MAX - 1) /* of a limit: there is none */

/* ---- Tracker ------------------------------------------------------------------------------------------------- */

typedef struct kzgops_memory kzgops_memory;

typedef struct kzgops_memory_config {
    const char *const *tags; /* their names, borrowed until the tracker is freed */
    size_t tag_count;        /* 1 to KZGOPS_MEMORY_TAGS_MAX */
    size_t threads; /* cells for that many threads at one time, 0: 64. Further threads share one set of cells,
                     * which is as exact and slower, and has no counters of its own thread */
    const kzgops_sources *sources; /* borrowed; NULL: malloc. Where blocks and the tracker's own memory come from */
} kzgops_memory_config;

/* NULL when a number is out of range or there is no memory; *ret_error (unless NULL) then says which, in words. */
kzgops_memory *kzgops_memory_new(const kzgops_memory_config *config, const char **ret_error);
/* Frees the tracker, not what was allocated through it. No other thread may use it any more; threads that did may
 * live on. NULL is fine; returns NULL. */
kzgops_memory *kzgops_memory_free(kzgops_memory *memory);

/* Takes the calling thread's cells now instead of at its first allocation (one lock). False when it has to share. */
bool kzgops_memory_thread_begin(kzgops_memory *memory);

/* Memory of that size and alignment (a power of two, 0: for any type), or NULL, counted as a failure of the tag. A
 * size of 0 gives a block of its own that counts as none. */
void *kzgops_memory_alloc(kzgops_memory *memory, size_t tag, size_t bytes, size_t alignment);
/* Gives it back, with what it was asked for. NULL is fine. */
void kzgops_memory_release(kzgops_memory *memory, size_t tag, void *block, size_t bytes, size_t alignment);

/* As their namesakes of the C library; aligned for any type. drop (their free) and realloc know tag and size, and
 * assert that the block came from here and was not freed already. A realloc that fails leaves the block. */
void *kzgops_memory_malloc(kzgops_memory *memory, size_t tag, size_t bytes);
void *kzgops_memory_calloc(kzgops_memory *memory, size_t tag, size_t count, size_t bytes);
void *kzgops_memory_realloc(kzgops_memory *memory, size_t tag, void *block, size_t bytes);
void kzgops_memory_drop(kzgops_memory *memory, void *block);

/* Accounts for memory that was taken, or given back, elsewhere: one block of that many bytes. */
void kzgops_memory_add(kzgops_memory *memory, size_t tag, size_t bytes);
void kzgops_memory_sub(kzgops_memory *memory, size_t tag, size_t bytes);

/* An allocator for another part of this library, whose memory then counts under the tag. It lives as long as the
 * tracker does. */
kzgops_allocator kzgops_memory_allocator(kzgops_memory *memory, size_t tag);

/* ---- Figures ------------------------------------------------------------------------------------------------- */

typedef struct kzgops_memory_usage {
    uint64_t live_bytes;
    uint64_t live_blocks;
    uint64_t peak_bytes;
    uint64_t total_bytes;   /* allocated since the start */
    uint64_t allocations;   /* since the start */
    uint64_t failures;      /* allocations that got no memory */
    int64_t residual_bytes; /* live less the idle baseline; 0 without one */
    bool unbalanced; /* more was given back than was ever taken under this tag: the caller mixes up tags or sizes.
                      * Live figures then stand at 0 */
} kzgops_memory_usage;

/* Bytes and blocks that the calling thread alone took and gave back. Cells outlive threads, so only the difference
 * between two reads of one thread means anything: none over an operation proves that it did not allocate. */
typedef struct kzgops_memory_thread_usage {
    uint64_t allocations;
    uint64_t allocated_bytes;
    uint64_t releases;
    uint64_t released_bytes;
} kzgops_memory_thread_usage;

typedef struct kzgops_memory_snapshot {
    size_t tag_count;
    const char *const *tags;
    kzgops_memory_usage tag[KZGOPS_MEMORY_TAGS_MAX];
    kzgops_memory_usage all;
    bool has_baseline;
    size_t threads; /* that have cells now */
    bool shared;    /* some thread had to share */
} kzgops_memory_snapshot;

/* Everything, as of about now: what other threads do during the read may or may not be in it, but live bytes are
 * never below what was live at some moment of the read. */
void kzgops_memory_report(kzgops_memory *memory, kzgops_memory_snapshot *ret);

/* The snapshot for people (a table) and as one JSON object. At most size bytes with a terminator are written; returns
 * the length that it would have had, as snprintf does. */
size_t kzgops_memory_report_text(const kzgops_memory_snapshot *snapshot, char *out, size_t size);
size_t kzgops_memory_report_json(const kzgops_memory_snapshot *snapshot, char *out, size_t size);

/* Live bytes of all tags, and the highest that they were. */
uint64_t kzgops_memory_current(kzgops_memory *memory);
uint64_t kzgops_memory_peak(kzgops_memory *memory);

/* False, and nothing written, when the calling thread shares its cells with others. */
bool kzgops_memory_thread_report(kzgops_memory *memory, kzgops_memory_thread_usage *ret);

/* Records what is live now as the idle baseline, which residuals are measured against: to be called when nothing is
 * in flight. Calling it again replaces it. */
void kzgops_memory_baseline(kzgops_memory *memory);
/* Live bytes less the baseline, of one tag or (tag SIZE_MAX) of all. False without a baseline. */
bool kzgops_memory_residual(kzgops_memory *memory, size_t tag, int64_t *ret_bytes);

/* ---- Thresholds ---------------------------------------------------------------------------------------------- */

typedef enum kzgops_memory_level {
    KZGOPS_MEMORY_OK = 0,
    KZGOPS_MEMORY_WARN = 1,
    KZGOPS_MEMORY_CRITICAL = 2
} kzgops_memory_level;

/* Bytes, or per cent of the limit; at most one of them is set, none stands for the default. */
typedef struct kzgops_memory_threshold {
    uint64_t bytes;
    double percent;
} kzgops_memory_threshold;

typedef struct kzgops_memory_crossing {
    kzgops_memory_level from;
    kzgops_memory_level to;
    uint64_t value;
    uint64_t threshold; /* bytes of the threshold that was crossed; of two, the one next to the new level */
    uint64_t limit;     /* as given to the update; may be UNKNOWN or UNLIMITED */
    int64_t when_ns;    /* realtime */
    uint64_t sequence;  /* 1, 2, ...: the order of crossings, should two threads report at once */
} kzgops_memory_crossing;

typedef struct kzgops_memory_watch_config {
    kzgops_memory_threshold warn;     /* default 80 % */
    kzgops_memory_threshold critical; /* default 90 % */
    double hysteresis_percent;        /* of the threshold: a level ends when the value is that far below it. 0: 5 */
    void (*crossed)(void *user, const kzgops_memory_crossing *crossing); /* NULL: none. Called without a lock held */
    void *user;
    const kzgops_sources *sources; /* borrowed; NULL: the real ones */
} kzgops_memory_watch_config;

typedef struct kzgops_memory_watch kzgops_memory_watch;

typedef struct kzgops_memory_watch_state {
    kzgops_memory_level level;
    uint64_t value;      /* last known; UNKNOWN before the first */
    uint64_t limit;      /* last known; UNKNOWN before the first */
    uint64_t warn_bytes; /* UNKNOWN: a share of a limit that is not known; UNLIMITED: of one that is not there */
    uint64_t critical_bytes;
    uint64_t crossings;       /* all of them */
    uint64_t warnings;        /* times that WARN was reached from below */
    uint64_t criticals;       /* times that CRITICAL was reached */
    int64_t since_ns;         /* realtime of the last crossing; 0: none yet */
    uint64_t unknown_updates; /* updates whose value was UNKNOWN */
} kzgops_memory_watch_state;

/* NULL when a threshold makes no sense or there is no memory; *ret_error (unless NULL) then says which, in words. */
kzgops_memory_watch *kzgops_memory_watch_new(const kzgops_memory_watch_config *config, const char **ret_error);
kzgops_memory_watch *kzgops_memory_watch_free(kzgops_memory_watch *watch); /* NULL is fine; returns NULL */

/* Says what the value stands at now (live bytes, RSS, the cgroup's usage) and what the limit is, and returns the
 * level. Exactly one callback for a change of level, none otherwise, also when the value jumps over both thresholds.
 * An UNKNOWN value changes nothing; with an UNKNOWN limit the last known one goes on to count; with an UNLIMITED one,
 * or none known yet, thresholds in per cent cannot be reached. */
kzgops_memory_level kzgops_memory_watch_update(kzgops_memory_watch *watch, uint64_t value, uint64_t limit);

/* Where it stands, and the name of a level: "ok", "warn", "critical". */
void kzgops_memory_watch_read(kzgops_memory_watch *watch, kzgops_memory_watch_state *ret);
const char *kzgops_memory_level_name(kzgops_memory_level level);

#endif
