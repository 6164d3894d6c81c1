/* Rooms of the daemon and of libkzgops that can be tried without a socket: request memory, queue, the positions
 * of metrics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "service/cost.h"
#include "service/memory.h"
#include "service/metrics.h"
#include "service/pool.h"
#include "service/queue.h"
#include "service/service.h"
#include "support/random.h"

static uint64_t seed(void) {
    const char *text = getenv("KZG_SEED");
    uint64_t value = text == NULL ? 7594 : strtoull(text, NULL, 10);
    print_message("seed %" PRIu64 " (KZG_SEED)\n", value);
    return value | 1;
}

/* ---- Request memory ------------------------------------------------------------------------------------------ */

#define BLOCKS 64

/* Each block is filled with its number: an overlap would show when it is given back. */
static void pool__blocks_never_overlap_and_all_comes_back(void **state) {
    (void)state;
    uint8_t *block[BLOCKS] = {0};
    size_t bytes[BLOCKS] = {0};
    uint64_t rng = seed();
    struct pool *pool = pool_new((size_t)4 << 20);
    size_t refused = 0;
    assert_non_null(pool);
    for (int turn = 0; turn < 20000; turn++) {
        size_t i = random_next(&rng) % BLOCKS;
        if (block[i] != NULL) {
            for (size_t at = 0; at < bytes[i]; at += 977) assert_int_equal(block[i][at], i);
            pool_give(pool, block[i]);
            block[i] = NULL;
            continue;
        }
        bytes[i] = 1 + random_next(&rng) % 400000;
        block[i] = pool_take(pool, bytes[i]);
        if (block[i] == NULL) {
            refused++;
            continue;
        }
        assert_int_equal((uintptr_t)block[i] % 64, 0);
        memset(block[i], (int)i, bytes[i]);
    }
    assert_true(refused > 0);
    for (size_t i = 0; i < BLOCKS; i++) pool_give(pool, block[i]);
    assert_int_equal(pool_bytes_used(pool), 0);
    void *all = pool_take(pool, pool_bytes(pool));
    assert_non_null(all);
    assert_null(pool_take(pool, 1));
    pool_give(pool, all);
    pool_free(pool);
}

static void pool__refuses_what_cannot_fit(void **state) {
    (void)state;
    struct pool *pool = pool_new(100000);
    assert_non_null(pool);
    assert_null(pool_take(pool, SIZE_MAX));
    assert_null(pool_take(pool, pool_bytes(pool) + 1));
    void *nothing = pool_take(pool, 0);
    assert_non_null(nothing);
    pool_give(pool, nothing);
    pool_give(pool, NULL);
    assert_int_equal(pool_bytes_used(pool), 0);
    pool_free(pool);
}

static void allocator__scratch_comes_from_the_arena_or_not_at_all(void **state) {
    (void)state;
    static _Alignas(64) uint8_t memory[4096];
    struct arena arena;
    kzg_allocator allocator = memory_kzg_allocator();
    arena_init(&arena, memory, sizeof memory);
    memory_use_arena(&arena);
    uint8_t *inside = allocator.alloc(allocator.user, 4000, 64, KZG_MEMORY_SCRATCH);
    assert_ptr_equal(inside, memory);
    assert_null(allocator.alloc(allocator.user, 200, 64, KZG_MEMORY_SCRATCH));
    assert_null(allocator.alloc(allocator.user, SIZE_MAX, 64, KZG_MEMORY_SCRATCH));
    allocator.release(allocator.user, inside, 4000, KZG_MEMORY_SCRATCH);
    assert_int_equal(arena.used, 0);
    void *heap = allocator.alloc(allocator.user, 100, 64, KZG_MEMORY_TABLES);
    assert_non_null(heap);
    assert_int_equal(memory_live(MEMORY_TAG_TABLES), 100);
    allocator.release(allocator.user, heap, 100, KZG_MEMORY_TABLES);
    assert_int_equal(memory_live(MEMORY_TAG_TABLES), 0);
    assert_int_equal(memory_live(MEMORY_TAG_SCRATCH), 0);
    memory_use_arena(NULL);
}

static void allocator__large_tables_are_whole_huge_pages(void **state) {
    (void)state;
    const size_t huge = (size_t)2 << 20, sizes[] = {2 * huge, 2 * huge + 1, 5 * huge - 1};
    kzg_allocator allocator = memory_kzg_allocator();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t whole = (sizes[i] + huge - 1) / huge * huge;
        uint8_t *tables = allocator.alloc(allocator.user, sizes[i], 64, KZG_MEMORY_TABLES);
        assert_non_null(tables);
        assert_int_equal((uintptr_t)tables % huge, 0);
        assert_int_equal(memory_live(MEMORY_TAG_TABLES), whole);
        memset(tables, 7, whole);
        assert_int_equal(tables[sizes[i] - 1], 7);
        allocator.release(allocator.user, tables, sizes[i], KZG_MEMORY_TABLES);
        assert_int_equal(memory_live(MEMORY_TAG_TABLES), 0);
    }
    assert_null(allocator.alloc(allocator.user, SIZE_MAX, 64, KZG_MEMORY_TABLES));
}

/* ---- Queue --------------------------------------------------------------------------------------------------- */

static void queue__keeps_order_with_removals_from_everywhere(void **state) {
    (void)state;
    static struct request request[5];
    struct queue *queue = queue_new(5, 1, 1000);
    assert_non_null(queue);
    memset(request, 0, sizeof request);
    for (size_t i = 0; i < 5; i++) assert_true(queue_push(queue, &request[i]));
    assert_false(queue_has_room(queue, 0));
    assert_true(queue_remove(queue, &request[0]));
    assert_true(queue_remove(queue, &request[2]));
    assert_true(queue_remove(queue, &request[4]));
    assert_false(queue_remove(queue, &request[2]));
    assert_true(queue_push(queue, &request[2]));
    assert_int_equal(queue_depth(queue), 3);
    assert_ptr_equal(queue_pop(queue), &request[1]);
    assert_ptr_equal(queue_pop(queue), &request[3]);
    queue_close(queue);
    assert_false(queue_push(queue, &request[0]));
    assert_ptr_equal(queue_pop(queue), &request[2]);
    assert_null(queue_pop(queue));
    queue_free(queue);
}

static void queue__is_bounded_by_the_time_its_work_takes(void **state) {
    (void)state;
    static struct request request[3];
    struct queue *queue = queue_new(100, 2, 1000);
    assert_non_null(queue);
    memset(request, 0, sizeof request);
    request[0].cost_us = 50000; /* dear, but nothing else waits */
    assert_true(queue_push(queue, &request[0]));
    assert_int_equal(queue_wait_us(queue), 25000);
    request[1].cost_us = 1;
    assert_false(queue_push(queue, &request[1]));
    assert_ptr_equal(queue_pop(queue), &request[0]);
    request[1].cost_us = request[2].cost_us = 1000;
    assert_true(queue_push(queue, &request[1]));
    assert_true(queue_push(queue, &request[2])); /* 2000 us for two workers: just in time */
    assert_false(queue_has_room(queue, 2));
    assert_true(queue_remove(queue, &request[1]));
    assert_true(queue_remove(queue, &request[2]));
    assert_int_equal(queue_wait_us(queue), 0);
    queue_free(queue);
}

static void queue__gives_what_is_alike_and_no_more_than_a_share(void **state) {
    (void)state;
    enum { N = 12 };
    static struct request request[N];
    struct request *taken[N];
    const uint32_t cheap = 1u << OP_VERIFY_KZG_PROOF | 1u << OP_VERIFY_BLOB_KZG_PROOF;
    const size_t workers[] = {1, 2, 3, 20},
                 shares[] = {6, 3, 2, 0}; /* of seven, the one that was popped among them */
    for (size_t w = 0; w < 4; w++) {
        struct queue *queue = queue_new(100, workers[w], 1000000);
        assert_non_null(queue);
        memset(request, 0, sizeof request);
        for (size_t i = 0; i < N; i++) {
            request[i].operation_id = i % 4 == 1   ? OP_VERIFY_BLOB_KZG_PROOF
                                      : i % 2 == 0 ? OP_COMPUTE_CELLS
                                                   : OP_VERIFY_KZG_PROOF;
            request[i].cost_us = 10;
            assert_true(queue_push(queue, &request[i])); /* six of twelve are alike */
        }
        assert_int_equal(queue_take_alike(queue, 1u << OP_COMPUTE_CHALLENGE, taken, N), 0);
        assert_int_equal(queue_take_alike(queue, cheap, taken, 0), 0);
        size_t n = queue_take_alike(queue, cheap, taken, N);
        assert_int_equal(n, shares[w]);
        for (size_t i = 0; i < n; i++) assert_ptr_equal(taken[i], &request[2 * i + 1]); /* in their order */
        assert_int_equal(queue_depth(queue), N - n);
        assert_int_equal(queue_wait_us(queue), (N - n) * 10 / workers[w]);
        for (size_t i = 0; i < N; i++) /* the others are there as before, in theirs; the last one can be taken too */
            if (i % 2 == 0 || i >= 2 * n) assert_ptr_equal(queue_pop(queue), &request[i]);
        request[0].queued = false;
        assert_true(queue_push(queue, &request[1]));
        assert_ptr_equal(queue_pop(queue), &request[1]);
        assert_int_equal(queue_take_alike(queue, cheap, taken, N), 0); /* of an empty one */
        queue_free(queue);
    }
    struct queue *queue = queue_new(100, 1, 1000000);
    assert_non_null(queue);
    memset(request, 0, sizeof request);
    for (size_t i = 0; i < N; i++) {
        request[i].operation_id = OP_VERIFY_KZG_PROOF;
        assert_true(queue_push(queue, &request[i]));
    }
    assert_int_equal(queue_take_alike(queue, cheap, taken, 5), 5); /* bounded by the caller too */
    assert_int_equal(queue_take_alike(queue, cheap, taken, N), N - 5);
    assert_true(queue_push(queue, &request[0]));
    assert_ptr_equal(queue_pop(queue), &request[0]);
    queue_free(queue);
}

/* ---- Metrics ------------------------------------------------------------------------------------------------- */

/* Whatever a request can end with has its place: an answer's HTTP status, a code, an outcome. */
static void metrics__every_status_has_its_place(void **state) {
    (void)state;
    static const status_code codes[] = {
#define X(NAME, ...) ST_##NAME,
        STATUS_LIST(X)
#undef X
    };
    size_t ours = 0;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        assert_true(metrics_http(status_code_http(codes[i])) < METRIC_HTTPS);
        assert_true((metrics_status(codes[i]) == AT_STATUS_OK) == (codes[i] == ST_OK));
        if (codes[i] == ST_OK) continue;
        assert_int_equal(metrics_code(codes[i]), i - 1);
        ours += metrics_outcome(codes[i]) == AT_OUTCOME_SERVER_ERROR;
    }
    assert_int_equal(metrics_outcome(ST_OK), AT_OUTCOME_OK);
    assert_int_equal(metrics_outcome(ST_QUEUE_FULL), AT_OUTCOME_SERVER_ERROR);
    assert_int_equal(metrics_outcome(ST_POINT_NOT_ON_CURVE), AT_OUTCOME_CLIENT_ERROR);
    assert_true(ours > 10);
    assert_int_equal(metrics_status(ST_CELLS_INCONSISTENT), AT_STATUS_CELLS_INCONSISTENT);
    assert_int_equal(metrics_status(ST_SETUP_CHECKSUM), AT_STATUS_INTERNAL);
    assert_int_equal(metrics_backend("adx"), AT_BACKEND_ADX);
    assert_int_equal(metrics_backend("none"), METRIC_BACKENDS);
}

static const char *const status_texts[] = {
#define TEXT(POSITION, text) text,
    METRIC_STATUS_VALUES(TEXT)
#undef TEXT
};

/* The statuses of operations are named as in the list of statuses, and are those that a client's input can cause. */
static void metrics__statuses_of_operations_are_the_librarys(void **state) {
    (void)state;
    size_t known = 0;
    for (size_t i = 0; i < METRIC_STATUSES; i++) {
#define X(NAME, value, code, http, ...) \
    if (strcmp(status_texts[i], code) == 0) known++;
        STATUS_LIST(X)
#undef X
    }
    assert_int_equal(known, METRIC_STATUSES);
#define X(NAME, value, code, http, ...) \
    if (http == 400) assert_string_equal(status_texts[metrics_status(ST_##NAME)], code);
    STATUS_LIBRARY_LIST(X)
#undef X
}

/* The page cannot outgrow what a Prometheus server is asked to keep of one instance: whoever adds a label sees it
 * here.
 */
#define SERIES_BUDGET 10000

static void metrics__series_are_within_their_budget(void **state) {
    (void)state;
    static struct service service = {.worker_count = 64};
    assert_true(service_metrics_new(&service));
    size_t most = kzgops_metrics_series_max(service.metrics), now = kzgops_metrics_series(service.metrics);
    print_message("  at most %zu series, %zu from the start\n", most, now);
    assert_true(now > 100 && now < most && most < SERIES_BUDGET);
    service_metrics_free(&service);
    assert_null(service.metrics);
}

/* ---- Cost ------------------------------------------------------------------------------------------------------ */

static void cost__goes_over_to_another_process_whole_or_not_at_all(void **state) {
    (void)state;
    static const char first[] = "instance n\ncost verify_kzg_proof";
    char text[4096], hand[8192], again[4096];
    struct cost *cost = cost_new(), *other = cost_new();
    assert_true(cost != NULL && other != NULL && cost_text(cost, text, sizeof text) < sizeof text);
    for (char *at = text; (at = strstr(at, " 0\n")) != NULL; at++) at[1] = '7'; /* figures that the model has not */
    assert_false(cost_calibrated(other));
    snprintf(hand, sizeof hand, "instance n\ncommit x\n%s", text);
    assert_true(cost_adopt(other, hand));
    assert_true(cost_calibrated(other));
    assert_int_equal(cost_text(other, again, sizeof again), strlen(text));
    assert_string_equal(again, text);
    for (size_t length = 0; length < strlen(text); length += 11) { /* cut off anywhere */
        snprintf(hand, sizeof hand, "%.*s", (int)length, text);
        assert_false(cost_adopt(cost, hand));
    }
    assert_false(cost_adopt(cost, first));
    char *minus = strstr(text, "compute_cells ") + strlen("compute_cells ");
    memcpy(minus, "-9", 2);
    assert_false(cost_adopt(cost, text));
    assert_false(cost_calibrated(cost));
    cost_free(cost);
    cost_free(other);
}

static _Thread_local int64_t thread_cpu_ns; /* what the clock says */

int64_t __wrap_service_thread_cpu_ns(void);
int64_t __wrap_service_thread_cpu_ns(void) {
    return thread_cpu_ns;
}

static void take(struct cost_times *times, const char *name, size_t n, int64_t cpu_ns) {
    kzg_self_test_observer observer = cost_times_observer(times);
    observer.begins(observer.user);
    thread_cpu_ns += cpu_ns;
    observer.ended(observer.user, name, n);
}

/* On a thread of its own, whose clock is another one, while an operation of the first has begun. */
static void *take_beside(void *user) {
    thread_cpu_ns = 1;
    take(user, "compute_cells", 1, 5);
    return NULL;
}

static void cost__times_each_thread_by_its_own_clock(void **state) {
    (void)state;
    struct cost_times times = {0};
    kzg_self_test_observer observer = cost_times_observer(&times);
    pthread_t thread;
    thread_cpu_ns = 1000;
    observer.begins(observer.user);
    assert_int_equal(pthread_create(&thread, NULL, take_beside, &times), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    thread_cpu_ns += 40;
    observer.ended(observer.user, "compute_kzg_proof", 1);
    assert_int_equal(times.shortest[OP_COMPUTE_CELLS].cpu_ns, 5);
    assert_int_equal(times.shortest[OP_COMPUTE_KZG_PROOF].cpu_ns, 40);
}

static void cost__is_calibrated_by_two_lengths_of_every_operation(void **state) {
    (void)state;
    const int64_t ms = 1000000;
    struct cost_times times = {0};
    struct cost *cost = cost_new();
    assert_non_null(cost);
    for (size_t i = 0; i < WIRE_OPERATIONS; i++) {
        assert_false(cost_calibrate(cost, &times)); /* one is missing */
        const struct wire_operation *operation = wire_operation((wire_operation_id)i);
        if (operation->items == WIRE_ITEMS_RECOVERY) {
            take(&times, operation->name, 64, 9000 * ms);
            continue;
        }
        take(&times, operation->name, 1, 7000 * ms);
        take(&times, operation->name, 1, 5000 * ms); /* the least counts, in any order */
        take(&times, operation->name, 1, 6000 * ms);
        if (operation->items == WIRE_ITEMS_ONE) continue;
        take(&times, operation->name, 11, 26000 * ms);
        take(&times, operation->name, 4, 4000 * ms); /* neither the shortest nor the longest */
        take(&times, operation->name, 11, 25000 * ms);
    }
    take(&times, "no operation", 1, 1 * ms);
    assert_false(cost_calibrated(cost));
    assert_true(cost_calibrate(cost, &times));
    assert_true(cost_calibrated(cost));
    for (size_t i = 0; i < WIRE_OPERATIONS; i++) {
        const struct wire_operation *operation = wire_operation((wire_operation_id)i);
        bool list = operation->items == WIRE_ITEMS_BLOBS || operation->items == WIRE_ITEMS_CELLS;
        int64_t one = cost_ns(cost, (wire_operation_id)i, 1), more = cost_ns(cost, (wire_operation_id)i, 101);
        int64_t expected = operation->items == WIRE_ITEMS_RECOVERY ? 9000 * ms : 5000 * ms;
        assert_int_equal(one, expected);
        assert_int_equal(more, expected + list * 200000 * ms);
    }
    cost_free(cost);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pool__blocks_never_overlap_and_all_comes_back),
        cmocka_unit_test(pool__refuses_what_cannot_fit),
        cmocka_unit_test(allocator__scratch_comes_from_the_arena_or_not_at_all),
        cmocka_unit_test(allocator__large_tables_are_whole_huge_pages),
        cmocka_unit_test(queue__keeps_order_with_removals_from_everywhere),
        cmocka_unit_test(queue__is_bounded_by_the_time_its_work_takes),
        cmocka_unit_test(queue__gives_what_is_alike_and_no_more_than_a_share),
        cmocka_unit_test(cost__goes_over_to_another_process_whole_or_not_at_all),
        cmocka_unit_test(cost__times_each_thread_by_its_own_clock),
        cmocka_unit_test(cost__is_calibrated_by_two_lengths_of_every_operation),
        cmocka_unit_test(metrics__every_status_has_its_place),
        cmocka_unit_test(metrics__series_are_within_their_budget),
        cmocka_unit_test(metrics__statuses_of_operations_are_the_librarys),
    };
    if (!memory_begin(0)) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
