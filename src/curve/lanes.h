/* Sums over G1 in eight lanes (src/curve/ifma/), as the code that runs on any CPU sees them: no vector types here. To
 * be called only where g1_lanes_usable() says so. Points are those of curve/types.h, below p: tables and results are
 * the portable code's, to the bit. */
#ifndef CURVE_LANES_H
#define CURVE_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "curve/g1_groups.h"
#include "curve/g1_program.h"
#include "curve/g1_table.h"
#include "curve/hexagon.h"
#include "curve/pairing.h"
#include "field/dispatch.h"

#ifdef KZG_HAVE_IFMA
#define G1_LANES 1
#else
#define G1_LANES 0
#endif

static inline bool g1_lanes_usable(void) {
#if G1_LANES
    return field_ops.lanes;
#else
    return false;
#endif
}

/* Do so many additions at once fill the lanes' rounds? */
static inline bool g1_lanes_worth(size_t terms) {
    return g1_lanes_usable() && terms >= 256;
}

/* g1_groups (curve/g1_groups.h). */
size_t g1_lanes_groups_scratch_bytes(size_t terms, size_t groups);
void g1_lanes_groups(g1_affine *out, struct g1_points points, const uint32_t *refs, const uint32_t *starts,
                     size_t groups, struct arena *arena);

/* r[s] = sum over i < 2^bits of (i + 1) buckets[s 2^bits + i], for each of the sets; bits from 1 to 19. The
 * scratch does for fewer sets too. */
size_t g1_lanes_weighted_scratch_bytes(size_t sets, int bits);
void g1_lanes_weighted(g1 *r, const g1_affine *buckets, size_t sets, int bits, struct arena *arena);

/* g1_decode (curve/encoding.h) of n points that stand one after the other, n at most G1_LANES_DECODE: each with its
 * status; r[i] is untouched where that is not ST_OK. Takes the same time for any n above 8, and less up to 8 and
 * to 2. */
#define G1_LANES_DECODE 16
void g1_lanes_decode(g1_affine *r, status_code *status, const uint8_t *in, size_t n);
/* g1_decompress, in the same way, and g1_affine_in_subgroup of all of them, n at most G1_LANES_DECODE. */
void g1_lanes_decompress(g1_affine *r, status_code *status, const uint8_t *in, size_t n);
bool g1_lanes_all_in_subgroup(const g1_affine *a, size_t n);

/* Are all these cubes, and none 0? */
#define G1_LANES_CUBES 8
bool g1_lanes_all_cubes(const fp a[G1_LANES_CUBES]);

/* r[i] = k[i] a[i] as g1_mul_batch (curve/g1_mul.h), but for those whose indices are left over: their number comes
 * back. None is, for points of the subgroup and scalars below r. left holds n. */
size_t g1_lanes_mul_scratch_bytes(void);
size_t g1_lanes_mul(g1 *r, uint32_t *left, const g1_affine *a, const fr *k, size_t n, struct arena *arena);

/* g1_program_run (curve/g1_program.h). */
size_t g1_lanes_program_scratch_bytes(const struct g1_program *program);
void g1_lanes_program(g1 *out, const struct g1_ref *wanted, size_t n, const g1 *in, const struct g1_program *program,
                      struct arena *arena);

/* hexagon_recode (curve/hexagon.h) of the first of the scalars, G1_LANES_RECODE at a time; the last, fewer than that,
 * are left. How many it did. */
#define G1_LANES_RECODE 32
size_t g1_lanes_recode(uint16_t *codes, const struct hexagon *h, const fr *k, size_t n);

/* g1_table_fill (curve/g1_table.h). */
size_t g1_lanes_table_scratch_bytes(void);
void g1_lanes_table_fill(struct g1_table *table, const g1_affine *points, size_t first, size_t count,
                         struct arena *arena);

/* curve/pairing.h, the same values. 30 KiB of stack. */
void pairing_lanes_miller_loop(fp12 *r, const g1_affine *p, const struct g2_prepared *const *q, size_t n);
void pairing_lanes_final_exponentiation(fp12 *r, const fp12 *f);
bool pairing_lanes_product_is_one(const g1_affine *p, const struct g2_prepared *const *q, size_t n);

#endif
