/* Between eight lanes of 52-bit limbs and values in 64-bit limbs. */
#include "field/ifma/fp8.h"

/* Rows to columns, eight by eight; its own inverse. */
static inline void transpose(__m512i v[8]) {
    __m512i t[8], u[8];
    for (int i = 0; i < 4; i++) {
        t[2 * i] = _mm512_unpacklo_epi64(v[2 * i], v[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_epi64(v[2 * i], v[2 * i + 1]);
    }
    /* Even columns from the t of even index, odd ones from the others; blocks of two: 0 and 2, then 1 and 3. */
    for (int odd = 0; odd < 2; odd++) {
        u[0] = _mm512_shuffle_i64x2(t[odd], t[odd + 2], 0x88);
        u[1] = _mm512_shuffle_i64x2(t[odd + 4], t[odd + 6], 0x88);
        u[2] = _mm512_shuffle_i64x2(t[odd], t[odd + 2], 0xdd);
        u[3] = _mm512_shuffle_i64x2(t[odd + 4], t[odd + 6], 0xdd);
        v[odd] = _mm512_shuffle_i64x2(u[0], u[1], 0x88);
        v[odd + 4] = _mm512_shuffle_i64x2(u[0], u[1], 0xdd);
        v[odd + 2] = _mm512_shuffle_i64x2(u[2], u[3], 0x88);
        v[odd + 6] = _mm512_shuffle_i64x2(u[2], u[3], 0xdd);
    }
}

#define SIX 0x3f

/* Bits [52 i - shift, 52 i + 52 - shift) of the number whose words are v[0 .. 5]. */
static inline __attribute__((always_inline)) __m512i limb_of(const __m512i v[8], int i, int shift) {
    int at = 52 * i - shift, word = at / 64, off = at % 64;
    __m512i t;
    if (at < 0) {
        t = _mm512_slli_epi64(v[0], (unsigned)-at);
    } else {
        t = _mm512_srli_epi64(v[word], (unsigned)off);
        if (off > 12 && word < 5) t = _mm512_or_si512(t, _mm512_slli_epi64(v[word + 1], (unsigned)(64 - off)));
    }
    return _mm512_and_si512(t, _mm512_set1_epi64((long long)FP8_MASK));
}

/* Rows of six 64-bit limbs, one a lane, behind `skipped` others, to limbs of 52 bits of 2^shift times the number;
 * both constants. */
static inline __attribute__((always_inline)) void from_words(fp8 *r, __m512i v[8], int skipped, int shift) {
    transpose(v);
#pragma GCC unroll 8
    for (int i = 0; i < FP8_LIMBS; i++) r->l[i] = limb_of(v + skipped, i, shift);
    FP8_SET_BOUND(r, 1u << shift);
}

static inline __attribute__((always_inline)) void from_rows(fp8 *r, __m512i v[8], int shift) {
    from_words(r, v, 0, shift);
}

/* a below 2^384. */
static inline void to_rows(__m512i v[8], const fp8 *a) {
    const __m512i *l = a->l;
    v[0] = _mm512_or_si512(l[0], _mm512_slli_epi64(l[1], 52));
    v[1] = _mm512_or_si512(_mm512_srli_epi64(l[1], 12), _mm512_slli_epi64(l[2], 40));
    v[2] = _mm512_or_si512(_mm512_srli_epi64(l[2], 24), _mm512_slli_epi64(l[3], 28));
    v[3] = _mm512_or_si512(_mm512_srli_epi64(l[3], 36), _mm512_slli_epi64(l[4], 16));
    v[4] = _mm512_or_si512(_mm512_srli_epi64(l[4], 48), _mm512_slli_epi64(l[5], 4));
    v[4] = _mm512_or_si512(v[4], _mm512_slli_epi64(l[6], 56));
    v[5] = _mm512_or_si512(_mm512_srli_epi64(l[6], 8), _mm512_slli_epi64(l[7], 44));
    v[6] = v[7] = _mm512_setzero_si512();
    transpose(v);
}

/* a below 2p to [0, p). */
static inline void subtract_once(fp8 *r, const fp8 *a) {
    fp8 t;
    for (int i = 0; i < FP8_LIMBS; i++) t.l[i] = _mm512_sub_epi64(a->l[i], _mm512_set1_epi64((long long)FP8_P[i]));
    FP8_SET_BOUND(&t, 1);
    fp8_carry(&t, &t); /* negative where a was below p, which the top limb's sign says */
    __mmask8 keep = _mm512_movepi64_mask(t.l[FP8_LIMBS - 1]);
    fp8_select(r, keep, &t, a);
    FP8_SET_BOUND(r, 1);
}

/* r = a c / 2^416 in [0, p). */
static void leave(fp8 *r, const fp8 *a, const uint64_t constant[FP8_LIMBS]) {
    fp8 c;
    fp8_set(&c, constant);
    fp8_mul(r, a, &c);
    subtract_once(r, r);
}

/* From 2^384 to 2^416. */
static void enter(fp8 *r) {
    fp8 c;
    fp8_set(&c, FP8_ENTER);
    fp8_mul(r, r, &c);
}

void fp8_canonical(fp8 *r, const fp8 *a) {
    leave(r, a, FP8_ONE);
}

void fp8_load_strided(fp8 *r, const fp *first, size_t stride, size_t n) {
    __m512i v[8];
    const char *at = (const char *)first;
    for (size_t i = 0; i < FP8_LANES; i++)
        v[i] = i < n ? _mm512_maskz_loadu_epi64(SIX, at + i * stride) : _mm512_setzero_si512();
    from_rows(r, v, 0);
    enter(r);
}

void fp8_store_strided(fp *first, size_t stride, size_t n, const fp8 *a) {
    fp8 t;
    __m512i v[8];
    char *at = (char *)first;
    leave(&t, a, FP8_LEAVE);
    to_rows(v, &t);
    for (size_t i = 0; i < n; i++) _mm512_mask_storeu_epi64(at + i * stride, SIX, v[i]);
}

static inline void load_each(__m512i v[8], const fp *const at[FP8_LANES]) {
    for (int i = 0; i < FP8_LANES; i++) v[i] = _mm512_maskz_loadu_epi64(SIX, at[i]->l);
}

static inline void store_each(fp *const at[FP8_LANES], __m512i v[8]) {
    for (int i = 0; i < FP8_LANES; i++) _mm512_mask_storeu_epi64(at[i]->l, SIX, v[i]);
}

void fp8_load(fp8 *r, const fp *const at[FP8_LANES]) {
    __m512i v[8];
    load_each(v, at);
    from_rows(r, v, 0);
    enter(r);
}

void fp8_broadcast(fp8 *r, const fp *a) {
    const fp *at[FP8_LANES];
    for (int i = 0; i < FP8_LANES; i++) at[i] = a;
    fp8_load(r, at);
}

void fp8_gather(fp8 *r, const struct fp8_lane *const at[FP8_LANES], unsigned bound) {
    for (int i = 0; i < FP8_LANES; i++) r->l[i] = _mm512_load_si512(at[i]->l);
    transpose(r->l);
    FP8_SET_BOUND(r, bound);
    (void)bound;
}

void fp8_scatter(struct fp8_lane *const at[FP8_LANES], const fp8 *a) {
    __m512i v[8];
    for (int i = 0; i < FP8_LIMBS; i++) v[i] = a->l[i];
    transpose(v);
    for (int i = 0; i < FP8_LANES; i++) _mm512_store_si512(at[i]->l, v[i]);
}

void fp8_load_scaled_x_unreduced(fp8 *r, const fp *const at[FP8_LANES]) {
    __m512i v[8];
    load_each(v, at);
    from_rows(r, v, 12);
}

void fp8_load_scaled_x(fp8 *r, const fp *const at[FP8_LANES]) {
    fp8_load_scaled_x_unreduced(r, at);
    fp8_reduce(r, r);
}

/* Where y is the last of a line of the cache, six words from there on would be a load from two lines, the second in
 * vain: so the two before it are read with it. */
void fp8_load_scaled_y(fp8 *r, const fp *const at[FP8_LANES]) {
    __m512i v[8];
    for (int i = 0; i < FP8_LANES; i++)
        v[i] = _mm512_maskz_loadu_epi64(SIX << 2, (const char *)at[i] - 2 * sizeof(uint64_t));
    from_words(r, v, 2, 2);
}

static void leave_to(fp *const at[FP8_LANES], const fp8 *a, const uint64_t constant[FP8_LIMBS]) {
    fp8 t;
    __m512i v[8];
    leave(&t, a, constant);
    to_rows(v, &t);
    store_each(at, v);
}

void fp8_store(fp *const at[FP8_LANES], const fp8 *a) {
    leave_to(at, a, FP8_LEAVE);
}

void fp8_store_scaled_x(fp *const at[FP8_LANES], const fp8 *a) {
    leave_to(at, a, FP8_LEAVE_SCALED_X);
}

void fp8_store_scaled_y(fp *const at[FP8_LANES], const fp8 *a) {
    leave_to(at, a, FP8_LEAVE_SCALED_Y);
}
