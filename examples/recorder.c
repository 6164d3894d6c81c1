/* A service that keeps a flight recorder, dies in the middle of its work, and is told at the next start what
 * happened. The two lives are a child and then this program itself. */
#include <kzgops/ending.h>
#include <kzgops/recorder.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static kzgops_recorder *start(const char *directory) {
    const kzgops_recorder_config config = {
        .directory = directory, .service = "exampled", .version = "1.0", .slots = 4, .threads = 1};
    const char *why;
    kzgops_recorder *recorder = kzgops_recorder_open(&config, &why);
    if (why != NULL) fprintf(stderr, "flight recorder: %s\n", why); /* and go on */
    kzgops_recorder_crash_install(recorder, NULL);
    kzgops_recorder_state(recorder, KZGOPS_RECORDER_READY);
    return recorder;
}

/* A thread that samples does this once a second. */
static void sample(kzgops_recorder *recorder) {
    kzgops_machine_memory memory;
    kzgops_machine_memory_read(NULL, 0, &memory);
    const kzgops_recorder_sample now = kzgops_recorder_sample_of(&memory);
    kzgops_recorder_memory(recorder, &now);
}

/* A worker. Its second request never ends. */
static void first_life(const char *directory) {
    kzgops_recorder *recorder = start(directory);
    kzgops_recorder_thread_begin(recorder, 0);
    sample(recorder);
    kzgops_recorder_operation_begin(recorder, 0, "add", "req-1");
    kzgops_recorder_operation_end(recorder, 0);
    kzgops_recorder_error(recorder, "bad_number", "req-1");
    kzgops_recorder_operation_begin(recorder, 0, "divide", "req-2");
    *(volatile int *)NULL = 1;
}

static int second_life(const char *directory) {
    static kzgops_ending ending;
    static char text[16384];
    const kzgops_ending_config config = {.directory = directory};
    kzgops_recorder *recorder = start(directory);
    kzgops_ending_read(&config, &ending);
    kzgops_ending_text(&ending, text, sizeof text);
    fputs(text, stdout);
    kzgops_recorder_close(recorder, true);
    return ending.reason == KZGOPS_ENDING_CRASH && strcmp(ending.recording.crash.request_id, "req-2") == 0 ? 0 : 1;
}

static void clean_up(const char *directory) {
    static const char *const names[] = {"recorder.1", "recorder.previous", "recorder.lock"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
    rmdir(directory);
}

int main(void) {
    char directory[] = "/tmp/exampled_XXXXXX"; /* a real service has a state directory */
    if (mkdtemp(directory) == NULL) return 1;
    pid_t child = fork();
    if (child == 0) first_life(directory);
    if (child < 0 || waitpid(child, NULL, 0) != child) return 1;
    int status = second_life(directory);
    clean_up(directory);
    return status;
}
