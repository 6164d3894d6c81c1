#include "diagnose/prometheus.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line, if it is the metric's. */
static bool read_line(const char *line, size_t length, const char *name, struct prometheus_sample *ret) {
    size_t name_length = strlen(name);
    const char *at = line + name_length, *end = line + length;
    if (length <= name_length || memcmp(line, name, name_length) != 0) return false;
    *ret = (struct prometheus_sample){.labels = ""};
    if (*at == '{') {
        const char *close = memrchr(at, '}', (size_t)(end - at));
        if (close == NULL) return false;
        ret->labels = at + 1;
        ret->labels_length = (size_t)(close - at - 1);
        at = close + 1;
    }
    if (at >= end || *at != ' ') return false;
    char *number_end;
    ret->value = strtod(at + 1, &number_end);
    return number_end > at + 1 && number_end <= end;
}

bool prometheus_next(const char **at, const char *name, struct prometheus_sample *ret) {
    while (**at != '\0') {
        const char *line = *at;
        size_t length = strcspn(line, "\n");
        *at += length + (line[length] == '\n');
        if (read_line(line, length, name, ret)) return true;
    }
    return false;
}

void prometheus_label(const struct prometheus_sample *sample, const char *label, char *out, size_t size) {
    const char *at = sample->labels, *end = at + sample->labels_length;
    size_t label_length = strlen(label);
    out[0] = '\0';
    for (; (size_t)(end - at) > label_length + 2; at++) {
        bool begins = at == sample->labels || at[-1] == ',';
        if (!begins || memcmp(at, label, label_length) != 0 || at[label_length] != '=') continue;
        const char *value = at + label_length + 2, *quote = memchr(value, '"', (size_t)(end - value));
        if (quote != NULL) snprintf(out, size, "%.*s", (int)(quote - value), value);
        return;
    }
}

double prometheus_sum(const char *text, const char *name, const char *label) {
    struct prometheus_sample sample;
    double sum = NAN;
    while (prometheus_next(&text, name, &sample)) {
        bool has = label == NULL || memmem(sample.labels, sample.labels_length, label, strlen(label)) != NULL;
        if (has) sum = isnan(sum) ? sample.value : sum + sample.value;
    }
    return sum;
}
