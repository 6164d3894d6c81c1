/* Work with known shares of CPU time, for sampler_test.py.
 *
 *   sampler_work FOLDER SECONDS [alone]   is profiled by libkzgops; writes FOLDER/cpu.pb.gz, .folded and .workers
 *
 * Linked with gperftools it is profiled by that instead, and writes FOLDER/cpu.prof. Both print as JSON how much of
 * its CPU time each function took, by the clocks of its threads, and the sum of the squares of what the samples count
 * for. The lengths of the pieces are drawn, so that they keep no step with the samples; KZG_SEED repeats them. */
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifdef WITH_GPERFTOOLS
#include <gperftools/profiler.h>
#endif

#include "ops/sampler.h"

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

/* The kernel looks at a thread's timers when one of its ticks falls in that thread; with more threads than CPUs they
 * can miss one for a second of its CPU time. A thread that ended before the next would never be asked about that
 * time: so each goes on with its work until a timer of its own, that is due at once, has been looked at. */
static void on_tick(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    atomic_store((atomic_bool *)info->si_value.sival_ptr, true);
}

struct tick {
    atomic_bool seen;
    timer_t timer;
};

static void set_tick(struct tick *tick) {
    struct sigaction action = {.sa_sigaction = on_tick, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN}; /* delivered after SIGPROF */
    const struct itimerspec at_once = {.it_value = {.tv_nsec = 1}};
    atomic_store(&tick->seen, false);
    event.sigev_value.sival_ptr = &tick->seen;
    event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    if (sigaction(SIGRTMIN, &action, NULL) != 0) abort();
    if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &tick->timer) != 0) abort();
    if (timer_settime(tick->timer, 0, &at_once, NULL) != 0) abort();
}

static bool has_ticked(struct tick *tick) {
    if (!atomic_load(&tick->seen)) return false;
    timer_delete(tick->timer);
    return true;
}

struct truth {
    int64_t heavy_ns, light_ns, other_ns, late_ns;
    int64_t tail_ns; /* of heavy_ns: what it did until its tick */
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
    struct tick tick;
    int64_t begin = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    while ((double)(clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin) < seconds * 1e9) {
        kzgops_sampler_label("heavy_operation", "adx");
        truth.heavy_ns += work_heavy(drawn(6000000, 24000000));
        kzgops_sampler_label("light;operation", "adx");
        truth.light_ns += work_light(drawn(2000000, 8000000));
    }
    kzgops_sampler_label("heavy_operation", "adx");
    set_tick(&tick);
    while (!has_ticked(&tick)) truth.tail_ns += work_heavy(100000);
    truth.heavy_ns += truth.tail_ns;
    kzgops_sampler_label(NULL, "adx");
}

static void *other(void *user) {
    struct tick tick;
    (void)user;
    sem_post(&ready);
    while (sem_wait(&go) != 0) {
    }
    if (alone) return NULL;
    truth.other_ns = work_other(300000000);
    set_tick(&tick);
    while (!has_ticked(&tick)) truth.other_ns += work_other(100000);
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
    struct tick tick;
    (void)user;
    kzgops_sampler_attach("late-worker");
    kzgops_sampler_label("late_operation", "portable");
    truth.late_ns = work_late(300000000);
    set_tick(&tick);
    while (!has_ticked(&tick)) truth.late_ns += work_late(100000);
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

static uint64_t squares(const struct kzgops_sampler *sampler) {
    uint64_t sum = 0;
    size_t used = atomic_load(&sampler->used), at = 0;
    while (at < used && at < sampler->word_count && sampler->words[at] != 0) {
        const uint64_t *row = sampler->words + at;
        sum += SAMPLE_COUNT(row) * SAMPLE_COUNT(row);
        at += SAMPLE_ADDRESS + SAMPLE_DEPTH(row) + SAMPLE_CANDIDATES(row);
    }
    return sum;
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
    printf("\"signals\": %" PRIu64 ", \"squares\": %" PRIu64 ", ", stats.signals, squares(sampler));
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
    kzgops_sampler_label(NULL, "adx");
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
    printf("\"tail_ns\": %" PRId64 ", \"heavy_ns\": %" PRId64 ", \"light_ns\": %" PRId64 ", \"other_ns\": %" PRId64
           ", \"late_ns\": %" PRId64 "}\n",
           truth.tail_ns, truth.heavy_ns, truth.light_ns, truth.other_ns, truth.late_ns);
    return good ? 0 : 1;
}
