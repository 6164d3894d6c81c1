/* libkzgops: the CPU monitor on the machines of machines/cpu_* (two moments each: proc1 with cgroup1, proc2 with
 * cgroup2), on made-up load, and on this machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "kzgops/cpu.h"

#define SECOND  INT64_C(1000000000)
#define UNKNOWN KZGOPS_CPU_UNKNOWN

/* ---- A machine and its clocks, set by the test ---------------------------------------------------------------- */

static char proc_root[512], cgroup_root[512];
static _Atomic int64_t monotonic_ns, realtime_ns;

static int64_t read_monotonic(void *user) {
    (void)user;
    return atomic_load(&monotonic_ns);
}

static int64_t read_realtime(void *user) {
    (void)user;
    return atomic_load(&realtime_ns);
}

static const kzgops_sources fake = {
    .proc_root = proc_root, .cgroup_root = cgroup_root, .clock = {read_monotonic, read_realtime, NULL}};

static void go_on(int64_t ns) {
    monotonic_ns += ns;
    realtime_ns += ns;
}

static void set_clocks(void) {
    monotonic_ns = 5000 * SECOND;
    realtime_ns = INT64_C(1700000000) * SECOND;
}

static char made_folder[] = "/tmp/test_cpu_XXXXXX";

static int make_folder(void **state) {
    (void)state;
    set_clocks();
    return mkdtemp(made_folder) != NULL ? 0 : -1;
}

/* The control groups are at the same place at both moments, as they are on a machine. */
static void be_machine(const char *name, int moment) {
    char groups[512];
    snprintf(proc_root, sizeof proc_root, "%s/%s/proc%d", MACHINES, name, moment);
    snprintf(groups, sizeof groups, "%s/%s/cgroup%d", MACHINES, name, moment);
    snprintf(cgroup_root, sizeof cgroup_root, "%s/cgroup", made_folder);
    (void)unlink(cgroup_root);
    assert_int_equal(symlink(groups, cgroup_root), 0);
}

static kzgops_cpu *monitor(const kzgops_cpu_config *config) {
    const char *error = NULL;
    kzgops_cpu_config full = config != NULL ? *config : (kzgops_cpu_config){0};
    full.sources = &fake;
    kzgops_cpu *cpu = kzgops_cpu_new(&full, &error);
    assert_null(error);
    assert_non_null(cpu);
    return cpu;
}

static kzgops_cpu_core cores[8];
static kzgops_cpu_thread threads[8];

/* The two moments of a machine, two seconds apart. */
static kzgops_cpu_sample two_moments(const char *name, int first, int second, kzgops_cpu_report_data *report) {
    kzgops_cpu_sample sample;
    set_clocks();
    kzgops_cpu *cpu = monitor(NULL);
    be_machine(name, first);
    assert_false(kzgops_cpu_tick(cpu, NULL));
    be_machine(name, second);
    go_on(2 * SECOND);
    memset(&sample, 0x5a, sizeof sample);
    assert_true(kzgops_cpu_tick(cpu, &sample));
    kzgops_cpu_report(cpu, cores, 8, threads, 8, report);
    kzgops_cpu_free(cpu);
    return sample;
}

static void expect(double got, double want) {
    if (isnan(want) ? !isnan(got) : !(fabs(got - want) < 1e-9)) fail_msg("got %.12g, expected %.12g", got, want);
}

/* ---- Two moments ---------------------------------------------------------------------------------------------- */

static void sample__says_what_happened_between_two_ticks(void **state) {
    (void)state;
    kzgops_cpu_report_data report;
    kzgops_cpu_sample sample = two_moments("cpu_v2_nested", 1, 2, &report);
    assert_int_equal(sample.interval_ns, 2 * SECOND);
    assert_int_equal(sample.when_ns, realtime_ns);
    expect(sample.user, 100 * 210.0 / 800);
    expect(sample.kernel, 100 * 40.0 / 800);
    expect(sample.iowait, 100 * 20.0 / 800);
    expect(sample.steal, 100 * 35.0 / 800);
    expect(sample.busy, 100 * 285.0 / 800);
    expect(sample.core_busiest, 90);
    expect(sample.process_user, 90); /* 1.8 s of 2 */
    expect(sample.process_kernel, 10);
    expect(sample.process, 100);
    expect(sample.process_share, 100 / 1.5);
    expect(sample.run_wait, 4);   /* worker 1: 80 ms; the one that ended and the new one are not in it */
    expect(sample.throttled, 25); /* 5 of 20 periods */
    expect(sample.load1, 3.5);
    expect(sample.pressure, 12.25);
    assert_int_equal(report.resets, 0);
    assert_int_equal(report.clock_steps, 0);
    assert_int_equal(report.ticks, 2);
    assert_int_equal(report.samples, 1);
    expect(report.process_user_s, 51.8);
    expect(report.process_kernel_s, 10.2);
    expect(report.load5, 1);
    expect(report.load15, 0.45);
    assert_int_equal(report.runnable, 5);
    assert_int_equal(report.tasks, 312);
    assert_true(report.machine_pressure.known);
    expect(report.machine_pressure.some_avg60, 2.5);
    assert_int_equal(report.machine_pressure.some_total_us, 90400000);
    assert_true(report.group_pressure.known);
    expect(report.group_pressure.some_avg10, 9);
    assert_int_equal(report.limits.periods, 1020);
    assert_int_equal(report.limits.throttled_periods, 45);
    assert_int_equal(report.limits.throttled_ns, UINT64_C(2250000000));
}

static void cores_and_threads__are_reported_one_by_one(void **state) {
    (void)state;
    static const double busy[] = {90, 25, 0, 27.5}, steal[] = {0, 0, 0, 17.5};
    kzgops_cpu_report_data report;
    (void)two_moments("cpu_v2_nested", 1, 2, &report);
    assert_int_equal(report.core_count, 4);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(cores[i].number, i);
        expect(cores[i].busy, busy[i]);
        expect(cores[i].steal, steal[i]);
    }
    expect(cores[2].iowait, 10);
    assert_int_equal(report.thread_count, 3);
    assert_int_equal(report.thread_total, 3);
    assert_string_equal(threads[0].name, "worker 1");
    assert_int_equal(threads[0].id, 4250);
    assert_int_equal(threads[0].state, 'R');
    expect(threads[0].busy, 95);
    expect(threads[0].run_wait, 4);
    expect(threads[0].cpu_s, 36.9);
    expect(threads[0].wait_s, 2.08);
    assert_string_equal(threads[1].name, "kzgd");
    expect(threads[1].busy, 1);
    expect(threads[1].run_wait, 0);
    assert_string_equal(threads[2].name, "young");
    expect(threads[2].busy, NAN); /* nothing to compare it with */
    expect(threads[2].cpu_s, 0.06);
    (void)two_moments("cpu_v2_nested", 1, 1, &report);
    assert_string_equal(threads[2].name, "odd) (R 1 2"); /* brackets and blanks in a name */
    assert_int_equal(threads[2].id, 4251);
}

static void v1__quota_throttling_and_waiting(void **state) {
    (void)state;
    kzgops_cpu_report_data report;
    kzgops_cpu_sample sample = two_moments("cpu_v1_docker", 1, 2, &report);
    expect(sample.busy, 50);
    expect(sample.process, 50);
    expect(sample.process_share, 100); /* a quota of half a CPU */
    expect(sample.throttled, 0);
    expect(sample.run_wait, 100); /* it waited for 3 s: longer than the sample, and is no counter gone wrong */
    expect(sample.pressure, NAN);
    assert_int_equal(report.resets, 0);
    assert_false(report.machine_pressure.known);
    expect(report.machine_pressure.some_avg10, NAN);
    assert_int_equal(report.limits.throttled_ns, 500000000);
}

static void old_kernel__leaves_what_it_does_not_count_unknown(void **state) {
    (void)state;
    kzgops_cpu_report_data report;
    kzgops_cpu_sample sample = two_moments("cpu_old", 1, 2, &report);
    expect(sample.busy, 25);
    expect(sample.steal, NAN);
    expect(sample.run_wait, NAN); /* "0 0 0" is not a thread that never waited */
    expect(sample.throttled, NAN);
    assert_int_equal(report.thread_count, 1);
    expect(threads[0].wait_s, NAN);
    expect(threads[0].busy, 25); /* 0.5 s of 2, from its stat */
    assert_int_equal(report.limits.cgroup, KZGOPS_CPU_CGROUP_UNKNOWN);
    expect(report.limits.quota, NAN);
    expect(report.limits.available, 1);
    assert_int_equal(report.limits.allowed, UNKNOWN);
}

static void counters__that_went_back_make_the_figure_unknown(void **state) {
    (void)state;
    kzgops_cpu_report_data report;
    kzgops_cpu_sample sample = two_moments("cpu_v2_nested", 2, 1, &report);
    assert_int_equal(report.resets, 1);
    expect(sample.busy, NAN);
    expect(sample.process, NAN);
    expect(sample.process_share, NAN);
    expect(sample.throttled, NAN);
    expect(sample.core_busiest, NAN);
    expect(sample.load1, 1.25); /* no counter */
    for (size_t f = 0; f < KZGOPS_CPU_FIGURES; f++) assert_int_equal(report.window[f][KZGOPS_CPU_ALL].count, 0);
}

static void expect_nothing(const kzgops_cpu_sample *sample, const kzgops_cpu_report_data *report) {
    const double *figure = &sample->busy, *end = &sample->pressure + 1;
    for (; figure < end; figure++) expect(*figure, NAN);
    assert_false(report->machine_pressure.known || report->group_pressure.known);
    assert_int_equal(report->runnable, UNKNOWN);
    assert_int_equal(report->tasks, UNKNOWN);
    expect(report->process_user_s, NAN);
    expect(report->process_kernel_s, NAN);
    expect(report->load5, NAN);
    assert_int_equal(report->limits.allowed, UNKNOWN);
    expect(report->limits.quota, NAN);
    assert_int_equal(report->limits.periods, UNKNOWN);
    assert_int_equal(report->limits.throttled_periods, UNKNOWN);
    assert_int_equal(report->limits.throttled_ns, UNKNOWN);
    assert_int_equal(report->thread_count, 0);
    for (size_t f = 0; f < KZGOPS_CPU_FIGURES; f++) {
        for (size_t s = 0; s < KZGOPS_CPU_SPANS; s++) {
            assert_int_equal(report->window[f][s].count, 0);
            expect(report->window[f][s].average, NAN);
            expect(report->window[f][s].above, NAN);
        }
    }
}

static void garbage_emptiness_and_absence__are_unknown_never_zero(void **state) {
    (void)state;
    static const char *const names[] = {"cpu_garbage", "cpu_empty", "cpu_that_is_not_there"};
    for (size_t i = 0; i < 3; i++) {
        kzgops_cpu_report_data report;
        kzgops_cpu_sample sample = two_moments(names[i], 1, 1, &report);
        print_message("  %s\n", names[i]);
        expect_nothing(&sample, &report);
        if (i == 0) {
            assert_true(report.limits.quota_incomplete);
            assert_int_equal(report.core_count, 2); /* lines of CPUs 0 and 1, of which nothing else can be read */
            expect(cores[0].busy, NAN);
            expect(cores[1].busy, NAN);
        } else {
            assert_int_equal(report.limits.online, UNKNOWN);
            expect(report.limits.available, NAN);
        }
        char text[8192];
        size_t n = kzgops_cpu_report_json(&report, text, sizeof text);
        json_object *json = json_tokener_parse(text), *last, *busy;
        assert_true(n < sizeof text);
        assert_non_null(json);
        assert_true(json_object_object_get_ex(json, "last", &last));
        assert_true(json_object_object_get_ex(last, "busy", &busy));
        assert_null(busy);
        json_object_put(json);
    }
}

/* ---- Quotas --------------------------------------------------------------------------------------------------- */

static const struct expected {
    const char *machine;
    kzgops_cpu_cgroup version;
    const char *path, *quota_path;
    bool guessed, incomplete;
    double quota;
    uint64_t throttled;
} quotas[] = {
    {"cpu_v2_nested", KZGOPS_CPU_CGROUP_V2, "/system.slice/kzgd.service", "/system.slice", false, false, 1.5, 40},
    {"cpu_v2_container", KZGOPS_CPU_CGROUP_V2, "", "", false, false, 0.5, 1},
    {"cpu_v2_leaf_off", KZGOPS_CPU_CGROUP_V2, "/user.slice/a.scope", "/user.slice", false, false, 1, 0},
    {"cpu_v2_unlimited", KZGOPS_CPU_CGROUP_V2, "/a", NULL, false, false, INFINITY, 0},
    {"cpu_v2_partial", KZGOPS_CPU_CGROUP_V2, "/a/b", "/a", false, true, 3, 0},
    {"cpu_v2_partial_max", KZGOPS_CPU_CGROUP_V2, "/a/b", NULL, false, true, NAN, 0},
    {"cpu_v2_moved", KZGOPS_CPU_CGROUP_V2, "", "", true, false, 0.5, 1},
    {"cpu_v1_docker", KZGOPS_CPU_CGROUP_V1, "/cpu,cpuacct", "/cpu,cpuacct", false, false, 0.5, 10},
    {"cpu_v1_unlimited", KZGOPS_CPU_CGROUP_V1, "/cpu,cpuacct/jobs", NULL, false, false, INFINITY, 0},
    {"cpu_v1_bare", KZGOPS_CPU_CGROUP_V1, "/cpu/kube pods/p1", "/cpu/kube pods/p1", false, false, 2.5, 3},
    {"cpu_v1_no_quotas", KZGOPS_CPU_CGROUP_V1, "/cpu", NULL, false, false, NAN, UNKNOWN},
    {"cpu_hybrid", KZGOPS_CPU_CGROUP_V1, "/cpu", NULL, false, false, INFINITY, 0},
    {"cpu_hybrid_v2", KZGOPS_CPU_CGROUP_V2, "/unified/a", "/unified/a", false, false, 4, 0},
    {"cpu_none", KZGOPS_CPU_CGROUP_NONE, NULL, NULL, false, false, INFINITY, UNKNOWN},
    {"cpu_garbage", KZGOPS_CPU_CGROUP_V2, "/a", NULL, false, true, NAN, UNKNOWN},
    {"cpu_empty", KZGOPS_CPU_CGROUP_UNKNOWN, NULL, NULL, false, false, NAN, UNKNOWN},
    {"cpu_old", KZGOPS_CPU_CGROUP_UNKNOWN, NULL, NULL, false, false, NAN, UNKNOWN},
};

static void expect_path(const char *path, const char *below) {
    if (below == NULL) {
        assert_string_equal(path, "");
        return;
    }
    assert_int_equal(strncmp(path, cgroup_root, strlen(cgroup_root)), 0);
    assert_string_equal(path + strlen(cgroup_root), below);
}

static void quota__is_the_smallest_on_the_way_up(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof quotas / sizeof quotas[0]; i++) {
        const struct expected *want = &quotas[i];
        kzgops_cpu_report_data report;
        kzgops_cpu *cpu = monitor(NULL);
        print_message("  %s\n", want->machine);
        be_machine(want->machine, 1);
        (void)kzgops_cpu_tick(cpu, NULL);
        kzgops_cpu_report(cpu, NULL, 0, NULL, 0, &report);
        assert_int_equal(report.limits.cgroup, want->version);
        expect_path(report.limits.path, want->path);
        expect_path(report.limits.quota_path, want->quota_path);
        assert_int_equal(report.limits.path_guessed, want->guessed);
        assert_int_equal(report.limits.quota_incomplete, want->incomplete);
        if (isinf(want->quota)) {
            assert_true(isinf(report.limits.quota));
        } else {
            expect(report.limits.quota, want->quota);
        }
        assert_int_equal(report.limits.throttled_periods, want->throttled);
        kzgops_cpu_free(cpu);
    }
}

static void machines__are_all_in_the_table(void **state) {
    (void)state;
    DIR *folder = opendir(MACHINES);
    struct dirent *entry;
    size_t found = 0;
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        if (strncmp(entry->d_name, "cpu_", 4) != 0) continue;
        size_t i = 0;
        while (i < sizeof quotas / sizeof quotas[0] && strcmp(quotas[i].machine, entry->d_name) != 0) i++;
        assert_true(i < sizeof quotas / sizeof quotas[0]);
        found++;
    }
    closedir(folder);
    assert_int_equal(found, sizeof quotas / sizeof quotas[0]);
}

/* ---- Made-up load: windows, threshold, clocks ------------------------------------------------------------------ */

static uint64_t made_user, made_idle, made_process;

static void write_file(const char *name, const char *text) {
    char path[600];
    snprintf(path, sizeof path, "%s/%s", proc_root, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* A second in which the machine of four CPUs was that busy, and the process that much of one CPU; per cent. */
static void live(double busy, double process) {
    char text[512];
    made_user += (uint64_t)llround(busy * 4);
    made_idle += (uint64_t)llround((100 - busy) * 4);
    made_process += (uint64_t)llround(process);
    snprintf(text, sizeof text,
             "cpu  %llu 0 0 %llu 0 0 0 0 0 0\ncpu0 1 0 0 1 0 0 0 0 0 0\ncpu1 1 0 0 1 0 0 0 0 0 0\n"
             "cpu2 1 0 0 1 0 0 0 0 0 0\ncpu3 1 0 0 1 0 0 0 0 0 0\n",
             (unsigned long long)made_user, (unsigned long long)made_idle);
    write_file("stat", text);
    snprintf(text, sizeof text, "7 (made) R 1 7 7 0 -1 0 0 0 0 0 %llu 0 0 0 20 0 1 0 5 0 0\n",
             (unsigned long long)made_process);
    write_file("self/stat", text);
    go_on(SECOND);
}

static void made_machine(void) {
    static bool made;
    char path[600];
    set_clocks();
    snprintf(proc_root, sizeof proc_root, "%s", made_folder);
    snprintf(cgroup_root, sizeof cgroup_root, "%s/none", made_folder);
    snprintf(path, sizeof path, "%s/self", made_folder);
    if (!made) assert_int_equal(mkdir(path, 0700), 0);
    made = true;
    made_user = made_idle = made_process = 1000;
    live(0, 0);
}

static int remove_folder(void **state) {
    static const char *const names[] = {"self/stat", "self", "stat", "cgroup", ""};
    char path[600];
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        snprintf(path, sizeof path, "%s/%s", made_folder, names[i]);
        (void)remove(path);
    }
    return 0;
}

static struct {
    kzgops_cpu_crossing crossing[64];
    size_t count;
} record;

static void keep(void *user, const kzgops_cpu_crossing *crossing) {
    assert_ptr_equal(user, &record);
    assert_true(record.count < 64);
    record.crossing[record.count++] = *crossing;
}

static void threshold__calls_once_a_crossing_and_needs_the_hysteresis_to_fall(void **state) {
    (void)state;
    static const double load[] = {10, 79, 80, 95, 81, 79, 75, 70, 69, 69, 79, 85, 10};
    static const struct {
        size_t after;
        bool above;
    } want[] = {{2, true}, {8, false}, {11, true}, {12, false}};
    size_t seen = 0;
    made_machine();
    record.count = 0;
    kzgops_cpu *cpu = monitor(&(kzgops_cpu_config){.crossed = keep, .user = &record});
    (void)kzgops_cpu_tick(cpu, NULL);
    for (size_t i = 0; i < sizeof load / sizeof load[0]; i++) {
        live(load[i], 0);
        assert_true(kzgops_cpu_tick(cpu, NULL));
        if (seen < 4 && want[seen].after == i) {
            const kzgops_cpu_crossing *got = &record.crossing[seen];
            assert_int_equal(record.count, seen + 1);
            assert_int_equal(got->sequence, seen + 1);
            assert_int_equal(got->figure, KZGOPS_CPU_SYSTEM);
            assert_int_equal(got->above, want[seen].above);
            expect(got->value, load[i]);
            expect(got->threshold, 80);
            assert_int_equal(got->when_ns, realtime_ns);
            seen++;
        }
        assert_int_equal(record.count, seen);
    }
    assert_int_equal(seen, 4);
    kzgops_cpu_free(cpu);
}

static void threshold__watches_the_process_on_its_own(void **state) {
    (void)state;
    kzgops_cpu_report_data report;
    made_machine();
    record.count = 0;
    kzgops_cpu *cpu = monitor(
        &(kzgops_cpu_config){.threshold_percent = 50, .hysteresis_percent = 5, .crossed = keep, .user = &record});
    (void)kzgops_cpu_tick(cpu, NULL);
    live(20, 196);
    (void)kzgops_cpu_tick(cpu, NULL);
    assert_int_equal(record.count, 0); /* 49 % of four CPUs */
    live(20, 200);
    (void)kzgops_cpu_tick(cpu, NULL);
    assert_int_equal(record.count, 1);
    assert_int_equal(record.crossing[0].figure, KZGOPS_CPU_PROCESS);
    write_file("self/stat", "nothing"); /* unknown: neither above nor below */
    go_on(SECOND);
    (void)kzgops_cpu_tick(cpu, NULL);
    assert_int_equal(record.count, 1);
    kzgops_cpu_report(cpu, NULL, 0, NULL, 0, &report);
    assert_true(report.above[KZGOPS_CPU_PROCESS]);
    assert_false(report.above[KZGOPS_CPU_SYSTEM]);
    assert_true(report.since_ns[KZGOPS_CPU_PROCESS] == realtime_ns - SECOND);
    assert_int_equal(report.since_ns[KZGOPS_CPU_SYSTEM], 0);
    kzgops_cpu_free(cpu);
}

static void windows__count_average_extremes_and_share_above(void **state) {
    (void)state;
    kzgops_cpu_report_data report;
    made_machine();
    kzgops_cpu *cpu = monitor(NULL);
    (void)kzgops_cpu_tick(cpu, NULL);
    for (int second = 0; second < 900; second++) { /* 300 s of 100, 500 s of 20, 100 s of 60, of which 30 s of 90 */
        live(second < 300 ? 100 : second < 800 ? 20 : second < 870 ? 60 : 90, 0);
        assert_true(kzgops_cpu_tick(cpu, NULL));
    }
    kzgops_cpu_report(cpu, NULL, 0, NULL, 0, &report);
    const kzgops_cpu_window *window = report.window[KZGOPS_CPU_SYSTEM];
    assert_int_equal(window[KZGOPS_CPU_MINUTE].count, 60);
    expect(window[KZGOPS_CPU_MINUTE].average, 75);
    expect(window[KZGOPS_CPU_MINUTE].minimum, 60);
    expect(window[KZGOPS_CPU_MINUTE].maximum, 90);
    expect(window[KZGOPS_CPU_MINUTE].above, 0.5);
    assert_int_equal(window[KZGOPS_CPU_MINUTE].covered_ns, 60 * SECOND);
    assert_int_equal(window[KZGOPS_CPU_TEN_MINUTES].count, 600);
    expect(window[KZGOPS_CPU_TEN_MINUTES].average, (500 * 20 + 70 * 60 + 30 * 90) / 600.0);
    expect(window[KZGOPS_CPU_TEN_MINUTES].minimum, 20);
    expect(window[KZGOPS_CPU_TEN_MINUTES].above, 30 / 600.0);
    assert_int_equal(window[KZGOPS_CPU_ALL].count, 900);
    expect(window[KZGOPS_CPU_ALL].maximum, 100);
    expect(window[KZGOPS_CPU_ALL].above, 330 / 900.0);
    assert_int_equal(window[KZGOPS_CPU_ALL].covered_ns, 900 * SECOND);
    assert_true(report.above[KZGOPS_CPU_SYSTEM]);
    kzgops_cpu_free(cpu);
}

static void ring__keeps_the_newest_and_says_how_far_back_it_goes(void **state) {
    (void)state;
    kzgops_cpu_report_data report;
    kzgops_cpu_sample sample[20];
    made_machine();
    kzgops_cpu *cpu = monitor(&(kzgops_cpu_config){.samples = 10});
    (void)kzgops_cpu_tick(cpu, NULL);
    for (int i = 1; i <= 25; i++) {
        live(i, 0);
        (void)kzgops_cpu_tick(cpu, NULL);
    }
    assert_int_equal(kzgops_cpu_samples(cpu, sample, 20), 10);
    for (int i = 0; i < 10; i++) {
        expect(sample[i].busy, 16 + i);
        assert_int_equal(sample[i].at_ns, monotonic_ns - (9 - i) * SECOND);
    }
    assert_int_equal(kzgops_cpu_samples(cpu, sample, 3), 3);
    expect(sample[2].busy, 25);
    kzgops_cpu_report(cpu, NULL, 0, NULL, 0, &report);
    assert_int_equal(report.window[0][KZGOPS_CPU_MINUTE].count, 10);
    assert_int_equal(report.window[0][KZGOPS_CPU_MINUTE].covered_ns, 10 * SECOND);
    assert_int_equal(report.window[0][KZGOPS_CPU_ALL].count, 25);
    kzgops_cpu_free(cpu);
}

static void clocks__that_step_are_counted_and_change_no_figure(void **state) {
    (void)state;
    kzgops_cpu_report_data report;
    kzgops_cpu_sample sample;
    made_machine();
    kzgops_cpu *cpu = monitor(NULL);
    (void)kzgops_cpu_tick(cpu, NULL);
    live(30, 40);
    assert_true(kzgops_cpu_tick(cpu, NULL));
    live(31, 41);
    realtime_ns -= 3600 * SECOND; /* set back by an hour */
    assert_true(kzgops_cpu_tick(cpu, &sample));
    expect(sample.busy, 31);
    expect(sample.process, 41);
    live(32, 42);
    realtime_ns += 3600 * SECOND;
    assert_true(kzgops_cpu_tick(cpu, &sample));
    expect(sample.busy, 32);
    kzgops_cpu_report(cpu, NULL, 0, NULL, 0, &report);
    assert_int_equal(report.clock_steps, 2);
    assert_int_equal(report.window[0][KZGOPS_CPU_MINUTE].count, 3);

    assert_false(kzgops_cpu_tick(cpu, NULL)); /* no time has passed */
    live(33, 43);
    monotonic_ns -= 10 * SECOND; /* no real one does this */
    realtime_ns -= 10 * SECOND;
    sample.busy = -1;
    assert_false(kzgops_cpu_tick(cpu, &sample));
    expect(sample.busy, -1);
    live(34, 44);
    assert_true(kzgops_cpu_tick(cpu, &sample));
    expect(sample.busy, 34);
    expect(sample.process, 44);
    kzgops_cpu_report(cpu, NULL, 0, NULL, 0, &report);
    assert_int_equal(report.clock_steps, 3);
    assert_int_equal(report.window[0][KZGOPS_CPU_ALL].count, 4);
    kzgops_cpu_free(cpu);
}

static void counter__that_leaps_is_not_believed(void **state) {
    (void)state;
    kzgops_cpu_sample sample;
    kzgops_cpu_report_data report;
    made_machine();
    kzgops_cpu *cpu = monitor(NULL);
    (void)kzgops_cpu_tick(cpu, NULL);
    live(10, 900); /* nine CPUs' time of four */
    assert_true(kzgops_cpu_tick(cpu, &sample));
    expect(sample.process, NAN);
    live(10, 400);
    assert_true(kzgops_cpu_tick(cpu, &sample));
    expect(sample.process, 400);
    expect(sample.process_share, 100);
    kzgops_cpu_report(cpu, NULL, 0, NULL, 0, &report);
    assert_int_equal(report.resets, 1);
    kzgops_cpu_free(cpu);
}

/* ---- Making, reports ------------------------------------------------------------------------------------------ */

static void config__out_of_range_is_refused_in_words(void **state) {
    (void)state;
    const kzgops_cpu_config bad[] = {
        {.threshold_percent = 101}, {.threshold_percent = -1},
        {.threshold_percent = NAN}, {.hysteresis_percent = 80},
        {.hysteresis_percent = -1}, {.threshold_percent = 5},
        {.interval_ns = 1},         {.interval_ns = 4000 * SECOND},
        {.samples = 1000001},       {.cores = 65537},
        {.threads = 65537},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *error = NULL;
        assert_null(kzgops_cpu_new(&bad[i], &error));
        assert_non_null(error);
        assert_null(kzgops_cpu_new(&bad[i], NULL));
    }
    assert_null(kzgops_cpu_free(NULL));
}

static size_t allowed_allocations, live_bytes;

static void *scarce_alloc(void *user, size_t bytes) {
    (void)user;
    if (allowed_allocations == 0) return NULL;
    allowed_allocations--;
    live_bytes += bytes;
    return malloc(bytes);
}

static void scarce_release(void *user, void *memory, size_t bytes) {
    (void)user;
    live_bytes -= bytes;
    free(memory);
}

static void memory__failing_at_each_step_is_an_error_and_leaks_nothing(void **state) {
    (void)state;
    const kzgops_sources sources = {.allocator = {scarce_alloc, scarce_release, NULL}};
    for (size_t n = 0;; n++) {
        const char *error = NULL;
        allowed_allocations = n;
        kzgops_cpu *cpu = kzgops_cpu_new(&(kzgops_cpu_config){.sources = &sources}, &error);
        if (cpu != NULL) {
            assert_true(n > 0);
            (void)kzgops_cpu_tick(cpu, NULL);
            (void)kzgops_cpu_tick(cpu, NULL);
            kzgops_cpu_free(cpu);
            assert_int_equal(live_bytes, 0);
            break;
        }
        assert_non_null(error);
        assert_int_equal(live_bytes, 0);
    }
}

static double json_number(json_object *json, const char *path) {
    char copy[128], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *key = strtok_r(copy, "/", &rest); key != NULL; key = strtok_r(NULL, "/", &rest)) {
        if (json_object_is_type(json, json_type_array)) {
            json = json_object_array_get_idx(json, strtoul(key, NULL, 10));
        } else {
            assert_true(json_object_object_get_ex(json, key, &json));
        }
    }
    assert_non_null(json);
    return json_object_get_double(json);
}

static void reports__have_the_figures_and_snprintf_semantics(void **state) {
    (void)state;
    static char text[16384], cut[100];
    kzgops_cpu_report_data report;
    (void)two_moments("cpu_v2_nested", 1, 2, &report);
    size_t n = kzgops_cpu_report_json(&report, text, sizeof text);
    assert_int_equal(n, strlen(text));
    json_object *json = json_tokener_parse(text);
    assert_non_null(json);
    expect(json_number(json, "last/process"), 100);
    expect(json_number(json, "system/all/average"), 35.625);
    expect(json_number(json, "process/1m/count"), 1);
    expect(json_number(json, "limits/quota"), 1.5);
    expect(json_number(json, "threads/0/busy"), 95);
    expect(json_number(json, "cores/3/steal"), 17.5);
    expect(json_number(json, "machine_pressure/some_avg10"), 12.25);
    json_object_put(json);
    assert_int_equal(kzgops_cpu_report_json(&report, cut, sizeof cut), n);
    assert_int_equal(strlen(cut), sizeof cut - 1);
    assert_int_equal(strncmp(cut, text, sizeof cut - 1), 0);
    assert_int_equal(kzgops_cpu_report_json(&report, NULL, 0), n);

    n = kzgops_cpu_report_text(&report, text, sizeof text);
    assert_int_equal(n, strlen(text));
    assert_non_null(strstr(text, "worker 1"));
    assert_non_null(strstr(text, "system     1m            1     35.6     35.6     35.6      0.0\n"));
    assert_non_null(strstr(text, "periods throttled        45 of 1020"));
    assert_int_equal(kzgops_cpu_report_text(&report, cut, sizeof cut), n);
    snprintf(threads[0].name, sizeof threads[0].name, "a\nb");
    (void)kzgops_cpu_report_text(&report, text, sizeof text);
    assert_non_null(strstr(text, "a?b"));
}

/* ---- This machine --------------------------------------------------------------------------------------------- */

static double thread_cpu(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void burn(double seconds) {
    double end = thread_cpu() + seconds;
    while (thread_cpu() < end) {
    }
}

static void real_machine__shows_the_cpu_that_this_test_burns(void **state) {
    (void)state;
    static kzgops_cpu_thread mine[64];
    kzgops_cpu_sample sample;
    kzgops_cpu_report_data report;
    kzgops_cpu *cpu = kzgops_cpu_new(NULL, NULL);
    assert_non_null(cpu);
    assert_false(kzgops_cpu_tick(cpu, NULL));
    double began = thread_cpu();
    burn(0.3);
    double burnt = thread_cpu() - began;
    assert_true(kzgops_cpu_tick(cpu, &sample));
    kzgops_cpu_report(cpu, cores, 8, mine, 64, &report);
    /* Of the time that passed, this much went to this process: whatever else the machine does. */
    double seen = sample.process / 100 * (double)sample.interval_ns / 1e9;
    assert_true(seen > burnt * 0.9 && seen < burnt * 1.1 + 0.05);
    assert_true(sample.busy >= 0 && sample.busy <= 100);
    assert_true(report.limits.online >= 1 && report.limits.allowed >= 1 && report.limits.available > 0);
    assert_true(report.thread_count >= 1);
    bool found = false;
    for (size_t i = 0; i < report.thread_count; i++) found = found || mine[i].id == gettid();
    assert_true(found);
    kzgops_cpu_free(cpu);
}

static void *report_often(void *argument) {
    kzgops_cpu *cpu = argument;
    for (int i = 0; i < 200; i++) {
        kzgops_cpu_core core[2];
        kzgops_cpu_thread thread[2];
        kzgops_cpu_sample sample[4];
        kzgops_cpu_report_data report;
        kzgops_cpu_report(cpu, core, 2, thread, 2, &report);
        (void)kzgops_cpu_samples(cpu, sample, 4);
        if (i % 20 == 0) (void)kzgops_cpu_tick(cpu, NULL);
    }
    return NULL;
}

static void helper__ticks_by_itself_starts_once_and_stops_at_once(void **state) {
    (void)state;
    kzgops_cpu *cpu = kzgops_cpu_new(&(kzgops_cpu_config){.interval_ns = SECOND / 100}, NULL);
    kzgops_cpu_report_data report;
    pthread_t thread[2];
    kzgops_cpu_stop(cpu); /* none yet */
    assert_null(kzgops_cpu_start(cpu));
    assert_non_null(kzgops_cpu_start(cpu));
    for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&thread[i], NULL, report_often, cpu), 0);
    for (int i = 0; i < 2; i++) pthread_join(thread[i], NULL);
    do { /* ends when the helper has ticked: the others make 20 */
        const struct timespec nap = {0, 1000000};
        nanosleep(&nap, NULL);
        kzgops_cpu_report(cpu, NULL, 0, NULL, 0, &report);
    } while (report.ticks < 25);
    kzgops_cpu_stop(cpu);
    kzgops_cpu_report(cpu, NULL, 0, NULL, 0, &report);
    uint64_t ticks = report.ticks;
    assert_null(kzgops_cpu_start(cpu));
    kzgops_cpu_stop(cpu);
    kzgops_cpu_stop(cpu);
    kzgops_cpu_report(cpu, NULL, 0, NULL, 0, &report);
    assert_true(report.ticks >= ticks);
    assert_null(kzgops_cpu_start(cpu));
    kzgops_cpu_free(cpu); /* stops it */
}

/* What a tick costs: figures for the header, not a judgement. */
static void bench__tick(void **state) {
    (void)state;
    struct timespec begin, end;
    kzgops_cpu *cpu = kzgops_cpu_new(NULL, NULL);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    for (int i = 0; i < 100; i++) (void)kzgops_cpu_tick(cpu, NULL);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    double ns = (double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec);
    print_message("  a tick: %.0f us\n", ns / 100 / 1000);
    kzgops_cpu_free(cpu);
}

int main(void) {
    (void)setlocale(LC_ALL, "");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sample__says_what_happened_between_two_ticks),
        cmocka_unit_test(cores_and_threads__are_reported_one_by_one),
        cmocka_unit_test(v1__quota_throttling_and_waiting),
        cmocka_unit_test(old_kernel__leaves_what_it_does_not_count_unknown),
        cmocka_unit_test(counters__that_went_back_make_the_figure_unknown),
        cmocka_unit_test(garbage_emptiness_and_absence__are_unknown_never_zero),
        cmocka_unit_test(quota__is_the_smallest_on_the_way_up),
        cmocka_unit_test(machines__are_all_in_the_table),
        cmocka_unit_test(threshold__calls_once_a_crossing_and_needs_the_hysteresis_to_fall),
        cmocka_unit_test(threshold__watches_the_process_on_its_own),
        cmocka_unit_test(windows__count_average_extremes_and_share_above),
        cmocka_unit_test(ring__keeps_the_newest_and_says_how_far_back_it_goes),
        cmocka_unit_test(clocks__that_step_are_counted_and_change_no_figure),
        cmocka_unit_test(counter__that_leaps_is_not_believed),
        cmocka_unit_test(config__out_of_range_is_refused_in_words),
        cmocka_unit_test(memory__failing_at_each_step_is_an_error_and_leaks_nothing),
        cmocka_unit_test(reports__have_the_figures_and_snprintf_semantics),
        cmocka_unit_test(real_machine__shows_the_cpu_that_this_test_burns),
        cmocka_unit_test(helper__ticks_by_itself_starts_once_and_stops_at_once),
        cmocka_unit_test(bench__tick),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
