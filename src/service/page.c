#include "service/page.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "kzgops/sampler.h"

#define SPARE_BYTES 4096 /* figures may grow by digits between asking for a length and writing */
#define WRITE_TRIES 4

static enum MHD_Result send_response(struct page *page, int http_status, const char *type,
                                     struct MHD_Response *response) {
    char disposition[PAGE_FILE_MAX + 32];
    if (response == NULL) return MHD_NO;
    if (page->result.file_name[0] != '\0') {
        snprintf(disposition, sizeof disposition, "%s; filename=\"%s\"",
                 strcmp(type, PAGE_BINARY) == 0 ? "attachment" : "inline", page->result.file_name);
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_DISPOSITION, disposition);
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT);
    if (http_status == 503) MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    return conn_answer(page->conn, http_status, response);
}

enum MHD_Result page_send(struct page *page, int http_status, const char *type, const char *text, size_t length) {
    char *copy = malloc(length + 1);
    if (copy == NULL) return page_problem(page, ST_OUT_OF_MEMORY, "there is no memory for the answer");
    memcpy(copy, text, length);
    struct MHD_Response *response = MHD_create_response_from_buffer(length, copy, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) free(copy);
    return send_response(page, http_status, type, response);
}

/* NULL: no memory, or (with *ret_length not 0) it grew faster than it could be written. */
static char *write_block(page_writer writer, const void *what, size_t *ret_length) {
    for (int i = 0; i < WRITE_TRIES; i++) {
        size_t room = writer(what, NULL, 0) + SPARE_BYTES;
        char *text = malloc(room);
        *ret_length = 0;
        if (text == NULL) return NULL;
        *ret_length = writer(what, text, room);
        if (*ret_length < room) return text;
        free(text);
    }
    return NULL;
}

static status_code why_unwritten(size_t length, const char **ret_detail) {
    *ret_detail =
        length == 0 ? "there is no memory for the answer" : "the answer grew faster than it could be written";
    return length == 0 ? ST_OUT_OF_MEMORY : ST_INTERNAL;
}

enum MHD_Result page_write(struct page *page, int http_status, const char *type, page_writer writer,
                           const void *what) {
    const char *detail;
    size_t length;
    char *text = write_block(writer, what, &length);
    if (text == NULL) {
        status_code code = why_unwritten(length, &detail);
        return page_problem(page, code, detail);
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(length, text, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) free(text);
    return send_response(page, http_status, type, response);
}

enum MHD_Result page_report(struct page *page, page_writer text, page_writer json, const void *what) {
    return page_write(page, 200, page->json ? PAGE_JSON : PAGE_TEXT, page->json ? json : text, what);
}

enum MHD_Result page_problem(struct page *page, status_code code, const char *detail) {
    struct wire_fault fault;
    char id[REQUEST_ID_MAX + 1];
    http_make_request_id(id);
    wire_fault_at(&fault, code, WIRE_NO_ARGUMENT, WIRE_NO_INDEX, "%s", detail);
    return http_problem(page->conn, NULL, &fault, id, NULL, 1);
}

/* ---- Query ----------------------------------------------------------------------------------------------------- */

const char *page_query(const struct page *page, const char *name) {
    return MHD_lookup_connection_value(page->conn->handle, MHD_GET_ARGUMENT_KIND, name);
}

bool page_query_number(const struct page *page, const char *name, long fallback, long min, long max, long *ret) {
    const char *text = page_query(page, name);
    char *end;
    *ret = fallback;
    if (text == NULL) return true;
    if (text[0] < '0' || text[0] > '9' || strlen(text) > 9) return false;
    *ret = strtol(text, &end, 10);
    return *end == '\0' && *ret >= min && *ret <= max;
}

/* ---- Who asks -------------------------------------------------------------------------------------------------- */

static void local_client(int fd, char out[PAGE_CLIENT_MAX]) {
    struct ucred who;
    socklen_t length = sizeof who;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0) {
        snprintf(out, PAGE_CLIENT_MAX, "unix:uid %ld, pid %ld", (long)who.uid, (long)who.pid);
    }
}

void page_client(const struct page *page, char out[PAGE_CLIENT_MAX]) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    char host[INET6_ADDRSTRLEN] = "", port[8] = "";
    snprintf(out, PAGE_CLIENT_MAX, "unknown");
    if (getpeername(page->conn->fd, (struct sockaddr *)&address, &length) != 0) return;
    if (address.ss_family == AF_UNIX) {
        local_client(page->conn->fd, out);
    } else if (getnameinfo((const struct sockaddr *)&address, length, host, sizeof host, port, sizeof port,
                           NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
        bool v6 = address.ss_family == AF_INET6;
        snprintf(out, PAGE_CLIENT_MAX, "%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "", port);
    }
}

/* ---- Pages that take their time ----------------------------------------------------------------------------------
 */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static size_t running;

static void count_running(int change) {
    pthread_mutex_lock(&lock);
    running = change > 0 ? running + 1 : running - 1;
    if (running == 0) pthread_cond_broadcast(&ended);
    pthread_mutex_unlock(&lock);
}

static void *run(void *user) {
    struct page *page = user;
    (void)kzgops_sampler_attach("page");
    page->work(page);
    server_complete(page->conn);
    count_running(-1);
    return NULL;
}

enum MHD_Result page_later(struct page *page, void (*work)(struct page *page)) {
    pthread_t thread;
    pthread_attr_t attributes;
    page->result = (struct page_result){0};
    page->work = work;
    count_running(1);
    conn_suspend(page->conn);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    int error = pthread_create(&thread, &attributes, run, page);
    pthread_attr_destroy(&attributes);
    if (error == 0) return MHD_YES;
    wire_fault_at(&page->result.fault, ST_OUT_OF_MEMORY, WIRE_NO_ARGUMENT, WIRE_NO_INDEX,
                  "there is no thread for the answer");
    server_complete(page->conn);
    count_running(-1);
    return MHD_YES;
}

void page_leave(struct page *page, const char *type, void *data, size_t size) {
    page->result.type = type;
    page->result.data = data;
    page->result.size = size;
}

void page_leave_fault(struct page *page, status_code code, const char *format, ...) {
    char detail[sizeof page->result.fault.detail];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    wire_fault_at(&page->result.fault, code, WIRE_NO_ARGUMENT, WIRE_NO_INDEX, "%s", detail);
}

void page_leave_report(struct page *page, page_writer text, page_writer json, const void *what) {
    const char *detail;
    size_t length;
    char *block = write_block(page->json ? json : text, what, &length);
    if (block == NULL) {
        status_code code = why_unwritten(length, &detail);
        page_leave_fault(page, code, "%s", detail);
    } else {
        page_leave(page, page->json ? PAGE_JSON : PAGE_TEXT, block, length);
    }
}

bool page_cancelled(const struct page *page) {
    return service_phase(page->service) == PHASE_DRAINING || conn_peer_gone(page->conn);
}

enum MHD_Result page_finish(struct page *page) {
    struct page_result *result = &page->result;
    if (result->data == NULL) return page_problem(page, result->fault.code, result->fault.detail);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(result->size, result->data, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) free(result->data);
    result->data = NULL;
    return send_response(page, 200, result->type, response);
}

void page_wait_all(void) {
    pthread_mutex_lock(&lock);
    while (running > 0) pthread_cond_wait(&ended, &lock);
    pthread_mutex_unlock(&lock);
}
