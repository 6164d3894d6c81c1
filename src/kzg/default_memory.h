/* The memory of a context whose maker gave no allocator: the C library's, with two additions. What is large and is
 * kept, tables above all, asks for huge pages; and a few blocks of scratch are kept for the next operations, since a
 * block that goes back to the system is cleared and mapped again page by page, which can cost as much as half an
 * operation. */
#ifndef KZG_DEFAULT_MEMORY_H
#define KZG_DEFAULT_MEMORY_H

#include "kzg/kzg.h"

extern const kzg_allocator default_allocator;

/* Blocks kept between operations: at most SPARE_BLOCKS, none larger than SPARE_BYTES_MAX. Any thread at any time. */
#define SPARE_BLOCKS    8
#define SPARE_BYTES_MAX ((size_t)8 << 20)

struct spare_scratch;

struct spare_scratch *spare_scratch_new(void);                         /* NULL without memory */
struct spare_scratch *spare_scratch_free(struct spare_scratch *spare); /* NULL is fine; returns NULL */

/* A block of at least bytes, aligned to 64, or NULL. It goes back with spare_scratch_give. */
void *spare_scratch_take(struct spare_scratch *spare, size_t bytes);
void spare_scratch_give(struct spare_scratch *spare, void *memory);

#endif
