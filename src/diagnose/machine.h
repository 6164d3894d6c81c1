/* The machine that the tool runs on, for a kzgd that runs, or ran, on the same one. */
#ifndef DIAGNOSE_MACHINE_H
#define DIAGNOSE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/machine_memory.h"

#define MACHINE_PROCESSES_MAX 8

struct machine_process {
    long pid;
    char state; /* as the kernel has it: 'R', 'S', 'D', 'T', 'Z' */
};

struct machine {
    bool here; /* the daemon is on this machine; else nothing below was read */
    const char *proc_root;
    const char *cgroup_root;
    kzgops_machine_memory memory; /* of the machine; the process's part is the tool's own */
    bool proc_readable;
    struct machine_process process[MACHINE_PROCESSES_MAX]; /* named kzgd */
    size_t process_count;                                  /* may be more than are kept */
    double disk_free, disk_size;                           /* bytes where the state directory is; NAN: not known */
    char *oom_lines;                                       /* of the kernel's log, a line each; NULL: none */
    size_t oom_count;
    char kernel_log[256];     /* where they are from */
    char kernel_trouble[200]; /* why the log could not be read; "" when it could */
};

/* Reads it all; roots and kernel_log are borrowed. kernel_log NULL: /dev/kmsg. state_dir may be "". */
void machine_read(struct machine *machine, const char *proc_root, const char *cgroup_root, const char *kernel_log,
                  const char *state_dir);
void machine_free(struct machine *machine);

#endif
