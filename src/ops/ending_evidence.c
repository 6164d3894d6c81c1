/* Evidence from outside of the recorder's file: the kernel's log, the control group's counters; and the trend of the
 * memory samples. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ops/ending.h"
#include "ops/ending_log.h"
#include "ops/memory_files.h"
#include "ops/recorder_text.h"

#define SECOND_NS     ((int64_t)1000000000)
#define SLACK_NS      (2 * SECOND_NS)
#define DRIFT         10000 /* the log's clock is not steered by NTP: 100 ppm of the time since the boot */
#define OTHERS_MAX    2     /* lines about other processes that are shown */
#define MATCHES_MAX   5
#define TREND_NS      (60 * SECOND_NS)
#define SHORT_PERCENT 90
#define SHORT_SECONDS 5
#define SHORT_MACHINE ((uint64_t)64 << 20)

void kzgops__ending_evidence(kzgops_ending *ending, const char *format, ...) {
    char line[KZGOPS_ENDING_EVIDENCE_TEXT];
    struct kzgops__text text;
    va_list args;
    if (ending->evidence_count == KZGOPS_ENDING_EVIDENCE_MAX) return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    char *to = ending->evidence[ending->evidence_count++];
    kzgops__text_begin(&text, to, KZGOPS_ENDING_EVIDENCE_TEXT);
    kzgops__text_plain(&text, line);
}

/* ---- The kernel's log ------------------------------------------------------------------------------------------ */

struct search {
    struct ending_facts *facts;
    kzgops_ending *ending;
    int64_t from_ns, until_ns;
    size_t others, matches;
    bool has_intent; /* of this process, and no "Killed process" has followed yet */
    struct log_line intent;
    int intent_certainty;
};

enum in_time { TIME_UNKNOWN, TIME_OUTSIDE, TIME_INSIDE };

static enum in_time in_time(const struct search *search, const struct log_line *line) {
    if (!line->has_time) return TIME_UNKNOWN;
    return line->when_ns >= search->from_ns && line->when_ns <= search->until_ns ? TIME_INSIDE : TIME_OUTSIDE;
}

/* Whether the recorded folder of the control group ends with the group's name in the log. */
static bool same_group(const kzgops_recorded_start *start, const struct log_line *line) {
    size_t path = strlen(start->cgroup_path), group = strlen(line->group);
    return group > 1 && path > group && strcmp(start->cgroup_path + path - group, line->group) == 0;
}

/* How certain it is that the line is about the process; -1: it is not. A container's process does not know the pid
 * that the log has: then name and time speak, and the group if it sees its own name. */
static int match(const struct search *search, const struct log_line *line) {
    const kzgops_recorded_start *start = &search->facts->recording->start;
    enum in_time time = in_time(search, line);
    bool same_name = strcmp(start->command, line->name) == 0 && line->name[0] != '\0';
    if (time == TIME_OUTSIDE || (start->host_pid && start->pid != line->pid)) return -1;
    if (start->host_pid && same_name) return time == TIME_INSIDE ? KZGOPS_ENDING_CERTAIN : KZGOPS_ENDING_LIKELY;
    if (start->host_pid) return time == TIME_INSIDE ? KZGOPS_ENDING_LIKELY : -1;
    if (!same_name) return -1;
    if (time == TIME_UNKNOWN) return KZGOPS_ENDING_POSSIBLE;
    return same_group(start, line) ? KZGOPS_ENDING_CERTAIN : KZGOPS_ENDING_LIKELY;
}

static void show_line(struct search *search, const struct log_line *line, const char *what) {
    char when[48] = "";
    if (line->has_time) {
        snprintf(when, sizeof when, "[%" PRId64 ".%06d] ", line->when_ns / SECOND_NS,
                 (int)(line->when_ns % SECOND_NS / 1000));
    }
    kzgops__ending_evidence(search->ending, "kernel log, %s: %s%s", what, when, line->text);
}

static int64_t distance(const struct search *search, const struct log_line *line) {
    int64_t away = line->when_ns - search->facts->recording->alive_monotonic_ns;
    return away < 0 ? -away : away;
}

/* Of lines that are as good as each other, the one closest to the last sign of life tells the time. */
static void take_oom(struct search *search, const struct log_line *line, int certainty) {
    struct ending_facts *facts = search->facts;
    const kzgops_recording *recording = facts->recording;
    if (certainty >= facts->oom && line->of_group) facts->oom_of_group = true;
    if (line->has_time && (certainty > facts->oom || distance(search, line) <= facts->oom_distance_ns)) {
        facts->oom_has_time = true;
        facts->oom_distance_ns = distance(search, line);
        facts->oom_when_ns = recording->alive_ns + (line->when_ns - recording->alive_monotonic_ns);
    }
    if (certainty > facts->oom) facts->oom = certainty;
}

/* Kernels before 5.3 first said whom they meant to kill, and then whom they killed: that was a child, if there was
 * one that had memory of its own. Only the first of the two lines says whether a control group was full. */
static void resolve_intent(struct search *search, const struct log_line *killed) {
    bool same = killed->pid == search->intent.pid;
    if (same && search->intent.of_group) search->facts->oom_of_group = true;
    search->has_intent = false;
}

static void take_match(struct search *search, const struct log_line *line, int certainty) {
    if (search->matches++ < MATCHES_MAX) show_line(search, line, "of this process");
    if (line->kind == LOG_INTENT) {
        search->has_intent = true;
        search->intent = *line;
        search->intent_certainty = certainty;
    } else if (line->kind != LOG_FAULT) {
        take_oom(search, line, certainty);
    } else if (certainty >= KZGOPS_ENDING_LIKELY) {
        snprintf(search->facts->fault, sizeof search->facts->fault, "%s", line->fault);
    }
}

static void take_line(void *user, const struct log_line *line) {
    struct search *search = user;
    int certainty = match(search, line);
    if (search->has_intent && line->kind == LOG_KILLED) resolve_intent(search, line);
    if (certainty >= 0) {
        take_match(search, line, certainty);
    } else if (line->kind == LOG_KILLED && in_time(search, line) == TIME_INSIDE && search->others++ < OTHERS_MAX) {
        show_line(search, line, "of another process at that time");
    }
}

static void set_window(struct search *search) {
    const kzgops_recording *recording = search->facts->recording;
    int64_t alive = recording->alive_monotonic_ns, drift = alive / DRIFT;
    int64_t from = alive - SLACK_NS - drift, start = recording->start.monotonic_ns - drift;
    search->from_ns = from > start ? from : start;
    search->until_ns = search->facts->until_ns + SLACK_NS + drift;
}

void kzgops__ending_read_log(const char *path, struct ending_facts *facts, kzgops_ending *ending) {
    struct search search = {.facts = facts, .ending = ending};
    struct log_reading reading;
    if (path[0] == '\0') return;
    set_window(&search);
    kzgops__log_read(path, take_line, &search, &reading);
    if (search.has_intent) {
        int certainty = search.intent_certainty;
        take_oom(&search, &search.intent, certainty < KZGOPS_ENDING_LIKELY ? certainty : KZGOPS_ENDING_LIKELY);
    }
    facts->log_error = reading.error;
    facts->log_covers =
        reading.error == NULL && reading.has_oldest && reading.oldest_ns <= facts->recording->alive_monotonic_ns;
    if (reading.error != NULL) {
        errno = reading.error_number;
        kzgops__ending_evidence(ending, "the kernel log %s %s: %m", path, reading.error);
    } else if (search.matches == 0) {
        kzgops__ending_evidence(ending, "the kernel log (%" PRIu64 " lines%s) has nothing about this process",
                                reading.lines, facts->log_covers ? "" : ", not known to go back far enough");
    }
}

/* ---- Counters -------------------------------------------------------------------------------------------------- */

static uint64_t oom_kills_now(const kzgops_recorded_start *start) {
    uint64_t kills = KZGOPS_BYTES_UNKNOWN;
    const struct keyed keyed = {"oom_kill", &kills};
    bool v1 = start->cgroup_version == KZGOPS_CGROUP_V1;
    (void)kzgops__read_keyed(start->cgroup_path, v1 ? "memory.oom_control" : "memory.events", &keyed, 1);
    return kills;
}

static uint64_t oom_kills_then(const kzgops_recording *recording) {
    for (size_t i = recording->sample_count; i > 0; i--) {
        uint64_t kills = recording->sample[i - 1].oom_kills;
        if (kills != KZGOPS_BYTES_UNKNOWN) return kills;
    }
    return recording->start.oom_kills;
}

/* A group that was made anew under the same name counts from zero: its folder has another inode. */
void kzgops__ending_read_counters(struct ending_facts *facts, kzgops_ending *ending) {
    const kzgops_recorded_start *start = &facts->recording->start;
    const char *when = "now";
    struct stat status;
    if (start->cgroup_path[0] == '\0') return;
    uint64_t then = oom_kills_then(facts->recording), now = facts->oom_kills_until;
    if (now != KZGOPS_BYTES_UNKNOWN) {
        when = "when the next process began";
    } else if (stat(start->cgroup_path, &status) == 0 && status.st_ino == start->cgroup_inode) {
        now = oom_kills_now(start);
    } else {
        kzgops__ending_evidence(ending, "its control group %s is gone, and its counters with it", start->cgroup_path);
        return;
    }
    if (then == KZGOPS_BYTES_UNKNOWN || now == KZGOPS_BYTES_UNKNOWN || now < then) return;
    facts->counted = true;
    facts->oom_counts = now - then;
    kzgops__ending_evidence(ending,
                            "control group %s: oom_kill was %" PRIu64 " at the last sample and is %" PRIu64 " %s",
                            start->cgroup_path, then, now, when);
}

/* ---- Memory ---------------------------------------------------------------------------------------------------- */

static uint64_t used_of(const kzgops_recorder_sample *sample, bool of_cgroup) {
    return of_cgroup ? sample->working_set : sample->rss;
}

/* When it got ready, the last time that is known; INT64_MIN when it did not. A start fills memory, which is no trend.
 */
static int64_t ready_ns(const kzgops_recording *recording) {
    const char *ready = kzgops_recorder_state_name(KZGOPS_RECORDER_READY);
    for (size_t i = recording->event_count; i-- > 0;) {
        const kzgops_recorded_event *event = &recording->event[i];
        if (strcmp(event->name, "state") == 0 && strcmp(event->detail, ready) == 0) return event->when_ns;
    }
    return INT64_MIN;
}

/* Least squares, over the samples of the last minute and since it got ready; NAN with less than two moments. */
static double slope(const kzgops_recording *recording, bool of_cgroup) {
    const kzgops_recorder_sample *last = &recording->sample[recording->sample_count - 1];
    int64_t from_ns = ready_ns(recording);
    double n = 0, sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0;
    for (size_t i = 0; i < recording->sample_count; i++) {
        const kzgops_recorder_sample *sample = &recording->sample[i];
        double x = ((double)sample->monotonic_ns - (double)last->monotonic_ns) / (double)SECOND_NS;
        uint64_t used = used_of(sample, of_cgroup);
        if (x * (double)SECOND_NS < -(double)TREND_NS || used == KZGOPS_BYTES_UNKNOWN) continue;
        if (sample->when_ns <= from_ns) continue;
        double y = (double)used - (double)used_of(last, of_cgroup);
        n++;
        sum_x += x;
        sum_y += y;
        sum_xx += x * x;
        sum_xy += x * y;
    }
    double spread = n * sum_xx - sum_x * sum_x;
    return n >= 2 && spread > 0 ? (n * sum_xy - sum_x * sum_y) / spread : NAN;
}

void kzgops__ending_memory(const kzgops_recording *recording, kzgops_ending_memory *ret) {
    *ret = (kzgops_ending_memory){.used = KZGOPS_BYTES_UNKNOWN, .limit = KZGOPS_BYTES_UNKNOWN};
    ret->percent = ret->bytes_per_second = ret->full_in_seconds = NAN;
    if (recording->sample_count == 0) return;
    const kzgops_recorder_sample *last = &recording->sample[recording->sample_count - 1];
    ret->of_cgroup = last->working_set != KZGOPS_BYTES_UNKNOWN;
    ret->used = used_of(last, ret->of_cgroup);
    ret->limit = last->limit;
    ret->known = ret->used != KZGOPS_BYTES_UNKNOWN;
    if (!ret->known) return;
    ret->bytes_per_second = slope(recording, ret->of_cgroup);
    if (ret->limit >= KZGOPS_BYTES_UNLIMITED || ret->limit == 0) return;
    ret->percent = 100 * (double)ret->used / (double)ret->limit;
    double room = ret->used < ret->limit ? (double)(ret->limit - ret->used) : 0;
    if (ret->bytes_per_second > 0) ret->full_in_seconds = room / ret->bytes_per_second;
}

bool kzgops__ending_memory_was_short(const kzgops_ending_memory *memory, const kzgops_recording *recording) {
    if (!memory->known) return false;
    if (memory->percent >= SHORT_PERCENT || memory->full_in_seconds <= SHORT_SECONDS) return true;
    return recording->sample[recording->sample_count - 1].available <= SHORT_MACHINE;
}
