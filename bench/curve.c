/* The curve layer's functions, one by one, and the field operations that its cost model counts in. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "bench/harness.h"
#include "curve/encoding.h"
#include "curve/g1.h"
#include "curve/g1_table.h"
#include "curve/g2.h"
#include "curve/msm.h"
#include "curve/pairing.h"
#include "field/dispatch.h"

#define POINTS_MAX 4096u

static struct inputs {
    size_t n; /* points and scalars that are there: a power of two */
    g1_affine points[POINTS_MAX];
    g1 jacobian[POINTS_MAX];
    fr scalars[POINTS_MAX];
    uint8_t compressed[POINTS_MAX][G1_COMPRESSED_BYTES];
    fp field[16];
    fp fp_scratch[POINTS_MAX];
    g1_affine affine_out[POINTS_MAX];
    g2_affine g2_point;
    uint8_t g2_compressed[G2_COMPRESSED_BYTES];
    struct g2_prepared prepared[2];
    g1_affine pair_points[2];
    fp12 miller;
    struct arena arena;
    struct g1_table table;
    size_t msm_n, sum_points, sums;
} in;

static fp fp_sink;
static fr fr_sink;
static g1 g1_sink;
static g2 g2_sink;
static fp12 fp12_sink;

/* ---- Inputs ---- */

static void make_scalars(struct bench_random *random) {
    for (size_t i = 0; i < in.n; i++) {
        uint8_t bytes[32];
        bench_random_field_element(random, bytes);
        KZG_ASSERT(fr_from_be(&in.scalars[i], bytes));
    }
}

/* Random multiples of the generator; most by additions, which are cheaper. */
static void make_points(void) {
    g1 step, at;
    g1_mul(&step, &G1_GENERATOR, &in.scalars[0]);
    g1_mul(&at, &G1_GENERATOR, &in.scalars[1]);
    for (size_t i = 0; i < in.n; i++) {
        in.jacobian[i] = at;
        g1_add(&at, &at, &step);
    }
    g1_to_affine_batch(in.points, in.jacobian, in.n, in.fp_scratch);
    for (size_t i = 0; i < in.n; i++) g1_compress(in.compressed[i], &in.points[i]);
    for (int i = 0; i < 16; i++) in.field[i] = in.points[i].x;
}

static void make_pairing(void) {
    uint64_t k[4];
    g2 q;
    fr_to_plain(k, &in.scalars[2]);
    g2_mul_plain(&q, &G2_GENERATOR, k);
    g2_to_affine(&in.g2_point, &q);
    g2_compress(in.g2_compressed, &in.g2_point);
    /* e(k G, H) e(-G, k H) = 1 */
    g1 p;
    g1_mul(&p, &G1_GENERATOR, &in.scalars[2]);
    g1_to_affine(&in.pair_points[0], &p);
    g1_affine_neg(&in.pair_points[1], &G1_GENERATOR);
    g2_prepare(&in.prepared[0], &G2_GENERATOR);
    g2_prepare(&in.prepared[1], &in.g2_point);
    pairing_miller_loop(&in.miller, in.pair_points, (const struct g2_prepared *const[]){&in.prepared[0]}, 1);
}

static void make_arena(size_t bytes) {
    void *memory = aligned_alloc(ARENA_ALIGN, arena_size(bytes));
    KZG_ASSERT(memory != NULL);
    free(in.arena.base);
    arena_init(&in.arena, memory, arena_size(bytes));
}

/* ---- Field ---- */

static void body_fp_mul(void *unused, size_t i) {
    (void)unused;
    fp_mul(&fp_sink, &fp_sink, &in.field[i % 16]);
}

static void body_fp_sqr(void *unused, size_t i) {
    (void)unused, (void)i;
    fp_sqr(&fp_sink, &fp_sink);
}

static void body_fp_add(void *unused, size_t i) {
    (void)unused;
    fp_add(&fp_sink, &fp_sink, &in.field[i % 16]);
}

static void body_fp_inv(void *unused, size_t i) {
    (void)unused;
    fp_inv(&fp_sink, &in.field[i % 16]);
}

static void body_fp_sqrt(void *unused, size_t i) {
    fp square;
    (void)unused;
    fp_sqr(&square, &in.field[i % 16]);
    KZG_ASSERT(fp_sqrt(&fp_sink, &square));
}

static void body_fr_mul(void *unused, size_t i) {
    (void)unused;
    fr_mul(&fr_sink, &fr_sink, &in.scalars[i % 16]);
}

static void body_fr_inv(void *unused, size_t i) {
    (void)unused;
    fr_inv(&fr_sink, &in.scalars[i % 16]);
}

/* ---- G1 ---- */

static void body_g1_add(void *unused, size_t i) {
    (void)unused;
    g1_add(&g1_sink, &g1_sink, &in.jacobian[i % in.n]);
}

static void body_g1_add_affine(void *unused, size_t i) {
    (void)unused;
    g1_add_affine(&g1_sink, &g1_sink, &in.points[i % in.n]);
}

static void body_g1_dbl(void *unused, size_t i) {
    (void)unused, (void)i;
    g1_dbl(&g1_sink, &g1_sink);
}

static void body_g1_mul(void *unused, size_t i) {
    (void)unused;
    g1_mul(&g1_sink, &in.points[i % in.n], &in.scalars[(i + 1) % in.n]);
}

static void body_g1_mul_plain(void *unused, size_t i) {
    uint64_t k[4];
    (void)unused;
    fr_to_plain(k, &in.scalars[i % in.n]);
    g1_mul_plain(&g1_sink, &in.points[i % in.n], k);
}

static void body_g1_to_affine_batch(void *unused, size_t i) {
    (void)unused, (void)i;
    g1_to_affine_batch(in.affine_out, in.jacobian, in.n, in.fp_scratch);
}

static void body_g1_decompress(void *unused, size_t i) {
    (void)unused;
    KZG_ASSERT(g1_decompress(&in.affine_out[0], in.compressed[i % in.n]) == ST_OK);
}

static void body_g1_in_subgroup(void *unused, size_t i) {
    (void)unused;
    KZG_ASSERT(g1_affine_in_subgroup(&in.points[i % in.n]));
}

static void body_g1_decode(void *unused, size_t i) {
    (void)unused;
    KZG_ASSERT(g1_decode(&in.affine_out[0], in.compressed[i % in.n]) == ST_OK);
}

/* ---- G2 and the pairing ---- */

static void body_g2_add(void *unused, size_t i) {
    (void)unused, (void)i;
    g2_add_affine(&g2_sink, &g2_sink, &in.g2_point);
}

static void body_g2_decode(void *unused, size_t i) {
    g2_affine out;
    (void)unused, (void)i;
    KZG_ASSERT(g2_decode(&out, in.g2_compressed) == ST_OK);
}

static void body_g2_in_subgroup(void *unused, size_t i) {
    (void)unused, (void)i;
    KZG_ASSERT(g2_affine_in_subgroup(&in.g2_point));
}

static void body_g2_prepare(void *unused, size_t i) {
    (void)unused, (void)i;
    g2_prepare(&in.prepared[1], &in.g2_point);
}

static void body_miller_2(void *unused, size_t i) {
    const struct g2_prepared *q[2] = {&in.prepared[0], &in.prepared[1]};
    (void)unused, (void)i;
    pairing_miller_loop(&fp12_sink, in.pair_points, q, 2);
}

static void body_final_exponentiation(void *unused, size_t i) {
    (void)unused, (void)i;
    pairing_final_exponentiation(&fp12_sink, &in.miller);
}

static void body_pairing_check(void *unused, size_t i) {
    const struct g2_prepared *q[2] = {&in.prepared[0], &in.prepared[1]};
    (void)unused, (void)i;
    KZG_ASSERT(pairing_product_is_one(in.pair_points, q, 2));
}

/* ---- Sums of products ---- */

static void body_msm(void *unused, size_t i) {
    (void)unused, (void)i;
    size_t mark = in.arena.used;
    g1_msm(&g1_sink, in.points, in.scalars, in.msm_n, &in.arena);
    arena_release(&in.arena, mark);
}

static void body_table_sums(void *unused, size_t i) {
    (void)unused, (void)i;
    size_t mark = in.arena.used;
    g1_table_sums(in.affine_out, &in.table, 0, in.scalars, in.sum_points, in.sums, &in.arena);
    arena_release(&in.arena, mark);
}

static void body_table_fill(void *unused, size_t i) {
    (void)unused, (void)i;
    size_t mark = in.arena.used;
    g1_table_fill(&in.table, in.points, 0, in.n, &in.arena);
    arena_release(&in.arena, mark);
}

static void run_msm(const struct bench_options *o) {
    for (size_t n = 1; n <= in.n; n *= 2) {
        char name[64];
        snprintf(name, sizeof name, "g1_msm/%zu", n);
        if (!bench_wanted(o, name)) continue;
        make_arena(g1_msm_scratch_bytes(n));
        in.msm_n = n;
        bench_time(o, name, body_msm, NULL, 1);
    }
}

/* One shape of table: its fill, one long sum over all bases and the many short sums of the cell proofs. */
static void run_table(const struct bench_options *o, int base, int columns) {
    char name[96];
    g1_table_shape(&in.table, in.n, base, columns);
    snprintf(name, sizeof name, "g1_table/base=%d,columns=%d", base, in.table.columns);
    if (!bench_wanted(o, name)) return;
    size_t bytes = g1_table_bytes(&in.table), short_points = in.n < 64 ? in.n : 64;
    size_t need[3] = {g1_table_fill_scratch_bytes(in.n), g1_table_sums_scratch_bytes(&in.table, in.n, 1),
                      g1_table_sums_scratch_bytes(&in.table, short_points, in.n / short_points)};
    size_t most = need[0];
    for (int i = 1; i < 3; i++) most = need[i] > most ? need[i] : most;
    make_arena(most);
    in.table.entries = aligned_alloc(ARENA_ALIGN, arena_size(bytes));
    KZG_ASSERT(in.table.entries != NULL);
    snprintf(name, sizeof name, "g1_table/base=%d,columns=%d/bytes", base, in.table.columns);
    bench_figure(name, "bytes", (double)bytes);
    snprintf(name, sizeof name, "g1_table/base=%d,columns=%d/fill, each base", base, in.table.columns);
    body_table_fill(NULL, 0); /* the sums below need it, whatever rows are wanted */
    bench_time(o, name, body_table_fill, NULL, (double)in.n);
    snprintf(name, sizeof name, "g1_table/base=%d,columns=%d/1 sum of %zu", base, in.table.columns, in.n);
    in.sum_points = in.n, in.sums = 1;
    bench_time(o, name, body_table_sums, NULL, 1);
    snprintf(name, sizeof name, "g1_table/base=%d,columns=%d/%zu sums of %zu", base, in.table.columns,
             in.n / short_points, short_points);
    in.sum_points = short_points, in.sums = in.n / short_points;
    bench_time(o, name, body_table_sums, NULL, 1);
    free(in.table.entries);
    in.table.entries = NULL;
}

/* ---- The rows ---- */

static const struct row {
    const char *name;
    void (*body)(void *, size_t);
} rows[] = {
    {"fp_mul, dependent", body_fp_mul},
    {"fp_sqr, dependent", body_fp_sqr},
    {"fp_add, dependent", body_fp_add},
    {"fp_inv", body_fp_inv},
    {"fp_sqrt", body_fp_sqrt},
    {"fr_mul, dependent", body_fr_mul},
    {"fr_inv", body_fr_inv},
    {"g1_add", body_g1_add},
    {"g1_add_affine", body_g1_add_affine},
    {"g1_dbl", body_g1_dbl},
    {"g1_mul", body_g1_mul},
    {"g1_mul_plain", body_g1_mul_plain},
    {"g1_decompress", body_g1_decompress},
    {"g1_affine_in_subgroup", body_g1_in_subgroup},
    {"g1_decode", body_g1_decode},
    {"g2_add_affine", body_g2_add},
    {"g2_decode", body_g2_decode},
    {"g2_affine_in_subgroup", body_g2_in_subgroup},
    {"g2_prepare", body_g2_prepare},
    {"pairing_miller_loop/2", body_miller_2},
    {"pairing_final_exponentiation", body_final_exponentiation},
    {"pairing_product_is_one/2", body_pairing_check},
};

int main(int argc, char **argv) {
    struct bench_options o;
    bench_parse(&o, argc, argv, "", NULL, NULL);
    if (!field_select(o.backend)) {
        fprintf(stderr, "backend %s: this machine or build does not have it\n",
                o.backend ? o.backend : "(KZG_BACKEND)");
        return 3;
    }
    struct bench_random random = {o.seed};
    in.n = o.quick ? 64 : POINTS_MAX;
    make_scalars(&random);
    make_points();
    make_pairing();
    fp_sink = in.field[0];
    fr_sink = in.scalars[0];
    g1_sink = in.jacobian[1];
    g2_from_affine(&g2_sink, &in.g2_point);

    bench_begin(&o, "curve", field_ops.name);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) bench_time(&o, rows[i].name, rows[i].body, NULL, 1);
    bench_time(&o, "g1_to_affine_batch, each point", body_g1_to_affine_batch, NULL, (double)in.n);
    run_msm(&o);
    static const int shapes[][2] = {{16, 1}, {31, 9}, {31, 26}, {50, 1}, {100, 10}, {144, 18}};
    for (size_t i = 0; i < (o.quick ? 2 : sizeof shapes / sizeof *shapes); i++)
        run_table(&o, shapes[i][0], shapes[i][1]);
    free(in.arena.base);
    return bench_end();
}
