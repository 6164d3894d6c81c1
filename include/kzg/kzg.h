/* libkzg: KZG polynomial commitments for Ethereum's data availability (EIP-4844 blobs, EIP-7594 cells).
 *
 * Operations carry the names of the consensus specifications with the prefix kzg_ and do what those functions do:
 *   EIP-4844: consensus-specs, specs/deneb/polynomial-commitments.md
 *   EIP-7594: consensus-specs, specs/fulu/polynomial-commitments-sampling.md
 *
 * Everywhere in this header:
 *   - Argument order is context, outputs (ret_...), inputs; a count directly after its last array.
 *   - Inputs are borrowed for the call; bytes may lie at any address. Outputs must not overlap inputs.
 *   - Field elements are 32 bytes, big-endian, below the scalar modulus r. Points are 48 bytes (G1) or 96 bytes (G2),
 *     compressed as in the BLS12-381 serialisation of the IETF BLS signature draft, in the prime-order subgroup.
 *   - On any status but KZG_OK, data outputs are as they were before the call. A verification's *ret_valid is always
 *     written: false unless the call returned KZG_OK and the statement is true.
 *   - A false statement is not an error: KZG_OK and *ret_valid == false. A malformed input is.
 *   - A kzg_ctx is immutable after it is made: any number of threads may use one at a time. Only kzg_select_backend
 *     wants that none does.
 *   - All inputs are public data. Running time depends on their values.
 */
#ifndef KZG_KZG_H
#define KZG_KZG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define KZG_API
#elif defined(__GNUC__)
#define KZG_API __attribute__((visibility("default")))
#else
#define KZG_API
#endif

#if defined(__GNUC__)
#define KZG_MUST_USE __attribute__((warn_unused_result))
#else
#define KZG_MUST_USE
#endif

#define KZG_VERSION_MAJOR  0
#define KZG_VERSION_MINOR  1
#define KZG_VERSION_PATCH  0
#define KZG_VERSION_STRING "0.1.0"

#define KZG_BYTES_PER_FIELD_ELEMENT     32
#define KZG_FIELD_ELEMENTS_PER_BLOB     4096
#define KZG_BYTES_PER_BLOB              131072
#define KZG_BYTES_PER_G1                48
#define KZG_BYTES_PER_G2                96
#define KZG_FIELD_ELEMENTS_PER_CELL     64
#define KZG_BYTES_PER_CELL              2048
#define KZG_CELLS_PER_EXT_BLOB          128
#define KZG_FIELD_ELEMENTS_PER_EXT_BLOB 8192
#define KZG_NUM_G1_POINTS               4096
#define KZG_NUM_G2_POINTS               65

/* Largest n that any batch operation accepts; more is KZG_ERR_COUNT_TOO_LARGE before anything is read. */
#define KZG_MAX_BATCH (1u << 20)

typedef struct kzg_bytes32 {
    uint8_t bytes[32];
} kzg_bytes32;

typedef struct kzg_bytes48 {
    uint8_t bytes[48];
} kzg_bytes48;

typedef struct kzg_blob {
    uint8_t bytes[KZG_BYTES_PER_BLOB];
} kzg_blob;

typedef struct kzg_cell {
    uint8_t bytes[KZG_BYTES_PER_CELL];
} kzg_cell;

/* ---- Status ------------------------------------------------------------------------------------------------ */

/* Values are part of the ABI. src/base/status_list.h is their list; a build fails if the two differ. */
typedef enum kzg_code {
    KZG_OK = 0,
    KZG_ERR_FIELD_ELEMENT_NOT_CANONICAL = 1, /* a field element is not below r */
    KZG_ERR_POINT_ENCODING = 2,              /* flag bits or the encoding of infinity are not valid */
    KZG_ERR_POINT_NOT_CANONICAL = 3,         /* a coordinate is not below p */
    KZG_ERR_POINT_NOT_ON_CURVE = 4,
    KZG_ERR_POINT_NOT_IN_SUBGROUP = 5,
    KZG_ERR_CELL_INDEX_RANGE = 6, /* a cell index is not below 128 */
    KZG_ERR_CELL_INDEX_DUPLICATE = 7,
    KZG_ERR_CELL_INDEX_UNSORTED = 8,
    KZG_ERR_TOO_FEW_CELLS = 9,       /* fewer than 64 */
    KZG_ERR_TOO_MANY_CELLS = 10,     /* more than 128 */
    KZG_ERR_CELLS_INCONSISTENT = 11, /* more than 64 cells that fit no polynomial of degree below 4096 */
    KZG_ERR_LENGTH_MISMATCH = 12,
    KZG_ERR_COUNT_TOO_LARGE = 13,
    KZG_ERR_NULL_ARGUMENT = 14,
    KZG_ERR_OPTION_INVALID = 15,
    KZG_ERR_COMMITMENT_INDEX_RANGE = 16,
    KZG_ERR_OUT_OF_MEMORY = 17,
    KZG_ERR_SETUP_MALFORMED = 18,
    KZG_ERR_SETUP_TRUNCATED = 19,
    KZG_ERR_SETUP_TRAILING = 20,
    KZG_ERR_SETUP_INCONSISTENT = 21,
    KZG_ERR_SETUP_CHECKSUM = 22,
    KZG_ERR_IO = 23,
    KZG_ERR_BACKEND_UNAVAILABLE = 24
} kzg_code;

typedef enum kzg_argument {
    KZG_ARG_NONE = 0,
    KZG_ARG_BLOB = 1,
    KZG_ARG_COMMITMENT = 2,
    KZG_ARG_Z = 3,
    KZG_ARG_Y = 4,
    KZG_ARG_PROOF = 5,
    KZG_ARG_CELL = 6,
    KZG_ARG_CELL_INDEX = 7,
    KZG_ARG_COMMITMENT_INDEX = 8,
    KZG_ARG_COSET_EVALS = 9,
    KZG_ARG_OUTPUT = 10,
    KZG_ARG_CONTEXT = 11,
    KZG_ARG_OPTIONS = 12,
    KZG_ARG_G1_MONOMIAL = 13,
    KZG_ARG_G1_LAGRANGE = 14,
    KZG_ARG_G2_MONOMIAL = 15,
    KZG_ARG_SETUP = 16,
    KZG_ARG_COUNT = 17
} kzg_argument;

#define KZG_NO_ELEMENT UINT32_MAX

/* What went wrong and where. Of several faults in one input, the one reported is that of the first argument in
 * parameter order, and there the lowest index. */
typedef struct kzg_status {
    uint16_t code;     /* kzg_code */
    uint16_t argument; /* kzg_argument: which argument is at fault */
    uint32_t element;  /* field element inside the item (blob or cell), or KZG_NO_ELEMENT */
    uint64_t index;    /* item inside the argument's list (0 for a single one); for setup files, see there */
} kzg_status;

/* Stable names ("field_element_not_canonical", "blob") and texts; static strings, "unknown" for unknown values. */
KZG_API const char *kzg_code_name(kzg_code code);
KZG_API const char *kzg_code_text(kzg_code code);
KZG_API const char *kzg_argument_name(kzg_argument argument);

/* One sentence for people: "blob 3, field element 17: a field element is not below ...". Writes at most size bytes
 * with a terminator; returns the length it would have had, as snprintf does. */
KZG_API size_t kzg_status_format(kzg_status status, char *out, size_t size);

/* ---- Injection --------------------------------------------------------------------------------------------- */

typedef enum kzg_memory_tag {
    KZG_MEMORY_SETUP = 0,   /* the context itself and the setup's points */
    KZG_MEMORY_TABLES = 1,  /* precomputed multiples */
    KZG_MEMORY_SCRATCH = 2, /* working memory of one operation, freed before it returns */
    KZG_MEMORY_TAGS = 3
} kzg_memory_tag;

/* Where a context's memory comes from. alloc returns NULL when there is none; alignment is a power of two of at
 * most 64. Both may be called from any thread that calls an operation. An operation makes at most one scratch
 * allocation, of kzg_scratch_bytes bytes. */
typedef struct kzg_allocator {
    void *(*alloc)(void *user, size_t bytes, size_t alignment, kzg_memory_tag tag);
    void (*release)(void *user, void *memory, size_t bytes, kzg_memory_tag tag);
    void *user;
} kzg_allocator;

/* Runs task(argument, i) for every i in [0, n), in any order, on any threads, and returns when all are done. Called
 * by kzg_new and by every thread that runs an operation, so by several at once; never from within a task. n is at
 * most 16, and may be above concurrency. Tasks want the stack that an operation wants, less than 256 KiB. libkzg
 * makes no threads of its own; results do not depend on the executor. */
typedef struct kzg_executor {
    void (*parallel_for)(void *user, size_t n, void (*task)(void *argument, size_t i), void *argument);
    void *user;
    size_t concurrency; /* how many tasks can run at once; sizes the split. 0 counts as 1, more than 16 as 16 */
} kzg_executor;

#define KZG_PHASE_LIST(X)                                                                    \
    X(DECODE, 0, "decode")       /* bytes to field elements and points, with their checks */ \
    X(HASH, 1, "hash")           /* Fiat-Shamir challenges */                                \
    X(TRANSFORM, 2, "transform") /* polynomial arithmetic over Fr, transforms over G1 */     \
    X(MSM, 3, "msm")             /* sums of products over G1 */                              \
    X(PAIRING, 4, "pairing")                                                                 \
    X(ENCODE, 5, "encode") /* results to bytes */

typedef enum kzg_phase {
#define X(name, value, text) KZG_PHASE_##name = (value),
    KZG_PHASE_LIST(X)
#undef X
        KZG_PHASES
} kzg_phase;

/* Called at the start of each phase of an operation, on the thread that called it, and with KZG_PHASES when the last
 * phase ends (also after an error): by several at once where several run operations. A phase may come more than once.
 * Must not call libkzg. */
typedef struct kzg_observer {
    void (*phase)(void *user, kzg_phase phase);
    void *user;
} kzg_observer;

/* Called on the calling thread while a context is made, at the start of each step: "setup" (points are read and
 * checked), "tables" (multiples are computed), "checksums". The name is a static string. Must not call libkzg. */
typedef struct kzg_loading {
    void (*step)(void *user, const char *name);
    void *user;
} kzg_loading;

/* ---- Context ----------------------------------------------------------------------------------------------- */

typedef struct kzg_ctx kzg_ctx;

/* Memory for speed; the default is the highest level. kzg_get_info gives the bytes, docs/performance.md the measured
 * times. */
#define KZG_PRECOMPUTE_DEFAULT (-1)
#define KZG_PRECOMPUTE_MIN     0
#define KZG_PRECOMPUTE_MAX     3

/* The precomputed tables of an earlier context as kzg_tables_save wrote them, to be used where they are instead of
 * being computed: a file, say, mapped by many processes. data NULL: there is none; else it is aligned to 64, must
 * outlive the context, and nobody may change it meanwhile. It is used only when it is of this setup, level, library
 * and kind of machine, and when the SHA-256 of every piece of 256 KiB is what it says: that finds damage, not an
 * enemy, who would write the digests too. Never give an image that somebody may have written whom the caller does not
 * trust. */
typedef struct kzg_table_image {
    const void *data;
    size_t bytes;
} kzg_table_image;

/* What became of an image; when it is not used, tables are computed as without. */
#define KZG_IMAGE_LIST(X)                                               \
    X(NONE, 0, "none") /* none was given */                             \
    X(USED, 1, "used")                                                  \
    X(FOREIGN, 2, "foreign") /* not an image, or not aligned */         \
    X(TRUNCATED, 3, "truncated")                                        \
    X(DAMAGED, 4, "damaged") /* a digest is wrong, or it is too long */ \
    X(OTHER_SETUP, 5, "other_setup")                                    \
    X(OTHER_LEVEL, 6, "other_level")     /* of precomputation */        \
    X(OTHER_VERSION, 7, "other_version") /* library or kind of machine */

typedef enum kzg_image_verdict {
#define X(name, value, text) KZG_IMAGE_##name = (value),
    KZG_IMAGE_LIST(X)
#undef X
        KZG_IMAGE_VERDICTS
} kzg_image_verdict;

/* Their names; static. */
KZG_API const char *kzg_image_verdict_name(kzg_image_verdict verdict);

/* Set size to sizeof(kzg_options) and leave what you do not need zero; kzg_options_init does both. Everything is
 * copied; what the interfaces point to must outlive the context. */
typedef struct kzg_options {
    size_t size;
    int precompute;          /* KZG_PRECOMPUTE_MIN to _MAX, or KZG_PRECOMPUTE_DEFAULT */
    kzg_allocator allocator; /* alloc == NULL: the C library's; keeps scratch for as many operations as ran at once,
                                up to 8 blocks of at most 8 MiB */
    kzg_executor executor;   /* parallel_for == NULL: the calling thread */
    kzg_observer observer;   /* phase == NULL: none */
    kzg_loading loading;     /* step == NULL: none */
    kzg_table_image image;   /* data == NULL: none */
} kzg_options;

/* Every member at its default, and size set: change what you need and leave the rest. */
KZG_API void kzg_options_init(kzg_options *ret_options);

/* Makes a context with the embedded mainnet setup (the KZG ceremony's output). options may be NULL. The caller owns
 * *ret_ctx and gives it to kzg_free. Errors: OPTION_INVALID, OUT_OF_MEMORY, BACKEND_UNAVAILABLE (KZG_BACKEND in the
 * environment names one that this machine cannot run), SETUP_CHECKSUM (the embedded bytes are damaged). */
KZG_API KZG_MUST_USE kzg_status kzg_new(kzg_ctx **ret_ctx, const kzg_options *options);

/* Makes a context from a trusted setup in c-kzg's text format (counts, then hexadecimal G1 Lagrange, G2 monomial, G1
 * monomial points, one a line) or the consensus-specs JSON format (g1_monomial, g1_lagrange, g2_monomial). Every
 * point is checked: encoding, curve, subgroup; and that all are powers of one secret, in both forms. In the status,
 * argument and index say which point of which list is wrong. Takes seconds. */
KZG_API KZG_MUST_USE kzg_status kzg_new_from_setup(kzg_ctx **ret_ctx, const char *text, size_t length,
                                                   const kzg_options *options);

/* The same from points as bytes: 4096 G1 monomial, 4096 G1 Lagrange (in the text format's order, which is not
 * bit-reversed), 65 G2 monomial, compressed, end to end. */
KZG_API KZG_MUST_USE kzg_status kzg_new_from_points(kzg_ctx **ret_ctx, const uint8_t *g1_monomial,
                                                    const uint8_t *g1_lagrange, const uint8_t *g2_monomial,
                                                    const kzg_options *options);

/* Frees a context that no thread uses any more; NULL is fine. Returns NULL. */
KZG_API kzg_ctx *kzg_free(kzg_ctx *ctx);

typedef struct kzg_info {
    const char *version;      /* KZG_VERSION_STRING of the library in use */
    const char *backend;      /* "portable", "adx" or "ifma": the arithmetic in use */
    const char *setup_name;   /* "mainnet" for the embedded setup, else "custom" */
    uint8_t setup_sha256[32]; /* digest of the compressed points: G1 monomial, G1 Lagrange, G2 monomial */
    int precompute;           /* level in use */
    size_t setup_bytes;       /* held by the context, by tag */
    size_t tables_bytes;
    kzg_image_verdict image; /* what became of the options' image */
    size_t image_bytes;      /* of tables that are used in the image, instead of being held */
} kzg_info;

/* What a context is made of. The strings are static. */
KZG_API KZG_MUST_USE kzg_status kzg_get_info(const kzg_ctx *ctx, kzg_info *ret_info);

/* Writes the context's tables as an image, in order and in few pieces, through write (false: it cannot; then nothing
 * more is written). The same for every arithmetic. Errors: IO when write returns false. */
KZG_API KZG_MUST_USE kzg_status kzg_tables_save(const kzg_ctx *ctx,
                                                bool (*write)(void *user, const void *data, size_t bytes),
                                                void *user);

/* Name of the arithmetic that contexts in this process use, without making one; "unavailable" when KZG_BACKEND in the
 * environment names one that this machine cannot run. The environment is read once, by the first call that computes,
 * makes a context or asks. Static. */
KZG_API const char *kzg_backend_name(void);

/* Changes the arithmetic of the whole process: "portable", the name of a faster variant, or "auto". Contexts stay as
 * they are: all variants read the same tables. While it runs no other call into libkzg may run or begin, on any
 * thread and with any context; threads must learn of it through something that orders memory, such as a mutex.
 * Errors: NULL_ARGUMENT; BACKEND_UNAVAILABLE (no such variant, or not on this machine), and nothing has changed. */
KZG_API KZG_MUST_USE kzg_status kzg_select_backend(const char *name);

#define KZG_OPERATION_LIST(X)                                          \
    X(BLOB_TO_KZG_COMMITMENT, 0, "blob_to_kzg_commitment")             \
    X(COMPUTE_KZG_PROOF, 1, "compute_kzg_proof")                       \
    X(COMPUTE_BLOB_KZG_PROOF, 2, "compute_blob_kzg_proof")             \
    X(VERIFY_KZG_PROOF, 3, "verify_kzg_proof")                         \
    X(VERIFY_BLOB_KZG_PROOF, 4, "verify_blob_kzg_proof")               \
    X(VERIFY_BLOB_KZG_PROOF_BATCH, 5, "verify_blob_kzg_proof_batch")   \
    X(COMPUTE_CELLS, 6, "compute_cells")                               \
    X(COMPUTE_CELLS_AND_KZG_PROOFS, 7, "compute_cells_and_kzg_proofs") \
    X(RECOVER_CELLS_AND_KZG_PROOFS, 8, "recover_cells_and_kzg_proofs") \
    X(VERIFY_CELL_KZG_PROOF_BATCH, 9, "verify_cell_kzg_proof_batch")

typedef enum kzg_operation {
#define X(name, value, text) KZG_OPERATION_##name = (value),
    KZG_OPERATION_LIST(X)
#undef X
        KZG_OPERATIONS
} kzg_operation;

/* Bytes of scratch that the operation takes with a batch of n (ignored where there is none): its exact peak; 0 for a
 * batch of none and for one that is too large. ctx must not be NULL. */
KZG_API size_t kzg_scratch_bytes(const kzg_ctx *ctx, kzg_operation operation, size_t n);

/* ---- EIP-4844 ---------------------------------------------------------------------------------------------- */

/* spec: blob_to_kzg_commitment. Errors: FIELD_ELEMENT_NOT_CANONICAL (blob). */
KZG_API KZG_MUST_USE kzg_status kzg_blob_to_kzg_commitment(const kzg_ctx *ctx, kzg_bytes48 *ret_commitment,
                                                           const kzg_blob *blob);

/* spec: compute_kzg_proof. z is any field element, also one of the domain. ret_y is the blob's value at z. */
KZG_API KZG_MUST_USE kzg_status kzg_compute_kzg_proof(const kzg_ctx *ctx, kzg_bytes48 *ret_proof, kzg_bytes32 *ret_y,
                                                      const kzg_blob *blob, const kzg_bytes32 *z);

/* spec: compute_blob_kzg_proof. The commitment is checked to be a valid point but not to be the blob's. */
KZG_API KZG_MUST_USE kzg_status kzg_compute_blob_kzg_proof(const kzg_ctx *ctx, kzg_bytes48 *ret_proof,
                                                           const kzg_blob *blob, const kzg_bytes48 *commitment);

/* spec: verify_kzg_proof. */
KZG_API KZG_MUST_USE kzg_status kzg_verify_kzg_proof(const kzg_ctx *ctx, bool *ret_valid,
                                                     const kzg_bytes48 *commitment, const kzg_bytes32 *z,
                                                     const kzg_bytes32 *y, const kzg_bytes48 *proof);

/* spec: verify_blob_kzg_proof. */
KZG_API KZG_MUST_USE kzg_status kzg_verify_blob_kzg_proof(const kzg_ctx *ctx, bool *ret_valid, const kzg_blob *blob,
                                                          const kzg_bytes48 *commitment, const kzg_bytes48 *proof);

/* One of many verifications: a verify_blob_kzg_proof when blob is not NULL, else a verify_kzg_proof. */
typedef struct kzg_claim {
    const kzg_bytes48 *commitment, *proof;
    const kzg_blob *blob;
    const kzg_bytes32 *z, *y; /* read only without a blob */
    kzg_status status;        /* out: what the single function would return for it */
    bool valid;               /* out: and its *ret_valid */
} kzg_claim;

/* Verifies n claims of callers that need not know of each other, each with the answer that it would have alone: a
 * malformed one is an error of its own, a false one is false and no other. One pairing check when all well-formed
 * ones are true; for a false one up to 2 log2 n more, at most 2 n - 1. The combination's weights come from a hash of
 * all claims, so that a false one passes a check with a chance of 2^-128. Errors, of the call and not of a claim:
 * COUNT_TOO_LARGE, NULL_ARGUMENT (index: which claim's), OUT_OF_MEMORY; then no claim has an answer. Takes
 * kzg_verify_claims_scratch_bytes of scratch, which is 0 for no claims and for too many. */
KZG_API KZG_MUST_USE kzg_status kzg_verify_claims(const kzg_ctx *ctx, kzg_claim *claims, size_t n);
KZG_API size_t kzg_verify_claims_scratch_bytes(const kzg_ctx *ctx, size_t n);

/* spec: verify_blob_kzg_proof_batch. n of each; n == 0 is true, and no array is read. */
KZG_API KZG_MUST_USE kzg_status kzg_verify_blob_kzg_proof_batch(const kzg_ctx *ctx, bool *ret_valid,
                                                                const kzg_blob *blobs, const kzg_bytes48 *commitments,
                                                                const kzg_bytes48 *proofs, size_t n);

/* spec: compute_challenge. The bytes are hashed as they are; the commitment need not be a valid point. The blob's
 * field elements must be canonical. Errors also: BACKEND_UNAVAILABLE, as kzg_new. */
KZG_API KZG_MUST_USE kzg_status kzg_compute_challenge(kzg_bytes32 *ret_challenge, const kzg_blob *blob,
                                                      const kzg_bytes48 *commitment);

/* ---- EIP-7594 ---------------------------------------------------------------------------------------------- */

/* spec: compute_cells. ret_cells has 128. */
KZG_API KZG_MUST_USE kzg_status kzg_compute_cells(const kzg_ctx *ctx, kzg_cell *ret_cells, const kzg_blob *blob);

/* spec: compute_cells_and_kzg_proofs. ret_cells and ret_proofs have 128 each. */
KZG_API KZG_MUST_USE kzg_status kzg_compute_cells_and_kzg_proofs(const kzg_ctx *ctx, kzg_cell *ret_cells,
                                                                 kzg_bytes48 *ret_proofs, const kzg_blob *blob);

/* spec: recover_cells_and_kzg_proofs. n cells (64 to 128) with their indices in ascending order. ret_cells and
 * ret_proofs have 128 each; ret_proofs may be NULL when only the cells are wanted, which takes a twentieth of the
 * time. Unlike the specification, which leaves it open, cells that fit no polynomial are an error:
 * CELLS_INCONSISTENT. */
KZG_API KZG_MUST_USE kzg_status kzg_recover_cells_and_kzg_proofs(const kzg_ctx *ctx, kzg_cell *ret_cells,
                                                                 kzg_bytes48 *ret_proofs,
                                                                 const uint64_t *cell_indices, const kzg_cell *cells,
                                                                 size_t n);

/* The same for several blobs of which the same cells are there, as those of a block are for a node that has the same
 * columns of all: cell_indices once, and n cells of each blob, cells[b n + i] blob b's with cell_indices[i].
 * ret_cells and ret_proofs have 128 for each blob. What follows from the missing places is computed once, and an
 * executor's threads take blobs. A status counts cells through all blobs (CELLS_INCONSISTENT: blob b's first, b n);
 * the first faulty blob is named, and nothing is written. blobs at most KZG_MAX_BATCH / 128; 0 is fine, and no array
 * is read. Takes kzg_recover_cells_and_kzg_proofs_batch_scratch_bytes of scratch, 128 KiB for each further blob. */
KZG_API KZG_MUST_USE kzg_status kzg_recover_cells_and_kzg_proofs_batch(const kzg_ctx *ctx, kzg_cell *ret_cells,
                                                                       kzg_bytes48 *ret_proofs,
                                                                       const uint64_t *cell_indices,
                                                                       const kzg_cell *cells, size_t n, size_t blobs);
KZG_API size_t kzg_recover_cells_and_kzg_proofs_batch_scratch_bytes(const kzg_ctx *ctx, size_t blobs);

/* spec: verify_cell_kzg_proof_batch. Entry i claims that cells[i] is column cell_indices[i] of the blob committed to
 * in commitments[i]. Any mix of rows and columns, repeats allowed; one pairing check. n == 0 is true. */
KZG_API KZG_MUST_USE kzg_status kzg_verify_cell_kzg_proof_batch(const kzg_ctx *ctx, bool *ret_valid,
                                                                const kzg_bytes48 *commitments,
                                                                const uint64_t *cell_indices, const kzg_cell *cells,
                                                                const kzg_bytes48 *proofs, size_t n);

/* spec: compute_verify_cell_kzg_proof_batch_challenge. commitments holds num_commitments distinct ones; entry i of n
 * refers to commitments[commitment_indices[i]]. Bytes are hashed as they are; field elements must be canonical.
 * Errors also: BACKEND_UNAVAILABLE, as kzg_new. */
KZG_API KZG_MUST_USE kzg_status kzg_compute_verify_cell_kzg_proof_batch_challenge(
    kzg_bytes32 *ret_challenge, const kzg_bytes48 *commitments, size_t num_commitments,
    const uint64_t *commitment_indices, const uint64_t *cell_indices, const kzg_cell *cosets_evals,
    const kzg_bytes48 *proofs, size_t n);

/* ---- Self-test --------------------------------------------------------------------------------------------- */

/* Computes and verifies embedded known answers of every operation with this context and the backend in use, also that
 * wrong proofs are refused. *ret_passed and *ret_total count answers; *ret_failed (may be NULL) names the first wrong
 * one (static string) or is NULL. Only for the embedded setup: for another one, checks that what is computed
 * verifies. Takes about four times a compute_cells_and_kzg_proofs, and holds 1.2 MiB of scratch of its own while its
 * operations take theirs. */
KZG_API KZG_MUST_USE kzg_status kzg_self_test(const kzg_ctx *ctx, unsigned *ret_passed, unsigned *ret_total,
                                              const char **ret_failed);

/* The same in steps of one operation each, for a service that tests itself between requests: the longest step is a
 * recover_cells_and_kzg_proofs. Any number of threads may take steps of one run at the same time, two have about the
 * same to do; each needs scratch for its operation. All else of a run is for one thread while no other uses it. */
typedef struct kzg_self_test_run kzg_self_test_run;

/* Makes a run in scratch memory of the context's allocator. Errors: OUT_OF_MEMORY. */
KZG_API KZG_MUST_USE kzg_status kzg_self_test_begin(kzg_self_test_run **ret_run, const kzg_ctx *ctx);

/* Steps of a run, the same for all. */
KZG_API size_t kzg_self_test_steps(void);

/* Hears of each operation of a run, on the thread that runs it: right before it and right behind it, for a program
 * that takes its time. Calls of one operation come one after the other, whatever threads there are. operation is the
 * specification's name (static), n the length of its lists: one and more than one where there are such, 64 cells for
 * a recovery, else 1. Every operation of the specifications comes at least once. Either function may be NULL. */
typedef struct kzg_self_test_observer {
    void *user;
    void (*begins)(void *user);
    void (*ended)(void *user, const char *operation, size_t n);
} kzg_self_test_observer;

/* From the next step on; the observer is copied. */
KZG_API void kzg_self_test_observe(kzg_self_test_run *run, const kzg_self_test_observer *observer);

/* Runs a step. False when there was none left for this thread: where several take steps, those that other threads run
 * may still be going on, and their threads go on with what waits for them. A wrong answer does not end a run. */
KZG_API bool kzg_self_test_step(kzg_self_test_run *run);

/* What has come out so far, as kzg_self_test has it. ret_failed may be NULL. Any thread. */
KZG_API void kzg_self_test_result(const kzg_self_test_run *run, unsigned *ret_passed, unsigned *ret_total,
                                  const char **ret_failed);

/* Frees a run, wherever it stands; NULL is fine. Returns NULL. */
KZG_API kzg_self_test_run *kzg_self_test_end(kzg_self_test_run *run);

/* Scratch that a self-test holds at most, its operations' among it. */
KZG_API size_t kzg_self_test_scratch_bytes(const kzg_ctx *ctx);

/* ---- Memory check ------------------------------------------------------------------------------------------ */

/* A context keeps a SHA-256 digest of each piece (256 KiB) of what it computes with: the setup's points, the
 * precomputed tables, the domain. A piece that has changed since the context was made is damaged memory, and whatever
 * is computed with it may be wrong; only a new context helps. 0 for NULL. */
KZG_API size_t kzg_check_pieces(const kzg_ctx *ctx);

/* Reads piece i, below kzg_check_pieces, and compares: *ret_intact. Takes 0.2 ms where the CPU has instructions for
 * SHA-256, 1 ms where not. ret_what (may be NULL): "setup" or "tables", a static string. Errors: NULL_ARGUMENT,
 * COUNT_TOO_LARGE. */
KZG_API KZG_MUST_USE kzg_status kzg_check_piece(const kzg_ctx *ctx, bool *ret_intact, const char **ret_what,
                                                size_t i);

#ifdef __cplusplus
}
#endif

#endif
