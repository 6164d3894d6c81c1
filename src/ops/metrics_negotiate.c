/* Which format an Accept header asks for (RFC 9110, 12.5.1). */
#include <string.h>
#include <strings.h>

#include "kzgops/metrics.h"

struct word {
    const char *text;
    size_t length;
};

struct offer {
    const char *type;
    const char *range; /* its type with any subtype */
    const char *version;
    int rank;    /* how exactly the best range names it: 3 with its version, 2, 1 by range, 0 by any, -1 not */
    int quality; /* in thousandths */
};

static bool is(struct word word, const char *wanted) {
    return word.length == strlen(wanted) && strncasecmp(word.text, wanted, word.length) == 0;
}

/* What stands before the next separator outside of quotes, without spaces around it; *text moves behind it. */
static struct word take(const char **text, const char *end, char separator) {
    const char *at = *text;
    bool quoted = false;
    for (; at < end && (quoted || *at != separator); at++) {
        if (*at == '"') quoted = !quoted;
    }
    struct word word = {*text, (size_t)(at - *text)};
    *text = at < end ? at + 1 : end;
    while (word.length > 0 && strchr(" \t", word.text[0]) != NULL)
        word = (struct word){word.text + 1, word.length - 1};
    while (word.length > 0 && strchr(" \t", word.text[word.length - 1]) != NULL) word.length--;
    return word;
}

/* "0", "0.123", "1.000"; what is not a quality means not wanted. */
static int read_quality(struct word word) {
    if (word.length == 0 || word.length > 5 || (word.text[0] != '0' && word.text[0] != '1')) return 0;
    if (word.length > 1 && word.text[1] != '.') return 0;
    int value = (word.text[0] - '0') * 1000, scale = 100;
    for (size_t i = 2; i < word.length; i++, scale /= 10) {
        if (word.text[i] < '0' || word.text[i] > '9') return 0;
        value += (word.text[i] - '0') * scale;
    }
    return value <= 1000 ? value : 0;
}

static struct word without_quotes(struct word word) {
    bool quoted = word.length >= 2 && word.text[0] == '"' && word.text[word.length - 1] == '"';
    return quoted ? (struct word){word.text + 1, word.length - 2} : word;
}

static int rank_of(const struct offer *offer, struct word type, struct word version) {
    if (is(type, offer->type)) {
        if (version.text == NULL) return 2;
        return is(version, offer->version) ? 3 : -1;
    }
    if (is(type, offer->range)) return 1;
    return is(type, "*/*") ? 0 : -1;
}

/* One element: a range with its parameters. */
static void consider(struct offer *offers, size_t n, struct word element) {
    const char *text = element.text, *end = element.text + element.length;
    struct word type = take(&text, end, ';'), version = {NULL, 0};
    int quality = 1000;
    while (text < end) {
        struct word parameter = take(&text, end, ';');
        const char *value = parameter.text, *value_end = parameter.text + parameter.length;
        struct word name = take(&value, value_end, '=');
        struct word rest = {value, (size_t)(value_end - value)};
        if (is(name, "q")) quality = read_quality(rest);
        if (is(name, "version")) version = without_quotes(rest);
    }
    for (size_t i = 0; i < n; i++) {
        int rank = rank_of(&offers[i], type, version);
        if (rank < 0 || rank < offers[i].rank) continue;
        if (rank > offers[i].rank || quality > offers[i].quality) offers[i].quality = quality;
        offers[i].rank = rank;
    }
}

kzgops_metrics_format kzgops_metrics_negotiate(const char *accept) {
    struct offer offers[] = {{"text/plain", "text/*", "0.0.4", -1, 0},
                             {"application/openmetrics-text", "application/*", "1.0.0", -1, 0}};
    const struct offer *text = &offers[0], *open = &offers[1];
    if (accept == NULL) return KZGOPS_METRICS_TEXT;
    const char *end = accept + strlen(accept);
    while (accept < end) consider(offers, 2, take(&accept, end, ','));
    bool named = open->rank >= 2 && text->rank < 2;
    bool better = open->quality > text->quality || (open->quality == text->quality && named);
    return open->quality > 0 && better ? KZGOPS_METRICS_OPENMETRICS : KZGOPS_METRICS_TEXT;
}

const char *kzgops_metrics_content_type(kzgops_metrics_format format) {
    return format == KZGOPS_METRICS_OPENMETRICS ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                                : "text/plain; version=0.0.4; charset=utf-8";
}
