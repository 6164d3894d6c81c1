/* The JSON arguments of an operation, {"name": value, ...} as in the official test vectors: read by the decoder that
 * the daemon has, without its caps on lists. */
#ifndef CLI_JSON_ARGS_H
#define CLI_JSON_ARGS_H

#include <stddef.h>
#include <stdint.h>

#include "cli/cli.h"
#include "wire/wire.h"

/* Longest text that is read. */
#define JSON_ARGS_BYTES_MAX ((size_t)1 << 30)

struct json_args {
    const struct wire_operation *operation;
    const char *file; /* for messages */
    struct wire_args args;
    uint8_t *memory; /* what args point into */
};

/* Decodes text[0..length): exactly the arguments, in any order, lists of equal length where they belong together, and
 * nothing behind the object. What is wrong is told, with file as its name. ret needs json_args_free, also after an
 * error. */
enum cli_exit json_args_decode(const struct cli *cli, const char *file, const struct wire_operation *operation,
                               const char *text, size_t length, struct json_args *ret);

/* Tells what libkzg said of the arguments, by the operation's own names for them. */
enum cli_exit json_args_error(const struct cli *cli, const struct json_args *in, kzg_status status);

void json_args_free(struct json_args *in);

#endif
