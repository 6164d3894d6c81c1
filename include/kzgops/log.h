/* libkzgops, structured log: one event a line, to one file descriptor, from any thread.
 *
 * A line is time, level, event name and typed fields. Names are fixed strings of the program; every value is escaped
 * and cut at KZGOPS_LOG_VALUE_MAX bytes, and a line at KZGOPS_LOG_LINE_MAX, so nothing that a client sends can forge
 * a line or grow the log. A line is one write(); a descriptor that would block (a pipe nobody reads) costs the line,
 * which is counted, and never the caller's time. */
#ifndef KZGOPS_LOG_H
#define KZGOPS_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KZGOPS_LOG_LINE_MAX  4096 /* PIPE_BUF: written whole or not at all */
#define KZGOPS_LOG_VALUE_MAX 512

typedef enum kzgops_log_level {
    KZGOPS_LOG_DEBUG = 0,
    KZGOPS_LOG_INFO = 1,
    KZGOPS_LOG_WARN = 2,
    KZGOPS_LOG_ERROR = 3
} kzgops_log_level;

typedef enum kzgops_log_format {
    KZGOPS_LOG_AUTO = 0, /* text on a terminal, else logfmt */
    KZGOPS_LOG_TEXT = 1,
    KZGOPS_LOG_LOGFMT = 2,
    KZGOPS_LOG_JSON = 3
} kzgops_log_format;

typedef enum kzgops_field_type {
    KZGOPS_FIELD_NONE = 0,
    KZGOPS_FIELD_STRING = 1,
    KZGOPS_FIELD_UNSIGNED = 2,
    KZGOPS_FIELD_SIGNED = 3,
    KZGOPS_FIELD_DOUBLE = 4,
    KZGOPS_FIELD_BOOL = 5
} kzgops_field_type;

typedef struct kzgops_field {
    const char *key;
    kzgops_field_type type;
    union {
        const char *string; /* borrowed for the call; NULL is written as an empty string */
        uint64_t u64;
        int64_t i64;
        double number;
        bool boolean;
    } value;
} kzgops_field;

#define KZGOPS_STR(name, v)  ((kzgops_field){.key = (name), .type = KZGOPS_FIELD_STRING, .value.string = (v)})
#define KZGOPS_U64(name, v)  ((kzgops_field){.key = (name), .type = KZGOPS_FIELD_UNSIGNED, .value.u64 = (v)})
#define KZGOPS_I64(name, v)  ((kzgops_field){.key = (name), .type = KZGOPS_FIELD_SIGNED, .value.i64 = (v)})
#define KZGOPS_F64(name, v)  ((kzgops_field){.key = (name), .type = KZGOPS_FIELD_DOUBLE, .value.number = (v)})
#define KZGOPS_BOOL(name, v) ((kzgops_field){.key = (name), .type = KZGOPS_FIELD_BOOL, .value.boolean = (v)})

/* Where lines go, before any other thread logs. Without it: fd 2, AUTO, INFO. */
void kzgops_log_init(int fd, kzgops_log_format format, kzgops_log_level level);

/* Whether a line of this level would be written: spares making what nobody reads. */
bool kzgops_log_enabled(kzgops_log_level level);

/* Lines lost since the start because the descriptor would have blocked or failed. */
uint64_t kzgops_log_dropped(void);

/* Names as the command line spells them; false for another one. */
bool kzgops_log_level_parse(const char *text, kzgops_log_level *ret_level);
bool kzgops_log_format_parse(const char *text, kzgops_log_format *ret_format);

/* Writes one line; fields of type NONE are skipped. */
void kzgops_log_write(kzgops_log_level level, const char *event, const kzgops_field *fields, size_t n);

/* KZGOPS_LOG(KZGOPS_LOG_INFO, "ready", KZGOPS_STR("backend", name), ...) */
#define KZGOPS_LOG(level, event, ...)                                                                             \
    do {                                                                                                          \
        if (kzgops_log_enabled(level)) {                                                                          \
            const kzgops_field kzgops_fields_[] = {{0}, __VA_ARGS__};                                             \
            kzgops_log_write((level), (event), kzgops_fields_, sizeof kzgops_fields_ / sizeof kzgops_fields_[0]); \
        }                                                                                                         \
    } while (0)

#endif
