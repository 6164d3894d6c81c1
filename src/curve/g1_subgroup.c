#include "curve/g1_subgroup.h"

#include "curve/constants.h"
#include "curve/g1_digits.h"
#include "curve/g1_groups.h"
#include "curve/lanes.h"

/* count bits from bit at on, at most 16. */
static uint32_t bits_of(const g1_subgroup_random random, size_t at, int count) {
    size_t byte = at / 8;
    uint32_t bits = random[byte];
    if (byte + 1 < sizeof(g1_subgroup_random)) bits |= (uint32_t)random[byte + 1] << 8;
    if (byte + 2 < sizeof(g1_subgroup_random)) bits |= (uint32_t)random[byte + 2] << 16;
    return bits >> at % 8 & ((1u << count) - 1);
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

/* ---- Order 3 ---- */

bool g1_none_of_order_3(const g1_affine *points, size_t n) {
    fp two, values[G1_LANES_CUBES];
    fp_from_u64(&two, 2);
    for (size_t i = 0; i < n; i += G1_LANES_CUBES) {
        for (size_t k = 0; k < G1_LANES_CUBES; k++) {
            values[k] = FP_ONE;
            if (i + k < n && !g1_affine_is_infinity(&points[i + k])) fp_sub(&values[k], &points[i + k].y, &two);
        }
#if G1_LANES
        if (g1_lanes_usable()) {
            if (!g1_lanes_all_cubes(values)) return false;
            continue;
        }
#endif
        for (size_t k = 0; k < G1_LANES_CUBES && i + k < n; k++) {
            if (!fp_is_cube(&values[k])) return false;
        }
    }
    return true;
}

/* Terms sorted by group, in the form of g1_groups. */
struct terms {
    uint32_t *refs, *starts;
};

static size_t terms_bytes(size_t terms, size_t groups) {
    return arena_size(sizeof(uint32_t) * terms) + arena_size(sizeof(uint32_t) * (groups + 1)) +
           g1_groups_scratch_bytes(terms, groups);
}

static struct terms take_terms(size_t terms, size_t groups, struct arena *arena) {
    return (struct terms){.refs = ARENA_ARRAY(arena, uint32_t, terms),
                          .starts = ARENA_ARRAY(arena, uint32_t, groups + 1)};
}

/* ---- Many points ---- */

#define ROUNDS   17
#define TOGETHER 5 /* sums whose coefficients name a bucket */
#define SUMS     (ROUNDS * TOGETHER)
#define PATTERNS 243
#define ZERO     (PATTERNS / 2) /* all five coefficients are zero: its negative is itself */
#define BUCKETS  ZERO           /* of patterns above: bucket b for pattern ZERO + 1 + b */

typedef uint8_t patterns[ROUNDS]; /* of a point */

static void draw_patterns(patterns *r, const g1_subgroup_random *random, size_t n) {
    for (size_t i = 0; i < n; i++) {
        for (size_t round = 0; round < ROUNDS; round++)
            r[i][round] = (uint8_t)(bits_of(random[i], 15 * round, 15) % PATTERNS);
    }
}
_Static_assert(15 * ROUNDS <= 8 * sizeof(g1_subgroup_random), "bits enough");

static size_t many_bytes(size_t n) {
    return arena_size(sizeof(g1_affine) * ROUNDS * BUCKETS) + arena_size(sizeof(g1_affine) * SUMS) +
           arena_larger(arena_size(sizeof(patterns) * n) + terms_bytes(n * ROUNDS, ROUNDS * BUCKETS),
                        terms_bytes(SUMS * BUCKETS, SUMS));
}

/* The bucket of a pattern in its round, and whether it takes the negative. Not for ZERO. */
static size_t bucket_of(int pattern, bool *ret_negative) {
    *ret_negative = pattern < ZERO;
    return (size_t)(*ret_negative ? ZERO - 1 - pattern : pattern - ZERO - 1);
}

static void fill_buckets(g1_affine *buckets, const g1_affine *points, const g1_subgroup_random *random, size_t n,
                         struct arena *arena) {
    size_t mark = arena->used;
    patterns *of = ARENA_ARRAY(arena, patterns, n);
    struct terms t = take_terms(n * ROUNDS, ROUNDS * BUCKETS, arena);
    bool negative;
    draw_patterns(of, random, n);
    uint32_t sum = 0;
    for (size_t b = 0; b <= ROUNDS * BUCKETS; b++) t.starts[b] = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t round = 0; round < ROUNDS; round++) {
            int pattern = of[i][round];
            if (pattern != ZERO) t.starts[round * BUCKETS + bucket_of(pattern, &negative)]++;
        }
    }
    for (size_t b = 0; b <= ROUNDS * BUCKETS; b++) t.starts[b] = sum += t.starts[b];
    for (size_t i = 0; i < n; i++) { /* from each bucket's end to its start */
        for (size_t round = 0; round < ROUNDS; round++) {
            int pattern = of[i][round];
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

static bool check_many(const g1_affine *points, const g1_subgroup_random *random, size_t n, struct arena *arena) {
    size_t mark = arena->used;
    g1_affine *buckets = ARENA_ARRAY(arena, g1_affine, ROUNDS * BUCKETS), *sums = ARENA_ARRAY(arena, g1_affine, SUMS);
    fill_buckets(buckets, points, random, n, arena);
    add_buckets(sums, buckets, arena);
    arena_release(arena, mark);
    return check_each(sums, SUMS);
}

/* ---- Digits of sums ---- */

size_t g1_digits_in_subgroup_scratch_bytes(size_t length, size_t besides) {
    return arena_size(sizeof(g1) * (length + 1)) + arena_size(sizeof(fp) * (length + 1)) +
           arena_size(sizeof(g1_affine) * (length + 1 + besides));
}

/* What is looked at: of one sum its digits, of two the first one's digits with the second one's that are next, which
 * begin with its lowest one alone. */
static size_t list_digits(g1 *sums, const g1 *digits, const g1 *second, size_t length) {
    size_t n = 0;
    if (second != NULL) sums[n++] = second[0];
    for (size_t j = 0; j < length; j++) {
        sums[n] = digits[j];
        if (second != NULL && j + 1 < length) g1_add(&sums[n], &sums[n], &second[j + 1]);
        n++;
    }
    return n;
}

bool g1_digits_in_subgroup(const g1 *digits, const g1 *second, size_t length, const g1_affine *besides,
                           size_t n_besides, struct arena *arena) {
    const size_t mark = arena->used;
    g1 *sums = ARENA_ARRAY(arena, g1, length + 1);
    fp *scratch = ARENA_ARRAY(arena, fp, length + 1);
    g1_affine *all = ARENA_ARRAY(arena, g1_affine, length + 1 + n_besides);
    size_t n = list_digits(sums, digits, second, length);
    g1_to_affine_batch(all, sums, n, scratch);
    for (size_t i = 0; i < n_besides; i++) all[n++] = besides[i];
    arena_release(arena, mark);
    return check_each(all, n);
}

/* ---- Fewer ---- */

#define BASE     11
#define RESIDUES (BASE * BASE)
#define WEIGHTED 19 /* sums */

static size_t few_buckets(void) {
    return WEIGHTED * (size_t)HEXAGON_11.per_digit;
}

static size_t few_bytes(size_t n) {
    return arena_size(sizeof(struct g1_table_entry) * n) + arena_size(sizeof(uint16_t) * WEIGHTED * n) +
           arena_size(sizeof(g1_affine) * few_buckets()) + arena_size(sizeof(g1) * WEIGHTED) +
           arena_larger(terms_bytes(WEIGHTED * n, few_buckets()),
                        arena_larger(g1_digits_weigh_scratch_bytes(&HEXAGON_11, WEIGHTED),
                                     g1_digits_in_subgroup_scratch_bytes(WEIGHTED, 0)));
}

/* codes[s n + i] is point i's digit in sum s. */
static void draw_digits(uint16_t *codes, const g1_subgroup_random *random, size_t n) {
    uint16_t code[RESIDUES];
    for (int k = 0; k < RESIDUES; k++)
        code[k] = hexagon_residue(&HEXAGON_11, k % BASE - BASE / 2, k / BASE - BASE / 2);
    for (size_t i = 0; i < n; i++) {
        for (size_t s = 0; s < WEIGHTED; s++) codes[s * n + i] = code[bits_of(random[i], 13 * s, 13) % RESIDUES];
    }
}
_Static_assert(13 * WEIGHTED <= 8 * sizeof(g1_subgroup_random), "bits enough");

static bool check_few(const g1_affine *points, const g1_subgroup_random *random, size_t n, struct arena *arena) {
    if (!g1_none_of_order_3(points, n)) return false;
    size_t mark = arena->used;
    struct g1_table_entry *entries = ARENA_ARRAY(arena, struct g1_table_entry, n);
    uint16_t *codes = ARENA_ARRAY(arena, uint16_t, WEIGHTED * n);
    g1_affine *buckets = ARENA_ARRAY(arena, g1_affine, few_buckets());
    g1 *weighted = ARENA_ARRAY(arena, g1, WEIGHTED);
    size_t inner = arena->used;
    for (size_t i = 0; i < n; i++) g1_table_entry_set(&entries[i], &points[i]);
    draw_digits(codes, random, n);
    struct terms t = take_terms(WEIGHTED * n, few_buckets(), arena);
    t.starts[0] = 0;
    g1_digits_sort(t.refs, t.starts,
                   &(struct g1_digits){.codes = codes, .n = n, .digits = WEIGHTED, .sets = WEIGHTED}, &HEXAGON_11);
    g1_groups(buckets, g1_entry_points(entries), t.refs, t.starts, few_buckets(), arena);
    arena_release(arena, inner);
    g1_digits_weigh(weighted, &HEXAGON_11, buckets, WEIGHTED, arena);
    bool good = g1_digits_in_subgroup(weighted, NULL, WEIGHTED, NULL, 0, arena);
    arena_release(arena, mark);
    return good;
}

/* ---- Either ---- */

static bool is_many(size_t n) {
    return n >= (g1_lanes_usable() ? G1_SUBGROUP_MANY_LANES : G1_SUBGROUP_MANY_SCALAR);
}

/* The backend may be changed at any time, so there is room for both. */
size_t g1_all_in_subgroup_scratch_bytes(size_t n) {
    return arena_larger(many_bytes(n), few_bytes(n < G1_SUBGROUP_MANY_LANES ? n : G1_SUBGROUP_MANY_LANES));
}

bool g1_all_in_subgroup(const g1_affine *points, const g1_subgroup_random *random, size_t n, struct arena *arena) {
    return is_many(n) ? check_many(points, random, n, arena) : check_few(points, random, n, arena);
}
