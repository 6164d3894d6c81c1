#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"

const struct item_kind kind_blob = {"blob", "blobs", KZG_BYTES_PER_BLOB};
const struct item_kind kind_cell = {"cell", "cells", KZG_BYTES_PER_CELL};
const struct item_kind kind_commitment = {"commitment", "commitments", KZG_BYTES_PER_G1};
const struct item_kind kind_proof = {"proof", "proofs", KZG_BYTES_PER_G1};

/* ---- Files ------------------------------------------------------------------------------------------------- */

/* Did the user name the wrong thing, or could the machine not do it? */
static enum cli_exit exit_of_open(int error) {
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case EACCES:
    case EPERM:
    case ELOOP:
    case ENAMETOOLONG:
    case ENXIO: return CLI_BAD_INPUT;
    default: return CLI_FAILED;
    }
}

static enum cli_exit read_error(const struct cli *cli, const char *name, const char *what, int error) {
    struct cli_place place = {.file = name};
    return cli_error(cli, exit_of_open(error), status_code_name(ST_IO), &place, "cannot %s: %s", what,
                     strerror(error));
}

enum cli_exit open_input(struct cli *cli, const char *file, int *ret_fd, const char **ret_name) {
    if (strcmp(file, "-") == 0) {
        if (cli->stdin_taken) return cli_usage(cli, "standard input is named twice; it can be read once");
        cli->stdin_taken = true;
        *ret_fd = STDIN_FILENO;
        *ret_name = "standard input";
        return CLI_OK;
    }
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return read_error(cli, file, "open", errno);
    struct stat info;
    if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        (void)close(fd);
        return read_error(cli, file, "read", EISDIR);
    }
    *ret_fd = fd;
    *ret_name = file;
    return CLI_OK;
}

enum cli_exit read_full(const struct cli *cli, int fd, const char *name, uint8_t *out, size_t size,
                        size_t *ret_size) {
    size_t have = 0;
    while (have < size) {
        ssize_t n = read(fd, out + have, size - have);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return read_error(cli, name, "read", errno);
        if (n == 0) break;
        have += (size_t)n;
    }
    *ret_size = have;
    return CLI_OK;
}

static void close_input(int fd) {
    if (fd > STDIN_FILENO) (void)close(fd);
}

/* Doubles *bytes as far as needed for one more than limit; false when memory is out. */
static bool grow(char **bytes, size_t *capacity, size_t limit) {
    size_t larger = *capacity == 0 ? 65536 : *capacity > limit / 2 ? limit + 2 : *capacity * 2;
    char *moved = realloc(*bytes, larger);
    if (moved == NULL) return false;
    *bytes = moved;
    *capacity = larger;
    return true;
}

static enum cli_exit read_whole_fd(const struct cli *cli, int fd, const char *name, size_t limit, char **bytes,
                                   size_t *length) {
    size_t capacity = 0;
    for (;;) {
        if (!grow(bytes, &capacity, limit)) return cli_out_of_memory(cli);
        size_t room = capacity - 1 - *length;
        size_t got = 0;
        CLI_TRY(read_full(cli, fd, name, (uint8_t *)*bytes + *length, room, &got));
        *length += got;
        struct cli_place place = {.file = name};
        if (*length > limit)
            return cli_error(cli, CLI_BAD_INPUT, status_code_name(ST_BODY_TOO_LARGE), &place,
                             "longer than the %zu bytes that are read of such a file", limit);
        if (got < room) break;
    }
    (*bytes)[*length] = '\0';
    return CLI_OK;
}

enum cli_exit read_whole(struct cli *cli, const char *file, size_t limit, char **ret_bytes, size_t *ret_length) {
    int fd;
    const char *name;
    char *bytes = NULL;
    size_t length = 0;
    CLI_TRY(open_input(cli, file, &fd, &name));
    enum cli_exit result = read_whole_fd(cli, fd, name, limit, &bytes, &length);
    close_input(fd);
    if (result != CLI_OK) {
        free(bytes);
        return result;
    }
    *ret_bytes = bytes;
    *ret_length = length;
    return CLI_OK;
}

/* ---- Hexadecimal values ------------------------------------------------------------------------------------- */

static bool is_space(uint8_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static enum cli_exit hex_error(const struct cli *cli, const struct cli_place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum cli_exit hex_error(const struct cli *cli, const struct cli_place *place, const char *format, ...) {
    char message[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return cli_error(cli, CLI_BAD_INPUT, status_code_name(ST_HEX_MALFORMED), place, "%s", message);
}

static enum cli_exit bad_digit(const struct cli *cli, const struct cli_place *place, uint8_t c) {
    if (c > 0x20 && c < 0x7f) return hex_error(cli, place, "'%c' is not a hexadecimal digit", c);
    return hex_error(cli, place, "byte 0x%02x is not a hexadecimal digit", c);
}

enum cli_exit parse_hex(const struct cli *cli, const struct cli_place *place, const char *text, size_t length,
                        uint8_t *out, size_t size) {
    size_t prefix = length >= 2 && text[0] == '0' && text[1] == 'x' ? 2 : 0;
    size_t digits = length - prefix;
    if (length == 0) return hex_error(cli, place, "empty: expected %zu hexadecimal digits", 2 * size);
    if (length >= 2 && text[0] == '0' && text[1] == 'X')
        return hex_error(cli, place, "the prefix is 0X: expected 0x or none");
    for (size_t i = prefix; i < length; i++) {
        struct cli_place at = *place;
        at.has_offset = true;
        at.offset += i;
        if (hex_digit(text[i]) < 0) return bad_digit(cli, &at, (uint8_t)text[i]);
    }
    if (digits != 2 * size)
        return cli_error(cli, CLI_BAD_INPUT, status_code_name(ST_BYTES_LENGTH), place,
                         "%zu hexadecimal digits%s: expected %zu (%zu bytes)", digits,
                         digits % 2 != 0 ? ", an odd number" : "", 2 * size, size);
    (void)hex_decode(out, size, text + prefix, NULL);
    return CLI_OK;
}

/* ---- The reader ---------------------------------------------------------------------------------------------- */

enum input_form input_form_of(const struct cli_args *args) {
    return cli_given(args, CLI_OPT_RAW) ? INPUT_RAW : cli_given(args, CLI_OPT_HEX) ? INPUT_HEX : INPUT_AUTO;
}

enum cli_exit reader_open(struct reader *reader, struct cli *cli, const struct item_kind *kind,
                          const char *const *files, size_t file_count, enum input_form form) {
    static const char *const standard[] = {"-"};
    size_t stdin_count = 0;
    *reader = (struct reader){.cli = cli, .kind = kind, .wanted = form, .fd = -1};
    reader->files = file_count == 0 ? standard : files;
    reader->file_count = file_count == 0 ? 1 : file_count;
    for (size_t i = 0; i < reader->file_count; i++) stdin_count += strcmp(reader->files[i], "-") == 0;
    if (stdin_count > 0 && cli->stdin_taken) stdin_count++;
    if (stdin_count > 1) return cli_usage(cli, "standard input is named twice; it can be read once");
    /* One whole item in hexadecimal, its prefix, and one character more; at least a good read. */
    reader->capacity = 2 * kind->size + 3 < 65536 ? 65536 : 2 * kind->size + 65536;
    reader->buffer = malloc(reader->capacity);
    return reader->buffer == NULL ? cli_out_of_memory(cli) : CLI_OK;
}

void reader_close(struct reader *reader) {
    close_input(reader->fd);
    free(reader->buffer);
    reader->buffer = NULL;
    reader->fd = -1;
}

static size_t available(const struct reader *reader) {
    return reader->end - reader->start;
}

static const uint8_t *peek(const struct reader *reader) {
    return reader->buffer + reader->start;
}

static void use(struct reader *reader, size_t bytes) {
    reader->start += bytes;
    reader->offset += bytes;
}

/* Makes at least need bytes available, or all there are until the end. */
static enum cli_exit fill(struct reader *reader, size_t need) {
    if (available(reader) >= need || reader->eof) return CLI_OK;
    memmove(reader->buffer, peek(reader), available(reader));
    reader->end = available(reader);
    reader->start = 0;
    while (reader->end < need && !reader->eof) {
        ssize_t n = read(reader->fd, reader->buffer + reader->end, reader->capacity - reader->end);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return read_error(reader->cli, reader->file, "read", errno);
        if (n == 0) reader->eof = true;
        reader->end += (size_t)n;
    }
    return CLI_OK;
}

/* What the beginning of a file consists of. */
struct bytes_seen {
    size_t hex;  /* digits, white space, a prefix 0x */
    size_t text; /* all of these and other printable ASCII */
};

static struct bytes_seen look_at(const uint8_t *bytes, size_t length) {
    struct bytes_seen seen = {0, 0};
    for (size_t i = 0; i < length; i++) {
        bool hex = is_space(bytes[i]) || hex_digit((char)bytes[i]) >= 0 || (i == 1 && (bytes[i] | 0x20) == 'x');
        seen.hex += hex;
        seen.text += hex || (bytes[i] >= 0x20 && bytes[i] <= 0x7e);
    }
    return seen;
}

/* The form of a file from its first item or so (available(), up to twice an item and a little):
 *   three quarters or more are hexadecimal digits -> hexadecimal, perhaps with a mistake that its reader will name
 *   other text, but not a whole number of items   -> the same
 *   anything else                                 -> raw
 * Random bytes are digits to a tenth. A raw file that consists of digits needs --raw: to guess that a hexadecimal one
 * with a mistake is raw would give an answer to what nobody asked. */
static enum input_form detect_form(const struct reader *reader) {
    size_t length = available(reader);
    struct bytes_seen seen = look_at(peek(reader), length);
    if (seen.hex >= length - length / 4) return INPUT_HEX;
    bool whole = reader->eof && length % reader->kind->size == 0;
    return seen.text == length && !whole ? INPUT_HEX : INPUT_RAW;
}

static enum cli_exit next_file(struct reader *reader) {
    struct cli *cli = reader->cli;
    CLI_TRY(open_input(cli, reader->files[reader->file_next], &reader->fd, &reader->file));
    reader->file_next++;
    reader->start = reader->end = 0;
    reader->eof = false;
    reader->offset = reader->file_items = reader->run_digits = 0;
    CLI_TRY(fill(reader, 2 * reader->kind->size + 3));
    struct cli_place place = {.file = reader->file};
    if (available(reader) == 0)
        return cli_error(cli, CLI_BAD_INPUT, status_code_name(ST_BYTES_LENGTH), &place,
                         "empty: expected %s of %zu bytes", reader->kind->plural, reader->kind->size);
    reader->detected = reader->wanted == INPUT_AUTO;
    reader->form = reader->detected ? detect_form(reader) : reader->wanted;
    return CLI_OK;
}

/* " (taken as raw bytes ...)": how the form was found, when the user may be surprised by it. */
static void explain_form(const struct reader *reader, char *out, size_t size) {
    if (!reader->detected) {
        out[0] = '\0';
        return;
    }
    snprintf(out, size, "; taken as %s",
             reader->form == INPUT_RAW ? "raw bytes (--hex says otherwise)" : "hexadecimal (--raw says otherwise)");
}

static enum cli_exit length_error(const struct reader *reader, const struct cli_place *place, const char *what) {
    char form[128];
    explain_form(reader, form, sizeof form);
    return cli_error(reader->cli, CLI_BAD_INPUT, status_code_name(ST_BYTES_LENGTH), place, "%s%s", what, form);
}

static struct cli_place place_here(const struct reader *reader, uint64_t offset) {
    return (struct cli_place){.file = reader->file,
                              .item = reader->kind->name,
                              .index = reader->items,
                              .has_offset = true,
                              .offset = offset};
}

static enum cli_exit next_raw(struct reader *reader, uint8_t *out, bool *ret_got) {
    size_t size = reader->kind->size;
    CLI_TRY(fill(reader, size));
    size_t have = available(reader);
    if (have == 0) return CLI_OK;
    if (have < size) {
        char what[200];
        struct cli_place place = place_here(reader, reader->offset);
        snprintf(what, sizeof what,
                 "the file ends after %zu of %zu bytes (%" PRIu64 " bytes in all, not a multiple of %zu)", have, size,
                 reader->offset + have, size);
        return length_error(reader, &place, what);
    }
    memcpy(out, peek(reader), size);
    reader->item_offset = reader->offset;
    use(reader, size);
    *ret_got = true;
    return CLI_OK;
}

/* The run of digits that begins at the current item goes on for how long, and what ends it. To be called only on the
 * way to an error: reads the file on. */
static enum cli_exit measure_run(struct reader *reader, uint64_t *ret_digits, int *ret_end, uint64_t *ret_offset) {
    *ret_digits = 0;
    for (;;) {
        CLI_TRY(fill(reader, 1));
        if (available(reader) == 0) break;
        if (hex_digit((char)*peek(reader)) < 0) break;
        use(reader, 1);
        *ret_digits += 1;
    }
    *ret_end = available(reader) == 0 ? -1 : *peek(reader);
    *ret_offset = reader->offset;
    return CLI_OK;
}

/* The digits at hand are not an item: say why. */
static enum cli_exit hex_item_error(struct reader *reader) {
    size_t size = reader->kind->size;
    uint64_t begin = reader->offset, digits, end_offset;
    int end;
    char what[240];
    CLI_TRY(measure_run(reader, &digits, &end, &end_offset));
    struct cli_place place = place_here(reader, begin);
    if (end >= 0 && !is_space((uint8_t)end)) {
        place.offset = end_offset;
        char form[128];
        explain_form(reader, form, sizeof form);
        if (end == 'X' && digits == 1) return hex_error(reader->cli, &place, "the prefix is 0X: expected 0x or none");
        if (end > 0x20 && end < 0x7f)
            return hex_error(reader->cli, &place, "'%c' is not a hexadecimal digit%s", end, form);
        return hex_error(reader->cli, &place, "byte 0x%02x is not a hexadecimal digit%s", (unsigned)end, form);
    }
    uint64_t all = reader->run_digits + digits;
    if (reader->run_digits > 0) {
        place.offset = reader->run_offset;
        snprintf(what, sizeof what,
                 "%" PRIu64 " hexadecimal digits%s: expected %zu (%zu bytes), or a multiple of that for several %s",
                 all, all % 2 != 0 ? ", an odd number," : "", 2 * size, size, reader->kind->plural);
    } else {
        snprintf(what, sizeof what, "%" PRIu64 " hexadecimal digits%s before %s: expected %zu (%zu bytes)", digits,
                 digits % 2 != 0 ? ", an odd number," : "", end < 0 ? "the end" : "white space", 2 * size, size);
    }
    return length_error(reader, &place, what);
}

static enum cli_exit skip_space(struct reader *reader) {
    for (;;) {
        CLI_TRY(fill(reader, 1));
        if (available(reader) == 0 || !is_space(*peek(reader))) return CLI_OK;
        use(reader, 1);
        reader->run_digits = 0;
    }
}

static enum cli_exit next_hex(struct reader *reader, uint8_t *out, bool *ret_got) {
    size_t size = reader->kind->size;
    CLI_TRY(skip_space(reader));
    CLI_TRY(fill(reader, 2 * size + 2));
    if (available(reader) == 0) {
        struct cli_place place = {.file = reader->file};
        if (reader->file_items == 0) return length_error(reader, &place, "only white space: expected hexadecimal");
        return CLI_OK;
    }
    if (reader->run_digits == 0) {
        reader->run_offset = reader->offset;
        if (available(reader) >= 2 && peek(reader)[0] == '0' && peek(reader)[1] == 'x') use(reader, 2);
    }
    /* signed char may not hold the byte, but then it is no digit either */
    if (available(reader) < 2 * size || !hex_decode(out, size, (const char *)peek(reader), NULL))
        return hex_item_error(reader);
    reader->item_offset = reader->offset;
    reader->run_digits += 2 * size;
    use(reader, 2 * size);
    *ret_got = true;
    return CLI_OK;
}

enum cli_exit reader_next(struct reader *reader, uint8_t *out, bool *ret_got) {
    *ret_got = false;
    for (;;) {
        if (reader->fd < 0) {
            if (reader->file_next == reader->file_count) return CLI_OK;
            CLI_TRY(next_file(reader));
        }
        CLI_TRY(reader->form == INPUT_RAW ? next_raw(reader, out, ret_got) : next_hex(reader, out, ret_got));
        if (*ret_got) {
            reader->items++;
            reader->file_items++;
            return CLI_OK;
        }
        close_input(reader->fd);
        reader->fd = -1;
    }
}

struct item_mark reader_mark(const struct reader *reader) {
    return (struct item_mark){.place = {.file = reader->file,
                                        .item = reader->kind->name,
                                        .index = reader->items - 1,
                                        .has_offset = true,
                                        .offset = reader->item_offset},
                              .scale = reader->form == INPUT_HEX ? 2 : 1};
}

struct cli_place mark_element(const struct item_mark *mark, uint32_t element) {
    struct cli_place place = mark->place;
    if (element == KZG_NO_ELEMENT) return place;
    place.has_element = true;
    place.element = element;
    place.offset += (uint64_t)element * KZG_BYTES_PER_FIELD_ELEMENT * mark->scale;
    return place;
}

uint64_t reader_expected(const struct reader *reader) {
    uint64_t items = 0;
    for (size_t i = 0; i < reader->file_count; i++) {
        struct stat info;
        if (strcmp(reader->files[i], "-") == 0 ? fstat(STDIN_FILENO, &info) != 0 : stat(reader->files[i], &info) != 0)
            return 0;
        if (!S_ISREG(info.st_mode)) return 0;
        uint64_t size = (uint64_t)info.st_size;
        /* The form is not known yet; raw archives are a multiple of the size, and others hardly ever. */
        bool raw = reader->wanted == INPUT_RAW || (reader->wanted == INPUT_AUTO && size % reader->kind->size == 0);
        items += size / (raw ? reader->kind->size : 2 * reader->kind->size);
    }
    return items;
}

/* ---- Lists ---------------------------------------------------------------------------------------------------- */

enum cli_exit items_add(const struct cli *cli, struct items *items, const uint8_t *bytes) {
    size_t size = items->kind->size;
    if (items->count == items->capacity) {
        size_t capacity = items->capacity == 0 ? 16 : items->capacity * 2;
        uint8_t *moved = capacity > SIZE_MAX / size ? NULL : realloc(items->bytes, capacity * size);
        if (moved == NULL) return cli_out_of_memory(cli);
        items->bytes = moved;
        items->capacity = capacity;
    }
    memcpy(items->bytes + items->count * size, bytes, size);
    items->count++;
    return CLI_OK;
}

void items_free(struct items *items) {
    free(items->bytes);
    *items = (struct items){0};
}

static enum cli_exit add_all(struct items *items, struct cli *cli, struct reader *reader) {
    uint8_t item[KZG_BYTES_PER_CELL];
    bool got;
    for (;;) {
        CLI_TRY(reader_next(reader, item, &got));
        if (!got) return CLI_OK;
        CLI_TRY(items_add(cli, items, item));
    }
}

/* Appends; the kind must be one that fits add_all's buffer, which all but blobs do. */
static enum cli_exit append_files(struct items *items, struct cli *cli, const char *const *files, size_t file_count,
                                  enum input_form form) {
    struct reader reader;
    enum cli_exit result = reader_open(&reader, cli, items->kind, files, file_count, form);
    if (result == CLI_OK) result = add_all(items, cli, &reader);
    reader_close(&reader);
    return result;
}

enum cli_exit items_read(struct items *items, struct cli *cli, const struct item_kind *kind, const char *const *files,
                         size_t file_count, enum input_form form) {
    items->kind = kind;
    return append_files(items, cli, files, file_count, form);
}

enum cli_exit items_of_option(struct items *items, struct cli *cli, const struct cli_args *args,
                              enum cli_option option, const struct item_kind *kind) {
    items->kind = kind;
    for (size_t i = 0; i < args->list_count; i++) {
        const char *value = args->list[i].value;
        if (args->list[i].option != option) continue;
        if (value[0] == '@') {
            const char *file = value + 1;
            if (file[0] == '\0') return cli_usage(cli, "%s is '@' without a file name", cli_option_name(option));
            CLI_TRY(append_files(items, cli, &file, 1, INPUT_AUTO));
            continue;
        }
        uint8_t item[KZG_BYTES_PER_CELL];
        struct cli_place place = {.file = cli_option_name(option)};
        CLI_TRY(parse_hex(cli, &place, value, strlen(value), item, kind->size));
        CLI_TRY(items_add(cli, items, item));
    }
    return CLI_OK;
}

enum cli_exit value_of_option(struct cli *cli, const struct cli_args *args, enum cli_option option, uint8_t *out,
                              size_t size) {
    struct item_kind kind = {"value", "values", size};
    struct items items = {0};
    enum cli_exit result = items_of_option(&items, cli, args, option, &kind);
    if (result == CLI_OK && items.count != 1) {
        struct cli_place place = {.file = cli_option_name(option)};
        result = cli_error(cli, CLI_BAD_INPUT, status_code_name(ST_LENGTH_MISMATCH), &place,
                           "%zu values: expected one of %zu bytes", items.count, size);
    }
    if (result == CLI_OK) memcpy(out, items.bytes, size);
    items_free(&items);
    return result;
}
