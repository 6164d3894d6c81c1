/* The field kernels, every variant that this machine runs in turn: a chain, where each result is the next operand,
 * and eight independent operations. Both in ns for one operation. */
#include <stdio.h>
#include <string.h>

#include "bench/field_rows.h"
#include "bench/harness.h"
#include "field/fp.h"
#include "field/fr.h"

#define BODY  64u /* operations in one call of a body */
#define APART 8u

static struct inputs {
    fp p[2 * APART], p_out[2 * APART];
    fr r[APART], r_out[APART];
} in;

/* Chains: the first operand is the last result. */
#define CHAIN_2(name, field)                                                                \
    static void chain_##name(void *argument, size_t i) {                                    \
        (void)argument;                                                                     \
        for (size_t k = 0; k < BODY; k++) field_ops.name(in.field, in.field, in.field + 2); \
        (void)i;                                                                            \
    }
#define CHAIN_1(name, field)                                                  \
    static void chain_##name(void *argument, size_t i) {                      \
        (void)argument;                                                       \
        for (size_t k = 0; k < BODY; k++) field_ops.name(in.field, in.field); \
        (void)i;                                                              \
    }
#define APART_2(name, field, width)                                                                                 \
    static void apart_##name(void *argument, size_t i) {                                                            \
        (void)argument;                                                                                             \
        for (size_t k = 0; k < BODY; k++)                                                                           \
            field_ops.name(in.field##_out + (width) * (k % APART), in.field + (width) * (k % APART), in.field + 2); \
        (void)i;                                                                                                    \
    }
#define APART_1(name, field, width)                                                                   \
    static void apart_##name(void *argument, size_t i) {                                              \
        (void)argument;                                                                               \
        for (size_t k = 0; k < BODY; k++)                                                             \
            field_ops.name(in.field##_out + (width) * (k % APART), in.field + (width) * (k % APART)); \
        (void)i;                                                                                      \
    }

CHAIN_2(fp_mul, p)
APART_2(fp_mul, p, 1)
CHAIN_2(fp_mul_lazy, p)
APART_2(fp_mul_lazy, p, 1)
CHAIN_1(fp_sqr, p)
APART_1(fp_sqr, p, 1)
CHAIN_2(fp2_mul, p)
APART_2(fp2_mul, p, 2)
CHAIN_1(fp2_sqr, p)
APART_1(fp2_sqr, p, 2)
CHAIN_2(fr_mul, r)
APART_2(fr_mul, r, 1)
CHAIN_1(fr_sqr, r)
APART_1(fr_sqr, r, 1)

static void apart_fp_chord(void *argument, size_t i) {
    (void)argument;
    (void)i;
    for (size_t k = 0; k < BODY; k++)
        field_ops.fp_chord(in.p_out + 2 * (k % (APART - 1)), in.p_out + 2 * APART - 1, in.p, in.p + 2,
                           in.p + 2 * (k % (APART - 1)), in.p + 3);
}

static void chain_fp_add(void *argument, size_t i) {
    (void)argument;
    (void)i;
    for (size_t k = 0; k < BODY; k++) fp_add(in.p, in.p, in.p + 2);
}

static void chain_fp_sub(void *argument, size_t i) {
    (void)argument;
    (void)i;
    for (size_t k = 0; k < BODY; k++) fp_sub(in.p, in.p, in.p + 2);
}

static void chain_fr_add(void *argument, size_t i) {
    (void)argument;
    (void)i;
    for (size_t k = 0; k < BODY; k++) fr_add(in.r, in.r, in.r + 2);
}

/* The inverse of an inverse would go to and fro between two values: a sum comes between. */
static void chain_fp_inv(void *argument, size_t i) {
    (void)argument;
    (void)i;
    fp_inv(in.p, in.p);
    fp_add(in.p, in.p, in.p + 2);
}

static void chain_fr_inv(void *argument, size_t i) {
    (void)argument;
    (void)i;
    fr_inv(in.r, in.r);
    fr_add(in.r, in.r, in.r + 2);
}

static void chain_fp_sqrt(void *argument, size_t i) {
    (void)argument;
    (void)i;
    if (!fp_sqrt(in.p_out, in.p)) in.p_out[0] = in.p[1];
    fp_add(in.p, in.p, in.p + 2);
}

static const struct field_row rows[] = {
    {"fp_mul, chain", chain_fp_mul, BODY},
    {"fp_mul, apart", apart_fp_mul, BODY},
    {"fp_mul_lazy, chain", chain_fp_mul_lazy, BODY},
    {"fp_mul_lazy, apart", apart_fp_mul_lazy, BODY},
    {"fp_sqr, chain", chain_fp_sqr, BODY},
    {"fp_sqr, apart", apart_fp_sqr, BODY},
    {"fp_chord, apart", apart_fp_chord, BODY},
    {"fp2_mul, chain", chain_fp2_mul, BODY},
    {"fp2_mul, apart", apart_fp2_mul, BODY},
    {"fp2_sqr, chain", chain_fp2_sqr, BODY},
    {"fp2_sqr, apart", apart_fp2_sqr, BODY},
    {"fr_mul, chain", chain_fr_mul, BODY},
    {"fr_mul, apart", apart_fr_mul, BODY},
    {"fr_sqr, chain", chain_fr_sqr, BODY},
    {"fr_sqr, apart", apart_fr_sqr, BODY},
    {"fp_add, chain", chain_fp_add, BODY},
    {"fp_sub, chain", chain_fp_sub, BODY},
    {"fr_add, chain", chain_fr_add, BODY},
    {"fp_inv", chain_fp_inv, 1},
    {"fr_inv", chain_fr_inv, 1},
    {"fp_sqrt", chain_fp_sqrt, 1},
};

/* Any value below the modulus will do. */
static void fill(struct bench_random *random) {
    for (size_t i = 0; i < 2 * APART; i++) {
        for (int j = 0; j < FP_LIMBS; j++) in.p[i].l[j] = bench_random_u64(random);
        in.p[i].l[FP_LIMBS - 1] %= FP_MODULUS[FP_LIMBS - 1];
    }
    for (size_t i = 0; i < APART; i++) {
        uint8_t bytes[32];
        bench_random_field_element(random, bytes);
        (void)fr_from_be(&in.r[i], bytes);
    }
}

static void time_rows(const struct bench_options *o, const struct field_row *row, size_t n) {
    for (size_t i = 0; i < n; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%s: %s", field_ops.name, row[i].name);
        bench_time(o, name, row[i].body, NULL, row[i].divide);
    }
}

int main(int argc, char **argv) {
    static const char *const variants[] = {"portable", "adx", "ifma"};
    struct bench_options o;
    bench_parse(&o, argc, argv, "", NULL, NULL);
    if (o.backend != NULL && !field_select(o.backend)) {
        fprintf(stderr, "backend %s: this machine or build does not have it\n", o.backend);
        return 3;
    }
    bench_begin(&o, "field", o.backend != NULL ? o.backend : "each in turn");
    for (size_t v = 0; v < sizeof variants / sizeof *variants; v++) {
        if (o.backend != NULL ? strcmp(variants[v], field_ops.name) != 0 : !field_select(variants[v])) continue;
        struct bench_random random = {o.seed};
        fill(&random);
        /* One value at a time, ifma is adx. */
        if (!field_ops.lanes) time_rows(&o, rows, sizeof rows / sizeof *rows);
#ifdef KZG_HAVE_IFMA
        if (field_ops.lanes) {
            field_lanes_fill(&random);
            time_rows(&o, field_lane_rows, field_lane_rows_count);
        }
#endif
    }
    return bench_end();
}
