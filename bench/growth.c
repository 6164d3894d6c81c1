/* How time grows with the input: sums of 2^4 to 2^22 points (variable base), batches of 1 to 4096 blobs. Each row has
 * the measured time and what the model says of it (docs/performance.md, Growth); bench/plots.py draws both. A model
 * has one constant, the machine's pace. That changes from minute to minute, so it is taken before and behind each
 * sample. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "bench/harness.h"
#include "curve/glv.h"
#include "curve/msm.h"
#include "field/dispatch.h"
#include "kzg/kzg.h"

#define POINTS_LOG_MIN 4
#define BATCH_AFFINE   4096 /* points made affine together */
#define CALIBRATED_AT  12   /* the pace is taken from sums of 2^12 */
#define BLOBS_AT       64   /* and from batches of 64 */
#define PACE_NS        100000000u
#define SAMPLES_MAX    64

static struct bench_options options;
static unsigned points_log_max = 22, blobs_max = 4096;

static bool extra(const char *name, const char *value, void *user) {
    char *end;
    (void)user;
    unsigned long number = strtoul(value, &end, 10);
    if (*value == '\0' || *end != '\0') return false;
    if (strcmp(name, "--most-points-log") == 0 && number >= CALIBRATED_AT && number <= 24) {
        points_log_max = (unsigned)number;
    } else if (strcmp(name, "--most-blobs") == 0 && number >= 1 && number <= KZG_MAX_BATCH) {
        blobs_max = (unsigned)number;
    } else {
        return false;
    }
    return true;
}

static void *take(size_t count, size_t bytes) {
    void *memory = calloc(count, bytes);
    KZG_ASSERT(memory != NULL);
    return memory;
}

/* ---- Samples ---- */

struct subject {
    const char *name;
    void (*body)(void);
    size_t *n;                /* what the body takes */
    size_t at;                /* the n whose time is the pace */
    double (*work)(size_t n); /* the model, in any unit */
};

static uint64_t time_ns(const struct subject *subject, size_t n) {
    *subject->n = n;
    uint64_t from = bench_now_ns();
    subject->body();
    return bench_now_ns() - from;
}

/* ns for a unit of work, now. */
static double pace(const struct subject *subject) {
    uint64_t spent = 0;
    size_t n = 0;
    while (n == 0 || (spent < PACE_NS && !options.quick)) {
        spent += time_ns(subject, subject->at);
        n++;
    }
    return (double)spent / ((double)n * subject->work(subject->at));
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *samples, size_t n) {
    qsort(samples, n, sizeof samples[0], ascending);
    return samples[n / 2];
}

static void report(const struct subject *subject, size_t n, const char *what, const char *unit, double value) {
    char name[96];
    (void)snprintf(name, sizeof name, "%s %zu%s", subject->name, n, what);
    bench_figure(name, unit, value);
}

/* Fewer samples of what takes long: at least one, at most options.reps, about two seconds in all. */
static void measure(const struct subject *subject, size_t n) {
    double measured[SAMPLES_MAX], model[SAMPLES_MAX], ratio[SAMPLES_MAX], spent = 0, before = pace(subject);
    size_t most = options.quick ? 1 : options.reps < SAMPLES_MAX ? options.reps : SAMPLES_MAX, count = 0;
    while (count < most && (count == 0 || spent < 2e9)) {
        measured[count] = (double)time_ns(subject, n);
        double behind = pace(subject);
        model[count] = (before + behind) / 2 * subject->work(n);
        ratio[count] = measured[count] / model[count];
        spent += measured[count++];
        before = behind;
    }
    report(subject, n, "", "ns", median(measured, count));
    report(subject, n, " (model)", "ns", median(model, count));
    report(subject, n, " (of the model)", "%", 100 * median(ratio, count));
}

/* ---- Sums ---- */

static struct {
    g1_affine *points;
    fr *scalars;
    struct arena arena;
    size_t n;
    g1 sum;
} in;

static void make_points(size_t n, struct bench_random *random) {
    static g1 jacobian[BATCH_AFFINE];
    static fp scratch[BATCH_AFFINE];
    g1 at, step;
    in.points = take(n, sizeof *in.points);
    in.scalars = take(n, sizeof *in.scalars);
    for (size_t i = 0; i < n; i++) {
        uint8_t bytes[32];
        bench_random_field_element(random, bytes);
        KZG_ASSERT(fr_from_be(&in.scalars[i], bytes));
    }
    g1_mul(&at, &G1_GENERATOR, &in.scalars[0]);
    g1_mul(&step, &G1_GENERATOR, &in.scalars[1]);
    for (size_t first = 0; first < n; first += BATCH_AFFINE) {
        size_t count = n - first < BATCH_AFFINE ? n - first : BATCH_AFFINE;
        for (size_t i = 0; i < count; i++) {
            jacobian[i] = at;
            g1_add(&at, &at, &step);
        }
        g1_to_affine_batch(in.points + first, jacobian, count, scratch);
    }
}

static void body_sum(void) {
    g1_msm(&in.sum, in.points, in.scalars, in.n, &in.arena);
}

/* Additions of a bucket sum with the best window of w bits: the endomorphism makes two halves of GLV_BITS of a
 * scalar, each digit is an addition, and each of a window's 2^(w-1) buckets takes two more. */
static double additions(size_t n) {
    double best = 0;
    for (int w = 2; w <= 20; w++) {
        int windows = glv_windows(GLV_BITS, w);
        double all = windows * (2.0 * (double)n + 2.0 * (double)(1u << (w - 1)));
        if (best == 0 || all < best) best = all;
    }
    return best;
}

static void run_sums(void) {
    const struct subject sums = {"sum of points", body_sum, &in.n, (size_t)1 << CALIBRATED_AT, additions};
    struct bench_random random = {options.seed};
    make_points((size_t)1 << points_log_max, &random);
    size_t bytes = g1_msm_scratch_bytes((size_t)1 << points_log_max) + ARENA_ALIGN;
    void *memory = aligned_alloc(ARENA_ALIGN, (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN);
    KZG_ASSERT(memory != NULL);
    arena_init(&in.arena, memory, bytes);
    for (unsigned log = POINTS_LOG_MIN; log <= points_log_max; log++) measure(&sums, (size_t)1 << log);
    free(memory);
    free(in.points);
    free(in.scalars);
}

/* ---- Batches of blobs ---- */

#define DIFFERENT 16 /* blobs that are made; longer batches repeat them */

static struct {
    kzg_ctx *ctx;
    kzg_blob *blobs;
    kzg_bytes48 *commitments, *proofs;
    size_t n;
    double once; /* what a batch takes whatever its length, in what a blob takes */
} batch;

static void make_blobs(size_t n, struct bench_random *random) {
    batch.blobs = take(n, sizeof *batch.blobs);
    batch.commitments = take(n, sizeof *batch.commitments);
    batch.proofs = take(n, sizeof *batch.proofs);
    for (size_t i = 0; i < n; i++) {
        if (i >= DIFFERENT) {
            batch.blobs[i] = batch.blobs[i % DIFFERENT];
            batch.commitments[i] = batch.commitments[i % DIFFERENT];
            batch.proofs[i] = batch.proofs[i % DIFFERENT];
            continue;
        }
        for (size_t k = 0; k < KZG_FIELD_ELEMENTS_PER_BLOB; k++) {
            bench_random_field_element(random, batch.blobs[i].bytes + 32 * k);
        }
        kzg_status status = kzg_blob_to_kzg_commitment(batch.ctx, &batch.commitments[i], &batch.blobs[i]);
        KZG_ASSERT(status.code == KZG_OK);
        status = kzg_compute_blob_kzg_proof(batch.ctx, &batch.proofs[i], &batch.blobs[i], &batch.commitments[i]);
        KZG_ASSERT(status.code == KZG_OK);
    }
}

static void body_batch(void) {
    bool valid = false;
    kzg_status status =
        kzg_verify_blob_kzg_proof_batch(batch.ctx, &valid, batch.blobs, batch.commitments, batch.proofs, batch.n);
    KZG_ASSERT(status.code == KZG_OK && valid);
}

/* So much once, the pairing, and so much a blob. */
static double blobs_and_once(size_t n) {
    return batch.once + (double)n;
}

/* From batches of 1 and of most blobs, in turn. */
static void find_once(const struct subject *batches, size_t most) {
    double one[SAMPLES_MAX], more[SAMPLES_MAX];
    size_t count = options.quick ? 1 : 15;
    for (size_t i = 0; i < count; i++) {
        one[i] = (double)time_ns(batches, 1);
        more[i] = (double)time_ns(batches, most);
    }
    double first = median(one, count), blob = (median(more, count) - first) / (double)(most - 1);
    batch.once = first / blob - 1;
}

static void run_batches(void) {
    const size_t at = blobs_max < BLOBS_AT ? blobs_max : BLOBS_AT;
    const struct subject batches = {"verify_blob_kzg_proof_batch", body_batch, &batch.n, at, blobs_and_once};
    struct bench_random random = {options.seed};
    kzg_options kzg;
    kzg_options_init(&kzg);
    kzg.precompute = KZG_PRECOMPUTE_MAX;
    kzg_status status = kzg_new(&batch.ctx, &kzg);
    KZG_ASSERT(status.code == KZG_OK);
    make_blobs(blobs_max, &random);
    if (at > 1) find_once(&batches, at);
    for (size_t n = 1; n <= blobs_max; n *= 2) measure(&batches, n);
    free(batch.blobs);
    free(batch.commitments);
    free(batch.proofs);
    batch.ctx = kzg_free(batch.ctx);
}

int main(int argc, char **argv) {
    bench_parse(&options, argc, argv, " [--most-points-log 12..24] [--most-blobs N]", extra, NULL);
    if (options.backend != NULL && setenv("KZG_BACKEND", options.backend, 1) != 0) return 3;
    if (options.quick) {
        points_log_max = CALIBRATED_AT;
        blobs_max = 2;
    }
    if (!field_select(NULL)) {
        fprintf(stderr, "growth: this machine has no backend '%s'\n", getenv("KZG_BACKEND"));
        return 3;
    }
    bench_begin(&options, "growth", kzg_backend_name());
    if (bench_wanted(&options, "sum of points")) run_sums();
    if (bench_wanted(&options, "verify_blob_kzg_proof_batch")) run_batches();
    return bench_end();
}
