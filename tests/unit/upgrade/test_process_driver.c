/* The process driver's notes, and its words with something at the control socket that is no kzgd, or a dumb one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/packet.h"
#include "upgrade/command.h"
#include "upgrade/formats.h"
#include "upgrade/process_binary.h"
#include "upgrade/process_control.h"

static char folder[64], path[96];
static const struct upgrade_option options[] = {{"control", UPGRADE_OPTION_PATH, "", ""},
                                                {"binary", UPGRADE_OPTION_PATH, "", ""},
                                                {"digest", UPGRADE_OPTION_DIGEST, "", ""},
                                                {NULL, UPGRADE_OPTION_WORD, NULL, NULL}};
static const char *values[] = {path, "/new/kzgd", ""};
static struct upgrade_failure failure;
static char remembered[UPGRADE_REMEMBERED_MAX];

static struct upgrade_call fresh(void) {
    failure = (struct upgrade_failure){0};
    memset(remembered, 0, sizeof remembered);
    return (struct upgrade_call){.id = "u1",
                                 .folder = folder,
                                 .to_version = "1.0.0",
                                 .options = options,
                                 .values = values,
                                 .deadline_ms = command_now_ms() + 60000,
                                 .failure = &failure,
                                 .remembered = remembered};
}

/* ---- Formats ---- */

static enum upgrade_verdict verdict;

static void take_check(void *user, const char *name, enum upgrade_verdict given, const char *text) {
    (void)user;
    (void)text;
    assert_string_equal(name, "formats");
    verdict = given;
}

static void formats__read_and_compared(void **state) {
    (void)state;
    static const char *const outputs[][2] = {
        {"kzgd: the configuration can be used\nformats: flight_recorder=1\n", "flight_recorder=1"},
        {"formats: a=1 b=2", "a=1 b=2"},
        {"no formats: x\n", ""},
        {"", ""},
    };
    char found[FORMATS_MAX];
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        formats_read(outputs[i][0], found);
        assert_string_equal(found, outputs[i][1]);
    }
    struct upgrade_call call = fresh();
    const struct upgrade_sink sink = {.check = take_check};
    call.sink = &sink;
    formats_check(&call, "a=1", "a=1");
    assert_int_equal(verdict, UPGRADE_PASS);
    formats_check(&call, "a=1", "a=2");
    assert_int_equal(verdict, UPGRADE_WARN);
    verdict = UPGRADE_PASS;
    formats_check(&call, "", "a=2");
    assert_int_equal(verdict, UPGRADE_WARN);
}

/* ---- Notes ---- */

static void notes__are_put_replaced_and_found(void **state) {
    (void)state;
    struct upgrade_call call = fresh();
    char value[32];
    assert_false(process_note(remembered, "old", value, sizeof value));
    assert_true(process_remember(&call, "old-pid", "12"));
    assert_true(process_remember(&call, "old", "a"));
    assert_true(process_remember(&call, "new", "with two words"));
    assert_true(process_remember(&call, "old", "another"));
    assert_string_equal(remembered, "old-pid 12\nold another\nnew with two words\n");
    assert_true(process_note(remembered, "old", value, sizeof value));
    assert_string_equal(value, "another");
    assert_true(process_note(remembered, "new", value, sizeof value));
    assert_string_equal(value, "with two words");
    assert_false(process_note(remembered, "ne", value, sizeof value));
    assert_false(process_note(remembered, "new", value, 8)); /* no room: nothing, not a part */
    assert_string_equal(value, "");
}

static void notes__what_does_not_fit_is_an_error(void **state) {
    (void)state;
    struct upgrade_call call = fresh();
    char *much = malloc(UPGRADE_REMEMBERED_MAX);
    assert_non_null(much);
    memset(much, 'x', UPGRADE_REMEMBERED_MAX - 1);
    much[UPGRADE_REMEMBERED_MAX - 1] = '\0';
    assert_true(process_remember(&call, "old", "a"));
    assert_false(process_remember(&call, "new", much));
    assert_string_equal(failure.code, "notes_full");
    assert_string_equal(remembered, "old a\n");
    assert_false(process_remember(&call, "new", "two\nlines"));
    assert_string_equal(remembered, "old a\n");
    free(much);
}

static void binary__of_a_rollback_is_what_ran_before(void **state) {
    (void)state;
    struct upgrade_call call = fresh();
    char binary[64];
    process_binary_wanted(&call, binary, sizeof binary);
    assert_string_equal(binary, "/new/kzgd");
    call.undone = "old 12\nold-binary /kept/kzgd.old\n";
    process_binary_wanted(&call, binary, sizeof binary);
    assert_string_equal(binary, "/kept/kzgd.old");
}

/* ---- Words ---- */

#define STATUS                                                                                             \
    "instance 12\npid 12\nrole serving\nphase ready\nversion 1.0.0\nbinary /a b/kzgd\napi unix:/x\nadmin " \
    "unix:/y\n"

struct other {
    int listening;
    const char *answer; /* NULL: closes without one */
};

static void *answer(void *user) {
    const struct other *other = user;
    char text[128];
    int fd = accept(other->listening, NULL, NULL);
    if (packet_receive(fd, text, sizeof text, NULL, 0, NULL) > 0 && other->answer != NULL)
        (void)packet_send(fd, other->answer, strlen(other->answer), NULL, 0);
    close(fd);
    return NULL;
}

static enum process_answer ask(struct upgrade_call *call, const char *text, struct process_status *ret) {
    struct other other = {packet_listen(path), text};
    pthread_t thread;
    assert_true(other.listening >= 0);
    /* It blocks in accept; packet_listen's socket would not. */
    assert_int_equal(fcntl(other.listening, F_SETFL, 0), 0);
    assert_int_equal(pthread_create(&thread, NULL, answer, &other), 0);
    enum process_answer got = process_ask(call, NULL, "status", ret);
    pthread_join(thread, NULL);
    close(other.listening);
    unlink(path);
    return got;
}

static void words__status_is_read(void **state) {
    (void)state;
    struct upgrade_call call = fresh();
    struct process_status status;
    assert_int_equal(ask(&call, "ok\n" STATUS "successor n\nsuccessor-pid 0\nsuccessor-end exit status 3\n", &status),
                     PROCESS_ANSWERED);
    assert_string_equal(status.instance, "12");
    assert_int_equal(status.pid, 12);
    assert_int_equal(status.uid, geteuid());
    assert_string_equal(status.binary, "/a b/kzgd");
    assert_string_equal(status.successor_end, "exit status 3");
    assert_string_equal(status.predecessor, "");
}

static void words__others_are_told_apart(void **state) {
    (void)state;
    struct upgrade_call call = fresh();
    struct process_status status;
    assert_int_equal(process_ask(&call, NULL, "status", &status), PROCESS_NOBODY); /* no file */
    assert_int_equal(ask(&call, NULL, &status), PROCESS_NOBODY);                   /* it ended just now */
    assert_string_equal(failure.code, "");
    assert_int_equal(ask(&call, "error busy there is one\n", &status), PROCESS_ERROR);
    assert_string_equal(failure.code, "control_busy");
    assert_non_null(strstr(failure.message, "there is one"));
    static const char *const strange[] = {"hello", "ok\n", "ok\ninstance 12\n", "ok\npid 0\n", "\n"};
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        call = fresh();
        assert_int_equal(ask(&call, strange[i], &status), PROCESS_ERROR);
        assert_string_equal(failure.code, "control_unknown");
    }
}

static void words__a_silent_one_ends_with_the_deadline(void **state) {
    (void)state;
    struct upgrade_call call = fresh();
    struct process_status status;
    int listening = packet_listen(path);
    assert_true(listening >= 0);
    call.deadline_ms = command_now_ms() + 30;
    assert_int_equal(process_ask(&call, NULL, "status", &status), PROCESS_ERROR);
    assert_string_equal(failure.code, "control_silent");
    close(listening);
    unlink(path);
}

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/kzg-process-XXXXXX");
    if (mkdtemp(folder) == NULL) return -1;
    snprintf(path, sizeof path, "%s/control", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats__read_and_compared),
        cmocka_unit_test(notes__are_put_replaced_and_found),
        cmocka_unit_test(notes__what_does_not_fit_is_an_error),
        cmocka_unit_test(binary__of_a_rollback_is_what_ran_before),
        cmocka_unit_test(words__status_is_read),
        cmocka_unit_test(words__others_are_told_apart),
        cmocka_unit_test(words__a_silent_one_ends_with_the_deadline),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
