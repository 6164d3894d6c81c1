/* jemalloc's text of a heap profile to pprof's form. */
#include "ops/heap_text.h"
#include "ops/sampler_pprof.h"
#include "ops/sources.h"

struct heap {
    struct heap_text text;
    struct heap_stack stack;
    struct maps maps;
    struct pprof pprof;
    kzgops_heap_stats stats;
};

static void add_stack(struct heap *heap, const struct heap_stack *stack) {
    const uint64_t in_use[] = {stack->objects, stack->bytes};
    const uint64_t all[] = {stack->all_objects, stack->all_bytes, stack->objects, stack->bytes};
    size_t skipped = kzgops__heap_allocator_frames(&heap->maps, stack);
    kzgops__pprof_sample(&heap->pprof, stack->address + skipped, stack->depth - skipped, true,
                         heap->text.accumulates ? all : in_use, heap->text.accumulates ? 4 : 2, NULL, 0);
    heap->stats.stacks++;
    heap->stats.objects += stack->objects;
    heap->stats.bytes += stack->bytes;
}

static const char *read_stacks(struct heap *heap) {
    enum heap_text_next next;
    while ((next = kzgops__heap_text_next(&heap->text, &heap->stack)) == HEAP_TEXT_STACK) {
        add_stack(heap, &heap->stack);
    }
    return next == HEAP_TEXT_GARBLED ? kzgops__heap_text_garbled : NULL;
}

static const char *finish(struct heap *heap, const kzgops_sources *sources, kzgops_sampler_bytes *ret) {
    static const struct pprof_type types[] = {
        {"alloc_objects", "count"}, {"alloc_space", "bytes"}, {"inuse_objects", "count"}, {"inuse_space", "bytes"}};
    const struct pprof_head head = {.types = heap->text.accumulates ? types : types + 2,
                                    .type_count = heap->text.accumulates ? 4 : 2,
                                    .default_type = "inuse_space",
                                    .period_type = {"space", "bytes"},
                                    .period = heap->text.period};
    return kzgops__pprof_finish(&heap->pprof, &head, sources, ret);
}

const char *kzgops_sampler_heap(const kzgops_sources *sources, const char *text, size_t length,
                                kzgops_sampler_bytes *ret, kzgops_heap_stats *ret_stats) {
    kzgops_allocator allocator = kzgops__allocator(sources);
    struct heap *heap = allocator.alloc(allocator.user, sizeof *heap);
    if (heap == NULL) return "no memory for the heap profile";
    heap->stats = (kzgops_heap_stats){0};
    kzgops__maps_init(&heap->maps, &allocator, NULL);
    const char *error = kzgops__heap_text_begin(&heap->text, text, length, &heap->maps);
    heap->stats.period_bytes = error == NULL ? heap->text.period : 0;
    kzgops__pprof_init(&heap->pprof, &heap->maps, false);
    if (error == NULL) error = read_stacks(heap);
    if (error == NULL) error = finish(heap, sources, ret);
    if (error == NULL && ret_stats != NULL) *ret_stats = heap->stats;
    kzgops__pprof_free(&heap->pprof);
    kzgops__maps_free(&heap->maps);
    allocator.release(allocator.user, heap, sizeof *heap);
    return error;
}
