/* Byte order: big-endian loads and stores at any alignment. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t load_be64(const uint8_t in[8]) {
    uint64_t v = 0;
    for (int i = 0; i < 8; i++) v = v << 8 | in[i];
    return v;
}

static inline void store_be64(uint8_t out[8], uint64_t v) {
    for (int i = 7; i >= 0; i--, v >>= 8) out[i] = (uint8_t)v;
}

static inline uint64_t load_le64(const uint8_t in[8]) {
    uint64_t v = 0;
    for (int i = 7; i >= 0; i--) v = v << 8 | in[i];
    return v;
}

static inline void store_le64(uint8_t out[8], uint64_t v) {
    for (int i = 0; i < 8; i++, v >>= 8) out[i] = (uint8_t)v;
}

/* a[i] in the machine's byte order, of an array that may stand at any address. */
static inline uint64_t load_u64_at(const uint64_t *a, size_t i) {
    uint64_t v;
    memcpy(&v, (const uint8_t *)a + i * sizeof v, sizeof v);
    return v;
}

#endif
