/* A blob in evaluation form, read from its bytes as plain integers: nothing that is done with it here needs another
 * form. */
#include "kzg/ifma/tree8.h"

#define N      FIELD_ELEMENTS_PER_BLOB
#define BLOCKS (N / LANES_BLOCK)
#define STRIDE (32 * FR8_LANES) /* bytes between the lanes of a vector in leaf order */

size_t lanes_canonical(const uint8_t *bytes, size_t n) {
    for (size_t i = 0; i < n; i += FR8_LANES) {
        fr8 t;
        unsigned below = fr8_load_be(&t, bytes + 32 * i, 32);
        if (below != 0xff) return i + (size_t)__builtin_ctz(~below);
    }
    return n;
}

size_t lanes_decode(fr *r, const uint8_t *bytes, size_t n) {
    fr8 factor;
    fr8_set(&factor, FR8_PLAIN_TO_FR);
    for (size_t i = 0; i < n; i += FR8_LANES) {
        fr8 t;
        unsigned below = fr8_load_be(&t, bytes + 32 * i, 32);
        fr8_mul(&t, &t, &factor);
        fr8_store(r + i, 1, &t);
        if (below != 0xff) return i + (size_t)__builtin_ctz(~below);
    }
    return n;
}

/* The block's vectors in leaf order. */
static void load_block(fr8 v[8], const uint8_t *bytes) {
    for (size_t i = 0; i < 8; i++) {
        (void)fr8_load_be(&v[i], bytes + 32 * i, STRIDE);
        FR8_SET_BOUNDS(&v[i], 1, 1); /* canonical, says the caller */
    }
}

/* ---- Evaluation ---- */

/* What the factors of three depths are made of: z^L over the leaves and at the top, and 1/i. */
struct factors {
    fr8 leaves, top, i_inv;
};

/* Twice the value of a node from its children u and v: (u + v) + (u - v) z^L / s (kzg/polynomial.c). u and v are
 * below 10 r; the result below 23 r. */
FR8_INLINE void join_two(fr8 *r, const fr8 *u, const fr8 *v, const fr8 *power,
                         const uint64_t root_inv[FR8_LIMBS][FR8_LANES]) {
    fr8 factor, difference, sum;
    tree8_root(&factor, root_inv);
    fr8_mul(&factor, &factor, power);
    fr8_sub(&difference, u, v, 10);
    fr8_add_loose(&sum, u, v);
    fr8_mul_loose(&difference, &difference, &factor);
    fr8_add(r, &sum, &difference);
}

/* Two depths at once: four times the value of a node whose grandchildren are v[0] to v[3]. With t = z^L / s, of which
 * the second child has t / i and the node itself t^2, it is
 *     (v0 + v1 + v2 + v3) + (v0 - v1 + w) t + (v0 + v1 - v2 - v3) t^2 + (v0 - v1 - w) t^3,   w = (v2 - v3) / i:
 * five products, where one node after the other takes six. The v are below 2r; the result below 10r. */
FR8_INLINE void join_four(fr8 *r, const fr8 v[4], const fr8 *power, const fr8 *i_inv,
                          const uint64_t root_inv[FR8_LIMBS][FR8_LANES]) {
    fr8 t, w, first, second, odd, c, sum;
    tree8_root(&t, root_inv);
    fr8_mul(&t, &t, power);
    fr8_sub(&w, &v[2], &v[3], 2);
    fr8_mul_loose(&w, &w, i_inv);
    fr8_add_loose(&first, &v[0], &v[1]);
    fr8_add_loose(&second, &v[2], &v[3]);
    fr8_sub_loose(&odd, &v[0], &v[1], 2);
    fr8_sub(&sum, &odd, &w, 2);
    fr8_mul_loose(&sum, &sum, &t);
    fr8_sub_loose(&c, &first, &second, 4);
    fr8_add(&sum, &sum, &c);
    fr8_mul_loose(&sum, &sum, &t);
    fr8_add_loose(&c, &odd, &w);
    fr8_add(&sum, &sum, &c);
    fr8_mul_loose(&sum, &sum, &t);
    fr8_add_loose(&c, &first, &second);
    fr8_add(r, &sum, &c);
}

/* The three depths above the leaves of a block: its eight nodes' values, times 8, in the lanes of one vector, below
 * 2r. */
static void join_block(fr8 *r, const fr8 v[8], const struct factors *z,
                       const uint64_t roots[7][FR8_LIMBS][FR8_LANES]) {
    fr8 u[2];
    for (int k = 0; k < 2; k++) join_four(&u[k], v + 4 * k, &z->leaves, &z->i_inv, roots[3 + 2 * k]);
    join_two(&u[0], &u[0], &u[1], &z->top, roots[0]);
    fr8_fold(r, &u[0]);
}

/* Those of the next three depths; *power, z^(2^i) at the first of them, goes on to the one after them. */
static void factors_next(struct factors *r, fr *power) {
    tree8_broadcast(&r->leaves, power);
    fr_sqr(power, power);
    fr_sqr(power, power);
    tree8_broadcast(&r->top, power);
    fr_sqr(power, power);
}

/* Elements in natural order, vectors of them: eight vectors in leaf order become one, in natural order. */
static void join_blocks(fr8 *v, size_t vectors, const struct factors *z, const struct lanes_roots *inverses) {
    for (size_t b = 0; b < vectors / 8; b++) {
        fr8_transpose(v + 8 * b);
        join_block(&v[b], v + 8 * b, z, inverses->leaf[b]);
    }
}

/* The last eight values, in scalar arithmetic. */
static void join_last(fr *y, fr v[8], fr *power, const struct domain *domain) {
    for (size_t nodes = 4; nodes > 0; nodes /= 2) {
        for (size_t j = 0; j < nodes; j++) {
            fr difference, factor, sum;
            fr_sub(&difference, &v[2 * j], &v[2 * j + 1]);
            fr_add(&sum, &v[2 * j], &v[2 * j + 1]);
            fr_mul(&factor, power, &domain->root_inv[j]);
            fr_mul(&difference, &difference, &factor);
            fr_add(&v[j], &sum, &difference);
        }
        fr_sqr(power, power);
    }
    *y = v[0];
}

void lanes_evaluate(fr *y, const uint8_t *blob, const fr *z, const struct domain *domain, void *scratch) {
    fr8 *v = scratch, block[8];
    struct factors factors;
    fr power = *z, last[8];
    tree8_broadcast(&factors.i_inv, &domain->root_inv[1]);
    factors_next(&factors, &power);
    for (size_t b = 0; b < BLOCKS; b++) {
        load_block(block, blob + 32 * LANES_BLOCK * b);
        join_block(&v[b], block, &factors, domain->lanes_inv.leaf[b]);
    }
    for (size_t vectors = BLOCKS; vectors > 1; vectors /= 8) {
        factors_next(&factors, &power);
        join_blocks(v, vectors, &factors, &domain->lanes_inv);
    }
    fr8_store(last, 1, v);
    join_last(y, last, &power, domain);
    /* Plain, and times N: both go with one factor, 1/N times 2^256 twice. */
    fr factor;
    fr_mul(&factor, &domain->blob_inv, &FR_R2);
    fr_mul(y, y, &factor);
}

/* ---- Quotient ---- */

/* z^(2^i) over the nodes of three depths in turn. */
struct powers {
    fr8 v[3];
};

/* 1/(z^L - c) for a node gives its children: (z^(L/2) + s) and (z^(L/2) - s) times it. The three depths above the
 * leaves of a block, from the nodes in the lanes of a vector to its eight vectors in leaf order; all below 2r. */
static void split_block(fr8 v[8], const fr8 *nodes, const struct powers *z,
                        const uint64_t roots[7][FR8_LIMBS][FR8_LANES]) {
    v[0] = *nodes;
    for (int depth = 0; depth < 3; depth++) {
        int count = 1 << depth;
        for (int k = count - 1; k >= 0; k--) {
            fr8 s, plus, minus, parent = v[k];
            tree8_root(&s, roots[count - 1 + k]);
            fr8_add(&plus, &z->v[depth], &s);
            fr8_sub(&minus, &z->v[depth], &s, 1);
            fr8_mul(&v[2 * k], &plus, &parent);
            fr8_mul(&v[2 * k + 1], &minus, &parent);
        }
    }
}

/* The first three depths, in scalar arithmetic: r[0] holds 1/(z^N - 1), powers[d] is z^(N / 2^(d+1)). */
static void split_first(fr r[8], const fr *powers, const struct domain *domain) {
    for (size_t depth = 0; depth < 3; depth++) {
        for (size_t k = (size_t)1 << depth; k-- > 0;) {
            fr plus, minus, parent = r[k];
            fr_add(&plus, &powers[depth], &domain->root[k]);
            fr_sub(&minus, &powers[depth], &domain->root[k]);
            fr_mul(&r[2 * k], &plus, &parent);
            fr_mul(&r[2 * k + 1], &minus, &parent);
        }
    }
}

/* One step down the tree by three depths, from vectors in natural order to eight times as many. From the last, so
 * that nothing is written over before it is read. */
static void split_blocks(fr8 *v, size_t vectors, const struct powers *z, const struct lanes_roots *roots) {
    for (size_t b = vectors; b-- > 0;) {
        fr8 block[8];
        split_block(block, &v[b], z, roots->leaf[b]);
        fr8_transpose(block);
        for (size_t i = 0; i < 8; i++) v[8 * b + i] = block[i];
    }
}

/* q = (y - p) / (z - w), where y and p are plain and 1/(z - w) times 2^516: so q is as fr has it. */
static void quotient_block(fr *q, const uint8_t *bytes, const fr8 *y, const fr8 nodes_inv[8]) {
    for (size_t i = 0; i < 8; i++) {
        fr8 t;
        (void)fr8_load_be(&t, bytes + 32 * i, STRIDE);
        FR8_SET_BOUNDS(&t, 1, 1);
        fr8_sub(&t, y, &t, 1);
        fr8_mul(&t, &t, &nodes_inv[i]);
        fr8_store(q + i, FR8_LANES, &t);
    }
}

static void plain_broadcast(fr8 *r, const fr *a) {
    fr8 leave;
    tree8_broadcast(r, a);
    fr8_set_zero(&leave);
    leave.l[0] = fr8_word(1);
    fr8_mul(r, r, &leave);
    fr8_canonical(r, r);
}

bool lanes_quotient(fr *q, const uint8_t *blob, const fr *z, const fr *y, const struct domain *domain,
                    void *scratch) {
    fr8 *v = scratch, plain_y, block[8];
    enum { DEPTHS = __builtin_ctz(N) };
    fr powers[DEPTHS], top[8], two_516; /* powers[d] = z^(N / 2^(d+1)) */
    struct powers p;
    powers[DEPTHS - 1] = *z;
    for (int d = DEPTHS - 1; d > 0; d--) fr_sqr(&powers[d - 1], &powers[d]);
    fr_sqr(&top[0], &powers[0]);
    fr_sub(&top[0], &top[0], &FR_ONE);
    if (fr_is_zero(&top[0])) return false;
    fr_inv(&top[0], &top[0]);
    /* fr times 2^256 twice and 2^4: 2^516 as an integer. */
    fr_from_u64(&two_516, 16);
    fr_mul(&two_516, &two_516, &FR_R2);
    fr_mul(&top[0], &top[0], &two_516);
    split_first(top, powers, domain);
    fr8_load(v, top, 1);
    size_t vectors = 1;
    for (int d = 3; d < DEPTHS - 3; d += 3, vectors *= 8) {
        for (int i = 0; i < 3; i++) tree8_broadcast(&p.v[i], &powers[d + i]);
        split_blocks(v, vectors, &p, &domain->lanes);
    }
    for (int i = 0; i < 3; i++) tree8_broadcast(&p.v[i], &powers[DEPTHS - 3 + i]);
    plain_broadcast(&plain_y, y);
    for (size_t b = 0; b < BLOCKS; b++) {
        split_block(block, &v[b], &p, domain->lanes.leaf[b]);
        quotient_block(q + LANES_BLOCK * b, blob + 32 * LANES_BLOCK * b, &plain_y, block);
    }
    return true;
}

/* ---- Extension ---- */

/* v[i] times factor, tight and below 2r. */
static void scale(fr8 *v, size_t vectors, const fr *factor) {
    fr8 f, t;
    tree8_broadcast(&f, factor);
    for (size_t i = 0; i < vectors; i++) {
        fr8_carry(&t, &v[i]);
        fr8_mul(&v[i], &t, &f);
    }
}

static void store_coefficients(fr *coefficients, const fr8 *v) {
    fr8 factor, t;
    fr8_set(&factor, FR8_PLAIN_TO_FR);
    for (size_t i = 0; i < N / FR8_LANES; i++) {
        fr8_mul(&t, &v[i], &factor);
        fr8_store(coefficients + FR8_LANES * i, 1, &t);
    }
}

/* Coefficients to the values of the half of the cells below node, 0 or 1, as bytes. v is destroyed. */
static void evaluate_half(uint8_t *half, fr8 *v, size_t node, const struct domain *domain) {
    fr8 t;
    tree8_down(v, N, node, &domain->lanes);
    for (size_t b = 0; b < BLOCKS; b++) {
        for (size_t i = 0; i < 8; i++) {
            fr8_carry(&t, &v[8 * b + i]);
            fr8_store_be(half + 32 * (LANES_BLOCK * b + i), STRIDE, &t);
        }
    }
}

void lanes_extend(uint8_t *second_half, fr *coefficients, const uint8_t *blob, const struct domain *domain,
                  void *scratch) {
    fr8 *v = scratch;
    for (size_t b = 0; b < BLOCKS; b++) load_block(v + 8 * b, blob + 32 * LANES_BLOCK * b);
    tree8_up(v, N, 0, &domain->lanes_inv);
    scale(v, N / FR8_LANES, &domain->blob_inv);
    if (coefficients != NULL) store_coefficients(coefficients, v);
    evaluate_half(second_half, v, 1, domain);
}

void lanes_evaluate_cells(uint8_t *cells, const fr *coefficients, const struct domain *domain, void *scratch) {
    fr8 *v = scratch, factor;
    fr8_set(&factor, FR8_FR_TO_PLAIN);
    for (size_t node = 0; node < 2; node++) {
        for (size_t i = 0; i < N / FR8_LANES; i++) {
            fr8_load(&v[i], coefficients + FR8_LANES * i, 1);
            fr8_mul(&v[i], &v[i], &factor);
        }
        evaluate_half(cells + 32 * N * node, v, node, domain);
    }
}
