/* verify_cell_kzg_proof_batch on true entries, some of them edited. A batch is valid exactly when every entry is,
 * byte for byte, a true one: the proof of a cell is unique. Malformed entries give their error and never "valid".
 * Input: entries of five bytes: blob, column, kind of edit, two of value. */
#include "fuzz/cells.h"

#define BATCH_MAX 70u

static struct batch {
    kzg_bytes48 commitments[BATCH_MAX];
    uint64_t indices[BATCH_MAX];
    kzg_cell cells[BATCH_MAX];
    kzg_bytes48 proofs[BATCH_MAX];
    size_t n;
} batch;

static void add_entry(struct fuzz_input *in) {
    size_t at = batch.n++;
    unsigned blob = fuzz_u8(in) % FUZZ_BLOBS, column = fuzz_u8(in) % FUZZ_CELLS, kind = fuzz_u8(in) % 16;
    uint16_t value = fuzz_u16(in);
    uint8_t bit = (uint8_t)(1u << value % 8);
    batch.commitments[at] = fuzz_commitments[blob];
    batch.indices[at] = column;
    batch.cells[at] = fuzz_cells[blob][column];
    batch.proofs[at] = fuzz_proofs[blob][column];
    switch (kind) {
    case 1: batch.commitments[at].bytes[value / 8 % 48] ^= bit; break;
    case 2: batch.proofs[at].bytes[value / 8 % 48] ^= bit; break;
    case 3: batch.cells[at].bytes[value / 8 % KZG_BYTES_PER_CELL] ^= bit; break;
    case 4: batch.indices[at] = value; break;
    case 5: batch.commitments[at] = fuzz_commitments[value % FUZZ_BLOBS]; break;
    case 6: batch.proofs[at] = fuzz_proofs[value % FUZZ_BLOBS][value / 4 % FUZZ_CELLS]; break;
    case 7: batch.commitments[at].bytes[0] ^= 0x20; break; /* the opposite points: a pair of wrongs may not cancel */
    case 8: batch.proofs[at].bytes[0] ^= 0x20; break;
    case 9: batch.cells[at] = fuzz_cells[value % FUZZ_BLOBS][column]; break;
    default: break;
    }
}

static bool entry_is_true(size_t i) {
    for (unsigned b = 0; b < FUZZ_BLOBS && batch.indices[i] < FUZZ_CELLS; b++)
        if (memcmp(&batch.commitments[i], &fuzz_commitments[b], 48) == 0 &&
            memcmp(&batch.proofs[i], &fuzz_proofs[b][batch.indices[i]], 48) == 0 &&
            memcmp(&batch.cells[i], &fuzz_cells[b][batch.indices[i]], sizeof(kzg_cell)) == 0)
            return true;
    return false;
}

static bool status_names_a_fault(kzg_status s) {
    if (s.index >= batch.n) return false;
    size_t i = (size_t)s.index;
    switch (s.code) {
    case KZG_ERR_CELL_INDEX_RANGE: return s.argument == KZG_ARG_CELL_INDEX && batch.indices[i] >= FUZZ_CELLS;
    case KZG_ERR_FIELD_ELEMENT_NOT_CANONICAL:
        return s.argument == KZG_ARG_CELL && fuzz_cell_bad_element(&batch.cells[i]) == (int)s.element;
    case KZG_ERR_POINT_ENCODING:
    case KZG_ERR_POINT_NOT_CANONICAL:
    case KZG_ERR_POINT_NOT_ON_CURVE:
    case KZG_ERR_POINT_NOT_IN_SUBGROUP:
        return (s.argument == KZG_ARG_COMMITMENT || s.argument == KZG_ARG_PROOF) && !entry_is_true(i);
    default: return false;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input in = {data, size};
    bool valid = true, all_true = true, plain = true;
    fuzz_start();
    batch.n = 0;
    while (in.size >= 5 && batch.n < BATCH_MAX) add_entry(&in);
    for (size_t i = 0; i < batch.n; i++) {
        all_true = all_true && entry_is_true(i);
        plain = plain && batch.indices[i] < FUZZ_CELLS && fuzz_cell_bad_element(&batch.cells[i]) < 0;
    }
    kzg_status got = kzg_verify_cell_kzg_proof_batch(fuzz_ctx, &valid, batch.commitments, batch.indices, batch.cells,
                                                     batch.proofs, batch.n);
    if (got.code != KZG_OK) {
        FUZZ_HOLDS(!valid && !all_true && status_names_a_fault(got));
        return 0;
    }
    FUZZ_HOLDS(plain && valid == all_true);
    return 0;
}
