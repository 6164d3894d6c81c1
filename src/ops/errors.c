/* The tracker: a hash table with open addressing, twice as many slots as groups. A slot is filled once, under the
 * table's lock, and published by its fingerprint; it is never emptied, so a search needs no lock. */
#include "kzgops/errors.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/assert.h"
#include "ops/sources.h"

#define SECOND_NS        ((int64_t)1000000000)
#define BUCKETS          60
#define GROUPS_USUAL     256
#define SPIKE_USUAL      10
#define SPIKE_FACTOR     5.0
#define FREQUENT_COUNT   10
#define CONSTANT_COUNT   60
#define MINUTES_OF_USUAL 59

static const int64_t bucket_ns[KZGOPS_ERRORS_WINDOWS] = {SECOND_NS, 10 * SECOND_NS, 60 * SECOND_NS};

/* The last BUCKETS stretches of time, the current one at head % BUCKETS. sum is theirs together. */
struct window {
    int64_t head;
    uint64_t sum;
    uint32_t bucket[BUCKETS];
};

struct slot {
    _Atomic uint64_t fingerprint; /* 0: empty */
    pthread_mutex_t lock;         /* of all that follows but code and place, which never change */
    char code[KZGOPS_ERRORS_CODE_MAX];
    char place[KZGOPS_ERRORS_PLACE_MAX];
    char message[KZGOPS_ERRORS_MESSAGE_MAX];
    char request_id[KZGOPS_ERRORS_REQUEST_MAX];
    uint64_t count;
    int64_t first_ns, last_ns;
    struct window window[KZGOPS_ERRORS_WINDOWS];
    uint64_t threshold; /* of the spike that is on; 0: none is */
    uint64_t spikes;
};

struct kzgops_errors {
    kzgops_errors_config config; /* defaults put in */
    kzgops_allocator allocator;
    size_t bytes;
    int64_t begin_ns; /* monotonic */
    pthread_mutex_t lock;
    atomic_size_t used;
    _Atomic uint64_t overflow;
    _Atomic uint64_t spikes;
    size_t mask;
    struct slot slot[];
};

/* ---- Making one ---------------------------------------------------------------------------------------------- */

static const char *config_error(const kzgops_errors_config *config) {
    if (config->groups > KZGOPS_ERRORS_GROUPS_MAX) return "too many groups of errors";
    if (!(config->spike_factor > 1 && config->spike_factor <= 1e6)) {
        return "the factor that makes a spike is above 1 and at most a million";
    }
    return config->spike_at_least > UINT32_MAX ? "a spike of that many errors cannot be reached" : NULL;
}

static size_t slots_for(size_t groups) {
    size_t n = 2;
    while (n < 2 * groups) n *= 2;
    return n;
}

kzgops_errors *kzgops_errors_new(const kzgops_errors_config *config, const char **ret_error) {
    kzgops_errors_config full = {0};
    if (config != NULL) full = *config;
    if (full.groups == 0) full.groups = GROUPS_USUAL;
    if (full.spike_at_least == 0) full.spike_at_least = SPIKE_USUAL;
    if (full.spike_factor == 0) full.spike_factor = SPIKE_FACTOR;
    const char *error = config_error(&full);
    kzgops_allocator allocator = kzgops__allocator(full.sources);
    size_t slots = error == NULL ? slots_for(full.groups) : 0;
    size_t bytes = sizeof(kzgops_errors) + slots * sizeof(struct slot);
    kzgops_errors *errors = error == NULL ? allocator.alloc(allocator.user, bytes) : NULL;
    if (errors == NULL) {
        if (ret_error != NULL) *ret_error = error != NULL ? error : "no memory for the error tracker";
        return NULL;
    }
    memset(errors, 0, bytes);
    errors->config = full;
    errors->allocator = allocator;
    errors->bytes = bytes;
    errors->mask = slots - 1;
    errors->begin_ns = kzgops__monotonic_ns(full.sources);
    pthread_mutex_init(&errors->lock, NULL);
    for (size_t i = 0; i < slots; i++) pthread_mutex_init(&errors->slot[i].lock, NULL);
    return errors;
}

kzgops_errors *kzgops_errors_free(kzgops_errors *errors) {
    if (errors == NULL) return NULL;
    for (size_t i = 0; i <= errors->mask; i++) pthread_mutex_destroy(&errors->slot[i].lock);
    pthread_mutex_destroy(&errors->lock);
    errors->allocator.release(errors->allocator.user, errors, errors->bytes);
    return NULL;
}

/* ---- Windows ------------------------------------------------------------------------------------------------- */

static void window_advance(struct window *window, int64_t head) {
    int64_t steps = head - window->head;
    if (steps <= 0) return; /* the same stretch, or another thread's clock is a moment ahead */
    if (steps >= BUCKETS) {
        memset(window->bucket, 0, sizeof window->bucket);
        window->sum = 0;
    } else {
        for (int64_t i = 1; i <= steps; i++) {
            uint32_t *oldest = &window->bucket[(size_t)(window->head + i) % BUCKETS];
            window->sum -= *oldest;
            *oldest = 0;
        }
    }
    window->head = head;
}

static void advance(const kzgops_errors *errors, struct slot *slot, int64_t now) {
    int64_t age = now > errors->begin_ns ? now - errors->begin_ns : 0;
    for (int i = 0; i < KZGOPS_ERRORS_WINDOWS; i++) window_advance(&slot->window[i], age / bucket_ns[i]);
    /* Half the threshold, rounded up: a threshold of 1 ends when nothing is left. */
    if (slot->window[KZGOPS_ERRORS_MINUTE].sum < (slot->threshold + 1) / 2) slot->threshold = 0;
}

static void add_one(struct slot *slot) {
    for (int i = 0; i < KZGOPS_ERRORS_WINDOWS; i++) {
        struct window *window = &slot->window[i];
        uint32_t *bucket = &window->bucket[(size_t)window->head % BUCKETS];
        if (*bucket == UINT32_MAX) continue;
        (*bucket)++;
        window->sum++;
    }
}

/* ---- Recording ----------------------------------------------------------------------------------------------- */

static void copy(char *to, const char *from, size_t size) {
    size_t length = from != NULL ? strnlen(from, size - 1) : 0;
    if (length > 0) memcpy(to, from, length);
    to[length] = '\0';
}

/* FNV-1a over what is kept of the text and its terminator. */
static uint64_t hash(uint64_t h, const char *text, size_t size) {
    for (size_t i = 0; i + 1 < size && text[i] != '\0'; i++) h = (h ^ (unsigned char)text[i]) * 0x100000001b3u;
    return h * 0x100000001b3u;
}

static bool is_group(const struct slot *slot, const char *code, const char *place) {
    return strncmp(slot->code, code, sizeof slot->code - 1) == 0 &&
           strncmp(slot->place, place, sizeof slot->place - 1) == 0;
}

/* The group's slot, or the empty one where it would be. */
static struct slot *find(kzgops_errors *errors, uint64_t fingerprint, const char *code, const char *place) {
    for (size_t i = (size_t)fingerprint;; i++) {
        struct slot *slot = &errors->slot[i & errors->mask];
        uint64_t there = atomic_load_explicit(&slot->fingerprint, memory_order_acquire);
        if (there == 0 || (there == fingerprint && is_group(slot, code, place))) return slot;
    }
}

static bool is_empty(struct slot *slot) {
    return atomic_load_explicit(&slot->fingerprint, memory_order_acquire) == 0;
}

/* NULL when the table is full. */
static struct slot *find_or_make(kzgops_errors *errors, const char *code, const char *place) {
    uint64_t fingerprint =
        hash(hash(0xcbf29ce484222325u, code, KZGOPS_ERRORS_CODE_MAX), place, KZGOPS_ERRORS_PLACE_MAX);
    if (fingerprint == 0) fingerprint = 1;
    struct slot *slot = find(errors, fingerprint, code, place);
    if (!is_empty(slot)) return slot;
    if (atomic_load(&errors->used) >= errors->config.groups) return NULL;
    pthread_mutex_lock(&errors->lock);
    slot = find(errors, fingerprint, code, place); /* another thread may have been here */
    if (is_empty(slot)) {
        if (atomic_load(&errors->used) < errors->config.groups) {
            copy(slot->code, code, sizeof slot->code);
            copy(slot->place, place, sizeof slot->place);
            atomic_fetch_add(&errors->used, 1);
            atomic_store_explicit(&slot->fingerprint, fingerprint, memory_order_release);
        } else {
            slot = NULL;
        }
    }
    pthread_mutex_unlock(&errors->lock);
    return slot;
}

/* Errors a minute in the hour before the last minute, or in as much of it as the tracker has seen. */
static double usual_rate(const kzgops_errors *errors, const struct slot *slot, int64_t now) {
    uint64_t hour = slot->window[KZGOPS_ERRORS_HOUR].sum, minute = slot->window[KZGOPS_ERRORS_MINUTE].sum;
    double minutes = (double)(now - errors->begin_ns) / (60.0 * (double)SECOND_NS) - 1;
    if (minutes > MINUTES_OF_USUAL) minutes = MINUTES_OF_USUAL;
    if (minutes < 1) minutes = 1;
    return hour > minute ? (double)(hour - minute) / minutes : 0;
}

/* Whether this error begins a spike. */
static bool spike_begins(kzgops_errors *errors, struct slot *slot, int64_t now, kzgops_errors_spike *ret) {
    uint64_t minute = slot->window[KZGOPS_ERRORS_MINUTE].sum;
    if (slot->threshold != 0 || minute < errors->config.spike_at_least) return false;
    double usual = usual_rate(errors, slot, now);
    double needed = usual * errors->config.spike_factor;
    if ((double)minute < needed) return false;
    slot->threshold = errors->config.spike_at_least;
    if ((double)slot->threshold < needed) slot->threshold = (uint64_t)needed;
    slot->spikes++;
    *ret = (kzgops_errors_spike){.sequence = atomic_fetch_add(&errors->spikes, 1) + 1,
                                 .fingerprint = atomic_load_explicit(&slot->fingerprint, memory_order_relaxed),
                                 .last_minute = minute,
                                 .threshold = slot->threshold,
                                 .usual = usual,
                                 .when_ns = slot->last_ns};
    memcpy(ret->code, slot->code, sizeof ret->code);
    memcpy(ret->place, slot->place, sizeof ret->place);
    memcpy(ret->message, slot->message, sizeof ret->message);
    memcpy(ret->request_id, slot->request_id, sizeof ret->request_id);
    return true;
}

bool kzgops_errors_record(kzgops_errors *errors, const char *code, const char *place, const char *message,
                          const char *request_id) {
    kzgops_errors_spike spike;
    KZG_ASSERT(code != NULL && place != NULL);
    struct slot *slot = find_or_make(errors, code, place);
    if (slot == NULL) {
        atomic_fetch_add(&errors->overflow, 1);
        return false;
    }
    int64_t now = kzgops__monotonic_ns(errors->config.sources);
    int64_t wall = kzgops__realtime_ns(errors->config.sources);
    pthread_mutex_lock(&slot->lock);
    advance(errors, slot, now);
    add_one(slot);
    if (slot->count++ == 0) slot->first_ns = wall;
    slot->last_ns = wall;
    copy(slot->message, message, sizeof slot->message);
    copy(slot->request_id, request_id, sizeof slot->request_id);
    bool spiked = spike_begins(errors, slot, now, &spike);
    pthread_mutex_unlock(&slot->lock);
    if (spiked && errors->config.spiked != NULL) errors->config.spiked(errors->config.user, &spike);
    return true;
}

/* ---- Figures ------------------------------------------------------------------------------------------------- */

static kzgops_errors_frequency frequency_of(const kzgops_errors_group *group) {
    if (group->rate[KZGOPS_ERRORS_MINUTE].count >= CONSTANT_COUNT) return KZGOPS_ERRORS_CONSTANT;
    if (group->rate[KZGOPS_ERRORS_TEN_MINUTES].count >= FREQUENT_COUNT) return KZGOPS_ERRORS_FREQUENT;
    if (group->rate[KZGOPS_ERRORS_HOUR].count == 0) return KZGOPS_ERRORS_QUIET;
    return group->count == 1 ? KZGOPS_ERRORS_ONCE : KZGOPS_ERRORS_RARE;
}

static void read_rates(const kzgops_errors *errors, const struct slot *slot, int64_t now, kzgops_errors_group *ret) {
    int64_t age = now - errors->begin_ns;
    for (int i = 0; i < KZGOPS_ERRORS_WINDOWS; i++) {
        int64_t span = BUCKETS * bucket_ns[i];
        if (span > age) span = age > SECOND_NS ? age : SECOND_NS;
        ret->rate[i].count = slot->window[i].sum;
        ret->rate[i].per_second = (double)slot->window[i].sum * (double)SECOND_NS / (double)span;
    }
    ret->frequency = frequency_of(ret);
}

/* False when the group has no error yet: another thread has just made it. */
static bool read_slot(kzgops_errors *errors, struct slot *slot, int64_t now, kzgops_errors_group *ret) {
    pthread_mutex_lock(&slot->lock);
    advance(errors, slot, now);
    *ret = (kzgops_errors_group){.fingerprint = atomic_load_explicit(&slot->fingerprint, memory_order_relaxed),
                                 .count = slot->count,
                                 .first_ns = slot->first_ns,
                                 .last_ns = slot->last_ns,
                                 .spiking = slot->threshold != 0,
                                 .spikes = slot->spikes};
    memcpy(ret->code, slot->code, sizeof ret->code);
    memcpy(ret->place, slot->place, sizeof ret->place);
    memcpy(ret->message, slot->message, sizeof ret->message);
    memcpy(ret->request_id, slot->request_id, sizeof ret->request_id);
    read_rates(errors, slot, now, ret);
    pthread_mutex_unlock(&slot->lock);
    return ret->count > 0;
}

static bool comes_before(const kzgops_errors_group *a, const kzgops_errors_group *b) {
    if (a->spiking != b->spiking) return a->spiking;
    if (a->count != b->count) return a->count > b->count;
    return a->fingerprint < b->fingerprint;
}

/* Into its place; the last one falls off a full array. */
static void insert(kzgops_errors_snapshot *snapshot, size_t max, const kzgops_errors_group *group) {
    size_t i = snapshot->group_count;
    if (i == max) {
        if (max == 0 || !comes_before(group, &snapshot->groups[max - 1])) return;
        i--;
    } else {
        snapshot->group_count++;
    }
    for (; i > 0 && comes_before(group, &snapshot->groups[i - 1]); i--) snapshot->groups[i] = snapshot->groups[i - 1];
    snapshot->groups[i] = *group;
}

void kzgops_errors_report(kzgops_errors *errors, kzgops_errors_group *groups, size_t max,
                          kzgops_errors_snapshot *ret) {
    *ret = (kzgops_errors_snapshot){.groups = groups, .group_limit = errors->config.groups};
    ret->overflow = atomic_load(&errors->overflow);
    ret->count = ret->overflow;
    for (size_t i = 0; i <= errors->mask; i++) {
        kzgops_errors_group group;
        /* The clock is read anew for each: a thread that records now must not be ahead of it by much. */
        if (is_empty(&errors->slot[i])) continue;
        if (!read_slot(errors, &errors->slot[i], kzgops__monotonic_ns(errors->config.sources), &group)) continue;
        ret->group_total++;
        ret->count += group.count;
        if (group.spiking) ret->spiking++;
        insert(ret, max, &group);
    }
    ret->spikes = atomic_load(&errors->spikes);
}

const char *kzgops_errors_frequency_name(kzgops_errors_frequency frequency) {
    static const char *const names[] = {"rare", "once", "quiet", "frequent", "constant"};
    KZG_ASSERT((unsigned)frequency < sizeof names / sizeof names[0]);
    return names[frequency];
}
