/* Administration pages: what a page gets, and how it answers. Pages run on the administration listener's thread, so
 * they only read what others keep; what takes longer goes to a thread of its own (page_later). */
#ifndef SERVICE_PAGE_H
#define SERVICE_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "service/http.h"
#include "service/profiling.h"
#include "service/routes_list.h"
#include "service/service.h"

#define PAGE_BODY_MAX 64 /* no page takes more than a word */
#define PAGE_REST_MAX 128

#define PAGE_CLIENT_MAX 96
#define PAGE_FILE_MAX   128

#define PAGE_TEXT   "text/plain; charset=utf-8"
#define PAGE_JSON   "application/json"
#define PAGE_BINARY "application/octet-stream"
#define PAGE_SVG    "image/svg+xml"

struct page;

/* What page_later's function leaves behind: data (from malloc, given over) or, with data NULL, a fault. */
struct page_result {
    const char *type;              /* static */
    char file_name[PAGE_FILE_MAX]; /* under which a client should save it; "": none */
    void *data;
    size_t size;
    struct wire_fault fault;
};

struct page {
    struct service *service;
    struct conn *conn;
    char method[8];
    char rest[PAGE_REST_MAX]; /* behind the route's path and its slash */
    bool json;                /* the client prefers JSON */
    char body[PAGE_BODY_MAX + 1];
    size_t body_length;
    bool body_too_long;
    struct profiling_wanted profile; /* of the page of that name */
    const char *profile_for;         /* the claim that is still to be had; NULL: none */
    struct page_result result;
    void (*work)(struct page *page);
};

/* One function a route. */
#define X(METHOD, path, REST, function, what) enum MHD_Result page_##function(struct page *page);
ROUTES_LIST(X)
#undef X

/* Answers with a copy of the text. 503 gets a Retry-After. */
enum MHD_Result page_send(struct page *page, int http_status, const char *type, const char *text, size_t length);

/* Answers with what a function writes that has snprintf's semantics; it is called again when its text has grown in
 * between. */
typedef size_t (*page_writer)(const void *what, char *out, size_t size);
enum MHD_Result page_write(struct page *page, int http_status, const char *type, page_writer writer,
                           const void *what);

/* The same with the writer that fits the client: text, or JSON. */
enum MHD_Result page_report(struct page *page, page_writer text, page_writer json, const void *what);

/* Answers with a problem document. */
enum MHD_Result page_problem(struct page *page, status_code code, const char *detail);

/* A parameter of the query, NULL when it is not there. Lives as long as the request. */
const char *page_query(const struct page *page, const char *name);
/* A whole number of the query within bounds; fallback when it is not there, false when it is something else. */
bool page_query_number(const struct page *page, const char *name, long fallback, long min, long max, long *ret);

/* Who asks, for the log: "127.0.0.1:50123", or "unix:uid 1000, pid 4321". */
void page_client(const struct page *page, char out[PAGE_CLIENT_MAX]);

/* Runs work on a thread of its own, which fills in page->result, and answers then. work has to end soon after
 * page_cancelled says so. */
enum MHD_Result page_later(struct page *page, void (*work)(struct page *page));
bool page_cancelled(const struct page *page);
/* What work leaves behind: a block from malloc, and what it is; or, with data NULL, a fault. */
void page_leave(struct page *page, const char *type, void *data, size_t size);
__attribute__((format(printf, 3, 4))) void page_leave_fault(struct page *page, status_code code, const char *format,
                                                            ...);
/* The same as page_report, in what work leaves behind. */
void page_leave_report(struct page *page, page_writer text, page_writer json, const void *what);
/* The answer that work has left; for the listener. */
enum MHD_Result page_finish(struct page *page);
/* Waits until no page's thread runs. */
void page_wait_all(void);

#endif
