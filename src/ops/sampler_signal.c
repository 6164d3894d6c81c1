/* The handler of SIGPROF: all that happens in it is here. It calls only what POSIX allows there, and system calls. */
#include <errno.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include "ops/sampler.h"

#define STACK_FAR ((uintptr_t)64 << 20) /* a frame that is further away is none */

static _Atomic(struct kzgops_sampler *) target;
static atomic_uint inside; /* handlers that may hold a target */

/* ---- Frames -------------------------------------------------------------------------------------------------- */

struct sampler_registers kzgops__sampler_registers(const void *context) {
    const ucontext_t *user = context;
#if defined(__x86_64__)
    const greg_t *r = user->uc_mcontext.gregs;
    return (struct sampler_registers){(uintptr_t)r[REG_RIP], (uintptr_t)r[REG_RBP], (uintptr_t)r[REG_RSP]};
#elif defined(__aarch64__)
    return (struct sampler_registers){user->uc_mcontext.pc, user->uc_mcontext.regs[29], user->uc_mcontext.sp};
#else
    (void)user;
    return (struct sampler_registers){0};
#endif
}

/* On both machines a frame is the caller's frame, then where the call returns to. */
struct frame {
    uintptr_t next, back;
};

/* Any word of the thread's own stack may be read, whatever a sanitizer thinks of it. */
__attribute__((no_sanitize("address", "thread"))) static struct frame read_own(uintptr_t at) {
    const volatile uintptr_t *words = (const volatile uintptr_t *)at;
    return (struct frame){words[0], words[1]};
}

static bool read_asking(uintptr_t at, struct frame *ret) {
    struct iovec to = {ret, sizeof *ret}, from = {(void *)at, sizeof *ret};
    return syscall(SYS_process_vm_readv, (long)getpid(), &to, 1L, &from, 1L, 0L) == (long)sizeof *ret;
}

/* Frames lie further and further up. */
size_t kzgops__sampler_walk(uint64_t *out, uintptr_t pc, uintptr_t frame, uintptr_t stack, uintptr_t low,
                            uintptr_t high) {
    bool known = stack >= low && stack < high;
    uintptr_t top = known ? high : stack > UINTPTR_MAX - STACK_FAR ? UINTPTR_MAX : stack + STACK_FAR;
    size_t depth = 0;
    out[depth++] = pc;
    while (depth < KZGOPS_SAMPLER_DEPTH_MAX && frame % sizeof(void *) == 0 && frame >= stack && frame < top &&
           top - frame >= sizeof(struct frame)) {
        struct frame found = {0};
        if (known) {
            found = read_own(frame);
        } else if (!read_asking(frame, &found)) {
            break;
        }
        if (found.back < 4096) break;
        out[depth++] = found.back;
        if (found.next <= frame) break;
        frame = found.next;
    }
    return depth;
}

static bool is_code(const struct map_range *code, size_t n, uint64_t address) {
    size_t low = 0, high = n;
    if (n == 0 || address < code[0].start || address >= code[n - 1].end) return false;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (address >= code[middle].start && address < code[middle].end) return true;
        if (address < code[middle].start) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return false;
}

__attribute__((no_sanitize("address", "thread"))) static uintptr_t read_word(uintptr_t at) {
    return *(const volatile uintptr_t *)at;
}

size_t kzgops__sampler_candidates(uint64_t *out, const struct map_range *code, size_t code_count, uintptr_t stack,
                                  uintptr_t until) {
    size_t n = 0;
    for (uintptr_t place = 0; place < CANDIDATE_FAR && n < CANDIDATES_MAX; place++) {
        uintptr_t at = stack + place * sizeof(uintptr_t);
        if (until < sizeof(uintptr_t) || at > until - sizeof(uintptr_t)) break;
        uint64_t word = read_word(at);
        if (is_code(code, code_count, word)) out[n++] = (uint64_t)place << 48 | CANDIDATE_ADDRESS(word);
    }
    return n;
}

/* ---- Samples ------------------------------------------------------------------------------------------------- */

static int64_t now_ns(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

struct found {
    uint64_t words[KZGOPS_SAMPLER_DEPTH_MAX + CANDIDATES_MAX]; /* addresses, then candidates */
    size_t depth, candidates;
};

static void store(struct kzgops_sampler *sampler, const struct sampler_slot *slot, uint64_t count,
                  const struct found *found) {
    size_t n = found->depth + found->candidates, whole = SAMPLE_ADDRESS + n;
    size_t at = atomic_fetch_add_explicit(&sampler->used, whole, memory_order_relaxed);
    if (at > sampler->word_count || whole > sampler->word_count - at) {
        atomic_fetch_add_explicit(&sampler->dropped, count, memory_order_relaxed);
        return;
    }
    uint64_t *words = sampler->words + at;
    words[SAMPLE_THREAD] = (uint64_t)atomic_load_explicit(&slot->tid, memory_order_relaxed);
    unsigned labels = atomic_load_explicit(&slot->labels, memory_order_relaxed);
    for (size_t i = 0; i < SAMPLER_KEYS; i++) {
        words[SAMPLE_LABEL + i] = (uintptr_t)atomic_load_explicit(&slot->label[labels][i], memory_order_relaxed);
    }
    for (size_t i = 0; i < n; i++) words[SAMPLE_ADDRESS + i] = found->words[i];
    words[0] = count << 16 | found->candidates << 8 | found->depth;
    atomic_fetch_add_explicit(&sampler->samples, count, memory_order_relaxed);
    atomic_fetch_add_explicit(&sampler->signals, 1, memory_order_relaxed);
}

/* Past the limit each timer is turned off by its first signal. */
static void turn_off(struct sampler_slot *slot) {
    const struct itimerspec never = {0};
    if (atomic_load(&slot->timed)) (void)timer_settime(atomic_load(&slot->timer), 0, &never, NULL);
}

static void sample(struct kzgops_sampler *sampler, const siginfo_t *info, const void *context) {
    uint64_t token = (uintptr_t)info->si_value.sival_ptr;
    struct sampler_slot *slot = &kzgops__sampler_slots[token % KZGOPS_SAMPLER_THREADS_MAX];
    if (token >> TOKEN_SLOT_BITS != sampler->generation) return; /* late, of a former profile */
    if (atomic_load(&slot->tid) != (pid_t)syscall(SYS_gettid)) return;
    if (now_ns() >= sampler->limit_at_ns) {
        turn_off(slot);
        return;
    }
    struct sampler_registers at = kzgops__sampler_registers(context);
    uintptr_t low = atomic_load(&slot->low), high = atomic_load(&slot->high);
    struct found found;
    found.depth = kzgops__sampler_walk(found.words, at.pc, at.frame, at.stack, low, high);
    found.candidates = 0;
    if (at.stack >= low && at.stack < high) {
        found.candidates =
            kzgops__sampler_candidates(found.words + found.depth, sampler->code, sampler->code_count, at.stack, high);
    }
    store(sampler, slot, 1 + (info->si_overrun > 0 ? (uint64_t)info->si_overrun : 0), &found);
}

/* A handler that is between the two counts may hold the target: who takes the target away waits for them. */
static void on_signal(int number, siginfo_t *info, void *context) {
    int saved = errno;
    (void)number;
    atomic_fetch_add(&inside, 1);
    struct kzgops_sampler *sampler = atomic_load(&target);
    if (sampler != NULL && info->si_code == SI_TIMER) sample(sampler, info, context);
    atomic_fetch_sub(&inside, 1);
    errno = saved;
}

void kzgops__sampler_direct(struct kzgops_sampler *sampler) {
    const struct timespec moment = {.tv_nsec = 20000};
    atomic_store(&target, sampler);
    while (sampler == NULL && atomic_load(&inside) != 0) (void)nanosleep(&moment, NULL);
}

const char *kzgops__sampler_handle(void) {
#if !defined(__x86_64__) && !defined(__aarch64__)
    return "no sampling on this kind of machine";
#endif
    struct sigaction now, ours = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    if (sigaction(SIGPROF, NULL, &now) != 0) return "SIGPROF cannot be asked about";
    bool handled = (now.sa_flags & SA_SIGINFO) != 0;
    if (handled && now.sa_sigaction == on_signal) return NULL;
    if (handled || (now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN)) return "SIGPROF is somebody else's";
    sigfillset(&ours.sa_mask);
    return sigaction(SIGPROF, &ours, NULL) == 0 ? NULL : "SIGPROF cannot be handled";
}
