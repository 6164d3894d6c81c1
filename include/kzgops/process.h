/* libkzgops, process: the figures of the own process under which Prometheus client libraries export process_*. */
#ifndef KZGOPS_PROCESS_H
#define KZGOPS_PROCESS_H

#include "kzgops/sources.h"

/* NAN: could not be read. */
typedef struct kzgops_process {
    double cpu_seconds;        /* user and system, of all threads, also those that have ended */
    double start_time_seconds; /* since the epoch */
    double resident_bytes;
    double virtual_bytes;
    double open_fds;
    double max_fds; /* INFINITY: no limit */
    double threads;
} kzgops_process;

/* Reads self/stat, self/fd, self/limits and stat below the proc root (NULL: /proc). *process is all zero before the
 * first call, and what the last call left afterwards: the time of the start is read once. Allocates nothing; takes
 * some ten microseconds, and a tenth of one for each open descriptor. Any thread, each with its own *process. */
void kzgops_process_read(const kzgops_sources *sources, kzgops_process *process);

#endif
