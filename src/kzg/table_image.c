/* An image is a page of what it is of, with the digests of the tables' pieces, and the tables as they are in memory.
 * The digests are the ones that a context makes for its memory check (check.c), so that checking an image costs
 * nothing that a start without one would not. A digest that a writer could change with the tables protects from
 * damage, not from that writer: who may write is for the caller to look at. */
#include "kzg/table_image.h"

#include <string.h>

#include "kzg/challenge.h"
#include "kzg/check.h"

#define PAGE       ((size_t)4096)
#define BYTE_ORDER 0x0102030405060708u /* as the machine that wrote it keeps it */

static const uint8_t magic[8] = {'K', 'Z', 'G', 'T', 'A', 'B', 'L', 'E'};

static size_t tables_offset(const struct table_image_head *head) {
    return (sizeof *head + (size_t)head->digests_bytes + PAGE - 1) / PAGE * PAGE;
}

static void make_head(struct table_image_head *head, const kzg_ctx *ctx) {
    const struct g1_table *tables[TABLE_IMAGE_TABLES] = {&ctx->commit, &ctx->cells, &ctx->monomial};
    memset(head, 0, sizeof *head); /* padding is hashed too */
    memcpy(head->magic, magic, sizeof magic);
    head->byte_order = BYTE_ORDER;
    head->version = TABLE_IMAGE_VERSION;
    head->precompute = (uint32_t)ctx->precompute;
    head->entry_bytes = sizeof(struct g1_table_entry);
    head->pieces = (uint32_t)check_table_pieces(ctx);
    for (size_t i = 0; i < TABLE_IMAGE_TABLES; i++) {
        head->shape[i].bases = tables[i]->bases;
        head->shape[i].base = (uint32_t)tables[i]->digits.base;
        head->shape[i].columns = (uint32_t)tables[i]->columns;
        head->shape[i].stride = (uint32_t)tables[i]->stride;
        head->shape[i].digits = (uint32_t)tables[i]->digits.digits;
    }
    head->tables_bytes = ctx->tables_bytes;
    head->digests_bytes = head->pieces * (uint64_t)sizeof ctx->digests[0];
    memcpy(head->setup_sha256, ctx->setup_sha256, sizeof head->setup_sha256);
}

static void sign_head(struct table_image_head *head, const uint8_t *digests) {
    sha256(head->digests_sha256, digests, (size_t)head->digests_bytes);
    sha256(head->head_sha256, head, offsetof(struct table_image_head, head_sha256));
}

kzg_image_verdict table_image_open(const uint8_t **ret_tables, const kzg_ctx *ctx, const kzg_table_image *image) {
    struct table_image_head head, wanted;
    uint8_t digest[32];
    const uint8_t *bytes = image->data;
    if (bytes == NULL) return KZG_IMAGE_NONE;
    if (image->bytes < sizeof head) return KZG_IMAGE_TRUNCATED;
    if ((uintptr_t)bytes % ARENA_ALIGN != 0) return KZG_IMAGE_FOREIGN;
    memcpy(&head, bytes, sizeof head);
    if (memcmp(head.magic, magic, sizeof magic) != 0) return KZG_IMAGE_FOREIGN;
    sha256(digest, &head, offsetof(struct table_image_head, head_sha256));
    if (memcmp(digest, head.head_sha256, sizeof digest) != 0) return KZG_IMAGE_DAMAGED;
    make_head(&wanted, ctx);
    if (memcmp(head.setup_sha256, wanted.setup_sha256, sizeof wanted.setup_sha256) != 0) return KZG_IMAGE_OTHER_SETUP;
    if (head.version == wanted.version && head.precompute != wanted.precompute) return KZG_IMAGE_OTHER_LEVEL;
    if (memcmp(&head, &wanted, offsetof(struct table_image_head, digests_sha256)) != 0)
        return KZG_IMAGE_OTHER_VERSION;
    if (image->bytes < tables_offset(&head) + ctx->tables_bytes) return KZG_IMAGE_TRUNCATED;
    if (image->bytes > tables_offset(&head) + ctx->tables_bytes) return KZG_IMAGE_DAMAGED;
    sha256(digest, bytes + sizeof head, (size_t)head.digests_bytes);
    if (memcmp(digest, head.digests_sha256, sizeof digest) != 0) return KZG_IMAGE_DAMAGED;
    *ret_tables = bytes + tables_offset(&head);
    return KZG_IMAGE_USED;
}

bool table_image_is_intact(const kzg_ctx *ctx, const kzg_table_image *image) {
    size_t bytes = check_table_pieces(ctx) * sizeof ctx->digests[0];
    return memcmp(check_table_digests(ctx), (const uint8_t *)image->data + sizeof(struct table_image_head), bytes) ==
           0;
}

kzg_status kzg_tables_save(const kzg_ctx *ctx, bool (*write)(void *user, const void *data, size_t bytes),
                           void *user) {
    static const uint8_t zeros[PAGE];
    struct table_image_head head;
    KZG_REQUIRE(ctx, KZG_ARG_CONTEXT);
    if (write == NULL) return fault_status(ST_NULL_ARGUMENT, KZG_ARG_NONE, 0);
    const uint8_t *digests = check_table_digests(ctx);
    make_head(&head, ctx);
    sign_head(&head, digests);
    size_t used = sizeof head + (size_t)head.digests_bytes;
    bool ok = write(user, &head, sizeof head) && write(user, digests, (size_t)head.digests_bytes) &&
              write(user, zeros, tables_offset(&head) - used) && write(user, ctx->commit.entries, ctx->tables_bytes);
    return ok ? ok_status() : fault_status(ST_IO, KZG_ARG_OUTPUT, 0);
}

static const char *const verdicts[] = {
#define X(NAME, value, name) [value] = (name),
    KZG_IMAGE_LIST(X)
#undef X
};

const char *kzg_image_verdict_name(kzg_image_verdict verdict) {
    return (unsigned)verdict < KZG_IMAGE_VERDICTS ? verdicts[verdict] : "unknown";
}
