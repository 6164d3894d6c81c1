#include "upgrade/container_proxy.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "upgrade/command.h"

#define UNIX       "unix:"
#define ANSWER_MAX ((size_t)256 << 10) /* of show stat: some 600 bytes a server */
#define EXCHANGE_S 10
#define LOOK_MS    100
#define FORGET_MS  15000
#define FIELDS_MAX 256

bool proxy_is_used(const struct upgrade_call *call) {
    return upgrade_value(call, "proxy")[0] != '\0';
}

/* ---- One exchange -----------------------------------------------------------------------------------------------
 */

static int connect_unix(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) return fd;
    int error = errno;
    if (fd >= 0) close(fd);
    errno = error;
    return -1;
}

/* A connection that is not made within seconds is none: the socket's own time limit. */
static int connect_tcp(const char *text) {
    char host[UPGRADE_ADDRESS_MAX];
    const char *colon = strrchr(text, ':');
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found = NULL;
    const struct timeval most = {.tv_sec = EXCHANGE_S};
    snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
    char *name = host[0] == '[' ? host + 1 : host;
    if (host[0] == '[') host[strlen(host) - 1] = '\0';
    if (getaddrinfo(name, colon + 1, &hints, &found) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
    bool connected = fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) == 0;
    int error = errno;
    freeaddrinfo(found);
    if (connected) return fd;
    if (fd >= 0) close(fd);
    errno = error;
    return -1;
}

/* Everything up to its end, NUL-ended in *ret, to be freed. */
static bool receive(int fd, int64_t deadline_ms, char **ret) {
    char *text = calloc(1, ANSWER_MAX);
    size_t used = 0;
    bool ended = false;
    while (text != NULL && !ended && used < ANSWER_MAX - 1) {
        struct pollfd wait = {fd, POLLIN, 0};
        int64_t left_ms = deadline_ms - command_now_ms();
        if (left_ms <= 0 || poll(&wait, 1, (int)left_ms) <= 0) break;
        ssize_t n = recv(fd, text + used, ANSWER_MAX - 1 - used, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) break;
        ended = n == 0;
        used += (size_t)n;
    }
    *ret = text;
    return ended;
}

static enum upgrade_status ask(struct upgrade_call *call, const char *line, char **ret) {
    const char *address = upgrade_value(call, "proxy");
    int64_t deadline_ms = command_now_ms() + EXCHANGE_S * 1000;
    if (deadline_ms > call->deadline_ms) deadline_ms = call->deadline_ms;
    bool local = strncmp(address, UNIX, strlen(UNIX)) == 0;
    int fd = local ? connect_unix(address + strlen(UNIX)) : connect_tcp(address);
    *ret = NULL;
    if (fd < 0)
        return upgrade_fail(call, "proxy_unreachable", "HAProxy's socket %.120s: %s", address, strerror(errno));
    bool good = send(fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line) && receive(fd, deadline_ms, ret);
    close(fd);
    if (good) return UPGRADE_OK;
    free(*ret);
    *ret = NULL;
    return upgrade_fail(call, "proxy_silent", "HAProxy's socket %.120s gives no answer to: %.*s", address,
                        (int)strcspn(line, "\n"), line);
}

/* ---- What is asked ----------------------------------------------------------------------------------------------
 */

enum upgrade_status proxy_set(struct upgrade_call *call, const char *server, enum proxy_state state) {
    static const char *const words[] = {"ready", "drain", "maint"};
    char line[640], *answer;
    snprintf(line, sizeof line, "set server %s/%s state %s\n", upgrade_value(call, "backend"), server, words[state]);
    enum upgrade_status status = ask(call, line, &answer);
    if (status != UPGRADE_OK) return status;
    size_t length = strspn(answer, " \n"); /* no word is its yes */
    if (answer[length] != '\0')
        status = upgrade_fail(call, "proxy_refused", "HAProxy answers to '%.*s': %.200s", (int)strcspn(line, "\n"),
                              line, answer + length);
    free(answer);
    return status;
}

/* Splits a line at commas in place; the fields are counted. */
static size_t split(char *line, char *fields[FIELDS_MAX]) {
    size_t count = 0;
    for (char *at = line; count < FIELDS_MAX;) {
        fields[count++] = at;
        at += strcspn(at, ",");
        if (*at == '\0') break;
        *at++ = '\0';
    }
    return count;
}

static size_t column(char *const *fields, size_t count, const char *name) {
    size_t i = 0;
    while (i < count && strcmp(fields[i], name) != 0) i++;
    return i;
}

/* A table with its names in the first line, behind "# ". */
static bool find_server(char *table, const char *server, struct proxy_server *ret) {
    char *fields[FIELDS_MAX], *save = NULL, *line = strtok_r(table, "\n", &save);
    if (line == NULL || strncmp(line, "# ", 2) != 0) return false;
    size_t count = split(line + 2, fields);
    size_t name = column(fields, count, "svname"), state = column(fields, count, "status"),
           busy = column(fields, count, "scur");
    if (name == count || state == count || busy == count) return false;
    while ((line = strtok_r(NULL, "\n", &save)) != NULL) {
        size_t here = split(line, fields);
        if (here <= state || strcmp(fields[name], server) != 0) continue;
        ret->known = true;
        ret->up = strncmp(fields[state], "UP", 2) == 0 || strcmp(fields[state], "no check") == 0;
        ret->down = strncmp(fields[state], "DOWN", 4) == 0;
        ret->busy = strtol(fields[busy], NULL, 10);
    }
    return true;
}

enum upgrade_status proxy_look(struct upgrade_call *call, const char *server, struct proxy_server *ret) {
    char line[320], *answer;
    *ret = (struct proxy_server){0};
    snprintf(line, sizeof line, "show stat %s 4 -1\n", upgrade_value(call, "backend"));
    enum upgrade_status status = ask(call, line, &answer);
    if (status == UPGRADE_OK && !find_server(answer, server, ret))
        status = upgrade_fail(call, "proxy_unreadable", "HAProxy answers to '%.*s' with no table: %.120s",
                              (int)strcspn(line, "\n"), line, answer);
    free(answer);
    return status;
}

static void pause_a_little(const struct upgrade_call *call) {
    int64_t left_ms = upgrade_left_ms(call);
    (void)poll(NULL, 0, left_ms < LOOK_MS ? (int)left_ms : LOOK_MS);
}

enum upgrade_status proxy_wait_up(struct upgrade_call *call, const char *server) {
    struct proxy_server found;
    while (true) {
        enum upgrade_status status = proxy_look(call, server, &found);
        if (status != UPGRADE_OK || found.up) return status;
        if (!found.known)
            return upgrade_fail(call, "proxy_server_missing", "HAProxy's backend %.100s has no server %.100s",
                                upgrade_value(call, "backend"), server);
        if (upgrade_left_ms(call) <= 0) return upgrade_timed_out(call, "HAProxy does not find %.100s well", server);
        pause_a_little(call);
    }
}

enum upgrade_status proxy_wait_idle(struct upgrade_call *call, const char *server, int most_ms) {
    struct proxy_server found;
    int64_t until_ms = command_now_ms() + most_ms;
    while (true) {
        enum upgrade_status status = proxy_look(call, server, &found);
        if (status != UPGRADE_OK || found.busy == 0) return status;
        if (command_now_ms() >= until_ms || upgrade_left_ms(call) <= 0) {
            upgrade_say(call, "%s still has %ld sessions, which go on", server, found.busy);
            return UPGRADE_OK;
        }
        pause_a_little(call);
    }
}

enum upgrade_status proxy_forget(struct upgrade_call *call, const char *server) {
    struct proxy_server found;
    int64_t until_ms = command_now_ms() + FORGET_MS;
    enum upgrade_status status = proxy_set(call, server, PROXY_DRAIN);
    while (status == UPGRADE_OK) {
        status = proxy_look(call, server, &found);
        if (status == UPGRADE_OK && found.down) return proxy_set(call, server, PROXY_READY);
        if (command_now_ms() >= until_ms || upgrade_left_ms(call) <= 0) break;
        pause_a_little(call);
    }
    if (status == UPGRADE_OK) {
        upgrade_say(call, "HAProxy has not seen that %s has ended, and keeps it in drain", server);
    }
    return status;
}
