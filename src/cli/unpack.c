#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/input.h"
#include "cli/output.h"
#include "cli/packing.h"
#include "cli/progress.h"

struct job {
    struct cli *cli;
    struct reader reader;
    struct output output;
    struct packed packed;
    kzg_blob blob;
    uint64_t bytes;
    bool complete;
};

static enum cli_exit blob_error(const struct job *job, const char *what, uint32_t element) {
    struct item_mark mark = reader_mark(&job->reader);
    struct cli_place place = mark_element(&mark, element);
    return cli_error(job->cli, CLI_BAD_INPUT, "not_a_packed_blob", &place, "%s", what);
}

static enum cli_exit unpack_one(struct job *job) {
    uint32_t element;
    struct cli_place place = reader_mark(&job->reader).place;
    if (job->complete) return blob_error(job, "behind the last blob of the file: unpack one file at a time", 0);
    const char *wrong = unpack_blob(&job->packed, &job->blob, &element);
    if (wrong != NULL) return blob_error(job, wrong, element);
    if (job->packed.offset != job->bytes)
        return cli_error(job->cli, CLI_BAD_INPUT, "not_a_packed_blob", &place,
                         "carries the file's bytes from %" PRIu64 ", but those from %" PRIu64
                         " come next: a blob is missing, doubled or out of order",
                         job->packed.offset, job->bytes);
    output_bytes(&job->output, job->packed.bytes, job->packed.length);
    CLI_TRY(output_check(&job->output));
    job->bytes += job->packed.length;
    job->complete = job->packed.last;
    return CLI_OK;
}

static enum cli_exit unpack_all(struct job *job) {
    bool got;
    progress_start(job->cli, kind_blob.plural, reader_expected(&job->reader));
    for (;;) {
        CLI_TRY(reader_next(&job->reader, job->blob.bytes, &got));
        if (!got) break;
        CLI_TRY(unpack_one(job));
        progress_step(job->reader.items);
    }
    if (job->complete) return CLI_OK;
    struct cli_place place = {.file = job->reader.file};
    return cli_error(job->cli, CLI_BAD_INPUT, "not_a_packed_blob", &place,
                     "ends before the file's last blob, after %" PRIu64 " blobs", job->reader.items);
}

static enum cli_exit write_summary(struct job *job) {
    struct output output;
    if (!job->cli->json) return CLI_OK;
    CLI_TRY(output_open(&output, job->cli, NULL, OUTPUT_HEX));
    fprintf(output.stream, "{\"blobs\":%" PRIu64 ",\"bytes\":%" PRIu64 "}\n", job->reader.items, job->bytes);
    return output_close(&output, CLI_OK);
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    const char *path = args->value[CLI_OPT_OUTPUT];
    if (cli->json && (path == NULL || strcmp(path, "-") == 0))
        return cli_usage(cli, "--json needs --output FILE: standard output cannot have the file and a summary");
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL) return cli_out_of_memory(cli);
    job->cli = cli;
    job->reader.fd = -1;
    enum cli_exit result =
        reader_open(&job->reader, cli, &kind_blob, args->operands, args->operand_count, input_form_of(args));
    /* The file may be anything, and is what the user asked for: also on a terminal. */
    if (result == CLI_OK) result = output_open(&job->output, cli, path, OUTPUT_HEX);
    if (result == CLI_OK) result = unpack_all(job);
    progress_stop();
    result = output_close(&job->output, result);
    if (result == CLI_OK) result = write_summary(job);
    reader_close(&job->reader);
    free(job);
    return result;
}

const struct cli_command cli_unpack = {
    .name = "unpack",
    .operands = "[FILE...]",
    .summary = "take a packed file out of its blobs again",
    .text = "Writes the file that kzg make-blob packed, byte for byte. All its blobs must be there, in order and\n"
            "nothing behind them.\n",
    .examples = "kzg unpack --output report.pdf archive.bin\n",
    .options = CLI_BIT(OUTPUT) | CLI_BITS_INPUT | CLI_BITS_ALWAYS,
    .operands_max = -1,
    .run = run,
};
