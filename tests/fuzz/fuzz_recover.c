/* Recovery from true cells of one blob with erasures, corrupted bytes and corrupted index lists. The intended answer
 * follows from what was done:
 *   an index list that is not ascending, out of range or of a wrong length, a field element not below r: that error;
 *   true cells: the blob's 128 cells;
 *   64 cells with a change: whatever comes out agrees with the 64 given, and any half of it recovers the rest again;
 *   more than 64 with a change: CELLS_INCONSISTENT.
 * Input: blob, 16 bytes of mask, then edits of four bytes: kind, which, two of value. */
#include "fuzz/cells.h"

#define LIST_MAX (FUZZ_CELLS + 4u)
#define NEEDED   (FUZZ_CELLS / 2)

static struct list {
    uint64_t indices[LIST_MAX];
    kzg_cell cells[LIST_MAX];
    size_t n;
} given;

static kzg_cell recovered[FUZZ_CELLS], again[FUZZ_CELLS];
static kzg_bytes48 proofs[FUZZ_CELLS];

static void read_list(struct fuzz_input *in, unsigned blob) {
    uint8_t mask[FUZZ_CELLS / 8];
    fuzz_take(in, mask, sizeof mask);
    given.n = 0;
    for (unsigned i = 0; i < FUZZ_CELLS; i++) {
        if (!(mask[i / 8] >> i % 8 & 1)) continue;
        given.indices[given.n] = i;
        given.cells[given.n++] = fuzz_cells[blob][i];
    }
}

static void edit_list(struct fuzz_input *in) {
    while (in->size >= 4) {
        unsigned kind = fuzz_u8(in) % 4, which = fuzz_u8(in);
        uint16_t value = fuzz_u16(in);
        size_t at = given.n == 0 ? 0 : which % given.n;
        if (given.n == 0) return;
        if (kind == 0) {
            given.cells[at].bytes[value % KZG_BYTES_PER_CELL] ^= (uint8_t)(1u << value / KZG_BYTES_PER_CELL % 8);
        } else if (kind == 1) {
            given.indices[at] = value;
        } else if (kind == 2) {
            given.indices[at] ^= 1ull << value % 64;
        } else if (given.n < LIST_MAX) { /* one more */
            given.indices[given.n] = value % FUZZ_CELLS;
            given.cells[given.n] = given.cells[at];
            given.n++;
        }
    }
}

/* The errors that one sees without arithmetic; KZG_OK if there are none. Several faults: the count's first, then the
 * indices', then the cells' (parameter order). Within the indices any of the three codes may come first. */
static bool list_is_good(kzg_status got) {
    if (given.n < NEEDED) {
        FUZZ_HOLDS(got.code == KZG_ERR_TOO_FEW_CELLS);
        return false;
    }
    if (given.n > FUZZ_CELLS) {
        FUZZ_HOLDS(got.code == KZG_ERR_TOO_MANY_CELLS);
        return false;
    }
    for (size_t i = 0; i < given.n; i++) {
        bool range = given.indices[i] >= FUZZ_CELLS, unsorted = i > 0 && given.indices[i] <= given.indices[i - 1];
        if (!range && !unsorted) continue;
        FUZZ_HOLDS(got.code == KZG_ERR_CELL_INDEX_RANGE || got.code == KZG_ERR_CELL_INDEX_DUPLICATE ||
                   got.code == KZG_ERR_CELL_INDEX_UNSORTED);
        FUZZ_HOLDS(got.argument == KZG_ARG_CELL_INDEX && got.index < given.n);
        return false;
    }
    for (size_t i = 0; i < given.n; i++) {
        int bad = fuzz_cell_bad_element(&given.cells[i]);
        if (bad < 0) continue;
        FUZZ_HOLDS(got.code == KZG_ERR_FIELD_ELEMENT_NOT_CANONICAL && got.argument == KZG_ARG_CELL);
        FUZZ_HOLDS(got.index == i && got.element == (uint32_t)bad);
        return false;
    }
    return true;
}

static bool fits_blob(unsigned blob) {
    for (size_t i = 0; i < given.n; i++)
        if (memcmp(&given.cells[i], &fuzz_cells[blob][given.indices[i]], sizeof(kzg_cell)) != 0) return false;
    return true;
}

/* 64 changed cells are true cells of some other blob: what came out holds them, and its second half gives it back. */
static void check_other_blob(void) {
    static uint64_t upper[NEEDED];
    for (size_t i = 0; i < given.n; i++)
        FUZZ_HOLDS(memcmp(&given.cells[i], &recovered[given.indices[i]], sizeof(kzg_cell)) == 0);
    for (size_t i = 0; i < NEEDED; i++) upper[i] = NEEDED + i;
    kzg_status s = kzg_recover_cells_and_kzg_proofs(fuzz_ctx, again, NULL, upper, recovered + NEEDED, NEEDED);
    FUZZ_HOLDS(s.code == KZG_OK && memcmp(again, recovered, sizeof again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input in = {data, size};
    fuzz_start();
    uint8_t first = fuzz_u8(&in);
    unsigned blob = first % FUZZ_BLOBS;
    bool with_proofs = first >= 0xf8; /* seldom: it is slow */
    read_list(&in, blob);
    edit_list(&in);
    memset(recovered, 0xa5, sizeof recovered);
    memset(proofs, 0xa5, sizeof proofs);
    kzg_status got = kzg_recover_cells_and_kzg_proofs(fuzz_ctx, recovered, with_proofs ? proofs : NULL, given.indices,
                                                      given.cells, given.n);
    if (got.code != KZG_OK)
        for (size_t i = 0; i < sizeof recovered; i++) FUZZ_HOLDS(((uint8_t *)recovered)[i] == 0xa5);
    if (!list_is_good(got)) return 0;
    if (fits_blob(blob)) {
        FUZZ_HOLDS(got.code == KZG_OK && memcmp(recovered, fuzz_cells[blob], sizeof recovered) == 0);
        if (with_proofs) FUZZ_HOLDS(memcmp(proofs, fuzz_proofs[blob], sizeof proofs) == 0);
    } else if (given.n == NEEDED) {
        FUZZ_HOLDS(got.code == KZG_OK);
        check_other_blob();
    } else {
        FUZZ_HOLDS(got.code == KZG_ERR_CELLS_INCONSISTENT);
    }
    return 0;
}
