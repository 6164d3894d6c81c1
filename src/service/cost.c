#include "service/cost.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "service/cost_inputs.h"
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

/* The middle of three, so that one interruption counts for nothing; a long one, in which it counts little, is run
 * once. Below 0: it failed. */
static int64_t measure(const struct cost_inputs *inputs, const kzg_ctx *ctx, wire_operation_id operation, size_t n) {
    enum { TIMES = 3 };
    const int64_t long_ns = 8000000;
    int64_t taken[TIMES];
    for (int i = 0; i < TIMES; i++) {
        struct wire_args args = cost_inputs_args(inputs, operation, n);
        int64_t from_ns = service_thread_cpu_ns();
        kzg_status status = wire_call(operation, ctx, &args, inputs->raw);
        taken[i] = service_thread_cpu_ns() - from_ns;
        if (status.code != KZG_OK) return -1;
        if (taken[i] > long_ns) return taken[i];
    }
    int64_t low = taken[0] < taken[1] ? taken[0] : taken[1], high = taken[0] < taken[1] ? taken[1] : taken[0];
    return taken[2] < low ? low : taken[2] > high ? high : taken[2];
}

/* Two lengths give the base and the share of an item. */
static bool fit(struct model *model, const struct cost_inputs *inputs, const kzg_ctx *ctx,
                wire_operation_id operation) {
    size_t most = cost_inputs_items(operation);
    int64_t one_ns = measure(inputs, ctx, operation, cost_inputs_items_min(operation));
    *model = (struct model){one_ns, 0};
    if (one_ns < 0 || most == 1) return one_ns >= 0;
    int64_t most_ns = measure(inputs, ctx, operation, most);
    int64_t item_ns = (most_ns - one_ns) / (int64_t)(most - 1);
    if (item_ns < 0) item_ns = 0;
    *model = (struct model){one_ns - item_ns, item_ns};
    if (model->base_ns < 0) model->base_ns = 0;
    return most_ns >= 0;
}

bool cost_calibrate(struct cost *cost, const kzg_ctx *ctx) {
    struct model model[WIRE_OPERATIONS];
    struct cost_inputs *inputs = cost_inputs_new();
    bool ok = inputs != NULL;
    for (size_t i = 0; ok && i < WIRE_OPERATIONS; i++) {
        ok = fit(&model[i], inputs, ctx, (wire_operation_id)i);
        if (ok) cost_inputs_learn(inputs, (wire_operation_id)i);
    }
    for (size_t i = 0; ok && i < WIRE_OPERATIONS; i++) set_model(cost, i, model[i]);
    if (ok) atomic_store(&cost->calibrated, true);
    cost_inputs_free(inputs);
    return ok;
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
