/* The readers of the trusted setup's text formats on arbitrary bytes.
 *
 * A whole setup is 800 kB, which a fuzzer does not invent. So the first byte of the input chooses: the rest as it is
 * (even), or as edits of a valid text (1 modulo 4) or JSON (3 modulo 4), each edit 6 bytes: where (3), how (1), with
 * what (2).
 *
 * Properties: no read outside the text; what is taken, written out and read again, is the same; the place of a fault
 * lies inside the lists or the text. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"

#include "base/assert.h"
#include "kzg/setup_text.h"
#include "unit/setup/setup_support.h"

static struct points points, again;
static struct text valid_text, valid_json;

static void make_valid(void) {
    if (valid_text.length > 0) return;
    uint8_t *bytes = (uint8_t *)&points;
    for (size_t i = 0; i < sizeof(points); i++) bytes[i] = (uint8_t)(i * i >> 3 ^ i);
    valid_text = points_to_text(&points, "\n");
    valid_json = points_to_json(&points);
}

static status_code parse(struct points *out, const struct text *text, status_argument *argument, uint64_t *index) {
    return setup_text_parse(text->data, text->length, out->g1_monomial[0], out->g1_lagrange[0], out->g2_monomial[0],
                            argument, index);
}

/* Edits gather at the ends of the text, where the formats change: half of them count from either end. */
static void edit(struct text *text, const uint8_t e[6]) {
    size_t where = (size_t)e[0] | (size_t)e[1] << 8 | (size_t)(e[2] & 0x0f) << 16;
    if (e[2] & 0x40) where &= 0x1ff;
    where %= text->length + 1;
    if (e[2] & 0x80) where = text->length - where;
    size_t rest = text->length - where;
    char with[2] = {(char)e[4], (char)e[5]};
    switch (e[3] % 6) {
    case 0: text_replace(text, where, rest < 1 ? rest : 1, with, 1); break;
    case 1: text_replace(text, where, 0, with, 1); break;
    case 2: text_replace(text, where, rest < e[4] ? rest : e[4], "", 0); break;
    case 3: text->length = where; break;
    case 4: text_replace(text, where, rest < 2 ? rest : 2, with, 2); break;
    default: text_append(text, with, 2); break;
    }
}

static void check_fault(const struct text *text, status_code status, status_argument argument, uint64_t index) {
    KZG_ASSERT(status == ST_SETUP_TRUNCATED || status == ST_SETUP_TRAILING || status == ST_SETUP_MALFORMED);
    if (argument == ARG_SETUP)
        KZG_ASSERT(index <= text->length);
    else if (argument == ARG_G2_MONOMIAL)
        KZG_ASSERT(index <= SETUP_TEXT_G2_POINTS);
    else
        KZG_ASSERT((argument == ARG_G1_MONOMIAL || argument == ARG_G1_LAGRANGE) && index <= SETUP_TEXT_G1_POINTS);
}

static void check(const struct text *text) {
    status_argument argument;
    uint64_t index;
    char *exact = malloc(text->length ? text->length : 1);
    KZG_ASSERT(exact != NULL);
    if (text->length) memcpy(exact, text->data, text->length);
    struct text copy = {exact, text->length, text->length};
    status_code status = parse(&points, &copy, &argument, &index);
    free(exact);
    if (status != ST_OK) {
        check_fault(text, status, argument, index);
        return;
    }
    KZG_ASSERT(argument == ARG_NONE && index == 0);
    struct text written = points_to_text(&points, "\n");
    KZG_ASSERT(parse(&again, &written, &argument, &index) == ST_OK && memcmp(&again, &points, sizeof(points)) == 0);
    text_free(&written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    make_valid();
    struct text text = {0};
    if (size == 0 || data[0] % 2 == 0) {
        text_append(&text, (const char *)data + (size > 0), size - (size > 0));
    } else {
        const struct text *base = data[0] % 4 == 1 ? &valid_text : &valid_json;
        text_append(&text, base->data, base->length);
        for (size_t i = 1; i + 6 <= size; i += 6) edit(&text, data + i);
    }
    check(&text);
    text_free(&text);
    return 0;
}
