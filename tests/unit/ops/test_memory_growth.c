/* libkzgops: which tag is suspected of leaking, on histories that the test makes up, second by second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "kzgops/memory.h"
#include "kzgops/memory_growth.h"
#include "support/random.h"

#define MIB  1048576.0
#define HOUR 3600

enum { TABLES, REQUEST, LOG, TAGS };
static const char *const tags[TAGS] = {"tables", "request", "log"};
enum { MINUTE_WINDOW, TEN_MINUTES_WINDOW, HOUR_WINDOW, WINDOWS };

static uint64_t seed;
static int64_t now_ns;

static int64_t fake_clock(void *user) {
    (void)user;
    return now_ns;
}

static const kzgops_sources fake = {.clock = {.monotonic_ns = fake_clock}};

static double uniform(uint64_t *state) {
    return (double)(random_next(state) >> 11) * 0x1p-53;
}

/* A service as the test describes it: what a second does, and what is live then. */
struct service {
    kzgops_growth *growth;
    int second;
    double operations;
    uint64_t random;
    double (*rate)(const struct service *service); /* operations in this second */
    double in_flight;                              /* bytes of requests by operation a second */
    double leak;                                   /* bytes of requests for an operation, kept for ever */
    int leak_from;                                 /* second */
    double leaked;
    double (*other)(const struct service *service); /* bytes of the log; NULL: 1 MiB */
};

static void live(struct service *service, int seconds) {
    for (int end = service->second + seconds; service->second < end; service->second++) {
        double rate = service->rate(service);
        uint64_t bytes[TAGS];
        service->operations += rate;
        if (service->second >= service->leak_from) service->leaked += service->leak * rate;
        double noise = 0.5 + uniform(&service->random);
        bytes[TABLES] = (uint64_t)(96 * MIB);
        bytes[REQUEST] = (uint64_t)(service->leaked + service->in_flight * rate * noise);
        bytes[LOG] = (uint64_t)(service->other != NULL ? service->other(service) : MIB);
        now_ns = (int64_t)service->second * 1000000000 + 123456789;
        kzgops_growth_sample(service->growth, bytes, (uint64_t)service->operations);
    }
}

static double steady(const struct service *service) {
    (void)service;
    return 100;
}

static double noisy(const struct service *service) {
    uint64_t random = service->random ^ 0x5555;
    return floor(50 + 100 * uniform(&random));
}

static double idle(const struct service *service) {
    (void)service;
    return 0;
}

/* Ethereum's rhythm: a burst at the begin of each slot of 12 s. */
static double slots(const struct service *service) {
    return service->second % 12 < 2 ? 500 : 1;
}

static double ramp_of(const struct service *service, double factor) {
    return floor(100 * pow(factor, (double)service->second / HOUR));
}

static double ramp_wide(const struct service *service) {
    return ramp_of(service, 8);
}

static double ramp_narrow(const struct service *service) {
    return ramp_of(service, 1.3);
}

static struct service service_of(double (*rate)(const struct service *)) {
    const char *error = NULL;
    kzgops_growth_config config = {.tags = tags, .tag_count = TAGS, .sources = &fake};
    struct service service = {.growth = kzgops_growth_new(&config, &error), .rate = rate, .in_flight = 2000};
    assert_null(error);
    assert_non_null(service.growth);
    service.random = seed;
    now_ns = 0;
    return service;
}

static kzgops_growth_finding judged(const struct service *service, size_t window, size_t tag) {
    kzgops_growth_finding finding;
    kzgops_growth_judge(service->growth, window, tag, &finding);
    assert_int_equal(finding.tag, tag);
    assert_string_equal(finding.name, tags[tag]);
    assert_true(finding.confidence >= 0 && finding.confidence <= 1);
    return finding;
}

static size_t suspects(const struct service *service) {
    kzgops_growth_finding found[TAGS];
    return kzgops_growth_suspects(service->growth, found, TAGS);
}

static bool within(double value, double want, double share) {
    return fabs(value - want) <= share * fabs(want);
}

/* ---- Leaks --------------------------------------------------------------------------------------------------- */

static void leak__is_named_with_its_bytes_an_operation(void **state) {
    (void)state;
    static double (*const rates[])(const struct service *) = {steady, noisy};
    for (size_t r = 0; r < 2; r++) {
        struct service service = service_of(rates[r]);
        service.leak = 1000;
        live(&service, HOUR + 60);
        /* With a load that jumps by half and more, only the longest window is sure of it for every seed. */
        for (size_t window = r == 0 ? MINUTE_WINDOW : HOUR_WINDOW; window < WINDOWS; window++) {
            kzgops_growth_finding finding = judged(&service, window, REQUEST);
            assert_int_equal(finding.verdict, KZGOPS_GROWTH_SUSPECT);
            assert_true(within(finding.bytes_per_operation, 1000, window == MINUTE_WINDOW ? 0.2 : 0.05));
            assert_true(within((double)finding.growth_bytes, 100000.0 * finding.window_s, 0.25));
            assert_true(finding.confidence >= 0.99);
            assert_int_equal(judged(&service, window, TABLES).verdict, KZGOPS_GROWTH_NONE);
            assert_int_equal(judged(&service, window, LOG).verdict, KZGOPS_GROWTH_NONE);
        }
        kzgops_growth_finding found[1];
        assert_int_equal(kzgops_growth_suspects(service.growth, found, 1), 1);
        assert_string_equal(found[0].name, "request");
        assert_int_equal(found[0].window_s, HOUR);
        kzgops_growth_free(service.growth);
    }
}

static void leak__in_bursts_is_found(void **state) {
    (void)state;
    struct service service = service_of(slots);
    service.leak = 300;
    live(&service, HOUR + 60);
    kzgops_growth_finding finding = judged(&service, HOUR_WINDOW, REQUEST);
    assert_int_equal(finding.verdict, KZGOPS_GROWTH_SUSPECT);
    assert_true(within(finding.bytes_per_operation, 300, 0.1));
    assert_int_equal(judged(&service, TEN_MINUTES_WINDOW, REQUEST).verdict, KZGOPS_GROWTH_SUSPECT);
    kzgops_growth_free(service.growth);
}

static void leak__that_begins_late_is_found_by_the_short_windows_first(void **state) {
    (void)state;
    struct service service = service_of(steady);
    service.leak = 5000;
    service.leak_from = 2 * HOUR;
    live(&service, 2 * HOUR);
    assert_int_equal(suspects(&service), 0);
    live(&service, 90);
    assert_int_equal(judged(&service, MINUTE_WINDOW, REQUEST).verdict, KZGOPS_GROWTH_SUSPECT);
    assert_int_not_equal(judged(&service, HOUR_WINDOW, REQUEST).verdict, KZGOPS_GROWTH_SUSPECT);
    live(&service, 720);
    assert_int_equal(judged(&service, TEN_MINUTES_WINDOW, REQUEST).verdict, KZGOPS_GROWTH_SUSPECT);
    live(&service, HOUR);
    assert_int_equal(judged(&service, HOUR_WINDOW, REQUEST).verdict, KZGOPS_GROWTH_SUSPECT);
    kzgops_growth_free(service.growth);
}

static double creeping(const struct service *service) {
    return MIB + 1000.0 * service->second;
}

static void leak__without_operations_has_no_bytes_an_operation(void **state) {
    (void)state;
    struct service service = service_of(idle);
    service.other = creeping;
    live(&service, 700);
    kzgops_growth_finding finding = judged(&service, TEN_MINUTES_WINDOW, LOG);
    assert_int_equal(finding.verdict, KZGOPS_GROWTH_SUSPECT);
    assert_int_equal(finding.operations, 0);
    assert_true(isnan(finding.bytes_per_operation));
    assert_true(within(finding.bytes_per_second, 1000, 0.01));
    kzgops_growth_free(service.growth);
}

static void leak__planted_in_a_tracked_program_is_named(void **state) {
    (void)state;
    kzgops_memory *memory = kzgops_memory_new(&(kzgops_memory_config){.tags = tags, .tag_count = TAGS}, NULL);
    struct service service = service_of(steady);
    uint64_t operations = 0;
    void *lost[7000];
    size_t n = 0;
    kzgops_memory_release(memory, LOG, kzgops_memory_alloc(memory, LOG, 9999, 0), 9999, 0);
    for (now_ns = 0; now_ns < (int64_t)700 * 1000000000; now_ns += 1000000000) {
        kzgops_memory_snapshot snapshot;
        uint64_t bytes[TAGS];
        for (int i = 0; i < 10; i++, operations++) {
            void *body = kzgops_memory_malloc(memory, REQUEST, 4096);
            void *line = kzgops_memory_malloc(memory, LOG, 200);
            kzgops_memory_drop(memory, body);
            lost[n++] = line;
        }
        kzgops_memory_report(memory, &snapshot);
        for (size_t tag = 0; tag < TAGS; tag++) bytes[tag] = snapshot.tag[tag].live_bytes;
        kzgops_growth_sample(service.growth, bytes, operations);
    }
    kzgops_growth_finding found[TAGS];
    assert_int_equal(kzgops_growth_suspects(service.growth, found, TAGS), 1);
    assert_string_equal(found[0].name, "log");
    assert_true(within(found[0].bytes_per_operation, 200, 0.02));
    assert_int_equal(found[0].window_s, 600);
    while (n > 0) kzgops_memory_drop(memory, lost[--n]);
    kzgops_growth_free(service.growth);
    kzgops_memory_free(memory);
}

static void leak__fastest_comes_first(void **state) {
    (void)state;
    struct service service = service_of(steady);
    kzgops_growth_finding found[TAGS];
    service.other = creeping;
    service.leak = 100; /* ten times as fast */
    service.in_flight = 10;
    live(&service, HOUR + 60);
    assert_int_equal(kzgops_growth_suspects(service.growth, found, TAGS), 2);
    assert_string_equal(found[0].name, "request");
    assert_string_equal(found[1].name, "log");
    assert_int_equal(kzgops_growth_suspects(service.growth, NULL, 0), 2);
    kzgops_growth_free(service.growth);
}

/* ---- No leaks ------------------------------------------------------------------------------------------------ */

static void noise__is_not_suspected(void **state) {
    (void)state;
    size_t wrong = 0, judgements = 0;
    for (uint64_t run = 0; run < 20; run++) {
        struct service service = service_of(noisy);
        service.random = seed + run * 1000003;
        service.in_flight = 100000;
        for (int i = 0; i < 60; i++) {
            live(&service, 120);
            wrong += suspects(&service);
            judgements++;
        }
        kzgops_growth_free(service.growth);
    }
    print_message("  %zu of %zu judgements suspect what is only noise\n", wrong, judgements);
    assert_true(wrong * 100 <= judgements); /* 1 % is what confidence 0.99 of the trend alone would allow */
}

static double filled_once(const struct service *service) {
    return service->second < HOUR - 1000 ? MIB : 9 * MIB;
}

static void step__is_not_a_leak(void **state) {
    (void)state;
    for (int at = 60; at < HOUR; at += 150) {
        struct service service = service_of(steady);
        service.other = filled_once;
        live(&service, HOUR - 1000 + at); /* the step wanders through the windows */
        kzgops_growth_finding finding = judged(&service, TEN_MINUTES_WINDOW, LOG);
        assert_int_not_equal(finding.verdict, KZGOPS_GROWTH_SUSPECT);
        assert_int_not_equal(judged(&service, HOUR_WINDOW, LOG).verdict, KZGOPS_GROWTH_SUSPECT);
        assert_int_not_equal(judged(&service, MINUTE_WINDOW, LOG).verdict, KZGOPS_GROWTH_SUSPECT);
        if (at == 360) assert_int_equal(finding.verdict, KZGOPS_GROWTH_STEP);
        kzgops_growth_free(service.growth);
    }
}

/* A buffer that fills for five minutes and is written out: each minute of it looks like a leak. */
static double sawtooth(const struct service *service) {
    return MIB + 10000.0 * (service->second % 300);
}

static void sawtooth__is_not_a_leak(void **state) {
    (void)state;
    struct service service = service_of(steady);
    size_t usual = 0;
    service.other = sawtooth;
    live(&service, 700);
    for (int i = 0; i < 200; i++) {
        live(&service, 20);
        assert_int_equal(suspects(&service), 0);
        usual += judged(&service, MINUTE_WINDOW, LOG).verdict == KZGOPS_GROWTH_USUAL;
    }
    assert_true(usual > 50);
    kzgops_growth_free(service.growth);
}

static void load__that_rises_explains_memory_that_rises(void **state) {
    (void)state;
    static double (*const rates[])(const struct service *) = {ramp_wide, ramp_narrow};
    for (size_t r = 0; r < 2; r++) {
        struct service service = service_of(rates[r]);
        service.in_flight = 200000;
        for (int i = 0; i < 120; i++) {
            live(&service, 60);
            assert_int_equal(suspects(&service), 0);
        }
        kzgops_growth_free(service.growth);
    }
}

static double tiny(const struct service *service) {
    return MIB + 10.0 * service->second;
}

static void growth__below_the_minimum_is_small(void **state) {
    (void)state;
    struct service service = service_of(steady);
    service.other = tiny;
    live(&service, HOUR + 60);
    kzgops_growth_finding finding = judged(&service, HOUR_WINDOW, LOG);
    assert_int_equal(finding.verdict, KZGOPS_GROWTH_SMALL);
    assert_true(within((double)finding.growth_bytes, 36000, 0.01));
    assert_int_equal(suspects(&service), 0);
    kzgops_growth_free(service.growth);
}

static double shrinking(const struct service *service) {
    return 100 * MIB - 1000.0 * service->second;
}

static void memory__that_shrinks_is_no_leak(void **state) {
    (void)state;
    struct service service = service_of(steady);
    service.other = shrinking;
    live(&service, HOUR + 60);
    kzgops_growth_finding finding = judged(&service, HOUR_WINDOW, LOG);
    assert_int_equal(finding.verdict, KZGOPS_GROWTH_NONE);
    assert_true(within(finding.bytes_per_second, -1000, 0.01));
    assert_true(finding.confidence < 0.01);
    kzgops_growth_free(service.growth);
}

/* ---- The ring ------------------------------------------------------------------------------------------------ */

static void window__says_nothing_before_it_is_covered(void **state) {
    (void)state;
    struct service service = service_of(steady);
    service.leak = 5000;
    kzgops_growth_finding finding = judged(&service, MINUTE_WINDOW, REQUEST);
    assert_int_equal(finding.verdict, KZGOPS_GROWTH_TOO_EARLY);
    assert_int_equal(finding.live_bytes, KZGOPS_GROWTH_UNKNOWN);
    live(&service, 50);
    assert_int_equal(judged(&service, MINUTE_WINDOW, REQUEST).verdict, KZGOPS_GROWTH_TOO_EARLY);
    live(&service, 20);
    assert_int_equal(judged(&service, MINUTE_WINDOW, REQUEST).verdict, KZGOPS_GROWTH_SUSPECT);
    assert_int_equal(judged(&service, TEN_MINUTES_WINDOW, REQUEST).verdict, KZGOPS_GROWTH_TOO_EARLY);
    assert_int_equal(judged(&service, HOUR_WINDOW, REQUEST).points, 0);
    kzgops_growth_free(service.growth);
}

static void ring__begins_anew_when_a_counter_or_the_clock_goes_back(void **state) {
    (void)state;
    struct service service = service_of(steady);
    service.leak = 5000;
    live(&service, 700);
    assert_int_equal(suspects(&service), 1);
    service.operations = 0;
    live(&service, 1);
    assert_int_equal(judged(&service, MINUTE_WINDOW, REQUEST).verdict, KZGOPS_GROWTH_TOO_EARLY);
    live(&service, 70);
    assert_int_equal(suspects(&service), 1);
    service.second = 10;
    live(&service, 1);
    assert_int_equal(judged(&service, MINUTE_WINDOW, REQUEST).verdict, KZGOPS_GROWTH_TOO_EARLY);
    kzgops_growth_free(service.growth);
}

static void values__that_are_unknown_are_left_out(void **state) {
    (void)state;
    struct service service = service_of(steady);
    for (int second = 0; second < 700; second++) {
        bool gap = second / 30 % 2 == 0; /* half of the time */
        uint64_t bytes[TAGS] = {KZGOPS_GROWTH_UNKNOWN, gap ? KZGOPS_GROWTH_UNKNOWN : (uint64_t)second * 10000, 7};
        now_ns = (int64_t)second * 1000000000;
        kzgops_growth_sample(service.growth, bytes, (uint64_t)second * 10);
    }
    kzgops_growth_finding finding = judged(&service, TEN_MINUTES_WINDOW, REQUEST);
    assert_int_equal(finding.verdict, KZGOPS_GROWTH_SUSPECT);
    assert_true(within(finding.bytes_per_second, 10000, 0.01));
    finding = judged(&service, TEN_MINUTES_WINDOW, TABLES);
    assert_int_equal(finding.verdict, KZGOPS_GROWTH_TOO_EARLY);
    assert_int_equal(finding.live_bytes, KZGOPS_GROWTH_UNKNOWN);
    kzgops_growth_free(service.growth);
}

static void ring__goes_round_for_a_day(void **state) {
    (void)state;
    struct service service = service_of(noisy);
    live(&service, 24 * HOUR);
    assert_int_equal(suspects(&service), 0);
    service.leak = 500;
    live(&service, HOUR + 60);
    kzgops_growth_finding finding = judged(&service, HOUR_WINDOW, REQUEST);
    assert_int_equal(finding.verdict, KZGOPS_GROWTH_SUSPECT);
    assert_true(within(finding.bytes_per_operation, 500, 0.1));
    assert_int_equal(finding.points, 60);
    kzgops_growth_free(service.growth);
}

/* ---- Reports, configuration ---------------------------------------------------------------------------------- */

static void check_writer(size_t (*write)(kzgops_growth *, char *, size_t), kzgops_growth *growth) {
    static char whole[8192], part[8192];
    size_t length = write(growth, whole, sizeof whole);
    assert_true(length < sizeof whole && strlen(whole) == length);
    assert_int_equal(write(growth, NULL, 0), length);
    for (size_t size = 1; size <= length + 1; size += size < 20 || size + 20 > length ? 1 : 53) {
        memset(part, '#', sizeof part);
        assert_int_equal(write(growth, part, size), length);
        assert_int_equal(strlen(part), size - 1);
        assert_memory_equal(part, whole, size - 1);
        assert_int_equal(part[size], '#');
    }
}

static void reports__name_the_tag(void **state) {
    (void)state;
    static char text[8192];
    struct service service = service_of(steady);
    service.leak = 1000;
    kzgops_growth_text(service.growth, text, sizeof text);
    assert_string_equal(text, "no memory is suspected of leaking\n");
    live(&service, 700);
    kzgops_growth_text(service.growth, text, sizeof text);
    assert_int_equal(strncmp(text, "request grows: +5", 17), 0);
    assert_non_null(strstr(text, " in 600 s"));
    assert_non_null(strstr(text, "bytes an operation over 60"));
    check_writer(kzgops_growth_text, service.growth);
    check_writer(kzgops_growth_json, service.growth);
    kzgops_growth_json(service.growth, text, sizeof text);
    json_object *root = json_tokener_parse(text), *value = NULL;
    assert_int_equal(json_object_array_length(root), TAGS * WINDOWS);
    json_object *finding = json_object_array_get_idx(root, REQUEST * WINDOWS + TEN_MINUTES_WINDOW);
    assert_true(json_object_object_get_ex(finding, "tag", &value));
    assert_string_equal(json_object_get_string(value), "request");
    assert_true(json_object_object_get_ex(finding, "verdict", &value));
    assert_string_equal(json_object_get_string(value), "suspect");
    assert_true(json_object_object_get_ex(finding, "bytes_per_operation", &value));
    assert_true(within(json_object_get_double(value), 1000, 0.05));
    finding = json_object_array_get_idx(root, REQUEST * WINDOWS + HOUR_WINDOW);
    assert_false(json_object_object_get_ex(finding, "growth_bytes", &value));
    json_object_put(root);
    kzgops_growth_free(service.growth);
}

static void *no_memory(void *user, size_t bytes) {
    (void)user;
    (void)bytes;
    return NULL;
}

static void config__is_checked(void **state) {
    (void)state;
    static const char *const nameless[] = {"a", NULL};
    kzgops_sources empty = {.allocator = {.alloc = no_memory}};
    const struct {
        kzgops_growth_config config;
        const char *word;
    } cases[] = {
        {{.tags = NULL, .tag_count = 1}, "table of tags"},
        {{.tags = tags, .tag_count = 0}, "table of tags"},
        {{.tags = tags, .tag_count = KZGOPS_GROWTH_TAGS_MAX + 1}, "TAGS_MAX"},
        {{.tags = nameless, .tag_count = 2}, "without a name"},
        {{.tags = tags, .tag_count = TAGS, .interval_s = 6}, "12 intervals"},
        {{.tags = tags, .tag_count = TAGS, .interval_s = UINT32_MAX}, "12 intervals"},
        {{.tags = tags, .tag_count = TAGS, .windows_s = {59}}, "12 intervals"},
        {{.tags = tags, .tag_count = TAGS, .windows_s = {0, 60}}, "0 seconds"},
        {{.tags = tags, .tag_count = TAGS, .windows_s = {60, 0, 600}}, "0 seconds"},
        {{.tags = tags, .tag_count = TAGS, .windows_s = {600, 60}}, "ascend"},
        {{.tags = tags, .tag_count = TAGS, .windows_s = {60, 60}}, "ascend"},
        {{.tags = tags, .tag_count = TAGS, .interval_s = 1, .windows_s = {60, 20001}}, "ENTRIES_MAX"},
        {{.tags = tags, .tag_count = TAGS, .confidence_min = 1}, "confidence"},
        {{.tags = tags, .tag_count = TAGS, .confidence_min = (double)NAN}, "confidence"},
        {{.tags = tags, .tag_count = TAGS, .growth_bytes_min = UINT64_MAX}, "cannot be reached"},
        {{.tags = tags, .tag_count = TAGS, .sources = &empty}, "no memory"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *error = NULL;
        assert_null(kzgops_growth_new(&cases[i].config, &error));
        assert_non_null(error);
        assert_non_null(strstr(error, cases[i].word));
        assert_null(kzgops_growth_new(&cases[i].config, NULL));
    }
    assert_null(kzgops_growth_free(NULL));
    for (int verdict = 0; verdict <= KZGOPS_GROWTH_SUSPECT; verdict++) {
        assert_true(strlen(kzgops_growth_verdict_name((kzgops_growth_verdict)verdict)) > 2);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leak__is_named_with_its_bytes_an_operation),
        cmocka_unit_test(leak__in_bursts_is_found),
        cmocka_unit_test(leak__that_begins_late_is_found_by_the_short_windows_first),
        cmocka_unit_test(leak__without_operations_has_no_bytes_an_operation),
        cmocka_unit_test(leak__planted_in_a_tracked_program_is_named),
        cmocka_unit_test(leak__fastest_comes_first),
        cmocka_unit_test(noise__is_not_suspected),
        cmocka_unit_test(step__is_not_a_leak),
        cmocka_unit_test(sawtooth__is_not_a_leak),
        cmocka_unit_test(load__that_rises_explains_memory_that_rises),
        cmocka_unit_test(growth__below_the_minimum_is_small),
        cmocka_unit_test(memory__that_shrinks_is_no_leak),
        cmocka_unit_test(window__says_nothing_before_it_is_covered),
        cmocka_unit_test(ring__begins_anew_when_a_counter_or_the_clock_goes_back),
        cmocka_unit_test(values__that_are_unknown_are_left_out),
        cmocka_unit_test(ring__goes_round_for_a_day),
        cmocka_unit_test(reports__name_the_tag),
        cmocka_unit_test(config__is_checked),
    };
    const char *given = getenv("KZG_SEED");
    seed = given != NULL ? strtoull(given, NULL, 0) : 20250101;
    printf("KZG_SEED=%llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
