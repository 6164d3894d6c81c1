/* The machine over a service that is a file: forward, every way that it can fail, and killed at every moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_driver.h"
#include "upgrade/drivers.h"

/* ---- A run ----------------------------------------------------------------------------------------------------- */

static char folder[64];
static struct fake_world *world;
static char states[512];    /* the states that were entered, "plan preflight ..." */
static char checks[1024];   /* "name=verdict ..." */
static int steps, failures; /* that ended; of them */
static bool declines;
static int interrupt_after;    /* steps; 0: never */
static bool machine_gets_slow; /* while the canary settles */

static void saved(void *user, const struct journal *journal) {
    (void)user;
    size_t used = strlen(states);
    const char *name = state_name(journal->state), *last = strrchr(states, ' ');
    if (strcmp(last == NULL ? states : last + 1, name) != 0)
        snprintf(states + used, sizeof states - used, "%s%s", used == 0 ? "" : " ", name);
    fake_moment();
    if (!machine_gets_slow || (journal->state != STATE_SETTLE && journal->state != STATE_EXECUTE)) return;
    double p99_s = journal->state == STATE_SETTLE && journal->first == 0 ? 0.5 : 0.1;
    for (size_t i = 0; i < FAKE_SLOTS; i++) world->slot[i].old.p99_s = world->slot[i].new_one.p99_s = p99_s;
}

static void step_begins(void *user, const char *what) {
    (void)user;
    (void)what;
}

static void step_ends(void *user, const char *what, double seconds, const struct upgrade_failure *failure) {
    (void)user;
    assert_true(what[0] != '\0' && seconds >= 0);
    steps++;
    if (failure == NULL) return;
    failures++;
    assert_true(failure->code[0] != '\0' && failure->message[0] != '\0');
}

static void say(void *user, const char *text) {
    (void)user;
    (void)text;
}

static void check(void *user, const char *name, enum upgrade_verdict verdict, const char *text) {
    (void)user;
    (void)text;
    size_t used = strlen(checks);
    snprintf(checks + used, sizeof checks - used, "%s=%d ", name, (int)verdict);
}

static void waits(void *user, const char *what, double passed_s, double most_s) {
    (void)user;
    (void)what;
    assert_true(passed_s >= 0 && most_s >= 0);
}

static bool confirm(void *user, const struct machine_plan *plan) {
    (void)user;
    assert_string_equal(plan->target, "a file");
    assert_string_equal(plan->instances[FAKE_SLOTS - 1], "old:2");
    assert_int_equal(world->starts, 0);
    return !declines;
}

static bool interrupted(void *user) {
    (void)user;
    return interrupt_after > 0 && steps >= interrupt_after;
}

static const struct machine_reporter reporter = {NULL,  saved, step_begins, step_ends,  say,
                                                 check, waits, confirm,     interrupted};

static struct machine machine;

static void forget(void) {
    states[0] = checks[0] = '\0';
    steps = failures = interrupt_after = 0;
    declines = machine_gets_slow = false;
}

/* A new upgrade of a new world; canary 1, then two at a time. */
static struct journal new_upgrade(const char *to) {
    struct journal journal = {.driver = "fake"};
    forget();
    if (world != NULL) fake_close(world);
    world = fake_open(folder);
    machine = (struct machine){&fake_driver, &fake_transport, &fake_answers, &fake_clock,
                               &reporter,    folder,          NULL,          fake_room};
    journal_new_id(journal.id);
    snprintf(journal.to_version, sizeof journal.to_version, "%s", to);
    settings_init(&journal.settings);
    journal.settings.max_unavailable = 2;
    return journal;
}

static struct journal load(const char *id) {
    struct journal journal;
    char why[JOURNAL_WHY_MAX] = "";
    if (!journal_load(&journal, folder, id, why)) fail_msg("%s", why);
    return journal;
}

/* Runs it, and looks whether the end in the journal is the one that is returned. */
static void run_to(struct journal *journal, enum machine_end expected, const char *code) {
    char why[JOURNAL_WHY_MAX] = "";
    enum machine_end end = machine_run(&machine, journal, why);
    struct journal kept = load(journal->id);
    if (end != expected || kept.state != journal->state || strcmp(kept.failure.code, code) != 0)
        fail_msg("end %d in state %s with '%s' (%s; %s; %s; %s), expected %d with '%s'", (int)end,
                 state_name(kept.state), kept.failure.code, kept.failure.message, kept.why_stuck, why, states,
                 (int)expected, code);
}

/* ---- Forward --------------------------------------------------------------------------------------------------- */

static void forward__canary_first_then_by_twos(void **state) {
    (void)state;
    struct journal journal = new_upgrade("1.1.0");
    run_to(&journal, MACHINE_DONE, "");
    assert_string_equal(states, "plan preflight prepare execute verify take-over settle execute verify take-over "
                                "settle bake commit done");
    assert_true(fake_all_new(world) && !world->lost);
    assert_int_equal(world->starts, 3);
    assert_int_equal(world->take_overs, 3);
    assert_int_equal(world->retires, 3);
    assert_int_equal(world->backs, 0);
    assert_int_equal(world->cleans, 1);
    assert_string_equal(checks, "version=0 health=0 health=0 health=0 memory=0 disk=0 cpu=0 image=0 ");
    assert_string_equal(journal.from_version, "1.0.0");
    assert_string_equal(journal.remembered, "version=1.0.0");
    run_to(&journal, MACHINE_DONE, ""); /* again: nothing to do */
    assert_int_equal(world->starts, 3);
    assert_int_equal(world->cleans, 1);
}

static void forward__without_a_canary_all_at_once(void **state) {
    (void)state;
    struct journal journal = new_upgrade("1.1.0");
    journal.settings.canary = 0;
    journal.settings.max_unavailable = 256;
    world->ends_old = true;
    run_to(&journal, MACHINE_DONE, "");
    assert_string_equal(states, "plan preflight prepare execute verify take-over settle bake commit done");
    assert_true(fake_all_new(world) && !world->lost);
}

static void forward__undoing_another(void **state) {
    (void)state;
    struct journal journal = new_upgrade("1.0.0");
    journal.undoes = true;
    for (size_t i = 0; i < FAKE_SLOTS; i++) snprintf(world->slot[i].old.version, UPGRADE_VERSION_MAX, "1.1.0");
    snprintf(world->next.version, sizeof world->next.version, "1.0.0");
    run_to(&journal, MACHINE_DONE, "");
    assert_true(fake_all_new(world) && !world->lost);
}

/* ---- Refused before anything changed ----------------------------------------------------------------------------
 */

static void expect_refused(struct journal *journal, const char *code) {
    run_to(journal, MACHINE_REFUSED, code);
    assert_true(fake_all_old(world) && !world->lost);
    assert_int_equal(world->starts, 0);
    assert_int_equal(world->backs, 0);
}

static void set_fault(const char *function, size_t slot, int times) {
    world->fault = (struct fake_fault){.slot = slot, .times = times};
    snprintf(world->fault.function, sizeof world->fault.function, "%s", function);
}

static void refused__by_version(void **state) {
    (void)state;
    struct journal journal = new_upgrade("0.9.0");
    expect_refused(&journal, "refused_version");
    journal = new_upgrade("1.0.0");
    expect_refused(&journal, "refused_version");
    journal = new_upgrade("1.1.0");
    snprintf(world->slot[1].old.version, UPGRADE_VERSION_MAX, "1.0.5");
    expect_refused(&journal, "versions_differ");
    journal = new_upgrade("0.9.0");
    journal.settings.allow_downgrade = 1;
    snprintf(world->next.version, sizeof world->next.version, "0.9.0");
    run_to(&journal, MACHINE_DONE, "");
    journal = new_upgrade("1.0.0");
    journal.settings.reinstall = 1;
    snprintf(world->next.version, sizeof world->next.version, "1.0.0");
    run_to(&journal, MACHINE_DONE, "");
}

static void refused__by_checks(void **state) {
    (void)state;
    struct journal journal = new_upgrade("1.1.0");
    world->refuses = true;
    expect_refused(&journal, "refused_image");
    journal = new_upgrade("1.1.0");
    world->slot[2].old.unready = true;
    expect_refused(&journal, "refused_health");
    journal = new_upgrade("1.1.0");
    world->slot[2].old.wrong = true;
    expect_refused(&journal, "refused_health");
    /* 300 MB each, times 1.25, three of them warm beside three old ones. */
    journal = new_upgrade("1.1.0");
    world->memory_bytes = 1124e6;
    expect_refused(&journal, "refused_memory");
    journal = new_upgrade("1.1.0");
    world->memory_bytes = 1126e6;
    run_to(&journal, MACHINE_DONE, "");
}

static void refused__by_failures_and_by_a_person(void **state) {
    static const char *const functions[] = {"describe", "inspect_old", "preflight", "prepare"};
    (void)state;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        struct journal journal = new_upgrade("1.1.0");
        set_fault(functions[i], FAKE_SLOTS, 1);
        expect_refused(&journal, "fake_failed");
        assert_int_equal(world->cleans, strcmp(functions[i], "prepare") == 0);
    }
    struct journal journal = new_upgrade("1.1.0");
    declines = true;
    expect_refused(&journal, "declined");
    journal = new_upgrade("1.1.0");
    snprintf(journal.values, sizeof journal.values, "nowhere=1\n");
    char why[JOURNAL_WHY_MAX];
    assert_int_equal(machine_run(&machine, &journal, why), MACHINE_INTERRUPTED);
    assert_non_null(strstr(why, "nowhere"));
}

/* ---- Rolled back ----------------------------------------------------------------------------------------------- */

static void expect_rolled_back(struct journal *journal, const char *code) {
    run_to(journal, MACHINE_ROLLED_BACK, code);
    assert_true(fake_all_old(world));
    assert_non_null(strstr(states, "roll-back verify-rollback rolled-back"));
    assert_int_equal(world->cleans, 1);
}

static void rolled_back__by_a_driver_that_fails(void **state) {
    static const char *const functions[] = {"start", "take_over"};
    (void)state;
    for (size_t i = 0; i < 2 * FAKE_SLOTS; i++) {
        struct journal journal = new_upgrade("1.1.0");
        set_fault(functions[i % 2], i / 2, 1);
        expect_rolled_back(&journal, "fake_failed");
        assert_false(world->lost);
        assert_string_equal(journal.failure.output, "what it said");
        assert_int_equal(world->backs, i / 2 == 0 ? 1 : 3);
    }
    struct journal journal = new_upgrade("1.1.0");
    set_fault("start", 0, 1);
    world->fault.times_out = true;
    expect_rolled_back(&journal, "timed_out");
    journal = new_upgrade("1.1.0");
    set_fault("inspect_new", 0, 1000); /* cannot be looked at, until the time is over; later for good */
    journal.settings.timeout_s = 20;
    world->fault.times = 3;
    expect_rolled_back(&journal, "fake_failed");
    journal = new_upgrade("1.1.0");
    set_fault("inspect_new", 0, 2); /* it comes back in time */
    run_to(&journal, MACHINE_DONE, "");
    journal = new_upgrade("1.1.0");
    set_fault("start", 0, 1);
    world->ends_old = true;
    expect_rolled_back(&journal, "fake_failed");
}

/* What is wrong with the new version, and which check finds it. */
static void rolled_back__by_a_new_version_that_is_worse(void **state) {
    (void)state;
#define CASE(member, value, code)                      \
    do {                                               \
        struct journal journal = new_upgrade("1.1.0"); \
        world->next.member = value;                    \
        expect_rolled_back(&journal, code);            \
        assert_int_equal(world->starts, 1);            \
        assert_int_equal(world->backs, 1);             \
        assert_non_null(journal.failure.message);      \
    } while (0)
    CASE(life, FAKE_BROKEN, "instance_broken");
    CASE(life, FAKE_LOADING, "instance_starting");
    CASE(life, FAKE_NONE, "instance_absent");
    CASE(unready, true, "not_ready");
    CASE(unreachable, true, "unreachable");
    CASE(version[2], '2', "version_wrong");
    CASE(wrong, true, "answer_wrong");
    CASE(wrong_for_client, true, "live_differs");
    CASE(answer_s, 0.03, "slower");
    CASE(breaks_with_clients, true, "instance_broken");
    CASE(errors, 0.01, "errors_rose");
    CASE(cpu_s, 0.002, "cpu_rose");
    CASE(p99_s, 0.5, "p99_rose");
    CASE(leak, 1.5e6, "memory_grows");
    CASE(leak, 4e6, "memory_rose");
    CASE(restarts, 1, "restarted");
#undef CASE
}

/* Times that rise everywhere are not the new version's fault. */
static void forward__when_the_machine_gets_slow(void **state) {
    (void)state;
    struct journal journal = new_upgrade("1.1.0");
    machine_gets_slow = true;
    run_to(&journal, MACHINE_DONE, "");
    assert_true(fake_all_new(world) && !world->lost);
    /* With no old one left beside it there is nothing that could excuse it. */
    journal = new_upgrade("1.1.0");
    journal.settings.canary = 0;
    journal.settings.max_unavailable = 3;
    machine_gets_slow = true;
    run_to(&journal, MACHINE_ROLLED_BACK, "p99_rose");
}

/* The words of an instance that broke are in the journal. */
static void rolled_back__with_the_reason_at_hand(void **state) {
    (void)state;
    struct journal journal = new_upgrade("1.1.0");
    world->next.life = FAKE_BROKEN;
    expect_rolled_back(&journal, "instance_broken");
    assert_string_equal(journal.failure.output, "its last words");
    assert_non_null(strstr(journal.failure.message, "exit status 1"));
    /* The time limit is kept. */
    journal = new_upgrade("1.1.0");
    world->next.life = FAKE_LOADING;
    int64_t began_ms = fake_clock.now_ms(NULL);
    expect_rolled_back(&journal, "instance_starting");
    double seconds = (double)(fake_clock.now_ms(NULL) - began_ms) / 1000;
    assert_true(seconds >= 300 && seconds < 302);
    /* What cannot be removed afterwards does not make a healthy service less so. */
    journal = new_upgrade("1.1.0");
    world->next.wrong = true;
    set_fault("clean", FAKE_SLOTS, 1);
    expect_rolled_back(&journal, "answer_wrong");
}

/* ---- Where a person is needed ------------------------------------------------------------------------------------
 */

static void stuck__once_and_tried_again_only_when_asked(void **state) {
    (void)state;
    char why[JOURNAL_WHY_MAX], text[256];
    struct journal journal = new_upgrade("1.1.0");
    journal.settings.max_unavailable = 3;
    journal.settings.canary = 0;
    world->next.errors = 0.5;
    set_fault("go_back", 1, 2);
    run_to(&journal, MACHINE_STUCK, "errors_rose");
    assert_int_equal(world->backs, 3); /* each slot once: the others are back */
    assert_string_equal(journal.why_stuck, "go_back failed");
    assert_true(world->slot[0].old.serving && !world->slot[1].old.serving && world->slot[2].old.serving);
    machine_by_hand(&machine, &journal, text, sizeof text);
    assert_string_equal(text, "restore version=1.0.0");
    journal = load(journal.id);
    run_to(&journal, MACHINE_STUCK, "errors_rose"); /* again, once */
    assert_int_equal(world->backs, 6);
    assert_int_equal(machine_abort(&machine, &journal, why), MACHINE_ROLLED_BACK);
    assert_int_equal(world->backs, 9);
    assert_string_equal(journal.why_stuck, "");
    assert_true(fake_all_old(world));
}

static void stuck__when_the_old_one_is_not_right_after_going_back(void **state) {
    (void)state;
    char why[JOURNAL_WHY_MAX];
    struct journal journal = new_upgrade("1.1.0");
    interrupt_after = 12; /* the canary has the clients */
    assert_int_equal(machine_run(&machine, &journal, why), MACHINE_INTERRUPTED);
    world->slot[0].old.wrong = true;
    interrupt_after = 0;
    assert_int_equal(machine_abort(&machine, &journal, why), MACHINE_STUCK);
    assert_string_equal(journal.failure.code, "aborted");
    assert_non_null(strstr(journal.why_stuck, "wrong"));
}

static void unfinished__when_an_old_one_does_not_end(void **state) {
    (void)state;
    char why[JOURNAL_WHY_MAX];
    struct journal journal = new_upgrade("1.1.0");
    set_fault("retire", 0, 2);
    run_to(&journal, MACHINE_UNFINISHED, "fake_failed");
    assert_int_equal(world->retires, 3); /* the others have ended */
    assert_int_equal(machine_abort(&machine, &journal, why), MACHINE_TOO_LATE);
    run_to(&journal, MACHINE_UNFINISHED, "fake_failed");
    run_to(&journal, MACHINE_DONE, "");
    assert_true(fake_all_new(world) && !world->lost);
    assert_int_equal(world->backs, 0);
}

static void interrupted__stays_where_it_is(void **state) {
    (void)state;
    for (int after = 1; after < 40; after++) {
        char why[JOURNAL_WHY_MAX] = "";
        struct journal journal = new_upgrade("1.1.0");
        interrupt_after = after;
        enum machine_end end = machine_run(&machine, &journal, why);
        if (end == MACHINE_DONE) return;
        assert_int_equal(end, MACHINE_INTERRUPTED);
        assert_non_null(strstr(why, "interrupted"));
        interrupt_after = 0;
        journal = load(journal.id);
        run_to(&journal, MACHINE_DONE, "");
        assert_true(fake_all_new(world) && !world->lost);
    }
    fail_msg("it never ended");
}

/* ---- Killed ---------------------------------------------------------------------------------------------------- */

/* Runs it in a child that kills itself at a moment. False: it was over before. */
static bool killed_at(struct journal *journal, int moment) {
    world->kill_at = moment;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char why[JOURNAL_WHY_MAX];
        _exit((int)machine_run(&machine, journal, why));
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    world->kill_at = 0;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void expect_healthy(const struct journal *journal, enum machine_end end, int moment, const char *how) {
    bool healthy = end == MACHINE_DONE ? fake_all_new(world) : fake_all_old(world);
    bool right = end == MACHINE_DONE || end == MACHINE_ROLLED_BACK || end == MACHINE_REFUSED;
    if (!healthy || !right || world->lost)
        fail_msg("killed at moment %d, %s: end %d in state %s, healthy %d, lost %d (%s; %s)", moment, how, (int)end,
                 state_name(journal->state), healthy, world->lost, journal->failure.message, journal->why_stuck);
}

/* How it ends when it is killed at each moment in turn and then goes on, or goes back. Returns how many there are. */
static int kill_everywhere(bool worse, enum machine_end expected) {
    for (int moment = 1; moment < 1000; moment++) {
        for (int back = 0; back < 2; back++) {
            char why[JOURNAL_WHY_MAX] = "";
            struct journal journal = new_upgrade("1.1.0");
            if (worse) world->next.errors = 0.5;
            if (!killed_at(&journal, moment)) return moment - 1;
            struct journal kept = load(journal.id);
            enum upgrade_state was = kept.state;
            enum machine_end end = back ? machine_abort(&machine, &kept, why) : machine_run(&machine, &kept, why);
            if (end == MACHINE_TOO_LATE) {
                assert_true(was == STATE_COMMIT || was == STATE_DONE);
                end = machine_run(&machine, &kept, why);
            }
            expect_healthy(&kept, end, moment, back ? "aborted" : "resumed");
            if (!back) assert_int_equal(end, expected);
            if (back && was < STATE_COMMIT) assert_int_not_equal(end, MACHINE_DONE);
            enum machine_end again = machine_run(&machine, &kept, why); /* twice does no harm */
            expect_healthy(&kept, again, moment, "again");
            assert_int_equal(again, end);
        }
    }
    fail_msg("it never ended");
    return 0;
}

static void killed__at_every_moment_of_a_good_upgrade(void **state) {
    (void)state;
    int moments = kill_everywhere(false, MACHINE_DONE);
    printf("%d moments forward\n", moments);
    assert_true(moments > 30);
}

static void killed__at_every_moment_of_one_that_goes_back(void **state) {
    (void)state;
    int moments = kill_everywhere(true, MACHINE_ROLLED_BACK);
    printf("%d moments back\n", moments);
    assert_true(moments > 15);
}

/* Killed, resumed, killed at the next moment, and so on: it ends nevertheless. */
static void killed__again_and_again(void **state) {
    (void)state;
    struct journal journal = new_upgrade("1.1.0");
    int kills = 0;
    while (killed_at(&journal, world->moment + 3 + kills / 4) && kills < 200) {
        kills++;
        journal = load(journal.id);
    }
    journal = load(journal.id);
    assert_int_equal(journal.state, STATE_DONE);
    assert_true(fake_all_new(world) && !world->lost && kills > 5);
}

/* ---- A driver's options ------------------------------------------------------------------------------------------
 */

static void values__checked_and_filled(void **state) {
    (void)state;
    char lines[JOURNAL_VALUES_MAX] = "", why[256] = "";
    struct driver_values values;
    assert_true(drivers_values(&fake_driver, lines, &values, why, sizeof why));
    assert_string_equal(values.value[0], "here");
    assert_true(drivers_add_value(&fake_driver, lines, "place=there", why, sizeof why));
    assert_true(drivers_values(&fake_driver, lines, &values, why, sizeof why));
    assert_string_equal(values.value[0], "there");
    static const char *const wrong[] = {"place=-x", "place",   "place=",    "=x",
                                        "",         "other=1", "place=a b", "place=a\nb=c"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (drivers_add_value(&fake_driver, lines, wrong[i], why, sizeof why)) fail_msg("'%s' is taken", wrong[i]);
        assert_string_equal(lines, "place=there\n");
    }
    assert_false(drivers_values(&fake_driver, "place=a\nother=b\n", &values, why, sizeof why));
    assert_non_null(strstr(why, "other"));
    static const struct upgrade_option needed[] = {{"image", UPGRADE_OPTION_IMAGE, NULL, "what runs"}, {0}};
    const struct upgrade_driver strict = {.name = "strict", .options = needed};
    assert_false(drivers_values(&strict, "", &values, why, sizeof why));
    assert_non_null(strstr(why, "--with image="));
    assert_null(drivers_find("no such driver"));
}

/* ---- Folders --------------------------------------------------------------------------------------------------- */

static void remove_tree(const char *path) {
    DIR *directory = opendir(path);
    if (directory == NULL) return;
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        char below[600];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (remove(below) != 0) remove_tree(below);
    }
    closedir(directory);
    (void)rmdir(path);
}

static int make_folder(void **state) {
    (void)state;
    /* Memory where there is some: the journal is synced a thousand times. */
    snprintf(folder, sizeof folder, "/dev/shm/kzg-machine-XXXXXX");
    if (mkdtemp(folder) != NULL) return 0;
    snprintf(folder, sizeof folder, "/tmp/kzg-machine-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    remove_tree(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward__canary_first_then_by_twos),
        cmocka_unit_test(forward__without_a_canary_all_at_once),
        cmocka_unit_test(forward__undoing_another),
        cmocka_unit_test(refused__by_version),
        cmocka_unit_test(refused__by_checks),
        cmocka_unit_test(refused__by_failures_and_by_a_person),
        cmocka_unit_test(rolled_back__by_a_driver_that_fails),
        cmocka_unit_test(rolled_back__by_a_new_version_that_is_worse),
        cmocka_unit_test(forward__when_the_machine_gets_slow),
        cmocka_unit_test(rolled_back__with_the_reason_at_hand),
        cmocka_unit_test(stuck__once_and_tried_again_only_when_asked),
        cmocka_unit_test(stuck__when_the_old_one_is_not_right_after_going_back),
        cmocka_unit_test(unfinished__when_an_old_one_does_not_end),
        cmocka_unit_test(interrupted__stays_where_it_is),
        cmocka_unit_test(killed__at_every_moment_of_a_good_upgrade),
        cmocka_unit_test(killed__at_every_moment_of_one_that_goes_back),
        cmocka_unit_test(killed__again_and_again),
        cmocka_unit_test(values__checked_and_filled),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
