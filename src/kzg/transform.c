#include "kzg/transform.h"

#include "curve/g1_mul.h"

#define ROOT_BITS (__builtin_ctz(FIELD_ELEMENTS_PER_BLOB))

size_t bit_reverse(size_t i, int bits) {
    size_t r = 0;
    for (int b = 0; b < bits; b++) r |= (i >> b & 1) << (bits - 1 - b);
    return r;
}

void domain_init(struct domain *domain) {
    fr w, w_inv, power = FR_ONE, power_inv = FR_ONE;
    fr_pow_u64(&w, &FR_ROOT_8192, 8192 / FIELD_ELEMENTS_PER_EXT_BLOB);
    fr_pow_u64(&w_inv, &FR_ROOT_8192_INV, 8192 / FIELD_ELEMENTS_PER_EXT_BLOB);
    for (size_t i = 0; i < FIELD_ELEMENTS_PER_BLOB; i++) {
        size_t j = bit_reverse(i, ROOT_BITS);
        domain->root[j] = power;
        domain->root_inv[j] = power_inv;
        fr_mul(&power, &power, &w);
        fr_mul(&power_inv, &power_inv, &w_inv);
    }
    fr_from_u64(&domain->blob_inv, FIELD_ELEMENTS_PER_BLOB);
    fr_inv(&domain->blob_inv, &domain->blob_inv);
    lanes_roots_init(&domain->lanes, domain->root);
    lanes_roots_init(&domain->lanes_inv, domain->root_inv);
}

void domain_point(fr *r, const struct domain *domain, size_t i) {
    /* Leaf i hangs on node i / 2 of the last depth, modulo x^2 - c: its values are s and -s. */
    *r = domain->root[i / 2];
    if ((i & 1) != 0) fr_neg(r, r);
}

void fr_transform(fr *v, size_t n, size_t node, const struct domain *domain) {
    size_t nodes = 1;
    for (size_t half = n / 2; half > 0; half /= 2, nodes *= 2) {
        for (size_t b = 0; b < nodes; b++) {
            const fr *s = &domain->root[node * nodes + b];
            fr *low = v + b * 2 * half, *high = low + half;
            for (size_t i = 0; i < half; i++) {
                fr t;
                fr_mul(&t, &high[i], s);
                fr_sub(&high[i], &low[i], &t);
                fr_add(&low[i], &low[i], &t);
            }
        }
    }
}

void fr_transform_inverse(fr *v, size_t n, size_t node, const struct domain *domain) {
    size_t nodes = n / 2;
    for (size_t half = 1; half < n; half *= 2, nodes /= 2) {
        for (size_t b = 0; b < nodes; b++) {
            const fr *s_inv = &domain->root_inv[node * nodes + b];
            fr *low = v + b * 2 * half, *high = low + half;
            for (size_t i = 0; i < half; i++) {
                fr t;
                fr_sub(&t, &low[i], &high[i]);
                fr_add(&low[i], &low[i], &high[i]);
                fr_mul(&high[i], &t, s_inv);
            }
        }
    }
}

/* ---- Points ---- */

#define HALF (CELLS_PER_EXT_BLOB / 2)

/* One depth's products: up to HALF points, each with its root. */
struct products {
    g1 *jacobian;
    g1_affine *affine;
    g1 *out;
    fp *scratch;
    fr *factors;
    size_t *where;
};

size_t g1_transform_scratch_bytes(void) {
    return 2 * arena_size(sizeof(g1) * HALF) + arena_size(sizeof(g1_affine) * HALF) + arena_size(sizeof(fp) * HALF) +
           arena_size(sizeof(fr) * HALF) + arena_size(sizeof(size_t) * HALF) + g1_mul_batch_scratch_bytes(HALF);
}

static struct products products_take(struct arena *arena) {
    return (struct products){
        .jacobian = ARENA_ARRAY(arena, g1, HALF),
        .affine = ARENA_ARRAY(arena, g1_affine, HALF),
        .out = ARENA_ARRAY(arena, g1, HALF),
        .scratch = ARENA_ARRAY(arena, fp, HALF),
        .factors = ARENA_ARRAY(arena, fr, HALF),
        .where = ARENA_ARRAY(arena, size_t, HALF),
    };
}

/* v's upper halves at the depth with that many nodes, times the nodes' roots; node 0's root is one. */
static void multiply_upper_halves(g1 *v, size_t nodes, const fr *root, struct products *p, struct arena *arena) {
    size_t half = HALF / nodes, n = 0;
    for (size_t b = 1; b < nodes; b++) {
        for (size_t i = 0; i < half; i++, n++) {
            p->where[n] = b * 2 * half + half + i;
            p->jacobian[n] = v[p->where[n]];
            p->factors[n] = root[b];
        }
    }
    g1_to_affine_batch(p->affine, p->jacobian, n, p->scratch);
    g1_mul_batch(p->out, p->affine, p->factors, n, arena);
    for (size_t i = 0; i < n; i++) v[p->where[i]] = p->out[i];
}

/* (a, b) = (a + b, a - b) for all pairs of that depth. */
static void add_and_subtract(g1 *v, size_t nodes) {
    size_t half = HALF / nodes;
    for (size_t b = 0; b < nodes; b++) {
        for (size_t i = 0; i < half; i++) {
            g1 *low = &v[b * 2 * half + i], *high = low + half, t;
            g1_neg(&t, high);
            g1_add(&t, low, &t);
            g1_add(low, low, high);
            *high = t;
        }
    }
}

void g1_transform(g1 v[CELLS_PER_EXT_BLOB], const struct domain *domain, struct arena *arena) {
    size_t mark = arena->used;
    struct products p = products_take(arena);
    for (size_t i = 0; i < HALF; i++) v[HALF + i] = v[i]; /* the upper half is zero: both children are the same */
    for (size_t nodes = 2; nodes <= HALF; nodes *= 2) {
        multiply_upper_halves(v, nodes, domain->root, &p, arena);
        add_and_subtract(v, nodes);
    }
    arena_release(arena, mark);
}
