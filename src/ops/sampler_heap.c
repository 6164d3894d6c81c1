/* jemalloc's text of a heap profile, to pprof's form:
 *
 *     heap_v2/524288
 *       t*: objects: bytes [objects: bytes]     totals; then the same of each thread
 *     @ 0x5f025b 0x5f0a3c                       a stack, innermost return address first
 *       t*: ...                                 its sums, then those of each thread
 *     MAPPED_LIBRARIES:
 *     lines of /proc/PID/maps
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ops/sampler_pprof.h"
#include "ops/sources.h"

#define DEPTH_MAX 256 /* jemalloc keeps 128 */
#define LINE_MAX  8192

struct counts {
    uint64_t objects, bytes, all_objects, all_bytes;
};

struct stack {
    uint64_t address[DEPTH_MAX];
    size_t depth;
};

struct heap {
    const char *text, *end;
    char line[LINE_MAX];
    uint64_t period;
    bool accumulates;
    struct maps maps;
    struct pprof pprof;
    kzgops_heap_stats stats;
};

static const char not_heap[] = "not a heap profile of jemalloc (\"heap_v2/...\")";
static const char garbled[] = "the heap profile is garbled";

/* The next line, cut at LINE_MAX; false at the end. */
static bool next_line(struct heap *heap) {
    if (heap->text == heap->end) return false;
    const char *newline = memchr(heap->text, '\n', (size_t)(heap->end - heap->text));
    size_t n = (size_t)((newline != NULL ? newline : heap->end) - heap->text);
    size_t keep = n < LINE_MAX ? n : LINE_MAX - 1;
    memcpy(heap->line, heap->text, keep);
    heap->line[keep] = '\0';
    heap->text += n + (newline != NULL);
    return true;
}

static const char *digits(const char *text, uint64_t *ret) {
    uint64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (value > (INT64_MAX - 9) / 10) return NULL;
        value = value * 10 + (uint64_t)(*at - '0');
    }
    *ret = value;
    return at > text ? at : NULL;
}

static const char *skip(const char *text, const char *what) {
    size_t n = strlen(what);
    return text != NULL && strncmp(text, what, n) == 0 ? text + n : NULL;
}

/* "  t*: 13: 6688 [0: 0]" */
static bool read_counts(const char *line, struct counts *ret) {
    const char *at = skip(line + strspn(line, " "), "t*: ");
    if (at != NULL) at = digits(at, &ret->objects);
    at = skip(at, ": ");
    if (at != NULL) at = digits(at, &ret->bytes);
    at = skip(at, " [");
    if (at != NULL) at = digits(at, &ret->all_objects);
    at = skip(at, ": ");
    if (at != NULL) at = digits(at, &ret->all_bytes);
    return skip(at, "]") != NULL;
}

/* "@ 0x5f025b 0x5f0a3c" */
static bool read_stack(const char *line, struct stack *ret) {
    const char *at = line + 1;
    ret->depth = 0;
    for (at += strspn(at, " "); *at != '\0'; at += strspn(at, " ")) {
        uint64_t value = 0;
        size_t n = 0;
        at = skip(at, "0x");
        if (at == NULL) return false;
        for (; n <= 16; n++) {
            static const char hexadecimal[] = "0123456789abcdef";
            const char *digit = at[n] != '\0' ? strchr(hexadecimal, at[n]) : NULL;
            if (digit == NULL) break;
            value = value << 4 | (uint64_t)(digit - hexadecimal);
        }
        if (n == 0 || n > 16 || (at[n] != ' ' && at[n] != '\0')) return false;
        if (ret->depth < DEPTH_MAX) ret->address[ret->depth++] = value;
        at += n;
    }
    return ret->depth > 0;
}

/* An object of mean size s is sampled with probability 1 - exp(-s / period), so it stands for the inverse of that. */
static void unsample(uint64_t period, uint64_t *objects, uint64_t *bytes) {
    if (*objects == 0 || *bytes == 0 || period <= 1) return;
    double mean = (double)*bytes / (double)*objects, scale = 1 / -expm1(-mean / (double)period);
    double most = (double)(INT64_MAX / 2);
    *objects = (uint64_t)fmin(round((double)*objects * scale), most);
    *bytes = (uint64_t)fmin(round((double)*bytes * scale), most);
}

static const char *read_head(struct heap *heap) {
    const char *at = next_line(heap) ? skip(heap->line, "heap_v2/") : NULL;
    if (at != NULL) at = digits(at, &heap->period);
    if (at == NULL || *at != '\0' || heap->period == 0) return not_heap;
    struct counts total;
    if (!next_line(heap) || !read_counts(heap->line, &total)) return garbled;
    heap->accumulates = total.all_objects > 0;
    heap->stats.period_bytes = heap->period;
    return NULL;
}

/* The maps come last, and are needed first. */
static const char *read_maps(struct heap *heap) {
    const char *stacks = heap->text;
    bool inside = false, good = true;
    while (good && next_line(heap)) {
        struct map map;
        if (strcmp(heap->line, "MAPPED_LIBRARIES:") == 0)
            inside = true;
        else if (inside && kzgops__map_parse(heap->line, &map))
            good = kzgops__maps_add(&heap->maps, &map);
    }
    heap->text = stacks;
    if (!inside) return "the heap profile ends before its section MAPPED_LIBRARIES";
    return good ? NULL : "no memory for the heap profile";
}

/* Whether a function is the allocator's own, as it is called in a program that is linked with it statically. */
static bool of_allocator(const char *name) {
    static const char *const whole[] = {
        "malloc",  "calloc",        "realloc",        "reallocarray", "memalign",
        "valloc",  "aligned_alloc", "posix_memalign", "mallocx",      "rallocx",
        "xallocx", "do_rallocx",    "_Znwm",          "_Znam",        "_ZnwmSt11align_val_t",
        "strdup",  "strndup"};
    static const char *const beginning[] = {
        "je_",     "prof_backtrace", "prof_tctx_create", "prof_alloc",          "malloc_default",
        "imalloc", "ialloc",         "iralloc",          "_ZnwmRKSt9nothrow_t", "_ZnamRKSt9nothrow_t"};
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        if (strcmp(name, whole[i]) == 0) return true;
    }
    for (size_t i = 0; i < sizeof beginning / sizeof beginning[0]; i++) {
        if (strncmp(name, beginning[i], strlen(beginning[i])) == 0) return true;
    }
    return false;
}

/* The frames from the allocator inwards: they are the same in all stacks and say nothing about the program. 0 when
 * there would be nothing left. */
static size_t allocator_frames(struct heap *heap, const struct stack *stack) {
    for (size_t i = 0; i < stack->depth; i++) {
        uint64_t place = kzgops__frame_place(stack->address, i, true);
        size_t map = kzgops__maps_find(&heap->maps, place);
        if (map == kzgops__maps_count(&heap->maps)) return i;
        const char *slash = strrchr(kzgops__maps_at(&heap->maps, map)->path, '/');
        if (slash != NULL && strncmp(slash, "/libjemalloc", 12) == 0) continue;
        const char *name = kzgops__maps_function(&heap->maps, map, place);
        if (name == NULL || !of_allocator(name)) return i;
    }
    return 0;
}

static void add_stack(struct heap *heap, const struct stack *stack, struct counts counts) {
    unsample(heap->period, &counts.objects, &counts.bytes);
    unsample(heap->period, &counts.all_objects, &counts.all_bytes);
    const uint64_t in_use[] = {counts.objects, counts.bytes};
    const uint64_t all[] = {counts.all_objects, counts.all_bytes, counts.objects, counts.bytes};
    size_t skipped = allocator_frames(heap, stack);
    kzgops__pprof_sample(&heap->pprof, stack->address + skipped, stack->depth - skipped, true,
                         heap->accumulates ? all : in_use, heap->accumulates ? 4 : 2, NULL, 0);
    heap->stats.stacks++;
    heap->stats.objects += counts.objects;
    heap->stats.bytes += counts.bytes;
}

static const char *read_stacks(struct heap *heap) {
    struct stack stack;
    struct counts counts;
    while (next_line(heap) && strcmp(heap->line, "MAPPED_LIBRARIES:") != 0) {
        if (heap->line[0] != '@') continue; /* of one thread, or empty */
        if (!read_stack(heap->line, &stack)) return garbled;
        if (!next_line(heap) || !read_counts(heap->line, &counts)) return garbled;
        add_stack(heap, &stack, counts);
    }
    return NULL;
}

static const char *finish(struct heap *heap, const kzgops_sources *sources, kzgops_sampler_bytes *ret) {
    static const struct pprof_type types[] = {
        {"alloc_objects", "count"}, {"alloc_space", "bytes"}, {"inuse_objects", "count"}, {"inuse_space", "bytes"}};
    const struct pprof_head head = {.types = heap->accumulates ? types : types + 2,
                                    .type_count = heap->accumulates ? 4 : 2,
                                    .default_type = "inuse_space",
                                    .period_type = {"space", "bytes"},
                                    .period = heap->period};
    return kzgops__pprof_finish(&heap->pprof, &head, sources, ret);
}

const char *kzgops_sampler_heap(const kzgops_sources *sources, const char *text, size_t length,
                                kzgops_sampler_bytes *ret, kzgops_heap_stats *ret_stats) {
    kzgops_allocator allocator = kzgops__allocator(sources);
    struct heap *heap = allocator.alloc(allocator.user, sizeof *heap);
    if (heap == NULL) return "no memory for the heap profile";
    *heap = (struct heap){.text = text, .end = text + length};
    kzgops__maps_init(&heap->maps, &allocator, NULL);
    const char *error = read_head(heap);
    if (error == NULL) error = read_maps(heap);
    kzgops__pprof_init(&heap->pprof, &heap->maps, false);
    if (error == NULL) error = read_stacks(heap);
    if (error == NULL) error = finish(heap, sources, ret);
    if (error == NULL && ret_stats != NULL) *ret_stats = heap->stats;
    kzgops__pprof_free(&heap->pprof);
    kzgops__maps_free(&heap->maps);
    allocator.release(allocator.user, heap, sizeof *heap);
    return error;
}
