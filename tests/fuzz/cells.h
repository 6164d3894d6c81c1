/* True cells and proofs of a few blobs, made once: what the targets on cells start from. */
#ifndef TESTS_FUZZ_CELLS_H
#define TESTS_FUZZ_CELLS_H

#include "fuzz/fuzz.h"
#include "kzg/kzg.h"

#define FUZZ_BLOBS 3u
#define FUZZ_CELLS KZG_CELLS_PER_EXT_BLOB

static kzg_ctx *fuzz_ctx;
static kzg_bytes48 fuzz_commitments[FUZZ_BLOBS];
static kzg_cell fuzz_cells[FUZZ_BLOBS][FUZZ_CELLS];
static kzg_bytes48 fuzz_proofs[FUZZ_BLOBS][FUZZ_CELLS];

/* Blob 0 is zero (its commitment and proofs are infinity), 1 has few elements, 2 is full. */
static void fuzz_make_blob(kzg_blob *blob, unsigned kind) {
    memset(blob, 0, sizeof *blob);
    for (size_t i = 0; kind != 0 && i < KZG_FIELD_ELEMENTS_PER_BLOB; i += kind == 1 ? 1000 : 1)
        for (size_t j = 1; j < 32; j++) blob->bytes[32 * i + j] = (uint8_t)((i + 7) * (j + 13) * (i + 3) >> 3);
}

static void fuzz_free(void) {
    fuzz_ctx = kzg_free(fuzz_ctx);
}

static void fuzz_start(void) {
    static kzg_blob blob;
    kzg_options options;
    if (fuzz_ctx != NULL) return;
    kzg_options_init(&options);
    options.precompute = KZG_PRECOMPUTE_MIN;
    FUZZ_HOLDS(kzg_new(&fuzz_ctx, &options).code == KZG_OK);
    for (unsigned b = 0; b < FUZZ_BLOBS; b++) {
        fuzz_make_blob(&blob, b);
        FUZZ_HOLDS(kzg_blob_to_kzg_commitment(fuzz_ctx, &fuzz_commitments[b], &blob).code == KZG_OK);
        FUZZ_HOLDS(kzg_compute_cells_and_kzg_proofs(fuzz_ctx, fuzz_cells[b], fuzz_proofs[b], &blob).code == KZG_OK);
    }
    FUZZ_HOLDS(atexit(fuzz_free) == 0);
}

/* Position of the first field element of a cell that is not below r, or -1; by comparison of bytes. */
static inline int fuzz_cell_bad_element(const kzg_cell *cell) {
    static const uint8_t modulus[32] = {0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8,
                                        0x08, 0x09, 0xa1, 0xd8, 0x05, 0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe,
                                        0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01};
    for (int i = 0; i < KZG_FIELD_ELEMENTS_PER_CELL; i++)
        if (memcmp(cell->bytes + 32 * i, modulus, 32) >= 0) return i;
    return -1;
}

#endif
