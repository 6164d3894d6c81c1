/* Digits of 32 scalars: eight halves of scalars at a time give their plain digits from the top one on, as fractions
 * that are multiplied by the base again and again; then all 32 digits of one place are brought into the hexagon. */
#include <immintrin.h>

#include "base/assert.h"
#include "curve/hexagon.h"
#include "curve/ifma/glv8.h"
#include "curve/lanes.h"

#define SCALARS G1_LANES_RECODE
#define EIGHT   8

#define ROW_REGISTERS ((HEXAGON_ROWS_MAX + 1 + 31) / 32)
_Static_assert(ROW_REGISTERS == 3, "look-ups of 64 rows and of 32");

/* The plain digits of both halves of each scalar. */
struct plain {
    _Alignas(64) uint8_t digits[HEXAGON_DIGITS_MAX][2][SCALARS];
};

/* ---- Plain digits ---- */

struct constants {
    struct glv8 glv;
    __m512i bias[3], reciprocal[4], base; /* reciprocal: 2^312 / m^digits, rounded up */
    __m512i rows[ROW_REGISTERS];          /* the hexagon's, 32 a register */
};

static void set_constants(struct constants *c, const struct hexagon *h) {
    _Alignas(64) uint16_t rows[ROW_REGISTERS * 32] = {0};
    uint64_t limbs[4], words[3], carry = 1;
    glv8_init(&c->glv);
    glv8_set_number(c->bias, h->bias[0], h->bias[1], h->bias[2]);
    for (int i = 0; i < 3; i++)
        carry = limbs_adc(&words[i], h->reciprocal[i] >> 8 | (i < 2 ? h->reciprocal[i + 1] << 56 : 0), 0, carry);
    glv8_limbs(limbs, words);
    for (int i = 0; i < 4; i++) c->reciprocal[i] = fr8_word(limbs[i]);
    c->base = _mm512_set1_epi64(h->base);
    for (int i = 0; i <= h->rows; i++) rows[i] = h->row[i];
    for (int i = 0; i < ROW_REGISTERS; i++) c->rows[i] = _mm512_load_si512(rows + 32 * i);
}

static inline __m512i and_mask(__m512i a, uint64_t mask) {
    return _mm512_and_si512(a, _mm512_set1_epi64((long long)mask));
}

/* f = (bias + half) / m^digits as a fraction of four limbs of 44 bits, up to two units of the last too large. */
static inline void fraction(__m512i f[4], const struct constants *c, const __m512i half[GLV8_LIMBS]) {
    __m512i biased[GLV8_LIMBS], t[8];
    for (int i = 0; i < GLV8_LIMBS; i++) biased[i] = _mm512_add_epi64(c->bias[i], half[i]);
    glv8_carry(biased, GLV8_LIMBS);
    for (int i = 0; i < 8; i++) t[i] = _mm512_setzero_si512();
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 4; j++) {
            t[i + j] = _mm512_madd52lo_epu64(t[i + j], biased[i], c->reciprocal[j]);
            t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], biased[i], c->reciprocal[j]);
        }
    }
    glv8_carry(t, 7);
    /* The point stands before limb 6: bits 136 to 311. */
    const uint64_t mask = (1ull << 44) - 1;
    f[0] = and_mask(_mm512_or_si512(_mm512_srli_epi64(t[2], 32), _mm512_slli_epi64(t[3], 20)), mask);
    f[1] = and_mask(_mm512_or_si512(_mm512_srli_epi64(t[3], 24), _mm512_slli_epi64(t[4], 28)), mask);
    f[2] = and_mask(_mm512_or_si512(_mm512_srli_epi64(t[4], 16), _mm512_slli_epi64(t[5], 36)), mask);
    f[3] = _mm512_srli_epi64(t[5], 8);
    f[0] = _mm512_add_epi64(f[0], _mm512_set1_epi64(1));
}

/* f = the fraction of m f; its whole part. */
static inline __m512i next_digit(__m512i f[4], __m512i base) {
    __m512i carry = _mm512_setzero_si512();
    for (int i = 0; i < 4; i++) {
        __m512i t = _mm512_madd52lo_epu64(carry, f[i], base); /* below 2^52: f below 2^44, but for f[0]'s one more */
        carry = _mm512_srli_epi64(t, 44);
        f[i] = and_mask(t, (1ull << 44) - 1);
    }
    return carry;
}

static inline void store_digits(uint8_t to[EIGHT], __m512i digits) {
    _mm_storel_epi64((__m128i *)(void *)to, _mm512_cvtepi64_epi8(digits));
}

/* Scalars [at, at + 8). */
static void find_plain(struct plain *p, size_t at, const struct constants *c, const struct hexagon *h, const fr *k) {
    __m512i halves[2][GLV8_LIMBS], f[2][4];
    glv8_split(halves, &c->glv, k + at);
    for (int n = 0; n < 2; n++) fraction(f[n], c, halves[n]);
    for (int i = h->digits; i-- > 0;) {
        for (int n = 0; n < 2; n++) store_digits(p->digits[i][n] + at, next_digit(f[n], c->base));
    }
}

/* ---- The hexagon ---- */

static inline __m512i set16(int x) {
    return _mm512_set1_epi16((short)x);
}

static inline __m512i load16(const uint8_t digits[SCALARS]) {
    return _mm512_cvtepu8_epi16(_mm256_load_si256((const void *)digits));
}

/* a - m in the lanes of one mask, a + m in those of another. */
static inline __m512i shift_by_base(__m512i a, __mmask32 down, __mmask32 up, __m512i m) {
    a = _mm512_mask_sub_epi16(a, down, a, m);
    return _mm512_mask_add_epi16(a, up, a, m);
}

/* 1 in the lanes of one mask, -1 in those of another. */
static inline __m512i carry_of(__mmask32 down, __mmask32 up) {
    return _mm512_sub_epi16(_mm512_maskz_set1_epi16(down, 1), _mm512_maskz_set1_epi16(up, 1));
}

/* As into_hexagon of hexagon.c. */
static inline void into_hexagon(__m512i *a, __m512i *b, __m512i *carry_a, __m512i *carry_b, __m512i m) {
    const __m512i minus_m = _mm512_sub_epi16(_mm512_setzero_si512(), m);
    __m512i skew = _mm512_sub_epi16(*a, *b), sum = _mm512_add_epi16(*a, *b);
    __m512i s = _mm512_add_epi16(sum, *a), t = _mm512_add_epi16(sum, *b);
    __mmask32 right = _mm512_cmpgt_epi16_mask(skew, m), left = _mm512_cmplt_epi16_mask(skew, minus_m);
    __mmask32 a_first = _mm512_cmpge_epi16_mask(_mm512_abs_epi16(s), _mm512_abs_epi16(t));
    __mmask32 a_down = _mm512_cmpgt_epi16_mask(s, m) & a_first, a_up = _mm512_cmplt_epi16_mask(s, minus_m) & a_first;
    __mmask32 b_down = _mm512_cmpgt_epi16_mask(t, m) & ~a_first,
              b_up = _mm512_cmplt_epi16_mask(t, minus_m) & ~a_first;
    __mmask32 straight = ~(right | left);
    a_down = (a_down & straight) | right;
    a_up = (a_up & straight) | left;
    b_down = (b_down & straight) | left;
    b_up = (b_up & straight) | right;
    *a = shift_by_base(*a, a_down, a_up, m);
    *b = shift_by_base(*b, b_down, b_up, m);
    *carry_a = carry_of(a_down, a_up);
    *carry_b = carry_of(b_down, b_up);
}

static inline __m512i first_of_row(const __m512i rows[ROW_REGISTERS], __m512i row) {
    __m512i low = _mm512_permutex2var_epi16(rows[0], row, rows[1]);
    __m512i high = _mm512_permutexvar_epi16(row, rows[2]);
    return _mm512_mask_mov_epi16(low, _mm512_test_epi16_mask(row, set16(64)), high);
}

/* As code_of of hexagon.c, and HEXAGON_ZERO. */
static inline __m512i codes_of(const __m512i rows[ROW_REGISTERS], __m512i a, __m512i b) {
    const __m512i zero = _mm512_setzero_si512();
    __mmask32 nothing = _mm512_testn_epi16_mask(_mm512_or_si512(a, b), _mm512_or_si512(a, b));
    __mmask32 lower =
        _mm512_movepi16_mask(_mm512_add_epi16(_mm512_slli_epi16(b, 8), a)); /* |256 b + a| is below 2^15 */
    a = _mm512_mask_sub_epi16(a, lower, zero, a);
    b = _mm512_mask_sub_epi16(b, lower, zero, b);
    __m512i sum = _mm512_add_epi16(a, b);
    __mmask32 second = _mm512_cmple_epi16_mask(a, zero), third = _mm512_cmple_epi16_mask(sum, zero);
    __m512i row = _mm512_mask_add_epi16(a, second, a, b), column = _mm512_mask_sub_epi16(b, second, b, sum);
    row = _mm512_mask_sub_epi16(row, third, row, a);
    column = _mm512_mask_sub_epi16(column, third, column, b);
    __m512i code = _mm512_slli_epi16(_mm512_add_epi16(first_of_row(rows, row), column), HEXAGON_BUCKET);
    code = _mm512_mask_add_epi16(code, lower, code, set16(3));
    code = _mm512_mask_add_epi16(code, second, code, set16(1));
    code = _mm512_mask_add_epi16(code, third, code, set16(1));
    return _mm512_mask_mov_epi16(code, nothing, set16((int)HEXAGON_ZERO));
}

static void recode(uint16_t *codes, size_t stride, const struct constants *c, const struct hexagon *h, const fr *k) {
    struct plain plain;
    __m512i carry_a = _mm512_setzero_si512(), carry_b = carry_a;
    const __m512i m = set16(h->base), half = set16(h->base / 2);
    for (size_t at = 0; at < SCALARS; at += EIGHT) find_plain(&plain, at, c, h, k);
    for (int i = 0; i < h->digits; i++) {
        __m512i a = _mm512_add_epi16(_mm512_sub_epi16(load16(plain.digits[i][0]), half), carry_a);
        __m512i b = _mm512_add_epi16(_mm512_sub_epi16(load16(plain.digits[i][1]), half), carry_b);
        into_hexagon(&a, &b, &carry_a, &carry_b, m);
        _mm512_storeu_si512(codes + (size_t)i * stride, codes_of(c->rows, a, b));
    }
    KZG_CHECK(_mm512_test_epi16_mask(_mm512_or_si512(carry_a, carry_b), set16(-1)) == 0);
}

size_t g1_lanes_recode(uint16_t *codes, const struct hexagon *h, const fr *k, size_t n) {
    struct constants c;
    size_t done = 0;
    if (n >= SCALARS) set_constants(&c, h);
    for (; done + SCALARS <= n; done += SCALARS) recode(codes + done, n, &c, h, k + done);
    return done;
}
