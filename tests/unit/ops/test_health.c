/* libkzgops: the health checker, on a clock that the test moves, and the ready-made checks on recorded machines that
 * the test writes down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <ftw.h>
#include <json-c/json.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "kzgops/health.h"

#define SECOND ((int64_t)1000000000)

static _Atomic int64_t fake_ns, fake_offset_ns;

static int64_t fake_monotonic(void *user) {
    (void)user;
    return atomic_load(&fake_ns);
}

static int64_t fake_realtime(void *user) {
    (void)user;
    return atomic_load(&fake_ns) + atomic_load(&fake_offset_ns);
}

static char root[64], proc_root[96], cgroup_root[96];
static const kzgops_sources fake = {.proc_root = proc_root,
                                    .cgroup_root = cgroup_root,
                                    .clock = {.monotonic_ns = fake_monotonic, .realtime_ns = fake_realtime}};

static pthread_mutex_t changes_lock = PTHREAD_MUTEX_INITIALIZER;
static kzgops_health_change changes[64];
static size_t change_count;

static void on_change(void *user, const kzgops_health_change *change) {
    (void)user;
    pthread_mutex_lock(&changes_lock);
    if (change_count < 64) changes[change_count] = *change;
    change_count++;
    pthread_mutex_unlock(&changes_lock);
}

static kzgops_health *checker(void) {
    kzgops_health_config config = {.changed = on_change, .sources = &fake};
    atomic_store(&fake_ns, 1000 * SECOND);
    atomic_store(&fake_offset_ns, 1700000000 * SECOND);
    change_count = 0;
    kzgops_health *health = kzgops_health_new(&config, NULL);
    assert_non_null(health);
    return health;
}

/* A check of a test: says what it is told to, and waits at its gate when it has one. */
struct probe {
    _Atomic int state;
    atomic_int runs;
    sem_t *entered, *gate;
};

static void run_probe(void *user, kzgops_health_result *ret) {
    struct probe *probe = user;
    atomic_fetch_add(&probe->runs, 1);
    if (probe->gate != NULL) {
        sem_post(probe->entered);
        sem_wait(probe->gate);
    }
    ret->state = (kzgops_health_state)atomic_load(&probe->state);
    ret->has_value = true;
    ret->value = 7;
    snprintf(ret->unit, sizeof ret->unit, "things");
    if (ret->state != KZGOPS_HEALTH_OK) snprintf(ret->message, sizeof ret->message, "broken\nthing");
}

static void add_probe(kzgops_health *health, const char *name, kzgops_health_severity severity, unsigned classes,
                      struct probe *probe) {
    kzgops_health_check check = {
        .name = name, .severity = severity, .classes = classes, .run = run_probe, .user = probe};
    assert_null(kzgops_health_add(health, &check));
}

static void start_and_run(kzgops_health *health) {
    assert_null(kzgops_health_start(health));
    assert_true(kzgops_health_run(health));
}

static kzgops_health_status status_of(kzgops_health *health, const char *name) {
    static kzgops_health_snapshot snapshot;
    kzgops_health_report(health, &snapshot);
    const kzgops_health_status *status = kzgops_health_find(&snapshot, name);
    assert_non_null(status);
    return *status;
}

/* A result that changes nothing makes no event to wait for. ctest's time limit ends what never comes. */
static void wait_for_runs(kzgops_health *health, const char *name, uint64_t runs) {
    while (status_of(health, name).runs < runs) poll(NULL, 0, 1);
}

/* ---- The checker --------------------------------------------------------------------------------------------- */

static void verdict__follows_state_and_severity(void **state) {
    (void)state;
    for (int severity = 0; severity < 3; severity++) {
        for (int is = 0; is < 3; is++) {
            static kzgops_health_snapshot snapshot;
            struct probe good = {0}, other = {.state = is};
            char summary[32];
            kzgops_health *health = checker();
            add_probe(health, "good", KZGOPS_HEALTH_CRITICAL, 0, &good);
            add_probe(health, "other", (kzgops_health_severity)severity, 0, &other);
            start_and_run(health);
            kzgops_health_verdict verdict;
            kzgops_health_report(health, &snapshot);
            kzgops_health_judge(&snapshot, NULL, &verdict);
            int want = severity == KZGOPS_HEALTH_INFO ? 0 : is < severity ? is : severity;
            assert_int_equal(verdict.state, want);
            assert_int_equal(kzgops_health_is_healthy(health), want != KZGOPS_HEALTH_FAILED);
            kzgops_health_summary(health, summary, sizeof summary);
            assert_string_equal(summary, is == 0 ? "2/2 passed" : "1/2 passed");
            kzgops_health_free(health);
        }
    }
}

static void pending__is_not_healthy_and_runs_are_needed(void **state) {
    (void)state;
    struct probe probe = {0};
    kzgops_health *health = checker();
    assert_true(kzgops_health_is_healthy(health));
    add_probe(health, "a", KZGOPS_HEALTH_CRITICAL, 0, &probe);
    assert_false(kzgops_health_run(health));
    assert_false(kzgops_health_is_healthy(health));
    assert_int_equal(status_of(health, "a").result.state, KZGOPS_HEALTH_PENDING);
    assert_true(status_of(health, "a").age_ns < 0);
    start_and_run(health);
    assert_true(kzgops_health_is_healthy(health));
    assert_non_null(kzgops_health_start(health));
    kzgops_health_free(health);
}

static void results__are_cached_with_their_age_until_the_interval_is_over(void **state) {
    (void)state;
    struct probe probe = {0};
    kzgops_health *health = checker();
    add_probe(health, "a", KZGOPS_HEALTH_CRITICAL, 0, &probe);
    start_and_run(health);
    int runs = probe.runs;
    atomic_fetch_add(&fake_ns, 9 * SECOND);
    kzgops_health_wake(health);
    for (int i = 0; i < 100; i++) assert_true(kzgops_health_is_healthy(health));
    assert_true(status_of(health, "a").age_ns == 9 * SECOND);
    assert_int_equal(probe.runs, runs);
    atomic_fetch_add(&fake_ns, SECOND);
    kzgops_health_wake(health);
    wait_for_runs(health, "a", (uint64_t)runs + 1);
    assert_true(status_of(health, "a").age_ns == 0);
    assert_int_equal(probe.runs, runs + 1);
    kzgops_health_free(health);
}

static void *run_in_thread(void *arg) {
    assert_true(kzgops_health_run(arg));
    return NULL;
}

static void hung__is_marked_and_does_not_block_the_others(void **state) {
    (void)state;
    sem_t entered, gate;
    sem_init(&entered, 0, 0);
    sem_init(&gate, 0, 0);
    struct probe hung = {.entered = &entered, .gate = &gate}, well = {0};
    pthread_t thread;
    kzgops_health *health = checker();
    add_probe(health, "hung", KZGOPS_HEALTH_CRITICAL, 0, &hung);
    add_probe(health, "well", KZGOPS_HEALTH_CRITICAL, 0, &well);
    assert_null(kzgops_health_start(health));
    pthread_create(&thread, NULL, run_in_thread, health);
    sem_wait(&entered);
    atomic_fetch_add(&fake_ns, SECOND);
    kzgops_health_wake(health);
    pthread_join(thread, NULL);
    kzgops_health_status status = status_of(health, "hung");
    assert_int_equal(status.result.state, KZGOPS_HEALTH_FAILED);
    assert_true(status.timed_out);
    assert_int_equal(status.timeouts, 1);
    assert_string_equal(status.result.message, "timed out after 1 s");
    assert_int_equal(status_of(health, "well").result.state, KZGOPS_HEALTH_OK);
    int before = well.runs;
    for (int i = 0; i < 3; i++)
        assert_true(kzgops_health_run(health)); /* it hangs on: nobody waits, nobody restarts */
    assert_true(well.runs >= before + 3);
    assert_int_equal(hung.runs, 1);
    atomic_fetch_add(&fake_ns, 4 * SECOND);
    assert_true(status_of(health, "hung").duration_ns == 5 * SECOND);
    assert_false(kzgops_health_is_healthy(health));
    sem_post(&gate); /* comes back, too late */
    wait_for_runs(health, "hung", 1);
    assert_int_equal(status_of(health, "hung").result.state, KZGOPS_HEALTH_FAILED);
    assert_int_equal(status_of(health, "hung").failures, 1);
    sem_post(&gate); /* the next run is in time */
    assert_true(kzgops_health_run(health));
    assert_int_equal(status_of(health, "hung").result.state, KZGOPS_HEALTH_OK);
    assert_false(status_of(health, "hung").timed_out);
    assert_int_equal(change_count, 3); /* hung fails, well is ok, hung is ok */
    kzgops_health_free(health);
}

static void stop__says_that_a_check_hangs(void **state) {
    (void)state;
    sem_t entered, gate;
    sem_init(&entered, 0, 0);
    sem_init(&gate, 0, 0);
    struct probe hung = {.entered = &entered, .gate = &gate};
    kzgops_health *health = checker();
    add_probe(health, "hung", KZGOPS_HEALTH_CRITICAL, 0, &hung);
    assert_null(kzgops_health_start(health));
    sem_wait(&entered);
    assert_false(kzgops_health_stop(health, SECOND / 100));
    sem_post(&gate);
    assert_true(kzgops_health_stop(health, -1));
    assert_false(kzgops_health_run(health));
    kzgops_health_free(health);
}

static void changes__are_told_once_each(void **state) {
    (void)state;
    struct probe probe = {0};
    kzgops_health *health = checker();
    add_probe(health, "a", KZGOPS_HEALTH_WARNING, 0, &probe);
    start_and_run(health);
    kzgops_health_run(health);
    atomic_store(&probe.state, KZGOPS_HEALTH_FAILED);
    for (int i = 0; i < 3; i++) kzgops_health_run(health);
    atomic_store(&probe.state, 77);
    kzgops_health_run(health);
    kzgops_health_stop(health, -1);
    assert_int_equal(change_count, 2);
    assert_int_equal(changes[0].from, KZGOPS_HEALTH_PENDING);
    assert_int_equal(changes[0].to, KZGOPS_HEALTH_OK);
    assert_string_equal(changes[1].name, "a");
    assert_int_equal(changes[1].from, KZGOPS_HEALTH_OK);
    assert_int_equal(changes[1].to, KZGOPS_HEALTH_FAILED);
    assert_string_equal(changes[1].message, "broken\nthing");
    assert_string_equal(status_of(health, "a").result.message, "the check gave a state that does not exist");
    kzgops_health_free(health);
}

static void stale__results_count_as_failed(void **state) {
    (void)state;
    struct probe probe = {0};
    kzgops_health *health = checker();
    add_probe(health, "a", KZGOPS_HEALTH_CRITICAL, 0, &probe);
    start_and_run(health);
    kzgops_health_stop(health, -1);
    atomic_fetch_add(&fake_ns, 31 * SECOND);
    assert_true(kzgops_health_is_healthy(health));
    atomic_fetch_add(&fake_ns, SECOND);
    assert_false(kzgops_health_is_healthy(health));
    assert_true(status_of(health, "a").stale);
    assert_string_equal(status_of(health, "a").result.message, "no news for 32 s");
    kzgops_health_free(health);
}

static void registration__refuses_what_is_wrong(void **state) {
    (void)state;
    struct probe probe = {0};
    char name[KZGOPS_HEALTH_NAME_MAX + 1];
    kzgops_health *health = checker();
    kzgops_health_check good = {.name = "a", .run = run_probe, .user = &probe}, bad = good;
    assert_null(kzgops_health_add(health, &good));
    assert_string_equal(kzgops_health_add(health, &good), "there is a check of that name");
    bad.name = "a b";
    assert_non_null(kzgops_health_add(health, &bad));
    bad.name = "";
    assert_string_equal(kzgops_health_add(health, &bad), "a check needs a name");
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    bad.name = name;
    assert_string_equal(kzgops_health_add(health, &bad), "the name of the check is too long");
    bad = (kzgops_health_check){.name = "b"};
    assert_string_equal(kzgops_health_add(health, &bad), "a check needs a function");
    bad = (kzgops_health_check){.name = "b", .run = run_probe, .classes = 8};
    assert_string_equal(kzgops_health_add(health, &bad), "no such class of checks");
    bad = (kzgops_health_check){.name = "b", .run = run_probe, .limit_ns = -1};
    assert_string_equal(kzgops_health_add(health, &bad), "no such time limit");
    for (int i = 1; i < KZGOPS_HEALTH_CHECKS_MAX; i++) {
        snprintf(name, sizeof name, "c%d", i);
        add_probe(health, name, KZGOPS_HEALTH_INFO, 0, &probe);
    }
    good.name = "last";
    assert_string_equal(kzgops_health_add(health, &good), "there are too many checks");
    kzgops_health_free(health);
}

/* ---- Reports ------------------------------------------------------------------------------------------------- */

static void text__has_the_grammar_of_the_api_server(void **state) {
    (void)state;
    static kzgops_health_snapshot snapshot;
    char out[2048], cut[20];
    struct probe good = {0}, bad = {.state = KZGOPS_HEALTH_FAILED}, poor = {.state = KZGOPS_HEALTH_DEGRADED};
    kzgops_health *health = checker();
    add_probe(health, "ping", KZGOPS_HEALTH_CRITICAL, KZGOPS_HEALTH_LIVENESS | KZGOPS_HEALTH_READINESS, &good);
    add_probe(health, "disk", KZGOPS_HEALTH_CRITICAL, KZGOPS_HEALTH_READINESS, &bad);
    add_probe(health, "cpu", KZGOPS_HEALTH_WARNING, KZGOPS_HEALTH_READINESS, &poor);
    start_and_run(health);
    kzgops_health_report(health, &snapshot);
    const char *const exclude[] = {"disk", "cpu", "nothing"};
    kzgops_health_view live = {.title = "livez", .classes = KZGOPS_HEALTH_LIVENESS};
    kzgops_health_text(&snapshot, &live, out, sizeof out);
    assert_string_equal(out, "ok");
    live.verbose = true;
    kzgops_health_text(&snapshot, &live, out, sizeof out);
    assert_string_equal(out, "[+]ping ok\n1/1 passed\nlivez check passed\n");
    kzgops_health_view ready = {.title = "readyz", .classes = KZGOPS_HEALTH_READINESS};
    size_t length = kzgops_health_text(&snapshot, &ready, out, sizeof out);
    assert_int_equal(length, strlen(out));
    assert_non_null(strstr(out, "[+]ping ok\n[-]disk failed: broken\\x0athing (7 things) [critical, "));
    assert_non_null(strstr(out, "\n[+]cpu degraded: broken\\x0athing (7 things) [warning, "));
    assert_non_null(strstr(out, "\n1/3 passed\nreadyz check failed\n"));
    assert_int_equal(kzgops_health_text(&snapshot, &ready, cut, sizeof cut), length);
    assert_int_equal(strlen(cut), sizeof cut - 1);
    ready.exclude = exclude;
    ready.exclude_count = 1;
    kzgops_health_text(&snapshot, &ready, out, sizeof out); /* degraded: listed, and passed */
    assert_non_null(strstr(out, "[+]disk excluded: ok\n[+]cpu degraded: "));
    assert_non_null(strstr(out, "\n1/2 passed\nreadyz check passed\n"));
    ready.exclude_count = 3;
    ready.verbose = true;
    kzgops_health_text(&snapshot, &ready, out, sizeof out);
    assert_string_equal(out, "[+]ping ok\n[+]disk excluded: ok\n[+]cpu excluded: ok\nwarn: some health checks cannot "
                             "be excluded: no matches for \"nothing\"\n1/1 passed\nreadyz check passed\n");
    kzgops_health_free(health);
}

static const char *member(struct json_object *object, const char *key) {
    struct json_object *value;
    assert_true(json_object_object_get_ex(object, key, &value));
    return json_object_get_string(value);
}

static void json__holds_every_figure(void **state) {
    (void)state;
    static kzgops_health_snapshot snapshot;
    char out[2048];
    struct probe good = {0}, bad = {.state = KZGOPS_HEALTH_FAILED};
    kzgops_health *health = checker();
    add_probe(health, "a", KZGOPS_HEALTH_CRITICAL, KZGOPS_HEALTH_LIVENESS | KZGOPS_HEALTH_STARTUP, &good);
    add_probe(health, "b", KZGOPS_HEALTH_WARNING, 0, &bad);
    start_and_run(health);
    atomic_fetch_add(&fake_ns, 3 * SECOND);
    kzgops_health_report(health, &snapshot);
    kzgops_health_json(&snapshot, NULL, out, sizeof out);
    struct json_object *whole = json_tokener_parse(out), *checks;
    assert_non_null(whole);
    assert_string_equal(member(whole, "state"), "degraded");
    assert_string_equal(member(whole, "passed"), "1");
    assert_true(json_object_object_get_ex(whole, "checks", &checks));
    assert_int_equal(json_object_array_length(checks), 2);
    struct json_object *first = json_object_array_get_idx(checks, 0), *second = json_object_array_get_idx(checks, 1);
    assert_string_equal(member(first, "classes"), "[ \"liveness\", \"startup\" ]");
    assert_true(strtod(member(first, "age_seconds"), NULL) == 3);
    assert_true(strtod(member(first, "value"), NULL) == 7);
    assert_null(member(first, "limit"));
    assert_string_equal(member(second, "state"), "failed");
    assert_string_equal(member(second, "message"), "broken\nthing");
    json_object_put(whole);
    kzgops_health_free(health);
}

/* ---- Ready-made checks --------------------------------------------------------------------------------------- */

static void put(const char *path, const char *text) {
    char full[256];
    snprintf(full, sizeof full, "%s/%s", root, path);
    for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(full, 0700);
        *slash = '/';
    }
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int drop_one(const char *path, const struct stat *info, int kind, struct FTW *where) {
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static int make_root(void **state) {
    (void)state;
    snprintf(root, sizeof root, "/tmp/kzgops-health-XXXXXX");
    if (mkdtemp(root) == NULL) return -1;
    snprintf(proc_root, sizeof proc_root, "%s/proc", root);
    snprintf(cgroup_root, sizeof cgroup_root, "%s/cgroup", root);
    return 0;
}

static int drop_root(void **state) {
    (void)state;
    return nftw(root, drop_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const kzgops_health_check ready_made = {.name = "check", .severity = KZGOPS_HEALTH_CRITICAL};

/* Runs the one check and expects its state and a part of its message. */
static kzgops_health_status expect(kzgops_health *health, kzgops_health_state want, const char *part) {
    assert_true(kzgops_health_run(health));
    kzgops_health_status status = status_of(health, "check");
    if (status.result.state != want || strstr(status.result.message, part) == NULL) {
        fail_msg("state %d with '%s', not %d with '%s'", (int)status.result.state, status.result.message, (int)want,
                 part);
    }
    return status;
}

static void disk__space_and_inodes_against_thresholds(void **state) {
    (void)state;
    kzgops_health *health = checker();
    assert_non_null(kzgops_health_add_disk_space(health, &ready_made, "", 0, 0));
    assert_non_null(kzgops_health_add_disk_space(health, &ready_made, root, 5, 10));
    assert_non_null(kzgops_health_add_disk_space(health, &ready_made, root, 101, 1));
    assert_null(kzgops_health_add_disk_space(health, &ready_made, root, 1e-9, 1e-9));
    assert_null(kzgops_health_start(health));
    assert_true(expect(health, KZGOPS_HEALTH_OK, "GiB free at /tmp/kzgops").result.has_value);
    kzgops_health_free(health);
    health = checker();
    assert_null(kzgops_health_add_disk_space(health, &ready_made, root, 100, 1e-9));
    assert_null(kzgops_health_start(health));
    expect(health, KZGOPS_HEALTH_DEGRADED, "GiB free");
    kzgops_health_free(health);
    health = checker();
    assert_null(kzgops_health_add_disk_inodes(health, &ready_made, "/no/such/place", 0, 0));
    assert_null(kzgops_health_start(health));
    expect(health, KZGOPS_HEALTH_FAILED, "cannot read the inodes of /no/such/place: No such file");
    kzgops_health_free(health);
}

static void descriptors__of_the_limit(void **state) {
    (void)state;
    kzgops_health *health = checker();
    assert_null(kzgops_health_add_descriptors(health, &ready_made, 0, 0));
    assert_null(kzgops_health_start(health));
    expect(health, KZGOPS_HEALTH_FAILED, "cannot read");
    for (int i = 0; i < 8; i++) {
        char path[32];
        snprintf(path, sizeof path, "proc/self/fd/%d", i);
        put(path, "");
    }
    expect(health, KZGOPS_HEALTH_FAILED, "cannot read the limit");
    put("proc/self/limits", "Limit  Soft\nMax open files            10                   4096      files\n");
    expect(health, KZGOPS_HEALTH_OK, "8 of 10 descriptors");
    put("proc/self/fd/8", "");
    assert_true(expect(health, KZGOPS_HEALTH_DEGRADED, "9 of 10").result.value == 90);
    put("proc/self/fd/9", "");
    expect(health, KZGOPS_HEALTH_FAILED, "10 of 10");
    put("proc/self/limits", "Max open files            unlimited            unlimited files\n");
    expect(health, KZGOPS_HEALTH_OK, "no limit");
    put("proc/self/limits", "Max open files            garbage\n");
    expect(health, KZGOPS_HEALTH_FAILED, "no number");
    kzgops_health_free(health);
}

static void memory__of_machine_or_group(void **state) {
    (void)state;
    kzgops_health *health = checker();
    assert_null(kzgops_health_add_memory(health, &ready_made, 0, 0));
    assert_null(kzgops_health_start(health));
    expect(health, KZGOPS_HEALTH_FAILED, "cannot read");
    put("proc/meminfo", "MemTotal:        1048576 kB\nMemAvailable:     524288 kB\n");
    expect(health, KZGOPS_HEALTH_OK, "512.0 MiB of the machine");
    put("proc/self/cgroup", "0::/service\n");
    put("cgroup/service/memory.max", "104857600\n");
    put("cgroup/service/memory.current", "97517568\n"); /* 7 MiB of 100 left */
    expect(health, KZGOPS_HEALTH_DEGRADED, "7.0 MiB of the control group");
    put("cgroup/service/memory.current", "200000000\n");
    expect(health, KZGOPS_HEALTH_FAILED, "0.0 MiB of the control group");
    put("cgroup/service/memory.max", "max\n");
    expect(health, KZGOPS_HEALTH_OK, "the machine");
    put("proc/self/cgroup", "5:cpu:/x\n4:memory:/svc\n0::/none\n");
    put("cgroup/memory/svc/memory.limit_in_bytes", "104857600\n");
    put("cgroup/memory/svc/memory.usage_in_bytes", "83886080\n");
    expect(health, KZGOPS_HEALTH_OK, "20.0 MiB of the control group");
    put("proc/meminfo", "MemTotal:        garbage\n");
    expect(health, KZGOPS_HEALTH_FAILED, "cannot read");
    kzgops_health_free(health);
}

static void clock__steps_are_seen_and_forgotten(void **state) {
    (void)state;
    kzgops_health *health = checker();
    assert_null(kzgops_health_add_clock(health, &ready_made, 0, 60 * SECOND));
    assert_null(kzgops_health_start(health));
    expect(health, KZGOPS_HEALTH_OK, "");
    atomic_fetch_add(&fake_offset_ns, SECOND / 10); /* slewed */
    expect(health, KZGOPS_HEALTH_OK, "");
    atomic_fetch_sub(&fake_offset_ns, 90 * SECOND);
    assert_true(expect(health, KZGOPS_HEALTH_DEGRADED, "the clock was set by -90.000 s").result.value == -90);
    atomic_fetch_add(&fake_ns, 59 * SECOND);
    expect(health, KZGOPS_HEALTH_DEGRADED, "59 s ago");
    atomic_fetch_add(&fake_ns, SECOND);
    expect(health, KZGOPS_HEALTH_OK, "");
    kzgops_health_free(health);
}

static void heartbeats__name_who_is_stuck(void **state) {
    (void)state;
    kzgops_heartbeat beats[3] = {{.name = "worker-0"}, {.name = "worker-1"}, {.name = "worker-2"}};
    kzgops_health *health = checker();
    assert_non_null(kzgops_health_add_heartbeats(health, &ready_made, beats, 0, 0));
    assert_null(kzgops_health_add_heartbeats(health, &ready_made, beats, 3, 5 * SECOND));
    assert_null(kzgops_health_start(health));
    kzgops_heartbeat_working(&beats[1], &fake);
    kzgops_heartbeat_working(&beats[2], &fake);
    atomic_fetch_add(&fake_ns, 5 * SECOND);
    expect(health, KZGOPS_HEALTH_OK, "3 workers");
    kzgops_heartbeat_working(&beats[2], &fake);
    atomic_fetch_add(&fake_ns, SECOND);
    assert_true(expect(health, KZGOPS_HEALTH_DEGRADED, "1 of 3 workers stuck: worker-1").result.value == 6);
    kzgops_heartbeat_idle(&beats[1]);
    expect(health, KZGOPS_HEALTH_OK, "3 workers");
    for (int i = 0; i < 3; i++) kzgops_heartbeat_working(&beats[i], &fake);
    atomic_fetch_add(&fake_ns, 6 * SECOND);
    expect(health, KZGOPS_HEALTH_FAILED, "3 of 3 workers stuck: worker-0, worker-1, worker-2");
    kzgops_health_free(health);
}

static void expect_peer(const char *peer, kzgops_health_state want, const char *part) {
    kzgops_health *health = checker();
    assert_null(kzgops_health_add_connect(health, &ready_made, peer, SECOND));
    assert_null(kzgops_health_start(health));
    expect(health, want, part);
    kzgops_health_free(health);
}

static void connect__to_peers_that_are_there_and_not(void **state) {
    (void)state;
    static const char *const wrong[] = {"", "host", ":1", "host:", "::1:80", "[::1]", "unix:"};
    char tcp[32], path[128];
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0), local = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (const void *)&at, sizeof at), 0);
    assert_int_equal(listen(listener, 8), 0);
    getsockname(listener, (void *)&at, &size);
    snprintf(tcp, sizeof tcp, "127.0.0.1:%d", ntohs(at.sin_port));
    snprintf(un.sun_path, sizeof un.sun_path, "%s/sock", root);
    snprintf(path, sizeof path, "unix:%s/sock", root);
    expect_peer(path, KZGOPS_HEALTH_FAILED, "No such file");
    assert_int_equal(bind(local, (const void *)&un, sizeof un), 0);
    assert_int_equal(listen(local, 8), 0);
    expect_peer(tcp, KZGOPS_HEALTH_OK, "takes connections");
    expect_peer(path, KZGOPS_HEALTH_OK, "takes connections");
    close(listener);
    close(local);
    expect_peer(tcp, KZGOPS_HEALTH_FAILED, "Connection refused");
    expect_peer(path, KZGOPS_HEALTH_FAILED, "Connection refused");
    expect_peer("127.0.0.1:nonsense", KZGOPS_HEALTH_FAILED, "cannot resolve 127.0.0.1:nonsense");
    kzgops_health *health = checker();
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_non_null(kzgops_health_add_connect(health, &ready_made, wrong[i], 0));
    }
    kzgops_health_free(health);
}

/* Prints, never asserts. */
static double since(struct timespec a) {
    struct timespec b;
    clock_gettime(CLOCK_MONOTONIC, &b);
    return (double)(b.tv_sec - a.tv_sec) * 1e6 + (double)(b.tv_nsec - a.tv_nsec) / 1e3;
}

static void bench__of_reading(void **state) {
    (void)state;
    static kzgops_health_snapshot snapshot;
    struct probe probe = {0};
    char name[16], out[4096];
    struct timespec begin;
    kzgops_health *health = checker();
    for (int i = 0; i < 16; i++) {
        snprintf(name, sizeof name, "check-%d", i);
        add_probe(health, name, KZGOPS_HEALTH_CRITICAL, 0, &probe);
    }
    start_and_run(health);
    kzgops_health_view view = {.verbose = true};
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i < 5000; i++) kzgops_health_report(health, &snapshot);
    double report = since(begin) / 5000;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i < 5000; i++) kzgops_health_text(&snapshot, &view, out, sizeof out);
    print_message("16 checks: report %.2f us, text %.2f us\n", report, since(begin) / 5000);
    kzgops_health_free(health);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdict__follows_state_and_severity),
        cmocka_unit_test(pending__is_not_healthy_and_runs_are_needed),
        cmocka_unit_test(results__are_cached_with_their_age_until_the_interval_is_over),
        cmocka_unit_test(hung__is_marked_and_does_not_block_the_others),
        cmocka_unit_test(stop__says_that_a_check_hangs),
        cmocka_unit_test(changes__are_told_once_each),
        cmocka_unit_test(stale__results_count_as_failed),
        cmocka_unit_test(registration__refuses_what_is_wrong),
        cmocka_unit_test(text__has_the_grammar_of_the_api_server),
        cmocka_unit_test(json__holds_every_figure),
        cmocka_unit_test_setup_teardown(disk__space_and_inodes_against_thresholds, make_root, drop_root),
        cmocka_unit_test_setup_teardown(descriptors__of_the_limit, make_root, drop_root),
        cmocka_unit_test_setup_teardown(memory__of_machine_or_group, make_root, drop_root),
        cmocka_unit_test(clock__steps_are_seen_and_forgotten),
        cmocka_unit_test(heartbeats__name_who_is_stuck),
        cmocka_unit_test_setup_teardown(connect__to_peers_that_are_there_and_not, make_root, drop_root),
        cmocka_unit_test(bench__of_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
