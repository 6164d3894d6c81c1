/* libkzgops: how a process ended, and what to do about it. Put together from its flight recorder's file
 * (kzgops/recorder.h), the kernel's log, and the counters of its control group. Works at the next start and at any
 * time later, from any process that may read the state directory. */
#ifndef KZGOPS_ENDING_H
#define KZGOPS_ENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/recorder.h"
#include "kzgops/sources.h"

#define KZGOPS_ENDING_EVIDENCE_MAX  16
#define KZGOPS_ENDING_EVIDENCE_TEXT 320

typedef enum kzgops_ending_reason {
    KZGOPS_ENDING_NONE = 0,       /* there was no process before */
    KZGOPS_ENDING_CLEAN = 1,      /* it stopped in order */
    KZGOPS_ENDING_CRASH = 2,      /* a signal of its own making */
    KZGOPS_ENDING_KILLED = 3,     /* SIGKILL by a person or a supervisor, or an exit that said nothing */
    KZGOPS_ENDING_OOM_KILLED = 4, /* by the kernel, for memory */
    KZGOPS_ENDING_UNKNOWN = 5     /* the text says what is known: the machine restarted, the file cannot be read,
                                   * or the process ended by itself with an error */
} kzgops_ending_reason;

typedef enum kzgops_ending_certainty {
    KZGOPS_ENDING_POSSIBLE = 0, /* nothing speaks against it, and memory's figures or nothing at all for it */
    KZGOPS_ENDING_LIKELY = 1,   /* one source speaks for it, without naming this very process */
    KZGOPS_ENDING_CERTAIN = 2   /* the process itself or the kernel says so, of this process */
} kzgops_ending_certainty;

/* Memory during the last minute of samples. */
typedef struct kzgops_ending_memory {
    bool known;              /* there was a sample with a figure */
    bool of_cgroup;          /* `used` is the control group's working set, else the process's RSS */
    uint64_t used;           /* at the last sample */
    uint64_t limit;          /* KZGOPS_BYTES_UNKNOWN, KZGOPS_BYTES_UNLIMITED */
    double percent;          /* of the limit; NAN without one */
    double bytes_per_second; /* growth; NAN with less than two samples */
    double full_in_seconds;  /* at that growth; NAN when it does not lead there */
} kzgops_ending_memory;

typedef struct kzgops_ending {
    kzgops_ending_reason reason;
    kzgops_ending_certainty certainty;
    char text[320];    /* one sentence */
    char advice[480];  /* what to do */
    bool rebooted;     /* the machine, or the state directory's machine, is not in the boot that the process ran in */
    bool machine_wide; /* of OOM_KILLED: the machine ran out, not the control group */
    int64_t when_ns;   /* realtime; 0: not known */
    bool when_exact;   /* else: some time after when_ns, the last sign of life */
    char path[KZGOPS_RECORDER_PATH_MAX]; /* the file that this was read from */
    kzgops_ending_memory memory;
    size_t evidence_count;
    char evidence[KZGOPS_ENDING_EVIDENCE_MAX][KZGOPS_ENDING_EVIDENCE_TEXT];
    bool has_recording;
    kzgops_recording recording; /* who it was, what was running, last errors; valid when has_recording */
} kzgops_ending;

typedef struct kzgops_ending_config {
    const char *directory; /* the state directory, as the recorder has it */
    const char *name;      /* NULL: "recorder" */
    size_t back;           /* 0: the process that ended last, 1: the one before, ... */
    /* The kernel's log: NULL: /dev/kmsg. "": none. Else a file with its text, as /dev/kmsg, dmesg, journalctl -k
     * (any output that is one line a message) or a syslog have it */
    const char *kernel_log;
    const kzgops_sources *sources; /* borrowed; NULL: the real ones. Boot id below proc_root, clock, allocator */
} kzgops_ending_config;

/* Any thread. Reads the files of processes that no longer run, newest first; those that run are left out, so it may
 * be called before or after the opening of an own recorder. Takes 350 KiB from the allocator for the time of the
 * call, and 1.5 ms with a kernel log of 1,350 lines (bench/ops/recorder.c). *ret has about 100 KiB: not for a small
 * stack. */
void kzgops_ending_read(const kzgops_ending_config *config, kzgops_ending *ret);

/* For people, and as one JSON object. snprintf's semantics. */
size_t kzgops_ending_text(const kzgops_ending *ending, char *out, size_t size);
size_t kzgops_ending_json(const kzgops_ending *ending, char *out, size_t size);

/* "none", "clean", "crash", "killed", "oom_killed", "unknown", as the metric has them; "certain", "likely",
 * "possible". */
const char *kzgops_ending_reason_name(kzgops_ending_reason reason);
const char *kzgops_ending_certainty_name(kzgops_ending_certainty certainty);

#endif
