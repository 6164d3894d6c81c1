#include "service/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG         1024
#define INHERITED_FIRST 3
#define INHERITED_MOST  16

static bool complain(const char *source, const char *address, const char *why) {
    fprintf(stderr, "kzgd: %s: '%s' %s\n", source, address, why);
    return false;
}

/* The address that a bound socket has, in the form that --listen takes. */
static bool describe(int fd, char *out, size_t size) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    char host[64], port[8];
    if (getsockname(fd, (struct sockaddr *)&address, &length) != 0) return false;
    if (address.ss_family == AF_UNIX) {
        const struct sockaddr_un *un = (const struct sockaddr_un *)&address;
        snprintf(out, size, "unix:%.*s", (int)sizeof un->sun_path, un->sun_path);
        return true;
    }
    if (getnameinfo((struct sockaddr *)&address, length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return false;
    }
    snprintf(out, size, address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    return true;
}

/* ---- Unix sockets -------------------------------------------------------------------------------------------- */

/* A socket file that nobody listens on is left over from a process that is gone. */
static bool stale(const struct sockaddr_un *address) {
    struct stat status;
    if (lstat(address->sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    bool refused = connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 && errno == ECONNREFUSED;
    close(fd);
    return refused;
}

static bool check_unix(const char *source, const char *text, const char *path) {
    if (path[0] != '/') return complain(source, text, "must be unix: and an absolute path");
    if (strlen(path) >= sizeof((struct sockaddr_un *)NULL)->sun_path) {
        return complain(source, text, "is a longer path than a socket can have");
    }
    return true;
}

static bool open_unix(struct listener *listener, const char *source, const char *text, const char *path,
                      bool only_owner) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat status;
    if (!check_unix(source, text, path)) return false;
    memcpy(address.sun_path, path, strlen(path) + 1);
    listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->fd < 0) return complain(source, text, strerror(errno));
    if (stale(&address)) unlink(path);
    /* The file gets the socket's mode when it is bound. */
    if ((only_owner && fchmod(listener->fd, S_IRUSR | S_IWUSR) != 0) ||
        bind(listener->fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener->fd, BACKLOG) != 0 || lstat(path, &status) != 0) {
        complain(source, text, strerror(errno));
        close(listener->fd);
        return false;
    }
    memcpy(listener->unix_path, path, strlen(path) + 1);
    listener->unix_device = status.st_dev;
    listener->unix_inode = status.st_ino;
    return describe(listener->fd, listener->address, sizeof listener->address);
}

/* ---- TCP ----------------------------------------------------------------------------------------------------- */

/* Splits host:port or [v6]:port. */
static bool split(const char *text, char *host, size_t host_size, char *port, size_t port_size) {
    const char *start = text, *end, *colon;
    if (text[0] == '[') {
        start = text + 1;
        end = strchr(start, ']');
        if (end == NULL || end[1] != ':') return false;
        colon = end + 1;
    } else {
        end = colon = strchr(text, ':');
        if (colon == NULL || strchr(colon + 1, ':') != NULL) return false;
    }
    size_t digits = strlen(colon + 1);
    if ((size_t)(end - start) >= host_size || digits == 0 || digits >= port_size || digits > 5) return false;
    if (strspn(colon + 1, "0123456789") != digits || strtoul(colon + 1, NULL, 10) > 65535) return false;
    memcpy(host, start, (size_t)(end - start));
    host[end - start] = '\0';
    memcpy(port, colon + 1, digits + 1);
    return true;
}

static int bind_one(const struct addrinfo *info, bool shared) {
    int yes = 1;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (shared) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    if (info->ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0) return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static bool open_tcp(struct listener *listener, const char *source, const char *text, bool shared) {
    char host[256], port[8];
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    if (!split(text, host, sizeof host, port, sizeof port)) {
        return complain(source, text, "is not host:port, [v6]:port or unix:/path");
    }
    int error = getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints, &found);
    if (error != 0) return complain(source, text, gai_strerror(error));
    listener->fd = bind_one(found, shared);
    if (listener->fd < 0) complain(source, text, strerror(errno));
    freeaddrinfo(found);
    return listener->fd >= 0 && describe(listener->fd, listener->address, sizeof listener->address);
}

bool listen_open(struct listener *ret_listener, const char *source, const char *address) {
    *ret_listener = (struct listener){.fd = -1};
    if (strncmp(address, "unix:", 5) == 0) return open_unix(ret_listener, source, address, address + 5, false);
    return open_tcp(ret_listener, source, address, false);
}

bool listen_open_shared(struct listener *ret_listener, const char *source, const char *address) {
    *ret_listener = (struct listener){.fd = -1};
    return listen_check_shared(source, address) && open_tcp(ret_listener, source, address, true);
}

bool listen_open_private(struct listener *ret_listener, const char *path) {
    *ret_listener = (struct listener){.fd = -1};
    return open_unix(ret_listener, "--control", path, path, true);
}

bool listen_check(const char *source, const char *address) {
    char host[256], port[8];
    if (strncmp(address, "unix:", 5) == 0) return check_unix(source, address, address + 5);
    return split(address, host, sizeof host, port, sizeof port) ||
           complain(source, address, "is not host:port, [v6]:port or unix:/path");
}

bool listen_check_shared(const char *source, const char *address) {
    char host[256], port[8];
    bool good = split(address, host, sizeof host, port, sizeof port) && strtoul(port, NULL, 10) != 0;
    return good || complain(source, address, "is not host:port or [v6]:port with a port that is not 0");
}

/* ---- Inherited ----------------------------------------------------------------------------------------------- */

bool listen_adopt(struct listener *listener, int fd) {
    int type = 0, accepting = 0;
    socklen_t length = sizeof type;
    *listener = (struct listener){.fd = fd};
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_STREAM ||
        (length = sizeof accepting, getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &length)) != 0 ||
        !accepting) {
        fprintf(stderr, "kzgd: inherited descriptor %d is not a listening stream socket\n", fd);
        return false;
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return describe(fd, listener->address, sizeof listener->address);
}

static void name_at(const char *names, int position, char *out, size_t size) {
    while (names != NULL && position > 0) {
        names = strchr(names, ':');
        if (names != NULL) names++;
        position--;
    }
    snprintf(out, size, "%.*s", names == NULL ? 0 : (int)strcspn(names, ":"), names == NULL ? "" : names);
}

bool listen_inherit(struct listener *ret_api, bool *ret_api_given, struct listener *ret_admin,
                    bool *ret_admin_given) {
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS"), *names = getenv("LISTEN_FDNAMES");
    *ret_api_given = *ret_admin_given = false;
    if (pid == NULL || count == NULL || strtol(pid, NULL, 10) != (long)getpid()) return true;
    long n = strtol(count, NULL, 10);
    if (n < 1 || n > INHERITED_MOST) {
        fprintf(stderr, "kzgd: LISTEN_FDS is '%s': from 1 to %d sockets can be inherited\n", count, INHERITED_MOST);
        return false;
    }
    for (int i = 0; i < n; i++) {
        char name[32];
        name_at(names, i, name, sizeof name);
        bool admin = strcmp(name, "admin") == 0 || (strcmp(name, "api") != 0 && *ret_api_given);
        bool *given = admin ? ret_admin_given : ret_api_given;
        if (*given) {
            fprintf(stderr, "kzgd: inherited descriptor %d: there is one for %s already\n", INHERITED_FIRST + i,
                    admin ? "admin" : "api");
            return false;
        }
        if (!listen_adopt(admin ? ret_admin : ret_api, INHERITED_FIRST + i)) return false;
        *given = true;
    }
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return true;
}

void listen_own_file(struct listener *listener, bool own) {
    struct stat status;
    listener->unix_path[0] = '\0';
    if (!own || strncmp(listener->address, "unix:/", 6) != 0 || lstat(listener->address + 5, &status) != 0) return;
    snprintf(listener->unix_path, sizeof listener->unix_path, "%s", listener->address + 5);
    listener->unix_device = status.st_dev;
    listener->unix_inode = status.st_ino;
}

void listen_close(struct listener *listener) {
    struct stat status;
    if (listener->fd < 0) return;
    if (listener->unix_path[0] != '\0' && lstat(listener->unix_path, &status) == 0 &&
        status.st_dev == listener->unix_device && status.st_ino == listener->unix_inode) {
        unlink(listener->unix_path);
    }
    close(listener->fd);
    __atomic_store_n(&listener->fd, -1, __ATOMIC_RELAXED); /* health looks at it from another thread */
}
