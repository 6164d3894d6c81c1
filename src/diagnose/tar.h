/* A gzipped tar archive (ustar), written file by file. */
#ifndef DIAGNOSE_TAR_H
#define DIAGNOSE_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct tar {
    FILE *out;      /* borrowed */
    void *deflate;  /* z_stream */
    int64_t when_s; /* modification time of every file */
    size_t files;
    bool good; /* false once something could not be written: nothing more is */
};

/* False without memory. tar_end also after that. */
bool tar_begin(struct tar *tar, FILE *out, int64_t when_s);
/* A regular file, mode 0644. Names are relative, of up to 255 bytes whose parts fit ustar's two fields, below 8 GiB;
 * another is a failure. */
bool tar_add(struct tar *tar, const char *name, const void *data, size_t size);
/* Writes the archive's end and frees; true when all of it has been written to out (which may still hold it). */
bool tar_end(struct tar *tar);

#endif
