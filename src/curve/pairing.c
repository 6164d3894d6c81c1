/* The twist is y^2 = x^3 + 4 xi with xi = w^6, so (x, y) stands for (x/w^2, y/w^3) on the curve. A line of slope m on
 * the twist through (x, y) has slope m/w there, and at P, times w^3 = v w,
 *   (m x - y) - m x_P v + y_P v w.
 * The factor w^3 is harmless: its square lies in Fp2, so the final exponentiation takes it to one. */
#include "curve/pairing.h"

#include "curve/constants.h"
#include "curve/lanes.h"

/* ---- Preparation ---- */

/* A point in homogeneous coordinates, (X/Z, Y/Z). */
struct projective {
    fp2 x, y, z;
};

/* A line times an unknown element of Fp2: constant + slope x_P v + scale y_P v w. */
struct scaled_line {
    fp2 constant, slope, scale;
};

/* T = 2 T and the tangent at T times 2 Y Z: m = 3 X^2 / (2 Y Z), and m x - y = (Y^2 - 3 b' Z^2) / (2 Y Z) by the
 * curve's equation. Source: C. Costello, T. Lange, M. Naehrig, "Faster pairing computations on curves with
 * high-degree twists" (2010). */
static void double_step(struct projective *t, struct scaled_line *line) {
    fp2 a, b, c, e, f, g, h, j;
    fp2_mul(&a, &t->x, &t->y);
    fp2_mul_fp(&a, &a, &FP_HALF);
    fp2_sqr(&b, &t->y);
    fp2_sqr(&c, &t->z);
    fp2_mul(&e, &c, &G2_B);
    fp2_dbl(&f, &e);
    fp2_add(&e, &e, &f); /* 3 b' Z^2 */
    fp2_dbl(&f, &e);
    fp2_add(&f, &f, &e); /* 9 b' Z^2 */
    fp2_add(&g, &b, &f);
    fp2_mul_fp(&g, &g, &FP_HALF);
    fp2_add(&h, &t->y, &t->z);
    fp2_sqr(&h, &h);
    fp2_sub(&h, &h, &b);
    fp2_sub(&h, &h, &c); /* 2 Y Z */
    fp2_sqr(&j, &t->x);

    fp2_sub(&line->constant, &b, &e);
    fp2_dbl(&line->slope, &j);
    fp2_add(&line->slope, &line->slope, &j);
    fp2_neg(&line->slope, &line->slope);
    line->scale = h;

    fp2_sub(&t->x, &b, &f);
    fp2_mul(&t->x, &t->x, &a);
    fp2_sqr(&g, &g);
    fp2_sqr(&e, &e);
    fp2_sub(&g, &g, &e);
    fp2_dbl(&e, &e);
    fp2_sub(&t->y, &g, &e); /* ((B + F)/2)^2 - 3 E^2 */
    fp2_mul(&t->z, &b, &h);
}

/* T = T + Q and the line through them times X - x_Q Z: m = theta / lambda with theta = Y - y_Q Z, lambda = X - x_Q Z,
 * taken at Q. */
static void add_step(struct projective *t, const g2_affine *q, struct scaled_line *line) {
    fp2 theta, lambda, d, e, f, g, h;
    fp2_mul(&theta, &q->y, &t->z);
    fp2_sub(&theta, &t->y, &theta);
    fp2_mul(&lambda, &q->x, &t->z);
    fp2_sub(&lambda, &t->x, &lambda);

    fp2_mul(&d, &theta, &q->x);
    fp2_mul(&e, &lambda, &q->y);
    fp2_sub(&line->constant, &d, &e);
    fp2_neg(&line->slope, &theta);
    line->scale = lambda;

    fp2_sqr(&d, &lambda);
    fp2_mul(&e, &d, &lambda);
    fp2_sqr(&f, &theta);
    fp2_mul(&f, &f, &t->z);
    fp2_mul(&g, &d, &t->x);
    fp2_add(&h, &e, &f);
    fp2_sub(&h, &h, &g);
    fp2_sub(&h, &h, &g);
    fp2_mul(&t->x, &lambda, &h);
    fp2_sub(&g, &g, &h);
    fp2_mul(&g, &g, &theta);
    fp2_mul(&d, &e, &t->y);
    fp2_sub(&t->y, &g, &d);
    fp2_mul(&t->z, &t->z, &e);
}

/* Divides each line by its scale, with one inversion. A scale is zero only for points outside the subgroup, whose
 * lines are of no use; one is taken instead so that the others stay right. */
static void normalise(struct pairing_line *r, struct scaled_line *lines) {
    fp2 before[PAIRING_LINES], product, inverse;
    fp2_set_one(&product);
    for (int i = 0; i < PAIRING_LINES; i++) {
        if (fp2_is_zero(&lines[i].scale)) fp2_set_one(&lines[i].scale);
        before[i] = product;
        fp2_mul(&product, &product, &lines[i].scale);
    }
    fp2_inv(&product, &product);
    for (int i = PAIRING_LINES; i-- > 0;) {
        fp2_mul(&inverse, &product, &before[i]);
        fp2_mul(&product, &product, &lines[i].scale);
        fp2_mul(&r[i].constant, &lines[i].constant, &inverse);
        fp2_mul(&r[i].slope, &lines[i].slope, &inverse);
    }
}

void g2_prepare(struct g2_prepared *r, const g2_affine *q) {
    r->infinity = g2_affine_is_infinity(q);
    if (r->infinity) {
        for (int i = 0; i < PAIRING_LINES; i++) r->lines[i] = (struct pairing_line){0};
        return;
    }
    struct scaled_line lines[PAIRING_LINES];
    struct projective t = {.x = q->x, .y = q->y};
    fp2_set_one(&t.z);
    int n = 0;
    for (int bit = 62; bit >= 0; bit--) {
        double_step(&t, &lines[n++]);
        if (BLS_X >> bit & 1) add_step(&t, q, &lines[n++]);
    }
    normalise(r->lines, lines);
}

/* ---- Miller loop ---- */

#define PAIRS_AT_ONCE 16

/* A finite pair. Its lines are divided by y_P as well, which lies in Fp. */
struct pair {
    fp x_over_y, one_over_y;
    const struct pairing_line *line; /* the next one */
};

static void start_pair(struct pair *r, const g1_affine *p, const struct g2_prepared *q) {
    fp_inv(&r->one_over_y, &p->y);
    fp_mul(&r->x_over_y, &p->x, &r->one_over_y);
    r->line = q->lines;
}

static void multiply_lines(fp12 *f, struct pair *pairs, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const struct pairing_line *line = pairs[i].line++;
        fp2 constant, slope;
        fp2_mul_fp(&constant, &line->constant, &pairs[i].one_over_y);
        fp2_mul_fp(&slope, &line->slope, &pairs[i].x_over_y);
        fp12_mul_monic_line(f, f, &constant, &slope);
    }
}

/* The loop for |x|. As x is negative, f_x = 1/f_|x| up to factors that the final exponentiation removes, and so is
 * the conjugate. */
static void miller_loop(fp12 *f, struct pair *pairs, size_t n) {
    fp12_set_one(f);
    for (int bit = 62; bit >= 0; bit--) {
        if (bit != 62) fp12_sqr(f, f);
        multiply_lines(f, pairs, n);
        if (BLS_X >> bit & 1) multiply_lines(f, pairs, n);
    }
    fp12_conj(f, f);
}

void pairing_miller_loop(fp12 *r, const g1_affine *p, const struct g2_prepared *const *q, size_t n) {
#if G1_LANES
    if (g1_lanes_usable()) {
        pairing_lanes_miller_loop(r, p, q, n);
        return;
    }
#endif
    struct pair pairs[PAIRS_AT_ONCE];
    fp12 product, part;
    fp12_set_one(&product);
    for (size_t i = 0; i < n;) {
        size_t finite = 0;
        for (; i < n && finite < PAIRS_AT_ONCE; i++) {
            if (g1_affine_is_infinity(&p[i]) || q[i]->infinity) continue;
            start_pair(&pairs[finite++], &p[i], q[i]);
        }
        if (finite == 0) break;
        miller_loop(&part, pairs, finite);
        fp12_mul(&product, &product, &part);
    }
    *r = product;
}

/* ---- Final exponentiation ---- */

/* r = a^x, x negative; in the cyclotomic subgroup the conjugate is the inverse. */
static void power_x(fp12 *r, const fp12 *a) {
    fp12_cyclotomic_pow_x(r, a);
    fp12_conj(r, r);
}

/* r = f^((p^6 - 1)(p^2 + 1)), which lies in the cyclotomic subgroup. */
static void easy_part(fp12 *r, const fp12 *f) {
    fp12 t, inverse;
    fp12_inv(&inverse, f);
    fp12_conj(&t, f);
    fp12_mul(&t, &t, &inverse);
    fp12_frobenius(&inverse, &t, 2);
    fp12_mul(r, &t, &inverse);
}

/* 3 (p^4 - p^2 + 1)/r = (x - 1)^2 (x + p)(x^2 + p^2 - 1) + 3. */
void pairing_final_exponentiation(fp12 *r, const fp12 *f) {
#if G1_LANES
    if (g1_lanes_usable()) {
        pairing_lanes_final_exponentiation(r, f);
        return;
    }
#endif
    fp12 m, a, b, t;
    easy_part(&m, f);
    fp12_conj(&t, &m);
    power_x(&a, &m);
    fp12_mul(&a, &a, &t); /* m^(x-1) */
    fp12_conj(&t, &a);
    power_x(&b, &a);
    fp12_mul(&b, &b, &t); /* m^((x-1)^2) */
    power_x(&a, &b);
    fp12_frobenius(&t, &b, 1);
    fp12_mul(&a, &a, &t); /* that to the x + p */
    power_x(&t, &a);
    power_x(&b, &t);
    fp12_frobenius(&t, &a, 2);
    fp12_mul(&b, &b, &t);
    fp12_conj(&t, &a);
    fp12_mul(&b, &b, &t); /* that to the x^2 + p^2 - 1 */
    fp12_cyclotomic_sqr(&t, &m);
    fp12_mul(&t, &t, &m);
    fp12_mul(r, &b, &t);
}

bool pairing_product_is_one(const g1_affine *p, const struct g2_prepared *const *q, size_t n) {
#if G1_LANES
    if (g1_lanes_usable()) return pairing_lanes_product_is_one(p, q, n);
#endif
    fp12 f;
    pairing_miller_loop(&f, p, q, n);
    pairing_final_exponentiation(&f, &f);
    return fp12_is_one(&f);
}
