/* libkzgops: what the crash handler leaves behind, in children that really crash, and how they end for who waits for
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kzgops/recorder.h"
#include "recorder_support.h"

#define SLOTS 3

static struct folder folder;
static kzgops_recorder *recorder; /* the child's */
static kzgops_recording recording;

static int setup(void **state) {
    (void)state;
    folder = folder_new();
    return 0;
}

static int teardown(void **state) {
    (void)state;
    folder_remove(&folder);
    return 0;
}

/* ---- The child's side ------------------------------------------------------------------------------------------ */

static void begin(const kzgops_sources *sources) {
    const kzgops_recorder_config config = {.directory = folder.path,
                                           .service = "crashd",
                                           .version = "1",
                                           .slots = SLOTS,
                                           .threads = 1,
                                           .sources = sources};
    const char *error = "not set";
    recorder = kzgops_recorder_open(&config, &error);
    CHILD_EXPECT(recorder != NULL && error == NULL);
    CHILD_EXPECT(kzgops_recorder_crash_install(recorder, &error) && error == NULL);
    kzgops_recorder_state(recorder, KZGOPS_RECORDER_READY);
}

static void begin_work(size_t slot) {
    const uint8_t digest[32] = {0xab, 0xcd};
    kzgops_recorder_thread_begin(recorder, slot);
    kzgops_recorder_operation_begin(recorder, slot, "prove", "req-77");
    kzgops_recorder_operation_digest(recorder, slot, digest);
}

static volatile int zero;
static char *volatile bad = (char *)16;

__attribute__((noinline, no_sanitize("address", "undefined"))) static void touch(void) {
    *bad = 1;
}

static void segfault(void *user) {
    (void)user;
    begin(NULL);
    kzgops_recorder_operation_begin(recorder, 0, "other", "req-0");
    begin_work(2);
    touch();
}

static void call_abort(void *user) {
    (void)user;
    begin(NULL);
    abort();
}

static void illegal(void *user) {
    (void)user;
    begin(NULL);
    __builtin_trap();
}

__attribute__((noinline, no_sanitize("undefined"))) static int divide(int by) {
    return 7 / by;
}

static void float_error(void *user) {
    (void)user;
    begin(NULL);
#if defined(__x86_64__)
    zero = divide(zero);
#else
    raise(SIGFPE);
#endif
}

/* A mapped file that is cut short is the usual cause. */
__attribute__((no_sanitize("address"))) static void bus_error(void *user) {
    (void)user;
    char path[256];
    begin(NULL);
    snprintf(path, sizeof path, "%s/mapped", folder.path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHILD_EXPECT(fd >= 0 && ftruncate(fd, 4096) == 0);
    volatile char *mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHILD_EXPECT(mapped != MAP_FAILED && ftruncate(fd, 0) == 0);
    mapped[0] = 1;
}

__attribute__((noinline, no_sanitize("address"))) static int descend(volatile char *above) {
    volatile char frame[4096];
    frame[0] = above[0];
    if (frame[0] != 0) return 1; /* never */
    return descend(frame) + frame[0];
}

static void *overflow_worker(void *user) {
    volatile char top = 0;
    begin_work(1);
    zero = descend(&top);
    return user;
}

static void overflow(void *user) {
    pthread_t thread;
    begin(NULL);
    CHILD_EXPECT(pthread_create(&thread, NULL, overflow_worker, user) == 0);
    pthread_join(thread, NULL);
}

static void wait_for_signal(void *user) {
    const int *ready = user;
    begin(NULL);
    CHILD_EXPECT(write(ready[1], "x", 1) == 1);
    for (;;) pause();
}

/* The clock faults when the handler asks for it. */
static atomic_bool clock_is_broken;

static int64_t broken_clock(void *user) {
    (void)user;
    if (atomic_load(&clock_is_broken)) touch();
    return 1;
}

static const kzgops_sources broken = {.clock = {.monotonic_ns = broken_clock, .realtime_ns = broken_clock}};

static void crash_in_the_handler(void *user) {
    (void)user;
    begin(&broken);
    atomic_store(&clock_is_broken, true);
    abort();
}

static void fork_and_crash(void *user) {
    int status = -1;
    begin(NULL);
    pid_t child = fork();
    if (child == 0) touch();
    CHILD_EXPECT(waitpid(child, &status, 0) == child);
    CHILD_EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    (void)user;
}

/* Asked by the handler of a thread that crashes first, it gives the others the time to come in as well. */
struct crowd {
    atomic_bool crashing;
    atomic_int entered;
};

static struct crowd *crowd; /* shared with the parent */

static int64_t crowded_clock(void *user) {
    (void)user;
    if (!atomic_load(&crowd->crashing)) return 1;
    atomic_fetch_add(&crowd->entered, 1);
    for (int i = 0; i < 50 && atomic_load(&crowd->entered) < 2; i++) {
        const struct timespec pause = {.tv_nsec = 1000000};
        nanosleep(&pause, NULL);
    }
    return 1;
}

static int64_t plain_clock(void *user) {
    (void)user;
    return 1;
}

static const kzgops_sources crowded = {.clock = {.monotonic_ns = plain_clock, .realtime_ns = crowded_clock}};

static pthread_barrier_t barrier;

static void *crash_together(void *user) {
    begin_work(*(size_t *)user);
    pthread_barrier_wait(&barrier);
    atomic_store(&crowd->crashing, true);
    touch();
    return NULL;
}

static void crash_in_all_threads(void *user) {
    static size_t slot[SLOTS] = {0, 1, 2};
    pthread_t thread[SLOTS];
    (void)user;
    begin(&crowded);
    pthread_barrier_init(&barrier, NULL, SLOTS);
    for (size_t i = 0; i < SLOTS; i++) {
        CHILD_EXPECT(pthread_create(&thread[i], NULL, crash_together, &slot[i]) == 0);
    }
    for (size_t i = 0; i < SLOTS; i++) pthread_join(thread[i], NULL);
}

static void cut_own_file(void) {
    kzgops_recorder_condition condition;
    kzgops_recorder_status(recorder, &condition);
    CHILD_EXPECT(condition.on_disk && truncate(condition.path, 0) == 0);
}

static void *begin_many(void *user) {
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 1000; i++) {
        kzgops_recorder_operation_begin(recorder, *(size_t *)user, "prove", "x");
        kzgops_recorder_operation_end(recorder, *(size_t *)user);
    }
    return NULL;
}

/* Several threads meet the missing file at once, and none of them may notice. */
static void lose_the_file(void *user) {
    static size_t slot[SLOTS] = {0, 1, 2};
    pthread_t thread[SLOTS];
    kzgops_recorder_condition condition;
    (void)user;
    begin(NULL);
    pthread_barrier_init(&barrier, NULL, SLOTS);
    cut_own_file();
    for (size_t i = 0; i < SLOTS; i++) {
        CHILD_EXPECT(pthread_create(&thread[i], NULL, begin_many, &slot[i]) == 0);
    }
    for (size_t i = 0; i < SLOTS; i++) pthread_join(thread[i], NULL);
    kzgops_recorder_status(recorder, &condition);
    CHILD_EXPECT(!condition.on_disk && condition.write_failures == 1);
    CHILD_EXPECT(strstr(condition.trouble, "cut short") != NULL);
    kzgops_recorder_operation_begin(recorder, 1, "prove", "after");
    kzgops_recorder_read(recorder, &recording);
    CHILD_EXPECT(strcmp(recording.start.service, "crashd") == 0);
    CHILD_EXPECT(recording.operation_count == 1 && recording.damaged == 0);
}

static void lose_the_file_and_crash(void *user) {
    (void)user;
    begin(NULL);
    cut_own_file();
    touch();
}

static void install_twice(void *user) {
    const char *error = NULL;
    struct sigaction earlier, action;
    (void)user;
    CHILD_EXPECT(sigaction(SIGILL, NULL, &earlier) == 0); /* the test framework's */
    begin(NULL);
    CHILD_EXPECT(sigaction(SIGILL, NULL, &action) == 0 && action.sa_sigaction != earlier.sa_sigaction);
    const kzgops_recorder_config config = {.service = "second", .version = "1"};
    kzgops_recorder *second = kzgops_recorder_open(&config, NULL);
    CHILD_EXPECT(!kzgops_recorder_crash_install(second, &error) && error != NULL);
    kzgops_recorder_close(second, true);
    kzgops_recorder_close(recorder, true);
    CHILD_EXPECT(sigaction(SIGILL, NULL, &action) == 0 && action.sa_sigaction == earlier.sa_sigaction);
    second = kzgops_recorder_open(&config, NULL);
    CHILD_EXPECT(kzgops_recorder_crash_install(second, &error));
    kzgops_recorder_crash_remove(second);
    CHILD_EXPECT(kzgops_recorder_crash_install(second, &error));
    kzgops_recorder_close(second, true);
}

static void *take_and_give(void *user) {
    for (int i = 0; i < 200; i++) {
        stack_t stack;
        kzgops_recorder_thread_begin(recorder, SIZE_MAX);
        CHILD_EXPECT(sigaltstack(NULL, &stack) == 0);
        kzgops_recorder_thread_end(recorder);
    }
    return user;
}

static void reuse_stacks(void *user) {
    pthread_t thread[2 * SLOTS];
    begin(NULL);
    for (size_t i = 0; i < 2 * SLOTS; i++) {
        CHILD_EXPECT(pthread_create(&thread[i], NULL, take_and_give, user) == 0);
    }
    for (size_t i = 0; i < 2 * SLOTS; i++) pthread_join(thread[i], NULL);
    kzgops_recorder_close(recorder, true);
}

/* ---- The parent's side ----------------------------------------------------------------------------------------- */

static const kzgops_recorded_crash *crash_of(void (*body)(void *), int signal) {
    int status = run_child(body, NULL);
    char path[256];
    const char *error = NULL;
    if (!WIFSIGNALED(status)) print_message("status 0x%x\n", status);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), signal);
    snprintf(path, sizeof path, "%s/recorder.1", folder.path);
    bool loaded = kzgops_recording_load(path, &recording, &error);
    if (!loaded) print_message("%s\n", error);
    assert_true(loaded);
    return &recording.crash;
}

static bool is_inside(const kzgops_recorded_frame *frame, void (*function)(void)) {
    return frame->address >= (uintptr_t)function && frame->address < (uintptr_t)function + 512;
}

static void crash__says_where_and_during_what(void **state) {
    (void)state;
    const kzgops_recorded_crash *crash = crash_of(segfault, SIGSEGV);
    assert_int_equal(crash->signal, SIGSEGV);
    assert_int_equal(crash->address, 16);
    assert_false(crash->sent);
    assert_int_equal(crash->slot, 2);
    assert_string_equal(crash->operation, "prove");
    assert_string_equal(crash->request_id, "req-77");
    assert_memory_equal(crash->digest, "abcd0000", 8);
    assert_true(crash->thread != 0 && crash->thread_name[0] != '\0' && crash->when_ns > 0);
    assert_true(crash->frame_count >= 2);
    assert_true(is_inside(&crash->frame[0], touch)); /* the handler's own frames are left out */
    assert_memory_equal(crash->frame[0].module, "test_recorder_crash", strlen("test_recorder_crash"));
    assert_true(crash->frame[0].offset != 0);
    assert_int_equal(recording.operation_count, 2);
    assert_int_equal(recording.state, KZGOPS_RECORDER_READY);
    assert_int_equal(recording.damaged, 0);
    if (recording.start.build_id[0] != '\0') assert_true(strlen(recording.start.build_id) >= 16);
}

static void crash__keeps_the_exit_status_of_each_signal(void **state) {
    (void)state;
    assert_int_equal(crash_of(illegal, SIGILL)->signal, SIGILL);
    assert_int_equal(crash_of(float_error, SIGFPE)->signal, SIGFPE);
    assert_int_equal(crash_of(bus_error, SIGBUS)->signal, SIGBUS);
    assert_int_equal(recording.crash.slot, UINT64_MAX);
    assert_string_equal(recording.crash.operation, "");
}

static void crash__of_abort_is_its_own(void **state) {
    (void)state;
    const kzgops_recorded_crash *crash = crash_of(call_abort, SIGABRT);
    assert_true(crash->sent);
    assert_int_equal(crash->sender, recording.start.pid);
    assert_true(crash->frame_count >= 2);
}

static void crash__of_a_full_stack_is_recorded(void **state) {
    (void)state;
    const kzgops_recorded_crash *crash = crash_of(overflow, SIGSEGV);
    assert_int_equal(crash->slot, 1);
    assert_string_equal(crash->operation, "prove");
}

static void crash__by_a_signal_from_outside_names_the_sender(void **state) {
    (void)state;
    int ready[2], status;
    char byte, path[256];
    assert_int_equal(pipe(ready), 0);
    pid_t child = start_child(wait_for_signal, ready);
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    assert_int_equal(kill(child, SIGSEGV), 0);
    status = wait_child(child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    snprintf(path, sizeof path, "%s/recorder.1", folder.path);
    assert_true(kzgops_recording_load(path, &recording, NULL));
    assert_true(recording.crash.sent);
    assert_int_equal(recording.crash.sender, getpid());
}

static void crash__inside_the_handler_ends_the_process(void **state) {
    (void)state;
    int status = run_child(crash_in_the_handler, NULL);
    assert_true(WIFSIGNALED(status));
    assert_true(WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGABRT);
}

static void crash__of_a_forked_child_is_not_the_parents(void **state) {
    (void)state;
    char path[256];
    assert_int_equal(run_child(fork_and_crash, NULL), 0);
    snprintf(path, sizeof path, "%s/recorder.1", folder.path);
    assert_true(kzgops_recording_load(path, &recording, NULL));
    assert_int_equal(recording.crash.signal, 0);
}

static void crash__of_several_threads_is_the_first_ones(void **state) {
    (void)state;
    crowd = mmap(NULL, sizeof *crowd, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(crowd != MAP_FAILED);
    for (int round = 0; round < 20; round++) {
        *crowd = (struct crowd){0};
        const kzgops_recorded_crash *crash = crash_of(crash_in_all_threads, SIGSEGV);
        assert_int_equal(atomic_load(&crowd->entered), 1); /* the others waited outside */
        assert_int_equal(crash->signal, SIGSEGV);
        assert_true(crash->slot < SLOTS);
        assert_int_equal(recording.damaged, 0);
        assert_true(crash->frame_count > 0);
        folder_remove(&folder);
        folder = folder_new();
    }
    munmap(crowd, sizeof *crowd);
}

static void handler__cures_the_loss_of_the_file(void **state) {
    (void)state;
    for (int round = 0; round < 50; round++) {
        assert_int_equal(run_child(lose_the_file, NULL), 0);
        folder_remove(&folder);
        folder = folder_new();
    }
}

static void handler__keeps_the_signal_without_its_file(void **state) {
    (void)state;
    int status = run_child(lose_the_file_and_crash, NULL);
    assert_true(WIFSIGNALED(status));
#ifdef __SANITIZE_THREAD__ /* blocks all signals in every handler, so the second fault ends it */
    if (WTERMSIG(status) == SIGBUS) return;
#endif
    assert_int_equal(WTERMSIG(status), SIGSEGV);
}

static void handler__is_one_recorders_at_a_time(void **state) {
    (void)state;
    assert_int_equal(run_child(install_twice, NULL), 0);
}

static void stacks__are_used_again(void **state) {
    (void)state;
    assert_int_equal(run_child(reuse_stacks, NULL), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(crash__says_where_and_during_what, setup, teardown),
        cmocka_unit_test_setup_teardown(crash__keeps_the_exit_status_of_each_signal, setup, teardown),
        cmocka_unit_test_setup_teardown(crash__of_abort_is_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(crash__of_a_full_stack_is_recorded, setup, teardown),
        cmocka_unit_test_setup_teardown(crash__by_a_signal_from_outside_names_the_sender, setup, teardown),
        cmocka_unit_test_setup_teardown(crash__inside_the_handler_ends_the_process, setup, teardown),
        cmocka_unit_test_setup_teardown(crash__of_a_forked_child_is_not_the_parents, setup, teardown),
        cmocka_unit_test_setup_teardown(crash__of_several_threads_is_the_first_ones, setup, teardown),
        cmocka_unit_test_setup_teardown(handler__cures_the_loss_of_the_file, setup, teardown),
        cmocka_unit_test_setup_teardown(handler__keeps_the_signal_without_its_file, setup, teardown),
        cmocka_unit_test_setup_teardown(handler__is_one_recorders_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(stacks__are_used_again, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
