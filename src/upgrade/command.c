/* One program, from start to end. What is shared with programs that go on is in command_child.h. */
#include "upgrade/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "upgrade/command_child.h"

#define READ_BYTES   ((size_t)16384)
#define POLL_STEP_MS 50

int64_t command_now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool command_find(const char *name, char *out, size_t size) {
    const char *path = getenv("PATH");
    if (name[0] == '\0') return false;
    if (strchr(name, '/') != NULL) {
        int length = snprintf(out, size, "%s", name);
        return length > 0 && (size_t)length < size && access(out, X_OK) == 0;
    }
    if (path == NULL) path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    for (const char *at = path; at != NULL; at = strchr(at, ':')) {
        if (*at == ':') at++;
        size_t length = strcspn(at, ":");
        if (length == 0 || at[0] != '/') continue; /* what a name means must not depend on where we stand */
        int written = snprintf(out, size, "%.*s/%s", (int)length, at, name);
        if (written > 0 && (size_t)written < size && access(out, X_OK) == 0) return true;
    }
    return false;
}

void command_text(const char *const *argv, char *out, size_t size) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-";
    size_t used = 0;
    if (size == 0) return;
    out[0] = '\0';
    for (size_t i = 0; argv[i] != NULL && used + 1 < size; i++) {
        bool bare = argv[i][0] != '\0' && argv[i][strspn(argv[i], plain)] == '\0';
        int n = snprintf(out + used, size - used, "%s%s", i > 0 ? " " : "", bare ? argv[i] : "'");
        used += n > 0 ? (size_t)n : 0;
        if (bare) continue;
        for (const char *at = argv[i]; *at != '\0' && used + 1 < size; at++) {
            n = *at == '\'' ? snprintf(out + used, size - used, "'\\''")
                            : snprintf(out + used, size - used, "%c", *at);
            used += n > 0 ? (size_t)n : 0;
        }
        if (used + 1 < size) used += (size_t)snprintf(out + used, size - used, "'");
    }
}

/* ---- Output ---------------------------------------------------------------------------------------------------- */

struct running {
    const struct command *command;
    struct command_result *result;
    size_t output_max, capacity;
    size_t error_length;
    const char *input; /* what is still to be written */
    int in, out, err;  /* our ends; -1: closed */
    pid_t pid;
};

static void close_end(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

/* Keeps the beginning. False without memory. */
static bool keep_output(struct running *running, const char *data, size_t length) {
    struct command_result *result = running->result;
    size_t room = running->output_max - result->output_length;
    if (length > room) {
        result->output_cut = true;
        length = room;
    }
    if (result->output_length + length + 1 > running->capacity) {
        size_t capacity = 2 * (result->output_length + length + 1);
        char *grown = realloc(result->output, capacity);
        if (grown == NULL) return false;
        result->output = grown;
        running->capacity = capacity;
    }
    memcpy(result->output + result->output_length, data, length);
    result->output_length += length;
    result->output[result->output_length] = '\0';
    return true;
}

/* Keeps the end. */
static void keep_error(struct running *running, const char *data, size_t length) {
    char *error = running->result->error;
    if (length > COMMAND_ERROR_MAX) {
        data += length - COMMAND_ERROR_MAX;
        length = COMMAND_ERROR_MAX;
    }
    size_t stays = COMMAND_ERROR_MAX - length;
    if (running->error_length < stays) stays = running->error_length;
    memmove(error, error + running->error_length - stays, stays);
    memcpy(error + stays, data, length);
    running->error_length = stays + length;
    error[running->error_length] = '\0';
}

static bool take(struct running *running, int *fd) {
    char data[READ_BYTES];
    ssize_t n = read(*fd, data, sizeof data);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (n <= 0) {
        close_end(fd);
        return true;
    }
    if (fd == &running->err) {
        keep_error(running, data, (size_t)n);
        return true;
    }
    return keep_output(running, data, (size_t)n);
}

/* Writing to a program that reads no more must not end us, whatever this process does with SIGPIPE. */
static ssize_t write_quietly(int fd, const char *text, size_t length) {
    struct timespec none = {0};
    sigset_t pipe_signal, before, pending;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    ssize_t n = write(fd, text, length);
    int error = errno;
    if (n < 0 && error == EPIPE && sigismember(&pending, SIGPIPE) == 0) (void)sigtimedwait(&pipe_signal, NULL, &none);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return n;
}

static void give(struct running *running) {
    size_t length = strlen(running->input);
    ssize_t n = length == 0 ? 0 : write_quietly(running->in, running->input, length);
    if (n > 0) running->input += n;
    bool later = n < 0 && (errno == EINTR || errno == EAGAIN);
    if (!later && (n < 0 || *running->input == '\0'))
        close_end(&running->in); /* it does not want the rest: its choice */
}

/* Until the program has ended, the deadline has come, or there is no memory. What it left running in the background
 * may hold the pipes: after its own end only what is there already is read. */
static bool pump(struct running *running, int *ret_wait_status) {
    bool ended = false; /* asked until it has: a child's end is told once */
    while (true) {
        ended = ended || command_ended(running->pid, ret_wait_status);
        struct pollfd fds[] = {{running->out, POLLIN, 0}, {running->err, POLLIN, 0}, {running->in, POLLOUT, 0}};
        int n = poll(fds, 3, ended ? 0 : POLL_STEP_MS);
        if (n > 0 && fds[0].revents != 0 && !take(running, &running->out)) return false;
        if (n > 0 && fds[1].revents != 0 && !take(running, &running->err)) return false;
        if (n > 0 && fds[2].revents != 0) give(running);
        if (ended && n <= 0) return true;
        if (command_now_ms() >= running->command->deadline_ms) {
            if (!ended) running->result->end = COMMAND_TIMED_OUT;
            return true;
        }
    }
}

static void set_end(struct command_result *result, int wait_status) {
    if (WIFEXITED(wait_status)) {
        result->end = COMMAND_EXITED;
        result->status = WEXITSTATUS(wait_status);
    } else {
        result->end = COMMAND_SIGNALED;
        result->signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
    }
}

static bool open_pipes(struct running *running, struct command_child *child, int ends[3][2]) {
    for (int i = 0; i < 3; i++)
        if (pipe2(ends[i], O_CLOEXEC) != 0) return false;
    child->fds[0] = ends[0][0];
    child->fds[1] = ends[1][1];
    child->fds[2] = ends[2][1];
    running->in = ends[0][1];
    running->out = ends[1][0];
    running->err = ends[2][0];
    return fcntl(running->in, F_SETFL, O_NONBLOCK) == 0 && fcntl(running->out, F_SETFL, O_NONBLOCK) == 0 &&
           fcntl(running->err, F_SETFL, O_NONBLOCK) == 0;
}

bool command_run(const struct command *command, struct command_result *ret_result) {
    struct command_child child = {.argv = command->argv, .environment = command->environment, .own_group = true};
    struct running running = {.command = command,
                              .result = ret_result,
                              .input = command->input == NULL ? "" : command->input,
                              .output_max = command->output_max == 0 ? COMMAND_OUTPUT_MAX : command->output_max,
                              .in = -1,
                              .out = -1,
                              .err = -1};
    int ends[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}}, wait_status = 0;
    int64_t begin_ms = command_now_ms();
    *ret_result = (struct command_result){.end = COMMAND_FAILED, .status = -1, .output = calloc(1, 1)};
    bool good = ret_result->output != NULL && open_pipes(&running, &child, ends);
    int error = good ? command_child_start(&child, &running.pid) : errno;
    for (int i = 0; i < 3; i++) close_end(&ends[i][i == 0 ? 0 : 1]);
    if (error == 0) {
        good = pump(&running, &wait_status);
        if (!good) ret_result->error_number = ENOMEM;
        if (!good || ret_result->end == COMMAND_TIMED_OUT)
            command_child_kill_group(running.pid, COMMAND_KILL_MS);
        else
            set_end(ret_result, wait_status);
    } else {
        ret_result->error_number = error;
        if (error == ENOENT || error == EACCES || error == ENOEXEC || error == ENOTDIR)
            ret_result->end = COMMAND_NOT_FOUND;
    }
    /* Read ends were ours alone; when open_pipes broke off, they are still in ends. */
    for (int i = 0; i < 3; i++) close_end(&ends[i][i == 0 ? 1 : 0]);
    ret_result->took_ms = command_now_ms() - begin_ms;
    return ret_result->end == COMMAND_EXITED && ret_result->status == 0;
}

void command_result_free(struct command_result *result) {
    free(result->output);
    *result = (struct command_result){0};
}

/* ---- Within a driver's call ------------------------------------------------------------------------------------ */

static void describe_end(const struct command_result *result, char *out, size_t size) {
    double seconds = (double)result->took_ms / 1000;
    switch (result->end) {
    case COMMAND_EXITED: snprintf(out, size, "exit status %d after %.1f s", result->status, seconds); break;
    case COMMAND_SIGNALED:
        snprintf(out, size, "killed by signal %d (%s)", result->signal, strsignal(result->signal));
        break;
    case COMMAND_TIMED_OUT: snprintf(out, size, "no end within %.1f s", seconds); break;
    case COMMAND_NOT_FOUND: snprintf(out, size, "cannot be run: %s", strerror(result->error_number)); break;
    case COMMAND_FAILED: snprintf(out, size, "could not be started: %s", strerror(result->error_number)); break;
    }
}

enum upgrade_status command_run_for(struct upgrade_call *call, const char *code, const char *const *argv,
                                    int64_t timeout_ms, struct command_result *ret_result) {
    struct command command = {.argv = argv, .deadline_ms = call->deadline_ms};
    char text[360], end[128];
    int64_t sooner_ms = command_now_ms() + timeout_ms;
    if (timeout_ms > 0 && sooner_ms < command.deadline_ms) command.deadline_ms = sooner_ms;
    if (command_run(&command, ret_result)) return UPGRADE_OK;
    command_text(argv, text, sizeof text);
    describe_end(ret_result, end, sizeof end);
    bool first = call->failure->code[0] == '\0';
    enum upgrade_status status = ret_result->end == COMMAND_TIMED_OUT ? upgrade_timed_out(call, "%s: %s", text, end)
                                                                      : upgrade_fail(call, code, "%s: %s", text, end);
    bool silent = ret_result->error[0] == '\0' && ret_result->output != NULL;
    if (first) upgrade_fail_output(call, silent ? ret_result->output : ret_result->error);
    return status;
}
