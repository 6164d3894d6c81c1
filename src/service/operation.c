#include "service/operation.h"

#include <string.h>

#include "kzgops/log.h"

/* ---- One function an operation: decoded arguments to raw result -------------------------------------------------
 */

/* Blobs, points, scalars and cells are byte arrays, so the buffer can be seen as them; the only wider type is the
 * indices', and the decoder has aligned those. */
#define ARG(type, i) ((const type *)(const void *)args->value[i].data)

static kzg_status run_blob_to_kzg_commitment(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    return kzg_blob_to_kzg_commitment(ctx, (kzg_bytes48 *)raw, ARG(kzg_blob, 0));
}

static kzg_status run_compute_kzg_proof(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    return kzg_compute_kzg_proof(ctx, (kzg_bytes48 *)raw, (kzg_bytes32 *)(raw + KZG_BYTES_PER_G1), ARG(kzg_blob, 0),
                                 ARG(kzg_bytes32, 1));
}

static kzg_status run_compute_blob_kzg_proof(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    return kzg_compute_blob_kzg_proof(ctx, (kzg_bytes48 *)raw, ARG(kzg_blob, 0), ARG(kzg_bytes48, 1));
}

static kzg_status run_verify_kzg_proof(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    bool valid = false;
    kzg_status status = kzg_verify_kzg_proof(ctx, &valid, ARG(kzg_bytes48, 0), ARG(kzg_bytes32, 1),
                                             ARG(kzg_bytes32, 2), ARG(kzg_bytes48, 3));
    raw[0] = valid;
    return status;
}

static kzg_status run_verify_blob_kzg_proof(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    bool valid = false;
    kzg_status status =
        kzg_verify_blob_kzg_proof(ctx, &valid, ARG(kzg_blob, 0), ARG(kzg_bytes48, 1), ARG(kzg_bytes48, 2));
    raw[0] = valid;
    return status;
}

static kzg_status run_verify_blob_kzg_proof_batch(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    bool valid = false;
    kzg_status status = kzg_verify_blob_kzg_proof_batch(ctx, &valid, ARG(kzg_blob, 0), ARG(kzg_bytes48, 1),
                                                        ARG(kzg_bytes48, 2), args->n);
    raw[0] = valid;
    return status;
}

static kzg_status run_compute_cells(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    return kzg_compute_cells(ctx, (kzg_cell *)raw, ARG(kzg_blob, 0));
}

#define PROOFS(raw) ((kzg_bytes48 *)((raw) + (size_t)KZG_CELLS_PER_EXT_BLOB * KZG_BYTES_PER_CELL))

static kzg_status run_compute_cells_and_kzg_proofs(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    return kzg_compute_cells_and_kzg_proofs(ctx, (kzg_cell *)raw, PROOFS(raw), ARG(kzg_blob, 0));
}

static kzg_status run_recover_cells_and_kzg_proofs(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    return kzg_recover_cells_and_kzg_proofs(ctx, (kzg_cell *)raw, PROOFS(raw), ARG(uint64_t, 0), ARG(kzg_cell, 1),
                                            args->n);
}

static kzg_status run_verify_cell_kzg_proof_batch(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    bool valid = false;
    kzg_status status = kzg_verify_cell_kzg_proof_batch(ctx, &valid, ARG(kzg_bytes48, 0), ARG(uint64_t, 1),
                                                        ARG(kzg_cell, 2), ARG(kzg_bytes48, 3), args->n);
    raw[0] = valid;
    return status;
}

static kzg_status run_compute_challenge(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw) {
    (void)ctx;
    return kzg_compute_challenge((kzg_bytes32 *)raw, ARG(kzg_blob, 0), ARG(kzg_bytes48, 1));
}

static kzg_status run_compute_verify_cell_kzg_proof_batch_challenge(const kzg_ctx *ctx, const struct wire_args *args,
                                                                    uint8_t *raw) {
    (void)ctx;
    return kzg_compute_verify_cell_kzg_proof_batch_challenge((kzg_bytes32 *)raw, ARG(kzg_bytes48, 0),
                                                             args->value[0].count, ARG(uint64_t, 1), ARG(uint64_t, 2),
                                                             ARG(kzg_cell, 3), ARG(kzg_bytes48, 4), args->n);
}

#undef ARG

typedef kzg_status (*run_function)(const kzg_ctx *ctx, const struct wire_args *args, uint8_t *raw);

static const run_function run_functions[WIRE_OPERATIONS] = {
#define X(NAME, name, ...) [OP_##NAME] = run_##name,
    OPERATIONS_LIST(X)
#undef X
};

/* ---- Running ------------------------------------------------------------------------------------------------- */

static void encode(struct request *request) {
    enum wire_result result = request->operation->result;
    if (request->json_out) {
        request->answer = request->text;
        request->answer_length = wire_result_json(result, request->raw, request->text);
    } else {
        request->answer = request->raw;
        request->answer_length = wire_result_bytes(result);
    }
}

static void record(struct service *service, const struct request *request, status_code code, int64_t started_ns) {
    int64_t spent_ns = service_now_ns() - started_ns;
    size_t status = service_status_position(code);
    kzgops_counter_add(service->metrics, KZGOPS_METRIC_OPERATIONS, request->operation_id, status, 1);
    kzgops_histogram_observe(service->metrics, KZGOPS_METRIC_OPERATION_DURATION, request->operation_id, status,
                             (uint64_t)spent_ns);
    kzgops_histogram_observe(service->metrics, KZGOPS_METRIC_QUEUE_WAIT, 0, 0,
                             (uint64_t)(started_ns - request->queued_ns));
    bool ours = code != ST_OK && status_code_http(code) >= 500;
    KZGOPS_LOG(ours ? KZGOPS_LOG_ERROR : KZGOPS_LOG_DEBUG, "operation", KZGOPS_STR("request_id", request->id),
               KZGOPS_STR("operation", request->operation->name), KZGOPS_STR("status", status_code_name(code)),
               KZGOPS_U64("items", request->args.n), KZGOPS_I64("dur_us", spent_ns / 1000),
               KZGOPS_I64("wait_us", (started_ns - request->queued_ns) / 1000),
               KZGOPS_STR("detail", code == ST_OK ? "" : request->fault.detail));
}

void operation_run(struct service *service, struct request *request) {
    int64_t started_ns = service_now_ns();
    kzg_status status = run_functions[request->operation_id](service->ctx, &request->args, request->raw);
    if (status.code == KZG_OK) {
        encode(request);
    } else {
        wire_fault_from_status(&request->fault, request->operation, status);
        request->refused = true;
    }
    record(service, request, (status_code)status.code, started_ns);
}

/* The library's list of operations has the two hashes missing, which take no scratch. */
size_t operation_scratch_max(const kzg_ctx *ctx, const struct wire_limits *limits) {
    size_t most = 0;
    for (size_t i = 0; i < KZG_OPERATIONS; i++) {
        size_t items = wire_items_max(wire_operation((wire_operation_id)i), limits);
        size_t bytes = kzg_scratch_bytes(ctx, (kzg_operation)i, items);
        if (bytes > most) most = bytes;
    }
    return most;
}

#define X(name, value, text) \
    _Static_assert((int)OP_##name == (int)KZG_OPERATION_##name, "the two lists' orders differ");
KZG_OPERATION_LIST(X)
#undef X

uint32_t operation_cost_us(const struct wire_operation *operation, size_t n) {
    uint64_t cost = operation->base_us + (uint64_t)operation->item_us * n;
    return cost < UINT32_MAX ? (uint32_t)cost : UINT32_MAX;
}
