#include "cli/indices.h"

#include <stdlib.h>
#include <string.h>

/* "5" or "3-9", length characters. */
static bool parse_range(const char *text, size_t length, uint64_t *ret_low, uint64_t *ret_high) {
    const char *dash = memchr(text, '-', length);
    size_t first = dash == NULL ? length : (size_t)(dash - text);
    if (!cli_number(text, first, ret_low)) return false;
    *ret_high = *ret_low;
    return dash == NULL || (cli_number(dash + 1, length - first - 1, ret_high) && *ret_low <= *ret_high);
}

static enum cli_exit add_range(const struct cli *cli, struct indices *indices, uint64_t low, uint64_t high) {
    if (high - low >= KZG_MAX_BATCH - indices->count)
        return cli_usage(cli, "--indices has more than %u indices", KZG_MAX_BATCH);
    size_t more = (size_t)(high - low) + 1;
    uint64_t *moved = realloc(indices->numbers, (indices->count + more) * sizeof *moved);
    if (moved == NULL) return cli_out_of_memory(cli);
    indices->numbers = moved;
    for (size_t i = 0; i < more; i++) indices->numbers[indices->count++] = low + i;
    return CLI_OK;
}

enum cli_exit indices_parse(const struct cli *cli, const char *text, struct indices *ret_indices) {
    *ret_indices = (struct indices){0};
    for (const char *at = text;; at++) {
        uint64_t low, high;
        size_t length = strcspn(at, ",");
        if (!parse_range(at, length, &low, &high))
            return cli_usage(cli, "--indices has '%.*s' at character %zu: expected a number or a range like 0-63",
                             length > 60 ? 60 : (int)length, at, (size_t)(at - text));
        CLI_TRY(add_range(cli, ret_indices, low, high));
        at += length;
        if (*at == '\0') return CLI_OK;
    }
}

void indices_free(struct indices *indices) {
    free(indices->numbers);
    *indices = (struct indices){0};
}
