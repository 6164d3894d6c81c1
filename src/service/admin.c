#include "service/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/http.h"

#define ADMIN_CONNECTIONS 64
#define ADMIN_BODY_MAX    4096u

static struct service *service_of(const struct conn *conn) {
    return conn_user(conn);
}

static enum MHD_Result answer_text(struct conn *conn, int http_status, const char *type, char *text, size_t length,
                                   enum MHD_ResponseMemoryMode mode) {
    struct MHD_Response *response = MHD_create_response_from_buffer(length, text, mode);
    if (response == NULL) {
        if (mode == MHD_RESPMEM_MUST_FREE) free(text);
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (http_status == 503) MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    return conn_answer(conn, http_status, response);
}

#define TEXT_PLAIN "text/plain; charset=utf-8"

static enum MHD_Result livez(struct conn *conn) {
    char text[] = "ok\n";
    return answer_text(conn, 200, TEXT_PLAIN, text, strlen(text), MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result readyz(struct conn *conn) {
    const struct service *service = service_of(conn);
    enum service_phase phase = service_phase(service);
    char text[256];
    const char *test = phase == PHASE_STARTING ? "running" : phase == PHASE_FAILED ? "failed" : "ok";
    int n = snprintf(text, sizeof text, "[%c]self_test %s\n[%c]accepting %s\n%s\n", *test == 'o' ? '+' : '-', test,
                     phase == PHASE_READY ? '+' : '-',
                     phase == PHASE_READY      ? "ok"
                     : phase == PHASE_DRAINING ? "draining"
                                               : "not yet",
                     phase == PHASE_READY ? "ready" : "not ready");
    return answer_text(conn, phase == PHASE_READY ? 200 : 503, TEXT_PLAIN, text, (size_t)n, MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result version(struct conn *conn) {
    const struct service *service = service_of(conn);
    bool loaded = service_phase(service) != PHASE_STARTING && service->ctx != NULL;
    char text[768];
    int n;
    if (loaded) {
        n = snprintf(text, sizeof text,
                     "{\"version\":\"%s\",\"commit\":\"%s\",\"backend\":\"%s\",\"setup\":{\"name\":\"%s\","
                     "\"sha256\":\"%s\"},\"precompute\":%d,\"workers\":%zu}\n",
                     service->info.version, service_commit(), service->info.backend, service->info.setup_name,
                     service->setup_sha256, service->info.precompute, service->worker_count);
    } else {
        n = snprintf(text, sizeof text,
                     "{\"version\":\"%s\",\"commit\":\"%s\",\"backend\":\"%s\",\"setup\":null,\"precompute\":null,"
                     "\"workers\":%zu}\n",
                     KZG_VERSION_STRING, service_commit(), kzg_backend_name(), service->worker_count);
    }
    return answer_text(conn, 200, "application/json", text, (size_t)n, MHD_RESPMEM_MUST_COPY);
}

/* Rendered twice: figures can grow by a digit between asking for the length and writing. */
static enum MHD_Result metrics(struct conn *conn) {
    struct service *service = service_of(conn);
    service_metrics_read(service);
    size_t room = kzgops_metrics_render(service->metrics, NULL, 0) + 8192;
    char *text = malloc(room);
    if (text == NULL) return MHD_NO;
    size_t length = kzgops_metrics_render(service->metrics, text, room);
    if (length >= room) {
        free(text);
        return MHD_NO;
    }
    return answer_text(conn, 200, "text/plain; version=0.0.4; charset=utf-8", text, length, MHD_RESPMEM_MUST_FREE);
}

static const struct {
    const char *path;
    enum MHD_Result (*answer)(struct conn *conn);
} routes[] = {{"/livez", livez}, {"/readyz", readyz}, {"/version", version}, {"/metrics", metrics}};

static enum MHD_Result refuse(struct conn *conn, status_code code, const char *detail) {
    struct wire_fault fault;
    char id[REQUEST_ID_MAX + 1];
    http_make_request_id(id);
    wire_fault_at(&fault, code, WIRE_NO_ARGUMENT, WIRE_NO_INDEX, "%s", detail);
    return http_problem(conn, NULL, &fault, id, code == ST_METHOD_NOT_ALLOWED ? "GET, HEAD" : NULL, 1);
}

static enum MHD_Result route(struct conn *conn, const char *url, const char *method) {
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (strcmp(url, routes[i].path) != 0) continue;
        if (http_method_is(method, "GET") || http_method_is(method, "HEAD")) return routes[i].answer(conn);
        return refuse(conn, ST_METHOD_NOT_ALLOWED, "this path takes GET and HEAD");
    }
    return refuse(conn, ST_NOT_FOUND, "there is nothing at this path; there are /livez, /readyz, /version, /metrics");
}

/* Bodies have no meaning here: short ones are thrown away, others refused unread. */
static enum MHD_Result handle(struct conn *conn, const char *url, const char *method, const char *upload,
                              size_t *upload_size) {
    struct http_headers headers;
    (void)upload;
    if (conn->state == CONN_BODY) {
        if (*upload_size == 0) return route(conn, url, method);
        conn->received += *upload_size;
        *upload_size = 0;
        return MHD_YES;
    }
    if (conn->state != CONN_IDLE && conn->state != CONN_HEADERS) return MHD_NO;
    http_read_headers(conn->handle, &headers);
    conn->received = 0;
    conn_set_state(conn, CONN_BODY);
    if (!headers.malformed && !headers.transfer_encoding && headers.length <= ADMIN_BODY_MAX) return MHD_YES;
    conn->early = true;
    if (headers.malformed) return refuse(conn, ST_REQUEST_MALFORMED, "a header is malformed or given twice");
    if (headers.transfer_encoding) return refuse(conn, ST_LENGTH_REQUIRED, "a Transfer-Encoding is not supported");
    return refuse(conn, ST_BODY_TOO_LARGE, "these paths take no body");
}

struct server *admin_new(struct service *service) {
    const struct config *config = &service->config;
    const struct server_options options = {
        .name = "admin",
        .label = LISTENER_ADMIN,
        .listener = &service->listeners[LISTENER_ADMIN],
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
    return server_new(&options, NULL, 0);
}
