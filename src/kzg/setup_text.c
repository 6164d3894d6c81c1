/* A reader with one position that only goes forward; every function returns the status and leaves the place of the
 * fault in the reader. */
#include "kzg/setup_text.h"

#include <stdbool.h>
#include <string.h>

#include "base/hex.h"

struct list {
    const char *name;
    status_argument argument;
    uint64_t count;
    size_t point_bytes;
    uint8_t *out;
    bool seen; /* JSON only */
};

enum { G1_MONOMIAL, G1_LAGRANGE, G2_MONOMIAL, LISTS };

struct reader {
    const char *text;
    size_t length;
    size_t at;
    struct list lists[LISTS];
    status_argument argument;
    uint64_t index;
};

static status_code fail(struct reader *r, status_code code, status_argument argument, uint64_t index) {
    r->argument = argument;
    r->index = index;
    return code;
}

static status_code fail_here(struct reader *r, status_code code) {
    return fail(r, code, ARG_SETUP, r->at);
}

static bool at_end(const struct reader *r) {
    return r->at == r->length;
}

static bool next_is(const struct reader *r, char c) {
    return !at_end(r) && r->text[r->at] == c;
}

static bool skip(struct reader *r, char c) {
    bool found = next_is(r, c);
    if (found) r->at++;
    return found;
}

/* What is wrong where something else was expected: nothing more, or something. */
static status_code early_or_malformed(const struct reader *r) {
    return at_end(r) ? ST_SETUP_TRUNCATED : ST_SETUP_MALFORMED;
}

static status_code expect(struct reader *r, char c) {
    return skip(r, c) ? ST_OK : fail_here(r, early_or_malformed(r));
}

static status_code read_hex(struct reader *r, uint8_t *out, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        int value = 0;
        for (int half = 0; half < 2; half++) {
            int digit = at_end(r) ? -1 : hex_digit(r->text[r->at]);
            if (digit < 0) return early_or_malformed(r);
            value = value << 4 | digit;
            r->at++;
        }
        out[i] = (uint8_t)value;
    }
    return ST_OK;
}

/* ---- c-kzg's text ------------------------------------------------------------------------------------------ */

/* LF or CRLF. A CR alone is left unread. */
static bool skip_line_end(struct reader *r) {
    size_t start = r->at;
    skip(r, '\r');
    if (skip(r, '\n')) return true;
    r->at = start;
    return false;
}

static status_code read_count_line(struct reader *r, const char *count) {
    for (const char *c = count; *c != '\0'; c++) {
        status_code status = expect(r, *c);
        if (status != ST_OK) return status;
    }
    return skip_line_end(r) ? ST_OK : fail_here(r, early_or_malformed(r));
}

static status_code read_lines(struct reader *r, struct list *list) {
    for (uint64_t i = 0; i < list->count; i++) {
        status_code status = read_hex(r, list->out + i * list->point_bytes, list->point_bytes);
        if (status == ST_OK && !skip_line_end(r) && !at_end(r)) status = ST_SETUP_MALFORMED; /* more on the line */
        if (status != ST_OK) return fail(r, status, list->argument, i);
    }
    return ST_OK;
}

static status_code read_text(struct reader *r) {
    static const int order[LISTS] = {G1_LAGRANGE, G2_MONOMIAL, G1_MONOMIAL};
    status_code status = read_count_line(r, "4096");
    if (status == ST_OK) status = read_count_line(r, "65");
    for (int i = 0; i < LISTS && status == ST_OK; i++) status = read_lines(r, &r->lists[order[i]]);
    if (status == ST_OK && !at_end(r)) return fail_here(r, ST_SETUP_TRAILING);
    return status;
}

/* ---- JSON -------------------------------------------------------------------------------------------------- */

static void skip_space(struct reader *r) {
    while (next_is(r, ' ') || next_is(r, '\t') || next_is(r, '\n') || next_is(r, '\r')) r->at++;
}

static status_code read_json_point(struct reader *r, struct list *list, uint64_t index) {
    const char *const before = "\"0x";
    status_code status = ST_OK;
    for (const char *c = before; *c != '\0' && status == ST_OK; c++)
        if (!skip(r, *c)) status = early_or_malformed(r);
    if (status == ST_OK) status = read_hex(r, list->out + index * list->point_bytes, list->point_bytes);
    if (status == ST_OK && !skip(r, '"')) status = early_or_malformed(r);
    return status == ST_OK ? ST_OK : fail(r, status, list->argument, index);
}

/* What must follow point index: a comma before all but the last, the bracket after the last. */
static status_code read_json_separator(struct reader *r, const struct list *list, uint64_t index) {
    bool last = index + 1 == list->count;
    skip_space(r);
    if (skip(r, last ? ']' : ',')) return ST_OK;
    if (last && next_is(r, ',')) return fail(r, ST_SETUP_TRAILING, list->argument, list->count);
    if (!last && next_is(r, ']')) return fail(r, ST_SETUP_TRUNCATED, list->argument, index + 1);
    return fail(r, early_or_malformed(r), list->argument, index);
}

static status_code read_json_list(struct reader *r, struct list *list) {
    status_code status = expect(r, '[');
    skip_space(r);
    if (status == ST_OK && next_is(r, ']')) return fail(r, ST_SETUP_TRUNCATED, list->argument, 0);
    for (uint64_t i = 0; i < list->count && status == ST_OK; i++) {
        skip_space(r);
        status = read_json_point(r, list, i);
        if (status == ST_OK) status = read_json_separator(r, list, i);
    }
    return status;
}

/* Reads a quoted member name and finds its list, each of which may come once. */
static status_code read_json_name(struct reader *r, struct list **ret_list) {
    size_t start = r->at;
    status_code status = expect(r, '"');
    if (status != ST_OK) return status;
    for (int i = 0; i < LISTS; i++) {
        struct list *list = &r->lists[i];
        size_t n = strlen(list->name);
        if (r->length - r->at <= n || memcmp(r->text + r->at, list->name, n) != 0 || r->text[r->at + n] != '"')
            continue;
        if (list->seen) return fail(r, ST_SETUP_MALFORMED, ARG_SETUP, start);
        list->seen = true;
        r->at += n + 1;
        *ret_list = list;
        return ST_OK;
    }
    bool closed = memchr(r->text + r->at, '"', r->length - r->at) != NULL;
    return fail(r, closed ? ST_SETUP_MALFORMED : ST_SETUP_TRUNCATED, ARG_SETUP, start);
}

static status_code read_json_member(struct reader *r) {
    struct list *list = NULL;
    skip_space(r);
    status_code status = read_json_name(r, &list);
    if (status != ST_OK) return status;
    skip_space(r);
    status = expect(r, ':');
    if (status != ST_OK) return status;
    skip_space(r);
    return read_json_list(r, list);
}

/* After '{'. */
static status_code read_json(struct reader *r) {
    status_code status = ST_OK;
    skip_space(r);
    if (!skip(r, '}')) {
        do {
            status = read_json_member(r);
            skip_space(r);
        } while (status == ST_OK && skip(r, ','));
        if (status == ST_OK) status = expect(r, '}');
    }
    if (status != ST_OK) return status;
    for (int i = 0; i < LISTS; i++)
        if (!r->lists[i].seen) return fail(r, ST_SETUP_TRUNCATED, r->lists[i].argument, 0);
    skip_space(r);
    return at_end(r) ? ST_OK : fail_here(r, ST_SETUP_TRAILING);
}

/* ------------------------------------------------------------------------------------------------------------ */

static status_code read_either(struct reader *r) {
    skip_space(r);
    if (at_end(r)) return fail_here(r, ST_SETUP_TRUNCATED);
    if (skip(r, '{')) return read_json(r);
    r->at = 0;
    return read_text(r);
}

status_code setup_text_parse(const char *text, size_t length, uint8_t *g1_monomial, uint8_t *g1_lagrange,
                             uint8_t *g2_monomial, status_argument *ret_argument, uint64_t *ret_index) {
    struct reader r = {
        .text = text,
        .length = length,
        .lists =
            {
                [G1_MONOMIAL] = {"g1_monomial", ARG_G1_MONOMIAL, SETUP_TEXT_G1_POINTS, SETUP_TEXT_G1_BYTES,
                                 g1_monomial, false},
                [G1_LAGRANGE] = {"g1_lagrange", ARG_G1_LAGRANGE, SETUP_TEXT_G1_POINTS, SETUP_TEXT_G1_BYTES,
                                 g1_lagrange, false},
                [G2_MONOMIAL] = {"g2_monomial", ARG_G2_MONOMIAL, SETUP_TEXT_G2_POINTS, SETUP_TEXT_G2_BYTES,
                                 g2_monomial, false},
            },
        .argument = ARG_NONE,
    };
    status_code status = read_either(&r);
    *ret_argument = r.argument;
    *ret_index = r.index;
    return status;
}
