/* The embedded mainnet setup: digests are checked, so points need no other check here; tests check them one by one.
 */
#include <string.h>

#include "base/assert.h"
#include "kzg/challenge.h"
#include "kzg/embedded.h"
#include "kzg/setup.h"

#ifndef KZG_TOY

_Static_assert(SETUP_DATA_G1_POINTS == FIELD_ELEMENTS_PER_BLOB && SETUP_DATA_G2_POINTS == SETUP_G2_POINTS &&
                   CELLS_DATA_ROWS == CELLS_PER_EXT_BLOB && CELLS_DATA_COLUMNS == FIELD_ELEMENTS_PER_CELL,
               "the data files are of this scheme");

static bool intact(const uint8_t *data, const uint8_t *end, size_t bytes, size_t digest_offset, const char *magic) {
    uint8_t digest[32];
    if ((size_t)(end - data) != bytes || memcmp(data, magic, 8) != 0 || data[9] != DATA_VERSION) return false;
    sha256(digest, data, digest_offset);
    return memcmp(digest, data + digest_offset, sizeof digest) == 0;
}

static void load_fp(fp *r, const uint8_t in[48]) {
    KZG_ASSERT(fp_from_be(r, in));
}

/* Points of the setup are finite: no flags. */
static void load_g1(g1_affine *points, const uint8_t *in, size_t n) {
    for (size_t i = 0; i < n; i++, in += 96) {
        load_fp(&points[i].x, in);
        load_fp(&points[i].y, in + 48);
    }
}

static void load_g2(g2_affine *points, const uint8_t *in, size_t n) {
    for (size_t i = 0; i < n; i++, in += 192) {
        load_fp(&points[i].x.c1, in);
        load_fp(&points[i].x.c0, in + 48);
        load_fp(&points[i].y.c1, in + 96);
        load_fp(&points[i].y.c0, in + 144);
    }
}

status_code setup_embedded(struct setup_points *setup) {
    const uint8_t *points = kzg__mainnet_setup, *cells = kzg__mainnet_cells;
    if (!intact(points, kzg__mainnet_setup_end, SETUP_DATA_BYTES, SETUP_DATA_DIGEST, SETUP_DATA_MAGIC) ||
        !intact(cells, kzg__mainnet_cells_end, CELLS_DATA_BYTES, CELLS_DATA_DIGEST, CELLS_DATA_MAGIC))
        return ST_SETUP_CHECKSUM;
    load_g1(setup->monomial, points + SETUP_DATA_G1_MONOMIAL, FIELD_ELEMENTS_PER_BLOB);
    load_g1(setup->lagrange, points + SETUP_DATA_G1_LAGRANGE, FIELD_ELEMENTS_PER_BLOB);
    load_g2(setup->g2, points + SETUP_DATA_G2_MONOMIAL, SETUP_G2_POINTS);
    load_g1(setup->cells, cells + CELLS_DATA_POINTS, FIELD_ELEMENTS_PER_EXT_BLOB);
    return ST_OK;
}

#endif
