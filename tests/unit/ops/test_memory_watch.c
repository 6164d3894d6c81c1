/* libkzgops: thresholds of memory, with values and limits that the test makes up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kzgops/memory.h"

#define MIB            ((uint64_t)1 << 20)
#define CROSSINGS_KEPT 4096

struct log {
    pthread_mutex_t lock;
    kzgops_memory_crossing crossing[CROSSINGS_KEPT];
    size_t count;
};

static struct log record;

static void keep(void *user, const kzgops_memory_crossing *crossing) {
    struct log *log = user;
    pthread_mutex_lock(&log->lock);
    assert_true(log->count < CROSSINGS_KEPT);
    log->crossing[log->count++] = *crossing;
    pthread_mutex_unlock(&log->lock);
}

static _Atomic int64_t fake_ns;

static int64_t fake_clock(void *user) {
    (void)user;
    return atomic_load(&fake_ns);
}

static const kzgops_sources fake = {.clock = {.realtime_ns = fake_clock}};

static kzgops_memory_watch *watch_of(kzgops_memory_threshold warn, kzgops_memory_threshold critical) {
    const char *error = NULL;
    memset(&record, 0, sizeof record);
    pthread_mutex_init(&record.lock, NULL);
    kzgops_memory_watch_config config = {
        .warn = warn, .critical = critical, .crossed = keep, .user = &record, .sources = &fake};
    kzgops_memory_watch *watch = kzgops_memory_watch_new(&config, &error);
    assert_null(error);
    assert_non_null(watch);
    return watch;
}

static kzgops_memory_watch *default_watch(void) {
    return watch_of((kzgops_memory_threshold){0}, (kzgops_memory_threshold){0});
}

static void expect(size_t i, kzgops_memory_level from, kzgops_memory_level to, uint64_t value, uint64_t threshold) {
    assert_true(i < record.count);
    assert_int_equal(record.crossing[i].from, from);
    assert_int_equal(record.crossing[i].to, to);
    assert_int_equal(record.crossing[i].value, value);
    assert_int_equal(record.crossing[i].threshold, threshold);
    assert_int_equal(record.crossing[i].sequence, i + 1);
}

static void defaults__are_80_and_90_per_cent(void **state) {
    (void)state;
    kzgops_memory_watch *watch = default_watch();
    assert_int_equal(kzgops_memory_watch_update(watch, 799, 1000), KZGOPS_MEMORY_OK);
    assert_int_equal(kzgops_memory_watch_update(watch, 800, 1000), KZGOPS_MEMORY_WARN);
    assert_int_equal(kzgops_memory_watch_update(watch, 899, 1000), KZGOPS_MEMORY_WARN);
    assert_int_equal(kzgops_memory_watch_update(watch, 900, 1000), KZGOPS_MEMORY_CRITICAL);
    assert_int_equal(record.count, 2);
    expect(0, KZGOPS_MEMORY_OK, KZGOPS_MEMORY_WARN, 800, 800);
    expect(1, KZGOPS_MEMORY_WARN, KZGOPS_MEMORY_CRITICAL, 900, 900);
    kzgops_memory_watch_free(watch);
}

static void hysteresis__a_value_that_trembles_makes_one_crossing(void **state) {
    (void)state;
    kzgops_memory_watch *watch = default_watch();
    for (int i = 0; i < 1000; i++) kzgops_memory_watch_update(watch, i % 2 ? 805 : 765, 1000);
    assert_int_equal(record.count, 1);
    assert_int_equal(kzgops_memory_watch_update(watch, 760, 1000), KZGOPS_MEMORY_WARN);
    assert_int_equal(kzgops_memory_watch_update(watch, 759, 1000), KZGOPS_MEMORY_OK);
    assert_int_equal(record.count, 2);
    expect(1, KZGOPS_MEMORY_WARN, KZGOPS_MEMORY_OK, 759, 800);
    assert_int_equal(kzgops_memory_watch_update(watch, 799, 1000), KZGOPS_MEMORY_OK);
    assert_int_equal(record.count, 2);
    kzgops_memory_watch_free(watch);
}

static void jumps__over_both_thresholds_are_one_crossing(void **state) {
    (void)state;
    kzgops_memory_watch *watch = default_watch();
    assert_int_equal(kzgops_memory_watch_update(watch, 950, 1000), KZGOPS_MEMORY_CRITICAL);
    assert_int_equal(kzgops_memory_watch_update(watch, 860, 1000), KZGOPS_MEMORY_CRITICAL);
    assert_int_equal(kzgops_memory_watch_update(watch, 850, 1000), KZGOPS_MEMORY_WARN);
    assert_int_equal(kzgops_memory_watch_update(watch, 2000, 1000), KZGOPS_MEMORY_CRITICAL);
    assert_int_equal(kzgops_memory_watch_update(watch, 1, 1000), KZGOPS_MEMORY_OK);
    assert_int_equal(record.count, 4);
    expect(0, KZGOPS_MEMORY_OK, KZGOPS_MEMORY_CRITICAL, 950, 900);
    expect(1, KZGOPS_MEMORY_CRITICAL, KZGOPS_MEMORY_WARN, 850, 900);
    expect(2, KZGOPS_MEMORY_WARN, KZGOPS_MEMORY_CRITICAL, 2000, 900);
    expect(3, KZGOPS_MEMORY_CRITICAL, KZGOPS_MEMORY_OK, 1, 800);
    kzgops_memory_watch_state now;
    kzgops_memory_watch_read(watch, &now);
    assert_int_equal(now.crossings, 4);
    assert_int_equal(now.criticals, 2);
    assert_int_equal(now.warnings, 0);
    kzgops_memory_watch_free(watch);
}

static void bytes__need_no_limit(void **state) {
    (void)state;
    kzgops_memory_watch *watch =
        watch_of((kzgops_memory_threshold){.bytes = 3072 * MIB}, (kzgops_memory_threshold){.bytes = 4096 * MIB});
    kzgops_memory_watch_state now;
    kzgops_memory_watch_read(watch, &now);
    assert_int_equal(now.warn_bytes, 3072 * MIB);
    assert_int_equal(now.critical_bytes, 4096 * MIB);
    assert_int_equal(kzgops_memory_watch_update(watch, 3072 * MIB, KZGOPS_MEMORY_UNLIMITED), KZGOPS_MEMORY_WARN);
    assert_int_equal(kzgops_memory_watch_update(watch, 4096 * MIB, KZGOPS_MEMORY_UNKNOWN), KZGOPS_MEMORY_CRITICAL);
    kzgops_memory_watch_free(watch);
}

static void unlimited__per_cent_cannot_be_reached(void **state) {
    (void)state;
    kzgops_memory_watch *watch = default_watch();
    kzgops_memory_watch_state now;
    assert_int_equal(kzgops_memory_watch_update(watch, INT64_MAX, KZGOPS_MEMORY_UNLIMITED), KZGOPS_MEMORY_OK);
    kzgops_memory_watch_read(watch, &now);
    assert_int_equal(now.warn_bytes, KZGOPS_MEMORY_UNLIMITED);
    assert_int_equal(kzgops_memory_watch_update(watch, 85, 100), KZGOPS_MEMORY_WARN);
    /* The limit is lifted: the level ends. */
    assert_int_equal(kzgops_memory_watch_update(watch, 85, KZGOPS_MEMORY_UNLIMITED), KZGOPS_MEMORY_OK);
    kzgops_memory_watch_free(watch);
}

static void unknown__is_never_taken_for_zero(void **state) {
    (void)state;
    kzgops_memory_watch *watch = default_watch();
    kzgops_memory_watch_state now;
    assert_int_equal(kzgops_memory_watch_update(watch, 85, KZGOPS_MEMORY_UNKNOWN), KZGOPS_MEMORY_OK);
    kzgops_memory_watch_read(watch, &now);
    assert_int_equal(now.limit, KZGOPS_MEMORY_UNKNOWN);
    assert_int_equal(now.warn_bytes, KZGOPS_MEMORY_UNKNOWN);
    assert_int_equal(kzgops_memory_watch_update(watch, 95, 100), KZGOPS_MEMORY_CRITICAL);
    assert_int_equal(kzgops_memory_watch_update(watch, KZGOPS_MEMORY_UNKNOWN, 100), KZGOPS_MEMORY_CRITICAL);
    assert_int_equal(kzgops_memory_watch_update(watch, KZGOPS_MEMORY_UNKNOWN, KZGOPS_MEMORY_UNKNOWN),
                     KZGOPS_MEMORY_CRITICAL);
    /* The limit cannot be read any more: the last one counts. */
    assert_int_equal(kzgops_memory_watch_update(watch, 85, KZGOPS_MEMORY_UNKNOWN), KZGOPS_MEMORY_WARN);
    kzgops_memory_watch_read(watch, &now);
    assert_int_equal(now.limit, 100);
    assert_int_equal(now.value, 85);
    assert_int_equal(now.unknown_updates, 2);
    assert_int_equal(record.count, 2);
    assert_int_equal(record.crossing[1].limit, KZGOPS_MEMORY_UNKNOWN);
    kzgops_memory_watch_free(watch);
}

static void limit__that_shrinks_moves_the_thresholds(void **state) {
    (void)state;
    kzgops_memory_watch *watch = default_watch();
    assert_int_equal(kzgops_memory_watch_update(watch, 500, 1000), KZGOPS_MEMORY_OK);
    assert_int_equal(kzgops_memory_watch_update(watch, 500, 600), KZGOPS_MEMORY_WARN);
    assert_int_equal(kzgops_memory_watch_update(watch, 500, 550), KZGOPS_MEMORY_CRITICAL);
    assert_int_equal(kzgops_memory_watch_update(watch, 500, 4000), KZGOPS_MEMORY_OK);
    assert_int_equal(record.count, 3);
    kzgops_memory_watch_free(watch);
}

static void crossings__carry_the_time(void **state) {
    (void)state;
    kzgops_memory_watch *watch = default_watch();
    kzgops_memory_watch_state now;
    kzgops_memory_watch_read(watch, &now);
    assert_int_equal(now.since_ns, 0);
    atomic_store(&fake_ns, 1234567890);
    kzgops_memory_watch_update(watch, 85, 100);
    atomic_store(&fake_ns, 2234567890);
    kzgops_memory_watch_update(watch, 86, 100);
    kzgops_memory_watch_read(watch, &now);
    assert_int_equal(now.since_ns, 1234567890);
    assert_int_equal(record.crossing[0].when_ns, 1234567890);
    kzgops_memory_watch_free(watch);
}

static void *tremble(void *argument) {
    kzgops_memory_watch *watch = argument;
    for (int i = 0; i < 500; i++) {
        kzgops_memory_watch_update(watch, 95, 100);
        kzgops_memory_watch_update(watch, 10, 100);
    }
    return NULL;
}

/* Whatever the order of threads: each crossing is reported once, and by their sequence they form one chain. */
static void threads__every_crossing_is_reported_once(void **state) {
    (void)state;
    pthread_t thread[4];
    kzgops_memory_watch_state now;
    kzgops_memory_watch *watch = default_watch();
    static kzgops_memory_crossing in_order[CROSSINGS_KEPT];
    for (size_t i = 0; i < 4; i++) assert_int_equal(pthread_create(&thread[i], NULL, tremble, watch), 0);
    for (size_t i = 0; i < 4; i++) pthread_join(thread[i], NULL);
    kzgops_memory_watch_read(watch, &now);
    assert_true(record.count >= 2);
    assert_int_equal(now.crossings, record.count);
    memset(in_order, 0, sizeof in_order);
    for (size_t i = 0; i < record.count; i++) {
        size_t at = record.crossing[i].sequence - 1;
        assert_true(at < record.count);
        assert_int_equal(in_order[at].sequence, 0);
        in_order[at] = record.crossing[i];
    }
    for (size_t i = 0; i < record.count; i++) {
        assert_int_equal(in_order[i].from, i % 2 ? KZGOPS_MEMORY_CRITICAL : KZGOPS_MEMORY_OK);
        assert_int_equal(in_order[i].to, i % 2 ? KZGOPS_MEMORY_OK : KZGOPS_MEMORY_CRITICAL);
    }
    kzgops_memory_watch_free(watch);
}

static void *no_memory(void *user, size_t bytes) {
    (void)user;
    (void)bytes;
    return NULL;
}

static void no_release(void *user, void *memory, size_t bytes) {
    (void)user;
    (void)memory;
    (void)bytes;
}

static void config__is_checked(void **state) {
    (void)state;
    kzgops_sources empty = {.allocator = {no_memory, no_release, NULL}};
    const struct {
        kzgops_memory_watch_config config;
        const char *word;
    } cases[] = {
        {{.warn = {.bytes = 1, .percent = 1}}, "not both"},
        {{.critical = {.bytes = 1, .percent = 1}}, "not both"},
        {{.warn = {.percent = 101}}, "0 and 100"},
        {{.critical = {.percent = -1}}, "0 and 100"},
        {{.warn = {.percent = (double)NAN}}, "0 and 100"},
        {{.warn = {.percent = 90}}, "not below"}, /* the critical one is 90 by default */
        {{.warn = {.bytes = 5}, .critical = {.bytes = 5}}, "not below"},
        {{.critical = {.percent = 70}}, "not below"},
        {{.warn = {.bytes = KZGOPS_MEMORY_UNKNOWN}}, "cannot be reached"},
        {{.hysteresis_percent = 100}, "hysteresis"},
        {{.hysteresis_percent = -1}, "hysteresis"},
        {{.sources = &empty}, "no memory"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *error = NULL;
        assert_null(kzgops_memory_watch_new(&cases[i].config, &error));
        assert_non_null(error);
        assert_non_null(strstr(error, cases[i].word));
        assert_null(kzgops_memory_watch_new(&cases[i].config, NULL));
    }
    assert_null(kzgops_memory_watch_free(NULL));
    assert_string_equal(kzgops_memory_level_name(KZGOPS_MEMORY_OK), "ok");
    assert_string_equal(kzgops_memory_level_name(KZGOPS_MEMORY_WARN), "warn");
    assert_string_equal(kzgops_memory_level_name(KZGOPS_MEMORY_CRITICAL), "critical");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults__are_80_and_90_per_cent),
        cmocka_unit_test(hysteresis__a_value_that_trembles_makes_one_crossing),
        cmocka_unit_test(jumps__over_both_thresholds_are_one_crossing),
        cmocka_unit_test(bytes__need_no_limit),
        cmocka_unit_test(unlimited__per_cent_cannot_be_reached),
        cmocka_unit_test(unknown__is_never_taken_for_zero),
        cmocka_unit_test(limit__that_shrinks_moves_the_thresholds),
        cmocka_unit_test(crossings__carry_the_time),
        cmocka_unit_test(threads__every_crossing_is_reported_once),
        cmocka_unit_test(config__is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
