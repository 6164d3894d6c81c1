#include "curve/hexagon.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/assert.h"
#include "curve/constants.h"
#include "curve/glv.h"
#include "curve/lanes.h"

/* ---- Shape ---- */

const struct hexagon HEXAGON_8 = HEXAGON_8_INIT, HEXAGON_10 = HEXAGON_10_INIT, HEXAGON_11 = HEXAGON_11_INIT;

/* r = r b + c on n limbs; what is carried out. */
static uint64_t times_plus(uint64_t *r, int n, uint64_t b, uint64_t c) {
    for (int i = 0; i < n; i++) c = limbs_mac(&r[i], 0, r[i], b, c);
    return c;
}

/* r = floor(r / b), for b below 2^32. */
static void divide(uint64_t *r, int n, uint64_t b) {
    uint64_t rest = 0;
    for (int i = n; i-- > 0;) {
        uint64_t high = rest << 32 | r[i] >> 32, low = (high % b) << 32 | (uint32_t)r[i];
        r[i] = (high / b) << 32 | low / b;
        rest = low % b;
    }
}

static bool below(const uint64_t *a, const uint64_t *b, int n) {
    for (int i = n; i-- > 0;) {
        if (a[i] != b[i]) return a[i] < b[i];
    }
    return false;
}

/* Both numbers are at most K in absolute value: floor(x^2 / 2) + 1, or 2^63 if they are short. The digits below the
 * top one leave it at most K / m^(digits - 1) + 0.6, a carry adds 1, and where three times that is at most m it is in
 * the hexagon: so digits is the least for which m^(digits - 1) (m - 5) >= 3 K. */
static int count_digits(uint64_t base, uint64_t low, uint64_t high) {
    uint64_t least[3] = {low, high, 0}, power[3] = {base - 5, 0, 0};
    int digits = 1;
    least[2] = times_plus(least, 2, 3, 0);
    for (; below(power, least, 3); digits++) (void)times_plus(power, 3, base, 0);
    return digits;
}

void hexagon_init(struct hexagon *h, int base) {
    KZG_ASSERT(base >= HEXAGON_BASE_MIN && base <= HEXAGON_BASE_MAX);
    *h = (struct hexagon){.base = base,
                          .digits = count_digits((uint64_t)base, GLV_X2_HALF[0] + 1, GLV_X2_HALF[1]),
                          .digits_short = count_digits((uint64_t)base, (uint64_t)1 << (GLV_SHORT_BITS - 1), 0),
                          .rows = base / 2};
    KZG_ASSERT(h->digits <= HEXAGON_DIGITS_MAX);
    for (int a = 1; a <= h->rows; a++) {
        int most = base - 2 * a < (base - a) / 2 ? base - 2 * a : (base - a) / 2; /* of b */
        h->row[a + 1] = (uint16_t)(h->row[a] + most + 1);
    }
    h->per_digit = h->row[h->rows + 1];
    uint64_t quotient[6] = {0, 0, 0, 0, 0, 1};
    for (int i = 0; i < h->digits; i++) {
        (void)times_plus(h->bias, 3, (uint64_t)base, (uint64_t)base / 2);
        divide(quotient, 6, (uint64_t)base);
    }
    /* m^digits is above 2^128, so that three limbs are enough. */
    KZG_ASSERT((quotient[3] | quotient[4] | quotient[5]) == 0);
    uint64_t carry = 1;
    for (int i = 0; i < 3; i++) carry = limbs_adc(&h->reciprocal[i], quotient[i], 0, carry);
}

/* ---- Recoding ---- */

/* f = (bias + half) / m^digits as a fraction of 192 bits, a few units of the last too large. */
static void fraction(uint64_t f[3], const struct hexagon *h, const struct glv_half *half) {
    uint64_t biased[3], t[6] = {0}, carry = 0;
    for (int i = 0; i < 3; i++) {
        uint64_t limb = i < 2 ? half->l[i] : 0;
        carry = half->negative ? limbs_sbb(&biased[i], h->bias[i], limb, carry)
                               : limbs_adc(&biased[i], h->bias[i], limb, carry);
    }
    for (int i = 0; i < 3; i++) {
        carry = 0;
        for (int j = 0; j < 3; j++) carry = limbs_mac(&t[i + j], t[i + j], h->reciprocal[j], biased[i], carry);
        t[i + 3] = carry;
    }
    KZG_CHECK(t[5] == 0);
    carry = 1;
    for (int i = 0; i < 3; i++) carry = limbs_adc(&f[i], t[i + 2], 0, carry);
}

/* Adds multiples of m to a and b so that they come into the hexagon, from up to one outside of the square of the
 * numbers nearest zero: what the next digit has more comes back in the carries. One digit of six needs it. */
static inline void into_hexagon(int *a, int *b, int *carry_a, int *carry_b, int m) {
    int s = 2 * *a + *b, t = *a + 2 * *b, skew = *a - *b;
    *carry_a = *carry_b = 0;
    if (__builtin_expect((abs(s) <= m) & (abs(t) <= m) & (abs(skew) <= m), 1)) return;
    if (abs(skew) > m) {
        *carry_a = skew > 0 ? 1 : -1;
        *carry_b = -*carry_a;
    } else if (abs(s) >= abs(t)) {
        *carry_a = s > 0 ? 1 : -1;
    } else {
        *carry_b = t > 0 ? 1 : -1;
    }
    *a -= m * *carry_a;
    *b -= m * *carry_b;
}

/* Not for zero. Masks for branches, which nobody could foretell: all ones in the lower half (negated, it is the
 * upper one), and in the upper half's second and third sector, and its third. a and b are far below 256. */
static inline uint16_t code_of(const struct hexagon *h, int a, int b) {
    int lower = (256 * b + a) >> 31;
    a = (a ^ lower) - lower;
    b = (b ^ lower) - lower;
    int second = (a - 1) >> 31, third = (a + b - 1) >> 31;
    int row = a + (b & second) - (a & third), column = b - ((a + b) & second) - (b & third);
    return (uint16_t)((h->row[row] + column) * (1 << HEXAGON_BUCKET) - 3 * lower - second - third);
}

uint16_t hexagon_residue(const struct hexagon *h, int a, int b) {
    int carry_a, carry_b;
    KZG_CHECK(abs(a) <= h->base / 2 && abs(b) <= h->base / 2);
    if (a == 0 && b == 0) return HEXAGON_ZERO;
    into_hexagon(&a, &b, &carry_a, &carry_b, h->base);
    return code_of(h, a, b);
}

/* The plain digits of a fraction, two at a time from the top. Below 2^16 the quotient by m is exact. */
static void plain_digits(uint8_t digits[HEXAGON_DIGITS_MAX], uint64_t f[3], const struct hexagon *h) {
    const uint32_t m = (uint32_t)h->base, reciprocal = (1u << 24) / m + 1;
    int i = h->digits;
    if (i % 2 != 0) digits[--i] = (uint8_t)times_plus(f, 3, m, 0);
    for (i -= 2; i >= 0; i -= 2) {
        uint32_t two = (uint32_t)times_plus(f, 3, (uint64_t)m * m, 0),
                 high = (uint32_t)((uint64_t)two * reciprocal >> 24);
        digits[i + 1] = (uint8_t)high;
        digits[i] = (uint8_t)(two - high * m);
    }
}

static void recode_one(uint16_t *codes, size_t stride, const struct hexagon *h, const fr *k) {
    struct glv_half halves[2];
    uint8_t digits[2][HEXAGON_DIGITS_MAX];
    const int half = h->base / 2;
    int carry_a = 0, carry_b = 0;
    glv_split(halves, k);
    for (int i = 0; i < 2; i++) {
        uint64_t f[3];
        fraction(f, h, &halves[i]);
        plain_digits(digits[i], f, h);
    }
    for (int i = 0; i < h->digits; i++) {
        int a = digits[0][i] - half + carry_a, b = digits[1][i] - half + carry_b;
        into_hexagon(&a, &b, &carry_a, &carry_b, h->base);
        codes[(size_t)i * stride] = (a | b) == 0 ? (uint16_t)HEXAGON_ZERO : code_of(h, a, b);
    }
    KZG_CHECK(carry_a == 0 && carry_b == 0);
}

void hexagon_recode(uint16_t *codes, const struct hexagon *h, const fr *k, size_t n) {
    size_t done = 0;
#if G1_LANES
    if (g1_lanes_usable()) done = g1_lanes_recode(codes, h, k, n);
#endif
    for (; done < n; done++) recode_one(codes + done, n, h, &k[done]);
}
