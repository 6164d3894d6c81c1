/* How make-blob puts bytes into blobs, and unpack takes them out: docs/tool.md, "Packed blobs".
 *
 * A blob has 4096 elements. Each begins with a zero byte, which keeps it below the modulus, and carries 31 bytes. The
 * first element is a header, the other 4095 carry the file: 126945 bytes a blob. Behind its end is zero.
 *
 *   byte 0        0
 *        1..4     "KZGB"
 *        5        version, 1
 *        6        1 in the last blob of a file, else 0
 *        7..14    big-endian: how many bytes of the file the blobs before carry
 *       15..22    big-endian: how many this one carries; the full 126945 in all but the last
 *       23..31    0
 *
 * So the length of the file is known from its last blob, and a blob that is missing, doubled or out of order is
 * noticed. An empty file is one blob. */
#ifndef CLI_PACKING_H
#define CLI_PACKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzg/kzg.h"

#define PACKED_BYTES_PER_ELEMENT 31
#define PACKED_BYTES_PER_BLOB    (PACKED_BYTES_PER_ELEMENT * (KZG_FIELD_ELEMENTS_PER_BLOB - 1))

struct packed {
    uint64_t offset;
    size_t length;
    bool last;
    uint8_t bytes[PACKED_BYTES_PER_BLOB];
};

void pack_blob(kzg_blob *ret_blob, const struct packed *packed);

/* NULL, or what is wrong with the blob, and at which element. */
const char *unpack_blob(struct packed *ret_packed, const kzg_blob *blob, uint32_t *ret_element);

#endif
