/* kzg bench: how long each operation takes here, in this process, on one thread. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/context.h"
#include "cli/output.h"
#include "cli/progress.h"

/* Different blobs that a batch is made of, in turn. */
#define BLOBS 8

struct bench {
    struct cli *cli;
    kzg_ctx *ctx;
    size_t batch;
    kzg_blob *blobs; /* batch of each of these */
    kzg_bytes48 *commitments;
    kzg_bytes48 *blob_proofs;
    kzg_bytes32 z;
    kzg_bytes32 y;
    kzg_bytes48 point_proof;
    kzg_cell *cells; /* of blob 0 */
    kzg_bytes48 cell_proofs[KZG_CELLS_PER_EXT_BLOB];
    kzg_cell *result_cells;
    kzg_bytes48 result_proofs[KZG_CELLS_PER_EXT_BLOB];
    uint64_t *batch_indices; /* batch of each of these */
    kzg_cell *batch_cells;
    kzg_bytes48 *batch_commitments;
    kzg_bytes48 *batch_proofs;
};

/* ---- Operations ------------------------------------------------------------------------------------------------ */

/* A verification of what is true that gives false is a failure; nothing may be measured that is wrong. */
static bool is_ok(kzg_status status) {
    return status.code == KZG_OK;
}

static bool run_commitment(struct bench *bench) {
    return is_ok(kzg_blob_to_kzg_commitment(bench->ctx, &bench->result_proofs[0], &bench->blobs[0]));
}

static bool run_kzg_proof(struct bench *bench) {
    kzg_bytes32 y;
    return is_ok(kzg_compute_kzg_proof(bench->ctx, &bench->result_proofs[0], &y, &bench->blobs[0], &bench->z));
}

static bool run_blob_proof(struct bench *bench) {
    return is_ok(
        kzg_compute_blob_kzg_proof(bench->ctx, &bench->result_proofs[0], &bench->blobs[0], &bench->commitments[0]));
}

static bool run_verify_point(struct bench *bench) {
    bool valid;
    return is_ok(kzg_verify_kzg_proof(bench->ctx, &valid, &bench->commitments[0], &bench->z, &bench->y,
                                      &bench->point_proof)) &&
           valid;
}

static bool run_verify_blob(struct bench *bench) {
    bool valid;
    return is_ok(kzg_verify_blob_kzg_proof(bench->ctx, &valid, &bench->blobs[0], &bench->commitments[0],
                                           &bench->blob_proofs[0])) &&
           valid;
}

static bool run_verify_blobs(struct bench *bench) {
    bool valid;
    return is_ok(kzg_verify_blob_kzg_proof_batch(bench->ctx, &valid, bench->blobs, bench->commitments,
                                                 bench->blob_proofs, bench->batch)) &&
           valid;
}

static bool run_cells(struct bench *bench) {
    return is_ok(kzg_compute_cells(bench->ctx, bench->result_cells, &bench->blobs[0]));
}

static bool run_cells_and_proofs(struct bench *bench) {
    return is_ok(
        kzg_compute_cells_and_kzg_proofs(bench->ctx, bench->result_cells, bench->result_proofs, &bench->blobs[0]));
}

/* The second half of the cells: nothing of the blob itself. */
static bool run_recover(struct bench *bench) {
    uint64_t indices[KZG_CELLS_PER_EXT_BLOB / 2];
    for (uint64_t i = 0; i < KZG_CELLS_PER_EXT_BLOB / 2; i++) indices[i] = KZG_CELLS_PER_EXT_BLOB / 2 + i;
    return is_ok(kzg_recover_cells_and_kzg_proofs(bench->ctx, bench->result_cells, bench->result_proofs, indices,
                                                  bench->cells + KZG_CELLS_PER_EXT_BLOB / 2,
                                                  KZG_CELLS_PER_EXT_BLOB / 2));
}

static bool run_verify_cells(struct bench *bench) {
    bool valid;
    return is_ok(kzg_verify_cell_kzg_proof_batch(bench->ctx, &valid, bench->batch_commitments, bench->batch_indices,
                                                 bench->batch_cells, bench->batch_proofs, bench->batch)) &&
           valid;
}

struct operation {
    const char *name;
    bool is_batch;
    bool (*run)(struct bench *bench);
};

static const struct operation operations[KZG_OPERATIONS] = {
    [KZG_OPERATION_BLOB_TO_KZG_COMMITMENT] = {"blob_to_kzg_commitment", false, run_commitment},
    [KZG_OPERATION_COMPUTE_KZG_PROOF] = {"compute_kzg_proof", false, run_kzg_proof},
    [KZG_OPERATION_COMPUTE_BLOB_KZG_PROOF] = {"compute_blob_kzg_proof", false, run_blob_proof},
    [KZG_OPERATION_VERIFY_KZG_PROOF] = {"verify_kzg_proof", false, run_verify_point},
    [KZG_OPERATION_VERIFY_BLOB_KZG_PROOF] = {"verify_blob_kzg_proof", false, run_verify_blob},
    [KZG_OPERATION_VERIFY_BLOB_KZG_PROOF_BATCH] = {"verify_blob_kzg_proof_batch", true, run_verify_blobs},
    [KZG_OPERATION_COMPUTE_CELLS] = {"compute_cells", false, run_cells},
    [KZG_OPERATION_COMPUTE_CELLS_AND_KZG_PROOFS] = {"compute_cells_and_kzg_proofs", false, run_cells_and_proofs},
    [KZG_OPERATION_RECOVER_CELLS_AND_KZG_PROOFS] = {"recover_cells_and_kzg_proofs", false, run_recover},
    [KZG_OPERATION_VERIFY_CELL_KZG_PROOF_BATCH] = {"verify_cell_kzg_proof_batch", true, run_verify_cells},
};

/* ---- Inputs ------------------------------------------------------------------------------------------------------
 */

/* splitmix64: the same blobs every time. Canonical, since the top two bits of each element are clear. */
static void fill_blob(kzg_blob *blob, uint64_t seed) {
    for (size_t i = 0; i < sizeof blob->bytes; i += 8) {
        uint64_t x = seed += UINT64_C(0x9e3779b97f4a7c15);
        x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
        x ^= x >> 31;
        memcpy(blob->bytes + i, &x, 8);
        if (i % KZG_BYTES_PER_FIELD_ELEMENT == 0) blob->bytes[i] &= 0x3f;
    }
}

static bool allocate(struct bench *bench) {
    size_t n = bench->batch;
    bench->blobs = calloc(n, sizeof *bench->blobs);
    bench->commitments = calloc(n, sizeof *bench->commitments);
    bench->blob_proofs = calloc(n, sizeof *bench->blob_proofs);
    bench->cells = calloc(KZG_CELLS_PER_EXT_BLOB, sizeof *bench->cells);
    bench->result_cells = calloc(KZG_CELLS_PER_EXT_BLOB, sizeof *bench->result_cells);
    bench->batch_indices = calloc(n, sizeof *bench->batch_indices);
    bench->batch_cells = calloc(n, sizeof *bench->batch_cells);
    bench->batch_commitments = calloc(n, sizeof *bench->batch_commitments);
    bench->batch_proofs = calloc(n, sizeof *bench->batch_proofs);
    return bench->blobs != NULL && bench->commitments != NULL && bench->blob_proofs != NULL && bench->cells != NULL &&
           bench->result_cells != NULL && bench->batch_indices != NULL && bench->batch_cells != NULL &&
           bench->batch_commitments != NULL && bench->batch_proofs != NULL;
}

static void release(struct bench *bench) {
    free(bench->blobs);
    free(bench->commitments);
    free(bench->blob_proofs);
    free(bench->cells);
    free(bench->result_cells);
    free(bench->batch_indices);
    free(bench->batch_cells);
    free(bench->batch_commitments);
    free(bench->batch_proofs);
    kzg_free(bench->ctx);
    free(bench);
}

static bool prepare_blob(struct bench *bench, size_t i) {
    if (i >= BLOBS) {
        bench->blobs[i] = bench->blobs[i - BLOBS];
        bench->commitments[i] = bench->commitments[i - BLOBS];
        bench->blob_proofs[i] = bench->blob_proofs[i - BLOBS];
        return true;
    }
    fill_blob(&bench->blobs[i], i + 1);
    return is_ok(kzg_blob_to_kzg_commitment(bench->ctx, &bench->commitments[i], &bench->blobs[i])) &&
           is_ok(kzg_compute_blob_kzg_proof(bench->ctx, &bench->blob_proofs[i], &bench->blobs[i],
                                            &bench->commitments[i]));
}

static bool prepare(struct bench *bench) {
    for (size_t i = 0; i < bench->batch; i++)
        if (!prepare_blob(bench, i)) return false;
    bench->z.bytes[sizeof bench->z.bytes - 1] = 2;
    if (!is_ok(kzg_compute_kzg_proof(bench->ctx, &bench->point_proof, &bench->y, &bench->blobs[0], &bench->z)) ||
        !is_ok(kzg_compute_cells_and_kzg_proofs(bench->ctx, bench->cells, bench->cell_proofs, &bench->blobs[0])))
        return false;
    for (size_t i = 0; i < bench->batch; i++) {
        size_t column = i % KZG_CELLS_PER_EXT_BLOB;
        bench->batch_indices[i] = column;
        bench->batch_cells[i] = bench->cells[column];
        bench->batch_commitments[i] = bench->commitments[0];
        bench->batch_proofs[i] = bench->cell_proofs[column];
    }
    return true;
}

/* ---- Measuring ---------------------------------------------------------------------------------------------------
 */

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of(const double *sorted, size_t n) {
    return n % 2 != 0 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static void write_row(struct output *output, const struct bench *bench, const struct operation *operation,
                      const double *sorted, size_t iterations) {
    double median = median_of(sorted, iterations), lowest = sorted[0], all = 0;
    for (size_t i = 0; i < iterations; i++) all += sorted[i];
    size_t items = operation->is_batch ? bench->batch : 1;
    const char *format =
        bench->cli->json
            ? "{\"operation\":\"%s\",\"items\":%zu,\"iterations\":%zu,\"median_ms\":%.4f,\"min_ms\":%.4f,"
              "\"ops_per_second\":%.2f,\"backend\":\"%s\"}\n"
            : "%-29s %6zu %6zu %11.4f %11.4f %11.2f  %s\n";
    fprintf(output->stream, format, operation->name, items, iterations, median * 1e3, lowest * 1e3,
            (double)iterations / all, kzg_backend_name());
}

static enum cli_exit measure(struct bench *bench, const struct operation *operation, struct output *output,
                             double *times, size_t iterations, uint64_t *done) {
    for (size_t i = 0; i <= iterations; i++) { /* the first is to warm up */
        double start = now_s();
        bool ok = operation->run(bench);
        double time = now_s() - start;
        if (!ok)
            return cli_error(bench->cli, CLI_FAILED, status_code_name(ST_INTERNAL), NULL,
                             "%s gave a wrong result: run kzg selftest", operation->name);
        if (i > 0) times[i - 1] = time;
        progress_step((*done)++);
    }
    progress_clear();
    qsort(times, iterations, sizeof *times, compare);
    write_row(output, bench, operation, times, iterations);
    return output_check(output);
}

/* ---- The command ----------------------------------------------------------------------------------------------- */

/* Which operations are wanted, as bits. */
static enum cli_exit choose(const struct cli *cli, const struct cli_args *args, unsigned *ret_chosen) {
    *ret_chosen = cli_given(args, CLI_OPT_OPERATION) ? 0 : (1u << KZG_OPERATIONS) - 1;
    for (size_t i = 0; i < args->list_count; i++) {
        int k = 0;
        if (args->list[i].option != CLI_OPT_OPERATION) continue;
        while (k < KZG_OPERATIONS && strcmp(operations[k].name, args->list[i].value) != 0) k++;
        if (k == KZG_OPERATIONS)
            return cli_usage(cli, "--operation: there is no operation '%s'", args->list[i].value);
        *ret_chosen |= 1u << k;
    }
    return CLI_OK;
}

static enum cli_exit measure_all(struct bench *bench, unsigned chosen, size_t iterations, struct output *output) {
    uint64_t done = 0, count = 0;
    enum cli_exit result = CLI_OK;
    double *times = calloc(iterations, sizeof *times);
    if (times == NULL) return cli_out_of_memory(bench->cli);
    for (int i = 0; i < KZG_OPERATIONS; i++) count += chosen >> i & 1;
    if (!bench->cli->json)
        fprintf(output->stream, "%-29s %6s %6s %11s %11s %11s  %s\n", "operation", "items", "runs", "median ms",
                "min ms", "ops/s", "backend");
    progress_start(bench->cli, "runs", count * (iterations + 1));
    for (int i = 0; i < KZG_OPERATIONS && result == CLI_OK; i++)
        if ((chosen >> i & 1) != 0) result = measure(bench, &operations[i], output, times, iterations, &done);
    progress_stop();
    free(times);
    return result;
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    unsigned chosen;
    uint64_t iterations, batch;
    struct output output = {0};
    CLI_TRY(choose(cli, args, &chosen));
    CLI_TRY(cli_args_number(cli, args, CLI_OPT_ITERATIONS, 1, 1000000, 15, &iterations));
    CLI_TRY(cli_args_number(cli, args, CLI_OPT_BATCH, 1, 4096, 64, &batch));
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL) return cli_out_of_memory(cli);
    bench->cli = cli;
    bench->batch = (size_t)batch;
    enum cli_exit result = allocate(bench) ? CLI_OK : cli_out_of_memory(cli);
    if (result == CLI_OK) result = context_open(cli, args, KZG_PRECOMPUTE_DEFAULT, &bench->ctx);
    if (result == CLI_OK && !prepare(bench))
        result = cli_error(cli, CLI_FAILED, status_code_name(ST_INTERNAL), NULL,
                           "the inputs could not be computed: run kzg selftest");
    if (result == CLI_OK) result = output_open(&output, cli, args->value[CLI_OPT_OUTPUT], OUTPUT_HEX);
    if (result == CLI_OK) result = measure_all(bench, chosen, (size_t)iterations, &output);
    result = output_close(&output, result);
    release(bench);
    return result;
}

const struct cli_command cli_bench = {
    .name = "bench",
    .operands = "",
    .summary = "how long each operation takes on this machine",
    .text =
        "Measures every operation, or those named, in this process on one thread: the median and the shortest\n"
        "time of one call, and calls per second over all of them. The batch operations take --batch items in one\n"
        "call. Inputs are pseudorandom and the same every time.\n",
    .examples = "kzg bench --operation verify_blob_kzg_proof --iterations 100\n",
    .options = CLI_BIT(ITERATIONS) | CLI_BIT(OPERATION) | CLI_BIT(BATCH) | CLI_BIT(OUTPUT) | CLI_BITS_CONTEXT |
               CLI_BITS_ALWAYS,
    .operands_max = 0,
    .run = run,
};
