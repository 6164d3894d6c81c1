#include "field/modinv.h"

#include "base/assert.h"

/* Signed numbers in limbs of 62 bits: value = sum l[i] 2^(62 i); all limbs but the top one in [0, 2^62), the top one
 * signed. 381 bits and a sign take 7 limbs, 255 bits take 5.
 *
 * What is computed. From f = m, g = a, divsteps keep gcd(f, g) = 1 and bring g to 0, then f = +-1. Beside them d and
 * e keep d a = f and e a = g modulo m, from d = 0, e = 1. So in the end d = f/a, and the answer is d f.
 *
 * Why it ends. The paper's theorem 11.2: for m and a below 2^b, b >= 46, (49 b + 57) / 17 divsteps bring g to 0: 1101
 * for 381 bits, 738 for 255. Divsteps come in batches of 62, so 18 or 12 batches at the most (checked below); about
 * 13 and 9 are usual. */
#define LIMBS_MAX   7
#define MASK62      ((uint64_t)-1 >> 2)
#define BATCHES_MAX 18

typedef __int128 i128;

struct signed62 {
    int64_t l[LIMBS_MAX];
};

/* 62 divsteps take (f, g) to (u f + v g, q f + r g) / 2^62; |u| + |v| <= 2^62, |q| + |r| <= 2^62. */
struct transition {
    int64_t u, v, q, r;
};

/* Functions of the limb count are inlined with it, so that each loop is unrolled for 7 and for 5. */
#define EACH_COUNT static inline __attribute__((always_inline))

EACH_COUNT void to_signed62(struct signed62 *out, const uint64_t *in, int n, int limbs) {
    for (int i = 0; i < limbs; i++) {
        int bit = 62 * i, word = bit / 64, shift = bit % 64;
        uint64_t low = word < n ? in[word] >> shift : 0;
        uint64_t high = shift > 0 && word + 1 < n ? in[word + 1] << (64 - shift) : 0;
        out->l[i] = (int64_t)((low | high) & MASK62);
    }
}

/* in is in [0, 2^(64 n)). */
EACH_COUNT void from_signed62(uint64_t *out, const struct signed62 *in, int n, int limbs) {
    for (int i = 0; i < n; i++) out[i] = 0;
    for (int i = 0; i < limbs; i++) {
        int bit = 62 * i, word = bit / 64, shift = bit % 64;
        uint64_t v = (uint64_t)in->l[i];
        if (word < n) out[word] |= v << shift;
        if (shift > 2 && word + 1 < n) out[word + 1] |= v >> (64 - shift);
    }
}

/* Runs 62 divsteps on the low bits of f (odd) and g. eta is -delta.
 *
 * A divstep with g even halves g; so a run of zeros goes in one shift. With g odd and eta < 0 it swaps, (f, g) = (g,
 * -f), and eta changes sign; then g has a multiple of f added that makes it even. While eta >= 0 no swap can come,
 * for eta + 1 steps; so a multiple of f is added at once that cancels as many bits, at most six. The matrix rows
 * follow f and g, with the halvings of g made doublings of (u, v): entries are integers below 2^62, their sum in a
 * row too, since each step at most doubles it.
 *
 * The chain from one g to the next sets the pace: so after a swap, where -1/f is new, w is made from both factors at
 * once, and -1/f beside it. Masks for the branch were tried: not faster. */
static int64_t divsteps_62(int64_t eta, uint64_t f, uint64_t g, struct transition *t) {
    uint64_t u = 1, v = 0, q = 0, r = 1;
    uint64_t f_inverse = f * (f * f - 2); /* -1/f mod 64, as f^2 = 1 mod 8 */
    int left = 62;
    for (;;) {
        int zeros = __builtin_ctzll(g | (uint64_t)-1 << left);
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= zeros;
        left -= zeros;
        if (left == 0) break;
        uint64_t w;
        if (eta < 0) {
            uint64_t x;
            eta = -eta;
            x = f, f = g, g = 0 - x;
            x = u, u = q, q = 0 - x;
            x = v, v = r, r = 0 - x;
            w = f * g * (f * f - 2);
            f_inverse = f * (f * f - 2);
        } else {
            w = f_inverse * g;
        }
        int limit = eta + 1 > left ? left : (int)(eta + 1);
        w &= ((uint64_t)-1 >> (64 - limit)) & 63;
        g += f * w;
        q += u * w;
        r += v * w;
    }
    *t = (struct transition){(int64_t)u, (int64_t)v, (int64_t)q, (int64_t)r};
    return eta;
}

/* (f, g) = t (f, g) / 2^62; exact, since divsteps_62 saw the low 62 bits.
 *
 * Bounds: each new value is at most max(|f|, |g|), so it fits the limbs there are. A limb is at most 2^62 in size,
 * also a top limb that holds the sign of one that was dropped; a row of t sums to at most 2^62; so a step adds at
 * most 2^124 to a carry below 2^63. */
EACH_COUNT void update_fg(struct signed62 *f, struct signed62 *g, const struct transition *t, int len) {
    i128 cf = (i128)t->u * f->l[0] + (i128)t->v * g->l[0];
    i128 cg = (i128)t->q * f->l[0] + (i128)t->r * g->l[0];
    KZG_CHECK(((uint64_t)cf & MASK62) == 0 && ((uint64_t)cg & MASK62) == 0);
    cf >>= 62;
    cg >>= 62;
    for (int i = 1; i < len; i++) {
        cf += (i128)t->u * f->l[i] + (i128)t->v * g->l[i];
        cg += (i128)t->q * f->l[i] + (i128)t->r * g->l[i];
        f->l[i - 1] = (int64_t)((uint64_t)cf & MASK62);
        g->l[i - 1] = (int64_t)((uint64_t)cg & MASK62);
        cf >>= 62;
        cg >>= 62;
    }
    f->l[len - 1] = (int64_t)cf;
    g->l[len - 1] = (int64_t)cg;
}

/* (d, e) = t (d, e) / 2^62 mod m. d and e stay in (-2m, m).
 *
 * Bounds: with m added to those below zero, both are in (-m, m), and u d + v e is in (-2^62 m, 2^62 m), since
 * |u| + |v| <= 2^62. A multiple k m, 0 <= k < 2^62, is taken off that makes the division exact, so the quotient is in
 * (-2m, m). md = (what the lifts put in) - k is at least -2^62 - (2^62 - 1) and at most 2^62: it fits. The products
 * of a step are at most 2^124 (the row) and 2^125 (m md). */
EACH_COUNT void update_de(struct signed62 *d, struct signed62 *e, const struct transition *t,
                          const struct signed62 *m, uint64_t m_inv62, int limbs) {
    int64_t sd = d->l[limbs - 1] >> 63, se = e->l[limbs - 1] >> 63;
    int64_t md = (t->u & sd) + (t->v & se), me = (t->q & sd) + (t->r & se);
    i128 cd = (i128)t->u * d->l[0] + (i128)t->v * e->l[0];
    i128 ce = (i128)t->q * d->l[0] + (i128)t->r * e->l[0];
    /* k = (u d + v e) / m + md modulo 2^62. */
    md -= (int64_t)((m_inv62 * (uint64_t)cd + (uint64_t)md) & MASK62);
    me -= (int64_t)((m_inv62 * (uint64_t)ce + (uint64_t)me) & MASK62);
    cd += (i128)m->l[0] * md;
    ce += (i128)m->l[0] * me;
    KZG_CHECK(((uint64_t)cd & MASK62) == 0 && ((uint64_t)ce & MASK62) == 0);
    cd >>= 62;
    ce >>= 62;
#pragma GCC unroll 8
    for (int i = 1; i < limbs; i++) {
        cd += (i128)t->u * d->l[i] + (i128)t->v * e->l[i] + (i128)m->l[i] * md;
        ce += (i128)t->q * d->l[i] + (i128)t->r * e->l[i] + (i128)m->l[i] * me;
        d->l[i - 1] = (int64_t)((uint64_t)cd & MASK62);
        e->l[i - 1] = (int64_t)((uint64_t)ce & MASK62);
        cd >>= 62;
        ce >>= 62;
    }
    d->l[limbs - 1] = (int64_t)cd;
    e->l[limbs - 1] = (int64_t)ce;
}

/* d in (-2m, m), or its negative if asked: the same number modulo m in [0, m). First m is added if d is below zero:
 * now it is in (-m, m), and its negative too; then once more. */
EACH_COUNT void normalise(struct signed62 *d, bool negate, const struct signed62 *m, int limbs) {
    for (int round = 0; round < 2; round++) {
        int64_t add = d->l[limbs - 1] >> 63;
        int64_t flip = round == 0 && negate ? -1 : 0;
        int64_t carry = 0;
        for (int i = 0; i < limbs; i++) {
            int64_t v = d->l[i] + (m->l[i] & add);
            v = (v ^ flip) - flip + carry;
            carry = v >> 62;
            d->l[i] = i == limbs - 1 ? v : (int64_t)((uint64_t)v & MASK62);
        }
    }
    KZG_CHECK(d->l[limbs - 1] >= 0);
}

/* Drops the top limb where f and g need it only for their sign, which moves to bits 62 and 63 of the limb below: that
 * one is then in [-2^62, 2^62). Gives back the new count, at least 2, since divsteps_62 is fed from two limbs. */
static int drop_top_limb(struct signed62 *f, struct signed62 *g, int len) {
    int64_t ft = f->l[len - 1], gt = g->l[len - 1];
    if (len <= 2 || (ft != 0 && ft != -1) || (gt != 0 && gt != -1)) return len;
    f->l[len - 2] |= (int64_t)((uint64_t)ft << 62);
    g->l[len - 2] |= (int64_t)((uint64_t)gt << 62);
    return len - 1;
}

EACH_COUNT void modinv_limbs(uint64_t *r, const uint64_t *a, const uint64_t *m, uint64_t m_inv62, int n, int limbs) {
    struct signed62 modulus, f, g, d = {{0}}, e = {{1}};
    int len = limbs;
    to_signed62(&modulus, m, n, limbs);
    to_signed62(&g, a, n, limbs);
    f = modulus;
    int64_t eta = -1; /* delta = 1 */
    for (int batch = 1;; batch++) {
        KZG_CHECK(batch <= BATCHES_MAX);
        struct transition t;
        uint64_t f0 = (uint64_t)f.l[0] | (uint64_t)f.l[1] << 62, g0 = (uint64_t)g.l[0] | (uint64_t)g.l[1] << 62;
        eta = divsteps_62(eta, f0, g0, &t);
        update_de(&d, &e, &t, &modulus, m_inv62, limbs);
        update_fg(&f, &g, &t, len);
        int64_t any = 0;
        for (int i = 0; i < len; i++) any |= g.l[i];
        if (any == 0) break;
        len = drop_top_limb(&f, &g, len);
    }
    /* f is +-1; for a = 0 it is m still, and d = 0, since then every step halves g = 0. */
    normalise(&d, f.l[len - 1] < 0, &modulus, limbs);
    from_signed62(r, &d, n, limbs);
}

void modinv(uint64_t *r, const uint64_t *a, const uint64_t *m, uint64_t m_inv62, int n) {
    KZG_CHECK(n == 4 || n == 6);
    if (n == 6) {
        modinv_limbs(r, a, m, m_inv62, 6, 7);
    } else {
        modinv_limbs(r, a, m, m_inv62, 4, 5);
    }
}
