/* libkzgops: the flight recorder's file. Clocks are the test's; files are real, and so are the processes that leave
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <json-c/json.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kzgops/recorder.h"
#include "ops/recorder_file.h"
#include "recorder_support.h"

#define SECOND ((int64_t)1000000000)
#define WALL   (1700000000 * SECOND) /* 2023-11-14T22:13:20Z */
#define BEGIN  (500 * SECOND)        /* monotonic */
#define SLOTS  4

static _Atomic int64_t fake_ns;

static int64_t fake_monotonic(void *user) {
    (void)user;
    return BEGIN + atomic_load(&fake_ns);
}

static int64_t fake_realtime(void *user) {
    (void)user;
    return WALL + atomic_load(&fake_ns);
}

static const kzgops_sources fake = {.clock = {.monotonic_ns = fake_monotonic, .realtime_ns = fake_realtime}};

static void advance(double seconds) {
    atomic_fetch_add(&fake_ns, (int64_t)(seconds * 1e9));
}

static kzgops_recorder_config config_in(const char *directory) {
    return (kzgops_recorder_config){.directory = directory,
                                    .service = "testd",
                                    .version = "1.2.3",
                                    .commit = "abcdef0",
                                    .slots = SLOTS,
                                    .threads = 2,
                                    .sources = &fake};
}

static kzgops_recorder *open_in(const char *directory) {
    const char *error = "not set";
    kzgops_recorder_config config = config_in(directory);
    kzgops_recorder *recorder = kzgops_recorder_open(&config, &error);
    if (error != NULL) print_message("%s\n", error);
    assert_non_null(recorder);
    assert_null(error);
    return recorder;
}

static kzgops_recorder_sample sample_of(uint64_t rss) {
    return (kzgops_recorder_sample){.rss = rss,
                                    .cgroup_usage = rss + 1,
                                    .working_set = rss + 2,
                                    .limit = 1000,
                                    .allocated = rss + 3,
                                    .resident = rss + 4,
                                    .available = rss + 5,
                                    .oom_kills = 7};
}

static kzgops_recording recording;

static void load(const struct folder *folder, const char *name) {
    char path[256];
    const char *error = "not set";
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    bool loaded = kzgops_recording_load(path, &recording, &error);
    if (error != NULL) print_message("%s: %s\n", path, error);
    assert_true(loaded);
    assert_null(error);
}

static bool exists(const struct folder *folder, const char *name) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    return access(path, F_OK) == 0;
}

/* ---- What is recorded is read ---------------------------------------------------------------------------------- */

static void record_all(kzgops_recorder *recorder) {
    const kzgops_recorder_sample sample = sample_of(100);
    uint8_t digest[32];
    for (size_t i = 0; i < sizeof digest; i++) digest[i] = (uint8_t)(i * 7);
    advance(1);
    kzgops_recorder_state(recorder, KZGOPS_RECORDER_READY);
    kzgops_recorder_memory(recorder, &sample);
    advance(1);
    kzgops_recorder_operation_begin(recorder, 2, "commit", "req-2");
    kzgops_recorder_operation_digest(recorder, 2, digest);
    advance(1);
    kzgops_recorder_operation_begin(recorder, 0, "verify", NULL);
    kzgops_recorder_operation_begin(recorder, 1, "prove", "req-1");
    kzgops_recorder_operation_end(recorder, 1);
    kzgops_recorder_error(recorder, "bad_point", "req-0");
    kzgops_recorder_event(recorder, "config_loaded", "from a file");
    advance(1);
}

static void check_all(bool live) {
    static const char digest[] = "00070e151c232a31383f464d545b626970777e858c939aa1a8afb6bdc4cbd2d9";
    assert_string_equal(recording.start.service, "testd");
    assert_string_equal(recording.start.version, "1.2.3");
    assert_string_equal(recording.start.commit, "abcdef0");
    assert_int_equal(recording.start.when_ns, WALL);
    assert_int_equal(recording.start.slots, SLOTS);
    assert_true(strlen(recording.start.boot_id) == 36);
    assert_true(recording.start.command[0] != '\0');
    assert_int_equal(recording.state, KZGOPS_RECORDER_READY);
    assert_int_equal(recording.state_when_ns, WALL + SECOND);
    assert_int_equal(recording.alive_ns, WALL + 3 * SECOND);
    assert_int_equal(recording.damaged, 0);
    assert_int_equal(recording.crash.signal, 0);
    assert_int_equal(recording.operation_count, 2);
    assert_string_equal(recording.operation[0].name, "commit");
    assert_string_equal(recording.operation[0].request_id, "req-2");
    assert_string_equal(recording.operation[0].digest, digest);
    assert_int_equal(recording.operation[0].slot, 2);
    assert_int_equal(recording.operation[0].age_ns, (live ? 2 : 1) * SECOND);
    assert_string_equal(recording.operation[1].name, "verify");
    assert_string_equal(recording.operation[1].request_id, "");
    assert_string_equal(recording.operation[1].digest, "");
    assert_int_equal(recording.sample_count, 1);
    kzgops_recorder_sample expected = sample_of(100);
    expected.when_ns = WALL + SECOND;
    expected.monotonic_ns = BEGIN + SECOND;
    assert_memory_equal(&recording.sample[0], &expected, sizeof expected);
    assert_int_equal(recording.error_count, 1);
    assert_string_equal(recording.error[0].code, "bad_point");
    assert_string_equal(recording.error[0].request_id, "req-0");
    assert_int_equal(recording.event_count, 3);
    assert_string_equal(recording.event[0].detail, "starting");
    assert_string_equal(recording.event[1].detail, "ready");
    assert_string_equal(recording.event[2].name, "config_loaded");
    assert_string_equal(recording.event[2].detail, "from a file");
}

static void recorder__gives_back_what_was_recorded(void **state) {
    (void)state;
    struct folder folder = folder_new();
    atomic_store(&fake_ns, 0);
    kzgops_recorder *recorder = open_in(folder.path);
    record_all(recorder);
    kzgops_recorder_read(recorder, &recording);
    assert_int_equal(recording.start.pid, getpid());
    check_all(true);
    load(&folder, "recorder.1");
    check_all(false);
    kzgops_recorder_condition condition;
    kzgops_recorder_status(recorder, &condition);
    assert_true(condition.on_disk);
    assert_int_equal(condition.write_failures, 0);
    assert_string_equal(condition.trouble, "");
    assert_non_null(strstr(condition.path, "/recorder.1"));
    assert_null(kzgops_recorder_close(recorder, true));
    load(&folder, "recorder.1");
    assert_int_equal(recording.state, KZGOPS_RECORDER_STOPPED);
    folder_remove(&folder);
}

static void record_and_die(void *user) {
    kzgops_recorder *recorder = open_in(user);
    record_all(recorder);
    raise(SIGKILL);
}

static void recorder__survives_sigkill(void **state) {
    (void)state;
    struct folder folder = folder_new();
    atomic_store(&fake_ns, 0);
    pid_t child = start_child(record_and_die, folder.path);
    int status = wait_child(child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    load(&folder, "recorder.1");
    assert_int_equal(recording.start.pid, child);
    check_all(false);
    folder_remove(&folder);
}

static void recorder__takes_null(void **state) {
    (void)state;
    const kzgops_recorder_sample sample = sample_of(1);
    const uint8_t digest[32] = {0};
    kzgops_recorder_condition condition;
    kzgops_recorder_memory(NULL, &sample);
    kzgops_recorder_operation_begin(NULL, 0, "x", "y");
    kzgops_recorder_operation_digest(NULL, 0, digest);
    kzgops_recorder_operation_end(NULL, 0);
    kzgops_recorder_error(NULL, "x", NULL);
    kzgops_recorder_event(NULL, "x", NULL);
    kzgops_recorder_state(NULL, KZGOPS_RECORDER_READY);
    kzgops_recorder_thread_begin(NULL, 0);
    kzgops_recorder_thread_end(NULL);
    kzgops_recorder_status(NULL, &condition);
    kzgops_recorder_read(NULL, &recording);
    assert_false(kzgops_recorder_crash_install(NULL, NULL));
    kzgops_recorder_crash_remove(NULL);
    assert_null(kzgops_recorder_close(NULL, true));
    assert_int_equal(condition.write_failures, 0);
    assert_int_equal(recording.event_count, 0);
}

static void recorder__refuses_a_config_out_of_range(void **state) {
    (void)state;
    const char *error;
    kzgops_recorder_config good = config_in(NULL), bad[6];
    for (size_t i = 0; i < 6; i++) bad[i] = good;
    bad[0].slots = KZGOPS_RECORDER_SLOTS_MAX + 1;
    bad[1].threads = 257;
    bad[2].name = "a/b";
    bad[3].name = "";
    bad[4].service = NULL;
    bad[5].version = NULL;
    for (size_t i = 0; i < 6; i++) {
        error = NULL;
        assert_null(kzgops_recorder_open(&bad[i], &error));
        assert_non_null(error);
    }
}

static void rings__keep_the_last_in_order(void **state) {
    (void)state;
    atomic_store(&fake_ns, 0);
    kzgops_recorder *recorder = open_in(NULL);
    for (uint64_t i = 1; i <= 3 * KZGOPS_RECORDER_SAMPLES_MAX + 5; i++) {
        const kzgops_recorder_sample sample = sample_of(i);
        char text[32];
        snprintf(text, sizeof text, "n%llu", (unsigned long long)i);
        kzgops_recorder_memory(recorder, &sample);
        kzgops_recorder_error(recorder, text, text);
        kzgops_recorder_event(recorder, text, text);
    }
    kzgops_recorder_read(recorder, &recording);
    assert_int_equal(recording.sample_count, KZGOPS_RECORDER_SAMPLES_MAX);
    assert_int_equal(recording.error_count, KZGOPS_RECORDER_ERRORS_MAX);
    assert_int_equal(recording.event_count, KZGOPS_RECORDER_EVENTS_MAX);
    for (size_t i = 0; i < KZGOPS_RECORDER_SAMPLES_MAX; i++) {
        assert_int_equal(recording.sample[i].rss, 2 * KZGOPS_RECORDER_SAMPLES_MAX + 6 + i);
    }
    assert_string_equal(recording.error[0].code, "n710");
    assert_string_equal(recording.error[63].code, "n773");
    assert_string_equal(recording.event[63].name, "n773");
    kzgops_recorder_close(recorder, true);
}

static void texts__are_cut(void **state) {
    (void)state;
    char longer[400];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    kzgops_recorder *recorder = open_in(NULL);
    kzgops_recorder_operation_begin(recorder, 0, longer, longer);
    kzgops_recorder_error(recorder, longer, longer);
    kzgops_recorder_event(recorder, longer, longer);
    kzgops_recorder_read(recorder, &recording);
    assert_int_equal(strlen(recording.operation[0].name), KZGOPS_RECORDER_NAME_MAX - 1);
    assert_int_equal(strlen(recording.operation[0].request_id), KZGOPS_RECORDER_REQUEST_MAX - 1);
    assert_int_equal(strlen(recording.error[0].code), KZGOPS_RECORDER_CODE_MAX - 1);
    assert_int_equal(strlen(recording.event[1].detail), KZGOPS_RECORDER_DETAIL_MAX - 1);
    kzgops_recorder_close(recorder, true);
}

static void operation__without_an_end_gives_way_to_the_next(void **state) {
    (void)state;
    const uint8_t digest[32] = {1};
    kzgops_recorder *recorder = open_in(NULL);
    kzgops_recorder_operation_digest(recorder, 0, digest); /* of none */
    kzgops_recorder_operation_begin(recorder, 0, "first", "a");
    kzgops_recorder_operation_digest(recorder, 0, digest);
    kzgops_recorder_operation_begin(recorder, 0, "second", "b");
    kzgops_recorder_read(recorder, &recording);
    assert_int_equal(recording.operation_count, 1);
    assert_string_equal(recording.operation[0].name, "second");
    assert_string_equal(recording.operation[0].digest, "");
    kzgops_recorder_operation_end(recorder, 0);
    kzgops_recorder_read(recorder, &recording);
    assert_int_equal(recording.operation_count, 0);
    kzgops_recorder_close(recorder, true);
}

/* ---- Files of several processes -------------------------------------------------------------------------------- */

static void run_version(const struct folder *folder, const char *version, bool clean) {
    kzgops_recorder_config config = config_in(folder->path);
    config.version = version;
    kzgops_recorder *recorder = kzgops_recorder_open(&config, NULL);
    assert_non_null(recorder);
    advance(10);
    assert_null(kzgops_recorder_close(recorder, clean));
}

static void files__of_ended_processes_are_kept_in_order(void **state) {
    (void)state;
    struct folder folder = folder_new();
    atomic_store(&fake_ns, 0);
    for (int i = 1; i <= 7; i++) {
        char version[16];
        snprintf(version, sizeof version, "v%d", i);
        run_version(&folder, version, true);
    }
    static const struct {
        const char *name, *version;
    } expected[] = {{"recorder.1", "v7"},
                    {"recorder.previous", "v6"},
                    {"recorder.previous.2", "v5"},
                    {"recorder.previous.3", "v4"},
                    {"recorder.previous.4", "v3"}};
    for (size_t i = 0; i < 5; i++) {
        load(&folder, expected[i].name);
        assert_string_equal(recording.start.version, expected[i].version);
    }
    assert_false(exists(&folder, "recorder.2"));
    assert_false(exists(&folder, "recorder.previous.5"));
    assert_false(exists(&folder, "recorder.new"));
    folder_remove(&folder);
}

/* As in a rolling upgrade: the old one goes on, the new one crashes, comes back, and then the old one leaves. */
static void files__of_running_processes_are_left_alone(void **state) {
    (void)state;
    struct folder folder = folder_new();
    kzgops_recorder_config config = config_in(folder.path);
    atomic_store(&fake_ns, 0);
    config.version = "old";
    kzgops_recorder *old = kzgops_recorder_open(&config, NULL);
    advance(1);
    run_version(&folder, "new1", false);
    assert_true(exists(&folder, "recorder.2"));
    config.version = "new2";
    kzgops_recorder *new = kzgops_recorder_open(&config, NULL);
    load(&folder, "recorder.1");
    assert_string_equal(recording.start.version, "old");
    load(&folder, "recorder.2");
    assert_string_equal(recording.start.version, "new2");
    load(&folder, "recorder.previous");
    assert_string_equal(recording.start.version, "new1");
    advance(1);
    kzgops_recorder_close(old, true);
    advance(1);
    kzgops_recorder_close(new, true);
    run_version(&folder, "newer", true);
    load(&folder, "recorder.previous");
    assert_string_equal(recording.start.version, "new2");
    load(&folder, "recorder.previous.2");
    assert_string_equal(recording.start.version, "old");
    folder_remove(&folder);
}

static void files__are_bounded_in_number(void **state) {
    (void)state;
    struct folder folder = folder_new();
    kzgops_recorder *recorder[KZGOPS_RECORDER_FILES_MAX];
    kzgops_recorder_config config = config_in(folder.path);
    const char *error = NULL;
    for (size_t i = 0; i < KZGOPS_RECORDER_FILES_MAX; i++) recorder[i] = open_in(folder.path);
    kzgops_recorder *one_more = kzgops_recorder_open(&config, &error);
    assert_non_null(one_more);
    assert_non_null(error);
    assert_non_null(strstr(error, "8 processes"));
    kzgops_recorder_close(one_more, true);
    for (size_t i = 0; i < KZGOPS_RECORDER_FILES_MAX; i++) kzgops_recorder_close(recorder[i], true);
    folder_remove(&folder);
}

static void files__have_a_name_of_their_own(void **state) {
    (void)state;
    struct folder folder = folder_new();
    kzgops_recorder_config config = config_in(folder.path);
    config.name = "other";
    kzgops_recorder *other = kzgops_recorder_open(&config, NULL), *usual = open_in(folder.path);
    assert_true(exists(&folder, "other.1") && exists(&folder, "recorder.1"));
    kzgops_recorder_close(other, true);
    kzgops_recorder_close(usual, true);
    folder_remove(&folder);
}

static void open_and_wait(void *user) {
    const int *pipes = user;
    char byte;
    const char *directory = getenv("RECORDER_TEST_DIRECTORY");
    kzgops_recorder *recorder = open_in(directory);
    kzgops_recorder_condition condition;
    kzgops_recorder_status(recorder, &condition);
    CHILD_EXPECT(condition.on_disk);
    close(pipes[1]);
    CHILD_EXPECT(read(pipes[0], &byte, 1) == 0); /* until the parent closes its end */
}

/* Eight at once: each gets a file, whatever the order. */
static void files__are_shared_out_among_starting_processes(void **state) {
    (void)state;
    struct folder folder = folder_new();
    pid_t child[KZGOPS_RECORDER_FILES_MAX];
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    setenv("RECORDER_TEST_DIRECTORY", folder.path, 1);
    for (size_t i = 0; i < KZGOPS_RECORDER_FILES_MAX; i++) child[i] = start_child(open_and_wait, pipes);
    close(pipes[0]);
    close(pipes[1]);
    for (size_t i = 0; i < KZGOPS_RECORDER_FILES_MAX; i++) assert_int_equal(wait_child(child[i]), 0);
    folder_remove(&folder);
}

/* ---- Where there is nothing to write to ------------------------------------------------------------------------ */

static void check_in_memory(const char *directory, const char *why) {
    const char *error = NULL;
    const kzgops_recorder_sample sample = sample_of(5);
    kzgops_recorder_config config = config_in(directory);
    kzgops_recorder *recorder = kzgops_recorder_open(&config, &error);
    kzgops_recorder_condition condition;
    CHILD_EXPECT(recorder != NULL);
    CHILD_EXPECT(error != NULL);
    if (strstr(error, why) == NULL) printf("%s\n", error);
    CHILD_EXPECT(strstr(error, why) != NULL);
    kzgops_recorder_status(recorder, &condition);
    CHILD_EXPECT(!condition.on_disk && strcmp(condition.trouble, error) == 0 && condition.path[0] == '\0');
    uint64_t failures = condition.write_failures;
    CHILD_EXPECT(failures > 0);
    kzgops_recorder_memory(recorder, &sample);
    kzgops_recorder_error(recorder, "e", NULL);
    kzgops_recorder_operation_begin(recorder, 1, "op", "id");
    kzgops_recorder_status(recorder, &condition);
    CHILD_EXPECT(condition.write_failures == failures + 2);
    kzgops_recorder_read(recorder, &recording);
    CHILD_EXPECT(recording.sample_count == 1 && recording.error_count == 1 && recording.operation_count == 1);
    kzgops_recorder_close(recorder, true);
}

static void check_limited(void *user) {
    const struct rlimit limit = {100000, 100000};
    setrlimit(RLIMIT_FSIZE, &limit);
    check_in_memory(user, "File too large");
}

static void check_unprivileged(void *user) {
    if (getuid() == 0) CHILD_EXPECT(setgid(65534) == 0 && setuid(65534) == 0);
    check_in_memory(user, "Permission denied");
}

static void check_full(void *user) {
    const char *directory = user;
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", directory, "tmpfs", 0, "size=128k") != 0) {
        leave(77);
    }
    check_in_memory(directory, "No space left on device");
    CHILD_EXPECT(umount(directory) == 0 && mount("none", directory, "tmpfs", 0, "size=1m") == 0);
    kzgops_recorder *recorder = open_in(directory); /* and with space */
    kzgops_recorder_condition condition;
    kzgops_recorder_status(recorder, &condition);
    CHILD_EXPECT(condition.on_disk);
}

static void recorder__goes_on_without_a_directory(void **state) {
    (void)state;
    struct folder folder = folder_new();
    char path[256];
    snprintf(path, sizeof path, "%s/none", folder.path);
    check_in_memory(path, "No such file");
    put_file(folder.path, "file", "");
    snprintf(path, sizeof path, "%s/file", folder.path);
    check_in_memory(path, "Not a directory");
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    check_in_memory(path, "too long");
    chmod(folder.path, 0555);
    assert_int_equal(run_child(check_unprivileged, folder.path), 0);
    chmod(folder.path, 0755);
    folder_remove(&folder);
}

static void recorder__goes_on_without_space(void **state) {
    (void)state;
    struct folder folder = folder_new();
    assert_int_equal(run_child(check_limited, folder.path), 0);
    assert_false(exists(&folder, "recorder.1"));
    assert_false(exists(&folder, "recorder.new"));
    int status = run_child(check_full, folder.path);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        print_message("!! SKIPPED: no small file system can be mounted here; a limit of file size stands for it\n");
    } else {
        assert_int_equal(status, 0);
    }
    folder_remove(&folder);
}

static void recorder__without_a_wish_for_files_counts_no_failure(void **state) {
    (void)state;
    const kzgops_recorder_sample sample = sample_of(5);
    kzgops_recorder *recorder = open_in("");
    kzgops_recorder_condition condition;
    kzgops_recorder_memory(recorder, &sample);
    kzgops_recorder_status(recorder, &condition);
    assert_false(condition.on_disk);
    assert_int_equal(condition.write_failures, 0);
    assert_string_equal(condition.trouble, "");
    kzgops_recorder_close(recorder, true);
}

static void recorder__notices_that_its_file_is_gone(void **state) {
    (void)state;
    struct folder folder = folder_new();
    const kzgops_recorder_sample sample = sample_of(5);
    kzgops_recorder_condition condition;
    char path[256];
    for (int truncated = 0; truncated < 2; truncated++) {
        kzgops_recorder *recorder = open_in(folder.path);
        snprintf(path, sizeof path, "%s/recorder.1", folder.path);
        assert_int_equal(truncated ? truncate(path, 4096) : unlink(path), 0);
        kzgops_recorder_memory(recorder, &sample);
        kzgops_recorder_status(recorder, &condition);
        assert_false(condition.on_disk);
        assert_int_equal(condition.write_failures, 2);
        assert_non_null(strstr(condition.trouble, "removed or cut short"));
        kzgops_recorder_read(recorder, &recording);
        assert_string_equal(recording.start.version, "1.2.3");
        assert_int_equal(recording.sample_count, 1);
        kzgops_recorder_close(recorder, true);
    }
    folder_remove(&folder);
}

/* ---- Files that are not whole ---------------------------------------------------------------------------------- */

static struct recorder_file image;

static void read_image(const struct folder *folder) {
    char path[256];
    snprintf(path, sizeof path, "%s/recorder.1", folder->path);
    assert_null(kzgops__recorder_file_read(path, &image, NULL));
}

static void write_image(const char *path, size_t bytes) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, &image, bytes), bytes);
    close(fd);
}

static void make_image(struct folder *folder) {
    *folder = folder_new();
    atomic_store(&fake_ns, 0);
    assert_true(WIFSIGNALED(run_child(record_and_die, folder->path)));
    read_image(folder);
}

static void record__half_written_is_left_out(void **state) {
    (void)state;
    struct folder folder;
    make_image(&folder);
    struct recorder_content *content = &image.content;
    content->sample[1].sample.limit ^= 1;
    content->error[1].code[0] ^= 1;
    content->event[2].head.sequence++;
    content->slot[0].operation.head.check ^= 1;
    content->state[0].head.check = 0; /* the newer one: READY is the second state */
    kzgops__recorder_decode(&image, 0, &recording);
    assert_int_equal(recording.damaged, 5);
    assert_int_equal(recording.sample_count, 0);
    assert_int_equal(recording.error_count, 0);
    assert_int_equal(recording.event_count, 2);
    assert_int_equal(recording.operation_count, 1);
    assert_string_equal(recording.operation[0].name, "commit");
    assert_int_equal(recording.state, KZGOPS_RECORDER_STARTING);
    content->start.pid++;
    kzgops__recorder_decode(&image, 0, &recording);
    assert_string_equal(recording.start.service, "");
    folder_remove(&folder);
}

/* Every word of a record counts, wherever the writer was stopped. */
static void record__cut_short_at_any_word_is_recognised(void **state) {
    (void)state;
    struct event_record old = {.real_ns = 1, .name = "old"}, new = {.real_ns = 2, .name = "new", .detail = "other"};
    struct event_record whole_old = {0}, whole_new = {0}, mixed, value;
    const size_t words = sizeof mixed / 8;
    kzgops__record_put(&whole_old, &old, sizeof old, 1);
    kzgops__record_put(&whole_new, &new, sizeof new, 65);
    assert_int_equal(kzgops__record_get(&whole_new, &value, sizeof value), RECORD_WHOLE);
    for (size_t n = 1; n < words; n++) {
        mixed = whole_old;
        memcpy((char *)&mixed + 8, (const char *)&whole_new + 8, 8 * n); /* all but the checksum, in order */
        assert_int_equal(kzgops__record_get(&mixed, &value, sizeof value), RECORD_DAMAGED);
    }
    memset(&mixed, 0, sizeof mixed);
    assert_int_equal(kzgops__record_get(&mixed, &value, sizeof value), RECORD_EMPTY);
}

static void expect_refusal(const char *path, const char *why) {
    const char *error = NULL;
    memset(&recording, 0x55, sizeof recording);
    assert_false(kzgops_recording_load(path, &recording, &error));
    assert_non_null(error);
    if (strstr(error, why) == NULL) print_message("'%s' is not '%s'\n", error, why);
    assert_non_null(strstr(error, why));
    assert_int_equal(recording.sample_count, 0x5555555555555555); /* untouched */
}

static void file__of_another_kind_is_refused(void **state) {
    (void)state;
    struct folder folder;
    char path[256];
    make_image(&folder);
    snprintf(path, sizeof path, "%s/x", folder.path);
    expect_refusal(path, "there is none");
    image.content.version++;
    write_image(path, sizeof image);
    expect_refusal(path, "another version");
    image.content.version--;
    write_image(path, sizeof image - 1);
    expect_refusal(path, "not as long");
    write_image(path, 100);
    expect_refusal(path, "not as long");
    write_image(path, 0);
    expect_refusal(path, "never written");
    image.content.magic = __builtin_bswap64(image.content.magic);
    write_image(path, sizeof image);
    expect_refusal(path, "no flight recorder");
    expect_refusal(folder.path, "no plain file");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("recorder.1", path), 0);
    expect_refusal(path, "cannot be opened");
    folder_remove(&folder);
}

static uint64_t next_random(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static bool is_ended(const char *text, size_t size) {
    return memchr(text, '\0', size) != NULL;
}

static void check_sane(void) {
    static char out[400000];
    assert_true(recording.operation_count <= KZGOPS_RECORDER_SLOTS_MAX);
    assert_true(recording.sample_count <= KZGOPS_RECORDER_SAMPLES_MAX);
    assert_true(recording.error_count <= KZGOPS_RECORDER_ERRORS_MAX);
    assert_true(recording.event_count <= KZGOPS_RECORDER_EVENTS_MAX);
    assert_true(recording.crash.frame_count <= KZGOPS_RECORDER_FRAMES_MAX);
    assert_true((unsigned)recording.state <= KZGOPS_RECORDER_FAILED);
    assert_true(is_ended(recording.start.cgroup_path, sizeof recording.start.cgroup_path));
    assert_true(kzgops_recording_text(&recording, out, sizeof out) < sizeof out);
    assert_true(kzgops_recording_json(&recording, out, sizeof out) < sizeof out);
    struct json_object *json = json_tokener_parse(out);
    assert_non_null(json);
    json_object_put(json);
}

/* Puts a checksum that matches onto something that is garbage. */
static void seal(void *record, size_t bytes) {
    static _Alignas(8) char copy[8192];
    struct record_head head;
    memcpy(copy, record, bytes);
    memcpy(&head, record, sizeof head);
    kzgops__record_put(record, copy, bytes, head.sequence != 0 ? head.sequence : 1);
}

static void seal_some(uint64_t *random) {
    struct recorder_content *content = &image.content;
    size_t i = next_random(random) % 64;
    seal(&content->start, sizeof content->start);
    seal(&content->modules, sizeof content->modules);
    seal(&content->state[i % 2], sizeof content->state[0]);
    seal(&content->crash, sizeof content->crash);
    seal(&content->frames, sizeof content->frames);
    seal(&content->sample[i], sizeof content->sample[0]);
    seal(&content->error[i], sizeof content->error[0]);
    seal(&content->event[i], sizeof content->event[0]);
    seal(&content->slot[i].operation, sizeof content->slot[0].operation);
    seal(&content->slot[i].digest, sizeof content->slot[0].digest);
}

static void file__of_garbage_is_read_safely(void **state) {
    (void)state;
    struct folder folder;
    static struct recorder_file good;
    const char *given = getenv("KZG_SEED");
    uint64_t random = given != NULL ? strtoull(given, NULL, 0) : 20250101;
    print_message("KZG_SEED=%llu\n", (unsigned long long)random);
    make_image(&folder);
    good = image;
    for (int round = 0; round < 400; round++) {
        image = good;
        size_t changes = 1 + next_random(&random) % (round % 2 ? 20000 : 20);
        for (size_t i = 0; i < changes; i++) {
            ((unsigned char *)&image)[next_random(&random) % sizeof(struct recorder_content)] =
                (unsigned char)(next_random(&random) % 4 != 0 ? next_random(&random) : 0xff);
        }
        for (size_t i = 0; i < 64; i += 3) image.content.slot[i].running = 1;
        if (round % 4 >= 2) seal_some(&random);
        kzgops__recorder_decode(&image, 0, &recording);
        check_sane();
    }
    folder_remove(&folder);
}

/* ---- Reports --------------------------------------------------------------------------------------------------- */

static void reports__say_it_all(void **state) {
    (void)state;
    static char out[100000], shorter[100];
    atomic_store(&fake_ns, 0);
    kzgops_recorder *recorder = open_in(NULL);
    record_all(recorder);
    kzgops_recorder_event(recorder, "evil\n", "\x1b[2J\"\xff");
    kzgops_recorder_read(recorder, &recording);
    size_t length = kzgops_recording_text(&recording, out, sizeof out);
    assert_int_equal(length, strlen(out));
    static const char *const words[] = {"testd 1.2.3 (abcdef0)",     "ready since 2023-11-14T22:13:21.000Z",
                                        "in flight:   2 operations", "commit, request req-2, running for 2.0 s",
                                        "bad_point, request req-0",  "evil\\x0a: \\x1b[2J"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strstr(out, words[i]) == NULL) print_message("%s\nlacks '%s'\n", out, words[i]);
        assert_non_null(strstr(out, words[i]));
    }
    assert_int_equal(kzgops_recording_text(&recording, shorter, sizeof shorter), length);
    assert_memory_equal(out, shorter, sizeof shorter - 1);
    length = kzgops_recording_json(&recording, out, sizeof out);
    assert_int_equal(length, strlen(out));
    struct json_object *json = json_tokener_parse(out), *list, *first, *value;
    assert_true(json_object_object_get_ex(json, "in_flight", &list));
    assert_int_equal(json_object_array_length(list), 2);
    first = json_object_array_get_idx(list, 0);
    assert_true(json_object_object_get_ex(first, "request_id", &value));
    assert_string_equal(json_object_get_string(value), "req-2");
    assert_true(json_object_object_get_ex(first, "age_seconds", &value));
    assert_true(json_object_get_double(value) == 2);
    assert_true(json_object_object_get_ex(json, "memory", &list));
    assert_true(json_object_object_get_ex(json_object_array_get_idx(list, 0), "rss", &value));
    assert_int_equal(json_object_get_int64(value), 100);
    json_object_put(json);
    kzgops_recorder_close(recorder, true);
}

static void sample__takes_the_machines_figures(void **state) {
    (void)state;
    kzgops_machine_memory memory = {.process.rss = 1, .cgroup = {.usage = 2, .working_set = 3, .oom_kills = 4}};
    memory.limit = 5;
    memory.system.available = 6;
    memory.jemalloc = (kzgops_jemalloc_memory){.allocated = 7, .resident = 8};
    kzgops_recorder_sample sample = kzgops_recorder_sample_of(&memory);
    assert_int_equal(sample.rss, 1);
    assert_int_equal(sample.cgroup_usage, 2);
    assert_int_equal(sample.working_set, 3);
    assert_int_equal(sample.oom_kills, 4);
    assert_int_equal(sample.limit, 5);
    assert_int_equal(sample.available, 6);
    assert_true(sample.allocated == KZGOPS_BYTES_UNKNOWN);
    memory.jemalloc.available = true;
    sample = kzgops_recorder_sample_of(&memory);
    assert_int_equal(sample.allocated, 7);
    assert_int_equal(sample.resident, 8);
}

/* ---- Threads --------------------------------------------------------------------------------------------------- */

struct worker {
    kzgops_recorder *recorder;
    size_t slot;
};

static void *work(void *user) {
    const struct worker *worker = user;
    char id[32];
    kzgops_recorder_thread_begin(worker->recorder, worker->slot);
    for (int i = 0; i < 5000; i++) {
        const kzgops_recorder_sample sample = sample_of((uint64_t)i);
        snprintf(id, sizeof id, "%zu-%d", worker->slot, i);
        kzgops_recorder_operation_begin(worker->recorder, worker->slot, id, id);
        if (i % 16 == 0) kzgops_recorder_error(worker->recorder, id, id);
        if (i % 64 == 0) kzgops_recorder_event(worker->recorder, id, id);
        if (i % 32 == 0) kzgops_recorder_memory(worker->recorder, &sample);
        if (i % 2 == 0) kzgops_recorder_operation_end(worker->recorder, worker->slot);
    }
    kzgops_recorder_operation_end(worker->recorder, worker->slot);
    kzgops_recorder_thread_end(worker->recorder);
    return NULL;
}

static void recorder__is_read_while_it_is_written(void **state) {
    (void)state;
    struct folder folder = folder_new();
    kzgops_recorder *recorder = open_in(folder.path);
    pthread_t thread[SLOTS];
    struct worker worker[SLOTS];
    for (size_t i = 0; i < SLOTS; i++) {
        worker[i] = (struct worker){recorder, i};
        assert_int_equal(pthread_create(&thread[i], NULL, work, &worker[i]), 0);
    }
    for (int round = 0; round < 200; round++) {
        kzgops_recorder_read(recorder, &recording);
        assert_int_equal(recording.damaged, 0);
        for (size_t i = 0; i < recording.operation_count; i++) {
            /* Name and request were written together, by the slot's worker. */
            assert_string_equal(recording.operation[i].name, recording.operation[i].request_id);
            assert_int_equal(recording.operation[i].name[0] - '0', recording.operation[i].slot);
        }
    }
    for (size_t i = 0; i < SLOTS; i++) pthread_join(thread[i], NULL);
    kzgops_recorder_read(recorder, &recording);
    assert_int_equal(recording.operation_count, 0);
    assert_int_equal(recording.error_count, KZGOPS_RECORDER_ERRORS_MAX);
    kzgops_recorder_close(recorder, true);
    folder_remove(&folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorder__gives_back_what_was_recorded),
        cmocka_unit_test(recorder__survives_sigkill),
        cmocka_unit_test(recorder__takes_null),
        cmocka_unit_test(recorder__refuses_a_config_out_of_range),
        cmocka_unit_test(rings__keep_the_last_in_order),
        cmocka_unit_test(texts__are_cut),
        cmocka_unit_test(operation__without_an_end_gives_way_to_the_next),
        cmocka_unit_test(files__of_ended_processes_are_kept_in_order),
        cmocka_unit_test(files__of_running_processes_are_left_alone),
        cmocka_unit_test(files__are_bounded_in_number),
        cmocka_unit_test(files__have_a_name_of_their_own),
        cmocka_unit_test(files__are_shared_out_among_starting_processes),
        cmocka_unit_test(recorder__goes_on_without_a_directory),
        cmocka_unit_test(recorder__goes_on_without_space),
        cmocka_unit_test(recorder__without_a_wish_for_files_counts_no_failure),
        cmocka_unit_test(recorder__notices_that_its_file_is_gone),
        cmocka_unit_test(record__half_written_is_left_out),
        cmocka_unit_test(record__cut_short_at_any_word_is_recognised),
        cmocka_unit_test(file__of_another_kind_is_refused),
        cmocka_unit_test(file__of_garbage_is_read_safely),
        cmocka_unit_test(reports__say_it_all),
        cmocka_unit_test(sample__takes_the_machines_figures),
        cmocka_unit_test(recorder__is_read_while_it_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
