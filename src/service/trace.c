#include "service/trace.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define FLAG_SAMPLED    1
#define VERSION_AT      0
#define ID_AT           3
#define SPAN_AT         36
#define FLAGS_AT        53
#define KEY_MAX         256
#define VALUE_MAX       256
#define VERSION_INVALID 0xff

/* ---- traceparent --------------------------------------------------------------------------------------------- */

/* Lower-case hex only: the specification has no other. -1 for anything else. */
static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int hex_byte(const char *text) {
    int high = hex_digit(text[0]), low = hex_digit(text[1]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Hex digits that are not all zero. */
static bool is_id(const char *text, size_t length) {
    bool zero = true;
    for (size_t i = 0; i < length; i++) {
        if (hex_digit(text[i]) < 0) return false;
        zero = zero && text[i] == '0';
    }
    return !zero;
}

/* A version above 00 may have more behind another dash; of what is before it, the meaning stays. Version ff is none.
 */
static bool has_shape(const char *value, size_t length) {
    if (length < TRACE_PARENT_LENGTH) return false;
    int version = hex_byte(value + VERSION_AT);
    if (version < 0 || version == VERSION_INVALID) return false;
    if (version == 0 && length != TRACE_PARENT_LENGTH) return false;
    if (length > TRACE_PARENT_LENGTH && value[TRACE_PARENT_LENGTH] != '-') return false;
    return value[ID_AT - 1] == '-' && value[SPAN_AT - 1] == '-' && value[FLAGS_AT - 1] == '-';
}

void trace_take_parent(struct trace_headers *headers, const char *value, size_t length) {
    headers->parents++;
    headers->valid = has_shape(value, length) && is_id(value + ID_AT, TRACE_ID_LENGTH) &&
                     is_id(value + SPAN_AT, TRACE_SPAN_LENGTH) && hex_byte(value + FLAGS_AT) >= 0;
    if (!headers->valid) return;
    memcpy(headers->id, value + ID_AT, TRACE_ID_LENGTH);
    headers->id[TRACE_ID_LENGTH] = '\0';
    headers->flags = (uint8_t)(hex_byte(value + FLAGS_AT) & FLAG_SAMPLED);
}

/* ---- tracestate ---------------------------------------------------------------------------------------------- */

static bool is_key_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c != '\0' && strchr("_-*/@", c) != NULL);
}

/* key=value, the value of printable characters without comma and equals sign, not ending in a blank. */
static bool is_member(const char *text, size_t length) {
    const char *equal = memchr(text, '=', length);
    size_t key = equal == NULL ? 0 : (size_t)(equal - text), value = length - key - 1;
    if (key == 0 || key > KEY_MAX || value == 0 || value > VALUE_MAX) return false;
    if (!((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= '0' && text[0] <= '9'))) return false;
    for (size_t i = 0; i < key; i++) {
        if (!is_key_char(text[i])) return false;
    }
    for (size_t i = key + 1; i < length; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e || text[i] == '=') return false;
    }
    return text[length - 1] != ' ';
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* Members separated by commas, with blanks around them; empty ones are allowed. Adds to *count. */
static bool is_state(const char *text, size_t length, size_t *count) {
    size_t from = 0;
    for (size_t i = 0; i <= length; i++) {
        if (i < length && text[i] != ',') continue;
        size_t to = i;
        while (from < to && is_blank(text[from])) from++;
        while (to > from && is_blank(text[to - 1])) to--;
        if (to > from) {
            (*count)++;
            if (!is_member(text + from, to - from)) return false;
        }
        from = i + 1;
    }
    return *count <= TRACE_MEMBERS_MAX;
}

void trace_take_state(struct trace_headers *headers, const char *value, size_t length) {
    size_t at = headers->state_length, comma = at > 0 ? 1 : 0, count = 0;
    if (headers->state_invalid || length == 0) return;
    if (at + comma + length > TRACE_STATE_MAX) {
        headers->state_invalid = true;
        return;
    }
    if (comma > 0) headers->state[at++] = ',';
    memcpy(headers->state + at, value, length);
    headers->state_length = at + length;
    headers->state[headers->state_length] = '\0';
    headers->state_invalid = !is_state(headers->state, headers->state_length, &count);
}

/* ---- Our part ------------------------------------------------------------------------------------------------ */

/* Without the kernel's generator, which a running system always has: unique in this process at least. */
static void fall_back(uint8_t *bytes, size_t length) {
    static _Atomic uint64_t counter;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t words[2] = {(uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec,
                         atomic_fetch_add(&counter, 1) + 1};
    memcpy(bytes, words, length < sizeof words ? length : sizeof words);
    bytes[length - 1] |= 1;
}

static char *put_hex(char *out, const uint8_t *bytes, size_t length) {
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        *out++ = hex[bytes[i] >> 4];
        *out++ = hex[bytes[i] & 15];
    }
    return out;
}

/* Never all zero, which is no id. */
static void make_id(char *out, const uint8_t *bytes, size_t digits) {
    *put_hex(out, bytes, digits / 2) = '\0';
    if (!is_id(out, digits)) out[digits - 1] = '1';
}

/* From a stock for ten traces: asking the kernel for each was a third of what watching a verification cost. */
static void random_bytes(uint8_t *out, size_t length) {
    static _Thread_local struct {
        uint8_t bytes[10 * (TRACE_SPAN_LENGTH + TRACE_ID_LENGTH) / 2];
        size_t left;
    } stock;
    _Static_assert(sizeof stock.bytes <= 256, "what the kernel gives whole, or not at all");
    if (stock.left < length) {
        bool filled = getrandom(stock.bytes, sizeof stock.bytes, 0) == (ssize_t)sizeof stock.bytes;
        stock.left = filled ? sizeof stock.bytes : 0;
    }
    if (stock.left < length) {
        fall_back(out, length);
        return;
    }
    stock.left -= length;
    memcpy(out, stock.bytes + stock.left, length);
}

void trace_begin(struct trace *ret, const struct trace_headers *headers) {
    uint8_t bytes[(TRACE_SPAN_LENGTH + TRACE_ID_LENGTH) / 2];
    bool begins = headers->parents != 1 || !headers->valid;
    size_t length = begins ? sizeof bytes : TRACE_SPAN_LENGTH / 2;
    random_bytes(bytes, length);
    ret->flags = 0;
    ret->given = false;
    ret->state[0] = '\0'; /* not the half KiB of it */
    make_id(ret->span, bytes, TRACE_SPAN_LENGTH);
    if (begins) {
        make_id(ret->id, bytes + TRACE_SPAN_LENGTH / 2, TRACE_ID_LENGTH);
        return;
    }
    memcpy(ret->id, headers->id, sizeof ret->id);
    ret->flags = headers->flags;
    ret->given = true;
    if (!headers->state_invalid) memcpy(ret->state, headers->state, sizeof ret->state);
}

void trace_parent(const struct trace *trace, char out[TRACE_PARENT_LENGTH + 1]) {
    memcpy(out, "00-", ID_AT);
    memcpy(out + ID_AT, trace->id, TRACE_ID_LENGTH);
    out[SPAN_AT - 1] = '-';
    memcpy(out + SPAN_AT, trace->span, TRACE_SPAN_LENGTH);
    out[FLAGS_AT - 1] = '-';
    *put_hex(out + FLAGS_AT, &trace->flags, 1) = '\0';
}
