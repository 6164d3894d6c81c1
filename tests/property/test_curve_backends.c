/* Every backend gives the portable one's bytes, on the same inputs, through the whole curve layer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "curve/encoding.h"
#include "curve/g1_table.h"
#include "curve/msm.h"
#include "curve/pairing.h"
#include "field/dispatch.h"
#include "property/rounds.h"
#include "unit/curve/curve_support.h"

#define TERMS_MAX 400

struct inputs {
    size_t n;
    g1_affine points[TERMS_MAX];
    fr scalars[TERMS_MAX];
    g2_affine q;
    fp12 f;
    fp2 square;
    uint8_t bytes[96];
};

/* Affine or reduced values only, so that they can be compared byte by byte. */
struct results {
    g1_affine sum, product, tables[2];
    fp12 miller, power, frobenius, inverse, line;
    fp2 root;
    bool has_root;
    status_code g1_status, g2_status;
    g1_affine g1_decoded;
    g2_affine g2_decoded, twisted;
};

static void make_inputs(struct inputs *in) {
    fr logs[TERMS_MAX];
    in->n = 2 * (1 + random_below(TERMS_MAX / 2));
    g1_sequence(in->points, logs, in->n);
    for (size_t i = 0; i < in->n; i++) {
        if (random_below(5) == 0)
            edge_fr(&in->scalars[i], random_below(EDGE_FR_COUNT));
        else
            random_fr(&in->scalars[i]);
    }
    random_g2(&in->q);
    random_fp12(&in->f);
    random_fp2(&in->square);
    random_bytes(in->bytes, sizeof in->bytes);
    in->bytes[0] = (uint8_t)(in->bytes[0] % 0x1a | 0x80);
    in->bytes[48] %= 0x1a;
}

static void sums(struct results *out, const struct inputs *in) {
    struct test_arena memory;
    struct g1_table table;
    g1 sum;
    test_arena_take(&memory, g1_msm_scratch_bytes(in->n));
    g1_msm(&sum, in->points, in->scalars, in->n, &memory.arena);
    g1_to_affine(&out->sum, &sum);
    test_arena_free(&memory);
    g1_table_shape(&table, in->n, 12, 5);
    table.entries = malloc(g1_table_bytes(&table));
    test_arena_take(&memory, g1_table_fill_scratch_bytes(in->n));
    g1_table_fill(&table, in->points, 0, in->n, &memory.arena);
    test_arena_free(&memory);
    test_arena_take(&memory, g1_table_sums_scratch_bytes(&table, in->n / 2, 2));
    g1_table_sums(out->tables, &table, 0, in->scalars, in->n / 2, 2, &memory.arena);
    test_arena_free(&memory);
    free(table.entries);
    g1_mul(&sum, &in->points[0], &in->scalars[0]);
    g1_to_affine(&out->product, &sum);
}

static void compute(struct results *out, const struct inputs *in) {
    struct g2_prepared *prepared = malloc(sizeof *prepared);
    const struct g2_prepared *list[2] = {prepared, prepared};
    memset(out, 0, sizeof *out); /* padding too */
    sums(out, in);
    g2_prepare(prepared, &in->q);
    pairing_miller_loop(&out->miller, in->points, list, 2);
    pairing_final_exponentiation(&out->power, &in->f);
    fp12_frobenius(&out->frobenius, &in->f, 1);
    fp12_inv(&out->inverse, &in->f);
    fp12_mul_monic_line(&out->line, &in->f, &in->square, &in->f.c1.c2);
    out->has_root = fp2_sqrt(&out->root, &in->square);
    out->g1_status = g1_decompress(&out->g1_decoded, in->bytes);
    out->g2_status = g2_decompress(&out->g2_decoded, in->bytes);
    g2_mul_fr(&out->twisted, &in->q, &in->scalars[0]);
    free(prepared);
}

static void check_backend(const char *name) {
    struct inputs *in = malloc(sizeof *in);
    struct results *expected = malloc(sizeof *expected), *got = malloc(sizeof *got);
    for (size_t i = 0; i < rounds(60); i++) {
        assert_true(field_select("portable"));
        make_inputs(in);
        compute(expected, in);
        assert_true(field_select(name));
        assert_string_equal(field_ops.name, name);
        compute(got, in);
        assert_memory_equal(got, expected, sizeof *got);
    }
    free(in);
    free(expected);
    free(got);
}

static void gives_the_portable_bytes(const char *name) {
    if (!field_select(name)) {
        printf("skipped: this build or this machine has no %s code\n", name);
        skip();
    }
    check_backend(name);
}

static void adx_gives_the_portable_bytes(void **unused) {
    (void)unused;
    gives_the_portable_bytes("adx");
}

static void ifma_gives_the_portable_bytes(void **unused) {
    (void)unused;
    gives_the_portable_bytes("ifma");
}

int main(void) {
    int skip_code = test_start();
    if (skip_code != 0) return skip_code;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adx_gives_the_portable_bytes),
        cmocka_unit_test(ifma_gives_the_portable_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
