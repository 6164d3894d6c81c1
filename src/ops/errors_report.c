#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/text.h"
#include "kzgops/errors.h"

struct stamp {
    char text[48];
};

static struct stamp stamp_of(int64_t realtime_ns) {
    struct stamp stamp;
    time_t seconds = (time_t)(realtime_ns / 1000000000);
    struct tm utc = {0};
    if (gmtime_r(&seconds, &utc) == NULL ||
        strftime(stamp.text, sizeof stamp.text, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) {
        snprintf(stamp.text, sizeof stamp.text, "unknown");
    }
    return stamp;
}

/* What could end the line or move a terminal's cursor is spelled out. */
static void add_plain(struct kzgops__text *text, const char *value) {
    for (const unsigned char *s = (const unsigned char *)value; *s != '\0'; s++) {
        kzgops__text_add(text, *s < 0x20 || *s == 0x7f ? "\\x%02x" : "%c", *s);
    }
}

static void add_group(struct kzgops__text *text, const kzgops_errors_group *group) {
    add_plain(text, group->code);
    kzgops__text_add(text, " at ");
    add_plain(text, group->place);
    kzgops__text_add(text, ": %" PRIu64 " (%s%s), %" PRIu64 " in 1 min, %" PRIu64 " in 10 min, %" PRIu64 " in 1 h\n",
                     group->count, kzgops_errors_frequency_name(group->frequency), group->spiking ? ", spiking" : "",
                     group->rate[KZGOPS_ERRORS_MINUTE].count, group->rate[KZGOPS_ERRORS_TEN_MINUTES].count,
                     group->rate[KZGOPS_ERRORS_HOUR].count);
    kzgops__text_add(text, "    first %s, last %s", stamp_of(group->first_ns).text, stamp_of(group->last_ns).text);
    if (group->request_id[0] != '\0') {
        kzgops__text_add(text, ", request ");
        add_plain(text, group->request_id);
    }
    if (group->message[0] != '\0') {
        kzgops__text_add(text, "\n    ");
        add_plain(text, group->message);
    }
    kzgops__text_add(text, "\n");
}

size_t kzgops_errors_report_text(const kzgops_errors_snapshot *snapshot, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__text_add(
        &text, "%" PRIu64 " errors in %zu groups (of at most %zu), %zu spiking, %" PRIu64 " spikes so far\n",
        snapshot->count, snapshot->group_total, snapshot->group_limit, snapshot->spiking, snapshot->spikes);
    for (size_t i = 0; i < snapshot->group_count; i++) add_group(&text, &snapshot->groups[i]);
    if (snapshot->group_count < snapshot->group_total) {
        kzgops__text_add(&text, "and %zu more groups\n", snapshot->group_total - snapshot->group_count);
    }
    if (snapshot->overflow > 0) {
        kzgops__text_add(&text, "%" PRIu64 " errors found the table full and are in no group\n", snapshot->overflow);
    }
    return text.used;
}

static void add_rates(struct kzgops__text *text, const kzgops_errors_group *group) {
    static const char *const names[KZGOPS_ERRORS_WINDOWS] = {"1m", "10m", "1h"};
    kzgops__json_key(text, "windows");
    kzgops__json_open(text, "{");
    for (int i = 0; i < KZGOPS_ERRORS_WINDOWS; i++) {
        kzgops__json_key(text, names[i]);
        kzgops__json_open(text, "{");
        kzgops__json_bytes(text, "count", group->rate[i].count);
        kzgops__json_double(text, "per_second", group->rate[i].per_second);
        kzgops__json_close(text, "}");
    }
    kzgops__json_close(text, "}");
}

static void add_object(struct kzgops__text *text, const kzgops_errors_group *group) {
    char fingerprint[17];
    snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, group->fingerprint);
    kzgops__json_open(text, "{");
    kzgops__json_text(text, "fingerprint", fingerprint); /* a number of 64 bits would lose its end in many readers */
    kzgops__json_text(text, "code", group->code);
    kzgops__json_text(text, "place", group->place);
    kzgops__json_bytes(text, "count", group->count);
    kzgops__json_text(text, "first_seen", stamp_of(group->first_ns).text);
    kzgops__json_text(text, "last_seen", stamp_of(group->last_ns).text);
    add_rates(text, group);
    kzgops__json_text(text, "frequency", kzgops_errors_frequency_name(group->frequency));
    kzgops__json_bool(text, "spiking", group->spiking);
    kzgops__json_bytes(text, "spikes", group->spikes);
    kzgops__json_key(text, "sample");
    kzgops__json_open(text, "{");
    kzgops__json_text(text, "message", group->message);
    kzgops__json_text(text, "request_id", group->request_id);
    kzgops__json_close(text, "}");
    kzgops__json_close(text, "}");
}

size_t kzgops_errors_report_json(const kzgops_errors_snapshot *snapshot, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__json_open(&text, "{");
    kzgops__json_bytes(&text, "count", snapshot->count);
    kzgops__json_bytes(&text, "overflow", snapshot->overflow);
    kzgops__json_bytes(&text, "spikes", snapshot->spikes);
    kzgops__json_bytes(&text, "spiking", snapshot->spiking);
    kzgops__json_bytes(&text, "group_total", snapshot->group_total);
    kzgops__json_bytes(&text, "group_limit", snapshot->group_limit);
    kzgops__json_key(&text, "groups");
    kzgops__json_open(&text, "[");
    for (size_t i = 0; i < snapshot->group_count; i++) add_object(&text, &snapshot->groups[i]);
    kzgops__json_close(&text, "]");
    kzgops__json_close(&text, "}");
    return text.used;
}
