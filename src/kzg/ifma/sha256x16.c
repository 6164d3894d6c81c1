/* SHA-256 of sixteen messages at once, a word of each in a vector: half of the time of one after the other with the
 * CPU's instructions for it, which wait for each other. For what comes in many pieces of one length: a context's
 * tables.
 *
 * FIPS 180-4, with its names. */
#include <immintrin.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "kzg/lanes.h"

#define MESSAGES LANES_HASHES
#define BLOCK    64

#define LENGTH_END ((size_t)1 << 29) /* in bits a word */

#define INLINE static inline __attribute__((always_inline))

_Static_assert(MESSAGES == 16, "a vector's words");

static const uint32_t ROUND_CONSTANTS[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};
static const uint32_t START[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/* By truth tables: bit 4 x + 2 y + z of the last argument. */
#define XOR3(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0x96)
#define CH(x, y, z)   _mm512_ternarylogic_epi32(x, y, z, 0xca)
#define MAJ(x, y, z)  _mm512_ternarylogic_epi32(x, y, z, 0xe8)

INLINE __m512i add(__m512i x, __m512i y) {
    return _mm512_add_epi32(x, y);
}

/* Capital and small sigma: three rotations, or two and a shift. */
#define SUM(x, i, j, k) XOR3(_mm512_ror_epi32(x, i), _mm512_ror_epi32(x, j), _mm512_ror_epi32(x, k))
#define MIX(x, i, j, k) XOR3(_mm512_ror_epi32(x, i), _mm512_ror_epi32(x, j), _mm512_srli_epi32(x, k))

/* Sixteen words of sixteen messages become word i of all messages in w[i]. */
INLINE void transpose(__m512i w[16]) {
    __m512i t[16];
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) {
        __m512i a = _mm512_unpacklo_epi32(w[i], w[i + 1]), b = _mm512_unpackhi_epi32(w[i], w[i + 1]);
        __m512i c = _mm512_unpacklo_epi32(w[i + 2], w[i + 3]), d = _mm512_unpackhi_epi32(w[i + 2], w[i + 3]);
        t[i] = _mm512_unpacklo_epi64(a, c);
        t[i + 1] = _mm512_unpackhi_epi64(a, c);
        t[i + 2] = _mm512_unpacklo_epi64(b, d);
        t[i + 3] = _mm512_unpackhi_epi64(b, d);
    }
    /* t[4 m + i] has in quarter q the words 4 q + i of messages 4 m to 4 m + 3. */
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        __m512i a = _mm512_shuffle_i32x4(t[i], t[i + 4], 0x44), b = _mm512_shuffle_i32x4(t[i], t[i + 4], 0xee);
        __m512i c = _mm512_shuffle_i32x4(t[i + 8], t[i + 12], 0x44),
                d = _mm512_shuffle_i32x4(t[i + 8], t[i + 12], 0xee);
        w[i] = _mm512_shuffle_i32x4(a, c, 0x88);
        w[i + 4] = _mm512_shuffle_i32x4(a, c, 0xdd);
        w[i + 8] = _mm512_shuffle_i32x4(b, d, 0x88);
        w[i + 12] = _mm512_shuffle_i32x4(b, d, 0xdd);
    }
}

/* The block at that place of each message. */
INLINE void load(__m512i w[16], const uint8_t *const message[MESSAGES], size_t at) {
    const __m512i order = _mm512_broadcast_i32x4(_mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
#pragma GCC unroll 16
    for (int k = 0; k < MESSAGES; k++)
        w[k] = _mm512_shuffle_epi8(_mm512_loadu_si512((const void *)(message[k] + at)), order);
    transpose(w);
}

/* s: a to h. */
INLINE void compress(__m512i s[8], __m512i w[16]) {
    __m512i v[8];
    memcpy(v, s, sizeof v);
#pragma GCC unroll 64
    for (int i = 0; i < 64; i++) {
        /* The variables stay and their names go on: a is h of the round before. */
        __m512i *a = &v[-i & 7], *b = &v[(1 - i) & 7], *c = &v[(2 - i) & 7], *d = &v[(3 - i) & 7];
        __m512i *e = &v[(4 - i) & 7], *f = &v[(5 - i) & 7], *g = &v[(6 - i) & 7], *h = &v[(7 - i) & 7];
        if (i >= 16)
            w[i & 15] = add(add(w[i & 15], w[(i - 7) & 15]),
                            add(MIX(w[(i - 15) & 15], 7, 18, 3), MIX(w[(i - 2) & 15], 17, 19, 10)));
        __m512i t = add(w[i & 15], _mm512_set1_epi32((int)ROUND_CONSTANTS[i]));
        t = add(add(*h, t), add(SUM(*e, 6, 11, 25), CH(*e, *f, *g)));
        *d = add(*d, t);
        *h = add(t, add(SUM(*a, 2, 13, 22), MAJ(*a, *b, *c)));
    }
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) s[i] = add(s[i], v[i]);
}

/* The padding of whole blocks is one block, and the same for all. */
static void pad(__m512i w[16], size_t length) {
    for (int i = 0; i < 16; i++) w[i] = _mm512_setzero_si512();
    w[0] = _mm512_set1_epi32((int)0x80000000);
    w[15] = _mm512_set1_epi32((int)(uint32_t)(8 * length));
}

void lanes_sha256_sixteen(uint8_t digest[MESSAGES][32], const uint8_t *const message[MESSAGES], size_t length) {
    __m512i s[8], w[16];
    uint32_t words[8][MESSAGES];
    KZG_ASSERT(length % BLOCK == 0 && length < LENGTH_END);
    for (int i = 0; i < 8; i++) s[i] = _mm512_set1_epi32((int)START[i]);
    for (size_t at = 0; at < length; at += BLOCK) {
        load(w, message, at);
        compress(s, w);
    }
    pad(w, length);
    compress(s, w);
    for (int i = 0; i < 8; i++) _mm512_storeu_si512(words[i], s[i]);
    for (int k = 0; k < MESSAGES; k++) {
        for (int i = 0; i < 8; i += 2) store_be64(digest[k] + 4 * i, (uint64_t)words[i][k] << 32 | words[i + 1][k]);
    }
}
