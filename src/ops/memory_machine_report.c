#include <inttypes.h>
#include <math.h>

#include "base/text.h"
#include "kzgops/machine_memory.h"

#define UNKNOWN KZGOPS_BYTES_UNKNOWN

static const char *version_name(kzgops_cgroup_version version) {
    return version == KZGOPS_CGROUP_V2 ? "v2" : version == KZGOPS_CGROUP_V1 ? "v1" : "none";
}

static const char *source_name(kzgops_limit_source source) {
    return source == KZGOPS_LIMIT_CGROUP ? "cgroup" : source == KZGOPS_LIMIT_MACHINE ? "machine" : "unknown";
}

/* ---- Text ---------------------------------------------------------------------------------------------------- */

struct row {
    const char *name;
    uint64_t bytes;
};

static void add_rows(struct kzgops__text *text, const char *title, const struct row *rows, size_t n) {
    if (title != NULL) kzgops__text_add(text, "%s\n", title);
    for (size_t i = 0; i < n; i++) {
        kzgops__text_add(text, "  %-24s %s\n", rows[i].name, kzgops__size_text(rows[i].bytes).text);
    }
}

/* Counters that the other version has are left out. */
static void add_count(struct kzgops__text *text, const char *name, uint64_t count, bool here) {
    if (count != UNKNOWN) {
        kzgops__text_add(text, "  %-24s %" PRIu64 "\n", name, count);
    } else if (here) {
        kzgops__text_add(text, "  %-24s unknown\n", name);
    }
}

static void add_pressure(struct kzgops__text *text, const kzgops_pressure *pressure) {
    if (!pressure->known) {
        kzgops__text_add(text, "  %-24s unknown\n", "pressure");
        return;
    }
    kzgops__text_add(text, "  %-24s some %.2f%% of 10 s, %.2f%% of 60 s, %.2f%% of 300 s", "pressure",
                     pressure->some_avg10, pressure->some_avg60, pressure->some_avg300);
    if (pressure->full_known) kzgops__text_add(text, "; full %.2f%% of 10 s", pressure->full_avg10);
    kzgops__text_add(text, "\n");
}

static void add_cgroup(struct kzgops__text *text, const kzgops_cgroup_memory *cgroup) {
    const bool v1 = cgroup->version == KZGOPS_CGROUP_V1, v2 = cgroup->version == KZGOPS_CGROUP_V2;
    const struct row rows[] = {{"usage", cgroup->usage}, {"working set", cgroup->working_set},
                               {"peak", cgroup->peak},   {"anonymous", cgroup->anonymous},
                               {"file", cgroup->file},   {"own limit", cgroup->max},
                               {"limit", cgroup->limit}};
    if (!v1 && !v2) {
        kzgops__text_add(text, "control group: no memory controller found; limit %s\n",
                         kzgops__size_text(cgroup->limit).text);
        return;
    }
    kzgops__text_add(text, "control group %s, %s%s\n", version_name(cgroup->version), cgroup->path,
                     cgroup->path_guessed ? " (the process's own group is not visible here)" : "");
    add_rows(text, NULL, rows, sizeof rows / sizeof rows[0]);
    if (cgroup->limit_path[0] != '\0') kzgops__text_add(text, "  %-24s %s\n", "limit set by", cgroup->limit_path);
    if (cgroup->limit_incomplete) kzgops__text_add(text, "  a limit above could not be read: it may be smaller\n");
    if (v2) kzgops__text_add(text, "  %-24s %s\n", "throttled above", kzgops__size_text(cgroup->high).text);
    add_count(text, "times below low", cgroup->events_low, v2);
    add_count(text, "times throttled (high)", cgroup->events_high, v2);
    add_count(text, "times at the limit (max)", cgroup->events_max, v2);
    add_count(text, "times out of memory", cgroup->events_oom, v2);
    add_count(text, "times at the limit", cgroup->failcnt, v1);
    add_count(text, "with swap", cgroup->failcnt_with_swap, false);
    add_count(text, "under OOM now", cgroup->under_oom, v1);
    add_count(text, "processes OOM-killed", cgroup->oom_kills, true);
    if (v2) add_pressure(text, &cgroup->pressure);
}

size_t kzgops_machine_memory_text(const kzgops_machine_memory *memory, char *out, size_t size) {
    struct kzgops__text text;
    const kzgops_process_memory *process = &memory->process;
    const kzgops_system_memory *system = &memory->system;
    const kzgops_jemalloc_memory *heap = &memory->jemalloc;
    const struct row process_rows[] = {{"resident", process->rss},
                                       {"resident, highest", process->rss_peak},
                                       {"anonymous", process->rss_anonymous},
                                       {"file", process->rss_file},
                                       {"shared", process->rss_shared},
                                       {"proportional (PSS)", process->pss},
                                       {"swapped out", process->swap},
                                       {"address space", process->virtual_size},
                                       {"address space limit", process->virtual_limit}};
    const struct row system_rows[] = {{"total", system->total},
                                      {"available", system->available},
                                      {"free", system->free},
                                      {"swap", system->swap_total},
                                      {"swap free", system->swap_free}};
    const struct row heap_rows[] = {{"allocated", heap->allocated}, {"active", heap->active},
                                    {"resident", heap->resident},   {"retained", heap->retained},
                                    {"mapped", heap->mapped},       {"metadata", heap->metadata}};
    kzgops__text_begin(&text, out, size);
    kzgops__text_add(&text, "limit %s (%s)%s\n", kzgops__size_text(memory->limit).text,
                     source_name(memory->limit_source), memory->limit_incomplete ? ", perhaps less" : "");
    add_rows(&text, "process", process_rows, sizeof process_rows / sizeof process_rows[0]);
    add_cgroup(&text, &memory->cgroup);
    add_rows(&text, "machine", system_rows, sizeof system_rows / sizeof system_rows[0]);
    add_pressure(&text, &system->pressure);
    if (heap->available) {
        add_rows(&text, "jemalloc", heap_rows, sizeof heap_rows / sizeof heap_rows[0]);
    } else {
        kzgops__text_add(&text, "jemalloc: not in this program\n");
    }
    return text.used;
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

static void json_pressure(struct kzgops__text *text, const kzgops_pressure *pressure) {
    kzgops__json_key(text, "pressure");
    kzgops__json_open(text, "{");
    if (pressure->known) {
        kzgops__json_double(text, "some_avg10", pressure->some_avg10);
        kzgops__json_double(text, "some_avg60", pressure->some_avg60);
        kzgops__json_double(text, "some_avg300", pressure->some_avg300);
        kzgops__json_bytes(text, "some_total_us", pressure->some_total_us);
    }
    if (pressure->full_known) {
        kzgops__json_double(text, "full_avg10", pressure->full_avg10);
        kzgops__json_double(text, "full_avg60", pressure->full_avg60);
        kzgops__json_double(text, "full_avg300", pressure->full_avg300);
        kzgops__json_bytes(text, "full_total_us", pressure->full_total_us);
    }
    kzgops__json_close(text, "}");
}

static void json_process(struct kzgops__text *text, const kzgops_process_memory *process) {
    kzgops__json_key(text, "process");
    kzgops__json_open(text, "{");
    kzgops__json_bytes(text, "rss_bytes", process->rss);
    kzgops__json_bytes(text, "rss_anonymous_bytes", process->rss_anonymous);
    kzgops__json_bytes(text, "rss_file_bytes", process->rss_file);
    kzgops__json_bytes(text, "rss_shared_bytes", process->rss_shared);
    kzgops__json_bytes(text, "rss_peak_bytes", process->rss_peak);
    kzgops__json_bytes(text, "pss_bytes", process->pss);
    kzgops__json_bytes(text, "swap_bytes", process->swap);
    kzgops__json_bytes(text, "virtual_bytes", process->virtual_size);
    kzgops__json_bytes(text, "virtual_limit_bytes", process->virtual_limit);
    kzgops__json_close(text, "}");
}

static void json_system(struct kzgops__text *text, const kzgops_system_memory *system) {
    kzgops__json_key(text, "system");
    kzgops__json_open(text, "{");
    kzgops__json_bytes(text, "total_bytes", system->total);
    kzgops__json_bytes(text, "available_bytes", system->available);
    kzgops__json_bytes(text, "free_bytes", system->free);
    kzgops__json_bytes(text, "swap_total_bytes", system->swap_total);
    kzgops__json_bytes(text, "swap_free_bytes", system->swap_free);
    json_pressure(text, &system->pressure);
    kzgops__json_close(text, "}");
}

static void json_cgroup(struct kzgops__text *text, const kzgops_cgroup_memory *cgroup) {
    kzgops__json_key(text, "cgroup");
    kzgops__json_open(text, "{");
    kzgops__json_text(text, "version", version_name(cgroup->version));
    kzgops__json_text(text, "path", cgroup->path);
    kzgops__json_bool(text, "path_guessed", cgroup->path_guessed);
    kzgops__json_bytes(text, "usage_bytes", cgroup->usage);
    kzgops__json_bytes(text, "working_set_bytes", cgroup->working_set);
    kzgops__json_bytes(text, "peak_bytes", cgroup->peak);
    kzgops__json_bytes(text, "anonymous_bytes", cgroup->anonymous);
    kzgops__json_bytes(text, "file_bytes", cgroup->file);
    kzgops__json_bytes(text, "max_bytes", cgroup->max);
    kzgops__json_bytes(text, "high_bytes", cgroup->high);
    kzgops__json_bytes(text, "limit_bytes", cgroup->limit);
    kzgops__json_text(text, "limit_path", cgroup->limit_path);
    kzgops__json_bool(text, "limit_incomplete", cgroup->limit_incomplete);
    kzgops__json_bytes(text, "events_low", cgroup->events_low);
    kzgops__json_bytes(text, "events_high", cgroup->events_high);
    kzgops__json_bytes(text, "events_max", cgroup->events_max);
    kzgops__json_bytes(text, "events_oom", cgroup->events_oom);
    kzgops__json_bytes(text, "events_oom_group_kill", cgroup->events_oom_group_kill);
    kzgops__json_bytes(text, "oom_kills", cgroup->oom_kills);
    kzgops__json_bytes(text, "failcnt", cgroup->failcnt);
    kzgops__json_bytes(text, "failcnt_with_swap", cgroup->failcnt_with_swap);
    kzgops__json_bytes(text, "under_oom", cgroup->under_oom);
    kzgops__json_bytes(text, "oom_kill_disabled", cgroup->oom_kill_disabled);
    json_pressure(text, &cgroup->pressure);
    kzgops__json_close(text, "}");
}

static void json_jemalloc(struct kzgops__text *text, const kzgops_jemalloc_memory *heap) {
    kzgops__json_key(text, "jemalloc");
    kzgops__json_open(text, "{");
    kzgops__json_bool(text, "available", heap->available);
    kzgops__json_bytes(text, "allocated_bytes", heap->allocated);
    kzgops__json_bytes(text, "active_bytes", heap->active);
    kzgops__json_bytes(text, "resident_bytes", heap->resident);
    kzgops__json_bytes(text, "retained_bytes", heap->retained);
    kzgops__json_bytes(text, "mapped_bytes", heap->mapped);
    kzgops__json_bytes(text, "metadata_bytes", heap->metadata);
    kzgops__json_close(text, "}");
}

size_t kzgops_machine_memory_json(const kzgops_machine_memory *memory, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__json_open(&text, "{");
    kzgops__json_double(&text, "time", round((double)memory->when_ns / 1e6) / 1e3);
    kzgops__json_bytes(&text, "limit_bytes", memory->limit);
    kzgops__json_text(&text, "limit_source", source_name(memory->limit_source));
    kzgops__json_bool(&text, "limit_incomplete", memory->limit_incomplete);
    json_process(&text, &memory->process);
    json_system(&text, &memory->system);
    json_cgroup(&text, &memory->cgroup);
    json_jemalloc(&text, &memory->jemalloc);
    kzgops__json_close(&text, "}");
    return text.used;
}
