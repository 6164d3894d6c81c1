/* Affine additions in eight lanes that share one inversion. A slot holds eight points, one a lane; a pair of slots is
 * added lane by lane, 5M + 1S each. Every case is handled: infinity, equal and opposite points. Needs
 * field_ops.lanes.
 *
 * A point (x, y) is worked on as (u^2 x, u^3 y) with u = 2^-10, a point of y^2 = x^3 + 4 u^6: neither addition nor
 * doubling contains the curve's last constant. Of fp's x 2^384, 2^12 times that is u^2 x in fp8's form, as 2^-20
 * 2^416 = 2^12 2^384; of y it is 2^2 times, as 2^-30 2^416 = 2^2 2^384. So points are loaded from memory as they
 * stand there by shifts, without a multiplication, and tables serve the other variants too. */
#ifndef CURVE_IFMA_G1_ADD8_H
#define CURVE_IFMA_G1_ADD8_H

#include "base/arena.h"
#include "curve/types.h"
#include "field/ifma/fp8.h"

/* Slots of one working set: a round's inversion costs as much as about 12 additions of eight points, and 640 slots
 * with what a round keeps are 1 MiB, which a level 2 cache holds. */
#define G1_ADD8_SLOTS 640
#define G1_ADD8_PAIRS (G1_ADD8_SLOTS / 2)

/* Coordinates that a round can be told to fetch: those of a whole working set. */
#define G1_ADD8_AHEAD (2 * G1_ADD8_SLOTS * FP8_LANES)

/* Slot to = slot a + slot b. */
struct g1_pair8 {
    uint32_t a, b, to;
};

/* Slot to = slot from, when all pairs before the after-th have been added and those from it on not written yet. */
struct g1_move8 {
    uint32_t after, from, to;
};

/* Slots, and the additions of one round. x and y are loose, in ranges that depend on depth (g1_add8.c); where a bit
 * of infinite is set the lane's coordinates mean nothing. */
struct g1_add8 {
    fp8 *x, *y;
    uint8_t *infinite, *depth;
    struct g1_pair8 *pairs;
    struct g1_move8 *moves;
    size_t pairs_used, moves_used;
    /* Of each pair: what it divides by, and the product of those of the later pairs with the same parity. */
    fp8 *divisors, *products;
    /* Of each pair: lanes where both are equal, and where they are opposite. Only where a first look found any. */
    uint8_t *equal, *opposite;
    /* Addresses of what will be loaded after this round, which comes into the cache during it: by eights, of x and of
     * y. A round leaves them as they are. */
    const void **ahead;
    size_t ahead_used, fetched, fetch_step;
};

size_t g1_add8_scratch_bytes(void);
void g1_add8_start(struct g1_add8 *w, struct arena *arena);

/* Runs the round's additions and moves in order and forgets them. A pair reads its slots before it, the next one or a
 * later one writes; no pair may read what an earlier one writes. */
void g1_add8_run(struct g1_add8 *w);

/* Slot from points in memory, lane by lane; (0, 0) is infinity. Negated in the lanes with a bit in negative. */
void g1_add8_load(struct g1_add8 *w, size_t slot, const fp *const x[FP8_LANES], const fp *const y[FP8_LANES],
                  __mmask8 negative);

/* Makes a slot's x and y tight and below 2p. */
void g1_add8_reduce(struct g1_add8 *w, size_t slot);

/* Slot to points in memory. */
void g1_add8_store(const struct g1_add8 *w, size_t slot, fp *const x[FP8_LANES], fp *const y[FP8_LANES]);

#endif
