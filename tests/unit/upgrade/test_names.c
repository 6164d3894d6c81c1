/* What may come from outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "upgrade/names.h"

static void versions__injection_is_refused(void **state) {
    (void)state;
    static const char *const good[] = {"1.2.3", "v1.2.3-rc.1+build5", "2026_11", "a"};
    static const char *const bad[] = {"",
                                      "-1",
                                      "--help",
                                      "1;rm",
                                      "1 2",
                                      "1/2",
                                      "../1",
                                      "1..2",
                                      "$(id)",
                                      "`id`",
                                      "1\n2",
                                      "1\"",
                                      "1'",
                                      "\xc3\xa4",
                                      ".1",
                                      "+1",
                                      "0123456789012345678901234567890123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) assert_true(name_is_version(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(name_is_version(bad[i]));
}

struct value {
    enum upgrade_option_kind kind;
    const char *text;
    bool good;
};

static void values__by_their_kind(void **state) {
    (void)state;
    static const struct value values[] = {
        {UPGRADE_OPTION_NAME, "kzgd-1.prod", true},
        {UPGRADE_OPTION_NAME, "Kzgd", false},
        {UPGRADE_OPTION_NAME, "-kzgd", false},
        {UPGRADE_OPTION_NAME, "kzgd-", false},
        {UPGRADE_OPTION_NAME, "a..b", false},
        {UPGRADE_OPTION_NAME, "a/b", false},
        {UPGRADE_OPTION_CONTEXT, "arn:aws:eks:eu-1:12:cluster/a", true},
        {UPGRADE_OPTION_CONTEXT, "user@host", true},
        {UPGRADE_OPTION_CONTEXT, "--kubeconfig=/x", false},
        {UPGRADE_OPTION_CONTEXT, "a b", false},
        {UPGRADE_OPTION_PATH, "/usr/lib/kzgd/1.2/kzgd", true},
        {UPGRADE_OPTION_PATH, "usr/lib", false},
        {UPGRADE_OPTION_PATH, "/a/../b", false},
        {UPGRADE_OPTION_PATH, "/a/..", false},
        {UPGRADE_OPTION_PATH, "/a/..b", true},
        {UPGRADE_OPTION_PATH, "/a\nb", false},
        {UPGRADE_OPTION_IMAGE, "localhost:5000/a/kzgd", true},
        {UPGRADE_OPTION_IMAGE, "kzgd", true},
        {UPGRADE_OPTION_IMAGE, "localhost:5000/kzgd:1", false},
        {UPGRADE_OPTION_IMAGE, "a/b@sha256", false},
        {UPGRADE_OPTION_IMAGE, "-v", false},
        {UPGRADE_OPTION_IMAGE, "a//b", false},
        {UPGRADE_OPTION_IMAGE, "a/", false},
        {UPGRADE_OPTION_DIGEST, "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true},
        {UPGRADE_OPTION_DIGEST, "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA", false},
        {UPGRADE_OPTION_DIGEST, "sha256:aa", false},
        {UPGRADE_OPTION_ADDRESS, "127.0.0.1:7594", true},
        {UPGRADE_OPTION_ADDRESS, "[::1]:7594", true},
        {UPGRADE_OPTION_ADDRESS, "unix:/run/kzgd.sock", true},
        {UPGRADE_OPTION_ADDRESS, "unix:run", false},
        {UPGRADE_OPTION_ADDRESS, "127.0.0.1:0", false},
        {UPGRADE_OPTION_ADDRESS, "127.0.0.1:65536", false},
        {UPGRADE_OPTION_ADDRESS, "127.0.0.1", false},
        {UPGRADE_OPTION_ADDRESS, "a@b:1", false},
        {UPGRADE_OPTION_NUMBER, "0", true},
        {UPGRADE_OPTION_NUMBER, "2147483648", false},
        {UPGRADE_OPTION_NUMBER, "-1", false},
        {UPGRADE_OPTION_NUMBER, "1e3", false},
        {UPGRADE_OPTION_WORD, "podman", true},
        {UPGRADE_OPTION_WORD, "a b", false},
        {UPGRADE_OPTION_ARGUMENTS, "--listen 127.0.0.1:1", true},
        {UPGRADE_OPTION_ARGUMENTS, "a\nb", false},
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const char *why = NULL;
        if (name_is_value(values[i].kind, values[i].text, &why) != values[i].good)
            fail_msg("'%s' as kind %d", values[i].text, values[i].kind);
        assert_true(strlen(why) > 8);
        assert_false(name_is_value(values[i].kind, "", &why));
    }
}

static void compare_versions__order(void **state) {
    (void)state;
    /* Each is before the next. */
    static const char *const rising[] = {"0.9",
                                         "1.0.0-alpha",
                                         "1.0.0-alpha.1",
                                         "1.0.0-alpha.beta",
                                         "1.0.0-beta",
                                         "1.0.0-beta.2",
                                         "1.0.0-beta.11",
                                         "1.0.0-rc.1",
                                         "1.0.0",
                                         "v1.0.1",
                                         "1.2",
                                         "1.10.0",
                                         "2",
                                         "99999999999999999999999.1"};
    size_t count = sizeof rising / sizeof *rising;
    int order;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++) {
            assert_true(name_compare_versions(rising[i], rising[k], &order));
            bool right = i < k ? order < 0 : i > k ? order > 0 : order == 0;
            if (!right) fail_msg("%s and %s: %d", rising[i], rising[k], order);
        }
    assert_true(name_compare_versions("1.2.0", "1.2+build.9", &order));
    assert_int_equal(order, 0);
    assert_true(name_compare_versions("1.02", "1.2", &order));
    assert_int_equal(order, 0);
    assert_false(name_compare_versions("latest", "1.2", &order));
    assert_false(name_compare_versions("1.2", "main", &order));
    assert_false(name_compare_versions("", "1.2", &order));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions__injection_is_refused),
        cmocka_unit_test(values__by_their_kind),
        cmocka_unit_test(compare_versions__order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
