/* Source: E. Brickell, D. Gordon, K. McCurley, D. Wilson, "Fast exponentiation with precomputation" (1992), in the
 * endomorphism's ring. */
#include "curve/g1_comb.h"

#include "base/assert.h"
#include "curve/constants.h"
#include "curve/hexagon.h"

#define MULTIPLES ((size_t)G1_COMB_DIGITS * G1_COMB_BUCKETS)

/* a times zeta^j; turned in place. */
static void times_zeta(g1_affine *a, unsigned j) {
    for (unsigned i = 0; i < j % 3; i++) fp_mul(&a->x, &a->x, &G1_BETA);
    if (j % 2 != 0) fp_neg(&a->y, &a->y);
}

/* (a + b zeta) p of all buckets, row by row. */
static void fill_digit(g1 multiples[G1_COMB_BUCKETS], const g1_affine *p) {
    const struct hexagon *h = &HEXAGON_8;
    g1_affine turned = *p;
    g1 at;
    times_zeta(&turned, 1);
    g1_set_infinity(&at);
    for (int a = 1; a <= h->rows; a++) {
        g1 *row = multiples + h->row[a];
        g1_add_affine(&at, &at, p);
        row[0] = at;
        for (int b = 1; b < h->row[a + 1] - h->row[a]; b++) g1_add_affine(&row[b], &row[b - 1], &turned);
    }
}

size_t g1_comb_init_scratch_bytes(void) {
    return arena_size(sizeof(g1) * MULTIPLES) + arena_size(sizeof(fp) * MULTIPLES);
}

void g1_comb_init(struct g1_comb *comb, const g1_affine *a, struct arena *arena) {
    size_t mark = arena->used;
    g1 *multiples = ARENA_ARRAY(arena, g1, MULTIPLES), places[G1_COMB_DIGITS];
    g1_affine powers[G1_COMB_DIGITS]; /* 8^i times the point */
    fp *scratch = ARENA_ARRAY(arena, fp, MULTIPLES);
    KZG_ASSERT(HEXAGON_8.digits == G1_COMB_DIGITS && HEXAGON_8.per_digit == G1_COMB_BUCKETS);
    g1_from_affine(&places[0], a);
    for (size_t i = 1; i < G1_COMB_DIGITS; i++) {
        places[i] = places[i - 1];
        for (int k = 0; k < 3; k++) g1_dbl(&places[i], &places[i]);
    }
    g1_to_affine_batch(powers, places, G1_COMB_DIGITS, scratch);
    for (size_t i = 0; i < G1_COMB_DIGITS; i++) fill_digit(multiples + i * G1_COMB_BUCKETS, &powers[i]);
    g1_to_affine_batch(comb->multiples[0], multiples, MULTIPLES, scratch);
    arena_release(arena, mark);
}

void g1_comb_add(g1 *r, const struct g1_comb *comb, const fr *k) {
    uint16_t codes[G1_COMB_DIGITS];
    hexagon_recode(codes, &HEXAGON_8, k, 1);
    for (size_t i = 0; i < G1_COMB_DIGITS; i++) {
        if (codes[i] == HEXAGON_ZERO) continue;
        g1_affine p = comb->multiples[i][codes[i] >> HEXAGON_BUCKET];
        times_zeta(&p, codes[i] & HEXAGON_UNIT);
        g1_add_affine(r, r, &p);
    }
}
