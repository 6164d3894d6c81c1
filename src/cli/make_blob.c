#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/input.h"
#include "cli/output.h"
#include "cli/packing.h"
#include "cli/progress.h"

struct job {
    struct cli *cli;
    int fd;
    const char *file;
    struct output output;
    struct packed packed;
    kzg_blob blob;
    uint64_t blobs;
    uint64_t bytes;
};

static uint64_t expected_blobs(int fd) {
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return 0;
    return ((uint64_t)info.st_size + PACKED_BYTES_PER_BLOB - 1) / PACKED_BYTES_PER_BLOB;
}

/* One byte is read ahead, which tells whether the blob at hand is the last. */
static enum cli_exit pack_all(struct job *job) {
    struct packed *packed = &job->packed;
    uint8_t ahead = 0;
    size_t more = 0;
    progress_start(job->cli, kind_blob.plural, expected_blobs(job->fd));
    do {
        size_t got = 0;
        packed->offset = job->bytes;
        packed->bytes[0] = ahead;
        CLI_TRY(read_full(job->cli, job->fd, job->file, packed->bytes + more, sizeof packed->bytes - more, &got));
        packed->length = more + got;
        more = 0;
        if (packed->length == sizeof packed->bytes)
            CLI_TRY(read_full(job->cli, job->fd, job->file, &ahead, 1, &more));
        packed->last = more == 0;
        pack_blob(&job->blob, packed);
        output_item(&job->output, job->blob.bytes, sizeof job->blob.bytes);
        CLI_TRY(output_check(&job->output));
        job->bytes += packed->length;
        progress_step(++job->blobs);
    } while (!packed->last);
    return CLI_OK;
}

/* What has been done, for --json; the blobs themselves are in the file. */
static enum cli_exit write_summary(struct job *job) {
    struct output output;
    if (!job->cli->json) return CLI_OK;
    CLI_TRY(output_open(&output, job->cli, NULL, OUTPUT_HEX));
    fprintf(output.stream, "{\"blobs\":%" PRIu64 ",\"bytes\":%" PRIu64 "}\n", job->blobs, job->bytes);
    return output_close(&output, CLI_OK);
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    enum output_form form;
    const char *path = args->value[CLI_OPT_OUTPUT];
    if (cli->json && (path == NULL || strcmp(path, "-") == 0))
        return cli_usage(cli, "--json needs --output FILE: standard output cannot have the blobs and a summary");
    CLI_TRY(output_form_of(cli, args, OUTPUT_RAW, &form));
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL) return cli_out_of_memory(cli);
    job->cli = cli;
    job->fd = -1;
    enum cli_exit result = open_input(cli, args->operand_count > 0 ? args->operands[0] : "-", &job->fd, &job->file);
    if (result == CLI_OK) result = output_open(&job->output, cli, path, form);
    if (result == CLI_OK) result = pack_all(job);
    progress_stop();
    result = output_close(&job->output, result);
    if (result == CLI_OK) result = write_summary(job);
    if (job->fd > STDIN_FILENO) (void)close(job->fd);
    free(job);
    return result;
}

const struct cli_command cli_make_blob = {
    .name = "make-blob",
    .operands = "[FILE]",
    .summary = "pack any file into blobs",
    .text = "Packs the bytes of a file or of standard input into as many blobs as they need: 126945 bytes in each,\n"
            "31 in each field element, so that every element is canonical. kzg unpack gives exactly these bytes\n"
            "back. Writes raw blobs end to end, or with --format hex one a line.\n",
    .examples = "kzg make-blob --output archive.bin report.pdf\n"
                "echo hello | kzg make-blob | kzg commit\n",
    .options = CLI_BITS_OUTPUT | CLI_BITS_ALWAYS,
    .operands_max = 1,
    .run = run,
};
