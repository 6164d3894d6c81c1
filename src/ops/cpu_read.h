/* The kernel's CPU counters of one moment. Everything that could not be read is UNKNOWN, NaN or marked so. */
#ifndef OPS_CPU_READ_H
#define OPS_CPU_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/cpu.h"

/* A line of /proc/stat, nanoseconds. */
struct cpu_times {
    bool known;
    bool steal_known; /* kernels before 2.6.11 have none */
    uint64_t user, kernel, idle, iowait, steal;
};

struct cpu_core_times {
    unsigned number;
    struct cpu_times times;
};

struct cpu_thread_times {
    int64_t id;
    uint64_t start; /* tells a thread from a later one of the same id */
    char name[KZGOPS_CPU_THREAD_MAX];
    char state;
    uint64_t cpu_ns, wait_ns; /* UNKNOWN */
};

/* The arrays have room for the numbers that stand in the max fields; total counts what was there. */
struct cpu_reading {
    int64_t at_ns, when_ns;
    struct cpu_times all;
    struct cpu_core_times *cores;
    size_t core_max, core_count, core_total;
    uint64_t process_user_ns, process_kernel_ns;
    struct cpu_thread_times *threads;
    size_t thread_max, thread_count, thread_total;
    double load1, load5, load15;
    uint64_t runnable, tasks;
    kzgops_cpu_limits limits;
    kzgops_cpu_pressure machine_pressure, group_pressure;
};

void kzgops__cpu_read(const kzgops_sources *sources, struct cpu_reading *ret);

#endif
