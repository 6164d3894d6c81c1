/* One HTTP listener with its own event loop in its own thread. libmicrohttpd speaks the protocol; what it leaves open
 * is closed here: accepting and its bounds, a deadline for every state of a connection, answering a client that was
 * too slow, lingering where an answer overtakes its request, draining.
 *
 * Everything about a connection happens on the loop's thread, except server_complete and the calls that say so. */
#ifndef SERVICE_SERVER_H
#define SERVICE_SERVER_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "service/listen.h"
#include "service/metrics.h"
#include "service/trace.h"

struct server;

enum conn_state {
    CONN_FREE,
    CONN_IDLE,      /* no request begun */
    CONN_HEADERS,   /* a request line has come */
    CONN_BODY,      /* headers are accepted, the body is coming */
    CONN_SUSPENDED, /* the request is with a worker or waits for one */
    CONN_READY,     /* it came back; the handler is about to be called */
    CONN_REPLY,     /* an answer is being sent */
    CONN_CLOSING    /* the socket is shut down, libmicrohttpd will notice */
};

/* Whom a connection comes from: an IPv4 address or an IPv6 /64. A Unix peer has none. */
struct peer {
    uint8_t family; /* 4, 6 or 0 */
    uint8_t key[8];
};

struct conn {
    struct server *server;
    struct MHD_Connection *handle;
    int fd;
    size_t slot;
    enum conn_state state;
    int64_t since_ms;      /* when the state began */
    uint64_t received;     /* body bytes, for the minimum rate */
    uint64_t answer_bytes; /* of the body of the answer */
    int64_t ended_mark;    /* how far it had come when the client's end was seen; 0: not seen */
    bool first;            /* no request was answered yet */
    bool early;            /* an answer overtook the request: it is the connection's last */
    bool completed;        /* on the completion list */
    bool by_door;          /* came through options.door */
    bool by_shared;        /* came through what server_share was given */
    struct peer peer;
    struct conn *next; /* completion list */
    void *user;        /* the application's request, one a slot */
};

struct server_timeouts {
    int64_t header_ms;
    int64_t idle_ms;
    int64_t body_ms;
    int64_t body_rate; /* bytes a second, 0: none */
    int64_t write_ms;
    int64_t drain_idle_ms;
};

struct server_options {
    const char *name; /* of the thread, the listener label's value, the label in profiles; static */
    uint32_t label;   /* position of that value */
    struct listener *listener;
    struct listener *door; /* a second one, for this very process: always open. NULL, or its fd below 0: none */
    size_t connections_max;
    size_t connections_per_peer_max;
    struct server_timeouts timeouts;
    kzgops_metrics *metrics;

    void *user;
    /* libmicrohttpd's handler: called when headers are complete (state IDLE or HEADERS), for pieces of the body
     * (BODY, with *upload_size > 0), at its end (BODY, 0), and after server_complete (READY). */
    enum MHD_Result (*handle)(struct conn *conn, const char *url, const char *method, const char *upload,
                              size_t *upload_size);
    /* The request ends with this status before its body is whole; called before the client is told. May be NULL. */
    void (*cut_off)(struct conn *conn, status_code code);
    /* The request is over: answered, cut off or left by its client. May be NULL. */
    void (*finished)(struct conn *conn);
    /* Every tick for a SUSPENDED connection. May be NULL. */
    void (*waiting)(struct conn *conn, int64_t now_ms);
    /* Id of the request in a connection, for an answer outside the handler; NULL: none. May be NULL. */
    const char *(*request_id)(const struct conn *conn);
    /* Trace that the request in a connection belongs to, for its answer's headers; NULL: none. May be NULL. */
    const struct trace *(*trace)(const struct conn *conn);
    /* Counts an answer with that HTTP status. May be NULL. */
    void (*answered)(struct conn *conn, int http_status);
};

/* A server that does not run yet; users[i] (stride bytes apart, may be NULL) becomes user of slot i. NULL on failure.
 * What options points to must outlive the server. */
struct server *server_new(const struct server_options *options, void *users, size_t stride);

/* Starts its loop. From here on handlers are called: all that they look at must be there. */
bool server_run(struct server *server);

/* Any thread: gives a suspended connection back to the loop, which calls the handler again. */
void server_complete(struct conn *conn);

/* Any thread: accept what stands in the backlog, close the listener, let every connection finish and close. */
void server_drain(struct server *server);

/* Any thread: whether to take connections from the listener, which stays open either way: what comes waits in its
 * backlog, for another process that has the same socket. While this one does not, answers to those it had taken say
 * Connection: close; the door is not touched. A new server takes them. */
void server_take(struct server *server, bool take);
bool server_takes(const struct server *server);

/* Any thread: a socket to take connections from, too, which other processes listen at; taken. NULL: no more. What
 * stands in its backlog is taken before it closes; a connection that is only being made then goes to another
 * process's socket where the kernel moves it (net.ipv4.tcp_migrate_req), and else is reset. Answers to those that
 * came through it say Connection: close from then on. */
void server_share(struct server *server, const struct listener *listener);

/* Any thread. */
bool server_drained(const struct server *server);
bool server_draining(const struct server *server);
size_t server_connections(const struct server *server);

/* Any thread: how long the loop has been at its present turn; 0 while it waits for events. */
int64_t server_turn_ms(const struct server *server);

/* Ends a running server's loop at once and frees everything; NULL is fine. No connection may be suspended. */
void server_stop(struct server *server);

/* ---- For handlers, on the loop's thread ------------------------------------------------------------------------ */

void conn_set_state(struct conn *conn, enum conn_state state);

/* Suspends: from now on the connection belongs to whoever will call server_complete. */
void conn_suspend(struct conn *conn);

/* Queues response (taken) with the common headers; the state becomes REPLY. conn->answer_bytes was set, where answers
 * are counted. */
enum MHD_Result conn_answer(struct conn *conn, int http_status, struct MHD_Response *response);

/* Requests in progress (BODY to REPLY) of the connection's peer, itself not counted. 0 for a Unix peer. */
size_t conn_peer_requests(const struct conn *conn);

/* Whether the client has closed its side: then nobody waits for the answer. Any thread while the connection is open.
 */
bool conn_peer_gone(const struct conn *conn);

/* options.user of the connection's server. */
void *conn_user(const struct conn *conn);

int64_t server_now_ms(void);

#endif
