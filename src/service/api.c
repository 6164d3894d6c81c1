#include "service/api.h"

#include <string.h>

#include "base/assert.h"
#include "service/cost.h"
#include "service/events.h"
#include "service/gate.h"
#include "service/http.h"
#include "service/integrity.h"
#include "service/operation.h"
#include "service/pressure.h"
#include "service/reserve.h"
#include "service/tap.h"

#define PATH_PREFIX "/kzg/v1/"

/* A refused request's body is read and thrown away up to this length, so that the connection stays usable and the
 * client, which may still be sending, gets its answer; a longer one ends the connection. */
#define DISCARD_MAX ((uint64_t)1 << 20)

#define RETRY_AFTER_MAX_S 30
#define PRESSURE_RETRY_S  5 /* memory is looked at once a second, and falls more slowly than a queue */

static struct service *service_of(const struct conn *conn) {
    return conn_user(conn);
}

/* ---- Request memory ------------------------------------------------------------------------------------------ */

/* Stands at the start of a block, for the callback that gives it back. */
struct block {
    struct pool *pool;
};

static void give_block(void *user) {
    struct block *block = user;
    if (block != NULL) pool_give(block->pool, block);
}

static void drop_block(struct request *request) {
    give_block(request->block);
    request->block = NULL;
}

static bool fault_no_room(struct service *service, struct request *request, size_t bytes) {
    struct pool_state pool;
    pool_read(service->pool, &pool);
    wire_fault_at(&request->fault, ST_OUT_OF_MEMORY, WIRE_NO_ARGUMENT, WIRE_NO_INDEX,
                  "%s needs %zu bytes of request memory in one piece; %zu of %zu are free, the longest piece has %zu",
                  request->operation->name, pool_block_bytes(bytes), pool.bytes - pool.used, pool.bytes,
                  pool.largest);
    return false;
}

/* One block: header, body, raw result, text of the result. False, and a fault with the numbers, when the pool has no
 * room for it. */
static bool take_block(struct service *service, struct request *request) {
    const struct wire_operation *operation = request->operation;
    size_t items = wire_items_max(operation, &service->limits);
    struct reserve_layout at;
    reserve_plan(operation, items, request->json_in, request->json_out, request->length, sizeof(struct block), &at);
    struct block *block = pool_take(service->pool, at.bytes);
    if (block == NULL) return fault_no_room(service, request, at.bytes);
    block->pool = service->pool;
    request->block = block;
    request->body = (uint8_t *)block + at.body_at;
    request->body_capacity = at.body_bytes;
    request->raw = (uint8_t *)block + at.raw_at;
    request->text = (char *)block + at.text_at;
    if (request->json_in) wire_json_begin(&request->json, operation, items, request->body, at.body_bytes);
    return true;
}

/* ---- Refusing ------------------------------------------------------------------------------------------------ */

/* The request will be answered with request->fault, and what it holds is given back now. */
static void refuse(struct service *service, struct request *request) {
    KZG_ASSERT(!request->refused);
    request->refused = true;
    drop_block(request);
    operation_refused(service, request);
}

static bool fault(struct request *request, status_code code, const char *detail) {
    wire_fault_at(&request->fault, code, WIRE_NO_ARGUMENT, WIRE_NO_INDEX, "%s",
                  detail == NULL ? status_code_text(code) : detail);
    return false;
}

static unsigned retry_after(struct service *service, const struct request *request) {
    uint64_t first = request->fault.code == ST_MEMORY_PRESSURE ? PRESSURE_RETRY_S : 1;
    uint64_t seconds = first + queue_wait_us(service->queue) / 1000000;
    return seconds < RETRY_AFTER_MAX_S ? (unsigned)seconds : RETRY_AFTER_MAX_S;
}

static enum MHD_Result answer(struct conn *conn, struct request *request) {
    struct service *service = service_of(conn);
    if (!request->refused && !gate_trusts(integrity_gate(service->integrity), request->pass)) {
        fault(request, ST_NOT_READY, "this instance has found something wrong with itself since it computed this");
        refuse(service, request);
    }
    tap_copy_answer(request->copy, request);
    if (request->refused) {
        const char *allow = request->fault.code == ST_METHOD_NOT_ALLOWED ? "POST" : NULL;
        return http_problem(conn, request->operation, &request->fault, request->id, allow,
                            retry_after(service, request));
    }
    struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
        request->answer_length, request->answer, give_block, request->block);
    if (response == NULL) return MHD_NO;
    request->block = NULL; /* the response has it now */
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                            request->json_out ? "application/json" : "application/octet-stream");
    MHD_add_response_header(response, "X-Request-Id", request->id);
    conn->answer_bytes = request->answer_length;
    return conn_answer(conn, MHD_HTTP_OK, response);
}

/* ---- Headers: route, framing, admission ------------------------------------------------------------------------ */

static bool check_route(struct request *request, const char *url, const char *method) {
    size_t prefix = strlen(PATH_PREFIX);
    if (strncmp(url, PATH_PREFIX, prefix) != 0 || !wire_operation_find(url + prefix, &request->operation_id)) {
        return fault(request, ST_NOT_FOUND, "there is nothing at this path; operations are at " PATH_PREFIX "<name>");
    }
    request->operation = wire_operation(request->operation_id);
    if (!http_method_is(method, "POST")) {
        return fault(request, ST_METHOD_NOT_ALLOWED, "an operation takes POST only");
    }
    return true;
}

static bool check_framing(struct request *request, const struct http_headers *headers) {
    if (headers->transfer_encoding) {
        return fault(request, ST_LENGTH_REQUIRED, "a body must have a Content-Length and no Transfer-Encoding");
    }
    if (!headers->has_length) return fault(request, ST_LENGTH_REQUIRED, NULL);
    if (headers->encoded) return fault(request, ST_UNSUPPORTED_MEDIA_TYPE, "a Content-Encoding is not supported");
    if (headers->media != MEDIA_JSON && headers->media != MEDIA_BINARY) {
        return fault(request, ST_UNSUPPORTED_MEDIA_TYPE, NULL);
    }
    return true;
}

static bool check_length(const struct service *service, struct request *request) {
    size_t items = wire_items_max(request->operation, &service->limits);
    size_t most =
        request->json_in ? wire_json_max(request->operation, items) : wire_ssz_max(request->operation, items);
    if (request->length <= most) return true;
    wire_fault_at(&request->fault, ST_BODY_TOO_LARGE, WIRE_NO_ARGUMENT, WIRE_NO_INDEX,
                  "the body has %llu bytes, %s takes at most %zu in this form", (unsigned long long)request->length,
                  request->operation->name, most);
    return false;
}

/* Above the critical memory threshold only what is cheap enough. */
static bool admit_under_pressure(struct service *service, struct request *request) {
    size_t items = reserve_items(request->operation, request->json_in, request->length);
    char why[sizeof request->fault.detail];
    if (pressure_admits(service->pressure, cost_us(service->cost, request->operation_id, items), why, sizeof why))
        return true;
    return fault(request, ST_MEMORY_PRESSURE, why);
}

/* What this instance can take on now. Memory is reserved here, before the body is read. */
static bool admit(struct service *service, struct conn *conn, struct request *request) {
    enum service_phase phase = service_phase(service);
    if (phase == PHASE_STARTING || phase == PHASE_FAILED) return fault(request, ST_NOT_READY, NULL);
    if (gate_is_shut(integrity_gate(service->integrity))) {
        return fault(request, ST_NOT_READY, "this instance has found its own memory or arithmetic wrong");
    }
    if (conn_peer_requests(conn) >= (size_t)service->config.max_requests_per_peer) {
        return fault(request, ST_TOO_MANY_REQUESTS, NULL);
    }
    if (!queue_has_room(service->queue, cost_us(service->cost, request->operation_id, 1))) {
        return fault(request, ST_QUEUE_FULL, NULL);
    }
    return admit_under_pressure(service, request) && take_block(service, request);
}

static bool begin_checks(struct service *service, struct conn *conn, const struct http_headers *headers,
                         const char *url, const char *method) {
    struct request *request = conn->user;
    if (headers->malformed) {
        return fault(
            request, ST_REQUEST_MALFORMED,
            "a header is malformed, given twice, or contradicts another (Content-Length, Transfer-Encoding)");
    }
    if (!check_route(request, url, method) || !check_framing(request, headers)) return false;
    request->length = headers->length;
    request->deadline_ns = headers->timeout_ms == 0 ? INT64_MAX : request->begun_ns + headers->timeout_ms * 1000000;
    request->json_in = headers->media == MEDIA_JSON;
    request->json_out = headers->accept == MEDIA_NONE ? request->json_in : headers->accept == MEDIA_JSON;
    return check_length(service, request) && admit(service, conn, request);
}

/* A refusal is sent at once where reading on would be wrong, long or unwanted; that ends the connection. */
static bool must_answer_now(const struct request *request, const struct http_headers *headers) {
    return headers->malformed || headers->transfer_encoding || headers->length > DISCARD_MAX ||
           request->fault.code == ST_BODY_TOO_LARGE || request->fault.code == ST_LENGTH_REQUIRED ||
           (headers->expects_continue && headers->length > 0);
}

static enum MHD_Result begin(struct conn *conn, const char *url, const char *method) {
    struct service *service = service_of(conn);
    struct request *request = conn->user;
    struct http_headers headers;
    *request = (struct request){.conn = conn, .begun_ns = service_now_ns()};
    if (OBSERVED) traffic_begin(&service->traffic);
    http_read_headers(conn->handle, &headers);
    if (headers.request_id[0] != '\0') {
        memcpy(request->id, headers.request_id, sizeof request->id);
    } else {
        http_make_request_id(request->id);
    }
    if (OBSERVED) trace_begin(&request->trace, &headers.trace);
    bool ok = begin_checks(service, conn, &headers, url, method);
    if (OBSERVED) traffic_is(&service->traffic, request);
    conn->received = 0;
    conn_set_state(conn, CONN_BODY);
    if (ok) request->copy = tap_copy_begin(service->tap, request);
    if (ok) return MHD_YES;
    refuse(service, request);
    if (!must_answer_now(request, &headers)) return MHD_YES;
    /* Where the length is missing a body may come nevertheless, and would be taken for the next request. */
    conn->early = headers.malformed || headers.transfer_encoding || headers.length > 0 ||
                  request->fault.code == ST_LENGTH_REQUIRED;
    return answer(conn, request);
}

/* ---- Body ---------------------------------------------------------------------------------------------------- */

static enum MHD_Result body_piece(struct conn *conn, const char *upload, size_t *upload_size) {
    struct request *request = conn->user;
    size_t length = *upload_size, at = (size_t)conn->received;
    *upload_size = 0;
    conn->received += length;
    if (OBSERVED) service_metrics_add(service_of(conn), METRIC_HTTP_BODY, KZGOPS_AT(AT_DIRECTION_IN), length);
    tap_copy_body(request->copy, upload, length);
    if (request->refused) return MHD_YES;
    if (conn->received > request->length) return MHD_NO;
    if (!request->json_in) {
        memcpy(request->body + at, upload, length);
        return MHD_YES;
    }
    int64_t from_ns = service_observed_ns();
    bool ok = wire_json_feed(&request->json, upload, length);
    request->spans.ns[SPAN_DECODE] += service_observed_ns() - from_ns;
    if (!ok) {
        request->fault = request->json.fault;
        refuse(service_of(conn), request);
    }
    return MHD_YES;
}

static bool decode_whole(struct service *service, struct request *request) {
    if (!request->json_in) {
        return wire_ssz_decode(request->operation, request->body, (size_t)request->length,
                               wire_items_max(request->operation, &service->limits), &request->args, &request->fault);
    }
    if (wire_json_end(&request->json, &request->args)) return true;
    request->fault = request->json.fault;
    return false;
}

static bool decode(struct service *service, struct request *request) {
    int64_t from_ns = service_observed_ns();
    bool ok = decode_whole(service, request);
    request->spans.ns[SPAN_DECODE] += service_observed_ns() - from_ns;
    return ok;
}

/* Whether the answer can be there before the client stops waiting, by what waits before it and its own cost. */
static bool in_time(struct service *service, struct request *request) {
    int64_t wait_ns = (int64_t)queue_wait_us(service->queue) * 1000, own_ns = (int64_t)request->cost_us * 1000;
    int64_t left_ns = request->deadline_ns - service_now_ns();
    if (request->deadline_ns == INT64_MAX || wait_ns + own_ns <= left_ns) return true;
    wire_fault_at(&request->fault, ST_DEADLINE_UNREACHABLE, WIRE_NO_ARGUMENT, WIRE_NO_INDEX,
                  "the client waits %lld ms more; what is before this request takes about %lld ms, itself %lld ms",
                  (long long)(left_ns > 0 ? left_ns / 1000000 : 0), (long long)(wait_ns / 1000000),
                  (long long)(own_ns / 1000000));
    return false;
}

static bool enqueue(struct service *service, struct request *request) {
    request->cost_us = cost_us(service->cost, request->operation_id, request->args.n);
    request->queued_ns = service_observed_ns();
    request->spans.ns[SPAN_READ] = request->queued_ns - request->begun_ns - request->spans.ns[SPAN_DECODE];
    if (!in_time(service, request)) return false;
    if (queue_push(service->queue, request)) return true;
    bool ending = service_phase(service) == PHASE_DRAINING && queue_has_room(service->queue, 0) == false &&
                  queue_depth(service->queue) == 0;
    return fault(request, ending ? ST_DRAINING : ST_QUEUE_FULL, NULL);
}

static enum MHD_Result body_end(struct conn *conn) {
    struct service *service = service_of(conn);
    struct request *request = conn->user;
    if (!request->refused) {
        if (decode(service, request) && enqueue(service, request)) {
            conn_suspend(conn);
            return MHD_YES;
        }
        refuse(service, request);
    }
    return answer(conn, request);
}

static enum MHD_Result handle(struct conn *conn, const char *url, const char *method, const char *upload,
                              size_t *upload_size) {
    struct request *request = conn->user;
    switch (conn->state) {
    case CONN_IDLE:
    case CONN_HEADERS: return begin(conn, url, method);
    case CONN_BODY: return *upload_size > 0 ? body_piece(conn, upload, upload_size) : body_end(conn);
    case CONN_READY: return request->left ? MHD_NO : answer(conn, request);
    case CONN_FREE:
    case CONN_SUSPENDED:
    case CONN_REPLY:
    case CONN_CLOSING: break;
    }
    return MHD_NO;
}

/* ---- Around the request -------------------------------------------------------------------------------------- */

/* While a request waits for a worker: not for a client that has left, and not longer than allowed. */
static void waiting(struct conn *conn, int64_t now_ms) {
    struct service *service = service_of(conn);
    struct request *request = conn->user;
    bool gone = conn_peer_gone(conn);
    bool expired = service_now_ns() > request->deadline_ns;
    bool late = expired || now_ms - conn->since_ms > service->config.request_timeout_ms;
    if ((!gone && !late) || !queue_remove(service->queue, request)) return;
    if (gone) {
        request->left = true;
    } else {
        fault(request, expired ? ST_DEADLINE_UNREACHABLE : ST_QUEUE_FULL, "no worker became free in time");
        refuse(service, request);
    }
    server_complete(conn);
}

static void record_end(struct service *service, const struct request *request) {
    if (request->left) service_metrics_add(service, METRIC_ABANDONED, KZGOPS_ALONE, 1);
    SERVICE_LOG(EVENT_REQUEST, KZGOPS_STR("operation", request->operation == NULL ? "" : request->operation->name),
                KZGOPS_MS("duration_ms", service_now_ns() - request->begun_ns),
                KZGOPS_STR("status", request->left      ? "abandoned"
                                     : request->refused ? status_code_name(request->fault.code)
                                                        : "ok"),
                KZGOPS_STR("request_id", request->id), KZGOPS_STR("trace_id", request->trace.id));
    traffic_end(&service->traffic, request);
}

static void cut_off(struct conn *conn, status_code code) {
    struct request *request = conn->user;
    if (request->conn == NULL || request->refused) return;
    fault(request, code, NULL);
    refuse(service_of(conn), request);
}

static void finished(struct conn *conn) {
    struct service *service = service_of(conn);
    struct request *request = conn->user;
    if (request->conn == NULL) return;
    if (OBSERVED) record_end(service, request);
    drop_block(request);
    tap_copy_end(request->copy);
    request->copy = NULL;
    request->conn = NULL;
}

static const char *request_id(const struct conn *conn) {
    const struct request *request = conn->user;
    return request->id[0] == '\0' ? NULL : request->id;
}

static const struct trace *trace_of(const struct conn *conn) {
    const struct request *request = conn->user;
    return &request->trace;
}

static void answered(struct conn *conn, int http_status) {
    struct service *service = service_of(conn);
    service_metrics_add(service, METRIC_HTTP_RESPONSES, KZGOPS_AT(metrics_http(http_status)), 1);
    service_metrics_add(service, METRIC_HTTP_BODY, KZGOPS_AT(AT_DIRECTION_OUT), conn->answer_bytes);
}

struct server *api_new(struct service *service) {
    const struct config *config = &service->config;
    const struct server_options options = {
        .name = "api",
        .label = LISTENER_API,
        .listener = &service->listeners[LISTENER_API],
        .door = &service->doors[LISTENER_API],
        .connections_max = (size_t)config->max_connections,
        .connections_per_peer_max = (size_t)config->max_connections_per_peer,
        .timeouts = {.header_ms = config->header_timeout_ms,
                     .idle_ms = config->idle_timeout_ms,
                     .body_ms = config->body_timeout_ms,
                     .body_rate = config->body_rate,
                     .write_ms = config->write_timeout_ms,
                     .drain_idle_ms = config->drain_idle_ms},
        .metrics = service->metrics,
        .user = service,
        .handle = handle,
        .cut_off = cut_off,
        .finished = finished,
        .waiting = waiting,
        .request_id = request_id,
        .trace = OBSERVED ? trace_of : NULL,
        .answered = OBSERVED ? answered : NULL,
    };
    service->requests = memory_take(MEMORY_TAG_HTTP, (size_t)config->max_connections * sizeof *service->requests);
    if (service->requests == NULL) return NULL;
    return server_new(&options, service->requests, sizeof *service->requests);
}
