/* The readers of the trusted setup's text formats: what they take, what they refuse, and where they say the fault is.
 * The points are arbitrary bytes: the reader does not look into them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kzg/setup_text.h"
#include "unit/setup/setup_support.h"

static struct points source, got;

static void fill_source(void) {
    uint64_t x = 0x9e3779b97f4a7c15;
    uint8_t *bytes = (uint8_t *)&source;
    for (size_t i = 0; i < sizeof(source); i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        bytes[i] = (uint8_t)(x >> 32);
    }
}

static status_code parse(const struct text *text, status_argument *argument, uint64_t *index) {
    /* A copy of exact size: a read past the end is found by AddressSanitizer and valgrind. */
    char *exact = malloc(text->length ? text->length : 1);
    assert_non_null(exact);
    if (text->length) memcpy(exact, text->data, text->length);
    memset(&got, 0xa5, sizeof(got));
    *argument = ARG_COUNT;
    *index = UINT64_MAX;
    status_code status = setup_text_parse(exact, text->length, got.g1_monomial[0], got.g1_lagrange[0],
                                          got.g2_monomial[0], argument, index);
    free(exact);
    return status;
}

static void expect_ok(const struct text *text) {
    status_argument argument;
    uint64_t index;
    assert_string_equal(status_code_name(parse(text, &argument, &index)), "ok");
    assert_int_equal(argument, ARG_NONE);
    assert_int_equal(index, 0);
    assert_memory_equal(&got, &source, sizeof(got));
}

static void expect_fault(const struct text *text, status_code status, status_argument argument, uint64_t index) {
    status_argument got_argument;
    uint64_t got_index;
    assert_string_equal(status_code_name(parse(text, &got_argument, &got_index)), status_code_name(status));
    assert_string_equal(status_argument_name(got_argument), status_argument_name(argument));
    assert_int_equal(got_index, index);
}

/* ---- Text ------------------------------------------------------------------------------------------------------ */

static void text__is_read(void **state) {
    (void)state;
    struct text text = points_to_text(&source, "\n");
    expect_ok(&text);
    text.length--; /* no line end behind the last point */
    expect_ok(&text);
    for (size_t i = 8; i < text.length; i++)
        if (text.data[i] >= 'a') text.data[i] -= 'a' - 'A';
    expect_ok(&text);
    text_free(&text);
}

static void text__crlf_is_read(void **state) {
    (void)state;
    struct text text = points_to_text(&source, "\r\n");
    expect_ok(&text);
    text.length -= 2;
    expect_ok(&text);
    text_free(&text);
}

static void text__cr_alone_is_refused(void **state) {
    (void)state;
    struct text text = points_to_text(&source, "\r");
    expect_fault(&text, ST_SETUP_MALFORMED, ARG_SETUP, 4);
    text_free(&text);
    text = points_to_text(&source, "\r\n");
    text.length--;
    expect_fault(&text, ST_SETUP_MALFORMED, ARG_G1_MONOMIAL, 4095);
    text_free(&text);
}

/* Cut after any byte of the first lines, of both borders between lists, and of the end: always truncated, never
 * taken, and the point that is missing is named. */
static void text__cut_anywhere_is_truncated(void **state) {
    (void)state;
    static const struct {
        status_argument list, before;
        size_t index, index_before;
    } around[] = {
        {ARG_G1_LAGRANGE, ARG_SETUP, 0, 0},          {ARG_G1_LAGRANGE, ARG_G1_LAGRANGE, 4095, 4094},
        {ARG_G2_MONOMIAL, ARG_G1_LAGRANGE, 0, 4095}, {ARG_G2_MONOMIAL, ARG_G2_MONOMIAL, 64, 63},
        {ARG_G1_MONOMIAL, ARG_G2_MONOMIAL, 0, 64},   {ARG_G1_MONOMIAL, ARG_G1_MONOMIAL, 4095, 4094},
    };
    struct text text = points_to_text(&source, "\n");
    for (size_t n = 0; n < 8; n++) {
        struct text cut = {text.data, n, 0};
        expect_fault(&cut, ST_SETUP_TRUNCATED, ARG_SETUP, n);
    }
    for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
        size_t start = text_offset(around[i].list, around[i].index);
        size_t digits = around[i].list == ARG_G2_MONOMIAL ? 192 : 96;
        for (size_t n = start; n < start + digits; n += n - start < 3 || start + digits - n < 4 ? 1 : 13) {
            struct text cut = {text.data, n, 0};
            expect_fault(&cut, ST_SETUP_TRUNCATED, around[i].list, around[i].index);
        }
        struct text cut = {text.data, start - 2, 0};
        if (around[i].before != ARG_SETUP)
            expect_fault(&cut, ST_SETUP_TRUNCATED, around[i].before, around[i].index_before);
    }
    text_free(&text);
}

/* Earlier versions of the format: no monomial G1. */
static void text__without_g1_monomial_is_truncated(void **state) {
    (void)state;
    struct text text = points_to_text(&source, "\n");
    text.length = text_offset(ARG_G1_MONOMIAL, 0);
    expect_fault(&text, ST_SETUP_TRUNCATED, ARG_G1_MONOMIAL, 0);
    text_free(&text);
}

static void text__bad_digit_names_the_point(void **state) {
    (void)state;
    static const char bad[] = {'g', 'G', ' ', '\0', '-', '\n', '\r', 'x', '\x80', '/', ':', '@', '`', '"'};
    static const struct {
        status_argument list;
        size_t index, digit;
    } places[] = {{ARG_G1_LAGRANGE, 0, 0},  {ARG_G1_LAGRANGE, 17, 1},   {ARG_G1_LAGRANGE, 4095, 95},
                  {ARG_G2_MONOMIAL, 0, 0},  {ARG_G2_MONOMIAL, 64, 191}, {ARG_G1_MONOMIAL, 0, 0},
                  {ARG_G1_MONOMIAL, 1, 50}, {ARG_G1_MONOMIAL, 4095, 95}};
    struct text text = points_to_text(&source, "\n");
    for (size_t p = 0; p < sizeof(places) / sizeof(places[0]); p++)
        for (size_t b = 0; b < sizeof(bad); b++) {
            char *c = &text.data[text_offset(places[p].list, places[p].index) + places[p].digit];
            char saved = *c;
            *c = bad[b];
            expect_fault(&text, ST_SETUP_MALFORMED, places[p].list, places[p].index);
            *c = saved;
        }
    expect_ok(&text);
    text_free(&text);
}

static void text__long_and_short_lines_are_refused(void **state) {
    (void)state;
    static const struct {
        status_argument list;
        size_t index;
    } places[] = {{ARG_G1_LAGRANGE, 0},  {ARG_G1_LAGRANGE, 4095}, {ARG_G2_MONOMIAL, 0},
                  {ARG_G2_MONOMIAL, 64}, {ARG_G1_MONOMIAL, 0},    {ARG_G1_MONOMIAL, 4095}};
    static const char *const more[] = {"0", "00", " ", "\t", ",", "\r", "0x"};
    for (size_t p = 0; p < sizeof(places) / sizeof(places[0]); p++) {
        size_t start = text_offset(places[p].list, places[p].index);
        size_t end = start + (places[p].list == ARG_G2_MONOMIAL ? 192 : 96);
        for (size_t m = 0; m < sizeof(more) / sizeof(more[0]); m++) {
            struct text text = points_to_text(&source, "\n");
            text_replace(&text, end, 0, more[m], strlen(more[m]));
            if (strcmp(more[m], "\r") == 0)
                expect_ok(&text);
            else
                expect_fault(&text, ST_SETUP_MALFORMED, places[p].list, places[p].index);
            text_free(&text);
        }
        for (size_t less = 1; less <= 3; less++) {
            struct text text = points_to_text(&source, "\n");
            text_replace(&text, end - less, less, "", 0);
            expect_fault(&text, ST_SETUP_MALFORMED, places[p].list, places[p].index);
            text_free(&text);
        }
        struct text text = points_to_text(&source, "\n");
        text_replace(&text, start, 0, "0x", 2);
        expect_fault(&text, ST_SETUP_MALFORMED, places[p].list, places[p].index);
        text_free(&text);
    }
}

static void text__missing_and_extra_lines_are_refused(void **state) {
    (void)state;
    struct text text = points_to_text(&source, "\n");
    text_replace(&text, text_offset(ARG_G1_LAGRANGE, 100), 97, "", 0);
    expect_fault(&text, ST_SETUP_MALFORMED, ARG_G1_LAGRANGE, 4095); /* a G2 point's line is longer */
    text_free(&text);

    text = points_to_text(&source, "\n");
    text_replace(&text, text_offset(ARG_G2_MONOMIAL, 5), 193, "", 0);
    expect_fault(&text, ST_SETUP_MALFORMED, ARG_G2_MONOMIAL, 64);
    text_free(&text);

    text = points_to_text(&source, "\n");
    text_replace(&text, text_offset(ARG_G1_MONOMIAL, 5), 97, "", 0);
    expect_fault(&text, ST_SETUP_TRUNCATED, ARG_G1_MONOMIAL, 4095);
    text_free(&text);

    text = points_to_text(&source, "\n");
    char line[97];
    memcpy(line, text.data + 8, sizeof(line));
    text_replace(&text, 8, 0, line, sizeof(line));
    expect_fault(&text, ST_SETUP_MALFORMED, ARG_G2_MONOMIAL, 0);
    text_free(&text);

    text = points_to_text(&source, "\n");
    text_replace(&text, text_offset(ARG_G1_MONOMIAL, 7), 0, "\n", 1);
    expect_fault(&text, ST_SETUP_MALFORMED, ARG_G1_MONOMIAL, 7);
    text_free(&text);
}

static void text__trailing_data_is_refused(void **state) {
    (void)state;
    static const char *const behind[] = {"\n", "\r\n", " ", "0", "\t", "4096\n65\n", "#"};
    for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
        struct text text = points_to_text(&source, "\n");
        size_t end = text.length;
        text_append_string(&text, behind[i]);
        expect_fault(&text, ST_SETUP_TRAILING, ARG_SETUP, end);
        text_free(&text);
    }
    struct text text = points_to_text(&source, "\n");
    size_t end = text.length;
    text_append(&text, "", 1); /* a NUL */
    expect_fault(&text, ST_SETUP_TRAILING, ARG_SETUP, end);
    text_free(&text);
    text = points_to_text(&source, "\n");
    struct text twice = points_to_text(&source, "\n");
    text_append(&twice, text.data, text.length);
    expect_fault(&twice, ST_SETUP_TRAILING, ARG_SETUP, end);
    text_free(&twice);
    text_free(&text);
}

static void text__other_counts_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *head;
        uint64_t offset;
    } heads[] = {{"4095\n65\n", 3},
                 {"4097\n65\n", 3},
                 {"4096\n64\n", 6},
                 {"4096\n66\n", 6},
                 {"65\n4096\n", 0},
                 {"0\n0\n", 0},
                 {"-4096\n65\n", 0},
                 {"+4096\n65\n", 0},
                 {" 4096\n65\n", 0},
                 {"04096\n65\n", 0},
                 {"0x1000\n65\n", 0},
                 {"4096 65\n", 4},
                 {"4096\n65 \n", 7},
                 {"4096\n\n65\n", 5},
                 {"40960\n65\n", 4},
                 {"4096\n18446744073709551681\n", 5},
                 {"18446744073709555712\n65\n", 0},
                 {"99999999999999999999999999999999999999999999\n65\n", 0},
                 {"\xef\xbb\xbf"
                  "4096\n65\n",
                  0},
                 {"4096\r65\n", 4}};
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        struct text text = points_to_text(&source, "\n");
        text_replace(&text, 0, 8, heads[i].head, strlen(heads[i].head));
        expect_fault(&text, ST_SETUP_MALFORMED, ARG_SETUP, heads[i].offset);
        text_free(&text);
    }
}

/* ---- JSON ------------------------------------------------------------------------------------------------------ */

/* Offset of the opening quote of a point in what points_to_json writes. */
static size_t json_offset(const struct text *text, status_argument list, size_t index) {
    const char *name = status_argument_name(list);
    const char *at = memmem(text->data, text->length, name, strlen(name));
    assert_non_null(at);
    at = memchr(at, '[', 100);
    assert_non_null(at);
    return (size_t)(at - text->data) + 6 + index * ((list == ARG_G2_MONOMIAL ? 192 : 96) + 10);
}

static void json__is_read(void **state) {
    (void)state;
    struct text text = points_to_json(&source);
    assert_int_equal(text.data[json_offset(&text, ARG_G2_MONOMIAL, 64)], '"');
    assert_int_equal(text.data[json_offset(&text, ARG_G1_LAGRANGE, 4095)], '"');
    expect_ok(&text);
    text_replace(&text, 0, 0, "\r\n\t ", 4);
    text_append_string(&text, " \r\n\t");
    expect_ok(&text);
    text_free(&text);
}

static void json__without_space_in_any_order_is_read(void **state) {
    (void)state;
    static const struct {
        status_argument order[3];
    } orders[] = {{{ARG_G1_LAGRANGE, ARG_G2_MONOMIAL, ARG_G1_MONOMIAL}},
                  {{ARG_G2_MONOMIAL, ARG_G1_MONOMIAL, ARG_G1_LAGRANGE}}};
    struct text whole = points_to_json(&source);
    for (size_t o = 0; o < 2; o++) {
        struct text text = {0};
        for (size_t i = 0; i < 3; i++) {
            status_argument list = orders[o].order[i];
            text_append_string(&text, i == 0 ? "{\"" : ",\"");
            text_append_string(&text, status_argument_name(list));
            text_append_string(&text, "\":");
            const char *start = whole.data + json_offset(&whole, list, 0) - 6;
            const char *end = memchr(start, ']', whole.length - (size_t)(start - whole.data));
            for (const char *c = start; c <= end; c++)
                if (*c != ' ' && *c != '\n') text_append(&text, c, 1);
        }
        text_append_string(&text, "}");
        expect_ok(&text);
        text_free(&text);
    }
    text_free(&whole);
}

static void json__cut_anywhere_is_truncated(void **state) {
    (void)state;
    struct text text = points_to_json(&source);
    size_t start = json_offset(&text, ARG_G2_MONOMIAL, 64);
    size_t step = 1;
    for (size_t n = 0; n + 1 < text.length; n += step) { /* without the last line end it is whole */
        step = n > 400 && n + 400 < text.length && (n < start - 300 || n > start + 300) ? 9973 : 1;
        struct text cut = {text.data, n, 0};
        status_argument argument;
        uint64_t index;
        assert_int_equal(parse(&cut, &argument, &index), ST_SETUP_TRUNCATED);
    }
    struct text cut = {text.data, start + 100, 0};
    expect_fault(&cut, ST_SETUP_TRUNCATED, ARG_G2_MONOMIAL, 64);
    cut.length = json_offset(&text, ARG_G1_LAGRANGE, 77) + 98; /* without its closing quote */
    expect_fault(&cut, ST_SETUP_TRUNCATED, ARG_G1_LAGRANGE, 77);
    text_free(&text);
}

static void json__missing_point_is_truncated(void **state) {
    (void)state;
    static const status_argument lists[] = {ARG_G1_MONOMIAL, ARG_G1_LAGRANGE, ARG_G2_MONOMIAL};
    for (size_t i = 0; i < 3; i++) {
        struct text text = points_to_json(&source);
        bool g2 = lists[i] == ARG_G2_MONOMIAL;
        text_replace(&text, json_offset(&text, lists[i], 3), (g2 ? 192 : 96) + 10, "", 0);
        expect_fault(&text, ST_SETUP_TRUNCATED, lists[i], g2 ? 64 : 4095);
        text_free(&text);
    }
}

static void json__extra_point_is_trailing(void **state) {
    (void)state;
    static const status_argument lists[] = {ARG_G1_MONOMIAL, ARG_G1_LAGRANGE, ARG_G2_MONOMIAL};
    for (size_t i = 0; i < 3; i++) {
        struct text text = points_to_json(&source);
        bool g2 = lists[i] == ARG_G2_MONOMIAL;
        char entry[202];
        size_t at = json_offset(&text, lists[i], 0), size = (g2 ? 192 : 96) + 10;
        memcpy(entry, text.data + at, size);
        text_replace(&text, at, 0, entry, size);
        expect_fault(&text, ST_SETUP_TRAILING, lists[i], g2 ? 65 : 4096);
        text_free(&text);
    }
}

/* A point that is not "0x" and the exact number of digits. */
static void json__bad_point_is_named(void **state) {
    (void)state;
    static const struct {
        size_t offset, length;
        const char *by;
    } edits[] = {{1, 2, ""},    {1, 2, "0X"}, {1, 2, "00"},    {1, 1, ""},         {3, 1, ""},    {3, 2, ""},
                 {3, 0, "0"},   {3, 0, "00"}, {10, 1, "g"},    {10, 1, "\\"},      {10, 1, "\n"}, {10, 1, "\""},
                 {0, 1, ""},    {0, 1, "'"},  {0, 0, ","},     {0, 0, "null,"},    {0, 0, "1,"},  {0, 0, "[[[["},
                 {0, 0, "{},"}, {3, 1, " a"}, {0, 0, "\"\","}, {1, 2, "\\u0030x"}, {0, 0, "]"},   {0, 0, "\x01"}};
    static const struct {
        status_argument list;
        size_t index;
    } places[] = {{ARG_G1_MONOMIAL, 0}, {ARG_G1_LAGRANGE, 4095}, {ARG_G2_MONOMIAL, 31}};
    for (size_t p = 0; p < 3; p++)
        for (size_t e = 0; e < sizeof(edits) / sizeof(edits[0]); e++) {
            struct text text = points_to_json(&source);
            size_t at = json_offset(&text, places[p].list, places[p].index) + edits[e].offset;
            text_replace(&text, at, edits[e].length, edits[e].by, strlen(edits[e].by));
            bool empty_list = strcmp(edits[e].by, "]") == 0 && places[p].index == 0;
            expect_fault(&text, empty_list ? ST_SETUP_TRUNCATED : ST_SETUP_MALFORMED, places[p].list,
                         places[p].index);
            text_free(&text);
        }
}

static void replace_first(struct text *text, const char *what, const char *by) {
    const char *at = memmem(text->data, text->length, what, strlen(what));
    assert_non_null(at);
    text_replace(text, (size_t)(at - text->data), strlen(what), by, strlen(by));
}

static void json__members_are_exact(void **state) {
    (void)state;
    static const struct {
        const char *what, *by;
        status_code status;
        uint64_t offset;
    } edits[] = {{"g1_monomial", "g1_monomia", ST_SETUP_MALFORMED, 4},
                 {"g1_monomial", "g1_monomial_", ST_SETUP_MALFORMED, 4},
                 {"g1_monomial", "G1_monomial", ST_SETUP_MALFORMED, 4},
                 {"g1_monomial", "setup_G1", ST_SETUP_MALFORMED, 4},
                 {"g1_monomial", "", ST_SETUP_MALFORMED, 4},
                 {"g1_monomial", "g1\\u005fmonomial", ST_SETUP_MALFORMED, 4},
                 {"{", "{\"comment\": \"\",", ST_SETUP_MALFORMED, 1},
                 {"{", "{\"comment\": {\"a\": [1, 2]},", ST_SETUP_MALFORMED, 1},
                 {"{", "[", ST_SETUP_MALFORMED, 0},
                 {"{", "{{", ST_SETUP_MALFORMED, 1},
                 {"{", "{,", ST_SETUP_MALFORMED, 1},
                 {": [", " [", ST_SETUP_MALFORMED, 18},
                 {": [", ": {", ST_SETUP_MALFORMED, 19},
                 {": [", ": null, [", ST_SETUP_MALFORMED, 19},
                 {": [", "= [", ST_SETUP_MALFORMED, 17}};
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        struct text text = points_to_json(&source);
        replace_first(&text, edits[i].what, edits[i].by);
        expect_fault(&text, edits[i].status, ARG_SETUP, edits[i].offset);
        text_free(&text);
    }
}

static void json__duplicate_member_is_refused(void **state) {
    (void)state;
    struct text text = points_to_json(&source);
    const char *name = memmem(text.data, text.length, "\"g1_lagrange\"", 13);
    size_t offset = (size_t)(name - text.data);
    replace_first(&text, "g1_lagrange", "g1_monomial");
    expect_fault(&text, ST_SETUP_MALFORMED, ARG_SETUP, offset);
    text_free(&text);
}

static void json__missing_member_is_truncated(void **state) {
    (void)state;
    struct text empty = {0};
    text_append_string(&empty, " {} ");
    expect_fault(&empty, ST_SETUP_TRUNCATED, ARG_G1_MONOMIAL, 0);
    text_free(&empty);

    struct text text = points_to_json(&source);
    size_t first = 2, second = json_offset(&text, ARG_G1_LAGRANGE, 0) - 24;
    assert_memory_equal(text.data + second, "\n  \"g1_lagrange\"", 15);
    text_replace(&text, first, second - first, "", 0); /* an earlier version of the format */
    expect_fault(&text, ST_SETUP_TRUNCATED, ARG_G1_MONOMIAL, 0);
    text_free(&text);

    text = points_to_json(&source);
    size_t third = json_offset(&text, ARG_G2_MONOMIAL, 0) - 25;
    assert_memory_equal(text.data + third, ",\n  \"g2_monomial\"", 16);
    text_replace(&text, third, text.length - third, "}", 1);
    expect_fault(&text, ST_SETUP_TRUNCATED, ARG_G2_MONOMIAL, 0);
    text_free(&text);
}

static void json__end_is_exact(void **state) {
    (void)state;
    static const char *const ends[] = {"\n},", "\n}}", "\n}]", "\n}\n{}", "\n} x", "\n}\n4096\n"};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct text text = points_to_json(&source);
        text.length -= 3;
        size_t end = text.length + 2 + strspn(ends[i] + 2, " \n");
        text_append_string(&text, ends[i]);
        expect_fault(&text, ST_SETUP_TRAILING, ARG_SETUP, end);
        text_free(&text);
    }
    struct text text = points_to_json(&source);
    text_replace(&text, text.length - 3, 0, ",", 1);
    expect_fault(&text, ST_SETUP_MALFORMED, ARG_SETUP, text.length - 2);
    text_free(&text);
}

/* ---- Neither --------------------------------------------------------------------------------------------------- */

static void nothing__is_truncated(void **state) {
    (void)state;
    status_argument argument;
    uint64_t index;
    assert_int_equal(
        setup_text_parse(NULL, 0, got.g1_monomial[0], got.g1_lagrange[0], got.g2_monomial[0], &argument, &index),
        ST_SETUP_TRUNCATED);
    assert_int_equal(argument, ARG_SETUP);
    struct text blank = {0};
    text_append_string(&blank, " \n\r\t ");
    expect_fault(&blank, ST_SETUP_TRUNCATED, ARG_SETUP, 5);
    text_free(&blank);
}

static void garbage__is_malformed(void **state) {
    (void)state;
    struct text zeros = {0}, noise = {0}, brackets = {0};
    for (int i = 0; i < 200000; i++) {
        text_append(&zeros, "", 1);
        text_append(&brackets, "[", 1);
    }
    text_append(&noise, "\xff\xfe", 2);
    text_append(&noise, (const char *)&source, sizeof(source));
    expect_fault(&zeros, ST_SETUP_MALFORMED, ARG_SETUP, 0);
    expect_fault(&noise, ST_SETUP_MALFORMED, ARG_SETUP, 0);
    expect_fault(&brackets, ST_SETUP_MALFORMED, ARG_SETUP, 0);
    text_free(&zeros);
    text_free(&noise);
    text_free(&brackets);
}

/* The reference file itself, where there is one: taken whole; refused with its last digit cut. */
static void reference__is_exact(void **state) {
    (void)state;
    struct text text = read_reference_setup();
    if (text.length == 0) skip();
    status_argument argument;
    uint64_t index;
    assert_int_equal(parse(&text, &argument, &index), ST_OK);
    struct text again = points_to_text(&got, "\n");
    assert_int_equal(again.length, text.length);
    assert_memory_equal(again.data, text.data, text.length);
    text.length -= 2;
    expect_fault(&text, ST_SETUP_TRUNCATED, ARG_G1_MONOMIAL, 4095);
    text_free(&again);
    text_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text__is_read),
        cmocka_unit_test(text__crlf_is_read),
        cmocka_unit_test(text__cr_alone_is_refused),
        cmocka_unit_test(text__cut_anywhere_is_truncated),
        cmocka_unit_test(text__without_g1_monomial_is_truncated),
        cmocka_unit_test(text__bad_digit_names_the_point),
        cmocka_unit_test(text__long_and_short_lines_are_refused),
        cmocka_unit_test(text__missing_and_extra_lines_are_refused),
        cmocka_unit_test(text__trailing_data_is_refused),
        cmocka_unit_test(text__other_counts_are_refused),
        cmocka_unit_test(json__is_read),
        cmocka_unit_test(json__without_space_in_any_order_is_read),
        cmocka_unit_test(json__cut_anywhere_is_truncated),
        cmocka_unit_test(json__missing_point_is_truncated),
        cmocka_unit_test(json__extra_point_is_trailing),
        cmocka_unit_test(json__bad_point_is_named),
        cmocka_unit_test(json__members_are_exact),
        cmocka_unit_test(json__duplicate_member_is_refused),
        cmocka_unit_test(json__missing_member_is_truncated),
        cmocka_unit_test(json__end_is_exact),
        cmocka_unit_test(nothing__is_truncated),
        cmocka_unit_test(garbage__is_malformed),
        cmocka_unit_test(reference__is_exact),
    };
    fill_source();
    return cmocka_run_group_tests_name("setup_text", tests, NULL, NULL);
}
