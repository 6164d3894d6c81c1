/* Work with known shares of CPU time, for sampler_test.py.
 *
 *   sampler_work FOLDER SECONDS [alone]   is profiled by libkzgops; writes FOLDER/cpu.pb.gz, .folded and .workers
 *
 * Linked with gperftools it is profiled by that instead, and writes FOLDER/cpu.prof. Both print as JSON how much of
 * its CPU time each function took, by the clocks of its threads. The lengths of the pieces are drawn, so that they
 * keep no step with the samples; KZG_SEED repeats them. */
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef WITH_GPERFTOOLS
#include <gperftools/profiler.h>
#endif

#include "kzgops/sampler.h"

#define HERTZ 250

int64_t work_heavy(int64_t ns);
int64_t work_light(int64_t ns);
int64_t work_other(int64_t ns);
int64_t work_late(int64_t ns);

static atomic_uint_least64_t result; /* so that the work is not optimised away */

static int64_t clock_ns(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Each function has its own loop, and calls nothing in it: the sample is in the function itself. About 50 us a round.
 */
#define BURN(step)                                                                        \
    do {                                                                                  \
        int64_t begin = clock_ns(CLOCK_THREAD_CPUTIME_ID), end = begin;                   \
        while (end - begin < ns) {                                                        \
            uint64_t x = (uint64_t)end;                                                   \
            for (unsigned i = 0; i < 30000; i++) x = (x ^ x >> 7) * (2 * (step) + 1) + i; \
            atomic_fetch_add(&result, x);                                                 \
            end = clock_ns(CLOCK_THREAD_CPUTIME_ID);                                      \
        }                                                                                 \
        return end - begin;                                                               \
    } while (0)

__attribute__((noinline)) int64_t work_heavy(int64_t ns) {
    BURN(1);
}

__attribute__((noinline)) int64_t work_light(int64_t ns) {
    BURN(2);
}

__attribute__((noinline)) int64_t work_other(int64_t ns) {
    BURN(3);
}

/* A function without a frame pointer and with much on the stack, as the arithmetic in assembly is; it is called by a
 * pointer, as that is. Its unwind tables say where it returns to. */
void spin_frameless(uint64_t rounds);
#if defined(__x86_64__)
__asm__(".pushsection .text\n"
        ".globl spin_frameless\n"
        ".type spin_frameless, @function\n"
        "spin_frameless:\n"
        ".cfi_startproc\n"
        "push %rbx\n"
        ".cfi_adjust_cfa_offset 8\n"
        "sub $480, %rsp\n"
        ".cfi_adjust_cfa_offset 480\n"
        "1: imul %rdi, %rbx\n"
        "imul %rdi, %rbx\n"
        "imul %rdi, %rbx\n"
        "dec %rdi\n"
        "jnz 1b\n"
        "add $480, %rsp\n"
        ".cfi_adjust_cfa_offset -480\n"
        "pop %rbx\n"
        ".cfi_adjust_cfa_offset -8\n"
        "ret\n"
        ".cfi_endproc\n"
        ".size spin_frameless, . - spin_frameless\n"
        ".popsection\n");
#else
__attribute__((noinline)) void spin_frameless(uint64_t rounds) {
    for (uint64_t x = 1; rounds > 0; rounds--, x *= 3) atomic_fetch_add(&result, x);
}
#endif
static void (*volatile spin)(uint64_t) = spin_frameless;

__attribute__((noinline)) int64_t work_late(int64_t ns) {
    int64_t begin = clock_ns(CLOCK_THREAD_CPUTIME_ID), end = begin;
    while (end - begin < ns) {
        spin(20000);
        end = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    }
    return end - begin;
}

struct truth {
    int64_t heavy_ns, light_ns, other_ns, late_ns;
};
static struct truth truth;
static sem_t ready, go, wake;
static bool alone; /* only the first thread works */

static uint64_t seed;

static int64_t drawn(int64_t from, int64_t to) {
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return from + (int64_t)((seed >> 33) % (uint64_t)(to - from));
}

/* Three to one on average; what it was is kept. */
__attribute__((noinline)) static void mixed(double seconds) {
    int64_t begin = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    while ((double)(clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin) < seconds * 1e9) {
        kzgops_sampler_label(KZGOPS_SAMPLER_OPERATION, "heavy_operation");
        truth.heavy_ns += work_heavy(drawn(6000000, 24000000));
        kzgops_sampler_label(KZGOPS_SAMPLER_OPERATION, "light;operation");
        truth.light_ns += work_light(drawn(2000000, 8000000));
    }
    kzgops_sampler_label(KZGOPS_SAMPLER_OPERATION, NULL);
}

static void *other(void *user) {
    (void)user;
    sem_post(&ready);
    while (sem_wait(&go) != 0) {
    }
    if (!alone) truth.other_ns += work_other(300000000);
    return NULL;
}

static void *waiter(void *user) {
    (void)user;
    kzgops_sampler_attach("waiter");
    sem_post(&ready);
    while (sem_wait(&wake) != 0) {
    }
    return NULL;
}

static void *late(void *user) {
    (void)user;
    kzgops_sampler_attach("late-worker");
    kzgops_sampler_label(KZGOPS_SAMPLER_OPERATION, "late_operation");
    kzgops_sampler_label(KZGOPS_SAMPLER_BACKEND, "portable");
    truth.late_ns += work_late(300000000);
    return NULL;
}

static bool work(double seconds, pthread_t thread[2]) {
    pthread_t third;
    if (alone) {
        mixed(seconds);
        return true;
    }
    if (pthread_create(&third, NULL, late, NULL) != 0) return false;
    sem_post(&go);
    mixed(seconds);
    pthread_join(third, NULL);
    pthread_join(thread[0], NULL);
    return true;
}

#ifdef WITH_GPERFTOOLS
static bool profile(const char *folder, double seconds, pthread_t thread[2]) {
    char path[4096];
    snprintf(path, sizeof path, "%s/cpu.prof", folder);
    if (ProfilerStart(path) == 0) return false;
    bool good = work(seconds, thread);
    ProfilerStop();
    return good;
}
#else
static bool save(kzgops_sampler *sampler, kzgops_sampler_format format, const char *folder, const char *name) {
    char path[4096];
    kzgops_sampler_bytes bytes;
    const char *error = kzgops_sampler_encode(sampler, format, &bytes);
    if (error != NULL) {
        fprintf(stderr, "encode: %s\n", error);
        return false;
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    bool good = file != NULL && fwrite(bytes.data, 1, bytes.size, file) == bytes.size;
    if (file != NULL && fclose(file) != 0) good = false;
    kzgops_sampler_release(&bytes);
    return good;
}

static bool profile(const char *folder, double seconds, pthread_t thread[2]) {
    const kzgops_sampler_config config = {.hertz = HERTZ, .limit_ns = INT64_C(600000000000), .buffer_bytes = 8 << 20};
    const char *error = "";
    kzgops_sampler_stats stats;
    kzgops_sampler *sampler = kzgops_sampler_start(&config, &error);
    if (sampler == NULL) {
        fprintf(stderr, "start: %s\n", error);
        return false;
    }
    bool good = work(seconds, thread);
    kzgops_sampler_stop(sampler);
    kzgops_sampler_read(sampler, &stats);
    printf("\"samples\": %" PRIu64 ", \"dropped\": %" PRIu64 ", \"threads\": %zu, \"duration_ns\": %" PRId64 ", ",
           stats.samples, stats.dropped, stats.threads, stats.duration_ns);
    good = good && save(sampler, KZGOPS_SAMPLER_PPROF, folder, "cpu.pb.gz");
    good = good && save(sampler, KZGOPS_SAMPLER_FOLDED, folder, "cpu.folded");
    good = good && save(sampler, KZGOPS_SAMPLER_FOLDED_WORKERS, folder, "cpu.workers");
    kzgops_sampler_free(sampler);
    return good;
}
#endif

int main(int argc, char **argv) {
    pthread_t thread[2];
    const char *given = getenv("KZG_SEED");
    if (argc < 3) return 2;
    alone = argc > 3;
    seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)clock_ns(CLOCK_REALTIME);
    printf("{\"seed\": %" PRIu64 ", \"hertz\": %d, ", seed, HERTZ);
    sem_init(&ready, 0, 0);
    sem_init(&go, 0, 0);
    sem_init(&wake, 0, 0);
    kzgops_sampler_attach("main-worker");
    kzgops_sampler_label(KZGOPS_SAMPLER_BACKEND, "adx");
    if (pthread_create(&thread[0], NULL, other, NULL) != 0 || pthread_create(&thread[1], NULL, waiter, NULL) != 0) {
        return 1;
    }
    for (int i = 0; i < 2; i++) {
        while (sem_wait(&ready) != 0) {
        }
    }
    bool good = profile(argv[1], strtod(argv[2], NULL), thread);
    sem_post(&wake);
    pthread_join(thread[1], NULL);
    if (alone) {
        sem_post(&go);
        pthread_join(thread[0], NULL);
    }
    printf("\"heavy_ns\": %" PRId64 ", \"light_ns\": %" PRId64 ", \"other_ns\": %" PRId64 ", \"late_ns\": %" PRId64
           "}\n",
           truth.heavy_ns, truth.light_ns, truth.other_ns, truth.late_ns);
    return good ? 0 : 1;
}
