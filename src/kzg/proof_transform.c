#include "kzg/proof_transform.h"

#include <string.h>

#include "base/assert.h"
#include "curve/g1_mul.h"
#include "field/fr.h"
#include "kzg/context.h"
#include "kzg/transform.h"

#define CELLS       CELLS_PER_EXT_BLOB
#define LENGTH      (CELLS / 2)  /* of the convolution */
#define HALVES      2            /* e * u for both halves of the sums */
#define M_MAX       (LENGTH / 4) /* coefficients of the largest polynomials in y */
#define POLYNOMIALS (2 * HALVES) /* P and Q of each */
#define POINTS_MAX  (2 * M_MAX - 1)

typedef struct g1_ref ref;

/* Halved sums, and results: of each half. */
struct halves {
    ref x[HALVES][LENGTH];
};

struct making {
    struct proof_transform *map;
    struct g1_draft draft;
    size_t product; /* numbers of the next block's first one */
};

static ref plus(struct making *m, ref x, ref y) {
    return g1_draft_sum(&m->draft, x, 0, y);
}

static ref minus(struct making *m, ref x, ref y) {
    return g1_draft_sum(&m->draft, x, 0, g1_ref_minus(y));
}

/* 2^shift x + y */
static ref shifted(struct making *m, ref x, int shift, ref y) {
    return g1_draft_sum(&m->draft, x, shift, y);
}

static ref is_minus(bool condition, ref x) {
    return condition ? g1_ref_minus(x) : x;
}

/* ---- Points ----
 *
 * Of a block with m coefficients: number 0 is y = 0, then come pairs y = 2^k, y = -2^k with k = first_power(m), ...
 * Where k is negative all that has to do with the point is multiplied by 2^(-k (m - 1)), which makes whole numbers of
 * it. */

static int first_power(size_t m) {
    return -(((int)m - 2) / 2);
}

static int pairs_of(size_t m) {
    return (int)m - 1;
}

static size_t points_of(size_t m) {
    return 2 * m - 1;
}

/* ---- Constants ---- */

static void fr_power_of_two(fr *r, int k) {
    fr two;
    fr_from_u64(&two, 2);
    if (k < 0) fr_inv(&two, &two);
    fr_pow_u64(r, &two, (uint64_t)(k < 0 ? -k : k));
}

/* e, by cyclic index. */
static void make_kernel(fr e[LENGTH]) {
    fr w, w_m, square, one, n;
    fr_set_one(&one);
    fr_from_u64(&n, LENGTH);
    fr_pow_u64(&w, &FR_ROOT_8192, 8192 / CELLS);
    fr_sqr(&square, &w);
    fr_inv(&w_m, &w);
    for (size_t i = 0; i < LENGTH; i++) {
        fr_sub(&e[i], &one, &w_m);
        fr_mul(&e[i], &e[i], &n);
        fr_inv(&e[i], &e[i]);
        fr_add(&e[i], &e[i], &e[i]);
        fr_mul(&w_m, &w_m, &square);
    }
}

/* K = e / (1 - x) modulo x^n + 1. K_i - K_(i-1) = e_i with K_(-1) = -K_(n-1), so 2 K_(n-1) = sum of e_i. */
static void divide_by_one_minus_x(fr *k, const fr *e, size_t n) {
    fr half, last;
    fr_power_of_two(&half, -1);
    fr_set_zero(&last);
    for (size_t i = 0; i < n; i++) fr_add(&last, &last, &e[i]);
    fr_mul(&last, &last, &half);
    fr_neg(&last, &last);
    for (size_t i = 0; i < n; i++) {
        fr_add(&k[i], &last, &e[i]);
        last = k[i];
    }
}

/* moments[d] = the coefficient of x^0 in y^d K modulo x^n + 1. */
static void make_moments(fr *moments, size_t count, fr *k, size_t n) {
    for (size_t d = 0; d < count; d++) {
        fr before, first = k[0];
        moments[d] = k[0];
        fr_neg(&before, &k[n - 1]);
        for (size_t i = 0; i < n; i++) {
            fr now = k[i], behind;
            if (i + 1 < n)
                behind = k[i + 1];
            else
                fr_neg(&behind, &first);
            fr_add(&k[i], &before, &behind);
            before = now;
        }
    }
}

/* k of the t-th point's 2^k or -2^k; 0 for y = 0. */
static int power_at(size_t t, size_t m) {
    return t == 0 ? 0 : first_power(m) + (int)(t - 1) / 2;
}

static void point_at(fr *y, size_t t, size_t m) {
    fr_power_of_two(y, power_at(t, m));
    if (t == 0) fr_set_zero(y);
    if (t != 0 && t % 2 == 0) fr_neg(y, y);
}

/* c[t] = the functional of K at the polynomial that is 1 at y_t and 0 at the other points, times the factor. */
static void make_weights(fr *c, const fr *moments, size_t m, const fr *factor) {
    size_t points = points_of(m);
    fr y[POINTS_MAX], all[POINTS_MAX + 1];
    fr_set_one(&all[0]);
    for (size_t t = 0; t < points; t++) { /* all = product of the x - y_t */
        point_at(&y[t], t, m);
        all[t + 1] = all[t];
        for (size_t i = t; i > 0; i--) {
            fr product;
            fr_mul(&product, &y[t], &all[i]);
            fr_sub(&all[i], &all[i - 1], &product);
        }
        fr_mul(&all[0], &all[0], &y[t]);
        fr_neg(&all[0], &all[0]);
    }
    for (size_t t = 0; t < points; t++) {
        fr quotient, value, scale;
        fr_set_zero(&quotient);
        fr_set_zero(&value);
        fr_set_zero(&c[t]);
        for (size_t i = points; i-- > 0;) { /* the quotient by x - y_t, from the top; its value at y_t */
            fr product;
            fr_mul(&quotient, &quotient, &y[t]);
            fr_add(&quotient, &quotient, &all[i + 1]);
            fr_mul(&value, &value, &y[t]);
            fr_add(&value, &value, &quotient);
            fr_mul(&product, &quotient, &moments[i]);
            fr_add(&c[t], &c[t], &product);
        }
        fr_inv(&value, &value);
        fr_mul(&c[t], &c[t], &value);
        int k = power_at(t, m);
        fr_power_of_two(&scale, k < 0 ? 2 * k * ((int)m - 1) : 0); /* once going in, once coming out */
        fr_mul(&c[t], &c[t], &scale);
        fr_mul(&c[t], &c[t], factor);
    }
}

/* Of the block modulo x^n + 1, n = 2 m, whose part of e is given; factor is its share in the remainders' joining. */
static void make_constants(fr *c, const fr *e, size_t m, const fr *factor) {
    fr k[2 * M_MAX], moments[POINTS_MAX], half;
    divide_by_one_minus_x(k, e, 2 * m);
    make_moments(moments, points_of(m), k, 2 * m);
    fr_power_of_two(&half, -1); /* x^b + x^-b has the coefficient twice */
    fr_mul(&half, &half, factor);
    make_weights(c, moments, m, &half);
}

/* ---- Going in ---- */

/* The product of that point with the constant. */
static void multiply(struct making *m, ref x, const fr *constant) {
    size_t i = m->map->products++;
    KZG_ASSERT(i < PROOF_PRODUCTS_MAX && x.point != G1_NO_POINT);
    fr *c = &m->map->constants[i];
    *c = *constant;
    if (x.minus) fr_neg(c, c);
    m->map->factors[i] = (ref){x.point, false};
}

/* x = P(y) + x Q(y): coefficients of the S_j with S_0 = 1, S_1 = y, S_(j+1) = y S_j - S_(j-1), for which x^j =
 * S_(j-1) x - S_(j-2). */
static void split(ref *p, ref *q, struct making *making, const ref *x, size_t m) {
    size_t n = 2 * m;
    for (size_t j = 1; j < m; j++) q[j - 1] = plus(making, x[j], x[n - j]);
    q[m - 1] = x[m];
    p[0] = m == 1 ? x[0] : minus(making, x[0], x[2]);
    for (size_t j = 1; j + 1 < m; j++) p[j] = g1_ref_minus(plus(making, x[j + 2], x[n - j]));
    if (m > 1) p[m - 1] = g1_ref_minus(x[m + 1]);
}

/* In place from coefficients of the S_j to those of powers of y: f = f_0 of f_j = a_j + y f_(j+1) - f_(j+2). */
static void to_powers(struct making *making, ref *a, size_t m) {
    ref f[3][M_MAX]; /* f_j in f[j % 3], with m - j coefficients */
    for (size_t j = m; j-- > 0;) {
        ref *now = f[j % 3];
        const ref *next = f[(j + 1) % 3], *after = f[(j + 2) % 3];
        for (size_t i = 0; i < m - j; i++) {
            now[i] = i == 0 ? a[j] : next[i - 1];
            if (i + 2 < m - j) now[i] = minus(making, now[i], after[i]);
        }
    }
    memcpy(a, f[0], sizeof *a * m);
}

/* Every second coefficient, from the top or from the bottom, by Horner's rule at 4^k. */
static ref horner(struct making *making, const ref *coefficients, size_t count, int k, bool from_top) {
    ref r = coefficients[from_top ? 2 * (count - 1) : 0];
    for (size_t i = 1; i < count; i++)
        r = shifted(making, r, 2 * k, coefficients[2 * (from_top ? count - 1 - i : i)]);
    return r;
}

/* Values at 2^k and -2^k. */
static void evaluate(ref at[2], struct making *making, const ref *f, size_t m, int k) {
    bool small = k < 0;
    int size = small ? -k : k;
    ref even = horner(making, f, m / 2, size, !small), odd = horner(making, f + 1, m / 2, size, !small);
    if (small) {
        at[0] = shifted(making, even, size, odd);
        at[1] = shifted(making, even, size, g1_ref_minus(odd));
    } else {
        at[0] = shifted(making, odd, size, even);
        at[1] = shifted(making, g1_ref_minus(odd), size, even);
    }
}

/* Products of point t of polynomial i: number t POLYNOMIALS + i of the block's. */
static void block_in(struct making *making, const struct halves *x, size_t m, const fr *c) {
    ref f[POLYNOMIALS][M_MAX];
    for (size_t half = 0; half < HALVES; half++) {
        split(f[2 * half], f[2 * half + 1], making, x->x[half], m);
        to_powers(making, f[2 * half], m);
        to_powers(making, f[2 * half + 1], m);
    }
    for (size_t i = 0; i < POLYNOMIALS; i++) multiply(making, f[i][0], &c[0]);
    for (int pair = 0; pair < pairs_of(m); pair++) {
        ref at[POLYNOMIALS][2];
        for (size_t i = 0; i < POLYNOMIALS; i++) evaluate(at[i], making, f[i], m, first_power(m) + pair);
        for (size_t sign = 0; sign < 2; sign++) {
            for (size_t i = 0; i < POLYNOMIALS; i++) multiply(making, at[i][sign], &c[1 + 2 * (size_t)pair + sign]);
        }
    }
}

/* r = e modulo x^n - 1 or x^n + 1, from 2 n coefficients. */
static void fold_kernel(fr *r, const fr *e, size_t n, bool to_minus_one) {
    for (size_t i = 0; i < n; i++) {
        if (to_minus_one)
            fr_sub(&r[i], &e[i], &e[i + n]);
        else
            fr_add(&r[i], &e[i], &e[i + n]);
    }
}

/* Divided by ever smaller x^n - 1. */
static void going_in(struct making *making, struct halves *x) {
    fr e[LENGTH], factor, half;
    make_kernel(e);
    fr_set_one(&factor);
    fr_power_of_two(&half, -1);
    for (size_t n = LENGTH / 2; n > 0; n /= 2) {
        struct halves other;
        fr part[LENGTH / 2], c[POINTS_MAX];
        fr_mul(&factor, &factor, &half);
        fold_kernel(part, e, n, true);
        fold_kernel(e, e, n, false);
        for (size_t h = 0; h < HALVES; h++) {
            for (size_t i = 0; i < n; i++) {
                ref low = x->x[h][i], high = x->x[h][i + n];
                x->x[h][i] = plus(making, low, high);
                other.x[h][i] = minus(making, low, high);
            }
        }
        if (n > 1) {
            make_constants(c, part, n / 2, &factor);
            block_in(making, &other, n / 2, c);
            continue;
        }
        fr_mul(&c[0], &part[0], &factor);
        for (size_t h = 0; h < HALVES; h++) multiply(making, other.x[h][0], &c[0]);
    }
    fr_mul(&e[0], &e[0], &factor);
    for (size_t h = 0; h < HALVES; h++) multiply(making, x->x[h][0], &e[0]);
}

/* ---- Coming out ---- */

static ref product(size_t i) {
    return (ref){(uint16_t)(CELLS + i), false};
}

/* r[i] = sum over the pairs of 4^(k i) at[pair]; where k is negative, of 4^(-k (m / 2 - 1 - i)) at[pair]. */
static void sum_powers(ref *r, struct making *making, const ref *at, size_t m) {
    int pairs = pairs_of(m), first = first_power(m);
    size_t count = m / 2;
    for (size_t i = 0; i < count; i++) {
        int up = 2 * (int)i, down = 2 * (int)(count - 1 - i);
        ref large = at[pairs - 1], small = G1_NOTHING;
        for (int k = first + pairs - 2; k >= 0; k--) large = shifted(making, large, up, at[k - first]);
        for (int k = first; k < 0; k++) small = shifted(making, small, down, at[k - first]);
        r[i] = shifted(making, small, down, large);
    }
}

/* g[i] = sum over the points of y_t^i times the polynomial's product there. */
static void moments_of(ref *g, struct making *making, size_t polynomial, size_t m) {
    ref even[2 * M_MAX], odd[2 * M_MAX], sums[M_MAX];
    int first = first_power(m);
    size_t at = making->product + polynomial;
    for (int pair = 0; pair < pairs_of(m); pair++) {
        int k = first + pair;
        ref up = product(at + POLYNOMIALS * (size_t)(1 + 2 * pair));
        ref down = product(at + POLYNOMIALS * (size_t)(2 + 2 * pair));
        even[pair] = shifted(making, plus(making, up, down), k < 0 ? -k : 0, G1_NOTHING);
        odd[pair] = shifted(making, minus(making, up, down), k < 0 ? 0 : k, G1_NOTHING);
    }
    sum_powers(sums, making, even, m);
    for (size_t i = 0; i < m / 2; i++) g[2 * i] = sums[i];
    sum_powers(sums, making, odd, m);
    for (size_t i = 0; i < m / 2; i++) g[2 * i + 1] = sums[i];
    g[0] = plus(making, g[0], product(at));
}

/* z[b] for b < m, the coefficients of x^b in K P: sums of the products with C_b(y_t), C_b = x^b + 1 / x^b: C_0 = 2,
 * C_1 = y, C_(b+1) = y C_b - C_(b-1). */
static void coefficients_of(ref *z, struct making *making, size_t polynomial, size_t m) {
    ref f[3][M_MAX]; /* f[b % 3][i], i < m - b: with C_b(y_t) y_t^i; for b = 0 with half of it */
    if (m == 1) {
        z[0] = shifted(making, product(making->product + polynomial), 1, G1_NOTHING);
        return;
    }
    moments_of(f[0], making, polynomial, m);
    z[0] = shifted(making, f[0][0], 1, G1_NOTHING);
    for (size_t b = 1; b < m; b++) {
        ref *now = f[b % 3];
        const ref *last = f[(b + 2) % 3], *before = f[(b + 1) % 3];
        for (size_t i = 0; i < m - b; i++) {
            now[i] = last[i + 1];
            if (b > 1) now[i] = g1_ref_minus(shifted(making, before[i], b == 2 ? 1 : 0, g1_ref_minus(now[i])));
        }
        z[b] = now[0];
    }
}

/* The coefficient of x^i in an element that has those z, modulo x^(2m) + 1; i from -2 m on. */
static ref coefficient(const ref *z, int i, int m) {
    bool negative = i < 0;
    if (negative) i += 2 * m;
    if (i == m) return G1_NOTHING;
    return i < m ? is_minus(negative, z[i]) : is_minus(!negative, z[2 * m - i]);
}

/* y = (1 - x) (Z_P + x Z_Q) */
static void block_out(struct halves *y, struct making *making, size_t m) {
    for (size_t half = 0; half < HALVES; half++) {
        ref p[M_MAX], q[M_MAX];
        coefficients_of(p, making, 2 * half, m);
        coefficients_of(q, making, 2 * half + 1, m);
        for (int i = 0; i < 2 * (int)m; i++) {
            ref a = coefficient(p, i, (int)m), b = coefficient(q, i - 1, (int)m);
            ref c = coefficient(p, i - 1, (int)m), d = coefficient(q, i - 2, (int)m);
            ref outer = a.point == G1_NO_POINT ? g1_ref_minus(d) : minus(making, a, d);
            ref inner = b.point == G1_NO_POINT ? g1_ref_minus(c) : minus(making, b, c);
            y->x[half][i] = plus(making, outer, inner);
        }
    }
    making->product += POLYNOMIALS * points_of(m);
}

/* Joined again: from the remainders u modulo x^n - 1 and t modulo x^n + 1, halved by their constants. */
static void coming_out(struct halves *u, struct making *making) {
    struct halves parts[16];
    size_t levels = 0;
    for (size_t n = LENGTH / 2; n > 0; n /= 2, levels++) {
        struct halves *part = &parts[levels];
        if (n > 1) {
            block_out(part, making, n / 2);
            continue;
        }
        for (size_t h = 0; h < HALVES; h++) part->x[h][0] = product(making->product++);
    }
    for (size_t h = 0; h < HALVES; h++) u->x[h][0] = product(making->product++);
    for (size_t n = 1; n < LENGTH; n *= 2) {
        const struct halves *part = &parts[--levels];
        for (size_t h = 0; h < HALVES; h++) {
            for (size_t i = 0; i < n; i++) {
                ref low = u->x[h][i];
                u->x[h][i] = plus(making, low, part->x[h][i]);
                u->x[h][i + n] = minus(making, low, part->x[h][i]);
            }
        }
    }
}

/* ---- All of it ---- */

size_t proof_transform_init_scratch_bytes(void) {
    return arena_size(sizeof(struct making)) + g1_draft_end_scratch_bytes();
}

void proof_transform_init(struct proof_transform *map, struct arena *arena) {
    size_t mark = arena->used;
    struct making *making = ARENA_ARRAY(arena, struct making, 1);
    struct halves x;
    *making = (struct making){.map = map};
    map->products = 0;
    /* Half 0, for the proofs at even places, takes the sums at odd ones. */
    for (size_t i = 0; i < LENGTH; i++) {
        x.x[0][i] = (ref){(uint16_t)(2 * i + 1), false};
        x.x[1][i] = (ref){(uint16_t)(2 * i), false};
    }
    g1_draft_begin(&making->draft, &map->before, CELLS);
    going_in(making, &x);
    g1_draft_end(&making->draft, arena);
    g1_draft_begin(&making->draft, &map->after, CELLS + (size_t)map->products);
    coming_out(&x, making);
    KZG_ASSERT(making->product == map->products);
    for (size_t cell = 0; cell < CELLS; cell++) {
        size_t j = bit_reverse(cell, __builtin_ctz(CELLS));
        /* Of the odd places the kernel is the same, one further: 2 (i - b) + 1 = 2 (i + 1 - b) - 1. */
        ref convolved = j % 2 == 0 ? x.x[0][j / 2] : x.x[1][(j / 2 + 1) % LENGTH];
        map->proofs[cell] = plus(making, (ref){(uint16_t)j, false}, convolved);
    }
    g1_draft_end(&making->draft, arena);
    arena_release(arena, mark);
}

/* What is multiplied, in parts of whole groups of PRODUCTS, which take as long in lanes as one product. */
#define PRODUCTS 16

struct products {
    g1 *r;
    const g1_affine *factors;
    const fr *constants;
    size_t n, parts, bytes;
    uint8_t *memory;
};

static size_t groups_of(size_t products) {
    return (products + PRODUCTS - 1) / PRODUCTS;
}

static size_t part_bytes(size_t products, size_t parts) {
    return g1_mul_batch_scratch_bytes((groups_of(products) + parts - 1) / parts * PRODUCTS);
}

static void multiply_part(void *argument, size_t part) {
    const struct products *p = argument;
    size_t groups = groups_of(p->n), first = part_start(groups, p->parts, part) * PRODUCTS,
           end = part_start(groups, p->parts, part + 1) * PRODUCTS;
    struct arena arena;
    if (end > p->n) end = p->n;
    arena_init(&arena, p->memory + p->bytes * part, p->bytes);
    g1_mul_batch(p->r + first, p->factors + first, p->constants + first, end - first, &arena);
}

static void multiply_all(const kzg_ctx *ctx, struct products *p, struct arena *arena) {
    size_t mark = arena->used;
    p->parts = split_count(ctx, groups_of(p->n));
    p->bytes = part_bytes(p->n, p->parts);
    p->memory = arena_take(arena, p->bytes * p->parts);
    run_tasks(ctx, p->parts, multiply_part, p);
    arena_release(arena, mark);
}

size_t proof_transform_scratch_bytes(const kzg_ctx *ctx, const struct proof_transform *map) {
    size_t n = map->products, parts = split_count(ctx, groups_of(n));
    return arena_size(sizeof(g1) * (CELLS + n)) + arena_size(sizeof(g1) * arena_larger(n, CELLS)) +
           arena_size(sizeof(g1_affine) * n) + arena_size(sizeof(fp) * arena_larger(n, CELLS)) +
           arena_larger(
               arena_size(parts * part_bytes(n, parts)),
               arena_larger(g1_program_run_scratch_bytes(&map->before), g1_program_run_scratch_bytes(&map->after)));
}

void proof_transform_run(const kzg_ctx *ctx, g1_affine proofs[CELLS_PER_EXT_BLOB],
                         const g1_affine sums[CELLS_PER_EXT_BLOB], const struct proof_transform *map,
                         struct arena *arena) {
    size_t mark = arena->used, n = map->products;
    g1 *inputs = ARENA_ARRAY(arena, g1, CELLS + n), *out = ARENA_ARRAY(arena, g1, arena_larger(n, CELLS));
    g1_affine *factors = ARENA_ARRAY(arena, g1_affine, n);
    fp *scratch = ARENA_ARRAY(arena, fp, arena_larger(n, CELLS));
    struct products products = {.r = inputs + CELLS, .factors = factors, .constants = map->constants, .n = n};
    for (size_t i = 0; i < CELLS; i++) g1_from_affine(&inputs[i], &sums[i]);
    g1_program_run(out, map->factors, n, inputs, &map->before, arena);
    g1_to_affine_batch(factors, out, n, scratch);
    multiply_all(ctx, &products, arena);
    g1_program_run(out, map->proofs, CELLS, inputs, &map->after, arena);
    g1_to_affine_batch(proofs, out, CELLS, scratch);
    arena_release(arena, mark);
}
