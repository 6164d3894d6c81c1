/* A process with a flight recorder that ends as it is told: ended FOLDER clean|crash|killed. It is the middle of an
 * operation that does not end in order. */
#include <kzgops/recorder.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    const char *why;
    if (argc != 3) return 2;
    const kzgops_recorder_config config = {
        .directory = argv[1], .service = "kzgd", .version = "0.1.0", .slots = 2, .threads = 1};
    kzgops_recorder *recorder = kzgops_recorder_open(&config, &why);
    if (recorder == NULL || why != NULL) {
        fprintf(stderr, "ended: %s\n", why);
        return 1;
    }
    kzgops_recorder_sample sample = {.rss = 3u << 28, .limit = 1u << 30, .working_set = 3u << 28};
    kzgops_recorder_crash_install(recorder, NULL);
    kzgops_recorder_state(recorder, KZGOPS_RECORDER_READY);
    kzgops_recorder_thread_begin(recorder, 0);
    kzgops_recorder_memory(recorder, &sample);
    if (strcmp(argv[2], "clean") == 0) {
        kzgops_recorder_close(recorder, true);
        return 0;
    }
    kzgops_recorder_error(recorder, "queue_full", "0badcafe-00000001");
    kzgops_recorder_operation_begin(recorder, 0, "compute_cells", "0badcafe-00000002");
    raise(strcmp(argv[2], "crash") == 0 ? SIGSEGV : SIGKILL);
    return 1;
}
