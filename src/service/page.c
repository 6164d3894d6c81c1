#include "service/page.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPARE_BYTES 4096 /* figures may grow by digits between asking for a length and writing */
#define WRITE_TRIES 4

static enum MHD_Result send_response(struct page *page, int http_status, const char *type,
                                     struct MHD_Response *response) {
    if (response == NULL) return MHD_NO;
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

enum MHD_Result page_write(struct page *page, int http_status, const char *type, page_writer writer,
                           const void *what) {
    for (int i = 0; i < WRITE_TRIES; i++) {
        size_t room = writer(what, NULL, 0) + SPARE_BYTES;
        char *text = malloc(room);
        if (text == NULL) return page_problem(page, ST_OUT_OF_MEMORY, "there is no memory for the answer");
        size_t length = writer(what, text, room);
        if (length < room) {
            struct MHD_Response *response = MHD_create_response_from_buffer(length, text, MHD_RESPMEM_MUST_FREE);
            if (response == NULL) free(text);
            return send_response(page, http_status, type, response);
        }
        free(text);
    }
    return page_problem(page, ST_INTERNAL, "the answer grew faster than it could be written");
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
