/* Inputs for measuring every operation: one blob, and what libkzg itself computes from it while it is measured. The
 * order of operations_list.h is the order of learning: each operation comes after those whose results it takes. */
#ifndef SERVICE_COST_INPUTS_H
#define SERVICE_COST_INPUTS_H

#include "wire/wire.h"

#define COST_BLOBS 4 /* longest list of blobs that is measured; of cells: all 128 */

struct cost_inputs {
    kzg_blob blob[COST_BLOBS]; /* all the same */
    kzg_bytes48 commitment[KZG_CELLS_PER_EXT_BLOB];
    kzg_bytes48 blob_proof[COST_BLOBS];
    kzg_bytes32 z, y;
    kzg_bytes48 proof;
    kzg_cell cell[KZG_CELLS_PER_EXT_BLOB];
    kzg_bytes48 cell_proof[KZG_CELLS_PER_EXT_BLOB];
    uint64_t index[KZG_CELLS_PER_EXT_BLOB];
    uint64_t zero[KZG_CELLS_PER_EXT_BLOB];
    uint8_t *raw; /* room for any result */
};

/* The blob alone; NULL when there is no memory. */
struct cost_inputs *cost_inputs_new(void);
struct cost_inputs *cost_inputs_free(struct cost_inputs *inputs); /* NULL is fine; returns NULL */

/* Keeps what the operation has left in raw, for those that take it. */
void cost_inputs_learn(struct cost_inputs *inputs, wire_operation_id operation);

/* Shortest and longest list that is measured; both 1 where there is none. Recovery always has 64 cells. */
size_t cost_inputs_items_min(wire_operation_id operation);
size_t cost_inputs_items(wire_operation_id operation);

struct wire_args cost_inputs_args(const struct cost_inputs *inputs, wire_operation_id operation, size_t n);

#endif
