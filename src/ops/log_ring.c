#include "ops/log_ring.h"

#include <string.h>

/* A record begins with a word: length of the text, tag, kind. It is written last, and not zero. */
#define HEADER     sizeof(uint64_t)
#define KIND_TEXT  ((uint64_t)1)
#define KIND_BLANK ((uint64_t)2) /* fills the ring's end, where the next record did not fit in one piece */
#define CLOSED     KZGOPS__LOG_RING_CLOSED

static uint64_t mask_of(const struct kzgops__log_ring *ring) {
    return atomic_load_explicit(&ring->mask, memory_order_relaxed);
}

static char *place(const struct kzgops__log_ring *ring, uint64_t at) {
    return atomic_load_explicit(&ring->memory, memory_order_relaxed) + (at & mask_of(ring));
}

static _Atomic uint64_t *word_at(const struct kzgops__log_ring *ring, uint64_t at) {
    return (_Atomic uint64_t *)(void *)place(ring, at);
}

static uint64_t span_of(size_t length) {
    return (HEADER + length + HEADER - 1) / HEADER * HEADER;
}

void kzgops__log_ring_open(struct kzgops__log_ring *ring, char *memory, size_t bytes) {
    /* One step on: a push that had looked at the ring before it was closed must not find its head again. */
    uint64_t at = atomic_load_explicit(&ring->tail, memory_order_relaxed) + HEADER;
    atomic_store_explicit(&ring->memory, memory, memory_order_relaxed);
    atomic_store_explicit(&ring->mask, bytes - 1, memory_order_relaxed);
    atomic_store_explicit(&ring->tail, at, memory_order_relaxed);
    atomic_store(&ring->head, at);
}

void kzgops__log_ring_close(struct kzgops__log_ring *ring) {
    atomic_fetch_or(&ring->head, CLOSED);
}

/* Bytes from at to the end of the memory when the record does not fit there, else 0. */
static uint64_t blank_before(const struct kzgops__log_ring *ring, uint64_t at, uint64_t span) {
    uint64_t mask = mask_of(ring), room = mask + 1 - (at & mask);
    return span > room ? room : 0;
}

/* Seldom more than one round: another thread reserved in between. tail is read after head: it never is ahead of it,
 * and one that is old only makes the ring look fuller. */
static enum kzgops__log_pushed reserve(struct kzgops__log_ring *ring, uint64_t span, uint64_t *ret_at,
                                       uint64_t *ret_blank) {
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire), blank;
    do {
        if (head & CLOSED) return KZGOPS__LOG_CLOSED;
        uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
        uint64_t size = mask_of(ring) + 1;
        blank = blank_before(ring, head, span);
        if (span > size / 2 || (int64_t)(head + blank + span - tail) > (int64_t)size) return KZGOPS__LOG_FULL;
    } while (!atomic_compare_exchange_weak(&ring->head, &head, head + blank + span));
    *ret_at = head;
    *ret_blank = blank;
    return KZGOPS__LOG_PUSHED;
}

enum kzgops__log_pushed kzgops__log_ring_push(struct kzgops__log_ring *ring, uint8_t tag, const char *text,
                                              size_t length) {
    uint64_t at, blank;
    enum kzgops__log_pushed pushed = reserve(ring, span_of(length), &at, &blank);
    if (pushed != KZGOPS__LOG_PUSHED) return pushed;
    if (blank > 0) {
        atomic_store_explicit(word_at(ring, at), (blank - HEADER) << 16 | KIND_BLANK, memory_order_release);
        at += blank;
    }
    memcpy(place(ring, at) + HEADER, text, length);
    /* In one order with the reader's note that it sleeps, which the caller looks at next. */
    atomic_store(word_at(ring, at), (uint64_t)length << 16 | (uint64_t)tag << 8 | KIND_TEXT);
    return KZGOPS__LOG_PUSHED;
}

static void clear(struct kzgops__log_ring *ring, uint64_t tail, uint64_t span) {
    memset(place(ring, tail), 0, span);
    atomic_store_explicit(&ring->tail, tail + span, memory_order_release);
}

const char *kzgops__log_ring_front(struct kzgops__log_ring *ring, uint8_t *ret_tag, size_t *ret_length) {
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (kzgops__log_ring_head(ring) == tail) return NULL;
    uint64_t word = atomic_load(word_at(ring, tail));
    if ((word & 0xff) == KIND_BLANK) {
        clear(ring, tail, span_of(word >> 16));
        return kzgops__log_ring_front(ring, ret_tag, ret_length);
    }
    if (word == 0) return NULL;
    *ret_tag = (uint8_t)(word >> 8);
    *ret_length = word >> 16;
    return place(ring, tail) + HEADER;
}

void kzgops__log_ring_pop(struct kzgops__log_ring *ring) {
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    uint64_t word = atomic_load_explicit(word_at(ring, tail), memory_order_relaxed);
    clear(ring, tail, span_of(word >> 16));
}

uint64_t kzgops__log_ring_head(struct kzgops__log_ring *ring) {
    return atomic_load(&ring->head) & ~CLOSED;
}

bool kzgops__log_ring_before(struct kzgops__log_ring *ring, uint64_t head) {
    return (int64_t)(head - atomic_load_explicit(&ring->tail, memory_order_relaxed)) > 0;
}

uint64_t kzgops__log_ring_used(struct kzgops__log_ring *ring) {
    uint64_t tail = atomic_load(&ring->tail);
    return kzgops__log_ring_head(ring) - tail;
}
