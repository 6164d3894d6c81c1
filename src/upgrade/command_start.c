/* Programs that go on after they were started, and processes in general. */
#include "upgrade/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "upgrade/command_child.h"

#define LOOK_MS  20
#define STAT_MAX 1024

int command_start(const struct command_background *background, pid_t *ret_pid) {
    struct command_child child = {.argv = background->argv,
                                  .environment = background->environment,
                                  .keep_fds = background->keep_fds,
                                  .keep_fd_count = background->keep_fd_count,
                                  .folder = background->folder,
                                  .own_group = true,
                                  .own_session = !background->dies_with_us,
                                  .dies_with_us = background->dies_with_us};
    *ret_pid = -1;
    const char *log = background->log_file == NULL ? "/dev/null" : background->log_file;
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int out = in < 0 ? -1 : open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int error = out < 0 ? errno : 0;
    if (error == 0) {
        child.fds[0] = in;
        child.fds[1] = child.fds[2] = out;
        error = command_child_start(&child, ret_pid);
    }
    if (in >= 0) close(in);
    if (out >= 0) close(out);
    return error;
}

/* State letter and start time from /proc/<pid>/stat: behind the last ')', since a program's name may hold anything.
 */
static bool read_stat(pid_t pid, char *ret_state, uint64_t *ret_birth) {
    char path[64], text[STAT_MAX];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0) return false;
    text[n] = '\0';
    const char *at = strrchr(text, ')');
    if (at == NULL || at[1] != ' ') return false;
    *ret_state = at[2];
    at += 1;
    for (int field = 3; field < 22 && at != NULL; field++) at = strchr(at + 1, ' ');
    if (at == NULL) return false;
    *ret_birth = strtoull(at + 1, NULL, 10);
    return true;
}

uint64_t command_birth(pid_t pid) {
    char state;
    uint64_t birth = 0;
    if (pid <= 0 || !read_stat(pid, &state, &birth) || state == 'Z' || state == 'X') return 0;
    return birth;
}

bool command_ended(pid_t pid, int *ret_wait_status) {
    int status = -1;
    pid_t got = waitpid(pid, &status, WNOHANG);
    if (got == pid) {
        *ret_wait_status = status;
        return true;
    }
    if (got == 0) return false; /* a child of ours; that it is gone is told by waitpid alone */
    if (command_birth(pid) != 0) return false;
    *ret_wait_status = -1;
    return true;
}

/* Looks again and again: a process that is no child can be waited for in no other way that old kernels have. */
static bool ends_within(pid_t pid, int64_t ms) {
    int64_t until_ms = command_now_ms() + ms;
    int status;
    while (!command_ended(pid, &status)) {
        if (command_now_ms() >= until_ms) return false;
        (void)poll(NULL, 0, LOOK_MS);
    }
    return true;
}

void command_stop(pid_t pid, int64_t grace_ms) {
    if (pid <= 0 || kill(pid, SIGTERM) != 0) {
        int status;
        if (pid > 0) (void)command_ended(pid, &status);
        return;
    }
    if (ends_within(pid, grace_ms)) return;
    (void)kill(pid, SIGKILL);
    (void)ends_within(pid, COMMAND_KILL_MS);
}

void command_child_kill_group(pid_t pid, int64_t grace_ms) {
    (void)kill(-pid, SIGTERM);
    if (!ends_within(pid, grace_ms)) {
        (void)kill(-pid, SIGKILL);
        (void)ends_within(pid, COMMAND_KILL_MS);
    }
    (void)kill(-pid, SIGKILL); /* what it left behind in its group */
}
