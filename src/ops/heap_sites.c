#include "kzgops/heap_sites.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops/heap_text.h"
#include "ops/sampler_pprof.h"
#include "ops/sources.h"

#define STACKS_MAX 2048
#define KEPT_MAX   24 /* frames */
#define SHOWN_MAX  6

struct site {
    uint64_t address[KEPT_MAX]; /* from the first that is not the allocator's */
    size_t depth;
    int64_t bytes;
};

struct profile {
    struct site site[STACKS_MAX];
    size_t count;
};

struct kzgops_heap_sites {
    kzgops_allocator allocator;
    const char *const *wrappers;
    struct heap_text text;
    struct heap_stack stack;
    struct profile mark, now;
};

kzgops_heap_sites *kzgops_heap_sites_new(const kzgops_sources *sources, const char *const *wrappers) {
    kzgops_allocator allocator = kzgops__allocator(sources);
    kzgops_heap_sites *sites = allocator.alloc(allocator.user, sizeof *sites);
    if (sites == NULL) return NULL;
    sites->allocator = allocator;
    sites->wrappers = wrappers;
    sites->mark.count = 0;
    return sites;
}

kzgops_heap_sites *kzgops_heap_sites_free(kzgops_heap_sites *sites) {
    if (sites == NULL) return NULL;
    kzgops_allocator allocator = sites->allocator;
    allocator.release(allocator.user, sites, sizeof *sites);
    return NULL;
}

/* ---- Reading ------------------------------------------------------------------------------------------------- */

static void keep(struct profile *profile, struct maps *maps, const struct heap_stack *stack) {
    if (profile->count == STACKS_MAX) return;
    struct site *site = &profile->site[profile->count++];
    size_t skipped = kzgops__heap_allocator_frames(maps, stack), depth = stack->depth - skipped;
    site->depth = depth < KEPT_MAX ? depth : KEPT_MAX;
    memcpy(site->address, stack->address + skipped, site->depth * sizeof site->address[0]);
    site->bytes = (int64_t)stack->bytes;
}

/* Into now, and the maps that its addresses are in. */
static const char *read_profile(kzgops_heap_sites *sites, const char *text, size_t length, struct maps *maps) {
    const char *error = kzgops__heap_text_begin(&sites->text, text, length, maps);
    enum heap_text_next next = HEAP_TEXT_END;
    sites->now.count = 0;
    while (error == NULL && (next = kzgops__heap_text_next(&sites->text, &sites->stack)) == HEAP_TEXT_STACK) {
        keep(&sites->now, maps, &sites->stack);
    }
    return next == HEAP_TEXT_GARBLED ? kzgops__heap_text_garbled : error;
}

const char *kzgops_heap_sites_mark(kzgops_heap_sites *sites, const char *text, size_t length) {
    struct maps maps;
    kzgops__maps_init(&maps, &sites->allocator, NULL);
    const char *error = read_profile(sites, text, length, &maps);
    if (error == NULL) sites->mark = sites->now;
    kzgops__maps_free(&maps);
    return error;
}

/* ---- Comparing ----------------------------------------------------------------------------------------------- */

static int64_t bytes_at_mark(const struct profile *mark, const struct site *site) {
    for (size_t i = 0; i < mark->count; i++) {
        const struct site *before = &mark->site[i];
        if (before->depth == site->depth &&
            memcmp(before->address, site->address, site->depth * sizeof site->address[0]) == 0) {
            return before->bytes;
        }
    }
    return 0;
}

static int most_first(const void *a, const void *b) {
    int64_t x = ((const struct site *)a)->bytes, y = ((const struct site *)b)->bytes;
    return (x < y) - (x > y);
}

static bool is_wrapper(const kzgops_heap_sites *sites, const char *name) {
    if (strncmp(name, "kzgops_memory_", 14) == 0) return true;
    for (const char *const *each = sites->wrappers; each != NULL && *each != NULL; each++) {
        if (strcmp(name, *each) == 0) return true;
    }
    return false;
}

static void spell(const kzgops_heap_sites *sites, struct maps *maps, const struct site *site, char *out,
                  size_t size) {
    size_t used = 0, shown = 0;
    out[0] = '\0';
    for (size_t i = 0; i < site->depth && shown < SHOWN_MAX && used < size; i++) {
        char buffer[160];
        uint64_t place = kzgops__frame_place(site->address, i, true);
        const char *name = kzgops__function_name(maps, false, place, buffer, sizeof buffer);
        if (is_wrapper(sites, name)) continue;
        used += (size_t)snprintf(out + used, size - used, "%s%s", shown == 0 ? "" : " < ", name);
        shown++;
    }
}

const char *kzgops_heap_sites_grown(kzgops_heap_sites *sites, const char *text, size_t length, kzgops_heap_site *out,
                                    size_t max, size_t *ret_count) {
    struct profile *now = &sites->now;
    struct maps maps;
    size_t count = 0;
    kzgops__maps_init(&maps, &sites->allocator, NULL);
    const char *error = read_profile(sites, text, length, &maps);
    for (size_t i = 0; error == NULL && i < now->count; i++)
        now->site[i].bytes -= bytes_at_mark(&sites->mark, &now->site[i]);
    if (error == NULL) qsort(now->site, now->count, sizeof now->site[0], most_first);
    for (; error == NULL && count < max && count < now->count && now->site[count].bytes > 0; count++) {
        out[count].bytes = now->site[count].bytes;
        spell(sites, &maps, &now->site[count], out[count].stack, sizeof out[count].stack);
    }
    kzgops__maps_free(&maps);
    *ret_count = count;
    return error;
}
