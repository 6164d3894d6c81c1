/* libkzgops, sampling profiler: its rules. That its figures are right is sampler_test.py's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "kzgops/sampler.h"
#include "ops/sampler.h"

#define SECOND INT64_C(1000000000)

static int64_t clock_ns(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

static atomic_uint_least64_t result;

__attribute__((noinline)) static void burn(int64_t ns) {
    int64_t until = clock_ns(CLOCK_THREAD_CPUTIME_ID) + ns;
    do {
        uint64_t x = 1;
        for (unsigned i = 0; i < 20000; i++) x = (x ^ x >> 7) * 3 + i;
        atomic_fetch_add(&result, x);
    } while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < until);
}

__attribute__((noinline)) static void burn_deep(unsigned depth, int64_t ns) {
    if (depth > 0) {
        burn_deep(depth - 1, ns);
    } else {
        burn(ns);
    }
    atomic_fetch_add(&result, 1); /* so that the call above is no jump */
}

static kzgops_sampler *started(const kzgops_sampler_config *config) {
    const char *error = "";
    kzgops_sampler *sampler = kzgops_sampler_start(config, &error);
    if (sampler == NULL) fail_msg("start: %s", error);
    return sampler;
}

static kzgops_sampler_stats read_stats(kzgops_sampler *sampler) {
    kzgops_sampler_stats stats;
    kzgops_sampler_read(sampler, &stats);
    return stats;
}

/* Takes samples until there are so many; a sanitizer brings signals late, but it brings them. */
static void sample_until(kzgops_sampler *sampler, uint64_t samples) {
    while (read_stats(sampler).samples < samples) burn(5000000);
}

/* ---- Beginning and end ------------------------------------------------------------------------------------------
 */

static void expect_refused(kzgops_sampler_config config, const char *word) {
    const char *error = NULL;
    assert_null(kzgops_sampler_start(&config, &error));
    assert_non_null(strstr(error, word));
    assert_null(kzgops_sampler_start(&config, NULL));
    assert_false(kzgops_sampler_running());
}

static void start__refuses_what_is_out_of_range(void **state) {
    (void)state;
    expect_refused((kzgops_sampler_config){.hertz = 1001}, "1000");
    expect_refused((kzgops_sampler_config){.limit_ns = -1}, "limit");
    expect_refused((kzgops_sampler_config){.limit_ns = 600 * SECOND + 1}, "limit");
    expect_refused((kzgops_sampler_config){.buffer_bytes = 65535}, "buffer");
    expect_refused((kzgops_sampler_config){.buffer_bytes = ((size_t)256 << 20) + 1}, "buffer");
}

static void start__refuses_a_second_profile(void **state) {
    const char *error = NULL;
    (void)state;
    assert_false(kzgops_sampler_running());
    kzgops_sampler *first = started(NULL);
    assert_true(kzgops_sampler_running());
    assert_null(kzgops_sampler_start(NULL, &error));
    assert_string_equal(error, "a profile is running already");
    kzgops_sampler_stop(first);
    assert_false(kzgops_sampler_running());
    kzgops_sampler *second = started(NULL);
    kzgops_sampler_stop(first); /* another's is not ended by that */
    assert_true(kzgops_sampler_running());
    assert_null(kzgops_sampler_free(first));
    assert_true(kzgops_sampler_running());
    assert_null(kzgops_sampler_free(second));
    assert_false(kzgops_sampler_running());
    assert_null(kzgops_sampler_free(NULL));
}

static void somebody(int number) {
    (void)number;
}

static void start__leaves_the_signal_of_somebody_else_alone(void **state) {
    const char *error = NULL;
    struct sigaction other = {.sa_handler = somebody}, before, after;
    (void)state;
    sigaction(SIGPROF, &other, &before);
    assert_null(kzgops_sampler_start(NULL, &error));
    assert_string_equal(error, "SIGPROF is somebody else's");
    sigaction(SIGPROF, &before, &after);
    assert_true(after.sa_handler == somebody);
    kzgops_sampler_free(started(NULL));
}

static void defaults__are_100_hertz(void **state) {
    (void)state;
    kzgops_sampler *sampler = started(NULL);
    kzgops_sampler_stats stats = read_stats(sampler);
    assert_int_equal(stats.period_ns, SECOND / 100);
    assert_int_equal(stats.dropped, 0);
    assert_false(stats.limited);
    assert_true(stats.threads >= 1);
    assert_int_equal(stats.unwatched, 0);
    kzgops_sampler_free(sampler);
}

/* Samples of a thread that is always busy are at most its time, whatever else the machine does. */
static void limit__ends_the_profile(void **state) {
    const kzgops_sampler_config config = {.hertz = 500, .limit_ns = SECOND / 5};
    (void)state;
    kzgops_sampler *sampler = started(&config);
    while (kzgops_sampler_running()) burn(5000000);
    kzgops_sampler_stats at_limit = read_stats(sampler);
    burn(100000000);
    kzgops_sampler_stats later = read_stats(sampler);
    assert_true(at_limit.limited);
    assert_int_equal(at_limit.duration_ns, SECOND / 5);
    assert_true(at_limit.samples <= 101 * at_limit.threads);
    assert_int_equal(later.samples, at_limit.samples);
    assert_int_equal(later.duration_ns, SECOND / 5);
    kzgops_sampler *next = started(NULL); /* though nobody has stopped it */
    kzgops_sampler_stop(sampler);
    assert_true(kzgops_sampler_running());
    kzgops_sampler_free(next);
    assert_true(read_stats(sampler).limited);
    kzgops_sampler_free(sampler);
}

static void stop__is_the_last_sample(void **state) {
    const kzgops_sampler_config config = {.hertz = 1000};
    (void)state;
    kzgops_sampler *sampler = started(&config);
    sample_until(sampler, 1);
    kzgops_sampler_stop(sampler);
    kzgops_sampler_stats stats = read_stats(sampler);
    assert_false(stats.limited);
    burn(50000000);
    kzgops_sampler_stop(sampler);
    assert_int_equal(read_stats(sampler).samples, stats.samples);
    assert_int_equal(read_stats(sampler).duration_ns, stats.duration_ns);
    kzgops_sampler_free(sampler);
}

static void signals_of_others__are_no_samples(void **state) {
    (void)state;
    kzgops_sampler *sampler = started(&(kzgops_sampler_config){.hertz = 1});
    uint64_t before = read_stats(sampler).samples;
    for (int i = 0; i < 100; i++) {
        errno = 123;
        assert_int_equal(raise(SIGPROF), 0);
    }
    assert_true(read_stats(sampler).samples <= before + 1);
    kzgops_sampler_free(sampler);
    assert_int_equal(kill(getpid(), SIGPROF), 0); /* and do no harm afterwards */
    burn(1000000);
}

/* Not even one that carries what a timer's does. */
static void signals_that_pretend__are_no_samples(void **state) {
    union sigval value = {0};
    size_t slot = 0;
    (void)state;
    assert_true(kzgops_sampler_attach("w"));
    kzgops_sampler *sampler = started(&(kzgops_sampler_config){.hertz = 1});
    while (atomic_load(&kzgops__sampler_slots[slot].tid) != gettid()) slot++;
    uint64_t before = read_stats(sampler).samples;
    value.sival_ptr = (void *)(uintptr_t)kzgops__sampler_token(sampler->generation, slot);
    for (int i = 0; i < 100; i++) assert_int_equal(pthread_sigqueue(pthread_self(), SIGPROF, value), 0);
    assert_true(read_stats(sampler).samples <= before + 1);
    kzgops_sampler_free(sampler);
    kzgops_sampler_detach();
}

/* ---- Buffer ------------------------------------------------------------------------------------------------ */

static void full_buffer__counts_what_it_drops(void **state) {
    const kzgops_sampler_config config = {.hertz = 1000, .buffer_bytes = 65536};
    kzgops_sampler_bytes bytes;
    uint64_t in_profile = 0;
    (void)state;
    kzgops_sampler *sampler = started(&config);
    while (read_stats(sampler).dropped < 20) burn_deep(90, 20000000);
    kzgops_sampler_stop(sampler);
    kzgops_sampler_stats stats = read_stats(sampler);
    assert_true(stats.samples > 0);
    assert_null(kzgops_sampler_encode(sampler, KZGOPS_SAMPLER_FOLDED, &bytes));
    for (char *at = bytes.data, *end = at + bytes.size; at < end;) {
        char *newline = memchr(at, '\n', (size_t)(end - at)), *space = newline;
        assert_non_null(newline);
        while (*space != ' ') space--;
        in_profile += strtoull(space, NULL, 10);
        at = newline + 1;
    }
    assert_int_equal(in_profile, stats.samples);
    kzgops_sampler_release(&bytes);
    kzgops_sampler_release(&bytes);
    kzgops_sampler_free(sampler);
}

static void no_samples__are_a_profile_too(void **state) {
    kzgops_sampler_bytes bytes;
    (void)state;
    kzgops_sampler *sampler = started(&(kzgops_sampler_config){.hertz = 1});
    if (read_stats(sampler).samples == 0) {
        assert_null(kzgops_sampler_encode(sampler, KZGOPS_SAMPLER_PPROF, &bytes));
        assert_true(bytes.size > 20);
        assert_memory_equal(bytes.data, "\x1f\x8b", 2);
        kzgops_sampler_release(&bytes);
    }
    kzgops_sampler_free(sampler);
}

/* ---- Memory ------------------------------------------------------------------------------------------------ */

struct purse {
    size_t left, live, calls;
};

static void *purse_alloc(void *user, size_t bytes) {
    struct purse *purse = user;
    if (purse->left == 0) return NULL;
    purse->left--;
    purse->calls++;
    purse->live += bytes;
    return malloc(bytes);
}

static void purse_release(void *user, void *memory, size_t bytes) {
    struct purse *purse = user;
    purse->live -= bytes;
    free(memory);
}

/* Each allocation fails in turn: an error, nothing written, nothing kept. */
static void encode_with(kzgops_sampler *sampler, struct purse *purse, kzgops_sampler_format format) {
    size_t before = purse->live;
    for (size_t n = 0;; n++) {
        kzgops_sampler_bytes bytes = {.size = 12345};
        purse->left = n;
        const char *error = kzgops_sampler_encode(sampler, format, &bytes);
        if (error == NULL) {
            assert_true(n > 3);
            assert_true(bytes.size != 12345);
            kzgops_sampler_release(&bytes);
            assert_int_equal(purse->live, before);
            return;
        }
        assert_int_equal(bytes.size, 12345);
        assert_int_equal(purse->live, before);
        assert_true(n < 10000);
    }
}

static void no_memory__is_an_error(void **state) {
    struct purse purse = {0};
    const kzgops_sources sources = {.allocator = {purse_alloc, purse_release, &purse}};
    const kzgops_sampler_config config = {.hertz = 1000, .sources = &sources};
    kzgops_sampler *sampler = NULL;
    (void)state;
    for (size_t n = 0; sampler == NULL; n++) {
        const char *error = NULL;
        purse.left = n;
        sampler = kzgops_sampler_start(&config, &error);
        if (sampler == NULL) assert_non_null(strstr(error, "no memory"));
        if (sampler == NULL) assert_int_equal(purse.live, 0);
    }
    purse.left = 0; /* samples take none */
    sample_until(sampler, 5);
    encode_with(sampler, &purse, KZGOPS_SAMPLER_PPROF);
    encode_with(sampler, &purse, KZGOPS_SAMPLER_FOLDED);
    kzgops_sampler_free(sampler);
    assert_int_equal(purse.live, 0);
}

static void missing_proc__is_an_error(void **state) {
    const kzgops_sources sources = {.proc_root = "/nonexistent"};
    kzgops_sampler_bytes bytes = {.size = 7};
    (void)state;
    kzgops_sampler *sampler = started(&(kzgops_sampler_config){.sources = &sources});
    assert_non_null(kzgops_sampler_encode(sampler, KZGOPS_SAMPLER_PPROF, &bytes));
    assert_int_equal(bytes.size, 7);
    kzgops_sampler_free(sampler);
}

/* ---- Labels ------------------------------------------------------------------------------------------------ */

/* The thread does little but change them, so that many a signal comes in the middle of it. */
static void labels__are_of_one_call(void **state) {
    static const char *const pairs[][2] = {{"one", "first"}, {"other", "second"}, {NULL, NULL}};
    const size_t kinds = sizeof pairs / sizeof *pairs;
    size_t seen[3] = {0};
    (void)state;
    assert_true(kzgops_sampler_attach(NULL));
    kzgops_sampler *sampler = started(&(kzgops_sampler_config){.hertz = 1000});
    while (read_stats(sampler).signals < 100) {
        for (size_t i = 0; i < 3000000; i++) kzgops_sampler_label(pairs[i % kinds][0], pairs[i % kinds][1]);
    }
    kzgops_sampler_stop(sampler);
    for (size_t at = 0; sampler->words[at] != 0;) {
        const uint64_t *row = sampler->words + at, *label = row + SAMPLE_LABEL;
        size_t kind = 0;
        while (kind < kinds && (label[SAMPLER_OPERATION] != (uintptr_t)pairs[kind][0] ||
                                label[SAMPLER_BACKEND] != (uintptr_t)pairs[kind][1])) {
            kind++;
        }
        assert_true(kind < kinds);
        seen[kind]++;
        at += SAMPLE_ADDRESS + SAMPLE_DEPTH(row) + SAMPLE_CANDIDATES(row);
    }
    assert_true(seen[0] > 0 && seen[1] > 0 && seen[2] > 0);
    kzgops_sampler_free(sampler);
    kzgops_sampler_detach();
}

/* ---- Threads ----------------------------------------------------------------------------------------------- */

static atomic_bool ending;

static void *short_lived(void *user) {
    const char *name = user;
    if (name != NULL) assert_true(kzgops_sampler_attach(name));
    kzgops_sampler_label("short", NULL);
    burn(3000000);
    if (name != NULL && name[0] == 'd') kzgops_sampler_detach();
    return NULL;
}

static void *spawner(void *user) {
    static const char *const names[] = {"attached", NULL, "detaches"};
    (void)user;
    for (unsigned i = 0; !atomic_load(&ending); i++) {
        pthread_t thread[3];
        for (unsigned k = 0; k < 3; k++) {
            if (pthread_create(&thread[k], NULL, short_lived, (void *)(uintptr_t)names[(i + k) % 3]) != 0) abort();
        }
        for (unsigned k = 0; k < 3; k++) pthread_join(thread[k], NULL);
    }
    return NULL;
}

/* Threads begin and end all the while, attached and not, as profiles do. */
static void threads__come_and_go(void **state) {
    const kzgops_sampler_config config = {.hertz = 1000, .buffer_bytes = (size_t)1 << 20};
    pthread_t spawners[3];
    uint64_t samples = 0;
    (void)state;
    atomic_store(&ending, false);
    for (int i = 0; i < 3; i++) assert_int_equal(pthread_create(&spawners[i], NULL, spawner, NULL), 0);
    for (unsigned i = 0; i < 60; i++) {
        kzgops_sampler *sampler = started(&config);
        kzgops_sampler_bytes bytes;
        burn(2000000);
        if (i % 6 == 0) {
            sample_until(sampler, 3);
            assert_null(kzgops_sampler_encode(sampler, KZGOPS_SAMPLER_PPROF, &bytes));
            kzgops_sampler_release(&bytes);
        }
        samples += read_stats(sampler).samples;
        kzgops_sampler_free(sampler);
    }
    atomic_store(&ending, true);
    for (int i = 0; i < 3; i++) pthread_join(spawners[i], NULL);
    assert_true(samples >= 30);
    for (size_t i = 0; i < KZGOPS_SAMPLER_THREADS_MAX; i++) {
        assert_false(atomic_load(&kzgops__sampler_slots[i].timed));
        assert_int_equal(atomic_load(&kzgops__sampler_slots[i].tid), 0);
    }
}

static sem_t attached, leave;
static atomic_size_t refused;

static void *crowd(void *user) {
    (void)user;
    if (!kzgops_sampler_attach("one of many")) atomic_fetch_add(&refused, 1);
    sem_post(&attached);
    while (sem_wait(&leave) != 0) {
    }
    return NULL;
}

static void threads__are_refused_when_there_are_too_many(void **state) {
    enum { MORE = 5, ALL = KZGOPS_SAMPLER_THREADS_MAX + MORE };
    static pthread_t thread[ALL];
    pthread_attr_t small;
    (void)state;
    sem_init(&attached, 0, 0);
    sem_init(&leave, 0, 0);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, (size_t)256 << 10);
    for (int i = 0; i < ALL; i++) assert_int_equal(pthread_create(&thread[i], &small, crowd, NULL), 0);
    for (int i = 0; i < ALL; i++) {
        while (sem_wait(&attached) != 0) {
        }
    }
    assert_int_equal(atomic_load(&refused), MORE);
    kzgops_sampler *sampler = started(NULL);
    kzgops_sampler_stats stats = read_stats(sampler);
    assert_true(stats.unwatched >= MORE + 1); /* and this thread */
    assert_int_equal(stats.threads + stats.unwatched >= ALL + 1, 1);
    kzgops_sampler_free(sampler);
    for (int i = 0; i < ALL; i++) sem_post(&leave);
    for (int i = 0; i < ALL; i++) pthread_join(thread[i], NULL);
    assert_true(kzgops_sampler_attach(NULL)); /* they have given their places back */
    kzgops_sampler_detach();
    kzgops_sampler_detach();
}

static void attach__unblocks_the_signal(void **state) {
    sigset_t blocked, now;
    (void)state;
    sigfillset(&blocked);
    pthread_sigmask(SIG_BLOCK, &blocked, &now);
    assert_true(kzgops_sampler_attach("w"));
    assert_true(kzgops_sampler_attach("w again"));
    pthread_sigmask(SIG_SETMASK, &now, &blocked);
    assert_false(sigismember(&blocked, SIGPROF));
    assert_true(sigismember(&blocked, SIGTERM));
    kzgops_sampler_detach();
}

/* ---- Frames ------------------------------------------------------------------------------------------------ */

static uintptr_t fake[64];

static size_t walk(uint64_t *out, size_t frame, size_t stack, size_t high) {
    return kzgops__sampler_walk(out, 0x1111, (uintptr_t)&fake[frame], (uintptr_t)&fake[stack], (uintptr_t)&fake[0],
                                (uintptr_t)&fake[high]);
}

static void set_frame(size_t at, size_t next, uintptr_t back) {
    fake[at] = next < 64 ? (uintptr_t)&fake[next] : next;
    fake[at + 1] = back;
}

static void walk__follows_frames_within_the_stack(void **state) {
    uint64_t out[KZGOPS_SAMPLER_DEPTH_MAX];
    (void)state;
    memset(fake, 0, sizeof fake);
    set_frame(10, 20, 0xaaaa);
    set_frame(20, 40, 0xbbbb);
    set_frame(40, 64, 0xcccc);
    assert_int_equal(walk(out, 10, 5, 60), 4);
    const uint64_t expected[] = {0x1111, 0xaaaa, 0xbbbb, 0xcccc};
    assert_memory_equal(out, expected, sizeof expected);
    assert_int_equal(walk(out, 10, 5, 42), 4);  /* the frame just fits */
    assert_int_equal(walk(out, 10, 5, 41), 3);  /* half of it is outside */
    assert_int_equal(walk(out, 10, 11, 60), 1); /* below the stack pointer */
    set_frame(20, 10, 0xbbbb);
    assert_int_equal(walk(out, 10, 5, 60), 3); /* back down: a circle */
    set_frame(20, 20, 0xbbbb);
    assert_int_equal(walk(out, 10, 5, 60), 3);
    set_frame(20, 40, 0);
    assert_int_equal(walk(out, 10, 5, 60), 2); /* where threads begin */
    fake[10] = (uintptr_t)&fake[20] + 1;
    assert_int_equal(walk(out, 10, 5, 60), 2); /* no frame is at an odd place */
    assert_int_equal(
        kzgops__sampler_walk(out, 1, UINTPTR_MAX - 7, (uintptr_t)&fake[5], (uintptr_t)&fake[0], (uintptr_t)&fake[60]),
        1);
}

static void walk__has_a_depth(void **state) {
    static uintptr_t deep[4 * KZGOPS_SAMPLER_DEPTH_MAX];
    uint64_t out[KZGOPS_SAMPLER_DEPTH_MAX];
    (void)state;
    for (size_t i = 0; i + 2 < sizeof deep / sizeof deep[0]; i += 2) {
        deep[i] = (uintptr_t)&deep[i + 2];
        deep[i + 1] = 0x5000 + i;
    }
    uintptr_t low = (uintptr_t)deep, high = low + sizeof deep;
    assert_int_equal(kzgops__sampler_walk(out, 1, low, low, low, high), KZGOPS_SAMPLER_DEPTH_MAX);
    assert_int_equal(out[KZGOPS_SAMPLER_DEPTH_MAX - 1], 0x5000 + 2 * (KZGOPS_SAMPLER_DEPTH_MAX - 2));
}

/* Of a stack with unknown bounds the kernel is asked: frames that point into nothing end the walk. */
static void walk__survives_an_unknown_stack(void **state) {
    uint64_t out[KZGOPS_SAMPLER_DEPTH_MAX];
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    (void)state;
    char *memory = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    uintptr_t *first = (uintptr_t *)(void *)memory, *hole = (uintptr_t *)(void *)(memory + page);
    first[2] = (uintptr_t)hole;
    first[3] = 0xaaaa;
    assert_int_equal(munmap(memory + page, page), 0);
    assert_int_equal(kzgops__sampler_walk(out, 1, (uintptr_t)&first[2], (uintptr_t)first, 0, 0), 2);
    assert_int_equal(out[1], 0xaaaa);
    first[2] = (uintptr_t)hole + page; /* past the hole, but readable, and no frame */
    assert_int_equal(kzgops__sampler_walk(out, 1, (uintptr_t)&first[2], (uintptr_t)first, 0, 0), 2);
    assert_int_equal(kzgops__sampler_walk(out, 1, (uintptr_t)first + ((uintptr_t)1 << 40), (uintptr_t)first, 0, 0),
                     1);
    assert_int_equal(kzgops__sampler_walk(out, 1, UINTPTR_MAX - 15, UINTPTR_MAX - 31, 0, 0), 1);
    munmap(memory, page);
    munmap(memory + 2 * page, page);
}

/* Words that are code, with their places; neither beyond the stack nor more than there is room for. */
static void candidates__are_words_that_point_into_code(void **state) {
    const struct map_range code[] = {{0x1000, 0x2000}, {0x5000, 0x6000}, {0x9000, 0xa000}};
    uint64_t out[CANDIDATES_MAX];
    uintptr_t stack[200] = {0};
    (void)state;
    stack[0] = 0xfff;
    stack[1] = 0x1000;
    stack[2] = 0x2000;
    stack[3] = 0x5fff;
    stack[100] = 0x9001;
    stack[127] = 0x9002;
    stack[128] = 0x9003;
    stack[5] = UINTPTR_MAX;
    uintptr_t low = (uintptr_t)stack, high = low + sizeof stack;
    assert_int_equal(kzgops__sampler_candidates(out, code, 3, low, high), 4);
    const uint64_t places[] = {1, 3, 100, 127}, addresses[] = {0x1000, 0x5fff, 0x9001, 0x9002};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(CANDIDATE_PLACE(out[i]), places[i]);
        assert_int_equal(CANDIDATE_ADDRESS(out[i]), addresses[i]);
    }
    assert_int_equal(kzgops__sampler_candidates(out, code, 3, low, (uintptr_t)&stack[3]), 1);
    assert_int_equal(kzgops__sampler_candidates(out, code, 3, low, low + 15), 0);
    assert_int_equal(kzgops__sampler_candidates(out, code, 0, low, high), 0);
    for (size_t i = 0; i < 100; i++) stack[i] = 0x1001;
    assert_int_equal(kzgops__sampler_candidates(out, code, 3, low, high), CANDIDATES_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start__refuses_what_is_out_of_range),
        cmocka_unit_test(start__leaves_the_signal_of_somebody_else_alone),
        cmocka_unit_test(start__refuses_a_second_profile),
        cmocka_unit_test(defaults__are_100_hertz),
        cmocka_unit_test(limit__ends_the_profile),
        cmocka_unit_test(stop__is_the_last_sample),
        cmocka_unit_test(signals_of_others__are_no_samples),
        cmocka_unit_test(signals_that_pretend__are_no_samples),
        cmocka_unit_test(full_buffer__counts_what_it_drops),
        cmocka_unit_test(no_samples__are_a_profile_too),
        cmocka_unit_test(no_memory__is_an_error),
        cmocka_unit_test(missing_proc__is_an_error),
        cmocka_unit_test(labels__are_of_one_call),
        cmocka_unit_test(threads__come_and_go),
        cmocka_unit_test(threads__are_refused_when_there_are_too_many),
        cmocka_unit_test(attach__unblocks_the_signal),
        cmocka_unit_test(walk__follows_frames_within_the_stack),
        cmocka_unit_test(walk__has_a_depth),
        cmocka_unit_test(walk__survives_an_unknown_stack),
        cmocka_unit_test(candidates__are_words_that_point_into_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
