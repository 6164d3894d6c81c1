/* The diagnosis' reader of metrics, its facts, its spelling of figures, and its archive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "diagnose/facts.h"
#include "diagnose/finding.h"
#include "diagnose/prometheus.h"
#include "diagnose/tar.h"

/* ---- Metrics ------------------------------------------------------------------------------------------------- */

static void metrics__only_that_name_and_label(void **state) {
    static const char text[] = "# HELP a b\na 1\nab 2\na{x=\"1\",y=\"p}q\"} 4\na{x=\"2\"} 8\na_total 16\n";
    (void)state;
    assert_true(prometheus_sum(text, "a", NULL) == 13);
    assert_true(prometheus_sum(text, "a", "x=\"1\"") == 4);
    assert_true(isnan(prometheus_sum(text, "a", "x=\"3\"")));
    assert_true(isnan(prometheus_sum(text, "b", NULL)));
    assert_true(isnan(prometheus_sum("", "a", NULL)));
}

static void metrics__lines_that_are_none(void **state) {
    static const char *const bad[] = {"a", "a ", "a x\n", "a{ 1\n", "a{x=\"1\" 1\n", "a{}1\n", "a{}\n1", "a\n 1"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_true(isnan(prometheus_sum(bad[i], "a", NULL)));
    assert_true(prometheus_sum("a 1", "a", NULL) == 1);
    assert_true(prometheus_sum("a{} 1e3 1700000000", "a", NULL) == 1000);
}

static void metrics__labels(void **state) {
    static const char text[] = "a{xreason=\"no\",reason=\"queue_full\",b=\"\"} 1\n";
    const char *at = text;
    struct prometheus_sample sample;
    char value[32], small[4];
    (void)state;
    assert_true(prometheus_next(&at, "a", &sample));
    prometheus_label(&sample, "reason", value, sizeof value);
    assert_string_equal(value, "queue_full");
    prometheus_label(&sample, "reason", small, sizeof small);
    assert_string_equal(small, "que");
    prometheus_label(&sample, "b", value, sizeof value);
    assert_string_equal(value, "");
    prometheus_label(&sample, "c", value, sizeof value);
    assert_string_equal(value, "");
    assert_false(prometheus_next(&at, "a", &sample));
}

/* ---- Facts --------------------------------------------------------------------------------------------------- */

static void give(struct facts *facts, enum page_id page, long status, const char *type, const char *body) {
    facts_take(facts, page, status, type, strdup(body), strlen(body));
}

static void facts__members_by_path(void **state) {
    static const char body[] = "{\"a\":{\"b\":7,\"c\":\"unlimited\",\"d\":null,\"e\":[1],\"f\":true,\"g\":\"x\"}}";
    struct facts facts = {0};
    (void)state;
    give(&facts, PAGE_MEMORY, 200, "application/json", body);
    assert_true(facts_has(&facts, PAGE_MEMORY));
    assert_true(facts_number(&facts, PAGE_MEMORY, "a.b") == 7);
    assert_true(isinf(facts_number(&facts, PAGE_MEMORY, "a.c")));
    assert_true(isnan(facts_number(&facts, PAGE_MEMORY, "a.d")));
    assert_true(isnan(facts_number(&facts, PAGE_MEMORY, "a.e")));
    assert_true(isnan(facts_number(&facts, PAGE_MEMORY, "a.f")));
    assert_true(isnan(facts_number(&facts, PAGE_MEMORY, "a.g")));
    assert_true(isnan(facts_number(&facts, PAGE_MEMORY, "a.b.c")));
    assert_true(isnan(facts_number(&facts, PAGE_CPU, "a.b")));
    assert_true(facts_flag(&facts, PAGE_MEMORY, "a.f"));
    assert_false(facts_flag(&facts, PAGE_MEMORY, "a.b"));
    assert_string_equal(facts_text(&facts, PAGE_MEMORY, "a.g"), "x");
    assert_null(facts_text(&facts, PAGE_MEMORY, "a.b"));
    assert_int_equal(object_list(facts_member(&facts, PAGE_MEMORY, "a.e")), 1);
    assert_int_equal(object_list(facts_member(&facts, PAGE_MEMORY, "a")), 0);
    facts_free(&facts);
}

static void expect_trouble(long status, const char *type, const char *body, const char *trouble) {
    struct facts facts = {0};
    give(&facts, PAGE_CPU, status, type, body);
    assert_false(facts_has(&facts, PAGE_CPU));
    assert_string_equal(facts.page[PAGE_CPU].trouble, trouble);
    facts_free(&facts);
}

static void facts__answers_that_are_none(void **state) {
    (void)state;
    expect_trouble(404, "application/problem+json", "{\"code\":\"not_found\"}", "answered 404 (not_found)");
    expect_trouble(500, "text/plain", "oh", "answered 500");
    expect_trouble(503, "application/problem+json", "{\"code\":\"draining\"}", "answered 503 (draining)");
    expect_trouble(200, "text/html", "{}", "came as 'text/html', not as JSON");
    expect_trouble(200, "application/json", "{} x", "sent something that is not JSON");
    expect_trouble(200, "application/json", "7", "sent something that is not JSON");
}

static void facts__times(void **state) {
    (void)state;
    assert_int_equal(facts_when("1970-01-02T00:00:01.500Z"), 86401);
    assert_int_equal(facts_when("yesterday"), -1);
    assert_int_equal(facts_when(NULL), -1);
}

/* ---- Findings ------------------------------------------------------------------------------------------------ */

static void findings__too_many_are_counted(void **state) {
    struct findings findings;
    (void)state;
    assert_true(findings_new(&findings));
    findings.rule = "test";
    for (int i = 0; i < 1000; i++) {
        struct finding *finding = find(&findings, SEVERITY_INFO, "s", "number %d", i);
        for (int k = 0; k < 100; k++) evidence_say(finding, "here", "", k, "%0500d", k);
        for (int k = 0; k < 10; k++) find_means_more(finding, "%0300d", k);
        find_next(finding, NULL, "%0900d", i);
    }
    assert_int_equal(findings.count + findings.left_out, 1000);
    assert_true(findings.left_out > 0);
    assert_int_equal(findings.list[0].evidence_count, EVIDENCE_MAX);
    findings_free(&findings);
}

static void findings__order(void **state) {
    struct findings findings;
    (void)state;
    assert_true(findings_new(&findings));
    assert_int_equal(findings_worst(&findings), SEVERITY_OK);
    find(&findings, SEVERITY_OK, NULL, "a");
    find(&findings, SEVERITY_WARNING, NULL, "b");
    find(&findings, SEVERITY_CRITICAL, NULL, "c");
    find(&findings, SEVERITY_WARNING, NULL, "d");
    find_unknown(&findings, NULL, "e");
    findings_sort(&findings);
    char order[6] = "";
    for (size_t i = 0; i < 5; i++) order[i] = findings.list[i].title[strlen(findings.list[i].title) - 1];
    assert_string_equal(order, "cbdea");
    assert_int_equal(findings_worst(&findings), SEVERITY_CRITICAL);
    assert_int_equal(findings_count(&findings, SEVERITY_WARNING), 2);
    findings_free(&findings);
}

static void figures__spelled(void **state) {
    (void)state;
    assert_string_equal(BYTES(NAN), "unknown");
    assert_string_equal(BYTES(INFINITY), "unlimited");
    assert_string_equal(BYTES(-INFINITY), "unlimited");
    assert_string_equal(BYTES(3.5 * 1024 * 1024), "3.5 MiB");
    assert_string_equal(BYTES(-3.5 * 1024 * 1024), "-3.5 MiB");
    assert_non_null(strstr(BYTES(1e300), "iB")); /* no conversion out of range */
    assert_non_null(strstr(BYTES(-1e300), "iB"));
    assert_string_equal(SPAN(119), "119 s");
    assert_string_equal(SPAN(120), "2 min");
    assert_string_equal(SPAN(7200), "2.0 h");
    assert_string_equal(SPAN(172800), "2.0 d");
    assert_string_equal(SPAN(NAN), "unknown");
}

/* ---- Archive ------------------------------------------------------------------------------------------------- */

#define BLOCK 512

/* The archive's bytes, out of gzip. */
static size_t unpack(FILE *file, unsigned char *out, size_t size) {
    rewind(file);
    gzFile in = gzdopen(dup(fileno(file)), "rb");
    assert_non_null(in);
    int n = gzread(in, out, (unsigned)size);
    assert_true(n >= 0);
    assert_int_equal(gzclose(in), Z_OK);
    return (size_t)n;
}

static void tar__files_stand_in_blocks(void **state) {
    static unsigned char out[64 * BLOCK];
    struct tar tar;
    FILE *file = tmpfile();
    (void)state;
    assert_true(tar_begin(&tar, file, 1000000000));
    assert_true(tar_add(&tar, "a/empty", "", 0));
    assert_true(tar_add(&tar, "a/b", "0123456789", 10));
    assert_true(tar_end(&tar));
    assert_int_equal(tar.files, 2);
    assert_int_equal(unpack(file, out, sizeof out), 5 * BLOCK); /* two headers, one block of data, two of zeros */
    assert_string_equal((char *)out, "a/empty");
    assert_memory_equal(out + BLOCK + 124, "00000000012", 12);
    assert_memory_equal(out + BLOCK + 136, "07346545000", 12);
    assert_memory_equal(out + 257, "ustar\00000", 8);
    assert_memory_equal(out + 2 * BLOCK, "0123456789\0", 11);
    fclose(file);
}

static void expect_name(const char *name, bool good, const char *prefix, const char *rest) {
    static unsigned char out[8 * BLOCK];
    struct tar tar;
    FILE *file = tmpfile();
    assert_true(tar_begin(&tar, file, 0));
    assert_int_equal(tar_add(&tar, name, "x", 1), good);
    assert_int_equal(tar_end(&tar), good);
    if (good) {
        unpack(file, out, sizeof out);
        assert_memory_equal(out, rest, strlen(rest));
        assert_int_equal(out[345 + strlen(prefix)], 0);
        assert_memory_equal(out + 345, prefix, strlen(prefix));
    }
    fclose(file);
}

static void tar__names(void **state) {
    char name[400], prefix[156] = "";
    (void)state;
    memset(name, 'a', sizeof name);
    name[100] = '\0';
    expect_name(name, true, "", name);
    name[100] = 'a';
    name[101] = '\0';
    expect_name(name, false, "", "");
    name[40] = '/';
    expect_name(name, true, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", name + 41);
    name[101] = 'a';
    name[40] = 'a';
    name[155] = '/';
    name[255] = '\0';
    memset(prefix, 'a', 155);
    expect_name(name, true, prefix, name + 156);
    prefix[154] = '\0';
    expect_name(name + 1, true, prefix, name + 156);
    name[255] = 'a';
    name[260] = '\0';
    expect_name(name, false, "", "");
    expect_name("/absolute", false, "", "");
    expect_name("", false, "", "");
}

static void tar__a_full_disk_is_told(void **state) {
    struct tar tar;
    FILE *file = fopen("/dev/full", "wb");
    (void)state;
    if (file == NULL) skip();
    setvbuf(file, NULL, _IONBF, 0);
    assert_true(tar_begin(&tar, file, 0));
    for (int i = 0; i < 100; i++) (void)tar_add(&tar, "name", "x", 1);
    assert_false(tar_end(&tar));
    fclose(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics__only_that_name_and_label),
        cmocka_unit_test(metrics__lines_that_are_none),
        cmocka_unit_test(metrics__labels),
        cmocka_unit_test(facts__members_by_path),
        cmocka_unit_test(facts__answers_that_are_none),
        cmocka_unit_test(facts__times),
        cmocka_unit_test(findings__too_many_are_counted),
        cmocka_unit_test(findings__order),
        cmocka_unit_test(figures__spelled),
        cmocka_unit_test(tar__files_stand_in_blocks),
        cmocka_unit_test(tar__names),
        cmocka_unit_test(tar__a_full_disk_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
