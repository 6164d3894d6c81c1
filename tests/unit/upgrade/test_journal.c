/* What an upgrade writes down, who may run one, and its settings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "upgrade/journal.h"
#include "upgrade/lock.h"
#include "upgrade/names.h"

static int make_folder(void **state) {
    char *folder = strdup("/tmp/kzg-journal-XXXXXX");
    *state = folder;
    return folder != NULL && mkdtemp(folder) != NULL ? 0 : -1;
}

static void remove_entry(const char *folder, const char *below) {
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, below);
    (void)remove(path);
}

static int remove_folder(void **state) {
    const char *folder = *state;
    char why[JOURNAL_WHY_MAX], (*ids)[UPGRADE_ID_MAX];
    size_t count;
    if (journal_list(folder, &ids, &count, why)) {
        for (size_t i = 0; i < count; i++) {
            char name[UPGRADE_ID_MAX + 32];
            snprintf(name, sizeof name, "%s/journal.json", ids[i]);
            remove_entry(folder, name);
            snprintf(name, sizeof name, "%s/journal.json.new", ids[i]);
            remove_entry(folder, name);
            remove_entry(folder, ids[i]);
        }
        free(ids);
    }
    remove_entry(folder, "lock");
    int result = rmdir(folder);
    free(*state);
    return result;
}

static struct journal example(void) {
    struct journal journal = {.driver = "process",
                              .from_version = "1.0.0",
                              .to_version = "1.1.0",
                              .state = STATE_SETTLE,
                              .slots = 3,
                              .first = 1,
                              .count = 2,
                              .undoes = true,
                              .began_s = 1000,
                              .values = "binary=/usr/bin/kzgd\n",
                              .remembered = "a \"quoted\" text\nwith lines\n",
                              .undone = "x",
                              .failure = {"start_failed", "it failed", "its output", "kzg x"},
                              .why_stuck = "twice"};
    journal_new_id(journal.id);
    settings_init(&journal.settings);
    journal.settings.poll_s = 0.25;
    return journal;
}

static void save_and_load__every_member(void **state) {
    char why[JOURNAL_WHY_MAX] = "";
    struct journal before = example(), after;
    assert_true(name_is_id(before.id));
    assert_true(journal_save(&before, *state, why));
    assert_true(journal_save(&before, *state, why)); /* over itself */
    assert_true(journal_load(&after, *state, before.id, why));
    assert_string_equal(after.id, before.id);
    assert_string_equal(after.driver, before.driver);
    assert_string_equal(after.from_version, before.from_version);
    assert_string_equal(after.to_version, before.to_version);
    assert_int_equal(after.state, before.state);
    assert_int_equal(after.slots, 3);
    assert_int_equal(after.first, 1);
    assert_int_equal(after.count, 2);
    assert_true(after.undoes);
    assert_int_equal(after.began_s, 1000);
    assert_true(after.changed_s > 1000);
    assert_string_equal(after.values, before.values);
    assert_string_equal(after.remembered, before.remembered);
    assert_string_equal(after.undone, before.undone);
    assert_memory_equal(&after.settings, &before.settings, sizeof after.settings);
    assert_string_equal(after.failure.code, before.failure.code);
    assert_string_equal(after.failure.message, before.failure.message);
    assert_string_equal(after.failure.output, before.failure.output);
    assert_string_equal(after.failure.remedy, before.failure.remedy);
    assert_string_equal(after.why_stuck, before.why_stuck);
}

/* Every prefix of a journal, and single changed members, are refused with a reason. */
static void load__damaged_is_refused(void **state) {
    static const char *const changes[][2] = {
        {"\"format\":1", "\"format\":2"},   {"\"settle\"", "\"sit\""},       {"\"first\":1", "\"first\":4"},
        {"\"count\":2", "\"count\":3"},     {"\"slots\":3", "\"slots\":-1"}, {"\"1.1.0\"", "\"1;rm\""},
        {"\"id\":\"u", "\"id\":\"v"},       {"\"driver\"", "\"diver\""},     {"\"poll\":0.25", "\"poll\":-1"},
        {"\"remembered\"", "\"remember\""},
    };
    char why[JOURNAL_WHY_MAX], path[300], text[65536], damaged[65536];
    struct journal journal = example(), loaded;
    assert_true(journal_save(&journal, *state, why));
    snprintf(path, sizeof path, "%s/%s/journal.json", (const char *)*state, journal.id);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const char *at = strstr(text, changes[i][0]);
        if (at == NULL) fail_msg("the journal has no %s", changes[i][0]);
        snprintf(damaged, sizeof damaged, "%.*s%s%s", (int)(at - text), text, changes[i][1],
                 at + strlen(changes[i][0]));
        file = fopen(path, "w");
        assert_non_null(file);
        fputs(damaged, file);
        fclose(file);
        why[0] = '\0';
        if (journal_load(&loaded, *state, journal.id, why)) fail_msg("%s was taken", changes[i][1]);
        assert_true(strlen(why) > 10);
    }
    for (size_t cut = 0; cut < length - 1; cut += 37) {
        assert_int_equal(truncate(path, 0), 0);
        file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(text, 1, cut, file), cut);
        fclose(file);
        assert_false(journal_load(&loaded, *state, journal.id, why));
    }
    assert_false(journal_load(&loaded, *state, "../etc", why));
    assert_false(journal_load(&loaded, *state, "u20000101t000000-0000", why));
}

static void list__newest_first(void **state) {
    char why[JOURNAL_WHY_MAX], (*ids)[UPGRADE_ID_MAX];
    size_t count;
    struct journal journal = example();
    static const char *const order[] = {"u20260103t000000-0000", "u20260102t000000-0000", "u20260101t000000-ffff"};
    for (int i = 2; i >= 0; i--) {
        snprintf(journal.id, sizeof journal.id, "%s", order[i]);
        assert_true(journal_save(&journal, *state, why));
    }
    assert_true(journal_list(*state, &ids, &count, why));
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 3; i++) assert_string_equal(ids[i], order[i]);
    free(ids);
    assert_true(journal_list("/nonexistent/kzg", &ids, &count, why));
    assert_int_equal(count, 0);
}

/* From each state that is no end, success and failure lead to an end without coming by a state twice (but for the
 * slots' circle, which the machine counts). */
static void states__every_way_ends(void **state) {
    (void)state;
    for (int begin = 0; begin < STATES; begin++) {
        enum upgrade_state at = (enum upgrade_state)begin;
        int steps = 0;
        for (; state_kind(at) != KIND_END && steps <= STATES; steps++) at = state_next(at);
        assert_true(steps < STATES);
        at = state_otherwise((enum upgrade_state)begin);
        bool backward = state_kind(at) == KIND_BACK || state_kind(at) == KIND_END;
        assert_true(backward);
        if (state_kind((enum upgrade_state)begin) == KIND_BACK) assert_int_equal(state_kind(at), KIND_END);
    }
}

/* ---- Lock -------------------------------------------------------------------------------------------------------
 */

static void lock__one_at_a_time(void **state) {
    struct lock lock, second;
    struct lock_owner owner;
    char why[512], text[512];
    assert_int_equal(lock_take(&lock, *state, "u1", false, &owner, why, sizeof why), LOCK_TAKEN);
    assert_int_equal(lock_take(&second, *state, "u2", true, &owner, why, sizeof why), LOCK_HELD);
    assert_int_equal(owner.pid, getpid());
    assert_string_equal(owner.what, "u1");
    lock_owner_text(&owner, text, sizeof text);
    assert_non_null(strstr(text, "for u1"));
    lock_give(&lock);
    lock_give(&lock);
    assert_int_equal(lock_take(&second, *state, "u2", false, &owner, why, sizeof why), LOCK_TAKEN);
    lock_give(&second);
}

static void lock__of_a_killed_owner_is_taken_over(void **state) {
    struct lock lock;
    struct lock_owner owner;
    char why[512];
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (lock_take(&lock, *state, "u9", false, &owner, why, sizeof why) == LOCK_TAKEN) raise(SIGKILL);
        _exit(1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(lock_take(&lock, *state, "u10", false, &owner, why, sizeof why), LOCK_TAKEN_OVER);
    assert_int_equal(owner.pid, child);
    assert_string_equal(owner.what, "u9");
    lock_give(&lock);
}

static void lock__of_another_host_only_by_force(void **state) {
    struct lock lock;
    struct lock_owner owner;
    char why[512], path[300];
    snprintf(path, sizeof path, "%s/lock", (const char *)*state);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("77 1000 u5 some-other-host\n", file);
    fclose(file);
    assert_int_equal(lock_take(&lock, *state, "u6", false, &owner, why, sizeof why), LOCK_ELSEWHERE);
    assert_string_equal(owner.host, "some-other-host");
    assert_int_equal(lock_take(&lock, *state, "u6", true, &owner, why, sizeof why), LOCK_TAKEN_OVER);
    lock_give(&lock);
}

static void lock__no_folder(void **state) {
    (void)state;
    struct lock lock;
    struct lock_owner owner;
    char why[512] = "";
    assert_int_equal(lock_take(&lock, "/proc/kzg", "u1", false, &owner, why, sizeof why), LOCK_FAILED);
    assert_non_null(strstr(why, "/proc/kzg"));
}

/* ---- Settings ---------------------------------------------------------------------------------------------------
 */

static void settings__read_and_refused(void **state) {
    (void)state;
    struct upgrade_settings settings;
    char why[256];
    settings_init(&settings);
    assert_true(settings.timeout_s == 300 && settings.poll_s == 10 && settings.canary == 1);
    assert_true(settings_set(&settings, "timeout", "5m", why, sizeof why) && settings.timeout_s == 300);
    assert_true(settings_set(&settings, "timeout", "90", why, sizeof why) && settings.timeout_s == 90);
    assert_true(settings_set(&settings, "poll", "250ms", why, sizeof why) && settings.poll_s == 0.25);
    assert_true(settings_set(&settings, "canary", "3", why, sizeof why) && settings.canary == 3);
    static const char *const wrong[][2] = {
        {"timeout", ""},    {"timeout", "-1"},   {"timeout", "1x"},    {"timeout", "nan"},   {"timeout", "1e9"},
        {"timeout", "0x5"}, {"canary", "1.5"},   {"canary", "1s"},     {"canary", "257"},    {"error-ratio", "2"},
        {"nothing", "1"},   {"timeout", "1s s"}, {"p99-ratio", "0.5"}, {"poll", "infinity"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (settings_set(&settings, wrong[i][0], wrong[i][1], why, sizeof why))
            fail_msg("%s=%s was taken", wrong[i][0], wrong[i][1]);
        assert_non_null(strstr(why, wrong[i][0]));
    }
    assert_true(settings.timeout_s == 90);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(save_and_load__every_member, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(load__damaged_is_refused, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(list__newest_first, make_folder, remove_folder),
        cmocka_unit_test(states__every_way_ends),
        cmocka_unit_test_setup_teardown(lock__one_at_a_time, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(lock__of_a_killed_owner_is_taken_over, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(lock__of_another_host_only_by_force, make_folder, remove_folder),
        cmocka_unit_test(lock__no_folder),
        cmocka_unit_test(settings__read_and_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
