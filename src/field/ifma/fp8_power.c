/* Powers, square roots and inverses in eight lanes. */
#include "field/fp.h"
#include "field/ifma/fp8.h"

#define WINDOW 5                   /* bits; a window begins and ends with a one */
#define ODDS   (1 << (WINDOW - 1)) /* odd exponents in a window */

static bool bit_of(const uint64_t *exponent, size_t i) {
    return (exponent[i / 64] >> i % 64 & 1) != 0;
}

static void square_times(fp8 *t, size_t n, size_t times) {
    size_t i = 0;
    for (; i + 2 <= n; i += 2) fp8_sqr2_times(&t[i], times);
    for (size_t k = 0; i < n && k < times; k++) fp8_sqr(&t[i], &t[i]);
}

void fp8_pow_n(fp8 *r, const fp8 *a, size_t n, const uint64_t *exponent, size_t limbs, fp8 *scratch) {
    fp8 *table = scratch, *t = scratch + ODDS * n; /* table[d n + i] = a[i]^(2 d + 1) */
    size_t top = 64 * limbs;
    while (top > 0 && !bit_of(exponent, top - 1)) top--;
    KZG_ASSERT(top > 0);
    fp8_sqr_n(t, a, n);
    for (size_t i = 0; i < n; i++) table[i] = a[i];
    for (size_t d = 1; d < ODDS; d++) fp8_mul_n(&table[d * n], &table[(d - 1) * n], t, n);
    size_t left = top, squarings = 0; /* bits below `left` are to be done; t is to be squared so often before more */
    for (bool started = false; left > 0;) {
        if (!bit_of(exponent, left - 1)) {
            left--;
            squarings++;
            continue;
        }
        size_t low = left < WINDOW ? 0 : left - WINDOW, digit = 0;
        while (!bit_of(exponent, low)) low++;
        for (size_t bit = left; bit-- > low;) digit = 2 * digit + bit_of(exponent, bit);
        if (started) {
            square_times(t, n, squarings + left - low);
            fp8_mul_n(t, t, &table[digit / 2 * n], n);
        } else {
            for (size_t i = 0; i < n; i++) t[i] = table[digit / 2 * n + i];
        }
        started = true;
        squarings = 0;
        left = low;
    }
    square_times(t, n, squarings);
    for (size_t i = 0; i < n; i++) r[i] = t[i];
}

void fp8_sqrt_n(fp8 *r, __mmask8 *ret_is_square, const fp8 *a, size_t n, fp8 *scratch) {
    fp8_pow_n(scratch + ODDS * n, a, n, FP_SQRT_EXPONENT, FP_LIMBS, scratch);
    for (size_t i = 0; i < n; i++) {
        fp8 square;
        const fp8 *root = &scratch[ODDS * n + i];
        fp8_sqr(&square, root);
        ret_is_square[i] = fp8_equal(&square, 2, &a[i], 1);
        r[i] = *root;
    }
}

/* Lane i takes lane i ^ with. */
static inline void exchange(fp8 *r, const fp8 *a, int with) {
    const __m512i lanes = _mm512_xor_si512(_mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0), _mm512_set1_epi64(with));
    bool factor = FP8_IS_FACTOR(a);
    for (int i = 0; i < FP8_LIMBS; i++) r->l[i] = _mm512_permutexvar_epi64(lanes, a->l[i]);
    FP8_SET_BOUND(r, FP8_BOUND(a));
    if (factor) FP8_SET_FACTOR(r);
}

/* Both vectors, then halves, quarters and eighths are multiplied together, so that one value is inverted, which
 * stands in all lanes; on the way back each is the inverse of what it was in times the other's value. */
bool fp8_inv_two(fp8 a[2]) {
    fp8 level[4], inverse, t;
    fp product;
    fp8_mul(&level[0], &a[0], &a[1]);
    for (int k = 0; k < 3; k++) {
        exchange(&t, &level[k], 4 >> k);
        fp8_mul(&level[k + 1], &level[k], &t);
    }
    fp8_store_strided(&product, sizeof product, 1, &level[3]);
    if (fp_is_zero(&product)) return false;
    fp_inv(&product, &product);
    fp8_broadcast(&inverse, &product);
    for (int k = 3; k-- > 0;) {
        exchange(&t, &level[k], 4 >> k);
        fp8_mul(&inverse, &inverse, &t);
    }
    fp8_mul2(&a[0], &inverse, &a[1], &a[1], &inverse, &a[0]);
    return true;
}

/* Vectors of even index are multiplied up in one chain, those of odd index in another, so that two products are
 * always under way; then both are inverted and unwound. Zeros count as 1. */
void fp8_inv_batch(fp8 *a, size_t n, fp8 *scratch) {
    fp8 chain[2], one;
    fp8_set_one(&one);
    chain[0] = chain[1] = one;
    for (size_t i = 0; i < n; i += 2) {
        fp8 factor[2] = {one, one};
        for (size_t c = 0; c < 2 && i + c < n; c++) {
            scratch[i + c] = chain[c];
            fp8_select(&factor[c], fp8_is_zero(&a[i + c], 2), &a[i + c], &one);
        }
        fp8_mul2(&chain[0], &chain[0], &factor[0], &chain[1], &chain[1], &factor[1]);
    }
    (void)fp8_inv_two(chain);
    for (size_t i = n; i-- > 0;) {
        fp8 factor, inverse, *up = &chain[i % 2];
        __mmask8 zero = fp8_is_zero(&a[i], 2);
        fp8_select(&factor, zero, &a[i], &one);
        fp8_mul2(&inverse, up, &scratch[i], up, up, &factor);
        fp8_set_zero(&factor);
        fp8_select(&a[i], zero, &inverse, &factor);
    }
}
