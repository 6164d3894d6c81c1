/* Requests of clients as proof, against an old instance that gives copies of them, or does not, and a new one that is
 * wrong in one respect each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit/upgrade/answer.h"
#include "upgrade/live.h"

#define COPIES 4

/* Copy 1 is of a request whose client went away. */
static const char *const copies[COPIES] = {
    "kzgd-tap 1 compute_cells ssz ssz 200 ok a/1 3 4\nabcwxyz",
    NULL,
    "kzgd-tap 1 verify_kzg_proof json json 400 point_not_on_curve b 3 0\n{\n}",
    "kzgd-tap 1 verify_kzg_proof json ssz 200 ok c 2 1\n{}\1",
};

static struct fake {
    long begin_status;
    const char *begin, *copy; /* instead of what is right */
    bool old_gone, new_gone;
    long new_status; /* 0: the right one */
    int shed;        /* so many answers in a row */
    bool wrong, other_code;
    int asked, ended;
} fake;

static const char progress[] = "{\"copying\":false,\"wanted\":9,\"begun\":4,\"whole\":3,\"filling\":0,\"bytes\":9,"
                               "\"bytes_max\":99,\"dropped\":{\"no_room\":2,\"unfinished\":1}}";

static void answer_old(const struct transport_request *request, struct transport_reply *ret) {
    unsigned number;
    if (strncmp(request->path, "/debug/tap?", 11) == 0) {
        assert_string_equal(request->path, "/debug/tap?requests=9&seconds=65");
        assert_non_null(request->type);
        answer(ret, fake.begin_status, fake.begin, strlen(fake.begin));
    } else if (sscanf(request->path, "/debug/tap/%u", &number) == 1) {
        assert_null(request->type);
        const char *copy = fake.copy != NULL ? fake.copy : copies[number];
        if (copy == NULL)
            answer(ret, 404, "{}", 2);
        else
            answer(ret, 200, copy, strlen(copy));
    } else if (strcmp(request->path, "/debug/tap/end") == 0) {
        fake.ended++;
        answer(ret, 200, progress, sizeof progress - 1);
    } else {
        assert_string_equal(request->path, "/debug/tap");
        answer(ret, 200, progress, sizeof progress - 1);
    }
}

static void answer_new(const struct transport_request *request, struct transport_reply *ret) {
    static const char json[] = "application/json", ssz[] = "application/octet-stream";
    fake.asked++;
    if (fake.shed > 0) {
        fake.shed--;
        answer(ret, 503, "{\"code\":\"queue_full\"}", 21);
    } else if (strcmp(request->path, "/kzg/v1/compute_cells") == 0) {
        assert_string_equal(request->type, ssz);
        assert_string_equal(request->accept, ssz);
        assert_int_equal(request->length, 3);
        assert_memory_equal(request->body, "abc", 3);
        answer(ret, fake.new_status == 0 ? 200 : fake.new_status, fake.wrong ? "wxyZ" : "wxyz", 4);
    } else {
        assert_string_equal(request->path, "/kzg/v1/verify_kzg_proof");
        assert_string_equal(request->type, json);
        bool refused = request->length == 3;
        assert_string_equal(request->accept, refused ? json : ssz);
        if (refused && fake.other_code)
            answer(ret, 400, "{\"code\":\"point_not_canonical\"}", 30);
        else if (refused)
            answer(ret, 400, "{\"code\":\"point_not_on_curve\",\"request_id\":\"z\"}", 46);
        else
            answer(ret, 200, "\1", 1);
    }
}

static bool exchange(void *user, const struct transport_request *request, struct transport_reply *ret) {
    (void)user;
    bool old = strcmp(request->address, "old") == 0;
    *ret = (struct transport_reply){0};
    if (old ? fake.old_gone : fake.new_gone) {
        snprintf(ret->error, sizeof ret->error, "Couldn't connect to server");
        return false;
    }
    if (old)
        answer_old(request, ret);
    else
        answer_new(request, ret);
    return true;
}

static const struct transport transport = {NULL, exchange};
static const struct upgrade_answers answers;
static const struct upgrade_settings settings;
static const struct upgrade_instance old = {.name = "the-old", .api = "old", .admin = "old"};
static const struct upgrade_instance new_one = {.name = "the-new", .api = "new", .admin = "new"};
static struct upgrade_failure failure;
static const struct verify verify = {&transport, &answers, &settings, &failure};

static int begin(void **state) {
    (void)state;
    failure = (struct upgrade_failure){0};
    fake = (struct fake){.begin_status = 200, .begin = progress};
    return 0;
}

static struct live_result expect(const char *code, const char *keep) {
    struct live_result result;
    bool good = live_compare(&verify, &old, &new_one, COPIES, keep, &result);
    if (good != (code[0] == '\0') || strcmp(failure.code, code) != 0)
        fail_msg("%d '%s' (%s), expected '%s'", good, failure.code, failure.message, code);
    return result;
}

static void begin__says_why_not(void **state) {
    static const struct {
        struct fake fake;
        const char *why;
    } cases[] = {
        {{.begin_status = 404, .begin = "{}"}, "its version cannot copy requests"},
        {{.begin_status = 501, .begin = "{\"detail\":\"it is off\"}"}, "HTTP 501: it is off"},
        {{.begin_status = 503, .begin = "{\"detail\":7}"}, "HTTP 503"},
        {{.begin_status = 200, .begin = "[]"}, "HTTP 200"},
        {{.begin_status = 200, .begin = "{\"begun\":-1}"}, "HTTP 200"},
        {{.begin_status = 200, .begin = "no JSON"}, "HTTP 200"},
        {{.old_gone = true}, "Couldn't connect to server"},
    };
    char why[LIVE_WHY_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(state);
        fake = cases[i].fake;
        assert_false(live_begin(&verify, &old, 9, 5, why));
        assert_string_equal(why, cases[i].why);
        assert_string_equal(failure.code, ""); /* an old version without it is no reason to stop */
    }
    begin(state);
    assert_true(live_begin(&verify, &old, 9, 5, why));
}

static void look__reads_how_far(void **state) {
    (void)state;
    struct live_progress found;
    assert_true(live_look(&verify, &old, &found));
    assert_int_equal(found.begun, 4);
    assert_int_equal(found.filling, 0);
    assert_int_equal(found.dropped, 3);
    assert_false(found.copying);
    live_end(&verify, &old);
    assert_int_equal(fake.ended, 1);
    fake.old_gone = true;
    assert_false(live_look(&verify, &old, &found));
    live_end(&verify, &old);
}

static void compare__alike(void **state) {
    (void)state;
    struct live_result result = expect("", NULL);
    assert_int_equal(result.compared, 3);
    assert_int_equal(result.shed, 0);
}

static void compare__shed_is_asked_again(void **state) {
    fake.shed = 2;
    assert_int_equal(expect("", NULL).compared, 3);
    begin(state);
    fake.shed = 4; /* as often as the first one is asked */
    struct live_result result = expect("", NULL);
    assert_int_equal(result.compared, 2);
    assert_int_equal(result.shed, 1);
}

static void compare__one_difference(void **state) {
    fake.wrong = true;
    (void)expect("live_differs", NULL);
    assert_non_null(strstr(failure.message, "request a/1 of a client, compute_cells"));
    assert_non_null(strstr(failure.message, "from byte 3 on"));
    begin(state);
    fake.new_status = 500;
    (void)expect("live_differs", NULL);
    begin(state);
    fake.other_code = true;
    (void)expect("live_differs", NULL);
    assert_non_null(strstr(failure.message, "point_not_on_curve"));
    begin(state);
    fake.new_gone = true;
    (void)expect("unreachable", NULL);
    begin(state);
    fake.old_gone = true;
    (void)expect("unreachable", NULL);
}

static void compare__keeps_what_differs(void **state) {
    (void)state;
    static const char *const kept[][2] = {{"request", "abc"}, {"old", "wxyz"}, {"new", "wxyZ"}};
    char folder[] = "/tmp/kzg-live-XXXXXX", keep[64], path[80], text[16];
    assert_non_null(mkdtemp(folder));
    snprintf(keep, sizeof keep, "%s/differs-0", folder);
    fake.wrong = true;
    (void)expect("live_differs", keep);
    assert_non_null(strstr(failure.message, keep));
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s.%s", keep, kept[i][0]);
        FILE *file = fopen(path, "re");
        assert_non_null(file);
        size_t length = fread(text, 1, sizeof text, file);
        fclose(file);
        assert_int_equal(length, strlen(kept[i][1]));
        assert_memory_equal(text, kept[i][1], length);
        unlink(path);
    }
    rmdir(folder);
}

/* Whoever answers there is no kzgd: nothing is read beyond what came. */
static void compare__no_copy(void **state) {
    static const char *const malformed[] = {
        "",
        "kzgd-tap 1 compute_cells ssz ssz 200 ok a 3 4",
        "kzgd-tap 1 compute_cells ssz ssz 200 ok a 3 4\nabcwxy",
        "kzgd-tap 1 compute_cells ssz ssz 200 ok a 3 4\nabcwxyz!",
        "kzgd-tap 1 compute_cells ssz ssz 200 ok a 8 18446744073709551615\nabcwxyz",
        "kzgd-tap 1 compute_cells ssz ssz 200 ok a 18446744073709551615 8\nabcwxyz",
        "kzgd-tap 1 compute_cells xml ssz 200 ok a 3 4\nabcwxyz",
        "kzgd-tap 1 ../metrics ssz ssz 200 ok a 3 4\nabcwxyz",
        "kzgd-tap 2 compute_cells ssz ssz 200 ok a 3 4\nabcwxyz",
        "kzgd-tap 1 compute_cells ssz ssz 200 ok a 3 4 5\nabcwxyz",
    };
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        begin(state);
        fake.copy = malformed[i];
        (void)expect("unreachable", NULL);
        assert_int_equal(fake.asked, 0);
    }
    char longer[2000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    begin(state);
    fake.copy = longer;
    (void)expect("unreachable", NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(begin__says_why_not, begin),
        cmocka_unit_test_setup(look__reads_how_far, begin),
        cmocka_unit_test_setup(compare__alike, begin),
        cmocka_unit_test_setup(compare__shed_is_asked_again, begin),
        cmocka_unit_test_setup(compare__one_difference, begin),
        cmocka_unit_test_setup(compare__keeps_what_differs, begin),
        cmocka_unit_test_setup(compare__no_copy, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
