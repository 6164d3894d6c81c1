#include "service/watchdog.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <inttypes.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "service/service.h"

#define STACK_WAIT_NS                                                                                        \
    100000000            /* a thread that cannot be interrupted for that long (in the kernel) gives no stack \
                          */
#define HANDLER_FRAMES 2 /* of the handler and the kernel's trampoline */
#define CACHE_LINE     64

/* A worker's own cache line: it writes, the monitor reads. sequence is odd while the strings are being changed. */
struct post {
    _Alignas(CACHE_LINE) atomic_uint sequence;
    _Atomic int64_t since_ns; /* 0: idle */
    _Atomic int64_t allowed_ns;
    _Atomic int64_t busy_ns; /* of operations that have ended */
    const char *_Atomic operation;
    _Atomic char request_id[REQUEST_ID_MAX + 1]; /* may be read while it changes; sequence tells */
    _Atomic char trace_id[TRACE_ID_LENGTH + 1];
    pthread_t thread;
    atomic_bool attached;
    unsigned told; /* sequence of the piece of work that was told of; the looker's */
};

struct watchdog {
    size_t workers;
    int64_t min_ns;
    atomic_size_t stuck;
    _Atomic uint64_t fired;
    struct post post[];
};

/* ---- Stacks ------------------------------------------------------------------------------------------------------
 */

/* One look at a time, by one thread; a thread that answers too late finds its number outdated. */
static struct {
    sem_t taken;
    atomic_uint wanted; /* number of the look that is waited for; 0: none */
    atomic_int count;
    void *frame[WATCHDOG_FRAMES_MAX];
} look;

static void on_look(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)context;
    int saved = errno;
    unsigned wanted = (unsigned)info->si_value.sival_int;
    if (wanted != 0 && atomic_compare_exchange_strong(&look.wanted, &wanted, 0)) {
        atomic_store(&look.count, backtrace(look.frame, WATCHDOG_FRAMES_MAX));
        sem_post(&look.taken);
    }
    errno = saved;
}

static void init_looks(void) {
    struct sigaction action = {.sa_sigaction = on_look, .sa_flags = SA_SIGINFO | SA_RESTART};
    void *frame[1];
    sem_init(&look.taken, 0, 0);
    (void)backtrace(frame, 1); /* loads what it needs now, not in the handler */
    sigaction(SIGRTMIN, &action, NULL);
}

/* "name+0x12", or "file+0x1234" for a function without an exported name: for addr2line. */
static size_t spell_frame(const void *address, char *out, size_t size) {
    Dl_info info;
    if (dladdr(address, &info) == 0 || info.dli_fname == NULL) return (size_t)snprintf(out, size, "%p", address);
    const char *file = strrchr(info.dli_fname, '/');
    const char *name = info.dli_sname != NULL ? info.dli_sname : file != NULL ? file + 1 : info.dli_fname;
    uintptr_t base = (uintptr_t)(info.dli_sname != NULL ? info.dli_saddr : info.dli_fbase);
    return (size_t)snprintf(out, size, "%s+0x%" PRIxPTR, name, (uintptr_t)address - base);
}

static void spell_stack(char out[WATCHDOG_STACK_MAX]) {
    size_t used = 0;
    int count = atomic_load(&look.count);
    for (int i = HANDLER_FRAMES; i < count && used < WATCHDOG_STACK_MAX; i++) {
        if (i > HANDLER_FRAMES) used += (size_t)snprintf(out + used, WATCHDOG_STACK_MAX - used, " < ");
        if (used < WATCHDOG_STACK_MAX) used += spell_frame(look.frame[i], out + used, WATCHDOG_STACK_MAX - used);
    }
}

static void take_stack(pthread_t thread, char out[WATCHDOG_STACK_MAX]) {
    static unsigned number;
    struct timespec until;
    out[0] = '\0';
    if (++number == 0) number = 1;
    atomic_store(&look.wanted, number);
    if (pthread_sigqueue(thread, SIGRTMIN, (union sigval){.sival_int = (int)number}) != 0) return;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += STACK_WAIT_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    int result;
    do result = sem_timedwait(&look.taken, &until);
    while (result != 0 && errno == EINTR);
    /* Too late, unless it has begun already: then it is about to post. */
    unsigned still = number;
    if (result != 0 && atomic_compare_exchange_strong(&look.wanted, &still, 0)) return;
    if (result != 0) sem_wait(&look.taken);
    spell_stack(out);
}

/* ---- Workers -----------------------------------------------------------------------------------------------------
 */

struct watchdog *watchdog_new(size_t workers, int64_t min_ns) {
    size_t bytes = sizeof(struct watchdog) + workers * sizeof(struct post);
    struct watchdog *watchdog = aligned_alloc(CACHE_LINE, (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
    if (watchdog == NULL) return NULL;
    memset(watchdog, 0, bytes);
    watchdog->workers = workers;
    watchdog->min_ns = min_ns;
    init_looks();
    return watchdog;
}

struct watchdog *watchdog_free(struct watchdog *watchdog) {
    free(watchdog);
    return NULL;
}

void watchdog_attach(struct watchdog *watchdog, size_t worker) {
    watchdog->post[worker].thread = pthread_self();
    atomic_store(&watchdog->post[worker].attached, true);
}

static void copy_id(_Atomic char *to, const char *from, size_t length) {
    size_t i = 0;
    do atomic_store_explicit(&to[i], from[i], memory_order_relaxed);
    while (from[i] != '\0' && ++i <= length);
}

static void read_id(char *to, const _Atomic char *from, size_t length) {
    for (size_t i = 0; i < length; i++) to[i] = atomic_load_explicit(&from[i], memory_order_relaxed);
}

void watchdog_begin(struct watchdog *watchdog, size_t worker, const struct request *request, int64_t cost_ns) {
    struct post *post = &watchdog->post[worker];
    int64_t allowed_ns = cost_ns < INT64_MAX / WATCHDOG_FACTOR ? cost_ns * WATCHDOG_FACTOR : INT64_MAX;
    atomic_fetch_add(&post->sequence, 1);
    copy_id(post->request_id, request->id, REQUEST_ID_MAX);
    copy_id(post->trace_id, request->trace.id, TRACE_ID_LENGTH);
    atomic_store(&post->operation, request->operation->name);
    atomic_store(&post->allowed_ns, allowed_ns > watchdog->min_ns ? allowed_ns : watchdog->min_ns);
    atomic_store(&post->since_ns, service_now_ns());
    atomic_fetch_add(&post->sequence, 1);
}

void watchdog_end(struct watchdog *watchdog, size_t worker) {
    struct post *post = &watchdog->post[worker];
    int64_t spent_ns = service_now_ns() - atomic_load(&post->since_ns);
    atomic_store(&post->since_ns, 0);
    atomic_fetch_add(&post->busy_ns, spent_ns);
}

/* ---- Looking -----------------------------------------------------------------------------------------------------
 */

/* What the worker is at, or idle when that changes during the look. */
void watchdog_read(const struct watchdog *watchdog, size_t worker, struct watchdog_state *ret) {
    const struct post *post = &watchdog->post[worker];
    unsigned sequence = atomic_load(&post->sequence);
    int64_t since_ns = atomic_load(&post->since_ns);
    *ret = (struct watchdog_state){.busy_ns = watchdog_busy_ns(watchdog, worker)};
    if (since_ns == 0 || sequence % 2 != 0) return;
    const char *operation = atomic_load(&post->operation);
    read_id(ret->request_id, post->request_id, REQUEST_ID_MAX);
    read_id(ret->trace_id, post->trace_id, TRACE_ID_LENGTH);
    ret->spent_ns = service_now_ns() - since_ns;
    ret->stuck = ret->spent_ns > atomic_load(&post->allowed_ns);
    if (atomic_load(&post->sequence) != sequence || atomic_load(&post->since_ns) != since_ns) return;
    ret->operation = operation;
}

size_t watchdog_look(struct watchdog *watchdog, void (*found)(void *user, const struct watchdog_finding *finding),
                     void *user) {
    char stack[WATCHDOG_STACK_MAX];
    size_t stuck = 0;
    for (size_t i = 0; i < watchdog->workers; i++) {
        struct post *post = &watchdog->post[i];
        struct watchdog_state state;
        unsigned sequence = atomic_load(&post->sequence);
        watchdog_read(watchdog, i, &state);
        if (state.operation == NULL || !state.stuck) continue;
        stuck++;
        if (post->told == sequence || !atomic_load(&post->attached)) continue;
        post->told = sequence;
        atomic_fetch_add(&watchdog->fired, 1);
        take_stack(post->thread, stack);
        const struct watchdog_finding finding = {.worker = i,
                                                 .operation = state.operation,
                                                 .request_id = state.request_id,
                                                 .trace_id = state.trace_id,
                                                 .spent_ns = state.spent_ns,
                                                 .allowed_ns = atomic_load(&post->allowed_ns),
                                                 .stack = stack};
        found(user, &finding);
    }
    atomic_store(&watchdog->stuck, stuck);
    return stuck;
}

size_t watchdog_stuck(const struct watchdog *watchdog) {
    return atomic_load(&watchdog->stuck);
}

uint64_t watchdog_fired(const struct watchdog *watchdog) {
    return atomic_load(&watchdog->fired);
}

int64_t watchdog_busy_ns(const struct watchdog *watchdog, size_t worker) {
    const struct post *post = &watchdog->post[worker];
    int64_t since_ns = atomic_load(&post->since_ns), busy_ns = atomic_load(&post->busy_ns);
    int64_t now_ns = service_now_ns();
    return busy_ns + (since_ns != 0 && now_ns > since_ns ? now_ns - since_ns : 0);
}
