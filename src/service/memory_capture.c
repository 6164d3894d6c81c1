#include "service/memory_capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "service/captures.h"
#include "service/events.h"
#include "service/jemalloc.h"
#include "service/memory_report.h"
#include "service/service.h"
#include "service/spans.h"

#define PAUSE_NS   ((int64_t)60 * 1000000000)
#define SPARE      4096
#define RISE_SHARE 10
#define REASON_MAX 160

struct memory_capture {
    struct service *service;
    uint64_t high; /* the value that the last capture of a high was for, or the one when the daemon got ready */
    kzgops_memory_level level;
    int64_t last_ns[MEMORY_TRIGGERS]; /* 0: none yet */
};

static const char *const trigger_names[MEMORY_TRIGGERS] = {"memory_high", "memory_pressure"};
static const uint32_t trigger_metrics[MEMORY_TRIGGERS] = {AT_TRIGGER_MEMORY_HIGH, AT_TRIGGER_MEMORY_PRESSURE};

struct memory_capture *memory_capture_new(struct service *service) {
    struct memory_capture *capture = memory_take(MEMORY_TAG_OTHER, sizeof *capture);
    if (capture != NULL) capture->service = service;
    return capture;
}

struct memory_capture *memory_capture_free(struct memory_capture *capture) {
    memory_give(capture);
    return NULL;
}

/* ---- Writing ------------------------------------------------------------------------------------------------- */

/* What was done in the last minute, by operation. */
static void write_mix(struct kzgops__text *text, struct service *service) {
    static kzgops_profile_entry entry[WIRE_OPERATIONS * (SPANS + 1)]; /* the monitor's thread alone is here */
    kzgops_profile_snapshot snapshot;
    kzgops_profile_report(service->profile, KZGOPS_PROFILE_MINUTE, entry, sizeof entry / sizeof entry[0], &snapshot);
    kzgops__json_key(text, "last_minute");
    kzgops__json_open(text, "{");
    for (size_t i = 0; i < snapshot.entry_count; i++) {
        if (entry[i].phase != KZGOPS_PROFILE_WHOLE) continue;
        kzgops__json_bytes(text, entry[i].operation_name, entry[i].count);
    }
    kzgops__json_close(text, "}");
}

static void spell_reason(enum memory_trigger trigger, const struct memory_state *state, char out[REASON_MAX]) {
    const char *what = trigger == MEMORY_TRIGGER_HIGH ? "a tenth above the highest before" : "above a threshold";
    snprintf(out, REASON_MAX, "%s is %s, %s", state->value_name, kzgops__size_text(state->value).text, what);
}

static size_t write_json(struct service *service, enum memory_trigger trigger, const char *reason, const char *heap,
                         const struct memory_report *report, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__json_open(&text, "{");
    kzgops__json_text(&text, "trigger", trigger_names[trigger]);
    kzgops__json_text(&text, "reason", reason);
    kzgops__json_signed(&text, "when_ns", report->machine.when_ns);
    kzgops__json_text(&text, "version", service_version());
    kzgops__json_text(&text, "commit", service_commit());
    kzgops__json_text(&text, "heap", heap);
    write_mix(&text, service);
    kzgops__json_key(&text, "memory");
    bool room = text.used < size;
    /* cppcheck-suppress nullPointerArithmetic ; without memory there is no room */
    text.used += memory_report_json(report, room ? out + text.used : NULL, room ? size - text.used : 0);
    text.comma = true;
    kzgops__json_close(&text, "}");
    return text.used;
}

static bool keep_report(struct service *service, enum memory_trigger trigger, const char *base, bool heap,
                        char ret_reason[REASON_MAX]) {
    struct memory_report *report = malloc(sizeof *report);
    if (report == NULL) return false;
    memory_report_read(service, report);
    spell_reason(trigger, &report->state, ret_reason);
    const char *slash = strrchr(base, '/');
    char name[CAPTURES_PATH_MAX];
    snprintf(name, sizeof name, "%s%s", heap ? slash + 1 : "", heap ? ".heap" : "");
    size_t room = write_json(service, trigger, ret_reason, name, report, NULL, 0) + SPARE;
    char *text = malloc(room);
    size_t length = text == NULL ? room : write_json(service, trigger, ret_reason, name, report, text, room);
    bool ok = length < room && captures_write(base, "json", text, length);
    free(text);
    free(report);
    return ok;
}

static bool keep_heap(const char *base) {
    char path[CAPTURES_PATH_MAX + 8], beside[CAPTURES_PATH_MAX + 16];
    snprintf(path, sizeof path, "%s.heap", base);
    snprintf(beside, sizeof beside, "%s.heap.part", base);
    if (jemalloc_profile_dump(beside) && rename(beside, path) == 0) return true;
    (void)unlink(beside);
    return false;
}

static void keep(struct memory_capture *capture, enum memory_trigger trigger) {
    struct service *service = capture->service;
    char base[CAPTURES_PATH_MAX], reason[REASON_MAX] = "";
    captures_path(service->captures, trigger_names[trigger], base);
    bool heap = service->config.heap_profile_on && keep_heap(base);
    bool ok = keep_report(service, trigger, base, heap, reason);
    if (ok) {
        SERVICE_LOG(EVENT_PROFILE_CAPTURED, KZGOPS_STR("trigger", trigger_names[trigger]),
                    KZGOPS_STR("reason", reason), KZGOPS_STR("kept", heap ? "heap, report" : "report"),
                    KZGOPS_STR("path", base));
    } else {
        SERVICE_LOG(EVENT_PROFILE_CAPTURE_FAILED, KZGOPS_STR("error", "the captures' folder cannot be written"),
                    KZGOPS_STR("trigger", trigger_names[trigger]), KZGOPS_STR("reason", reason),
                    KZGOPS_STR("path", base));
    }
    if (ok) service_metrics_add(service, METRIC_PROFILES, KZGOPS_AT(trigger_metrics[trigger]), 1);
    captures_trim(service->captures, trigger_names[trigger]);
}

/* ---- When ---------------------------------------------------------------------------------------------------- */

static bool due(struct memory_capture *capture, enum memory_trigger trigger) {
    int64_t now_ns = service_now_ns();
    if (capture->last_ns[trigger] != 0 && now_ns - capture->last_ns[trigger] < PAUSE_NS) return false;
    capture->last_ns[trigger] = now_ns;
    return true;
}

void memory_capture_turn(struct memory_capture *capture, kzgops_memory_level level, uint64_t value) {
    bool risen = level > capture->level;
    capture->level = level;
    if (capture->service->captures == NULL || value == KZGOPS_MEMORY_UNKNOWN) return;
    if (service_phase(capture->service) == PHASE_STARTING) return;
    if (capture->high == 0) capture->high = value;
    if (risen && due(capture, MEMORY_TRIGGER_PRESSURE)) keep(capture, MEMORY_TRIGGER_PRESSURE);
    if (value < capture->high + capture->high / RISE_SHARE || !due(capture, MEMORY_TRIGGER_HIGH)) return;
    capture->high = value;
    keep(capture, MEMORY_TRIGGER_HIGH);
}
