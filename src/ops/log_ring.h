/* A ring of records of any length: many threads push, without a lock; one pops. Its memory is fixed.
 *
 * A push reserves its place by moving head, copies, and marks the record as complete, which is when the reader sees
 * it; the reader takes records in order, clears their memory, and moves tail. head and tail count bytes and never go
 * back, also over a close and a new open. */
#ifndef OPS_LOG_RING_H
#define OPS_LOG_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kzgops__log_ring {
    _Atomic(char *) memory; /* of mask + 1 bytes, zero where nothing is */
    _Atomic uint64_t mask;
    _Alignas(64) _Atomic uint64_t head; /* with the bit of a closed ring */
    _Alignas(64) _Atomic uint64_t tail;
};

enum kzgops__log_pushed { KZGOPS__LOG_PUSHED, KZGOPS__LOG_FULL, KZGOPS__LOG_CLOSED };

/* A ring that was never opened is closed when it begins with this; it needs no memory. */
#define KZGOPS__LOG_RING_CLOSED ((uint64_t)1 << 63)

/* memory: zeroed, aligned to 8, of a power of two of bytes, borrowed until the ring is closed and empty. The ring is
 * closed and empty. */
void kzgops__log_ring_open(struct kzgops__log_ring *ring, char *memory, size_t bytes);

/* From now on no push succeeds; those that have their place still complete. */
void kzgops__log_ring_close(struct kzgops__log_ring *ring);

/* Any thread. tag is any byte, length at least 1. FULL when there is no room, also for a record longer than half of
 * the ring. */
enum kzgops__log_pushed kzgops__log_ring_push(struct kzgops__log_ring *ring, uint8_t tag, const char *text,
                                              size_t length);

/* The oldest record, in place until it is popped; NULL when there is none that is complete. The reader only. */
const char *kzgops__log_ring_front(struct kzgops__log_ring *ring, uint8_t *ret_tag, size_t *ret_length);
void kzgops__log_ring_pop(struct kzgops__log_ring *ring);

/* The end of what is reserved now, and whether something before such an end is still there. */
uint64_t kzgops__log_ring_head(struct kzgops__log_ring *ring);
bool kzgops__log_ring_before(struct kzgops__log_ring *ring, uint64_t head);

/* Bytes that are reserved or hold records. */
uint64_t kzgops__log_ring_used(struct kzgops__log_ring *ring);

#endif
