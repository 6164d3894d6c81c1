#include "cli/verdict.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cli/output.h"

enum cli_exit verdict_add_invalid(const struct cli *cli, struct verdict *verdict, uint64_t number) {
    if (verdict->invalid_count == verdict->capacity) {
        size_t capacity = verdict->capacity == 0 ? 64 : verdict->capacity * 2;
        uint64_t *moved = realloc(verdict->invalid, capacity * sizeof *moved);
        if (moved == NULL) return cli_out_of_memory(cli);
        verdict->invalid = moved;
        verdict->capacity = capacity;
    }
    verdict->invalid[verdict->invalid_count++] = number;
    return CLI_OK;
}

void verdict_free(struct verdict *verdict) {
    free(verdict->invalid);
    *verdict = (struct verdict){0};
}

/* The depth is the logarithm of the batch. */
static enum cli_exit narrow(const struct cli *cli, struct verdict *verdict, uint64_t base, size_t first, size_t n,
                            verdict_check check, void *state) {
    bool valid = false;
    if (n == 0) return CLI_OK;
    CLI_TRY(check(state, first, n, &valid));
    if (valid) return CLI_OK;
    if (n == 1) return verdict_add_invalid(cli, verdict, base + first);
    CLI_TRY(narrow(cli, verdict, base, first, n / 2, check, state));
    return narrow(cli, verdict, base, first + n / 2, n - n / 2, check, state);
}

enum cli_exit verdict_batch(const struct cli *cli, struct verdict *verdict, uint64_t base, size_t n,
                            verdict_check check, void *state) {
    size_t before = verdict->invalid_count;
    bool valid = false;
    if (n == 0) return CLI_OK;
    CLI_TRY(check(state, 0, n, &valid));
    verdict->total += n;
    if (valid) return CLI_OK;
    if (n == 1) return verdict_add_invalid(cli, verdict, base);
    CLI_TRY(narrow(cli, verdict, base, 0, n / 2, check, state));
    CLI_TRY(narrow(cli, verdict, base, n / 2, n - n / 2, check, state));
    if (verdict->invalid_count > before) return CLI_OK;
    return cli_error(cli, CLI_FAILED, status_code_name(ST_INTERNAL), NULL,
                     "a batch of %zu is not valid, but each of its items is: please report this", n);
}

static void write_text(FILE *out, const struct verdict *verdict, const char *item) {
    fprintf(out, verdict->invalid_count == 0 ? "valid\n" : "not valid\n");
    if (verdict->total < 2) return;
    for (size_t i = 0; i < verdict->invalid_count; i++)
        fprintf(out, "%s %" PRIu64 ": not valid\n", item, verdict->invalid[i]);
}

static void write_json(FILE *out, const struct verdict *verdict, const char *items) {
    fprintf(out, "{\"valid\":%s,\"%s\":%" PRIu64 ",\"invalid\":[", verdict->invalid_count == 0 ? "true" : "false",
            items, verdict->total);
    for (size_t i = 0; i < verdict->invalid_count; i++)
        fprintf(out, "%s%" PRIu64, i == 0 ? "" : ",", verdict->invalid[i]);
    fprintf(out, "]}\n");
}

enum cli_exit verdict_write(const struct cli *cli, const struct verdict *verdict, const char *item,
                            const char *items) {
    enum cli_exit answer = verdict->invalid_count == 0 ? CLI_OK : CLI_NOT_VALID;
    struct output output;
    if (cli->quiet) return answer;
    CLI_TRY(output_open(&output, cli, NULL, OUTPUT_HEX));
    if (cli->json)
        write_json(output.stream, verdict, items);
    else
        write_text(output.stream, verdict, item);
    return output_close(&output, answer);
}
