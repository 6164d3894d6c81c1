#include "ops/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "kzgops/log.h"

#define RETRY_NS ((int64_t)KZGOPS_LOG_RETRY_MS * 1000000)

static void broken(struct kzgops__log_sink *sink, int error, int64_t now_ns) {
    if (!sink->failing) sink->told = false;
    sink->failing = true;
    sink->error = error;
    sink->until_ns = now_ns + RETRY_NS;
}

/* ---- Opening ------------------------------------------------------------------------------------------------- */

/* Without waiting: a FIFO without a reader is a failure. */
static int open_file(const char *path) {
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
}

static int open_journal(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static void use(struct kzgops__log_sink *sink, int fd) {
    struct stat info;
    bool known = fstat(fd, &info) == 0;
    sink->fd = fd;
    sink->socket = known && S_ISSOCK(info.st_mode);
    if (known && S_ISREG(info.st_mode) && info.st_size == 0) sink->torn = false;
}

/* Replaces what is open; on failure nothing changes and errno says why. */
static bool reopen(struct kzgops__log_sink *sink) {
    int fd = sink->kind == KZGOPS__LOG_TO_FILE ? open_file(sink->path) : open_journal(sink->path);
    if (fd < 0) return false;
    if (sink->fd >= 0) close(sink->fd);
    use(sink, fd);
    return true;
}

void kzgops__log_sink_fd(struct kzgops__log_sink *sink, int fd) {
    if (sink->kind != KZGOPS__LOG_TO_FD && sink->fd >= 0) close(sink->fd);
    *sink = (struct kzgops__log_sink){.kind = KZGOPS__LOG_TO_FD, .given_fd = fd};
    use(sink, fd);
}

void kzgops__log_sink_path(struct kzgops__log_sink *sink, enum kzgops__log_sink_kind kind, const char *path,
                           int64_t now_ns) {
    kzgops__log_sink_fd(sink, sink->given_fd);
    sink->kind = kind;
    sink->path = path;
    sink->fd = -1;
    if (!reopen(sink)) broken(sink, errno, now_ns);
}

bool kzgops__log_sink_reopen(struct kzgops__log_sink *sink) {
    if (sink->kind != KZGOPS__LOG_TO_FILE || reopen(sink)) return true;
    sink->error = errno;
    return false;
}

/* ---- Writing ------------------------------------------------------------------------------------------------- */

/* A pipe that poll() calls writable takes PIPE_BUF bytes without blocking. A file of ours is open without blocking.
 */
static ssize_t write_once(const struct kzgops__log_sink *sink, const char *text, size_t length) {
    struct pollfd room = {.fd = sink->fd, .events = POLLOUT};
    if (sink->socket) return send(sink->fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sink->kind == KZGOPS__LOG_TO_FD && poll(&room, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    return write(sink->fd, text, length);
}

static enum kzgops__log_outcome write_rest(struct kzgops__log_sink *sink, const char *text, size_t length,
                                           size_t *done) {
    while (*done < length) {
        ssize_t n = write_once(sink, text + *done, length - *done);
        if (n > 0) *done += (size_t)n;
        if (n == 0) errno = EIO;
        if (n > 0 || errno == EINTR) continue;
        return errno == EAGAIN || errno == EWOULDBLOCK ? KZGOPS__LOG_BLOCKED : KZGOPS__LOG_BROKEN;
    }
    return KZGOPS__LOG_WRITTEN;
}

/* Whether there is something to write to: a failed file or socket is opened again. */
static bool ready(struct kzgops__log_sink *sink, int64_t now_ns) {
    if (sink->kind == KZGOPS__LOG_TO_FD) return true;
    if (!sink->failing && sink->fd >= 0) return true;
    if (reopen(sink)) return true;
    broken(sink, errno, now_ns);
    return false;
}

enum kzgops__log_outcome kzgops__log_sink_write(struct kzgops__log_sink *sink, const char *text, size_t length,
                                                size_t *done, int64_t now_ns) {
    if (*done == 0) {
        if (sink->failing && now_ns < sink->until_ns) return KZGOPS__LOG_BROKEN;
        if (!ready(sink, now_ns)) return KZGOPS__LOG_BROKEN;
        size_t begun = 0;
        enum kzgops__log_outcome outcome = sink->torn ? write_rest(sink, "\n", 1, &begun) : KZGOPS__LOG_WRITTEN;
        if (outcome == KZGOPS__LOG_BROKEN) broken(sink, errno, now_ns);
        if (outcome != KZGOPS__LOG_WRITTEN) return outcome;
        sink->torn = false;
    }
    enum kzgops__log_outcome outcome = write_rest(sink, text, length, done);
    if (outcome == KZGOPS__LOG_WRITTEN) sink->failing = false;
    if (outcome == KZGOPS__LOG_BROKEN) {
        broken(sink, errno, now_ns);
        kzgops__log_sink_give_up(sink, *done);
    }
    return outcome;
}

void kzgops__log_sink_give_up(struct kzgops__log_sink *sink, size_t done) {
    if (done > 0 && sink->kind != KZGOPS__LOG_TO_JOURNAL) sink->torn = true;
}

bool kzgops__log_sink_tell(struct kzgops__log_sink *sink) {
    bool tell = sink->kind != KZGOPS__LOG_TO_FD && sink->failing && !sink->told;
    if (tell) sink->told = true;
    return tell;
}
