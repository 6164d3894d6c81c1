/* Errors on standard error: a sentence for people, or with --json a line for programs. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/json_write.h"
#include "cli/progress.h"

/* Everything an error line may hold; longer file names are cut. */
#define LINE_MAX_BYTES 4096

struct line {
    char text[LINE_MAX_BYTES];
    size_t used;
};

static void line_add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void line_add(struct line *line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    size_t room = sizeof line->text - line->used;
    int n = vsnprintf(line->text + line->used, room, format, arguments);
    va_end(arguments);
    if (n > 0) line->used += (size_t)n < room ? (size_t)n : room - 1;
}

/* The user's own bytes (file names, arguments) must not drive the terminal. */
static void make_printable(char *text) {
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f) *text = '?';
}

static void add_place(struct line *line, const struct cli_place *place) {
    if (place->file != NULL) line_add(line, "%s: ", place->file);
    if (place->item != NULL) {
        line_add(line, "%s %" PRIu64, place->item, place->index);
        if (place->has_element) line_add(line, ", field element %" PRIu32, place->element);
        if (place->has_offset) line_add(line, " (byte %" PRIu64 ")", place->offset);
        line_add(line, ": ");
    } else if (place->has_offset) {
        line_add(line, "byte %" PRIu64 ": ", place->offset);
    }
}

static void print_sentence(const struct cli *cli, const struct cli_place *place, const char *message) {
    struct line line = {.used = 0};
    line_add(&line, "%s: ", cli->command);
    if (place != NULL) add_place(&line, place);
    line_add(&line, "%s", message);
    make_printable(line.text);
    fprintf(stderr, "%s\n", line.text);
}

static void print_json(const struct cli *cli, enum cli_exit status, const char *code, const struct cli_place *place,
                       const char *message) {
    static const struct cli_place nowhere;
    if (place == NULL) place = &nowhere;
    fprintf(stderr, "{\"error\":{\"code\":\"%s\",\"command\":", code);
    json_write_string(stderr, cli->command);
    if (place->file != NULL) {
        fprintf(stderr, ",\"file\":");
        json_write_string(stderr, place->file);
    }
    if (place->item != NULL) fprintf(stderr, ",\"item\":\"%s\",\"index\":%" PRIu64, place->item, place->index);
    if (place->has_element) fprintf(stderr, ",\"element\":%" PRIu32, place->element);
    if (place->has_offset) fprintf(stderr, ",\"offset\":%" PRIu64, place->offset);
    fprintf(stderr, ",\"message\":");
    json_write_string(stderr, message);
    fprintf(stderr, "},\"exit_status\":%d}\n", (int)status);
}

static void print_error(const struct cli *cli, enum cli_exit status, const char *code, const struct cli_place *place,
                        const char *message) {
    progress_clear();
    if (cli->json)
        print_json(cli, status, code, place, message);
    else
        print_sentence(cli, place, message);
}

enum cli_exit cli_error(const struct cli *cli, enum cli_exit status, const char *code, const struct cli_place *place,
                        const char *format, ...) {
    char message[LINE_MAX_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    print_error(cli, status, code, place, message);
    return status;
}

enum cli_exit cli_usage(const struct cli *cli, const char *format, ...) {
    char message[LINE_MAX_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    print_error(cli, CLI_BAD_INPUT, "usage", NULL, message);
    if (!cli->json) {
        bool no_command = strcmp(cli->command, "kzg") == 0;
        fprintf(stderr, no_command ? "Try '%s help'.\n" : "Try '%s --help'.\n", cli->command);
    }
    return CLI_BAD_INPUT;
}

enum cli_exit cli_out_of_memory(const struct cli *cli) {
    return cli_error(cli, CLI_FAILED, status_code_name(ST_OUT_OF_MEMORY), NULL, "%s",
                     status_code_text(ST_OUT_OF_MEMORY));
}

/* Is the code something that other input would cure? */
static enum cli_exit exit_of_code(uint16_t code) {
    switch (code) {
    case KZG_ERR_OUT_OF_MEMORY:
    case KZG_ERR_NULL_ARGUMENT:
    case KZG_ERR_OPTION_INVALID:
    case KZG_ERR_SETUP_CHECKSUM:
    case KZG_ERR_IO: return CLI_FAILED;
    default: return CLI_BAD_INPUT;
    }
}

enum cli_exit cli_status_error(const struct cli *cli, kzg_status status, const struct cli_place *place) {
    kzg_code code = (kzg_code)status.code;
    return cli_error(cli, exit_of_code(status.code), kzg_code_name(code), place, "%s", kzg_code_text(code));
}
