#include "service/server.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "kzgops/sampler.h"
#include "service/events.h"
#include "service/memory.h"
#include "service/observe.h"
#include "wire/wire.h"

#define BODY_ENDED         "the connection was closed before the whole body came"
#define END_TICKS          8 /* ticks between looks for the client's end */
#define TICK_MS            50
#define ACCEPTS_A_TURN     64
#define CONN_MEMORY        ((size_t)32768)
#define BODY_RATE_GRACE_MS 5000
#define BACKLOG_MS         2000
#define LINGERING_MAX      64
#define LINGER_MS          2000
#define LINGER_BYTES       ((size_t)4 << 20)

/* A socket whose answer overtook its request. Closing it now would make the kernel reset the connection, and the
 * reset can overtake the answer; so what still comes is read and thrown away for a while. */
struct lingering {
    int fd;
    int64_t until_ms;
    size_t bytes_left;
};

struct server {
    struct server_options options;
    struct MHD_Daemon *daemon;
    pthread_t thread;
    int epoll_fd; /* libmicrohttpd's */
    int wake_fd;
    int spare_fd; /* given up to accept, and refuse, when descriptors run out */
    struct conn *conns;
    size_t *free_slots;
    size_t free_count;
    struct conn *accepting; /* for the notification inside MHD_add_connection */
    struct lingering lingering[LINGERING_MAX];
    size_t lingering_count;
    int64_t next_tick_ms;
    uint64_t ticks;
    int64_t drain_since_ms; /* 0: not draining */

    atomic_size_t connections;
    _Atomic int64_t turn_since_ms; /* 0: waiting */
    atomic_bool aside;             /* the listener is another process's to accept from */
    atomic_bool drain_asked;
    atomic_bool drained;
    atomic_bool stop;
    pthread_mutex_t lock;
    struct conn *completed;  /* under lock */
    struct listener offered; /* under lock: from server_share, to become shared. fd -1: none */
    struct listener shared;  /* the loop's */
    atomic_bool sharing, share_changed;
};

int64_t server_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void count(const struct server *server, enum metric metric) {
    if (!OBSERVED) return;
    kzgops_counter_add(server->options.metrics, metric, KZGOPS_AT(server->options.label), 1);
}

void *conn_user(const struct conn *conn) {
    return conn->server->options.user;
}

void conn_set_state(struct conn *conn, enum conn_state state) {
    conn->state = state;
    conn->since_ms = server_now_ms();
}

/* ---- Peers --------------------------------------------------------------------------------------------------- */

static struct peer peer_of(const struct sockaddr_storage *address) {
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    struct peer peer = {0};
    if (address->ss_family == AF_INET) {
        peer.family = 4;
        memcpy(peer.key, &((const struct sockaddr_in *)address)->sin_addr, 4);
    } else if (address->ss_family == AF_INET6) {
        const uint8_t *bytes = ((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr;
        bool v4 = memcmp(bytes, mapped, sizeof mapped) == 0;
        peer.family = v4 ? 4 : 6;
        memcpy(peer.key, v4 ? bytes + 12 : bytes, v4 ? 4 : 8);
    }
    return peer;
}

static bool same_peer(const struct peer *a, const struct peer *b) {
    return a->family == b->family && memcmp(a->key, b->key, sizeof a->key) == 0;
}

/* A table of some hundred entries is searched faster than a hash of it would be kept right. */
static size_t peer_count(const struct server *server, const struct peer *peer, enum conn_state from,
                         enum conn_state to) {
    size_t n = 0;
    if (peer->family == 0) return 0;
    for (size_t i = 0; i < server->options.connections_max; i++) {
        const struct conn *conn = &server->conns[i];
        n += conn->state >= from && conn->state <= to && same_peer(&conn->peer, peer);
    }
    return n;
}

size_t conn_peer_requests(const struct conn *conn) {
    size_t n = peer_count(conn->server, &conn->peer, CONN_BODY, CONN_REPLY);
    bool self = conn->state >= CONN_BODY && conn->state <= CONN_REPLY && conn->peer.family != 0;
    return n - (self ? 1 : 0);
}

bool conn_peer_gone(const struct conn *conn) {
    struct pollfd peer = {.fd = conn->fd, .events = POLLRDHUP};
    return poll(&peer, 1, 0) == 1 && (peer.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/* ---- Answers ------------------------------------------------------------------------------------------------- */

static void add_trace(struct MHD_Response *response, const struct trace *trace) {
    char parent[TRACE_PARENT_LENGTH + 1];
    trace_parent(trace, parent);
    MHD_add_response_header(response, "traceparent", parent);
    if (trace->state[0] != '\0') MHD_add_response_header(response, "tracestate", trace->state);
}

enum MHD_Result conn_answer(struct conn *conn, int http_status, struct MHD_Response *response) {
    if (response == NULL) return MHD_NO;
    bool left = conn->by_shared ? !atomic_load(&conn->server->sharing) : !server_takes(conn->server);
    bool last = conn->early || server_draining(conn->server) || (left && !conn->by_door);
    if (last) MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    const struct trace *trace = conn->server->options.trace != NULL ? conn->server->options.trace(conn) : NULL;
    if (trace != NULL) add_trace(response, trace);
    conn_set_state(conn, CONN_REPLY);
    enum MHD_Result queued = MHD_queue_response(conn->handle, (unsigned)http_status, response);
    MHD_destroy_response(response);
    if (queued == MHD_YES && conn->server->options.answered != NULL) {
        conn->server->options.answered(conn, http_status);
    }
    return queued;
}

/* An answer while libmicrohttpd waits for more of the request and would take none: written to the socket directly. It
 * is a few hundred bytes to a socket that nothing was sent on since the last answer, so it fits or the peer is gone.
 */
static void answer_raw(struct conn *conn, status_code code, const char *detail) {
    const struct server_options *options = &conn->server->options;
    char problem[WIRE_PROBLEM_MAX], text[WIRE_PROBLEM_MAX + 512], parent[TRACE_PARENT_LENGTH + 1];
    struct wire_fault fault;
    const char *id = conn->state == CONN_BODY && options->request_id != NULL ? options->request_id(conn) : NULL;
    const struct trace *trace = conn->state == CONN_BODY && options->trace != NULL ? options->trace(conn) : NULL;
    if (trace != NULL) trace_parent(trace, parent);
    wire_fault_at(&fault, code, WIRE_NO_ARGUMENT, WIRE_NO_INDEX, "%s", detail);
    size_t length = wire_problem(problem, NULL, &fault, id);
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
                     "Content-Length: %zu\r\n%s%s%s%s%s%s\r\n%s",
                     status_code_http(code), MHD_get_reason_phrase_for((unsigned)status_code_http(code)), length,
                     id != NULL ? "X-Request-Id: " : "", id != NULL ? id : "", id != NULL ? "\r\n" : "",
                     trace != NULL ? "traceparent: " : "", trace != NULL ? parent : "", trace != NULL ? "\r\n" : "",
                     problem);
    KZG_ASSERT(n > 0 && (size_t)n < sizeof text);
    conn->answer_bytes = length;
    if (options->answered != NULL) options->answered(conn, status_code_http(code));
    (void)send(conn->fd, text, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Ends a request whose body has not come whole. It is counted before the client can know. */
static void cut_off(struct conn *conn, status_code code, const char *detail) {
    if (conn->state == CONN_BODY && conn->server->options.cut_off != NULL) conn->server->options.cut_off(conn, code);
    if (detail != NULL) answer_raw(conn, code, detail);
}

static void finish(struct conn *conn) {
    if (conn->server->options.finished != NULL) conn->server->options.finished(conn);
}

/* libmicrohttpd sees the end of the stream at its next turn and closes. */
static void cut(struct conn *conn) {
    shutdown(conn->fd, SHUT_RDWR);
    conn_set_state(conn, CONN_CLOSING);
}

/* ---- libmicrohttpd's notifications --------------------------------------------------------------------------- */

/* Bytes that have come and were not read yet; below 0 where that cannot be told. */
static int unread(const struct conn *conn) {
    int pending = 0;
    return ioctl(conn->fd, FIONREAD, &pending) == 0 ? pending : -1;
}

/* A socket that closes with bytes unread, or before more bytes come, answers them with a reset, which can overtake
 * the answer. So where an answer overtakes its request, kzgd's or one of libmicrohttpd's own refusals, the rest is
 * read. Not after a timeout, where the socket is shut in both directions (cut). */
static bool owes_reading(const struct conn *conn) {
    bool cut_short = conn->first || conn->early || conn->state == CONN_CLOSING;
    return unread(conn) > 0 || (cut_short && !conn_peer_gone(conn));
}

static void linger(struct server *server, const struct conn *conn) {
    if (server->lingering_count == LINGERING_MAX) return;
    int fd = fcntl(conn->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) return;
    shutdown(fd, SHUT_WR); /* the end of the answer is told now, whoever has the socket open */
    server->lingering[server->lingering_count++] =
        (struct lingering){.fd = fd, .until_ms = server_now_ms() + LINGER_MS, .bytes_left = LINGER_BYTES};
}

static void on_connection(void *user, struct MHD_Connection *handle, void **socket_context,
                          enum MHD_ConnectionNotificationCode code) {
    struct server *server = user;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        server->accepting->handle = handle;
        *socket_context = server->accepting;
        return;
    }
    struct conn *conn = *socket_context;
    KZG_ASSERT(conn->state != CONN_FREE && conn->state != CONN_SUSPENDED);
    if (owes_reading(conn)) linger(server, conn);
    conn->state = CONN_FREE;
    server->free_slots[server->free_count++] = conn->slot;
    atomic_fetch_sub(&server->connections, 1);
}

/* First sign of a request: its line has come. The result is the handler's per-request pointer. */
static void *on_request_line(void *user, const char *uri, struct MHD_Connection *handle) {
    (void)user;
    (void)uri;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct conn *conn = info->socket_context;
    if (conn->state == CONN_IDLE) {
        /* The first request's line counts towards its header deadline from the start of the connection. */
        int64_t since = conn->since_ms;
        conn_set_state(conn, CONN_HEADERS);
        if (conn->first) conn->since_ms = since;
    }
    return conn;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *handle, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_size, void **request) {
    (void)user;
    (void)handle;
    (void)version;
    struct conn *conn = *request;
    if (conn->state == CONN_CLOSING) return MHD_NO;
    return conn->server->options.handle(conn, url, method, upload, upload_size);
}

/* Also called when a client leaves in the middle of its body, while its socket can still be written to: it may have
 * closed only its own side. */
static void on_completed(void *user, struct MHD_Connection *handle, void **request,
                         enum MHD_RequestTerminationCode termination) {
    (void)user;
    (void)handle;
    struct conn *conn = *request;
    KZG_ASSERT(conn->state != CONN_SUSPENDED);
    if (conn->state == CONN_BODY && termination != MHD_REQUEST_TERMINATED_COMPLETED_OK) {
        cut_off(conn, ST_BODY_TRUNCATED, termination == MHD_REQUEST_TERMINATED_CLIENT_ABORT ? BODY_ENDED : NULL);
    }
    finish(conn);
    conn->first = false;
    conn_set_state(conn, termination == MHD_REQUEST_TERMINATED_COMPLETED_OK ? CONN_IDLE : CONN_CLOSING);
}

/* Paths are compared as they come: no escape can spell a path in a second way. */
static size_t no_unescape(void *user, struct MHD_Connection *handle, char *text) {
    (void)user;
    (void)handle;
    return strlen(text);
}

__attribute__((format(printf, 2, 0))) static void on_log(void *user, const char *format, va_list args) {
    const struct server *server = user;
    char text[256];
    if (!kzgops_log_enabled(KZGOPS_LOG_DEBUG)) return;
    vsnprintf(text, sizeof text, format, args);
    text[strcspn(text, "\n")] = '\0';
    SERVICE_LOG(EVENT_HTTP, KZGOPS_STR("listener", server->options.name), KZGOPS_STR("message", text));
}

/* ---- Accepting ----------------------------------------------------------------------------------------------- */

static void add_connection(struct server *server, int fd, const struct sockaddr_storage *address, socklen_t length,
                           const struct listener *from) {
    struct peer peer = peer_of(address);
    if (peer_count(server, &peer, CONN_IDLE, CONN_CLOSING) >= server->options.connections_per_peer_max) {
        count(server, METRIC_REFUSED);
        close(fd);
        return;
    }
    struct conn *conn = &server->conns[server->free_slots[--server->free_count]];
    void *user = conn->user;
    *conn = (struct conn){.server = server,
                          .fd = fd,
                          .slot = conn->slot,
                          .first = true,
                          .by_door = from == server->options.door,
                          .by_shared = from == &server->shared,
                          .peer = peer,
                          .user = user};
    conn_set_state(conn, CONN_IDLE);
    server->accepting = conn;
    atomic_fetch_add(&server->connections, 1);
    if (MHD_add_connection(server->daemon, fd, (const struct sockaddr *)address, length) == MHD_YES) {
        count(server, METRIC_ACCEPTED);
        return;
    }
    /* libmicrohttpd has closed fd, with a notification of the end only if there had been one of the start. */
    count(server, METRIC_REFUSED);
    if (conn->state == CONN_FREE) return;
    conn->state = CONN_FREE;
    server->free_slots[server->free_count++] = conn->slot;
    atomic_fetch_sub(&server->connections, 1);
}

/* Out of descriptors: a connection that cannot be served is taken with the spare one and closed, so that neither it
 * nor the loop waits in vain. */
static void refuse_one(struct server *server, int listen_fd) {
    if (server->spare_fd >= 0) close(server->spare_fd);
    int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
        count(server, METRIC_REFUSED);
        close(fd);
    }
    server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static bool accept_one(struct server *server, const struct listener *listener) {
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    int fd = accept4(listener->fd, (struct sockaddr *)&address, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
        add_connection(server, fd, &address, length, listener);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE) {
        refuse_one(server, listener->fd);
        return true;
    }
    return errno == EINTR || errno == ECONNABORTED;
}

static void accept_some(struct server *server, const struct listener *listener) {
    for (int i = 0; i < ACCEPTS_A_TURN && server->free_count > 0; i++) {
        if (!accept_one(server, listener)) return;
    }
}

/* ---- Timeouts ------------------------------------------------------------------------------------------------ */

static bool too_slow(const struct conn *conn, int64_t spent_ms) {
    const struct server_timeouts *timeouts = &conn->server->options.timeouts;
    if (spent_ms > timeouts->body_ms) return true;
    int64_t counted_ms = spent_ms - BODY_RATE_GRACE_MS;
    return timeouts->body_rate > 0 && counted_ms > 0 &&
           conn->received < (uint64_t)counted_ms * (uint64_t)timeouts->body_rate / 1000;
}

static void time_out(struct conn *conn, bool answer, const char *detail) {
    count(conn->server, METRIC_TIMED_OUT);
    cut_off(conn, ST_REQUEST_TIMEOUT, answer ? detail : NULL);
    if (conn->state == CONN_BODY) finish(conn);
    cut(conn);
}

/* Where this process gets no CPU for a while, clients whose requests wait in the socket are not idle. */
static void check_idle(struct conn *conn, int64_t now_ms) {
    const struct server *server = conn->server;
    const struct server_timeouts *timeouts = &server->options.timeouts;
    int64_t spent_ms = now_ms - conn->since_ms;
    if (server->drain_since_ms != 0) {
        int64_t from = conn->since_ms > server->drain_since_ms ? conn->since_ms : server->drain_since_ms;
        if (now_ms - from > timeouts->drain_idle_ms && unread(conn) <= 0) cut(conn);
    } else if (conn->first && spent_ms > timeouts->header_ms) {
        time_out(conn, true, "no request came in time");
    } else if (!conn->first && spent_ms > timeouts->idle_ms && unread(conn) <= 0) {
        time_out(conn, false, "");
    }
}

/* libmicrohttpd takes a short read for an empty socket, and so misses an end of stream that had come with the data. A
 * client that has closed and left nothing to read is let go when nothing has moved between two looks. */
static void check_end(struct conn *conn) {
    int64_t mark = conn->since_ms + (int64_t)conn->received;
    if (!conn_peer_gone(conn) || unread(conn) != 0) {
        conn->ended_mark = 0;
        return;
    }
    if (conn->ended_mark != mark) {
        conn->ended_mark = mark;
        return;
    }
    if (conn->state == CONN_BODY) {
        cut_off(conn, ST_BODY_TRUNCATED, BODY_ENDED);
        finish(conn);
    }
    cut(conn);
}

static void check_conn(struct conn *conn, int64_t now_ms) {
    const struct server_options *options = &conn->server->options;
    int64_t spent_ms = now_ms - conn->since_ms;
    bool receiving = conn->state >= CONN_IDLE && conn->state <= CONN_BODY;
    if (receiving && (conn->server->ticks + conn->slot) % END_TICKS == 0) check_end(conn);
    switch (conn->state) {
    case CONN_IDLE: check_idle(conn, now_ms); break;
    case CONN_HEADERS:
        if (spent_ms > options->timeouts.header_ms) time_out(conn, true, "the headers did not arrive in time");
        break;
    case CONN_BODY:
        if (too_slow(conn, spent_ms)) time_out(conn, true, "the body did not arrive in time, or too slowly");
        break;
    case CONN_SUSPENDED:
        if (options->waiting != NULL) options->waiting(conn, now_ms);
        break;
    case CONN_REPLY:
        if (spent_ms > options->timeouts.write_ms) time_out(conn, false, "");
        break;
    case CONN_FREE:
    case CONN_READY:
    case CONN_CLOSING: break;
    }
}

static void check_lingering(struct server *server, int64_t now_ms, bool end) {
    char sink[16384];
    for (size_t i = 0; i < server->lingering_count;) {
        struct lingering *entry = &server->lingering[i];
        ssize_t n = 1;
        while (n > 0 && entry->bytes_left > 0) {
            n = recv(entry->fd, sink, sizeof sink, MSG_DONTWAIT);
            if (n > 0) entry->bytes_left -= (size_t)n < entry->bytes_left ? (size_t)n : entry->bytes_left;
        }
        bool open = n < 0 && (errno == EAGAIN || errno == EINTR);
        if (open && !end && entry->bytes_left > 0 && now_ms < entry->until_ms) {
            i++;
            continue;
        }
        close(entry->fd);
        *entry = server->lingering[--server->lingering_count];
    }
}

static void tick(struct server *server) {
    int64_t now_ms = server_now_ms();
    if (now_ms < server->next_tick_ms) return;
    server->next_tick_ms = now_ms + TICK_MS;
    server->ticks++;
    for (size_t i = 0; i < server->options.connections_max; i++) check_conn(&server->conns[i], now_ms);
    check_lingering(server, now_ms, false);
}

/* ---- The loop ------------------------------------------------------------------------------------------------ */

static void wake(struct server *server) {
    uint64_t one = 1;
    ssize_t n = write(server->wake_fd, &one, sizeof one);
    (void)n; /* full means that it is awake already */
}

void conn_suspend(struct conn *conn) {
    conn_set_state(conn, CONN_SUSPENDED);
    MHD_suspend_connection(conn->handle);
}

void server_complete(struct conn *conn) {
    struct server *server = conn->server;
    pthread_mutex_lock(&server->lock);
    KZG_ASSERT(!conn->completed);
    conn->completed = true;
    conn->next = server->completed;
    server->completed = conn;
    pthread_mutex_unlock(&server->lock);
    wake(server);
}

static void resume_completed(struct server *server) {
    pthread_mutex_lock(&server->lock);
    struct conn *conn = server->completed;
    server->completed = NULL;
    for (struct conn *each = conn; each != NULL; each = each->next) each->completed = false;
    pthread_mutex_unlock(&server->lock);
    while (conn != NULL) {
        struct conn *next = conn->next;
        KZG_ASSERT(conn->state == CONN_SUSPENDED);
        conn_set_state(conn, CONN_READY);
        MHD_resume_connection(conn->handle);
        conn = next;
    }
}

/* Connections in the backlog are open to their clients, so they are taken before the listener closes; with a full
 * table they wait for places, but not for ever. Those of a socket that another process accepts from are not ours. */
static void drain_listener(struct server *server) {
    int64_t now_ms = server_now_ms();
    bool more = server_takes(server);
    if (server->drain_since_ms == 0) server->drain_since_ms = now_ms;
    while (server->free_count > 0 && more) more = accept_one(server, server->options.listener);
    if (more && now_ms - server->drain_since_ms <= BACKLOG_MS) return;
    listen_close(server->options.listener);
    if (server->options.door != NULL) listen_close(server->options.door);
}

static void leave_shared(struct server *server) {
    if (server->shared.fd < 0) return;
    while (server->free_count > 0 && accept_one(server, &server->shared)) continue;
    listen_close(&server->shared);
}

/* Leaves what it listens at, whoever is in its backlog first, for what it was given last. */
static void tend_shared(struct server *server) {
    bool draining = atomic_load(&server->drain_asked);
    if (atomic_exchange(&server->share_changed, false)) {
        leave_shared(server);
        pthread_mutex_lock(&server->lock);
        server->shared = server->offered;
        server->offered.fd = -1;
        pthread_mutex_unlock(&server->lock);
    }
    if (draining) leave_shared(server);
}

static void wait_for_events(struct server *server) {
    struct pollfd fds[5] = {{.fd = server->epoll_fd, .events = POLLIN},
                            {.fd = server->wake_fd, .events = POLLIN},
                            {.fd = -1, .events = POLLIN},
                            {.fd = -1, .events = POLLIN},
                            {.fd = -1, .events = POLLIN}};
    MHD_UNSIGNED_LONG_LONG pending;
    bool busy = server->free_count < server->options.connections_max || server->lingering_count > 0;
    int timeout = busy || server->drain_since_ms != 0 ? TICK_MS : -1;
    if (MHD_get_timeout(server->daemon, &pending) == MHD_YES && pending < TICK_MS) timeout = (int)pending;
    if (server->drain_since_ms == 0 && server->free_count > 0) {
        if (server_takes(server)) fds[2].fd = server->options.listener->fd;
        if (server->options.door != NULL) fds[3].fd = server->options.door->fd;
        fds[4].fd = server->shared.fd;
    }
    if (poll(fds, 5, timeout) <= 0) return;
    if (fds[1].revents != 0) {
        uint64_t value;
        ssize_t n = read(server->wake_fd, &value, sizeof value);
        (void)n;
    }
    if (fds[2].revents != 0) accept_some(server, server->options.listener);
    if (fds[3].revents != 0) accept_some(server, server->options.door);
    if (fds[4].revents != 0) accept_some(server, &server->shared);
}

static void *run(void *user) {
    struct server *server = user;
    (void)kzgops_sampler_attach(server->options.name);
    while (!atomic_load(&server->stop)) {
        wait_for_events(server);
        atomic_store(&server->turn_since_ms, server_now_ms());
        resume_completed(server);
        MHD_run(server->daemon);
        tend_shared(server);
        bool listening = server->options.listener->fd >= 0;
        if (listening && atomic_load(&server->drain_asked)) drain_listener(server);
        tick(server);
        if (server->options.listener->fd < 0 && server->shared.fd < 0 && atomic_load(&server->connections) == 0 &&
            server->lingering_count == 0) {
            atomic_store(&server->drained, true);
        }
        atomic_store(&server->turn_since_ms, 0);
    }
    MHD_stop_daemon(server->daemon);
    check_lingering(server, 0, true);
    return NULL;
}

/* ---- Start and stop ------------------------------------------------------------------------------------------- */

static struct server *server_free(struct server *server) {
    if (server->wake_fd >= 0) close(server->wake_fd);
    if (server->spare_fd >= 0) close(server->spare_fd);
    listen_close(&server->offered);
    listen_close(&server->shared);
    pthread_mutex_destroy(&server->lock);
    memory_give(server->free_slots);
    memory_give(server->conns);
    memory_give(server);
    return NULL;
}

static bool start_daemon(struct server *server) {
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
        on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_log, server, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)server->options.connections_max, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONN_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK, no_unescape,
        NULL, MHD_OPTION_URI_LOG_CALLBACK, on_request_line, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_END);
    if (server->daemon == NULL) return false;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL) return false;
    server->epoll_fd = info->epoll_fd;
    return true;
}

static bool make_table(struct server *server, void *users, size_t stride) {
    size_t n = server->options.connections_max;
    server->conns = memory_take(MEMORY_TAG_HTTP, n * sizeof *server->conns);
    server->free_slots = memory_take(MEMORY_TAG_HTTP, n * sizeof *server->free_slots);
    if (server->conns == NULL || server->free_slots == NULL) return false;
    for (size_t i = 0; i < n; i++) {
        server->conns[i].server = server;
        server->conns[i].slot = i;
        server->conns[i].user = users == NULL ? NULL : (char *)users + i * stride;
        server->free_slots[n - 1 - i] = i;
    }
    server->free_count = n;
    return true;
}

struct server *server_new(const struct server_options *options, void *users, size_t stride) {
    struct server *server = memory_take(MEMORY_TAG_HTTP, sizeof *server);
    if (server == NULL) return NULL;
    server->options = *options;
    server->shared.fd = server->offered.fd = -1;
    pthread_mutex_init(&server->lock, NULL);
    server->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (server->wake_fd < 0 || !make_table(server, users, stride)) return server_free(server);
    if (!start_daemon(server)) {
        if (server->daemon != NULL) MHD_stop_daemon(server->daemon);
        return server_free(server);
    }
    return server;
}

bool server_run(struct server *server) {
    char name[16];
    if (pthread_create(&server->thread, NULL, run, server) != 0) return false;
    snprintf(name, sizeof name, "kzgd-%s", server->options.name);
    pthread_setname_np(server->thread, name);
    return true;
}

void server_drain(struct server *server) {
    atomic_store(&server->drain_asked, true);
    wake(server);
}

void server_take(struct server *server, bool take) {
    atomic_store(&server->aside, !take);
    wake(server);
}

bool server_takes(const struct server *server) {
    return !atomic_load(&server->aside);
}

void server_share(struct server *server, const struct listener *listener) {
    pthread_mutex_lock(&server->lock);
    listen_close(&server->offered);
    if (listener != NULL) server->offered = *listener;
    pthread_mutex_unlock(&server->lock);
    atomic_store(&server->sharing, listener != NULL);
    atomic_store(&server->share_changed, true);
    wake(server);
}

bool server_drained(const struct server *server) {
    return atomic_load(&server->drained);
}

bool server_draining(const struct server *server) {
    return atomic_load(&server->drain_asked);
}

size_t server_connections(const struct server *server) {
    return atomic_load(&server->connections);
}

int64_t server_turn_ms(const struct server *server) {
    int64_t since_ms = atomic_load(&server->turn_since_ms);
    int64_t spent_ms = since_ms == 0 ? 0 : server_now_ms() - since_ms;
    return spent_ms > 0 ? spent_ms : 0;
}

void server_stop(struct server *server) {
    if (server == NULL) return;
    atomic_store(&server->stop, true);
    wake(server);
    pthread_join(server->thread, NULL);
    server_free(server);
}
