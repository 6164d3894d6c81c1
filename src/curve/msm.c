/* Sums by buckets. Every base is split by the endomorphism into two of 128 bits, these into signed digits of width
 * bits; a base goes into the bucket of its digit's value, with its sign. The buckets 1 ... 2^(width-1) of each window
 * are summed with weights, and the windows joined by doublings.
 *
 * Few terms are sorted and added in all windows together, so that the rounds of additions are full; many in one
 * window at a time, which takes a window's memory, and more than a block of them block by block: a random place in
 * what one block takes is found faster than in all of memory. A block's sums of buckets are terms of the next one, so
 * that blocks cost no additions.
 *
 * Source: N. Pippenger (1976) in the form of D. Bernstein, J. Doumen, T. Lange, J.-J. Oosterwijk, "Faster batch
 * forgery identification" (2012). */
#include "curve/msm.h"

#include "base/assert.h"
#include "curve/g1_groups.h"
#include "curve/g1_mul.h"
#include "curve/glv.h"
#include "curve/lanes.h"

/* One sum's shape and working memory. */
struct sum {
    struct g1_msm_way way;
    int windows;      /* of a half scalar */
    size_t points;    /* of the block at hand */
    size_t stride;    /* of digits */
    int32_t *digits;  /* [window][point][half] */
    uint32_t *refs;   /* of the windows that are worked on together */
    uint32_t *starts; /* refs of bucket b of the w-th of them from starts[w bucket_count(width) + b] on */
    g1_affine *room;  /* entries of a block's points, then slots for the sums of buckets */
};

static size_t bucket_count(int width) {
    return (size_t)1 << (width - 1);
}

/* More than one block? Then every window keeps its buckets, in a slot of its own, and one slot more takes the new
 * ones. */
static bool in_blocks(const struct g1_msm_way *way, size_t n) {
    return n > way->block;
}

static size_t block_of(const struct g1_msm_way *way, size_t n) {
    return in_blocks(way, n) ? way->block : n;
}

static size_t together_of(const struct g1_msm_way *way, size_t n, int windows) {
    size_t most = in_blocks(way, n) ? 1 : way->together;
    return most < (size_t)windows ? most : (size_t)windows;
}

static size_t slots_of(const struct g1_msm_way *way, size_t n, int windows) {
    return in_blocks(way, n) ? (size_t)windows + 1 : together_of(way, n, windows);
}

/* ---- Sorting ---- */

/* The writes of one scalar to all windows do not fall into one set of the cache. */
static size_t digits_stride(size_t block) {
    return 2 * block + ARENA_ALIGN / sizeof(int32_t);
}

static void recode(const struct sum *s, const fr *scalars) {
    int32_t *out = s->digits;
    for (size_t i = 0; i < s->points; i++) {
        struct glv_half halves[2];
        glv_split(halves, &scalars[i]);
        for (int h = 0; h < 2; h++, out++) glv_digits(out, s->stride, &halves[h], s->way.width, s->windows);
    }
}

/* All ones for a negative digit: half of them are, and nobody could foretell a branch which. */
static int32_t sign_of(int32_t digit) {
    return digit >> 31;
}

/* digit not 0 */
static size_t bucket_of(int32_t digit) {
    return (size_t)((digit ^ sign_of(digit)) - sign_of(digit)) - 1;
}

/* An entry is two of the room's points, the second of which is its point. */
static uint32_t entry_index(size_t i) {
    return (uint32_t)(2 * i + 1);
}
_Static_assert(sizeof(struct g1_table_entry) == 2 * sizeof(g1_affine) &&
                   offsetof(struct g1_table_entry, point) == sizeof(g1_affine),
               "entries stand among points");

/* Counts the terms of each bucket and makes of the counts the ends of their places. */
static void count_terms(const struct sum *s, size_t first, size_t windows, const g1_affine *before) {
    const size_t buckets = bucket_count(s->way.width), all = buckets * windows;
    uint32_t *starts = s->starts, sum = 0;
    for (size_t b = 0; b <= all; b++) starts[b] = 0;
    for (size_t b = 0; before != NULL && b < buckets; b++) starts[b] = !g1_affine_is_infinity(&before[b]);
    for (size_t w = 0; w < windows; w++) {
        const int32_t *digits = s->digits + (first + w) * s->stride;
        uint32_t *counts = starts + w * buckets;
        for (size_t k = 0; k < 2 * s->points; k++) {
            if (digits[k] != 0) counts[bucket_of(digits[k])]++;
        }
    }
    for (size_t b = 0; b <= all; b++) {
        sum += starts[b];
        starts[b] = sum;
    }
}

/* Sorts the terms of some windows by bucket: counts, then places. before: the one window's sums of buckets so far, in
 * the room, or NULL. */
static void sort_terms(const struct sum *s, size_t first, size_t windows, const g1_affine *before) {
    const size_t buckets = bucket_count(s->way.width);
    count_terms(s, first, windows, before);
    for (size_t w = 0; w < windows; w++) {
        const int32_t *digits = s->digits + (first + w) * s->stride;
        uint32_t *ends = s->starts + w * buckets;
        for (size_t k = 0; k < 2 * s->points; k++) {
            const int32_t digit = digits[k];
            if (digit == 0) continue;
            /* of the second half: times zeta */
            const uint32_t term = entry_index(k / 2) << G1_REF_SHIFT | (k & 1);
            s->refs[--ends[bucket_of(digit)]] = term + ((uint32_t)sign_of(digit) & G1_REF_NEGATIVE);
        }
    }
    for (size_t b = 0; before != NULL && b < buckets; b++) {
        if (!g1_affine_is_infinity(&before[b]))
            s->refs[--s->starts[b]] = (uint32_t)(before + b - s->room) << G1_REF_SHIFT;
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

/* The terms of all lines: set by set its rows, then its columns. */
static void list_lines(uint32_t *refs, uint32_t *starts, size_t sets, struct grid grid) {
    uint32_t used = 0, place = 0;
    for (size_t s = 0; s < sets; s++) {
        size_t first = s * grid.rows * grid.row;
        for (size_t h = 0; h < grid.rows; h++) {
            starts[place++] = used;
            for (size_t l = 0; l < grid.row; l++) refs[used++] = (uint32_t)(first + h * grid.row + l) << G1_REF_SHIFT;
        }
        for (size_t l = 0; l < grid.row; l++) {
            starts[place++] = used;
            for (size_t h = 0; h < grid.rows; h++)
                refs[used++] = (uint32_t)(first + h * grid.row + l) << G1_REF_SHIFT;
        }
    }
    starts[place] = used;
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
    size_t places = (grid.rows + grid.row) * sets, terms = 2 * grid.rows * grid.row * sets;
    return arena_size(sizeof(uint32_t) * terms) + arena_size(sizeof(uint32_t) * (places + 1)) +
           arena_size(sizeof(g1_affine) * places) + g1_groups_scratch_bytes(terms, places);
}

/* r[s] = sum v B_v over set s. */
static void weigh(g1 *r, int width, const g1_affine *buckets, size_t sets, struct arena *arena) {
    size_t mark = arena->used;
    struct grid grid = grid_of(width);
    size_t per_set = grid.rows + grid.row, places = per_set * sets;
    uint32_t *refs = ARENA_ARRAY(arena, uint32_t, 2 * grid.rows * grid.row * sets);
    uint32_t *starts = ARENA_ARRAY(arena, uint32_t, places + 1);
    g1_affine *lines = ARENA_ARRAY(arena, g1_affine, places);
    list_lines(refs, starts, sets, grid);
    g1_groups(lines, g1_plain_points(buckets), refs, starts, places, arena);
    for (size_t s = 0; s < sets; s++) join_lines(&r[s], lines + s * per_set, grid);
    arena_release(arena, mark);
}

/* ---- All of it ---- */

static size_t terms_max(const struct g1_msm_way *way, size_t n, int windows) {
    size_t terms = 2 * block_of(way, n) * together_of(way, n, windows);
    return terms + (in_blocks(way, n) ? bucket_count(way->width) : 0);
}

static size_t room_points(const struct g1_msm_way *way, size_t n, int windows) {
    return 2 * block_of(way, n) + slots_of(way, n, windows) * bucket_count(way->width);
}

static size_t buckets_scratch_bytes(const struct g1_msm_way *way, size_t n, int windows) {
    size_t sets = together_of(way, n, windows), buckets = bucket_count(way->width) * sets;
    size_t terms = terms_max(way, n, windows);
    size_t bytes = arena_larger(g1_groups_scratch_bytes(terms, buckets), weigh_scratch_bytes(way->width, sets));
#if G1_LANES
    bytes = arena_larger(bytes, g1_lanes_weighted_scratch_bytes(sets, way->width - 1));
#endif
    return arena_size(sizeof(g1_affine) * room_points(way, n, windows)) +
           arena_size(sizeof(int32_t) * digits_stride(block_of(way, n)) * (size_t)windows) +
           arena_size(sizeof(uint32_t) * terms) + arena_size(sizeof(uint32_t) * (buckets + 1)) +
           arena_size(sizeof(g1) * (size_t)windows) + arena_size(sizeof(g1_affine *) * ((size_t)windows + 1)) + bytes;
}

/* r = the weighted sums of some windows. */
static void weigh_windows(g1 *r, const struct sum *s, const g1_affine *buckets, size_t windows, struct arena *arena) {
#if G1_LANES
    if (g1_lanes_worth(2 * s->points * windows)) {
        g1_lanes_weighted(r, buckets, windows, s->way.width - 1, arena);
        return;
    }
#endif
    weigh(r, s->way.width, buckets, windows, arena);
}

/* r = sum over windows of 2^(width window) * weighted sum. */
static void join_windows(g1 *r, const struct sum *s, const g1 *weighted) {
    *r = weighted[s->windows - 1];
    for (int w = s->windows - 1; w-- > 0;) {
        for (int i = 0; i < s->way.width; i++) g1_dbl(r, r);
        g1_add(r, r, &weighted[w]);
    }
}

static void take_block(struct sum *s, const g1_affine *points, const fr *scalars, size_t n) {
    struct g1_table_entry *entries = (struct g1_table_entry *)(void *)s->room;
    s->points = n;
    for (size_t i = 0; i < n; i++) g1_table_entry_set(&entries[i], &points[i]);
    recode(s, scalars);
}

static void add_terms(g1_affine *out, const struct sum *s, size_t windows, struct arena *arena) {
    g1_groups(out, g1_plain_points(s->room), s->refs, s->starts, bucket_count(s->way.width) * windows, arena);
}

/* The block at hand is all there is. */
static void add_windows(g1 *weighted, const struct sum *s, size_t together, g1_affine *buckets, struct arena *arena) {
    const size_t windows = (size_t)s->windows;
    for (size_t first = 0; first < windows; first += together) {
        size_t n = windows - first < together ? windows - first : together;
        sort_terms(s, first, n, NULL);
        add_terms(buckets, s, n, arena);
        weigh_windows(weighted + first, s, buckets, n, arena);
    }
}

/* Adds the block at hand. slots[w] is where the sums of window w are, none of them before the first block;
 * slots[windows] is free. */
static void add_block(g1 *weighted, const struct sum *s, g1_affine **slots, bool is_first, bool is_last,
                      struct arena *arena) {
    const size_t windows = (size_t)s->windows;
    for (size_t w = 0; w < windows; w++) {
        g1_affine *out = slots[windows];
        sort_terms(s, w, 1, is_first ? NULL : slots[w]);
        add_terms(out, s, 1, arena);
        slots[windows] = slots[w];
        slots[w] = out;
        if (is_last) weigh_windows(&weighted[w], s, out, 1, arena);
    }
}

static void sum_by_buckets(g1 *r, const g1_affine *points, const fr *scalars, size_t n, int bits,
                           const struct g1_msm_way *way, struct arena *arena) {
    size_t mark = arena->used, buckets = bucket_count(way->width), block = block_of(way, n);
    struct sum s = {.way = *way, .windows = glv_windows(bits, way->width), .stride = digits_stride(block)};
    const size_t windows = (size_t)s.windows, together = together_of(way, n, s.windows);
    KZG_ASSERT(room_points(way, n, s.windows) < G1_REF_MAX);
    s.room = ARENA_ARRAY(arena, g1_affine, room_points(way, n, s.windows));
    s.digits = ARENA_ARRAY(arena, int32_t, s.stride * windows);
    s.refs = ARENA_ARRAY(arena, uint32_t, terms_max(way, n, s.windows));
    s.starts = ARENA_ARRAY(arena, uint32_t, buckets * together + 1);
    g1 *weighted = ARENA_ARRAY(arena, g1, windows);
    g1_affine **slots = ARENA_ARRAY(arena, g1_affine *, windows + 1);
    if (in_blocks(way, n)) {
        /* equally long ones */
        size_t blocks = (n + block - 1) / block, length = (n + blocks - 1) / blocks;
        for (size_t w = 0; w <= windows; w++) slots[w] = s.room + 2 * block + w * buckets;
        for (size_t at = 0; at < n; at += length) {
            size_t count = n - at < length ? n - at : length;
            take_block(&s, points + at, scalars + at, count);
            add_block(weighted, &s, slots, at == 0, at + count == n, arena);
        }
    } else {
        take_block(&s, points, scalars, n);
        add_windows(weighted, &s, together, s.room + 2 * block, arena);
    }
    join_windows(r, &s, weighted);
    arena_release(arena, mark);
}

/* ---- The way ---- */

/* Below this many terms shared doublings are cheaper than buckets. */
#define SMALL_SUM       24
#define SMALL_SUM_LANES 8

/* Points of a block: with their entries, 24 MiB. More were as fast at best, and slower in small pages. */
#define BLOCK ((size_t)1 << 17)
/* The widest window, of which a block fills each bucket with eight terms. Those of 19 bits save a fourteenth of the
 * additions of 2^22 points, took longer nevertheless, and ten times the memory. */
#define WIDTH_MOST 16
/* Up to so many points all windows are worked on together. */
#define TOGETHER 8192

/* Width with the least work for n terms, in batched additions: the terms and two for each bucket are batched, the
 * running sums over rows and columns are not and cost two and a half times as much. */
static int best_width(size_t n, int bits) {
    int best = 2;
    size_t least = SIZE_MAX;
    for (int width = 2; width <= WIDTH_MOST; width++) {
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

static bool is_small(size_t n, bool lanes) {
    return n < (lanes ? SMALL_SUM_LANES : SMALL_SUM);
}

static struct g1_msm_way way_of(size_t n, int bits, bool lanes) {
    struct g1_msm_way way = {.width = best_width(n, bits), .block = BLOCK, .together = 1};
#if G1_LANES
    if (lanes && n < LANES_FEW) way.width = best_width_few(n, bits);
#endif
    (void)lanes;
    if (n <= TOGETHER) way.together = (size_t)glv_windows(bits, way.width);
    return way;
}

static size_t scratch_bytes(size_t n, int bits, bool lanes) {
    if (is_small(n, lanes)) return g1_sum_small_scratch_bytes(n);
    struct g1_msm_way way = way_of(n, bits, lanes);
    return buckets_scratch_bytes(&way, n, glv_windows(bits, way.width));
}

/* The variant may be changed at any time, so there is room for both ways; and for fewer terms, which take more where
 * their windows are worked on together. */
size_t g1_msm_scratch_bytes(size_t n) {
    static const int lengths[] = {GLV_BITS, GLV_SHORT_BITS};
    size_t bytes = n > TOGETHER ? g1_msm_scratch_bytes(TOGETHER) : 0;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        bytes = arena_larger(bytes, scratch_bytes(n, lengths[i], false));
        bytes = arena_larger(bytes, scratch_bytes(n, lengths[i], true));
    }
    return bytes;
}

static void msm(g1 *r, const g1_affine *points, const fr *scalars, size_t n, int bits, struct arena *arena) {
    const bool lanes = g1_lanes_usable();
    if (is_small(n, lanes)) {
        g1_sum_small(r, points, scalars, n, arena);
        return;
    }
    const struct g1_msm_way way = way_of(n, bits, lanes);
    sum_by_buckets(r, points, scalars, n, bits, &way, arena);
}

void g1_msm(g1 *r, const g1_affine *points, const fr *scalars, size_t n, struct arena *arena) {
    msm(r, points, scalars, n, GLV_BITS, arena);
}

void g1_msm_short(g1 *r, const g1_affine *points, const fr *scalars, size_t n, struct arena *arena) {
    msm(r, points, scalars, n, GLV_SHORT_BITS, arena);
}

size_t g1_msm_by_scratch_bytes(const struct g1_msm_way *way, size_t n) {
    return buckets_scratch_bytes(way, n, glv_windows(GLV_BITS, way->width));
}

void g1_msm_by(g1 *r, const struct g1_msm_way *way, const g1_affine *points, const fr *scalars, size_t n,
               struct arena *arena) {
    KZG_ASSERT(n > 0 && way->width >= 2 && way->width <= G1_MSM_WIDTH_MAX && way->block > 0 && way->together > 0);
    sum_by_buckets(r, points, scalars, n, GLV_BITS, way, arena);
}
