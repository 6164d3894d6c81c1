#include "ops/log_out.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "ops/sources.h"

#define COUNT_OF(fields) (sizeof(fields) / sizeof(fields)[0])

static void add(_Atomic uint64_t *counter) {
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static uint64_t value(const _Atomic uint64_t *counter) {
    return atomic_load_explicit(counter, memory_order_relaxed);
}

int64_t kzgops__log_out_now_ns(const struct kzgops__log_out *out) {
    return kzgops__monotonic_ns(atomic_load_explicit(&out->sources, memory_order_acquire));
}

static void compose(const struct kzgops__log_out *out, struct kzgops__log_line *line, kzgops_log_format format,
                    kzgops_log_level level, const char *event, const kzgops_field *fields, size_t n) {
    int64_t now_ns = kzgops__realtime_ns(atomic_load_explicit(&out->sources, memory_order_acquire));
    kzgops__log_compose(line, format, out->program, &(struct kzgops__log_event){level, event, now_ns, fields, n});
}

void kzgops__log_out_compose(const struct kzgops__log_out *out, struct kzgops__log_line *line, kzgops_log_level level,
                             const char *event, const kzgops_field *fields, size_t n) {
    compose(out, line, atomic_load_explicit(&out->format, memory_order_relaxed), level, event, fields, n);
}

/* ---- Writing ------------------------------------------------------------------------------------------------- */

/* On the descriptor, whatever the output is; when it takes nothing, nobody is told. */
static void tell_broken(struct kzgops__log_out *out) {
    struct kzgops__log_line line;
    const kzgops_field fields[] = {KZGOPS_STR("error", strerrordesc_np(out->sink.error)),
                                   KZGOPS_STR("file", out->sink.path)};
    kzgops_log_format format = atomic_load(&out->format);
    struct pollfd room = {.fd = out->sink.given_fd, .events = POLLOUT};
    compose(out, &line, format == KZGOPS_LOG_JOURNAL ? KZGOPS_LOG_LOGFMT : format, KZGOPS_LOG_ERROR,
            KZGOPS_LOG_EVENT_BROKEN, fields, COUNT_OF(fields));
    if (poll(&room, 1, 0) != 1 || !(room.revents & POLLOUT)) return;
    ssize_t n = write(room.fd, line.text, line.used);
    (void)n;
}

static bool deliver(struct kzgops__log_out *out, const char *text, size_t length) {
    size_t done = 0;
    enum kzgops__log_outcome outcome;
    do outcome = kzgops__log_sink_write(&out->sink, text, length, &done, kzgops__log_out_now_ns(out));
    while (outcome == KZGOPS__LOG_BLOCKED && out->wait != NULL && out->wait(out->user, out->sink.fd));
    if (outcome == KZGOPS__LOG_BLOCKED) kzgops__log_sink_give_up(&out->sink, done);
    if (kzgops__log_sink_tell(&out->sink)) tell_broken(out);
    atomic_store_explicit(&out->failing, outcome != KZGOPS__LOG_WRITTEN, memory_order_relaxed);
    return outcome == KZGOPS__LOG_WRITTEN;
}

void kzgops__log_out_write(struct kzgops__log_out *out, kzgops_log_level level, const char *text, size_t length) {
    add(deliver(out, text, length) ? &out->lines[level] : &out->dropped[level]);
}

/* ---- About itself -------------------------------------------------------------------------------------------- */

static bool own_line(struct kzgops__log_out *out, kzgops_log_level level, const char *event,
                     const kzgops_field *fields, size_t n) {
    struct kzgops__log_line line;
    kzgops__log_out_compose(out, &line, level, event, fields, n);
    if (!deliver(out, line.text, line.used)) return false;
    add(&out->lines[level]);
    return true;
}

static bool has_drops(const struct kzgops__log_out *out) {
    for (size_t i = 0; i < KZGOPS_LOG_LEVELS; i++) {
        if (value(&out->dropped[i]) != out->told[i]) return true;
    }
    return false;
}

void kzgops__log_out_tell_dropped(struct kzgops__log_out *out) {
    uint64_t now[KZGOPS_LOG_LEVELS], since[KZGOPS_LOG_LEVELS], all = 0;
    if (!has_drops(out)) return;
    if (out->sink.failing && kzgops__log_out_now_ns(out) < out->sink.until_ns) return;
    for (size_t i = 0; i < KZGOPS_LOG_LEVELS; i++) {
        now[i] = value(&out->dropped[i]);
        since[i] = now[i] - out->told[i];
        all += since[i];
    }
    const kzgops_field fields[] = {KZGOPS_U64("lines", all), KZGOPS_U64("debug", since[KZGOPS_LOG_DEBUG]),
                                   KZGOPS_U64("info", since[KZGOPS_LOG_INFO]),
                                   KZGOPS_U64("warn", since[KZGOPS_LOG_WARN]),
                                   KZGOPS_U64("errors", since[KZGOPS_LOG_ERROR])};
    if (own_line(out, KZGOPS_LOG_WARN, KZGOPS_LOG_EVENT_DROPPED, fields, COUNT_OF(fields))) {
        memcpy(out->told, now, sizeof now);
    }
}

static void tell_repeated(void *user, kzgops_log_level level, const char *event, uint64_t repeated) {
    struct kzgops__log_out *out = user;
    const kzgops_field fields[] = {KZGOPS_STR("of", event), KZGOPS_U64("repeated", repeated)};
    if (!own_line(out, level, KZGOPS_LOG_EVENT_REPEATED, fields, COUNT_OF(fields))) add(&out->dropped[level]);
}

void kzgops__log_out_tell_repeated(struct kzgops__log_out *out, bool all) {
    kzgops__log_limit_sweep(&out->limit, kzgops__log_out_now_ns(out), all, tell_repeated, out);
}

bool kzgops__log_out_has_untold(struct kzgops__log_out *out) {
    return has_drops(out) || atomic_load(&out->limit.pending);
}

bool kzgops__log_out_reopen(struct kzgops__log_out *out) {
    const kzgops_field fields[] = {KZGOPS_STR("file", out->sink.path)};
    if (out->sink.kind != KZGOPS__LOG_TO_FILE) return true;
    if (!kzgops__log_sink_reopen(&out->sink)) {
        tell_broken(out);
        return false;
    }
    if (kzgops_log_enabled(KZGOPS_LOG_INFO)) {
        (void)own_line(out, KZGOPS_LOG_INFO, KZGOPS_LOG_EVENT_REOPENED, fields, COUNT_OF(fields));
    }
    return true;
}
