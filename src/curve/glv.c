#include "curve/glv.h"

#include "base/assert.h"
#include "curve/constants.h"

/* floor(k * GLV_RECIPROCAL / 2^256), the quotient by x^2 or one less. */
static void quotient_estimate(uint64_t q[2], const uint64_t k[4]) {
    uint64_t t[7] = {0};
    for (int i = 0; i < 3; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < 4; j++) carry = limbs_mac(&t[i + j], t[i + j], k[j], GLV_RECIPROCAL[i], carry);
        t[i + 4] = carry;
    }
    q[0] = t[4];
    q[1] = t[5];
    KZG_CHECK(t[6] == 0);
}

/* a -= b; the borrow. */
static uint64_t subtract(uint64_t *a, const uint64_t *b, int n) {
    uint64_t borrow = 0;
    for (int i = 0; i < n; i++) borrow = limbs_sbb(&a[i], a[i], b[i], borrow);
    return borrow;
}

static void increment(uint64_t a[2]) {
    if (++a[0] == 0) a[1]++;
}

static bool above(const uint64_t a[2], const uint64_t b[2]) {
    return a[1] != b[1] ? a[1] > b[1] : a[0] > b[0];
}

void glv_split(struct glv_half halves[2], const fr *k) {
    uint64_t plain[4], q[2], rem[3], x2[3] = {GLV_X2[0], GLV_X2[1], 0};
    fr_to_plain(plain, k);
    quotient_estimate(q, plain);

    /* rem = k - q x^2, in [0, 2 x^2): three limbs are enough, the rest cancels. */
    uint64_t product[3] = {0};
    uint64_t carry = limbs_mac(&product[0], 0, q[0], x2[0], 0);
    carry = limbs_mac(&product[1], 0, q[0], x2[1], carry);
    product[2] = carry;
    carry = limbs_mac(&product[1], product[1], q[1], x2[0], 0);
    (void)limbs_mac(&product[2], product[2], q[1], x2[1], carry);
    for (int i = 0; i < 3; i++) rem[i] = plain[i];
    (void)subtract(rem, product, 3);
    if (rem[2] != 0 || !above(x2, rem)) {
        (void)subtract(rem, x2, 3);
        increment(q);
    }

    /* Balance the remainder to [-x^2/2, x^2/2]. */
    struct glv_half k1 = {{rem[0], rem[1]}, false};
    if (above(k1.l, GLV_X2_HALF)) {
        uint64_t t[2] = {x2[0], x2[1]};
        (void)subtract(t, k1.l, 2);
        k1 = (struct glv_half){{t[0], t[1]}, true};
        increment(q);
    }

    /* Balance the quotient: r = (x^2 - 1) x^2 + 1, so subtracting r takes x^2 - 1 from q and 1 from the remainder. */
    struct glv_half k2 = {{q[0], q[1]}, false};
    if (above(q, GLV_X2_HALF)) {
        uint64_t t[2] = {x2[0] - 1, x2[1]}; /* x^2 is not divisible by 2^64 */
        if (above(q, t)) {                  /* q = x^2: one above */
            k2 = (struct glv_half){{1, 0}, false};
        } else {
            (void)subtract(t, q, 2);
            k2 = (struct glv_half){{t[0], t[1]}, true};
        }
        if (k1.negative || (k1.l[0] | k1.l[1]) == 0) {
            increment(k1.l);
            k1.negative = true;
        } else {
            uint64_t one[2] = {1, 0};
            (void)subtract(k1.l, one, 2);
        }
    }
    halves[0] = k1;
    halves[1] = k2;
}

void glv_join(fr *k, const struct glv_half halves[2]) {
    const uint64_t x2[4] = {GLV_X2[0], GLV_X2[1], 0, 0};
    fr part[2], factor;
    for (int i = 0; i < 2; i++) {
        const uint64_t plain[4] = {halves[i].l[0], halves[i].l[1], 0, 0};
        fr_from_plain(&part[i], plain);
        if (halves[i].negative) fr_neg(&part[i], &part[i]);
    }
    fr_from_plain(&factor, x2);
    fr_mul(&part[1], &part[1], &factor);
    fr_add(k, &part[0], &part[1]);
}

int glv_windows(int bits, int width) {
    return (bits + width - 1) / width;
}

void glv_digits(int32_t *digits, size_t stride, const struct glv_half *half, int width, int windows) {
    KZG_CHECK(width >= 1 && width <= 30);
    int carry = 0, minus = half->negative ? -1 : 0;
    const uint64_t mask = ((uint64_t)1 << width) - 1;
    for (int i = 0; i < windows; i++) {
        int bit = i * width, word = bit / 64, shift = bit % 64;
        uint64_t v = half->l[word] >> shift;
        if (shift + width > 64 && word == 0) v |= half->l[1] << (64 - shift);
        int digit = (int)(v & mask) + carry;
        carry = digit > 1 << (width - 1);
        digit -= carry << width;
        digits[(size_t)i * stride] = (digit ^ minus) - minus;
    }
    KZG_CHECK(carry == 0);
}

static int wnaf_half(int8_t *digits, const struct glv_half *half) {
    uint64_t low = half->l[0], high = half->l[1];
    int length = 0;
    for (int i = 0; i < GLV_WNAF_LENGTH; i++) {
        int digit = 0;
        if ((low & 1) != 0) {
            digit = (int)(low & 31);
            if (digit > 16) {
                digit -= 32;
                low += (uint64_t)-digit;
                if (low < (uint64_t)-digit) high++;
            } else {
                low -= (uint64_t)digit;
            }
            length = i + 1;
        }
        digits[i] = (int8_t)(half->negative ? -digit : digit);
        low = low >> 1 | high << 63;
        high >>= 1;
    }
    KZG_CHECK((low | high) == 0);
    return length;
}

void glv_wnaf(struct glv_wnaf *r, const fr *k) {
    struct glv_half halves[2];
    glv_split(halves, k);
    int a = wnaf_half(r->digits[0], &halves[0]), b = wnaf_half(r->digits[1], &halves[1]);
    r->length = a > b ? a : b;
}
