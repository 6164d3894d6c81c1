/* libkzgops, flight recorder: a small file that a process keeps of itself, and that is still there when the process
 * is not. It says who ran, what state it was in, how much memory it had during the last minutes, which operations
 * were in flight, and which errors and events came last. kzgops/ending.h reads it and says how the process ended.
 *
 * The file is mapped and shared, so whatever was stored is in the kernel's hands at once: it survives SIGKILL and a
 * crash. It does not survive the machine's own crash, except for what the kernel had written back by then. Its size
 * is fixed (KZGOPS_RECORDER_FILE_BYTES) and its blocks are taken before it is mapped, so a full disk is an error of
 * the opening, never a fault later. Each record has a checksum: one that the end cut short is recognised and left
 * out.
 *
 * Files of a state directory, for the name "recorder":
 *
 *     recorder.1 ... recorder.8            of processes that run, each locked by its process
 *     recorder.previous                    of the process that ended last
 *     recorder.previous.2, .3, .4          of the ones before
 *     recorder.lock                        held for moments while one is opened
 *
 * Up to KZGOPS_RECORDER_FILES_MAX processes share a directory, as the old and the new one of a rolling upgrade do:
 * each has its own file, and none touches another's. Opening moves files whose process has ended to .previous by
 * rename, in the order in which they ended. Files are found dead by their lock, not by a pid, which a container uses
 * again.
 *
 * When there is no directory to write to, the disk is full, or the file is taken away while it is mapped, the
 * recorder goes on in memory alone, counts every record as a write failure, and says why (kzgops_recorder_status).
 * The program never fails for it; every function takes NULL for the recorder and then does nothing.
 *
 * All functions may be called from any thread unless they say otherwise. None allocates after the opening. Cost, seen
 * with bench/ops/recorder.c on an Intel Xeon of a cloud machine, gcc 12 -O2, CPU time: an operation, begin and end
 * together, 75 ns, of which the clock is 30; an error or an event, which take a lock, 110 ns; a memory sample 300 ns;
 * the opening 1 ms. A process that forks without exec must not use the recorder in the child. */
#ifndef KZGOPS_RECORDER_H
#define KZGOPS_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/machine_memory.h"
#include "kzgops/sources.h"

#define KZGOPS_RECORDER_FILE_BYTES   ((size_t)262144)
#define KZGOPS_RECORDER_FILES_MAX    8 /* processes of one directory and name */
#define KZGOPS_RECORDER_PREVIOUS_MAX 4 /* files that are kept of ended ones */

#define KZGOPS_RECORDER_SLOTS_MAX   256
#define KZGOPS_RECORDER_SAMPLES_MAX 256
#define KZGOPS_RECORDER_ERRORS_MAX  64
#define KZGOPS_RECORDER_EVENTS_MAX  64
#define KZGOPS_RECORDER_FRAMES_MAX  48
#define KZGOPS_RECORDER_MODULES_MAX 40

/* With the terminator. Longer texts are cut. */
#define KZGOPS_RECORDER_NAME_MAX    32
#define KZGOPS_RECORDER_REQUEST_MAX 64
#define KZGOPS_RECORDER_CODE_MAX    48
#define KZGOPS_RECORDER_DETAIL_MAX  120
#define KZGOPS_RECORDER_VERSION_MAX 48
#define KZGOPS_RECORDER_FORMAT      1 /* of the files: programs with the same number read each other's */
#define KZGOPS_RECORDER_PATH_MAX    256
#define KZGOPS_RECORDER_TROUBLE_MAX 400

typedef struct kzgops_recorder kzgops_recorder;

typedef enum kzgops_recorder_state_kind {
    KZGOPS_RECORDER_STARTING = 0,
    KZGOPS_RECORDER_READY = 1,
    KZGOPS_RECORDER_DRAINING = 2,
    KZGOPS_RECORDER_STOPPED = 3, /* set by the closing */
    KZGOPS_RECORDER_FAILED = 4   /* likewise: it ended by itself, with an error */
} kzgops_recorder_state_kind;

typedef struct kzgops_recorder_config {
    const char *directory; /* must exist; NULL or "": none, in memory only, and no failure */
    const char *name;      /* of the files; NULL: "recorder". No '/', at most 63 bytes */
    const char *service;   /* what the report calls the process, such as "kzgd" */
    const char *version;
    const char *commit;            /* NULL: not said */
    size_t slots;                  /* workers, 0 to KZGOPS_RECORDER_SLOTS_MAX */
    size_t threads;                /* others that call kzgops_recorder_thread_begin, at most 256 */
    const kzgops_sources *sources; /* borrowed; NULL: the real ones. The crash handler reads its clock too */
} kzgops_recorder_config;

/* NULL only when a number or a name is out of range or there is no memory. A file that cannot be had gives a recorder
 * in memory. In both cases *ret_error (unless NULL) says why, in words, else it is NULL; the text is good until the
 * calling thread opens another. */
kzgops_recorder *kzgops_recorder_open(const kzgops_recorder_config *config, const char **ret_error);

/* The process ends, by its own will: cleanly, or with an error that the events or errors tell. Removes the crash
 * handler if it was this recorder's. No other thread may use the recorder any more. NULL is fine; returns NULL. */
kzgops_recorder *kzgops_recorder_close(kzgops_recorder *recorder, bool clean);

typedef struct kzgops_recorder_condition {
    bool on_disk;                              /* what is recorded now will be there after a SIGKILL */
    char path[KZGOPS_RECORDER_PATH_MAX];       /* of the file; "" without one */
    char trouble[KZGOPS_RECORDER_TROUBLE_MAX]; /* why it is not on disk though it should be; "" otherwise */
    uint64_t write_failures; /* records, and openings, that did not reach a file though they should have */
} kzgops_recorder_condition;

/* Where it stands. */
void kzgops_recorder_status(kzgops_recorder *recorder, kzgops_recorder_condition *ret);

/* ---- Recording ------------------------------------------------------------------------------------------------- */

/* The calling thread is worker `slot` (below the configured number), or none (SIZE_MAX). Tells the crash handler
 * whose operation it was, and gives the thread an alternate stack, so that an overflow of its own is recorded too.
 * The second function takes the stack back before the thread ends. */
void kzgops_recorder_thread_begin(kzgops_recorder *recorder, size_t slot);
void kzgops_recorder_thread_end(kzgops_recorder *recorder);

/* An operation begins in a slot, and ends. One thread at a time uses a slot. Without a lock: the end is one store.
 * request_id may be NULL. The digest, of 32 bytes, is of the input of the operation in the slot, by which it can be
 * found again; the input itself is not recorded. */
void kzgops_recorder_operation_begin(kzgops_recorder *recorder, size_t slot, const char *name,
                                     const char *request_id);
void kzgops_recorder_operation_digest(kzgops_recorder *recorder, size_t slot, const uint8_t digest[32]);
void kzgops_recorder_operation_end(kzgops_recorder *recorder, size_t slot);

/* Bytes; KZGOPS_BYTES_UNKNOWN where a figure could not be read. */
typedef struct kzgops_recorder_sample {
    int64_t when_ns;      /* realtime; set by the recorder */
    int64_t monotonic_ns; /* likewise */
    uint64_t rss;
    uint64_t cgroup_usage; /* with page cache */
    uint64_t working_set;  /* of the control group: without what the kernel can drop */
    uint64_t limit;        /* may be KZGOPS_BYTES_UNLIMITED */
    uint64_t allocated;    /* by the program: jemalloc's figure, or the tracker's */
    uint64_t resident;     /* jemalloc's */
    uint64_t available;    /* of the machine */
    uint64_t oom_kills;    /* the control group's counter */
} kzgops_recorder_sample;

/* What a read of the machine says, as a sample. */
kzgops_recorder_sample kzgops_recorder_sample_of(const kzgops_machine_memory *memory);
/* Memory as of now, about once a second. It is also the sign of life by which the time of an end is known. */
void kzgops_recorder_memory(kzgops_recorder *recorder, const kzgops_recorder_sample *sample);
/* One error; request_id may be NULL. The last KZGOPS_RECORDER_ERRORS_MAX are kept. */
void kzgops_recorder_error(kzgops_recorder *recorder, const char *code, const char *request_id);
/* Something worth knowing afterwards; detail may be NULL. The last KZGOPS_RECORDER_EVENTS_MAX are kept. */
void kzgops_recorder_event(kzgops_recorder *recorder, const char *name, const char *detail);
/* A change of state, also kept as an event. STOPPED and FAILED are the closing's. */
void kzgops_recorder_state(kzgops_recorder *recorder, kzgops_recorder_state_kind state);

/* ---- Crash handler --------------------------------------------------------------------------------------------- */

/* SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT of this process go to the recorder from now on: signal, fault address,
 * backtrace, the worker's operation and its request. Then the signal is sent again with the default action, so that
 * exit status and core dump are those of the fault. It runs on an alternate stack, calls no other handler, and a
 * fault inside it ends the process. A SIGBUS because the recorder's own file was cut short is cured instead (the
 * recorder goes on in memory). One recorder of a process at a time; false when another has it, *ret_error (unless
 * NULL) then says so. */
bool kzgops_recorder_crash_install(kzgops_recorder *recorder, const char **ret_error);
/* Puts back what was there before. */
void kzgops_recorder_crash_remove(kzgops_recorder *recorder);

/* ---- Reading --------------------------------------------------------------------------------------------------- */

typedef struct kzgops_recorded_start {
    int64_t when_ns;
    int64_t monotonic_ns;
    uint64_t pid;  /* as the process saw itself: in a container, not the one that the kernel's log has */
    bool host_pid; /* the pid is the one that the kernel's log has */
    uint64_t slots;
    char service[KZGOPS_RECORDER_NAME_MAX];
    char version[KZGOPS_RECORDER_VERSION_MAX];
    char commit[KZGOPS_RECORDER_VERSION_MAX];
    char build_id[48];                          /* of the program, hexadecimal; "" when it has none */
    char boot_id[40];                           /* "" when it could not be read, as with the others below */
    char command[16];                           /* the name that the kernel has for the process */
    uint64_t cgroup_version;                    /* kzgops_cgroup_version */
    char cgroup_path[KZGOPS_RECORDER_PATH_MAX]; /* the folder of the control group */
    uint64_t cgroup_inode;                      /* of that folder: a group of the same name made later differs */
    uint64_t oom_kills;
} kzgops_recorded_start;

typedef struct kzgops_recorded_operation {
    uint64_t slot;
    uint64_t thread; /* its id; 0: unknown */
    char name[KZGOPS_RECORDER_NAME_MAX];
    char request_id[KZGOPS_RECORDER_REQUEST_MAX];
    char digest[65]; /* hexadecimal; "" without one */
    int64_t age_ns;  /* at the last sign of life */
} kzgops_recorded_operation;

typedef struct kzgops_recorded_error {
    int64_t when_ns;
    char code[KZGOPS_RECORDER_CODE_MAX];
    char request_id[KZGOPS_RECORDER_REQUEST_MAX];
} kzgops_recorded_error;

typedef struct kzgops_recorded_event {
    int64_t when_ns;
    char name[KZGOPS_RECORDER_CODE_MAX];
    char detail[KZGOPS_RECORDER_DETAIL_MAX];
} kzgops_recorded_event;

typedef struct kzgops_recorded_frame {
    uint64_t address;
    char module[64]; /* file name; "" when the address is in none that was loaded at the opening */
    uint64_t offset; /* in that file, for addr2line */
} kzgops_recorded_frame;

typedef struct kzgops_recorded_crash {
    int signal; /* 0: none */
    int code;   /* si_code */
    int64_t when_ns;
    uint64_t address; /* that faulted; of a signal sent by a process (sent), meaningless */
    bool sent;        /* by a process, abort() among them, not raised by the CPU */
    uint64_t sender;  /* its pid */
    uint64_t thread;
    char thread_name[16];
    uint64_t slot; /* UINT64_MAX: no worker */
    char operation[KZGOPS_RECORDER_NAME_MAX];
    char request_id[KZGOPS_RECORDER_REQUEST_MAX];
    char digest[65];
    int64_t age_ns; /* of the operation */
    size_t frame_count;
    kzgops_recorded_frame frame[KZGOPS_RECORDER_FRAMES_MAX];
} kzgops_recorded_crash;

/* All of a file, oldest first in every list. About 90 KiB: not for a small stack. */
typedef struct kzgops_recording {
    kzgops_recorded_start start;
    kzgops_recorder_state_kind state;
    int64_t state_when_ns;
    int64_t alive_ns;           /* realtime of the last sign of life */
    int64_t alive_monotonic_ns; /* the same moment */
    uint64_t damaged;           /* records that were half written, or no longer are what was written */
    kzgops_recorded_crash crash;
    size_t operation_count;
    kzgops_recorded_operation operation[KZGOPS_RECORDER_SLOTS_MAX]; /* in flight; the oldest first */
    size_t sample_count;
    kzgops_recorder_sample sample[KZGOPS_RECORDER_SAMPLES_MAX];
    size_t error_count;
    kzgops_recorded_error error[KZGOPS_RECORDER_ERRORS_MAX];
    size_t event_count;
    kzgops_recorded_event event[KZGOPS_RECORDER_EVENTS_MAX];
} kzgops_recording;

/* What the recorder holds now. Ages of operations are as of now. */
void kzgops_recorder_read(kzgops_recorder *recorder, kzgops_recording *ret);
/* A file of any process, running or not. False when it is none, or one of a version that this program does not know;
 * *ret_error (unless NULL) then says which, in words. *ret is only written on success. */
bool kzgops_recording_load(const char *path, kzgops_recording *ret, const char **ret_error);

/* For people, and as one JSON object. snprintf's semantics. */
size_t kzgops_recording_text(const kzgops_recording *recording, char *out, size_t size);
size_t kzgops_recording_json(const kzgops_recording *recording, char *out, size_t size);

/* "starting", "ready", "draining", "stopped", "failed". */
const char *kzgops_recorder_state_name(kzgops_recorder_state_kind state);
/* "SIGSEGV" and the like; "signal" for those that the crash handler does not take. */
const char *kzgops_recorder_signal_name(int signal);

#endif
