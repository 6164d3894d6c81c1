/* The tap's bounds, without a socket: its clock is the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "service/memory.h"
#include "service/service.h"
#include "service/tap.h"

#define MEMORY ((size_t)1 << 20)
#define PLENTY UINT64_MAX

static _Atomic int64_t now_ns;

int64_t __wrap_service_now_ns(void);
int64_t __wrap_service_now_ns(void) {
    return atomic_load(&now_ns);
}

static uint8_t answer[48] = {7};

static struct request make_request(void) {
    return (struct request){.operation_id = OP_BLOB_TO_KZG_COMMITMENT,
                            .operation = wire_operation(OP_BLOB_TO_KZG_COMMITMENT),
                            .length = KZG_BYTES_PER_BLOB,
                            .id = "r",
                            .answer = answer,
                            .answer_length = sizeof answer};
}

/* All of a request's life; false: it was not copied. */
static bool pass(struct tap *tap, status_code code) {
    static const uint8_t body[KZG_BYTES_PER_BLOB];
    struct request request = make_request();
    struct tap_copy *copy = tap_copy_begin(tap, &request);
    tap_copy_body(copy, body, sizeof body);
    request.refused = code != ST_OK;
    request.fault.code = code;
    tap_copy_answer(copy, &request);
    tap_copy_end(copy);
    return copy != NULL;
}

static uint64_t live_bytes(void) {
    return memory_live(MEMORY_TAG_OTHER);
}

static struct tap_state look(struct tap *tap) {
    struct tap_state state;
    tap_read(tap, &state);
    return state;
}

static void tap__off_and_without_memory(void **state) {
    (void)state;
    struct tap *off = tap_new(0), *tap = tap_new(MEMORY);
    assert_int_equal(tap_begin(off, 10, 10, PLENTY), TAP_OFF);
    assert_false(pass(off, ST_OK));
    assert_int_equal(tap_begin(tap, 10, 10, MEMORY), TAP_NO_MEMORY);
    assert_false(pass(tap, ST_OK));
    assert_false(tap_end(tap, NULL));
    tap_free(off);
    tap_free(tap);
}

static void tap__memory_comes_back(void **state) {
    (void)state;
    struct tap *tap = tap_new(MEMORY);
    uint64_t before = live_bytes();
    assert_int_equal(tap_begin(tap, 10, 10, PLENTY), TAP_BEGUN);
    assert_true(live_bytes() >= before + MEMORY);
    assert_true(pass(tap, ST_OK));
    assert_true(tap_end(tap, NULL));
    assert_int_equal(live_bytes(), before);
    /* A request still fills its copy: that memory stays, and only that. */
    struct request request = make_request();
    assert_int_equal(tap_begin(tap, 10, 10, PLENTY), TAP_BEGUN);
    struct tap_copy *copy = tap_copy_begin(tap, &request);
    assert_non_null(copy);
    uint64_t one = live_bytes();
    assert_int_equal(tap_begin(tap, 10, 10, PLENTY), TAP_IN_USE);
    assert_int_equal(live_bytes(), one);
    tap_copy_body(copy, "abc", 3);
    tap_copy_end(copy);
    tap_turn(tap);
    assert_int_equal(live_bytes(), before);
    assert_int_equal(tap_begin(tap, 10, 10, PLENTY), TAP_BEGUN);
    tap_free(tap);
}

static void tap__ends_with_its_time(void **state) {
    (void)state;
    struct tap *tap = tap_new(MEMORY);
    uint64_t before = live_bytes();
    atomic_store(&now_ns, 0);
    assert_int_equal(tap_begin(tap, 10, 10, PLENTY), TAP_BEGUN);
    assert_true(pass(tap, ST_OK));
    atomic_store(&now_ns, INT64_C(10500000000));
    tap_turn(tap);
    assert_false(pass(tap, ST_OK));
    assert_int_equal(look(tap).whole, 1);
    atomic_store(&now_ns, INT64_C(71000000000));
    tap_turn(tap);
    assert_int_equal(look(tap).begun, 0);
    assert_int_equal(live_bytes(), before);
    tap_free(tap);
}

static void tap__copies_what_can_be_compared(void **state) {
    (void)state;
    struct tap *tap = tap_new(MEMORY);
    size_t bytes;
    assert_int_equal(tap_begin(tap, 5, 10, PLENTY), TAP_BEGUN);
    assert_true(pass(tap, ST_OK) && pass(tap, ST_POINT_NOT_ON_CURVE) && pass(tap, ST_QUEUE_FULL));
    assert_true(pass(tap, ST_INTERNAL));
    char *copy = tap_copy_read(tap, 1, &bytes);
    static const char head[] = "kzgd-tap 1 blob_to_kzg_commitment ssz ssz 400 point_not_on_curve r 131072 0\n";
    assert_non_null(copy);
    assert_int_equal(bytes, sizeof head - 1 + KZG_BYTES_PER_BLOB);
    assert_memory_equal(copy, head, sizeof head - 1);
    free(copy);
    assert_null(tap_copy_read(tap, 2, &bytes));
    assert_int_equal(bytes, 0);
    assert_int_equal(look(tap).whole, 2);
    assert_int_equal(look(tap).drops[TAP_DROP_SHED], 2);
    assert_true(look(tap).copying);
    assert_true(pass(tap, ST_OK));
    assert_false(look(tap).copying);
    assert_false(pass(tap, ST_OK));
    tap_free(tap);
}

/* ---- A reader beside the loop ---------------------------------------------------------------------------------- */

static atomic_bool over;
static atomic_int rounds;

static void *read_all(void *user) {
    struct tap *tap = user;
    while (!atomic_load(&over)) {
        size_t bytes;
        enum tap_outcome outcome = tap_begin(tap, 7, 10, PLENTY);
        assert_true(outcome == TAP_BEGUN || outcome == TAP_IN_USE);
        for (size_t i = 0; i < 7; i++) {
            char *copy = tap_copy_read(tap, i, &bytes);
            if (copy != NULL) assert_int_equal(copy[bytes - sizeof answer], answer[0]);
            free(copy);
        }
        assert_true(look(tap).whole <= 7);
        tap_turn(tap);
        (void)tap_end(tap, NULL);
        atomic_fetch_add(&rounds, 1);
    }
    return NULL;
}

static void tap__read_and_ended_while_requests_come(void **state) {
    (void)state;
    pthread_t thread;
    size_t copied = 0;
    struct tap *tap = tap_new(MEMORY);
    uint64_t before = live_bytes();
    assert_int_equal(pthread_create(&thread, NULL, read_all, tap), 0);
    while (atomic_load(&rounds) < 100 || copied < 100) copied += pass(tap, ST_OK);
    atomic_store(&over, true);
    pthread_join(thread, NULL);
    tap_turn(tap);
    (void)tap_end(tap, NULL);
    assert_int_equal(live_bytes(), before);
    tap_free(tap);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tap__off_and_without_memory),
        cmocka_unit_test(tap__memory_comes_back),
        cmocka_unit_test(tap__ends_with_its_time),
        cmocka_unit_test(tap__copies_what_can_be_compared),
        cmocka_unit_test(tap__read_and_ended_while_requests_come),
    };
    if (!memory_begin(4)) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    memory_end();
    return failed;
}
