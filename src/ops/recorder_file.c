#include "ops/recorder_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"

/* Records are structs with text in them, and are moved word by word. */
typedef uint64_t __attribute__((may_alias)) word;

#define HEAD_WORDS (sizeof(struct record_head) / sizeof(uint64_t))

/* ---- Records --------------------------------------------------------------------------------------------------- */

/* Every word has an odd factor of its own, so no change of one word, and no exchange of two different ones, goes
 * unseen; and no step waits for the one before, as it would in a hash. */
static uint64_t check_add(uint64_t check, uint64_t value, size_t i) {
    return check + (value ^ (value >> 32)) * (0x9e3779b97f4a7c15u * (2 * i + 1) | 1);
}

static uint64_t load(const void *record, size_t i) {
    return __atomic_load_n((const word *)record + i, __ATOMIC_RELAXED);
}

static void store(void *record, size_t i, uint64_t value) {
    __atomic_store_n((word *)record + i, value, __ATOMIC_RELAXED);
}

void kzgops__record_put(void *record, const void *value, size_t bytes, uint64_t sequence) {
    uint64_t check = check_add(RECORDER_MAGIC, sequence, 0);
    KZG_ASSERT(bytes % sizeof(uint64_t) == 0 && sequence != 0);
    store(record, 1, sequence);
    for (size_t i = HEAD_WORDS; i < bytes / sizeof(uint64_t); i++) {
        uint64_t this = ((const word *)value)[i];
        check = check_add(check, this, i);
        store(record, i, this);
    }
    __atomic_store_n((word *)record, check, __ATOMIC_RELEASE);
}

enum record_state kzgops__record_get(const void *record, void *value, size_t bytes) {
    word *to = value;
    uint64_t check = __atomic_load_n((const word *)record, __ATOMIC_ACQUIRE);
    to[0] = check;
    to[1] = load(record, 1);
    uint64_t sum = check_add(RECORDER_MAGIC, to[1], 0), any = check | to[1];
    for (size_t i = HEAD_WORDS; i < bytes / sizeof(uint64_t); i++) {
        to[i] = load(record, i);
        any |= to[i];
        sum = check_add(sum, to[i], i);
    }
    if (any == 0) return RECORD_EMPTY;
    return to[1] != 0 && sum == check ? RECORD_WHOLE : RECORD_DAMAGED;
}

void kzgops__record_text(char *to, size_t size, const char *from) {
    size_t length = from != NULL ? strnlen(from, size - 1) : 0;
    if (length > 0) memcpy(to, from, length);
    memset(to + length, 0, size - length);
}

/* ---- Decoding -------------------------------------------------------------------------------------------------- */

/* A checksum that matches does not make a file ours: texts may lack their end, numbers be out of range. */
#define TAKE_TEXT(to, from)                                              \
    do {                                                                 \
        _Static_assert(sizeof(to) == sizeof(from), "texts of one size"); \
        memcpy((to), (from), sizeof(to));                                \
        (to)[sizeof(to) - 1] = '\0';                                     \
    } while (0)

static bool take(const void *record, void *value, size_t bytes, kzgops_recording *ret) {
    enum record_state state = kzgops__record_get(record, value, bytes);
    if (state == RECORD_DAMAGED) ret->damaged++;
    return state == RECORD_WHOLE;
}

/* Sums of two such times do not overflow. */
static bool is_time(int64_t ns) {
    return ns >= 0 && ns <= (int64_t)1 << 61;
}

static void alive(kzgops_recording *ret, int64_t real_ns, int64_t monotonic_ns) {
    if (monotonic_ns < ret->alive_monotonic_ns || !is_time(monotonic_ns) || !is_time(real_ns)) return;
    ret->alive_monotonic_ns = monotonic_ns;
    ret->alive_ns = real_ns;
}

static void decode_start(const struct recorder_content *content, kzgops_recording *ret) {
    struct start_record start;
    kzgops_recorded_start *to = &ret->start;
    if (!take(&content->start, &start, sizeof start, ret)) return;
    to->when_ns = start.real_ns;
    to->monotonic_ns = is_time(start.monotonic_ns) ? start.monotonic_ns : 0;
    to->pid = start.pid;
    to->host_pid = start.host_pid == 1;
    to->slots = start.slots;
    to->cgroup_version = start.cgroup_version;
    to->cgroup_inode = start.cgroup_inode;
    to->oom_kills = start.oom_kills;
    TAKE_TEXT(to->service, start.service);
    TAKE_TEXT(to->version, start.version);
    TAKE_TEXT(to->commit, start.commit);
    TAKE_TEXT(to->build_id, start.build_id);
    TAKE_TEXT(to->boot_id, start.boot_id);
    TAKE_TEXT(to->command, start.command);
    TAKE_TEXT(to->cgroup_path, start.cgroup_path);
    alive(ret, start.real_ns, start.monotonic_ns);
}

static void decode_state(const struct recorder_content *content, kzgops_recording *ret) {
    uint64_t newest = 0;
    for (size_t i = 0; i < 2; i++) {
        struct state_record state;
        if (!take(&content->state[i], &state, sizeof state, ret)) continue;
        if (state.head.sequence <= newest || state.state > KZGOPS_RECORDER_FAILED) continue;
        newest = state.head.sequence;
        ret->state = (kzgops_recorder_state_kind)state.state;
        ret->state_when_ns = state.real_ns;
        alive(ret, state.real_ns, state.monotonic_ns);
    }
}

/* ---- Rings: an entry's place is its sequence modulo the ring's length ------------------------------------------ */

/* Begins at the entry behind the newest one, which is the oldest. */
static size_t ring_begin(const void *ring, size_t length, size_t bytes) {
    uint64_t newest = 0;
    size_t begin = 0;
    for (size_t i = 0; i < length; i++) {
        uint64_t sequence = load((const char *)ring + i * bytes, 1);
        if (sequence <= newest || sequence % length != i) continue;
        newest = sequence;
        begin = i + 1;
    }
    return begin;
}

static void decode_samples(const struct recorder_content *content, kzgops_recording *ret) {
    const size_t length = KZGOPS_RECORDER_SAMPLES_MAX;
    size_t begin = ring_begin(content->sample, length, sizeof content->sample[0]);
    for (size_t i = 0; i < length; i++) {
        struct sample_record record;
        if (!take(&content->sample[(begin + i) % length], &record, sizeof record, ret)) continue;
        ret->sample[ret->sample_count++] = record.sample;
        alive(ret, record.sample.when_ns, record.sample.monotonic_ns);
    }
}

static void decode_errors(const struct recorder_content *content, kzgops_recording *ret) {
    const size_t length = KZGOPS_RECORDER_ERRORS_MAX;
    size_t begin = ring_begin(content->error, length, sizeof content->error[0]);
    for (size_t i = 0; i < length; i++) {
        struct error_record record;
        if (!take(&content->error[(begin + i) % length], &record, sizeof record, ret)) continue;
        kzgops_recorded_error *error = &ret->error[ret->error_count++];
        error->when_ns = record.real_ns;
        TAKE_TEXT(error->code, record.code);
        TAKE_TEXT(error->request_id, record.request_id);
        alive(ret, record.real_ns, record.monotonic_ns);
    }
}

static void decode_events(const struct recorder_content *content, kzgops_recording *ret) {
    const size_t length = KZGOPS_RECORDER_EVENTS_MAX;
    size_t begin = ring_begin(content->event, length, sizeof content->event[0]);
    for (size_t i = 0; i < length; i++) {
        struct event_record record;
        if (!take(&content->event[(begin + i) % length], &record, sizeof record, ret)) continue;
        kzgops_recorded_event *event = &ret->event[ret->event_count++];
        event->when_ns = record.real_ns;
        TAKE_TEXT(event->name, record.name);
        TAKE_TEXT(event->detail, record.detail);
        alive(ret, record.real_ns, record.monotonic_ns);
    }
}

/* ---- Operations ------------------------------------------------------------------------------------------------ */

static void take_digest(const struct slot_record *slot, uint64_t sequence, char ret[65]) {
    static const char digits[] = "0123456789abcdef";
    struct digest_record digest;
    ret[0] = '\0';
    if (kzgops__record_get(&slot->digest, &digest, sizeof digest) != RECORD_WHOLE) return;
    if (digest.head.sequence != sequence) return;
    const unsigned char *bytes = (const unsigned char *)digest.word;
    for (size_t i = 0; i < 32; i++) {
        ret[2 * i] = digits[bytes[i] >> 4];
        ret[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret[64] = '\0';
}

/* Insertion: there are few, and the oldest come first. */
static void insert_operation(kzgops_recording *ret, const kzgops_recorded_operation *operation) {
    size_t i = ret->operation_count++;
    for (; i > 0 && ret->operation[i - 1].age_ns < operation->age_ns; i--) ret->operation[i] = ret->operation[i - 1];
    ret->operation[i] = *operation;
}

static int64_t age_of(int64_t since_ns, int64_t now_ns) {
    int64_t age;
    return __builtin_sub_overflow(now_ns, since_ns, &age) || age < 0 ? 0 : age;
}

static bool is_running(const struct slot_record *slot, struct operation_record *ret, enum record_state *ret_state) {
    if (load(slot, 0) != 1) return false;
    *ret_state = kzgops__record_get(&slot->operation, ret, sizeof *ret);
    return true;
}

/* An operation that began after the last sample is a sign of life. */
static void alive_by_operations(const struct recorder_content *content, kzgops_recording *ret) {
    struct operation_record record;
    enum record_state state;
    if (ret->alive_monotonic_ns < 0) return;
    int64_t offset = ret->alive_ns - ret->alive_monotonic_ns;
    for (size_t i = 0; i < KZGOPS_RECORDER_SLOTS_MAX; i++) {
        if (!is_running(&content->slot[i], &record, &state) || state != RECORD_WHOLE) continue;
        if (is_time(record.monotonic_ns)) alive(ret, record.monotonic_ns + offset, record.monotonic_ns);
    }
}

/* A live recorder's slot that changes during the read is not damaged: its operation has just ended or begun. */
static void decode_operations(const struct recorder_content *content, int64_t now_ns, kzgops_recording *ret) {
    for (size_t i = 0; i < KZGOPS_RECORDER_SLOTS_MAX; i++) {
        const struct slot_record *slot = &content->slot[i];
        struct operation_record record;
        enum record_state state;
        if (!is_running(slot, &record, &state)) continue;
        if (state != RECORD_WHOLE) {
            ret->damaged += now_ns == 0;
            continue;
        }
        kzgops_recorded_operation operation = {.slot = i, .thread = load(slot, 1)};
        TAKE_TEXT(operation.name, record.name);
        TAKE_TEXT(operation.request_id, record.request_id);
        take_digest(slot, record.head.sequence, operation.digest);
        operation.age_ns = age_of(record.monotonic_ns, now_ns != 0 ? now_ns : ret->alive_monotonic_ns);
        insert_operation(ret, &operation);
    }
}

/* ---- Crash ----------------------------------------------------------------------------------------------------- */

static void find_module(const struct modules_record *modules, kzgops_recorded_frame *frame) {
    for (uint64_t i = 0; i < modules->count && i < KZGOPS_RECORDER_MODULES_MAX; i++) {
        const struct module *module = &modules->module[i];
        if (frame->address < module->begin || frame->address >= module->end) continue;
        frame->offset = frame->address - module->begin + module->offset;
        TAKE_TEXT(frame->module, module->name);
        return;
    }
}

static void decode_frames(const struct recorder_content *content, kzgops_recording *ret) {
    struct frames_record frames;
    struct modules_record modules;
    kzgops_recorded_crash *crash = &ret->crash;
    if (!take(&content->frames, &frames, sizeof frames, ret)) return;
    if (!take(&content->modules, &modules, sizeof modules, ret)) modules.count = 0;
    for (uint64_t i = 0; i < frames.count && i < KZGOPS_RECORDER_FRAMES_MAX; i++) {
        kzgops_recorded_frame frame = {.address = frames.frame[i]};
        find_module(&modules, &frame);
        crash->frame[crash->frame_count++] = frame;
    }
}

static void decode_crash_operation(const struct recorder_content *content, int64_t when_ns, kzgops_recording *ret) {
    kzgops_recorded_crash *crash = &ret->crash;
    struct operation_record record;
    enum record_state state;
    if (crash->slot >= KZGOPS_RECORDER_SLOTS_MAX) {
        crash->slot = RECORDER_NOBODY;
        return;
    }
    const struct slot_record *slot = &content->slot[crash->slot];
    if (!is_running(slot, &record, &state) || state != RECORD_WHOLE) return;
    TAKE_TEXT(crash->operation, record.name);
    TAKE_TEXT(crash->request_id, record.request_id);
    take_digest(slot, record.head.sequence, crash->digest);
    crash->age_ns = age_of(record.monotonic_ns, when_ns);
}

static void decode_crash(const struct recorder_content *content, kzgops_recording *ret) {
    struct crash_record record;
    kzgops_recorded_crash *crash = &ret->crash;
    crash->slot = RECORDER_NOBODY;
    if (!take(&content->crash, &record, sizeof record, ret)) return;
    if (record.signal == 0 || record.signal > 64) return;
    crash->signal = (int)record.signal;
    crash->code = (int)(int64_t)record.code;
    crash->when_ns = record.real_ns;
    crash->address = record.address;
    crash->sent = record.sent == 1;
    crash->sender = record.sender;
    crash->thread = record.thread;
    crash->slot = record.slot;
    TAKE_TEXT(crash->thread_name, record.thread_name);
    alive(ret, record.real_ns, record.monotonic_ns);
    decode_crash_operation(content, record.monotonic_ns, ret);
    decode_frames(content, ret);
}

void kzgops__recorder_decode(const struct recorder_file *file, int64_t now_ns, kzgops_recording *ret) {
    const struct recorder_content *content = &file->content;
    memset(ret, 0, sizeof *ret);
    ret->alive_monotonic_ns = INT64_MIN;
    decode_start(content, ret);
    decode_state(content, ret);
    decode_samples(content, ret);
    decode_errors(content, ret);
    decode_events(content, ret);
    decode_crash(content, ret);
    alive_by_operations(content, ret);
    if (ret->alive_monotonic_ns == INT64_MIN) ret->alive_monotonic_ns = 0;
    decode_operations(content, now_ns, ret);
}

/* ---- Files ----------------------------------------------------------------------------------------------------- */

const char *kzgops__recorder_file_error(const struct recorder_file *file) {
    const struct recorder_content *content = &file->content;
    if (content->magic == 0) return "it was never written to";
    if (content->magic != RECORDER_MAGIC) return "it is no flight recorder's file, or one of another kind of machine";
    if (content->version != RECORDER_VERSION) return "it is of another version of the format";
    return content->bytes == sizeof *file ? NULL : "it is not as long as it says";
}

static const char *read_all(int fd, struct recorder_file *ret) {
    struct stat status;
    size_t got = 0;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return "it is no plain file";
    while (got < sizeof *ret) {
        ssize_t n = pread(fd, (char *)ret + got, sizeof *ret - got, (off_t)got);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return "it cannot be read";
        if (n == 0) break;
        got += (size_t)n;
    }
    memset((char *)ret + got, 0, sizeof *ret - got);
    const char *error = kzgops__recorder_file_error(ret);
    if (error != NULL) return error;
    return got == sizeof *ret && status.st_size == (off_t)got ? NULL : "it is not as long as it says";
}

/* Asks without taking the lock, so that a process which starts at this moment is not misled. */
static bool is_locked(int fd) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

const char *kzgops__recorder_file_read(const char *path, struct recorder_file *ret, bool *ret_running) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (ret_running != NULL) *ret_running = fd >= 0 && is_locked(fd);
    if (fd < 0) return errno == ENOENT ? "there is none" : "it cannot be opened";
    const char *error = read_all(fd, ret);
    close(fd);
    return error;
}
