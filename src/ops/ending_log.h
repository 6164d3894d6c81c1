/* The kernel's log: what it says about processes that it killed for memory, or that faulted without a handler. */
#ifndef OPS_ENDING_LOG_H
#define OPS_ENDING_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_kind {
    LOG_OTHER,  /* only the time is known */
    LOG_INTENT, /* "Kill process": before Linux 5.3, where a child might be taken instead */
    LOG_KILLED, /* "Killed process" */
    LOG_CHOSEN, /* "oom-kill:constraint=...": since Linux 4.20, before the one above */
    LOG_FAULT   /* "segfault at", "general protection", "invalid opcode", "divide error" */
};

struct log_line {
    enum log_kind kind;
    bool has_time;
    int64_t when_ns; /* since the boot */
    uint64_t pid;    /* as the machine's first process would see it */
    char name[16];
    bool of_group;     /* the control group's memory ran out, not the machine's */
    char group[256];   /* LOG_CHOSEN: of the process; "" otherwise */
    const char *fault; /* LOG_FAULT: the signal */
    const char *text;  /* the message alone, in the line */
};

/* One line, as /dev/kmsg, dmesg, journalctl or a syslog have it. What programs wrote to /dev/kmsg is LOG_OTHER. */
void kzgops__log_parse(const char *line, struct log_line *ret);

struct log_reading {
    const char *error; /* NULL, or why nothing was read */
    int error_number;
    uint64_t lines;
    bool has_oldest;
    int64_t oldest_ns; /* of the lines with a time */
};

/* All lines of a file, or all that the kernel still has. each() gets those that are not LOG_OTHER. */
void kzgops__log_read(const char *path, void (*each)(void *user, const struct log_line *line), void *user,
                      struct log_reading *ret);

#endif
