#include "service/cost.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "service/service.h"

#define SECONDS   60
#define ENOUGH_NS ((int64_t)200000000)

struct model {
    int64_t base_ns, item_ns;
};

/* Sums since the start: what was taken, and what the model says of the same work. */
struct sums {
    int64_t cpu_ns, model_ns;
};

struct cost {
    struct {
        _Atomic int64_t base_ns, item_ns;
    } model[WIRE_OPERATIONS];
    atomic_bool calibrated;
    _Atomic int64_t cpu_ns, model_ns;
    pthread_mutex_t lock;
    struct sums second[SECONDS]; /* as they stood, a ring */
    size_t at;
    double drift;
};

/* Others may read meanwhile: for a moment they find the old base with the new share. */
static void set_model(struct cost *cost, size_t operation, struct model model) {
    atomic_store_explicit(&cost->model[operation].base_ns, model.base_ns, memory_order_relaxed);
    atomic_store_explicit(&cost->model[operation].item_ns, model.item_ns, memory_order_relaxed);
}

struct cost *cost_new(void) {
    struct cost *cost = memory_take(MEMORY_TAG_OTHER, sizeof *cost);
    if (cost == NULL) return NULL;
    for (size_t i = 0; i < WIRE_OPERATIONS; i++) {
        const struct wire_operation *operation = wire_operation((wire_operation_id)i);
        set_model(cost, i, (struct model){(int64_t)operation->base_us * 1000, (int64_t)operation->item_us * 1000});
    }
    pthread_mutex_init(&cost->lock, NULL);
    cost->drift = NAN;
    return cost;
}

struct cost *cost_free(struct cost *cost) {
    if (cost == NULL) return NULL;
    pthread_mutex_destroy(&cost->lock);
    memory_give(cost);
    return NULL;
}

int64_t cost_ns(const struct cost *cost, wire_operation_id operation, size_t n) {
    return atomic_load_explicit(&cost->model[operation].base_ns, memory_order_relaxed) +
           atomic_load_explicit(&cost->model[operation].item_ns, memory_order_relaxed) * (int64_t)n;
}

uint32_t cost_us(const struct cost *cost, wire_operation_id operation, size_t n) {
    int64_t us = cost_ns(cost, operation, n) / 1000;
    return us < (int64_t)UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

bool cost_calibrated(const struct cost *cost) {
    return atomic_load(&cost->calibrated);
}

/* ---- Calibration -------------------------------------------------------------------------------------------------
 */

static _Thread_local int64_t from_ns; /* of the operation that this thread runs */

static void on_begin(void *user) {
    (void)user;
    from_ns = service_thread_cpu_ns();
}

/* The least counts: the first time, caches are cold, and an interruption counts for nothing. */
static void note(struct cost_time *time, bool another_length, size_t n, int64_t cpu_ns) {
    if (time->n == 0 || another_length || (time->n == n && cpu_ns < time->cpu_ns))
        *time = (struct cost_time){n, cpu_ns};
}

static void on_end(void *user, const char *name, size_t n) {
    struct cost_times *times = user;
    int64_t cpu_ns = service_thread_cpu_ns() - from_ns;
    wire_operation_id id;
    if (!wire_operation_find(name, &id)) return;
    note(&times->shortest[id], n < times->shortest[id].n, n, cpu_ns);
    note(&times->longest[id], n > times->longest[id].n, n, cpu_ns);
}

kzg_self_test_observer cost_times_observer(struct cost_times *times) {
    return (kzg_self_test_observer){times, on_begin, on_end};
}

/* A recovery costs the same with whatever number of cells. */
static struct model fit(wire_operation_id id, const struct cost_time *one, const struct cost_time *most) {
    if (most->n == one->n || wire_operation(id)->items == WIRE_ITEMS_RECOVERY) return (struct model){one->cpu_ns, 0};
    int64_t item_ns = (most->cpu_ns - one->cpu_ns) / (int64_t)(most->n - one->n);
    if (item_ns < 0) item_ns = 0;
    int64_t base_ns = one->cpu_ns - item_ns * (int64_t)one->n;
    return (struct model){base_ns > 0 ? base_ns : 0, item_ns};
}

bool cost_calibrate(struct cost *cost, const struct cost_times *times) {
    for (size_t i = 0; i < WIRE_OPERATIONS; i++)
        if (times->shortest[i].n == 0) return false;
    for (size_t i = 0; i < WIRE_OPERATIONS; i++)
        set_model(cost, i, fit((wire_operation_id)i, &times->shortest[i], &times->longest[i]));
    atomic_store(&cost->calibrated, true);
    return true;
}

/* ---- Of another process
 * --------------------------------------------------------------------------------------------
 */

size_t cost_text(const struct cost *cost, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    for (size_t i = 0; i < WIRE_OPERATIONS; i++) {
        kzgops__text_add(&text, "cost %s %" PRId64 " %" PRId64 "\n", wire_operation((wire_operation_id)i)->name,
                         atomic_load_explicit(&cost->model[i].base_ns, memory_order_relaxed),
                         atomic_load_explicit(&cost->model[i].item_ns, memory_order_relaxed));
    }
    return text.used;
}

/* An operation takes less than an hour. */
static bool find_model(const char *text, const char *name, struct model *ret) {
    const int64_t most_ns = (int64_t)3600 * 1000000000;
    char wanted[80];
    snprintf(wanted, sizeof wanted, "cost %s ", name);
    const char *at = strncmp(text, wanted, strlen(wanted)) == 0 ? text : strstr(text, wanted);
    if (at == NULL || (at != text && at[-1] != '\n')) return false;
    char *end;
    ret->base_ns = strtoll(at + strlen(wanted), &end, 10);
    if (*end != ' ') return false;
    ret->item_ns = strtoll(end + 1, &end, 10);
    return *end == '\n' && ret->base_ns >= 0 && ret->base_ns < most_ns && ret->item_ns >= 0 && ret->item_ns < most_ns;
}

bool cost_adopt(struct cost *cost, const char *text) {
    struct model model[WIRE_OPERATIONS];
    for (size_t i = 0; i < WIRE_OPERATIONS; i++)
        if (!find_model(text, wire_operation((wire_operation_id)i)->name, &model[i])) return false;
    for (size_t i = 0; i < WIRE_OPERATIONS; i++) set_model(cost, i, model[i]);
    atomic_store(&cost->calibrated, true);
    return true;
}

/* ---- Drift -------------------------------------------------------------------------------------------------------
 */

void cost_ran(struct cost *cost, wire_operation_id operation, size_t n, int64_t cpu_ns) {
    atomic_fetch_add_explicit(&cost->cpu_ns, cpu_ns, memory_order_relaxed);
    atomic_fetch_add_explicit(&cost->model_ns, cost_ns(cost, operation, n), memory_order_relaxed);
}

void cost_turn(struct cost *cost) {
    struct sums now = {atomic_load_explicit(&cost->cpu_ns, memory_order_relaxed),
                       atomic_load_explicit(&cost->model_ns, memory_order_relaxed)};
    pthread_mutex_lock(&cost->lock);
    struct sums before = cost->second[cost->at];
    cost->second[cost->at] = now;
    cost->at = (cost->at + 1) % SECONDS;
    int64_t model_ns = now.model_ns - before.model_ns;
    if (model_ns >= ENOUGH_NS) cost->drift = (double)(now.cpu_ns - before.cpu_ns) / (double)model_ns;
    pthread_mutex_unlock(&cost->lock);
}

double cost_drift(struct cost *cost) {
    pthread_mutex_lock(&cost->lock);
    double drift = cost->drift;
    pthread_mutex_unlock(&cost->lock);
    return drift;
}
