/* Sums by buckets. Every base is split by the endomorphism into two of 128 bits, these into signed digits of width
 * bits; a base goes into the bucket of its digit's value, with its sign. A set of buckets 1 ... 2^(width-1) is summed
 * with weights, the sets of a sum (one for each window that shares a precomputed multiple) are joined by doublings.
 *
 * Source: N. Pippenger (1976) in the form of D. Bernstein, J. Doumen, T. Lange, J.-J. Oosterwijk, "Faster batch
 * forgery identification" (2012); precomputed windows sharing buckets: E. Brickell, D. Gordon, K. McCurley, D. Wilson
 * (1992). */
#include "curve/msm.h"

#include "base/assert.h"
#include "curve/batch_add.h"
#include "curve/constants.h"
#include "curve/g1_mul.h"
#include "curve/glv.h"
#include "curve/lanes.h"

/* ---- Tables ---- */

static void shape(struct g1_table *table, size_t bases, int width, int windows, int columns) {
    KZG_ASSERT(width >= 2 && width <= 15 && columns >= 1 && columns <= windows);
    *table = (struct g1_table){
        .bases = bases,
        .width = width,
        .windows = windows,
        .columns = columns,
        .stride = (windows + columns - 1) / columns,
    };
}

void g1_table_shape(struct g1_table *table, size_t bases, int width, int columns) {
    shape(table, bases, width, glv_windows(GLV_BITS, width), columns);
}

size_t g1_table_bytes(const struct g1_table *table) {
    return sizeof(struct g1_table_entry) * table->bases * (size_t)table->columns;
}

#define FILL_BLOCK 256

size_t g1_table_fill_scratch_bytes(size_t count) {
    size_t n = count < FILL_BLOCK ? count : FILL_BLOCK;
    size_t bytes = arena_size(sizeof(g1) * n) + arena_size(sizeof(g1_affine) * n) + arena_size(sizeof(fp) * n);
#if G1_LANES
    if (g1_lanes_table_scratch_bytes() > bytes) bytes = g1_lanes_table_scratch_bytes();
#endif
    return bytes;
}

static void store_entry(struct g1_table_entry *entry, const g1_affine *p) {
    entry->x = p->x;
    entry->y = p->y;
    fp_mul(&entry->beta_x, &p->x, &G1_BETA); /* infinity stays (0, 0) */
}

void g1_table_fill(struct g1_table *table, const g1_affine *points, size_t first, size_t count, struct arena *arena) {
#if G1_LANES
    if (g1_lanes_usable()) {
        g1_lanes_table_fill(table, points, first, count, arena);
        return;
    }
#endif
    size_t mark = arena->used, block = count < FILL_BLOCK ? count : FILL_BLOCK;
    g1 *multiples = ARENA_ARRAY(arena, g1, block);
    g1_affine *affine = ARENA_ARRAY(arena, g1_affine, block);
    fp *scratch = ARENA_ARRAY(arena, fp, block);
    for (size_t at = first; at < first + count; at += block) {
        size_t n = first + count - at < block ? first + count - at : block;
        for (size_t i = 0; i < n; i++) {
            g1_from_affine(&multiples[i], &points[at + i]);
            store_entry(&table->entries[at + i], &points[at + i]);
        }
        for (int t = 1; t < table->columns; t++) {
            for (size_t i = 0; i < n; i++) {
                for (int bit = 0; bit < table->width * table->stride; bit++) g1_dbl(&multiples[i], &multiples[i]);
            }
            g1_to_affine_batch(affine, multiples, n, scratch);
            for (size_t i = 0; i < n; i++)
                store_entry(&table->entries[(size_t)t * table->bases + at + i], &affine[i]);
        }
    }
    arena_release(arena, mark);
}

/* ---- Sums ---- */

/* One sum's shape and working memory. */
struct sum {
    const struct g1_table *table;
    size_t points;
    size_t buckets;   /* of one set */
    size_t sets;      /* stride */
    int16_t *digits;  /* [point][half][window] */
    uint32_t *refs;   /* of all sums that are worked on together */
    uint32_t *starts; /* refs of bucket b of set s of sum i from starts[(i * sets + s) * buckets + b] on */
};

static size_t bucket_count(const struct g1_table *table) {
    return (size_t)1 << (table->width - 1);
}

static size_t terms_max(const struct g1_table *table, size_t points) {
    return points * 2 * (size_t)table->windows;
}

static void recode(const struct sum *s, const fr *scalars) {
    int16_t *out = s->digits;
    const int windows = s->table->windows;
    for (size_t i = 0; i < s->points; i++) {
        struct glv_half halves[2];
        glv_split(halves, &scalars[i]);
        for (int h = 0; h < 2; h++, out += windows) glv_digits(out, &halves[h], s->table->width, windows);
    }
}

/* Of each window: where its set of buckets starts, and where the entries of its precomputed multiple do. Looked up,
 * for a division takes longer than all else that is done with a digit. */
#define WINDOWS_MAX 64
struct windows {
    uint32_t buckets[WINDOWS_MAX], entries[WINDOWS_MAX];
};

static void lay_windows(struct windows *r, const struct sum *s) {
    const struct g1_table *table = s->table;
    KZG_ASSERT(table->windows <= WINDOWS_MAX);
    for (int j = 0; j < table->windows; j++) {
        r->buckets[j] = (uint32_t)((size_t)(j % table->stride) * s->buckets);
        r->entries[j] = (uint32_t)((size_t)(j / table->stride) * table->bases);
    }
}

/* digit not 0 */
static size_t bucket_of(const struct windows *w, int window, int digit) {
    return w->buckets[window] + (uint32_t)(digit < 0 ? -digit : digit) - 1;
}

/* Sorts the terms of one sum by bucket: counts, then places, behind those of the sums before it. first is the first
 * base's index. */
static void sort_terms(const struct sum *s, const struct windows *w, size_t index, size_t first) {
    size_t all = s->buckets * s->sets;
    int windows = s->table->windows;
    uint32_t *starts = s->starts + index * all, sum = index == 0 ? 0 : starts[0];
    for (size_t b = 0; b <= all; b++) starts[b] = 0;
    const int16_t *digit = s->digits;
    for (size_t k = 0; k < s->points * 2; k++) {
        for (int j = 0; j < windows; j++, digit++) {
            if (*digit != 0) starts[bucket_of(w, j, *digit)]++;
        }
    }
    for (size_t b = 0; b <= all; b++) {
        sum += starts[b];
        starts[b] = sum;
    }
    digit = s->digits;
    for (size_t k = 0; k < s->points * 2; k++) {
        const uint32_t base = (uint32_t)(first + k / 2), other = (uint32_t)k & 1;
        for (int j = 0; j < windows; j++, digit++) {
            if (*digit == 0) continue;
            uint32_t ref = (w->entries[j] + base) << G1_REF_SHIFT;
            ref |= other * G1_REF_OTHER_HALF | ((uint32_t)(*digit < 0) ^ other) * G1_REF_NEGATIVE;
            s->refs[--starts[bucket_of(w, j, *digit)]] = ref;
        }
    }
}

/* ---- Sums of groups ---- */

static void load_term(g1_affine *p, const struct g1_table_entry *entry, uint32_t ref) {
    p->x = (ref & G1_REF_OTHER_HALF) != 0 ? entry->beta_x : entry->x;
    if ((ref & G1_REF_NEGATIVE) != 0)
        fp_neg(&p->y, &entry->y);
    else
        p->y = entry->y;
}

#define PREFETCH_AHEAD 8

/* Fewer terms than this do not fill the lanes' rounds. */
#define LANES_TERMS_MIN 256

static bool worth_lanes(size_t terms) {
    return g1_lanes_usable() && terms >= LANES_TERMS_MIN;
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

void g1_groups(g1_affine *out, const struct g1_table_entry *entries, const uint32_t *refs, const uint32_t *starts,
               size_t groups, struct arena *arena) {
#if G1_LANES
    if (worth_lanes(starts[groups])) {
        g1_lanes_groups(out, entries, refs, starts, groups, arena);
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
            if (i + PREFETCH_AHEAD < end) {
                const char *ahead = (const char *)&entries[refs[i + PREFETCH_AHEAD] >> G1_REF_SHIFT];
                __builtin_prefetch(ahead);
                __builtin_prefetch(ahead + 64);
                __builtin_prefetch(ahead + 128);
            }
            g1_affine p;
            load_term(&p, &entries[refs[i] >> G1_REF_SHIFT], refs[i]);
            batch_add_point(&adder, (uint32_t)g, &p);
        }
    }
    batch_add_finish(&adder);
    arena_release(arena, mark);
}

/* ---- Weighted sums of buckets ----
 *
 * With v - 1 = high * row + low, sum v B_v = row * sum high R_high + sum (low + 1) C_low, where R are the sums of the
 * rows and C those of the columns: two additions a bucket that can be batched, and 2 (rows + row) that cannot. */

struct grid {
    size_t rows, row;
};

static struct grid grid_of(const struct g1_table *table) {
    int bits = table->width - 1, low = (bits + 1) / 2;
    return (struct grid){(size_t)1 << (bits - low), (size_t)1 << low};
}

/* r = sum (i + first_weight) p[i], first_weight 0 or 1. */
static void running_sum(g1 *r, const g1_affine *p, size_t n, int first_weight) {
    g1 run, total;
    g1_set_infinity(&run);
    g1_set_infinity(&total);
    for (size_t i = n; i-- > 0;) {
        g1_add_affine(&run, &run, &p[i]);
        if (i > 0 || first_weight == 1) g1_add(&total, &total, &run);
    }
    *r = total;
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
    running_sum(r, lines, grid.rows, 0);
    for (size_t v = grid.row; v > 1; v /= 2) g1_dbl(r, r);
    running_sum(&low, lines + grid.rows, grid.row, 1);
    g1_add(r, r, &low);
}

static size_t weigh_scratch_bytes(const struct g1_table *table, size_t sets) {
    struct grid grid = grid_of(table);
    return arena_size(sizeof(g1_affine) * (grid.rows + grid.row) * sets) + batch_add_scratch_bytes();
}

/* r[s] = sum v B_v over set s. */
static void weigh(g1 *r, const struct g1_table *table, const g1_affine *buckets, size_t sets, struct arena *arena) {
    size_t mark = arena->used;
    struct grid grid = grid_of(table);
    g1_affine *lines = ARENA_ARRAY(arena, g1_affine, (grid.rows + grid.row) * sets);
    sum_lines(lines, buckets, sets, grid, arena);
    for (size_t s = 0; s < sets; s++) join_lines(&r[s], lines + s * (grid.rows + grid.row), grid);
    arena_release(arena, mark);
}

/* ---- All of it ---- */

/* Sums whose buckets are worked on together: enough to fill the batches, few enough for the cache. */
static size_t sums_at_once(const struct g1_table *table, size_t sums) {
    size_t per_sum = bucket_count(table) * (size_t)table->stride, most = 4096 / per_sum;
    if (most == 0) most = 1;
    return most < sums ? most : sums;
}

static size_t adding_scratch_bytes(const struct g1_table *table, size_t points, size_t at_once) {
    size_t sets = (size_t)table->stride * at_once;
    size_t bytes =
        arena_larger(g1_groups_scratch_bytes(terms_max(table, points) * at_once, bucket_count(table) * sets),
                     weigh_scratch_bytes(table, sets));
#if G1_LANES
    bytes = arena_larger(bytes, g1_lanes_weighted_scratch_bytes(sets, table->width - 1));
#endif
    return bytes;
}

size_t g1_table_sums_scratch_bytes(const struct g1_table *table, size_t points, size_t sums) {
    size_t at_once = sums_at_once(table, sums), sets = (size_t)table->stride * at_once;
    size_t buckets = bucket_count(table) * sets;
    return arena_size(sizeof(int16_t) * terms_max(table, points)) +
           arena_size(sizeof(uint32_t) * terms_max(table, points) * at_once) +
           arena_size(sizeof(uint32_t) * (buckets + 1)) + arena_size(sizeof(g1_affine) * buckets) +
           arena_size(sizeof(g1) * sets) + adding_scratch_bytes(table, points, at_once) +
           arena_size(sizeof(g1) * sums) + arena_size(sizeof(fp) * sums);
}

/* From sorted terms to the weighted sum of each set. */
static void add_terms(g1 *weighted, g1_affine *buckets, const struct sum *s, size_t sums, struct arena *arena) {
    g1_groups(buckets, s->table->entries, s->refs, s->starts, s->buckets * s->sets * sums, arena);
#if G1_LANES
    if (worth_lanes(terms_max(s->table, s->points) * sums)) {
        g1_lanes_weighted(weighted, buckets, s->sets * sums, s->table->width - 1, arena);
        return;
    }
#endif
    weigh(weighted, s->table, buckets, s->sets * sums, arena);
}

/* The sets of one sum, joined from the top: r = sum over set of 2^(width set) * weighted sum. */
static void join_sets(g1 *r, const struct sum *s, const g1 *weighted) {
    *r = weighted[s->sets - 1];
    for (size_t set = s->sets - 1; set-- > 0;) {
        for (int i = 0; i < s->table->width; i++) g1_dbl(r, r);
        g1_add(r, r, &weighted[set]);
    }
}

static void table_sums(g1 *r, const struct g1_table *table, size_t first, const fr *scalars, size_t points,
                       size_t sums, struct arena *arena) {
    size_t mark = arena->used, at_once = sums_at_once(table, sums);
    KZG_ASSERT(table->bases * (size_t)table->columns < (size_t)1 << (32 - G1_REF_SHIFT));
    KZG_ASSERT(first + points * sums <= table->bases);
    struct sum s = {.table = table, .points = points, .buckets = bucket_count(table), .sets = (size_t)table->stride};
    size_t all = s.buckets * s.sets;
    struct windows windows;
    lay_windows(&windows, &s);
    s.digits = ARENA_ARRAY(arena, int16_t, terms_max(table, points));
    s.refs = ARENA_ARRAY(arena, uint32_t, terms_max(table, points) * at_once);
    s.starts = ARENA_ARRAY(arena, uint32_t, all * at_once + 1);
    g1_affine *buckets = ARENA_ARRAY(arena, g1_affine, all * at_once);
    g1 *weighted = ARENA_ARRAY(arena, g1, s.sets * at_once);
    for (size_t done = 0; done < sums; done += at_once) {
        size_t n = sums - done < at_once ? sums - done : at_once;
        for (size_t i = 0; i < n; i++) {
            recode(&s, scalars + (done + i) * points);
            sort_terms(&s, &windows, i, first + (done + i) * points);
        }
        add_terms(weighted, buckets, &s, n, arena);
        for (size_t i = 0; i < n; i++) join_sets(&r[done + i], &s, weighted + i * s.sets);
    }
    arena_release(arena, mark);
}

void g1_table_sums(g1_affine *r, const struct g1_table *table, size_t first, const fr *scalars, size_t points,
                   size_t sums, struct arena *arena) {
    size_t mark = arena->used;
    g1 *jacobian = ARENA_ARRAY(arena, g1, sums);
    fp *scratch = ARENA_ARRAY(arena, fp, sums);
    table_sums(jacobian, table, first, scalars, points, sums, arena);
    g1_to_affine_batch(r, jacobian, sums, scratch);
    arena_release(arena, mark);
}

/* ---- Variable base: a table without precomputed multiples, made for one sum ---- */

/* Below this many terms shared doublings are cheaper than buckets. */
#define SMALL_SUM       24
#define SMALL_SUM_LANES 8

/* Width with the least work for n terms, in batched additions: the terms and two for each bucket are batched, the
 * running sums over rows and columns are not and cost two and a half times as much. */
static int best_width(size_t n, int bits) {
    int best = 2;
    size_t least = SIZE_MAX;
    for (int width = 2; width <= 15; width++) {
        struct g1_table table = {.width = width};
        struct grid grid = grid_of(&table);
        size_t windows = (size_t)glv_windows(bits, width);
        size_t cost = windows * (4 * n + 4 * bucket_count(&table) + 5 * (grid.rows + grid.row));
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
    if (way.small) return g1_sum_small_scratch_bytes(n);
    struct g1_table table;
    shape(&table, n, way.width, way.windows, 1);
    return arena_size(g1_table_bytes(&table)) + g1_table_sums_scratch_bytes(&table, n, 1);
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
    if (way.small) {
        g1_sum_small(r, points, scalars, n, arena);
        return;
    }
    size_t mark = arena->used;
    struct g1_table table;
    shape(&table, n, way.width, way.windows, 1);
    table.entries = ARENA_ARRAY(arena, struct g1_table_entry, n);
    for (size_t i = 0; i < n; i++) store_entry(&table.entries[i], &points[i]);
    table_sums(r, &table, 0, scalars, n, 1, arena);
    arena_release(arena, mark);
}

void g1_msm(g1 *r, const g1_affine *points, const fr *scalars, size_t n, struct arena *arena) {
    msm(r, points, scalars, n, GLV_BITS, arena);
}

void g1_msm_short(g1 *r, const g1_affine *points, const fr *scalars, size_t n, struct arena *arena) {
    msm(r, points, scalars, n, GLV_SHORT_BITS, arena);
}
