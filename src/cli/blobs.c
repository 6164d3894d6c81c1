#include "cli/blobs.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/hex.h"
#include "cli/context.h"
#include "cli/json_write.h"
#include "cli/progress.h"

enum cli_exit element_error(const struct cli *cli, kzg_status status, const struct cli_place *place,
                            const uint8_t *value) {
    char digits[2 * KZG_BYTES_PER_FIELD_ELEMENT + 1] = {0};
    if (status.code != KZG_ERR_FIELD_ELEMENT_NOT_CANONICAL) return cli_status_error(cli, status, place);
    hex_encode(digits, value, KZG_BYTES_PER_FIELD_ELEMENT);
    return cli_error(cli, CLI_BAD_INPUT, kzg_code_name(KZG_ERR_FIELD_ELEMENT_NOT_CANONICAL), place,
                     "0x%s is not below the BLS12-381 scalar modulus "
                     "0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001",
                     digits);
}

enum cli_exit item_error(const struct cli *cli, kzg_status status, const struct item_mark *mark,
                         const uint8_t *item) {
    struct cli_place place = mark_element(mark, status.element);
    if (status.element == KZG_NO_ELEMENT) return cli_status_error(cli, status, &place);
    return element_error(cli, status, &place, item + (size_t)status.element * KZG_BYTES_PER_FIELD_ELEMENT);
}

enum cli_exit blobs_error(const struct blob_job *job, kzg_status status, const kzg_blob *blob) {
    struct item_mark mark = reader_mark(&job->reader);
    struct cli_place place = {.item = "commitment", .index = job->reader.items - 1};
    if (status.argument == KZG_ARG_BLOB) return item_error(job->cli, status, &mark, blob->bytes);
    if (status.argument != KZG_ARG_COMMITMENT) return cli_status_error(job->cli, status, NULL);
    place.file = cli_option_name(CLI_OPT_COMMITMENT);
    return cli_status_error(job->cli, status, &place);
}

kzg_bytes48 blobs_commitment(const struct blob_job *job) {
    return ((const kzg_bytes48 *)job->commitments->bytes)[job->reader.items - 1];
}

static enum cli_exit check_count(const struct blob_job *job, bool at_end) {
    uint64_t blobs = job->reader.items;
    struct cli_place place = {.file = cli_option_name(CLI_OPT_COMMITMENT)};
    if (job->commitments == NULL || job->commitments->count == blobs || (!at_end && job->commitments->count > blobs))
        return CLI_OK;
    return cli_error(job->cli, CLI_BAD_INPUT, status_code_name(ST_LENGTH_MISMATCH), &place,
                     "%zu commitments, but %s%" PRIu64 " blobs: expected one for each", job->commitments->count,
                     at_end ? "" : "at least ", blobs);
}

void blobs_json_head(struct blob_job *job) {
    fprintf(job->output.stream, "{\"file\":");
    json_write_string(job->output.stream, job->reader.file);
    fprintf(job->output.stream, ",\"blob\":%" PRIu64, job->reader.items - 1);
}

/* Without a word from the user, work begins without tables, and they come when it turns out to be long. */
#define TABLES_AFTER 24

static enum cli_exit open_context(struct blob_job *job) {
    bool own_setup = cli_given(job->args, CLI_OPT_TRUSTED_SETUP); /* which is better not checked twice */
    if (job->context == BLOBS_NO_CONTEXT) return CLI_OK;
    bool tables = job->context == BLOBS_TABLES && own_setup;
    return context_open(job->cli, job->args, tables ? KZG_PRECOMPUTE_DEFAULT : KZG_PRECOMPUTE_MIN, &job->ctx);
}

static void make_tables(struct blob_job *job) {
    const uint64_t decided = CLI_BIT(TRUSTED_SETUP) | CLI_BIT(PRECOMPUTE) | CLI_BIT(TABLE_CACHE);
    kzg_ctx *with_tables;
    if (job->context != BLOBS_TABLES || job->reader.items != TABLES_AFTER || (job->args->given & decided) != 0)
        return;
    /* Where memory does not reach, it goes on as it began. */
    if (kzg_new(&with_tables, NULL).code != KZG_OK) return;
    kzg_free(job->ctx);
    job->ctx = with_tables;
}

static enum cli_exit work_on_all(struct blob_job *job, kzg_blob *blob) {
    bool got;
    progress_start(job->cli, job->reader.kind->plural, reader_expected(&job->reader));
    for (;;) {
        CLI_TRY(reader_next(&job->reader, blob->bytes, &got));
        CLI_TRY(check_count(job, !got));
        if (!got) return CLI_OK;
        CLI_TRY(job->work(job, blob));
        CLI_TRY(output_check(&job->output));
        progress_step(job->reader.items);
        make_tables(job);
    }
}

enum cli_exit blobs_run(struct blob_job *job) {
    enum output_form form;
    kzg_blob *blob = malloc(sizeof *blob);
    job->reader.fd = -1;
    enum cli_exit result = blob == NULL ? cli_out_of_memory(job->cli) : CLI_OK;
    if (result == CLI_OK) result = output_form_of(job->cli, job->args, OUTPUT_HEX, &form);
    if (result == CLI_OK)
        result = reader_open(&job->reader, job->cli, &kind_blob, job->args->operands, job->args->operand_count,
                             input_form_of(job->args));
    if (result == CLI_OK) result = open_context(job);
    if (result == CLI_OK) result = output_open(&job->output, job->cli, job->args->value[CLI_OPT_OUTPUT], form);
    if (result == CLI_OK) result = work_on_all(job, blob);
    progress_stop();
    result = output_close(&job->output, result);
    reader_close(&job->reader);
    kzg_free(job->ctx);
    free(blob);
    return result;
}
