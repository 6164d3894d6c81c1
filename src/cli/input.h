/* Reading: blobs, cells, commitments and proofs from files or standard input, raw or hexadecimal, one after another
 * and without holding more than one; short values from the command line; whole small files.
 *
 * Raw form: items end to end, nothing between or behind them. Hexadecimal form: digits of either case; each run of
 * digits may begin with 0x and holds one item or several end to end; runs are separated by white space. An item must
 * not be broken by white space. Without --raw or --hex the form is found out for each file by looking at its
 * beginning; see input.c, detect_form. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/cli.h"

/* What is being read. */
struct item_kind {
    const char *name;
    const char *plural;
    size_t size;
};

extern const struct item_kind kind_blob;
extern const struct item_kind kind_cell;
extern const struct item_kind kind_commitment;
extern const struct item_kind kind_proof;

enum input_form { INPUT_AUTO, INPUT_RAW, INPUT_HEX };

struct reader {
    struct cli *cli;
    const struct item_kind *kind;
    enum input_form wanted; /* what the user said */
    const char *const *files;
    size_t file_count;
    size_t file_next;

    int fd; /* -1: no file open */
    const char *file;
    enum input_form form; /* of this file */
    bool detected;        /* the form was found out, not told */
    uint8_t *buffer;
    size_t capacity;
    size_t start; /* buffer[start..end) is read and not yet used */
    size_t end;
    bool eof;
    uint64_t offset;     /* of buffer[start] in the file */
    uint64_t file_items; /* from this file so far */
    uint64_t run_offset; /* where the current run of digits began */
    uint64_t run_digits; /* how many of its digits are used; 0: between runs */

    uint64_t items;       /* from all files so far */
    uint64_t item_offset; /* of the last one in its file */
};

/* Prepares to read items from the files in order ("-" and no files at all: standard input). Nothing is opened yet. */
enum cli_exit reader_open(struct reader *reader, struct cli *cli, const struct item_kind *kind,
                          const char *const *files, size_t file_count, enum input_form form);

/* The next item into out, kind->size bytes. *ret_got is false at the end. An empty file is an error, as is a part of
 * an item. */
enum cli_exit reader_next(struct reader *reader, uint8_t *out, bool *ret_got);

/* Where an item stood. */
struct item_mark {
    struct cli_place place;
    unsigned scale; /* bytes in the file for a byte of the item: 1, or 2 for hexadecimal */
};

/* Where the last item stood. */
struct item_mark reader_mark(const struct reader *reader);

/* That place, or with an element (not KZG_NO_ELEMENT) the field element's in it. */
struct cli_place mark_element(const struct item_mark *mark, uint32_t element);

/* How many items the files hold, from their sizes; 0 when that cannot be known. For the progress bar alone. */
uint64_t reader_expected(const struct reader *reader);

void reader_close(struct reader *reader);

/* --raw, --hex, or neither. */
enum input_form input_form_of(const struct cli_args *args);

/* A growing list of items, end to end. */
struct items {
    const struct item_kind *kind;
    uint8_t *bytes;
    size_t count;
    size_t capacity;
};

enum cli_exit items_add(const struct cli *cli, struct items *items, const uint8_t *bytes);
void items_free(struct items *items);

/* All items of the files. */
enum cli_exit items_read(struct items *items, struct cli *cli, const struct item_kind *kind, const char *const *files,
                         size_t file_count, enum input_form form);

/* All values of a repeatable option, in order: each hexadecimal or @FILE. */
enum cli_exit items_of_option(struct items *items, struct cli *cli, const struct cli_args *args,
                              enum cli_option option, const struct item_kind *kind);

/* One value of an option: hexadecimal or @FILE, size bytes. */
enum cli_exit value_of_option(struct cli *cli, const struct cli_args *args, enum cli_option option, uint8_t *out,
                              size_t size);

/* Exactly size bytes of hexadecimal, 0x optional; what is wrong is told with place. */
enum cli_exit parse_hex(const struct cli *cli, const struct cli_place *place, const char *text, size_t length,
                        uint8_t *out, size_t size);

/* A whole file or standard input, at most limit bytes. The caller frees *ret_bytes; it has a terminator behind its
 * end. */
enum cli_exit read_whole(struct cli *cli, const char *file, size_t limit, char **ret_bytes, size_t *ret_length);

/* Opens a file ("-": standard input, once) for reading; tells why not. *ret_name is what messages call it. */
enum cli_exit open_input(struct cli *cli, const char *file, int *ret_fd, const char **ret_name);

/* read() until size bytes, the end or an error, which is told. */
enum cli_exit read_full(const struct cli *cli, int fd, const char *name, uint8_t *out, size_t size, size_t *ret_size);

#endif
