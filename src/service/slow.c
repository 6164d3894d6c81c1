#include "service/slow.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "service/memory.h"
#include "service/service.h"

#define HOUR_NS ((int64_t)3600 * 1000000000)
#define MS(ns)  ((double)(ns) / 1e6)

struct slow {
    int64_t limit_ns;
    pthread_mutex_t lock;
    struct slow_entry entry[SLOW_ENTRIES];
    size_t count;
    uint64_t seen;
};

struct slow *slow_new(int64_t limit_ns) {
    struct slow *slow = memory_take(MEMORY_TAG_PROFILER, sizeof *slow);
    if (slow == NULL) return NULL;
    slow->limit_ns = limit_ns;
    pthread_mutex_init(&slow->lock, NULL);
    return slow;
}

struct slow *slow_free(struct slow *slow) {
    if (slow == NULL) return NULL;
    pthread_mutex_destroy(&slow->lock);
    memory_give(slow);
    return NULL;
}

int slow_takes(const struct slow *slow, int64_t total_ns) {
    return total_ns >= slow->limit_ns;
}

/* The place of one that is over an hour old, else of the fastest. */
static size_t place_for(const struct slow *slow, int64_t now_ns) {
    size_t fastest = 0;
    if (slow->count < SLOW_ENTRIES) return slow->count;
    for (size_t i = 0; i < SLOW_ENTRIES; i++) {
        if (now_ns - slow->entry[i].when_ns > HOUR_NS) return i;
        if (slow->entry[i].total_ns < slow->entry[fastest].total_ns) fastest = i;
    }
    return fastest;
}

void slow_add(struct slow *slow, const struct slow_entry *entry) {
    int64_t now_ns = service_realtime_ns();
    pthread_mutex_lock(&slow->lock);
    size_t at = place_for(slow, now_ns);
    bool old = at < slow->count && now_ns - slow->entry[at].when_ns > HOUR_NS;
    slow->seen++;
    if (at == slow->count || old || slow->entry[at].total_ns < entry->total_ns) {
        slow->entry[at] = *entry;
        slow->entry[at].when_ns = now_ns;
        if (at == slow->count) slow->count++;
    }
    pthread_mutex_unlock(&slow->lock);
}

/* ---- Reading -----------------------------------------------------------------------------------------------------
 */

static int slowest_first(const void *a, const void *b) {
    int64_t x = ((const struct slow_entry *)a)->total_ns, y = ((const struct slow_entry *)b)->total_ns;
    return (x < y) - (x > y);
}

void slow_read(struct slow *slow, struct slow_view *ret) {
    pthread_mutex_lock(&slow->lock);
    ret->count = slow->count;
    ret->seen = slow->seen;
    memcpy(ret->entry, slow->entry, sizeof ret->entry);
    pthread_mutex_unlock(&slow->lock);
    ret->limit_ns = slow->limit_ns;
    qsort(ret->entry, ret->count, sizeof ret->entry[0], slowest_first);
}

void slow_entry_text(struct kzgops__text *text, const struct slow_entry *entry) {
    kzgops__text_add(text, "%10.1f ms  %-30s %-12s items %zu  worker %zu  cpu %.1f ms  request_id %s\n           ",
                     MS(entry->total_ns), entry->operation, entry->status, entry->items, entry->worker,
                     MS(entry->cpu_ns), entry->request_id);
    for (size_t i = 0; i < SPANS; i++) {
        if (entry->spans.ns[i] == 0) continue;
        kzgops__text_add(text, "  %s %.1f", span_names[i], MS(entry->spans.ns[i]));
    }
    kzgops__text_add(text, "\n");
}

size_t slow_text(const struct slow_view *view, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__text_add(&text, "%" PRIu64 " requests took %.0f ms or more; the slowest of the last hour, times in ms:\n",
                     view->seen, MS(view->limit_ns));
    for (size_t i = 0; i < view->count; i++) slow_entry_text(&text, &view->entry[i]);
    return text.used;
}

void slow_entry_json(struct kzgops__text *text, const struct slow_entry *entry) {
    kzgops__json_open(text, "{");
    kzgops__json_text(text, "request_id", entry->request_id);
    kzgops__json_text(text, "operation", entry->operation);
    kzgops__json_text(text, "status", entry->status);
    kzgops__json_signed(text, "when_ns", entry->when_ns);
    kzgops__json_double(text, "duration_ms", MS(entry->total_ns));
    kzgops__json_double(text, "cpu_ms", MS(entry->cpu_ns));
    kzgops__json_bytes(text, "items", entry->items);
    kzgops__json_bytes(text, "worker", entry->worker);
    kzgops__json_key(text, "phases_ms");
    kzgops__json_open(text, "{");
    for (size_t i = 0; i < SPANS; i++) {
        if (entry->spans.ns[i] != 0) kzgops__json_double(text, span_names[i], MS(entry->spans.ns[i]));
    }
    kzgops__json_close(text, "}");
    kzgops__json_close(text, "}");
}

size_t slow_json(const struct slow_view *view, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__json_open(&text, "{");
    kzgops__json_double(&text, "limit_ms", MS(view->limit_ns));
    kzgops__json_bytes(&text, "seen", view->seen);
    kzgops__json_key(&text, "requests");
    kzgops__json_open(&text, "[");
    for (size_t i = 0; i < view->count; i++) slow_entry_json(&text, &view->entry[i]);
    kzgops__json_close(&text, "]");
    kzgops__json_close(&text, "}");
    return text.used;
}
