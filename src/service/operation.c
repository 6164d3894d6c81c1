#include "service/operation.h"

#include <string.h>

#include "base/assert.h"
#include "kzgops/sampler.h"
#include "service/cost.h"
#include "service/events.h"
#include "service/gate.h"
#include "service/integrity.h"
#include "service/probes.h"
#include "service/slow.h"
#include "service/verify_results.h"

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

/* A worker's look at one run. */
struct run {
    struct service *service;
    struct request *request;
    size_t worker;
    status_code code;
    int64_t started_ns, spent_ns, cpu_ns;
    int64_t verify_cpu_ns; /* of cpu_ns: not the operation's own */
    bool together;         /* with others: the CPU time is its share of theirs, and the model's says nothing of it */
};

static bool is_invalid_proof(const struct request *request, status_code code) {
    return code == ST_OK && request->operation->result == WIRE_RESULT_BOOL && request->raw[0] == 0;
}

/* Cells are those of the result, and else those that were given. */
static void record_amount(struct service *service, const struct request *request) {
    const struct wire_operation *operation = request->operation;
    bool makes = operation->result == WIRE_RESULT_CELLS || operation->result == WIRE_RESULT_CELLS_PROOFS;
    uint64_t blobs = 0, cells = makes ? KZG_CELLS_PER_EXT_BLOB : 0;
    for (size_t i = 0; i < operation->count; i++) {
        kzg_argument argument = operation->argument[i].argument;
        if (argument == KZG_ARG_BLOB) blobs += request->args.n;
        if (!makes && (argument == KZG_ARG_CELL || argument == KZG_ARG_COSET_EVALS)) cells += request->args.n;
    }
    if (blobs > 0) service_metrics_add(service, METRIC_BLOBS, KZGOPS_ALONE, blobs);
    if (cells > 0) service_metrics_add(service, METRIC_CELLS, KZGOPS_ALONE, cells);
}

/* The names that dashboards of beacon nodes know, for the two operations that they know. */
static void record_beacon(struct service *service, wire_operation_id id, uint64_t spent_ns) {
    if (id == OP_VERIFY_CELL_KZG_PROOF_BATCH) {
        kzgops_histogram_observe(service->metrics, METRIC_BEACON_VERIFY, KZGOPS_ALONE, spent_ns);
    } else if (id == OP_COMPUTE_CELLS_AND_KZG_PROOFS) {
        kzgops_histogram_observe(service->metrics, METRIC_BEACON_COMPUTE, KZGOPS_ALONE, spent_ns);
    }
}

static void record_phases(const struct run *run) {
    const struct request *request = run->request;
    uint32_t backend = metrics_backend(integrity_backend(run->service->integrity));
    for (uint32_t i = 0; i < SPANS; i++) {
        if (request->spans.ns[i] <= 0) continue;
        kzgops_histogram_observe(run->service->metrics, METRIC_PHASE_DURATION, KZGOPS_AT(request->operation_id, i),
                                 (uint64_t)request->spans.ns[i]);
    }
    if (backend == METRIC_BACKENDS || run->cpu_ns < 0) return;
    service_metrics_add(run->service, METRIC_OPERATION_CPU, KZGOPS_AT(request->operation_id, backend),
                        (uint64_t)run->cpu_ns);
}

static void record_metrics(const struct run *run) {
    struct service *service = run->service;
    const struct request *request = run->request;
    uint32_t operation = request->operation_id;
    uint32_t outcome = is_invalid_proof(request, run->code) ? AT_OUTCOME_INVALID_PROOF : metrics_outcome(run->code);
    kzgops_record_operation(service->metrics,
                            &(kzgops_operation){.total = METRIC_OPERATIONS,
                                                .duration = METRIC_OPERATION_DURATION,
                                                .operation = operation,
                                                .status = metrics_status(run->code),
                                                .nanoseconds = (uint64_t)run->spent_ns,
                                                .trace_id = request->trace.given ? request->trace.id : ""});
    service_metrics_add(service, METRIC_OPERATION_OUTCOMES, KZGOPS_AT(operation, outcome), 1);
    record_phases(run);
    kzgops_histogram_observe(service->metrics, METRIC_QUEUE_WAIT, KZGOPS_ALONE,
                             (uint64_t)request->spans.ns[SPAN_QUEUE]);
    if (run->code != ST_OK) {
        service_metrics_add(service, METRIC_ERRORS, KZGOPS_AT(metrics_code(run->code)), 1);
        return;
    }
    record_amount(service, request);
    record_beacon(service, request->operation_id, (uint64_t)run->spent_ns);
}

static void record_profile(const struct run *run) {
    kzgops_profile *profile = run->service->profile;
    const struct spans *spans = &run->request->spans;
    kzgops_profile_record(profile, run->request->operation_id, KZGOPS_PROFILE_WHOLE, (uint64_t)run->spent_ns);
    for (size_t i = 0; i < SPANS; i++) {
        if (spans->ns[i] > 0) kzgops_profile_record(profile, run->request->operation_id, i, (uint64_t)spans->ns[i]);
    }
}

static kzgops_log_operation log_operation(const struct request *request) {
    return (kzgops_log_operation){
        .operation = request->operation->name, .request_id = request->id, .trace_id = request->trace.id};
}

static void log_started(const struct request *request) {
    const kzgops_field more[] = {KZGOPS_U64("items", request->args.n),
                                 KZGOPS_MS("wait_ms", request->spans.ns[SPAN_QUEUE])};
    kzgops_log_operation line = log_operation(request);
    line.more = more;
    line.more_count = 2;
    kzgops_log_operation_started(&line);
}

/* A slow one has a line of its own: slow_request. */
static void record_log(const struct run *run) {
    const struct request *request = run->request;
    const kzgops_field more[] = {KZGOPS_U64("items", request->args.n),
                                 KZGOPS_MS("wait_ms", request->spans.ns[SPAN_QUEUE])};
    kzgops_log_operation line = log_operation(request);
    line.duration_ns = run->spent_ns;
    line.status = status_code_name(run->code);
    line.more = more;
    line.more_count = 2;
    if (run->code == ST_OK) {
        kzgops_log_operation_completed(&line);
    } else {
        line.error = request->fault.detail;
        line.client_fault = status_code_http(run->code) < 500;
        kzgops_log_operation_failed(&line);
    }
}

static void record_slow(const struct run *run) {
    const struct request *request = run->request;
    int64_t total_ns = run->started_ns + run->spent_ns - request->begun_ns;
    if (!slow_takes(run->service->slow, total_ns)) return;
    struct slow_entry entry = {.total_ns = total_ns,
                               .cpu_ns = run->cpu_ns,
                               .operation = request->operation->name,
                               .status = status_code_name(run->code),
                               .items = request->args.n,
                               .worker = run->worker,
                               .spans = request->spans};
    memcpy(entry.request_id, request->id, sizeof entry.request_id);
    slow_add(run->service->slow, &entry);
    SERVICE_LOG(EVENT_SLOW_REQUEST, KZGOPS_STR("operation", request->operation->name),
                KZGOPS_MS("duration_ms", total_ns), KZGOPS_STR("request_id", request->id),
                KZGOPS_STR("trace_id", request->trace.id), KZGOPS_MS("queue_ms", request->spans.ns[SPAN_QUEUE]),
                KZGOPS_MS("read_ms", request->spans.ns[SPAN_READ]), KZGOPS_MS("cpu_ms", run->cpu_ns));
}

static void record_error(struct service *service, const struct request *request) {
    const char *place = request->operation == NULL ? "http" : request->operation->name;
    if (status_code_http(request->fault.code) >= 500) {
        kzgops_recorder_error(service->recorder, status_code_name(request->fault.code), request->id);
    }
    (void)kzgops_errors_record(service->errors, status_code_name(request->fault.code), place, request->fault.detail,
                               request->id);
}

/* Everything that is known of an operation that ran is recorded here, and nowhere else. */
static void record(const struct run *run) {
    if (!OBSERVED) return;
    record_metrics(run);
    record_profile(run);
    record_log(run);
    record_slow(run);
    if (run->code == ST_OK && !run->together) {
        cost_ran(run->service->cost, run->request->operation_id, run->request->args.n,
                 run->cpu_ns - run->verify_cpu_ns);
    } else if (run->code != ST_OK) {
        record_error(run->service, run->request);
    }
}

void operation_refused(struct service *service, const struct request *request) {
    if (!OBSERVED) return;
    service_metrics_refused(service, request->fault.code);
    if (request->operation != NULL) {
        service_metrics_add(service, METRIC_OPERATION_OUTCOMES,
                            KZGOPS_AT(request->operation_id, metrics_outcome(request->fault.code)), 1);
    }
    record_error(service, request);
    SERVICE_LOG(EVENT_REFUSED, KZGOPS_STR("operation", request->operation == NULL ? "" : request->operation->name),
                KZGOPS_STR("status", status_code_name(request->fault.code)),
                KZGOPS_STR("error", request->fault.detail), KZGOPS_STR("request_id", request->id),
                KZGOPS_STR("trace_id", request->trace.id));
}

static void refuse(struct run *run, status_code code, const char *detail) {
    run->code = code;
    run->request->refused = true;
    wire_fault_at(&run->request->fault, code, WIRE_NO_ARGUMENT, WIRE_NO_INDEX, "%s", detail);
}

/* False: the result is not what it says. The alarm is raised while this worker is still inside the gate. */
static bool holds(struct run *run) {
    struct service *service = run->service;
    struct request *request = run->request;
    if (!OBSERVED || !verify_results_due(service->verify, request->operation_id)) return true;
    int64_t cpu_ns = service_thread_cpu_ns();
    bool right = verify_results_check(service->verify, service->ctx, request->operation_id, &request->args,
                                      request->raw, run->worker);
    run->verify_cpu_ns += service_thread_cpu_ns() - cpu_ns;
    if (!right) integrity_result_wrong(service->integrity, request->operation->name, request->id);
    return right;
}

/* Computes and checks, again when something was found wrong with this machine meanwhile. */
static void compute(struct run *run) {
    struct request *request = run->request;
    struct gate *gate = integrity_gate(run->service->integrity);
    kzg_status status;
    bool right = true;
    do {
        if (!gate_enter(gate, &request->pass)) {
            refuse(run, ST_NOT_READY, "this instance has found its own memory or arithmetic wrong");
            return;
        }
        if (OBSERVED) kzgops_sampler_label(request->operation->name, integrity_backend(run->service->integrity));
        if (OBSERVED) spans_begin(&request->spans);
        status = wire_call(request->operation_id, run->service->ctx, &request->args, request->raw);
        if (OBSERVED) spans_end();
        right = status.code != KZG_OK || holds(run);
    } while (!gate_leave(gate, request->pass) && right);
    run->code = (status_code)status.code;
    if (!right) {
        refuse(run, ST_INTERNAL, "the result did not pass its check and is not returned");
    } else if (status.code != KZG_OK) {
        wire_fault_from_status(&request->fault, request->operation, status);
        request->refused = true;
    }
}

static void begin(struct run *run) {
    struct request *request = run->request;
    request->spans.ns[SPAN_QUEUE] = run->started_ns - request->queued_ns;
    PROBE_OPERATION_START(request->operation->name, request->id, request->args.n, run->worker);
    if (OBSERVED) log_started(request);
}

static void finish(struct run *run) {
    if (run->code != ST_OK) return;
    int64_t from_ns = service_observed_ns();
    encode(run->request);
    run->request->spans.ns[SPAN_ENCODE] += service_observed_ns() - from_ns;
}

static void end(struct run *run, int64_t spent_ns, int64_t cpu_ns) {
    run->spent_ns = spent_ns;
    run->cpu_ns = cpu_ns;
    PROBE_OPERATION_END(run->request->operation->name, run->request->id, status_code_name(run->code), run->spent_ns,
                        run->worker);
    record(run);
}

/* CPU time of this worker since its last operation's end: with taking one from the queue and answering the one
 * before, about 10 us, and half of the calls of the kernel that a look at each end would take. */
static int64_t worker_cpu_ns(void) {
    static _Thread_local int64_t before_ns;
    int64_t now_ns = service_observed_cpu_ns(), spent_ns = before_ns == 0 ? 0 : now_ns - before_ns;
    before_ns = now_ns;
    return spent_ns;
}

void operations_begin(void) {
    (void)worker_cpu_ns();
}

void operation_run(struct service *service, struct request *request, size_t worker) {
    struct run run = {.service = service, .request = request, .worker = worker, .started_ns = service_observed_ns()};
    begin(&run);
    compute(&run);
    finish(&run);
    end(&run, service_observed_ns() - run.started_ns, worker_cpu_ns());
    if (OBSERVED) kzgops_sampler_label(NULL, NULL);
}

/* ---- Together ------------------------------------------------------------------------------------------------ */

#define ARG(type, i) ((const type *)(const void *)args->value[i].data)

static kzg_claim claim_of(const struct request *request) {
    const struct wire_args *args = &request->args;
    if (request->operation_id == OP_VERIFY_KZG_PROOF) {
        return (kzg_claim){.commitment = ARG(kzg_bytes48, 0),
                           .z = ARG(kzg_bytes32, 1),
                           .y = ARG(kzg_bytes32, 2),
                           .proof = ARG(kzg_bytes48, 3)};
    }
    return (kzg_claim){.blob = ARG(kzg_blob, 0), .commitment = ARG(kzg_bytes48, 1), .proof = ARG(kzg_bytes48, 2)};
}

static void answer(struct run *run, kzg_status status, bool valid, uint64_t pass) {
    struct request *request = run->request;
    request->pass = pass;
    request->raw[0] = valid;
    run->code = (status_code)status.code;
    if (status.code == KZG_OK) return;
    wire_fault_from_status(&request->fault, request->operation, status);
    request->refused = true;
}

/* As compute, for all of them. spans get what the library tells of its phases. */
static void compute_together(struct run *runs, size_t n, struct spans *spans) {
    struct service *service = runs[0].service;
    struct gate *gate = integrity_gate(service->integrity);
    kzg_claim claims[COALESCE_MAX];
    kzg_status status;
    uint64_t pass;
    for (size_t i = 0; i < n; i++) claims[i] = claim_of(runs[i].request);
    do {
        if (!gate_enter(gate, &pass)) {
            for (size_t i = 0; i < n; i++)
                refuse(&runs[i], ST_NOT_READY, "this instance has found its own memory or arithmetic wrong");
            return;
        }
        if (OBSERVED) kzgops_sampler_label(runs[0].request->operation->name, integrity_backend(service->integrity));
        if (OBSERVED) spans_begin(spans);
        status = kzg_verify_claims(service->ctx, claims, n);
        if (OBSERVED) spans_end();
    } while (!gate_leave(gate, pass));
    for (size_t i = 0; i < n; i++)
        answer(&runs[i], status.code == KZG_OK ? claims[i].status : status, claims[i].valid, pass);
}

void operations_run_together(struct service *service, struct request **requests, size_t n, size_t worker) {
    struct run runs[COALESCE_MAX];
    struct spans spans = {0};
    int64_t started_ns = service_observed_ns();
    KZG_ASSERT(n >= 1 && n <= COALESCE_MAX);
    for (size_t i = 0; i < n; i++) {
        runs[i] = (struct run){
            .service = service, .request = requests[i], .worker = worker, .started_ns = started_ns, .together = true};
        begin(&runs[i]);
    }
    compute_together(runs, n, &spans);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < SPANS; j++) requests[i]->spans.ns[j] += spans.ns[j] / (int64_t)n;
        finish(&runs[i]);
    }
    int64_t spent_ns = service_observed_ns() - started_ns, spent_cpu_ns = worker_cpu_ns();
    for (size_t i = 0; i < n; i++) end(&runs[i], spent_ns, spent_cpu_ns / (int64_t)n);
    if (OBSERVED) kzgops_sampler_label(NULL, NULL);
}

/* The library's list of operations has the two hashes missing, which take no scratch. */
size_t operation_scratch_max(const kzg_ctx *ctx, const struct wire_limits *limits) {
    size_t most = 0;
    for (size_t i = 0; i < KZG_OPERATIONS; i++) {
        size_t items = wire_items_max(wire_operation((wire_operation_id)i), limits);
        /* Checking a result takes that many, whatever clients may send. */
        if (i == KZG_OPERATION_VERIFY_CELL_KZG_PROOF_BATCH && items < KZG_CELLS_PER_EXT_BLOB) {
            items = KZG_CELLS_PER_EXT_BLOB;
        }
        size_t bytes = kzg_scratch_bytes(ctx, (kzg_operation)i, items);
        if (bytes > most) most = bytes;
    }
    size_t together = kzg_verify_claims_scratch_bytes(ctx, COALESCE_MAX);
    if (together > most) most = together;
    return most;
}
