/* A growing row of bytes, and the encoding of protocol buffers into it. When memory runs out it stays as it is and
 * says so at the end. */
#ifndef OPS_SAMPLER_BYTES_H
#define OPS_SAMPLER_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/sources.h"

struct bytes {
    kzgops_allocator allocator;
    unsigned char *data;
    size_t size, capacity;
    bool failed;
};

void kzgops__bytes_init(struct bytes *bytes, const kzgops_allocator *allocator);
void kzgops__bytes_free(struct bytes *bytes);
/* So many more bytes, uninitialised; NULL when there is no memory. Pointers into the row are void after it. */
void *kzgops__bytes_extend(struct bytes *bytes, size_t n);
void kzgops__bytes_add(struct bytes *bytes, const void *data, size_t n);

void kzgops__proto_varint(struct bytes *bytes, uint64_t value);
/* A field of a number; zero is left out, as the format has it. */
void kzgops__proto_number(struct bytes *bytes, unsigned field, uint64_t value);
void kzgops__proto_data(struct bytes *bytes, unsigned field, const void *data, size_t n);
/* A message of numbers and rows: its content is written into a row of its own, and then added as one field. */
void kzgops__proto_message(struct bytes *bytes, unsigned field, struct bytes *content);

/* Numbers from 1 for keys in the order of their first coming. */
struct ids {
    struct bytes table; /* of struct ids_entry; a power of two of them */
    size_t count;
};
void kzgops__ids_init(struct ids *ids, const kzgops_allocator *allocator);
void kzgops__ids_free(struct ids *ids);
/* The key's number; 0 when there is no memory. *ret_fresh: it is new. */
uint64_t kzgops__ids_get(struct ids *ids, uint64_t key, bool *ret_fresh);

#endif
