#include "curve/g1_groups.h"

#include "curve/batch_add.h"
#include "curve/constants.h"
#include "curve/lanes.h"

void g1_table_entry_set(struct g1_table_entry *entry, const g1_affine *p) {
    fp both;
    entry->point = *p;
    fp_mul(&entry->beta_x, &p->x, &G1_BETA);
    fp_add(&both, &p->x, &entry->beta_x); /* 1 + beta + beta^2 = 0 */
    fp_neg(&entry->beta2_x, &both);
}

/* Either way of adding may be chosen at any time, so there is room for both. */
size_t g1_groups_scratch_bytes(size_t terms, size_t groups) {
    size_t bytes = batch_add_scratch_bytes();
#if G1_LANES
    bytes = arena_larger(bytes, g1_lanes_groups_scratch_bytes(terms, groups));
#endif
    (void)terms;
    (void)groups;
    return bytes;
}

void g1_groups(g1_affine *out, struct g1_points points, const uint32_t *refs, const uint32_t *starts, size_t groups,
               struct arena *arena) {
#if G1_LANES
    if (g1_lanes_worth(starts[groups])) {
        g1_lanes_groups(out, points, refs, starts, groups, arena);
        return;
    }
#endif
    batch_add_terms(out, points, refs, starts, groups, arena);
}

void g1_weighted_sum(g1 *r, const g1_affine *p, size_t n) {
    g1 run, total;
    g1_set_infinity(&run);
    g1_set_infinity(&total);
    for (size_t i = n; i-- > 0;) {
        g1_add_affine(&run, &run, &p[i]);
        g1_add(&total, &total, &run);
    }
    *r = total;
}
