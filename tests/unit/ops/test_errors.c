/* libkzgops: the error tracker, on a clock that the test moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <json-c/json.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kzgops/errors.h"

#define SECOND ((int64_t)1000000000)
#define WALL   (1700000000 * SECOND) /* 2023-11-14T22:13:20Z */

static _Atomic int64_t fake_ns;

static int64_t fake_monotonic(void *user) {
    (void)user;
    return atomic_load(&fake_ns);
}

static int64_t fake_realtime(void *user) {
    (void)user;
    return WALL + atomic_load(&fake_ns);
}

static const kzgops_sources fake = {.clock = {.monotonic_ns = fake_monotonic, .realtime_ns = fake_realtime}};

static atomic_int spikes;
static kzgops_errors_spike last_spike;

static void on_spike(void *user, const kzgops_errors_spike *spike) {
    assert_ptr_equal(user, &spikes);
    last_spike = *spike;
    atomic_fetch_add(&spikes, 1);
}

static kzgops_errors *tracker(size_t groups) {
    const char *error = NULL;
    kzgops_errors_config config = {.groups = groups, .spiked = on_spike, .user = &spikes, .sources = &fake};
    atomic_store(&fake_ns, 0);
    atomic_store(&spikes, 0);
    kzgops_errors *errors = kzgops_errors_new(&config, &error);
    assert_null(error);
    assert_non_null(errors);
    return errors;
}

static void advance(double seconds) {
    atomic_fetch_add(&fake_ns, (int64_t)(seconds * 1e9));
}

static void repeat(kzgops_errors *errors, int n) {
    for (int i = 0; i < n; i++) assert_true(kzgops_errors_record(errors, "code", "place", "message", "req"));
}

static kzgops_errors_group one_group(kzgops_errors *errors) {
    kzgops_errors_group group;
    kzgops_errors_snapshot snapshot;
    kzgops_errors_report(errors, &group, 1, &snapshot);
    assert_int_equal(snapshot.group_total, 1);
    return group;
}

static void groups__are_told_apart_by_code_and_place(void **state) {
    (void)state;
    kzgops_errors *errors = tracker(8);
    kzgops_errors_group groups[8];
    kzgops_errors_snapshot snapshot;
    kzgops_errors_record(errors, "a", "b", "first", "r1");
    advance(1);
    kzgops_errors_record(errors, "a", "b", "second", "r2");
    kzgops_errors_record(errors, "ab", "", NULL, NULL);
    kzgops_errors_record(errors, "a", "c", "x", NULL);
    kzgops_errors_record(errors, "b", "a", "x", NULL);
    kzgops_errors_report(errors, groups, 8, &snapshot);
    assert_int_equal(snapshot.group_count, 4);
    assert_int_equal(snapshot.count, 5);
    assert_int_equal(groups[0].count, 2);
    assert_string_equal(groups[0].code, "a");
    assert_string_equal(groups[0].place, "b");
    assert_string_equal(groups[0].message, "second");
    assert_string_equal(groups[0].request_id, "r2");
    assert_int_equal(groups[0].first_ns, WALL);
    assert_int_equal(groups[0].last_ns, WALL + SECOND);
    for (int i = 1; i < 4; i++) assert_true(groups[i].count == 1 && groups[i].fingerprint != groups[0].fingerprint);
    kzgops_errors_free(errors);
}

static void texts__are_cut_and_stay_one_group(void **state) {
    (void)state;
    char code[200], message[1000];
    memset(code, 'c', sizeof code);
    memset(message, 'm', sizeof message);
    code[sizeof code - 1] = message[sizeof message - 1] = '\0';
    kzgops_errors *errors = tracker(8);
    kzgops_errors_record(errors, code, code, message, message);
    code[150] = 'd';
    kzgops_errors_record(errors, code, code, message, message);
    kzgops_errors_group group = one_group(errors);
    assert_int_equal(group.count, 2);
    assert_int_equal(strlen(group.code), KZGOPS_ERRORS_CODE_MAX - 1);
    assert_int_equal(strlen(group.message), KZGOPS_ERRORS_MESSAGE_MAX - 1);
    kzgops_errors_free(errors);
}

static void table__is_bounded_and_counts_what_it_cannot_hold(void **state) {
    (void)state;
    kzgops_errors *errors = tracker(5);
    kzgops_errors_group groups[8];
    kzgops_errors_snapshot snapshot;
    char place[16];
    for (int i = 0; i < 20; i++) {
        snprintf(place, sizeof place, "place-%d", i);
        assert_int_equal(kzgops_errors_record(errors, "code", place, NULL, NULL), i < 5);
    }
    assert_true(kzgops_errors_record(errors, "code", "place-4", NULL, NULL));
    kzgops_errors_report(errors, groups, 2, &snapshot);
    assert_int_equal(snapshot.group_total, 5);
    assert_int_equal(snapshot.group_count, 2);
    assert_int_equal(snapshot.overflow, 15);
    assert_int_equal(snapshot.count, 21);
    assert_string_equal(groups[0].place,
                        "place-4"); /* the most frequent ones are kept of a report that is too small */
    kzgops_errors_report(errors, NULL, 0, &snapshot);
    assert_int_equal(snapshot.group_count, 0);
    assert_int_equal(snapshot.group_total, 5);
    kzgops_errors_free(errors);
}

static void expect_windows(kzgops_errors *errors, uint64_t minute, uint64_t ten, uint64_t hour) {
    kzgops_errors_group group = one_group(errors);
    assert_int_equal(group.rate[KZGOPS_ERRORS_MINUTE].count, minute);
    assert_int_equal(group.rate[KZGOPS_ERRORS_TEN_MINUTES].count, ten);
    assert_int_equal(group.rate[KZGOPS_ERRORS_HOUR].count, hour);
}

static void windows__forget_after_their_length(void **state) {
    (void)state;
    kzgops_errors *errors = tracker(8);
    repeat(errors, 6);
    expect_windows(errors, 6, 6, 6);
    advance(59);
    expect_windows(errors, 6, 6, 6);
    repeat(errors, 1);
    advance(1);
    expect_windows(errors, 1, 7, 7);
    advance(59);
    expect_windows(errors, 0, 7, 7);
    advance(600);
    expect_windows(errors, 0, 0, 7);
    advance(3600);
    expect_windows(errors, 0, 0, 0);
    assert_int_equal(one_group(errors).count, 7);
    advance(1e6);
    repeat(errors, 2);
    expect_windows(errors, 2, 2, 2);
    kzgops_errors_free(errors);
}

/* Against a list of all times, which is what the windows stand for. */
static void windows__agree_with_a_list_of_times(void **state) {
    (void)state;
    static const int64_t width[] = {1, 10, 60};
    static int64_t times[3000];
    const char *given = getenv("KZG_SEED");
    unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    print_message("seed %u\n", seed);
    kzgops_errors *errors = tracker(8);
    for (size_t n = 0; n < 3000; n++) {
        advance(rand_r(&seed) % 50 == 0 ? rand_r(&seed) % 500 : (rand_r(&seed) % 1000) / 200.0);
        repeat(errors, 1);
        times[n] = atomic_load(&fake_ns) / SECOND;
        uint64_t want[3] = {0};
        for (size_t k = 0; k <= n; k++) {
            for (int w = 0; w < 3; w++) want[w] += times[n] / width[w] - times[k] / width[w] < 60;
        }
        expect_windows(errors, want[0], want[1], want[2]);
    }
    kzgops_errors_free(errors);
}

static void rates__are_over_the_age_while_it_is_short(void **state) {
    (void)state;
    kzgops_errors *errors = tracker(8);
    advance(10);
    repeat(errors, 5);
    assert_true(one_group(errors).rate[KZGOPS_ERRORS_MINUTE].per_second == 0.5);
    assert_true(one_group(errors).rate[KZGOPS_ERRORS_HOUR].per_second == 0.5);
    advance(40);
    assert_true(one_group(errors).rate[KZGOPS_ERRORS_MINUTE].per_second == 0.1);
    kzgops_errors_free(errors);
}

static void frequency__goes_through_its_classes(void **state) {
    (void)state;
    kzgops_errors *errors = tracker(8);
    repeat(errors, 1);
    assert_int_equal(one_group(errors).frequency, KZGOPS_ERRORS_ONCE);
    repeat(errors, 1);
    assert_int_equal(one_group(errors).frequency, KZGOPS_ERRORS_RARE);
    repeat(errors, 8);
    assert_int_equal(one_group(errors).frequency, KZGOPS_ERRORS_FREQUENT);
    repeat(errors, 50);
    assert_int_equal(one_group(errors).frequency, KZGOPS_ERRORS_CONSTANT);
    advance(61);
    assert_int_equal(one_group(errors).frequency, KZGOPS_ERRORS_FREQUENT);
    advance(600);
    assert_int_equal(one_group(errors).frequency, KZGOPS_ERRORS_RARE);
    advance(3600);
    assert_int_equal(one_group(errors).frequency, KZGOPS_ERRORS_QUIET);
    kzgops_errors_free(errors);
}

static void spike__is_told_once_with_its_figures(void **state) {
    (void)state;
    kzgops_errors *errors = tracker(8);
    repeat(errors, 9);
    assert_int_equal(spikes, 0);
    repeat(errors, 1);
    assert_int_equal(spikes, 1);
    assert_int_equal(last_spike.sequence, 1);
    assert_int_equal(last_spike.last_minute, 10);
    assert_int_equal(last_spike.threshold, 10);
    assert_string_equal(last_spike.code, "code");
    assert_string_equal(last_spike.place, "place");
    assert_string_equal(last_spike.request_id, "req");
    assert_true(last_spike.fingerprint == one_group(errors).fingerprint);
    assert_true(one_group(errors).spiking);
    repeat(errors, 1000);
    assert_int_equal(spikes, 1);
    kzgops_errors_free(errors);
}

static void spike__that_trembles_around_its_threshold_is_one(void **state) {
    (void)state;
    kzgops_errors *errors = tracker(8);
    repeat(errors, 10);
    for (int i = 0; i < 40; i++) { /* between 5, just before, and 12 a minute */
        advance(30);
        repeat(errors, i % 2 ? 7 : 5);
    }
    assert_int_equal(spikes, 1);
    assert_true(one_group(errors).spiking);
    kzgops_errors_free(errors);
}

static void spike__ends_and_another_is_told_only_above_what_is_usual(void **state) {
    (void)state;
    kzgops_errors *errors = tracker(8);
    repeat(errors, 10);
    advance(120);
    assert_false(one_group(errors).spiking); /* the report alone notices the end */
    for (int i = 0; i < 60; i++) {           /* four a minute is now usual: 20 are needed */
        advance(60);
        repeat(errors, 4);
    }
    assert_int_equal(spikes, 1);
    advance(60);
    repeat(errors, 19);
    assert_int_equal(spikes, 1);
    repeat(errors, 1);
    assert_int_equal(spikes, 2);
    assert_true(last_spike.usual > 3.5 && last_spike.usual < 4.5);
    assert_int_equal(one_group(errors).spikes, 2);
    kzgops_errors_free(errors);
}

static void config__out_of_range_is_refused_with_the_reason(void **state) {
    (void)state;
    const char *error = NULL;
    assert_null(kzgops_errors_new(&(kzgops_errors_config){.groups = KZGOPS_ERRORS_GROUPS_MAX + 1}, &error));
    assert_string_equal(error, "too many groups of errors");
    assert_null(kzgops_errors_new(&(kzgops_errors_config){.spike_factor = 1}, &error));
    assert_null(kzgops_errors_new(&(kzgops_errors_config){.spike_factor = -3}, NULL));
    assert_null(kzgops_errors_new(&(kzgops_errors_config){.spike_at_least = (uint64_t)1 << 33}, &error));
    assert_null(kzgops_errors_free(NULL));
}

static void *no_memory(void *user, size_t bytes) {
    (void)user;
    (void)bytes;
    return NULL;
}

static void memory__that_is_not_there_is_told(void **state) {
    (void)state;
    const char *error = NULL;
    kzgops_sources poor = {.allocator = {.alloc = no_memory}};
    assert_null(kzgops_errors_new(&(kzgops_errors_config){.sources = &poor}, &error));
    assert_string_equal(error, "no memory for the error tracker");
}

static void reports__hold_what_was_recorded(void **state) {
    (void)state;
    static char out[8192], cut[50];
    kzgops_errors *errors = tracker(8);
    kzgops_errors_group groups[8];
    kzgops_errors_snapshot snapshot;
    kzgops_errors_record(errors, "bad_point", "decode.c:12", "line one\nts=forged \"q\" \xff", "req\x1b[1m");
    kzgops_errors_report(errors, groups, 8, &snapshot);
    size_t length = kzgops_errors_report_text(&snapshot, out, sizeof out);
    assert_int_equal(length, strlen(out));
    assert_non_null(strstr(out, "1 errors in 1 groups (of at most 8), 0 spiking, 0 spikes so far\n"));
    assert_non_null(strstr(out, "bad_point at decode.c:12: 1 (once), 1 in 1 min, 1 in 10 min, 1 in 1 h\n"));
    assert_non_null(strstr(out, "first 2023-11-14T22:13:20Z, last 2023-11-14T22:13:20Z, request req\\x1b[1m\n"));
    assert_non_null(strstr(out, "line one\\x0ats=forged"));
    assert_int_equal(kzgops_errors_report_text(&snapshot, cut, sizeof cut), length);
    assert_int_equal(strlen(cut), sizeof cut - 1);
    kzgops_errors_report_json(&snapshot, out, sizeof out);
    struct json_object *root = json_tokener_parse(out), *group, *value;
    assert_non_null(root);
    assert_true(json_object_object_get_ex(root, "groups", &value));
    group = json_object_array_get_idx(value, 0);
    assert_true(json_object_object_get_ex(group, "sample", &value));
    assert_true(json_object_object_get_ex(value, "message", &value));
    assert_string_equal(json_object_get_string(value), "line one\nts=forged \"q\" \xef\xbf\xbd");
    assert_true(json_object_object_get_ex(group, "windows", &value));
    assert_true(json_object_object_get_ex(value, "1h", &value));
    assert_true(json_object_object_get_ex(value, "count", &value));
    assert_int_equal(json_object_get_int(value), 1);
    json_object_put(root);
    kzgops_errors_free(errors);
}

struct hammer {
    kzgops_errors *errors;
    int rounds, places;
    unsigned first;
};

static void *hammer_main(void *arg) {
    struct hammer *h = arg;
    char place[16];
    for (int i = 0; i < h->rounds; i++) {
        snprintf(place, sizeof place, "p%u", h->first + (unsigned)(i % h->places));
        kzgops_errors_record(h->errors, "code", place, "message", "req");
    }
    return NULL;
}

static void threads__lose_no_error_and_make_no_group_twice(void **state) {
    (void)state;
    kzgops_errors *errors = tracker(16);
    kzgops_errors_group groups[16];
    kzgops_errors_snapshot snapshot;
    struct hammer h = {errors, 6000, 24, 0};
    pthread_t thread[4];
    for (int i = 0; i < 4; i++) pthread_create(&thread[i], NULL, hammer_main, &h);
    for (int i = 0; i < 50; i++) {
        kzgops_errors_report(errors, groups, 16, &snapshot);
        assert_true(snapshot.count <= 24000 && snapshot.group_total <= 16);
    }
    for (int i = 0; i < 4; i++) pthread_join(thread[i], NULL);
    kzgops_errors_report(errors, groups, 16, &snapshot);
    assert_int_equal(snapshot.count, 24000);
    assert_int_equal(snapshot.group_total, 16);
    assert_int_equal(snapshot.overflow, 8 * 1000);
    for (int i = 0; i < 16; i++) {
        assert_int_equal(groups[i].count, 1000);
        for (int k = 0; k < i; k++) assert_string_not_equal(groups[i].place, groups[k].place);
    }
    assert_int_equal(spikes, 16);
    kzgops_errors_free(errors);
}

/* Prints, never asserts: the header states what was seen. The place's snprintf is left out of it. */
static void *bench_main(void *arg) {
    struct hammer *h = arg;
    const char *place = h->first == 0 ? "src/service/decode.c:120" : "src/service/decode.c:240";
    for (int i = 0; i < h->rounds; i++)
        kzgops_errors_record(h->errors, "bad_point", place, "not on curve", "req-123");
    return NULL;
}

static double bench(int threads, bool same) {
    kzgops_errors *errors = kzgops_errors_new(NULL, NULL);
    struct hammer h[2] = {{errors, 200000, 1, 0}, {errors, 200000, 1, same ? 0 : 1}};
    pthread_t thread[2];
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (int i = 0; i < threads; i++) pthread_create(&thread[i], NULL, bench_main, &h[i]);
    for (int i = 0; i < threads; i++) pthread_join(thread[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &b);
    kzgops_errors_free(errors);
    return ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / 200000;
}

static void bench__of_recording(void **state) {
    (void)state;
    print_message("record: %.0f ns; two threads, other errors: %.0f ns, the same: %.0f ns\n", bench(1, true),
                  bench(2, false), bench(2, true));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups__are_told_apart_by_code_and_place),
        cmocka_unit_test(texts__are_cut_and_stay_one_group),
        cmocka_unit_test(table__is_bounded_and_counts_what_it_cannot_hold),
        cmocka_unit_test(windows__forget_after_their_length),
        cmocka_unit_test(windows__agree_with_a_list_of_times),
        cmocka_unit_test(rates__are_over_the_age_while_it_is_short),
        cmocka_unit_test(frequency__goes_through_its_classes),
        cmocka_unit_test(spike__is_told_once_with_its_figures),
        cmocka_unit_test(spike__that_trembles_around_its_threshold_is_one),
        cmocka_unit_test(spike__ends_and_another_is_told_only_above_what_is_usual),
        cmocka_unit_test(config__out_of_range_is_refused_with_the_reason),
        cmocka_unit_test(memory__that_is_not_there_is_told),
        cmocka_unit_test(reports__hold_what_was_recorded),
        cmocka_unit_test(threads__lose_no_error_and_make_no_group_twice),
        cmocka_unit_test(bench__of_recording),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
