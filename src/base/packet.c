#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* struct ucred, MSG_CMSG_CLOEXEC */
#endif
#include "base/packet.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 16

union control_bytes {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(PACKET_FDS_MAX * sizeof(int))];
};

/* 0 or an errno. */
static int address_of(const char *path, struct sockaddr_un *ret) {
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof ret->sun_path) return ENAMETOOLONG;
    memcpy(ret->sun_path, path, strlen(path) + 1);
    return 0;
}

static int closed(int fd, int error) {
    close(fd);
    return -error;
}

static void remove_stale(const char *path) {
    struct stat status;
    if (lstat(path, &status) != 0 || !S_ISSOCK(status.st_mode)) return;
    int fd = packet_connect(path, 0);
    if (fd >= 0) close(fd);
    if (fd == -ECONNREFUSED) (void)unlink(path);
}

int packet_listen(const char *path) {
    struct sockaddr_un address;
    int error = address_of(path, &address);
    if (error != 0) return -error;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    remove_stale(path);
    /* The file gets the socket's mode when it is bound: there is no moment when others could connect. */
    if (fchmod(fd, S_IRUSR | S_IWUSR) != 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, BACKLOG) != 0) {
        return closed(fd, errno);
    }
    return fd;
}

int packet_connect(const char *path, int64_t timeout_ms) {
    struct sockaddr_un address;
    struct timeval time = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    int error = address_of(path, &address);
    if (error != 0) return -error;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    if (timeout_ms > 0 && (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) != 0 ||
                           setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time) != 0)) {
        return closed(fd, errno);
    }
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) return closed(fd, errno);
    return fd;
}

bool packet_send(int fd, const char *text, size_t length, const int *fds, size_t fd_count) {
    union control_bytes control = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)text, .iov_len = length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd_count > PACKET_FDS_MAX) {
        errno = EINVAL;
        return false;
    }
    if (fd_count > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(header), fds, fd_count * sizeof(int));
    }
    ssize_t n;
    do n = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)length;
}

/* Descriptors that nobody has room for are closed: nothing is left open by a packet that was not wanted. */
static bool take_fds(struct msghdr *message, int *fds, size_t fds_max, size_t *ret_count) {
    bool fits = (message->msg_flags & MSG_CTRUNC) == 0;
    size_t count = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t n = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
            if (count < fds_max) {
                fds[count++] = fd;
            } else {
                close(fd);
                fits = false;
            }
        }
    }
    *ret_count = count;
    return fits;
}

ssize_t packet_receive(int fd, char *out, size_t size, int *fds, size_t fds_max, size_t *ret_fd_count) {
    union control_bytes control = {0};
    struct iovec part = {.iov_base = out, .iov_len = size - 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control};
    size_t count = 0;
    ssize_t n;
    if (ret_fd_count != NULL) *ret_fd_count = 0;
    do n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0) return -1;
    bool fits = take_fds(&message, fds, fds == NULL ? 0 : fds_max, &count);
    if (!fits || (message.msg_flags & MSG_TRUNC) != 0) {
        for (size_t i = 0; i < count; i++) close(fds[i]);
        errno = EMSGSIZE;
        return -1;
    }
    if (ret_fd_count != NULL) *ret_fd_count = count;
    out[n] = '\0';
    return n;
}

bool packet_peer(int fd, pid_t *ret_pid, uid_t *ret_uid) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return false;
    *ret_pid = peer.pid;
    *ret_uid = peer.uid;
    return true;
}
