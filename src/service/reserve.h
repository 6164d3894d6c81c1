/* What a request needs of the request memory: known from its headers, and reserved before its body is read. */
#ifndef SERVICE_RESERVE_H
#define SERVICE_RESERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/wire.h"

/* Where the parts of a request's block are, each aligned to 64 (an SSZ body so that its indices are aligned). */
struct reserve_layout {
    size_t body_at;
    size_t body_bytes; /* the body, decoded if it comes as JSON */
    size_t raw_at;
    size_t text_at;
    size_t bytes; /* of the block */
};

/* For a body of that length with lists of up to items. head_bytes stand at the start of the block. */
void reserve_plan(const struct wire_operation *operation, size_t items, bool json_in, bool json_out, uint64_t length,
                  size_t head_bytes, struct reserve_layout *ret);

/* How many items a body of that length brings, from the sizes of the wire forms; for SSZ exact. */
size_t reserve_items(const struct wire_operation *operation, bool json_in, uint64_t length);

/* The most that one request of an operation takes: of the request memory in the form that needs more, with lists of
 * up to items. */
size_t reserve_peak(const struct wire_operation *operation, size_t items);

#endif
