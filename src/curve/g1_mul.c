#include "curve/g1_mul.h"

#include "curve/constants.h"
#include "curve/glv.h"
#include "curve/lanes.h"

/* a, 3a, 5a, ... 15a. */
#define ODD_MULTIPLES 8

/* Points are taken this many at a time, so that their multiples stay in the cache. */
#define BLOCK 64

struct odd_table {
    g1_affine multiple[ODD_MULTIPLES];
    fp beta_x[ODD_MULTIPLES]; /* x of the multiples of x^2 a, whose y are the negatives */
};

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

static size_t table_scratch_bytes(size_t n) {
    return arena_size(sizeof(g1) * n * ODD_MULTIPLES) + arena_size(sizeof(fp) * n * ODD_MULTIPLES) +
           arena_size(sizeof(g1_affine) * n * ODD_MULTIPLES);
}

static void odd_tables(struct odd_table *tables, const g1_affine *a, size_t n, struct arena *arena) {
    size_t mark = arena->used;
    g1 *jacobian = ARENA_ARRAY(arena, g1, n * ODD_MULTIPLES);
    fp *scratch = ARENA_ARRAY(arena, fp, n * ODD_MULTIPLES);
    g1_affine *affine = ARENA_ARRAY(arena, g1_affine, n * ODD_MULTIPLES);
    for (size_t i = 0; i < n; i++) {
        g1 *m = jacobian + i * ODD_MULTIPLES, twice;
        g1_from_affine(&m[0], &a[i]);
        g1_dbl(&twice, &m[0]);
        for (int j = 1; j < ODD_MULTIPLES; j++) g1_add(&m[j], &m[j - 1], &twice);
    }
    g1_to_affine_batch(affine, jacobian, n * ODD_MULTIPLES, scratch);
    for (size_t i = 0; i < n; i++) {
        for (int j = 0; j < ODD_MULTIPLES; j++) {
            tables[i].multiple[j] = affine[i * ODD_MULTIPLES + (size_t)j];
            fp_mul(&tables[i].beta_x[j], &tables[i].multiple[j].x, &G1_BETA);
        }
    }
    arena_release(arena, mark);
}

/* r += digit a (half 0) or digit x^2 a (half 1), digit odd or zero. */
static void add_digit(g1 *r, const struct odd_table *table, int half, int digit) {
    if (digit == 0) return;
    int j = (digit < 0 ? -digit : digit) / 2;
    g1_affine p = table->multiple[j];
    if (half == 1 && !g1_affine_is_infinity(&p)) p.x = table->beta_x[j];
    if ((digit < 0) != (half == 1)) fp_neg(&p.y, &p.y);
    g1_add_affine(r, r, &p);
}

static void mul_one(g1 *r, const struct odd_table *table, const fr *k) {
    struct glv_wnaf naf;
    glv_wnaf(&naf, k);
    g1_set_infinity(r);
    for (int i = naf.length - 1; i >= 0; i--) {
        g1_dbl(r, r);
        add_digit(r, table, 0, naf.digits[0][i]);
        add_digit(r, table, 1, naf.digits[1][i]);
    }
}

static size_t one_by_one_scratch_bytes(size_t n) {
    n = smaller(n, BLOCK);
    return arena_size(sizeof(struct odd_table) * n) + table_scratch_bytes(n);
}

static void one_by_one(g1 *r, const g1_affine *a, const fr *k, size_t n, struct arena *arena) {
    size_t mark = arena->used;
    struct odd_table *tables = ARENA_ARRAY(arena, struct odd_table, smaller(n, BLOCK));
    for (size_t first = 0; first < n; first += BLOCK) {
        size_t count = smaller(n - first, BLOCK);
        odd_tables(tables, a + first, count, arena);
        for (size_t i = 0; i < count; i++) mul_one(&r[first + i], &tables[i], &k[first + i]);
    }
    arena_release(arena, mark);
}

#if G1_LANES
/* Fewer are sooner multiplied one by one. */
#define LANES_POINTS_MIN 6

static void in_lanes(g1 *r, const g1_affine *a, const fr *k, size_t n, struct arena *arena) {
    size_t mark = arena->used;
    uint32_t *left = ARENA_ARRAY(arena, uint32_t, n);
    size_t count = g1_lanes_mul(r, left, a, k, n, arena);
    for (size_t i = 0; i < count; i++) one_by_one(&r[left[i]], &a[left[i]], &k[left[i]], 1, arena);
    arena_release(arena, mark);
}
#endif

size_t g1_mul_batch_scratch_bytes(size_t n) {
    size_t bytes = one_by_one_scratch_bytes(n);
#if G1_LANES
    size_t lanes = arena_size(sizeof(uint32_t) * n) + g1_lanes_mul_scratch_bytes();
    if (n >= LANES_POINTS_MIN && lanes > bytes) bytes = lanes;
#endif
    return bytes;
}

void g1_mul_batch(g1 *r, const g1_affine *a, const fr *k, size_t n, struct arena *arena) {
#if G1_LANES
    if (g1_lanes_usable() && n >= LANES_POINTS_MIN) {
        in_lanes(r, a, k, n, arena);
        return;
    }
#endif
    one_by_one(r, a, k, n, arena);
}

size_t g1_sum_small_scratch_bytes(size_t n) {
    return arena_size(sizeof(struct odd_table) * n) + arena_size(sizeof(struct glv_wnaf) * n) +
           table_scratch_bytes(n);
}

void g1_sum_small(g1 *r, const g1_affine *a, const fr *k, size_t n, struct arena *arena) {
    size_t mark = arena->used;
    struct odd_table *tables = ARENA_ARRAY(arena, struct odd_table, n);
    struct glv_wnaf *digits = ARENA_ARRAY(arena, struct glv_wnaf, n);
    int length = 0;
    odd_tables(tables, a, n, arena);
    for (size_t i = 0; i < n; i++) {
        glv_wnaf(&digits[i], &k[i]);
        if (digits[i].length > length) length = digits[i].length;
    }
    g1 sum;
    g1_set_infinity(&sum);
    for (int bit = length - 1; bit >= 0; bit--) {
        g1_dbl(&sum, &sum);
        for (size_t i = 0; i < n; i++) {
            add_digit(&sum, &tables[i], 0, digits[i].digits[0][bit]);
            add_digit(&sum, &tables[i], 1, digits[i].digits[1][bit]);
        }
    }
    *r = sum;
    arena_release(arena, mark);
}

void g1_mul(g1 *r, const g1_affine *a, const fr *k) {
    uint8_t memory[8192] __attribute__((aligned(ARENA_ALIGN)));
    struct arena arena;
    _Static_assert(sizeof memory >= sizeof(struct odd_table) + sizeof(struct glv_wnaf) +
                                        ODD_MULTIPLES * (sizeof(g1) + sizeof(fp) + sizeof(g1_affine)) +
                                        5 * ARENA_ALIGN,
                   "one point's multiples fit");
    arena_init(&arena, memory, sizeof memory);
    g1_sum_small(r, a, k, 1, &arena);
}
