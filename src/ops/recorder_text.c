#include "ops/recorder_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND_NS ((int64_t)1000000000)

struct stamp kzgops__stamp(int64_t realtime_ns) {
    struct stamp stamp;
    time_t seconds = (time_t)(realtime_ns / SECOND_NS);
    struct tm utc = {0};
    size_t n = 0;
    if (realtime_ns > 0 && gmtime_r(&seconds, &utc) != NULL) {
        n = strftime(stamp.text, sizeof stamp.text, "%Y-%m-%dT%H:%M:%S", &utc);
    }
    if (n == 0) {
        snprintf(stamp.text, sizeof stamp.text, "unknown");
    } else {
        snprintf(stamp.text + n, sizeof stamp.text - n, ".%03dZ", (int)(realtime_ns % SECOND_NS / 1000000));
    }
    return stamp;
}

struct stamp kzgops__duration(int64_t ns) {
    static const struct {
        int64_t seconds;
        const char *unit;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}};
    struct stamp stamp;
    int64_t seconds = ns / SECOND_NS;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (seconds < 2 * units[i].seconds) continue;
        snprintf(stamp.text, sizeof stamp.text, "%" PRId64 " %s", seconds / units[i].seconds, units[i].unit);
        return stamp;
    }
    if (seconds >= 1) {
        int tenths = (int)(ns % SECOND_NS / 100000000);
        snprintf(stamp.text, sizeof stamp.text, "%" PRId64 ".%d s", seconds, tenths);
    } else {
        snprintf(stamp.text, sizeof stamp.text, "%" PRId64 " ms", ns / 1000000);
    }
    return stamp;
}

void kzgops__text_plain(struct kzgops__text *text, const char *value) {
    for (const unsigned char *s = (const unsigned char *)value; *s != '\0'; s++) {
        kzgops__text_add(text, *s < 0x20 || *s == 0x7f ? "\\x%02x" : "%c", *s);
    }
}

void kzgops__text_operation(struct kzgops__text *text, const char *name, const char *request_id, int64_t age_ns) {
    kzgops__text_plain(text, name[0] != '\0' ? name : "an operation without a name");
    if (request_id[0] != '\0') {
        kzgops__text_add(text, ", request ");
        kzgops__text_plain(text, request_id);
    }
    kzgops__text_add(text, ", running for %s", kzgops__duration(age_ns).text);
}

void kzgops__text_signal(struct kzgops__text *text, const kzgops_recorded_crash *crash, uint64_t own_pid) {
    const char *name = kzgops_recorder_signal_name(crash->signal);
    if (strcmp(name, "signal") == 0) {
        kzgops__text_add(text, "signal %d", crash->signal);
    } else {
        kzgops__text_add(text, "%s", name);
    }
    if (!crash->sent) {
        kzgops__text_add(text, " at address 0x%" PRIx64, crash->address);
    } else if (crash->sender == own_pid) {
        kzgops__text_add(text, ", raised by itself");
    } else {
        kzgops__text_add(text, ", sent by process %" PRIu64, crash->sender);
    }
}
