#include "service/admin.h"

#include <stdlib.h>
#include <string.h>

#include "service/page.h"

#define ADMIN_CONNECTIONS 64
#define ADMIN_BODY_MAX    65536u /* of a request: `go tool pprof` lists addresses; what no page takes is thrown away */

enum rest { EXACT, BELOW };

static const struct route {
    const char *method;
    const char *path;
    enum rest rest;
    enum MHD_Result (*answer)(struct page *page);
} routes[] = {
#define X(METHOD, path, REST, function, what) {#METHOD, path, REST, page_##function},
    ROUTES_LIST(X)
#undef X
};
#define ROUTES (sizeof routes / sizeof routes[0])

/* What a request's path has behind the route's; NULL when it is not the route's. */
static const char *match(const struct route *route, const char *url) {
    size_t length = strlen(route->path);
    if (strncmp(url, route->path, length) != 0) return NULL;
    const char *rest = url + length;
    if (*rest == '\0') return rest;
    bool below = route->rest == BELOW && rest[0] == '/' && rest[1] != '\0';
    return below && strlen(rest + 1) < PAGE_REST_MAX ? rest + 1 : NULL;
}

static bool takes(const struct route *route, const char *method) {
    if (http_method_is(method, route->method)) return true;
    return http_method_is(method, "HEAD") && http_method_is(route->method, "GET");
}

static enum MHD_Result refuse(struct conn *conn, status_code code, const char *detail, const char *allow) {
    struct wire_fault fault;
    char id[REQUEST_ID_MAX + 1];
    http_make_request_id(id);
    wire_fault_at(&fault, code, WIRE_NO_ARGUMENT, WIRE_NO_INDEX, "%s", detail);
    return http_problem(conn, NULL, &fault, id, allow, 1);
}

static enum MHD_Result refuse_method(struct conn *conn, const char *allow) {
    return refuse(conn, ST_METHOD_NOT_ALLOWED, "this path does not take this method; Allow says what it takes",
                  allow);
}

static enum MHD_Result route(struct page *page, const char *url, const char *method) {
    const char *allow = NULL;
    for (size_t i = 0; i < ROUTES; i++) {
        const char *rest = match(&routes[i], url);
        if (rest == NULL) continue;
        if (takes(&routes[i], method)) {
            memcpy(page->rest, rest, strlen(rest) + 1);
            return routes[i].answer(page);
        }
        bool both = allow != NULL && strcmp(allow, routes[i].method) != 0;
        allow = both ? "GET, HEAD, PUT" : strcmp(routes[i].method, "GET") == 0 ? "GET, HEAD" : routes[i].method;
    }
    if (allow != NULL) return refuse_method(page->conn, allow);
    static const char paths[] = "there is nothing at this path; there are"
#define X(METHOD, path, REST, function, what) " " path
        ROUTES_LIST(X);
#undef X
    return refuse(page->conn, ST_NOT_FOUND, paths, NULL);
}

static void take_body(struct page *page, const char *upload, size_t size) {
    if (size > PAGE_BODY_MAX - page->body_length) {
        page->body_too_long = true;
        return;
    }
    memcpy(page->body + page->body_length, upload, size);
    page->body_length += size;
    page->body[page->body_length] = '\0';
}

static enum MHD_Result begin(struct conn *conn) {
    struct page *page = conn->user;
    struct http_headers headers;
    *page = (struct page){.service = conn_user(conn), .conn = conn};
    http_read_headers(conn->handle, &headers);
    page->json = headers.accept == MEDIA_JSON;
    conn->received = 0;
    conn_set_state(conn, CONN_BODY);
    if (!headers.malformed && !headers.transfer_encoding && headers.length <= ADMIN_BODY_MAX) return MHD_YES;
    conn->early = true;
    if (headers.malformed) return refuse(conn, ST_REQUEST_MALFORMED, "a header is malformed or given twice", NULL);
    if (headers.transfer_encoding) {
        return refuse(conn, ST_LENGTH_REQUIRED, "a Transfer-Encoding is not supported", NULL);
    }
    return refuse(conn, ST_BODY_TOO_LARGE, "these paths take a word at most", NULL);
}

static enum MHD_Result handle(struct conn *conn, const char *url, const char *method, const char *upload,
                              size_t *upload_size) {
    struct page *page = conn->user;
    if (conn->state == CONN_IDLE || conn->state == CONN_HEADERS) return begin(conn);
    if (conn->state == CONN_READY) return page_finish(page);
    if (conn->state != CONN_BODY) return MHD_NO;
    if (*upload_size == 0) return route(page, url, method);
    conn->received += *upload_size;
    take_body(page, upload, *upload_size);
    *upload_size = 0;
    return MHD_YES;
}

struct server *admin_new(struct service *service) {
    const struct config *config = &service->config;
    const struct server_options options = {
        .name = "admin",
        .label = LISTENER_ADMIN,
        .listener = &service->listeners[LISTENER_ADMIN],
        .door = &service->doors[LISTENER_ADMIN],
        .connections_max = ADMIN_CONNECTIONS,
        .connections_per_peer_max = ADMIN_CONNECTIONS,
        .timeouts = {.header_ms = config->header_timeout_ms,
                     .idle_ms = config->idle_timeout_ms,
                     .body_ms = config->body_timeout_ms,
                     .body_rate = config->body_rate,
                     .write_ms = config->write_timeout_ms,
                     .drain_idle_ms = 0},
        .metrics = service->metrics,
        .user = service,
        .handle = handle,
    };
    static struct page pages[ADMIN_CONNECTIONS];
    return server_new(&options, pages, sizeof pages[0]);
}
