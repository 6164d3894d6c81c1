/* Where results go: standard output, or a file that appears whole or not at all.
 *
 * --output FILE: everything is written to a temporary file beside FILE, which takes FILE's place when the command has
 * succeeded; after a failure or a signal FILE is as it was. Where FILE exists and is not a regular file (a device, a
 * FIFO) it is written to directly. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/cli.h"

enum output_form { OUTPUT_HEX, OUTPUT_RAW };

struct output {
    const struct cli *cli;
    const char *name; /* for messages */
    FILE *stream;
    char *target;    /* what temporary is to replace; NULL when written directly */
    char *temporary; /* NULL when written directly */
    enum output_form form;
    int error; /* errno of the first write that failed, or 0 */
};

/* Opens path, or standard output when path is NULL or "-". Raw bytes to a terminal are refused. */
enum cli_exit output_open(struct output *output, const struct cli *cli, const char *path, enum output_form form);

/* The form by --format: fallback when it is not given. */
enum cli_exit output_form_of(const struct cli *cli, const struct cli_args *args, enum output_form fallback,
                             enum output_form *ret_form);

/* Has everything so far been written? Tells it when not (full disk, closed pipe, ...). To be asked now and then in
 * long work; output_close asks too. */
enum cli_exit output_check(struct output *output);

/* These bytes as they are. */
void output_bytes(struct output *output, const uint8_t *bytes, size_t length);

/* One result in the output's form: "0x..." and a newline, or the bytes. */
void output_item(struct output *output, const uint8_t *bytes, size_t length);

/* 0x-hexadecimal without newline; output_json_hex puts quotes around it. */
void output_hex(struct output *output, const uint8_t *bytes, size_t length);
void output_json_hex(struct output *output, const uint8_t *bytes, size_t length);

/* ["0x..", ...] of count items that stand end to end. */
void output_json_list(struct output *output, const uint8_t *bytes, size_t length, size_t count);

/* Writes out what is buffered and closes: on CLI_OK the file takes its place. Returns status, or what failed. On any
 * other status (the command failed) the temporary file goes away. Safe on an output that was never opened. */
enum cli_exit output_close(struct output *output, enum cli_exit status);

/* For a process that gets SIGINT, SIGTERM or SIGHUP: removes temporary files and lets the signal end it. Also makes
 * writing to a closed pipe an error instead of the end. Call once at start. */
void output_install_signals(void);

#endif
