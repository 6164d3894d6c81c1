#include "curve/g1_subgroup.h"

#include "base/assert.h"
#include "curve/g1_groups.h"
#include "curve/lanes.h"

#define ROUNDS   G1_SUBGROUP_ROUNDS
#define TOGETHER 5 /* sums whose coefficients name a bucket */
#define SUMS     (ROUNDS * TOGETHER)
#define ZERO     (G1_SUBGROUP_PATTERNS / 2) /* all five coefficients are zero: its negative is itself */
#define BUCKETS  ZERO                       /* of patterns above: bucket b for pattern ZERO + 1 + b */

/* Terms sorted by group, in the form of g1_groups. */
struct terms {
    uint32_t *refs, *starts;
};

static size_t terms_bytes(size_t terms, size_t groups) {
    return arena_size(sizeof(uint32_t) * terms) + arena_size(sizeof(uint32_t) * (groups + 1)) +
           g1_groups_scratch_bytes(terms, groups);
}

size_t g1_all_in_subgroup_scratch_bytes(size_t n) {
    return arena_size(sizeof(g1_affine) * ROUNDS * BUCKETS) + arena_size(sizeof(g1_affine) * SUMS) +
           arena_larger(terms_bytes(n * ROUNDS, ROUNDS * BUCKETS), terms_bytes(SUMS * BUCKETS, SUMS));
}

static struct terms take_terms(size_t terms, size_t groups, struct arena *arena) {
    return (struct terms){.refs = ARENA_ARRAY(arena, uint32_t, terms),
                          .starts = ARENA_ARRAY(arena, uint32_t, groups + 1)};
}

/* The bucket of a pattern in its round, and whether it takes the negative. Not for ZERO. */
static size_t bucket_of(int pattern, bool *ret_negative) {
    *ret_negative = pattern < ZERO;
    return (size_t)(*ret_negative ? ZERO - 1 - pattern : pattern - ZERO - 1);
}

static void fill_buckets(g1_affine *buckets, const g1_affine *points, const g1_subgroup_patterns *patterns, size_t n,
                         struct arena *arena) {
    size_t mark = arena->used;
    struct terms t = take_terms(n * ROUNDS, ROUNDS * BUCKETS, arena);
    uint32_t sum = 0;
    bool negative;
    for (size_t b = 0; b <= ROUNDS * BUCKETS; b++) t.starts[b] = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t round = 0; round < ROUNDS; round++) {
            int pattern = patterns[i][round];
            KZG_CHECK(pattern < G1_SUBGROUP_PATTERNS);
            if (pattern != ZERO) t.starts[round * BUCKETS + bucket_of(pattern, &negative)]++;
        }
    }
    for (size_t b = 0; b <= ROUNDS * BUCKETS; b++) t.starts[b] = sum += t.starts[b];
    for (size_t i = 0; i < n; i++) { /* from each bucket's end to its start */
        for (size_t round = 0; round < ROUNDS; round++) {
            int pattern = patterns[i][round];
            if (pattern == ZERO) continue;
            size_t bucket = round * BUCKETS + bucket_of(pattern, &negative);
            t.refs[--t.starts[bucket]] = (uint32_t)i << G1_REF_SHIFT | negative * G1_REF_NEGATIVE;
        }
    }
    g1_groups(buckets, g1_plain_points(points), t.refs, t.starts, ROUNDS * BUCKETS, arena);
    arena_release(arena, mark);
}

/* The k-th coefficient of a pattern. */
static int coefficient(int pattern, int k) {
    for (; k > 0; k--) pattern /= 3;
    return pattern % 3 - 1;
}

static void add_buckets(g1_affine sums[SUMS], const g1_affine *buckets, struct arena *arena) {
    size_t mark = arena->used, terms = 0;
    struct terms t = take_terms(SUMS * BUCKETS, SUMS, arena);
    for (size_t s = 0; s < SUMS; s++) {
        t.starts[s] = (uint32_t)terms;
        for (size_t b = 0; b < BUCKETS; b++) {
            int c = coefficient((int)(ZERO + 1 + b), (int)(s % TOGETHER));
            uint32_t entry = (uint32_t)(s / TOGETHER * BUCKETS + b);
            if (c != 0) t.refs[terms++] = entry << G1_REF_SHIFT | (c < 0) * G1_REF_NEGATIVE;
        }
    }
    t.starts[SUMS] = (uint32_t)terms;
    g1_groups(sums, g1_plain_points(buckets), t.refs, t.starts, SUMS, arena);
    arena_release(arena, mark);
}

static bool check_each(const g1_affine *points, size_t n) {
#if G1_LANES
    if (g1_lanes_usable()) {
        for (size_t i = 0; i < n; i += G1_LANES_DECODE) {
            size_t some = n - i < G1_LANES_DECODE ? n - i : G1_LANES_DECODE;
            if (!g1_lanes_all_in_subgroup(points + i, some)) return false;
        }
        return true;
    }
#endif
    for (size_t i = 0; i < n; i++) {
        if (!g1_affine_in_subgroup(&points[i])) return false;
    }
    return true;
}

bool g1_all_in_subgroup(const g1_affine *points, const g1_subgroup_patterns *patterns, size_t n,
                        struct arena *arena) {
    size_t mark = arena->used;
    g1_affine *buckets = ARENA_ARRAY(arena, g1_affine, ROUNDS * BUCKETS), *sums = ARENA_ARRAY(arena, g1_affine, SUMS);
    fill_buckets(buckets, points, patterns, n, arena);
    add_buckets(sums, buckets, arena);
    arena_release(arena, mark);
    return check_each(sums, SUMS);
}
