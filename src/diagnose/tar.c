#include "diagnose/tar.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define BLOCK      512
#define GZIP_BITS  (15 + 16)
#define NAME_MAX_  100
#define PREFIX_MAX 155
#define SIZE_MAX_  ((uint64_t)1 << 33) /* eleven octal digits */

/* POSIX 1003.1, ustar: numbers are octal digits in text. */
struct header {
    char name[NAME_MAX_], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
    char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[PREFIX_MAX], padding[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

bool tar_begin(struct tar *tar, FILE *out, int64_t when_s) {
    z_stream *stream = calloc(1, sizeof *stream);
    *tar = (struct tar){.out = out, .when_s = when_s};
    if (stream == NULL) return false;
    if (deflateInit2(stream, 6, Z_DEFLATED, GZIP_BITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(stream);
        return false;
    }
    tar->deflate = stream;
    tar->good = true;
    return true;
}

static void squeeze(struct tar *tar, const void *data, size_t size, int flush) {
    z_stream *stream = tar->deflate;
    unsigned char out[16384];
    stream->next_in = (unsigned char *)(uintptr_t)data;
    stream->avail_in = (uInt)size;
    do {
        stream->next_out = out;
        stream->avail_out = sizeof out;
        if (deflate(stream, flush) == Z_STREAM_ERROR) tar->good = false;
        size_t n = sizeof out - stream->avail_out;
        if (tar->good && fwrite(out, 1, n, tar->out) != n) tar->good = false;
    } while (tar->good && stream->avail_out == 0);
}

/* zlib takes 4 GiB at a time; this less. */
static void put(struct tar *tar, const void *data, size_t size) {
    const unsigned char *at = data;
    while (size > 0 && tar->good) {
        size_t part = size < ((size_t)1 << 30) ? size : (size_t)1 << 30;
        squeeze(tar, at, part, Z_NO_FLUSH);
        at += part;
        size -= part;
    }
}

/* A long name is cut at a slash: its beginning is the prefix. */
static bool put_name(struct header *header, const char *name) {
    size_t length = strlen(name), cut = 0;
    if (length == 0 || name[0] == '/') return false;
    if (length > NAME_MAX_) {
        for (cut = length - NAME_MAX_ - 1; name[cut] != '/'; cut++)
            if (cut + 1 >= length) return false;
        if (cut > PREFIX_MAX) return false;
        memcpy(header->prefix, name, cut);
        cut++;
    }
    memcpy(header->name, name + cut, length - cut);
    return true;
}

static void octal(char *field, size_t size, uint64_t value) {
    for (size_t i = size - 1; i-- > 0; value >>= 3) field[i] = (char)('0' + (value & 7));
    field[size - 1] = '\0';
}

/* The sum of the header's bytes, with blanks for the sum itself: six digits, a NUL, a blank. */
static void put_checksum(struct header *header) {
    const unsigned char *byte = (const unsigned char *)header;
    unsigned sum = 0;
    memset(header->checksum, ' ', sizeof header->checksum);
    for (size_t i = 0; i < sizeof *header; i++) sum += byte[i];
    octal(header->checksum, sizeof header->checksum - 1, sum);
}

bool tar_add(struct tar *tar, const char *name, const void *data, size_t size) {
    static const char zeros[BLOCK];
    struct header header = {.type = '0', .magic = "ustar", .version = {'0', '0'}};
    if (!tar->good || size >= SIZE_MAX_ || !put_name(&header, name)) return tar->good = false;
    octal(header.mode, sizeof header.mode, 0644);
    octal(header.uid, sizeof header.uid, 0);
    octal(header.gid, sizeof header.gid, 0);
    octal(header.size, sizeof header.size, size);
    octal(header.mtime, sizeof header.mtime, tar->when_s < 0 ? 0 : (uint64_t)tar->when_s);
    put_checksum(&header);
    put(tar, &header, sizeof header);
    put(tar, data, size);
    put(tar, zeros, (BLOCK - size % BLOCK) % BLOCK);
    tar->files++;
    return tar->good;
}

bool tar_end(struct tar *tar) {
    static const char zeros[2 * BLOCK];
    z_stream *stream = tar->deflate;
    if (stream == NULL) return false;
    put(tar, zeros, sizeof zeros);
    if (tar->good) squeeze(tar, zeros, 0, Z_FINISH);
    deflateEnd(stream);
    free(stream);
    tar->deflate = NULL;
    return tar->good;
}
