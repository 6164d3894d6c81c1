/* Profiles, room by room: who may take one, when the daemon takes one of itself and what it leaves, what the
 * captures' folder shows, and how fast operations should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/captures_list.h"
#include "service/cost.h"
#include "service/cpu_capture.h"
#include "service/leak.h"
#include "service/monitor.h"
#include "service/objective.h"
#include "service/pressure.h"
#include "service/profiling.h"
#include "service/service.h"

static struct service service;
static char folder[] = "/tmp/kzgd-profiles-XXXXXX";

static int set_up(void **state) {
    static char name[] = "kzgd";
    char *arguments[] = {name, NULL};
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(config_read(&service.config, 1, arguments), CONFIG_RUN);
    assert_true(memory_begin(8));
    service.worker_count = 1;
    service.limits = (struct wire_limits){128, 8192};
    assert_true(service_metrics_new(&service));
    service.profile = service_profile_new(&service);
    service.cost = cost_new();
    service.leak = leak_new(&service);
    service.pressure = pressure_new(&service);
    service.monitor = monitor_new(&service);
    service.queue = queue_new(4, 1, 1000000);
    service.captures = captures_new(folder);
    assert_true(service.profile != NULL && service.cost != NULL && service.leak != NULL && service.pressure != NULL);
    assert_true(service.monitor != NULL && service.queue != NULL && service.captures != NULL);
    atomic_store(&service.phase, PHASE_READY);
    return 0;
}

static void empty_folder(void) {
    static struct captures_view view;
    char path[CAPTURES_PATH_MAX + CAPTURES_NAME_MAX + 2];
    captures_view_read(service.captures, &view);
    for (size_t i = 0; i < view.count; i++) {
        snprintf(path, sizeof path, "%s/%s", captures_folder(service.captures), view.entry[i].name);
        assert_int_equal(unlink(path), 0);
    }
}

static int tear_down(void **state) {
    (void)state;
    empty_folder();
    assert_int_equal(rmdir(captures_folder(service.captures)), 0);
    assert_int_equal(rmdir(folder), 0);
    service.captures = captures_free(service.captures);
    service.queue = queue_free(service.queue);
    service.monitor = monitor_free(service.monitor);
    service.pressure = pressure_free(service.pressure);
    service.leak = leak_free(service.leak);
    service.cost = cost_free(service.cost);
    service.profile = kzgops_profile_free(service.profile);
    service_metrics_free(&service);
    memory_end();
    return 0;
}

/* ---- Objectives ------------------------------------------------------------------------------------------------ */

static void objective__is_four_times_the_cost_at_a_usual_size(void **state) {
    (void)state;
    for (int i = 0; i < WIRE_OPERATIONS; i++) {
        wire_operation_id id = (wire_operation_id)i;
        int64_t wanted = 4 * cost_ns(service.cost, id, objective_items(id));
        assert_int_equal(objective_ns(&service, id), wanted > 10000000 ? wanted : 10000000);
    }
    assert_int_equal(objective_items(OP_COMPUTE_CELLS), 1);
    assert_int_equal(objective_items(OP_VERIFY_BLOB_KZG_PROOF_BATCH), 6);
    assert_int_equal(objective_items(OP_VERIFY_CELL_KZG_PROOF_BATCH), 128);
    assert_int_equal(objective_items(OP_RECOVER_CELLS_AND_KZG_PROOFS), 128);
    assert_int_equal(objective_ns(&service, OP_COMPUTE_CHALLENGE), 10000000); /* far below: the scheduler's share */
    assert_true(objective_ns(&service, OP_COMPUTE_CELLS_AND_KZG_PROOFS) > 10000000);
}

static void objective__is_what_the_option_says(void **state) {
    (void)state;
    service.config.objective_ms = 3;
    assert_int_equal(objective_ns(&service, OP_COMPUTE_CHALLENGE), 3000000);
    assert_int_equal(objective_ns(&service, OP_COMPUTE_CELLS_AND_KZG_PROOFS), 3000000);
    service.config.objective_ms = CONFIG_AUTO;
}

/* ---- When ------------------------------------------------------------------------------------------------------ */

static void capture__comes_once_in_five_minutes_for_each_trigger(void **state) {
    struct cpu_capture_times times = {0};
    const int64_t at = 1000;
    (void)state;
    assert_true(cpu_capture_due(&times, CPU_TRIGGER_OBJECTIVE, at));
    times.last_ns[CPU_TRIGGER_OBJECTIVE] = at;
    assert_false(cpu_capture_due(&times, CPU_TRIGGER_OBJECTIVE, at + 1));
    assert_false(cpu_capture_due(&times, CPU_TRIGGER_OBJECTIVE, at + CPU_CAPTURE_PAUSE_NS - 1));
    assert_true(cpu_capture_due(&times, CPU_TRIGGER_OBJECTIVE, at + CPU_CAPTURE_PAUSE_NS));
    assert_true(cpu_capture_due(&times, CPU_TRIGGER_WATCHDOG, at + 1));
}

static void capture__needs_more_than_one_slow_operation(void **state) {
    (void)state;
    assert_true(cpu_capture_over(20, 5, 11, 10));
    assert_false(cpu_capture_over(20, 5, 10, 10));
    assert_false(cpu_capture_over(19, 5, 1000, 10)); /* one of them was slow, perhaps */
    assert_true(cpu_capture_over(5, 11, 12, 10));    /* most of them were */
    assert_false(cpu_capture_over(4, 11, 12, 10));
    assert_false(cpu_capture_over(0, 0, 0, 10));
}

static void claim__is_one_holders(void **state) {
    const char *holder = NULL;
    (void)state;
    assert_true(profiling_claim("the first", &holder));
    assert_false(profiling_claim("the second", &holder));
    assert_string_equal(holder, "the first");
    assert_false(profiling_claim("the second", NULL));
    profiling_release();
    assert_true(profiling_claim("the second", NULL));
    profiling_release();
}

static void claim__of_kzgds_own_makes_way(void **state) {
    const char *holder = NULL;
    (void)state;
    assert_true(profiling_claim_own());
    assert_true(profiling_is_own());
    assert_false(profiling_claim_own());
    assert_false(profiling_asked());
    assert_false(profiling_claim("somebody", &holder));
    assert_true(profiling_asked());
    profiling_release();
    assert_true(profiling_claim_own()); /* the next one was not asked yet */
    assert_false(profiling_asked());
    profiling_release();
    assert_true(profiling_claim("somebody", NULL));
    assert_false(profiling_is_own());
    assert_false(profiling_claim_after_own("another", &holder)); /* only the daemon's makes way */
    assert_string_equal(holder, "somebody");
    profiling_release();
}

/* ---- What is left ---------------------------------------------------------------------------------------------- */

static void wait_taken(void) {
    while (profiling_is_own()) sched_yield();
}

static uint64_t captured(uint32_t trigger) {
    return (uint64_t)kzgops_counter_value(service.metrics, METRIC_PROFILES, KZGOPS_AT(trigger));
}

static void check_entry(const struct capture_entry *entry, const char *ending, enum capture_kind kind) {
    assert_string_equal(entry->trigger, "watchdog");
    assert_string_equal(entry->why, "worker 3 is \"stuck\" \\ here");
    assert_int_equal(entry->kind, kind);
    assert_non_null(strstr(entry->name, ending));
    assert_true(entry->bytes > 0);
    assert_int_equal(strlen(entry->time), strlen("2026-11-27T05:46:10.123Z"));
}

static void capture__leaves_a_profile_and_says_why(void **state) {
    static struct captures_view view;
    const struct capture_entry *entry;
    void *data;
    size_t size;
    (void)state;
    struct cpu_capture *capture = cpu_capture_new(&service);
    assert_non_null(capture);
    cpu_capture_ask(capture, CPU_TRIGGER_WATCHDOG, "not started: nothing happens");
    assert_true(cpu_capture_start(capture));
    cpu_capture_ask(capture, CPU_TRIGGER_WATCHDOG, "worker 3 is \"stuck\" \\ here");
    assert_true(profiling_is_own()); /* it is at it */
    cpu_capture_ask(capture, CPU_TRIGGER_OBJECTIVE, "while another is taken: nothing happens");
    wait_taken();
    cpu_capture_ask(capture, CPU_TRIGGER_WATCHDOG, "a second one so soon: nothing happens");
    wait_taken();
    cpu_capture_stop(capture); /* waits for the thread */
    captures_view_read(service.captures, &view);
    assert_int_equal(view.count, 2);
    check_entry(&view.entry[0], ".json", CAPTURE_REPORT);
    check_entry(&view.entry[1], ".cpu.pb.gz", CAPTURE_CPU);
    assert_true(captures_view_open(service.captures, &view, view.entry[1].name, &entry, &data, &size));
    assert_true(size > 2 && memcmp(data, "\x1f\x8b", 2) == 0);
    free(data);
    assert_int_equal(captured(AT_TRIGGER_WATCHDOG), 1);
    assert_int_equal(captured(AT_TRIGGER_OBJECTIVE), 0);
    assert_null(cpu_capture_free(capture));
    empty_folder();
}

static double seconds_told(const struct captures_view *view) {
    const struct capture_entry *entry;
    void *report;
    size_t size;
    assert_true(captures_view_open(service.captures, view, view->entry[0].name, &entry, &report, &size));
    const char *found = strstr(report, "\"seconds\":");
    assert_non_null(found);
    double seconds = strtod(found + strlen("\"seconds\":"), NULL);
    free(report);
    return seconds;
}

static void capture__makes_way_for_who_asks(void **state) {
    static struct captures_view view;
    (void)state;
    struct cpu_capture *capture = cpu_capture_new(&service);
    assert_true(cpu_capture_start(capture));
    cpu_capture_ask(capture, CPU_TRIGGER_CPU_PRESSURE, "pressure");
    assert_true(profiling_claim_after_own("somebody", NULL));
    profiling_release();
    cpu_capture_stop(capture);
    captures_view_read(service.captures, &view);
    assert_int_equal(view.count, 2); /* what there was of it */
    assert_true(seconds_told(&view) < CPU_CAPTURE_SECONDS);
    assert_null(cpu_capture_free(capture));
    empty_folder();
}

static void capture__ends_early_when_it_is_stopped(void **state) {
    static struct captures_view view;
    (void)state;
    struct cpu_capture *capture = cpu_capture_new(&service);
    assert_true(cpu_capture_start(capture));
    cpu_capture_ask(capture, CPU_TRIGGER_CPU_PRESSURE, "pressure");
    cpu_capture_stop(capture);
    captures_view_read(service.captures, &view);
    assert_int_equal(view.count, 2); /* what there was of it */
    assert_true(seconds_told(&view) < CPU_CAPTURE_SECONDS);
    assert_true(profiling_claim("the test", NULL));
    profiling_release();
    assert_null(cpu_capture_free(capture));
    assert_null(cpu_capture_free(NULL));
    empty_folder();
}

/* ---- What is shown --------------------------------------------------------------------------------------------- */

static void plant(const char *name, const char *content) {
    char path[CAPTURES_PATH_MAX + CAPTURES_NAME_MAX + 2];
    snprintf(path, sizeof path, "%s/%s", captures_folder(service.captures), name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void remove_file(const char *name) {
    char path[CAPTURES_PATH_MAX + CAPTURES_NAME_MAX + 2];
    snprintf(path, sizeof path, "%s/%s", captures_folder(service.captures), name);
    assert_int_equal(unlink(path), 0);
}

static void view__shows_captures_and_nothing_else(void **state) {
    static const char *const foreign[] = {"secret",
                                          "20261127T054610.123Z-objective",
                                          "20261127T054610.123Z-objective.heap.part",
                                          "20261127T054610.123Z-Objective.json",
                                          "20261127T054610.123-objective.json",
                                          "2026112xT054610.123Z-objective.json",
                                          "x20261127T054610.123Z-objective.json",
                                          "20261127T054610.123Z-.json",
                                          "20261127T054610.123Z-objective.json.json",
                                          "20261127T054610.123Z-a_trigger_that_is_longer_than_they_are.json"};
    static struct captures_view view;
    const struct capture_entry *entry;
    char target[CAPTURES_PATH_MAX + 64], link[CAPTURES_PATH_MAX + 64];
    void *data;
    size_t size;
    (void)state;
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) plant(foreign[i], "x");
    plant("20261127T054610.123Z-objective.json", "{\"trigger\":\"objective\",\"reason\":\"too slow\"}");
    plant("20261127T054610.123Z-objective.cpu.pb.gz", "xy");
    plant("20261127T054710.000Z-memory_high.heap", "xyz");
    snprintf(target, sizeof target, "%s/secret", captures_folder(service.captures));
    snprintf(link, sizeof link, "%s/20261127T054810.000Z-watchdog.json", captures_folder(service.captures));
    assert_int_equal(symlink(target, link), 0);
    captures_view_read(service.captures, &view);
    assert_int_equal(view.count, 3);
    assert_string_equal(view.entry[0].name, "20261127T054710.000Z-memory_high.heap");
    assert_string_equal(view.entry[0].why, "");
    assert_int_equal(view.entry[0].kind, CAPTURE_HEAP);
    assert_string_equal(view.entry[1].time, "2026-11-27T05:46:10.123Z");
    assert_string_equal(view.entry[2].why, "too slow");
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        assert_false(captures_view_open(service.captures, &view, foreign[i], &entry, &data, &size));
        remove_file(foreign[i]);
    }
    assert_false(
        captures_view_open(service.captures, &view, "20261127T054810.000Z-watchdog.json", &entry, &data, &size));
    assert_false(captures_view_open(service.captures, &view, "../secret", &entry, &data, &size));
    assert_false(captures_view_open(service.captures, &view, "", &entry, &data, &size));
    assert_true(captures_view_open(service.captures, &view, view.entry[0].name, &entry, &data, &size));
    assert_int_equal(size, 3);
    assert_memory_equal(data, "xyz", 3);
    free(data);
    assert_int_equal(unlink(link), 0);
    empty_folder();
}

static void view__is_written_whole_or_as_long_as_there_is_room(void **state) {
    static struct captures_view view;
    static char whole[4096], part[4096];
    size_t (*const writers[])(const struct captures_view *, char *, size_t) = {captures_view_text,
                                                                               captures_view_json};
    (void)state;
    plant("20261127T054610.123Z-objective.json", "{\"reason\":\"a \\\"b\\\"\"}");
    captures_view_read(service.captures, &view);
    for (size_t i = 0; i < 2; i++) {
        size_t length = writers[i](&view, whole, sizeof whole);
        assert_int_equal(length, strlen(whole));
        for (size_t size = 0; size <= length; size++) {
            assert_int_equal(writers[i](&view, part, size), length);
            if (size > 0) assert_memory_equal(part, whole, size - 1);
        }
    }
    assert_non_null(strstr(whole, "\"why\":\"a \\\"b\\\"\""));
    empty_folder();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objective__is_four_times_the_cost_at_a_usual_size),
        cmocka_unit_test(objective__is_what_the_option_says),
        cmocka_unit_test(capture__comes_once_in_five_minutes_for_each_trigger),
        cmocka_unit_test(capture__needs_more_than_one_slow_operation),
        cmocka_unit_test(claim__is_one_holders),
        cmocka_unit_test(claim__of_kzgds_own_makes_way),
        cmocka_unit_test(capture__leaves_a_profile_and_says_why),
        cmocka_unit_test(capture__makes_way_for_who_asks),
        cmocka_unit_test(capture__ends_early_when_it_is_stopped),
        cmocka_unit_test(view__shows_captures_and_nothing_else),
        cmocka_unit_test(view__is_written_whole_or_as_long_as_there_is_room),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
