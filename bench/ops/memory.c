/* What tracking adds to an allocation: the bare allocator, the same through the tracker, and the accounting alone, on
 * one thread and on two. Nanoseconds for one allocation with its release, the best of several rounds.
 *
 *   bench_ops_memory [--quick] */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kzgops/memory.h"

#define THREADS_MAX 2
#define ROUNDS      15

enum kind { BARE, TRACKED, HEADER, ACCOUNT };

struct job {
    enum kind kind;
    kzgops_memory *memory;
    size_t bytes;
    size_t repeats;
    pthread_barrier_t *start;
    double ns; /* for one */
};

static double now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* The compiler must not see that a block is not used. */
static void use(void *block) {
    __asm__ volatile("" : : "r"(block) : "memory");
}

static void once(const struct job *job, size_t tag) {
    void *block;
    switch (job->kind) {
    case BARE:
        block = malloc(job->bytes);
        use(block);
        free(block);
        break;
    case TRACKED:
        block = kzgops_memory_alloc(job->memory, tag, job->bytes, 0);
        use(block);
        kzgops_memory_release(job->memory, tag, block, job->bytes, 0);
        break;
    case HEADER:
        block = kzgops_memory_malloc(job->memory, tag, job->bytes);
        use(block);
        kzgops_memory_drop(job->memory, block);
        break;
    case ACCOUNT:
        kzgops_memory_add(job->memory, tag, job->bytes);
        kzgops_memory_sub(job->memory, tag, job->bytes);
        break;
    }
}

static void *run(void *argument) {
    struct job *job = argument;
    pthread_barrier_wait(job->start);
    double begin = now_ns();
    for (size_t i = 0; i < job->repeats; i++) once(job, i & 3);
    job->ns = (now_ns() - begin) / (double)job->repeats;
    return NULL;
}

/* The slowest of the threads, in the best round. */
static double measure(enum kind kind, kzgops_memory *memory, size_t bytes, size_t threads, size_t repeats) {
    double best = 1e18;
    for (int round = 0; round < (repeats > 1000 ? ROUNDS : 1); round++) {
        pthread_t thread[THREADS_MAX];
        struct job job[THREADS_MAX];
        pthread_barrier_t start;
        double slowest = 0;
        pthread_barrier_init(&start, NULL, (unsigned)threads);
        for (size_t i = 0; i < threads; i++) {
            job[i] = (struct job){kind, memory, bytes, repeats, &start, 0};
            if (pthread_create(&thread[i], NULL, run, &job[i]) != 0) exit(1);
        }
        for (size_t i = 0; i < threads; i++) {
            pthread_join(thread[i], NULL);
            if (job[i].ns > slowest) slowest = job[i].ns;
        }
        pthread_barrier_destroy(&start);
        if (slowest < best) best = slowest;
    }
    return best;
}

int main(int argc, char **argv) {
    static const char *const tags[] = {"setup", "tables", "scratch", "request"};
    static const size_t sizes[] = {64, 4096, 65536};
    size_t repeats = argc > 1 && strcmp(argv[1], "--quick") == 0 ? 1000 : 300000;
    const char *error = NULL;
    kzgops_memory *memory = kzgops_memory_new(&(kzgops_memory_config){.tags = tags, .tag_count = 4}, &error);
    if (memory == NULL) {
        fprintf(stderr, "bench_ops_memory: %s\n", error);
        return 1;
    }
    printf("%-8s %8s %10s %10s %10s %10s %10s\n", "threads", "bytes", "malloc", "tracked", "added", "header",
           "account");
    for (size_t threads = 1; threads <= THREADS_MAX; threads++) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            double bare = measure(BARE, memory, sizes[i], threads, repeats);
            double tracked = measure(TRACKED, memory, sizes[i], threads, repeats);
            printf("%-8zu %8zu %10.1f %10.1f %10.1f %10.1f %10.1f\n", threads, sizes[i], bare, tracked,
                   tracked - bare, measure(HEADER, memory, sizes[i], threads, repeats),
                   measure(ACCOUNT, memory, sizes[i], threads, repeats));
        }
    }
    kzgops_memory_free(memory);
    return 0;
}
