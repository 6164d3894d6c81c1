/* Digests of what a context computes with, for kzg_check_piece. */
#ifndef KZG_CHECK_H
#define KZG_CHECK_H

#include "kzg/context.h"

/* Bytes of the digests that stand behind the tables; ctx->tables_bytes is known. */
size_t check_digests_bytes(const kzg_ctx *ctx);

/* The last step of making a context: nothing of it may change after this. */
void check_make_digests(kzg_ctx *ctx);

#endif
