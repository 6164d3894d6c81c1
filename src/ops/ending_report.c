#include <math.h>

#include "kzgops/ending.h"
#include "ops/recorder_text.h"

/* ---- Text
 * ----------------------------------------------------------------------------------------------------------- */

static void text_memory(struct kzgops__text *text, const kzgops_ending_memory *memory) {
    if (!memory->known) return;
    kzgops__text_add(text, "memory then: %s %s, limit %s", memory->of_cgroup ? "control group's working set" : "rss",
                     kzgops__size_text(memory->used).text, kzgops__size_text(memory->limit).text);
    if (!isnan(memory->percent)) kzgops__text_add(text, " (%.0f %%)", memory->percent);
    if (fabs(memory->bytes_per_second) < 9e18) {
        kzgops__text_add(text, ", %s a second", kzgops__size_signed_text((int64_t)memory->bytes_per_second).text);
    }
    if (!isnan(memory->full_in_seconds)) {
        kzgops__text_add(text, ", full in %.0f s at that rate", memory->full_in_seconds);
    }
    kzgops__text_add(text, "\n");
}

size_t kzgops_ending_text(const kzgops_ending *ending, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__text_add(&text, "ending:      %s (%s)", kzgops_ending_reason_name(ending->reason),
                     kzgops_ending_certainty_name(ending->certainty));
    if (ending->when_ns != 0) {
        kzgops__text_add(&text, ", %s%s", ending->when_exact ? "" : "after ", kzgops__stamp(ending->when_ns).text);
    }
    kzgops__text_add(&text, "\n");
    kzgops__text_plain(&text, ending->text);
    kzgops__text_add(&text, "\nwhat to do:  %s\n", ending->advice);
    text_memory(&text, &ending->memory);
    for (size_t i = 0; i < ending->evidence_count; i++) {
        kzgops__text_add(&text, i == 0 ? "evidence:    " : "             ");
        kzgops__text_plain(&text, ending->evidence[i]);
        kzgops__text_add(&text, "\n");
    }
    if (ending->path[0] != '\0') {
        kzgops__text_add(&text, "file:        ");
        kzgops__text_plain(&text, ending->path);
        kzgops__text_add(&text, "\n");
    }
    if (ending->has_recording) kzgops__text_recording(&text, &ending->recording);
    return text.used;
}

/* ---- JSON
 * ----------------------------------------------------------------------------------------------------------- */

static void json_memory(struct kzgops__text *text, const kzgops_ending_memory *memory) {
    kzgops__json_key(text, "memory_at_end");
    kzgops__json_open(text, "{");
    kzgops__json_text(text, "figure", memory->of_cgroup ? "working_set" : "rss");
    kzgops__json_bytes(text, "used", memory->used);
    kzgops__json_bytes(text, "limit", memory->limit);
    kzgops__json_double(text, "percent", memory->percent);
    kzgops__json_double(text, "bytes_per_second", memory->bytes_per_second);
    kzgops__json_double(text, "full_in_seconds", memory->full_in_seconds);
    kzgops__json_close(text, "}");
}

size_t kzgops_ending_json(const kzgops_ending *ending, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__json_open(&text, "{");
    kzgops__json_text(&text, "reason", kzgops_ending_reason_name(ending->reason));
    kzgops__json_text(&text, "certainty", kzgops_ending_certainty_name(ending->certainty));
    kzgops__json_text(&text, "text", ending->text);
    kzgops__json_text(&text, "advice", ending->advice);
    kzgops__json_bool(&text, "rebooted", ending->rebooted);
    kzgops__json_bool(&text, "machine_wide", ending->machine_wide);
    kzgops__json_text(&text, "when", kzgops__stamp(ending->when_ns).text);
    kzgops__json_bool(&text, "when_exact", ending->when_exact);
    kzgops__json_text(&text, "file", ending->path);
    json_memory(&text, &ending->memory);
    kzgops__json_key(&text, "evidence");
    kzgops__json_open(&text, "[");
    for (size_t i = 0; i < ending->evidence_count; i++) {
        if (text.comma) kzgops__text_add(&text, ",");
        kzgops__json_string(&text, ending->evidence[i]);
        text.comma = true;
    }
    kzgops__json_close(&text, "]");
    if (ending->has_recording) {
        kzgops__json_key(&text, "recording");
        kzgops__json_open(&text, "{");
        kzgops__json_recording(&text, &ending->recording);
        kzgops__json_close(&text, "}");
    }
    kzgops__json_close(&text, "}");
    return text.used;
}
