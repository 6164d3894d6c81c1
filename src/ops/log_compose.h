/* A line of the log as bytes: JSON, logfmt, text, or a datagram of journald's protocol. */
#ifndef OPS_LOG_COMPOSE_H
#define OPS_LOG_COMPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/log.h"

#define KZGOPS__LOG_NAME_MAX 32

struct kzgops__log_line {
    char text[KZGOPS_LOG_LINE_MAX];
    size_t used;
    size_t limit; /* what may be used now; room for the line's end is kept back, so a cut line is still whole */
    bool cut;     /* what is being put did not fit */
    bool lost;    /* some field did not fit */
};

struct kzgops__log_event {
    kzgops_log_level level;
    const char *name;
    int64_t realtime_ns;
    const kzgops_field *fields;
    size_t n;
};

/* Writes the event to *line, with its end. format is not AUTO. program names the program for journald. */
void kzgops__log_compose(struct kzgops__log_line *line, kzgops_log_format format, const char *program,
                         const struct kzgops__log_event *event);

#endif
