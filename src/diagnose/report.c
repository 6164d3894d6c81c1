#include "diagnose/report.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define RUNBOOK "docs/runbook.md"

/* ---- Text
 * ---------------------------------------------------------------------------------------------------------- */

static void plain(struct kzgops__text *text, const char *value) {
    for (; *value != '\0'; value++)
        kzgops__text_add(text, "%c", (unsigned char)*value < 0x20 || *value == 0x7f ? '?' : *value);
}

static void line(struct kzgops__text *text, const char *what, const char *value) {
    if (value[0] == '\0') return;
    kzgops__text_add(text, "          %-9s ", what);
    plain(text, value);
    kzgops__text_add(text, "\n");
}

static void anchor(char *out, size_t size, const char *section) {
    snprintf(out, size, RUNBOOK "#%s", section);
    for (; *out != '\0'; out++)
        if (*out >= 'A' && *out <= 'Z') *out = (char)(*out - 'A' + 'a');
}

static void text_evidence(struct kzgops__text *text, const struct evidence *evidence) {
    kzgops__text_add(text, "          evidence  ");
    plain(text, evidence->text);
    kzgops__text_add(text, "  [");
    plain(text, evidence->source);
    if (evidence->path[0] != '\0') kzgops__text_add(text, " ");
    plain(text, evidence->path);
    kzgops__text_add(text, "]\n");
}

/* What is well is one line. */
static void text_finding(struct kzgops__text *text, const struct finding *finding) {
    char section[128] = "";
    kzgops__text_add(text, "%-9s %s: ", severity_name(finding->severity), finding->rule);
    plain(text, finding->title);
    kzgops__text_add(text, "\n");
    if (finding->severity == SEVERITY_OK) return;
    for (size_t i = 0; i < finding->evidence_count; i++) text_evidence(text, &finding->evidence[i]);
    if (finding->runbook != NULL) anchor(section, sizeof section, finding->runbook);
    line(text, "means", finding->means);
    line(text, "next", finding->next);
    line(text, "runbook", section);
}

size_t report_text(const struct facts *facts, const struct findings *findings, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    for (size_t i = 0; i < findings->count; i++) text_finding(&text, &findings->list[i]);
    kzgops__text_add(&text, "%s", facts->address);
    for (int s = 0; s < SEVERITIES; s++)
        kzgops__text_add(&text, "%s %zu %s", s == 0 ? ":" : ",", findings_count(findings, (enum severity)s),
                         severity_name((enum severity)s));
    if (findings->left_out > 0) kzgops__text_add(&text, "; %zu more had no room", findings->left_out);
    kzgops__text_add(&text, "\n");
    return text.used;
}

/* ---- JSON
 * ---------------------------------------------------------------------------------------------------------- */

static void json_evidence(struct kzgops__text *text, const struct evidence *evidence) {
    kzgops__json_open(text, "{");
    kzgops__json_text(text, "source", evidence->source);
    kzgops__json_text(text, "path", evidence->path);
    if (evidence->value[0] != '\0') {
        kzgops__json_key(text, "value");
        kzgops__text_add(text, "%s", evidence->value);
        text->comma = true;
    }
    kzgops__json_text(text, "text", evidence->text);
    kzgops__json_close(text, "}");
}

static void json_finding(struct kzgops__text *text, const struct finding *finding) {
    char section[128] = "";
    if (finding->runbook != NULL) anchor(section, sizeof section, finding->runbook);
    kzgops__json_open(text, "{");
    kzgops__json_text(text, "severity", severity_name(finding->severity));
    kzgops__json_text(text, "rule", finding->rule);
    kzgops__json_text(text, "subject", finding->subject);
    kzgops__json_bool(text, "known", !finding->unknown);
    kzgops__json_text(text, "title", finding->title);
    kzgops__json_key(text, "evidence");
    kzgops__json_open(text, "[");
    for (size_t i = 0; i < finding->evidence_count; i++) json_evidence(text, &finding->evidence[i]);
    kzgops__json_close(text, "]");
    kzgops__json_text(text, "means", finding->means);
    kzgops__json_text(text, "next", finding->next);
    kzgops__json_text(text, "runbook", section);
    kzgops__json_close(text, "}");
}

size_t report_json(const struct facts *facts, const struct findings *findings, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__json_open(&text, "{");
    kzgops__json_text(&text, "address", facts->address);
    kzgops__json_text(&text, "tool_version", facts->tool_version);
    kzgops__json_signed(&text, "time", facts->now_s);
    kzgops__json_bool(&text, "answers", facts->answer == ANSWER_GOOD);
    kzgops__json_text(&text, "worst", severity_name(findings_worst(findings)));
    for (int s = 0; s < SEVERITIES; s++)
        kzgops__json_bytes(&text, severity_name((enum severity)s), findings_count(findings, (enum severity)s));
    kzgops__json_bytes(&text, "left_out", findings->left_out);
    kzgops__json_key(&text, "findings");
    kzgops__json_open(&text, "[");
    for (size_t i = 0; i < findings->count; i++) json_finding(&text, &findings->list[i]);
    kzgops__json_close(&text, "]");
    kzgops__json_close(&text, "}");
    kzgops__text_add(&text, "\n");
    return text.used;
}
