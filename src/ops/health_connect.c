/* Ready-made check: a peer takes connections. Real time is used for its timeout: poll knows no other. */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "ops/health.h"
#include "ops/sources.h"

#define UNIX_BEGIN "unix:"
#define LIMIT_NS   ((int64_t)1000000000)

struct peer {
    const char *peer;
    int64_t timeout_ns;
    bool is_unix;
    struct sockaddr_un path;
    char host[256], port[16];
};

__attribute__((format(printf, 2, 3))) static void fail(kzgops_health_result *ret, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(ret->message, sizeof ret->message, format, args);
    va_end(args);
    ret->state = KZGOPS_HEALTH_FAILED;
}

/* 0, or the errno that the connection ended with. */
static int wait_connected(int fd, int64_t until_ns) {
    struct pollfd wanted = {.fd = fd, .events = POLLOUT};
    for (;;) {
        int64_t left = until_ns - kzgops__monotonic_ns(NULL);
        if (left <= 0) return ETIMEDOUT;
        int n = poll(&wanted, 1, left / 1000000 > 60000 ? 60000 : (int)(left / 1000000) + 1);
        if (n < 0 && errno != EINTR) return errno;
        if (n > 0) break;
    }
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 ? errno : error;
}

static int try_address(int family, const struct sockaddr *address, socklen_t size, int64_t until_ns) {
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    int error = connect(fd, address, size) == 0 ? 0 : errno;
    if (error == EINPROGRESS) error = wait_connected(fd, until_ns);
    close(fd);
    return error;
}

static int try_host(const struct peer *peer, int64_t until_ns, kzgops_health_result *ret) {
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;
    int resolved = getaddrinfo(peer->host, peer->port, &hints, &list);
    if (resolved != 0) {
        fail(ret, "cannot resolve %s: %s", peer->peer, gai_strerror(resolved));
        return -1;
    }
    int error = EADDRNOTAVAIL;
    for (const struct addrinfo *a = list; a != NULL && error != 0; a = a->ai_next) {
        error = try_address(a->ai_family, a->ai_addr, a->ai_addrlen, until_ns);
    }
    freeaddrinfo(list);
    return error;
}

static void check_peer(void *user, kzgops_health_result *ret) {
    const struct peer *peer = user;
    int64_t begin = kzgops__monotonic_ns(NULL), until = begin + peer->timeout_ns;
    const struct sockaddr *path = (const void *)&peer->path;
    int error = peer->is_unix ? try_address(AF_UNIX, path, sizeof peer->path, until) : try_host(peer, until, ret);
    if (error > 0) {
        char reason[64];
        fail(ret, "cannot connect to %s: %s", peer->peer, strerror_r(error, reason, sizeof reason));
    }
    if (error != 0) return;
    snprintf(ret->message, sizeof ret->message, "%s takes connections", peer->peer);
    ret->has_value = ret->has_limit = true;
    ret->value = (double)(kzgops__monotonic_ns(NULL) - begin) / 1e6;
    ret->limit = (double)peer->timeout_ns / 1e6;
    snprintf(ret->unit, sizeof ret->unit, "ms");
}

static const char *parse_unix(struct peer *peer, const char *path) {
    if (path[0] == '\0') return "a peer on a unix socket needs a path";
    if (strlen(path) >= sizeof peer->path.sun_path) return "the path of the unix socket is too long";
    peer->is_unix = true;
    peer->path.sun_family = AF_UNIX;
    memcpy(peer->path.sun_path, path, strlen(path) + 1);
    return NULL;
}

static const char *parse_host(struct peer *peer, const char *text) {
    const char *colon = strrchr(text, ':');
    size_t length = colon != NULL ? (size_t)(colon - text) : 0;
    if (length == 0 || colon[1] == '\0') return "a peer is host:port, [v6]:port or unix:/path";
    if (text[0] == '[' && length > 2 && text[length - 1] == ']') {
        text++;
        length -= 2;
    } else if (memchr(text, ':', length) != NULL || memchr(text, '[', length) != NULL) {
        return "a peer's IPv6 address stands in brackets";
    }
    if (length >= sizeof peer->host || strlen(colon + 1) >= sizeof peer->port) return "the peer's name is too long";
    memcpy(peer->host, text, length);
    memcpy(peer->port, colon + 1, strlen(colon + 1) + 1);
    return NULL;
}

const char *kzgops_health_add_connect(kzgops_health *health, const kzgops_health_check *check, const char *peer,
                                      int64_t timeout_ns) {
    struct peer state = {.peer = peer, .timeout_ns = timeout_ns};
    if (peer == NULL) return "a peer is host:port, [v6]:port or unix:/path";
    if (timeout_ns < 0) return "a timeout is not below 0";
    bool is_unix = strncmp(peer, UNIX_BEGIN, strlen(UNIX_BEGIN)) == 0;
    const char *error = is_unix ? parse_unix(&state, peer + strlen(UNIX_BEGIN)) : parse_host(&state, peer);
    if (error != NULL) return error;
    if (state.timeout_ns == 0) state.timeout_ns = (check->limit_ns > 0 ? check->limit_ns : LIMIT_NS) / 2;
    kzgops_health_check full = *check;
    full.run = check_peer;
    return kzgops__health_add_owned(health, &full, &state, sizeof state);
}
