#include "unit/field/oracle.h"

#include <openssl/bn.h>
#include <stdio.h>
#include <stdlib.h>

struct oracle {
    BN_CTX *ctx;
    BIGNUM *m, *r, *r_inverse, *x, *y, *z;
    int n;
};

static void must(bool good) {
    if (good) return;
    fputs("oracle: a big-number operation failed\n", stderr);
    exit(1);
}

static void load(BIGNUM *out, const uint64_t *limbs, int n) {
    uint8_t bytes[64];
    for (int i = 0; i < 8 * n; i++) bytes[8 * n - 1 - i] = (uint8_t)(limbs[i / 8] >> (8 * (i % 8)));
    must(BN_bin2bn(bytes, 8 * n, out) != NULL);
}

static void store(uint64_t *limbs, const BIGNUM *in, int n) {
    uint8_t bytes[64];
    must(BN_bn2binpad(in, bytes, 8 * n) == 8 * n);
    for (int i = 0; i < n; i++) limbs[i] = 0;
    for (int i = 0; i < 8 * n; i++) limbs[i / 8] |= (uint64_t)bytes[8 * n - 1 - i] << (8 * (i % 8));
}

struct oracle *oracle_new(const uint64_t *modulus, int n) {
    struct oracle *o = calloc(1, sizeof *o);
    must(o != NULL);
    o->n = n;
    must((o->ctx = BN_CTX_new()) != NULL);
    BIGNUM **all[] = {&o->m, &o->r, &o->r_inverse, &o->x, &o->y, &o->z};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) must((*all[i] = BN_new()) != NULL);
    load(o->m, modulus, n);
    must(BN_set_bit(o->r, 64 * n) == 1);
    must(BN_mod_inverse(o->r_inverse, o->r, o->m, o->ctx) != NULL);
    return o;
}

void oracle_free(struct oracle *o) {
    BIGNUM *all[] = {o->m, o->r, o->r_inverse, o->x, o->y, o->z};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) BN_free(all[i]);
    BN_CTX_free(o->ctx);
    free(o);
}

void oracle_mul(struct oracle *o, uint64_t *r, const uint64_t *a, const uint64_t *b) {
    load(o->x, a, o->n);
    load(o->y, b, o->n);
    must(BN_mod_mul(o->z, o->x, o->y, o->m, o->ctx) == 1);
    must(BN_mod_mul(o->z, o->z, o->r_inverse, o->m, o->ctx) == 1);
    store(r, o->z, o->n);
}

void oracle_add(struct oracle *o, uint64_t *r, const uint64_t *a, const uint64_t *b) {
    load(o->x, a, o->n);
    load(o->y, b, o->n);
    must(BN_mod_add(o->z, o->x, o->y, o->m, o->ctx) == 1);
    store(r, o->z, o->n);
}

void oracle_sub(struct oracle *o, uint64_t *r, const uint64_t *a, const uint64_t *b) {
    load(o->x, a, o->n);
    load(o->y, b, o->n);
    must(BN_mod_sub(o->z, o->x, o->y, o->m, o->ctx) == 1);
    store(r, o->z, o->n);
}

void oracle_inv(struct oracle *o, uint64_t *r, const uint64_t *a) {
    load(o->x, a, o->n);
    BN_zero(o->z);
    if (!BN_is_zero(o->x)) {
        must(BN_mod_inverse(o->z, o->x, o->m, o->ctx) != NULL);
        must(BN_mod_mul(o->z, o->z, o->r, o->m, o->ctx) == 1);
        must(BN_mod_mul(o->z, o->z, o->r, o->m, o->ctx) == 1);
    }
    store(r, o->z, o->n);
}

void oracle_pow(struct oracle *o, uint64_t *r, const uint64_t *a, const uint64_t *exponent, int exponent_limbs) {
    load(o->x, a, o->n);
    must(BN_mod_mul(o->x, o->x, o->r_inverse, o->m, o->ctx) == 1);
    load(o->y, exponent, exponent_limbs);
    must(BN_mod_exp(o->z, o->x, o->y, o->m, o->ctx) == 1);
    must(BN_mod_mul(o->z, o->z, o->r, o->m, o->ctx) == 1);
    store(r, o->z, o->n);
}

bool oracle_is_square(struct oracle *o, const uint64_t *a) {
    load(o->x, a, o->n);
    must(BN_mod_mul(o->x, o->x, o->r_inverse, o->m, o->ctx) == 1);
    int symbol = BN_kronecker(o->x, o->m, o->ctx);
    must(symbol >= -1 && symbol <= 1);
    return symbol >= 0;
}

void oracle_enter(struct oracle *o, uint64_t *r, const uint64_t *plain) {
    load(o->x, plain, o->n);
    must(BN_mod_mul(o->z, o->x, o->r, o->m, o->ctx) == 1);
    store(r, o->z, o->n);
}

void oracle_leave(struct oracle *o, uint64_t *plain, const uint64_t *a) {
    load(o->x, a, o->n);
    must(BN_mod_mul(o->z, o->x, o->r_inverse, o->m, o->ctx) == 1);
    store(plain, o->z, o->n);
}
