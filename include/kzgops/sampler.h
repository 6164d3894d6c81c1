/* libkzgops, CPU sampling profiler: which code the process spends its CPU time in, by thread, with labels that say
 * for what; as a gzipped pprof profile. And jemalloc's heap profiles in the same form.
 *
 * While a profile runs, a timer of its own for each thread counts the thread's CPU time and interrupts it with
 * SIGPROF at even steps, the first at a random one; the handler stores where the thread is and who called it, by its
 * frame pointers, within the bounds of its stack. It takes no lock and no memory. A thread that waits costs nothing
 * and has no samples. So a sample stands for a fixed piece of CPU time: the period. A signal that came late counts
 * for the periods that it stands for. Late it comes where more threads want to run than there are CPUs: the kernel
 * looks at a thread's timer when a tick falls in that thread. Seen with four threads a CPU (2 CPUs, kernel 6.18, 250
 * ticks a second): mostly 50 to 200 ms of CPU time, up to 1 s; 500 periods came in 3 to 45 signals. What a thread did
 * since its last signal is not counted when it ends.
 *
 * Needs SIGPROF, not blocked; a thread that attaches unblocks it. The first profile takes the signal over, and its
 * handler stays, since a signal may come after its timer is gone. Waiting calls may end with EINTR, as with any
 * signal, where the kernel does not restart them. Not across a fork.
 *
 * Code without frame pointers (assembly, some libraries) is seen itself. Its caller is found through its file's
 * unwind tables (x86-64, threads that have attached); callers further out may be missing when it uses the frame
 * pointer for something else. Labels always hold.
 *
 * Threads that have not attached are sampled too when they are there at the start, without labels. One profile at a
 * time, for the process. All functions may be called from any thread unless they say otherwise, none from a signal
 * handler.
 *
 * Costs, seen on an Intel Xeon of a cloud machine that was busy, gcc 12 -O2, kernel 6.18, by the thread's CPU time:
 * labels 3 ns, whether a profile runs or not; apart from that nothing runs while there is none. A sample of 16 frames
 * 0.6 us (20,000 walks in a row), and the signal 2.7 us (100,000 in a row): 0.03 % at 100 samples a second. 15 us in
 * a thread that has not attached, since the kernel is asked for each frame: 0.15 %. kzg_blob_to_kzg_commitment by
 * eights, in turns with and without a profile at 100 Hz: the fastest of 60 took 30.9 ms with and 31.5 ms without, and
 * the median of the ratios was 1.007 with quartiles 0.97 and 1.07: nothing that stands out of the machine's noise. */
#ifndef KZGOPS_SAMPLER_H
#define KZGOPS_SAMPLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/sources.h"

#define KZGOPS_SAMPLER_THREADS_MAX 512
#define KZGOPS_SAMPLER_DEPTH_MAX   64 /* frames of a sample: the innermost ones, and one found otherwise */

/* ---- Threads --------------------------------------------------------------------------------------------------- */

/* A sample's labels are "operation", "backend" and "worker", as far as they were given, and the thread's number,
 * "thread". Strings are borrowed for the life of the process. */

/* Makes the calling thread one with labels, worker being one (NULL: none), and unblocks SIGPROF. False when there are
 * too many; it then goes on without. Ends with the thread or with detach. Twice is fine, and clears its other labels.
 * Takes some microseconds; in the first thread of a program it reads /proc/self/maps. */
bool kzgops_sampler_attach(const char *worker);
void kzgops_sampler_detach(void);

/* What the calling thread is at from now on, and in which arithmetic or other variant; NULL: none. A sample has both
 * as they were given together. Does nothing in a thread that has not attached. */
void kzgops_sampler_label(const char *operation, const char *backend);

/* ---- Profiles -------------------------------------------------------------------------------------------------- */

typedef struct kzgops_sampler_config {
    unsigned hertz;      /* samples for a second of CPU time, 1 to 1000. 0: 100. The kernel looks at the timers
                            at its ticks (100 to 1000 a second): more often counts for several samples */
    int64_t limit_ns;    /* the profile ends by itself then; up to 10 min. 0: 60 s. Each timer goes off with its first
                            signal past it; another profile may begin then */
    size_t buffer_bytes; /* 64 KiB to 256 MiB; about 250 bytes a sample; those that have no room are counted.
                            0: for all samples of all CPUs, but 1 to 64 MiB */
    const kzgops_sources *sources; /* allocator and proc_root, borrowed; NULL: the real ones */
} kzgops_sampler_config;

typedef struct kzgops_sampler kzgops_sampler;

/* Begins a profile; config NULL: all defaults. NULL when one runs already, when SIGPROF is somebody else's, or a
 * number is out of range; *ret_error (unless NULL) then says which, in words. */
kzgops_sampler *kzgops_sampler_start(const kzgops_sampler_config *config, const char **ret_error);
/* Ends it: no sample is taken after the return. Twice is fine. */
void kzgops_sampler_stop(kzgops_sampler *sampler);
/* Stops it. No other thread may use it any more. NULL is fine; returns NULL. */
kzgops_sampler *kzgops_sampler_free(kzgops_sampler *sampler);

/* Whether a profile is running in this process. */
bool kzgops_sampler_running(void);

typedef struct kzgops_sampler_stats {
    uint64_t samples; /* periods of CPU time */
    uint64_t signals; /* that they came in: shares are no surer than so many samples make them */
    uint64_t dropped; /* of further ones, for which the buffer had no room */
    int64_t period_ns;
    int64_t duration_ns; /* up to now or its end */
    size_t threads;      /* that were sampled */
    size_t unwatched;    /* that were not: too many, or the system had no timer for them */
    bool limited;        /* it ended by itself */
} kzgops_sampler_stats;

/* What it has so far, or had at its end. */
void kzgops_sampler_read(kzgops_sampler *sampler, kzgops_sampler_stats *ret);

/* Memory of the sources' allocator; give it back with kzgops_sampler_release. */
typedef struct kzgops_sampler_bytes {
    void *data;
    size_t size;
    const kzgops_sources *sources;
} kzgops_sampler_bytes;
void kzgops_sampler_release(kzgops_sampler_bytes *bytes);

typedef enum kzgops_sampler_format {
    KZGOPS_SAMPLER_PPROF = 0,  /* gzipped profile.proto: go tool pprof, speedscope */
    KZGOPS_SAMPLER_FOLDED = 1, /* a line a stack, "operation=commit;backend=adx;main;work 42": for flame graphs */
    KZGOPS_SAMPLER_FOLDED_WORKERS = 2 /* the same for each worker: "worker=w1;operation=commit;..." */
} kzgops_sampler_format;

/* The profile, which is stopped first, with symbols from the files that are mapped. Reads them, so it takes some
 * milliseconds or more: not for a thread that serves. NULL, or what is wrong; then *ret is as before. */
const char *kzgops_sampler_encode(kzgops_sampler *sampler, kzgops_sampler_format format, kzgops_sampler_bytes *ret);

/* ---- Heap profiles ----------------------------------------------------------------------------------------------
 */

typedef struct kzgops_heap_stats {
    uint64_t stacks;
    uint64_t objects, bytes; /* in use, estimated from what was sampled */
    uint64_t period_bytes;   /* one sample for so many, on average */
} kzgops_heap_stats;

/* A heap profile of jemalloc (text, "heap_v2/...", with the section MAPPED_LIBRARIES) as a gzipped profile.proto with
 * objects and bytes in use, and allocated in all when jemalloc was told to count that (prof_accum). Symbols come from
 * the files that it names, when they are there. NULL, or what is wrong; then *ret and *ret_stats (which may be NULL)
 * are as before. */
const char *kzgops_sampler_heap(const kzgops_sources *sources, const char *text, size_t length,
                                kzgops_sampler_bytes *ret, kzgops_heap_stats *ret_stats);

#endif
