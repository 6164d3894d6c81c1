/* SHA-256 of two messages at once: in one message the CPU's instructions for it wait for each other. Two take 1.65 of
 * the time of one. libcrypto has one message at a time.
 *
 * FIPS 180-4; sha256rnds2 works on the state's words as (f, e, b, a) and (h, g, d, c), low to high. */
#include <immintrin.h>
#include <string.h>

#include "base/bytes.h"
#include "kzg/lanes.h"

#define MESSAGES 2
#define BLOCK    64
#define INLINE   static inline __attribute__((always_inline))

static const uint32_t ROUND_CONSTANTS[64] __attribute__((aligned(16))) = {
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

struct states {
    __m128i feba[MESSAGES], hgdc[MESSAGES];
};

static void start(struct states *s) {
    for (int k = 0; k < MESSAGES; k++) {
        s->feba[k] = _mm_set_epi32((int)START[0], (int)START[1], (int)START[4], (int)START[5]);
        s->hgdc[k] = _mm_set_epi32((int)START[2], (int)START[3], (int)START[6], (int)START[7]);
    }
}

static void finish(uint8_t digest[32], const __m128i *feba, const __m128i *hgdc) {
    uint32_t x[4], y[4];
    _mm_storeu_si128((__m128i *)(void *)x, *feba);
    _mm_storeu_si128((__m128i *)(void *)y, *hgdc);
    const uint32_t words[8] = {x[3], x[2], y[3], y[2], x[1], x[0], y[1], y[0]};
    for (int i = 0; i < 8; i += 2) store_be64(digest + 4 * i, (uint64_t)words[i] << 32 | words[i + 1]);
}

INLINE __m128i load_words(const uint8_t *at) {
    const __m128i order = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)at), order);
}

/* The next four words of the schedule in place of the oldest: w[i] of 16, four in each vector. */
INLINE void extend(__m128i w[4], int i) {
    __m128i t = _mm_sha256msg1_epu32(w[i % 4], w[(i + 1) % 4]);
    t = _mm_add_epi32(t, _mm_alignr_epi8(w[(i + 3) % 4], w[(i + 2) % 4], 4));
    w[i % 4] = _mm_sha256msg2_epu32(t, w[(i + 3) % 4]);
}

/* One block of each message. */
INLINE void compress(struct states *s, const uint8_t *const block[MESSAGES]) {
    struct states old = *s;
    __m128i w[MESSAGES][4];
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
#pragma GCC unroll 2
        for (int k = 0; k < MESSAGES; k++) {
            if (i < 4)
                w[k][i] = load_words(block[k] + 16 * i);
            else
                extend(w[k], i);
            __m128i t =
                _mm_add_epi32(w[k][i % 4], _mm_load_si128((const __m128i *)(const void *)(ROUND_CONSTANTS + 4 * i)));
            s->hgdc[k] = _mm_sha256rnds2_epu32(s->hgdc[k], s->feba[k], t);
            s->feba[k] = _mm_sha256rnds2_epu32(s->feba[k], s->hgdc[k], _mm_shuffle_epi32(t, 0x0e));
        }
    }
    for (int k = 0; k < MESSAGES; k++) {
        s->feba[k] = _mm_add_epi32(s->feba[k], old.feba[k]);
        s->hgdc[k] = _mm_add_epi32(s->hgdc[k], old.hgdc[k]);
    }
}

static void compress_all(struct states *s, const uint8_t *a, const uint8_t *b, size_t blocks) {
    struct states t = *s;
    for (size_t i = 0; i < blocks; i++) {
        const uint8_t *const block[MESSAGES] = {a + BLOCK * i, b + BLOCK * i};
        compress(&t, block);
    }
    *s = t;
}

/* The whole blocks of the pieces in turn; what is left of a piece waits for the next in rest. */
void lanes_sha256_two(uint8_t digest[2][32], const struct lanes_piece *pieces, size_t n) {
    struct states s;
    uint8_t rest[MESSAGES][2 * BLOCK];
    size_t waiting = 0, total = 0;
    start(&s);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *a = pieces[i].of[0], *b = pieces[i].of[1];
        size_t length = pieces[i].length, fill = waiting == 0 ? 0 : BLOCK - waiting;
        total += length;
        if (fill > length) fill = length;
        memcpy(rest[0] + waiting, a, fill);
        memcpy(rest[1] + waiting, b, fill);
        waiting += fill;
        if (waiting == BLOCK) {
            compress_all(&s, rest[0], rest[1], 1);
            waiting = 0;
        }
        if (fill == length) continue;
        size_t whole = (length - fill) / BLOCK, end = fill + BLOCK * whole;
        compress_all(&s, a + fill, b + fill, whole);
        waiting = length - end;
        memcpy(rest[0], a + end, waiting);
        memcpy(rest[1], b + end, waiting);
    }
    size_t padded = waiting + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
    for (int k = 0; k < MESSAGES; k++) {
        rest[k][waiting] = 0x80;
        memset(rest[k] + waiting + 1, 0, padded - waiting - 1);
        store_be64(rest[k] + padded - 8, 8 * (uint64_t)total);
    }
    compress_all(&s, rest[0], rest[1], padded / BLOCK);
    for (int k = 0; k < MESSAGES; k++) finish(digest[k], &s.feba[k], &s.hgdc[k]);
}
