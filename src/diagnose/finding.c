#include "diagnose/finding.h"

#include <json-c/json.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define BYTES_MOST   9e18
#define FINDINGS_MAX 160 /* and one that takes what finds no room */

bool findings_new(struct findings *findings) {
    *findings = (struct findings){.list = calloc(FINDINGS_MAX + 1, sizeof *findings->list), .rule = ""};
    return findings->list != NULL;
}

void findings_free(struct findings *findings) {
    free(findings->list);
    *findings = (struct findings){0};
}

static void put(char *out, size_t size, const char *format, va_list arguments) {
    size_t used = strlen(out);
    vsnprintf(out + used, size - used, format, arguments);
}

static struct finding *add(struct findings *findings, enum severity severity, const char *subject) {
    bool room = findings->count < FINDINGS_MAX;
    struct finding *finding = &findings->list[room ? findings->count : FINDINGS_MAX];
    *finding = (struct finding){.severity = severity, .rule = findings->rule, .order = findings->count};
    if (subject != NULL) snprintf(finding->subject, sizeof finding->subject, "%s", subject);
    findings->count += room;
    findings->left_out += !room;
    return finding;
}

struct finding *find(struct findings *findings, enum severity severity, const char *subject, const char *format,
                     ...) {
    struct finding *finding = add(findings, severity, subject);
    va_list arguments;
    va_start(arguments, format);
    put(finding->title, sizeof finding->title, format, arguments);
    va_end(arguments);
    return finding;
}

struct finding *find_unknown(struct findings *findings, const char *subject, const char *format, ...) {
    struct finding *finding = add(findings, SEVERITY_INFO, subject);
    va_list arguments;
    finding->unknown = true;
    snprintf(finding->title, sizeof finding->title, "not known: ");
    va_start(arguments, format);
    put(finding->title, sizeof finding->title, format, arguments);
    va_end(arguments);
    return finding;
}

void find_means(struct finding *finding, const char *format, ...) {
    va_list arguments;
    finding->means[0] = '\0';
    va_start(arguments, format);
    put(finding->means, sizeof finding->means, format, arguments);
    va_end(arguments);
}

void find_means_more(struct finding *finding, const char *format, ...) {
    va_list arguments;
    size_t used = strlen(finding->means);
    if (used > 0) snprintf(finding->means + used, sizeof finding->means - used, " ");
    va_start(arguments, format);
    put(finding->means, sizeof finding->means, format, arguments);
    va_end(arguments);
}

void find_next(struct finding *finding, const char *runbook, const char *format, ...) {
    va_list arguments;
    finding->runbook = runbook;
    finding->next[0] = '\0';
    va_start(arguments, format);
    put(finding->next, sizeof finding->next, format, arguments);
    va_end(arguments);
}

/* ---- The list -----------------------------------------------------------------------------------------------------
 */

struct finding *findings_of(struct findings *findings, const char *rule) {
    for (size_t i = findings->count; i-- > 0;)
        if (strcmp(findings->list[i].rule, rule) == 0 && !findings->list[i].unknown) return &findings->list[i];
    return NULL;
}

size_t findings_count(const struct findings *findings, enum severity severity) {
    size_t count = 0;
    for (size_t i = 0; i < findings->count; i++) count += findings->list[i].severity == severity;
    return count;
}

enum severity findings_worst(const struct findings *findings) {
    enum severity worst = SEVERITY_OK;
    for (size_t i = 0; i < findings->count; i++)
        if (findings->list[i].severity < worst) worst = findings->list[i].severity;
    return worst;
}

const char *severity_name(enum severity severity) {
    static const char *const names[SEVERITIES] = {"critical", "warning", "info", "ok"};
    return names[severity];
}

static int by_severity(const void *a, const void *b) {
    const struct finding *left = a, *right = b;
    if (left->severity != right->severity) return left->severity < right->severity ? -1 : 1;
    return left->order < right->order ? -1 : left->order > right->order;
}

void findings_sort(struct findings *findings) {
    qsort(findings->list, findings->count, sizeof *findings->list, by_severity);
}

/* ---- Evidence
 * ------------------------------------------------------------------------------------------------------ */

struct bytes_text bytes_text(double bytes) {
    struct bytes_text out;
    double bounded = fmax(-BYTES_MOST, fmin(BYTES_MOST, bytes)); /* pages may say anything */
    if (isnan(bytes))
        snprintf(out.text, sizeof out.text, "unknown");
    else if (isinf(bytes))
        snprintf(out.text, sizeof out.text, "unlimited");
    else if (bytes < 0)
        snprintf(out.text, sizeof out.text, "%s", kzgops__size_signed_text((int64_t)bounded).text);
    else
        snprintf(out.text, sizeof out.text, "%s", kzgops__size_text((uint64_t)bounded).text);
    return out;
}

struct bytes_text span_text(double seconds) {
    struct bytes_text out;
    if (isnan(seconds))
        snprintf(out.text, sizeof out.text, "unknown");
    else if (seconds < 120)
        snprintf(out.text, sizeof out.text, "%.0f s", seconds);
    else if (seconds < 7200)
        snprintf(out.text, sizeof out.text, "%.0f min", seconds / 60);
    else if (seconds < 172800)
        snprintf(out.text, sizeof out.text, "%.1f h", seconds / 3600);
    else
        snprintf(out.text, sizeof out.text, "%.1f d", seconds / 86400);
    return out;
}

/* NULL when there is no room left. */
static struct evidence *add_evidence(struct finding *finding, const char *source, const char *path) {
    if (finding->evidence_count == EVIDENCE_MAX) return NULL;
    struct evidence *evidence = &finding->evidence[finding->evidence_count++];
    *evidence = (struct evidence){0};
    snprintf(evidence->source, sizeof evidence->source, "%s", source);
    snprintf(evidence->path, sizeof evidence->path, "%s", path);
    return evidence;
}

static void put_value(struct evidence *evidence, double value) {
    if (isfinite(value)) snprintf(evidence->value, sizeof evidence->value, "%.15g", value);
}

void evidence_bytes(struct finding *finding, const struct facts *facts, enum page_id page, const char *path,
                    const char *what) {
    double value = facts_number(facts, page, path);
    struct evidence *evidence = isnan(value) ? NULL : add_evidence(finding, facts->page[page].source, path);
    if (evidence == NULL) return;
    put_value(evidence, value);
    if (isinf(value) || fabs(value) < 1024)
        snprintf(evidence->text, sizeof evidence->text, "%s %s", what, BYTES(value));
    else
        snprintf(evidence->text, sizeof evidence->text, "%s %s (%.0f bytes)", what, BYTES(value), value);
}

static void put_number(struct evidence *evidence, double value, const char *what, const char *unit) {
    put_value(evidence, value);
    snprintf(evidence->text, sizeof evidence->text, "%s %.6g%s%s", what, value, unit[0] == '\0' ? "" : " ", unit);
}

void evidence_number(struct finding *finding, const struct facts *facts, enum page_id page, const char *path,
                     const char *what, const char *unit) {
    double value = facts_number(facts, page, path);
    struct evidence *evidence = isnan(value) ? NULL : add_evidence(finding, facts->page[page].source, path);
    if (evidence != NULL) put_number(evidence, value, what, unit);
}

void evidence_text(struct finding *finding, const struct facts *facts, enum page_id page, const char *path,
                   const char *what) {
    const char *value = facts_text(facts, page, path);
    struct evidence *evidence = value == NULL ? NULL : add_evidence(finding, facts->page[page].source, path);
    if (evidence != NULL) snprintf(evidence->text, sizeof evidence->text, "%s %s", what, value);
}

void evidence_metric(struct finding *finding, const struct facts *facts, const char *name, const char *label,
                     const char *what, const char *unit) {
    char path[96];
    double value = facts_metric(facts, name, label);
    snprintf(path, sizeof path, "%s%s%s%s", name, label == NULL ? "" : "{", label == NULL ? "" : label,
             label == NULL ? "" : "}");
    struct evidence *evidence = isnan(value) ? NULL : add_evidence(finding, facts->page[PAGE_METRICS].source, path);
    if (evidence == NULL) return;
    if (strcmp(unit, "bytes") == 0) {
        put_value(evidence, value);
        snprintf(evidence->text, sizeof evidence->text, "%s %s (%.0f bytes)", what, BYTES(value), value);
    } else {
        put_number(evidence, value, what, unit);
    }
}

void evidence_say(struct finding *finding, const char *source, const char *path, double value, const char *format,
                  ...) {
    struct evidence *evidence = add_evidence(finding, source, path);
    va_list arguments;
    if (evidence == NULL) return;
    put_value(evidence, value);
    va_start(arguments, format);
    vsnprintf(evidence->text, sizeof evidence->text, format, arguments);
    va_end(arguments);
}
