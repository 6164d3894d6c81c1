/* libkzgops, flame graphs: what is refused, and that the picture depends on the stacks alone. That it is well-formed
 * and its frames stand where they should is flame_test.py's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kzgops/flame.h"

static kzgops_flame drawn(const char *folded) {
    kzgops_flame flame;
    const char *error = kzgops_flame_svg(NULL, folded, strlen(folded), &flame);
    if (error != NULL) fail_msg("\"%s\": %s", folded, error);
    return flame;
}

static void expect_same(const char *one, const char *other) {
    kzgops_flame a = drawn(one), b = drawn(other);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    kzgops_flame_release(&a);
    kzgops_flame_release(&b);
    kzgops_flame_release(&b);
}

static void svg__depends_on_the_stacks_alone(void **state) {
    (void)state;
    expect_same("a;b 3\na;c 4\n", "a;c 4\na;b 3\n");
    expect_same("a;b 3\na;c 4\n", "a;c 1\na;b 3\n\n\na;c 3");
    expect_same("a;b 3\n", "a;b 3\nx;y 0\n");
    expect_same("a 1\na.b 1\na;b 1\n", "a;b 1\na.b 1\na 1\n");
}

static void refused(const kzgops_flame_config *config, const char *folded, const char *word) {
    kzgops_flame flame = {.size = 55};
    const char *error = kzgops_flame_svg(config, folded, strlen(folded), &flame);
    if (error == NULL || strstr(error, word) == NULL)
        fail_msg("\"%s\": %s", folded, error != NULL ? error : "accepted");
    assert_int_equal(flame.size, 55);
}

static void svg__refuses_what_is_no_stack(void **state) {
    static const char *const wrong[] = {"a",
                                        "a;b",
                                        "12",
                                        " 12",
                                        "a;b 3.5",
                                        "a;b -3",
                                        "a;b 3 ",
                                        "a;b\t3",
                                        "a b c",
                                        "\n\na;b 3\nx",
                                        "a 1234567890123456789"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) refused(NULL, wrong[i], "stack count");
    refused(NULL,
            "a 999999999999999999\nb 999999999999999999\nc 999999999999999999\nd 999999999999999999\n"
            "e 999999999999999999\nf 999999999999999999\ng 999999999999999999\nh 999999999999999999\n"
            "i 999999999999999999\nj 999999999999999999\n",
            "too much");
    refused(&(kzgops_flame_config){.width = 399}, "a 1\n", "width");
    refused(&(kzgops_flame_config){.width = 10001}, "a 1\n", "width");
}

static bool has(const kzgops_flame *flame, const char *word) {
    return memmem(flame->data, flame->size, word, strlen(word)) != NULL;
}

static void svg__of_nothing_says_so(void **state) {
    (void)state;
    kzgops_flame flame = drawn("");
    assert_true(has(&flame, "nothing was sampled"));
    assert_false(has(&flame, "<rect x="));
    kzgops_flame_release(&flame);
}

static void svg__keeps_everything_in_one_file(void **state) {
    (void)state;
    kzgops_flame flame = drawn("a;<script>alert(1)</script>;\"&';b 3\n");
    assert_false(has(&flame, "<script"));
    assert_true(has(&flame, "&lt;script&gt;"));
    assert_false(has(&flame, "href"));
    assert_false(has(&flame, "url("));
    assert_false(has(&flame, "@import"));
    kzgops_flame_release(&flame);
}

static void svg__of_deep_stacks_ends_at_a_depth(void **state) {
    static char text[8192] = "";
    size_t n = 0;
    (void)state;
    while (n < 4000) n += (size_t)snprintf(text + n, sizeof text - n, "f;");
    snprintf(text + n, sizeof text - n, "too_deep 5\nf;;;shallow 5\n;;; 5\n");
    kzgops_flame flame = drawn(text);
    assert_false(has(&flame, "too_deep"));
    assert_true(has(&flame, ">shallow</text>"));
    assert_true(has(&flame, "height=\"4676\"")); /* 256 rows */
    kzgops_flame_release(&flame);
}

static size_t left, live;

static void *counted_alloc(void *user, size_t bytes) {
    (void)user;
    if (left == 0) return NULL;
    left--;
    live += bytes;
    return malloc(bytes);
}

static void counted_release(void *user, void *memory, size_t bytes) {
    (void)user;
    live -= bytes;
    free(memory);
}

static void no_memory__is_an_error(void **state) {
    const kzgops_sources sources = {.allocator = {counted_alloc, counted_release, NULL}};
    const kzgops_flame_config config = {.sources = &sources};
    kzgops_flame flame = {.size = 55};
    size_t n = 0;
    (void)state;
    for (;; n++) {
        left = n;
        const char *error = kzgops_flame_svg(&config, "a;b 3\na;c 5\n", 12, &flame);
        if (error == NULL) break;
        assert_int_equal(flame.size, 55);
        assert_int_equal(live, 0);
    }
    assert_true(n >= 3);
    assert_int_equal(live, flame.size);
    kzgops_flame_release(&flame);
    assert_int_equal(live, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(svg__depends_on_the_stacks_alone),
        cmocka_unit_test(svg__refuses_what_is_no_stack),
        cmocka_unit_test(svg__of_nothing_says_so),
        cmocka_unit_test(svg__keeps_everything_in_one_file),
        cmocka_unit_test(svg__of_deep_stacks_ends_at_a_depth),
        cmocka_unit_test(no_memory__is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
