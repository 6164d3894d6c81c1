/* What the fuzz targets share. A target stops the process when a property does not hold: libFuzzer keeps the input,
 * the replay test fails. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_HOLDS(condition)                                                              \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                       \
        }                                                                                  \
    } while (0)

/* The input is read from the front; behind its end are zeros. */
struct fuzz_input {
    const uint8_t *data;
    size_t size;
};

static inline void fuzz_take(struct fuzz_input *in, uint8_t *out, size_t n) {
    size_t there = n < in->size ? n : in->size;
    memset(out, 0, n);
    if (there != 0) memcpy(out, in->data, there);
    in->data += there;
    in->size -= there;
}

static inline uint8_t fuzz_u8(struct fuzz_input *in) {
    uint8_t v;
    fuzz_take(in, &v, 1);
    return v;
}

static inline uint16_t fuzz_u16(struct fuzz_input *in) {
    uint8_t v[2];
    fuzz_take(in, v, 2);
    return (uint16_t)(v[0] << 8 | v[1]);
}

#endif
