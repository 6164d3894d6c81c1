/* The mainnet trusted setup inside the library: the files of data/, byte for byte. All integers and coordinates are
 * big-endian; points are uncompressed (curve/encoding.h); each file ends with the SHA-256 of everything before it.
 *
 * mainnet_setup.bin   header, 4096 G1 monomial, 4096 G1 Lagrange in the order of a blob's field elements
 *                     (bit-reversed), 65 G2 monomial
 * mainnet_cells.bin   header, the points of the sums behind the cell proofs: 128 rows of 64 (kzg/setup.h,
 *                     setup_cell_points)
 *
 * A header is a magic of 8 letters, the version, two counts and zero, 16 bits each. */
#ifndef KZG_EMBEDDED_H
#define KZG_EMBEDDED_H

#include <stdint.h>

#define SETUP_DATA_MAGIC  "KZGSETUP"
#define CELLS_DATA_MAGIC  "KZGCELLS"
#define DATA_VERSION      1
#define DATA_HEADER_BYTES 16
#define DATA_DIGEST_BYTES 32

#define SETUP_DATA_G1_POINTS   4096
#define SETUP_DATA_G2_POINTS   65
#define SETUP_DATA_G1_MONOMIAL DATA_HEADER_BYTES /* offsets */
#define SETUP_DATA_G1_LAGRANGE (SETUP_DATA_G1_MONOMIAL + SETUP_DATA_G1_POINTS * 96)
#define SETUP_DATA_G2_MONOMIAL (SETUP_DATA_G1_LAGRANGE + SETUP_DATA_G1_POINTS * 96)
#define SETUP_DATA_DIGEST      (SETUP_DATA_G2_MONOMIAL + SETUP_DATA_G2_POINTS * 192)
#define SETUP_DATA_BYTES       (SETUP_DATA_DIGEST + DATA_DIGEST_BYTES)

#define CELLS_DATA_ROWS    128
#define CELLS_DATA_COLUMNS 64
#define CELLS_DATA_POINTS  DATA_HEADER_BYTES
#define CELLS_DATA_DIGEST  (CELLS_DATA_POINTS + CELLS_DATA_ROWS * CELLS_DATA_COLUMNS * 96)
#define CELLS_DATA_BYTES   (CELLS_DATA_DIGEST + DATA_DIGEST_BYTES)

/* From the start to the end symbol there are SETUP_DATA_BYTES and CELLS_DATA_BYTES, aligned to 64. */
#define EMBEDDED __attribute__((visibility("hidden")))
extern EMBEDDED const uint8_t kzg__mainnet_setup[], kzg__mainnet_setup_end[];
extern EMBEDDED const uint8_t kzg__mainnet_cells[], kzg__mainnet_cells_end[];
#undef EMBEDDED

#endif
