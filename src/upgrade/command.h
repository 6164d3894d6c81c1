/* Runs other programs: an argument vector, never a shell; a deadline; output captured and bounded.
 *
 * The child gets an empty standard input (or the one given), the parent's environment with the given variables put
 * over it, no descriptors but 0, 1 and 2, default signal dispositions and an own process group, which a deadline
 * kills as a whole (SIGTERM, then SIGKILL after COMMAND_KILL_MS). */
#ifndef UPGRADE_COMMAND_H
#define UPGRADE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "upgrade/driver.h"

#define COMMAND_OUTPUT_MAX ((size_t)1 << 20) /* of standard output that is kept, by default */
#define COMMAND_ERROR_MAX  ((size_t)4096)    /* of standard error: its end */
#define COMMAND_KILL_MS    2000

struct command {
    const char *const *argv;        /* NULL-ended; argv[0] is found in PATH unless it has a '/' */
    const char *const *environment; /* "NAME=value", NULL-ended; NULL: nothing more than ours */
    const char *input;              /* standard input; NULL: empty */
    size_t output_max;              /* 0: COMMAND_OUTPUT_MAX */
    int64_t deadline_ms;            /* of command_now_ms() */
};

enum command_end {
    COMMAND_EXITED,    /* status */
    COMMAND_SIGNALED,  /* signal */
    COMMAND_TIMED_OUT, /* killed at the deadline */
    COMMAND_NOT_FOUND, /* no such program, or not executable: error_number */
    COMMAND_FAILED,    /* no pipe, process or memory: error_number */
};

/* Needs command_result_free, whatever happened. */
struct command_result {
    enum command_end end;
    int status; /* COMMAND_EXITED: exit status, else -1 */
    int signal;
    int error_number;
    int64_t took_ms;
    char *output; /* standard output from its beginning, NUL-ended, never NULL after command_run unless COMMAND_FAILED
                   */
    size_t output_length;
    bool output_cut;                   /* there was more than output_max: do not parse it */
    char error[COMMAND_ERROR_MAX + 1]; /* end of standard error */
};

int64_t command_now_ms(void); /* CLOCK_MONOTONIC */

/* True when the program ran and ended with exit status 0. */
UPGRADE_MUST_USE bool command_run(const struct command *command, struct command_result *ret_result);
void command_result_free(struct command_result *result);

/* The same within a driver's call, to its deadline (or timeout_ms from now, when that is sooner; 0: the deadline
 * alone): anything but exit status 0 fills call->failure with code, the command as it was typed, how it ended and
 * what it wrote. */
UPGRADE_MUST_USE enum upgrade_status command_run_for(struct upgrade_call *call, const char *code,
                                                     const char *const *argv, int64_t timeout_ms,
                                                     struct command_result *ret_result);

/* Is there such a program? Absolute path into out. */
UPGRADE_MUST_USE bool command_find(const char *name, char *out, size_t size);

/* A vector as a person types it: words quoted for a POSIX shell where they need it. For messages only. */
void command_text(const char *const *argv, char *out, size_t size);

/* ---- Programs that go on -------------------------------------------------------------------------------------- */

struct command_background {
    const char *const *argv;
    const char *const *environment;
    const char *log_file; /* standard output and error are appended to it (mode 0600); NULL: /dev/null */
    const char *folder;   /* working directory; NULL: ours */
    bool dies_with_us;    /* killed when this process ends (a port-forward), else an own session that outlives us */
    const int *keep_fds;  /* become 3, 4, ... in the child, in this order; LISTEN_FDS is the caller's affair */
    size_t keep_fd_count;
};

/* 0 and *ret_pid, or an errno (ENOENT: no such program). The child is ours to wait for as long as we live:
 * command_ended does that. */
UPGRADE_MUST_USE int command_start(const struct command_background *background, pid_t *ret_pid);

/* Has a child of ours ended? Its wait status then. A process that is no child of ours: false with *ret_wait_status
 * untouched while it exists, true with -1 when it does not. */
bool command_ended(pid_t pid, int *ret_wait_status);

/* SIGTERM to the process, SIGKILL after grace_ms; waits until it has ended. For children and others. pid 0 or less
 * does nothing. */
void command_stop(pid_t pid, int64_t grace_ms);

/* When a process was started, in clock ticks after boot (field 22 of its stat), 0 when there is none: with the pid it
 * names one process for good, so that a pid that was given again is not mistaken for the old one. */
uint64_t command_birth(pid_t pid);

#endif
