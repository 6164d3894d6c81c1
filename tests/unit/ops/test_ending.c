/* libkzgops: how a process ended. Processes are real children; clocks, /proc, control groups and the kernel's log are
 * recorded machines (machines/ending_*: a process "kzgd" that was last seen alive 600 s after the boot; @PID@ stands
 * for its pid). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <json-c/json.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kzgops/ending.h"
#include "ops/ending_log.h"
#include "ops/recorder_file.h"
#include "recorder_support.h"

#define SECOND ((int64_t)1000000000)
#define WALL   (1700000000 * SECOND) /* of the boot */
#define MIB    ((uint64_t)1 << 20)
#define BOOT   "11111111-2222-3333-4444-555555555555\n"

static int64_t fake_ns; /* since the boot */

static int64_t fake_monotonic(void *user) {
    (void)user;
    return fake_ns;
}

static int64_t fake_realtime(void *user) {
    (void)user;
    return WALL + fake_ns;
}

/* One test's machine: state, proc, cgroup and kernel.log in a folder. */
static struct folder folder;
static char state_dir[160], proc_root[160], cgroup_root[160], kernel_log[160];
static kzgops_sources fake;
static kzgops_ending ending;

static int setup(void **state) {
    (void)state;
    folder = folder_new();
    snprintf(state_dir, sizeof state_dir, "%s/state", folder.path);
    snprintf(proc_root, sizeof proc_root, "%s/proc", folder.path);
    snprintf(cgroup_root, sizeof cgroup_root, "%s/cgroup", folder.path);
    snprintf(kernel_log, sizeof kernel_log, "%s/kernel.log", folder.path);
    put_file(state_dir, "keep", "");
    put_file(proc_root, "self/comm", "kzgd\n");
    put_file(proc_root, "sys/kernel/random/boot_id", BOOT);
    put_file(folder.path, "kernel.log", "");
    fake = (kzgops_sources){.proc_root = proc_root,
                            .cgroup_root = cgroup_root,
                            .clock = {.monotonic_ns = fake_monotonic, .realtime_ns = fake_realtime}};
    return 0;
}

static int teardown(void **state) {
    (void)state;
    folder_remove(&folder);
    return 0;
}

/* The process's namespace is the machine's first one, so that its pid is the one in the log. */
static void see_host_pids(void) {
    char path[200];
    put_file(proc_root, "self/ns/keep", "");
    snprintf(path, sizeof path, "%s/self/ns/pid", proc_root);
    assert_int_equal(symlink("pid:[4026531836]", path), 0);
}

static void put_group(const char *version, const char *oom_kill) {
    char text[64];
    if (strcmp(version, "v2") == 0) {
        put_file(proc_root, "self/cgroup", "0::/kzg\n");
        put_file(cgroup_root, "cgroup.controllers", "memory\n");
        put_file(cgroup_root, "kzg/memory.max", "100000000\n");
        put_file(cgroup_root, "kzg/memory.current", "1000000\n");
        snprintf(text, sizeof text, "low 0\nhigh 0\nmax 3\noom 1\noom_kill %s\n", oom_kill);
        put_file(cgroup_root, "kzg/memory.events", text);
    } else {
        put_file(proc_root, "self/cgroup", "4:memory:/kzg\n");
        put_file(cgroup_root, "memory/cgroup.procs", "");
        put_file(cgroup_root, "memory/kzg/memory.limit_in_bytes", "100000000\n");
        put_file(cgroup_root, "memory/kzg/memory.usage_in_bytes", "1000000\n");
        snprintf(text, sizeof text, "oom_kill_disable 0\nunder_oom 0\noom_kill %s\n", oom_kill);
        put_file(cgroup_root, "memory/kzg/memory.oom_control", text);
    }
}

/* The machine's log with the pid put in. */
static void put_log(const char *machine, pid_t pid) {
    static char text[16384], out[32768];
    char path[256];
    snprintf(path, sizeof path, "%s/%s/kernel.log", MACHINES, machine);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t bytes = fread(text, 1, sizeof text - 1, file), used = 0;
    fclose(file);
    text[bytes] = '\0';
    for (const char *at = text; *at != '\0';) {
        if (strncmp(at, "@PID@", 5) == 0) {
            used += (size_t)snprintf(out + used, sizeof out - used, "%d", (int)pid);
            at += 5;
        } else {
            out[used++] = *at++;
        }
    }
    out[used] = '\0';
    put_file(folder.path, "kernel.log", out);
}

/* ---- Processes ------------------------------------------------------------------------------------------------- */

struct life {
    int64_t begin_s;              /* 0: 500 */
    uint64_t limit, used, growth; /* limit 0: unlimited; growth: a second */
    uint64_t start_s;             /* so long it starts, with a tenth of the memory */
    kzgops_recorder_state_kind state;
    uint64_t oom_kills; /* UINT64_MAX: unknown */
    const char *version;
    bool in_flight;
};

static const struct life usual = {
    .used = 10 * MIB, .limit = 96 * MIB, .state = KZGOPS_RECORDER_READY, .oom_kills = UINT64_MAX};

static kzgops_recorder *begin_life(const struct life *life) {
    const kzgops_recorder_config config = {.directory = state_dir,
                                           .service = "kzgd",
                                           .version = life->version != NULL ? life->version : "1.0",
                                           .slots = 2,
                                           .sources = &fake};
    const char *error = NULL;
    fake_ns = (life->begin_s != 0 ? life->begin_s : 500) * SECOND;
    kzgops_recorder *recorder = kzgops_recorder_open(&config, &error);
    CHILD_EXPECT(recorder != NULL && error == NULL);
    for (uint64_t second = 1; second <= 100; second++) {
        bool starting = second <= life->start_s;
        if (second == life->start_s + 1 && life->state != KZGOPS_RECORDER_STARTING) {
            kzgops_recorder_state(recorder, life->state);
        }
        kzgops_recorder_sample sample = {.limit = life->limit != 0 ? life->limit : KZGOPS_BYTES_UNLIMITED,
                                         .working_set =
                                             starting ? life->used / 10 : life->used + second * life->growth,
                                         .cgroup_usage = 95 * MIB,
                                         .rss = life->used,
                                         .available = KZGOPS_BYTES_UNKNOWN,
                                         .oom_kills = life->oom_kills};
        fake_ns += SECOND;
        kzgops_recorder_memory(recorder, &sample);
    }
    if (life->in_flight) {
        kzgops_recorder_operation_begin(recorder, 0, "prove", "req-1");
        kzgops_recorder_operation_begin(recorder, 1, "verify", "req-2");
    }
    kzgops_recorder_error(recorder, "queue_full", "req-0");
    return recorder;
}

static void live(void *user) {
    (void)begin_life(user);
    raise(SIGKILL);
}

static void live_and_stop(void *user) {
    kzgops_recorder_close(begin_life(user), true);
}

static void live_and_fail(void *user) {
    kzgops_recorder *recorder = begin_life(user);
    kzgops_recorder_event(recorder, "cannot_listen", "port 4844 is taken");
    kzgops_recorder_close(recorder, false);
}

static void live_and_crash(void *user) {
    kzgops_recorder *recorder = begin_life(user);
    CHILD_EXPECT(kzgops_recorder_crash_install(recorder, NULL));
    kzgops_recorder_thread_begin(recorder, 1);
    if (((struct life *)user)->state == KZGOPS_RECORDER_DRAINING) abort();
    raise(SIGSEGV);
}

static pid_t run(void (*body)(void *), const struct life *life) {
    struct life copy = *life;
    pid_t child = start_child(body, &copy);
    int status = wait_child(child);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 99);
    return child;
}

static void read_back(size_t back) {
    const kzgops_ending_config config = {
        .directory = state_dir, .back = back, .kernel_log = kernel_log, .sources = &fake};
    fake_ns = 620 * SECOND;
    kzgops_ending_read(&config, &ending);
    assert_true(ending.text[0] != '\0' && ending.advice[0] != '\0');
}

static bool has_evidence(const char *words) {
    for (size_t i = 0; i < ending.evidence_count; i++) {
        if (strstr(ending.evidence[i], words) != NULL) return true;
    }
    return false;
}

static void show(void) {
    static char out[65536];
    kzgops_ending_text(&ending, out, sizeof out);
    print_message("%s", out);
}

static void expect(kzgops_ending_reason reason, kzgops_ending_certainty certainty) {
    if (ending.reason != reason || ending.certainty != certainty) show();
    assert_string_equal(kzgops_ending_reason_name(ending.reason), kzgops_ending_reason_name(reason));
    assert_string_equal(kzgops_ending_certainty_name(ending.certainty), kzgops_ending_certainty_name(certainty));
}

/* ---- What the process says itself
 * ----------------------------------------------------------------------------------- */

static void ending__without_a_file_is_none(void **state) {
    (void)state;
    read_back(0);
    expect(KZGOPS_ENDING_NONE, KZGOPS_ENDING_CERTAIN);
    assert_false(ending.has_recording);
    const kzgops_ending_config nowhere = {.directory = "", .kernel_log = ""};
    kzgops_ending_read(&nowhere, &ending);
    expect(KZGOPS_ENDING_NONE, KZGOPS_ENDING_CERTAIN);
}

static void ending__clean(void **state) {
    (void)state;
    put_log("ending_linux_6_cgroup", run(live_and_stop, &usual));
    read_back(0);
    expect(KZGOPS_ENDING_CLEAN, KZGOPS_ENDING_CERTAIN);
    assert_true(ending.when_exact);
    assert_int_equal(ending.when_ns, WALL + 600 * SECOND);
    assert_non_null(strstr(ending.path, "recorder.1"));
}

static void ending__with_an_error_of_its_own_is_told(void **state) {
    (void)state;
    run(live_and_fail, &usual);
    read_back(0);
    expect(KZGOPS_ENDING_UNKNOWN, KZGOPS_ENDING_CERTAIN);
    assert_non_null(strstr(ending.text, "ended by itself, with an error"));
    assert_string_equal(ending.recording.event[ending.recording.event_count - 2].name, "cannot_listen");
}

static void ending__by_a_crash_names_signal_and_operation(void **state) {
    (void)state;
    struct life life = usual;
    life.in_flight = true;
    run(live_and_crash, &life);
    read_back(0);
    expect(KZGOPS_ENDING_CRASH, KZGOPS_ENDING_CERTAIN);
    assert_int_equal(ending.recording.crash.signal, SIGSEGV);
    assert_non_null(strstr(ending.text, "SIGSEGV, raised by itself, during verify, request req-2"));
    assert_non_null(strstr(ending.advice, "A fault of the program"));
    life.state = KZGOPS_RECORDER_DRAINING;
    run(live_and_crash, &life);
    read_back(0);
    expect(KZGOPS_ENDING_CRASH, KZGOPS_ENDING_CERTAIN);
    assert_int_equal(ending.recording.crash.signal, SIGABRT);
    assert_non_null(strstr(ending.advice, "which check"));
    read_back(1);
    assert_int_equal(ending.recording.crash.signal, SIGSEGV);
}

/* ---- What the kernel says
 * ------------------------------------------------------------------------------------------- */

struct wording {
    const char *machine;
    bool host_pid;
    kzgops_ending_reason reason;
    kzgops_ending_certainty certainty;
    bool machine_wide, when_exact;
};

static void check_wording(const struct wording *wording) {
    void *state = NULL;
    setup(&state);
    if (wording->host_pid) see_host_pids();
    struct life life = usual;
    life.in_flight = true;
    put_log(wording->machine, run(live, &life));
    read_back(0);
    print_message("%s, %s: %s (%s)\n", wording->machine, wording->host_pid ? "host" : "container",
                  kzgops_ending_reason_name(ending.reason), kzgops_ending_certainty_name(ending.certainty));
    expect(wording->reason, wording->certainty);
    if (ending.machine_wide != wording->machine_wide || ending.when_exact != wording->when_exact) show();
    assert_int_equal(ending.machine_wide, wording->machine_wide);
    assert_int_equal(ending.when_exact, wording->when_exact);
    if (wording->when_exact) {
        assert_true(ending.when_ns >= WALL + 600700 * (SECOND / 1000));
        assert_true(ending.when_ns < WALL + 600701 * (SECOND / 1000));
    }
    assert_int_equal(ending.recording.operation_count, 2);
    assert_non_null(strstr(ending.text, wording->reason == KZGOPS_ENDING_CRASH ? "crashed" : "killed"));
    teardown(&state);
}

static void ending__by_the_kernel_in_all_wordings(void **state) {
    (void)state;
    const kzgops_ending_reason oom = KZGOPS_ENDING_OOM_KILLED, killed = KZGOPS_ENDING_KILLED,
                               crash = KZGOPS_ENDING_CRASH;
    const kzgops_ending_certainty certain = KZGOPS_ENDING_CERTAIN, likely = KZGOPS_ENDING_LIKELY,
                                  possible = KZGOPS_ENDING_POSSIBLE;
    const struct wording wordings[] = {
        {"ending_linux_2_6", true, oom, certain, true, true},
        {"ending_linux_3_10", true, oom, certain, true, true},
        {"ending_linux_3_10_child", true, killed, likely, false, false}, /* its child was */
        {"ending_linux_4_9_cgroup", true, oom, certain, false, true},
        {"ending_linux_5_0_cgroup", true, oom, certain, false, true},
        {"ending_linux_6_cgroup", true, oom, certain, false, true},
        {"ending_linux_6_machine", true, oom, certain, true, true},
        {"ending_syslog", true, oom, certain, false, true},
        {"ending_journal", true, oom, likely, false, false}, /* no time that can be compared */
        {"ending_linux_2_6", false, oom, likely, true, true},
        {"ending_linux_6_cgroup", false, oom, likely, false, true},
        {"ending_container", false, oom, likely, false, true},    /* another pid there than here */
        {"ending_container", true, killed, likely, false, false}, /* another process, then */
        {"ending_journal", false, oom, possible, false, false},
        {"ending_others", true, killed, likely, false, false},
        {"ending_others", false, killed, likely, false, false},
        {"ending_forged", true, killed, likely, false, false}, /* a program wrote that, not the kernel */
        {"ending_quiet", true, killed, likely, false, false},
        {"ending_short", true, killed, possible, false, false}, /* the log does not go back far enough */
        {"ending_segfault", true, crash, likely, false, false},
        {"ending_opcode", true, crash, likely, false, false},
    };
    for (size_t i = 0; i < sizeof wordings / sizeof wordings[0]; i++) check_wording(&wordings[i]);
    setup(state); /* for the teardown */
}

static void ending__shows_who_else_was_killed(void **state) {
    (void)state;
    see_host_pids();
    put_log("ending_others", run(live, &usual));
    read_back(0);
    assert_true(has_evidence("another process at that time: [600.700530] Memory cgroup"));
    assert_true(has_evidence("(python3)"));
    assert_false(has_evidence("[100.000000]"));
}

/* The group's name in the log, seen by a process that knows it. */
static void ending__in_the_same_group_is_certain_without_a_pid(void **state) {
    (void)state;
    put_group("v2", "0");
    put_log("ending_linux_6_cgroup", run(live, &usual));
    put_group("v2", "1");
    read_back(0);
    expect(KZGOPS_ENDING_OOM_KILLED, KZGOPS_ENDING_CERTAIN);
}

static void ending__by_what_killed_a_later_process_is_not_this_ones(void **state) {
    (void)state;
    struct life second = usual;
    run(live, &usual);
    second.begin_s = 601;
    second.version = "2.0";
    run(live, &second); /* until 701 */
    put_file(folder.path, "kernel.log",
             "[    0.0] x\n[    1.000000] boot\n"
             "[  701.200000] Memory cgroup out of memory: Killed process 9 (kzgd) total-vm:1kB\n");
    const kzgops_ending_config config = {.directory = state_dir, .kernel_log = kernel_log, .sources = &fake};
    kzgops_ending_config earlier = config;
    earlier.back = 1;
    fake_ns = 720 * SECOND;
    kzgops_ending_read(&config, &ending);
    expect(KZGOPS_ENDING_OOM_KILLED, KZGOPS_ENDING_LIKELY);
    assert_string_equal(ending.recording.start.version, "2.0");
    kzgops_ending_read(&earlier, &ending);
    expect(KZGOPS_ENDING_KILLED, KZGOPS_ENDING_LIKELY);
    assert_string_equal(ending.recording.start.version, "1.0");
}

static void ending__says_when_there_is_no_log(void **state) {
    (void)state;
    run(live, &usual);
    assert_int_equal(unlink(kernel_log), 0);
    read_back(0);
    expect(KZGOPS_ENDING_KILLED, KZGOPS_ENDING_POSSIBLE);
    assert_true(has_evidence("cannot be opened: No such file"));
}

/* ---- What counters say
 * ---------------------------------------------------------------------------------------------- */

static void ending__by_counters(void **state) {
    (void)state;
    static const char *const versions[] = {"v1", "v2"};
    for (size_t i = 0; i < 2; i++) {
        void *none = NULL;
        struct life life = usual;
        setup(&none);
        put_group(versions[i], "2");
        life.oom_kills = 2;
        run(live, &life);
        read_back(0);
        expect(KZGOPS_ENDING_KILLED, KZGOPS_ENDING_LIKELY);
        put_group(versions[i], "3");
        read_back(0);
        expect(KZGOPS_ENDING_OOM_KILLED, KZGOPS_ENDING_LIKELY);
        assert_false(ending.machine_wide);
        assert_true(has_evidence("oom_kill was 2 at the last sample and is 3 now"));
        put_log("ending_container", 0); /* and a line of that name: together they are certain */
        read_back(0);
        expect(KZGOPS_ENDING_OOM_KILLED, KZGOPS_ENDING_CERTAIN);
        put_group(versions[i], "2"); /* the line was of another container's process */
        read_back(0);
        expect(KZGOPS_ENDING_KILLED, KZGOPS_ENDING_LIKELY);
        teardown(&none);
    }
    setup(state);
}

/* What the group counted after the next process began is none of the earlier one's. */
static void ending__is_not_counted_beyond_the_next_process(void **state) {
    (void)state;
    struct life life = usual;
    put_group("v2", "0");
    life.oom_kills = 0;
    run(live, &life);
    life.begin_s = 601;
    run(live, &life);
    put_group("v2", "1");
    read_back(0);
    expect(KZGOPS_ENDING_OOM_KILLED, KZGOPS_ENDING_LIKELY);
    read_back(1);
    expect(KZGOPS_ENDING_KILLED, KZGOPS_ENDING_LIKELY);
    assert_true(has_evidence("is 0 when the next process began"));
}

/* A container that is made anew has a new group, whose counter begins at 0 and says nothing. */
static void ending__in_a_group_made_anew_is_not_counted(void **state) {
    (void)state;
    char group[200], old[200];
    struct life life = usual;
    put_group("v2", "2");
    life.oom_kills = 2;
    run(live, &life);
    snprintf(group, sizeof group, "%s/kzg", cgroup_root);
    snprintf(old, sizeof old, "%s/old", cgroup_root);
    assert_int_equal(rename(group, old), 0);
    put_group("v2", "5");
    read_back(0);
    expect(KZGOPS_ENDING_KILLED, KZGOPS_ENDING_POSSIBLE);
    assert_true(has_evidence("is gone"));
}

/* ---- What memory says
 * ----------------------------------------------------------------------------------------------- */

static void ending__short_of_memory_is_possibly_oom(void **state) {
    (void)state;
    struct life life = usual;
    life.used = 90 * MIB;
    run(live, &life);
    read_back(0);
    expect(KZGOPS_ENDING_OOM_KILLED, KZGOPS_ENDING_POSSIBLE);
    assert_non_null(strstr(ending.text, "90.0 MiB of 96.0 MiB (94 %)"));
    put_log("ending_quiet", 0); /* a log that would say so, and does not */
    read_back(0);
    expect(KZGOPS_ENDING_KILLED, KZGOPS_ENDING_LIKELY);
}

static void ending__with_growth_tells_the_trend(void **state) {
    (void)state;
    struct life life = usual;
    life.used = MIB;
    life.growth = 81 * MIB / 100; /* 82 of 96 MiB at the end */
    run(live, &life);
    read_back(0);
    assert_true(ending.memory.known && ending.memory.of_cgroup);
    assert_true(ending.memory.used == MIB + 100 * life.growth);
    assert_true(fabs(ending.memory.bytes_per_second - (double)life.growth) < 1000);
    assert_true(fabs(ending.memory.full_in_seconds - 14 / 0.81) < 0.1);
    assert_true(fabs(ending.memory.percent - 100 * 82.0 / 96) < 0.1);
    expect(KZGOPS_ENDING_KILLED, KZGOPS_ENDING_POSSIBLE);
    life.growth = 92 * MIB / 100; /* 3 MiB left: three seconds */
    run(live, &life);
    read_back(0);
    expect(KZGOPS_ENDING_OOM_KILLED, KZGOPS_ENDING_POSSIBLE);
    assert_non_null(strstr(ending.advice, "growing"));
}

static void ending__does_not_take_a_start_for_a_trend(void **state) {
    (void)state;
    struct life life = usual;
    life.used = 60 * MIB;
    life.start_s = 80;
    run(live, &life);
    read_back(0);
    assert_true(fabs(ending.memory.bytes_per_second) < 1);
    expect(KZGOPS_ENDING_KILLED, KZGOPS_ENDING_POSSIBLE);
    life.state = KZGOPS_RECORDER_STARTING; /* one that never got ready has nothing else */
    run(live, &life);
    read_back(0);
    assert_true(ending.memory.bytes_per_second > 100000);
}

/* Page cache fills a group without harm: usage is near the limit in all of these lives, the working set is not. */
static void ending__with_a_full_page_cache_is_not_oom(void **state) {
    (void)state;
    struct life life = usual;
    run(live, &life);
    read_back(0);
    expect(KZGOPS_ENDING_KILLED, KZGOPS_ENDING_POSSIBLE);
    assert_true(fabs(ending.memory.percent - 100 * 10.0 / 96) < 0.1);
    life.limit = 0;
    run(live, &life);
    read_back(0);
    expect(KZGOPS_ENDING_KILLED, KZGOPS_ENDING_POSSIBLE);
    assert_true(isnan(ending.memory.percent));
}

/* ---- Other ends
 * ----------------------------------------------------------------------------------------------------- */

static void ending__while_draining_or_starting_has_its_own_advice(void **state) {
    (void)state;
    struct life life = usual;
    life.state = KZGOPS_RECORDER_DRAINING;
    run(live, &life);
    read_back(0);
    assert_non_null(strstr(ending.advice, "stop timeout"));
    life.state = KZGOPS_RECORDER_STARTING;
    run(live, &life);
    read_back(0);
    assert_non_null(strstr(ending.advice, "start timeout"));
}

static void ending__with_the_machine(void **state) {
    (void)state;
    see_host_pids();
    put_log("ending_linux_6_cgroup", run(live, &usual)); /* of the new boot: its times mean nothing */
    put_file(proc_root, "sys/kernel/random/boot_id", "99999999-2222-3333-4444-555555555555\n");
    read_back(0);
    expect(KZGOPS_ENDING_UNKNOWN, KZGOPS_ENDING_CERTAIN);
    assert_true(ending.rebooted);
    assert_non_null(strstr(ending.text, "ended with its machine"));
    run(live_and_stop, &usual);
    put_file(proc_root, "sys/kernel/random/boot_id", BOOT);
    read_back(0);
    expect(KZGOPS_ENDING_CLEAN, KZGOPS_ENDING_CERTAIN);
}

static void wait_to_be_told(void *user) {
    char byte;
    (void)begin_life(&usual);
    CHILD_EXPECT(write(((int *)user)[3], "x", 1) == 1 && read(((int *)user)[0], &byte, 1) == 1);
}

static void ending__of_a_running_process_is_not_read(void **state) {
    (void)state;
    int pipes[4];
    char byte;
    assert_int_equal(pipe(pipes) | pipe(pipes + 2), 0);
    pid_t child = start_child(wait_to_be_told, pipes);
    assert_int_equal(read(pipes[2], &byte, 1), 1);
    read_back(0);
    expect(KZGOPS_ENDING_NONE, KZGOPS_ENDING_CERTAIN);
    struct life crashed = usual;
    crashed.version = "beside";
    run(live, &crashed);
    read_back(0);
    assert_string_equal(ending.recording.start.version, "beside");
    assert_int_equal(write(pipes[1], "x", 1), 1);
    wait_child(child);
    read_back(1);
    assert_int_equal(ending.reason, KZGOPS_ENDING_KILLED);
    for (int i = 0; i < 4; i++) close(pipes[i]);
}

static void ending__back_in_history(void **state) {
    (void)state;
    for (int64_t i = 0; i < 6; i++) {
        static const char *const versions[] = {"v0", "v1", "v2", "v3", "v4", "v5"};
        struct life life = usual;
        life.begin_s = 100 + i;
        life.version = versions[i];
        run(live, &life);
    }
    for (size_t back = 0; back < 5; back++) {
        const char expected[] = {'v', (char)('5' - (int)back), '\0'};
        read_back(back);
        assert_string_equal(ending.recording.start.version, expected);
    }
    read_back(5);
    expect(KZGOPS_ENDING_NONE, KZGOPS_ENDING_CERTAIN);
}

static void write_at(const char *name, off_t offset, uint64_t value) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", state_dir, name);
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, &value, sizeof value, offset), sizeof value);
    close(fd);
}

static void ending__of_a_file_that_tells_nothing_is_unknown(void **state) {
    (void)state;
    run(live, &usual);
    write_at("recorder.1", (off_t)offsetof(struct recorder_content, version), RECORDER_VERSION + 1);
    read_back(0);
    expect(KZGOPS_ENDING_UNKNOWN, KZGOPS_ENDING_CERTAIN);
    assert_false(ending.has_recording);
    assert_non_null(strstr(ending.text, "another version"));
    put_file(state_dir, "recorder.1", "not at all");
    read_back(0);
    expect(KZGOPS_ENDING_UNKNOWN, KZGOPS_ENDING_CERTAIN);
    run(live, &usual); /* goes on, and keeps it as the previous one */
    read_back(1);
    expect(KZGOPS_ENDING_UNKNOWN, KZGOPS_ENDING_CERTAIN);
}

/* ---- The parser by itself
 * ------------------------------------------------------------------------------------------- */

struct parsed {
    const char *line;
    enum log_kind kind;
    uint64_t pid;
    const char *name;
    bool of_group;
    int64_t when_us; /* -1: none */
};

static void log__lines_are_understood(void **state) {
    (void)state;
    static const struct parsed lines[] = {
        {"Out of memory: Kill process 12 (kzgd) score 901 or sacrifice child", LOG_INTENT, 12, "kzgd", false, -1},
        {"Out of memory: Killed process 12 (kzgd) total-vm:1kB", LOG_KILLED, 12, "kzgd", false, -1},
        {"[    1.000002] Out of memory (oom_kill_allocating_task): Kill process 3 (a) score 0", LOG_INTENT, 3, "a",
         false, 1000002},
        {"Memory cgroup out of memory: Killed process 12 (a b) c) total-vm:1kB", LOG_KILLED, 12, "a b) c", true, -1},
        {"Memory cgroup out of memory: Killed process 12 ((sd-pam)) total-vm:1kB", LOG_KILLED, 12, "(sd-pam)", true,
         -1},
        {"Killed process 12, UID 48, (httpd) total-vm:1kB", LOG_KILLED, 12, "httpd", false, -1},
        {"Killed process 12 (java), UID 1000, total-vm:1kB", LOG_KILLED, 12, "java", false, -1},
        {"<3>[12345.678901] Killed process 7 (exactly15charsx) vsz:1kB", LOG_KILLED, 7, "exactly15charsx", false,
         12345678901},
        {"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/a,b,"
         "task=x,y,pid=5,uid=0",
         LOG_CHOSEN, 5, "x,y", true, -1},
        {"6,1,77,-,caller=T9;oom-kill:constraint=CONSTRAINT_CPUSET,nodemask=0,task=q,pid=5,uid=0", LOG_CHOSEN, 5, "q",
         false, 77},
        {"Nov 21 host kernel: [ 2.500000] Killed process 8 (q) total-vm", LOG_KILLED, 8, "q", false, 2500000},
        {"[ 2.500000] host kernel: Killed process 8 (q) total-vm", LOG_KILLED, 8, "q", false, 2500000},
        {"[Thu Nov 21 00:07:12 2024] Killed process 8 (q) total-vm", LOG_KILLED, 8, "q", false, -1},
        {"kzgd[44]: segfault at 0 ip 0 sp 0 error 4", LOG_FAULT, 44, "kzgd", false, -1},
        {"traps: kzgd[44] general protection fault ip:1", LOG_FAULT, 44, "kzgd", false, -1},
        {"traps: kzgd[44] trap divide error ip:1", LOG_FAULT, 44, "kzgd", false, -1},
        {"oom_reaper: reaped process 12 (kzgd), now anon-rss:0kB", LOG_OTHER, 0, "", false, -1},
        {"Killed process (kzgd)", LOG_OTHER, 0, "", false, -1},
        {"Killed process 99999999999999999999999 (kzgd)", LOG_OTHER, 0, "", false, -1},
        {"Killed process 12 kzgd", LOG_OTHER, 12, "", false, -1},
        {"Killed process 12 (no end of the name here", LOG_OTHER, 12, "", false, -1},
        {"oom-kill:constraint=CONSTRAINT_MEMCG,pid=", LOG_OTHER, 0, "", true, -1},
        {"12,1,77,-;Killed process 8 (q) total-vm", LOG_OTHER, 0, "", false, 77},
        {"", LOG_OTHER, 0, "", false, -1},
        {"[", LOG_OTHER, 0, "", false, -1},
        {"6,1,;", LOG_OTHER, 0, "", false, -1},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct log_line line;
        kzgops__log_parse(lines[i].line, &line);
        if (line.kind != lines[i].kind) print_message("%s\n", lines[i].line);
        assert_int_equal(line.kind, lines[i].kind);
        assert_int_equal(line.has_time, lines[i].when_us >= 0);
        if (line.has_time) assert_int_equal(line.when_ns, lines[i].when_us * 1000);
        if (line.kind == LOG_OTHER) continue;
        assert_int_equal(line.pid, lines[i].pid);
        assert_string_equal(line.name, lines[i].name);
        assert_int_equal(line.of_group, lines[i].of_group);
    }
}

static uint64_t next_random(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    return z ^ (z >> 27);
}

static void log__garbage_is_read_safely(void **state) {
    (void)state;
    static const char *const seeds[] = {
        "6,1201,600700500,-;oom-kill:constraint=CONSTRAINT_MEMCG,task_memcg=/kzg,task=kzgd,pid=1,uid=0",
        "[  600.700530] Memory cgroup out of memory: Killed process 31 (kzgd) total-vm:395716kB, anon-rss:98176kB",
        "Nov 14 22:15:00 node7 kernel: [  600.700530] traps: kzgd[12] trap invalid opcode ip:55 sp:7f error:0"};
    const char *given = getenv("KZG_SEED");
    uint64_t random = given != NULL ? strtoull(given, NULL, 0) : 20250101;
    print_message("KZG_SEED=%llu\n", (unsigned long long)random);
    for (int round = 0; round < 30000; round++) {
        struct log_line line;
        char *text = strdup(seeds[round % 3]); /* of its exact size, for the sanitizers */
        size_t length = strlen(text);
        for (size_t n = next_random(&random) % 6; n > 0; n--) {
            text[next_random(&random) % length] = "[](),=;:09 x\n"[next_random(&random) % 13];
        }
        text[next_random(&random) % 2 ? length : next_random(&random) % length] = '\0';
        kzgops__log_parse(text, &line);
        assert_true(memchr(line.name, '\0', sizeof line.name) != NULL);
        assert_true(memchr(line.group, '\0', sizeof line.group) != NULL);
        assert_true(line.text >= text && line.text <= text + length);
        free(text);
    }
}

/* ---- Reports
 * ---------------------------------------------------------------------------------------------------------- */

static void reports__say_it_all(void **state) {
    (void)state;
    static char out[100000], shorter[64];
    struct life life = usual;
    see_host_pids();
    life.in_flight = true;
    put_log("ending_linux_6_cgroup", run(live, &life));
    read_back(0);
    size_t length = kzgops_ending_text(&ending, out, sizeof out);
    assert_int_equal(length, strlen(out));
    static const char *const words[] = {"ending:      oom_killed (certain), 2023-11-14T22:23:20.700Z",
                                        "kzgd 1.0 (pid ",
                                        "was killed by the kernel for memory, because its control group ran out",
                                        "with 2 operations in flight",
                                        "10.0 MiB of 96.0 MiB (10 %)",
                                        "what to do:",
                                        "evidence:    kernel log, of this process: [600.700500] oom-kill",
                                        "prove, request req-1",
                                        "queue_full, request req-0"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strstr(out, words[i]) == NULL) print_message("%s\nlacks '%s'\n", out, words[i]);
        assert_non_null(strstr(out, words[i]));
    }
    assert_int_equal(kzgops_ending_text(&ending, shorter, sizeof shorter), length);
    length = kzgops_ending_json(&ending, out, sizeof out);
    assert_int_equal(length, strlen(out));
    struct json_object *json = json_tokener_parse(out), *value;
    assert_non_null(json);
    assert_true(json_object_object_get_ex(json, "reason", &value));
    assert_string_equal(json_object_get_string(value), "oom_killed");
    assert_true(json_object_object_get_ex(json, "evidence", &value));
    assert_int_equal(json_object_array_length(value), ending.evidence_count);
    assert_true(json_object_object_get_ex(json, "recording", &value));
    assert_true(json_object_object_get_ex(value, "in_flight", &value));
    assert_int_equal(json_object_array_length(value), 2);
    json_object_put(json);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(ending__without_a_file_is_none),
        TEST(ending__clean),
        TEST(ending__with_an_error_of_its_own_is_told),
        TEST(ending__by_a_crash_names_signal_and_operation),
        TEST(ending__by_the_kernel_in_all_wordings),
        TEST(ending__shows_who_else_was_killed),
        TEST(ending__in_the_same_group_is_certain_without_a_pid),
        TEST(ending__by_what_killed_a_later_process_is_not_this_ones),
        TEST(ending__says_when_there_is_no_log),
        TEST(ending__by_counters),
        TEST(ending__is_not_counted_beyond_the_next_process),
        TEST(ending__in_a_group_made_anew_is_not_counted),
        TEST(ending__short_of_memory_is_possibly_oom),
        TEST(ending__with_growth_tells_the_trend),
        TEST(ending__does_not_take_a_start_for_a_trend),
        TEST(ending__with_a_full_page_cache_is_not_oom),
        TEST(ending__while_draining_or_starting_has_its_own_advice),
        TEST(ending__with_the_machine),
        TEST(ending__of_a_running_process_is_not_read),
        TEST(ending__back_in_history),
        TEST(ending__of_a_file_that_tells_nothing_is_unknown),
        TEST(log__lines_are_understood),
        TEST(log__garbage_is_read_safely),
        TEST(reports__say_it_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
