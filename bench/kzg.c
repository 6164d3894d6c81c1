/* Every operation of kzg/kzg.h on random canonical blobs, a different one each repetition, with the time of each
 * phase from the observer, the scratch each takes, and for each precomputation level the tables, the peak resident
 * memory and the time to load. One thread. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/harness.h"
#include "kzg/kzg.h"

#define CELLS          KZG_CELLS_PER_EXT_BLOB
#define HALF           (CELLS / 2)
#define BATCH_MAX      64u
#define POOL_FULL      (BATCH_MAX + 16u) /* so that batches of repetitions in a row differ */
#define POOL_QUICK     4u
#define LOAD_REPS_MAX  5u
#define CELL_BATCH_MAX (16u * CELLS)

static struct bench_options options;

/* ---- Failing ---- */

static void must(kzg_status status) {
    char text[256];
    if (status.code == KZG_OK) return;
    kzg_status_format(status, text, sizeof text);
    fprintf(stderr, "bench kzg: %s\n", text);
    exit(3);
}

static void *take(size_t bytes) {
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (memory == NULL) {
        perror("bench kzg");
        exit(3);
    }
    return memory;
}

static void must_hold(bool valid) {
    if (valid) return;
    fprintf(stderr, "bench kzg: a true statement was refused\n");
    exit(3);
}

/* ---- Phases ---- */

static struct phase_clock {
    kzg_phase at;
    uint64_t since;
    uint64_t ns[KZG_PHASES];
} phase_clock = {.at = KZG_PHASES};

static void on_phase(void *user, kzg_phase phase) {
    struct phase_clock *c = user;
    uint64_t now = bench_now_ns();
    if (c->at < KZG_PHASES) c->ns[c->at] += now - c->since;
    c->at = phase;
    c->since = now;
}

static const char *const phase_names[KZG_PHASES] = {
#define X(name, value, text) [value] = (text),
    KZG_PHASE_LIST(X)
#undef X
};

/* ---- Inputs ---- */

static struct pool {
    size_t n; /* blobs */
    kzg_blob *blobs;
    kzg_bytes48 *commitments, *proofs;
    kzg_bytes32 *z, *y;
    kzg_bytes48 *z_proofs;
    kzg_cell *cells;          /* n * CELLS, or NULL until needed */
    kzg_bytes48 *cell_proofs; /* the same */
} pool;

/* A batch's arguments, filled outside the timed part. */
static struct batch {
    kzg_blob *blobs;
    kzg_bytes48 *commitments, *proofs;
    uint64_t *indices;
    kzg_cell *cells, *recovered;
} batch;

static struct outputs {
    kzg_bytes48 point;
    kzg_bytes32 scalar;
    kzg_cell cells[CELLS];
    kzg_bytes48 proofs[CELLS];
    bool valid;
} out;

static kzg_ctx *ctx;
static char level_note[32]; /* stands in every row of a level */

static void make_blobs(struct bench_random *random) {
    pool.n = options.quick ? POOL_QUICK : POOL_FULL;
    pool.blobs = take(pool.n * sizeof *pool.blobs);
    pool.commitments = take(pool.n * sizeof *pool.commitments);
    pool.proofs = take(pool.n * sizeof *pool.proofs);
    pool.z = take(pool.n * sizeof *pool.z);
    pool.y = take(pool.n * sizeof *pool.y);
    pool.z_proofs = take(pool.n * sizeof *pool.z_proofs);
    for (size_t b = 0; b < pool.n; b++) {
        for (size_t i = 0; i < KZG_FIELD_ELEMENTS_PER_BLOB; i++)
            bench_random_field_element(random, pool.blobs[b].bytes + 32 * i);
        bench_random_field_element(random, pool.z[b].bytes);
        must(kzg_blob_to_kzg_commitment(ctx, &pool.commitments[b], &pool.blobs[b]));
        must(kzg_compute_blob_kzg_proof(ctx, &pool.proofs[b], &pool.blobs[b], &pool.commitments[b]));
        must(kzg_compute_kzg_proof(ctx, &pool.z_proofs[b], &pool.y[b], &pool.blobs[b], &pool.z[b]));
    }
    batch.blobs = take(BATCH_MAX * sizeof *batch.blobs);
    batch.commitments = take(CELL_BATCH_MAX * sizeof *batch.commitments);
    batch.proofs = take(CELL_BATCH_MAX * sizeof *batch.proofs);
    batch.indices = take(CELL_BATCH_MAX * sizeof *batch.indices);
    batch.cells = take(CELL_BATCH_MAX * sizeof *batch.cells);
    batch.recovered = take(CELL_BATCH_MAX * sizeof *batch.recovered);
}

static void make_cells(void) {
    if (pool.cells != NULL) return;
    pool.cells = take(pool.n * CELLS * sizeof *pool.cells);
    pool.cell_proofs = take(pool.n * CELLS * sizeof *pool.cell_proofs);
    for (size_t b = 0; b < pool.n; b++)
        must(kzg_compute_cells_and_kzg_proofs(ctx, pool.cells + b * CELLS, pool.cell_proofs + b * CELLS,
                                              &pool.blobs[b]));
}

/* ---- Rows: prepare(i, n) outside the clock, run(i, n) inside ---- */

static void prepare_nothing(struct bench_random *random, size_t i, size_t n) {
    (void)random, (void)i, (void)n;
}

static void prepare_blobs(struct bench_random *random, size_t i, size_t n) {
    (void)random;
    for (size_t k = 0; k < n; k++) {
        size_t b = (i + k) % pool.n;
        batch.blobs[k] = pool.blobs[b];
        batch.commitments[k] = pool.commitments[b];
        batch.proofs[k] = pool.proofs[b];
    }
}

static void put_cell(size_t at, size_t blob, size_t column) {
    batch.commitments[at] = pool.commitments[blob];
    batch.indices[at] = column;
    batch.cells[at] = pool.cells[blob * CELLS + column];
    batch.proofs[at] = pool.cell_proofs[blob * CELLS + column];
}

static void prepare_one_cell(struct bench_random *random, size_t i, size_t n) {
    (void)n;
    put_cell(0, i % pool.n, bench_random_u64(random) % CELLS);
}

static void prepare_rows(struct bench_random *random, size_t i, size_t n) {
    (void)random;
    for (size_t k = 0; k < n; k++) put_cell(k, (i + k / CELLS) % pool.n, k % CELLS);
}

static void prepare_column(struct bench_random *random, size_t i, size_t n) {
    size_t column = bench_random_u64(random) % CELLS;
    for (size_t k = 0; k < n; k++) put_cell(k, (i + k) % pool.n, column);
}

/* n cells, the same half of each blob's. */
static void prepare_half(struct bench_random *random, size_t i, size_t n) {
    bench_random_subset(random, batch.indices, HALF, CELLS);
    for (size_t k = 0; k < n; k++)
        batch.cells[k] = pool.cells[((i + k / HALF) % pool.n) * CELLS + batch.indices[k % HALF]];
}

static void run_commitment(size_t i, size_t n) {
    (void)n;
    must(kzg_blob_to_kzg_commitment(ctx, &out.point, &pool.blobs[i % pool.n]));
}

static void run_proof(size_t i, size_t n) {
    (void)n;
    must(kzg_compute_kzg_proof(ctx, &out.point, &out.scalar, &pool.blobs[i % pool.n], &pool.z[i % pool.n]));
}

static void run_blob_proof(size_t i, size_t n) {
    (void)n;
    must(kzg_compute_blob_kzg_proof(ctx, &out.point, &pool.blobs[i % pool.n], &pool.commitments[i % pool.n]));
}

static void run_verify(size_t i, size_t n) {
    size_t b = i % pool.n;
    (void)n;
    must(kzg_verify_kzg_proof(ctx, &out.valid, &pool.commitments[b], &pool.z[b], &pool.y[b], &pool.z_proofs[b]));
    must_hold(out.valid);
}

static void run_verify_blob(size_t i, size_t n) {
    size_t b = i % pool.n;
    (void)n;
    must(kzg_verify_blob_kzg_proof(ctx, &out.valid, &pool.blobs[b], &pool.commitments[b], &pool.proofs[b]));
    must_hold(out.valid);
}

static void run_verify_blobs(size_t i, size_t n) {
    (void)i;
    must(kzg_verify_blob_kzg_proof_batch(ctx, &out.valid, batch.blobs, batch.commitments, batch.proofs, n));
    must_hold(out.valid);
}

static void run_cells(size_t i, size_t n) {
    (void)n;
    must(kzg_compute_cells(ctx, out.cells, &pool.blobs[i % pool.n]));
}

static void run_cells_and_proofs(size_t i, size_t n) {
    (void)n;
    must(kzg_compute_cells_and_kzg_proofs(ctx, out.cells, out.proofs, &pool.blobs[i % pool.n]));
}

static void run_recover(size_t i, size_t n) {
    (void)i;
    must(kzg_recover_cells_and_kzg_proofs(ctx, out.cells, out.proofs, batch.indices, batch.cells, n));
}

static void run_recover_cells(size_t i, size_t n) {
    (void)i;
    must(kzg_recover_cells_and_kzg_proofs(ctx, out.cells, NULL, batch.indices, batch.cells, n));
}

static void run_recover_cells_batch(size_t i, size_t n) {
    (void)i;
    must(kzg_recover_cells_and_kzg_proofs_batch(ctx, batch.recovered, NULL, batch.indices, batch.cells, HALF,
                                                n / HALF));
}

static void run_verify_cells(size_t i, size_t n) {
    (void)i;
    must(kzg_verify_cell_kzg_proof_batch(ctx, &out.valid, batch.commitments, batch.indices, batch.cells, batch.proofs,
                                         n));
    must_hold(out.valid);
}

static const struct row {
    const char *name;
    kzg_operation operation; /* KZG_OPERATIONS: none of the list */
    size_t n, n_quick;
    bool needs_cells;
    void (*prepare)(struct bench_random *random, size_t i, size_t n);
    void (*run)(size_t i, size_t n);
} rows[] = {
    {"blob_to_kzg_commitment", KZG_OPERATION_BLOB_TO_KZG_COMMITMENT, 1, 1, false, prepare_nothing, run_commitment},
    {"compute_kzg_proof", KZG_OPERATION_COMPUTE_KZG_PROOF, 1, 1, false, prepare_nothing, run_proof},
    {"compute_blob_kzg_proof", KZG_OPERATION_COMPUTE_BLOB_KZG_PROOF, 1, 1, false, prepare_nothing, run_blob_proof},
    {"verify_kzg_proof", KZG_OPERATION_VERIFY_KZG_PROOF, 1, 1, false, prepare_nothing, run_verify},
    {"verify_blob_kzg_proof", KZG_OPERATION_VERIFY_BLOB_KZG_PROOF, 1, 1, false, prepare_nothing, run_verify_blob},
    {"verify_blob_kzg_proof_batch, 6 blobs", KZG_OPERATION_VERIFY_BLOB_KZG_PROOF_BATCH, 6, 2, false, prepare_blobs,
     run_verify_blobs},
    {"verify_blob_kzg_proof_batch, 64 blobs", KZG_OPERATION_VERIFY_BLOB_KZG_PROOF_BATCH, 64, 4, false, prepare_blobs,
     run_verify_blobs},
    {"compute_cells", KZG_OPERATION_COMPUTE_CELLS, 1, 1, false, prepare_nothing, run_cells},
    {"compute_cells_and_kzg_proofs", KZG_OPERATION_COMPUTE_CELLS_AND_KZG_PROOFS, 1, 1, false, prepare_nothing,
     run_cells_and_proofs},
    {"recover_cells_and_kzg_proofs, 64 of 128", KZG_OPERATION_RECOVER_CELLS_AND_KZG_PROOFS, 64, 64, true,
     prepare_half, run_recover},
    {"recover_cells_and_kzg_proofs, 64 of 128, cells alone", KZG_OPERATION_RECOVER_CELLS_AND_KZG_PROOFS, 64, 64, true,
     prepare_half, run_recover_cells},
    {"recover_cells_and_kzg_proofs_batch, 16 blobs, cells alone", KZG_OPERATIONS, 16 * HALF, 2 * HALF, true,
     prepare_half, run_recover_cells_batch},
    {"verify_cell_kzg_proof_batch, 1 cell", KZG_OPERATION_VERIFY_CELL_KZG_PROOF_BATCH, 1, 1, true, prepare_one_cell,
     run_verify_cells},
    {"verify_cell_kzg_proof_batch, 128 cells of 1 blob", KZG_OPERATION_VERIFY_CELL_KZG_PROOF_BATCH, CELLS, CELLS,
     true, prepare_rows, run_verify_cells},
    {"verify_cell_kzg_proof_batch, one column of 64 blobs", KZG_OPERATION_VERIFY_CELL_KZG_PROOF_BATCH, 64, 4, true,
     prepare_column, run_verify_cells},
    {"verify_cell_kzg_proof_batch, 16 blobs x 128 cells", KZG_OPERATION_VERIFY_CELL_KZG_PROOF_BATCH, CELL_BATCH_MAX,
     2 * CELLS, true, prepare_rows, run_verify_cells},
};

static void report_phases(const char *name, uint64_t (*samples)[KZG_PHASES]) {
    uint64_t *one = take(options.reps * sizeof *one);
    for (int p = 0; p < KZG_PHASES; p++) {
        uint64_t sum = 0;
        for (unsigned r = 0; r < options.reps; r++) sum += one[r] = samples[r][p];
        if (sum == 0) continue;
        char label[128];
        snprintf(label, sizeof label, "  %.80s: %s", name, phase_names[p]);
        bench_report(label, one, options.reps, 1, level_note);
    }
    free(one);
}

static void run_row(const struct row *row, struct bench_random *random) {
    size_t n = options.quick ? row->n_quick : row->n;
    uint64_t *total = take(options.reps * sizeof *total);
    uint64_t(*phases)[KZG_PHASES] = take(options.reps * sizeof *phases);
    if (row->needs_cells) make_cells();
    row->prepare(random, options.reps, n);
    row->run(options.reps, n); /* warms caches up */
    for (unsigned i = 0; i < options.reps; i++) {
        row->prepare(random, i, n);
        memset(phase_clock.ns, 0, sizeof phase_clock.ns);
        uint64_t start = bench_now_ns();
        row->run(i, n);
        total[i] = bench_now_ns() - start;
        memcpy(phases[i], phase_clock.ns, sizeof phase_clock.ns);
    }
    bench_report(row->name, total, options.reps, 1, level_note);
    report_phases(row->name, phases);
    size_t scratch = kzg_scratch_bytes(ctx, row->operation, n);
    char label[128];
    snprintf(label, sizeof label, "  %s: scratch", row->name);
    if (scratch > 0) bench_figure(label, "bytes", (double)scratch);
    free(total);
    free(phases);
}

/* ---- Precomputation levels ---- */

static kzg_ctx *make_context(int level) {
    kzg_ctx *made;
    kzg_options o;
    kzg_options_init(&o);
    o.precompute = level;
    o.observer = (kzg_observer){.phase = on_phase, .user = &phase_clock};
    must(kzg_new(&made, &o));
    return made;
}

static void run_load(int level) {
    unsigned reps = options.reps < LOAD_REPS_MAX ? options.reps : LOAD_REPS_MAX;
    uint64_t samples[LOAD_REPS_MAX];
    char label[64];
    snprintf(label, sizeof label, "kzg_new, precompute %d", level);
    if (!bench_wanted(&options, label)) return;
    for (unsigned i = 0; i < reps; i++) {
        uint64_t start = bench_now_ns();
        kzg_ctx *made = make_context(level);
        samples[i] = bench_now_ns() - start;
        kzg_free(made);
    }
    bench_report(label, samples, reps, 1, "");
}

/* The costliest operation once in a process of its own, so that its peak is this level's alone. */
static void run_memory(int level) {
    char label[64];
    snprintf(label, sizeof label, "memory, precompute %d", level);
    if (!bench_wanted(&options, label)) return;
    fflush(NULL);
    int report[2];
    if (pipe(report) != 0) exit(3);
    pid_t child = fork();
    if (child == 0) {
        kzg_info info;
        static kzg_blob blob; /* zero is as canonical as any; the scratch does not depend on it */
        ctx = make_context(level);
        must(kzg_get_info(ctx, &info));
        must(kzg_compute_cells_and_kzg_proofs(ctx, out.cells, out.proofs, &blob));
        ssize_t w = write(report[1], &info, sizeof info);
        _exit(w == (ssize_t)sizeof info ? 0 : 3);
    }
    kzg_info info;
    struct rusage usage;
    int status;
    close(report[1]);
    if (child < 0 || read(report[0], &info, sizeof info) != (ssize_t)sizeof info ||
        wait4(child, &status, 0, &usage) < 0 || status != 0) {
        fprintf(stderr, "bench kzg: the memory of level %d could not be measured\n", level);
        exit(3);
    }
    close(report[0]);
    char name[96];
    snprintf(name, sizeof name, "%s: setup", label);
    bench_figure(name, "bytes", (double)info.setup_bytes);
    snprintf(name, sizeof name, "%s: tables", label);
    bench_figure(name, "bytes", (double)info.tables_bytes);
    snprintf(name, sizeof name, "%s: peak resident", label);
    bench_figure(name, "bytes", (double)usage.ru_maxrss * 1024);
}

static int level_from = KZG_PRECOMPUTE_DEFAULT, level_to = KZG_PRECOMPUTE_DEFAULT;

static bool level_option(const char *name, const char *value, void *user) {
    char *end;
    (void)user;
    if (strcmp(name, "--levels") != 0) return false;
    level_from = (int)strtol(value, &end, 10);
    level_to = *end == '-' ? (int)strtol(end + 1, &end, 10) : level_from;
    return *end == '\0' && level_from >= KZG_PRECOMPUTE_MIN && level_from <= level_to &&
           level_to <= KZG_PRECOMPUTE_MAX;
}

static void run_level(int level) {
    struct bench_random random = {options.seed};
    kzg_info info;
    ctx = make_context(level);
    must(kzg_get_info(ctx, &info));
    printf("precompute %d: tables %zu bytes, setup %zu bytes, setup %s\n", info.precompute, info.tables_bytes,
           info.setup_bytes, info.setup_name);
    snprintf(level_note, sizeof level_note, "precompute %d", info.precompute);
    if (pool.blobs == NULL) make_blobs(&random);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (bench_wanted(&options, rows[i].name)) run_row(&rows[i], &random);
    ctx = kzg_free(ctx);
}

int main(int argc, char **argv) {
    bench_parse(&options, argc, argv, " [--levels N or N-M]", level_option, NULL);
    if (options.backend != NULL && setenv("KZG_BACKEND", options.backend, 1) != 0) return 3;
    const char *backend = kzg_backend_name();
    bench_begin(&options, "kzg", backend);
    int most = options.quick ? KZG_PRECOMPUTE_MIN : KZG_PRECOMPUTE_MAX;
    /* Memory first: a child's peak counts what its parent held when it forked. */
    for (int level = KZG_PRECOMPUTE_MIN; level <= most; level++) run_memory(level);
    for (int level = KZG_PRECOMPUTE_MIN; level <= most; level++) run_load(level);
    for (int level = level_from; level <= level_to; level++) run_level(level);
    free(pool.blobs), free(pool.commitments), free(pool.proofs), free(pool.z), free(pool.y), free(pool.z_proofs);
    free(pool.cells), free(pool.cell_proofs);
    free(batch.blobs), free(batch.commitments), free(batch.proofs), free(batch.indices), free(batch.cells);
    return bench_end();
}
