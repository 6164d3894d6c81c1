/* The process's own figures, under the names that Prometheus client libraries use. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "kzgops/metrics.h"

static void read_memory(kzgops_metrics *metrics) {
    unsigned long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) return;
    if (fscanf(file, "%lu %lu", &pages, &resident) == 2) {
        double page = (double)sysconf(_SC_PAGESIZE);
        kzgops_gauge_set(metrics, KZGOPS_METRIC_PROCESS_VIRTUAL, 0, 0, (double)pages * page);
        kzgops_gauge_set(metrics, KZGOPS_METRIC_PROCESS_RSS, 0, 0, (double)resident * page);
    }
    fclose(file);
}

static void read_descriptors(kzgops_metrics *metrics) {
    struct rlimit limit;
    size_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    if (dir != NULL) {
        while (readdir(dir) != NULL) count++;
        closedir(dir);
        /* ".", ".." and the directory's own descriptor are not the process's. */
        kzgops_gauge_set(metrics, KZGOPS_METRIC_PROCESS_FDS, 0, 0, (double)(count > 3 ? count - 3 : 0));
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        kzgops_gauge_set(metrics, KZGOPS_METRIC_PROCESS_MAX_FDS, 0, 0, (double)limit.rlim_cur);
    }
}

/* Start time is field 22 of stat, in ticks since boot; the second field may hold spaces, so count from its end. */
static void read_start(kzgops_metrics *metrics) {
    char text[1024];
    struct timespec now, boot;
    unsigned long long ticks = 0;
    FILE *file = fopen("/proc/self/stat", "re");
    if (file == NULL) return;
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    char *rest = strrchr(text, ')');
    if (rest == NULL) return;
    if (sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
               &ticks) != 1) {
        return;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    clock_gettime(CLOCK_BOOTTIME, &boot);
    double booted = (double)(now.tv_sec - boot.tv_sec) + (double)(now.tv_nsec - boot.tv_nsec) / 1e9;
    kzgops_gauge_set(metrics, KZGOPS_METRIC_PROCESS_START, 0, 0,
                     booted + (double)ticks / (double)sysconf(_SC_CLK_TCK));
}

void kzgops_metrics_read_process(kzgops_metrics *metrics) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        double seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
        kzgops_gauge_set(metrics, KZGOPS_METRIC_PROCESS_CPU, 0, 0, seconds);
    }
    read_memory(metrics);
    read_descriptors(metrics);
    read_start(metrics);
}
