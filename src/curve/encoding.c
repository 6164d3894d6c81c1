#include "curve/encoding.h"

#include <string.h>

#include "curve/constants.h"
#include "curve/fp2.h"
#include "curve/g1.h"
#include "curve/g2.h"

enum { FLAG_COMPRESSED = 0x80, FLAG_INFINITY = 0x40, FLAG_LARGE = 0x20, FLAGS = 0xe0 };

static bool all_zero(const uint8_t *in, size_t n) {
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++) any |= in[i];
    return any == 0;
}

/* Checks the flags for one form. On ST_OK *ret_infinity says which kind follows; first is the byte without flags. */
static status_code check_flags(const uint8_t *in, size_t n, bool compressed, uint8_t *ret_first, bool *ret_infinity) {
    uint8_t flags = in[0] & FLAGS, first = (uint8_t)(in[0] & ~FLAGS);
    if (((flags & FLAG_COMPRESSED) != 0) != compressed) return ST_POINT_ENCODING;
    if (!compressed && (flags & FLAG_LARGE) != 0) return ST_POINT_ENCODING;
    *ret_first = first;
    *ret_infinity = (flags & FLAG_INFINITY) != 0;
    if (*ret_infinity && ((flags & FLAG_LARGE) != 0 || first != 0 || !all_zero(in + 1, n - 1)))
        return ST_POINT_ENCODING;
    return ST_OK;
}

static bool load_fp(fp *r, const uint8_t in[48], uint8_t first) {
    uint8_t bytes[48];
    memcpy(bytes, in, sizeof bytes);
    bytes[0] = first;
    return fp_from_be(r, bytes);
}

status_code g1_decompress_x(fp *x, bool *ret_pending, const uint8_t in[48]) {
    uint8_t first;
    bool infinity;
    status_code status = check_flags(in, G1_COMPRESSED_BYTES, true, &first, &infinity);
    if (status != ST_OK) return status;
    if (!infinity && !load_fp(x, in, first)) return ST_POINT_NOT_CANONICAL;
    *ret_pending = !infinity;
    return ST_OK;
}

bool g1_is_marked_large(const uint8_t in[48]) {
    return (in[0] & FLAG_LARGE) != 0;
}

status_code g1_decompress(g1_affine *r, const uint8_t in[48]) {
    bool pending;
    g1_affine p = {{{0}}, {{0}}};
    fp t;
    status_code status = g1_decompress_x(&p.x, &pending, in);
    if (status != ST_OK) return status;
    if (pending) {
        fp_sqr(&t, &p.x);
        fp_mul(&t, &t, &p.x);
        fp_add(&t, &t, &G1_B);
        if (!fp_sqrt(&p.y, &t)) return ST_POINT_NOT_ON_CURVE;
        if (fp_is_large(&p.y) != g1_is_marked_large(in)) fp_neg(&p.y, &p.y);
    }
    *r = p;
    return ST_OK;
}

void g1_compress(uint8_t out[48], const g1_affine *a) {
    if (g1_affine_is_infinity(a)) {
        memset(out, 0, G1_COMPRESSED_BYTES);
        out[0] = FLAG_COMPRESSED | FLAG_INFINITY;
        return;
    }
    fp_to_be(out, &a->x);
    out[0] |= FLAG_COMPRESSED | (fp_is_large(&a->y) ? FLAG_LARGE : 0);
}

status_code g1_deserialize(g1_affine *r, const uint8_t in[96]) {
    uint8_t first;
    bool infinity;
    status_code status = check_flags(in, G1_UNCOMPRESSED_BYTES, false, &first, &infinity);
    if (status != ST_OK) return status;
    g1_affine p = {{{0}}, {{0}}};
    if (!infinity) {
        if (!load_fp(&p.x, in, first) || !fp_from_be(&p.y, in + 48)) return ST_POINT_NOT_CANONICAL;
        if (g1_affine_is_infinity(&p) || !g1_affine_on_curve(&p)) return ST_POINT_NOT_ON_CURVE;
    }
    *r = p;
    return ST_OK;
}

void g1_serialize(uint8_t out[96], const g1_affine *a) {
    fp_to_be(out, &a->x);
    fp_to_be(out + 48, &a->y);
    if (g1_affine_is_infinity(a)) out[0] |= FLAG_INFINITY;
}

status_code g2_decompress(g2_affine *r, const uint8_t in[96]) {
    uint8_t first;
    bool infinity;
    status_code status = check_flags(in, G2_COMPRESSED_BYTES, true, &first, &infinity);
    if (status != ST_OK) return status;
    if (infinity) {
        memset(r, 0, sizeof *r);
        return ST_OK;
    }
    g2_affine p;
    fp2 t;
    if (!load_fp(&p.x.c1, in, first) || !fp_from_be(&p.x.c0, in + 48)) return ST_POINT_NOT_CANONICAL;
    fp2_sqr(&t, &p.x);
    fp2_mul(&t, &t, &p.x);
    fp2_add(&t, &t, &G2_B);
    if (!fp2_sqrt(&p.y, &t)) return ST_POINT_NOT_ON_CURVE;
    if (fp2_is_large(&p.y) != ((in[0] & FLAG_LARGE) != 0)) fp2_neg(&p.y, &p.y);
    *r = p;
    return ST_OK;
}

void g2_compress(uint8_t out[96], const g2_affine *a) {
    if (g2_affine_is_infinity(a)) {
        memset(out, 0, G2_COMPRESSED_BYTES);
        out[0] = FLAG_COMPRESSED | FLAG_INFINITY;
        return;
    }
    fp_to_be(out, &a->x.c1);
    fp_to_be(out + 48, &a->x.c0);
    out[0] |= FLAG_COMPRESSED | (fp2_is_large(&a->y) ? FLAG_LARGE : 0);
}

status_code g2_deserialize(g2_affine *r, const uint8_t in[192]) {
    uint8_t first;
    bool infinity;
    status_code status = check_flags(in, G2_UNCOMPRESSED_BYTES, false, &first, &infinity);
    if (status != ST_OK) return status;
    g2_affine p;
    memset(&p, 0, sizeof p);
    if (!infinity) {
        if (!load_fp(&p.x.c1, in, first) || !fp_from_be(&p.x.c0, in + 48) || !fp_from_be(&p.y.c1, in + 96) ||
            !fp_from_be(&p.y.c0, in + 144))
            return ST_POINT_NOT_CANONICAL;
        if (g2_affine_is_infinity(&p) || !g2_affine_on_curve(&p)) return ST_POINT_NOT_ON_CURVE;
    }
    *r = p;
    return ST_OK;
}

void g2_serialize(uint8_t out[192], const g2_affine *a) {
    fp_to_be(out, &a->x.c1);
    fp_to_be(out + 48, &a->x.c0);
    fp_to_be(out + 96, &a->y.c1);
    fp_to_be(out + 144, &a->y.c0);
    if (g2_affine_is_infinity(a)) out[0] |= FLAG_INFINITY;
}

status_code g1_decode(g1_affine *r, const uint8_t in[48]) {
    g1_affine p;
    status_code status = g1_decompress(&p, in);
    if (status != ST_OK) return status;
    if (!g1_affine_in_subgroup(&p)) return ST_POINT_NOT_IN_SUBGROUP;
    *r = p;
    return ST_OK;
}

status_code g2_decode(g2_affine *r, const uint8_t in[96]) {
    g2_affine p;
    status_code status = g2_decompress(&p, in);
    if (status != ST_OK) return status;
    if (!g2_affine_in_subgroup(&p)) return ST_POINT_NOT_IN_SUBGROUP;
    *r = p;
    return ST_OK;
}
