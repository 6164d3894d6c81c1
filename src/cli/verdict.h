/* The answer of a verification: valid, or which of the items are not. */
#ifndef CLI_VERDICT_H
#define CLI_VERDICT_H

#include "cli/cli.h"

struct verdict {
    uint64_t total;
    uint64_t *invalid; /* numbers of those that are not valid, ascending */
    size_t invalid_count;
    size_t capacity;
};

enum cli_exit verdict_add_invalid(const struct cli *cli, struct verdict *verdict, uint64_t number);
void verdict_free(struct verdict *verdict);

/* Checks [first, first + n) of whatever state is; a batch operation of libkzg, whose errors it tells. */
typedef enum cli_exit (*verdict_check)(void *state, size_t first, size_t n, bool *ret_valid);

/* Checks a batch of n at once and, if that is false, narrows it down by halves to the ones that are not valid, whose
 * numbers are base and up. */
enum cli_exit verdict_batch(const struct cli *cli, struct verdict *verdict, uint64_t base, size_t n,
                            verdict_check check, void *state);

/* Writes "valid" or "not valid" (and which of several items), or {"valid":..,"blobs":..,"invalid":[..]} with --json,
 * or nothing with --quiet. Returns CLI_OK or CLI_NOT_VALID. */
enum cli_exit verdict_write(const struct cli *cli, const struct verdict *verdict, const char *item,
                            const char *items);

#endif
