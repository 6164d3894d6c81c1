#include "field/modinv.h"

#include "base/assert.h"

/* Signed numbers in limbs of 62 bits: value = sum l[i] 2^(62 i); all limbs but the top one in [0, 2^62), the top one
 * signed. 381 bits and a sign take 7 limbs, 255 bits take 5. */
#define LIMBS_MAX 7
#define MASK62    ((uint64_t)-1 >> 2)

typedef __int128 i128;

struct signed62 {
    int64_t l[LIMBS_MAX];
};

/* 62 divsteps take (f, g) to (u f + v g, q f + r g) / 2^62; |u| + |v| <= 2^62, |q| + |r| <= 2^62. */
struct transition {
    int64_t u, v, q, r;
};

static void to_signed62(struct signed62 *out, const uint64_t *in, int n, int limbs) {
    for (int i = 0; i < limbs; i++) {
        int bit = 62 * i, word = bit / 64, shift = bit % 64;
        uint64_t low = word < n ? in[word] >> shift : 0;
        uint64_t high = shift > 0 && word + 1 < n ? in[word + 1] << (64 - shift) : 0;
        out->l[i] = (int64_t)((low | high) & MASK62);
    }
}

/* in is in [0, 2^(64 n)). */
static void from_signed62(uint64_t *out, const struct signed62 *in, int n, int limbs) {
    for (int i = 0; i < n; i++) out[i] = 0;
    for (int i = 0; i < limbs; i++) {
        int bit = 62 * i, word = bit / 64, shift = bit % 64;
        uint64_t v = (uint64_t)in->l[i];
        if (word < n) out[word] |= v << shift;
        if (shift > 2 && word + 1 < n) out[word + 1] |= v >> (64 - shift);
    }
}

/* Runs 62 divsteps on the low bits of f (odd) and g. eta is -delta. Zeros of g are skipped in one go, and up to six
 * bits of g cancelled at a time by a multiple of f. */
static int64_t divsteps_62(int64_t eta, uint64_t f, uint64_t g, struct transition *t) {
    uint64_t u = 1, v = 0, q = 0, r = 1;
    int left = 62;
    for (;;) {
        int zeros = __builtin_ctzll(g | (uint64_t)-1 << left);
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= zeros;
        left -= zeros;
        if (left == 0) break;
        if (eta < 0) {
            uint64_t x;
            eta = -eta;
            x = f, f = g, g = 0 - x;
            x = u, u = q, q = 0 - x;
            x = v, v = r, r = 0 - x;
        }
        /* Up to eta + 1 steps keep the roles of f and g: w f = -g mod 2^limit cancels that many bits. */
        int limit = eta + 1 > left ? left : (int)(eta + 1);
        uint64_t mask = ((uint64_t)-1 >> (64 - limit)) & 63;
        uint64_t w = (f * g * (f * f - 2)) & mask; /* f (f^2 - 2) = -1/f mod 64 */
        g += f * w;
        q += u * w;
        r += v * w;
    }
    *t = (struct transition){(int64_t)u, (int64_t)v, (int64_t)q, (int64_t)r};
    return eta;
}

/* (f, g) = t (f, g) / 2^62; exact. */
static void update_fg(struct signed62 *f, struct signed62 *g, const struct transition *t, int len) {
    i128 cf = (i128)t->u * f->l[0] + (i128)t->v * g->l[0];
    i128 cg = (i128)t->q * f->l[0] + (i128)t->r * g->l[0];
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

/* (d, e) = t (d, e) / 2^62 mod m. d and e stay in (-2m, m): a multiple of m is added that makes the division exact
 * and keeps the range. */
static void update_de(struct signed62 *d, struct signed62 *e, const struct transition *t, const struct signed62 *m,
                      uint64_t m_inv62, int limbs) {
    int64_t sd = d->l[limbs - 1] >> 63, se = e->l[limbs - 1] >> 63;
    /* Start from a multiple that lifts negative d, e by m, then correct it modulo 2^62. */
    int64_t md = (t->u & sd) + (t->v & se), me = (t->q & sd) + (t->r & se);
    i128 cd = (i128)t->u * d->l[0] + (i128)t->v * e->l[0];
    i128 ce = (i128)t->q * d->l[0] + (i128)t->r * e->l[0];
    md -= (int64_t)((m_inv62 * (uint64_t)cd + (uint64_t)md) & MASK62);
    me -= (int64_t)((m_inv62 * (uint64_t)ce + (uint64_t)me) & MASK62);
    cd += (i128)m->l[0] * md;
    ce += (i128)m->l[0] * me;
    KZG_CHECK(((uint64_t)cd & MASK62) == 0 && ((uint64_t)ce & MASK62) == 0);
    cd >>= 62;
    ce >>= 62;
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

/* d in (-2m, m), and the sign of the gcd: the result in [0, m). */
static void normalise(struct signed62 *d, bool negate, const struct signed62 *m, int limbs) {
    for (int round = 0; round < 2; round++) {
        /* Add m if negative; between the rounds, negate if asked. */
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
}

void modinv(uint64_t *r, const uint64_t *a, const uint64_t *m, uint64_t m_inv62, int n) {
    KZG_CHECK(n == 4 || n == 6);
    int limbs = n == 6 ? 7 : 5, len = limbs;
    struct signed62 modulus, f, g, d = {{0}}, e = {{1}};
    to_signed62(&modulus, m, n, limbs);
    to_signed62(&g, a, n, limbs);
    f = modulus;
    int64_t eta = -1; /* delta = 1 */
    for (;;) {
        struct transition t;
        uint64_t f0 = (uint64_t)f.l[0] | (uint64_t)f.l[1] << 62, g0 = (uint64_t)g.l[0] | (uint64_t)g.l[1] << 62;
        eta = divsteps_62(eta, f0, g0, &t);
        update_de(&d, &e, &t, &modulus, m_inv62, limbs);
        update_fg(&f, &g, &t, len);
        int64_t any = 0;
        for (int i = 0; i < len; i++) any |= g.l[i];
        if (any == 0) break;
        /* Drop the top limb when f and g need it only for their sign. */
        int64_t ft = f.l[len - 1], gt = g.l[len - 1];
        if (len > 2 && (ft == 0 || ft == -1) && (gt == 0 || gt == -1)) {
            f.l[len - 2] |= (int64_t)((uint64_t)ft << 62);
            g.l[len - 2] |= (int64_t)((uint64_t)gt << 62);
            len--;
        }
    }
    /* f is now +-1 (or +-m where a = 0, and d = 0 then). */
    normalise(&d, f.l[len - 1] < 0, &modulus, limbs);
    from_signed62(r, &d, n, limbs);
}
