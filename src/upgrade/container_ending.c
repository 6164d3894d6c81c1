#include "upgrade/container_ending.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EXIT_SIGNALS 128
#define KILLED       (EXIT_SIGNALS + 9)
#define RECORD_MAX   8192 /* the kernel's longest */

enum kill { KILL_FOR_MEMORY, KILL_NOT_FOUND, KILL_UNKNOWN };

/* The kernel names the group of a process that it kills for memory, and the runtimes name the group after the
 * container's id:  oom-kill:constraint=CONSTRAINT_MEMCG,...,task_memcg=/.../ID,task=kzgd,... */
static bool is_kill(char *record, const char *id) {
    char *save = NULL;
    for (char *line = strtok_r(record, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        const char *group = strstr(line, "oom-kill:") == NULL ? NULL : strstr(line, "task_memcg=");
        if (group == NULL) continue;
        const char *found = strstr(group, id), *end = strchr(group, ',');
        if (found != NULL && (end == NULL || found < end)) return true;
    }
    return false;
}

/* /dev/kmsg gives a record a read, and EAGAIN behind the last one; some have more lines. */
static enum kill find_kill(const char *kernel_log, const char *id) {
    char record[RECORD_MAX + 1];
    enum kill found = KILL_NOT_FOUND;
    int fd = open(kernel_log, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return KILL_UNKNOWN;
    while (found == KILL_NOT_FOUND) {
        ssize_t n = read(fd, record, RECORD_MAX);
        if (n < 0 && (errno == EPIPE || errno == EINTR)) continue; /* what we were to read was overwritten */
        if (n < 0 && errno != EAGAIN) found = KILL_UNKNOWN;
        if (n <= 0) break;
        record[n] = '\0';
        if (is_kill(record, id)) found = KILL_FOR_MEMORY;
    }
    close(fd);
    return found;
}

void container_ending(const struct container *container, const char *kernel_log, char *out, size_t size) {
    int code = container->exit_code;
    char limit[64] = "without a limit of its own";
    if (container->memory_limit > 0)
        snprintf(limit, sizeof limit, "its limit was %.0f MiB", (double)container->memory_limit / 1048576);
    if (container->error[0] != '\0') {
        snprintf(out, size, "it could not be run: %s", container->error);
    } else if (code > EXIT_SIGNALS && code != KILLED) {
        snprintf(out, size, "exit status %d, which stands for signal %d", code, code - EXIT_SIGNALS);
    } else if (code != KILLED) {
        snprintf(out, size, "exit status %d", code);
    } else {
        switch (find_kill(kernel_log, container->id)) {
        case KILL_FOR_MEMORY:
            snprintf(out, size, "exit status 137: killed for memory, by the kernel's log; %s", limit);
            break;
        case KILL_NOT_FOUND:
            snprintf(out, size,
                     "exit status 137: killed by SIGKILL, and the kernel's log knows of no kill for memory; %s",
                     limit);
            break;
        case KILL_UNKNOWN:
            snprintf(out, size,
                     "exit status 137: killed by SIGKILL, perhaps for memory (the kernel's log cannot be read); %s",
                     limit);
            break;
        }
    }
}
