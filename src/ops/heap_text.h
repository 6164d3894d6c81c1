/* jemalloc's text of a heap profile:
 *
 *     heap_v2/524288
 *       t*: objects: bytes [objects: bytes]     totals; then the same of each thread
 *     @ 0x5f025b 0x5f0a3c                       a stack, innermost return address first
 *       t*: ...                                 its sums, then those of each thread
 *     MAPPED_LIBRARIES:
 *     lines of /proc/PID/maps
 */
#ifndef OPS_HEAP_TEXT_H
#define OPS_HEAP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ops/sampler_maps.h"

#define HEAP_DEPTH_MAX 256 /* jemalloc keeps 128 */
#define HEAP_LINE_MAX  8192

struct heap_text {
    const char *text, *end;
    char line[HEAP_LINE_MAX];
    uint64_t period; /* bytes between two samples, on average */
    bool accumulates;
};

struct heap_stack {
    uint64_t address[HEAP_DEPTH_MAX]; /* innermost return address first */
    size_t depth;                     /* at least 1 */
    /* Estimated from what was sampled: in use, and since the start where the profile accumulates. */
    uint64_t objects, bytes, all_objects, all_bytes;
};

/* Reads the head, and the section of maps into maps. NULL, or what is wrong. text is borrowed. */
const char *kzgops__heap_text_begin(struct heap_text *heap, const char *text, size_t length, struct maps *maps);

enum heap_text_next { HEAP_TEXT_STACK, HEAP_TEXT_END, HEAP_TEXT_GARBLED };
enum heap_text_next kzgops__heap_text_next(struct heap_text *heap, struct heap_stack *ret);
extern const char kzgops__heap_text_garbled[];

/* How many of the innermost frames are the allocator's own: they are the same in all stacks and say nothing about the
 * program. 0 when there would be nothing left. */
size_t kzgops__heap_allocator_frames(struct maps *maps, const struct heap_stack *stack);

#endif
