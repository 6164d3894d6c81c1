/* One result for each blob of the input, in order: what commit, prove, cells and challenge have in common. */
#ifndef CLI_BLOBS_H
#define CLI_BLOBS_H

#include "cli/cli.h"
#include "cli/input.h"
#include "cli/output.h"

/* What a job needs of libkzg. Tables take most of a second to make and pay for themselves after some blobs. */
enum blob_context { BLOBS_NO_CONTEXT, BLOBS_SMALL_CONTEXT, BLOBS_TABLES };

struct blob_job {
    struct cli *cli;
    const struct cli_args *args;
    const struct items *commitments; /* one for each blob, which is checked; or NULL */
    enum blob_context context;
    struct reader reader; /* .items is how many blobs there have been, with the one at hand */
    struct output output;
    kzg_ctx *ctx; /* as context says */
    /* Works on one blob and writes its result. */
    enum cli_exit (*work)(struct blob_job *job, const kzg_blob *blob);
    void *state;
};

/* Reads the operands' blobs and writes by --output and --format. The other members of job are set; reader, output
 * and ctx are zero. */
enum cli_exit blobs_run(struct blob_job *job);

/* The commitment that was given for the blob at hand. */
kzg_bytes48 blobs_commitment(const struct blob_job *job);

/* The start of a JSON line: {"file":"...","blob":3 */
void blobs_json_head(struct blob_job *job);

/* Tells what libkzg said about the blob at hand, or about a value that came with it on the command line. */
enum cli_exit blobs_error(const struct blob_job *job, kzg_status status, const kzg_blob *blob);

/* Tells what libkzg said about a blob or cell: file, number, element, byte, and the value that is wrong. */
enum cli_exit item_error(const struct cli *cli, kzg_status status, const struct item_mark *mark, const uint8_t *item);

/* cli_status_error that shows the field element, 32 bytes at value, if that is what is wrong. */
enum cli_exit element_error(const struct cli *cli, kzg_status status, const struct cli_place *place,
                            const uint8_t *value);

#endif
