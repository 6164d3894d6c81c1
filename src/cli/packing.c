#include "cli/packing.h"

#include <string.h>

#include "base/bytes.h"

#define MAGIC   "KZGB"
#define VERSION 1

/* Places in the header. */
enum { AT_MAGIC = 1, AT_VERSION = 5, AT_LAST = 6, AT_OFFSET = 7, AT_LENGTH = 15, AT_RESERVED = 23 };

static uint8_t *element(kzg_blob *blob, size_t i) {
    return blob->bytes + i * KZG_BYTES_PER_FIELD_ELEMENT;
}

void pack_blob(kzg_blob *ret_blob, const struct packed *packed) {
    memset(ret_blob, 0, sizeof *ret_blob);
    uint8_t *header = element(ret_blob, 0);
    memcpy(header + AT_MAGIC, MAGIC, sizeof MAGIC - 1);
    header[AT_VERSION] = VERSION;
    header[AT_LAST] = packed->last;
    store_be64(header + AT_OFFSET, packed->offset);
    store_be64(header + AT_LENGTH, packed->length);
    for (size_t i = 1, done = 0; done < packed->length; i++) {
        size_t left = packed->length - done;
        size_t part = left < PACKED_BYTES_PER_ELEMENT ? left : PACKED_BYTES_PER_ELEMENT;
        memcpy(element(ret_blob, i) + 1, packed->bytes + done, part);
        done += part;
    }
}

/* Is everything zero that carries nothing? */
static bool padding_is_zero(const kzg_blob *blob, size_t length, uint32_t *ret_element) {
    for (uint32_t i = 0; i < KZG_FIELD_ELEMENTS_PER_BLOB; i++) {
        const uint8_t *bytes = blob->bytes + (size_t)i * KZG_BYTES_PER_FIELD_ELEMENT;
        size_t before = i == 0 ? 0 : (size_t)(i - 1) * PACKED_BYTES_PER_ELEMENT;
        size_t left = before < length ? length - before : 0;
        size_t used = left < PACKED_BYTES_PER_ELEMENT ? left : PACKED_BYTES_PER_ELEMENT;
        if (i == 0) used = AT_RESERVED - 1;
        *ret_element = i;
        if (bytes[0] != 0) return false;
        for (size_t k = 1 + used; k < KZG_BYTES_PER_FIELD_ELEMENT; k++)
            if (bytes[k] != 0) return false;
    }
    return true;
}

const char *unpack_blob(struct packed *ret_packed, const kzg_blob *blob, uint32_t *ret_element) {
    const uint8_t *header = blob->bytes;
    uint64_t length = load_be64(header + AT_LENGTH);
    *ret_element = 0;
    if (memcmp(header + AT_MAGIC, MAGIC, sizeof MAGIC - 1) != 0) return "not a blob made by kzg make-blob: no 'KZGB'";
    if (header[AT_VERSION] != VERSION) return "packed in a version of the format that is not known here";
    if (header[AT_LAST] > 1) return "the header's mark of the last blob is neither 0 nor 1";
    if (length > PACKED_BYTES_PER_BLOB) return "the header tells of more bytes than a blob can carry";
    if (header[AT_LAST] == 0 && length != PACKED_BYTES_PER_BLOB) return "not the last blob, but not full";
    if (!padding_is_zero(blob, (size_t)length, ret_element)) return "a byte that carries nothing is not zero";
    ret_packed->offset = load_be64(header + AT_OFFSET);
    ret_packed->length = (size_t)length;
    ret_packed->last = header[AT_LAST] == 1;
    for (size_t i = 0; i < length; i++)
        ret_packed->bytes[i] = blob->bytes[(1 + i / PACKED_BYTES_PER_ELEMENT) * KZG_BYTES_PER_FIELD_ELEMENT + 1 +
                                           i % PACKED_BYTES_PER_ELEMENT];
    return NULL;
}
