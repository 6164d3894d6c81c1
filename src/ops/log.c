#include "kzgops/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/log_out.h"
#include "ops/log_writer.h"
#include "ops/sources.h"

#define RING_BYTES ((size_t)256 << 10)
#define NAME_BYTES 4096

static const char *const level_names[KZGOPS_LOG_LEVELS] = {"debug", "info", "warn", "error"};
static const char *const format_names[] = {"auto", "text", "logfmt", "json", "journal"};

static struct kzgops__log_out out = {
    .sink = {.fd = STDERR_FILENO, .given_fd = STDERR_FILENO}, .format = KZGOPS_LOG_JSON, .program = "program"};
static struct kzgops__log_writer writer = {.ring = {.head = KZGOPS__LOG_RING_CLOSED}, .out = &out, .wake_fd = -1};
static _Atomic kzgops_log_level log_level = KZGOPS_LOG_INFO;
static kzgops_log_format asked_format;
static atomic_bool running;

/* The output without the thread: whoever has it writes. Starting and stopping have it too. */
static pthread_mutex_t output_lock = PTHREAD_MUTEX_INITIALIZER;
static bool output_lost; /* a thread that hangs has it for ever */
static char *ring_memory;
static size_t ring_bytes;
static kzgops_allocator ring_allocator;
static char file_path[NAME_BYTES], journal_path[NAME_BYTES];

/* ---- Levels and names ---------------------------------------------------------------------------------------- */

void kzgops_log_set_level(kzgops_log_level level) {
    atomic_store_explicit(&log_level, level, memory_order_relaxed);
}

kzgops_log_level kzgops_log_get_level(void) {
    return atomic_load_explicit(&log_level, memory_order_relaxed);
}

bool kzgops_log_enabled(kzgops_log_level level) {
    return level >= kzgops_log_get_level();
}

static int find_name(const char *text, const char *const *names, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (strcmp(text, names[i]) == 0) return (int)i;
    }
    return -1;
}

const char *kzgops_log_level_name(kzgops_log_level level) {
    return level_names[level <= KZGOPS_LOG_ERROR ? level : KZGOPS_LOG_ERROR];
}

bool kzgops_log_level_parse(const char *text, kzgops_log_level *ret_level) {
    int found = find_name(text, level_names, KZGOPS_LOG_LEVELS);
    if (found >= 0) *ret_level = (kzgops_log_level)found;
    return found >= 0;
}

bool kzgops_log_format_parse(const char *text, kzgops_log_format *ret_format) {
    int found = find_name(text, format_names, sizeof format_names / sizeof format_names[0]);
    if (found >= 0) *ret_format = (kzgops_log_format)found;
    return found >= 0;
}

/* ---- Writing ------------------------------------------------------------------------------------------------- */

static void count(_Atomic uint64_t *counter) {
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* False when the log was started meanwhile: then the output is the thread's. */
static bool write_now(kzgops_log_level level, const struct kzgops__log_line *line) {
    pthread_mutex_lock(&output_lock);
    bool mine = !atomic_load(&running);
    if (mine && output_lost) {
        count(&out.dropped[level]);
    } else if (mine) {
        kzgops__log_out_tell_dropped(&out);
        kzgops__log_out_write(&out, level, line->text, line->used);
    }
    pthread_mutex_unlock(&output_lock);
    return mine;
}

static void emit(kzgops_log_level level, const char *event, const kzgops_field *fields, size_t n) {
    struct kzgops__log_line line;
    kzgops__log_out_compose(&out, &line, level, event, fields, n);
    enum kzgops__log_pushed pushed;
    do pushed = kzgops__log_ring_push(&writer.ring, (uint8_t)level, line.text, line.used);
    while (pushed == KZGOPS__LOG_CLOSED && !write_now(level, &line));
    if (pushed == KZGOPS__LOG_PUSHED) kzgops__log_writer_wake(&writer);
    if (pushed == KZGOPS__LOG_FULL) count(&out.dropped[level]);
}

/* Whether the limit lets this line through; what it suppressed before is told here when this line is the first of a
 * new second. */
static bool within_limit(kzgops_log_level level, const char *event) {
    uint64_t repeated;
    if (level == KZGOPS_LOG_DEBUG || atomic_load_explicit(&out.limit.rate, memory_order_relaxed) == 0) return true;
    bool pass = kzgops__log_limit_pass(&out.limit, level, event, kzgops__log_out_now_ns(&out), &repeated);
    if (!pass) count(&out.suppressed[level]);
    if (repeated > 0) {
        const kzgops_field fields[] = {KZGOPS_STR("of", event), KZGOPS_U64("repeated", repeated)};
        emit(level, KZGOPS_LOG_EVENT_REPEATED, fields, 2);
    }
    return pass;
}

void kzgops_log_write(kzgops_log_level level, const char *event, const kzgops_field *fields, size_t n) {
    if (level > KZGOPS_LOG_ERROR) level = KZGOPS_LOG_ERROR;
    if (kzgops_log_enabled(level) && within_limit(level, event)) emit(level, event, fields, n);
}

/* ---- Where to ------------------------------------------------------------------------------------------------ */

/* Whether fd is what systemd has connected to the journal: it names device and inode. */
static bool is_journal(int fd) {
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat info;
    char *end;
    if (stream == NULL || fstat(fd, &info) != 0) return false;
    unsigned long long device = strtoull(stream, &end, 10);
    if (*end != ':' || device != info.st_dev) return false;
    return strtoull(end + 1, &end, 10) == info.st_ino && *end == '\0';
}

static kzgops_log_format format_of(int fd, kzgops_log_format asked) {
    if (asked != KZGOPS_LOG_AUTO) return asked;
    return is_journal(fd) ? KZGOPS_LOG_JOURNAL : isatty(fd) ? KZGOPS_LOG_TEXT : KZGOPS_LOG_JSON;
}

/* To file or, by the format, journald or the descriptor. */
static void set_output(const char *file, const char *journal_socket) {
    int fd = out.sink.given_fd;
    bool to_file = file != NULL && file[0] != '\0';
    kzgops_log_format format = format_of(fd, asked_format);
    if (to_file && asked_format == KZGOPS_LOG_AUTO) format = KZGOPS_LOG_JSON;
    snprintf(journal_path, sizeof journal_path, "%s",
             journal_socket != NULL ? journal_socket : KZGOPS__LOG_JOURNAL_SOCKET);
    if (to_file) {
        snprintf(file_path, sizeof file_path, "%s", file);
        kzgops__log_sink_path(&out.sink, KZGOPS__LOG_TO_FILE, file_path, kzgops__log_out_now_ns(&out));
    } else if (format == KZGOPS_LOG_JOURNAL) {
        kzgops__log_sink_path(&out.sink, KZGOPS__LOG_TO_JOURNAL, journal_path, kzgops__log_out_now_ns(&out));
    } else {
        kzgops__log_sink_fd(&out.sink, fd);
    }
    atomic_store(&out.format, format);
}

void kzgops_log_init(int fd, kzgops_log_format format, kzgops_log_level level) {
    pthread_mutex_lock(&output_lock);
    kzgops__log_sink_fd(&out.sink, fd);
    asked_format = format;
    set_output(NULL, NULL);
    pthread_mutex_unlock(&output_lock);
    kzgops_log_set_level(level);
}

/* ---- Start and stop ------------------------------------------------------------------------------------------- */

/* A power of two, or 0 when it is out of range. */
static size_t ring_size(size_t asked) {
    size_t bytes = KZGOPS_LOG_RING_MIN;
    if (asked == 0) asked = RING_BYTES;
    if (asked < KZGOPS_LOG_RING_MIN || asked > KZGOPS_LOG_RING_MAX) return 0;
    while (bytes < asked) bytes *= 2;
    return bytes;
}

static const char *check(const kzgops_log_config *config) {
    bool file = config->file != NULL && config->file[0] != '\0';
    if (atomic_load(&running)) return "the log runs already";
    if (output_lost) return "an earlier thread of the log hangs in its output";
    if (ring_size(config->ring_bytes) == 0) return "the size of the log's ring is out of range";
    if (file && strlen(config->file) >= sizeof file_path) return "the name of the log file is too long";
    if (file && asked_format == KZGOPS_LOG_JOURNAL) return "the journal's format is not for a file";
    return NULL;
}

static const char *start(const kzgops_log_config *config) {
    const char *error = check(config);
    if (error != NULL) return error;
    ring_bytes = ring_size(config->ring_bytes);
    ring_allocator = kzgops__allocator(config->sources);
    ring_memory = ring_allocator.alloc(ring_allocator.user, ring_bytes);
    if (ring_memory == NULL) return "no memory for the log's ring";
    memset(ring_memory, 0, ring_bytes);
    snprintf(out.program, sizeof out.program, "%s",
             config->name != NULL ? config->name : program_invocation_short_name);
    atomic_store_explicit(&out.sources, config->sources, memory_order_release);
    atomic_store(&out.limit.rate, config->lines_per_second);
    set_output(config->file, config->journal_socket);
    if (kzgops__log_writer_start(&writer, ring_memory, ring_bytes)) return NULL;
    ring_allocator.release(ring_allocator.user, ring_memory, ring_bytes);
    return "no thread for the log";
}

bool kzgops_log_start(const kzgops_log_config *config, const char **ret_error) {
    static bool at_exit;
    static const kzgops_log_config defaults;
    pthread_mutex_lock(&output_lock);
    const char *error = start(config != NULL ? config : &defaults);
    if (error == NULL) {
        atomic_store(&running, true);
        if (!at_exit) at_exit = atexit(kzgops_log_stop) == 0;
    }
    pthread_mutex_unlock(&output_lock);
    if (error != NULL && ret_error != NULL) *ret_error = error;
    return error == NULL;
}

void kzgops_log_stop(void) {
    pthread_mutex_lock(&output_lock);
    if (atomic_exchange(&running, false)) {
        output_lost = !kzgops__log_writer_stop(&writer);
        if (!output_lost) ring_allocator.release(ring_allocator.user, ring_memory, ring_bytes);
        atomic_store(&out.sources, NULL);
        atomic_store(&out.limit.rate, 0);
    }
    pthread_mutex_unlock(&output_lock);
}

bool kzgops_log_flush(int max_ms) {
    return !atomic_load(&running) || kzgops__log_writer_flush(&writer, max_ms);
}

void kzgops_log_reopen(void) {
    if (atomic_load(&running)) kzgops__log_writer_reopen(&writer);
}

/* ---- Figures ------------------------------------------------------------------------------------------------- */

void kzgops_log_stats(kzgops_log_figures *ret) {
    for (size_t i = 0; i < KZGOPS_LOG_LEVELS; i++) {
        ret->lines[i] = atomic_load_explicit(&out.lines[i], memory_order_relaxed);
        ret->dropped[i] = atomic_load_explicit(&out.dropped[i], memory_order_relaxed);
        ret->suppressed[i] = atomic_load_explicit(&out.suppressed[i], memory_order_relaxed);
    }
    ret->failing = atomic_load_explicit(&out.failing, memory_order_relaxed);
}

uint64_t kzgops_log_dropped(void) {
    kzgops_log_figures figures;
    uint64_t all = 0;
    kzgops_log_stats(&figures);
    for (size_t i = 0; i < KZGOPS_LOG_LEVELS; i++) all += figures.dropped[i];
    return all;
}
