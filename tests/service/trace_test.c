/* W3C Trace Context: what is a traceparent and a tracestate, and what becomes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "service/trace.h"

#define ID     "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN   "00f067aa0ba902b7"
#define PARENT "00-" ID "-" SPAN "-01"

static struct trace begun(const char *parent, const char *state) {
    struct trace_headers headers = {0};
    struct trace trace;
    if (parent != NULL) trace_take_parent(&headers, parent, strlen(parent));
    if (state != NULL) trace_take_state(&headers, state, strlen(state));
    trace_begin(&trace, &headers);
    assert_int_equal(strlen(trace.id), TRACE_ID_LENGTH);
    assert_int_equal(strlen(trace.span), TRACE_SPAN_LENGTH);
    assert_string_not_equal(trace.span, SPAN);
    return trace;
}

static void parent__goes_on_under_a_new_span(void **state) {
    (void)state;
    char out[TRACE_PARENT_LENGTH + 1];
    struct trace a = begun(PARENT, NULL), b = begun(PARENT, NULL);
    assert_string_equal(a.id, ID);
    assert_int_equal(a.flags, 1);
    assert_string_not_equal(a.span, b.span);
    trace_parent(&a, out);
    assert_int_equal(strlen(out), TRACE_PARENT_LENGTH);
    assert_int_equal(strncmp(out, "00-" ID "-", 36), 0);
    assert_int_equal(strncmp(out + 36, a.span, TRACE_SPAN_LENGTH), 0);
    assert_string_equal(out + 52, "-01");
    assert_int_equal(begun("00-" ID "-" SPAN "-00", NULL).flags, 0);
    assert_int_equal(begun("00-" ID "-" SPAN "-fe", NULL).flags, 0); /* flags that version 00 does not know */
}

static void parent__of_a_later_version_may_be_longer(void **state) {
    (void)state;
    assert_string_equal(begun("01-" ID "-" SPAN "-01", NULL).id, ID);
    assert_string_equal(begun("cc-" ID "-" SPAN "-01-what the future holds", NULL).id, ID);
    assert_string_equal(begun("fe-" ID "-" SPAN "-01-", NULL).id, ID);
}

static void parent__that_is_none_begins_a_new_trace(void **state) {
    (void)state;
    static const char *const wrong[] = {"",
                                        "00",
                                        "00-" ID "-" SPAN,
                                        "00-" ID "-" SPAN "-",
                                        "00-" ID "-" SPAN "-1",
                                        "00-" ID "-" SPAN "-01-",
                                        "00-" ID "-" SPAN "-01-x",
                                        "00-" ID "-" SPAN "-012",
                                        "ff-" ID "-" SPAN "-01",
                                        "ff-" ID "-" SPAN "-01-x",
                                        "0-" ID "-" SPAN "-001",
                                        "0x-" ID "-" SPAN "-01",
                                        "cc-" ID "-" SPAN "-01.x",
                                        "cc-" ID "-" SPAN "-0",
                                        "00-4BF92f3577b34da6a3ce929d0e0e4736-" SPAN "-01",
                                        "00-" ID "-00F067aa0ba902b7-01",
                                        "00-" ID "-" SPAN "-0A",
                                        "00-00000000000000000000000000000000-" SPAN "-01",
                                        "00-" ID "-0000000000000000-01",
                                        "00_" ID "-" SPAN "-01",
                                        "00-" ID "_" SPAN "-01",
                                        "00-" ID "-" SPAN "_01",
                                        "00-4bf92f3577b34da6a3ce929d0e0e473g-" SPAN "-01",
                                        "00-" ID "-00f067aa0ba902b -01",
                                        " " PARENT,
                                        PARENT " ",
                                        "00-4bf92f3577b34da6a3ce929d0e0e47-" SPAN "-0001"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct trace trace = begun(wrong[i], "a=b");
        assert_string_not_equal(trace.id, ID);
        assert_int_equal(strspn(trace.id, "0123456789abcdef"), TRACE_ID_LENGTH);
        assert_int_equal(trace.flags, 0);
        assert_string_equal(trace.state, ""); /* of a trace that is not ours to go on with */
    }
    assert_string_not_equal(begun(NULL, NULL).id, begun(NULL, NULL).id);
}

static void parent__given_twice_is_none(void **state) {
    (void)state;
    struct trace_headers headers = {0};
    struct trace trace;
    trace_take_parent(&headers, PARENT, strlen(PARENT));
    trace_take_parent(&headers, PARENT, strlen(PARENT));
    trace_begin(&trace, &headers);
    assert_string_not_equal(trace.id, ID);
}

/* Every change of one byte either keeps it valid, with another id, span or flag, or makes it none; read under the
 * sanitizers this also shows that nothing is read beyond the length. */
static void parent__is_read_within_its_length(void **state) {
    (void)state;
    for (size_t length = 0; length <= TRACE_PARENT_LENGTH; length++) {
        char *copy = test_malloc(length > 0 ? length : 1);
        struct trace_headers headers = {0};
        memcpy(copy, PARENT, length);
        trace_take_parent(&headers, copy, length);
        assert_int_equal(headers.valid, length == TRACE_PARENT_LENGTH);
        test_free(copy);
    }
    for (size_t i = 0; i < TRACE_PARENT_LENGTH; i++) {
        for (int c = 0; c < 256; c++) {
            char text[] = PARENT;
            struct trace_headers headers = {0};
            text[i] = (char)c;
            trace_take_parent(&headers, text, TRACE_PARENT_LENGTH);
            bool dash = i == 2 || i == 35 || i == 52;
            bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
            assert_int_equal(headers.valid, dash ? c == '-' : hex); /* of a version none becomes ff */
        }
    }
}

static void state__is_passed_through_within_its_bounds(void **state) {
    (void)state;
    static const char *const right[] = {"a=b",
                                        "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
                                        "a=b , c=d",
                                        "a=b,,c=d",
                                        "0tenant@vendor/x-y*z_=!#$%&'()*+-./:;<>?@[]^_`{|}~",
                                        "a= b c",
                                        "a=b;c"};
    static const char *const wrong[] = {"a",          "=b",     "a=",   "A=b",   "a=b=c",
                                        "a=\xc3\xa9", "a=b\tc", "-a=b", "a b=c", "a=b,c"};
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        assert_string_equal(begun(PARENT, right[i]).state, right[i]);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_string_equal(begun(PARENT, wrong[i]).state, "");
        assert_string_equal(begun(PARENT, wrong[i]).id, ID); /* the trace goes on without it */
    }
    assert_string_equal(begun(PARENT, "").state, "");
}

static void state__that_is_too_long_is_left_out(void **state) {
    (void)state;
    char text[2000] = "", *at = text;
    for (int i = 0; i < TRACE_MEMBERS_MAX; i++) at += snprintf(at, 20, "%sk%d=v", i > 0 ? "," : "", i);
    assert_string_equal(begun(PARENT, text).state, text);
    snprintf(at, 20, ",more=v");
    assert_string_equal(begun(PARENT, text).state, "");
    memset(text, 'x', TRACE_STATE_MAX);
    memcpy(text, "a=", 2);
    memcpy(text + 250, ",b=", 3);
    memcpy(text + 500, ",c=", 3);
    text[TRACE_STATE_MAX] = '\0';
    assert_string_equal(begun(PARENT, text).state, text);
    text[TRACE_STATE_MAX] = 'x';
    text[TRACE_STATE_MAX + 1] = '\0';
    assert_string_equal(begun(PARENT, text).state, "");
}

static void state__in_several_headers_is_one(void **state) {
    (void)state;
    struct trace_headers headers = {0};
    struct trace trace;
    trace_take_parent(&headers, PARENT, strlen(PARENT));
    trace_take_state(&headers, "a=b", 3);
    trace_take_state(&headers, "", 0);
    trace_take_state(&headers, "c=d", 3);
    trace_begin(&trace, &headers);
    assert_string_equal(trace.state, "a=b,c=d");
    trace_take_state(&headers, "E=f", 3);
    trace_take_state(&headers, "g=h", 3);
    trace_begin(&trace, &headers);
    assert_string_equal(trace.state, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parent__goes_on_under_a_new_span),
        cmocka_unit_test(parent__of_a_later_version_may_be_longer),
        cmocka_unit_test(parent__that_is_none_begins_a_new_trace),
        cmocka_unit_test(parent__given_twice_is_none),
        cmocka_unit_test(parent__is_read_within_its_length),
        cmocka_unit_test(state__is_passed_through_within_its_bounds),
        cmocka_unit_test(state__that_is_too_long_is_left_out),
        cmocka_unit_test(state__in_several_headers_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
