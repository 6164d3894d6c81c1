#include "unit/field/subjects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "field/fp.h"
#include "field/fr.h"

/* The functions of one field on copies, so that nothing is cast. Each operand that is the output's address is copied
 * into the output's copy first and passed as the same address: aliasing stays what the caller made it. */
#define LOAD(T, to, from)  memcpy((to)->l, from, sizeof(T))
#define STORE(T, to, from) memcpy(to, (from)->l, sizeof(T))

#define TWO(T, name)                                                                                   \
    static void T##_##name##_limbs(uint64_t *r, const uint64_t *a, const uint64_t *b) {                \
        T slots[3];                                                                                    \
        T *rr = &slots[0], *aa = a == r ? rr : &slots[1], *bb = b == r ? rr : b == a ? aa : &slots[2]; \
        LOAD(T, rr, r);                                                                                \
        LOAD(T, aa, a);                                                                                \
        LOAD(T, bb, b);                                                                                \
        T##_##name(rr, aa, bb);                                                                        \
        STORE(T, r, rr);                                                                               \
    }
#define ONE(T, name)                                                 \
    static void T##_##name##_limbs(uint64_t *r, const uint64_t *a) { \
        T slots[2];                                                  \
        T *rr = &slots[0], *aa = a == r ? rr : &slots[1];            \
        LOAD(T, rr, r);                                              \
        LOAD(T, aa, a);                                              \
        T##_##name(rr, aa);                                          \
        STORE(T, r, rr);                                             \
    }

#define FIELD(T, N)                                                     \
    TWO(T, mul)                                                         \
    TWO(T, add)                                                         \
    TWO(T, sub)                                                         \
    ONE(T, sqr)                                                         \
    ONE(T, neg)                                                         \
    ONE(T, inv)                                                         \
    static void T##_inv_batch_limbs(uint64_t *a, size_t n) {            \
        T *values = calloc(2 * n + 1, sizeof(T));                       \
        if (values == NULL) abort();                                    \
        for (size_t i = 0; i < n; i++) LOAD(T, &values[i], a + (N)*i);  \
        T##_inv_batch(values, n, values + n);                           \
        for (size_t i = 0; i < n; i++) STORE(T, a + (N)*i, &values[i]); \
        free(values);                                                   \
    }                                                                   \
    static void T##_from_plain_limbs(uint64_t *r, const uint64_t *in) { \
        T t;                                                            \
        T##_from_plain(&t, in);                                         \
        STORE(T, r, &t);                                                \
    }                                                                   \
    static void T##_to_plain_limbs(uint64_t *r, const uint64_t *in) {   \
        T t;                                                            \
        LOAD(T, &t, in);                                                \
        T##_to_plain(r, &t);                                            \
    }                                                                   \
    static void T##_from_u64_limbs(uint64_t *r, uint64_t a) {           \
        T t;                                                            \
        T##_from_u64(&t, a);                                            \
        STORE(T, r, &t);                                                \
    }                                                                   \
    static void T##_set_zero_limbs(uint64_t *r) {                       \
        T t;                                                            \
        T##_set_zero(&t);                                               \
        STORE(T, r, &t);                                                \
    }                                                                   \
    static void T##_set_one_limbs(uint64_t *r) {                        \
        T t;                                                            \
        T##_set_one(&t);                                                \
        STORE(T, r, &t);                                                \
    }                                                                   \
    static bool T##_is_zero_limbs(const uint64_t *a) {                  \
        T t;                                                            \
        LOAD(T, &t, a);                                                 \
        return T##_is_zero(&t);                                         \
    }                                                                   \
    static bool T##_equal_limbs(const uint64_t *a, const uint64_t *b) { \
        T t, u;                                                         \
        LOAD(T, &t, a);                                                 \
        LOAD(T, &u, b);                                                 \
        return T##_equal(&t, &u);                                       \
    }                                                                   \
    static bool T##_from_be_limbs(uint64_t *r, const uint8_t *in) {     \
        T t;                                                            \
        LOAD(T, &t, r);                                                 \
        bool good = T##_from_be(&t, in);                                \
        STORE(T, r, &t);                                                \
        return good;                                                    \
    }                                                                   \
    static void T##_to_be_limbs(uint8_t *out, const uint64_t *a) {      \
        T t;                                                            \
        LOAD(T, &t, a);                                                 \
        T##_to_be(out, &t);                                             \
    }

FIELD(fp, FP_LIMBS)
FIELD(fr, FR_LIMBS)

#define SUBJECT(T, U)                                                                                       \
    {                                                                                                       \
        .name = #T, .n = U##_LIMBS, .bytes = 8 * U##_LIMBS, .modulus = U##_MODULUS, .one = U##_ONE.l,       \
        .mul = T##_mul_limbs, .add = T##_add_limbs, .sub = T##_sub_limbs, .sqr = T##_sqr_limbs,             \
        .neg = T##_neg_limbs, .inv = T##_inv_limbs, .inv_batch = T##_inv_batch_limbs,                       \
        .from_plain = T##_from_plain_limbs, .to_plain = T##_to_plain_limbs, .from_u64 = T##_from_u64_limbs, \
        .set_zero = T##_set_zero_limbs, .set_one = T##_set_one_limbs, .is_zero = T##_is_zero_limbs,         \
        .equal = T##_equal_limbs, .from_be = T##_from_be_limbs, .to_be = T##_to_be_limbs                    \
    }

const struct subject subjects[SUBJECTS] = {SUBJECT(fp, FP), SUBJECT(fr, FR)};

void trials_open(struct trial out[SUBJECTS]) {
    if (!field_select(NULL)) {
        fprintf(stderr, "SKIPPED: this machine cannot run the variant '%s'\n", getenv("KZG_BACKEND"));
        exit(77);
    }
    printf("# variant: %s\n", field_ops.name);
    values_seed();
    for (int i = 0; i < SUBJECTS; i++) {
        const struct subject *s = &subjects[i];
        out[i].s = s;
        out[i].oracle = oracle_new(s->modulus, s->n);
        out[i].count = values_edges(out[i].edges, s->modulus, s->one, s->n);
    }
}

void trials_close(struct trial b[SUBJECTS]) {
    for (int i = 0; i < SUBJECTS; i++) oracle_free(b[i].oracle);
}
