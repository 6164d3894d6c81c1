/* libkzgops against this machine's kernel: a child in a control group of its own, with a limit, reads what the kernel
 * says about it, and what is left after the kernel killed one there. Needs the right to make a control group (v1, or
 * v2 with the memory controller handed down); says so and exits with 77 when there is none. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kzgops/machine_memory.h"

#define MIB        ((uint64_t)1 << 20)
#define LIMIT      (96 * MIB)
#define TAKE       (40 * MIB)
#define SKIP       77
#define PATH_BYTES (KZGOPS_CGROUP_PATH_MAX + 64)

static int failures;

#define EXPECT(condition) expect((condition), #condition, __LINE__)

static void expect(bool holds, const char *what, int line) {
    if (holds) return;
    printf("FAILED at line %d: %s\n", line, what);
    failures++;
}

static char group[KZGOPS_CGROUP_PATH_MAX];
static bool swap_limited;

static bool put(const char *name, const char *text) {
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", group, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    bool ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    close(fd);
    return ok;
}

static bool make_group(const kzgops_machine_memory *own) {
    char bytes[32];
    int n = snprintf(group, sizeof group, "%s/kzgops_test_%ld", own->cgroup.path, (long)getpid());
    if (own->cgroup.version == KZGOPS_CGROUP_NONE || n < 0 || (size_t)n >= sizeof group || mkdir(group, 0755) != 0)
        return false;
    snprintf(bytes, sizeof bytes, "%" PRIu64, LIMIT);
    bool limited = put(own->cgroup.version == KZGOPS_CGROUP_V1 ? "memory.limit_in_bytes" : "memory.max", bytes);
    /* Swap must not be a way out. */
    if (own->system.swap_total > 0) swap_limited = put("memory.memsw.limit_in_bytes", bytes);
    (void)put("memory.swap.max", "0");
    if (!limited) rmdir(group);
    return limited;
}

/* Runs body in a new process inside the group; returns how that ended. */
static int run_inside(void (*body)(int out), kzgops_machine_memory *ret) {
    int pipes[2], status = -1;
    if (pipe(pipes) != 0) return -1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        close(pipes[0]);
        if (!put("cgroup.procs", "0")) _exit(99);
        body(pipes[1]);
        _exit(0);
    }
    close(pipes[1]);
    size_t got = 0;
    while (ret != NULL && got < sizeof *ret) {
        ssize_t n = read(pipes[0], (char *)ret + got, sizeof *ret - got);
        if (n <= 0) break;
        got += (size_t)n;
    }
    close(pipes[0]);
    if (child < 0 || waitpid(child, &status, 0) != child) return -1;
    if (ret != NULL && got != sizeof *ret) return -1;
    return status;
}

static void take(size_t bytes) {
    volatile char *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) _exit(98);
    for (size_t i = 0; i < bytes; i += 4096) block[i] = 1;
}

static void report(int out) {
    static kzgops_machine_memory memory;
    kzgops_machine_memory_read(NULL, KZGOPS_READ_PSS, &memory);
    if (write(out, &memory, sizeof memory) != (ssize_t)sizeof memory) _exit(97);
}

static void take_and_report(int out) {
    take(TAKE);
    report(out);
}

static void take_too_much(int out) {
    (void)out;
    take(4 * LIMIT);
}

static void check_inside(const kzgops_machine_memory *inside) {
    EXPECT(strcmp(inside->cgroup.path, group) == 0);
    EXPECT(!inside->cgroup.path_guessed);
    EXPECT(inside->cgroup.max == LIMIT);
    EXPECT(inside->limit == LIMIT);
    EXPECT(inside->limit_source == KZGOPS_LIMIT_CGROUP);
    EXPECT(strcmp(inside->cgroup.limit_path, group) == 0);
    EXPECT(inside->cgroup.usage >= TAKE / 2 && inside->cgroup.usage <= LIMIT);
    EXPECT(inside->cgroup.working_set <= inside->cgroup.usage);
    EXPECT(inside->cgroup.peak == KZGOPS_BYTES_UNKNOWN || inside->cgroup.peak <= LIMIT);
    EXPECT(inside->cgroup.oom_kills == 0);
    EXPECT(inside->process.rss >= TAKE);
}

static void check_after_the_kill(const kzgops_machine_memory *after) {
    EXPECT(after->cgroup.oom_kills == 1);
    if (after->cgroup.version == KZGOPS_CGROUP_V1) {
        /* Where swap is accounted for too, that limit is hit first, and kernels do not always count it. */
        EXPECT(after->cgroup.failcnt != KZGOPS_BYTES_UNKNOWN);
        EXPECT(after->cgroup.failcnt > 0 || swap_limited);
        EXPECT(after->cgroup.under_oom == 0);
        EXPECT(after->cgroup.peak > LIMIT / 2 && after->cgroup.peak <= LIMIT);
    } else {
        EXPECT(after->cgroup.events_oom > 0 && after->cgroup.events_max > 0);
        EXPECT(after->cgroup.pressure.known);
    }
}

int main(void) {
    static kzgops_machine_memory own, inside, after;
    kzgops_machine_memory_read(NULL, 0, &own);
    if (!make_group(&own)) {
        printf(
            "SKIPPED: no control group can be made below '%s' (%s): the kernel's side of this is not tested here\n",
            own.cgroup.path, strerror(errno));
        return SKIP;
    }
    printf("control group v%d, %s\n", (int)own.cgroup.version, group);
    int status = run_inside(take_and_report, &inside);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    if (failures == 0) check_inside(&inside);
    status = run_inside(take_too_much, NULL);
    EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    status = run_inside(report, &after);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    if (failures == 0) check_after_the_kill(&after);
    if (rmdir(group) != 0) printf("could not remove %s: %s\n", group, strerror(errno));
    printf(failures == 0 ? "passed\n" : "%d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
