#include "ops/log_limit.h"

#include <string.h>

#define SLOTS KZGOPS__LOG_LIMIT_SLOTS

static uint32_t hash(const char *text) {
    uint32_t value = 2166136261u;
    for (; *text != '\0'; text++) value = (value ^ (unsigned char)*text) * 16777619u;
    return value;
}

/* The event's slot, taken by it if it has none; NULL when the table is full. Names are compared by text, as two files
 * of a program may have the same one at two places. */
static struct kzgops__log_slot *find(struct kzgops__log_limit *limit, kzgops_log_level level, const char *event) {
    uint32_t at = hash(event);
    for (size_t i = 0; i < SLOTS; i++) {
        struct kzgops__log_slot *slot = &limit->slots[level][(at + i) % SLOTS];
        const char *owner = atomic_load_explicit(&slot->event, memory_order_acquire);
        if (owner == NULL && atomic_compare_exchange_strong(&slot->event, &owner, event)) return slot;
        if (owner == event || strcmp(owner, event) == 0) return slot;
    }
    return NULL;
}

static uint32_t second_of(int64_t monotonic_ns) {
    return (uint32_t)(monotonic_ns / 1000000000);
}

static uint64_t suppressed(uint64_t state, uint32_t rate) {
    uint32_t lines = (uint32_t)state;
    return rate > 0 && lines > rate ? lines - rate : 0;
}

static bool is_over(uint64_t state, uint32_t now_s) {
    return (int32_t)(now_s - (uint32_t)(state >> 32)) > 0;
}

bool kzgops__log_limit_pass(struct kzgops__log_limit *limit, kzgops_log_level level, const char *event,
                            int64_t monotonic_ns, uint64_t *ret_repeated) {
    uint32_t rate = atomic_load_explicit(&limit->rate, memory_order_relaxed), now_s = second_of(monotonic_ns);
    struct kzgops__log_slot *slot = find(limit, level, event);
    *ret_repeated = 0;
    if (slot == NULL) return true;
    uint64_t was = atomic_load(&slot->state), now;
    do {
        now = is_over(was, now_s) ? (uint64_t)now_s << 32 | 1 : (uint32_t)was == UINT32_MAX ? was : was + 1;
    } while (!atomic_compare_exchange_weak(&slot->state, &was, now));
    if (is_over(was, now_s)) *ret_repeated = suppressed(was, rate);
    if (suppressed(now, rate) == 0) return true;
    if (!atomic_load(&limit->pending)) atomic_store(&limit->pending, true);
    return false;
}

void kzgops__log_limit_sweep(struct kzgops__log_limit *limit, int64_t monotonic_ns, bool all,
                             void (*tell)(void *user, kzgops_log_level level, const char *event, uint64_t repeated),
                             void *user) {
    uint32_t rate = atomic_load_explicit(&limit->rate, memory_order_relaxed), now_s = second_of(monotonic_ns);
    if (!atomic_exchange(&limit->pending, false)) return;
    for (size_t i = 0; i < KZGOPS_LOG_LEVELS * SLOTS; i++) {
        struct kzgops__log_slot *slot = &limit->slots[i / SLOTS][i % SLOTS];
        uint64_t state = atomic_load(&slot->state), repeated = suppressed(state, rate);
        if (repeated == 0) continue;
        bool due = all || is_over(state, now_s);
        if (due && atomic_compare_exchange_strong(&slot->state, &state, (uint64_t)now_s << 32)) {
            tell(user, (kzgops_log_level)(i / SLOTS), atomic_load(&slot->event), repeated);
        } else {
            atomic_store(&limit->pending, true);
        }
    }
}
