/* A structured log of a service: its own events, its operations, a level changed while it runs, repetitions. */
#include <kzgops/log.h>

#include <stdio.h>
#include <unistd.h>

static void serve(int request) {
    char id[32];
    snprintf(id, sizeof id, "req-%d", request);
    kzgops_log_operation operation = {
        .operation = "add", .request_id = id, .trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"};
    kzgops_log_operation_started(&operation);
    operation.duration_ns = 1500000 * request;
    operation.slow_ns = 10000000;
    if (request % 3 != 0) {
        kzgops_log_operation_completed(&operation); /* at debug, when it is not slow */
        return;
    }
    const kzgops_field more = KZGOPS_STR("body", "7 + x\nts=forged level=error");
    operation.status = "bad_number";
    operation.error = "the body has a word where a number is wanted";
    operation.client_fault = true;
    operation.more = &more;
    operation.more_count = 1;
    kzgops_log_operation_failed(&operation);
}

int main(void) {
    const char *why;
    kzgops_log_config config = {.name = "adder", .lines_per_second = 3};
    kzgops_log_init(STDOUT_FILENO, KZGOPS_LOG_AUTO, KZGOPS_LOG_INFO);
    if (!kzgops_log_start(&config, &why)) {
        fprintf(stderr, "no thread for the log: %s\n", why);
        return 1;
    }
    KZGOPS_LOG(KZGOPS_LOG_INFO, "ready", KZGOPS_U64("workers", 2), KZGOPS_BOOL("cached", true));
    for (int request = 0; request < 20; request++) serve(request);
    kzgops_log_set_level(KZGOPS_LOG_DEBUG);
    serve(1);

    kzgops_log_stop(); /* all that is above is written now, and how often the failures were repeated */
    kzgops_log_figures figures;
    kzgops_log_stats(&figures);
    printf("%llu lines at info, %llu suppressed, %llu dropped\n", (unsigned long long)figures.lines[KZGOPS_LOG_INFO],
           (unsigned long long)figures.suppressed[KZGOPS_LOG_INFO], (unsigned long long)kzgops_log_dropped());
    return kzgops_log_dropped() == 0 ? 0 : 1;
}
