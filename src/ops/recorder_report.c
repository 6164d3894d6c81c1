#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "kzgops/recorder.h"
#include "ops/recorder_text.h"

#define TEXT_SAMPLES 5
#define TEXT_ERRORS  8
#define TEXT_EVENTS  8
#define JSON_SAMPLES 60

const char *kzgops_recorder_state_name(kzgops_recorder_state_kind state) {
    static const char *const names[] = {"starting", "ready", "draining", "stopped", "failed"};
    KZG_ASSERT((unsigned)state < sizeof names / sizeof names[0]);
    return names[state];
}

/* ---- Text ------------------------------------------------------------------------------------------------------ */

static size_t last(size_t count, size_t wanted) {
    return count > wanted ? count - wanted : 0;
}

static void text_start(struct kzgops__text *text, const kzgops_recorded_start *start) {
    kzgops__text_add(text, "process:     ");
    kzgops__text_plain(text, start->service[0] != '\0' ? start->service : "unknown");
    kzgops__text_add(text, " ");
    kzgops__text_plain(text, start->version);
    if (start->commit[0] != '\0') {
        kzgops__text_add(text, " (");
        kzgops__text_plain(text, start->commit);
        kzgops__text_add(text, ")");
    }
    kzgops__text_add(text, ", pid %" PRIu64 ", started %s\n", start->pid, kzgops__stamp(start->when_ns).text);
}

static void text_crash(struct kzgops__text *text, const kzgops_recording *recording) {
    const kzgops_recorded_crash *crash = &recording->crash;
    if (crash->signal == 0) return;
    kzgops__text_add(text, "crash:       ");
    kzgops__text_signal(text, crash, recording->start.pid);
    kzgops__text_add(text, ", %s, thread %" PRIu64 " ", kzgops__stamp(crash->when_ns).text, crash->thread);
    kzgops__text_plain(text, crash->thread_name);
    kzgops__text_add(text, "\n");
    if (crash->operation[0] != '\0') {
        kzgops__text_add(text, "  during     ");
        kzgops__text_operation(text, crash->operation, crash->request_id, crash->age_ns);
        kzgops__text_add(text, "\n");
    }
    if (crash->digest[0] != '\0') kzgops__text_add(text, "  input      sha256 %s\n", crash->digest);
    if (recording->start.build_id[0] != '\0') {
        kzgops__text_add(text, "  build id   ");
        kzgops__text_plain(text, recording->start.build_id);
        kzgops__text_add(text, "\n");
    }
    for (size_t i = 0; i < crash->frame_count; i++) {
        const kzgops_recorded_frame *frame = &crash->frame[i];
        kzgops__text_add(text, "  #%-9zu 0x%" PRIx64 " ", i, frame->address);
        kzgops__text_plain(text, frame->module);
        kzgops__text_add(text, frame->module[0] != '\0' ? "+0x%" PRIx64 "\n" : "\n", frame->offset);
    }
}

static void text_operations(struct kzgops__text *text, const kzgops_recording *recording) {
    kzgops__text_add(text, "in flight:   %zu operations\n", recording->operation_count);
    for (size_t i = 0; i < recording->operation_count; i++) {
        const kzgops_recorded_operation *operation = &recording->operation[i];
        kzgops__text_add(text, "  worker %-3" PRIu64 " ", operation->slot);
        kzgops__text_operation(text, operation->name, operation->request_id, operation->age_ns);
        if (operation->digest[0] != '\0') kzgops__text_add(text, ", input sha256 %.16s", operation->digest);
        kzgops__text_add(text, "\n");
    }
}

static void text_samples(struct kzgops__text *text, const kzgops_recording *recording) {
    size_t count = recording->sample_count;
    kzgops__text_add(text, "memory:      %zu samples\n", count);
    for (size_t i = last(count, TEXT_SAMPLES); i < count; i++) {
        const kzgops_recorder_sample *sample = &recording->sample[i];
        kzgops__text_add(text, "  %s rss %s, working set %s, limit %s, allocated %s\n",
                         kzgops__stamp(sample->when_ns).text, kzgops__size_text(sample->rss).text,
                         kzgops__size_text(sample->working_set).text, kzgops__size_text(sample->limit).text,
                         kzgops__size_text(sample->allocated).text);
    }
}

static void text_errors(struct kzgops__text *text, const kzgops_recording *recording) {
    size_t count = recording->error_count;
    kzgops__text_add(text, "last errors: %s\n", count == 0 ? "none" : "");
    for (size_t i = last(count, TEXT_ERRORS); i < count; i++) {
        const kzgops_recorded_error *error = &recording->error[i];
        kzgops__text_add(text, "  %s ", kzgops__stamp(error->when_ns).text);
        kzgops__text_plain(text, error->code);
        kzgops__text_add(text, error->request_id[0] != '\0' ? ", request " : "");
        kzgops__text_plain(text, error->request_id);
        kzgops__text_add(text, "\n");
    }
}

static void text_events(struct kzgops__text *text, const kzgops_recording *recording) {
    size_t count = recording->event_count;
    kzgops__text_add(text, "last events: %s\n", count == 0 ? "none" : "");
    for (size_t i = last(count, TEXT_EVENTS); i < count; i++) {
        const kzgops_recorded_event *event = &recording->event[i];
        kzgops__text_add(text, "  %s ", kzgops__stamp(event->when_ns).text);
        kzgops__text_plain(text, event->name);
        kzgops__text_add(text, event->detail[0] != '\0' ? ": " : "");
        kzgops__text_plain(text, event->detail);
        kzgops__text_add(text, "\n");
    }
}

void kzgops__text_recording(struct kzgops__text *text, const kzgops_recording *recording) {
    text_start(text, &recording->start);
    kzgops__text_add(text, "state:       %s since %s, last sign of life %s\n",
                     kzgops_recorder_state_name(recording->state), kzgops__stamp(recording->state_when_ns).text,
                     kzgops__stamp(recording->alive_ns).text);
    text_crash(text, recording);
    text_operations(text, recording);
    text_samples(text, recording);
    text_errors(text, recording);
    text_events(text, recording);
    if (recording->damaged > 0) {
        kzgops__text_add(text, "%" PRIu64 " records were half written or damaged, and are left out\n",
                         recording->damaged);
    }
}

size_t kzgops_recording_text(const kzgops_recording *recording, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__text_recording(&text, recording);
    return text.used;
}

/* ---- JSON ------------------------------------------------------------------------------------------------------ */

static void json_array(struct kzgops__text *text, const char *key) {
    kzgops__json_key(text, key);
    kzgops__json_open(text, "[");
}

/* Addresses and ids of 64 bits lose their end in many readers of numbers. */
static void json_hex(struct kzgops__text *text, const char *key, uint64_t value) {
    char digits[24];
    snprintf(digits, sizeof digits, "0x%" PRIx64, value);
    kzgops__json_text(text, key, digits);
}

static void json_seconds(struct kzgops__text *text, const char *key, int64_t ns) {
    kzgops__json_double(text, key, (double)ns / 1e9);
}

static void json_when(struct kzgops__text *text, const char *key, int64_t ns) {
    kzgops__json_text(text, key, kzgops__stamp(ns).text);
}

static void json_start(struct kzgops__text *text, const kzgops_recorded_start *start) {
    kzgops__json_key(text, "process");
    kzgops__json_open(text, "{");
    kzgops__json_text(text, "service", start->service);
    kzgops__json_text(text, "version", start->version);
    kzgops__json_text(text, "commit", start->commit);
    kzgops__json_text(text, "build_id", start->build_id);
    kzgops__json_bytes(text, "pid", start->pid);
    kzgops__json_bool(text, "pid_is_hosts", start->host_pid);
    kzgops__json_text(text, "command", start->command);
    kzgops__json_text(text, "boot_id", start->boot_id);
    kzgops__json_text(text, "cgroup", start->cgroup_path);
    json_when(text, "started", start->when_ns);
    kzgops__json_close(text, "}");
}

static void json_work(struct kzgops__text *text, const char *operation, const char *request_id, const char *digest,
                      int64_t age_ns) {
    kzgops__json_text(text, "operation", operation);
    kzgops__json_text(text, "request_id", request_id);
    json_seconds(text, "age_seconds", age_ns);
    if (digest[0] != '\0') kzgops__json_text(text, "input_sha256", digest);
}

static void json_frames(struct kzgops__text *text, const kzgops_recorded_crash *crash) {
    json_array(text, "backtrace");
    for (size_t i = 0; i < crash->frame_count; i++) {
        kzgops__json_open(text, "{");
        json_hex(text, "address", crash->frame[i].address);
        kzgops__json_text(text, "module", crash->frame[i].module);
        json_hex(text, "offset", crash->frame[i].offset);
        kzgops__json_close(text, "}");
    }
    kzgops__json_close(text, "]");
}

static void json_crash(struct kzgops__text *text, const kzgops_recorded_crash *crash) {
    if (crash->signal == 0) return;
    kzgops__json_key(text, "crash");
    kzgops__json_open(text, "{");
    kzgops__json_text(text, "signal", kzgops_recorder_signal_name(crash->signal));
    kzgops__json_signed(text, "number", crash->signal);
    kzgops__json_signed(text, "code", crash->code);
    kzgops__json_bool(text, "sent", crash->sent);
    if (crash->sent) {
        kzgops__json_bytes(text, "sender", crash->sender);
    } else {
        json_hex(text, "address", crash->address);
    }
    json_when(text, "when", crash->when_ns);
    kzgops__json_bytes(text, "thread", crash->thread);
    kzgops__json_text(text, "thread_name", crash->thread_name);
    if (crash->operation[0] != '\0') {
        kzgops__json_bytes(text, "worker", crash->slot);
        json_work(text, crash->operation, crash->request_id, crash->digest, crash->age_ns);
    }
    json_frames(text, crash);
    kzgops__json_close(text, "}");
}

static void json_operations(struct kzgops__text *text, const kzgops_recording *recording) {
    json_array(text, "in_flight");
    for (size_t i = 0; i < recording->operation_count; i++) {
        const kzgops_recorded_operation *operation = &recording->operation[i];
        kzgops__json_open(text, "{");
        kzgops__json_bytes(text, "worker", operation->slot);
        kzgops__json_bytes(text, "thread", operation->thread);
        json_work(text, operation->name, operation->request_id, operation->digest, operation->age_ns);
        kzgops__json_close(text, "}");
    }
    kzgops__json_close(text, "]");
}

static void json_samples(struct kzgops__text *text, const kzgops_recording *recording) {
    size_t count = recording->sample_count;
    json_array(text, "memory");
    for (size_t i = last(count, JSON_SAMPLES); i < count; i++) {
        const kzgops_recorder_sample *sample = &recording->sample[i];
        kzgops__json_open(text, "{");
        json_when(text, "when", sample->when_ns);
        kzgops__json_bytes(text, "rss", sample->rss);
        kzgops__json_bytes(text, "cgroup_usage", sample->cgroup_usage);
        kzgops__json_bytes(text, "working_set", sample->working_set);
        kzgops__json_bytes(text, "limit", sample->limit);
        kzgops__json_bytes(text, "allocated", sample->allocated);
        kzgops__json_bytes(text, "resident", sample->resident);
        kzgops__json_bytes(text, "available", sample->available);
        kzgops__json_bytes(text, "oom_kills", sample->oom_kills);
        kzgops__json_close(text, "}");
    }
    kzgops__json_close(text, "]");
}

static void json_errors(struct kzgops__text *text, const kzgops_recording *recording) {
    json_array(text, "errors");
    for (size_t i = 0; i < recording->error_count; i++) {
        kzgops__json_open(text, "{");
        json_when(text, "when", recording->error[i].when_ns);
        kzgops__json_text(text, "code", recording->error[i].code);
        kzgops__json_text(text, "request_id", recording->error[i].request_id);
        kzgops__json_close(text, "}");
    }
    kzgops__json_close(text, "]");
}

static void json_events(struct kzgops__text *text, const kzgops_recording *recording) {
    json_array(text, "events");
    for (size_t i = 0; i < recording->event_count; i++) {
        kzgops__json_open(text, "{");
        json_when(text, "when", recording->event[i].when_ns);
        kzgops__json_text(text, "event", recording->event[i].name);
        kzgops__json_text(text, "detail", recording->event[i].detail);
        kzgops__json_close(text, "}");
    }
    kzgops__json_close(text, "]");
}

void kzgops__json_recording(struct kzgops__text *text, const kzgops_recording *recording) {
    json_start(text, &recording->start);
    kzgops__json_text(text, "state", kzgops_recorder_state_name(recording->state));
    json_when(text, "state_since", recording->state_when_ns);
    json_when(text, "last_alive", recording->alive_ns);
    json_crash(text, &recording->crash);
    json_operations(text, recording);
    json_samples(text, recording);
    json_errors(text, recording);
    json_events(text, recording);
    kzgops__json_bytes(text, "damaged_records", recording->damaged);
}

size_t kzgops_recording_json(const kzgops_recording *recording, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__json_open(&text, "{");
    kzgops__json_recording(&text, recording);
    kzgops__json_close(&text, "}");
    return text.used;
}
