/* Opening, recording, closing. The file is a mapped struct (recorder_file.h); what is here decides which memory that
 * is, and keeps writers out of each other's way. */
#include "ops/recorder.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/assert.h"
#include "ops/sources.h"

#define THREADS_MAX  256
#define NAME_DEFAULT "recorder"
#define NAME_LENGTH  63

static _Thread_local char opening_trouble[KZGOPS_RECORDER_TROUBLE_MAX];

/* ---- Memory for it --------------------------------------------------------------------------------------------- */

static struct recorder_file *map(int fd) {
    int flags = fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
    void *memory = mmap(NULL, sizeof(struct recorder_file), PROT_READ | PROT_WRITE, flags, fd, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

/* Other memory at the same place, in one step for all threads. The bare system call: it is made in a signal handler,
 * while others write there and may do so, which ThreadSanitizer would not let pass for the library's function. */
static bool replace(struct recorder_file *file) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    return syscall(SYS_mmap, file, sizeof *file, PROT_READ | PROT_WRITE, flags, -1, 0) != -1;
}

/* Signal-safe: also written again over memory that has replaced a lost file. */
static void write_begin(kzgops_recorder *recorder) {
    struct recorder_content *content = &recorder->file->content;
    kzgops__record_put(&content->start, &recorder->start, sizeof recorder->start, 1);
    kzgops__record_put(&content->modules, &recorder->modules, sizeof recorder->modules, 1);
    content->version = RECORDER_VERSION;
    content->bytes = sizeof *recorder->file;
    __atomic_store_n(&content->magic, RECORDER_MAGIC, __ATOMIC_RELEASE);
}

bool kzgops__recorder_lose(kzgops_recorder *recorder) {
    if (!atomic_exchange(&recorder->on_disk, false)) return !atomic_load(&recorder->unmapped);
    atomic_fetch_add(&recorder->write_failures, 1);
    if (!replace(recorder->file)) {
        atomic_store(&recorder->unmapped, true);
        return false;
    }
    write_begin(recorder);
    return true;
}

/* The name goes to the file when all that makes it readable is in it. */
static bool open_on_disk(kzgops_recorder *recorder, const kzgops_recorder_config *config, const char *name) {
    struct place place;
    struct place_scratch *scratch = recorder->allocator.alloc(recorder->allocator.user, sizeof *scratch);
    if (scratch == NULL) {
        snprintf(recorder->trouble, sizeof recorder->trouble, "no memory to read the files of earlier processes");
        return false;
    }
    bool begun =
        kzgops__place_begin(&place, config->directory, name, scratch, recorder->trouble, sizeof recorder->trouble);
    recorder->allocator.release(recorder->allocator.user, scratch, sizeof *scratch);
    if (!begun) return false;
    recorder->file = map(place.fd);
    if (recorder->file != NULL) write_begin(recorder);
    if (!kzgops__place_end(&place, recorder->file != NULL)) {
        snprintf(recorder->trouble, sizeof recorder->trouble, "cannot map or name %s: %m", place.path.text);
        if (recorder->file != NULL) munmap(recorder->file, sizeof *recorder->file);
        recorder->file = NULL;
        return false;
    }
    recorder->fd = place.fd;
    recorder->path = place.path;
    atomic_store(&recorder->on_disk, true);
    return true;
}

static bool open_memory(kzgops_recorder *recorder, const kzgops_recorder_config *config, const char *name) {
    if (recorder->wanted) {
        if (open_on_disk(recorder, config, name)) return true;
        atomic_fetch_add(&recorder->write_failures, 1);
    }
    recorder->file = map(-1);
    if (recorder->file == NULL) return false;
    write_begin(recorder);
    return true;
}

/* ---- Opening and closing --------------------------------------------------------------------------------------- */

static const char *config_error(const kzgops_recorder_config *config, const char *name) {
    if (config->slots > KZGOPS_RECORDER_SLOTS_MAX) return "too many slots for operations";
    if (config->threads > THREADS_MAX) return "too many threads";
    if (name[0] == '\0' || strlen(name) > NAME_LENGTH || strchr(name, '/') != NULL) {
        return "the name of the flight recorder's files has '/' in it, or is empty or too long";
    }
    return config->service == NULL || config->version == NULL ? "the flight recorder needs a service and a version"
                                                              : NULL;
}

static void fill_start(kzgops_recorder *recorder, const kzgops_recorder_config *config) {
    struct start_record *start = &recorder->start;
    kzgops__recorder_self(config->sources, start);
    kzgops__recorder_modules(config->sources, &recorder->modules);
    start->slots = config->slots;
    start->real_ns = kzgops__realtime_ns(config->sources);
    start->monotonic_ns = kzgops__monotonic_ns(config->sources);
    kzgops__record_text(start->service, sizeof start->service, config->service);
    kzgops__record_text(start->version, sizeof start->version, config->version);
    kzgops__record_text(start->commit, sizeof start->commit, config->commit);
}

static void release(kzgops_recorder *recorder) {
    kzgops_allocator allocator = recorder->allocator;
    if (recorder->file != NULL) munmap(recorder->file, sizeof *recorder->file);
    if (recorder->fd >= 0) close(recorder->fd);
    kzgops__recorder_stacks_free(recorder);
    pthread_mutex_destroy(&recorder->lock);
    allocator.release(allocator.user, recorder, sizeof *recorder + recorder->stack_count * sizeof(atomic_bool));
}

static kzgops_recorder *allocate(const kzgops_recorder_config *config) {
    kzgops_allocator allocator = kzgops__allocator(config->sources);
    size_t stacks = config->slots + config->threads;
    size_t bytes = sizeof(kzgops_recorder) + stacks * sizeof(atomic_bool);
    kzgops_recorder *recorder = allocator.alloc(allocator.user, bytes);
    if (recorder == NULL) return NULL;
    memset(recorder, 0, bytes);
    recorder->fd = -1;
    recorder->pid = getpid();
    recorder->allocator = allocator;
    recorder->sources = config->sources;
    recorder->slots = config->slots;
    recorder->stack_count = stacks;
    recorder->wanted = config->directory != NULL && config->directory[0] != '\0';
    pthread_mutex_init(&recorder->lock, NULL);
    return recorder;
}

static kzgops_recorder *open_all(const kzgops_recorder_config *config, const char *name) {
    kzgops_recorder *recorder = allocate(config);
    if (recorder == NULL) return NULL;
    fill_start(recorder, config);
    if (!kzgops__recorder_stacks_new(recorder) || !open_memory(recorder, config, name)) {
        release(recorder);
        return NULL;
    }
    kzgops_recorder_state(recorder, KZGOPS_RECORDER_STARTING);
    return recorder;
}

kzgops_recorder *kzgops_recorder_open(const kzgops_recorder_config *config, const char **ret_error) {
    const char *name = config->name != NULL ? config->name : NAME_DEFAULT;
    const char *error = config_error(config, name);
    kzgops_recorder *recorder = error == NULL ? open_all(config, name) : NULL;
    if (recorder == NULL && error == NULL) error = "no memory for the flight recorder";
    if (recorder != NULL && recorder->trouble[0] != '\0') {
        memcpy(opening_trouble, recorder->trouble, sizeof opening_trouble);
        error = opening_trouble;
    }
    if (ret_error != NULL) *ret_error = error;
    return recorder;
}

kzgops_recorder *kzgops_recorder_close(kzgops_recorder *recorder, bool clean) {
    if (recorder == NULL) return NULL;
    kzgops_recorder_state(recorder, clean ? KZGOPS_RECORDER_STOPPED : KZGOPS_RECORDER_FAILED);
    kzgops_recorder_crash_remove(recorder);
    release(recorder);
    return NULL;
}

void kzgops_recorder_status(kzgops_recorder *recorder, kzgops_recorder_condition *ret) {
    memset(ret, 0, sizeof *ret);
    if (recorder == NULL) return;
    ret->on_disk = atomic_load(&recorder->on_disk);
    ret->write_failures = atomic_load(&recorder->write_failures);
    memcpy(ret->path, recorder->path.text, sizeof ret->path);
    if (!recorder->wanted || ret->on_disk) return;
    memcpy(ret->trouble, recorder->trouble, sizeof ret->trouble);
    if (ret->trouble[0] == '\0') {
        snprintf(ret->trouble, sizeof ret->trouble, "%s was removed or cut short while in use", recorder->path.text);
    }
}

/* ---- Rings ----------------------------------------------------------------------------------------------------- */

struct moment {
    int64_t real_ns, monotonic_ns;
};

static struct moment now(const kzgops_recorder *recorder) {
    return (struct moment){kzgops__realtime_ns(recorder->sources), kzgops__monotonic_ns(recorder->sources)};
}

/* With the lock held. */
static void put(kzgops_recorder *recorder, void *record, const void *value, size_t bytes, uint64_t sequence) {
    kzgops__record_put(record, value, bytes, sequence);
    if (recorder->wanted && !atomic_load_explicit(&recorder->on_disk, memory_order_relaxed)) {
        atomic_fetch_add(&recorder->write_failures, 1);
    }
}

/* Somebody who cleans up the directory, or truncates the file, is noticed here; in between, by the crash handler. */
static void look_after_file(kzgops_recorder *recorder) {
    struct stat status;
    if (!atomic_load(&recorder->on_disk)) return;
    if (fstat(recorder->fd, &status) == 0 && status.st_nlink > 0 && status.st_size >= (off_t)sizeof *recorder->file) {
        return;
    }
    (void)kzgops__recorder_lose(recorder);
}

void kzgops_recorder_memory(kzgops_recorder *recorder, const kzgops_recorder_sample *sample) {
    if (recorder == NULL) return;
    struct sample_record record = {.sample = *sample};
    struct moment at = now(recorder);
    record.sample.when_ns = at.real_ns;
    record.sample.monotonic_ns = at.monotonic_ns;
    look_after_file(recorder);
    pthread_mutex_lock(&recorder->lock);
    uint64_t sequence = ++recorder->samples;
    put(recorder, &recorder->file->content.sample[sequence % KZGOPS_RECORDER_SAMPLES_MAX], &record, sizeof record,
        sequence);
    pthread_mutex_unlock(&recorder->lock);
}

void kzgops_recorder_error(kzgops_recorder *recorder, const char *code, const char *request_id) {
    if (recorder == NULL) return;
    struct moment at = now(recorder);
    struct error_record record = {.real_ns = at.real_ns, .monotonic_ns = at.monotonic_ns};
    kzgops__record_text(record.code, sizeof record.code, code);
    kzgops__record_text(record.request_id, sizeof record.request_id, request_id);
    pthread_mutex_lock(&recorder->lock);
    uint64_t sequence = ++recorder->errors;
    put(recorder, &recorder->file->content.error[sequence % KZGOPS_RECORDER_ERRORS_MAX], &record, sizeof record,
        sequence);
    pthread_mutex_unlock(&recorder->lock);
}

void kzgops_recorder_event(kzgops_recorder *recorder, const char *name, const char *detail) {
    if (recorder == NULL) return;
    struct moment at = now(recorder);
    struct event_record record = {.real_ns = at.real_ns, .monotonic_ns = at.monotonic_ns};
    kzgops__record_text(record.name, sizeof record.name, name);
    kzgops__record_text(record.detail, sizeof record.detail, detail);
    pthread_mutex_lock(&recorder->lock);
    uint64_t sequence = ++recorder->events;
    put(recorder, &recorder->file->content.event[sequence % KZGOPS_RECORDER_EVENTS_MAX], &record, sizeof record,
        sequence);
    pthread_mutex_unlock(&recorder->lock);
}

void kzgops_recorder_state(kzgops_recorder *recorder, kzgops_recorder_state_kind state) {
    if (recorder == NULL) return;
    kzgops_recorder_event(recorder, "state", kzgops_recorder_state_name(state));
    struct moment at = now(recorder);
    struct state_record record = {.state = (uint64_t)state, .real_ns = at.real_ns, .monotonic_ns = at.monotonic_ns};
    pthread_mutex_lock(&recorder->lock);
    uint64_t sequence = ++recorder->states;
    put(recorder, &recorder->file->content.state[sequence % 2], &record, sizeof record, sequence);
    pthread_mutex_unlock(&recorder->lock);
}

kzgops_recorder_sample kzgops_recorder_sample_of(const kzgops_machine_memory *memory) {
    return (kzgops_recorder_sample){
        .rss = memory->process.rss,
        .cgroup_usage = memory->cgroup.usage,
        .working_set = memory->cgroup.working_set,
        .limit = memory->limit,
        .allocated = memory->jemalloc.available ? memory->jemalloc.allocated : KZGOPS_BYTES_UNKNOWN,
        .resident = memory->jemalloc.available ? memory->jemalloc.resident : KZGOPS_BYTES_UNKNOWN,
        .available = memory->system.available,
        .oom_kills = memory->cgroup.oom_kills,
    };
}

/* ---- Operations: a slot has one writer, and nothing else to wait for ------------------------------------------- */

static void set_running(struct slot_record *slot, uint64_t running) {
    __atomic_store_n(&slot->running, running, __ATOMIC_RELEASE);
}

void kzgops_recorder_operation_begin(kzgops_recorder *recorder, size_t slot, const char *name,
                                     const char *request_id) {
    if (recorder == NULL) return;
    KZG_ASSERT(slot < recorder->slots);
    struct slot_record *to = &recorder->file->content.slot[slot];
    struct operation_record record = {.monotonic_ns = kzgops__monotonic_ns(recorder->sources)};
    kzgops__record_text(record.name, sizeof record.name, name);
    kzgops__record_text(record.request_id, sizeof record.request_id, request_id);
    set_running(to, 0); /* of an operation that was never ended: a record that is being written belongs to none */
    uint64_t sequence = to->operation.head.sequence + 1;
    kzgops__record_put(&to->operation, &record, sizeof record, sequence != 0 ? sequence : 1);
    set_running(to, 1);
}

void kzgops_recorder_operation_digest(kzgops_recorder *recorder, size_t slot, const uint8_t digest[32]) {
    if (recorder == NULL) return;
    KZG_ASSERT(slot < recorder->slots);
    struct slot_record *to = &recorder->file->content.slot[slot];
    struct digest_record record = {0};
    memcpy(record.word, digest, sizeof record.word);
    if (to->operation.head.sequence == 0) return;
    kzgops__record_put(&to->digest, &record, sizeof record, to->operation.head.sequence);
}

void kzgops_recorder_operation_end(kzgops_recorder *recorder, size_t slot) {
    if (recorder == NULL) return;
    KZG_ASSERT(slot < recorder->slots);
    set_running(&recorder->file->content.slot[slot], 0);
}

/* ---- Reading the own one --------------------------------------------------------------------------------------- */

void kzgops_recorder_read(kzgops_recorder *recorder, kzgops_recording *ret) {
    memset(ret, 0, sizeof *ret);
    if (recorder == NULL) return;
    pthread_mutex_lock(&recorder->lock);
    kzgops__recorder_decode(recorder->file, kzgops__monotonic_ns(recorder->sources), ret);
    pthread_mutex_unlock(&recorder->lock);
}

/* For reading, too: a file of the recorder's size, and nothing kept. */
bool kzgops_recording_load(const char *path, kzgops_recording *ret, const char **ret_error) {
    struct recorder_file *file = map(-1);
    const char *error = file != NULL ? kzgops__recorder_file_read(path, file, NULL) : "no memory to read it";
    if (error == NULL) kzgops__recorder_decode(file, 0, ret);
    if (file != NULL) munmap(file, sizeof *file);
    if (ret_error != NULL) *ret_error = error;
    return error == NULL;
}
