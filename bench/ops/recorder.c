/* What the flight recorder costs: nanoseconds of CPU time for one record of each kind, on a file, the best of several
 * rounds, and milliseconds to open one and to read an ending.
 *
 *   bench_ops_recorder [--quick] */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kzgops/ending.h"
#include "kzgops/recorder.h"

#define ROUNDS 15

enum kind { CLOCK, OPERATION, DIGEST, MEMORY, ERROR, EVENT };

static int64_t read_clock(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t now_ns(void) {
    return read_clock(CLOCK_MONOTONIC);
}

static void once(kzgops_recorder *recorder, enum kind kind) {
    static const kzgops_recorder_sample sample = {.rss = 1, .limit = 2};
    static const uint8_t digest[32] = {1, 2, 3};
    switch (kind) {
    case CLOCK: (void)now_ns(); break;
    case OPERATION:
    case DIGEST:
        kzgops_recorder_operation_begin(recorder, 0, "verify_cell_kzg_proof_batch", "01hf7yat00c5fd9m5d8q0w3s4x");
        if (kind == DIGEST) kzgops_recorder_operation_digest(recorder, 0, digest);
        kzgops_recorder_operation_end(recorder, 0);
        break;
    case MEMORY: kzgops_recorder_memory(recorder, &sample); break;
    case ERROR: kzgops_recorder_error(recorder, "bad_point", "01hf7yat00c5fd9m5d8q0w3s4x"); break;
    case EVENT: kzgops_recorder_event(recorder, "drain_begun", "by a signal"); break;
    }
}

static void measure(kzgops_recorder *recorder, const char *what, enum kind kind, int repeats) {
    double best = 1e18;
    for (int round = 0; round < (repeats > 1000 ? ROUNDS : 1); round++) {
        int64_t begin = read_clock(CLOCK_THREAD_CPUTIME_ID);
        for (int i = 0; i < repeats; i++) once(recorder, kind);
        double ns = (double)(read_clock(CLOCK_THREAD_CPUTIME_ID) - begin) / repeats;
        if (ns < best) best = ns;
    }
    printf("%-28s %8.1f ns\n", what, best);
}

/* Leaves a file behind, as a process that was killed does: then the kernel's log is read, too. */
static void die(const kzgops_recorder_config *config) {
    pid_t child = fork();
    if (child == 0) {
        (void)kzgops_recorder_open(config, NULL);
        _exit(0);
    }
    if (child > 0) waitpid(child, NULL, 0);
}

static void measure_opening(const char *directory, int rounds) {
    static kzgops_ending ending;
    const kzgops_recorder_config config = {.directory = directory, .service = "bench", .version = "1", .slots = 8};
    const kzgops_ending_config ending_config = {.directory = directory};
    double open_ms = 1e18, read_ms = 1e18;
    for (int i = 0; i < rounds; i++) {
        int64_t begin = now_ns();
        kzgops_recorder *recorder = kzgops_recorder_open(&config, NULL);
        double ms = (double)(now_ns() - begin) / 1e6;
        if (ms < open_ms) open_ms = ms;
        kzgops_recorder_close(recorder, true);
        die(&config);
        begin = now_ns();
        kzgops_ending_read(&ending_config, &ending);
        ms = (double)(now_ns() - begin) / 1e6;
        if (ms < read_ms) read_ms = ms;
    }
    printf("%-28s %8.2f ms\n%-28s %8.2f ms\n", "open", open_ms, "read an ending", read_ms);
}

static void clean_up(const char *directory) {
    static const char *const names[] = {"1", "previous", "previous.2", "previous.3", "previous.4", "lock"};
    char path[256];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/recorder.%s", directory, names[i]);
        unlink(path);
    }
    rmdir(directory);
}

int main(int argc, char **argv) {
    int repeats = argc > 1 && strcmp(argv[1], "--quick") == 0 ? 100 : 200000;
    char directory[128];
    const char *base = getenv("TMPDIR"), *error;
    snprintf(directory, sizeof directory, "%s/bench_recorder_XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(directory) == NULL) return 1;
    const kzgops_recorder_config config = {.directory = directory, .service = "bench", .version = "1", .slots = 8};
    kzgops_recorder *recorder = kzgops_recorder_open(&config, &error);
    if (recorder == NULL || error != NULL) {
        printf("%s\n", error);
        return 1;
    }
    measure(recorder, "clock alone", CLOCK, repeats);
    measure(recorder, "operation: begin and end", OPERATION, repeats);
    measure(recorder, "the same with a digest", DIGEST, repeats);
    measure(recorder, "memory sample", MEMORY, repeats);
    measure(recorder, "error", ERROR, repeats);
    measure(recorder, "event", EVENT, repeats);
    kzgops_recorder_close(recorder, true);
    measure_opening(directory, repeats > 1000 ? 20 : 1);
    clean_up(directory);
    return 0;
}
