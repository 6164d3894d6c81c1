#include <inttypes.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "kzgops/health.h"

static const kzgops_health_view everything = {0};

const char *kzgops_health_state_name(kzgops_health_state state) {
    static const char *const names[] = {"ok", "degraded", "failed", "pending"};
    KZG_ASSERT((unsigned)state < sizeof names / sizeof names[0]);
    return names[state];
}

const char *kzgops_health_severity_name(kzgops_health_severity severity) {
    static const char *const names[] = {"info", "warning", "critical"};
    KZG_ASSERT((unsigned)severity < sizeof names / sizeof names[0]);
    return names[severity];
}

/* ---- Judging ------------------------------------------------------------------------------------------------- */

static bool is_seen(const kzgops_health_view *view, const kzgops_health_status *status) {
    return view->classes == KZGOPS_HEALTH_ALL || (view->classes & status->classes) != 0;
}

static bool is_excluded(const kzgops_health_view *view, const char *name) {
    for (size_t i = 0; i < view->exclude_count; i++) {
        if (strcmp(view->exclude[i], name) == 0) return true;
    }
    return false;
}

static bool is_failed(const kzgops_health_status *status) {
    return status->result.state == KZGOPS_HEALTH_FAILED || status->result.state == KZGOPS_HEALTH_PENDING;
}

/* What one check makes of the whole. */
static kzgops_health_state effect(const kzgops_health_status *status) {
    if (status->severity == KZGOPS_HEALTH_INFO || status->result.state == KZGOPS_HEALTH_OK) return KZGOPS_HEALTH_OK;
    return is_failed(status) && status->severity == KZGOPS_HEALTH_CRITICAL ? KZGOPS_HEALTH_FAILED
                                                                           : KZGOPS_HEALTH_DEGRADED;
}

void kzgops_health_judge(const kzgops_health_snapshot *snapshot, const kzgops_health_view *view,
                         kzgops_health_verdict *ret) {
    if (view == NULL) view = &everything;
    *ret = (kzgops_health_verdict){.state = KZGOPS_HEALTH_OK};
    for (size_t i = 0; i < snapshot->count; i++) {
        const kzgops_health_status *status = &snapshot->check[i];
        if (!is_seen(view, status) || is_excluded(view, status->name)) continue;
        ret->judged++;
        if (status->result.state == KZGOPS_HEALTH_OK) ret->passed++;
        if (status->result.state == KZGOPS_HEALTH_DEGRADED) ret->degraded++;
        if (is_failed(status)) ret->failed++;
        if (effect(status) > ret->state) ret->state = effect(status);
    }
}

const kzgops_health_status *kzgops_health_find(const kzgops_health_snapshot *snapshot, const char *name) {
    for (size_t i = 0; i < snapshot->count; i++) {
        if (strcmp(snapshot->check[i].name, name) == 0) return &snapshot->check[i];
    }
    return NULL;
}

bool kzgops_health_is_healthy(kzgops_health *health) {
    kzgops_health_snapshot snapshot;
    kzgops_health_verdict verdict;
    kzgops_health_report(health, &snapshot);
    kzgops_health_judge(&snapshot, NULL, &verdict);
    return verdict.state != KZGOPS_HEALTH_FAILED;
}

size_t kzgops_health_summary(kzgops_health *health, char *out, size_t size) {
    kzgops_health_snapshot snapshot;
    kzgops_health_verdict verdict;
    struct kzgops__text text;
    kzgops_health_report(health, &snapshot);
    kzgops_health_judge(&snapshot, NULL, &verdict);
    kzgops__text_begin(&text, out, size);
    kzgops__text_add(&text, "%zu/%zu passed", verdict.passed, verdict.judged);
    return text.used;
}

/* ---- Text ---------------------------------------------------------------------------------------------------- */

/* A message stays on its line. */
static void add_plain(struct kzgops__text *text, const char *value) {
    for (const unsigned char *s = (const unsigned char *)value; *s != '\0'; s++) {
        kzgops__text_add(text, *s < 0x20 || *s == 0x7f ? "\\x%02x" : "%c", *s);
    }
}

static void add_figures(struct kzgops__text *text, const kzgops_health_status *status) {
    const kzgops_health_result *result = &status->result;
    if (result->has_value) {
        kzgops__text_add(text, " (%.6g ", result->value);
        add_plain(text, result->unit);
        if (result->has_limit) kzgops__text_add(text, ", limit %.6g", result->limit);
        kzgops__text_add(text, ")");
    }
    if (status->age_ns >= 0) {
        kzgops__text_add(text, " [%s, %.3f ms, %.1f s ago]", kzgops_health_severity_name(status->severity),
                         (double)status->duration_ns / 1e6, (double)status->age_ns / 1e9);
    }
}

/* A line of a check that is well is "[+]name ok" and nothing else, as tools expect it. */
static void add_line(struct kzgops__text *text, const kzgops_health_status *status) {
    kzgops__text_add(text, "[%s]%s ", is_failed(status) ? "-" : "+", status->name);
    kzgops__text_add(text, "%s", is_failed(status) ? "failed" : kzgops_health_state_name(status->result.state));
    if (status->result.state != KZGOPS_HEALTH_OK) {
        kzgops__text_add(text, ": ");
        add_plain(text, status->result.message[0] != '\0' ? status->result.message : "no reason given");
        add_figures(text, status);
    }
    kzgops__text_add(text, "\n");
}

size_t kzgops_health_check_text(const kzgops_health_status *status, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    add_line(&text, status);
    return text.used;
}

static void add_unmatched(struct kzgops__text *text, const kzgops_health_snapshot *snapshot,
                          const kzgops_health_view *view) {
    bool any = false;
    for (size_t i = 0; i < view->exclude_count; i++) {
        const kzgops_health_status *status = kzgops_health_find(snapshot, view->exclude[i]);
        if (status != NULL && is_seen(view, status)) continue;
        kzgops__text_add(text, "%s\"", any ? "," : "warn: some health checks cannot be excluded: no matches for ");
        add_plain(text, view->exclude[i]);
        kzgops__text_add(text, "\"");
        any = true;
    }
    if (any) kzgops__text_add(text, "\n");
}

size_t kzgops_health_text(const kzgops_health_snapshot *snapshot, const kzgops_health_view *view, char *out,
                          size_t size) {
    struct kzgops__text text;
    kzgops_health_verdict verdict;
    if (view == NULL) view = &everything;
    kzgops__text_begin(&text, out, size);
    kzgops_health_judge(snapshot, view, &verdict);
    if (verdict.state == KZGOPS_HEALTH_OK && !view->verbose) {
        kzgops__text_add(&text, "ok");
        return text.used;
    }
    for (size_t i = 0; i < snapshot->count; i++) {
        const kzgops_health_status *status = &snapshot->check[i];
        if (!is_seen(view, status)) continue;
        if (is_excluded(view, status->name)) {
            kzgops__text_add(&text, "[+]%s excluded: ok\n", status->name);
        } else {
            add_line(&text, status);
        }
    }
    add_unmatched(&text, snapshot, view);
    kzgops__text_add(&text, "%zu/%zu passed\n", verdict.passed, verdict.judged);
    kzgops__text_add(&text, "%s check %s\n", view->title != NULL ? view->title : "healthz",
                     verdict.state == KZGOPS_HEALTH_FAILED ? "failed" : "passed");
    return text.used;
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

static void add_classes(struct kzgops__text *text, unsigned classes) {
    static const char *const names[] = {"liveness", "readiness", "startup"};
    kzgops__json_key(text, "classes");
    kzgops__json_open(text, "[");
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((classes >> i & 1) == 0) continue;
        kzgops__text_add(text, "%s", text->comma ? "," : "");
        kzgops__json_string(text, names[i]);
        text->comma = true;
    }
    kzgops__json_close(text, "]");
}

static void add_number(struct kzgops__text *text, const char *key, bool known, double value) {
    if (known) {
        kzgops__json_double(text, key, value);
    } else {
        kzgops__json_bytes(text, key, UINT64_MAX); /* null */
    }
}

static void add_object(struct kzgops__text *text, const kzgops_health_status *status, bool excluded) {
    const kzgops_health_result *result = &status->result;
    kzgops__json_open(text, "{");
    kzgops__json_text(text, "name", status->name);
    kzgops__json_text(text, "state", kzgops_health_state_name(result->state));
    kzgops__json_text(text, "severity", kzgops_health_severity_name(status->severity));
    add_classes(text, status->classes);
    kzgops__json_bool(text, "excluded", excluded);
    kzgops__json_text(text, "message", result->message);
    add_number(text, "value", result->has_value, result->value);
    add_number(text, "limit", result->has_limit, result->limit);
    kzgops__json_text(text, "unit", result->unit);
    kzgops__json_bool(text, "timed_out", status->timed_out);
    kzgops__json_bool(text, "stale", status->stale);
    kzgops__json_double(text, "duration_ms", (double)status->duration_ns / 1e6);
    add_number(text, "age_seconds", status->age_ns >= 0, (double)status->age_ns / 1e9);
    kzgops__json_bytes(text, "runs", status->runs);
    kzgops__json_bytes(text, "failures", status->failures);
    kzgops__json_bytes(text, "timeouts", status->timeouts);
    kzgops__json_close(text, "}");
}

size_t kzgops_health_check_json(const kzgops_health_status *status, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    add_object(&text, status, false);
    return text.used;
}

size_t kzgops_health_json(const kzgops_health_snapshot *snapshot, const kzgops_health_view *view, char *out,
                          size_t size) {
    struct kzgops__text text;
    kzgops_health_verdict verdict;
    if (view == NULL) view = &everything;
    kzgops__text_begin(&text, out, size);
    kzgops_health_judge(snapshot, view, &verdict);
    kzgops__json_open(&text, "{");
    kzgops__json_text(&text, "state", kzgops_health_state_name(verdict.state));
    kzgops__json_bytes(&text, "passed", verdict.passed);
    kzgops__json_bytes(&text, "degraded", verdict.degraded);
    kzgops__json_bytes(&text, "failed", verdict.failed);
    kzgops__json_bytes(&text, "judged", verdict.judged);
    kzgops__json_key(&text, "checks");
    kzgops__json_open(&text, "[");
    for (size_t i = 0; i < snapshot->count; i++) {
        const kzgops_health_status *status = &snapshot->check[i];
        if (is_seen(view, status)) add_object(&text, status, is_excluded(view, status->name));
    }
    kzgops__json_close(&text, "]");
    kzgops__json_close(&text, "}");
    return text.used;
}
