/* A child process with exactly the descriptors that it is given. Used by command.c and command_start.c alone. */
#ifndef UPGRADE_COMMAND_CHILD_H
#define UPGRADE_COMMAND_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct command_child {
    const char *const *argv;
    const char *const *environment; /* over ours; may be NULL */
    int fds[3];                     /* become 0, 1, 2 */
    const int *keep_fds;            /* become 3, 4, ... */
    size_t keep_fd_count;
    const char *folder; /* working directory, or NULL */
    bool own_group;
    bool own_session;
    bool dies_with_us;
};

/* 0 and *ret_pid once the program runs, or the errno of what failed, exec included. */
int command_child_start(const struct command_child *child, pid_t *ret_pid);

/* SIGTERM to the child's process group, SIGKILL after grace_ms, and takes the child's end. */
void command_child_kill_group(pid_t pid, int64_t grace_ms);

#endif
