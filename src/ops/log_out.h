/* The log's output with all that is kept beside it: format, counters, what is still to be told. One user at a time,
 * but for the atomic members. */
#ifndef OPS_LOG_OUT_H
#define OPS_LOG_OUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/log.h"
#include "ops/log_compose.h"
#include "ops/log_limit.h"
#include "ops/log_sink.h"

struct kzgops__log_out {
    struct kzgops__log_sink sink;
    struct kzgops__log_limit limit;
    _Atomic kzgops_log_format format;
    _Atomic(const kzgops_sources *) sources;
    char program[KZGOPS__LOG_NAME_MAX];
    _Atomic uint64_t lines[KZGOPS_LOG_LEVELS];
    _Atomic uint64_t dropped[KZGOPS_LOG_LEVELS];
    _Atomic uint64_t suppressed[KZGOPS_LOG_LEVELS];
    atomic_bool failing;
    uint64_t told[KZGOPS_LOG_LEVELS]; /* of dropped */
    /* The output would block: waits, and says whether to try again. NULL: it is not tried again. */
    bool (*wait)(void *user, int fd);
    void *user;
};

int64_t kzgops__log_out_now_ns(const struct kzgops__log_out *out);

/* The event as a line, of now. */
void kzgops__log_out_compose(const struct kzgops__log_out *out, struct kzgops__log_line *line, kzgops_log_level level,
                             const char *event, const kzgops_field *fields, size_t n);

/* Writes a line and counts it as written or dropped; a failure is told on the descriptor. */
void kzgops__log_out_write(struct kzgops__log_out *out, kzgops_log_level level, const char *text, size_t length);

/* Lines of the log about itself: what was dropped since the last time, if anything; what the limit suppressed. */
void kzgops__log_out_tell_dropped(struct kzgops__log_out *out);
void kzgops__log_out_tell_repeated(struct kzgops__log_out *out, bool all);
bool kzgops__log_out_has_untold(struct kzgops__log_out *out);

/* Opens the file anew and says so; false when it has to be tried again. */
bool kzgops__log_out_reopen(struct kzgops__log_out *out);

#endif
