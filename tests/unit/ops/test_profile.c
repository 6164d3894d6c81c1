/* libkzgops: the operation profiler, against exact quantiles of the same durations, on a clock that the test sets,
 * and under threads that come and go. KZG_SEED repeats a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "kzgops/profile.h"
#include "ops/profile_histogram.h"
#include "support/random.h"

#define SECOND INT64_C(1000000000)
#define WHOLE  KZGOPS_PROFILE_WHOLE

enum { COMMIT, PROVE, OPERATIONS };
enum { DECODE, MSM, ENCODE, PHASES };
static const char *const operations[] = {"commit", "prove"};
static const char *const phases[] = {"decode", "msm", "encode"};

static _Atomic int64_t now_ns = 1000 * SECOND;

static int64_t read_clock(void *user) {
    (void)user;
    return atomic_load(&now_ns);
}

static const kzgops_sources fake = {.clock = {read_clock, read_clock, NULL}};

static kzgops_profile *profiler(size_t threads) {
    const char *error = NULL;
    kzgops_profile *profile = kzgops_profile_new(&(kzgops_profile_config){.operations = operations,
                                                                          .operation_count = OPERATIONS,
                                                                          .phases = phases,
                                                                          .phase_count = PHASES,
                                                                          .threads = threads,
                                                                          .sources = &fake},
                                                 &error);
    assert_null(error);
    assert_non_null(profile);
    return profile;
}

static kzgops_profile_entry entries[OPERATIONS * (PHASES + 1)];

static kzgops_profile_snapshot read_all(kzgops_profile *profile, kzgops_profile_window window) {
    kzgops_profile_snapshot snapshot;
    kzgops_profile_report(profile, window, entries, OPERATIONS * (PHASES + 1), &snapshot);
    return snapshot;
}

/* The only one that was recorded. */
static const kzgops_profile_entry *read_one(kzgops_profile *profile, kzgops_profile_window window) {
    kzgops_profile_snapshot snapshot = read_all(profile, window);
    assert_int_equal(snapshot.entry_count, 1);
    assert_int_equal(snapshot.entry_total, 1);
    return &entries[0];
}

static uint64_t seed, generator;

static uint64_t next_random(void) {
    return random_next(&generator);
}

/* ---- Buckets -------------------------------------------------------------------------------------------------- */

static void expect_bucket(uint64_t value, size_t bucket) {
    assert_int_equal(histogram_bucket(value), bucket);
    uint64_t middle = histogram_middle(bucket), off = middle > value ? middle - value : value - middle;
    assert_true(off * 128 <= value);
}

/* Every bucket at both its ends, so every value is in one, and in the right one, and less than 1/128 from its middle.
 */
static void buckets__cover_all_durations_within_the_error(void **state) {
    (void)state;
    for (size_t b = 0; b < HISTOGRAM_BUCKETS; b++) {
        uint64_t low = histogram_low(b);
        uint64_t high = b + 1 < HISTOGRAM_BUCKETS ? histogram_low(b + 1) - 1 : ((uint64_t)1 << HISTOGRAM_TO) - 1;
        assert_true(low <= high);
        expect_bucket(low, b);
        expect_bucket(high, b);
        expect_bucket(low + (high - low) / 2, b);
        if (high < 128) assert_int_equal(low, high);
    }
    assert_int_equal(histogram_low(0), 0);
    assert_int_equal(histogram_bucket((uint64_t)1 << HISTOGRAM_TO), HISTOGRAM_BUCKETS - 1);
    assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}

/* ---- Quantiles ------------------------------------------------------------------------------------------------ */

static uint64_t draw(int shape) {
    uint64_t r = next_random();
    switch (shape) {
    case 0: return r % 100;                                     /* tiny */
    case 1: return 30000000 + r % 5000000;                      /* a steady operation */
    case 2: return (uint64_t)exp((double)(r % 27000) / 1000);   /* evenly over eleven powers of ten */
    case 3: return r % 1000 < 990 ? 1000 + r % 50 : r % SECOND; /* fast with a few outliers */
    case 4: return r % 2 ? 1000000 : 80000000;                  /* two kinds */
    case 5: return 123456789;                                   /* always the same */
    default: return (uint64_t)1 << (r % HISTOGRAM_TO);          /* the edges of the buckets */
    }
}
#define SHAPES 7

static int ascending(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static void expect_near(uint64_t got, uint64_t exact) {
    uint64_t off = got > exact ? got - exact : exact - got;
    if (off * 128 > exact)
        fail_msg("%llu is not within 1/128 of %llu", (unsigned long long)got, (unsigned long long)exact);
}

static void expect_exact_figures(const kzgops_profile_entry *entry, const uint64_t *sorted, size_t n) {
    static const unsigned permille[] = {500, 900, 950, 990, 999};
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++) total += sorted[i];
    assert_int_equal(entry->count, n);
    assert_int_equal(entry->total_ns, total);
    assert_true(fabs(entry->average_ns - (double)total / (double)n) <= entry->average_ns * 1e-12);
    assert_int_equal(entry->minimum_ns, sorted[0]);
    assert_int_equal(entry->maximum_ns, sorted[n - 1]);
    for (size_t q = 0; q < KZGOPS_PROFILE_QUANTILES; q++) {
        size_t rank = (n * permille[q] + 999) / 1000;
        expect_near(entry->quantile_ns[q], sorted[rank > 0 ? rank - 1 : 0]);
    }
}

static void quantiles__are_within_a_128th_of_the_exact_ones(void **state) {
    (void)state;
    static uint64_t value[20000];
    static const size_t sizes[] = {1, 2, 3, 10, 99, 1000, 1001, 20000};
    for (int shape = 0; shape < SHAPES; shape++) {
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            kzgops_profile *profile = profiler(1);
            for (size_t i = 0; i < sizes[s]; i++) {
                value[i] = draw(shape);
                kzgops_profile_record(profile, COMMIT, WHOLE, value[i]);
            }
            qsort(value, sizes[s], sizeof value[0], ascending);
            expect_exact_figures(read_one(profile, KZGOPS_PROFILE_ALL), value, sizes[s]);
            const kzgops_profile_entry *window = read_one(profile, KZGOPS_PROFILE_MINUTE);
            expect_near(window->minimum_ns, value[0]);
            expect_near(window->maximum_ns, value[sizes[s] - 1]);
            kzgops_profile_free(profile);
        }
    }
}

static void durations__beyond_the_last_bucket_keep_count_total_and_extremes(void **state) {
    (void)state;
    kzgops_profile *profile = profiler(1);
    uint64_t hour = UINT64_C(3600) * SECOND;
    for (int i = 0; i < 3; i++) kzgops_profile_record(profile, PROVE, MSM, hour);
    const kzgops_profile_entry *entry = read_one(profile, KZGOPS_PROFILE_ALL);
    assert_int_equal(entry->operation, PROVE);
    assert_int_equal(entry->phase, MSM);
    assert_string_equal(entry->operation_name, "prove");
    assert_string_equal(entry->phase_name, "msm");
    assert_int_equal(entry->total_ns, 3 * hour);
    assert_int_equal(entry->maximum_ns, hour);
    kzgops_profile_free(profile);
}

/* ---- Windows -------------------------------------------------------------------------------------------------- */

/* So many seconds with a tick each 5 and a record each second. */
static void live(kzgops_profile *profile, int seconds, uint64_t ns) {
    for (int i = 0; i < seconds; i++) {
        now_ns += SECOND;
        kzgops_profile_record(profile, COMMIT, WHOLE, ns);
        if (i % 5 == 0) kzgops_profile_tick(profile);
    }
}

/* As many records as seconds, whatever was recorded before. */
static void expect_window(kzgops_profile *profile, kzgops_profile_window window, int64_t seconds, int64_t slack) {
    kzgops_profile_snapshot snapshot = read_all(profile, window);
    int64_t covered = snapshot.covered_ns / SECOND;
    assert_true(covered >= seconds - slack && covered <= seconds + slack);
    assert_int_equal(snapshot.entry_count, 1);
    assert_int_equal(entries[0].count, covered);
    assert_true(fabs(entries[0].per_second - 1) < 1e-9);
}

static void windows__hold_the_last_minute_and_the_last_ten(void **state) {
    (void)state;
    kzgops_profile *profile = profiler(2);
    live(profile, 40, 1000);
    expect_window(profile, KZGOPS_PROFILE_MINUTE, 40, 0); /* a young profiler: all of it */
    expect_window(profile, KZGOPS_PROFILE_TEN_MINUTES, 40, 0);
    live(profile, 1000, 1000);
    live(profile, 120, 50000);
    expect_window(profile, KZGOPS_PROFILE_MINUTE, 60, 10);
    assert_true(entries[0].minimum_ns > 49000); /* what was before is not in it */
    expect_window(profile, KZGOPS_PROFILE_TEN_MINUTES, 600, 60);
    expect_near(entries[0].minimum_ns, 1000);
    expect_near(entries[0].maximum_ns, 50000);
    expect_window(profile, KZGOPS_PROFILE_ALL, 1160, 0);
    for (int i = 0; i < 700; i += 10) { /* nothing is recorded, time goes on */
        now_ns += 10 * SECOND;
        kzgops_profile_tick(profile);
    }
    kzgops_profile_snapshot snapshot = read_all(profile, KZGOPS_PROFILE_TEN_MINUTES);
    assert_int_equal(snapshot.entry_total, 0);
    assert_int_equal(read_one(profile, KZGOPS_PROFILE_ALL)->count, 1160);
    kzgops_profile_free(profile);
}

static void windows__without_ticks_say_what_they_cover(void **state) {
    (void)state;
    kzgops_profile *profile = profiler(1);
    live(profile, 100, 1000);
    for (int i = 0; i < 3600; i++) {
        now_ns += SECOND;
        kzgops_profile_record(profile, COMMIT, WHOLE, 1000);
    }
    kzgops_profile_snapshot snapshot = read_all(profile, KZGOPS_PROFILE_MINUTE); /* takes a moment, just now */
    assert_int_equal(snapshot.covered_ns / SECOND, (int64_t)(snapshot.entry_count > 0 ? entries[0].count : 0));
    kzgops_profile_free(profile);
}

static void clock__that_goes_back_is_counted_and_nothing_negative_recorded(void **state) {
    (void)state;
    kzgops_profile *profile = profiler(1);
    live(profile, 100, 1000);
    kzgops_profile_span span = kzgops_profile_begin(profile, PROVE, WHOLE);
    now_ns -= 50 * SECOND;
    assert_int_equal(kzgops_profile_end(profile, &span), 0);
    kzgops_profile_snapshot snapshot = read_all(profile, KZGOPS_PROFILE_MINUTE);
    assert_true(snapshot.covered_ns >= 0);
    assert_int_equal(snapshot.entry_count, 1);
    assert_int_equal(entries[0].count, 100);
    assert_int_equal(snapshot.clock_steps, 2); /* the span, and the windows */
    live(profile, 300, 2000);
    expect_window(profile, KZGOPS_PROFILE_MINUTE, 60, 10);
    kzgops_profile_free(profile);
}

static void reset__begins_everything_anew(void **state) {
    (void)state;
    kzgops_profile *profile = profiler(1);
    live(profile, 200, 1000);
    kzgops_profile_record(profile, PROVE, ENCODE, 7);
    kzgops_profile_reset(profile);
    for (int w = 0; w < KZGOPS_PROFILE_WINDOWS; w++) {
        kzgops_profile_snapshot snapshot = read_all(profile, (kzgops_profile_window)w);
        assert_int_equal(snapshot.entry_total, 0);
        assert_int_equal(snapshot.covered_ns, 0);
    }
    live(profile, 100, 777777);
    assert_int_equal(read_one(profile, KZGOPS_PROFILE_ALL)->count, 100);
    assert_int_equal(entries[0].minimum_ns, 777777);
    assert_int_equal(entries[0].maximum_ns, 777777);
    assert_int_equal(entries[0].total_ns, 77777700);
    expect_window(profile, KZGOPS_PROFILE_MINUTE, 60, 10);
    kzgops_profile_reset(profile);
    live(profile, 3, 5);
    assert_int_equal(read_one(profile, KZGOPS_PROFILE_ALL)->maximum_ns, 5);
    kzgops_profile_free(profile);
}

/* ---- Recording in other ways ----------------------------------------------------------------------------------- */

static void body(void *user) {
    now_ns += *(const int *)user;
}

static void spans_and_measure__record_the_time_between(void **state) {
    (void)state;
    kzgops_profile *profile = profiler(1);
    int ns = 1234;
    kzgops_profile_span span = kzgops_profile_begin(profile, COMMIT, DECODE);
    now_ns += 100;
    assert_int_equal(kzgops_profile_end(profile, &span), 100);
    assert_true(kzgops_profile_measure(profile, "prove", NULL, body, &ns));
    assert_true(kzgops_profile_measure(profile, "prove", "msm", body, &ns));
    int64_t before = now_ns;
    assert_false(kzgops_profile_measure(profile, "proof", NULL, body, &ns));
    assert_false(kzgops_profile_measure(profile, "prove", "sum", body, &ns));
    assert_int_equal(now_ns - before, 2 * ns); /* run all the same */
    kzgops_profile_snapshot snapshot = read_all(profile, KZGOPS_PROFILE_ALL);
    assert_int_equal(snapshot.entry_count, 3);
    assert_int_equal(entries[0].phase, DECODE);
    assert_int_equal(entries[0].total_ns, 100);
    assert_int_equal(entries[1].phase, WHOLE);
    assert_null(entries[1].phase_name);
    assert_int_equal(entries[1].total_ns, 1234);
    assert_int_equal(entries[2].phase, MSM);
    assert_int_equal(kzgops_profile_begin(NULL, 0, 0).begin_ns, 0); /* no profiler: nothing happens */
    assert_int_equal(kzgops_profile_end(NULL, &span), 0);
    kzgops_profile_record(NULL, 0, 0, 1);
    kzgops_profile_tick(NULL);
    assert_true(kzgops_profile_measure(NULL, "prove", NULL, body, &ns));
    kzgops_profile_free(profile);
}

/* ---- Threads --------------------------------------------------------------------------------------------------- */

#define THREADS 8
#define RECORDS 20000

struct job {
    kzgops_profile *profile;
    uint64_t first;
    size_t count;
};

static void *record_many(void *argument) {
    const struct job *job = argument;
    for (size_t i = 0; i < job->count; i++) {
        kzgops_profile_record(job->profile, COMMIT, i % 2 ? WHOLE : MSM, job->first + i);
    }
    return NULL;
}

static void *read_often(void *argument) {
    kzgops_profile *profile = argument;
    for (int i = 0; i < 100; i++) {
        kzgops_profile_entry entry[4];
        kzgops_profile_snapshot snapshot;
        now_ns += 5 * SECOND;
        kzgops_profile_report(profile, (kzgops_profile_window)(i % 3), entry, 4, &snapshot);
        for (size_t k = 0; k < snapshot.entry_count; k++) {
            assert_true(entry[k].minimum_ns <= entry[k].quantile_ns[0]);
            assert_true(entry[k].quantile_ns[4] <= entry[k].maximum_ns);
        }
    }
    return NULL;
}

/* Whether they have shards of their own or share one. */
static void threads__lose_no_record(void **state) {
    (void)state;
    static const size_t shards[] = {1, 3, THREADS + 1};
    for (size_t s = 0; s < 3; s++) {
        kzgops_profile *profile = profiler(shards[s]);
        pthread_t thread[THREADS], reader;
        struct job job[THREADS];
        assert_int_equal(pthread_create(&reader, NULL, read_often, profile), 0);
        for (size_t i = 0; i < THREADS; i++) {
            job[i] = (struct job){profile, 1 + i * RECORDS, RECORDS};
            assert_int_equal(pthread_create(&thread[i], NULL, record_many, &job[i]), 0);
        }
        for (size_t i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
        pthread_join(reader, NULL);
        kzgops_profile_snapshot snapshot = read_all(profile, KZGOPS_PROFILE_ALL);
        assert_int_equal(snapshot.entry_count, 2);
        uint64_t n = THREADS * RECORDS;
        assert_int_equal(entries[0].count + entries[1].count, n);
        assert_int_equal(entries[0].total_ns + entries[1].total_ns, n * (n + 1) / 2);
        assert_int_equal(entries[1].minimum_ns, 1);
        assert_int_equal(entries[0].maximum_ns, n);
        kzgops_profile_free(profile);
    }
}

/* Far more threads than shards, one after the other: each takes over the shard of one that has ended. */
static void threads__that_end_leave_what_they_counted(void **state) {
    (void)state;
    kzgops_profile *profile = profiler(2), *other = profiler(1);
    for (int i = 0; i < 50; i++) {
        pthread_t thread;
        struct job job = {i % 5 ? profile : other, 10, 10};
        assert_int_equal(pthread_create(&thread, NULL, record_many, &job), 0);
        pthread_join(thread, NULL);
    }
    (void)read_all(profile, KZGOPS_PROFILE_ALL);
    assert_int_equal(entries[0].count, 40 * 5);
    (void)read_all(other, KZGOPS_PROFILE_ALL);
    assert_int_equal(entries[0].count, 10 * 5);
    kzgops_profile_free(other);
    kzgops_profile_free(profile);
}

static void *reset_often(void *argument) {
    for (int i = 0; i < 50; i++) kzgops_profile_reset(argument);
    return NULL;
}

static void reset__beside_recording_loses_nothing_of_later(void **state) {
    (void)state;
    kzgops_profile *profile = profiler(2);
    pthread_t thread[2];
    struct job job = {profile, 100, RECORDS};
    assert_int_equal(pthread_create(&thread[0], NULL, record_many, &job), 0);
    assert_int_equal(pthread_create(&thread[1], NULL, reset_often, profile), 0);
    for (int i = 0; i < 2; i++) pthread_join(thread[i], NULL);
    kzgops_profile_snapshot snapshot = read_all(profile, KZGOPS_PROFILE_ALL);
    for (size_t i = 0; i < snapshot.entry_count; i++) assert_true(entries[i].count <= RECORDS / 2);
    kzgops_profile_reset(profile);
    kzgops_profile_record(profile, PROVE, WHOLE, 3);
    assert_int_equal(read_one(profile, KZGOPS_PROFILE_ALL)->count, 1);
    kzgops_profile_free(profile);
}

/* ---- Making, reports ------------------------------------------------------------------------------------------- */

static void tables__that_are_wrong_are_refused_in_words(void **state) {
    (void)state;
    static const char *const twice[] = {"a", "b", "a"}, *const empty[] = {"a", ""}, *const hole[] = {NULL};
    const kzgops_profile_config bad[] = {
        {0},
        {.operations = NULL, .operation_count = 1},
        {.operations = hole, .operation_count = 1},
        {.operations = empty, .operation_count = 2},
        {.operations = twice, .operation_count = 3},
        {.operations = operations, .operation_count = 2, .phases = twice, .phase_count = 3},
        {.operations = operations, .operation_count = 257},
        {.operations = operations, .operation_count = 2, .phases = phases, .phase_count = 65},
        {.operations = operations, .operation_count = 2, .threads = 1025},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *error = NULL;
        assert_null(kzgops_profile_new(&bad[i], &error));
        assert_non_null(error);
    }
    assert_null(kzgops_profile_free(NULL));
}

static size_t allowed, live_bytes;

static void *scarce_alloc(void *user, size_t bytes) {
    (void)user;
    if (allowed == 0) return NULL;
    allowed--;
    live_bytes += bytes;
    void *memory = malloc(bytes);
    if (memory != NULL) memset(memory, 0xa5, bytes); /* not cleared, and all of it may be wrong */
    return memory;
}

static void scarce_release(void *user, void *memory, size_t bytes) {
    (void)user;
    live_bytes -= bytes;
    free(memory);
}

static void memory__failing_at_each_step_is_an_error_and_dirty_memory_is_fine(void **state) {
    (void)state;
    const kzgops_sources sources = {.clock = {read_clock, read_clock, NULL},
                                    .allocator = {scarce_alloc, scarce_release, NULL}};
    for (size_t n = 0;; n++) {
        const char *error = NULL;
        allowed = n;
        kzgops_profile *profile = kzgops_profile_new(
            &(kzgops_profile_config){.operations = operations, .operation_count = OPERATIONS, .sources = &sources},
            &error);
        if (profile == NULL) {
            assert_non_null(error);
            assert_int_equal(live_bytes, 0);
            continue;
        }
        assert_true(n > 0);
        live(profile, 200, 1000);
        expect_window(profile, KZGOPS_PROFILE_MINUTE, 60, 10);
        kzgops_profile_reset(profile);
        live(profile, 20, 1000);
        assert_int_equal(read_one(profile, KZGOPS_PROFILE_ALL)->count, 20);
        kzgops_profile_free(profile);
        assert_int_equal(live_bytes, 0);
        break;
    }
}

static void reports__have_the_figures_and_snprintf_semantics(void **state) {
    (void)state;
    static char text[8192], cut[64];
    kzgops_profile *profile = profiler(1);
    kzgops_profile_snapshot snapshot = read_all(profile, KZGOPS_PROFILE_ALL);
    (void)kzgops_profile_report_text(&snapshot, text, sizeof text);
    assert_non_null(strstr(text, "nothing recorded"));
    for (int i = 0; i < 10; i++) kzgops_profile_record(profile, COMMIT, WHOLE, 1500000);
    kzgops_profile_record(profile, COMMIT, MSM, 999);
    kzgops_profile_record(profile, PROVE, ENCODE, 2000000000);
    now_ns += 2 * SECOND;
    snapshot = read_all(profile, KZGOPS_PROFILE_ALL);
    size_t n = kzgops_profile_report_text(&snapshot, text, sizeof text);
    assert_int_equal(n, strlen(text));
    assert_non_null(strstr(text, "commit                               10   15.0 ms   1.50 ms"));
    assert_non_null(strstr(text, "\n  msm                                 1    999 ns"));
    assert_non_null(strstr(text, "\nprove\n  encode                              1    2.00 s"));
    assert_int_equal(kzgops_profile_report_text(&snapshot, cut, sizeof cut), n);
    assert_int_equal(strncmp(cut, text, sizeof cut - 1), 0);
    assert_int_equal(strlen(cut), sizeof cut - 1);

    n = kzgops_profile_report_json(&snapshot, text, sizeof text);
    assert_int_equal(n, strlen(text));
    json_object *json = json_tokener_parse(text), *list, *entry, *value;
    assert_non_null(json);
    assert_true(json_object_object_get_ex(json, "entries", &list));
    assert_int_equal(json_object_array_length(list), 3);
    entry = json_object_array_get_idx(list, 0);
    assert_false(json_object_object_get_ex(entry, "phase", &value));
    assert_true(json_object_object_get_ex(entry, "p999_ns", &value));
    assert_int_equal(json_object_get_int64(value), 1500000);
    assert_true(json_object_object_get_ex(entry, "per_second", &value));
    assert_true(json_object_get_double(value) == 5);
    json_object_put(json);
    assert_int_equal(kzgops_profile_report_json(&snapshot, NULL, 0), n);

    kzgops_profile_report(profile, KZGOPS_PROFILE_ALL, entries, 1, &snapshot);
    assert_int_equal(snapshot.entry_count, 1);
    assert_int_equal(snapshot.entry_total, 3);
    (void)kzgops_profile_report_text(&snapshot, text, sizeof text);
    assert_non_null(strstr(text, "and 2 more"));
    assert_string_equal(kzgops_profile_quantile_name(4), "p999");
    assert_string_equal(kzgops_profile_window_name(KZGOPS_PROFILE_TEN_MINUTES), "10m");
    kzgops_profile_free(profile);
}

/* ---- What it costs: figures for the header, not a judgement ---------------------------------------------------- */

#define BENCH_RECORDS 300000

struct bench {
    kzgops_profile *profile;
    bool spans;
    double ns;
};

static double thread_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void *bench(void *argument) {
    struct bench *job = argument;
    double begin = thread_ns();
    for (uint64_t i = 0; i < BENCH_RECORDS; i++) {
        if (job->spans) {
            kzgops_profile_span span = kzgops_profile_begin(job->profile, COMMIT, WHOLE);
            (void)kzgops_profile_end(job->profile, &span);
        } else {
            kzgops_profile_record(job->profile, COMMIT, WHOLE, 1000000 + i);
        }
    }
    job->ns = (thread_ns() - begin) / BENCH_RECORDS;
    return NULL;
}

static void bench__record(void **state) {
    (void)state;
    const kzgops_profile_config config = {
        .operations = operations, .operation_count = OPERATIONS, .phases = phases, .phase_count = PHASES};
    for (int kind = 0; kind < 4; kind++) {
        kzgops_profile *profile = kzgops_profile_new(&config, NULL);
        struct bench job[2] = {{profile, kind % 2 == 1, 0}, {profile, kind % 2 == 1, 0}};
        pthread_t thread[2];
        int threads = 1 + kind / 2;
        for (int i = 0; i < threads; i++) assert_int_equal(pthread_create(&thread[i], NULL, bench, &job[i]), 0);
        for (int i = 0; i < threads; i++) pthread_join(thread[i], NULL);
        double worst = job[0].ns > job[1].ns ? job[0].ns : job[1].ns;
        print_message("  %d thread%s, %s: %.1f ns\n", threads, threads > 1 ? "s" : "",
                      kind % 2 ? "begin and end" : "record", worst);
        double begin = thread_ns();
        for (int i = 0; i < 20; i++) (void)read_all(profile, KZGOPS_PROFILE_ALL);
        if (kind == 3) print_message("  report: %.1f us\n", (thread_ns() - begin) / 20 / 1000);
        kzgops_profile_free(profile);
    }
}

int main(void) {
    (void)setlocale(LC_ALL, "");
    const char *given = getenv("KZG_SEED");
    seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    generator = seed | 1;
    printf("KZG_SEED=%llu\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets__cover_all_durations_within_the_error),
        cmocka_unit_test(quantiles__are_within_a_128th_of_the_exact_ones),
        cmocka_unit_test(durations__beyond_the_last_bucket_keep_count_total_and_extremes),
        cmocka_unit_test(windows__hold_the_last_minute_and_the_last_ten),
        cmocka_unit_test(windows__without_ticks_say_what_they_cover),
        cmocka_unit_test(clock__that_goes_back_is_counted_and_nothing_negative_recorded),
        cmocka_unit_test(reset__begins_everything_anew),
        cmocka_unit_test(spans_and_measure__record_the_time_between),
        cmocka_unit_test(threads__lose_no_record),
        cmocka_unit_test(threads__that_end_leave_what_they_counted),
        cmocka_unit_test(reset__beside_recording_loses_nothing_of_later),
        cmocka_unit_test(tables__that_are_wrong_are_refused_in_words),
        cmocka_unit_test(memory__failing_at_each_step_is_an_error_and_dirty_memory_is_fine),
        cmocka_unit_test(reports__have_the_figures_and_snprintf_semantics),
        cmocka_unit_test(bench__record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
