/* Digests of what a context computes with, for kzg_check_piece. */
#ifndef KZG_CHECK_H
#define KZG_CHECK_H

#include "kzg/context.h"

/* Bytes of the digests; ctx->tables_bytes is known. */
size_t check_digests_bytes(const kzg_ctx *ctx);

/* Those of the tables alone, which follow the context's own; how many. */
const uint8_t *check_table_digests(const kzg_ctx *ctx);
size_t check_table_pieces(const kzg_ctx *ctx);

/* When the tables are full. */
void check_digest_tables(kzg_ctx *ctx);
/* The last step of making a context: nothing of it may change after this. */
void check_digest_context(kzg_ctx *ctx);

#endif
