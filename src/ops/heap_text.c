#include "ops/heap_text.h"

#include <math.h>
#include <string.h>

#include "ops/sampler_pprof.h"

static const char not_heap[] = "not a heap profile of jemalloc (\"heap_v2/...\")";
const char kzgops__heap_text_garbled[] = "the heap profile is garbled";

/* The next line, cut at HEAP_LINE_MAX; false at the end. */
static bool next_line(struct heap_text *heap) {
    if (heap->text == heap->end) return false;
    const char *newline = memchr(heap->text, '\n', (size_t)(heap->end - heap->text));
    size_t n = (size_t)((newline != NULL ? newline : heap->end) - heap->text);
    size_t keep = n < HEAP_LINE_MAX ? n : HEAP_LINE_MAX - 1;
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
static bool read_counts(const char *line, struct heap_stack *ret) {
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
static bool read_stack(const char *line, struct heap_stack *ret) {
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
        if (ret->depth < HEAP_DEPTH_MAX) ret->address[ret->depth++] = value;
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

static const char *read_head(struct heap_text *heap) {
    const char *at = next_line(heap) ? skip(heap->line, "heap_v2/") : NULL;
    if (at != NULL) at = digits(at, &heap->period);
    if (at == NULL || *at != '\0' || heap->period == 0) return not_heap;
    struct heap_stack total;
    if (!next_line(heap) || !read_counts(heap->line, &total)) return kzgops__heap_text_garbled;
    heap->accumulates = total.all_objects > 0;
    return NULL;
}

/* The maps come last, and are needed first. */
static const char *read_maps(struct heap_text *heap, struct maps *maps) {
    const char *stacks = heap->text;
    bool inside = false, good = true;
    while (good && next_line(heap)) {
        struct map map;
        if (strcmp(heap->line, "MAPPED_LIBRARIES:") == 0)
            inside = true;
        else if (inside && kzgops__map_parse(heap->line, &map))
            good = kzgops__maps_add(maps, &map);
    }
    heap->text = stacks;
    if (!inside) return "the heap profile ends before its section MAPPED_LIBRARIES";
    return good ? NULL : "no memory for the heap profile";
}

const char *kzgops__heap_text_begin(struct heap_text *heap, const char *text, size_t length, struct maps *maps) {
    heap->text = text;
    heap->end = text + length;
    const char *error = read_head(heap);
    return error == NULL ? read_maps(heap, maps) : error;
}

enum heap_text_next kzgops__heap_text_next(struct heap_text *heap, struct heap_stack *ret) {
    while (next_line(heap) && strcmp(heap->line, "MAPPED_LIBRARIES:") != 0) {
        if (heap->line[0] != '@') continue; /* of one thread, or empty */
        if (!read_stack(heap->line, ret)) return HEAP_TEXT_GARBLED;
        if (!next_line(heap) || !read_counts(heap->line, ret)) return HEAP_TEXT_GARBLED;
        unsample(heap->period, &ret->objects, &ret->bytes);
        unsample(heap->period, &ret->all_objects, &ret->all_bytes);
        return HEAP_TEXT_STACK;
    }
    return HEAP_TEXT_END;
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

size_t kzgops__heap_allocator_frames(struct maps *maps, const struct heap_stack *stack) {
    for (size_t i = 0; i < stack->depth; i++) {
        uint64_t place = kzgops__frame_place(stack->address, i, true);
        size_t map = kzgops__maps_find(maps, place);
        if (map == kzgops__maps_count(maps)) return i;
        const char *slash = strrchr(kzgops__maps_at(maps, map)->path, '/');
        if (slash != NULL && strncmp(slash, "/libjemalloc", 12) == 0) continue;
        const char *name = kzgops__maps_function(maps, map, place);
        if (name == NULL || !of_allocator(name)) return i;
    }
    return 0;
}
