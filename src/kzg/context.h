/* What a kzg_ctx holds, and what every operation starts and ends with. */
#ifndef KZG_CONTEXT_H
#define KZG_CONTEXT_H

#include "base/arena.h"
#include "base/status.h"
#include "curve/g1_comb.h"
#include "curve/g1_table.h"
#include "curve/pairing.h"
#include "kzg/default_memory.h"
#include "kzg/kzg.h"
#include "kzg/params.h"
#include "kzg/proof_transform.h"
#include "kzg/transform.h"

struct kzg_ctx {
    kzg_allocator allocator;
    struct spare_scratch *spare; /* NULL with an allocator of the caller's */
    kzg_executor executor;
    kzg_observer observer;
    kzg_loading loading;
    int precompute;
    bool mainnet;
    uint8_t setup_sha256[32];
    struct g1_table commit;         /* Lagrange points, FIELD_ELEMENTS_PER_BLOB */
    struct g1_table cells;          /* FK20's bases, FIELD_ELEMENTS_PER_EXT_BLOB */
    struct g1_table monomial;       /* the first FIELD_ELEMENTS_PER_CELL monomial points */
    struct g1_comb g1_one;          /* generator */
    struct g2_prepared g2_one;      /* generator */
    struct g2_prepared g2_tau;      /* tau times it */
    struct g2_prepared g2_tau_cell; /* tau^FIELD_ELEMENTS_PER_CELL times it */
    struct domain domain;
    struct proof_transform proofs;
    size_t tables_bytes; /* from commit.entries on, without the digests */
    uint8_t (*digests)[32];
    uint8_t *memory; /* of the tables, unless an image has them, and behind them of the digests */
    size_t memory_bytes;
    kzg_image_verdict image;
};

/* ---- Statuses ---- */

static inline kzg_status ok_status(void) {
    return (kzg_status){KZG_OK, KZG_ARG_NONE, KZG_NO_ELEMENT, 0};
}

static inline kzg_status fault_status(status_code code, kzg_argument argument, uint64_t index) {
    return (kzg_status){(uint16_t)code, (uint16_t)argument, KZG_NO_ELEMENT, index};
}

/* Returns from the function with the status of expression unless that is OK. */
#define KZG_TRY(expression)                                       \
    do {                                                          \
        kzg_status kzg_try_status = (expression);                 \
        if (kzg_try_status.code != KZG_OK) return kzg_try_status; \
    } while (0)

/* Returns NULL_ARGUMENT unless the pointer is there. */
#define KZG_REQUIRE(pointer, argument)                                               \
    do {                                                                             \
        if ((pointer) == NULL) return fault_status(ST_NULL_ARGUMENT, (argument), 0); \
    } while (0)

/* ---- An operation's frame ---- */

struct operation {
    const kzg_ctx *ctx;
    struct arena arena;
};

/* Takes the scratch. OUT_OF_MEMORY if there is none; then operation_end must not be called. */
kzg_status operation_start(struct operation *op, const kzg_ctx *ctx, size_t bytes);

/* Tells the observer and gives the scratch back; passes status on. */
kzg_status operation_end(struct operation *op, kzg_status status);

/* Chooses the arithmetic, if nobody has yet. BACKEND_UNAVAILABLE: the environment names one that cannot run. */
kzg_status backend_chosen(void);

/* Tells the observer. */
void operation_phase(const kzg_ctx *ctx, kzg_phase phase);

/* How many pieces to cut n things into for the executor: between 1 and SPLIT_MAX, and not more than n. */
#define SPLIT_MAX 16
size_t split_count(const kzg_ctx *ctx, size_t n);

/* Runs task(argument, i) for i in [0, n) on the executor, or in order where split_count says one piece. */
void run_tasks(const kzg_ctx *ctx, size_t n, void (*task)(void *argument, size_t i), void *argument);

/* The i-th of parts nearly equal pieces of [0, n): from its start to before the next one's. */
static inline size_t part_start(size_t n, size_t parts, size_t i) {
    return n / parts * i + (i < n % parts ? i : n % parts);
}

#endif
