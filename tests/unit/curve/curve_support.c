#include "unit/curve/curve_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "curve/constants.h"
#include "field/dispatch.h"
#include "support/guard.h"
#include "support/random.h"

static uint64_t state;

int test_start(void) {
    const char *text = getenv("KZG_SEED");
    state = text != NULL ? strtoull(text, NULL, 0) : (uint64_t)time(NULL) * 1000003u + (uint64_t)getpid();
    const char *backend = getenv("KZG_BACKEND");
    printf("seed: KZG_SEED=%llu, backend %s\n", (unsigned long long)state, backend != NULL ? backend : "auto");
    fflush(stdout);
    return field_select(NULL) ? 0 : 77;
}

/* ---- Random values ---- */

/* SplitMix64 (G. Steele, D. Lea, C. Flood, 2014). */
uint64_t random_u64(void) {
    return random_next(&state);
}

size_t random_below(size_t n) {
    return (size_t)(random_u64() % n);
}

void random_bytes(void *out, size_t n) {
    uint8_t *bytes = out;
    for (size_t i = 0; i < n; i++) bytes[i] = (uint8_t)random_u64();
}

/* Limbs of the Montgomery form: uniform, or with limbs of zeros and ones. */
void random_fp(fp *r) {
    uint64_t kind = random_u64() % 8, borrow, drop;
    do {
        for (int i = 0; i < FP_LIMBS; i++) {
            r->l[i] = random_u64();
            if (kind == 0 && (random_u64() & 1) != 0) r->l[i] = 0 - (random_u64() & 1);
        }
        if (kind == 1) {
            memcpy(r->l, FP_MODULUS, sizeof r->l);
            r->l[0] -= 1 + random_below(1000);
        }
        r->l[5] %= FP_MODULUS[5] + 1;
        borrow = 0;
        for (int i = 0; i < FP_LIMBS; i++) borrow = limbs_sbb(&drop, r->l[i], FP_MODULUS[i], borrow);
    } while (borrow == 0);
}

void random_fp2(fp2 *r) {
    random_fp(&r->c0);
    random_fp(&r->c1);
}

void random_fp6(fp6 *r) {
    random_fp2(&r->c0);
    random_fp2(&r->c1);
    random_fp2(&r->c2);
}

void random_fp12(fp12 *r) {
    random_fp6(&r->c0);
    random_fp6(&r->c1);
}

void random_fr(fr *r) {
    uint8_t bytes[32];
    random_bytes(bytes, sizeof bytes);
    fr_from_be_reduced(r, bytes);
}

void random_g1_curve(g1_affine *r) {
    fp t;
    do {
        random_fp(&r->x);
        fp_sqr(&t, &r->x);
        fp_mul(&t, &t, &r->x);
        fp_add(&t, &t, &G1_B);
    } while (!fp_sqrt(&r->y, &t));
    if ((random_u64() & 1) != 0) fp_neg(&r->y, &r->y);
}

void random_g2_curve(g2_affine *r) {
    fp2 t;
    do {
        random_fp2(&r->x);
        fp2_sqr(&t, &r->x);
        fp2_mul(&t, &t, &r->x);
        fp2_add(&t, &t, &G2_B);
    } while (!fp2_sqrt(&r->y, &t));
    if ((random_u64() & 1) != 0) fp2_neg(&r->y, &r->y);
}

void random_g1(g1_affine *r) {
    fr k;
    random_fr(&k);
    g1_mul_fr(r, &G1_GENERATOR, &k);
}

void random_g2(g2_affine *r) {
    fr k;
    random_fr(&k);
    g2_mul_fr(r, &G2_GENERATOR, &k);
}

void random_scale_g1(g1 *r, const g1_affine *a) {
    fp z, t;
    if (g1_affine_is_infinity(a)) { /* any X and Y belong to it */
        random_fp(&r->x);
        random_fp(&r->y);
        fp_set_zero(&r->z);
        return;
    }
    do random_fp(&z);
    while (fp_is_zero(&z));
    fp_sqr(&t, &z);
    fp_mul(&r->x, &a->x, &t);
    fp_mul(&t, &t, &z);
    fp_mul(&r->y, &a->y, &t);
    r->z = z;
}

void random_scale_g2(g2 *r, const g2_affine *a) {
    fp2 z, t;
    if (g2_affine_is_infinity(a)) {
        random_fp2(&r->x);
        random_fp2(&r->y);
        r->z = (fp2){0};
        return;
    }
    do random_fp2(&z);
    while (fp2_is_zero(&z));
    fp2_sqr(&t, &z);
    fp2_mul(&r->x, &a->x, &t);
    fp2_mul(&t, &t, &z);
    fp2_mul(&r->y, &a->y, &t);
    r->z = z;
}

void g1_sequence(g1_affine *points, fr *scalars, size_t n) {
    fr start, step;
    g1_affine base, delta;
    g1 t;
    random_fr(&start);
    random_fr(&step);
    g1_mul_fr(&base, &G1_GENERATOR, &start);
    g1_mul_fr(&delta, &G1_GENERATOR, &step);
    g1_from_affine(&t, &base);
    for (size_t i = 0; i < n; i++) {
        g1_to_affine(&points[i], &t);
        scalars[i] = start;
        fr_add(&start, &start, &step);
        g1_add_affine(&t, &t, &delta);
    }
}

void edge_fp(fp *r, size_t i) {
    static const uint64_t small[6] = {0, 1, 2, 3, 4, 0xffffffffffffffffu};
    if (i < COUNT(small)) {
        fp_from_u64(r, small[i]);
    } else if (i < 9) {
        fp_from_u64(r, small[i - 5]);
        fp_neg(r, r); /* p - 1, p - 2, p - 3 */
    } else if (i == 9) {
        *r = FP_HALF;
    } else if (i == 10) {
        *r = (fp){{1}}; /* Montgomery form 1 */
    } else {
        memcpy(r->l, FP_MODULUS, sizeof r->l);
        r->l[0]--; /* Montgomery form p - 1 */
    }
}

/* Edges of the digits, of the endomorphism's split and of the range. */
void edge_fr(fr *r, size_t i) {
    static const uint64_t plain[][4] = {
        {0},
        {1},
        {2},
        {3},
        {0, 0, 0, 0x4000000000000000u}, /* 2^254 */
        {0x8080808080808080u, 0x8080808080808080u, 0x8080808080808080u, 0x0080808080808080u},
        {0x8000800080008000u, 0x8000800080008000u, 0x8000800080008000u, 0x0000800080008000u},
        {0x7fffffffffffffffu, 0x7fffffffffffffffu, 0x7fffffffffffffffu, 0x6fffffffffffffffu},
        {0xffffffffffffffffu, 0xffffffffffffffffu},
        {0, 0, 1},
        {0, 0, 0, 1},
    };
    fr x, x2, one = FR_ONE;
    fr_from_u64(&x, BLS_X);
    fr_mul(&x2, &x, &x);
    switch (i) {
    case 11: *r = x; return;
    case 12: *r = x2; return;
    case 13: fr_add(r, &x2, &one); return;
    case 14: fr_sub(r, &x2, &one); return; /* lambda's partner: x^2 - 1 */
    case 15: fr_neg(r, &x2); return;
    case 16: fr_sub(r, &one, &x2); return;
    case 17: fr_mul(r, &x2, &x); return;
    case 18: fr_mul(r, &x2, &x2); return;
    case 19: fr_from_plain(r, FR_MODULUS_HALF); return;
    case 20: fr_neg(r, &one); return;
    case 21: fr_neg(r, &x); return;
    case 22: fr_from_plain(r, (const uint64_t[4]){GLV_X2_HALF[0], GLV_X2_HALF[1]}); return;
    case 23:
        fr_from_plain(r, (const uint64_t[4]){GLV_X2_HALF[0], GLV_X2_HALF[1]});
        fr_mul(r, r, &x2);
        return;
    default: fr_of_plain(r, plain[i % COUNT(plain)]);
    }
}

void fr_of_weight(fr *r, int a, int b) {
    fr zeta, t;
    fr_from_plain(&zeta, (const uint64_t[4]){GLV_X2[0], GLV_X2[1]});
    fr_from_u64(&t, (uint64_t)b);
    fr_mul(&t, &t, &zeta);
    fr_from_u64(r, (uint64_t)a);
    fr_add(r, r, &t);
}

/* ---- Slow ways ---- */

void slow_g1_mul(g1 *r, const g1_affine *a, const uint64_t *k, size_t limbs) {
    g1 t, base;
    g1_from_affine(&base, a);
    g1_set_infinity(&t);
    for (size_t i = 64 * limbs; i-- > 0;) {
        g1_add(&t, &t, &t);
        if ((k[i / 64] >> (i % 64) & 1) != 0) g1_add(&t, &t, &base);
    }
    *r = t;
}

void slow_g2_mul(g2 *r, const g2_affine *a, const uint64_t *k, size_t limbs) {
    g2 t, base;
    g2_from_affine(&base, a);
    g2_set_infinity(&t);
    for (size_t i = 64 * limbs; i-- > 0;) {
        g2_add(&t, &t, &t);
        if ((k[i / 64] >> (i % 64) & 1) != 0) g2_add(&t, &t, &base);
    }
    *r = t;
}

bool slow_g1_in_subgroup(const g1_affine *a) {
    g1 t;
    g1_mul_plain(&t, a, FR_MODULUS);
    return g1_is_infinity(&t);
}

bool slow_g2_in_subgroup(const g2_affine *a) {
    g2 t;
    g2_mul_plain(&t, a, FR_MODULUS);
    return g2_is_infinity(&t);
}

void slow_fp12_pow(fp12 *r, const fp12 *a, const uint64_t *e, size_t limbs) {
    fp12 t, base = *a;
    fp12_set_one(&t);
    for (size_t i = 64 * limbs; i-- > 0;) {
        fp12_mul(&t, &t, &t);
        if ((e[i / 64] >> (i % 64) & 1) != 0) fp12_mul(&t, &t, &base);
    }
    *r = t;
}

void g1_mul_fr(g1_affine *r, const g1_affine *a, const fr *k) {
    uint64_t plain[4];
    g1 t;
    fr_to_plain(plain, k);
    g1_mul_plain(&t, a, plain);
    g1_to_affine(r, &t);
}

void g2_mul_fr(g2_affine *r, const g2_affine *a, const fr *k) {
    uint64_t plain[4];
    g2 t;
    fr_to_plain(plain, k);
    g2_mul_plain(&t, a, plain);
    g2_to_affine(r, &t);
}

void g2_affine_neg(g2_affine *r, const g2_affine *a) {
    *r = *a;
    fp2_neg(&r->y, &a->y);
}

/* rest R has an order of q^power at most; the last multiple by q that is not infinity has order q. */
void g1_of_order(g1_affine *r, uint64_t q, unsigned power, const uint64_t rest[6]) {
    g1 t;
    do {
        random_g1_curve(r);
        slow_g1_mul(&t, r, rest, 6);
    } while (g1_is_infinity(&t));
    for (unsigned i = 0; i <= power; i++) {
        g1_to_affine(r, &t);
        slow_g1_mul(&t, r, &q, 1);
        if (g1_is_infinity(&t)) return;
    }
    fprintf(stderr, "g1_of_order: the table is wrong for %llu\n", (unsigned long long)q);
    exit(1);
}

void g2_of_order(g2_affine *r, uint64_t q, unsigned power, const uint64_t rest[12]) {
    g2 t;
    do {
        random_g2_curve(r);
        slow_g2_mul(&t, r, rest, 12);
    } while (g2_is_infinity(&t));
    for (unsigned i = 0; i <= power; i++) {
        g2_to_affine(r, &t);
        slow_g2_mul(&t, r, &q, 1);
        if (g2_is_infinity(&t)) return;
    }
    fprintf(stderr, "g2_of_order: the table is wrong for %llu\n", (unsigned long long)q);
    exit(1);
}

/* ---- Parsing ---- */

void bytes_of_hex(uint8_t *out, const char *hex, size_t n) {
    for (size_t i = 0; i < n; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        out[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
}

void fp_of_hex(fp *r, const char *hex) {
    uint8_t bytes[48];
    bytes_of_hex(bytes, hex, sizeof bytes);
    if (!fp_from_be(r, bytes)) {
        fputs("fp_of_hex: the table holds a number above p\n", stderr);
        exit(1);
    }
}

void fp12_of_hex(fp12 *r, const char *hex) {
    fp2 *const parts[6] = {&r->c0.c0, &r->c0.c1, &r->c0.c2, &r->c1.c0, &r->c1.c1, &r->c1.c2};
    for (size_t i = 0; i < 6; i++) {
        fp_of_hex(&parts[i]->c0, hex + 192 * i);
        fp_of_hex(&parts[i]->c1, hex + 192 * i + 96);
    }
}

void fr_of_plain(fr *r, const uint64_t k[4]) {
    uint8_t bytes[32];
    for (size_t i = 0; i < 32; i++) bytes[31 - i] = (uint8_t)(k[i / 8] >> (8 * (i % 8)));
    fr_from_be_reduced(r, bytes);
}

/* ---- Memory ---- */

void test_arena_take(struct test_arena *r, size_t bytes) {
    struct guard g = guard_take(arena_size(bytes), GUARD_BEHIND);
    r->map = g.map;
    r->map_bytes = g.map_bytes;
    arena_init(&r->arena, g.data, arena_size(bytes));
}

void test_arena_free(struct test_arena *r) {
    (void)munmap(r->map, r->map_bytes);
}
