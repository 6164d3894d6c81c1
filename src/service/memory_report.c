#include "service/memory_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>

#include "base/text.h"
#include "service/operation.h"
#include "service/reserve.h"
#include "service/service.h"
#include "service/workers.h"

/* ---- Reading ------------------------------------------------------------------------------------------------- */

static void read_operations(const struct service *service, struct memory_report *ret) {
    bool loaded = service_phase(service) != PHASE_STARTING && service->ctx != NULL;
    for (size_t i = 0; i < WIRE_OPERATIONS; i++) {
        const struct wire_operation *operation = wire_operation((wire_operation_id)i);
        ret->items[i] = wire_items_max(operation, &service->limits);
        ret->request[i] = pool_block_bytes(reserve_peak(operation, ret->items[i]));
        ret->in_progress[i] = atomic_load(&service->traffic.by_operation[i]);
        bool scratch = loaded && i < KZG_OPERATIONS;
        ret->scratch[i] = scratch ? kzg_scratch_bytes(service->ctx, (kzg_operation)i, ret->items[i]) : 0;
    }
}

void memory_report_read(const struct service *service, struct memory_report *ret) {
    memory_state(service, &ret->state);
    memory_machine(service, &ret->machine);
    kzgops_memory_report(memory_tracker(), &ret->tags);
    leak_read(service->leak, &ret->leak);
    pool_read(service->pool, &ret->pool);
    ret->outside = memory_outside(&ret->tags, ret->machine.jemalloc.allocated);
    ret->heap_profile = service->config.heap_profile_on;
    ret->growth = leak_growth(service->leak);
    /* Set before the phase changes. */
    const struct workers *workers = service_phase(service) == PHASE_STARTING ? NULL : service->workers;
    ret->operations = workers_operations(workers);
    ret->hot_path_allocated = workers_allocated(workers);
    read_operations(service, ret);
}

/* ---- Text ---------------------------------------------------------------------------------------------------- */

#define SIZE(bytes) (kzgops__size_text(bytes).text)

/* What another writer has to say, in the middle of ours. */
typedef size_t (*writer)(const struct memory_report *report, char *out, size_t size);

static void embed(struct kzgops__text *text, const struct memory_report *report, writer write) {
    bool room = text->used < text->size;
    text->used += write(report, room ? text->out + text->used : NULL, room ? text->size - text->used : 0);
    text->comma = true;
}

static size_t tags_text(const struct memory_report *report, char *out, size_t size) {
    return kzgops_memory_report_text(&report->tags, out, size);
}

static size_t machine_text(const struct memory_report *report, char *out, size_t size) {
    return kzgops_machine_memory_text(&report->machine, out, size);
}

static void text_state(struct kzgops__text *text, const struct memory_report *report) {
    const struct memory_state *state = &report->state;
    kzgops__text_add(text, "level     %s: %s %s of %s (%s)\n", kzgops_memory_level_name(state->level),
                     state->value_name, SIZE(state->value), SIZE(state->limit), state->limit_source);
    kzgops__text_add(text, "          warn from %s, critical from %s; %" PRIu64 " changes of level\n",
                     SIZE(state->warn_bytes), SIZE(state->critical_bytes), state->crossings);
    if (state->cost_bound_us != UINT32_MAX) {
        kzgops__text_add(text, "          operations above %.1f ms of estimated work are refused\n",
                         state->cost_bound_us / 1e3);
    }
    kzgops__text_add(text, "          %" PRIu64 " requests refused for it so far\n", state->refused);
}

static void text_pool(struct kzgops__text *text, const struct memory_report *report) {
    const struct pool_state *pool = &report->pool;
    kzgops__text_add(text, "requests  %s of %s reserved now, %s at most so far; ", SIZE(pool->used),
                     SIZE(pool->bytes), SIZE(pool->used_peak));
    kzgops__text_add(text, "%s given back to the system, %s may be used\n", SIZE(pool->lent), SIZE(pool->allowed));
    kzgops__text_add(text, "hot path  %" PRIu64 " bytes allocated by workers in %" PRIu64 " operations\n",
                     report->hot_path_allocated, report->operations);
    if (!report->leak.residual_known) {
        kzgops__text_add(text, "residual  not known yet: nothing was idle\n");
        return;
    }
    kzgops__text_add(text, "residual  %s beyond the idle baseline%s\n",
                     kzgops__size_signed_text(report->leak.residual_bytes).text,
                     report->leak.residual_bytes == 0 ? "" : ": a leak");
}

static void text_suspects(struct kzgops__text *text, const struct memory_report *report) {
    const struct leak_state *leak = &report->leak;
    size_t shown = leak->suspect_count < LEAK_SUSPECTS ? leak->suspect_count : LEAK_SUSPECTS;
    kzgops__text_add(text, "suspects  %s\n", leak->suspect_count == 0 ? "none" : "");
    for (size_t i = 0; i < shown; i++) {
        const kzgops_growth_finding *found = &leak->suspect[i];
        kzgops__text_add(text, "          %s grew by %s in %" PRIu32 " s, %.1f bytes an operation, to %s\n",
                         found->name, kzgops__size_signed_text(found->growth_bytes).text, found->window_s,
                         isnan(found->bytes_per_operation) ? 0 : found->bytes_per_operation, SIZE(found->live_bytes));
    }
    for (size_t i = 0; i < leak->site_count; i++) {
        kzgops__text_add(text, "          %s more held by %s\n", kzgops__size_signed_text(leak->site[i].bytes).text,
                         leak->site[i].stack);
    }
    if (leak->suspect_count > 0 && !report->heap_profile) {
        kzgops__text_add(text, "          --heap-profile on would name the functions\n");
    }
}

static void text_operations(struct kzgops__text *text, const struct memory_report *report) {
    kzgops__text_add(text, "\n%-48s %6s %13s %13s %s\n", "one operation takes at most", "items", "request", "scratch",
                     "in progress");
    for (size_t i = 0; i < WIRE_OPERATIONS; i++) {
        kzgops__text_add(text, "%-48s %6zu %13zu %13zu %11zu\n", wire_operation((wire_operation_id)i)->name,
                         report->items[i], report->request[i], report->scratch[i], report->in_progress[i]);
    }
}

size_t memory_report_text(const struct memory_report *report, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    text_state(&text, report);
    text_pool(&text, report);
    text_suspects(&text, report);
    kzgops__text_add(&text, "\n");
    embed(&text, report, tags_text);
    kzgops__text_add(&text, "outside the tags (libraries, rounding): %s\n\n", SIZE(report->outside));
    embed(&text, report, machine_text);
    text_operations(&text, report);
    return text.used;
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

static size_t tags_json(const struct memory_report *report, char *out, size_t size) {
    return kzgops_memory_report_json(&report->tags, out, size);
}

static size_t machine_json(const struct memory_report *report, char *out, size_t size) {
    return kzgops_machine_memory_json(&report->machine, out, size);
}

static size_t growth_json(const struct memory_report *report, char *out, size_t size) {
    return kzgops_growth_json(report->growth, out, size);
}

static void embed_json(struct kzgops__text *text, const char *key, const struct memory_report *report, writer write) {
    kzgops__json_key(text, key);
    embed(text, report, write);
}

static void json_state(struct kzgops__text *text, const struct memory_state *state) {
    kzgops__json_key(text, "state");
    kzgops__json_open(text, "{");
    kzgops__json_text(text, "level", kzgops_memory_level_name(state->level));
    kzgops__json_bytes(text, "value_bytes", state->value);
    kzgops__json_text(text, "value", state->value_name);
    kzgops__json_bytes(text, "limit_bytes", state->limit);
    kzgops__json_text(text, "limit_source", state->limit_source);
    kzgops__json_bytes(text, "warn_bytes", state->warn_bytes);
    kzgops__json_bytes(text, "critical_bytes", state->critical_bytes);
    kzgops__json_signed(text, "since_ns", state->since_ns);
    kzgops__json_bytes(text, "crossings", state->crossings);
    kzgops__json_bytes(text, "cost_bound_us", state->cost_bound_us == UINT32_MAX ? UINT64_MAX : state->cost_bound_us);
    kzgops__json_bytes(text, "refused", state->refused);
    kzgops__json_close(text, "}");
}

static void json_pool(struct kzgops__text *text, const struct pool_state *pool) {
    kzgops__json_key(text, "reserved");
    kzgops__json_open(text, "{");
    kzgops__json_bytes(text, "pool_bytes", pool->bytes);
    kzgops__json_bytes(text, "allowed_bytes", pool->allowed);
    kzgops__json_bytes(text, "used_bytes", pool->used);
    kzgops__json_bytes(text, "peak_bytes", pool->used_peak);
    kzgops__json_bytes(text, "given_back_bytes", pool->lent);
    kzgops__json_bytes(text, "largest_free_bytes", pool->largest);
    kzgops__json_bytes(text, "refused", pool->refused);
    kzgops__json_close(text, "}");
}

static void json_leak(struct kzgops__text *text, const struct memory_report *report) {
    const struct leak_state *leak = &report->leak;
    if (leak->residual_known) {
        kzgops__json_signed(text, "residual_bytes", leak->residual_bytes);
    } else {
        kzgops__json_double(text, "residual_bytes", NAN);
    }
    kzgops__json_bool(text, "heap_profile", report->heap_profile);
    kzgops__json_bytes(text, "suspects", leak->suspect_count);
    kzgops__json_key(text, "sites");
    kzgops__json_open(text, "[");
    for (size_t i = 0; i < leak->site_count; i++) {
        kzgops__json_open(text, "{");
        kzgops__json_signed(text, "growth_bytes", leak->site[i].bytes);
        kzgops__json_text(text, "stack", leak->site[i].stack);
        kzgops__json_close(text, "}");
    }
    kzgops__json_close(text, "]");
}

static void json_operations(struct kzgops__text *text, const struct memory_report *report) {
    kzgops__json_key(text, "operations");
    kzgops__json_open(text, "{");
    for (size_t i = 0; i < WIRE_OPERATIONS; i++) {
        kzgops__json_key(text, wire_operation((wire_operation_id)i)->name);
        kzgops__json_open(text, "{");
        kzgops__json_bytes(text, "items_max", report->items[i]);
        kzgops__json_bytes(text, "request_bytes", report->request[i]);
        kzgops__json_bytes(text, "scratch_bytes", report->scratch[i]);
        kzgops__json_bytes(text, "in_progress", report->in_progress[i]);
        kzgops__json_close(text, "}");
    }
    kzgops__json_close(text, "}");
}

size_t memory_report_json(const struct memory_report *report, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__json_open(&text, "{");
    json_state(&text, &report->state);
    embed_json(&text, "tags", report, tags_json);
    kzgops__json_bytes(&text, "outside_bytes", report->outside);
    json_pool(&text, &report->pool);
    kzgops__json_bytes(&text, "operations_done", report->operations);
    kzgops__json_bytes(&text, "hot_path_allocated_bytes", report->hot_path_allocated);
    json_leak(&text, report);
    embed_json(&text, "growth", report, growth_json);
    embed_json(&text, "machine", report, machine_json);
    json_operations(&text, report);
    kzgops__json_close(&text, "}");
    return text.used;
}
