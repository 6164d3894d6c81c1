/* libkzgops, structured log: one event a line, from any thread, without waiting for where the lines go.
 *
 * A line is time, level, event name and typed fields. Names are fixed strings of the program; every value is escaped
 * and cut at KZGOPS_LOG_VALUE_MAX bytes, and a line at KZGOPS_LOG_LINE_MAX (a field that does not fit is left out and
 * cut=true stands at the end), so nothing that a client sends can forge a line or grow the log. The keys ts, level,
 * event stand first, then, where given, operation, duration_ms, status, error, request_id and trace_id, then the
 * other fields in the caller's order. A string under one of the fixed keys that is empty or NULL counts as not given.
 *
 * The log is one for the process. Until kzgops_log_start and after kzgops_log_stop a line is written by its caller,
 * as one write() that is given up where it would block. In between it is laid into a ring of fixed size, which a
 * thread writes out: the caller takes no lock and makes no system call but, when the thread sleeps, one to wake it.
 * A line that finds the ring full, or whose output fails, is dropped and counted; a line log_dropped says how many as
 * soon as there is room again.
 *
 * Cost for the caller in CPU time, printed by the bench in tests/unit/ops/test_log.c on an Intel Xeon of a cloud
 * machine, gcc 12 -O2: 0.7 us for a line of six fields as JSON, 3 ns for one that its level switches off, 0.12 us for
 * one that is suppressed as a repetition. */
#ifndef KZGOPS_LOG_H
#define KZGOPS_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/sources.h"

#define KZGOPS_LOG_LINE_MAX  4096 /* PIPE_BUF: written whole or not at all */
#define KZGOPS_LOG_VALUE_MAX 512

typedef enum kzgops_log_level {
    KZGOPS_LOG_DEBUG = 0,
    KZGOPS_LOG_INFO = 1,
    KZGOPS_LOG_WARN = 2,
    KZGOPS_LOG_ERROR = 3
} kzgops_log_level;
#define KZGOPS_LOG_LEVELS 4

typedef enum kzgops_log_format {
    KZGOPS_LOG_AUTO = 0, /* journal when the descriptor is the journal's, text on a terminal, else JSON */
    KZGOPS_LOG_TEXT = 1,
    KZGOPS_LOG_LOGFMT = 2,
    KZGOPS_LOG_JSON = 3,
    KZGOPS_LOG_JOURNAL = 4 /* fields to journald, by its own protocol and not over the descriptor */
} kzgops_log_format;

/* ---- Fields -------------------------------------------------------------------------------------------------- */

typedef enum kzgops_field_type {
    KZGOPS_FIELD_NONE = 0,
    KZGOPS_FIELD_STRING = 1,
    KZGOPS_FIELD_UNSIGNED = 2,
    KZGOPS_FIELD_SIGNED = 3,
    KZGOPS_FIELD_DOUBLE = 4,
    KZGOPS_FIELD_BOOL = 5,
    KZGOPS_FIELD_MS = 6 /* i64 nanoseconds, written as milliseconds with three decimals */
} kzgops_field_type;

typedef struct kzgops_field {
    const char *key;
    kzgops_field_type type;
    union {
        const char *string; /* borrowed for the call; NULL is written as an empty string */
        uint64_t u64;
        int64_t i64;
        double number; /* one that is no number is written as null */
        bool boolean;
    } value;
} kzgops_field;

#define KZGOPS_STR(name, v)  ((kzgops_field){.key = (name), .type = KZGOPS_FIELD_STRING, .value.string = (v)})
#define KZGOPS_U64(name, v)  ((kzgops_field){.key = (name), .type = KZGOPS_FIELD_UNSIGNED, .value.u64 = (v)})
#define KZGOPS_I64(name, v)  ((kzgops_field){.key = (name), .type = KZGOPS_FIELD_SIGNED, .value.i64 = (v)})
#define KZGOPS_F64(name, v)  ((kzgops_field){.key = (name), .type = KZGOPS_FIELD_DOUBLE, .value.number = (v)})
#define KZGOPS_BOOL(name, v) ((kzgops_field){.key = (name), .type = KZGOPS_FIELD_BOOL, .value.boolean = (v)})
#define KZGOPS_MS(name, ns)  ((kzgops_field){.key = (name), .type = KZGOPS_FIELD_MS, .value.i64 = (ns)})

/* ---- Writing ------------------------------------------------------------------------------------------------- */

/* Whether a line of this level would be written: spares making what nobody reads. */
bool kzgops_log_enabled(kzgops_log_level level);

/* Writes one line if its level is on; fields of type NONE are skipped. event and the keys are fixed strings of the
 * program, which live as long as it does. */
void kzgops_log_write(kzgops_log_level level, const char *event, const kzgops_field *fields, size_t n);

/* KZGOPS_LOG(KZGOPS_LOG_INFO, "ready", KZGOPS_STR("backend", name), ...) */
#define KZGOPS_LOG(level, event, ...)                                                                             \
    do {                                                                                                          \
        if (kzgops_log_enabled(level)) {                                                                          \
            const kzgops_field kzgops_fields_[] = {{0}, __VA_ARGS__};                                             \
            kzgops_log_write((level), (event), kzgops_fields_, sizeof kzgops_fields_ / sizeof kzgops_fields_[0]); \
        }                                                                                                         \
    } while (0)

/* One operation of a service: what its three lines say. Members that are NULL or 0 are left out. */
typedef struct kzgops_log_operation {
    const char *operation;
    const char *request_id;
    const char *trace_id;
    int64_t duration_ns; /* not of a started one */
    const char *status;  /* NULL: "ok" of a completed one, "failed" of a failed one */
    const char *error;   /* of a failed one, in words */
    int64_t slow_ns;     /* completed in this time or more: info instead of debug. 0: never */
    bool client_fault;   /* failed through what the client sent: info instead of error */
    const kzgops_field *more;
    size_t more_count; /* at most KZGOPS_LOG_MORE_MAX; those behind are left out */
} kzgops_log_operation;
#define KZGOPS_LOG_MORE_MAX 16

/* operation_started at debug; operation_completed at debug, or info when it was slow: a service completes thousands a
 * second, and its metrics count them; operation_failed at error, or info when it was the client's fault: what a
 * client can bring about at will must not wake anybody. */
void kzgops_log_operation_started(const kzgops_log_operation *operation);
void kzgops_log_operation_completed(const kzgops_log_operation *operation);
void kzgops_log_operation_failed(const kzgops_log_operation *operation);

/* ---- Where lines go ------------------------------------------------------------------------------------------ */

/* Which descriptor, and the format, before any other thread logs. Without it: fd 2, JSON, INFO. The descriptor is
 * borrowed for ever. A program that may write to a pipe or socket whose reader goes ignores SIGPIPE. */
void kzgops_log_init(int fd, kzgops_log_format format, kzgops_log_level level);

#define KZGOPS_LOG_RING_MIN ((size_t)16 << 10)
#define KZGOPS_LOG_RING_MAX ((size_t)64 << 20)
#define KZGOPS_LOG_STOP_MS  1000 /* how long an output that takes nothing may hold up kzgops_log_stop */
#define KZGOPS_LOG_RETRY_MS 1000 /* between attempts on an output that failed */

typedef struct kzgops_log_config {
    const char *file;  /* append to it instead of the descriptor; NULL or "": the descriptor. Copied */
    const char *name;  /* the program's, which journald shows and which, in upper case, begins the names of the fields
                        * it gets; NULL: the one it was called by. Copied, at most 31 bytes */
    size_t ring_bytes; /* KZGOPS_LOG_RING_MIN to _MAX, rounded up to a power of two; 0: 256 KiB */
    uint32_t lines_per_second;  /* of one event at one level; what is more is suppressed, counted, and told in a line
                                 * log_repeated when the second is over. Debug lines are not limited: who turns them on
                                 * wants all. 0: no limit */
    const char *journal_socket; /* NULL: /run/systemd/journal/socket. Copied */
    const kzgops_sources *sources; /* borrowed until stop; NULL: the real ones. Clocks and the ring's memory */
} kzgops_log_config;

/* Starts the thread, before other threads log. config NULL: all defaults. A file that cannot be opened is not an
 * error: that is told on the descriptor, as any later failure is, once until it works again, and tried again every
 * KZGOPS_LOG_RETRY_MS; lines are dropped meanwhile. False when a number is out of range, the log runs already, or
 * there is no memory or thread; *ret_error (unless NULL) then says which, in words, and lines go on being written by
 * their callers. At the program's exit() the log stops by itself. A child of fork() without exec must not log. */
bool kzgops_log_start(const kzgops_log_config *config, const char **ret_error);

/* Writes what is in the ring, ends the thread and frees the ring. Lines that others write meanwhile wait, and are
 * written by their callers afterwards. Without effect on a log that does not run. */
void kzgops_log_stop(void);

/* Waits until the lines that are in the ring now, and repetitions and drops due to be told, have been written; false
 * when that takes longer. Async-signal-safe, for a program about to end in a handler. */
bool kzgops_log_flush(int max_ms);

/* Opens the file anew, after a rotation. No line is lost: what comes before the new file is open goes to the old one.
 * When it cannot be opened, the old one stays and the new one is tried again. Async-signal-safe. Without effect on a
 * log without a file, or one that does not run. */
void kzgops_log_reopen(void);

/* ---- Levels and figures -------------------------------------------------------------------------------------- */

/* The lowest level that is written; may change at any time. */
void kzgops_log_set_level(kzgops_log_level level);
kzgops_log_level kzgops_log_get_level(void);

/* Names as the command line spells them, and back; false for another one. */
const char *kzgops_log_level_name(kzgops_log_level level);
bool kzgops_log_level_parse(const char *text, kzgops_log_level *ret_level);
bool kzgops_log_format_parse(const char *text, kzgops_log_format *ret_format);

/* Since the program's start, by level. */
typedef struct kzgops_log_figures {
    uint64_t lines[KZGOPS_LOG_LEVELS];      /* written */
    uint64_t dropped[KZGOPS_LOG_LEVELS];    /* the ring was full, or the output blocked or failed */
    uint64_t suppressed[KZGOPS_LOG_LEVELS]; /* repetitions above the limit */
    bool failing;                           /* the output refused the last line */
} kzgops_log_figures;

/* Each figure is exact; together they are of about one moment. */
void kzgops_log_stats(kzgops_log_figures *ret);

/* Lines dropped, of all levels. */
uint64_t kzgops_log_dropped(void);

/* ---- Events that the log writes itself ------------------------------------------------------------------------ */

#define KZGOPS_LOG_EVENT_STARTED   "operation_started"
#define KZGOPS_LOG_EVENT_COMPLETED "operation_completed"
#define KZGOPS_LOG_EVENT_FAILED    "operation_failed"
#define KZGOPS_LOG_EVENT_DROPPED   "log_dropped"
#define KZGOPS_LOG_EVENT_REPEATED  "log_repeated"
#define KZGOPS_LOG_EVENT_REOPENED  "log_reopened"
#define KZGOPS_LOG_EVENT_BROKEN    "log_failed"

#endif
