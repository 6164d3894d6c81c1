#include "kzg/setup.h"

#include "curve/encoding.h"
#include "curve/msm.h"
#include "curve/pairing.h"
#include "kzg/challenge.h"

#define N          FIELD_ELEMENTS_PER_BLOB
#define CELL       FIELD_ELEMENTS_PER_CELL
#define BLOB_BITS  (__builtin_ctz(N))
#define CELLS_BITS (__builtin_ctz(CELLS_PER_EXT_BLOB))

static status_code fault(struct setup_fault *ret, status_argument argument, uint64_t index, status_code status) {
    *ret = (struct setup_fault){argument, index};
    return status;
}

/* ---- Decoding ---- */

status_code setup_decode(struct setup_points *setup, const uint8_t *g1_monomial, const uint8_t *g1_lagrange,
                         const uint8_t *g2_monomial, struct setup_fault *ret_fault) {
    status_code status;
    for (size_t i = 0; i < N; i++) {
        status = g1_decode(&setup->monomial[i], g1_monomial + 48 * i);
        if (status != ST_OK) return fault(ret_fault, ARG_G1_MONOMIAL, i, status);
    }
    for (size_t i = 0; i < N; i++) {
        status = g1_decode(&setup->lagrange[bit_reverse(i, BLOB_BITS)], g1_lagrange + 48 * i);
        if (status != ST_OK) return fault(ret_fault, ARG_G1_LAGRANGE, i, status);
    }
    for (size_t i = 0; i < SETUP_G2_POINTS; i++) {
        status = g2_decode(&setup->g2[i], g2_monomial + 96 * i);
        if (status != ST_OK) return fault(ret_fault, ARG_G2_MONOMIAL, i, status);
    }
    return ST_OK;
}

void setup_digest(uint8_t out[32], const struct setup_points *setup) {
    struct sha256_stream hash;
    uint8_t bytes[96];
    sha256_start(&hash);
    for (size_t i = 0; i < N; i++) {
        g1_compress(bytes, &setup->monomial[i]);
        sha256_add(&hash, bytes, 48);
    }
    for (size_t i = 0; i < N; i++) {
        g1_compress(bytes, &setup->lagrange[bit_reverse(i, BLOB_BITS)]);
        sha256_add(&hash, bytes, 48);
    }
    for (size_t i = 0; i < SETUP_G2_POINTS; i++) {
        g2_compress(bytes, &setup->g2[i]);
        sha256_add(&hash, bytes, 96);
    }
    sha256_finish(out, &hash);
}

/* ---- Consistency ---- */

/* Weights that nobody could know before choosing the points, and working memory. */
struct check {
    const struct setup_points *setup;
    const struct domain *domain;
    struct arena *arena;
    fr *weights;                  /* N random ones */
    fr *transformed;              /* N */
    struct g2_prepared *prepared; /* 2 */
};

size_t setup_check_scratch_bytes(void) {
    return 2 * arena_size(sizeof(fr) * N) + arena_size(sizeof(struct g2_prepared) * 2) + g1_msm_scratch_bytes(N);
}

static void random_weights(fr *weights, const struct setup_points *setup) {
    uint8_t seed[40] = {0}, digest[32];
    setup_digest(seed, setup);
    for (size_t i = 0; i < N; i++) {
        seed[32] = (uint8_t)i;
        seed[33] = (uint8_t)(i >> 8);
        sha256(digest, seed, sizeof seed);
        fr_from_be_reduced(&weights[i], digest);
    }
}

/* e(p0, q0) = e(p1, q1)? */
static bool pairings_equal(const struct check *c, const g1 *p0, const g2_affine *q0, const g1 *p1,
                           const g2_affine *q1) {
    g1_affine p[2];
    g1_to_affine(&p[0], p0);
    g1_to_affine(&p[1], p1);
    g1_affine_neg(&p[1], &p[1]);
    g2_prepare(&c->prepared[0], q0);
    g2_prepare(&c->prepared[1], q1);
    const struct g2_prepared *q[2] = {&c->prepared[0], &c->prepared[1]};
    return pairing_product_is_one(p, q, 2);
}

/* A prefix check says whether the first n of something are in order; it is true for a good setup with n = all. */
typedef bool prefix_check(const struct check *c, size_t n);

/* monomial[i + 1] = tau monomial[i] for i < n. */
static bool monomial_prefix(const struct check *c, size_t n) {
    g1 low, high;
    g1_msm(&low, c->setup->monomial, c->weights, n, c->arena);
    g1_msm(&high, c->setup->monomial + 1, c->weights, n, c->arena);
    return pairings_equal(c, &high, &c->setup->g2[0], &low, &c->setup->g2[1]);
}

static void g2_sum(g2_affine *r, const g2_affine *points, const fr *weights, size_t n) {
    g2 sum, t;
    g2_set_infinity(&sum);
    for (size_t i = 0; i < n; i++) {
        uint64_t k[4];
        fr_to_plain(k, &weights[i]);
        g2_mul_plain(&t, &points[i], k);
        g2_add(&sum, &sum, &t);
    }
    g2_to_affine(r, &sum);
}

/* g2[i + 1] = tau g2[i] for i < n. */
static bool g2_prefix(const struct check *c, size_t n) {
    g2_affine low, high;
    g1 one, tau;
    g2_sum(&low, c->setup->g2, c->weights, n);
    g2_sum(&high, c->setup->g2 + 1, c->weights, n);
    g1_from_affine(&one, &c->setup->monomial[0]);
    g1_from_affine(&tau, &c->setup->monomial[1]);
    return pairings_equal(c, &one, &high, &tau, &low);
}

/* The first n Lagrange points in natural order are what the monomial form says: the polynomial with random values at
 * their places, zero elsewhere, at tau both ways. */
static bool lagrange_prefix(const struct check *c, size_t n) {
    g1 by_values, by_coefficients;
    fr n_inv;
    for (size_t i = 0; i < N; i++) {
        if (bit_reverse(i, BLOB_BITS) < n)
            c->transformed[i] = c->weights[i];
        else
            fr_set_zero(&c->transformed[i]);
    }
    g1_msm(&by_values, c->setup->lagrange, c->transformed, N, c->arena);
    fr_transform_inverse(c->transformed, N, 0, c->domain);
    fr_from_u64(&n_inv, N);
    fr_inv(&n_inv, &n_inv);
    for (size_t i = 0; i < N; i++) fr_mul(&c->transformed[i], &c->transformed[i], &n_inv);
    g1_msm(&by_coefficients, c->setup->monomial, c->transformed, N, c->arena);
    return g1_equal(&by_values, &by_coefficients);
}

/* Of n things that are not all in order, the first that is not. */
static size_t first_fault(const struct check *c, prefix_check *in_order, size_t n) {
    size_t good = 0, bad = n; /* prefixes of these lengths */
    while (bad - good > 1) {
        size_t middle = good + (bad - good) / 2;
        if (in_order(c, middle))
            good = middle;
        else
            bad = middle;
    }
    return good;
}

static status_code check_finite(const struct setup_points *setup, struct setup_fault *ret_fault) {
    for (size_t i = 0; i < N; i++) {
        if (g1_affine_is_infinity(&setup->monomial[i]))
            return fault(ret_fault, ARG_G1_MONOMIAL, i, ST_SETUP_INCONSISTENT);
    }
    for (size_t i = 0; i < N; i++) {
        if (g1_affine_is_infinity(&setup->lagrange[bit_reverse(i, BLOB_BITS)]))
            return fault(ret_fault, ARG_G1_LAGRANGE, i, ST_SETUP_INCONSISTENT);
    }
    for (size_t i = 0; i < SETUP_G2_POINTS; i++) {
        if (g2_affine_is_infinity(&setup->g2[i])) return fault(ret_fault, ARG_G2_MONOMIAL, i, ST_SETUP_INCONSISTENT);
    }
    return ST_OK;
}

/* Is every random combination that the setup needs right? */
static status_code check_powers(const struct check *c, struct setup_fault *ret_fault) {
    const status_code wrong = ST_SETUP_INCONSISTENT;
    if (!g1_affine_equal(&c->setup->monomial[0], &G1_GENERATOR)) return fault(ret_fault, ARG_G1_MONOMIAL, 0, wrong);
    if (!g2_affine_equal(&c->setup->g2[0], &G2_GENERATOR)) return fault(ret_fault, ARG_G2_MONOMIAL, 0, wrong);
    if (!monomial_prefix(c, N - 1))
        return fault(ret_fault, ARG_G1_MONOMIAL, first_fault(c, monomial_prefix, N - 1) + 1, wrong);
    if (!g2_prefix(c, SETUP_G2_POINTS - 1))
        return fault(ret_fault, ARG_G2_MONOMIAL, first_fault(c, g2_prefix, SETUP_G2_POINTS - 1) + 1, wrong);
    if (!lagrange_prefix(c, N)) return fault(ret_fault, ARG_G1_LAGRANGE, first_fault(c, lagrange_prefix, N), wrong);
    return ST_OK;
}

status_code setup_check(const struct setup_points *setup, const struct domain *domain, struct setup_fault *ret_fault,
                        struct arena *arena) {
    status_code status = check_finite(setup, ret_fault);
    if (status != ST_OK) return status;
    size_t mark = arena->used;
    struct check c = {
        .setup = setup,
        .domain = domain,
        .arena = arena,
        .weights = ARENA_ARRAY(arena, fr, N),
        .transformed = ARENA_ARRAY(arena, fr, N),
        .prepared = ARENA_ARRAY(arena, struct g2_prepared, 2),
    };
    random_weights(c.weights, setup);
    status = check_powers(&c, ret_fault);
    arena_release(arena, mark);
    return status;
}

/* ---- FK20's bases ---- */

size_t setup_cell_points_scratch_bytes(void) {
    return arena_size(sizeof(g1) * CELLS_PER_EXT_BLOB) + arena_size(sizeof(g1_affine) * CELLS_PER_EXT_BLOB) +
           arena_size(sizeof(fp) * CELLS_PER_EXT_BLOB) + g1_transform_scratch_bytes();
}

void setup_cell_points(struct setup_points *setup, const struct domain *domain, struct arena *arena) {
    size_t mark = arena->used;
    g1 *v = ARENA_ARRAY(arena, g1, CELLS_PER_EXT_BLOB);
    g1_affine *affine = ARENA_ARRAY(arena, g1_affine, CELLS_PER_EXT_BLOB);
    fp *scratch = ARENA_ARRAY(arena, fp, CELLS_PER_EXT_BLOB);
    for (size_t i = 0; i < CELL; i++) {
        for (size_t j = 0; j < CELLS_PER_BLOB - 1; j++)
            g1_from_affine(&v[j], &setup->monomial[N - 1 - CELL - i - CELL * j]);
        g1_set_infinity(&v[CELLS_PER_BLOB - 1]);
        g1_transform(v, domain, arena);
        g1_to_affine_batch(affine, v, CELLS_PER_EXT_BLOB, scratch);
        for (size_t k = 0; k < CELLS_PER_EXT_BLOB; k++)
            setup->cells[bit_reverse(k, CELLS_BITS) * CELL + i] = affine[k];
    }
    arena_release(arena, mark);
}
