#include "cli/profile_top.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json_write.h"
#include "cli/output.h"

#define TOP 30

struct row {
    const char *function;
    uint64_t samples;
};

struct table {
    struct row *rows;
    size_t count;
    uint64_t samples; /* of all rows */
};

static int by_function(const void *a, const void *b) {
    return strcmp(((const struct row *)a)->function, ((const struct row *)b)->function);
}

static int by_samples(const void *a, const void *b) {
    const struct row *left = a, *right = b;
    if (left->samples != right->samples) return left->samples < right->samples ? 1 : -1;
    return by_function(a, b);
}

/* "main;work;mul 12" to mul and 12. */
static bool read_line(char *line, struct row *ret_row) {
    char *blank = strrchr(line, ' ');
    if (blank == NULL || !cli_number(blank + 1, strlen(blank + 1), &ret_row->samples)) return false;
    *blank = '\0';
    const char *semicolon = strrchr(line, ';');
    ret_row->function = semicolon == NULL ? line : semicolon + 1;
    return ret_row->function[0] != '\0';
}

static bool read_rows(char *folded, struct table *table) {
    size_t lines = 1;
    for (const char *c = folded; *c != '\0'; c++) lines += *c == '\n';
    table->rows = calloc(lines, sizeof *table->rows);
    if (table->rows == NULL) return false;
    char *rest = NULL;
    for (char *line = strtok_r(folded, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        if (line[0] != '#' && read_line(line, &table->rows[table->count])) table->count++;
    return true;
}

/* One row a function. */
static void merge(struct table *table) {
    size_t kept = 0;
    qsort(table->rows, table->count, sizeof *table->rows, by_function);
    for (size_t i = 0; i < table->count; i++) {
        table->samples += table->rows[i].samples;
        if (kept > 0 && strcmp(table->rows[kept - 1].function, table->rows[i].function) == 0)
            table->rows[kept - 1].samples += table->rows[i].samples;
        else
            table->rows[kept++] = table->rows[i];
    }
    table->count = kept;
    qsort(table->rows, table->count, sizeof *table->rows, by_samples);
}

static double share(const struct table *table, size_t i) {
    return table->samples == 0 ? 0 : (double)table->rows[i].samples / (double)table->samples;
}

static void put_json(FILE *out, const struct table *table) {
    fprintf(out, "{\"samples\":%" PRIu64 ",\"functions\":[", table->samples);
    for (size_t i = 0; i < table->count; i++) {
        fprintf(out, "%s{\"function\":", i == 0 ? "" : ",");
        json_write_string(out, table->rows[i].function);
        fprintf(out, ",\"samples\":%" PRIu64 ",\"share\":%.6f}", table->rows[i].samples, share(table, i));
    }
    fputs("]}\n", out);
}

static void put_text(FILE *out, const struct table *table) {
    fprintf(out, "%" PRIu64 " samples in %zu functions\n", table->samples, table->count);
    for (size_t i = 0; i < table->count && i < TOP; i++) {
        fprintf(out, "%6.2f %% %8" PRIu64 "  ", 100 * share(table, i), table->rows[i].samples);
        for (const char *c = table->rows[i].function; *c != '\0'; c++)
            fputc((unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c, out);
        fputc('\n', out);
    }
    if (table->count > TOP) fprintf(out, "and %zu functions more\n", table->count - TOP);
}

enum cli_exit profile_top(const struct cli *cli, char *folded) {
    struct output output;
    struct table table = {0};
    if (!read_rows(folded, &table)) return cli_out_of_memory(cli);
    merge(&table);
    enum cli_exit result = output_open(&output, cli, NULL, OUTPUT_HEX);
    if (result == CLI_OK && cli->json) put_json(output.stream, &table);
    if (result == CLI_OK && !cli->json) put_text(output.stream, &table);
    result = output_close(&output, result);
    free(table.rows);
    return result;
}
