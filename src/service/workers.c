#include "service/workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "kzgops/sampler.h"
#include "service/cost.h"
#include "service/events.h"
#include "service/jemalloc.h"
#include "service/operation.h"
#include "service/planted_leak.h"
#include "service/service.h"
#include "service/watchdog.h"

struct worker {
    struct workers *workers;
    pthread_t thread;
    bool started;
    char name[32]; /* its label in profiles: nobody reads one any more when the workers go */
    void *memory;
    struct arena arena;
};

struct workers {
    struct service *service;
    size_t count;
    size_t arena_bytes;
    atomic_size_t busy;
    atomic_uint_fast64_t operations;
    atomic_uint_fast64_t allocated; /* bytes, while they ran */
    struct worker worker[];
};

/* Bytes that this thread has ever allocated. */
static uint64_t thread_allocated(void) {
    kzgops_memory_thread_usage usage = {0};
    if (jemalloc_present()) return jemalloc_thread_allocated();
    (void)kzgops_memory_thread_report(memory_tracker(), &usage);
    return usage.allocated_bytes;
}

/* Workers beyond the recorder's slots are not in it. */
static size_t slot_of(size_t number) {
    return number < KZGOPS_RECORDER_SLOTS_MAX ? number : SIZE_MAX;
}

static void run_all(struct workers *workers, struct request **requests, size_t n, size_t number) {
    if (n == 1)
        operation_run(workers->service, requests[0], number);
    else
        operations_run_together(workers->service, requests, n, number);
}

/* Of requests that are worked on together, recorder and watchdog are told of the first. */
static void run_counted(struct workers *workers, struct request **requests, size_t n, size_t number) {
    struct service *service = workers->service;
    const struct request *first = requests[0];
    int64_t needs_ns = 0;
    for (size_t i = 0; i < n; i++) needs_ns += cost_ns(service->cost, requests[i]->operation_id, requests[i]->args.n);
    uint64_t before = thread_allocated();
    watchdog_begin(service->watchdog, number, first, needs_ns);
    kzgops_recorder_operation_begin(service->recorder, slot_of(number), first->operation->name, first->id);
    run_all(workers, requests, n, number);
    kzgops_recorder_operation_end(service->recorder, slot_of(number));
    watchdog_end(service->watchdog, number);
#ifdef KZG_PLANT_LEAK
    planted_leak();
#endif
    uint64_t allocated = thread_allocated() - before;
    if (allocated > 0) atomic_fetch_add_explicit(&workers->allocated, allocated, memory_order_relaxed);
    atomic_fetch_add_explicit(&workers->operations, n, memory_order_relaxed);
}

/* Work for a client that has left is not begun. Returns how many are left, in front. */
static size_t drop_left(struct request **requests, size_t n) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!conn_peer_gone(requests[i]->conn)) {
            requests[kept++] = requests[i];
            continue;
        }
        requests[i]->left = true;
        server_complete(requests[i]->conn);
    }
    return kept;
}

#define TOGETHER (1u << OP_VERIFY_KZG_PROOF | 1u << OP_VERIFY_BLOB_KZG_PROOF)
_Static_assert(WIRE_OPERATIONS <= 32, "a bit for each operation");

/* With the request, what waits already and can share a pairing check with it. */
static size_t gather(struct workers *workers, struct request **requests) {
    struct service *service = workers->service;
    size_t most = (size_t)service->config.coalesce;
    if (most < 2 || (TOGETHER >> requests[0]->operation_id & 1) == 0) return 1;
    size_t n = 1 + queue_take_alike(service->queue, TOGETHER, requests + 1, most - 1);
    if (OBSERVED) kzgops_histogram_observe(service->metrics, METRIC_COALESCED, KZGOPS_ALONE, n);
    return n;
}

static void serve(struct workers *workers, struct request *request, size_t number) {
    struct request *requests[COALESCE_MAX] = {request};
    size_t n = drop_left(requests, gather(workers, requests));
    if (n == 0) return;
    atomic_fetch_add(&workers->busy, 1);
    if (OBSERVED)
        run_counted(workers, requests, n, number);
    else
        run_all(workers, requests, n, number);
    atomic_fetch_sub(&workers->busy, 1);
    for (size_t i = 0; i < n; i++) server_complete(requests[i]->conn);
}

static void *run(void *user) {
    struct worker *worker = user;
    struct workers *workers = worker->workers;
    struct request *request;
    size_t number = (size_t)(worker - workers->worker);
    memory_use_arena(&worker->arena);
    (void)kzgops_memory_thread_begin(memory_tracker());
    (void)kzgops_sampler_attach(worker->name);
    watchdog_attach(workers->service->watchdog, number);
    kzgops_recorder_thread_begin(workers->service->recorder, slot_of(number));
    operations_begin();
    while ((request = queue_pop(workers->service->queue)) != NULL) serve(workers, request, number);
    kzgops_recorder_thread_end(workers->service->recorder);
    memory_use_arena(NULL);
    return NULL;
}

static bool start_one(struct worker *worker, size_t number) {
    char name[16];
    worker->memory = memory_map(MEMORY_TAG_SCRATCH, worker->workers->arena_bytes);
    if (worker->memory == NULL) return false;
    arena_init(&worker->arena, worker->memory, worker->workers->arena_bytes);
    snprintf(worker->name, sizeof worker->name, "worker-%zu", number);
    if (pthread_create(&worker->thread, NULL, run, worker) != 0) return false;
    worker->started = true;
    snprintf(name, sizeof name, "kzgd-worker-%u", (unsigned)number % 1000);
    pthread_setname_np(worker->thread, name);
    return true;
}

struct workers *workers_start(struct service *service, size_t scratch_bytes) {
    struct workers *workers =
        memory_take(MEMORY_TAG_OTHER, sizeof *workers + service->worker_count * sizeof workers->worker[0]);
    if (workers == NULL) return NULL;
    workers->service = service;
    workers->count = service->worker_count;
    workers->arena_bytes = arena_size(scratch_bytes) + ARENA_ALIGN;
    for (size_t i = 0; i < workers->count; i++) {
        workers->worker[i].workers = workers;
        if (start_one(&workers->worker[i], i)) continue;
        SERVICE_LOG(EVENT_WORKER_FAILED, KZGOPS_U64("worker", i), KZGOPS_U64("scratch_bytes", workers->arena_bytes),
                    KZGOPS_STR("reason", "no memory or no thread for it"));
        queue_close(service->queue);
        return workers_join(workers);
    }
    service->scratch_bytes = workers->count * workers->arena_bytes;
    return workers;
}

struct workers *workers_join(struct workers *workers) {
    if (workers == NULL) return NULL;
    for (size_t i = 0; i < workers->count; i++) {
        if (workers->worker[i].started) pthread_join(workers->worker[i].thread, NULL);
        memory_unmap(MEMORY_TAG_SCRATCH, workers->worker[i].memory, workers->arena_bytes);
    }
    memory_give(workers);
    return NULL;
}

size_t workers_busy(const struct workers *workers) {
    return workers == NULL ? 0 : atomic_load(&workers->busy);
}

uint64_t workers_operations(const struct workers *workers) {
    return workers == NULL ? 0 : atomic_load(&workers->operations);
}

uint64_t workers_allocated(const struct workers *workers) {
    return workers == NULL ? 0 : atomic_load(&workers->allocated);
}
