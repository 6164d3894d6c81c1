/* libkzgops: figures of the process, from a made-up /proc and from the real one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "kzgops/process.h"

static char root[] = "/tmp/kzgops-process-XXXXXX";
static const kzgops_sources made_up = {.proc_root = root};

static void write_file(const char *name, const char *text) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void make_folder(const char *name) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place) {
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

static int set_up(void **state) {
    (void)state;
    memcpy(root + sizeof root - 7, "XXXXXX", 6);
    assert_non_null(mkdtemp(root));
    make_folder("self");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* proc(5): utime 14, stime 15, num_threads 20, starttime 22, vsize 23, rss 24. */
static const char stat_line[] =
    "4711 (a b) (c) S 1 4711 4711 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 9 0 123400 65536000 "
    "321 18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 3 0 0 0 0 0\n";
static const char limits_text[] = "Limit                     Soft Limit           Hard Limit           Units     \n"
                                  "Max processes             63444                63444                processes \n"
                                  "Max open files            1024                 1048576              files     \n";

static void made_up__is_read_field_by_field(void **state) {
    (void)state;
    kzgops_process process = {0};
    double ticks = (double)sysconf(_SC_CLK_TCK);
    write_file("self/stat", stat_line);
    write_file("self/limits", limits_text);
    write_file("stat", "cpu  1 2 3\nintr 5 6\nctxt 7\nbtime 1700000000\nprocesses 9\n");
    make_folder("self/fd");
    for (int i = 0; i < 300; i++) {
        char name[32];
        snprintf(name, sizeof name, "self/fd/%d", i);
        write_file(name, "");
    }
    kzgops_process_read(&made_up, &process);
    assert_float_equal(process.cpu_seconds, 300 / ticks, 1e-9);
    assert_float_equal(process.start_time_seconds, 1700000000 + 123400 / ticks, 1e-6);
    assert_true(process.resident_bytes == 321 * (double)sysconf(_SC_PAGESIZE));
    assert_true(process.virtual_bytes == 65536000);
    assert_true(process.open_fds == 300);
    assert_true(process.max_fds == 1024);
    assert_true(process.threads == 9);
    /* The start does not move with the clock, which btime does. */
    write_file("stat", "btime 1800000000\n");
    double start = process.start_time_seconds;
    kzgops_process_read(&made_up, &process);
    assert_true(process.start_time_seconds == start);
}

static void expect_unknown(const kzgops_process *process) {
    assert_true(isnan(process->cpu_seconds));
    assert_true(isnan(process->start_time_seconds));
    assert_true(isnan(process->resident_bytes));
    assert_true(isnan(process->virtual_bytes));
    assert_true(isnan(process->threads));
}

static void absence_and_garbage__are_unknown_never_zero(void **state) {
    (void)state;
    static const char *const stats[] = {"", "4711", "4711 (a) S 1",
                                        "4711 (a) S x x x x x x x x x x x x x x x x x x x",
                                        "no bracket at all 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22"};
    kzgops_process process = {0};
    kzgops_process_read(&made_up, &process);
    expect_unknown(&process);
    assert_true(isnan(process.open_fds) && isnan(process.max_fds));
    for (size_t i = 0; i < sizeof stats / sizeof stats[0]; i++) {
        process = (kzgops_process){0};
        write_file("self/stat", stats[i]);
        kzgops_process_read(&made_up, &process);
        expect_unknown(&process);
    }
    write_file("self/limits", "Max open files            none\n");
    kzgops_process_read(&made_up, &process);
    assert_true(isnan(process.max_fds));
    write_file("self/limits", "Max open files            unlimited            unlimited            files\n");
    kzgops_process_read(&made_up, &process);
    assert_true(isinf(process.max_fds));
    /* Unknown first, known later: the start is read when it can be. */
    write_file("self/stat", stat_line);
    write_file("stat", "btime 1700000000\n");
    kzgops_process_read(&made_up, &process);
    assert_true(process.start_time_seconds > 1700000000);
}

static void *wait_for_it(void *lock) {
    pthread_mutex_lock(lock);
    pthread_mutex_unlock(lock);
    return NULL;
}

/* A sanitizer has threads of its own. */
static double count_threads(void) {
    double count = 0;
    DIR *folder = opendir("/proc/self/task");
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static void real__figures_are_those_of_this_process(void **state) {
    (void)state;
    kzgops_process before = {0}, after = {0};
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_t thread;
    int fd[3];
    struct timespec now;
    kzgops_process_read(NULL, &before);
    pthread_mutex_lock(&lock);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_it, &lock), 0);
    for (int i = 0; i < 3; i++) fd[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (volatile unsigned spin = 0; after.cpu_seconds < before.cpu_seconds + 0.02; spin++) {
        if (spin % 1000000 == 0) kzgops_process_read(NULL, &after);
    }
    assert_true(after.threads == count_threads());
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    clock_gettime(CLOCK_REALTIME, &now);
    assert_true(after.open_fds == before.open_fds + 3);
    assert_true(after.threads > before.threads);
    assert_true(before.start_time_seconds > 1e9 && before.start_time_seconds <= (double)now.tv_sec + 1);
    assert_true(after.resident_bytes > 100000 && after.virtual_bytes > after.resident_bytes);
    assert_true(after.max_fds == (double)sysconf(_SC_OPEN_MAX));
    for (int i = 0; i < 3; i++) close(fd[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(made_up__is_read_field_by_field, set_up, tear_down),
        cmocka_unit_test_setup_teardown(absence_and_garbage__are_unknown_never_zero, set_up, tear_down),
        cmocka_unit_test(real__figures_are_those_of_this_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
