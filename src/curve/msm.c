/* Sums by buckets. Every base is split by the endomorphism into two of 128 bits, these into signed digits of width
 * bits; a base goes into the bucket of its digit's value, with its sign. The buckets 1 ... 2^(width-1) of each window
 * are summed with weights, and the windows joined by doublings.
 *
 * Source: N. Pippenger (1976) in the form of D. Bernstein, J. Doumen, T. Lange, J.-J. Oosterwijk, "Faster batch
 * forgery identification" (2012). */
#include "curve/msm.h"

#include "base/assert.h"
#include "curve/batch_add.h"
#include "curve/g1_groups.h"
#include "curve/g1_mul.h"
#include "curve/glv.h"
#include "curve/lanes.h"

/* One sum's shape and working memory. */
struct sum {
    size_t points;
    int width, windows;             /* of a half scalar */
    struct g1_table_entry *entries; /* of the points */
    int16_t *digits;                /* [point][half][window] */
    uint32_t *refs;
    uint32_t *starts; /* refs of bucket b of window w from starts[w bucket_count(width) + b] on */
};

static size_t bucket_count(int width) {
    return (size_t)1 << (width - 1);
}

static size_t terms_max(size_t points, int windows) {
    return points * 2 * (size_t)windows;
}

/* ---- Sorting ---- */

static void recode(const struct sum *s, const fr *scalars) {
    int16_t *out = s->digits;
    for (size_t i = 0; i < s->points; i++) {
        struct glv_half halves[2];
        glv_split(halves, &scalars[i]);
        for (int h = 0; h < 2; h++, out += s->windows) glv_digits(out, &halves[h], s->width, s->windows);
    }
}

/* digit not 0 */
static size_t bucket_of(const struct sum *s, int window, int digit) {
    return (size_t)window * bucket_count(s->width) + (size_t)(digit < 0 ? -digit : digit) - 1;
}

/* Sorts the terms by bucket: counts, then places. */
static void sort_terms(const struct sum *s) {
    size_t all = bucket_count(s->width) * (size_t)s->windows;
    uint32_t *starts = s->starts, sum = 0;
    for (size_t b = 0; b <= all; b++) starts[b] = 0;
    const int16_t *digit = s->digits;
    for (size_t k = 0; k < s->points * 2; k++) {
        for (int j = 0; j < s->windows; j++, digit++) {
            if (*digit != 0) starts[bucket_of(s, j, *digit)]++;
        }
    }
    for (size_t b = 0; b <= all; b++) {
        sum += starts[b];
        starts[b] = sum;
    }
    digit = s->digits;
    for (size_t k = 0; k < s->points * 2; k++) {
        const uint32_t term = (uint32_t)(k / 2) << G1_REF_SHIFT | (k & 1); /* of the second half: times zeta */
        for (int j = 0; j < s->windows; j++, digit++) {
            if (*digit != 0) s->refs[--starts[bucket_of(s, j, *digit)]] = term + (*digit < 0 ? G1_REF_NEGATIVE : 0);
        }
    }
}

/* ---- Weighted sums of buckets ----
 *
 * With v - 1 = high * row + low, sum v B_v = row * sum high R_high + sum (low + 1) C_low, where R are the sums of the
 * rows and C those of the columns: two additions a bucket that can be batched, and 2 (rows + row) that cannot. */

struct grid {
    size_t rows, row;
};

static struct grid grid_of(int width) {
    int bits = width - 1, low = (bits + 1) / 2;
    return (struct grid){(size_t)1 << (bits - low), (size_t)1 << low};
}

static void clear_points(g1_affine *p, size_t n) {
    for (size_t i = 0; i < n; i++) p[i] = (g1_affine){{{0}}, {{0}}};
}

/* lines holds for each set its row sums, then its column sums. */
static void sum_lines(g1_affine *lines, const g1_affine *buckets, size_t sets, struct grid grid,
                      struct arena *arena) {
    size_t mark = arena->used, per_set = grid.rows + grid.row;
    struct batch_add adder;
    clear_points(lines, sets * per_set);
    batch_add_start(&adder, lines, arena);
    for (size_t s = 0; s < sets; s++) {
        const g1_affine *b = buckets + s * grid.rows * grid.row;
        for (size_t h = 0; h < grid.rows; h++) {
            for (size_t l = 0; l < grid.row; l++)
                batch_add_point(&adder, (uint32_t)(s * per_set + h), &b[h * grid.row + l]);
        }
        for (size_t l = 0; l < grid.row; l++) {
            for (size_t h = 0; h < grid.rows; h++)
                batch_add_point(&adder, (uint32_t)(s * per_set + grid.rows + l), &b[h * grid.row + l]);
        }
    }
    batch_add_finish(&adder);
    arena_release(arena, mark);
}

static void join_lines(g1 *r, const g1_affine *lines, struct grid grid) {
    g1 low;
    g1_weighted_sum(r, lines + 1, grid.rows - 1);
    for (size_t v = grid.row; v > 1; v /= 2) g1_dbl(r, r);
    g1_weighted_sum(&low, lines + grid.rows, grid.row);
    g1_add(r, r, &low);
}

static size_t weigh_scratch_bytes(int width, size_t sets) {
    struct grid grid = grid_of(width);
    return arena_size(sizeof(g1_affine) * (grid.rows + grid.row) * sets) + batch_add_scratch_bytes();
}

/* r[s] = sum v B_v over set s. */
static void weigh(g1 *r, int width, const g1_affine *buckets, size_t sets, struct arena *arena) {
    size_t mark = arena->used;
    struct grid grid = grid_of(width);
    g1_affine *lines = ARENA_ARRAY(arena, g1_affine, (grid.rows + grid.row) * sets);
    sum_lines(lines, buckets, sets, grid, arena);
    for (size_t s = 0; s < sets; s++) join_lines(&r[s], lines + s * (grid.rows + grid.row), grid);
    arena_release(arena, mark);
}

/* ---- All of it ---- */

static size_t adding_scratch_bytes(size_t points, int width, int windows) {
    size_t sets = (size_t)windows;
    size_t bytes = arena_larger(g1_groups_scratch_bytes(terms_max(points, windows), bucket_count(width) * sets),
                                weigh_scratch_bytes(width, sets));
#if G1_LANES
    bytes = arena_larger(bytes, g1_lanes_weighted_scratch_bytes(sets, width - 1));
#endif
    return bytes;
}

static size_t buckets_scratch_bytes(size_t points, int width, int windows) {
    size_t terms = terms_max(points, windows), buckets = bucket_count(width) * (size_t)windows;
    return arena_size(sizeof(struct g1_table_entry) * points) + arena_size(sizeof(int16_t) * terms) +
           arena_size(sizeof(uint32_t) * terms) + arena_size(sizeof(uint32_t) * (buckets + 1)) +
           arena_size(sizeof(g1_affine) * buckets) + arena_size(sizeof(g1) * (size_t)windows) +
           adding_scratch_bytes(points, width, windows);
}

/* From sorted terms to the weighted sum of each window. */
static void add_terms(g1 *weighted, g1_affine *buckets, const struct sum *s, struct arena *arena) {
    size_t sets = (size_t)s->windows;
    g1_groups(buckets, g1_entry_points(s->entries), s->refs, s->starts, bucket_count(s->width) * sets, arena);
#if G1_LANES
    if (g1_lanes_worth(terms_max(s->points, s->windows))) {
        g1_lanes_weighted(weighted, buckets, sets, s->width - 1, arena);
        return;
    }
#endif
    weigh(weighted, s->width, buckets, sets, arena);
}

/* r = sum over windows of 2^(width window) * weighted sum. */
static void join_windows(g1 *r, const struct sum *s, const g1 *weighted) {
    *r = weighted[s->windows - 1];
    for (int w = s->windows - 1; w-- > 0;) {
        for (int i = 0; i < s->width; i++) g1_dbl(r, r);
        g1_add(r, r, &weighted[w]);
    }
}

static void sum_by_buckets(g1 *r, const g1_affine *points, const fr *scalars, size_t n, int width, int windows,
                           struct arena *arena) {
    size_t mark = arena->used, buckets = bucket_count(width) * (size_t)windows;
    KZG_ASSERT(n < G1_REF_MAX);
    struct sum s = {.points = n, .width = width, .windows = windows};
    s.entries = ARENA_ARRAY(arena, struct g1_table_entry, n);
    s.digits = ARENA_ARRAY(arena, int16_t, terms_max(n, windows));
    s.refs = ARENA_ARRAY(arena, uint32_t, terms_max(n, windows));
    s.starts = ARENA_ARRAY(arena, uint32_t, buckets + 1);
    g1_affine *sums = ARENA_ARRAY(arena, g1_affine, buckets);
    g1 *weighted = ARENA_ARRAY(arena, g1, windows);
    for (size_t i = 0; i < n; i++) g1_table_entry_set(&s.entries[i], &points[i]);
    recode(&s, scalars);
    sort_terms(&s);
    add_terms(weighted, sums, &s, arena);
    join_windows(r, &s, weighted);
    arena_release(arena, mark);
}

/* ---- The way ---- */

/* Below this many terms shared doublings are cheaper than buckets. */
#define SMALL_SUM       24
#define SMALL_SUM_LANES 8

/* Width with the least work for n terms, in batched additions: the terms and two for each bucket are batched, the
 * running sums over rows and columns are not and cost two and a half times as much. */
static int best_width(size_t n, int bits) {
    int best = 2;
    size_t least = SIZE_MAX;
    for (int width = 2; width <= 15; width++) {
        struct grid grid = grid_of(width);
        size_t windows = (size_t)glv_windows(bits, width);
        size_t cost = windows * (4 * n + 4 * bucket_count(width) + 5 * (grid.rows + grid.row));
        if (cost < least) {
            least = cost;
            best = width;
        }
    }
    return best;
}

#if G1_LANES
/* Up to so many terms the lanes' rounds are not full, and other things count than for many. */
#define LANES_FEW 512

/* The same for the lanes and few terms, by what was measured, in 16 ns: 7 a term, 8 a bucket, 53 to join a window,
 * and 1800 for each halving of the buckets. */
static int best_width_few(size_t n, int bits) {
    int best = 2;
    size_t least = SIZE_MAX;
    for (int width = 2; width <= 10; width++) {
        size_t buckets = (size_t)1 << (width - 1), windows = (size_t)glv_windows(bits, width);
        size_t cost = windows * (14 * n + 8 * buckets + 53) + 1800 * (size_t)width;
        if (cost < least) {
            least = cost;
            best = width;
        }
    }
    return best;
}
#endif

/* How a sum of n terms is made. */
struct way {
    bool small; /* by shared doublings */
    int width, windows;
};

static struct way way_of(size_t n, int bits, bool lanes) {
    struct way way = {.small = n < SMALL_SUM, .width = best_width(n, bits)};
#if G1_LANES
    if (lanes) way.small = n < SMALL_SUM_LANES;
    if (lanes && n < LANES_FEW) way.width = best_width_few(n, bits);
#endif
    (void)lanes;
    way.windows = glv_windows(bits, way.width);
    return way;
}

static size_t way_scratch_bytes(struct way way, size_t n) {
    return way.small ? g1_sum_small_scratch_bytes(n) : buckets_scratch_bytes(n, way.width, way.windows);
}

/* The variant may be changed at any time, so there is room for both ways. */
size_t g1_msm_scratch_bytes(size_t n) {
    static const int lengths[] = {GLV_BITS, GLV_SHORT_BITS};
    size_t bytes = 0;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        bytes = arena_larger(bytes, way_scratch_bytes(way_of(n, lengths[i], false), n));
        bytes = arena_larger(bytes, way_scratch_bytes(way_of(n, lengths[i], true), n));
    }
    return bytes;
}

static void msm(g1 *r, const g1_affine *points, const fr *scalars, size_t n, int bits, struct arena *arena) {
    const struct way way = way_of(n, bits, g1_lanes_usable());
    if (way.small)
        g1_sum_small(r, points, scalars, n, arena);
    else
        sum_by_buckets(r, points, scalars, n, way.width, way.windows, arena);
}

void g1_msm(g1 *r, const g1_affine *points, const fr *scalars, size_t n, struct arena *arena) {
    msm(r, points, scalars, n, GLV_BITS, arena);
}

void g1_msm_short(g1 *r, const g1_affine *points, const fr *scalars, size_t n, struct arena *arena) {
    msm(r, points, scalars, n, GLV_SHORT_BITS, arena);
}
