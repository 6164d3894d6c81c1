#include "service/cost_inputs.h"

#include <stdlib.h>
#include <string.h>

/* Elements all over the field, each below the modulus; a blob that repeats itself would be a simple polynomial, and
 * proofs of it cheap. */
static void fill_blobs(struct cost_inputs *inputs) {
    uint64_t state = 7594;
    for (size_t i = 0; i < sizeof inputs->blob; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u; /* D. Knuth's linear congruential generator */
        ((uint8_t *)inputs->blob)[i] = (uint8_t)(state >> 56) & (i % 32 == 0 ? 0x3f : 0xff);
    }
}

struct cost_inputs *cost_inputs_new(void) {
    struct cost_inputs *inputs = calloc(1, sizeof *inputs);
    if (inputs == NULL) return NULL;
    inputs->raw = malloc(wire_result_bytes(WIRE_RESULT_CELLS_PROOFS));
    fill_blobs(inputs);
    memset(inputs->z.bytes, 7, sizeof inputs->z.bytes);
    for (size_t i = 0; i < KZG_CELLS_PER_EXT_BLOB; i++) inputs->index[i] = i;
    return inputs->raw != NULL ? inputs : cost_inputs_free(inputs);
}

void cost_inputs_learn(struct cost_inputs *inputs, wire_operation_id operation) {
    const uint8_t *raw = inputs->raw;
    switch (operation) {
    case OP_BLOB_TO_KZG_COMMITMENT:
        for (size_t i = 0; i < KZG_CELLS_PER_EXT_BLOB; i++) memcpy(&inputs->commitment[i], raw, KZG_BYTES_PER_G1);
        break;
    case OP_COMPUTE_KZG_PROOF:
        memcpy(&inputs->proof, raw, KZG_BYTES_PER_G1);
        memcpy(&inputs->y, raw + KZG_BYTES_PER_G1, KZG_BYTES_PER_FIELD_ELEMENT);
        break;
    case OP_COMPUTE_BLOB_KZG_PROOF:
        for (size_t i = 0; i < COST_BLOBS; i++) memcpy(&inputs->blob_proof[i], raw, KZG_BYTES_PER_G1);
        break;
    case OP_COMPUTE_CELLS_AND_KZG_PROOFS:
        memcpy(inputs->cell, raw, sizeof inputs->cell);
        memcpy(inputs->cell_proof, raw + sizeof inputs->cell, sizeof inputs->cell_proof);
        break;
    default: break;
    }
}

struct cost_inputs *cost_inputs_free(struct cost_inputs *inputs) {
    if (inputs == NULL) return NULL;
    free(inputs->raw);
    free(inputs);
    return NULL;
}

size_t cost_inputs_items_min(wire_operation_id operation) {
    return wire_operation(operation)->items == WIRE_ITEMS_RECOVERY ? KZG_CELLS_PER_EXT_BLOB / 2 : 1;
}

size_t cost_inputs_items(wire_operation_id operation) {
    switch (wire_operation(operation)->items) {
    case WIRE_ITEMS_BLOBS: return COST_BLOBS;
    case WIRE_ITEMS_CELLS: return KZG_CELLS_PER_EXT_BLOB;
    case WIRE_ITEMS_RECOVERY:
    case WIRE_ITEMS_ONE: break;
    }
    return 1;
}

/* What stands for an argument. An operation that takes proofs takes those of what it takes beside them. */
static const void *value(const struct cost_inputs *inputs, const struct wire_operation *operation, size_t i) {
    bool cells = operation->items == WIRE_ITEMS_CELLS, blobs = operation->argument[0].argument == KZG_ARG_BLOB;
    switch (operation->argument[i].argument) {
    case KZG_ARG_BLOB: return inputs->blob;
    case KZG_ARG_COMMITMENT: return inputs->commitment;
    case KZG_ARG_Z: return &inputs->z;
    case KZG_ARG_Y: return &inputs->y;
    case KZG_ARG_PROOF: return cells ? inputs->cell_proof : blobs ? inputs->blob_proof : &inputs->proof;
    case KZG_ARG_CELL:
    case KZG_ARG_COSET_EVALS: return inputs->cell;
    case KZG_ARG_CELL_INDEX: return inputs->index;
    case KZG_ARG_COMMITMENT_INDEX: return inputs->zero;
    default: return NULL;
    }
}

struct wire_args cost_inputs_args(const struct cost_inputs *inputs, wire_operation_id id, size_t n) {
    const struct wire_operation *operation = wire_operation(id);
    struct wire_args args = {.n = n};
    for (size_t i = 0; i < operation->count; i++) {
        const struct wire_argument *argument = &operation->argument[i];
        args.value[i] =
            (struct wire_value){value(inputs, operation, i), argument->own_count || !argument->list ? 1 : n};
    }
    return args;
}
