/* What the flight recorder's source files share. */
#ifndef OPS_RECORDER_H
#define OPS_RECORDER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "kzgops/recorder.h"
#include "ops/recorder_file.h"
#include "ops/recorder_place.h"

struct kzgops_recorder {
    struct recorder_file *file; /* mapped, of the file or of no file; never moves */
    int fd;                     /* holds the file's lock; -1 without one */
    pid_t pid;
    size_t slots;
    bool wanted; /* on disk */
    atomic_bool on_disk;
    atomic_bool unmapped; /* the file was lost, and nothing could take its place */
    _Atomic uint64_t write_failures;
    const kzgops_sources *sources;
    kzgops_allocator allocator;
    pthread_mutex_t lock; /* of the sequences and the rings */
    uint64_t samples, errors, events, states;
    struct place_path path;
    char trouble[KZGOPS_RECORDER_TROUBLE_MAX]; /* of the opening; set once */
    struct start_record start;                 /* kept to be written again when the file is lost */
    struct modules_record modules;             /* likewise */
    char *stacks;                              /* alternate stacks of threads */
    size_t stack_count;
    atomic_bool stack_taken[]; /* stack_count */
};

#define RECORDER_STACK_BYTES ((size_t)65536) /* with a guard page; vector registers alone take up to 11 KiB */

/* The file is gone or was cut short: from now on its memory is nobody's file. Safe in a signal handler. False when
 * that failed, and the memory cannot be used. */
bool kzgops__recorder_lose(kzgops_recorder *recorder);

/* Stacks of kzgops_recorder_thread_begin. */
bool kzgops__recorder_stacks_new(kzgops_recorder *recorder);
void kzgops__recorder_stacks_free(kzgops_recorder *recorder);

/* Who this process is: all of the start record but the configuration's texts, the slots and the time. */
void kzgops__recorder_self(const kzgops_sources *sources, struct start_record *ret);
/* The executable parts of what is loaded now. */
void kzgops__recorder_modules(const kzgops_sources *sources, struct modules_record *ret);

#endif
