/* What counts as proof that an instance is right, against instances that are wrong in one respect each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/upgrade/answer.h"
#include "upgrade/verify.h"

#define SETUP "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* An instance; its address is its index. "compute" answers its body backwards, "check" says whether that was so. */
struct fake {
    const char *version, *setup;
    long ready;
    bool gone, wrong, refuses, shed, lets_errors_pass;
    double seconds;
};

static struct fake fakes[2];

static void answer_get(const struct fake *fake, const char *path, struct transport_reply *ret) {
    char text[256];
    if (strcmp(path, "/version") == 0) {
        int n = snprintf(text, sizeof text, "{\"version\":\"%s\",\"setup\":{\"sha256\":\"%s\"}}", fake->version,
                         fake->setup);
        answer(ret, 200, text, (size_t)n);
    } else if (strcmp(path, "/metrics") == 0) {
        answer(ret, 200, "kzg_ready 1\n", 12);
    } else {
        answer(ret, fake->ready, "why", 3);
    }
}

static void answer_post(const struct fake *fake, const struct transport_request *request,
                        struct transport_reply *ret) {
    if (strcmp(request->path, "/check") == 0) {
        uint8_t right = request->length == 4 && memcmp(request->body, "abba", 4) == 0;
        if (fake->refuses) right = 0;
        answer(ret, 200, &right, 1);
    } else if (fake->shed) {
        answer(ret, 503, "{\"code\":\"queue_full\"}", 21);
    } else if (request->body[0] == '!' && !fake->lets_errors_pass) {
        answer(ret, 400, "{\"code\":\"point_not_on_curve\"}", 29);
    } else {
        uint8_t out[16];
        for (size_t i = 0; i < request->length; i++) out[i] = request->body[request->length - 1 - i];
        if (fake->wrong) out[request->length - 1] ^= 1;
        answer(ret, 200, out, request->length);
    }
    ret->seconds = fake->seconds;
}

static bool exchange(void *user, const struct transport_request *request, struct transport_reply *ret) {
    (void)user;
    const struct fake *fake = &fakes[request->address[0] - '0'];
    *ret = (struct transport_reply){0};
    if (fake->gone) {
        snprintf(ret->error, sizeof ret->error, "Couldn't connect to server");
        return false;
    }
    if (request->type == NULL)
        answer_get(fake, request->path, ret);
    else
        answer_post(fake, request, ret);
    return true;
}

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static const struct upgrade_answer known[] = {
    {"turn", "/compute", "application/octet-stream", BYTES("abc"), 200, BYTES("cba")},
    {"refuse", "/compute", "application/json", BYTES("!"), 400, BYTES("point_not_on_curve")},
};
static const struct upgrade_cross crosses[] = {{"cross", "/compute", "/check", BYTES("ab"), BYTES("ab"), 2}};

static bool next_shadow(void *user, struct upgrade_answer *ret) {
    unsigned *calls = user;
    *calls += 1;
    *ret = known[0];
    return true;
}

static unsigned shadow_calls;
static const struct upgrade_answers answers = {known, 2, crosses, 1, SETUP, &shadow_calls, next_shadow};
static const struct transport transport = {NULL, exchange};
static const struct upgrade_instance instances[2] = {{.name = "old", .api = "0", .admin = "0"},
                                                     {.name = "new", .api = "1", .admin = "1"}};
static struct upgrade_failure failure;
static struct upgrade_settings settings;
static const struct verify verify = {&transport, &answers, &settings, &failure};

static int begin(void **state) {
    (void)state;
    settings_init(&settings);
    failure = (struct upgrade_failure){0};
    fakes[0] = fakes[1] = (struct fake){.version = "2.0", .setup = SETUP, .ready = 200, .seconds = 0.1};
    return 0;
}

static void expect(bool result, const char *code) {
    if (result != (code[0] == '\0') || strcmp(failure.code, code) != 0)
        fail_msg("%d '%s' (%s), expected '%s'", result, failure.code, failure.message, code);
}

static void instance__right(void **state) {
    (void)state;
    expect(verify_instance(&verify, &instances[1], "2.0"), "");
}

static void instance__wrong_in_one_respect(void **state) {
    static const struct {
        struct fake fake;
        const char *code;
    } cases[] = {
        {{.gone = true}, "unreachable"},
        {{.version = "1.9", .setup = SETUP, .ready = 200}, "version_wrong"},
        {{.version = "2.0", .setup = SETUP, .ready = 503}, "not_ready"},
        {{.version = "2.0", .setup = "bb", .ready = 200}, "setup_differs"},
        {{.version = "2.0", .setup = SETUP, .ready = 200, .wrong = true}, "answer_wrong"},
        {{.version = "2.0", .setup = SETUP, .ready = 200, .lets_errors_pass = true}, "answer_wrong"},
        {{.version = "2.0", .setup = SETUP, .ready = 200, .shed = true}, "answer_wrong"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(state);
        fakes[1] = cases[i].fake;
        expect(verify_instance(&verify, &instances[1], "2.0"), cases[i].code);
        assert_non_null(strstr(failure.message, "new"));
    }
}

static void cross__both_ways(void **state) {
    expect(verify_cross(&verify, &instances[0], &instances[1]), "");
    for (size_t i = 0; i < 2; i++) {
        begin(state);
        fakes[i].wrong = true;
        expect(verify_cross(&verify, &instances[0], &instances[1]), "cross_verification_failed");
        begin(state);
        fakes[i].refuses = true;
        expect(verify_cross(&verify, &instances[0], &instances[1]), "cross_verification_failed");
    }
}

static void shadow__one_difference(void **state) {
    shadow_calls = 0;
    expect(verify_shadow(&verify, &instances[0], &instances[1], 5, false), "");
    assert_int_equal(shadow_calls, 5);
    fakes[1].wrong = true;
    expect(verify_shadow(&verify, &instances[0], &instances[1], 1, false), "shadow_differs");
    begin(state);
    fakes[0].wrong = fakes[1].wrong = true; /* equal, and both wrong */
    expect(verify_shadow(&verify, &instances[0], &instances[1], 1, false), "answer_wrong");
    begin(state);
    fakes[1].shed = true; /* says nothing */
    expect(verify_shadow(&verify, &instances[0], &instances[1], 1, false), "");
}

static void shadow__twice_as_slow(void **state) {
    (void)state;
    fakes[1].seconds = 0.2;
    expect(verify_shadow(&verify, &instances[0], &instances[1], 3, false), "");
    expect(verify_shadow(&verify, &instances[0], &instances[1], 3, true), "slower");
}

static void scrape__text(void **state) {
    (void)state;
    char *text = verify_scrape(&verify, &instances[0]);
    assert_non_null(text);
    assert_string_equal(text, "kzg_ready 1\n");
    free(text);
    fakes[0].gone = true;
    assert_null(verify_scrape(&verify, &instances[0]));
    expect(false, "unreachable");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(instance__right, begin),
        cmocka_unit_test_setup(instance__wrong_in_one_respect, begin),
        cmocka_unit_test_setup(cross__both_ways, begin),
        cmocka_unit_test_setup(shadow__one_difference, begin),
        cmocka_unit_test_setup(shadow__twice_as_slow, begin),
        cmocka_unit_test_setup(scrape__text, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
