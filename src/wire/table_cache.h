/* The file that keeps a context's tables between processes (kzg_table_image), mapped by all that start with it.
 *
 * Tables decide what is computed, and the digests in the file stand beside what they are of: whoever may write the
 * file may have any answer given. So a file is used only if it is a regular one, belongs to this process's user or to
 * root, and nobody else may write it. It is never written in place, only replaced (a file beside it, fsync, rename):
 * who has mapped the old one keeps it whole. */
#ifndef WIRE_TABLE_CACHE_H
#define WIRE_TABLE_CACHE_H

#include <stdbool.h>
#include <stddef.h>

#include "kzg/kzg.h"

struct table_cache {
    kzg_table_image image; /* data NULL: there is none to use */
    const char *why;       /* static text: why not; NULL while there is no file yet, or an image */
    int error;             /* errno of it, 0: none */
};

/* Maps the file, read-only. path "" is no file. */
void table_cache_open(struct table_cache *cache, const char *path);
/* After the context that uses it. */
void table_cache_close(struct table_cache *cache);

enum table_cache_save {
    TABLE_CACHE_SAVED,
    TABLE_CACHE_BUSY, /* another process is writing the same */
    TABLE_CACHE_FAILED
};

/* Replaces the file by the context's tables. FAILED: *ret_error is errno; the file is as it was, and nothing is left
 * beside it. */
enum table_cache_save table_cache_save(const char *path, const kzg_ctx *ctx, int *ret_error);

#endif
