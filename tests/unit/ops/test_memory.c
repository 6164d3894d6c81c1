/* libkzgops: the memory tracker against a model, its threads, its reports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <json-c/json.h>

#include "kzgops/memory.h"
#include "support/random.h"

enum { SETUP, TABLES, SCRATCH, REQUEST, QUEUE, HTTP, LOG, PROFILER, OTHER, TAGS };
static const char *const tags[TAGS] = {"setup", "tables", "scratch",  "request", "queue",
                                       "http",  "log",    "profiler", "other"};

static uint64_t seed;

static kzgops_memory *tracker(size_t threads, const kzgops_sources *sources) {
    const char *error = NULL;
    kzgops_memory_config config = {.tags = tags, .tag_count = TAGS, .threads = threads, .sources = sources};
    kzgops_memory *memory = kzgops_memory_new(&config, &error);
    assert_null(error);
    assert_non_null(memory);
    return memory;
}

/* An allocator that knows what is out, hands out addresses that are only just aligned, and can be told to fail. */
struct book {
    _Atomic int64_t bytes;
    _Atomic int64_t blocks;
    _Atomic int64_t fail_after; /* that many more succeed; below 0: all */
};

static void *book_alloc(void *user, size_t bytes) {
    struct book *book = user;
    if (atomic_load(&book->fail_after) == 0) return NULL;
    if (atomic_load(&book->fail_after) > 0) atomic_fetch_sub(&book->fail_after, 1);
    uint8_t *raw = aligned_alloc(128, (bytes + 32 + 127) / 128 * 128);
    if (raw == NULL) return NULL;
    atomic_fetch_add(&book->bytes, (int64_t)bytes);
    atomic_fetch_add(&book->blocks, 1);
    return raw + 16;
}

static void book_release(void *user, void *memory, size_t bytes) {
    struct book *book = user;
    atomic_fetch_sub(&book->bytes, (int64_t)bytes);
    atomic_fetch_sub(&book->blocks, 1);
    free((uint8_t *)memory - 16);
}

/* ---- One thread ---------------------------------------------------------------------------------------------- */

#define SLOTS 64

struct model {
    struct {
        uint8_t *block;
        size_t bytes;
        size_t tag;
        size_t alignment;
        bool headed;
    } slot[SLOTS];
    uint64_t live[TAGS + 1], peak[TAGS + 1], total[TAGS + 1], count[TAGS + 1];
};

static size_t random_size(uint64_t *random) {
    static const size_t scale[] = {1, 100, 5000, 16384, 40000, 300000};
    return (size_t)(random_next(random) % (scale[random_next(random) % 6] + 1));
}

static void model_take(struct model *model, kzgops_memory *memory, size_t i, uint64_t *random) {
    size_t tag = random_next(random) % TAGS, bytes = random_size(random);
    size_t alignment = random_next(random) % 2 ? (size_t)1 << random_next(random) % 13 : 0;
    model->slot[i].headed = random_next(random) % 3 == 0;
    if (model->slot[i].headed) {
        alignment = 0;
        model->slot[i].block = kzgops_memory_malloc(memory, tag, bytes);
    } else {
        model->slot[i].block = kzgops_memory_alloc(memory, tag, bytes, alignment);
    }
    assert_non_null(model->slot[i].block);
    assert_int_equal((uintptr_t)model->slot[i].block % (alignment > 16 ? alignment : 16), 0);
    memset(model->slot[i].block, (int)i, bytes);
    model->slot[i].bytes = bytes;
    model->slot[i].tag = tag;
    model->slot[i].alignment = alignment;
    for (size_t k = tag;; k = TAGS) {
        model->live[k] += bytes;
        model->total[k] += bytes;
        model->count[k]++;
        if (model->live[k] > model->peak[k]) model->peak[k] = model->live[k];
        if (k == TAGS) break;
    }
}

static void model_give(struct model *model, kzgops_memory *memory, size_t i) {
    for (size_t k = 0; k < model->slot[i].bytes; k += k < 64 ? 1 : 509) assert_int_equal(model->slot[i].block[k], i);
    if (model->slot[i].headed) {
        kzgops_memory_drop(memory, model->slot[i].block);
    } else {
        kzgops_memory_release(memory, model->slot[i].tag, model->slot[i].block, model->slot[i].bytes,
                              model->slot[i].alignment);
    }
    model->live[model->slot[i].tag] -= model->slot[i].bytes;
    model->live[TAGS] -= model->slot[i].bytes;
    model->slot[i].block = NULL;
}

static void model_compare(const struct model *model, kzgops_memory *memory) {
    kzgops_memory_snapshot snapshot;
    kzgops_memory_report(memory, &snapshot);
    uint64_t blocks = 0;
    for (size_t i = 0; i < SLOTS; i++) blocks += model->slot[i].block != NULL;
    for (size_t k = 0; k <= TAGS; k++) {
        const kzgops_memory_usage *usage = k < TAGS ? &snapshot.tag[k] : &snapshot.all;
        assert_int_equal(usage->live_bytes, model->live[k]);
        assert_int_equal(usage->peak_bytes, model->peak[k]);
        assert_int_equal(usage->total_bytes, model->total[k]);
        assert_int_equal(usage->allocations, model->count[k]);
        assert_int_equal(usage->failures, 0);
        assert_false(usage->unbalanced);
    }
    assert_int_equal(snapshot.all.live_blocks, blocks);
    assert_int_equal(snapshot.threads, 1);
    assert_false(snapshot.shared);
    assert_int_equal(kzgops_memory_current(memory), model->live[TAGS]);
    assert_int_equal(kzgops_memory_peak(memory), model->peak[TAGS]);
}

static void run_model(const kzgops_sources *sources) {
    static struct model model;
    uint64_t random = seed;
    memset(&model, 0, sizeof model);
    kzgops_memory *memory = tracker(0, sources);
    for (int step = 0; step < 6000; step++) {
        size_t i = random_next(&random) % SLOTS;
        if (model.slot[i].block == NULL) {
            model_take(&model, memory, i, &random);
        } else {
            model_give(&model, memory, i);
        }
        if (step % 37 == 0) model_compare(&model, memory);
    }
    for (size_t i = 0; i < SLOTS; i++) {
        if (model.slot[i].block != NULL) model_give(&model, memory, i);
    }
    model_compare(&model, memory);
    kzgops_memory_free(memory);
}

static void tracker__one_thread_is_exact(void **state) {
    (void)state;
    run_model(NULL);
}

static void tracker__gives_an_allocator_back_what_it_took(void **state) {
    (void)state;
    struct book book = {.fail_after = -1};
    kzgops_sources sources = {.allocator = {book_alloc, book_release, &book}};
    run_model(&sources);
    assert_int_equal(book.bytes, 0);
    assert_int_equal(book.blocks, 0);
}

static void tracker__bytes_of_one_after_another_add_up_below_the_quantum(void **state) {
    (void)state;
    kzgops_memory *memory = tracker(0, NULL);
    for (int i = 0; i < 1000; i++) kzgops_memory_add(memory, LOG, 3);
    for (int i = 0; i < 999; i++) kzgops_memory_sub(memory, LOG, 3);
    assert_int_equal(kzgops_memory_current(memory), 3);
    assert_int_equal(kzgops_memory_peak(memory), 3000);
    kzgops_memory_free(memory);
}

static void tracker__failures_are_counted_and_change_nothing(void **state) {
    (void)state;
    struct book book = {.fail_after = -1};
    kzgops_sources sources = {.allocator = {book_alloc, book_release, &book}};
    kzgops_memory *memory = tracker(0, &sources);
    kzgops_memory_snapshot snapshot;
    void *block = kzgops_memory_malloc(memory, HTTP, 100);
    memset(block, 7, 100);
    book.fail_after = 0;
    assert_null(kzgops_memory_alloc(memory, SETUP, 10, 0));
    assert_null(kzgops_memory_alloc(memory, SETUP, 10, 64));
    assert_null(kzgops_memory_malloc(memory, QUEUE, 10));
    assert_null(kzgops_memory_realloc(memory, HTTP, block, 200));
    assert_null(kzgops_memory_calloc(memory, OTHER, SIZE_MAX / 2, 4));
    assert_null(kzgops_memory_malloc(memory, OTHER, SIZE_MAX));
    assert_null(kzgops_memory_alloc(memory, OTHER, SIZE_MAX, 64));
    assert_null(kzgops_memory_alloc(memory, OTHER, SIZE_MAX, 0));
    kzgops_memory_report(memory, &snapshot);
    assert_int_equal(snapshot.tag[SETUP].failures, 2);
    assert_int_equal(snapshot.tag[QUEUE].failures, 1);
    assert_int_equal(snapshot.tag[HTTP].failures, 1);
    assert_int_equal(snapshot.tag[OTHER].failures, 4);
    assert_int_equal(snapshot.all.failures, 8);
    assert_int_equal(snapshot.all.live_bytes, 100);
    assert_int_equal(snapshot.all.allocations, 1);
    for (int i = 0; i < 100; i++) assert_int_equal(((uint8_t *)block)[i], 7);
    book.fail_after = -1;
    kzgops_memory_drop(memory, block);
    kzgops_memory_free(memory);
    assert_int_equal(book.bytes, 0);
}

static void tracker__sizes_beyond_the_heap_fail(void **state) {
    (void)state;
    kzgops_memory *memory = tracker(0, NULL);
    assert_null(kzgops_memory_alloc(memory, OTHER, SIZE_MAX, 64));
    assert_null(kzgops_memory_alloc(memory, OTHER, SIZE_MAX - 64, 64));
    assert_null(kzgops_memory_malloc(memory, OTHER, SIZE_MAX));
    assert_null(kzgops_memory_calloc(memory, OTHER, SIZE_MAX / 2, 3));
    assert_int_equal(kzgops_memory_current(memory), 0);
    kzgops_memory_free(memory);
}

static void tracker__realloc_keeps_the_contents_and_moves_the_tag(void **state) {
    (void)state;
    kzgops_memory *memory = tracker(0, NULL);
    kzgops_memory_snapshot snapshot;
    uint8_t *block = kzgops_memory_calloc(memory, HTTP, 10, 10);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(block[i], 0);
        block[i] = (uint8_t)i;
    }
    block = kzgops_memory_realloc(memory, LOG, block, 100000);
    for (int i = 0; i < 100; i++) assert_int_equal(block[i], i);
    kzgops_memory_report(memory, &snapshot);
    assert_int_equal(snapshot.tag[HTTP].live_bytes, 0);
    assert_int_equal(snapshot.tag[LOG].live_bytes, 100000);
    block = kzgops_memory_realloc(memory, LOG, block, 5);
    for (int i = 0; i < 5; i++) assert_int_equal(block[i], i);
    assert_int_equal(kzgops_memory_current(memory), 5);
    kzgops_memory_drop(memory, block);
    block = kzgops_memory_realloc(memory, LOG, NULL, 7);
    assert_int_equal(kzgops_memory_current(memory), 7);
    kzgops_memory_drop(memory, block);
    kzgops_memory_drop(memory, NULL);
    kzgops_memory_release(memory, LOG, NULL, 10, 0);
    assert_int_equal(kzgops_memory_current(memory), 0);
    kzgops_memory_free(memory);
}

/* ---- Baseline, mistakes -------------------------------------------------------------------------------------- */

static void residual__is_measured_from_the_baseline(void **state) {
    (void)state;
    kzgops_memory *memory = tracker(0, NULL);
    int64_t bytes = 12345;
    kzgops_memory_add(memory, TABLES, 5000000);
    kzgops_memory_add(memory, LOG, 100);
    assert_false(kzgops_memory_residual(memory, SIZE_MAX, &bytes));
    assert_int_equal(bytes, 12345);
    kzgops_memory_baseline(memory);
    assert_true(kzgops_memory_residual(memory, SIZE_MAX, &bytes));
    assert_int_equal(bytes, 0);
    kzgops_memory_add(memory, REQUEST, 131072);
    kzgops_memory_sub(memory, REQUEST, 131072);
    assert_true(kzgops_memory_residual(memory, SIZE_MAX, &bytes));
    assert_int_equal(bytes, 0);
    kzgops_memory_add(memory, REQUEST, 1);
    kzgops_memory_sub(memory, LOG, 100);
    assert_true(kzgops_memory_residual(memory, SIZE_MAX, &bytes));
    assert_int_equal(bytes, -99);
    assert_true(kzgops_memory_residual(memory, REQUEST, &bytes));
    assert_int_equal(bytes, 1);
    assert_true(kzgops_memory_residual(memory, LOG, &bytes));
    assert_int_equal(bytes, -100);
    kzgops_memory_baseline(memory);
    assert_true(kzgops_memory_residual(memory, LOG, &bytes));
    assert_int_equal(bytes, 0);
    kzgops_memory_free(memory);
}

static void report__says_which_tag_is_unbalanced(void **state) {
    (void)state;
    kzgops_memory *memory = tracker(0, NULL);
    kzgops_memory_snapshot snapshot;
    kzgops_memory_add(memory, HTTP, 100);
    kzgops_memory_sub(memory, LOG, 100); /* the wrong tag */
    kzgops_memory_report(memory, &snapshot);
    assert_true(snapshot.tag[LOG].unbalanced);
    assert_int_equal(snapshot.tag[LOG].live_bytes, 0);
    assert_false(snapshot.tag[HTTP].unbalanced);
    assert_true(snapshot.all.unbalanced);
    kzgops_memory_free(memory);
}

/* Runs body in a child and says with which signal it ended. */
static int signal_of(void (*body)(kzgops_memory *), kzgops_memory *memory) {
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL) _exit(3);
        struct sigaction usual = {.sa_handler = SIG_DFL};
        sigaction(SIGABRT, &usual, NULL);
        body(memory);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void drop_twice(kzgops_memory *memory) {
    void *block = kzgops_memory_malloc(memory, HTTP, 100);
    kzgops_memory_drop(memory, block);
    kzgops_memory_drop(memory, block);
}

static void drop_once(kzgops_memory *memory) {
    kzgops_memory_drop(memory, kzgops_memory_malloc(memory, HTTP, 100));
}

static void drop_foreign(kzgops_memory *memory) {
    static uint64_t somewhere[8];
    kzgops_memory_drop(memory, &somewhere[4]);
}

static void tag_out_of_range(kzgops_memory *memory) {
    kzgops_memory_add(memory, TAGS, 1);
}

/* Keeps what was freed, so that the second look at it is the tracker's and not the sanitizer's. */
static void keep(void *user, void *memory, size_t bytes) {
    (void)user;
    (void)memory;
    (void)bytes;
}

static void *never_freed(void *user, size_t bytes) {
    static uint8_t store[1 << 20] __attribute__((aligned(16)));
    static size_t used;
    (void)user;
    uint8_t *block = store + used;
    used += (bytes + 15) / 16 * 16;
    return used <= sizeof store ? block : NULL;
}

static void misuse__asserts(void **state) {
    (void)state;
    kzgops_sources sources = {.allocator = {never_freed, keep, NULL}};
    kzgops_memory *memory = tracker(1, &sources);
    assert_int_equal(signal_of(drop_once, memory), 0);
    assert_int_equal(signal_of(drop_twice, memory), SIGABRT);
    assert_int_equal(signal_of(drop_foreign, memory), SIGABRT);
    assert_int_equal(signal_of(tag_out_of_range, memory), SIGABRT);
    kzgops_memory_free(memory);
}

static void config__is_checked(void **state) {
    (void)state;
    static const char *const twice[] = {"a", "b", "a"};
    static const char *const nameless[] = {"a", ""};
    struct book book = {.fail_after = 0};
    kzgops_sources half = {.allocator = {.alloc = book_alloc, .user = &book}};
    kzgops_sources failing = {.allocator = {book_alloc, book_release, &book}};
    const struct {
        kzgops_memory_config config;
        const char *word;
    } cases[] = {
        {{.tags = NULL, .tag_count = 3}, "table of tags"},
        {{.tags = tags, .tag_count = 0}, "table of tags"},
        {{.tags = tags, .tag_count = KZGOPS_MEMORY_TAGS_MAX + 1}, "TAGS_MAX"},
        {{.tags = tags, .tag_count = TAGS, .threads = KZGOPS_MEMORY_THREADS_MAX + 1}, "THREADS_MAX"},
        {{.tags = twice, .tag_count = 3}, "same name"},
        {{.tags = nameless, .tag_count = 2}, "without a name"},
        {{.tags = tags, .tag_count = TAGS, .sources = &half}, "both"},
        {{.tags = tags, .tag_count = TAGS, .sources = &failing}, "no memory"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *error = NULL;
        assert_null(kzgops_memory_new(&cases[i].config, &error));
        assert_non_null(strstr(error, cases[i].word));
        assert_null(kzgops_memory_new(&cases[i].config, NULL));
    }
    assert_null(kzgops_memory_free(NULL));
}

/* ---- Threads ------------------------------------------------------------------------------------------------- */

#define WORKERS 4

struct worker {
    kzgops_memory *memory;
    pthread_barrier_t *barrier;
    uint64_t random;
    _Atomic(void *) *mailbox; /* blocks that any thread may free: headed */
    uint64_t bytes, count;
    bool own;
};

static void *churn(void *argument) {
    struct worker *worker = argument;
    worker->own = kzgops_memory_thread_begin(worker->memory);
    pthread_barrier_wait(worker->barrier);
    for (int i = 0; i < 5000; i++) {
        size_t bytes = random_size(&worker->random) / 8, tag = random_next(&worker->random) % TAGS;
        void *block = kzgops_memory_malloc(worker->memory, tag, bytes);
        assert_non_null(block);
        worker->bytes += bytes;
        worker->count++;
        block = atomic_exchange(&worker->mailbox[random_next(&worker->random) % SLOTS], block);
        kzgops_memory_drop(worker->memory, block);
    }
    return NULL;
}

/* Four threads free each other's blocks; a fifth reads all the time. */
static void run_churn(size_t threads, bool expect_shared) {
    static _Atomic(void *) mailbox[SLOTS];
    pthread_t thread[WORKERS];
    pthread_barrier_t barrier;
    struct worker worker[WORKERS];
    kzgops_memory_snapshot snapshot;
    uint64_t bytes = 0, count = 0, peak = 0;
    size_t own = 0;
    kzgops_memory *memory = tracker(threads, NULL);
    pthread_barrier_init(&barrier, NULL, WORKERS + 1);
    for (size_t i = 0; i < WORKERS; i++) {
        worker[i] = (struct worker){memory, &barrier, seed + i, mailbox, 0, 0, false};
        assert_int_equal(pthread_create(&thread[i], NULL, churn, &worker[i]), 0);
    }
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 200; i++) {
        kzgops_memory_report(memory, &snapshot);
        assert_false(snapshot.all.unbalanced);
        assert_true(snapshot.all.peak_bytes >= peak);
        peak = snapshot.all.peak_bytes;
    }
    for (size_t i = 0; i < WORKERS; i++) {
        pthread_join(thread[i], NULL);
        bytes += worker[i].bytes;
        count += worker[i].count;
        own += worker[i].own;
    }
    pthread_barrier_destroy(&barrier);
    assert_int_equal(own, threads == 0 ? WORKERS : threads);
    for (size_t i = 0; i < SLOTS; i++) kzgops_memory_drop(memory, atomic_exchange(&mailbox[i], NULL));
    kzgops_memory_report(memory, &snapshot);
    assert_int_equal(snapshot.all.live_bytes, 0);
    assert_int_equal(snapshot.all.live_blocks, 0);
    assert_int_equal(snapshot.all.total_bytes, bytes);
    assert_int_equal(snapshot.all.allocations, count);
    assert_int_equal(snapshot.shared, expect_shared);
    for (size_t tag = 0; tag < TAGS; tag++) {
        assert_int_equal(snapshot.tag[tag].live_bytes, 0);
        assert_false(snapshot.tag[tag].unbalanced);
    }
    kzgops_memory_free(memory);
}

static void threads__counts_are_exact_across_threads(void **state) {
    (void)state;
    run_churn(0, false);
}

static void threads__that_share_cells_are_as_exact(void **state) {
    (void)state;
    run_churn(2, true);
}

static void *take_in_steps(void *argument) {
    struct worker *worker = argument;
    for (int i = 0; i < 1000; i++) kzgops_memory_add(worker->memory, REQUEST, 997);
    pthread_barrier_wait(worker->barrier);
    for (int i = 0; i < 1000; i++) kzgops_memory_sub(worker->memory, REQUEST, 997);
    pthread_barrier_wait(worker->barrier);
    for (int i = 0; i < 10; i++) kzgops_memory_add(worker->memory, REQUEST, 997);
    return NULL;
}

static void threads__peak_is_within_the_promised_slack(void **state) {
    (void)state;
    pthread_t thread[WORKERS];
    struct worker worker[WORKERS];
    pthread_barrier_t barrier;
    kzgops_memory_snapshot snapshot;
    kzgops_memory *memory = tracker(0, NULL);
    const uint64_t truth = WORKERS * 997000u, slack = WORKERS * KZGOPS_MEMORY_PEAK_SLACK;
    pthread_barrier_init(&barrier, NULL, WORKERS);
    for (size_t i = 0; i < WORKERS; i++) {
        worker[i] = (struct worker){.memory = memory, .barrier = &barrier};
        assert_int_equal(pthread_create(&thread[i], NULL, take_in_steps, &worker[i]), 0);
    }
    for (size_t i = 0; i < WORKERS; i++) pthread_join(thread[i], NULL);
    pthread_barrier_destroy(&barrier);
    kzgops_memory_report(memory, &snapshot);
    assert_int_equal(snapshot.all.live_bytes, WORKERS * 9970);
    assert_true(snapshot.all.peak_bytes >= truth - slack && snapshot.all.peak_bytes <= truth + slack);
    assert_true(snapshot.tag[REQUEST].peak_bytes >= truth - slack);
    assert_true(snapshot.tag[REQUEST].peak_bytes <= truth + slack);
    kzgops_memory_free(memory);
}

static void *take_and_keep(void *argument) {
    struct worker *worker = argument;
    worker->own = kzgops_memory_thread_begin(worker->memory);
    kzgops_memory_add(worker->memory, QUEUE, 10);
    return NULL;
}

static void threads__that_ended_leave_their_counts_and_their_cells(void **state) {
    (void)state;
    kzgops_memory_snapshot snapshot;
    kzgops_memory *memory = tracker(2, NULL);
    for (int i = 0; i < 300; i++) {
        struct worker worker = {.memory = memory};
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, take_and_keep, &worker), 0);
        pthread_join(thread, NULL);
        assert_true(worker.own);
    }
    kzgops_memory_report(memory, &snapshot);
    assert_int_equal(snapshot.tag[QUEUE].live_bytes, 3000);
    assert_int_equal(snapshot.tag[QUEUE].live_blocks, 300);
    assert_int_equal(snapshot.threads, 0);
    assert_false(snapshot.shared);
    kzgops_memory_free(memory);
}

static void trackers__many_at_once_and_one_after_another(void **state) {
    (void)state;
    kzgops_memory *memory[11];
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < 11; i++) memory[i] = tracker(1, NULL);
        for (size_t k = 0; k < 100; k++) {
            for (size_t i = 0; i < 11; i++) kzgops_memory_add(memory[i], OTHER, i);
        }
        for (size_t i = 0; i < 11; i++) {
            assert_int_equal(kzgops_memory_current(memory[i]), 100 * i);
            assert_true(kzgops_memory_thread_begin(memory[i]));
            kzgops_memory_free(memory[i]);
        }
    }
}

static void *share(void *argument) {
    struct worker *worker = argument;
    kzgops_memory_thread_usage usage = {.allocations = 77};
    kzgops_memory_add(worker->memory, LOG, 5);
    worker->own = kzgops_memory_thread_report(worker->memory, &usage);
    worker->count = usage.allocations;
    return NULL;
}

static void thread_report__shows_what_one_thread_did(void **state) {
    (void)state;
    kzgops_memory *memory = tracker(1, NULL);
    kzgops_memory_thread_usage before, after;
    pthread_t thread;
    struct worker worker = {.memory = memory};
    assert_true(kzgops_memory_thread_report(memory, &before));
    assert_int_equal(pthread_create(&thread, NULL, share, &worker), 0);
    pthread_join(thread, NULL);
    assert_false(worker.own); /* the only cells are taken */
    assert_int_equal(worker.count, 77);
    assert_true(kzgops_memory_thread_report(memory, &after));
    assert_memory_equal(&before, &after, sizeof before); /* what another thread did is not in it */
    kzgops_memory_release(memory, LOG, kzgops_memory_alloc(memory, LOG, 40, 0), 40, 0);
    assert_true(kzgops_memory_thread_report(memory, &after));
    assert_int_equal(after.allocations - before.allocations, 1);
    assert_int_equal(after.allocated_bytes - before.allocated_bytes, 40);
    assert_int_equal(after.releases - before.releases, 1);
    assert_int_equal(after.released_bytes - before.released_bytes, 40);
    kzgops_memory_free(memory);
}

/* ---- Reports ------------------------------------------------------------------------------------------------- */

static void allocator__counts_under_its_tag(void **state) {
    (void)state;
    kzgops_memory *memory = tracker(0, NULL);
    kzgops_memory_snapshot snapshot;
    kzgops_allocator log = kzgops_memory_allocator(memory, LOG), profiler = kzgops_memory_allocator(memory, PROFILER);
    void *a = log.alloc(log.user, 1000), *b = profiler.alloc(profiler.user, 500);
    kzgops_memory_report(memory, &snapshot);
    assert_int_equal(snapshot.tag[LOG].live_bytes, 1000);
    assert_int_equal(snapshot.tag[PROFILER].live_bytes, 500);
    log.release(log.user, a, 1000);
    profiler.release(profiler.user, b, 500);
    assert_int_equal(kzgops_memory_current(memory), 0);
    kzgops_memory_free(memory);
}

/* snprintf's semantics: every size gives the same length and a prefix of the same text, and writes nothing behind it.
 */
static void check_writer(size_t (*write)(const kzgops_memory_snapshot *, char *, size_t),
                         const kzgops_memory_snapshot *snapshot) {
    static char whole[8192], part[8192];
    size_t length = write(snapshot, whole, sizeof whole);
    assert_true(length < sizeof whole && strlen(whole) == length);
    assert_int_equal(write(snapshot, NULL, 0), length);
    for (size_t size = 1; size <= length + 1; size++) {
        memset(part, '#', sizeof part);
        assert_int_equal(write(snapshot, part, size), length);
        assert_int_equal(strlen(part), size - 1);
        assert_memory_equal(part, whole, size - 1);
        assert_int_equal(part[size], '#');
    }
}

static int64_t json_number(json_object *object, const char *key) {
    json_object *value = NULL;
    assert_true(json_object_object_get_ex(object, key, &value));
    assert_true(json_object_is_type(value, json_type_int));
    return json_object_get_int64(value);
}

static void report__text_and_json_say_what_the_struct_says(void **state) {
    (void)state;
    static char text[8192];
    static const char *const odd[] = {"plain", "quote\" \\ \n \x01", "\xff\xc3\xa9"};
    kzgops_memory *memory = kzgops_memory_new(&(kzgops_memory_config){.tags = odd, .tag_count = 3}, NULL);
    kzgops_memory_snapshot snapshot;
    kzgops_memory_add(memory, 0, 3 << 20);
    kzgops_memory_add(memory, 1, 1536);
    kzgops_memory_report(memory, &snapshot);
    check_writer(kzgops_memory_report_text, &snapshot);
    check_writer(kzgops_memory_report_json, &snapshot);
    kzgops_memory_report_json(&snapshot, text, sizeof text);
    assert_non_null(strstr(text, "\"residual_bytes\":null"));
    kzgops_memory_baseline(memory);
    kzgops_memory_sub(memory, 1, 512);
    kzgops_memory_report(memory, &snapshot);
    kzgops_memory_report_json(&snapshot, text, sizeof text);
    json_object *root = json_tokener_parse(text), *by_tag = NULL, *tag = NULL;
    assert_non_null(root);
    assert_int_equal(json_number(root, "live_bytes"), (3 << 20) + 1024);
    assert_int_equal(json_number(root, "peak_bytes"), (3 << 20) + 1536);
    assert_int_equal(json_number(root, "allocations"), 2);
    assert_int_equal(json_number(root, "residual_bytes"), -512);
    assert_true(json_object_object_get_ex(root, "tags", &by_tag));
    assert_true(json_object_object_get_ex(by_tag, odd[1], &tag));
    assert_int_equal(json_number(tag, "live_bytes"), 1024);
    assert_true(json_object_object_get_ex(by_tag, "\xef\xbf\xbd\xc3\xa9", &tag));
    json_object_put(root);
    kzgops_memory_report_text(&snapshot, text, sizeof text);
    assert_non_null(strstr(text, "3.0 MiB"));
    assert_non_null(strstr(text, "-512 B"));
    kzgops_memory_free(memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tracker__one_thread_is_exact),
        cmocka_unit_test(tracker__gives_an_allocator_back_what_it_took),
        cmocka_unit_test(tracker__bytes_of_one_after_another_add_up_below_the_quantum),
        cmocka_unit_test(tracker__failures_are_counted_and_change_nothing),
        cmocka_unit_test(tracker__sizes_beyond_the_heap_fail),
        cmocka_unit_test(tracker__realloc_keeps_the_contents_and_moves_the_tag),
        cmocka_unit_test(residual__is_measured_from_the_baseline),
        cmocka_unit_test(report__says_which_tag_is_unbalanced),
        cmocka_unit_test(misuse__asserts),
        cmocka_unit_test(config__is_checked),
        cmocka_unit_test(threads__counts_are_exact_across_threads),
        cmocka_unit_test(threads__that_share_cells_are_as_exact),
        cmocka_unit_test(threads__peak_is_within_the_promised_slack),
        cmocka_unit_test(threads__that_ended_leave_their_counts_and_their_cells),
        cmocka_unit_test(trackers__many_at_once_and_one_after_another),
        cmocka_unit_test(thread_report__shows_what_one_thread_did),
        cmocka_unit_test(allocator__counts_under_its_tag),
        cmocka_unit_test(report__text_and_json_say_what_the_struct_says),
    };
    const char *given = getenv("KZG_SEED");
    seed = given != NULL ? strtoull(given, NULL, 0) : 20250101;
    printf("KZG_SEED=%llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
