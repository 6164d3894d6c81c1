/* A vector's input as arguments of a C function: table of signatures, arguments in guarded memory, outputs that are
 * checked to be as they were after an error. */
#ifndef VECTORS_C_CALL_H
#define VECTORS_C_CALL_H

#include "vectors/door.h"

typedef enum c_function {
    C_BLOB_TO_KZG_COMMITMENT,
    C_COMPUTE_KZG_PROOF,
    C_COMPUTE_BLOB_KZG_PROOF,
    C_VERIFY_KZG_PROOF,
    C_VERIFY_BLOB_KZG_PROOF,
    C_VERIFY_BLOB_KZG_PROOF_BATCH,
    C_COMPUTE_CELLS,
    C_COMPUTE_CELLS_AND_KZG_PROOFS,
    C_RECOVER_CELLS_AND_KZG_PROOFS,
    C_VERIFY_CELL_KZG_PROOF_BATCH,
    C_COMPUTE_CHALLENGE,
    C_COMPUTE_VERIFY_CELL_KZG_PROOF_BATCH_CHALLENGE,
    C_FUNCTIONS
} c_function;

#define C_INPUTS  5
#define C_OUTPUTS 2

/* Memory between two pages that cannot be touched. */
typedef struct c_buffer {
    uint8_t *map;
    size_t map_bytes;
    uint8_t *data;
    size_t bytes;
} c_buffer;

typedef struct c_call {
    c_function function;
    const void *in[C_INPUTS]; /* in the specification's order */
    void *out[C_OUTPUTS];     /* also */
    bool valid;               /* verifications: preset to true */
    size_t n;                 /* length of the lists that share one */
    size_t n_first;           /* of the first list, where it has its own */

    c_buffer buffers[C_INPUTS + C_OUTPUTS];
} c_call;

/* C_FUNCTIONS for an unknown name. */
c_function c_function_by_name(const char *name);

/* Places the arguments. False: the C types cannot hold the input; ret_note (256 bytes) says why. */
bool c_call_begin(c_call *call, const vec_case *c, placement place, char *ret_note);

/* The outcome of a call that succeeded (is_error false) or not, without code; BROKEN if it failed and left a trace.
 * Frees what begin took. */
outcome c_call_end(c_call *call, bool is_error);

#endif
