#include "kzgops/memory_growth.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "ops/sources.h"

#define SECOND         1000000000.0
#define POINTS_MAX     60
#define POINTS_MIN     8
#define PAIRS_MAX      (POINTS_MAX * (POINTS_MAX - 1) / 2)
#define INTERVALS_MIN  12
#define LOAD_FACTOR    2.0 /* rates further apart are not compared */
#define LOAD_TOLERANCE 1.1 /* a rise of load up to this explains no rise of bytes */
#define COVERED        0.9 /* of a window, before anything is said about it */
#define THIRDS_MIN     0.6 /* more than any single step can reach: it gives at most 1/2 to one of the two */
#define THIRDS_PAIRS   4
#define UNKNOWN        KZGOPS_GROWTH_UNKNOWN

/* Live bytes of entry i stand at live[i * tag_count]. */
struct entry {
    int64_t interval; /* since the clock's zero */
    int64_t time_ns;  /* of its last sample */
    uint64_t operations;
};

struct kzgops_growth {
    kzgops_growth_config config; /* defaults put in */
    size_t windows;
    pthread_mutex_t lock;
    size_t capacity, first, count;
    struct entry *entries;
    uint64_t *live;
    size_t bytes;
};

struct point {
    double seconds;
    double bytes;
    double rate; /* operations a second since the point before */
};

/* ---- The ring ------------------------------------------------------------------------------------------------ */

static size_t slot(const kzgops_growth *growth, size_t i) {
    return (growth->first + i) % growth->capacity;
}

static const struct entry *entry_at(const kzgops_growth *growth, size_t i) {
    return &growth->entries[slot(growth, i)];
}

static uint64_t live_at(const kzgops_growth *growth, size_t i, size_t tag) {
    return growth->live[slot(growth, i) * growth->config.tag_count + tag];
}

static void append(kzgops_growth *growth, int64_t interval) {
    if (growth->count == growth->capacity) {
        growth->first = slot(growth, 1);
        growth->count--;
    }
    size_t at = slot(growth, growth->count++), tags = growth->config.tag_count;
    growth->entries[at] = (struct entry){.interval = interval};
    for (size_t tag = 0; tag < tags; tag++) growth->live[at * tags + tag] = UNKNOWN;
}

void kzgops_growth_sample(kzgops_growth *growth, const uint64_t *live_bytes, uint64_t operations) {
    int64_t now = kzgops__monotonic_ns(growth->config.sources);
    int64_t interval = now / ((int64_t)growth->config.interval_s * 1000000000);
    pthread_mutex_lock(&growth->lock);
    if (growth->count > 0) {
        const struct entry *last = entry_at(growth, growth->count - 1);
        if (now < last->time_ns || operations < last->operations) growth->count = 0;
    }
    if (growth->count == 0 || entry_at(growth, growth->count - 1)->interval != interval) append(growth, interval);
    size_t at = slot(growth, growth->count - 1);
    growth->entries[at].time_ns = now;
    growth->entries[at].operations = operations;
    for (size_t tag = 0; tag < growth->config.tag_count; tag++) {
        uint64_t *lowest = &growth->live[at * growth->config.tag_count + tag]; /* UNKNOWN is above all */
        if (live_bytes[tag] < *lowest) *lowest = live_bytes[tag];
    }
    pthread_mutex_unlock(&growth->lock);
}

/* ---- Points of a window -------------------------------------------------------------------------------------- */

struct window {
    double seconds;
    size_t begin;      /* the first entry inside */
    size_t points_max; /* entries are drawn together into that many */
    size_t n;
    struct point point[POINTS_MAX];
    double operations;
    double earlier; /* the highest before the window; below 0 when nothing is known of that time */
};

static double age(const kzgops_growth *growth, size_t i) {
    return (double)(entry_at(growth, growth->count - 1)->time_ns - entry_at(growth, i)->time_ns) / SECOND;
}

/* Which point an entry falls into. */
static size_t group_of(const kzgops_growth *growth, const struct window *window, size_t i) {
    double share = 1 - age(growth, i) / window->seconds;
    size_t group = share > 0 ? (size_t)(share * (double)window->points_max) : 0;
    return group < window->points_max ? group : window->points_max - 1;
}

/* Entries [from, to) are one point. The rate is over the time since the entry before from. */
static void add_point(const kzgops_growth *growth, struct window *window, size_t tag, size_t from, size_t to) {
    const struct entry *before = entry_at(growth, from - 1), *last = entry_at(growth, to - 1);
    double seconds = (double)(last->time_ns - before->time_ns) / SECOND;
    uint64_t lowest = UNKNOWN;
    for (size_t i = from; i < to; i++) {
        if (live_at(growth, i, tag) < lowest) lowest = live_at(growth, i, tag);
    }
    if (lowest == UNKNOWN || seconds <= 0) return;
    window->point[window->n++] = (struct point){
        .seconds = -age(growth, to - 1),
        .bytes = (double)lowest,
        .rate = (double)(last->operations - before->operations) / seconds,
    };
}

/* False when the ring does not cover the window. */
static bool collect(const kzgops_growth *growth, size_t which, size_t tag, struct window *window) {
    *window = (struct window){.seconds = growth->config.windows_s[which], .earlier = -1};
    window->points_max = growth->config.windows_s[which] / growth->config.interval_s;
    if (window->points_max > POINTS_MAX) window->points_max = POINTS_MAX;
    if (growth->count < 2 || age(growth, 0) < window->seconds * COVERED) return false;
    size_t begin = 0;
    while (begin < growth->count && age(growth, begin) > window->seconds) begin++;
    if (begin == 0) begin = 1; /* the oldest entry of the ring has none before it to take a rate from */
    for (size_t i = 0; i < begin; i++) {
        uint64_t live = live_at(growth, i, tag);
        if (live != UNKNOWN && (double)live > window->earlier && age(growth, i) > window->seconds) {
            window->earlier = (double)live;
        }
    }
    window->operations =
        (double)(entry_at(growth, growth->count - 1)->operations - entry_at(growth, begin - 1)->operations);
    for (size_t from = begin, to; from < growth->count; from = to) {
        to = from + 1;
        while (to < growth->count && group_of(growth, window, to) == group_of(growth, window, from)) to++;
        add_point(growth, window, tag, from, to);
    }
    return window->n >= POINTS_MIN;
}

/* ---- The judgement ------------------------------------------------------------------------------------------- */

static bool comparable(const struct point *a, const struct point *b) {
    if (a->rate == 0 || b->rate == 0) return a->rate == b->rate;
    return a->rate <= LOAD_FACTOR * b->rate && b->rate <= LOAD_FACTOR * a->rate;
}

/* What a pair says, earlier first: 1 it rose, -1 it fell, 0 neither; false when load explains it or is not
 * comparable. */
static bool compare(const struct point *a, const struct point *b, int *ret) {
    if (!comparable(a, b)) return false;
    *ret = (b->bytes > a->bytes) - (b->bytes < a->bytes);
    if (*ret > 0 && b->rate > LOAD_TOLERANCE * a->rate) return false;
    return !(*ret < 0 && a->rate > LOAD_TOLERANCE * b->rate);
}

/* Kendall's S over the pairs that count, as a one-sided probability. The variance of S over all pairs is a part for
 * each pair and one for any two with a point in common; of a share of all pairs the first remains by that share, the
 * second by its square. */
static double trend_confidence(const struct window *window) {
    double s = 0, used = 0, n = (double)window->n, pairs = n * (n - 1) / 2;
    for (size_t i = 0; i < window->n; i++) {
        for (size_t j = i + 1; j < window->n; j++) {
            int sign = 0;
            if (!compare(&window->point[i], &window->point[j], &sign)) continue;
            s += sign;
            used++;
        }
    }
    double share = used / pairs, all = n * (n - 1) * (2 * n + 5) / 18;
    double variance = share * pairs + share * share * (all - pairs);
    double z = (s > 0 ? s - 1 : s < 0 ? s + 1 : 0) / sqrt(variance > 0 ? variance : 1);
    return 0.5 * erfc(-z / sqrt(2));
}

/* Share of pairs between two stretches that rose, less that which fell; below -1 when too few pairs count. */
static double stretch_trend(const struct window *window, size_t begin, size_t middle, size_t end) {
    double s = 0;
    size_t pairs = 0;
    for (size_t i = begin; i < middle; i++) {
        for (size_t j = middle; j < end; j++) {
            int sign = 0;
            if (!compare(&window->point[i], &window->point[j], &sign)) continue;
            s += sign;
            pairs++;
        }
    }
    return pairs < THIRDS_PAIRS ? -2 : s / (double)pairs;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t n) {
    qsort(values, n, sizeof *values, by_value);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* Bytes a second, the median over comparable pairs; 0 without any. */
static double median_slope(const struct window *window) {
    double slopes[PAIRS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < window->n; i++) {
        for (size_t j = i + 1; j < window->n; j++) {
            const struct point *a = &window->point[i], *b = &window->point[j];
            if (comparable(a, b)) slopes[n++] = (b->bytes - a->bytes) / (b->seconds - a->seconds);
        }
    }
    return n > 0 ? median(slopes, n) : 0;
}

static double mean_rate(const struct window *window, size_t begin, size_t end) {
    double sum = 0;
    for (size_t i = begin; i < end; i++) sum += window->point[i].rate;
    return sum / (double)(end - begin);
}

/* Bytes by which the load alone can have changed this: all of it, in the worst case, goes with the rate. The means
 * stand two thirds of the window apart, which makes half as much again for the whole of it; the rest is for noise. */
static double explained_by_load(const struct window *window) {
    double bytes[POINTS_MAX];
    double before = mean_rate(window, 0, window->n / 3), after = mean_rate(window, window->n * 2 / 3, window->n);
    if (before <= 0 || after <= before) return 0;
    for (size_t i = 0; i < window->n; i++) bytes[i] = window->point[i].bytes;
    return median(bytes, window->n) * (after / before - 1) * 2;
}

static kzgops_growth_verdict decide(const kzgops_growth *growth, const struct window *window,
                                    const kzgops_growth_finding *finding) {
    double first = stretch_trend(window, 0, window->n / 3, window->n * 2 / 3);
    double second = stretch_trend(window, window->n / 3, window->n * 2 / 3, window->n);
    double growth_bytes = (double)finding->growth_bytes;
    if (first < -1 || second < -1) return KZGOPS_GROWTH_TOO_EARLY;
    if (finding->confidence < growth->config.confidence_min) return KZGOPS_GROWTH_NONE;
    if (first < THIRDS_MIN || second < THIRDS_MIN) return KZGOPS_GROWTH_STEP;
    if (finding->growth_bytes < (int64_t)growth->config.growth_bytes_min) return KZGOPS_GROWTH_SMALL;
    if (growth_bytes < explained_by_load(window)) return KZGOPS_GROWTH_SMALL;
    return window->earlier >= (double)finding->live_bytes ? KZGOPS_GROWTH_USUAL : KZGOPS_GROWTH_SUSPECT;
}

static void judge(const kzgops_growth *growth, size_t which, size_t tag, kzgops_growth_finding *ret) {
    struct window window;
    *ret = (kzgops_growth_finding){.tag = tag,
                                   .name = growth->config.tags[tag],
                                   .window_s = growth->config.windows_s[which],
                                   .verdict = KZGOPS_GROWTH_TOO_EARLY,
                                   .bytes_per_operation = (double)NAN,
                                   .live_bytes = UNKNOWN};
    if (growth->count > 0) ret->live_bytes = live_at(growth, growth->count - 1, tag);
    if (!collect(growth, which, tag, &window)) return;
    ret->points = window.n;
    ret->confidence = trend_confidence(&window);
    ret->bytes_per_second = median_slope(&window);
    ret->growth_bytes = (int64_t)llround(ret->bytes_per_second * window.seconds);
    ret->operations = (uint64_t)window.operations;
    if (window.operations > 0) ret->bytes_per_operation = (double)ret->growth_bytes / window.operations;
    ret->verdict = decide(growth, &window, ret);
}

void kzgops_growth_judge(kzgops_growth *growth, size_t window, size_t tag, kzgops_growth_finding *ret) {
    KZG_ASSERT(window < growth->windows && tag < growth->config.tag_count);
    pthread_mutex_lock(&growth->lock);
    judge(growth, window, tag, ret);
    pthread_mutex_unlock(&growth->lock);
}

static int by_speed(const void *a, const void *b) {
    const kzgops_growth_finding *x = a, *y = b;
    return (x->bytes_per_second < y->bytes_per_second) - (x->bytes_per_second > y->bytes_per_second);
}

size_t kzgops_growth_suspects(kzgops_growth *growth, kzgops_growth_finding *out, size_t max) {
    kzgops_growth_finding found[KZGOPS_GROWTH_TAGS_MAX];
    size_t n = 0;
    pthread_mutex_lock(&growth->lock);
    for (size_t tag = 0; tag < growth->config.tag_count; tag++) {
        for (size_t window = growth->windows; window > 0; window--) {
            judge(growth, window - 1, tag, &found[n]);
            if (found[n].verdict != KZGOPS_GROWTH_SUSPECT) continue;
            n++;
            break;
        }
    }
    pthread_mutex_unlock(&growth->lock);
    qsort(found, n, sizeof found[0], by_speed);
    if (max > 0) memcpy(out, found, (n < max ? n : max) * sizeof found[0]);
    return n;
}

/* ---- Reports ------------------------------------------------------------------------------------------------- */

const char *kzgops_growth_verdict_name(kzgops_growth_verdict verdict) {
    static const char *const names[] = {"too_early", "none", "step", "small", "usual", "suspect"};
    KZG_ASSERT((unsigned)verdict < sizeof names / sizeof names[0]);
    return names[verdict];
}

size_t kzgops_growth_text(kzgops_growth *growth, char *out, size_t size) {
    kzgops_growth_finding found[KZGOPS_GROWTH_TAGS_MAX];
    size_t n = kzgops_growth_suspects(growth, found, KZGOPS_GROWTH_TAGS_MAX);
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    if (n == 0) kzgops__text_add(&text, "no memory is suspected of leaking\n");
    for (size_t i = 0; i < n; i++) {
        kzgops__text_add(&text, "%s grows: %s in %u s, now %s", found[i].name,
                         kzgops__size_signed_text(found[i].growth_bytes).text, found[i].window_s,
                         kzgops__size_text(found[i].live_bytes).text);
        if (found[i].operations > 0) {
            kzgops__text_add(&text, ", %.1f bytes an operation over %llu operations", found[i].bytes_per_operation,
                             (unsigned long long)found[i].operations);
        }
        kzgops__text_add(&text, ", confidence %.4f\n", found[i].confidence);
    }
    return text.used;
}

static void json_finding(struct kzgops__text *text, const kzgops_growth_finding *finding) {
    kzgops__json_open(text, "{");
    kzgops__json_text(text, "tag", finding->name);
    kzgops__json_bytes(text, "window_seconds", finding->window_s);
    kzgops__json_text(text, "verdict", kzgops_growth_verdict_name(finding->verdict));
    kzgops__json_bytes(text, "live_bytes", finding->live_bytes);
    kzgops__json_bytes(text, "points", finding->points);
    if (finding->points > 0) {
        kzgops__json_signed(text, "growth_bytes", finding->growth_bytes);
        kzgops__json_bytes(text, "operations", finding->operations);
        kzgops__json_double(text, "bytes_per_operation", finding->bytes_per_operation);
        kzgops__json_double(text, "bytes_per_second", finding->bytes_per_second);
        kzgops__json_double(text, "confidence", finding->confidence);
    }
    kzgops__json_close(text, "}");
}

size_t kzgops_growth_json(kzgops_growth *growth, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__json_open(&text, "[");
    for (size_t tag = 0; tag < growth->config.tag_count; tag++) {
        for (size_t window = 0; window < growth->windows; window++) {
            kzgops_growth_finding finding;
            kzgops_growth_judge(growth, window, tag, &finding);
            json_finding(&text, &finding);
        }
    }
    kzgops__json_close(&text, "]");
    return text.used;
}

/* ---- The object itself --------------------------------------------------------------------------------------- */

static bool all_zero(const uint32_t *windows_s) {
    for (size_t i = 0; i < KZGOPS_GROWTH_WINDOWS_MAX; i++) {
        if (windows_s[i] > 0) return false;
    }
    return true;
}

static size_t count_windows(const kzgops_growth_config *config) {
    size_t n = 0;
    while (n < KZGOPS_GROWTH_WINDOWS_MAX && config->windows_s[n] > 0) n++;
    return n;
}

static const char *windows_error(const kzgops_growth_config *config, size_t n) {
    for (size_t i = n; i < KZGOPS_GROWTH_WINDOWS_MAX; i++) {
        if (config->windows_s[i] > 0) return "a window of 0 seconds";
    }
    for (size_t i = 0; i < n; i++) {
        if (config->windows_s[i] / INTERVALS_MIN < config->interval_s) return "a window is shorter than 12 intervals";
        if (i > 0 && config->windows_s[i] <= config->windows_s[i - 1]) return "windows do not ascend";
    }
    if (n > 0 && config->windows_s[n - 1] / config->interval_s > KZGOPS_GROWTH_ENTRIES_MAX) {
        return "the longest window has more intervals than KZGOPS_GROWTH_ENTRIES_MAX";
    }
    return NULL;
}

static const char *config_error(const kzgops_growth_config *config, size_t windows) {
    if (config->tags == NULL || config->tag_count == 0) return "growth is watched by a table of tags";
    if (config->tag_count > KZGOPS_GROWTH_TAGS_MAX) return "more tags than KZGOPS_GROWTH_TAGS_MAX";
    for (size_t i = 0; i < config->tag_count; i++) {
        if (config->tags[i] == NULL || config->tags[i][0] == '\0') return "a tag without a name";
    }
    if (!(config->confidence_min > 0.5 && config->confidence_min < 1)) return "confidence is above 0.5 and below 1";
    if (config->growth_bytes_min > INT64_MAX) return "that much growth cannot be reached";
    return windows_error(config, windows);
}

/* One block: the object, the entries, their values. The ring holds the longest window and the entry before it. */
static kzgops_growth *make(const kzgops_growth_config *config, size_t windows) {
    size_t capacity = config->windows_s[windows - 1] / config->interval_s + 3;
    size_t values = capacity * config->tag_count * sizeof(uint64_t);
    size_t bytes = sizeof(kzgops_growth) + capacity * sizeof(struct entry) + values;
    kzgops_allocator allocator = kzgops__allocator(config->sources);
    kzgops_growth *growth = allocator.alloc(allocator.user, bytes);
    if (growth == NULL) return NULL;
    *growth = (kzgops_growth){.config = *config, .windows = windows, .capacity = capacity, .bytes = bytes};
    growth->entries = (struct entry *)(void *)(growth + 1);
    growth->live = (uint64_t *)(void *)(growth->entries + capacity);
    pthread_mutex_init(&growth->lock, NULL);
    return growth;
}

kzgops_growth *kzgops_growth_new(const kzgops_growth_config *config, const char **ret_error) {
    static const uint32_t usual[] = {60, 600, 3600};
    kzgops_growth_config full = *config;
    if (full.interval_s == 0) full.interval_s = 5;
    if (full.growth_bytes_min == 0) full.growth_bytes_min = 65536;
    if (full.confidence_min == 0) full.confidence_min = 0.999;
    if (all_zero(full.windows_s)) memcpy(full.windows_s, usual, sizeof usual);
    size_t windows = count_windows(&full);
    const char *error = config_error(&full, windows);
    kzgops_growth *growth = error == NULL ? make(&full, windows) : NULL;
    if (growth == NULL && ret_error != NULL)
        *ret_error = error != NULL ? error : "no memory for the watch over growth";
    return growth;
}

kzgops_growth *kzgops_growth_free(kzgops_growth *growth) {
    if (growth == NULL) return NULL;
    kzgops_allocator allocator = kzgops__allocator(growth->config.sources);
    pthread_mutex_destroy(&growth->lock);
    allocator.release(allocator.user, growth, growth->bytes);
    return NULL;
}
