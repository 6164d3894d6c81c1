/* Running other programs: how each way of ending is told, bounds, deadline, and what a child gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "upgrade/command.h"

#define LONG_MS 60000

static bool run(const char *const *argv, int64_t ms, struct command_result *result) {
    struct command command = {.argv = argv, .deadline_ms = command_now_ms() + ms};
    return command_run(&command, result);
}

static void run__output_and_status(void **state) {
    (void)state;
    struct command_result result;
    const char *const argv[] = {"sh", "-c", "printf 'a b'; printf oops >&2; exit 3", NULL};
    assert_false(run(argv, LONG_MS, &result));
    assert_int_equal(result.end, COMMAND_EXITED);
    assert_int_equal(result.status, 3);
    assert_string_equal(result.output, "a b");
    assert_string_equal(result.error, "oops");
    assert_false(result.output_cut);
    command_result_free(&result);
}

static void run__arguments_reach_the_program_as_they_are(void **state) {
    (void)state;
    struct command_result result;
    const char *const argv[] = {"printf", "[%s]", "$(id)", "a b", "'\"`;&|<>", "", NULL};
    assert_true(run(argv, LONG_MS, &result));
    assert_string_equal(result.output, "[$(id)][a b]['\"`;&|<>][]");
    command_result_free(&result);
}

static void run__no_program(void **state) {
    (void)state;
    struct command_result result;
    const char *const missing[] = {"kzg-no-such-program", NULL}, *const folder[] = {"/", NULL};
    assert_false(run(missing, LONG_MS, &result));
    assert_int_equal(result.end, COMMAND_NOT_FOUND);
    assert_int_equal(result.error_number, ENOENT);
    assert_string_equal(result.output, "");
    command_result_free(&result);
    assert_false(run(folder, LONG_MS, &result));
    assert_int_equal(result.end, COMMAND_NOT_FOUND);
    assert_int_equal(result.error_number, EACCES);
    command_result_free(&result);
}

static void run__signal(void **state) {
    (void)state;
    struct command_result result;
    const char *const argv[] = {"sh", "-c", "kill -9 $$", NULL};
    assert_false(run(argv, LONG_MS, &result));
    assert_int_equal(result.end, COMMAND_SIGNALED);
    assert_int_equal(result.signal, SIGKILL);
    command_result_free(&result);
}

/* The program ignores SIGTERM and has a child: both are gone afterwards. */
static void run__deadline_ends_the_whole_group(void **state) {
    (void)state;
    struct command_result result;
    const char *const argv[] = {"sh", "-c", "trap '' TERM; sleep 1000 & echo $!; wait; sleep 1000", NULL};
    assert_false(run(argv, 5000, &result)); /* enough for the shell to say its number */
    assert_int_equal(result.end, COMMAND_TIMED_OUT);
    pid_t below = (pid_t)strtol(result.output, NULL, 10);
    assert_true(below > 1);
    for (int i = 0; i < 24000 && command_birth(below) != 0; i++) (void)poll(NULL, 0, 10);
    assert_int_equal(command_birth(below), 0);
    command_result_free(&result);
}

/* What a program leaves in the background holds the pipe; that must not be waited for. */
static void run__does_not_wait_for_what_the_program_left(void **state) {
    (void)state;
    struct command_result result;
    const char *const argv[] = {"sh", "-c", "sleep 1000 & echo $!", NULL};
    assert_true(run(argv, LONG_MS, &result));
    pid_t left = (pid_t)strtol(result.output, NULL, 10);
    assert_true(left > 1);
    assert_int_equal(kill(left, SIGKILL), 0);
    command_result_free(&result);
}

static void run__output_is_bounded(void **state) {
    (void)state;
    struct command_result result;
    const char *const argv[] = {"sh", "-c", "yes out | head -c 300000; yes err | head -c 300000 >&2; printf END >&2",
                                NULL};
    struct command command = {.argv = argv, .deadline_ms = command_now_ms() + LONG_MS, .output_max = 1000};
    assert_true(command_run(&command, &result));
    assert_true(result.output_cut);
    assert_int_equal(result.output_length, 1000);
    assert_int_equal(strlen(result.output), 1000);
    assert_int_equal(strlen(result.error), COMMAND_ERROR_MAX);
    assert_string_equal(result.error + COMMAND_ERROR_MAX - 3, "END");
    command_result_free(&result);
}

static void run__input(void **state) {
    (void)state;
    struct command_result result;
    size_t length = 200000;
    char *text = calloc(1, length + 1);
    assert_non_null(text);
    memset(text, 'x', length);
    const char *const count[] = {"wc", "-c", NULL}, *const ignore[] = {"true", NULL}, *const empty[] = {"cat", NULL};
    struct command command = {.argv = count, .deadline_ms = command_now_ms() + LONG_MS, .input = text};
    assert_true(command_run(&command, &result));
    assert_int_equal(strtol(result.output, NULL, 10), (long)length);
    command_result_free(&result);
    command.argv = ignore;
    assert_true(command_run(&command, &result));
    command_result_free(&result);
    assert_true(run(empty, LONG_MS, &result));
    assert_string_equal(result.output, "");
    command_result_free(&result);
    free(text);
}

static void run__environment_and_descriptors(void **state) {
    (void)state;
    struct command_result result;
    const char *const argv[] = {"sh", "-c", "echo \"$KZG_TEST_A|$KZG_TEST_B|$KZG_TEST_AB\"; ls /proc/self/fd | wc -l",
                                NULL};
    const char *const environment[] = {"KZG_TEST_A=new", NULL};
    assert_int_equal(setenv("KZG_TEST_A", "old", 1), 0);
    assert_int_equal(setenv("KZG_TEST_B", "kept", 1), 0);
    assert_int_equal(setenv("KZG_TEST_AB", "kept, too", 1), 0);
    int leak = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */
    assert_true(leak >= 0);
    struct command command = {.argv = argv, .deadline_ms = command_now_ms() + LONG_MS, .environment = environment};
    assert_true(command_run(&command, &result));
    assert_string_equal(result.output, "new|kept|kept, too\n4\n"); /* 0, 1, 2 and the folder that ls reads */
    command_result_free(&result);
    close(leak);
}

/* ---- In a driver's call ---------------------------------------------------------------------------------------- */

static void run_for__says_what_was_typed_and_what_came(void **state) {
    (void)state;
    struct upgrade_failure failure = {0};
    struct upgrade_call call = {.deadline_ms = command_now_ms() + LONG_MS, .failure = &failure};
    struct command_result result;
    const char *const argv[] = {"sh", "-c", "echo no such image >&2; exit 125", NULL};
    assert_int_equal(command_run_for(&call, "pull_failed", argv, 0, &result), UPGRADE_FAILED);
    assert_string_equal(failure.code, "pull_failed");
    assert_non_null(strstr(failure.message, "sh -c 'echo no such image >&2; exit 125': exit status 125"));
    assert_string_equal(failure.output, "no such image\n");
    command_result_free(&result);

    const char *const slow[] = {"sleep", "1000", NULL};
    failure = (struct upgrade_failure){0};
    assert_int_equal(command_run_for(&call, "pull_failed", slow, 50, &result), UPGRADE_TIMED_OUT);
    assert_string_equal(failure.code, "timed_out");
    command_result_free(&result);
}

static void text__quotes(void **state) {
    (void)state;
    char out[64], small[8];
    const char *const argv[] = {"a", "", "b c", "it's", "x=1", NULL};
    command_text(argv, out, sizeof out);
    assert_string_equal(out, "a '' 'b c' 'it'\\''s' x=1");
    command_text(argv, small, sizeof small);
    assert_true(strlen(small) < sizeof small);
}

/* ---- Programs that go on --------------------------------------------------------------------------------------- */

static void start__log_descriptors_and_stop(void **state) {
    (void)state;
    char log[] = "/tmp/kzg-command-XXXXXX", text[64] = "";
    int log_fd = mkstemp(log), pipe_fds[2];
    assert_true(log_fd >= 0);
    assert_int_equal(pipe(pipe_fds), 0);
    const char *const argv[] = {"sh", "-c", "echo here; echo three >&3; exec sleep 1000", NULL};
    struct command_background background = {
        .argv = argv, .log_file = log, .keep_fds = &pipe_fds[1], .keep_fd_count = 1, .folder = "/"};
    pid_t pid;
    int status;
    assert_int_equal(command_start(&background, &pid), 0);
    close(pipe_fds[1]);
    assert_int_equal(read(pipe_fds[0], text, sizeof text), 6);
    assert_memory_equal(text, "three\n", 6);
    assert_int_equal(read(log_fd, text, sizeof text), 5);
    assert_false(command_ended(pid, &status));
    assert_int_not_equal(command_birth(pid), 0);
    command_stop(pid, LONG_MS);
    assert_int_equal(command_birth(pid), 0);
    command_stop(pid, LONG_MS); /* again does nothing */
    close(pipe_fds[0]);
    close(log_fd);
    unlink(log);
}

static void start__dies_with_us(void **state) {
    (void)state;
    int pipe_fds[2];
    pid_t below = 0;
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t middle = fork();
    assert_true(middle >= 0);
    if (middle == 0) {
        const char *const argv[] = {"sleep", "1000", NULL};
        struct command_background background = {.argv = argv, .dies_with_us = true};
        if (command_start(&background, &below) != 0) below = -1;
        (void)!write(pipe_fds[1], &below, sizeof below);
        raise(SIGKILL);
    }
    assert_int_equal(read(pipe_fds[0], &below, sizeof below), sizeof below);
    assert_int_equal(waitpid(middle, NULL, 0), middle);
    assert_true(below > 1);
    for (int i = 0; i < 24000 && command_birth(below) != 0; i++) (void)poll(NULL, 0, 10);
    assert_int_equal(command_birth(below), 0);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

static void start__no_program(void **state) {
    (void)state;
    const char *const argv[] = {"/nonexistent/kzgd", NULL}, *const relative[] = {"kzg-no-such-program", NULL};
    struct command_background background = {.argv = argv};
    pid_t pid = 5;
    assert_int_equal(command_start(&background, &pid), ENOENT);
    assert_int_equal(pid, -1);
    background.argv = relative;
    assert_int_equal(command_start(&background, &pid), ENOENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run__output_and_status),
        cmocka_unit_test(run__arguments_reach_the_program_as_they_are),
        cmocka_unit_test(run__no_program),
        cmocka_unit_test(run__signal),
        cmocka_unit_test(run__deadline_ends_the_whole_group),
        cmocka_unit_test(run__does_not_wait_for_what_the_program_left),
        cmocka_unit_test(run__output_is_bounded),
        cmocka_unit_test(run__input),
        cmocka_unit_test(run__environment_and_descriptors),
        cmocka_unit_test(run_for__says_what_was_typed_and_what_came),
        cmocka_unit_test(text__quotes),
        cmocka_unit_test(start__log_descriptors_and_stop),
        cmocka_unit_test(start__dies_with_us),
        cmocka_unit_test(start__no_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
