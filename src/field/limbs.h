/* Additions and subtractions modulo m on 64-bit limbs, least significant first. Inputs in [0, m), outputs too; any
 * aliasing. m must leave the top bit of the top limb free. x86-64 of any age has add-with-carry; elsewhere, and with
 * KZG_PLAIN_C defined, the same in C. */
#ifndef FIELD_LIMBS_H
#define FIELD_LIMBS_H

#include <stdbool.h>
#include <stdint.h>

typedef unsigned __int128 limbs_u128;

/* *r = a + b + carry; the new carry (0 or 1) comes back. */
static inline uint64_t limbs_adc(uint64_t *r, uint64_t a, uint64_t b, uint64_t carry) {
    limbs_u128 t = (limbs_u128)a + b + carry;
    *r = (uint64_t)t;
    return (uint64_t)(t >> 64);
}

/* *r = a - b - borrow; the new borrow (0 or 1) comes back. */
static inline uint64_t limbs_sbb(uint64_t *r, uint64_t a, uint64_t b, uint64_t borrow) {
    limbs_u128 t = (limbs_u128)a - b - borrow;
    *r = (uint64_t)t;
    return (uint64_t)(t >> 64) & 1;
}

/* r = a + b*c + carry; the high word comes back. No overflow: (2^64-1)^2 + 2 (2^64-1) < 2^128. */
static inline uint64_t limbs_mac(uint64_t *r, uint64_t a, uint64_t b, uint64_t c, uint64_t carry) {
    limbs_u128 t = (limbs_u128)b * c + a + carry;
    *r = (uint64_t)t;
    return (uint64_t)(t >> 64);
}

/* r = t if t < m else t - m, for t in [0, 2m). */
static inline void limbs_reduce_once(uint64_t *r, const uint64_t *t, const uint64_t *m, int n) {
    uint64_t d[6], borrow = 0;
    for (int i = 0; i < n; i++) borrow = limbs_sbb(&d[i], t[i], m[i], borrow);
    uint64_t keep = 0 - borrow;
    for (int i = 0; i < n; i++) r[i] = (t[i] & keep) | (d[i] & ~keep);
}

static inline void limbs_add_mod(uint64_t *r, const uint64_t *a, const uint64_t *b, const uint64_t *m, int n) {
    uint64_t t[6], carry = 0;
    for (int i = 0; i < n; i++) carry = limbs_adc(&t[i], a[i], b[i], carry);
    limbs_reduce_once(r, t, m, n);
}

static inline void limbs_sub_mod(uint64_t *r, const uint64_t *a, const uint64_t *b, const uint64_t *m, int n) {
    uint64_t t[6], borrow = 0, carry = 0;
    for (int i = 0; i < n; i++) borrow = limbs_sbb(&t[i], a[i], b[i], borrow);
    uint64_t mask = 0 - borrow;
    for (int i = 0; i < n; i++) carry = limbs_adc(&r[i], t[i], m[i] & mask, carry);
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(KZG_PLAIN_C)

static inline void limbs6_add_mod(uint64_t *r, const uint64_t *a, const uint64_t *b, const uint64_t *m) {
    uint64_t t0 = a[0], t1 = a[1], t2 = a[2], t3 = a[3], t4 = a[4], t5 = a[5];
    __asm__("addq %6, %0\n\tadcq %7, %1\n\tadcq %8, %2\n\tadcq %9, %3\n\tadcq %10, %4\n\tadcq %11, %5"
            : "+&r"(t0), "+&r"(t1), "+&r"(t2), "+&r"(t3), "+&r"(t4), "+&r"(t5)
            : "m"(b[0]), "m"(b[1]), "m"(b[2]), "m"(b[3]), "m"(b[4]), "m"(b[5])
            : "cc");
    uint64_t d0 = t0, d1 = t1, d2 = t2, d3 = t3, d4 = t4, d5 = t5;
    __asm__("subq %12, %0\n\tsbbq %13, %1\n\tsbbq %14, %2\n\tsbbq %15, %3\n\tsbbq %16, %4\n\tsbbq %17, %5\n\t"
            "cmovcq %6, %0\n\tcmovcq %7, %1\n\tcmovcq %8, %2\n\tcmovcq %9, %3\n\tcmovcq %10, %4\n\tcmovcq %11, %5"
            : "+&r"(d0), "+&r"(d1), "+&r"(d2), "+&r"(d3), "+&r"(d4), "+&r"(d5)
            : "r"(t0), "r"(t1), "rm"(t2), "rm"(t3), "rm"(t4), "rm"(t5), "m"(m[0]), "m"(m[1]), "m"(m[2]), "m"(m[3]),
              "m"(m[4]), "m"(m[5])
            : "cc");
    r[0] = d0, r[1] = d1, r[2] = d2, r[3] = d3, r[4] = d4, r[5] = d5;
}

static inline void limbs6_sub_mod(uint64_t *r, const uint64_t *a, const uint64_t *b, const uint64_t *m) {
    uint64_t t0 = a[0], t1 = a[1], t2 = a[2], t3 = a[3], t4 = a[4], t5 = a[5], mask;
    __asm__("subq %7, %0\n\tsbbq %8, %1\n\tsbbq %9, %2\n\tsbbq %10, %3\n\tsbbq %11, %4\n\tsbbq %12, %5\n\t"
            "sbbq %6, %6"
            : "+&r"(t0), "+&r"(t1), "+&r"(t2), "+&r"(t3), "+&r"(t4), "+&r"(t5), "=&r"(mask)
            : "m"(b[0]), "m"(b[1]), "m"(b[2]), "m"(b[3]), "m"(b[4]), "m"(b[5])
            : "cc");
    uint64_t m0 = m[0] & mask, m1 = m[1] & mask, m2 = m[2] & mask, m3 = m[3] & mask, m4 = m[4] & mask,
             m5 = m[5] & mask;
    __asm__("addq %6, %0\n\tadcq %7, %1\n\tadcq %8, %2\n\tadcq %9, %3\n\tadcq %10, %4\n\tadcq %11, %5"
            : "+&r"(t0), "+&r"(t1), "+&r"(t2), "+&r"(t3), "+&r"(t4), "+&r"(t5)
            : "rm"(m0), "rm"(m1), "rm"(m2), "rm"(m3), "rm"(m4), "rm"(m5)
            : "cc");
    r[0] = t0, r[1] = t1, r[2] = t2, r[3] = t3, r[4] = t4, r[5] = t5;
}

/* r = a + b; a - b + m; a or, where negative, m - a: as integers, all below 2^384. */
static inline void limbs6_add(uint64_t *r, const uint64_t *a, const uint64_t *b) {
    uint64_t t0 = a[0], t1 = a[1], t2 = a[2], t3 = a[3], t4 = a[4], t5 = a[5];
    __asm__("addq %6, %0\n\tadcq %7, %1\n\tadcq %8, %2\n\tadcq %9, %3\n\tadcq %10, %4\n\tadcq %11, %5"
            : "+&r"(t0), "+&r"(t1), "+&r"(t2), "+&r"(t3), "+&r"(t4), "+&r"(t5)
            : "m"(b[0]), "m"(b[1]), "m"(b[2]), "m"(b[3]), "m"(b[4]), "m"(b[5])
            : "cc");
    r[0] = t0, r[1] = t1, r[2] = t2, r[3] = t3, r[4] = t4, r[5] = t5;
}

static inline void limbs6_sub_add(uint64_t *r, const uint64_t *a, const uint64_t *b, const uint64_t *m) {
    uint64_t t0 = a[0], t1 = a[1], t2 = a[2], t3 = a[3], t4 = a[4], t5 = a[5];
    __asm__("subq %6, %0\n\tsbbq %7, %1\n\tsbbq %8, %2\n\tsbbq %9, %3\n\tsbbq %10, %4\n\tsbbq %11, %5\n\t"
            "addq %12, %0\n\tadcq %13, %1\n\tadcq %14, %2\n\tadcq %15, %3\n\tadcq %16, %4\n\tadcq %17, %5"
            : "+&r"(t0), "+&r"(t1), "+&r"(t2), "+&r"(t3), "+&r"(t4), "+&r"(t5)
            : "m"(b[0]), "m"(b[1]), "m"(b[2]), "m"(b[3]), "m"(b[4]), "m"(b[5]), "m"(m[0]), "m"(m[1]), "m"(m[2]),
              "m"(m[3]), "m"(m[4]), "m"(m[5])
            : "cc");
    r[0] = t0, r[1] = t1, r[2] = t2, r[3] = t3, r[4] = t4, r[5] = t5;
}

static inline void limbs6_sign(uint64_t *r, const uint64_t *a, bool negative, const uint64_t *m) {
    uint64_t t0 = m[0], t1 = m[1], t2 = m[2], t3 = m[3], t4 = m[4], t5 = m[5];
    __asm__("subq %6, %0\n\tsbbq %7, %1\n\tsbbq %8, %2\n\tsbbq %9, %3\n\tsbbq %10, %4\n\tsbbq %11, %5\n\t"
            "testl %12, %12\n\tcmovzq %6, %0\n\tcmovzq %7, %1\n\tcmovzq %8, %2\n\tcmovzq %9, %3\n\t"
            "cmovzq %10, %4\n\tcmovzq %11, %5"
            : "+&r"(t0), "+&r"(t1), "+&r"(t2), "+&r"(t3), "+&r"(t4), "+&r"(t5)
            : "m"(a[0]), "m"(a[1]), "m"(a[2]), "m"(a[3]), "m"(a[4]), "m"(a[5]), "r"((uint32_t)negative)
            : "cc");
    r[0] = t0, r[1] = t1, r[2] = t2, r[3] = t3, r[4] = t4, r[5] = t5;
}

static inline void limbs4_add_mod(uint64_t *r, const uint64_t *a, const uint64_t *b, const uint64_t *m) {
    uint64_t t0 = a[0], t1 = a[1], t2 = a[2], t3 = a[3];
    __asm__("addq %4, %0\n\tadcq %5, %1\n\tadcq %6, %2\n\tadcq %7, %3"
            : "+&r"(t0), "+&r"(t1), "+&r"(t2), "+&r"(t3)
            : "m"(b[0]), "m"(b[1]), "m"(b[2]), "m"(b[3])
            : "cc");
    uint64_t d0 = t0, d1 = t1, d2 = t2, d3 = t3;
    __asm__("subq %8, %0\n\tsbbq %9, %1\n\tsbbq %10, %2\n\tsbbq %11, %3\n\t"
            "cmovcq %4, %0\n\tcmovcq %5, %1\n\tcmovcq %6, %2\n\tcmovcq %7, %3"
            : "+&r"(d0), "+&r"(d1), "+&r"(d2), "+&r"(d3)
            : "r"(t0), "r"(t1), "r"(t2), "r"(t3), "m"(m[0]), "m"(m[1]), "m"(m[2]), "m"(m[3])
            : "cc");
    r[0] = d0, r[1] = d1, r[2] = d2, r[3] = d3;
}

static inline void limbs4_sub_mod(uint64_t *r, const uint64_t *a, const uint64_t *b, const uint64_t *m) {
    uint64_t t0 = a[0], t1 = a[1], t2 = a[2], t3 = a[3], mask;
    __asm__("subq %5, %0\n\tsbbq %6, %1\n\tsbbq %7, %2\n\tsbbq %8, %3\n\tsbbq %4, %4"
            : "+&r"(t0), "+&r"(t1), "+&r"(t2), "+&r"(t3), "=&r"(mask)
            : "m"(b[0]), "m"(b[1]), "m"(b[2]), "m"(b[3])
            : "cc");
    uint64_t m0 = m[0] & mask, m1 = m[1] & mask, m2 = m[2] & mask, m3 = m[3] & mask;
    __asm__("addq %4, %0\n\tadcq %5, %1\n\tadcq %6, %2\n\tadcq %7, %3"
            : "+&r"(t0), "+&r"(t1), "+&r"(t2), "+&r"(t3)
            : "rm"(m0), "rm"(m1), "rm"(m2), "rm"(m3)
            : "cc");
    r[0] = t0, r[1] = t1, r[2] = t2, r[3] = t3;
}

#else

static inline void limbs6_add_mod(uint64_t *r, const uint64_t *a, const uint64_t *b, const uint64_t *m) {
    limbs_add_mod(r, a, b, m, 6);
}

static inline void limbs6_sub_mod(uint64_t *r, const uint64_t *a, const uint64_t *b, const uint64_t *m) {
    limbs_sub_mod(r, a, b, m, 6);
}

static inline void limbs6_add(uint64_t *r, const uint64_t *a, const uint64_t *b) {
    uint64_t carry = 0;
    for (int i = 0; i < 6; i++) carry = limbs_adc(&r[i], a[i], b[i], carry);
}

static inline void limbs6_sub_add(uint64_t *r, const uint64_t *a, const uint64_t *b, const uint64_t *m) {
    uint64_t borrow = 0, carry = 0;
    for (int i = 0; i < 6; i++) {
        uint64_t d;
        borrow = limbs_sbb(&d, a[i], b[i], borrow);
        carry = limbs_adc(&r[i], d, m[i], carry);
    }
}

static inline void limbs6_sign(uint64_t *r, const uint64_t *a, bool negative, const uint64_t *m) {
    uint64_t borrow = 0, mask = 0 - (uint64_t)negative;
    for (int i = 0; i < 6; i++) {
        uint64_t d;
        borrow = limbs_sbb(&d, m[i], a[i], borrow);
        r[i] = (d & mask) | (a[i] & ~mask);
    }
}

static inline void limbs4_add_mod(uint64_t *r, const uint64_t *a, const uint64_t *b, const uint64_t *m) {
    limbs_add_mod(r, a, b, m, 4);
}

static inline void limbs4_sub_mod(uint64_t *r, const uint64_t *a, const uint64_t *b, const uint64_t *m) {
    limbs_sub_mod(r, a, b, m, 4);
}

#endif

#endif
