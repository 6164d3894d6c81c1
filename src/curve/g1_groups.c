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

static const g1_affine *point_at(struct g1_points points, uint32_t index) {
    return (const g1_affine *)(const void *)((const uint8_t *)points.first + points.stride * index);
}

/* The x of zeta^j times an entry's point. */
static const fp *other_x(const g1_affine *point, uint32_t unit) {
    size_t back = unit % 3 * sizeof(fp);
    return (const fp *)(const void *)((const uint8_t *)point - back);
}
_Static_assert(offsetof(struct g1_table_entry, point) == 2 * sizeof(fp), "beta^2 x, beta x, and the point");
_Static_assert(offsetof(struct g1_table_entry, beta_x) == sizeof(fp), "beta x before the point");

static void load_term(g1_affine *p, struct g1_points points, uint32_t ref) {
    const g1_affine *point = point_at(points, ref >> G1_REF_SHIFT);
    uint32_t unit = ref & G1_REF_UNIT;
    p->x = *other_x(point, unit);
    if (unit % 2 != 0)
        fp_neg(&p->y, &point->y);
    else
        p->y = point->y;
}

#define PREFETCH_AHEAD 8

static void prefetch_term(struct g1_points points, uint32_t ref) {
    const g1_affine *point = point_at(points, ref >> G1_REF_SHIFT);
    const char *x = (const char *)other_x(point, ref & G1_REF_UNIT);
    __builtin_prefetch(x);
    __builtin_prefetch(x + sizeof(fp) - 1);
    __builtin_prefetch(&point->y);
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
    size_t mark = arena->used;
    uint32_t end = starts[groups];
    struct batch_add adder;
    for (size_t g = 0; g < groups; g++) out[g] = (g1_affine){{{0}}, {{0}}};
    batch_add_start(&adder, out, arena);
    for (size_t g = 0; g < groups; g++) {
        for (uint32_t i = starts[g]; i < starts[g + 1]; i++) {
            g1_affine p;
            if (i + PREFETCH_AHEAD < end) prefetch_term(points, refs[i + PREFETCH_AHEAD]);
            load_term(&p, points, refs[i]);
            batch_add_point(&adder, (uint32_t)g, &p);
        }
    }
    batch_add_finish(&adder);
    arena_release(arena, mark);
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
