/* What the container driver reads and puts together; tests/e2e/upgrade_container_test.py has the runtimes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "upgrade/container_ending.h"
#include "upgrade/container_words.h"

#define ID "2f6f400736e1d84e088a2f287fc53306e5bc09073538c373be51f92a40c237d1"

/* ---- Words ------------------------------------------------------------------------------------------------------
 */

static void words__split_at_spaces_with_the_place(void **state) {
    (void)state;
    struct words words = {0};
    words_add(&words, "run");
    words_split(&words, "  --network=host --volume  /srv/{place}:/state/{place} {place ", "2-b");
    words_add(&words, "with a %s", "space");
    static const char *const expected[] = {"run",    "--network=host", "--volume", "/srv/2-b:/state/2-b",
                                           "{place", "with a space"};
    assert_false(words.full);
    assert_int_equal(words.count, 6);
    for (size_t i = 0; i < 6; i++) assert_string_equal(words.argv[i], expected[i]);
    assert_null(words.argv[6]);
    words_split(&words, "   ", "x");
    assert_int_equal(words.count, 6);
}

static void words__without_an_option(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"--restart=always --memory=1g", "--memory=1g"},
        {"--network=host  --restart always --volume a:b", "--network=host --volume a:b"},
        {"--volume a:b --restart", "--volume a:b"},
        {"--restarted=x --restart --restart", "--restarted=x"},
        {"", ""},
    };
    char out[128];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        words_without(cases[i][0], "--restart", out, sizeof out);
        assert_string_equal(out, cases[i][1]);
    }
}

static void words__too_many_or_too_long_are_not_run(void **state) {
    (void)state;
    struct words many = {0}, much = {0};
    for (size_t i = 0; i < WORDS_MAX; i++) words_add(&many, "%zu", i);
    assert_false(many.full);
    words_add(&many, "more");
    assert_true(many.full);
    assert_int_equal(many.count, WORDS_MAX);
    assert_null(many.argv[WORDS_MAX]);
    char *text = calloc(1, 1025);
    memset(text, 'x', 1024);
    for (size_t i = 0; i < WORDS_TEXT_MAX / 1024; i++) words_split(&much, text, "");
    assert_true(much.full);
    free(text);
}

/* ---- Endings ----------------------------------------------------------------------------------------------------
 */

static void assert_ending(const struct container *container, const char *log, const char *expected) {
    char path[] = "/tmp/kzg-container-XXXXXX", out[512];
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, log, strlen(log)) == (ssize_t)strlen(log));
    close(fd);
    container_ending(container, path, out, sizeof out);
    unlink(path);
    if (strstr(out, expected) == NULL) fail_msg("'%s' has no '%s'", out, expected);
}

static void ending__137_is_a_kill_for_memory_if_the_kernel_says_so(void **state) {
    (void)state;
    struct container killed = {.there = true, .id = ID, .exit_code = 137, .memory_limit = 64u << 20};
    assert_ending(&killed,
                  "6,1,1,-;kzgd invoked oom-killer: gfp_mask=0xcc0\n"
                  "6,2,2,-;oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/x/libpod-" ID ",task_memcg=/x/libpod-" ID
                  ",task=kzgd,pid=7,uid=0\n",
                  "killed for memory, by the kernel's log; its limit was 64 MiB");
    /* Another container's; the id somewhere else in the line; another kind of line. */
    assert_ending(&killed, "6,2,2,-;oom-kill:oom_memcg=/x/libpod-77,task_memcg=/x/libpod-77,task=kzgd\n",
                  "knows of no kill for memory");
    assert_ending(&killed, "6,2,2,-;oom-kill:oom_memcg=/y,task_memcg=/y,task=" ID "\n", "knows of no kill");
    assert_ending(&killed, "6,2,2,-;task_memcg=/x/libpod-" ID "\n", "knows of no kill");
    assert_ending(&killed, "", "knows of no kill");
    char out[512];
    container_ending(&killed, "/nonexistent/kmsg", out, sizeof out);
    assert_non_null(strstr(out, "cannot be read"));
}

static void ending__others_say_their_status(void **state) {
    (void)state;
    assert_ending(&(struct container){.there = true, .id = ID, .exit_code = 2}, "", "exit status 2");
    assert_ending(&(struct container){.there = true, .id = ID, .exit_code = 139}, "", "stands for signal 11");
    assert_ending(&(struct container){.there = true, .id = ID, .exit_code = 127, .error = "no such file"}, "",
                  "it could not be run: no such file");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words__split_at_spaces_with_the_place),
        cmocka_unit_test(words__without_an_option),
        cmocka_unit_test(words__too_many_or_too_long_are_not_run),
        cmocka_unit_test(ending__137_is_a_kill_for_memory_if_the_kernel_says_so),
        cmocka_unit_test(ending__others_say_their_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
