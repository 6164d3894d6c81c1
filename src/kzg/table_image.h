/* Tables of a context as bytes: kzg_options' image, and kzg_tables_save. */
#ifndef KZG_TABLE_IMAGE_H
#define KZG_TABLE_IMAGE_H

#include "kzg/context.h"

/* Layout of the image and meaning of a table's entries: to be counted up with any change of either. Sizes of entries
 * and shapes of the tables are in the image besides. */
#define TABLE_IMAGE_VERSION 2

#define TABLE_IMAGE_TABLES 3

/* What an image begins with, in the machine's byte order; then the digests of the tables' pieces, zeros up to a
 * multiple of 4096 bytes, and the tables as they are in memory. */
struct table_image_head {
    uint8_t magic[8]; /* "KZGTABLE" */
    uint64_t byte_order;
    uint32_t version, precompute, entry_bytes, pieces;
    struct {
        uint64_t bases;
        uint32_t base, columns, stride, digits;
    } shape[TABLE_IMAGE_TABLES];
    uint64_t tables_bytes, digests_bytes;
    uint8_t setup_sha256[32];
    uint8_t digests_sha256[32]; /* of the digests */
    uint8_t head_sha256[32];    /* of all before */
};

/* Looks whether the image is of this context's setup, level and shapes, all known already, and of this version and
 * machine. *ret_tables is where its tables are: their bytes have not been looked at yet. */
kzg_image_verdict table_image_open(const uint8_t **ret_tables, const kzg_ctx *ctx, const kzg_table_image *image);

/* Are the context's digests those of the image, which table_image_open took? */
bool table_image_is_intact(const kzg_ctx *ctx, const kzg_table_image *image);

#endif
