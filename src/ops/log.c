#include "kzgops/log.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static const char *const format_names[] = {"auto", "text", "logfmt", "json"};

/* Set once before threads start; only the counter changes later. */
static int log_fd = STDERR_FILENO;
static kzgops_log_format log_format = KZGOPS_LOG_LOGFMT;
static kzgops_log_level log_level = KZGOPS_LOG_INFO;
static _Atomic uint64_t log_dropped;

/* A line under construction. Room for the closing brace and newline is kept back, so a cut line is still whole. */
struct line {
    char text[KZGOPS_LOG_LINE_MAX];
    size_t used;
    bool cut;
};

#define LINE_TAIL 32

static void put(struct line *line, const char *text, size_t len) {
    if (line->cut) return;
    if (len > sizeof line->text - LINE_TAIL - line->used) {
        line->cut = true;
        return;
    }
    memcpy(line->text + line->used, text, len);
    line->used += len;
}

static void put_string(struct line *line, const char *text) {
    put(line, text, strlen(text));
}

/* JSON string contents. Bytes that are not printable ASCII become \u00xx: the log is ASCII whatever comes in. */
static void put_escaped(struct line *line, const char *text) {
    for (size_t i = 0; i < KZGOPS_LOG_VALUE_MAX && text[i] != '\0'; i++) {
        unsigned char c = (unsigned char)text[i];
        char escape[8];
        if (c == '"' || c == '\\') {
            escape[0] = '\\';
            escape[1] = (char)c;
            put(line, escape, 2);
        } else if (c < 0x20 || c >= 0x7f) {
            int n = snprintf(escape, sizeof escape, "\\u%04x", c);
            put(line, escape, (size_t)n);
        } else {
            put(line, text + i, 1);
        }
    }
}

static bool plain(const char *text) {
    if (*text == '\0') return false;
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c <= 0x20 || c >= 0x7f || c == '"' || c == '=' || c == '\\') return false;
    }
    return true;
}

static void put_text_value(struct line *line, const char *text, bool quote_always) {
    bool quote = quote_always || !plain(text);
    if (quote) put(line, "\"", 1);
    put_escaped(line, text);
    if (quote) put(line, "\"", 1);
}

static void put_value(struct line *line, const kzgops_field *field) {
    char number[40];
    number[0] = '\0';
    switch (field->type) {
    case KZGOPS_FIELD_STRING:
        put_text_value(line, field->value.string == NULL ? "" : field->value.string, log_format == KZGOPS_LOG_JSON);
        return;
    case KZGOPS_FIELD_UNSIGNED: snprintf(number, sizeof number, "%" PRIu64, field->value.u64); break;
    case KZGOPS_FIELD_SIGNED: snprintf(number, sizeof number, "%" PRId64, field->value.i64); break;
    case KZGOPS_FIELD_DOUBLE: snprintf(number, sizeof number, "%.6g", field->value.number); break;
    case KZGOPS_FIELD_BOOL: snprintf(number, sizeof number, "%s", field->value.boolean ? "true" : "false"); break;
    case KZGOPS_FIELD_NONE: break;
    }
    put_string(line, number);
}

static void put_time(struct line *line) {
    struct timespec now;
    struct tm utc;
    char text[40];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    n += (size_t)snprintf(text + n, sizeof text - n, ".%03dZ", (int)(now.tv_nsec / 1000000));
    put(line, text, n);
}

static void compose_json(struct line *line, kzgops_log_level level, const char *event, const kzgops_field *fields,
                         size_t n) {
    put_string(line, "{\"ts\":\"");
    put_time(line);
    put_string(line, "\",\"level\":\"");
    put_string(line, level_names[level]);
    put_string(line, "\",\"event\":\"");
    put_escaped(line, event);
    put_string(line, "\"");
    for (size_t i = 0; i < n; i++) {
        if (fields[i].type == KZGOPS_FIELD_NONE) continue;
        size_t mark = line->used;
        put_string(line, ",\"");
        put_escaped(line, fields[i].key);
        put_string(line, "\":");
        put_value(line, &fields[i]);
        if (line->cut) line->used = mark;
    }
    line->text[line->used++] = '}';
}

static void compose_words(struct line *line, kzgops_log_level level, const char *event, const kzgops_field *fields,
                          size_t n) {
    bool text = log_format == KZGOPS_LOG_TEXT;
    if (!text) put_string(line, "ts=");
    put_time(line);
    put_string(line, text ? " " : " level=");
    put_string(line, level_names[level]);
    put_string(line, text ? " " : " event=");
    put_text_value(line, event, false);
    for (size_t i = 0; i < n; i++) {
        if (fields[i].type == KZGOPS_FIELD_NONE) continue;
        size_t mark = line->used;
        put_string(line, " ");
        put_string(line, fields[i].key);
        put_string(line, "=");
        put_value(line, &fields[i]);
        if (line->cut) line->used = mark;
    }
}

/* Room is asked for first: a pipe that poll() calls writable takes a line of up to PIPE_BUF bytes without blocking.
 */
static void emit(const char *text, size_t len) {
    struct pollfd room = {.fd = log_fd, .events = POLLOUT};
    ssize_t written = -1;
    if (poll(&room, 1, 0) == 1 && (room.revents & POLLOUT)) {
        do written = write(log_fd, text, len);
        while (written < 0 && errno == EINTR);
    }
    if (written != (ssize_t)len) atomic_fetch_add_explicit(&log_dropped, 1, memory_order_relaxed);
}

void kzgops_log_init(int fd, kzgops_log_format format, kzgops_log_level level) {
    log_fd = fd;
    log_level = level;
    log_format = format != KZGOPS_LOG_AUTO ? format : isatty(fd) ? KZGOPS_LOG_TEXT : KZGOPS_LOG_LOGFMT;
}

bool kzgops_log_enabled(kzgops_log_level level) {
    return level >= log_level;
}

uint64_t kzgops_log_dropped(void) {
    return atomic_load_explicit(&log_dropped, memory_order_relaxed);
}

bool kzgops_log_level_parse(const char *text, kzgops_log_level *ret_level) {
    for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
        if (strcmp(text, level_names[i]) != 0) continue;
        *ret_level = (kzgops_log_level)i;
        return true;
    }
    return false;
}

bool kzgops_log_format_parse(const char *text, kzgops_log_format *ret_format) {
    for (size_t i = 0; i < sizeof format_names / sizeof format_names[0]; i++) {
        if (strcmp(text, format_names[i]) != 0) continue;
        *ret_format = (kzgops_log_format)i;
        return true;
    }
    return false;
}

void kzgops_log_write(kzgops_log_level level, const char *event, const kzgops_field *fields, size_t n) {
    struct line line;
    line.used = 0;
    line.cut = false;
    if (log_format == KZGOPS_LOG_JSON) {
        compose_json(&line, level, event, fields, n);
    } else {
        compose_words(&line, level, event, fields, n);
    }
    line.text[line.used++] = '\n';
    emit(line.text, line.used);
}
