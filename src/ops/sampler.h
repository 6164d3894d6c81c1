/* Inside the sampling profiler. A profile's samples stand one after the other in its buffer, in words of 64 bits:
 *
 *     head        depth in the low 8 bits, the number of candidates in the next 8, above them how many periods it
 *                 stands for; 0 ends the row
 *     thread      its number
 *     label       a pointer for each of enum sampler_key, or 0
 *     address     depth of them, innermost first
 *     candidate   words from the top of the stack that are addresses of code, in the low 48 bits, and above them
 * where they were: how many words above the stack pointer. One of them may be where a function without a frame
 *                 pointer returns to; which one, the unwind tables say when the profile is written
 *
 * The handler (sampler_signal.c) writes them; what runs when, and the threads' timers, is sampler.c's. */
#ifndef OPS_SAMPLER_H
#define OPS_SAMPLER_H

#include <signal.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <time.h>

#include "kzgops/sampler.h"
#include "ops/sampler_maps.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum sampler_key { SAMPLER_OPERATION, SAMPLER_BACKEND, SAMPLER_WORKER, SAMPLER_KEYS };

#define SAMPLE_THREAD        1
#define SAMPLE_LABEL         2
#define SAMPLE_ADDRESS       (SAMPLE_LABEL + SAMPLER_KEYS)
#define SAMPLE_DEPTH(w)      ((size_t)((w)[0] & 0xff))
#define SAMPLE_CANDIDATES(w) ((size_t)((w)[0] >> 8 & 0xff))
#define SAMPLE_COUNT(w)      ((w)[0] >> 16)
#define CANDIDATES_MAX       16 /* what is not written keeps what calls before have left there */
#define CANDIDATE_ADDRESS(c) ((c) & ((UINT64_C(1) << 48) - 1))
#define CANDIDATE_PLACE(c)   ((c) >> 48)
#define CANDIDATE_FAR        128 /* words: kernels have up to 70 on the stack */

struct kzgops_sampler {
    kzgops_sampler_config config;
    kzgops_allocator allocator;
    uint64_t *words;
    size_t word_count;
    uint64_t generation;
    int64_t period_ns, start_ns, limit_at_ns, end_ns; /* end_ns: 0 as long as it runs */
    int64_t wall_ns;                                  /* of the start, since the epoch */
    atomic_size_t used;                               /* words that were asked for */
    _Atomic uint64_t samples, signals, dropped;
    size_t threads, unwatched;
    struct map_range *code; /* ascending; where the process has code at the start */
    size_t code_count;
};

/* A thread that has attached or is watched. Written under the lock of sampler.c, its labels by the thread itself; the
 * handler reads it in that very thread. tid 0: free. */
struct sampler_slot {
    _Alignas(64) _Atomic pid_t tid;
    atomic_bool attached, timed;
    _Atomic timer_t timer;
    _Atomic uintptr_t low, high; /* its stack; both 0 when that is not known */
    /* Two sets, of which labels is the one that holds: the other is filled before it takes its place, since a signal
     * may come between any two stores. */
    _Atomic(const char *) label[2][SAMPLER_KEYS];
    atomic_uint labels;
};
extern struct sampler_slot kzgops__sampler_slots[KZGOPS_SAMPLER_THREADS_MAX];

/* NULL, or what is wrong. The handler stays for good: a signal may come late. */
const char *kzgops__sampler_handle(void);
/* From now on samples go there; NULL: nowhere, and no handler that runs has the former any more on return. */
void kzgops__sampler_direct(struct kzgops_sampler *sampler);

/* What a timer's signal carries: whose and of which profile it is. */
#define TOKEN_SLOT_BITS 9
_Static_assert(KZGOPS_SAMPLER_THREADS_MAX == 1 << TOKEN_SLOT_BITS, "a token has room for any slot and no other");
static inline uint64_t kzgops__sampler_token(uint64_t generation, size_t slot) {
    return generation << TOKEN_SLOT_BITS | slot;
}

/* The frames of a thread that was interrupted there, innermost first; at most KZGOPS_SAMPLER_DEPTH_MAX. low and high
 * bound its stack; where they do not hold the stack pointer, memory is asked for through the kernel, which refuses
 * what is not there. For signal handlers. */
size_t kzgops__sampler_walk(uint64_t *out, uintptr_t pc, uintptr_t frame, uintptr_t stack, uintptr_t low,
                            uintptr_t high);
/* Words of the thread's own stack that are addresses of code. The same for signal handlers. */
size_t kzgops__sampler_candidates(uint64_t *out, const struct map_range *code, size_t code_count, uintptr_t stack,
                                  uintptr_t until);
/* The registers that a walk begins with. */
struct sampler_registers {
    uintptr_t pc, frame, stack;
};
struct sampler_registers kzgops__sampler_registers(const void *context);

#endif
