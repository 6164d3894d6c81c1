/* What both listeners need of HTTP: a strict look at a request's headers, and problem documents as answers. */
#ifndef SERVICE_HTTP_H
#define SERVICE_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "service/request.h"
#include "service/server.h"
#include "service/trace.h"
#include "wire/wire.h"

enum http_media { MEDIA_NONE, MEDIA_JSON, MEDIA_BINARY, MEDIA_OTHER };

struct http_headers {
    bool malformed;         /* a header that a proxy could read in another way than we do */
    bool transfer_encoding; /* any at all */
    bool has_length;
    bool expects_continue;
    bool encoded; /* a Content-Encoding other than identity */
    uint64_t length;
    enum http_media media;               /* Content-Type */
    enum http_media accept;              /* the one of JSON and BINARY that Accept prefers, NONE if neither */
    int64_t timeout_ms;                  /* X-Request-Timeout: how long the client will wait; 0: it did not say */
    char request_id[REQUEST_ID_MAX + 1]; /* the client's if it is acceptable, else "" */
    struct trace_headers trace;
};

void http_read_headers(struct MHD_Connection *handle, struct http_headers *ret_headers);

/* A new request id: unique in this process, and with chance to spare in others. */
void http_make_request_id(char out[REQUEST_ID_MAX + 1]);

/* Answers with a problem document. operation and request_id may be NULL; allow is the Allow header's value or NULL;
 * retry_after_s is sent with 429 and 503. */
enum MHD_Result http_problem(struct conn *conn, const struct wire_operation *operation,
                             const struct wire_fault *fault, const char *request_id, const char *allow,
                             unsigned retry_after_s);

/* Whether two methods are the same (they are case-sensitive). */
bool http_method_is(const char *method, const char *wanted);

#endif
