/* The watchdog on real threads: which worker is told of, when, how often, and with which stack. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "service/service.h"
#include "service/watchdog.h"

#define MIN_NS 50000000

enum manner { SPINS, WAITS };

struct worker {
    struct watchdog *watchdog;
    size_t number;
    enum manner manner;
    atomic_bool leave;
    sem_t busy, done, again;
    pthread_t thread;
};

struct seen {
    size_t count;
    struct watchdog_finding last;
    char operation[64], request_id[REQUEST_ID_MAX + 1], trace_id[TRACE_ID_LENGTH + 1], stack[WATCHDOG_STACK_MAX];
};

static void see(void *user, const struct watchdog_finding *finding) {
    struct seen *seen = user;
    seen->count++;
    seen->last = *finding;
    snprintf(seen->operation, sizeof seen->operation, "%s", finding->operation);
    snprintf(seen->request_id, sizeof seen->request_id, "%s", finding->request_id);
    snprintf(seen->trace_id, sizeof seen->trace_id, "%s", finding->trace_id);
    snprintf(seen->stack, sizeof seen->stack, "%s", finding->stack);
}

/* An exported name, so that a stack can show it. */
__attribute__((noinline, visibility("default"))) void a_loop_without_end(struct worker *worker);
void a_loop_without_end(struct worker *worker) {
    while (!atomic_load(&worker->leave)) sched_yield();
}

static void work(struct worker *worker) {
    struct request request = {.id = "request-17",
                              .trace = {.id = "4bf92f3577b34da6a3ce929d0e0e4736"},
                              .operation = wire_operation(OP_COMPUTE_CELLS)};
    watchdog_begin(worker->watchdog, worker->number, &request, 1);
    sem_post(&worker->busy);
    if (worker->manner == SPINS) {
        a_loop_without_end(worker);
    } else {
        sem_wait(&worker->again);
    }
    watchdog_end(worker->watchdog, worker->number);
    sem_post(&worker->done);
}

static void *run(void *user) {
    struct worker *worker = user;
    watchdog_attach(worker->watchdog, worker->number);
    work(worker);
    sem_wait(&worker->again);
    return NULL;
}

static void start(struct worker *worker, struct watchdog *watchdog, size_t number, enum manner manner) {
    *worker = (struct worker){.watchdog = watchdog, .number = number, .manner = manner};
    sem_init(&worker->busy, 0, 0);
    sem_init(&worker->done, 0, 0);
    sem_init(&worker->again, 0, 0);
    assert_int_equal(pthread_create(&worker->thread, NULL, run, worker), 0);
    sem_wait(&worker->busy);
}

/* Looks until the worker is past its time: the wait is for that event. */
static void look_until_found(struct watchdog *watchdog, struct seen *seen) {
    for (size_t before = seen->count; seen->count == before;) {
        watchdog_look(watchdog, see, seen);
        sched_yield();
    }
}

static void watchdog__names_a_spinning_worker_once_with_its_stack(void **state) {
    struct watchdog *watchdog = watchdog_new(2, MIN_NS);
    struct seen seen = {0};
    struct worker worker;
    (void)state;
    assert_non_null(watchdog);
    assert_int_equal(watchdog_look(watchdog, see, &seen), 0);
    start(&worker, watchdog, 1, SPINS);
    look_until_found(watchdog, &seen);
    assert_int_equal(seen.last.worker, 1);
    assert_string_equal(seen.operation, "compute_cells");
    assert_string_equal(seen.request_id, "request-17");
    assert_string_equal(seen.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_true(seen.last.spent_ns > seen.last.allowed_ns);
    assert_int_equal(seen.last.allowed_ns, MIN_NS);
    assert_non_null(strstr(seen.stack, " < "));
    for (int i = 0; i < 5; i++) assert_int_equal(watchdog_look(watchdog, see, &seen), 1);
    assert_int_equal(seen.count, 1);
    assert_int_equal(watchdog_fired(watchdog), 1);
    assert_int_equal(watchdog_stuck(watchdog), 1);
    assert_true(watchdog_busy_ns(watchdog, 1) > MIN_NS);
    assert_int_equal(watchdog_busy_ns(watchdog, 0), 0);

    atomic_store(&worker.leave, true);
    sem_wait(&worker.done);
    assert_int_equal(watchdog_look(watchdog, see, &seen), 0);
    assert_int_equal(watchdog_stuck(watchdog), 0);
    int64_t busy_ns = watchdog_busy_ns(watchdog, 1);
    assert_true(busy_ns > MIN_NS);
    assert_int_equal(watchdog_busy_ns(watchdog, 1), busy_ns);
    sem_post(&worker.again);
    pthread_join(worker.thread, NULL);
    watchdog_free(watchdog);
}

static void watchdog__a_waiting_worker_gives_its_stack_and_goes_on_waiting(void **state) {
    struct watchdog *watchdog = watchdog_new(1, MIN_NS);
    struct seen seen = {0};
    struct worker worker;
    (void)state;
    start(&worker, watchdog, 0, WAITS);
    look_until_found(watchdog, &seen);
    assert_true(strlen(seen.stack) > 0);
    sem_post(&worker.again);
    sem_wait(&worker.done);
    sem_post(&worker.again);
    pthread_join(worker.thread, NULL);
    watchdog_free(watchdog);
}

static void watchdog__many_workers_are_each_told_of(void **state) {
    enum { WORKERS = 8 };
    struct watchdog *watchdog = watchdog_new(WORKERS, MIN_NS);
    struct worker worker[WORKERS];
    struct seen seen = {0};
    (void)state;
    for (size_t i = 0; i < WORKERS; i++) start(&worker[i], watchdog, i, WAITS);
    while (seen.count < WORKERS) watchdog_look(watchdog, see, &seen);
    assert_int_equal(watchdog_look(watchdog, see, &seen), WORKERS);
    assert_int_equal(seen.count, WORKERS);
    for (size_t i = 0; i < WORKERS; i++) {
        sem_post(&worker[i].again);
        sem_post(&worker[i].again);
        pthread_join(worker[i].thread, NULL);
    }
    assert_int_equal(watchdog_look(watchdog, see, &seen), 0);
    watchdog_free(watchdog);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(watchdog__names_a_spinning_worker_once_with_its_stack),
        cmocka_unit_test(watchdog__a_waiting_worker_gives_its_stack_and_goes_on_waiting),
        cmocka_unit_test(watchdog__many_workers_are_each_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
