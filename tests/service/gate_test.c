/* The gate before the arithmetic: who passes, who waits, what is trusted; and real threads through it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "service/gate.h"
#include "service/memory.h"

#define THREADS  6
#define CLOSINGS 200

static void gate__lets_through_and_trusts_while_it_is_open(void **state) {
    (void)state;
    struct gate *gate = gate_new();
    uint64_t pass = 99;
    assert_true(gate_is_open(gate));
    assert_true(gate_enter(gate, &pass));
    assert_true(gate_trusts(gate, pass));
    assert_true(gate_leave(gate, pass));
    assert_true(gate_trusts(gate, pass));
    assert_null(gate_free(gate));
    assert_null(gate_free(NULL));
}

static void gate__does_not_trust_what_was_inside_when_it_closed(void **state) {
    (void)state;
    struct gate *gate = gate_new();
    uint64_t before, inside, after;
    assert_true(gate_enter(gate, &before));
    assert_true(gate_leave(gate, before));
    assert_true(gate_enter(gate, &inside));
    gate_close(gate);
    gate_close(gate); /* once is enough */
    assert_false(gate_is_open(gate));
    assert_false(gate_trusts(gate, before)); /* a result that waits to be sent */
    assert_false(gate_leave(gate, inside));
    gate_wait_empty(gate);
    gate_open(gate);
    assert_false(gate_trusts(gate, inside));
    assert_true(gate_enter(gate, &after));
    assert_true(gate_leave(gate, after));
    gate_free(gate);
}

static void gate__that_is_shut_stays_shut(void **state) {
    (void)state;
    struct gate *gate = gate_new();
    uint64_t pass;
    gate_shut(gate);
    assert_true(gate_is_shut(gate));
    gate_open(gate);
    gate_close(gate);
    assert_true(gate_is_shut(gate));
    assert_false(gate_enter(gate, &pass));
    gate_free(gate);
}

struct crowd {
    struct gate *gate;
    atomic_int variant; /* changed only while nobody is inside */
    atomic_uint wrong, through, turned_away;
    atomic_bool go_on;
};

static void *pass_through(void *user) {
    struct crowd *crowd = user;
    uint64_t pass;
    while (atomic_load(&crowd->go_on)) {
        if (!gate_enter(crowd->gate, &pass)) {
            atomic_fetch_add(&crowd->turned_away, 1);
            return NULL;
        }
        int first = atomic_load(&crowd->variant);
        if (first != atomic_load(&crowd->variant)) atomic_fetch_add(&crowd->wrong, 1);
        (void)gate_leave(crowd->gate, pass);
        atomic_fetch_add(&crowd->through, 1);
    }
    return NULL;
}

static void gate__nobody_is_inside_when_it_says_so(void **state) {
    (void)state;
    struct crowd crowd = {.gate = gate_new(), .go_on = true};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, pass_through, &crowd);
    for (int i = 0; i < CLOSINGS; i++) {
        gate_close(crowd.gate);
        gate_wait_empty(crowd.gate);
        unsigned through = atomic_load(&crowd.through);
        atomic_fetch_add(&crowd.variant, 1);
        gate_open(crowd.gate);
        while (atomic_load(&crowd.through) == through) sched_yield();
    }
    gate_close(crowd.gate); /* those who wait are turned away, not left standing */
    gate_wait_empty(crowd.gate);
    gate_shut(crowd.gate);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    assert_int_equal(crowd.wrong, 0);
    assert_int_equal(crowd.turned_away, THREADS);
    gate_free(crowd.gate);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gate__lets_through_and_trusts_while_it_is_open),
        cmocka_unit_test(gate__does_not_trust_what_was_inside_when_it_closed),
        cmocka_unit_test(gate__that_is_shut_stays_shut),
        cmocka_unit_test(gate__nobody_is_inside_when_it_says_so),
    };
    if (!memory_begin(THREADS + 1)) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
