/* A strict JSON reader for the one shape that the tool takes: an object of hexadecimal strings, lists of them, and
 * lists of whole numbers, by the specification's argument names. Linear in the text, no recursion, no tree. */
#ifndef CLI_JSON_SCAN_H
#define CLI_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/cli.h"

enum json_type {
    JSON_HEX,
    JSON_HEX_LIST,
    JSON_COSET_LIST, /* a list of lists of field elements; each inner list is one item */
    JSON_NUMBER_LIST,
};

/* One argument that must be there. */
struct json_argument {
    const char *name;
    enum json_type type;
    size_t size; /* bytes of one item, for all but numbers */
};

/* Its value. */
struct json_value {
    bool present;
    uint8_t *bytes;    /* items end to end */
    uint64_t *numbers; /* of a JSON_NUMBER_LIST */
    size_t count;
};

#define JSON_ARGUMENTS_MAX 5

/* Longest text that is read. */
#define JSON_BYTES_MAX ((size_t)1 << 30)

/* Parses the object {"name": value, ...}: exactly the arguments, in any order, and nothing behind it. Hexadecimal has
 * 0x, either case of digits, and exactly size bytes; numbers are decimal digits that fit 64 bits. What is wrong is
 * told, with file as its name. The values need json_values_free, also after an error. */
enum cli_exit json_parse(const struct cli *cli, const char *file, const char *text, size_t length,
                         const struct json_argument *arguments, size_t argument_count, struct json_value *ret_values);

void json_values_free(struct json_value *values, size_t count);

#endif
