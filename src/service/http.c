#include "service/http.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#define TIMEOUT_MAX_MS 86400000

/* ---- Headers ------------------------------------------------------------------------------------------------- */

static bool is_token(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL)) return false;
    }
    return length > 0;
}

static bool is_field_value(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) return false;
    }
    return true;
}

static bool is_request_id(const char *text, size_t length) {
    if (length == 0 || length > REQUEST_ID_MAX) return false;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (c == '\0' || strchr("._:+/=@-", c) == NULL)) return false;
    }
    return true;
}

static bool name_is(const char *name, size_t length, const char *wanted) {
    return length == strlen(wanted) && strncasecmp(name, wanted, length) == 0;
}

/* Decimal digits below 2^64, nothing else. */
static bool read_length(const char *text, size_t length, uint64_t *ret) {
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        unsigned digit = (unsigned)(text[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) return false;
        value = 10 * value + digit;
    }
    *ret = value;
    return length > 0;
}

static size_t trim(const char **text, size_t length) {
    while (length > 0 && ((*text)[0] == ' ' || (*text)[0] == '\t')) {
        (*text)++;
        length--;
    }
    while (length > 0 && ((*text)[length - 1] == ' ' || (*text)[length - 1] == '\t')) length--;
    return length;
}

/* "type/subtype" of a media type or range, without its parameters. */
static size_t media_range(const char **text, size_t length) {
    const char *semicolon = memchr(*text, ';', length);
    return trim(text, semicolon == NULL ? length : (size_t)(semicolon - *text));
}

static enum http_media read_media(const char *text, size_t length) {
    length = media_range(&text, length);
    if (name_is(text, length, "application/json")) return MEDIA_JSON;
    if (name_is(text, length, "application/octet-stream")) return MEDIA_BINARY;
    return MEDIA_OTHER;
}

/* The q parameter of one element of Accept in thousandths; 1000 without one, 0 for a malformed one. */
static int read_quality(const char *text, size_t length) {
    const char *at = text, *end = text + length;
    while ((at = memchr(at, ';', (size_t)(end - at))) != NULL) {
        at++;
        while (at < end && (*at == ' ' || *at == '\t')) at++;
        if (end - at < 3 || (at[0] != 'q' && at[0] != 'Q') || at[1] != '=') continue;
        int value = (at[2] - '0') * 1000, scale = 100;
        if (at[2] != '0' && at[2] != '1') return 0;
        for (at += 3; at < end && *at == '.'; at++) continue;
        for (; at < end && *at >= '0' && *at <= '9' && scale > 0; at++, scale /= 10) value += (*at - '0') * scale;
        return value > 1000 ? 0 : value;
    }
    return 1000;
}

/* The most specific range that covers a type gives its quality; ties between the types mean no preference. */
static enum http_media read_accept(const char *text, size_t length) {
    int quality[2] = {0, 0}, rank[2] = {-1, -1};
    static const char *const types[2] = {"application/json", "application/octet-stream"};
    while (length > 0) {
        const char *comma = memchr(text, ',', length);
        size_t n = comma == NULL ? length : (size_t)(comma - text);
        const char *range = text;
        size_t range_length = media_range(&range, n);
        for (int i = 0; i < 2; i++) {
            int r = name_is(range, range_length, types[i])          ? 2
                    : name_is(range, range_length, "application/*") ? 1
                    : name_is(range, range_length, "*/*")           ? 0
                                                                    : -1;
            if (r < 0 || r < rank[i]) continue;
            rank[i] = r;
            quality[i] = read_quality(text, n);
        }
        if (comma == NULL) break;
        length -= n + 1;
        text = comma + 1;
    }
    if (quality[0] == quality[1]) return MEDIA_NONE;
    return quality[0] > quality[1] ? MEDIA_JSON : MEDIA_BINARY;
}

/* Seconds with at most three digits behind the point, above 0 and up to a day. */
static bool read_timeout(const char *text, size_t length, int64_t *ret_ms) {
    int64_t ms = 0, scale = 1000;
    bool point = false;
    if (length == 0 || length > 9) return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '.' && !point && i > 0 && i + 1 < length) {
            point = true;
        } else if (text[i] < '0' || text[i] > '9' || scale == 1) {
            return false;
        } else if (point) {
            scale /= 10;
            ms += (text[i] - '0') * scale;
        } else {
            ms = 10 * ms + (text[i] - '0') * 1000;
        }
    }
    *ret_ms = ms;
    return ms > 0 && ms <= TIMEOUT_MAX_MS;
}

static void read_content_length(struct http_headers *headers, const char *value, size_t length) {
    if (headers->has_length || !read_length(value, length, &headers->length)) headers->malformed = true;
    headers->has_length = true;
}

static enum MHD_Result on_header(void *user, enum MHD_ValueKind kind, const char *name, size_t name_length,
                                 const char *value, size_t length) {
    struct http_headers *headers = user;
    (void)kind;
    if (value == NULL) value = "";
    if (!is_token(name, name_length) || !is_field_value(value, length)) {
        headers->malformed = true;
    } else if (name_is(name, name_length, MHD_HTTP_HEADER_CONTENT_LENGTH)) {
        read_content_length(headers, value, length);
    } else if (name_is(name, name_length, MHD_HTTP_HEADER_TRANSFER_ENCODING)) {
        headers->transfer_encoding = true;
    } else if (name_is(name, name_length, MHD_HTTP_HEADER_CONTENT_TYPE)) {
        if (headers->media != MEDIA_NONE) headers->malformed = true;
        headers->media = read_media(value, length);
    } else if (name_is(name, name_length, MHD_HTTP_HEADER_CONTENT_ENCODING)) {
        headers->encoded = headers->encoded || !name_is(value, length, "identity");
    } else if (name_is(name, name_length, MHD_HTTP_HEADER_ACCEPT)) {
        headers->accept = read_accept(value, length);
    } else if (name_is(name, name_length, MHD_HTTP_HEADER_EXPECT)) {
        headers->expects_continue = name_is(value, length, "100-continue");
    } else if (name_is(name, name_length, "X-Request-Timeout")) {
        if (headers->timeout_ms != 0 || !read_timeout(value, length, &headers->timeout_ms)) headers->malformed = true;
    } else if (name_is(name, name_length, "traceparent")) {
        trace_take_parent(&headers->trace, value, length);
    } else if (name_is(name, name_length, "tracestate")) {
        trace_take_state(&headers->trace, value, length);
    } else if (name_is(name, name_length, "X-Request-Id") && is_request_id(value, length)) {
        memcpy(headers->request_id, value, length);
        headers->request_id[length] = '\0';
    }
    return MHD_YES;
}

void http_read_headers(struct MHD_Connection *handle, struct http_headers *ret_headers) {
    *ret_headers = (struct http_headers){0};
    MHD_get_connection_values_n(handle, MHD_HEADER_KIND, on_header, ret_headers);
    if (ret_headers->transfer_encoding && ret_headers->has_length) ret_headers->malformed = true;
}

bool http_method_is(const char *method, const char *wanted) {
    return strcmp(method, wanted) == 0;
}

/* ---- Request ids --------------------------------------------------------------------------------------------- */

static uint64_t id_prefix;
static pthread_once_t id_once = PTHREAD_ONCE_INIT;

static void make_prefix(void) {
    if (getrandom(&id_prefix, sizeof id_prefix, 0) != (ssize_t)sizeof id_prefix) {
        id_prefix = (uint64_t)server_now_ms();
    }
}

void http_make_request_id(char out[REQUEST_ID_MAX + 1]) {
    static _Atomic uint64_t counter;
    pthread_once(&id_once, make_prefix);
    snprintf(out, REQUEST_ID_MAX + 1, "%016" PRIx64 "-%08" PRIx64, id_prefix, atomic_fetch_add(&counter, 1) + 1);
}

/* ---- Problems ------------------------------------------------------------------------------------------------ */

enum MHD_Result http_problem(struct conn *conn, const struct wire_operation *operation,
                             const struct wire_fault *fault, const char *request_id, const char *allow,
                             unsigned retry_after_s) {
    char text[WIRE_PROBLEM_MAX], seconds[16];
    int http_status = status_code_http(fault->code);
    size_t length = wire_problem(text, operation, fault, request_id);
    struct MHD_Response *response = MHD_create_response_from_buffer(length, text, MHD_RESPMEM_MUST_COPY);
    if (response == NULL) return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/problem+json");
    if (request_id != NULL) MHD_add_response_header(response, "X-Request-Id", request_id);
    if (allow != NULL) MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, allow);
    if (http_status == 503 || http_status == 429) {
        snprintf(seconds, sizeof seconds, "%u", retry_after_s);
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    conn->answer_bytes = length;
    return conn_answer(conn, http_status, response);
}
