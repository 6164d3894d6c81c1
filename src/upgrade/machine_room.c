/* The real clock, and what is left of the machine. */
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "kzgops/machine_memory.h"
#include "upgrade/command.h"
#include "upgrade/machine.h"

static int64_t now_ms(void *user) {
    (void)user;
    return command_now_ms();
}

static void sleep_ms(void *user, int64_t ms) {
    (void)user;
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

const struct machine_clock machine_clock = {NULL, now_ms, sleep_ms};

static double memory_left(void) {
    kzgops_machine_memory memory;
    kzgops_machine_memory_read(NULL, 0, &memory);
    const kzgops_cgroup_memory *group = &memory.cgroup;
    double left = memory.system.available >= KZGOPS_BYTES_UNLIMITED ? NAN : (double)memory.system.available;
    if (group->limit >= KZGOPS_BYTES_UNLIMITED || group->working_set >= KZGOPS_BYTES_UNLIMITED) return left;
    double group_left = (double)group->limit - (double)group->working_set;
    return isnan(left) || group_left < left ? group_left : left;
}

void machine_read_room(const char *folder, struct machine_room *ret) {
    char path[JOURNAL_FOLDER_MAX];
    struct statvfs disk;
    cpu_set_t cpus;
    double load;
    *ret = (struct machine_room){memory_left(), NAN, NAN, NAN};
    snprintf(path, sizeof path, "%s", folder);
    bool there = statvfs(path, &disk) == 0;
    for (char *slash = strrchr(path, '/'); !there && slash != NULL && slash != path; slash = strrchr(path, '/')) {
        *slash = '\0';
        there = statvfs(path, &disk) == 0;
    }
    if (there) ret->disk_bytes = (double)disk.f_bavail * (double)disk.f_frsize;
    if (sched_getaffinity(0, sizeof cpus, &cpus) == 0) ret->cpus = CPU_COUNT(&cpus);
    if (getloadavg(&load, 1) == 1) ret->load = load;
}
