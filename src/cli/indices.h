/* Lists of cell indices as people write them. */
#ifndef CLI_INDICES_H
#define CLI_INDICES_H

#include "cli/cli.h"

struct indices {
    uint64_t *numbers;
    size_t count;
};

/* The value of --indices: numbers and ranges a-b with a <= b, separated by commas, in the order given. The limits of
 * an index are the library's concern. */
enum cli_exit indices_parse(const struct cli *cli, const char *text, struct indices *ret_indices);
void indices_free(struct indices *indices);

#endif
