/* Buckets of durations: one for each nanosecond below 64, then 64 to a doubling, up to 2^40 ns. */
#ifndef OPS_PROFILE_HISTOGRAM_H
#define OPS_PROFILE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_BITS    6
#define HISTOGRAM_TO      40
#define HISTOGRAM_BUCKETS ((size_t)(HISTOGRAM_TO - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS)

/* A value with its highest bit at e has its next HISTOGRAM_BITS bits tell its bucket among those of e. */
static inline size_t histogram_bucket(uint64_t value) {
    if (value < (uint64_t)1 << HISTOGRAM_BITS) return (size_t)value;
    if (value >= (uint64_t)1 << HISTOGRAM_TO) return HISTOGRAM_BUCKETS - 1;
    unsigned shift = 63u - (unsigned)__builtin_clzll(value) - HISTOGRAM_BITS;
    return ((size_t)shift << HISTOGRAM_BITS) + (size_t)(value >> shift);
}

/* The smallest value of a bucket. The middle is off from every value of it by less than half its width, and a
 * bucket's width is at most 1/64 of its smallest value. */
static inline uint64_t histogram_low(size_t bucket) {
    size_t shift = bucket >> HISTOGRAM_BITS;
    if (shift <= 1) return bucket;
    uint64_t top = (bucket & (((size_t)1 << HISTOGRAM_BITS) - 1)) + ((size_t)1 << HISTOGRAM_BITS);
    return top << (shift - 1);
}

static inline uint64_t histogram_middle(size_t bucket) {
    size_t shift = bucket >> HISTOGRAM_BITS;
    return shift <= 1 ? bucket : histogram_low(bucket) + (((uint64_t)1 << (shift - 1)) - 1) / 2;
}

/* The value at a rank from 1 to the sum of the counts: that of the rank-th smallest, as exactly as the buckets tell.
 */
uint64_t kzgops__histogram_at(const uint64_t count[HISTOGRAM_BUCKETS], uint64_t rank);

#endif
