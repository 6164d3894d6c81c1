/* The pairing with the tower's products in lanes: the same values as curve/pairing.c. */
#include "curve/constants.h"
#include "curve/ifma/fp12_8.h"
#include "curve/lanes.h"
#include "field/fp.h"

/* ---- Miller loop ---- */

#define PAIRS_AT_ONCE 16

/* A finite pair. Two lines fit in a vector, so they are evaluated two by two. */
struct pair8 {
    const struct pairing_line *next;
    fp8 factors; /* what constants and slopes are multiplied by: 1/y, 1/y, x/y, x/y, and again */
    fp8 lines;
    int used; /* of lines: 0, 1 or 2 */
};

/* Lines are loaded without their product into the form of lanes and four times too large (fp8_load_scaled_y), which
 * the factors make good. */
static void start_pair(struct pair8 *r, const g1_affine *p, const struct g2_prepared *q, const fp *one_over_y) {
    fp x_over_y;
    fp8 enter;
    fp_mul(&x_over_y, &p->x, one_over_y);
    const fp *const at[FP8_LANES] = {one_over_y, one_over_y, &x_over_y, &x_over_y,
                                     one_over_y, one_over_y, &x_over_y, &x_over_y};
    fp8_load(&r->factors, at);
    fp8_set(&enter, FP8_ENTER);
    fp8_mul(&r->factors, &r->factors, &enter);
    for (int i = 0; i < 2; i++) fp8_half(&r->factors, &r->factors);
    r->next = q->lines;
    r->used = 2;
}

static void evaluate_two(struct pair8 *pair) {
    _Static_assert(PAIRING_LINES % 2 == 0, "none stands alone");
    _Static_assert(sizeof(struct pairing_line) == 4 * sizeof(fp), "laid out as fp[4]");
    const fp *first = &pair->next->constant.c0, *at[FP8_LANES];
    for (int i = 0; i < FP8_LANES; i++) at[i] = first + i;
    fp8_load_scaled_y(&pair->lines, at);
    fp8_mul(&pair->lines, &pair->lines, &pair->factors);
    pair->next += 2;
    pair->used = 0;
}

static void multiply_lines(struct fp12_8 *f, struct pair8 *pairs, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (pairs[i].used == 2) evaluate_two(&pairs[i]);
        fp12_8_mul_monic_line(f, f, &pairs[i].lines, 4 * pairs[i].used++);
    }
}

static void miller_loop(struct fp12_8 *f, struct pair8 *pairs, size_t n) {
    fp12_8_set_one(f);
    for (int bit = 62; bit >= 0; bit--) {
        if (bit != 62) fp12_8_sqr(f, f);
        multiply_lines(f, pairs, n);
        if (BLS_X >> bit & 1) multiply_lines(f, pairs, n);
    }
    fp12_8_conj(f, f);
}

/* The next finite pairs from *at on; how many. */
static size_t start_pairs(struct pair8 pairs[PAIRS_AT_ONCE], size_t *at, const g1_affine *p,
                          const struct g2_prepared *const *q, size_t n) {
    fp one_over_y[PAIRS_AT_ONCE], scratch[PAIRS_AT_ONCE];
    size_t finite[PAIRS_AT_ONCE], count = 0;
    for (; *at < n && count < PAIRS_AT_ONCE; ++*at) {
        if (g1_affine_is_infinity(&p[*at]) || q[*at]->infinity) continue;
        one_over_y[count] = p[*at].y;
        finite[count++] = *at;
    }
    fp_inv_batch(one_over_y, count, scratch);
    for (size_t i = 0; i < count; i++) start_pair(&pairs[i], &p[finite[i]], q[finite[i]], &one_over_y[i]);
    return count;
}

static void loops(struct fp12_8 *r, const g1_affine *p, const struct g2_prepared *const *q, size_t n) {
    struct pair8 pairs[PAIRS_AT_ONCE];
    struct fp12_8 part;
    size_t at = 0, count;
    fp12_8_set_one(r);
    for (bool any = false; (count = start_pairs(pairs, &at, p, q, n)) > 0; any = true) {
        miller_loop(&part, pairs, count);
        if (any)
            fp12_8_mul(r, r, &part);
        else
            *r = part;
    }
}

void pairing_lanes_miller_loop(fp12 *r, const g1_affine *p, const struct g2_prepared *const *q, size_t n) {
    struct fp12_8 f;
    loops(&f, p, q, n);
    fp12_8_to(r, &f);
}

/* ---- Final exponentiation: curve/pairing.c ---- */

static void reduce(struct fp12_8 *a) {
    for (int c = 0; c < 2; c++) fp8_reduce(&a->c[c], &a->c[c]);
}

static void mul(struct fp12_8 *r, const struct fp12_8 *a, const struct fp12_8 *b) {
    fp12_8_mul(r, a, b);
    reduce(r);
}

static void power_x(struct fp12_8 *r, const struct fp12_8 *a) {
    fp12_8_cyclotomic_pow_x(r, a);
    fp12_8_conj(r, r);
}

static void easy_part(struct fp12_8 *r, struct fp12_8 *f) {
    struct fp12_8 t, inverse;
    fp12 scalar;
    fp12_8_to(&scalar, f);
    fp12_inv(&scalar, &scalar);
    fp12_8_from(&inverse, &scalar);
    reduce(f);
    fp12_8_conj(&t, f);
    mul(&t, &t, &inverse);
    fp12_8_frobenius(&inverse, &t, 2);
    mul(r, &t, &inverse);
}

static void exponentiate(struct fp12_8 *r, struct fp12_8 *f) {
    struct fp12_8 m, a, b, t;
    easy_part(&m, f);
    fp12_8_conj(&t, &m);
    power_x(&a, &m);
    mul(&a, &a, &t); /* m^(x-1) */
    fp12_8_conj(&t, &a);
    power_x(&b, &a);
    mul(&b, &b, &t); /* m^((x-1)^2) */
    power_x(&a, &b);
    fp12_8_frobenius(&t, &b, 1);
    mul(&a, &a, &t); /* that to the x + p */
    power_x(&t, &a);
    power_x(&b, &t);
    fp12_8_frobenius(&t, &a, 2);
    mul(&b, &b, &t);
    fp12_8_conj(&t, &a);
    mul(&b, &b, &t); /* that to the x^2 + p^2 - 1 */
    fp12_8_cyclotomic_sqr(&t, &m);
    mul(&t, &t, &m);
    mul(r, &b, &t);
}

void pairing_lanes_final_exponentiation(fp12 *r, const fp12 *f) {
    struct fp12_8 t;
    fp12_8_from(&t, f);
    exponentiate(&t, &t);
    fp12_8_to(r, &t);
}

bool pairing_lanes_product_is_one(const g1_affine *p, const struct g2_prepared *const *q, size_t n) {
    struct fp12_8 f;
    fp12 result;
    loops(&f, p, q, n);
    exponentiate(&f, &f);
    fp12_8_to(&result, &f);
    return fp12_is_one(&result);
}
