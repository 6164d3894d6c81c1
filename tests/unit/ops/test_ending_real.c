/* libkzgops against this machine's kernel: a process with a flight recorder is killed for memory in a control group
 * of its own, and the ending says so from the kernel's own words and counters; one that is killed by hand in the same
 * group is told apart. Needs the right to make a control group (v1, or v2 with the memory controller handed down);
 * says so and exits with 77 when there is none. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kzgops/ending.h"
#include "recorder_support.h"

#define MIB   ((size_t)1 << 20)
#define LIMIT (96 * MIB)
#define SKIP  77

static int failures;

#define EXPECT(condition) expect((condition), #condition, __LINE__)

static void expect(bool holds, const char *what, int line) {
    if (holds) return;
    printf("FAILED at line %d: %s\n", line, what);
    failures++;
}

static struct folder state_dir;
static char group[KZGOPS_CGROUP_PATH_MAX];
static kzgops_ending ending;

static bool put(const char *name, const char *text) {
    char path[sizeof group + 64];
    snprintf(path, sizeof path, "%s/%s", group, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    bool ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    close(fd);
    return ok;
}

static bool make_group(void) {
    static kzgops_machine_memory own;
    char bytes[32];
    kzgops_machine_memory_read(NULL, 0, &own);
    int n = snprintf(group, sizeof group, "%s/kzgops_end_%ld", own.cgroup.path, (long)getpid());
    if (own.cgroup.version == KZGOPS_CGROUP_NONE || n < 0 || (size_t)n >= sizeof group) return false;
    if (mkdir(group, 0755) != 0) return false;
    snprintf(bytes, sizeof bytes, "%zu", LIMIT);
    bool limited = put(own.cgroup.version == KZGOPS_CGROUP_V1 ? "memory.limit_in_bytes" : "memory.max", bytes);
    if (own.system.swap_total > 0) (void)put("memory.memsw.limit_in_bytes", bytes);
    (void)put("memory.swap.max", "0");
    if (!limited) rmdir(group);
    return limited;
}

/* ---- The process
 * ----------------------------------------------------------------------------------------------------- */

static void sample(kzgops_recorder *recorder) {
    static kzgops_machine_memory memory;
    kzgops_machine_memory_read(NULL, 0, &memory);
    const kzgops_recorder_sample now = kzgops_recorder_sample_of(&memory);
    kzgops_recorder_memory(recorder, &now);
}

static kzgops_recorder *begin(void) {
    const kzgops_recorder_config config = {
        .directory = state_dir.path, .service = "oomd", .version = "1", .slots = 1, .threads = 1};
    const char *error = NULL;
    CHILD_EXPECT(put("cgroup.procs", "0"));
    kzgops_recorder *recorder = kzgops_recorder_open(&config, &error);
    CHILD_EXPECT(recorder != NULL && error == NULL);
    CHILD_EXPECT(kzgops_recorder_crash_install(recorder, &error));
    kzgops_recorder_state(recorder, KZGOPS_RECORDER_READY);
    kzgops_recorder_operation_begin(recorder, 0, "grow", "req-oom");
    sample(recorder);
    return recorder;
}

static void grow_until_killed(void *user) {
    kzgops_recorder *recorder = begin();
    (void)user;
    for (;;) {
        volatile char *block = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        CHILD_EXPECT(block != MAP_FAILED);
        for (size_t i = 0; i < MIB; i += 4096) block[i] = 1;
        sample(recorder);
    }
}

static void kill_oneself(void *user) {
    (void)user;
    (void)begin();
    raise(SIGKILL);
}

/* ---- What is said of it
 * ------------------------------------------------------------------------------------------------ */

static void read_ending(const char *kernel_log, size_t back) {
    static char out[65536];
    const kzgops_ending_config config = {.directory = state_dir.path, .kernel_log = kernel_log, .back = back};
    kzgops_ending_read(&config, &ending);
    kzgops_ending_text(&ending, out, sizeof out);
    fputs(out, stdout);
    puts("");
}

static bool has_evidence(const char *words) {
    for (size_t i = 0; i < ending.evidence_count; i++) {
        if (strstr(ending.evidence[i], words) != NULL) return true;
    }
    return false;
}

/* With the kernel's log, where it may be read, it is certain; without, the counters still say what happened. */
static void check_oom(bool log_readable) {
    EXPECT(ending.reason == KZGOPS_ENDING_OOM_KILLED);
    EXPECT(ending.certainty >= (log_readable ? KZGOPS_ENDING_CERTAIN : KZGOPS_ENDING_LIKELY));
    EXPECT(!ending.machine_wide);
    EXPECT(ending.recording.operation_count == 1);
    EXPECT(strcmp(ending.recording.operation[0].request_id, "req-oom") == 0);
    EXPECT(ending.memory.known && ending.memory.limit == LIMIT && ending.memory.percent > 50);
    EXPECT(ending.memory.bytes_per_second > 0);
    EXPECT(has_evidence("oom_kill was 0 at the last sample and is 1 "));
    if (log_readable) EXPECT(has_evidence("Killed process") && ending.when_exact);
}

static bool log_is_readable(void) {
    char record[8192];
    int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    bool readable = fd >= 0 && (read(fd, record, sizeof record) > 0 || errno == EPIPE);
    if (fd >= 0) close(fd);
    return readable;
}

static void check_all(void) {
    bool readable = log_is_readable();
    if (!readable) printf("!! the kernel's log cannot be read here: only the counters are tested\n");
    int status = run_child(grow_until_killed, NULL);
    EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    read_ending(NULL, 0);
    check_oom(readable);
    read_ending("", 0);
    check_oom(false);
    status = run_child(kill_oneself, NULL);
    EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    read_ending(NULL, 0);
    EXPECT(ending.reason == KZGOPS_ENDING_KILLED && ending.certainty == KZGOPS_ENDING_LIKELY);
    EXPECT(has_evidence("oom_kill was 1 at the last sample and is 1 "));
    /* The one before is still what it was, by its own file. */
    read_ending(NULL, 1);
    check_oom(readable);
}

int main(void) {
    if (!make_group()) {
        printf("!! SKIPPED: no control group can be made below '%s' (%s): no process is killed for memory here\n",
               group, strerror(errno));
        return SKIP;
    }
    state_dir = folder_new();
    check_all();
    folder_remove(&state_dir);
    if (rmdir(group) != 0) printf("could not remove %s: %s\n", group, strerror(errno));
    printf(failures == 0 ? "passed\n" : "%d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
