/* The crash handler. Everything that it calls is safe in a signal handler, with one exception that comes last: the
 * unwinder behind backtrace(), which was loaded beforehand. What is known without it is in the file by then. */
#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/assert.h"
#include "ops/recorder.h"
#include "ops/sources.h"

#define SIGNAL_COUNT (sizeof signals / sizeof signals[0])
#define EXTRA_FRAMES 8   /* the handler's own */
#define WAITS        200 /* of another thread that crashes at the same time, for the first one to finish */
#define WAIT_NS      10000000

static const struct {
    int number;
    const char *name;
} signals[] = {
    {SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGILL, "SIGILL"}, {SIGFPE, "SIGFPE"}, {SIGABRT, "SIGABRT"}};

static _Atomic(kzgops_recorder *) installed;
static struct sigaction before[SIGNAL_COUNT];
static atomic_long crashing; /* thread id */
static atomic_bool crash_recorded;

const char *kzgops_recorder_signal_name(int signal) {
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if (signals[i].number == signal) return signals[i].name;
    }
    return "signal";
}

/* ---- Stacks ---------------------------------------------------------------------------------------------------- */

bool kzgops__recorder_stacks_new(kzgops_recorder *recorder) {
    size_t bytes = recorder->stack_count * RECORDER_STACK_BYTES, page = (size_t)sysconf(_SC_PAGESIZE);
    if (bytes == 0) return true;
    void *stacks =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (stacks == MAP_FAILED) return false;
    recorder->stacks = stacks;
    for (size_t i = 0; i < recorder->stack_count && page < RECORDER_STACK_BYTES; i++) {
        (void)mprotect(recorder->stacks + i * RECORDER_STACK_BYTES, page, PROT_NONE);
    }
    return true;
}

void kzgops__recorder_stacks_free(kzgops_recorder *recorder) {
    if (recorder->stacks == NULL) return;
    kzgops_recorder_thread_end(recorder);
    munmap(recorder->stacks, recorder->stack_count * RECORDER_STACK_BYTES);
}

static void take_stack(kzgops_recorder *recorder) {
    stack_t stack = {0};
    if (sigaltstack(NULL, &stack) != 0 || (stack.ss_flags & SS_DISABLE) == 0) return; /* it has one */
    for (size_t i = 0; i < recorder->stack_count; i++) {
        if (atomic_exchange(&recorder->stack_taken[i], true)) continue;
        stack = (stack_t){.ss_sp = recorder->stacks + i * RECORDER_STACK_BYTES, .ss_size = RECORDER_STACK_BYTES};
        if (sigaltstack(&stack, NULL) != 0) atomic_store(&recorder->stack_taken[i], false);
        return;
    }
}

void kzgops_recorder_thread_begin(kzgops_recorder *recorder, size_t slot) {
    if (recorder == NULL) return;
    KZG_ASSERT(slot < recorder->slots || slot == SIZE_MAX);
    if (slot != SIZE_MAX) {
        __atomic_store_n(&recorder->file->content.slot[slot].thread, (uint64_t)gettid(), __ATOMIC_RELAXED);
    }
    take_stack(recorder);
}

void kzgops_recorder_thread_end(kzgops_recorder *recorder) {
    stack_t stack = {0}, none = {.ss_flags = SS_DISABLE};
    if (recorder == NULL || sigaltstack(NULL, &stack) != 0 || (stack.ss_flags & SS_DISABLE) != 0) return;
    char *at = stack.ss_sp;
    for (size_t i = 0; i < recorder->stack_count; i++) {
        if (at != recorder->stacks + i * RECORDER_STACK_BYTES) continue;
        if (sigaltstack(&none, NULL) == 0) atomic_store(&recorder->stack_taken[i], false);
    }
}

/* ---- The handler ----------------------------------------------------------------------------------------------- */

static uint64_t program_counter(const void *context) {
    const ucontext_t *machine = context;
#if defined(__x86_64__)
    return (uint64_t)machine->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return machine->uc_mcontext.pc;
#else
    (void)machine;
    return 0;
#endif
}

static uint64_t slot_of(const kzgops_recorder *recorder, uint64_t thread) {
    for (size_t i = 0; i < recorder->slots; i++) {
        if (__atomic_load_n(&recorder->file->content.slot[i].thread, __ATOMIC_RELAXED) == thread) return i;
    }
    return RECORDER_NOBODY;
}

static void record_crash(kzgops_recorder *recorder, int signal, const siginfo_t *info) {
    uint64_t thread = (uint64_t)gettid();
    struct crash_record record = {.signal = (uint64_t)signal,
                                  .code = (uint64_t)(int64_t)info->si_code,
                                  .sent = info->si_code <= 0,
                                  .thread = thread,
                                  .slot = slot_of(recorder, thread)};
    record.real_ns = kzgops__realtime_ns(recorder->sources);
    record.monotonic_ns = kzgops__monotonic_ns(recorder->sources);
    if (record.sent) {
        record.sender = (uint64_t)info->si_pid;
    } else {
        record.address = (uint64_t)(uintptr_t)info->si_addr;
    }
    (void)prctl(PR_GET_NAME, record.thread_name);
    kzgops__record_put(&recorder->file->content.crash, &record, sizeof record, 1);
}

/* The handler's own frames come before the one that was interrupted. */
static void record_frames(kzgops_recorder *recorder, uint64_t interrupted) {
    void *frame[KZGOPS_RECORDER_FRAMES_MAX + EXTRA_FRAMES];
    struct frames_record record = {0};
    int n = backtrace(frame, (int)(sizeof frame / sizeof frame[0])), begin = 0;
    while (begin < n && (uint64_t)(uintptr_t)frame[begin] != interrupted) begin++;
    if (begin >= n) {
        begin = 0;
        if (interrupted != 0) record.frame[record.count++] = interrupted;
    }
    for (int i = begin; i < n && record.count < KZGOPS_RECORDER_FRAMES_MAX; i++) {
        record.frame[record.count++] = (uint64_t)(uintptr_t)frame[i];
    }
    kzgops__record_put(&recorder->file->content.frames, &record, sizeof record, 1);
}

/* True for the first thread that crashes. Another one waits: its end would end the process before all is written. A
 * second fault of the first thread, in here, must not wait for itself. */
static bool claim(void) {
    long nobody = 0, self = gettid();
    if (atomic_compare_exchange_strong(&crashing, &nobody, self)) return true;
    for (int i = 0; i < WAITS && nobody != self && !atomic_load(&crash_recorded); i++) {
        struct timespec pause = {.tv_nsec = WAIT_NS};
        (void)nanosleep(&pause, NULL);
    }
    return false;
}

/* With the default action, the same code and the same address. The signal is blocked in here: it arrives when the
 * handler returns, with the registers of the fault. */
static void send_again(int signal, siginfo_t *info) {
    struct sigaction usual = {.sa_handler = SIG_DFL};
    (void)sigaction(signal, &usual, NULL);
    if (syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), signal, info) == 0) return;
    (void)syscall(SYS_tgkill, getpid(), gettid(), signal);
}

static bool is_lost_file(const kzgops_recorder *recorder, int signal, const siginfo_t *info) {
    uintptr_t at = (uintptr_t)info->si_addr, begin = (uintptr_t)recorder->file;
    return signal == SIGBUS && info->si_code == BUS_ADRERR && at >= begin && at - begin < sizeof *recorder->file;
}

static void on_crash(int signal, siginfo_t *info, void *context) {
    int saved = errno;
    kzgops_recorder *recorder = atomic_load(&installed);
    if (recorder != NULL && getpid() == recorder->pid) { /* a forked child is none of its business */
        if (is_lost_file(recorder, signal, info) && kzgops__recorder_lose(recorder)) {
            errno = saved;
            return;
        }
        if (claim()) {
            record_crash(recorder, signal, info);
            record_frames(recorder, program_counter(context));
            atomic_store(&crash_recorded, true);
        }
    }
    send_again(signal, info);
    errno = saved;
}

/* ---- Installing ------------------------------------------------------------------------------------------------ */

bool kzgops_recorder_crash_install(kzgops_recorder *recorder, const char **ret_error) {
    kzgops_recorder *nobody = NULL;
    void *frame[4];
    if (ret_error != NULL) *ret_error = NULL;
    if (recorder == NULL || !atomic_compare_exchange_strong(&installed, &nobody, recorder)) {
        if (ret_error != NULL) {
            *ret_error = recorder == NULL ? "there is no flight recorder" : "another recorder has the crash handler";
        }
        return false;
    }
    (void)backtrace(frame, 4); /* loads the unwinder, which allocates */
    kzgops__recorder_modules(recorder->sources, &recorder->modules);
    kzgops__record_put(&recorder->file->content.modules, &recorder->modules, sizeof recorder->modules, 2);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};
        /* No other handler runs in between. SIGBUS stays open: the file may be cut short while this one writes. */
        sigfillset(&action.sa_mask);
        sigdelset(&action.sa_mask, SIGBUS);
        (void)sigaction(signals[i].number, &action, &before[i]);
    }
    return true;
}

void kzgops_recorder_crash_remove(kzgops_recorder *recorder) {
    if (recorder == NULL || atomic_load(&installed) != recorder) return;
    for (size_t i = 0; i < SIGNAL_COUNT; i++) (void)sigaction(signals[i].number, &before[i], NULL);
    atomic_store(&installed, NULL);
}
