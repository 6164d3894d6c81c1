#include "kzg/ifma/tree8.h"

/* ---- Down ---- */

/* (low, high) = (low + s high, low - s high). A product is below 2r, so both bounds grow by 2r, and 35r are never
 * reached: 4r and 13 depths make 30r. */
FR8_INLINE void butterfly_down(fr8 *low, fr8 *high, const fr8 *s) {
    fr8 t;
    fr8_carry(&t, high);
    fr8_mul_loose(&t, &t, s);
    fr8_sub_loose(high, low, &t, 2);
    fr8_add_loose(low, low, &t);
}

static void level_down(fr8 *v, size_t half, size_t stride, const uint64_t root[FR8_LIMBS]) {
    fr8 s;
    fr8_set(&s, root);
    for (size_t i = 0; i < half; i++) butterfly_down(&v[i * stride], &v[(half + i) * stride], &s);
}

/* The last three depths of a block: its vectors are the elements of eight nodes, one in each lane. */
static void leaves_down(fr8 v[8], const uint64_t roots[7][FR8_LIMBS][FR8_LANES]) {
    fr8 s;
    fr8_transpose(v);
    tree8_root(&s, roots[0]);
    for (int i = 0; i < 4; i++) butterfly_down(&v[i], &v[4 + i], &s);
    for (int k = 0; k < 2; k++) {
        tree8_root(&s, roots[1 + k]);
        for (int i = 0; i < 2; i++) butterfly_down(&v[4 * k + i], &v[4 * k + 2 + i], &s);
    }
    for (int k = 0; k < 4; k++) {
        tree8_root(&s, roots[3 + k]);
        butterfly_down(&v[2 * k], &v[2 * k + 1], &s);
    }
}

/* Depth first, so that all depths below a node of the caches' size are done while it is there. */
static void down(fr8 *v, size_t vectors, size_t node, const struct lanes_roots *roots) {
    if (vectors == 1) return;
    size_t half = vectors / 2;
    level_down(v, half, 1, roots->node[node]);
    down(v, half, 2 * node, roots);
    down(v + half, half, 2 * node + 1, roots);
    if (vectors == 8) leaves_down(v, roots->leaf[node]);
}

void tree8_down(fr8 *v, size_t n, size_t node, const struct lanes_roots *roots) {
    KZG_ASSERT(n >= LANES_BLOCK);
    down(v, n / FR8_LANES, node, roots);
}

void tree8_down_columns(fr8 *v, size_t n, size_t stride, size_t node, const struct lanes_roots *roots) {
    size_t nodes = 1;
    for (size_t half = n / 2; half > 0; half /= 2, nodes *= 2) {
        for (size_t b = 0; b < nodes; b++)
            level_down(v + b * 2 * half * stride, half, stride, roots->node[node * nodes + b]);
    }
}

/* ---- Up ---- */

/* (low, high) = (low + high, (low - high) / s). Sums double the bound: 2r at the leaves, 16r three depths up; the
 * fourth folds its sums back below 2r. So depth d from below, counted from 0, takes values below 2r << d % 4. */
FR8_INLINE void butterfly_up(fr8 *low, fr8 *high, const fr8 *s_inv, unsigned depth) {
    fr8 sum, difference;
    fr8_add_loose(&sum, low, high);
    fr8_sub(&difference, low, high, 2u << depth % 4);
    fr8_mul_loose(high, &difference, s_inv);
    if (depth % 4 == 3) {
        fr8_carry(&sum, &sum);
        fr8_fold(&sum, &sum);
    }
    *low = sum;
}

FR8_INLINE void level_up_at(fr8 *v, size_t half, size_t stride, const uint64_t root[FR8_LIMBS], unsigned depth) {
    fr8 s;
    fr8_set(&s, root);
    for (size_t i = 0; i < half; i++) butterfly_up(&v[i * stride], &v[(half + i) * stride], &s, depth);
}

static void level_up(fr8 *v, size_t half, size_t stride, const uint64_t root[FR8_LIMBS], unsigned depth) {
    switch (depth % 4) {
    case 0: level_up_at(v, half, stride, root, 0); break;
    case 1: level_up_at(v, half, stride, root, 1); break;
    case 2: level_up_at(v, half, stride, root, 2); break;
    default: level_up_at(v, half, stride, root, 3);
    }
}

static void leaves_up(fr8 v[8], const uint64_t roots[7][FR8_LIMBS][FR8_LANES]) {
    fr8 s;
    for (int k = 0; k < 4; k++) {
        tree8_root(&s, roots[3 + k]);
        butterfly_up(&v[2 * k], &v[2 * k + 1], &s, 0);
    }
    for (int k = 0; k < 2; k++) {
        tree8_root(&s, roots[1 + k]);
        for (int i = 0; i < 2; i++) butterfly_up(&v[4 * k + i], &v[4 * k + 2 + i], &s, 1);
    }
    tree8_root(&s, roots[0]);
    for (int i = 0; i < 4; i++) butterfly_up(&v[i], &v[4 + i], &s, 2);
    fr8_transpose(v);
}

static void up(fr8 *v, size_t vectors, size_t node, const struct lanes_roots *roots) {
    if (vectors == 1) return;
    size_t half = vectors / 2;
    if (vectors == 8) leaves_up(v, roots->leaf[node]);
    up(v, half, 2 * node, roots);
    up(v + half, half, 2 * node + 1, roots);
    level_up(v, half, 1, roots->node[node], 3 + (unsigned)__builtin_ctzll(half));
}

void tree8_up(fr8 *v, size_t n, size_t node, const struct lanes_roots *roots) {
    KZG_ASSERT(n >= LANES_BLOCK);
    up(v, n / FR8_LANES, node, roots);
}

void tree8_up_columns(fr8 *v, size_t n, size_t stride, size_t node, const struct lanes_roots *roots) {
    size_t nodes = n / 2;
    for (size_t half = 1; half < n; half *= 2, nodes /= 2) {
        for (size_t b = 0; b < nodes; b++)
            level_up(v + b * 2 * half * stride, half, stride, roots->node[node * nodes + b],
                     (unsigned)__builtin_ctzll(half));
    }
}
