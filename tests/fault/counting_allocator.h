/* An allocator for kzg_options that counts live bytes by tag, can fail the n-th allocation, and aborts on a wrong
 * release: other size or tag than allocated, twice, or with bytes before or behind the block overwritten.
 * Thread-safe. */
#ifndef TESTS_FAULT_COUNTING_ALLOCATOR_H
#define TESTS_FAULT_COUNTING_ALLOCATOR_H

#include <stdatomic.h>

#include "kzg/kzg.h"

struct counting {
    atomic_size_t live[KZG_MEMORY_TAGS]; /* bytes */
    atomic_size_t peak[KZG_MEMORY_TAGS];
    atomic_size_t blocks;      /* live */
    atomic_size_t allocations; /* since counting_fail_at */
    atomic_size_t fail_at;     /* which of them fails, from 1; 0: none */
};

kzg_allocator counting_allocator(struct counting *counting);

/* Starts counting allocations anew; the n-th will fail (0: none). */
void counting_fail_at(struct counting *counting, size_t n);

/* No block live, in no tag. */
bool counting_is_empty(const struct counting *counting);

#endif
