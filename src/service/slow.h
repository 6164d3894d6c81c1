/* The slow log: the slowest requests of the last hour with where their time went, and every request above the limit
 * as a line of the log. A fixed table; a request that is not slow costs a comparison. */
#ifndef SERVICE_SLOW_H
#define SERVICE_SLOW_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "service/request.h"
#include "service/spans.h"

struct slow;

/* Requests of limit_ns and more are kept, the slowest of an hour in place of faster ones. NULL: no memory. */
struct slow *slow_new(int64_t limit_ns);
struct slow *slow_free(struct slow *slow); /* NULL is fine; returns NULL */

struct slow_entry {
    int64_t when_ns; /* realtime, at its end */
    int64_t total_ns;
    int64_t cpu_ns;
    char request_id[REQUEST_ID_MAX + 1];
    const char *operation;
    const char *status;
    size_t items;
    size_t worker;
    struct spans spans;
};

/* Whether a request of that length would be kept: spares filling in the entry. */
int slow_takes(const struct slow *slow, int64_t total_ns);
/* Any thread. */
void slow_add(struct slow *slow, const struct slow_entry *entry);

#define SLOW_ENTRIES 64

struct slow_view {
    struct slow_entry entry[SLOW_ENTRIES]; /* slowest first */
    size_t count;
    uint64_t seen; /* that were slow, since the start */
    int64_t limit_ns;
};

void slow_read(struct slow *slow, struct slow_view *ret);

/* One entry, into a report that is being written. */
struct kzgops__text;
void slow_entry_text(struct kzgops__text *text, const struct slow_entry *entry);
void slow_entry_json(struct kzgops__text *text, const struct slow_entry *entry);

/* snprintf's semantics. */
size_t slow_text(const struct slow_view *view, char *out, size_t size);
size_t slow_json(const struct slow_view *view, char *out, size_t size);

#endif
