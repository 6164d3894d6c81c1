/* Two regions are looked at, piece by piece: the context itself (domain, prepared points, shapes) and the tables.
 * Each piece has a digest of its own, so that a look needs no memory between calls and says where it is wrong. A
 * digest that was hit itself counts as damage too, which is the safe side. */
#include "kzg/check.h"

#include <string.h>

#include "kzg/challenge.h"

#define PIECE_BYTES ((size_t)1 << 18)

struct piece {
    const uint8_t *data;
    size_t bytes;
    const char *what;
};

static size_t pieces_of(size_t bytes) {
    return (bytes + PIECE_BYTES - 1) / PIECE_BYTES;
}

static size_t pieces(const kzg_ctx *ctx) {
    return pieces_of(sizeof *ctx) + pieces_of(ctx->tables_bytes);
}

static struct piece cut(const void *region, size_t bytes, size_t i, const char *what) {
    size_t at = i * PIECE_BYTES, left = bytes - at;
    return (struct piece){(const uint8_t *)region + at, left < PIECE_BYTES ? left : PIECE_BYTES, what};
}

static struct piece piece_at(const kzg_ctx *ctx, size_t i) {
    size_t own = pieces_of(sizeof *ctx);
    return i < own ? cut(ctx, sizeof *ctx, i, "setup")
                   : cut(ctx->commit.entries, ctx->tables_bytes, i - own, "tables");
}

size_t check_digests_bytes(const kzg_ctx *ctx) {
    return pieces(ctx) * sizeof ctx->digests[0];
}

size_t check_table_pieces(const kzg_ctx *ctx) {
    return pieces_of(ctx->tables_bytes);
}

const uint8_t *check_table_digests(const kzg_ctx *ctx) {
    return ctx->digests[pieces_of(sizeof *ctx)];
}

static void make_digests(kzg_ctx *ctx, size_t first, size_t end) {
    for (size_t i = first; i < end; i++) {
        struct piece piece = piece_at(ctx, i);
        sha256(ctx->digests[i], piece.data, piece.bytes);
    }
}

void check_digest_tables(kzg_ctx *ctx) {
    make_digests(ctx, pieces_of(sizeof *ctx), pieces(ctx));
}

void check_digest_context(kzg_ctx *ctx) {
    make_digests(ctx, 0, pieces_of(sizeof *ctx));
}

size_t kzg_check_pieces(const kzg_ctx *ctx) {
    return ctx == NULL ? 0 : pieces(ctx);
}

kzg_status kzg_check_piece(const kzg_ctx *ctx, bool *ret_intact, const char **ret_what, size_t i) {
    uint8_t digest[32];
    KZG_REQUIRE(ctx, KZG_ARG_CONTEXT);
    KZG_REQUIRE(ret_intact, KZG_ARG_OUTPUT);
    if (i >= pieces(ctx)) return fault_status(ST_COUNT_TOO_LARGE, KZG_ARG_COUNT, 0);
    struct piece piece = piece_at(ctx, i);
    sha256(digest, piece.data, piece.bytes);
    *ret_intact = memcmp(digest, ctx->digests[i], sizeof digest) == 0;
    if (ret_what != NULL) *ret_what = piece.what;
    return ok_status();
}
