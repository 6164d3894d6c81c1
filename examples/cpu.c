/* A program that watches its own CPU: a tick a second by a helper thread, a call when a threshold is crossed, a
 * report at the end. */
#include <kzgops/cpu.h>

#include <stdio.h>
#include <time.h>

static void on_crossing(void *user, const kzgops_cpu_crossing *crossing) {
    (void)user;
    printf("%s CPU is %s %.0f %%: %.1f %%\n", kzgops_cpu_figure_name(crossing->figure),
           crossing->above ? "above" : "well below", crossing->threshold, crossing->value);
}

/* Half a second of CPU time. */
static unsigned work(void) {
    unsigned sum = 0;
    struct timespec now;
    do {
        for (unsigned i = 0; i < 100000; i++) sum = sum * 31 + i;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    } while (now.tv_sec == 0 && now.tv_nsec < 500000000);
    return sum;
}

int main(void) {
    const char *why;
    kzgops_cpu_config config = {
        .threshold_percent = 40, .interval_ns = 100000000, .crossed = on_crossing}; /* a sample each 0.1 s */
    kzgops_cpu *cpu = kzgops_cpu_new(&config, &why);
    if (cpu == NULL) {
        fprintf(stderr, "no CPU monitor: %s\n", why);
        return 1;
    }
    why = kzgops_cpu_start(cpu);
    if (why != NULL) fprintf(stderr, "%s: ticking by hand\n", why);

    (void)kzgops_cpu_tick(cpu, NULL);
    printf("worked: %u\n", work());
    (void)kzgops_cpu_tick(cpu, NULL);
    kzgops_cpu_stop(cpu);

    kzgops_cpu_core cores[16];
    kzgops_cpu_thread threads[16];
    kzgops_cpu_report_data report;
    kzgops_cpu_report(cpu, cores, 16, threads, 16, &report);

    char text[16384];
    kzgops_cpu_report_text(&report, text, sizeof text);
    fputs(text, stdout);
    kzgops_cpu_report_json(&report, text, sizeof text);
    puts(text);

    kzgops_cpu_free(cpu);
    return report.samples > 0 && report.process_user_s > 0 ? 0 : 1;
}
