/* Threads, their timers, and the one profile that runs. All of it is under one lock, which the handler knows nothing
 * of. A timer's signal can come after its timer is gone: that is why the handler stays, and why a signal says which
 * profile and which thread it is for. */
#include "ops/sampler.h"

#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ops/memory_files.h"
#include "ops/sources.h"

#define SECOND_NS    INT64_C(1000000000)
#define BUFFER_FROM  ((size_t)64 << 10)
#define BUFFER_TO    ((size_t)256 << 20)
#define DEFAULT_FROM ((size_t)1 << 20)
#define DEFAULT_TO   ((size_t)64 << 20)
#define SAMPLE_BYTES 256 /* as most are: a depth of 27 */

struct sampler_slot kzgops__sampler_slots[KZGOPS_SAMPLER_THREADS_MAX];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kzgops_sampler *running; /* under the lock, as are all timers and who has which slot */
static uint64_t generations;

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool key_made;
static _Thread_local struct sampler_slot *self;

/* ---- Timers -------------------------------------------------------------------------------------------------- */

/* The clock of a thread's CPU time by its number, as the kernel spells it: pthread_getcpuclockid has only those of
 * threads that it is given. */
static clockid_t clock_of(pid_t tid) {
    return (clockid_t)(~(unsigned)tid << 3 | 4 | 2);
}

/* A thread's first sample comes at any point of its first period, each as likely: so one that uses less than a period
 * is seen as often as its share is, and threads that begin together do not march in step. */
static uint64_t first_ns(uint64_t salt, uint64_t period_ns) {
    uint64_t x = salt + UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return 1 + (x ^ x >> 31) % period_ns;
}

static struct timespec spec(uint64_t ns) {
    return (struct timespec){.tv_sec = (time_t)(ns / (uint64_t)SECOND_NS),
                             .tv_nsec = (long)(ns % (uint64_t)SECOND_NS)};
}

static bool set_timer(struct sampler_slot *slot) {
    pid_t tid = atomic_load(&slot->tid);
    uint64_t token = kzgops__sampler_token(running->generation, (size_t)(slot - kzgops__sampler_slots));
    uint64_t period = (uint64_t)running->period_ns;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGPROF};
    timer_t timer;
    event.sigev_value.sival_ptr = (void *)(uintptr_t)token;
    event.sigev_notify_thread_id = tid;
    if (timer_create(clock_of(tid), &event, &timer) != 0) return false;
    const struct itimerspec when = {
        .it_interval = spec(period),
        .it_value = spec(first_ns((uint64_t)tid << 32 ^ (uint64_t)running->start_ns, period)),
    };
    atomic_store(&slot->timer, timer);
    atomic_store(&slot->timed, true);
    if (timer_settime(timer, 0, &when, NULL) == 0) return true;
    atomic_store(&slot->timed, false);
    (void)timer_delete(timer);
    return false;
}

static void drop_timer(struct sampler_slot *slot) {
    if (atomic_exchange(&slot->timed, false)) (void)timer_delete(atomic_load(&slot->timer));
}

static void watch(struct sampler_slot *slot) {
    if (set_timer(slot)) {
        running->threads++;
    } else {
        running->unwatched++;
    }
}

/* ---- Slots --------------------------------------------------------------------------------------------------- */

/* The first with that number; 0 finds a free one. */
static struct sampler_slot *slot_of(pid_t tid) {
    for (size_t i = 0; i < KZGOPS_SAMPLER_THREADS_MAX; i++) {
        if (atomic_load(&kzgops__sampler_slots[i].tid) == tid) return &kzgops__sampler_slots[i];
    }
    return NULL;
}

static void fill_slot(struct sampler_slot *slot, pid_t tid, bool attached, uintptr_t low, uintptr_t high) {
    atomic_store(&slot->attached, attached);
    atomic_store(&slot->low, low);
    atomic_store(&slot->high, high);
    for (size_t i = 0; i < SAMPLER_KEYS; i++) atomic_store(&slot->label[0][i], (const char *)NULL);
    atomic_store(&slot->labels, 0);
    atomic_store(&slot->tid, tid);
}

static void free_slot(struct sampler_slot *slot) {
    drop_timer(slot);
    atomic_store(&slot->attached, false);
    atomic_store(&slot->tid, 0);
}

/* ---- Threads that attach ------------------------------------------------------------------------------------- */

static void thread_ends(void *slot) {
    (void)slot;
    kzgops_sampler_detach();
}

static void make_key(void) {
    key_made = pthread_key_create(&key, thread_ends) == 0;
}

static void stack_bounds(uintptr_t *ret_low, uintptr_t *ret_high) {
    pthread_attr_t attributes;
    void *base;
    size_t size;
    *ret_low = *ret_high = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
    if (pthread_attr_getstack(&attributes, &base, &size) == 0) {
        *ret_low = (uintptr_t)base;
        *ret_high = (uintptr_t)base + size;
    }
    pthread_attr_destroy(&attributes);
}

/* A slot with this number that nobody has attached is this thread's own, or of a dead one that had its number. */
static bool take_slot(void) {
    pid_t tid = (pid_t)syscall(SYS_gettid);
    uintptr_t low, high;
    stack_bounds(&low, &high);
    pthread_mutex_lock(&lock);
    struct sampler_slot *slot = slot_of(tid);
    bool known = slot != NULL && atomic_load(&slot->timed);
    if (slot != NULL) free_slot(slot);
    slot = slot_of(0);
    if (slot != NULL) {
        fill_slot(slot, tid, true, low, high);
        if (running != NULL) watch(slot);
        if (running != NULL && known) running->threads--;
    } else if (running != NULL) {
        running->unwatched++;
    }
    pthread_mutex_unlock(&lock);
    self = slot;
    return slot != NULL;
}

/* Nothing but the thread's own handler reads them meanwhile, so that order is all they need. */
static void set_labels(const char *operation, const char *backend, const char *worker) {
    unsigned next = 1 - atomic_load_explicit(&self->labels, memory_order_relaxed);
    _Atomic(const char *) *label = self->label[next];
    atomic_store_explicit(&label[SAMPLER_OPERATION], operation, memory_order_relaxed);
    atomic_store_explicit(&label[SAMPLER_BACKEND], backend, memory_order_relaxed);
    atomic_store_explicit(&label[SAMPLER_WORKER], worker, memory_order_relaxed);
    atomic_store_explicit(&self->labels, next, memory_order_release);
    atomic_signal_fence(memory_order_seq_cst); /* the next call fills the set that was left, not before it was */
}

bool kzgops_sampler_attach(const char *worker) {
    sigset_t profiling;
    pthread_once(&key_once, make_key);
    if (!key_made) return false;
    if (self == NULL && !take_slot()) return false;
    if (pthread_setspecific(key, self) != 0) {
        kzgops_sampler_detach();
        return false;
    }
    set_labels(NULL, NULL, worker);
    sigemptyset(&profiling);
    sigaddset(&profiling, SIGPROF);
    return pthread_sigmask(SIG_UNBLOCK, &profiling, NULL) == 0;
}

void kzgops_sampler_detach(void) {
    if (self == NULL) return;
    pthread_mutex_lock(&lock);
    free_slot(self);
    pthread_mutex_unlock(&lock);
    self = NULL;
    (void)pthread_setspecific(key, NULL);
}

void kzgops_sampler_label(const char *operation, const char *backend) {
    if (self == NULL) return;
    unsigned at = atomic_load_explicit(&self->labels, memory_order_relaxed);
    set_labels(operation, backend, atomic_load_explicit(&self->label[at][SAMPLER_WORKER], memory_order_relaxed));
}

/* ---- Threads that did not ------------------------------------------------------------------------------------ */

static void watch_other(pid_t tid) {
    if (slot_of(tid) != NULL) return;
    struct sampler_slot *slot = slot_of(0);
    if (slot == NULL) {
        running->unwatched++;
        return;
    }
    fill_slot(slot, tid, false, 0, 0);
    watch(slot);
    if (!atomic_load(&slot->timed)) free_slot(slot);
}

static void watch_all(void) {
    struct memory_path path;
    const struct dirent *entry;
    for (size_t i = 0; i < KZGOPS_SAMPLER_THREADS_MAX; i++) {
        if (atomic_load(&kzgops__sampler_slots[i].tid) != 0) watch(&kzgops__sampler_slots[i]);
    }
    if (!kzgops__path_join(&path, kzgops__proc_root(running->config.sources), "self/task")) return;
    DIR *folder = opendir(path.text);
    if (folder == NULL) return;
    while ((entry = readdir(folder)) != NULL) {
        uint64_t tid;
        if (kzgops__parse_u64(entry->d_name, &tid) && tid > 0 && tid <= INT32_MAX) watch_other((pid_t)tid);
    }
    closedir(folder);
}

/* ---- Beginning and end ---------------------------------------------------------------------------------------- */

static int64_t clock_ns(clockid_t id) {
    struct timespec now = {0};
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

/* Room for all samples of all CPUs up to the limit. */
static size_t buffer_bytes(const kzgops_sampler_config *config) {
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t seconds = (uint64_t)((config->limit_ns + SECOND_NS - 1) / SECOND_NS);
    uint64_t bytes = (cpus > 0 && cpus < 65536 ? (uint64_t)cpus : 1) * config->hertz * seconds * SAMPLE_BYTES;
    return bytes < DEFAULT_FROM ? DEFAULT_FROM : bytes > DEFAULT_TO ? DEFAULT_TO : (size_t)bytes;
}

static const char *complete(kzgops_sampler_config *config) {
    if (config->hertz == 0) config->hertz = 100;
    if (config->limit_ns == 0) config->limit_ns = 60 * SECOND_NS;
    if (config->hertz > 1000) return "more than 1000 samples a second";
    if (config->limit_ns < 0 || config->limit_ns > 600 * SECOND_NS)
        return "the profile's limit is not up to 10 minutes";
    if (config->buffer_bytes == 0) config->buffer_bytes = buffer_bytes(config);
    if (config->buffer_bytes < BUFFER_FROM || config->buffer_bytes > BUFFER_TO) {
        return "the profile's buffer is not from 64 KiB to 256 MiB";
    }
    return NULL;
}

/* What is not known is not looked for: a profile without callers of some functions is better than none. */
static void read_code(struct kzgops_sampler *sampler) {
    struct maps maps;
    kzgops__maps_init(&maps, &sampler->allocator, kzgops__proc_root(sampler->config.sources));
    if (kzgops__maps_read(&maps)) {
        size_t n = kzgops__maps_count(&maps);
        sampler->code = sampler->allocator.alloc(sampler->allocator.user, n * sizeof *sampler->code);
        for (size_t i = 0; i < n && sampler->code != NULL; i++) {
            sampler->code[i] = (struct map_range){kzgops__maps_at(&maps, i)->start, kzgops__maps_at(&maps, i)->end};
        }
        if (sampler->code != NULL) sampler->code_count = n;
    }
    kzgops__maps_free(&maps);
}

/* The buffer is written once now, so that no handler has to wait for a page. */
static struct kzgops_sampler *make(const kzgops_sampler_config *config) {
    kzgops_allocator allocator = kzgops__allocator(config->sources);
    struct kzgops_sampler *sampler = allocator.alloc(allocator.user, sizeof *sampler);
    if (sampler == NULL) return NULL;
    memset(sampler, 0, sizeof *sampler);
    sampler->config = *config;
    sampler->allocator = allocator;
    sampler->words = allocator.alloc(allocator.user, config->buffer_bytes);
    if (sampler->words == NULL) {
        allocator.release(allocator.user, sampler, sizeof *sampler);
        return NULL;
    }
    memset(sampler->words, 0, config->buffer_bytes);
    sampler->word_count = config->buffer_bytes / sizeof *sampler->words;
    sampler->period_ns = SECOND_NS / config->hertz;
    read_code(sampler);
    return sampler;
}

static void unmake(struct kzgops_sampler *sampler) {
    kzgops_allocator allocator = sampler->allocator;
    if (sampler->code != NULL) {
        allocator.release(allocator.user, sampler->code, sampler->code_count * sizeof *sampler->code);
    }
    allocator.release(allocator.user, sampler->words, sampler->config.buffer_bytes);
    allocator.release(allocator.user, sampler, sizeof *sampler);
}

/* No handler has it any more on return. */
static void end_running(void) {
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    kzgops__sampler_direct(NULL);
    for (size_t i = 0; i < KZGOPS_SAMPLER_THREADS_MAX; i++) {
        struct sampler_slot *slot = &kzgops__sampler_slots[i];
        if (atomic_load(&slot->attached)) {
            drop_timer(slot);
        } else if (atomic_load(&slot->tid) != 0) {
            free_slot(slot);
        }
    }
    running->end_ns = now < running->limit_at_ns ? now : running->limit_at_ns;
    running = NULL;
}

static bool is_running(void) {
    return running != NULL && clock_ns(CLOCK_MONOTONIC) < running->limit_at_ns;
}

static const char *begin(struct kzgops_sampler *sampler) {
    if (is_running()) return "a profile is running already";
    const char *error = kzgops__sampler_handle();
    if (error != NULL) return error;
    if (running != NULL) end_running(); /* past its limit */
    sampler->generation = ++generations;
    sampler->wall_ns = kzgops__realtime_ns(sampler->config.sources);
    sampler->start_ns = clock_ns(CLOCK_MONOTONIC);
    sampler->limit_at_ns = sampler->start_ns + sampler->config.limit_ns;
    running = sampler;
    kzgops__sampler_direct(sampler);
    watch_all();
    return NULL;
}

kzgops_sampler *kzgops_sampler_start(const kzgops_sampler_config *config, const char **ret_error) {
    kzgops_sampler_config completed = config != NULL ? *config : (kzgops_sampler_config){0};
    struct kzgops_sampler *sampler = NULL;
    const char *error = complete(&completed);
    if (error == NULL && kzgops_sampler_running()) error = "a profile is running already";
    if (error == NULL && (sampler = make(&completed)) == NULL) error = "no memory for the profile";
    if (error == NULL) {
        pthread_mutex_lock(&lock);
        error = begin(sampler);
        pthread_mutex_unlock(&lock);
    }
    if (error == NULL) return sampler;
    if (sampler != NULL) unmake(sampler);
    if (ret_error != NULL) *ret_error = error;
    return NULL;
}

void kzgops_sampler_stop(kzgops_sampler *sampler) {
    pthread_mutex_lock(&lock);
    if (running == sampler) end_running();
    pthread_mutex_unlock(&lock);
}

kzgops_sampler *kzgops_sampler_free(kzgops_sampler *sampler) {
    if (sampler == NULL) return NULL;
    kzgops_sampler_stop(sampler);
    unmake(sampler);
    return NULL;
}

bool kzgops_sampler_running(void) {
    pthread_mutex_lock(&lock);
    bool runs = is_running();
    pthread_mutex_unlock(&lock);
    return runs;
}

void kzgops_sampler_read(kzgops_sampler *sampler, kzgops_sampler_stats *ret) {
    pthread_mutex_lock(&lock);
    int64_t end = sampler->end_ns;
    if (end == 0) end = clock_ns(CLOCK_MONOTONIC);
    if (end > sampler->limit_at_ns) end = sampler->limit_at_ns;
    *ret = (kzgops_sampler_stats){
        .samples = atomic_load(&sampler->samples),
        .signals = atomic_load(&sampler->signals),
        .dropped = atomic_load(&sampler->dropped),
        .period_ns = sampler->period_ns,
        .duration_ns = end - sampler->start_ns,
        .threads = sampler->threads,
        .unwatched = sampler->unwatched,
        .limited = end == sampler->limit_at_ns,
    };
    pthread_mutex_unlock(&lock);
}
