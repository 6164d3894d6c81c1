/* The log's lines: what they say, in which order, and that no value can break out of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <json-c/json.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kzgops/log.h"
#include "ops/log_compose.h"

#define FORMATS 4
static const kzgops_log_format formats[FORMATS] = {KZGOPS_LOG_JSON, KZGOPS_LOG_LOGFMT, KZGOPS_LOG_TEXT,
                                                   KZGOPS_LOG_JOURNAL};
static const int64_t when_ns = INT64_C(1700000000123456789);

static const char *line_of(kzgops_log_format format, const kzgops_field *fields, size_t n) {
    static struct kzgops__log_line line;
    kzgops__log_compose(&line, format, "kzg-d",
                        &(struct kzgops__log_event){KZGOPS_LOG_WARN, "seen", when_ns, fields, n});
    assert_true(line.used < sizeof line.text);
    line.text[line.used] = '\0';
    assert_int_equal(strlen(line.text), line.used);
    return line.text;
}
#define LINE(format, ...)                                \
    line_of(format, (const kzgops_field[]){__VA_ARGS__}, \
            sizeof((const kzgops_field[]){__VA_ARGS__}) / sizeof(kzgops_field))

static void formats__spell_a_line(void **state) {
    (void)state;
#define FIELDS                                                                                                   \
    KZGOPS_STR("value", "a b"), KZGOPS_U64("n", UINT64_MAX), KZGOPS_I64("m", INT64_MIN), KZGOPS_BOOL("b", true), \
        KZGOPS_F64("d", 0.5), KZGOPS_MS("t", 1234567), {0}
    assert_string_equal(
        LINE(KZGOPS_LOG_JSON, FIELDS),
        "{\"ts\":\"2023-11-14T22:13:20.123Z\",\"level\":\"warn\",\"event\":\"seen\",\"value\":\"a b\","
        "\"n\":18446744073709551615,\"m\":-9223372036854775808,\"b\":true,\"d\":0.5,\"t\":1.234}\n");
    assert_string_equal(LINE(KZGOPS_LOG_LOGFMT, FIELDS),
                        "ts=2023-11-14T22:13:20.123Z level=warn event=seen value=\"a b\" n=18446744073709551615 "
                        "m=-9223372036854775808 b=true d=0.5 t=1.234\n");
    assert_string_equal(LINE(KZGOPS_LOG_TEXT, FIELDS),
                        "2023-11-14T22:13:20.123Z warn seen value=\"a b\" n=18446744073709551615 "
                        "m=-9223372036854775808 b=true d=0.5 t=1.234\n");
    assert_string_equal(LINE(KZGOPS_LOG_JOURNAL, FIELDS),
                        "PRIORITY=4\nSYSLOG_IDENTIFIER=kzg-d\nMESSAGE=seen value=\"a b\" n=18446744073709551615 "
                        "m=-9223372036854775808 b=true d=0.5 t=1.234\nKZG_D_TS=2023-11-14T22:13:20.123Z\n"
                        "KZG_D_EVENT=seen\nKZG_D_VALUE=a b\nKZG_D_N=18446744073709551615\n"
                        "KZG_D_M=-9223372036854775808\nKZG_D_B=true\nKZG_D_D=0.5\nKZG_D_T=1.234\n");
#undef FIELDS
}

static void keys__stand_in_the_fixed_order(void **state) {
    (void)state;
    const char *line = LINE(KZGOPS_LOG_LOGFMT, KZGOPS_STR("z", "1"), KZGOPS_STR("trace_id", "t"),
                            KZGOPS_STR("request_id", "r"), KZGOPS_STR("error", "e"), KZGOPS_STR("a", "2"),
                            KZGOPS_STR("status", "s"), KZGOPS_MS("duration_ms", 5000000), KZGOPS_STR("setup", "x"),
                            KZGOPS_STR("operation", "o"), KZGOPS_STR("error", "second"));
    assert_string_equal(line, "ts=2023-11-14T22:13:20.123Z level=warn event=seen operation=o duration_ms=5.000 "
                              "status=s error=e request_id=r trace_id=t z=1 a=2 setup=x\n");
}

static void keys__that_are_fixed_and_empty_are_left_out(void **state) {
    (void)state;
    const char *line = LINE(KZGOPS_LOG_LOGFMT, KZGOPS_STR("error", ""), KZGOPS_STR("trace_id", NULL),
                            KZGOPS_STR("other", ""), KZGOPS_STR("null", NULL), KZGOPS_MS("duration_ms", 0));
    assert_string_equal(line, "ts=2023-11-14T22:13:20.123Z level=warn event=seen duration_ms=0.000 other=\"\" "
                              "null=\"\"\n");
}

static void numbers__that_are_none_are_null(void **state) {
    (void)state;
    const char *line = LINE(KZGOPS_LOG_JSON, KZGOPS_F64("a", NAN), KZGOPS_F64("b", -INFINITY), KZGOPS_F64("c", 1e300),
                            KZGOPS_MS("d", -1500000), KZGOPS_MS("e", INT64_MAX));
    assert_non_null(strstr(line, "\"a\":null,\"b\":null,\"c\":1e+300,\"d\":-1.500,\"e\":9223372036854.775}\n"));
}

static void numbers__have_a_point_in_every_locale(void **state) {
    (void)state;
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL && setlocale(LC_NUMERIC, "fr_FR.UTF-8") == NULL) {
        print_message("no locale with a comma is installed; with the C locale only\n");
    }
    assert_non_null(strstr(LINE(KZGOPS_LOG_JSON, KZGOPS_F64("a", -1234.5)), "\"a\":-1234.5}"));
    setlocale(LC_NUMERIC, "C");
}

/* Whether every line of the text is one of a datagram's fields, and how many begin with the name. */
static int journal_fields(const char *text, const char *name) {
    int found = 0;
    for (const char *at = text; *at != '\0'; at = strchr(at, '\n') + 1) {
        const char *equal = strchr(at, '='), *end = strchr(at, '\n');
        assert_non_null(end);
        assert_true(equal != NULL && equal < end);
        assert_true(strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == (size_t)(equal - at) && *at != '_');
        found += strncmp(at, name, strlen(name)) == 0;
    }
    return found;
}

static void expect_whole(kzgops_log_format format, const char *line) {
    size_t length = strlen(line);
    assert_true(length > 0 && line[length - 1] == '\n');
    for (size_t i = 0; i + 1 < length; i++) {
        bool end = line[i] == '\n' && format == KZGOPS_LOG_JOURNAL;
        assert_true(end || (line[i] >= 0x20 && line[i] < 0x7f));
    }
}

static void values__cannot_forge_lines(void **state) {
    (void)state;
    static const char evil[] = "a\"b\\c\nPRIORITY=0\r\n{\"level\":\"error\"}\x1b[31m\xff\xe2\x80\xa8 =";
    assert_non_null(strstr(LINE(KZGOPS_LOG_JSON, KZGOPS_STR("v", evil)),
                           "\"v\":\"a\\\"b\\\\c\\u000aPRIORITY=0\\u000d\\u000a{\\\"level\\\":\\\"error\\\"}"
                           "\\u001b[31m\\u00ff\\u00e2\\u0080\\u00a8 =\"}\n"));
    assert_non_null(strstr(LINE(KZGOPS_LOG_LOGFMT, KZGOPS_STR("v", "x level=error")), " v=\"x level=error\"\n"));
    assert_non_null(strstr(LINE(KZGOPS_LOG_TEXT, KZGOPS_STR("v", "\" level=error")), " v=\"\\\" level=error\"\n"));
    assert_int_equal(journal_fields(LINE(KZGOPS_LOG_JOURNAL, KZGOPS_STR("v", evil)), "PRIORITY="), 1);
    for (size_t i = 0; i < FORMATS; i++) expect_whole(formats[i], LINE(formats[i], KZGOPS_STR("v", evil)));
}

/* json-c reads back the bytes as the code points that they were written as. */
static void expect_json_value(const char *line, const char *bytes) {
    char want[3 * KZGOPS_LOG_VALUE_MAX];
    size_t n = 0;
    for (size_t i = 0; bytes[i] != '\0' && i < KZGOPS_LOG_VALUE_MAX; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c >= 0x80) want[n++] = (char)(0xc0 | c >> 6);
        want[n++] = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
    }
    want[n] = '\0';
    struct json_object *root = json_tokener_parse(line), *value;
    assert_non_null(root);
    assert_int_equal(json_object_object_length(root), 5);
    assert_true(json_object_object_get_ex(root, "v", &value));
    assert_string_equal(json_object_get_string(value), want);
    assert_true(json_object_object_get_ex(root, "after", &value));
    json_object_put(root);
}

static void values__of_any_bytes_stay_in_their_field(void **state) {
    (void)state;
    const char *given = getenv("KZG_SEED");
    unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    print_message("seed %u\n", seed);
    for (int round = 0; round < 3000; round++) {
        char bytes[600];
        size_t length = (size_t)rand_r(&seed) % (round % 2 ? 20 : sizeof bytes);
        for (size_t i = 0; i < length; i++) {
            bytes[i] = (char)(rand_r(&seed) % 4 ? 1 + rand_r(&seed) % 255 : "\"\\\n= "[rand_r(&seed) % 5]);
        }
        bytes[length == sizeof bytes ? length - 1 : length] = '\0';
        for (size_t i = 0; i < FORMATS; i++) {
            const char *line = LINE(formats[i], KZGOPS_STR("v", bytes), KZGOPS_BOOL("after", true));
            expect_whole(formats[i], line);
            if (formats[i] == KZGOPS_LOG_JSON) expect_json_value(line, bytes);
            if (formats[i] == KZGOPS_LOG_JOURNAL) {
                assert_int_equal(
                    journal_fields(line, "KZG_D_AFTER=true") + journal_fields(line, "KZG_D_CUT=true") > 0, 1);
            }
            if (formats[i] == KZGOPS_LOG_LOGFMT) assert_non_null(strstr(line, " after=true\n"));
        }
    }
}

static void lines__are_bounded_and_whole(void **state) {
    (void)state;
    char huge[2000];
    memset(huge, 1, sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    for (size_t i = 0; i < FORMATS; i++) {
        const char *line = LINE(formats[i], KZGOPS_STR("a", huge), KZGOPS_STR("b", huge), KZGOPS_STR("c", "x"));
        assert_true(strlen(line) < KZGOPS_LOG_LINE_MAX);
        expect_whole(formats[i], line);
        if (formats[i] == KZGOPS_LOG_JOURNAL) assert_int_equal(journal_fields(line, "KZG_D_A="), 1);
        if (formats[i] != KZGOPS_LOG_JSON) continue;
        struct json_object *root = json_tokener_parse(line);
        assert_int_equal(json_object_object_length(root), 6); /* a, no half of b, c, and the mark of the loss */
        assert_true(json_object_object_get_ex(root, "c", NULL) && json_object_object_get_ex(root, "cut", NULL));
        json_object_put(root);
    }
}

static void times__are_those_of_the_calendar(void **state) {
    (void)state;
    static const int64_t fixed[] = {0,         951782399,  951782400,  951868799,
                                    951868800, 1709164800, 4102444800, 9223372036};
    unsigned seed = 7594;
    for (size_t i = 0; i < 20000; i++) {
        int64_t s = i < sizeof fixed / sizeof fixed[0] ? fixed[i] : (int64_t)rand_r(&seed) * 4 + rand_r(&seed) % 4;
        struct kzgops__log_line line;
        struct tm utc;
        char want[64];
        time_t seconds = s;
        gmtime_r(&seconds, &utc);
        size_t n = strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S", &utc);
        snprintf(want + n, sizeof want - n, ".007Z info e\n");
        kzgops__log_compose(&line, KZGOPS_LOG_TEXT, "",
                            &(struct kzgops__log_event){KZGOPS_LOG_INFO, "e", s * 1000000000 + 7000000, NULL, 0});
        line.text[line.used] = '\0';
        assert_string_equal(line.text, want);
    }
}

/* ---- The log as a whole, without its thread ---------------------------------------------------------------------
 */

static int reader, writer;

static void begin(kzgops_log_format format, kzgops_log_level level) {
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    reader = ends[0];
    writer = ends[1];
    kzgops_log_init(writer, format, level);
}

static const char *written(void) {
    static char text[65536];
    ssize_t n = read(reader, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static void end(void) {
    close(writer);
    close(reader);
    kzgops_log_init(STDERR_FILENO, KZGOPS_LOG_AUTO, KZGOPS_LOG_INFO);
}

static void levels__can_change_at_any_time(void **state) {
    (void)state;
    kzgops_log_level level = KZGOPS_LOG_DEBUG;
    begin(KZGOPS_LOG_TEXT, KZGOPS_LOG_INFO);
    KZGOPS_LOG(KZGOPS_LOG_DEBUG, "unseen");
    kzgops_log_write(KZGOPS_LOG_DEBUG, "unseen", NULL, 0);
    assert_string_equal(written(), "");
    kzgops_log_set_level(KZGOPS_LOG_DEBUG);
    assert_int_equal(kzgops_log_get_level(), KZGOPS_LOG_DEBUG);
    KZGOPS_LOG(KZGOPS_LOG_DEBUG, "seen");
    assert_non_null(strstr(written(), " debug seen\n"));
    kzgops_log_set_level(KZGOPS_LOG_ERROR);
    KZGOPS_LOG(KZGOPS_LOG_WARN, "unseen");
    KZGOPS_LOG(KZGOPS_LOG_ERROR, "seen");
    assert_non_null(strstr(written(), "Z error seen\n"));
    assert_true(kzgops_log_level_parse("warn", &level) && level == KZGOPS_LOG_WARN);
    assert_false(kzgops_log_level_parse("loud", &level) || kzgops_log_level_parse("", &level));
    assert_string_equal(kzgops_log_level_name(KZGOPS_LOG_DEBUG), "debug");
    end();
}

static void format__is_json_where_no_terminal_is(void **state) {
    (void)state;
    kzgops_log_format format;
    begin(KZGOPS_LOG_AUTO, KZGOPS_LOG_INFO);
    KZGOPS_LOG(KZGOPS_LOG_INFO, "seen");
    assert_int_equal(written()[0], '{');
    end();
    int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(slave >= 0);
    kzgops_log_init(slave, KZGOPS_LOG_AUTO, KZGOPS_LOG_INFO);
    KZGOPS_LOG(KZGOPS_LOG_INFO, "seen");
    char text[200];
    ssize_t n = read(master, text, sizeof text - 1);
    assert_true(n > 0);
    text[n] = '\0';
    assert_non_null(strstr(text, "Z info seen\r\n"));
    close(slave);
    close(master);
    kzgops_log_init(STDERR_FILENO, KZGOPS_LOG_AUTO, KZGOPS_LOG_INFO);
    assert_true(kzgops_log_format_parse("logfmt", &format) && format == KZGOPS_LOG_LOGFMT);
    assert_false(kzgops_log_format_parse("xml", &format));
}

static void output__that_is_full_costs_the_line_and_says_so_later(void **state) {
    (void)state;
    char want[80];
    begin(KZGOPS_LOG_TEXT, KZGOPS_LOG_INFO);
    uint64_t before = kzgops_log_dropped();
    for (int i = 0; i < 100000 && kzgops_log_dropped() < before + 7; i++) KZGOPS_LOG(KZGOPS_LOG_INFO, "line");
    assert_int_equal(kzgops_log_dropped(), before + 7);
    KZGOPS_LOG(KZGOPS_LOG_ERROR, "line");
    while (written()[0] != '\0') continue;
    KZGOPS_LOG(KZGOPS_LOG_INFO, "again");
    snprintf(want, sizeof want, " warn log_dropped lines=8 debug=0 info=7 warn=0 errors=1\n");
    const char *text = written();
    assert_non_null(strstr(text, want));
    assert_non_null(strstr(text, " info again\n"));
    KZGOPS_LOG(KZGOPS_LOG_INFO, "again");
    assert_null(strstr(written(), "log_dropped"));
    end();
}

static void operations__have_their_levels(void **state) {
    (void)state;
    const kzgops_field more = KZGOPS_U64("items", 3);
    kzgops_log_operation operation = {.operation = "prove", .request_id = "r1", .trace_id = "t1", .slow_ns = 2000000};
    begin(KZGOPS_LOG_TEXT, KZGOPS_LOG_DEBUG);
    kzgops_log_operation_started(&operation);
    assert_non_null(strstr(written(), " debug operation_started operation=prove request_id=r1 trace_id=t1\n"));
    operation.duration_ns = 1999999;
    operation.more = &more;
    operation.more_count = 1;
    kzgops_log_operation_completed(&operation);
    assert_non_null(strstr(written(), " debug operation_completed operation=prove duration_ms=1.999 status=ok "
                                      "request_id=r1 trace_id=t1 items=3\n"));
    operation.duration_ns = 2000000;
    kzgops_log_operation_completed(&operation);
    assert_non_null(strstr(written(), " info operation_completed operation=prove duration_ms=2.000 "));
    operation.error = "not a point";
    kzgops_log_operation_failed(&operation);
    assert_non_null(strstr(written(), " error operation_failed operation=prove duration_ms=2.000 status=failed "
                                      "error=\"not a point\" request_id=r1 trace_id=t1 items=3\n"));
    operation.client_fault = true;
    operation.status = "bad_point";
    operation.request_id = NULL;
    kzgops_log_operation_failed(&operation);
    assert_non_null(strstr(written(), " info operation_failed operation=prove duration_ms=2.000 status=bad_point "
                                      "error=\"not a point\" trace_id=t1 items=3\n"));
    end();
}

/* ---- Cost ---------------------------------------------------------------------------------------------------- */

/* Of this thread: what others do on the machine is not the caller's cost. */
static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static double cost(kzgops_log_level level, int rounds) {
    int64_t from = now_ns();
    for (int i = 0; i < rounds; i++) {
        KZGOPS_LOG(level, "operation_completed", KZGOPS_STR("operation", "verify_blob_kzg_proof_batch"),
                   KZGOPS_MS("duration_ms", 12345678 + i), KZGOPS_STR("status", "ok"),
                   KZGOPS_STR("request_id", "5c0b1dc3fcdab41e-0000002a"),
                   KZGOPS_STR("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"), KZGOPS_U64("items", 6));
    }
    return (double)(now_ns() - from) / rounds;
}

/* Prints, never asserts: the header states what was seen. Bursts of a few hundred lines, as the ring takes them, with
 * the thread writing meanwhile. */
static void bench__of_a_line(void **state) {
    (void)state;
    double line = 0;
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    kzgops_log_init(fd, KZGOPS_LOG_JSON, KZGOPS_LOG_INFO);
    assert_true(kzgops_log_start(&(kzgops_log_config){.ring_bytes = 4 << 20}, NULL));
    uint64_t dropped = kzgops_log_dropped();
    for (int i = 0; i < 200; i++) {
        line += cost(KZGOPS_LOG_WARN, 500) / 200;
        assert_true(kzgops_log_flush(10000));
    }
    print_message("a line: %.0f ns; switched off: %.1f ns; %llu dropped\n", line, cost(KZGOPS_LOG_DEBUG, 1000000),
                  (unsigned long long)(kzgops_log_dropped() - dropped));
    kzgops_log_stop();
    assert_true(kzgops_log_start(&(kzgops_log_config){.lines_per_second = 1}, NULL));
    print_message("suppressed: %.0f ns\n", cost(KZGOPS_LOG_WARN, 200000));
    kzgops_log_stop();
    close(fd);
    kzgops_log_init(STDERR_FILENO, KZGOPS_LOG_AUTO, KZGOPS_LOG_INFO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats__spell_a_line),
        cmocka_unit_test(keys__stand_in_the_fixed_order),
        cmocka_unit_test(keys__that_are_fixed_and_empty_are_left_out),
        cmocka_unit_test(numbers__that_are_none_are_null),
        cmocka_unit_test(numbers__have_a_point_in_every_locale),
        cmocka_unit_test(values__cannot_forge_lines),
        cmocka_unit_test(values__of_any_bytes_stay_in_their_field),
        cmocka_unit_test(lines__are_bounded_and_whole),
        cmocka_unit_test(times__are_those_of_the_calendar),
        cmocka_unit_test(levels__can_change_at_any_time),
        cmocka_unit_test(format__is_json_where_no_terminal_is),
        cmocka_unit_test(output__that_is_full_costs_the_line_and_says_so_later),
        cmocka_unit_test(operations__have_their_levels),
        cmocka_unit_test(bench__of_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
