/* Moments, windows and reports. Counts only ever grow, so a window is what is counted now less what was counted at
 * its begin; and what was counted is kept for a few moments of the past. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "ops/profile.h"
#include "ops/sources.h"

static const struct {
    const char *name, *text;
    unsigned permille;
} quantiles[KZGOPS_PROFILE_QUANTILES] = {
    {"p50", "p50", 500}, {"p90", "p90", 900}, {"p95", "p95", 950}, {"p99", "p99", 990}, {"p999", "p99.9", 999}};

static const int64_t window_ns[] = {INT64_C(60) * 1000000000, INT64_C(600) * 1000000000};

uint64_t kzgops__histogram_at(const uint64_t count[HISTOGRAM_BUCKETS], uint64_t rank) {
    uint64_t seen = 0;
    size_t last = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (count[i] == 0) continue;
        seen += count[i];
        last = i;
        if (seen >= rank) break;
    }
    return histogram_middle(last);
}

/* ---- Summing up ---------------------------------------------------------------------------------------------- */

/* What all shards have counted in a series up to now; false, and nothing written, when none has. */
static bool sum_up(const struct kzgops_profile *profile, size_t series, struct profile_sums *ret) {
    ret->filled = false;
    for (size_t s = 0; s < profile->shard_count; s++) {
        struct profile_cell *cell = &profile->shards[s].cells[series];
        if (!atomic_load_explicit(&cell->ready, memory_order_acquire)) continue;
        if (!ret->filled) memset(ret, 0, sizeof *ret);
        ret->filled = true;
        ret->sum += atomic_load_explicit(&cell->sum, memory_order_relaxed);
        for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
            ret->count[i] += atomic_load_explicit(&cell->count[i], memory_order_relaxed);
        }
    }
    return ret->filled;
}

/* ---- Moments ------------------------------------------------------------------------------------------------- */

static void take_moment(struct kzgops_profile *profile, struct profile_moment *moment, int64_t now) {
    moment->taken = true;
    moment->at_ns = now;
    for (size_t i = 0; i < profile->series_count; i++) {
        struct profile_past *past = &moment->series[i];
        past->filled = sum_up(profile, i, profile->scratch);
        if (!past->filled) continue;
        past->sum = profile->scratch->sum;
        for (size_t b = 0; b < HISTOGRAM_BUCKETS; b++) past->count[b] = (uint32_t)profile->scratch->count[b];
    }
}

static void forget_moments(struct kzgops_profile *profile, int64_t now) {
    for (size_t m = 0; m < PROFILE_MOMENTS; m++) profile->moment[m].taken = false;
    profile->fine_ns = profile->coarse_ns = now;
}

/* Under the lock. A clock that went back leaves no moment to count from. */
static void take_due(struct kzgops_profile *profile, int64_t now) {
    if (now < profile->fine_ns || now < profile->coarse_ns) {
        atomic_fetch_add_explicit(&profile->clock_steps, 1, memory_order_relaxed);
        forget_moments(profile, now);
        if (profile->base_ns > now) profile->base_ns = now;
    }
    if (now - profile->fine_ns >= PROFILE_FINE_NS) {
        take_moment(profile, &profile->moment[profile->next_fine], now);
        profile->next_fine = (profile->next_fine + 1) % PROFILE_FINE;
        profile->fine_ns = now;
    }
    if (now - profile->coarse_ns >= PROFILE_COARSE_NS) {
        take_moment(profile, &profile->moment[PROFILE_FINE + profile->next_coarse], now);
        profile->next_coarse = (profile->next_coarse + 1) % PROFILE_COARSE;
        profile->coarse_ns = now;
    }
}

void kzgops_profile_tick(kzgops_profile *profile) {
    if (profile == NULL) return;
    pthread_mutex_lock(&profile->lock);
    take_due(profile, kzgops__monotonic_ns(profile->config.sources));
    pthread_mutex_unlock(&profile->lock);
}

void kzgops_profile_reset(kzgops_profile *profile) {
    pthread_mutex_lock(&profile->lock);
    profile->base_ns = kzgops__monotonic_ns(profile->config.sources);
    atomic_fetch_add_explicit(&profile->generation, 1, memory_order_relaxed);
    for (size_t i = 0; i < profile->series_count; i++) (void)sum_up(profile, i, &profile->base[i]);
    forget_moments(profile, profile->base_ns);
    pthread_mutex_unlock(&profile->lock);
}

/* ---- Reports ------------------------------------------------------------------------------------------------- */

static int64_t distance(int64_t a, int64_t b) {
    return a > b ? a - b : b - a;
}

/* The moment whose age is nearest to the window's length; NULL: the start. */
static const struct profile_moment *choose(const struct kzgops_profile *profile, kzgops_profile_window window,
                                           int64_t now) {
    const struct profile_moment *best = NULL;
    if (window == KZGOPS_PROFILE_ALL) return NULL;
    int64_t nearest = distance(now - profile->base_ns, window_ns[window]);
    for (size_t m = 0; m < PROFILE_MOMENTS; m++) {
        const struct profile_moment *moment = &profile->moment[m];
        if (!moment->taken || distance(now - moment->at_ns, window_ns[window]) >= nearest) continue;
        best = moment;
        nearest = distance(now - moment->at_ns, window_ns[window]);
    }
    return best;
}

static void subtract(struct profile_sums *now, const struct profile_moment *begin, const struct profile_sums *base,
                     size_t series) {
    if (begin != NULL && begin->series[series].filled) {
        const struct profile_past *past = &begin->series[series];
        now->sum -= past->sum;
        for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) now->count[i] = (uint32_t)now->count[i] - past->count[i];
    } else if (begin == NULL && base[series].filled) {
        now->sum -= base[series].sum;
        for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) now->count[i] -= base[series].count[i];
    }
}

/* Exact since the reset: the extremes that the shards keep. False when there are none yet. */
static bool exact_extremes(const struct kzgops_profile *profile, size_t series, uint64_t *minimum,
                           uint64_t *maximum) {
    uint32_t generation = atomic_load_explicit(&profile->generation, memory_order_relaxed);
    bool any = false;
    for (size_t s = 0; s < profile->shard_count; s++) {
        struct profile_cell *cell = &profile->shards[s].cells[series];
        if (!atomic_load_explicit(&cell->ready, memory_order_acquire)) continue;
        if (atomic_load_explicit(&cell->generation, memory_order_acquire) != generation) continue;
        uint64_t low = atomic_load_explicit(&cell->minimum, memory_order_relaxed);
        uint64_t high = atomic_load_explicit(&cell->maximum, memory_order_relaxed);
        if (!any || low < *minimum) *minimum = low;
        if (!any || high > *maximum) *maximum = high;
        any = true;
    }
    return any;
}

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high) {
    return value < low ? low : value > high ? high : value;
}

/* The rank of a quantile is the smallest that has that share of all at or below it. */
static uint64_t rank_of(uint64_t count, unsigned permille) {
    uint64_t rank = count / 1000 * permille + (count % 1000 * permille + 999) / 1000;
    return rank > 0 ? rank : 1;
}

static bool make_entry(struct kzgops_profile *profile, size_t series, const struct profile_moment *begin,
                       kzgops_profile_window window, int64_t covered, kzgops_profile_entry *ret) {
    struct profile_sums *now = profile->scratch;
    uint64_t count = 0, low = 0, high = UINT64_MAX;
    if (!sum_up(profile, series, now)) return false;
    subtract(now, begin, profile->base, series);
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) count += now->count[i];
    if (count == 0) return false;
    size_t per_operation = profile->config.phase_count + 1, phase = series % per_operation;
    *ret = (kzgops_profile_entry){.operation = series / per_operation,
                                  .phase = phase == 0 ? KZGOPS_PROFILE_WHOLE : phase - 1,
                                  .operation_name = profile->config.operations[series / per_operation],
                                  .phase_name = phase == 0 ? NULL : profile->config.phases[phase - 1],
                                  .count = count,
                                  .total_ns = now->sum,
                                  .average_ns = (double)now->sum / (double)count,
                                  .per_second = covered > 0 ? (double)count * 1e9 / (double)covered : 0};
    bool exact = exact_extremes(profile, series, &low, &high);
    ret->minimum_ns = clamp(kzgops__histogram_at(now->count, 1), low, high);
    ret->maximum_ns = clamp(kzgops__histogram_at(now->count, count), low, high);
    if (exact && window == KZGOPS_PROFILE_ALL) {
        ret->minimum_ns = low;
        ret->maximum_ns = high;
    }
    for (size_t q = 0; q < KZGOPS_PROFILE_QUANTILES; q++) {
        uint64_t value = kzgops__histogram_at(now->count, rank_of(count, quantiles[q].permille));
        ret->quantile_ns[q] = clamp(value, ret->minimum_ns, ret->maximum_ns);
    }
    return true;
}

void kzgops_profile_report(kzgops_profile *profile, kzgops_profile_window window, kzgops_profile_entry *entries,
                           size_t max, kzgops_profile_snapshot *ret) {
    KZG_ASSERT((unsigned)window < KZGOPS_PROFILE_WINDOWS);
    pthread_mutex_lock(&profile->lock);
    int64_t now = kzgops__monotonic_ns(profile->config.sources);
    take_due(profile, now);
    const struct profile_moment *begin = choose(profile, window, now);
    *ret = (kzgops_profile_snapshot){.window = window,
                                     .when_ns = kzgops__realtime_ns(profile->config.sources),
                                     .covered_ns = now - (begin != NULL ? begin->at_ns : profile->base_ns),
                                     .entries = entries};
    for (size_t i = 0; i < profile->series_count; i++) {
        kzgops_profile_entry entry;
        if (!make_entry(profile, i, begin, window, ret->covered_ns, &entry)) continue;
        ret->entry_total++;
        if (ret->entry_count < max) entries[ret->entry_count++] = entry;
    }
    ret->clock_steps = atomic_load_explicit(&profile->clock_steps, memory_order_relaxed);
    pthread_mutex_unlock(&profile->lock);
}

const char *kzgops_profile_window_name(kzgops_profile_window window) {
    static const char *const names[] = {"1m", "10m", "all"};
    KZG_ASSERT((unsigned)window < KZGOPS_PROFILE_WINDOWS);
    return names[window];
}

const char *kzgops_profile_quantile_name(size_t quantile) {
    KZG_ASSERT(quantile < KZGOPS_PROFILE_QUANTILES);
    return quantiles[quantile].name;
}

/* ---- Text and JSON ------------------------------------------------------------------------------------------- */

struct duration {
    char text[24];
};

/* Three digits and a unit. */
static struct duration spell(double ns) {
    static const char *const units[] = {"ns", "us", "ms", "s"};
    struct duration spelt;
    size_t unit = 0;
    for (; ns >= 999.5 && unit < 3; unit++) ns /= 1000;
    int digits = unit == 0 || ns >= 99.95 ? 0 : ns >= 9.995 ? 1 : 2;
    snprintf(spelt.text, sizeof spelt.text, "%.*f %s", digits, ns, units[unit]);
    return spelt;
}

static void text_entry(struct kzgops__text *text, const kzgops_profile_entry *entry) {
    char name[40];
    snprintf(name, sizeof name, "%s%s", entry->phase_name != NULL ? "  " : "",
             entry->phase_name != NULL ? entry->phase_name : entry->operation_name);
    kzgops__text_add(text, "%-28s %10" PRIu64 " %9s %9s %9s", name, entry->count, spell((double)entry->total_ns).text,
                     spell(entry->average_ns).text, spell((double)entry->minimum_ns).text);
    for (size_t q = 0; q < KZGOPS_PROFILE_QUANTILES; q++) {
        kzgops__text_add(text, " %9s", spell((double)entry->quantile_ns[q]).text);
    }
    kzgops__text_add(text, " %9s\n", spell((double)entry->maximum_ns).text);
}

/* Phases stand below their operation, also when the whole was not recorded. */
size_t kzgops_profile_report_text(const kzgops_profile_snapshot *snapshot, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__text_add(&text, "window %s, covers %.1f s\n", kzgops_profile_window_name(snapshot->window),
                     (double)snapshot->covered_ns / 1e9);
    kzgops__text_add(&text, "%-28s %10s %9s %9s %9s", "operation", "count", "total", "average", "minimum");
    for (size_t q = 0; q < KZGOPS_PROFILE_QUANTILES; q++) kzgops__text_add(&text, " %9s", quantiles[q].text);
    kzgops__text_add(&text, " %9s\n", "maximum");
    for (size_t i = 0; i < snapshot->entry_count; i++) {
        const kzgops_profile_entry *entry = &snapshot->entries[i];
        bool first = i == 0 || snapshot->entries[i - 1].operation != entry->operation;
        if (first && entry->phase_name != NULL) kzgops__text_add(&text, "%s\n", entry->operation_name);
        text_entry(&text, entry);
    }
    if (snapshot->entry_total == 0) kzgops__text_add(&text, "nothing recorded\n");
    if (snapshot->entry_total > snapshot->entry_count) {
        kzgops__text_add(&text, "and %zu more\n", snapshot->entry_total - snapshot->entry_count);
    }
    if (snapshot->clock_steps > 0) {
        kzgops__text_add(&text, "not recorded, because the clock went back: %" PRIu64 "\n", snapshot->clock_steps);
    }
    return text.used;
}

size_t kzgops_profile_report_json(const kzgops_profile_snapshot *snapshot, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__json_open(&text, "{");
    kzgops__json_text(&text, "window", kzgops_profile_window_name(snapshot->window));
    kzgops__json_signed(&text, "when_ns", snapshot->when_ns);
    kzgops__json_double(&text, "covered_seconds", (double)snapshot->covered_ns / 1e9);
    kzgops__json_bytes(&text, "clock_steps", snapshot->clock_steps);
    kzgops__json_bytes(&text, "entry_total", snapshot->entry_total);
    kzgops__json_key(&text, "entries");
    kzgops__json_open(&text, "[");
    for (size_t i = 0; i < snapshot->entry_count; i++) {
        const kzgops_profile_entry *entry = &snapshot->entries[i];
        kzgops__json_open(&text, "{");
        kzgops__json_text(&text, "operation", entry->operation_name);
        if (entry->phase_name != NULL) kzgops__json_text(&text, "phase", entry->phase_name);
        kzgops__json_bytes(&text, "count", entry->count);
        kzgops__json_double(&text, "per_second", entry->per_second);
        kzgops__json_bytes(&text, "total_ns", entry->total_ns);
        kzgops__json_double(&text, "average_ns", entry->average_ns);
        kzgops__json_bytes(&text, "minimum_ns", entry->minimum_ns);
        kzgops__json_bytes(&text, "maximum_ns", entry->maximum_ns);
        for (size_t q = 0; q < KZGOPS_PROFILE_QUANTILES; q++) {
            char key[16];
            snprintf(key, sizeof key, "%s_ns", quantiles[q].name);
            kzgops__json_bytes(&text, key, entry->quantile_ns[q]);
        }
        kzgops__json_close(&text, "}");
    }
    kzgops__json_close(&text, "]");
    kzgops__json_close(&text, "}");
    return text.used;
}
