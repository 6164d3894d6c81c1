/* What threads are good for: one large operation split by an executor (latency with idle cores), and as many
 * operations side by side as there are threads (throughput with busy ones), beside one alone on one thread. Each
 * operation's three are measured in turn. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bench/harness.h"
#include "kzg/kzg.h"

#define THREADS_MAX 16
#define BLOBS       64u
#define CELLS       KZG_CELLS_PER_EXT_BLOB

static struct bench_options options;
static size_t threads = 2;

static void must(kzg_status status) {
    char text[256];
    if (status.code == KZG_OK) return;
    kzg_status_format(status, text, sizeof text);
    fprintf(stderr, "bench threads: %s\n", text);
    exit(3);
}

static void *take(size_t bytes) {
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (memory == NULL) {
        perror("bench threads");
        exit(3);
    }
    return memory;
}

/* ---- Threads that take what there is to do ---- */

static struct crew {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread[THREADS_MAX];
    void (*task)(void *argument, size_t i);
    void *argument;
    size_t n, next, done;
    bool stop;
} crew = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* Under the lock; takes one, if there is one. */
static bool work_one(void) {
    if (crew.next >= crew.n) return false;
    size_t i = crew.next++;
    pthread_mutex_unlock(&crew.lock);
    crew.task(crew.argument, i);
    pthread_mutex_lock(&crew.lock);
    if (++crew.done == crew.n) pthread_cond_broadcast(&crew.changed);
    return true;
}

static void *work(void *unused) {
    pthread_mutex_lock(&crew.lock);
    while (!crew.stop)
        if (!work_one()) pthread_cond_wait(&crew.changed, &crew.lock);
    pthread_mutex_unlock(&crew.lock);
    return unused;
}

/* The caller works, too. */
static void parallel_for(void *user, size_t n, void (*task)(void *argument, size_t i), void *argument) {
    (void)user;
    pthread_mutex_lock(&crew.lock);
    crew.task = task;
    crew.argument = argument;
    crew.n = n;
    crew.next = crew.done = 0;
    pthread_cond_broadcast(&crew.changed);
    while (work_one()) continue;
    while (crew.done < crew.n) pthread_cond_wait(&crew.changed, &crew.lock);
    pthread_mutex_unlock(&crew.lock);
}

static void start_crew(void) {
    for (size_t i = 1; i < threads; i++) {
        if (pthread_create(&crew.thread[i], NULL, work, NULL) == 0) continue;
        perror("bench threads");
        exit(3);
    }
}

static void end_crew(void) {
    pthread_mutex_lock(&crew.lock);
    crew.stop = true;
    pthread_cond_broadcast(&crew.changed);
    pthread_mutex_unlock(&crew.lock);
    for (size_t i = 1; i < threads; i++) pthread_join(crew.thread[i], NULL);
}

/* ---- Inputs, and what each caller writes to ---- */

static kzg_blob *blobs;
static kzg_bytes48 commitments[BLOBS], proofs[BLOBS], cell_commitments[CELLS], cell_proofs[CELLS];
static kzg_cell cells[CELLS], half[CELLS / 2];
static uint64_t indices[CELLS], half_indices[CELLS / 2];
static size_t blob_count;

static struct outputs {
    kzg_bytes48 point, proofs[CELLS];
    kzg_cell cells[CELLS];
} * outputs;

static void make_inputs(const kzg_ctx *ctx) {
    struct bench_random random = {options.seed};
    blob_count = options.quick ? 2 : BLOBS;
    blobs = take(blob_count * sizeof *blobs);
    outputs = take(threads * sizeof *outputs);
    for (size_t b = 0; b < blob_count; b++) {
        for (size_t i = 0; i < KZG_FIELD_ELEMENTS_PER_BLOB; i++)
            bench_random_field_element(&random, blobs[b].bytes + 32 * i);
        must(kzg_blob_to_kzg_commitment(ctx, &commitments[b], &blobs[b]));
        must(kzg_compute_blob_kzg_proof(ctx, &proofs[b], &blobs[b], &commitments[b]));
    }
    must(kzg_compute_cells_and_kzg_proofs(ctx, cells, cell_proofs, blobs));
    for (size_t i = 0; i < CELLS; i++) {
        indices[i] = i;
        cell_commitments[i] = commitments[0];
        half_indices[i / 2] = i | 1;
        half[i / 2] = cells[i | 1];
    }
}

/* ---- Operations ---- */

static void commit(const kzg_ctx *ctx, struct outputs *out) {
    must(kzg_blob_to_kzg_commitment(ctx, &out->point, blobs));
}

static void prove(const kzg_ctx *ctx, struct outputs *out) {
    must(kzg_compute_blob_kzg_proof(ctx, &out->point, blobs, commitments));
}

static void prove_cells(const kzg_ctx *ctx, struct outputs *out) {
    must(kzg_compute_cells_and_kzg_proofs(ctx, out->cells, out->proofs, blobs));
}

static void recover(const kzg_ctx *ctx, struct outputs *out) {
    must(kzg_recover_cells_and_kzg_proofs(ctx, out->cells, out->proofs, half_indices, half, CELLS / 2));
}

static void must_hold(bool valid) {
    if (valid) return;
    fprintf(stderr, "bench threads: a true statement was refused\n");
    exit(3);
}

static void verify_blobs(const kzg_ctx *ctx, struct outputs *out) {
    bool valid = false;
    (void)out;
    must(kzg_verify_blob_kzg_proof_batch(ctx, &valid, blobs, commitments, proofs, blob_count));
    must_hold(valid);
}

static void verify_cells(const kzg_ctx *ctx, struct outputs *out) {
    bool valid = false;
    (void)out;
    must(kzg_verify_cell_kzg_proof_batch(ctx, &valid, cell_commitments, indices, cells, cell_proofs, CELLS));
    must_hold(valid);
}

static const struct row {
    const char *name;
    void (*run)(const kzg_ctx *ctx, struct outputs *out);
} rows[] = {
    {"blob_to_kzg_commitment", commit},
    {"compute_blob_kzg_proof", prove},
    {"compute_cells_and_kzg_proofs", prove_cells},
    {"recover_cells_and_kzg_proofs, 64 of 128", recover},
    {"verify_blob_kzg_proof_batch, 64", verify_blobs},
    {"verify_cell_kzg_proof_batch, 1 blob x 128", verify_cells},
};

/* ---- Measuring ---- */

struct caller {
    const kzg_ctx *ctx;
    const struct row *row;
};

static void call(void *argument, size_t i) {
    const struct caller *caller = argument;
    caller->row->run(caller->ctx, &outputs[i]);
}

static void run_row(const struct row *row, const kzg_ctx *alone, const kzg_ctx *split) {
    enum { ALONE, SPLIT, BESIDE, WAYS };
    static const char *const ways[WAYS] = {"one thread", "split", "side by side, each"};
    uint64_t *samples[WAYS];
    struct caller caller = {alone, row};
    for (int way = 0; way < WAYS; way++) samples[way] = take(options.reps * sizeof(uint64_t));
    for (unsigned i = 0; i < options.reps; i++) {
        for (int way = 0; way < WAYS; way++) {
            uint64_t from_ns = bench_now_ns();
            if (way == BESIDE)
                parallel_for(NULL, threads, call, &caller);
            else
                row->run(way == SPLIT ? split : alone, outputs);
            samples[way][i] = bench_now_ns() - from_ns;
        }
    }
    for (int way = 0; way < WAYS; way++) {
        char name[96], note[32] = "";
        snprintf(name, sizeof name, "%s: %s", row->name, ways[way]);
        if (way != ALONE) snprintf(note, sizeof note, "%zu threads", threads);
        bench_report(name, samples[way], options.reps, way == BESIDE ? (double)threads : 1, note);
        free(samples[way]);
    }
}

static kzg_ctx *make_context(bool splits) {
    kzg_ctx *made;
    kzg_options o;
    kzg_options_init(&o);
    if (options.quick) o.precompute = KZG_PRECOMPUTE_MIN;
    if (splits) o.executor = (kzg_executor){.parallel_for = parallel_for, .concurrency = threads};
    must(kzg_new(&made, &o));
    return made;
}

static bool threads_option(const char *name, const char *value, void *user) {
    char *end;
    (void)user;
    if (strcmp(name, "--threads") != 0) return false;
    threads = strtoul(value, &end, 10);
    return *end == '\0' && threads >= 2 && threads <= THREADS_MAX;
}

int main(int argc, char **argv) {
    bench_parse(&options, argc, argv, " [--threads N]", threads_option, NULL);
    if (options.backend != NULL && setenv("KZG_BACKEND", options.backend, 1) != 0) return 3;
    bench_begin(&options, "threads", kzg_backend_name());
    start_crew();
    kzg_ctx *alone = make_context(false), *split = make_context(true);
    make_inputs(alone);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (bench_wanted(&options, rows[i].name)) run_row(&rows[i], alone, split);
    end_crew();
    kzg_free(alone);
    kzg_free(split);
    free(blobs);
    free(outputs);
    return bench_end();
}
