#include "ops/log_compose.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define END         2    /* of a line: a brace and a line end */
#define LINE_TAIL   64   /* kept back for the mark of a line with a field that did not fit, and its end */
#define MESSAGE_MAX 2048 /* of a datagram: the other half is for the fields, which say the same */
#define FIXED_KEYS  6

static const char *const fixed_keys[FIXED_KEYS] = {"operation", "duration_ms", "status",
                                                   "error",     "request_id",  "trace_id"};
/* Syslog's numbers. */
static const char priorities[KZGOPS_LOG_LEVELS] = {'7', '6', '4', '3'};

static void put(struct kzgops__log_line *line, const char *text, size_t len) {
    if (line->cut) return;
    if (len > line->limit - line->used) {
        line->cut = true;
        return;
    }
    memcpy(line->text + line->used, text, len);
    line->used += len;
}

static void put_string(struct kzgops__log_line *line, const char *text) {
    put(line, text, strlen(text));
}

/* ---- Values -------------------------------------------------------------------------------------------------- */

/* Printable ASCII but for the quote and the backslash. */
static const bool safe[256] = {[0x20 ... 0x21] = true, [0x23 ... 0x5b] = true, [0x5d ... 0x7e] = true};

static bool is_safe(char c) {
    return safe[(unsigned char)c];
}

/* Eight bytes at once: whether all are safe. A byte that is zero after the xor was the one looked for; its high bit
 * is borrowed by the subtraction. */
static bool is_safe_word(uint64_t word) {
    const uint64_t ones = UINT64_MAX / 255, high = ones * 0x80;
    uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\'), del = word ^ (ones * 0x7f);
    uint64_t found = word | ((word - ones * 0x20) & ~word);
    found |= ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) | ((del - ones) & ~del);
    return (found & high) == 0;
}

/* End of the safe bytes from i on. */
static size_t skip_safe(const char *text, size_t i, size_t length) {
    uint64_t word;
    for (; i + sizeof word <= length; i += sizeof word) {
        memcpy(&word, text + i, sizeof word);
        if (!is_safe_word(word)) break;
    }
    while (i < length && is_safe(text[i])) i++;
    return i;
}

static void put_escape(struct kzgops__log_line *line, unsigned char c) {
    static const char hex[] = "0123456789abcdef";
    if (c == '"' || c == '\\') {
        put(line, (const char[]){'\\', (char)c}, 2);
    } else {
        put(line, (const char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
    }
}

/* JSON string contents. Bytes that are not printable ASCII become \u00xx: the log is ASCII whatever comes in. */
static void put_escaped(struct kzgops__log_line *line, const char *text) {
    size_t length = strnlen(text, KZGOPS_LOG_VALUE_MAX), i = 0;
    while (i < length) {
        size_t to = skip_safe(text, i, length);
        put(line, text + i, to - i);
        if (to < length) put_escape(line, (unsigned char)text[to]);
        i = to + 1;
    }
}

/* Whether logfmt can do without quotes. */
static bool plain(const char *text) {
    if (*text == '\0') return false;
    for (; *text != '\0'; text++) {
        if (!is_safe(*text) || *text == ' ' || *text == '=') return false;
    }
    return true;
}

static void put_text_value(struct kzgops__log_line *line, const char *text, kzgops_log_format format) {
    bool quote = format == KZGOPS_LOG_JSON || (format != KZGOPS_LOG_JOURNAL && !plain(text));
    if (quote) put(line, "\"", 1);
    put_escaped(line, text);
    if (quote) put(line, "\"", 1);
}

static void put_unsigned(struct kzgops__log_line *line, uint64_t value, size_t digits_min) {
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0 || sizeof digits - at < digits_min);
    put(line, digits + at, sizeof digits - at);
}

static uint64_t put_sign(struct kzgops__log_line *line, int64_t value) {
    if (value < 0) put(line, "-", 1);
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

/* The C library writes the locale's decimal sign, of any number of bytes; the log has a point. */
static void put_double(struct kzgops__log_line *line, double value) {
    char digits[64];
    if (!isfinite(value)) {
        put_string(line, "null");
        return;
    }
    snprintf(digits, sizeof digits, "%.6g", value);
    size_t whole = strspn(digits, "0123456789-"), rest = whole + strcspn(digits + whole, "0123456789e");
    put(line, digits, whole);
    if (rest > whole) put(line, ".", 1);
    put_string(line, digits + rest);
}

static void put_ms(struct kzgops__log_line *line, int64_t ns) {
    uint64_t us = put_sign(line, ns) / 1000;
    put_unsigned(line, us / 1000, 1);
    put(line, ".", 1);
    put_unsigned(line, us % 1000, 3);
}

static void put_value(struct kzgops__log_line *line, const kzgops_field *field, kzgops_log_format format) {
    switch (field->type) {
    case KZGOPS_FIELD_STRING:
        put_text_value(line, field->value.string == NULL ? "" : field->value.string, format);
        break;
    case KZGOPS_FIELD_UNSIGNED: put_unsigned(line, field->value.u64, 1); break;
    case KZGOPS_FIELD_SIGNED: put_unsigned(line, put_sign(line, field->value.i64), 1); break;
    case KZGOPS_FIELD_DOUBLE: put_double(line, field->value.number); break;
    case KZGOPS_FIELD_BOOL: put_string(line, field->value.boolean ? "true" : "false"); break;
    case KZGOPS_FIELD_MS: put_ms(line, field->value.i64); break;
    case KZGOPS_FIELD_NONE: break;
    }
}

/* gmtime_r takes a lock of the C library, which a caller of the log must not wait for. The years are those of the
 * civil calendar from March to February, so that the leap day is the last; 719468 days lie between 0000-03-01 and the
 * epoch. */
static void put_time(struct kzgops__log_line *line, int64_t realtime_ns) {
    uint64_t ns = realtime_ns < 0 ? 0 : (uint64_t)realtime_ns, s = ns / 1000000000;
    uint64_t days = s / 86400 + 719468, era = days / 146097, day = days % 146097;
    uint64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    uint64_t of_year = day - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    put_unsigned(line, era * 400 + year + (month >= 10), 4);
    put(line, "-", 1);
    put_unsigned(line, month < 10 ? month + 3 : month - 9, 2);
    put(line, "-", 1);
    put_unsigned(line, of_year - (153 * month + 2) / 5 + 1, 2);
    put(line, "T", 1);
    put_unsigned(line, s / 3600 % 24, 2);
    put(line, ":", 1);
    put_unsigned(line, s / 60 % 60, 2);
    put(line, ":", 1);
    put_unsigned(line, s % 60, 2);
    put(line, ".", 1);
    put_unsigned(line, ns / 1000000 % 1000, 3);
    put(line, "Z", 1);
}

/* ---- Fields -------------------------------------------------------------------------------------------------- */

/* journald takes letters, digits and underscores, and trusts names that begin with an underscore to nobody. */
static void put_journal_key(struct kzgops__log_line *line, const char *key) {
    for (; *key != '\0'; key++) {
        char c = *key;
        if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) c = '_';
        put(line, &c, 1);
    }
}

static void put_journal_name(struct kzgops__log_line *line, const char *program, const char *key) {
    while (*program != '\0' && !((*program >= 'a' && *program <= 'z') || (*program >= 'A' && *program <= 'Z'))) {
        program++;
    }
    put_journal_key(line, *program == '\0' ? "program" : program);
    put(line, "_", 1);
    put_journal_key(line, key);
    put(line, "=", 1);
}

/* A field that does not fit is left out whole. */
static void put_field(struct kzgops__log_line *line, kzgops_log_format format, const char *program,
                      const kzgops_field *field) {
    size_t mark = line->used;
    if (format == KZGOPS_LOG_JSON) {
        put(line, ",\"", 2);
        put_string(line, field->key);
        put(line, "\":", 2);
    } else if (format == KZGOPS_LOG_JOURNAL) {
        put_journal_name(line, program, field->key);
    } else {
        put_string(line, " ");
        put_string(line, field->key);
        put_string(line, "=");
    }
    put_value(line, field, format);
    if (format == KZGOPS_LOG_JOURNAL) put(line, "\n", 1);
    if (!line->cut) return;
    line->used = mark;
    line->cut = false;
    line->lost = true;
}

/* Position in fixed_keys, or FIXED_KEYS. No two of them begin alike. */
static size_t fixed_position(const char *key) {
    for (size_t i = 0; i < FIXED_KEYS; i++) {
        if (key[0] == fixed_keys[i][0]) return strcmp(key, fixed_keys[i]) == 0 ? i : FIXED_KEYS;
    }
    return FIXED_KEYS;
}

static bool is_given(const kzgops_field *field) {
    return field->type != KZGOPS_FIELD_STRING || (field->value.string != NULL && field->value.string[0] != '\0');
}

static void put_fields(struct kzgops__log_line *line, kzgops_log_format format, const char *program,
                       const struct kzgops__log_event *event) {
    const kzgops_field *fixed[FIXED_KEYS + 1] = {NULL};
    bool others = false;
    for (size_t i = 0; i < event->n; i++) {
        const kzgops_field *field = &event->fields[i];
        if (field->type == KZGOPS_FIELD_NONE) continue;
        size_t position = fixed_position(field->key);
        others = others || position == FIXED_KEYS;
        if (fixed[position] == NULL && is_given(field)) fixed[position] = field;
    }
    for (size_t i = 0; i < FIXED_KEYS; i++) {
        if (fixed[i] != NULL) put_field(line, format, program, fixed[i]);
    }
    for (size_t i = 0; others && i < event->n; i++) {
        const kzgops_field *field = &event->fields[i];
        if (field->type == KZGOPS_FIELD_NONE || fixed_position(field->key) < FIXED_KEYS) continue;
        put_field(line, format, program, field);
    }
    const kzgops_field mark = KZGOPS_BOOL("cut", true);
    line->limit = sizeof line->text - END;
    if (line->lost) put_field(line, format, program, &mark);
}

/* ---- Lines --------------------------------------------------------------------------------------------------- */

static void compose_json(struct kzgops__log_line *line, const struct kzgops__log_event *event) {
    put_string(line, "{\"ts\":\"");
    put_time(line, event->realtime_ns);
    put_string(line, "\",\"level\":\"");
    put_string(line, kzgops_log_level_name(event->level));
    put_string(line, "\",\"event\":\"");
    put_escaped(line, event->name);
    put_string(line, "\"");
    put_fields(line, KZGOPS_LOG_JSON, "", event);
    line->text[line->used++] = '}';
    line->text[line->used++] = '\n';
}

static void compose_words(struct kzgops__log_line *line, kzgops_log_format format,
                          const struct kzgops__log_event *event) {
    bool text = format == KZGOPS_LOG_TEXT;
    if (!text) put_string(line, "ts=");
    put_time(line, event->realtime_ns);
    put_string(line, text ? " " : " level=");
    put_string(line, kzgops_log_level_name(event->level));
    put_string(line, text ? " " : " event=");
    put_text_value(line, event->name, format);
    put_fields(line, format, "", event);
    line->text[line->used++] = '\n';
}

/* FIELD=value lines. Values are escaped as everywhere, so none has a line end that would begin a field. */
static void compose_journal(struct kzgops__log_line *line, const char *program,
                            const struct kzgops__log_event *event) {
    const kzgops_field name = KZGOPS_STR("event", event->name);
    put_string(line, "PRIORITY=");
    put(line, &priorities[event->level], 1);
    put_string(line, "\nSYSLOG_IDENTIFIER=");
    put_escaped(line, program);
    put_string(line, "\nMESSAGE=");
    put_escaped(line, event->name);
    line->limit = MESSAGE_MAX;
    put_fields(line, KZGOPS_LOG_TEXT, "", event);
    line->limit = sizeof line->text - LINE_TAIL;
    line->lost = false;
    put(line, "\n", 1);
    put_journal_name(line, program, "ts");
    put_time(line, event->realtime_ns);
    put(line, "\n", 1);
    put_field(line, KZGOPS_LOG_JOURNAL, program, &name);
    put_fields(line, KZGOPS_LOG_JOURNAL, program, event);
}

void kzgops__log_compose(struct kzgops__log_line *line, kzgops_log_format format, const char *program,
                         const struct kzgops__log_event *event) {
    line->used = 0;
    line->limit = sizeof line->text - LINE_TAIL;
    line->cut = line->lost = false;
    if (format == KZGOPS_LOG_JSON) {
        compose_json(line, event);
    } else if (format == KZGOPS_LOG_JOURNAL) {
        compose_journal(line, program, event);
    } else {
        compose_words(line, format, event);
    }
}
