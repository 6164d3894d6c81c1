/* Point encodings: big-endian x (and y), with three flag bits on top of the first byte: 0x80 compressed, 0x40
 * infinity, 0x20 y is the larger root (compressed, finite only).
 * Source: draft-irtf-cfrg-pairing-friendly-curves, appendix C (the ZCash format).
 *
 * Decoders accept exactly one encoding of each point and return ST_OK, ST_POINT_ENCODING (flags, infinity with other
 * bits), ST_POINT_NOT_CANONICAL (a coordinate not below p), ST_POINT_NOT_ON_CURVE; r is untouched on failure. They do
 * not check the subgroup.
 *
 * The uncompressed form is that of the built-in setup, which gen/make_setup_data.c writes and kzg/setup_embedded.c
 * takes on the word of its digest: only that program and tests call g1_serialize, g1_deserialize and those of G2. */
#ifndef CURVE_ENCODING_H
#define CURVE_ENCODING_H

#include <stdbool.h>

#include "base/status.h"
#include "curve/types.h"

#define G1_COMPRESSED_BYTES   48
#define G1_UNCOMPRESSED_BYTES 96
#define G2_COMPRESSED_BYTES   96
#define G2_UNCOMPRESSED_BYTES 192

status_code g1_decompress(g1_affine *r, const uint8_t in[48]);
/* The first half of g1_decompress: x of a finite point, which then is pending; with ST_OK and nothing pending it is
 * infinity. The second half needs to know which y is meant. */
status_code g1_decompress_x(fp *x, bool *ret_pending, const uint8_t in[48]);
bool g1_is_marked_large(const uint8_t in[48]);
void g1_compress(uint8_t out[48], const g1_affine *a);
status_code g1_deserialize(g1_affine *r, const uint8_t in[96]);
void g1_serialize(uint8_t out[96], const g1_affine *a);

status_code g2_decompress(g2_affine *r, const uint8_t in[96]);
void g2_compress(uint8_t out[96], const g2_affine *a);
status_code g2_deserialize(g2_affine *r, const uint8_t in[192]);
void g2_serialize(uint8_t out[192], const g2_affine *a);

/* Decompress and check the subgroup: also ST_POINT_NOT_IN_SUBGROUP. spec: validate_kzg_g1 for G1. */
status_code g1_decode(g1_affine *r, const uint8_t in[48]);
status_code g2_decode(g2_affine *r, const uint8_t in[96]);

#endif
